#include "sandbox/player.h"

using namespace Qt::StringLiterals;

namespace Orgtrace::Sandbox {
namespace {

QString valueText(const Body *value)
{
    return value ? QString::fromStdString(value->plain()) : QString();
}

int versionOf(const Entity &entity)
{
    return valueText(entity.body.find("version")).toInt();
}

// Nothing may be invented: fields are set only in domains that are entities of their own.
bool isSettings(const QString &domain)
{
    return domain == Domain::organization || domain == Domain::orgAuthSettings || domain == Domain::authorizationSettings;
}

} // namespace

Player::Player(Organisation &org, const GeneratorSettings &settings, QString fileName) :
    m_org(org), m_settings(settings), m_fileName(std::move(fileName))
{
    m_organisationId = org.collection(Domain::organization).items().front().id;
}

std::unexpected<Error> Player::fail(const Step &step, const QString &detail) const
{
    return Error::make(ErrorCode::BadInput, detail, u"%1:%2"_s.arg(m_fileName).arg(step.line));
}

Result<const Entity *> Player::find(const Step &step, const QString &domain, const QString &name) const
{
    if (!m_org.hasDomain(domain))
        return fail(step, u"There is no domain \"%1\"; there are %2."_s.arg(domain, m_org.domains().join(u", "_s)));
    const Collection &collection = m_org.collection(domain);
    const Entity *entity = isSettings(domain) && !collection.items().empty() ? &collection.items().front() : collection.byName(name);
    if (!entity)
        return fail(step, u"Nothing in %1 is called \"%2\" at that time."_s.arg(domain, name));
    return entity;
}

StepNote Player::note(const Step &step) const
{
    const Entity *actor = m_org.collection(Domain::users).byName(step.actor);
    return {step.atUtc, actor ? actor->id : QString(), step.story, step.incident};
}

Result<void> Player::resolveReferences(const Step &step, Body &value) const
{
    if (value.isObject() && value.size() == 1 && value.find("ref")) {
        const QString text = value.text("ref");
        const auto entity = find(step, text.section(u'/', 0, 0), text.section(u'/', 1));
        if (!entity)
            return std::unexpected(entity.error());
        value = Body::object({{"id", Body((*entity)->id)}, {"name", Body((*entity)->name)}});
        return {};
    }
    if (value.kind() == Body::Kind::Scalar)
        return {};
    for (Body::Member &member : value.members()) {
        if (auto done = resolveReferences(step, member.value); !done)
            return done;
    }
    return {};
}

Result<void> Player::setFields(const Step &step, const Fields &fields, const QString &id, std::vector<AuditProperty> *properties)
{
    const QString domain = step.domain;
    for (const auto &[path, given] : fields) {
        std::optional<Body> value = given;
        if (value) {
            if (auto done = resolveReferences(step, *value); !done)
                return done;
        }
        const QString first = path.first();
        if (path.size() == 1 && (first == u"id"_s || first == u"version"_s || first == u"roleDivisions"_s || first == u"roleIds"_s))
            return fail(step, u"\"%1\" is kept by the sandbox itself."_s.arg(first));
        const Body *at = m_org.collection(domain).byId(id)->body.at(path);
        AuditProperty property{path.join(u'.'), {}, {}};
        if (domain == Domain::users && first == u"division"_s) { // the platform audits the move by ids
            property.name = u"divisionId"_s;
            property.oldValues = {at ? at->text("id") : QString()};
            property.newValues = {value ? value->text("id") : QString()};
        } else {
            if (at)
                property.oldValues = {valueText(at)};
            if (value)
                property.newValues = {valueText(&*value)};
        }
        if (!m_org.setField(domain, id, path, value))
            return fail(step, u"\"%1\" cannot be set there: an outer member does not exist."_s.arg(path.join(u'/')));
        if (properties)
            properties->push_back(std::move(property));
    }
    return {};
}

void Player::audited(const Step &step, AuditWriter &audit, const Entity &entity, const QString &action,
                     std::vector<AuditProperty> properties)
{
    const AuditTopic topic = auditTopic(step.domain);
    if (topic.service.isEmpty())
        return; // a silent area
    const bool isUser = step.domain == Domain::users;
    if (isUser && action == u"Update"_s)
        properties.push_back({u"version"_s, {QString::number(versionOf(entity) - 1)}, {QString::number(versionOf(entity))}});
    audit.write(topic.service, topic.entityType, action, entity.id, isUser ? QString() : entity.name, properties);
}

Result<void> Player::set(const Step &step, AuditWriter &audit)
{
    const auto found = find(step, step.domain, step.entity);
    if (!found)
        return std::unexpected(found.error());
    if (step.domain == Domain::permissionsCatalogue)
        return fail(step, u"The permission catalogue is the vendor's; it cannot be set."_s);
    const QString id = (*found)->id;
    Fields before;
    for (const auto &[path, value] : step.fields) {
        const Body *at = (*found)->body.at(path);
        before.emplace(before.begin(), path, at ? std::optional(*at) : std::nullopt);
    }
    std::vector<AuditProperty> properties;
    if (auto done = setFields(step, step.fields, id, &properties); !done)
        return done;
    m_before.emplace(id, std::move(before));
    m_org.saved(step.domain, id, step.atUtc, note(step).actor);
    audited(step, audit, *m_org.collection(step.domain).byId(id), u"Update"_s, std::move(properties));
    return {};
}

Result<void> Player::restore(const Step &step, AuditWriter &audit)
{
    const auto found = find(step, step.domain, step.entity);
    if (!found)
        return std::unexpected(found.error());
    const QString id = (*found)->id;
    if (!m_before.contains(id))
        return fail(step, u"Nothing was set on \"%1\" that could be restored."_s.arg(step.entity));
    const Fields fields = m_before.take(id);
    std::vector<AuditProperty> properties;
    if (auto done = setFields(step, fields, id, &properties); !done)
        return done;
    m_org.saved(step.domain, id, step.atUtc, note(step).actor);
    audited(step, audit, *m_org.collection(step.domain).byId(id), u"Update"_s, std::move(properties));
    return {};
}

Result<void> Player::create(const Step &step, AuditWriter &audit)
{
    if (!m_org.hasDomain(step.domain))
        return std::unexpected(find(step, step.domain, step.entity).error());
    if (m_org.collection(step.domain).byName(step.entity))
        return fail(step, u"Something in %1 is called \"%2\" already."_s.arg(step.domain, step.entity));
    if (!step.division.isEmpty()) {
        if (const auto division = find(step, Domain::divisions, step.division); !division)
            return std::unexpected(division.error());
    }
    const QString id = m_org.newId(step.domain, step.entity);
    const QString by = note(step).actor;
    auto body = blank(Build{m_org, m_settings}, step.domain, id, step.entity, step.division, step.atUtc, by);
    if (!body)
        return fail(step, u"Nothing can be created in %1."_s.arg(step.domain));
    if (step.domain == Domain::roles && !step.policies.isEmpty())
        *body = roleBody(id, step.entity, body->text("description"), step.policies, {});
    m_org.add(step.domain, {id, step.entity, std::move(*body)});
    if (auto done = setFields(step, step.fields, id, nullptr); !done)
        return done;
    const Entity &entity = *m_org.collection(step.domain).byId(id);
    std::vector<AuditProperty> properties{{u"name"_s, {}, {entity.name}}};
    if (step.domain == Domain::oauthClients)
        properties.push_back({u"authorizedGrantType"_s, {}, {entity.body.text("authorizedGrantType")}});
    audited(step, audit, entity, u"Create"_s, std::move(properties));
    if (step.domain == Domain::users) { // everybody holds the built-in role
        const Entity *role = m_org.collection(Domain::roles).byName(Named::employee);
        const Entity *home = m_org.collection(Domain::divisions).byName(u"Home"_s);
        if (role && home) {
            m_org.grant({id, role->id, home->id, SubjectType::User, step.atUtc});
            audit.roleMember(role->id, id, true);
        }
    }
    return {};
}

Result<void> Player::remove(const Step &step, AuditWriter &audit)
{
    if (step.domain == Domain::users)
        return fail(step, u"Users are not deleted but set inactive: set state = \"inactive\"."_s);
    if (isSettings(step.domain) || step.domain == Domain::permissionsCatalogue || step.domain == Domain::trunkBases)
        return fail(step, u"Nothing can be deleted in %1."_s.arg(step.domain));
    const auto found = find(step, step.domain, step.entity);
    if (!found)
        return std::unexpected(found.error());
    const Entity entity = **found;
    if (step.domain == Domain::oauthClients && entity.id == m_settings.clientId)
        return fail(step, u"The capturing client cannot be deleted: nothing could be captured after that."_s);
    if (step.domain == Domain::roles)
        m_deletedRoles.insert(entity.name, {entity, m_org.grantsOfRole(entity.id)});
    std::vector<AuditProperty> properties;
    if (step.domain == Domain::oauthClients) {
        properties.push_back({u"deleted_on"_s, {}, {step.atUtc.toString(Qt::ISODate)}});
        properties.push_back({u"scopes"_s, {valueText(entity.body.find("scope"))}, {}});
    }
    m_org.remove(step.domain, entity.id);
    audited(step, audit, entity, u"Delete"_s, std::move(properties));
    return {};
}

Result<void> Player::recreate(const Step &step, AuditWriter &audit)
{
    const auto grave = m_deletedRoles.constFind(step.entity);
    if (grave == m_deletedRoles.cend())
        return fail(step, u"No role called \"%1\" was deleted before."_s.arg(step.entity));
    const Tombstone &old = *grave;
    const QString id = m_org.newId(Domain::roles, step.entity);
    Entity entity{id, step.entity, old.entity.body};
    entity.body.set("id", Body(id));
    for (const QString &policy : step.policies) {
        entity.body.find("permissionPolicies")->append(policyBody(policy));
        entity.body.find("permissions")->append(Body(policy));
    }
    m_org.add(Domain::roles, std::move(entity), old.entity.id);
    if (auto done = setFields(step, step.fields, id, nullptr); !done)
        return done;
    std::vector<AuditProperty> properties{{u"name"_s, {}, {step.entity}}};
    if (!step.policies.isEmpty())
        properties.push_back({u"permissions"_s, {}, step.policies});
    audited(step, audit, *m_org.collection(Domain::roles).byId(id), u"Create"_s, std::move(properties));
    for (Grant grant : old.grants) {
        grant.role = id;
        grant.made = step.atUtc;
        m_org.grant(grant);
        audit.roleMember(id, grant.subject, true);
    }
    return {};
}

Result<void> Player::changeMembers(const Step &step, AuditWriter &audit)
{
    const QString sub = memberDomainOf(step.domain);
    if (sub.isEmpty())
        return fail(step, u"%1 have no members; groups, teams and queues have."_s.arg(step.domain));
    const auto parent = find(step, step.domain, step.entity);
    if (!parent)
        return std::unexpected(parent.error());
    const QString id = (*parent)->id;
    const QString name = (*parent)->name;
    const bool adding = step.action == Step::Action::AddMember;
    const auto sizeBefore = static_cast<int>(m_org.members(sub, id).size());
    QStringList users;
    for (const QString &member : step.members) {
        const auto user = find(step, Domain::users, member);
        if (!user)
            return std::unexpected(user.error());
        const QString userId = (*user)->id;
        const bool isMember = std::ranges::any_of(m_org.members(sub, id), [&](const Membership &one) { return one.userId == userId; });
        if (isMember == adding)
            return fail(step,
                        (adding ? u"\"%1\" is a member of \"%2\" already."_s : u"\"%1\" is not a member of \"%2\"."_s).arg(member, name));
        if (adding && step.domain == Domain::teams && !m_org.containersOf(sub, userId).empty())
            return fail(step, u"\"%1\" is in a team already; a user is in one at most."_s.arg(member));
        users.append(userId);
    }
    for (const QString &user : users) {
        if (adding)
            m_org.addMember(sub, id, {user, 1, true});
        else
            m_org.removeMember(sub, id, user);
        if (step.domain == Domain::queues)
            audit.queueMember(id, user, adding);
    }
    if (step.domain == Domain::groups) {
        m_org.saved(step.domain, id, step.atUtc, note(step).actor);
        audit.groupMembership(id, name, sizeBefore, static_cast<int>(m_org.members(sub, id).size()), users);
    } else if (step.domain == Domain::teams) {
        m_org.saved(step.domain, id, step.atUtc, note(step).actor);
        audit.write(u"Groups"_s, u"Team"_s, u"Update"_s, id, name,
                    {{u"members"_s, adding ? QStringList() : users, adding ? users : QStringList()}});
    }
    return {};
}

Result<void> Player::changeGrant(const Step &step, AuditWriter &audit)
{
    struct Type {
        QLatin1StringView name;
        SubjectType type;
        QLatin1StringView domain;
    };
    constexpr Type types[] = {{"user"_L1, SubjectType::User, Domain::users},
                              {"group"_L1, SubjectType::Group, Domain::groups},
                              {"team"_L1, SubjectType::Team, Domain::teams},
                              {"oauth_client"_L1, SubjectType::OAuthClient, Domain::oauthClients}};
    const auto type = std::ranges::find_if(types, [&](const Type &one) { return step.subjectType == one.name; });
    if (type == std::end(types))
        return fail(step, u"\"subject_type\" is one of user, group, team, oauth_client."_s);
    const auto subject = find(step, type->domain, step.subject);
    if (!subject)
        return std::unexpected(subject.error());
    const auto role = find(step, Domain::roles, step.role);
    if (!role)
        return std::unexpected(role.error());
    QString division = step.division;
    if (division != u"*"_s) {
        const auto found = find(step, Domain::divisions, division);
        if (!found)
            return std::unexpected(found.error());
        division = (*found)->id;
    }
    const QString subjectId = (*subject)->id;
    const QString roleId = (*role)->id;
    const bool adding = step.action == Step::Action::Grant;
    const bool held = std::ranges::any_of(m_org.grantsOfRole(roleId),
                                          [&](const Grant &grant) { return grant.subject == subjectId && grant.division == division; });
    if (held == adding)
        return fail(
            step,
            (adding ? u"\"%1\" holds \"%2\" there already."_s : u"\"%1\" does not hold \"%2\" there."_s).arg(step.subject, step.role));
    if (type->type == SubjectType::Team && !m_settings.teamGrants)
        return {}; // synthetic grants are switched off: the step has no meaning on the real platform
    if (adding)
        m_org.grant({subjectId, roleId, division, type->type, step.atUtc});
    else
        m_org.revoke(subjectId, roleId, division);
    audit.roleMember(roleId, subjectId, adding);
    return {};
}

Result<void> Player::changeSkills(const Step &step, AuditWriter &audit)
{
    const auto found = find(step, Domain::users, step.entity);
    if (!found)
        return std::unexpected(found.error());
    const QString id = (*found)->id;
    const bool adding = step.action == Step::Action::AddSkill;
    for (const QString &name : step.skills) {
        const auto skill = find(step, Domain::skills, name);
        if (!skill)
            return std::unexpected(skill.error());
        const Body *list = m_org.collection(Domain::users).byId(id)->body.find("skills");
        const bool held
            = list && std::ranges::any_of(list->members(), [&](const Body::Member &item) { return item.value.text("id") == (*skill)->id; });
        if (held == adding)
            return fail(
                step,
                (adding ? u"\"%1\" has the skill \"%2\" already."_s : u"\"%1\" does not have the skill \"%2\"."_s).arg(step.entity, name));
        if (adding)
            m_org.addItem(Domain::users, id, u"skills"_s, (*skill)->id, skillReference(m_org, name, step.proficiency));
        else
            m_org.removeItem(Domain::users, id, u"skills"_s, (*skill)->id);
        audit.write(
            u"ContactCenter"_s, u"AgentRoutingInfo"_s, u"Update"_s, id, {},
            {{u"skills:"_s + (*skill)->id, adding ? QStringList() : QStringList{name}, adding ? QStringList{name} : QStringList()}});
    }
    m_org.saved(Domain::users, id, step.atUtc, note(step).actor);
    audit.userVersion(id, versionOf(*m_org.collection(Domain::users).byId(id)));
    return {};
}

Result<void> Player::changePolicies(const Step &step, AuditWriter &audit)
{
    const auto found = find(step, Domain::roles, step.entity);
    if (!found)
        return std::unexpected(found.error());
    const QString id = (*found)->id;
    const bool adding = step.action == Step::Action::AddPolicy;
    for (const QString &policy : step.policies) {
        const QStringList parts = policy.split(u':');
        if (parts.size() != 3 || policy.contains(u','))
            return fail(step, u"A policy is written domain:entity:action, such as routing:queue:edit."_s);
        Body list = *m_org.collection(Domain::roles).byId(id)->body.find("permissionPolicies");
        const auto same = [&](const Body::Member &item) { return item.value.text("policyName") == policy; };
        const bool held = std::ranges::any_of(list.members(), same);
        if (held == adding)
            return fail(
                step,
                (adding ? u"\"%1\" has the policy %2 already."_s : u"\"%1\" does not have the policy %2."_s).arg(step.entity, policy));
        if (adding)
            list.append(policyBody(policy));
        else
            std::erase_if(list.members(), same);
        if (!m_org.setField(Domain::roles, id, {u"permissionPolicies"_s}, list))
            return fail(step, u"The role has no policies to change."_s);
        if (adding)
            m_org.addItem(Domain::roles, id, u"permissions"_s, policy, Body(policy));
        else
            m_org.removeItem(Domain::roles, id, u"permissions"_s, policy);
    }
    audited(step, audit, *m_org.collection(Domain::roles).byId(id), u"Update"_s,
            {{u"permissions"_s, adding ? QStringList() : step.policies, adding ? step.policies : QStringList()}});
    return {};
}

Result<void> Player::publish(const Step &step, AuditWriter &audit)
{
    const auto found = find(step, Domain::flows, step.entity);
    if (!found)
        return std::unexpected(found.error());
    const QString id = (*found)->id;
    const QString name = (*found)->name;
    const QString by = note(step).actor;
    const Body *last = (*found)->body.find("savedVersion");
    const QString oldVersion = last ? last->text("id") : QString();
    const int version = oldVersion.section(u'.', 0, 0).toInt() + 1;
    constexpr std::pair<const char *, const char *> members[]
        = {{"savedVersion", "SAVE"}, {"checkedInVersion", "CHECKIN"}, {"publishedVersion", "PUBLISH"}};
    for (const auto &[member, kind] : members) {
        if (!m_org.setField(Domain::flows, id, {QString::fromLatin1(member)},
                            flowVersion(id, name, version, QString::fromLatin1(kind), step.atUtc, by)))
            return fail(step, u"The flow cannot be published."_s);
    }
    (void)m_org.setField(Domain::flows, id, {u"active"_s}, Body(true));
    Entity &flow = *m_org.collection(Domain::flows).byId(id);
    flow.body.set("publishedBy", Body::object({{"id", Body(by)}})); // says who saved, not what the flow is
    const QString newVersion = QString::number(version) + u".0"_s;
    audited(step, audit, flow, u"Save"_s, {{u"savedVersion"_s, {oldVersion}, {newVersion}}});
    audited(step, audit, flow, u"Checkin"_s, {{u"checkedInVersion"_s, {oldVersion}, {newVersion}}});
    audited(step, audit, flow, u"Publish"_s, {{u"publishedVersion"_s, {oldVersion}, {newVersion}}});
    return {};
}

Result<void> Player::play(const Step &step, int index)
{
    AuditActor actor;
    if (!step.actor.isEmpty()) {
        const auto found = find(step, Domain::users, step.actor);
        if (!found)
            return std::unexpected(found.error());
        actor.userId = (*found)->id;
        actor.userName = (*found)->name;
    }
    if (!step.client.isEmpty()) {
        const auto client = find(step, Domain::oauthClients, step.client);
        if (!client)
            return std::unexpected(client.error());
        actor.clientId = (*client)->id;
    }
    actor.remoteIp = step.remoteIp;
    AuditWriter audit(m_org, m_organisationId, actor, step.atUtc, u"step/%1"_s.arg(index), m_events);
    using enum Step::Action;
    switch (step.action) {
    case Set: return set(step, audit);
    case Restore: return restore(step, audit);
    case Save: {
        const auto found = find(step, step.domain, step.entity);
        if (!found)
            return std::unexpected(found.error());
        const QString id = (*found)->id;
        m_org.saved(step.domain, id, step.atUtc, note(step).actor);
        audited(step, audit, *m_org.collection(step.domain).byId(id), u"Update"_s, {});
        return {};
    }
    case Create: return create(step, audit);
    case Delete: return remove(step, audit);
    case Recreate: return recreate(step, audit);
    case AddMember:
    case RemoveMember: return changeMembers(step, audit);
    case Grant:
    case Revoke: return changeGrant(step, audit);
    case AddSkill:
    case RemoveSkill: return changeSkills(step, audit);
    case AddPolicy:
    case RemovePolicy: return changePolicies(step, audit);
    case Publish: return publish(step, audit);
    }
    return fail(step, u"Unknown action."_s);
}

} // namespace Orgtrace::Sandbox
