#include "evidence/packwriter.h"

#include "base/digest.h"
#include "evidence/deflater.h"

#include <QRandomGenerator>
#include <QtEndian>

#include <fcntl.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cstring>
#include <numeric>
#include <thread>

namespace Orgtrace::Evidence {

namespace {

constexpr size_t BatchBytes = 1024UL * 1024; ///< raw bytes gathered before deflating
constexpr size_t TwoThreads = 96UL * 1024; ///< below, starting a thread costs more than it saves
constexpr size_t BufferBytes = 1024UL * 1024; ///< packed bytes gathered before writing

struct Pending {
    ObjectId id{};
    ObjectType type = ObjectType::Blob;
    QByteArray content;
    std::string packed;
    quint32 crc = 0;
};

struct Written {
    ObjectId id{};
    quint64 offset = 0;
    quint32 crc = 0;
};

/// An object as it stands in a pack: type and size, then its zlib stream.
void packObject(Pending &object, Deflater &deflater, const PackCodes &codes)
{
    std::string &out = object.packed;
    const auto size = static_cast<quint64>(object.content.size());
    quint64 rest = size >> 4;
    unsigned char byte = static_cast<unsigned char>((static_cast<unsigned>(object.type) << 4) | (size & 15));
    while (rest) {
        out += static_cast<char>(byte | 0x80);
        byte = static_cast<unsigned char>(rest & 0x7f);
        rest >>= 7;
    }
    out += static_cast<char>(byte);
    deflater.append(out, view(object.content), codes);
    object.crc = static_cast<quint32>(::crc32(0, reinterpret_cast<const Bytef *>(out.data()), static_cast<uInt>(out.size())));
    object.content.clear();
}

void putBig32(std::string &out, quint32 number)
{
    const quint32 big = qToBigEndian(number);
    out.append(reinterpret_cast<const char *>(&big), sizeof big);
}

} // namespace

size_t ObjectIdHash::operator()(const ObjectId &id) const
{
    size_t value = 0;
    std::memcpy(&value, id.data(), sizeof value);
    return value;
}

struct PackWriter::Private {
    QString packPath, indexPath;
    File file;
    off_t flushed = 0;
    std::string buffer;
    std::vector<Pending> pending;
    size_t pendingBytes = 0;
    std::vector<Written> written;
    std::unordered_set<ObjectId, ObjectIdHash> ids;
    PackCodes codes;
    Deflater here, there;
    bool ownsFiles = true;

    ~Private()
    {
        if (ownsFiles) {
            file.close();
            if (!packPath.isEmpty())
                fileLayer().unlink(QFile::encodeName(packPath).constData());
            if (!indexPath.isEmpty())
                fileLayer().unlink(QFile::encodeName(indexPath).constData());
        }
    }

    Result<void> flushBuffer()
    {
        if (auto done = writeAll(file, buffer, flushed, packPath); !done)
            return done;
        flushed += static_cast<off_t>(buffer.size());
        buffer.clear();
        return {};
    }

    Result<void> append(const ObjectId &id, std::string_view packed, quint32 crc)
    {
        written.push_back({id, static_cast<quint64>(flushed) + buffer.size(), crc});
        buffer += packed;
        return buffer.size() >= BufferBytes ? flushBuffer() : Result<void>();
    }

    Result<void> deflatePending()
    {
        if (pending.empty())
            return {};
        if (!codes.hasLearnt()) {
            for (const Pending &object : pending)
                codes.learn(view(object.content));
            codes.settle();
        }
        size_t middle = pending.size();
        if (pendingBytes >= TwoThreads && pending.size() > 1) {
            size_t sum = 0;
            middle = 0;
            while (middle + 1 < pending.size() && sum < pendingBytes / 2)
                sum += static_cast<size_t>(pending[middle++].content.size());
        }
        std::thread other;
        if (middle < pending.size())
            other = std::thread([this, middle] {
                for (size_t i = middle; i < pending.size(); ++i)
                    packObject(pending[i], there, codes);
            });
        for (size_t i = 0; i < middle; ++i)
            packObject(pending[i], here, codes);
        if (other.joinable())
            other.join();
        for (const Pending &object : pending) {
            if (auto done = append(object.id, object.packed, object.crc); !done)
                return done;
        }
        pending.clear();
        pendingBytes = 0;
        return {};
    }

    /// SHA-1 over the file as it lies on disk, header included.
    Result<QByteArray> checksum() const
    {
        Digest digest(DigestKind::Sha1);
        std::string chunk(BufferBytes, '\0');
        off_t at = 0;
        while (at < flushed) {
            const ssize_t got = ::pread(file.fd(), chunk.data(), std::min(chunk.size(), static_cast<size_t>(flushed - at)), at);
            if (got < 0 && errno == EINTR)
                continue;
            if (got <= 0)
                return std::unexpected(systemError(QStringLiteral("cannot read back"), packPath));
            digest.add({chunk.data(), static_cast<size_t>(got)});
            at += got;
        }
        return digest.result();
    }

    [[nodiscard]] std::string index(const QByteArray &packChecksum)
    {
        std::vector<quint32> order(written.size());
        std::iota(order.begin(), order.end(), 0U);
        std::ranges::sort(order, [this](quint32 a, quint32 b) { return std::memcmp(written[a].id.data(), written[b].id.data(), 20) < 0; });
        std::string out;
        out.reserve(1100 + written.size() * 28);
        out.append("\377tOc", 4);
        putBig32(out, 2);
        std::array<quint32, 256> fan{};
        for (const Written &object : written)
            ++fan[static_cast<unsigned char>(object.id[0])];
        quint32 sum = 0;
        for (const quint32 count : fan)
            putBig32(out, sum += count);
        for (const quint32 i : order)
            out.append(written[i].id.data(), 20);
        for (const quint32 i : order)
            putBig32(out, written[i].crc);
        std::string large;
        quint32 larges = 0;
        for (const quint32 i : order) {
            if (written[i].offset < 0x80000000ULL) {
                putBig32(out, static_cast<quint32>(written[i].offset));
            } else {
                putBig32(out, 0x80000000U | larges++);
                const quint64 big = qToBigEndian(written[i].offset);
                large.append(reinterpret_cast<const char *>(&big), sizeof big);
            }
        }
        out += large;
        out.append(packChecksum.constData(), 20);
        Digest digest(DigestKind::Sha1);
        digest.add(out);
        out.append(digest.result().constData(), 20);
        return out;
    }
};

PackWriter::PackWriter() : d(std::make_unique<Private>()) { }
PackWriter::PackWriter(PackWriter &&) noexcept = default;
PackWriter &PackWriter::operator=(PackWriter &&) noexcept = default;
PackWriter::~PackWriter() = default;

Result<PackWriter> PackWriter::open(const QString &scratch)
{
    PackWriter writer;
    const QString stem = scratch + u'/' + QString::number(QRandomGenerator::system()->generate64(), 36);
    const QString path = stem + QStringLiteral(".pack.tmp");
    writer.d->file = File(fileLayer().open(QFile::encodeName(path).constData(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0444));
    if (!writer.d->file.isOpen())
        return std::unexpected(systemError(QStringLiteral("cannot write"), path));
    writer.d->packPath = path;
    writer.d->indexPath = stem + QStringLiteral(".idx.tmp");
    writer.d->buffer.assign("PACK\0\0\0\2\0\0\0\0", 12);
    return writer;
}

Result<void> PackWriter::add(ObjectType type, const ObjectId &id, const QByteArray &content)
{
    if (!d->ids.insert(id).second)
        return {};
    d->pending.push_back({id, type, content, {}, 0});
    d->pendingBytes += static_cast<size_t>(content.size());
    return d->pendingBytes >= BatchBytes ? d->deflatePending() : Result<void>();
}

Result<void> PackWriter::addPacked(const ObjectId &id, std::string_view packed)
{
    if (!d->ids.insert(id).second)
        return {};
    if (auto done = d->deflatePending(); !done)
        return done;
    return d->append(id, packed,
                     static_cast<quint32>(::crc32(0, reinterpret_cast<const Bytef *>(packed.data()), static_cast<uInt>(packed.size()))));
}

bool PackWriter::has(const ObjectId &id) const
{
    return d->ids.contains(id);
}

qsizetype PackWriter::objects() const
{
    return static_cast<qsizetype>(d->written.size()) + static_cast<qsizetype>(d->pending.size());
}

Result<PackWriter::Mark> PackWriter::mark()
{
    if (auto done = d->deflatePending(); !done)
        return std::unexpected(done.error());
    return Mark{d->flushed + static_cast<off_t>(d->buffer.size()), d->written.size()};
}

Result<void> PackWriter::rewind(const Mark &mark)
{
    for (const Pending &object : d->pending)
        d->ids.erase(object.id);
    d->pending.clear();
    d->pendingBytes = 0;
    for (size_t i = mark.objects; i < d->written.size(); ++i)
        d->ids.erase(d->written[i].id);
    d->written.resize(mark.objects);
    if (mark.offset >= d->flushed) {
        d->buffer.erase(static_cast<size_t>(mark.offset - d->flushed));
        return {};
    }
    d->buffer.clear();
    d->flushed = mark.offset;
    if (fileLayer().truncate(d->file.fd(), mark.offset) != 0)
        return std::unexpected(systemError(QStringLiteral("cannot write"), d->packPath));
    return {};
}

Result<PackWriter::Finished> PackWriter::finish()
{
    if (auto done = d->deflatePending(); !done)
        return std::unexpected(done.error());
    if (auto done = d->flushBuffer(); !done)
        return std::unexpected(done.error());
    std::string count;
    putBig32(count, static_cast<quint32>(d->written.size()));
    if (auto done = writeAll(d->file, count, 8, d->packPath); !done)
        return std::unexpected(done.error());
    const auto checksum = d->checksum();
    if (!checksum)
        return std::unexpected(checksum.error());
    if (auto done = writeAll(d->file, view(*checksum), d->flushed, d->packPath); !done)
        return std::unexpected(done.error());
    if (fileLayer().sync(d->file.fd()) != 0)
        return std::unexpected(systemError(QStringLiteral("cannot write to disk"), d->packPath));

    const std::string index = d->index(*checksum);
    const File file(fileLayer().open(QFile::encodeName(d->indexPath).constData(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0444));
    if (!file.isOpen())
        return std::unexpected(systemError(QStringLiteral("cannot write"), d->indexPath));
    if (auto done = writeAll(file, index, 0, d->indexPath); !done)
        return std::unexpected(done.error());
    if (fileLayer().sync(file.fd()) != 0)
        return std::unexpected(systemError(QStringLiteral("cannot write to disk"), d->indexPath));
    return Finished{d->packPath, d->indexPath, checksum->toHex()};
}

void PackWriter::release()
{
    d->ownsFiles = false;
}

} // namespace Orgtrace::Evidence
