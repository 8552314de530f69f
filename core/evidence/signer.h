#pragma once

#include "base/error.h"

#include <QByteArray>
#include <QDateTime>
#include <QString>

#include <memory>
#include <string_view>

namespace Orgtrace::Evidence {

/// Signs commits as OpenSSH does (SSHSIG, Ed25519, namespace "git", SHA-512), so that plain git verifies them.
class Signer
{
public:
    /// @param seed 32 bytes. Errors: BadInput.
    [[nodiscard]] static Result<Signer> fromSeed(std::string_view seed);
    Signer(Signer &&) noexcept;
    Signer &operator=(Signer &&) noexcept;
    ~Signer();
    [[nodiscard]] QByteArray sign(std::string_view message) const; ///< armoured, LF
    [[nodiscard]] QByteArray publicKeyLine() const; ///< "ssh-ed25519 AAAA…"
    [[nodiscard]] QString fingerprint() const; ///< "SHA256:…", as ssh-keygen prints it

private:
    Signer();
    struct Private;
    std::unique_ptr<Private> d;
};

/// Checks an armoured SSHSIG of namespace "git" against allowed_signers lines (principal, options, key). Returns the signer's principal.
/// Options honoured: namespaces, and valid-after and valid-before where signedAtUtc is valid; a line with any other option allows nobody.
/// Errors: Integrity.
[[nodiscard]] Result<QString> verifySignature(std::string_view message, const QByteArray &armoured, const QByteArray &allowedSigners,
                                              const QDateTime &signedAtUtc = {});

} // namespace Orgtrace::Evidence
