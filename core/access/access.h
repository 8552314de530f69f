#pragma once

#include "access/model.h"
#include "base/error.h"
#include "evidence/store.h"

#include <QList>
#include <QString>
#include <QStringList>

#include <memory>
#include <optional>

namespace Orgtrace::Access {

/// Everything about rights in one snapshot, read once. Immutable; thread-safe to query.
/// Reads: users, groups, group_members, teams, team_members, roles, grants, divisions, permissions_catalogue, oauth_clients, access_policies; and the names in trustees, trustee_users,
/// trustee_groups. What the client that captured could see in part only, by its own grants as the manifest has them, is a caveat as well.
/// Errors of build(): those of the store (Integrity, Io). A single entity that cannot be read is a caveat, not an error.
/// Source: requirements 4.2, 4.9; API section 5.
class AccessModel
{
public:
    /// @param arePoliciesEnforced what somebody says of the organisation; nothing: not known, and every denial is one that may take effect
    [[nodiscard]] static Result<AccessModel> build(const Evidence::Snapshot &snapshot, std::optional<bool> arePoliciesEnforced = {});
    AccessModel(AccessModel &&) noexcept;
    AccessModel &operator=(AccessModel &&) noexcept;
    ~AccessModel();

    [[nodiscard]] const QList<Subject> &subjects() const; ///< users, groups, teams, clients; by kind, then name
    /// By id, exact name, or e-mail. Errors: NotFound, Ambiguous.
    [[nodiscard]] Result<Subject> findSubject(const QString &idOrName) const;
    [[nodiscard]] EffectiveAccess effective(const Subject &subject) const;
    /// Subjects holding "domain:entity:action", with their paths, users first.
    [[nodiscard]] QList<std::pair<Subject, QList<AccessPath>>> whoCan(const QString &permission) const;
    /// What limits the answers of whoCan(): domains not seen, containers with unknown members.
    [[nodiscard]] QStringList caveats() const;
    /// Every permission known by the catalogue or named by a role, sorted: for completion in a search field.
    [[nodiscard]] QStringList permissions() const;
    /// For every other question.
    [[nodiscard]] const Resolver &resolver() const;

private:
    AccessModel();
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace Orgtrace::Access
