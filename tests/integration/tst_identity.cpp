#include "base/digest.h"
#include "operations/workspace.h"
#include "sandbox/generate.h"
#include "sandbox/sandbox.h"
#include "json/value.h"

#include <QCoroTask>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace Orgtrace;

namespace {
constexpr int Patience = 120'000; // an upper bound for a loaded machine; nothing waits for it to pass
}

/// The own identity against the simulated organisation: a client that sees one division only is caught, by the check, by the capture, and in the evidence.
class TestIdentity : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init();
    void cleanup();

    void theTableSaysWhatIsHeld_data();
    void theTableSaysWhatIsHeld();
    void theCaptureWarns_data();
    void theCaptureWarns();
    void theEvidenceRemembers();
    void whatWasNotSeenIsNotCalledRemoved();
    void anImportHasNoIdentity();

private:
    struct Run {
        int status = -1;
        QByteArray out, err;
    };
    Run ctl(const QStringList &arguments, const QByteArray &input = {});
    void addOrganisation(const QString &clientId);
    [[nodiscard]] QString store() const { return m_folder->filePath(u"store"_s); }

    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<Sandbox::Server> m_sandbox;
};

// The run is evaluated once: QVERIFY2 evaluates its description whether it fails or not.
#define EXPECT_STATUS(expression, expected)                                                                                                \
    do {                                                                                                                                   \
        const Run &run_ = (expression);                                                                                                    \
        QVERIFY2(run_.status == (expected),                                                                                                \
                 QByteArray("status " + QByteArray::number(run_.status) + "\n" + run_.out + run_.err).constData());                        \
    } while (false)

TestIdentity::Run TestIdentity::ctl(const QStringList &arguments, const QByteArray &input)
{
    QProcess process;
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert(u"ORGTRACE_STORE"_s, store());
    process.setProcessEnvironment(environment);
    process.start(QStringLiteral(ORGTRACECTL), arguments);
    process.write(input);
    process.closeWriteChannel();
    if (!QTest::qWaitFor([&process] { return process.state() == QProcess::NotRunning; }, Patience)) {
        process.kill();
        process.waitForFinished();
    }
    return {process.exitStatus() == QProcess::NormalExit ? process.exitCode() : -3, process.readAllStandardOutput(),
            process.readAllStandardError()};
}

void TestIdentity::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    Sandbox::Settings settings;
    settings.users = 80;
    m_sandbox = std::make_unique<Sandbox::Server>(settings);
    QVERIFY(m_sandbox->listen());
    EXPECT_STATUS(ctl({u"init"_s, u"--key-file"_s, m_folder->filePath(u"keys"_s), u"--no-passphrase"_s}), 0);
}

void TestIdentity::cleanup()
{
    m_sandbox.reset();
}

void TestIdentity::addOrganisation(const QString &clientId)
{
    const Run added = ctl({u"org"_s, u"add"_s, u"nw"_s, u"--region"_s, u"custom"_s, u"--client-id"_s, clientId, u"--base-url"_s,
                           m_sandbox->baseUrl().toString(), u"--secret-stdin"_s},
                          Sandbox::Settings().clientSecret.toUtf8() + '\n');
    EXPECT_STATUS(added, 0);
}

void TestIdentity::theTableSaysWhatIsHeld_data()
{
    QTest::addColumn<bool>("limited");
    QTest::addColumn<int>("status");
    QTest::addColumn<QByteArrayList>("lines"); // each holds these, in this order
    QTest::addColumn<QByteArrayList>("never");
    QTest::newRow("the capturing client sees all, and could write") << false << 0 << QByteArrayList{"as orgtrace-capture",
                                                                                                    "queues",
                                                                                                    "routing:queue:view",
                                                                                                    "in all divisions",
                                                                                                    "holds permissions to change things",
                                                                                                    "telephony:plugin:all",
                                                                                                    "is enough:",
                                                                                                    "routing:queue:view",
                                                                                                    "telephony:plugin:all",
                                                                                                    "allows writing, too"}
                                                                    << QByteArrayList{"only in"};
    QTest::newRow("the narrow client is caught")
        << true << 3 << QByteArrayList{"as orgtrace-limited",     "queues",        "routing:queue:view",
                                       "only in Nordics; not in", "Home",          "shorter than the truth",
                                       "routing:queue:view",      "queue_members", "is enough:"}
        << QByteArrayList{"holds permissions to change things"};
}

void TestIdentity::theTableSaysWhatIsHeld()
{
    QFETCH(bool, limited);
    QFETCH(int, status);
    QFETCH(QByteArrayList, lines);
    QFETCH(QByteArrayList, never);
    const QString own = Sandbox::Settings().clientId;
    addOrganisation(limited ? Sandbox::limitedClientId(own) : own);
    const Run text = ctl({u"org"_s, u"check"_s, u"nw"_s});
    EXPECT_STATUS(text, status);
    qsizetype at = 0;
    for (const QByteArray &line : lines) {
        const qsizetype next = text.out.indexOf(line, at);
        QVERIFY2(next >= 0, QByteArray("not found: " + line + "\n" + text.out).constData());
        at = next;
    }
    for (const QByteArray &line : never) {
        QVERIFY2(!text.out.contains(line), text.out.constData());
    }
    const Run json = ctl({u"org"_s, u"check"_s, u"nw"_s, u"--json"_s});
    EXPECT_STATUS(json, status);
    const Result<Json::Document> document = Json::parse(view(json.out));
    QVERIFY(document);
    const Json::Value root = document->root();
    QCOMPARE(root["canWrite"].size() > 0, !limited);
    QCOMPARE(root["partial"].size(), limited ? 1U : 0U);
    QCOMPARE(root["audit"].toBool(limited), !limited);
    if (limited) {
        const Json::Value partial = root["partial"].at(0);
        QCOMPARE(partial["permission"].toQString(), u"routing:queue:view"_s);
        QCOMPARE(partial["heldIn"].at(0)["name"].toQString(), u"Nordics"_s);
        QVERIFY(partial["missing"].size() >= 3);
    }
}

void TestIdentity::theCaptureWarns_data()
{
    QTest::addColumn<bool>("limited");
    QTest::addColumn<QByteArray>("warning");
    QTest::addColumn<QByteArray>("never");
    QTest::newRow("of a client that can write") << false << QByteArray("holds permissions to change things (") << QByteArray("shorter");
    QTest::newRow("of lists that are shorter") << true
                                               << QByteArray(
                                                      "lists may be shorter than the truth: routing:queue:view is held only in Nordics")
                                               << QByteArray("to change things");
}

void TestIdentity::theCaptureWarns()
{
    QFETCH(bool, limited);
    QFETCH(QByteArray, warning);
    QFETCH(QByteArray, never);
    const QString own = Sandbox::Settings().clientId;
    addOrganisation(limited ? Sandbox::limitedClientId(own) : own);
    const Run run = ctl({u"capture"_s, u"nw"_s, u"--domains"_s, u"divisions,queues,permissions_catalogue"_s});
    EXPECT_STATUS(run, 0); // every list was read to its proven end: what is missing gives no error
    QVERIFY2(run.err.contains(warning), run.err.constData());
    QVERIFY2(!run.err.contains(never), run.err.constData());
    const Run json = ctl({u"capture"_s, u"nw"_s, u"--domains"_s, u"divisions,queues,permissions_catalogue"_s, u"--json"_s});
    EXPECT_STATUS(json, 0);
    QVERIFY2(json.err.contains("{\"warning\":{\"message\":"), json.err.constData());
}

void TestIdentity::theEvidenceRemembers()
{
    addOrganisation(Sandbox::limitedClientId(Sandbox::Settings().clientId));
    const Run run = ctl({u"capture"_s, u"nw"_s, u"--domains"_s, u"divisions,queues,permissions_catalogue"_s, u"--json"_s});
    EXPECT_STATUS(run, 0);
    m_sandbox.reset(); // by the evidence alone
    const Result<Json::Document> outcome = Json::parse(view(run.out));
    QVERIFY(outcome);
    const auto check = Operations::Workspace::identityOf(store(), outcome->root()["snapshot"].toQString());
    QVERIFY2(check, check ? "" : qPrintable(check.error().detail));
    QCOMPARE(check->subjectName, u"orgtrace-limited"_s);
    QCOMPARE(check->partialDivisions, QStringList{u"routing:queue:view"_s});
    QCOMPARE(check->partial.constFirst().heldIn.constFirst().name, u"Nordics"_s);
    QVERIFY(check->partial.constFirst().missing.size() >= 3);
    QCOMPARE(check->partial.constFirst().domains, QStringList{u"queues"_s}); // of what was asked for
    QVERIFY(!check->seesEverything() && !check->canReadAudit && check->canWrite.isEmpty());
}

void TestIdentity::whatWasNotSeenIsNotCalledRemoved()
{
    const QString own = Sandbox::Settings().clientId;
    const QStringList capture{u"capture"_s, u"nw"_s, u"--domains"_s, u"divisions,queues,permissions_catalogue"_s};
    for (const QString &client : {own, Sandbox::limitedClientId(own)}) {
        addOrganisation(client);
        EXPECT_STATUS(ctl(capture), 0);
    }
    const Run diff = ctl({u"diff"_s, u"latest~1"_s, u"latest"_s, u"--domain"_s, u"queues"_s});
    EXPECT_STATUS(diff, 1);
    QVERIFY2(diff.err.contains("added or removed in queues may merely not have been seen"), diff.err.constData());
    const auto workspace = Evidence::Store::open(store());
    QVERIFY(workspace);
    const auto latest = workspace->resolve(u"latest"_s), before = workspace->resolve(u"latest~1"_s);
    const auto range = Operations::findings(store(), before->id, latest->id);
    QVERIFY2(range, range ? "" : qPrintable(range.error().detail));
    QCOMPARE(range->shortenedA, QSet<QString>());
    QCOMPARE(range->shortenedB, QSet<QString>{u"queues"_s});
    int removed = 0;
    for (const Report::Finding &finding : range->findings) {
        const Compare::EntityChange &change = finding.judged.change;
        removed += change.domain == u"queues"_s && change.kind == Compare::ChangeKind::Removed;
        QCOMPARE(range->isMerelyUnseen(change), change.domain == u"queues"_s && change.kind == Compare::ChangeKind::Removed);
    }
    QVERIFY(removed > 10);
    // The other way round it is what was added.
    const auto back = Operations::findings(store(), latest->id, before->id);
    QVERIFY(back && std::ranges::all_of(back->findings, [&](const Report::Finding &finding) {
                return back->isMerelyUnseen(finding.judged.change);
            }));
}

void TestIdentity::anImportHasNoIdentity()
{
    QDir(m_folder->path()).mkdir(u"export"_s);
    QFile file(m_folder->filePath(u"export/queues.json"_s));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(R"([{"id":"q1","name":"One"}])");
    file.close();
    const Run run = ctl({u"import"_s, m_folder->filePath(u"export"_s), u"--org"_s, u"nw"_s, u"--json"_s});
    EXPECT_STATUS(run, 0);
    const Result<Json::Document> outcome = Json::parse(view(run.out));
    QVERIFY(outcome);
    const auto check = Operations::Workspace::identityOf(store(), outcome->root()["snapshot"].toQString());
    QVERIFY(!check);
    QCOMPARE(check.error().code, ErrorCode::NotFound);
}

QTEST_GUILESS_MAIN(TestIdentity)
#include "tst_identity.moc"
