#include "client.h"

#include "base/digest.h"
#include "sandbox/sandbox.h"

#include <QTest>
#include <QUrlQuery>

using namespace Qt::StringLiterals;
using namespace Orgtrace;

namespace {

const QByteArray Verifier = "0123456789-0123456789-0123456789-0123456789";
const QString Redirect = u"http://localhost:28657/"_s;

QString encoded(const QString &text)
{
    return QString::fromLatin1(QUrl::toPercentEncoding(text));
}

QString challenge(const QByteArray &verifier)
{
    return QString::fromLatin1(sha256(view(verifier)).toBase64(QByteArray::Base64UrlEncoding | QByteArray::OmitTrailingEquals));
}

} // namespace

/// The sign-in service of the sandbox, as a client has it that was not written by us.
class TestSandboxSignIn : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init() { start({}); }

    void theConsentPageLeadsBack();
    void whatIsNotRegisteredIsNeverRedirectedTo_data();
    void whatIsNotRegisteredIsNeverRedirectedTo();
    void mistakesAreToldOnTheRedirect_data();
    void mistakesAreToldOnTheRedirect();
    void aCodeIsGoodOnceForItsMakerOnly_data();
    void aCodeIsGoodOnceForItsMakerOnly();
    void thePersonIsWhoSignedIn();
    void scopesLimitAPersonOnly();
    void refreshTokensAreReplaced();

private:
    void start(Sandbox::PersonSettings person)
    {
        Sandbox::Settings settings;
        settings.users = 80;
        settings.person = std::move(person);
        m_person = settings.person;
        m_server = std::make_unique<Sandbox::Server>(settings);
        QVERIFY(m_server->listen());
        m_client = std::make_unique<Client>(m_server->baseUrl());
    }
    void approving()
    {
        m_person.consent = Sandbox::Consent::Approve;
        start(m_person);
    }
    [[nodiscard]] QList<std::pair<QString, QString>> question() const
    {
        return {{u"client_id"_s, m_person.clientId},
                {u"redirect_uri"_s, Redirect},
                {u"response_type"_s, u"code"_s},
                {u"state"_s, u"a b&c"_s},
                {u"code_challenge"_s, challenge(Verifier)},
                {u"code_challenge_method"_s, u"S256"_s}};
    }
    static QString asQuery(const QList<std::pair<QString, QString>> &items)
    {
        QStringList out;
        for (const auto &[name, value] : items) {
            out += QString(name + u'=' + encoded(value));
        }
        return out.join(u'&');
    }
    Client::Reply ask(const QList<std::pair<QString, QString>> &items) { return m_client->get(u"/oauth/authorize?"_s + asQuery(items)); }
    static QString answered(const Client::Reply &reply, const char *name)
    {
        const QUrl to = QUrl::fromEncoded(reply.headers.value("location"));
        return QUrlQuery(to.query(QUrl::FullyEncoded)).queryItemValue(QString::fromLatin1(name), QUrl::FullyDecoded);
    }
    Client::Reply exchange(const QString &code, const QByteArray &verifier = Verifier, const QString &redirect = Redirect)
    {
        return m_client->token({},
                               asQuery({{u"grant_type"_s, u"authorization_code"_s},
                                        {u"code"_s, code},
                                        {u"code_verifier"_s, QString::fromLatin1(verifier)},
                                        {u"client_id"_s, m_person.clientId},
                                        {u"redirect_uri"_s, redirect}})
                                   .toLatin1());
    }
    bool signIn()
    {
        approving();
        const Client::Reply reply = exchange(answered(ask(question()), "code"));
        m_client->setToken(reply.root()["access_token"].toQString().toLatin1());
        return reply.status == 200;
    }

    Sandbox::PersonSettings m_person;
    std::unique_ptr<Sandbox::Server> m_server;
    std::unique_ptr<Client> m_client;
};

void TestSandboxSignIn::theConsentPageLeadsBack()
{
    const Client::Reply page = ask(question());
    QCOMPARE(page.status, 200);
    QVERIFY(page.headers.value("content-type").startsWith("text/html"));
    QVERIFY2(page.body.contains("value=\"a b&amp;c\""), page.body.constData());
    QVERIFY(page.body.contains("value=\"allow\"") && page.body.contains("value=\"deny\""));

    const auto decide = [&](const char *decision) {
        return m_client->send("POST", u"/oauth/authorize"_s,
                              QString(asQuery(question()) + u"&decision="_s + QLatin1StringView(decision)).toLatin1());
    };
    const Client::Reply allowed = decide("allow");
    QCOMPARE(allowed.status, 302);
    QVERIFY(allowed.headers.value("location").startsWith(QByteArray(Redirect.toLatin1() + "?")));
    QCOMPARE(answered(allowed, "state"), u"a b&c"_s);
    QCOMPARE(exchange(answered(allowed, "code")).status, 200);
    const Client::Reply denied = decide("deny");
    QCOMPARE(answered(denied, "error"), u"access_denied"_s);
    QCOMPARE(answered(denied, "state"), u"a b&c"_s);
    QVERIFY(answered(denied, "code").isEmpty());
}

void TestSandboxSignIn::whatIsNotRegisteredIsNeverRedirectedTo_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("value");
    QTest::newRow("an unknown client") << u"client_id"_s << u"somebody"_s;
    QTest::newRow("the client of the other grant") << u"client_id"_s << Sandbox::Settings().clientId;
    QTest::newRow("another port") << u"redirect_uri"_s << u"http://localhost:28658/"_s;
    QTest::newRow("another host") << u"redirect_uri"_s << u"http://evil.example/"_s;
    QTest::newRow("without the slash") << u"redirect_uri"_s << u"http://localhost:28657"_s;
    QTest::newRow("by the address") << u"redirect_uri"_s << u"http://127.0.0.1:28657/"_s;
    QTest::newRow("with a script in it") << u"redirect_uri"_s << u"javascript:\"><script>alert(1)</script>"_s;
}

void TestSandboxSignIn::whatIsNotRegisteredIsNeverRedirectedTo()
{
    QFETCH(QString, name);
    QFETCH(QString, value);
    approving();
    auto items = question();
    for (auto &item : items) {
        item.second = item.first == name ? value : item.second;
    }
    const Client::Reply reply = ask(items);
    QCOMPARE(reply.status, 400);
    QVERIFY(!reply.headers.contains("location"));
    QVERIFY(!reply.body.contains("<script>"));
}

void TestSandboxSignIn::mistakesAreToldOnTheRedirect_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("value");
    QTest::addColumn<QString>("error");
    QTest::newRow("the implicit grant") << u"response_type"_s << u"token"_s << u"unsupported_response_type"_s;
    QTest::newRow("a challenge in the clear") << u"code_challenge_method"_s << u"plain"_s << u"invalid_request"_s;
    QTest::newRow("no challenge") << u"code_challenge"_s << QString() << u"invalid_request"_s;
}

void TestSandboxSignIn::mistakesAreToldOnTheRedirect()
{
    QFETCH(QString, name);
    QFETCH(QString, value);
    QFETCH(QString, error);
    approving();
    auto items = question();
    for (auto &item : items) {
        item.second = item.first == name ? value : item.second;
    }
    const Client::Reply reply = ask(items);
    QCOMPARE(reply.status, 302);
    QCOMPARE(answered(reply, "error"), error);
    QCOMPARE(answered(reply, "state"), u"a b&c"_s);
    QVERIFY(answered(reply, "code").isEmpty());
}

void TestSandboxSignIn::aCodeIsGoodOnceForItsMakerOnly_data()
{
    QTest::addColumn<QString>("how");
    QTest::newRow("used twice") << u"twice"_s;
    QTest::newRow("with another verifier") << u"verifier"_s;
    QTest::newRow("with the challenge as the verifier") << u"challenge"_s;
    QTest::newRow("for another redirect") << u"redirect"_s;
    QTest::newRow("a minute late") << u"late"_s;
    QTest::newRow("made up") << u"made up"_s;
}

void TestSandboxSignIn::aCodeIsGoodOnceForItsMakerOnly()
{
    QFETCH(QString, how);
    approving();
    const QString code = how == u"made up" ? u"sandbox-code"_s : answered(ask(question()), "code");
    if (how == u"twice") {
        QCOMPARE(exchange(code).status, 200);
    } else if (how == u"late") {
        m_server->moveTo(m_server->nowUtc().addSecs(60));
    }
    const Client::Reply reply = exchange(code,
                                         how == u"verifier"        ? "9876543210-9876543210-9876543210-9876543210"
                                             : how == u"challenge" ? challenge(Verifier).toLatin1()
                                                                   : Verifier,
                                         how == u"redirect" ? u"http://localhost:1/"_s : Redirect);
    QCOMPARE(reply.status, 400);
    QCOMPARE(reply.root()["error"].toQString(), u"invalid_grant"_s);
    QCOMPARE(exchange(code).status, 400); // a failed try uses it up too
}

void TestSandboxSignIn::thePersonIsWhoSignedIn()
{
    QVERIFY(signIn());
    const Client::Reply me = m_client->get(u"/api/v2/users/me"_s);
    QCOMPARE(me.status, 200);
    const Client::Reply subject = m_client->get(u"/api/v2/authorization/subjects/me"_s);
    QCOMPARE(subject.root()["id"].toQString(), me.root()["id"].toQString());
    const Client::Reply token = m_client->get(u"/api/v2/tokens/me"_s);
    QCOMPARE(token.root()["OAuthClient"]["id"].toQString(), m_person.clientId);
    QCOMPARE(token.root()["OAuthClient"]["authorizedGrantType"].toQString(), u"CODE"_s);
    QCOMPARE(m_client->get(u"/api/v2/routing/queues"_s).status, 200);
    m_server->moveTo(m_server->nowUtc().addSecs(m_person.tokenSeconds));
    QCOMPARE(m_client->get(u"/api/v2/users/me"_s).status, 401);

    QVERIFY(m_client->signIn(Sandbox::Settings().clientId, Sandbox::Settings().clientSecret));
    QCOMPARE(m_client->get(u"/api/v2/users/me"_s).status, 400); // a client is nobody
    QCOMPARE(m_client->token("5eb1a7f0-0000-4000-8000-000000000003:x", "grant_type=client_credentials").status, 401);

    m_person.user = u"contractor-01"_s; // who may see little
    QVERIFY(signIn());
    QCOMPARE(m_client->get(u"/api/v2/oauth/clients"_s).status, 403);
}

void TestSandboxSignIn::scopesLimitAPersonOnly()
{
    m_person.scopes = {u"users:readonly"_s, u"routing"_s};
    QVERIFY(signIn());
    QCOMPARE(m_client->get(u"/api/v2/users"_s).status, 200);
    QCOMPARE(m_client->get(u"/api/v2/routing/queues"_s).status, 200);
    QCOMPARE(m_client->get(u"/api/v2/groups"_s).status, 403);
    QCOMPARE(m_client->get(u"/api/v2/tokens/me"_s).status, 200);
    QVERIFY(m_client->signIn(Sandbox::Settings().clientId, Sandbox::Settings().clientSecret));
    QCOMPARE(m_client->get(u"/api/v2/groups"_s).status, 200);
}

void TestSandboxSignIn::refreshTokensAreReplaced()
{
    m_person.givesRefreshTokens = true;
    approving();
    const Client::Reply first = exchange(answered(ask(question()), "code"));
    const QByteArray refresh = first.root()["refresh_token"].toQString().toLatin1();
    QVERIFY(!refresh.isEmpty());
    const QByteArray form = "grant_type=refresh_token&refresh_token=" + refresh + "&client_id=" + m_person.clientId.toLatin1();
    const Client::Reply second = m_client->token({}, form);
    QCOMPARE(second.status, 200);
    QVERIFY(second.root()["refresh_token"].toQString().toLatin1() != refresh);
    QCOMPARE(m_client->token({}, form).root()["error"].toQString(), u"invalid_grant"_s);
    QCOMPARE(m_client->token("a:b", form).status, 400); // a public client has no Basic header
}

QTEST_GUILESS_MAIN(TestSandboxSignIn)
#include "tst_sandboxsignin.moc"
