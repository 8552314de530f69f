#pragma once

#include <QByteArray>
#include <QString>

#include <array>
#include <optional>
#include <string_view>

namespace Orgtrace::Evidence {

/// 20 raw bytes of a git object id.
using ObjectId = std::array<char, 20>;
[[nodiscard]] inline QByteArray toBytes(const ObjectId &id)
{
    return {id.data(), 20};
}
[[nodiscard]] inline QString toHex(const ObjectId &id)
{
    return QString::fromLatin1(QByteArray::fromRawData(id.data(), 20).toHex());
}
[[nodiscard]] std::optional<ObjectId> objectId(std::string_view raw20);
[[nodiscard]] std::optional<ObjectId> objectIdFromHex(std::string_view hex40);

/// Text to bytes and back without loss: UTF-8, a lone surrogate as its three bytes (as core/json keeps it). Private to the room.
[[nodiscard]] QByteArray toWtf8(const QString &text);
[[nodiscard]] QString fromWtf8(std::string_view bytes);

/// One component of a ref name: percent-encoded outside [A-Za-z0-9_-], never empty; above 100 bytes prefix~SHA-256.
[[nodiscard]] QByteArray refComponent(const QString &text);
[[nodiscard]] std::optional<QString> fromRefComponent(std::string_view name);

/// First byte of SHA-256(id): which of the 256 fan-out folders an id lives in.
[[nodiscard]] unsigned char fanOutBucket(const QByteArray &wtf8Id);
[[nodiscard]] QByteArray bucketName(unsigned char bucket); ///< two lower-case hex digits

/// entityFileName() of an id that is in bytes already.
[[nodiscard]] QByteArray encodedName(const QByteArray &wtf8, qsizetype maxBytes = 200);

} // namespace Orgtrace::Evidence
