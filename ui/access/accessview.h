#pragma once

#include "access/access.h"

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
};

/// One snapshot's rights as a list to show. Pure.
[[nodiscard]] QList<ShownPermission> shownPermissions(const Access::EffectiveAccess &access);
/// Two snapshots' rights merged, each marked. Pure; both are sorted by the core.
[[nodiscard]] QList<ShownPermission> comparedPermissions(const Access::EffectiveAccess &a, const Access::EffectiveAccess &b);

/// Words of the filter: each must occur in "domain:entity:action", in a role or in a container's name; "gained", "lost", "conditional", "synthetic",
/// "direct", "group" and "team" also match as kinds. Letter case aside; `*` alone matches all. Pure.
[[nodiscard]] bool matchesFilter(const ShownPermission &shown, const QStringList &words);

/// The kinds of a set of paths, in the order they are shown as chips.
enum class Chip { Gained, Lost, Changed, Direct, Group, Team, Default, Conditional, Denied, Synthetic };
[[nodiscard]] QString chipText(Chip chip);
[[nodiscard]] QList<Chip> chips(const ShownPermission &shown);

/// "contractor-17 → group Contractors → Master Admin in all divisions → authorization:grant:*"
[[nodiscard]] QString pathInWords(const Access::Subject &subject, const Access::AccessPath &path);
[[nodiscard]] QString subjectKindText(Access::SubjectKind kind); ///< translated: "user", "OAuth client"
[[nodiscard]] QString divisionText(const Access::AccessPath &path);

/// The subject that a change of this domain speaks about; empty: none.
[[nodiscard]] QString subjectOfChange(const QString &domain, const QString &entity);

} // namespace Orgtrace::Ui
