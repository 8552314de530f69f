#pragma once

#include "base/cancellation.h"
#include "search/archive.h"

namespace Orgtrace::Search {

/// One text of an entity and when it stood. Between two that follow each other without a gap, the one became the other.
struct EntityState {
    Stay stay;
    QByteArray text; ///< canonical
    QString catalogueSnapshot; ///< whose catalogue.json made this form
};

/// An entity over all snapshots of its organisation, oldest first; empty where no snapshot has it. One that was deleted and made again under the same id has a
/// gap between two states; under a new id it is another entity (lineage is for compare).
/// Errors: Cancelled, as Store.
[[nodiscard]] Result<QList<EntityState>> historyOf(const Evidence::Store &store, const QString &organisationId, const QString &domain,
                                                   const QString &entity, const CancellationToken &cancel = {});

/// A value over time: states in which the place has the same value are one.
struct ValueState {
    Stay stay;
    std::optional<QByteArray> value; ///< compact JSON; none: the entity was there without it
};
/// @param pointer RFC 6901. Errors: BadInput (no pointer), Integrity (a text that is no JSON).
[[nodiscard]] Result<QList<ValueState>> valuesOf(const QList<EntityState> &states, const QString &pointer);

} // namespace Orgtrace::Search
