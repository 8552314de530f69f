#include "evidence/repository.h"

#include "base/digest.h"
#include "evidence/packindex.h"

#include <QDirIterator>
#include <QTimeZone>

#include <git2.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace Orgtrace::Evidence {

namespace {

/// Once a process: no user's or system's settings, no refusal of other owners (evidence is often a copy), no second hash of what we hash.
bool startLibrary()
{
    static const bool started = [] {
        if (git_libgit2_init() < 0)
            return false;
        for (const int level : {GIT_CONFIG_LEVEL_PROGRAMDATA, GIT_CONFIG_LEVEL_SYSTEM, GIT_CONFIG_LEVEL_XDG, GIT_CONFIG_LEVEL_GLOBAL})
            git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, level, "");
        git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0);
        git_libgit2_opts(GIT_OPT_ENABLE_STRICT_OBJECT_CREATION, 0);
        git_libgit2_opts(GIT_OPT_ENABLE_STRICT_HASH_VERIFICATION, 0);
        git_libgit2_opts(GIT_OPT_ENABLE_CACHING, 0);
        git_libgit2_opts(GIT_OPT_SET_MWINDOW_FILE_LIMIT, static_cast<size_t>(256));
        return true;
    }();
    return started;
}

QString lastError()
{
    const git_error *error = git_error_last();
    return error && error->message ? QString::fromUtf8(error->message) : QStringLiteral("unknown trouble");
}

git_oid toOid(const ObjectId &id)
{
    git_oid oid;
    std::memcpy(oid.id, id.data(), id.size());
    return oid;
}

ObjectId fromOid(const git_oid &oid)
{
    ObjectId id;
    std::memcpy(id.data(), oid.id, id.size());
    return id;
}

std::unexpected<Error> damaged(const QString &why, const ObjectId &id)
{
    return Error::make(ErrorCode::Integrity, why, toHex(id));
}

} // namespace

struct Repository::Private {
    git_repository *repository = nullptr;
    git_odb *odb = nullptr;
};

Object::~Object()
{
    git_odb_object_free(m_raw);
}

Repository::Repository() : d(std::make_unique<Private>()) { }

Repository::~Repository()
{
    git_odb_free(d->odb);
    git_repository_free(d->repository);
}

Result<std::shared_ptr<Repository>> Repository::open(const QString &gitFolder)
{
    if (!startLibrary())
        return Error::make(ErrorCode::Internal, QStringLiteral("libgit2 cannot start"));
    if (auto sound = checkPackIndexes(gitFolder); !sound)
        return std::unexpected(sound.error());
    std::shared_ptr<Repository> repository(new Repository);
    repository->m_folder = gitFolder;
    if (git_repository_open_bare(&repository->d->repository, QFile::encodeName(gitFolder).constData()) != 0
        || git_repository_odb(&repository->d->odb, repository->d->repository) != 0)
        return Error::make(ErrorCode::Integrity, QStringLiteral("the evidence repository is damaged: %1").arg(lastError()), gitFolder);
    return repository;
}

Result<Object> Repository::readAny(const ObjectId &id) const
{
    const git_oid oid = toOid(id);
    git_odb_object *raw = nullptr;
    const int code = git_odb_read(&raw, d->odb, &oid);
    if (code == GIT_ENOTFOUND)
        return damaged(QStringLiteral("an object is missing"), id);
    if (code != 0)
        return damaged(QStringLiteral("an object cannot be read: %1").arg(lastError()), id);
    const auto type = static_cast<int>(git_odb_object_type(raw));
    Object object(raw, static_cast<ObjectType>(type), {static_cast<const char *>(git_odb_object_data(raw)), git_odb_object_size(raw)});
    if (type < 1 || type > 4 || hashObject(object.type(), object.bytes()) != id)
        return damaged(QStringLiteral("an object's bytes do not have its hash"), id);
    return object;
}

Result<Object> Repository::read(const ObjectId &id, ObjectType type) const
{
    auto object = readAny(id);
    if (object && object->type() != type)
        return damaged(QStringLiteral("a %1 stands where a %2 should")
                           .arg(QLatin1StringView(typeName(object->type())), QLatin1StringView(typeName(type))),
                       id);
    return object;
}

bool Repository::has(const ObjectId &id) const
{
    const git_oid oid = toOid(id);
    return git_odb_exists(d->odb, &oid) == 1;
}

std::vector<ObjectId> Repository::allObjects() const
{
    std::vector<ObjectId> ids;
    git_odb_foreach(
        d->odb,
        [](const git_oid *oid, void *payload) {
            static_cast<std::vector<ObjectId> *>(payload)->push_back(fromOid(*oid));
            return 0;
        },
        &ids);
    std::ranges::sort(ids);
    const auto twice = std::ranges::unique(ids);
    ids.erase(twice.begin(), twice.end());
    return ids;
}

Result<std::vector<Reference>> Repository::references(const QByteArray &prefix) const
{
    std::vector<Reference> out;
    git_reference_iterator *iterator = nullptr;
    if (git_reference_iterator_new(&iterator, d->repository) != 0)
        return Error::make(ErrorCode::Integrity, QStringLiteral("the branches cannot be listed: %1").arg(lastError()), m_folder);
    git_reference *reference = nullptr;
    int code = 0;
    while ((code = git_reference_next(&reference, iterator)) == 0) {
        const QByteArray name = git_reference_name(reference);
        const git_oid *target = git_reference_target(reference);
        if (name.startsWith(prefix)) {
            if (target)
                out.push_back({name, fromOid(*target)});
            else
                code = -1;
        }
        git_reference_free(reference);
        if (code != 0)
            break;
    }
    git_reference_iterator_free(iterator);
    if (code != GIT_ITEROVER)
        return Error::make(ErrorCode::Integrity, QStringLiteral("a branch cannot be read: %1").arg(lastError()), m_folder);
    std::ranges::sort(out, {}, &Reference::name);
    // libgit2 passes over a branch file it cannot read; a history must not vanish so quietly.
    QDirIterator files(m_folder + u'/' + QString::fromUtf8(prefix), QDir::Files | QDir::Hidden, QDirIterator::Subdirectories);
    while (files.hasNext()) {
        const QByteArray name = QFile::encodeName(files.next().mid(m_folder.size() + 1)).replace("//", "/");
        if (!name.endsWith(".lock") && !std::ranges::binary_search(out, name, {}, &Reference::name))
            return Error::make(ErrorCode::Integrity, QStringLiteral("a branch cannot be read"), QString::fromUtf8(name));
    }
    return out;
}

Result<std::optional<ObjectId>> Repository::reference(const QByteArray &name) const
{
    git_oid oid;
    const int code = git_reference_name_to_id(&oid, d->repository, name.constData());
    if (code == GIT_ENOTFOUND)
        return std::optional<ObjectId>();
    if (code != 0)
        return Error::make(ErrorCode::Integrity, QStringLiteral("a branch cannot be read: %1").arg(lastError()), QString::fromUtf8(name));
    return std::optional(fromOid(oid));
}

std::string_view typeName(ObjectType type)
{
    switch (type) {
    case ObjectType::Commit: return "commit";
    case ObjectType::Tree: return "tree";
    case ObjectType::Blob: return "blob";
    case ObjectType::Tag: return "tag";
    }
    return "blob";
}

ObjectId hashObject(ObjectType type, std::string_view bytes)
{
    thread_local Digest digest(DigestKind::Sha1);
    char header[40];
    const std::string_view name = typeName(type);
    std::memcpy(header, name.data(), name.size());
    header[name.size()] = ' ';
    char *end = std::to_chars(header + name.size() + 1, header + sizeof header - 1, bytes.size()).ptr;
    *end++ = '\0';
    digest.reset();
    digest.add({header, static_cast<size_t>(end - header)});
    digest.add(bytes);
    ObjectId id;
    std::memcpy(id.data(), digest.result().constData(), id.size());
    return id;
}

Result<std::vector<TreeEntry>> parseTree(std::string_view bytes)
{
    std::vector<TreeEntry> entries;
    entries.reserve(bytes.size() / 48 + 1);
    const auto bad = [] { return Error::make(ErrorCode::Integrity, QStringLiteral("a tree is damaged")); };
    while (!bytes.empty()) {
        TreeEntry entry;
        if (bytes.starts_with("100644 "))
            bytes.remove_prefix(7);
        else if (bytes.starts_with("40000 "))
            entry.isTree = true, bytes.remove_prefix(6);
        else
            return bad();
        const void *nul = std::memchr(bytes.data(), 0, bytes.size());
        if (!nul)
            return bad();
        const auto length = static_cast<size_t>(static_cast<const char *>(nul) - bytes.data());
        entry.name = bytes.substr(0, length);
        bytes.remove_prefix(length + 1);
        if (length == 0 || bytes.size() < entry.id.size() || entry.name.find('/') != std::string_view::npos)
            return bad();
        std::memcpy(entry.id.data(), bytes.data(), entry.id.size());
        bytes.remove_prefix(entry.id.size());
        entries.push_back(entry);
    }
    return entries;
}

const TreeEntry *findEntry(const std::vector<TreeEntry> &entries, std::string_view name)
{
    // Small trees mostly, and files sort otherwise than folders: a plain look through is right.
    const auto found = std::ranges::find(entries, name, &TreeEntry::name);
    return found == entries.end() ? nullptr : &*found;
}

Result<CommitData> parseCommit(std::string_view bytes)
{
    CommitData commit;
    const auto bad = [] { return Error::make(ErrorCode::Integrity, QStringLiteral("a commit is damaged")); };
    const std::string_view whole = bytes;
    bool hasTree = false, inSignature = false;
    commit.payload.reserve(static_cast<qsizetype>(whole.size()));
    while (true) {
        const size_t end = bytes.find('\n');
        if (end == std::string_view::npos)
            return bad();
        const std::string_view line = bytes.substr(0, end);
        bytes.remove_prefix(end + 1);
        if (inSignature && line.starts_with(' ')) {
            commit.signature += Orgtrace::bytes(line.substr(1)) + '\n';
            continue;
        }
        inSignature = false;
        if (line.starts_with("gpgsig ")) {
            if (!commit.signature.isEmpty())
                return bad();
            inSignature = true;
            commit.signature = Orgtrace::bytes(line.substr(7)) + '\n';
            continue;
        }
        commit.payload += Orgtrace::bytes(line) + '\n';
        if (line.empty())
            break;
        if (line.starts_with("tree ")) {
            const auto id = objectIdFromHex(line.substr(5));
            if (!id || hasTree)
                return bad();
            commit.tree = *id;
            hasTree = true;
        } else if (line.starts_with("parent ")) {
            const auto id = objectIdFromHex(line.substr(7));
            if (!id)
                return bad();
            commit.parents.push_back(*id);
        } else if (line.starts_with("committer ")) {
            const size_t close = line.rfind("> ");
            qint64 seconds = 0;
            if (close == std::string_view::npos
                || std::from_chars(line.data() + close + 2, line.data() + line.size(), seconds).ec != std::errc())
                return bad();
            commit.committedUtc = QDateTime::fromSecsSinceEpoch(seconds, QTimeZone::UTC);
        }
    }
    if (!hasTree || !commit.committedUtc.isValid())
        return bad();
    commit.message = Orgtrace::bytes(bytes);
    commit.payload += commit.message;
    return commit;
}

void appendTreeEntry(QByteArray &tree, bool isTree, std::string_view name, const ObjectId &id)
{
    tree.append(isTree ? "40000 " : "100644 ");
    tree.append(name.data(), static_cast<qsizetype>(name.size()));
    tree.append('\0');
    tree.append(id.data(), static_cast<qsizetype>(id.size()));
}

} // namespace Orgtrace::Evidence
