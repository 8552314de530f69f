#include "evidence/storeprivate.h"

#include "base/digest.h"

#include <algorithm>
#include <thread>

// Two snapshots side by side, by git ids alone: what has the same id is the same, and is not looked into.
namespace Orgtrace::Evidence {

namespace {

using Visit = std::function<Result<void>(std::string_view name, const ObjectId *before, const ObjectId *after)>;

/// Files that differ between two lists in tree order.
Result<void> differingFiles(const std::vector<TreeEntry> &a, const std::vector<TreeEntry> &b, const Visit &visit)
{
    size_t i = 0, k = 0;
    while (i < a.size() || k < b.size()) {
        const int order = i >= a.size() ? 1 : k >= b.size() ? -1 : a[i].name.compare(b[k].name);
        if (order == 0 && a[i].id == b[k].id) {
            ++i, ++k;
            continue;
        }
        const TreeEntry *left = order <= 0 ? &a[i++] : nullptr;
        const TreeEntry *right = order >= 0 ? &b[k++] : nullptr;
        if (auto done = visit(left ? left->name : right->name, left ? &left->id : nullptr, right ? &right->id : nullptr); !done)
            return done;
    }
    return {};
}

Result<Object> treeObject(const Repository &repository, const ObjectId *id, std::vector<TreeEntry> &entries)
{
    entries.clear();
    if (!id)
        return Object();
    auto object = repository.read(*id, ObjectType::Tree);
    if (!object)
        return object;
    auto parsed = parseTree(object->bytes());
    if (!parsed)
        return std::unexpected(parsed.error());
    entries = *std::move(parsed);
    return object;
}

/// One pair of bucket trees, read and compared.
struct BucketPair {
    const ObjectId *before = nullptr, *after = nullptr;
    Object beforeObject, afterObject; ///< own the names in the entries
    std::vector<TreeEntry> beforeEntries, afterEntries;
    std::optional<Error> error;

    void read(const Repository &repository)
    {
        auto left = treeObject(repository, before, beforeEntries), right = treeObject(repository, after, afterEntries);
        if (!left || !right) {
            error = !left ? left.error() : right.error();
            return;
        }
        beforeObject = *std::move(left);
        afterObject = *std::move(right);
    }
};

/// Reading is mostly inflating, so two threads halve it where there is much of it.
Result<void> differingBuckets(const Repository &repository, const DomainTree &left, const DomainTree &right, const Visit &visit)
{
    std::vector<BucketPair> pairs;
    (void)differingFiles(left.top(), right.top(), [&](std::string_view, const ObjectId *before, const ObjectId *after) -> Result<void> {
        pairs.push_back({before, after, {}, {}, {}, {}, {}});
        return {};
    });
    constexpr size_t TwoThreads = 8;
    const size_t middle = pairs.size() < TwoThreads ? pairs.size() : pairs.size() / 2;
    std::thread other;
    if (middle < pairs.size()) {
        other = std::thread([&] {
            for (size_t i = middle; i < pairs.size(); ++i)
                pairs[i].read(repository);
        });
    }
    for (size_t i = 0; i < middle; ++i)
        pairs[i].read(repository);
    if (other.joinable())
        other.join();
    for (const BucketPair &pair : pairs) {
        if (pair.error)
            return std::unexpected(*pair.error);
        if (auto done = differingFiles(pair.beforeEntries, pair.afterEntries, visit); !done)
            return done;
    }
    return {};
}

/// One domain's trees, either of which may be missing.
Result<void> differingEntities(const std::shared_ptr<const Repository> &repository, const ObjectId *a, const ObjectId *b,
                               const Visit &visit)
{
    DomainTree left, right;
    for (const auto &[id, tree] : {std::pair(a, &left), std::pair(b, &right)}) {
        if (!id)
            continue;
        auto opened = DomainTree::open(repository, *id);
        if (!opened)
            return std::unexpected(opened.error());
        *tree = *std::move(opened);
    }
    if (left.isFannedOut() != right.isFannedOut() && !left.top().empty() && !right.top().empty()) {
        // Fan-out is fixed for a domain's life; evidence from elsewhere may do otherwise, and is compared by name all the same.
        std::map<QByteArray, std::pair<std::optional<ObjectId>, std::optional<ObjectId>>> files;
        auto done = left.forEachFile([&](std::string_view name, const ObjectId &id) -> Result<void> {
            files[bytes(name)].first = id;
            return {};
        });
        if (done)
            done = right.forEachFile([&](std::string_view name, const ObjectId &id) -> Result<void> {
                files[bytes(name)].second = id;
                return {};
            });
        if (!done)
            return done;
        for (const auto &[name, ids] : files) {
            if (ids.first != ids.second) {
                if (auto visited = visit(view(name), ids.first ? &*ids.first : nullptr, ids.second ? &*ids.second : nullptr); !visited)
                    return visited;
            }
        }
        return {};
    }
    if (!left.isFannedOut() && !right.isFannedOut())
        return differingFiles(left.top(), right.top(), visit);
    return differingBuckets(*repository, left, right, visit);
}

QStringList domainsOf(const std::map<QString, ObjectId> &a, const std::map<QString, ObjectId> &b, const QStringList &wanted)
{
    QStringList out;
    for (const auto *side : {&a, &b}) {
        for (const auto &[domain, id] : *side) {
            if (wanted.isEmpty() || wanted.contains(domain))
                out += domain;
        }
    }
    out.sort();
    out.removeDuplicates();
    return out;
}

const ObjectId *treeOf(const std::map<QString, ObjectId> &trees, const QString &domain)
{
    const auto found = trees.find(domain);
    return found == trees.end() ? nullptr : &found->second;
}

} // namespace

Result<QList<EntityDelta>> Store::difference(const Snapshot &a, const Snapshot &b, const QStringList &domains) const
{
    QList<EntityDelta> out;
    const QStringList all = domainsOf(a.d->domains, b.d->domains, domains);
    for (const QString &domain : all) {
        const ObjectId *left = treeOf(a.d->domains, domain), *right = treeOf(b.d->domains, domain);
        if (left && right && *left == *right)
            continue;
        const qsizetype first = out.size();
        const auto done = differingEntities(d->repository, left, right,
                                            [&](std::string_view name, const ObjectId *before, const ObjectId *after) -> Result<void> {
                                                auto id = (after ? b : a).d->idOfFile(domain, name);
                                                if (!id)
                                                    return std::unexpected(id.error());
                                                out += {domain, *std::move(id),
                                                        !before      ? EntityDeltaKind::Added
                                                            : !after ? EntityDeltaKind::Removed
                                                                     : EntityDeltaKind::Modified,
                                                        before ? toBytes(*before) : QByteArray(), after ? toBytes(*after) : QByteArray()};
                                                return {};
                                            });
        if (!done)
            return std::unexpected(done.error());
        std::sort(out.begin() + first, out.end(), [](const EntityDelta &x, const EntityDelta &y) { return x.id < y.id; });
    }
    return out;
}

Result<QHash<QString, QStringList>> Store::signalDifference(const Snapshot &a, const Snapshot &b) const
{
    QHash<QString, QStringList> out;
    const QStringList all = domainsOf(a.d->signalTrees, b.d->signalTrees, {});
    for (const QString &domain : all) {
        const ObjectId *left = treeOf(a.d->signalTrees, domain), *right = treeOf(b.d->signalTrees, domain);
        if (left && right && *left == *right)
            continue;
        std::vector<TreeEntry> leftEntries, rightEntries;
        const auto leftObject = treeObject(*d->repository, left, leftEntries),
                   rightObject = treeObject(*d->repository, right, rightEntries);
        if (!leftObject || !rightObject)
            return std::unexpected(!leftObject ? leftObject.error() : rightObject.error());
        QSet<QString> ids;
        const auto done = differingFiles(leftEntries, rightEntries,
                                         [&](std::string_view, const ObjectId *before, const ObjectId *after) -> Result<void> {
                                             Object sides[2];
                                             std::vector<std::string_view> lines[2];
                                             const ObjectId *wanted[2] = {before, after};
                                             for (size_t side = 0; side < 2; ++side) {
                                                 if (!wanted[side])
                                                     continue;
                                                 auto object = d->repository->read(*wanted[side], ObjectType::Blob);
                                                 if (!object)
                                                     return std::unexpected(object.error());
                                                 sides[side] = *std::move(object);
                                                 lines[side] = linesOf(sides[side].bytes());
                                                 std::ranges::sort(lines[side]);
                                             }
                                             std::vector<std::string_view> different;
                                             std::ranges::set_symmetric_difference(lines[0], lines[1], std::back_inserter(different));
                                             for (const std::string_view line : different)
                                                 ids.insert(signalId(line));
                                             return {};
                                         });
        if (!done)
            return std::unexpected(done.error());
        if (ids.isEmpty())
            continue;
        QStringList sorted(ids.cbegin(), ids.cend());
        sorted.sort();
        out.insert(domain, sorted);
    }
    return out;
}

} // namespace Orgtrace::Evidence
