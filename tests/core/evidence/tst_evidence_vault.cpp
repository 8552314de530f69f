#include "evidencefixture.h"

#include "evidence/activity.h"
#include "evidence/bundles.h"
#include "evidence/filelayer.h"

using namespace Orgtrace;
using namespace Orgtrace::Evidence;

namespace {

VaultKey key(char seed = 'v')
{
    return *VaultKey::fromBytes(std::string(32, seed));
}

RawRecord record(int number, const QByteArray &body = {})
{
    RawRecord out;
    out.method = "GET";
    out.target = "/api/v2/users?pageNumber=" + QByteArray::number(number);
    out.status = number % 3 == 2 ? 403 : 200;
    out.attempts = number + 1;
    out.sentAtUtc = testTime().addMSecs(number * 1000);
    out.receivedAtUtc = out.sentAtUtc.addMSecs(123);
    out.serverDateUtc = number == 0 ? QDateTime() : out.sentAtUtc;
    out.correlationId = QStringLiteral("corr-ü-%1").arg(number);
    out.body
        = body.isEmpty() ? QByteArray("{\"entities\":[{\"id\":\"u" + QByteArray::number(number) + "\",\"password\":\"hunter2\"}]}") : body;
    return out;
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

struct Outcome {
    std::optional<Error> error;
    VaultReading reading;
    QList<RawRecord> records;
};

Outcome readAll(const QString &path, const VaultKey &with = key())
{
    Outcome out;
    auto reading = readVault(path, with, [&](RawRecord &&record) {
        out.records += std::move(record);
        return true;
    });
    if (reading)
        out.reading = *std::move(reading);
    else
        out.error = reading.error();
    return out;
}

} // namespace

class TestEvidenceVault : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void whatWasWrittenIsRead_data();
    void whatWasWrittenIsRead();
    void nothingIsInTheClear();
    void cutAtEveryByteTheBeginningIsGood();
    void everyFlippedByteIsFound();
    void framesThatWereMovedDoNotProve();
    void anotherKeyOpensNothing();
    void aWriteThatFailsIsSaidSo();
    void otherFilesAreNoVaults_data();
    void otherFilesAreNoVaults();
    void settingsOfTheVault_data();
    void settingsOfTheVault();
    void theActivityLogProvesEachLine();
    void aLineThatWasNeverFinishedCountsForNothing();

private:
    QString path(const QString &name) const { return m_folder.filePath(name); }
    /// A finished file of three frames of records; where each frame of it ends, and how many records are there by then.
    QByteArray sample(QList<std::pair<qsizetype, int>> *ends = nullptr);

    QTemporaryDir m_folder;
    int m_number = 0;
};

void TestEvidenceVault::initTestCase()
{
    QVERIFY(m_folder.isValid());
}

QByteArray TestEvidenceVault::sample(QList<std::pair<qsizetype, int>> *ends)
{
    const QString file = path(QStringLiteral("sample-%1").arg(++m_number));
    auto writer = VaultWriter::create(file, key(), "{\"organisation\":\"acme\"}\n");
    if (!writer)
        qFatal("%s", qPrintable(writer.error().detail));
    int records = 0;
    const auto note = [&] {
        if (ends)
            *ends += {QFileInfo(file).size(), records};
    };
    note();
    for (const int count : {2, 1, 2}) {
        QList<RawRecord> batch;
        for (int i = 0; i < count; ++i)
            batch += record(records++);
        if (!writer->append(batch))
            qFatal("append");
        note();
    }
    if (!writer->finish())
        qFatal("finish");
    return readFile(file);
}

void TestEvidenceVault::whatWasWrittenIsRead_data()
{
    QTest::addColumn<int>("count");
    QTest::addColumn<int>("bodyBytes");
    QTest::newRow("no record at all") << 0 << 10;
    QTest::newRow("one empty body is a body") << 1 << 0;
    QTest::newRow("many small ones") << 300 << 200;
    QTest::newRow("a batch larger than a frame is split") << 6 << 1'500'000;
    QTest::newRow("one larger than a frame stays whole") << 1 << 9'000'000;
}

void TestEvidenceVault::whatWasWrittenIsRead()
{
    QFETCH(int, count);
    QFETCH(int, bodyBytes);
    const QString file = path(QStringLiteral("round-%1").arg(++m_number));
    auto writer = VaultWriter::create(file, key(), "about");
    VERIFY_RESULT(writer);
    QList<RawRecord> records;
    for (int i = 0; i < count; ++i) {
        records += record(i, QByteArray(bodyBytes, static_cast<char>('a' + i % 26)));
        records.last().body.resize(bodyBytes);
    }
    records.isEmpty() ? static_cast<void>(0) : static_cast<void>(records.last().requestBody = "{\"interval\":1}");
    VERIFY_RESULT(writer->append(records));
    VERIFY_RESULT(writer->sync());
    const Outcome early = readAll(file);
    QVERIFY(!early.error);
    QCOMPARE(early.records, records);
    QVERIFY(!early.reading.isFinished);
    QVERIFY(early.reading.damage && early.reading.damage->detail.contains(QStringLiteral("cut off")));

    const auto sums = writer->finish();
    VERIFY_RESULT(sums);
    QCOMPARE(sums->records, qint64(count));
    QCOMPARE(sums->bytes, QFileInfo(file).size());
    QCOMPARE(sums->sha256, QString::fromLatin1(sha256(view(readFile(file))).toHex()));
    QCOMPARE(QFileInfo(file).permissions() & (QFile::ReadGroup | QFile::ReadOther | QFile::WriteGroup | QFile::WriteOther),
             QFile::Permissions());
    const Outcome whole = readAll(file);
    QVERIFY2(!whole.reading.damage, whole.reading.damage ? qPrintable(describe(*whole.reading.damage)) : "");
    QVERIFY(whole.reading.isFinished);
    QCOMPARE(whole.reading.about, QByteArray("about"));
    QCOMPARE(whole.records, records);
    QVERIFY(!writer->append(QList<RawRecord>{record(1)})); // it is finished
    QVERIFY(!VaultWriter::create(file, key(), "about")); // an existing file is never written over
}

void TestEvidenceVault::nothingIsInTheClear()
{
    const QByteArray bytes = sample();
    for (const char *word : {"acme", "hunter2", "users", "entities", "corr-", "GET"})
        QVERIFY2(!bytes.contains(word), word);
}

void TestEvidenceVault::cutAtEveryByteTheBeginningIsGood()
{
    QList<std::pair<qsizetype, int>> ends;
    const QByteArray bytes = sample(&ends);
    const QString file = path(QStringLiteral("cut"));
    for (qsizetype size = 0; size < bytes.size(); ++size) {
        writeFile(file, bytes.first(size));
        const Outcome out = readAll(file);
        int expected = 0;
        bool hasHead = false;
        for (const auto &[end, records] : std::as_const(ends)) {
            if (size >= end) {
                expected = records;
                hasHead = true;
            }
        }
        const QByteArray where = "cut after " + QByteArray::number(size) + " bytes";
        QVERIFY2(out.records.size() == expected, where.constData());
        for (int i = 0; i < expected; ++i)
            QVERIFY2(out.records[i] == record(i), where.constData());
        QVERIFY2(!out.reading.isFinished, where.constData());
        if (out.error) {
            QVERIFY2(out.error->code == ErrorCode::Integrity && !out.error->detail.isEmpty() && !hasHead, where.constData());
        } else {
            QVERIFY2(out.reading.damage && out.reading.damage->code == ErrorCode::Integrity && !out.reading.damage->where.isEmpty(),
                     where.constData());
            QVERIFY2(out.reading.about.isEmpty() != hasHead, where.constData());
        }
    }
}

void TestEvidenceVault::everyFlippedByteIsFound()
{
    const QByteArray bytes = sample();
    const QString file = path(QStringLiteral("flipped"));
    for (qsizetype i = 0; i < bytes.size(); ++i) {
        QByteArray changed = bytes;
        changed[i] = static_cast<char>(changed[i] ^ (1 << (i % 8)));
        writeFile(file, changed);
        const Outcome out = readAll(file);
        const QByteArray where = "byte " + QByteArray::number(i);
        QVERIFY2(out.error || out.reading.damage, where.constData());
        QVERIFY2(!out.reading.isFinished, where.constData());
        for (int at = 0; at < out.records.size(); ++at)
            QVERIFY2(out.records[at] == record(at), where.constData()); // what was handed out is authentic all the same
    }
    writeFile(file, bytes + '\0');
    const Outcome longer = readAll(file);
    QVERIFY(longer.reading.damage && !longer.reading.isFinished);
}

void TestEvidenceVault::framesThatWereMovedDoNotProve()
{
    QList<std::pair<qsizetype, int>> ends;
    const QByteArray bytes = sample(&ends);
    const auto part = [&](int from, int to) { return bytes.sliced(ends[from].first, ends[to].first - ends[from].first); };
    const QByteArray head = bytes.first(ends[0].first), tail = bytes.sliced(ends[3].first);
    const QString file = path(QStringLiteral("moved"));
    const QList<QByteArray> others{
        head + part(1, 2) + part(0, 1) + part(2, 3) + tail, // two in the other order
        head + part(0, 1) + part(0, 1) + part(1, 3) + tail, // one twice
        head + part(0, 1) + part(2, 3) + tail, // one left out
        head + part(0, 2) + tail, // the end comes early
        head + tail,
    };
    for (const QByteArray &other : others) {
        writeFile(file, other);
        const Outcome out = readAll(file);
        QVERIFY(out.reading.damage && !out.reading.isFinished);
        QVERIFY(out.records.size() < 5);
    }
    // A frame of another file of the same key has no place here either.
    const QByteArray other = sample();
    writeFile(file, head + other.sliced(ends[0].first));
    QVERIFY(readAll(file).reading.damage);
}

void TestEvidenceVault::anotherKeyOpensNothing()
{
    const QString file = path(QStringLiteral("other-key"));
    writeFile(file, sample());
    const Outcome out = readAll(file, key('w'));
    QVERIFY(out.error);
    QCOMPARE(out.error->code, ErrorCode::KeyUnavailable);
    QCOMPARE(*vaultKeyIdOf(file), key().id());
    QVERIFY(key().id() != key('w').id());
    QVERIFY(!VaultKey::fromBytes("short"));
    // Even where the head was made to name the other key.
    QByteArray bytes = readFile(file);
    bytes.replace(8, 8, key('w').id());
    writeFile(file, bytes);
    const Outcome forged = readAll(file, key('w'));
    QVERIFY(!forged.error && forged.reading.damage && forged.records.isEmpty());
}

void TestEvidenceVault::aWriteThatFailsIsSaidSo()
{
    class FullDisk : public FileLayer
    {
    public:
        int left = 0;
        ssize_t write(int fd, const void *data, size_t size, off_t offset) override
        {
            if (left-- > 0)
                return FileLayer::write(fd, data, size, offset);
            errno = ENOSPC;
            return -1;
        }
    } disk;
    for (int good = 0; good < 4; ++good) {
        disk.left = good;
        setFileLayerForTests(&disk);
        const QString file = path(QStringLiteral("full-%1").arg(good));
        auto writer = VaultWriter::create(file, key(), "about");
        if (good < 2) {
            QVERIFY(!writer);
            QCOMPARE(writer.error().code, ErrorCode::DiskFull);
            QVERIFY(!QFile::exists(file));
        } else {
            const auto first = writer->append(QList<RawRecord>{record(0)});
            QCOMPARE(first.has_value(), good > 2);
            const auto last = writer->finish();
            QVERIFY(!last);
            QCOMPARE(last.error().code, ErrorCode::DiskFull);
        }
        setFileLayerForTests(nullptr);
    }
}

void TestEvidenceVault::otherFilesAreNoVaults_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<int>("code");
    QTest::newRow("an empty file") << QByteArray() << int(ErrorCode::Integrity);
    QTest::newRow("some other file") << QByteArray("PK\3\4").repeated(100) << int(ErrorCode::Integrity);
    QTest::newRow("a later format") << QByteArray("ORGTVLT2").repeated(20) << int(ErrorCode::NewerFormat);
}

void TestEvidenceVault::otherFilesAreNoVaults()
{
    QFETCH(QByteArray, bytes);
    QFETCH(int, code);
    const QString file = path(QStringLiteral("none"));
    writeFile(file, bytes);
    const Outcome out = readAll(file);
    QVERIFY(out.error);
    QCOMPARE(int(out.error->code), code);
    QCOMPARE(readAll(path(QStringLiteral("nowhere"))).error->code, ErrorCode::NotFound);
}

void TestEvidenceVault::settingsOfTheVault_data()
{
    QTest::addColumn<QByteArray>("lines");
    QTest::addColumn<bool>("good");
    QTest::addColumn<bool>("keepsRaw");
    QTest::addColumn<int>("keepDays");
    QTest::addColumn<int>("keepSnapshots");
    QTest::addColumn<int>("resumeHours");
    QTest::newRow("nothing said: everything is kept") << QByteArray() << true << true << 0 << 0 << 6;
    QTest::newRow("all of it") << QByteArray("[vault]\nkeep_raw = false\nkeep_days = 90\nkeep_snapshots = 12\nresume_hours = 1\n") << true
                               << false << 90 << 12 << 1;
    QTest::newRow("no number") << QByteArray("[vault]\nkeep_days = \"90\"\n") << false << true << 0 << 0 << 6;
    QTest::newRow("below nought") << QByteArray("[vault]\nkeep_days = -1\n") << false << true << 0 << 0 << 6;
    QTest::newRow("beyond reason") << QByteArray("[vault]\nresume_hours = 100000\n") << false << true << 0 << 0 << 6;
    QTest::newRow("no table") << QByteArray("vault = 3\n") << false << true << 0 << 0 << 6;
    QTest::newRow("neither true nor false") << QByteArray("[vault]\nkeep_raw = 1\n") << false << true << 0 << 0 << 6;
}

void TestEvidenceVault::settingsOfTheVault()
{
    QFETCH(QByteArray, lines);
    QFETCH(bool, good);
    const StoreFixture store;
    const QString file = store.folder() + QStringLiteral("/store.toml");
    writeFile(file, readFile(file) + lines);
    const auto settings = vaultSettings(store.folder());
    QCOMPARE(settings.has_value(), good);
    if (!good) {
        QCOMPARE(settings.error().code, ErrorCode::BadInput);
        return;
    }
    QTEST(settings->keepsRaw, "keepsRaw");
    QTEST(settings->keepDays, "keepDays");
    QTEST(settings->keepSnapshots, "keepSnapshots");
    QTEST(settings->resumeHours, "resumeHours");
}

void TestEvidenceVault::theActivityLogProvesEachLine()
{
    const StoreFixture store;
    QVERIFY(activityHead(store.folder()).isEmpty());
    for (int i = 0; i < 3; ++i) {
        VERIFY_RESULT(recordActivity(
            store.folder(), {testTime(i), QStringLiteral("reveal"), QStringLiteral("secret:%1").arg(i), QStringLiteral("case %1").arg(i)},
            store.signer()));
    }
    QVERIFY(
        !recordActivity(store.folder(), {testTime(), QStringLiteral("reveal"), QStringLiteral("x"), QStringLiteral(" ")}, store.signer()));
    const auto log = activityLog(store.folder());
    VERIFY_RESULT(log);
    QCOMPARE(log->problems, QStringList());
    QCOMPARE(log->entries.size(), 3);
    QCOMPARE(log->entries[2].reason, QStringLiteral("case 2"));
    QVERIFY(log->hashes.contains(activityHead(store.folder())));

    const QString file = store.folder() + QStringLiteral("/activity.log");
    const QByteArray good = readFile(file);
    QList<QByteArray> lines = good.split('\n');
    QByteArray changed = good;
    changed.replace("case 1", "case 7");
    const QList<QByteArray> broken{changed, lines[0] + '\n' + lines[2] + '\n', lines[1] + '\n' + lines[0] + '\n' + lines[2] + '\n',
                                   lines[1] + '\n' + lines[2] + '\n', good + "nonsense\n"};
    for (const QByteArray &bytes : broken) {
        writeFile(file, bytes);
        const auto read = activityLog(store.folder());
        VERIFY_RESULT(read);
        QVERIFY2(!read->problems.isEmpty(), bytes.constData());
        const auto verification = Store::open(store.folder())->verify();
        VERIFY_RESULT(verification);
        QVERIFY(!verification->problems.isEmpty());
    }
}

void TestEvidenceVault::aLineThatWasNeverFinishedCountsForNothing()
{
    const StoreFixture store;
    VERIFY_RESULT(
        recordActivity(store.folder(), {testTime(), QStringLiteral("prune"), QStringLiteral("a"), QStringLiteral("why")}, store.signer()));
    const QString file = store.folder() + QStringLiteral("/activity.log");
    const QByteArray good = readFile(file);
    writeFile(file, good + good.first(good.size() / 2));
    QCOMPARE(activityLog(store.folder())->entries.size(), 1);
    VERIFY_RESULT(
        recordActivity(store.folder(), {testTime(1), QStringLiteral("prune"), QStringLiteral("b"), QStringLiteral("why")}, store.signer()));
    const auto log = activityLog(store.folder());
    QCOMPARE(log->problems, QStringList());
    QCOMPARE(log->entries.size(), 2);
    QVERIFY(log->isPruned(QStringLiteral("b")) && !log->isPruned(QStringLiteral("c")));
}

QTEST_GUILESS_MAIN(TestEvidenceVault)
#include "tst_evidence_vault.moc"
