#include "base/digest.h"
#include "sandbox/sandbox.h"
#include "json/value.h"

#include "ctlrunner.h"

#include <QDir>
#include <QTemporaryDir>

#include <csignal>

using namespace Qt::StringLiterals;
using namespace Orgtrace;

using Test::Run;

/// Remotes on the command line: the real program, the sandbox over real sockets, and a bare git repository on the same disk.
class TestCliPush : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void everyCaptureIsPushed();
    void watchTellsWhatWasRestored();
    void gitEndsWithWhoeverStartedIt();

private:
    static constexpr int Patience = 60000;
    Run ctl(const QStringList &arguments, const QByteArray &input = {});
    void start(QProcess &process, const QStringList &arguments, const QProcessEnvironment &more = {}) const;
    bool addOrganisation(const QString &url);

    std::unique_ptr<QTemporaryDir> m_folder = std::make_unique<QTemporaryDir>();
    std::unique_ptr<Sandbox::Server> m_sandbox;
};

Run TestCliPush::ctl(const QStringList &arguments, const QByteArray &input)
{
    return Test::runCtl(m_folder->filePath(u"store"_s), arguments, input);
}

bool TestCliPush::addOrganisation(const QString &url)
{
    const Sandbox::Settings known;
    return ctl({u"org"_s, u"add"_s, u"nw"_s, u"--region"_s, u"eu-central-1"_s, u"--client-id"_s, known.clientId, u"--base-url"_s, url,
                u"--secret-stdin"_s},
               known.clientSecret.toUtf8() + '\n')
               .status
        == 0;
}

void TestCliPush::everyCaptureIsPushed()
{
    Sandbox::Settings settings;
    settings.users = 80;
    m_sandbox = std::make_unique<Sandbox::Server>(settings);
    QVERIFY(m_sandbox->listen());
    EXPECT_STATUS(ctl({u"init"_s, u"--key-file"_s, m_folder->filePath(u"keys"_s), u"--no-passphrase"_s}), 0);
    const QString bare = m_folder->filePath(u"team.git"_s);
    const auto git = [&bare](const QStringList &arguments) {
        QProcess process;
        process.start(u"git"_s, QStringList{u"-c"_s, u"safe.directory=*"_s, u"-C"_s, bare} + arguments);
        process.waitForFinished(60000);
        return process.readAllStandardOutput().trimmed();
    };
    QVERIFY(QDir().mkpath(bare));
    git({u"init"_s, u"--quiet"_s, u"--bare"_s});
    QVERIFY(addOrganisation(m_sandbox->baseUrl().toString()));
    EXPECT_STATUS(ctl({u"remote"_s, u"push"_s}), 2); // there is none
    EXPECT_STATUS(ctl({u"remote"_s, u"add"_s, u"team"_s, u"https://anna:hunter2@example.org/x.git"_s}), 2);
    EXPECT_STATUS(ctl({u"remote"_s, u"add"_s, u"team"_s, bare}), 0);
    EXPECT_STATUS(ctl({u"remote"_s, u"add"_s, u"team"_s, bare}), 2); // the name is taken
    const QStringList capture{u"capture"_s, u"nw"_s, u"--json"_s, u"--domains"_s, u"organization,divisions"_s};
    const Run first = ctl(capture);
    EXPECT_STATUS(first, 0);
    const Result<Json::Document> answer = Json::parse(view(first.out));
    QVERIFY(answer);
    const Json::Value push = answer->root()["pushes"].at(0);
    QCOMPARE(push["remote"].toQString(), u"team"_s);
    QVERIFY(push["error"].isNull());
    QCOMPARE(push["branches"].at(0)["state"].toQString(), u"pushed"_s);
    const QByteArray branches = git({u"for-each-ref"_s, u"--format=%(refname) %(objectname)"_s});
    QVERIFY2(branches.startsWith("refs/heads/config/") && branches.endsWith(answer->root()["snapshot"].toQString().toLatin1()),
             branches.constData());
    EXPECT_STATUS(ctl({u"audit"_s, u"pull"_s, u"nw"_s, u"--from"_s, u"2026-10-01"_s, u"--to"_s, u"2026-10-02"_s}),
                  4); // the sandbox stands at the start of it; the ledger grows all the same
    QVERIFY(git({u"for-each-ref"_s}).contains("refs/heads/audit/"));
    const Run again = ctl({u"remote"_s, u"push"_s, u"--json"_s});
    EXPECT_STATUS(again, 0);
    QVERIFY(again.out.contains("up-to-date"));

    // Removed there: whole again, and a finding.
    git({u"update-ref"_s, u"-d"_s, QString::fromLatin1(branches.left(branches.indexOf(' ')))});
    const Run restored = ctl({u"remote"_s, u"push"_s});
    EXPECT_STATUS(restored, 1);
    QVERIFY2(restored.out.contains("restored") && restored.err.isEmpty(), QByteArray(restored.out + restored.err).constData());
    EXPECT_STATUS(ctl({u"remote"_s, u"push"_s}), 0);

    // Rewritten there: told, never forced, and no failure of the capture.
    const QByteArray reference = branches.left(branches.indexOf(' '));
    const QByteArray forged = git({u"-c"_s, u"user.name=x"_s, u"-c"_s, u"user.email=x"_s, u"commit-tree"_s,
                                   QString::fromLatin1(reference) + u"^{tree}"_s, u"-m"_s, u"forged"_s});
    git({u"update-ref"_s, QString::fromLatin1(reference), QString::fromLatin1(forged)});
    const Run refused = ctl(capture);
    EXPECT_STATUS(refused, 0);
    QVERIFY2(refused.err.contains("\"warning\"") && refused.err.contains("rewritten there"), refused.err.constData());
    EXPECT_STATUS(ctl({u"remote"_s, u"push"_s}), 5);
    QCOMPARE(git({u"rev-parse"_s, QString::fromLatin1(reference)}), forged);

    // Gone: the same, and what was captured is here.
    QVERIFY(QDir(bare).removeRecursively());
    const Run gone = ctl(capture);
    EXPECT_STATUS(gone, 0);
    QVERIFY2(gone.err.contains("remote push"), gone.err.constData());
    const Run unreachable = ctl({u"remote"_s, u"push"_s});
    EXPECT_STATUS(unreachable, 4);
    QVERIFY2(unreachable.err.startsWith("orgtracectl: the remote 'team' cannot be pushed to") && !unreachable.err.contains("platform"),
             unreachable.err.constData());
    EXPECT_STATUS(ctl({u"verify"_s}), 0);
}

void TestCliPush::start(QProcess &process, const QStringList &arguments, const QProcessEnvironment &more) const
{
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert(u"ORGTRACE_STORE"_s, m_folder->filePath(u"store"_s));
    environment.insert(more);
    process.setProcessEnvironment(environment);
    process.start(QStringLiteral(ORGTRACECTL), arguments);
}

/// The push after a capture makes the branch whole, so that the one after the audit pull finds nothing: it is told all the same, once.
void TestCliPush::watchTellsWhatWasRestored()
{
    Sandbox::Settings settings;
    settings.users = 80;
    m_folder = std::make_unique<QTemporaryDir>();
    m_sandbox = std::make_unique<Sandbox::Server>(settings);
    QVERIFY(m_sandbox->listen());
    // The program's own clock is the machine's: the audit trail has to reach beyond it.
    m_sandbox->moveTo(QDateTime::currentDateTimeUtc().addDays(2));
    EXPECT_STATUS(ctl({u"init"_s, u"--key-file"_s, m_folder->filePath(u"keys"_s), u"--no-passphrase"_s}), 0);
    QVERIFY(addOrganisation(m_sandbox->baseUrl().toString()));
    const QString bare = m_folder->filePath(u"team.git"_s);
    const auto git = [&bare](const QStringList &arguments) {
        QProcess process;
        process.start(u"git"_s, QStringList{u"-c"_s, u"safe.directory=*"_s, u"--git-dir"_s, bare} + arguments);
        process.waitForFinished(Patience);
        return process.readAllStandardOutput().trimmed();
    };
    git({u"init"_s, u"--quiet"_s, u"--bare"_s});
    EXPECT_STATUS(ctl({u"remote"_s, u"add"_s, u"team"_s, bare}), 0);
    EXPECT_STATUS(ctl({u"capture"_s, u"nw"_s, u"--domains"_s, u"organization,divisions"_s}), 0);
    const QString branch = QString::fromLatin1(git({u"for-each-ref"_s, u"--format=%(refname)"_s, u"refs/heads/config"_s}));
    QVERIFY(branch.startsWith(u"refs/heads/config/"_s));
    git({u"update-ref"_s, u"-d"_s, branch});

    QProcess watching;
    start(watching, {u"watch"_s, u"nw"_s, u"--every"_s, u"1h"_s, u"--domains"_s, u"organization,divisions"_s});
    QByteArray out;
    QTRY_VERIFY_WITH_TIMEOUT((out += watching.readAllStandardOutput()).contains('\n'), Patience);
    ::kill(static_cast<pid_t>(watching.processId()), SIGHUP); // its terminal was closed
    QTRY_COMPARE_WITH_TIMEOUT(watching.state(), QProcess::NotRunning, Patience);
    const QByteArray told = watching.readAllStandardError();
    QVERIFY2(watching.exitStatus() == QProcess::NormalExit && watching.exitCode() == 0, told.constData());
    QVERIFY2(out.contains("audit events new"), out.constData()); // there was a second push
    QVERIFY2(told.count("it is whole again") == 1 && told.contains("had been removed there"), told.constData());
}

/// Killed, it cannot stop git itself.
void TestCliPush::gitEndsWithWhoeverStartedIt()
{
    EXPECT_STATUS(ctl({u"remote"_s, u"list"_s}), 0); // the store of the test before
    const QString remote = u"hangs"_s, began = m_folder->filePath(remote + u"-began"_s), ended = m_folder->filePath(remote + u"-ended"_s),
                  ssh = m_folder->filePath(remote + u"-ssh"_s);
    QFile script(ssh);
    QVERIFY(script.open(QIODevice::WriteOnly));
    // First git asks what it is (-G). Then it says nothing, and ends when git does.
    script.write("#!/bin/sh\n[ \"$1\" = -G ] && exit 1\ntrap ': >" + ended.toUtf8() + "; exit 0' TERM\n: >" + began.toUtf8()
                 + "\ncat >/dev/null\n: >" + ended.toUtf8() + '\n');
    QVERIFY(script.setPermissions(QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner));
    script.close();
    EXPECT_STATUS(ctl({u"remote"_s, u"add"_s, remote, u"ssh://git@backup.example.org/x.git"_s}), 0);
    QProcess pushing;
    QProcessEnvironment more;
    more.insert(u"GIT_SSH_COMMAND"_s, ssh);
    start(pushing, {u"remote"_s, u"push"_s, remote}, more);
    QTRY_VERIFY_WITH_TIMEOUT(QFile::exists(began), Patience);
    QVERIFY(!QFile::exists(ended));
    ::kill(static_cast<pid_t>(pushing.processId()), SIGKILL);
    QTRY_COMPARE_WITH_TIMEOUT(pushing.state(), QProcess::NotRunning, Patience);
    QTRY_VERIFY_WITH_TIMEOUT(QFile::exists(ended), Patience);
}

QTEST_GUILESS_MAIN(TestCliPush)
#include "tst_clipush.moc"
