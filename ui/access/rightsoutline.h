#pragma once

#include "access/outlinemodel.h"
#include "access/rightsindex.h"

namespace Orgtrace::Ui {

/// What of the trees is shown.
struct OutlineQuery {
    AccessFilter filter; ///< of subjects by name, of permissions by name
    QString divisionId; ///< only what reaches it; empty: anywhere
    bool onlyHighRisk = false;
};

/// The other way round. Each gives the first rows; what is beneath is made as it is opened, quickly, from the index.
/// Pure but for what the items keep: the index, for as long as they live.

/// Who holds it (directly, through each group and team, and who is in that), and what it allows.
[[nodiscard]] QList<OutlineItem> roleOutline(const IndexPtr &index, const QString &roleId, const OutlineQuery &query);
/// Every role that allows it, with who holds that.
[[nodiscard]] QList<OutlineItem> permissionOutline(const IndexPtr &index, const QString &permission, const OutlineQuery &query);
/// Of a group or team: who is in it, and what it gives them.
[[nodiscard]] QList<OutlineItem> groupOutline(const IndexPtr &index, const QString &groupId, const OutlineQuery &query);
/// Who may do what there: by role, and by subject.
[[nodiscard]] QList<OutlineItem> divisionOutline(const IndexPtr &index, const QString &divisionId, const OutlineQuery &query);

} // namespace Orgtrace::Ui
