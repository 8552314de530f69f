#include "captureworld.h"

#include <QTest>

using namespace Qt::StringLiterals;
using namespace Orgtrace;
using Capture::Progress;
using Test::CaptureWorld;

namespace {
const QString Queues = u"/api/v2/routing/queues?pageNumber=1&pageSize=100"_s;
const QList<std::pair<QByteArray, QByteArray>> Quota
    = {{"inin-ratelimit-allowed", "300"}, {"inin-ratelimit-count", "120"}, {"inin-ratelimit-reset", "30"}};
} // namespace

/// What a run tells of itself while it goes on.
class TestCaptureProgress : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void thePlanComesFirst();
    void onlyWhatIsAskedForIsPlanned();
    void figuresOfADomainAndOfTheRun();
    void waitsAreTold_data();
    void waitsAreTold();
    void theQuotaIsWaitedForAloud();
    void failuresCarryTheirReason();

private:
    static QList<Progress> runOf(CaptureWorld &world, const QStringList &domains = {})
    {
        QList<Progress> told;
        const auto outcome = world.capture(domains, {}, [&told](const Progress &progress) { told.append(progress); });
        if (!outcome) {
            qWarning("%s", qPrintable(outcome.error().detail));
        }
        return told;
    }
    static Progress lastOf(const QList<Progress> &told, const QString &domain, const QString &state)
    {
        for (auto it = told.crbegin(); it != told.crend(); ++it) {
            if (it->domain == domain && it->state == state) {
                return *it;
            }
        }
        return {};
    }
};

void TestCaptureProgress::thePlanComesFirst()
{
    CaptureWorld world;
    const QList<Progress> told = runOf(world);
    QStringList planned, begun;
    for (qsizetype i = 0; i < told.size(); ++i) {
        if (told.at(i).state.isEmpty()) {
            QCOMPARE(i, planned.size()); // before everything else
            planned.append(told.at(i).domain);
        } else if (told.at(i).state == u"reading"_s && !begun.contains(told.at(i).domain)) {
            begun.append(told.at(i).domain);
        }
    }
    QCOMPARE(planned.size(), 5);
    QCOMPARE(begun, planned); // and in the order of the reading
}

void TestCaptureProgress::onlyWhatIsAskedForIsPlanned()
{
    CaptureWorld world;
    const QList<Progress> told = runOf(world, {u"queues"_s});
    QStringList planned;
    for (const Progress &progress : told) {
        if (progress.state.isEmpty()) {
            planned.append(progress.domain);
        }
    }
    QCOMPARE(planned, QStringList({u"organization"_s, u"queues"_s}));
}

void TestCaptureProgress::figuresOfADomainAndOfTheRun()
{
    CaptureWorld world;
    world.answers[Queues].headers = Quota;
    const QList<Progress> told = runOf(world);
    const Progress queues = lastOf(told, u"queues"_s, u"complete"_s);
    QCOMPARE(queues.items, 2);
    QCOMPARE(queues.announced, 2);
    QCOMPARE(queues.pages, 1);
    QCOMPARE(queues.domainRetries, 0);
    QVERIFY(queues.requests > 1 && queues.bytes > 100);
    QCOMPARE(queues.quota.allowed, 300);
    QCOMPARE(queues.quota.used, 120);
    QCOMPARE(queues.quota.budget, 180); // 40 percent stay with others
    QVERIFY(!queues.failure && queues.wait == Progress::Wait::None);
    const Progress members = lastOf(told, u"queue_members"_s, u"complete"_s);
    QCOMPARE(members.items, 2); // entities, an empty one too
    QCOMPARE(members.pages, 4);
}

void TestCaptureProgress::waitsAreTold_data()
{
    QTest::addColumn<int>("status");
    QTest::addColumn<QByteArray>("retryAfter");
    QTest::addColumn<qint64>("waitMs");
    QTest::newRow("too many requests") << 429 << QByteArray("7") << qint64(7000);
    QTest::newRow("not available, for so long") << 503 << QByteArray("3") << qint64(3000);
}

void TestCaptureProgress::waitsAreTold()
{
    QFETCH(int, status);
    QFETCH(QByteArray, retryAfter);
    QFETCH(qint64, waitMs);
    CaptureWorld world;
    const Test::ScriptedExchange good = world.answers[Queues];
    Test::ScriptedExchange bad = CaptureWorld::status(status, "{}");
    bad.headers = {{"Retry-After", retryAfter}};
    bad.before = [&world, good] { world.answers[Queues] = good; }; // the next time
    world.answers[Queues] = bad;
    const QList<Progress> told = runOf(world);
    const auto wait = std::ranges::find_if(told, [](const Progress &progress) { return progress.wait == Progress::Wait::Retry; });
    QVERIFY(wait != told.end());
    QCOMPARE(wait->domain, u"queues"_s);
    QCOMPARE(wait->state, u"reading"_s);
    QCOMPARE(wait->waitStatus, status);
    QVERIFY2(wait->waitMs >= waitMs && wait->waitMs < waitMs + 2000, qPrintable(QString::number(wait->waitMs)));
    const Progress queues = lastOf(told, u"queues"_s, u"complete"_s);
    QCOMPARE(queues.domainRetries, 1);
    QVERIFY(queues.wait == Progress::Wait::None); // what comes after it waits no more
}

void TestCaptureProgress::theQuotaIsWaitedForAloud()
{
    CaptureWorld world;
    world.answers[Queues].headers = {{"inin-ratelimit-allowed", "10"}, {"inin-ratelimit-count", "6"}, {"inin-ratelimit-reset", "30"}};
    const QList<Progress> told = runOf(world);
    QList<Progress> waits;
    std::ranges::copy_if(told, std::back_inserter(waits), [](const Progress &progress) { return progress.wait == Progress::Wait::Quota; });
    QVERIFY(!waits.isEmpty());
    QVERIFY(waits.size() <= 4); // once a wait, not once a slice of it
    QVERIFY2(waits.constFirst().waitMs > 20'000 && waits.constFirst().waitMs <= 31'000,
             qPrintable(QString::number(waits.constFirst().waitMs)));
    QVERIFY(waits.constFirst().quota.used >= waits.constFirst().quota.budget);
    const auto waited = std::ranges::find_if(told, [](const Progress &progress) { return progress.wait == Progress::Wait::Quota; });
    const auto after
        = std::ranges::find_if(waited, told.cend(), [](const Progress &progress) { return progress.wait == Progress::Wait::None; });
    QVERIFY(after != told.cend()); // and its end is told
    QCOMPARE(after->state, u"reading"_s);
}

void TestCaptureProgress::failuresCarryTheirReason()
{
    CaptureWorld world;
    world.answers[Queues] = CaptureWorld::status(403, R"({"code":"missing.permissions"})");
    const QList<Progress> told = runOf(world);
    const Progress queues = lastOf(told, u"queues"_s, u"forbidden"_s);
    QVERIFY(queues.failure);
    QCOMPARE(queues.failure->code, ErrorCode::Forbidden);
    QVERIFY(lastOf(told, u"queue_members"_s, u"forbidden"_s).failure || lastOf(told, u"queue_members"_s, u"carried"_s).failure);
}

QTEST_GUILESS_MAIN(TestCaptureProgress)
#include "tst_captureprogress.moc"
