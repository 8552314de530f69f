#include "evidence/filelayer.h"
#include "evidence/publisher.h"
#include "evidencefixture.h"

#include <QDirIterator>

#include <csignal>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace Orgtrace;
using namespace Orgtrace::Evidence;

namespace {
const QString Users = QStringLiteral("users");

TestDomain users(int count, int changed = -1)
{
    TestDomain out;
    for (int i = 0; i < count; ++i) {
        const QByteArray id = "user-" + QByteArray::number(i);
        out += {QString::fromLatin1(id), "{\n  \"name\": \"" + QByteArray(i == changed ? "other" : "name") + id + "\"\n}\n", {}};
    }
    return out;
}

/// Lets n calls pass, then fails one (or all that follow), as a full disk does; or kills the process there.
class FailingLayer final : public FileLayer
{
public:
    enum class How { Once, FromThere, Kill };
    FailingLayer(int after, How how, int error) : m_left(after), m_how(how), m_error(error) { setFileLayerForTests(this); }
    ~FailingLayer() override { setFileLayerForTests(nullptr); }
    [[nodiscard]] bool wasReached() const { return m_left < 0; }

    int open(const char *path, int flags, mode_t mode) override
    {
        return (flags & O_CREAT) && fails() ? -1 : FileLayer::open(path, flags, mode);
    }
    ssize_t write(int fd, const void *data, size_t size, off_t offset) override
    {
        if (!fails())
            return FileLayer::write(fd, data, size, offset);
        if (size > 1) // a full disk takes the first half
            (void)!FileLayer::write(fd, data, size / 2, offset);
        errno = m_error;
        return -1;
    }
    int truncate(int fd, off_t size) override { return fails() ? -1 : FileLayer::truncate(fd, size); }
    int sync(int fd) override { return fails() ? -1 : FileLayer::sync(fd); }
    int rename(const char *from, const char *to) override { return fails() ? -1 : FileLayer::rename(from, to); }
    int unlink(const char *path) override
    {
        if (m_how == How::Kill && m_left == 0)
            fails();
        else if (m_how == How::Kill)
            --m_left;
        return FileLayer::unlink(path);
    }

private:
    bool fails()
    {
        const bool now = m_how == How::FromThere ? m_left <= 0 : m_left == 0;
        --m_left;
        if (now && m_how == How::Kill)
            ::_exit(99); // no destructor runs, as with kill -9
        if (now)
            errno = m_error;
        return now;
    }
    int m_left;
    How m_how;
    int m_error;
};

/// Branches with their commits, and HEAD: what a reader sees.
QString seen(const StoreFixture &store)
{
    const auto opened = Store::open(store.folder());
    if (!opened)
        return describe(opened.error());
    const auto all = opened->snapshots();
    if (!all)
        return describe(all.error());
    QStringList out;
    for (const SnapshotSummary &summary : *all)
        out += summary.id;
    return out.join(u' ');
}

QStringList filesIn(const QString &folder)
{
    QStringList out;
    QDirIterator walk(folder, QDir::Files | QDir::Hidden, QDirIterator::Subdirectories);
    while (walk.hasNext())
        out += walk.next();
    out.sort();
    return out;
}
} // namespace

class TestDurability : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void aWriteThatFailsLeavesTheStoreAsItWas_data()
    {
        QTest::addColumn<int>("error");
        QTest::addColumn<bool>("once");
        QTest::addColumn<ErrorCode>("code");
        QTest::newRow("a full disk, once") << ENOSPC << true << ErrorCode::DiskFull;
        QTest::newRow("a full disk, and full it stays") << ENOSPC << false << ErrorCode::DiskFull;
        QTest::newRow("a file too large") << EFBIG << false << ErrorCode::DiskFull;
        QTest::newRow("a disk that fails") << EIO << false << ErrorCode::Io;
    }
    void aWriteThatFailsLeavesTheStoreAsItWas()
    {
        QFETCH(int, error);
        QFETCH(bool, once);
        QFETCH(ErrorCode, code);
        StoreFixture store;
        VERIFY_RESULT(store.write({{Users, users(20)}}, 0));
        const QString before = seen(store);
        const QStringList filesBefore = filesIn(store.folder());
        int failures = 0;
        for (int after = 0;; ++after) {
            QVERIFY(after < 200);
            bool reached = false, written = false;
            {
                const FailingLayer layer(after, once ? FailingLayer::How::Once : FailingLayer::How::FromThere, error);
                const auto result = store.write({{Users, users(20, 3)}}, 1);
                reached = layer.wasReached();
                written = result.has_value();
                if (!written)
                    QCOMPARE(errorCodeName(result.error().code), errorCodeName(code));
            }
            if (written)
                break; // everything passed, or only what may fail did
            QVERIFY(reached);
            ++failures;
            QCOMPARE(seen(store), before);
            QCOMPARE(filesIn(store.folder()), filesBefore);
            QCOMPARE(store.fsck(), QString());
        }
        QVERIFY2(failures >= 10, qPrintable(QString::number(failures)));
        QCOMPARE(Store::open(store.folder())->snapshots()->size(), 2);
        QVERIFY(Store::open(store.folder())->verify()->problems.isEmpty());
    }

    /// A child is killed at its n-th system call; the parent looks, then writes.
    void killedAnywhereTheStoreOpensAsItWas()
    {
        StoreFixture store;
        VERIFY_RESULT(store.write({{Users, users(20)}}, 0));
        const QString before = seen(store);
        int kills = 0;
        for (int after = 0;; ++after) {
            QVERIFY(after < 200);
            StoreFixture copy;
            QVERIFY(QDir(copy.folder()).removeRecursively());
            QCOMPARE(QProcess::execute(QStringLiteral("cp"), {QStringLiteral("-a"), store.folder(), copy.folder()}), 0);
            const pid_t child = ::fork();
            if (child == 0) {
                const FailingLayer layer(after, FailingLayer::How::Kill, 0);
                const auto result = copy.write({{Users, users(20, 3)}}, 1);
                ::_exit(result ? 0 : 98);
            }
            int status = 0;
            QCOMPARE(::waitpid(child, &status, 0), child);
            QVERIFY(WIFEXITED(status) && WEXITSTATUS(status) != 98);
            const bool killed = WEXITSTATUS(status) == 99;
            const QString after_ = seen(copy);
            if (killed)
                ++kills;
            QVERIFY2(after_ == before || after_.startsWith(before + u' '), qPrintable(after_));
            // All git may see is the commit that was about to be published.
            const auto fsck = copy.runGit({QStringLiteral("fsck"), QStringLiteral("--full"), QStringLiteral("--no-progress")});
            QCOMPARE(fsck.status, 0);
            QVERIFY2(fsck.out.isEmpty() || (fsck.out.startsWith(QStringLiteral("dangling commit")) && fsck.out.count(u'\n') == 1),
                     qPrintable(fsck.out));
            QVERIFY(Store::open(copy.folder())->verify()->problems.isEmpty());
            // The next writer is not held up, and takes away what was left.
            VERIFY_RESULT(copy.write({{Users, users(20, 4)}}, 2));
            QVERIFY(QDir(copy.folder() + QStringLiteral("/state")).isEmpty());
            QVERIFY(filesIn(copy.folder()).filter(QStringLiteral(".lock")).isEmpty());
            const auto verified = Store::open(copy.folder())->verify();
            VERIFY_RESULT(verified);
            QVERIFY2(verified->problems.isEmpty(), qPrintable(verified->problems.value(0).what));
            if (!killed)
                break;
        }
        QVERIFY2(kills >= 15, qPrintable(QString::number(kills)));
    }

    void aFileSizeLimitIsAFullDisk()
    {
        StoreFixture store;
        VERIFY_RESULT(store.write({{Users, users(3)}}, 0));
        const QString before = seen(store);
        const pid_t child = ::fork();
        if (child == 0) {
            ::signal(SIGXFSZ, SIG_IGN);
            const rlimit limit{4096, 4096};
            ::setrlimit(RLIMIT_FSIZE, &limit);
            const auto result = store.write({{Users, users(4000)}}, 1);
            ::_exit(!result && result.error().code == ErrorCode::DiskFull ? 0 : 1);
        }
        int status = 0;
        QCOMPARE(::waitpid(child, &status, 0), child);
        QVERIFY(WIFEXITED(status));
        QCOMPARE(WEXITSTATUS(status), 0);
        QCOMPARE(seen(store), before);
        QVERIFY(QDir(store.folder() + QStringLiteral("/state")).isEmpty());
        QCOMPARE(store.fsck(), QString());
    }

    void oneWriterAtATime()
    {
        StoreFixture store;
        {
            const auto writer = SnapshotWriter::begin(store.folder(), QStringLiteral("org-1"));
            VERIFY_RESULT(writer);
            const auto second = SnapshotWriter::begin(store.folder(), QStringLiteral("org-2"));
            QCOMPARE(second.error().code, ErrorCode::StoreLocked);
            QVERIFY(second.error().detail.contains(QString::number(::getpid())));
            QCOMPARE(Store::open(store.folder())
                         ->appendAudit(QStringLiteral("org-1"), {}, {AuditWindow{}}, testTime(), store.signer())
                         .error()
                         .code,
                     ErrorCode::StoreLocked);
            VERIFY_RESULT(Store::open(store.folder())); // readers need no lock
        }
        VERIFY_RESULT(SnapshotWriter::begin(store.folder(), QStringLiteral("org-2")));
        QVERIFY(QDir(store.folder() + QStringLiteral("/state")).isEmpty()); // an unfinished writer leaves nothing
        QCOMPARE(seen(store), QString());
    }

    void aBranchThatMovedMeanwhileIsNotOverwritten()
    {
        StoreFixture store;
        VERIFY_RESULT(store.write({{Users, users(3)}}, 0));
        VERIFY_RESULT(store.write({{Users, users(3, 1)}}, 1));
        auto writer = SnapshotWriter::begin(store.folder(), QStringLiteral("org-1"));
        VERIFY_RESULT(writer);
        QCOMPARE(store.runGit({QStringLiteral("update-ref"), QStringLiteral("HEAD"), QStringLiteral("HEAD~1")}).status, 0);
        const auto written = writer->commit(testManifest(testTime(2)), "[]\n", {}, store.signer());
        QCOMPARE(written.error().code, ErrorCode::Integrity);
        QCOMPARE(Store::open(store.folder())->snapshots()->size(), 1);
    }

    void foldingThatFailsKeepsTheOldPacks()
    {
        StoreFixture store;
        for (int i = 0; i < 8; ++i)
            VERIFY_RESULT(store.write({{Users, users(10, i)}}, i));
        const QString before = seen(store);
        for (int after = 0;; ++after) {
            QVERIFY(after < 100);
            bool folded = false;
            {
                const FailingLayer layer(after, FailingLayer::How::Once, ENOSPC);
                const auto done = foldPacks(store.folder(), 4);
                folded = done.has_value();
            }
            QCOMPARE(seen(store), before);
            QCOMPARE(store.fsck(), QString());
            if (folded)
                break;
            QCOMPARE(QDir(store.git() + QStringLiteral("/objects/pack")).entryList({QStringLiteral("*.pack")}).size(), 8);
        }
        QVERIFY(QDir(store.git() + QStringLiteral("/objects/pack")).entryList({QStringLiteral("*.pack")}).size() < 8);
        QVERIFY(Store::open(store.folder())->verify()->problems.isEmpty());
    }

    void initLeavesNothingBehind()
    {
        for (int after = 0;; ++after) {
            QVERIFY(after < 60);
            QTemporaryDir folder;
            const QString path = folder.filePath(QStringLiteral("new"));
            bool made = false;
            {
                const FailingLayer layer(after, FailingLayer::How::FromThere, ENOSPC);
                made = Store::init(path, {}).has_value();
            }
            if (made)
                break;
            QVERIFY(!QFileInfo::exists(path));
        }
    }

    /// However long it goes on, the store stays a handful of files: measured after each of them, not only at the end.
    void packsStayFew()
    {
        const int captures = qEnvironmentVariableIsSet("ORGTRACE_TEST_LONG") ? 2000 : 160;
        const StoreFixture store;
        const auto packs
            = [&store] { return QDir(store.git() + QStringLiteral("/objects/pack")).entryList({QStringLiteral("*.pack")}).size(); };
        TestDomain users;
        for (int i = 0; i < 300; ++i)
            users += {QStringLiteral("user-%1").arg(i), QByteArray("{\n  \"n\": " + QByteArray::number(i) + "\n}\n"), {}};
        qsizetype most = 0;
        for (int i = 0; i < captures; ++i) {
            users[i % 300].text = "{\n  \"n\": " + QByteArray::number(i) + ",\n  \"v\": 2\n}\n";
            VERIFY_RESULT(store.write({{QStringLiteral("users"), users}}, i, true));
            if (i % 10 == 0) { // the audit trail makes packs of its own
                AuditWindow window;
                window.fromUtc = testTime(i);
                window.toUtc = window.queriedUtc = testTime(i + 1);
                window.state = QStringLiteral("complete");
                VERIFY_RESULT(
                    Store::open(store.folder())->appendAudit(QStringLiteral("org-1"), {}, {window}, testTime(i + 1), store.signer()));
            }
            most = std::max(most, packs());
        }
        qInfo("%d captures: at most %lld packs, %lld at the end", captures, static_cast<long long>(most), static_cast<long long>(packs()));
        QVERIFY(most > 20); // the measuring measures
        QVERIFY(most <= 60);
        const auto opened = Store::open(store.folder());
        QCOMPARE(opened->snapshots()->size(), captures);
        QVERIFY(opened->verify()->problems.isEmpty());
        QCOMPARE(store.fsck(), QString());
    }
};

QTEST_GUILESS_MAIN(TestDurability)
#include "tst_evidence_durability.moc"
