#pragma once

#include "evidence/packwriter.h"

namespace Orgtrace::Evidence {

/// What a commit is made of, besides its objects.
struct CommitText {
    ObjectId tree{};
    std::optional<ObjectId> parent;
    QString writerId;
    QDateTime timeUtc;
    QByteArray message;
};
class Signer;
/// A signed commit object's bytes.
[[nodiscard]] QByteArray commitBytes(const CommitText &text, const Signer &signer);

/// Makes a finished pack part of the repository and moves one branch to `commit`, in this order and each step synced: files renamed into
/// objects/pack, HEAD where it points nowhere, the branch. Until the branch has moved, a failure takes the pack away again.
/// @pre the store's lock is held. Errors: DiskFull, Io, Integrity (the branch is not where it was).
[[nodiscard]] Result<void> publish(const QString &storeFolder, const Repository &repository, PackWriter &pack, const QByteArray &branch,
                                   const std::optional<ObjectId> &expected, const ObjectId &commit);

/// What a writer that was killed, or is at it right now, has put into the repository without having moved its branch yet.
struct UnfinishedPublication {
    QByteArray pack; ///< 40 hex
    ObjectId commit{};
};
[[nodiscard]] std::optional<UnfinishedPublication> unfinishedPublication(const QString &storeFolder, const Repository &repository);

/// Takes away what a killed writer left: temporary files, branch locks, a pack whose branch never moved. @pre the store's lock is held.
void clearLeftovers(const QString &storeFolder, const Repository &repository);

/// Packs whose objects no delta ties to others, smallest first; folded when there are many. See packfolding.cpp.
[[nodiscard]] Result<int> foldPacks(const QString &storeFolder, qsizetype above = 50);

} // namespace Orgtrace::Evidence
