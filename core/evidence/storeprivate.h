#pragma once

#include "evidence/snapshotprivate.h"
#include "evidence/storefile.h"

namespace Orgtrace::Evidence {

struct Store::Private {
    QString folder;
    StoreFile file;
    std::shared_ptr<Repository> repository;

    /// A branch as it was read last: a timeline grows at its end only.
    struct Branch {
        ObjectId head{};
        QList<SnapshotSummary> summaries; ///< oldest first
    };
    mutable QHash<QByteArray, Branch> branches;

    [[nodiscard]] Result<QList<SnapshotSummary>> summariesOf(const Reference &reference) const;
};

[[nodiscard]] inline QString gitFolder(const QString &store)
{
    return store + QStringLiteral("/evidence.git");
}
/// "refs/heads/<kind>/<organisation>/", and "refs/heads/<kind>/" where the id is empty.
[[nodiscard]] QByteArray branchPrefix(const char *kind, const QString &organisationId);
[[nodiscard]] QByteArray branchName(const char *kind, const QString &organisationId, const QString &writerId);
/// The parts of refs/heads/<kind>/<organisation>/<writer>. Errors: Integrity.
struct BranchParts {
    QString organisationId, writerId;
};
[[nodiscard]] std::optional<BranchParts> branchParts(const QByteArray &name);

} // namespace Orgtrace::Evidence
