#include "evidence/remote.h"
#include "evidencefixture.h"

#include <QDir>
#include <QRegularExpression>

using namespace Qt::StringLiterals;
using namespace Orgtrace;
using namespace Orgtrace::Evidence;
using namespace std::chrono_literals;

namespace {
bool put(const QString &path, const QByteArray &bytes, bool isProgram = false)
{
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size())
        return false;
    return !isProgram || file.setPermissions(QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
}

QByteArray get(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

const QString Branch = u"config/org-1/writer-1"_s;

/// A store, and a bare repository on the same disk to push to.
class PushFixture : public StoreFixture
{
public:
    PushFixture()
    {
        if (!inRemote(u"init --quiet --bare"_s).isEmpty())
            qFatal("no git");
    }
    [[nodiscard]] QString folderOfRemote() const { return m_remote.path(); }
    [[nodiscard]] RemoteSettings remote() const { return {u"team"_s, u"file://"_s + m_remote.path()}; }
    [[nodiscard]] QString scratch(const QString &name) const { return m_remote.path() + u'/' + name; }
    /// In the remote; what it prints, both streams.
    QString inRemote(const QString &arguments) const
    {
        QProcess process;
        process.setProcessChannelMode(QProcess::MergedChannels);
        process.setWorkingDirectory(m_remote.path());
        process.start(u"git"_s,
                      QStringList{u"-c"_s, u"safe.directory=*"_s, u"-c"_s, u"user.name=x"_s, u"-c"_s, u"user.email=x"_s}
                          + QProcess::splitCommand(arguments));
        process.waitForFinished(60000);
        return QString::fromUtf8(process.readAll()).trimmed();
    }
    [[nodiscard]] QString head(const QString &branch = Branch) const
    {
        return inRemote(u"rev-parse --verify --quiet refs/heads/"_s + branch);
    }
    Result<SnapshotSummary> snapshot(int number) const
    {
        return write({{u"users"_s, {{u"u1"_s, "{\n  \"a\": " + QByteArray::number(number) + "\n}\n", {}}}}}, number);
    }
    [[nodiscard]] bool appendedAudit() const
    {
        AuditWindow window;
        window.fromUtc = testTime();
        window.toUtc = window.queriedUtc = testTime(1);
        window.state = u"complete"_s;
        return Store::open(folder())->appendAudit(u"org-1"_s, {}, {window}, testTime(1), signer()).has_value();
    }
    Push push(const PushLimits &limits = {}, const CancellationToken &cancel = {}) const
    {
        return pushTo(folder(), remote(), cancel, limits);
    }
    /// As far as it goes without a server: ssh is whatever GIT_SSH_COMMAND says, and it gets host and command.
    [[nodiscard]] Push pushOverSsh() const
    {
        const QString ssh = scratch(u"ssh"_s);
        if (!put(ssh,
                 "#!/bin/sh\necho \"$@\" > " + scratch(u"asked"_s).toUtf8() + "\nwhile [ $# -gt 1 ]; do shift; done\nexec sh -c \"$1\"\n",
                 true))
            qFatal("no ssh");
        qputenv("GIT_SSH_COMMAND", ssh.toUtf8());
        Push push = pushTo(folder(), {u"team"_s, u"ssh://git@backup.example.org"_s + m_remote.path()});
        qunsetenv("GIT_SSH_COMMAND");
        return push;
    }

private:
    QTemporaryDir m_remote;
};

/// "config/org-1/writer-1 pushed; integrity"
QString told(const Push &push)
{
    QStringList lines;
    for (const PushedBranch &branch : push.branches)
        lines.append(branch.branch + u' ' + pushStateName(branch.state));
    if (push.error)
        lines.append(errorCodeName(push.error->code));
    return lines.join(u"; "_s);
}
} // namespace

class TestRemote : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void urls_data()
    {
        QTest::addColumn<QString>("url");
        QTest::addColumn<QString>("kept"); // empty: refused
        const auto same = [](const char *name, const QString &url) { QTest::newRow(name) << url << url; };
        const auto refused = [](const char *name, const QString &url) { QTest::newRow(name) << url << QString(); };
        same("https", u"https://git.example.org/team/evidence.git"_s);
        same("https on a port", u"https://git.example.org:8443/evidence.git"_s);
        same("ssh", u"ssh://git@git.example.org/evidence.git"_s);
        same("a folder", u"file:///srv/evidence.git"_s);
        QTest::newRow("a path") << u"/srv/my evidence.git"_s << u"file:///srv/my%20evidence.git"_s;
        same("http to this machine", u"http://127.0.0.1:3000/evidence.git"_s);
        refused("http to another", u"http://git.example.org/evidence.git"_s);
        refused("a password", u"https://anna:hunter2@git.example.org/evidence.git"_s);
        refused("an empty password", u"https://anna:@git.example.org/evidence.git"_s);
        refused("a user over https, which may be a token", u"https://hunter2@git.example.org:8443/evidence.git"_s);
        refused("a user over http", u"http://hunter2@127.0.0.1:3000/evidence.git"_s);
        refused("no user, but the sign of one", u"https://@git.example.org/evidence.git"_s);
        refused("a token in a query", u"https://git.example.org/evidence.git?private_token=hunter2"_s);
        refused("a query for ssh", u"ssh://git@git.example.org/evidence.git?token=hunter2"_s);
        refused("an empty query", u"https://git.example.org/evidence.git?"_s);
        refused("a password behind an encoded colon", u"ssh://anna%3Ahunter2@git.example.org/evidence.git"_s);
        refused("an encoded user", u"ssh://%68unter2@git.example.org/evidence.git"_s);
        refused("a program", u"ext::sh -c touch% /tmp/x"_s);
        refused("another helper", u"fd::17"_s);
        refused("an option", u"--upload-pack=touch /tmp/x"_s);
        refused("an option in place of a host", u"ssh://-oProxyCommand=touch/x"_s);
        refused("an option in place of a user", u"ssh://-oProxyCommand=x@host/x"_s);
        refused("scp's form", u"git@example.org:evidence.git"_s);
        refused("git's own protocol, which proves nobody", u"git://example.org/evidence.git"_s);
        refused("a relative path", u"../evidence.git"_s);
        refused("a folder on a host", u"file://host/evidence.git"_s);
        refused("no repository", u"https://git.example.org/"_s);
        refused("two lines", u"https://git.example.org/a\nurl = b"_s);
        refused("nothing", QString());
        refused("endless", u"https://git.example.org/"_s + QString(3000, u'a'));
    }
    void urls()
    {
        QFETCH(QString, url);
        QFETCH(QString, kept);
        const StoreFixture store;
        const QByteArray before = get(store.folder() + u"/store.toml"_s);
        const auto added = addRemote(store.folder(), {u"team"_s, url});
        QCOMPARE(added.has_value(), !kept.isEmpty());
        const auto all = remotes(store.folder());
        VERIFY_RESULT(all);
        if (kept.isEmpty()) {
            QCOMPARE(added.error().code, ErrorCode::BadInput);
            QVERIFY(!added.error().detail.contains(u"hunter2"_s) && !added.error().where.contains(u"hunter2"_s));
            QVERIFY(all->isEmpty());
            QCOMPARE(get(store.folder() + u"/store.toml"_s), before);
            return;
        }
        QCOMPARE(all->size(), 1);
        QCOMPARE(all->first().url, kept);
        QVERIFY(get(store.folder() + u"/store.toml"_s).startsWith(before));
    }

    void whatAHandWroteIsCheckedToo()
    {
        const StoreFixture store;
        const QString file = store.folder() + u"/store.toml"_s;
        VERIFY_RESULT(addRemote(store.folder(), {u"team"_s, u"/srv/a.git"_s}));
        QVERIFY(!addRemote(store.folder(), {u"team"_s, u"/srv/b.git"_s})); // the name is taken
        QVERIFY(!addRemote(store.folder(), {u"../x"_s, u"/srv/b.git"_s}));
        VERIFY_RESULT(addRemote(store.folder(), {u"second"_s, u"/srv/b.git"_s}));
        QCOMPARE(remotes(store.folder())->size(), 2);
        QVERIFY(put(file, get(file) + "\n[[remote]]\nname = \"bad\"\nurl = \"ext::sh -c id\"\n"));
        QCOMPARE(remotes(store.folder()).error().code, ErrorCode::BadInput);
    }

    void whatIsMistypedIsTold_data()
    {
        QTest::addColumn<QByteArray>("text"); // at the end of store.toml
        QTest::addColumn<int>("line"); // of it
        QTest::addColumn<QString>("told");
        const auto row = [](const char *name, const char *text, int line, const char *told) {
            QTest::newRow(name) << QByteArray(text) << line << QString::fromLatin1(told);
        };
        row("single brackets", "\n[remote]\nname = \"a\"\nurl = \"file:///srv/a\"\n", 2, "double brackets");
        row("the plural", "[[remotes]]\nname = \"a\"\nurl = \"file:///srv/a\"\n", 1, "[[remote]]");
        row("a plain list", "remote = [\"file:///srv/a\"]\n", 1, "[[remote]]");
        row("a text", "remote = \"file:///srv/a\"\n", 1, "[[remote]]");
        row("a number for a URL", "[[remote]]\nname = \"a\"\nurl = 5\n", 1, "file:///path");
        row("a name for two", "[[remote]]\nname = \"a\"\nurl = \"file:///srv/a\"\n[[remote]]\nname = \"a\"\nurl = \"file:///srv/b\"\n", 4,
            "two remotes");
        row("no name", "[[remote]]\nurl = \"file:///srv/a\"\n", 1, "name");
    }
    void whatIsMistypedIsTold()
    {
        QFETCH(QByteArray, text);
        QFETCH(int, line);
        QFETCH(QString, told);
        const StoreFixture store;
        const QString file = store.folder() + u"/store.toml"_s;
        const QByteArray before = get(file);
        QVERIFY(before.endsWith('\n') && put(file, before + text));
        const auto all = remotes(store.folder());
        QVERIFY(!all);
        QCOMPARE(all.error().code, ErrorCode::BadInput);
        QVERIFY2(all.error().detail.contains(told), qPrintable(all.error().detail));
        QCOMPARE(all.error().where, u"%1:%2"_s.arg(file).arg(before.count('\n') + line));
        QVERIFY(!addRemote(store.folder(), {u"team"_s, u"/srv/c.git"_s}));
        QCOMPARE(get(file), QByteArray(before + text));
    }

    void eachSnapshotArrives()
    {
        const PushFixture store;
        QCOMPARE(told(store.push()), QString()); // nothing yet
        const auto first = store.snapshot(1);
        QCOMPARE(told(store.push()), u"config/org-1/writer-1 pushed"_s);
        QCOMPARE(store.head(), first->id);
        QCOMPARE(told(store.push()), u"config/org-1/writer-1 up-to-date"_s);
        const auto second = store.snapshot(2);
        QVERIFY(store.appendedAudit());
        QCOMPARE(told(store.push()), u"audit/org-1/writer-1 pushed; config/org-1/writer-1 pushed"_s);
        QCOMPARE(store.head(), second->id);
        QCOMPARE(store.inRemote(u"fsck --full"_s).contains(u"error"_s), false);
        QCOMPARE(store.inRemote(u"cat-file -p %1:domains/users/u1.json"_s.arg(first->id)), u"{\n  \"a\": 1\n}"_s);
        // The store was not touched: it proves, and plain git finds nothing.
        QVERIFY(Store::open(store.folder())->verify()->problems.isEmpty());
        QCOMPARE(store.fsck(), QString());
    }

    void onlyOwnBranchesGo()
    {
        const PushFixture store;
        const auto own = store.snapshot(1);
        for (const char *other :
             {"refs/heads/config/org-1/writer-2", "refs/heads/config/org-1/writer-10", "refs/heads/notes", "refs/tags/t"})
            QCOMPARE(store.runGit({u"update-ref"_s, QString::fromLatin1(other), own->id}).status, 0);
        QCOMPARE(store.runGit({u"update-ref"_s, u"refs/heads/config/org-1/writer-1-import"_s, own->id}).status, 0);
        QCOMPARE(told(store.push()), u"config/org-1/writer-1 pushed; config/org-1/writer-1-import pushed"_s);
        QCOMPARE(store.inRemote(u"for-each-ref --format=%(refname)"_s),
                 u"refs/heads/config/org-1/writer-1\nrefs/heads/config/org-1/writer-1-import"_s);
    }

    void aRewrittenBranchIsNeverForced_data()
    {
        QTest::addColumn<QString>("parent"); // of the commit that somebody put there
        QTest::newRow("another history") << QString();
        QTest::newRow("a commit on top of the last") << u"-p refs/heads/"_s + Branch;
        QTest::newRow("a commit in place of the last") << u"-p refs/heads/"_s + Branch + u"~1"_s;
    }
    void aRewrittenBranchIsNeverForced()
    {
        QFETCH(QString, parent);
        const PushFixture store;
        VERIFY_RESULT(store.snapshot(1));
        VERIFY_RESULT(store.snapshot(2));
        QVERIFY(!store.push().error);
        const QString forged = store.inRemote(u"commit-tree refs/heads/%1^{tree} %2 -m forged"_s.arg(Branch, parent));
        QCOMPARE(forged.size(), 40);
        QCOMPARE(store.inRemote(u"update-ref refs/heads/%1 %2"_s.arg(Branch, forged)), QString());
        const auto third = store.snapshot(3);
        QVERIFY(store.appendedAudit());
        const Push push = store.push();
        QCOMPARE(told(push), u"audit/org-1/writer-1 pushed; config/org-1/writer-1 refused; integrity"_s);
        QVERIFY(push.error->detail.contains(u"rewritten there"_s) && push.error->detail.contains(u"Nothing was forced"_s));
        QCOMPARE(store.head(), forged);
        QCOMPARE(Store::open(store.folder())->snapshots()->last().id, third->id);
        QCOMPARE(told(store.push()), u"audit/org-1/writer-1 up-to-date; config/org-1/writer-1 refused; integrity"_s); // and again
    }

    void aBranchThatWasSetBackIsToldAndRestored_data()
    {
        QTest::addColumn<QString>("command");
        QTest::newRow("to an earlier snapshot") << u"update-ref refs/heads/%1 refs/heads/%1~1"_s.arg(Branch);
        QTest::newRow("removed") << u"update-ref -d refs/heads/%1"_s.arg(Branch);
    }
    void aBranchThatWasSetBackIsToldAndRestored()
    {
        QFETCH(QString, command);
        const PushFixture store;
        VERIFY_RESULT(store.snapshot(1));
        const auto second = store.snapshot(2);
        QVERIFY(!store.push().error);
        QCOMPARE(store.inRemote(command), QString());
        QCOMPARE(told(store.push()), u"config/org-1/writer-1 restored"_s);
        QCOMPARE(store.head(), second->id);
        QCOMPARE(told(store.push()), u"config/org-1/writer-1 up-to-date"_s);
    }

    void aRemoteThatDoesNotTakeIt()
    {
        const PushFixture store;
        VERIFY_RESULT(store.snapshot(1));
        QVERIFY(put(store.scratch(u"hooks/pre-receive"_s), "#!/bin/sh\nprintf 'no \\033[31mroom\\n' >&2\nexit 1\n", true));
        const Push push = store.pushOverSsh(); // a host's hooks are the host's business; those of a folder do not run
        QCOMPARE(told(push), u"config/org-1/writer-1 refused; forbidden"_s);
        QVERIFY(!push.error->detail.contains(QChar(0x1b)));
        QVERIFY(QFile::remove(store.scratch(u"hooks/pre-receive"_s)));
        QCOMPARE(told(store.push()), u"config/org-1/writer-1 pushed"_s); // the next one makes up for it
    }

    void failures_data()
    {
        QTest::addColumn<QByteArray>("program"); // in place of git
        QTest::addColumn<QString>("expected");
        QTest::newRow("a remote that asks for a password")
            << QByteArray("echo \"fatal: could not read Username for 'https://x': terminal prompts disabled\" >&2; exit 128")
            << u"unauthorised"_s;
        QTest::newRow("a key that nobody knows")
            << QByteArray("echo 'git@x: Permission denied (publickey).' >&2; echo 'fatal: Could not read' >&2; exit 128")
            << u"unauthorised"_s;
        QTest::newRow("no network") << QByteArray("echo 'fatal: unable to access: Could not resolve host: x' >&2; exit 128")
                                    << u"unreachable"_s;
        QTest::newRow("steering characters") << QByteArray("printf 'fatal: \\033]0;x\\007 \\342\\200\\256\\n' >&2; exit 128")
                                             << u"unreachable"_s;
        QTest::newRow("no end of talking") << QByteArray("yes fatal: no | head -c 3000000 >&2; exit 128") << u"unreachable"_s;
        QTest::newRow("nothing said") << QByteArray("exit 0") << u"unreachable"_s;
        QTest::newRow("branches nobody asked about")
            << QByteArray("printf '*\\tx:refs/heads/config/org-1/evil\\t[new branch]\\n*\\n\\t\\t\\nDone\\n'; exit 0") << u"unreachable"_s;
        QTest::newRow("killed") << QByteArray("kill -9 $$") << u"unreachable"_s;
        QTest::newRow("it hangs, and so does its child") << QByteArray("sleep 1000 & wait") << u"timed-out"_s;
        QTest::newRow("it hangs and does not mind being asked to stop")
            << QByteArray("trap '' TERM; while :; do sleep 1000; done") << u"timed-out"_s;
        QTest::newRow("no git at all") << QByteArray() << u"not-found"_s;
    }
    void failures()
    {
        QFETCH(QByteArray, program);
        const PushFixture store;
        VERIFY_RESULT(store.snapshot(1));
        PushLimits limits;
        limits.git = store.scratch(u"no-git"_s);
        limits.longest = program.contains("sleep") ? 300ms : 60'000ms;
        QVERIFY(program.isEmpty() || put(limits.git, "#!/bin/sh\n" + program + '\n', true));
        const Push push = store.push(limits);
        QTEST(told(push), "expected");
        QVERIFY(push.error->detail.size() < 1000);
        static const QRegularExpression steering(u"[\\x00-\\x1f\\x7f\\x{202a}-\\x{202e}]"_s);
        QVERIFY2(!push.error->detail.contains(steering), qPrintable(push.error->detail));
        QVERIFY(push.error->detail.contains(u"team"_s) || push.error->code == ErrorCode::NotFound);
        QCOMPARE(told(store.push()), u"config/org-1/writer-1 pushed"_s);
    }

    void cancelled()
    {
        const PushFixture store;
        VERIFY_RESULT(store.snapshot(1));
        CancellationSource source;
        source.cancel();
        QCOMPARE(told(store.push({}, source.token())), u"cancelled"_s);
    }

    void theRemoteIsNotThere()
    {
        const PushFixture store;
        VERIFY_RESULT(store.snapshot(1));
        const Push push = pushTo(store.folder(), {u"team"_s, u"file://"_s + store.scratch(u"nowhere"_s)});
        QCOMPARE(told(push), u"unreachable"_s);
    }

    /// A store may come from a stranger: what stands in its evidence.git must not run.
    void nothingInTheStoreRuns()
    {
        const PushFixture store;
        VERIFY_RESULT(store.snapshot(1));
        const QString marker = store.scratch(u"it-ran"_s);
        const QByteArray run = "#!/bin/sh\ntouch " + marker.toUtf8() + '\n';
        QVERIFY(QDir().mkpath(store.git() + u"/hooks"_s));
        for (const char *hook : {"pre-push", "reference-transaction", "post-index-change"})
            QVERIFY(put(store.git() + u"/hooks/"_s + QString::fromLatin1(hook), run, true));
        const QByteArray command = "touch " + marker.toUtf8();
        QVERIFY(put(store.git() + u"/config"_s,
                    get(store.git() + u"/config"_s) + "[core]\n\tfsmonitor = \"" + command + "\"\n\tsshCommand = \"" + command
                        + "\"\n\tpager = \"" + command + "\"\n[credential]\n\thelper = \"!" + command
                        + "\"\n[push]\n\tgpgSign = true\n[gpg]\n\tprogram = \"" + command + "\"\n[url \"ext::" + command
                        + " %S\"]\n\tinsteadOf = \"file://\"\n"));
        QCOMPARE(told(store.push()), u"config/org-1/writer-1 pushed"_s);
        QVERIFY(!QFile::exists(marker));
    }

    /// store.toml may come from a stranger, and so the repository that it names.
    void nothingInARemoteFolderRuns()
    {
        const PushFixture store;
        const auto first = store.snapshot(1);
        const QTemporaryDir elsewhere; // whose refs a receiving git asks for by a program of the repository's choice
        const QString marker = store.scratch(u"it-ran"_s);
        const QByteArray run = "#!/bin/sh\ntouch " + marker.toUtf8() + '\n';
        QVERIFY(QDir().mkpath(store.scratch(u"hooks"_s)));
        for (const char *hook :
             {"pre-receive", "update", "post-receive", "post-update", "reference-transaction", "proc-receive", "pre-auto-gc"})
            QVERIFY(put(store.scratch(u"hooks/"_s + QString::fromLatin1(hook)), run, true));
        QVERIFY(put(store.scratch(u"program"_s), run, true));
        QVERIFY(put(store.scratch(u"config"_s),
                    get(store.scratch(u"config"_s)) + "[core]\n\thooksPath = " + store.scratch(u"hooks"_s).toUtf8()
                        + "\n\talternateRefsCommand = " + store.scratch(u"program"_s).toUtf8() + "\n\tfsmonitor = "
                        + store.scratch(u"program"_s).toUtf8() + "\n[receive]\n\tprocReceiveRefs = refs/heads/none\n[gc]\n\tauto = 1\n"));
        QVERIFY(put(store.scratch(u"objects/info/alternates"_s), store.git().toUtf8() + "/objects\n"));
        QCOMPARE(told(store.push()), u"config/org-1/writer-1 pushed"_s);
        QCOMPARE(store.head(), first->id);
        QVERIFY(!QFile::exists(marker));
        // Told to git in the plain way, it runs.
        QCOMPARE(store.inRemote(u"update-ref refs/heads/x %1"_s.arg(first->id)), QString());
        QVERIFY(QFile::exists(marker));
    }

    void aFolderThatIsNoPlaceForACopy_data()
    {
        QTest::addColumn<QString>("path"); // STORE: the store's folder
        QTest::newRow("a repository in the store") << u"STORE/state/evil.git"_s;
        QTest::newRow("by git's own ending") << u"STORE/state/evil"_s;
        QTest::newRow("the evidence itself") << u"STORE/evidence.git"_s;
        QTest::newRow("through a folder and back") << u"STORE/../store/state/evil.git"_s;
        QTest::newRow("through a link beside the store") << u"STORE/../link"_s;
        QTest::newRow("through the working folder of this process") << u"/proc/self/cwd/evil.git"_s;
        QTest::newRow("encoded") << u"/%70roc/self/cwd/evil.git"_s;
        QTest::newRow("a descriptor") << u"/dev/fd/7"_s;
    }
    void aFolderThatIsNoPlaceForACopy()
    {
        QFETCH(QString, path);
        const PushFixture store;
        VERIFY_RESULT(store.snapshot(1));
        const QString evil = store.folder() + u"/state/evil.git"_s;
        QVERIFY(QDir().mkpath(evil));
        QProcess init;
        init.start(u"git"_s, {u"init"_s, u"--quiet"_s, u"--bare"_s, evil});
        QVERIFY(init.waitForFinished(60000));
        QVERIFY(QFile::link(evil, QDir::cleanPath(store.folder() + u"/../link"_s)));
        const Push push = pushTo(store.folder(), {u"team"_s, u"file://"_s + path.replace(u"STORE"_s, store.folder())});
        QCOMPARE(told(push), u"bad-input"_s);
        const auto added = addRemote(store.folder(), {u"team"_s, u"file://"_s + path});
        QVERIFY(!added);
        QCOMPARE(added.error().code, ErrorCode::BadInput);
        QVERIFY(QDir(evil + u"/refs/heads"_s).isEmpty());
    }

    void overSsh()
    {
        const PushFixture store;
        const auto first = store.snapshot(1);
        qputenv("GIT_DIR", "/nowhere"); // of somebody's shell
        const Push push = store.pushOverSsh();
        qunsetenv("GIT_DIR");
        QCOMPARE(told(push), u"config/org-1/writer-1 pushed"_s);
        QCOMPARE(store.head(), first->id);
        QVERIFY(get(store.scratch(u"asked"_s)).contains("git@backup.example.org git-receive-pack"));
    }
};

QTEST_GUILESS_MAIN(TestRemote)
#include "tst_evidence_remote.moc"
