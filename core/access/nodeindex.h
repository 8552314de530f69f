#pragma once

#include <QHashSeed>
#include <QString>

#include <bit>
#include <vector>

namespace Orgtrace::Access {

/// Numbers of nodes by id, the ids themselves being those of the nodes: eight bytes a slot, open addressing, nothing is ever taken out. What a hundred thousand
/// users cost is how often memory far away is touched, and a slot whose hash is another touches no id. Seeded as QHash is, against ids made to collide.
class NodeIndex
{
public:
    void reserve(qsizetype nodes)
    {
        if (const size_t slots = std::bit_ceil(static_cast<size_t>(std::max<qsizetype>(nodes, 8)) * 2); slots > m_slots.size()) {
            grow(slots);
        }
    }
    /// @param idOf the id of a node. Good until the next of().
    template<typename IdOf> [[nodiscard]] const uint32_t *find(const QString &id, const IdOf &idOf) const
    {
        if (m_slots.empty()) {
            return nullptr;
        }
        const uint32_t hash = hashOf(id);
        for (size_t at = hash & (m_slots.size() - 1); m_slots[at].node != None; at = (at + 1) & (m_slots.size() - 1)) {
            if (m_slots[at].hash == hash && idOf(m_slots[at].node) == id) {
                return &m_slots[at].node;
            }
        }
        return nullptr;
    }
    /// The node of that id, or `fresh`, which it has from now on.
    template<typename IdOf> uint32_t of(const QString &id, uint32_t fresh, const IdOf &idOf)
    {
        reserve(m_count + 1);
        const uint32_t hash = hashOf(id);
        size_t at = hash & (m_slots.size() - 1);
        for (; m_slots[at].node != None; at = (at + 1) & (m_slots.size() - 1)) {
            if (m_slots[at].hash == hash && idOf(m_slots[at].node) == id) {
                return m_slots[at].node;
            }
        }
        m_slots[at] = {hash, fresh};
        ++m_count;
        return fresh;
    }

private:
    static constexpr uint32_t None = UINT32_MAX;
    struct Slot {
        uint32_t hash = 0, node = None;
    };
    static uint32_t hashOf(const QString &id)
    {
        const size_t hash = qHash(QStringView(id), QHashSeed::globalSeed());
        return static_cast<uint32_t>(hash ^ (hash >> 32));
    }
    void grow(size_t slots)
    {
        std::vector<Slot> old(slots);
        old.swap(m_slots);
        for (const Slot &slot : old) {
            if (slot.node != None) {
                size_t at = slot.hash & (m_slots.size() - 1);
                while (m_slots[at].node != None) {
                    at = (at + 1) & (m_slots.size() - 1);
                }
                m_slots[at] = slot;
            }
        }
    }
    std::vector<Slot> m_slots;
    qsizetype m_count = 0;
};

} // namespace Orgtrace::Access
