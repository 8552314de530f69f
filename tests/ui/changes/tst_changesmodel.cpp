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
               "Saved without visible effect | 3\n  Users | 3\n    admin-04 | saved\n    u2 | saved\n    u3 | saved\n"_s;
        QTest::newRow("a filter takes empty groups away but never what is not known")
            << u"kind:removed"_s
            << u"High | 1\n  Queues | 1\n    Archive | removed\nNot comparable | 1\n  flows | whole domain\nSaved without visible effect | 3\n  Users | 3\n    admin-04 | saved\n    u2 | saved\n    u3 | saved\n"_s;
    }
    void treeReadsAsOnScreen()
    {
        QFETCH(QString, filter);
        QFETCH(QString, expected);
        ChangesModel model;
        model.setTree(buildChangeTree(sampleFindings(), ChangeFilter::parse(filter)));
        QCOMPARE(asText(model), expected);
    }

    void groupings_data()
    {
        QTest::addColumn<int>("grouping");
        QTest::addColumn<QString>("expected");
        const QString aside
            = u"Not comparable | 1\n  flows | whole domain\nSaved without visible effect | 3\n  Users | 3\n    admin-04 | saved\n    u2 | saved\n    u3 | saved\n"_s;
        QTest::newRow("by domain") << static_cast<int>(ChangeGrouping::Domain)
                                   << QString(
                                          u"Authentication settings | 1\n  Authentication settings | minimumLength\n"
                                          "Queues | 3\n  Archive | removed\n  Billing Tier 2 | routingRules · 2 fields\n  q1 | was Old\n"
                                          "Role grants | 1\n  Contractors | + Master Admin\nUsers | 1\n  agent-0214 | added\n"_s
                                          + aside);
        QTest::newRow("by entity: who changed in several domains comes first")
            << static_cast<int>(ChangeGrouping::Entity)
            << QString(
                   u"Billing Tier 2 | 2\n  Billing Tier 2 | Queues · routingRules · 2 fields\n  q1 | Queues · was Old\n"
                   "Others, changed in one domain only | 4\n  Contractors | Role grants · + Master Admin\n  Archive | Queues · removed\n"
                   "  Authentication settings | Authentication settings · minimumLength\n  agent-0214 | Users · added\n"_s
                   + aside);
        QTest::newRow("by kind of change")
            << static_cast<int>(ChangeGrouping::Kind)
            << QString(u"Removed | 1\n  Queues | 1\n    Archive | removed\n"
                       "Modified | 4\n  Authentication settings | 1\n    Authentication settings | minimumLength\n"
                       "  Queues | 2\n    Billing Tier 2 | routingRules · 2 fields\n    q1 | was Old\n"
                       "  Role grants | 1\n    Contractors | + Master Admin\n"
                       "Added | 1\n  Users | 1\n    agent-0214 | added\n"_s
                       + aside);
        QTest::newRow("by who saved last, nobody last")
            << static_cast<int>(ChangeGrouping::Actor)
            << QString(
                   u"admin-04 | 1\n  Role grants | 1\n    Contractors | + Master Admin\n"
                   "Jane Doe | 1\n  Queues | 1\n    Archive | removed\n"
                   "Not known who saved last | 4\n  Authentication settings | 1\n    Authentication settings | minimumLength\n"
                   "  Queues | 2\n    Billing Tier 2 | routingRules · 2 fields\n    q1 | was Old\n  Users | 1\n    agent-0214 | added\n"_s
                   + aside);
    }
    void groupings()
    {
        QFETCH(int, grouping);
        QFETCH(QString, expected);
        Operations::RangeFindings range = sampleFindings();
        Report::Finding renamed = range.findings.at(1); // the same entity once more, as a sub-resource would be
        renamed.judged.change.name.clear();
        renamed.judged.change.fields = {renamed.judged.change.fields.at(0)};
        renamed.judged.change.fields[0].path = u"/name"_s;
        renamed.judged.change.fields[0].oldText = "\"Old\"";
        renamed.judged.verdict.severity = Policy::Severity::Low;
        range.findings.append(renamed);
        range.names.insert(u"users/jane"_s, u"Jane Doe"_s);
        ChangeTreeOptions options;
        options.grouping = static_cast<ChangeGrouping>(grouping);
        options.savers = std::make_shared<const Savers>(Savers{{{u"queues/q2"_s, u"jane"_s}}, {}});
        ChangesModel model;
        QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        model.setTree(buildChangeTree(range, {}, options));
        QCOMPARE(asText(model), expected);
        QCOMPARE(model.tree().entityRows.size(), 6);
        for (int i = 0; i < 6; ++i) {
            QVERIFY(model.tree().rowOfFinding(i) >= 0);
        }
    }

    void facetsCountWhatAClickWouldShow()
    {
        const auto tree = buildChangeTree(sampleFindings(), ChangeFilter::parse(u"severity:high kind:removed"_s));
        QCOMPARE(tree->shown, 1);
        const auto counts = [&](const QString &key) {
            QStringList told;
            for (const ChangeFacet &facet : tree->facets) {
                for (const ChangeFacet::Value &value : facet.values) {
                    if (facet.key == key) {
                        told.append(value.value + u' ' + QString::number(value.count));
                    }
                }
            }
            return told;
        };
        QCOMPARE(counts(u"severity"_s), QStringList{u"high 1"_s}); // of what is removed
        QCOMPARE(counts(u"kind"_s), (QStringList{u"removed 1"_s, u"modified 1"_s})); // of what is high
        QCOMPARE(counts(u"domain"_s), QStringList{u"=queues 1"_s}); // of what is both
        QCOMPARE(counts(u"actor"_s), QStringList{u"unknown 1"_s});
        QVERIFY(tree->vocabulary.domains.contains(u"grants"_s)); // what could be asked for, not only what is shown
        QVERIFY(tree->vocabulary.paths.contains(u"/routingRules"_s));
    }

    void aGroupStandsForWhatIsBeneathIt()
    {
        ChangesModel model;
        model.setTree(buildChangeTree(sampleFindings(), {}));
        const int high = model.tree().top.at(1);
        QCOMPARE(model.findingsOf({high}), (QList<int>{2, 1})); // in reading order
        QCOMPARE(model.findingsOf({high, model.tree().rowOfFinding(1), model.tree().rowOfFinding(0)}), (QList<int>{0, 2, 1}));
        QCOMPARE(model.findingsOf({model.tree().top.constLast()}), QList<int>()); // nothing was changed there
        QVERIFY(!(model.flags(model.indexOfRow(model.tree().top.constLast())) & Qt::ItemIsDragEnabled));
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
        QVERIFY(!model.index(0, ChangesModel::ColumnCount).isValid());
        QVERIFY(!model.index(0, ChangesModel::StarColumn).data().isValid()); // kept empty
        QVERIFY(!model.index(0, ChangesModel::AttributionColumn).data().isValid());
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
        const auto shared = std::make_shared<const Operations::RangeFindings>(range);
        const auto tree
            = buildChangeTree(*shared, ChangeFilter::parse(u"queue severity:high"_s), {ChangeGrouping::Severity, nullptr, shared});
        qInfo("100,000 changes: tree in %lld ms", timer.elapsed());
        QCOMPARE(tree->shown, 100'002);
        ChangesModel model;
        timer.restart();
        model.setTree(tree);
        qInfo("set in %lld us", timer.nsecsElapsed() / 1000);
        QVERIFY(model.rowCount(model.index(0, 0, model.index(0, 0))) > 0);
        const QString tip = model.indexOfRow(tree->entityRows.constFirst()).data(Qt::ToolTipRole).toString(); // made when it is asked for
        QVERIFY2(tip.contains(u"Queues"_s) && tip.contains(u"High"_s), qPrintable(tip));
        for (const ChangeRow &row : tree->rows) {
            QVERIFY(row.children.size() <= ChangesPerPage); // no row opens more than that
        }
    }
};

QTEST_GUILESS_MAIN(TestChangesModel)
#include "tst_changesmodel.moc"
