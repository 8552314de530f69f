#include "base/cancellation.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/error.h"

#include <QCoroTask>
#include <QCryptographicHash>
#include <QMessageAuthenticationCode>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace Orgtrace;

class TestBase : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void exitStatusFollowsTheContract_data();
    void exitStatusFollowsTheContract();
    void errorNamesAreDistinct();
    void timesAreReadAndWritten_data();
    void timesAreReadAndWritten();
    void manualClockCountsItsSleeps();
    void cancellationReachesTokensOnce();
    void digestsAgreeWithAnotherImplementation_data();
    void digestsAgreeWithAnotherImplementation();
};

void TestBase::exitStatusFollowsTheContract_data()
{
    QTest::addColumn<ErrorCode>("code");
    QTest::addColumn<int>("status");
    QTest::newRow("a wrong secret is a sign-in failure") << ErrorCode::WrongSecret << 3;
    QTest::newRow("an unknown region is bad input") << ErrorCode::WrongRegion << 2;
    QTest::newRow("an unreachable host leaves the run incomplete") << ErrorCode::Unreachable << 4;
    QTest::newRow("evidence that does not prove is integrity") << ErrorCode::Integrity << 5;
    QTest::newRow("a newer store is bad input") << ErrorCode::NewerFormat << 2;
    QTest::newRow("a missing key is a sign-in failure") << ErrorCode::KeyUnavailable << 3;
}

void TestBase::exitStatusFollowsTheContract()
{
    QFETCH(ErrorCode, code);
    QTEST(exitStatus(code), "status");
}

void TestBase::errorNamesAreDistinct()
{
    QSet<QString> names;
    const int last = static_cast<int>(ErrorCode::Internal);
    for (int code = 0; code <= last; ++code) {
        names.insert(errorCodeName(static_cast<ErrorCode>(code)));
    }
    QCOMPARE(names.size(), last + 1);
}

void TestBase::timesAreReadAndWritten_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("expected");
    QTest::newRow("UTC stays") << u"2026-10-17T08:24:00Z"_s << u"2026-10-17T08:24:00Z"_s;
    QTest::newRow("milliseconds are kept") << u"2026-10-17T08:24:00.120Z"_s << u"2026-10-17T08:24:00.120Z"_s;
    QTest::newRow("an offset is taken off") << u"2026-10-17T10:24:00+02:00"_s << u"2026-10-17T08:24:00Z"_s;
    QTest::newRow("a day is its midnight in UTC, whatever the local zone") << u"2026-10-17"_s << u"2026-10-17T00:00:00Z"_s;
    QTest::newRow("a time without a zone is refused") << u"2026-10-17T08:24:00"_s << QString();
    QTest::newRow("words are refused") << u"yesterday"_s << QString();
    QTest::newRow("a day that does not exist is refused") << u"2026-02-30"_s << QString();
}

void TestBase::timesAreReadAndWritten()
{
    QFETCH(QString, text);
    QFETCH(QString, expected);
    const QDateTime time = parseIsoUtc(text);
    QCOMPARE(time.isValid(), !expected.isEmpty());
    if (time.isValid()) {
        QCOMPARE(isoUtc(time), expected);
        QCOMPARE(time.timeSpec(), Qt::UTC);
    }
}

void TestBase::manualClockCountsItsSleeps()
{
    ManualClock clock;
    const QDateTime start = clock.nowUtc();
    QCoro::waitFor(clock.sleepFor(std::chrono::milliseconds(1500)));
    QCoro::waitFor(clock.sleepFor(std::chrono::milliseconds(500)));
    QCOMPARE(start.msecsTo(clock.nowUtc()), 2000);
    QCOMPARE(clock.slept().count(), 2000);
    QCOMPARE(clock.sleeps(), (QList<qint64>{1500, 500}));
}

void TestBase::cancellationReachesTokensOnce()
{
    CancellationSource source;
    const CancellationToken token = source.token();
    QVERIFY(!token.isCancelled());
    QVERIFY(!CancellationToken().isCancelled());
    QObject context;
    int calls = 0;
    token.onCancelled(&context, [&calls] { ++calls; });
    source.cancel();
    source.cancel();
    QVERIFY(token.isCancelled());
    QCOMPARE(calls, 1);
    // Who asks late is told too, but never from within the call.
    token.onCancelled(&context, [&calls] { ++calls; });
    QCOMPARE(calls, 1);
    QCoreApplication::processEvents();
    QCOMPARE(calls, 2);
}

void TestBase::digestsAgreeWithAnotherImplementation_data()
{
    QTest::addColumn<QByteArray>("input");
    QTest::newRow("nothing") << QByteArray();
    QTest::newRow("a zero byte") << QByteArray(1, '\0');
    QTest::newRow("more than a block") << QByteArray(1000, 'x');
}

void TestBase::digestsAgreeWithAnotherImplementation()
{
    QFETCH(QByteArray, input);
    QCOMPARE(sha256(view(input)), QCryptographicHash::hash(input, QCryptographicHash::Sha256));
    const QByteArray blob = "blob " + QByteArray::number(input.size()) + '\0' + input;
    QCOMPARE(gitBlobId(view(input)), QCryptographicHash::hash(blob, QCryptographicHash::Sha1));
    QCOMPARE(hmacSha256("key", view(input)), QMessageAuthenticationCode::hash(input, "key", QCryptographicHash::Sha256));
}

QTEST_GUILESS_MAIN(TestBase)
#include "tst_base.moc"
