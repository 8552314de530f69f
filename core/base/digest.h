#pragma once

#include <QByteArray>

#include <memory>
#include <string_view>

namespace Orgtrace {

/// Hashes by OpenSSL EVP (four to eight times faster here than the alternatives; design, "Libraries").
enum class DigestKind { Sha1, Sha256, Sha512 };

/// One hash over pieces. Not copyable; reset() starts over without a new allocation.
/// Thread: one at a time.
class Digest
{
public:
    explicit Digest(DigestKind kind);
    ~Digest();
    Digest(Digest &&) noexcept;
    Digest &operator=(Digest &&) noexcept;
    Q_DISABLE_COPY(Digest)

    void reset();
    void add(std::string_view bytes);
    [[nodiscard]] QByteArray result(); ///< raw bytes; call reset() before adding again

private:
    struct Private;
    std::unique_ptr<Private> d;
};

[[nodiscard]] QByteArray sha256(std::string_view bytes); ///< 32 raw bytes
[[nodiscard]] QByteArray hmacSha256(std::string_view key, std::string_view bytes);

/// The id git gives a blob of these bytes (SHA-1 over "blob <size>\0<bytes>"), 20 raw bytes.
[[nodiscard]] QByteArray gitBlobId(std::string_view bytes);

[[nodiscard]] inline std::string_view view(const QByteArray &bytes)
{
    return {bytes.constData(), static_cast<size_t>(bytes.size())};
}
[[nodiscard]] inline QByteArray bytes(std::string_view text)
{
    return {text.data(), static_cast<qsizetype>(text.size())};
}

} // namespace Orgtrace
