#include "audit/event.h"

#include <QHash>

#include <algorithm>

namespace Orgtrace::Audit {

namespace {
/// Entity types whose id is the id of the snapshot entity. Services are left out where the type is unique among them (API section 6.5).
struct Entry {
    QString service; ///< empty: any
    QStringList domains; ///< entity = the event's entity id
    QStringList settings; ///< settings objects: entity = ""
};

const QHash<QString, Entry> &registry()
{
    const auto text = [](const char *ascii) { return QString::fromLatin1(ascii); };
    static const QHash<QString, Entry> table{
        {text("User"), {{}, {text("users")}, {}}},
        {text("OAuthClient"), {{}, {text("oauth_clients"), text("grants")}, {}}},
        {text("DirectoryGroup"), {{}, {text("groups"), text("group_members")}, {}}},
        {text("Team"), {{}, {text("teams"), text("team_members")}, {}}},
        {text("RoutingSkill"), {{}, {text("skills")}, {}}},
        {text("Skill"), {{}, {text("skills")}, {}}},
        {text("RoutingLanguage"), {{}, {text("languages")}, {}}},
        {text("SkillGroup"), {{}, {text("skill_groups")}, {}}},
        {text("SkillGroupDefinition"), {{}, {text("skill_groups")}, {}}},
        {text("WrapupCode"), {{}, {text("wrapup_codes")}, {}}},
        {text("Flow"), {text("Architect"), {text("flows")}, {}}},
        {text("Trunk"), {text("Telephony"), {text("trunk_base_settings")}, {}}},
        {text("TrunkBase"), {text("Telephony"), {text("trunk_base_settings")}, {}}},
        {text("DIDPool"), {{}, {text("did_pools")}, {}}},
        {text("IVR"), {{}, {text("ivrs")}, {}}},
        {text("Trigger"), {text("ProcessAutomation"), {text("process_automation_triggers")}, {}}},
        {text("Site"), {text("Telephony"), {text("sites")}, {}}},
        {text("Division"), {{}, {text("divisions")}, {}}},
        {text("AuthDivision"), {{}, {text("divisions")}, {}}},
        {text("Organization"), {text("Directory"), {}, {text("organization")}}},
        {text("OrganizationFeature"), {{}, {}, {text("organization")}}},
        {text("AuthOrganization"), {{}, {}, {text("org_auth_settings")}}},
        // Outbound has settings of that name too; they are not the organisation's.
        {text("OrganizationSettings"), {text("Directory"), {}, {text("organization"), text("org_auth_settings")}}},
        {text("OrgAuthSettings"), {{}, {}, {text("org_auth_settings")}}},
        {text("IdentityProvider"), {{}, {text("identity_providers")}, {}}},
        {text("Integration"), {text("Integrations"), {text("integrations")}, {}}},
    };
    return table;
}

void add(QList<Target> &out, const QString &domain, const QString &entity)
{
    const Target target{domain, entity};
    if (!out.contains(target)) {
        out.append(target);
    }
}

bool isMemberAction(const QString &action)
{
    return action.startsWith(QLatin1StringView("Member"));
}

/// Queue ids in property names: "QueueMember/{queueId}:{userId}", "…:joined", and the older "queueId:{id}:members".
QString queueInProperty(const QString &property)
{
    static constexpr QLatin1StringView New("QueueMember/"), Old("queueId:");
    if (property.startsWith(New)) {
        return property.mid(New.size()).section(u':', 0, 0);
    }
    if (property.startsWith(Old)) {
        return property.mid(Old.size()).section(u':', 0, 0);
    }
    return {};
}

bool isQueueMemberProperty(const QString &property)
{
    return property.startsWith(QLatin1StringView("QueueMember")) || property.startsWith(QLatin1StringView("queueMember"))
        || (property.startsWith(QLatin1StringView("queueId:")) && property.contains(QLatin1StringView(":members")));
}

void queueTargets(const Event &event, QList<Target> &out)
{
    const bool isMembers = isMemberAction(event.action)
        || std::ranges::any_of(event.changes, [](const PropertyChange &change) { return isQueueMemberProperty(change.property); });
    const bool isWhole = event.action == QLatin1StringView("Create") || event.action == QLatin1StringView("Delete");
    if (!isMemberAction(event.action) && !event.entityId.isEmpty()) {
        const bool hasOther = event.changes.isEmpty()
            || std::ranges::any_of(event.changes, [](const PropertyChange &change) { return !isQueueMemberProperty(change.property); });
        if (hasOther || isWhole) {
            add(out, QStringLiteral("queues"), event.entityId);
        }
    }
    if (isMembers || isWhole) {
        if (!event.entityId.isEmpty()) {
            add(out, QStringLiteral("queue_members"), event.entityId);
        }
        for (const PropertyChange &change : event.changes) {
            const QString queue = queueInProperty(change.property);
            if (!queue.isEmpty()) {
                add(out, QStringLiteral("queue_members"), queue);
            }
        }
    }
}

void roleTargets(const Event &event, QList<Target> &out)
{
    const QString role = event.entityId;
    if (isMemberAction(event.action)) {
        // "{subjectId}--{roleId}--{organisationId}"; the subject is a user, a group or an OAuth client, all of them files of the grants domain.
        const QStringList parts = event.entityName.split(QStringLiteral("--"));
        if (parts.size() == 3 && !parts[0].isEmpty() && !parts[1].isEmpty()) {
            // The role's own entity holds no members: who joined it says nothing about a change of its definition.
            add(out, QStringLiteral("grants"), parts[0]);
            return;
        }
    }
    if (!role.isEmpty()) {
        add(out, QStringLiteral("roles"), role);
    }
}
} // namespace

QList<Target> targets(const Event &event)
{
    QList<Target> out;
    if (event.entityType == QLatin1StringView("Queue")) {
        queueTargets(event, out);
        return out;
    }
    if (event.entityType == QLatin1StringView("Role")) {
        roleTargets(event, out);
        return out;
    }
    if (event.entityType == QLatin1StringView("AuthUser")) {
        // Signing in is no configuration; a changed password is the user's.
        if (event.action == QLatin1StringView("ChangePassword") && !event.entityId.isEmpty()) {
            add(out, QStringLiteral("users"), event.entityId);
        }
        return out;
    }
    const auto found = registry().constFind(event.entityType);
    if (found == registry().constEnd() || (!found->service.isEmpty() && found->service != event.service)) {
        return out;
    }
    if (!event.entityId.isEmpty()) {
        for (const QString &domain : found->domains) {
            add(out, domain, event.entityId);
        }
    }
    for (const QString &domain : found->settings) {
        add(out, domain, QString());
    }
    return out;
}

} // namespace Orgtrace::Audit
