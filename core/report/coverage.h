#pragma once

#include "evidence/model.h"

#include <QDateTime>
#include <QList>
#include <QStringList>

/// Which times the audit archive can speak about. Pure.
namespace Orgtrace::Report {

/// Half open: from is inside, to is not.
struct TimeRange {
    QDateTime fromUtc, toUtc;
    [[nodiscard]] bool isEmpty() const { return !fromUtc.isValid() || !toUtc.isValid() || fromUtc >= toUtc; }
    friend bool operator==(const TimeRange &, const TimeRange &) = default;
};

/// The parts of a range that no complete, unfiltered query covers: of all services, or where a service is given, of that one as well.
[[nodiscard]] QList<TimeRange> notQueried(const QList<Evidence::AuditWindow> &windows, const TimeRange &range, const QString &service = {});

/// Services whose own queries, together with those of all services, cover the whole range. Sorted; empty where nothing was asked by service.
[[nodiscard]] QStringList servicesCovering(const QList<Evidence::AuditWindow> &windows, const TimeRange &range);

/// Queries that touch one another and are alike in service, filter and state, as one line.
struct JoinedWindow {
    TimeRange range;
    QString service, filter, state;
    qint64 events = 0;
    int queries = 0;
    QDateTime lastQueriedUtc;
};
[[nodiscard]] QList<JoinedWindow> joined(QList<Evidence::AuditWindow> windows);

/// When a change of this domain can have happened: from the first request of the older capture to the last response of the newer,
/// on the server's clock (design, rule 3). The snapshots' own times stand in where the ledger has none.
[[nodiscard]] TimeRange changeWindow(const Evidence::LedgerRow *older, const Evidence::LedgerRow *newer, const QDateTime &olderUtc,
                                     const QDateTime &newerUtc);

} // namespace Orgtrace::Report
