#pragma once

#include "compare/compare.h"
#include "compare/orgmatch.h"

namespace Orgtrace::Compare {

/// Two organisations, as of one snapshot each.
struct OrganisationDifference {
    QList<MatchRow> matching; ///< everything that was matched or could not be, by domain
    /// As of two snapshots of one organisation, but: `entity` is the id in B (in A where it is removed), `previousEntity` the id of its twin in A where that is another
    /// one. Values of A are told with the ids of B's twins. What was suppressed is counted, not listed.
    SnapshotDifference difference;
};

/// Compares two organisations (a test organisation against production). Entities are matched by matchOrganisations() with the catalogue's lineage or name fields;
/// what belongs to a parent (members of a queue) follows it, grants follow their subject. Ids inside A's documents become those of their twins before anything is
/// compared, so that a queue in its own organisation's twin of a division is equal. Ambiguous entities, and fields that name one, are not comparable, never changes.
///
/// Reads both snapshots whole: about 20 µs an entity. Thread: the snapshots'. Errors: Cancelled, Integrity, BadInput (one organisation; a wrong correction).
[[nodiscard]] Result<OrganisationDifference> compareOrganisations(const Evidence::Snapshot &a, const Evidence::Snapshot &b,
                                                                  const QList<Correction> &corrections = {}, const Options &options = {},
                                                                  const CancellationToken &cancel = {},
                                                                  const std::function<void(qint64 done, qint64 total)> &progress = {});

} // namespace Orgtrace::Compare
