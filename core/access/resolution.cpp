#include "access/resolution.h"

#include <algorithm>
#include <bit>

namespace Orgtrace::Access {

namespace {

using Bits = std::vector<uint64_t>;

uint64_t mixed(uint64_t hash, uint64_t value)
{
    hash = (hash ^ value) * 0x9e3779b97f4a7c15U;
    return hash ^ (hash >> 29);
}

/// Numbers for values that are found by hash and told apart by comparing. Open addressing: nothing is ever taken out.
class Interned
{
public:
    explicit Interned(size_t expected) : m_slots(std::bit_ceil(std::max<size_t>(16, expected * 2))) { }

    /// @return the number, and whether it is new: then the caller keeps the value under it
    template<typename Equal> std::pair<uint32_t, bool> of(uint64_t hash, const Equal &equal)
    {
        if (size_t{2} * m_count >= m_slots.size()) {
            grow();
        }
        for (size_t at = hash & (m_slots.size() - 1);; at = (at + 1) & (m_slots.size() - 1)) {
            Slot &slot = m_slots[at];
            if (slot.number == UINT32_MAX) {
                slot = {hash, m_count};
                return {m_count++, true};
            }
            if (slot.hash == hash && equal(slot.number)) {
                return {slot.number, false};
            }
        }
    }

private:
    struct Slot {
        uint64_t hash = 0;
        uint32_t number = UINT32_MAX;
    };
    void grow()
    {
        std::vector<Slot> old(m_slots.size() * 2);
        old.swap(m_slots);
        for (const Slot &slot : old) {
            if (slot.number != UINT32_MAX) {
                size_t at = slot.hash & (m_slots.size() - 1);
                while (m_slots[at].number != UINT32_MAX) {
                    at = (at + 1) & (m_slots.size() - 1);
                }
                m_slots[at] = slot;
            }
        }
    }
    std::vector<Slot> m_slots;
    uint32_t m_count = 0;
};

bool isSet(const uint64_t *bits, uint32_t at)
{
    return (bits[at / 64] >> (at % 64) & 1U) != 0;
}

void set(Bits &bits, size_t from, uint32_t at)
{
    bits[from + at / 64] |= uint64_t{1} << (at % 64);
}

} // namespace

const Resolution &Resolver::Private::resolution(qsizetype bitsAtMost) const
{
    std::call_once(m_resolving, [&] { m_resolution = std::make_unique<Resolution>(*this, static_cast<size_t>(bitsAtMost)); });
    return *m_resolution;
}

Resolution::Resolution(const Resolver::Private &resolver, size_t bytesAtMost) :
    d(resolver), m_all(d.divisionIndex.value(QStringLiteral("*"), None)), m_unknown(d.divisionIndex.value(QString(), None))
{
    profile(m_profileOf);
    reverse(m_profileOf);
    fill(bytesAtMost);
}

void Resolution::profile(std::vector<uint32_t> &byNode)
{
    m_denySets.emplace_back();
    byNode.assign(d.nodes.size(), None);
    Interned profiles(d.nodes.size()), denySets(16);
    denySets.of(0, [](uint32_t) { return true; }); // the empty one
    std::vector<Share> shares;
    m_shares.reserve(d.owned.size() * 2);
    for (uint32_t node = 0; node < d.nodes.size(); ++node) {
        if (isContainer(d.nodes[node].self.kind) && !d.nodes[node].rolesEnabled) {
            continue;
        }
        shares.clear();
        for (const Holding &holding : d.own(node)) {
            shares.push_back({holding.division, holding.role});
        }
        d.forEachInherited(node, [&](int32_t, const Holding &holding) { shares.push_back({holding.division, holding.role}); });
        std::ranges::sort(shares);
        const auto rest = std::ranges::unique(shares);
        shares.erase(rest.begin(), rest.end());

        uint32_t denySet = 0;
        if (std::vector<DenyRef> refs = d.denyRefs(node); !refs.empty()) {
            uint64_t hash = 1;
            for (const DenyRef &ref : refs) {
                hash = mixed(hash, uint64_t{ref.rule} << 8 | ref.doubt);
            }
            const auto [number, isNew] = denySets.of(hash, [&](uint32_t other) { return m_denySets[other] == refs; });
            if (isNew) {
                m_denySets.push_back(std::move(refs));
            }
            denySet = number;
        }
        uint64_t hash = mixed(2, denySet);
        for (const Share &share : shares) {
            hash = mixed(hash, uint64_t{share.division} << 32 | share.role);
        }
        const auto [number, isNew] = profiles.of(hash, [&](uint32_t other) {
            const Profile &at = m_profiles[other];
            return at.denySet == denySet
                && std::equal(m_shares.begin() + at.shareFrom, m_shares.begin() + at.shareTo, shares.begin(), shares.end());
        });
        if (isNew) {
            const auto from = static_cast<uint32_t>(m_shares.size());
            m_shares.insert(m_shares.end(), shares.begin(), shares.end());
            m_profiles.push_back({from, static_cast<uint32_t>(m_shares.size()), 0, 0, denySet});
        }
        byNode[node] = number;
    }
}

void Resolution::reverse(const std::vector<uint32_t> &byNode)
{
    m_nodesFrom.assign(m_profiles.size() + 1, 0);
    for (const uint32_t profile : byNode) {
        if (profile != None) {
            ++m_nodesFrom[profile + 1];
        }
    }
    for (size_t i = 1; i < m_nodesFrom.size(); ++i) {
        m_nodesFrom[i] += m_nodesFrom[i - 1];
    }
    m_nodes.resize(m_nodesFrom.back());
    std::vector<uint32_t> next(m_nodesFrom.begin(), m_nodesFrom.end() - 1);
    for (const uint32_t node : d.byRank) {
        if (byNode[node] != None) {
            m_nodes[next[byNode[node]]++] = d.nodes[node].rank;
        }
    }
    // A role in several divisions of one profile counts as often: they are looked at once all the same.
    m_roleProfilesFrom.assign(d.roles.roleCount() + size_t{1}, 0);
    for (const Share &share : m_shares) {
        ++m_roleProfilesFrom[share.role + size_t{1}];
    }
    for (size_t i = 1; i < m_roleProfilesFrom.size(); ++i) {
        m_roleProfilesFrom[i] += m_roleProfilesFrom[i - 1];
    }
    m_roleProfiles.resize(m_shares.size());
    next.assign(m_roleProfilesFrom.begin(), m_roleProfilesFrom.end() - 1);
    for (uint32_t profile = 0; profile < m_profiles.size(); ++profile) {
        for (uint32_t i = m_profiles[profile].shareFrom; i < m_profiles[profile].shareTo; ++i) {
            m_roleProfiles[next[m_shares[i].role]++] = profile;
        }
    }
}

void Resolution::fill(size_t bytesAtMost)
{
    m_width = (d.roles.permissionCount() + size_t{63}) / 64;
    const size_t roleWords = m_width * 2 * d.roles.roleCount();
    if (m_width == 0 || roleWords * 8 > bytesAtMost) {
        return;
    }
    Bits unaware(m_width); // divisions do not matter to these
    std::vector<uint32_t> everything, wildcards;
    for (uint32_t permission = 0; permission < d.roles.permissionCount(); ++permission) {
        everything.push_back(permission);
        if (d.roles.permission(permission).isWildcard) {
            wildcards.push_back(permission);
        }
        if (!d.roles.permission(permission).divisionAware) {
            set(unaware, 0, permission);
        }
    }
    // First of each role what it gives without a condition, then what only with one: where one role is all that is held somewhere, that is the block.
    m_bits.resize(roleWords);
    std::vector<bool> hasPlain(d.roles.roleCount()), hasConditional(d.roles.roleCount());
    for (uint32_t role = 0; role < d.roles.roleCount(); ++role) {
        const RoleTable::Role &at = d.roles.role(role);
        for (const RoleTable::Atom &atom : at.atoms) {
            const bool isConditional = at.lines[atom.line].conditional;
            set(m_bits, m_width * (2 * role + (isConditional ? 1 : 0)), atom.permission);
            (isConditional ? hasConditional : hasPlain)[role] = true;
        }
    }
    // What policies deny: for certain, and perhaps.
    std::vector<std::array<Bits, 2>> denied(m_denySets.size());
    std::vector<std::array<std::vector<uint32_t>, 2>> reach(
        d.denyRules.size()); // of each rule: permissions it covers, and wildcards it covers in part
    for (size_t rule = 0; rule < d.denyRules.size(); ++rule) {
        const RoleTable::Words &target = d.denyRules[rule].target;
        if (!target.hasWildcard()) {
            if (const auto literal = d.roles.find(d.denyRules[rule].words.target)) {
                reach[rule][0].push_back(*literal);
            }
        }
        for (const uint32_t permission : target.hasWildcard() ? everything : wildcards) {
            const RoleTable::Words words = d.roles.wordsOf(permission);
            if (target.covers(words)) {
                reach[rule][0].push_back(permission);
            } else if (words.hasWildcard() && target.meets(words)) {
                reach[rule][1].push_back(permission);
            }
        }
    }
    if (m_denySets.size() * 2 * m_width * 8 > bytesAtMost) {
        m_bits = {};
        return;
    }
    for (size_t i = 1; i < m_denySets.size(); ++i) {
        denied[i] = {Bits(m_width), Bits(m_width)};
        for (const DenyRef &ref : m_denySets[i]) {
            const bool isCertain = ref.doubt == DenyRef::Certain && !d.denyRules[ref.rule].words.conditional;
            for (const uint32_t permission : reach[ref.rule][0]) {
                set(denied[i][isCertain ? 0 : 1], 0, permission);
            }
            for (const uint32_t permission : reach[ref.rule][1]) {
                set(denied[i][1], 0, permission);
            }
        }
    }

    m_blocks.reserve(m_shares.size() + m_profiles.size());
    m_bits.reserve(roleWords + m_profiles.size() * m_width * 3 / 2);
    Bits plain(m_width), conditional(m_width), anyPlain(m_width), anyConditional(m_width);
    const auto keep = [&](const Bits &bits) -> uint32_t {
        uint64_t all = 0;
        for (const uint64_t word : bits) {
            all |= word;
        }
        if (all == 0) {
            return None;
        }
        const auto at = static_cast<uint32_t>(m_bits.size() / m_width);
        m_bits.insert(m_bits.end(), bits.begin(), bits.end());
        return at;
    };
    const auto join = [this](Bits &into, uint32_t row) {
        const uint64_t *from = m_bits.data() + row * m_width;
        for (size_t word = 0; word < m_width; ++word) {
            into[word] |= from[word];
        }
    };
    const auto joinMasked = [this](Bits &into, uint32_t row, const Bits &mask) {
        const uint64_t *from = m_bits.data() + row * m_width;
        for (size_t word = 0; word < m_width; ++word) {
            into[word] |= from[word] & mask[word];
        }
    };
    const auto isTouched = [&](uint32_t denySet, uint32_t role) { // by a policy
        const uint64_t *from = m_bits.data() + 2 * size_t{role} * m_width;
        const auto &[certain, perhaps] = denied[denySet];
        uint64_t all = 0;
        for (size_t word = 0; word < m_width; ++word) {
            all |= (from[word] | from[m_width + word]) & (certain[word] | perhaps[word]);
        }
        return all != 0;
    };
    for (Profile &profile : m_profiles) {
        profile.blockFrom = static_cast<uint32_t>(m_blocks.size());
        m_blocks.push_back({None, None, None}); // what holds everywhere, to be looked at first
        std::ranges::fill(anyPlain, 0);
        std::ranges::fill(anyConditional, 0);
        const auto kept = [&](uint32_t division, Bits &free, Bits &bound, bool mayBeBound) {
            if (profile.denySet != 0) {
                const auto &[certain, perhaps] = denied[profile.denySet];
                for (size_t i = 0; i < m_width; ++i) {
                    bound[i] = (bound[i] | (free[i] & perhaps[i])) & ~certain[i];
                    free[i] &= ~(certain[i] | perhaps[i]);
                }
                mayBeBound = true;
            }
            return Block{division, keep(free), mayBeBound ? keep(bound) : None};
        };
        bool mayAnyBeBound = false;
        for (uint32_t i = profile.shareFrom; i < profile.shareTo;) {
            const uint32_t division = m_shares[i].division;
            uint32_t end = i;
            while (end < profile.shareTo && m_shares[end].division == division) {
                ++end;
            }
            const bool isAll = division == m_all;
            for (uint32_t at = i; at < end; ++at) {
                const uint32_t role = m_shares[at].role;
                if (isAll) {
                    join(anyPlain, 2 * role);
                } else {
                    joinMasked(anyPlain, 2 * role, unaware);
                }
                if (hasConditional[role]) {
                    mayAnyBeBound = true;
                    if (isAll) {
                        join(anyConditional, 2 * role + 1);
                    } else {
                        joinMasked(anyConditional, 2 * role + 1, unaware);
                    }
                }
            }
            const uint32_t first = m_shares[i].role;
            if (!isAll && end == i + 1 && (profile.denySet == 0 || !isTouched(profile.denySet, first))) {
                m_blocks.push_back({division, hasPlain[first] ? 2 * first : None, hasConditional[first] ? 2 * first + 1 : None});
            } else if (!isAll) {
                std::ranges::fill(plain, 0);
                std::ranges::fill(conditional, 0);
                bool mayBeBound = false;
                for (uint32_t at = i; at < end; ++at) {
                    join(plain, 2 * m_shares[at].role);
                    if (hasConditional[m_shares[at].role]) {
                        mayBeBound = true;
                        join(conditional, 2 * m_shares[at].role + 1);
                    }
                }
                m_blocks.push_back(kept(division, plain, conditional, mayBeBound));
            }
            i = end;
        }
        m_blocks[profile.blockFrom] = kept(None, anyPlain, anyConditional, mayAnyBeBound);
        profile.blockTo = static_cast<uint32_t>(m_blocks.size());
        if (m_bits.size() * 8 > bytesAtMost) {
            m_bits = {};
            m_blocks = {};
            return;
        }
    }
    m_hasBits = true;
}

std::pair<uint32_t, bool> Resolution::place(const QString &divisionId) const
{
    return {divisionId.isEmpty() ? None : d.divisionIndex.value(divisionId, None - 1), divisionId.isEmpty()};
}

Resolution::Answer Resolution::byBits(const Profile &profile, uint32_t permission, uint32_t division, bool isAnywhere) const
{
    Answer best = Answer::No;
    const bool isUnclear = !d.roles.permission(permission).isAwarenessKnown; // it may be held wherever it is held somewhere
    for (uint32_t i = profile.blockFrom; i < profile.blockTo; ++i) {
        const Block &block = m_blocks[i];
        const bool isThere = isAnywhere || block.division == None || block.division == division;
        if (!isThere && block.division != m_unknown && !isUnclear) {
            continue;
        }
        if (block.plain != None && isSet(m_bits.data() + block.plain * m_width, permission)) {
            if (isThere) {
                return Answer::Yes;
            }
            best = best == Answer::No ? Answer::NotSeen : best;
        } else if (block.conditional != None && isSet(m_bits.data() + block.conditional * m_width, permission)) {
            best = isThere ? Answer::Conditional : best == Answer::No ? Answer::NotSeen : best;
        }
    }
    return best;
}

Resolution::Answer Resolution::byRoles(const Profile &profile, const std::vector<uint32_t> &wanted, const RoleTable::Words &asked,
                                       uint32_t division, bool isAnywhere) const
{
    bool isFree = false, isBound = false, isSomewhere = false;
    for (uint32_t i = profile.shareFrom; i < profile.shareTo; ++i) {
        const Share &share = m_shares[i];
        const RoleTable::Role &role = d.roles.role(share.role);
        for (const uint32_t permission : wanted) {
            const bool isThere
                = isAnywhere || share.division == m_all || share.division == division || !d.roles.permission(permission).divisionAware;
            for (const RoleTable::Atom &atom : role.atomsOf(permission)) {
                const bool isConditional = role.lines[atom.line].conditional;
                isFree = isFree || (isThere && !isConditional);
                isBound = isBound || (isThere && isConditional);
                isSomewhere
                    = isSomewhere || (!isThere && (share.division == m_unknown || !d.roles.permission(permission).isAwarenessKnown));
            }
        }
    }
    if (!isFree && !isBound && !isSomewhere) {
        return Answer::No;
    }
    bool mayBeDenied = false;
    for (const DenyRef &ref : m_denySets[profile.denySet]) {
        const DenyRule &rule = d.denyRules[ref.rule];
        if (rule.target.covers(asked)) {
            if (ref.doubt == DenyRef::Certain && !rule.words.conditional) {
                return Answer::No;
            }
            mayBeDenied = true;
        } else if (asked.hasWildcard() && rule.target.meets(asked)) {
            mayBeDenied = true;
        }
    }
    return isFree && !mayBeDenied ? Answer::Yes : isFree || isBound ? Answer::Conditional : Answer::NotSeen;
}

Resolution::Answer Resolution::answerOf(const Profile &profile, const std::vector<uint32_t> &wanted, const RoleTable::Words &asked,
                                        uint32_t division, bool isAnywhere) const
{
    // A wildcard that stands for what was asked is denied as what was asked, not as a wildcard.
    if (m_hasBits && wanted.size() == 1 && d.roles.wordsOf(wanted.front()) == asked) {
        return byBits(profile, wanted.front(), division, isAnywhere);
    }
    return byRoles(profile, wanted, asked, division, isAnywhere);
}

Resolution::Answer Resolution::answer(uint32_t node, const std::vector<uint32_t> &wanted, const RoleTable::Words &asked,
                                      const QString &divisionId) const
{
    if (m_profileOf[node] == None) {
        return Answer::No;
    }
    const auto [division, isAnywhere] = place(divisionId);
    return answerOf(m_profiles[m_profileOf[node]], wanted, asked, division, isAnywhere);
}

std::vector<uint32_t> Resolution::rolesWith(const std::vector<uint32_t> &wanted) const
{
    std::vector<uint32_t> found;
    for (uint32_t role = 0; role < d.roles.roleCount(); ++role) {
        if (std::ranges::any_of(wanted, [&](uint32_t index) { return !d.roles.role(role).atomsOf(index).empty(); })) {
            found.push_back(role);
        }
    }
    return found;
}

/// Places in the sorted list, from marks of them.
class Resolution::Ranks
{
public:
    explicit Ranks(const Resolution &resolution) :
        m_resolution(resolution), m_isSeen(resolution.m_profiles.size()), m_marks((resolution.d.nodes.size() + 63) / 64)
    {
    }

    /// False the second time.
    [[nodiscard]] bool visit(uint32_t profile)
    {
        if (m_isSeen[profile]) {
            return false;
        }
        m_isSeen[profile] = true;
        return true;
    }
    void add(uint32_t profile)
    {
        for (uint32_t at = m_resolution.m_nodesFrom[profile]; at < m_resolution.m_nodesFrom[profile + size_t{1}]; ++at) {
            const uint32_t rank = m_resolution.m_nodes[at];
            m_marks[rank / 64] |= uint64_t{1} << (rank % 64);
        }
    }
    [[nodiscard]] std::vector<uint32_t> list() const
    {
        std::vector<uint32_t> all;
        for (size_t word = 0; word < m_marks.size(); ++word) {
            for (uint64_t left = m_marks[word]; left != 0; left &= left - 1) {
                all.push_back(static_cast<uint32_t>(word * 64) + static_cast<uint32_t>(std::countr_zero(left)));
            }
        }
        return all;
    }

private:
    const Resolution &m_resolution;
    std::vector<bool> m_isSeen;
    std::vector<uint64_t> m_marks;
};

std::vector<uint32_t> Resolution::ranksHolding(const std::vector<uint32_t> &roles) const
{
    Ranks ranks(*this);
    for (const uint32_t role : roles) {
        for (uint32_t i = m_roleProfilesFrom[role]; i < m_roleProfilesFrom[role + size_t{1}]; ++i) {
            if (ranks.visit(m_roleProfiles[i])) {
                ranks.add(m_roleProfiles[i]);
            }
        }
    }
    return ranks.list();
}

std::vector<uint32_t> Resolution::ranksWith(const std::vector<uint32_t> &wanted, const RoleTable::Words &asked,
                                            const QString &divisionId) const
{
    const auto [division, isAnywhere] = place(divisionId);
    // Where no policy speaks of what was asked, a role that gives it anywhere is the answer to whether anywhere.
    std::vector<bool> isSpokenOf(m_denySets.size());
    for (size_t set = 0; set < m_denySets.size(); ++set) {
        isSpokenOf[set]
            = std::ranges::any_of(m_denySets[set], [&](const DenyRef &ref) { return d.denyRules[ref.rule].target.meets(asked); });
    }
    Ranks ranks(*this);
    for (const uint32_t role : rolesWith(wanted)) {
        for (uint32_t i = m_roleProfilesFrom[role]; i < m_roleProfilesFrom[role + size_t{1}]; ++i) {
            const uint32_t number = m_roleProfiles[i];
            if (!ranks.visit(number)) {
                continue;
            }
            const Profile &profile = m_profiles[number];
            if (isAnywhere && !isSpokenOf[profile.denySet]) {
                ranks.add(number);
                continue;
            }
            const Answer answer = answerOf(profile, wanted, asked, division, isAnywhere);
            if (answer == Answer::Yes || answer == Answer::Conditional) {
                ranks.add(number);
            }
        }
    }
    return ranks.list();
}

const std::vector<DenyRef> &Resolution::denyRefs(uint32_t node) const
{
    return m_denySets[m_profileOf[node] == None ? 0 : m_profiles[m_profileOf[node]].denySet];
}

Resolver::Extent Resolution::extent() const
{
    const size_t bytes = m_shares.capacity() * sizeof(Share) + m_profiles.capacity() * sizeof(Profile) + m_blocks.capacity() * sizeof(Block)
        + m_bits.capacity() * sizeof(uint64_t)
        + (m_profileOf.capacity() + m_nodes.capacity() + m_nodesFrom.capacity() + m_roleProfiles.capacity() + m_roleProfilesFrom.capacity())
            * sizeof(uint32_t);
    return {d.sorted.size(), static_cast<qsizetype>(m_profiles.size()), static_cast<qsizetype>(bytes)};
}

} // namespace Orgtrace::Access
