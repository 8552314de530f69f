#include "evidence/signer.h"

#include "base/digest.h"
#include "evidence/allowedsigners.h"

#include <QtEndian>

#include <sodium.h>

#include <cstring>

namespace Orgtrace::Evidence {

namespace {

constexpr std::string_view KeyType = "ssh-ed25519";
constexpr std::string_view Namespace = "git";
constexpr std::string_view ArmourBegin = "-----BEGIN SSH SIGNATURE-----";
constexpr std::string_view ArmourEnd = "-----END SSH SIGNATURE-----";

/// For functions that know or are told the length.
const unsigned char *raw(std::string_view bytes)
{
    return reinterpret_cast<const unsigned char *>(bytes.data());
}

const unsigned char *raw(const char *data)
{
    return reinterpret_cast<const unsigned char *>(data);
}

void putString(QByteArray &out, std::string_view text)
{
    const quint32 length = qToBigEndian(static_cast<quint32>(text.size()));
    out.append(reinterpret_cast<const char *>(&length), sizeof length);
    out.append(text.data(), static_cast<qsizetype>(text.size()));
}

std::optional<std::string_view> takeString(std::string_view &in)
{
    if (in.size() < 4)
        return std::nullopt;
    const auto length = qFromBigEndian<quint32>(in.data());
    in.remove_prefix(4);
    if (in.size() < length)
        return std::nullopt;
    const std::string_view out = in.substr(0, length);
    in.remove_prefix(length);
    return out;
}

QByteArray digestOf(std::string_view message, DigestKind kind)
{
    Digest digest(kind);
    digest.add(message);
    return digest.result();
}

/// What is really signed (PROTOCOL.sshsig).
QByteArray signedData(std::string_view message, std::string_view hashName, DigestKind kind)
{
    QByteArray out("SSHSIG");
    putString(out, Namespace);
    putString(out, {});
    putString(out, hashName);
    putString(out, view(digestOf(message, kind)));
    return out;
}

std::unexpected<Error> bad(const QString &why)
{
    return Error::make(ErrorCode::Integrity, why);
}

QString fingerprintOf(std::string_view keyBlob)
{
    return QStringLiteral("SHA256:") + QString::fromLatin1(sha256(keyBlob).toBase64(QByteArray::OmitTrailingEquals));
}

} // namespace

struct Signer::Private {
    Private() : secretKey(static_cast<unsigned char *>(sodium_malloc(crypto_sign_SECRETKEYBYTES))) { }
    ~Private() { sodium_free(secretKey); }
    Q_DISABLE_COPY_MOVE(Private)
    unsigned char *secretKey;
    QByteArray publicKey;

    [[nodiscard]] QByteArray blob() const
    {
        QByteArray out;
        putString(out, KeyType);
        putString(out, view(publicKey));
        return out;
    }
};

Signer::Signer() : d(std::make_unique<Private>()) { }
Signer::Signer(Signer &&) noexcept = default;
Signer &Signer::operator=(Signer &&) noexcept = default;
Signer::~Signer() = default;

Result<Signer> Signer::fromSeed(std::string_view seed)
{
    if (sodium_init() < 0)
        return Error::make(ErrorCode::Internal, QStringLiteral("libsodium cannot start"));
    if (seed.size() != crypto_sign_SEEDBYTES)
        return Error::make(ErrorCode::BadInput,
                           QStringLiteral("a signing key is %1 bytes, not %2").arg(crypto_sign_SEEDBYTES).arg(seed.size()));
    Signer signer;
    if (!signer.d->secretKey)
        return Error::make(ErrorCode::Internal, QStringLiteral("no protected memory for the signing key"));
    signer.d->publicKey.resize(crypto_sign_PUBLICKEYBYTES);
    crypto_sign_seed_keypair(reinterpret_cast<unsigned char *>(signer.d->publicKey.data()), signer.d->secretKey, raw(seed));
    sodium_mprotect_readonly(signer.d->secretKey);
    return signer;
}

QByteArray Signer::sign(std::string_view message) const
{
    const QByteArray data = signedData(message, "sha512", DigestKind::Sha512);
    QByteArray signature(crypto_sign_BYTES, '\0');
    crypto_sign_detached(reinterpret_cast<unsigned char *>(signature.data()), nullptr, raw(data.constData()),
                         static_cast<unsigned long long>(data.size()), d->secretKey);
    QByteArray typed;
    putString(typed, KeyType);
    putString(typed, view(signature));

    QByteArray blob("SSHSIG");
    blob += QByteArray("\0\0\0\1", 4);
    putString(blob, view(d->blob()));
    putString(blob, Namespace);
    putString(blob, {});
    putString(blob, "sha512");
    putString(blob, view(typed));

    const QByteArray base64 = blob.toBase64();
    QByteArray armoured = bytes(ArmourBegin) + '\n';
    for (qsizetype at = 0; at < base64.size(); at += 70)
        armoured += base64.mid(at, 70) + '\n';
    return armoured + bytes(ArmourEnd) + '\n';
}

QByteArray Signer::publicKeyLine() const
{
    return bytes(KeyType) + ' ' + d->blob().toBase64();
}

QString Signer::fingerprint() const
{
    return fingerprintOf(view(d->blob()));
}

Result<SignedBy> verifySignature(std::string_view message, const QByteArray &armoured, const QByteArray &allowedSigners,
                                 const QDateTime &signedAtUtc)
{
    if (sodium_init() < 0)
        return Error::make(ErrorCode::Internal, QStringLiteral("libsodium cannot start"));
    const QByteArray trimmed = armoured.trimmed();
    if (!view(trimmed).starts_with(ArmourBegin) || !view(trimmed).ends_with(ArmourEnd)
        || trimmed.size() < static_cast<qsizetype>(ArmourBegin.size()) + static_cast<qsizetype>(ArmourEnd.size())
        || trimmed.size() > 16LL * 1024)
        return bad(QStringLiteral("not an SSH signature"));
    QByteArray base64 = trimmed.mid(static_cast<qsizetype>(ArmourBegin.size()),
                                    trimmed.size() - static_cast<qsizetype>(ArmourBegin.size() + ArmourEnd.size()));
    base64.replace("\n", "");
    const auto decoded = QByteArray::fromBase64Encoding(base64, QByteArray::AbortOnBase64DecodingErrors);
    if (!decoded)
        return bad(QStringLiteral("the signature is not base64"));
    std::string_view in = view(decoded.decoded);
    if (!in.starts_with(std::string_view("SSHSIG\0\0\0\1", 10)))
        return bad(QStringLiteral("not an SSH signature of version 1"));
    in.remove_prefix(10);
    const auto key = takeString(in), space = takeString(in), reserved = takeString(in), hash = takeString(in), signature = takeString(in);
    if (!key || !space || !reserved || !hash || !signature || !in.empty())
        return bad(QStringLiteral("the signature is cut off or too long"));
    if (*space != Namespace)
        return bad(QStringLiteral("the signature was made for another purpose than git"));
    if (*hash != "sha512" && *hash != "sha256")
        return bad(QStringLiteral("the signature uses an unknown hash"));

    std::string_view keyIn = *key, signatureIn = *signature;
    const auto keyType = takeString(keyIn), publicKey = takeString(keyIn);
    const auto signatureType = takeString(signatureIn), detached = takeString(signatureIn);
    if (!keyType || *keyType != KeyType || !publicKey || publicKey->size() != crypto_sign_PUBLICKEYBYTES || !keyIn.empty())
        return bad(QStringLiteral("the signature's key is not Ed25519"));
    if (!signatureType || *signatureType != KeyType || !detached || detached->size() != crypto_sign_BYTES || !signatureIn.empty())
        return bad(QStringLiteral("the signature is not Ed25519"));
    const QByteArray data = signedData(message, *hash, *hash == "sha512" ? DigestKind::Sha512 : DigestKind::Sha256);
    if (crypto_sign_verify_detached(raw(*detached), raw(data.constData()), static_cast<unsigned long long>(data.size()), raw(*publicKey))
        != 0)
        return bad(QStringLiteral("the signature does not fit what was signed"));

    // Only now who: a good signature of a stranger proves nothing.
    QString why = QStringLiteral("the signer is not among the allowed signers");
    for (const auto those = parseAllowedSigners(allowedSigners); const AllowedSigner &signer : those) {
        if (view(signer.keyBlob) != *key)
            continue;
        if (!signer.allowsNamespace(Namespace))
            why = QStringLiteral("the signer is not allowed to sign for git");
        else if (!signer.isValidAt(signedAtUtc))
            why = QStringLiteral("the signer was not allowed to sign at that time");
        else
            return SignedBy{signer.principals, fingerprintOf(*key)};
    }
    return bad(why);
}

} // namespace Orgtrace::Evidence
