#include "../evidence/evidencefixture.h"

#include "access/access.h"
#include "access/timemachine.h"

#include <QElapsedTimer>
#include <QTest>

#include <random>

using namespace Orgtrace;
using namespace Orgtrace::Access;
using namespace Orgtrace::Evidence;
using namespace Qt::StringLiterals;

namespace {

const QString Organisation = u"org-1"_s, Wanted = u"authorization:grant:add"_s;

TestEntity entity(const QString &id, const QByteArray &text)
{
    TestEntity made;
    made.id = id;
    made.text = text + '\n';
    return made;
}

/// Kim, Lee and the group Contractors, which holds the role r1 ("authorization:*:*") or nothing.
struct Content {
    bool isKimInside = false, isGranted = false;
    bool isKimDirect = false, isKimThere = true;
    QByteArray grantMadeAt = {}; ///< of the group's grant
    QByteArray sweptMadeAt = {}; ///< the same, as a sweep over divisions tells it
    QByteArray action = "*"; ///< of the role
    int leeVersion = 0; ///< what changes besides

    [[nodiscard]] TestSnapshot snapshot() const
    {
        TestSnapshot content;
        content[u"users"_s] = {entity(u"lee"_s, "{\"id\":\"lee\",\"name\":\"Lee\",\"v\":" + QByteArray::number(leeVersion) + "}")};
        if (isKimThere) {
            content[u"users"_s].prepend(entity(u"kim"_s, R"({"email":"kim@example.com","id":"kim","name":"Kim"})"));
        }
        content[u"groups"_s] = {entity(u"g1"_s, R"({"id":"g1","name":"Contractors","rolesEnabled":true})")};
        content[u"group_members"_s]
            = {entity(u"g1"_s, isKimInside ? R"({"id":"g1","members":[{"id":"kim"}]})" : R"({"id":"g1","members":[]})")};
        content[u"roles"_s]
            = {entity(u"r1"_s,
                      R"({"id":"r1","name":"Keys","permissionPolicies":[{"domain":"authorization","entityName":"*","actionSet":[")" + action
                          + "\"]}]}")};
        for (const QString &other :
             {u"r0"_s, u"r2"_s}) { // what Lee holds besides; a role without a definition would be one that may give anything
            content[u"roles"_s].append(entity(other, R"({"id":")" + other.toUtf8() + R"(","name":"Nothing","permissionPolicies":[]})"));
        }
        content[u"grants"_s] = {};
        if (isGranted) {
            const QByteArray made = grantMadeAt.isEmpty() ? QByteArray() : ",\"grantMadeAt\":\"" + grantMadeAt + '"';
            content[u"grants"_s].append(
                entity(u"g1"_s, R"({"id":"g1","type":"PC_GROUP","grants":[{"role":"r1","division":{"id":"*"})" + made + "}]}"));
            if (!sweptMadeAt.isEmpty()) {
                content[u"grants"_s].last().signal = R"({"grantMadeAt":{"r1":{"*":")" + sweptMadeAt + R"("}},"id":"g1"})";
            }
        }
        if (isKimDirect) {
            content[u"grants"_s].append(
                entity(u"kim"_s, R"({"id":"kim","type":"PC_USER","grants":[{"role":"r1","division":{"id":"d1"}}]})"));
        }
        content[u"grants"_s].append(entity(u"lee"_s,
                                           R"({"id":"lee","type":"PC_USER","grants":[{"role":"r)" + QByteArray::number(leeVersion % 3)
                                               + R"(","division":{"id":"d1"}}]})"));
        content[u"divisions"_s] = {entity(u"d1"_s, R"({"id":"d1","name":"North"})"), entity(u"d2"_s, R"({"id":"d2","name":"South"})")};
        content[u"permissions_catalogue"_s] = {entity(
            u"authorization"_s,
            R"({"domain":"authorization","permissionMap":{"grant":[{"domain":"authorization","entityType":"grant","action":"add","divisionAware":true},{"domain":"authorization","entityType":"grant","action":"view","divisionAware":true}]}})")};
        return content;
    }
};

/// Writes a snapshot observed in the given hour: first request on the hour, last response half an hour later, by a server that is ten seconds ahead.
QString write(const StoreFixture &fixture, const TestSnapshot &content, int hour, const QString &carried = {}, const QString &failed = {})
{
    auto writer = SnapshotWriter::begin(fixture.folder(), Organisation);
    if (!writer) {
        qFatal("%s", qPrintable(writer.error().detail));
    }
    for (const auto &[domain, entities] : content) {
        LedgerRow row = testRow(domain, domain == carried ? LedgerState::Carried : LedgerState::Complete);
        row.firstRequestUtc = testTime(hour);
        row.lastResponseUtc = testTime(hour).addSecs(1800);
        row.clockOffsetMs = 10'000;
        Result<void> done;
        if (domain == carried) {
            row.reason = u"timed-out"_s;
            done = writer->carryDomain(row);
        } else {
            if (const QStringList parts = failed.split(u'/'); parts.first() == domain) {
                row.failedParents.append(parts.last());
            }
            done = writer->beginDomain(domain, true);
            for (const TestEntity &one : entities) {
                done = done ? addTestEntity(*writer, one) : done;
            }
            done = done ? writer->endDomain(row) : done;
        }
        if (!done) {
            qFatal("%s", qPrintable(done.error().detail));
        }
    }
    const auto made = writer->commit(testManifest(testTime(hour).addSecs(1800)), "[]\n", u"Snapshot %1"_s.arg(hour), fixture.signer());
    if (!made) {
        qFatal("%s", qPrintable(made.error().detail));
    }
    return made->id;
}

QDateTime serverTime(int hour, int minutes = 0)
{
    return testTime(hour).addSecs(60 * minutes + 10);
}

HistoryQuestion about(const QString &subject, const QString &permission = Wanted, const QString &division = {})
{
    return {Organisation, subject, permission, division, {}, {}};
}

/// "1-3 (0,4) ?2": held from place 1 to 3, not in 0 and 4, 2 could not tell.
QString told(const QList<HeldInterval> &intervals, const QStringList &snapshots)
{
    QStringList all;
    const auto place = [&](const QString &id) { return id.isEmpty() ? u"-"_s : QString::number(snapshots.indexOf(id)); };
    for (const HeldInterval &interval : intervals) {
        QString text
            = place(interval.first) + u'-' + place(interval.last) + u" ("_s + place(interval.before) + u',' + place(interval.ended) + u')';
        for (const QString &id : interval.notSeen) {
            text += u" ?"_s + place(id);
        }
        if (interval.stretches.size() > 1) {
            text += u" x"_s + QString::number(interval.stretches.size());
        }
        all.append(text);
    }
    return all.join(u"; "_s);
}

} // namespace

class TestTimeMachine : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void joinsWhatSnapshotsSay_data();
    void joinsWhatSnapshotsSay();
    void grantTimesNarrowTheEdge_data();
    void grantTimesNarrowTheEdge();
    void throughTheGroupAndOutAgain();
    void divisionsAreToldApart();
    void aSubjectThatIsGone();
    void whoIsAskedFor_data();
    void whoIsAskedFor();
    void aGapInTheGrantsIsNoEnd();
    void aHoleElsewhereIsNoGap();
    void grantTimesAreReadFromTheGrant();
    void grantTimesOfASweep_data();
    void grantTimesOfASweep();
    void onlyWhatBearsOnTheSubjectIsComputed();
    void rangesKeepTheSnapshotBefore();
    void agreesWithTheWholeModel();
};

void TestTimeMachine::joinsWhatSnapshotsSay_data()
{
    QTest::addColumn<QString>("sightings"); // h held by one way, H by another, c under a condition, . not, ? not seen
    QTest::addColumn<QString>("expected");
    QTest::newRow("never") << u"...."_s << QString();
    QTest::newRow("always") << u"hhh"_s << u"0-2 (-,-)"_s;
    QTest::newRow("once") << u".hh."_s << u"1-2 (0,3)"_s;
    QTest::newRow("twice") << u".h.h"_s << u"1-1 (0,2); 3-3 (2,-)"_s;
    QTest::newRow("a gap ends nothing") << u".h?h."_s << u"1-3 (0,4) ?2"_s;
    QTest::newRow("a gap begins nothing") << u".?h"_s << u"2-2 (0,-) ?1"_s;
    QTest::newRow("a gap before the end leaves the end open") << u".h?."_s << u"1-1 (0,3) ?2"_s;
    QTest::newRow("a gap at the end is no end") << u".h?"_s << u"1-1 (0,-) ?2"_s;
    QTest::newRow("a gap at the beginning") << u"?h"_s << u"1-1 (-,-) ?0"_s;
    QTest::newRow("a gap between two that say no is no matter") << u".?.h"_s << u"3-3 (2,-)"_s;
    QTest::newRow("another way is another stretch of the same time") << u".hH."_s << u"1-2 (0,3) x2"_s;
    QTest::newRow("a condition is another stretch") << u"hc"_s << u"0-1 (-,-) x2"_s;
    QTest::newRow("nothing but gaps") << u"???"_s << QString();
    QTest::newRow("no snapshot") << QString() << QString();
}

void TestTimeMachine::joinsWhatSnapshotsSay()
{
    QFETCH(QString, sightings);
    QList<Sighting> list;
    QStringList ids;
    for (int i = 0; i < sightings.size(); ++i) {
        Sighting one;
        one.snapshot = u"s%1"_s.arg(i);
        one.fromUtc = testTime(i);
        one.toUtc = testTime(i).addSecs(60);
        const QChar letter = sightings[i];
        one.state = letter == u'.' ? Sighting::State::NotHeld
            : letter == u'?'       ? Sighting::State::NotSeen
            : letter == u'c'       ? Sighting::State::Conditional
                                   : Sighting::State::Held;
        AccessPath path;
        path.roleId = letter == u'H' ? u"r2"_s : u"r1"_s;
        path.roleName = u"called %1"_s.arg(i); // another name is no other way
        one.paths = {path};
        list.append(one);
        ids.append(one.snapshot);
    }
    const QList<HeldInterval> intervals = heldIntervals(list);
    QTEST(told(intervals, ids), "expected");
    for (const HeldInterval &interval : intervals) {
        const auto at = [&](const QString &id) { return static_cast<int>(ids.indexOf(id)); };
        QCOMPARE(interval.gainedBeforeUtc, testTime(at(interval.first)).addSecs(60));
        QCOMPARE(interval.gainedAfterUtc, interval.before.isEmpty() ? QDateTime() : testTime(at(interval.before)));
        QCOMPARE(interval.lostAfterUtc, interval.ended.isEmpty() ? QDateTime() : testTime(at(interval.last)));
        QCOMPARE(interval.lostBeforeUtc, interval.ended.isEmpty() ? QDateTime() : testTime(at(interval.ended)).addSecs(60));
    }
}

void TestTimeMachine::grantTimesNarrowTheEdge_data()
{
    QTest::addColumn<bool>("isHeldFirst");
    QTest::addColumn<QDateTime>("made");
    QTest::addColumn<QDateTime>("after");
    QTest::addColumn<bool>("isByGrant");
    QTest::newRow("inside the window") << false << testTime(0).addSecs(1200) << testTime(0).addSecs(1200) << true;
    QTest::newRow("made long before it took effect") << false << testTime(-50) << testTime(0) << false;
    QTest::newRow("unknown") << false << QDateTime() << testTime(0) << false;
    QTest::newRow("in the future of what was seen") << false << testTime(9) << testTime(0) << false;
    QTest::newRow("there from the beginning: an earlier grant may have given it before") << true << testTime(-50) << QDateTime() << false;
    QTest::newRow("there from the beginning, unknown") << true << QDateTime() << QDateTime() << false;
}

void TestTimeMachine::grantTimesNarrowTheEdge()
{
    QFETCH(bool, isHeldFirst);
    QFETCH(QDateTime, made);
    Sighting before, held;
    before.snapshot = u"a"_s;
    before.fromUtc = testTime(0);
    before.toUtc = testTime(0).addSecs(60);
    held = before;
    held.snapshot = u"b"_s;
    held.fromUtc = testTime(1);
    held.toUtc = testTime(1).addSecs(60);
    held.state = Sighting::State::Held;
    held.madeUtc = made;
    const QList<HeldInterval> intervals = heldIntervals(isHeldFirst ? QList<Sighting>{held} : QList<Sighting>{before, held});
    QCOMPARE(intervals.size(), 1);
    QTEST(intervals[0].gainedAfterUtc, "after");
    QTEST(intervals[0].isGainedAfterByGrant, "isByGrant");
    QCOMPARE(intervals[0].gainedBeforeUtc, held.toUtc);
    QCOMPARE(intervals[0].provenAfterUtc, isHeldFirst ? QDateTime() : before.fromUtc);
    QCOMPARE(intervals[0].grantMadeUtc, made > held.toUtc ? QDateTime() : made); // told in any case, but for one of the future
}

void TestTimeMachine::throughTheGroupAndOutAgain()
{
    const StoreFixture fixture;
    QStringList ids;
    ids << write(fixture, Content{}.snapshot(), 0);
    ids << write(fixture, Content{.isGranted = true}.snapshot(), 1);
    ids << write(fixture, Content{.isKimInside = true, .isGranted = true}.snapshot(), 2);
    ids << write(fixture, Content{.isKimInside = true, .isGranted = true, .isKimDirect = true}.snapshot(), 3);
    ids << write(fixture, Content{.isGranted = true}.snapshot(), 4);
    const auto history = permissionHistory(fixture.folder(), about(u"Kim"_s));
    VERIFY_RESULT(history);
    QCOMPARE(history->subject, (Subject{u"kim"_s, u"Kim"_s, SubjectKind::User}));
    QCOMPARE(told(history->intervals, ids), u"2-3 (1,4) x2"_s);
    const HeldInterval &held = history->intervals[0];
    QCOMPARE(held.gainedAfterUtc, serverTime(1));
    QCOMPARE(held.gainedBeforeUtc, serverTime(2, 30));
    QCOMPARE(held.lostAfterUtc, serverTime(3));
    QCOMPARE(held.lostBeforeUtc, serverTime(4, 30));
    QCOMPARE(held.stretches[0].paths.size(), 1);
    QCOMPARE(held.stretches[0].paths[0].containerName, u"Contractors"_s);
    QCOMPARE(held.stretches[0].paths[0].policy, u"authorization:*:*"_s);
    QCOMPARE(held.stretches[1].paths.size(), 2);
    // The group itself held it from the second snapshot on.
    const auto group = permissionHistory(fixture.folder(), about(u"Contractors"_s));
    VERIFY_RESULT(group);
    QCOMPARE(told(group->intervals, ids), u"1-4 (0,-)"_s);
}

void TestTimeMachine::divisionsAreToldApart()
{
    const StoreFixture fixture;
    const QStringList ids{write(fixture, Content{}.snapshot(), 0), write(fixture, Content{.isKimDirect = true}.snapshot(), 1)};
    for (const auto &[division, expected] :
         {std::pair(u"north"_s, u"1-1 (0,-)"_s), std::pair(u"d2"_s, QString()), std::pair(QString(), u"1-1 (0,-)"_s)}) {
        const auto history = permissionHistory(fixture.folder(), about(u"kim"_s, Wanted, division));
        VERIFY_RESULT(history);
        QCOMPARE(told(history->intervals, ids), expected);
    }
}

void TestTimeMachine::aSubjectThatIsGone()
{
    const StoreFixture fixture;
    const QStringList ids{write(fixture, Content{.isKimInside = true, .isGranted = true}.snapshot(), 0),
                          write(fixture, Content{.isGranted = true, .isKimThere = false}.snapshot(), 1)};
    for (const QString &name : {u"Kim"_s, u"kim"_s, u"kim@example.com"_s}) {
        const auto history = permissionHistory(fixture.folder(), about(name));
        VERIFY_RESULT(history);
        QCOMPARE(history->subject.name, u"Kim"_s);
        QCOMPARE(told(history->intervals, ids), u"0-0 (-,1)"_s);
    }
}

void TestTimeMachine::whoIsAskedFor_data()
{
    QTest::addColumn<QString>("subject");
    QTest::addColumn<QString>("permission");
    QTest::addColumn<QString>("division");
    QTest::addColumn<ErrorCode>("code");
    QTest::newRow("nobody of that name") << u"Nobody"_s << Wanted << QString() << ErrorCode::NotFound;
    QTest::newRow("no name at all") << QString() << Wanted << QString() << ErrorCode::NotFound;
    QTest::newRow("a permission nobody knows") << u"kim"_s << u"authorization:grant:borrow"_s << QString() << ErrorCode::NotFound;
    QTest::newRow("a pattern") << u"kim"_s << u"authorization:*:add"_s << QString() << ErrorCode::BadInput;
    QTest::newRow("no permission") << u"kim"_s << u"everything"_s << QString() << ErrorCode::BadInput;
    QTest::newRow("an unknown division") << u"kim"_s << Wanted << u"Atlantis"_s << ErrorCode::NotFound;
    QTest::newRow("two of one name") << u"Twin"_s << Wanted << QString() << ErrorCode::Ambiguous;
}

void TestTimeMachine::whoIsAskedFor()
{
    QFETCH(QString, subject);
    QFETCH(QString, permission);
    QFETCH(QString, division);
    const StoreFixture fixture;
    TestSnapshot content = Content{}.snapshot();
    content[u"users"_s] << entity(u"t1"_s, R"({"id":"t1","name":"Twin"})") << entity(u"t2"_s, R"({"id":"t2","name":"Twin"})");
    write(fixture, content, 0);
    const auto history = permissionHistory(fixture.folder(), about(subject, permission, division));
    QVERIFY(!history);
    QTEST(history.error().code, "code");
}

void TestTimeMachine::aGapInTheGrantsIsNoEnd()
{
    const StoreFixture fixture;
    const Content with{.isKimInside = true, .isGranted = true};
    QStringList ids{write(fixture, with.snapshot(), 0), write(fixture, with.snapshot(), 1, u"grants"_s)};
    TestSnapshot without = with.snapshot();
    without.erase(u"roles"_s); // not asked for at all
    ids << write(fixture, without, 2) << write(fixture, with.snapshot(), 3);
    const auto history = permissionHistory(fixture.folder(), about(u"kim"_s));
    VERIFY_RESULT(history);
    QCOMPARE(told(history->intervals, ids), u"0-3 (-,-) ?1 ?2"_s);
    QCOMPARE(history->notSeen(), 2);
    QCOMPARE(history->sightings[1].asLastSeen, Sighting::State::Held);
    QVERIFY2(history->sightings[1].why.join(u' ').contains(u"grants was not read in this capture (timed-out)"),
             qPrintable(history->sightings[1].why.join(u' ')));
    QVERIFY2(history->sightings[2].why.join(u' ').contains(u"roles was not read in this capture (not-asked)"),
             qPrintable(history->sightings[2].why.join(u' ')));
}

void TestTimeMachine::aHoleElsewhereIsNoGap()
{
    const StoreFixture fixture;
    const Content with{.isKimInside = true, .isGranted = true};
    // What was read proves that it was held; but only where that itself was read, and never that it was not.
    const QStringList ids{
        write(fixture, with.snapshot(), 0, {}, u"group_members/g9"_s), write(fixture, with.snapshot(), 1, {}, u"group_members/g1"_s),
        write(fixture, with.snapshot(), 2, {}, u"grants/r1"_s), write(fixture, Content{}.snapshot(), 3, {}, u"group_members/g9"_s)};
    const auto history = permissionHistory(fixture.folder(), about(u"kim"_s));
    VERIFY_RESULT(history);
    QCOMPARE(told(history->intervals, ids), u"0-0 (-,-) ?1 ?2 ?3"_s);
}

void TestTimeMachine::grantTimesAreReadFromTheGrant()
{
    const StoreFixture fixture;
    write(fixture, Content{.isKimInside = true}.snapshot(), 0);
    write(fixture, Content{.isKimInside = true, .isGranted = true, .grantMadeAt = "2026-10-01T06:45:00.000Z"}.snapshot(), 1);
    const auto history = permissionHistory(fixture.folder(), about(u"kim"_s));
    VERIFY_RESULT(history);
    QCOMPARE(history->intervals.size(), 1);
    QVERIFY(history->intervals[0].isGainedAfterByGrant);
    QCOMPARE(history->intervals[0].gainedAfterUtc, testTime(0).addSecs(45 * 60));
}

void TestTimeMachine::grantTimesOfASweep_data()
{
    QTest::addColumn<QList<QByteArray>>("made"); // of each snapshot from the second on, in which Kim holds it; empty: that one was not told
    QTest::addColumn<QDateTime>("after");
    QTest::addColumn<bool>("isByGrant");
    const QByteArray early = "2026-10-01T06:45:00.000Z", late = "2026-10-01T08:20:00.000Z";
    const QDateTime edge = serverTime(0), grantTime = testTime(0).addSecs(45 * 60);
    QTest::newRow("nobody tells") << QList<QByteArray>{"", ""} << edge << false;
    QTest::newRow("the first tells") << QList<QByteArray>{early, ""} << grantTime << true;
    QTest::newRow("a later one tells") << QList<QByteArray>{"", early} << grantTime << true;
    QTest::newRow("all tell") << QList<QByteArray>{early, early} << grantTime << true;
    QTest::newRow("granted anew since: the first grant's time is not known") << QList<QByteArray>{"", late} << edge << false;
    QTest::newRow("what is no time says nothing") << QList<QByteArray>{"soon"} << edge << false;
}

void TestTimeMachine::grantTimesOfASweep()
{
    QFETCH(QList<QByteArray>, made);
    const StoreFixture fixture;
    write(fixture, Content{.isKimInside = true}.snapshot(), 0);
    for (int i = 0; i < made.size(); ++i) {
        write(fixture, Content{.isKimInside = true, .isGranted = true, .sweptMadeAt = made[i]}.snapshot(), i + 1);
    }
    const auto history = permissionHistory(fixture.folder(), about(u"kim"_s));
    VERIFY_RESULT(history);
    QCOMPARE(history->intervals.size(), 1);
    QTEST(history->intervals[0].isGainedAfterByGrant, "isByGrant");
    QTEST(history->intervals[0].gainedAfterUtc, "after");
    QCOMPARE(history->intervals[0].stretches.size(), 1); // being told is no other way of holding it
    QCOMPARE(history->modelsBuilt, 2); // and costs no other model
}

void TestTimeMachine::onlyWhatBearsOnTheSubjectIsComputed()
{
    const StoreFixture fixture;
    // Others come and go, their grants change; Kim joins in the 20th and leaves in the 40th, and all is as it was.
    QStringList ids;
    for (int hour = 0; hour < 60; ++hour) {
        ids << write(fixture, Content{.isKimInside = hour >= 20 && hour < 40, .isGranted = true, .leeVersion = hour}.snapshot(), hour);
    }
    const auto history = permissionHistory(fixture.folder(), about(u"kim"_s));
    VERIFY_RESULT(history);
    QCOMPARE(told(history->intervals, ids), u"20-39 (19,40)"_s);
    QCOMPARE(history->sightings.size(), 60);
    QCOMPARE(history->modelsBuilt, 2);
    // What Lee holds does change.
    const auto lee = permissionHistory(fixture.folder(), about(u"lee"_s));
    VERIFY_RESULT(lee);
    QCOMPARE(lee->modelsBuilt, 60);
    QCOMPARE(lee->intervals.size(), 20);
}

void TestTimeMachine::rangesKeepTheSnapshotBefore()
{
    const StoreFixture fixture;
    QStringList ids;
    for (int hour = 0; hour < 6; ++hour) {
        ids << write(fixture, Content{.isKimInside = hour >= 3, .isGranted = true}.snapshot(), hour);
    }
    HistoryQuestion question = about(u"kim"_s);
    question.fromUtc = testTime(3);
    question.toUtc = testTime(4).addSecs(3000);
    const auto history = permissionHistory(fixture.folder(), question);
    VERIFY_RESULT(history);
    QCOMPARE(history->sightings.size(), 3);
    QCOMPARE(told(history->intervals, ids), u"3-4 (2,-)"_s);
    question.toUtc = testTime(-5);
    QVERIFY(permissionHistory(fixture.folder(), question)->sightings.isEmpty());
}

void TestTimeMachine::agreesWithTheWholeModel()
{
    const StoreFixture fixture;
    std::mt19937 random(7);
    QStringList ids;
    for (int hour = 0; hour < 40; ++hour) {
        const auto maybe = [&] { return random() % 2 == 0; };
        ids << write(fixture,
                     Content{.isKimInside = maybe(),
                             .isGranted = maybe(),
                             .isKimDirect = maybe(),
                             .isKimThere = random() % 4 != 0,
                             .action = maybe() ? "add" : "view",
                             .leeVersion = static_cast<int>(random() % 5)}
                         .snapshot(),
                     hour);
    }
    const auto store = Store::open(fixture.folder());
    VERIFY_RESULT(store);
    for (const QString &name : {u"kim"_s, u"lee"_s, u"g1"_s}) {
        const auto history = permissionHistory(fixture.folder(), about(name));
        VERIFY_RESULT(history);
        QVERIFY(history->modelsBuilt < 40 || name != u"g1");
        for (const Sighting &seen : history->sightings) {
            const auto model = AccessModel::build(*store->snapshot(seen.snapshot));
            VERIFY_RESULT(model);
            const auto subject = model->findSubject(name);
            const auto verdict = subject ? model->resolver().can(*subject, Wanted) : Result<Verdict>(std::unexpected(subject.error()));
            const bool isHeld = verdict && verdict->answer == Verdict::Answer::Yes;
            QCOMPARE(seen.state == Sighting::State::Held, isHeld);
            if (isHeld) {
                QCOMPARE(seen.paths, verdict->paths);
            }
        }
    }
}

QTEST_GUILESS_MAIN(TestTimeMachine)
#include "tst_timemachine.moc"
