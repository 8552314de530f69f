#include "compare/clientrights.h"

#include "compare/coverage.h"

#include <algorithm>
#include <set>

using namespace Qt::StringLiterals;

namespace Orgtrace::Compare {

namespace {

constexpr qsizetype MostHeld = 1'000'000; // permissions in all grants together

/// Whether it says anything, in whatever form.
bool saysWhatever(Json::Value value)
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
    bool isNamed = !resources.isArray() && saysWhatever(resources) && resources.string() != "*";
    for (const Json::Value resource : resources.items()) {
        isNamed = isNamed || resource.string() != "*";
    }
    return isNamed || saysWhatever(policy["condition"]) || saysWhatever(policy["resourceCondition"])
        || saysWhatever(policy["resourceConditionNode"]);
}

QString namesOf(const QList<NamedDivision> &divisions)
{
    constexpr qsizetype most = 6;
    QStringList names;
    for (const auto some = divisions.first(std::min(divisions.size(), most)); const NamedDivision &division : some) {
        names.append(division.name.isEmpty() ? division.id : division.name);
    }
    if (divisions.size() > most) {
        names.append(u"… (%1)"_s.arg(divisions.size()));
    }
    return names.join(u", "_s);
}

} // namespace

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

HeldIndex::HeldIndex(const QList<HeldPermission> &held, const Surroundings &surroundings) : m_held(held), m_surroundings(surroundings)
{
    for (qsizetype i = 0; i < held.size(); ++i) {
        m_places[{held.at(i).domain, held.at(i).entity, held.at(i).action}].append(i);
    }
}

Hold HeldIndex::holdOf(const QString &permission) const
{
    Hold out;
    const QStringList wanted = permission.split(u':');
    if (wanted.size() != 3) {
        return out;
    }
    QList<qsizetype> places; // of what covers it
    const auto either = [](const QString &part) { return std::set<QString>{part, u"*"_s}; };
    for (const QString &domain : either(wanted[0])) {
        for (const QString &entity : either(wanted[1])) {
            for (const QString &action : either(wanted[2])) {
                if (const auto found = m_places.find({domain, entity, action}); found != m_places.end()) {
                    places.append(found->second);
                }
            }
        }
    }
    std::ranges::sort(places);
    QSet<QString> whole; // divisions without a condition
    for (const qsizetype place : std::as_const(places)) {
        const HeldPermission &one = m_held.at(place);
        out.isHeld = true;
        out.isConditional = out.isConditional || one.isConditional;
        if (!one.isConditional && (one.division == u"*" || m_surroundings.anywhere.contains(permission))) {
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
    out.isInEach = m_surroundings.hasAllDivisions && !m_surroundings.divisions.isEmpty()
        && std::ranges::all_of(m_surroundings.divisions, [&whole](const NamedDivision &division) { return whole.contains(division.id); });
    return out;
}

DomainSight HeldIndex::sightOf(const Catalogue::DomainRules &rules) const
{
    DomainSight sight;
    sight.isAllowed = rules.permissionsAny.isEmpty();
    for (const QString &wanted : rules.permissionsAny) {
        const Hold hold = holdOf(wanted);
        if (hold.isHeld && (!sight.isAllowed || hold.rank() > sight.hold.rank())) {
            sight.isAllowed = true;
            sight.through = wanted;
            sight.hold = hold;
        }
    }
    if (!sight.isAllowed) {
        sight.why = u"none of %1 is held"_s.arg(rules.permissionsAny.join(u", "_s));
    } else if (!sight.through.isEmpty() && sight.hold.rank() == 1) {
        sight.missesNewDivisions = true;
        sight.why = u"%1 is held in each division there is, one by one: new divisions will not be seen"_s.arg(sight.through);
    } else if (!sight.through.isEmpty() && !sight.hold.isEverywhere) {
        sight.isShortened = true;
        const bool isEverywhereButNarrowed = sight.hold.divisionIds.contains(u"*"_s);
        sight.why = isEverywhereButNarrowed ? u"%1 is held under a condition: the list may be shorter than the truth"_s.arg(sight.through)
                                            : u"%1 is not held in every division, only in %2: the list may be shorter than the truth"_s.arg(
                                                  sight.through, namesOf(sight.hold.divisions));
    }
    return sight;
}

Result<ClientRights> clientRightsOf(const Evidence::Snapshot &snapshot)
{
    const Evidence::Manifest &manifest = snapshot.manifest();
    const Result<Json::Document> subject
        = Json::parse({manifest.identityGrants.constData(), static_cast<size_t>(manifest.identityGrants.size())});
    if (manifest.identityGrants.isEmpty() || !subject) {
        return Error::make(ErrorCode::NotFound, u"the snapshot does not say what its client held"_s, snapshot.summary().id);
    }
    const Result<Catalogue::Catalogue> catalogue = Catalogue::Catalogue::fromJson(snapshot.catalogueJson());
    if (!catalogue) {
        return std::unexpected(catalogue.error());
    }
    QStringList asked;
    for (const Evidence::LedgerRow &row : manifest.ledger) {
        if (!wasNotAsked(row)) {
            asked.append(row.domain);
        }
    }
    ClientRights rights{.id = subject->root()["id"].toQString(),
                        .name = subject->root()["name"].toQString(),
                        .held = {},
                        .leftOut = 0,
                        .surroundings = {},
                        .asked = catalogue->restrictedTo(asked)};
    rights.held = heldPermissions(subject->root(), &rights.leftOut);
    const auto visit = [&snapshot](const QString &domain, const auto &take) {
        return snapshot.forEachEntity(domain, [&take](const QString &, std::string_view text) {
            if (const Result<Json::Document> document = Json::parse(text)) {
                take(document->root());
            }
            return true;
        });
    };
    Surroundings &around = rights.surroundings;
    const Result<void> divisions = visit(u"divisions"_s, [&](Json::Value body) { around.addDivision(body); });
    const Result<void> permissions = visit(u"permissions_catalogue"_s, [&](Json::Value body) { around.addPermissions(body); });
    if (!divisions || !permissions) {
        return std::unexpected(!divisions ? divisions.error() : permissions.error());
    }
    const Evidence::LedgerRow *const row = manifest.row(u"divisions"_s);
    around.hasAllDivisions
        = row && row->state == Evidence::LedgerState::Complete && row->quarantined.isEmpty() && row->entities == around.divisions.size();
    return rights;
}

QHash<QString, QString> shortenedDomains(const Evidence::Snapshot &snapshot)
{
    QHash<QString, QString> domains;
    if (const Result<ClientRights> rights = clientRightsOf(snapshot)) {
        const HeldIndex index(rights->held, rights->surroundings);
        for (const QList<Catalogue::DomainRules> &all = rights->asked.domains(); const Catalogue::DomainRules &rules : all) {
            if (const DomainSight sight = index.sightOf(rules); sight.isShortened) {
                domains.insert(rules.name, sight.why);
            }
        }
    }
    return domains;
}

} // namespace Orgtrace::Compare
