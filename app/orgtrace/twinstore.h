#pragma once

#include "base/clock.h"
#include "credentials/credentialstore.h"

#include <QCoroTask>
#include <QTemporaryDir>

namespace Orgtrace::App {

/// For pictures of two organisations side by side: a temporary store with part of the demo's organisation, and with a test organisation that is made of it: the same
/// names under other ids, a few things missing, a few set otherwise. Thread: the creator's, with an event loop. Borrows the clock.
class TwinStore final
{
public:
    explicit TwinStore(Clock &clock) : m_clock(clock), m_credentials(Credentials::memoryStore()) { }

    /// Errors: those of reading the demo's store and of importing.
    [[nodiscard]] QCoro::Task<Result<void>> make(QString demoStore, QString snapshot);
    [[nodiscard]] QString folder() const { return m_folder.filePath(QStringLiteral("store")); }
    [[nodiscard]] Credentials::CredentialStore &credentials() const { return *m_credentials; }

private:
    Clock &m_clock;
    QTemporaryDir m_folder;
    std::unique_ptr<Credentials::CredentialStore> m_credentials;
};

} // namespace Orgtrace::App
