#include "genesys/exchange.h"

#include "base/quietlater.h"

#include <QCoroNetworkReply>
#include <QRestAccessManager>
#include <QSslError>
#include <QTimeZone>
#include <QTimer>

#include <string_view>
#include <utility>

namespace Orgtrace::Genesys {

namespace {
QNetworkReply *start(QRestAccessManager &rest, const QNetworkRequest &request, Method method, const QByteArray &body)
{
    switch (method) {
    case Method::Get: return rest.get(request);
    case Method::Head: return rest.head(request);
    case Method::Post: return rest.post(request, body);
    case Method::Delete: return rest.deleteResource(request);
    }
    return nullptr;
}
} // namespace

bool Exchange::isAnswered() const
{
    // An HTTP error status comes with a network error of its own; a success status with one is a reply that was cut off.
    return status != 0 && !cancelled && !timedOut && !tooLarge && (status >= 400 || error == QNetworkReply::NoError);
}

QByteArray Exchange::header(QAnyStringView name) const
{
    return headers.value(name).toByteArray();
}

std::optional<int> Exchange::number(QAnyStringView name) const
{
    bool ok = false;
    const int value = header(name).trimmed().toInt(&ok);
    return ok && value >= 0 ? std::optional(value) : std::nullopt;
}

QDateTime Exchange::serverDate() const
{
    return httpDate(header("Date"));
}

QDateTime httpDate(const QByteArray &text)
{
    // "Sun, 06 Nov 1994 08:49:37 GMT", read by its places: it stands in every answer, and QLocale would try it out in the local time zone.
    const QByteArray date = text.left(64).trimmed();
    static constexpr std::string_view Months = "JanFebMarAprMayJunJulAugSepOctNovDec";
    static constexpr std::string_view Shape = "AAA, 00 AAA 0000 00:00:00 GMT";
    if (std::cmp_not_equal(date.size(), Shape.size())) {
        return {};
    }
    for (size_t i = 0; i < Shape.size(); ++i) {
        const char c = date[static_cast<qsizetype>(i)];
        const bool fits = Shape[i] == '0' ? c >= '0' && c <= '9'
            : Shape[i] == 'A'             ? (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z')
                                          : c == Shape[i];
        if (!fits) {
            return {};
        }
    }
    const auto number = [&date](qsizetype at, qsizetype count) { return date.sliced(at, count).toInt(); };
    const size_t month = Months.find(std::string_view(date.constData() + 8, 3));
    if (month == std::string_view::npos || month % 3 != 0) {
        return {};
    }
    const QTime time(number(17, 2), number(20, 2), number(23, 2));
    return time.isValid() ? QDateTime(QDate(number(12, 4), static_cast<int>(month / 3) + 1, number(5, 2)), time, QTimeZone::UTC)
                          : QDateTime();
}

QCoro::Task<Exchange> exchange(QRestAccessManager &rest, Clock &clock, CancellationToken cancel, QNetworkRequest request, Method method,
                               QByteArray body, ExchangeLimits limits)
{
    Exchange out;
    out.sentAtUtc = clock.nowUtc();
    if (cancel.isCancelled()) {
        out.cancelled = true;
        co_return out;
    }
    const std::unique_ptr<QNetworkReply, QuietLaterDeleter> owner(start(rest, request, method, body));
    QNetworkReply *const reply = owner.get();

    // abort() ends the reply at once and with it this coroutine's wait, so it must not run inside a signal of an object that lives in this frame.
    const auto abort = [reply] { QMetaObject::invokeMethod(reply, &QNetworkReply::abort, Qt::QueuedConnection); };
    QTimer idle;
    idle.setSingleShot(true);
    idle.setInterval(limits.idle);
    QObject::connect(&idle, &QTimer::timeout, &idle, [&out, abort] {
        out.timedOut = true;
        abort();
    });
    QTimer whole;
    whole.setSingleShot(true);
    whole.setInterval(limits.total);
    QObject::connect(&whole, &QTimer::timeout, &idle, [&out, abort] {
        out.timedOut = out.tooSlow = true;
        abort();
    });
    cancel.onCancelled(&idle, [&out, abort] {
        out.cancelled = true;
        abort();
    });
    const auto checkSize = [&out, abort, reply, limits] {
        const qint64 announced = reply->header(QNetworkRequest::ContentLengthHeader).toLongLong();
        if (!out.tooLarge && (announced > limits.maxBytes || reply->bytesAvailable() > limits.maxBytes)) {
            out.tooLarge = true;
            abort();
        }
    };
    QObject::connect(reply, &QNetworkReply::metaDataChanged, &idle, checkSize);
    QObject::connect(reply, &QNetworkReply::readyRead, &idle, [&idle, checkSize] {
        idle.start();
        checkSize();
    });
    QObject::connect(reply, &QNetworkReply::uploadProgress, &idle, [&idle] { idle.start(); });
    QObject::connect(reply, &QNetworkReply::sslErrors, &idle, [&out](const QList<QSslError> &errors) {
        out.tlsFailed = true; // never ignored
        out.errorText = errors.isEmpty() ? QString() : errors.first().errorString();
    });
    idle.start();
    whole.start();
    co_await reply;
    idle.stop();
    whole.stop();

    out.receivedAtUtc = clock.nowUtc();
    out.status = reply->attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt();
    out.error = reply->error();
    out.headers = reply->headers();
    if (out.error == QNetworkReply::SslHandshakeFailedError) {
        out.tlsFailed = true;
    }
    if (out.errorText.isEmpty() && out.error != QNetworkReply::NoError) {
        out.errorText = reply->errorString();
    }
    if (reply->isOpen() && !out.cancelled && !out.timedOut && !out.tooLarge) {
        checkSize(); // whatever came with the last signal
        if (!out.tooLarge) {
            out.body = reply->readAll();
        }
    }
    co_return out;
}

} // namespace Orgtrace::Genesys
