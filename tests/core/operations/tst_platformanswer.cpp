#include "../access/accessfacts.h"

#include "operations/crosscheck.h"

#include <QTest>

using namespace Orgtrace;
using namespace Orgtrace::Access;
using namespace Orgtrace::Operations;
using namespace Qt::StringLiterals;

using Access::Test::catalogue;
using Access::Test::grant;
using Access::Test::role;
using Access::Test::user;

namespace {

/// "+line" only the platform says, "-line" only the snapshot; roles, grants and permissions.
QString differences(const std::optional<CrossCheck::Disagreement> &found)
{
    QStringList all;
    const auto add = [&](QChar sign, const QStringList &list) {
        for (const QString &one : list) {
            all.append(sign + one);
        }
    };
    if (found) {
        add(u'+', found->rolesThere + found->grantsThere + found->permissionsThere);
        add(u'-', found->rolesHere + found->grantsHere + found->permissionsHere);
    }
    return all.join(u'\n');
}

} // namespace

/// What the platform's own answer and the resolver's have to agree in.
class TestPlatformAnswer : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void conditionsAreCompared_data();
    void conditionsAreCompared();
    void rolesAreToldApartById_data();
    void rolesAreToldApartById();
};

void TestPlatformAnswer::conditionsAreCompared_data()
{
    QTest::addColumn<QStringList>("here");
    QTest::addColumn<QByteArray>("there"); // what stands in a line of the platform
    QTest::addColumn<QString>("expected");
    const QByteArray line = R"("domain":"a","entityName":"grant","actionSet":["add"])";
    const QByteArray node = line + R"(,"resourceConditionNode":{"variableName":"x","operator":"EQ"})";
    const QStringList free{u"a:grant:add"_s}, bound{u"a:grant:add?"_s};
    QTest::newRow("without a condition on either side") << free << line << QString();
    QTest::newRow("under a condition on both sides") << bound << node << QString();
    QTest::newRow("an empty condition is none")
        << free << QByteArray(line + R"(,"resourceConditionNode":null,"namedResources":["*"])") << QString();
    QTest::newRow("the platform lost the condition") << bound << line << u"+a:grant:add"_s;
    QTest::newRow("the snapshot lost the condition") << free << node << u"-a:grant:add"_s;
    QTest::newRow("named resources are a condition") << free << QByteArray(line + R"(,"namedResources":["q1"])") << u"-a:grant:add"_s;
    QTest::newRow("a condition narrows what is said without one")
        << QStringList{u"a:*:*"_s} << QByteArray(R"("domain":"a","entityName":"*","actionSet":["*"]},{)" + node) << QString();
    QTest::newRow("another permission under a condition")
        << free << QByteArray(line + R"(},{"domain":"b","entityName":"c","actionSet":["d"],"resourceConditionNode":{"x":1})")
        << u"+b:c:d (under a condition)"_s;
}

void TestPlatformAnswer::conditionsAreCompared()
{
    QFETCH(QStringList, here);
    QFETCH(QByteArray, there);
    Facts facts;
    facts.subjects = {user(u"u1"_s, u"Una"_s)};
    facts.catalogue = catalogue({u"a:grant:add"_s, u"a:grant:view"_s});
    facts.roles = {role(u"r"_s, here)};
    facts.grants = {grant(SubjectKind::User, u"u1"_s, u"r"_s)};
    const Resolver resolver(std::move(facts));
    const auto answer = readPlatformAnswer(R"({"roles":[{"id":"r","name":"Role r"}],"permissionPolicies":[{)" + there + "}]}",
                                           R"({"grants":[{"role":{"id":"r","name":"Role r"},"division":{"id":"*"}}]})");
    QVERIFY(answer);
    QTEST(differences(disagreement(resolver.effective(*resolver.findSubject(u"u1"_s)), *answer)), "expected");
}

void TestPlatformAnswer::rolesAreToldApartById_data()
{
    QTest::addColumn<QByteArray>("roles");
    QTest::addColumn<QByteArray>("grants");
    QTest::addColumn<QString>("expected");
    const QByteArray own = R"({"id":"r","name":"Admin"},{"id":"empty","name":"Empty"})",
                     ownGrants
        = R"({"role":{"id":"r","name":"Admin"},"division":{"id":"*"}},{"role":{"id":"empty"},"division":{"id":"d"}})";
    QTest::newRow("the same, one of them a role that allows nothing") << own << ownGrants << QString();
    QTest::newRow("another role of the same name")
        << QByteArray(own + R"(,{"id":"evil","name":"Admin"})")
        << QByteArray(ownGrants + R"(,{"role":{"id":"evil","name":"Admin"},"division":{"id":"*"}})")
        << u"+Admin (evil)\n+Admin (evil) in all divisions"_s;
    QTest::newRow("another role of the name of one that allows nothing")
        << QByteArray(own + R"(,{"id":"evil","name":"Empty"})") << ownGrants << u"+Empty (evil)"_s;
    QTest::newRow("a role that allows nothing is kept back")
        << QByteArray(R"({"id":"r","name":"Admin"})") << ownGrants << u"-Empty (empty)"_s;
    QTest::newRow("a grant of it in another division")
        << own << QByteArray(ownGrants + R"(,{"role":{"id":"empty","name":"Empty"},"division":{"id":"*"}})")
        << u"+Empty (empty) in all divisions"_s;
}

void TestPlatformAnswer::rolesAreToldApartById()
{
    QFETCH(QByteArray, roles);
    QFETCH(QByteArray, grants);
    Facts facts;
    facts.subjects = {user(u"u1"_s, u"Una"_s)};
    facts.catalogue = catalogue({u"a:grant:add"_s});
    facts.roles = {role(u"r"_s, {u"a:grant:add"_s}), role(u"empty"_s, {})};
    facts.roles[0].name = u"Admin"_s;
    facts.roles[1].name = u"Empty"_s;
    facts.grants = {grant(SubjectKind::User, u"u1"_s, u"r"_s), grant(SubjectKind::User, u"u1"_s, u"empty"_s, u"d"_s)};
    const Resolver resolver(std::move(facts));
    const auto answer = readPlatformAnswer("{\"roles\":[" + roles
                                               + R"(],"permissionPolicies":[{"domain":"a","entityName":"grant","actionSet":["add"]}]})",
                                           "{\"grants\":[" + grants + "]}");
    QVERIFY(answer);
    QTEST(differences(disagreement(resolver.effective(*resolver.findSubject(u"u1"_s)), *answer)), "expected");
}

QTEST_GUILESS_MAIN(TestPlatformAnswer)
#include "tst_platformanswer.moc"
