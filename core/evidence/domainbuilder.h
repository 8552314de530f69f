#pragma once

#include "evidence/packwriter.h"
#include "evidence/snapshotprivate.h"

namespace Orgtrace::Evidence {

/// A set of git ids: open addressing over the ids' own bytes, which are as random as any hash.
class ObjectIdSet
{
public:
    void reserve(size_t count);
    bool insert(const ObjectId &id); ///< false where it was there
    [[nodiscard]] bool contains(const ObjectId &id) const;

private:
    [[nodiscard]] size_t slotOf(const ObjectId &id) const;
    std::vector<ObjectId> m_slots; ///< all zero: free. The id of all zeros is no object's
    size_t m_count = 0;
};

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

    /// Errors: BadInput (an id twice), and the pack's.
    [[nodiscard]] Result<void> add(PackWriter &pack, const QString &id, const QByteArray &text, const QByteArray &blobId,
                                   const QByteArray &sha256, const QByteArray &signal);
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
        ObjectId blob{};
        std::array<char, 32> sha{};
        unsigned char bucket = 0;
        bool isHashed = false; ///< the name does not lead back to the id
    };
    [[nodiscard]] Result<void> keep(Entry entry);
    [[nodiscard]] Result<ObjectId> writeTree(PackWriter &pack, const QByteArray &tree, const ObjectId *inParent) const;
    [[nodiscard]] Result<std::optional<ObjectId>> buildEntities(PackWriter &pack) const;
    /// One file of signals; its lines are left out where the parent has it.
    struct SignalFile {
        QByteArray name, lines;
        ObjectId id{};
    };
    struct SignalFiles {
        std::vector<SignalFile> files;
        QString root;
    };
    [[nodiscard]] SignalFiles gatherSignals() const;
    [[nodiscard]] Result<std::optional<ObjectId>> writeSignals(PackWriter &pack, const SignalFiles &gathered) const;
    void gatherRoot(Built &built) const;

    std::shared_ptr<const Repository> m_repository;
    Parent m_parent;
    bool m_fanOut = false;
    std::optional<DomainTree> m_parentTree;
    std::shared_ptr<Object> m_parentSignalsObject;
    std::vector<TreeEntry> m_parentSignals;
    ObjectIdSet m_known;
    std::vector<Entry> m_entries;
    std::vector<quint32> m_slots; ///< index + 1 into m_entries, by hash of id
};

} // namespace Orgtrace::Evidence
