#include "genesys/pacer.h"
#include "genesys/turnstile.h"

#include <QCoroTask>
#include <QRandomGenerator>
#include <QtTest>

#include <queue>

using namespace Orgtrace;
using namespace Qt::StringLiterals;
using Genesys::PaceLimits;
using Genesys::Pacer;
using Genesys::QuotaClaim;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

/// How a server counts and what it says of it.
struct ServerManner {
    enum class Start { Aligned, FirstRequest } start = Start::Aligned;
    enum class Rounding { Up, Down } rounding = Rounding::Up;
    enum class Honesty {
        Honest,
        Silent,
        CountTooHigh,
        NegativeCount,
        ResetZero,
        ResetHuge,
        AllowedHuge,
        AllowedZero,
        Jumping
    } honesty
        = Honesty::Honest;
    int allowed = 300;
    int phaseMs = 0; ///< of the first window that is already gone
    int others = 0; ///< requests a window of other integrations, early in it
};

/// A server with a window of a minute, a client of several lanes, and the time between them, event by event.
class Simulation
{
public:
    Simulation(ServerManner manner, int share, quint32 seed) :
        m_manner(manner), m_pacer({.sharePercent = share}), m_random(seed), m_windowStart(-manner.phaseMs)
    {
    }
    void run(int requests);
    qint64 elapsedMs = 0;
    int refused = 0;
    QList<int> ownByWindow{0};
    QList<qint64> sentAt;

private:
    struct Event {
        qint64 at = 0;
        enum class Kind { Arrives, Answered } kind = Kind::Arrives;
        int status = 200;
        QuotaClaim claim;
        bool operator>(const Event &other) const { return at > other.at; }
    };
    Event arrive(qint64 now);
    QuotaClaim claim(qint64 now);

    ServerManner m_manner;
    Pacer m_pacer;
    QRandomGenerator m_random;
    qint64 m_windowStart;
    int m_count = 0;
    bool m_isFirst = true;
};

QuotaClaim Simulation::claim(qint64 now)
{
    using enum ServerManner::Honesty;
    const qint64 left = m_windowStart + 60'000 - now;
    QuotaClaim out{m_manner.allowed, m_count, m_manner.rounding == ServerManner::Rounding::Up ? (left + 999) / 1000 : left / 1000};
    switch (m_manner.honesty) {
    case Honest: break;
    case Silent: return {};
    case CountTooHigh: out.used = m_manner.allowed * 7; break;
    case NegativeCount: out.used = -5; break;
    case ResetZero: out.resetSeconds = 0; break;
    case ResetHuge: out.resetSeconds = 86'400; break;
    case AllowedHuge: out.allowed = 2'000'000'000; break;
    case AllowedZero: out.allowed = 0; break;
    case Jumping:
        out.allowed = m_random.bounded(2) == 0 ? m_manner.allowed : m_manner.allowed * 10;
        out.used = m_random.bounded(m_manner.allowed / 4);
        out.resetSeconds = 1 + m_random.bounded(60);
        break;
    }
    return out;
}

Simulation::Event Simulation::arrive(qint64 now)
{
    if (now >= m_windowStart + 60'000 || (m_isFirst && m_manner.start == ServerManner::Start::FirstRequest)) {
        m_windowStart = m_manner.start == ServerManner::Start::FirstRequest ? now : m_windowStart + (now - m_windowStart) / 60'000 * 60'000;
        m_count = m_manner.others;
        ownByWindow.append(0);
    }
    m_isFirst = false;
    ++m_count;
    ++ownByWindow.last();
    const bool isOver = m_count > m_manner.allowed;
    refused += isOver;
    return {.at = now + 5 + m_random.bounded(60), .kind = Event::Kind::Answered, .status = isOver ? 429 : 200, .claim = claim(now)};
}

void Simulation::run(int requests)
{
    std::priority_queue<Event, std::vector<Event>, std::greater<>> events;
    qint64 now = 0;
    int answered = 0;
    while (answered < requests) {
        if (sentAt.size() < requests + refused) {
            const auto decision = m_pacer.next(milliseconds(now));
            if (decision.wait.count() == 0 && m_pacer.inFlight() < decision.inFlight) {
                m_pacer.sent(milliseconds(now));
                sentAt.append(now);
                events.push({.at = now + 5 + m_random.bounded(60), .kind = Event::Kind::Arrives, .status = 0, .claim = {}});
                continue;
            }
            if (decision.wait.count() > 0 && (events.empty() || now + decision.wait.count() <= events.top().at)) {
                now += decision.wait.count();
                continue;
            }
        }
        QVERIFY2(!events.empty(), "nothing under way and nothing allowed: it would wait for ever");
        const Event event = events.top();
        events.pop();
        now = event.at;
        if (event.kind == Event::Kind::Arrives) {
            events.push(arrive(now));
            continue;
        }
        m_pacer.answered(milliseconds(now), event.status, event.claim);
        if (event.status == 429) {
            m_pacer.throttled(milliseconds(now), milliseconds(1000));
        } else {
            ++answered;
        }
    }
    elapsedMs = now;
}

} // namespace

class TestPacer : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void keepsToTheShareAndWastesNothing_data();
    void keepsToTheShareAndWastesNothing();
    void liesNeitherStallNorLoosenIt_data();
    void liesNeitherStallNorLoosenIt();
    void othersAreLeftTheirShare();
    void singleClaims_data();
    void singleClaims();
    void aRefusalStopsAllAndWearsOff();
    void trouble_data();
    void trouble();
    void turnsAreTakenInOrderAndCancelled();
};

void TestPacer::keepsToTheShareAndWastesNothing_data()
{
    QTest::addColumn<int>("allowed");
    QTest::addColumn<int>("share");
    QTest::addColumn<bool>("aligned");
    QTest::addColumn<bool>("roundsUp");
    QTest::addColumn<int>("phase");
    QTest::newRow("300 a minute, windows by the clock, a fresh one") << 300 << 40 << true << true << 0;
    QTest::newRow("joined in the middle of a window") << 300 << 40 << true << true << 31'500;
    QTest::newRow("joined a breath before its end") << 300 << 40 << true << true << 59'900;
    QTest::newRow("a server that rounds down") << 300 << 40 << true << false << 12'345;
    QTest::newRow("windows that begin with the first request") << 300 << 40 << false << true << 0;
    QTest::newRow("windows that begin with the first request, rounded down") << 300 << 40 << false << false << 0;
    QTest::newRow("a small quota") << 60 << 40 << true << true << 7'000;
    QTest::newRow("180 a minute, nothing left to others") << 180 << 0 << true << true << 20'000;
    QTest::newRow("nine tenths left to others") << 300 << 90 << true << false << 3'000;
    QTest::newRow("a large quota") << 3000 << 40 << true << true << 44'000;
}

void TestPacer::keepsToTheShareAndWastesNothing()
{
    QFETCH(int, allowed);
    QFETCH(int, share);
    QFETCH(bool, aligned);
    QFETCH(bool, roundsUp);
    QFETCH(int, phase);
    const int ours = allowed * (100 - share) / 100;
    for (quint32 seed = 1; seed <= 20; ++seed) {
        ServerManner manner;
        manner.allowed = allowed;
        manner.start = aligned ? ServerManner::Start::Aligned : ServerManner::Start::FirstRequest;
        manner.rounding = roundsUp ? ServerManner::Rounding::Up : ServerManner::Rounding::Down;
        manner.phaseMs = phase;
        Simulation simulation(manner, share, seed);
        const int windows = 8;
        const int requests = ours * windows - ours / 2; // not on the edge, where a single request more costs a whole minute
        simulation.run(requests);
        if (QTest::currentTestFailed()) {
            return;
        }
        QCOMPARE(simulation.refused, 0);
        for (const int own : std::as_const(simulation.ownByWindow)) {
            QVERIFY2(own <= ours, qPrintable(u"seed %1: %2 in one window, %3 are ours"_s.arg(seed).arg(own).arg(ours)));
        }
        // The last window's requests take but a moment, unless the lanes are the limit: six at once, 75 ms each on average.
        const double firstWindow = aligned ? 60'000.0 - phase : 60'000.0;
        const double afterFirst = requests - std::min(double(ours), firstWindow / 75.0 * 6);
        const double full = std::ceil(afterFirst / ours) - 1;
        const double least = firstWindow + 60'000.0 * full + (afterFirst - full * ours) * 75.0 / 6;
        QVERIFY2(double(simulation.elapsedMs) <= least * 1.10,
                 qPrintable(u"seed %1: %2 ms, the quota allows %3"_s.arg(seed).arg(simulation.elapsedMs).arg(least)));
    }
}

void TestPacer::liesNeitherStallNorLoosenIt_data()
{
    using enum ServerManner::Honesty;
    QTest::addColumn<int>("honesty");
    QTest::addColumn<int>("believed"); // the quota it falls back to
    QTest::newRow("no headers at all: 300 a minute") << int(Silent) << 300;
    QTest::newRow("a count above the quota") << int(CountTooHigh) << 300;
    QTest::newRow("a negative count") << int(NegativeCount) << 300;
    QTest::newRow("a window that always ends now") << int(ResetZero) << 300;
    QTest::newRow("a window of a day") << int(ResetHuge) << 300;
    QTest::newRow("a quota without bound") << int(AllowedHuge) << 300;
    QTest::newRow("a quota of nothing") << int(AllowedZero) << 300;
    QTest::newRow("figures that jump about") << int(Jumping) << 300;
}

void TestPacer::liesNeitherStallNorLoosenIt()
{
    QFETCH(int, honesty);
    QFETCH(int, believed);
    const int ours = believed * 60 / 100;
    for (quint32 seed = 1; seed <= 20; ++seed) {
        ServerManner manner;
        manner.honesty = static_cast<ServerManner::Honesty>(honesty);
        manner.allowed = 300;
        manner.phaseMs = 10'000;
        Simulation simulation(manner, 40, seed);
        simulation.run(ours * 6);
        if (QTest::currentTestFailed()) {
            return;
        }
        QCOMPARE(simulation.refused, 0);
        // Not looser: whatever is said, in no six minutes more than seven windows' worth; and no minute holds two.
        for (qsizetype i = 0; i + 2 * ours < simulation.sentAt.size(); ++i) {
            QVERIFY2(simulation.sentAt[i + 2 * ours] - simulation.sentAt[i] >= 50'000, qPrintable(u"seed %1"_s.arg(seed)));
        }
        QVERIFY2(simulation.elapsedMs >= 4 * 57'000, qPrintable(u"seed %1: only %2 ms"_s.arg(seed).arg(simulation.elapsedMs)));
        QVERIFY2(simulation.elapsedMs <= 9 * 62'000, qPrintable(u"seed %1: %2 ms"_s.arg(seed).arg(simulation.elapsedMs)));
    }
}

void TestPacer::othersAreLeftTheirShare()
{
    ServerManner manner;
    manner.others = 100; // of 300: with 120 left to them, 80 are ours
    Simulation simulation(manner, 40, 3);
    simulation.run(80 * 5);
    QCOMPARE(simulation.refused, 0);
    for (qsizetype i = 2; i < simulation.ownByWindow.size(); ++i) {
        QVERIFY2(simulation.ownByWindow[i] <= 80 + 5, qPrintable(QString::number(simulation.ownByWindow[i]))); // less than a lane each
    }
    manner.others = 290; // they take nearly all: a trickle goes on, and no refusal comes of it
    Simulation starved(manner, 40, 4);
    starved.run(60);
    QVERIFY(starved.elapsedMs < 30 * 60'000);
}

void TestPacer::singleClaims_data()
{
    QTest::addColumn<qint64>("allowed");
    QTest::addColumn<qint64>("later"); // a second claim in the same window; 0: none
    QTest::addColumn<qint64>("expected"); // requests a window
    QTest::newRow("300, of which 180 are ours") << qint64(300) << qint64(0) << qint64(180);
    QTest::newRow("the smaller limit binds") << qint64(3000) << qint64(300) << qint64(180);
    QTest::newRow("a quota does not grow within its window") << qint64(300) << qint64(3000) << qint64(180);
    QTest::newRow("a quota of one still lets one through") << qint64(1) << qint64(0) << qint64(1);
    QTest::newRow("a negative quota is none") << qint64(-300) << qint64(0) << qint64(180);
    QTest::newRow("one beyond belief is none") << qint64(1'000'000'000'000) << qint64(0) << qint64(180);
}

void TestPacer::singleClaims()
{
    QFETCH(qint64, allowed);
    QFETCH(qint64, later);
    QFETCH(qint64, expected);
    Pacer pacer;
    for (const qint64 claimed : {allowed, later}) {
        if (claimed != 0) {
            pacer.sent(milliseconds(1));
            pacer.answered(milliseconds(2), 200, {claimed, 1, 30});
        }
    }
    QCOMPARE(pacer.budget(), expected);
}

void TestPacer::aRefusalStopsAllAndWearsOff()
{
    Pacer pacer;
    pacer.sent(seconds(0));
    pacer.sent(seconds(0));
    pacer.answered(seconds(1), 429, {300, 10, 50});
    pacer.throttled(seconds(1), seconds(7));
    QCOMPARE(pacer.next(seconds(1)).wait, milliseconds(7000));
    QCOMPARE(pacer.budget(), 90);
    pacer.answered(seconds(1), 429, {300, 10, 50});
    pacer.throttled(seconds(1), seconds(2)); // was under way when the first was refused: the longer wait stands, nothing is halved again
    QCOMPARE(pacer.next(seconds(1)).wait, milliseconds(7000));
    QCOMPARE(pacer.budget(), 90);
    QCOMPARE(pacer.next(seconds(8)).wait, milliseconds(0));
    pacer.throttled(seconds(9), std::chrono::hours(2));
    QCOMPARE(pacer.budget(), 45);
    QVERIFY(pacer.next(seconds(9)).wait <= seconds(61)); // nobody stops everything for two hours
    for (int at = 80; at <= 240; at += 70) {
        pacer.sent(seconds(at));
        pacer.answered(seconds(at), 200, {300, 1, 60});
    }
    QCOMPARE(pacer.budget(), 180);
}

void TestPacer::trouble_data()
{
    QTest::addColumn<int>("status");
    QTest::addColumn<int>("atOnce");
    QTest::newRow("all is well") << 200 << 6;
    QTest::newRow("refused for the quota") << 429 << 3;
    QTest::newRow("not available") << 503 << 3;
    QTest::newRow("no answer") << 0 << 3;
    QTest::newRow("a missing permission says nothing of load") << 403 << 6;
}

void TestPacer::trouble()
{
    QFETCH(int, status);
    QFETCH(int, atOnce);
    Pacer pacer;
    pacer.sent(seconds(0));
    pacer.answered(seconds(0), status, {});
    QCOMPARE(pacer.next(seconds(0)).inFlight, atOnce);
    for (int i = 0; i < 60; ++i) {
        pacer.sent(seconds(1));
        pacer.answered(seconds(1), 200, {});
    }
    QCOMPARE(pacer.next(seconds(1)).inFlight, 6); // good answers let more through again
}

void TestPacer::turnsAreTakenInOrderAndCancelled()
{
    ManualClock clock;
    CancellationSource cancel;
    Genesys::Turnstile turnstile(Pacer({.sharePercent = 0, .defaultAllowed = 3, .maxInFlight = 2}), clock, cancel.token());
    QList<int> order;
    const auto lane = [&turnstile, &order](int number) -> QCoro::Task<void> {
        auto passing = turnstile.pass();
        co_await passing;
        order.append(number);
    };
    std::vector<QCoro::Task<void>> lanes;
    for (int i = 0; i < 5; ++i) {
        lanes.push_back(lane(i));
    }
    QCOMPARE(order, (QList<int>{0, 1})); // two at once, without a turn of the event loop
    turnstile.left(200);
    QCoro::waitFor(std::move(lanes[2]));
    QCOMPARE(order, (QList<int>{0, 1, 2}));
    turnstile.left(200);
    QCoro::waitFor(std::move(lanes[3])); // three a minute: this one had to wait
    QCOMPARE(order, (QList<int>{0, 1, 2, 3}));
    QVERIFY(clock.slept() >= seconds(60) && clock.slept() <= seconds(62));
    QCOMPARE(turnstile.waitedMs(), clock.slept().count());
    cancel.cancel();
    turnstile.left(0);
    QCoro::waitFor(std::move(lanes[4]));
    QVERIFY(clock.slept() <= seconds(63));
}

QTEST_GUILESS_MAIN(TestPacer)
#include "tst_pacer.moc"
