#include "genesys/apierror.h"

#include "base/digest.h"
#include "json/value.h"

using namespace Qt::StringLiterals;

namespace Orgtrace::Genesys {

namespace {
void collectPermissions(Json::Value params, QStringList &out)
{
    for (const Json::Member member : params.members()) {
        const QString text = member.value.toQString().left(2000);
        QString word;
        for (qsizetype i = 0; i <= text.size(); ++i) {
            const QChar c = i < text.size() ? text[i] : QChar(u' ');
            if (c.isLetterOrNumber() || c == u':' || c == u'_' || c == u'-' || c == u'*') {
                word.append(c);
                continue;
            }
            if (word.count(u':') == 2 && !word.startsWith(u':') && !word.endsWith(u':') && !out.contains(word)) {
                out.append(word);
            }
            word.clear();
        }
    }
}

QString words(int status, const ErrorBody &body)
{
    QString text = QStringLiteral("HTTP %1").arg(status);
    if (!body.code.isEmpty()) {
        text += u' ' + body.code;
    } else if (!body.oauthError.isEmpty()) {
        text += u' ' + body.oauthError;
    }
    const QString &message = body.message.isEmpty() ? body.oauthDescription : body.message;
    if (!message.isEmpty()) {
        text += u": "_s + message;
    }
    return text;
}
} // namespace

ErrorBody readErrorBody(const QByteArray &body)
{
    ErrorBody out;
    if (body.isEmpty() || body.size() > 1024LL * 1024) {
        return out;
    }
    const auto document = Json::parse(view(body), {.maxBytes = 1024LL * 1024, .maxDepth = 32, .refuseDuplicateKeys = false});
    if (!document || !document->root().isObject()) {
        return out;
    }
    const Json::Value root = document->root();
    const auto text = [&](std::string_view key) { return root[key].toQString().left(500); };
    out.code = text("code");
    out.message = text("message");
    out.contextId = text("contextId").left(100);
    out.oauthError = text("error");
    out.oauthDescription = text("error_description");
    if (out.oauthDescription.isEmpty()) {
        out.oauthDescription = text("description");
    }
    collectPermissions(root["messageParams"], out.permissions);
    return out;
}

Error apiError(int status, const ErrorBody &body)
{
    const QString detail = words(status, body);
    switch (status) {
    case 401: return {body.code == QLatin1StringView("ip.not.authorized") ? ErrorCode::IpNotAllowed : ErrorCode::Unauthorised, detail, {}};
    case 403:
        if (body.code == QLatin1StringView("ip.not.authorized")) {
            return {ErrorCode::IpNotAllowed, detail, {}};
        }
        if (!body.permissions.isEmpty()) {
            return {
                ErrorCode::Forbidden, u"missing permission "_s + body.permissions.join(QStringLiteral(", ")) + u" ("_s + detail + u')', {}};
        }
        return {ErrorCode::Forbidden, detail, {}};
    case 404: return {ErrorCode::NotOffered, detail, {}};
    case 408: return {ErrorCode::TimedOut, detail, {}};
    case 429: return {ErrorCode::Throttled, detail, {}};
    default: break;
    }
    if (status == 400 && (detail.contains(QLatin1StringView("cursor"), Qt::CaseInsensitive))) {
        return {ErrorCode::StaleCursor, detail, {}};
    }
    return {status >= 500 ? ErrorCode::ServerFailed : ErrorCode::BadResponse, detail, {}};
}

Error signInError(int status, const ErrorBody &body, const QByteArray &raw)
{
    if (status == 429 || status == 408 || status >= 500) {
        return apiError(status, body);
    }
    const QString detail = u"sign-in refused: "_s + words(status, body);
    const QByteArray start = raw.left(20000).toLower();
    if (body.code == QLatin1StringView("ip.not.authorized") || start.contains("ip.not.authorized")) {
        return {ErrorCode::IpNotAllowed, detail, {}};
    }
    if (body.oauthError == QLatin1StringView("invalid_client")) {
        return {ErrorCode::WrongSecret, detail, {}};
    }
    static const QByteArrayList unknown{"unknown client", "client not found",  "client_not_found",   "client does not exist",
                                        "no such client", "invalid client id", "unrecognized client"};
    for (const QByteArray &phrase : unknown) {
        if (start.contains(phrase)) {
            return {ErrorCode::WrongRegion, detail, {}};
        }
    }
    if (status == 401 || body.oauthError == QLatin1StringView("unauthorized_client")
        || body.oauthError == QLatin1StringView("invalid_grant")) {
        return {ErrorCode::WrongSecret, detail, {}};
    }
    if (status == 403) {
        return {ErrorCode::Forbidden, detail, {}};
    }
    return {ErrorCode::BadResponse, u"this address does not answer as a sign-in service: "_s + words(status, body), {}};
}

} // namespace Orgtrace::Genesys
