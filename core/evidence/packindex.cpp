#include "evidence/packindex.h"

#include "evidence/filelayer.h"

#include <QFile>
#include <QtEndian>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <memory>
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

struct FolderCloser {
    void operator()(DIR *folder) const { ::closedir(folder); }
};

std::unexpected<Error> unsound(const QString &why, const QByteArray &path)
{
    return Error::make(ErrorCode::Integrity, why, QFile::decodeName(path));
}

/// One index by its name within the open folder; the name is bytes, as libgit2 takes it.
Result<void> checkPackIndex(int folder, const QByteArray &name, const QByteArray &path)
{
    struct stat pack = {}, index = {};
    const QByteArray packName = name.chopped(4) + ".pack";
    // Without its pack nothing is read through it; gone since the folder was listed: another process folds packs.
    if (::fstatat(folder, packName.constData(), &pack, 0) != 0 || !S_ISREG(pack.st_mode))
        return {};
    if (::fstatat(folder, name.constData(), &index, 0) != 0 && errno == ENOENT)
        return {};
    if (!S_ISREG(index.st_mode)) // a pipe would hold up whoever opens it
        return unsound(QStringLiteral("an index of a pack is no file; run `git index-pack` on the pack to make it anew"), path);
    const File opened(::openat(folder, name.constData(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!opened.isOpen() && errno == ENOENT)
        return {};
    QFile file;
    const bool isReadable = opened.isOpen() && file.open(opened.fd(), QIODevice::ReadOnly);
    if (isReadable && file.size() == 0)
        return {}; // too short for libgit2
    const uchar *mapped = isReadable ? file.map(0, file.size()) : nullptr;
    if (!mapped)
        return unsound(QStringLiteral("an index of a pack cannot be read; see to its permissions"), path);
    const std::string_view bytes(reinterpret_cast<const char *>(mapped), static_cast<size_t>(file.size()));
    if (leadsOutside(bytes, static_cast<quint64>(std::max<qint64>(0, pack.st_size - 20))))
        return unsound(QStringLiteral("an index leads outside its pack"), path);
    return {};
}

bool isThere(const QByteArray &path)
{
    struct stat any = {};
    return ::lstat(path.constData(), &any) == 0;
}

} // namespace

Result<void> checkPackIndexes(const QString &gitFolder)
{
    const QByteArray git = QFile::encodeName(gitFolder);
    if (const QByteArray common = git + "/commondir"; isThere(common))
        return unsound(QStringLiteral("evidence.git has a file that sends readers to another repository; remove it"), common);
    const QByteArray alternates = git + "/objects/info/alternates";
    struct stat list = {};
    const bool isListed = ::stat(alternates.constData(), &list) == 0;
    if (isListed ? !S_ISREG(list.st_mode) || list.st_size > 0 : isThere(alternates))
        return unsound(
            QStringLiteral("evidence.git takes objects from another folder; bring them in by `git repack -ad`, then remove the file"),
            alternates);
    const QByteArray packs = git + "/objects/pack";
    const std::unique_ptr<DIR, FolderCloser> folder(::opendir(packs.constData()));
    if (!folder)
        return errno == ENOENT ? Result<void>() : unsound(QStringLiteral("the folder of the packs cannot be read"), packs);
    // Not by QDir: it leaves out hidden names, and changes those that are not UTF-8.
    while (const dirent *entry = ::readdir(folder.get())) { // NOLINT(concurrency-mt-unsafe): the stream is this call's alone
        const QByteArray name(entry->d_name);
        const QByteArray path = packs + '/' + name;
        if (name.startsWith("multi-pack-index"))
            return unsound(QStringLiteral("evidence.git has an index over several packs, which is not read here; remove it: "
                                          "`git repack -ad` makes it unnecessary"),
                           path);
        if (!name.endsWith(".idx"))
            continue;
        if (auto sound = checkPackIndex(::dirfd(folder.get()), name, path); !sound)
            return sound;
    }
    return {};
}

} // namespace Orgtrace::Evidence
