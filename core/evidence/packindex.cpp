#include "evidence/packindex.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QtEndian>

#include <algorithm>
#include <string_view>

namespace Orgtrace::Evidence {

namespace {

constexpr size_t fanOutBytes = 1024;
constexpr size_t trailerBytes = 40; ///< the pack's checksum and the index's own
constexpr quint32 isLarge = 0x80000000U; ///< of version 2: the rest is a place in the table of 64-bit offsets

quint32 big32(std::string_view bytes, size_t at)
{
    return qFromBigEndian<quint32>(bytes.data() + at);
}

/// What is too short for its own count is left to libgit2, which refuses it. @param end where the objects of the pack end
bool leadsOutside(std::string_view index, quint64 end)
{
    const bool isNew = index.starts_with("\377tOc");
    const size_t fanOut = isNew ? 8 : 0;
    if (index.size() < fanOut + fanOutBytes + trailerBytes)
        return false;
    const size_t count = big32(index, fanOut + fanOutBytes - 4);
    const size_t room = index.size() - fanOut - fanOutBytes - trailerBytes;
    if (room / (isNew ? 28 : 24) < count)
        return false;
    // Version 1: rows of offset and id. Version 2: ids, checksums, offsets, large offsets.
    const size_t first = fanOut + fanOutBytes + (isNew ? count * 24 : 0);
    const size_t step = isNew ? 4 : 24;
    const size_t large = first + count * 4;
    const size_t larges = isNew ? (index.size() - trailerBytes - large) / 8 : 0;
    for (size_t i = 0; i < count; ++i) {
        quint64 offset = big32(index, first + i * step);
        if (isNew && (offset & isLarge) != 0) {
            const size_t place = offset & (isLarge - 1);
            if (place >= larges)
                return true;
            offset = qFromBigEndian<quint64>(index.data() + large + place * 8);
        }
        if (offset >= end)
            return true;
    }
    return false;
}

} // namespace

Result<void> checkPackIndexes(const QString &gitFolder)
{
    const QDir folder(gitFolder + QStringLiteral("/objects/pack"));
    const auto names = folder.entryList({QStringLiteral("*.idx")}, QDir::Files);
    for (const QString &name : names) {
        const QFileInfo pack(folder.filePath(name.chopped(4) + QStringLiteral(".pack")));
        QFile file(folder.filePath(name));
        // Where one of the two is missing or cannot be read, nothing is read through it.
        const uchar *mapped = pack.isFile() && file.open(QIODevice::ReadOnly) ? file.map(0, file.size()) : nullptr;
        if (!mapped)
            continue;
        const std::string_view index(reinterpret_cast<const char *>(mapped), static_cast<size_t>(file.size()));
        if (leadsOutside(index, static_cast<quint64>(std::max<qint64>(0, pack.size() - 20))))
            return Error::make(ErrorCode::Integrity, QStringLiteral("an index leads outside its pack"), file.fileName());
    }
    return {};
}

} // namespace Orgtrace::Evidence
