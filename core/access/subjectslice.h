#pragma once

#include "access/inquiry.h"
#include "access/slicecoverage.h"

#include <QSet>

#include <map>
#include <memory>
#include <tuple>

/// What the time machine reads of a snapshot: only what bears on one subject. For timemachine.cpp and its tests.
namespace Orgtrace::Access {

/// Answers one question snapshot by snapshot, and computes only where something that bears on it is not as in a snapshot seen before. Borrows the store.
class SubjectSlice
{
public:
    using GrantKey = std::tuple<QString, QString, QString>; ///< who holds it, role, division

    SubjectSlice(const Evidence::Store &store, const Inquiry &inquiry, QString permission);

    /// Errors: as Store.
    [[nodiscard]] Result<Sighting> look(const Evidence::SnapshotSummary &summary);
    [[nodiscard]] bool isPermissionKnown() const { return m_isPermissionKnown; } ///< to the snapshot looked at last
    [[nodiscard]] qsizetype modelsBuilt() const { return m_built; }

private:
    struct Answer {
        Sighting::State state = Sighting::State::NotHeld;
        QList<AccessPath> paths;
        QList<Denial> denied; ///< each under a condition: nobody knows whether policies are enforced
        QStringList why; ///< of NotSeen: what this content leaves open, whatever the ledger says
        QStringList unseenDenials; ///< policies that may deny it, of which it is not known whether they do
        SliceCoverage::IdsByDomain deniedMembers; ///< whose lists of members decide whether a policy concerns the subject
        QDateTime madeUtc;
        bool isPermissionKnown = true;
        bool doTeamsMatter = false;
    };
    /// The git ids of some entities of a domain, kept while nothing that they follow from is another than in the snapshot looked at before.
    struct Known {
        QByteArray root, digest;
    };
    [[nodiscard]] Result<QByteArray> keyOf(const Evidence::Snapshot &snapshot);
    [[nodiscard]] Result<QByteArray> digestOf(const Evidence::Snapshot &snapshot, const QString &domain, const QSet<QString> &only) const;
    /// Whether one of these entities of a domain is not as in the snapshot looked at before.
    [[nodiscard]] Result<bool> isAnyChanged(const Evidence::Snapshot &snapshot, const QString &domain, const QSet<QString> &ids) const;
    [[nodiscard]] Result<void> learnGrants(const Evidence::Snapshot &snapshot);
    [[nodiscard]] Result<void> learnSelf(const Evidence::Snapshot &snapshot, const QString &domain);
    [[nodiscard]] Result<QSet<QString>> grantHolders(const Evidence::Snapshot &snapshot) const;
    [[nodiscard]] Result<Answer> compute(const Evidence::Snapshot &snapshot);
    /// When the grants of these paths were made, as the signals of this snapshot tell; invalid where they do not tell of one.
    [[nodiscard]] Result<QDateTime> madeOf(const Evidence::Snapshot &snapshot, const QByteArray &key, const QList<AccessPath> &paths);
    [[nodiscard]] Result<Answer> answerOf(Facts facts, const std::map<GrantKey, QDateTime> &made) const;
    /// The domains of which the client of the capture sees a part; found once while it, its rights and the catalogue are the same.
    [[nodiscard]] QHash<QString, QString> shortenedOf(const Evidence::Snapshot &snapshot);
    void weighPolicies(Sighting &seen, const Answer &answer, const SliceCoverage &coverage) const;

    const Evidence::Store &m_store;
    Subject m_subject;
    QString m_permission, m_divisionId;
    QHash<QByteArray, Answer> m_answers;
    QByteArray m_madeKey; ///< of what m_made was found by
    QDateTime m_made;
    std::unique_ptr<Evidence::Snapshot> m_before; ///< the one looked at before
    QByteArray m_containers; ///< roots of the domains that m_holders follow from
    QSet<QString> m_holders; ///< whose grants may reach the subject
    Known m_grants, m_self;
    QByteArray m_shortenedKey;
    QHash<QString, QString> m_shortened;
    bool m_doPoliciesMatter = false;
    bool m_isPermissionKnown = false;
    qsizetype m_built = 0;
};

} // namespace Orgtrace::Access
