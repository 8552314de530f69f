#include "genesys/apiclient.h"
#include "support/scriptednetwork.h"

#include <QCoroTask>
#include <QSignalSpy>
#include <QTcpServer>
#include <QTcpSocket>
#include <QTimer>
#include <QtTest>

using namespace Qt::StringLiterals;
using namespace Orgtrace;
using Genesys::ApiClient;
using Genesys::ApiReply;
using Genesys::ApiRequest;
using Genesys::Method;
using Test::ScriptedExchange;
using Test::ScriptedNetwork;

namespace {
const QString Base = u"http://127.0.0.1:9"_s;
constexpr auto SecretText = "s3cret-of-the-client";

ScriptedExchange token(const QByteArray &value = "token-one", int expiresIn = 86400)
{
    ScriptedExchange exchange;
    exchange.method = "POST";
    exchange.url = Base + u"/oauth/token"_s;
    exchange.expectBody = "grant_type=client_credentials";
    exchange.expectHeaders = {{"Authorization", "Basic " + QByteArray("client-1:s3cret-of-the-client").toBase64()},
                              {"Content-Type", "application/x-www-form-urlencoded"}};
    exchange.body = "{\"access_token\":\"" + value + "\",\"token_type\":\"bearer\",\"expires_in\":" + QByteArray::number(expiresIn) + "}";
    return exchange;
}

ScriptedExchange answer(int status, const QByteArray &body = "{}", const QByteArray &bearer = "token-one",
                        const QString &path = u"/api/v2/users"_s)
{
    ScriptedExchange exchange;
    exchange.url = Base + path;
    exchange.status = status;
    exchange.body = body;
    exchange.expectHeaders = {{"Authorization", "Bearer " + bearer}};
    return exchange;
}

struct Rig {
    ScriptedNetwork network;
    ManualClock clock;
    CancellationSource cancel;
    std::unique_ptr<ApiClient> client;
    explicit Rig(std::function<void(ApiClient::Settings &)> change = {})
    {
        network.setOrdered(true);
        ApiClient::Settings settings;
        settings.endpoints = {u"custom"_s, QUrl(Base), QUrl(Base)};
        settings.clientId = u"client-1"_s;
        QByteArray secret = SecretText;
        settings.clientSecret = Credentials::Secret::take(secret);
        settings.jitterSeed = 7;
        if (change) {
            change(settings);
        }
        client = std::make_unique<ApiClient>(network, clock, settings, cancel.token());
    }
    Result<ApiReply> get(const QByteArray &path = "/api/v2/users", const QUrlQuery &query = {})
    {
        return QCoro::waitFor(client->send(*ApiRequest::allow(Method::Get, path, query)));
    }
};
} // namespace

#define NO_PROBLEMS(rig) QVERIFY2((rig).network.problems().isEmpty(), qPrintable((rig).network.problems().join(u'\n')))

class TestApiClient : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void signsInAndSends();
    void signInFailures_data();
    void signInFailures();
    void statusesBecomeErrors_data();
    void statusesBecomeErrors();
    void aRefusedTokenIsRenewedOnce();
    void aTokenRefusedTwiceEndsIt();
    void tokensAreRenewedBeforeTheyExpire_data();
    void tokensAreRenewedBeforeTheyExpire();
    void anAbsentSignInServiceDoesNotEndALivingToken();
    void oneSignInHoweverManyWait();
    void retriesAreCountedAndWaitedByTheClock();
    void aHangEndsAsTimeOut();
    void anAnswerThatDripsEndsAsTimeOut();
    void allLanesShareTheQuota();
    void aBrokenConnectionIsTriedAgain();
    void tlsTroubleIsNeverTriedAgain();
    void redirects_data();
    void redirects();
    void cancellation_data();
    void cancellation();
    void anEndlessBodyIsRefused();
    void theServersClockIsNoted();
    void queryValuesStayWhatTheyWere();
    void secretsGoNowhereElse();
};

void TestApiClient::signsInAndSends()
{
    Rig rig;
    ScriptedExchange users = answer(200, "{\"a\":1}");
    users.headers = {{"ININ-Correlation-Id", "corr-1"},
                     {"inin-ratelimit-allowed", "300"},
                     {"inin-ratelimit-count", "12"},
                     {"inin-ratelimit-reset", "31"}};
    rig.network.expect(token()).expect(users).expect(answer(200));
    const auto reply = rig.get();
    QVERIFY2(reply, qPrintable(reply ? QString() : reply.error().detail));
    QCOMPARE(reply->body, QByteArray("{\"a\":1}"));
    QCOMPARE(reply->correlationId, u"corr-1"_s);
    QCOMPARE(reply->quotaAllowed, 300);
    QCOMPARE(reply->quotaUsed, 12);
    QCOMPARE(reply->quotaResetSeconds, 31);
    QCOMPARE(reply->attempts, 1);
    QVERIFY(rig.get()); // the token is kept
    QCOMPARE(rig.client->counters().requests, 3);
    NO_PROBLEMS(rig);
}

void TestApiClient::signInFailures_data()
{
    QTest::addColumn<int>("status");
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<QString>("expected");
    QTest::newRow("a wrong secret") << 400 << QByteArray(R"({"error":"invalid_client","error_description":"client authentication failed"})")
                                    << u"wrong-secret"_s;
    QTest::newRow("a wrong secret by 401") << 401 << QByteArray(R"({"error":"invalid_client","description":"x"})") << u"wrong-secret"_s;
    QTest::newRow("a bare 401") << 401 << QByteArray() << u"wrong-secret"_s;
    QTest::newRow("another region's page in HTML") << 400 << QByteArray("<html><body>Unknown client</body></html>") << u"wrong-region"_s;
    QTest::newRow("another region's error") << 401 << QByteArray(R"({"error":"invalid_request","error_description":"Client not found"})")
                                            << u"wrong-region"_s;
    QTest::newRow("an address outside the allowlist")
        << 401 << QByteArray(R"({"code":"ip.not.authorized","message":"no"})") << u"ip-not-allowed"_s;
    QTest::newRow("a host that is no sign-in service") << 404 << QByteArray("<html>nothing</html>") << u"bad-response"_s;
    QTest::newRow("success that is HTML") << 200 << QByteArray("<html>hello</html>") << u"bad-response"_s;
    QTest::newRow("success without a token") << 200 << QByteArray("{}") << u"bad-response"_s;
    QTest::newRow("a token that would break a header") << 200 << QByteArray(R"({"access_token":"a\r\nX: y"})") << u"bad-response"_s;
    QTest::newRow("another kind of token") << 200 << QByteArray(R"({"access_token":"abc","token_type":"mac"})") << u"bad-response"_s;
    QTest::newRow("the secret is not sent after a redirect") << 302 << QByteArray() << u"redirect-refused"_s;
    QTest::newRow("a secret echoed by the server is masked")
        << 400 << QByteArray(R"({"error":"invalid_client","error_description":"bad s3cret-of-the-client"})") << u"wrong-secret"_s;
}

void TestApiClient::signInFailures()
{
    QFETCH(int, status);
    QFETCH(QByteArray, body);
    QFETCH(QString, expected);
    Rig rig;
    ScriptedExchange exchange = token();
    exchange.status = status;
    exchange.body = body;
    exchange.headers = {{"Location", "http://127.0.0.2/oauth/token"}};
    rig.network.expect(exchange);
    const auto outcome = QCoro::waitFor(rig.client->signIn());
    QVERIFY(!outcome);
    QCOMPARE(errorCodeName(outcome.error().code), expected);
    QVERIFY2(!outcome.error().detail.contains(QLatin1StringView(SecretText)), qPrintable(outcome.error().detail));
    NO_PROBLEMS(rig);
}

void TestApiClient::statusesBecomeErrors_data()
{
    QTest::addColumn<int>("status");
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<QString>("expected");
    QTest::addColumn<QString>("says");
    QTest::newRow("a missing permission is named")
        << 403
        << QByteArray(
               R"({"code":"missing.permissions","message":"no","contextId":"ctx-9","messageParams":{"permissions":"[routing:queue:view]"}})")
        << u"forbidden"_s << u"missing permission routing:queue:view"_s;
    QTest::newRow("403 with nothing in it") << 403 << QByteArray() << u"forbidden"_s << u"403"_s;
    QTest::newRow("403 in HTML") << 403 << QByteArray("<html>") << u"forbidden"_s << u"403"_s;
    QTest::newRow("a feature this organisation lacks")
        << 404 << QByteArray(R"({"code":"not.found"})") << u"not-offered"_s << u"not.found"_s;
    QTest::newRow("a stale cursor") << 400 << QByteArray(R"({"code":"bad.request","message":"The Cursor has expired"})")
                                    << u"stale-cursor"_s << QString();
    QTest::newRow("a bad request") << 400 << QByteArray(R"({"code":"bad.request","message":"no"})") << u"bad-response"_s << QString();
    QTest::newRow("the caller's address") << 401 << QByteArray(R"({"code":"ip.not.authorized"})") << u"ip-not-allowed"_s << QString();
    QTest::newRow("not implemented") << 501 << QByteArray() << u"server-failed"_s << QString();
    QTest::newRow("a token echoed by the server is masked")
        << 403 << QByteArray(R"({"message":"token-one may not"})") << u"forbidden"_s << u"*** may not"_s;
}

void TestApiClient::statusesBecomeErrors()
{
    QFETCH(int, status);
    QFETCH(QByteArray, body);
    QFETCH(QString, expected);
    QFETCH(QString, says);
    Rig rig;
    rig.network.expect(token()).expect(answer(status, body));
    const auto reply = rig.get();
    QVERIFY(!reply);
    QCOMPARE(errorCodeName(reply.error().code), expected);
    QVERIFY2(reply.error().detail.contains(says), qPrintable(reply.error().detail));
    QVERIFY(!reply.error().detail.contains(u"token-one"));
    QCOMPARE(reply.error().where, body.contains("ctx-9") ? u"ctx-9"_s : u"GET /api/v2/users"_s);
    QCOMPARE(rig.clock.slept().count(), 0);
    NO_PROBLEMS(rig);
}

void TestApiClient::aRefusedTokenIsRenewedOnce()
{
    Rig rig;
    rig.network.expect(token())
        .expect(answer(401, R"({"code":"bad.credentials"})"))
        .expect(token("token-two"))
        .expect(answer(200, "{}", "token-two"));
    const auto reply = rig.get();
    QVERIFY(reply);
    NO_PROBLEMS(rig);
}

void TestApiClient::aTokenRefusedTwiceEndsIt()
{
    Rig rig;
    rig.network.expect(token()).expect(answer(401)).expect(token("token-two")).expect(answer(401, "{}", "token-two"));
    const auto reply = rig.get();
    QVERIFY(!reply);
    QCOMPARE(reply.error().code, ErrorCode::Unauthorised);
    NO_PROBLEMS(rig);
}

void TestApiClient::tokensAreRenewedBeforeTheyExpire_data()
{
    QTest::addColumn<int>("life");
    QTest::addColumn<int>("stillGood"); // s
    QTest::addColumn<int>("renewed"); // s
    QTest::newRow("a day: at three quarters") << 86400 << 64799 << 64800;
    QTest::newRow("fifteen minutes: five before the end") << 900 << 599 << 600;
    QTest::newRow("the shortest: never before the half") << 300 << 149 << 150;
    QTest::newRow("no life said: as the shortest") << 0 << 149 << 150;
    QTest::newRow("a negative life: as the shortest") << -7 << 149 << 150;
}

void TestApiClient::tokensAreRenewedBeforeTheyExpire()
{
    QFETCH(int, life);
    QFETCH(int, stillGood);
    QFETCH(int, renewed);
    Rig rig;
    rig.network.expect(token("token-one", life))
        .expect(answer(200))
        .expect(token("token-two", life))
        .expect(answer(200, "{}", "token-two"));
    QVERIFY(QCoro::waitFor(rig.client->signIn()));
    rig.clock.advance(std::chrono::seconds(stillGood));
    QVERIFY(rig.get());
    rig.clock.advance(std::chrono::seconds(renewed - stillGood));
    QVERIFY(rig.get());
    NO_PROBLEMS(rig);
}

void TestApiClient::anAbsentSignInServiceDoesNotEndALivingToken()
{
    Rig rig([](ApiClient::Settings &settings) { settings.retry.maxAttempts = 1; });
    ScriptedExchange away = token();
    away.status = 503;
    rig.network.expect(token("token-one", 900)).expect(away).expect(answer(200)).expect(away);
    QVERIFY(QCoro::waitFor(rig.client->signIn()));
    rig.clock.advance(std::chrono::seconds(601));
    QVERIFY(rig.get());
    rig.clock.advance(std::chrono::seconds(300)); // now it is dead
    const auto reply = rig.get();
    QVERIFY(!reply);
    QCOMPARE(reply.error().code, ErrorCode::ServerFailed);
    NO_PROBLEMS(rig);
}

void TestApiClient::oneSignInHoweverManyWait()
{
    Rig rig;
    rig.network.setOrdered(false);
    rig.network.expect(token());
    std::vector<QCoro::Task<Result<ApiReply>>> tasks;
    for (int i = 0; i < 8; ++i) {
        rig.network.expect(answer(200, "{}", "token-one", u"/api/v2/x%1"_s.arg(i)));
        tasks.push_back(rig.client->send(*ApiRequest::allow(Method::Get, "/api/v2/x" + QByteArray::number(i))));
    }
    for (auto &task : tasks) {
        QVERIFY(QCoro::waitFor(std::move(task)));
    }
    NO_PROBLEMS(rig);
}

void TestApiClient::retriesAreCountedAndWaitedByTheClock()
{
    Rig rig;
    QSignalSpy waiting(rig.client.get(), &ApiClient::waiting);
    ScriptedExchange throttled = answer(429, R"({"code":"too.many.requests"})");
    throttled.headers = {{"Retry-After", "7"}};
    ScriptedExchange dated = answer(429);
    dated.headers = {{"Retry-After", "Thu, 01 Oct 2026 00:01:00 GMT"}, {"Date", "Thu, 01 Oct 2026 00:00:20 GMT"}};
    rig.network.expect(token()).expect(throttled).expect(dated).expect(answer(500)).expect(answer(200));
    const auto reply = rig.get();
    QVERIFY(reply);
    QCOMPARE(reply->attempts, 4);
    QCOMPARE(waiting.count(), 3);
    QCOMPARE(waiting.at(0).at(0).toLongLong(), 7000);
    QCOMPARE(waiting.at(1).at(0).toLongLong(), 40000);
    QCOMPARE(waiting.at(2).at(2).toInt(), 500);
    QCOMPARE(rig.client->counters().throttled, 2);
    QCOMPARE(rig.client->counters().retries, 3);
    QCOMPARE(rig.clock.slept().count(), rig.client->counters().waitedMs);
    NO_PROBLEMS(rig);

    Rig tired;
    tired.network.expect(token());
    for (int i = 0; i < 6; ++i) {
        tired.network.expect(answer(429));
    }
    const auto refused = tired.get();
    QCOMPARE(refused.error().code, ErrorCode::Throttled);
    NO_PROBLEMS(tired);
}

void TestApiClient::aHangEndsAsTimeOut()
{
    Rig rig([](ApiClient::Settings &settings) {
        settings.timeout = std::chrono::milliseconds(1);
        settings.retry.maxAttempts = 2;
    });
    ScriptedExchange hang = answer(200);
    hang.hang = true;
    rig.network.expect(token());
    QVERIFY(QCoro::waitFor(rig.client->signIn()));
    rig.network.expect(hang).expect(hang);
    const auto reply = rig.get();
    QVERIFY(!reply);
    QCOMPARE(reply.error().code, ErrorCode::TimedOut);
    QVERIFY(rig.clock.slept().count() > 0);
    NO_PROBLEMS(rig);
}

/// Answers one byte at a time and never comes to its end.
class DrippingServer final : public QTcpServer
{
public:
    DrippingServer()
    {
        QObject::connect(this, &QTcpServer::newConnection, this, [this] {
            QTcpSocket *socket = nextPendingConnection();
            QObject::connect(socket, &QTcpSocket::readyRead, socket, [this, socket] {
                const QByteArray asked = socket->readAll();
                if (asked.startsWith("POST /oauth/token")) {
                    const QByteArray body = R"({"access_token":"token-one","expires_in":86400})";
                    socket->write("HTTP/1.1 200 OK\r\nContent-Length: " + QByteArray::number(body.size()) + "\r\n\r\n" + body);
                    return;
                }
                ++dripping;
                socket->write("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n");
                auto *timer = new QTimer(socket);
                QObject::connect(timer, &QTimer::timeout, socket, [socket] { socket->write(" "); });
                timer->start(5);
            });
        });
    }
    int dripping = 0;
};

void TestApiClient::anAnswerThatDripsEndsAsTimeOut()
{
    DrippingServer server;
    QVERIFY(server.listen(QHostAddress::LocalHost));
    const QUrl base(u"http://127.0.0.1:%1"_s.arg(server.serverPort()));
    QNetworkAccessManager network;
    ManualClock clock;
    ApiClient::Settings settings;
    settings.endpoints = {u"custom"_s, base, base};
    settings.clientId = u"client-1"_s;
    QByteArray secret = SecretText;
    settings.clientSecret = Credentials::Secret::take(secret);
    settings.retry.maxAttempts = 2;
    settings.totalTimeout = std::chrono::milliseconds(100); // bytes come all the while, so the idle time-out of a minute never ends it
    ApiClient client(network, clock, settings);
    const auto reply = QCoro::waitFor(client.send(*ApiRequest::allow(Method::Get, "/api/v2/users")));
    QVERIFY(!reply);
    QCOMPARE(reply.error().code, ErrorCode::TimedOut);
    QVERIFY2(reply.error().detail.contains(u"not whole"), qPrintable(reply.error().detail));
    QCOMPARE(server.dripping, 2);
}

void TestApiClient::allLanesShareTheQuota()
{
    Rig rig;
    rig.network.setOrdered(false);
    int answered = 0;
    rig.network.setFallback([&](const QByteArray &method, const QUrl &) -> std::optional<ScriptedExchange> {
        if (method == "POST") {
            return token();
        }
        ScriptedExchange exchange = answer(200);
        ++answered;
        exchange.headers = {{"inin-ratelimit-allowed", "20"},
                            {"inin-ratelimit-count", QByteArray::number((answered - 1) % 12 + 1)},
                            {"inin-ratelimit-reset", "60"}};
        return exchange;
    });
    std::vector<QCoro::Task<Result<ApiReply>>> lanes;
    for (int i = 0; i < 30; ++i) { // 20 a minute, of which 12 are ours: three windows
        lanes.push_back(rig.client->send(*ApiRequest::allow(Method::Get, "/api/v2/users")));
    }
    for (auto &lane : lanes) {
        QVERIFY(QCoro::waitFor(std::move(lane)));
    }
    QVERIFY2(rig.network.mostAtOnce() <= 6, qPrintable(QString::number(rig.network.mostAtOnce())));
    QVERIFY2(rig.clock.slept() >= std::chrono::seconds(120) && rig.clock.slept() <= std::chrono::seconds(124),
             qPrintable(QString::number(rig.clock.slept().count())));
    QCOMPARE(rig.client->counters().waitedMs, rig.clock.slept().count());
    NO_PROBLEMS(rig);
}

void TestApiClient::aBrokenConnectionIsTriedAgain()
{
    Rig rig;
    ScriptedExchange refused = answer(0);
    refused.error = QNetworkReply::ConnectionRefusedError;
    ScriptedExchange cut = answer(200, "{\"half\":");
    cut.error = QNetworkReply::RemoteHostClosedError;
    rig.network.expect(token()).expect(refused).expect(cut).expect(answer(200, "{\"whole\":1}"));
    const auto reply = rig.get();
    QVERIFY(reply);
    QCOMPARE(reply->body, QByteArray("{\"whole\":1}"));
    NO_PROBLEMS(rig);

    Rig gone; // nobody has ever answered: more likely a wrong address than an outage
    ScriptedExchange nobody = token();
    nobody.status = 0;
    nobody.error = QNetworkReply::HostNotFoundError;
    gone.network.expect(nobody).expect(nobody).expect(nobody);
    const auto outcome = gone.get();
    QCOMPARE(outcome.error().code, ErrorCode::Unreachable);
    NO_PROBLEMS(gone);
}

void TestApiClient::tlsTroubleIsNeverTriedAgain()
{
    Rig rig;
    ScriptedExchange bad = token();
    bad.sslError = true;
    rig.network.expect(bad);
    const auto outcome = QCoro::waitFor(rig.client->signIn());
    QVERIFY(!outcome);
    QCOMPARE(outcome.error().code, ErrorCode::TlsFailed);
    QCOMPARE(rig.clock.slept().count(), 0);
    NO_PROBLEMS(rig);
}

void TestApiClient::redirects_data()
{
    QTest::addColumn<QByteArray>("location");
    QTest::addColumn<QString>("expected"); // path followed, or the error's name
    QTest::newRow("within the organisation, relative") << QByteArray("/api/v2/people?x=1") << u"/api/v2/people?x=1"_s;
    QTest::newRow("within the organisation, absolute") << QByteArray("http://127.0.0.1:9/api/v2/people") << u"/api/v2/people"_s;
    QTest::newRow("to another host") << QByteArray("http://127.0.0.2:9/api/v2/users") << u"redirect-refused"_s;
    QTest::newRow("to another port") << QByteArray("http://127.0.0.1:10/api/v2/users") << u"redirect-refused"_s;
    QTest::newRow("to another scheme") << QByteArray("https://127.0.0.1:9/api/v2/users") << u"redirect-refused"_s;
    QTest::newRow("to a host without scheme") << QByteArray("//evil.example/api/v2/users") << u"redirect-refused"_s;
    QTest::newRow("with another's credentials") << QByteArray("http://a:b@127.0.0.1:9/api/v2/users") << u"redirect-refused"_s;
    QTest::newRow("off the list") << QByteArray("/oauth/token") << u"redirect-refused"_s;
    QTest::newRow("climbing off the list") << QByteArray("/api/v2/%2e%2e/admin") << u"redirect-refused"_s;
    QTest::newRow("to nowhere") << QByteArray() << u"redirect-refused"_s;
    QTest::newRow("to itself, for ever") << QByteArray("/api/v2/users") << u"redirect-refused"_s;
}

void TestApiClient::redirects()
{
    QFETCH(QByteArray, location);
    QFETCH(QString, expected);
    Rig rig;
    ScriptedExchange hop = answer(302);
    hop.headers = {{"Location", location}};
    rig.network.expect(token()).expect(hop);
    if (location == "/api/v2/users") {
        for (int i = 0; i < 5; ++i) {
            rig.network.expect(hop);
        }
    }
    if (expected.startsWith(u'/')) {
        rig.network.expect(answer(200, "{}", "token-one", expected));
    }
    const auto reply = rig.get();
    QCOMPARE(reply ? expected : errorCodeName(reply.error().code), expected);
    QCOMPARE(reply.has_value(), expected.startsWith(u'/'));
    NO_PROBLEMS(rig);
}

void TestApiClient::cancellation_data()
{
    QTest::addColumn<QString>("when");
    QTest::newRow("before the first request") << u"before"_s;
    QTest::newRow("while the answer is awaited") << u"awaiting"_s;
    QTest::newRow("while waiting to try again") << u"waiting"_s;
}

void TestApiClient::cancellation()
{
    QFETCH(QString, when);
    Rig rig;
    if (when == u"before") {
        rig.cancel.cancel();
    } else if (when == u"awaiting") {
        ScriptedExchange hang = answer(200);
        hang.hang = true;
        hang.before = [&rig] { QMetaObject::invokeMethod(rig.client.get(), [&rig] { rig.cancel.cancel(); }, Qt::QueuedConnection); };
        rig.network.expect(token()).expect(hang);
    } else {
        ScriptedExchange throttled = answer(429);
        throttled.headers = {{"Retry-After", "100"}};
        rig.network.expect(token()).expect(throttled);
        QObject::connect(rig.client.get(), &ApiClient::waiting, rig.client.get(),
                         [&rig] { QMetaObject::invokeMethod(rig.client.get(), [&rig] { rig.cancel.cancel(); }, Qt::QueuedConnection); });
    }
    const auto reply = rig.get();
    QVERIFY(!reply);
    QCOMPARE(reply.error().code, ErrorCode::Cancelled);
    QVERIFY2(rig.clock.slept().count() < 2000, "the wait ends soon after");
    NO_PROBLEMS(rig);
}

void TestApiClient::anEndlessBodyIsRefused()
{
    Rig rig;
    ScriptedExchange endless = answer(200, "{}");
    endless.headers = {{"Content-Length", "999999999999"}};
    rig.network.expect(token()).expect(endless);
    const auto reply = rig.get();
    QVERIFY(!reply);
    QCOMPARE(reply.error().code, ErrorCode::BadResponse);
    NO_PROBLEMS(rig);
}

void TestApiClient::theServersClockIsNoted()
{
    Rig rig; // our clock stands at 2026-10-01T00:00:00Z
    ScriptedExchange ahead = answer(200);
    ahead.headers = {{"Date", "Thu, 01 Oct 2026 00:01:30 GMT"}};
    ScriptedExchange level = answer(200);
    level.headers = {{"Date", "Thu, 01 Oct 2026 00:00:00 GMT"}};
    ScriptedExchange wrong = answer(200);
    wrong.headers = {{"Date", "whenever"}};
    rig.network.expect(token()).expect(ahead).expect(level).expect(wrong);
    QVERIFY(rig.get());
    QCOMPARE(rig.client->serverClockOffsetMs(), 90'000);
    QVERIFY(rig.get());
    QCOMPARE(rig.client->serverClockOffsetMs(), 0);
    const auto reply = rig.get();
    QVERIFY(!reply->serverDate.isValid());
    NO_PROBLEMS(rig);
}

void TestApiClient::queryValuesStayWhatTheyWere()
{
    Rig rig;
    rig.network.expect(token()).expect(answer(200, "{}", "token-one", u"/api/v2/users?after=a%2Bb%26c%3Dd%25e&expand=x&expand=y"_s));
    QUrlQuery query;
    query.addQueryItem(u"after"_s, u"a%2Bb%26c%3Dd%25e"_s);
    query.addQueryItem(u"expand"_s, u"x"_s);
    query.addQueryItem(u"expand"_s, u"y"_s);
    QVERIFY(rig.get("/api/v2/users", query));
    NO_PROBLEMS(rig);
}

void TestApiClient::secretsGoNowhereElse()
{
    Rig plain([](ApiClient::Settings &settings) { settings.endpoints.login = QUrl(u"http://login.example"_s); });
    const auto outcome = QCoro::waitFor(plain.client->signIn());
    QVERIFY(!outcome);
    QCOMPARE(outcome.error().code, ErrorCode::BadInput);
    QVERIFY(plain.network.log().isEmpty());

    Rig gateway([](ApiClient::Settings &settings) { settings.endpoints.api = QUrl(Base + u"/gw"_s); });
    ScriptedExchange escape = answer(302, {}, "token-one", u"/gw/api/v2/users"_s);
    escape.headers = {{"Location", "/api/v2/users"}};
    gateway.network.expect(token()).expect(escape);
    const auto reply = gateway.get(); // out of the gateway's prefix
    QCOMPARE(reply.error().code, ErrorCode::RedirectRefused);
    NO_PROBLEMS(gateway);
}

QTEST_GUILESS_MAIN(TestApiClient)
#include "tst_apiclient.moc"
