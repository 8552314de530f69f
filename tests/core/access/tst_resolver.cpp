#include "accessfacts.h"

#include <QElapsedTimer>
#include <QTest>

#include <algorithm>
#include <random>
#include <set>

using namespace Orgtrace;
using namespace Orgtrace::Access;
using namespace Orgtrace::Access::Test;
using namespace Qt::StringLiterals;

namespace {

/// "direct", "group g1", "team t1 > group g1"
QString through(const AccessPath &path)
{
    QStringList steps;
    for (const Subject &container : path.containers) {
        steps.append(QString(subjectKindName(container.kind) + u' ' + container.id));
    }
    return steps.isEmpty() ? u"direct"_s : steps.join(u" > "_s);
}

/// One line a path: "a:b:c <- user|group G1 / role / division / policy [?]", sorted.
QStringList paths(const EffectiveAccess &access)
{
    QStringList lines;
    for (const EffectivePermission &permission : access.permissions) {
        for (const AccessPath &path : permission.paths) {
            lines.append(permission.permission() + u" <- "_s + through(path) + u" / "_s + path.roleId + u" / "_s + path.divisionId
                         + u" / "_s + path.policy + (path.conditional ? u" ?"_s : u""_s));
        }
    }
    return lines;
}

QStringList permissionsOf(const EffectiveAccess &access)
{
    QStringList list;
    for (const EffectivePermission &permission : access.permissions) {
        list.append(permission.permission());
    }
    return list;
}

bool anyContains(const QStringList &caveats, const QString &text)
{
    return std::ranges::any_of(caveats, [&](const QString &caveat) { return caveat.contains(text); });
}

} // namespace

class TestResolver : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void mergesLayers_data();
    void mergesLayers();
    void says_data();
    void says();
    void findsSubjects();
    void whoCanAgreesWithEffective();
    void keepsUnexpandedWildcards();
    void expandsOverNamedPermissions();
    void marksTeamsAndDivisionUnaware();
    void survivesHostileFacts();
    void agreesWithNaiveModel_data();
    void agreesWithNaiveModel();
    void whatContainersSayOfThemselves();
    void aMillionGrantsStayBounded();
    void tenThousandUsersStayQuick();
};

void TestResolver::mergesLayers_data()
{
    QTest::addColumn<Facts>("facts");
    QTest::addColumn<QStringList>("expected");

    Facts base;
    base.subjects = {user(u"u1"_s), user(u"u2"_s)};
    base.roles = {role(u"r1"_s, {u"routing:queue:view"_s}), role(u"r2"_s, {u"routing:queue:view"_s, u"routing:queue:edit?"_s})};
    base.catalogue = catalogue({u"routing:queue:view"_s, u"routing:queue:edit"_s, u"routing:skill:view"_s, u"telephony:plugin:all"_s});

    Facts facts = base;
    QTest::newRow("a user without grants holds nothing") << facts << QStringList();

    facts = base;
    facts.grants = {grant(SubjectKind::User, u"u1"_s, u"r1"_s, u"d1"_s)};
    QTest::newRow("a direct grant") << facts << QStringList{u"routing:queue:view <- direct / r1 / d1 / routing:queue:view"_s};

    facts = base;
    facts.grants = {grant(SubjectKind::User, u"u1"_s, u"r1"_s), grant(SubjectKind::User, u"u1"_s, u"r1"_s)};
    QTest::newRow("the same grant twice is one path")
        << facts << QStringList{u"routing:queue:view <- direct / r1 / * / routing:queue:view"_s};

    facts = base;
    facts.containers = {group(u"g1"_s, {u"u1"_s, u"u1"_s}), group(u"g2"_s, {u"u2"_s})};
    facts.grants = {grant(SubjectKind::Group, u"g1"_s, u"r1"_s), grant(SubjectKind::Group, u"g2"_s, u"r2"_s),
                    grant(SubjectKind::User, u"u1"_s, u"r1"_s)};
    QTest::newRow("direct comes before the group, and a strange group gives nothing")
        << facts
        << QStringList{u"routing:queue:view <- direct / r1 / * / routing:queue:view"_s,
                       u"routing:queue:view <- group g1 / r1 / * / routing:queue:view"_s};

    facts = base;
    facts.containers = {group(u"g1"_s, {u"u1"_s}, false)};
    facts.grants = {grant(SubjectKind::Group, u"g1"_s, u"r1"_s)};
    QTest::newRow("a group whose roles are not enabled gives nothing") << facts << QStringList();

    facts = base;
    facts.containers = {{{u"t1"_s, u"Team"_s, SubjectKind::Team}, true, true, {u"u1"_s}}};
    facts.grants = {grant(SubjectKind::Team, u"t1"_s, u"r2"_s, u"d2"_s)};
    QTest::newRow("a team grant, one line of it conditional")
        << facts
        << QStringList{u"routing:queue:edit <- team t1 / r2 / d2 / routing:queue:edit ?"_s,
                       u"routing:queue:view <- team t1 / r2 / d2 / routing:queue:view"_s};

    facts = base;
    facts.roles = {role(u"r3"_s, {u"routing:*:view"_s})};
    facts.grants = {grant(SubjectKind::User, u"u1"_s, u"r3"_s)};
    QTest::newRow("an entity wildcard expands over the catalogue")
        << facts
        << QStringList{u"routing:queue:view <- direct / r3 / * / routing:*:view"_s,
                       u"routing:skill:view <- direct / r3 / * / routing:*:view"_s};

    facts.roles = {role(u"r3"_s, {u"*:*:*"_s})};
    QTest::newRow("everything is everything in the catalogue")
        << facts
        << QStringList{u"routing:queue:edit <- direct / r3 / * / *:*:*"_s, u"routing:queue:view <- direct / r3 / * / *:*:*"_s,
                       u"routing:skill:view <- direct / r3 / * / *:*:*"_s, u"telephony:plugin:all <- direct / r3 / * / *:*:*"_s};

    facts.roles = {role(u"r3"_s, {u"routing:queue:*?"_s, u"routing:queue:view"_s})};
    QTest::newRow("each line that gives a permission is a path")
        << facts
        << QStringList{u"routing:queue:edit <- direct / r3 / * / routing:queue:* ?"_s,
                       u"routing:queue:view <- direct / r3 / * / routing:queue:* ?"_s,
                       u"routing:queue:view <- direct / r3 / * / routing:queue:view"_s};

    facts.roles = {role(u"r3"_s, {u"routing:queue:view?"_s})};
    facts.roles[0].legacy = {u"routing:queue:view"_s, u"telephony:plugin:all"_s};
    QTest::newRow("the legacy list adds only what no policy covers")
        << facts
        << QStringList{u"routing:queue:view <- direct / r3 / * / routing:queue:view ?"_s,
                       u"telephony:plugin:all <- direct / r3 / * / telephony:plugin:all"_s};

    facts = base;
    facts.grants = {{.subjectKind = SubjectKind::User,
                     .subjectId = u"u1"_s,
                     .roleId = u"r1"_s,
                     .roleName = {},
                     .divisionId = u"d1"_s,
                     .inheritedFrom = u"g7"_s}};
    QTest::newRow("a grant that the platform lists as inherited")
        << facts << QStringList{u"routing:queue:view <- group g7 / r1 / d1 / routing:queue:view"_s};

    facts.containers = {group(u"g7"_s, {u"u1"_s})};
    facts.grants.append(grant(SubjectKind::Group, u"g7"_s, u"r1"_s, u"d1"_s));
    QTest::newRow("inherited by listing and by membership is one path")
        << facts << QStringList{u"routing:queue:view <- group g7 / r1 / d1 / routing:queue:view"_s};

    facts = base;
    facts.containers = {group(u"g1"_s, {u"u1"_s}), group(u"g2"_s, {u"g1"_s})};
    facts.grants = {grant(SubjectKind::Group, u"g2"_s, u"r1"_s)};
    QTest::newRow("a group inside a group passes on what it holds, step by step")
        << facts << QStringList{u"routing:queue:view <- group g2 > group g1 / r1 / * / routing:queue:view"_s};

    facts.containers[0].rolesEnabled = false;
    QTest::newRow("a group whose roles are not enabled passes nothing on either") << facts << QStringList();

    facts = base;
    facts.containers = {group(u"g1"_s, {u"u1"_s, u"g2"_s}), group(u"g2"_s, {u"g1"_s, u"g2"_s})};
    facts.grants = {grant(SubjectKind::Group, u"g1"_s, u"r1"_s), grant(SubjectKind::Group, u"g2"_s, u"r1"_s, u"d2"_s)};
    QTest::newRow("a circle of groups gives each of them once")
        << facts
        << QStringList{u"routing:queue:view <- group g1 / r1 / * / routing:queue:view"_s,
                       u"routing:queue:view <- group g2 > group g1 / r1 / d2 / routing:queue:view"_s};

    facts = base;
    facts.containers = {group(u"g1"_s, {u"u1"_s}), group(u"g2"_s, {u"u1"_s}), group(u"g3"_s, {u"g1"_s, u"g2"_s})};
    facts.grants = {grant(SubjectKind::Group, u"g3"_s, u"r1"_s)};
    QTest::newRow("each way through nested groups is a path")
        << facts
        << QStringList{u"routing:queue:view <- group g3 > group g1 / r1 / * / routing:queue:view"_s,
                       u"routing:queue:view <- group g3 > group g2 / r1 / * / routing:queue:view"_s};

    facts = base;
    facts.containers = {group(u"g1"_s, {u"u1"_s}), {{u"t1"_s, u"Team"_s, SubjectKind::Team}, true, true, {u"g1"_s}}};
    facts.grants = {grant(SubjectKind::Team, u"t1"_s, u"r1"_s)};
    QTest::newRow("a group inside a team") << facts
                                           << QStringList{u"routing:queue:view <- team t1 > group g1 / r1 / * / routing:queue:view"_s};
}

void TestResolver::mergesLayers()
{
    QFETCH(Facts, facts);
    QFETCH(QStringList, expected);
    const Resolver resolver(facts);
    QCOMPARE(paths(resolver.effective(user(u"u1"_s))), expected);
}

void TestResolver::says_data()
{
    QTest::addColumn<Facts>("facts");
    QTest::addColumn<QString>("caveat");

    Facts base;
    base.subjects = {user(u"u1"_s)};
    base.roles = {role(u"r1"_s, {u"a:b:c"_s})};

    Facts facts = base;
    facts.grants = {grant(SubjectKind::User, u"u1"_s, u"gone"_s)};
    QTest::newRow("a role without a definition") << facts << u"Role “gone” is granted, but its definition was not seen"_s;

    facts = base;
    facts.containers = {{{u"g1"_s, u"Contractors"_s, SubjectKind::Group}, true, false, {}}};
    facts.grants = {grant(SubjectKind::Group, u"g1"_s, u"r1"_s)};
    QTest::newRow("a group whose members were not seen")
        << facts << u"The members of group “Contractors”, which holds 1 grants, were not seen"_s;

    facts = base;
    facts.grants = {grant(SubjectKind::Group, u"g9"_s, u"r1"_s)};
    QTest::newRow("a grant to a group that was not captured") << facts << u"The members of group “g9”"_s;

    facts = base;
    facts.containers = {group(u"g1"_s, {u"u1"_s}, false)};
    facts.grants = {grant(SubjectKind::Group, u"g1"_s, u"r1"_s)};
    QTest::newRow("a group whose roles are not enabled") << facts << u"note: Roles are not enabled for group “Group g1”"_s;

    facts = base;
    facts.roles = {role(u"r1"_s, {u"a:*:*"_s})};
    facts.grants = {grant(SubjectKind::User, u"u1"_s, u"r1"_s)};
    QTest::newRow("a wildcard without a catalogue")
        << facts << u"allows “a:*:*”, which the captured catalogue of permissions cannot expand"_s;

    facts = base;
    facts.grants = {grant(SubjectKind::User, u"u1"_s, u"r1"_s, QString())};
    QTest::newRow("a grant without a division") << facts << u"names no division"_s;

    facts = base;
    facts.grants = {grant(SubjectKind::User, u"u1"_s, QString())};
    QTest::newRow("a grant without a role") << facts << u"names no role"_s;

    facts = base;
    facts.subjects.clear();
    facts.grants = {grant(SubjectKind::User, u"u1"_s, u"r1"_s)};
    QTest::newRow("a user whom only a grant names") << facts << u"was not captured itself"_s;

    facts = base;
    facts.roles[0].legacy = {u"admin"_s};
    facts.grants = {grant(SubjectKind::User, u"u1"_s, u"r1"_s)};
    QTest::newRow("a legacy entry of another form") << facts << u"not of the form domain:entity:action"_s;

    facts = base;
    facts.subjects.append(user(u"u1"_s));
    QTest::newRow("a user listed twice") << facts << u"note: More than one user has this id"_s;

    facts = base;
    facts.roles.append(role(u"r1"_s, {u"a:b:d"_s}));
    facts.grants = {grant(SubjectKind::User, u"u1"_s, u"r1"_s)};
    QTest::newRow("a role defined twice") << facts << u"Role “Role r1” is defined more than once"_s;

    facts = base;
    facts.containers = {group(u"g1"_s, {u"u1"_s}), group(u"g2"_s, {u"g1"_s})};
    facts.grants = {grant(SubjectKind::Group, u"g2"_s, u"r1"_s)};
    QTest::newRow("rights through a group inside a group") << facts << u"note: the platform is said not to nest them"_s;

    facts = base;
    for (int i = 0; i < 40; ++i) {
        facts.containers.append(group(u"g%1"_s.arg(i), {i == 0 ? u"u1"_s : u"g%1"_s.arg(i - 1)}));
    }
    facts.grants = {grant(SubjectKind::Group, u"g39"_s, u"r1"_s)};
    QTest::newRow("groups nested deeper than is followed") << facts << u"nested deeper than 32 steps"_s;

    facts = base;
    facts.policies = {{.id = u"p1"_s,
                       .name = u"Odd"_s,
                       .effect = AccessPolicy::Effect::Deny,
                       .active = true,
                       .whom = AccessPolicy::Whom::All,
                       .subjectId = {},
                       .target = u"everything"_s}};
    QTest::newRow("a policy whose target is not understood") << facts << u"1 access policies exist whose target is not understood (Odd)"_s;

    facts = base;
    facts.policies = {{.id = u"p1"_s,
                       .name = {},
                       .effect = AccessPolicy::Effect::Deny,
                       .active = true,
                       .whom = AccessPolicy::Whom::Group,
                       .subjectId = u"g9"_s,
                       .target = u"a:b:c"_s}};
    QTest::newRow("a policy for a group that was not seen")
        << facts << u"The members of group “g9”, to whom access policy “p1” denies a:b:c"_s;

    facts = base;
    facts.grants = {grant(SubjectKind::TrusteeGroup, u"x"_s, u"r1"_s)};
    QTest::newRow("a group of another organisation") << facts << u"of another organisation"_s;
}

void TestResolver::says()
{
    QFETCH(Facts, facts);
    QFETCH(QString, caveat);
    const Resolver resolver(facts);
    const EffectiveAccess access = resolver.effective(user(u"u1"_s));
    const bool isNote = caveat.startsWith(u"note: "_s); // known, and so no reason to doubt the answer
    const QString words = caveat.sliced(isNote ? 6 : 0);
    QVERIFY2(anyContains(isNote ? access.notes : access.caveats, words), qPrintable((access.caveats + access.notes).join(u'\n')));
    QVERIFY2(!anyContains(isNote ? access.caveats : access.notes, words), qPrintable((access.caveats + access.notes).join(u'\n')));
}

void TestResolver::findsSubjects()
{
    Facts facts;
    facts.subjects
        = {user(u"1"_s, u"Anna"_s), user(u"2"_s, u"Ben"_s), user(u"3"_s, u"Ben"_s), {u"2"_s, u"Client"_s, SubjectKind::OAuthClient}};
    facts.containers = {group(u"4"_s, {})};
    facts.emails = {{u"1"_s, u"Anna@example.com"_s}};
    const Resolver resolver(facts);
    QCOMPARE(resolver.findSubject(u"1"_s).value(), user(u"1"_s, u"Anna"_s));
    QCOMPARE(resolver.findSubject(u"Anna"_s).value().id, u"1"_s);
    QCOMPARE(resolver.findSubject(u"anna@EXAMPLE.com"_s).value().id, u"1"_s);
    QCOMPARE(resolver.findSubject(u"Group 4"_s).value().kind, SubjectKind::Group);
    QCOMPARE(resolver.findSubject(u"Ben"_s).error().code, ErrorCode::Ambiguous);
    QVERIFY(resolver.findSubject(u"Ben"_s).error().detail.contains(u"user 2, user 3"_s));
    QCOMPARE(resolver.findSubject(u"2"_s).error().code, ErrorCode::Ambiguous); // a user and a client of one id
    QCOMPARE(resolver.findSubject(u"anna"_s).error().code, ErrorCode::NotFound); // names are exact
    QCOMPARE(resolver.findSubject(QString()).error().code, ErrorCode::NotFound);
    QCOMPARE(resolver.subjects().first().name, u"Anna"_s);
    QCOMPARE(resolver.subjects().last().kind, SubjectKind::OAuthClient);
}

void TestResolver::whoCanAgreesWithEffective()
{
    Facts facts;
    facts.subjects = {user(u"u1"_s), user(u"u2"_s), {u"c1"_s, u"Client"_s, SubjectKind::OAuthClient}};
    facts.containers = {group(u"g1"_s, {u"u2"_s})};
    facts.roles = {role(u"r1"_s, {u"oauth:client:*"_s}), role(u"r2"_s, {u"oauth:client:view"_s})};
    facts.catalogue = catalogue({u"oauth:client:add"_s, u"oauth:client:view"_s});
    facts.grants = {grant(SubjectKind::User, u"u1"_s, u"r2"_s), grant(SubjectKind::Group, u"g1"_s, u"r1"_s),
                    grant(SubjectKind::OAuthClient, u"c1"_s, u"r1"_s)};
    const Resolver resolver(facts);
    const auto holders = resolver.whoCan(u"oauth:client:add"_s);
    QCOMPARE(holders.size(), 3);
    QCOMPARE(holders[0].first.id, u"u2"_s);
    QCOMPARE(holders[0].second.size(), 1);
    QCOMPARE(holders[0].second[0].containerId, u"g1"_s);
    QCOMPARE(holders[0].second[0].policy, u"oauth:client:*"_s);
    QCOMPARE(holders[1].first.id, u"g1"_s);
    QCOMPARE(holders[2].first.id, u"c1"_s);
    QVERIFY(resolver.whoCan(u"oauth:client"_s).isEmpty());
    QVERIFY(resolver.whoCan(u"oauth:client:delete"_s).isEmpty()); // the catalogue knows this entity, and no such action
}

void TestResolver::keepsUnexpandedWildcards()
{
    Facts facts;
    facts.subjects = {user(u"u1"_s)};
    facts.roles = {role(u"r1"_s, {u"new:*:*"_s, u"known:thing:*"_s})};
    facts.catalogue = catalogue({u"known:thing:view"_s});
    facts.grants = {grant(SubjectKind::User, u"u1"_s, u"r1"_s)};
    const Resolver resolver(facts);
    QCOMPARE(permissionsOf(resolver.effective(user(u"u1"_s))), (QStringList{u"known:thing:view"_s, u"new:*:*"_s}));
    QCOMPARE(resolver.whoCan(u"new:thing:add"_s).size(), 1);
    QCOMPARE(resolver.whoCan(u"new:*:*"_s).size(), 1);
    QCOMPARE(resolver.whoCan(u"other:thing:add"_s).size(), 0);
}

void TestResolver::expandsOverNamedPermissions()
{
    Facts facts;
    facts.subjects = {user(u"u1"_s)};
    facts.roles = {role(u"r1"_s, {u"a:*:*"_s}), role(u"r2"_s, {u"a:b:literal"_s})};
    facts.grants = {grant(SubjectKind::User, u"u1"_s, u"r1"_s)};
    const Resolver resolver(facts); // no catalogue at all
    QCOMPARE(permissionsOf(resolver.effective(user(u"u1"_s))), (QStringList{u"a:*:*"_s, u"a:b:literal"_s}));
}

void TestResolver::marksTeamsAndDivisionUnaware()
{
    Facts facts;
    facts.subjects = {user(u"u1"_s)};
    facts.containers = {{{u"t1"_s, u"Team"_s, SubjectKind::Team}, true, true, {u"u1"_s}}};
    facts.roles = {role(u"r1"_s, {u"a:b:c"_s})};
    facts.roles[0].isDefault = true;
    facts.catalogue = {{u"a"_s, u"b"_s, u"c"_s, false}};
    facts.grants = {grant(SubjectKind::Team, u"t1"_s, u"r1"_s, u"d1"_s)};
    facts.divisionNames = {{u"d1"_s, u"Home"_s}};
    const EffectiveAccess access = Resolver(facts).effective(user(u"u1"_s));
    QCOMPARE(access.permissions.size(), 1);
    const AccessPath path = access.permissions[0].paths[0];
    QVERIFY(path.synthetic);
    QVERIFY(!path.divisionAware);
    QVERIFY(path.defaultRole);
    QCOMPARE(path.via, SubjectKind::Team);
    QCOMPARE(path.divisionName, u"Home"_s);
    QCOMPARE(path.roleName, u"Role r1"_s);
    QCOMPARE(access.roles, QStringList{u"Role r1"_s});
    QCOMPARE(access.containers.size(), 1);
}

void TestResolver::survivesHostileFacts()
{
    Facts facts;
    facts.subjects = {user(QString()), user(u"u1"_s), user(u"u1"_s, u"Twice"_s)};
    facts.containers = {group(u"g1"_s, {u"g1"_s, QString(), u"u1"_s}),
                        group(QString(), {u"u1"_s}),
                        {{u"c"_s, {}, SubjectKind::OAuthClient}, true, true, {u"u1"_s}}};
    facts.roles = {role(u"r1"_s, {u"a:b:c"_s}), role(u"r1"_s, {u"a:b:d"_s}), role(QString(), {u"x:y:z"_s})};
    facts.roles.append({u"r2"_s,
                        u"%1 %2"_s,
                        {{QString(), u"e"_s, {u"a"_s}, false}, {u"d"_s, u"e"_s, {QString()}, false}, {u"d"_s, u"e"_s, {}, false}},
                        {u":::"_s, u"a:b"_s},
                        false});
    for (int line = 0; line < 3000; ++line) {
        facts.roles.append(role(u"big"_s, {u"*:e%1:*"_s.arg(line), u"*:*:a%1"_s.arg(line)}));
        facts.catalogue.append({u"*"_s, u"e%1"_s.arg(line), u"x"_s, true});
        facts.catalogue.append({u"dom"_s, u"e%1"_s.arg(line), u"a%1"_s.arg(line), true});
    }
    facts.grants = {grant(SubjectKind::Group, u"g1"_s, u"r1"_s), grant(SubjectKind::Unknown, u"u1"_s, u"r2"_s),
                    grant(SubjectKind::User, u"u1"_s, u"big"_s), grant(SubjectKind::User, QString(), u"r1"_s)};
    const Resolver resolver(facts);
    const EffectiveAccess access = resolver.effective(user(u"u1"_s));
    QCOMPARE(access.subject.name, u"Twice"_s);
    const QStringList held = permissionsOf(access);
    QVERIFY(held.contains(u"a:b:c"_s) && held.contains(u"a:b:d"_s)); // a role defined twice is the union
    QVERIFY(held.contains(u"dom:e77:a77"_s));
    QVERIFY(!held.contains(u"x:y:z"_s));
    QVERIFY(access.caveats.size() < 40);
    QVERIFY(anyContains(access.caveats, u"%1 %2"_s)); // a name with place marks stays as it is
    QCOMPARE(resolver.effective(user(u"nobody"_s)).permissions.size(), 0);
    QVERIFY(anyContains(resolver.effective(user(u"nobody"_s)).caveats, u"not in this snapshot"_s));
}

void TestResolver::agreesWithNaiveModel_data()
{
    QTest::addColumn<int>("seed");
    for (int seed = 1; seed <= 40; ++seed) {
        QTest::addRow("random organisation %d", seed) << seed;
    }
}

/// The same question answered by loops over sets of strings, with nothing interned and nothing indexed.
void TestResolver::agreesWithNaiveModel()
{
    QFETCH(int, seed);
    const Facts facts = randomFacts(seed);

    const auto isLiteral = [](const QString &text) { return !text.contains(u'*'); };
    std::set<QString> universe;
    for (const CataloguePermission &entry : std::as_const(facts.catalogue)) {
        universe.insert(entry.domain + u':' + entry.entityType + u':' + entry.action);
    }
    for (const RoleDefinition &definition : std::as_const(facts.roles)) {
        for (const PolicyLine &line : definition.lines) {
            const QString text = line.domain + u':' + line.entity + u':' + line.actions[0];
            if (isLiteral(text)) {
                universe.insert(text);
            }
        }
    }
    const auto covers = [](const QString &pattern, const QString &permission) {
        const QStringList a = pattern.split(u':'), b = permission.split(u':');
        return std::ranges::all_of(std::array{0, 1, 2}, [&](int i) { return a[i] == u"*" || a[i] == b[i]; });
    };
    const auto knownToCatalogue = [&](const PolicyLine &line) {
        return std::ranges::any_of(facts.catalogue, [&](const CataloguePermission &entry) {
            return (line.domain == u"*" || line.domain == entry.domain) && (line.entity == u"*" || line.entity == entry.entityType);
        });
    };
    const auto naive = [&](const QString &id) {
        std::set<QString> lines;
        const auto apply = [&](const Grant &held, const QString &through) {
            for (const RoleDefinition &definition : std::as_const(facts.roles)) {
                if (definition.id != held.roleId) {
                    continue;
                }
                for (const PolicyLine &line : definition.lines) {
                    const QString text = line.domain + u':' + line.entity + u':' + line.actions[0];
                    const QString rest = u" <- "_s + through + u" / "_s + held.roleId + u" / "_s + held.divisionId + u" / "_s + text
                        + (line.conditional ? u" ?"_s : u""_s);
                    for (const QString &permission : universe) {
                        if (covers(text, permission)) {
                            lines.insert(permission + rest);
                        }
                    }
                    if (!isLiteral(text) && !knownToCatalogue(line)) {
                        lines.insert(text + rest);
                    }
                }
            }
        };
        for (const Grant &held : std::as_const(facts.grants)) {
            if (held.subjectKind == SubjectKind::User && held.subjectId == id) {
                apply(held, u"direct"_s);
            }
            for (const Container &container : std::as_const(facts.containers)) {
                if (container.self.id == held.subjectId && container.self.kind == held.subjectKind && container.rolesEnabled
                    && container.members.contains(id)) {
                    apply(held, subjectKindName(container.self.kind) + u' ' + container.self.id);
                }
            }
        }
        return QStringList(lines.begin(), lines.end());
    };

    const Resolver resolver(facts);
    QHash<QString, QSet<QString>> holders;
    for (int i = 0; i < 14; ++i) {
        const QString id = u'u' + QString::number(i);
        const EffectiveAccess access = resolver.effective(user(id));
        QStringList got = paths(access);
        got.sort();
        QStringList expected = naive(id);
        expected.sort();
        QCOMPARE(got, expected);
        for (const EffectivePermission &permission : access.permissions) {
            holders[permission.permission()].insert(id);
        }
    }
    for (const QString &permission : universe) {
        QSet<QString> got;
        for (const auto &[subject, held] : resolver.whoCan(permission)) {
            if (subject.kind == SubjectKind::User) {
                got.insert(subject.id);
            }
        }
        QCOMPARE(got, holders.value(permission));
    }
}

void TestResolver::whatContainersSayOfThemselves()
{
    Facts facts;
    facts.subjects = {user(u"u1"_s)};
    facts.containers = {group(u"g1"_s, {u"u1"_s, u"deleted"_s, u"g2"_s}), group(u"g2"_s, {u"g1"_s})};
    facts.roles = {role(u"r1"_s, {u"a:b:c"_s})};
    facts.grants = {grant(SubjectKind::Group, u"g2"_s, u"r1"_s)};
    const Resolver resolver(facts);
    const QStringList said = resolver.effective({u"g1"_s, {}, SubjectKind::Group}).notes;
    QVERIFY2(anyContains(said, u"“Group g1” lists 1 members who are not among the captured users"_s), qPrintable(said.join(u'\n')));
    QVERIFY2(anyContains(said, u"“Group g1” lists a group or team among its members"_s), qPrintable(said.join(u'\n')));
    QVERIFY2(anyContains(said, u"“Group g1” is a member of itself, directly or in a circle"_s), qPrintable(said.join(u'\n')));
    // The member who is not captured holds what the group gives, and is said not to be known.
    const auto holders = resolver.holders(u"a:b:c"_s);
    QVERIFY(holders);
    QCOMPARE(holders->size(), 4); // u1, deleted, g1, g2
    QVERIFY(anyContains(resolver.effective(user(u"deleted"_s)).caveats, u"was not captured itself"_s));
    QCOMPARE(resolver.effective(user(u"u1"_s)).containers.size(), 2);
}

/// A million grants, a hundred groups all inside one another, and a chain of groups that never seems to end.
void TestResolver::aMillionGrantsStayBounded()
{
    Facts facts;
    facts.roles = {role(u"r1"_s, {u"a:b:c"_s}), role(u"r2"_s, {u"a:b:d"_s})};
    facts.grants.reserve(1'000'000);
    for (int i = 0; i < 1'000'000; ++i) {
        facts.grants.append(grant(i % 2 == 0 ? SubjectKind::User : SubjectKind::Group,
                                  i % 2 == 0 ? u"u%1"_s.arg(i % 10'000) : u"g%1"_s.arg(i % 100),
                                  i % 3 == 0 ? u"r1"_s : u"missing-%1"_s.arg(i % 50), u"x%1"_s.arg(i % 1000)));
    }
    QStringList all{u"u0"_s};
    for (int i = 0; i < 100; ++i) {
        all.append(u"g%1"_s.arg(i));
    }
    for (int i = 0; i < 100; ++i) {
        facts.containers.append(group(u"g%1"_s.arg(i), all));
    }
    for (int i = 0; i < 5000; ++i) {
        facts.containers.append(group(u"deep%1"_s.arg(i), {i == 0 ? u"u2"_s : u"deep%1"_s.arg(i - 1)}));
    }
    QElapsedTimer timer;
    timer.start();
    const Resolver resolver(facts);
    const Resolver::Extent extent = resolver.resolveAll();
    qInfo("a million grants: built and resolved in %lld ms, %lld holding sets", timer.elapsed(),
          static_cast<long long>(extent.holdingSets));
    QVERIFY(anyContains(resolver.caveats(), u"nested deeper than 32 steps"_s));
    QVERIFY(resolver.caveats().size() < 200);
    QCOMPARE(resolver.answer(user(u"u0"_s), u"a:b:c"_s), Verdict::Answer::Yes);
    QCOMPARE(resolver.answer(user(u"u0"_s), u"a:b:d"_s), Verdict::Answer::No);
    QVERIFY2(timer.elapsed() < 20'000, "not linear any more"); // loose: the machine may be busy
}

void TestResolver::tenThousandUsersStayQuick()
{
    std::mt19937 random(7);
    const auto pick = [&](int bound) { return static_cast<int>(random() % static_cast<unsigned>(bound)); };
    Facts facts;
    for (int i = 0; i < 10000; ++i) {
        facts.subjects.append(user(u"user-%1"_s.arg(i), u"Name %1"_s.arg(i)));
        facts.grants.append(grant(SubjectKind::User, u"user-%1"_s.arg(i), u"role-0"_s));
        for (int extra = 0; extra < 3; ++extra) {
            facts.grants.append(grant(SubjectKind::User, u"user-%1"_s.arg(i), u"role-%1"_s.arg(pick(200)), u"division-%1"_s.arg(pick(20))));
        }
    }
    for (int i = 0; i < 300; ++i) {
        QStringList members;
        for (int member = 0; member < 100; ++member) {
            members.append(u"user-%1"_s.arg(pick(10000)));
        }
        facts.containers.append(group(u"group-%1"_s.arg(i), members));
        facts.grants.append(grant(SubjectKind::Group, u"group-%1"_s.arg(i), u"role-%1"_s.arg(pick(200))));
    }
    QStringList all;
    for (int i = 0; i < 1600; ++i) {
        all.append(u"domain%1:entity%2:action%3"_s.arg(i % 40).arg(i % 160).arg(i % 5));
    }
    facts.catalogue = catalogue(all);
    for (int i = 0; i < 200; ++i) {
        QStringList lines{i % 20 == 3 ? u"*:*:*"_s : u"domain%1:*:*"_s.arg(i % 40)};
        for (int line = 0; line < 60; ++line) {
            lines.append(all[pick(1600)]);
        }
        facts.roles.append(role(u"role-%1"_s.arg(i), lines));
    }

    // Loose bounds: the machine may be busy. The measured figures are printed.
    QElapsedTimer timer;
    timer.start();
    const Resolver resolver(facts);
    const qint64 built = timer.elapsed();
    timer.start();
    const auto holders = resolver.whoCan(all[5]);
    const qint64 asked = timer.elapsed();
    timer.start();
    const EffectiveAccess access = resolver.effective(user(u"user-5"_s));
    const qint64 shown = timer.elapsed();
    qInfo("resolver: built in %lld ms, whoCan %lld ms for %lld holders, effective %lld ms for %lld permissions", built, asked,
          static_cast<long long>(holders.size()), shown, static_cast<long long>(access.permissions.size()));
    QVERIFY(!holders.isEmpty());
    QVERIFY2(built < 5000, "building is not linear any more");
    QVERIFY2(asked < 5000, "whoCan looks at more than it must");
}

QTEST_GUILESS_MAIN(TestResolver)
#include "tst_resolver.moc"
