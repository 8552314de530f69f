#pragma once

#include "compare/compare.h"
#include "compare/orgmatch.h"

#include <string>
#include <string_view>
#include <unordered_map>

namespace Orgtrace::Compare {

struct IdHash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
};
/// Ids of A → ids of their twins in B, where they differ and only one twin is meant.
using TwinIds = std::unordered_map<std::string, std::string, IdHash, std::equal_to<>>;

/// A's document as it is compared: with the ids of twins in place of its own. Those that were replaced are told once each, as they come. Pure.
[[nodiscard]] QByteArray withTwins(const QByteArray &document, const TwinIds &twins,
                                   QList<std::pair<QString, QString>> *replaced = nullptr);

/// Two organisations, as of one snapshot each.
struct OrganisationDifference {
    QList<MatchRow> matching; ///< everything that was matched or could not be, by domain
    TwinIds twins; ///< what was translated in A's documents
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
