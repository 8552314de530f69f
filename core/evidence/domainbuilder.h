#pragma once

#include "evidence/packwriter.h"
#include "evidence/snapshotprivate.h"

#include <array>
#include <span>

namespace Orgtrace::Evidence {

/// Gathers one domain of a snapshot and turns it into trees, sharing with the parent whatever is the same. Private to the room.
///
/// Blobs the parent's domain has are known by id alone and never written; the others go to the pack as they come.
class DomainBuilder
{
public:
    struct Parent {
        std::optional<ObjectId> entities, signalTree;
        size_t count = 0; ///< of entities, as its manifest says; a hint
    };
    /// @param fanOut only where the parent has no files of this domain.
    [[nodiscard]] static Result<DomainBuilder> open(std::shared_ptr<const Repository> repository, const Parent &parent, bool fanOut);

    /// Where the parent has this domain, what is new of it goes into the pack only in build(): the text is held (shared, not copied) until then.
    /// Errors: BadInput (an id twice), and the pack's.
    [[nodiscard]] Result<void> add(PackWriter &pack, const QString &id, QByteArray text, QByteArrayView blobId, QByteArrayView sha256,
                                   QByteArray signal);
    [[nodiscard]] Result<void> carry(const QString &id);

    struct Built {
        std::optional<ObjectId> entities, signalTree;
        qint64 count = 0;
        QString root, signalsRoot;
        std::map<QString, QString> longIds;
    };
    [[nodiscard]] Result<Built> build(PackWriter &pack);

private:
    struct Entry {
        QByteArray id; ///< WTF-8
        QByteArray name; ///< file name without ".json"; shares its bytes with id where they are the same
        QByteArray signal;
        QByteArray text; ///< null once in the pack
        ObjectId blob{};
        std::array<char, 32> sha{};
        unsigned char bucket = 0;
        bool isCarried = false; ///< its blob is in the store
        bool isHashed = false; ///< the name does not lead back to the id
    };
    [[nodiscard]] Result<void> keep(Entry entry);
    [[nodiscard]] Result<ObjectId> writeTree(PackWriter &pack, const QByteArray &tree, const ObjectId *inParent) const;
    /// Entities by bucket; inside one in git's order of files.
    struct Order {
        std::vector<quint32> entries;
        std::array<quint32, 257> starts{}; ///< of buckets, in `entries`
    };
    void findBuckets(size_t first, size_t last);
    [[nodiscard]] Order ordered() const;
    [[nodiscard]] Result<std::optional<ObjectId>> buildEntities(PackWriter &pack, const Order &order) const;
    /// Packs what of some entities the parent's tree does not have.
    [[nodiscard]] Result<void> packNew(PackWriter &pack, std::span<const quint32> some, const TreeEntry *parentBucket) const;
    /// One file of signals; its lines are left out where the parent has it.
    struct SignalFile {
        QByteArray name, lines;
        ObjectId id{};
    };
    struct SignalFiles {
        std::vector<SignalFile> files;
        QString root;
    };
    [[nodiscard]] SignalFiles gatherSignals(const Order &order) const;
    [[nodiscard]] Result<std::optional<ObjectId>> writeSignals(PackWriter &pack, const SignalFiles &gathered) const;
    void gatherRoot(Built &built) const;

    std::shared_ptr<const Repository> m_repository;
    Parent m_parent;
    bool m_fanOut = false;
    std::optional<DomainTree> m_parentTree;
    std::shared_ptr<Object> m_parentSignalsObject;
    std::vector<TreeEntry> m_parentSignals;
    std::vector<Entry> m_entries;
    struct Slot {
        quint32 hash = 0; ///< of the id, so that another id is seldom looked at
        quint32 entry = 0; ///< index + 1 into m_entries; 0: free
    };
    std::vector<Slot> m_slots;
};

} // namespace Orgtrace::Evidence
