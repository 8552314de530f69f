#include "capture/grantproof.h"
#include "captureworld.h"
#include "compare/compare.h"

#include <QTest>

using namespace Qt::StringLiterals;
using namespace Orgtrace;
using namespace Orgtrace::Test;
using Evidence::LedgerRow;
using Evidence::LedgerState;

namespace {
const QString Base = u"/api/v2/authorization/"_s;
const QString Divisions = Base + u"divisions?pageNumber=1&pageSize=100"_s;
const QString Roles = Base + u"roles?pageNumber=1&pageSize=100"_s;
const QString Role1 = Base + u"roles/r1/subjectgrants?pageNumber=1&pageSize=100"_s;
const QString Role2 = Base + u"roles/r2/subjectgrants?pageNumber=1&pageSize=100"_s;

QString grantsOf(const QString &division)
{
    return Base + u"divisions/"_s + division + u"/grants?pageNumber=1&pageSize=500"_s;
}
const QString All = grantsOf(u"%2A"_s);

QByteArray grant(const QByteArray &subject, const QByteArray &role, const QByteArray &division,
                 const QByteArray &madeAt = R"("2026-01-01T00:00:00Z")")
{
    return R"({"subjectId":")" + subject + R"(","role":{"id":")" + role + R"(","name":"x"},"division":{"id":")" + division
        + R"(","name":"y"},"grantMadeAt":)" + madeAt + '}';
}

QByteArray holder(const QByteArray &subject, const QByteArrayList &divisions)
{
    QByteArrayList places;
    for (const QByteArray &division : divisions)
        places.append(R"({"id":")" + division + R"("})");
    return R"({"id":")" + subject + R"(","type":"PC_USER","divisions":[)" + places.join(',') + "]}";
}

/// Two sweeps that agree: u1 has r1 in d1 and d2 and r2 in d1, g1 has r2 everywhere.
class ProofWorld : public CaptureWorld
{
public:
    ProofWorld()
    {
        provesGrants = true;
        answers[Role2] = page({holder("u1", {"d1"}), holder("g1", {"*"})}, 2);
        answers[Divisions] = page({R"({"id":"d1","name":"Home"})", R"({"id":"d2","name":"South"})"}, 2);
        answers[grantsOf(u"d1"_s)] = page({grant("u1", "r2", "d1"), grant("u1", "r1", "d1")}, 2);
        answers[grantsOf(u"d2"_s)] = page({grant("u1", "r1", "d2")}, 1);
        answers[All] = page({grant("g1", "r2", "*")}, 1);
    }
};

/// "complete proven 4 in 3, 1 round, q[] reason"
QString told(const Result<Capture::Outcome> &outcome)
{
    if (!outcome)
        return errorCodeName(outcome.error().code);
    const LedgerRow *const row = outcome->manifest.row(u"grants"_s);
    if (!row)
        return u"no row"_s;
    QStringList aside;
    for (const Evidence::Quarantined &entry : row->quarantined)
        aside.append(entry.id);
    QString out = Evidence::ledgerStateName(row->state);
    if (row->proof)
        out += u" %1 %2 in %3, %4 rounds,"_s.arg(Evidence::proofStateName(row->proof->state))
                   .arg(row->proof->items)
                   .arg(row->proof->lists)
                   .arg(row->proof->rounds);
    return out + u" q["_s + aside.join(u',') + u']' + (outcome->isComplete() ? u" whole"_s : u" not whole"_s);
}

/// What the snapshot keeps beside the grants of a subject.
QByteArray signalOf(const CaptureWorld &world, const Result<Capture::Outcome> &outcome, const QString &subject)
{
    const auto store = Evidence::Store::open(world.storeFolder());
    const auto snapshot = store->snapshot(outcome->snapshot.id);
    return snapshot->signal_(u"grants"_s, subject).value_or("unreadable");
}

QString reasonOf(const Result<Capture::Outcome> &outcome)
{
    const LedgerRow *const row = outcome ? outcome->manifest.row(u"grants"_s) : nullptr;
    return row && row->proof ? row->proof->reason : row ? row->reason : QString();
}
} // namespace

class TestGrantProof : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void twoSweeps_data();
    void twoSweeps();
    void aDisputedSubjectKeepsWhatWasSeenOfIt();
    void aProofChangesNoEvidence();
    void aDivisionThatAppearsBetweenTheSweeps();
    void aGrantMadeBetweenTheSweeps();
    void aRoleMadeBetweenTheSweeps();
    void aDisputeOutlivesARoundThatCannotBeMade_data();
    void aDisputeOutlivesARoundThatCannotBeMade();
    void tooManyToNameAreNoMatrix();
    void withoutGrantsNobodyAsksForTheirProof();
    void cancelledDuringTheProof();
    void timesOfGrants_data();
    void timesOfGrants();
    void aSweepForTheTimesPromisesNothing_data();
    void aSweepForTheTimesPromisesNothing();
    void timesMakeNoChange();
    void setsOfGrants_data();
    void setsOfGrants();
};

void TestGrantProof::twoSweeps_data()
{
    QTest::addColumn<QStringList>("places"); // what is answered otherwise
    QTest::addColumn<QByteArrayList>("bodies"); // a number is a status
    QTest::addColumn<QString>("expected");
    QTest::addColumn<QString>("reason");
    const auto body
        = [](const QByteArrayList &rows, int total = -1) { return CaptureWorld::page(rows, total < 0 ? int(rows.size()) : total).body; };
    const QString d1 = grantsOf(u"d1"_s), d2 = grantsOf(u"d2"_s);
    QTest::newRow("both agree") << QStringList() << QByteArrayList() << u"complete proven 4 in 3, 1 rounds, q[] whole"_s << QString();
    QTest::newRow("the same grant listed twice is one grant")
        << QStringList{d2} << QByteArrayList{body({grant("u1", "r1", "d2"), grant("u1", "r1", "d2")})}
        << u"complete proven 4 in 3, 1 rounds, q[] whole"_s << QString();
    QTest::newRow("a grant that only the second sweep has")
        << QStringList{d2} << QByteArrayList{body({grant("u1", "r1", "d2"), grant("u1", "r9", "d2")})}
        << u"complete disputed 4 in 3, 3 rounds, q[u1] not whole"_s << u"disagree about 1 subjects"_s;
    QTest::newRow("a grant that only the first sweep has")
        << QStringList{d2} << QByteArrayList{body({})} << u"complete disputed 3 in 3, 3 rounds, q[u1] not whole"_s
        << u"disagree about 1 subjects"_s;
    QTest::newRow("a subject that only the second sweep has")
        << QStringList{d2} << QByteArrayList{body({grant("u1", "r1", "d2"), grant("u9", "r1", "d2")})}
        << u"complete disputed 4 in 3, 3 rounds, q[u9] not whole"_s << u"disagree about 1 subjects"_s;
    QTest::newRow("a division that is not on the list, though grants are in it")
        << QStringList{Divisions} << QByteArrayList{body({R"({"id":"d1"})"})} << u"complete disputed 3 in 2, 3 rounds, q[u1] not whole"_s
        << u"disagree about 1 subjects"_s;
    QTest::newRow("one division is forbidden: nothing is said of it")
        << QStringList{d2} << QByteArrayList{"403"} << u"complete not-proven 3 in 2, 1 rounds, q[] not whole"_s
        << u"1 of 3 divisions could not be asked about, among them d2: forbidden"_s;
    QTest::newRow("all divisions are forbidden") << QStringList{d1, d2, All} << QByteArrayList{"403", "403", "403"}
                                                 << u"complete not-proven 0 in 0, 1 rounds, q[] not whole"_s << u"forbidden"_s;
    QTest::newRow("one division is forbidden, and another is in dispute")
        << QStringList{d1, d2} << QByteArrayList{body({grant("u1", "r2", "d1")}), "403"}
        << u"complete disputed 2 in 2, 3 rounds, q[u1] not whole"_s << u"1 of 3 divisions"_s;
    QTest::newRow("the list of divisions fails")
        << QStringList{Divisions} << QByteArrayList{"500"} << u"complete not-proven 0 in 0, 1 rounds, q[] not whole"_s
        << u"server-failed: the list of divisions: HTTP 500"_s;
    QTest::newRow("a platform that does not list the grants in all divisions")
        << QStringList{All} << QByteArrayList{"404"} << u"complete not-proven 3 in 2, 1 rounds, q[] not whole"_s
        << u"among them *: not-offered"_s;
    QTest::newRow("or that lists them in each division")
        << QStringList{All, d1, d2}
        << QByteArrayList{"404", body({grant("u1", "r2", "d1"), grant("u1", "r1", "d1"), grant("g1", "r2", "*")}),
                          body({grant("u1", "r1", "d2"), grant("g1", "r2", "*")})}
        << u"complete proven 4 in 2, 1 rounds, q[] whole"_s << QString();
    QTest::newRow("one list that has a grant in all divisions is not the list of them")
        << QStringList{All, d1} << QByteArrayList{"404", body({grant("u1", "r2", "d1"), grant("u1", "r1", "d1"), grant("g1", "r2", "*")})}
        << u"complete not-proven 4 in 2, 1 rounds, q[] not whole"_s << u"among them *: not-offered"_s;
    QTest::newRow("nor are two that disagree about them")
        << QStringList{All, Role2, d1, d2}
        << QByteArrayList{"404", body({holder("u1", {"d1"}), holder("g1", {"*"}), holder("g2", {"*"}), holder("g3", {"*"})}),
                          body({grant("u1", "r2", "d1"), grant("u1", "r1", "d1"), grant("g1", "r2", "*")}),
                          body({grant("u1", "r1", "d2"), grant("g2", "r2", "*")})}
        << u"complete not-proven 5 in 2, 1 rounds, q[] not whole"_s << u"among them *: not-offered"_s;
    QTest::newRow("nor is the list of the only division there is")
        << QStringList{All, Divisions, Role1, Role2, d1}
        << QByteArrayList{"404", body({R"({"id":"d1"})"}), body({holder("u1", {"d1"})}),
                          body({holder("u1", {"d1"}), holder("g1", {"*"}), holder("g2", {"*"})}),
                          body({grant("u1", "r2", "d1"), grant("u1", "r1", "d1"), grant("g1", "r2", "*")})}
        << u"complete not-proven 3 in 1, 1 rounds, q[] not whole"_s << u"among them *: not-offered"_s;
    QTest::newRow("a grant that names no role")
        << QStringList{d2} << QByteArrayList{body({R"({"subjectId":"u1","division":{"id":"d2"}})"})}
        << u"complete not-proven 3 in 3, 1 rounds, q[] not whole"_s << u"a grant in it cannot be read"_s;
    QTest::newRow("a total that lies") << QStringList{d2} << QByteArrayList{body({grant("u1", "r1", "d2")}, 7)}
                                       << u"complete not-proven 3 in 2, 1 rounds, q[] not whole"_s << u"among them d2: incomplete"_s;
    QTest::newRow("a page that is HTML") << QStringList{d2} << QByteArrayList{"<html>"}
                                         << u"complete not-proven 3 in 2, 1 rounds, q[] not whole"_s << u"bad-response"_s;
    QTest::newRow("a grant of the first sweep that names no division")
        << QStringList{Role2} << QByteArrayList{body({holder("u1", {"d1"}), holder("g1", {"*"}), holder("g2", {})})}
        << u"complete not-proven 4 in 3, 1 rounds, q[] not whole"_s << u"1 grants name no division"_s;
    QTest::newRow("and that the second sweep places")
        << QStringList{Role2, d1}
        << QByteArrayList{body({holder("u1", {"d1"}), holder("g1", {"*"}), holder("g2", {})}),
                          body({grant("u1", "r2", "d1"), grant("u1", "r1", "d1"), grant("g2", "r2", "d1")})}
        << u"complete not-proven 4 in 3, 1 rounds, q[] not whole"_s << u"1 grants name no division"_s;
    QTest::newRow("a subject that could not be read in the first sweep is not in dispute")
        << QStringList{Role2, d1} << QByteArrayList{body({R"({"id":"u1","name":"a","name":"b"})", holder("g1", {"*"})}), body({})}
        << u"complete proven 1 in 3, 1 rounds, q[u1] not whole"_s << QString();
    QTest::newRow("a first sweep that fails is not proven either")
        << QStringList{Role2} << QByteArrayList{"500"} << u"carried q[] not whole"_s << u"server-failed: role r2"_s;
}

void TestGrantProof::twoSweeps()
{
    QFETCH(QStringList, places);
    QFETCH(QByteArrayList, bodies);
    QFETCH(QString, reason);
    ProofWorld world;
    world.retry.maxAttempts = 1;
    for (qsizetype i = 0; i < places.size(); ++i) {
        bool isStatus = false;
        const int status = bodies.at(i).toInt(&isStatus);
        if (isStatus)
            world.answers[places.at(i)] = CaptureWorld::status(status);
        else
            world.answers[places.at(i)].body = bodies.at(i);
    }
    const auto outcome = world.capture();
    QTEST(told(outcome), "expected");
    if (reason.isEmpty())
        QCOMPARE(reasonOf(outcome), QString());
    else
        QVERIFY2(reasonOf(outcome).contains(reason), qPrintable(reasonOf(outcome)));
    // What stands in the manifest is what was told, and the evidence proves.
    const auto store = Evidence::Store::open(world.storeFolder());
    QVERIFY(store->verify()->problems.isEmpty());
    QVERIFY(outcome->snapshot.message.contains(u"grants"_s));
}

void TestGrantProof::aDisputedSubjectKeepsWhatWasSeenOfIt()
{
    ProofWorld world;
    const auto before = world.capture();
    QVERIFY(before && before->isComplete());
    const QByteArray text = world.text(*before, u"grants"_s, u"u1"_s);
    world.answers[Role1] = CaptureWorld::page({holder("u1", {"d1"})}, 1); // the sweep by role loses one
    const auto after = world.capture();
    QCOMPARE(told(after), u"complete disputed 3 in 3, 3 rounds, q[u1] not whole"_s);
    QCOMPARE(world.text(*after, u"grants"_s, u"u1"_s), text); // not the half that came
    QVERIFY(!world.text(*after, u"grants"_s, u"g1"_s).isEmpty());
    const QString why = after->manifest.row(u"grants"_s)->quarantined.first().why;
    QCOMPARE(why, u"the sweep by division has role r1 in division d2, the sweep by role has not"_s);
}

void TestGrantProof::aProofChangesNoEvidence()
{
    ProofWorld world;
    world.provesGrants = false;
    const auto plain = world.capture();
    world.provesGrants = true;
    const auto proven = world.capture();
    QVERIFY(plain && proven);
    QVERIFY(!plain->manifest.row(u"grants"_s)->proof);
    QCOMPARE(plain->manifest.row(u"grants"_s)->root, proven->manifest.row(u"grants"_s)->root);
    QCOMPARE(plain->manifest.row(u"grants"_s)->catalogueHash, proven->manifest.row(u"grants"_s)->catalogueHash);
}

/// Where the divisions are asked for, the first sweep is over.
void TestGrantProof::aDivisionThatAppearsBetweenTheSweeps()
{
    ProofWorld world;
    world.answers[Divisions].before = [&world] {
        world.answers[Divisions] = CaptureWorld::page({R"({"id":"d1"})", R"({"id":"d2"})", R"({"id":"d3"})"}, 3);
        world.answers[grantsOf(u"d3"_s)] = CaptureWorld::page({grant("u1", "r1", "d3")}, 1);
        world.answers[Role1] = CaptureWorld::page({holder("u1", {"d1", "d2", "d3"})}, 1);
    };
    const auto outcome = world.capture();
    // The list that was under way still had two; the rest is seen in the second round.
    QVERIFY(outcome);
    const auto again = world.capture();
    QCOMPARE(told(again), u"complete proven 5 in 4, 1 rounds, q[] whole"_s);
    QCOMPARE(told(outcome), u"complete proven 4 in 3, 1 rounds, q[] whole"_s);
}

void TestGrantProof::aGrantMadeBetweenTheSweeps()
{
    ProofWorld world;
    world.answers[grantsOf(u"d1"_s)].before = [&world] {
        // A new division and a grant in it, after the first sweep and the list of divisions; the grant in d2 is taken away.
        world.answers[Divisions] = CaptureWorld::page({R"({"id":"d1"})", R"({"id":"d2"})", R"({"id":"d3"})"}, 3);
        world.answers[grantsOf(u"d3"_s)] = CaptureWorld::page({grant("u1", "r1", "d3")}, 1);
        world.answers[grantsOf(u"d2"_s)] = CaptureWorld::page({}, 0);
        world.answers[grantsOf(u"d1"_s)].before = {};
        world.answers[Role1] = CaptureWorld::page({holder("u1", {"d1", "d3"})}, 1);
    };
    const auto outcome = world.capture();
    QCOMPARE(told(outcome), u"complete proven 4 in 4, 2 rounds, q[] whole"_s);
    const QByteArray u1 = world.text(*outcome, u"grants"_s, u"u1"_s); // as the later reading has it
    QVERIFY(u1.contains("\"d3\"") && !u1.contains("\"d2\""));
}

void TestGrantProof::aRoleMadeBetweenTheSweeps()
{
    ProofWorld world;
    world.answers[grantsOf(u"d1"_s)].before = [&world] {
        world.answers[grantsOf(u"d1"_s)]
            = CaptureWorld::page({grant("u1", "r2", "d1"), grant("u1", "r1", "d1"), grant("u2", "r3", "d1")}, 3);
        world.answers[Roles] = CaptureWorld::page({R"({"id":"r1"})", R"({"id":"r2"})", R"({"id":"r3"})"}, 3);
        world.answers[Base + u"roles/r3/subjectgrants?pageNumber=1&pageSize=100"_s] = CaptureWorld::page({holder("u2", {"d1"})}, 1);
    };
    world.answers[grantsOf(u"d2"_s)] = CaptureWorld::page({grant("u1", "r1", "d2"), grant("u2", "r3", "d2")}, 2);
    world.answers[grantsOf(u"d2"_s)].before
        = [&world] { world.answers[grantsOf(u"d2"_s)] = CaptureWorld::page({grant("u1", "r1", "d2")}, 1); };
    const auto outcome = world.capture();
    QCOMPARE(told(outcome), u"complete proven 5 in 3, 2 rounds, q[] whole"_s);
    QVERIFY(world.text(*outcome, u"grants"_s, u"u2"_s).contains("\"r3\""));
}

void TestGrantProof::aDisputeOutlivesARoundThatCannotBeMade_data()
{
    QTest::addColumn<QString>("place"); // fails in the third round
    QTest::addColumn<QString>("expected");
    QTest::addColumn<QString>("reason");
    QTest::newRow("the list of divisions") << Divisions << u"complete disputed 4 in 3, 2 rounds, q[u1] not whole"_s
                                           << u"disagree about 1 subjects; round 3 could not be made: forbidden"_s;
    QTest::newRow("the division the dispute is about") << grantsOf(u"d2"_s) << u"complete disputed 3 in 2, 3 rounds, q[u1] not whole"_s
                                                       << u"disagree about 1 subjects; 1 of 3 divisions"_s;
    QTest::newRow("the first sweep") << Role2 << u"complete disputed 4 in 3, 2 rounds, q[u1] not whole"_s << u"disagree about 1 subjects"_s;
}

void TestGrantProof::aDisputeOutlivesARoundThatCannotBeMade()
{
    QFETCH(QString, place);
    QFETCH(QString, reason);
    ProofWorld world;
    world.answers[grantsOf(u"d2"_s)] = CaptureWorld::page({grant("u1", "r1", "d2"), grant("u1", "r9", "d2")}, 2);
    int asked = 0;
    world.answers[place].before = [&] {
        if (++asked == 2) { // the answer under way is the one from before
            world.answers[place] = CaptureWorld::status(403);
        }
    };
    const auto outcome = world.capture();
    QTEST(told(outcome), "expected");
    QVERIFY2(reasonOf(outcome).contains(reason), qPrintable(reasonOf(outcome)));
}

void TestGrantProof::tooManyToNameAreNoMatrix()
{
    ProofWorld world;
    const auto before = world.capture();
    QByteArrayList rows{grant("u1", "r1", "d2")};
    for (int i = 0; i < 1001; ++i)
        rows.append(grant("x" + QByteArray::number(i), "r1", "d2"));
    world.answers[grantsOf(u"d2"_s)].body
        = R"({"entities":[)" + rows.join(',') + R"(],"total":1002,"pageCount":1,"pageNumber":1,"pageSize":2000})";
    const auto outcome = world.capture();
    QCOMPARE(told(outcome), u"carried q[] not whole"_s);
    QVERIFY2(reasonOf(outcome).contains(u"incomplete: the sweeps by role and by division disagree about 1001 subjects"_s),
             qPrintable(reasonOf(outcome)));
    QCOMPARE(outcome->manifest.row(u"grants"_s)->observedIn, before->snapshot.id);
}

void TestGrantProof::withoutGrantsNobodyAsksForTheirProof()
{
    ProofWorld world;
    const auto outcome = world.capture({u"queues"_s});
    QVERIFY(outcome && outcome->isComplete());
    QVERIFY(world.network.log().filter(u"divisions"_s).isEmpty());
}

void TestGrantProof::cancelledDuringTheProof()
{
    ProofWorld world;
    CancellationSource cancel;
    world.answers[grantsOf(u"d1"_s)].before = [&cancel] { cancel.cancel(); };
    const auto outcome = world.capture({}, cancel.token());
    QVERIFY(!outcome);
    QCOMPARE(outcome.error().code, ErrorCode::Cancelled);
    QCOMPARE(world.snapshotCount(), 0);
}

void TestGrantProof::timesOfGrants_data()
{
    QTest::addColumn<QByteArrayList>("inD2"); // the grants that the sweep over d2 tells
    QTest::addColumn<QByteArray>("expected"); // beside u1
    const auto row = [](const QByteArray &made) { return QByteArrayList{grant("u1", "r1", "d2", made)}; };
    const QByteArray rest = R"("d1":"2026-01-01T00:00:00Z")", end = R"(},"r2":{"d1":"2026-01-01T00:00:00Z"}},"id":"u1"})";
    const QByteArray without = R"({"grantMadeAt":{"r1":{)" + rest + end;
    const auto with
        = [&](const QByteArray &time) { return QByteArray(R"({"grantMadeAt":{"r1":{)" + rest + R"(,"d2":")" + time + '"' + end); };
    QTest::newRow("each grant has its own") << row(R"("2026-09-30T23:59:59.123Z")") << with("2026-09-30T23:59:59.123Z");
    QTest::newRow("of a grant that came twice, the earlier one")
        << row(R"("2026-03-01T00:00:00Z")") + row(R"("2026-02-01T00:00:00Z")") << with("2026-02-01T00:00:00Z");
    QTest::newRow("a grant that says none has none") << row("null") << without;
    QTest::newRow("what is no time is none") << row(R"("yesterday")") << without;
    QTest::newRow("nor is a number") << row("1767225600") << without;
    QTest::newRow("nor is a monstrous text") << row('"' + QByteArray(5000, '2') + '"') << without;
    QTest::newRow("a time in another zone stays as it came") << row(R"("2026-02-01T02:00:00+02:00")") << with("2026-02-01T02:00:00+02:00");
}

void TestGrantProof::timesOfGrants()
{
    QFETCH(QByteArrayList, inD2);
    ProofWorld world;
    world.answers[grantsOf(u"d2"_s)] = CaptureWorld::page(inD2, int(inD2.size()));
    const auto outcome = world.capture();
    QVERIFY(outcome && outcome->isComplete());
    QTEST(signalOf(world, outcome, u"u1"_s), "expected");
    QCOMPARE(signalOf(world, outcome, u"nobody"_s), QByteArray());
    QVERIFY(Evidence::Store::open(world.storeFolder())->verify()->problems.isEmpty());
}

void TestGrantProof::aSweepForTheTimesPromisesNothing_data()
{
    QTest::addColumn<QString>("place"); // what is answered otherwise
    QTest::addColumn<QByteArray>("body"); // a number is a status
    QTest::addColumn<QString>("expected");
    QTest::addColumn<bool>("isG1Told");
    const QString d2 = grantsOf(u"d2"_s);
    QTest::newRow("all is well, and so it is a proof") << Roles << QByteArray() << u"complete proven 4 in 3, 1 rounds, q[] whole"_s << true;
    QTest::newRow("no division may be listed") << Divisions << QByteArray("403") << u"complete q[] whole"_s << false;
    QTest::newRow("one division may not be seen") << d2 << QByteArray("403") << u"complete q[] whole"_s << true;
    QTest::newRow("the platform does not list what is granted everywhere") << All << QByteArray("404") << u"complete q[] whole"_s << false;
    QTest::newRow("a dispute is a dispute, whoever asked")
        << d2 << QByteArray(R"({"entities":[],"total":0,"pageCount":0,"pageNumber":1,"pageSize":500})")
        << u"complete disputed 3 in 3, 3 rounds, q[u1] not whole"_s << true;
}

void TestGrantProof::aSweepForTheTimesPromisesNothing()
{
    QFETCH(QString, place);
    QFETCH(QByteArray, body);
    QFETCH(bool, isG1Told);
    ProofWorld world;
    world.retry.maxAttempts = 1;
    world.provesGrants = false;
    world.tellsGrantTimes = true;
    bool isStatus = false;
    if (const int status = body.toInt(&isStatus); isStatus)
        world.answers[place] = CaptureWorld::status(status);
    else if (!body.isEmpty())
        world.answers[place].body = body;
    const auto outcome = world.capture();
    QTEST(told(outcome), "expected");
    QCOMPARE(!signalOf(world, outcome, u"g1"_s).isEmpty(), isG1Told);
}

/// Captures with and without the second sweep, one after the other: who saved something is never said of what was only not asked.
void TestGrantProof::timesMakeNoChange()
{
    ProofWorld world;
    const auto between = [&world](const Result<Capture::Outcome> &a, const Result<Capture::Outcome> &b) {
        const auto store = Evidence::Store::open(world.storeFolder());
        const auto difference = Compare::compareSnapshots(*store, *store->snapshot(a->snapshot.id), *store->snapshot(b->snapshot.id), {});
        QStringList out;
        for (const Compare::EntityChange &change : difference->changes)
            out.append(u"changed "_s + change.domain + u'/' + change.entity);
        for (auto domain = difference->savedWithoutEffect.cbegin(); domain != difference->savedWithoutEffect.cend(); ++domain)
            out.append(u"saved "_s + domain.key() + u'/' + domain->join(u','));
        for (const Compare::NotComparable &row : difference->notComparable)
            out.append(u"not comparable "_s + row.domain);
        return out.join(u"; "_s);
    };
    world.provesGrants = false;
    const auto before = world.capture();
    world.provesGrants = true;
    const auto with = world.capture();
    world.provesGrants = false;
    const auto without = world.capture();
    QCOMPARE(between(before, with), QString());
    QCOMPARE(between(with, without), QString());
    world.provesGrants = true;
    world.answers[grantsOf(u"d2"_s)] = CaptureWorld::page({grant("u1", "r1", "d2", R"("2026-06-01T00:00:00Z")")}, 1);
    const auto again = world.capture();
    QCOMPARE(between(with, again), u"saved grants/u1"_s); // taken away and granted again in between
    QCOMPARE(between(without, again), QString());
}

void TestGrantProof::setsOfGrants_data()
{
    QTest::addColumn<QStringList>("byRole"); // subject/role/division
    QTest::addColumn<QStringList>("byDivision");
    QTest::addColumn<QStringList>("unseen");
    QTest::addColumn<QString>("expected"); // compared, then subject: dispute
    QTest::newRow("nothing at all") << QStringList() << QStringList() << QStringList() << u"0"_s;
    QTest::newRow("in another order") << QStringList{u"a/r/1"_s, u"b/r/1"_s} << QStringList{u"b/r/1"_s, u"a/r/1"_s} << QStringList()
                                      << u"2"_s;
    QTest::newRow("another division is another grant")
        << QStringList{u"a/r/1"_s} << QStringList{u"a/r/2"_s} << QStringList()
        << u"0 a: the sweep by division has role r in division 2, the sweep by role has not; the sweep by role has role r in division 1, the sweep by division has not"_s;
    QTest::newRow("four are three and one more")
        << QStringList{u"a/r/1"_s, u"a/r/2"_s, u"a/r/3"_s, u"a/r/4"_s} << QStringList() << QStringList()
        << u"0 a: the sweep by role has role r in division 1, role r in division 2, role r in division 3 and 1 more, the sweep by division has not"_s;
    QTest::newRow("an unseen division disputes nothing")
        << QStringList{u"a/r/1"_s, u"a/r/2"_s} << QStringList{u"a/r/1"_s} << QStringList{u"2"_s} << u"1"_s;
    QTest::newRow("what came of it all the same counts")
        << QStringList() << QStringList{u"a/r/2"_s} << QStringList{u"2"_s}
        << u"0 a: the sweep by division has role r in division 2, the sweep by role has not"_s;
    QTest::newRow("without a division nothing is claimed") << QStringList{u"a/r/"_s} << QStringList() << QStringList() << u"0"_s;
    QTest::newRow("nor disputed where the other places it")
        << QStringList{u"a/r/"_s} << QStringList{u"a/r/1"_s, u"a/r/2"_s} << QStringList() << u"0"_s;
    QTest::newRow("but another role of that subject is")
        << QStringList{u"a/r/"_s, u"b/s/"_s} << QStringList{u"a/s/1"_s} << QStringList()
        << u"0 a: the sweep by division has role s in division 1, the sweep by role has not"_s;
}

void TestGrantProof::setsOfGrants()
{
    const auto facts = [](const QStringList &texts) {
        QList<Capture::GrantFact> out;
        for (const QString &text : texts)
            out.append({text.section(u'/', 0, 0), text.section(u'/', 1, 1), text.section(u'/', 2)});
        return out;
    };
    QFETCH(QStringList, byRole);
    QFETCH(QStringList, byDivision);
    QFETCH(QStringList, unseen);
    const auto comparison = Capture::compareGrants(facts(byRole), facts(byDivision), QSet<QString>(unseen.cbegin(), unseen.cend()));
    QString out = QString::number(comparison.compared);
    for (const auto &[subject, why] : comparison.disputed)
        out += u' ' + subject + u": "_s + why;
    QTEST(out, "expected");
}

QTEST_GUILESS_MAIN(TestGrantProof)
#include "tst_grantproof.moc"
