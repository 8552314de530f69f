#pragma once

#include "access/model.h"

#include <QSet>

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace Orgtrace::Access {

/// Permissions interned to small numbers, and every role expanded to the permissions it holds. Immutable after construction but for
/// roles that grants name and nobody defines, which are added without content.
/// Every domain, entity and action is a number, "*" is 0, so that expanding a wildcard compares numbers only.
class RoleTable
{
public:
    struct Permission {
        uint32_t domain = 0, entity = 0, action = 0;
        bool divisionAware = true; ///< also where it is not known
        bool isAwarenessKnown = false; ///< some catalogue says it
        bool isWildcard = false; ///< an unexpanded one
        bool isCatalogued = false; ///< the captured catalogue has it
    };
    /// Domain, entity and action as numbers of their words.
    struct Words {
        uint32_t domain = 0, entity = 0, action = 0;
        friend bool operator==(const Words &, const Words &) = default;
        friend size_t qHash(const Words &key, size_t seed) { return qHashMulti(seed, key.domain, key.entity, key.action); }
        [[nodiscard]] bool hasWildcard() const { return domain == AnyWord || entity == AnyWord || action == AnyWord; }
        /// Whether this, as a pattern, takes in all of the other.
        [[nodiscard]] bool covers(const Words &other) const;
        /// Whether this and the other, both as patterns, have something in common.
        [[nodiscard]] bool meets(const Words &other) const;
    };
    static constexpr uint32_t AnyWord = 0; ///< "*"
    static constexpr uint32_t UnknownWord = 0xffffffff; ///< equals nothing
    struct Line {
        Words words;
        bool conditional = false;
    };
    struct Atom {
        uint32_t permission = 0, line = 0;
        friend auto operator<=>(const Atom &, const Atom &) = default;
    };
    struct Role {
        QString id, name;
        bool defined = false, isDefault = false;
        std::vector<Line> lines;
        std::vector<Atom> atoms; ///< sorted, distinct
        QStringList caveats; ///< what of it could not be expanded or read
        [[nodiscard]] std::span<const Atom> atomsOf(uint32_t permission) const;
        [[nodiscard]] QString label() const { return name.isEmpty() ? id : name; }
    };

    /// @param isCatalogueWhole false: wildcards stay in the list beside what they expand to
    RoleTable(const QList<RoleDefinition> &roles, const QList<CataloguePermission> &catalogue, bool isCatalogueWhole = true);

    /// The role's index; an unknown id becomes a role without content.
    uint32_t roleIndex(const QString &id, const QString &nameHint);
    [[nodiscard]] const Role &role(uint32_t index) const { return m_roles[index]; }
    [[nodiscard]] uint32_t roleCount() const { return static_cast<uint32_t>(m_roles.size()); }

    [[nodiscard]] const Permission &permission(uint32_t index) const { return m_permissions[index]; }
    [[nodiscard]] uint32_t permissionCount() const { return static_cast<uint32_t>(m_permissions.size()); }
    [[nodiscard]] const QString &text(uint32_t word) const { return m_words[word]; }
    [[nodiscard]] QString permissionText(uint32_t index) const;
    [[nodiscard]] QString text(const Words &words) const;
    [[nodiscard]] Words wordsOf(uint32_t permission) const;
    /// Of "domain:entity:action"; nothing for any other form.
    [[nodiscard]] std::optional<Words> wordsOf(const QString &permission) const;
    /// The same, giving new words a number.
    std::optional<Words> addWords(const QString &permission);
    [[nodiscard]] std::optional<uint32_t> find(const QString &permission) const; ///< literally
    /// The permissions that answer a question for "domain:entity:action": itself where it is known, else the unexpanded wildcards
    /// that would cover it. Sorted.
    [[nodiscard]] std::vector<uint32_t> matching(const QString &permission) const;
    /// The same for a pattern, of which each part may be "*": every permission it covers, and the unexpanded wildcards that share one with it. Sorted.
    [[nodiscard]] std::vector<uint32_t> matchingPattern(const QString &pattern) const;

    /// False: no catalogue was captured, or not all of it, so that a permission nobody names may exist all the same.
    [[nodiscard]] bool knowsCatalogue() const { return m_isCatalogueWhole && !m_catalogueDomains.isEmpty(); }

private:
    using Key = Words;
    class Builder;

    uint32_t word(const QString &text);
    uint32_t intern(const Key &key, bool isWildcard);
    [[nodiscard]] bool isCovered(const Key &key) const; ///< the catalogue knows what this wildcard covers

    std::vector<QString> m_words;
    QHash<QString, uint32_t> m_wordIndex;
    std::vector<Permission> m_permissions;
    QHash<Key, uint32_t> m_permissionIndex;
    QHash<uint32_t, std::vector<uint32_t>> m_byDomain; ///< expanded permissions only
    QSet<std::pair<uint32_t, uint32_t>> m_catalogueEntities; ///< (domain, entity) pairs the catalogue has
    QSet<uint32_t> m_catalogueDomains;
    bool m_isCatalogueWhole = true;
    std::vector<Role> m_roles;
    QHash<QString, uint32_t> m_roleIndex;
};

} // namespace Orgtrace::Access
