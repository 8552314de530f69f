#pragma once

#include "compare/change.h"
#include "compare/compare.h"
#include "compare/coverage.h"

#include <optional>

namespace Orgtrace::Compare {

/// Says what was left out of single entities of one comparison, so that nothing is hidden without a trace (requirement 2.5): signals, types, labels, order,
/// and fields that count under one side's catalogue only. Reads both snapshots anew, one entity at a time; catalogues and signals are read once a domain.
///
/// Borrows all it is given. Thread: the snapshots'. Errors: Integrity, Io.
class SuppressedReader
{
public:
    /// @param difference of these two, made with these options
    SuppressedReader(const Evidence::Snapshot &a, const Evidence::Snapshot &b, const SnapshotDifference &difference, Options options = {});

    /// Everything that differs in this entity and is in no EntityChange; signals first, then in document order. Empty for what is on one side
    /// only, and for what is not comparable. A recreated entity is asked for by its new id.
    [[nodiscard]] Result<QList<SuppressedField>> of(const QString &domain, const QString &entity);

private:
    [[nodiscard]] Result<void> enter(const QString &domain);
    [[nodiscard]] Result<Json::Document> load(const Evidence::Snapshot &side, const QString &entity) const;

    const Evidence::Snapshot &m_a, &m_b;
    const SnapshotDifference &m_difference;
    Options m_options;
    std::optional<Catalogue::Catalogue> m_catalogueA, m_catalogueB;
    QString m_domain;
    std::optional<DomainCoverage> m_coverage; ///< of m_domain; none: not comparable
    QHash<QString, QByteArray> m_signalsA, m_signalsB;
    QHash<QString, qsizetype> m_changes; ///< id → index of its change
};

} // namespace Orgtrace::Compare
