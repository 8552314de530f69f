#include "sandbox/gzip.h"

#include <algorithm>
#include <array>

namespace Orgtrace::Sandbox {
namespace {

quint32 crc32(const QByteArray &bytes)
{
    quint32 crc = 0xffffffffU;
    for (const char c : bytes) {
        crc ^= static_cast<quint8>(c);
        for (int bit = 0; bit < 8; ++bit)
            crc = (crc & 1U) != 0 ? (crc >> 1U) ^ 0xedb88320U : crc >> 1U;
    }
    return ~crc;
}

QByteArray littleEndian(quint32 value)
{
    const std::array<char, 4> out{static_cast<char>(value), static_cast<char>(value >> 8U), static_cast<char>(value >> 16U),
                                  static_cast<char>(value >> 24U)};
    return {out.data(), 4};
}

} // namespace

QByteArray gzipped(const QByteArray &bytes)
{
    // qCompress gives its own four bytes of length, a zlib header of two, the deflated data, and an Adler sum of four.
    const QByteArray zlib = qCompress(bytes);
    const QByteArray deflated = zlib.sliced(6, std::max<qsizetype>(zlib.size() - 10, 0));
    static constexpr char Head[] = {'\x1f', '\x8b', 8, 0, 0, 0, 0, 0, 0, '\xff'};
    return QByteArray(Head, sizeof Head) + deflated + littleEndian(crc32(bytes)) + littleEndian(static_cast<quint32>(bytes.size()));
}

} // namespace Orgtrace::Sandbox
