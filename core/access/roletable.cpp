#include "access/roletable.h"

#include "access/recent.h"

#include <algorithm>
#include <array>
#include <limits>

namespace Orgtrace::Access {

namespace {

constexpr uint32_t Any = RoleTable::AnyWord;
constexpr int CaveatsPerRole = 12; // hostile roles must not drown the rest

} // namespace

/// Expands one role; holds what is needed only meanwhile.
class RoleTable::Builder
{
public:
    /// @param stamps two for each permission, without and with a condition: the role that last had a line for exactly this; the number is the role's, plus one
    Builder(RoleTable &table, Role &role, std::vector<uint32_t> &stamps, uint32_t number) :
        m_table(table), m_role(role), m_stamps(stamps), m_number(number)
    {
    }

    void addLiteral(const Key &key, uint32_t permission, bool conditional)
    {
        uint32_t &stamp = m_stamps[2 * permission + (conditional ? 1 : 0)];
        if (stamp == m_number) {
            return; // the same line twice says nothing new
        }
        stamp = m_number;
        m_role.atoms.push_back({permission, static_cast<uint32_t>(m_role.lines.size())});
        m_role.lines.push_back({key, conditional});
    }

    void addPattern(const Key &key, bool conditional)
    {
        auto &patterns = m_patterns[conditional ? 1 : 0];
        if (patterns.contains(key)) {
            return;
        }
        const auto line = static_cast<uint32_t>(m_role.lines.size());
        m_role.lines.push_back({key, conditional});
        patterns.insert(key, line);
        m_masks |= 1U << maskOf(key);
        if (key.domain == Any) {
            m_everyDomain = true;
        } else {
            m_domains.insert(key.domain);
        }
    }

    /// True where a line of this role says at least as much as the key.
    [[nodiscard]] bool covers(const Key &key) const
    {
        for (unsigned mask = 0; mask < 8; ++mask) {
            const Key general = generalised(key, mask);
            if (maskOf(general) == 0) {
                const uint32_t permission = m_table.m_permissionIndex.value(general);
                if (m_stamps[size_t{2} * permission] == m_number || m_stamps[size_t{2} * permission + 1] == m_number) {
                    return true;
                }
                continue;
            }
            if (m_patterns[0].contains(general) || m_patterns[1].contains(general)) {
                return true;
            }
        }
        return false;
    }

    void expand(uint32_t expandable)
    {
        if (m_everyDomain) {
            for (uint32_t permission = 0; permission < expandable; ++permission) {
                match(permission);
            }
        } else {
            for (const uint32_t domain : std::as_const(m_domains)) {
                for (const uint32_t permission : m_table.m_byDomain.value(domain)) {
                    match(permission);
                }
            }
        }
    }

    /// Wildcards that the catalogue cannot resolve stay as they are.
    void keepUnknownWildcards()
    {
        QStringList unknown;
        for (const auto &patterns : m_patterns) {
            for (auto it = patterns.begin(); it != patterns.end(); ++it) {
                if (!m_table.isCovered(it.key())) {
                    m_role.atoms.push_back({m_table.intern(it.key(), true), it.value()});
                    unknown.append(m_table.text(it.key()));
                }
            }
        }
        unknown.sort();
        unknown.removeDuplicates();
        const qsizetype count = unknown.size();
        if (count > CaveatsPerRole) {
            unknown.resize(CaveatsPerRole);
        }
        for (const QString &text : std::as_const(unknown)) {
            m_role.caveats.append(
                (m_table.m_isCatalogueWhole
                     ? QStringLiteral("Role “%1” allows “%2”, which the captured catalogue of permissions cannot expand: what it covers "
                                      "is not listed one by one.")
                     : QStringLiteral("Role “%1” allows “%2”, and the catalogue of permissions was not captured whole: what else it covers "
                                      "is not listed one by one."))
                    .arg(m_role.label(), text));
        }
        if (count > CaveatsPerRole) {
            m_role.caveats.append(
                QStringLiteral("Role “%1” has %2 more wildcards that the captured catalogue of permissions cannot expand.")
                    .arg(m_role.label(), QString::number(count - CaveatsPerRole)));
        }
    }

    void finish()
    {
        std::ranges::sort(m_role.atoms);
        const auto rest = std::ranges::unique(m_role.atoms);
        m_role.atoms.erase(rest.begin(), rest.end());
        m_role.atoms.shrink_to_fit();
    }

private:
    static unsigned maskOf(const Key &key)
    {
        return (key.domain == Any ? 1U : 0U) | (key.entity == Any ? 2U : 0U) | (key.action == Any ? 4U : 0U);
    }
    static Key generalised(const Key &key, unsigned mask)
    {
        return {(mask & 1U) ? Any : key.domain, (mask & 2U) ? Any : key.entity, (mask & 4U) ? Any : key.action};
    }
    void match(uint32_t index)
    {
        const Permission &permission = m_table.m_permissions[index];
        const Key key{permission.domain, permission.entity, permission.action};
        for (unsigned mask = 1; mask < 8; ++mask) {
            if (!(m_masks & (1U << mask))) {
                continue;
            }
            const Key general = generalised(key, mask);
            for (const auto &patterns : m_patterns) {
                if (const auto it = patterns.constFind(general); it != patterns.constEnd()) {
                    m_role.atoms.push_back({index, it.value()});
                }
            }
        }
    }

    RoleTable &m_table;
    Role &m_role;
    std::vector<uint32_t> &m_stamps;
    uint32_t m_number = 0;
    std::array<QHash<Key, uint32_t>, 2> m_patterns; // those with a "*": unconditional, conditional
    unsigned m_masks = 0;
    bool m_everyDomain = false;
    QSet<uint32_t> m_domains;
};

std::span<const RoleTable::Atom> RoleTable::Role::atomsOf(uint32_t permission) const
{
    const auto range = std::ranges::equal_range(atoms, permission, {}, &Atom::permission);
    return {range.begin(), range.end()};
}

uint32_t RoleTable::word(const QString &text)
{
    if (const auto it = m_wordIndex.constFind(text); it != m_wordIndex.constEnd()) {
        return it.value();
    }
    const auto index = static_cast<uint32_t>(m_words.size());
    m_words.push_back(text);
    m_wordIndex.insert(text, index);
    return index;
}

uint32_t RoleTable::intern(const Key &key, bool isWildcard)
{
    if (const auto it = m_permissionIndex.constFind(key); it != m_permissionIndex.constEnd()) {
        return it.value();
    }
    const auto index = static_cast<uint32_t>(m_permissions.size());
    m_permissions.push_back({.domain = key.domain,
                             .entity = key.entity,
                             .action = key.action,
                             .divisionAware = true,
                             .isAwarenessKnown = false,
                             .isWildcard = isWildcard,
                             .isCatalogued = false});
    m_permissionIndex.insert(key, index);
    if (!isWildcard) {
        m_byDomain[key.domain].push_back(index);
    }
    return index;
}

bool RoleTable::isCovered(const Key &key) const
{
    if (!m_isCatalogueWhole) {
        return false; // it may cover what was not seen
    }
    if (key.domain == Any) {
        return !m_catalogueDomains.isEmpty() && (key.entity == Any || m_catalogueEntities.contains({Any, key.entity}));
    }
    return m_catalogueDomains.contains(key.domain) && (key.entity == Any || m_catalogueEntities.contains({key.domain, key.entity}));
}

RoleTable::RoleTable(const QList<RoleDefinition> &roles, const QList<CataloguePermission> &catalogue, bool isCatalogueWhole) :
    m_isCatalogueWhole(isCatalogueWhole)
{
    word(QStringLiteral("*")); // is Any
    m_permissions.reserve(static_cast<size_t>(catalogue.size()));
    m_permissionIndex.reserve(catalogue.size());
    Recent recent(catalogue.size());
    const auto wordOf = [&](const QString &text) { return recent.of(text, [this](const QString &slow) { return word(slow); }); };
    const auto keyOf = [&](const QString &domain, const QString &entity, const QString &action) {
        return Key{wordOf(domain), wordOf(entity), wordOf(action)};
    };
    const auto isLiteral = [](const Key &key) { return key.domain != Any && key.entity != Any && key.action != Any; };

    for (const CataloguePermission &entry : catalogue) {
        const Key key = keyOf(entry.domain, entry.entityType, entry.action);
        if (entry.domain.isEmpty() || entry.entityType.isEmpty() || entry.action.isEmpty() || !isLiteral(key)) {
            continue;
        }
        Permission &known = m_permissions[intern(key, false)];
        if (entry.isAwarenessKnown) {
            known.divisionAware = entry.divisionAware;
            known.isAwarenessKnown = true;
        }
        known.isCatalogued = true;
        m_catalogueDomains.insert(key.domain);
        m_catalogueEntities.insert({key.domain, key.entity});
        m_catalogueEntities.insert({Any, key.entity});
    }

    // First what is named literally, by any role: a wildcard of another role covers it too.
    struct PendingLine {
        Key key;
        uint32_t permission = UnknownWord; ///< of a literal one
        bool conditional = false;
    };
    struct Pending {
        std::vector<PendingLine> lines, legacy;
    };
    std::vector<Pending> pending;
    const auto pendingLine = [&](const Key &key, bool conditional) {
        return PendingLine{key, isLiteral(key) ? intern(key, false) : UnknownWord, conditional};
    };
    for (const RoleDefinition &definition : roles) {
        const uint32_t index = roleIndex(definition.id, definition.name);
        Role &role = m_roles[index];
        if (role.name.isEmpty()) {
            role.name = definition.name;
        }
        if (role.defined && role.caveats.isEmpty()) {
            role.caveats.append(
                QStringLiteral("Role “%1” is defined more than once: what any of them allows is counted.").arg(role.label()));
        }
        role.defined = true;
        role.isDefault = role.isDefault || definition.isDefault;
        if (pending.size() <= index) {
            pending.resize(index + 1);
        }
        int unreadable = 0;
        pending[index].lines.reserve(pending[index].lines.size() + static_cast<size_t>(definition.lines.size()));
        for (const PolicyLine &line : definition.lines) {
            if (line.domain.isEmpty() || line.entity.isEmpty()) {
                ++unreadable;
                continue;
            }
            for (const QString &action : line.actions) {
                if (action.isEmpty()) {
                    ++unreadable;
                    continue;
                }
                const Key key = keyOf(line.domain, line.entity, action);
                pending[index].lines.push_back(pendingLine(key, line.conditional));
            }
        }
        for (const QString &text : definition.legacy) {
            const QStringList parts = text.split(u':');
            if (parts.size() != 3 || parts.contains(QString())) {
                ++unreadable;
                continue;
            }
            pending[index].legacy.push_back(pendingLine({word(parts[0]), word(parts[1]), word(parts[2])}, false));
        }
        if (definition.unreadable > 0) {
            role.caveats.append(QStringLiteral("Role “%1” has %2 entries that could not be read: what they allow is not known.")
                                    .arg(role.label(), QString::number(definition.unreadable)));
        }
        if (unreadable > 0) {
            role.caveats.append(QStringLiteral("Role “%1” has %2 entries that are not of the form domain:entity:action: they are left out.")
                                    .arg(role.label(), QString::number(unreadable)));
        }
    }

    const uint32_t expandable = permissionCount();
    std::vector<uint32_t> stamps(2 * size_t{expandable});
    for (uint32_t index = 0; index < pending.size(); ++index) {
        Role &role = m_roles[index];
        Builder builder(*this, role, stamps, index + 1);
        const auto add = [&](const PendingLine &line) {
            if (line.permission != UnknownWord) {
                builder.addLiteral(line.key, line.permission, line.conditional);
            } else {
                builder.addPattern(line.key, line.conditional);
            }
        };
        role.lines.reserve(pending[index].lines.size());
        role.atoms.reserve(pending[index].lines.size());
        std::ranges::for_each(pending[index].lines, add);
        for (const PendingLine &line : pending[index].legacy) {
            if (!builder.covers(line.key)) {
                add(line);
            }
        }
        builder.expand(expandable);
        builder.keepUnknownWildcards();
        builder.finish();
    }
}

uint32_t RoleTable::roleIndex(const QString &id, const QString &nameHint)
{
    if (const auto it = m_roleIndex.constFind(id); it != m_roleIndex.constEnd()) {
        Role &role = m_roles[it.value()];
        if (role.name.isEmpty()) {
            role.name = nameHint;
        }
        return it.value();
    }
    const auto index = static_cast<uint32_t>(m_roles.size());
    m_roles.push_back({.id = id, .name = nameHint, .defined = false, .isDefault = false, .lines = {}, .atoms = {}, .caveats = {}});
    m_roleIndex.insert(id, index);
    return index;
}

QString RoleTable::permissionText(uint32_t index) const
{
    return text(wordsOf(index));
}

QString RoleTable::text(const Words &words) const
{
    return m_words[words.domain] + u':' + m_words[words.entity] + u':' + m_words[words.action];
}

RoleTable::Words RoleTable::wordsOf(uint32_t permission) const
{
    const Permission &at = m_permissions[permission];
    return {at.domain, at.entity, at.action};
}

std::optional<RoleTable::Words> RoleTable::wordsOf(const QString &permission) const
{
    const QStringList parts = permission.split(u':');
    if (parts.size() != 3) {
        return std::nullopt;
    }
    return Words{m_wordIndex.value(parts[0], UnknownWord), m_wordIndex.value(parts[1], UnknownWord),
                 m_wordIndex.value(parts[2], UnknownWord)};
}

std::optional<RoleTable::Words> RoleTable::addWords(const QString &permission)
{
    const QStringList parts = permission.split(u':');
    if (parts.size() != 3) {
        return std::nullopt;
    }
    return Words{word(parts[0]), word(parts[1]), word(parts[2])};
}

bool RoleTable::Words::covers(const Words &other) const
{
    const auto fits = [](uint32_t pattern, uint32_t word) { return pattern == AnyWord || pattern == word; };
    return fits(domain, other.domain) && fits(entity, other.entity) && fits(action, other.action);
}

bool RoleTable::Words::meets(const Words &other) const
{
    const auto fits = [](uint32_t left, uint32_t right) { return left == AnyWord || right == AnyWord || left == right; };
    return fits(domain, other.domain) && fits(entity, other.entity) && fits(action, other.action);
}

std::optional<uint32_t> RoleTable::find(const QString &permission) const
{
    const QStringList parts = permission.split(u':');
    if (parts.size() != 3 || !std::ranges::all_of(parts, [this](const QString &part) { return m_wordIndex.contains(part); })) {
        return std::nullopt;
    }
    const auto it = m_permissionIndex.constFind(Key{m_wordIndex.value(parts[0]), m_wordIndex.value(parts[1]), m_wordIndex.value(parts[2])});
    return it == m_permissionIndex.constEnd() ? std::nullopt : std::optional(it.value());
}

std::vector<uint32_t> RoleTable::matching(const QString &permission) const
{
    const QStringList parts = permission.split(u':');
    if (parts.size() != 3) {
        return {};
    }
    // A word nobody uses equals nothing, so it can only be covered by "*".
    constexpr uint32_t unknown = std::numeric_limits<uint32_t>::max();
    const Key key{m_wordIndex.value(parts[0], unknown), m_wordIndex.value(parts[1], unknown), m_wordIndex.value(parts[2], unknown)};
    if (const auto it = m_permissionIndex.constFind(key); it != m_permissionIndex.constEnd()) {
        return {it.value()};
    }
    std::vector<uint32_t> found;
    for (uint32_t index = 0; index < m_permissions.size(); ++index) {
        const Permission &candidate = m_permissions[index];
        const auto fits = [](uint32_t pattern, uint32_t word) { return pattern == Any || pattern == word; };
        if (candidate.isWildcard && fits(candidate.domain, key.domain) && fits(candidate.entity, key.entity)
            && fits(candidate.action, key.action)) {
            found.push_back(index);
        }
    }
    return found;
}

std::vector<uint32_t> RoleTable::matchingPattern(const QString &pattern) const
{
    const QStringList parts = pattern.split(u':');
    if (parts.size() != 3) {
        return {};
    }
    if (!parts.contains(u"*")) {
        return matching(pattern);
    }
    constexpr uint32_t unknown = std::numeric_limits<uint32_t>::max();
    const Key key{m_wordIndex.value(parts[0], unknown), m_wordIndex.value(parts[1], unknown), m_wordIndex.value(parts[2], unknown)};
    std::vector<uint32_t> found;
    for (uint32_t index = 0; index < m_permissions.size(); ++index) {
        const Permission &candidate = m_permissions[index];
        const auto fits
            = [&](uint32_t wanted, uint32_t word) { return wanted == Any || wanted == word || (candidate.isWildcard && word == Any); };
        if (fits(key.domain, candidate.domain) && fits(key.entity, candidate.entity) && fits(key.action, candidate.action)) {
            found.push_back(index);
        }
    }
    return found;
}

} // namespace Orgtrace::Access
