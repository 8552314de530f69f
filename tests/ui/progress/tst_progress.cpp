#include "progress/progressmodel.h"

#include <QAbstractItemModelTester>
#include <QTest>

using namespace Orgtrace;
using namespace Orgtrace::Ui;
using namespace Qt::StringLiterals;

namespace {

Capture::Progress progressOf(const QString &domain, const QString &state, int done, int total, qint64 items = 0,
                             std::optional<qint64> announced = {})
{
    Capture::Progress progress;
    progress.domain = domain;
    progress.title = domain.toUpper();
    progress.state = state;
    progress.domainsDone = done;
    progress.domainsTotal = total;
    progress.items = items;
    progress.announced = announced;
    return progress;
}

} // namespace

class TestProgress : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void modelFollowsARun()
    {
        ProgressModel model;
        QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        model.take(progressOf(u"users"_s, u"reading"_s, 0, 3, 100, 400));
        model.take(progressOf(u"users"_s, u"complete"_s, 1, 3, 400, 400));
        model.take(progressOf(u"groups"_s, u"forbidden"_s, 2, 3));
        model.take(progressOf(QString(), u"writing"_s, 3, 3)); // of the run as a whole
        QCOMPARE(model.rowCount(), 2);
        QCOMPARE(model.items(), 400);
        QCOMPARE(model.index(0).data(ProgressModel::StateTextRole).toString(), u"complete"_s);
        QCOMPARE(model.index(1).data(ProgressModel::StateTextRole).toString(), u"forbidden"_s);
        QVERIFY(!model.index(1).data(ProgressModel::AnnouncedRole).isValid());
        model.restart();
        QCOMPARE(model.rowCount(), 2);
        QCOMPARE(model.items(), 0);
        QCOMPARE(model.index(0).data(ProgressModel::StateTextRole).toString(), u"waiting"_s);
        model.clear();
        QCOMPARE(model.rowCount(), 0);
        QVERIFY(!model.data(model.index(5), Qt::DisplayRole).isValid());
    }

    void part_data()
    {
        QTest::addColumn<int>("done");
        QTest::addColumn<int>("total");
        QTest::addColumn<qint64>("items");
        QTest::addColumn<qint64>("announced");
        QTest::addColumn<double>("expected");
        QTest::newRow("nothing planned yet") << 0 << 0 << qint64(5) << qint64(10) << 0.0;
        QTest::newRow("half of the first of four") << 0 << 4 << qint64(5) << qint64(10) << 0.125;
        QTest::newRow("nothing announced counts by domains") << 2 << 4 << qint64(5) << qint64(-1) << 0.5;
        QTest::newRow("more items than announced is no more than the domain") << 1 << 4 << qint64(50) << qint64(10) << 0.5;
        QTest::newRow("all done") << 4 << 4 << qint64(5) << qint64(10) << 1.0;
        QTest::newRow("more done than planned is still all") << 9 << 4 << qint64(0) << qint64(-1) << 1.0;
    }
    void part()
    {
        QFETCH(int, done);
        QFETCH(int, total);
        QFETCH(qint64, items);
        QFETCH(qint64, announced);
        QFETCH(double, expected);
        QCOMPARE(
            progressPart(progressOf(u"d"_s, u"reading"_s, done, total, items, announced < 0 ? std::nullopt : std::optional(announced))),
            expected);
    }

    void line_data()
    {
        QTest::addColumn<double>("part");
        QTest::addColumn<qint64>("items");
        QTest::addColumn<qint64>("elapsedMs");
        QTest::addColumn<QString>("expected");
        QTest::newRow("a start promises nothing") << 0.0 << qint64(0) << qint64(0) << u"0 items · 0 s so far"_s;
        QTest::newRow("no estimate from the first moments") << 0.5 << qint64(100) << qint64(1000) << u"100 items · 100/s · 1 s so far"_s;
        QTest::newRow("a quarter done leaves three")
            << 0.25 << qint64(1200) << qint64(10'000) << u"1,200 items · 120/s · 10 s so far · about 30 s left"_s;
        QTest::newRow("done leaves nothing") << 1.0 << qint64(1) << qint64(4000) << u"1 item · 0/s · 4 s so far"_s;
        QTest::newRow("long runs speak in minutes and hours")
            << 0.5 << qint64(7'200'000) << qint64(7'200'000) << u"7,200,000 items · 1,000/s · 2 h so far · about 2 h left"_s;
    }
    void line()
    {
        QFETCH(double, part);
        QFETCH(qint64, items);
        QFETCH(qint64, elapsedMs);
        QFETCH(QString, expected);
        QCOMPARE(progressLine(part, items, elapsedMs), expected);
    }
};

QTEST_GUILESS_MAIN(TestProgress)
#include "tst_progress.moc"
