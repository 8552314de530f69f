#pragma once

#include "sandbox/body.h"

#include <QDateTime>
#include <QHash>
#include <QMap>

#include <map>
#include <optional>

namespace Orgtrace::Sandbox {

/// Domains of the sandbox, named as snapshots name them.
namespace Domain {
inline constexpr QLatin1StringView organization("organization"), divisions("divisions"), users("users"), groups("groups"),
    groupMembers("group_members"), teams("teams"), teamMembers("team_members"), roles("roles"),
    permissionsCatalogue("permissions_catalogue"), grants("grants"), queues("queues"), queueMembers("queue_members"), skills("skills"),
    wrapupCodes("wrapup_codes"), flows("flows"), ivrs("ivrs"), triggers("process_automation_triggers"), trunkBases("trunk_base_settings"),
    didPools("did_pools"), oauthClients("oauth_clients"), orgAuthSettings("org_auth_settings"),
    authorizationSettings("authorization_settings");
}

struct Entity {
    QString id, name;
    Body body;
};

/// The entities of one domain in their listing order, found by id or name.
class Collection
{
public:
    [[nodiscard]] const std::vector<Entity> &items() const { return m_items; }
    [[nodiscard]] const Entity *byId(const QString &id) const;
    [[nodiscard]] const Entity *byName(const QString &name) const; ///< the first of that name; nullptr where there is none
    [[nodiscard]] Entity *byId(const QString &id);
    void add(Entity entity);
    void remove(const QString &id);
    void rename(const QString &id, const QString &name);
    void reserve(size_t count) { m_items.reserve(count); }

private:
    std::vector<Entity> m_items;
    QHash<QString, qsizetype> m_ids;
    QMultiHash<QString, QString> m_names;
};

struct Membership {
    QString userId;
    int ring = 1; ///< queues only
    bool joined = true; ///< queues only
};

enum class SubjectType { User, Group, OAuthClient, Team };
[[nodiscard]] QLatin1StringView subjectTypeName(SubjectType type); ///< "PC_USER" …

struct Grant {
    QString subject, role, division; ///< division "*": all
    SubjectType type = SubjectType::User;
    QDateTime made;
};

/// What one mutation changed, as a reader of snapshots sees it.
struct Effect {
    enum class Kind { Added, Removed, Field, Saved }; ///< Saved: version or date moved, nothing visible
    QString domain, entity;
    Kind kind = Kind::Field;
    std::string key = {}; ///< finest name of what changed, e.g. "members/<id>": later effects of the same key meet it
    QString path = {}; ///< as reported: the member, or the array that holds the element
    std::string before = {}, after = {}; ///< stable texts; empty: not there
    std::string top = {}, topBefore = {},
                topAfter = {}; ///< the same for the whole top-level member that holds it; empty for members and grants
    QString lineageOf = {}; ///< Added: the id it had before it was recreated
    std::map<std::string, std::string> whole = {}; ///< Removed, and Added with lineage: all members of the body
};

/// The simulated organisation at one instant. Every mutation goes through here, keeps derived domains (members, grants, a client's
/// roleDivisions) in step and tells the recorder what changed. Unknown ids are the caller's mistake: mutations of them do nothing.
class Organisation
{
public:
    explicit Organisation(quint32 seed) : m_seed(seed) { }

    [[nodiscard]] quint32 seed() const { return m_seed; }
    /// For what a scenario creates: deterministic, and never the same twice (the revision is part of it).
    [[nodiscard]] QString newId(const QString &domain, const QString &name) const;
    [[nodiscard]] Collection &collection(const QString &domain) { return m_collections[domain]; }
    [[nodiscard]] const Collection &collection(const QString &domain) const;
    [[nodiscard]] bool hasDomain(const QString &domain) const { return m_collections.contains(domain); }
    [[nodiscard]] QStringList domains() const { return m_collections.keys(); }
    [[nodiscard]] const std::vector<Membership> &members(const QString &domain, const QString &parent) const;
    [[nodiscard]] const std::vector<Grant> &grantsOfRole(const QString &role) const;
    [[nodiscard]] std::vector<Grant> grantsOf(const QString &subject) const;
    [[nodiscard]] std::vector<QString> containersOf(const QString &memberDomain, const QString &user) const; ///< groups or teams of a user
    [[nodiscard]] quint64 revision() const { return m_revision; } ///< moves with every mutation

    void setRecorder(std::vector<Effect> *recorder) { m_recorder = recorder; } ///< borrowed; nullptr: nobody listens

    void add(const QString &domain, Entity entity, const QString &lineageOf = {});
    void remove(const QString &domain, const QString &id);
    /// Path: member names, or indices of ordered arrays. False where an inner step does not exist. A missing value unsets.
    [[nodiscard]] bool setField(const QString &domain, const QString &id, const QStringList &path, const std::optional<Body> &value);
    void addItem(const QString &domain, const QString &id, const QString &field, const QString &itemKey, Body item);
    void removeItem(const QString &domain, const QString &id, const QString &field, const QString &itemKey); ///< by its "id" member or text
    void saved(const QString &domain, const QString &id, const QDateTime &at, const QString &by); ///< version, dateModified, modifiedBy
    void addMember(const QString &domain, const QString &parent, const Membership &membership);
    void removeMember(const QString &domain, const QString &parent, const QString &user);
    void grant(const Grant &grant);
    /// As addMember() and grant(), for the generator: it knows that they are new.
    void placeMember(const QString &domain, const QString &parent, const Membership &membership);
    void placeGrant(const Grant &grant);
    void revoke(const QString &subject, const QString &role, const QString &division);

private:
    void record(Effect effect);
    void refreshRoleDivisions(const QString &client);

    quint32 m_seed;
    quint64 m_revision = 0;
    QMap<QString, Collection> m_collections;
    QHash<QString, QHash<QString, std::vector<Membership>>> m_members; ///< domain → parent → members
    QHash<QString, std::vector<Grant>> m_grants; ///< role → grants
    QHash<QString, int> m_grantCounts; ///< subject → grants held
    std::vector<Effect> *m_recorder = nullptr;
};

/// "groups" → "group_members"; empty where the domain has no members.
[[nodiscard]] QString memberDomainOf(const QString &domain);

} // namespace Orgtrace::Sandbox
