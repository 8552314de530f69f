#pragma once

#include "base/error.h"
#include "credentials/credentialstore.h"
#include "evidence/signer.h"
#include "evidence/vault.h"
#include "redaction/redactor.h"

#include <QCoroTask>
#include <QString>

#include <memory>

namespace Orgtrace::Operations {

/// The keys a run that writes needs. Loaded late: reading evidence needs none.
struct Keys {
    Evidence::Signer signer;
    Redaction::Redactor redactor;
};

/// Names under which a store's secrets are kept in a CredentialStore.
[[nodiscard]] QString signingKeyName(const QString &storeId);
[[nodiscard]] QString fingerprintKeyName(const QString &storeId);
[[nodiscard]] QString vaultKeyName(const QString &storeId);
[[nodiscard]] QString clientSecretName(const QString &storeId, const QString &organisation);

/// The places asked for secrets, in order: environment (ORGTRACE_…), $CREDENTIALS_DIRECTORY, then the store's key file where it has one,
/// else the OS keychain (a store that names a key file never touches the keychain).
/// @param keyFile path from store.toml or `init --key-file`; empty: keychain.
/// @param create make the key file (init). Errors: KeyUnavailable, WrongPassphrase, BadInput (file exists and create).
[[nodiscard]] Result<std::unique_ptr<Credentials::CredentialStore>>
credentialPlaces(const QString &keyFile, const Credentials::Secret &passphrase, bool create = false);

/// Reads both keys of a store. Errors: KeyUnavailable, saying which place was asked.
[[nodiscard]] QCoro::Task<Result<Keys>> loadKeys(Credentials::CredentialStore &credentials, QString storeId);

/// The key that seals raw payloads. A store made before there was one gets it now. Errors: KeyUnavailable (also where none is there and none can be kept).
[[nodiscard]] QCoro::Task<Result<Evidence::VaultKey>> loadVaultKey(Credentials::CredentialStore &credentials, QString storeId,
                                                                   bool makes = true);

} // namespace Orgtrace::Operations
