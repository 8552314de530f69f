#include "capture/captureview.h"
#include "integration/signinbrowser.h"
#include "mainwindow/mainwindow.h"
#include "mainwindow/messagebar.h"
#include "sandbox/sandbox.h"
#include "session/session.h"
#include "theme/theme.h"

#include <QApplication>
#include <QCoroTask>
#include <QLabel>
#include <QPushButton>
#include <QTemporaryDir>
#include <QTest>

using namespace Orgtrace;
using namespace Orgtrace::Ui;
using namespace Qt::StringLiterals;

namespace {
constexpr int Patience = 60'000; // an upper bound for a loaded machine; nothing waits for it to pass
}

/// Capture in a real window, of an organisation that a person signs in to: what the message bar says and what its buttons do.
class TestWindowSignIn : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init();
    void cleanup();

    void theMessageWaitsWithThePerson();
    void cancelEndsTheRun();
    void aForeignAnswerIsSaid();

private:
    [[nodiscard]] QPushButton *button(const QString &text) const
    {
        for (QPushButton *one : m_window->messages().findChildren<QPushButton *>()) {
            if (one->text() == text && one->isVisible()) {
                return one;
            }
        }
        return nullptr;
    }
    [[nodiscard]] bool says(const QString &text) const
    {
        return m_window->messages().isVisible() && m_window->messages().text().contains(text);
    }
    /// How the run ended stands in the view that followed it.
    [[nodiscard]] bool hasEnded(const QString &text) const
    {
        return m_window->captureView().isVisible() && m_window->captureView().hasEnded()
            && std::ranges::any_of(m_window->captureView().findChildren<QLabel *>(),
                                   [&](const QLabel *label) { return label->isVisible() && label->text().contains(text); });
    }

    ManualClock m_clock;
    SystemClock m_systemClock;
    quint16 m_port = 0;
    int m_opened = 0;
    QUrl m_page;
    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<Credentials::CredentialStore> m_credentials;
    std::unique_ptr<Sandbox::Server> m_sandbox;
    std::unique_ptr<Test::SignInBrowser> m_browser;
    std::unique_ptr<Session> m_session;
    std::unique_ptr<MainWindow> m_window;
};

void TestWindowSignIn::init()
{
    m_port = Test::freePort();
    m_folder = std::make_unique<QTemporaryDir>();
    m_credentials = Credentials::memoryStore();
    m_browser = std::make_unique<Test::SignInBrowser>();
    m_opened = 0;
    Sandbox::Settings settings;
    settings.users = 80;
    settings.person.consent = Sandbox::Consent::Approve;
    settings.person.redirectUris = {u"http://localhost:%1/"_s.arg(m_port)};
    m_sandbox = std::make_unique<Sandbox::Server>(settings);
    QVERIFY(m_sandbox->listen());
    const QString store = m_folder->filePath(u"store"_s);
    QVERIFY(QCoro::waitFor(Operations::Workspace::init(store, {}, *m_credentials)));
    Evidence::OrganisationSettings organisation;
    organisation.name = u"nw"_s;
    organisation.region = u"custom"_s;
    organisation.apiUrl = organisation.loginUrl = m_sandbox->baseUrl().toString();
    organisation.clientId = settings.person.clientId;
    organisation.grant = u"pkce"_s;
    organisation.redirectPort = QString::number(m_port);
    QVERIFY(Evidence::saveOrganisation(store, organisation));

    m_session = std::make_unique<Session>(m_clock, *m_credentials);
    m_window = std::make_unique<MainWindow>(*m_session, m_systemClock);
    m_window->setBrowser([this](const QUrl &page) {
        ++m_opened;
        m_page = page;
        return true;
    });
    m_window->show();
    QVERIFY(QTest::qWaitForWindowExposed(m_window.get()));
    m_session->openStore(store);
    QTRY_COMPARE_WITH_TIMEOUT(m_session->organisation().settingsName, u"nw"_s, Patience);
    m_window->capture();
    QTRY_COMPARE_WITH_TIMEOUT(m_opened, 1, Patience);
    QTRY_VERIFY_WITH_TIMEOUT(says(u"Sign in with the browser"_s), Patience);
}

void TestWindowSignIn::cleanup()
{
    m_window.reset();
    m_session.reset();
    m_sandbox.reset();
}

void TestWindowSignIn::theMessageWaitsWithThePerson()
{
    const QUrl first = m_page;
    QVERIFY(button(u"Open browser again"_s) && button(u"Cancel"_s));
    QTest::mouseClick(button(u"Open browser again"_s), Qt::LeftButton);
    QCOMPARE(m_opened, 2);
    QCOMPARE(m_page, first); // the same sign-in, not another
    QVERIFY(says(u"Sign in with the browser"_s) && button(u"Cancel"_s));
    m_browser->open(m_page);
    QTRY_VERIFY_WITH_TIMEOUT(!says(u"Sign in with the browser"_s), Patience);
    QTRY_VERIFY_WITH_TIMEOUT(hasEnded(u"Snapshot of"_s), Patience);
    QVERIFY(!button(u"Cancel"_s) && !button(u"Open browser again"_s));
    QTRY_VERIFY_WITH_TIMEOUT(m_session->isSettled(), Patience);
}

void TestWindowSignIn::cancelEndsTheRun()
{
    QTest::mouseClick(button(u"Cancel"_s), Qt::LeftButton);
    QTRY_VERIFY_WITH_TIMEOUT(hasEnded(u"cancelled"_s), Patience);
    QVERIFY(!button(u"Open browser again"_s));
    QTcpServer probe;
    QVERIFY(probe.listen(QHostAddress::LocalHost, m_port)); // nobody listens there any more
    QVERIFY(m_session->timeline().isEmpty());
}

void TestWindowSignIn::aForeignAnswerIsSaid()
{
    Test::SignInBrowser evil;
    evil.open(QUrl(u"http://localhost:%1/?code=x&state=guessed"_s.arg(m_port)));
    QTRY_VERIFY_WITH_TIMEOUT(says(u"turned away"_s), Patience);
    QVERIFY(button(u"Open browser again"_s) && button(u"Cancel"_s));
    m_browser->open(m_page);
    QTRY_VERIFY_WITH_TIMEOUT(hasEnded(u"Snapshot of"_s), Patience);
    QTRY_VERIFY_WITH_TIMEOUT(m_session->isSettled(), Patience);
}

int main(int argc, char *argv[])
{
    QApplication application(argc, argv);
    Theme::apply(Theme::Scheme::Light);
    TestWindowSignIn test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_windowsignin.moc"
