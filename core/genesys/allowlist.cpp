#include "genesys/apiclient.h"

#include <algorithm>

namespace Orgtrace::Genesys {

namespace {
constexpr QByteArrayView ApiRoot = "/api/v2/";

bool isSegment(QByteArrayView segment)
{
    if (segment.isEmpty() || segment.size() > 2000) {
        return false;
    }
    const auto isHex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); };
    for (qsizetype i = 0; i < segment.size(); ++i) {
        const char c = segment[i];
        if (c == '%') {
            if (i + 2 >= segment.size() || !isHex(segment[i + 1]) || !isHex(segment[i + 2])) {
                return false;
            }
            i += 2;
            continue;
        }
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_'
            || c == '~' || c == ':' || c == '@' || c == '!' || c == '$' || c == '\'' || c == '(' || c == ')' || c == '*' || c == '+'
            || c == ',' || c == '=' || c == ';';
        if (!plain) {
            return false;
        }
    }
    const QByteArray decoded = QByteArray::fromPercentEncoding(segment.toByteArray());
    return decoded != "." && decoded != ".." && !decoded.contains('\0');
}

/// The segments below /api/v2/, or none where the path is not of that shape.
QByteArrayList apiSegments(const QByteArray &path)
{
    if (!path.startsWith(ApiRoot)) {
        return {};
    }
    QByteArrayList segments = path.mid(ApiRoot.size()).split('/');
    return std::ranges::all_of(segments, [](const QByteArray &segment) { return isSegment(segment); }) ? segments : QByteArrayList();
}

/// The whole list of what is not a plain reading.
bool isListed(Method method, const QByteArrayList &segments)
{
    const QByteArray all = segments.join('/');
    const bool channel
        = segments.size() == 4 && segments[0] == "notifications" && segments[1] == "channels" && segments[3] == "subscriptions";
    switch (method) {
    case Method::Get:
    case Method::Head: return true;
    case Method::Post: return all == "audits/query" || all == "audits/query/realtime" || all == "notifications/channels" || channel;
    case Method::Delete: return channel;
    }
    return false;
}
} // namespace

Result<ApiRequest> ApiRequest::allow(Method method, const QByteArray &path, const QUrlQuery &query, const QByteArray &jsonBody)
{
    const QByteArrayList segments = apiSegments(path);
    const bool bodyFits = method == Method::Post || jsonBody.isEmpty();
    if (segments.isEmpty() || !isListed(method, segments) || !bodyFits) {
        return Error::make(ErrorCode::RequestRefused, QStringLiteral("This request is not on the list of what Orgtrace may ever send."),
                           QString::fromLatin1(path.left(200)));
    }
    ApiRequest request;
    request.m_method = method;
    request.m_path = path;
    request.m_query = query;
    request.m_body = jsonBody;
    return request;
}

Result<QByteArray> pathWithId(const QByteArray &pathTemplate, const QString &id)
{
    static constexpr QByteArrayView Hole = "{id}";
    const qsizetype at = pathTemplate.indexOf(Hole);
    if (at < 0 || pathTemplate.indexOf(Hole, at + 1) >= 0) {
        return Error::make(ErrorCode::BadInput, QStringLiteral("The path must name {id} exactly once."), QString::fromUtf8(pathTemplate));
    }
    if (id.isEmpty() || id == QLatin1StringView(".") || id == QLatin1StringView("..") || id.contains(QChar(0)) || id.size() > 600) {
        return Error::make(ErrorCode::BadInput, QStringLiteral("This id cannot stand in a path."), id.left(100));
    }
    QByteArray path = pathTemplate;
    return path.replace(at, Hole.size(), QUrl::toPercentEncoding(id));
}

} // namespace Orgtrace::Genesys
