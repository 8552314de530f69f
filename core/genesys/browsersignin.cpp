#include "genesys/browsersignin.h"

#include "base/digest.h"
#include "base/quietlater.h"
#include "genesys/redirectlistener.h"

#include <QUrlQuery>

using namespace Qt::StringLiterals;

namespace Orgtrace::Genesys {

namespace {
constexpr QByteArray::Base64Options UrlBase64 = QByteArray::Base64UrlEncoding | QByteArray::OmitTrailingEquals;

QByteArray randomText()
{
    const Credentials::Secret random = Credentials::Secret::random(32);
    return bytes(random.view()).toBase64(UrlBase64);
}
} // namespace

QString redirectUri(quint16 port)
{
    return u"http://localhost:%1/"_s.arg(port);
}

Pkce Pkce::make()
{
    Pkce pkce;
    QByteArray verifier = randomText();
    pkce.challenge = sha256(view(verifier)).toBase64(UrlBase64);
    pkce.verifier = Credentials::Secret::take(verifier);
    pkce.state = randomText();
    return pkce;
}

QUrl authorizeUrl(const Endpoints &endpoints, const QString &clientId, const QString &redirectUri, const Pkce &pkce)
{
    const auto value = [](const QString &text) { return QString::fromLatin1(QUrl::toPercentEncoding(text)); };
    QUrlQuery query;
    query.addQueryItem(u"response_type"_s, u"code"_s);
    query.addQueryItem(u"client_id"_s, value(clientId));
    query.addQueryItem(u"redirect_uri"_s, value(redirectUri));
    query.addQueryItem(u"code_challenge"_s, QString::fromLatin1(pkce.challenge));
    query.addQueryItem(u"code_challenge_method"_s, u"S256"_s);
    query.addQueryItem(u"state"_s, QString::fromLatin1(pkce.state));
    QUrl url = endpoints.login;
    url.setPath(url.path() + u"/oauth/authorize"_s);
    url.setQuery(query);
    return url;
}

QCoro::Task<Result<AuthorizationCode>> authorizeInBrowser(BrowserSignIn settings, CancellationToken cancel)
{
    if (!isSafeBase(settings.endpoints.login) || settings.clientId.isEmpty()) {
        co_return Error::make(ErrorCode::BadInput, u"signing in needs a client id, and https or this machine"_s,
                              settings.endpoints.login.host());
    }
    if (cancel.isCancelled()) {
        co_return Error::make(ErrorCode::Cancelled, u"Cancelled."_s);
    }
    Pkce pkce = Pkce::make();
    const std::unique_ptr<RedirectListener, QuietLaterDeleter> listener(new RedirectListener(pkce.state));
    const Result<void> listening = listener->listen(settings.port);
    if (!listening) {
        co_return std::unexpected(listening.error());
    }
    if (settings.refused) {
        QObject::connect(listener.get(), &RedirectListener::refused, listener.get(), settings.refused);
    }
    AuthorizationCode out;
    out.redirectUri = redirectUri(listener->port());
    auto waiting = listener->answer(settings.timeout, cancel);
    if (settings.show) {
        settings.show(authorizeUrl(settings.endpoints, settings.clientId, out.redirectUri, pkce));
    }
    const Result<Credentials::Secret> code = co_await waiting;
    if (settings.ended) {
        settings.ended();
    }
    if (!code) {
        co_return std::unexpected(code.error());
    }
    out.code = *code;
    out.verifier = std::move(pkce.verifier);
    co_return Result<AuthorizationCode>(std::move(out));
}

} // namespace Orgtrace::Genesys
