#pragma once

#include "catalogue/catalogue.h"
#include "compare/compare.h"
#include "evidence/schema.h"
#include "evidence/store.h"

#include <QTemporaryDir>

#include <functional>
#include <map>

/// Two snapshots of one organisation, written from short JSON. A: before, B: after.
class TwoSnapshots
{
public:
    struct Side {
        std::map<QString, QHash<QString, QByteArray>> entities; ///< domain → id → JSON, made canonical on the way
        std::map<QString, QHash<QString, QByteArray>> signalLines;
        std::map<QString, Orgtrace::Evidence::LedgerRow>
            rows; ///< what differs from a complete row; a carried domain has no entities of its own
        QStringList notAsked; ///< domains without a row
        QHash<QString, Orgtrace::Catalogue::DomainRules> rules; ///< instead of the built-in ones
        QString organisation = QStringLiteral("org-1");
        const Orgtrace::Evidence::Schema *schema = nullptr; ///< of the program that writes it; null: ours
    };
    Side a, b;

    TwoSnapshots();
    /// Puts one entity on both sides, or one side (the other text empty).
    void put(const char *domain, const char *id, const QByteArray &before, const QByteArray &after);
    /// The ledger row of a domain on one side, to be changed.
    static Orgtrace::Evidence::LedgerRow &row(Side &side, const char *domain);
    void write(); ///< both, once
    [[nodiscard]] Orgtrace::Result<Orgtrace::Compare::SnapshotDifference> compare(const Orgtrace::Compare::Options &options = {});
    [[nodiscard]] Orgtrace::Evidence::Store &store() { return *m_store; }
    [[nodiscard]] Orgtrace::Evidence::Snapshot before() const;
    [[nodiscard]] Orgtrace::Evidence::Snapshot after() const;
    [[nodiscard]] QString idA() const { return m_idA; }

private:
    QString writeSide(const Side &side, int hours);
    QTemporaryDir m_directory;
    std::optional<Orgtrace::Evidence::Store> m_store;
    QString m_idA, m_idB;
};

/// "modified queues/q1 Service EN", then the fields one by one, then what is not comparable and what was left out: a difference as lines.
[[nodiscard]] QStringList described(const Orgtrace::Compare::SnapshotDifference &difference);
