#include "capture/capturemodel.h"
#include "capture/captureview.h"
#include "identity/identitymodel.h"
#include "identity/identitypage.h"
#include "mainwindow/mainwindow.h"
#include "mainwindow/messagebar.h"
#include "sandbox/generate.h"
#include "sandbox/sandbox.h"
#include "session/session.h"
#include "theme/theme.h"

#include <QApplication>
#include <QCoroTask>
#include <QLabel>
#include <QPushButton>
#include <QStandardPaths>
#include <QTableView>
#include <QTemporaryDir>
#include <QTest>
#include <QToolButton>

using namespace Orgtrace;
using namespace Orgtrace::Ui;
using namespace Qt::StringLiterals;

namespace {
constexpr int Patience = 90'000; // an upper bound for a loaded machine; nothing waits for it to pass
}

/// A capture in a real window against the simulated organisation: followed, left to the background, cancelled, resumed; and what its client may see.
class TestWindowCapture : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init();
    void cleanup();

    void itIsFollowedAndItsSummaryStays();
    void troubleIsNamedWithItsCure();
    void inTheBackgroundItIsToldInTheStatusRow();
    void cancelledItCanBeResumed();
    void whatABrokenOffCaptureLeftIsOffered();
    void aNarrowClientIsCaught();
    void thePermissionsAreAPageOfTheirOwn();
    void theQuotaShareIsASetting();

private:
    void open(bool limited = false);
    [[nodiscard]] CaptureView &view() const { return m_window->captureView(); }
    [[nodiscard]] QPushButton *button(const QWidget &of, const QString &text) const
    {
        for (QPushButton *one : of.findChildren<QPushButton *>()) {
            if (one->text() == text && one->isVisible()) {
                return one;
            }
        }
        return nullptr;
    }
    [[nodiscard]] bool says(const QWidget &where, const QString &text) const
    {
        return std::ranges::any_of(where.findChildren<QLabel *>(),
                                   [&](const QLabel *label) { return label->isVisible() && label->text().contains(text); });
    }
    [[nodiscard]] int count(DomainFate fate) const { return view().model().counts().at(static_cast<size_t>(fate)); }

    ManualClock m_clock; // what the store's runs wait by
    SystemClock m_systemClock;
    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<Credentials::CredentialStore> m_credentials;
    std::unique_ptr<Sandbox::Server> m_sandbox;
    std::unique_ptr<Session> m_session;
    std::unique_ptr<MainWindow> m_window;
};

void TestWindowCapture::init()
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

void TestWindowCapture::open(bool limited)
{
    const QString store = m_folder->filePath(u"store"_s);
    QVERIFY(QCoro::waitFor(Operations::Workspace::init(store, {}, *m_credentials)));
    Evidence::OrganisationSettings organisation;
    organisation.name = u"nw"_s;
    organisation.region = u"custom"_s;
    organisation.apiUrl = organisation.loginUrl = m_sandbox->baseUrl().toString();
    organisation.clientId = Sandbox::Settings().clientId;
    if (limited) {
        organisation.clientId = Sandbox::limitedClientId(organisation.clientId);
    }
    organisation.grant = u"client"_s;
    {
        const auto workspace = Operations::Workspace::open(store, m_clock, *m_credentials);
        QVERIFY(workspace);
        QByteArray secret = Sandbox::Settings().clientSecret.toUtf8();
        const auto added = QCoro::waitFor((*workspace)->addOrganisation(organisation, Credentials::Secret::take(secret)));
        QVERIFY2(added, added ? "" : qPrintable(added.error().detail));
    }
    m_session = std::make_unique<Session>(m_clock, *m_credentials);
    m_window = std::make_unique<MainWindow>(*m_session, m_systemClock);
    m_window->resize(1440, 900);
    m_window->show();
    QVERIFY(QTest::qWaitForWindowExposed(m_window.get()));
    m_session->openStore(store);
    QTRY_COMPARE_WITH_TIMEOUT(m_session->organisation().settingsName, u"nw"_s, Patience);
    QTRY_VERIFY_WITH_TIMEOUT(m_session->isSettled(), Patience);
}

void TestWindowCapture::cleanup()
{
    if (m_window && view().isRunning()) {
        Q_EMIT view().cancelRequested();
        QTRY_VERIFY_WITH_TIMEOUT(view().hasEnded(), Patience);
    }
    if (m_session) {
        QTRY_VERIFY_WITH_TIMEOUT(m_session->isSettled(), Patience);
    }
    m_window.reset();
    m_session.reset();
    m_sandbox.reset();
}

void TestWindowCapture::itIsFollowedAndItsSummaryStays()
{
    open();
    m_window->capture();
    QVERIFY(view().isVisible() && view().isRunning());
    QTRY_VERIFY_WITH_TIMEOUT(view().model().rowCount() >= 20, Patience); // all of them, before most are read
    QVERIFY(count(DomainFate::Waiting) > 0);
    QTRY_VERIFY_WITH_TIMEOUT(view().hasEnded(), Patience);
    QTRY_COMPARE_WITH_TIMEOUT(m_session->timeline().size(), 1, Patience);
    QVERIFY(view().isVisible()); // it stays
    QCOMPARE(count(DomainFate::Whole), view().model().rowCount());
    QCOMPARE(view().model().items(), m_session->timeline().constFirst().entities);
    QVERIFY(says(view(), u"Everything that was asked for was read to its proven end"_s));
    QTRY_VERIFY_WITH_TIMEOUT(says(view(), u"This identity holds permissions to change things"_s), Patience);
    QVERIFY(!m_window->messages().isVisible()); // said once is enough
    QTest::mouseClick(button(view(), u"Show the changes"_s), Qt::LeftButton);
    QVERIFY(!view().isVisible());
}

void TestWindowCapture::troubleIsNamedWithItsCure()
{
    m_sandbox->addFault(
        {.path = u"/api/v2/oauth/clients"_s, .status = 500, .behaviour = {}, .body = {}, .skip = 0, .count = -1, .retryAfter = {}});
    m_sandbox->addFault(
        {.path = u"/api/v2/routing/skills"_s, .status = 403, .behaviour = {}, .body = {}, .skip = 0, .count = -1, .retryAfter = {}});
    open();
    m_window->capture();
    QTRY_VERIFY_WITH_TIMEOUT(view().hasEnded(), Patience);
    QCOMPARE(count(DomainFate::Forbidden), 1);
    QCOMPARE(count(DomainFate::Carried), 1);
    auto *table = view().findChild<QTableView *>();
    QCOMPARE(table->model()->index(0, CaptureModel::NoteColumn).data().toString(), u"Give the client routing:skill:view."_s);
    QCOMPARE(table->model()->index(1, CaptureModel::NoteColumn).data().toString(),
             u"The platform failed several times. Capture again later. Never read before."_s);
    QVERIFY(says(view(), u"kept, but not whole"_s));
    m_sandbox->clearFaults();
    QTest::mouseClick(button(view(), u"Capture again"_s), Qt::LeftButton);
    QVERIFY(view().isRunning());
    QTRY_VERIFY_WITH_TIMEOUT(view().hasEnded(), Patience);
    QCOMPARE(count(DomainFate::Whole), view().model().rowCount());
}

void TestWindowCapture::inTheBackgroundItIsToldInTheStatusRow()
{
    open();
    m_window->capture();
    QTest::mouseClick(button(view(), u"Continue in the background"_s), Qt::LeftButton);
    QVERIFY(!view().isVisible() && view().isRunning());
    const auto inStatusRow = [this]() -> QPushButton * {
        for (QPushButton *one : m_window->findChildren<QPushButton *>()) {
            if (one->text().startsWith(u"Capturing "_s) && one->isVisible()) {
                return one;
            }
        }
        return nullptr;
    };
    QTRY_VERIFY_WITH_TIMEOUT(inStatusRow() != nullptr, Patience);
    QTRY_VERIFY_WITH_TIMEOUT(view().hasEnded(), Patience);
    QVERIFY(!inStatusRow() && !view().isVisible()); // nothing comes up by itself
    QVERIFY(m_window->messages().text().contains(u"every domain was read completely"_s));
    QTest::mouseClick(button(m_window->messages(), u"Details"_s), Qt::LeftButton);
    QVERIFY(view().isVisible());
}

void TestWindowCapture::cancelledItCanBeResumed()
{
    open();
    m_window->capture();
    QTRY_VERIFY_WITH_TIMEOUT(count(DomainFate::Whole) >= 3, Patience);
    QTest::mouseClick(button(view(), u"Cancel"_s), Qt::LeftButton);
    QTRY_VERIFY_WITH_TIMEOUT(view().hasEnded(), Patience);
    QVERIFY(says(view(), u"cancelled"_s) && says(view(), u"The store is as it was"_s));
    QVERIFY(m_session->timeline().isEmpty());
    QTRY_VERIFY_WITH_TIMEOUT(button(view(), u"Resume"_s) != nullptr, Patience);
    const qint64 before = m_sandbox->requestCount();
    QTest::mouseClick(button(view(), u"Resume"_s), Qt::LeftButton);
    QTRY_VERIFY_WITH_TIMEOUT(view().hasEnded(), Patience);
    QTRY_COMPARE_WITH_TIMEOUT(m_session->timeline().size(), 1, Patience);
    QVERIFY(says(view(), u"from the capture that was broken off"_s));
    QVERIFY(m_sandbox->requestCount() > before);
}

void TestWindowCapture::whatABrokenOffCaptureLeftIsOffered()
{
    open();
    m_window->capture();
    QTRY_VERIFY_WITH_TIMEOUT(count(DomainFate::Whole) >= 3, Patience);
    Q_EMIT view().cancelRequested();
    QTRY_VERIFY_WITH_TIMEOUT(view().hasEnded(), Patience);
    QTRY_VERIFY_WITH_TIMEOUT(button(view(), u"Resume"_s) != nullptr, Patience);
    const QString store = m_session->folder();
    m_window.reset(); // another day
    m_session = std::make_unique<Session>(m_clock, *m_credentials);
    m_window = std::make_unique<MainWindow>(*m_session, m_systemClock);
    m_window->show();
    m_session->openStore(store);
    QTRY_VERIFY_WITH_TIMEOUT(m_window->messages().text().contains(u"was broken off"_s), Patience);
    QTest::mouseClick(button(m_window->messages(), u"Resume"_s), Qt::LeftButton);
    QVERIFY(view().isVisible() && view().isRunning());
    QTRY_VERIFY_WITH_TIMEOUT(view().hasEnded(), Patience);
    QTRY_COMPARE_WITH_TIMEOUT(m_session->timeline().size(), 1, Patience);
    m_session->reload();
    QTRY_VERIFY_WITH_TIMEOUT(m_session->isSettled(), Patience);
    QVERIFY(!m_window->messages().isVisible()); // nothing is left to resume
}

void TestWindowCapture::aNarrowClientIsCaught()
{
    open(true);
    m_window->capture();
    QTRY_VERIFY_WITH_TIMEOUT(view().hasEnded(), Patience);
    QVERIFY(count(DomainFate::Forbidden) > 5);
    QTRY_VERIFY_WITH_TIMEOUT(
        says(view(), u"Lists may be shorter than the truth, without any error: routing:queue:view is held only in Nordics"_s), Patience);
    QVERIFY(!says(view(), u"to change things"_s));
    QTest::mouseClick(button(view(), u"Permissions …"_s), Qt::LeftButton);
    QVERIFY(m_window->identity().isVisible());
    QTRY_VERIFY_WITH_TIMEOUT(!m_window->identity().isAsking(), Patience);
    QVERIFY2(m_window->identity().verdict().contains(u"may be shorter than the truth"_s), qPrintable(m_window->identity().verdict()));
    QVERIFY(says(m_window->identity(), u"routing:queue:view: only in Nordics; not in Back Office"_s));
    QTest::mouseClick(button(m_window->identity(), u"Close"_s), Qt::LeftButton);
    QVERIFY(view().isVisible()); // back to where it was asked from
}

void TestWindowCapture::thePermissionsAreAPageOfTheirOwn()
{
    open();
    m_window->activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(m_window.get()));
    QTest::keyClick(m_window.get(), Qt::Key_I, Qt::ControlModifier);
    QVERIFY(m_window->identity().isVisible());
    QTRY_VERIFY_WITH_TIMEOUT(!m_window->identity().isAsking(), Patience);
    QVERIFY2(m_window->identity().verdict().startsWith(u"Sees all "_s), qPrintable(m_window->identity().verdict()));
    QVERIFY(m_window->identity().role().contains(u"routing:queue:view\n"_s));
    QVERIFY(m_window->identity().model().rowCount() >= 20);
    m_sandbox->addFault({.path = u"/api/v2/authorization/subjects/me"_s,
                         .status = 403,
                         .behaviour = {},
                         .body = {},
                         .skip = 0,
                         .count = 1,
                         .retryAfter = {}});
    QTest::mouseClick(button(m_window->identity(), u"Check again"_s), Qt::LeftButton);
    QTRY_VERIFY_WITH_TIMEOUT(!m_window->identity().isAsking(), Patience);
    QVERIFY2(m_window->identity().verdict().contains(u"lacks a permission"_s), qPrintable(m_window->identity().verdict()));
    QTest::keyClick(&m_window->identity(), Qt::Key_Escape);
    QVERIFY(!m_window->identity().isVisible());
}

void TestWindowCapture::theQuotaShareIsASetting()
{
    open();
    QCOMPARE(m_window->quotaShare(), 40);
    m_window->setQuotaShare(500);
    QCOMPARE(m_window->quotaShare(), 90); // something is always left for us
    m_window->setQuotaShare(80);
    m_window->capture();
    QTRY_VERIFY_WITH_TIMEOUT(view().hasEnded(), Patience);
    const qint64 allowed = view().quota().allowed.value_or(0);
    QVERIFY(allowed > 0);
    QCOMPARE(view().quota().budget, allowed * 20 / 100);
}

int main(int argc, char **argv)
{
    QApplication application(argc, argv);
    QApplication::setQuitOnLastWindowClosed(false);
    QStandardPaths::setTestModeEnabled(true);
    Theme::apply(Theme::Scheme::Light);
    TestWindowCapture test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_windowcapture.moc"
