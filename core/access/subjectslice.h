#pragma once

#include "access/timemachine.h"

#include <QSet>

#include <memory>

/// What the time machine reads of a snapshot: only what bears on one subject. For timemachine.cpp and its tests.
namespace Orgtrace::Access {

/// By id, exact name or e-mail, in the latest snapshot that knows one. Entities are read once however many snapshots share them. Trustees by id or name.
/// Errors: NotFound, Ambiguous, Cancelled, as Store.
[[nodiscard]] Result<Subject> findSubjectEver(const Evidence::Store &store, const QList<Evidence::SnapshotSummary> &timeline,
                                              const QString &idOrName, const CancellationToken &cancel);
/// The id of a division, as the latest snapshot that knows it says; empty for an empty name. Errors: as findSubjectEver().
[[nodiscard]] Result<QString> findDivisionEver(const Evidence::Store &store, const QList<Evidence::SnapshotSummary> &timeline,
                                               const QString &idOrName, const CancellationToken &cancel);

/// Answers one question snapshot by snapshot, and computes only where something that bears on it is not as in a snapshot seen before. Borrows the store.
class SubjectSlice
{
public:
    SubjectSlice(const Evidence::Store &store, Subject subject, QString permission, QString divisionId);

    /// Errors: as Store.
    [[nodiscard]] Result<Sighting> look(const Evidence::SnapshotSummary &summary);
    [[nodiscard]] bool isPermissionKnown() const { return m_isPermissionKnown; } ///< to the snapshot looked at last
    [[nodiscard]] qsizetype modelsBuilt() const { return m_built; }

private:
    struct Answer {
        Sighting::State state = Sighting::State::NotHeld;
        QList<AccessPath> paths;
        QDateTime madeUtc;
        bool isPermissionKnown = true;
        bool doTeamsMatter = false;
        bool isDivisionUnclear = false; ///< only grants that name no division would give it
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
    bool m_isPermissionKnown = false;
    qsizetype m_built = 0;
};

} // namespace Orgtrace::Access
