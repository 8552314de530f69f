#pragma once

#include "base/cancellation.h"
#include "compare/orgcompare.h"
#include "diff/diffdocument.h"

#include <array>
#include <functional>

namespace Orgtrace::Ui {

/// What the page of two organisations reads from a store. Every function opens its own handle and is run on a worker.

/// An organisation that has snapshots, newest first.
struct OrganisationChoice {
    QString id, name;
    QList<Evidence::SnapshotSummary> snapshots;
    QStringList titles; ///< of the snapshots, for the picker
};
/// By name. Errors: as Evidence::Store.
[[nodiscard]] Result<QList<OrganisationChoice>> readOrganisationChoices(const QString &folder);

/// One entity, or two that belong together, as the table of the matching shows them.
struct MatchLine {
    QString domain, domainTitle;
    QString leftName, rightName;
    std::optional<QString> left, right; ///< ids
    Compare::MatchKind kind = Compare::MatchKind::SameId;
    bool isByHand = false; ///< a person said so
    bool follows = false; ///< it goes where its parent goes, or is the organisation's own settings: nothing to correct
    QString folded; ///< what a filter looks through
    [[nodiscard]] QString name() const { return leftName.isEmpty() ? rightName : leftName; }
};

/// One entity of the tree of differences.
struct DifferenceEntry {
    int change = -1; ///< in OrganisationDifference::difference.changes; -1: not comparable
    QString domain, name;
    std::optional<QString> left, right;
    QString why; ///< not comparable
    bool isWholeDomain = false; ///< all of it is not comparable: no ids
    QString folded;
};
/// A domain that has differences, or, last and without a domain, all that is not comparable.
struct DifferenceBranch {
    QString domain, title;
    QList<DifferenceEntry> entries;
    [[nodiscard]] bool isComparable() const { return !domain.isEmpty(); }
};

/// All that the page shows of two organisations. Immutable and shared.
struct OrgComparison {
    QString leftName, rightName;
    Compare::OrganisationDifference both;
    QList<DifferenceBranch> branches; ///< differences first, then what is not comparable
    QList<MatchLine> lines;
    std::shared_ptr<const QHash<QString, QString>> names; ///< "domain/id" → name, of both sides
    QHash<QString, QString> nameOfId; ///< id → name
    QHash<QString, QString> titles; ///< of domains
    QList<Compare::Correction> setAside; ///< corrections that name what these snapshots do not have
    /// Of the differences: only left, only right, differing, and of what is not comparable.
    std::array<qint64, 4> counts{};
};
using OrgComparisonPtr = std::shared_ptr<const OrgComparison>;

struct OrgAsked {
    QString folder, leftSnapshot, rightSnapshot;
    QList<Compare::Correction> corrections;
};
/// Corrections that name what is not in these two snapshots are set aside and told, not an error: they may fit others.
/// Errors: as Compare::compareOrganisations.
[[nodiscard]] Result<OrgComparisonPtr> compareChosen(const OrgAsked &asked, const CancellationToken &cancel,
                                                     const std::function<void(qint64 done, qint64 total)> &progress);

/// Both texts of an entity side by side, the left one with the ids of twins, as they are compared.
struct OrgTexts {
    DiffDocumentPtr document;
    QList<std::pair<QString, QString>> twins; ///< ids of the left text that are shown as those of their twins
    bool isOnLeft = false, isOnRight = false;
};
[[nodiscard]] Result<OrgTexts> readOrgTexts(const QString &folder, const OrgComparisonPtr &comparison, const DifferenceEntry &entry,
                                            const CancellationToken &cancel);

} // namespace Orgtrace::Ui
