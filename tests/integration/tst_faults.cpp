#include "capture/capture.h"
#include "evidence/store.h"
#include "sandbox/faults.h"
#include "sandbox/sandbox.h"
#include "json/value.h"

#include <QCoroTask>
#include <QCoroTimer>
#include <QNetworkAccessManager>
#include <QNetworkReply>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>
#include <QTimer>

using namespace Qt::StringLiterals;
using namespace Orgtrace;

namespace {

/// The sandbox's virtual clock for the client as well: a wait moves it as soon as no request is under way, so that minutes cost nothing and answers take no time.
class SharedClock final : public Clock
{
public:
    SharedClock(Sandbox::Server &server, const QNetworkAccessManager &network) :
        m_server(server), m_network(network), m_start(server.nowUtc())
    {
    }
    [[nodiscard]] QDateTime nowUtc() const override { return m_start.addMSecs(m_gone.count()); }
    [[nodiscard]] std::chrono::milliseconds monotonic() const override { return m_gone; }
    [[nodiscard]] QCoro::Task<void> sleepFor(std::chrono::milliseconds duration) override
    {
        do {
            QTimer timer; // through the event loop, as a real wait would go
            timer.setSingleShot(true);
            timer.start(0);
            co_await timer;
        } while (isBusy());
        m_gone += duration;
        m_server.moveTo(nowUtc());
    }

private:
    [[nodiscard]] bool isBusy() const
    {
        return std::ranges::any_of(m_network.findChildren<QNetworkReply *>(),
                                   [](const QNetworkReply *reply) { return reply->isRunning(); });
    }
    Sandbox::Server &m_server;
    const QNetworkAccessManager &m_network;
    const QDateTime m_start;
    std::chrono::milliseconds m_gone{0};
};

const QStringList Asked{u"organization"_s, u"divisions"_s, u"users"_s,  u"groups"_s,       u"teams"_s,
                        u"roles"_s,        u"queues"_s,    u"skills"_s, u"queue_members"_s};

/// The sandbox with a fault script, a client, and a store, in this process.
struct Rig {
    explicit Rig(Sandbox::Settings sandboxSettings = {}) : server(prepared(sandboxSettings)), clock(server, network)
    {
        const auto listening = server.listen();
        if (!listening) {
            qFatal("sandbox: %s", qPrintable(listening.error().detail));
        }
        Evidence::Store::InitOptions options;
        options.writerId = u"writer1"_s;
        options.storeId = u"store1"_s;
        options.signerLine = signer.publicKeyLine();
        const auto store = Evidence::Store::init(storeFolder(), options);
        if (!store) {
            qFatal("store: %s", qPrintable(store.error().detail));
        }
        // Few rows a page, so that eighty people make a listing of several pages.
        for (const auto &[name, size] : {std::pair(u"users"_s, 20), std::pair(u"teams"_s, 2), std::pair(u"queues"_s, 7),
                                         std::pair(u"skills"_s, 9), std::pair(u"queue_members"_s, 5)}) {
            Catalogue::DomainRules rules = *catalogue.find(name);
            rules.pageSize = size;
            rules.largeAbove = 0;
            rules.largePath.clear();
            catalogue.add(rules);
        }
        catalogue = catalogue.restrictedTo(Asked);
        settings.endpoints = {u"custom"_s, server.baseUrl(), server.baseUrl()};
        settings.clientId = Sandbox::Settings().clientId;
        QByteArray secret = Sandbox::Settings().clientSecret.toUtf8();
        settings.clientSecret = Credentials::Secret::take(secret);
        settings.jitterSeed = 7;
    }
    static Sandbox::Settings prepared(Sandbox::Settings settings)
    {
        settings.users = std::max(settings.users == Sandbox::Settings().users ? 0 : settings.users, 80);
        return settings;
    }
    void readUsersByCursor()
    {
        Catalogue::DomainRules rules = *catalogue.find(u"users"_s);
        rules.largeAbove = 50;
        rules.largePath = u"/api/v2/users/query"_s;
        catalogue.add(rules);
    }
    Result<Capture::Outcome> capture(Genesys::ApiClient &client)
    {
        Capture::Settings run;
        run.storeFolder = storeFolder();
        run.catalogue = catalogue;
        run.region = u"custom"_s;
        run.clientId = settings.clientId;
        return QCoro::waitFor(Capture::capture(client, clock, run, redactor, signer));
    }
    QStringList ids(const Capture::Outcome &outcome, const QString &domain) const
    {
        const auto store = Evidence::Store::open(storeFolder());
        const auto snapshot = store->snapshot(outcome.snapshot.id);
        QStringList list = snapshot->entityIds(domain).value_or(QStringList());
        list.sort();
        return list;
    }
    [[nodiscard]] QString storeFolder() const { return folder.filePath(u"store"_s); }

    Sandbox::Server server;
    QNetworkAccessManager network;
    SharedClock clock;
    QTemporaryDir folder;
    Catalogue::Catalogue catalogue = *Catalogue::Catalogue::builtIn();
    Redaction::Redactor redactor = std::move(*Redaction::Redactor::builtIn(Redaction::Fingerprinter(QByteArray(32, 'k'))));
    Evidence::Signer signer = std::move(*Evidence::Signer::fromSeed(std::string(32, 's')));
    Genesys::ApiClient::Settings settings;
};

/// What the command line would end with.
int statusOf(const Result<Capture::Outcome> &outcome)
{
    return !outcome ? exitStatus(outcome.error().code) : outcome->isComplete() ? 0 : 4;
}

const Evidence::LedgerRow *rowOf(const Capture::Outcome &outcome, const QString &domain)
{
    const auto found = std::ranges::find(outcome.manifest.ledger, domain, &Evidence::LedgerRow::domain);
    return found == outcome.manifest.ledger.end() ? nullptr : &*found;
}

} // namespace

/// Every kind of fault the sandbox knows, and what a capture makes of it: complete to the last id, or openly not.
class TestFaults : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void everyFaultIsSurvivedOrSaid_data();
    void everyFaultIsSurvivedOrSaid();
    void theServersClockIsSeenToBeOff();
    void anExpiredChannelIsSaidSo();
    void nobodyIsMissedAboveTenThousand_data();
    void nobodyIsMissedAboveTenThousand();
    void theQuotaIsSharedAndNotWasted_data();
    void theQuotaIsSharedAndNotWasted();
    void theProgramsDoTheSame_data();
    void theProgramsDoTheSame();
    void everyBehaviourIsInThisTest();
};

void TestFaults::everyFaultIsSurvivedOrSaid_data()
{
    QTest::addColumn<QString>("domain");
    QTest::addColumn<QByteArray>("fault"); // keys of one [[fault]], ';' between them
    QTest::addColumn<QString>("state"); // of that domain
    QTest::addColumn<QString>("reason"); // the ledger's, its beginning
    QTest::addColumn<int>("fewer"); // rows that are truly gone
    const auto row = [](const char *name, const QString &domain, const QByteArray &path, const QByteArray &fault, const char *state,
                        const char *reason = "", int fewer = 0) {
        QTest::newRow(name) << domain << QByteArray("path = \"" + path + "\";" + fault) << QString::fromLatin1(state)
                            << QString::fromLatin1(reason) << fewer;
    };
    const auto users = [&row](const char *name, const QByteArray &fault, const char *state, const char *reason = "", int fewer = 0) {
        row(name, u"users"_s, "/api/v2/users", fault, state, reason, fewer);
    };
    const auto byCursor = [&row](const char *name, const QByteArray &fault, const char *state, const char *reason = "", int fewer = 0) {
        row(name, u"users by cursor"_s, "/api/v2/users", fault, state, reason, fewer);
    };
    const auto teams = [&row](const char *name, const QByteArray &fault, const char *state, const char *reason = "", int fewer = 0) {
        row(name, u"teams"_s, "/api/v2/teams", fault, state, reason, fewer);
    };
    const auto members = [&row](const char *name, const QByteArray &fault, const char *state, const char *reason = "", int fewer = 0) {
        row(name, u"queue_members"_s, "/api/v2/routing/queues/", fault, state, reason, fewer);
    };
    users("a token refused in mid-run is renewed", "status = 401; requests = [2]", "complete");
    users("tokens refused for good", "status = 401; count = -1", "carried", "unauthorised");
    users("a missing permission", "status = 403; count = -1", "forbidden", "forbidden");
    users("a permission lost in mid-run", "status = 403; skip = 2; count = -1", "forbidden", "forbidden");
    users("a 429 storm with Retry-After", "status = 429; retry_after = \"7\"; requests = [1, 2, 3, 5]", "complete");
    users("a 429 storm with bracketed seconds only", "status = 429; requests = [1, 2, 3, 5]", "complete");
    users("a 429 storm that says nothing", "status = 429; body = \"{}\"; requests = [1, 2, 3]", "complete");
    users("a 429 storm without an end", "status = 429; retry_after = \"2\"; count = -1", "carried", "throttled");
    users("a Retry-After of hours", "status = 429; retry_after = \"9999\"; count = -1", "carried", "throttled");
    users("500 twice", "status = 500; requests = [2, 3]", "complete");
    users("500 for good", "status = 500; skip = 1; count = -1", "carried", "server-failed");
    users("503 twice", "status = 503; requests = [1, 4]", "complete");
    users("503 for good", "status = 503; count = -1", "carried", "server-failed");
    users("one request that is never answered", "behaviour = \"hang\"; requests = [2]", "complete");
    users("requests that are never answered", "behaviour = \"hang\"; skip = 1; count = -1", "carried", "timed-out");
    users("a connection reset", "behaviour = \"reset\"; requests = [2]", "complete");
    users("connections reset for good", "behaviour = \"reset\"; skip = 2; count = -1", "carried", "unreachable");
    users("one answer cut off", "behaviour = \"truncate\"; requests = [3]", "complete");
    users("answers cut off for good", "behaviour = \"truncate\"; count = -1", "carried", "unreachable");
    users("an answer longer than it says", "behaviour = \"wrong-length\"; requests = [2]", "carried", "bad-response");
    users("HTML in mid-run", "behaviour = \"not-json\"; requests = [2]", "carried", "bad-response");
    users("a page of another's making", "behaviour = \"body\"; body = \"{}\"; requests = [2]", "carried", "bad-response");
    users("a redirect to elsewhere", "behaviour = \"redirect\"; body = \"http://127.0.0.2:9/x\"; requests = [2]", "carried",
          "redirect-refused");
    users("a page that comes twice, once", "behaviour = \"duplicate-page\"; requests = [2]", "complete");
    users("pages that come twice for good", "behaviour = \"duplicate-page\"; count = -1", "carried", "incomplete");
    users("a page that shifts, once", "behaviour = \"shift-page\"; rows = 3; requests = [1]", "complete");
    users("the last page shifts for good", "behaviour = \"shift-page\"; rows = 3; requests = [3, 6, 9]", "carried", "incomplete");
    users("pages that shift for good", "behaviour = \"shift-page\"; count = -1", "carried", "incomplete");
    users("rows added while it is read", "behaviour = \"add-rows\"; rows = 3; skip = 2", "complete");
    users("rows removed while it is read", "behaviour = \"remove-rows\"; rows = 3; skip = 2; count = -1", "complete", "", 3);
    users("rows that come and go", "behaviour = \"remove-rows\"; rows = 2; requests = [2, 6, 10]", "carried", "incomplete");
    users("a window refused", "behaviour = \"window\"; rows = 40; count = -1", "carried", "bad-response");
    users("a clamped page size", "behaviour = \"clamp\"; rows = 7; count = -1", "complete");
    users("a page size clamped in mid-run", "behaviour = \"clamp\"; rows = 7; skip = 1; count = -1", "complete");
    users("a total that lies once", "behaviour = \"lie-total\"; rows = 5; requests = [1, 2, 3, 4]", "complete");
    users("a total too high for good", "behaviour = \"lie-total\"; rows = 5; count = -1", "carried", "incomplete");
    users("a total too low for good", "behaviour = \"lie-total\"; rows = -5; count = -1", "carried", "incomplete");
    users("a clock an hour ahead", "behaviour = \"clock-skew\"; seconds = 3600; count = -1", "complete");
    users("one answer that drips", "behaviour = \"drip\"; ms = 20; requests = [2]", "complete");
    users("answers that drip for good", "behaviour = \"drip\"; ms = 20; count = -1", "carried", "timed-out");
    users("answers packed by gzip", "behaviour = \"gzip\"; count = -1", "complete");
    byCursor("by cursor, nothing wrong", "behaviour = \"gzip\"; count = -1", "complete");
    byCursor("by cursor, where the window is refused", "behaviour = \"window\"; rows = 20; count = -1", "complete");
    byCursor("by cursor, one stale", "behaviour = \"stale-cursor\"; requests = [2]", "complete");
    byCursor("by cursor, two stale in a row", "behaviour = \"stale-cursor\"; requests = [2, 3]", "complete");
    byCursor("by cursor, all stale", "behaviour = \"stale-cursor\"; count = -1", "carried", "stale-cursor");
    byCursor("by cursor, a page that comes twice for good", "behaviour = \"duplicate-page\"; count = -1", "carried", "incomplete");
    byCursor("by cursor, once fewer than announced", "behaviour = \"remove-rows\"; rows = 4; requests = [2]", "complete");
    row("by cursor, always fewer than announced", u"users by cursor"_s, "/api/v2/users/query",
        "behaviour = \"remove-rows\"; rows = 4; count = -1", "carried", "incomplete");
    row("by cursor, forbidden: then by pages", u"users by cursor"_s, "/api/v2/users/query", "status = 403; count = -1", "complete");
    teams("a stale cursor in a nextUri", "behaviour = \"stale-cursor\"; requests = [1]", "complete");
    teams("stale cursors without an end, but one larger page holds all", "behaviour = \"stale-cursor\"; count = -1", "complete");
    teams("the first page again and again", "behaviour = \"duplicate-page\"; count = -1", "carried", "incomplete");
    teams("503 in mid-run", "status = 503; requests = [2]", "complete");
    members("members: a page that comes twice, once", "behaviour = \"duplicate-page\"; requests = [1]", "complete");
    members("members: 429 here and there", "status = 429; retry_after = \"3\"; requests = [2, 5, 9]", "complete");
    members("members: none may be seen", "status = 403; count = -1", "forbidden", "forbidden");
}

void TestFaults::everyFaultIsSurvivedOrSaid()
{
    QFETCH(QString, domain);
    QFETCH(QByteArray, fault);
    QFETCH(QString, state);
    QFETCH(QString, reason);
    QFETCH(int, fewer);
    Rig rig;
    if (domain == u"users by cursor") {
        rig.readUsersByCursor();
        domain = u"users"_s;
    }
    Genesys::ApiClient before(rig.network, rig.clock, rig.settings);
    const auto first = rig.capture(before);
    QVERIFY2(first, first ? "" : qPrintable(first.error().detail));
    QVERIFY(first->isComplete());
    const QStringList truth = rig.ids(*first, domain);
    QVERIFY(!truth.isEmpty());

    const auto faults = Sandbox::readFaults("[[fault]]\n" + fault.replace(';', '\n') + '\n', u"faults.toml"_s);
    QVERIFY2(faults, faults ? "" : qPrintable(faults.error().detail + u' ' + faults.error().where));
    for (const Sandbox::Server::Fault &one : *faults) {
        rig.server.addFault(one);
    }
    if (fault.contains("\"hang\"") || fault.contains("\"drip\"")) {
        rig.settings.timeout = std::chrono::milliseconds(400);
        rig.settings.totalTimeout = std::chrono::milliseconds(800);
    }
    Genesys::ApiClient client(rig.network, rig.clock, rig.settings);
    const auto outcome = rig.capture(client);
    QVERIFY2(outcome, outcome ? "" : qPrintable(outcome.error().detail));

    // The ledger says it, with a reason; the domain is never shorter than the truth, and all others are whole.
    const Evidence::LedgerRow *row = rowOf(*outcome, domain);
    QVERIFY(row != nullptr);
    QVERIFY2(Evidence::ledgerStateName(row->state) == state,
             qPrintable(Evidence::ledgerStateName(row->state) + u": "_s + row->reason + u", "_s + QString::number(row->entities)));
    QVERIFY2(row->reason.startsWith(reason), qPrintable(row->reason));
    QCOMPARE(row->reason.isEmpty(), state == u"complete");
    const QStringList seen = rig.ids(*outcome, domain);
    if (fewer == 0) {
        QCOMPARE(seen, truth);
    } else {
        QCOMPARE(seen.size(), truth.size() - fewer);
        QVERIFY(std::ranges::includes(truth, seen));
    }
    for (const QString &other : Asked) {
        if (other == domain || (domain == u"queues" && other == u"queue_members")) {
            continue;
        }
        QCOMPARE(Evidence::ledgerStateName(rowOf(*outcome, other)->state), u"complete"_s);
        QCOMPARE(rig.ids(*outcome, other), rig.ids(*first, other));
    }
    QCOMPARE(statusOf(outcome), state == u"complete" ? 0 : 4);
}

namespace {
Sandbox::Server::Fault lasting(const QString &path, const QString &behaviour)
{
    Sandbox::Server::Fault fault;
    fault.path = path;
    fault.behaviour = behaviour;
    fault.count = -1;
    return fault;
}
} // namespace

void TestFaults::theServersClockIsSeenToBeOff()
{
    Rig rig;
    Sandbox::Server::Fault fault = lasting(u"/api/v2"_s, u"clock-skew"_s);
    fault.seconds = -7200;
    rig.server.addFault(fault);
    Genesys::ApiClient client(rig.network, rig.clock, rig.settings);
    const auto outcome = rig.capture(client);
    QCOMPARE(statusOf(outcome), 0);
    for (const Evidence::LedgerRow &row : outcome->manifest.ledger) {
        QVERIFY2(qAbs(row.clockOffsetMs + 7'200'000) <= 1000, qPrintable(QString::number(row.clockOffsetMs)));
    }
}

void TestFaults::anExpiredChannelIsSaidSo()
{
    Rig rig;
    rig.server.addFault(lasting(u"/api/v2/notifications/channels/"_s, u"expired-channel"_s));
    Genesys::ApiClient client(rig.network, rig.clock, rig.settings);
    const auto reply = QCoro::waitFor(client.send(
        *Genesys::ApiRequest::allow(Genesys::Method::Post, "/api/v2/notifications/channels/c1/subscriptions", {}, "[{\"id\":\"x\"}]")));
    QVERIFY(!reply);
    QCOMPARE(reply.error().code, ErrorCode::NotOffered);
    QVERIFY2(reply.error().detail.contains(u"expired"), qPrintable(reply.error().detail));
}

void TestFaults::nobodyIsMissedAboveTenThousand_data()
{
    QTest::addColumn<bool>("mayQuery");
    QTest::addColumn<QString>("state");
    QTest::addColumn<QString>("reason");
    QTest::newRow("by cursor, as the pages end at 10,000 rows") << true << u"complete"_s << QString();
    QTest::newRow("no permission for it: openly not seen") << false << u"carried"_s << u"incomplete"_s;
}

void TestFaults::nobodyIsMissedAboveTenThousand()
{
    QFETCH(bool, mayQuery);
    QFETCH(QString, state);
    QFETCH(QString, reason);
    Sandbox::Settings sandbox;
    sandbox.users = 10'200;
    Rig rig(sandbox);
    rig.catalogue = Catalogue::Catalogue::builtIn()->restrictedTo({u"organization"_s, u"users"_s}); // as it is shipped
    Sandbox::Server::Fault fault = lasting(u"/api/v2/users"_s, u"window"_s);
    rig.server.addFault(fault);
    if (!mayQuery) {
        fault.path = u"/api/v2/users/query"_s;
        fault.behaviour.clear();
        fault.status = 403;
        rig.server.addFault(fault);
    }
    Genesys::ApiClient client(rig.network, rig.clock, rig.settings);
    const auto outcome = rig.capture(client);
    QVERIFY(outcome);
    const Evidence::LedgerRow *row = rowOf(*outcome, u"users"_s);
    QVERIFY2(Evidence::ledgerStateName(row->state) == state && row->reason.startsWith(reason), qPrintable(row->reason));
    QCOMPARE(statusOf(outcome), mayQuery ? 0 : 4);
    if (mayQuery) {
        QCOMPARE(rig.ids(*outcome, u"users"_s).size(), 10'200);
        QCOMPARE(row->announced, 10'200);
    } else {
        QVERIFY2(row->reason.contains(u"10000"), qPrintable(row->reason));
    }
}

void TestFaults::theQuotaIsSharedAndNotWasted_data()
{
    QTest::addColumn<int>("quota");
    QTest::addColumn<int>("share");
    QTest::newRow("sixty a minute, two fifths left to others") << 60 << 40;
    QTest::newRow("forty a minute, a tenth left to others") << 40 << 10;
    QTest::newRow("thirty-two a minute, nothing left") << 32 << 0;
}

void TestFaults::theQuotaIsSharedAndNotWasted()
{
    QFETCH(int, quota);
    QFETCH(int, share);
    Sandbox::Settings sandbox;
    sandbox.quotaPerMinute = quota;
    sandbox.quotaByVirtualClock = true; // as the waits do
    Rig rig(sandbox);
    rig.settings.quotaSharePercent = share;
    Genesys::ApiClient client(rig.network, rig.clock, rig.settings);
    const auto outcome = rig.capture(client);
    QCOMPARE(statusOf(outcome), 0);
    QCOMPARE(client.counters().throttled, 0);
    const double ours = quota * (100 - share) / 100;
    const double windows = std::ceil(double(client.counters().requests) / ours);
    QVERIFY2(windows >= 5, qPrintable(u"only %1 requests"_s.arg(client.counters().requests)));
    const double least = (windows - 1) * 60'000; // answers take no time here
    const auto took = double(rig.clock.monotonic().count());
    QVERIFY2(took >= least - 60'000 && took <= least * 1.10,
             qPrintable(u"%1 requests took %2 ms, the quota allows %3"_s.arg(client.counters().requests).arg(took).arg(least)));
}

void TestFaults::theProgramsDoTheSame_data()
{
    QTest::addColumn<QByteArray>("faults");
    QTest::addColumn<int>("status"); // of the capture; -1: the sandbox does not start
    QTest::addColumn<QByteArray>("says"); // the capture, or the sandbox
    QTest::newRow("a missing permission") << QByteArray("[[fault]]\npath = \"/api/v2/routing/skills\"\nstatus = 403\ncount = -1\n") << 4
                                          << QByteArray("\"forbidden\"");
    QTest::newRow("a total that lies") << QByteArray(
        "[[fault]]\npath = \"/api/v2/routing/skills\"\nbehaviour = \"lie-total\"\ncount = -1\n")
                                       << 4 << QByteArray("\"carried\"");
    QTest::newRow("rows that shift once") << QByteArray(
        "[[fault]]\npath = \"/api/v2/routing/skills\"\nbehaviour = \"lie-total\"\nrows = 2\n")
                                          << 0 << QByteArray("\"complete\": true");
    QTest::newRow("a mistake in the file") << QByteArray("[[fault]]\npath = \"/api/v2/users\"\nbehaviour = \"sing\"\n") << -1
                                           << QByteArray("faults.toml:3");
}

void TestFaults::theProgramsDoTheSame()
{
    QFETCH(QByteArray, faults);
    QFETCH(int, status);
    QFETCH(QByteArray, says);
    QTemporaryDir folder;
    QFile file(folder.filePath(u"faults.toml"_s));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(faults);
    file.close();
    QProcess sandbox;
    sandbox.start(QStringLiteral(ORGTRACECTL), {u"sandbox"_s, u"--users"_s, u"80"_s, u"--faults"_s, file.fileName(), u"--json"_s});
    if (status < 0) {
        QVERIFY(sandbox.waitForFinished(20000));
        QCOMPARE(sandbox.exitCode(), 2);
        const QByteArray err = sandbox.readAllStandardError();
        QVERIFY2(err.contains(says) && err.contains("there are"), err.constData());
        return;
    }
    QByteArray said;
    while (!said.contains("\n}") && sandbox.waitForReadyRead(20000)) {
        said += sandbox.readAllStandardOutput();
    }
    const auto document = Json::parse({said.constData(), size_t(said.size())});
    QVERIFY2(document, said.constData());
    const auto ctl = [&folder](const QStringList &arguments, const QByteArray &input = {}) {
        auto process = std::make_unique<QProcess>();
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        environment.insert(u"ORGTRACE_STORE"_s, folder.filePath(u"store"_s));
        process->setProcessEnvironment(environment);
        process->start(QStringLiteral(ORGTRACECTL), arguments);
        process->write(input);
        process->closeWriteChannel();
        process->waitForFinished(60000);
        return process;
    };
    QCOMPARE(ctl({u"init"_s, u"--key-file"_s, folder.filePath(u"keys"_s), u"--no-passphrase"_s})->exitCode(), 0);
    QCOMPARE(ctl({u"org"_s, u"add"_s, u"nw"_s, u"--region"_s, u"custom"_s, u"--client-id"_s, Sandbox::Settings().clientId, u"--base-url"_s,
                  document->root()["url"].toQString(), u"--login-url"_s, document->root()["url"].toQString(), u"--secret-stdin"_s},
                 "sandbox-secret\n")
                 ->exitCode(),
             0);
    const auto capture = ctl({u"capture"_s, u"nw"_s, u"--domains"_s, u"organization,skills"_s, u"--quota-share"_s, u"25"_s, u"--json"_s});
    const QByteArray out = capture->readAllStandardOutput();
    QVERIFY2(capture->exitCode() == status, QByteArray(out + capture->readAllStandardError()).constData());
    QVERIFY2(out.contains(says), out.constData());
    QCOMPARE(ctl({u"capture"_s, u"nw"_s, u"--quota-share"_s, u"95"_s})->exitCode(), 2);
    sandbox.terminate();
    QVERIFY(sandbox.waitForFinished(10000));
}

void TestFaults::everyBehaviourIsInThisTest()
{
    // The refusal of an unknown behaviour names all that exist; each must stand in this file.
    const auto refused
        = Sandbox::checkFault({.path = u"/"_s, .status = 0, .behaviour = u"?"_s, .body = {}, .skip = 0, .count = 1, .retryAfter = {}});
    QVERIFY(!refused);
    QFile source(QStringLiteral(ORGTRACE_TEST_SOURCE));
    QVERIFY(source.open(QIODevice::ReadOnly));
    const QByteArray text = source.readAll();
    const QStringList names = refused.error().detail.section(u"there are "_s, 1).chopped(1).split(u", "_s);
    QVERIFY(names.size() >= 19);
    for (const QString &name : names) {
        QVERIFY2(text.contains(QByteArray("\\\"" + name.toUtf8() + "\\\"")) || text.contains(QByteArray("u\"" + name.toUtf8() + "\"_s")),
                 qPrintable(name));
    }
}

QTEST_GUILESS_MAIN(TestFaults)
#include "tst_faults.moc"
