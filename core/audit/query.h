#pragma once

#include "audit/event.h"
#include "genesys/apiclient.h"

#include <QCoroTask>

#include <functional>

namespace Orgtrace::Audit {

struct Pull {
    QList<Event> events; ///< de-duplicated by id, by time then id
    QList<Evidence::AuditWindow> windows; ///< every query made, the failed ones too
};

/// Asks the asynchronous audit query for [from, to): submit, poll (1, 2, 5 s …) until Succeeded, read by cursor. Split into windows of at most
/// 24 h, four of them under way at once. After 15 minutes a window is pending, never empty; what lies in the future by the server's clock is left out. Ranges beyond 365 days back are refused as not available (requirements 3.3, 3.8, 3.10, 5.1).
/// A window with an event that cannot be read ends as "malformed-json", not as complete; the readable ones are kept.
/// Errors: BadInput (bounds), and as ApiClient::send for the first window; later windows that fail are listed with their state.
[[nodiscard]] QCoro::Task<Result<Pull>> pullAudit(Genesys::ApiClient &client, Clock &clock, QDateTime fromUtc, QDateTime toUtc,
                                                  const Redaction::Redactor &redactor, CancellationToken cancel = {},
                                                  std::function<void(int windowsDone, int windowsTotal, qint64 events)> progress = {});

} // namespace Orgtrace::Audit
