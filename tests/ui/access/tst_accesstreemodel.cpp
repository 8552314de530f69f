#include "accesssample.h"

#include "access/accesstreemodel.h"
#include "access/pathgraph.h"
#include "access/whocanmodel.h"

#include <QAbstractItemModelTester>
#include <QTest>

using namespace Orgtrace;
using namespace Orgtrace::Ui;
using namespace Qt::StringLiterals;

namespace {

/// The tree as text: two blanks a level, the name, its chips in brackets; without the paths beneath actions.
QString drawn(const QAbstractItemModel &model, const QModelIndex &parent = {}, int depth = 0)
{
    QString out;
    for (int row = 0; row < model.rowCount(parent) && depth < 3; ++row) {
        const QModelIndex index = model.index(row, 0, parent);
        QStringList kinds;
        for (const int chip : index.data(AccessTreeModel::ChipsRole).value<QList<int>>()) {
            kinds.append(chipText(Chip(chip)));
        }
        out += QString(depth * 2, u' ') + index.data().toString() + u" ["_s + kinds.join(u' ') + u"]\n"_s + drawn(model, index, depth + 1);
    }
    return out;
}

const QString sample = u"authorization:grant:add = group Contractors/Master Admin@*\n"
                       "authorization:grant:view = direct/Agent@Home; group Contractors/Master Admin@*\n"
                       "authorization:role:view = group Contractors/Master Admin@*\n"
                       "routing:queue:edit = team North/Lead@Home!; direct/Agent@Home?\n"
                       "routing:queue:view = direct/employee@Home\n"
                       "routing:skill:view = direct/Agent@Home?"_s;

} // namespace

class TestAccessTreeModel : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void tree();
    void filter_data();
    void filter();
    void stableIds();
    void comparing();
    void outOfRange();
    void cards_data();
    void cards();
    void words();
    void nestedAndDenied();
    void whoCan();
    void subjectsOfChanges_data();
    void subjectsOfChanges();
};

void TestAccessTreeModel::tree()
{
    AccessTreeModel model;
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    QVERIFY(!model.hasChildren());
    model.setPermissions(shownPermissions(AccessSample::rights(sample)));
    QCOMPARE(drawn(model),
             u"authorization [direct group]\n"
             "  grant [direct group]\n"
             "    add [group]\n"
             "    view [direct group]\n"
             "  role [group]\n"
             "    view [group]\n"
             "routing [direct team default conditional synthetic]\n"
             "  queue [direct team default synthetic]\n"
             "    edit [direct team synthetic]\n"
             "    view [default]\n"
             "  skill [direct conditional]\n"
             "    view [direct conditional]\n"_s);
    QCOMPARE(model.index(0, 0).data(AccessTreeModel::NoteRole).toString(), u"2 entities"_s);
    QCOMPARE(model.indexOf(u"routing:skill"_s).data(AccessTreeModel::NoteRole).toString(), u"1 action"_s);
    QCOMPARE(model.indexOf(u"routing:skill:view"_s).data(AccessTreeModel::NoteRole).toString(), u"only under a condition"_s);
    QVERIFY(model.permission(model.indexOf(u"routing:skill"_s)) == nullptr);
    QCOMPARE(model.permission(model.indexOf(u"routing:queue:edit"_s))->permission.paths.size(), 2);
    model.setPermissions({});
    QCOMPARE(model.rowCount(), 0);
}

void TestAccessTreeModel::filter_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<int>("shown");
    QTest::newRow("nothing typed shows all") << u""_s << 6;
    QTest::newRow("blanks are nothing") << u"   "_s << 6;
    QTest::newRow("a star is all") << u"*"_s << 6;
    QTest::newRow("part of the permission, letter case aside") << u"QUEUE"_s << 2;
    QTest::newRow("a whole permission") << u"routing:queue:edit"_s << 1;
    QTest::newRow("each word must fit") << u"routing view"_s << 2;
    QTest::newRow("a role's name") << u"master"_s << 3;
    QTest::newRow("a container's name") << u"north"_s << 1;
    QTest::newRow("a kind of path") << u"conditional"_s << 1;
    QTest::newRow("nothing fits") << u"zebra"_s << 0;
}

void TestAccessTreeModel::filter()
{
    QFETCH(QString, text);
    AccessTreeModel model;
    model.setPermissions(shownPermissions(AccessSample::rights(sample)));
    model.setFilter(text);
    QTEST(model.shownCount(), "shown");
    QCOMPARE(model.totalCount(), 6);
}

void TestAccessTreeModel::stableIds()
{
    AccessTreeModel model;
    model.setPermissions(shownPermissions(AccessSample::rights(sample)));
    for (const QString &id : {u"authorization"_s, u"authorization:grant"_s, u"routing:queue:view"_s}) {
        QCOMPARE(model.indexOf(id).data(AccessTreeModel::StableIdRole).toString(), id);
    }
    model.setFilter(u"edit"_s);
    QVERIFY(!model.indexOf(u"authorization"_s).isValid());
    QCOMPARE(model.indexOf(u"routing:queue:edit"_s).data(AccessTreeModel::StableIdRole).toString(), u"routing:queue:edit"_s);
    QVERIFY(!model.indexOf(QString()).isValid());
}

void TestAccessTreeModel::comparing()
{
    const auto before = AccessSample::rights(u"a:b:c = direct/Agent@Home\na:b:d = direct/Agent@Home\na:b:e = direct/Agent@Home"_s);
    const auto after
        = AccessSample::rights(u"a:b:d = direct/Agent@Home\na:b:e = group Contractors/Agent@Home\na:b:f = direct/Agent@Home"_s);
    AccessTreeModel model;
    model.setPermissions(comparedPermissions(before, after));
    QCOMPARE(drawn(model),
             u"a [+ gained − lost ~ other path direct group]\n"
             "  b [+ gained − lost ~ other path direct group]\n"
             "    c [− lost direct]\n"
             "    d [direct]\n"
             "    e [~ other path group]\n"
             "    f [+ gained direct]\n"_s);
    QCOMPARE(model.countOf(Held::Gained), 1);
    QCOMPARE(model.countOf(Held::Lost), 1);
    QCOMPARE(model.countOf(Held::PathsChanged), 1);
    model.setOnlyChanges(true);
    QCOMPARE(model.shownCount(), 3);
    QVERIFY(!model.indexOf(u"a:b:d"_s).isValid());
    model.setFilter(u"gained"_s);
    QCOMPARE(model.shownCount(), 1);
}

void TestAccessTreeModel::outOfRange()
{
    AccessTreeModel model;
    model.setPermissions(shownPermissions(AccessSample::rights(sample)));
    QVERIFY(!model.index(-1, 0).isValid());
    QVERIFY(!model.index(2, 0).isValid());
    QVERIFY(!model.index(0, 1).isValid());
    QVERIFY(!model.data({}, Qt::DisplayRole).isValid());
    QVERIFY(!model.parent({}).isValid());
    QVERIFY(model.permission({}) == nullptr);
    AccessTreeModel other;
    other.setPermissions(shownPermissions(AccessSample::rights(sample)));
    QVERIFY(model.permission(other.index(0, 0)) == nullptr);
}

void TestAccessTreeModel::cards_data()
{
    QTest::addColumn<QString>("line");
    QTest::addColumn<QString>("expected");
    QTest::newRow("direct") << u"a:b:c = direct/Agent@Home"_s << u"user=contractor-17 | grant · Home=Agent | policy=a:b:*"_s;
    QTest::newRow("through a group in all divisions")
        << u"a:b:c = group Contractors/Master Admin@*"_s
        << u"user=contractor-17 | group=Contractors | grant · all divisions=Master Admin | policy=a:b:*"_s;
    QTest::newRow("a condition is said")
        << u"a:b:c = direct/Agent@Home?"_s
        << u"user=contractor-17 | grant · Home=Agent | policy=a:b:* (only under a condition, not evaluated)"_s;
    QTest::newRow("a team grant is called synthetic")
        << u"a:b:c = team North/Lead@Home!"_s
        << u"user=contractor-17 | team=North (synthetic: not on the real platform) | grant · Home=Lead | policy=a:b:*"_s;
}

void TestAccessTreeModel::cards()
{
    QFETCH(QString, line);
    const Access::EffectiveAccess access = AccessSample::rights(line);
    QStringList out;
    for (const PathCard &card : pathCards(access.subject, access.permissions[0].paths[0])) {
        out.append(card.kind + u'=' + card.title + (card.note.isEmpty() ? QString() : QString(u" ("_s + card.note + u')')));
    }
    QTEST(out.join(u" | "_s), "expected");
}

void TestAccessTreeModel::words()
{
    const Access::EffectiveAccess access = AccessSample::rights(u"a:b:c = group Contractors/Master Admin@*?"_s);
    QCOMPARE(pathInWords(access.subject, access.permissions[0].paths[0]),
             u"contractor-17 → group Contractors → Master Admin · all divisions → a:b:* (under a condition)"_s);
}

void TestAccessTreeModel::nestedAndDenied()
{
    Access::EffectiveAccess before = AccessSample::rights(u"routing:queue:edit = group Everybody/Editor@*"_s);
    Access::AccessPath &path = before.permissions[0].paths[0];
    path.containers
        = {{path.containerId, path.containerName, Access::SubjectKind::Group}, {u"id-day"_s, u"Day shift"_s, Access::SubjectKind::Group}};
    QVERIFY(pathInWords(before.subject, path).startsWith(u"contractor-17 → group Day shift → group Everybody (nested) → Editor"_s));
    QCOMPARE(pathCards(before.subject, path).size(), 5); // subject, two groups, grant, policy

    Access::EffectiveAccess after = before;
    after.permissions[0].denied = {{.policyId = u"p"_s, .policyName = u"No edits"_s, .target = u"routing:queue:edit"_s, .why = {}}};
    ShownPermission shown = comparedPermissions(before, after)[0];
    QCOMPARE(shown.held, Held::Lost);
    QVERIFY(chips(shown).contains(Chip::Denied));
    QVERIFY(!chips(shown).contains(Chip::Conditional));
    QCOMPARE(comparedPermissions(after, before)[0].held, Held::Gained);
    QCOMPARE(comparedPermissions(after, after)[0].held, Held::Same);

    after.permissions[0].denied[0].conditional = true;
    shown = shownPermissions(after)[0];
    QVERIFY(chips(shown).contains(Chip::Conditional));
    QVERIFY(!chips(shown).contains(Chip::Denied));
}

void TestAccessTreeModel::whoCan()
{
    WhoCanModel model;
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    const Access::EffectiveAccess access = AccessSample::rights(u"a:b:c = group Contractors/Master Admin@*; direct/Agent@Home"_s);
    model.setSubjects({{access.subject, access.permissions[0].paths}, {{u"x"_s, u"line\nbreak"_s, Access::SubjectKind::OAuthClient}, {}}});
    QCOMPARE(model.rowCount(), 2);
    QCOMPARE(model.index(0, 0).data().toString(), u"contractor-17 · user"_s);
    QCOMPARE(model.index(0, 1).data().toString(), u"group Contractors · Master Admin  +1 more"_s);
    QCOMPARE(model.index(0, 2).data().toString(), u"all divisions"_s);
    QCOMPARE(model.index(1, 0).data().toString(), u"line␊break · OAuth client"_s);
    QVERIFY(!model.index(1, 1).data().isValid()); // no path known: nothing is made up
}

void TestAccessTreeModel::subjectsOfChanges_data()
{
    QTest::addColumn<QString>("domain");
    QTest::addColumn<bool>("offered");
    QTest::newRow("a grant speaks of its subject") << u"grants"_s << true;
    QTest::newRow("members speak of their group") << u"group_members"_s << true;
    QTest::newRow("a user") << u"users"_s << true;
    QTest::newRow("a role is no subject") << u"roles"_s << false;
    QTest::newRow("a queue is none") << u"queues"_s << false;
}

void TestAccessTreeModel::subjectsOfChanges()
{
    QFETCH(QString, domain);
    QFETCH(bool, offered);
    QCOMPARE(subjectOfChange(domain, u"id"_s), offered ? u"id"_s : QString());
}

QTEST_MAIN(TestAccessTreeModel)
#include "tst_accesstreemodel.moc"
