#pragma once

#include "base/cancellation.h"
#include "base/clock.h"
#include "base/error.h"
#include "credentials/secret.h"
#include "genesys/endpoints.h"
#include "genesys/pacer.h"
#include "genesys/retry.h"
#include "genesys/signin.h"

#include <QCoroTask>
#include <QDateTime>
#include <QNetworkAccessManager>
#include <QObject>
#include <QUrlQuery>

#include <memory>

namespace Orgtrace::Genesys {

enum class Method { Get, Head, Post, Delete };

/// A request that may be sent at all. It can only be made through allow(): one list holds every method and path (design, rule 2).
class ApiRequest
{
public:
    /// @param path absolute, "/api/v2/users"; ids in it already percent-encoded by pathWithId().
    /// Errors: RequestRefused for anything not on the list (GETs of /api/v2/…, POST audits/query and …/realtime, notification channels).
    [[nodiscard]] static Result<ApiRequest> allow(Method method, const QByteArray &path, const QUrlQuery &query = {},
                                                  const QByteArray &jsonBody = {});
    [[nodiscard]] Method method() const { return m_method; }
    [[nodiscard]] const QByteArray &path() const { return m_path; }
    [[nodiscard]] const QUrlQuery &query() const { return m_query; }
    [[nodiscard]] const QByteArray &body() const { return m_body; }

    /// The same request, to be answered by the platform itself whatever a ReplyLog knows.
    [[nodiscard]] ApiRequest fresh() const
    {
        ApiRequest out = *this;
        out.m_isFresh = true;
        return out;
    }
    [[nodiscard]] bool isFresh() const { return m_isFresh; }

private:
    ApiRequest() = default;
    bool m_isFresh = false;
    Method m_method = Method::Get;
    QByteArray m_path;
    QUrlQuery m_query;
    QByteArray m_body;
};

/// "{id}" in the template replaced by the id, percent-encoded whole; an id of "..", "." or "" is refused (BadInput).
[[nodiscard]] Result<QByteArray> pathWithId(const QByteArray &pathTemplate, const QString &id);

struct ApiReply {
    int status = 0;
    QByteArray body;
    QString correlationId;
    QDateTime serverDate; ///< the Date header; invalid where missing
    QDateTime sentAtUtc; ///< by the clock
    QDateTime receivedAtUtc;
    int attempts = 1;
    bool isReplayed = false; ///< from a ReplyLog; the times are those of then
    std::optional<int> quotaAllowed, quotaUsed, quotaResetSeconds;
};

/// Stands in front of the network: may know the answer already, and is told every answer that comes. Answers of the sign-in service never get here.
/// Thread: the client's; neither may block.
class ReplyLog
{
public:
    ReplyLog() = default;
    virtual ~ReplyLog();
    Q_DISABLE_COPY_MOVE(ReplyLog)

    /// The answer an interrupted run got to this request; each is handed out once, in the order they came. The client takes 2xx, 403 and 404 only and asks the
    /// network for everything else.
    [[nodiscard]] virtual std::optional<ApiReply> replay(const ApiRequest &request) = 0;
    /// Every whole answer of the API, whatever its status.
    virtual void received(const ApiRequest &request, const ApiReply &reply) = 0;
};
[[nodiscard]] QByteArray methodName(Method method); ///< "GET"

/// Read-only client of one organisation: signs in by genesys/signin.h (client credentials, or a person), sends allowed requests, retries by retryDelay(), follows redirects by hand (each
/// hop checked again, only within the configured origin), keeps the token in memory only. Every request to the API waits for its turn in the quota (Pacer);
/// those that ask for a token do not, as the sign-in service counts for itself.
///
/// Thread: the creator's. Borrows network and clock. Body size bound: 256 MB. Time-outs: 60 s without a byte, 3 min for a whole answer.
/// Errors: WrongSecret, WrongRegion, IpNotAllowed, SignInRefused, Unauthorised (401 after one fresh token), Forbidden, NotOffered (404), StaleCursor (400 naming a
///   cursor), Throttled, ServerFailed, Unreachable, TlsFailed, TimedOut, RedirectRefused, BadResponse, Cancelled.
/// `detail` never holds a secret or token; `where` is the correlation id, or method and path.
class ApiClient final : public QObject
{
    Q_OBJECT
public:
    struct Settings {
        Endpoints endpoints;
        QString clientId;
        Credentials::Secret clientSecret;
        Authorize authorize; ///< set: a person signs in, by authorization code with PKCE; there is no client secret then
        std::shared_ptr<TokenMemory> tokens; ///< null: this client's own
        std::shared_ptr<ReplyLog> replies; ///< null: everything is asked of the network, and nobody is told
        RetryLimits retry;
        quint32 jitterSeed = 0; ///< 0: from the system
        std::chrono::milliseconds timeout{60000}; ///< without a byte
        std::chrono::milliseconds totalTimeout{180000}; ///< of one answer, however steadily it drips
        int quotaSharePercent = 40; ///< of the quota, left to the organisation's other integrations; 0 … 90
    };
    ApiClient(QNetworkAccessManager &network, Clock &clock, Settings settings, CancellationToken cancel = {}, QObject *parent = nullptr);
    ~ApiClient() override;

    [[nodiscard]] QCoro::Task<Result<void>> signIn(); ///< no request where a token is still good; one at a time however many wait
    [[nodiscard]] QCoro::Task<Result<ApiReply>> send(ApiRequest request);

    struct Counters {
        qint64 requests = 0, retries = 0, bytes = 0, throttled = 0;
        qint64 waitedMs = 0;
    };
    [[nodiscard]] Counters counters() const;
    [[nodiscard]] QuotaState quota() const;
    void setQuotaShare(int percent); ///< as Settings::quotaSharePercent, from the next request on
    [[nodiscard]] qint64 serverClockOffsetMs() const; ///< server minus ours, from the last Date header

Q_SIGNALS:
    void waiting(qint64 ms, int attempt, int status); ///< before a retry; status 0: no answer had come
    void waitingForQuota(qint64 ms); ///< the window's share is used up: requests go on then; 0: they do
    void signInExpiring(qint64 secondsLeft); ///< once a session that only a person can renew

private:
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace Orgtrace::Genesys
