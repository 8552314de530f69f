#pragma once

#include "base/error.h"
#include "credentials/secret.h"
#include "genesys/endpoints.h"

#include <QCoroTask>
#include <QFuture>
#include <QNetworkRequest>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>

namespace Orgtrace {
class Clock;
}

namespace Orgtrace::Genesys {

struct Exchange;

/// What a person's consent in the browser gave: good for one exchange, by whoever has the verifier.
struct AuthorizationCode {
    Credentials::Secret code, verifier;
    QString redirectUri;
};

/// Brings a person to the sign-in page and waits for the answer; authorizeInBrowser() is the one that programs use.
using Authorize = std::function<QCoro::Task<Result<AuthorizationCode>>()>;

/// A session's tokens, nowhere but in memory. Clients that follow one another may share it, so that a person signs in once a session.
struct TokenMemory {
    Credentials::Secret token;
    Credentials::Secret refreshToken; ///< empty: none was given
    quint64 number = 0; ///< counts the tokens taken
    std::chrono::milliseconds warnAt{0}, renewAt{0}, expiresAt{0}; ///< by Clock::monotonic()
    bool isWarned = false;
};

/// What signing in needs of the client it works for. For core/genesys only.
class SignInWire
{
public:
    SignInWire() = default;
    virtual ~SignInWire() = default;
    Q_DISABLE_COPY_MOVE(SignInWire)
    [[nodiscard]] virtual QNetworkRequest request(const QUrl &url) const = 0;
    [[nodiscard]] virtual QCoro::Task<Exchange> post(QNetworkRequest request, QByteArray body) = 0;
    [[nodiscard]] virtual QCoro::Task<bool> waitForRetry(Exchange exchange, int attempt) = 0; ///< false: do not try again
    [[nodiscard]] virtual Error transportError(const Exchange &exchange) const = 0;
    [[nodiscard]] virtual bool isCancelled() const = 0;
    virtual void expiring(qint64 secondsLeft) = 0; ///< a person will have to sign in again
};

/// Gets tokens and keeps them alive: by client credentials, or for a person by authorization code with PKCE (API sections 1.2 and 1.3).
///
/// A token of life L is renewed at min(0.75 L, L - 300 s), never before 0.5 L. A person's session without refresh token cannot be renewed silently: it
/// warns at L - 600 s and asks the person again at L - 30 s, neither before 0.5 L. One renewal at a time however many wait.
/// Thread: the client's. Borrows wire and clock.
/// Errors: BadInput, WrongSecret, WrongRegion, IpNotAllowed, SignInRefused (the code or the person), Forbidden, RedirectRefused, BadResponse,
///   those of the transport, Cancelled. Their details hold no secret.
class SignIn final
{
public:
    struct Settings {
        Endpoints endpoints;
        QString clientId;
        Credentials::Secret clientSecret; ///< client credentials only
        Authorize authorize; ///< set: a person signs in
        std::shared_ptr<TokenMemory> memory; ///< null: one of its own
    };
    SignIn(SignInWire &wire, Clock &clock, Settings settings);

    [[nodiscard]] QCoro::Task<Result<void>> ensure(); ///< no request where a token is still good
    void refused(quint64 number); ///< 401: that token is of no use any more, unless it was renewed meanwhile
    [[nodiscard]] std::string_view token() const { return m_memory->token.view(); }
    [[nodiscard]] quint64 tokenNumber() const { return m_memory->number; }
    [[nodiscard]] bool isPerson() const { return m_settings.authorize != nullptr; }
    [[nodiscard]] QString clean(QString text) const; ///< free of secrets, of control characters, and short

private:
    [[nodiscard]] bool isTokenGood() const;
    void warnInTime();
    [[nodiscard]] QByteArray basicCredentials() const;
    [[nodiscard]] Result<void> checkSettings() const;
    [[nodiscard]] Result<void> take(const QByteArray &body, bool keepsRefreshToken);
    [[nodiscard]] QCoro::Task<Result<void>> renew();
    [[nodiscard]] QCoro::Task<Result<void>> renewForPerson();
    [[nodiscard]] QCoro::Task<Result<void>> ask(QByteArray form, bool isRefresh);
    [[nodiscard]] std::unexpected<Error> fail(Error error, const QString &where) const;

    SignInWire &m_wire;
    Clock &m_clock;
    const Settings m_settings;
    const std::shared_ptr<TokenMemory> m_memory;
    AuthorizationCode m_code; ///< the last one, so that it can be masked
    std::optional<QFuture<void>> m_signingIn;
    Result<void> m_lastOutcome;
};

} // namespace Orgtrace::Genesys
