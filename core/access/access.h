#pragma once

#include "base/error.h"
#include "evidence/store.h"

#include <QList>
#include <QString>
#include <QStringList>

#include <memory>

namespace Orgtrace::Access {

enum class SubjectKind { User, Group, Team, OAuthClient, TrusteeUser, TrusteeGroup, Unknown };
[[nodiscard]] QString subjectKindName(SubjectKind kind); ///< "user", "group", "team", "oauth-client" …

struct Subject {
    QString id, name;
    SubjectKind kind = SubjectKind::Unknown;
    friend bool operator==(const Subject &, const Subject &) = default;
};

/// How a permission is held: subject → (container →) grant of a role in a division → policy line.
struct AccessPath {
    SubjectKind via = SubjectKind::User; ///< User: direct
    QString containerId, containerName;  ///< the group or team; empty for direct
    QString roleId, roleName;
    QString divisionId, divisionName;    ///< "*": all divisions
    QString policy;                      ///< as the role says it: "authorization:grant:*"
    bool conditional = false;            ///< the role's policy has a condition: recorded, not evaluated
    bool synthetic = false;              ///< a team grant, which the real platform does not have
    bool divisionAware = true;
};

struct EffectivePermission {
    QString domain, entityType, action;
    QList<AccessPath> paths;             ///< direct first, then by container name
    [[nodiscard]] QString permission() const { return domain + u':' + entityType + u':' + action; }
};

/// What a subject may do, merged over every layer, and what is not known about it.
struct EffectiveAccess {
    Subject subject;
    QList<EffectivePermission> permissions; ///< sorted
    QStringList roles;                      ///< names, distinct, sorted
    QList<Subject> containers;              ///< groups and teams the subject is in
    QStringList caveats;                    ///< domains not seen, roles without a definition, unexpanded wildcards: never silently empty
};

/// Everything about rights in one snapshot, read once. Immutable; thread-safe to query.
/// Reads: users, groups, group_members, teams, team_members, roles, grants, divisions, permissions_catalogue, oauth_clients.
/// Source: requirements 4.2, 4.9; API section 5.
class AccessModel
{
public:
    [[nodiscard]] static Result<AccessModel> build(const Evidence::Snapshot &snapshot);
    AccessModel(AccessModel &&) noexcept;
    AccessModel &operator=(AccessModel &&) noexcept;
    ~AccessModel();

    [[nodiscard]] const QList<Subject> &subjects() const; ///< users, groups, teams, clients; by kind, then name
    /// By id, exact name, or e-mail. Errors: NotFound, Ambiguous.
    [[nodiscard]] Result<Subject> findSubject(const QString &idOrName) const;
    [[nodiscard]] EffectiveAccess effective(const Subject &subject) const;
    /// Subjects holding "domain:entity:action", with their paths, users first.
    [[nodiscard]] QList<std::pair<Subject, QList<AccessPath>>> whoCan(const QString &permission) const;

private:
    AccessModel();
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace Orgtrace::Access
