#pragma once

#include "evidence/model.h"

#include <QByteArray>
#include <QList>
#include <QString>
#include <QStringList>

#include <map>
#include <optional>

namespace Orgtrace::Compare {

enum class ChangeKind { Added, Removed, Modified };
enum class FieldKind { Added, Removed, Modified, Type, Moved };
[[nodiscard]] QString changeKindName(ChangeKind kind); ///< "added", "removed", "modified"
[[nodiscard]] QString fieldKindName(FieldKind kind);

/// One leaf that differs (or one whole subtree that exists on one side only).
struct FieldChange {
    FieldKind kind = FieldKind::Modified;
    QString pointer;                  ///< RFC 6901 by index, of the side that has the value (the new one where both)
    QString path;                     ///< array elements named by identity: /grants/[role=…,division=*]
    std::optional<QByteArray> oldText, newText; ///< compact JSON
    QString movedFrom;                ///< pointer, for Moved
};

struct EntityChange {
    QString domain, entity, name;     ///< name as last known
    ChangeKind kind = ChangeKind::Modified;
    QString previousEntity;           ///< lineage: the id it had before it was recreated; then kind is Modified
    QList<FieldChange> fields;        ///< empty for Added and Removed
    int typeOnly = 0;                 ///< type-only differences left out of fields
};

/// What cannot be compared, and why: never shown as deleted (design, rule 3).
struct NotComparable {
    QString domain;
    QStringList ids;                  ///< empty: the whole domain
    QString why;
};

/// Everything between two snapshots.
struct SnapshotDifference {
    Evidence::SnapshotSummary from, to;
    QList<EntityChange> changes;      ///< by domain, then name, then id
    QList<NotComparable> notComparable;
    std::map<QString, qint64> suppressed; ///< "signals-only" (saved without visible effect), "type-only", "labels", "order"
    QHash<QString, QStringList> savedWithoutEffect; ///< domain → ids
    QStringList rulesChanged;         ///< domains whose catalogue hash differs
};

} // namespace Orgtrace::Compare
