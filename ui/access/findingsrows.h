#pragma once

#include "access/accessfilter.h"
#include "access/outlinemodel.h"
#include "operations/accessreview.h"
#include "operations/crosscheck.h"

namespace Orgtrace::Ui {

/// What the access rules say of one snapshot, with the rules themselves.
struct FindingsReading {
    Evidence::SnapshotSummary summary;
    Policy::AccessCheck check;
    QHash<QString, Policy::AccessRule> rules; ///< applied, by id
    QList<Policy::AccessRule> quiet; ///< applied, and nobody fits
    QList<Policy::AccessRule> off; ///< shipped, and taken away by a file of the store
};
using ReadingPtr = std::shared_ptr<const FindingsReading>;
/// Errors: those of Operations::reviewAccess(). On a worker.
[[nodiscard]] Result<ReadingPtr> readFindings(const QString &storeFolder, const Evidence::SnapshotSummary &snapshot);

/// What the platform answered, and of which snapshot it was asked.
struct CrossChecked {
    Evidence::SnapshotSummary summary;
    Operations::CrossCheck check;
    quint64 seed = 0;
};
using CrossCheckedPtr = std::shared_ptr<const CrossChecked>;

/// What of a check passes the filter: rule, title, severity, subjects, permissions, roles, containers. Keys: risk (a severity), role, through, division,
/// how. Counts are those of what passes. Pure.
[[nodiscard]] Policy::AccessCheck chosenFindings(const Policy::AccessCheck &check, const AccessFilter &filter);

/// severity → rule → subjects → permissions and ways → paths; then what disagrees with the platform, what is not known, what found nothing, what is off.
/// Stable ids name a place in the check: see findingPlace().
[[nodiscard]] QList<OutlineItem> findingRows(const ReadingPtr &reading, const std::shared_ptr<const Policy::AccessCheck> &chosen,
                                             const CrossCheckedPtr &crossCheck);
struct FindingPlace {
    int finding = -1, subject = -1, proof = -1;
    friend bool operator==(const FindingPlace &, const FindingPlace &) = default;
};
[[nodiscard]] FindingPlace findingPlace(const QString &stableId);

/// "11 findings: 2 critical · 5 high … · 34 subjects"
[[nodiscard]] QString findingsSummary(const Policy::AccessCheck &check);
/// Why a rule of this kind matters: a sentence or two.
[[nodiscard]] QString ruleInWords(const Policy::AccessRule &rule);
[[nodiscard]] QString crossCheckSummary(const Operations::CrossCheck &check, const Evidence::SnapshotSummary &summary);
/// "only the platform says role: Master Admin (id)", a line for each way they differ.
[[nodiscard]] QStringList disagreementInWords(const Operations::CrossCheck::Disagreement &disagreement);

} // namespace Orgtrace::Ui
