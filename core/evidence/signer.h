#pragma once

#include "base/error.h"

#include <QByteArray>
#include <QDateTime>
#include <QString>
#include <QStringList>

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

/// Who signed.
struct SignedBy {
    QStringList principals; ///< of the line that allows it; at least one
    QString fingerprint; ///< "SHA256:…", as ssh-keygen prints it
};

/// Checks an armoured SSHSIG of namespace "git" against allowed_signers lines (principal, options, key).
/// Options honoured: namespaces, and valid-after and valid-before where signedAtUtc is valid; a line with any other option allows nobody.
/// Errors: Integrity.
[[nodiscard]] Result<SignedBy> verifySignature(std::string_view message, const QByteArray &armoured, const QByteArray &allowedSigners,
                                               const QDateTime &signedAtUtc = {});

} // namespace Orgtrace::Evidence
