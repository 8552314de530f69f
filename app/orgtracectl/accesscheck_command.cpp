#include "operations/accessdocuments.h"
#include "operations/accessreview.h"
#include "operations/crosscheck.h"
#include "orgtracectl/access_output.h"
#include "orgtracectl/command.h"

#include <CLI/CLI.hpp>

using namespace Qt::StringLiterals;

namespace Orgtrace::Ctl {

namespace {

constexpr qsizetype SubjectsInText = 20, ProofsInText = 3; // the rest is counted; --json has more

struct CheckArguments {
    std::string name, at = "latest", failOn, rule;
    bool againstPlatform = false, all = false;
    qint64 sample = 20;
    quint64 seed = 0;
};

QString whoText(const Access::Subject &subject)
{
    return oneLine(subject.name.isEmpty() ? subject.id : subject.name, 80) + u" ("_s + Access::subjectKindName(subject.kind) + u' '
        + oneLine(subject.id, 120) + u')';
}

// ---- by rules ----------------------------------------------------------------------------------------------------------------

/// A snapshot keeps the day alone, unless a catalogue of the user's asks for more.
QString signInText(const QDateTime &utc)
{
    return utc.time() == QTime(0, 0) ? utc.date().toString(Qt::ISODate) : isoUtc(utc);
}

void printFindingSubject(const Output &out, const Policy::FindingSubject &found)
{
    out.line(u"  "_s + whoText(found.subject) + (found.isActive ? QString() : u", not active"_s)
             + (found.isConditional ? u", under a condition, which is recorded and not evaluated"_s : QString())
             + (found.lastSignInUtc.isValid() ? u", last signed in "_s + signInText(found.lastSignInUtc) : QString()));
    for (const auto those = found.proof.first(std::min(found.proof.size(), ProofsInText)); const Policy::HeldProof &proof : those) {
        out.line(u"    "_s + oneLine(proof.permission, 120) + u": "_s + (proof.paths.isEmpty() ? QString() : pathText(proof.paths.first()))
                 + (proof.pathCount > 1 ? u", and %1 other paths"_s.arg(thousands(proof.pathCount - 1)) : QString()));
        for (const Access::Denial &denial : proof.denied) {
            out.line(u"      "_s + denialText(denial));
        }
    }
    if (found.proofCount > ProofsInText) {
        out.line(u"    and %1 other permissions"_s.arg(thousands(found.proofCount - ProofsInText)));
    }
    for (const auto those = found.ways.first(std::min(found.ways.size(), ProofsInText)); const Policy::FindingSubject::Way &way : those) {
        out.line(u"    by way of %1 it would gain %2"_s.arg(
                     oneLine(way.name.isEmpty() ? way.id : way.name, 80),
                     oneLine(way.gains.first(std::min<qsizetype>(way.gains.size(), 4)).join(u", "_s), 300))
                 + (way.gainCount > 4 ? u" and %1 more"_s.arg(thousands(way.gainCount - 4)) : QString()));
    }
    if (found.wayCount > ProofsInText) {
        out.line(u"    and %1 other ways"_s.arg(thousands(found.wayCount - ProofsInText)));
    }
    for (const QString &note : found.notes) {
        out.line(u"    note: "_s + oneLine(note, 400));
    }
    for (const QString &caveat : found.caveats) {
        out.line(u"    ! "_s + oneLine(caveat, 400));
    }
}

/// By which rules: a file may change them all, and nobody should have to take a quiet answer for a good one.
void printRules(const Output &out, const Policy::AccessCheck &check)
{
    out.line(u"%1 rules applied, %2 not judged, from"_s.arg(thousands(check.applied), thousands(check.notJudged.size())));
    for (const Policy::AccessRuleSource &source : check.sources) {
        QStringList does;
        const auto say = [&](const QString &what, const QStringList &which) {
            if (!which.isEmpty()) {
                does.append(what + oneLine(which.first(std::min<qsizetype>(which.size(), 8)).join(u", "_s), 300)
                            + (which.size() > 8 ? u" and %1 more"_s.arg(thousands(which.size() - 8)) : QString()));
            }
        };
        does.append(u"%1 new rules"_s.arg(thousands(source.rules.size())));
        say(u"says otherwise "_s, source.replaced);
        say(u"switches off "_s, source.switchedOff);
        say(u"fills otherwise the sets "_s, source.sets);
        if (source.risks > 0) {
            does.append(u"%1 rows of risk"_s.arg(thousands(source.risks)));
        }
        out.line(u"  %1, SHA-256 %2: %3"_s.arg(oneLine(source.name, 300), QString::fromLatin1(source.sha256), does.join(u"; "_s)));
    }
}

void printCheck(const Output &out, const Policy::AccessCheck &check, const Evidence::SnapshotSummary &summary)
{
    out.line(u"snapshot %1 of %2"_s.arg(summary.id.left(12), isoUtc(summary.observedUtc)));
    printRules(out, check);
    for (const Policy::AccessFinding &finding : check.findings) {
        out.line(u"%1: %2 [%3]"_s.arg(Policy::severityName(finding.severity), oneLine(finding.title, 120), oneLine(finding.rule, 80)));
        if (finding.subjects.isEmpty()) {
            out.line(u"  nobody"_s);
        }
        for (const auto those = finding.subjects.first(std::min(finding.subjects.size(), SubjectsInText));
             const Policy::FindingSubject &found : those) {
            printFindingSubject(out, found);
        }
        if (finding.subjectCount > SubjectsInText) {
            out.line(u"  and %1 others"_s.arg(thousands(finding.subjectCount - SubjectsInText)));
        }
        out.line(u"  what to do: "_s + oneLine(finding.advice, 400));
    }
    for (const QString &note : check.notes) {
        out.line(u"note: "_s + oneLine(note, 400));
    }
    for (const QString &caveat : check.caveats) {
        out.line(u"! "_s + oneLine(caveat, 400));
    }
    QStringList counts;
    for (const Policy::Severity severity :
         {Policy::Severity::Critical, Policy::Severity::High, Policy::Severity::Medium, Policy::Severity::Low}) {
        if (const auto count = std::ranges::count(check.risks, severity, &Policy::SubjectRisk::severity); count > 0) {
            counts.append(thousands(count) + u' ' + Policy::severityName(severity));
        }
    }
    out.line(u"%1 findings; subjects by the worst that they may do: %2"_s.arg(thousands(check.findings.size()),
                                                                              counts.isEmpty() ? u"none"_s : counts.join(u", "_s)));
}

// ---- against the platform ----------------------------------------------------------------------------------------------------

void printCrossCheck(const Output &out, const Operations::CrossCheck &check, const Evidence::SnapshotSummary &summary)
{
    const auto side = [&out](const QString &who, const QString &what, const QStringList &list) {
        if (!list.isEmpty()) {
            out.line(u"  only %1 says %2: %3"_s.arg(who, what, oneLine(list.first(std::min<qsizetype>(list.size(), 8)).join(u", "_s), 400))
                     + (list.size() > 8 ? u" and more"_s : QString()));
        }
    };
    for (const Operations::CrossCheck::Disagreement &found : check.disagreements) {
        out.line(u"high: the platform and the snapshot disagree about "_s + whoText(found.subject));
        side(u"the platform"_s, u"role"_s, found.rolesThere);
        side(u"the snapshot"_s, u"role"_s, found.rolesHere);
        side(u"the platform"_s, u"grant"_s, found.grantsThere);
        side(u"the snapshot"_s, u"grant"_s, found.grantsHere);
        side(u"the platform"_s, u"permission"_s, found.permissionsThere);
        side(u"the snapshot"_s, u"permission"_s, found.permissionsHere);
    }
    for (const Operations::CrossCheck::Fault &fault : check.faults) {
        out.line(u"! not compared: %1: %2 (%3)"_s.arg(whoText(fault.subject),
                                                      fault.error.code == ErrorCode::NotOffered
                                                          ? u"the platform knows nobody of this id any more"_s
                                                          : oneLine(fault.error.detail, 300),
                                                      errorCodeName(fault.error.code)));
    }
    if (check.notAsked > 0) {
        out.line(u"! %1 more users were not asked about, for it was no use to go on"_s.arg(thousands(check.notAsked)));
    }
    out.line(
        u"%1 of %2 users asked about: %3 agree, %4 disagree, %5 could not be compared; by the snapshot of %6, what changed since disagrees, too"_s
            .arg(thousands(check.asked), thousands(check.users), thousands(check.agreed), thousands(check.disagreements.size()),
                 thousands(check.faults.size()), isoUtc(summary.observedUtc)));
}

QCoro::Task<int> againstPlatform(Context &context, CheckArguments arguments)
{
    const Output out = context.out();
    const Result<Operations::Workspace *> workspace = context.workspace();
    if (!workspace) {
        co_return out.fail(workspace.error());
    }
    const QString name = q(arguments.name);
    const Result<Evidence::SnapshotSummary> summary = (*workspace)->resolve(name + u':' + q(arguments.at));
    if (!summary) {
        co_return out.fail(summary.error());
    }
    const Result<Evidence::Snapshot> snapshot = (*workspace)->store().snapshot(summary->id);
    if (!snapshot) {
        co_return out.fail(snapshot.error());
    }
    Result<Access::AccessModel> model = Access::AccessModel::build(*snapshot);
    if (!model) {
        co_return out.fail(model.error());
    }
    auto shared = std::make_shared<const Access::AccessModel>(*std::move(model));
    auto connecting = (*workspace)->client(name, context.cancel.token());
    const Result<std::unique_ptr<Genesys::ApiClient>> client = co_await connecting;
    if (!client) {
        co_return out.fail(client.error());
    }
    const Operations::CrossCheckPlan plan{arguments.all ? 0 : arguments.sample, arguments.seed};
    auto checking = Operations::crossCheck(**client, shared, plan, [out](qsizetype done, qsizetype total) {
        out.progress(u"%1 of %2 users"_s.arg(thousands(done), thousands(total)));
    });
    const Result<Operations::CrossCheck> check = co_await checking;
    out.endProgress();
    if (!check) {
        co_return out.fail(check.error());
    }
    if (out.isJson()) {
        out.document(Operations::crossCheckDocument(*check, *summary, arguments.seed));
    } else {
        printCrossCheck(out, *check, *summary);
        for (const QStringList caveats = shared->caveats(); const QString &caveat : caveats) {
            out.line(u"! "_s + oneLine(caveat, 400));
        }
    }
    const bool isWhole = check->faults.isEmpty() && check->notAsked == 0;
    co_return !isWhole ? 4 : check->disagreements.isEmpty() ? 0 : 1;
}

QCoro::Task<int> accessCheck(Context &context, CheckArguments arguments)
{
    const Output out = context.out();
    std::optional<Policy::Severity> failOn;
    if (!arguments.failOn.empty()) {
        failOn = Policy::severityFromName(q(arguments.failOn));
        if (!failOn) {
            co_return out.fail({ErrorCode::BadInput, u"--fail-on wants low, medium, high or critical"_s, q(arguments.failOn)});
        }
    }
    if (arguments.againstPlatform) {
        if (arguments.name.empty()) {
            co_return out.fail({ErrorCode::BadInput, u"--against-platform wants the organisation's NAME"_s, {}});
        }
        auto asking = againstPlatform(context, arguments);
        co_return co_await asking;
    }
    const Result<Operations::Workspace *> workspace = context.reader();
    if (!workspace) {
        co_return out.fail(workspace.error());
    }
    const Result<Evidence::SnapshotSummary> summary
        = (*workspace)->resolve(arguments.name.empty() ? q(arguments.at) : q(arguments.name + ":" + arguments.at));
    if (!summary) {
        co_return out.fail(summary.error());
    }
    const Result<Policy::AccessCheck> check = Operations::reviewAccess((*workspace)->folder(), summary->id, q(arguments.rule));
    if (!check) {
        co_return out.fail(check.error());
    }
    if (out.isJson()) {
        out.document(Operations::accessCheckDocument(*check, *summary));
    } else {
        printCheck(out, *check, *summary);
    }
    const bool isFailing
        = failOn && std::ranges::any_of(check->findings, [&](const Policy::AccessFinding &finding) { return finding.severity >= *failOn; });
    const bool isWhole
        = check->caveats.isEmpty() && check->notJudged.isEmpty() && check->applied > 0
        && std::ranges::all_of(check->findings, [](const Policy::AccessFinding &finding) {
               return std::ranges::all_of(finding.subjects, [](const Policy::FindingSubject &found) { return found.caveats.isEmpty(); });
           });
    co_return !isWhole ? 4 : isFailing ? 1 : 0;
}

} // namespace

void addAccessCheck(CLI::App &access, Context &context, Command &chosen)
{
    auto *command = access.add_subcommand("check", "Who holds what they should not, by rules; or whether the platform agrees");
    addCommonOptions(*command, context);
    addSignInOptions(*command, context);
    auto arguments = std::make_shared<CheckArguments>();
    command->add_option("NAME", arguments->name, "Organisation; may be left out where the store has one, but not with --against-platform");
    command->add_option("--at", arguments->at, "Revision; without NAME [ORG:]REV")->capture_default_str();
    auto *failOn = command->add_option("--fail-on", arguments->failOn, "End with 1 where a finding is as bad: low, medium, high, critical");
    auto *rule = command->add_option("--rule", arguments->rule, "Only this rule");
    auto *against = command->add_flag("--against-platform", arguments->againstPlatform,
                                      "Ask the platform about users, and compare with the snapshot");
    auto *sample = command->add_option("--sample", arguments->sample, "How many users are asked about")
                       ->check(CLI::Range(1, 1'000'000))
                       ->needs(against)
                       ->capture_default_str();
    command->add_flag("--all", arguments->all, "All users are asked about")->needs(against)->excludes(sample);
    command->add_option("--seed", arguments->seed, "Another seed chooses another sample")->needs(against)->capture_default_str();
    against->excludes(failOn)->excludes(rule);
    command->callback([arguments, &chosen] { chosen = [arguments](Context &c) { return accessCheck(c, *arguments); }; });
}

} // namespace Orgtrace::Ctl
