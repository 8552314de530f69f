#include "sandbox/sandbox.h"
#include "signinbrowser.h"
#include "json/value.h"

#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include <csignal>

using namespace Qt::StringLiterals;
using namespace Orgtrace;

namespace {
constexpr int Patience = 60'000; // an upper bound for a loaded machine; nothing waits for it to pass
}

/// A person's sign-in at the command line: the real program, the sandbox over real sockets, and a browser that reads the address from the terminal.
class TestCliSignIn : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init();
    void cleanup();

    void aPersonCaptures_data();
    void aPersonCaptures();
    void anInterruptedSignInLeavesTheStoreAsItWas();
    void aTakenPortIsBadInput();
    void whatMakesNoSenseIsRefused_data();
    void whatMakesNoSenseIsRefused();
    void thePersonWhoSaysNo();

private:
    struct Run {
        int status = -1;
        QByteArray out, err;
    };
    /// @param onSignIn called with the address as soon as the program prints it.
    Run ctl(const QStringList &arguments, const std::function<void(QProcess &, const QUrl &)> &onSignIn = {}, const QByteArray &input = {});
    void startSandbox(Sandbox::Consent consent);
    QStringList addLine() const
    {
        return {u"org"_s,
                u"add"_s,
                u"nw"_s,
                u"--region"_s,
                u"custom"_s,
                u"--client-id"_s,
                Sandbox::PersonSettings().clientId,
                u"--base-url"_s,
                m_sandbox->baseUrl().toString(),
                u"--grant"_s,
                u"pkce"_s,
                u"--redirect-port"_s,
                QString::number(m_port)};
    }

    quint16 m_port = 0;
    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<Sandbox::Server> m_sandbox;
    std::unique_ptr<Test::SignInBrowser> m_browser;
};

TestCliSignIn::Run TestCliSignIn::ctl(const QStringList &arguments, const std::function<void(QProcess &, const QUrl &)> &onSignIn,
                                      const QByteArray &input)
{
    QProcess process;
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert(u"ORGTRACE_STORE"_s, m_folder->filePath(u"store"_s));
    environment.remove(u"DISPLAY"_s); // no browser of this machine may come up
    environment.remove(u"WAYLAND_DISPLAY"_s);
    process.setProcessEnvironment(environment);
    process.start(QStringLiteral(ORGTRACECTL), arguments);
    process.write(input);
    process.closeWriteChannel();
    Run run;
    bool isTold = false;
    const bool ended = QTest::qWaitFor(
        [&] {
            run.err += process.readAllStandardError();
            const qsizetype at = run.err.indexOf("http://127.0.0.1:");
            const qsizetype end = run.err.indexOf('\n', at);
            if (!isTold && onSignIn && at >= 0 && end > at && run.err.mid(at, end - at).contains("/oauth/authorize?")) {
                isTold = true;
                QByteArray address = run.err.mid(at, end - at);
                address.truncate(std::max<qsizetype>(address.indexOf('"'), 0) > 0 ? address.indexOf('"') : address.size());
                onSignIn(process, QUrl::fromEncoded(address));
            }
            return process.state() == QProcess::NotRunning;
        },
        Patience);
    if (!ended) {
        process.kill();
        process.waitForFinished();
        return {-2, process.readAllStandardOutput(), "timed out: " + run.err};
    }
    run.status = process.exitStatus() == QProcess::NormalExit ? process.exitCode() : -3;
    run.out = process.readAllStandardOutput();
    run.err += process.readAllStandardError();
    return run;
}

// The run is evaluated once: QVERIFY2 evaluates its description whether it fails or not.
#define EXPECT_STATUS(expression, expected)                                                                                                \
    do {                                                                                                                                   \
        const Run &run_ = (expression);                                                                                                    \
        QVERIFY2(run_.status == (expected),                                                                                                \
                 QByteArray("status " + QByteArray::number(run_.status) + "\n" + run_.out + run_.err).constData());                        \
    } while (false)

void TestCliSignIn::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    m_browser = std::make_unique<Test::SignInBrowser>();
    m_port = Test::freePort();
    startSandbox(Sandbox::Consent::Approve);
    const Run made = ctl({u"init"_s, u"--key-file"_s, m_folder->filePath(u"keys"_s), u"--no-passphrase"_s});
    EXPECT_STATUS(made, 0);
}

void TestCliSignIn::cleanup()
{
    m_browser.reset();
    m_sandbox.reset();
}

void TestCliSignIn::startSandbox(Sandbox::Consent consent)
{
    Sandbox::Settings settings;
    settings.users = 80;
    settings.person.consent = consent;
    settings.person.redirectUris = {u"http://localhost:%1/"_s.arg(m_port)};
    m_sandbox = std::make_unique<Sandbox::Server>(settings);
    const Result<void> listening = m_sandbox->listen();
    QVERIFY(listening);
}

void TestCliSignIn::aPersonCaptures_data()
{
    QTest::addColumn<QStringList>("extra");
    QTest::newRow("for people") << QStringList();
    QTest::newRow("for programs") << QStringList{u"--json"_s};
}

void TestCliSignIn::aPersonCaptures()
{
    QFETCH(QStringList, extra);
    const Run added = ctl(addLine() + extra);
    EXPECT_STATUS(added, 0);
    QVERIFY2(added.out.contains(QByteArray("http://localhost:" + QByteArray::number(m_port) + "/")), added.out.constData());
    const auto browse = [this](QProcess &, const QUrl &page) { m_browser->open(page); };
    const Run captured
        = ctl(QStringList{u"capture"_s, u"nw"_s, u"--no-browser"_s, u"--domains"_s, u"organization,groups"_s} + extra, browse);
    EXPECT_STATUS(captured, 0);
    QCOMPARE(m_browser->opened, 1);
    // The address, the warning that this person, an administrator, holds permissions to change things, and nothing else.
    const QByteArrayList lines = captured.err.trimmed().split('\n');
    QCOMPARE(lines.size(), extra.isEmpty() ? 3 : 2);
    QVERIFY2(lines.last().contains("this identity holds permissions to change things ("), lines.last().constData());
    if (!extra.isEmpty()) {
        const auto document = Json::parse({lines.first().constData(), size_t(lines.first().size())});
        QVERIFY(document);
        QVERIFY(document->root()["signIn"]["url"].toQString().contains(u"/oauth/authorize?"_s));
    }
    QVERIFY(!captured.err.contains("code_verifier") && !captured.err.contains("sandbox-"));
    const Run checked = ctl(QStringList{u"org"_s, u"check"_s, u"nw"_s} + extra, browse);
    EXPECT_STATUS(checked, 0);
}

void TestCliSignIn::anInterruptedSignInLeavesTheStoreAsItWas()
{
    EXPECT_STATUS(ctl(addLine()), 0);
    const Run run = ctl({u"capture"_s, u"nw"_s}, [](QProcess &process, const QUrl &) { ::kill(pid_t(process.processId()), SIGINT); });
    EXPECT_STATUS(run, 4);
    QVERIFY2(run.err.contains("cancelled"), run.err.constData());
    const Run listed = ctl({u"snapshots"_s, u"--json"_s});
    EXPECT_STATUS(listed, 0);
    QVERIFY(!listed.out.contains("\"id\""));
}

void TestCliSignIn::aTakenPortIsBadInput()
{
    EXPECT_STATUS(ctl(addLine()), 0);
    QTcpServer other;
    QVERIFY(other.listen(QHostAddress::LocalHost, m_port));
    const Run run = ctl({u"capture"_s, u"nw"_s});
    EXPECT_STATUS(run, 2);
    QVERIFY2(run.err.contains("taken by another program") && run.err.contains("--redirect-port"), run.err.constData());
}

void TestCliSignIn::whatMakesNoSenseIsRefused_data()
{
    QTest::addColumn<QStringList>("extra");
    QTest::addColumn<QByteArray>("input");
    QTest::newRow("a secret") << QStringList{u"--secret-stdin"_s} << QByteArray("secret\n");
    QTest::newRow("port zero") << QStringList{u"--redirect-port"_s, u"0"_s} << QByteArray();
    QTest::newRow("a port above all") << QStringList{u"--redirect-port"_s, u"65536"_s} << QByteArray();
    QTest::newRow("another grant") << QStringList{u"--grant"_s, u"implicit"_s} << QByteArray();
}

void TestCliSignIn::whatMakesNoSenseIsRefused()
{
    QFETCH(QStringList, extra);
    QFETCH(QByteArray, input);
    const Run run = ctl(addLine() + extra, {}, input);
    EXPECT_STATUS(run, 2);
}

void TestCliSignIn::thePersonWhoSaysNo()
{
    startSandbox(Sandbox::Consent::Deny);
    EXPECT_STATUS(ctl(addLine()), 0);
    const Run run = ctl({u"capture"_s, u"nw"_s}, [this](QProcess &, const QUrl &page) { m_browser->open(page); });
    EXPECT_STATUS(run, 3);
    QVERIFY2(run.err.contains("the sign-in in the browser was refused") && run.err.contains("access_denied"), run.err.constData());
}

QTEST_GUILESS_MAIN(TestCliSignIn)
#include "tst_clisignin.moc"
