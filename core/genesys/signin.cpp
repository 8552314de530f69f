#include "genesys/signin.h"

#include "base/clock.h"
#include "base/digest.h"
#include "genesys/apierror.h"
#include "genesys/exchange.h"
#include "json/value.h"

#include <QCoroFuture>
#include <QPromise>

using namespace Qt::StringLiterals;

namespace Orgtrace::Genesys {

using std::chrono::milliseconds;

namespace {
constexpr milliseconds RenewAgainAfter{30000};
constexpr qint64 WarnBeforeMs = 600'000, AskAgainBeforeMs = 30'000;

bool isHeaderSafe(std::string_view text)
{
    return !text.empty() && text.size() <= 16UL * 1024 && std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7f; });
}

QByteArray formValue(std::string_view text)
{
    return QUrl::toPercentEncoding(QString::fromUtf8(text.data(), static_cast<qsizetype>(text.size())));
}

QByteArray formValue(const QString &text)
{
    return QUrl::toPercentEncoding(text);
}

/// The service or the way to it is away for a moment; nothing was decided.
bool isPassing(ErrorCode code)
{
    return code == ErrorCode::Unreachable || code == ErrorCode::TimedOut || code == ErrorCode::Throttled || code == ErrorCode::ServerFailed;
}
} // namespace

SignIn::SignIn(SignInWire &wire, Clock &clock, Settings settings) :
    m_wire(wire), m_clock(clock), m_settings(std::move(settings)),
    m_memory(m_settings.memory ? m_settings.memory : std::make_shared<TokenMemory>())
{
}

bool SignIn::isTokenGood() const
{
    return !m_memory->token.isEmpty() && m_clock.monotonic() < m_memory->renewAt;
}

void SignIn::refused(quint64 number)
{
    if (m_memory->number == number) { // else another request renewed it meanwhile
        m_memory->token = {};
    }
}

QByteArray SignIn::basicCredentials() const
{
    return m_settings.clientId.toUtf8() + ':' + bytes(m_settings.clientSecret.view());
}

QString SignIn::clean(QString text) const
{
    const auto mask = [&text](std::string_view secret) {
        if (secret.size() >= 4) {
            text.replace(QString::fromUtf8(secret.data(), static_cast<qsizetype>(secret.size())), QStringLiteral("***"));
        }
    };
    mask(m_settings.clientSecret.view());
    mask(m_memory->token.view());
    mask(m_memory->refreshToken.view());
    mask(m_code.code.view());
    mask(m_code.verifier.view());
    mask(view(basicCredentials().toBase64()));
    for (QChar &c : text) {
        if (!c.isPrint()) {
            c = u' ';
        }
    }
    return text.simplified().left(400);
}

std::unexpected<Error> SignIn::fail(Error error, const QString &where) const
{
    return Error::make(error.code, clean(error.detail), clean(where));
}

Result<void> SignIn::checkSettings() const
{
    if (!isSafeBase(m_settings.endpoints.login) || !isSafeBase(m_settings.endpoints.api)) {
        return Error::make(ErrorCode::BadInput, QStringLiteral("Secrets are sent over https only, or to this machine."),
                           m_settings.endpoints.login.host());
    }
    if (isPerson() ? m_settings.clientId.isEmpty()
                   : m_settings.clientId.isEmpty() || m_settings.clientId.contains(u':') || m_settings.clientSecret.isEmpty()) {
        return Error::make(ErrorCode::BadInput,
                           isPerson() ? QStringLiteral("A client id is needed to sign in.")
                                      : QStringLiteral("A client id (without colon) and its secret are needed to sign in."));
    }
    return {};
}

Result<void> SignIn::take(const QByteArray &body, bool keepsRefreshToken)
{
    const auto document = Json::parse(view(body), {.maxBytes = 1024LL * 1024, .maxDepth = 32, .refuseDuplicateKeys = true});
    if (!document) {
        return Error::make(ErrorCode::BadResponse, QStringLiteral("the sign-in service answered with something that is not JSON"));
    }
    const Json::Value root = document->root();
    const std::string_view text = root["access_token"].string();
    const QString type = root["token_type"].toQString();
    if (!isHeaderSafe(text) || (!type.isEmpty() && type.compare(QLatin1StringView("bearer"), Qt::CaseInsensitive) != 0)) {
        return Error::make(ErrorCode::BadResponse, QStringLiteral("the sign-in service gave no usable bearer token"));
    }
    QByteArray copy = bytes(text);
    m_memory->token = Credentials::Secret::take(copy);
    ++m_memory->number;
    if (const std::string_view refresh = root["refresh_token"].string(); isPerson() && isHeaderSafe(refresh)) {
        QByteArray refreshCopy = bytes(refresh);
        m_memory->refreshToken = Credentials::Secret::take(refreshCopy);
    } else if (!keepsRefreshToken) {
        m_memory->refreshToken = {};
    }
    // L is the server's word; where it says nothing, the platform's shortest life. Renewed at min(0.75 L, L - 300 s), never before 0.5 L.
    constexpr qint64 Shortest = 300, Longest = qint64(450) * 86400;
    qint64 life = root["expires_in"].toInteger(Shortest);
    life = life > 0 ? std::min(life, Longest) : Shortest;
    const qint64 lifeMs = life * 1000;
    const bool needsPerson = isPerson() && m_memory->refreshToken.isEmpty();
    const qint64 renewMs
        = std::max(lifeMs / 2, needsPerson ? lifeMs - AskAgainBeforeMs : std::min(lifeMs * 3 / 4, lifeMs - qint64(300'000)));
    const milliseconds now = m_clock.monotonic();
    m_memory->renewAt = now + milliseconds(renewMs);
    m_memory->expiresAt = now + milliseconds(lifeMs);
    m_memory->warnAt = now + milliseconds(std::max(lifeMs / 2, lifeMs - WarnBeforeMs));
    m_memory->isWarned = !needsPerson;
    return {};
}

void SignIn::warnInTime()
{
    if (!m_memory->isWarned && m_clock.monotonic() >= m_memory->warnAt) {
        m_memory->isWarned = true;
        m_wire.expiring(std::chrono::duration_cast<std::chrono::seconds>(m_memory->expiresAt - m_clock.monotonic()).count());
    }
}

QCoro::Task<Result<void>> SignIn::ask(QByteArray form, bool isRefresh)
{
    QUrl url = m_settings.endpoints.login;
    url.setPath(url.path() + u"/oauth/token"_s);
    const QString where = QStringLiteral("POST ") + url.toDisplayString();
    for (int attempt = 1;; ++attempt) {
        QNetworkRequest asking = m_wire.request(url);
        QHttpHeaders headers = asking.headers();
        if (!isPerson()) { // a public client has nothing to prove itself by but the verifier
            headers.append(QHttpHeaders::WellKnownHeader::Authorization, QByteArray("Basic " + basicCredentials().toBase64()));
        }
        headers.append(QHttpHeaders::WellKnownHeader::ContentType, "application/x-www-form-urlencoded");
        asking.setHeaders(headers);
        auto going = m_wire.post(asking, form);
        const Exchange answer = co_await going;
        if (answer.isAnswered() && answer.status >= 200 && answer.status < 300) {
            const Result<void> taken = take(answer.body, isRefresh);
            if (!taken) {
                co_return fail(taken.error(), where);
            }
            co_return Result<void>();
        }
        if (answer.isAnswered() && answer.status >= 300 && answer.status < 400) {
            co_return fail({ErrorCode::RedirectRefused, QStringLiteral("the sign-in service redirects; the secret is not sent on"), {}},
                           where);
        }
        auto waiting = m_wire.waitForRetry(answer, attempt);
        const bool again = co_await waiting;
        if (m_wire.isCancelled()) {
            co_return fail({ErrorCode::Cancelled, QStringLiteral("Cancelled."), {}}, where);
        }
        if (!again) {
            const QString correlation = QString::fromLatin1(answer.header("ININ-Correlation-Id").left(100));
            const ErrorBody words = readErrorBody(answer.body);
            Error error = answer.isAnswered() ? signInError(answer.status, words, answer.body) : m_wire.transportError(answer);
            if (isPerson() && error.code == ErrorCode::WrongSecret && words.oauthError == QLatin1StringView("invalid_grant")) {
                error.code = ErrorCode::SignInRefused; // the code (used, late, another's) or the refresh token; there is no secret
            } else if (isPerson() && error.code == ErrorCode::WrongSecret) {
                error.detail += u" (is this the id of a client with the grant Code Authorization with PKCE?)"_s;
            }
            co_return fail(error, correlation.isEmpty() ? where : correlation);
        }
    }
}

QCoro::Task<Result<void>> SignIn::renewForPerson()
{
    if (!m_memory->refreshToken.isEmpty()) {
        auto refreshing = ask(QByteArray("grant_type=refresh_token&refresh_token=" + formValue(m_memory->refreshToken.view())
                                         + "&client_id=" + formValue(m_settings.clientId)),
                              true);
        const Result<void> outcome = co_await refreshing;
        const bool isRefused = !outcome
            && (outcome.error().code == ErrorCode::SignInRefused || outcome.error().code == ErrorCode::WrongSecret
                || outcome.error().code == ErrorCode::BadResponse || outcome.error().code == ErrorCode::Forbidden);
        if (!isRefused) {
            co_return outcome;
        }
        m_memory->refreshToken = {}; // spent or withdrawn: the person is asked instead
    }
    auto authorizing = m_settings.authorize();
    Result<AuthorizationCode> code = co_await authorizing;
    if (!code) {
        co_return fail(code.error(), code.error().where);
    }
    m_code = std::move(*code);
    auto asking = ask(QByteArray("grant_type=authorization_code&code=" + formValue(m_code.code.view())
                                 + "&code_verifier=" + formValue(m_code.verifier.view()) + "&client_id=" + formValue(m_settings.clientId)
                                 + "&redirect_uri=" + formValue(m_code.redirectUri)),
                      false);
    co_return co_await asking;
}

QCoro::Task<Result<void>> SignIn::renew()
{
    if (const Result<void> usable = checkSettings(); !usable) {
        co_return usable;
    }
    if (isPerson()) {
        auto renewing = renewForPerson();
        co_return co_await renewing;
    }
    auto asking = ask(QByteArrayLiteral("grant_type=client_credentials"), false);
    co_return co_await asking;
}

QCoro::Task<Result<void>> SignIn::ensure()
{
    if (isTokenGood()) {
        warnInTime();
        co_return Result<void>();
    }
    if (m_signingIn) {
        const QFuture<void> others = *m_signingIn;
        co_await others;
        co_return m_lastOutcome;
    }
    QPromise<void> promise;
    promise.start();
    m_signingIn = promise.future();
    auto renewing = renew();
    Result<void> outcome = co_await renewing;
    if (!outcome && !m_memory->token.isEmpty() && m_clock.monotonic() < m_memory->expiresAt && isPassing(outcome.error().code)) {
        // The old token still has life; a sign-in service that is away for a moment must not end a run.
        m_memory->renewAt = std::min(m_memory->expiresAt, m_clock.monotonic() + RenewAgainAfter);
        outcome = {};
    }
    m_lastOutcome = outcome;
    m_signingIn.reset();
    promise.finish();
    co_return outcome;
}

} // namespace Orgtrace::Genesys
