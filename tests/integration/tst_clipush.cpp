#include "base/digest.h"
#include "sandbox/sandbox.h"
#include "json/value.h"

#include "ctlrunner.h"

#include <QDir>
#include <QTemporaryDir>

using namespace Qt::StringLiterals;
using namespace Orgtrace;

using Test::Run;

/// Remotes on the command line: the real program, the sandbox over real sockets, and a bare git repository on the same disk.
class TestCliPush : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void everyCaptureIsPushed();

private:
    Run ctl(const QStringList &arguments, const QByteArray &input = {});
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
    QVERIFY2(restored.out.contains("restored") && restored.err.isEmpty(), (restored.out + restored.err).constData());
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

QTEST_GUILESS_MAIN(TestCliPush)
#include "tst_clipush.moc"
