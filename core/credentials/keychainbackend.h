#pragma once

#include "credentials/credentialstore.h"

#include <functional>

namespace Orgtrace::Credentials {

/// What is asked of an OS keychain. Private to the room; tests put a silent or late one in its place.
struct KeychainRequest {
    enum class Kind { Read, Write, Remove };
    Kind kind = Kind::Read;
    QString name;
    Secret secret; ///< Write
};

/// Called once from any thread, or never.
using KeychainAnswer = std::function<void(const Result<Secret> &answer)>;
/// Starts a request and returns at once. Called on the keychain's own thread.
using KeychainBackend = std::function<void(const KeychainRequest &request, const KeychainAnswer &answer)>;

/// The time-out, the late answers and the refusal to wait twice, over any backend.
[[nodiscard]] std::unique_ptr<CredentialStore> keychainOver(KeychainBackend backend, std::chrono::milliseconds timeout);

/// Made in the asking thread, triggered from any; carries the answer home.
class KeychainCall final : public QObject
{
    Q_OBJECT
public:
    Result<Secret> answer = Error::make(ErrorCode::KeyUnavailable, QStringLiteral("no answer"));
Q_SIGNALS:
    void answered();
};

} // namespace Orgtrace::Credentials
