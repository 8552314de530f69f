#include "base/digest.h"
#include "genesys/apiclient.h"
#include "genesys/browsersignin.h"
#include "support/scriptednetwork.h"

#include <QCoroTask>
#include <QRegularExpression>
#include <QSignalSpy>
#include <QTcpServer>
#include <QUrlQuery>
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
const QByteArray Verifier = "verifier-verifier-verifier-verifier-verifier";

Credentials::Secret secret(QByteArray text)
{
    return Credentials::Secret::take(text);
}

QByteArray codeForm(const QByteArray &code = "code-1")
{
    return "grant_type=authorization_code&code=" + code + "&code_verifier=" + Verifier
        + "&client_id=desktop%20client&redirect_uri=http%3A%2F%2Flocalhost%3A28657%2F";
}

QByteArray refreshForm(const QByteArray &token)
{
    return "grant_type=refresh_token&refresh_token=" + token + "&client_id=desktop%20client";
}

ScriptedExchange tokenFor(const QByteArray &form, const QByteArray &value, int life = 3600, const QByteArray &refresh = {})
{
    ScriptedExchange exchange;
    exchange.method = "POST";
    exchange.url = Base + u"/oauth/token"_s;
    exchange.expectBody = form;
    exchange.expectHeaders = {{"Authorization", {}}, {"Content-Type", "application/x-www-form-urlencoded"}};
    exchange.body = R"({"access_token":")" + value + R"(","token_type":"bearer","expires_in":)" + QByteArray::number(life)
        + (refresh.isEmpty() ? QByteArray() : R"(,"refresh_token":")" + refresh + '"') + '}';
    return exchange;
}

ScriptedExchange refusal(const QByteArray &form, int status, const QByteArray &body)
{
    ScriptedExchange exchange = tokenFor(form, "unused");
    exchange.status = status;
    exchange.body = body;
    return exchange;
}

ScriptedExchange users(const QByteArray &bearer, int status = 200, const QByteArray &body = "{}")
{
    ScriptedExchange exchange;
    exchange.url = Base + u"/api/v2/users"_s;
    exchange.expectHeaders = {{"Authorization", "Bearer " + bearer}};
    exchange.status = status;
    exchange.body = body;
    return exchange;
}

/// A client of a person's session; the person is a list of answers.
struct Rig {
    ScriptedNetwork network;
    ManualClock clock;
    CancellationSource cancel;
    std::deque<Result<QByteArray>> person; ///< codes, or what went wrong
    int asked = 0;
    std::unique_ptr<ApiClient> client;
    std::shared_ptr<Genesys::TokenMemory> memory = std::make_shared<Genesys::TokenMemory>();

    explicit Rig(std::deque<Result<QByteArray>> answers = {QByteArray("code-1")}) : person(std::move(answers))
    {
        network.setOrdered(true);
        client = make();
    }
    std::unique_ptr<ApiClient> make()
    {
        ApiClient::Settings settings;
        settings.endpoints = {u"custom"_s, QUrl(Base), QUrl(Base)};
        settings.clientId = u"desktop client"_s;
        settings.jitterSeed = 7;
        settings.retry.maxAttempts = 2;
        settings.tokens = memory;
        settings.authorize = [this] { return authorize(); };
        return std::make_unique<ApiClient>(network, clock, settings, cancel.token());
    }
    QCoro::Task<Result<Genesys::AuthorizationCode>> authorize()
    {
        ++asked;
        if (person.empty()) {
            co_return Error::make(ErrorCode::Internal, u"nobody is there"_s);
        }
        const Result<QByteArray> answer = person.front();
        person.pop_front();
        if (!answer) {
            co_return std::unexpected(answer.error());
        }
        co_return Result<Genesys::AuthorizationCode>(
            Genesys::AuthorizationCode{secret(*answer), secret(Verifier), u"http://localhost:28657/"_s});
    }
    Result<ApiReply> get() { return QCoro::waitFor(client->send(*ApiRequest::allow(Method::Get, "/api/v2/users"))); }
};
} // namespace

#define NO_PROBLEMS(rig) QVERIFY2((rig).network.problems().isEmpty(), qPrintable((rig).network.problems().join(u'\n')))

/// A person's session: the exchange of the code, its errors, and how long it lives. Client credentials are in tst_apiclient.
class TestSignIn : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void thePageHasAllItNeeds();
    void everySignInIsAnother();
    void theCodeIsExchangedWithoutASecret();
    void failures_data();
    void failures();
    void aPersonWhoDoesNotSignIn_data();
    void aPersonWhoDoesNotSignIn();
    void withoutARefreshTokenItWarnsAndAsksAgain_data();
    void withoutARefreshTokenItWarnsAndAsksAgain();
    void aRefreshTokenRenewsSilently();
    void aRefusedRefreshTokenAsksThePerson();
    void anAbsentServiceDoesNotUseUpTheRefreshToken();
    void a401AsksOnce();
    void oneSignInHoweverManyWait();
    void aMissingScopeIsForbidden();
    void theSessionIsSharedByRuns();
    void thePersonIsAskedOnlyOverASafeWay();
};

void TestSignIn::thePageHasAllItNeeds()
{
    const Genesys::Pkce pkce = Genesys::Pkce::make();
    Genesys::Endpoints endpoints{u"x"_s, QUrl(u"https://login.example/prefix"_s), QUrl(u"https://api.example"_s)};
    const QUrl url = Genesys::authorizeUrl(endpoints, u"a&b=c +ü"_s, Genesys::redirectUri(28657), pkce);
    QCOMPARE(url.adjusted(QUrl::RemoveQuery), QUrl(u"https://login.example/prefix/oauth/authorize"_s));
    const QUrlQuery query(QString::fromLatin1(url.toEncoded()).section(u'?', 1));
    const auto value = [&](const char *name) { return query.queryItemValue(QString::fromLatin1(name), QUrl::FullyDecoded); };
    QCOMPARE(value("response_type"), u"code"_s);
    QCOMPARE(value("client_id"), u"a&b=c +ü"_s);
    QCOMPARE(value("redirect_uri"), u"http://localhost:28657/"_s);
    QCOMPARE(value("code_challenge_method"), u"S256"_s);
    QCOMPARE(value("state").toLatin1(), pkce.state);
    // RFC 7636: the challenge is the unpadded base64url of the SHA-256 of the verifier, which is 43 to 128 unreserved characters.
    const std::string_view verifier = pkce.verifier.view();
    QVERIFY(verifier.size() >= 43 && verifier.size() <= 128);
    QVERIFY(QRegularExpression(u"^[A-Za-z0-9._~-]+$"_s).match(QString::fromLatin1(verifier.data(), qsizetype(verifier.size()))).hasMatch());
    QCOMPARE(value("code_challenge").toLatin1(), sha256(verifier).toBase64(QByteArray::Base64UrlEncoding | QByteArray::OmitTrailingEquals));
    QVERIFY(!url.toEncoded().contains(QByteArray(verifier.data(), qsizetype(verifier.size()))));
}

void TestSignIn::everySignInIsAnother()
{
    QSet<QByteArray> seen;
    for (int i = 0; i < 50; ++i) {
        const Genesys::Pkce pkce = Genesys::Pkce::make();
        seen << pkce.state << pkce.challenge << QByteArray(pkce.verifier.view().data(), qsizetype(pkce.verifier.view().size()));
        QCOMPARE(pkce.state.size(), 43);
    }
    QCOMPARE(seen.size(), 150);
}

void TestSignIn::theCodeIsExchangedWithoutASecret()
{
    Rig rig;
    rig.network.expect(tokenFor(codeForm(), "token-1")).expect(users("token-1")).expect(users("token-1"));
    QVERIFY(rig.get());
    QVERIFY(rig.get());
    QCOMPARE(rig.asked, 1);
    NO_PROBLEMS(rig);

    Rig odd({QByteArray("a+b/c=&d")});
    odd.network.expect(tokenFor(codeForm("a%2Bb%2Fc%3D%26d"), "token-1"));
    QVERIFY(QCoro::waitFor(odd.client->signIn()));
    NO_PROBLEMS(odd);
}

void TestSignIn::failures_data()
{
    QTest::addColumn<int>("status");
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<QString>("expected");
    QTest::newRow("a code that was used, or came late")
        << 400 << QByteArray(R"({"error":"invalid_grant","error_description":"code code-1 is used"})") << u"sign-in-refused"_s;
    QTest::newRow("a client that is none of this kind") << 401 << QByteArray(R"({"error":"invalid_client"})") << u"wrong-secret"_s;
    QTest::newRow("a client of another region")
        << 400 << QByteArray(R"({"error":"invalid_request","description":"client not found"})") << u"wrong-region"_s;
    QTest::newRow("an address outside the allowlist") << 401 << QByteArray(R"({"code":"ip.not.authorized"})") << u"ip-not-allowed"_s;
    QTest::newRow("a sign-in that is not allowed") << 403 << QByteArray(R"({"error":"forbidden"})") << u"forbidden"_s;
    QTest::newRow("a service that fails") << 503 << QByteArray() << u"server-failed"_s;
    QTest::newRow("no way to it") << 0 << QByteArray() << u"unreachable"_s;
    QTest::newRow("a redirect, which would carry the code on") << 307 << QByteArray() << u"redirect-refused"_s;
    QTest::newRow("success that is HTML") << 200 << QByteArray("<html>") << u"bad-response"_s;
    QTest::newRow("a token that would break a header") << 200 << QByteArray(R"({"access_token":"a b"})") << u"bad-response"_s;
}

void TestSignIn::failures()
{
    QFETCH(int, status);
    QFETCH(QByteArray, body);
    QFETCH(QString, expected);
    Rig rig;
    ScriptedExchange exchange = refusal(codeForm(), status, body);
    exchange.headers = {{"Location", "http://127.0.0.2/oauth/token"}};
    if (status == 0) {
        exchange.error = QNetworkReply::HostNotFoundError;
    }
    rig.network.expect(exchange);
    if (status == 503 || status == 0) { // tried again, by the retry rules
        rig.network.expect(exchange);
    }
    const auto outcome = QCoro::waitFor(rig.client->signIn());
    QVERIFY(!outcome);
    QCOMPARE(errorCodeName(outcome.error().code), expected);
    for (const QByteArray &word : {QByteArray("code-1"), Verifier}) {
        QVERIFY2(!outcome.error().detail.contains(QString::fromLatin1(word)), qPrintable(outcome.error().detail));
    }
    QCOMPARE(rig.asked, 1);
    NO_PROBLEMS(rig);
}

void TestSignIn::aPersonWhoDoesNotSignIn_data()
{
    QTest::addColumn<ErrorCode>("code");
    QTest::newRow("who said no") << ErrorCode::SignInRefused;
    QTest::newRow("who never answered") << ErrorCode::TimedOut;
    QTest::newRow("who cancelled") << ErrorCode::Cancelled;
    QTest::newRow("whose port is taken") << ErrorCode::BadInput;
}

void TestSignIn::aPersonWhoDoesNotSignIn()
{
    QFETCH(ErrorCode, code);
    Rig rig({Error::make(code, u"why"_s, u"where"_s), QByteArray("code-1")});
    const auto reply = rig.get();
    QVERIFY(!reply);
    QCOMPARE(reply.error(), (Error{code, u"why"_s, u"where"_s}));
    QCOMPARE(rig.asked, 1);
    rig.network.expect(tokenFor(codeForm(), "token-1")).expect(users("token-1"));
    QVERIFY(rig.get()); // and may try again
    NO_PROBLEMS(rig);
}

void TestSignIn::withoutARefreshTokenItWarnsAndAsksAgain_data()
{
    QTest::addColumn<int>("life");
    QTest::addColumn<int>("quiet"); // s
    QTest::addColumn<int>("warned");
    QTest::addColumn<int>("stillGood");
    QTest::addColumn<int>("asked");
    QTest::newRow("an hour: ten minutes before the end") << 3600 << 2999 << 3000 << 3569 << 3570;
    QTest::newRow("a day: ten minutes before the end too") << 86400 << 85799 << 85800 << 86369 << 86370;
    QTest::newRow("the shortest: warned at the half") << 300 << 149 << 150 << 269 << 270;
    QTest::newRow("forty seconds: never asked before the half") << 40 << 19 << 20 << 19 << 20;
}

void TestSignIn::withoutARefreshTokenItWarnsAndAsksAgain()
{
    QFETCH(int, life);
    QFETCH(int, quiet);
    QFETCH(int, warned);
    QFETCH(int, stillGood);
    QFETCH(int, asked);
    Rig rig({QByteArray("code-1"), QByteArray("code-2")});
    QSignalSpy expiring(rig.client.get(), &ApiClient::signInExpiring);
    const auto at = [&](int second) { rig.clock.advance(std::chrono::seconds(second) - rig.clock.monotonic()); };
    rig.network.expect(tokenFor(codeForm(), "token-1", life)).expect(users("token-1"));
    QVERIFY(QCoro::waitFor(rig.client->signIn()));
    at(quiet);
    QVERIFY(rig.get());
    QCOMPARE(expiring.count(), 0);
    if (warned < asked) {
        rig.network.expect(users("token-1")).expect(users("token-1"));
        at(warned);
        QVERIFY(rig.get());
        QCOMPARE(expiring.count(), 1);
        QCOMPARE(expiring.at(0).at(0).toInt(), life - warned);
        at(stillGood);
        QVERIFY(rig.get());
        QCOMPARE(expiring.count(), 1); // once is enough
    }
    QCOMPARE(rig.asked, 1);
    rig.network.expect(tokenFor(codeForm("code-2"), "token-2", life)).expect(users("token-2"));
    at(asked);
    QVERIFY(rig.get());
    QCOMPARE(rig.asked, 2);
    NO_PROBLEMS(rig);
}

void TestSignIn::aRefreshTokenRenewsSilently()
{
    Rig rig;
    QSignalSpy expiring(rig.client.get(), &ApiClient::signInExpiring);
    rig.network.expect(tokenFor(codeForm(), "token-1", 3600, "refresh-1"))
        .expect(users("token-1"))
        .expect(tokenFor(refreshForm("refresh-1"), "token-2", 3600, "refresh-2"))
        .expect(users("token-2"))
        .expect(tokenFor(refreshForm("refresh-2"), "token-3", 3600)) // says nothing of another: the old one stays
        .expect(users("token-3"))
        .expect(tokenFor(refreshForm("refresh-2"), "token-4", 3600))
        .expect(users("token-4"));
    QVERIFY(QCoro::waitFor(rig.client->signIn()));
    rig.clock.advance(std::chrono::seconds(2699));
    QVERIFY(rig.get());
    rig.clock.advance(std::chrono::seconds(1)); // 0.75 L
    QVERIFY(rig.get());
    rig.clock.advance(std::chrono::seconds(2700));
    QVERIFY(rig.get());
    rig.clock.advance(std::chrono::seconds(2700));
    QVERIFY(rig.get());
    QCOMPARE(rig.asked, 1);
    QCOMPARE(expiring.count(), 0);
    NO_PROBLEMS(rig);
}

void TestSignIn::aRefusedRefreshTokenAsksThePerson()
{
    Rig rig({QByteArray("code-1"), QByteArray("code-2")});
    rig.network.expect(tokenFor(codeForm(), "token-1", 3600, "refresh-1"))
        .expect(refusal(refreshForm("refresh-1"), 400, R"({"error":"invalid_grant"})"))
        .expect(tokenFor(codeForm("code-2"), "token-2"))
        .expect(users("token-2"));
    QVERIFY(QCoro::waitFor(rig.client->signIn()));
    rig.clock.advance(std::chrono::seconds(2700));
    QVERIFY(rig.get());
    QCOMPARE(rig.asked, 2);
    NO_PROBLEMS(rig);
}

void TestSignIn::anAbsentServiceDoesNotUseUpTheRefreshToken()
{
    Rig rig;
    const ScriptedExchange away = refusal(refreshForm("refresh-1"), 503, {});
    rig.network.expect(tokenFor(codeForm(), "token-1", 3600, "refresh-1"))
        .expect(away)
        .expect(away)
        .expect(users("token-1")) // still alive
        .expect(tokenFor(refreshForm("refresh-1"), "token-2"))
        .expect(users("token-2"));
    QVERIFY(QCoro::waitFor(rig.client->signIn()));
    rig.clock.advance(std::chrono::seconds(2700));
    QVERIFY(rig.get());
    rig.clock.advance(std::chrono::seconds(60));
    QVERIFY(rig.get());
    QCOMPARE(rig.asked, 1);
    NO_PROBLEMS(rig);
}

void TestSignIn::a401AsksOnce()
{
    Rig rig({QByteArray("code-1"), QByteArray("code-2")});
    rig.network.expect(tokenFor(codeForm(), "token-1"))
        .expect(users("token-1", 401, R"({"code":"bad.credentials"})"))
        .expect(tokenFor(codeForm("code-2"), "token-2"))
        .expect(users("token-2", 401));
    const auto reply = rig.get();
    QVERIFY(!reply);
    QCOMPARE(reply.error().code, ErrorCode::Unauthorised);
    QCOMPARE(rig.asked, 2);
    NO_PROBLEMS(rig);
}

void TestSignIn::oneSignInHoweverManyWait()
{
    Rig rig;
    rig.network.setOrdered(false);
    rig.network.expect(tokenFor(codeForm(), "token-1"));
    std::vector<QCoro::Task<Result<ApiReply>>> tasks;
    for (int i = 0; i < 8; ++i) {
        rig.network.expect(users("token-1"));
        tasks.push_back(rig.client->send(*ApiRequest::allow(Method::Get, "/api/v2/users")));
    }
    for (auto &task : tasks) {
        QVERIFY(QCoro::waitFor(std::move(task)));
    }
    QCOMPARE(rig.asked, 1);
    NO_PROBLEMS(rig);
}

void TestSignIn::aMissingScopeIsForbidden()
{
    Rig rig;
    rig.network.expect(tokenFor(codeForm(), "token-1")).expect(users("token-1", 403, R"({"code":"not.authorized","message":"no"})"));
    const auto reply = rig.get();
    QVERIFY(!reply);
    QCOMPARE(reply.error().code, ErrorCode::Forbidden);
    QVERIFY2(reply.error().detail.contains(u"scopes"_s), qPrintable(reply.error().detail));
    NO_PROBLEMS(rig);
}

void TestSignIn::theSessionIsSharedByRuns()
{
    Rig rig;
    rig.network.expect(tokenFor(codeForm(), "token-1")).expect(users("token-1")).expect(users("token-1"));
    QVERIFY(rig.get());
    rig.client = rig.make(); // the next run of the same session
    QVERIFY(rig.get());
    QCOMPARE(rig.asked, 1);
    NO_PROBLEMS(rig);
}

void TestSignIn::thePersonIsAskedOnlyOverASafeWay()
{
    Genesys::BrowserSignIn settings;
    settings.endpoints = {u"custom"_s, QUrl(u"http://login.example"_s), QUrl(Base)};
    settings.clientId = u"x"_s;
    settings.port = 0;
    int shown = 0;
    settings.show = [&](const QUrl &) { ++shown; };
    const auto plain = QCoro::waitFor(Genesys::authorizeInBrowser(settings, {}));
    QCOMPARE(plain.error().code, ErrorCode::BadInput);

    CancellationSource cancel;
    cancel.cancel();
    settings.endpoints.login = QUrl(Base);
    const auto cancelled = QCoro::waitFor(Genesys::authorizeInBrowser(settings, cancel.token()));
    QCOMPARE(cancelled.error().code, ErrorCode::Cancelled);

    QTcpServer other;
    QVERIFY(other.listen(QHostAddress::LocalHost));
    settings.port = other.serverPort();
    const auto taken = QCoro::waitFor(Genesys::authorizeInBrowser(settings, {}));
    QCOMPARE(taken.error().code, ErrorCode::BadInput);
    QCOMPARE(shown, 0); // nobody is sent where nobody listens
}

QTEST_GUILESS_MAIN(TestSignIn)
#include "tst_signin.moc"
