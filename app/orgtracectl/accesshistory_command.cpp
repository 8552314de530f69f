#include "access/timemachine.h"
#include "orgtracectl/access_output.h"
#include "orgtracectl/command.h"

#include <CLI/CLI.hpp>

using namespace Qt::StringLiterals;

namespace Orgtrace::Ctl {

namespace {

constexpr qsizetype HistoryPathsAtMost = 20; // of a stretch, in text; --json has all

struct HistoryArguments {
    std::string name, subject, permission, division, from, to;
};

QString sightingName(Access::Sighting::State state)
{
    using State = Access::Sighting::State;
    switch (state) {
    case State::Held: return u"held"_s;
    case State::Conditional: return u"conditional"_s;
    case State::NotHeld: return u"not-held"_s;
    case State::NotSeen: break;
    }
    return u"not-seen"_s;
}

Json::Node timeNode(const QDateTime &time)
{
    return time.isValid() ? Json::Node(isoUtc(time)) : Json::Node();
}

Json::Node idNode(const QString &id)
{
    return id.isEmpty() ? Json::Node() : Json::Node(id);
}

Json::Node intervalNode(const Access::HeldInterval &interval)
{
    Json::Node node;
    node["before"] = idNode(interval.before);
    node["first"] = interval.first;
    node["last"] = interval.last;
    node["ended"] = idNode(interval.ended);
    node["gained"]["after"] = timeNode(interval.gainedAfterUtc);
    node["gained"]["before"] = timeNode(interval.gainedBeforeUtc);
    node["gained"]["byGrantTime"] = interval.isGainedAfterByGrant;
    node["gained"]["provenAfter"] = timeNode(interval.provenAfterUtc);
    node["gained"]["grantMadeAt"] = timeNode(interval.grantMadeUtc);
    node["gained"]["orderKnown"] = !interval.isGainedOrderUnknown;
    if (interval.ended.isEmpty()) {
        node["lost"] = Json::Node();
    } else {
        node["lost"]["after"] = timeNode(interval.lostAfterUtc);
        node["lost"]["before"] = timeNode(interval.lostBeforeUtc);
        node["lost"]["orderKnown"] = !interval.isLostOrderUnknown;
    }
    node["notSeen"] = Json::Node(interval.notSeen);
    node["stretches"] = Json::Node::array();
    for (const Access::HeldInterval::Stretch &stretch : interval.stretches) {
        Json::Node row;
        row["first"]["snapshot"] = stretch.first;
        row["first"]["observed"] = timeNode(stretch.firstUtc);
        row["last"]["snapshot"] = stretch.last;
        row["last"]["observed"] = timeNode(stretch.lastUtc);
        row["conditional"] = stretch.isConditional;
        row["grantMadeAt"] = timeNode(stretch.madeUtc);
        row["denied"] = denialNodes(stretch.denied);
        row["paths"] = Json::Node::array();
        for (const Access::AccessPath &path : stretch.paths) {
            row["paths"].append(pathNode(path));
        }
        node["stretches"].append(std::move(row));
    }
    return node;
}

Json::Node historyNode(const Access::PermissionHistory &history)
{
    Json::Node node;
    node["version"] = 1;
    node["subject"] = subjectNode(history.subject);
    node["permission"] = history.permission;
    node["division"] = history.divisionId;
    node["divisionName"] = history.divisionName;
    node["intervals"] = Json::Node::array();
    for (const Access::HeldInterval &interval : history.intervals) {
        node["intervals"].append(intervalNode(interval));
    }
    node["notSeen"] = Json::Node::array();
    for (const Access::Sighting &seen : history.sightings) {
        if (seen.state == Access::Sighting::State::NotSeen) {
            Json::Node row;
            row["snapshot"] = seen.snapshot;
            row["observed"] = timeNode(seen.observedUtc);
            row["asLastSeen"] = sightingName(seen.asLastSeen);
            row["why"] = Json::Node(seen.why);
            node["notSeen"].append(std::move(row));
        }
    }
    node["caveats"] = Json::Node::array();
    for (const Access::Sighting &seen : history.sightings) {
        if (!seen.caveats.isEmpty()) {
            Json::Node row;
            row["snapshot"] = seen.snapshot;
            row["observed"] = timeNode(seen.observedUtc);
            row["why"] = Json::Node(seen.caveats);
            node["caveats"].append(std::move(row));
        }
    }
    node["notes"] = Json::Node(history.notes);
    node["snapshots"] = static_cast<qint64>(history.sightings.size());
    node["computed"] = static_cast<qint64>(history.modelsBuilt);
    return node;
}

QString betweenText(const QDateTime &after, const QDateTime &before)
{
    return u"between %1 and %2"_s.arg(isoUtc(after), isoUtc(before));
}

QString orderText(bool isUnknown)
{
    return isUnknown ? u" (which of the two snapshots came first is not known: their times overlap or contradict each other)"_s : QString();
}

void printInterval(const Output &out, const Access::HeldInterval &interval)
{
    QString gained;
    if (!interval.gainedAfterUtc.isValid()) {
        gained = u"held already in the first snapshot that tells, by "_s + isoUtc(interval.gainedBeforeUtc);
    } else {
        gained = u"gained "_s + betweenText(interval.gainedAfterUtc, interval.gainedBeforeUtc);
        if (interval.isGainedAfterByGrant) {
            gained += u" (the grant was made at the first of these; another one, taken away since, may have given it from %1 on)"_s.arg(
                isoUtc(interval.provenAfterUtc));
        }
        gained += orderText(interval.isGainedOrderUnknown);
    }
    out.line(gained + (interval.before.isEmpty() ? QString() : u"; not held in "_s + interval.before.left(10)) + u"; first seen in "_s
             + interval.first.left(10));
    if (!interval.stretches.isEmpty() && !interval.stretches.first().madeUtc.isValid()) {
        out.line(u"  when the grant was made is not told: only a capture of the profile security, or with --prove-grants, asks"_s);
    } else if (interval.grantMadeUtc.isValid() && !interval.isGainedAfterByGrant) {
        out.line(u"  its grant was made at "_s + isoUtc(interval.grantMadeUtc)
                 + (interval.before.isEmpty() ? u"; whether it was held before, through another one, is not known"_s : QString()));
    }
    for (const Access::HeldInterval::Stretch &stretch : interval.stretches) {
        const bool isByPolicy = stretch.isConditional && !stretch.denied.isEmpty();
        out.line(u"  from %1 to %2%3"_s.arg(isoUtc(stretch.firstUtc), isoUtc(stretch.lastUtc),
                                            !stretch.isConditional ? QString()
                                                : isByPolicy       ? u", unless an access policy takes it away"_s
                                                                   : u", only under a condition, which is recorded and not evaluated"_s));
        for (const Access::Denial &denial : stretch.denied) {
            out.line(u"    ! "_s + denialText(denial));
        }
        for (const auto those = stretch.paths.first(std::min(stretch.paths.size(), HistoryPathsAtMost));
             const Access::AccessPath &path : those) {
            out.line(u"    "_s + pathText(path));
        }
        if (stretch.paths.size() > HistoryPathsAtMost) {
            out.line(u"    and %1 more paths"_s.arg(thousands(stretch.paths.size() - HistoryPathsAtMost)));
        }
    }
    if (interval.ended.isEmpty()) {
        out.line(u"  still held in "_s + interval.last.left(10) + u", the last one that tells"_s);
    } else {
        out.line(u"  lost "_s + betweenText(interval.lostAfterUtc, interval.lostBeforeUtc) + orderText(interval.isLostOrderUnknown)
                 + u"; not held in "_s + interval.ended.left(10));
    }
}

void printHistory(const Output &out, const Access::PermissionHistory &history)
{
    QString where = u"anywhere"_s;
    if (!history.divisionId.isEmpty()) {
        where = u"in division "_s + oneLine(history.divisionName.isEmpty() ? history.divisionId : history.divisionName, 80);
        where += history.divisionName.isEmpty() ? QString() : QString(u" ("_s + oneLine(history.divisionId, 80) + u')');
    }
    out.line(u"%1 (%2 %3): %4 %5"_s.arg(oneLine(history.subject.name.isEmpty() ? history.subject.id : history.subject.name, 80),
                                        Access::subjectKindName(history.subject.kind), oneLine(history.subject.id, 80),
                                        oneLine(history.permission, 200), where));
    for (const Access::HeldInterval &interval : history.intervals) {
        printInterval(out, interval);
    }
    if (history.sightings.isEmpty()) {
        out.line(u"! no snapshot is that old: what was then is not known"_s);
    } else if (history.intervals.isEmpty()) {
        out.line(u"never held in a snapshot that tells"_s);
    }
    for (const Access::Sighting &seen : history.sightings) {
        if (seen.state == Access::Sighting::State::NotSeen) {
            out.line(u"! not seen in %1 (%2; as last seen: %3): %4"_s.arg(
                seen.snapshot.left(10), isoUtc(seen.observedUtc), sightingName(seen.asLastSeen), oneLine(seen.why.join(u' '), 400)));
        }
    }
    for (const Access::Sighting &seen : history.sightings) {
        if (!seen.caveats.isEmpty()) {
            out.line(u"! may be denied in %1 (%2): %3"_s.arg(seen.snapshot.left(10), isoUtc(seen.observedUtc),
                                                             oneLine(seen.caveats.join(u' '), 400)));
        }
    }
    for (const QString &note : history.notes) {
        out.line(note);
    }
    out.line(u"%1 snapshots, %2 of them computed, the others like one of these"_s.arg(thousands(history.sightings.size()),
                                                                                      thousands(history.modelsBuilt)));
}

QCoro::Task<int> accessHistory(Context &context, HistoryArguments arguments)
{
    const Output out = context.out();
    const Result<Evidence::Store> store = context.store();
    if (!store) {
        co_return out.fail(store.error());
    }
    const Result<QString> organisation = organisationId(*store, q(arguments.name));
    if (!organisation) {
        co_return out.fail(organisation.error());
    }
    if (organisation->isEmpty()) {
        co_return out.fail({ErrorCode::NotFound, u"this organisation was never captured"_s, q(arguments.name)});
    }
    Access::HistoryQuestion question{*organisation, q(arguments.subject), q(arguments.permission), q(arguments.division), {}, {}};
    for (const auto &[text, time] : {std::pair(&arguments.from, &question.fromUtc), std::pair(&arguments.to, &question.toUtc)}) {
        *time = parseIsoUtc(q(*text));
        if (!text->empty() && !time->isValid()) {
            co_return out.fail({ErrorCode::BadInput, u"--from and --to want a UTC time, e.g. 2026-10-17T06:00:00Z"_s, q(*text)});
        }
    }
    if (question.fromUtc.isValid() && question.toUtc.isValid() && question.fromUtc > question.toUtc) {
        co_return out.fail({ErrorCode::BadInput, u"--from is after --to"_s, q(arguments.from)});
    }
    const Result<Access::PermissionHistory> history
        = Access::permissionHistory(store->folder(), question, context.cancel.token(), [&out](qint64 done, qint64 total) {
              out.progress(u"%1 of %2 snapshots"_s.arg(thousands(done), thousands(total)));
          });
    out.endProgress();
    if (!history) {
        co_return out.fail(history.error());
    }
    if (out.isJson()) {
        out.document(historyNode(*history));
    } else {
        printHistory(out, *history);
    }
    co_return history->isCertain() ? 0 : 4;
}

} // namespace

void addAccessHistory(CLI::App &access, Context &context, Command &chosen)
{
    auto *command = access.add_subcommand("history", "When a subject held a permission, through what, and how well the edges are known");
    addCommonOptions(*command, context);
    auto arguments = std::make_shared<HistoryArguments>();
    command->add_option("NAME", arguments->name, "Organisation")->required();
    command->add_option("SUBJECT", arguments->subject, "Id, also of one that is gone; or an exact name or e-mail that only one ever had")
        ->required();
    command->add_option("PERMISSION", arguments->permission, "domain:entity:action")->required();
    command->add_option("--division", arguments->division, "Only what holds in this division (id or name)");
    command->add_option("--from", arguments->from, "UTC time; the snapshot before it is looked at, too");
    command->add_option("--to", arguments->to, "UTC time");
    command->callback([arguments, &chosen] { chosen = [arguments](Context &c) { return accessHistory(c, *arguments); }; });
}

} // namespace Orgtrace::Ctl
