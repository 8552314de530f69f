#include "access/difference.h"
#include "accessfacts.h"

#include <QElapsedTimer>
#include <QTest>

#include <algorithm>
#include <set>

using namespace Orgtrace;
using namespace Orgtrace::Access;
using namespace Orgtrace::Access::Test;
using namespace Qt::StringLiterals;

namespace {

using Kind = AccessChange::Kind;

QString kindText(Kind kind)
{
    switch (kind) {
    case Kind::Gained: return u"gained"_s;
    case Kind::Lost: return u"lost"_s;
    case Kind::Widened: return u"widened"_s;
    case Kind::Narrowed: return u"narrowed"_s;
    case Kind::Moved: return u"moved"_s;
    case Kind::Unclear: return u"unclear"_s;
    }
    return {};
}

QString routesText(const QList<AccessRoute> &routes)
{
    QStringList out;
    for (const AccessRoute &route : routes) {
        QStringList steps;
        for (const Subject &step : route.containers) {
            steps.append(step.id);
        }
        out.append((route.containerId.isEmpty() ? u"direct"_s : steps.join(u'>')) + u'/' + route.roleId + u'/' + route.divisionId
                   + (route.conditional ? u"?"_s : u""_s));
    }
    return out.join(u'+');
}

QString denialsText(const QList<Denial> &denials)
{
    QString text;
    for (const Denial &denial : denials) {
        text += u", denied by "_s + denial.policyName + (denial.conditional ? u"?"_s : u""_s);
    }
    return text;
}

/// "u1 gained p,q by g1/r1/*", a line a change.
QStringList lines(const AccessDifference &difference)
{
    QStringList out;
    for (const SubjectChange &subject : difference.subjects) {
        for (const AccessChange &change : subject.changes) {
            out.append(subject.subject.id + u' ' + kindText(change.kind) + u' ' + change.permissions.join(u',') + u" by "_s
                       + routesText(change.before) + u" → "_s + routesText(change.after) + denialsText(change.deniedAfter));
        }
    }
    return out;
}

Facts organisation()
{
    Facts facts;
    facts.subjects = {user(u"u1"_s, u"Una"_s), user(u"u2"_s, u"Ugo"_s)};
    facts.containers = {group(u"g1"_s, {u"u1"_s})};
    facts.catalogue = catalogue({u"routing:queue:view"_s, u"routing:queue:edit"_s, u"telephony:plugin:all"_s});
    facts.catalogue.last().divisionAware = false;
    facts.roles = {role(u"r1"_s, {u"routing:queue:view"_s, u"routing:queue:edit"_s}), role(u"r2"_s, {u"routing:queue:view"_s}),
                   role(u"careful"_s, {u"routing:queue:view?"_s}), role(u"phones"_s, {u"telephony:plugin:all"_s})};
    facts.grants = {grant(SubjectKind::User, u"u1"_s, u"r2"_s, u"north"_s)};
    return facts;
}

/// Where each permission is held, from the subject's own list: without and with a condition.
using Extents = std::map<QString, std::pair<std::set<QString>, std::set<QString>>>;

Extents extentsOf(const Resolver &resolver, const Subject &subject)
{
    Extents out;
    for (const EffectivePermission &permission : resolver.effective(subject).permissions) {
        auto &[plain, conditional] = out[permission.permission()];
        for (const AccessPath &path : permission.paths) {
            (path.conditional ? conditional : plain).insert(path.divisionAware ? path.divisionId : u"*"_s);
        }
        if (plain.contains(u"*"_s)) {
            plain = {u"*"_s};
            conditional.clear();
        }
        if (conditional.contains(u"*"_s)) {
            conditional = {u"*"_s};
        }
        for (const QString &division : plain) {
            conditional.erase(division);
        }
    }
    return out;
}

} // namespace

class TestAccessDifference : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void whatChanged_data();
    void whatChanged();
    void aCatalogueSeenOnOneSideChangesNothing();
    void newPermissionsAreTheVendors();
    void whetherDivisionsMatterIsTheVendors();
    void policiesSeenOnOneSideChangeNothing_data();
    void policiesSeenOnOneSideChangeNothing();
    void whatWasNotSeenIsSaid();
    void agreesWithNaiveModel_data();
    void agreesWithNaiveModel();
    void tenThousandUsersStayQuick();
};

void TestAccessDifference::whatChanged_data()
{
    QTest::addColumn<Facts>("after");
    QTest::addColumn<QStringList>("expected");
    QTest::addColumn<int>("rerouted");

    QTest::newRow("nothing") << organisation() << QStringList() << 0;

    Facts facts = organisation();
    facts.grants.append(grant(SubjectKind::User, u"u2"_s, u"r1"_s));
    QTest::newRow("a grant was made") << facts << QStringList{u"u2 gained routing:queue:edit,routing:queue:view by  → direct/r1/*"_s} << 0;

    facts = organisation();
    facts.grants.clear();
    QTest::newRow("a grant was taken away") << facts << QStringList{u"u1 lost routing:queue:view by direct/r2/north → "_s} << 0;

    const AccessPolicy noViews{.id = u"p1"_s,
                               .name = u"No views"_s,
                               .effect = AccessPolicy::Effect::Deny,
                               .active = true,
                               .whom = AccessPolicy::Whom::Group,
                               .subjectId = u"g1"_s,
                               .target = u"routing:queue:view"_s};
    facts = organisation();
    facts.policies = {noViews};
    QTest::newRow("a policy denies it, and whether policies are enforced is not known")
        << facts << QStringList{u"u1 narrowed routing:queue:view by direct/r2/north → direct/r2/north, denied by No views?"_s} << 0;
    facts.arePoliciesEnforced = true;
    QTest::newRow("a policy denies what is still granted")
        << facts << QStringList{u"u1 lost routing:queue:view by direct/r2/north → direct/r2/north, denied by No views"_s} << 0;
    facts.policies[0].conditional = true;
    QTest::newRow("a policy may deny it")
        << facts << QStringList{u"u1 narrowed routing:queue:view by direct/r2/north → direct/r2/north, denied by No views?"_s} << 0;
    facts.policies[0].active = false;
    QTest::newRow("a policy that is not active") << facts << QStringList() << 0;

    facts = organisation();
    facts.containers.append(group(u"g2"_s, {u"g1"_s}));
    facts.grants.append(grant(SubjectKind::Group, u"g2"_s, u"phones"_s));
    QTest::newRow("a group around the group was given a role")
        << facts
        << QStringList{u"u1 gained telephony:plugin:all by  → g2>g1/phones/*"_s, u"g1 gained telephony:plugin:all by  → g2/phones/*"_s,
                       u"g2 gained telephony:plugin:all by  → direct/phones/*"_s}
        << 0;

    facts = organisation();
    facts.grants.append(grant(SubjectKind::Group, u"g1"_s, u"phones"_s, u"south"_s));
    QTest::newRow("a group was given a role: the group and its member gain it")
        << facts
        << QStringList{u"u1 gained telephony:plugin:all by  → g1/phones/south"_s,
                       u"g1 gained telephony:plugin:all by  → direct/phones/south"_s}
        << 0;

    facts = organisation();
    facts.grants = {grant(SubjectKind::User, u"u1"_s, u"r2"_s, u"*"_s)};
    QTest::newRow("the same role everywhere") << facts << QStringList{u"u1 widened routing:queue:view by direct/r2/north → direct/r2/*"_s}
                                              << 0;

    facts = organisation();
    facts.grants = {grant(SubjectKind::User, u"u1"_s, u"r2"_s, u"south"_s)};
    QTest::newRow("the same role in another division")
        << facts << QStringList{u"u1 moved routing:queue:view by direct/r2/north → direct/r2/south"_s} << 0;

    facts = organisation();
    facts.grants = {grant(SubjectKind::User, u"u1"_s, u"careful"_s, u"north"_s)};
    QTest::newRow("the same right under a condition")
        << facts << QStringList{u"u1 narrowed routing:queue:view by direct/r2/north → direct/careful/north?"_s} << 0;

    facts = organisation();
    facts.roles[1].name = u"Another name"_s;
    QTest::newRow("a role was renamed") << facts << QStringList() << 0;

    facts = organisation();
    facts.roles[1].id = u"r2-again"_s;
    facts.grants = {grant(SubjectKind::User, u"u1"_s, u"r2-again"_s, u"north"_s)};
    QTest::newRow("a role was deleted and made again") << facts << QStringList() << 1;

    facts.roles[1].lines.append({u"routing"_s, u"queue"_s, {u"edit"_s}, false});
    QTest::newRow("a role was made again with one permission more")
        << facts << QStringList{u"u1 gained routing:queue:edit by  → direct/r2-again/north"_s} << 0;

    facts = organisation();
    facts.grants.append(grant(SubjectKind::Group, u"g1"_s, u"r2"_s, u"north"_s));
    QTest::newRow("the same right by one more path") << facts << QStringList{u"g1 gained routing:queue:view by  → direct/r2/north"_s} << 1;

    facts = organisation();
    facts.roles[1].lines = {{u"routing"_s, u"*"_s, {u"*"_s}, false}};
    QTest::newRow("a role got a wildcard: told by what it covers")
        << facts << QStringList{u"u1 gained routing:queue:edit by  → direct/r2/north"_s} << 0;

    facts = organisation();
    facts.grants = {grant(SubjectKind::User, u"u1"_s, u"r2"_s, QString())};
    QTest::newRow("a grant that names no division any more")
        << facts << QStringList{u"u1 unclear routing:queue:view by direct/r2/north → direct/r2/"_s} << 0;

    facts = organisation();
    facts.subjects.removeFirst();
    facts.containers.clear();
    facts.grants.clear();
    QTest::newRow("somebody is gone") << facts << QStringList{u"u1 lost routing:queue:view by direct/r2/north → "_s} << 0;
}

void TestAccessDifference::whatChanged()
{
    QFETCH(Facts, after);
    QFETCH(QStringList, expected);
    QFETCH(int, rerouted);
    const Resolver left(organisation()), right(after);
    const AccessDifference there = difference(left, right);
    QCOMPARE(lines(there), expected);
    QCOMPARE(there.rerouted, rerouted);
    // The other way round it is the same with gained and lost exchanged.
    const AccessDifference back = difference(right, left);
    qsizetype changed = 0;
    for (const SubjectChange &subject : back.subjects) {
        for (const SubjectChange &one : there.subjects) {
            if (one.subject.id == subject.subject.id && one.subject.kind == subject.subject.kind) {
                QCOMPARE(subject.count(Kind::Gained), one.count(Kind::Lost));
                QCOMPARE(subject.count(Kind::Widened), one.count(Kind::Narrowed));
                QCOMPARE(subject.count(Kind::Moved), one.count(Kind::Moved));
                ++changed;
            }
        }
    }
    QCOMPARE(changed, there.subjects.size());
}

void TestAccessDifference::aCatalogueSeenOnOneSideChangesNothing()
{
    Facts with = organisation();
    with.roles[1].lines = {{u"routing"_s, u"*"_s, {u"*"_s}, false}, {u"moon"_s, u"*"_s, {u"*"_s}, false}};
    Facts without = with;
    without.catalogue.clear();
    QCOMPARE(lines(difference(Resolver(with), Resolver(without))), QStringList());
    QCOMPARE(lines(difference(Resolver(without), Resolver(with))), QStringList());
    // A wildcard that nobody can expand is told as itself.
    Facts less = without;
    less.roles[1].lines.removeLast();
    QCOMPARE(lines(difference(Resolver(less), Resolver(without))), QStringList{u"u1 gained moon:*:* by  → direct/r2/north"_s});
}

void TestAccessDifference::newPermissionsAreTheVendors()
{
    Facts after = organisation();
    after.catalogue += catalogue({u"routing:queue:transfer"_s});
    after.roles[1].lines.append({u"routing"_s, u"queue"_s, {u"transfer"_s}, false});
    const AccessDifference there = difference(Resolver(organisation()), Resolver(after));
    QCOMPARE(there.newPermissions, QStringList{u"routing:queue:transfer"_s});
    QCOMPARE(lines(there), QStringList{u"u1 gained routing:queue:transfer by  → direct/r2/north"_s});
    QCOMPARE(difference(Resolver(after), Resolver(organisation())).gonePermissions, QStringList{u"routing:queue:transfer"_s});
}

void TestAccessDifference::whetherDivisionsMatterIsTheVendors()
{
    Facts after = organisation();
    after.catalogue[0].divisionAware = false; // routing:queue:view
    const AccessDifference there = difference(Resolver(organisation()), Resolver(after));
    QCOMPARE(lines(there), QStringList());
    QCOMPARE(there.rerouted, 0);
    QCOMPARE(there.divisionRuleChanged, QStringList{u"routing:queue:view"_s});
    Facts blind = organisation();
    blind.catalogue.clear();
    blind.grants.append(grant(SubjectKind::User, u"u2"_s, u"phones"_s, u"north"_s));
    Facts sighted = organisation();
    sighted.grants = blind.grants;
    for (const auto &both : {difference(Resolver(blind), Resolver(sighted)), difference(Resolver(sighted), Resolver(blind))}) {
        QCOMPARE(lines(both), QStringList());
        QCOMPARE(both.rerouted, 0);
        QVERIFY(both.divisionRuleChanged.isEmpty());
    }
}

void TestAccessDifference::policiesSeenOnOneSideChangeNothing_data()
{
    QTest::addColumn<PoliciesSeen>("other");
    QTest::addColumn<bool>("hasPolicy");
    QTest::addColumn<QString>("says"); // changes, caveats, notes: how many
    QTest::newRow("seen on both sides") << PoliciesSeen::Yes << true << u"1 0 0"_s;
    QTest::newRow("the other capture did not ask for them") << PoliciesSeen::NotAsked << true << u"0 1 0"_s;
    QTest::newRow("the other capture was refused") << PoliciesSeen::NotRead << true << u"0 1 0"_s;
    QTest::newRow("there are none, and the other did not ask") << PoliciesSeen::NotAsked << false << u"0 0 1"_s;
}

void TestAccessDifference::policiesSeenOnOneSideChangeNothing()
{
    QFETCH(PoliciesSeen, other);
    QFETCH(bool, hasPolicy);
    QFETCH(QString, says);
    Facts with = organisation(), without = organisation();
    if (hasPolicy) {
        with.policies = {{.id = u"p1"_s,
                          .name = u"No views"_s,
                          .effect = AccessPolicy::Effect::Deny,
                          .active = true,
                          .whom = AccessPolicy::Whom::All,
                          .subjectId = {},
                          .target = u"routing:queue:view"_s}};
        with.arePoliciesEnforced = true;
    }
    without.policiesSeen = other;
    for (const AccessDifference &found : {difference(Resolver(with), Resolver(without)), difference(Resolver(without), Resolver(with))}) {
        QCOMPARE(u"%1 %2 %3"_s.arg(found.subjects.size()).arg(found.caveats.size()).arg(found.notes.size()), says);
    }
}

void TestAccessDifference::whatWasNotSeenIsSaid()
{
    Facts after = organisation();
    after.grants.clear();
    after.subjectCaveats[u"u1"_s] = {u"their grants could not be read"_s};
    const AccessDifference there = difference(Resolver(organisation()), Resolver(after));
    QCOMPARE(there.subjects.size(), 1);
    QVERIFY(there.subjects.first().caveats.contains(u"their grants could not be read"_s));
    after.caveats = {u"roles were not read"_s};
    QVERIFY(difference(Resolver(organisation()), Resolver(after)).caveats.contains(u"After: roles were not read"_s));
}

void TestAccessDifference::agreesWithNaiveModel_data()
{
    QTest::addColumn<int>("seed");
    for (int seed = 1; seed <= 150; ++seed) {
        QTest::addRow("random organisations %d", seed) << seed;
    }
}

/// Two organisations that have some things in common, compared permission by permission from each subject's own list.
void TestAccessDifference::agreesWithNaiveModel()
{
    QFETCH(int, seed);
    Facts before = randomFacts(seed), after = randomFacts(seed);
    const Facts other = randomFacts(seed + 1000);
    if (seed % 2 == 0) {
        after.grants = other.grants;
    }
    if (seed % 3 == 0) {
        after.roles = other.roles;
    }
    if (seed % 5 == 0) {
        after.containers = other.containers;
    }
    if (seed % 7 == 0) {
        std::ranges::reverse(after.roles); // nothing may hang on the order
        std::ranges::reverse(after.grants);
    }
    const auto isLiteral = [](const QString &text) { return !text.contains(u'*'); };
    for (Facts *facts : {&before, &after}) { // what cannot be expanded has a test of its own
        for (RoleDefinition &definition : facts->roles) {
            for (const PolicyLine &line : definition.lines) {
                if (isLiteral(line.domain) && isLiteral(line.entity) && isLiteral(line.actions[0])) {
                    before.catalogue.append({line.domain, line.entity, line.actions[0], true});
                }
            }
        }
    }
    after.catalogue = before.catalogue;
    const Resolver left(before), right(after);

    std::set<QString> expected, got;
    std::set<std::pair<SubjectKind, QString>> subjects;
    for (const Resolver *side : {&left, &right}) {
        for (const Subject &subject : side->subjects()) {
            subjects.emplace(subject.kind, subject.id);
        }
    }
    for (const auto &[kind, id] : subjects) {
        const Extents was = extentsOf(left, {id, {}, kind}), is = extentsOf(right, {id, {}, kind});
        std::set<QString> all;
        for (const Extents *side : {&was, &is}) {
            for (const auto &[permission, extent] : *side) {
                all.insert(permission);
            }
        }
        for (const QString &permission : all) {
            if (!isLiteral(permission)) {
                continue;
            }
            const auto a = was.find(permission), b = is.find(permission);
            const QString name = subjectKindName(kind) + u' ' + id + u' ' + permission + u' ';
            if (a == was.end()) {
                expected.insert(name + u"gained"_s);
            } else if (b == is.end()) {
                expected.insert(name + u"lost"_s);
            } else if (a->second != b->second) {
                const auto covers = [](const auto &wide, const auto &narrow) {
                    const auto isFree
                        = [&](const QString &division) { return wide.first.contains(u"*"_s) || wide.first.contains(division); };
                    return std::ranges::all_of(narrow.first, isFree) && std::ranges::all_of(narrow.second, [&](const QString &division) {
                               return isFree(division) || wide.second.contains(u"*"_s) || wide.second.contains(division);
                           });
                };
                expected.insert(name
                                + (covers(b->second, a->second)       ? u"widened"_s
                                       : covers(a->second, b->second) ? u"narrowed"_s
                                                                      : u"moved"_s));
            }
        }
    }
    for (const SubjectChange &subject : difference(left, right).subjects) {
        for (const AccessChange &change : subject.changes) {
            QCOMPARE(change.before.isEmpty(), change.kind == Kind::Gained);
            QCOMPARE(change.after.isEmpty(), change.kind == Kind::Lost);
            for (const QString &permission : change.permissions) {
                if (isLiteral(permission)) {
                    got.insert(subjectKindName(subject.subject.kind) + u' ' + subject.subject.id + u' ' + permission + u' '
                               + kindText(change.kind));
                }
            }
        }
    }
    QCOMPARE(QStringList(got.begin(), got.end()), QStringList(expected.begin(), expected.end()));
    QCOMPARE(lines(difference(left, left)), QStringList());
    QCOMPARE(difference(left, left).rerouted, 0);
}

void TestAccessDifference::tenThousandUsersStayQuick()
{
    std::mt19937 random(7);
    const auto pick = [&](int bound) { return static_cast<int>(random() % static_cast<unsigned>(bound)); };
    Facts facts;
    QStringList all;
    for (int i = 0; i < 1000; ++i) {
        all.append(u"domain%1:entity%2:action%3"_s.arg(i % 40).arg(i % 160).arg(i % 5));
    }
    facts.catalogue = catalogue(all);
    for (int i = 0; i < 200; ++i) {
        QStringList held;
        for (int line = 0; line < 60; ++line) {
            held.append(all[pick(1000)]);
        }
        facts.roles.append(role(u"role-%1"_s.arg(i), held));
    }
    for (int i = 0; i < 10'000; ++i) {
        facts.subjects.append(user(u"user-%1"_s.arg(i)));
        for (int extra = 0; extra < 3; ++extra) {
            facts.grants.append(grant(SubjectKind::User, u"user-%1"_s.arg(i), u"role-%1"_s.arg(pick(200)), u"division-%1"_s.arg(pick(30))));
        }
    }
    for (int i = 0; i < 150; ++i) {
        QStringList members;
        for (int member = 0; member < 200; ++member) {
            members.append(u"user-%1"_s.arg(pick(10'000)));
        }
        facts.containers.append(group(u"group-%1"_s.arg(i), members));
        facts.grants.append(grant(SubjectKind::Group, u"group-%1"_s.arg(i), u"role-%1"_s.arg(pick(200))));
    }
    Facts changed = facts;
    for (int i = 0; i < 100; ++i) {
        changed.grants.append(grant(SubjectKind::User, u"user-%1"_s.arg(i * 7), u"role-%1"_s.arg(i)));
    }
    const Resolver left(facts), right(changed);
    QElapsedTimer timer;
    timer.start();
    const AccessDifference there = difference(left, right);
    qInfo("difference of 10,000 users: %lld ms, %lld subjects", static_cast<long long>(timer.elapsed()),
          static_cast<long long>(there.subjects.size()));
    QVERIFY(there.subjects.size() >= 90);
    QVERIFY2(timer.elapsed() < 5000, "it looks at single permissions of what did not change"); // loose: the machine may be busy
}

QTEST_GUILESS_MAIN(TestAccessDifference)
#include "tst_accessdifference.moc"
