#include "evidence/schema.h"
#include "evidencefixture.h"
#include "json/node.h"

#include <QDir>

#include <array>

using namespace Orgtrace;
using namespace Orgtrace::Evidence;

namespace {
/// Puts another program's versions in the place of ours, while it lives.
class OtherSchema
{
public:
    explicit OtherSchema(const Schema &schema) { setSchemaForTests(&schema); }
    ~OtherSchema() { setSchemaForTests(nullptr); }
    Q_DISABLE_COPY_MOVE(OtherSchema)
};

// The future, as tests imagine it: 2 renames a member of the manifest, 3 writes documents in another form, 4 another member.
void toVersion2(Json::Node &manifest)
{
    manifest["region"] = Json::Node(std::string("two"));
}
void toVersion4(Json::Node &manifest)
{
    // Steps come in order: this one sees what the second has made.
    manifest["tool_version"] = manifest["region"];
}
constexpr std::array FutureSteps{SchemaStep{1, true, nullptr}, SchemaStep{2, false, &toVersion2}, SchemaStep{3, true, nullptr},
                                 SchemaStep{4, false, &toVersion4}};
constexpr Schema Future{FutureSteps};
constexpr Schema FutureTwo{std::span(FutureSteps).first(2)};

QString goldenFolder()
{
    return QStringLiteral(ORGTRACE_TEST_DATA "/golden/manifest");
}

QByteArray golden(const QString &name)
{
    QFile file(goldenFolder() + u'/' + name);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}
} // namespace

/// What may become of a snapshot that another version of the program wrote.
class TestSchema : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void goldenManifests_data()
    {
        QTest::addColumn<QString>("states");
        QTest::newRow("v1-capture.json") << QStringLiteral("complete not-offered complete complete complete forbidden complete");
        QTest::newRow("v1-not-asked.json") << QStringLiteral("carried carried complete carried complete carried carried");
        QTest::newRow("v1-import.json") << QStringLiteral("carried carried complete");
        QTest::newRow("v1-every-member.json") << QStringLiteral("complete not-offered complete complete complete carried complete");
    }
    /// Fixed files, never to be made anew: where this fails, the format has changed, and with it the schema version must (core/evidence/schema.cpp).
    void goldenManifests()
    {
        QFETCH(QString, states);
        const QByteArray text = golden(QString::fromLatin1(QTest::currentDataTag()));
        QVERIFY(!text.isEmpty());
        const auto read = Manifest::fromJson(text);
        VERIFY_RESULT(read);
        QCOMPARE(read->schemaVersion, 1);
        QStringList found;
        for (const LedgerRow &row : std::as_const(read->ledger))
            found.append(ledgerStateName(row.state));
        QCOMPARE(found.join(u' '), states);
        QCOMPARE(read->toJson(), text); // every member was understood, none lost, none written otherwise
    }

    void allGoldenManifestsAreChecked() { QCOMPARE(QDir(goldenFolder()).entryList(QDir::Files).size(), 4); }

    void everyMemberOfVersion1()
    {
        const auto read = Manifest::fromJson(golden(QStringLiteral("v1-every-member.json")));
        VERIFY_RESULT(read);
        const LedgerRow *roles = read->row(QStringLiteral("roles")), *grants = read->row(QStringLiteral("grants")),
                        *queues = read->row(QStringLiteral("queues"));
        QVERIFY(roles && grants && queues);
        QCOMPARE(roles->quarantined.size(), 2);
        QCOMPARE(roles->quarantined.first().why, QStringLiteral("duplicate keys (at /name)"));
        QCOMPARE(roles->failedParents, (QStringList{QStringLiteral("p-1"), QStringLiteral("p-2")}));
        QCOMPARE(roles->longIds.size(), size_t(1));
        QVERIFY(!roles->announced);
        QVERIFY(grants->proof && grants->proof->state == ProofState::Disputed && grants->proof->items == 98 && grants->proof->lists == 9
                && grants->proof->rounds == 3);
        QCOMPARE(queues->observedIn, QStringLiteral("0123456789abcdef0123456789abcdef01234567"));
        QVERIFY(read->rawRecords > 0 && read->rawSha256.size() == 64 && read->activityHead.size() == 64);
    }

    void whatBeganACaptureNeedsNoNewVersion()
    {
        auto read = Manifest::fromJson(golden(QStringLiteral("v1-capture.json")));
        VERIFY_RESULT(read);
        QVERIFY(read->trigger.isEmpty()); // older ones do not tell
        read->trigger = QStringLiteral("schedule");
        const QByteArray text = read->toJson();
        QVERIFY(text.contains("\"trigger\": \"schedule\""));
        const auto again = Manifest::fromJson(text);
        VERIFY_RESULT(again);
        QCOMPARE(again->trigger, QStringLiteral("schedule"));
        QCOMPARE(again->schemaVersion, 1);
    }

    void whatANewerMinorWriterAddsIsIgnored()
    {
        QByteArray text = golden(QStringLiteral("v1-capture.json"));
        text.replace("\"schema_version\"", "\"a_member_of_tomorrow\": {\"x\": [1, 2]},\n  \"schema_version\"");
        const auto read = Manifest::fromJson(text);
        VERIFY_RESULT(read);
        QCOMPARE(read->ledger.size(), 7);
    }

    void migration_data()
    {
        QTest::addColumn<int>("version");
        QTest::addColumn<QString>("region"); // and the tool's version, which a later step takes from it
        QTest::newRow("through all steps, in order") << 1 << QStringLiteral("two/two");
        QTest::newRow("from the middle only the later steps") << 2 << QStringLiteral("eu-central-1/eu-central-1");
        QTest::newRow("from a version that begins a baseline") << 3 << QStringLiteral("eu-central-1/eu-central-1");
        QTest::newRow("the newest needs none") << 4 << QStringLiteral("eu-central-1/0.1.0");
    }
    void migration()
    {
        QFETCH(int, version);
        const OtherSchema other(Future);
        QByteArray text = golden(QStringLiteral("v1-capture.json"));
        text.replace("\"schema_version\": 1", QByteArray("\"schema_version\": " + QByteArray::number(version)));
        const auto read = Manifest::fromJson(text);
        VERIFY_RESULT(read);
        QCOMPARE(read->schemaVersion, version); // what it was written as decides what it may be compared with
        QTEST(QString(read->region + u'/' + read->toolVersion), "region");
        QCOMPARE(read->ledger.size(), 7);
    }

    void versionsThereNeverWere_data()
    {
        QTest::addColumn<QByteArray>("version");
        QTest::addColumn<ErrorCode>("code");
        QTest::newRow("the next one") << QByteArray("2") << ErrorCode::NewerFormat;
        QTest::newRow("one far away") << QByteArray("2147483648") << ErrorCode::NewerFormat;
        QTest::newRow("zero") << QByteArray("0") << ErrorCode::Integrity;
        QTest::newRow("below zero") << QByteArray("-1") << ErrorCode::Integrity;
        QTest::newRow("no number") << QByteArray("\"1\"") << ErrorCode::Integrity;
        QTest::newRow("null") << QByteArray("null") << ErrorCode::Integrity;
        QTest::newRow("beyond all numbers") << QByteArray("1e400") << ErrorCode::Integrity;
    }
    void versionsThereNeverWere()
    {
        QFETCH(QByteArray, version);
        QFETCH(ErrorCode, code);
        const auto read = Manifest::fromJson("{\"schema_version\":" + version + ",\"domains\":{}}");
        QVERIFY(!read);
        QCOMPARE(errorCodeName(read.error().code), errorCodeName(code));
    }

    void baselines_data()
    {
        QTest::addColumn<int>("a");
        QTest::addColumn<int>("b");
        QTest::addColumn<bool>("comparable");
        QTest::newRow("the same version") << 1 << 1 << true;
        QTest::newRow("only the manifest changed in between") << 1 << 2 << true;
        QTest::newRow("a baseline in between") << 2 << 3 << false;
        QTest::newRow("a baseline in between, from before") << 1 << 4 << false;
        QTest::newRow("after the baseline") << 4 << 3 << true;
        QTest::newRow("a version there is not") << 4 << 5 << false;
        QTest::newRow("nor ever was") << 0 << 0 << false;
    }
    void baselines()
    {
        QFETCH(int, a);
        QFETCH(int, b);
        QTEST(Future.areComparable(a, b), "comparable");
        QCOMPARE(Future.areComparable(b, a), Future.areComparable(a, b));
    }

    /// A store that a newer program has written into: what is older stays readable, what is newer is refused with one sentence, nothing is written over it.
    void aNewerSnapshotIsRefused()
    {
        const StoreFixture store;
        const TestSnapshot content{{QStringLiteral("users"), {{QStringLiteral("u1"), "{\n  \"a\": 1\n}\n", {}}}}};
        const auto old = store.write(content, 0);
        VERIFY_RESULT(old);
        QString newer;
        {
            const OtherSchema other(FutureTwo);
            const auto written = store.write(content, 1);
            VERIFY_RESULT(written);
            newer = written->id;
            const auto verified = Store::open(store.folder())->verify(); // the newer program proves both
            VERIFY_RESULT(verified);
            QVERIFY(verified->problems.isEmpty());
        }
        const QString sentence = QStringLiteral("the snapshot has schema version 2, this program reads up to 1; use a newer Orgtrace");
        const auto opened = Store::open(store.folder());
        QCOMPARE(opened->snapshots()->size(), 2); // the timeline knows of it
        VERIFY_RESULT(opened->snapshot(old->id));
        const auto refused = opened->snapshot(newer);
        QVERIFY(!refused);
        QCOMPARE(refused.error().code, ErrorCode::NewerFormat);
        QCOMPARE(refused.error().detail, sentence);
        QVERIFY(refused.error().where.startsWith(newer));
        const auto writer = SnapshotWriter::begin(store.folder(), QStringLiteral("org-1"));
        QVERIFY(!writer);
        QCOMPARE(writer.error().detail, sentence);
        const auto verified = opened->verify();
        QVERIFY(!verified); // neither proven nor disproven
        QCOMPARE(verified.error().code, ErrorCode::NewerFormat);
        QCOMPARE(exitStatus(verified.error().code), 2);
    }

    /// The newer program goes on where the older one left off: what it does not ask for is carried as it was.
    void aNewerProgramGoesOn()
    {
        const StoreFixture store;
        const auto old = store.write({{QStringLiteral("queues"), {{QStringLiteral("q1"), "{\n  \"a\": 1\n}\n", {}}}},
                                      {QStringLiteral("users"), {{QStringLiteral("u1"), "{\n  \"a\": 1\n}\n", {}}}}},
                                     0);
        VERIFY_RESULT(old);
        const OtherSchema other(Future);
        const auto next = store.write({{QStringLiteral("users"), {{QStringLiteral("u1"), "{\n  \"b\": 1\n}\n", {}}}}}, 1);
        VERIFY_RESULT(next);
        const auto opened = Store::open(store.folder());
        const auto snapshot = opened->snapshot(next->id);
        VERIFY_RESULT(snapshot);
        QCOMPARE(snapshot->manifest().schemaVersion, 4);
        const LedgerRow *queues = snapshot->manifest().row(QStringLiteral("queues"));
        QVERIFY(queues && queues->state == LedgerState::Carried && queues->observedIn == old->id);
        QVERIFY(opened->verify()->problems.isEmpty());
    }
};

QTEST_GUILESS_MAIN(TestSchema)
#include "tst_evidence_schema.moc"
