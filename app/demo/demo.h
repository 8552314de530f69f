#pragma once

#include "base/cancellation.h"
#include "base/clock.h"
#include "capture/capture.h"
#include "credentials/credentialstore.h"
#include "sandbox/sandbox.h"

#include <QCoroTask>
#include <QObject>
#include <QTemporaryDir>

#include <memory>
#include <optional>

namespace Orgtrace::Operations {
class Workspace;
}

namespace Orgtrace::Demo {

/// The first look without a tenant: starts the simulated organisation in this process, captures its month over real HTTP into a new store,
/// and pulls the month's audit trail. The simulated organisation stays alive as long as this object, so that the window can capture again.
///
/// Thread: the creator's, with an event loop. The store is removed with the object unless a folder was given.
/// Keys live in memory only: a demo store proves itself while the demo runs and holds no secret on disk.
class Run final : public QObject
{
    Q_OBJECT
public:
    /// @param storeFolder empty: a temporary folder. Else a folder that does not exist yet or is empty; it is kept.
    explicit Run(QString storeFolder = {}, Sandbox::Settings settings = {}, QObject *parent = nullptr);
    ~Run() override;

    void start(); ///< @pre not yet started
    void cancel(); ///< idempotent; failed(Cancelled) follows

    [[nodiscard]] QString storeFolder() const;
    [[nodiscard]] QString organisationName() const; ///< the store's short name of it
    [[nodiscard]] Clock &clock(); ///< the month's clock, for the window's session
    [[nodiscard]] Credentials::CredentialStore &credentials();
    [[nodiscard]] const Sandbox::Server &sandbox() const;

Q_SIGNALS:
    void progressed(const Orgtrace::Capture::Progress &progress, int snapshotsDone, int snapshotsTotal);
    void finished(const QString &storeFolder); ///< exactly one of finished and failed
    void failed(const Orgtrace::Error &error);

private:
    QCoro::Task<void> run();
    QCoro::Task<Result<void>> captureMonth();

    std::optional<QTemporaryDir> m_temporary;
    QString m_folder;
    ManualClock m_clock;
    Sandbox::Server m_sandbox;
    Sandbox::Settings m_settings;
    std::unique_ptr<Credentials::CredentialStore> m_credentials;
    std::unique_ptr<Operations::Workspace> m_workspace;
    CancellationSource m_cancel;
    std::optional<QCoro::Task<void>> m_task;
};

} // namespace Orgtrace::Demo
