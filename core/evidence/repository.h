#pragma once

#include "base/error.h"
#include "evidence/wire.h"

#include <QDateTime>

#include <functional>
#include <memory>
#include <string_view>
#include <vector>

struct git_odb_object;

namespace Orgtrace::Evidence {

enum class ObjectType { Commit = 1, Tree = 2, Blob = 3, Tag = 4 }; ///< git's numbers

/// One object's bytes as they lie in the repository. Owns them; views stay valid while it lives.
class Object
{
public:
    Object() = default;
    Object(git_odb_object *raw, ObjectType type, std::string_view bytes) : m_raw(raw), m_type(type), m_bytes(bytes) { }
    ~Object();
    Object(Object &&other) noexcept : m_raw(std::exchange(other.m_raw, nullptr)), m_type(other.m_type), m_bytes(other.m_bytes) { }
    Object &operator=(Object &&other) noexcept
    {
        std::swap(m_raw, other.m_raw);
        m_type = other.m_type;
        m_bytes = other.m_bytes;
        return *this;
    }
    Q_DISABLE_COPY(Object)
    [[nodiscard]] ObjectType type() const { return m_type; }
    [[nodiscard]] std::string_view bytes() const { return m_bytes; }

private:
    git_odb_object *m_raw = nullptr;
    ObjectType m_type = ObjectType::Blob;
    std::string_view m_bytes;
};

struct Reference {
    QByteArray name; ///< "refs/heads/config/…"
    ObjectId id;
};

/// The bare repository, for reading. The only user of libgit2. Private to the room.
/// Thread: read() any; the rest one at a time.
class Repository
{
public:
    /// Errors: NotAStore, Integrity.
    [[nodiscard]] static Result<std::shared_ptr<Repository>> open(const QString &gitFolder);
    ~Repository();
    Q_DISABLE_COPY_MOVE(Repository)

    [[nodiscard]] QString folder() const { return m_folder; }
    /// Every read proves the object's hash. Errors: Integrity (missing, damaged, or of another type).
    [[nodiscard]] Result<Object> read(const ObjectId &id, ObjectType type) const;
    [[nodiscard]] Result<Object> readAny(const ObjectId &id) const;
    [[nodiscard]] bool has(const ObjectId &id) const;
    [[nodiscard]] std::vector<ObjectId> allObjects() const; ///< sorted, unique
    /// Branches under a prefix such as "refs/heads/config/", sorted by name. Errors: Integrity (a ref that cannot be read).
    [[nodiscard]] Result<std::vector<Reference>> references(const QByteArray &prefix) const;
    [[nodiscard]] Result<std::optional<ObjectId>> reference(const QByteArray &name) const;

private:
    Repository();
    struct Private;
    std::unique_ptr<Private> d;
    QString m_folder;
};

/// The id git gives these bytes.
[[nodiscard]] ObjectId hashObject(ObjectType type, std::string_view bytes);
[[nodiscard]] std::string_view typeName(ObjectType type);

struct TreeEntry {
    bool isTree = false;
    std::string_view name; ///< into the object's bytes
    ObjectId id;
};
/// Errors: Integrity (cut off, modes other than 100644 and 40000, names that are none).
[[nodiscard]] Result<std::vector<TreeEntry>> parseTree(std::string_view bytes);
[[nodiscard]] const TreeEntry *findEntry(const std::vector<TreeEntry> &entries, std::string_view name);

struct CommitData {
    ObjectId tree{};
    std::vector<ObjectId> parents;
    QDateTime committedUtc;
    QByteArray message;
    QByteArray signature; ///< armoured; empty where unsigned
    QByteArray payload; ///< what was signed: the commit without its signature
};
[[nodiscard]] Result<CommitData> parseCommit(std::string_view bytes);

/// Appends one entry in git's form. The caller keeps git's order: names as bytes, a tree's as if it ended in '/'.
void appendTreeEntry(QByteArray &tree, bool isTree, std::string_view name, const ObjectId &id);

} // namespace Orgtrace::Evidence
