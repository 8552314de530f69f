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

/// Why a difference is no change of a setting, so that it is left out: it says only that somebody saved; "30" and 30; the name of another entity; an order that
/// means nothing; a field that counts only under one side's catalogue.
enum class Reason { Signals, Type, Labels, Order, Rules };
[[nodiscard]] QString
reasonName(Reason reason); ///< as in SnapshotDifference::suppressed: "signals-only", "type-only", "labels", "order", "rules"

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

/// A difference that was left out, with the reason. The field is as any other: kind Type for types, Moved for an element in another place of an unordered
/// array; for signals, pointer and path are of the signal line (/version).
struct SuppressedField {
    Reason reason = Reason::Signals;
    FieldChange field;
    friend bool operator==(const SuppressedField &, const SuppressedField &) = default;
};

/// An entity of which something was left out, once for each reason.
struct SuppressedEntity {
    QString domain, entity;
    QString name; ///< as last known; empty for Signals unless Options::nameSuppressed (its documents were never read)
    Reason reason = Reason::Signals;
    bool partial
        = false; ///< the entity is listed among the changes, or counted under another reason: this is one more thing left out of it
    qint64 count = 0; ///< fields or arrays; 0 where it was not counted (signals)
    friend bool operator==(const SuppressedEntity &, const SuppressedEntity &) = default;
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
    /// Which ones, by domain, then id, then reason; the same number of entries that are not partial as `suppressed` counts, as far as there is room. What it was in
    /// one of them: SuppressedReader. The signals of an entity that changed are not listed, for they always follow a change.
    QList<SuppressedEntity> suppressedEntities;
    static constexpr qsizetype MostSuppressed = 20'000;
    qint64 suppressedBeyond = 0; ///< for which there was no room in the list
    QHash<QString, QStringList> savedWithoutEffect; ///< domain → ids
    QStringList rulesChanged; ///< domains whose catalogue hash differs
};

} // namespace Orgtrace::Compare

// Long lists of them grow in place.
Q_DECLARE_TYPEINFO(Orgtrace::Compare::FieldChange, Q_RELOCATABLE_TYPE);
Q_DECLARE_TYPEINFO(Orgtrace::Compare::EntityChange, Q_RELOCATABLE_TYPE);
Q_DECLARE_TYPEINFO(Orgtrace::Compare::SuppressedField, Q_RELOCATABLE_TYPE);
