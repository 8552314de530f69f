#pragma once

#include "evidence/filelayer.h"
#include "evidence/repository.h"

#include <memory>
#include <string>
#include <unordered_set>
#include <vector>

namespace Orgtrace::Evidence {

struct ObjectIdHash {
    size_t operator()(const ObjectId &id) const;
};

/// Writes one git pack (version 2, no deltas) and its index (version 2) to temporary files, deflating on two threads. Private to the room.
/// Why not libgit2: docs/adr/0003-own-packs.md.
///
/// Thread: the maker's. Errors: DiskFull, Io. After an error it is of no more use; the destructor removes the temporary files.
class PackWriter
{
public:
    /// @param scratch existing folder on the repository's file system.
    [[nodiscard]] static Result<PackWriter> open(const QString &scratch);
    PackWriter(PackWriter &&) noexcept;
    PackWriter &operator=(PackWriter &&) noexcept;
    ~PackWriter();

    /// @pre id is the hash of the content. Written once, however often it is added.
    [[nodiscard]] Result<void> add(ObjectType type, const ObjectId &id, const QByteArray &content);
    /// Adds what an existing pack holds in the same form: type and size header, then zlib data.
    [[nodiscard]] Result<void> addPacked(const ObjectId &id, std::string_view packed);
    [[nodiscard]] bool has(const ObjectId &id) const;
    [[nodiscard]] qsizetype objects() const;

    /// Where the pack stands; rewind() forgets everything added since.
    struct Mark {
        off_t offset = 0;
        size_t objects = 0;
    };
    [[nodiscard]] Result<Mark> mark();
    [[nodiscard]] Result<void> rewind(const Mark &mark);

    /// Finished, synced files that still have their temporary names.
    struct Finished {
        QString pack, index; ///< temporary paths
        QByteArray name; ///< 40 hex: "pack-<name>.pack"
    };
    [[nodiscard]] Result<Finished> finish();
    /// The files are the repository's now: the destructor leaves them.
    void release();

private:
    PackWriter();
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace Orgtrace::Evidence
