#pragma once

#include "base/error.h"
#include "credentials/secret.h"

#include <QCoroTask>
#include <QProcessEnvironment>
#include <QString>

#include <chrono>
#include <memory>
#include <vector>

namespace Orgtrace::Credentials {

/// Where secrets are kept. Names are ours, e.g. "client-secret/<store id>/<organisation>", "signing-key/<store id>".
/// Thread: the creator's, with an event loop.
/// Errors: NotFound (no such secret), KeyUnavailable (the place cannot be asked: no bus, locked, timed out), BadInput (place is read-only).
class CredentialStore
{
public:
    CredentialStore() = default;
    virtual ~CredentialStore() = default;
    Q_DISABLE_COPY_MOVE(CredentialStore)
    [[nodiscard]] virtual QString placeName() const = 0; ///< e.g. "OS keychain", for messages
    [[nodiscard]] virtual bool isWritable() const = 0;
    [[nodiscard]] virtual QCoro::Task<Result<Secret>> read(QString name) = 0;
    [[nodiscard]] virtual QCoro::Task<Result<void>> write(QString name, Secret secret) = 0;
    [[nodiscard]] virtual QCoro::Task<Result<void>> remove(QString name) = 0;
};

/// The OS keychain through QtKeychain, with a time-out of our own: it can hang without a session bus.
[[nodiscard]] std::unique_ptr<CredentialStore> keychain(std::chrono::milliseconds timeout = std::chrono::seconds(3));

/// Files in $CREDENTIALS_DIRECTORY (systemd): the name with '/' as '_'. Read-only. A trailing newline is cut.
[[nodiscard]] std::unique_ptr<CredentialStore> credentialsDirectory(const QString &directory);

/// Environment variables ORGTRACE_<NAME> (upper case, others than letters and digits as '_'), e.g. ORGTRACE_CLIENT_SECRET for any
/// "client-secret/…". Read-only, for unattended use.
[[nodiscard]] std::unique_ptr<CredentialStore> environment(const QProcessEnvironment &environment);

/// One 0600 file of named secrets, sealed with a passphrase (Argon2id, XChaCha20-Poly1305) or open where the user said so.
/// Refuses a file that others can read. Written whole or not at all.
[[nodiscard]] Result<std::unique_ptr<CredentialStore>> keyFile(const QString &path, const Secret &passphrase, bool create);

/// For tests: holds secrets in memory only.
[[nodiscard]] std::unique_ptr<CredentialStore> memoryStore();

/// Asks each in turn; the first that has the name wins; writes go to the first writable one that takes it.
[[nodiscard]] std::unique_ptr<CredentialStore> chain(std::vector<std::unique_ptr<CredentialStore>> places);

} // namespace Orgtrace::Credentials
