#include "operations/check.h"

#include "base/digest.h"

#include <QSet>

using namespace Qt::StringLiterals;

namespace Orgtrace::Operations {

namespace {

bool covers(const HeldPermission &held, const QStringList &wanted)
{
    return wanted.size() == 3 && (held.domain == u"*" || held.domain == wanted[0]) && (held.entity == u"*" || held.entity == wanted[1])
        && (held.action == u"*" || held.action == wanted[2]);
}

// Actions that only look; everything else can change configuration or more.
bool isReading(const QString &action)
{
    static const QSet<QString> reading{u"view"_s,   u"search"_s,  u"read"_s, u"readonly"_s, u"viewSensitiveData"_s,
                                       u"export"_s, u"download"_s};
    return reading.contains(action) || action.startsWith(u"view"_s);
}

} // namespace

QList<HeldPermission> heldPermissions(Json::Value authzSubject)
{
    QList<HeldPermission> held;
    for (const Json::Value grant : authzSubject["grants"].items()) {
        const QString division = grant["division"].isObject() ? grant["division"]["id"].toQString() : grant["division"].toQString();
        for (const Json::Value policy : grant["role"]["policies"].items()) {
            const QString domain = policy["domain"].toQString();
            const QString entity = policy["entityName"].toQString();
            // Both spellings occur: AuthzGrantPolicy says actions, role policies say actionSet.
            const Json::Value actions = policy["actions"].isArray() ? policy["actions"] : policy["actionSet"];
            for (const Json::Value action : actions.items()) {
                held.append({domain, entity, action.toQString(), division});
            }
        }
    }
    return held;
}

Workspace::Check assess(const QList<HeldPermission> &held, const Catalogue::Catalogue &catalogue)
{
    Workspace::Check check;
    QSet<QString> canWrite;
    QSet<QString> partial;
    QSet<QString> recipe;
    for (const HeldPermission &permission : held) {
        if (!isReading(permission.action)) {
            canWrite.insert(permission.domain + u':' + permission.entity + u':' + permission.action);
        }
    }
    for (const Catalogue::DomainRules &rules : catalogue.domains()) {
        Workspace::DomainCheck row;
        row.domain = rules.name;
        row.title = rules.title;
        row.permissionsAny = rules.permissionsAny;
        row.writePermission = rules.writePermission;
        row.allowed = rules.permissionsAny.isEmpty();
        bool everywhere = rules.permissionsAny.isEmpty();
        QString through;
        for (const QString &wanted : rules.permissionsAny) {
            const QStringList parts = wanted.split(u':');
            for (const HeldPermission &permission : held) {
                if (covers(permission, parts)) {
                    row.allowed = true;
                    through = wanted;
                    everywhere = everywhere || permission.division == u"*";
                }
            }
        }
        if (!row.allowed) {
            row.why = u"none of %1 is held"_s.arg(rules.permissionsAny.join(u", "_s));
        } else if (!everywhere) {
            row.why = u"%1 is not held in every division: the list may be shorter than the truth"_s.arg(through);
            partial.insert(through);
        }
        if (!rules.permissionsAny.isEmpty()) {
            // The one that only looks, where there is one: it comes first in the role an administrator should make.
            const auto looking = std::ranges::find_if(rules.permissionsAny, [](const QString &p) { return isReading(p.section(u':', 2)); });
            recipe.insert(looking != rules.permissionsAny.end() ? *looking : rules.permissionsAny.first());
        }
        check.domains.append(row);
    }
    recipe.insert(u"audits:audit:view"_s);
    const auto sorted = [](const QSet<QString> &set) {
        QStringList list(set.begin(), set.end());
        list.sort();
        return list;
    };
    check.canWrite = sorted(canWrite);
    check.partialDivisions = sorted(partial);
    check.leastPrivilege = sorted(recipe);
    return check;
}

QCoro::Task<Result<Workspace::Check>> runCheck(Genesys::ApiClient &client, Catalogue::Catalogue catalogue)
{
    const Result<void> signedIn = co_await client.signIn();
    if (!signedIn) {
        co_return std::unexpected(signedIn.error());
    }
    Result<Genesys::ApiRequest> whoRequest = Genesys::ApiRequest::allow(Genesys::Method::Get, "/api/v2/organizations/me");
    if (!whoRequest) {
        co_return std::unexpected(whoRequest.error());
    }
    const Result<Genesys::ApiReply> who = co_await client.send(*whoRequest);
    if (!who) {
        co_return std::unexpected(who.error());
    }
    Result<Genesys::ApiRequest> mineRequest = Genesys::ApiRequest::allow(Genesys::Method::Get, "/api/v2/authorization/subjects/me");
    if (!mineRequest) {
        co_return std::unexpected(mineRequest.error());
    }
    const Result<Genesys::ApiReply> mine = co_await client.send(*mineRequest);
    if (!mine) {
        co_return std::unexpected(mine.error());
    }
    const Result<Json::Document> organisation = Json::parse(view(who->body));
    const Result<Json::Document> subject = Json::parse(view(mine->body));
    if (!organisation || !subject) {
        co_return Error::make(ErrorCode::BadResponse, u"the platform's answer is not JSON"_s, who->correlationId);
    }
    Workspace::Check check = assess(heldPermissions(subject->root()), catalogue);
    check.organisationId = organisation->root()["id"].toQString();
    check.organisationName = organisation->root()["name"].toQString();
    co_return Result<Workspace::Check>(std::move(check));
}

} // namespace Orgtrace::Operations
