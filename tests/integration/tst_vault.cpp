#include "base/digest.h"
#include "credentials/credentialstore.h"
#include "evidence/bundles.h"
#include "evidence/store.h"
#include "operations/keys.h"
#include "sandbox/sandbox.h"
#include "json/value.h"

#include <QCoroTask>
#include <QDir>
#include <QDirIterator>
#include <QEventLoop>
#include <QProcess>
#include <QRandomGenerator>
#include <QTemporaryDir>
#include <QTest>
#include <QTimer>

#include <csignal>

using namespace Qt::StringLiterals;
using namespace Orgtrace;

namespace {

struct Run {
    int status = -1; ///< -9: killed
    QByteArray out, err;
    [[nodiscard]] Json::Document json() const { return *Json::parse(view(out)); }
};

} // namespace

/// Raw payloads and resumed captures as their users have them: the real program in a process of its own, killed for real.
class TestVault : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init();
    void killedAnywhereItVerifiesAndGoesOn();
    void lessThanAWindowIsLost();
    void nothingIsInTheClear();
    void aLookNeedsAReason();
    void retentionIsASetting();
    void withoutRawPayloads();
    void anOlderStoreGetsItsKey();

private:
    using Moment = std::function<bool()>;
    /// Runs it to its end, or kills it at once when the moment has come.
    Run ctl(const QStringList &arguments, const QByteArray &input = {}, const Moment &moment = {});
    [[nodiscard]] QByteArray git(const QStringList &arguments) const;
    [[nodiscard]] QString store() const { return m_folder->filePath(u"store"_s); }
    [[nodiscard]] QStringList files(const QString &folder, const QString &pattern) const
    {
        return QDir(store() + u'/' + folder).entryList({pattern}, QDir::Files);
    }
    [[nodiscard]] QByteArray treeOf(const QByteArray &snapshot) const
    {
        return git({u"rev-parse"_s, QString::fromLatin1(snapshot + ":domains")});
    }
    void append(const QByteArray &lines) const;

    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<Sandbox::Server> m_sandbox;
};

#define EXPECT_STATUS(expression, expected)                                                                                                \
    do {                                                                                                                                   \
        const Run &run_ = (expression);                                                                                                    \
        QVERIFY2(run_.status == (expected),                                                                                                \
                 QByteArray("status " + QByteArray::number(run_.status) + "\n" + run_.out + run_.err).constData());                        \
    } while (false)

Run TestVault::ctl(const QStringList &arguments, const QByteArray &input, const Moment &moment)
{
    QProcess process;
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert(u"ORGTRACE_STORE"_s, store());
    process.setProcessEnvironment(environment);
    process.start(QStringLiteral(ORGTRACECTL), arguments);
    process.write(input);
    process.closeWriteChannel();
    // The sandbox answers from this very event loop, so that the wait must turn it; the moment is looked for between its turns.
    QEventLoop loop;
    QTimer deadline, look;
    deadline.setSingleShot(true);
    connect(&process, &QProcess::finished, &loop, &QEventLoop::quit);
    connect(&deadline, &QTimer::timeout, &loop, &QEventLoop::quit);
    if (moment) {
        connect(&look, &QTimer::timeout, &loop, [&] {
            if (process.state() == QProcess::Running && moment()) {
                ::kill(static_cast<pid_t>(process.processId()), SIGKILL);
                look.stop();
            }
        });
        look.start(0);
    }
    deadline.start(120000);
    if (process.state() != QProcess::NotRunning) {
        loop.exec();
    }
    if (process.state() != QProcess::NotRunning) {
        process.kill();
        process.waitForFinished();
        return {-2, process.readAllStandardOutput(), "timed out: " + process.readAllStandardError()};
    }
    return {process.exitStatus() == QProcess::NormalExit ? process.exitCode() : -9, process.readAllStandardOutput(),
            process.readAllStandardError()};
}

QByteArray TestVault::git(const QStringList &arguments) const
{
    QProcess process;
    process.start(u"git"_s, QStringList{u"-c"_s, u"safe.directory=*"_s, u"-C"_s, QString(store() + u"/evidence.git"_s)} + arguments);
    process.waitForFinished();
    return process.readAllStandardOutput();
}

void TestVault::append(const QByteArray &lines) const
{
    QFile file(store() + u"/store.toml"_s);
    QVERIFY(file.open(QIODevice::Append));
    QCOMPARE(file.write(lines), lines.size());
}

void TestVault::init()
{
    m_sandbox.reset();
    m_folder = std::make_unique<QTemporaryDir>();
    Sandbox::Settings settings;
    settings.users = 80;
    m_sandbox = std::make_unique<Sandbox::Server>(settings);
    const Result<void> listening = m_sandbox->listen();
    QVERIFY2(listening, listening ? "" : qPrintable(QString(listening.error().detail + u" "_s + listening.error().where)));
    EXPECT_STATUS(ctl({u"init"_s, u"--key-file"_s, m_folder->filePath(u"keys"_s), u"--no-passphrase"_s}), 0);
    EXPECT_STATUS(ctl({u"org"_s, u"add"_s, u"nw"_s, u"--region"_s, u"eu-central-1"_s, u"--client-id"_s, Sandbox::Settings().clientId,
                       u"--base-url"_s, m_sandbox->baseUrl().toString(), u"--secret-stdin"_s},
                      "sandbox-secret\n"),
                  0);
}

void TestVault::killedAnywhereItVerifiesAndGoesOn()
{
    const Run whole = ctl({u"capture"_s, u"nw"_s, u"--json"_s});
    EXPECT_STATUS(whole, 0);
    const QByteArray tree = treeOf(bytes(whole.json().root()["snapshot"].string()));
    const qint64 requests = whole.json().root()["requests"].toInteger();
    QVERIFY(requests > 30);

    const int kills = qEnvironmentVariableIsSet("ORGTRACE_TEST_LONG") ? 200 : 20;
    QRandomGenerator random(20261121);
    int killed = 0, finished = 0, lateKills = 0;
    while (killed < kills) {
        // By requests answered, or where nothing is asked any more: the bundle is in the vault, the snapshot perhaps not.
        const qint64 start = m_sandbox->requestCount();
        const qint64 at = start + 1 + random.bounded(static_cast<int>(requests / 4));
        const bool isLate = random.bounded(4) == 0;
        const qsizetype bundles = files(u"vault"_s, u"*.raw"_s).size();
        const Moment moment = isLate ? Moment([&] { return files(u"vault"_s, u"*.raw"_s).size() > bundles; })
                                     : Moment([&] { return m_sandbox->requestCount() >= at; });
        const Run run = ctl({u"capture"_s, u"nw"_s, u"--resume"_s, u"--json"_s}, {}, moment);
        if (run.status == -9) {
            ++killed;
            lateKills += isLate;
        } else {
            EXPECT_STATUS(run, 0); // it was faster
            ++finished;
            QCOMPARE(treeOf(bytes(run.json().root()["snapshot"].string())), tree);
        }
        EXPECT_STATUS(ctl({u"verify"_s}), 0);
        QVERIFY(files(u"state"_s, u"*.journal"_s).size() <= 2);
    }
    QVERIFY2(lateKills > 0, "no kill fell between the last answer and the snapshot");
    const Run last = ctl({u"capture"_s, u"nw"_s, u"--resume"_s, u"--json"_s});
    EXPECT_STATUS(last, 0);
    QCOMPARE(treeOf(bytes(last.json().root()["snapshot"].string())), tree);
    EXPECT_STATUS(ctl({u"verify"_s}), 0);
    QVERIFY(files(u"state"_s, u"*.journal*"_s).isEmpty());
    EXPECT_STATUS(ctl({u"prune"_s}), 0); // of strays
    QCOMPARE(files(u"vault"_s, u"*"_s).size(), ctl({u"vault"_s, u"list"_s, u"--json"_s}).json().root()["bundles"].size());
    qInfo("%d runs killed, %d of them after the last answer; %d were faster", killed, lateKills, finished);
}

void TestVault::lessThanAWindowIsLost()
{
    const Run whole = ctl({u"capture"_s, u"nw"_s, u"--json"_s});
    EXPECT_STATUS(whole, 0);
    const qint64 requests = whole.json().root()["requests"].toInteger();
    const qint64 start = m_sandbox->requestCount();
    const qint64 at = requests * 3 / 4;
    const Run cut = ctl({u"capture"_s, u"nw"_s, u"--json"_s}, {}, [&] { return m_sandbox->requestCount() - start >= at; });
    QCOMPARE(cut.status, -9);
    const qint64 asked = m_sandbox->requestCount() - start;
    const Run resumed = ctl({u"capture"_s, u"nw"_s, u"--resume"_s, u"--json"_s});
    EXPECT_STATUS(resumed, 0);
    QVERIFY(resumed.err.contains("going on with the capture"));
    const qint64 replayed = resumed.json().root()["replayed"].toInteger();
    // A window of the quota is 300 requests; sealed every 16 answers or fifth of a second, far fewer are lost.
    const qint64 lost = asked - 1 - replayed;
    QVERIFY2(replayed > 0 && lost < 60, qPrintable(u"%1 asked, %2 replayed"_s.arg(asked).arg(replayed)));
    QVERIFY(resumed.json().root()["requests"].toInteger() < requests);
    qInfo("%lld of %lld answers lost", static_cast<long long>(lost), static_cast<long long>(asked));
}

void TestVault::nothingIsInTheClear()
{
    // One bundle finished, one journal left by a kill.
    const Run whole = ctl({u"capture"_s, u"nw"_s, u"--json"_s});
    EXPECT_STATUS(whole, 0);
    const qint64 start = m_sandbox->requestCount();
    QCOMPARE(ctl({u"capture"_s, u"nw"_s}, {}, [&] { return m_sandbox->requestCount() - start >= 30; }).status, -9);

    // Words that the platform said: names of people, of the organisation, and every secret behind a fingerprint.
    QList<QByteArray> words{m_sandbox->organisationName().toUtf8(), "sandbox-secret", "access_token", "\"entities\"", "pageNumber="};
    const Run users = ctl({u"show"_s, u"latest"_s, u"users"_s, u"--json"_s});
    EXPECT_STATUS(users, 0);
    const Json::Document listed = users.json();
    for (const Json::Value user : listed.root()["entities"].items()) {
        words += bytes(user["name"].string());
    }
    QVERIFY(words.size() > 50);
    const QByteArray snapshot = bytes(whole.json().root()["snapshot"].string());
    const QByteArray found
        = git({u"grep"_s, u"-ohE"_s, u"secret:[0-9a-f]{8}:[0-9a-f]{24}"_s, QString::fromLatin1(snapshot), u"--"_s, u"domains"_s});
    QSet<QByteArray> fingerprints;
    for (const QByteArray &line : found.split('\n')) {
        if (!line.isEmpty()) {
            fingerprints.insert(line.mid(line.indexOf("secret:")));
        }
    }
    QVERIFY(!fingerprints.isEmpty());
    QList<QByteArray> secrets;
    for (const QByteArray &fingerprint : fingerprints) {
        const Run revealed = ctl({u"vault"_s, u"reveal"_s, QString::fromLatin1(fingerprint), u"--reason"_s, u"the test"_s, u"--json"_s});
        EXPECT_STATUS(revealed, 0);
        secrets += bytes(revealed.json().root()["value"].string());
        QVERIFY(!secrets.last().isEmpty());
    }
    int looked = 0;
    QDirIterator all(store(), QDir::Files | QDir::Hidden, QDirIterator::Subdirectories);
    while (all.hasNext()) {
        const QString path = all.next();
        QFile file(path);
        QVERIFY(file.open(QIODevice::ReadOnly));
        const QByteArray content = file.readAll();
        const bool isSealed = path.endsWith(u".raw"_s) || path.endsWith(u".journal"_s);
        looked += isSealed;
        for (const QByteArray &secret : std::as_const(secrets)) {
            QVERIFY2(!content.contains(secret), qPrintable(path));
        }
        for (const QByteArray &word : std::as_const(words)) {
            QVERIFY2(!isSealed || !content.contains(word), qPrintable(u"%1: %2"_s.arg(path, QString::fromUtf8(word))));
        }
    }
    QCOMPARE(looked, 2);
    const QByteArray objects = git({u"cat-file"_s, u"--batch-all-objects"_s, u"--batch"_s});
    QVERIFY(objects.size() > 10000);
    // A plain word behind a fingerprint ("view", below a member whose name looked secret) may rightly stand elsewhere.
    secrets.removeIf([](const QByteArray &secret) { return std::ranges::none_of(secret, [](char c) { return c >= '0' && c <= '9'; }); });
    QVERIFY(!secrets.isEmpty());
    for (const QByteArray &secret : std::as_const(secrets)) {
        const qsizetype at = objects.indexOf(secret);
        QVERIFY2(at < 0, QByteArray(secret + " in " + objects.mid(std::max<qsizetype>(at - 100, 0), 200)).constData());
    }
}

void TestVault::aLookNeedsAReason()
{
    EXPECT_STATUS(ctl({u"capture"_s, u"nw"_s}), 0);
    const QByteArray found = git({u"grep"_s, u"-ohE"_s, u"secret:[0-9a-f]{8}:[0-9a-f]{24}"_s, u"HEAD"_s, u"--"_s, u"domains"_s});
    const QString fingerprint = QString::fromLatin1(found.left(found.indexOf('\n')));
    QVERIFY(fingerprint.startsWith(u"secret:"_s));
    const QString log = store() + u"/activity.log"_s;
    EXPECT_STATUS(ctl({u"vault"_s, u"reveal"_s, fingerprint}), 2);
    EXPECT_STATUS(ctl({u"vault"_s, u"reveal"_s, fingerprint, u"--reason"_s, u"  "_s}), 2);
    EXPECT_STATUS(ctl({u"vault"_s, u"reveal"_s, u"hunter2"_s, u"--reason"_s, u"case 7"_s}), 2);
    QVERIFY(!QFile::exists(log));
    EXPECT_STATUS(ctl({u"vault"_s, u"reveal"_s, fingerprint, u"--reason"_s, u"case 7"_s}), 0);
    const Run users = ctl({u"show"_s, u"latest"_s, u"users"_s, u"--json"_s});
    const Json::Document listed = users.json();
    const QString user = listed.root()["entities"].at(0)["id"].toQString();
    EXPECT_STATUS(ctl({u"show"_s, u"latest"_s, u"users"_s, user, u"--raw"_s}), 2);
    const Run raw = ctl({u"show"_s, u"latest"_s, u"users"_s, user, u"--raw"_s, u"--reason"_s, u"case 8"_s});
    EXPECT_STATUS(raw, 0);
    QVERIFY(raw.out.contains("selfUri")); // which evidence leaves out
    QCOMPARE(raw.json().root()["id"].toQString(), user);
    QFile file(log);
    QVERIFY(file.open(QIODevice::ReadOnly));
    const QByteArray lines = file.readAll();
    QCOMPARE(lines.count('\n'), 2);
    QVERIFY(lines.contains("case 7") && lines.contains("case 8") && lines.contains(fingerprint.toLatin1()));
    // The log is part of what verifies, and the next snapshot holds on to it.
    EXPECT_STATUS(ctl({u"capture"_s, u"nw"_s}), 0);
    EXPECT_STATUS(ctl({u"verify"_s}), 0);
    QVERIFY(file.remove());
    EXPECT_STATUS(ctl({u"verify"_s}), 5);
    EXPECT_STATUS(ctl({u"vault"_s, u"show"_s, u"latest"_s, u"--domain"_s, u"users"_s}), 0);
    EXPECT_STATUS(ctl({u"vault"_s, u"show"_s, u"latest"_s, u"--domain"_s, u"nonsense"_s}), 2);
}

void TestVault::retentionIsASetting()
{
    for (int i = 0; i < 3; ++i) {
        EXPECT_STATUS(ctl({u"capture"_s, u"nw"_s, u"--domains"_s, u"users"_s}), 0);
    }
    EXPECT_STATUS(ctl({u"prune"_s}), 0); // nothing said: everything stays
    QCOMPARE(files(u"vault"_s, u"*.raw"_s).size(), 3);
    append("\n[vault]\nkeep_snapshots = 1\n");
    const Run pruned = ctl({u"prune"_s, u"--json"_s});
    EXPECT_STATUS(pruned, 0);
    QCOMPARE(pruned.json().root()["removed"].size(), 2);
    QCOMPARE(files(u"vault"_s, u"*.raw"_s).size(), 1);
    const Run verified = ctl({u"verify"_s, u"--json"_s});
    EXPECT_STATUS(verified, 0); // told, and no problem
    QCOMPARE(verified.json().root()["bundlesPruned"].toInteger(), 2);
    QCOMPARE(verified.json().root()["bundles"].toInteger(), 1);
    EXPECT_STATUS(ctl({u"vault"_s, u"show"_s, u"latest~2"_s}), 2);
    QFile file(store() + u"/vault/"_s + files(u"vault"_s, u"*.raw"_s).first());
    QVERIFY(file.open(QIODevice::ReadWrite));
    QVERIFY(file.seek(file.size() / 2));
    const QByteArray byte = file.peek(1);
    QVERIFY(file.write(QByteArray(1, static_cast<char>(byte[0] ^ 1))) == 1);
    file.close();
    EXPECT_STATUS(ctl({u"verify"_s}), 5);
    EXPECT_STATUS(ctl({u"vault"_s, u"show"_s, u"latest"_s}), 5);
}

void TestVault::withoutRawPayloads()
{
    const Run once = ctl({u"capture"_s, u"nw"_s, u"--domains"_s, u"users"_s, u"--no-raw"_s, u"--json"_s});
    EXPECT_STATUS(once, 0);
    QVERIFY(once.json().root()["raw"].isNull());
    QVERIFY(files(u"vault"_s, u"*"_s).isEmpty() && files(u"state"_s, u"*"_s).isEmpty());
    EXPECT_STATUS(ctl({u"capture"_s, u"nw"_s, u"--no-raw"_s, u"--resume"_s}), 2);
    append("\n[vault]\nkeep_raw = false\n");
    const Run never = ctl({u"capture"_s, u"nw"_s, u"--domains"_s, u"users"_s, u"--resume"_s});
    EXPECT_STATUS(never, 0);
    QVERIFY(never.err.contains("starts afresh"));
    QVERIFY(files(u"vault"_s, u"*"_s).isEmpty());
    EXPECT_STATUS(ctl({u"verify"_s}), 0);
}

void TestVault::anOlderStoreGetsItsKey()
{
    // A place without the key, as of a store made before there was one: it is made at the first capture, and stays.
    {
        auto places = Credentials::keyFile(m_folder->filePath(u"keys"_s), {}, false);
        QVERIFY(places);
        const auto opened = Evidence::Store::open(store());
        QVERIFY(QCoro::waitFor((*places)->remove(Operations::vaultKeyName(opened->storeId()))));
    }
    EXPECT_STATUS(ctl({u"capture"_s, u"nw"_s, u"--domains"_s, u"users"_s}), 0);
    const auto keyOf = [this] { return *Evidence::vaultKeyIdOf(store() + u"/vault/"_s + files(u"vault"_s, u"*.raw"_s).last()); };
    const QByteArray first = keyOf();
    QFile keys(m_folder->filePath(u"keys"_s));
    QVERIFY(keys.open(QIODevice::ReadOnly));
    const QByteArray before = keys.readAll();
    keys.close();
    QVERIFY(before.contains("vault-key/"));
    EXPECT_STATUS(ctl({u"capture"_s, u"nw"_s, u"--domains"_s, u"users"_s}), 0);
    QCOMPARE(keyOf(), first);
    QVERIFY(keys.open(QIODevice::ReadOnly));
    QCOMPARE(keys.readAll(), before);
}

QTEST_GUILESS_MAIN(TestVault)
#include "tst_vault.moc"
