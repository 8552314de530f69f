#include "operations/keys.h"

#include "base/digest.h"

#include <QProcessEnvironment>

using namespace Qt::StringLiterals;

namespace Orgtrace::Operations {

QString signingKeyName(const QString &storeId)
{
    return u"signing-key/"_s + storeId;
}

QString fingerprintKeyName(const QString &storeId)
{
    return u"fingerprint-key/"_s + storeId;
}

QString vaultKeyName(const QString &storeId)
{
    return u"vault-key/"_s + storeId;
}

QString clientSecretName(const QString &storeId, const QString &organisation)
{
    return u"client-secret/"_s + storeId + u'/' + organisation;
}

Result<std::unique_ptr<Credentials::CredentialStore>> credentialPlaces(const QString &keyFile, const Credentials::Secret &passphrase,
                                                                       bool create)
{
    std::vector<std::unique_ptr<Credentials::CredentialStore>> places;
    const QProcessEnvironment variables = QProcessEnvironment::systemEnvironment();
    places.push_back(Credentials::environment(variables));
    const QString directory = variables.value(u"CREDENTIALS_DIRECTORY"_s);
    if (!directory.isEmpty()) {
        places.push_back(Credentials::credentialsDirectory(directory));
    }
    if (keyFile.isEmpty()) {
        places.push_back(Credentials::keychain());
    } else {
        auto file = Credentials::keyFile(keyFile, passphrase, create);
        if (!file) {
            return std::unexpected(file.error());
        }
        places.push_back(std::move(*file));
    }
    return Credentials::chain(std::move(places));
}

QCoro::Task<Result<Keys>> loadKeys(Credentials::CredentialStore &credentials, QString storeId)
{
    const QString signingName = signingKeyName(storeId);
    const Result<Credentials::Secret> seed = co_await credentials.read(signingName);
    if (!seed) {
        co_return Error::make(ErrorCode::KeyUnavailable,
                              u"the store's signing key could not be read from %1: %2"_s.arg(credentials.placeName(), seed.error().detail),
                              seed.error().where);
    }
    Result<Evidence::Signer> signer = Evidence::Signer::fromSeed(seed->view());
    if (!signer) {
        co_return std::unexpected(signer.error());
    }
    const QString fingerprintName = fingerprintKeyName(storeId);
    const Result<Credentials::Secret> key = co_await credentials.read(fingerprintName);
    if (!key) {
        co_return Error::make(
            ErrorCode::KeyUnavailable,
            u"the store's fingerprint key could not be read from %1: %2"_s.arg(credentials.placeName(), key.error().detail),
            key.error().where);
    }
    Result<Redaction::Redactor> redactor = Redaction::Redactor::builtIn(Redaction::Fingerprinter(bytes(key->view())));
    if (!redactor) {
        co_return std::unexpected(redactor.error());
    }
    co_return Result<Keys>(Keys{std::move(*signer), std::move(*redactor)});
}

QCoro::Task<Result<Evidence::VaultKey>> loadVaultKey(Credentials::CredentialStore &credentials, QString storeId, bool makes)
{
    const QString name = vaultKeyName(storeId);
    Result<Credentials::Secret> key = co_await credentials.read(name);
    if (!key && key.error().code == ErrorCode::NotFound && makes) {
        const Credentials::Secret fresh = Credentials::Secret::random(Evidence::VaultKey::Bytes);
        const Result<void> written = co_await credentials.write(name, fresh);
        key = written ? Result<Credentials::Secret>(fresh) : Result<Credentials::Secret>(std::unexpected(written.error()));
    }
    if (!key) {
        co_return Error::make(ErrorCode::KeyUnavailable,
                              u"the store's vault key could not be had from %1: %2"_s.arg(credentials.placeName(), key.error().detail),
                              key.error().where);
    }
    co_return Evidence::VaultKey::fromBytes(key->view());
}

} // namespace Orgtrace::Operations
