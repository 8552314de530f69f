#include "operations/check.h"

#include "base/digest.h"
#include "genesys/listing.h"

#include <map>

using namespace Qt::StringLiterals;

namespace Orgtrace::Operations {

namespace {

constexpr QLatin1StringView AuditPermission("audits:audit:view");
constexpr qsizetype MostDivisions = 20'000, MostCollections = 2'000;

bool covers(const HeldPermission &held, const QStringList &wanted)
{
    return wanted.size() == 3 && (held.domain == u"*" || held.domain == wanted[0]) && (held.entity == u"*" || held.entity == wanted[1])
        && (held.action == u"*" || held.action == wanted[2]);
}

/// How one permission is held.
struct Hold {
    bool isHeld = false, isEverywhere = false, isConditional = false;
    QList<Workspace::Division> divisions;
};

Hold holdOf(const QString &permission, const QList<HeldPermission> &held, const Surroundings &surroundings)
{
    Hold out;
    const QStringList parts = permission.split(u':');
    for (const HeldPermission &one : held) {
        if (!covers(one, parts)) {
            continue;
        }
        out.isHeld = true;
        out.isConditional = out.isConditional || one.isConditional;
        if (!one.isConditional && (one.division == u"*" || surroundings.anywhere.contains(permission))) {
            out.isEverywhere = true;
        }
        const bool isKnown = std::ranges::any_of(out.divisions, [&](const auto &division) { return division.id == one.division; });
        if (!isKnown) {
            out.divisions.append({one.division, one.divisionName});
        }
    }
    return out;
}

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
    for (const Workspace::Division &division : surroundings.divisions) {
        const bool isHeld = std::ranges::any_of(hold.divisions, [&](const auto &one) { return one.id == division.id || one.id == u"*"; });
        if (!isHeld) {
            out.missing.append(division);
        }
    }
    const auto byName
        = [](const Workspace::Division &a, const Workspace::Division &b) { return std::tie(a.name, a.id) < std::tie(b.name, b.id); };
    std::ranges::sort(out.heldIn, byName);
    std::ranges::sort(out.missing, byName);
    return out;
}

QString namesOf(const QList<Workspace::Division> &divisions)
{
    constexpr qsizetype most = 6;
    QStringList names;
    for (const auto some = divisions.first(std::min(divisions.size(), most)); const Workspace::Division &division : some) {
        names.append(division.name.isEmpty() ? division.id : division.name);
    }
    if (divisions.size() > most) {
        names.append(u"… (%1)"_s.arg(divisions.size()));
    }
    return names.join(u", "_s);
}

/// A listing that nobody insists on. Each item is handed over; an error leaves it at what came.
QCoro::Task<void> readIfAllowed(Genesys::ApiClient &client, Genesys::ListingRequest request, std::function<void(Json::Value)> take)
{
    auto reading = Genesys::readListing(client, std::move(request));
    const Result<Genesys::Listing> listing = co_await reading;
    if (listing) {
        for (const Genesys::Page &page : listing->pages) {
            std::ranges::for_each(page.items, take);
        }
    }
}

} // namespace

bool isReadingAction(const QString &action)
{
    static const QSet<QString> reading{u"view"_s,   u"search"_s,  u"read"_s, u"readonly"_s, u"viewSensitiveData"_s,
                                       u"export"_s, u"download"_s};
    return reading.contains(action) || action.startsWith(u"view"_s);
}

QList<HeldPermission> heldPermissions(Json::Value authzSubject)
{
    QList<HeldPermission> held;
    for (const Json::Value grant : authzSubject["grants"].items()) {
        const bool isObject = grant["division"].isObject();
        const QString division = isObject ? grant["division"]["id"].toQString() : grant["division"].toQString();
        const QString divisionName = isObject ? grant["division"]["name"].toQString() : QString();
        for (const Json::Value policy : grant["role"]["policies"].items()) {
            const QString domain = policy["domain"].toQString();
            const QString entity = policy["entityName"].toQString();
            const Json::Value condition = policy["condition"];
            const bool isConditional = condition.isObject() || !condition.toQString().isEmpty();
            // Both spellings occur: AuthzGrantPolicy says actions, role policies say actionSet.
            const Json::Value actions = policy["actions"].isArray() ? policy["actions"] : policy["actionSet"];
            for (const Json::Value action : actions.items()) {
                held.append({domain, entity, action.toQString(), division, divisionName, isConditional});
            }
        }
    }
    return held;
}

void Surroundings::addDivision(Json::Value division)
{
    if (const QString id = division["id"].toQString(); !id.isEmpty()) {
        divisions.append({id, division["name"].toQString()});
    }
}

void Surroundings::addPermissions(Json::Value collection)
{
    const QString domain = collection["domain"].toQString();
    for (const auto [name, permissions] : collection["permissionMap"].members()) {
        const QString entity = QString::fromUtf8(name.data(), static_cast<qsizetype>(name.size()));
        for (const Json::Value entry : permissions.items()) {
            if (!entry["divisionAware"].toBool(true)) {
                anywhere.insert(domain + u':' + entity + u':' + entry["action"].toQString());
            }
        }
    }
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
        row.allowed = rules.permissionsAny.isEmpty();
        Hold best;
        for (const QString &wanted : rules.permissionsAny) {
            const Hold hold = holdOf(wanted, held, surroundings);
            if (hold.isHeld && (!row.allowed || (hold.isEverywhere && !best.isEverywhere))) {
                row.allowed = true;
                row.through = wanted;
                best = hold;
            }
        }
        if (!row.allowed) {
            row.why = u"none of %1 is held"_s.arg(rules.permissionsAny.join(u", "_s));
        } else if (!row.through.isEmpty() && !best.isEverywhere) {
            row.isShortened = true;
            Workspace::Partial &entry = partial.try_emplace(row.through, partialOf(row.through, best, surroundings)).first->second;
            entry.domains.append(rules.name);
            const bool isEverywhereButNarrowed = std::ranges::any_of(best.divisions, [](const auto &one) { return one.id == u"*"; });
            row.why = isEverywhereButNarrowed
                ? u"%1 is held under a condition: the list may be shorter than the truth"_s.arg(row.through)
                : u"%1 is not held in every division, only in %2: the list may be shorter than the truth"_s.arg(row.through,
                                                                                                                namesOf(best.divisions));
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
    check.canReadAudit = holdOf(AuditPermission, held, surroundings).isHeld;
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
    const Result<Json::Document> organisation = Json::parse(view(who->body));
    const Result<Json::Document> subject = Json::parse(view(mine->body));
    if (!organisation || !subject) {
        co_return Error::make(ErrorCode::BadResponse, u"the platform's answer is not JSON"_s, who->correlationId);
    }
    Surroundings surroundings;
    Genesys::ListingRequest divisions;
    divisions.path = "/api/v2/authorization/divisions";
    divisions.maxItems = MostDivisions;
    auto readingDivisions = readIfAllowed(client, divisions, [&surroundings](Json::Value item) { surroundings.addDivision(item); });
    co_await readingDivisions;
    Genesys::ListingRequest permissions;
    permissions.path = "/api/v2/authorization/permissions";
    permissions.identity = u"domain"_s;
    permissions.maxItems = MostCollections;
    auto readingPermissions = readIfAllowed(client, permissions, [&surroundings](Json::Value item) { surroundings.addPermissions(item); });
    co_await readingPermissions;

    Workspace::Check check = assess(heldPermissions(subject->root()), catalogue, surroundings);
    check.organisationId = organisation->root()["id"].toQString();
    check.organisationName = organisation->root()["name"].toQString();
    check.subjectId = subject->root()["id"].toQString();
    check.subjectName = subject->root()["name"].toQString();
    co_return Result<Workspace::Check>(std::move(check));
}

Result<Workspace::Check> identityOfSnapshot(const Evidence::Snapshot &snapshot)
{
    const Evidence::Manifest &manifest = snapshot.manifest();
    const Result<Json::Document> subject = Json::parse(view(manifest.identityGrants));
    if (manifest.identityGrants.isEmpty() || !subject) {
        return Error::make(ErrorCode::NotFound, u"the snapshot does not say what its client held"_s, snapshot.summary().id);
    }
    const Result<Catalogue::Catalogue> catalogue = Catalogue::Catalogue::fromJson(snapshot.catalogueJson());
    if (!catalogue) {
        return std::unexpected(catalogue.error());
    }
    Surroundings surroundings;
    const auto visit = [&snapshot](const QString &domain, const auto &take) {
        return snapshot.forEachEntity(domain, [&take](const QString &, std::string_view text) {
            if (const Result<Json::Document> document = Json::parse(text)) {
                take(document->root());
            }
            return true;
        });
    };
    const Result<void> divisions = visit(u"divisions"_s, [&](Json::Value body) { surroundings.addDivision(body); });
    const Result<void> permissions = visit(u"permissions_catalogue"_s, [&](Json::Value body) { surroundings.addPermissions(body); });
    if (!divisions || !permissions) {
        return std::unexpected(!divisions ? divisions.error() : permissions.error());
    }
    QStringList asked;
    for (const Evidence::LedgerRow &row : manifest.ledger) {
        if (row.reason != Capture::NotAskedReason) {
            asked.append(row.domain);
        }
    }
    Workspace::Check check = assess(heldPermissions(subject->root()), catalogue->restrictedTo(asked), surroundings);
    check.organisationId = manifest.organisationId;
    check.organisationName = manifest.organisationName;
    check.subjectId = subject->root()["id"].toQString();
    check.subjectName = subject->root()["name"].toQString();
    return check;
}

QSet<QString> shortenedDomains(const Evidence::Snapshot &snapshot)
{
    QSet<QString> domains;
    if (const Result<Workspace::Check> check = identityOfSnapshot(snapshot)) {
        for (const Workspace::DomainCheck &row : check->domains) {
            if (row.isShortened) {
                domains.insert(row.domain);
            }
        }
    }
    return domains;
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
