#include "operations/check.h"

#include "base/digest.h"
#include "genesys/listing.h"

#include <QCoroFuture>
#include <QtConcurrentRun>

#include <map>
#include <set>

using namespace Qt::StringLiterals;

namespace Orgtrace::Operations {

namespace {

constexpr QLatin1StringView AuditPermission("audits:audit:view");
constexpr qsizetype MostDivisions = 20'000, MostCollections = 2'000;

constexpr qsizetype MostHeld = 1'000'000; // permissions in all grants together

/// What is held, by what it names: a subject may hold its roles in thousands of divisions, and each permission of the catalogue asks.
class HeldIndex
{
public:
    explicit HeldIndex(const QList<HeldPermission> &held)
    {
        for (qsizetype i = 0; i < held.size(); ++i) {
            m_places[{held.at(i).domain, held.at(i).entity, held.at(i).action}].append(i);
        }
    }

    /// Places of those that cover "domain:entity:action", in order.
    [[nodiscard]] QList<qsizetype> covering(const QString &permission) const
    {
        const QStringList wanted = permission.split(u':');
        QList<qsizetype> out;
        if (wanted.size() != 3) {
            return out;
        }
        const auto either = [](const QString &part) { return std::set<QString>{part, u"*"_s}; };
        for (const QString &domain : either(wanted[0])) {
            for (const QString &entity : either(wanted[1])) {
                for (const QString &action : either(wanted[2])) {
                    if (const auto found = m_places.find({domain, entity, action}); found != m_places.end()) {
                        out.append(found->second);
                    }
                }
            }
        }
        std::ranges::sort(out);
        return out;
    }

private:
    std::map<std::tuple<QString, QString, QString>, QList<qsizetype>> m_places;
};

/// How one permission is held.
struct Hold {
    bool isHeld = false, isEverywhere = false, isConditional = false;
    bool isInEach = false; ///< division there is, one by one and without a condition
    QList<Workspace::Division> divisions;
    QSet<QString> divisionIds; ///< of these

    [[nodiscard]] int rank() const { return isEverywhere ? 2 : isInEach ? 1 : 0; }
};

Hold holdOf(const QString &permission, const QList<HeldPermission> &held, const HeldIndex &index, const Surroundings &surroundings)
{
    Hold out;
    QSet<QString> whole; // divisions without a condition
    const auto places = index.covering(permission);
    for (const qsizetype place : places) {
        const HeldPermission &one = held.at(place);
        out.isHeld = true;
        out.isConditional = out.isConditional || one.isConditional;
        if (!one.isConditional && (one.division == u"*" || surroundings.anywhere.contains(permission))) {
            out.isEverywhere = true;
        }
        if (!one.isConditional) {
            whole.insert(one.division);
        }
        if (!out.divisionIds.contains(one.division)) {
            out.divisionIds.insert(one.division);
            out.divisions.append({one.division, one.divisionName});
        }
    }
    out.isInEach = surroundings.hasAllDivisions && !surroundings.divisions.isEmpty()
        && std::ranges::all_of(surroundings.divisions, [&whole](const auto &division) { return whole.contains(division.id); });
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

/// Whether it says anything, in whatever form.
bool saysSomething(Json::Value value)
{
    switch (value.kind()) {
    case Json::Kind::Missing:
    case Json::Kind::Null: return false;
    case Json::Kind::Bool: return value.toBool();
    case Json::Kind::Number: return true;
    case Json::Kind::String: return !value.string().empty();
    case Json::Kind::Array:
    case Json::Kind::Object: return value.size() > 0;
    }
    return true;
}

/// Whether a policy holds under a condition, or for named resources only. AuthzGrantPolicy says condition, the policies of roles the rest.
bool isNarrowed(Json::Value policy)
{
    const Json::Value resources = policy["namedResources"];
    bool isNamed = !resources.isArray() && saysSomething(resources) && resources.string() != "*";
    for (const Json::Value resource : resources.items()) {
        isNamed = isNamed || resource.string() != "*";
    }
    return isNamed || saysSomething(policy["condition"]) || saysSomething(policy["resourceCondition"])
        || saysSomething(policy["resourceConditionNode"]);
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

Workspace::Check checkOf(Json::Value subject, const Catalogue::Catalogue &catalogue, const Surroundings &surroundings)
{
    qsizetype leftOut = 0;
    const QList<HeldPermission> held = heldPermissions(subject, &leftOut);
    Workspace::Check check = assess(held, catalogue, surroundings);
    check.grantsLeftOut = leftOut;
    check.subjectId = subject["id"].toQString();
    check.subjectName = subject["name"].toQString();
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
    Surroundings surroundings;
    takeAll(answers.divisions, [&surroundings](Json::Value item) { surroundings.addDivision(item); });
    surroundings.hasAllDivisions = answers.divisions && answers.divisions->items == surroundings.divisions.size();
    takeAll(answers.permissions, [&surroundings](Json::Value item) { surroundings.addPermissions(item); });
    Workspace::Check check = checkOf(subject->root(), catalogue, surroundings);
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

QList<HeldPermission> heldPermissions(Json::Value authzSubject, qsizetype *leftOut)
{
    QList<HeldPermission> held;
    qsizetype grants = 0;
    for (const Json::Value grant : authzSubject["grants"].items()) {
        if (grants == MostGrants || held.size() >= MostHeld) {
            break;
        }
        ++grants;
        const bool isObject = grant["division"].isObject();
        const QString division = isObject ? grant["division"]["id"].toQString() : grant["division"].toQString();
        const QString divisionName = isObject ? grant["division"]["name"].toQString() : QString();
        for (const Json::Value policy : grant["role"]["policies"].items()) {
            const QString domain = policy["domain"].toQString();
            const QString entity = policy["entityName"].toQString();
            const bool isConditional = isNarrowed(policy);
            // Both spellings occur: AuthzGrantPolicy says actions, role policies say actionSet.
            const Json::Value actions = policy["actions"].isArray() ? policy["actions"] : policy["actionSet"];
            for (const Json::Value action : actions.items()) {
                held.append({domain, entity, action.toQString(), division, divisionName, isConditional});
            }
        }
    }
    if (leftOut) {
        *leftOut = authzSubject["grants"].isArray() ? authzSubject["grants"].size() - grants : 0;
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
    const HeldIndex index(held);
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
            const Hold hold = holdOf(wanted, held, index, surroundings);
            if (hold.isHeld && (!row.allowed || hold.rank() > best.rank())) {
                row.allowed = true;
                row.through = wanted;
                best = hold;
            }
        }
        if (!row.allowed) {
            row.why = u"none of %1 is held"_s.arg(rules.permissionsAny.join(u", "_s));
        } else if (!row.through.isEmpty() && best.rank() == 1) {
            row.missesNewDivisions = true;
            row.why = u"%1 is held in each division there is, one by one: new divisions will not be seen"_s.arg(row.through);
        } else if (!row.through.isEmpty() && !best.isEverywhere) {
            row.isShortened = true;
            auto entry = partial.find(row.through);
            if (entry == partial.end()) {
                entry = partial.emplace(row.through, partialOf(row.through, best, surroundings)).first;
            }
            entry->second.domains.append(rules.name);
            const bool isEverywhereButNarrowed = best.divisionIds.contains(u"*"_s);
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
    check.canReadAudit = holdOf(AuditPermission, held, index, surroundings).isHeld;
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
    const Evidence::LedgerRow *const divisionsRow = manifest.row(u"divisions"_s);
    surroundings.hasAllDivisions = divisionsRow && divisionsRow->state == Evidence::LedgerState::Complete
        && divisionsRow->quarantined.isEmpty() && divisionsRow->entities == surroundings.divisions.size();
    QStringList asked;
    for (const Evidence::LedgerRow &row : manifest.ledger) {
        if (row.reason != Capture::NotAskedReason) {
            asked.append(row.domain);
        }
    }
    Workspace::Check check = checkOf(subject->root(), catalogue->restrictedTo(asked), surroundings);
    check.organisationId = manifest.organisationId;
    check.organisationName = manifest.organisationName;
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
