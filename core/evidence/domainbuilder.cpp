#include "evidence/domainbuilder.h"

#include "base/digest.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <numeric>
#include <thread>
#include <unordered_set>

namespace Orgtrace::Evidence {

namespace {

/// Ids in byte order; most differ in their first eight bytes, so those are compared as one number.
struct Ordered {
    quint64 key;
    quint32 index;
};

quint64 prefixKey(const QByteArray &bytes)
{
    unsigned char raw[8] = {};
    std::memcpy(raw, bytes.constData(), static_cast<size_t>(std::min<qsizetype>(8, bytes.size())));
    quint64 key = 0;
    for (const unsigned char byte : raw)
        key = key << 8 | byte;
    return key;
}

/// The first eight bytes of a file's name, ".json" counted: where two differ, they order the files.
quint64 fileKey(const QByteArray &name)
{
    return name.size() < 8 ? prefixKey(name + ".json") : prefixKey(name);
}

/// Files in git's order: names as bytes, ".json" counted.
bool fileBefore(const QByteArray &a, const QByteArray &b)
{
    const auto common = static_cast<size_t>(std::min(a.size(), b.size()));
    if (const int order = std::memcmp(a.constData(), b.constData(), common); order != 0)
        return order < 0;
    if (a.size() == b.size())
        return false;
    // One is the other's beginning: '.' of its suffix against the other's next byte.
    return a.size() < b.size() ? '.' < b[a.size()] : a[b.size()] < '.';
}

} // namespace

// ---- DomainBuilder --------------------------------------------------------------------------------------------------

Result<DomainBuilder> DomainBuilder::open(std::shared_ptr<const Repository> repository, const Parent &parent, bool fanOut)
{
    DomainBuilder builder;
    builder.m_repository = repository;
    builder.m_parent = parent;
    builder.m_fanOut = fanOut;
    const size_t expected = std::min<size_t>(parent.count, 2'000'000) + 16; // a manifest is not trusted with memory
    builder.m_entries.reserve(expected);
    builder.m_slots.assign(std::bit_ceil(expected * 2), {});
    if (parent.entities) {
        auto tree = DomainTree::open(repository, *parent.entities);
        if (!tree)
            return std::unexpected(tree.error());
        if (!tree->top().empty())
            builder.m_fanOut = tree->isFannedOut();
        builder.m_parentTree = *std::move(tree);
    }
    if (parent.signalTree) {
        auto object = repository->read(*parent.signalTree, ObjectType::Tree);
        if (!object)
            return std::unexpected(object.error());
        builder.m_parentSignalsObject = std::make_shared<Object>(*std::move(object));
        auto entries = parseTree(builder.m_parentSignalsObject->bytes());
        if (!entries)
            return std::unexpected(entries.error());
        builder.m_parentSignals = *std::move(entries);
    }
    return builder;
}

Result<void> DomainBuilder::keep(Entry entry)
{
    if (m_slots.size() < (m_entries.size() + 1) * 2) {
        const std::vector<Slot> before
            = std::exchange(m_slots, std::vector<Slot>(std::bit_ceil(std::max<size_t>(64, (m_entries.size() + 1) * 4))));
        for (const Slot &one : before) {
            if (one.entry == 0)
                continue;
            size_t slot = one.hash & (m_slots.size() - 1);
            while (m_slots[slot].entry)
                slot = (slot + 1) & (m_slots.size() - 1);
            m_slots[slot] = one;
        }
    }
    const auto hash = static_cast<quint32>(qHash(entry.id, 0));
    size_t slot = hash & (m_slots.size() - 1);
    for (; m_slots[slot].entry; slot = (slot + 1) & (m_slots.size() - 1)) {
        if (m_slots[slot].hash == hash && m_entries[m_slots[slot].entry - 1].id == entry.id)
            return Error::make(ErrorCode::BadInput, QStringLiteral("an id came twice in one domain"), fromWtf8(view(entry.id)).left(200));
    }
    m_entries.push_back(std::move(entry));
    m_slots[slot] = {hash, static_cast<quint32>(m_entries.size())};
    return {};
}

Result<void> DomainBuilder::add(PackWriter &pack, const QString &id, QByteArray text, QByteArrayView blobId, QByteArrayView sha256,
                                QByteArray signal)
{
    if (blobId.size() != 20 || sha256.size() != 32 || signal.contains('\n'))
        return Error::make(ErrorCode::BadInput, QStringLiteral("an entity's ids are 20 and 32 bytes, its signal one line"), id.left(200));
    Entry entry;
    entry.id = toWtf8(id);
    entry.name = encodedName(entry.id);
    entry.isHashed = entry.name.size() > 65 && entry.name[entry.name.size() - 65] == '~';
    entry.signal = std::move(signal);
    std::memcpy(entry.blob.data(), blobId.constData(), entry.blob.size());
    std::memcpy(entry.sha.data(), sha256.constData(), entry.sha.size());
    const ObjectId blob = entry.blob;
    if (m_parentTree) {
        entry.text = std::move(text);
        return keep(std::move(entry));
    }
    if (auto kept = keep(std::move(entry)); !kept)
        return kept;
    return pack.add(ObjectType::Blob, blob, text);
}

Result<void> DomainBuilder::carry(const QString &id)
{
    if (!m_parentTree)
        return {};
    Entry entry;
    entry.id = toWtf8(id);
    const auto blob = m_parentTree->find(entry.id);
    if (!blob)
        return std::unexpected(blob.error());
    if (!*blob)
        return {};
    const auto object = m_repository->read(**blob, ObjectType::Blob);
    if (!object)
        return std::unexpected(object.error());
    entry.name = encodedName(entry.id);
    entry.isHashed = entry.name.size() > 65 && entry.name[entry.name.size() - 65] == '~';
    entry.blob = **blob;
    entry.isCarried = true;
    std::memcpy(entry.sha.data(), sha256(object->bytes()).constData(), entry.sha.size());
    const QByteArray file = (m_fanOut ? bucketName(fanOutBucket(entry.id)) : QByteArrayLiteral("all")) + ".ndjson";
    if (const TreeEntry *bucket = findEntry(m_parentSignals, view(file))) {
        const auto lines = m_repository->read(bucket->id, ObjectType::Blob);
        if (!lines)
            return std::unexpected(lines.error());
        for (const std::string_view line : linesOf(lines->bytes())) {
            if (signalId(line) == id)
                entry.signal = bytes(line);
        }
    }
    return keep(std::move(entry));
}

Result<ObjectId> DomainBuilder::writeTree(PackWriter &pack, const QByteArray &tree, const ObjectId *inParent) const
{
    const ObjectId id = hashObject(ObjectType::Tree, view(tree));
    if (!inParent || *inParent != id) {
        if (auto done = pack.add(ObjectType::Tree, id, tree); !done)
            return std::unexpected(done.error());
    }
    return id;
}

void DomainBuilder::findBuckets(size_t first, size_t last)
{
    for (size_t i = first; i < last; ++i)
        m_entries[i].bucket = fanOutBucket(m_entries[i].id);
}

DomainBuilder::Order DomainBuilder::ordered() const
{
    Order out;
    out.entries.resize(m_entries.size());
    for (const Entry &entry : m_entries)
        ++out.starts[entry.bucket + 1U];
    std::partial_sum(out.starts.begin(), out.starts.end(), out.starts.begin());
    std::array<quint32, 257> next = out.starts;
    for (quint32 i = 0; i < m_entries.size(); ++i)
        out.entries[next[m_entries[i].bucket]++] = i;
    std::vector<Ordered> some;
    for (size_t bucket = 0; bucket < 256; ++bucket) { // only neighbours need sorting by name
        const auto place = std::span(out.entries).subspan(out.starts[bucket], out.starts[bucket + 1] - out.starts[bucket]);
        some.clear();
        for (const quint32 i : place)
            some.push_back({fileKey(m_entries[i].name), i});
        std::ranges::sort(some, [&](const Ordered &a, const Ordered &b) {
            return a.key != b.key ? a.key < b.key : fileBefore(m_entries[a.index].name, m_entries[b.index].name);
        });
        std::ranges::transform(some, place.begin(), &Ordered::index);
    }
    return out;
}

Result<void> DomainBuilder::packNew(PackWriter &pack, std::span<const quint32> some, const TreeEntry *parentBucket) const
{
    std::optional<Object> object;
    std::vector<TreeEntry> read;
    const std::vector<TreeEntry> *before = &m_parentTree->top();
    if (m_fanOut) {
        before = &read;
        if (parentBucket) {
            auto tree = m_repository->read(parentBucket->id, ObjectType::Tree);
            if (!tree)
                return std::unexpected(tree.error());
            object.emplace(*std::move(tree));
            auto entries = parseTree(object->bytes());
            if (!entries)
                return std::unexpected(entries.error());
            read = *std::move(entries);
        }
    }
    std::unordered_set<ObjectId, ObjectIdHash> known;
    known.reserve(before->size());
    for (const TreeEntry &entry : *before)
        known.insert(entry.id);
    for (const quint32 i : some) {
        const Entry &entry = m_entries[i];
        if (entry.isCarried || known.contains(entry.blob))
            continue;
        if (auto done = pack.add(ObjectType::Blob, entry.blob, entry.text); !done)
            return done;
    }
    return {};
}

Result<std::optional<ObjectId>> DomainBuilder::buildEntities(PackWriter &pack, const Order &order) const
{
    if (m_entries.empty())
        return std::optional<ObjectId>();
    const auto treeOf = [&](std::span<const quint32> some) {
        QByteArray tree;
        tree.reserve(static_cast<qsizetype>(some.size()) * 72);
        for (const quint32 i : some) {
            tree.append("100644 ").append(m_entries[i].name).append(".json").append('\0');
            tree.append(m_entries[i].blob.data(), 20);
        }
        return tree;
    };
    const auto write = [&](std::span<const quint32> some, const QByteArray &tree, const TreeEntry *bucket,
                           const ObjectId *inParent) -> Result<ObjectId> {
        const ObjectId id = hashObject(ObjectType::Tree, view(tree));
        if (inParent && *inParent == id)
            return id; // the same entities with the same texts: nothing of them is new
        if (m_parentTree) {
            if (auto done = packNew(pack, some, bucket); !done)
                return std::unexpected(done.error());
        }
        if (auto done = pack.add(ObjectType::Tree, id, tree); !done)
            return std::unexpected(done.error());
        return id;
    };
    const ObjectId *whole = m_parent.entities ? &*m_parent.entities : nullptr;
    if (!m_fanOut) {
        auto id = write(order.entries, treeOf(order.entries), nullptr, whole);
        if (!id)
            return std::unexpected(id.error());
        return std::optional(*id);
    }
    QByteArray tree;
    for (size_t bucket = 0; bucket < 256; ++bucket) {
        const auto some = std::span(order.entries).subspan(order.starts[bucket], order.starts[bucket + 1] - order.starts[bucket]);
        if (some.empty())
            continue;
        const QByteArray name = bucketName(static_cast<unsigned char>(bucket));
        const TreeEntry *before = m_parentTree ? findEntry(m_parentTree->top(), view(name)) : nullptr;
        const auto id = write(some, treeOf(some), before, before ? &before->id : nullptr);
        if (!id)
            return std::unexpected(id.error());
        appendTreeEntry(tree, true, view(name), *id);
    }
    auto id = writeTree(pack, tree, whole);
    if (!id)
        return std::unexpected(id.error());
    return std::optional(*id);
}

DomainBuilder::SignalFiles DomainBuilder::gatherSignals(const Order &order) const
{
    SignalFiles out;
    Digest digest(DigestKind::Sha256);
    std::vector<quint32> lines;
    for (size_t bucket = 0; bucket < 256; ++bucket) {
        lines.clear();
        qsizetype size = 0;
        for (quint32 at = order.starts[bucket]; at < order.starts[bucket + 1]; ++at) {
            if (const Entry &entry = m_entries[order.entries[at]]; !entry.signal.isEmpty()) {
                lines.push_back(order.entries[at]);
                size += entry.signal.size() + 1;
            }
        }
        if (lines.empty())
            continue;
        // Files are in git's order of names, lines in that of ids: the same for most.
        const auto byId = [this](quint32 a, quint32 b) { return m_entries[a].id < m_entries[b].id; };
        if (!std::ranges::is_sorted(lines, byId))
            std::ranges::sort(lines, byId);
        SignalFile file;
        file.lines.reserve(size);
        for (const quint32 i : lines)
            file.lines.append(m_entries[i].signal).append('\n');
        const QByteArray name = m_fanOut ? bucketName(static_cast<unsigned char>(bucket)) : QByteArrayLiteral("all");
        digest.add({name.constData(), static_cast<size_t>(name.size()) + 1});
        digest.add(view(sha256(view(file.lines))));
        file.name = name + ".ndjson";
        file.id = hashObject(ObjectType::Blob, view(file.lines));
        const TreeEntry *inParent = findEntry(m_parentSignals, view(file.name));
        if (inParent && inParent->id == file.id)
            file.lines = QByteArray();
        out.files.push_back(std::move(file));
    }
    if (!out.files.empty())
        out.root = QString::fromLatin1(digest.result().toHex());
    return out;
}

Result<std::optional<ObjectId>> DomainBuilder::writeSignals(PackWriter &pack, const SignalFiles &gathered) const
{
    if (gathered.files.empty())
        return std::optional<ObjectId>();
    QByteArray tree;
    for (const SignalFile &file : gathered.files) {
        if (!file.lines.isEmpty()) {
            if (auto done = pack.add(ObjectType::Blob, file.id, file.lines); !done)
                return std::unexpected(done.error());
        }
        appendTreeEntry(tree, false, view(file.name), file.id);
    }
    auto id = writeTree(pack, tree, m_parent.signalTree ? &*m_parent.signalTree : nullptr);
    if (!id)
        return std::unexpected(id.error());
    return std::optional(*id);
}

void DomainBuilder::gatherRoot(Built &built) const
{
    std::vector<Ordered> order(m_entries.size());
    for (quint32 i = 0; i < m_entries.size(); ++i)
        order[i] = {prefixKey(m_entries[i].id), i};
    std::ranges::sort(order, [&](const Ordered &a, const Ordered &b) {
        return a.key != b.key ? a.key < b.key : m_entries[a.index].id < m_entries[b.index].id;
    });
    std::string sequence;
    sequence.reserve(m_entries.size() * 72);
    for (const Ordered &at : order) {
        const Entry &entry = m_entries[at.index];
        sequence.append(entry.id.constData(), static_cast<size_t>(entry.id.size()) + 1); // NUL included
        sequence.append(entry.sha.data(), entry.sha.size());
        if (entry.isHashed)
            built.longIds.emplace(QString::fromLatin1(entry.name), fromWtf8(view(entry.id)));
    }
    built.root = QString::fromLatin1(sha256(sequence).toHex());
}

Result<DomainBuilder::Built> DomainBuilder::build(PackWriter &pack)
{
    Built built;
    built.count = static_cast<qint64>(m_entries.size());
    // Where there is much of it, two threads: what they share is only read.
    constexpr size_t TwoThreads = 4000;
    const bool isLarge = m_entries.size() >= TwoThreads;
    if (m_fanOut) {
        const size_t middle = isLarge ? m_entries.size() / 2 : 0;
        std::thread other;
        if (middle > 0)
            other = std::thread([this, middle] { findBuckets(0, middle); });
        findBuckets(middle, m_entries.size());
        if (other.joinable())
            other.join();
    }
    SignalFiles gathered;
    std::thread root;
    if (isLarge)
        root = std::thread([this, &built] { gatherRoot(built); });
    else
        gatherRoot(built);
    const Order order = ordered();
    std::thread lines;
    if (isLarge)
        lines = std::thread([this, &gathered, &order] { gathered = gatherSignals(order); });
    else
        gathered = gatherSignals(order);
    auto entities = buildEntities(pack, order);
    for (std::thread *thread : {&root, &lines}) {
        if (thread->joinable())
            thread->join();
    }
    if (!entities)
        return std::unexpected(entities.error());
    built.entities = *entities;
    built.signalsRoot = gathered.root;
    auto signalTree = writeSignals(pack, gathered);
    if (!signalTree)
        return std::unexpected(signalTree.error());
    built.signalTree = *signalTree;
    return built;
}

} // namespace Orgtrace::Evidence
