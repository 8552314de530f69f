#include "genesys/apiclient.h"

#include "base/digest.h"
#include "genesys/apierror.h"
#include "genesys/exchange.h"
#include "genesys/signin.h"
#include "genesys/turnstile.h"

#include <QRandomGenerator>
#include <QRestAccessManager>

using namespace Qt::StringLiterals;

namespace Orgtrace::Genesys {

using std::chrono::milliseconds;

namespace {
constexpr int MaxRedirects = 5;
constexpr int AttemptsAtFirstContact = 3;
constexpr milliseconds LongestSlice{250}; // how late a cancellation may be noticed while waiting

bool sameOrigin(const QUrl &left, const QUrl &right)
{
    const auto port = [](const QUrl &url) { return url.port(url.scheme() == QLatin1StringView("https") ? 443 : 80); };
    return left.scheme() == right.scheme() && left.host() == right.host() && port(left) == port(right);
}

QuotaClaim quotaOf(const Exchange &exchange)
{
    return {exchange.number("inin-ratelimit-allowed"), exchange.number("inin-ratelimit-count"), exchange.number("inin-ratelimit-reset")};
}

/// Retry-After as whole seconds, also where it came as a date.
QByteArray retryAfterSeconds(const Exchange &exchange)
{
    QByteArray raw = exchange.header("Retry-After").trimmed();
    if (raw.isEmpty() || (raw.front() >= '0' && raw.front() <= '9')) {
        return raw;
    }
    const QDateTime until = httpDate(raw);
    const QDateTime now = exchange.serverDate().isValid() ? exchange.serverDate() : exchange.receivedAtUtc;
    return until.isValid() ? QByteArray::number(std::max<qint64>(now.secsTo(until), 1)) : QByteArray();
}
} // namespace

ReplyLog::~ReplyLog() = default;

QByteArray methodName(Method method)
{
    switch (method) {
    case Method::Get: return "GET";
    case Method::Head: return "HEAD";
    case Method::Post: return "POST";
    case Method::Delete: return "DELETE";
    }
    return {};
}

struct ApiClient::Private final : SignInWire {
    Private(ApiClient *client, QNetworkAccessManager &network, Clock &theClock, Settings theSettings, CancellationToken theCancel) :
        q(client), rest(&network), clock(theClock), settings(std::move(theSettings)), cancel(std::move(theCancel)),
        turnstile(Pacer({.sharePercent = settings.quotaSharePercent}), clock, cancel),
        random(settings.jitterSeed != 0 ? QRandomGenerator(settings.jitterSeed) : QRandomGenerator(QRandomGenerator::system()->generate())),
        session(*this, clock, {settings.endpoints, settings.clientId, settings.clientSecret, settings.authorize, settings.tokens})
    {
        turnstile.setWaits([this](milliseconds wait) { Q_EMIT q->waitingForQuota(wait.count()); });
        QHttpHeaders common;
        common.append(QHttpHeaders::WellKnownHeader::Accept, "application/json");
        common.append(QHttpHeaders::WellKnownHeader::UserAgent, "Orgtrace/" ORGTRACE_VERSION);
        blank.setHeaders(common);
        blank.setAttribute(QNetworkRequest::RedirectPolicyAttribute, QNetworkRequest::ManualRedirectPolicy);
        blank.setAttribute(QNetworkRequest::CookieLoadControlAttribute, QNetworkRequest::Manual);
        blank.setAttribute(QNetworkRequest::CookieSaveControlAttribute, QNetworkRequest::Manual);
        blank.setAttribute(QNetworkRequest::AuthenticationReuseAttribute, QNetworkRequest::Manual);
        blank.setAttribute(QNetworkRequest::CacheLoadControlAttribute, QNetworkRequest::AlwaysNetwork);
        blank.setAttribute(QNetworkRequest::CacheSaveControlAttribute, false);
    }

    ApiClient *const q;
    QRestAccessManager rest;
    QNetworkRequest
        blank; ///< what all have in common; a QNetworkRequestFactory would read every root certificate of the system first, also where none is wanted
    Clock &clock;
    const Settings settings;
    const CancellationToken cancel;
    Turnstile turnstile;
    QRandomGenerator random;
    Counters counters;
    qint64 offsetMs = 0;

    SignIn session;
    bool hasAnswered = false; ///< anybody, ever: until then, an address is more likely wrong than down

    [[nodiscard]] std::unexpected<Error> fail(Error error, const QString &where) const
    {
        if (error.code == ErrorCode::Forbidden && session.isPerson()) {
            // A person's right is theirs and the client's scopes' at once (API section 1.5); the answer does not say which was missing.
            error.detail += u" (for a person, the OAuth client's scopes must allow it too)"_s;
        }
        return Error::make(error.code, session.clean(error.detail), session.clean(where));
    }

    [[nodiscard]] QNetworkRequest request(const QUrl &url) const override
    {
        QNetworkRequest out = blank;
        out.setUrl(url);
        // Configuration text packs far better than Qt's bomb guard expects; our own bound counts unpacked bytes.
        out.setDecompressedSafetyCheckThreshold(-1);
        return out;
    }

    [[nodiscard]] QCoro::Task<Exchange> exchangeOnce(QNetworkRequest request, Method method, QByteArray body);
    [[nodiscard]] QCoro::Task<void> wait(milliseconds delay);
    [[nodiscard]] QCoro::Task<bool> waitForRetry(Exchange exchange, int attempt) override;
    [[nodiscard]] QCoro::Task<Exchange> post(QNetworkRequest request, QByteArray body) override;
    [[nodiscard]] bool isCancelled() const override { return cancel.isCancelled(); }
    void expiring(qint64 secondsLeft) override { Q_EMIT q->signInExpiring(secondsLeft); }
    [[nodiscard]] QCoro::Task<Result<ApiReply>> send(ApiRequest request);
    [[nodiscard]] Result<std::pair<ApiRequest, QUrl>> redirected(const ApiRequest &request, const QUrl &from,
                                                                 const Exchange &exchange) const;
    [[nodiscard]] QUrl urlOf(const ApiRequest &request) const;
    [[nodiscard]] Error transportError(const Exchange &exchange) const override;
    void noteDate(const QDateTime &date, const QDateTime &sentAtUtc, const QDateTime &receivedAtUtc);
    [[nodiscard]] std::optional<Result<ApiReply>> replayed(const ApiRequest &request, const QString &where);
};

QUrl ApiClient::Private::urlOf(const ApiRequest &request) const
{
    QUrl url = settings.endpoints.api;
    url.setPath(url.path(QUrl::FullyEncoded) + QString::fromLatin1(request.path()), QUrl::TolerantMode);
    if (!request.query().isEmpty()) {
        url.setQuery(request.query());
    }
    return url;
}

void ApiClient::Private::noteDate(const QDateTime &date, const QDateTime &sentAtUtc, const QDateTime &receivedAtUtc)
{
    if (!date.isValid()) {
        return;
    }
    // The header says whole seconds: the server's clock was anywhere within that second, somewhere between sending and receiving.
    const qint64 least = receivedAtUtc.msecsTo(date);
    const qint64 most = sentAtUtc.msecsTo(date) + 999;
    offsetMs = least <= 0 && most >= 0 ? 0 : sentAtUtc.msecsTo(date) - sentAtUtc.msecsTo(receivedAtUtc) / 2;
}

/// What an interrupted run was answered. It says what the network would have said then: a refusal is an error here too.
std::optional<Result<ApiReply>> ApiClient::Private::replayed(const ApiRequest &request, const QString &where)
{
    std::optional<ApiReply> known = settings.replies && !request.isFresh() ? settings.replies->replay(request) : std::nullopt;
    const bool isGood = known && known->status >= 200 && known->status < 300;
    if (!known || (!isGood && known->status != 403 && known->status != 404)) {
        return std::nullopt;
    }
    noteDate(known->serverDate, known->sentAtUtc, known->receivedAtUtc);
    if (!isGood) {
        return Result<ApiReply>(
            fail(apiError(known->status, readErrorBody(known->body)), known->correlationId.isEmpty() ? where : known->correlationId));
    }
    known->isReplayed = true;
    return Result<ApiReply>(*std::move(known));
}

Error ApiClient::Private::transportError(const Exchange &exchange) const
{
    if (exchange.cancelled) {
        return {ErrorCode::Cancelled, QStringLiteral("Cancelled."), {}};
    }
    if (exchange.tooLarge) {
        return {ErrorCode::BadResponse, QStringLiteral("The answer is larger than 256 MB."), {}};
    }
    if (exchange.tlsFailed) {
        return {ErrorCode::TlsFailed, exchange.errorText, {}};
    }
    if (exchange.tooSlow) {
        return {ErrorCode::TimedOut,
                QStringLiteral("The answer was not whole after %1 s.").arg(double(settings.totalTimeout.count()) / 1000),
                {}};
    }
    if (exchange.timedOut) {
        return {ErrorCode::TimedOut, QStringLiteral("No byte came for %1 s.").arg(double(settings.timeout.count()) / 1000), {}};
    }
    if (exchange.error == QNetworkReply::TimeoutError) {
        return {ErrorCode::TimedOut, exchange.errorText, {}};
    }
    return {ErrorCode::Unreachable, exchange.errorText, {}};
}

QCoro::Task<Exchange> ApiClient::Private::exchangeOnce(QNetworkRequest request, Method method, QByteArray body)
{
    ++counters.requests;
    const ExchangeLimits limits{.idle = settings.timeout, .total = settings.totalTimeout};
    auto going = exchange(rest, clock, cancel, request, method, std::move(body), limits);
    Exchange out = co_await going;
    counters.bytes += out.body.size();
    hasAnswered = hasAnswered || out.status != 0;
    noteDate(out.serverDate(), out.sentAtUtc, out.receivedAtUtc);
    co_return out;
}

QCoro::Task<void> ApiClient::Private::wait(milliseconds delay)
{
    counters.waitedMs += delay.count();
    while (delay.count() > 0 && !cancel.isCancelled()) {
        const milliseconds slice = std::min(delay, LongestSlice);
        auto sleeping = clock.sleepFor(slice);
        co_await sleeping;
        delay -= slice;
    }
}

QCoro::Task<bool> ApiClient::Private::waitForRetry(Exchange exchange, int attempt)
{
    Attempt made;
    made.number = attempt;
    made.status = exchange.isAnswered() ? exchange.status : 0;
    made.connectionFailed = !exchange.isAnswered();
    made.neverRetry = exchange.cancelled || exchange.tooLarge || exchange.tlsFailed || exchange.error == QNetworkReply::ProtocolUnknownError
        || exchange.error == QNetworkReply::TooManyRedirectsError || exchange.error == QNetworkReply::InsecureRedirectError;
    made.retryAfter = retryAfterSeconds(exchange);
    made.body = exchange.body.left(4096);
    made.resetSeconds = exchange.number("inin-ratelimit-reset");
    RetryLimits limits = settings.retry;
    if (!hasAnswered) {
        limits.maxAttempts = std::min(limits.maxAttempts, AttemptsAtFirstContact);
    }
    const auto delay = retryDelay(made, limits, random.generateDouble());
    if (made.status == 429) {
        ++counters.throttled;
        turnstile.throttled(delay.value_or(milliseconds(0))); // the quota is everybody's: the other lanes hold back too
    }
    if (!delay) {
        co_return false;
    }
    ++counters.retries;
    Q_EMIT q->waiting(delay->count(), attempt, made.status);
    auto waiting = wait(*delay);
    co_await waiting;
    co_return true;
}

QCoro::Task<Exchange> ApiClient::Private::post(QNetworkRequest request, QByteArray body)
{
    auto going = exchangeOnce(request, Method::Post, std::move(body));
    co_return co_await going;
}

Result<std::pair<ApiRequest, QUrl>> ApiClient::Private::redirected(const ApiRequest &request, const QUrl &from,
                                                                   const Exchange &exchange) const
{
    const QByteArray location = exchange.header("Location");
    const QUrl to = from.resolved(QUrl::fromEncoded(location, QUrl::StrictMode));
    const QUrl &api = settings.endpoints.api;
    const QString base = api.path(QUrl::FullyEncoded);
    const QString path = to.path(QUrl::FullyEncoded);
    const bool keepsMethod = exchange.status == 307 || exchange.status == 308;
    if (location.isEmpty() || !to.isValid() || !to.userInfo().isEmpty() || !sameOrigin(to, api) || !path.startsWith(base)
        || (request.method() == Method::Post && !keepsMethod)) {
        return Error::make(ErrorCode::RedirectRefused,
                           u"redirect to "_s + (to.host().isEmpty() ? QStringLiteral("nowhere") : to.host()) + u" refused"_s);
    }
    auto next
        = ApiRequest::allow(request.method(), path.mid(base.size()).toLatin1(), QUrlQuery(to.query(QUrl::FullyEncoded)), request.body());
    if (!next) {
        return Error::make(ErrorCode::RedirectRefused, QStringLiteral("redirect to a path that is not on the list refused"));
    }
    return std::pair(std::move(*next), to.adjusted(QUrl::RemoveFragment));
}

QCoro::Task<Result<ApiReply>> ApiClient::Private::send(ApiRequest original)
{
    ApiRequest current = original;
    QUrl url = urlOf(current);
    const QString where = QString::fromLatin1(methodName(original.method()) + ' ' + original.path());
    int attempt = 1, hops = 0;
    bool renewed = false;
    QDateTime firstSent;

    if (std::optional<Result<ApiReply>> known = cancel.isCancelled() ? std::nullopt : replayed(original, where)) {
        co_return *std::move(known);
    }
    while (true) {
        if (cancel.isCancelled()) {
            co_return fail({ErrorCode::Cancelled, QStringLiteral("Cancelled."), {}}, where);
        }
        // Its turn first: a token checked before a long wait could be stale after it.
        auto passing = turnstile.pass();
        co_await passing;
        if (!firstSent.isValid()) {
            firstSent = clock.nowUtc();
        }
        auto signing = session.ensure();
        const Result<void> signedIn = co_await signing;
        if (!signedIn) {
            turnstile.left();
            co_return std::unexpected(signedIn.error());
        }
        const quint64 tokenUsed = session.tokenNumber();
        QNetworkRequest asking = request(url);
        QHttpHeaders headers = asking.headers();
        headers.append(QHttpHeaders::WellKnownHeader::Authorization, QByteArray("Bearer " + bytes(session.token())));
        if (current.method() == Method::Post) {
            headers.append(QHttpHeaders::WellKnownHeader::ContentType, "application/json");
        }
        asking.setHeaders(headers);
        auto going = exchangeOnce(asking, current.method(), current.body());
        Exchange answer = co_await going;
        turnstile.left(answer.isAnswered() ? answer.status : 0, quotaOf(answer));
        const ErrorBody words = answer.isAnswered() && answer.status >= 400 ? readErrorBody(answer.body) : ErrorBody();
        QString correlation = QString::fromLatin1(answer.header("ININ-Correlation-Id").left(100));
        if (correlation.isEmpty()) {
            correlation = words.contextId;
        }
        const QString place = correlation.isEmpty() ? where : correlation;

        ApiReply reply;
        reply.status = answer.status;
        reply.body = answer.body;
        reply.correlationId = correlation;
        reply.serverDate = answer.serverDate();
        reply.sentAtUtc = firstSent;
        reply.receivedAtUtc = answer.receivedAtUtc;
        reply.attempts = attempt;
        reply.quotaAllowed = answer.number("inin-ratelimit-allowed");
        reply.quotaUsed = answer.number("inin-ratelimit-count");
        reply.quotaResetSeconds = answer.number("inin-ratelimit-reset");
        if (answer.isAnswered() && settings.replies) {
            settings.replies->received(original, reply);
        }
        if (answer.isAnswered() && answer.status >= 200 && answer.status < 300) {
            co_return Result<ApiReply>(std::move(reply));
        }
        if (answer.isAnswered() && answer.status >= 300 && answer.status < 400) {
            auto next = redirected(current, url, answer);
            if (!next || ++hops > MaxRedirects) {
                co_return fail(next ? Error{ErrorCode::RedirectRefused, QStringLiteral("too many redirects"), {}} : next.error(), place);
            }
            current = std::move(next->first);
            url = std::move(next->second);
            continue;
        }
        if (answer.isAnswered() && answer.status == 401 && !renewed && words.code != QLatin1StringView("ip.not.authorized")) {
            renewed = true;
            session.refused(tokenUsed);
            continue;
        }
        auto waiting = waitForRetry(answer, attempt);
        const bool again = co_await waiting;
        if (!again) {
            co_return fail(answer.isAnswered() ? apiError(answer.status, words) : transportError(answer), place);
        }
        ++attempt;
        // A retry goes to what was asked first, not to where a hop led.
        current = original;
        url = urlOf(current);
    }
}

ApiClient::ApiClient(QNetworkAccessManager &network, Clock &clock, Settings settings, CancellationToken cancel, QObject *parent) :
    QObject(parent), d(std::make_unique<Private>(this, network, clock, std::move(settings), std::move(cancel)))
{
}

ApiClient::~ApiClient() = default;

QuotaState ApiClient::quota() const
{
    return d->turnstile.quota();
}

QCoro::Task<Result<void>> ApiClient::signIn()
{
    auto signing = d->session.ensure();
    co_return co_await signing;
}

QCoro::Task<Result<ApiReply>> ApiClient::send(ApiRequest request)
{
    auto sending = d->send(std::move(request));
    co_return co_await sending;
}

ApiClient::Counters ApiClient::counters() const
{
    Counters counters = d->counters;
    counters.waitedMs += d->turnstile.waitedMs();
    return counters;
}

void ApiClient::setQuotaShare(int percent)
{
    d->turnstile.setShare(percent);
}

qint64 ApiClient::serverClockOffsetMs() const
{
    return d->offsetMs;
}

} // namespace Orgtrace::Genesys
