#pragma once

#include "evidence/repository.h"
#include "evidence/store.h"

#include <map>

namespace Orgtrace::Evidence {

/// The files of one domain's tree (or of its signals' tree), fanned out or not. Private to the room.
class DomainTree
{
public:
    DomainTree() = default;
    [[nodiscard]] static Result<DomainTree> open(std::shared_ptr<const Repository> repository, const ObjectId &tree);

    [[nodiscard]] bool isFannedOut() const { return m_fannedOut; }
    [[nodiscard]] const std::vector<TreeEntry> &top() const { return m_entries; } ///< buckets, or the files themselves
    [[nodiscard]] Result<std::optional<ObjectId>> find(const QByteArray &wtf8Id) const;
    /// Every file, in tree order. Errors: Integrity, and what visit returns.
    [[nodiscard]] Result<void> forEachFile(const std::function<Result<void>(std::string_view fileName, const ObjectId &blob)> &visit) const;

private:
    std::shared_ptr<const Repository> m_repository;
    std::shared_ptr<Object> m_object; ///< owns the names in m_entries
    std::vector<TreeEntry> m_entries;
    bool m_fannedOut = false;
};

/// One snapshot's manifest and where its trees are.
struct SnapshotData {
    std::shared_ptr<const Repository> repository;
    SnapshotSummary summary;
    Manifest manifest;
    ObjectId tree{};
    std::optional<ObjectId> catalogue;
    std::map<QString, ObjectId> domains, signalTrees; ///< by domain

    [[nodiscard]] static Result<std::unique_ptr<SnapshotData>> load(std::shared_ptr<const Repository> repository, const ObjectId &commit,
                                                                    const QString &writerId);
    /// Id of an entity file ("….json"). Errors: Integrity.
    [[nodiscard]] Result<QString> idOfFile(const QString &domain, std::string_view fileName) const;
    [[nodiscard]] Result<std::vector<std::pair<QString, ObjectId>>> files(const QString &domain) const; ///< sorted by id
};

struct Snapshot::Private : SnapshotData {
};

/// The line of a commit's message that lets a timeline be read without its manifests; proven against them by verify().
[[nodiscard]] QByteArray summaryTrailer(const SnapshotSummary &summary);
/// From the commit alone where it has the trailer. Fills id and parent too.
[[nodiscard]] std::optional<SnapshotSummary> summaryOfCommit(const ObjectId &id, const CommitData &commit);
/// What a manifest says of itself.
[[nodiscard]] SnapshotSummary summaryOfManifest(const Manifest &manifest);
/// The id member of a signal line. Empty where there is none.
[[nodiscard]] QString signalId(std::string_view line);
/// Lines of an NDJSON text without their LF; empty ones left out.
[[nodiscard]] std::vector<std::string_view> linesOf(std::string_view text);

} // namespace Orgtrace::Evidence
