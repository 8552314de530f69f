#include "captureworld.h"

#include <QDir>
#include <QtTest>

using namespace Qt::StringLiterals;
using namespace Orgtrace;
using Evidence::LedgerRow;
using Evidence::LedgerState;
using Test::CaptureWorld;

#define VERIFY_OK(outcome)                                                                                                                 \
    QVERIFY2(outcome, qPrintable((outcome) ? QString() : QString(errorCodeName((outcome).error().code) + u' ' + (outcome).error().detail)))

namespace {
void write(const QString &path, const QByteArray &bytes)
{
    QVERIFY(QDir().mkpath(QFileInfo(path).path()));
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    QCOMPARE(file.write(bytes), bytes.size());
}

QString rowText(const LedgerRow *row)
{
    if (row == nullptr) {
        return u"none"_s;
    }
    QStringList quarantined;
    for (const auto &entry : row->quarantined) {
        quarantined.append(entry.id);
    }
    return Evidence::ledgerStateName(row->state) + u" e%1 q[%2]"_s.arg(row->entities).arg(quarantined.join(u','));
}
} // namespace

class TestImport : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void shapesOfFiles_data();
    void shapesOfFiles();
    void foldersThatAreRefused_data();
    void foldersThatAreRefused();
    void linksThatLeadOutAreRefused();
    void anImportIsAWriterOfItsOwn();
    void secretsDoNotReachTheStore();
};

void TestImport::shapesOfFiles_data()
{
    QTest::addColumn<QString>("domain");
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QString>("row");
    QTest::addColumn<QString>("ids");
    QTest::newRow("an array of entities") << u"queues"_s << QByteArray(R"([{"id":"a"},{"id":"b"}])") << u"complete e2 q[]"_s << u"a b"_s;
    QTest::newRow("an empty array") << u"queues"_s << QByteArray(" [ ] ") << u"complete e0 q[]"_s << QString();
    QTest::newRow("page objects one after another")
        << u"queues"_s << QByteArray(R"([{"entities":[{"id":"a"}],"total":2},{"entities":[{"id":"b"}],"total":2}])") << u"complete e2 q[]"_s
        << u"a b"_s;
    QTest::newRow("one page object") << u"queues"_s << QByteArray(R"({"entities":[{"id":"a"}],"total":1})") << u"complete e1 q[]"_s
                                     << u"a"_s;
    QTest::newRow("a byte order mark") << u"queues"_s << QByteArray("\xEF\xBB\xBF[{\"id\":\"a\"}]") << u"complete e1 q[]"_s << u"a"_s;
    QTest::newRow("a settings object") << u"organization"_s << QByteArray(R"({"id":"org-1","name":"N"})") << u"complete e1 q[]"_s
                                       << QString();
    QTest::newRow("an unknown domain is generic")
        << u"paint_jobs"_s << QByteArray(R"([{"id":"a","selfUri":"x"}])") << u"complete e1 q[]"_s << u"a"_s;
    QTest::newRow("an unknown settings object")
        << u"paint_settings"_s << QByteArray(R"({"colour":"red"})") << u"complete e1 q[]"_s << QString();
    QTest::newRow("an unknown single entity") << u"paint_job"_s << QByteArray(R"({"id":"a","colour":"red"})") << u"complete e1 q[]"_s
                                              << u"a"_s;
    QTest::newRow("a sub-resource by its parent's id")
        << u"queue_members"_s << QByteArray(R"([{"id":"q1","members":[{"id":"u1"}]}])") << u"complete e1 q[]"_s << u"q1"_s;
    QTest::newRow("a broken entity stands alone")
        << u"queues"_s << QByteArray(R"([{"id":"a"},{"id":"b","v":NaN},{"id":"c"}])") << u"complete e2 q[b]"_s << u"a c"_s;
    QTest::newRow("a broken entity in the second page object")
        << u"queues"_s << QByteArray(R"([{"entities":[{"id":"a"}]},{"entities":[{"id":"b","v":NaN},{"id":"c"}]}])") << u"complete e2 q[b]"_s
        << u"a c"_s;
    QTest::newRow("a broken entity in one page object")
        << u"queues"_s << QByteArray(R"({"entities":[{"id":"a"},{"id":"b","v":1,"v":2}]})") << u"complete e1 q[b]"_s << u"a"_s;
    QTest::newRow("an id twice: both stand aside")
        << u"queues"_s << QByteArray(R"([{"id":"a","v":1},{"id":"b"},{"id":"a","v":2}])") << u"complete e1 q[a]"_s << u"b"_s;
    QTest::newRow("an entity without id") << u"queues"_s << QByteArray(R"([{"id":"a"},{"name":"x"}])") << u"complete e1 q[]"_s << u"a"_s;
    QTest::newRow("an id that climbs") << u"queues"_s << QByteArray(R"([{"id":"../../etc/passwd"}])") << u"complete e1 q[]"_s
                                       << u"../../etc/passwd"_s;
    QTest::newRow("fewer than announced") << u"queues"_s << QByteArray(R"({"entities":[{"id":"a"}],"total":9})") << u"carried e0 q[]"_s
                                          << QString();
    QTest::newRow("cut off") << u"queues"_s << QByteArray(R"([{"id":"a"},{"id":)") << u"carried e0 q[]"_s << QString();
    QTest::newRow("no JSON") << u"queues"_s << QByteArray("hello") << u"carried e0 q[]"_s << QString();
    QTest::newRow("nothing") << u"queues"_s << QByteArray() << u"carried e0 q[]"_s << QString();
}

void TestImport::shapesOfFiles()
{
    QFETCH(QString, domain);
    QFETCH(QByteArray, text);
    QFETCH(QString, row);
    QFETCH(QString, ids);
    CaptureWorld world;
    const QString folder = world.scratch(u"in"_s);
    write(folder + u'/' + domain + u".json"_s, text);
    write(folder + u"/roles.json"_s, R"([{"id":"r1"}])");
    write(folder + u"/notes.txt"_s, "not JSON, not read");
    const auto outcome = world.import(folder);
    VERIFY_OK(outcome);
    QString expected = row;
    if (QByteArray(QTest::currentDataTag()) == "an entity without id") {
        QCOMPARE(outcome->manifest.row(domain)->quarantined.size(), 1);
    }
    QCOMPARE(rowText(outcome->manifest.row(domain)), expected);
    QCOMPARE(world.ids(*outcome, domain).join(u' '), ids);
    QCOMPARE(rowText(outcome->manifest.row(u"roles"_s)), u"complete e1 q[]"_s);
    QCOMPARE(outcome->manifest.source, u"import"_s);
    QVERIFY(outcome->manifest.clientId.isEmpty());
    const auto store = Evidence::Store::open(world.storeFolder());
    const auto proof = store->verify();
    QVERIFY(proof && proof->problems.isEmpty());
}

void TestImport::foldersThatAreRefused_data()
{
    QTest::addColumn<QString>("file");
    QTest::addColumn<QByteArray>("text");
    QTest::newRow("no such folder") << QString() << QByteArray();
    QTest::newRow("no JSON in it") << u"readme.txt"_s << QByteArray("[]");
    QTest::newRow("a name that is no domain") << u"my queues.json"_s << QByteArray("[]");
    QTest::newRow("nothing readable in it") << u"queues.json"_s << QByteArray("[[[");
}

void TestImport::foldersThatAreRefused()
{
    QFETCH(QString, file);
    QFETCH(QByteArray, text);
    CaptureWorld world;
    const QString folder = world.scratch(u"in"_s);
    if (!file.isEmpty()) {
        write(folder + u'/' + file, text);
    }
    const auto outcome = world.import(folder);
    QVERIFY(!outcome);
    QCOMPARE(outcome.error().code, ErrorCode::BadInput);
    QCOMPARE(world.snapshotCount(), 0);
    QVERIFY(Evidence::SnapshotWriter::begin(world.storeFolder(), u"org-1"_s));
}

void TestImport::linksThatLeadOutAreRefused()
{
    CaptureWorld world;
    const QString folder = world.scratch(u"in"_s), outside = world.scratch(u"outside.json"_s);
    write(outside, "[]");
    write(folder + u"/roles.json"_s, "[]");
    QVERIFY(QFile::link(outside, folder + u"/queues.json"_s));
    auto outcome = world.import(folder);
    QVERIFY(!outcome);
    QCOMPARE(outcome.error().code, ErrorCode::BadInput);
    QVERIFY(outcome.error().where.contains(u"queues.json"));

    QVERIFY(QFile::remove(folder + u"/queues.json"_s));
    QVERIFY(QFile::link(folder + u"/roles.json"_s, folder + u"/queues.json"_s)); // within the folder: fine
    outcome = world.import(folder);
    VERIFY_OK(outcome);

    QVERIFY(QFile::link(u"/nowhere/at/all.json"_s, folder + u"/skills.json"_s));
    outcome = world.import(folder);
    QVERIFY(!outcome);
    QCOMPARE(outcome.error().code, ErrorCode::BadInput);
}

void TestImport::anImportIsAWriterOfItsOwn()
{
    CaptureWorld world;
    const auto captured = world.capture();
    VERIFY_OK(captured);
    const QString folder = world.scratch(u"in"_s);
    write(folder + u"/queues.json"_s, R"([{"id":"q9"}])");
    const QDateTime observed(QDate(2026, 9, 15), QTime(12, 0), QTimeZone::UTC);
    const auto first = world.import(folder, observed);
    VERIFY_OK(first);
    QVERIFY(first->snapshot.parent.isEmpty());
    QVERIFY(first->snapshot.writerId != captured->snapshot.writerId);
    QCOMPARE(first->snapshot.observedUtc, observed);
    QVERIFY(first->isComplete()); // what was not in the folder was not asked for
    QCOMPARE(first->manifest.row(u"roles"_s)->reason, QString(Capture::NotAskedReason));
    QCOMPARE(first->manifest.row(u"queues"_s)->firstRequestUtc, observed);

    QVERIFY(QFile::remove(folder + u"/queues.json"_s));
    write(folder + u"/roles.json"_s, R"([{"id":"r9"}])");
    const auto second = world.import(folder, observed.addDays(1));
    VERIFY_OK(second);
    QCOMPARE(second->snapshot.parent, first->snapshot.id);
    QCOMPARE(world.ids(*second, u"queues"_s), QStringList{u"q9"_s}); // carried
    QCOMPARE(world.snapshotCount(), 3);

    const auto future = world.import(folder, observed.addYears(1));
    QVERIFY(!future);
    QCOMPARE(future.error().code, ErrorCode::BadInput);
}

void TestImport::secretsDoNotReachTheStore()
{
    CaptureWorld world;
    const QString folder = world.scratch(u"in"_s);
    write(folder + u"/paint_jobs.json"_s, R"([{"id":"a","password":"hunter2","note":"AKIAABCDEFGHIJKLMNOP"}])");
    const auto outcome = world.import(folder);
    VERIFY_OK(outcome);
    const QByteArray text = world.text(*outcome, u"paint_jobs"_s, u"a"_s);
    QCOMPARE(text.count("secret:"), 2);
    QVERIFY(!text.contains("hunter2") && !text.contains("AKIAABCD"));
}

QTEST_GUILESS_MAIN(TestImport)
#include "tst_import.moc"
