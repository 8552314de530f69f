#include "timeline/timelinegeometry.h"

#include <QTest>
#include <QTimeZone>

using namespace Orgtrace::Ui;
using namespace Qt::StringLiterals;

namespace {

constexpr qint64 hour = 3600 * 1000;
constexpr qint64 day = 24 * hour;
const qint64 october = QDateTime(QDate(2026, 10, 1), QTime(0, 0), QTimeZone::UTC).toMSecsSinceEpoch();

QList<TimelineEntry> entriesAt(const QList<qint64> &times)
{
    QList<TimelineEntry> entries;
    for (const qint64 time : times) {
        TimelineEntry entry;
        entry.id = QString::number(time);
        entry.timeMs = time;
        entries.append(entry);
    }
    return entries;
}

} // namespace

class TestTimelineGeometry : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void gaps_data()
    {
        QTest::addColumn<QList<qint64>>("times");
        QTest::addColumn<QList<Span>>("expected");
        QTest::newRow("no snapshots, no gaps") << QList<qint64>() << QList<Span>();
        QTest::newRow("two snapshots have no usual interval") << QList<qint64>{0, 100} << QList<Span>();
        QTest::newRow("even intervals have no gap") << QList<qint64>{0, 10, 20, 30} << QList<Span>();
        QTest::newRow("1.8 times the median is not yet a gap") << QList<qint64>{0, 10, 20, 38, 48} << QList<Span>();
        QTest::newRow("above 1.8 times the median is one") << QList<qint64>{0, 10, 20, 39, 49} << QList<Span>{{20, 39}};
        QTest::newRow("snapshots of one moment make no gaps") << QList<qint64>{5, 5, 5, 5} << QList<Span>();
        QTest::newRow("an even number of intervals takes the middle of both") << QList<qint64>{0, 10, 40} << QList<Span>();
    }
    void gaps()
    {
        QFETCH(QList<qint64>, times);
        QFETCH(QList<Span>, expected);
        QCOMPARE(captureGaps(entriesAt(times)), expected);
    }

    void uncovered_data()
    {
        QTest::addColumn<QList<Span>>("windows");
        QTest::addColumn<QList<Span>>("expected");
        QTest::newRow("nothing queried, nothing known") << QList<Span>() << QList<Span>{{0, 100}};
        QTest::newRow("all queried") << QList<Span>{{-5, 200}} << QList<Span>();
        QTest::newRow("touching windows leave no crack") << QList<Span>{{0, 50}, {50, 100}} << QList<Span>();
        QTest::newRow("a hole in the middle") << QList<Span>{{60, 100}, {0, 40}} << QList<Span>{{40, 60}};
        QTest::newRow("overlapping and upside-down windows")
            << QList<Span>{{10, 50}, {40, 60}, {90, 80}} << QList<Span>{{0, 10}, {60, 100}};
        QTest::newRow("windows outside do not count") << QList<Span>{{-20, -10}, {150, 160}} << QList<Span>{{0, 100}};
    }
    void uncovered()
    {
        QFETCH(QList<Span>, windows);
        QFETCH(QList<Span>, expected);
        QCOMPARE(Orgtrace::Ui::uncovered({0, 100}, mergedSpans(windows)), expected);
    }

    void scaleMapsBothWays()
    {
        const TimelineScale scale{october, october + 30 * day, 20, 1420};
        for (const qint64 ms : {october, october + day, october + 17 * day + 5 * hour}) {
            QVERIFY(std::abs(scale.ms(scale.x(ms)) - ms) <= 1);
        }
        QCOMPARE(scale.x(scale.fromMs), 20.0);
        QCOMPARE(scale.x(scale.toMs), 1420.0);
    }

    void wholeHoldsEverything_data()
    {
        QTest::addColumn<QList<qint64>>("times");
        QTest::newRow("empty") << QList<qint64>();
        QTest::newRow("one snapshot") << QList<qint64>{october};
        QTest::newRow("two of one moment") << QList<qint64>{october, october};
        QTest::newRow("a month") << QList<qint64>{october, october + 30 * day};
    }
    void wholeHoldsEverything()
    {
        QFETCH(QList<qint64>, times);
        const Timeline timeline = makeTimeline(entriesAt(times), {}, {});
        for (const qreal right : {1000.0, 10.0, -50.0}) { // a widget may be laid out with no width at all
            const TimelineScale scale = wholeScale(timeline, 20, right);
            QVERIFY(scale.fromMs < scale.toMs);
            QVERIFY(scale.left < scale.right);
            for (const qint64 time : times) {
                QVERIFY(scale.x(time) > scale.left && scale.x(time) < scale.right);
            }
        }
    }

    void zoomKeepsWhatIsUnderTheCursor()
    {
        const TimelineScale whole{october, october + 30 * day, 0, 1000};
        TimelineScale scale = whole;
        for (int i = 0; i < 8; ++i) {
            const qint64 under = scale.ms(400);
            scale = zoomed(scale, whole, 400, 1.25);
            QVERIFY(std::abs(scale.ms(400) - under) < scale.spanMs() / 500);
            QVERIFY(scale.fromMs >= whole.fromMs && scale.toMs <= whole.toMs);
        }
        for (int i = 0; i < 100; ++i) {
            scale = zoomed(scale, whole, 123, 1.25);
        }
        QCOMPARE(scale.spanMs(), hour);
        for (int i = 0; i < 100; ++i) {
            scale = zoomed(scale, whole, 999, 0.8);
        }
        QCOMPARE(scale, whole);
        QCOMPARE(zoomed(scale, whole, 10, 0), scale);
        QCOMPARE(zoomed(scale, whole, 10, -3), scale);
        QCOMPARE(zoomed(scale, whole, 10, std::nan("")), scale);
    }

    void panStaysWithinTheWhole()
    {
        const TimelineScale whole{0, 1000, 0, 100};
        const TimelineScale middle{400, 600, 0, 100};
        QCOMPARE(panned(middle, whole, 50).fromMs, 300);
        QCOMPARE(panned(middle, whole, 1e6).fromMs, 0);
        QCOMPARE(panned(middle, whole, -1e6).toMs, 1000);
        QCOMPARE(panned(whole, whole, 50), whole);
    }

    void axis_data()
    {
        QTest::addColumn<qint64>("span");
        QTest::addColumn<QString>("first");
        QTest::newRow("hours say their time") << 10 * hour << u"Oct 1"_s;
        QTest::newRow("a month says its days") << 31 * day << u"Oct 1"_s;
        QTest::newRow("years say their months") << 3 * 365 * day << u"Jan 2027"_s;
    }
    void axis()
    {
        QFETCH(qint64, span);
        QFETCH(QString, first);
        const TimelineScale scale{october, october + span, 0, 1000};
        const QList<AxisMark> marks = axisMarks(scale, 78);
        QVERIFY(!marks.isEmpty());
        QCOMPARE(marks.constFirst().label, first);
        for (qsizetype i = 1; i < marks.size(); ++i) {
            QVERIFY2(scale.x(marks.at(i).ms) - scale.x(marks.at(i - 1).ms) >= 77, qPrintable(marks.at(i).label));
        }
        QVERIFY(scale.x(marks.constLast().ms) <= scale.right);
    }

    void histogramCountsEachEventOnce()
    {
        const TimelineScale scale{0, 100, 0, 10};
        QCOMPARE(histogram({-5, 0, 9, 10, 55, 99, 100, 200}, scale, 10), (QList<int>{2, 1, 0, 0, 0, 1, 0, 0, 0, 1}));
        QCOMPARE(histogram({}, scale, 3), (QList<int>{0, 0, 0}));
        QCOMPARE(histogram({1}, scale, 0), QList<int>());
    }

    void nearest_data()
    {
        QTest::addColumn<qint64>("at");
        QTest::addColumn<int>("expected");
        QTest::newRow("before the first") << qint64(-100) << 0;
        QTest::newRow("nearer the earlier") << qint64(14) << 1;
        QTest::newRow("nearer the later") << qint64(16) << 2;
        QTest::newRow("after the last") << qint64(99) << 3;
    }
    void nearest()
    {
        QFETCH(qint64, at);
        QFETCH(int, expected);
        QCOMPARE(nearestEntry(entriesAt({0, 10, 20, 30}), at), expected);
        QCOMPARE(nearestEntry({}, at), -1);
    }

    void stemsGrowWithTheLogarithm()
    {
        QCOMPARE(stemHeight(0, 100, 5, 50), 5.0);
        QCOMPARE(stemHeight(100, 100, 5, 50), 50.0);
        QVERIFY(stemHeight(1, 100, 5, 50) > 5);
        QVERIFY(stemHeight(10, 100, 5, 50) > 27); // half the digits are half the height
        QVERIFY(stemHeight(1, 1, 5, 50) < 25); // one change in a quiet month is not a peak
        QCOMPARE(stemHeight(500, 100, 5, 50), 50.0);
    }

    void handlesNeverMeet_data()
    {
        QTest::addColumn<bool>("isA");
        QTest::addColumn<int>("entry");
        QTest::addColumn<int>("other");
        QTest::addColumn<int>("expected");
        QTest::newRow("A stops before B") << true << 7 << 5 << 4;
        QTest::newRow("A goes where it is put") << true << 2 << 5 << 2;
        QTest::newRow("B stops after A") << false << 1 << 3 << 4;
        QTest::newRow("B stops at the end") << false << 99 << 3 << 9;
        QTest::newRow("A stops at the start") << true << -4 << 3 << 0;
        QTest::newRow("B beside a last A stays") << false << 2 << 9 << 9;
    }
    void handlesNeverMeet()
    {
        QFETCH(bool, isA);
        QFETCH(int, entry);
        QFETCH(int, other);
        QFETCH(int, expected);
        QCOMPARE(handleTarget(isA, entry, other, 10), expected);
    }

    void howACaptureBegan_data()
    {
        QTest::addColumn<QString>("source");
        QTest::addColumn<QString>("trigger");
        QTest::addColumn<int>("expected");
        const auto row = [](const char *name, const QString &source, const QString &trigger, CaptureKind kind) {
            QTest::newRow(name) << source << trigger << static_cast<int>(kind);
        };
        row("an older snapshot does not tell", u"capture"_s, QString(), CaptureKind::Unknown);
        row("a word of a newer program is not guessed at", u"capture"_s, u"telepathy"_s, CaptureKind::Unknown);
        row("on schedule", u"capture"_s, u"schedule"_s, CaptureKind::Scheduled);
        row("again after a failure", u"capture"_s, u"retry"_s, CaptureKind::Retried);
        row("after events", u"capture"_s, u"events"_s, CaptureKind::Events);
        row("by hand", u"capture"_s, u"hand"_s, CaptureKind::Hand);
        row("by a command line", u"capture"_s, u"command"_s, CaptureKind::Command);
        row("an import is one, whatever else it claims", u"import"_s, u"schedule"_s, CaptureKind::Imported);
    }
    void howACaptureBegan()
    {
        QFETCH(QString, source);
        QFETCH(QString, trigger);
        QFETCH(int, expected);
        QCOMPARE(static_cast<int>(captureKind(source, trigger)), expected);
    }

    void columnsMergeWhatFallsTogether()
    {
        using Orgtrace::Policy::Severity;
        QList<TimelineEntry> entries = entriesAt({october, october + 1, october + 2, october + 100 * hour});
        entries[0].worst = Severity::Critical;
        entries[0].changes = 2;
        entries[1].worst = Severity::Low;
        entries[1].changes = 90;
        entries[1].kind = CaptureKind::Events;
        entries[2].kind = CaptureKind::Scheduled;
        entries[2].domainsTotal = 1;
        for (TimelineEntry &entry : entries) {
            entry.known = true;
        }
        TimelineScale scale;
        scale.fromMs = october - hour;
        scale.toMs = october + 101 * hour;
        scale.left = 0;
        scale.right = 1000;
        const QList<TickColumn> columns = tickColumns(entries, scale);
        QCOMPARE(columns.size(), 2);
        QCOMPARE(columns.at(0).count, 3);
        QCOMPARE(columns.at(0).worst, Severity::Critical); // the worst severity wins
        QCOMPARE(columns.at(0).changes, 90); // the highest bar wins
        QCOMPARE(columns.at(0).entry, 0);
        QCOMPARE(columns.at(0).kind, CaptureKind::Events); // the least usual
        QVERIFY(columns.at(0).isIncomplete && !columns.at(1).isIncomplete);
        QCOMPARE(columns.at(1).entry, 3);
        scale.fromMs = october + 50 * hour;
        QCOMPARE(tickColumns(entries, scale).size(), 1); // only what is in view
        QCOMPARE(tickColumns({}, scale).size(), 0);
    }

    void fittingARange_data()
    {
        QTest::addColumn<qint64>("from");
        QTest::addColumn<qint64>("to");
        QTest::newRow("two days in the middle") << october + 10 * day << october + 12 * day;
        QTest::newRow("the wrong way round") << october + 12 * day << october + 10 * day;
        QTest::newRow("one moment becomes an hour") << october + 10 * day << october + 10 * day;
        QTest::newRow("at the very beginning") << october << october + day;
        QTest::newRow("all there is") << october << october + 30 * day;
    }
    void fittingARange()
    {
        QFETCH(qint64, from);
        QFETCH(qint64, to);
        const Timeline timeline = makeTimeline(entriesAt({october, october + 15 * day, october + 30 * day}), {}, {});
        const TimelineScale whole = wholeScale(timeline, 0, 1000);
        const TimelineScale scale = fitted(whole, from, to);
        QVERIFY(scale.fromMs >= whole.fromMs && scale.toMs <= whole.toMs);
        QVERIFY(scale.fromMs <= std::min(from, to) && scale.toMs >= std::max(from, to));
        QVERIFY(scale.spanMs() >= hour);
        QVERIFY(scale.spanMs() <= std::max(hour, std::abs(to - from) * 5 / 4));
    }

    void theLastHours()
    {
        const Timeline timeline = makeTimeline(entriesAt({october, october + 15 * day, october + 30 * day}), {}, {});
        const TimelineScale whole = wholeScale(timeline, 0, 1000);
        const TimelineScale scale = lastScale(timeline, whole, day);
        QVERIFY(scale.toMs >= october + 30 * day && scale.toMs <= whole.toMs);
        QVERIFY(scale.fromMs <= october + 29 * day + hour && scale.fromMs >= october + 29 * day - hour);
        QCOMPARE(lastScale(timeline, whole, 400 * day), whole);
        QCOMPARE(lastScale(Timeline(), whole, day), whole);
    }
};

QTEST_GUILESS_MAIN(TestTimelineGeometry)
#include "tst_timelinegeometry.moc"
