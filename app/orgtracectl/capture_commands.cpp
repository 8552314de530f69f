#include "orgtracectl/command.h"

#include <CLI/CLI.hpp>

#include <QFileInfo>

using namespace Qt::StringLiterals;

namespace Orgtrace::Ctl {

namespace {

Json::Node ledgerNode(const Evidence::LedgerRow &row)
{
    Json::Node node;
    node["domain"] = row.domain;
    node["state"] = Evidence::ledgerStateName(row.state);
    node["reason"] = row.reason;
    node["entities"] = row.entities;
    node["announced"] = row.announced ? Json::Node(*row.announced) : Json::Node();
    node["observedIn"] = row.observedIn;
    node["quarantined"] = Json::Node::array();
    for (const Evidence::Quarantined &entity : row.quarantined) {
        Json::Node item;
        item["id"] = entity.id;
        item["why"] = entity.why;
        node["quarantined"].append(std::move(item));
    }
    node["failedParents"] = Json::Node(row.failedParents);
    node["proof"] = Json::Node();
    if (row.proof) {
        node["proof"]["state"] = Evidence::proofStateName(row.proof->state);
        node["proof"]["reason"] = row.proof->reason;
        node["proof"]["items"] = row.proof->items;
        node["proof"]["lists"] = row.proof->lists;
        node["proof"]["rounds"] = row.proof->rounds;
    }
    return node;
}

QString proofLine(const Evidence::LedgerProof &proof)
{
    QString figures = u"%1 grants in both sweeps, %2 divisions, read %3"_s.arg(
        thousands(proof.items), thousands(proof.lists), proof.rounds == 1 ? u"once"_s : u"%1 times"_s.arg(proof.rounds));
    switch (proof.state) {
    case Evidence::ProofState::Proven: return u"proven by a second sweep: "_s + figures;
    case Evidence::ProofState::NotProven: return u"not proven: %1 (%2)"_s.arg(oneLine(proof.reason), figures);
    case Evidence::ProofState::Disputed: return u"in dispute: %1 (%2)"_s.arg(oneLine(proof.reason), figures);
    }
    return figures;
}

int printOutcome(const Output &out, const Capture::Outcome &outcome)
{
    const bool complete = outcome.isComplete();
    warnOfPushes(out, outcome.pushes);
    if (out.isJson()) {
        Json::Node node;
        node["version"] = 1;
        node["snapshot"] = outcome.snapshot.id;
        node["observed"] = isoUtc(outcome.snapshot.observedUtc);
        node["entities"] = outcome.snapshot.entities;
        node["complete"] = complete;
        node["requests"] = outcome.requests;
        node["retries"] = outcome.retries;
        node["bytes"] = outcome.bytes;
        node["replayed"] = outcome.replayed;
        node["raw"] = Json::Node();
        if (!outcome.manifest.rawSha256.isEmpty()) {
            node["raw"]["sha256"] = outcome.manifest.rawSha256;
            node["raw"]["bytes"] = outcome.manifest.rawBytes;
            node["raw"]["records"] = outcome.manifest.rawRecords;
        }
        node["pushes"] = pushesNode(outcome.pushes);
        node["ledger"] = Json::Node::array();
        for (const Evidence::LedgerRow &row : outcome.manifest.ledger) {
            node["ledger"].append(ledgerNode(row));
        }
        out.document(node);
        return complete ? 0 : 4;
    }
    for (const Evidence::LedgerRow &row : outcome.manifest.ledger) {
        QString text = u"  %1 %2 %3 entities"_s.arg(row.domain.leftJustified(24), Evidence::ledgerStateName(row.state).leftJustified(12),
                                                    thousands(row.entities));
        if (!row.reason.isEmpty()) {
            text += u"  "_s + oneLine(row.reason);
        }
        out.line(text);
        if (row.proof) {
            out.line(u"      "_s + proofLine(*row.proof));
        }
        for (const Evidence::Quarantined &entity : row.quarantined) {
            out.line(u"      quarantined: %1  %2"_s.arg(entity.id.isEmpty() ? u"(no id)"_s : oneLine(entity.id, 80), oneLine(entity.why)));
        }
        for (const QString &parent : row.failedParents) {
            out.line(u"      not read: "_s + oneLine(parent, 80));
        }
    }
    out.line(u"Snapshot %1: %2 entities, %3 of %4 domains complete, %5 requests (%6 repeated)."_s.arg(
        outcome.snapshot.id.left(12), thousands(outcome.snapshot.entities), QString::number(outcome.snapshot.domainsComplete),
        QString::number(outcome.snapshot.domainsTotal), thousands(outcome.requests), thousands(outcome.retries)));
    if (outcome.replayed > 0) {
        out.line(u"%1 answers were there already, from the interrupted capture."_s.arg(thousands(outcome.replayed)));
    }
    if (!outcome.manifest.rawSha256.isEmpty()) {
        out.line(u"Raw payloads: %1 answers, sealed, %2 bytes."_s.arg(thousands(outcome.manifest.rawRecords),
                                                                      thousands(outcome.manifest.rawBytes)));
    }
    if (!complete) {
        out.line(u"Incomplete: what was not seen is named above; nothing of it counts as deleted."_s);
    }
    return complete ? 0 : 4;
}

/// "12 of 25 domains · queues 400 of 1,204 · 214 requests · quota 87 of 300 · waiting 12 s for the quota"
QString progressText(const Capture::Progress &progress)
{
    if (progress.state == u"pushing") {
        return u"pushing to the remote …"_s;
    }
    QString text = u"%1 of %2 domains · %3 %4"_s.arg(QString::number(progress.domainsDone), QString::number(progress.domainsTotal),
                                                     progress.domain, thousands(progress.items));
    if (progress.announced && *progress.announced > progress.items) {
        text += u" of "_s + thousands(*progress.announced);
    }
    text += u" · %1 requests"_s.arg(thousands(progress.requests));
    if (progress.retries > 0) {
        text += u" (%1 repeated)"_s.arg(thousands(progress.retries));
    }
    if (progress.quota.allowed) {
        text += u" · quota %1 of %2"_s.arg(thousands(progress.quota.used), thousands(*progress.quota.allowed));
    }
    const qint64 seconds = (progress.waitMs + 999) / 1000;
    if (progress.wait == Capture::Progress::Wait::Quota) {
        text += u" · waiting %1 s for the quota"_s.arg(seconds);
    } else if (progress.wait == Capture::Progress::Wait::Retry) {
        text += progress.waitStatus == 0
            ? u" · waiting %1 s, no answer came"_s.arg(seconds)
            : u" · waiting %1 s after HTTP %2"_s.arg(QString::number(seconds), QString::number(progress.waitStatus));
    }
    return text;
}

struct CaptureArguments {
    std::string name, domains, profile, catalogue;
    bool resumes = false, keepsNoRaw = false, provesGrants = false;
};

QCoro::Task<int> capture(Context &context, CaptureArguments arguments)
{
    const Output out = context.out();
    const Result<Operations::Workspace *> workspace = context.workspace();
    if (!workspace) {
        co_return out.fail(workspace.error());
    }
    const QStringList wanted = q(arguments.domains).split(u',', Qt::SkipEmptyParts);
    (*workspace)->setExtraCatalogue(q(arguments.catalogue));
    const auto progressed = [out](const Capture::Progress &progress) {
        if (!progress.state.isEmpty()) {
            out.progress(progressText(progress));
        }
    };
    const Operations::CaptureOptions options{.resumes = arguments.resumes,
                                             .keepsRaw = !arguments.keepsNoRaw,
                                             .provesGrants = arguments.provesGrants,
                                             .trigger = u"command"_s,
                                             .told = [out](const QString &sentence) { out.warning(oneLine(sentence, 400)); }};
    const Result<Capture::Outcome> outcome
        = co_await (*workspace)->capture(q(arguments.name), wanted, context.cancel.token(), progressed, q(arguments.profile), options);
    out.endProgress();
    if (!outcome) {
        co_return out.fail(outcome.error());
    }
    // Best effort: whoever may not be asked about is not warned of.
    if (const auto identity = Operations::Workspace::identityOf((*workspace)->folder(), outcome->snapshot.id)) {
        warnOfIdentity(out, *identity);
    }
    co_return printOutcome(out, *outcome);
}

QCoro::Task<int> importFolder(Context &context, std::string folder, std::string name, std::string at)
{
    const Output out = context.out();
    QDateTime observed;
    if (!at.empty()) {
        observed = parseIsoUtc(q(at));
        if (!observed.isValid()) {
            co_return out.fail({ErrorCode::BadInput, u"--at wants a UTC time such as 2026-10-17T08:24:00Z"_s, q(at)});
        }
    }
    const Result<Operations::Workspace *> workspace = context.workspace();
    if (!workspace) {
        co_return out.fail(workspace.error());
    }
    const Result<Capture::Outcome> outcome = co_await (*workspace)->importFolder(q(folder), q(name), observed, context.cancel.token());
    if (!outcome) {
        co_return out.fail(outcome.error());
    }
    co_return printOutcome(out, *outcome);
}

struct PullArguments {
    std::string name, from, to;
};

QCoro::Task<int> pull(Context &context, PullArguments arguments)
{
    const Output out = context.out();
    const QDateTime from = parseIsoUtc(q(arguments.from));
    const QDateTime to = parseIsoUtc(q(arguments.to));
    if (!from.isValid() || !to.isValid() || from >= to) {
        co_return out.fail({ErrorCode::BadInput, u"--from and --to want UTC times, the first before the second"_s,
                            q(arguments.from + " " + arguments.to)});
    }
    const Result<Operations::Workspace *> workspace = context.workspace();
    if (!workspace) {
        co_return out.fail(workspace.error());
    }
    const Result<Operations::Workspace::AuditOutcome> outcome
        = co_await (*workspace)->pullAudit(q(arguments.name), from, to, context.cancel.token(), [out](int done, int total, qint64 events) {
              out.progress(u"audit window %1 of %2 · %3 events"_s.arg(QString::number(done), QString::number(total), thousands(events)));
          });
    out.endProgress();
    if (!outcome) {
        co_return out.fail(outcome.error());
    }
    warnOfPushes(out, outcome->pushes);
    QList<Evidence::AuditWindow> failed;
    for (const Evidence::AuditWindow &window : outcome->windows) {
        if (window.state != u"complete") {
            failed.append(window);
        }
    }
    if (out.isJson()) {
        Json::Node node;
        node["version"] = 1;
        node["read"] = outcome->read;
        node["added"] = outcome->added;
        node["pushes"] = pushesNode(outcome->pushes);
        node["windows"] = Json::Node::array();
        for (const Evidence::AuditWindow &window : outcome->windows) {
            Json::Node row;
            row["from"] = isoUtc(window.fromUtc);
            row["to"] = isoUtc(window.toUtc);
            row["state"] = window.state;
            row["events"] = window.events;
            node["windows"].append(std::move(row));
        }
        out.document(node);
    } else {
        out.line(u"%1 events read in %2 windows, %3 of them new."_s.arg(thousands(outcome->read), thousands(outcome->windows.size()),
                                                                        thousands(outcome->added)));
        for (const Evidence::AuditWindow &window : failed) {
            out.line(u"  not known: %1 to %2  %3"_s.arg(isoUtc(window.fromUtc), isoUtc(window.toUtc), window.state));
        }
    }
    co_return failed.isEmpty() ? 0 : 4;
}

void addQuotaShareOption(CLI::App &command, Context &context)
{
    command.add_option("--quota-share", context.quotaShare, "Percent of the request quota left to the organisation's other integrations")
        ->check(CLI::Range(0, 90))
        ->capture_default_str();
}

} // namespace

void addCaptureCommands(CLI::App &app, Context &context, Command &chosen)
{
    auto *captureCommand = app.add_subcommand("capture", "Take a snapshot of an organisation");
    addCommonOptions(*captureCommand, context);
    addSignInOptions(*captureCommand, context);
    auto asked = std::make_shared<CaptureArguments>();
    captureCommand->add_option("NAME", asked->name, "The organisation")->required();
    auto *domains = captureCommand->add_option("--domains", asked->domains, "Only these, comma-separated")->type_name("a,b");
    captureCommand->add_option("--profile", asked->profile, "essential (default), security, everything, or one of your own")
        ->type_name("NAME")
        ->excludes(domains);
    captureCommand->add_option("--catalogue", asked->catalogue, "Domains and profiles of yours, on top of STORE/catalogue/*.toml")
        ->type_name("FILE");
    auto *resume = captureCommand->add_flag("--resume", asked->resumes, "Go on with a capture that was cut off");
    captureCommand->add_flag("--no-raw", asked->keepsNoRaw, "Keep no raw payloads; then nothing can be resumed either")->excludes(resume);
    captureCommand->add_flag("--prove-grants", asked->provesGrants, "Prove the grants by a second, independent sweep, by division");
    addQuotaShareOption(*captureCommand, context);
    captureCommand->callback([asked, &chosen] { chosen = [asked](Context &c) { return capture(c, *asked); }; });

    auto *importCommand = app.add_subcommand("import", "Take a snapshot from a folder of exported JSON");
    addCommonOptions(*importCommand, context);
    auto folder = std::make_shared<std::string>();
    auto organisation = std::make_shared<std::string>();
    auto at = std::make_shared<std::string>();
    importCommand->add_option("DIR", *folder, "Holds <domain>.json: an array of entities, page objects, or one settings object")
        ->required();
    importCommand->add_option("--org", *organisation, "The organisation's name")->required();
    importCommand->add_option("--at", *at, "When the export was made (UTC; default now)")->type_name("TIME");
    importCommand->callback(
        [folder, organisation, at, &chosen] { chosen = [=](Context &c) { return importFolder(c, *folder, *organisation, *at); }; });

    auto *audit = app.add_subcommand("audit", "The audit trail");
    audit->require_subcommand(1);
    auto *pullCommand = audit->add_subcommand("pull", "Ask the audit query for a range and keep the events as evidence");
    addCommonOptions(*pullCommand, context);
    addSignInOptions(*pullCommand, context);
    auto arguments = std::make_shared<PullArguments>();
    pullCommand->add_option("NAME", arguments->name, "The organisation")->required();
    pullCommand->add_option("--from", arguments->from, "UTC time, e.g. 2026-10-01 or 2026-10-01T00:00:00Z")->required();
    pullCommand->add_option("--to", arguments->to, "UTC time, not included")->required();
    addQuotaShareOption(*pullCommand, context);
    pullCommand->callback([arguments, &chosen] { chosen = [arguments](Context &c) { return pull(c, *arguments); }; });
}

} // namespace Orgtrace::Ctl
