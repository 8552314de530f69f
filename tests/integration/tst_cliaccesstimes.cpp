#include "sandbox/sandbox.h"
#include "json/value.h"

#include "ctlrunner.h"

#include <QDirIterator>
#include <QTemporaryDir>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace Orgtrace;
using Test::Run;

/// When grants were made and who has not signed in for long: what a capture is told of both, over HTTP, and what the command line makes of it.
class TestCliAccessTimes : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void withoutASweepOverDivisionsNobodyTells();
    void theContractorsGrantHasItsOwnTime();
    void aLaterSweepTellsOfEarlierSnapshots();
    void sweepsMakeNoChange();
    void anIdentityThatMayNotSeeGrantsCapturesAllTheSame();
    void dormantAdministrators_data();
    void dormantAdministrators();

private:
    /// A store, and an organisation that is captured into it.
    struct Home {
        QTemporaryDir folder;
        std::unique_ptr<Sandbox::Server> sandbox;
        [[nodiscard]] QString store() const { return folder.filePath(u"store"_s); }
        [[nodiscard]] Run run(const QStringList &arguments, const QByteArray &input = {}) const
        {
            return Test::runCtl(store(), arguments, input);
        }
    };
    /// Captured before and after the contractor's promotion.
    static void prepare(Home &home, const QStringList &options, const QStringList &refused = {});
    [[nodiscard]] static Json::Document history(const Home &home);
    [[nodiscard]] static Json::Document parsed(const Run &run)
    {
        auto document = Json::parse(std::string_view(run.out.constData(), static_cast<size_t>(run.out.size())));
        if (!document) {
            qWarning("status %d\n%s\n%s", run.status, run.out.constData(), run.err.constData());
            return {};
        }
        return std::move(*document);
    }

    Home m_plain, m_swept;
};

void TestCliAccessTimes::prepare(Home &home, const QStringList &options, const QStringList &refused)
{
    Sandbox::Settings settings;
    settings.users = 80;
    home.sandbox = std::make_unique<Sandbox::Server>(settings);
    QVERIFY(home.sandbox->listen());
    for (const QString &path : refused) {
        Sandbox::Server::Fault fault;
        fault.path = path;
        fault.status = 403;
        fault.count = -1;
        home.sandbox->addFault(fault);
    }
    EXPECT_STATUS(home.run({u"init"_s, u"--key-file"_s, home.folder.filePath(u"keys"_s), u"--no-passphrase"_s}), 0);
    EXPECT_STATUS(home.run({u"org"_s, u"add"_s, u"nw"_s, u"--region"_s, u"eu-central-1"_s, u"--client-id"_s, Sandbox::Settings().clientId,
                            u"--base-url"_s, home.sandbox->baseUrl().toString(), u"--secret-stdin"_s},
                           "sandbox-secret\n"),
                  0);
    for (const QString &time : {u"2026-10-16T06:00:00Z"_s, u"2026-10-23T06:00:00Z"_s}) {
        home.sandbox->moveTo(QDateTime::fromString(time, Qt::ISODate));
        EXPECT_STATUS(home.run(QStringList{u"capture"_s, u"nw"_s, u"--no-raw"_s} + options), 0);
    }
}

Json::Document TestCliAccessTimes::history(const Home &home)
{
    return parsed(home.run({u"access"_s, u"history"_s, u"nw"_s, u"contractor-17"_s, u"admin:general:edit"_s, u"--json"_s}));
}

void TestCliAccessTimes::initTestCase()
{
    prepare(m_plain, {});
    prepare(m_swept, {u"--profile"_s, u"security"_s});
}

void TestCliAccessTimes::withoutASweepOverDivisionsNobodyTells()
{
    const Json::Document document = history(m_plain);
    QCOMPARE(document.root()["intervals"].size(), 1);
    const Json::Value interval = document.root()["intervals"].at(0);
    QVERIFY(!interval["gained"]["byGrantTime"].toBool(true));
    QVERIFY(interval["stretches"].at(0)["grantMadeAt"].isNull());
    QVERIFY(interval["gained"]["after"].toQString() < u"2026-10-17"_s); // no nearer than the snapshot before
    const Run text = m_plain.run({u"access"_s, u"history"_s, u"nw"_s, u"contractor-17"_s, u"admin:general:edit"_s});
    QVERIFY2(text.out.contains("when the grant was made is not told"), text.out.constData());
}

/// The group was made an administrator at 02:14; contractor-17 joined it at 02:19.
void TestCliAccessTimes::theContractorsGrantHasItsOwnTime()
{
    const Json::Document document = history(m_swept);
    QCOMPARE(document.root()["intervals"].size(), 1);
    const Json::Value interval = document.root()["intervals"].at(0), stretch = interval["stretches"].at(0);
    QVERIFY(interval["gained"]["byGrantTime"].toBool());
    QVERIFY2(interval["gained"]["after"].toQString().startsWith(u"2026-10-17T02:14:00"),
             qPrintable(interval["gained"]["after"].toQString()));
    QCOMPARE(stretch["grantMadeAt"].toQString(), interval["gained"]["after"].toQString());
    QCOMPARE(stretch["paths"].at(0)["containerName"].toQString(), u"Contractors"_s);
    QCOMPARE(stretch["paths"].at(0)["roleName"].toQString(), u"Master Admin"_s);
    const Run text = m_swept.run({u"access"_s, u"history"_s, u"nw"_s, u"contractor-17"_s, u"admin:general:edit"_s});
    EXPECT_STATUS(text, 0);
    QVERIFY2(text.out.contains("gained between 2026-10-17T02:14:00"), text.out.constData());
    QVERIFY2(text.out.contains("group Contractors"), text.out.constData());
    EXPECT_STATUS(m_swept.run({u"verify"_s}), 0);
}

void TestCliAccessTimes::aLaterSweepTellsOfEarlierSnapshots()
{
    Home home;
    prepare(home, {});
    QVERIFY(!history(home).root()["intervals"].at(0)["gained"]["byGrantTime"].toBool(true));
    EXPECT_STATUS(home.run({u"capture"_s, u"nw"_s, u"--no-raw"_s, u"--prove-grants"_s}), 0);
    const Json::Document document = history(home);
    const Json::Value gained = document.root()["intervals"].at(0)["gained"];
    QVERIFY(gained["byGrantTime"].toBool());
    QVERIFY(gained["after"].toQString().startsWith(u"2026-10-17T02:14:00"));
}

void TestCliAccessTimes::sweepsMakeNoChange()
{
    Home home;
    prepare(home, {});
    EXPECT_STATUS(home.run({u"capture"_s, u"nw"_s, u"--no-raw"_s, u"--prove-grants"_s}), 0);
    EXPECT_STATUS(home.run({u"capture"_s, u"nw"_s, u"--no-raw"_s}), 0);
    for (const auto &[from, to] : {std::pair(u"latest~2"_s, u"latest~1"_s), std::pair(u"latest~1"_s, u"latest"_s)}) {
        const Run run = home.run({u"diff"_s, from, to, u"--json"_s});
        EXPECT_STATUS(run, 0);
        const Json::Document document = parsed(run);
        QCOMPARE(document.root()["changes"].size(), 0);
        QCOMPARE(document.root()["suppressed"]["signals-only"].toInteger(), 0);
    }
}

/// The sweep of a profile is no promise: where it is refused, the capture is whole, and the history says that it does not know.
void TestCliAccessTimes::anIdentityThatMayNotSeeGrantsCapturesAllTheSame()
{
    Home home;
    prepare(home, {u"--profile"_s, u"security"_s}, {u"/api/v2/authorization/divisions/*"_s, u"/api/v2/authorization/divisions/%2A"_s});
    QVERIFY(!history(home).root()["intervals"].at(0)["gained"]["byGrantTime"].toBool(true));
}

void TestCliAccessTimes::dormantAdministrators_data()
{
    QTest::addColumn<QString>("at");
    QTest::addColumn<bool>("isDormant");
    QTest::newRow("before the night somebody used the account") << u"latest~1"_s << true;
    QTest::newRow("after it") << u"latest"_s << false;
}

void TestCliAccessTimes::dormantAdministrators()
{
    QFETCH(QString, at);
    QFETCH(bool, isDormant);
    const Run run = m_plain.run({u"access"_s, u"check"_s, u"--rule"_s, u"dormant-admin"_s, u"--at"_s, at});
    QVERIFY2(run.out.contains("Maris Stone") == isDormant, run.out.constData());
    QVERIFY2(!run.out.contains("not known when"), run.out.constData()); // of everybody
    QVERIFY2(!run.out.contains("Teo Holm"), run.out.constData()); // who signs in every day
}

QTEST_GUILESS_MAIN(TestCliAccessTimes)
#include "tst_cliaccesstimes.moc"
