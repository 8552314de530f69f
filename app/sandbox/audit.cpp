#include "sandbox/audit.h"

#include "base/clock.h"

#include <QHash>

using namespace Qt::StringLiterals;

namespace Orgtrace::Sandbox {
namespace {

Body texts(const QStringList &list)
{
    Body body = Body::array();
    for (const QString &text : list)
        body.append(Body(text));
    return body;
}

// Each person's usual address: two office ranges.
QString usualAddress(const Organisation &org, const QString &userId)
{
    const quint64 hash = mix(org.seed(), u"address"_s + userId);
    return (hash & 1) != 0 ? u"198.51.100.%1"_s.arg(20 + (hash >> 8) % 200) : u"192.0.2.%1"_s.arg(17 + (hash >> 8) % 14);
}

} // namespace

AuditTopic auditTopic(const QString &domain)
{
    static const QHash<QString, AuditTopic> topics{
        {Domain::users, {u"Directory"_s, u"User"_s}},
        {Domain::organization, {u"Directory"_s, u"Organization"_s}},
        {Domain::orgAuthSettings, {u"PeoplePermissions"_s, u"AuthOrganization"_s}},
        {Domain::groups, {u"Groups"_s, u"DirectoryGroup"_s}},
        {Domain::teams, {u"Groups"_s, u"Team"_s}},
        {Domain::roles, {u"PeoplePermissions"_s, u"Role"_s}},
        {Domain::oauthClients, {u"PeoplePermissions"_s, u"OAuthClient"_s}},
        {Domain::queues, {u"ContactCenter"_s, u"Queue"_s}},
        {Domain::wrapupCodes, {u"ContactCenter"_s, u"WrapupCode"_s}},
        {Domain::skills, {u"AgentConfig"_s, u"RoutingSkill"_s}},
        {Domain::flows, {u"Architect"_s, u"Flow"_s}},
        {Domain::ivrs, {u"Telephony"_s, u"IVR"_s}},
        {Domain::trunkBases, {u"Telephony"_s, u"TrunkBase"_s}},
        {Domain::didPools, {u"Telephony"_s, u"DIDPool"_s}},
        {Domain::triggers, {u"ProcessAutomation"_s, u"Trigger"_s}},
    }; // divisions are a silent area: nothing audits them
    return topics.value(domain);
}

AuditWriter::AuditWriter(const Organisation &org, QString organisationId, AuditActor actor, QDateTime atUtc, QString key,
                         std::vector<AuditEvent> &out) :
    m_org(org), m_organisationId(std::move(organisationId)), m_actor(std::move(actor)), m_atUtc(std::move(atUtc)), m_key(std::move(key)),
    m_out(out)
{
    if (m_actor.remoteIp.isEmpty())
        m_actor.remoteIp = usualAddress(org, m_actor.userId);
}

AuditEvent &AuditWriter::write(const QString &service, const QString &entityType, const QString &action, const QString &entityId,
                               const QString &entityName, const std::vector<AuditProperty> &properties, Level level)
{
    const std::string salt = "audit/" + m_key.toStdString();
    AuditEvent event;
    event.atUtc = m_atUtc.addMSecs(200 * m_count + 17);
    event.id = uuid(m_org.seed(), salt + '/' + std::to_string(m_count));
    event.visibleUtc = event.atUtc.addSecs(20 + static_cast<qint64>(mix(m_org.seed(), event.id.toStdString()) % 120));
    event.service = service;
    event.entityType = entityType;
    event.action = action;
    event.entityId = entityId;
    const bool isUser = level == Level::User && !m_actor.userId.isEmpty();
    const QString correlation = uuid(m_org.seed(), salt + "/correlation");
    Body changes = Body::array();
    for (const AuditProperty &property : properties)
        changes.append(Body::object(
            {{"property", Body(property.name)}, {"oldValues", texts(property.oldValues)}, {"newValues", texts(property.newValues)}}));
    event.body
        = Body::object({{"id", Body(event.id)},
                        {"userHomeOrgId", Body(m_organisationId)},
                        {"serviceName", Body(service)},
                        {"eventDate", Body(isoUtc(event.atUtc))},
                        {"level", isUser ? "USER" : "SYSTEM"},
                        {"status", "SUCCESS"},
                        {"action", Body(action)},
                        {"entityType", Body(entityType)},
                        {"entity", Body::object({{"id", Body(entityId)}, {"name", Body(entityName)}})},
                        {"application", isUser ? "" : "platform"},
                        {"client", Body::object({{"id", Body(isUser ? m_actor.clientId : QString())}})},
                        {"initiatingAction",
                         Body::object({{"transactionId", Body(uuid(m_org.seed(), salt + "/transaction"))},
                                       {"actionContext", Body(entityType + u'.' + action)}})},
                        {"transactionInitiator", isUser && !m_hasInitiator},
                        {"propertyChanges", std::move(changes)},
                        {"context", Body::object({{"correlationId", Body(correlation)}, {"auditType", isUser ? "USER" : "SYSTEM"}})}});
    if (isUser) {
        event.userId = m_actor.userId;
        event.clientId = m_actor.clientId;
        event.body.set("user", Body::object({{"id", Body(m_actor.userId)}, {"name", Body(m_actor.userName)}}));
        event.body.set("remoteIp", texts({m_actor.remoteIp}));
        m_hasInitiator = true;
    } else if (!m_actor.userId.isEmpty()) {
        event.body.find("context")->set("userid", Body(m_actor.userId));
    }
    ++m_count;
    m_out.push_back(std::move(event));
    return m_out.back();
}

void AuditWriter::groupMembership(const QString &group, const QString &groupName, int sizeBefore, int sizeAfter, const QStringList &users)
{
    const QString service = u"Groups"_s;
    const QString type = u"DirectoryGroup"_s;
    const QString action = u"Update"_s;
    write(service, type, action, group, groupName, {{u"memberCount"_s, {QString::number(sizeBefore)}, {QString::number(sizeAfter)}}},
          Level::System);
    write(service, type, action, group, groupName, {{u"individuals"_s, {}, {}}});
    write(service, type, action, group, groupName, {{u"group-membership"_s, {}, {u'[' + users.join(u", "_s) + u']'}}});
}

void AuditWriter::queueMember(const QString &queue, const QString &user, bool added)
{
    const QString text = added ? u"<queue member added>"_s : u"<queue member deleted>"_s;
    const Entity *entity = m_org.collection(Domain::queues).byId(queue);
    write(
        u"ContactCenter"_s, u"Queue"_s, added ? u"MemberAdd"_s : u"MemberRemove"_s, queue, entity ? entity->name : QString(),
        {{u"QueueMember/"_s + queue + u':' + user, added ? QStringList() : QStringList{text}, added ? QStringList{text} : QStringList()}});
}

void AuditWriter::roleMember(const QString &role, const QString &subject, bool added)
{
    write(u"PeoplePermissions"_s, u"Role"_s, added ? u"MemberAdd"_s : u"MemberRemove"_s, role,
          subject + u"--"_s + role + u"--"_s + m_organisationId, {});
}

void AuditWriter::userVersion(const QString &user, int version)
{
    write(u"Directory"_s, u"User"_s, u"Update"_s, user, {}, {{u"version"_s, {QString::number(version - 1)}, {QString::number(version)}}},
          Level::System);
}

std::vector<AuditEvent> everydayEvents(const Organisation &org, const QString &organisationId, const QDateTime &startUtc,
                                       const QDateTime &endUtc)
{
    struct Row {
        const char *service, *entityType, *action;
        bool byUser;
        int weight;
    };
    constexpr Row table[] = {{"PeoplePermissions", "AuthUser", "Authenticate", true, 18},
                             {"PeoplePermissions", "AuthUser", "AuthenticationFailed", true, 1},
                             {"Quality", "Evaluation", "Create", true, 8},
                             {"Quality", "Evaluation", "Update", true, 6},
                             {"Coaching", "Appointment", "Create", true, 4},
                             {"WorkforceManagement", "Schedule", "Update", true, 3},
                             {"WorkforceManagement", "TimeOffRequest", "Update", false, 8},
                             {"Presence", "UserPresence", "Update", false, 20},
                             {"Knowledge", "KnowledgeDocument", "Update", true, 3},
                             {"ContactCenter", "AgentRoutingInfo", "Update", false, 14},
                             {"Learning", "Assignment", "Update", false, 5},
                             {"SpeechAndTextAnalytics", "Topic", "Update", false, 2},
                             {"Directory", "User", "Update", false, 8}};
    int total = 0;
    for (const Row &row : table)
        total += row.weight;
    std::vector<AuditEvent> events;
    const auto &users = org.collection(Domain::users).items();
    Dice dice(mix(org.seed(), "everyday"));
    const qint64 days = startUtc.daysTo(endUtc) + 1;
    for (qint64 day = 0; day < std::min<qint64>(days, 400); ++day) {
        const bool weekend = startUtc.addDays(day).date().dayOfWeek() > 5;
        for (int n = weekend ? 14 : 48; n > 0; --n) {
            int weight = dice.below(total);
            const Row *row = table;
            while (weight >= row->weight)
                weight -= (row++)->weight;
            const QDateTime at = startUtc.addDays(day).addSecs(6 * 3600 + dice.below(14 * 3600)).addMSecs(dice.below(1000));
            const Entity &user = users[static_cast<size_t>(dice.below(static_cast<int>(users.size())))];
            if (at > endUtc)
                continue;
            AuditActor actor;
            if (row->byUser) {
                actor.userId = user.id;
                actor.userName = user.name;
            }
            const QString key = u"everyday/%1/%2"_s.arg(day).arg(n);
            AuditWriter writer(org, organisationId, actor, at, key, events);
            const QString type = QString::fromLatin1(row->entityType);
            const bool aboutUser = type.contains(u"User"_s) || type == u"AgentRoutingInfo"_s;
            const QString entity = aboutUser ? user.id : uuid(org.seed(), u"thing/"_s + key);
            if (type == u"User"_s) {
                writer.userVersion(entity, 2 + dice.below(90));
                continue;
            }
            AuditEvent &event = writer.write(QString::fromLatin1(row->service), type, QString::fromLatin1(row->action), entity, {}, {});
            if (QLatin1StringView(row->action) == "AuthenticationFailed"_L1)
                event.body.set("status", Body("FAILURE"));
        }
    }
    return events;
}

Body serviceMapping(bool realtime)
{
    constexpr const char *table[][4] = {
        // service, entity, actions, r: realtime too
        {"AgentConfig", "RoutingSkill", "Create Update Delete", "r"},
        {"AgentConfig", "RoutingLanguage", "Create Update Delete", "r"},
        {"Architect", "Flow", "Create Update Delete Checkin Checkout Publish Save Revert Deactivate Debug", "r"},
        {"Architect", "Prompt", "Create Update Delete", "r"},
        {"Architect", "DependencyTrackingBuild", "Start", "r"},
        {"Coaching", "Appointment", "Create Update Delete", ""},
        {"ContactCenter", "Queue", "Create Update Delete MemberAdd MemberUpdate MemberRemove WrapupCodeAdd WrapupCodeRemove", "r"},
        {"ContactCenter", "WrapupCode", "Create Update Delete", "r"},
        {"ContactCenter", "AgentRoutingInfo", "Create Update Delete", "r"},
        {"Directory", "User", "Create Update Delete", "r"},
        {"Directory", "Organization", "Create Update Delete", "r"},
        {"Groups", "DirectoryGroup", "Create Update Delete", "r"},
        {"Groups", "Team", "Create Update Delete", "r"},
        {"Groups", "SkillGroupDefinition", "Create Update Delete", "r"},
        {"Integrations", "Integration", "Create Update Delete", "r"},
        {"Integrations", "Credential", "Create Update Delete", "r"},
        {"Knowledge", "KnowledgeDocument", "Create Update Delete Publish", ""},
        {"Learning", "Assignment", "Create Update Delete", ""},
        {"PeoplePermissions", "Role", "Create Update Delete LicenseUpdate MemberAdd MemberUpdate MemberRemove", "r"},
        {"PeoplePermissions", "AuthUser", "Authenticate ChangePassword AuthenticationFailed", "r"},
        {"PeoplePermissions", "AuthOrganization", "Update", "r"},
        {"PeoplePermissions", "OAuthClient", "Create Update Delete", "r"},
        {"PeoplePermissions", "IdentityProvider", "Create Update Delete", "r"},
        {"Presence", "UserPresence", "Create Update Delete", ""},
        {"ProcessAutomation", "Trigger", "Create Update Delete", "r"},
        {"Quality", "Evaluation", "Create Update Delete", "r"},
        {"Quality", "EvaluationForm", "Create Update Delete", "r"},
        {"SpeechAndTextAnalytics", "Topic", "Create Update Delete Publish", ""},
        {"Telephony", "TrunkBase", "Create Update Delete", "r"},
        {"Telephony", "DIDPool", "Create Update Delete", "r"},
        {"Telephony", "IVR", "Create Update Delete", "r"},
        {"WorkforceManagement", "Schedule", "Create Update Delete", ""},
        {"WorkforceManagement", "TimeOffRequest", "Create Update Delete", ""},
    };
    Body services = Body::array();
    QString last;
    for (const auto &row : table) {
        if (realtime && row[3][0] == '\0')
            continue;
        const QString service = QString::fromLatin1(row[0]);
        if (service != last)
            services.append(Body::object({{"name", row[0]}, {"entities", Body::array()}}));
        last = service;
        services.members()
            .back()
            .value.find("entities")
            ->append(Body::object({{"name", row[1]}, {"actions", texts(QString::fromLatin1(row[2]).split(u' '))}}));
    }
    return Body::object({{"services", std::move(services)}});
}

} // namespace Orgtrace::Sandbox
