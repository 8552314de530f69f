#pragma once

#include <QByteArray>
#include <QDateTime>
#include <QList>
#include <QStringList>

#include <string_view>

namespace Orgtrace::Evidence {

/// One usable line of an allowed_signers file (ssh-keygen(1), "ALLOWED SIGNERS"). Private to the room.
struct AllowedSigner {
    QStringList principals; ///< at least one
    QByteArray namespaces; ///< pattern list; empty: any
    QDateTime validAfter, validBefore;
    QByteArray keyBlob; ///< as in the wire format

    [[nodiscard]] bool allowsNamespace(std::string_view name) const;
    [[nodiscard]] bool isValidAt(const QDateTime &when) const; ///< an invalid time asks nothing
};

/// Lines that are broken, have unknown options or are certificate authorities are left out: they allow nobody.
[[nodiscard]] QList<AllowedSigner> parseAllowedSigners(const QByteArray &text);

} // namespace Orgtrace::Evidence
