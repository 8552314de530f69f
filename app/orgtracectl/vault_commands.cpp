#include "operations/vault.h"
#include "orgtracectl/command.h"

#include <CLI/CLI.hpp>

using namespace Qt::StringLiterals;

namespace Orgtrace::Ctl {

namespace {

QString stateOf(const Evidence::Bundle &bundle)
{
    return bundle.isPresent ? u"present"_s : bundle.isPruned ? u"pruned"_s : u"missing"_s;
}

QCoro::Task<int> listBundles(Context &context)
{
    const Output out = context.out();
    const Result<Evidence::Store> store = context.store();
    if (!store) {
        co_return out.fail(store.error());
    }
    const Result<QList<Evidence::Bundle>> bundles = Evidence::bundles(*store);
    if (!bundles) {
        co_return out.fail(bundles.error());
    }
    if (out.isJson()) {
        Json::Node node;
        node["version"] = 1;
        node["bundles"] = Json::Node::array();
        for (const Evidence::Bundle &bundle : *bundles) {
            Json::Node row;
            row["snapshot"] = bundle.snapshot.id;
            row["observed"] = isoUtc(bundle.snapshot.observedUtc);
            row["sha256"] = bundle.sums.sha256;
            row["bytes"] = bundle.sums.bytes;
            row["records"] = bundle.sums.records;
            row["state"] = stateOf(bundle);
            node["bundles"].append(std::move(row));
        }
        out.document(node);
        co_return 0;
    }
    if (bundles->isEmpty()) {
        out.line(u"No raw payloads are kept yet."_s);
    }
    for (const Evidence::Bundle &bundle : *bundles) {
        out.line(u"%1  %2  %3 answers  %4 bytes  %5"_s.arg(bundle.snapshot.id.left(12), isoUtc(bundle.snapshot.observedUtc),
                                                           thousands(bundle.sums.records).rightJustified(9),
                                                           thousands(bundle.sums.bytes).rightJustified(13), stateOf(bundle)));
    }
    co_return 0;
}

QCoro::Task<int> show(Context &context, std::string revision, std::string domain)
{
    const Output out = context.out();
    const Result<Operations::Workspace *> workspace = context.workspace();
    if (!workspace) {
        co_return out.fail(workspace.error());
    }
    const Result<Evidence::SnapshotSummary> summary = (*workspace)->resolve(q(revision));
    if (!summary) {
        co_return out.fail(summary.error());
    }
    Operations::Vault vault(**workspace, context.credentials(), context.clock);
    auto reading = vault.lines(*summary, q(domain));
    const Result<QList<Operations::Vault::Line>> lines = co_await reading;
    if (!lines) {
        co_return out.fail(lines.error());
    }
    Json::Node answers = Json::Node::array();
    for (const Operations::Vault::Line &line : *lines) {
        const QString request = QString::fromUtf8(line.method + ' ' + line.target);
        if (out.isJson()) {
            Json::Node row;
            row["request"] = request;
            row["status"] = line.status;
            row["received"] = isoUtc(line.receivedAtUtc);
            row["bytes"] = line.bytes;
            answers.append(std::move(row));
        } else {
            out.line(u"%1  %2  %3 bytes  %4"_s.arg(isoUtc(line.receivedAtUtc), QString::number(line.status),
                                                   thousands(line.bytes).rightJustified(11), oneLine(request, 300)));
        }
    }
    if (out.isJson()) {
        Json::Node node;
        node["version"] = 1;
        node["snapshot"] = summary->id;
        node["answers"] = std::move(answers);
        out.document(node);
    }
    co_return 0;
}

QCoro::Task<int> reveal(Context &context, std::string fingerprint, std::string reason)
{
    const Output out = context.out();
    const Result<Operations::Workspace *> workspace = context.workspace();
    if (!workspace) {
        co_return out.fail(workspace.error());
    }
    Operations::Vault vault(**workspace, context.credentials(), context.clock);
    auto revealing = vault.reveal(q(fingerprint), q(reason));
    const Result<Operations::Revealed> revealed = co_await revealing;
    if (!revealed) {
        co_return out.fail(revealed.error());
    }
    const QString value = QString::fromStdString(revealed->value);
    if (out.isJson()) {
        Json::Node node;
        node["version"] = 1;
        node["value"] = value;
        node["whole"] = revealed->isWholeText;
        node["snapshot"] = revealed->snapshotId;
        node["request"] = QString::fromUtf8(revealed->target);
        node["received"] = isoUtc(revealed->receivedAtUtc);
        out.document(node);
        co_return 0;
    }
    if (revealed->isWholeText) {
        out.note(u"the secret stands inside this text"_s);
    }
    out.text(value);
    out.note(u"from snapshot %1, received %2; this look is in the activity log"_s.arg(revealed->snapshotId.left(12),
                                                                                      isoUtc(revealed->receivedAtUtc)));
    co_return 0;
}

QCoro::Task<int> prune(Context &context)
{
    const Output out = context.out();
    const Result<Operations::Workspace *> workspace = context.workspace();
    if (!workspace) {
        co_return out.fail(workspace.error());
    }
    Operations::Vault vault(**workspace, context.credentials(), context.clock);
    auto pruning = vault.prune();
    const Result<Evidence::Pruned> pruned = co_await pruning;
    if (!pruned) {
        co_return out.fail(pruned.error());
    }
    qint64 bytes = 0;
    Json::Node removed = Json::Node::array();
    for (const Evidence::Bundle &bundle : pruned->removed) {
        bytes += bundle.sums.bytes;
        Json::Node row;
        row["snapshot"] = bundle.snapshot.id;
        row["sha256"] = bundle.sums.sha256;
        row["bytes"] = bundle.sums.bytes;
        removed.append(std::move(row));
    }
    if (out.isJson()) {
        Json::Node node;
        node["version"] = 1;
        node["removed"] = std::move(removed);
        node["strays"] = pruned->strays;
        out.document(node);
    } else {
        out.line(u"Removed the raw payloads of %1 snapshots (%2 bytes) and %3 strays; the snapshots themselves stay."_s.arg(
            thousands(pruned->removed.size()), thousands(bytes), thousands(pruned->strays)));
    }
    co_return 0;
}

} // namespace

void addVaultCommands(CLI::App &app, Context &context, Command &chosen)
{
    auto *vault = app.add_subcommand("vault", "The sealed raw payloads");
    vault->require_subcommand(1);
    auto *listCommand = vault->add_subcommand("list", "Which snapshots have raw payloads");
    addCommonOptions(*listCommand, context);
    listCommand->callback([&chosen] { chosen = [](Context &c) { return listBundles(c); }; });

    auto *showCommand = vault->add_subcommand("show", "The requests of a snapshot, without what was answered");
    addCommonOptions(*showCommand, context);
    auto revision = std::make_shared<std::string>();
    auto domain = std::make_shared<std::string>();
    showCommand->add_option("SNAPSHOT", *revision, "[ORG:]REV")->required();
    showCommand->add_option("--domain", *domain, "Only of this domain")->type_name("D");
    showCommand->callback([revision, domain, &chosen] { chosen = [=](Context &c) { return show(c, *revision, *domain); }; });

    auto *revealCommand = vault->add_subcommand("reveal", "The value behind a fingerprint; written to the activity log");
    addCommonOptions(*revealCommand, context);
    auto fingerprint = std::make_shared<std::string>();
    auto reason = std::make_shared<std::string>();
    revealCommand->add_option("ID", *fingerprint, "secret:KEYID:DIGITS, as evidence has it")->required();
    revealCommand->add_option("--reason", *reason, "Why; stays in the activity log")->required()->type_name("R");
    revealCommand->callback([fingerprint, reason, &chosen] { chosen = [=](Context &c) { return reveal(c, *fingerprint, *reason); }; });

    auto *pruneCommand = app.add_subcommand("prune", "Remove raw payloads past their retention ([vault] in store.toml)");
    addCommonOptions(*pruneCommand, context);
    pruneCommand->callback([&chosen] { chosen = [](Context &c) { return prune(c); }; });
}

} // namespace Orgtrace::Ctl
