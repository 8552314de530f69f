#include "mainwindow/mainwindow.h"
#include "mainwindow/messagebar.h"
#include "sandbox/sandbox.h"
#include "session/session.h"
#include "theme/theme.h"
#include "watch/watchcontrol.h"

#include <QApplication>
#include <QCoroTask>
#include <QMenu>
#include <QSignalSpy>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QTest>
#include <QToolButton>

using namespace Orgtrace;
using namespace Orgtrace::Ui;
using namespace Qt::StringLiterals;

namespace {
constexpr int Patience = 90'000; // an upper bound for a loaded machine; nothing waits for it to pass
}

/// *Watch* in a real window: the toggle, what the status row says, the alarm about something serious, and the end.
class TestWindowWatch : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init();
    void cleanup();

    void theToggleWatchesAndStops();
    void somethingSeriousIsTold();
    void aPushThatFailsIsTold();
    void aPersonsSignInCannotWatch();
    void closingTheWindowEndsTheWatch();
    void theIntervalIsChosenInTheMenu();

private:
    void open(const QString &grant = u"client"_s);
    [[nodiscard]] WatchControl &watch() const { return m_window->watch(); }
    void click() { QTest::mouseClick(watch().button(), Qt::LeftButton, {}, QPoint(12, watch().button()->height() / 2)); }

    ManualClock m_clock; // what the store's runs wait by
    SystemClock m_systemClock; // what the watch waits by: within this test it never comes to a second slot
    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<Credentials::CredentialStore> m_credentials;
    std::unique_ptr<Sandbox::Server> m_sandbox;
    std::unique_ptr<Session> m_session;
    std::unique_ptr<MainWindow> m_window;
};

void TestWindowWatch::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    m_credentials = Credentials::memoryStore();
    Sandbox::Settings settings;
    settings.users = 80;
    m_sandbox = std::make_unique<Sandbox::Server>(settings);
    QVERIFY(m_sandbox->listen());
    m_sandbox->moveTo(QDateTime(QDate(2026, 10, 17), QTime(0, 0), QTimeZone::UTC));
    m_clock.setNowUtc(m_sandbox->nowUtc());
}

void TestWindowWatch::open(const QString &grant)
{
    const QString store = m_folder->filePath(u"store"_s);
    QVERIFY(QCoro::waitFor(Operations::Workspace::init(store, {}, *m_credentials)));
    Evidence::OrganisationSettings organisation;
    organisation.name = u"nw"_s;
    organisation.region = u"custom"_s;
    organisation.apiUrl = organisation.loginUrl = m_sandbox->baseUrl().toString();
    organisation.clientId = Sandbox::Settings().clientId;
    organisation.grant = grant;
    {
        const auto workspace = Operations::Workspace::open(store, m_clock, *m_credentials);
        QVERIFY(workspace);
        QByteArray secret = grant == u"client"_s ? Sandbox::Settings().clientSecret.toUtf8() : QByteArray();
        const auto added = QCoro::waitFor((*workspace)->addOrganisation(organisation, Credentials::Secret::take(secret)));
        QVERIFY2(added, added ? "" : qPrintable(added.error().detail));
    }
    m_session = std::make_unique<Session>(m_clock, *m_credentials);
    m_window = std::make_unique<MainWindow>(*m_session, m_systemClock);
    m_window->show();
    QVERIFY(QTest::qWaitForWindowExposed(m_window.get()));
    m_session->openStore(store);
    QTRY_COMPARE_WITH_TIMEOUT(m_session->organisation().settingsName, u"nw"_s, Patience);
    QTRY_VERIFY_WITH_TIMEOUT(watch().button()->isEnabled(), Patience);
    QVERIFY(!watch().isWatching());
    QVERIFY(watch().statusText().isEmpty());
}

void TestWindowWatch::cleanup()
{
    if (m_window && watch().isWatching()) {
        watch().setWatching(false);
        QTRY_VERIFY_WITH_TIMEOUT(!watch().isWatching(), Patience);
    }
    m_window.reset();
    m_session.reset();
    m_sandbox.reset();
}

void TestWindowWatch::theToggleWatchesAndStops()
{
    open();
    click();
    QVERIFY(watch().isWatching());
    QVERIFY(watch().button()->isChecked());
    QTRY_COMPARE_WITH_TIMEOUT(m_session->timeline().size(), 1, Patience);
    QTRY_VERIFY_WITH_TIMEOUT(watch().statusText().contains(u"next "_s) && watch().statusText().contains(u"live"_s), Patience);
    QCOMPARE(m_sandbox->openChannelSockets(), 1);
    QVERIFY(!watch().button()->menu()->isEnabled());
    click();
    QTRY_VERIFY_WITH_TIMEOUT(!watch().isWatching(), Patience);
    QVERIFY(!watch().button()->isChecked());
    QVERIFY(watch().statusText().isEmpty());
    QTRY_COMPARE_WITH_TIMEOUT(m_sandbox->openChannelSockets(), 0, Patience);
    m_window->capture(); // by hand again: the store is free
    QTRY_COMPARE_WITH_TIMEOUT(m_session->timeline().size(), 2, Patience);
    QCOMPARE(m_session->timeline().at(0).trigger, u"schedule"_s); // each says what began it
    QCOMPARE(m_session->timeline().at(1).trigger, u"hand"_s);
    QTRY_VERIFY_WITH_TIMEOUT(m_session->isSettled(), Patience);
}

void TestWindowWatch::somethingSeriousIsTold()
{
    open();
    watch().setWithEvents(false);
    QSignalSpy alarms(&watch(), &WatchControl::alarmed);
    click();
    QTRY_COMPARE_WITH_TIMEOUT(m_session->timeline().size(), 1, Patience);
    QTRY_VERIFY_WITH_TIMEOUT(!watch().isCapturing(), Patience);
    QCOMPARE(alarms.size(), 0); // the first snapshot changes nothing
    m_sandbox->moveTo(QDateTime(QDate(2026, 10, 18), QTime(6, 0), QTimeZone::UTC));
    m_window->capture(); // while it watches, the button hastens the watch
    QTRY_COMPARE_WITH_TIMEOUT(m_session->timeline().size(), 2, Patience);
    QTRY_COMPARE_WITH_TIMEOUT(alarms.size(), 1, Patience);
    QVERIFY2(m_window->messages().text().contains(u"the worst is critical"_s)
                 || m_window->messages().text().contains(u"the worst is high"_s),
             qPrintable(m_window->messages().text()));
    QVERIFY(watch().isWatching());
    QTRY_VERIFY_WITH_TIMEOUT(m_session->isSettled(), Patience);
    QCOMPARE(alarms.size(), 1); // told once, however often the timeline is read again
}

void TestWindowWatch::aPushThatFailsIsTold()
{
    open();
    watch().setWithEvents(false);
    const auto added
        = Evidence::addRemote(m_folder->filePath(u"store"_s), {.name = u"team"_s, .url = m_folder->filePath(u"nowhere.git"_s)});
    QVERIFY2(added, added ? "" : qPrintable(added.error().detail));
    QSignalSpy troubles(&watch(), &WatchControl::pushTroubled);
    const QString told = u"did not get to a remote"_s;
    click();
    QTRY_COMPARE_WITH_TIMEOUT(troubles.size(), 1, Patience);
    QVERIFY2(m_window->messages().text().contains(told), qPrintable(m_window->messages().text()));
    m_window->messages().dismiss();
    QSignalSpy changes(&watch(), &WatchControl::captured);
    m_window->capture(); // the watch's, at once
    QTRY_COMPARE_WITH_TIMEOUT(changes.size(), 1, Patience);
    QCOMPARE(troubles.size(), 1); // the same is not said twice
    click();
    QTRY_VERIFY_WITH_TIMEOUT(!watch().isWatching(), Patience);
    m_window->messages().dismiss();
    QTRY_VERIFY_WITH_TIMEOUT(m_session->isSettled(), Patience);
    m_sandbox->moveTo(m_sandbox->nowUtc().addSecs(3600)); // so that there is something to pull
    m_clock.setNowUtc(m_sandbox->nowUtc());
    m_window->pullAudit();
    QTRY_VERIFY_WITH_TIMEOUT(m_window->messages().text().contains(u"audit events read"_s), Patience);
    QVERIFY2(m_window->messages().text().contains(told), qPrintable(m_window->messages().text()));

    QList<Capture::Progress> steps; // and a capture says when it pushes, with the figures it has
    const auto outcome = QCoro::waitFor(
        m_session->workspace()->capture(u"nw"_s, {u"divisions"_s}, {}, [&steps](const Capture::Progress &step) { steps.append(step); }));
    QVERIFY2(outcome, outcome ? "" : qPrintable(outcome.error().detail));
    QVERIFY(steps.size() > 2);
    QCOMPARE(steps.last().state, u"pushing"_s);
    QVERIFY(steps.last().requests > 0 && steps.last().domain.isEmpty());
    QCOMPARE(std::ranges::count(steps, u"pushing"_s, &Capture::Progress::state), 1);
}

void TestWindowWatch::aPersonsSignInCannotWatch()
{
    open(u"pkce"_s);
    click();
    QTRY_VERIFY_WITH_TIMEOUT(!watch().isWatching(), Patience);
    QVERIFY2(m_window->messages().text().contains(u"client credentials"_s), qPrintable(m_window->messages().text()));
    QVERIFY(!watch().button()->isChecked());
}

void TestWindowWatch::closingTheWindowEndsTheWatch()
{
    open();
    click();
    QTRY_VERIFY_WITH_TIMEOUT(watch().isCapturing(), Patience);
    QVERIFY2(!watch().hasTray(), "this test wants a desktop without a tray, as under Xvfb");
    m_window->close();
    QVERIFY(m_window->isVisible()); // the capture lets go of the store first
    QTRY_VERIFY_WITH_TIMEOUT(!m_window->isVisible(), Patience);
    QVERIFY(!watch().isWatching());
}

void TestWindowWatch::theIntervalIsChosenInTheMenu()
{
    open();
    QCOMPARE(watch().every().count(), 15);
    const QList<QAction *> actions = watch().button()->menu()->actions();
    QCOMPARE(std::ranges::count_if(actions, &QAction::isChecked), 2); // one interval, and capturing soon after a change
    actions[2]->trigger();
    QCOMPARE(watch().every().count(), 60);
    QVERIFY(actions[2]->isChecked() && !actions[1]->isChecked());
    QVERIFY2(watch().button()->toolTip().contains(u"Every hour"_s), qPrintable(watch().button()->toolTip()));
}

int main(int argc, char **argv)
{
    QApplication application(argc, argv);
    QApplication::setQuitOnLastWindowClosed(false);
    QStandardPaths::setTestModeEnabled(true);
    Theme::apply(Theme::Scheme::Light);
    TestWindowWatch test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_windowwatch.moc"
