#include "base/digest.h"
#include "credentials/credentialstore.h"
#include "credentials/keychainbackend.h"

#include <QCoroTask>
#include <QTemporaryDir>
#include <QTest>

#include <sys/stat.h>
#include <unistd.h>

using namespace Orgtrace;
using namespace Orgtrace::Credentials;
using namespace std::chrono_literals;

namespace {

Secret secret(const char *text)
{
    QByteArray bytes(text);
    return Secret::take(bytes);
}
QByteArray text(const Result<Secret> &secret)
{
    return secret ? bytes(secret->view()) : "error: " + errorCodeName(secret.error().code).toLatin1();
}
QByteArray outcome(const Result<void> &done)
{
    return done ? QByteArray("done") : errorCodeName(done.error().code).toLatin1();
}
QByteArray read(CredentialStore &store, const QString &name)
{
    return text(QCoro::waitFor(store.read(name)));
}
QByteArray write(CredentialStore &store, const QString &name, const char *value)
{
    return outcome(QCoro::waitFor(store.write(name, secret(value))));
}
QByteArray removed(CredentialStore &store, const QString &name)
{
    return outcome(QCoro::waitFor(store.remove(name)));
}
QByteArray fileBytes(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}
bool putFile(const QString &path, const QByteArray &bytes)
{
    QFile file(path);
    return file.open(QIODevice::WriteOnly) && file.write(bytes) == bytes.size()
        && file.setPermissions(QFile::ReadOwner | QFile::WriteOwner);
}

/// A keychain that keeps what it is told, answers late, or never.
struct FakeKeychain {
    std::shared_ptr<QHash<QString, Secret>> kept = std::make_shared<QHash<QString, Secret>>();
    std::shared_ptr<QList<KeychainAnswer>> held = std::make_shared<QList<KeychainAnswer>>();
    std::shared_ptr<std::atomic_bool> silent = std::make_shared<std::atomic_bool>(false);
    std::shared_ptr<std::atomic_int> asked = std::make_shared<std::atomic_int>(0);

    [[nodiscard]] KeychainBackend backend() const
    {
        return [*this](const KeychainRequest &request, const KeychainAnswer &answer) {
            if (silent->load()) {
                held->append(answer);
                asked->fetch_add(1);
                return;
            }
            asked->fetch_add(1);
            switch (request.kind) {
            case KeychainRequest::Kind::Read:
                if (kept->contains(request.name))
                    answer(kept->value(request.name));
                else
                    answer(Error::make(ErrorCode::NotFound, QStringLiteral("no such secret")));
                return;
            case KeychainRequest::Kind::Write:
                kept->insert(request.name, request.secret);
                answer(Secret());
                return;
            case KeychainRequest::Kind::Remove:
                kept->remove(request.name);
                answer(Secret());
                return;
            }
        };
    }
};

const char *const Name = "client-secret/store-1/acme";
} // namespace

class TestCredentials : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void secretsAreTakenNotCopied()
    {
        QByteArray bytes("hunter2");
        bytes.detach();
        const Secret taken = Secret::take(bytes);
        QVERIFY(bytes.isEmpty());
        QCOMPARE(taken.view(), std::string_view("hunter2"));
        const Secret shared = taken;
        QCOMPARE(static_cast<const void *>(shared.view().data()), static_cast<const void *>(taken.view().data()));
        QVERIFY(Secret().isEmpty());
        QByteArray none;
        QVERIFY(Secret::take(none).isEmpty());
        QCOMPARE(Secret::random(32).view().size(), size_t(32));
        QVERIFY(Secret::random(32).view() != Secret::random(32).view());
        QVERIFY(Secret::random(0).isEmpty());
    }

    void secretsAreKeptOutOfDumps()
    {
        const Secret taken = secret("a secret that is not in core dumps");
        // The kernel tells it of the mapping around the address: "dd" among VmFlags.
        const auto address = reinterpret_cast<quintptr>(taken.view().data());
        const QList<QByteArray> lines = fileBytes(QStringLiteral("/proc/self/smaps")).split('\n');
        bool inside = false, found = false;
        for (const QByteArray &line : lines) {
            const qsizetype dash = line.indexOf('-');
            bool first = false, second = false;
            const quintptr begin = line.left(dash).toULongLong(&first, 16),
                           end = line.mid(dash + 1).split(' ').first().toULongLong(&second, 16);
            if (dash > 0 && first && second)
                inside = address >= begin && address < end;
            else if (inside && line.startsWith("VmFlags:"))
                found = line.contains(" dd");
        }
        QVERIFY(found);
    }

    void directory_data()
    {
        QTest::addColumn<QString>("name");
        QTest::addColumn<QByteArray>("expected");
        QTest::newRow("a slash is an underscore in the file's name") << QString::fromLatin1(Name) << QByteArray("s3cret");
        QTest::newRow("one line end is cut, no more") << "two-lines" << QByteArray("a\n");
        QTest::newRow("a missing one is not found") << "nobody" << QByteArray("error: not-found");
        QTest::newRow("no way out") << ".." << QByteArray("error: not-found");
        QTest::newRow("no name at all") << "" << QByteArray("error: not-found");
        QTest::newRow("a folder is no secret") << "folder" << QByteArray("error: key-unavailable");
    }
    void directory()
    {
        QFETCH(QString, name);
        QFETCH(QByteArray, expected);
        QTemporaryDir folder;
        QVERIFY(putFile(folder.filePath(QStringLiteral("client-secret_store-1_acme")), "s3cret\n"));
        QVERIFY(putFile(folder.filePath(QStringLiteral("two-lines")), "a\n\n"));
        QVERIFY(QDir(folder.path()).mkdir(QStringLiteral("folder")));
        const auto store = credentialsDirectory(folder.path());
        QVERIFY(!store->isWritable());
        QCOMPARE(read(*store, name), expected);
        QCOMPARE(write(*store, name, "x"), QByteArray("bad-input"));
        QCOMPARE(removed(*store, name), QByteArray("bad-input"));
        QCOMPARE(read(*credentialsDirectory({}), name), QByteArray("error: not-found"));
    }

    void environment_data()
    {
        QTest::addColumn<QString>("variable");
        QTest::addColumn<QByteArray>("expected");
        QTest::newRow("by kind, for any organisation") << "ORGTRACE_CLIENT_SECRET" << QByteArray("value");
        QTest::newRow("by the whole name") << "ORGTRACE_CLIENT_SECRET_STORE_1_ACME" << QByteArray("value");
        QTest::newRow("another organisation's is not it") << "ORGTRACE_CLIENT_SECRET_STORE_1_OTHER" << QByteArray("error: not-found");
        QTest::newRow("lower case is not it") << "orgtrace_client_secret" << QByteArray("error: not-found");
    }
    void environment()
    {
        QFETCH(QString, variable);
        QFETCH(QByteArray, expected);
        QProcessEnvironment variables;
        variables.insert(variable, QStringLiteral("value"));
        const auto store = Credentials::environment(variables);
        QVERIFY(!store->isWritable());
        QCOMPARE(read(*store, QString::fromLatin1(Name)), expected);
        QCOMPARE(write(*store, QString::fromLatin1(Name), "x"), QByteArray("bad-input"));
    }

    void keyFileKeepsSecrets_data()
    {
        QTest::addColumn<QByteArray>("passphrase");
        QTest::newRow("sealed") << QByteArray("correct horse");
        QTest::newRow("open, where the user said so") << QByteArray();
    }
    void keyFileKeepsSecrets()
    {
        QFETCH(QByteArray, passphrase);
        QTemporaryDir folder;
        const QString path = folder.filePath(QStringLiteral("keys"));
        const Secret phrase = Secret::take(passphrase);
        QCOMPARE(keyFile(path, phrase, false).error().code, ErrorCode::KeyUnavailable);
        {
            const auto made = keyFile(path, phrase, true);
            QVERIFY(made);
            QCOMPARE(write(**made, QStringLiteral("signing-key/s"), "first value"), QByteArray("done"));
            QCOMPARE(write(**made, QStringLiteral("signing-key/s"), "second value"), QByteArray("done"));
            QCOMPARE(write(**made, QStringLiteral("ü/with \n odd name"), "x"), QByteArray("done"));
            QCOMPARE(write(**made, QStringLiteral("gone"), "x"), QByteArray("done"));
            QCOMPARE(removed(**made, QStringLiteral("gone")), QByteArray("done"));
            QCOMPARE(removed(**made, QStringLiteral("gone")), QByteArray("not-found"));
        }
        struct stat status = {};
        QCOMPARE(::stat(QFile::encodeName(path).constData(), &status), 0);
        QCOMPARE(int(status.st_mode & 0777), 0600);
        QCOMPARE(fileBytes(path).contains("second value"), phrase.isEmpty());
        QCOMPARE(QDir(folder.path()).entryList(QDir::Files | QDir::Hidden), QStringList(QStringLiteral("keys")));
        const auto again = keyFile(path, phrase, false);
        QVERIFY(again);
        QCOMPARE(read(**again, QStringLiteral("signing-key/s")), QByteArray("second value"));
        QCOMPARE(read(**again, QStringLiteral("ü/with \n odd name")), QByteArray("x"));
        QCOMPARE(read(**again, QStringLiteral("gone")), QByteArray("error: not-found"));
        QCOMPARE(keyFile(path, phrase, true).error().code, ErrorCode::BadInput); // never overwritten
        const auto wrong = keyFile(path, secret("wrong"), false);
        QCOMPARE(wrong.error().code, ErrorCode::WrongPassphrase);
        if (!phrase.isEmpty())
            QCOMPARE(keyFile(path, Secret(), false).error().code, ErrorCode::WrongPassphrase);
    }

    void keyFileOthersCanReadIsRefused()
    {
        QTemporaryDir folder;
        const QString path = folder.filePath(QStringLiteral("keys"));
        const auto made = keyFile(path, Secret(), true);
        QVERIFY(made);
        for (const mode_t mode : {0640, 0604, 0660, 0666, 0610}) {
            QCOMPARE(::chmod(QFile::encodeName(path).constData(), mode), 0);
            QCOMPARE(keyFile(path, Secret(), false).error().code, ErrorCode::KeyUnavailable);
            QCOMPARE(write(**made, QStringLiteral("a"), "b"), QByteArray("key-unavailable"));
        }
        QVERIFY(QDir(folder.path()).mkdir(QStringLiteral("folder")));
        QCOMPARE(keyFile(folder.filePath(QStringLiteral("folder")), Secret(), false).error().code, ErrorCode::KeyUnavailable);
        QCOMPARE(keyFile(QString(), Secret(), true).error().code, ErrorCode::BadInput);
        QVERIFY(!keyFile(folder.filePath(QStringLiteral("no/such/keys")), Secret(), true));
    }

    void damagedKeyFilesAreNoticed()
    {
        QTemporaryDir folder;
        const QString path = folder.filePath(QStringLiteral("keys"));
        {
            const auto made = keyFile(path, Secret(), true);
            QVERIFY(made);
            QCOMPARE(write(**made, QStringLiteral("name"), "value"), QByteArray("done"));
        }
        const QByteArray good = fileBytes(path);
        const qsizetype body = 8 + 1 + 16 + 4 + 8 + 24;
        for (qsizetype at = 0; at < good.size(); ++at) {
            if (at > 8 && at < body)
                continue; // unused in an open file
            QByteArray bad = good;
            bad[at] = static_cast<char>(bad[at] ^ 0x40);
            QVERIFY(putFile(path, bad));
            QVERIFY2(!keyFile(path, Secret(), false), qPrintable(QString::number(at)));
        }
        for (qsizetype cut = 0; cut < good.size(); ++cut) {
            QVERIFY(putFile(path, good.left(cut)));
            QVERIFY(!keyFile(path, Secret(), false));
        }
        // A sealed file's fields are checked before any work is done for it.
        QByteArray absurd = good;
        absurd[8] = 1;
        for (qsizetype at = 25; at < 37; ++at)
            absurd[at] = static_cast<char>(0xff);
        QVERIFY(putFile(path, absurd));
        QCOMPARE(keyFile(path, secret("x"), false).error().code, ErrorCode::KeyUnavailable);
    }

    void keychainAnswers()
    {
        const FakeKeychain fake;
        const auto store = keychainOver(fake.backend(), 10s);
        QVERIFY(store->isWritable());
        QCOMPARE(read(*store, QStringLiteral("a")), QByteArray("error: not-found"));
        QCOMPARE(write(*store, QStringLiteral("a"), "value"), QByteArray("done"));
        QCOMPARE(read(*store, QStringLiteral("a")), QByteArray("value"));
        QCOMPARE(removed(*store, QStringLiteral("a")), QByteArray("done"));
        QCOMPARE(read(*store, QStringLiteral("a")), QByteArray("error: not-found"));
    }

    void silentKeychainIsLeftAlone()
    {
        const FakeKeychain fake;
        fake.silent->store(true);
        auto store = keychainOver(fake.backend(), 20ms);
        QCOMPARE(read(*store, QStringLiteral("a")), QByteArray("error: key-unavailable"));
        QTRY_COMPARE(fake.asked->load(), 1);
        // Nobody waits a second time while the first question hangs.
        QCOMPARE(read(*store, QStringLiteral("a")), QByteArray("error: key-unavailable"));
        QCOMPARE(fake.asked->load(), 1);
        // The late answer is dropped, and the keychain is asked again.
        fake.silent->store(false);
        fake.kept->insert(QStringLiteral("a"), secret("now"));
        fake.held->takeFirst()(secret("late"));
        QTRY_COMPARE(read(*store, QStringLiteral("a")), QByteArray("now"));
        const int asked = fake.asked->load();
        QVERIFY(asked > 1);
        // An answer that comes when the store is long gone meets nobody.
        fake.silent->store(true);
        QCOMPARE(read(*store, QStringLiteral("a")), QByteArray("error: key-unavailable"));
        QTRY_COMPARE(fake.asked->load(), asked + 1);
        store.reset();
        fake.held->takeFirst()(secret("too late"));
        QCoreApplication::sendPostedEvents();
        QCoreApplication::processEvents();
    }

    /// Without a session bus the real one must give up by itself.
    void realKeychainNeverBlocks()
    {
        qputenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus");
        const auto store = keychain(2s);
        const QByteArray answer = read(*store, QStringLiteral("orgtrace-test/no such secret"));
        QVERIFY2(answer == "error: key-unavailable" || answer == "error: not-found", answer.constData());
    }

    void chainAsksInTurn()
    {
        QProcessEnvironment variables;
        variables.insert(QStringLiteral("ORGTRACE_FROM_ENV"), QStringLiteral("e"));
        const FakeKeychain fake;
        std::vector<std::unique_ptr<CredentialStore>> places;
        places.push_back(Credentials::environment(variables));
        places.push_back(keychainOver(fake.backend(), 5s));
        places.push_back(memoryStore());
        const auto store = chain(std::move(places));
        QVERIFY(store->isWritable());
        QCOMPARE(store->placeName(), QStringLiteral("environment, OS keychain, memory"));
        QCOMPARE(read(*store, QStringLiteral("from-env")), QByteArray("e"));
        QCOMPARE(read(*store, QStringLiteral("a")), QByteArray("error: not-found"));
        QCOMPARE(write(*store, QStringLiteral("a"), "1"), QByteArray("done"));
        QVERIFY(fake.kept->contains(QStringLiteral("a"))); // the first that can be written to
        QCOMPARE(read(*store, QStringLiteral("a")), QByteArray("1"));
        QCOMPARE(removed(*store, QStringLiteral("a")), QByteArray("done"));
        QCOMPARE(read(*chain({}), QStringLiteral("a")), QByteArray("error: not-found"));
        QCOMPARE(write(*chain({}), QStringLiteral("a"), "1"), QByteArray("bad-input"));
    }

    void chainSaysWhatItCouldNotAsk()
    {
        const FakeKeychain fake;
        fake.silent->store(true);
        std::vector<std::unique_ptr<CredentialStore>> places;
        places.push_back(keychainOver(fake.backend(), 20ms));
        places.push_back(memoryStore());
        const auto store = chain(std::move(places));
        // The keychain may have it: "not found" would be a lie.
        QCOMPARE(read(*store, QStringLiteral("a")), QByteArray("error: key-unavailable"));
        QCOMPARE(write(*store, QStringLiteral("a"), "1"), QByteArray("done")); // the next place takes it
        QCOMPARE(read(*store, QStringLiteral("a")), QByteArray("1"));
        QCOMPARE(removed(*store, QStringLiteral("a")), QByteArray("key-unavailable"));
    }
};

QTEST_GUILESS_MAIN(TestCredentials)
#include "tst_credentials.moc"
