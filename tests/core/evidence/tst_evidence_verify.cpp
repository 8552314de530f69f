#include "evidencefixture.h"

#include <QDirIterator>

using namespace Orgtrace;
using namespace Orgtrace::Evidence;

namespace {
const QString Users = QStringLiteral("users");

TestDomain users(int count, int changed = -1)
{
    TestDomain out;
    for (int i = 0; i < count; ++i) {
        const QByteArray id = "user-" + QByteArray::number(i);
        out += {QString::fromLatin1(id), "{\n  \"id\": \"" + id + "\",\n  \"name\": \"" + (i == changed ? "other" : "name") + "\"\n}\n",
                "{\"id\":\"" + id + "\",\"version\":" + (i == changed ? "2" : "1") + "}"};
    }
    return out;
}

/// Says "" only where verification came to a clean end.
QString problems(const QString &folder)
{
    const auto store = Store::open(folder);
    if (!store)
        return describe(store.error());
    const auto verified = store->verify();
    if (!verified)
        return describe(verified.error());
    QStringList told;
    for (const Store::Problem &problem : verified->problems)
        told += problem.what + QStringLiteral(" [") + problem.commit.left(8) + u' ' + problem.domain + u' ' + problem.entity + u']';
    return told.join(u'\n');
}

bool put(const QString &path, const QByteArray &bytes)
{
    QFile::setPermissions(path, QFile::ReadOwner | QFile::WriteOwner);
    QFile file(path);
    return file.open(QIODevice::WriteOnly) && file.write(bytes) == bytes.size();
}

QByteArray get(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}
} // namespace

class TestVerify : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void aSoundStoreProves()
    {
        StoreFixture store;
        QCOMPARE(problems(store.folder()), QString()); // nothing yet
        VERIFY_RESULT(store.write({{Users, users(300)}}, 0, true));
        VERIFY_RESULT(store.write({{Users, users(300, 7)}}, 1, true));
        const auto opened = Store::open(store.folder());
        QList<qint64> progress;
        const auto verified = opened->verify({}, [&](qint64 done, qint64) { progress += done; });
        VERIFY_RESULT(verified);
        QCOMPARE(problems(store.folder()), QString());
        QCOMPARE(verified->commits, 2);
        QCOMPARE(verified->signatures, 2);
        QCOMPARE(verified->roots, 2);
        QVERIFY(verified->objects > 301);
        QVERIFY(progress.size() >= 2 && progress.last() == verified->objects);
        CancellationSource source;
        source.cancel();
        QCOMPARE(opened->verify(source.token()).error().code, ErrorCode::Cancelled);
    }

    /// Every byte of the small files and indexes, and a spread of the packs.
    void everyFlippedByteIsDetected()
    {
        StoreFixture store;
        VERIFY_RESULT(store.write({{Users, users(40)}}, 0, true));
        VERIFY_RESULT(store.write({{Users, users(40, 7)}}, 1));
        VERIFY_RESULT(Store::open(store.folder())
                          ->appendAudit(QStringLiteral("org-1"),
                                        {{testTime(), QStringLiteral("e1"), "{\"eventDate\":\"2026-10-01T06:00:00Z\",\"id\":\"e1\"}"}}, {},
                                        testTime(), store.signer()));
        QCOMPARE(problems(store.folder()), QString());
        QStringList files;
        QDirIterator walk(store.git(), QDir::Files, QDirIterator::Subdirectories);
        while (walk.hasNext()) {
            const QString path = walk.next();
            if (path.contains(QStringLiteral("/objects/")) || path.contains(QStringLiteral("/refs/"))
                || path.endsWith(QStringLiteral("/HEAD")))
                files += path;
        }
        QCOMPARE(files.size(), 3 * 2 + 2 + 1);
        int flips = 0;
        for (const QString &path : std::as_const(files)) {
            const QByteArray good = get(path);
            const qsizetype step = good.size() > 200 ? std::max<qsizetype>(1, good.size() / 120) : 1;
            for (qsizetype at = 0; at < good.size(); at += step) {
                QByteArray bad = good;
                bad[at] = static_cast<char>(bad[at] ^ 0x01);
                if (path.contains(QStringLiteral("/refs/")) && at == 40)
                    continue; // the line end of a branch: its meaning is the same or it cannot be read
                QVERIFY(put(path, bad));
                QVERIFY2(!problems(store.folder()).isEmpty(), qPrintable(QStringLiteral("%1 at %2").arg(path).arg(at)));
                ++flips;
            }
            QVERIFY(put(path, good));
        }
        QVERIFY(flips > 500);
        QCOMPARE(problems(store.folder()), QString());
    }

    // libgit2 follows an index wherever it leads: such a store is never handed to it.
    void anIndexThatLeadsOutsideItsPackIsRefused_data()
    {
        QTest::addColumn<int>("byte"); // of an object's offset
        QTest::addColumn<int>("flip");
        QTest::newRow("by sixteen megabytes") << 0 << 0x01;
        QTest::newRow("by 64 kilobytes, still within what is mapped near it") << 1 << 0x01;
        QTest::newRow("to a large offset that is not there") << 0 << 0x80;
    }
    void anIndexThatLeadsOutsideItsPackIsRefused()
    {
        QFETCH(int, byte);
        QFETCH(int, flip);
        StoreFixture store;
        VERIFY_RESULT(store.write({{Users, users(40)}}, 0, true));
        const QString path = store.git() + QStringLiteral("/objects/pack/")
            + QDir(store.git() + QStringLiteral("/objects/pack")).entryList({QStringLiteral("*.idx")}).value(0);
        const QByteArray good = get(path);
        const qsizetype count = (good.size() - 8 - 1024 - 40) / 28;
        QVERIFY(count > 40);
        for (qsizetype object = 0; object < count; ++object) {
            QByteArray bad = good;
            const qsizetype at = 8 + 1024 + count * 24 + object * 4 + byte;
            bad[at] = static_cast<char>(bad[at] ^ flip);
            QVERIFY(put(path, bad));
            const auto opened = Store::open(store.folder());
            QVERIFY(!opened);
            QCOMPARE(opened.error().code, ErrorCode::Integrity);
            QCOMPARE(opened.error().where, path);
        }
        QVERIFY(put(path, good));
        QCOMPARE(problems(store.folder()), QString());
    }

    /// The same, by every other way to an index that libgit2 goes.
    void aHostileIndexIsRefusedWhereverItIs_data()
    {
        QTest::addColumn<QString>("script"); // in evidence.git; $I and $P are the bad index and its pack
        QTest::addColumn<QString>("told");
        QTest::addColumn<QString>("where");
        const auto row = [](const char *name, const char *script, const char *told, const char *where) {
            QTest::newRow(name) << QString::fromLatin1(script) << QString::fromLatin1(told) << QString::fromLatin1(where);
        };
        row("under a hidden name", "mv $I objects/pack/.pack-x.idx && mv $P objects/pack/.pack-x.pack", "outside its pack", ".pack-x.idx");
        row("under a name that is not UTF-8", "n=objects/pack/pack-$(printf '\\377') && mv $I \"$n.idx\" && mv $P \"$n.pack\"",
            "outside its pack", ".idx");
        row("in a folder of alternates",
            "mkdir -p ../alt && mv objects/pack ../alt/ && mkdir objects/pack && mkdir -p objects/info && "
            "echo \"$PWD/../alt\" > objects/info/alternates",
            "from another folder", "objects/info/alternates");
        row("alternates through a link",
            "mkdir -p objects/info && echo \"$PWD/../alt\" > ../list && ln -s ../../../list objects/info/alternates", "from another folder",
            "objects/info/alternates");
        row("in an index over several packs", "cp $I objects/pack/multi-pack-index && rm $I", "git repack -ad", "multi-pack-index");
        row("in another repository", "mkdir ../other && mv objects refs ../other/ && mkdir objects refs && echo ../other > commondir",
            "another repository", "commondir");
        row("an index that is a pipe", "rm $I && mkfifo $I", "is no file", ".idx");
        row("an index that is a link to a pipe", "rm $I && mkfifo ../pipe && ln -s ../../../pipe $I", "is no file", ".idx");
    }
    void aHostileIndexIsRefusedWhereverItIs()
    {
        QFETCH(QString, script);
        QFETCH(QString, told);
        QFETCH(QString, where);
        StoreFixture store;
        VERIFY_RESULT(store.write({{Users, users(40)}}, 0, true));
        const QString name = QStringLiteral("objects/pack/")
            + QDir(store.git() + QStringLiteral("/objects/pack")).entryList({QStringLiteral("*.idx")}).value(0);
        QByteArray bad = get(store.git() + u'/' + name);
        const qsizetype count = (bad.size() - 8 - 1024 - 40) / 28;
        for (qsizetype object = 0; object < count; ++object)
            bad.replace(8 + 1024 + count * 24 + object * 4, 4, QByteArray::fromHex("7fff0000"));
        QVERIFY(put(store.git() + u'/' + name, bad));
        QProcess shell;
        shell.setWorkingDirectory(store.git());
        const QString pack = name.chopped(4) + QStringLiteral(".pack");
        shell.start(QStringLiteral("/bin/sh"), {QStringLiteral("-ec"), QStringLiteral("I=%1; P=%2; %3").arg(name, pack, script)});
        QVERIFY(shell.waitForFinished(60000));
        QVERIFY2(shell.exitCode() == 0, shell.readAllStandardError().constData());
        const auto opened = Store::open(store.folder());
        QVERIFY(!opened);
        QCOMPARE(opened.error().code, ErrorCode::Integrity);
        QVERIFY2(opened.error().detail.contains(told), qPrintable(opened.error().detail));
        QVERIFY2(opened.error().where.endsWith(where), qPrintable(opened.error().where));
        shell.start(QStringLiteral("/bin/sh"),
                    {QStringLiteral("-c"), QStringLiteral("rm -rf objects")}); // QTemporaryDir cannot, by such a name
        QVERIFY(shell.waitForFinished(60000));
    }

    /// Empty alternates lead nowhere; an index without its pack is read by nobody.
    void whatLeadsNowhereIsNoTrouble()
    {
        StoreFixture store;
        VERIFY_RESULT(store.write({{Users, users(4)}}, 0));
        QVERIFY(QDir().mkpath(store.git() + QStringLiteral("/objects/info")));
        QVERIFY(put(store.git() + QStringLiteral("/objects/info/alternates"), QByteArray()));
        QVERIFY(put(store.git() + QStringLiteral("/objects/pack/pack-alone.idx"), QByteArray(2000, '\xff')));
        VERIFY_RESULT(Store::open(store.folder()));
        QVERIFY(QFile::remove(store.git() + QStringLiteral("/objects/pack/pack-alone.idx")));
        QCOMPARE(problems(store.folder()), QString());
    }

    void aMissingFileIsDetected()
    {
        StoreFixture store;
        VERIFY_RESULT(store.write({{Users, users(10)}}, 0));
        VERIFY_RESULT(store.write({{Users, users(10, 3)}}, 1));
        QDirIterator walk(store.git() + QStringLiteral("/objects"), QDir::Files, QDirIterator::Subdirectories);
        while (walk.hasNext()) {
            const QString path = walk.next();
            QVERIFY(QFile::rename(path, path + QStringLiteral(".away")));
            QVERIFY2(!problems(store.folder()).isEmpty(), qPrintable(path));
            QVERIFY(QFile::rename(path + QStringLiteral(".away"), path));
        }
        QVERIFY(QFile::remove(store.folder() + QStringLiteral("/allowed_signers")));
        QVERIFY(problems(store.folder()).contains(QStringLiteral("allowed_signers")));
    }

    void strangersSignatureIsNamed()
    {
        StoreFixture store;
        const Signer stranger = testSigner('x');
        VERIFY_RESULT(store.write({{Users, users(3)}}, 0));
        VERIFY_RESULT(store.write({{Users, users(3, 1)}}, 1, false, QStringLiteral("org-1"), &stranger));
        QVERIFY(problems(store.folder()).contains(QStringLiteral("the signer is not among the allowed signers")));
    }

    /// What somebody with plain git and the folder can do.
    void forgeriesWithGit_data()
    {
        QTest::addColumn<QString>("script");
        QTest::addColumn<QString>("told");
        QTest::newRow("an unsigned commit on top")
            << "git update-ref $B $(git commit-tree -p $B -m x $B^{tree})" << "the commit is not signed";
        QTest::newRow("a history set back") << "git update-ref $B $B~1" << "the commit is on no branch";
        QTest::newRow("a branch removed") << "git update-ref -d $B" << "the commit is on no branch";
        QTest::newRow("a merge") << "git update-ref $B $(git commit-tree -p $B -p $B~1 -m x $B^{tree})" << "not fast-forward";
        QTest::newRow("a commit of two branches") << "git update-ref refs/heads/config/org-2/writer-1 $B" << "";
        QTest::newRow("the same commit, signature kept, another tree")
            << "git cat-file commit $B | sed \"s/^tree .*/tree $(git rev-parse $B~1^{tree})/\" >c; git update-ref $B $(git hash-object -t "
               "commit -w c)"
            << "the signature does not fit what was signed";
        QTest::newRow("the same commit, its message edited")
            << "git cat-file commit $B | sed 's/Snapshot 1/Snapshot 9/' >c; git update-ref $B $(git hash-object -t commit -w c)"
            << "the signature does not fit what was signed";
        QTest::newRow("an entity changed behind the manifest, re-signed by nobody")
            << "export GIT_INDEX_FILE=$PWD/i; git read-tree $B; h=$(echo '{}' | git hash-object -w --stdin); git update-index --cacheinfo "
               "100644,$h,domains/users/user-1.json;"
               "git update-ref $B $(git commit-tree -p $B -m x $(git write-tree))"
            << "the entities are not those the manifest proves";
        QTest::newRow("a signal changed behind the manifest")
            << "export GIT_INDEX_FILE=$PWD/i; git read-tree $B; h=$(echo '{}' | git hash-object -w --stdin); git update-index --cacheinfo "
               "100644,$h,signals/users/all.ndjson;"
               "git update-ref $B $(git commit-tree -p $B -m x $(git write-tree))"
            << "the signals are not those the manifest proves";
        QTest::newRow("the catalogue changed behind the manifest")
            << "export GIT_INDEX_FILE=$PWD/i; git read-tree $B; h=$(echo '{}' | git hash-object -w --stdin); git update-index --cacheinfo "
               "100644,$h,catalogue.json;"
               "git update-ref $B $(git commit-tree -p $B -m x $(git write-tree))"
            << "catalogue.json is not the one the manifest names";
        QTest::newRow("a domain nobody announced") << "export GIT_INDEX_FILE=$PWD/i; git read-tree $B; h=$(echo '{}' | git hash-object -w "
                                                      "--stdin); git update-index --add --cacheinfo 100644,$h,domains/extra/x.json;"
                                                      "git update-ref $B $(git commit-tree -p $B -m x $(git write-tree))"
                                                   << "the domain is not in the manifest";
        QTest::newRow("packs rewritten by git itself are fine") << "git gc -q --prune=now" << "CLEAN";
        QTest::newRow("branches packed by git are fine") << "git pack-refs --all" << "CLEAN";
    }
    void whoseKeySigns_data()
    {
        QTest::addColumn<QByteArray>("signers"); // OWN and OTHER stand for the keys; the commit is OTHER's
        QTest::addColumn<QString>("told");
        QTest::newRow("a colleague's key does not sign for this writer")
            << QByteArray("writer-1@orgtrace.invalid OWN\nwriter-2@orgtrace.invalid OTHER\n")
            << "the commit is signed by writer-2@orgtrace.invalid, whose key is not this writer's";
        QTest::newRow("a person's key does not sign for a writer who has one")
            << QByteArray("writer-1@orgtrace.invalid OWN\nalice@example.com OTHER\n")
            << "the commit is signed by alice@example.com, whose key is not this writer's";
        QTest::newRow("a writer's second key signs for it")
            << QByteArray("writer-1@orgtrace.invalid OWN\nwriter-1@orgtrace.invalid OTHER\n") << "";
        QTest::newRow("a person's key signs for a writer without one") << QByteArray("alice@example.com OTHER\n") << "";
        QTest::newRow("writer's key signs what is named after it") << QByteArray("writer@orgtrace.invalid OTHER\n") << "";
        QTest::newRow("another's beginning is not a name") << QByteArray("write@orgtrace.invalid OWN\nalice@example.com OTHER\n") << "";
    }
    void whoseKeySigns()
    {
        QFETCH(QByteArray, signers);
        QFETCH(QString, told);
        StoreFixture store;
        const Signer other = testSigner('o');
        const auto written = store.write({{Users, users(2)}}, 0, false, QStringLiteral("org-1"), &other);
        VERIFY_RESULT(written);
        signers.replace("OWN", store.signer().publicKeyLine()).replace("OTHER", other.publicKeyLine());
        QFile file(store.folder() + QStringLiteral("/allowed_signers"));
        QVERIFY(file.open(QIODevice::WriteOnly | QIODevice::Truncate) && file.write(signers) == signers.size());
        file.close();
        const QString found = problems(store.folder());
        if (told.isEmpty())
            QCOMPARE(found, QString());
        else
            QVERIFY2(found.contains(told), qPrintable(found));
        const auto by = Store::open(store.folder())->signedBy(written->id);
        VERIFY_RESULT(by);
        QCOMPARE(by->fingerprint, other.fingerprint());
        QVERIFY(!Store::open(store.folder())->signedBy(QStringLiteral("zz")));
    }

    void forgeriesWithGit()
    {
        QFETCH(QString, script);
        QFETCH(QString, told);
        StoreFixture store;
        VERIFY_RESULT(store.write({{Users, users(5)}}, 0));
        VERIFY_RESULT(store.write({{Users, users(5, 2)}}, 1));
        QProcess shell;
        shell.setWorkingDirectory(store.folder());
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        for (const char *name : {"GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL"})
            environment.insert(QString::fromLatin1(name), QStringLiteral("mallory"));
        environment.insert(QStringLiteral("GIT_DIR"), store.git());
        environment.insert(QStringLiteral("B"), QStringLiteral("refs/heads/config/org-1/writer-1"));
        shell.setProcessEnvironment(environment);
        shell.start(QStringLiteral("sh"), {QStringLiteral("-ec"), script});
        QVERIFY(shell.waitForFinished());
        QVERIFY2(shell.exitCode() == 0, shell.readAllStandardError().constData());
        const QString found = problems(store.folder());
        if (told == u"CLEAN") {
            QCOMPARE(found, QString());
            VERIFY_RESULT(store.write({{Users, users(5, 4)}}, 2)); // and it is written to as before
            QCOMPARE(problems(store.folder()), QString());
            QCOMPARE(Store::open(store.folder())->snapshots()->size(), 3);
        } else {
            QVERIFY2(!found.isEmpty() && found.contains(told), qPrintable(found));
        }
    }
};

QTEST_GUILESS_MAIN(TestVerify)
#include "tst_evidence_verify.moc"
