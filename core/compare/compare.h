#pragma once

#include "base/cancellation.h"
#include "catalogue/catalogue.h"
#include "compare/change.h"
#include "evidence/store.h"
#include "json/value.h"

#include <functional>

namespace Orgtrace::Compare {

/// Stored text was bounded when it was captured; a little more room for what composed sub-resources wrap around it.
inline constexpr Json::Limits StoredLimits{.maxBytes = 512LL * 1024 * 1024, .maxDepth = 512, .refuseDuplicateKeys = true};

struct Options {
    QStringList domains = {}; ///< empty: all
    bool showTypes = false; ///< type-only differences as fields of kind Type
    bool exact = false; ///< arrays ordered, types strict (diff --files --exact)
    bool parallel = false; ///< differenceOf: the two documents are laid out in two threads, worth it above some megabytes
    /// Values and names of a document up to which all of it is laid out at once, at 72 bytes each; above, elements of long arrays one by one, where they differ.
    qsizetype largestWhole = 20'000;
    bool keepSuppressed = false; ///< differenceOf: ValueDifference::suppressed is filled
    bool nameSuppressed = false; ///< compareSnapshots: names also for what was merely saved, a look at each
};

/// Compares two snapshots: git trees first, then the leaves of what differs. Rules come from both snapshots' own catalogue.json.
/// Errors: Cancelled, Integrity, BadInput (different organisations).
[[nodiscard]] Result<SnapshotDifference> compareSnapshots(const Evidence::Store &store, const Evidence::Snapshot &a,
                                                          const Evidence::Snapshot &b, const Options &options = {},
                                                          const CancellationToken &cancel = {},
                                                          const std::function<void(qint64 done, qint64 total)> &progress = {});

/// What two documents differ in, and what of it was left out because it does not count.
struct ValueDifference {
    QList<FieldChange> fields; ///< in document order
    int typeOnly = 0; ///< "30" and 30; in fields only with Options::showTypes
    int labels = 0; ///< fields that are names of other entities
    int reordered = 0; ///< unordered arrays in another order
    QList<SuppressedField> suppressed; ///< what these numbers count, in document order; only with Options::keepSuppressed
    QStringList foreignSecrets; ///< paths of fingerprints under different keys: neither same nor changed
};

/// Structural comparison of two values under one domain's rules, with what it left out. Linear but for bounded searches for likeness;
/// values of any depth. Either value may be missing. Pure; thread-safe.
[[nodiscard]] ValueDifference differenceOf(Json::Value a, Json::Value b, const Catalogue::DomainRules &rules, const Options &options = {});

/// Its fields alone. Structural comparison of two values under one domain's rules. Arrays with an identity are matched by it; others by content, with moves
/// where order counts. Requirements 2.4, 2.5.
[[nodiscard]] QList<FieldChange> compareValues(Json::Value a, Json::Value b, const Catalogue::DomainRules &rules,
                                               const Options &options = {});

} // namespace Orgtrace::Compare
