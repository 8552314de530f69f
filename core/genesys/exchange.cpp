#include "genesys/exchange.h"

#include "base/quietlater.h"

#include <QCoroNetworkReply>
#include <QLocale>
#include <QRestAccessManager>
#include <QSslError>
#include <QTimeZone>
#include <QTimer>

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
    const QString trimmed = QString::fromLatin1(text.left(64)).trimmed();
    QDateTime date = QLocale::c().toDateTime(trimmed, QStringLiteral("ddd, dd MMM yyyy HH:mm:ss 'GMT'"));
    date.setTimeZone(QTimeZone::UTC);
    return date;
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
