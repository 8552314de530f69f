#pragma once

#include "base/cancellation.h"
#include "base/clock.h"
#include "genesys/apiclient.h"

#include <QCoroTask>
#include <QHttpHeaders>
#include <QNetworkReply>
#include <QNetworkRequest>

class QRestAccessManager;

namespace Orgtrace::Genesys {

/// One HTTP request and what became of it; no judgement yet. For core/genesys only.
struct Exchange {
    int status = 0;
    QNetworkReply::NetworkError error = QNetworkReply::NoError;
    QString errorText;
    QHttpHeaders headers;
    QByteArray body;
    QDateTime sentAtUtc, receivedAtUtc;
    bool cancelled = false, timedOut = false, tooLarge = false, tlsFailed = false;
    bool tooSlow = false; ///< with timedOut: bytes came, but the end did not

    [[nodiscard]] bool isAnswered() const; ///< a whole HTTP answer came
    [[nodiscard]] QByteArray header(QAnyStringView name) const;
    [[nodiscard]] std::optional<int> number(QAnyStringView name) const;
    [[nodiscard]] QDateTime serverDate() const;
};

/// "Thu, 01 Oct 2026 00:00:00 GMT"; invalid for anything else.
[[nodiscard]] QDateTime httpDate(const QByteArray &text);

struct ExchangeLimits {
    std::chrono::milliseconds idle{60000}; ///< without a byte
    std::chrono::milliseconds total{180000}; ///< until the answer is whole
    qint64 maxBytes = 256LL * 1024 * 1024;
};

/// Sends and waits to the end. The watches are timers of the event loop, not the Clock: they decide nothing but that nobody answers, or drips.
/// Cancelled and over-long replies are aborted, never deleted while awaited.
[[nodiscard]] QCoro::Task<Exchange> exchange(QRestAccessManager &rest, Clock &clock, CancellationToken cancel, QNetworkRequest request,
                                             Method method, QByteArray body, ExchangeLimits limits);

} // namespace Orgtrace::Genesys
