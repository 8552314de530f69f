#pragma once

#include "access/accessfilter.h"
#include "access/difference.h"

#include <QList>
#include <QString>
#include <QStringList>

namespace Orgtrace::Ui {

/// How a permission stands between two snapshots.
enum class Held { Same, Gained, Lost, PathsChanged };

/// One permission as the tree shows it: the paths of B, or of A where it was lost.
struct ShownPermission {
    Access::EffectivePermission permission;
    QList<Access::AccessPath> before; ///< paths in A, for A → B
    Held held = Held::Same;
    bool isHighRisk = false; ///< by the store's policy
};

/// One snapshot's rights as a list to show. Pure.
[[nodiscard]] QList<ShownPermission> shownPermissions(const Access::EffectiveAccess &access);
/// Two snapshots' rights merged, each marked. Pure; both are sorted by the core.
[[nodiscard]] QList<ShownPermission> comparedPermissions(const Access::EffectiveAccess &a, const Access::EffectiveAccess &b);

/// Each term must fit "domain:entity:action", a kind of path, a role or a container; see AccessFilter. Pure.
[[nodiscard]] bool matchesFilter(const ShownPermission &shown, const AccessFilter &filter);
/// Only what reaches a division, or may: paths that lead elsewhere are left out, and permissions without any path left. Pure.
void keepDivision(Access::EffectiveAccess &access, const QString &divisionId);

/// The kinds of a set of paths, in the order they are shown as chips.
enum class Chip { Gained, Lost, Changed, Widened, Narrowed, Moved, Unclear, Direct, Group, Team, Default, Conditional, Denied, Synthetic };
[[nodiscard]] QString chipText(Chip chip);
[[nodiscard]] QList<Chip> chips(const ShownPermission &shown);

/// "contractor-17 → group Contractors → Master Admin in all divisions → authorization:grant:*"
[[nodiscard]] QString pathInWords(const Access::Subject &subject, const Access::AccessPath &path);
/// The same for a change between two snapshots: "group Contractors → Master Admin · all divisions".
[[nodiscard]] QString routeInWords(const Access::AccessRoute &route);
[[nodiscard]] QString nameOrId(const Access::Subject &subject); ///< made fit for one line
[[nodiscard]] QString divisionWords(const QString &id, const QString &name);
[[nodiscard]] QString subjectKindText(Access::SubjectKind kind); ///< translated: "user", "OAuth client"
[[nodiscard]] QString divisionText(const Access::AccessPath &path);

/// The subject that a change of this domain speaks about; empty: none.
[[nodiscard]] QString subjectOfChange(const QString &domain, const QString &entity);

} // namespace Orgtrace::Ui
