#pragma once

#include "evidence/packwriter.h"
#include "evidence/store.h"

namespace Orgtrace::Evidence {

/// Every object of a repository and every pack file, proven by hashes computed here. Private to the room.
class ObjectProof
{
public:
    /// Adds what does not prove to out.problems. @param unfinishedPack 40 hex of a pack that is being published, so may lack its index.
    /// Errors: Cancelled.
    [[nodiscard]] Result<void> prove(const Repository &repository, const QByteArray &unfinishedPack, Store::Verification &out,
                                     const CancellationToken &cancel, const std::function<void(qint64, qint64)> &progress);
    /// SHA-256 of a sound blob's bytes; nullopt where it is missing, damaged or no blob.
    [[nodiscard]] std::optional<QByteArray> blobSha256(const ObjectId &id) const;
    [[nodiscard]] const std::vector<ObjectId> &commits() const { return m_commits; }

private:
    struct Blob {
        ObjectId id;
        std::array<char, 32> sha;
    };
    std::vector<Blob> m_blobs; ///< sorted by id
    std::vector<ObjectId> m_commits;
};

} // namespace Orgtrace::Evidence
