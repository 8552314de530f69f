#pragma once

#include "base/error.h"
#include "credentials/secret.h"

#include <QByteArray>
#include <QMap>

namespace Orgtrace::Credentials::KeyFile {

/// The key file's bytes (docs/formats/store.md, "Key file"). Private to the room.
///
/// "ORGTKEY1", one byte sealing (0 open, 1 sealed), salt 16, opslimit u32, memlimit u64 (bytes), nonce 24, then for sealed files
/// XChaCha20-Poly1305 over the payload with everything before it as associated data, for open ones SHA-256 of the payload and the payload.
/// Payload: for each secret u16 length, UTF-8 name, u32 length, bytes. All numbers little-endian.
using Secrets = QMap<QString, Secret>;

/// What turns a passphrase into a key: kept so that a rewrite needs no second derivation.
struct Derived {
    QByteArray salt; ///< 16
    quint32 opsLimit = 0;
    quint64 memLimit = 0;
    Secret key; ///< 32
};

inline constexpr qsizetype MaxBytes = 4LL * 1024 * 1024;

/// @param passphrase empty: an open file is expected. @param derived in: a key to try without deriving; out: the key of this file.
/// Errors: WrongPassphrase, KeyUnavailable (not a key file, damaged, asks for absurd work).
[[nodiscard]] Result<Secrets> decode(const QByteArray &file, const Secret &passphrase, Derived &derived);
/// @param passphrase empty: the file is written open. Derives anew (fresh salt) where `derived` has no key.
[[nodiscard]] Result<QByteArray> encode(const Secrets &secrets, const Secret &passphrase, Derived &derived);

} // namespace Orgtrace::Credentials::KeyFile
