#pragma once

#include "sandbox/http.h"
#include "sandbox/ledger.h"
#include "sandbox/scenario.h"

#include <functional>

namespace Orgtrace::Sandbox {

/// What /sandbox/… tells. It is beside the API's dialect: no token, no ErrorBody, errors are {"error": "one sentence"}.
struct ControlState {
    const Scenario &scenario;
    const Ledger &ledger;
    QDateTime nowUtc;
    qint64 requests = 0;

    int users = 0;
    QString clientId, organisationId;
};

/// POST /sandbox/advance?to=TIME|next or ?by=3d|12h|90m|45s; POST /sandbox/channels?do=COMMAND; GET /sandbox/state; GET /sandbox/script, with ?from=TIME&to=TIME the net list.
[[nodiscard]] Answer answerControl(const Request &request, const ControlState &state,
                                   const std::function<void(const QDateTime &time)> &moveTo,
                                   const std::function<bool(const QString &what)> &commandChannels);

} // namespace Orgtrace::Sandbox
