#include "operations/check.h"

#include "base/digest.h"
#include "genesys/listing.h"

#include <QCoroFuture>
#include <QtConcurrentRun>

#include <map>

using namespace Qt::StringLiterals;

namespace Orgtrace::Operations {

namespace {

constexpr QLatin1StringView AuditPermission("audits:audit:view");
constexpr qsizetype MostDivisions = 20'000, MostCollections = 2'000;

QStringList sorted(const QSet<QString> &set)
{
    QStringList list(set.begin(), set.end());
    list.sort();
    return list;
}

Workspace::Partial partialOf(const QString &permission, const Hold &hold, const Surroundings &surroundings)
{
    Workspace::Partial out;
    out.permission = permission;
    out.heldIn = hold.divisions;
    out.isConditional = hold.isConditional;
    const bool isInAll = hold.divisionIds.contains(u"*"_s);
    for (const Workspace::Division &division : surroundings.divisions) {
        if (!isInAll && !hold.divisionIds.contains(division.id)) {
            out.missing.append(division);
        }
    }
    const auto byName
        = [](const Workspace::Division &a, const Workspace::Division &b) { return std::tie(a.name, a.id) < std::tie(b.name, b.id); };
    std::ranges::sort(out.heldIn, byName);
    std::ranges::sort(out.missing, byName);
    return out;
}

/// A listing that nobody insists on: without it, less is known.
template<typename Take> void takeAll(const Result<Genesys::Listing> &listing, const Take &take)
{
    if (listing) {
        for (const Genesys::Page &page : listing->pages) {
            std::ranges::for_each(page.items, take);
        }
    }
}

Workspace::Check checkOf(const Compare::ClientRights &rights, const Catalogue::Catalogue &catalogue)
{
    Workspace::Check check = assess(rights.held, catalogue, rights.surroundings);
    check.grantsLeftOut = rights.leftOut;
    check.subjectId = rights.id;
    check.subjectName = rights.name;
    return check;
}

/// What an organisation answered to runCheck().
struct CheckAnswers {
    QByteArray organisation, subject;
    QString correlationId;
    Result<Genesys::Listing> divisions, permissions;
};

/// On a worker.
Result<Workspace::Check> checkOf(const CheckAnswers &answers, const Catalogue::Catalogue &catalogue)
{
    const Result<Json::Document> organisation = Json::parse(view(answers.organisation));
    const Result<Json::Document> subject = Json::parse(view(answers.subject));
    if (!organisation || !subject) {
        return Error::make(ErrorCode::BadResponse, u"the platform's answer is not JSON"_s, answers.correlationId);
    }
    Compare::ClientRights rights;
    rights.id = subject->root()["id"].toQString();
    rights.name = subject->root()["name"].toQString();
    rights.held = heldPermissions(subject->root(), &rights.leftOut);
    Surroundings &around = rights.surroundings;
    takeAll(answers.divisions, [&around](Json::Value item) { around.addDivision(item); });
    around.hasAllDivisions = answers.divisions && answers.divisions->items == around.divisions.size();
    takeAll(answers.permissions, [&around](Json::Value item) { around.addPermissions(item); });
    Workspace::Check check = checkOf(rights, catalogue);
    check.organisationId = organisation->root()["id"].toQString();
    check.organisationName = organisation->root()["name"].toQString();
    return check;
}

} // namespace

bool isReadingAction(const QString &action)
{
    static const QSet<QString> reading{u"view"_s,   u"search"_s,  u"read"_s, u"readonly"_s, u"viewSensitiveData"_s,
                                       u"export"_s, u"download"_s};
    return reading.contains(action) || action.startsWith(u"view"_s);
}

bool Workspace::Check::seesEverything() const
{
    return std::ranges::all_of(domains, [](const DomainCheck &row) { return row.allowed && !row.isShortened; });
}

Workspace::Check assess(const QList<HeldPermission> &held, const Catalogue::Catalogue &catalogue, const Surroundings &surroundings)
{
    Workspace::Check check;
    QSet<QString> canWrite, recipe, recipeWriting;
    std::map<QString, Workspace::Partial> partial;
    const HeldIndex index(held, surroundings);
    for (const HeldPermission &permission : held) {
        if (!isReadingAction(permission.action)) {
            canWrite.insert(permission.domain + u':' + permission.entity + u':' + permission.action);
        }
    }
    for (const Catalogue::DomainRules &rules : catalogue.domains()) {
        Workspace::DomainCheck row;
        row.domain = rules.name;
        row.title = rules.title;
        row.group = rules.group;
        row.permissionsAny = rules.permissionsAny;
        row.writePermission = rules.writePermission;
        const Compare::DomainSight sight = index.sightOf(rules);
        row.allowed = sight.isAllowed;
        row.isShortened = sight.isShortened;
        row.missesNewDivisions = sight.missesNewDivisions;
        row.through = sight.through;
        row.why = sight.why;
        if (row.isShortened) {
            auto entry = partial.find(row.through);
            if (entry == partial.end()) {
                entry = partial.emplace(row.through, partialOf(row.through, sight.hold, surroundings)).first;
            }
            entry->second.domains.append(rules.name);
        }
        if (!rules.permissionsAny.isEmpty()) {
            // The one that only looks, where there is one: it comes first in the role an administrator should make.
            const auto looks = [](const QString &permission) { return isReadingAction(permission.section(u':', 2)); };
            const auto looking = std::ranges::find_if(rules.permissionsAny, looks);
            const QString needed = looking != rules.permissionsAny.end() ? *looking : rules.permissionsAny.first();
            recipe.insert(needed);
            if (!looks(needed)) {
                recipeWriting.insert(needed);
            }
        }
        check.domains.append(row);
    }
    recipe.insert(AuditPermission);
    check.canReadAudit = index.holdOf(AuditPermission).isHeld;
    check.canWrite = sorted(canWrite);
    for (const auto &[permission, entry] : partial) {
        check.partialDivisions.append(permission);
        check.partial.append(entry);
    }
    check.leastPrivilege = sorted(recipe);
    check.leastPrivilegeWriting = sorted(recipeWriting);
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
    Genesys::ListingRequest divisions;
    divisions.path = "/api/v2/authorization/divisions";
    divisions.maxItems = MostDivisions;
    auto readingDivisions = Genesys::readListing(client, std::move(divisions));
    Result<Genesys::Listing> allDivisions = co_await readingDivisions;
    Genesys::ListingRequest permissions;
    permissions.path = "/api/v2/authorization/permissions";
    permissions.identity = u"domain"_s;
    permissions.maxItems = MostCollections;
    auto readingPermissions = Genesys::readListing(client, std::move(permissions));
    Result<Genesys::Listing> allPermissions = co_await readingPermissions;

    const QFuture<Result<Workspace::Check>> assessing = QtConcurrent::run(
        [answers = CheckAnswers{who->body, mine->body, who->correlationId, std::move(allDivisions), std::move(allPermissions)},
         catalogue = std::move(catalogue)] { return checkOf(answers, catalogue); });
    Result<Workspace::Check> check = co_await assessing;
    co_return Result<Workspace::Check>(std::move(check));
}

Result<Workspace::Check> identityOfSnapshot(const Evidence::Snapshot &snapshot)
{
    const Result<Compare::ClientRights> rights = Compare::clientRightsOf(snapshot);
    if (!rights) {
        return std::unexpected(rights.error());
    }
    Workspace::Check check = checkOf(*rights, rights->asked);
    check.organisationId = snapshot.manifest().organisationId;
    check.organisationName = snapshot.manifest().organisationName;
    return check;
}

Result<Workspace::Check> Workspace::identityOf(const QString &storeFolder, const QString &snapshotId)
{
    const Result<Evidence::Store> store = Evidence::Store::open(storeFolder);
    if (!store) {
        return std::unexpected(store.error());
    }
    const Result<Evidence::Snapshot> snapshot = store->snapshot(snapshotId);
    if (!snapshot) {
        return std::unexpected(snapshot.error());
    }
    return identityOfSnapshot(*snapshot);
}

} // namespace Orgtrace::Operations
