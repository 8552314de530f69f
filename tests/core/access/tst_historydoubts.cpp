#include "../evidence/evidencefixture.h"

#include "access/timemachine.h"
#include "catalogue/catalogue.h"
#include "json/value.h"

#include <QTest>

using namespace Orgtrace;
using namespace Orgtrace::Access;
using namespace Orgtrace::Evidence;
using namespace Qt::StringLiterals;

namespace {

const QString Org = u"org-1"_s, Edit = u"routing:queue:edit"_s;

/// One snapshot as a row of a table tells it.
struct Step {
    std::map<QString, QList<QByteArray>> other = {}; ///< entities of domains that are not as usual; each says its "id"
    QString unasked = {}; ///< a domain that the snapshot does not have
    QString forbidden = {}; ///< a domain that could not be read, and is as before
    QString failed = {}; ///< "domain/id"
    QByteArray identityGrants = {};
};

QString idOf(const QByteArray &text)
{
    const auto document = Json::parse({text.constData(), static_cast<size_t>(text.size())});
    return document ? document->root()["id"].toQString() : QString();
}

/// Kim (u1) holds the role Editor in Home by a grant of her own, and is in the group g1, which holds nothing. Lee (u2) holds nothing.
TestSnapshot contentOf(const Step &step)
{
    std::map<QString, QList<QByteArray>> all{
        {u"users"_s, {R"({"email":"kim@example.com","id":"u1","name":"Kim"})", R"({"email":"lee@example.com","id":"u2","name":"Lee"})"}},
        {u"groups"_s, {R"({"id":"g1","name":"Day shift","rolesEnabled":true})"}},
        {u"group_members"_s, {R"({"id":"g1","members":[{"id":"u1"}]})"}},
        {u"oauth_clients"_s, {}},
        {u"divisions"_s, {R"({"id":"d1","name":"Home"})"}},
        {u"roles"_s,
         {R"({"id":"r1","name":"Editor","permissionPolicies":[{"domain":"routing","entityName":"queue","actionSet":["edit","view"]}]})"}},
        {u"grants"_s, {R"({"id":"u1","type":"PC_USER","grants":[{"role":"r1","division":{"id":"d1"}}]})"}},
        {u"permissions_catalogue"_s,
         {R"({"id":"routing","domain":"routing","permissionMap":{"queue":[{"domain":"routing","entityType":"queue","action":"edit","divisionAware":true}]}})"}},
        {u"access_policies"_s, {}}};
    for (const auto &[domain, texts] : step.other) {
        all[domain] = texts;
    }
    all.erase(step.unasked);
    TestSnapshot content;
    for (const auto &[domain, texts] : all) {
        for (const QByteArray &text : texts) {
            content[domain].append({idOf(text), text + '\n', {}});
        }
        content[domain];
    }
    return content;
}

QString writeStep(const StoreFixture &fixture, const Step &step, int hour)
{
    auto writer = SnapshotWriter::begin(fixture.folder(), Org);
    Result<void> done = writer ? Result<void>() : std::unexpected(writer.error());
    for (const auto &[domain, entities] : contentOf(step)) {
        LedgerRow row = testRow(domain);
        row.firstRequestUtc = testTime(hour);
        row.lastResponseUtc = testTime(hour).addSecs(1800);
        if (done && domain == step.forbidden) {
            row.state = LedgerState::Forbidden;
            done = writer->carryDomain(row);
            continue;
        }
        if (const QStringList parts = step.failed.split(u'/'); parts.first() == domain) {
            row.failedParents.append(parts.last());
        }
        done = done ? writer->beginDomain(domain, false) : done;
        for (const TestEntity &one : entities) {
            done = done ? addTestEntity(*writer, one) : done;
        }
        done = done ? writer->endDomain(row) : done;
    }
    Manifest manifest = testManifest(testTime(hour).addSecs(1800));
    manifest.identityGrants = step.identityGrants;
    const QByteArray catalogue = step.identityGrants.isEmpty() ? QByteArray("[]\n") : Catalogue::Catalogue::builtIn()->toJson();
    const auto made
        = done ? writer->commit(manifest, catalogue, u"Snapshot %1"_s.arg(hour), fixture.signer()) : std::unexpected(done.error());
    if (!made) {
        qFatal("%s", qPrintable(made.error().detail));
    }
    return made->id;
}

QByteArray deny(const QByteArray &subject, const QByteArray &target = "routing:queue:edit", const QByteArray &id = "p1")
{
    return R"({"id":")" + id + R"(","name":"No edits","effect":"DENY","active":true,"subject":)" + subject + R"(,"targetResource":")"
        + target + "\"}";
}

QByteArray grant(const QByteArray &holder, const QByteArray &type, const QByteArray &role)
{
    return R"({"id":")" + holder + R"(","type":")" + type + R"(","grants":[{"role":")" + role + R"(","division":{"id":"d1"}}]})";
}

const QByteArray Kim = R"({"type":"USER","id":"u1"})", Lee = R"({"type":"USER","id":"u2"})", DayShift = R"({"type":"GROUP","id":"g1"})";

/// One letter a snapshot: h held, c under a condition, . not held, ? not seen.
QString lettersOf(const PermissionHistory &history)
{
    QString letters;
    for (const Sighting &seen : history.sightings) {
        letters += QString(u"hc.?"_s)[static_cast<qsizetype>(seen.state)];
    }
    return letters;
}

QString saidBy(const PermissionHistory &history)
{
    QStringList said = history.notes;
    for (const Sighting &seen : history.sightings) {
        said += seen.why + seen.caveats;
        for (const Denial &denial : seen.denied) {
            said += denial.policyName + u' ' + denial.why.join(u' ');
        }
    }
    return said.join(u'\n');
}

} // namespace

/// What a history must not claim: that something was not held, or by whom, where nobody saw it.
class TestHistoryDoubts : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void answers_data();
    void answers();
    void whoIsMeant_data();
    void whoIsMeant();
    void whichDivisionIsMeant_data();
    void whichDivisionIsMeant();
    void edgesByOneClock_data();
    void edgesByOneClock();
    void aRangeWithoutSnapshots();
};

void TestHistoryDoubts::answers_data()
{
    QTest::addColumn<QList<Step>>("steps");
    QTest::addColumn<QString>("subject");
    QTest::addColumn<QString>("letters");
    QTest::addColumn<bool>("isCertain");
    QTest::addColumn<QString>("says");
    const auto row = [](const char *name, const QList<Step> &steps, const QString &subject, const QString &letters, bool isCertain,
                        const QString &says) { QTest::newRow(name) << steps << subject << letters << isCertain << says; };
    const QString u1 = u"u1"_s, u2 = u"u2"_s, none;
    const auto with = [](const QString &domain, const QList<QByteArray> &entities) { return Step{.other = {{domain, entities}}}; };
    const auto policies = [&](const QByteArray &policy) { return with(u"access_policies"_s, {policy}); };

    row("as usual: held", {{}}, u1, u"h"_s, true, none);
    row("as usual: not held", {{}}, u2, u"."_s, true, none);
    row("a granted role without a definition", {with(u"grants"_s, {grant("u1", "PC_USER", "r9")})}, u1, u"?"_s, false,
        u"its definition was not seen"_s);
    Step membersGone{.other = {{u"group_members"_s, {}}, {u"grants"_s, {grant("g1", "PC_GROUP", "r1")}}}};
    row("the members of the group that holds it are not known", {membersGone}, u2, u"?"_s, false, u"The members of group “Day shift”"_s);

    // Access policies.
    row("a policy denies it, and nobody knows whether it is enforced", {{}, policies(deny(Kim))}, u1, u"hc"_s, false,
        u"No edits Whether the organisation enforces access policies is not known."_s);
    row("a policy denies it to somebody who holds nothing", {policies(deny(Lee))}, u2, u"."_s, true, none);
    row("policies were never asked for", {{.unasked = u"access_policies"_s}}, u1, u"h"_s, true,
        u"Access policies were not asked for in 1 of 1 snapshots"_s);
    row("policies could not be read, and none is known", {{}, {.forbidden = u"access_policies"_s}}, u1, u"hh"_s, false,
        u"access_policies was not read in this capture (forbidden)"_s);
    Step carried = policies(deny(Kim));
    carried.forbidden = u"access_policies"_s;
    row("before, with and after a policy that was not always seen", {{.unasked = u"access_policies"_s}, policies(deny(Kim)), carried}, u1,
        u"?c?"_s, false, u"An access policy of another snapshot can deny it."_s);
    row("policies not seen, where nothing is granted", {{.unasked = u"access_policies"_s}, policies(deny(Lee))}, u2, u".."_s, true, none);
    row("another one's policy is no matter", {{.unasked = u"access_policies"_s}, policies(deny(Lee))}, u1, u"hh"_s, true, none);
    row("a policy for another permission is no matter", {{.unasked = u"access_policies"_s}, policies(deny(Kim, "routing:queue:delete"))},
        u1, u"hh"_s, true, none);
    row("a policy by a wildcard", {{.unasked = u"access_policies"_s}, policies(deny(Kim, "routing:*:*"))}, u1, u"?c"_s, false, none);
    Step unreadPolicy = policies(deny(DayShift));
    unreadPolicy.failed = u"access_policies/p1"_s;
    row("the policy itself could not be read", {policies(deny(DayShift)), unreadPolicy}, u1, u"c?"_s, false,
        u"1 entities of domain access_policies"_s);
    Step unreadMembers = policies(deny(DayShift));
    unreadMembers.other[u"group_members"_s] = {R"({"id":"g1","members":[]})"};
    unreadMembers.failed = u"group_members/g1"_s;
    row("the members of the group that is denied it could not be read", {unreadMembers, policies(deny(DayShift))}, u1, u"?c"_s, false,
        u"The members of a group or team to whom an access policy denies it"_s);
    row("the group that is denied it was never seen", {policies(deny(R"({"type":"GROUP","id":"g9"})"))}, u1, u"?"_s, false,
        u"The members of group g9"_s);
    Step narrowed = with(
        u"roles"_s,
        {R"({"id":"r1","name":"Editor","permissionPolicies":[{"domain":"routing","entityName":"queue","actionSet":["edit"],"resourceConditionNode":{"x":1}}]})"});
    narrowed.unasked = u"access_policies"_s;
    row("what has a condition anyway, no policy can make less known", {narrowed, policies(deny(Kim))}, u1, u"cc"_s, false, none);

    // What was read proves only what it rests on.
    const QList<QByteArray> groups{R"({"id":"gi","name":"Inner","rolesEnabled":true})",
                                   R"({"id":"go","name":"Outer","rolesEnabled":true})"};
    Step nested{.other = {{u"groups"_s, groups},
                          {u"group_members"_s, {R"({"id":"gi","members":[{"id":"u1"}]})", R"({"id":"go","members":[{"id":"gi"}]})"}},
                          {u"grants"_s, {grant("go", "PC_GROUP", "r1")}}}};
    Step innerFailed = nested, outerFailed = nested, elsewhere{.failed = u"roles/u1"_s};
    innerFailed.failed = u"group_members/gi"_s;
    outerFailed.failed = u"group_members/go"_s;
    row("the inner of two groups could not be read", {nested, innerFailed}, u1, u"h?"_s, false, none);
    row("the outer of two groups could not be read", {nested, outerFailed}, u1, u"h?"_s, false, none);
    row("an id that failed in another domain is another thing", {elsewhere}, u1, u"h"_s, true, none);

    // A client that sees some divisions only gets shorter lists without an error.
    const QByteArray inPart
        = R"({"id":"c1","grants":[{"division":{"id":"x1","name":"DACH"},"role":{"policies":[{"domain":"authorization","entityName":"role","actions":["view"]}]}}]})"
          "\n";
    row("the client saw a part of it: not held is not seen", {{.identityGrants = inPart}}, u2, u"?"_s, false,
        u"Domain grants was seen in part (authorization:role:view is not held in every division, only in DACH"_s);
    row("the client saw a part of it, and there it was held", {{.identityGrants = inPart}}, u1, u"h"_s, true, none);
}

void TestHistoryDoubts::answers()
{
    QFETCH(QList<Step>, steps);
    QFETCH(QString, subject);
    QFETCH(QString, says);
    const StoreFixture fixture;
    for (int i = 0; i < steps.size(); ++i) {
        writeStep(fixture, steps[i], i);
    }
    const auto history = permissionHistory(fixture.folder(), {Org, subject, Edit, {}, {}, {}});
    VERIFY_RESULT(history);
    QTEST(lettersOf(*history), "letters");
    QTEST(history->isCertain(), "isCertain");
    const QString said = saidBy(*history);
    QVERIFY2(said.contains(says), qPrintable(said));
    for (const HeldInterval &interval : history->intervals) {
        for (const HeldInterval::Stretch &stretch : interval.stretches) {
            QCOMPARE(stretch.isConditional && !stretch.paths.first().conditional, !stretch.denied.isEmpty());
        }
    }
}

void TestHistoryDoubts::whoIsMeant_data()
{
    QTest::addColumn<QList<QByteArray>>("later"); // the users of the second snapshot
    QTest::addColumn<QString>("asked");
    QTest::addColumn<QString>("id"); // empty: Ambiguous
    QTest::addColumn<QString>("says");
    const QByteArray kim = R"({"email":"kim@example.com","id":"u1","name":"Kim"})";
    QTest::newRow("a name that somebody else has now") << QList<QByteArray>{R"({"id":"u9","name":"Kim"})"} << u"Kim"_s << QString()
                                                       << u"user u1 (seen 2026-10-01T06:30:00Z), user u9 (seen 2026-10-01T07:30:00Z)"_s;
    QTest::newRow("the id of one of them") << QList<QByteArray>{R"({"id":"u9","name":"Kim"})"} << u"u1"_s << u"u1"_s << QString();
    QTest::newRow("an id that somebody takes for a name")
        << QList<QByteArray>{R"({"id":"u2","name":"u1"})"} << u"u1"_s << u"u1"_s << QString();
    QTest::newRow("an address that somebody takes for a name")
        << QList<QByteArray>{R"({"id":"u2","name":"kim@example.com"})"} << u"kim@example.com"_s << QString() << u"user u2"_s;
    QTest::newRow("a person who was renamed, by the name of before")
        << QList<QByteArray>{R"({"email":"kim@example.com","id":"u1","name":"Kim Lane"})"} << u"Kim"_s << u"u1"_s << QString();
    QTest::newRow("a person who was renamed, by the name of now")
        << QList<QByteArray>{R"({"email":"kim@example.com","id":"u1","name":"Kim Lane"})"} << u" Kim Lane "_s << u"u1"_s << QString();
    QTest::newRow("an address in other letters") << QList<QByteArray>{kim} << u"KIM@Example.com"_s << u"u1"_s << QString();
    QTest::newRow("a name with a quote") << QList<QByteArray>{R"({"id":"u3","name":"The \"boss\""})"} << u"The \"boss\""_s << u"u3"_s
                                         << QString();
    QTest::newRow("somebody who is but a member of a group") << QList<QByteArray>{kim} << u"dead1"_s << u"dead1"_s << QString();
    QTest::newRow("a member of a group, by name") << QList<QByteArray>{kim} << u"Gone Member"_s << u"dead1"_s << QString();
    QTest::newRow("somebody who but holds a grant") << QList<QByteArray>{kim} << u"dead2"_s << u"dead2"_s << QString();
    QTest::newRow("whom lists name in passing, as another kind") << QList<QByteArray>{kim} << u"u2"_s << u"u2"_s << QString();
    QTest::newRow("the same by name") << QList<QByteArray>{kim} << u"Lee"_s << u"u2"_s << QString();
    QTest::newRow("a member's id that somebody takes for a name")
        << QList<QByteArray>{R"({"id":"u2","name":"dead1"})"} << u"dead1"_s << u"dead1"_s << QString();
}

void TestHistoryDoubts::whoIsMeant()
{
    QFETCH(QList<QByteArray>, later);
    QFETCH(QString, asked);
    QFETCH(QString, id);
    QFETCH(QString, says);
    const StoreFixture fixture;
    Step first{.other = {{u"group_members"_s,
                          {R"({"id":"g1","members":[{"id":"u1"},{"id":"dead1","name":"Gone Member"},{"id":"u2","name":"Lee"}]})"}},
                         {u"grants"_s, {grant("dead2", "PC_USER", "r1"), grant("g1", "PC_GROUP", "r1"), grant("u2", "SOMETHING", "r1")}}}};
    writeStep(fixture, first, 0);
    writeStep(fixture, {.other = {{u"users"_s, later}}}, 1);
    const auto history = permissionHistory(fixture.folder(), {Org, asked, Edit, {}, {}, {}});
    QCOMPARE(history.has_value(), !id.isEmpty());
    if (history) {
        QCOMPARE(history->subject.id, id);
        QCOMPARE(history->subject.kind, SubjectKind::User);
        QCOMPARE(history->sightings[0].state, id == u"u3" ? Sighting::State::NotHeld : Sighting::State::Held);
    } else {
        QCOMPARE(history.error().code, ErrorCode::Ambiguous);
        QVERIFY2(history.error().detail.contains(says), qPrintable(history.error().detail));
    }
}

void TestHistoryDoubts::whichDivisionIsMeant_data()
{
    QTest::addColumn<QString>("asked");
    QTest::addColumn<QString>("expected"); // id and name, or an error
    QTest::newRow("a name that two have had") << u"Home"_s << u"divisions have had this name"_s;
    QTest::newRow("in any case, too") << u"hOME"_s << u"d2 (seen 2026-10-01T07:30:00Z)"_s;
    QTest::newRow("by its id, with the name of now") << u"d1"_s << u"d1 Old home"_s;
    QTest::newRow("by the name of now") << u"old home"_s << u"d1 Old home"_s;
    QTest::newRow("an id that another takes for a name") << u"d2"_s << u"d2 Home"_s;
    QTest::newRow("one that never was") << u"Atlantis"_s << u"there were Home, Old home, d2"_s;
}

void TestHistoryDoubts::whichDivisionIsMeant()
{
    QFETCH(QString, asked);
    QFETCH(QString, expected);
    const StoreFixture fixture;
    writeStep(fixture, {}, 0);
    writeStep(
        fixture,
        {.other = {{u"divisions"_s, {R"({"id":"d1","name":"Old home"})", R"({"id":"d2","name":"Home"})", R"({"id":"d3","name":"d2"})"}}}},
        1);
    const auto history = permissionHistory(fixture.folder(), {Org, u"u1"_s, Edit, asked, {}, {}});
    const QString told = history ? QString(history->divisionId + u' ' + history->divisionName) : history.error().detail;
    QVERIFY2(told.contains(expected), qPrintable(told));
}

void TestHistoryDoubts::edgesByOneClock_data()
{
    QTest::addColumn<QList<int>>("minutes"); // first request and last response of the one without, and of the one with it
    QTest::addColumn<bool>("isOneChain");
    QTest::addColumn<bool>("isOrderUnknown");
    QTest::addColumn<QList<int>>("bounds");
    QTest::newRow("one after the other") << QList<int>{0, 30, 60, 90} << false << false << QList<int>{0, 90};
    QTest::newRow("one begins as the other ends") << QList<int>{0, 30, 30, 60} << false << false << QList<int>{0, 60};
    QTest::newRow("two writers at the same time") << QList<int>{0, 30, 10, 40} << false << true << QList<int>{0, 40};
    QTest::newRow("one within the other") << QList<int>{0, 60, 10, 20} << false << true << QList<int>{0, 60};
    QTest::newRow("two imports of one moment") << QList<int>{5, 5, 5, 5} << false << true << QList<int>{5, 5};
    QTest::newRow("the chain tells, a second's overlap is the clock's") << QList<int>{0, 30, 29, 60} << true << false << QList<int>{0, 60};
    QTest::newRow("the chain and the clock contradict each other") << QList<int>{200, 230, 0, 30} << true << true << QList<int>{0, 230};
    QTest::newRow("two writers, whose clocks are apart") << QList<int>{200, 230, 0, 30} << false << true << QList<int>{0, 230};
}

void TestHistoryDoubts::edgesByOneClock()
{
    QFETCH(QList<int>, minutes);
    QFETCH(bool, isOneChain);
    QFETCH(QList<int>, bounds);
    const auto at = [](int minute) { return testTime(0).addSecs(60 * minute); };
    Sighting without, with;
    without.snapshot = u"a"_s;
    without.chain = u"w1"_s;
    without.fromUtc = at(minutes[0]);
    without.toUtc = at(minutes[1]);
    with.snapshot = u"b"_s;
    with.chain = isOneChain ? u"w1"_s : u"w2"_s;
    with.fromUtc = at(minutes[2]);
    with.toUtc = at(minutes[3]);
    with.state = Sighting::State::Held;
    const HeldInterval gained = heldIntervals({without, with}).value(0);
    QTEST(gained.isGainedOrderUnknown, "isOrderUnknown");
    QCOMPARE(gained.gainedAfterUtc, at(bounds[0]));
    QCOMPARE(gained.gainedBeforeUtc, at(bounds[1]));
    std::swap(without.fromUtc, with.fromUtc);
    std::swap(without.toUtc, with.toUtc);
    std::swap(without.chain, with.chain);
    const HeldInterval lost = heldIntervals({with, without}).value(0);
    QTEST(lost.isLostOrderUnknown, "isOrderUnknown");
    QCOMPARE(lost.lostAfterUtc, at(bounds[0]));
    QCOMPARE(lost.lostBeforeUtc, at(bounds[1]));
    PermissionHistory history;
    history.sightings = {with, without};
    history.intervals = {lost};
    QCOMPARE(history.isCertain(), !lost.isLostOrderUnknown);
}

void TestHistoryDoubts::aRangeWithoutSnapshots()
{
    const StoreFixture fixture;
    writeStep(fixture, {}, 0);
    HistoryQuestion question{Org, u"u1"_s, Edit, {}, {}, testTime(-5)};
    const auto none = permissionHistory(fixture.folder(), question);
    VERIFY_RESULT(none);
    QVERIFY(none->sightings.isEmpty() && !none->isCertain());
    question.toUtc = testTime(5);
    QVERIFY(permissionHistory(fixture.folder(), question)->isCertain());
}

QTEST_GUILESS_MAIN(TestHistoryDoubts)
#include "tst_historydoubts.moc"
