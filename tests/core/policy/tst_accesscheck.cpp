#include "../access/accessfacts.h"

#include "policy/accesscheck.h"
#include "policy/contextreader.h"
#include "policy/pathmatch.h"

#include <QCryptographicHash>
#include <QTest>

#include <random>

using namespace Orgtrace;
using namespace Orgtrace::Access;
using namespace Orgtrace::Policy;
using namespace Qt::StringLiterals;

using Access::Test::catalogue;
using Access::Test::grant;
using Access::Test::group;
using Access::Test::role;
using Access::Test::user;

namespace {

AccessRules rulesOf(const QByteArray &toml)
{
    const Result<AccessRules> rules = readAccessRules({{u"test.toml"_s, "version = 1\n" + toml}});
    if (!rules) {
        qFatal("%s at %s", qPrintable(rules.error().detail), qPrintable(rules.error().where));
    }
    return *rules;
}

/// Three people, a group and a client; what each may do is said by the test.
Facts people(const std::map<QString, QStringList> &rights)
{
    Facts facts;
    facts.subjects = {user(u"ann"_s, u"Ann"_s), user(u"bob"_s, u"Bob"_s), user(u"cat"_s, u"Cat"_s),
                      Subject{u"bot"_s, u"Bot"_s, SubjectKind::OAuthClient}};
    facts.containers = {group(u"g"_s, {u"cat"_s})};
    facts.catalogue = catalogue(
        {u"a:grant:add"_s, u"a:grant:view"_s, u"a:role:edit"_s, u"l:log:view"_s, u"d:group:edit"_s, u"o:client:edit"_s, u"q:queue:view"_s});
    for (const auto &[id, lines] : rights) {
        facts.roles.append(role(u"r-"_s + id, lines));
        const SubjectKind kind = id == u"bot" ? SubjectKind::OAuthClient : id == u"g" ? SubjectKind::Group : SubjectKind::User;
        facts.grants.append(grant(kind, id, u"r-"_s + id));
    }
    return facts;
}

const QByteArray Risk = R"(
[sets]
rights = ["a:grant:add", "a:role:edit"]
[[risk]]
severity = "critical"
permissions = ["rights"]
[[risk]]
severity = "low"
permissions = ["l:log:view"]
)";

QByteArray rule(const QByteArray &rest, const QByteArray &id = "r")
{
    return "[[rule]]\nid = \"" + id + "\"\ntitle = \"T\"\nadvice = \"A\"\nseverity = \"high\"\n" + rest + '\n';
}

/// "ann,bob?": who is found; "?" where only under a condition. "-" where the finding is there, but has nobody; empty where there is none.
QString found(const AccessCheck &check)
{
    QStringList names;
    for (const AccessFinding &finding : check.findings) {
        if (finding.subjects.isEmpty()) {
            names.append(u"-"_s);
        }
        for (const FindingSubject &subject : finding.subjects) {
            names.append(subject.subject.id + (subject.isConditional ? u"?"_s : u""_s));
        }
    }
    return names.join(u',');
}

// ---- the naive evaluation: every permission of everybody, by the words of docs/formats/access-rules.md --------------------------

bool naiveCovers(const QString &pattern, const QString &permission)
{
    const QStringList left = pattern.split(u':'), right = permission.split(u':');
    for (int i = 0; i < 3; ++i) {
        if (left[i] != u"*" && right[i] != u"*" && left[i] != right[i]) {
            return false;
        }
    }
    return true;
}

bool naiveHolds(const EffectiveAccess &access, const QStringList &patterns, bool onlyFree)
{
    for (const EffectivePermission &permission : access.permissions) {
        for (const QString &pattern : patterns) {
            for (const AccessPath &path : permission.paths) {
                if (naiveCovers(pattern, permission.permission()) && !(onlyFree && path.conditional)) {
                    return true;
                }
            }
        }
    }
    return false;
}

QStringList naiveCombination(const QList<EffectiveAccess> &everybody, const QList<QStringList> &all, bool onlyFree)
{
    QStringList ids;
    for (const EffectiveAccess &access : everybody) {
        const Subject &subject = access.subject;
        if (subject.kind == SubjectKind::User) {
            if (std::ranges::all_of(all, [&](const QStringList &patterns) { return naiveHolds(access, patterns, onlyFree); })) {
                ids.append(subject.id);
            }
        }
    }
    return ids;
}

QStringList naiveWildcard(const QList<EffectiveAccess> &everybody, const QStringList &risky, int stars)
{
    QStringList ids;
    for (const EffectiveAccess &access : everybody) {
        const Subject &subject = access.subject;
        bool isWide = false;
        if (subject.kind == SubjectKind::User) {
            for (const EffectivePermission &permission : access.permissions) {
                for (const AccessPath &path : permission.paths) {
                    const bool isRisky
                        = std::ranges::any_of(risky, [&](const QString &p) { return naiveCovers(p, permission.permission()); });
                    isWide = isWide || (isRisky && !path.conditional && path.policy.count(u'*') >= stars);
                }
            }
        }
        if (isWide) {
            ids.append(subject.id);
        }
    }
    return ids;
}

/// Who may take what a group or everything at risk gives.
QStringList naiveEscalation(const Resolver &resolver, const QList<EffectiveAccess> &everybody, const QStringList &risky,
                            const QStringList &through, bool isByGroup)
{
    const auto reaching = resolver.holders(u"*:*:*"_s); // a group whose roles are not enabled reaches nobody
    QStringList universe;
    for (const QString &permission : resolver.permissions()) {
        if (!permission.contains(u'*') && std::ranges::any_of(risky, [&](const QString &p) { return naiveCovers(p, permission); })) {
            universe.append(permission);
        }
    }
    QStringList ids;
    for (const EffectiveAccess &access : everybody) {
        const Subject &subject = access.subject;
        if (subject.kind != SubjectKind::User) {
            continue;
        }
        if (!naiveHolds(access, through, false)) {
            continue;
        }
        QSet<QString> free;
        for (const EffectivePermission &permission : access.permissions) {
            if (std::ranges::any_of(permission.paths, [](const AccessPath &path) { return !path.conditional; })) {
                free.insert(permission.permission());
            }
        }
        bool gains = false;
        if (!isByGroup) {
            gains = std::ranges::any_of(universe, [&](const QString &permission) { return !free.contains(permission); });
        } else {
            for (const EffectiveAccess &theirs : everybody) {
                const Subject &other = theirs.subject;
                if (other.kind != SubjectKind::Group || !reaching
                    || std::ranges::none_of(*reaching, [&](const Holder &holder) { return holder.subject == other; })) {
                    continue;
                }
                for (const EffectivePermission &permission : theirs.permissions) {
                    const QString text = permission.permission();
                    gains = gains
                        || (!free.contains(text) && std::ranges::any_of(risky, [&](const QString &p) { return naiveCovers(p, text); }));
                }
            }
        }
        if (gains) {
            ids.append(subject.id);
        }
    }
    return ids;
}

} // namespace

class TestAccessCheck : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void kindsOfRules_data();
    void kindsOfRules();
    void dormantOnes_data();
    void dormantOnes();
    void whatPoliciesDeny_data();
    void whatPoliciesDeny();
    void whoIsGoneCountsForNothing_data();
    void whoIsGoneCountsForNothing();
    void aFindingSaysTheState();
    void wildcardsOfAPartlyReadCatalogue_data();
    void wildcardsOfAPartlyReadCatalogue();
    void thereIsProof();
    void risksAreOfWhatIsHeld();
    void aRuleOfAnUnknownPermissionIsTold();
    void oneRuleAlone();
    void isBounded();
    void agreesWithTheNaiveEvaluation();
    void mistakesAreNamed_data();
    void mistakesAreNamed();
    void usersFilesGoOnTop();
    void aSetIsFilledForEveryFile();
    void whatFilesDidIsTold();
    void shippedRulesAreWhole();
};

void TestAccessCheck::kindsOfRules_data()
{
    QTest::addColumn<QByteArray>("toml");
    QTest::addColumn<QStringList>("ann");
    QTest::addColumn<QStringList>("bob");
    QTest::addColumn<QStringList>("theGroup");
    QTest::addColumn<QStringList>("bot");
    QTest::addColumn<QString>("expected");
    const QStringList none, add{u"a:grant:add"_s}, both{u"a:grant:add"_s, u"l:log:view"_s}, log{u"l:log:view"_s};
    const QByteArray auditor = rule("kind = \"combination\"\nall = [\"rights\", \"l:log:view\"]");
    QTest::newRow("both of a combination") << auditor << both << add << none << none << u"ann"_s;
    QTest::newRow("one by a group, the other directly, is both") << auditor << none << none << both << both << u"cat,bot"_s;
    QTest::newRow("under a condition is told so")
        << auditor << QStringList{u"a:grant:add?"_s, u"l:log:view"_s} << none << none << none << u"ann?"_s;
    QTest::newRow("under a condition is not enough where the rule says so")
        << rule("kind = \"combination\"\nunconditional = true\nall = [\"rights\", \"l:log:view\"]")
        << QStringList{u"a:grant:add?"_s, u"l:log:view"_s} << both << none << none << u"bob"_s;
    QTest::newRow("a wildcard holds what it covers") << auditor << QStringList{u"*:*:*"_s} << none << none << none << u"ann"_s;
    QTest::newRow("only clients") << rule("kind = \"combination\"\nsubjects = [\"oauth-client\"]\nall = [\"rights\"]") << add << none
                                  << none << add << u"bot"_s;
    QTest::newRow("an exception by name") << rule("kind = \"combination\"\nexcept = [\"an*\"]\nall = [\"rights\"]") << add << add << none
                                          << none << u"bob"_s;
    const QByteArray sole = rule("kind = \"sole-holder\"\nall = [\"l:log:view\"]\nfewest = 2");
    QTest::newRow("the only one") << sole << log << none << none << log << u"ann"_s;
    QTest::newRow("two are enough") << sole << log << log << none << none << QString();
    QTest::newRow("nobody at all") << sole << none << none << none << none << u"-"_s;
    const QByteArray independent = rule("kind = \"sole-holder\"\nall = [\"l:log:view\"]\nindependent-of = [\"rights\"]\nfewest = 1");
    QTest::newRow("only admins see the log") << independent << both << both << none << none << u"ann,bob"_s;
    QTest::newRow("somebody else does, too") << independent << both << log << none << none << QString();
    const QByteArray wild = rule("kind = \"wildcard\"\nstars = 2");
    QTest::newRow("two stars") << wild << QStringList{u"a:*:*"_s} << QStringList{u"a:grant:*"_s} << none << none << u"ann"_s;
    QTest::newRow("a condition narrows a wildcard") << wild << QStringList{u"a:*:*?"_s} << none << none << none << QString();
    QTest::newRow("a wildcard over harmless rights") << wild << QStringList{u"q:*:*"_s} << none << none << none << QString();
    const QByteArray itself = rule("kind = \"escalation\"\ntarget = \"itself\"\nthrough = [\"a:grant:add\"]");
    QTest::newRow("may grant itself what it lacks") << itself << add << none << none << none << u"ann"_s;
    QTest::newRow("nothing left to take") << itself << QStringList{u"a:*:*"_s} << none << none << none << QString();
    const QByteArray ownRole = rule("kind = \"escalation\"\ntarget = \"role\"\nthrough = [\"a:role:edit\"]");
    QTest::newRow("may edit its own role") << ownRole << QStringList{u"a:role:edit"_s} << none << none << none << u"ann"_s;
    const QByteArray join = rule("kind = \"escalation\"\ntarget = \"group\"\nthrough = [\"d:group:edit\"]");
    QTest::newRow("may join a stronger group") << join << QStringList{u"d:group:edit"_s} << none << add << none << u"ann"_s;
    QTest::newRow("no group is stronger") << join << QStringList{u"d:group:edit"_s, u"a:grant:add"_s} << none << add << none << QString();
    const QByteArray client = rule("kind = \"escalation\"\ntarget = \"client\"\nthrough = [\"o:client:edit\"]");
    QTest::newRow("may take over a stronger client") << client << QStringList{u"o:client:edit"_s} << none << none << add << u"ann"_s;
    QTest::newRow("a client does not take over itself")
        << client << none << none << none << QStringList{u"o:client:edit"_s, u"a:grant:add"_s} << QString();
}

void TestAccessCheck::kindsOfRules()
{
    QFETCH(QByteArray, toml);
    QFETCH(QStringList, ann);
    QFETCH(QStringList, bob);
    QFETCH(QStringList, theGroup);
    QFETCH(QStringList, bot);
    const Resolver resolver(people({{u"ann"_s, ann}, {u"bob"_s, bob}, {u"g"_s, theGroup}, {u"bot"_s, bot}}));
    const Result<AccessCheck> check = checkAccess(rulesOf(Risk + toml), {resolver, {}, {}});
    QVERIFY(check);
    QTEST(found(*check), "expected");
}

void TestAccessCheck::dormantOnes_data()
{
    QTest::addColumn<QString>("lastSignIn");
    QTest::addColumn<bool>("isActive");
    QTest::addColumn<QString>("expected");
    QTest::addColumn<qsizetype>("notes");
    QTest::newRow("yesterday") << u"2026-10-30T08:00:00Z"_s << true << QString() << qsizetype(0);
    QTest::newRow("just ninety days") << u"2026-08-02T06:00:00Z"_s << true << QString() << qsizetype(0);
    QTest::newRow("ninety-one days") << u"2026-08-01T06:00:00Z"_s << true << u"ann"_s << qsizetype(0);
    QTest::newRow("inactive already") << u"2025-01-01T06:00:00Z"_s << false << QString() << qsizetype(0);
    QTest::newRow("nobody knows") << QString() << true << QString() << qsizetype(1);
    QTest::newRow("at some time since is enough") << u"since 2026-08-02T06:00:00Z"_s << true << QString() << qsizetype(0);
    QTest::newRow("or is not: then nobody knows") << u"since 2026-08-01T06:00:00Z"_s << true << QString() << qsizetype(1);
}

void TestAccessCheck::dormantOnes()
{
    QFETCH(QString, lastSignIn);
    QFETCH(bool, isActive);
    const Resolver resolver(people({{u"ann"_s, {u"a:grant:add"_s}}, {u"bob"_s, {u"q:queue:view"_s}}}));
    const auto time = [](const QString &text) { return QDateTime::fromString(text, Qt::ISODate); };
    const bool isSince = lastSignIn.startsWith(u"since "_s);
    const SubjectState ann{isActive, isSince ? QDateTime() : time(lastSignIn), isSince ? time(lastSignIn.sliced(6)) : QDateTime()};
    const Result<AccessCheck> check
        = checkAccess(rulesOf(Risk + rule("kind = \"dormant\"\ndays = 90")),
                      {resolver, {{u"ann"_s, ann}, {u"bob"_s, {true, time(u"2020-01-01T00:00:00Z"_s)}}}, time(u"2026-10-31T06:00:00Z"_s)});
    QVERIFY(check);
    QTEST(found(*check), "expected");
    QTEST(check->notes.size(), "notes");
}

void TestAccessCheck::whatPoliciesDeny_data()
{
    QTest::addColumn<QByteArray>("toml");
    QTest::addColumn<QStringList>("targets"); // "?" behind one with a condition
    QTest::addColumn<QString>("expected");
    QTest::addColumn<QString>("worst");
    const QByteArray admin = rule("kind = \"combination\"\nall = [\"rights\"]");
    QTest::newRow("no policy") << admin << QStringList() << u"ann,bob"_s << u"ann,bob"_s;
    QTest::newRow("what is denied is not held") << admin << QStringList{u"*:*:*"_s} << u"bob"_s << u"bob"_s;
    QTest::newRow("what may be denied is held under a condition") << admin << QStringList{u"a:*:*?"_s} << u"ann?,bob"_s << u"ann?,bob"_s;
    QTest::newRow("a part is denied, the rest is held") << admin << QStringList{u"a:grant:*"_s} << u"ann,bob"_s << u"ann,bob"_s;
    QTest::newRow("what may be denied counts where conditions of roles do not")
        << rule("kind = \"combination\"\nunconditional = true\nall = [\"rights\"]") << QStringList{u"*:*:*?"_s} << u"ann?,bob"_s
        << u"ann?,bob"_s;
    const QByteArray wild = rule("kind = \"wildcard\"\nstars = 2");
    QTest::newRow("a wildcard whose strong part is denied") << wild << QStringList{u"a:*:*"_s} << QString() << u"bob"_s;
    QTest::newRow("a wildcard that may be denied") << wild << QStringList{u"a:*:*?"_s} << u"ann?"_s << u"ann?,bob"_s;
    QTest::newRow("the way to more is denied") << rule("kind = \"escalation\"\ntarget = \"itself\"\nthrough = [\"a:grant:add\"]")
                                               << QStringList{u"a:grant:add"_s} << u"bob"_s << u"ann,bob"_s;
    QTest::newRow("what is denied can be gained again") << rule("kind = \"escalation\"\ntarget = \"itself\"\nthrough = [\"a:grant:add\"]")
                                                        << QStringList{u"a:role:edit"_s} << u"ann,bob"_s << u"ann,bob"_s;
}

void TestAccessCheck::whatPoliciesDeny()
{
    QFETCH(QByteArray, toml);
    QFETCH(QStringList, targets);
    Facts facts = people({{u"ann"_s, {u"a:*:*"_s}}, {u"bob"_s, {u"a:grant:add"_s}}});
    facts.arePoliciesEnforced = true; // else nothing is denied for certain
    for (QString target : std::as_const(targets)) {
        AccessPolicy policy;
        policy.id = policy.name = u"No "_s + target;
        policy.effect = AccessPolicy::Effect::Deny;
        policy.active = true;
        policy.whom = AccessPolicy::Whom::User;
        policy.subjectId = u"ann"_s;
        policy.conditional = target.endsWith(u'?');
        policy.target = policy.conditional ? target.chopped(1) : target;
        facts.policies.append(policy);
    }
    const Resolver resolver(std::move(facts));
    const Result<AccessCheck> check = checkAccess(rulesOf(Risk + toml), {resolver, {}, {}});
    QVERIFY(check);
    QTEST(found(*check), "expected");
    QStringList worst;
    for (const SubjectRisk &risk : check->risks) {
        if (risk.severity == Severity::Critical) {
            worst.append(risk.subject.id + (risk.isConditional ? u"?"_s : u""_s));
        }
    }
    worst.sort();
    QTEST(worst.join(u','), "worst");
    for (const AccessFinding &finding : check->findings) { // who may be denied it is told by which policy
        for (const FindingSubject &subject : finding.subjects) {
            QCOMPARE(std::ranges::any_of(subject.proof, [](const HeldProof &proof) { return !proof.denied.isEmpty(); }),
                     subject.isConditional);
        }
    }
}

void TestAccessCheck::whoIsGoneCountsForNothing_data()
{
    QTest::addColumn<bool>("areUsersWhole");
    QTest::addColumn<QString>("expected");
    QTest::newRow("whoever is not among the users, all of whom were read, is gone") << true << u"ann"_s;
    QTest::newRow("whoever is not among some of the users may be there") << false << QString();
}

void TestAccessCheck::whoIsGoneCountsForNothing()
{
    Facts facts = people({{u"ann"_s, {u"l:log:view"_s}}, {u"g"_s, {u"l:log:view"_s}}});
    facts.containers = {group(u"g"_s, {u"gone"_s})};
    const Resolver resolver(std::move(facts));
    const AccessRules rules = rulesOf(rule("kind = \"sole-holder\"\nall = [\"l:log:view\"]\nfewest = 2", "sole")
                                      + rule("kind = \"combination\"\nall = [\"l:log:view\"]", "holds"));
    QFETCH(bool, areUsersWhole);
    const AccessInput input{resolver, {{u"ann"_s, {}}}, {}, areUsersWhole};
    QTEST(found(*checkAccess(rules, input, u"sole"_s)), "expected");
    // Who holds something by a membership that is left over is told, and that it is one.
    const Result<AccessCheck> holders = checkAccess(rules, input, u"holds"_s);
    QCOMPARE(found(*holders), u"gone,ann"_s);
    const FindingSubject &gone = holders->findings[0].subjects[0];
    QCOMPARE(gone.isActive, !areUsersWhole);
    QCOMPARE(gone.notes.join(u' ').contains(u"No captured user has this id"), areUsersWhole);
    QCOMPARE(gone.caveats.join(u' ').contains(u"was not captured itself"), !areUsersWhole);
}

void TestAccessCheck::aFindingSaysTheState()
{
    Facts facts = people({{u"ann"_s, {u"l:log:view"_s}}, {u"g"_s, {u"l:log:view"_s}}});
    facts.subjectNotes[u"ann"_s] = {u"This user's state is “inactive”."_s};
    facts.subjectCaveats[u"g"_s] = {u"The grants of “g” could not be read."_s};
    const Resolver resolver(std::move(facts));
    const AccessRules rules = rulesOf(Risk + rule("kind = \"combination\"\nall = [\"l:log:view\"]"));
    const Result<AccessCheck> check = checkAccess(rules, {resolver, {{u"ann"_s, {false, {}}}, {u"cat"_s, {}}}, {}, true});
    QCOMPARE(found(*check), u"ann,cat"_s);
    const FindingSubject &ann = check->findings[0].subjects[0], &cat = check->findings[0].subjects[1];
    QVERIFY(!ann.isActive && cat.isActive);
    QCOMPARE(ann.notes, QStringList{u"This user's state is “inactive”."_s});
    QVERIFY(ann.caveats.isEmpty());
    QCOMPARE(cat.caveats, QStringList{u"The grants of “g” could not be read."_s}); // through which the right comes
    QVERIFY(std::ranges::any_of(check->risks, [](const SubjectRisk &risk) { return risk.subject.id == u"ann" && !risk.isActive; }));
}

void TestAccessCheck::wildcardsOfAPartlyReadCatalogue_data()
{
    QTest::addColumn<QStringList>("ann");
    QTest::addColumn<QString>("expected");
    QTest::addColumn<QString>("proof");
    QTest::addColumn<QString>("notJudged");
    QTest::newRow("a wildcard covers what the catalogue does not name") << QStringList{u"*:*:*"_s} << u"ann"_s << u"*:*:*"_s << QString();
    QTest::newRow("a wildcard over the domain") << QStringList{u"a:*:*"_s} << u"ann"_s << u"a:*:*"_s << QString();
    QTest::newRow("by name") << QStringList{u"a:grant:add"_s} << u"ann"_s << u"a:grant:add"_s << QString();
    QTest::newRow("nothing that is known has it") << QStringList{u"q:*:*"_s} << QString() << QString() << u"r"_s;
}

void TestAccessCheck::wildcardsOfAPartlyReadCatalogue()
{
    QFETCH(QStringList, ann);
    QFETCH(QString, proof);
    Facts facts = people({{u"ann"_s, ann}, {u"bob"_s, {u"q:queue:view"_s}}});
    facts.catalogue = catalogue({u"q:queue:view"_s}); // of the rest nothing was read
    const Resolver resolver(std::move(facts));
    const Result<AccessCheck> check = checkAccess(rulesOf(Risk + rule("kind = \"combination\"\nall = [\"a:grant:add\"]")),
                                                  {.resolver = resolver, .users = {}, .atUtc = {}, .isCatalogueWhole = false});
    QVERIFY(check);
    QTEST(found(*check), "expected");
    QTEST(check->notJudged.join(u','), "notJudged");
    QCOMPARE(check->applied, check->notJudged.isEmpty() ? 1 : 0);
    if (proof.isEmpty()) {
        QVERIFY2(check->notes.value(0).contains(u"was not read whole"), qPrintable(check->notes.join(u'\n')));
        return;
    }
    QCOMPARE(check->findings[0].subjects[0].proof[0].permission, proof);
    QCOMPARE(check->findings[0].subjects[0].proof[0].paths[0].policy, ann.first());
    QCOMPARE(check->risks[0].severity, Severity::Critical);
}

void TestAccessCheck::thereIsProof()
{
    const Resolver resolver(people({{u"ann"_s, {u"a:role:edit"_s}}, {u"g"_s, {u"*:*:*"_s}}}));
    const Result<AccessCheck> check
        = checkAccess(rulesOf(Risk + rule("kind = \"escalation\"\ntarget = \"role\"\nthrough = [\"a:role:edit\"]", "own")
                              + rule("kind = \"combination\"\nall = [\"rights\", \"l:log:view\"]", "both")),
                      {resolver, {}, {}});
    QVERIFY(check);
    QCOMPARE(check->findings.size(), 2);
    QCOMPARE(check->findings[0].rule, u"both"_s); // of one severity by id
    const FindingSubject &cat = check->findings[0].subjects.first();
    QCOMPARE(cat.subject.id, u"cat"_s);
    QCOMPARE(cat.proofCount, 3);
    QCOMPARE(cat.proof[0].permission, u"a:grant:add"_s);
    QCOMPARE(cat.proof[0].paths[0].containerName, u"Group g"_s);
    QCOMPARE(cat.proof[0].paths[0].policy, u"*:*:*"_s);
    const FindingSubject &ann = check->findings[1].subjects.first();
    QCOMPARE(ann.ways.size(), 1);
    QCOMPARE(ann.ways[0].name, u"Role r-ann"_s);
    QCOMPARE(ann.ways[0].gains, QStringList{u"a:grant:add"_s});
}

void TestAccessCheck::risksAreOfWhatIsHeld()
{
    // The role's name says nothing: what counts is what it allows.
    const Resolver resolver(
        people({{u"ann"_s, {u"l:log:view"_s}}, {u"bob"_s, {u"a:grant:add?"_s, u"l:log:view"_s}}, {u"g"_s, {u"q:queue:view"_s}}}));
    const Result<AccessCheck> check = checkAccess(rulesOf(Risk), {resolver, {}, {}});
    QVERIFY(check);
    QCOMPARE(check->risks.size(), 2);
    QCOMPARE(check->risks[0].subject.id, u"bob"_s);
    QCOMPARE(check->risks[0].severity, Severity::Critical);
    QVERIFY(check->risks[0].isConditional);
    QCOMPARE(check->risks[0].permissions.value(Severity::Low), 1);
    QCOMPARE(check->risks[1].severity, Severity::Low);
    QVERIFY(!check->risks[1].isConditional);
}

void TestAccessCheck::aRuleOfAnUnknownPermissionIsTold()
{
    const Resolver resolver(people({{u"ann"_s, {u"l:log:view"_s}}}));
    const Result<AccessCheck> check = checkAccess(rulesOf(rule("kind = \"sole-holder\"\nall = [\"l:lgo:view\"]")), {resolver, {}, {}});
    QVERIFY(check);
    QVERIFY(check->findings.isEmpty()); // "nobody" would be an answer to a question that was not meant
    QCOMPARE(check->notes, QStringList{u"r: not judged, for the organisation has no permission l:lgo:view"_s});
    QCOMPARE(check->notJudged, QStringList{u"r"_s});
}

void TestAccessCheck::oneRuleAlone()
{
    const Resolver resolver(people({{u"ann"_s, {u"a:grant:add"_s}}}));
    const AccessRules rules = rulesOf(rule("kind = \"combination\"\nall = [\"a:grant:add\"]", "one")
                                      + rule("kind = \"combination\"\nall = [\"a:*:*\"]", "two"));
    QCOMPARE(checkAccess(rules, {resolver, {}, {}}, u"two"_s)->findings.size(), 1);
    QCOMPARE(checkAccess(rules, {resolver, {}, {}})->findings.size(), 2);
    const Result<AccessCheck> none = checkAccess(rules, {resolver, {}, {}}, u"three"_s);
    QVERIFY(!none);
    QCOMPARE(none.error().code, ErrorCode::NotFound);
    QVERIFY(none.error().detail.contains(u"one, two"));
}

void TestAccessCheck::isBounded()
{
    Facts facts;
    QStringList lines;
    for (int i = 0; i < 40; ++i) {
        lines.append(u"a:e%1:x"_s.arg(i));
    }
    facts.catalogue = catalogue(lines);
    for (int r = 0; r < 8; ++r) {
        facts.roles.append(role(u"r%1"_s.arg(r), lines));
    }
    for (int i = 0; i < 1200; ++i) {
        const QString id = u"u%1"_s.arg(i, 5, 10, QChar(u'0'));
        facts.subjects.append(user(id));
        for (int r = 0; r < 8; ++r) {
            facts.grants.append(grant(SubjectKind::User, id, u"r%1"_s.arg(r)));
        }
    }
    const Resolver resolver(std::move(facts));
    const AccessRules rules
        = rulesOf("[[risk]]\nseverity = \"low\"\npermissions = [\"a:*:*\"]\n" + rule("kind = \"combination\"\nall = [\"a:*:*\"]"));
    const Result<AccessCheck> check = checkAccess(rules, {resolver, {}, {}});
    QVERIFY(check);
    QCOMPARE(check->findings[0].subjectCount, 1200);
    QCOMPARE(check->findings[0].subjects.size(), MostSubjects);
    QCOMPARE(check->findings[0].subjects[0].proofCount, 40);
    QCOMPARE(check->findings[0].subjects[0].proof.size(), MostProofs);
    QCOMPARE(check->findings[0].subjects[0].proof[0].pathCount, 8);
    QCOMPARE(check->findings[0].subjects[0].proof[0].paths.size(), MostProofPaths);
    QCOMPARE(check->riskCount, 1200);
    QCOMPARE(check->risks.size(), MostSubjects);
}

void TestAccessCheck::agreesWithTheNaiveEvaluation()
{
    int findings = 0;
    for (int seed = 1; seed <= 300; ++seed) {
        std::mt19937 random(static_cast<unsigned>(seed));
        const auto pattern = [&] {
            const auto word = [&](QChar letter, unsigned bound) -> QString {
                return random() % 4 == 0 ? u"*"_s : QString(letter + QString::number(random() % bound));
            };
            return QString(word(u'd', 3) + u':' + word(u'e', 4) + u':' + word(u'a', 4));
        };
        const auto list = [&](qsizetype count) {
            QStringList all;
            for (qsizetype i = 0; i < count; ++i) {
                all.append(pattern());
            }
            return all;
        };
        AccessRules rules;
        const QStringList risky = list(2);
        rules.risks = {{Severity::Critical, risky}};
        AccessRule base;
        base.subjects = {SubjectKind::User};
        AccessRule combination = base, strict = base, wildcard = base, itself = base, join = base;
        combination.id = u"combination"_s;
        combination.all = {list(2), list(1)};
        strict = combination;
        strict.id = u"strict"_s;
        strict.isConditionalEnough = false;
        wildcard.id = u"wildcard"_s;
        wildcard.kind = AccessRule::Kind::Wildcard;
        itself.id = u"itself"_s;
        itself.kind = AccessRule::Kind::Escalation;
        itself.through = list(1);
        join = itself;
        join.id = u"join"_s;
        join.target = AccessRule::Target::Group;
        rules.rules = {combination, strict, wildcard, itself, join};

        const Resolver resolver(Access::Test::randomFacts(seed));
        const Result<AccessCheck> check = checkAccess(rules, {resolver, {}, {}});
        QVERIFY(check);
        QList<EffectiveAccess> everybody;
        for (const Subject &subject : resolver.subjects()) {
            everybody.append(resolver.effective(subject));
        }
        const std::map<QString, QStringList> expected{{u"combination"_s, naiveCombination(everybody, combination.all, false)},
                                                      {u"strict"_s, naiveCombination(everybody, combination.all, true)},
                                                      {u"wildcard"_s, naiveWildcard(everybody, risky, 2)},
                                                      {u"itself"_s, naiveEscalation(resolver, everybody, risky, itself.through, false)},
                                                      {u"join"_s, naiveEscalation(resolver, everybody, risky, itself.through, true)}};
        std::map<QString, QStringList> told;
        for (const auto &[id, subjects] : expected) {
            told[id];
        }
        for (const AccessFinding &finding : check->findings) {
            for (const FindingSubject &subject : finding.subjects) {
                told[finding.rule].append(subject.subject.id);
            }
            findings += static_cast<int>(finding.subjects.size());
        }
        for (const auto &[id, subjects] : expected) {
            if (told[id] != subjects) {
                QFAIL(qPrintable(u"seed %1, %2: %3 instead of %4"_s.arg(seed).arg(id, told[id].join(u','), subjects.join(u','))));
            }
        }
        QCOMPARE(found(*check), found(*checkAccess(rules, {resolver, {}, {}}))); // the same again
    }
    QVERIFY2(findings > 1000, qPrintable(QString::number(findings))); // the organisations are not empty
}

void TestAccessCheck::mistakesAreNamed_data()
{
    QTest::addColumn<QByteArray>("toml");
    QTest::addColumn<QString>("where");
    QTest::addColumn<QString>("says");
    QTest::newRow("no TOML") << QByteArray("version = 1\nrule = [") << u"f.toml:2"_s << u"no valid TOML"_s;
    QTest::newRow("no version") << QByteArray("[sets]\n") << u"f.toml:1"_s << u"begin the file with version = 1"_s;
    QTest::newRow("whether policies are enforced, in a word")
        << QByteArray("version = 1\npolicies-enforced = \"yes\"\n") << u"f.toml:2"_s << u"policies-enforced is true or false"_s;
    QTest::newRow("an unknown section") << QByteArray("version = 1\nrules = 1\n") << u"f.toml:2"_s << u"known are"_s;
    QTest::newRow("a set of no permissions") << QByteArray("version = 1\n[sets]\nx = [\"everything\"]\n") << u"f.toml:3"_s
                                             << u"write domain:entity:action"_s;
    QTest::newRow("a blank before a permission")
        << QByteArray("version = 1\n[sets]\nx = [\" a:b:c\"]\n") << u"f.toml:3"_s << u"a word of letters, digits, _ and -"_s;
    QTest::newRow("a star within a word") << QByteArray("version = 1\n[[risk]]\nseverity = \"low\"\npermissions = [\"a:gr*:c\"]\n")
                                          << u"f.toml:4"_s << u"a word of letters, digits, _ and -"_s;
    QTest::newRow("an unknown severity") << QByteArray("version = 1\n[[risk]]\nseverity = \"grave\"\npermissions = [\"a:b:c\"]\n")
                                         << u"f.toml:3"_s << u"use low, medium, high or critical"_s;
    QTest::newRow("risk is a table") << QByteArray("version = 1\n[risk]\nseverity = \"low\"\n") << u"f.toml:2"_s
                                     << u"[[risk]], with two brackets"_s;
    const QByteArray head = "version = 1\n";
    QTest::newRow("an unknown kind") << head + rule("kind = \"sorcery\"") << u"f.toml:7"_s << u"use combination, sole-holder"_s;
    QTest::newRow("no kind") << head + rule("") << u"f.toml:2"_s << u"kind is missing"_s;
    QTest::newRow("nothing to combine") << head + rule("kind = \"combination\"") << u"f.toml:2"_s << u"all is missing"_s;
    QTest::newRow("an unknown set") << head + rule("kind = \"combination\"\nall = [\"strong\"]") << u"f.toml:8"_s
                                    << u"neither a permission nor a set"_s;
    QTest::newRow("a key of another kind") << head + rule("kind = \"combination\"\nall = [\"a:b:c\"]\ndays = 9") << u"f.toml:9"_s
                                           << u"\"days\" is no setting here"_s;
    QTest::newRow("days out of bounds") << head + rule("kind = \"dormant\"\ndays = 0") << u"f.toml:8"_s
                                        << u"a whole number from 1 to 3650"_s;
    QTest::newRow("an unknown target") << head + rule("kind = \"escalation\"\ntarget = \"moon\"\nthrough = [\"a:b:c\"]") << u"f.toml:8"_s
                                       << u"use itself, role, group or client"_s;
    QTest::newRow("an unknown subject") << head + rule("kind = \"combination\"\nall = [\"a:b:c\"]\nsubjects = [\"cat\"]") << u"f.toml:9"_s
                                        << u"use user, oauth-client"_s;
    QTest::newRow("an id twice") << head + rule("kind = \"dormant\"") + rule("kind = \"dormant\"") << u"f.toml:8"_s
                                 << u"there already, at line 2"_s;
    QTest::newRow("taken away what is not there") << head + "[[rule]]\nid = \"x\"\nenabled = false\n"
                                                  << u"f.toml:2"_s << u"no rule \"x\" to take away"_s;
}

void TestAccessCheck::mistakesAreNamed()
{
    QFETCH(QByteArray, toml);
    QFETCH(QString, says);
    const Result<AccessRules> rules = readAccessRules({{u"f.toml"_s, toml}});
    QVERIFY(!rules);
    QCOMPARE(rules.error().code, ErrorCode::BadInput);
    QTEST(rules.error().where, "where");
    QVERIFY2(rules.error().detail.contains(says), qPrintable(rules.error().detail));
}

void TestAccessCheck::usersFilesGoOnTop()
{
    const AccessRuleFile shipped{
        u"a"_s, "version = 1\n" + Risk + rule("kind = \"dormant\"", "gone") + rule("kind = \"combination\"\nall = [\"rights\"]", "kept")};
    const AccessRuleFile own{
        u"b"_s,
        "version = 1\n[[risk]]\nseverity = \"medium\"\npermissions = [\"a:grant:add\"]\n[[rule]]\nid = \"gone\"\nenabled = false\n"
            + rule("kind = \"combination\"\nall = [\"rights\"]\nexcept = [\"ann\"]", "kept")};
    const Result<AccessRules> rules = readAccessRules({shipped, own});
    QVERIFY2(rules, rules ? "" : qPrintable(rules.error().detail));
    QCOMPARE(rules->rules.size(), size_t(1));
    QCOMPARE(rules->rules[0].except, QStringList{u"ann"_s});
    QCOMPARE(rules->riskOf(u"a:grant:add"_s), Severity::Medium);
    QCOMPARE(rules->riskOf(u"a:role:edit"_s), Severity::Critical);
    QCOMPARE(rules->riskOf(u"q:queue:view"_s), std::nullopt);
    QCOMPARE(rules->arePoliciesEnforced, std::nullopt); // nobody says it
    const AccessRuleFile says{u"c"_s, "version = 1\npolicies-enforced = true\n"},
        denies{u"d"_s, "version = 1\npolicies-enforced = false\n"};
    QCOMPARE(readAccessRules({shipped, says, own})->arePoliciesEnforced, std::optional(true));
    QCOMPARE(readAccessRules({shipped, says, denies})->arePoliciesEnforced, std::optional(false));
}

void TestAccessCheck::aSetIsFilledForEveryFile()
{
    const AccessRuleFile shipped{u"a"_s,
                                 "version = 1\n" + Risk
                                     + rule("kind = \"sole-holder\"\nall = [\"rights\"]\nindependent-of = [\"rights\"]", "sole")
                                     + rule("kind = \"escalation\"\ntarget = \"itself\"\nthrough = [\"rights\"]", "way")};
    const AccessRuleFile own{u"b"_s, "version = 1\n[sets]\nrights = [\"q:queue:view\"]\n"};
    const Result<AccessRules> rules = readAccessRules({shipped, own});
    QVERIFY2(rules, rules ? "" : qPrintable(rules.error().detail));
    const QStringList queue{u"q:queue:view"_s};
    QCOMPARE(rules->rules[0].all, QList<QStringList>{queue});
    QCOMPARE(rules->rules[0].independentOf, queue);
    QCOMPARE(rules->rules[1].through, queue);
    QCOMPARE(rules->riskOf(u"q:queue:view"_s), Severity::Critical);
    QCOMPARE(rules->riskOf(u"a:grant:add"_s), std::nullopt);
}

void TestAccessCheck::whatFilesDidIsTold()
{
    const AccessRuleFile shipped{
        u"a"_s, "version = 1\n" + Risk + rule("kind = \"dormant\"", "gone") + rule("kind = \"combination\"\nall = [\"rights\"]", "kept")};
    const AccessRuleFile own{u"b"_s,
                             "version = 1\n[sets]\nrights = [\"q:queue:view\"]\n[[risk]]\nseverity = \"low\"\npermissions = "
                             "[\"*:*:*\"]\n[[rule]]\nid = \"gone\"\nenabled = false\n"
                                 + rule("kind = \"combination\"\nall = [\"rights\"]", "kept")};
    const Resolver resolver(people({{u"ann"_s, {u"q:queue:view"_s}}}));
    const Result<AccessCheck> check = checkAccess(*readAccessRules({shipped, own}), {resolver, {}, {}});
    QCOMPARE(check->applied, 1);
    QCOMPARE(check->sources.size(), 2);
    QCOMPARE(check->sources[0].rules, (QStringList{u"gone"_s, u"kept"_s}));
    QCOMPARE(check->sources[0].risks, 2);
    QCOMPARE(check->sources[0].sha256, QCryptographicHash::hash(shipped.toml, QCryptographicHash::Sha256).toHex());
    QCOMPARE(check->sources[1].switchedOff, QStringList{u"gone"_s});
    QCOMPARE(check->sources[1].replaced, QStringList{u"kept"_s});
    QCOMPARE(check->sources[1].sets, QStringList{u"rights"_s});
    QCOMPARE(check->sources[1].risks, 1);
    QVERIFY(check->sources[1].rules.isEmpty());
    // A file that leaves nothing to apply is no good answer.
    const AccessRuleFile off{u"c"_s, "version = 1\n[[rule]]\nid = \"kept\"\nenabled = false\n"};
    const Result<AccessCheck> nothing = checkAccess(*readAccessRules({shipped, own, off}), {resolver, {}, {}});
    QCOMPARE(nothing->applied, 0);
    QVERIFY(nothing->notes.value(0).contains(u"no rule was applied"));
}

void TestAccessCheck::shippedRulesAreWhole()
{
    const Result<AccessRules> rules = readAccessRules({shippedAccessRules()});
    QVERIFY2(rules, rules ? "" : qPrintable(rules.error().detail + rules.error().where));
    QStringList ids;
    for (const AccessRule &one : rules->rules) {
        ids.append(one.id);
    }
    for (const QString &id : {u"admin-is-auditor"_s, u"can-grant-itself"_s, u"sole-log-viewer"_s, u"no-independent-log-viewer"_s,
                              u"dormant-admin"_s, u"client-with-human-rights"_s, u"unconditional-wildcard"_s, u"may-edit-own-role"_s,
                              u"may-join-stronger-group"_s, u"may-use-stronger-client"_s}) {
        QVERIFY2(ids.contains(id), qPrintable(id));
    }
    QCOMPARE(rules->riskOf(u"authorization:grant:add"_s), Severity::Critical);
    QCOMPARE(rules->riskOf(u"routing:queue:view"_s), std::nullopt);
    QCOMPARE(rules->riskOf(u"*:*:*"_s), Severity::Critical); // as bad as the worst that it covers
    QCOMPARE(rules->riskOf(u"routing:*:*"_s), Severity::Medium);
}

QTEST_GUILESS_MAIN(TestAccessCheck)
#include "tst_accesscheck.moc"
