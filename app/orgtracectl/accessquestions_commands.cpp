#include "access/difference.h"
#include "orgtracectl/access_output.h"
#include "orgtracectl/command.h"

#include <CLI/CLI.hpp>

using namespace Qt::StringLiterals;

namespace Orgtrace::Ctl {

namespace {

constexpr qsizetype PermissionsOnALine = 4; // the rest is counted; --json has all
constexpr qsizetype PathsInText = 20; // of one answer of can

struct QuestionArguments {
    std::string subject, permission, at = "latest", division;
    qint64 paths = 5, permissions = 20; // of who-can
};

struct DifferenceArguments {
    std::string from, to, subject;
};

/// The division asked for, as its id; empty where none was.
Result<QString> divisionId(const Access::AccessModel &model, const std::string &asked)
{
    return asked.empty() ? Result<QString>(QString()) : model.resolver().findDivision(q(asked));
}

void printCaveats(const Output &out, const QStringList &caveats)
{
    for (const QString &caveat : caveats) {
        out.line(u"! "_s + oneLine(caveat, 400));
    }
}

void printNotes(const Output &out, const QStringList &notes)
{
    for (const QString &note : notes) {
        out.line(u"note: "_s + oneLine(note, 400));
    }
}

QString subjectText(const Access::Subject &subject)
{
    return oneLine(subject.name.isEmpty() ? subject.id : subject.name, 80) + u" ("_s + Access::subjectKindName(subject.kind) + u' '
        + oneLine(subject.id, 120) + u')';
}

void printPaths(const Output &out, const QList<Access::AccessPath> &paths)
{
    for (const auto those = paths.first(std::min(paths.size(), PathsInText)); const Access::AccessPath &path : those) {
        out.line(u"    "_s + pathText(path));
    }
    if (paths.size() > PathsInText) {
        out.line(u"    and %1 other paths"_s.arg(thousands(paths.size() - PathsInText)));
    }
}

Json::Node pathNodes(const QList<Access::AccessPath> &paths)
{
    Json::Node list = Json::Node::array();
    for (const Access::AccessPath &path : paths) {
        list.append(pathNode(path));
    }
    return list;
}

// ---- can ------------------------------------------------------------------------------------------------------------

QString answerName(Access::Verdict::Answer answer)
{
    using Answer = Access::Verdict::Answer;
    switch (answer) {
    case Answer::Yes: return u"yes"_s;
    case Answer::Conditional: return u"conditional"_s;
    case Answer::No: return u"no"_s;
    case Answer::NotSeen: break;
    }
    return u"not-seen"_s;
}

QString answerText(Access::Verdict::Answer answer)
{
    using Answer = Access::Verdict::Answer;
    switch (answer) {
    case Answer::Yes: return u"yes"_s;
    case Answer::Conditional: return u"only under a condition, which is recorded and not evaluated"_s;
    case Answer::No: return u"no"_s;
    case Answer::NotSeen: break;
    }
    return u"not as far as was seen, but not everything was seen"_s;
}

QString holderText(Access::Verdict::Answer answer)
{
    return answer == Access::Verdict::Answer::Conditional ? u"perhaps, under a condition, which is recorded and not evaluated"_s
        : answer == Access::Verdict::Answer::No           ? u"no, roles grant it and access policies deny it"_s
                                                          : u"perhaps: in which divisions it is held is not known"_s;
}

QString missName(Access::Verdict::Miss::Kind kind)
{
    using Kind = Access::Verdict::Miss::Kind;
    switch (kind) {
    case Kind::Denied: return u"denied"_s;
    case Kind::UnknownDivision: return u"unknown-division"_s;
    case Kind::UnclearDivision: return u"unclear-division"_s;
    case Kind::OtherDivision: return u"other-division"_s;
    case Kind::RolesNotEnabled: return u"roles-not-enabled"_s;
    case Kind::OtherAction: break;
    }
    return u"other-action"_s;
}

QString missText(Access::Verdict::Miss::Kind kind)
{
    using Kind = Access::Verdict::Miss::Kind;
    switch (kind) {
    case Kind::Denied: return u"roles grant it, and an access policy denies it"_s;
    case Kind::UnknownDivision: return u"by a grant that names no division"_s;
    case Kind::UnclearDivision: return u"in other divisions, and nothing says whether divisions matter to it"_s;
    case Kind::OtherDivision: return u"in other divisions"_s;
    case Kind::RolesNotEnabled: return u"if roles were enabled for the group or team"_s;
    case Kind::OtherAction: break;
    }
    return u"other actions on the same entity"_s;
}

QCoro::Task<int> can(Context &context, QuestionArguments arguments)
{
    const Output out = context.out();
    const Result<AccessAt> at = accessAt(context, arguments.at);
    if (!at) {
        co_return out.fail(at.error());
    }
    const Result<Access::Subject> subject = at->model.findSubject(q(arguments.subject));
    if (!subject) {
        co_return out.fail(subject.error());
    }
    const Result<QString> division = divisionId(at->model, arguments.division);
    if (!division) {
        co_return out.fail(division.error());
    }
    const Result<Access::Verdict> verdict = at->model.resolver().can(*subject, q(arguments.permission), *division);
    if (!verdict) {
        co_return out.fail(verdict.error());
    }
    using Answer = Access::Verdict::Answer;
    if (out.isJson()) {
        Json::Node node;
        node["version"] = 1;
        node["snapshot"] = at->summary.id;
        node["subject"] = subjectNode(*subject);
        node["permission"] = q(arguments.permission).trimmed();
        node["division"] = *division;
        node["answer"] = answerName(verdict->answer);
        node["paths"] = pathNodes(verdict->paths);
        node["misses"] = Json::Node::array();
        for (const Access::Verdict::Miss &miss : verdict->misses) {
            Json::Node row;
            row["kind"] = missName(miss.kind);
            row["paths"] = pathNodes(miss.paths);
            row["permissions"] = Json::Node(miss.permissions);
            node["misses"].append(std::move(row));
        }
        node["denied"] = denialNodes(verdict->denied);
        node["rolesWithIt"] = Json::Node(verdict->rolesWithIt);
        node["policies"] = Access::policiesSeenName(at->model.resolver().policiesSeen());
        node["caveats"] = Json::Node(verdict->caveats);
        node["notes"] = Json::Node(verdict->notes);
        out.document(node);
    } else {
        const bool isYesWithCare = verdict->answer == Answer::Yes && !verdict->caveats.isEmpty();
        out.line(u"%1: %2 → %3%4 at %5"_s.arg(isYesWithCare ? u"yes, with what is known"_s : answerText(verdict->answer),
                                              subjectText(*subject), oneLine(q(arguments.permission), 120),
                                              arguments.division.empty() ? QString() : u" in "_s + oneLine(q(arguments.division), 60),
                                              isoUtc(at->summary.observedUtc)));
        printPaths(out, verdict->paths);
        for (const Access::Denial &denial : verdict->denied) {
            out.line(denialText(denial));
        }
        for (const Access::Verdict::Miss &miss : verdict->misses) {
            out.line(u"near: "_s + missText(miss.kind)
                     + (miss.permissions.isEmpty() ? QString() : u": "_s + oneLine(miss.permissions.join(u", "_s), 300)));
            printPaths(out, miss.paths);
        }
        if (verdict->answer != Answer::Yes) {
            out.line(u"roles that allow it: "_s
                     + (verdict->rolesWithIt.isEmpty() ? u"none"_s : oneLine(verdict->rolesWithIt.join(u", "_s), 400)));
        }
        printNotes(out, verdict->notes);
        printCaveats(out, verdict->caveats);
    }
    // A proof that rests on what was carried from an earlier snapshot is one of then, not of now.
    const bool isCertain = verdict->caveats.isEmpty() && verdict->answer != Answer::Conditional && verdict->answer != Answer::NotSeen;
    co_return !isCertain ? 4 : verdict->answer == Answer::Yes ? 0 : 1;
}

// ---- who-can --------------------------------------------------------------------------------------------------------

/// "2 users (1 not active), 1 group"
QString countsText(const QList<Access::Holder> &holders)
{
    using Kind = Access::SubjectKind;
    QStringList parts;
    const auto add = [&](Kind kind, const QString &one, const QString &many) {
        qsizetype count = 0, inactive = 0;
        for (const Access::Holder &holder : holders) {
            const bool does = holder.answer == Access::Verdict::Answer::Yes && holder.subject.kind == kind;
            count += does ? 1 : 0;
            inactive += does && holder.isInactive ? 1 : 0;
        }
        if (count > 0) {
            parts.append(thousands(count) + u' ' + (count == 1 ? one : many)
                         + (inactive > 0 ? u" (%1 not active)"_s.arg(thousands(inactive)) : QString()));
        }
    };
    add(Kind::User, u"user"_s, u"users"_s);
    add(Kind::Group, u"group"_s, u"groups"_s);
    add(Kind::Team, u"team"_s, u"teams"_s);
    add(Kind::OAuthClient, u"client"_s, u"clients"_s);
    add(Kind::TrusteeUser, u"user of another organisation"_s, u"users of other organisations"_s);
    add(Kind::TrusteeGroup, u"group of another organisation"_s, u"groups of other organisations"_s);
    add(Kind::Unknown, u"subject of an unknown kind"_s, u"subjects of unknown kinds"_s);
    return parts.isEmpty() ? u"nobody"_s : parts.join(u", "_s);
}

QCoro::Task<int> whoCan(Context &context, QuestionArguments arguments)
{
    const Output out = context.out();
    const Result<AccessAt> at = accessAt(context, arguments.at);
    if (!at) {
        co_return out.fail(at.error());
    }
    const Result<QString> division = divisionId(at->model, arguments.division);
    if (!division) {
        co_return out.fail(division.error());
    }
    const Result<QList<Access::Holder>> holders = at->model.resolver().holders(
        q(arguments.permission), *division, {static_cast<qsizetype>(arguments.permissions), static_cast<qsizetype>(arguments.paths)});
    if (!holders) {
        co_return out.fail(holders.error());
    }
    const QStringList caveats = at->model.caveats();
    using Answer = Access::Verdict::Answer;
    const qsizetype denied = std::ranges::count(*holders, Answer::No, &Access::Holder::answer);
    const qsizetype perhaps = holders->size() - denied - std::ranges::count(*holders, Answer::Yes, &Access::Holder::answer);
    if (out.isJson()) {
        Json::Node node;
        node["version"] = 1;
        node["snapshot"] = at->summary.id;
        node["permission"] = q(arguments.permission).trimmed();
        node["division"] = *division;
        node["holders"] = Json::Node::array();
        for (const Access::Holder &holder : *holders) {
            Json::Node row;
            row["subject"] = subjectNode(holder.subject);
            row["answer"] = answerName(holder.answer);
            row["caveats"] = Json::Node(holder.caveats);
            row["notes"] = Json::Node(holder.notes);
            row["inactive"] = holder.isInactive;
            row["permissions"] = Json::Node::array();
            for (const Access::EffectivePermission &permission : holder.permissions) {
                Json::Node one;
                one["permission"] = permission.permission();
                one["paths"] = pathNodes(permission.paths);
                one["morePaths"] = static_cast<qint64>(permission.morePaths);
                one["denied"] = denialNodes(permission.denied);
                row["permissions"].append(std::move(one));
            }
            row["morePermissions"] = static_cast<qint64>(holder.morePermissions);
            node["holders"].append(std::move(row));
        }
        node["policies"] = Access::policiesSeenName(at->model.resolver().policiesSeen());
        node["caveats"] = Json::Node(caveats);
        node["notes"] = Json::Node(at->model.resolver().notes());
        out.document(node);
    } else {
        const bool isPattern = arguments.permission.contains('*');
        for (const Access::Holder &holder : *holders) {
            out.line(subjectText(holder.subject)
                     + (holder.answer == Access::Verdict::Answer::Yes ? QString() : u": "_s + holderText(holder.answer)));
            printNotes(out, holder.notes);
            for (const Access::EffectivePermission &permission : holder.permissions) {
                for (const Access::Denial &denial : permission.denied) {
                    out.line(u"    "_s + (isPattern ? permission.permission() + u": "_s : QString()) + denialText(denial));
                }
                for (const Access::AccessPath &path : permission.paths) {
                    out.line(u"    "_s + (isPattern ? permission.permission() + u" ← "_s : QString()) + pathText(path));
                }
                if (permission.morePaths > 0) {
                    out.line(u"    and %1 other paths"_s.arg(thousands(permission.morePaths)));
                }
            }
            if (holder.morePermissions > 0) {
                out.line(u"    and %1 other permissions"_s.arg(thousands(holder.morePermissions)));
            }
        }
        if (!holders->isEmpty()) {
            printNotes(out, at->model.resolver().notes());
        }
        printCaveats(out, caveats);
        const QString doubtful = (perhaps > 0 ? u", "_s + thousands(perhaps) + u" perhaps"_s : QString())
            + (denied > 0 ? u", "_s + thousands(denied) + u" denied by access policies"_s : QString());
        out.line(holders->isEmpty() ? u"nobody"_s
                                    : u"%1 can%2, at %3"_s.arg(countsText(*holders), doubtful, isoUtc(at->summary.observedUtc)));
    }
    const bool isUncertain = !caveats.isEmpty() || perhaps > 0
        || std::ranges::any_of(*holders, [](const Access::Holder &holder) { return !holder.caveats.isEmpty(); });
    co_return isUncertain ? 4 : 0;
}

// ---- diff -----------------------------------------------------------------------------------------------------------

QString kindName(Access::AccessChange::Kind kind)
{
    using Kind = Access::AccessChange::Kind;
    switch (kind) {
    case Kind::Gained: return u"gained"_s;
    case Kind::Lost: return u"lost"_s;
    case Kind::Widened: return u"widened"_s;
    case Kind::Narrowed: return u"narrowed"_s;
    case Kind::Moved: return u"moved"_s;
    case Kind::Unclear: break;
    }
    return u"unclear"_s;
}

QString routeText(const Access::AccessRoute &route)
{
    return viaText(route.containers) + u" → "_s + oneLine(route.roleName.isEmpty() ? route.roleId : route.roleName, 60) + u" in "_s
        + divisionText(route.divisionId, route.divisionName) + (route.conditional ? u" (conditional)"_s : QString())
        + (route.synthetic ? u" (synthetic team grant)"_s : QString());
}

Json::Node routeNodes(const QList<Access::AccessRoute> &routes)
{
    Json::Node list = Json::Node::array();
    for (const Access::AccessRoute &route : routes) {
        Json::Node node;
        node["via"] = route.via == Access::SubjectKind::User ? u"direct"_s : Access::subjectKindName(route.via);
        node["container"] = route.containerId;
        node["containerName"] = route.containerName;
        node["containers"] = containerNodes(route.containers);
        node["role"] = route.roleId;
        node["roleName"] = route.roleName;
        node["division"] = route.divisionId;
        node["divisionName"] = route.divisionName;
        node["conditional"] = route.conditional;
        node["synthetic"] = route.synthetic;
        list.append(std::move(node));
    }
    return list;
}

Json::Node differenceNode(const Access::AccessDifference &difference, const AccessAt &from, const AccessAt &to)
{
    Json::Node node;
    node["version"] = 1;
    node["from"] = from.summary.id;
    node["to"] = to.summary.id;
    node["subjects"] = Json::Node::array();
    for (const Access::SubjectChange &subject : difference.subjects) {
        using Presence = Access::SubjectChange::Presence;
        Json::Node row;
        row["subject"] = subjectNode(subject.subject);
        row["presence"] = subject.presence == Presence::Both ? u"both"_s
            : subject.presence == Presence::OnlyAfter        ? u"only-to"_s
                                                             : u"only-from"_s;
        row["changes"] = Json::Node::array();
        for (const Access::AccessChange &change : subject.changes) {
            Json::Node one;
            one["kind"] = kindName(change.kind);
            one["permissions"] = Json::Node(change.permissions);
            one["before"] = routeNodes(change.before);
            one["after"] = routeNodes(change.after);
            one["deniedBefore"] = denialNodes(change.deniedBefore);
            one["deniedAfter"] = denialNodes(change.deniedAfter);
            one["event"] = Json::Node(); // which event did it is told when changes and events are joined
            row["changes"].append(std::move(one));
        }
        row["caveats"] = Json::Node(subject.caveats);
        node["subjects"].append(std::move(row));
    }
    node["rerouted"] = static_cast<qint64>(difference.rerouted);
    node["newPermissions"] = Json::Node(difference.newPermissions);
    node["gonePermissions"] = Json::Node(difference.gonePermissions);
    node["divisionRuleChanged"] = Json::Node(difference.divisionRuleChanged);
    node["policies"]["from"] = Access::policiesSeenName(from.model.resolver().policiesSeen());
    node["policies"]["to"] = Access::policiesSeenName(to.model.resolver().policiesSeen());
    node["caveats"] = Json::Node(difference.caveats);
    node["notes"] = Json::Node(difference.notes);
    return node;
}

void printDifference(const Output &out, const Access::AccessDifference &difference)
{
    for (const Access::SubjectChange &subject : difference.subjects) {
        using Presence = Access::SubjectChange::Presence;
        out.line(subjectText(subject.subject)
                 + (subject.presence == Presence::OnlyAfter        ? u", new"_s
                        : subject.presence == Presence::OnlyBefore ? u", gone"_s
                                                                   : QString()));
        for (const Access::AccessChange &change : subject.changes) {
            const QStringList &permissions = change.permissions;
            const auto some = permissions.first(std::min(permissions.size(), PermissionsOnALine));
            out.line(u"  %1 %2: %3%4"_s.arg(kindName(change.kind), thousands(permissions.size()), oneLine(some.join(u", "_s), 300),
                                            some.size() < permissions.size() ? u" …"_s : QString()));
            for (const Access::AccessRoute &route : change.before) {
                out.line(u"    was "_s + routeText(route));
            }
            for (const Access::AccessRoute &route : change.after) {
                out.line(u"    is  "_s + routeText(route));
            }
            for (const Access::Denial &denial : change.deniedBefore) {
                out.line(u"    was "_s + denialText(denial));
            }
            for (const Access::Denial &denial : change.deniedAfter) {
                out.line(u"    is  "_s + denialText(denial));
            }
        }
        for (const QString &caveat : subject.caveats) {
            out.line(u"  ! "_s + oneLine(caveat, 400));
        }
    }
    printNotes(out, difference.notes);
    printCaveats(out, difference.caveats);
    if (!difference.newPermissions.isEmpty() || !difference.gonePermissions.isEmpty()) {
        out.line(u"the platform has %1 new permissions and %2 fewer"_s.arg(thousands(difference.newPermissions.size()),
                                                                           thousands(difference.gonePermissions.size())));
    }
    if (!difference.divisionRuleChanged.isEmpty()) {
        out.line(u"the platform changed whether divisions matter to %1 permissions: %2"_s.arg(
            thousands(difference.divisionRuleChanged.size()),
            oneLine(difference.divisionRuleChanged.first(std::min(difference.divisionRuleChanged.size(), PermissionsOnALine)).join(u", "_s),
                    300)));
    }
    out.line(u"%1 subjects may do more or less than before; %2 the same by other routes"_s.arg(thousands(difference.subjects.size()),
                                                                                               thousands(difference.rerouted)));
}

QCoro::Task<int> accessDiff(Context &context, DifferenceArguments arguments)
{
    const Output out = context.out();
    const Result<AccessAt> from = accessAt(context, arguments.from);
    if (!from) {
        co_return out.fail(from.error());
    }
    const Result<AccessAt> to = accessAt(context, arguments.to);
    if (!to) {
        co_return out.fail(to.error());
    }
    if (from->summary.organisationId != to->summary.organisationId) {
        co_return out.fail({ErrorCode::BadInput, u"the snapshots are of two organisations"_s,
                            from->summary.organisationName + u", "_s + to->summary.organisationName});
    }
    Access::AccessDifference difference = Access::difference(from->model.resolver(), to->model.resolver());
    if (!arguments.subject.empty()) {
        Result<Access::Subject> subject = to->model.findSubject(q(arguments.subject));
        if (!subject && subject.error().code == ErrorCode::NotFound) {
            subject = from->model.findSubject(q(arguments.subject));
        }
        if (!subject) {
            co_return out.fail(subject.error());
        }
        difference.subjects.removeIf(
            [&](const Access::SubjectChange &change) { return change.subject.id != subject->id || change.subject.kind != subject->kind; });
    }
    if (out.isJson()) {
        out.document(differenceNode(difference, *from, *to));
    } else {
        printDifference(out, difference);
    }
    const bool isUncertain = !difference.caveats.isEmpty()
        || std::ranges::any_of(difference.subjects, [](const Access::SubjectChange &change) { return !change.caveats.isEmpty(); });
    co_return isUncertain ? 4 : difference.subjects.isEmpty() ? 0 : 1;
}

} // namespace

void addAccessQuestions(CLI::App &access, Context &context, Command &chosen)
{
    auto question = std::make_shared<QuestionArguments>();
    const auto addScope = [&](CLI::App &command) {
        command.add_option("--at", question->at, "[ORG:]REV")->capture_default_str();
        command.add_option("--division", question->division, "Only what holds in this division (id or name)");
    };
    auto *canCommand
        = access.add_subcommand("can", "Whether a subject may do something, with proof or the nearest miss: 0 yes, 1 no, 4 not certain");
    addCommonOptions(*canCommand, context);
    canCommand->add_option("SUBJECT", question->subject, "Id, exact name or e-mail of a user, group, team or OAuth client")->required();
    canCommand->add_option("PERMISSION", question->permission, "domain:entity:action")->required();
    addScope(*canCommand);
    canCommand->callback([question, &chosen] { chosen = [question](Context &c) { return can(c, *question); }; });

    auto *whoCommand = access.add_subcommand("who-can", "Everybody who may do something, and through what");
    addCommonOptions(*whoCommand, context);
    whoCommand->add_option("PERMISSION", question->permission, "domain:entity:action; each part may be *")->required();
    addScope(*whoCommand);
    whoCommand->add_option("--paths", question->paths, "How many paths are listed of each permission; the rest is counted")
        ->check(CLI::Range(1, 1'000'000))
        ->capture_default_str();
    whoCommand->add_option("--permissions", question->permissions, "How many permissions are listed of each holder; the rest is counted")
        ->check(CLI::Range(1, 1'000'000))
        ->capture_default_str();
    whoCommand->callback([question, &chosen] { chosen = [question](Context &c) { return whoCan(c, *question); }; });

    auto difference = std::make_shared<DifferenceArguments>();
    auto *diffCommand = access.add_subcommand("diff", "Who may do more or less than before, and through what");
    addCommonOptions(*diffCommand, context);
    diffCommand->add_option("A", difference->from, "Earlier snapshot: [ORG:]REV")->required();
    diffCommand->add_option("B", difference->to, "Later snapshot")->required();
    diffCommand->add_option("--subject", difference->subject, "Only this one: id, exact name or e-mail");
    diffCommand->callback([difference, &chosen] { chosen = [difference](Context &c) { return accessDiff(c, *difference); }; });
}

} // namespace Orgtrace::Ctl
