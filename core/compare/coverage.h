#pragma once

#include "catalogue/catalogue.h"
#include "compare/change.h"
#include "compare/compare.h"

#include <QHash>
#include <QSet>

#include <map>

namespace Orgtrace::Compare {

/// What may be concluded about one domain from two snapshots: both saw it whole, but for the ids named here.
struct DomainCoverage {
    Catalogue::DomainRules rulesA, rulesB;
    bool rulesDiffer = false;
    bool askedDifferently = false; ///< another path or other parameters: members may be there on one side only because of that
    QHash<QString, QString> unseen; ///< entity id → why it is not comparable
    bool isUnseenInA = false, isUnseenInB = false; ///< where something of `unseen` could not be read
    QSet<QString> unseenRows; ///< pivoted domains: parents whose rows are missing inside the entities
    QString namelessInA, namelessInB; ///< says that something without an id could not be read there; empty: nothing
};

struct Coverage {
    std::map<QString, DomainCoverage> domains; ///< the comparable ones
    QList<NotComparable> notComparable;
    QStringList rulesChanged;
};

/// The capture was not meant to read the domain: what is in the snapshot, if anything, is of an earlier one.
[[nodiscard]] bool wasNotAsked(const Evidence::LedgerRow &row);
/// Nobody ever asked for the domain up to here: its absence says nothing about a change, and is no failure either.
[[nodiscard]] bool wasNeverAsked(const Evidence::LedgerRow &row);

/// Decides by the two ledgers and catalogues alone (design, rule 3). Pure.
[[nodiscard]] Coverage coverageOf(const Evidence::Manifest &a, const Catalogue::Catalogue &catalogueA, const Evidence::Manifest &b,
                                  const Catalogue::Catalogue &catalogueB, const QStringList &wanted);

} // namespace Orgtrace::Compare
