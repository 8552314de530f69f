#include "genesys/exchange.h"
#include "genesys/retry.h"

#include <QtTest>

using namespace Orgtrace::Genesys;

class TestRetry : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void delays_data();
    void delays();
    void jitterSpreadsOverTheWholeWait();
    void datesOfAnswers_data();
    void datesOfAnswers();
};

void TestRetry::datesOfAnswers_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QString>("expected"); // empty: no date
    QTest::newRow("as HTTP has it") << QByteArray("Sun, 06 Nov 1994 08:49:37 GMT") << QStringLiteral("1994-11-06T08:49:37Z");
    QTest::newRow("with room around it") << QByteArray(" Thu, 01 Oct 2026 00:02:00 GMT\t") << QStringLiteral("2026-10-01T00:02:00Z");
    QTest::newRow("an hour that some local time has not")
        << QByteArray("Sun, 29 Mar 2026 02:30:00 GMT") << QStringLiteral("2026-03-29T02:30:00Z");
    QTest::newRow("29 February of a leap year") << QByteArray("Thu, 29 Feb 2024 12:00:00 GMT") << QStringLiteral("2024-02-29T12:00:00Z");
    QTest::newRow("29 February of another") << QByteArray("Sat, 29 Feb 2025 12:00:00 GMT") << QString();
    QTest::newRow("a month there is not") << QByteArray("Sun, 06 Foo 1994 08:49:37 GMT") << QString();
    QTest::newRow("a month made of two") << QByteArray("Sun, 06 anF 1994 08:49:37 GMT") << QString();
    QTest::newRow("the 25th hour") << QByteArray("Sun, 06 Nov 1994 25:49:37 GMT") << QString();
    QTest::newRow("another zone") << QByteArray("Sun, 06 Nov 1994 08:49:37 CET") << QString();
    QTest::newRow("digits that are none") << QByteArray("Sun, 0x Nov 1994 08:49:37 GMT") << QString();
    QTest::newRow("cut off") << QByteArray("Sun, 06 Nov 1994 08:49") << QString();
    QTest::newRow("endless") << QByteArray(1'000'000, 'S') << QString();
    QTest::newRow("nothing") << QByteArray() << QString();
}

void TestRetry::datesOfAnswers()
{
    QFETCH(QByteArray, text);
    const QDateTime date = httpDate(text);
    QTEST(date.isValid() ? date.toString(Qt::ISODate) : QString(), "expected");
    QVERIFY(!date.isValid() || date.timeSpec() == Qt::UTC);
}

void TestRetry::delays_data()
{
    QTest::addColumn<int>("attempt");
    QTest::addColumn<int>("status");
    QTest::addColumn<QByteArray>("retryAfter");
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<int>("reset"); // -1: no header
    QTest::addColumn<int>("expectedMs"); // -1: stop
    const QByteArray none;
    const QByteArray bracket = "{\"message\":\"Rate limit exceeded the maximum. Retry the request in [13] seconds\"}";
    QTest::newRow("the first wait is the base") << 1 << 503 << none << none << -1 << 1000;
    QTest::newRow("the third wait has doubled twice") << 3 << 503 << none << none << -1 << 4000;
    QTest::newRow("a connection error is tried again") << 2 << 0 << none << none << -1 << 2000;
    QTest::newRow("the server's figure wins") << 1 << 429 << QByteArray("7") << bracket << 50 << 7000;
    QTest::newRow("the server's figure wins on 503 too") << 1 << 503 << QByteArray(" 7 ") << none << -1 << 7000;
    QTest::newRow("then the bracketed seconds") << 1 << 429 << none << bracket << 50 << 13000;
    QTest::newRow("then the reset header") << 1 << 429 << none << none << 50 << 50000;
    QTest::newRow("brackets that are no seconds are passed over")
        << 1 << 429 << none << QByteArray("limit [300] of key [x], retry in [2] seconds") << -1 << 2000;
    QTest::newRow("brackets count on 429 only") << 1 << 500 << none << bracket << -1 << 1000;
    QTest::newRow("a reset on 500 means nothing") << 1 << 500 << none << none << 40 << 1000;
    QTest::newRow("zero seconds is no figure") << 2 << 429 << QByteArray("0") << none << 0 << 2000;
    QTest::newRow("a negative figure is none") << 2 << 429 << QByteArray("-5") << none << -1 << 2000;
    QTest::newRow("rubbish is no figure") << 2 << 429 << QByteArray("soon") << QByteArray("[[[]") << -1 << 2000;
    QTest::newRow("a long wait that may be granted") << 1 << 429 << QByteArray("180") << none << -1 << 180000;
    QTest::newRow("a wait that ends the run") << 1 << 429 << QByteArray("181") << none << -1 << -1;
    QTest::newRow("a figure beyond all numbers") << 1 << 429 << QByteArray("99999999999999999999999") << none << -1 << -1;
    QTest::newRow("the last attempt was the last") << 6 << 503 << none << none << -1 << -1;
    QTest::newRow("a missing permission is never tried again") << 1 << 403 << QByteArray("1") << none << -1 << -1;
    QTest::newRow("nor what is not there") << 1 << 404 << none << none << -1 << -1;
    QTest::newRow("nor a bad request") << 1 << 400 << none << none << -1 << -1;
    QTest::newRow("nor what the service cannot do") << 1 << 501 << none << none << -1 << -1;
    QTest::newRow("a request time-out is") << 1 << 408 << none << none << -1 << 1000;
}

void TestRetry::delays()
{
    QFETCH(int, attempt);
    QFETCH(int, status);
    QFETCH(QByteArray, retryAfter);
    QFETCH(QByteArray, body);
    QFETCH(int, reset);
    QFETCH(int, expectedMs);
    Attempt made;
    made.number = attempt;
    made.status = status;
    made.connectionFailed = status == 0;
    made.retryAfter = retryAfter;
    made.body = body;
    if (reset >= 0) {
        made.resetSeconds = reset;
    }
    const auto delay = retryDelay(made, {}, 0.0);
    QCOMPARE(delay ? int(delay->count()) : -1, expectedMs);
    made.neverRetry = true;
    QVERIFY(!retryDelay(made, {}, 0.0));
}

void TestRetry::jitterSpreadsOverTheWholeWait()
{
    Attempt made;
    made.number = 12;
    made.status = 503;
    RetryLimits limits;
    limits.maxAttempts = 100;
    QCOMPARE(retryDelay(made, limits, 0.0)->count(), 60000); // never above the cap
    QCOMPARE(retryDelay(made, limits, 0.5)->count(), 30000);
    QCOMPARE(retryDelay(made, limits, 0.9999999999)->count(), 1); // never none at all
    QCOMPARE(retryDelay(made, limits, qQNaN())->count(), 60000);
    made.number = 99; // doubling does not overflow
    QCOMPARE(retryDelay(made, limits, 0.0)->count(), 60000);
}

QTEST_APPLESS_MAIN(TestRetry)
#include "tst_retry.moc"
