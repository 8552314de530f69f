#pragma once

#include "access/model.h"

namespace Orgtrace::Access {

/// How rights came to somebody, without the single permission: (container →) role in a division.
struct AccessRoute {
    SubjectKind via = SubjectKind::User; ///< User: direct; Group or Team: through that container
    QString containerId, containerName; ///< the one that has the grant
    QString roleId, roleName;
    QString divisionId, divisionName; ///< "*": all divisions; empty: the grant names none
    bool conditional = false; ///< each of the permissions is held with a condition by this route
    bool synthetic = false;
    QList<Subject> containers = {}; ///< as of an AccessPath
    friend bool operator==(const AccessRoute &, const AccessRoute &) = default;
};

/// Permissions of one subject that changed in the same way and by the same routes.
struct AccessChange {
    enum class Kind {
        Gained, ///< not held before, in no division
        Lost, ///< held nowhere any more
        Widened, ///< in more divisions, or without the condition or the policy that bound it
        Narrowed,
        Moved, ///< in other divisions, neither more nor fewer
        Unclear ///< changed, but on one side a grant names no division
    } kind
        = Kind::Gained;
    QStringList permissions; ///< sorted
    QList<AccessRoute> before, after; ///< every route to them; empty where there was none
    /// Access policies that bear upon at least one of them: where they changed, that may be all that did.
    QList<Denial> deniedBefore = {}, deniedAfter = {};
};

struct SubjectChange {
    enum class Presence { Both, OnlyBefore, OnlyAfter };
    Subject subject; ///< as it is after, or was before
    Presence presence = Presence::Both;
    QList<AccessChange> changes; ///< gained first, then widened, moved, unclear, narrowed, lost; the larger before the smaller
    QStringList caveats; ///< what was not seen of it, on either side: then a change may be one of sight, not of rights
    [[nodiscard]] qsizetype count(AccessChange::Kind kind) const; ///< of permissions
};

/// What changed of what everybody *effectively* may do. A renamed role, a role recreated under another id with the same permissions, the same right by
/// another route: none of them is a change.
struct AccessDifference {
    QList<SubjectChange> subjects; ///< by kind, then name, then id; only those with changes
    qsizetype rerouted = 0; ///< subjects who hold the same as before, by other routes
    QList<Subject> reroutedSubjects; ///< the same, by kind, then name, then id
    /// Known on one side only, where both have a catalogue; and those for which divisions matter on one side only. The vendor's doing, not an administrator's:
    /// whether divisions matter is taken from the later catalogue for both sides, so that it changes nobody's rights.
    QStringList newPermissions, gonePermissions, divisionRuleChanged;
    QStringList caveats; ///< what limits the whole answer
    QStringList notes; ///< what bears on it, such as that policies were captured on neither side
};

/// Where access policies were seen on one side only, both sides are compared without them.
/// Cost: linear in holdings; what did not change is told by its roles and divisions, without a look at single permissions.
/// Thread-safe. Source: requirements 4.5, 4.8.
[[nodiscard]] AccessDifference difference(const Resolver &before, const Resolver &after);

} // namespace Orgtrace::Access
