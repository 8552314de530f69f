#pragma once

#include "changes/changefilter.h"

#include <QList>
#include <QString>

#include <memory>

namespace Orgtrace::Ui {

/// One row of the change list. Rows are kept flat; places point into ChangeTree::rows.
struct ChangeRow {
    enum class Kind {
        Severity, ///< top: all changes of one severity
        Domain, ///< its changes of one domain
        Entity, ///< one change
        NotComparable, ///< top: what could not be compared
        NotComparableRow, ///< one domain of it, and why
        Silent, ///< top: saved without visible effect
        SilentRow ///< one domain of it
    };
    Kind kind = Kind::Entity;
    int parent = -1; ///< -1: top
    int place = 0; ///< among its siblings
    QList<int> children;
    QString text; ///< name or title
    QString summary; ///< short, at the right: "+ Master Admin"
    QString tip; ///< in whole sentences
    QString key; ///< the same row has the same key in the next tree
    qint64 count = 0; ///< changes beneath; for groups
    Policy::Severity severity = Policy::Severity::Low;
    int finding = -1; ///< Entity: index into RangeFindings::findings
};

/// The change list as a value: severity → domain → entity, then what could not be compared, then what was saved without visible effect. Immutable.
struct ChangeTree {
    QList<ChangeRow> rows;
    QList<int> top;
    QList<int> entityRows; ///< in reading order, for next/previous
    qsizetype shown = 0, total = 0;
    qint64 suppressed = 0;
    QString suppressedText; ///< what was left out, in words
    [[nodiscard]] int rowOfFinding(int finding) const; ///< -1: filtered out
};

/// Pure; may run on a worker. Group rows exist only where something is beneath.
[[nodiscard]] std::shared_ptr<const ChangeTree> buildChangeTree(const Operations::RangeFindings &range, const ChangeFilter &filter);

/// A few words on what a change did: "added", "lineage · 6 fields", "+ Master Admin", "members −3", "grants · 2 fields", "name".
[[nodiscard]] QString changeSummary(const Compare::EntityChange &change, const QHash<QString, QString> &names);

/// What was suppressed, in words: "3 saved without visible effect, 2 type-only differences".
[[nodiscard]] QString suppressedText(const std::map<QString, qint64> &suppressed);

} // namespace Orgtrace::Ui
