#include "operations/check.h"

#include "base/digest.h"

#include <QElapsedTimer>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace Orgtrace;
using Operations::Surroundings;
using Operations::Workspace;

namespace {

/// A grant as authorization/subjects/me tells it.
QByteArray grant(const QByteArray &policies, const QByteArray &division)
{
    return R"({"subjectId":"c1","division":)" + division + R"(,"role":{"id":"r1","name":"Role","policies":[)" + policies + "]}}";
}
QByteArray policy(const QByteArray &domain, const QByteArray &entity, const QByteArray &actions, const QByteArray &more = {})
{
    return R"({"domain":")" + domain + R"(","entityName":")" + entity + R"(","actions":)" + actions + more + "}";
}
const QByteArray All = R"({"id":"*","name":""})", Nordics = R"({"id":"d1","name":"Nordics"})", Home = R"({"id":"d2","name":"Home"})";

Catalogue::Catalogue catalogue()
{
    Catalogue::Catalogue out;
    const auto add = [&out](const QString &name, const QStringList &permissions) {
        Catalogue::DomainRules rules = Catalogue::Catalogue::generic(name);
        rules.permissionsAny = permissions;
        out.add(rules);
    };
    add(u"users"_s, {});
    add(u"queues"_s, {u"routing:queue:view"_s});
    add(u"triggers"_s, {u"processautomation:trigger:edit"_s, u"processautomation:trigger:view"_s});
    add(u"dids"_s, {u"telephony:plugin:all"_s});
    return out;
}

QString wordsOf(const Workspace::DomainCheck &row)
{
    return row.domain + (!row.allowed ? u":no"_s : row.isShortened ? u":short"_s : u":whole"_s);
}

} // namespace

/// What an identity holds against what the catalogue needs.
class TestCheck : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void whatIsSeen_data();
    void whatIsSeen();
    void conditions_data();
    void conditions();
    void shortenedListsAreNamed();
    void inEachDivision_data();
    void inEachDivision();
    void whereTheDivisionDoesNotMatter();
    void theRoleToCreate();
    void thousandsOfDivisionsTakeTheirTimeOnly();
    void grantsBeyondTheBoundAreCounted();
};

void TestCheck::whatIsSeen_data()
{
    QTest::addColumn<QByteArrayList>("grants");
    QTest::addColumn<QString>("seen");
    QTest::addColumn<QStringList>("canWrite");
    const QByteArray queues = policy("routing", "queue", R"(["view"])");
    QTest::newRow("nothing held") << QByteArrayList{} << u"users:whole queues:no triggers:no dids:no"_s << QStringList();
    QTest::newRow("held in all divisions") << QByteArrayList{grant(queues, All)} << u"users:whole queues:whole triggers:no dids:no"_s
                                           << QStringList();
    QTest::newRow("held in one division") << QByteArrayList{grant(queues, Nordics)} << u"users:whole queues:short triggers:no dids:no"_s
                                          << QStringList();
    QTest::newRow("in one division, and in all through another grant")
        << QByteArrayList{grant(queues, Nordics), grant(queues, All)} << u"users:whole queues:whole triggers:no dids:no"_s << QStringList();
    QTest::newRow("under a condition the list may be shorter")
        << QByteArrayList{grant(policy("routing", "queue", R"(["view"])", R"(,"condition":"queue in own")"), All)}
        << u"users:whole queues:short triggers:no dids:no"_s << QStringList();
    QTest::newRow("an empty condition is none")
        << QByteArrayList{grant(policy("routing", "queue", R"(["view"])", R"(,"condition":"")"), All)}
        << u"users:whole queues:whole triggers:no dids:no"_s << QStringList();
    QTest::newRow("wildcards hold everything, and write")
        << QByteArrayList{grant(policy("*", "*", R"(["*"])"), All)} << u"users:whole queues:whole triggers:whole dids:whole"_s
        << QStringList{u"*:*:*"_s};
    QTest::newRow("another spelling of the actions")
        << QByteArrayList{grant(R"({"domain":"routing","entityName":"*","actionSet":["view"]})", All)}
        << u"users:whole queues:whole triggers:no dids:no"_s << QStringList();
    QTest::newRow("the better of two permissions counts")
        << QByteArrayList{grant(policy("processautomation", "trigger", R"(["edit"])"), Nordics),
                          grant(policy("processautomation", "trigger", R"(["view"])"), All)}
        << u"users:whole queues:no triggers:whole dids:no"_s << QStringList{u"processautomation:trigger:edit"_s};
    QTest::newRow("grants that are no grants hold nothing")
        << QByteArrayList{"7", R"({"role":null,"division":[]})", R"({"role":{"policies":"all"}})"}
        << u"users:whole queues:no triggers:no dids:no"_s << QStringList();
}

void TestCheck::whatIsSeen()
{
    QFETCH(QByteArrayList, grants);
    QFETCH(QString, seen);
    QFETCH(QStringList, canWrite);
    const QByteArray json = R"({"id":"c1","grants":[)" + grants.join(',') + "]}";
    const auto subject = Json::parse(view(json));
    QVERIFY(subject);
    const Workspace::Check check = Operations::assess(Operations::heldPermissions(subject->root()), catalogue());
    QStringList rows;
    for (const Workspace::DomainCheck &row : check.domains) {
        rows.append(wordsOf(row));
    }
    QCOMPARE(rows.join(u' '), seen);
    QCOMPARE(check.canWrite, canWrite);
    QCOMPARE(check.seesEverything(), !seen.contains(u":no"_s) && !seen.contains(u":short"_s));
    QCOMPARE(check.partial.size(), check.partialDivisions.size());
    QCOMPARE(check.partial.isEmpty(), !seen.contains(u":short"_s));
}

void TestCheck::conditions_data()
{
    QTest::addColumn<QByteArray>("members");
    QTest::addColumn<bool>("isConditional");
    QTest::newRow("none at all") << QByteArray() << false;
    QTest::newRow("a condition in words") << QByteArray(R"("condition":"queue in own")") << true;
    QTest::newRow("a condition as an object") << QByteArray(R"("condition":{"variableName":"queue"})") << true;
    QTest::newRow("conditions as a list") << QByteArray(R"("condition":[{"variableName":"queue"}])") << true;
    QTest::newRow("the condition of a role's policy") << QByteArray(R"("resourceConditionNode":{"conjunction":"AND","terms":[]})") << true;
    QTest::newRow("that condition in words") << QByteArray(R"("resourceConditionNode":"queue in own")") << true;
    QTest::newRow("its older spelling") << QByteArray(R"("resourceCondition":{"operator":"EQ"})") << true;
    QTest::newRow("its older spelling in words") << QByteArray(R"("resourceCondition":"queue in own")") << true;
    QTest::newRow("named resources") << QByteArray(R"("namedResources":["q1"])") << true;
    QTest::newRow("named resources beside all") << QByteArray(R"("namedResources":["*","q1"])") << true;
    QTest::newRow("one named resource") << QByteArray(R"("namedResources":"q1")") << true;
    QTest::newRow("a resource as an object") << QByteArray(R"("namedResources":[{"id":"q1"}])") << true;
    QTest::newRow("something that nobody knows") << QByteArray(R"("condition":7)") << true;
    QTest::newRow("all resources") << QByteArray(R"("namedResources":["*"])") << false;
    QTest::newRow("all resources in a word") << QByteArray(R"("namedResources":"*")") << false;
    QTest::newRow("that conditions are allowed is none") << QByteArray(R"("allowConditions":true)") << false;
    QTest::newRow("empty forms") << QByteArray(R"("condition":"","resourceCondition":{},"resourceConditionNode":null,"namedResources":[])")
                                 << false;
}

void TestCheck::conditions()
{
    QFETCH(QByteArray, members);
    QFETCH(bool, isConditional);
    const QByteArray more = members.isEmpty() ? QByteArray() : QByteArray("," + members);
    const QByteArray json = R"({"grants":[)" + grant(policy("routing", "queue", R"(["view"])", more), All) + "]}";
    const auto subject = Json::parse(view(json));
    QVERIFY(subject);
    const QList<Operations::HeldPermission> held = Operations::heldPermissions(subject->root());
    QCOMPARE(held.size(), 1);
    QCOMPARE(held.constFirst().isConditional, isConditional);
    const Workspace::Check check = Operations::assess(held, catalogue());
    QCOMPARE(wordsOf(check.domains.at(1)), isConditional ? u"queues:short"_s : u"queues:whole"_s);
}

void TestCheck::shortenedListsAreNamed()
{
    const QByteArray json = R"({"grants":[)" + grant(policy("routing", "queue", R"(["view"])"), Nordics) + "]}";
    const auto subject = Json::parse(view(json));
    Surroundings around;
    const QByteArray unnamed = R"({"name":"nobody"})";
    const QByteArray dach = R"({"id":"d3","name":"DACH"})";
    for (const QByteArray &division : {Nordics, Home, dach, unnamed}) {
        const auto document = Json::parse(view(division));
        around.addDivision(document->root());
    }
    const Workspace::Check check = Operations::assess(Operations::heldPermissions(subject->root()), catalogue(), around);
    QCOMPARE(check.partial.size(), 1);
    const Workspace::Partial &partial = check.partial.constFirst();
    QCOMPARE(partial.permission, u"routing:queue:view"_s);
    QCOMPARE(partial.heldIn.size(), 1);
    QCOMPARE(partial.heldIn.constFirst().name, u"Nordics"_s);
    QStringList missing;
    for (const Workspace::Division &division : partial.missing) {
        missing.append(division.name);
    }
    QCOMPARE(missing, QStringList({u"DACH"_s, u"Home"_s}));
    QCOMPARE(partial.domains, QStringList{u"queues"_s});
    QVERIFY2(check.domains.at(1).why.contains(u"only in Nordics"_s), qPrintable(check.domains.at(1).why));
}

void TestCheck::inEachDivision_data()
{
    QTest::addColumn<QByteArrayList>("grants");
    QTest::addColumn<bool>("hasAllDivisions");
    QTest::addColumn<QString>("seen");
    QTest::addColumn<QString>("why");
    const QByteArray queues = policy("routing", "queue", R"(["view"])");
    const QByteArray narrowed = policy("routing", "queue", R"(["view"])", R"(,"condition":"queue in own")");
    const QByteArray edits = policy("processautomation", "trigger", R"(["edit"])");
    const QByteArray views = policy("processautomation", "trigger", R"(["view"])");
    const QString newOnes = u"routing:queue:view is held in each division there is, one by one: new divisions will not be seen"_s;
    QTest::newRow("held in each single one, all is seen today")
        << QByteArrayList{grant(queues, Nordics), grant(queues, Home)} << true << u"queues:whole triggers:no"_s << newOnes;
    QTest::newRow("also by different roles") << QByteArrayList{grant(queues, Nordics), grant(policy("routing", "*", R"(["*"])"), Home)}
                                             << true << u"queues:whole triggers:no"_s << newOnes;
    QTest::newRow("where the list of divisions may go on, nobody knows")
        << QByteArrayList{grant(queues, Nordics), grant(queues, Home)} << false << u"queues:short triggers:no"_s
        << u"routing:queue:view is not held in every division, only in Nordics, Home: the list may be shorter than the truth"_s;
    QTest::newRow("one is missing")
        << QByteArrayList{grant(queues, Nordics)} << true << u"queues:short triggers:no"_s
        << u"routing:queue:view is not held in every division, only in Nordics: the list may be shorter than the truth"_s;
    QTest::newRow("in one only under a condition")
        << QByteArrayList{grant(queues, Nordics), grant(narrowed, Home)} << true << u"queues:short triggers:no"_s
        << u"routing:queue:view is not held in every division, only in Nordics, Home: the list may be shorter than the truth"_s;
    QTest::newRow("a condition beside the whole takes nothing away")
        << QByteArrayList{grant(queues, Nordics), grant(narrowed, Home), grant(queues, Home)} << true << u"queues:whole triggers:no"_s
        << newOnes;
    QTest::newRow("held in all, nothing will be missed") << QByteArrayList{grant(queues, Nordics), grant(queues, Home), grant(queues, All)}
                                                         << true << u"queues:whole triggers:no"_s << QString();
    QTest::newRow("of two permissions the one that sees each division counts")
        << QByteArrayList{grant(queues, All), grant(edits, Home), grant(views, Nordics), grant(views, Home)} << true
        << u"queues:whole triggers:whole"_s << QString();
}

void TestCheck::inEachDivision()
{
    QFETCH(QByteArrayList, grants);
    const QByteArray json = R"({"grants":[)" + grants.join(',') + "]}";
    const auto subject = Json::parse(view(json));
    QVERIFY(subject);
    Surroundings around;
    for (const QByteArray &division : {Nordics, Home}) {
        const auto document = Json::parse(view(division));
        around.addDivision(document->root());
    }
    QFETCH(bool, hasAllDivisions);
    around.hasAllDivisions = hasAllDivisions;
    const Workspace::Check check = Operations::assess(Operations::heldPermissions(subject->root()), catalogue(), around);
    const Workspace::DomainCheck &queues = check.domains.at(1), &triggers = check.domains.at(2);
    const QString seen = wordsOf(queues) + u' ' + wordsOf(triggers);
    QTEST(seen, "seen");
    QTEST(queues.why, "why");
    QCOMPARE(queues.missesNewDivisions, queues.why.contains(u"new divisions"_s));
    QCOMPARE(check.partial.isEmpty(), !seen.contains(u":short"_s));
    // Without any division nothing is held in each of them.
    Surroundings none;
    none.hasAllDivisions = hasAllDivisions;
    const Workspace::Check bare = Operations::assess(Operations::heldPermissions(subject->root()), catalogue(), none);
    QVERIFY(!bare.domains.at(1).missesNewDivisions);
}

void TestCheck::whereTheDivisionDoesNotMatter()
{
    const QByteArray json = R"({"grants":[)" + grant(policy("routing", "queue", R"(["view"])"), Nordics) + "]}";
    const auto subject = Json::parse(view(json));
    const QByteArray collection
        = R"({"domain":"routing","permissionMap":{"queue":[{"action":"view","divisionAware":false},{"action":"edit"}]}})";
    const auto permissions = Json::parse(view(collection));
    Surroundings around;
    around.addPermissions(permissions->root());
    QCOMPARE(around.anywhere, QSet<QString>{u"routing:queue:view"_s}); // what is silent about it may matter
    const Workspace::Check check = Operations::assess(Operations::heldPermissions(subject->root()), catalogue(), around);
    QCOMPARE(wordsOf(check.domains.at(1)), u"queues:whole"_s);
}

void TestCheck::theRoleToCreate()
{
    const Workspace::Check check = Operations::assess({}, catalogue());
    QCOMPARE(
        check.leastPrivilege,
        QStringList({u"audits:audit:view"_s, u"processautomation:trigger:view"_s, u"routing:queue:view"_s, u"telephony:plugin:all"_s}));
    QCOMPARE(check.leastPrivilegeWriting, QStringList{u"telephony:plugin:all"_s}); // nothing that only looks will do
    QVERIFY(!check.canReadAudit);
}

/// The time of four times as much: four times as long, not sixteen. A busy machine may disturb one measurement, hardly three.
void TestCheck::thousandsOfDivisionsTakeTheirTimeOnly()
{
    const auto measured = [](int divisions) {
        QByteArrayList grants;
        Surroundings around;
        for (int i = 0; i < divisions; ++i) {
            const QByteArray number = QByteArray::number(i).rightJustified(6, '0');
            const QByteArray division = R"({"id":"d)" + number + R"(","name":"Division )" + number + R"("})";
            const auto document = Json::parse(view(division));
            around.addDivision(document->root());
            if (i % 2 == 0) {
                grants.append(grant(policy("routing", "*", R"(["view","edit"])"), division));
            }
        }
        const QByteArray json = R"({"grants":[)" + grants.join(',') + "]}";
        const auto subject = Json::parse(view(json));
        QElapsedTimer timer;
        timer.start();
        const Workspace::Check check = Operations::assess(Operations::heldPermissions(subject->root()), catalogue(), around);
        const double took = double(timer.nsecsElapsed());
        const bool isRight = check.partial.size() == 1 && check.partial.constFirst().heldIn.size() == divisions / 2
            && check.partial.constFirst().missing.size() == divisions / 2
            && check.partial.constFirst().missing.constFirst().id == u"d000001"
            && check.domains.at(1).why.contains(u"only in Division 000000, Division 000002"_s);
        return isRight ? took : -1.0;
    };
    double best = 100;
    for (int attempt = 0; attempt < 5 && best >= 9; ++attempt) {
        const double few = measured(5'000), many = measured(20'000);
        QVERIFY(few > 0 && many > 0);
        best = std::min(best, many / few);
    }
    QVERIFY2(best < 9, qPrintable(QString::number(best)));
}

void TestCheck::grantsBeyondTheBoundAreCounted()
{
    QByteArrayList grants(Operations::MostGrants, grant(policy("routing", "queue", R"(["view"])"), Nordics));
    grants.append(grant(policy("routing", "queue", R"(["view"])"), All));
    grants.append("7");
    const QByteArray json = R"({"grants":[)" + grants.join(',') + "]}";
    const auto subject = Json::parse(view(json));
    QVERIFY(subject);
    qsizetype leftOut = -1;
    QCOMPARE(Operations::heldPermissions(subject->root(), &leftOut).size(), Operations::MostGrants);
    QCOMPARE(leftOut, 2);
    const QByteArray few = R"({"grants":[7]})";
    const auto other = Json::parse(view(few));
    QVERIFY(Operations::heldPermissions(other->root(), &leftOut).isEmpty());
    QCOMPARE(leftOut, 0);
}

QTEST_GUILESS_MAIN(TestCheck)
#include "tst_check.moc"
