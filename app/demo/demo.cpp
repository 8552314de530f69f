#include "demo/demo.h"

#include "operations/workspace.h"

using namespace Qt::StringLiterals;

namespace Orgtrace::Demo {

Run::Run(QString storeFolder, Sandbox::Settings settings, QObject *parent) :
    QObject(parent), m_folder(std::move(storeFolder)), m_sandbox(settings), m_settings(settings), m_credentials(Credentials::memoryStore())
{
    if (m_folder.isEmpty()) {
        m_temporary.emplace(QDir::tempPath() + u"/orgtrace-demo-XXXXXX"_s);
        m_folder = m_temporary->path() + u"/store"_s;
    }
}

Run::~Run()
{
    m_cancel.cancel();
}

QString Run::storeFolder() const
{
    return m_folder;
}

QString Run::organisationName() const
{
    return u"northwind"_s;
}

Clock &Run::clock()
{
    return m_clock;
}

Credentials::CredentialStore &Run::credentials()
{
    return *m_credentials;
}

const Sandbox::Server &Run::sandbox() const
{
    return m_sandbox;
}

void Run::start()
{
    Q_ASSERT(!m_task);
    m_task.emplace(run());
}

void Run::cancel()
{
    m_cancel.cancel();
}

QCoro::Task<void> Run::run()
{
    const Result<void> outcome = co_await captureMonth();
    if (outcome) {
        Q_EMIT finished(m_folder);
    } else {
        Q_EMIT failed(outcome.error());
    }
}

QCoro::Task<Result<void>> Run::captureMonth()
{
    if (m_temporary && !m_temporary->isValid()) {
        co_return Error::make(ErrorCode::Io, u"no temporary folder can be made: %1"_s.arg(m_temporary->errorString()));
    }
    if (const Result<void> listening = m_sandbox.listen(); !listening) {
        co_return std::unexpected(listening.error());
    }
    m_clock.setNowUtc(m_sandbox.monthStartUtc());
    const Result<void> made = co_await Operations::Workspace::init(m_folder, {}, *m_credentials);
    if (!made) {
        co_return std::unexpected(made.error());
    }
    Result<std::unique_ptr<Operations::Workspace>> opened = Operations::Workspace::open(m_folder, m_clock, *m_credentials);
    if (!opened) {
        co_return std::unexpected(opened.error());
    }
    m_workspace = std::move(*opened);

    Evidence::OrganisationSettings organisation;
    organisation.name = organisationName();
    organisation.region = u"eu-central-1"_s;
    organisation.apiUrl = m_sandbox.baseUrl().toString();
    organisation.loginUrl = organisation.apiUrl;
    organisation.clientId = m_settings.clientId;
    QByteArray secretBytes = m_settings.clientSecret.toUtf8();
    const Credentials::Secret secret = Credentials::Secret::take(secretBytes);
    const Result<void> added = co_await m_workspace->addOrganisation(organisation, secret);
    if (!added) {
        co_return std::unexpected(added.error());
    }

    const QList<QDateTime> times = m_sandbox.captureTimes();
    const int total = static_cast<int>(times.size());
    for (int done = 0; done < total; ++done) {
        m_sandbox.moveTo(times.at(done));
        m_clock.setNowUtc(times.at(done));
        Operations::CaptureOptions options;
        options.trigger = m_sandbox.captureTriggers().at(done); // the month's own, as are its times
        auto capturing = m_workspace->capture(
            organisationName(), {}, m_cancel.token(),
            [this, done, total](const Capture::Progress &progress) { Q_EMIT progressed(progress, done, total); }, {}, options);
        const Result<Capture::Outcome> outcome = co_await capturing;
        if (!outcome) {
            co_return std::unexpected(outcome.error());
        }
    }

    m_sandbox.moveTo(m_sandbox.monthEndUtc());
    m_clock.setNowUtc(m_sandbox.monthEndUtc().addSecs(3600));
    const auto auditProgress = [this, total](int windowsDone, int windowsTotal, qint64 events) {
        Capture::Progress progress;
        progress.domain = u"audit"_s;
        progress.title = u"Audit trail"_s;
        progress.domainsDone = windowsDone;
        progress.domainsTotal = windowsTotal;
        progress.items = events;
        progress.state = u"reading"_s;
        Q_EMIT progressed(progress, total, total);
    };
    const Result<Operations::Workspace::AuditOutcome> audit = co_await m_workspace->pullAudit(
        organisationName(), m_sandbox.monthStartUtc(), m_sandbox.monthEndUtc(), m_cancel.token(), auditProgress);
    if (!audit) {
        co_return std::unexpected(audit.error());
    }
    co_return Result<void>();
}

} // namespace Orgtrace::Demo
