#include "base/digest.h"
#include "evidence/store.h"
#include "sandbox/sandbox.h"
#include "json/value.h"

#include "ctlrunner.h"

#include <QEventLoop>
#include <QNetworkAccessManager>
#include <QNetworkReply>
#include <QProcess>
#include <QSslCertificate>
#include <QSslKey>
#include <QSslServer>
#include <QTcpServer>
#include <QTemporaryDir>
#include <QTest>
#include <QTimer>

using namespace Qt::StringLiterals;
using namespace Orgtrace;

using Test::Run;

/// The command line as its users have it: the real program in a process of its own, the sandbox over real sockets.
class TestCli : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void init();
    void cleanup();

    void theWholeStory();
    void badInputLeavesTheStoreAsItWas_data();
    void badInputLeavesTheStoreAsItWas();
    void aTlsFailureIsSaidSo();
    void oneForbiddenDomainIsNamedAndTheRestCaptured();
    void oneBrokenEntityIsQuarantinedAlone_data();
    void oneBrokenEntityIsQuarantinedAlone();
    void aStoreThatIsNone_data();
    void aStoreThatIsNone();
    void aFullDiskLeavesTheStoreAsItWas();
    void profilesAndOwnCatalogues_data();
    void profilesAndOwnCatalogues();
    void importOfAFolder();
    void anExportThatIsNotWholeIsNeverADeletion_data();
    void anExportThatIsNotWholeIsNeverADeletion();
    void anAnswerThatCannotBeWrittenIsNoSuccess();
    void diffOfTwoFiles_data();
    void diffOfTwoFiles();
    void jsonErrorsHaveTheContractsShape();

private:
    Run ctl(const QStringList &arguments, const QByteArray &input = {}, const QStringList &wrapper = {});
    QByteArray headOf() const;
    bool addOrganisation(const QString &url, const QByteArray &secret = "sandbox-secret");
    QString store() const { return m_folder->filePath(u"store"_s); }

    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<Sandbox::Server> m_sandbox;
};

Run TestCli::ctl(const QStringList &arguments, const QByteArray &input, const QStringList &wrapper)
{
    return Test::runCtl(store(), arguments, input, wrapper);
}

void TestCli::initTestCase()
{
    QVERIFY(QFile::exists(QStringLiteral(ORGTRACECTL)));
}

void TestCli::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    Sandbox::Settings settings;
    settings.users = 80;
    m_sandbox = std::make_unique<Sandbox::Server>(settings);
    const Result<void> listening = m_sandbox->listen();
    QVERIFY2(listening, listening ? "" : qPrintable(listening.error().detail + u" "_s + listening.error().where));
    const Run made = ctl({u"init"_s, u"--key-file"_s, m_folder->filePath(u"keys"_s), u"--no-passphrase"_s});
    EXPECT_STATUS(made, 0);
}

void TestCli::cleanup()
{
    m_sandbox.reset();
    m_folder.reset();
}

bool TestCli::addOrganisation(const QString &url, const QByteArray &secret)
{
    const Run run = ctl({u"org"_s, u"add"_s, u"nw"_s, u"--region"_s, u"eu-central-1"_s, u"--client-id"_s, Sandbox::Settings().clientId,
                         u"--base-url"_s, url, u"--secret-stdin"_s},
                        secret + '\n');
    return run.status == 0;
}

// What must stay the same when a run fails: every ref of the repository.
QByteArray TestCli::headOf() const
{
    QProcess process;
    process.start(u"git"_s, {u"-c"_s, u"safe.directory=*"_s, u"-C"_s, store() + u"/evidence.git"_s, u"for-each-ref"_s});
    process.waitForFinished();
    return process.readAllStandardOutput();
}

void TestCli::theWholeStory()
{
    QVERIFY(addOrganisation(m_sandbox->baseUrl().toString()));
    const Run check = ctl({u"org"_s, u"check"_s, u"nw"_s, u"--json"_s});
    EXPECT_STATUS(check, 0);
    QVERIFY(check.out.contains("\"leastPrivilege\""));

    const Run first = ctl({u"capture"_s, u"nw"_s, u"--json"_s});
    EXPECT_STATUS(first, 0);
    m_sandbox->moveTo(m_sandbox->monthEndUtc());
    const Run second = ctl({u"capture"_s, u"nw"_s});
    EXPECT_STATUS(second, 0);

    const Run pull = ctl({u"audit"_s, u"pull"_s, u"nw"_s, u"--from"_s, u"2026-10-16"_s, u"--to"_s, u"2026-10-22"_s, u"--json"_s});
    EXPECT_STATUS(pull, 0);
    const Run again = ctl({u"audit"_s, u"pull"_s, u"nw"_s, u"--from"_s, u"2026-10-16"_s, u"--to"_s, u"2026-10-22"_s, u"--json"_s});
    EXPECT_STATUS(again, 0);
    const Result<Json::Document> pulledAgain = Json::parse(view(again.out));
    QVERIFY(pulledAgain);
    QCOMPARE(pulledAgain->root()["added"].toInteger(-1), 0);
    QVERIFY(pulledAgain->root()["read"].toInteger() > 0);

    const Run list = ctl({u"snapshots"_s, u"nw"_s, u"--json"_s});
    EXPECT_STATUS(list, 0);
    const Result<Json::Document> listed = Json::parse(view(list.out));
    QVERIFY(listed);
    QCOMPARE(listed->root()["snapshots"].size(), 2);

    const Run diff = ctl({u"diff"_s, u"latest~1"_s, u"latest"_s, u"--json"_s});
    EXPECT_STATUS(diff, 1);
    const Result<Json::Document> difference = Json::parse(view(diff.out));
    QVERIFY(difference);
    QSet<QString> reported;
    for (const Json::Value change : difference->root()["changes"].items()) {
        reported.insert(change["domain"].toQString() + u'/' + change["entity"].toQString());
    }
    QSet<QString> expected;
    for (const Sandbox::ScriptedChange &change : m_sandbox->expectedChanges(m_sandbox->monthStartUtc(), m_sandbox->monthEndUtc())) {
        expected.insert(change.domain + u'/' + (change.entity == u"_" ? QString() : change.entity)); // settings have no id, their file is _
    }
    QCOMPARE(reported, expected);

    const Run same = ctl({u"diff"_s, u"latest"_s, u"nw:latest"_s});
    EXPECT_STATUS(same, 0);
    const Run unified = ctl({u"diff"_s, u"latest~1"_s, u"latest"_s, u"--format"_s, u"unified"_s, u"--domain"_s, u"trunk_base_settings"_s});
    EXPECT_STATUS(unified, 1);
    QVERIFY(unified.out.contains("@@ "));
    const Run patch = ctl({u"diff"_s, u"latest~1"_s, u"latest"_s, u"--format"_s, u"json-patch"_s, u"--domain"_s, u"trunk_base_settings"_s});
    EXPECT_STATUS(patch, 1);
    QVERIFY(patch.out.contains("\"op\": \"replace\""));

    const Run users = ctl({u"show"_s, u"latest"_s, u"users"_s, u"--json"_s});
    EXPECT_STATUS(users, 0);
    const Result<Json::Document> shown = Json::parse(view(users.out));
    QVERIFY(shown);
    const QString user = (*shown->root()["entities"].items().begin())["id"].toQString();
    const Run one = ctl({u"show"_s, u"latest"_s, u"users"_s, user});
    EXPECT_STATUS(one, 0);
    QVERIFY(one.out.contains(user.toUtf8()));
    const Run access = ctl({u"access"_s, u"show"_s, user, u"--json"_s});
    EXPECT_STATUS(access, 0);
    QVERIFY(access.out.contains("\"permissions\""));
    const Run nowhere = ctl({u"access"_s, u"show"_s, user, u"--division"_s, u"No such place"_s, u"--json"_s});
    EXPECT_STATUS(nowhere, 2);
    QVERIFY2(nowhere.err.contains("the snapshot has no division 'No such place'"), nowhere.err.constData());
    const Run divisions = ctl({u"show"_s, u"latest"_s, u"divisions"_s, u"--json"_s});
    const Result<Json::Document> places = Json::parse(view(divisions.out));
    QVERIFY(places);
    const Json::Value place = *places->root()["entities"].items().begin();
    const Run byName = ctl({u"access"_s, u"show"_s, user, u"--division"_s, place["name"].toQString().toUpper(), u"--json"_s});
    EXPECT_STATUS(byName, 0);
    const Run byId = ctl({u"access"_s, u"show"_s, user, u"--division"_s, place["id"].toQString(), u"--json"_s});
    QCOMPARE(byName.out, byId.out);
    EXPECT_STATUS(ctl({u"verify"_s}), 0);
    const QString reports = m_folder->filePath(u"reports"_s);
    const Run report = ctl({u"report"_s, u"nw"_s, u"--from"_s, u"latest~1"_s, u"--to"_s, u"latest"_s, u"--out"_s, reports});
    EXPECT_STATUS(report, 0);
    QCOMPARE(QDir(reports).entryList({u"*.html"_s}).size(), 1);
}

void TestCli::badInputLeavesTheStoreAsItWas_data()
{
    QTest::addColumn<QString>("path"); // fault on this path; "secret", "region", "closed" are special
    QTest::addColumn<int>("httpStatus");
    QTest::addColumn<QString>("behaviour");
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<int>("expected");
    QTest::addColumn<QByteArray>("says");
    QTest::newRow("a wrong secret is a sign-in failure") << u"secret"_s << 0 << QString() << QByteArray() << 3 << QByteArray("secret");
    QTest::newRow("an unknown region is bad input") << u"region"_s << 0 << QString() << QByteArray() << 2 << QByteArray("region");
    QTest::newRow("an unreachable host is said so") << u"closed"_s << 0 << QString() << QByteArray() << 4 << QByteArray();
    QTest::newRow("no organisation, no snapshot: 403")
        << u"/api/v2/organizations/me"_s << 403 << QString() << QByteArray() << 3 << QByteArray();
    QTest::newRow("a redirect to another host is refused")
        << u"/api/v2/organizations/me"_s << 0 << u"redirect"_s << QByteArray("http://127.0.0.2:9/steal") << 4 << QByteArray("redirect");
    QTest::newRow("a truncated first answer") << u"/api/v2/organizations/me"_s << 0 << u"truncate"_s << QByteArray() << 4 << QByteArray();
    QTest::newRow("an answer that is not JSON") << u"/api/v2/organizations/me"_s << 0 << u"not-json"_s << QByteArray() << 4 << QByteArray();
}

void TestCli::badInputLeavesTheStoreAsItWas()
{
    QFETCH(QString, path);
    QFETCH(int, httpStatus);
    QFETCH(QString, behaviour);
    QFETCH(QByteArray, body);
    QFETCH(int, expected);
    QFETCH(QByteArray, says);
    QVERIFY(addOrganisation(m_sandbox->baseUrl().toString()));
    EXPECT_STATUS(ctl({u"capture"_s, u"nw"_s, u"--domains"_s, u"organization,divisions"_s}), 0);
    const QByteArray before = headOf();
    QVERIFY(!before.isEmpty());
    Run run;
    if (path == u"region") {
        run = ctl({u"org"_s, u"add"_s, u"other"_s, u"--region"_s, u"mars-north-1"_s, u"--client-id"_s, u"x"_s});
    } else {
        if (path == u"secret") {
            QVERIFY(addOrganisation(m_sandbox->baseUrl().toString(), "not-the-secret"));
        } else if (path == u"closed") {
            QTcpServer taken; // a port that was free a moment ago, and has nobody listening
            QVERIFY(taken.listen(QHostAddress::LocalHost));
            const quint16 port = taken.serverPort();
            taken.close();
            QVERIFY(addOrganisation(u"http://127.0.0.1:%1"_s.arg(port)));
        } else {
            Sandbox::Server::Fault fault;
            fault.path = path;
            fault.status = httpStatus;
            fault.behaviour = behaviour;
            fault.body = body;
            fault.count = -1;
            m_sandbox->addFault(fault);
        }
        run = ctl({u"capture"_s, u"nw"_s});
    }
    EXPECT_STATUS(run, expected);
    QCOMPARE(headOf(), before);
    // One clear sentence, no secret in it.
    QCOMPARE(run.err.trimmed().count('\n'), 0);
    QVERIFY2(run.err.toLower().contains(says), run.err.constData());
    QVERIFY(!run.err.contains("sandbox-secret") && !run.err.contains("not-the-secret"));
    EXPECT_STATUS(ctl({u"verify"_s}), 0);
}

void TestCli::aTlsFailureIsSaidSo()
{
    const QString key = m_folder->filePath(u"key.pem"_s), certificate = m_folder->filePath(u"cert.pem"_s);
    QProcess openssl;
    openssl.start(u"openssl"_s,
                  {u"req"_s, u"-x509"_s, u"-newkey"_s, u"rsa:2048"_s, u"-nodes"_s, u"-keyout"_s, key, u"-out"_s, certificate, u"-days"_s,
                   u"3650"_s, u"-subj"_s, u"/CN=127.0.0.1"_s});
    QVERIFY(openssl.waitForFinished());
    QFile keyFile(key), certificateFile(certificate);
    QVERIFY(keyFile.open(QIODevice::ReadOnly) && certificateFile.open(QIODevice::ReadOnly));
    QSslConfiguration configuration = QSslConfiguration::defaultConfiguration();
    configuration.setLocalCertificate(QSslCertificate(&certificateFile));
    configuration.setPrivateKey(QSslKey(&keyFile, QSsl::Rsa));
    QSslServer server;
    server.setSslConfiguration(configuration);
    QVERIFY(server.listen(QHostAddress::LocalHost));
    QVERIFY(addOrganisation(u"https://127.0.0.1:%1"_s.arg(server.serverPort())));
    const Run run = ctl({u"capture"_s, u"nw"_s, u"--json"_s});
    EXPECT_STATUS(run, 4);
    QVERIFY2(run.err.contains("\"tls-failed\""), run.err.constData());
    QVERIFY(headOf().isEmpty());
}

void TestCli::oneForbiddenDomainIsNamedAndTheRestCaptured()
{
    QVERIFY(addOrganisation(m_sandbox->baseUrl().toString()));
    EXPECT_STATUS(ctl({u"capture"_s, u"nw"_s}), 0);
    Sandbox::Server::Fault fault;
    fault.path = u"/api/v2/routing/skills"_s;
    fault.status = 403;
    fault.count = -1;
    m_sandbox->addFault(fault);
    const Run run = ctl({u"capture"_s, u"nw"_s, u"--json"_s});
    EXPECT_STATUS(run, 4);
    const Result<Json::Document> outcome = Json::parse(view(run.out));
    QVERIFY(outcome);
    int complete = 0;
    for (const Json::Value row : outcome->root()["ledger"].items()) {
        if (row["domain"].toQString() == u"skills") {
            QCOMPARE(row["state"].toQString(), u"forbidden"_s);
        } else {
            QCOMPARE(row["state"].toQString(), u"complete"_s);
            ++complete;
        }
    }
    QVERIFY(complete > 10);
    // Never "deleted": the comparison says it cannot tell.
    const Run diff = ctl({u"diff"_s, u"latest~1"_s, u"latest"_s, u"--json"_s});
    EXPECT_STATUS(diff, 4);
    const Result<Json::Document> difference = Json::parse(view(diff.out));
    QVERIFY(difference);
    QCOMPARE(difference->root()["changes"].size(), 0);
    QCOMPARE((*difference->root()["notComparable"].items().begin())["domain"].toQString(), u"skills"_s);
}

void TestCli::oneBrokenEntityIsQuarantinedAlone_data()
{
    QTest::addColumn<QByteArray>("entity");
    QTest::addColumn<QByteArray>("quarantined"); // its id in the ledger; "-": kept as it came
    QTest::newRow("NaN") << QByteArray(R"({"id":"bad-1","name":"x","v":NaN})") << QByteArray("bad-1");
    QTest::newRow("duplicate keys") << QByteArray(R"({"id":"bad-2","name":"x","name":"y"})") << QByteArray("bad-2");
    QTest::newRow("10,000 levels deep") << QByteArray(R"({"id":"bad-3","name":"x","v":)" + QByteArray(10000, '[') + QByteArray(10000, ']')
                                                      + "}")
                                        << QByteArray("bad-3");
    QTest::newRow("no id") << QByteArray(R"({"name":"x"})") << QByteArray("");
    QTest::newRow("an empty id") << QByteArray(R"({"id":"","name":"x"})") << QByteArray("");
    QTest::newRow("an id that climbs out of its folder stays inside")
        << QByteArray(R"({"id":"../../etc/passwd","name":"x"})") << QByteArray("-");
    QTest::newRow("a lone surrogate is kept") << QByteArray(R"({"id":"odd-1","name":"a\ud800b"})") << QByteArray("-");
    QTest::newRow("a 5 MB string is kept") << QByteArray(R"({"id":"odd-2","name":")" + QByteArray(5'000'000, 'x') + R"("})")
                                           << QByteArray("-");
}

void TestCli::oneBrokenEntityIsQuarantinedAlone()
{
    QFETCH(QByteArray, entity);
    QFETCH(QByteArray, quarantined);
    QVERIFY(addOrganisation(m_sandbox->baseUrl().toString()));
    Sandbox::Server::Fault fault;
    fault.path = u"/api/v2/routing/skills"_s;
    fault.behaviour = u"body"_s;
    fault.body = R"({"entities":[{"id":"good-1","name":"one"},)" + entity
        + R"(,{"id":"good-2","name":"two"}],"pageNumber":1,"pageSize":100,"total":3,"pageCount":1})";
    fault.count = -1;
    m_sandbox->addFault(fault);
    const Run run = ctl({u"capture"_s, u"nw"_s, u"--domains"_s, u"organization,skills"_s, u"--json"_s});
    EXPECT_STATUS(run, quarantined == "-" ? 0 : 4);
    const Result<Json::Document> outcome = Json::parse(view(run.out));
    QVERIFY2(outcome, run.out.constData());
    for (const Json::Value row : outcome->root()["ledger"].items()) {
        if (row["domain"].toQString() != u"skills") {
            continue;
        }
        QCOMPARE(row["state"].toQString(), u"complete"_s);
        QCOMPARE(row["entities"].toInteger(), quarantined == "-" ? 3 : 2);
        QCOMPARE(row["quarantined"].size(), quarantined == "-" ? 0 : 1);
        if (quarantined != "-") {
            QCOMPARE((*row["quarantined"].items().begin())["id"].toQString(), QString::fromLatin1(quarantined));
        }
    }
    EXPECT_STATUS(ctl({u"verify"_s}), 0);
    QProcess git;
    git.start(u"git"_s, {u"-c"_s, u"safe.directory=*"_s, u"-C"_s, store() + u"/evidence.git"_s, u"fsck"_s, u"--full"_s, u"--strict"_s});
    QVERIFY(git.waitForFinished());
    QCOMPARE(git.exitCode(), 0);
    if (entity.contains("ud800")) {
        const Run shown = ctl({u"show"_s, u"latest"_s, u"skills"_s, u"odd-1"_s});
        QVERIFY(shown.out.contains("a\\ud800b"));
    }
}

void TestCli::aStoreThatIsNone_data()
{
    QTest::addColumn<QString>("kind");
    QTest::newRow("a folder that does not exist") << u"missing"_s;
    QTest::newRow("a folder that is no store") << u"empty"_s;
    QTest::newRow("a store of a newer format") << u"newer"_s;
}

void TestCli::aStoreThatIsNone()
{
    QFETCH(QString, kind);
    QString place = m_folder->filePath(u"elsewhere"_s);
    if (kind == u"empty") {
        QVERIFY(QDir().mkpath(place));
    } else if (kind == u"newer") {
        place = store();
        QFile file(place + u"/store.toml"_s);
        QVERIFY(file.open(QIODevice::ReadWrite));
        QByteArray text = file.readAll();
        QVERIFY(text.contains("format = 1"));
        text.replace("format = 1", "format = 99");
        file.resize(0);
        file.seek(0);
        file.write(text);
    }
    const Run run = ctl({u"snapshots"_s, u"--store"_s, place});
    EXPECT_STATUS(run, 2);
    QCOMPARE(run.err.trimmed().count('\n'), 0);
}

void TestCli::aFullDiskLeavesTheStoreAsItWas()
{
    QVERIFY(addOrganisation(m_sandbox->baseUrl().toString()));
    EXPECT_STATUS(ctl({u"capture"_s, u"nw"_s, u"--domains"_s, u"organization,divisions"_s}), 0);
    const QByteArray before = headOf();
    // No file may grow above 16 KB: the pack of a whole capture does.
    const Run run = ctl({u"capture"_s, u"nw"_s}, {}, {u"sh"_s, u"-c"_s, u"ulimit -f 32; exec \"$0\" \"$@\""_s});
    EXPECT_STATUS(run, 4);
    QCOMPARE(headOf(), before);
    EXPECT_STATUS(ctl({u"verify"_s}), 0);
    EXPECT_STATUS(ctl({u"capture"_s, u"nw"_s}), 0);
}

void TestCli::profilesAndOwnCatalogues_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<QByteArray>("toml");
    QTest::addColumn<int>("expected");
    QTest::addColumn<QByteArray>("says");
    QTest::newRow("grants proven by a second sweep") << QStringList{u"--prove-grants"_s} << QByteArray() << 0 << QByteArray("\"proven\"");
    QTest::newRow("no grants to prove") << QStringList{u"--prove-grants"_s, u"--domains"_s, u"skills"_s} << QByteArray() << 2
                                        << QByteArray("no grants to prove");
    const QByteArray weekly = "[[profile]]\nname = \"weekly\"\ndomains = [\"skills\", \"journey_action_targets\"]\n";
    QTest::newRow("a profile of one's own; what is not offered is no failure")
        << QStringList{u"--profile"_s, u"weekly"_s} << weekly << 0 << QByteArray("\"not-offered\"");
    QTest::newRow("a profile nobody has") << QStringList{u"--profile"_s, u"monthly"_s} << weekly << 2 << QByteArray("everything, weekly");
    QTest::newRow("a profile and single domains")
        << QStringList{u"--profile"_s, u"weekly"_s, u"--domains"_s, u"skills"_s} << weekly << 2 << QByteArray("excludes");
    QTest::newRow("a mistake names file and line")
        << QStringList() << QByteArray("\n[[domain]]\nname = \"skills\"\ntitel = \"x\"\n") << 2 << QByteArray("mine.toml:4");
}

void TestCli::profilesAndOwnCatalogues()
{
    QFETCH(QStringList, arguments);
    QFETCH(QByteArray, toml);
    QFETCH(int, expected);
    QFETCH(QByteArray, says);
    QVERIFY(addOrganisation(m_sandbox->baseUrl().toString()));
    QFile file(m_folder->filePath(u"mine.toml"_s));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(toml);
    file.close();
    const Run run = ctl(QStringList{u"capture"_s, u"nw"_s, u"--json"_s, u"--catalogue"_s, file.fileName()} + arguments);
    EXPECT_STATUS(run, expected);
    const QByteArray said = run.out + run.err;
    QVERIFY2(said.contains(says), said.constData());
}

void TestCli::importOfAFolder()
{
    const QString folder = m_folder->filePath(u"export"_s);
    QVERIFY(QDir().mkpath(folder));
    const auto write = [&folder](const QString &name, const QByteArray &text) {
        QFile file(folder + u'/' + name);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(text);
    };
    write(u"skills.json"_s, R"([{"id":"s1","name":"German","password":"hunter2hunter2"},{"id":"s2","name":"French"}])");
    write(u"shoe_sizes.json"_s, R"({"entities":[{"id":"a","size":42}]})");
    write(u"org_auth_settings.json"_s, R"({"multifactorAuthenticationRequired":true})");
    EXPECT_STATUS(ctl({u"import"_s, folder, u"--org"_s, u"paper"_s, u"--at"_s, u"2026-01-02T03:04:05Z"_s}), 0);
    write(u"skills.json"_s, R"([{"id":"s1","name":"German","password":"hunter3hunter3"}])");
    EXPECT_STATUS(ctl({u"import"_s, folder, u"--org"_s, u"paper"_s, u"--at"_s, u"2026-02-02T03:04:05Z"_s}), 0);
    const Run diff = ctl({u"diff"_s, u"latest~1"_s, u"latest"_s, u"--json"_s});
    EXPECT_STATUS(diff, 1);
    QVERIFY(diff.out.contains("secret:"));
    QVERIFY(!diff.out.contains("hunter"));
    const Result<Json::Document> difference = Json::parse(view(diff.out));
    QVERIFY(difference);
    QCOMPARE(difference->root()["changes"].size(), 2);
    const Run shown = ctl({u"show"_s, u"2026-01-15T00:00:00Z"_s, u"shoe_sizes"_s, u"a"_s});
    EXPECT_STATUS(shown, 0);
    QVERIFY(shown.out.contains("\"size\": 42"));
    EXPECT_STATUS(ctl({u"import"_s, m_folder->filePath(u"nowhere"_s), u"--org"_s, u"paper"_s}), 2);
}

void TestCli::anExportThatIsNotWholeIsNeverADeletion_data()
{
    QTest::addColumn<QByteArray>("second");
    QTest::newRow("an error body saved in place of the listing") << QByteArray(R"({"status":403,"code":"not.authorized"})");
    QTest::newRow("a page that points to a next one")
        << QByteArray(R"({"entities":[{"id":"q1","name":"one"}],"nextUri":"/api/v2/routing/queues?after=x"})");
    QTest::newRow("a page of several") << QByteArray(R"({"entities":[{"id":"q1","name":"one"}],"pageNumber":1,"pageCount":2})");
    QTest::newRow("fewer than announced") << QByteArray(R"({"entities":[{"id":"q1","name":"one"}],"total":2})");
}

void TestCli::anExportThatIsNotWholeIsNeverADeletion()
{
    QFETCH(QByteArray, second);
    const QString folder = m_folder->filePath(u"export"_s);
    QVERIFY(QDir().mkpath(folder));
    const auto write = [&folder](const QByteArray &text) {
        QFile file(folder + u"/queues.json"_s);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(text);
    };
    write(R"([{"id":"q1","name":"one"},{"id":"q2","name":"two"}])");
    EXPECT_STATUS(ctl({u"import"_s, folder, u"--org"_s, u"paper"_s, u"--at"_s, u"2026-01-02"_s}), 0);
    QFile other(folder + u"/skills.json"_s); // something that can be read, so that there is a snapshot
    QVERIFY(other.open(QIODevice::WriteOnly));
    other.write("[]");
    other.close();
    write(second);
    EXPECT_STATUS(ctl({u"import"_s, folder, u"--org"_s, u"paper"_s, u"--at"_s, u"2026-02-02"_s}), 4);
    const Run diff = ctl({u"diff"_s, u"latest~1"_s, u"latest"_s, u"--domain"_s, u"queues"_s, u"--json"_s});
    EXPECT_STATUS(diff, 4);
    QVERIFY2(!diff.out.contains("\"removed\""), diff.out.constData());
    EXPECT_STATUS(ctl({u"import"_s, folder, u"--org"_s, u"paper"_s, u"--at"_s, u"1969-01-01"_s}), 2);
}

void TestCli::anAnswerThatCannotBeWrittenIsNoSuccess()
{
    EXPECT_STATUS(ctl({u"snapshots"_s, u"--json"_s}, {}, {u"sh"_s, u"-c"_s, u"exec \"$0\" \"$@\" >/dev/full"_s}), 4);
    EXPECT_STATUS(ctl({u"diff"_s, u"--files"_s, u"/dev/zero"_s, u"/dev/zero"_s}), 2);
}

void TestCli::diffOfTwoFiles_data()
{
    QTest::addColumn<QByteArray>("a");
    QTest::addColumn<QByteArray>("b");
    QTest::addColumn<QStringList>("options");
    QTest::addColumn<int>("status");
    QTest::newRow("member order does not count") << QByteArray(R"({"a":1,"b":2})") << QByteArray(R"({"b":2,"a":1})") << QStringList() << 0;
    QTest::newRow("a number and the same in quotes are equal")
        << QByteArray(R"({"a":"30"})") << QByteArray(R"({"a":30})") << QStringList() << 0;
    QTest::newRow("but not when types are asked for")
        << QByteArray(R"({"a":"30"})") << QByteArray(R"({"a":30})") << QStringList{u"--types"_s} << 1;
    QTest::newRow("nor exactly") << QByteArray(R"({"a":"30"})") << QByteArray(R"({"a":30})") << QStringList{u"--exact"_s} << 1;
    QTest::newRow("null is not missing") << QByteArray(R"({"a":null})") << QByteArray(R"({})") << QStringList() << 1;
    QTest::newRow("not JSON is bad input") << QByteArray(R"({"a":)") << QByteArray(R"({})") << QStringList() << 2;
}

void TestCli::diffOfTwoFiles()
{
    QFETCH(QByteArray, a);
    QFETCH(QByteArray, b);
    QFETCH(QStringList, options);
    QFETCH(int, status);
    QStringList names;
    for (const QByteArray &text : {a, b}) {
        names.append(m_folder->filePath(u"%1.json"_s.arg(names.size())));
        QFile file(names.last());
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(text);
    }
    EXPECT_STATUS(ctl(QStringList{u"diff"_s, u"--files"_s} + names + options), status);
}

void TestCli::jsonErrorsHaveTheContractsShape()
{
    const Run run = ctl({u"snapshots"_s, u"--json"_s, u"--store"_s, m_folder->filePath(u"nowhere"_s)});
    EXPECT_STATUS(run, 2);
    const Result<Json::Document> error = Json::parse(view(run.err.trimmed()));
    QVERIFY2(error, run.err.constData());
    QCOMPARE(error->root()["error"]["code"].toQString(), u"not-a-store"_s);
    QVERIFY(!error->root()["error"]["message"].toQString().isEmpty());
    EXPECT_STATUS(ctl({u"no-such-command"_s}), 2);
    EXPECT_STATUS(ctl({u"diff"_s}), 2);
}

QTEST_GUILESS_MAIN(TestCli)
#include "tst_cli.moc"
