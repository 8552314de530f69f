#include "genesys/apiclient.h"

#include <QtTest>

using namespace Qt::StringLiterals;
using namespace Orgtrace;
using Genesys::ApiRequest;
using Genesys::Method;

class TestEndpoints : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void regionsAndOverrides_data();
    void regionsAndOverrides();
    void theNearestNamesAreSaid();
    void onlyListedRequestsCanBeMade_data();
    void onlyListedRequestsCanBeMade();
    void idsStandInPathsAsOneSegment_data();
    void idsStandInPathsAsOneSegment();
};

void TestEndpoints::regionsAndOverrides_data()
{
    QTest::addColumn<QString>("region");
    QTest::addColumn<QString>("api");
    QTest::addColumn<QString>("login");
    QTest::addColumn<QString>("expected"); // "region|api|login", or the error's name
    QTest::newRow("a region by its name") << u"eu-central-1"_s << QString() << QString()
                                          << u"eu-central-1|https://api.mypurecloud.de|https://login.mypurecloud.de"_s;
    QTest::newRow("a region by its domain, in capitals")
        << u" MyPureCloud.com "_s << QString() << QString() << u"us-east-1|https://api.mypurecloud.com|https://login.mypurecloud.com"_s;
    QTest::newRow("the sandbox: one base for both")
        << u"custom"_s << u"http://127.0.0.1:8080/"_s << QString() << u"custom|http://127.0.0.1:8080|http://127.0.0.1:8080"_s;
    QTest::newRow("no region but a base") << QString() << u"https://gw.example/genesys"_s << QString()
                                          << u"custom|https://gw.example/genesys|https://gw.example/genesys"_s;
    QTest::newRow("a gateway for the API alone")
        << u"eu-west-1"_s << u"https://gw.example"_s << QString() << u"eu-west-1|https://gw.example|https://login.mypurecloud.ie"_s;
    QTest::newRow("IPv6 loopback without TLS") << QString() << u"http://[::1]:99"_s << QString()
                                               << u"custom|http://[::1]:99|http://[::1]:99"_s;
    QTest::newRow("an unknown region") << u"mars-north-1"_s << QString() << QString() << u"wrong-region"_s;
    QTest::newRow("an unknown region is not saved by a base")
        << u"mars-north-1"_s << u"https://gw.example"_s << QString() << u"wrong-region"_s;
    QTest::newRow("nothing at all") << QString() << QString() << QString() << u"wrong-region"_s;
    QTest::newRow("plain http to another machine") << u"custom"_s << u"http://gw.example"_s << QString() << u"bad-input"_s;
    QTest::newRow("plain http login to another machine")
        << u"custom"_s << u"https://gw.example"_s << u"http://10.0.0.1"_s << u"bad-input"_s;
    QTest::newRow("localhost in another's name") << u"custom"_s << u"http://localhost.example.com"_s << QString() << u"bad-input"_s;
    QTest::newRow("another scheme") << u"custom"_s << u"file:///etc/passwd"_s << QString() << u"bad-input"_s;
    QTest::newRow("a user name in the base") << u"custom"_s << u"https://me:pw@gw.example"_s << QString() << u"bad-input"_s;
    QTest::newRow("a query in the base") << u"custom"_s << u"https://gw.example?x=1"_s << QString() << u"bad-input"_s;
}

void TestEndpoints::regionsAndOverrides()
{
    QFETCH(QString, region);
    QFETCH(QString, api);
    QFETCH(QString, login);
    QFETCH(QString, expected);
    const auto out = Genesys::endpoints(region, api, login);
    QCOMPARE(out ? QString(out->region + u'|' + out->api.toString() + u'|' + out->login.toString()) : errorCodeName(out.error().code),
             expected);
    if (!out) {
        QVERIFY2(!out.error().detail.contains(u"pw") && !out.error().where.contains(u"pw"), "a password in the base must not be repeated");
    }
}

void TestEndpoints::theNearestNamesAreSaid()
{
    const auto out = Genesys::endpoints(u"eu-centrel-1"_s);
    QVERIFY(!out);
    QVERIFY2(out.error().detail.contains(u"eu-central-1"), qPrintable(out.error().detail));
}

void TestEndpoints::onlyListedRequestsCanBeMade_data()
{
    QTest::addColumn<int>("method");
    QTest::addColumn<QByteArray>("path");
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<bool>("allowed");
    const int get = int(Method::Get), head = int(Method::Head), post = int(Method::Post), remove = int(Method::Delete);
    QTest::newRow("a listing") << get << QByteArray("/api/v2/users") << QByteArray() << true;
    QTest::newRow("asking whether the token lives") << head << QByteArray("/api/v2/tokens/me") << QByteArray() << true;
    QTest::newRow("an encoded id") << get << QByteArray("/api/v2/groups/..%2F..%2Fetc/members") << QByteArray() << true;
    QTest::newRow("an audit query") << post << QByteArray("/api/v2/audits/query") << QByteArray("{}") << true;
    QTest::newRow("a real-time audit query") << post << QByteArray("/api/v2/audits/query/realtime") << QByteArray("{}") << true;
    QTest::newRow("a notification channel") << post << QByteArray("/api/v2/notifications/channels") << QByteArray() << true;
    QTest::newRow("subscriptions") << post << QByteArray("/api/v2/notifications/channels/c1/subscriptions") << QByteArray("[]") << true;
    QTest::newRow("clearing subscriptions") << remove << QByteArray("/api/v2/notifications/channels/c1/subscriptions") << QByteArray()
                                            << true;
    QTest::newRow("creating a user") << post << QByteArray("/api/v2/users") << QByteArray("{}") << false;
    QTest::newRow("deleting a queue") << remove << QByteArray("/api/v2/routing/queues/q1") << QByteArray() << false;
    QTest::newRow("revoking tokens") << remove << QByteArray("/api/v2/tokens/me") << QByteArray() << false;
    QTest::newRow("a body on a reading") << get << QByteArray("/api/v2/users") << QByteArray("{}") << false;
    QTest::newRow("another version of the API") << get << QByteArray("/api/v1/users") << QByteArray() << false;
    QTest::newRow("climbing out") << get << QByteArray("/api/v2/../../oauth/token") << QByteArray() << false;
    QTest::newRow("climbing out, encoded") << get << QByteArray("/api/v2/%2e%2E/x") << QByteArray() << false;
    QTest::newRow("an empty segment") << get << QByteArray("/api/v2//users") << QByteArray() << false;
    QTest::newRow("nothing below the root") << get << QByteArray("/api/v2/") << QByteArray() << false;
    QTest::newRow("a query smuggled into the path") << get << QByteArray("/api/v2/users?x=1") << QByteArray() << false;
    QTest::newRow("a host smuggled into the path") << get << QByteArray("//evil.example/api/v2/users") << QByteArray() << false;
    QTest::newRow("a line break") << get << QByteArray("/api/v2/users\r\nX: y") << QByteArray() << false;
    QTest::newRow("a broken escape") << get << QByteArray("/api/v2/users/%zz") << QByteArray() << false;
    QTest::newRow("a post below the audit query") << post << QByteArray("/api/v2/audits/query/x") << QByteArray("{}") << false;
    QTest::newRow("an encoded slash does not reach the list") << post << QByteArray("/api/v2/audits%2Fquery") << QByteArray("{}") << false;
}

void TestEndpoints::onlyListedRequestsCanBeMade()
{
    QFETCH(int, method);
    QFETCH(QByteArray, path);
    QFETCH(QByteArray, body);
    QFETCH(bool, allowed);
    const auto request = ApiRequest::allow(Method(method), path, {}, body);
    QCOMPARE(request.has_value(), allowed);
    if (!request) {
        QCOMPARE(request.error().code, ErrorCode::RequestRefused);
    }
}

void TestEndpoints::idsStandInPathsAsOneSegment_data()
{
    QTest::addColumn<QString>("id");
    QTest::addColumn<QByteArray>("expected"); // empty: refused
    QTest::newRow("a plain id") << u"3f2-a"_s << QByteArray("/api/v2/groups/3f2-a/members");
    QTest::newRow("a climbing id stays inside") << u"../../etc/passwd"_s << QByteArray("/api/v2/groups/..%2F..%2Fetc%2Fpasswd/members");
    QTest::newRow("a query in an id") << u"a?b=c#d"_s << QByteArray("/api/v2/groups/a%3Fb%3Dc%23d/members");
    QTest::newRow("umlauts and spaces") << u"Ä b"_s << QByteArray("/api/v2/groups/%C3%84%20b/members");
    QTest::newRow("nothing") << QString() << QByteArray();
    QTest::newRow("one dot") << u"."_s << QByteArray();
    QTest::newRow("two dots") << u".."_s << QByteArray();
    QTest::newRow("endless") << QString(10000, u'a') << QByteArray();
}

void TestEndpoints::idsStandInPathsAsOneSegment()
{
    QFETCH(QString, id);
    QFETCH(QByteArray, expected);
    const auto path = Genesys::pathWithId("/api/v2/groups/{id}/members", id);
    QCOMPARE(path.value_or(QByteArray()), expected);
    if (path) {
        QVERIFY(ApiRequest::allow(Method::Get, *path));
    } else {
        QCOMPARE(path.error().code, ErrorCode::BadInput);
    }
}

QTEST_GUILESS_MAIN(TestEndpoints)
#include "tst_endpoints.moc"
