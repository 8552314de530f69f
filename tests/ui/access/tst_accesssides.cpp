#include "accesssample.h"

#include "access/accesschanges.h"
#include "access/accesstreemodel.h"
#include "access/outline.h"
#include "access/outlinemodel.h"
#include "access/pathgraph.h"
#include "access/whocanside.h"
#include "policy/policy.h"

#include <QAbstractItemModelTester>
#include <QTest>

using namespace Orgtrace;
using namespace Orgtrace::Ui;
using namespace Qt::StringLiterals;
using Access::SubjectKind;

namespace {

/// Two roles, a group with a member, a client; who holds what is the test's.
Access::Facts facts(const QList<Access::Grant> &grants)
{
    Access::Facts facts;
    facts.subjects = {{u"u1"_s, u"Kim"_s, SubjectKind::User},
                      {u"u2"_s, u"Lee | *x*"_s, SubjectKind::User},
                      {u"c1"_s, u"svc"_s, SubjectKind::OAuthClient}};
    facts.containers = {{{u"g1"_s, u"Crew"_s, SubjectKind::Group}, true, true, {u"u1"_s}}};
    facts.roles = {{u"r1"_s, u"Agent"_s, {{u"routing"_s, u"queue"_s, {u"view"_s, u"edit"_s}, false}}, {}, false},
                   {u"r2"_s, u"Admin"_s, {{u"authorization"_s, u"grant"_s, {u"*"_s}, true}}, {}, true}};
    facts.divisionNames = {{u"north"_s, u"North"_s}, {u"south"_s, u"South"_s}};
    facts.grants = grants;
    return facts;
}

Access::Grant grant(SubjectKind kind, const QString &subject, const QString &role, const QString &division)
{
    Access::Grant grant;
    grant.subjectKind = kind;
    grant.subjectId = subject;
    grant.roleId = role;
    grant.divisionId = division;
    return grant;
}

QString drawnOutline(const OutlineModel &model, const QModelIndex &parent = {}, int depth = 0)
{
    QString out;
    for (int row = 0; row < model.rowCount(parent); ++row) {
        const QModelIndex index = model.index(row, 0, parent);
        QStringList cells{index.data(Qt::AccessibleTextRole).toString()};
        for (int column = 1; column < model.columnCount(); ++column) {
            cells.append(index.siblingAtColumn(column).data().toString());
        }
        out += QString(depth * 2, u' ') + cells.join(u" | "_s).trimmed() + u'\n' + drawnOutline(model, index, depth + 1);
    }
    return out;
}

} // namespace

class TestAccessSides : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void filter_data();
    void filter();
    void completion_data();
    void completion();
    void paths();
    void rolesAndDivisions();
    void highRisk_data();
    void highRisk();
    void changes();
    void markdownIsHarmless();
    void verdicts();
};

void TestAccessSides::filter_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("shown");
    QTest::newRow("nothing typed is everything") << u""_s << u"grant queue skill"_s;
    QTest::newRow("a key without a value hides nothing") << u"role:"_s << u"grant queue skill"_s;
    QTest::newRow("a role by name") << u"role:master"_s << u"grant"_s;
    QTest::newRow("a quoted name with a blank") << u"role:\"master admin\""_s << u"grant"_s;
    QTest::newRow("one value or the other") << u"role:master,lead"_s << u"grant queue"_s;
    QTest::newRow("through a group") << u"through:contr"_s << u"grant"_s;
    QTest::newRow("directly") << u"through:direct"_s << u"skill"_s;
    QTest::newRow("without a kind") << u"-how:conditional"_s << u"grant queue"_s;
    QTest::newRow("in a division") << u"division:home"_s << u"queue skill"_s;
    QTest::newRow("of high risk") << u"risk:high"_s << u"grant"_s;
    QTest::newRow("not of high risk") << u"-risk:high"_s << u"queue skill"_s;
    QTest::newRow("a colon that is no key's is the permission's") << u"routing:skill"_s << u"skill"_s;
    QTest::newRow("all terms must fit") << u"routing how:conditional"_s << u"skill"_s;
    QTest::newRow("an open quote is closed at the end") << u"role:\"master"_s << u"grant"_s;
}

void TestAccessSides::filter()
{
    QFETCH(QString, text);
    QStringList shown;
    const auto all = shownPermissions(AccessSample::rights(u"authorization:grant:add = group Contractors/Master Admin@*\n"
                                                           "routing:queue:edit = team North/Lead@Home\n"
                                                           "routing:skill:view = direct/Agent@Home?"_s));
    for (ShownPermission one : all) {
        one.isHighRisk = one.permission.domain == u"authorization";
        if (matchesFilter(one, AccessFilter(text))) {
            shown.append(one.permission.entityType);
        }
    }
    QTEST(shown.join(u' '), "shown");
}

void TestAccessSides::completion_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("offered");
    QTest::newRow("nothing typed, nothing offered") << u""_s << u""_s;
    QTest::newRow("a key") << u"ro"_s << u"role: routing"_s;
    QTest::newRow("a value with a blank is quoted") << u"role:mas"_s << u"\"Master Admin\""_s;
    QTest::newRow("behind a minus") << u"-through:dir"_s << u"direct"_s;
    QTest::newRow("behind a comma") << u"role:Agent,mas"_s << u"\"Master Admin\""_s;
    QTest::newRow("a second term") << u"queue division:nor"_s << u"North"_s;
    QTest::newRow("nothing fits") << u"zebra"_s << u""_s;
}

void TestAccessSides::completion()
{
    QFETCH(QString, text);
    const AccessVocabulary words{{u"routing"_s}, {u"Agent"_s, u"Master Admin"_s}, {u"Crew"_s}, {u"North"_s, u"South"_s}};
    QStringList offered;
    for (const QueryCompletion::Choice &choice : completeAccessFilter(text, text.size(), words).choices) {
        offered.append(choice.text);
    }
    QTEST(offered.join(u' '), "offered");
}

void TestAccessSides::paths()
{
    AccessTreeModel model;
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    model.setPermissions(shownPermissions(AccessSample::rights(u"a:b:c = group Crew/Lead@*; direct/Agent@Home?"_s)));
    const QModelIndex action = model.indexOf(u"a:b:c"_s);
    QCOMPARE(model.rowCount(action), 2);
    QCOMPARE(model.index(0, 0, action).data().toString(), u"group Crew → Lead · all divisions → a:b:*"_s);
    QCOMPARE(model.index(1, 0, action).data().toString(), u"direct → Agent · Home → a:b:* (under a condition)"_s);
    QVERIFY(!model.hasChildren(model.index(0, 0, action)));
    QCOMPARE(model.indexOf(u"a:b:c#1"_s), model.index(1, 0, action));
    QVERIFY(model.permission(model.index(1, 0, action)) == model.permission(action));
    QVERIFY(!model.indexOf(u"a:b:c#7"_s).isValid());
}

void TestAccessSides::rolesAndDivisions()
{
    const Access::Resolver resolver(facts({grant(SubjectKind::User, u"u1"_s, u"r9"_s, u"west"_s)}));
    QStringList roles, divisions;
    for (const Access::RoleContent &role : resolver.roles()) {
        roles.append(role.id + u'/' + role.name + (role.isDefined ? QString() : u"?"_s) + (role.isDefault ? u"!"_s : QString()) + u'='
                     + role.permissions.join(u',')
                     + (role.conditional.isEmpty() ? QString() : QString(u" if "_s + role.conditional.join(u','))));
    }
    QCOMPARE(roles,
             QStringList({u"r9/?="_s, u"r2/Admin!=authorization:grant:* if authorization:grant:*"_s,
                          u"r1/Agent=routing:queue:edit,routing:queue:view"_s}));
    for (const Access::Division &division : resolver.divisions()) {
        divisions.append(division.id + u'/' + division.name);
    }
    QCOMPARE(divisions, QStringList({u"west/"_s, u"north/North"_s, u"south/South"_s}));
}

void TestAccessSides::highRisk_data()
{
    QTest::addColumn<bool>("risky");
    QTest::newRow("authorization:grant:add") << true;
    QTest::newRow("authorization:grant:*") << true;
    QTest::newRow("*:*:*") << true;
    QTest::newRow("oauth:client:edit") << true;
    QTest::newRow("authorization:grant:view") << false;
    QTest::newRow("routing:queue:*") << false;
    QTest::newRow("nonsense") << false;
}

void TestAccessSides::highRisk()
{
    QFETCH(bool, risky);
    const Result<Policy::Policy> policy = Policy::Policy::builtIn();
    QVERIFY(policy);
    QCOMPARE(policy->isHighRisk(QString::fromLatin1(QTest::currentDataTag())), risky);
}

void TestAccessSides::changes()
{
    const Access::Resolver before(
        facts({grant(SubjectKind::User, u"u1"_s, u"r1"_s, u"north"_s), grant(SubjectKind::User, u"u2"_s, u"r1"_s, u"north"_s)}));
    const Access::Resolver after(
        facts({grant(SubjectKind::Group, u"g1"_s, u"r1"_s, u"north"_s), grant(SubjectKind::User, u"u2"_s, u"r1"_s, u"*"_s),
               grant(SubjectKind::OAuthClient, u"c1"_s, u"r2"_s, u"*"_s)}));
    const auto whole = std::make_shared<const Access::AccessDifference>(Access::difference(before, after));
    QCOMPARE(whole->rerouted, 1);
    QCOMPARE(whole->reroutedSubjects.size(), 1);
    QCOMPARE(whole->reroutedSubjects.first().name, u"Kim"_s);
    OutlineModel model({u"1"_s, u"2"_s, u"3"_s, u"4"_s});
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    model.setItems(changeRows(whole, {u"authorization:grant:*"_s}));
    const QString drawn = drawnOutline(model);
    for (
        const QString &line :
        {u"Lee | *x*, user · 2 widened |  |  | –"_s, u"svc, OAuth client · 1 gained |  |  | –"_s,
         u"  2 permissions, routing:queue:edit, routing:queue:view, ↑ widened | direct → Agent · North | direct → Agent · all divisions | –"_s,
         u"    authorization:grant:*, high risk"_s, u"The same rights by other routes, 1 subject"_s, u"  Kim, user, ~ other path"_s}) {
        QVERIFY2(drawn.contains(line), qPrintable(drawn));
    }
    ChangesQuery query;
    query.onlyHighRisk = true;
    query.highRisk = {u"authorization:grant:*"_s};
    QCOMPARE(chosenChanges(*whole, query)->subjects.size(), 1);
    query = {};
    query.filter = AccessFilter(u"how:widened lee"_s);
    QCOMPARE(chosenChanges(*whole, query)->subjects.first().subject.id, u"u2"_s);
    query.filter = AccessFilter(u"zebra"_s);
    QVERIFY(chosenChanges(*whole, query)->subjects.isEmpty());
    QVERIFY(changesSummary(*whole).contains(u"1 the same by other routes"_s));
}

void TestAccessSides::markdownIsHarmless()
{
    const Access::Resolver before(facts({})), after(facts({grant(SubjectKind::User, u"u2"_s, u"r1"_s, u"north"_s)}));
    const Access::AccessDifference difference = Access::difference(before, after);
    const QString text = changesAs(AccessChangesFormat::Markdown, difference, u"A → B"_s);
    QVERIFY2(text.contains(
                 u"| Lee \\| \\*x\\* \\(user, u2\\) | gained | routing:queue:edit, routing:queue:view | – | direct → Agent · North |"_s),
             qPrintable(text));
    QVERIFY(changesAs(AccessChangesFormat::Text, difference, u"A → B"_s)
                .contains(u"  gained: routing:queue:edit, routing:queue:view\n    before: –\n"_s));
}

void TestAccessSides::verdicts()
{
    Access::Facts known = facts({grant(SubjectKind::User, u"u1"_s, u"r1"_s, u"north"_s)});
    known.catalogue = {{u"routing"_s, u"queue"_s, u"view"_s}};
    const Access::Resolver resolver(known);
    const Result<Access::Subject> kim = resolver.findSubject(u"u1"_s);
    QVERIFY(kim);
    const Result<Access::Verdict> yes = resolver.can(*kim, u"routing:queue:view"_s),
                                  no = resolver.can(*kim, u"routing:queue:view"_s, u"south"_s);
    QVERIFY(yes && no);
    QVERIFY(verdictInWords(*yes, u"routing:queue:view"_s, {}).startsWith(u"Yes: Kim could routing:queue:view."_s));
    const QString words = verdictInWords(*no, u"routing:queue:view"_s, u"South"_s);
    QVERIFY2(words.startsWith(u"No: Kim could not routing:queue:view in South."_s), qPrintable(words));
    const auto unclear = resolver.can(*kim, u"routing:queue:edit"_s, u"south"_s); // which the catalogue does not have
    QVERIFY(unclear);
    QVERIFY(verdictInWords(*unclear, u"routing:queue:edit"_s, u"South"_s)
                .contains(u"Nearest: held in other divisions, and nothing says whether divisions matter to it"_s));
    QVERIFY2(words.contains(u"Nearest: held, but in other divisions"_s) && words.contains(u"Roles that allow it: Agent."_s),
             qPrintable(words));
}

QTEST_MAIN(TestAccessSides)
#include "tst_accesssides.moc"
