#include "access/difference.h"

#include "access/resolver_p.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>

namespace Orgtrace::Access {

namespace {

using Kind = AccessChange::Kind;
constexpr uint32_t AnyDivision = 0; ///< "*" in the numbers that both sides share
constexpr uint32_t NoDivision = 1; ///< of a grant that names none
constexpr qsizetype DenialsAtMost = 20; // named beside one change

/// Where a permission is held, apart with and without a condition.
struct Extent {
    std::set<uint32_t> plain, conditional;

    /// Whether everything of the other is held here as well, at least as freely.
    [[nodiscard]] bool covers(const Extent &other) const
    {
        const auto all = [](const std::set<uint32_t> &wanted, const auto &holds) { return std::ranges::all_of(wanted, holds); };
        const auto freely = [this](uint32_t division) { return plain.contains(AnyDivision) || plain.contains(division); };
        return all(other.plain, freely) && all(other.conditional, [&](uint32_t division) {
                   return freely(division) || conditional.contains(AnyDivision) || conditional.contains(division);
               });
    }
    [[nodiscard]] bool isClear() const
    {
        return plain.contains(AnyDivision) || (!plain.contains(NoDivision) && !conditional.contains(NoDivision));
    }
};

/// Numbers for texts, the same on both sides.
class Numbers
{
public:
    uint32_t of(const QString &text)
    {
        if (const auto it = m_numbers.constFind(text); it != m_numbers.constEnd()) {
            return it.value();
        }
        const auto number = static_cast<uint32_t>(m_numbers.size());
        m_numbers.insert(text, number);
        m_texts.append(text);
        return number;
    }
    [[nodiscard]] const QString &text(uint32_t number) const { return m_texts[number]; }
    [[nodiscard]] uint32_t size() const { return static_cast<uint32_t>(m_texts.size()); }

private:
    QHash<QString, uint32_t> m_numbers;
    QStringList m_texts;
};

/// A permission that a role holds, in shared numbers.
struct Right {
    uint32_t permission = 0;
    bool conditional = false, divisionAware = true;
    friend auto operator<=>(const Right &, const Right &) = default;
};

bool isWildcard(const QString &permission)
{
    return permission.contains(u'*') && permission.split(u':').contains(u"*");
}

/// What a holding comes to, whatever the role is called and whoever hands it on.
struct Share {
    uint32_t content = 0, division = 0;
    friend auto operator<=>(const Share &, const Share &) = default;
};

} // namespace

/// One side in shared numbers.
class Comparison
{
public:
    Comparison(const Resolver &before, const Resolver &after) : m_sides{Side(*before.d), Side(*after.d)}
    {
        m_hasRules = std::ranges::all_of(m_sides, [](const Side &side) { return side.d.policiesSeen == PoliciesSeen::Yes; });
        m_divisions.of(QStringLiteral("*"));
        m_divisions.of(QString()); // NoDivision
        for (const Side &side : m_sides) { // the later one last
            const RoleTable &table = side.d.roles;
            for (uint32_t index = 0; index < table.permissionCount(); ++index) {
                if (const RoleTable::Permission &permission = table.permission(index);
                    permission.isCatalogued && permission.isAwarenessKnown) {
                    m_divisionAware.insert(m_permissions.of(table.permissionText(index)), permission.divisionAware);
                }
            }
        }
        readSide(m_sides[0], m_sides[1].d.roles);
        readSide(m_sides[1], m_sides[0].d.roles);
        for (Side &side : m_sides) {
            readRoutes(side);
            readRules(side);
        }
    }

    AccessDifference run();

private:
    struct Side {
        explicit Side(const Resolver::Private &from) : d(from) { }
        const Resolver::Private &d;
        std::vector<uint32_t> content; ///< by role: the number of what it allows
        std::vector<uint32_t> division; ///< by the side's own number
        std::set<uint32_t> unexpanded; ///< wildcards that the side's catalogue does not resolve
        std::vector<uint32_t> role, link; ///< by the side's own number: of the role, and of the chain of containers
        std::vector<uint32_t> rule; ///< of a policy that denies: by its target, and whether it does for certain
    };
    /// What a policy takes away, in shared numbers.
    struct Rule {
        bool isCertain = false;
        std::vector<uint32_t> whole, part; ///< permissions it covers, and wildcards it covers in part; sorted
    };
    /// One subject, on one side.
    struct Held {
        std::vector<Holding> holdings; ///< empty where it is not there
        std::vector<Share> reach; ///< sorted, distinct
        std::vector<uint32_t> rules; ///< of m_rules, sorted, distinct
        uint32_t node = UINT32_MAX;
    };

    [[nodiscard]] Right right(const QString &permission, bool isConditional)
    {
        const uint32_t number = m_permissions.of(permission);
        return {number, isConditional, m_divisionAware.value(number, true)};
    }

    /// A wildcard counts as what it covers on either side, and as itself: a catalogue that was seen on one side only changes nobody's rights.
    void readSide(Side &side, const RoleTable &otherSide)
    {
        const RoleTable &table = side.d.roles;
        for (const QString &id : side.d.divisionIds) {
            side.division.push_back(m_divisions.of(id));
        }
        std::vector<std::optional<Right>> known(
            table.permissionCount()); // most permissions are held by many roles: each text is looked up once
        for (uint32_t index = 0; index < table.roleCount(); ++index) {
            const RoleTable::Role &role = table.role(index);
            std::vector<Right> rights;
            rights.reserve(role.atoms.size());
            for (const RoleTable::Atom &atom : role.atoms) {
                const bool isConditional = role.lines[atom.line].conditional;
                std::optional<Right> &one = known[atom.permission];
                if (!one) {
                    one = right(table.permissionText(atom.permission), false);
                }
                rights.push_back({one->permission, isConditional, one->divisionAware});
                if (table.permission(atom.permission).isWildcard) {
                    const QString text = table.permissionText(atom.permission);
                    side.unexpanded.insert(rights.back().permission);
                    for (const uint32_t covered : otherSide.matchingPattern(text)) {
                        if (!otherSide.permission(covered).isWildcard) {
                            rights.push_back(right(otherSide.permissionText(covered), isConditional));
                        }
                    }
                }
            }
            for (const RoleTable::Line &line : role.lines) {
                if (line.words.hasWildcard()) {
                    rights.push_back({m_permissions.of(table.text(line.words)), line.conditional, true});
                }
            }
            std::ranges::sort(rights);
            const auto rest = std::ranges::unique(rights);
            rights.erase(rest.begin(), rest.end());
            const auto [it, isNew] = m_contentIndex.try_emplace(std::move(rights), static_cast<uint32_t>(m_contents.size()));
            if (isNew) {
                m_contents.push_back(&it->first);
            }
            side.content.push_back(it->second);
        }
    }

    void readRoutes(Side &side)
    {
        for (uint32_t role = 0; role < side.d.roles.roleCount(); ++role) {
            side.role.push_back(m_routeParts.of(u'r' + side.d.roles.role(role).id));
        }
        for (const Link &link : side.d.links) { // the chain within comes first
            const Subject &container = side.d.nodes[link.container].self;
            const uint32_t self = m_routeParts.of(QString::number(static_cast<int>(container.kind)) + container.id);
            const uint32_t inner = link.inner < 0 ? 0 : side.link[static_cast<size_t>(link.inner)];
            const auto [it, isNew] = m_links.try_emplace({inner, self}, static_cast<uint32_t>(m_links.size() + 1));
            side.link.push_back(it->second);
        }
    }

    void readRules(Side &side)
    {
        for (const DenyRule &rule : side.d.denyRules) {
            for (const uint8_t doubt : {0, 1}) {
                const bool isCertain = doubt == 0 && !rule.words.conditional;
                const QString key = (isCertain ? u'!' : u'?') + rule.words.target;
                const auto number = static_cast<uint32_t>(m_rules.size());
                const auto [it, isNew] = m_ruleIndex.try_emplace(key, number);
                side.rule.push_back(it->second);
                if (!isNew) {
                    continue;
                }
                Rule made{isCertain, {}, {}};
                const QStringList target = rule.words.target.split(u':');
                for (uint32_t permission = 0; permission < m_permissions.size(); ++permission) {
                    const QStringList words = m_permissions.text(permission).split(u':');
                    bool isWhole = words.size() == 3, isMet = isWhole;
                    for (qsizetype i = 0; isMet && i < 3; ++i) {
                        isWhole = isWhole && (target[i] == u"*" || target[i] == words[i]);
                        isMet = target[i] == u"*" || words[i] == u"*" || target[i] == words[i];
                    }
                    if (isMet) {
                        (isWhole ? made.whole : made.part).push_back(permission);
                    }
                }
                m_rules.push_back(std::move(made));
            }
        }
    }

    [[nodiscard]] Held held(const Side &side, const Subject &subject) const
    {
        Held out;
        const uint32_t *at = side.d.find(subject.kind, subject.id);
        if (!at) {
            return out;
        }
        out.node = *at;
        out.holdings = side.d.holdings(*at);
        out.reach.reserve(out.holdings.size());
        for (const Holding &holding : out.holdings) {
            if (const Share one{side.content[holding.role], side.division[holding.division]}; !m_contents[one.content]->empty()) {
                out.reach.push_back(one);
            }
        }
        std::ranges::sort(out.reach);
        const auto rest = std::ranges::unique(out.reach);
        out.reach.erase(rest.begin(), rest.end());
        for (const std::vector<DenyRef> refs = m_hasRules ? side.d.denyRefs(*at) : std::vector<DenyRef>(); const DenyRef &ref : refs) {
            out.rules.push_back(side.rule[2 * ref.rule + (ref.doubt == DenyRef::Certain ? 0 : 1)]);
        }
        std::ranges::sort(out.rules);
        const auto restOfRules = std::ranges::unique(out.rules);
        out.rules.erase(restOfRules.begin(), restOfRules.end());
        return out;
    }

    /// Where one permission is held, with and without a condition.
    struct Spot {
        uint32_t permission = 0, division = 0;
        bool isConditional = false;
        friend auto operator<=>(const Spot &, const Spot &) = default;
    };

    /// Every spot, sorted, none that another takes in; told apart only where it differs is what it comes to.
    [[nodiscard]] std::vector<Spot> spots(const Held &held) const
    {
        std::vector<Spot> all;
        size_t most = 0;
        for (const Share &reach : held.reach) {
            most += m_contents[reach.content]->size();
        }
        all.reserve(most);
        for (const Share &reach : held.reach) {
            for (const Right &right : *m_contents[reach.content]) {
                all.push_back({right.permission, right.divisionAware ? reach.division : AnyDivision, right.conditional});
            }
        }
        if (!held.rules.empty()) {
            applyRules(all, held.rules);
        }
        std::ranges::sort(all);
        const auto rest = std::ranges::unique(all);
        all.erase(rest.begin(), rest.end());
        // "*" takes in every division, and what is held freely the same under a condition. AnyDivision is the least and sorted first, as is the free one.
        bool isFreeEverywhere = false, isEverywhere = false;
        const Spot *last = nullptr;
        size_t kept = 0;
        for (size_t i = 0; i < all.size(); ++i) {
            const Spot spot = all[i];
            const bool isSame = last && last->permission == spot.permission;
            isFreeEverywhere = isSame ? isFreeEverywhere : !spot.isConditional && spot.division == AnyDivision;
            isEverywhere = isSame ? isEverywhere : spot.division == AnyDivision;
            const bool isTakenIn
                = isSame && (isFreeEverywhere || (spot.isConditional && (isEverywhere || last->division == spot.division)));
            if (!isTakenIn) {
                all[kept] = spot;
                last = &all[kept++];
            }
        }
        all.resize(kept);
        return all;
    }

    void applyRules(std::vector<Spot> &spots, const std::vector<uint32_t> &rules) const
    {
        std::vector<uint8_t> effect(m_permissions.size()); // 1: bound, 2: taken away
        for (const uint32_t number : rules) {
            const Rule &rule = m_rules[number];
            for (const uint32_t permission : rule.whole) {
                effect[permission] = std::max<uint8_t>(effect[permission], rule.isCertain ? 2 : 1);
            }
            for (const uint32_t permission : rule.part) {
                effect[permission] = std::max<uint8_t>(effect[permission], 1);
            }
        }
        std::erase_if(spots, [&](const Spot &spot) { return effect[spot.permission] == 2; });
        for (Spot &spot : spots) {
            spot.isConditional = spot.isConditional || effect[spot.permission] == 1;
        }
    }

    [[nodiscard]] static Extent extent(std::span<const Spot> spots)
    {
        Extent out;
        for (const Spot &spot : spots) {
            (spot.isConditional ? out.conditional : out.plain).insert(spot.division);
        }
        return out;
    }

    /// What bears upon any of these permissions.
    [[nodiscard]] static QList<Denial> denials(const QStringList &permissions, const Side &side, const Held &held)
    {
        QList<Denial> all;
        if (held.node == UINT32_MAX || held.rules.empty()) {
            return all;
        }
        const std::vector<DenyRef> refs = side.d.denyRefs(held.node);
        for (const QString &permission : permissions) {
            const auto words = side.d.roles.wordsOf(permission);
            for (const QList<Denial> those = words ? side.d.denials(refs, *words) : QList<Denial>(); const Denial &denial : those) {
                if (!all.contains(denial) && all.size() < DenialsAtMost) {
                    all.append(denial);
                }
            }
        }
        return all;
    }

    /// The holdings, by their place, that lead to a permission; the place counts twice where every such right has a condition, plus one.
    [[nodiscard]] std::vector<uint32_t> routesTo(uint32_t permission, const Side &side, const Held &held) const
    {
        std::vector<uint32_t> out;
        for (uint32_t i = 0; i < held.holdings.size(); ++i) {
            const std::vector<Right> &rights = *m_contents[side.content[held.holdings[i].role]];
            const auto first = std::ranges::lower_bound(rights, permission, {}, &Right::permission);
            if (first != rights.end() && first->permission == permission) { // unconditional ones are sorted first
                out.push_back(2 * i + (first->conditional ? 1 : 0));
            }
        }
        return out;
    }

    [[nodiscard]] static QList<AccessRoute> routes(const std::vector<uint32_t> &places, const Side &side, const Held &held)
    {
        QList<AccessRoute> out;
        for (const uint32_t place : places) {
            const Holding &holding = held.holdings[place / 2];
            const RoleTable::Role &role = side.d.roles.role(holding.role);
            AccessRoute route;
            if (holding.via >= 0) {
                route.containers = side.d.chain(holding.via);
                const Subject &container = route.containers.constFirst();
                route.via = container.kind;
                route.containerId = container.id;
                route.containerName = container.name;
            }
            route.roleId = role.id;
            route.roleName = role.name;
            route.divisionId = side.d.divisionIds.at(holding.division);
            route.divisionName = side.d.divisionNames.value(route.divisionId);
            route.conditional = place % 2 == 1;
            route.synthetic = holding.synthetic;
            out.append(std::move(route));
        }
        std::ranges::sort(out, [](const AccessRoute &left, const AccessRoute &right) {
            const auto key = [](const AccessRoute &route) {
                return std::tuple(route.via != SubjectKind::User, route.containerName, route.containerId, route.roleName, route.roleId,
                                  route.divisionName, route.divisionId, route.conditional, route.synthetic);
            };
            return key(left) < key(right);
        });
        return out;
    }

    [[nodiscard]] static bool isSameRoute(const Side &left, const std::vector<Holding> &before, const Side &right,
                                          const std::vector<Holding> &after)
    {
        if (before.size() != after.size()) {
            return false;
        }
        using Key = std::array<uint32_t, 3>;
        const auto keys = [](const Side &side, const std::vector<Holding> &holdings) {
            std::vector<Key> out;
            out.reserve(holdings.size());
            for (const Holding &holding : holdings) {
                out.push_back({side.role[holding.role], side.division[holding.division],
                               holding.via < 0 ? 0 : side.link[static_cast<size_t>(holding.via)]});
            }
            return out;
        };
        std::vector<Key> was = keys(left, before), is = keys(right, after);
        if (was == is) { // in the order of either side's own numbers, which mostly is the same
            return true;
        }
        std::ranges::sort(was);
        std::ranges::sort(is);
        return was == is;
    }

    void compare(const Subject &subject, AccessDifference &out) const;
    void nameNewPermissions(AccessDifference &out) const;

    std::array<Side, 2> m_sides;
    bool m_hasRules = true; ///< policies were seen on both sides
    Numbers m_permissions, m_divisions, m_routeParts;
    std::map<std::pair<uint32_t, uint32_t>, uint32_t> m_links;
    std::map<QString, uint32_t> m_ruleIndex;
    std::vector<Rule> m_rules;
    QHash<uint32_t, bool> m_divisionAware; ///< of what a catalogue knows
    std::map<std::vector<Right>, uint32_t> m_contentIndex;
    std::vector<const std::vector<Right> *> m_contents;
};

void Comparison::compare(const Subject &subject, AccessDifference &out) const
{
    const auto &[left, right] = m_sides;
    const Held before = held(left, subject), after = held(right, subject);
    const auto noteRoutes = [&, &left = left, &right = right] {
        if (!isSameRoute(left, before.holdings, right, after.holdings)) {
            ++out.rerouted;
            out.reroutedSubjects.append(subject);
        }
    };
    if (before.reach == after.reach && before.rules == after.rules) {
        noteRoutes();
        return;
    }
    const std::vector<Spot> was = spots(before), is = spots(after);
    using Routes = std::pair<std::vector<uint32_t>, std::vector<uint32_t>>;
    std::map<std::pair<Kind, Routes>, QStringList> groups;
    const auto note = [&](Kind kind, uint32_t permission) {
        if (isWildcard(m_permissions.text(permission))
            && ((kind == Kind::Gained || !left.unexpanded.contains(permission))
                && (kind == Kind::Lost || !right.unexpanded.contains(permission)))) {
            return; // told permission by permission
        }
        groups[{kind, {routesTo(permission, left, before), routesTo(permission, right, after)}}].append(m_permissions.text(permission));
    };
    for (size_t a = 0, b = 0; a < was.size() || b < is.size();) {
        const uint32_t permission
            = b == is.size() || (a < was.size() && was[a].permission < is[b].permission) ? was[a].permission : is[b].permission;
        const size_t fromA = a, fromB = b;
        while (a < was.size() && was[a].permission == permission) {
            ++a;
        }
        while (b < is.size() && is[b].permission == permission) {
            ++b;
        }
        const std::span<const Spot> there = std::span(was).subspan(fromA, a - fromA), here = std::span(is).subspan(fromB, b - fromB);
        if (std::ranges::equal(there, here)) {
            continue;
        }
        if (here.empty() || there.empty()) {
            note(here.empty() ? Kind::Lost : Kind::Gained, permission);
            continue;
        }
        const Extent earlier = extent(there), later = extent(here);
        note(!earlier.isClear() || !later.isClear() ? Kind::Unclear
                 : later.covers(earlier)            ? Kind::Widened
                 : earlier.covers(later)            ? Kind::Narrowed
                                                    : Kind::Moved,
             permission);
    }
    if (groups.empty()) {
        noteRoutes();
        return;
    }
    SubjectChange change;
    const bool isThere = after.node != UINT32_MAX, wasThere = before.node != UINT32_MAX;
    change.subject = isThere ? right.d.nodes[after.node].self : left.d.nodes[before.node].self;
    if (change.subject.name.isEmpty() && wasThere) {
        change.subject.name = left.d.nodes[before.node].self.name;
    }
    using Presence = SubjectChange::Presence;
    change.presence = isThere && wasThere ? Presence::Both : isThere ? Presence::OnlyAfter : Presence::OnlyBefore;
    for (auto &[group, permissions] : groups) {
        permissions.sort();
        change.changes.append({group.first, permissions, routes(group.second.first, left, before),
                               routes(group.second.second, right, after), denials(permissions, left, before),
                               denials(permissions, right, after)});
    }
    const auto rank = [](Kind kind) {
        switch (kind) {
        case Kind::Gained: return 0;
        case Kind::Widened: return 1;
        case Kind::Moved:
        case Kind::Unclear: return 2;
        case Kind::Narrowed: return 3;
        case Kind::Lost: break;
        }
        return 4;
    };
    std::ranges::stable_sort(change.changes, [&](const AccessChange &one, const AccessChange &other) {
        return std::tuple(rank(one.kind), -one.permissions.size(), one.permissions.first())
            < std::tuple(rank(other.kind), -other.permissions.size(), other.permissions.first());
    });
    if (wasThere) {
        change.caveats = left.d.gapsOf(before.node, before.holdings);
    }
    if (isThere) {
        change.caveats += right.d.gapsOf(after.node, after.holdings);
    }
    change.caveats.removeDuplicates();
    out.subjects.append(std::move(change));
}

void Comparison::nameNewPermissions(AccessDifference &out) const
{
    if (!m_sides[0].d.roles.knowsCatalogue() || !m_sides[1].d.roles.knowsCatalogue()) {
        return;
    }
    std::array<std::set<QString>, 2> known;
    for (size_t i = 0; i < 2; ++i) {
        const RoleTable &roles = m_sides[i].d.roles;
        for (uint32_t index = 0; index < roles.permissionCount(); ++index) {
            if (!roles.permission(index).isWildcard) {
                known[i].insert(roles.permissionText(index));
            }
        }
    }
    const RoleTable &earlier = m_sides[0].d.roles, &later = m_sides[1].d.roles;
    for (uint32_t index = 0; index < later.permissionCount(); ++index) {
        const RoleTable::Permission &now = later.permission(index);
        const QString text = later.permissionText(index);
        if (const auto before = earlier.find(text); before && now.isCatalogued && earlier.permission(*before).isCatalogued
            && now.isAwarenessKnown && earlier.permission(*before).isAwarenessKnown
            && now.divisionAware != earlier.permission(*before).divisionAware) {
            out.divisionRuleChanged.append(text);
        }
    }
    out.divisionRuleChanged.sort();
    std::ranges::set_difference(known[1], known[0], std::back_inserter(out.newPermissions));
    std::ranges::set_difference(known[0], known[1], std::back_inserter(out.gonePermissions));
}

AccessDifference Comparison::run()
{
    AccessDifference out;
    for (const Subject &subject : m_sides[1].d.sorted) {
        compare(subject, out);
    }
    for (const Subject &subject : m_sides[0].d.sorted) {
        if (!m_sides[1].d.find(subject.kind, subject.id)) {
            compare(subject, out);
        }
    }
    if (!m_hasRules && std::ranges::any_of(m_sides, [](const Side &side) { return !side.d.denyRules.empty(); })) {
        out.caveats.append(QStringLiteral("Access policies were not seen on both sides: what they take away is left out on both."));
    } else if (!m_hasRules) {
        out.notes.append(QStringLiteral(
            "Access policies were not captured on both sides: where the organisation enforces them, they may take away what is listed."));
    }
    std::ranges::sort(out.subjects, {}, [](const SubjectChange &change) { return orderOf(change.subject); });
    std::ranges::sort(out.reroutedSubjects, {}, orderOf);
    nameNewPermissions(out);
    return out;
}

qsizetype SubjectChange::count(AccessChange::Kind kind) const
{
    qsizetype sum = 0;
    for (const AccessChange &change : changes) {
        sum += change.kind == kind ? change.permissions.size() : 0;
    }
    return sum;
}

AccessDifference difference(const Resolver &before, const Resolver &after)
{
    AccessDifference out = Comparison(before, after).run();
    for (const Resolver *side : {&before, &after}) {
        const QStringList caveats = side->caveats();
        for (const QString &caveat : caveats) {
            out.caveats.append((side == &before ? QStringLiteral("Before: ") : QStringLiteral("After: ")) + caveat);
        }
    }
    return out;
}

} // namespace Orgtrace::Access
