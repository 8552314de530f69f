#pragma once

#include "capture/domainreader.h"

namespace Orgtrace::Capture {

/// One grant, as either sweep tells it. A division of "*" is all of them; an empty one: nobody says where.
struct GrantFact {
    QString subject, role, division;
    friend auto operator<=>(const GrantFact &, const GrantFact &) = default;
};

/// What two sweeps over the same grants say of each other. Pure; sorted.
struct GrantComparison {
    qint64 compared = 0; ///< grants that both have
    std::map<QString, QString> disputed; ///< subject → what only one of the sweeps has
};
/// @param unseenDivisions could not be asked about: what the first sweep has there is neither proven nor disputed
/// @param leaveOut subjects that could not be read in either sweep
[[nodiscard]] GrantComparison compareGrants(const QList<GrantFact> &byRole, const QList<GrantFact> &byDivision,
                                            const QSet<QString> &unseenDivisions = {}, const QSet<QString> &leaveOut = {});

/// Proves a grant matrix by an independent second sweep, by division: the list of divisions is read anew, then the grants of each, and of "*".
///
/// Where the two disagree, both are read again, for something may have been granted in between; after three rounds the subjects in dispute are quarantined by name, as
/// anything that cannot be read: they alone are not comparable. What the proof came to stands in the row (LedgerRow::proof). A second sweep
/// that cannot be made, or not in every division, disproves nothing: the matrix stays as the first sweep gave it, "not-proven", with the reason.
/// Only the second sweep is told when a grant was made: those times become a signal of the grants' subjects (Catalogue::GrantTimesSignal).
/// Thread: the client's. Borrows client, redactor and `rules` until the task ends.
/// Errors: those that end a run; Incomplete where more subjects are in dispute than could be named.
/// Source: issue "Grants at scale"; API section 5.3.
class GrantProver
{
public:
    using Again = std::function<QCoro::Task<Result<DomainData>>()>;
    enum class Purpose {
        Proof, ///< asked for: a proof that is missing stands in the row
        Times ///< by the way: a second sweep that cannot be made, or not whole, was no promise and leaves no word; a dispute is one all the same
    };
    /// @param again reads the first sweep anew
    GrantProver(DomainReader &reader, const Catalogue::DomainRules *rules, Again again, DomainReader::Progress progress,
                Purpose purpose = Purpose::Proof);
    [[nodiscard]] QCoro::Task<Result<DomainData>> prove(DomainData data);

private:
    struct SecondSweep;
    [[nodiscard]] QCoro::Task<Result<SecondSweep>> sweepDivisions();

    DomainReader &m_reader;
    const Catalogue::DomainRules *m_rules;
    const Again m_again;
    const DomainReader::Progress m_progress;
    const Purpose m_purpose;
    Catalogue::DomainRules m_divisions, m_grants;
};

} // namespace Orgtrace::Capture
