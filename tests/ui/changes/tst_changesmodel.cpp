#include "changes/changesmodel.h"
#include "changes/changetree.h"
#include "changessample.h"

#include <QAbstractItemModelTester>
#include <QElapsedTimer>
#include <QTest>

using namespace Orgtrace;
using namespace Orgtrace::Ui;
using namespace Qt::StringLiterals;

namespace {

/// The tree as indented text, "text | summary or count".
QString asText(const ChangesModel &model, const QModelIndex &parent = {}, int depth = 0)
{
    QString text;
    for (int i = 0; i < model.rowCount(parent); ++i) {
        const QModelIndex index = model.index(i, 0, parent);
        const QString summary = index.data(ChangesModel::SummaryRole).toString();
        text += QString(depth * 2, u' ') + index.data().toString() + u" | "_s
            + (summary.isEmpty() ? QString::number(index.data(ChangesModel::CountRole).toInt()) : summary) + u'\n';
        text += asText(model, index, depth + 1);
    }
    return text;
}

} // namespace

class TestChangesModel : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void treeReadsAsOnScreen_data()
    {
        QTest::addColumn<QString>("filter");
        QTest::addColumn<QString>("expected");
        QTest::newRow("everything, worst first, then what is not known")
            << QString()
            << u"Critical | 1\n  Role grants | 1\n    Contractors | + Master Admin\n"
               "High | 2\n  Queues | 2\n    Archive | removed\n    Billing Tier 2 | routingRules · 2 fields\n"
               "Low | 2\n  Authentication settings | 1\n    Authentication settings | minimumLength\n  Users | 1\n    agent-0214 | added\n"
               "Not comparable | 1\n  flows | whole domain\n"
               "Saved without visible effect | 3\n  Users | 3\n"_s;
        QTest::newRow("a filter takes empty groups away but never what is not known")
            << u"kind:removed"_s
            << u"High | 1\n  Queues | 1\n    Archive | removed\nNot comparable | 1\n  flows | whole domain\nSaved without visible effect | 3\n  Users | 3\n"_s;
    }
    void treeReadsAsOnScreen()
    {
        QFETCH(QString, filter);
        QFETCH(QString, expected);
        ChangesModel model;
        model.setTree(buildChangeTree(sampleFindings(), ChangeFilter::parse(filter)));
        QCOMPARE(asText(model), expected);
    }

    void modelKeepsItsPromises()
    {
        ChangesModel model;
        QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        QCOMPARE(model.rowCount(), 0);
        model.setTree(buildChangeTree(sampleFindings(), {}));
        model.setTree(buildChangeTree(sampleFindings(), ChangeFilter::parse(u"nothing at all"_s)));
        model.setTree(buildChangeTree(sampleFindings(), {}));
        QVERIFY(!model.index(99, 0).isValid());
        QVERIFY(!model.index(0, 1).isValid());
        QVERIFY(!model.index(-1, 0).isValid());
        QVERIFY(!model.indexOfRow(-1).isValid());
        QVERIFY(!model.indexOfRow(10'000).isValid());
        QVERIFY(!model.data({}, Qt::DisplayRole).isValid());
        QVERIFY(!model.parent(model.index(0, 0)).isValid());
    }

    void countsAndFindings()
    {
        const auto tree = buildChangeTree(sampleFindings(), {});
        QCOMPARE(tree->shown, 5);
        QCOMPARE(tree->total, 5);
        QCOMPARE(tree->suppressed, 5);
        QCOMPARE(tree->suppressedText, u"3 saved without visible effect, 2 differences of type only"_s);
        const int row = tree->rowOfFinding(1);
        QVERIFY(row >= 0);
        QCOMPARE(tree->rows.at(row).text, u"Billing Tier 2"_s);
        QCOMPARE(tree->rowOfFinding(-1), -1);
        QCOMPARE(tree->rowOfFinding(5), -1);
        QCOMPARE(buildChangeTree(sampleFindings(), ChangeFilter::parse(u"billing"_s))->rowOfFinding(0), -1);
    }

    void summary_data()
    {
        using Kind = Compare::FieldKind;
        QTest::addColumn<QList<std::pair<int, QString>>>("fields");
        QTest::addColumn<QString>("expected");
        using Fields = QList<std::pair<int, QString>>;
        const auto kind = [](Kind one) { return static_cast<int>(one); };
        QTest::newRow("one setting is named") << Fields{{kind(Kind::Modified), u"/a/b"_s}} << u"b"_s;
        QTest::newRow("an element of an array is named by the array") << Fields{{kind(Kind::Modified), u"/list/3"_s}} << u"list"_s;
        QTest::newRow("settings of one member")
            << Fields{{kind(Kind::Modified), u"/a/b"_s}, {kind(Kind::Modified), u"/a/c"_s}} << u"a · 2 fields"_s;
        QTest::newRow("settings of several members")
            << Fields{{kind(Kind::Modified), u"/a"_s}, {kind(Kind::Modified), u"/b"_s}} << u"2 fields"_s;
        QTest::newRow("one element gone") << Fields{{kind(Kind::Removed), u"/members/[id=u1]"_s}} << u"− admin-04"_s;
        QTest::newRow("an element whose name is not known")
            << Fields{{kind(Kind::Added), u"/members/[id=0123456789abcdef]"_s}} << u"+ 0123…cdef"_s;
        QTest::newRow("several elements came") << Fields{{kind(Kind::Added), u"/members/[id=1]"_s},
                                                         {kind(Kind::Added), u"/members/[id=2]"_s}}
                                               << u"members +2"_s;
        QTest::newRow("elements came and went")
            << Fields{{kind(Kind::Added), u"/members/[id=1]"_s}, {kind(Kind::Removed), u"/members/[id=2]"_s}} << u"members +1 −1"_s;
        QTest::newRow("a slash inside an identity is no step") << Fields{{kind(Kind::Added), u"/m/[id=a/b/c]"_s}} << u"+ a/b/c"_s;
        QTest::newRow("a bracket that never closes does no harm") << Fields{{kind(Kind::Modified), u"/m/[id=a/b"_s}} << u"m"_s;
        QTest::newRow("a whole-document change has no step") << Fields{{kind(Kind::Modified), QString()}} << u"1 field"_s;
    }
    void summary()
    {
        using Fields = QList<std::pair<int, QString>>;
        QFETCH(const Fields, fields);
        QFETCH(QString, expected);
        Compare::EntityChange change;
        for (const auto &[kind, path] : fields) {
            Compare::FieldChange field;
            field.kind = static_cast<Compare::FieldKind>(kind);
            field.path = path;
            change.fields.append(field);
        }
        QCOMPARE(changeSummary(change, sampleFindings().names), expected);
        change.previousEntity = u"old"_s;
        QVERIFY(changeSummary(change, {}).startsWith(u"lineage"_s));
    }

    void aHundredThousandChangesBuildOnAWorkerInReasonableTime()
    {
        Operations::RangeFindings range = sampleFindings();
        const Report::Finding one = range.findings.at(1);
        range.findings.reserve(100'000);
        for (int i = 0; i < 100'000; ++i) {
            range.findings.append(one);
            range.findings.last().judged.change.entity = QString::number(i);
            range.findings.last().judged.change.name = u"queue "_s + QString::number(i * 7919 % 100'000);
        }
        QElapsedTimer timer;
        timer.start();
        const auto tree = buildChangeTree(range, ChangeFilter::parse(u"queue severity:high"_s));
        qInfo("100,000 changes: tree in %lld ms", timer.elapsed());
        QCOMPARE(tree->shown, 100'002);
        ChangesModel model;
        timer.restart();
        model.setTree(tree);
        qInfo("set in %lld us", timer.nsecsElapsed() / 1000);
        QVERIFY(model.rowCount(model.index(0, 0, model.index(0, 0))) > 0);
    }
};

QTEST_GUILESS_MAIN(TestChangesModel)
#include "tst_changesmodel.moc"
