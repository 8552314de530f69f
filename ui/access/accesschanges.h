#pragma once

#include "access/outlinemodel.h"

#include <QSet>

namespace Orgtrace::Ui {

/// Who may do more or less than before: Access::AccessDifference as rows, and written out.
struct ChangesQuery {
    AccessFilter filter; ///< of subjects, permissions, roles and containers; how: gained, lost, widened, narrowed
    QString divisionId; ///< only changes by a route that reaches it, before or after
    bool onlyHighRisk = false;
    QSet<QString> highRisk; ///< permissions, by the policy
};
using DifferencePtr = std::shared_ptr<const Access::AccessDifference>;

[[nodiscard]] QString changeKindText(Access::AccessChange::Kind kind); ///< "gained"
/// What of a difference passes the query, with counts; changes whose permissions are all left out go with them. Pure; on a worker.
[[nodiscard]] DifferencePtr chosenChanges(const Access::AccessDifference &difference, const ChangesQuery &query);

/// subject → change, its routes before and after → permissions; then those who hold the same by other routes, and what the vendor changed. Columns: what,
/// before, after, event; the event that did it is not known here.
[[nodiscard]] QList<OutlineItem> changeRows(const DifferencePtr &difference, const QSet<QString> &highRisk);
/// "3 subjects may do more or less · 12 gained · 2 lost · 1 the same by other routes"
[[nodiscard]] QString changesSummary(const Access::AccessDifference &difference);

enum class AccessChangesFormat { Text, Markdown };
/// Untrusted text for a line or a table's cell of Markdown: nothing in it is markup. Pure.
[[nodiscard]] QString escapedMarkdown(const QString &text);
/// Everything that passes, nothing shortened but what is hostile in a name. Pure. @param title what is compared: "A … → B …"
[[nodiscard]] QString changesAs(AccessChangesFormat format, const Access::AccessDifference &difference, const QString &title);

} // namespace Orgtrace::Ui
