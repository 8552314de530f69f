#include "evidence/objectproof.h"

#include "base/digest.h"

#include <QFileInfo>

#include <algorithm>
#include <cstring>

namespace Orgtrace::Evidence {

namespace {

/// SHA-1 of a file but its last 20 bytes, and those. nullopt where it cannot be read or is too short.
std::optional<std::pair<QByteArray, QByteArray>> checksums(const QString &path, QByteArray *last40 = nullptr)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly) || file.size() < 40)
        return std::nullopt;
    Digest digest(DigestKind::Sha1);
    qint64 left = file.size() - 20;
    QByteArray chunk, tail;
    while (left > 0) {
        chunk = file.read(std::min<qint64>(left, 1024LL * 1024));
        if (chunk.isEmpty())
            return std::nullopt;
        digest.add(view(chunk));
        tail += chunk;
        tail = tail.last(std::min<qsizetype>(20, tail.size()));
        left -= chunk.size();
    }
    const QByteArray stored = file.read(20);
    if (last40)
        *last40 = tail;
    return std::pair(digest.result(), stored);
}

/// A pack and its index carry their own SHA-1, and the index its pack's: a flipped byte anywhere in them shows here, even in a copy
/// of an object that nobody reads.
void provePacks(const QString &gitFolder, const QByteArray &unfinishedPack, Store::Verification &out)
{
    const QDir folder(gitFolder + QStringLiteral("/objects/pack"));
    const auto problem = [&](const QString &what, const QString &file) { out.problems += {{}, {}, file, what}; };
    const QStringList packs = folder.entryList({QStringLiteral("*.pack")}, QDir::Files);
    for (const QString &name : packs) {
        const QString stem = name.chopped(5);
        if (!unfinishedPack.isEmpty() && stem == QStringLiteral("pack-") + QString::fromLatin1(unfinishedPack)
            && !folder.exists(stem + QStringLiteral(".idx")))
            continue;
        QByteArray packSum;
        const auto pack = checksums(folder.filePath(name));
        if (!pack || pack->first != pack->second)
            problem(QStringLiteral("the pack's bytes do not have its checksum"), name);
        const auto index = checksums(folder.filePath(stem + QStringLiteral(".idx")), &packSum);
        if (!index || index->first != index->second)
            problem(QStringLiteral("the pack's index is missing or damaged"), stem + QStringLiteral(".idx"));
        else if (pack && packSum != pack->second)
            problem(QStringLiteral("the index belongs to another pack"), stem + QStringLiteral(".idx"));
    }
    const QStringList indexes = folder.entryList({QStringLiteral("*.idx")}, QDir::Files);
    for (const QString &name : indexes) {
        if (!packs.contains(name.chopped(4) + QStringLiteral(".pack")))
            problem(QStringLiteral("the index's pack is missing"), name);
    }
}

} // namespace

Result<void> ObjectProof::prove(const Repository &repository, const QByteArray &unfinishedPack, Store::Verification &out,
                                const CancellationToken &cancel, const std::function<void(qint64, qint64)> &progress)
{
    provePacks(repository.folder(), unfinishedPack, out);
    const std::vector<ObjectId> ids = repository.allObjects();
    const auto total = static_cast<qint64>(ids.size());
    qint64 done = 0;
    m_blobs.reserve(ids.size());
    for (const ObjectId &id : ids) {
        if (cancel.isCancelled())
            return Error::make(ErrorCode::Cancelled, QStringLiteral("verification was cancelled"));
        if (progress && done % 1024 == 0)
            progress(done, total);
        ++done;
        const auto object = repository.readAny(id);
        if (!object) {
            if (out.problems.size() < 10000)
                out.problems += {{}, {}, toHex(id), object.error().detail};
            continue;
        }
        ++out.objects;
        if (object->type() == ObjectType::Commit) {
            m_commits.push_back(id);
        } else if (object->type() == ObjectType::Blob) {
            Blob blob{id, {}};
            std::memcpy(blob.sha.data(), sha256(object->bytes()).constData(), blob.sha.size());
            m_blobs.push_back(blob);
        }
    }
    if (progress)
        progress(total, total);
    std::ranges::sort(m_blobs, {}, &Blob::id);
    return {};
}

std::optional<QByteArray> ObjectProof::blobSha256(const ObjectId &id) const
{
    const auto found = std::ranges::lower_bound(m_blobs, id, {}, &Blob::id);
    if (found == m_blobs.end() || found->id != id)
        return std::nullopt;
    return QByteArray(found->sha.data(), static_cast<qsizetype>(found->sha.size()));
}

} // namespace Orgtrace::Evidence
