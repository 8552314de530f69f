#include "operations/workspace.h"
#include "sandbox/sandbox.h"
#include "signinbrowser.h"

#include <QCoroTask>
#include <QDirIterator>
#include <QTcpSocket>
#include <QTemporaryDir>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace Orgtrace;

namespace {
constexpr int Patience = 30'000; // an upper bound for a loaded machine; nothing waits for it to pass

Sandbox::PersonSettings approving()
{
    Sandbox::PersonSettings person;
    person.consent = Sandbox::Consent::Approve;
    return person;
}
} // namespace

/// A person's sign-in end to end: the workspace, the sandbox's sign-in service, and a browser played by a network access manager.
class TestSignInFlow : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init();
    void cleanup();

    void aCaptureByAPerson();
    void theConsentPageIsAnswered_data();
    void theConsentPageIsAnswered();
    void aForeignAnswerIsTurnedAwayAndTold();
    void cancelledWhileThePersonIsAsked();
    void aRefusedCodeIsAnError();
    void aTokenIsRenewed_data();
    void aTokenIsRenewed();
    void aMissingScopeIsAForbiddenDomain();
    void nobodyCanBeAsked();
    void settingsThatMakeNoSense_data();
    void settingsThatMakeNoSense();

private:
    void startSandbox(Sandbox::PersonSettings person);
    Evidence::OrganisationSettings organisation() const;
    Result<Capture::Outcome> capture(const QStringList &domains = {u"organization"_s, u"groups"_s})
    {
        return QCoro::waitFor(m_workspace->capture(u"nw"_s, domains, m_cancel.token(), {}));
    }
    bool isPortFree() const
    {
        QTcpServer probe;
        return probe.listen(QHostAddress::LocalHost, m_port);
    }

    quint16 m_port = 0;
    ManualClock m_clock;
    CancellationSource m_cancel;
    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<Credentials::CredentialStore> m_credentials;
    std::unique_ptr<Sandbox::Server> m_sandbox;
    std::unique_ptr<Operations::Workspace> m_workspace;
    std::unique_ptr<Test::SignInBrowser> m_browser;
    Operations::PersonSignIn m_person;
    QStringList m_refused;
    QList<qint64> m_expiring;
    int m_ended = 0;
};

void TestSignInFlow::startSandbox(Sandbox::PersonSettings person)
{
    Sandbox::Settings settings;
    settings.users = 80;
    settings.person = std::move(person);
    settings.person.redirectUris = {u"http://localhost:%1/"_s.arg(m_port)};
    m_sandbox = std::make_unique<Sandbox::Server>(settings);
    const Result<void> listening = m_sandbox->listen();
    QVERIFY(listening);
    const Result<void> added = QCoro::waitFor(m_workspace->addOrganisation(organisation(), {}));
    QVERIFY2(added, added ? "" : qPrintable(added.error().detail));
}

Evidence::OrganisationSettings TestSignInFlow::organisation() const
{
    Evidence::OrganisationSettings organisation;
    organisation.name = u"nw"_s;
    organisation.region = u"custom"_s;
    organisation.apiUrl = organisation.loginUrl = m_sandbox->baseUrl().toString();
    organisation.clientId = Sandbox::PersonSettings().clientId;
    organisation.grant = u"pkce"_s;
    organisation.redirectPort = QString::number(m_port);
    return organisation;
}

void TestSignInFlow::init()
{
    m_port = Test::freePort();
    m_folder = std::make_unique<QTemporaryDir>();
    m_credentials = Credentials::memoryStore();
    m_browser = std::make_unique<Test::SignInBrowser>();
    m_cancel = CancellationSource();
    m_refused.clear();
    m_expiring.clear();
    m_ended = 0;
    const QString folder = m_folder->filePath(u"store"_s);
    QVERIFY(QCoro::waitFor(Operations::Workspace::init(folder, {}, *m_credentials)));
    auto opened = Operations::Workspace::open(folder, m_clock, *m_credentials);
    QVERIFY(opened);
    m_workspace = std::move(*opened);
    m_person.show = [this](const QUrl &page) { m_browser->open(page); };
    m_person.ended = [this] { ++m_ended; };
    m_person.refused = [this](const QString &why) { m_refused.append(why); };
    m_person.expiring = [this](qint64 seconds) { m_expiring.append(seconds); };
    m_workspace->setPersonSignIn(m_person);
}

void TestSignInFlow::cleanup()
{
    m_workspace.reset();
    m_sandbox.reset();
    m_browser.reset();
}

void TestSignInFlow::aCaptureByAPerson()
{
    startSandbox(approving());
    const Result<Capture::Outcome> outcome = capture({});
    QVERIFY2(outcome, outcome ? "" : qPrintable(outcome.error().detail));
    QVERIFY(outcome->isComplete());
    QCOMPARE(outcome->manifest.clientId, Sandbox::PersonSettings().clientId);
    QVERIFY(QTest::qWaitFor([this] { return m_browser->lastStatus == 200; }, Patience));
    QVERIFY2(m_browser->lastPage.contains("You may close this page"), m_browser->lastPage.constData());
    QVERIFY(isPortFree());
    QCOMPARE(m_ended, 1);

    // One sign-in serves the runs of a session, whatever they are.
    QVERIFY(capture());
    QVERIFY(QCoro::waitFor(m_workspace->checkOrganisation(u"nw"_s)));
    QCOMPARE(m_browser->opened, 1);

    // Neither token nor code is anywhere on the disk.
    QDirIterator files(m_folder->path(), QDir::Files | QDir::Hidden, QDirIterator::Subdirectories);
    int looked = 0;
    while (files.hasNext()) {
        QFile file(files.next());
        QVERIFY(file.open(QIODevice::ReadOnly));
        QVERIFY2(!file.readAll().contains("sandbox-"), qPrintable(file.fileName()));
        ++looked;
    }
    QVERIFY(looked > 3);
}

void TestSignInFlow::theConsentPageIsAnswered_data()
{
    QTest::addColumn<QString>("button");
    QTest::newRow("allowed") << u"allow"_s;
    QTest::newRow("denied") << u"deny"_s;
}

void TestSignInFlow::theConsentPageIsAnswered()
{
    QFETCH(QString, button);
    startSandbox({});
    m_browser->button = button;
    const Result<Capture::Outcome> outcome = capture();
    QCOMPARE(outcome.has_value(), button == u"allow");
    if (!outcome) {
        QCOMPARE(outcome.error().code, ErrorCode::SignInRefused);
        QVERIFY2(outcome.error().detail.contains(u"access_denied: The user denied the request."_s), qPrintable(outcome.error().detail));
        QVERIFY(QTest::qWaitFor([this] { return m_browser->lastPage.contains("The user denied the request."); }, Patience));
    }
    QVERIFY(isPortFree());
}

void TestSignInFlow::aForeignAnswerIsTurnedAwayAndTold()
{
    startSandbox(approving());
    Test::SignInBrowser evil;
    m_person.show = [&](const QUrl &page) {
        // A page of somebody else gets there first, with a code of its own; the person's answer comes when it was turned away.
        evil.answered = [this, page] { m_browser->open(page); };
        evil.open(QUrl(u"http://localhost:%1/?code=of-somebody-else&state=guessed"_s.arg(m_port)));
    };
    m_person.refused = [this](const QString &why) { m_refused.append(why); };
    m_workspace->setPersonSignIn(m_person);
    const Result<Capture::Outcome> outcome = capture();
    QVERIFY2(outcome, outcome ? "" : qPrintable(outcome.error().detail));
    QCOMPARE(evil.lastStatus, 400);
    QCOMPARE(m_refused.size(), 1);
}

void TestSignInFlow::cancelledWhileThePersonIsAsked()
{
    startSandbox({});
    m_person.show = [this](const QUrl &) { QMetaObject::invokeMethod(qApp, [this] { m_cancel.cancel(); }, Qt::QueuedConnection); };
    m_workspace->setPersonSignIn(m_person);
    const Result<Capture::Outcome> outcome = capture();
    QVERIFY(!outcome);
    QCOMPARE(outcome.error().code, ErrorCode::Cancelled);
    QVERIFY(isPortFree());
    QCOMPARE(m_ended, 1);
    QVERIFY(m_workspace->store().snapshots()->isEmpty());
}

void TestSignInFlow::aRefusedCodeIsAnError()
{
    startSandbox(approving());
    Sandbox::Server::Fault fault;
    fault.path = u"/oauth/token"_s;
    fault.status = 400;
    fault.body = R"({"error":"invalid_grant","error_description":"too late"})";
    m_sandbox->addFault(fault);
    const Result<Capture::Outcome> outcome = capture();
    QVERIFY(!outcome);
    QCOMPARE(outcome.error().code, ErrorCode::SignInRefused);
    QVERIFY2(outcome.error().detail.contains(u"too late"_s), qPrintable(outcome.error().detail));
}

void TestSignInFlow::aTokenIsRenewed_data()
{
    QTest::addColumn<bool>("hasRefreshToken");
    QTest::newRow("silently, by the refresh token") << true;
    QTest::newRow("by the person, who is warned before") << false;
}

void TestSignInFlow::aTokenIsRenewed()
{
    QFETCH(bool, hasRefreshToken);
    Sandbox::PersonSettings person = approving();
    person.givesRefreshTokens = hasRefreshToken;
    startSandbox(person);
    QVERIFY(capture());
    QCOMPARE(m_browser->opened, 1);
    m_clock.advance(std::chrono::seconds(3200));
    m_sandbox->moveTo(m_sandbox->nowUtc().addSecs(3200));
    QVERIFY(capture());
    QCOMPARE(m_browser->opened, 1);
    QCOMPARE(m_expiring.size(), hasRefreshToken ? 0 : 1);
    m_clock.advance(std::chrono::seconds(3600));
    m_sandbox->moveTo(m_sandbox->nowUtc().addSecs(3600)); // both are over
    QVERIFY(capture());
    QCOMPARE(m_browser->opened, hasRefreshToken ? 1 : 2);
}

void TestSignInFlow::aMissingScopeIsAForbiddenDomain()
{
    Sandbox::PersonSettings person = approving();
    person.scopes = {u"organization:readonly"_s, u"users:readonly"_s};
    startSandbox(person);
    const Result<Capture::Outcome> outcome = capture({u"organization"_s, u"users"_s, u"groups"_s});
    QVERIFY2(outcome, outcome ? "" : qPrintable(outcome.error().detail));
    QVERIFY(!outcome->isComplete());
    for (const Evidence::LedgerRow &row : outcome->manifest.ledger) {
        if (row.domain == u"groups") {
            QCOMPARE(row.state, Evidence::LedgerState::Forbidden);
            QVERIFY2(row.reason.contains(u"scopes"_s), qPrintable(row.reason));
        } else if (row.domain == u"users") {
            QCOMPARE(row.state, Evidence::LedgerState::Complete);
        }
    }
}

void TestSignInFlow::nobodyCanBeAsked()
{
    startSandbox(approving());
    m_workspace->setPersonSignIn({});
    const Result<Capture::Outcome> outcome = capture();
    QVERIFY(!outcome);
    QCOMPARE(outcome.error().code, ErrorCode::NeedsPerson);
    QCOMPARE(m_sandbox->requestCount(), 0);

    const Result<void> unattended = Operations::canRunUnattended(organisation());
    QCOMPARE(unattended.error().code, ErrorCode::NeedsPerson);
    QVERIFY(unattended.error().detail.contains(u"client credentials"_s));
    Evidence::OrganisationSettings client = organisation();
    client.grant = u"client"_s;
    QVERIFY(Operations::canRunUnattended(client));
}

void TestSignInFlow::settingsThatMakeNoSense_data()
{
    QTest::addColumn<QString>("grant");
    QTest::addColumn<QString>("port");
    QTest::addColumn<QByteArray>("secret");
    QTest::newRow("a secret for a person") << u"pkce"_s << u"4711"_s << QByteArray("secret");
    QTest::newRow("a redirect port for a client") << u"client"_s << u"4711"_s << QByteArray();
    QTest::newRow("a port that is none") << u"pkce"_s << u"70000"_s << QByteArray();
    QTest::newRow("a port in words") << u"pkce"_s << u"http"_s << QByteArray();
    QTest::newRow("another grant") << u"password"_s << QString() << QByteArray();
}

void TestSignInFlow::settingsThatMakeNoSense()
{
    QFETCH(QString, grant);
    QFETCH(QString, port);
    QFETCH(QByteArray, secret);
    startSandbox({});
    Evidence::OrganisationSettings settings = organisation();
    settings.grant = grant;
    settings.redirectPort = port;
    const Result<void> added = QCoro::waitFor(m_workspace->addOrganisation(settings, Credentials::Secret::take(secret)));
    QVERIFY(!added);
    QCOMPARE(added.error().code, ErrorCode::BadInput);
    QCOMPARE(m_workspace->organisation(u"nw"_s)->grant, u"pkce"_s); // as it was
}

QTEST_GUILESS_MAIN(TestSignInFlow)
#include "tst_signinflow.moc"
