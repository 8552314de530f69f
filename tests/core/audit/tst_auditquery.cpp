#include "audit/query.h"
#include "support/scriptednetwork.h"

#include <QCoroTask>
#include <QtTest>

using namespace Qt::StringLiterals;
using namespace Orgtrace;
using Test::ScriptedExchange;
using Test::ScriptedNetwork;

#define NO_PROBLEMS(rig) QVERIFY2((rig).network.problems().isEmpty(), qPrintable((rig).network.problems().join(u'\n')))
#define VERIFY_OK(outcome)                                                                                                                 \
    QVERIFY2(outcome, qPrintable((outcome) ? QString() : QString(errorCodeName((outcome).error().code) + u' ' + (outcome).error().detail)))

namespace {
const QString Base = u"http://127.0.0.1:9"_s;
const QDateTime Now(QDate(2026, 10, 10), QTime(0, 0), QTimeZone::UTC);

QByteArray ev(const QByteArray &id, const QByteArray &time)
{
    return "{\"id\":\"" + id + "\",\"eventDate\":\"" + time + "\"}";
}

struct Rig {
    ScriptedNetwork network;
    ManualClock clock{Now};
    CancellationSource cancel;
    Redaction::Redactor redactor;
    std::unique_ptr<Genesys::ApiClient> client;

    Rig() : redactor(std::move(*Redaction::Redactor::load({}, Redaction::Fingerprinter(QByteArray(32, 'k')))))
    {
        network.setOrdered(true);
        Genesys::ApiClient::Settings settings;
        settings.endpoints = {u"custom"_s, QUrl(Base), QUrl(Base)};
        settings.clientId = u"client-1"_s;
        QByteArray secret = "secret-1";
        settings.clientSecret = Credentials::Secret::take(secret);
        settings.jitterSeed = 7;
        client = std::make_unique<Genesys::ApiClient>(network, clock, settings, cancel.token());
    }
    void token(const QByteArray &date = {})
    {
        ScriptedExchange exchange;
        exchange.method = "POST";
        exchange.url = Base + u"/oauth/token"_s;
        exchange.body = R"({"access_token":"token-1","token_type":"bearer","expires_in":86400})";
        if (!date.isEmpty()) {
            exchange.headers = {{"Date", date}};
        }
        network.expect(exchange);
    }
    void submit(const QByteArray &interval, const QByteArray &reply, int status = 202, const QByteArray &service = {})
    {
        ScriptedExchange exchange;
        exchange.method = "POST";
        exchange.url = Base + u"/api/v2/audits/query"_s;
        exchange.expectBody = "{\"interval\":\"" + interval + "\""
            + (service.isEmpty() ? QByteArray() : QByteArray(",\"serviceName\":\"" + service + "\""))
            + ",\"sort\":[{\"name\":\"Timestamp\",\"sortOrder\":\"ascending\"}]}";
        exchange.expectHeaders = {{"Content-Type", "application/json"}};
        exchange.status = status;
        exchange.body = reply;
        network.expect(exchange);
    }
    void poll(const QString &id, const QByteArray &state, int times = 1)
    {
        for (int i = 0; i < times; ++i) {
            network.get(Base + u"/api/v2/audits/query/"_s + id, "{\"id\":\"" + id.toUtf8() + "\",\"state\":\"" + state + "\"}");
        }
    }
    void results(const QString &id, const QString &cursor, const QByteArrayList &events, const QByteArray &next = {}, int status = 200)
    {
        const QString url = Base + u"/api/v2/audits/query/"_s + id + u"/results?expand=user&pageSize=500"_s
            + (cursor.isEmpty() ? QString() : QString(u"&cursor="_s + cursor));
        network.get(url,
                    status != 200 ? QByteArray("{\"message\":\"no\"}")
                                  : QByteArray("{\"entities\":[" + events.join(',') + "]"
                                               + (next.isEmpty() ? QByteArray() : QByteArray(",\"cursor\":\"" + next + "\"")) + "}"),
                    status);
    }
    Result<Audit::Pull> pull(const QDateTime &from, const QDateTime &to)
    {
        return QCoro::waitFor(Audit::pullAudit(*client, clock, from, to, redactor, cancel.token()));
    }
};

QString windows(const Audit::Pull &pull)
{
    QStringList out;
    for (const auto &window : pull.windows) {
        out.append(window.fromUtc.toString(u"MM-dd HH"_s) + u'-' + window.toUtc.toString(u"MM-dd HH"_s) + u' ' + window.state + u' '
                   + QString::number(window.events) + (window.service.isEmpty() ? QString() : QString(u' ' + window.service)));
    }
    return out.join(u'\n');
}

QString ids(const Audit::Pull &pull)
{
    QStringList out;
    for (const auto &event : pull.events) {
        out.append(event.id);
    }
    return out.join(u' ');
}

constexpr auto Day = "2026-10-01T00:00:00Z/2026-10-02T00:00:00Z";
QDateTime day(int number)
{
    return QDateTime(QDate(2026, 10, number), QTime(0, 0), QTimeZone::UTC);
}
} // namespace

class TestAuditQuery : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void submitsPollsAndReads();
    void longRangesAreSplit();
    void aQueryThatNeverEndsIsPending();
    void laterFailuresAreListed();
    void theFirstFailureIsTheError();
    void unreadableEventsMakeAGap();
    void aCursorLoopIsBounded();
    void aQueryForEachServiceWhereWanted();
    void bounds_data();
    void bounds();
    void theServersClockDecides();
    void cancelledWhilePolling();
};

void TestAuditQuery::submitsPollsAndReads()
{
    Rig rig;
    rig.token();
    rig.submit(Day, R"({"id":"t1","state":"Queued"})");
    rig.poll(u"t1"_s, "Queued");
    rig.poll(u"t1"_s, "Running", 2);
    rig.poll(u"t1"_s, "Succeeded");
    // Unsorted, an event twice, an empty page on the way.
    rig.results(u"t1"_s, QString(), {ev("b", "2026-10-01T05:00:00Z"), ev("a", "2026-10-01T05:00:00Z")}, "c1");
    rig.results(u"t1"_s, u"c1"_s, {}, "c2");
    rig.results(u"t1"_s, u"c2"_s, {ev("c", "2026-10-01T01:00:00Z"), ev("a", "2026-10-01T05:00:00Z")});
    const auto pull = rig.pull(day(1), day(2));
    VERIFY_OK(pull);
    QCOMPARE(ids(*pull), u"c a b"_s);
    QCOMPARE(windows(*pull), u"10-01 00-10-02 00 complete 3"_s);
    QCOMPARE(pull->windows.first().transactionId, u"t1"_s);
    QCOMPARE(rig.clock.slept().count(), 1000 + 2000 + 5000 + 5000);
    NO_PROBLEMS(rig);
}

void TestAuditQuery::longRangesAreSplit()
{
    Rig rig;
    rig.token();
    rig.submit("2026-10-01T12:00:00Z/2026-10-02T12:00:00Z", R"({"id":"t1","state":"Succeeded"})");
    rig.results(u"t1"_s, QString(), {ev("a", "2026-10-02T12:00:00Z")});
    rig.submit("2026-10-02T12:00:00Z/2026-10-03T00:00:00Z", R"({"id":"t2","state":"Succeeded"})");
    rig.results(u"t2"_s, QString(), {ev("a", "2026-10-02T12:00:00Z"), ev("b", "2026-10-02T13:00:00Z")});
    const auto pull = rig.pull(day(1).addSecs(12 * 3600), day(3));
    VERIFY_OK(pull);
    QCOMPARE(ids(*pull), u"a b"_s); // the one on the border once
    QCOMPARE(pull->windows.size(), 2);
    NO_PROBLEMS(rig);
}

void TestAuditQuery::aQueryThatNeverEndsIsPending()
{
    Rig rig;
    rig.token();
    rig.submit(Day, R"({"id":"t1","state":"Queued"})");
    // 1 + 2 + 5 s …: 15 minutes are 182 polls.
    rig.poll(u"t1"_s, "Running", 182);
    const auto pull = rig.pull(day(1), day(2));
    VERIFY_OK(pull);
    QCOMPARE(windows(*pull), u"10-01 00-10-02 00 pending 0"_s);
    NO_PROBLEMS(rig);
}

void TestAuditQuery::laterFailuresAreListed()
{
    Rig rig;
    rig.network.setOrdered(false); // several windows are under way at once
    rig.token();
    rig.submit(Day, R"({"id":"t1","state":"Succeeded"})");
    rig.results(u"t1"_s, QString(), {ev("a", "2026-10-01T01:00:00Z")});
    rig.submit("2026-10-02T00:00:00Z/2026-10-03T00:00:00Z", R"({"id":"t2","state":"Failed"})");
    rig.submit("2026-10-03T00:00:00Z/2026-10-04T00:00:00Z", R"({"message":"no"})", 403);
    rig.submit("2026-10-04T00:00:00Z/2026-10-05T00:00:00Z", R"({"id":"t4","state":"Succeeded"})");
    rig.results(u"t4"_s, QString(), {}, {}, 404);
    const auto pull = rig.pull(day(1), day(5));
    VERIFY_OK(pull);
    QCOMPARE(ids(*pull), u"a"_s);
    QCOMPARE(
        windows(*pull),
        u"10-01 00-10-02 00 complete 1\n10-02 00-10-03 00 server-failed 0\n10-03 00-10-04 00 forbidden 0\n10-04 00-10-05 00 not-offered 0"_s);
    NO_PROBLEMS(rig);
}

void TestAuditQuery::theFirstFailureIsTheError()
{
    Rig rig;
    rig.token();
    rig.submit(Day, R"({"message":"no","messageParams":{"p":"audits:audit:view"}})", 403);
    const auto pull = rig.pull(day(1), day(3));
    QVERIFY(!pull);
    QCOMPARE(pull.error().code, ErrorCode::Forbidden);
    QVERIFY(pull.error().detail.contains(u"audits:audit:view"));
    NO_PROBLEMS(rig);
}

void TestAuditQuery::unreadableEventsMakeAGap()
{
    Rig rig;
    rig.token();
    rig.submit(Day, R"({"id":"t1","state":"Succeeded"})");
    rig.results(u"t1"_s, QString(),
                {ev("a", "2026-10-01T01:00:00Z"), ev("b", "yesterday"), R"({"id":"c","x":NaN})", ev("d", "2026-10-01T02:00:00Z")});
    const auto pull = rig.pull(day(1), day(2));
    VERIFY_OK(pull);
    QCOMPARE(ids(*pull), u"a d"_s);
    QCOMPARE(windows(*pull), u"10-01 00-10-02 00 malformed-json 2"_s);
    NO_PROBLEMS(rig);
}

void TestAuditQuery::aCursorLoopIsBounded()
{
    Rig rig;
    rig.token();
    rig.submit(Day, R"({"id":"t1","state":"Succeeded"})");
    for (int reading = 0; reading < 3; ++reading) {
        rig.results(u"t1"_s, QString(), {ev("a", "2026-10-01T01:00:00Z")}, "c1");
        rig.results(u"t1"_s, u"c1"_s, {ev("b", "2026-10-01T01:00:00Z")}, "c1");
    }
    const auto pull = rig.pull(day(1), day(2));
    QVERIFY(!pull);
    QCOMPARE(pull.error().code, ErrorCode::Incomplete);
    NO_PROBLEMS(rig);
}

void TestAuditQuery::aQueryForEachServiceWhereWanted()
{
    Rig rig;
    rig.token();
    rig.submit(Day, R"({"code":"bad.request","message":"serviceName is required"})", 400);
    rig.network.get(Base + u"/api/v2/audits/query/servicemapping"_s, R"({"services":[{"name":"Directory"},{"serviceName":"Groups"},{}]})");
    rig.submit(Day, R"({"id":"t1","state":"Succeeded"})", 200, "Directory");
    rig.results(u"t1"_s, QString(), {ev("a", "2026-10-01T01:00:00Z")});
    rig.submit(Day, R"({"id":"t2","state":"Succeeded"})", 200, "Groups");
    rig.results(u"t2"_s, QString(), {ev("b", "2026-10-01T02:00:00Z")});
    const auto pull = rig.pull(day(1), day(2));
    VERIFY_OK(pull);
    QCOMPARE(ids(*pull), u"a b"_s);
    QCOMPARE(windows(*pull), u"10-01 00-10-02 00 complete 1 Directory\n10-01 00-10-02 00 complete 1 Groups"_s);
    NO_PROBLEMS(rig);
}

void TestAuditQuery::bounds_data()
{
    QTest::addColumn<QDateTime>("from");
    QTest::addColumn<QDateTime>("to");
    QTest::addColumn<QString>("says");
    QTest::newRow("the end before the start") << day(2) << day(1) << u"before"_s;
    QTest::newRow("no time between") << day(1) << day(1) << u"before"_s;
    QTest::newRow("no start") << QDateTime() << day(1) << u"before"_s;
    QTest::newRow("beyond what is kept: not available, never empty") << day(1).addDays(-400) << day(1) << u"not available"_s;
    QTest::newRow("the future") << Now.addDays(1) << Now.addDays(2) << u"future"_s;
}

void TestAuditQuery::bounds()
{
    QFETCH(QDateTime, from);
    QFETCH(QDateTime, to);
    QFETCH(QString, says);
    Rig rig;
    if (says != u"before") {
        rig.token();
    }
    const auto pull = rig.pull(from, to);
    QVERIFY(!pull);
    QCOMPARE(pull.error().code, ErrorCode::BadInput);
    QVERIFY2(pull.error().detail.contains(says), qPrintable(pull.error().detail));
    NO_PROBLEMS(rig);
}

void TestAuditQuery::theServersClockDecides()
{
    Rig rig; // ours says 2026-10-10; the server is two days behind
    rig.token("Thu, 08 Oct 2026 00:00:00 GMT");
    rig.submit("2026-10-07T12:00:00Z/2026-10-08T00:00:00Z", R"({"id":"t1","state":"Succeeded"})");
    rig.results(u"t1"_s, QString(), {});
    const auto pull = rig.pull(day(7).addSecs(12 * 3600), day(10));
    VERIFY_OK(pull);
    QCOMPARE(windows(*pull), u"10-07 12-10-07 23 complete 0\n10-07 23-10-08 00 pending 0"_s); // what has not happened is not covered
    NO_PROBLEMS(rig);
}

void TestAuditQuery::cancelledWhilePolling()
{
    Rig rig;
    rig.token();
    rig.submit(Day, R"({"id":"t1","state":"Queued"})");
    ScriptedExchange poll;
    poll.url = Base + u"/api/v2/audits/query/t1"_s;
    poll.body = R"({"id":"t1","state":"Queued"})";
    poll.before = [&rig] { rig.cancel.cancel(); };
    rig.network.expect(poll);
    const auto pull = rig.pull(day(1), day(2));
    QVERIFY(!pull);
    QCOMPARE(pull.error().code, ErrorCode::Cancelled);
    NO_PROBLEMS(rig);
}

QTEST_GUILESS_MAIN(TestAuditQuery)
#include "tst_auditquery.moc"
