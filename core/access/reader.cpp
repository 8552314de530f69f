#include "access/reader.h"

#include "compare/coverage.h"

#include <QSet>
#include <algorithm>
#include <array>

namespace Orgtrace::Access {

namespace {

/// Where a policy of a role may carry a condition; the form differs between calls and years.
constexpr std::array ConditionMembers{"resourceConditionNode", "resourceCondition", "condition"};

/// Whatever its kind: what is not understood narrows, rather than being taken for nothing.
bool saysAnything(Json::Value value)
{
    if (value.isMissing() || value.isNull()) {
        return false;
    }
    return value.isString() ? !value.string().empty() : !(value.isObject() || value.isArray()) || value.size() > 0;
}

constexpr qsizetype NamedAtMost = 20;
constexpr auto AccessPolicies = u"access_policies";

/// An entry that is there and not of the kind expected tells nothing of what it holds, which is not the same as holding nothing.
bool isList(Json::Value value)
{
    return value.isArray() || value.isMissing() || value.isNull();
}

bool isTruth(Json::Value value)
{
    return value.kind() == Json::Kind::Bool;
}

/// "id" or {"id": …}.
QString idOf(Json::Value value)
{
    return value.isString() ? value.toQString() : value["id"].toQString();
}

struct DomainUse {
    QString domain;
    QString consequence; ///< of not having seen it
    std::optional<SubjectKind> only; ///< concerns one kind of subject; else all
};

const QList<DomainUse> &uses()
{
    static const QList<DomainUse> list{
        {QStringLiteral("users"), QStringLiteral("users whom no grant or membership names are not listed"), SubjectKind::User},
        {QStringLiteral("groups"), QStringLiteral("names of groups, and whether their roles reach their members, may be unknown"),
         SubjectKind::User},
        {QStringLiteral("teams"), QStringLiteral("names of teams may be unknown"), SubjectKind::User},
        {QStringLiteral("oauth_clients"), QStringLiteral("the roles that clients list themselves may be unknown"),
         SubjectKind::OAuthClient},
        {QStringLiteral("group_members"), QStringLiteral("rights through groups may be missing"), SubjectKind::User},
        {QStringLiteral("team_members"), QStringLiteral("rights through teams may be missing"), SubjectKind::User},
        {QStringLiteral("roles"), QStringLiteral("what a role allows may be unknown"), std::nullopt},
        {QStringLiteral("grants"), QStringLiteral("who holds which role may be unknown"), std::nullopt},
        {QStringLiteral("divisions"), QStringLiteral("names of divisions may be unknown"), std::nullopt},
        {QStringLiteral("permissions_catalogue"), QStringLiteral("wildcards may not be expanded in full"), std::nullopt},
        {QString(AccessPolicies), QStringLiteral("policies may deny what is listed"), std::nullopt},
    };
    return list;
}

} // namespace

QStringList FactsReader::domains()
{
    QStringList names;
    for (const DomainUse &use : uses()) {
        names.append(use.domain);
    }
    return names;
}

QStringList FactsReader::nameDomains()
{
    return {QStringLiteral("trustees"), QStringLiteral("trustee_users"), QStringLiteral("trustee_groups")};
}

void FactsReader::caveat(const QString &domain, const QString &sentence)
{
    for (const DomainUse &use : uses()) {
        if (use.domain == domain && use.only) {
            m_facts.kindCaveats[*use.only].append(sentence);
            return;
        }
    }
    m_facts.caveats.append(sentence);
}

void FactsReader::entity(const QString &domain, const QString &id, std::string_view text)
{
    const Result<Json::Document> document = Json::parse(text);
    const Json::Value body = document ? document->root() : Json::Value();
    if (!body.isObject() && nameDomains().contains(domain)) {
        return; // a name less
    }
    if (!body.isObject()) {
        caveat(domain, QStringLiteral("Entity “%1” of domain %2 is not readable in this snapshot: it is left out.").arg(id, domain));
        m_isCatalogueCut = m_isCatalogueCut || domain == u"permissions_catalogue";
        return;
    }
    if (domain == u"users") {
        readUser(id, body);
    } else if (domain == u"groups") {
        readContainer(SubjectKind::Group, id, body);
    } else if (domain == u"teams") {
        readContainer(SubjectKind::Team, id, body);
    } else if (domain == u"group_members") {
        readMembers(SubjectKind::Group, id, body);
    } else if (domain == u"team_members") {
        readMembers(SubjectKind::Team, id, body);
    } else if (domain == u"oauth_clients") {
        readClient(id, body);
    } else if (domain == u"roles") {
        readRole(id, body);
    } else if (domain == u"grants") {
        readGrants(id, body);
    } else if (domain == u"divisions") {
        m_facts.divisionNames.insert(id, body["name"].toQString());
    } else if (domain == u"permissions_catalogue") {
        readCatalogue(body);
    } else if (domain == u"access_policies") {
        readPolicy(id, body);
    } else if (domain == u"trustees") {
        m_organisations.insert(id, body["organization"]["name"].toQString());
    } else if (domain == u"trustee_users") {
        readTrustees(id, body["users"]);
    } else if (domain == u"trustee_groups") {
        readTrustees(id, body["groups"]);
    }
}

void FactsReader::readTrustees(const QString &organisation, Json::Value list)
{
    for (const Json::Value entry : list.items()) {
        if (const QString id = entry["id"].toQString(); !id.isEmpty()) {
            m_foreign.insert(id, {entry["name"].toQString(), organisation});
        }
    }
}

/// What holds grants here and is at home elsewhere: by name where a snapshot has it, and always told.
void FactsReader::nameTrustees()
{
    for (Subject &subject : m_facts.subjects) {
        if (subject.kind != SubjectKind::TrusteeUser && subject.kind != SubjectKind::TrusteeGroup) {
            continue;
        }
        const Foreign known = m_foreign.value(subject.id);
        if (subject.name.isEmpty()) {
            subject.name = known.name;
        }
        const QString organisation = m_organisations.value(known.organisation, known.organisation);
        const QString what = subject.kind == SubjectKind::TrusteeUser ? QStringLiteral("user") : QStringLiteral("group");
        m_facts.subjectNotes[subject.id].append(organisation.isEmpty()
                                                    ? QStringLiteral("This %1 is of another organisation.").arg(what)
                                                    : QStringLiteral("This %1 is of another organisation: %2.").arg(what, organisation));
    }
}

void FactsReader::readUser(const QString &id, Json::Value body)
{
    m_facts.subjects.append({shared(id), body["name"].toQString(), SubjectKind::User});
    if (const QString email = body["email"].toQString(); !email.isEmpty()) {
        m_facts.emails.insert(id, email);
    }
    if (const QString state = body["state"].toQString(); !state.isEmpty() && state != u"active") {
        m_facts.inactive.insert(id);
        m_facts.subjectNotes[id].append(
            QStringLiteral("This user's state is “%1”: the rights stay on record, but may not be usable.").arg(state));
    }
}

Container &FactsReader::container(SubjectKind kind, const QString &id)
{
    Container &at = m_containers[{kind, id}];
    if (at.self.id.isEmpty()) {
        at.self = {id, QString(), kind};
        at.membersKnown = false;
    }
    return at;
}

void FactsReader::readContainer(SubjectKind kind, const QString &id, Json::Value body)
{
    Container &at = container(kind, id);
    at.self.name = body["name"].toQString();
    at.rolesEnabled = body["rolesEnabled"].toBool(true);
    if (kind == SubjectKind::Group && isTruth(body["rolesEnabled"])) {
        m_saidGroups.insert(id);
    }
}

void FactsReader::readMembers(SubjectKind kind, const QString &id, Json::Value body)
{
    Container &at = container(kind, id);
    const Json::Value members = body["members"].isArray() ? body["members"] : body["entities"];
    if (!members.isArray()) {
        return; // membersKnown stays false
    }
    at.membersKnown = true;
    at.members.reserve(members.size());
    for (const Json::Value member : members.items()) {
        const QString memberId = shared(idOf(member));
        if (memberId.isEmpty()) {
            continue;
        }
        at.members.append(memberId);
        if (const QString name = member["name"].toQString(); !name.isEmpty()) {
            m_memberNames.insert(memberId, name);
        }
    }
}

void FactsReader::readClient(const QString &id, Json::Value body)
{
    m_facts.subjects.append({id, body["name"].toQString(), SubjectKind::OAuthClient});
    if (!isList(body["roleDivisions"])) {
        m_facts.subjectCaveats[id].append(QStringLiteral("The roles that this client lists itself could not be read."));
    }
    for (const Json::Value entry : body["roleDivisions"].items()) {
        m_facts.grants.append({.subjectKind = SubjectKind::OAuthClient,
                               .subjectId = id,
                               .roleId = shared(entry["roleId"].toQString()),
                               .roleName = {},
                               .divisionId = shared(entry["divisionId"].toQString()),
                               .inheritedFrom = {}});
    }
}

void FactsReader::readRole(const QString &id, Json::Value body)
{
    RoleDefinition role;
    role.id = id;
    role.name = body["name"].toQString();
    role.isDefault = body["default"].toBool(false);
    role.unreadable += (isList(body["permissionPolicies"]) ? 0 : 1) + (isList(body["permissions"]) ? 0 : 1);
    for (const Json::Value policy : body["permissionPolicies"].items()) {
        if (policy.isObject() && !policy["actionSet"].isArray()) {
            ++role.unreadable; // without a list of actions it may allow any
            continue;
        }
        PolicyLine line;
        line.domain = shared(policy["domain"].toQString());
        line.entity = shared(policy["entityName"].toQString());
        for (const Json::Value action : policy["actionSet"].items()) {
            line.actions.append(shared(action.toQString()));
        }
        const Json::Value resources = policy["namedResources"];
        bool narrowed = !isList(resources);
        for (const Json::Value resource : resources.items()) {
            narrowed = narrowed || resource.string() != "*";
        }
        line.conditional
            = narrowed || std::ranges::any_of(ConditionMembers, [&](const char *member) { return saysAnything(policy[member]); });
        role.lines.append(std::move(line));
    }
    for (const Json::Value permission : body["permissions"].items()) {
        if (permission.isString()) {
            role.legacy.append(permission.toQString());
        } else {
            ++role.unreadable;
        }
    }
    m_facts.roles.append(std::move(role));
}

void FactsReader::readGrants(const QString &subjectId, Json::Value body)
{
    const QString id = shared(subjectId);
    const SubjectKind kind = subjectKindFromApi(body["type"].toQString());
    const bool synthetic = kind == SubjectKind::Team || body["synthetic"].toBool(false);
    m_teamsMatter = m_teamsMatter || kind == SubjectKind::Team;
    if (kind == SubjectKind::TrusteeUser || kind == SubjectKind::TrusteeGroup) {
        m_facts.subjects.append({id, body["name"].toQString(), kind});
    } else if (kind == SubjectKind::User) {
        if (const QString name = body["name"].toQString(); !name.isEmpty()) {
            m_memberNames.insert(id, name);
        }
    }
    if (!body["grants"].isArray()) {
        m_facts.subjectCaveats[id].append(QStringLiteral("The grants of “%1” could not be read: they are not a list.").arg(id));
    }
    for (const Json::Value entry : body["grants"].items()) {
        const Json::Value role = entry["role"].isMissing() ? entry["roleId"] : entry["role"];
        const Json::Value division = entry["division"].isMissing() ? entry["divisionId"] : entry["division"];
        const QString divisionId = idOf(division);
        if (const QString name = division["name"].toQString(); !name.isEmpty() && !m_facts.divisionNames.contains(divisionId)) {
            m_facts.divisionNames.insert(divisionId, name);
        }
        m_facts.grants.append({.subjectKind = kind,
                               .subjectId = id,
                               .roleId = shared(idOf(role)),
                               .roleName = shared(role["name"].toQString()),
                               .divisionId = shared(divisionId),
                               .inheritedFrom = shared(entry["subjectId"].toQString()),
                               .synthetic = synthetic || entry["synthetic"].toBool(false)});
    }
}

void FactsReader::readCatalogue(Json::Value body)
{
    const QString domain = body["domain"].toQString();
    m_isCatalogueCut = m_isCatalogueCut || !body["permissionMap"].isObject();
    for (const auto [entityName, permissions] : body["permissionMap"].members()) {
        m_isCatalogueCut = m_isCatalogueCut || !permissions.isArray();
        for (const Json::Value entry : permissions.items()) {
            CataloguePermission permission;
            permission.domain = entry["domain"].isString() ? entry["domain"].toQString() : domain;
            permission.entityType = entry["entityType"].isString()
                ? entry["entityType"].toQString()
                : QString::fromUtf8(entityName.data(), static_cast<qsizetype>(entityName.size()));
            permission.action = entry["action"].toQString();
            permission.divisionAware = entry["divisionAware"].toBool(true);
            permission.isAwarenessKnown = isTruth(entry["divisionAware"]);
            m_facts.catalogue.append(std::move(permission));
        }
    }
}

void FactsReader::readPolicy(const QString &id, Json::Value body)
{
    using Effect = AccessPolicy::Effect;
    using Whom = AccessPolicy::Whom;
    static const QHash<QString, Whom> kinds{{QStringLiteral("USER"), Whom::User},
                                            {QStringLiteral("CLIENT"), Whom::Client},
                                            {QStringLiteral("GROUP"), Whom::Group},
                                            {QStringLiteral("TEAM"), Whom::Team},
                                            {QStringLiteral("ALL"), Whom::All}};
    AccessPolicy policy;
    policy.id = id;
    policy.name = body["name"].toQString();
    const QString effect = body["effect"].toQString();
    policy.effect = effect == u"ALLOW" ? Effect::Allow : effect == u"DENY" ? Effect::Deny : Effect::Unclear;
    // "If this value is false or null, the policy will be saved but will not be checked or enforced": a value that is missing says neither.
    const Json::Value active = body["active"];
    policy.active = !active.isNull() && active.toBool(true);
    if (policy.active && !active.toBool(false)) {
        policy.unclear.append(QStringLiteral("Whether it is active is not understood."));
    }
    policy.whom = kinds.value(body["subject"]["type"].toQString(), Whom::Unclear);
    policy.subjectId = body["subject"]["id"].toQString();
    if (policy.subjectId.isEmpty() && policy.whom != Whom::All) {
        policy.whom = Whom::Unclear;
    }
    policy.target = body["targetResource"].toQString();
    policy.conditional = saysAnything(body["condition"]);
    policy.appliesToClients = body["applyToClients"].toBool(false);
    m_teamsMatter = m_teamsMatter || (policy.whom == Whom::Team && policy.active && policy.effect != Effect::Allow);
    m_facts.policies.append(std::move(policy));
}

QString FactsReader::shared(const QString &id)
{
    return *m_shared.insert(id); // the one that is there already, where there is
}

void FactsReader::readLedger(const Evidence::Manifest &manifest, const QString &domain, const QString &shortened)
{
    QString consequence;
    for (const DomainUse &use : uses()) {
        if (use.domain == domain) {
            consequence = use.consequence;
        }
    }
    const Evidence::LedgerRow *row = manifest.row(domain);
    const bool aboutTeams = domain == u"teams" || domain == u"team_members";
    if (aboutTeams && !m_teamsMatter) {
        return; // the real platform gives teams no roles
    }
    if (!row) {
        caveat(domain, QStringLiteral("Domain %1 is not part of this snapshot: %2.").arg(domain, consequence));
        return;
    }
    const bool optional
        = aboutTeams || domain == u"groups" || domain == u"group_members" || domain == u"oauth_clients" || domain == AccessPolicies;
    if (row->state != Evidence::LedgerState::Complete && !(row->state == Evidence::LedgerState::NotOffered && optional)) {
        const QString reason = row->reason.isEmpty() ? Evidence::ledgerStateName(row->state) : row->reason;
        caveat(domain,
               row->observedIn.isEmpty() ? QStringLiteral("Domain %1 was not read (%2): %3.").arg(domain, reason, consequence)
                                         : QStringLiteral("Domain %1 was not read in this capture (%2); it is shown as of snapshot %3: %4.")
                                               .arg(domain, reason, row->observedIn.left(10), consequence));
    }
    if (!shortened.isEmpty()) { // the platform answers such a client with less, and says nothing
        caveat(domain, QStringLiteral("Domain %1 was seen in part (%2): %3.").arg(domain, shortened, consequence));
    }
    QStringList failed = row->failedParents;
    for (const Evidence::Quarantined &entity : row->quarantined) {
        failed.append(entity.id.isEmpty() ? QStringLiteral("(without an id)") : entity.id);
    }
    if (failed.isEmpty()) {
        return;
    }
    if (domain == u"grants") {
        for (const QString &id : std::as_const(failed)) {
            m_facts.subjectCaveats[id].append(
                QStringLiteral("The grants of “%1” could not be read in this capture: they are as last seen, or missing.").arg(id));
        }
    }
    const qsizetype count = failed.size();
    const QString listed = failed.first(std::min(count, NamedAtMost)).join(u", ");
    const QString sentence
        = QStringLiteral("%1 entities of domain %2 could not be read in this capture; they are as last seen, or missing: %3%4.")
              .arg(QString::number(count), domain, listed, count > NamedAtMost ? QStringLiteral(", …") : QString());
    caveat(domain, sentence);
}

/// A group that does not say whether its roles reach its members is taken for one whose roles do, and whoever is in it is told of.
void FactsReader::noteUnsaidGroups()
{
    QSet<QString> bearing; // what holds grants, and what is inside something else
    for (const Grant &grant : std::as_const(m_facts.grants)) {
        if (grant.subjectKind == SubjectKind::Group) {
            bearing.insert(grant.subjectId);
        }
        if (!grant.inheritedFrom.isEmpty()) {
            bearing.insert(grant.inheritedFrom);
        }
    }
    for (const Container &container : std::as_const(m_facts.containers)) {
        for (const QString &member : container.members) {
            if (m_containers.contains({SubjectKind::Group, member})) {
                bearing.insert(member);
            }
        }
    }
    for (const Container &container : std::as_const(m_facts.containers)) {
        const Subject &self = container.self;
        if (self.kind == SubjectKind::Group && bearing.contains(self.id) && !m_saidGroups.contains(self.id)) {
            m_facts.subjectCaveats[self.id].append(
                QStringLiteral("Whether roles are enabled for group “%1” is not said: its grants are counted as reaching its members.")
                    .arg(self.name.isEmpty() ? self.id : self.name));
        }
    }
}

Facts FactsReader::take(const Evidence::Manifest &manifest, const QHash<QString, QString> &shortened)
{
    const Evidence::LedgerRow *policies = manifest.row(QString(AccessPolicies));
    m_facts.policiesSeen = !policies || Compare::wasNeverAsked(*policies) ? PoliciesSeen::NotAsked
        : policies->state == Evidence::LedgerState::Complete || policies->state == Evidence::LedgerState::NotOffered
            || !policies->observedIn.isEmpty()
        ? PoliciesSeen::Yes
        : PoliciesSeen::NotRead;
    const Evidence::LedgerRow *permissions = manifest.row(QStringLiteral("permissions_catalogue"));
    m_facts.isCatalogueWhole = !m_isCatalogueCut && permissions && permissions->state == Evidence::LedgerState::Complete
        && permissions->failedParents.isEmpty() && permissions->quarantined.isEmpty()
        && !shortened.contains(QStringLiteral("permissions_catalogue"));
    for (const DomainUse &use : uses()) {
        // Not every profile captures policies: what was not asked for is said in a note wherever it bears, and makes no answer uncertain.
        if (use.domain != AccessPolicies || m_facts.policiesSeen != PoliciesSeen::NotAsked) {
            readLedger(manifest, use.domain, shortened.value(use.domain));
        }
    }
    nameTrustees();
    m_facts.containers = m_containers.values();
    noteUnsaidGroups();

    QSet<QString> users;
    for (const Subject &subject : std::as_const(m_facts.subjects)) {
        if (subject.kind == SubjectKind::User) {
            users.insert(subject.id);
        }
    }
    for (auto it = m_memberNames.cbegin(); it != m_memberNames.cend(); ++it) {
        if (!users.contains(it.key())) {
            m_facts.unlistedNames.insert(it.key(), it.value());
        }
    }
    return std::move(m_facts);
}

} // namespace Orgtrace::Access
