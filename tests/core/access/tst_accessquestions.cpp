#include "accessfacts.h"

#include <QTest>

#include <algorithm>

using namespace Orgtrace;
using namespace Orgtrace::Access;
using namespace Orgtrace::Access::Test;
using namespace Qt::StringLiterals;

namespace {

using Answer = Verdict::Answer;
using MissKind = Verdict::Miss::Kind;

/// u1 in g1 (roles enabled) and g2 (not); u2 nowhere. Divisions North and South.
Facts organisation()
{
    Facts facts;
    facts.subjects = {user(u"u1"_s, u"Una"_s), user(u"u2"_s, u"Ugo"_s)};
    facts.containers = {group(u"g1"_s, {u"u1"_s}), group(u"g2"_s, {u"u1"_s}, false)};
    facts.divisionNames = {{u"north"_s, u"North"_s}, {u"south"_s, u"South"_s}, {u"twin-a"_s, u"Twin"_s}, {u"twin-b"_s, u"twin"_s}};
    facts.catalogue = catalogue({u"routing:queue:view"_s, u"routing:queue:edit"_s, u"routing:queue:delete"_s, u"telephony:plugin:all"_s});
    facts.catalogue.last().divisionAware = false;
    facts.roles = {role(u"viewer"_s, {u"routing:queue:view"_s}), role(u"editor"_s, {u"routing:queue:edit"_s}),
                   role(u"careful"_s, {u"routing:queue:edit?"_s}), role(u"phones"_s, {u"telephony:*:*"_s})};
    return facts;
}

QString answerText(Answer answer)
{
    switch (answer) {
    case Answer::Yes: return u"yes"_s;
    case Answer::Conditional: return u"conditional"_s;
    case Answer::No: return u"no"_s;
    case Answer::NotSeen: return u"not seen"_s;
    }
    return {};
}

QString missText(const Verdict::Miss &miss)
{
    switch (miss.kind) {
    case MissKind::Denied: return u"denied"_s;
    case MissKind::UnknownDivision: return u"unknown division"_s;
    case MissKind::UnclearDivision: return u"perhaps there"_s;
    case MissKind::OtherDivision: return u"elsewhere"_s;
    case MissKind::RolesNotEnabled: return u"roles not enabled"_s;
    case MissKind::OtherAction: return u"instead "_s + miss.permissions.join(u',');
    }
    return {};
}

} // namespace

class TestAccessQuestions : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void couldThey_data();
    void couldThey();
    void whoCanByPattern_data();
    void whoCanByPattern();
    void questionsThatAreNone_data();
    void questionsThatAreNone();
    void aCatalogueInPartKeepsWildcards_data();
    void aCatalogueInPartKeepsWildcards();
    void notesStandApartFromCaveats();
    void whoeverOnlyPerhapsCanIsSaidSo();
    void aNameThatLooksLikeAnAddressTakesNoQuestionOver();
    void divisionsAreFound_data();
    void divisionsAreFound();
    void agreesWithEffective_data();
    void agreesWithEffective();
    void proofIsListedAsFarAsItIsWanted_data();
    void proofIsListedAsFarAsItIsWanted();
    void nestingIsBoundedForEverybody();
};

void TestAccessQuestions::couldThey_data()
{
    QTest::addColumn<Facts>("facts");
    QTest::addColumn<QString>("division");
    QTest::addColumn<QString>("expected");

    Facts facts = organisation();
    QTest::newRow("nothing is granted") << facts << u""_s << u"no"_s;
    facts.grants = {grant(SubjectKind::User, u"u1"_s, u"editor"_s, u"north"_s)};
    QTest::newRow("a direct grant, anywhere") << facts << u""_s << u"yes"_s;
    QTest::newRow("a direct grant, there") << facts << u"north"_s << u"yes"_s;
    QTest::newRow("a direct grant in another division") << facts << u"south"_s << u"no; elsewhere"_s;
    facts.grants = {grant(SubjectKind::User, u"u1"_s, u"editor"_s, u"*"_s)};
    QTest::newRow("a grant in all divisions") << facts << u"south"_s << u"yes"_s;
    facts.grants = {grant(SubjectKind::Group, u"g1"_s, u"editor"_s, u"north"_s)};
    QTest::newRow("through a group") << facts << u"north"_s << u"yes"_s;
    facts.grants = {grant(SubjectKind::Group, u"g2"_s, u"editor"_s, u"north"_s)};
    QTest::newRow("through a group whose roles are not enabled") << facts << u"north"_s << u"no; roles not enabled"_s;
    facts.grants = {grant(SubjectKind::User, u"u1"_s, u"careful"_s, u"*"_s)};
    QTest::newRow("only with a condition") << facts << u"north"_s << u"conditional"_s;
    facts.grants = {grant(SubjectKind::User, u"u1"_s, u"careful"_s, u"*"_s), grant(SubjectKind::User, u"u1"_s, u"editor"_s, u"north"_s)};
    QTest::newRow("with a condition, and without one there") << facts << u"north"_s << u"yes"_s;
    QTest::newRow("with a condition, and without one elsewhere") << facts << u"south"_s << u"conditional; elsewhere"_s;
    facts.grants = {grant(SubjectKind::User, u"u1"_s, u"viewer"_s, u"north"_s)};
    QTest::newRow("another action of the same entity") << facts << u"north"_s << u"no; instead routing:queue:view"_s;
    QTest::newRow("another action of the same entity in another division") << facts << u"south"_s << u"no"_s;
    facts.grants = {grant(SubjectKind::User, u"u1"_s, u"editor"_s, QString())};
    QTest::newRow("a grant that names no division") << facts << u"north"_s << u"not seen; unknown division"_s;
    facts = organisation();
    facts.kindCaveats[SubjectKind::User] = {u"memberships were not read"_s};
    QTest::newRow("not everything was seen") << facts << u""_s << u"not seen"_s;
    facts.grants = {grant(SubjectKind::User, u"u1"_s, u"editor"_s, u"*"_s)};
    QTest::newRow("not everything was seen, but enough") << facts << u""_s << u"yes"_s;
    facts = organisation();
    facts.grants = {grant(SubjectKind::User, u"u1"_s, u"nobody-knows"_s, u"*"_s)};
    QTest::newRow("a role without a definition") << facts << u""_s << u"not seen"_s;

    facts = organisation();
    facts.grants = {grant(SubjectKind::User, u"u1"_s, u"editor"_s, u"north"_s)};
    facts.catalogue[1].isAwarenessKnown = false;
    QTest::newRow("elsewhere, and the catalogue does not say whether divisions matter")
        << facts << u"south"_s << u"not seen; perhaps there"_s;
    QTest::newRow("there, whether or not divisions matter") << facts << u"north"_s << u"yes"_s;
    QTest::newRow("anywhere, whether or not divisions matter") << facts << u""_s << u"yes"_s;
    facts.catalogue.removeAt(1);
    QTest::newRow("elsewhere, and no catalogue knows it") << facts << u"south"_s << u"not seen; perhaps there"_s;
    facts.grants[0].divisionId = u"*"_s;
    QTest::newRow("everywhere, and no catalogue knows it") << facts << u"south"_s << u"yes"_s;

    facts = organisation();
    facts.grants = {grant(SubjectKind::User, u"u1"_s, u"editor"_s, u"north"_s)};
    facts.policies = {{.id = u"p1"_s,
                       .name = u"No edits"_s,
                       .effect = AccessPolicy::Effect::Deny,
                       .active = true,
                       .whom = AccessPolicy::Whom::All,
                       .subjectId = {},
                       .target = u"routing:queue:edit"_s}};
    QTest::newRow("a policy denies it, and whether policies are enforced is not known") << facts << u""_s << u"conditional"_s;
    facts.arePoliciesEnforced = true;
    QTest::newRow("a policy denies it, and policies are enforced") << facts << u""_s << u"no; denied"_s;
    facts.arePoliciesEnforced = false;
    QTest::newRow("a policy denies it, and policies are not enforced") << facts << u""_s << u"yes"_s;
    facts.policies.clear();
    facts.arePoliciesEnforced = std::nullopt;
    facts.policiesSeen = PoliciesSeen::NotAsked;
    QTest::newRow("policies were not captured, which is a note") << facts << u""_s << u"yes"_s;
}

void TestAccessQuestions::couldThey()
{
    QFETCH(Facts, facts);
    QFETCH(QString, division);
    QFETCH(QString, expected);
    const Resolver resolver(facts);
    const Result<Verdict> verdict = resolver.can(user(u"u1"_s), u"routing:queue:edit"_s, division);
    QVERIFY(verdict);
    QStringList got{answerText(verdict->answer)};
    for (const Verdict::Miss &miss : verdict->misses) {
        got.append(missText(miss));
    }
    QCOMPARE(got.join(u"; "), expected);
    QCOMPARE(verdict->paths.isEmpty(), verdict->answer == Answer::No || verdict->answer == Answer::NotSeen);
    QCOMPARE(verdict->rolesWithIt, (QStringList{u"Role careful"_s, u"Role editor"_s}));
}

void TestAccessQuestions::whoCanByPattern_data()
{
    QTest::addColumn<QString>("pattern");
    QTest::addColumn<QString>("division");
    QTest::addColumn<QStringList>("expected");
    QTest::newRow("one permission") << u"routing:queue:view"_s << u""_s
                                    << QStringList{u"u1 routing:queue:view"_s, u"u2 routing:queue:view"_s};
    QTest::newRow("one permission in a division") << u"routing:queue:view"_s << u"south"_s << QStringList{u"u2 routing:queue:view"_s};
    QTest::newRow("every action of an entity") << u"routing:queue:*"_s << u""_s
                                               << QStringList{u"u1 routing:queue:edit,routing:queue:view"_s, u"u2 routing:queue:view"_s,
                                                              u"g1 routing:queue:edit"_s};
    QTest::newRow("every entity of a domain") << u"telephony:*:*"_s << u""_s << QStringList{u"u2 telephony:plugin:all"_s};
    QTest::newRow("division does not matter to it") << u"telephony:*:*"_s << u"south"_s << QStringList{u"u2 telephony:plugin:all"_s};
    QTest::newRow("everything") << u"*:*:*"_s << u"south"_s << QStringList{u"u2 routing:queue:view,telephony:plugin:all"_s};
    QTest::newRow("nobody") << u"routing:queue:delete"_s << u""_s << QStringList();
}

void TestAccessQuestions::whoCanByPattern()
{
    QFETCH(QString, pattern);
    QFETCH(QString, division);
    QFETCH(QStringList, expected);
    Facts facts = organisation();
    facts.grants
        = {grant(SubjectKind::User, u"u1"_s, u"viewer"_s, u"north"_s), grant(SubjectKind::User, u"u2"_s, u"viewer"_s, u"*"_s),
           grant(SubjectKind::Group, u"g1"_s, u"editor"_s, u"north"_s), grant(SubjectKind::User, u"u2"_s, u"phones"_s, u"north"_s)};
    const Resolver resolver(facts);
    const auto holders = resolver.holders(pattern, division);
    QVERIFY(holders);
    QStringList got;
    for (const Holder &holder : *holders) {
        QStringList permissions;
        for (const EffectivePermission &permission : holder.permissions) {
            permissions.append(permission.permission());
        }
        got.append(holder.subject.id + u' ' + permissions.join(u','));
    }
    got.sort();
    expected.sort();
    QCOMPARE(got, expected);
}

void TestAccessQuestions::questionsThatAreNone_data()
{
    QTest::addColumn<QString>("permission");
    QTest::addColumn<bool>("isPattern");
    QTest::addColumn<int>("code");
    QTest::newRow("empty") << u""_s << false << int(ErrorCode::BadInput);
    QTest::newRow("two parts") << u"routing:queue"_s << false << int(ErrorCode::BadInput);
    QTest::newRow("an empty part") << u"routing::edit"_s << false << int(ErrorCode::BadInput);
    QTest::newRow("a pattern where one is asked for") << u"routing:queue:*"_s << true << int(ErrorCode::BadInput);
    QTest::newRow("a slip of the pen in a pattern") << u"routing:*:edti"_s << false << int(ErrorCode::BadInput);
    QTest::newRow("a slip of the pen") << u"routing:queue:edti"_s << false << int(ErrorCode::NotFound);
}

void TestAccessQuestions::questionsThatAreNone()
{
    QFETCH(QString, permission);
    QFETCH(bool, isPattern);
    QFETCH(int, code);
    const Resolver resolver(organisation());
    const auto verdict = resolver.can(user(u"u1"_s), permission, {});
    QVERIFY(!verdict);
    QCOMPARE(int(verdict.error().code), code);
    QCOMPARE(resolver.holders(permission, {}).has_value(), isPattern);
    QCOMPARE(resolver.can(user(u"who"_s), u"routing:queue:edit"_s, {}).error().code, ErrorCode::NotFound);
}

void TestAccessQuestions::aCatalogueInPartKeepsWildcards_data()
{
    QTest::addColumn<bool>("isWhole");
    QTest::addColumn<QString>("permission");
    QTest::addColumn<QString>("expected"); // the answer of can(), then the permissions by which who-can says so
    QTest::newRow("in the catalogue") << true << u"telephony:plugin:all"_s << u"yes telephony:plugin:all"_s;
    QTest::newRow("not in it, and it is whole") << true << u"telephony:plugin:new"_s << u"none"_s;
    QTest::newRow("in the part that was seen") << false << u"telephony:plugin:all"_s << u"yes telephony:plugin:all"_s;
    QTest::newRow("in an entity that was seen, but not it") << false << u"telephony:plugin:new"_s << u"yes telephony:*:*"_s;
    QTest::newRow("not among what the wildcard covers") << false << u"admin:general:edit"_s << u"not seen"_s;
}

void TestAccessQuestions::aCatalogueInPartKeepsWildcards()
{
    QFETCH(bool, isWhole);
    QFETCH(QString, permission);
    QFETCH(QString, expected);
    Facts facts = organisation();
    facts.isCatalogueWhole = isWhole;
    facts.grants = {grant(SubjectKind::User, u"u1"_s, u"phones"_s, u"*"_s)};
    const Resolver resolver(facts);
    const auto verdict = resolver.can(user(u"u1"_s), permission);
    const auto holders = resolver.holders(permission);
    QCOMPARE(verdict.has_value(), holders.has_value());
    QString got = verdict ? answerText(verdict->answer) : u"none"_s;
    for (const Holder &holder : holders.value_or(QList<Holder>())) {
        for (const EffectivePermission &held : holder.permissions) {
            got += u' ' + held.permission();
        }
    }
    QCOMPARE(got, expected);
    const bool isByWildcard = got.contains(u'*');
    QCOMPARE(verdict && std::ranges::any_of(verdict->notes, [](const QString &note) { return note.contains(u"a wildcard of a role"_s); }),
             isByWildcard);
    QCOMPARE(verdict && verdict->caveats.isEmpty(), isWhole && verdict.has_value());
}

void TestAccessQuestions::notesStandApartFromCaveats()
{
    Facts facts = organisation();
    facts.subjectNotes[u"u1"_s] = {u"This user's state is “inactive”."_s};
    facts.inactive = {u"u1"_s};
    facts.policiesSeen = PoliciesSeen::NotAsked;
    facts.grants = {grant(SubjectKind::User, u"u1"_s, u"editor"_s), grant(SubjectKind::User, u"u2"_s, u"editor"_s)};
    const Resolver resolver(facts);
    const EffectiveAccess access = resolver.effective(user(u"u1"_s));
    QCOMPARE(access.caveats, QStringList());
    QCOMPARE(access.notes.size(), 2);
    QVERIFY2(access.notes[1].startsWith(u"Access policies were not captured"), qPrintable(access.notes[1]));
    QCOMPARE(resolver.effective({u"g1"_s, {}, SubjectKind::Group}).notes, QStringList()); // nothing that a policy could take away
    const auto verdict = resolver.can(user(u"u2"_s), u"routing:queue:edit"_s);
    QVERIFY(verdict);
    QCOMPARE(verdict->notes, resolver.notes());
    QCOMPARE(resolver.policiesSeen(), PoliciesSeen::NotAsked);
    const auto holders = resolver.holders(u"routing:queue:edit"_s);
    QVERIFY(holders);
    QCOMPARE(holders->size(), 2);
    QVERIFY(holders->at(0).isInactive != holders->at(1).isInactive);
}

void TestAccessQuestions::whoeverOnlyPerhapsCanIsSaidSo()
{
    Facts facts = organisation();
    facts.subjects.append(user(u"u3"_s, u"Uma"_s));
    facts.subjectNotes[u"u3"_s] = {u"inactive"_s};
    facts.grants = {grant(SubjectKind::User, u"u1"_s, u"careful"_s, u"*"_s), grant(SubjectKind::User, u"u2"_s, u"editor"_s, QString()),
                    grant(SubjectKind::User, u"u3"_s, u"editor"_s, u"north"_s), grant(SubjectKind::Group, u"g2"_s, u"editor"_s, u"*"_s),
                    grant(SubjectKind::User, u"u9"_s, QString(), u"*"_s)};
    const Resolver resolver(facts);
    const auto holders = resolver.holders(u"routing:queue:edit"_s, u"north"_s);
    QVERIFY(holders);
    QStringList got;
    for (const Holder &holder : *holders) {
        got.append(holder.subject.id + u' ' + answerText(holder.answer) + u' ' + holder.notes.join(u','));
    }
    got.sort();
    // g2 hands nothing on, so it is not among them; u1 is its member, which is said.
    QCOMPARE(got.size(), 3);
    QVERIFY2(got[0].startsWith(u"u1 conditional Roles are not enabled for group"_s), qPrintable(got[0]));
    QCOMPARE(got[1], u"u2 not seen "_s);
    QCOMPARE(got[2], u"u3 yes inactive"_s);
    // A grant that could not be used is said although nobody holds anything by it.
    QVERIFY(
        std::ranges::any_of(resolver.caveats(), [](const QString &caveat) { return caveat.startsWith(u"“u9”: A grant names no role"_s); }));
    const auto idle = resolver.can({u"g2"_s, {}, SubjectKind::Group}, u"routing:queue:edit"_s, {});
    QVERIFY(idle);
    QCOMPARE(answerText(idle->answer), answerText(Answer::No));
    QCOMPARE(idle->misses.value(0).kind, MissKind::RolesNotEnabled);
}

void TestAccessQuestions::aNameThatLooksLikeAnAddressTakesNoQuestionOver()
{
    Facts facts = organisation();
    facts.emails.insert(u"u1"_s, u"alice@corp.example"_s);
    facts.subjects.append(user(u"mallory"_s, u"alice@corp.example"_s));
    facts.subjects.append(user(u"same"_s, u"same@corp.example"_s));
    facts.emails.insert(u"same"_s, u"same@corp.example"_s);
    const Resolver resolver(facts);
    const auto taken = resolver.findSubject(u"alice@corp.example"_s);
    QVERIFY(!taken);
    QCOMPARE(taken.error().code, ErrorCode::Ambiguous);
    QVERIFY2(taken.error().detail.contains(u"user mallory, user u1"_s), qPrintable(taken.error().detail));
    QCOMPARE(resolver.findSubject(u"same@corp.example"_s)->id, u"same"_s); // name and address of one and the same
    QCOMPARE(resolver.findSubject(u"mallory"_s)->id, u"mallory"_s);
}

void TestAccessQuestions::divisionsAreFound_data()
{
    QTest::addColumn<QString>("asked");
    QTest::addColumn<QString>("expected");
    QTest::newRow("by id") << u"north"_s << u"north"_s;
    QTest::newRow("by name, in any case") << u"SOUTH"_s << u"south"_s;
    QTest::newRow("all of them") << u"*"_s << u"*"_s;
    QTest::newRow("two of one name") << u"Twin"_s << u"ambiguous"_s;
    QTest::newRow("none of this name") << u"West"_s << u"not found"_s;
    QTest::newRow("no name") << u""_s << u"not found"_s;
}

void TestAccessQuestions::divisionsAreFound()
{
    QFETCH(QString, asked);
    QFETCH(QString, expected);
    const Resolver resolver(organisation());
    const Result<QString> found = resolver.findDivision(asked);
    QCOMPARE(found ? *found : found.error().code == ErrorCode::Ambiguous ? u"ambiguous"_s : u"not found"_s, expected);
}

void TestAccessQuestions::agreesWithEffective_data()
{
    QTest::addColumn<int>("seed");
    for (int seed = 1; seed <= 60; ++seed) {
        QTest::addRow("random organisation %d", seed) << seed;
    }
}

/// Whatever a subject's own list says, both questions say as well: for every permission, in every division.
void TestAccessQuestions::agreesWithEffective()
{
    QFETCH(int, seed);
    const Facts facts = randomFacts(seed);
    const Resolver resolver(facts);
    // A group or team whose roles are not enabled has grants on record, but nobody holds anything by them, itself included.
    const auto isIdle = [&facts](const Subject &subject) {
        return std::ranges::any_of(facts.containers, [&](const Container &one) {
            return one.self.id == subject.id && one.self.kind == subject.kind && !one.rolesEnabled;
        });
    };
    for (const QString &division : {u""_s, u"x0"_s, u"x1"_s, u"x2"_s}) {
        QHash<QString, QStringList> byPattern;
        const auto holders = resolver.holders(u"*:*:*"_s, division);
        QVERIFY(holders);
        for (const Holder &holder : *holders) {
            for (const EffectivePermission &permission : holder.permissions) {
                byPattern[subjectKindName(holder.subject.kind) + holder.subject.id].append(permission.permission());
            }
        }
        for (const Subject &subject : resolver.subjects()) {
            QStringList held;
            for (const EffectivePermission &permission : resolver.effective(subject).permissions) {
                const auto reaches = [&](const AccessPath &path) {
                    return division.isEmpty() || !path.divisionAware || path.divisionId == u"*" || path.divisionId.isEmpty()
                        || path.divisionId == division;
                };
                const auto mayReach = [&](const AccessPath &path) { return reaches(path) || path.divisionUnclear; };
                if (!std::ranges::any_of(permission.paths, mayReach)) {
                    continue;
                }
                if (!isIdle(subject)) {
                    held.append(permission.permission());
                }
                if (permission.permission().contains(u'*')) {
                    continue;
                }
                const auto verdict = resolver.can(subject, permission.permission(), division);
                QVERIFY(verdict);
                if (isIdle(subject)) {
                    QVERIFY(verdict->answer == Answer::No || verdict->answer == Answer::NotSeen);
                    continue;
                }
                const bool isFree
                    = std::ranges::any_of(permission.paths, [&](const AccessPath &path) { return reaches(path) && !path.conditional; });
                const bool isThere = std::ranges::any_of(permission.paths, reaches);
                QCOMPARE(answerText(verdict->answer), answerText(isFree ? Answer::Yes : isThere ? Answer::Conditional : Answer::NotSeen));
            }
            QCOMPARE(byPattern.value(subjectKindName(subject.kind) + subject.id), held);
        }
    }
}

void TestAccessQuestions::proofIsListedAsFarAsItIsWanted_data()
{
    QTest::addColumn<HolderLimits>("limits");
    QTest::addColumn<QString>("expected"); // of each permission listed: paths listed and more, the first one's policy
    QTest::newRow("all of it") << HolderLimits() << u"a:b:c 3+0 a:b:c, a:b:d 2+0 a:*:*, a:x:y 2+0 a:*:*; 0 more"_s;
    QTest::newRow("one path, without a condition where there is one")
        << HolderLimits{9, 1} << u"a:b:c 1+2 a:*:*, a:b:d 1+1 a:*:*, a:x:y 1+1 a:*:*; 0 more"_s;
    QTest::newRow("one permission") << HolderLimits{1, 2} << u"a:b:c 2+1 a:*:*; 2 more"_s;
    QTest::newRow("none") << HolderLimits{0, 0} << u"; 3 more"_s;
}

void TestAccessQuestions::proofIsListedAsFarAsItIsWanted()
{
    QFETCH(HolderLimits, limits);
    Facts facts;
    facts.subjects = {user(u"u1"_s)};
    facts.containers = {group(u"g"_s, {u"u1"_s})};
    facts.catalogue = catalogue({u"a:b:c"_s, u"a:b:d"_s, u"a:x:y"_s});
    facts.roles = {role(u"all"_s, {u"a:*:*"_s}), role(u"a-careful"_s, {u"a:b:c?"_s})};
    facts.grants = {grant(SubjectKind::User, u"u1"_s, u"a-careful"_s), grant(SubjectKind::Group, u"g"_s, u"all"_s, u"x"_s),
                    grant(SubjectKind::Group, u"g"_s, u"all"_s, u"y"_s)};
    const Resolver resolver(std::move(facts));
    const Result<QList<Holder>> holders = resolver.holders(u"*:*:*"_s, {}, limits);
    QVERIFY(holders);
    const Holder &first = holders->first();
    QCOMPARE(first.subject.id, u"u1"_s);
    QCOMPARE(first.answer, Answer::Yes); // whatever is listed of it
    QStringList told;
    for (const EffectivePermission &permission : first.permissions) {
        told.append(permission.permission() + u' ' + QString::number(permission.paths.size()) + u'+' + QString::number(permission.morePaths)
                    + u' ' + permission.paths.first().policy);
    }
    const QString all = told.join(u", "_s) + u"; "_s + QString::number(first.morePermissions) + u" more"_s;
    QTEST(all, "expected");
}

void TestAccessQuestions::nestingIsBoundedForEverybody()
{
    // One person in fifty groups, each of them inside the same two hundred: ten thousand ways to two hundred roles.
    constexpr int Inner = 50, Outer = 200;
    Facts facts;
    facts.subjects = {user(u"u1"_s)};
    QStringList inner;
    for (int i = 0; i < Inner; ++i) {
        inner.append(u"inner%1"_s.arg(i));
        facts.containers.append(group(inner.last(), {u"u1"_s}));
        facts.grants.append(grant(SubjectKind::Group, inner.last(), u"near"_s));
    }
    for (int i = 0; i < Outer; ++i) {
        const QString id = u"outer%1"_s.arg(i);
        facts.containers.append(group(id, inner));
        facts.roles.append(role(id, {u"a:%1:view"_s.arg(id), u"a:all:view"_s}));
        facts.grants.append(grant(SubjectKind::Group, id, id));
    }
    facts.roles.append(role(u"near"_s, {u"a:near:view"_s}));
    const Resolver resolver(std::move(facts));
    const Subject una = *resolver.findSubject(u"u1"_s);
    for (int i = 0; i < Outer; ++i) { // no right is left out
        QCOMPARE(resolver.answer(una, u"a:outer%1:view"_s.arg(i)), Answer::Yes);
    }
    QCOMPARE(resolver.can(una, u"a:near:view"_s)->paths.size(), Inner);
    const Result<Verdict> verdict = resolver.can(una, u"a:all:view"_s);
    QVERIFY2(verdict->paths.size() >= Outer && verdict->paths.size() <= Outer + 256, qPrintable(QString::number(verdict->paths.size())));
    QVERIFY(verdict->notes.join(u' ').contains(u"in more ways than are listed"));
    QVERIFY(verdict->caveats.isEmpty());
}

QTEST_GUILESS_MAIN(TestAccessQuestions)
#include "tst_accessquestions.moc"
