#pragma once

#include "access/resolver_p.h"

namespace Orgtrace::Access {

/// Everything that everybody holds: subjects with the same holdings under the same policies share one profile, and a profile is bits over
/// permission × division. Immutable, thread-safe.
/// Where the bits would take more than allowed, as in an organisation made to hurt, profiles are looked at role by role instead: slower, and the same answers.
class Resolution
{
public:
    using Answer = Verdict::Answer;

    explicit Resolution(const Resolver::Private &resolver, size_t bytesAtMost);

    /// @param wanted as of RoleTable::matching() @param asked its words, for policies
    [[nodiscard]] Answer answer(uint32_t node, const std::vector<uint32_t> &wanted, const RoleTable::Words &asked,
                                const QString &divisionId) const;
    /// Places in the sorted list of those whose answer is Yes or Conditional, ascending.
    [[nodiscard]] std::vector<uint32_t> ranksWith(const std::vector<uint32_t> &wanted, const RoleTable::Words &asked,
                                                  const QString &divisionId) const;
    /// The same of those who hold one of these roles anywhere. Groups and teams whose grants reach nobody are left out.
    [[nodiscard]] std::vector<uint32_t> ranksHolding(const std::vector<uint32_t> &roles) const;
    [[nodiscard]] std::vector<uint32_t> rolesWith(const std::vector<uint32_t> &wanted) const;
    /// Policies that bear upon the node.
    [[nodiscard]] const std::vector<DenyRef> &denyRefs(uint32_t node) const;
    [[nodiscard]] Resolver::Extent extent() const;

private:
    static constexpr uint32_t None = UINT32_MAX;
    class Ranks;
    /// A role in a division; sorted by division.
    struct Share {
        uint32_t division = 0, role = 0;
        friend auto operator<=>(const Share &, const Share &) = default;
    };
    struct Profile {
        uint32_t shareFrom = 0, shareTo = 0, blockFrom = 0, blockTo = 0, denySet = 0;
    };
    /// What a profile holds in a division; None: in all of them, or where divisions do not matter.
    struct Block {
        uint32_t division = 0, plain = None, conditional = None; ///< rows of m_bits
    };

    void profile(std::vector<uint32_t> &byNode);
    void reverse(const std::vector<uint32_t> &byNode);
    void fill(size_t bytesAtMost);
    [[nodiscard]] Answer answerOf(const Profile &profile, const std::vector<uint32_t> &wanted, const RoleTable::Words &asked,
                                  uint32_t division, bool isAnywhere) const;
    [[nodiscard]] Answer byBits(const Profile &profile, uint32_t permission, uint32_t division, bool isAnywhere) const;
    [[nodiscard]] Answer byRoles(const Profile &profile, const std::vector<uint32_t> &wanted, const RoleTable::Words &asked,
                                 uint32_t division, bool isAnywhere) const;
    [[nodiscard]] std::pair<uint32_t, bool> place(const QString &divisionId) const;

    const Resolver::Private &d;
    uint32_t m_all = None, m_unknown = None; ///< numbers of the divisions "*" and ""
    std::vector<Share> m_shares;
    std::vector<Profile> m_profiles;
    std::vector<uint32_t> m_profileOf; ///< by node; None: its grants reach nobody
    std::vector<std::vector<DenyRef>> m_denySets; ///< the first is empty
    std::vector<uint32_t> m_nodes, m_nodesFrom; ///< of each profile, as places in the sorted list
    std::vector<uint32_t> m_roleProfiles, m_roleProfilesFrom; ///< of each role
    size_t m_width = 0; ///< words of 64 permissions
    std::vector<Block> m_blocks;
    std::vector<uint64_t> m_bits;
    bool m_hasBits = false;
};

} // namespace Orgtrace::Access
