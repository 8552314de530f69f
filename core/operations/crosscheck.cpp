#include "operations/crosscheck.h"

#include "access/reader.h"
#include "base/digest.h"
#include "json/value.h"

#include <algorithm>
#include <array>
#include <random>

using namespace Qt::StringLiterals;

namespace Orgtrace::Operations {

namespace {

constexpr int MostFailuresInARow = 3;

QString nameAndId(const QString &name, const QString &id)
{
    return name.isEmpty() ? id : QString(name + u" ("_s + id + u')');
}

/// Whether one line of a role says all that another says.
bool saysAllOf(const QString &wide, const QString &narrow)
{
    const QStringList have = wide.split(u':'), want = narrow.split(u':');
    return have.size() == 3 && want.size() == 3
        && std::ranges::all_of(std::array{0, 1, 2}, [&](int i) { return have[i] == u"*" || have[i] == want[i]; });
}

QStringList notSaid(const QSet<QString> &by, const QSet<QString> &other)
{
    QStringList out;
    for (const QString &line : by) {
        if (!other.contains(line) && std::ranges::none_of(other, [&](const QString &wide) { return saysAllOf(wide, line); })) {
            out.append(line);
        }
    }
    return out;
}

/// What is said under a condition is said by a line without one as well, and not the other way round.
QStringList notSaidConditionally(const PlatformAnswer &by, const PlatformAnswer &other)
{
    QStringList out = notSaid(by.conditional, other.permissions + other.conditional);
    for (QString &line : out) {
        line += u" (under a condition)"_s;
    }
    return out;
}

QString grantText(const QString &role, const QString &roleId, const QString &division, const QString &divisionId)
{
    return nameAndId(role, roleId) + u" in "_s + (divisionId == u"*" ? u"all divisions"_s : nameAndId(division, divisionId));
}

void bound(QStringList &list)
{
    list.sort();
    list.resize(std::min(list.size(), MostDifferences));
}

QCoro::Task<Result<QByteArray>> ask(Genesys::ApiClient &client, QByteArray pathTemplate, QString id, QUrlQuery query)
{
    const Result<QByteArray> path = Genesys::pathWithId(pathTemplate, id);
    if (!path) {
        co_return std::unexpected(path.error());
    }
    const Result<Genesys::ApiRequest> request = Genesys::ApiRequest::allow(Genesys::Method::Get, *path, query);
    if (!request) {
        co_return std::unexpected(request.error());
    }
    auto sending = client.send(*request);
    Result<Genesys::ApiReply> reply = co_await sending;
    if (!reply) {
        co_return std::unexpected(reply.error());
    }
    co_return reply->body;
}

QCoro::Task<Result<PlatformAnswer>> askAbout(Genesys::ApiClient &client, QString id)
{
    auto askingRoles = ask(client, QByteArrayLiteral("/api/v2/users/{id}/roles"), id, {});
    const Result<QByteArray> roles = co_await askingRoles;
    if (!roles) {
        co_return std::unexpected(roles.error());
    }
    QUrlQuery whole;
    whole.addQueryItem(u"includeDuplicates"_s, u"true"_s);
    auto askingGrants = ask(client, QByteArrayLiteral("/api/v2/authorization/subjects/{id}"), id, whole);
    const Result<QByteArray> grants = co_await askingGrants;
    if (!grants) {
        co_return std::unexpected(grants.error());
    }
    co_return readPlatformAnswer(*roles, *grants);
}

} // namespace

Result<PlatformAnswer> readPlatformAnswer(const QByteArray &userRoles, const QByteArray &subject)
{
    const Result<Json::Document> merged = Json::parse(view(userRoles)), held = Json::parse(view(subject));
    const Json::Value roles = merged ? merged->root()["roles"] : Json::Value(), grants = held ? held->root()["grants"] : Json::Value();
    if (!roles.isArray()) {
        return Error::make(ErrorCode::BadResponse, u"the platform's list of a user's roles has no roles in it"_s, u"users/{id}/roles"_s);
    }
    if (!grants.isArray()) {
        return Error::make(ErrorCode::BadResponse, u"the platform's list of a user's grants has no grants in it"_s,
                           u"authorization/subjects/{id}"_s);
    }
    PlatformAnswer answer;
    for (const Json::Value role : roles.items()) {
        answer.roles.insert(role["id"].toQString(), role["name"].toQString());
    }
    // The merged answer has the lines that roles have: whoever reads those tells a condition from none here as well.
    Access::FactsReader reader;
    reader.entity(u"roles"_s, u"merged"_s, view(userRoles));
    for (const Access::Facts facts = reader.take({}); const Access::RoleDefinition &role : facts.roles) {
        for (const Access::PolicyLine &line : role.lines) {
            for (const QString &action : line.actions) {
                (line.conditional ? answer.conditional : answer.permissions).insert(line.domain + u':' + line.entity + u':' + action);
            }
        }
    }
    for (const Json::Value grant : grants.items()) {
        const Json::Value role = grant["role"], division = grant["division"];
        const QString divisionId = division["id"].toQString();
        answer.grants.insert({role["id"].toQString(), divisionId},
                             grantText(role["name"].toQString(), role["id"].toQString(), division["name"].toQString(), divisionId));
    }
    return answer;
}

std::optional<CrossCheck::Disagreement> disagreement(const Access::EffectiveAccess &here, const PlatformAnswer &there)
{
    PlatformAnswer own;
    PlatformAnswer free; // lines of which something is left by access policies
    for (const Access::HeldGrant &grant : here.grants) { // of roles that allow nothing, too
        if (!grant.synthetic) {
            own.roles.insert(grant.roleId, grant.roleName);
            own.grants.insert({grant.roleId, grant.divisionId},
                              grantText(grant.roleName, grant.roleId, grant.divisionName, grant.divisionId));
        }
    }
    for (const Access::EffectivePermission &permission : here.permissions) {
        for (const Access::AccessPath &path : permission.paths) {
            if (path.synthetic) {
                continue;
            }
            (path.conditional ? own.conditional : own.permissions).insert(path.policy);
            if (permission.denied.isEmpty()) {
                (path.conditional ? free.conditional : free.permissions).insert(path.policy);
            }
        }
    }
    CrossCheck::Disagreement found;
    found.subject = here.subject;
    for (auto role = there.roles.cbegin(); role != there.roles.cend(); ++role) {
        if (!own.roles.contains(role.key())) {
            found.rolesThere.append(nameAndId(role.value(), role.key()));
        }
    }
    for (auto role = own.roles.cbegin(); role != own.roles.cend(); ++role) {
        if (!there.roles.contains(role.key())) {
            found.rolesHere.append(nameAndId(role.value(), role.key()));
        }
    }
    for (auto grant = there.grants.cbegin(); grant != there.grants.cend(); ++grant) {
        if (!own.grants.contains(grant.key())) {
            found.grantsThere.append(grant.value());
        }
    }
    for (auto grant = own.grants.cbegin(); grant != own.grants.cend(); ++grant) {
        if (!there.grants.contains(grant.key())) {
            found.grantsHere.append(grant.value());
        }
    }
    found.permissionsThere = notSaid(there.permissions, own.permissions) + notSaidConditionally(there, own);
    // The platform lists what roles give. Should it leave out what access policies deny, that is no other opinion.
    found.permissionsHere = notSaid(free.permissions, there.permissions) + notSaidConditionally(free, there);
    const QList<QStringList *> lists{&found.rolesThere,      &found.rolesHere,   &found.permissionsThere,
                                     &found.permissionsHere, &found.grantsThere, &found.grantsHere};
    const bool isSame = std::ranges::all_of(lists, [](const QStringList *list) { return list->isEmpty(); });
    for (QStringList *list : lists) {
        bound(*list);
    }
    return isSame ? std::nullopt : std::optional(std::move(found));
}

QList<Access::Subject> sampleOfUsers(const QList<Access::Subject> &subjects, const CrossCheckPlan &plan)
{
    QList<Access::Subject> users;
    for (const Access::Subject &subject : subjects) {
        if (subject.kind == Access::SubjectKind::User) {
            users.append(subject);
        }
    }
    if (plan.sample <= 0 || plan.sample >= users.size()) {
        return users;
    }
    // Drawn by id, so that a renamed user does not choose another sample; the standard's distributions differ between libraries, its engines do not.
    std::ranges::sort(users, {}, &Access::Subject::id);
    std::mt19937_64 random(plan.seed);
    for (qsizetype i = 0; i < plan.sample; ++i) {
        const auto left = static_cast<quint64>(users.size() - i);
        users.swapItemsAt(i, i + static_cast<qsizetype>(random() % left));
    }
    users.resize(plan.sample);
    std::ranges::sort(users, {}, [](const Access::Subject &subject) { return std::tie(subject.name, subject.id); });
    return users;
}

QCoro::Task<Result<CrossCheck>> crossCheck(Genesys::ApiClient &client, std::shared_ptr<const Access::AccessModel> model,
                                           CrossCheckPlan plan, std::function<void(qsizetype, qsizetype)> progress)
{
    auto signingIn = client.signIn();
    const Result<void> signedIn = co_await signingIn;
    if (!signedIn) {
        co_return std::unexpected(signedIn.error());
    }
    CrossCheck check;
    check.users = std::ranges::count(model->subjects(), Access::SubjectKind::User, &Access::Subject::kind);
    const QList<Access::Subject> chosen = sampleOfUsers(model->subjects(), plan);
    int failures = 0;
    for (const Access::Subject &user : chosen) {
        auto asking = askAbout(client, user.id);
        const Result<PlatformAnswer> answer = co_await asking;
        if (!answer && answer.error().code == ErrorCode::Cancelled) {
            co_return std::unexpected(answer.error());
        }
        ++check.asked;
        if (progress) {
            progress(check.asked, chosen.size());
        }
        if (!answer) {
            check.faults.append({user, answer.error()});
            const bool isGone = answer.error().code == ErrorCode::NotOffered;
            failures = isGone ? 0 : failures + 1;
            if (answer.error().code == ErrorCode::Forbidden || answer.error().code == ErrorCode::Unauthorised
                || failures >= MostFailuresInARow) {
                check.notAsked = chosen.size() - check.asked;
                break;
            }
            continue;
        }
        failures = 0;
        if (auto differs = disagreement(model->effective(user), *answer)) {
            check.disagreements.append(*std::move(differs));
        } else {
            ++check.agreed;
        }
    }
    co_return check;
}

} // namespace Orgtrace::Operations
