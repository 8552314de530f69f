#pragma once

#include "evidence/bundles.h"
#include "operations/workspace.h"

namespace Orgtrace::Operations {

/// A secret, found again in the raw payloads by its fingerprint.
struct Revealed {
    std::string value;
    bool isWholeText = false; ///< the secret stands inside this text, among others
    QString snapshotId; ///< whose raw payloads hold it
    QByteArray target; ///< the request that was answered with it
    QDateTime receivedAtUtc;
};

/// What only the vault knows. Every look at something unredacted needs a reason and is in the activity log, signed, before it is shown.
///
/// Thread: the creator's; unsealing and searching happen on workers. Borrows both.
/// Errors: NotFound (nothing kept here holds it, or it was pruned), BadInput (no reason, no fingerprint), KeyUnavailable, Integrity (the bundle is not the one
///   that the manifest names, or does not prove), as recordActivity.
class Vault
{
public:
    Vault(const Workspace &workspace, Credentials::CredentialStore &credentials, Clock &clock) :
        m_workspace(workspace), m_credentials(credentials), m_clock(clock)
    {
    }

    /// What came for one request, without its body.
    struct Line {
        QByteArray method, target;
        int status = 0;
        QDateTime receivedAtUtc;
        qint64 bytes = 0;
    };
    /// The requests of a snapshot's raw payloads, in the order they were answered; of one domain where it is named.
    [[nodiscard]] QCoro::Task<Result<QList<Line>>> lines(Evidence::SnapshotSummary snapshot, QString domain);
    /// @param fingerprint "secret:<key id>:<24 hex>", as evidence has it
    [[nodiscard]] QCoro::Task<Result<Revealed>> reveal(QString fingerprint, QString reason);
    /// An entity as it came, secrets and all, canonical text.
    [[nodiscard]] QCoro::Task<Result<QByteArray>> rawEntity(Evidence::SnapshotSummary snapshot, QString domain, QString id, QString reason);
    /// Enforces [vault] of store.toml.
    [[nodiscard]] QCoro::Task<Result<Evidence::Pruned>> prune();

private:
    const Workspace &m_workspace;
    Credentials::CredentialStore &m_credentials;
    Clock &m_clock;
};

} // namespace Orgtrace::Operations
