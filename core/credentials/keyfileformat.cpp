#include "credentials/keyfileformat.h"

#include "base/digest.h"

#include <QtEndian>

#include <sodium.h>

namespace Orgtrace::Credentials::KeyFile {

namespace {

constexpr std::string_view Magic = "ORGTKEY1";
constexpr qsizetype SaltBytes = crypto_pwhash_SALTBYTES;
constexpr qsizetype NonceBytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr qsizetype HeaderBytes = 8 + 1 + SaltBytes + 4 + 8 + NonceBytes;
// RFC 9106, second recommended option: three passes over 64 MiB.
constexpr quint32 OpsLimit = 3;
constexpr quint64 MemLimit = 64ULL * 1024 * 1024;
// A file is not trusted to say how much work opening it may cost.
constexpr quint32 MaxOps = 16;
constexpr quint64 MaxMem = 1024ULL * 1024 * 1024;

template<typename Number> void put(QByteArray &out, Number number)
{
    const Number little = qToLittleEndian(number);
    out.append(reinterpret_cast<const char *>(&little), sizeof little);
}

template<typename Number> Number take(const char *from)
{
    return qFromLittleEndian<Number>(from);
}

void wipe(QByteArray &bytes)
{
    if (!bytes.isEmpty())
        sodium_memzero(bytes.data(), static_cast<size_t>(bytes.size()));
    bytes.clear();
}

const unsigned char *raw(const char *data)
{
    return reinterpret_cast<const unsigned char *>(data);
}

/// For functions that are told the length besides.
const unsigned char *raw(std::string_view bytes)
{
    return reinterpret_cast<const unsigned char *>(bytes.data());
}

Result<Secret> derive(const Secret &passphrase, const QByteArray &salt, quint32 ops, quint64 mem)
{
    QByteArray key(crypto_aead_xchacha20poly1305_ietf_KEYBYTES, '\0');
    if (crypto_pwhash(reinterpret_cast<unsigned char *>(key.data()), static_cast<unsigned long long>(key.size()), passphrase.view().data(),
                      passphrase.view().size(), raw(salt.constData()), ops, static_cast<size_t>(mem), crypto_pwhash_ALG_ARGON2ID13)
        != 0)
        return Error::make(ErrorCode::KeyUnavailable, QStringLiteral("not enough memory to derive the key (%1 MiB)").arg(mem >> 20));
    return Secret::take(key);
}

Result<Secrets> readPayload(std::string_view payload)
{
    Secrets secrets;
    const auto damaged = [] { return Error::make(ErrorCode::KeyUnavailable, QStringLiteral("the key file is damaged")); };
    while (!payload.empty()) {
        if (payload.size() < 2)
            return damaged();
        const char *at = payload.begin();
        const size_t nameLength = take<quint16>(at);
        payload.remove_prefix(2);
        if (payload.size() < nameLength + 4)
            return damaged();
        const QString name = QString::fromUtf8(bytes(payload.substr(0, nameLength)));
        payload.remove_prefix(nameLength);
        at = payload.begin();
        const size_t length = take<quint32>(at);
        payload.remove_prefix(4);
        if (payload.size() < length)
            return damaged();
        QByteArray value = bytes(payload.substr(0, length));
        secrets.insert(name, Secret::take(value));
        payload.remove_prefix(length);
    }
    return secrets;
}

} // namespace

Result<Secrets> decode(const QByteArray &file, const Secret &passphrase, Derived &derived)
{
    if (sodium_init() < 0)
        return Error::make(ErrorCode::KeyUnavailable, QStringLiteral("libsodium cannot start"));
    if (file.size() < HeaderBytes || view(file).substr(0, Magic.size()) != Magic)
        return Error::make(ErrorCode::KeyUnavailable, QStringLiteral("this is not an Orgtrace key file"));
    const char *at = file.constData() + Magic.size();
    const char sealing = *at++;
    const QByteArray salt(at, SaltBytes);
    at += SaltBytes;
    const auto ops = take<quint32>(at);
    at += 4;
    const auto mem = take<quint64>(at);
    at += 8;
    const char *nonce = at;
    const std::string_view header = view(file).substr(0, HeaderBytes);
    const std::string_view body = view(file).substr(HeaderBytes);

    if (sealing == 0) {
        // Asked for with a passphrase, an open file is one somebody put in its place.
        if (!passphrase.isEmpty())
            return Error::make(ErrorCode::WrongPassphrase, QStringLiteral("the key file is open, yet a passphrase was given"));
        if (body.size() < 32 || sha256(body.substr(32)) != bytes(body.substr(0, 32)))
            return Error::make(ErrorCode::KeyUnavailable, QStringLiteral("the key file is damaged"));
        return readPayload(body.substr(32));
    }
    if (sealing != 1)
        return Error::make(ErrorCode::KeyUnavailable, QStringLiteral("the key file was written by a newer version"));
    if (passphrase.isEmpty())
        return Error::make(ErrorCode::WrongPassphrase, QStringLiteral("the key file needs its passphrase"));
    if (ops < crypto_pwhash_OPSLIMIT_MIN || ops > MaxOps || mem < crypto_pwhash_MEMLIMIT_MIN || mem > MaxMem
        || body.size() < crypto_aead_xchacha20poly1305_ietf_ABYTES)
        return Error::make(ErrorCode::KeyUnavailable, QStringLiteral("the key file is damaged"));
    if (derived.key.isEmpty() || derived.salt != salt || derived.opsLimit != ops || derived.memLimit != mem) {
        auto key = derive(passphrase, salt, ops, mem);
        if (!key)
            return std::unexpected(key.error());
        derived = {salt, ops, mem, *key};
    }
    QByteArray payload(static_cast<qsizetype>(body.size() - crypto_aead_xchacha20poly1305_ietf_ABYTES), '\0');
    unsigned long long length = 0;
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(reinterpret_cast<unsigned char *>(payload.data()), &length, nullptr, raw(body),
                                                   body.size(), raw(header), header.size(), raw(nonce), raw(derived.key.view()))
        != 0) {
        derived = {};
        return Error::make(ErrorCode::WrongPassphrase, QStringLiteral("wrong passphrase, or the key file is damaged"));
    }
    auto secrets = readPayload(view(payload));
    wipe(payload);
    return secrets;
}

Result<QByteArray> encode(const Secrets &secrets, const Secret &passphrase, Derived &derived)
{
    if (sodium_init() < 0)
        return Error::make(ErrorCode::KeyUnavailable, QStringLiteral("libsodium cannot start"));
    qsizetype size = 0;
    for (auto it = secrets.cbegin(); it != secrets.cend(); ++it)
        size += 6 + it.key().toUtf8().size() + static_cast<qsizetype>(it->view().size());
    if (size > MaxBytes / 2)
        return Error::make(ErrorCode::TooLarge, QStringLiteral("too many secrets for one key file"));
    QByteArray payload;
    payload.reserve(size); // one allocation: no half copies left behind by growing
    for (auto it = secrets.cbegin(); it != secrets.cend(); ++it) {
        const QByteArray name = it.key().toUtf8();
        if (name.size() > 0xffff)
            return Error::make(ErrorCode::BadInput, QStringLiteral("the secret's name is too long"));
        put(payload, static_cast<quint16>(name.size()));
        payload += name;
        put(payload, static_cast<quint32>(it->view().size()));
        payload.append(it->view().data(), static_cast<qsizetype>(it->view().size()));
    }

    const bool sealed = !passphrase.isEmpty();
    if (sealed && derived.key.isEmpty()) {
        QByteArray salt(SaltBytes, '\0');
        randombytes_buf(salt.data(), static_cast<size_t>(salt.size()));
        auto key = derive(passphrase, salt, OpsLimit, MemLimit);
        if (!key) {
            wipe(payload);
            return std::unexpected(key.error());
        }
        derived = {salt, OpsLimit, MemLimit, *key};
    }
    QByteArray nonce(NonceBytes, '\0');
    if (sealed)
        randombytes_buf(nonce.data(), static_cast<size_t>(nonce.size()));

    QByteArray file = bytes(Magic);
    file += char(sealed ? 1 : 0);
    file += sealed ? derived.salt : QByteArray(SaltBytes, '\0');
    put(file, sealed ? derived.opsLimit : quint32(0));
    put(file, sealed ? derived.memLimit : quint64(0));
    file += nonce;
    if (sealed) {
        QByteArray body(payload.size() + static_cast<qsizetype>(crypto_aead_xchacha20poly1305_ietf_ABYTES), '\0');
        unsigned long long length = 0;
        crypto_aead_xchacha20poly1305_ietf_encrypt(reinterpret_cast<unsigned char *>(body.data()), &length, raw(payload.constData()),
                                                   static_cast<unsigned long long>(payload.size()), raw(file.constData()),
                                                   static_cast<unsigned long long>(file.size()), nullptr, raw(nonce.constData()),
                                                   raw(derived.key.view()));
        file += body;
    } else {
        file += sha256(view(payload));
        file += payload;
    }
    wipe(payload);
    return file;
}

} // namespace Orgtrace::Credentials::KeyFile
