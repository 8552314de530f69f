#include "audit/realtime.h"
#include "support/scriptednetwork.h"
#include "json/value.h"

#include <QCoroTask>
#include <QTest>

using namespace Orgtrace;
using namespace Orgtrace::Audit;
using namespace Qt::StringLiterals;

namespace {
const QString Base = u"http://127.0.0.1:7"_s;
constexpr auto Mapping = R"({"services":[
 {"name":"PeoplePermissions","entities":[{"name":"Role","actions":["Update"]}]},
 {"name":"Quality","entities":[{"name":"Evaluation","actions":["Update"]}]},
 {"serviceName":"Directory","entityTypes":["User"]}]})";
} // namespace

/// What tells that something changed: both shapes of an event, topics, and the real-time query page by page.
class TestRealtime : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void events_data();
    void events();
    void topics_data();
    void topics();
    void everyServiceThatCountsIsAskedToItsLastPage();
    void partOfAnAnswerIsNone();

private:
    struct Rig {
        Rig() : client(network, clock, settings()), query(client, clock)
        {
            post(u"/oauth/token"_s, R"({"access_token":"t","expires_in":86400})");
        }
        static Genesys::ApiClient::Settings settings()
        {
            Genesys::ApiClient::Settings settings;
            settings.endpoints = {u"custom"_s, QUrl(Base), QUrl(Base)};
            settings.clientId = u"client"_s;
            QByteArray secret("secret");
            settings.clientSecret = Credentials::Secret::take(secret);
            settings.jitterSeed = 3;
            return settings;
        }
        void post(const QString &path, const QByteArray &body, int status = 200)
        {
            Test::ScriptedExchange exchange;
            exchange.method = "POST";
            exchange.url = Base + path;
            exchange.status = status;
            exchange.body = body;
            network.expect(std::move(exchange));
        }
        void answer(const QByteArray &body, int status = 200) { post(u"/api/v2/audits/query/realtime"_s, body, status); }
        Test::ScriptedNetwork network;
        ManualClock clock;
        Genesys::ApiClient client;
        RealtimeQuery query;
    };
};

void TestRealtime::events_data()
{
    QTest::addColumn<QByteArray>("event");
    QTest::addColumn<bool>("isRead");
    QTest::addColumn<QStringList>("targets");
    QTest::newRow("as a query answers it") << QByteArray(
        R"({"id":"a","eventDate":"2026-10-17T02:14:00Z","serviceName":"PeoplePermissions","entityType":"Role","action":"Update","entity":{"id":"r1"}})")
                                           << true << QStringList{u"roles/r1"_s};
    QTest::newRow("as the topic tells it") << QByteArray(
        R"({"id":"a","eventTime":"2026-10-17T02:14:00.123Z","userId":"u","serviceName":"PeoplePermissions","entityType":"Role","action":"Update","entity":{"id":"r1"}})")
                                           << true << QStringList{u"roles/r1"_s};
    QTest::newRow("a grant stands in the entity's name") << QByteArray(
        R"({"id":"a","eventTime":"2026-10-17T02:14:00Z","entityType":"Role","action":"MemberAdd","entity":{"id":"r1","name":"u1--r1--o1"}})")
                                                         << true << QStringList{u"grants/u1"_s};
    QTest::newRow("a queue's member stands in the property's name") << QByteArray(
        R"({"id":"a","eventTime":"2026-10-17T02:14:00Z","entityType":"Queue","action":"MemberAdd","entity":{"id":"q1"},"propertyChanges":[{"property":"QueueMember/q1:u1"}]})")
                                                                    << true << QStringList{u"queue_members/q1"_s};
    QTest::newRow("nothing that is captured") << QByteArray(R"({"id":"a","eventTime":"2026-10-17T02:14:00Z","entityType":"Evaluation"})")
                                              << true << QStringList();
    QTest::newRow("no id") << QByteArray(R"({"eventTime":"2026-10-17T02:14:00Z"})") << false << QStringList();
    QTest::newRow("no time") << QByteArray(R"({"id":"a"})") << false << QStringList();
    QTest::newRow("a time without its zone") << QByteArray(R"({"id":"a","eventTime":"2026-10-17T02:14:00"})") << false << QStringList();
    QTest::newRow("members of any other kind") << QByteArray(
        R"({"id":"a","eventTime":"2026-10-17T02:14:00Z","entityType":[],"entity":7,"propertyChanges":{}})")
                                               << true << QStringList();
    QTest::newRow("no object") << QByteArray("null") << false << QStringList();
}

void TestRealtime::events()
{
    QFETCH(const QByteArray, event);
    QFETCH(const bool, isRead);
    QFETCH(const QStringList, targets);
    const auto document = Json::parse({event.constData(), static_cast<size_t>(event.size())});
    QVERIFY(document);
    const Result<Trigger> trigger = readTrigger(document->root());
    QCOMPARE(trigger.has_value(), isRead);
    if (trigger) {
        QStringList found;
        for (const Target &target : trigger->targets) {
            found.append(target.domain + u'/' + target.entity);
        }
        QCOMPARE(found, targets);
    }
}

void TestRealtime::topics_data()
{
    QTest::addColumn<QString>("type");
    QTest::addColumn<QString>("id");
    QTest::addColumn<QString>("topic");
    QTest::newRow("an entity") << u"Role"_s << u"5eb1a7f0-1"_s << u"v2.audits.entitytype.Role.entityid.5eb1a7f0-1"_s;
    QTest::newRow("an id that would make another topic") << u"Role"_s << u"a.b"_s << QString();
    QTest::newRow("a wildcard") << u"Role"_s << u"*"_s << QString();
    QTest::newRow("no id") << u"Role"_s << QString() << QString();
    QTest::newRow("beyond ASCII") << u"Role"_s << u"é"_s << QString();
    QTest::newRow("longer than any id") << u"Role"_s << QString(300, u'a') << QString();
}

void TestRealtime::topics()
{
    QFETCH(const QString, type);
    QFETCH(const QString, id);
    QFETCH(const QString, topic);
    QCOMPARE(auditTopic(type, id), topic);
}

void TestRealtime::everyServiceThatCountsIsAskedToItsLastPage()
{
    Rig rig;
    rig.network.get(Base + u"/api/v2/audits/query/realtime/servicemapping"_s, Mapping);
    const auto page = [](const QByteArray &id, const QByteArray &time, int pages) {
        return QByteArray(R"({"entities":[{"id":")" + id + R"(","eventDate":")" + time
                          + R"(","entityType":"Role","entity":{"id":"r"}},{"id":"broken"}],"pageCount":)" + QByteArray::number(pages)
                          + "}");
    };
    rig.answer(page("late", "2026-09-30T23:50:00Z", 2));
    rig.answer(page("early", "2026-09-30T23:40:00Z", 2));
    rig.answer(R"({"entities":[],"pageCount":0})"); // of Directory; Quality is nothing that snapshots hold
    const Result<QList<Trigger>> found = QCoro::waitFor(rig.query.ask(rig.clock.nowUtc().addSecs(-1800)));
    QVERIFY2(found, found ? "" : qPrintable(found.error().detail));
    QCOMPARE(found->size(), 2);
    QCOMPARE(found->at(0).id, u"early"_s);
    QCOMPARE(found->at(1).id, u"late"_s);
    QCOMPARE(rig.network.problems(), QStringList());
}

void TestRealtime::partOfAnAnswerIsNone()
{
    Rig rig;
    rig.network.get(Base + u"/api/v2/audits/query/realtime/servicemapping"_s, Mapping);
    rig.answer(R"({"entities":[{"id":"a","eventDate":"2026-09-30T23:50:00Z"}],"pageCount":1})");
    rig.answer(R"({"message":"no"})", 403);
    const Result<QList<Trigger>> found = QCoro::waitFor(rig.query.ask(rig.clock.nowUtc().addSecs(-1800)));
    QVERIFY(!found);
    QCOMPARE(found.error().code, ErrorCode::Forbidden);
}

QTEST_GUILESS_MAIN(TestRealtime)
#include "tst_realtime.moc"
