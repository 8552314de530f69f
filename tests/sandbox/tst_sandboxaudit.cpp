#include "client.h"
#include "sandbox/sandbox.h"

#include <QSet>
#include <QTest>

#include <algorithm>

using namespace Orgtrace;
using namespace Qt::StringLiterals;

namespace {

QByteArray query(const QString &interval, const QByteArray &rest = {})
{
    return "{\"interval\":\"" + interval.toUtf8() + "\"" + (rest.isEmpty() ? QByteArray() : "," + rest) + "}";
}

} // namespace

class TestSandboxAudit : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase()
    {
        QVERIFY(m_server.listen());
        m_client = std::make_unique<Client>(m_server.baseUrl());
        m_server.moveTo(m_server.monthEndUtc());
        QVERIFY(m_client->signIn(Sandbox::Settings().clientId, u"sandbox-secret"_s));
    }

    void queryIsQueuedThenRunsThenSucceeds()
    {
        const auto submitted = m_client->post(u"/api/v2/audits/query"_s,
                                              query(u"2026-10-01T00:00:00Z/2026-10-02T00:00:00Z"_s, "\"serviceName\":\"Directory\""));
        QCOMPARE(submitted.status, 202);
        QCOMPARE(submitted.root()["state"].toQString(), u"Queued"_s);
        QCOMPARE(submitted.root()["serviceName"].toQString(), u"Directory"_s);
        const QString path = u"/api/v2/audits/query/"_s + submitted.root()["id"].toQString();
        QCOMPARE(m_client->get(path + u"/results"_s).status, 400); // too early
        QCOMPARE(m_client->get(path).root()["state"].toQString(), u"Running"_s);
        QCOMPARE(m_client->get(path).root()["state"].toQString(), u"Succeeded"_s);
        const auto results = m_client->get(path + u"/results"_s);
        QCOMPARE(results.status, 200);
        QCOMPARE(results.root()["id"].toQString(), submitted.root()["id"].toQString());
        QVERIFY(results.root()["pageSize"].toInteger() == 25);
    }

    void badQueriesAreRefused_data()
    {
        QTest::addColumn<QByteArray>("body");
        QTest::newRow("not JSON") << QByteArray("interval");
        QTest::newRow("no interval") << QByteArray("{}");
        QTest::newRow("half an interval") << query(u"2026-10-01T00:00:00Z"_s);
        QTest::newRow("an interval that runs back") << query(u"2026-10-02T00:00:00Z/2026-10-01T00:00:00Z"_s);
        QTest::newRow("more than thirty days") << query(u"2026-09-01T00:00:00Z/2026-10-30T00:00:00Z"_s);
        QTest::newRow("an unknown filter") << query(u"2026-10-01T00:00:00Z/2026-10-02T00:00:00Z"_s,
                                                    R"("filters":[{"property":"Colour","value":"x"}])");
        QTest::newRow("an action without an entity type")
            << query(u"2026-10-01T00:00:00Z/2026-10-02T00:00:00Z"_s, R"("filters":[{"property":"Action","value":"Update"}])");
    }
    void badQueriesAreRefused()
    {
        QFETCH(QByteArray, body);
        const auto reply = m_client->post(u"/api/v2/audits/query"_s, body);
        QCOMPARE(reply.status, 400);
        QCOMPARE(reply.root()["code"].toQString(), u"bad.request"_s);
    }

    void unknownTransactionIsNotFound()
    {
        QCOMPARE(m_client->get(u"/api/v2/audits/query/none"_s).status, 404);
        QCOMPARE(m_client->get(u"/api/v2/audits/query/none/results"_s).status, 404);
    }

    void resultsAreReadByCursorExactlyOnce_data()
    {
        QTest::addColumn<int>("pageSize");
        QTest::newRow("small pages") << 25;
        QTest::newRow("odd pages") << 37;
        QTest::newRow("one large page") << 500;
        QTest::newRow("above the ceiling") << 9000;
    }
    void resultsAreReadByCursorExactlyOnce()
    {
        QFETCH(int, pageSize);
        const auto events = pull(u"2026-10-05T00:00:00Z/2026-10-12T00:00:00Z"_s, {}, pageSize);
        QSet<QString> ids;
        QString last;
        for (const Json::Value event : events) {
            ids.insert(event["id"].toQString());
            const QString date = event["eventDate"].toQString();
            QVERIFY(QDateTime::fromString(date, Qt::ISODateWithMs) >= QDateTime::fromString(last, Qt::ISODateWithMs) || last.isEmpty());
            last = date;
        }
        QVERIFY(events.size() > 100);
        QCOMPARE(ids.size(), events.size());
        if (m_week == 0)
            m_week = events.size();
        QCOMPARE(events.size(), m_week);
    }

    void wrongCaseFindsNothingAndSaysNothing()
    {
        const QString month = u"2026-10-02T00:00:00Z/2026-10-31T00:00:00Z"_s;
        QVERIFY(!pull(month, "\"serviceName\":\"Directory\"", 500).isEmpty());
        QVERIFY(pull(month, "\"serviceName\":\"directory\"", 500).isEmpty());
    }

    void systemEventsDominateAndHaveNoUser()
    {
        int system = 0;
        const auto events = pull(u"2026-10-02T00:00:00Z/2026-10-31T00:00:00Z"_s, {}, 500);
        for (const Json::Value event : events) {
            const bool isSystem = event["level"].toQString() == u"SYSTEM"_s;
            system += isSystem ? 1 : 0;
            QCOMPARE(event["user"].isMissing(), isSystem);
            QCOMPARE(event["remoteIp"].isMissing(), isSystem);
        }
        QVERIFY(system * 100 > events.size() * 44);
    }

    void groupMembershipComesAsThreeEvents()
    {
        const auto events = pull(u"2026-10-17T02:18:00Z/2026-10-17T02:20:00Z"_s, "\"serviceName\":\"Groups\"", 500);
        QCOMPARE(events.size(), 3);
        QStringList properties;
        QSet<QString> correlations;
        for (const Json::Value event : events) {
            properties.append((*event["propertyChanges"].items().begin())["property"].toQString());
            correlations.insert(event["context"]["correlationId"].toQString());
            QCOMPARE(event["action"].toQString(), u"Update"_s);
        }
        QCOMPARE(properties, QStringList({u"memberCount"_s, u"individuals"_s, u"group-membership"_s}));
        QCOMPARE(correlations.size(), 1);
        QCOMPARE(events[0]["level"].toQString(), u"SYSTEM"_s);
        QVERIFY(!events[0]["context"]["userid"].toQString().isEmpty());
        QCOMPARE((*events[2]["propertyChanges"].items().begin())["oldValues"].size(), 0);
    }

    void grantOfTheNightSaysWhoAndFromWhere()
    {
        const auto events = pull(u"2026-10-17T02:13:00Z/2026-10-17T02:15:00Z"_s, {}, 500);
        QCOMPARE(events.size(), 1);
        const Json::Value event = events.first();
        QCOMPARE(event["action"].toQString(), u"MemberAdd"_s);
        QCOMPARE(event["user"]["name"].toQString(), u"Maris Stone"_s);
        QCOMPARE((*event["remoteIp"].items().begin()).toQString(), u"203.0.113.44"_s);
        QCOMPARE(event["propertyChanges"].size(), 0);
        QVERIFY(event["entity"]["name"].toQString().endsWith(u"--"_s + m_server.organisationId()));
    }

    void undoneQueueChangeLeavesTwoEvents()
    {
        const auto events = pull(u"2026-10-17T22:00:00Z/2026-10-17T23:00:00Z"_s,
                                 "\"serviceName\":\"ContactCenter\",\"filters\":[{\"property\":\"EntityType\",\"value\":\"Queue\"}]", 500);
        QCOMPARE(events.size(), 2);
        const auto changes = events[0]["propertyChanges"];
        QCOMPARE(changes.size(), events[1]["propertyChanges"].size());
        // What the first put in, the second took out.
        QStringList put;
        QStringList taken;
        for (const Json::Value change : changes.items())
            put.append(change["property"].toQString() + (*change["newValues"].items().begin()).toQString());
        for (const Json::Value change : events[1]["propertyChanges"].items())
            taken.append(change["property"].toQString() + (*change["oldValues"].items().begin()).toQString());
        put.sort();
        taken.sort();
        QCOMPARE(put, taken);
    }

    void queueMemberSitsInThePropertyName()
    {
        const auto events = pull(
            u"2026-10-15T07:45:00Z/2026-10-15T07:51:00Z"_s,
            "\"filters\":[{\"property\":\"EntityType\",\"value\":\"Queue\"},{\"property\":\"Action\",\"value\":\"MemberRemove\"}]", 500);
        QCOMPARE(events.size(), 1);
        const Json::Value change = *events[0]["propertyChanges"].items().begin();
        QVERIFY(change["property"].toQString().startsWith(u"QueueMember/"_s + events[0]["entity"]["id"].toQString() + u':'));
        QCOMPARE((*change["oldValues"].items().begin()).toQString(), u"<queue member deleted>"_s);
    }

    void divisionsAreASilentArea()
    {
        QVERIFY(
            pull(u"2026-10-28T09:39:00Z/2026-10-28T09:41:00Z"_s, "\"filters\":[{\"property\":\"EntityType\",\"value\":\"Division\"}]", 500)
                .isEmpty());
        const auto mapping = m_client->get(u"/api/v2/audits/query/servicemapping"_s);
        QVERIFY(mapping.root()["services"].size() > 5);
        QVERIFY(!mapping.body.contains("Division"));
        const auto realtime = m_client->get(u"/api/v2/audits/query/realtime/servicemapping"_s);
        QVERIFY(realtime.root()["services"].size() < mapping.root()["services"].size());
    }

    void namesOfUsersNeedExpand()
    {
        const auto submitted = m_client->post(u"/api/v2/audits/query"_s, query(u"2026-10-17T02:13:00Z/2026-10-17T02:15:00Z"_s));
        const QString path = u"/api/v2/audits/query/"_s + submitted.root()["id"].toQString();
        (void)m_client->get(path);
        (void)m_client->get(path);
        const auto results = m_client->get(path + u"/results"_s);
        const Json::Value event = *results.root()["entities"].items().begin();
        QVERIFY(event["user"]["name"].isMissing());
        QVERIFY(!event["user"]["id"].toQString().isEmpty());
    }

    void realtimeReachesFourteenDays_data()
    {
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<int>("status");
        QTest::newRow("a day of an offered service")
            << query(u"2026-10-28T00:00:00Z/2026-10-29T00:00:00Z"_s, "\"serviceName\":\"PeoplePermissions\",\"pageSize\":5") << 200;
        QTest::newRow("too long ago") << query(u"2026-10-02T00:00:00Z/2026-10-03T00:00:00Z"_s, "\"serviceName\":\"PeoplePermissions\"")
                                      << 400;
        QTest::newRow("a service that is not offered")
            << query(u"2026-10-28T00:00:00Z/2026-10-29T00:00:00Z"_s, "\"serviceName\":\"Presence\"") << 400;
    }
    void realtimeReachesFourteenDays()
    {
        QFETCH(QByteArray, body);
        QFETCH(int, status);
        const auto reply = m_client->post(u"/api/v2/audits/query/realtime"_s, body);
        QCOMPARE(reply.status, status);
        if (status == 200) {
            QVERIFY(reply.root()["total"].toInteger() > 0);
            QVERIFY(reply.root()["entities"].size() <= 5);
        }
    }

    void eventsArriveLate()
    {
        Sandbox::Server server;
        QVERIFY(server.listen());
        Client client(server.baseUrl());
        server.moveTo(QDateTime(QDate(2026, 10, 17), QTime(2, 14, 1), QTimeZone::UTC));
        QVERIFY(client.signIn(Sandbox::Settings().clientId, u"sandbox-secret"_s));
        const QString interval = u"2026-10-17T02:13:00Z/2026-10-17T02:15:00Z"_s;
        QCOMPARE(pull(client, interval, {}, 500).size(), 0);
        server.moveTo(server.nowUtc().addSecs(15 * 60));
        QCOMPARE(pull(client, interval, {}, 500).size(), 1);
    }

private:
    QList<Json::Value> pull(const QString &interval, const QByteArray &rest, int pageSize)
    {
        return pull(*m_client, interval, rest, pageSize);
    }
    static QList<Json::Value> pull(Client &client, const QString &interval, const QByteArray &rest, int pageSize)
    {
        const auto submitted = client.post(u"/api/v2/audits/query"_s, query(interval, rest));
        const QString path = u"/api/v2/audits/query/"_s + submitted.root()["id"].toQString();
        for (int i = 0; i < 5 && client.get(path).root()["state"].toQString() != u"Succeeded"_s; ++i) { }
        return client.all(path + u"/results"_s, u"expand=user"_s, pageSize);
    }

    Sandbox::Server m_server;
    std::unique_ptr<Client> m_client;
    qsizetype m_week = 0;
};

QTEST_GUILESS_MAIN(TestSandboxAudit)
#include "tst_sandboxaudit.moc"
