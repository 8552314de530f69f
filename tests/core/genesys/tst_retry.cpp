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
};

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
