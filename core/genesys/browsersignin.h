#pragma once

#include "base/cancellation.h"
#include "genesys/signin.h"

#include <QUrl>

namespace Orgtrace::Genesys {

/// Where the sign-in page leads back to unless another port is set. Below the ports that systems hand out by themselves.
inline constexpr quint16 DefaultRedirectPort = 28657;

/// "http://localhost:28657/": must be registered with the OAuth client, letter by letter.
[[nodiscard]] QString redirectUri(quint16 port);

/// Verifier, its challenge (S256) and the state of one sign-in, all new. 256 random bits each from libsodium.
struct Pkce {
    Credentials::Secret verifier; ///< 43 unreserved characters
    QByteArray challenge, state;
    [[nodiscard]] static Pkce make();
};

/// The page a person signs in at (API section 1.3).
[[nodiscard]] QUrl authorizeUrl(const Endpoints &endpoints, const QString &clientId, const QString &redirectUri, const Pkce &pkce);

struct BrowserSignIn {
    Endpoints endpoints;
    QString clientId;
    quint16 port = DefaultRedirectPort; ///< 0: any free one, for tests
    std::chrono::milliseconds timeout = std::chrono::minutes(5);
    std::function<void(const QUrl &url)> show; ///< open a browser there, or tell the person to
    std::function<void(const QString &why)> refused; ///< an answer was turned away (RedirectListener); the waiting goes on
    std::function<void()> ended; ///< answered, failed or cancelled: what show() put up can go
};

/// Listens first, then shows the page and waits for the redirect. The listener is closed when this returns.
/// Errors: BadInput (no client id, plain http, port taken), SignInRefused, BadResponse, TimedOut, Cancelled.
[[nodiscard]] QCoro::Task<Result<AuthorizationCode>> authorizeInBrowser(BrowserSignIn settings, CancellationToken cancel);

} // namespace Orgtrace::Genesys
