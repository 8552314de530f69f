#pragma once

#include "base/cancellation.h"
#include "session/session.h"

#include <functional>

namespace Orgtrace::Ui {

/// What the session reads from a store. Every function opens its own handle and is run on a worker.
/// Errors: as Evidence::Store.

/// What is read when a store or organisation is opened.
struct Loaded {
    QList<Session::Organisation> organisations;
    QString key; ///< of the organisation chosen
    QList<Evidence::SnapshotSummary> timeline;
    QList<QDateTime> auditTimes;
    QList<Evidence::AuditWindow> auditWindows;
};
/// @param wantedKey Session::Organisation::key(); where it is not known, the organisation captured last is chosen.
[[nodiscard]] Result<Loaded> readStore(const QString &folder, const QString &wantedKey);

[[nodiscard]] Result<Session::TextsPtr> readTexts(const QString &folder, const QString &idA, const QString &idB, const QString &domain,
                                                  const QString &entity, const QString &previousEntity);
/// Every entity of a domain on both sides, each side as one canonical list; without those of which `range` can say nothing. It may be null.
[[nodiscard]] Result<Session::TextsPtr> readDomainTexts(const QString &folder, const QString &idA, const QString &idB,
                                                        const QString &domain, const Session::Findings &range,
                                                        const CancellationToken &cancel);

[[nodiscard]] Result<QList<Compare::SuppressedField>> readLeftOut(const QString &folder, const QString &idA, const QString &idB,
                                                                  const Session::Findings &range, const QString &domain,
                                                                  const QString &entity);

[[nodiscard]] Result<std::shared_ptr<const Access::AccessModel>> readAccess(const QString &folder, const QString &snapshotId);

struct TickPair {
    QString before, id;
};
/// Compares and judges each pair in turn; `known` is called on the worker after each.
[[nodiscard]] Result<void> readTicks(const QString &folder, const QList<TickPair> &pairs, const CancellationToken &cancel,
                                     const std::function<void(const TickPair &, const Session::Tick &)> &known);

} // namespace Orgtrace::Ui
