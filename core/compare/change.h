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
[[nodiscard]] QString fieldKindName(FieldKind kind); ///< "added", "removed", "modified", "type", "moved"

/// One leaf that differs (or one whole subtree that exists on one side only).
///
/// `path` is for people, rules and audit joins: like the pointer (RFC 6901 escapes ~0 and ~1), but an array element is named
///   - by its identity where the catalogue declares one: /grants/[role=R,division.id=*]
///   - by its value where it is a short scalar of an unordered array: /roleIds/[R]
///   - by its index otherwise: /steps/3
struct FieldChange {
    FieldKind kind = FieldKind::Modified;
    QString pointer; ///< RFC 6901 by index, of the side that has the value (the new one where both)
    QString path; ///< array elements named by identity: /grants/[role=…,division=*]
    std::optional<QByteArray> oldText, newText; ///< compact JSON
    QString movedFrom; ///< pointer in the old document, for Moved
    friend bool operator==(const FieldChange &, const FieldChange &) = default;
};

struct EntityChange {
    QString domain, entity, name; ///< name as last known
    ChangeKind kind = ChangeKind::Modified;
    QString previousEntity; ///< lineage: the id it had before it was recreated; then kind is Modified
    QList<FieldChange> fields; ///< empty for Added and Removed; may be empty for a recreated entity that came back the same
    int typeOnly = 0; ///< type-only differences left out of fields
};

/// What cannot be compared, and why: never shown as deleted (design, rule 3).
struct NotComparable {
    QString domain;
    QStringList ids; ///< empty: the whole domain
    QString why;
};

/// Everything between two snapshots.
struct SnapshotDifference {
    Evidence::SnapshotSummary from, to;
    QList<EntityChange> changes; ///< by domain, then name, then id
    QList<NotComparable> notComparable; ///< by domain; whole domains before single ids
    /// Entities that differ in their bytes, but not in anything that counts; only keys that occur:
    /// "signals-only" (saved without visible effect), "type-only", "labels", "order", "rules" (only under the other catalogue's rules).
    std::map<QString, qint64> suppressed;
    QHash<QString, QStringList> savedWithoutEffect; ///< domain → ids
    QStringList rulesChanged; ///< domains whose catalogue hash differs
};

} // namespace Orgtrace::Compare
