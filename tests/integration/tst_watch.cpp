#include "base/digest.h"
#include "evidence/store.h"
#include "operations/watch.h"
#include "sandbox/sandbox.h"
#include "support/steppedclock.h"
#include "json/value.h"

#include <QCoroTask>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include <csignal>

using namespace Qt::StringLiterals;
using namespace Orgtrace;
using namespace std::chrono_literals;
using Operations::Watch;
using Operations::WatchReason;

namespace {
constexpr int Patience = 60'000; // an upper bound for a loaded machine; nothing waits for it to pass
constexpr int Burst = 50;

/// A role saved fifty times within a minute, and half an hour later a queue, which nobody pins.
QByteArray scenario()
{
    QByteArray text = R"([scenario]
name = "A burst"
start = 2026-10-17T00:00:00Z
end = 2026-10-18T00:00:00Z
captures = [2026-10-17T06:00:00Z, 2026-10-17T20:00:00Z]
)";
    for (int i = 0; i < Burst; ++i) {
        text += "\n[[step]]\nat = 2026-10-17T08:00:" + QByteArray::number(i).rightJustified(2, '0')
            + "Z\ndo = \"set\"\nactor = \"Teo Holm\"\ndomain = \"roles\"\nentity = \"Supervisor – EMEA\"\nfields = { description = "
              "\"Version "
            + QByteArray::number(i) + "\" }\nstory = \"The role is described.\"\n";
    }
    text += R"(
[[step]]
at = 2026-10-17T08:30:00Z
do = "set"
actor = "Alba Kelder"
domain = "queues"
entity = "Billing DE"
fields = { description = "Another" }
story = "The queue is described."
)";
    return text;
}
const QDateTime Before(QDate(2026, 10, 17), QTime(7, 0), QTimeZone::UTC);
const QDateTime AfterTheRole(QDate(2026, 10, 17), QTime(8, 5), QTimeZone::UTC);
const QDateTime AfterTheQueue(QDate(2026, 10, 17), QTime(8, 35), QTimeZone::UTC);
} // namespace

/// The watch end to end, over the sandbox's own WebSocket: bursts, gaps, lost and expired channels, trouble, and the end.
class TestWatch : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init();
    void cleanup();

    void aBurstIsOneCapture();
    void whatHappenedWhileTheSocketWasAwayIsFound();
    void theChannelComesBack_data();
    void theChannelComesBack();
    void whatIsNotPinnedIsFoundByPolling();
    void withoutEventsOnlyTheScheduleCounts();
    void aPlatformWithoutChannelsIsPolled();
    void troubleOfTheNetworkIsWaitedFor();
    void whatCannotHealEndsTheWatch_data();
    void whatCannotHealEndsTheWatch();
    void cancelledInTheMiddleNothingIsHalfWritten();
    void captureNow();
    void theCommandLine_data();
    void theCommandLine();
    void theCommandLineTellsASignInThatCannotHeal();

private:
    void start(bool withEvents = true);
    void openChannel();
    void stop()
    {
        m_cancel.cancel();
        if (m_clock) {
            m_clock->allow(24h); // a wait that was under way notices the cancellation when its slice is over
        }
        if (m_running) {
            m_outcome = QCoro::waitFor(std::move(*m_running));
            m_running.reset();
        }
    }
    [[nodiscard]] qsizetype logged(const QString &part) const { return m_sandbox->requestLog().filter(part).size(); }
    [[nodiscard]] QString problems() const
    {
        QStringList lines;
        for (const Error &error : m_troubles) {
            lines.append(errorCodeName(error.code) + u' ' + error.detail);
        }
        for (const Watch::Run &run : m_runs) {
            lines.append(run.capture ? u"captured %1, audit %2"_s.arg(Operations::watchReasonName(run.why.reason),
                                                                      !run.audit       ? u"none"_s
                                                                          : *run.audit ? u"pulled"_s
                                                                                       : run.audit->error().detail)
                                     : run.capture.error().detail);
        }
        return lines.join(u" | "_s);
    }

    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<Credentials::CredentialStore> m_credentials;
    std::unique_ptr<Sandbox::Server> m_sandbox;
    std::unique_ptr<Test::SteppedClock> m_clock;
    std::unique_ptr<Operations::Workspace> m_workspace;
    std::unique_ptr<Watch> m_watch;
    std::optional<QCoro::Task<Result<void>>> m_running;
    std::optional<Result<void>> m_outcome;
    CancellationSource m_cancel;
    QList<Watch::Run> m_runs;
    QList<Error> m_troubles;
};

void TestWatch::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    QFile file(m_folder->filePath(u"scenario.toml"_s));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(scenario());
    file.close();
    Sandbox::Settings settings;
    settings.users = 80;
    settings.scenarioFile = file.fileName();
    m_sandbox = std::make_unique<Sandbox::Server>(settings);
    const Result<void> listening = m_sandbox->listen();
    QVERIFY2(listening, listening ? "" : qPrintable(listening.error().where + u' ' + listening.error().detail));
    m_sandbox->moveTo(Before);
    m_clock = std::make_unique<Test::SteppedClock>(Before);
    m_credentials = Credentials::memoryStore();
    m_cancel = CancellationSource();
    m_runs.clear();
    m_troubles.clear();
    m_outcome.reset();
    const QString store = m_folder->filePath(u"store"_s);
    QVERIFY(QCoro::waitFor(Operations::Workspace::init(store, {}, *m_credentials)));
    auto opened = Operations::Workspace::open(store, *m_clock, *m_credentials);
    QVERIFY(opened);
    m_workspace = std::move(*opened);
    Evidence::OrganisationSettings organisation;
    organisation.name = u"nw"_s;
    organisation.region = u"custom"_s;
    organisation.apiUrl = organisation.loginUrl = m_sandbox->baseUrl().toString();
    organisation.clientId = settings.clientId;
    QByteArray secret = settings.clientSecret.toUtf8();
    QVERIFY(QCoro::waitFor(m_workspace->addOrganisation(organisation, Credentials::Secret::take(secret))));
}

void TestWatch::cleanup()
{
    stop();
    m_watch.reset();
    m_workspace.reset();
    m_sandbox.reset();
    m_clock.reset();
}

void TestWatch::start(bool withEvents)
{
    Watch::Settings settings;
    settings.organisation = u"nw"_s;
    settings.domains = QStringList{u"organization"_s, u"roles"_s, u"queues"_s};
    settings.withEvents = withEvents;
    Watch::Listeners listeners;
    listeners.ran = [this](const Watch::Run &run) { m_runs.append(run); };
    listeners.troubled = [this](const Error &error) { m_troubles.append(error); };
    m_watch = std::make_unique<Watch>(*m_workspace, *m_clock, settings, listeners, m_cancel.token());
    m_running = m_watch->run();
}

/// One capture made, its trail pulled, the socket open, the first poll answered; time stands still.
void TestWatch::openChannel()
{
    start();
    m_clock->allow(50s);
    QTRY_COMPARE_WITH_TIMEOUT(m_runs.size(), 1, Patience);
    QVERIFY2(m_runs[0].capture && m_runs[0].audit && *m_runs[0].audit, qPrintable(problems()));
    QTRY_COMPARE_WITH_TIMEOUT(m_watch->state().link, Watch::Link::Open, Patience);
    QTRY_VERIFY_WITH_TIMEOUT(logged(u"POST /api/v2/audits/query/realtime"_s) >= 2 * 8, Patience); // of the start, and of the opening
    m_clock->allow(0s);
}

void TestWatch::aBurstIsOneCapture()
{
    openChannel();
    m_sandbox->moveTo(AfterTheRole);
    QTRY_COMPARE_WITH_TIMEOUT(m_watch->state().changes, Burst, Patience);
    QCOMPARE(m_runs.size(), 1); // quiet has to come first
    m_clock->allow(40s);
    QTRY_COMPARE_WITH_TIMEOUT(m_runs.size(), 2, Patience);
    const Watch::Run &run = m_runs[1];
    QVERIFY2(run.capture && run.audit && *run.audit, qPrintable(problems()));
    QCOMPARE(run.why.reason, WatchReason::Events);
    QCOMPARE(run.why.domains, QStringList{u"roles"_s});
    QCOMPARE(run.why.changes, Burst);
    QVERIFY((*run.audit)->added >= Burst); // who did it comes along
    const auto before = m_workspace->store().snapshot(m_runs[0].capture->snapshot.id);
    const auto after = m_workspace->store().snapshot(run.capture->snapshot.id);
    QVERIFY(before && after);
    const auto difference = m_workspace->store().difference(*before, *after);
    QVERIFY(difference);
    QCOMPARE(difference->size(), 1);
    QCOMPARE(difference->first().domain, u"roles"_s);

    // The polls of the next minutes see the same events again, by the query: nothing new.
    m_clock->allow(5min);
    QTRY_VERIFY_WITH_TIMEOUT(m_clock->monotonic() > 4min, Patience);
    QCOMPARE(m_watch->state().changes, Burst);
    QCOMPARE(m_runs.size(), 2);
}

void TestWatch::whatHappenedWhileTheSocketWasAwayIsFound()
{
    openChannel();
    m_sandbox->commandChannels(u"drop"_s);
    QTRY_COMPARE_WITH_TIMEOUT(m_watch->state().link, Watch::Link::Opening, Patience);
    m_sandbox->moveTo(AfterTheRole);
    const qsizetype subscriptions = logged(u"/subscriptions"_s);
    QCOMPARE(m_watch->state().changes, 0);
    const auto since = m_clock->monotonic();
    m_clock->allow(5s); // longer than the first wait before opening again, shorter than the time between two polls
    QTRY_COMPARE_WITH_TIMEOUT(m_watch->state().link, Watch::Link::Open, Patience);
    QTRY_COMPARE_WITH_TIMEOUT(m_watch->state().changes, Burst, Patience);
    QVERIFY(m_clock->monotonic() <= since + 5s);
    QCOMPARE(logged(u"/subscriptions"_s), subscriptions + 1);
    QCOMPARE(m_sandbox->channelsMade(), 1);
    m_clock->allow(40s);
    QTRY_COMPARE_WITH_TIMEOUT(m_runs.size(), 2, Patience);
    QCOMPARE(m_runs[1].why.reason, WatchReason::Events);
}

void TestWatch::theChannelComesBack_data()
{
    QTest::addColumn<QString>("command");
    QTest::addColumn<bool>("isLost");
    QTest::addColumn<int>("channels");
    QTest::newRow("the socket is cut") << u"drop"_s << true << 1;
    QTest::newRow("the channel expires") << u"expire"_s << true << 2;
    QTest::newRow("the platform says that it closes the socket") << u"close"_s << true << 1;
    QTest::newRow("frames that are none change nothing") << u"garbage"_s << false << 1;
    QTest::newRow("a heartbeat changes nothing") << u"heartbeat"_s << false << 1;
}

void TestWatch::theChannelComesBack()
{
    QFETCH(const QString, command);
    QFETCH(const bool, isLost);
    QFETCH(const int, channels);
    openChannel();
    QVERIFY(m_sandbox->commandChannels(command));
    if (isLost) {
        QTRY_COMPARE_WITH_TIMEOUT(m_watch->state().link, Watch::Link::Opening, Patience);
        m_clock->allow(20s);
        QTRY_COMPARE_WITH_TIMEOUT(m_watch->state().link, Watch::Link::Open, Patience);
        m_clock->allow(0s);
    }
    QCOMPARE(m_sandbox->channelsMade(), channels);
    QCOMPARE(m_troubles.size(), isLost ? (channels == 2 ? 2 : 1) : 0);
    m_sandbox->moveTo(AfterTheRole);
    QTRY_COMPARE_WITH_TIMEOUT(m_watch->state().changes, Burst, Patience);
    QCOMPARE(m_sandbox->openChannelSockets(), 1);
}

void TestWatch::whatIsNotPinnedIsFoundByPolling()
{
    openChannel();
    m_sandbox->moveTo(AfterTheRole);
    QTRY_COMPARE_WITH_TIMEOUT(m_watch->state().changes, Burst, Patience);
    m_sandbox->moveTo(AfterTheQueue);
    m_clock->allow(5min); // the first poll learns from its answer that the server's clock leapt, the next asks up to there
    QTRY_COMPARE_WITH_TIMEOUT(m_watch->state().changes, Burst + 1, Patience);
    m_clock->allow(3min);
    QTRY_VERIFY_WITH_TIMEOUT(std::ranges::any_of(m_runs, [](const Watch::Run &run) { return run.why.domains.contains(u"queues"_s); }),
                             Patience);
}

void TestWatch::withoutEventsOnlyTheScheduleCounts()
{
    start(false);
    m_clock->allow(60s);
    QTRY_COMPARE_WITH_TIMEOUT(m_runs.size(), 1, Patience);
    m_sandbox->moveTo(AfterTheRole);
    m_clock->allow(15min);
    QTRY_COMPARE_WITH_TIMEOUT(m_runs.size(), 2, Patience);
    QVERIFY(m_clock->monotonic() >= 15min);
    QCOMPARE(m_runs[1].why.reason, WatchReason::Schedule);
    QCOMPARE(logged(u"notifications"_s), 0);
    QCOMPARE(logged(u"realtime"_s), 0);
}

void TestWatch::aPlatformWithoutChannelsIsPolled()
{
    m_sandbox->addFault({.path = u"/api/v2/notifications"_s, .status = 403, .behaviour = {}, .body = {}, .count = -1, .retryAfter = {}});
    start();
    m_clock->allow(50s);
    QTRY_COMPARE_WITH_TIMEOUT(m_watch->state().link, Watch::Link::PollingOnly, Patience);
    m_sandbox->moveTo(AfterTheRole);
    m_clock->allow(10min); // room for polls that learn only by their answer that the server's clock leapt
    QTRY_COMPARE_WITH_TIMEOUT(m_watch->state().changes, Burst, Patience);
    QTRY_COMPARE_WITH_TIMEOUT(m_runs.size(), 2, Patience);
    QCOMPARE(m_troubles.size(), 1);
    QCOMPARE(m_troubles[0].code, ErrorCode::Forbidden);
}

void TestWatch::troubleOfTheNetworkIsWaitedFor()
{
    m_sandbox->addFault({.path = u"/oauth/token"_s, .status = 0, .behaviour = u"reset"_s, .body = {}, .count = -1, .retryAfter = {}});
    start(false);
    m_clock->allow(30min);
    QTRY_VERIFY_WITH_TIMEOUT(m_runs.size() >= 2, Patience);
    QVERIFY(!m_runs[0].capture && Operations::mayHeal(m_runs[0].capture.error().code));
    m_sandbox->clearFaults();
    m_clock->allow(30min);
    QTRY_VERIFY_WITH_TIMEOUT(m_runs.last().capture.has_value(), Patience);
    QCOMPARE(m_runs[1].why.reason, WatchReason::Retry);
}

void TestWatch::whatCannotHealEndsTheWatch_data()
{
    QTest::addColumn<QString>("grant");
    QTest::addColumn<QString>("domain");
    QTest::addColumn<int>("status");
    QTest::addColumn<ErrorCode>("code");
    QTest::newRow("a secret that is refused") << u"client"_s << u"roles"_s << 401 << ErrorCode::WrongSecret;
    QTest::newRow("a grant that wants a person") << u"pkce"_s << u"roles"_s << 0 << ErrorCode::NeedsPerson;
    QTest::newRow("a domain nobody knows") << u"client"_s << u"rolls"_s << 0 << ErrorCode::BadInput;
}

void TestWatch::whatCannotHealEndsTheWatch()
{
    QFETCH(const QString, grant);
    QFETCH(const QString, domain);
    QFETCH(const int, status);
    QFETCH(const ErrorCode, code);
    Evidence::OrganisationSettings organisation = *m_workspace->organisation(u"nw"_s);
    organisation.grant = grant;
    QVERIFY(Evidence::saveOrganisation(m_workspace->folder(), organisation));
    if (status != 0) {
        m_sandbox->addFault(
            {.path = u"/oauth/token"_s,
             .status = status,
             .behaviour = {},
             .body = R"({"error":"invalid_client","description":"authentication failed","error_description":"authentication failed"})",
             .count = -1,
             .retryAfter = {}});
    }
    Watch::Settings settings;
    settings.organisation = u"nw"_s;
    settings.domains = QStringList{u"organization"_s, domain};
    m_clock->allow(5min);
    Watch watch(*m_workspace, *m_clock, settings, {}, m_cancel.token());
    const Result<void> outcome = QCoro::waitFor(watch.run());
    QVERIFY(!outcome);
    QCOMPARE(outcome.error().code, code);
    QVERIFY(m_workspace->store().snapshots()->isEmpty());
}

void TestWatch::cancelledInTheMiddleNothingIsHalfWritten()
{
    m_sandbox->addFault(
        {.path = u"/api/v2/authorization/roles"_s, .status = 0, .behaviour = u"hang"_s, .body = {}, .count = -1, .retryAfter = {}});
    start();
    m_clock->allow(50s);
    QTRY_VERIFY_WITH_TIMEOUT(logged(u"/api/v2/authorization/roles"_s) > 0, Patience);
    QVERIFY(m_watch->state().isCapturing);
    stop();
    QVERIFY2(m_outcome && *m_outcome, "to be stopped is no failure");
    QVERIFY(m_runs.isEmpty());
    QVERIFY(m_workspace->store().snapshots()->isEmpty());
    const auto proven = m_workspace->store().verify();
    QVERIFY(proven && proven->problems.isEmpty());
    m_sandbox->clearFaults();
    m_cancel = CancellationSource();
    start(false);
    m_clock->allow(50s);
    QTRY_COMPARE_WITH_TIMEOUT(m_runs.size(), 1, Patience); // the lock was let go
    QVERIFY2(m_runs[0].capture, qPrintable(problems()));
}

void TestWatch::captureNow()
{
    openChannel();
    m_watch->captureNow();
    m_clock->allow(30s);
    QTRY_COMPARE_WITH_TIMEOUT(m_runs.size(), 2, Patience);
    QCOMPARE(m_runs[1].why.reason, WatchReason::Request);
    QVERIFY(m_runs[1].why.domains.isEmpty());
}

void TestWatch::theCommandLine_data()
{
    QTest::addColumn<bool>("isJson");
    QTest::newRow("a line a capture") << false;
    QTest::newRow("a JSON document a line") << true;
}

void TestWatch::theCommandLine()
{
    QFETCH(const bool, isJson);
    const QString store = m_folder->filePath(u"cli"_s);
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert(u"ORGTRACE_CLIENT_SECRET"_s, Sandbox::Settings().clientSecret);
    const auto run = [&](QProcess &process, QStringList arguments) {
        process.setProcessEnvironment(environment);
        process.start(QStringLiteral(ORGTRACECTL), arguments + QStringList{u"--store"_s, store});
    };
    const QString base = m_sandbox->baseUrl().toString();
    for (const QStringList &arguments : {QStringList{u"init"_s, u"--key-file"_s, m_folder->filePath(u"keys"_s), u"--no-passphrase"_s},
                                         QStringList{u"org"_s, u"add"_s, u"nw"_s, u"--region"_s, u"custom"_s, u"--client-id"_s,
                                                     Sandbox::Settings().clientId, u"--base-url"_s, base, u"--login-url"_s, base}}) {
        QProcess process;
        run(process, arguments);
        QVERIFY(process.waitForFinished(Patience));
        QVERIFY2(process.exitCode() == 0, process.readAllStandardError().constData());
    }
    QProcess watching;
    QStringList arguments{u"watch"_s, u"nw"_s,        u"--every"_s,           u"1h"_s, u"--events"_s, u"--settle"_s,
                          u"3s"_s,    u"--domains"_s, u"organization,roles"_s};
    if (isJson) {
        arguments.append(u"--json"_s);
    }
    run(watching, arguments);
    QByteArray text;
    const auto lines = [&] { return (text += watching.readAllStandardOutput()).count('\n'); };
    QTRY_VERIFY_WITH_TIMEOUT(lines() >= 1, Patience);
    QTRY_COMPARE_WITH_TIMEOUT(m_sandbox->openChannelSockets(), 1, Patience);
    m_sandbox->moveTo(AfterTheRole);
    QTRY_VERIFY_WITH_TIMEOUT(lines() >= 2, Patience);
    ::kill(static_cast<pid_t>(watching.processId()), SIGTERM);
    QTRY_COMPARE_WITH_TIMEOUT(watching.state(), QProcess::NotRunning, Patience);
    QVERIFY2(watching.exitStatus() == QProcess::NormalExit && watching.exitCode() == 0, watching.readAllStandardError().constData());
    const QList<QByteArray> told = text.split('\n');
    if (isJson) {
        const auto first = Json::parse(view(told[0]));
        const auto second = Json::parse(view(told[1]));
        QVERIFY2(first && second, text.constData());
        QCOMPARE(first->root()["reason"].toQString(), u"schedule"_s);
        QCOMPARE(second->root()["reason"].toQString(), u"events"_s);
        QCOMPARE(second->root()["changes"].toInteger(), Burst);
        QCOMPARE(second->root()["snapshot"].toQString().size(), 40);
    } else {
        QVERIFY2(told[0].contains("  schedule  ") && told[0].contains(" entities, complete"), text.constData());
        QVERIFY2(told[1].contains("  events (50 changes)  "), text.constData());
    }
    const auto opened = Evidence::Store::open(store);
    QVERIFY(opened);
    QVERIFY(opened->snapshots()->size() >= 2);
    QVERIFY(opened->verify()->problems.isEmpty());
}

void TestWatch::theCommandLineTellsASignInThatCannotHeal()
{
    const QString store = m_folder->filePath(u"cli"_s);
    const QString base = m_sandbox->baseUrl().toString();
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert(u"ORGTRACE_CLIENT_SECRET"_s, u"wrong-secret-of-ours"_s);
    QByteArray problem;
    const auto run = [&](const QStringList &arguments) {
        QProcess process;
        process.setProcessEnvironment(environment);
        process.start(QStringLiteral(ORGTRACECTL), arguments + QStringList{u"--store"_s, store});
        const bool ended = QTest::qWaitFor([&] { return process.state() == QProcess::NotRunning; }, Patience);
        problem = process.readAllStandardError();
        return ended ? process.exitCode() : -1;
    };
    QCOMPARE(run({u"init"_s, u"--key-file"_s, m_folder->filePath(u"keys"_s), u"--no-passphrase"_s}), 0);
    const QStringList add{
        u"org"_s,        u"add"_s, u"nw"_s,          u"--region"_s, u"custom"_s, u"--client-id"_s, Sandbox::Settings().clientId,
        u"--base-url"_s, base,     u"--login-url"_s, base};
    QCOMPARE(run(add), 0);
    QCOMPARE(run({u"watch"_s, u"nw"_s}), 3);
    QVERIFY(!problem.contains("wrong-secret-of-ours"));
    QCOMPARE(run({u"watch"_s, u"nw"_s, u"--every"_s, u"soon"_s}), 2);
    QCOMPARE(run({u"watch"_s, u"nw"_s, u"--every"_s, u"1s"_s}), 2); // that would be an attack
    QCOMPARE(run(add + QStringList{u"--grant"_s, u"pkce"_s}), 0);
    QCOMPARE(run({u"watch"_s, u"nw"_s}), 3);
    QVERIFY2(problem.contains("client credentials"), problem.constData());
}

QTEST_GUILESS_MAIN(TestWatch)
#include "tst_watch.moc"
