#include "evidence/publisher.h"

#include "base/digest.h"

#include <QtEndian>

#include <git2.h>
#include <git2/sys/odb_backend.h>

#include <algorithm>
#include <cstring>

// One pack a snapshot would make a store of thousands of files. Packs of like size are folded into one, so that each object is copied a few
// times in a store's life, and the large first one seldom (git's own geometric repacking does the same).
namespace Orgtrace::Evidence {

namespace {

struct PackFile {
    QString stem; ///< path without ".pack"
    qint64 size = 0;
};

struct PackedObject {
    ObjectId id{};
    quint64 offset = 0, end = 0;
};

quint32 big32(const char *at)
{
    return qFromBigEndian<quint32>(at);
}

/// An index of version 2 and the length its pack must have. Empty where it is not one we can copy from.
std::vector<PackedObject> readIndex(std::string_view index, quint64 packSize)
{
    std::vector<PackedObject> out;
    if (index.size() < 1032 + 40 || !index.starts_with(std::string_view("\377tOc\0\0\0\2", 8)))
        return out;
    const size_t count = big32(index.data() + 8 + 255L * 4);
    if ((index.size() - 1032 - 40) / 28 < count)
        return out;
    const char *ids = index.data() + 1032, *offsets = ids + count * 24, *large = offsets + count * 4;
    const auto larges = static_cast<size_t>(index.data() + index.size() - 40 - large) / 8;
    out.resize(count);
    for (size_t i = 0; i < count; ++i) {
        std::memcpy(out[i].id.data(), ids + i * 20, 20);
        const quint32 offset = big32(offsets + i * 4);
        if (!(offset & 0x80000000U))
            out[i].offset = offset;
        else if ((offset & 0x7fffffffU) < larges)
            out[i].offset = qFromBigEndian<quint64>(large + size_t{offset & 0x7fffffffU} * 8);
    }
    std::ranges::sort(out, {}, &PackedObject::offset);
    for (size_t i = 0; i < count; ++i) {
        out[i].end = i + 1 < count ? out[i + 1].offset : packSize - 20;
        if (out[i].offset < 12 || out[i].end <= out[i].offset || out[i].end > packSize - 20)
            return {};
    }
    return out;
}

/// Copies a pack's objects as they lie. False where it has deltas (it came from a git server) and is left alone.
Result<bool> copyPack(const PackFile &from, PackWriter &to)
{
    QFile file(from.stem + QStringLiteral(".pack"));
    const auto index = readWhole(from.stem + QStringLiteral(".idx"), 1024LL * 1024 * 1024);
    if (!index || !file.open(QIODevice::ReadOnly) || file.size() < 32)
        return false;
    const uchar *mapped = file.map(0, file.size());
    if (!mapped)
        return false;
    const std::string_view pack(reinterpret_cast<const char *>(mapped), static_cast<size_t>(file.size()));
    const std::vector<PackedObject> objects = readIndex(view(*index), pack.size());
    if (objects.empty())
        return false;
    for (const PackedObject &object : objects) {
        const int type = (static_cast<unsigned char>(pack[object.offset]) >> 4) & 7;
        if (type < 1 || type > 4)
            return false;
    }
    for (const PackedObject &object : objects) {
        if (auto done = to.addPacked(object.id, pack.substr(object.offset, object.end - object.offset)); !done)
            return std::unexpected(done.error());
    }
    return true;
}

/// Reads every object of one pack, through its index alone, and proves its hash.
bool proves(const QString &stem, qsizetype expected)
{
    git_odb *odb = nullptr;
    git_odb_backend *backend = nullptr;
    bool good = git_odb_new(&odb) == 0
        && git_odb_backend_one_pack(&backend, QFile::encodeName(stem + QStringLiteral(".idx")).constData()) == 0
        && git_odb_add_backend(odb, backend, 1) == 0;
    struct Walk {
        git_odb *odb;
        qsizetype count = 0;
    } walk{odb};
    good = good
        && git_odb_foreach(
               odb,
               [](const git_oid *oid, void *payload) {
                   auto *state = static_cast<Walk *>(payload);
                   git_odb_object *object = nullptr;
                   if (git_odb_read(&object, state->odb, oid) != 0)
                       return -1;
                   const ObjectId id = hashObject(static_cast<ObjectType>(git_odb_object_type(object)),
                                                  {static_cast<const char *>(git_odb_object_data(object)), git_odb_object_size(object)});
                   const bool same = std::memcmp(id.data(), oid->id, 20) == 0;
                   git_odb_object_free(object);
                   ++state->count;
                   return same ? 0 : -1;
               },
               &walk)
            == 0;
    git_odb_free(odb);
    return good && walk.count == expected;
}

void removePack(const QString &stem)
{
    // The index first: without it git knows no pack.
    for (const QLatin1StringView suffix : {QLatin1StringView(".idx"), QLatin1StringView(".rev"), QLatin1StringView(".pack")})
        fileLayer().unlink(QFile::encodeName(stem + suffix).constData());
}

} // namespace

Result<int> foldPacks(const QString &storeFolder, qsizetype above)
{
    const QString folder = storeFolder + QStringLiteral("/evidence.git/objects/pack");
    QList<PackFile> packs;
    const QFileInfoList files = QDir(folder).entryInfoList({QStringLiteral("pack-*.pack")}, QDir::Files);
    for (const QFileInfo &info : files) {
        const QString stem = folder + u'/' + info.completeBaseName();
        if (QFileInfo::exists(stem + QStringLiteral(".idx")) && !QFileInfo::exists(stem + QStringLiteral(".keep"))
            && !QFileInfo::exists(stem + QStringLiteral(".promisor")))
            packs += {stem, info.size()};
    }
    if (packs.size() <= above)
        return 0;
    std::ranges::sort(packs, {}, &PackFile::size);
    // The largest pack that is not twice all smaller ones together, and everything below it.
    qsizetype count = 0;
    qint64 sum = 0;
    for (qsizetype i = 0; i < packs.size(); ++i) {
        if (i > 0 && packs[i].size < 2 * sum)
            count = i + 1;
        sum += packs[i].size;
    }
    if (count < 2)
        return 0;

    auto writer = PackWriter::open(storeFolder + QStringLiteral("/state"));
    if (!writer)
        return std::unexpected(writer.error());
    QList<PackFile> folded;
    for (const auto those = std::as_const(packs).first(count); const PackFile &pack : those) {
        const auto copied = copyPack(pack, *writer);
        if (!copied)
            return std::unexpected(copied.error());
        if (*copied)
            folded += pack;
    }
    if (folded.size() < 2)
        return 0;
    const qsizetype objects = writer->objects();
    const auto finished = writer->finish();
    if (!finished)
        return std::unexpected(finished.error());
    const QString stem = folder + QStringLiteral("/pack-") + QString::fromLatin1(finished->name);
    FileLayer &layer = fileLayer();
    if (layer.rename(QFile::encodeName(finished->pack).constData(), QFile::encodeName(stem + QStringLiteral(".pack")).constData()) != 0
        || layer.rename(QFile::encodeName(finished->index).constData(), QFile::encodeName(stem + QStringLiteral(".idx")).constData())
            != 0) {
        removePack(stem);
        return std::unexpected(systemError(QStringLiteral("cannot fold packs"), folder));
    }
    writer->release();
    if (auto done = syncFolder(folder); !done || !proves(stem, objects)) {
        removePack(stem);
        return done
            ? Result<int>(Error::make(ErrorCode::Integrity, QStringLiteral("a folded pack did not prove; the old ones stay"), folder))
            : Result<int>(std::unexpected(done.error()));
    }
    for (const PackFile &pack : std::as_const(folded)) {
        if (pack.stem != stem)
            removePack(pack.stem);
    }
    return static_cast<int>(folded.size());
}

} // namespace Orgtrace::Evidence
