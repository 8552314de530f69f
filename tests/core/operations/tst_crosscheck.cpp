#include "operations/crosscheck.h"

#include <QTest>

using namespace Qt::StringLiterals;
using namespace Orgtrace;
using namespace Orgtrace::Access;
using Operations::PlatformAnswer;

namespace {

/// Kim holds the role Editor in Home: edit and view of queues, and all of skills by a line with a star. `deny`: what an access policy takes away from Kim.
Resolver world(const QStringList &deny, bool isConditional)
{
    Facts facts;
    facts.subjects = {{u"kim"_s, u"Kim"_s, SubjectKind::User}};
    facts.divisionNames = {{u"d1"_s, u"Home"_s}};
    for (const QString &action : {u"edit"_s, u"view"_s}) {
        facts.catalogue.append({u"routing"_s, u"queue"_s, action, true});
        facts.catalogue.append({u"routing"_s, u"skill"_s, action, true});
    }
    RoleDefinition editor;
    editor.id = u"r1"_s;
    editor.name = u"Editor"_s;
    editor.lines = {{u"routing"_s, u"queue"_s, {u"edit"_s, u"view"_s}, false}, {u"routing"_s, u"skill"_s, {u"*"_s}, false}};
    facts.roles = {editor};
    facts.grants = {{.subjectKind = SubjectKind::User,
                     .subjectId = u"kim"_s,
                     .roleId = u"r1"_s,
                     .roleName = {},
                     .divisionId = u"d1"_s,
                     .inheritedFrom = {}}};
    for (const QString &target : deny) {
        AccessPolicy policy;
        policy.id = u"p-"_s + target;
        policy.effect = AccessPolicy::Effect::Deny;
        policy.active = true;
        policy.whom = AccessPolicy::Whom::User;
        policy.subjectId = u"kim"_s;
        policy.target = target;
        policy.conditional = isConditional;
        facts.policies.append(policy);
    }
    return Resolver(facts);
}

} // namespace

/// What the platform says of a user against what the resolver makes of it, above all where access policies deny part of what roles give.
class TestCrossCheck : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void policiesThatDeny_data();
    void policiesThatDeny();
};

void TestCrossCheck::policiesThatDeny_data()
{
    QTest::addColumn<QStringList>("deny");
    QTest::addColumn<bool>("isConditional");
    QTest::addColumn<QStringList>("platform"); // what it lists
    QTest::addColumn<QString>("expected"); // "there: …; here: …"
    const QString edit = u"routing:queue:edit"_s, view = u"routing:queue:view"_s, skills = u"routing:skill:*"_s;
    const QStringList none, all{edit, view, skills};
    QTest::newRow("nothing is denied, and both say the same") << none << false << all << QString();
    QTest::newRow("the platform lists what roles give, though a policy denies it") << QStringList{edit} << false << all << QString();
    QTest::newRow("under a condition as well") << QStringList{edit} << true << all << QString();
    QTest::newRow("everything is denied, and it still lists it") << QStringList{u"*:*:*"_s} << false << all << QString();
    QTest::newRow("a platform that leaves out what is denied") << QStringList{edit} << false << QStringList{view, skills} << QString();
    QTest::newRow("or what may be denied") << QStringList{edit} << true << QStringList{view, skills} << QString();
    QTest::newRow("a whole line with a star is denied and left out")
        << QStringList{skills} << false << QStringList{edit, view} << QString();
    QTest::newRow("part of a line is denied, and all of it left out: that is another opinion")
        << QStringList{u"routing:skill:edit"_s} << false << QStringList{edit, view} << u"here: routing:skill:*"_s;
    QTest::newRow("left out, and nothing denies it") << none << false << QStringList{view, skills} << u"here: routing:queue:edit"_s;
    QTest::newRow("left out, and another permission is denied")
        << QStringList{view} << false << QStringList{view, skills} << u"here: routing:queue:edit"_s;
    QTest::newRow("listed, and no role gives it")
        << QStringList{edit} << false << all + QStringList{u"admin:general:edit"_s} << u"there: admin:general:edit"_s;
}

void TestCrossCheck::policiesThatDeny()
{
    QFETCH(QStringList, deny);
    QFETCH(bool, isConditional);
    QFETCH(QStringList, platform);
    const Resolver resolver = world(deny, isConditional);
    PlatformAnswer there;
    there.roles = {{u"r1"_s, u"Editor"_s}};
    there.permissions = QSet<QString>(platform.cbegin(), platform.cend());
    there.grants = {{{u"r1"_s, u"d1"_s}, u"Editor (r1) in Home (d1)"_s}};
    const auto found = Operations::disagreement(resolver.effective(*resolver.findSubject(u"kim"_s)), there);
    QStringList said;
    if (found) {
        QVERIFY(found->rolesHere.isEmpty() && found->rolesThere.isEmpty() && found->grantsHere.isEmpty() && found->grantsThere.isEmpty());
        if (!found->permissionsThere.isEmpty()) {
            said.append(u"there: "_s + found->permissionsThere.join(u','));
        }
        if (!found->permissionsHere.isEmpty()) {
            said.append(u"here: "_s + found->permissionsHere.join(u','));
        }
    }
    QTEST(said.join(u"; "_s), "expected");
}

QTEST_GUILESS_MAIN(TestCrossCheck)
#include "tst_crosscheck.moc"
