#include "client.h"
#include "sandbox/api.h"
#include "sandbox/generate.h"
#include "sandbox/sandbox.h"

#include "base/digest.h"

#include <QElapsedTimer>
#include <QSet>
#include <QTcpServer>
#include <QTest>

#include <algorithm>

using namespace Orgtrace;
using namespace Qt::StringLiterals;

namespace {

const QString clientId = Sandbox::Settings().clientId;
const QString secret = u"sandbox-secret"_s;

} // namespace

class TestSandboxApi : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init()
    {
        m_server = std::make_unique<Sandbox::Server>();
        QVERIFY(m_server->listen());
        m_client = std::make_unique<Client>(m_server->baseUrl());
        QVERIFY(m_client->signIn(clientId, secret));
    }

    void signInRefusesWhatIsWrong_data()
    {
        QTest::addColumn<QByteArray>("basic");
        QTest::addColumn<QByteArray>("form");
        QTest::addColumn<int>("status");
        QTest::addColumn<QString>("error");
        const QByteArray good = (clientId + u':' + secret).toUtf8();
        QTest::newRow("a wrong secret") << QByteArray(clientId.toUtf8() + ":guess") << QByteArray("grant_type=client_credentials") << 401
                                        << u"invalid_client"_s;
        QTest::newRow("an unknown client") << QByteArray("nobody:sandbox-secret") << QByteArray("grant_type=client_credentials") << 401
                                           << u"invalid_client"_s;
        QTest::newRow("no Basic header") << QByteArray() << QByteArray("grant_type=client_credentials") << 401 << u"invalid_client"_s;
        QTest::newRow("no colon") << QByteArray("nobody") << QByteArray("grant_type=client_credentials") << 401 << u"invalid_client"_s;
        QTest::newRow("another grant") << good << QByteArray("grant_type=password") << 400 << u"unsupported_grant_type"_s;
        QTest::newRow("an empty body") << good << QByteArray() << 400 << u"unsupported_grant_type"_s;
    }
    void signInRefusesWhatIsWrong()
    {
        QFETCH(QByteArray, basic);
        QFETCH(QByteArray, form);
        QFETCH(int, status);
        QFETCH(QString, error);
        const auto reply = m_client->token(basic, form);
        QCOMPARE(reply.status, status);
        QCOMPARE(reply.root()["error"].toQString(), error);
        QVERIFY(reply.root()["access_token"].isMissing());
    }

    void jsonBodyAtTheTokenEndpointIsRefused()
    {
        const auto reply = m_client->token((clientId + u':' + secret).toUtf8(), "{}", "application/json");
        QCOMPARE(reply.status, 400);
        QCOMPARE(reply.root()["error"].toQString(), u"invalid_request"_s);
    }

    void everyReplyCarriesQuotaAndCorrelation()
    {
        const auto good = m_client->get(u"/api/v2/users"_s);
        const auto bad = m_client->get(u"/api/v2/nothing"_s);
        for (const auto &reply : {good, bad}) {
            QVERIFY(reply.headers.value("inin-ratelimit-count").toInt() > 0);
            QVERIFY(reply.headers.value("inin-ratelimit-allowed").toInt() > 0);
            QVERIFY(reply.headers.contains("inin-ratelimit-reset"));
            QCOMPARE(reply.headers.value("date"), QByteArray("Thu, 01 Oct 2026 00:00:00 GMT"));
        }
        QVERIFY(good.headers.value("inin-correlation-id") != bad.headers.value("inin-correlation-id"));
        QCOMPARE(bad.root()["contextId"].toQString().toLatin1(), bad.headers.value("inin-correlation-id"));
    }

    void refusalsHaveTheErrorBody_data()
    {
        QTest::addColumn<QByteArray>("method");
        QTest::addColumn<QString>("path");
        QTest::addColumn<bool>("signedIn");
        QTest::addColumn<int>("status");
        QTest::addColumn<QString>("code");
        QTest::newRow("no token") << QByteArray("GET") << u"/api/v2/users"_s << false << 401 << u"authentication.required"_s;
        QTest::newRow("an unknown route") << QByteArray("GET") << u"/api/v2/orgsettings"_s << true << 404 << u"not.found"_s;
        QTest::newRow("outside the API") << QByteArray("GET") << u"/index.html"_s << true << 404 << u"not.found"_s;
        QTest::newRow("an entity that is not there")
            << QByteArray("GET") << u"/api/v2/groups/none/members"_s << true << 404 << u"not.found"_s;
        QTest::newRow("a write by PUT") << QByteArray("PUT") << u"/api/v2/routing/queues/x"_s << true << 405 << u"method.not.allowed"_s;
        QTest::newRow("a write by POST") << QByteArray("POST") << u"/api/v2/users"_s << true << 405 << u"method.not.allowed"_s;
        QTest::newRow("a deletion") << QByteArray("DELETE") << u"/api/v2/tokens/me"_s << true << 405 << u"method.not.allowed"_s;
        QTest::newRow("a patch") << QByteArray("PATCH") << u"/api/v2/organizations/me"_s << true << 405 << u"method.not.allowed"_s;
        QTest::newRow("a page number that is none")
            << QByteArray("GET") << u"/api/v2/users?pageNumber=x"_s << true << 400 << u"bad.request"_s;
        QTest::newRow("page zero") << QByteArray("GET") << u"/api/v2/users?pageNumber=0"_s << true << 400 << u"bad.request"_s;
        QTest::newRow("a negative page size") << QByteArray("GET") << u"/api/v2/users?pageSize=-1"_s << true << 400 << u"bad.request"_s;
        QTest::newRow("a cursor of somebody else") << QByteArray("GET") << u"/api/v2/teams?after=abc"_s << true << 400 << u"bad.request"_s;
        QTest::newRow("a state that is none") << QByteArray("GET") << u"/api/v2/users?state=asleep"_s << true << 400 << u"bad.request"_s;
    }
    void refusalsHaveTheErrorBody()
    {
        QFETCH(QByteArray, method);
        QFETCH(QString, path);
        QFETCH(bool, signedIn);
        QFETCH(int, status);
        QFETCH(QString, code);
        if (!signedIn)
            m_client->forgetToken();
        const auto reply = m_client->send(method, path);
        QCOMPARE(reply.status, status);
        QCOMPARE(reply.root()["code"].toQString(), code);
        QCOMPARE(reply.root()["status"].toInteger(), qint64(status));
        QVERIFY(!reply.root()["contextId"].toQString().isEmpty());
    }

    void tokensEndAfterADay()
    {
        QCOMPARE(m_client->get(u"/api/v2/users"_s).status, 200);
        m_server->moveTo(m_server->nowUtc().addDays(2));
        const auto reply = m_client->get(u"/api/v2/users"_s);
        QCOMPARE(reply.status, 401);
        QCOMPARE(reply.root()["code"].toQString(), u"bad.credentials"_s);
        m_client->setToken("made-up");
        QCOMPARE(m_client->get(u"/api/v2/users"_s).status, 401);
    }

    void narrowClientSeesLessAndIsTold()
    {
        Client narrow(m_server->baseUrl());
        QVERIFY(narrow.signIn(Sandbox::limitedClientId(clientId), secret));
        const auto few = narrow.all(u"/api/v2/routing/queues"_s, {}, 100);
        const auto all = m_client->all(u"/api/v2/routing/queues"_s, {}, 100);
        QVERIFY(!few.isEmpty() && few.size() < all.size());
        const auto refused = narrow.get(u"/api/v2/oauth/clients"_s);
        QCOMPARE(refused.status, 403);
        QCOMPARE(refused.root()["code"].toQString(), u"missing.permissions"_s);
        QCOMPARE(refused.root()["messageParams"]["permissions"].toQString(), u"oauth:client:view"_s);
        QCOMPARE(narrow.get(u"/api/v2/users/query"_s).status, 403);
        QCOMPARE(narrow.get(u"/api/v2/users"_s).status, 200);
    }

    void quotaEndsIn429()
    {
        Sandbox::Settings settings;
        settings.users = 150;
        settings.quotaPerMinute = 5;
        Sandbox::Server server(settings);
        QVERIFY(server.listen());
        Client client(server.baseUrl());
        QVERIFY(client.signIn(clientId, secret)); // the first of five
        for (int i = 0; i < 4; ++i)
            QCOMPARE(client.get(u"/api/v2/organizations/me"_s).status, 200);
        const auto refused = client.get(u"/api/v2/organizations/me"_s);
        QCOMPARE(refused.status, 429);
        QVERIFY(refused.headers.value("retry-after").toInt() > 0);
        QVERIFY(refused.root()["message"].toQString().contains(u"["_s + QString::fromLatin1(refused.headers.value("retry-after"))
                                                               + u"] seconds"_s));
        QCOMPARE(refused.root()["limit"]["namespace"].toQString(), u"platform.api"_s);
        QCOMPARE(refused.root()["limit"]["value"].toInteger(), 5);
        server.moveTo(server.nowUtc().addSecs(61)); // the virtual minute is over
        QCOMPARE(client.get(u"/api/v2/organizations/me"_s).status, 200);
    }

    void listingsAreReadToTheirEnd_data()
    {
        QTest::addColumn<QString>("path");
        QTest::addColumn<QString>("query");
        QTest::addColumn<int>("pageSize");
        QTest::addColumn<int>("items");
        QTest::newRow("users by page number") << u"/api/v2/users"_s << u"state=any"_s << 150 << 400;
        QTest::newRow("users by cursor") << u"/api/v2/users/query"_s << u"state=any"_s << 90 << 400;
        QTest::newRow("users a page as long as the rest") << u"/api/v2/users"_s << u"state=any"_s << 200 << 400;
        QTest::newRow("teams by nextUri") << u"/api/v2/teams"_s << QString() << 3 << 8;
        QTest::newRow("triggers by nextUri, one page") << u"/api/v2/processautomation/triggers"_s << QString() << 200 << 3;
        QTest::newRow("clients in one go") << u"/api/v2/oauth/clients"_s << QString() << 1 << 8;
        QTest::newRow("queues") << u"/api/v2/routing/queues"_s << QString() << 7 << 50;
        QTest::newRow("permissions") << u"/api/v2/authorization/permissions"_s << QString() << 25 << 69;
    }
    void listingsAreReadToTheirEnd()
    {
        QFETCH(QString, path);
        QFETCH(QString, query);
        QFETCH(int, pageSize);
        QFETCH(int, items);
        QSet<QString> ids;
        const auto all = m_client->all(path, query, pageSize);
        for (const Json::Value item : all)
            ids.insert(item["id"].toQString());
        QCOMPARE(all.size(), items);
        QCOMPARE(ids.size(), items);
    }

    void pagesHaveTheMembersOfTheirStyle_data()
    {
        QTest::addColumn<QString>("path");
        QTest::addColumn<QStringList>("has");
        QTest::addColumn<QStringList>("lacks");
        const QString queue = u"{queue}"_s;
        QTest::newRow("by page number") << u"/api/v2/users?pageSize=10"_s
                                        << QStringList{u"total"_s, u"pageCount"_s, u"nextUri"_s, u"firstUri"_s, u"lastUri"_s, u"selfUri"_s}
                                        << QStringList{u"cursor"_s};
        QTest::newRow("by page number without a total")
            << u"/api/v2/routing/queues/{queue}/members?pageSize=1"_s << QStringList{u"pageNumber"_s, u"nextUri"_s}
            << QStringList{u"total"_s, u"pageCount"_s, u"lastUri"_s};
        QTest::newRow("by page number, without URIs") << u"/api/v2/authorization/divisions/*/grants?pageSize=2"_s
                                                      << QStringList{u"total"_s, u"pageCount"_s, u"pageNumber"_s, u"pageSize"_s}
                                                      << QStringList{u"nextUri"_s, u"firstUri"_s, u"selfUri"_s, u"cursor"_s};
        QTest::newRow("by nextUri") << u"/api/v2/teams?pageSize=2"_s << QStringList{u"nextUri"_s}
                                    << QStringList{u"total"_s, u"pageNumber"_s, u"cursor"_s};
        QTest::newRow("by nextUri, last page") << u"/api/v2/teams?pageSize=100"_s << QStringList{u"selfUri"_s} << QStringList{u"nextUri"_s};
        QTest::newRow("by cursor") << u"/api/v2/users/query?pageSize=10"_s << QStringList{u"cursor"_s, u"results"_s}
                                   << QStringList{u"total"_s, u"pageNumber"_s};
        QTest::newRow("by cursor, last page") << u"/api/v2/users/query?pageSize=500"_s << QStringList{u"results"_s}
                                              << QStringList{u"cursor"_s};
        QTest::newRow("unpaged") << u"/api/v2/oauth/clients"_s << QStringList{u"entities"_s} << QStringList{u"nextUri"_s, u"cursor"_s};
    }
    void pagesHaveTheMembersOfTheirStyle()
    {
        QFETCH(QString, path);
        QFETCH(QStringList, has);
        QFETCH(QStringList, lacks);
        const QString queue = m_client->all(u"/api/v2/routing/queues"_s, {}, 100).first()["id"].toQString();
        const auto reply = m_client->get(path.replace(u"{queue}"_s, queue));
        QCOMPARE(reply.status, 200);
        for (const QString &name : has)
            QVERIFY2(!reply.root()[name.toStdString()].isMissing(), qPrintable(name));
        for (const QString &name : lacks)
            QVERIFY2(reply.root()[name.toStdString()].isMissing(), qPrintable(name));
    }

    void pageSizesAreClamped_data()
    {
        QTest::addColumn<QString>("path");
        QTest::addColumn<int>("size");
        QTest::newRow("users") << u"/api/v2/users?pageSize=9999"_s << 500;
        QTest::newRow("roles") << u"/api/v2/authorization/roles?pageSize=9999"_s << 100;
        QTest::newRow("none asked for") << u"/api/v2/users"_s << 25;
    }
    void pageSizesAreClamped()
    {
        QFETCH(QString, path);
        QFETCH(int, size);
        QCOMPARE(m_client->get(path).root()["pageSize"].toInteger(), qint64(size));
    }

    void cursorGoesStaleWhenTheOrganisationChanges()
    {
        const auto page = m_client->get(u"/api/v2/users/query?pageSize=10"_s);
        const QString next = u"/api/v2/users/query?pageSize=10&cursor="_s + page.root()["cursor"].toQString();
        QCOMPARE(m_client->get(next).status, 200);
        m_server->moveTo(m_server->captureTimes().at(1));
        QVERIFY(m_client->signIn(clientId, secret));
        const auto stale = m_client->get(next);
        QCOMPARE(stale.status, 400);
        QVERIFY(stale.root()["message"].toQString().contains(u"cursor"_s));
    }

    void expandIsTakenInBothForms_data()
    {
        QTest::addColumn<QString>("query");
        QTest::addColumn<bool>("skills");
        QTest::addColumn<bool>("languages");
        QTest::newRow("not at all") << QString() << false << false;
        QTest::newRow("repeated") << u"&expand=skills&expand=languages"_s << true << true;
        QTest::newRow("with a comma") << u"&expand=skills,languages"_s << true << true;
        QTest::newRow("only one") << u"&expand=languages"_s << false << true;
    }
    void expandIsTakenInBothForms()
    {
        QFETCH(QString, query);
        QFETCH(bool, skills);
        QFETCH(bool, languages);
        const auto reply = m_client->get(u"/api/v2/users?pageSize=1"_s + query);
        const Json::Value user = *reply.root()["entities"].items().begin();
        QCOMPARE(!user["skills"].isMissing(), skills);
        QCOMPARE(!user["languages"].isMissing(), languages);
    }

    void whoLeftIsShownOnlyWhenAskedFor()
    {
        m_server->moveTo(m_server->captureTimes().last());
        QVERIFY(m_client->signIn(clientId, secret));
        const auto any = m_client->get(u"/api/v2/users?state=any"_s).root()["total"].toInteger();
        const auto active = m_client->get(u"/api/v2/users"_s).root()["total"].toInteger();
        const auto inactive = m_client->get(u"/api/v2/users?state=inactive"_s).root()["total"].toInteger();
        QCOMPARE(any, active + inactive);
        QVERIFY(inactive > 0);
    }

    void teamGrantsAreLabelledAndCanBeLeftOut_data()
    {
        QTest::addColumn<bool>("on");
        QTest::newRow("on") << true;
        QTest::newRow("off") << false;
    }
    void teamGrantsAreLabelledAndCanBeLeftOut()
    {
        QFETCH(bool, on);
        Sandbox::Settings settings;
        settings.users = 150;
        settings.teamGrants = on;
        Sandbox::Server server(settings);
        QVERIFY(server.listen());
        Client client(server.baseUrl());
        QVERIFY(client.signIn(clientId, secret));
        int teams = 0;
        QSet<QString> types;
        for (const Json::Value role : client.all(u"/api/v2/authorization/roles"_s, {}, 100)) {
            for (const Json::Value subject :
                 client.all(u"/api/v2/authorization/roles/%1/subjectgrants"_s.arg(role["id"].toQString()), {}, 100)) {
                types.insert(subject["type"].toQString());
                const bool isTeam = subject["type"].toQString() == u"PC_TEAM"_s;
                teams += isTeam ? 1 : 0;
                QCOMPARE(subject["synthetic"].toBool(), isTeam);
            }
        }
        QCOMPARE(teams > 0, on);
        QVERIFY(types.contains(u"PC_USER"_s) && types.contains(u"PC_GROUP"_s) && types.contains(u"PC_OAUTH_CLIENT"_s));
    }

    void subjectsInheritThroughGroups()
    {
        m_server->moveTo(m_server->captureTimes().at(6)); // after the night of the 17th
        QVERIFY(m_client->signIn(clientId, secret));
        QString contractor;
        for (const Json::Value user : m_client->all(u"/api/v2/users"_s, u"state=any"_s, 500)) {
            if (user["name"].toQString() == u"contractor-17"_s)
                contractor = user["id"].toQString();
        }
        const auto reply = m_client->get(u"/api/v2/authorization/subjects/%1?includeDuplicates=true"_s.arg(contractor));
        bool isAdmin = false;
        for (const Json::Value grant : reply.root()["grants"].items()) {
            if (grant["role"]["name"].toQString() == u"Master Admin"_s) {
                isAdmin = grant["subjectId"].toQString() != contractor && grant["division"]["id"].toQString() == u"*"_s;
            }
        }
        QVERIFY(isAdmin);
        const auto own = m_client->get(u"/api/v2/authorization/subjects/me"_s);
        QCOMPARE(own.root()["id"].toQString(), clientId);
        QVERIFY(own.root()["grants"].size() > 0);
    }

    void tokenTellsWhoseItIs()
    {
        const auto reply = m_client->get(u"/api/v2/tokens/me"_s);
        QCOMPARE(reply.root()["organization"]["id"].toQString(), m_server->organisationId());
        QCOMPARE(reply.root()["OAuthClient"]["id"].toQString(), clientId);
        QCOMPARE(m_client->send("HEAD", u"/api/v2/tokens/me"_s).status, 200);
        m_client->forgetToken();
        QCOMPARE(m_client->send("HEAD", u"/api/v2/tokens/me"_s).status, 401);
    }

    void sameSeedAndTimeGiveTheSameBytes()
    {
        Sandbox::Server twin;
        QVERIFY(twin.listen());
        Client client(twin.baseUrl());
        QVERIFY(client.signIn(clientId, secret));
        for (const QString &path : {u"/api/v2/users?pageSize=500&expand=skills"_s, u"/api/v2/routing/queues"_s, u"/api/v2/oauth/clients"_s})
            QCOMPARE(client.get(path).body, m_client->get(path).body);
        QCOMPARE(twin.requestLog(), m_server->requestLog());
        QCOMPARE(twin.requestCount(), 4);
    }

    void secretsAreServedForTheRedactorToFind()
    {
        int secrets = 0;
        for (const Json::Value client : m_client->all(u"/api/v2/oauth/clients"_s, {}, 100))
            secrets += client["secret"].isString() ? 1 : 0;
        QVERIFY(secrets >= 3);
        const auto trunks = m_client->get(u"/api/v2/telephony/providers/edges/trunkbasesettings?expand=properties"_s);
        QVERIFY(trunks.body.contains("trunk_sip_authentication_credentials_password"));
        QVERIFY(!m_client->get(u"/api/v2/telephony/providers/edges/trunkbasesettings"_s).body.contains("password"));
    }

    void faultsBehaveAsScripted_data()
    {
        QTest::addColumn<QString>("behaviour");
        QTest::addColumn<int>("status");
        QTest::addColumn<int>("answered");
        QTest::addColumn<int>("error");
        QTest::newRow("a status") << QString() << 503 << 503 << int(QNetworkReply::ServiceUnavailableError);
        QTest::newRow("throttled") << QString() << 429 << 429 << int(QNetworkReply::UnknownContentError);
        QTest::newRow("a body cut off") << u"truncate"_s << 0 << 200 << int(QNetworkReply::RemoteHostClosedError);
        QTest::newRow("HTML instead of JSON") << u"not-json"_s << 0 << 200 << int(QNetworkReply::NoError);
        QTest::newRow("a redirect") << u"redirect"_s << 0 << 302 << int(QNetworkReply::NoError);
        QTest::newRow("a body of one's own") << u"body"_s << 0 << 200 << int(QNetworkReply::NoError);
        QTest::newRow("the connection reset") << u"reset"_s << 0 << 0 << int(QNetworkReply::RemoteHostClosedError);
        QTest::newRow("no answer") << u"hang"_s << 0 << 0 << int(QNetworkReply::OperationCanceledError);
    }
    void faultsBehaveAsScripted()
    {
        QFETCH(QString, behaviour);
        QFETCH(int, status);
        QFETCH(int, answered);
        QFETCH(int, error);
        Sandbox::Server::Fault fault;
        fault.path = u"/api/v2/users"_s;
        fault.status = status;
        fault.behaviour = behaviour;
        fault.skip = 1;
        fault.count = behaviour == u"reset"_s ? -1 : 1; // Qt tries a reset request again by itself
        if (behaviour == u"redirect"_s)
            fault.body = "http://elsewhere.example/";
        if (behaviour == u"body"_s)
            fault.body = "{\"entities\":[{\"id\":NaN}]}";
        if (status == 429)
            fault.retryAfter = "7";
        m_server->addFault(fault);
        QCOMPARE(m_client->get(u"/api/v2/users"_s).status, 200); // skipped
        const auto reply = behaviour == u"hang"_s ? m_client->getOrGiveUp(u"/api/v2/users"_s, 200) : m_client->get(u"/api/v2/users"_s);
        QCOMPARE(reply.status, answered);
        QCOMPARE(int(reply.error), error);
        QVERIFY(!reply.json || status != 0);
        if (behaviour == u"redirect"_s)
            QCOMPARE(reply.headers.value("location"), QByteArray("http://elsewhere.example/"));
        if (behaviour == u"body"_s)
            QCOMPARE(reply.body, fault.body);
        if (status == 429) {
            QCOMPARE(reply.headers.value("retry-after"), QByteArray("7"));
            QVERIFY(reply.root()["message"].toQString().contains(u"[7] seconds"_s));
        }
        if (fault.count < 0)
            m_server->clearFaults();
        QCOMPARE(m_client->get(u"/api/v2/users"_s).status, 200); // used up
        QCOMPARE(m_client->get(u"/api/v2/groups"_s).status, 200);
    }

    void serverDiesWithHungRequests()
    {
        m_server->addFault({u"/api/v2/users"_s, 0, u"hang"_s, {}, 0, -1, {}});
        (void)m_client->getOrGiveUp(u"/api/v2/users"_s, 50);
        QNetworkAccessManager network;
        QNetworkRequest request(QUrl(m_server->baseUrl().toString() + u"/api/v2/users"_s));
        QNetworkReply *reply = network.get(request);
        QVERIFY(QTest::qWaitFor([&] { return m_server->requestLog().size() >= 3; }));
        m_server.reset();
        QVERIFY(QTest::qWaitFor([&] { return reply->isFinished(); }));
        QVERIFY(reply->error() != QNetworkReply::NoError);
    }

    void takenPortIsTold()
    {
        QTcpServer other;
        QVERIFY(other.listen(QHostAddress::LocalHost));
        Sandbox::Settings settings;
        settings.users = 150;
        settings.port = other.serverPort();
        Sandbox::Server server(settings);
        const auto listening = server.listen();
        QVERIFY(!listening);
        QCOMPARE(listening.error().code, ErrorCode::Io);
    }

    void clockIsMovedOverHttp_data()
    {
        QTest::addColumn<QByteArray>("method");
        QTest::addColumn<QString>("path");
        QTest::addColumn<int>("status");
        QTest::addColumn<QString>("now");
        QTest::newRow("to a time") << QByteArray("POST") << u"/sandbox/advance?to=2026-10-17T06:00:00Z"_s << 200
                                   << u"2026-10-17T06:00:00Z"_s;
        QTest::newRow("to the next capture") << QByteArray("POST") << u"/sandbox/advance?to=next"_s << 200 << u"2026-10-01T06:00:00Z"_s;
        QTest::newRow("by hours") << QByteArray("POST") << u"/sandbox/advance?by=36h"_s << 200 << u"2026-10-02T12:00:00Z"_s;
        QTest::newRow("back") << QByteArray("POST") << u"/sandbox/advance?to=2025-10-17T06:00:00Z"_s << 409 << QString();
        QTest::newRow("by GET") << QByteArray("GET") << u"/sandbox/advance?by=36h"_s << 405 << QString();
        QTest::newRow("to no time") << QByteArray("POST") << u"/sandbox/advance?to=tomorrow"_s << 400 << QString();
        QTest::newRow("by nothing") << QByteArray("POST") << u"/sandbox/advance?by=h"_s << 400 << QString();
        QTest::newRow("not said where") << QByteArray("POST") << u"/sandbox/advance"_s << 400 << QString();
        QTest::newRow("the state is read") << QByteArray("GET") << u"/sandbox/state"_s << 200 << u"2026-10-01T00:00:00Z"_s;
        QTest::newRow("nothing else is there") << QByteArray("GET") << u"/sandbox/secrets"_s << 404 << QString();
    }
    void clockIsMovedOverHttp()
    {
        QFETCH(QByteArray, method);
        QFETCH(QString, path);
        QFETCH(int, status);
        QFETCH(QString, now);
        m_client->forgetToken(); // beside the API's dialect
        const auto reply = m_client->send(method, path);
        QCOMPARE(reply.status, status);
        QCOMPARE(reply.root()["now"].toQString(), now);
        QCOMPARE(reply.root()["error"].isString(), status != 200);
    }

    void scriptIsToldOverHttp()
    {
        const auto reply = m_client->get(u"/sandbox/script?from=2026-10-01T06:00:00Z&to=2026-10-31T20:00:00Z"_s);
        QCOMPARE(reply.root()["changes"].size(),
                 m_server->expectedChanges(m_server->captureTimes().first(), m_server->captureTimes().last()).size());
        QCOMPARE(m_client->get(u"/sandbox/script"_s).root()["changes"].size(), m_server->script().size());
    }

    void tenThousandUsersAreReadWhole()
    {
        Sandbox::Settings settings;
        settings.users = 10'000;
        Sandbox::Server server(settings);
        QVERIFY(server.listen());
        Client client(server.baseUrl());
        QVERIFY(client.signIn(clientId, secret));
        QCOMPARE(client.all(u"/api/v2/users"_s, u"state=any&expand=skills,languages,locations,employerInfo"_s, 500).size(), 10'000);
    }

    void aFullPageKeepsTheWindowAlive()
    {
        // The demo serves on the window's own thread: no request may take a frame. Best of ten, as others use the machine too.
        const Sandbox::GeneratorSettings settings{5000,     1,      true,
                                                  clientId, secret, QDateTime(QDate(2026, 10, 1), QTime(0, 0), QTimeZone::UTC)};
        auto org = Sandbox::generate(settings);
        QVERIFY(org);
        Sandbox::World world{std::move(*org), settings, settings.startUtc, {}, 0};
        Sandbox::Api api(world, 0);
        Sandbox::Request request;
        request.method = "POST";
        request.path = "/oauth/token";
        request.contentType = "application/x-www-form-urlencoded";
        request.authorization = "Basic " + (clientId + u':' + secret).toUtf8().toBase64();
        request.body = "grant_type=client_credentials";
        const auto token = Json::parse(view(api.answer(request).body));
        QVERIFY(token);
        request = {};
        request.method = "GET";
        request.path = "/api/v2/users";
        request.authorization = "Bearer " + token->root()["access_token"].toQString().toLatin1();
        request.query = QUrlQuery(
            u"state=any&pageSize=500&pageNumber=7&expand=skills,languages,locations,employerInfo,biography,certifications,profileSkills"_s);
        qint64 best = std::numeric_limits<qint64>::max();
        qsizetype bytes = 0;
        for (int i = 0; i < 10; ++i) {
            QElapsedTimer timer;
            timer.start();
            api.beginRequest();
            const Sandbox::Answer answer = api.answer(request);
            best = std::min(best, timer.nsecsElapsed() / 1000);
            QCOMPARE(answer.status, 200);
            bytes = answer.body.size();
        }
        qInfo("a page of 500 users: %lld bytes in %lld us", static_cast<long long>(bytes), static_cast<long long>(best));
        QVERIFY(best < 16'000);
    }

private:
    std::unique_ptr<Sandbox::Server> m_server;
    std::unique_ptr<Client> m_client;
};

QTEST_GUILESS_MAIN(TestSandboxApi)
#include "tst_sandboxapi.moc"
