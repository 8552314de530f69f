#include "captureworld.h"

#include "base/digest.h"
#include "capture/journal.h"
#include "evidence/bundles.h"

#include <QDir>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace Orgtrace;

namespace {

Evidence::VaultKey key(char seed = 'v')
{
    return *Evidence::VaultKey::fromBytes(std::string(32, seed));
}

QByteArray readFile(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray("cannot read");
}

void writeFile(const QString &path, const QByteArray &bytes)
{
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly | QIODevice::Truncate));
    QCOMPARE(file.write(bytes), bytes.size());
}

} // namespace

/// A run that is cut off, and the run that goes on with it, over the scripted network.
class TestJournal : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void aCaptureKeepsEveryAnswerSealed();
    void aRunThatWasCutOffGoesOn();
    void refusalsAreReplayedAsTheyWere_data();
    void refusalsAreReplayedAsTheyWere();
    void cutAtEveryByteItGoesOnOrSaysWhyNot();
    void whatMayNotGoOn_data();
    void whatMayNotGoOn();
    void withoutResumeALeftoverIsToldAndKept();
    void killedBeforeTheFirstAnswerNothingPilesUp();
    void eachAnswerIsHandedOutOnce();
    void oldPagesThatDoNotFitAreReadAnew();
    void manyInterruptionsAddUp();
    void aJournalThatAnotherWritesIsLeftAlone();
    void aFailedCommitTakesTheBundleBack();
    void aJournalWhoseSnapshotIsThereIsNoInterruption();

private:
    static Result<std::shared_ptr<Capture::Journal>> begin(Test::CaptureWorld &world, bool resumes, Capture::JournalAbout about = {},
                                                           char keySeed = 'v');
    /// A capture that breaks off when `path` is asked for.
    static void interrupt(Test::CaptureWorld &world, const QString &path, bool resumes = false);
    static QStringList journals(const Test::CaptureWorld &world)
    {
        return QDir(world.storeFolder() + u"/state"_s).entryList({u"*.journal*"_s}, QDir::Files);
    }
    static const QString Members, Grants, Queues;
};

const QString TestJournal::Members = u"/api/v2/routing/queues/q2/members?pageNumber=1&pageSize=100"_s;
const QString TestJournal::Grants = u"/api/v2/authorization/roles/r2/subjectgrants?pageNumber=1&pageSize=100"_s;
const QString TestJournal::Queues = u"/api/v2/routing/queues?pageNumber=1&pageSize=100"_s;

Result<std::shared_ptr<Capture::Journal>> TestJournal::begin(Test::CaptureWorld &world, bool resumes, Capture::JournalAbout about,
                                                             char keySeed)
{
    if (about.organisation.isEmpty())
        about.organisation = u"nw"_s;
    if (about.clientId.isEmpty())
        about.clientId = u"client-1"_s;
    if (about.catalogueSha256.isEmpty())
        about.catalogueSha256 = u"rules-1"_s;
    about.startedUtc = world.clock.nowUtc();
    return Capture::Journal::begin(
        {.storeFolder = world.storeFolder(), .key = key(keySeed), .about = about, .resumes = resumes, .longestAge = std::chrono::hours(6)});
}

void TestJournal::interrupt(Test::CaptureWorld &world, const QString &path, bool resumes)
{
    CancellationSource cancel;
    const auto before = world.answers[path].before;
    world.answers[path].before = [&cancel] { cancel.cancel(); };
    auto journal = begin(world, resumes);
    QVERIFY(journal);
    world.journal = *journal;
    const auto outcome = world.capture({}, cancel.token());
    QVERIFY(!outcome);
    QCOMPARE(outcome.error().code, ErrorCode::Cancelled);
    world.answers[path].before = before;
    world.journal.reset();
}

void TestJournal::aCaptureKeepsEveryAnswerSealed()
{
    Test::CaptureWorld world;
    world.answers[Queues].body.replace("\"Help\"", "\"Help\",\"apiKey\":\"open-sesame\"");
    world.answers[Grants].status = 403;
    world.journal = *begin(world, false);
    const auto outcome = world.capture();
    QVERIFY2(outcome, outcome ? "" : qPrintable(outcome.error().detail));
    world.journal.reset();
    const Evidence::Manifest &manifest = outcome->manifest;
    QCOMPARE(manifest.rawSha256.size(), 64);
    QCOMPARE(manifest.rawRecords, outcome->requests - 1); // not the token
    const QString path = Evidence::bundlePath(world.storeFolder(), manifest.rawSha256);
    QCOMPARE(QFileInfo(path).size(), manifest.rawBytes);
    QVERIFY(journals(world).isEmpty());
    QHash<QByteArray, Evidence::RawRecord> records;
    const auto reading = Evidence::readVault(path, key(), [&](Evidence::RawRecord &&record) {
        records.insert(record.target, record);
        return true;
    });
    QVERIFY(reading && reading->isFinished && !reading->damage);
    QCOMPARE(records.value(Queues.toLatin1()).body, world.answers[Queues].body);
    QCOMPARE(records.value(Grants.toLatin1()).status, 403);
    for (const auto &[target, answer] : world.answers)
        QVERIFY2(records.contains(target.toLatin1()), qPrintable(target));
    for (const char *word : {"open-sesame", "Northwind", "entities", "secret-1", "token-1"})
        QVERIFY2(!readFile(path).contains(word), word);

    auto verification = Evidence::Store::open(world.storeFolder())->verify();
    QVERIFY(verification && verification->problems.isEmpty());
    QCOMPARE(verification->bundles, 1);
    QByteArray bytes = readFile(path);
    bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
    writeFile(path, bytes);
    QCOMPARE(Evidence::Store::open(world.storeFolder())->verify()->problems.size(), 1);
    QFile::remove(path);
    QCOMPARE(Evidence::Store::open(world.storeFolder())->verify()->problems.size(), 1); // nobody pruned it
}

void TestJournal::aRunThatWasCutOffGoesOn()
{
    Test::CaptureWorld world;
    interrupt(world, Members);
    QCOMPARE(world.snapshotCount(), 0);
    QCOMPARE(journals(world).size(), 1);
    const qsizetype asked = world.network.log().size();
    const QDateTime then = world.clock.nowUtc().addSecs(-3600);

    world.journal = *begin(world, true);
    QVERIFY(world.journal->found().records >= 6);
    QCOMPARE(world.journal->found().startedUtc, then);
    const qint64 known = world.journal->found().records;
    const auto resumed = world.capture();
    QVERIFY2(resumed, resumed ? "" : qPrintable(resumed.error().detail));
    QVERIFY(resumed->isComplete());
    QCOMPARE(resumed->replayed, known);
    // The token, and what had not come: nothing else was asked.
    const qsizetype now = world.network.log().size() - asked;
    QCOMPARE(now, resumed->requests);
    QCOMPARE(resumed->requests - 1 + known, qint64(world.answers.size() + 2)); // members without a total are read twice
    QCOMPARE(resumed->manifest.rawRecords, resumed->requests - 1 + known);
    world.journal.reset();
    QVERIFY(journals(world).isEmpty());
    // The windows stay honest: what was seen an hour ago was seen an hour ago.
    QCOMPARE(resumed->manifest.startedUtc, then);
    QCOMPARE(resumed->manifest.row(u"roles"_s)->firstRequestUtc, then);
    QCOMPARE(resumed->manifest.row(u"roles"_s)->lastResponseUtc, then);
    QCOMPARE(resumed->manifest.row(u"queue_members"_s)->lastResponseUtc, then.addSecs(3600));

    const auto whole = world.capture();
    QVERIFY(whole);
    for (const Evidence::LedgerRow &row : whole->manifest.ledger)
        QCOMPARE(resumed->manifest.row(row.domain)->root, row.root);
}

void TestJournal::refusalsAreReplayedAsTheyWere_data()
{
    QTest::addColumn<int>("status");
    QTest::addColumn<bool>("replayed");
    QTest::newRow("a missing permission") << 403 << true;
    QTest::newRow("a feature that is not there") << 404 << true;
    QTest::newRow("a service that was down is asked again") << 500 << false;
    QTest::newRow("a bad request is asked again") << 400 << false;
}

void TestJournal::refusalsAreReplayedAsTheyWere()
{
    QFETCH(int, status);
    QFETCH(bool, replayed);
    Test::CaptureWorld world;
    world.retry.maxAttempts = 2;
    const QString roles = u"/api/v2/authorization/roles?pageNumber=1&pageSize=100"_s;
    const Test::ScriptedExchange good = world.answers[roles];
    world.answers[roles]
        = Test::CaptureWorld::status(status, R"({"code":"missing.permission","message":"no","messageParams":{"p":"a:b:view"}})");
    interrupt(world, Queues);
    world.answers[roles] = good;
    world.journal = *begin(world, true);
    const auto outcome = world.capture();
    QVERIFY(outcome);
    QCOMPARE(outcome->manifest.row(u"roles"_s)->state == Evidence::LedgerState::Complete, !replayed);
    QCOMPARE(outcome->manifest.row(u"roles"_s)->state == Evidence::LedgerState::Forbidden, status == 403);
    QCOMPARE(outcome->manifest.row(u"roles"_s)->state == Evidence::LedgerState::NotOffered, status == 404);
}

void TestJournal::cutAtEveryByteItGoesOnOrSaysWhyNot()
{
    Test::CaptureWorld world;
    interrupt(world, u"/api/v2/authorization/roles/r1/subjectgrants?pageNumber=1&pageSize=100"_s);
    QCOMPARE(journals(world).size(), 1);
    const QString path = world.storeFolder() + u"/state/"_s + journals(world).first();
    const QByteArray bytes = readFile(path);
    QFile::remove(path);
    qint64 most = 0;
    for (qsizetype size = 0; size <= bytes.size(); ++size) {
        writeFile(path, bytes.first(size));
        const auto journal = begin(world, true);
        const QByteArray where = "cut after " + QByteArray::number(size);
        QVERIFY2(journal, where.constData());
        const auto &found = (*journal)->found();
        QVERIFY2(found.records >= most, where.constData());
        QVERIFY2(found.records > 0 || !found.setAside.isEmpty(), where.constData());
        QVERIFY2(found.records == 0 || !found.damage.isEmpty(), where.constData()); // it never was finished
        most = found.records;
        (*journal)->discard();
        QVERIFY2(!QFile::exists(path), where.constData());
    }
    QVERIFY(most >= 3);
    // And a run that goes on with some beginning ends where an uninterrupted one does.
    const auto whole = world.capture();
    for (const qsizetype size : {bytes.size() / 3, bytes.size() / 2, bytes.size() - 1}) {
        writeFile(path, bytes.first(size));
        world.journal = *begin(world, true);
        const auto resumed = world.capture();
        QVERIFY(resumed && resumed->isComplete());
        for (const Evidence::LedgerRow &row : whole->manifest.ledger)
            QCOMPARE(resumed->manifest.row(row.domain)->root, row.root);
        world.journal.reset();
    }
}

void TestJournal::whatMayNotGoOn_data()
{
    QTest::addColumn<Capture::JournalAbout>("about");
    QTest::addColumn<int>("hours");
    QTest::addColumn<char>("keySeed");
    QTest::addColumn<QString>("why");
    QTest::newRow("another client may see other things") << Capture::JournalAbout{{}, {}, u"client-2"_s, {}, {}} << 0 << 'v' << u"client"_s;
    QTest::newRow("another address") << Capture::JournalAbout{{}, u"https://other"_s, {}, {}, {}} << 0 << 'v' << u"address"_s;
    QTest::newRow("other rules") << Capture::JournalAbout{{}, {}, {}, u"rules-2"_s, {}} << 0 << 'v' << u"rules"_s;
    QTest::newRow("too old") << Capture::JournalAbout() << 7 << 'v' << u"too old"_s;
    QTest::newRow("from the future") << Capture::JournalAbout() << -3 << 'v' << u"too old"_s;
    QTest::newRow("sealed with another key") << Capture::JournalAbout() << 0 << 'w' << u"another key"_s;
    QTest::newRow("another organisation's is its own affair")
        << Capture::JournalAbout{u"other"_s, {}, {}, {}, {}} << 0 << 'v' << u"no interrupted"_s;
}

void TestJournal::whatMayNotGoOn()
{
    QFETCH(Capture::JournalAbout, about);
    QFETCH(int, hours);
    QFETCH(char, keySeed);
    QFETCH(QString, why);
    Test::CaptureWorld world;
    interrupt(world, Members);
    world.clock.setNowUtc(world.clock.nowUtc().addSecs(3600 * hours));
    const auto journal = begin(world, true, about, keySeed);
    QVERIFY(journal);
    QCOMPARE((*journal)->found().records, 0);
    QCOMPARE((*journal)->found().setAside.size(), 1);
    QVERIFY2((*journal)->found().setAside.first().contains(why), qPrintable((*journal)->found().setAside.first()));
    QCOMPARE(journals(world).size(), 2);
    // What is not this run's to judge outlives its success.
    (*journal)->discard();
    QCOMPARE(journals(world).size(), keySeed != 'v' || !about.organisation.isEmpty() ? 1 : 0);
}

void TestJournal::withoutResumeALeftoverIsToldAndKept()
{
    Test::CaptureWorld world;
    interrupt(world, Members);
    {
        const auto journal = begin(world, false);
        QVERIFY(journal);
        QCOMPARE((*journal)->found().records, 0);
        QVERIFY((*journal)->found().setAside.first().contains(u"--resume"_s));
        QCOMPARE(journals(world).size(), 2);
    }
    QCOMPARE(journals(world).size(), 1); // an empty one leaves nothing
    world.journal = *begin(world, false);
    const auto outcome = world.capture();
    QVERIFY(outcome);
    QCOMPARE(outcome->replayed, 0);
    world.journal.reset();
    QVERIFY(journals(world).isEmpty());
}

void TestJournal::killedBeforeTheFirstAnswerNothingPilesUp()
{
    Test::CaptureWorld world;
    QByteArray bytes;
    const QString state = world.storeFolder() + u"/state/"_s;
    {
        const auto journal = begin(world, false);
        QVERIFY(journal);
        bytes = readFile(state + journals(world).first());
    }
    for (const bool resumes : {false, true}) {
        for (int i = 0; i < 3; ++i)
            writeFile(state + u"000000000000000%1.journal"_s.arg(i), bytes);
        const auto journal = begin(world, resumes);
        QVERIFY(journal);
        QCOMPARE(journals(world).size(), 1); // its own
        QCOMPARE((*journal)->found().setAside.size(), resumes ? 1 : 0);
        if (resumes)
            QVERIFY((*journal)->found().setAside.first().contains(u"no interrupted"_s));
    }
    // What has more in it than can be read is no such thing: it is told and kept until there is a snapshot.
    writeFile(state + u"0000000000000009.journal"_s, bytes + '\1');
    const auto journal = begin(world, false);
    QVERIFY(journal);
    QCOMPARE(journals(world).size(), 2);
    QCOMPARE((*journal)->found().setAside.size(), 1);
}

void TestJournal::eachAnswerIsHandedOutOnce()
{
    Test::CaptureWorld world;
    interrupt(world, Members);
    const auto journal = begin(world, true);
    const auto request = Genesys::ApiRequest::allow(Genesys::Method::Get, "/api/v2/organizations/me");
    QVERIFY(journal && request);
    const auto first = (*journal)->replay(*request);
    QVERIFY(first);
    QCOMPARE(first->body, world.answers[u"/api/v2/organizations/me"_s].body);
    QVERIFY(!(*journal)->replay(*request));
}

void TestJournal::oldPagesThatDoNotFitAreReadAnew()
{
    Test::CaptureWorld world;
    const QString base = u"/api/v2/routing/queues?pageNumber=%1&pageSize=100"_s;
    const auto page = [](const QByteArrayList &entities, int number, int total) {
        Test::ScriptedExchange exchange;
        exchange.body = "{\"entities\":[" + entities.join(',') + "],\"pageSize\":2,\"pageCount\":2,\"pageNumber\":"
            + QByteArray::number(number) + ",\"total\":" + QByteArray::number(total) + "}";
        return exchange;
    };
    for (const char *id : {"a", "b", "c", "d"})
        world.answers[u"/api/v2/routing/queues/%1/members?pageNumber=1&pageSize=100"_s.arg(QLatin1StringView(id))]
            = Test::CaptureWorld::page({});
    world.answers[base.arg(1)] = page({R"({"id":"a"})", R"({"id":"b"})"}, 1, 4);
    world.answers[base.arg(2)] = page({R"({"id":"c"})", R"({"id":"d"})"}, 2, 4);
    interrupt(world, base.arg(2));
    // Meanwhile the first one went: the old first page and the new second one do not make a listing.
    world.answers[base.arg(1)] = page({R"({"id":"b"})", R"({"id":"c"})"}, 1, 3);
    world.answers[base.arg(2)] = page({R"({"id":"d"})"}, 2, 3);
    world.journal = *begin(world, true);
    const auto outcome = world.capture();
    QVERIFY(outcome && outcome->isComplete());
    QVERIFY(outcome->replayed > 0);
    QCOMPARE(world.ids(*outcome, u"queues"_s), (QStringList{u"b"_s, u"c"_s, u"d"_s}));
}

void TestJournal::manyInterruptionsAddUp()
{
    Test::CaptureWorld world;
    qint64 before = -1;
    for (const QString &path : {Grants, Queues, Members}) {
        interrupt(world, path, before >= 0);
        QCOMPARE(journals(world).size(), 1); // each takes the one before over
        const auto reading = Evidence::readVault(world.storeFolder() + u"/state/"_s + journals(world).first(), key(),
                                                 [](Evidence::RawRecord &&) { return true; });
        QVERIFY(reading && reading->records > before);
        before = reading->records;
    }
    world.journal = *begin(world, true);
    QCOMPARE(world.journal->found().records, before);
    const auto outcome = world.capture();
    QVERIFY(outcome && outcome->isComplete());
    QCOMPARE(outcome->replayed, before);
}

void TestJournal::aJournalThatAnotherWritesIsLeftAlone()
{
    Test::CaptureWorld world;
    const auto living = begin(world, false);
    QVERIFY(living);
    const auto other = begin(world, true);
    QVERIFY(other);
    QCOMPARE((*other)->found().records, 0);
    QVERIFY((*other)->found().setAside.first().contains(u"no interrupted"_s));
    (*other)->discard();
    QCOMPARE(journals(world).size(), 1);
}

void TestJournal::aFailedCommitTakesTheBundleBack()
{
    Test::CaptureWorld world;
    interrupt(world, Members);
    const auto journal = begin(world, true);
    QVERIFY(journal);
    const auto kept = (*journal)->keep();
    QVERIFY(kept);
    const QString path = Evidence::bundlePath(world.storeFolder(), kept->sha256);
    QVERIFY(QFile::exists(path));
    (*journal)->takeBack();
    QVERIFY(!QFile::exists(path));
    QCOMPARE(journals(world).size(), 1);
}

void TestJournal::aJournalWhoseSnapshotIsThereIsNoInterruption()
{
    Test::CaptureWorld world;
    world.journal = *begin(world, false);
    const auto outcome = world.capture();
    QVERIFY(outcome);
    world.journal.reset();
    // As if it had been killed after the snapshot was published, before the journal's name went.
    const QString path = world.storeFolder() + u"/state/0123456789abcdef.journal"_s;
    QVERIFY(QFile::copy(Evidence::bundlePath(world.storeFolder(), outcome->manifest.rawSha256), path));
    const auto journal = begin(world, true);
    QVERIFY(journal);
    QCOMPARE((*journal)->found().records, 0);
    QVERIFY(!QFile::exists(path));
}

QTEST_GUILESS_MAIN(TestJournal)
#include "tst_journal.moc"
