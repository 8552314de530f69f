#include "evidence/domainbuilder.h"

#include "base/digest.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <numeric>
#include <thread>

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

// ---- ObjectIdSet ----------------------------------------------------------------------------------------------------

void ObjectIdSet::reserve(size_t count)
{
    const size_t slotCount = std::bit_ceil(std::max<size_t>(64, count * 2));
    if (slotCount <= m_slots.size())
        return;
    const std::vector<ObjectId> before = std::exchange(m_slots, std::vector<ObjectId>(slotCount, ObjectId{}));
    for (const ObjectId &id : before) {
        if (id != ObjectId{})
            m_slots[slotOf(id)] = id;
    }
}

size_t ObjectIdSet::slotOf(const ObjectId &id) const
{
    size_t slot = ObjectIdHash()(id) & (m_slots.size() - 1);
    while (m_slots[slot] != ObjectId{} && m_slots[slot] != id)
        slot = (slot + 1) & (m_slots.size() - 1);
    return slot;
}

bool ObjectIdSet::insert(const ObjectId &id)
{
    reserve(m_count + 1);
    const size_t slot = slotOf(id);
    if (m_slots[slot] == id)
        return false;
    m_slots[slot] = id;
    ++m_count;
    return true;
}

bool ObjectIdSet::contains(const ObjectId &id) const
{
    return !m_slots.empty() && m_slots[slotOf(id)] == id;
}

// ---- DomainBuilder --------------------------------------------------------------------------------------------------

Result<DomainBuilder> DomainBuilder::open(std::shared_ptr<const Repository> repository, const Parent &parent, bool fanOut)
{
    DomainBuilder builder;
    builder.m_repository = repository;
    builder.m_parent = parent;
    builder.m_fanOut = fanOut;
    const size_t expected = std::min<size_t>(parent.count, 2'000'000) + 16; // a manifest is not trusted with memory
    builder.m_known.reserve(expected);
    builder.m_entries.reserve(expected);
    builder.m_slots.assign(std::bit_ceil(expected * 2), 0);
    if (parent.entities) {
        auto tree = DomainTree::open(repository, *parent.entities);
        if (!tree)
            return std::unexpected(tree.error());
        if (!tree->top().empty())
            builder.m_fanOut = tree->isFannedOut();
        builder.m_parentTree = *std::move(tree);
        const auto done = builder.m_parentTree->forEachFile([&](std::string_view, const ObjectId &blob) -> Result<void> {
            builder.m_known.insert(blob);
            return {};
        });
        if (!done)
            return std::unexpected(done.error());
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
        m_slots.assign(std::bit_ceil(std::max<size_t>(64, (m_entries.size() + 1) * 4)), 0);
        for (size_t i = 0; i < m_entries.size(); ++i) {
            size_t slot = qHash(m_entries[i].id, 0) & (m_slots.size() - 1);
            while (m_slots[slot])
                slot = (slot + 1) & (m_slots.size() - 1);
            m_slots[slot] = static_cast<quint32>(i + 1);
        }
    }
    size_t slot = qHash(entry.id, 0) & (m_slots.size() - 1);
    for (; m_slots[slot]; slot = (slot + 1) & (m_slots.size() - 1)) {
        if (m_entries[m_slots[slot] - 1].id == entry.id)
            return Error::make(ErrorCode::BadInput, QStringLiteral("an id came twice in one domain"), fromWtf8(view(entry.id)).left(200));
    }
    m_entries.push_back(std::move(entry));
    m_slots[slot] = static_cast<quint32>(m_entries.size());
    return {};
}

Result<void> DomainBuilder::add(PackWriter &pack, const QString &id, const QByteArray &text, const QByteArray &blobId,
                                const QByteArray &sha256, const QByteArray &signal)
{
    if (blobId.size() != 20 || sha256.size() != 32 || signal.contains('\n'))
        return Error::make(ErrorCode::BadInput, QStringLiteral("an entity's ids are 20 and 32 bytes, its signal one line"), id.left(200));
    Entry entry;
    entry.id = toWtf8(id);
    entry.name = encodedName(entry.id);
    entry.isHashed = entry.name.size() > 65 && entry.name[entry.name.size() - 65] == '~';
    entry.signal = signal;
    std::memcpy(entry.blob.data(), blobId.constData(), entry.blob.size());
    std::memcpy(entry.sha.data(), sha256.constData(), entry.sha.size());
    if (m_fanOut)
        entry.bucket = fanOutBucket(entry.id);
    const ObjectId blob = entry.blob;
    if (auto kept = keep(std::move(entry)); !kept)
        return kept;
    return m_known.contains(blob) ? Result<void>() : pack.add(ObjectType::Blob, blob, text);
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
    std::memcpy(entry.sha.data(), sha256(object->bytes()).constData(), entry.sha.size());
    if (m_fanOut)
        entry.bucket = fanOutBucket(entry.id);
    const QByteArray file = (m_fanOut ? bucketName(entry.bucket) : QByteArrayLiteral("all")) + ".ndjson";
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

Result<std::optional<ObjectId>> DomainBuilder::buildEntities(PackWriter &pack) const
{
    if (m_entries.empty())
        return std::optional<ObjectId>();
    std::vector<quint32> order(m_entries.size());
    std::iota(order.begin(), order.end(), 0U);
    if (m_fanOut) { // by bucket first: then only neighbours need sorting by name
        std::array<quint32, 257> starts{};
        for (const Entry &entry : m_entries)
            ++starts[entry.bucket + 1U];
        std::partial_sum(starts.begin(), starts.end(), starts.begin());
        for (quint32 i = 0; i < m_entries.size(); ++i)
            order[starts[m_entries[i].bucket]++] = i;
    }
    const auto appendFiles = [&](std::span<quint32> some, QByteArray &tree) {
        std::ranges::sort(some, [&](quint32 a, quint32 b) { return fileBefore(m_entries[a].name, m_entries[b].name); });
        for (const quint32 i : some) {
            tree.append("100644 ").append(m_entries[i].name).append(".json").append('\0');
            tree.append(m_entries[i].blob.data(), 20);
        }
    };
    QByteArray tree;
    if (!m_fanOut) {
        tree.reserve(static_cast<qsizetype>(m_entries.size()) * 72);
        appendFiles(order, tree);
    } else {
        QByteArray bucketTree;
        for (size_t first = 0; first < order.size();) {
            const unsigned char bucket = m_entries[order[first]].bucket;
            size_t last = first;
            while (last < order.size() && m_entries[order[last]].bucket == bucket)
                ++last;
            bucketTree = QByteArray();
            bucketTree.reserve(static_cast<qsizetype>(last - first) * 72);
            appendFiles(std::span(order).subspan(first, last - first), bucketTree);
            const QByteArray name = bucketName(bucket);
            const TreeEntry *inParent = m_parentTree ? findEntry(m_parentTree->top(), view(name)) : nullptr;
            const auto id = writeTree(pack, bucketTree, inParent ? &inParent->id : nullptr);
            if (!id)
                return std::unexpected(id.error());
            appendTreeEntry(tree, true, view(name), *id);
            first = last;
        }
    }
    auto id = writeTree(pack, tree, m_parent.entities ? &*m_parent.entities : nullptr);
    if (!id)
        return std::unexpected(id.error());
    return std::optional(*id);
}

DomainBuilder::SignalFiles DomainBuilder::gatherSignals() const
{
    SignalFiles out;
    std::vector<Ordered> order;
    order.reserve(m_entries.size());
    for (quint32 i = 0; i < m_entries.size(); ++i) {
        if (!m_entries[i].signal.isEmpty())
            order.push_back({prefixKey(m_entries[i].id), i});
    }
    if (order.empty())
        return out;
    std::ranges::sort(order, [&](const Ordered &a, const Ordered &b) {
        const Entry &x = m_entries[a.index], &y = m_entries[b.index];
        if (x.bucket != y.bucket)
            return x.bucket < y.bucket;
        return a.key != b.key ? a.key < b.key : x.id < y.id;
    });
    Digest digest(DigestKind::Sha256);
    for (size_t first = 0; first < order.size();) {
        const unsigned char bucket = m_entries[order[first].index].bucket;
        SignalFile file;
        size_t last = first;
        qsizetype size = 0;
        for (; last < order.size() && m_entries[order[last].index].bucket == bucket; ++last)
            size += m_entries[order[last].index].signal.size() + 1;
        file.lines.reserve(size);
        for (; first < last; ++first)
            file.lines.append(m_entries[order[first].index].signal).append('\n');
        const QByteArray name = m_fanOut ? bucketName(bucket) : QByteArrayLiteral("all");
        digest.add({name.constData(), static_cast<size_t>(name.size()) + 1});
        digest.add(view(sha256(view(file.lines))));
        file.name = name + ".ndjson";
        file.id = hashObject(ObjectType::Blob, view(file.lines));
        const TreeEntry *inParent = findEntry(m_parentSignals, view(file.name));
        if (inParent && inParent->id == file.id)
            file.lines = QByteArray();
        out.files.push_back(std::move(file));
    }
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
    // Sorting and hashing of signals and root touch nothing but the entries: beside the trees, where there is much of it.
    SignalFiles gathered;
    const auto beside = [&] {
        gathered = gatherSignals();
        gatherRoot(built);
    };
    constexpr size_t TwoThreads = 4000;
    std::thread other;
    if (m_entries.size() >= TwoThreads)
        other = std::thread(beside);
    else
        beside();
    auto entities = buildEntities(pack);
    if (other.joinable())
        other.join();
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
