#pragma once

#include <QByteArray>
#include <QList>
#include <QUrlQuery>

namespace Orgtrace::Sandbox {

/// A request and its answer as plain values: what decides needs no socket.
struct Request {
    QByteArray method; ///< "GET"
    QByteArray path; ///< percent-encoded, without the query
    QUrlQuery query;
    QByteArray authorization, contentType;
    QByteArray body;
};

struct Answer {
    int status = 200;
    QByteArray body;
    QByteArray contentType = "application/json";
    QList<std::pair<QByteArray, QByteArray>> headers;
};

/// The platform's ErrorBody. contextId equals the correlation id.
[[nodiscard]] Answer errorAnswer(int status, const QByteArray &code, const QString &message, const QByteArray &contextId);
[[nodiscard]] QByteArray errorCodeFor(int status); ///< "too.many.requests" for 429 …

} // namespace Orgtrace::Sandbox
