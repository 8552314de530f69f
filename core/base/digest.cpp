#include "base/digest.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace Orgtrace {

namespace {
// Fetched once: an implicit fetch at every init costs more than hashing a small entity.
const EVP_MD *algorithm(DigestKind kind)
{
    static EVP_MD *const sha1 = EVP_MD_fetch(nullptr, "SHA1", nullptr);
    static EVP_MD *const sha256 = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    static EVP_MD *const sha512 = EVP_MD_fetch(nullptr, "SHA512", nullptr);
    switch (kind) {
    case DigestKind::Sha1: return sha1;
    case DigestKind::Sha256: return sha256;
    case DigestKind::Sha512: return sha512;
    }
    return sha256;
}
} // namespace

struct Digest::Private {
    const EVP_MD *md = nullptr;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    ~Private() { EVP_MD_CTX_free(context); }
};

Digest::Digest(DigestKind kind) : d(std::make_unique<Private>())
{
    d->md = algorithm(kind);
    reset();
}
Digest::~Digest() = default;
Digest::Digest(Digest &&) noexcept = default;
Digest &Digest::operator=(Digest &&) noexcept = default;

void Digest::reset()
{
    EVP_DigestInit_ex2(d->context, d->md, nullptr);
}

void Digest::add(std::string_view bytes)
{
    EVP_DigestUpdate(d->context, bytes.data(), bytes.size());
}

QByteArray Digest::result()
{
    QByteArray out(EVP_MD_get_size(d->md), Qt::Uninitialized);
    unsigned length = 0;
    EVP_DigestFinal_ex(d->context, reinterpret_cast<unsigned char *>(out.data()), &length);
    out.truncate(static_cast<qsizetype>(length));
    return out;
}

QByteArray sha256(std::string_view bytes)
{
    thread_local Digest digest(DigestKind::Sha256);
    digest.reset();
    digest.add(bytes);
    return digest.result();
}

QByteArray hmacSha256(std::string_view key, std::string_view bytes)
{
    QByteArray out(32, Qt::Uninitialized);
    unsigned length = 32;
    HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char *>(bytes.data()), bytes.size(),
         reinterpret_cast<unsigned char *>(out.data()), &length);
    return out;
}

QByteArray gitBlobId(std::string_view bytes)
{
    thread_local Digest digest(DigestKind::Sha1);
    digest.reset();
    const std::string header = "blob " + std::to_string(bytes.size());
    digest.add({header.c_str(), header.size() + 1});
    digest.add(bytes);
    return digest.result();
}

} // namespace Orgtrace
