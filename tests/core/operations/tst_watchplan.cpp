#include "operations/watchplan.h"

#include <QRandomGenerator>
#include <QTest>
#include <QTimeZone>

#include <map>
#include <vector>

using namespace Orgtrace::Operations;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using std::chrono::milliseconds;

namespace {
const QDateTime Start(QDate(2026, 10, 17), QTime(2, 0), QTimeZone::UTC);

QDateTime at(milliseconds time)
{
    return Start.addMSecs(time.count());
}

/// A plan after its first capture, from 0 s to 10 s, which read everything from 0 s on.
WatchPlan settledPlan(const WatchRules &rules = {})
{
    WatchPlan plan(rules, 0ms);
    plan.started(plan.decide(0ms), 0ms);
    plan.ended({{u"roles"_s, at(0ms)}, {u"grants"_s, at(0ms)}, {u"queues"_s, at(0ms)}}, 10s);
    return plan;
}
} // namespace

/// The scheduler of a watch: events in, decisions out.
class TestWatchPlan : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void theFirstCaptureIsDueAtOnce();
    void theScheduleCountsFromStartToStart_data();
    void theScheduleCountsFromStartToStart();
    void aBurstIsOneCapture_data();
    void aBurstIsOneCapture();
    void whatIsReadAlreadyIsNoChange_data();
    void whatIsReadAlreadyIsNoChange();
    void aChangeDuringACaptureIsKept();
    void theScheduleTakesTheBurstAlong();
    void failuresWaitLongerAndLonger();
    void whatACaptureWasForSurvivesItsFailure();
    void aRequestComesAtOnceEvenBeforeARetry();
    void nothingIsLostAndNothingSpins_data();
    void nothingIsLostAndNothingSpins();
};

void TestWatchPlan::theFirstCaptureIsDueAtOnce()
{
    const WatchPlan plan({}, 5s);
    const WatchDecision decision = plan.decide(5s);
    QVERIFY(decision.isCapture);
    QCOMPARE(decision.reason, WatchReason::Schedule);
    QVERIFY(decision.domains.isEmpty());
}

void TestWatchPlan::theScheduleCountsFromStartToStart_data()
{
    QTest::addColumn<int>("seconds");
    QTest::addColumn<int>("nextSeconds");
    QTest::newRow("a short capture does not move the next slot") << 10 << 900;
    QTest::newRow("a capture that ends on the slot is followed at once") << 900 << 900;
    QTest::newRow("slots that passed meanwhile are not made up for") << 2000 << 900;
}

void TestWatchPlan::theScheduleCountsFromStartToStart()
{
    QFETCH(const int, seconds);
    QFETCH(const int, nextSeconds);
    WatchPlan plan({}, 0ms);
    plan.started(plan.decide(0ms), 0ms);
    QVERIFY(!plan.decide(5s).isCapture);
    QVERIFY(!plan.decide(5s).until); // while it runs there is nothing to look for
    const milliseconds end = std::chrono::seconds(seconds);
    plan.ended({}, end);
    const WatchDecision next = plan.decide(end);
    if (end < std::chrono::seconds(nextSeconds)) {
        QVERIFY(!next.isCapture);
        QCOMPARE(*next.until, milliseconds(std::chrono::seconds(nextSeconds)));
    } else {
        QVERIFY(next.isCapture);
        plan.started(next, end);
        QVERIFY(plan.nextScheduled() > end && plan.nextScheduled() <= end + 15min);
        QCOMPARE(plan.nextScheduled() % milliseconds(15min), 0ms); // still on the grid
    }
}

void TestWatchPlan::aBurstIsOneCapture_data()
{
    QTest::addColumn<QList<int>>("seconds"); // when changes come
    QTest::addColumn<int>("captureSeconds");
    QTest::newRow("one change waits for quiet") << QList<int>{100} << 115;
    QTest::newRow("each further change moves the end") << QList<int>{100, 110, 120} << 135;
    QTest::newRow("a change on the very edge still counts") << QList<int>{100, 114} << 129;
    QList<int> steady;
    for (int i = 0; i <= 20; ++i) {
        steady.append(100 + 10 * i);
    }
    QTest::newRow("a burst without end is captured after the longest delay") << steady << 220;
}

void TestWatchPlan::aBurstIsOneCapture()
{
    QFETCH(const QList<int>, seconds);
    QFETCH(const int, captureSeconds);
    WatchPlan plan = settledPlan();
    int captured = 0;
    for (int now = 90; now <= captureSeconds && captured == 0; ++now) {
        if (seconds.contains(now)) {
            QVERIFY(plan.changed({u"roles"_s, u"grants"_s}, at(std::chrono::seconds(now)), std::chrono::seconds(now)));
        }
        const WatchDecision decision = plan.decide(std::chrono::seconds(now));
        if (decision.isCapture) {
            captured = now;
            QCOMPARE(decision.reason, WatchReason::Events);
            QCOMPARE(decision.domains, QStringList({u"grants"_s, u"roles"_s}));
            QCOMPARE(decision.changes, std::ranges::count_if(seconds, [now](int one) { return one <= now; }));
        }
    }
    QCOMPARE(captured, captureSeconds);
}

void TestWatchPlan::whatIsReadAlreadyIsNoChange_data()
{
    QTest::addColumn<QString>("domain");
    QTest::addColumn<int>("eventMs");
    QTest::addColumn<bool>("isNew");
    QTest::newRow("well before the domain was read") << u"roles"_s << -60000 << false;
    QTest::newRow("a whole second before could be the same second") << u"roles"_s << -1000 << true;
    QTest::newRow("after it was read") << u"roles"_s << 5000 << true;
    QTest::newRow("of a domain that was never read") << u"flows"_s << -60000 << true;
}

void TestWatchPlan::whatIsReadAlreadyIsNoChange()
{
    QFETCH(const QString, domain);
    QFETCH(const int, eventMs);
    QFETCH(const bool, isNew);
    WatchPlan plan = settledPlan();
    QCOMPARE(plan.changed({domain}, at(milliseconds(eventMs)), 20s), isNew);
    QCOMPARE(plan.decide(60s).isCapture, isNew);
    QVERIFY(!plan.changed({}, at(1h), 20s));
}

void TestWatchPlan::aChangeDuringACaptureIsKept()
{
    WatchPlan plan = settledPlan();
    QVERIFY(plan.changed({u"roles"_s}, at(100s), 100s));
    plan.started(plan.decide(115s), 115s);
    QVERIFY(plan.changed({u"roles"_s}, at(116s), 118s)); // before the domain's turn, as it shows in the end
    QVERIFY(plan.changed({u"queues"_s}, at(125s), 126s));
    plan.ended({{u"roles"_s, at(120s)}}, 130s);
    const WatchDecision decision = plan.decide(141s);
    QVERIFY(decision.isCapture);
    QCOMPARE(decision.domains, QStringList{u"queues"_s}); // roles were read after their change
}

void TestWatchPlan::theScheduleTakesTheBurstAlong()
{
    WatchPlan plan = settledPlan();
    QVERIFY(plan.changed({u"roles"_s}, at(895s), 895s));
    QCOMPARE(*plan.decide(896s).until, milliseconds(900s));
    const WatchDecision decision = plan.decide(900s);
    QCOMPARE(decision.reason, WatchReason::Schedule);
    QVERIFY(decision.domains.isEmpty());
    QCOMPARE(decision.changes, 1);
    plan.started(decision, 900s);
    plan.ended({{u"roles"_s, at(901s)}}, 910s);
    QCOMPARE(*plan.decide(911s).until, milliseconds(1800s));
}

void TestWatchPlan::failuresWaitLongerAndLonger()
{
    WatchPlan plan({}, 0ms);
    milliseconds now = 0ms;
    QList<qint64> waits;
    for (int i = 0; i < 8; ++i) {
        const WatchDecision decision = plan.decide(now);
        QVERIFY(decision.isCapture);
        plan.started(decision, now);
        plan.failed(now);
        const WatchDecision wait = plan.decide(now);
        QVERIFY(!wait.isCapture);
        waits.append((*wait.until - now).count() / 1000);
        now = *wait.until;
    }
    QCOMPARE(waits, QList<qint64>({30, 60, 120, 240, 480, 900, 900, 900}));
    const WatchDecision decision = plan.decide(now);
    plan.started(decision, now);
    plan.ended({}, now);
    plan.request();
    plan.started(plan.decide(now), now);
    plan.failed(now);
    QCOMPARE(*plan.decide(now).until, now + 30s); // a success begins the count again
}

void TestWatchPlan::whatACaptureWasForSurvivesItsFailure()
{
    WatchPlan plan = settledPlan();
    QVERIFY(plan.changed({u"roles"_s}, at(100s), 100s));
    plan.started(plan.decide(115s), 115s);
    QVERIFY(plan.changed({u"queues"_s}, at(116s), 116s));
    plan.failed(120s);
    QVERIFY(!plan.decide(149s).isCapture); // a burst does not go before the retry
    const WatchDecision retry = plan.decide(150s);
    QVERIFY(retry.isCapture);
    QCOMPARE(retry.reason, WatchReason::Retry);
    QCOMPARE(retry.domains, QStringList({u"queues"_s, u"roles"_s}));
    QCOMPARE(retry.changes, 2);
}

void TestWatchPlan::aRequestComesAtOnceEvenBeforeARetry()
{
    WatchPlan plan({}, 0ms);
    plan.started(plan.decide(0ms), 0ms);
    plan.failed(1s);
    plan.request();
    const WatchDecision decision = plan.decide(2s);
    QVERIFY(decision.isCapture);
    QCOMPARE(decision.reason, WatchReason::Request);
    QVERIFY(decision.domains.isEmpty());
}

void TestWatchPlan::nothingIsLostAndNothingSpins_data()
{
    QTest::addColumn<quint32>("seed");
    for (quint32 seed = 1; seed <= 60; ++seed) {
        QTest::addRow("hours of random changes, failures and slow captures, seed %u", seed) << seed;
    }
}

/// A simulation second by second: every change is read by a capture that began after it, soon; every wait lies in the future; captures of events keep their distance.
void TestWatchPlan::nothingIsLostAndNothingSpins()
{
    QFETCH(const quint32, seed);
    QRandomGenerator dice(seed);
    const QStringList domains{u"roles"_s, u"grants"_s, u"queues"_s, u"flows"_s};
    WatchRules rules;
    rules.every = std::chrono::minutes(dice.bounded(1, 30));
    rules.quiet = std::chrono::seconds(dice.bounded(1, 60));
    rules.longestDelay = rules.quiet + std::chrono::seconds(dice.bounded(0, 200));
    const int failPercent = static_cast<int>(dice.bounded(0, 60));
    const int changePerMille = static_cast<int>(dice.bounded(1, 300));

    WatchPlan plan(rules, 0ms);
    std::map<QString, milliseconds> unread; // domain → its first change that no kept capture has read
    std::map<QString, milliseconds> readAt;
    std::optional<milliseconds> busyUntil;
    WatchDecision running;
    std::optional<milliseconds> lastFailure, lastEnd;
    constexpr auto total = 4h;
    for (milliseconds now = 0ms; now < total; now += 1s) {
        const bool isQuietPhase = now > total - 1h; // so that everything must come to rest
        if (!isQuietPhase && dice.bounded(1000) < changePerMille) {
            const QString domain = domains[dice.bounded(domains.size())];
            const QDateTime happened = at(now);
            QVERIFY(plan.changed({domain}, happened, now)); // it happens now: nobody can have read it yet
            unread.emplace(domain, now);
        }
        if (busyUntil && now >= *busyUntil) {
            busyUntil.reset();
            if (!isQuietPhase && static_cast<int>(dice.bounded(100)) < failPercent) {
                plan.failed(now);
                lastFailure = now;
            } else {
                QHash<QString, QDateTime> readFrom;
                for (const auto &[domain, time] : readAt) {
                    readFrom.insert(domain, at(time));
                    const auto open = unread.find(domain);
                    if (open != unread.end() && open->second + 2s < time) {
                        unread.erase(open);
                    } else if (open != unread.end() && open->second <= time) {
                        unread.erase(open); // read after it, whether the plan could be sure or not
                    }
                }
                plan.ended(readFrom, now);
                lastFailure.reset();
            }
            lastEnd = now;
        }
        const WatchDecision decision = plan.decide(now);
        if (busyUntil) {
            QVERIFY(!decision.isCapture && !decision.until);
            continue;
        }
        if (!decision.isCapture) {
            QVERIFY2(decision.until && *decision.until > now, "a wait that is over is no wait");
            // Without failures a change waits for no longer than the burst may delay it; with them, never beyond one period.
            for (const auto &[domain, since] : unread) {
                const milliseconds bound = std::max(since, lastEnd.value_or(0ms)) + rules.longestDelay + (lastFailure ? rules.every : 0ms);
                QVERIFY2(now <= bound, qPrintable(u"%1 waits since %2, now %3"_s.arg(domain).arg(since.count()).arg(now.count())));
            }
            continue;
        }
        running = decision;
        plan.started(decision, now);
        readAt.clear();
        for (const QString &domain : decision.domains.isEmpty() ? domains : decision.domains) {
            readAt[domain] = now; // the earliest it can be
        }
        busyUntil = now + std::chrono::seconds(dice.bounded(1, 90));
    }
    QVERIFY2(unread.empty(), qPrintable(unread.empty() ? QString() : unread.begin()->first));
}

QTEST_APPLESS_MAIN(TestWatchPlan)
#include "tst_watchplan.moc"
