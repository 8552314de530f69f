#include "access/rightsscan.h"

#include "access/resolution.h"

#include <QHash>
#include <QSet>

#include <algorithm>
#include <optional>
#include <unordered_map>

namespace Orgtrace::Access {

namespace {
constexpr uint32_t NotLookedAt = UINT32_MAX;
constexpr size_t ProofsSorted = 64; // of more paths the first found are taken
enum Denied : uint8_t { NotDenied = 0, PerhapsDenied = 1, SurelyDenied = 2 };

int starsOf(const RoleTable::Words &words)
{
    return (words.domain == RoleTable::AnyWord ? 1 : 0) + (words.entity == RoleTable::AnyWord ? 1 : 0)
        + (words.action == RoleTable::AnyWord ? 1 : 0);
}
} // namespace

struct RightsScan::Private {
    /// What a role gives of what is looked at.
    struct Gift {
        uint32_t place = 0;
        uint32_t line = 0;
    };

    explicit Private(const Resolver::Private &of) : resolver(of) { }

    const std::vector<Gift> &gifts(uint32_t role)
    {
        std::vector<Gift> &list = byRole[role];
        if (isRead[role]) {
            return list;
        }
        isRead[role] = true;
        const RoleTable::Role &at = resolver.roles.role(role);
        for (const RoleTable::Atom &atom : at.atoms) {
            if (placeOf[atom.permission] != NotLookedAt) {
                list.push_back({placeOf[atom.permission], atom.line});
            }
        }
        for (uint32_t line = 0; !wildcards.isEmpty() && line < at.lines.size(); ++line) {
            if (const auto place = wildcards.constFind(at.lines[line].words); place != wildcards.cend()) {
                list.push_back({place.value(), line});
            }
        }
        std::ranges::stable_sort(list, {}, &Gift::place);
        return list;
    }

    /// What a subject's policies say of what is looked at; told once for all who are under the same.
    const std::vector<uint8_t> &denied(const std::vector<DenyRef> &refs)
    {
        std::vector<uint8_t> &told = byDenySet[&refs];
        if (!told.empty()) {
            return told;
        }
        told.assign(words.size(), NotDenied);
        for (const DenyRef &ref : refs) {
            const DenyRule &rule = resolver.denyRules[ref.rule];
            const bool isCertain = ref.doubt == DenyRef::Certain && !rule.words.conditional;
            for (size_t place = 0; place < words.size(); ++place) {
                if (rule.target.covers(words[place])) {
                    told[place] = std::max<uint8_t>(told[place], isCertain ? SurelyDenied : PerhapsDenied);
                } else if (words[place].hasWildcard() && rule.target.meets(words[place])) {
                    told[place] = std::max<uint8_t>(told[place], PerhapsDenied);
                }
            }
        }
        return told;
    }

    /// Nothing of groups and teams whose grants reach nobody.
    [[nodiscard]] std::optional<uint32_t> nodeOf(const Subject &subject) const
    {
        const uint32_t *at = resolver.find(subject.kind, subject.id);
        return at && (!isContainer(subject.kind) || resolver.nodes[*at].rolesEnabled) ? std::optional(*at) : std::nullopt;
    }

    const std::vector<Holding> &holdings(uint32_t node)
    {
        if (heldBy != node) {
            held = resolver.holdings(node);
            heldBy = node;
        }
        return held;
    }

    const Resolver::Private &resolver;
    QStringList names;
    std::vector<RoleTable::Words> words; ///< of each
    std::vector<uint32_t> placeOf; ///< of each permission of the table
    QHash<RoleTable::Words, uint32_t> wildcards; ///< of roles, which the table does not have as permissions
    std::vector<std::vector<Gift>> byRole;
    std::vector<bool> isRead;
    std::unordered_map<const std::vector<DenyRef> *, std::vector<uint8_t>> byDenySet;

    uint32_t heldBy = NotLookedAt; ///< whose holdings were asked for last
    std::vector<Holding> held;
    // of one subject, cleared after it
    std::vector<bool> isRoleSeen;
    std::vector<Right> rights;
    std::vector<uint32_t> touched;
};

RightsScan::RightsScan(const Resolver &resolver, const std::function<bool(const QString &)> &isWanted, bool keepsWildcards) :
    d(std::make_unique<Private>(*resolver.d))
{
    const RoleTable &table = d->resolver.roles;
    struct Entry {
        QString name;
        RoleTable::Words words;
        uint32_t permission = NotLookedAt;
    };
    std::vector<Entry> entries;
    QSet<RoleTable::Words> known;
    for (uint32_t permission = 0; permission < table.permissionCount(); ++permission) {
        known.insert(table.wordsOf(permission));
        if (const QString name = table.permissionText(permission); isWanted(name)) {
            entries.push_back({name, table.wordsOf(permission), permission});
        }
    }
    for (uint32_t role = 0; keepsWildcards && role < table.roleCount(); ++role) {
        for (const RoleTable::Line &line : table.role(role).lines) {
            if (line.words.hasWildcard() && !known.contains(line.words)) {
                known.insert(line.words);
                if (const QString name = table.text(line.words); isWanted(name)) {
                    entries.push_back({name, line.words, NotLookedAt});
                }
            }
        }
    }
    std::ranges::sort(entries, {}, &Entry::name);
    d->placeOf.assign(table.permissionCount(), NotLookedAt);
    for (const Entry &entry : entries) {
        const auto place = static_cast<uint32_t>(d->words.size());
        d->names.append(entry.name);
        d->words.push_back(entry.words);
        if (entry.permission == NotLookedAt) {
            d->wildcards.insert(entry.words, place);
        } else {
            d->placeOf[entry.permission] = place;
        }
    }
    d->byRole.resize(table.roleCount());
    d->isRead.resize(table.roleCount());
    d->isRoleSeen.resize(table.roleCount());
    d->rights.resize(d->words.size());
}

RightsScan::~RightsScan() = default;

const QStringList &RightsScan::permissions() const
{
    return d->names;
}

bool RightsScan::knowsCatalogue() const
{
    return d->resolver.roles.knowsCatalogue();
}

RightsScan::Rights RightsScan::of(const Subject &subject)
{
    Rights found;
    const auto node = d->nodeOf(subject);
    if (!node) {
        return found;
    }
    std::vector<uint32_t> roles;
    const auto take = [&](const Holding &holding) {
        if (!d->isRoleSeen[holding.role]) {
            d->isRoleSeen[holding.role] = true;
            roles.push_back(holding.role);
        }
    };
    std::ranges::for_each(d->resolver.own(*node), take);
    d->resolver.forEachInherited(*node, [&](int32_t, const Holding &holding) { take(holding); });
    d->touched.clear();
    for (const uint32_t role : roles) {
        d->isRoleSeen[role] = false;
        const std::vector<RoleTable::Line> &lines = d->resolver.roles.role(role).lines;
        for (const Private::Gift &gift : d->gifts(role)) {
            Right &right = d->rights[gift.place];
            if (right.permission == 0) { // one more than its place while it is made
                right = {static_cast<qsizetype>(gift.place) + 1, true, false, -1};
                d->touched.push_back(gift.place);
            }
            if (const RoleTable::Line &line = lines[gift.line]; !line.conditional) {
                right.isConditional = false;
                right.stars = std::max(right.stars, starsOf(line.words));
            }
        }
    }
    std::ranges::sort(d->touched);
    const std::vector<DenyRef> &refs = d->resolver.resolution().denyRefs(*node);
    const std::vector<uint8_t> *denied = refs.empty() ? nullptr : &d->denied(refs);
    for (const uint32_t place : d->touched) {
        Right &right = d->rights[place];
        if (const uint8_t how = denied ? (*denied)[place] : uint8_t(NotDenied); how != SurelyDenied) {
            found.list.push_back({place, right.isConditional, how == PerhapsDenied, right.stars});
        }
        right.permission = 0;
    }
    for (const uint32_t role : roles) {
        if (std::ranges::any_of(d->gifts(role),
                                [&](const Private::Gift &gift) { return !denied || (*denied)[gift.place] != SurelyDenied; })) {
            found.roles.append({d->resolver.roles.role(role).name, d->resolver.roles.role(role).id});
        }
    }
    std::ranges::sort(found.roles);
    return found;
}

RightsScan::Proof RightsScan::proof(const Subject &subject, qsizetype permission, qsizetype pathsAtMost, int stars)
{
    Proof proof;
    const auto node = d->nodeOf(subject);
    if (!node || permission < 0 || permission >= d->names.size()) {
        return proof;
    }
    struct Found {
        const Holding *holding = nullptr;
        const RoleTable::Line *line = nullptr;
    };
    std::vector<Found> free, bound;
    const auto place = static_cast<uint32_t>(permission);
    for (const Holding &holding : d->holdings(*node)) {
        for (const Private::Gift &gift : std::ranges::equal_range(d->gifts(holding.role), place, {}, &Private::Gift::place)) {
            const RoleTable::Line &line = d->resolver.roles.role(holding.role).lines[gift.line];
            if (stars > 0 && (line.conditional || starsOf(line.words) < stars)) {
                continue;
            }
            ++proof.count;
            if (std::vector<Found> &list = line.conditional ? bound : free; list.size() < ProofsSorted) {
                list.push_back({&holding, &line});
            }
        }
    }
    const auto at = std::ranges::find(d->placeOf, place);
    for (std::vector<Found> *list : {&free, &bound}) {
        QList<AccessPath> paths;
        for (const Found &one : *list) {
            if (proof.paths.size() >= pathsAtMost) {
                break;
            }
            AccessPath path = d->resolver.route(*one.holding);
            if (at != d->placeOf.end()) {
                d->resolver.complete(path, static_cast<uint32_t>(at - d->placeOf.begin()), *one.line);
            } else {
                path.policy = d->resolver.roles.text(one.line->words);
                path.conditional = one.line->conditional;
            }
            paths.append(std::move(path));
        }
        Resolver::Private::sortPaths(paths);
        proof.paths += paths.first(std::min(paths.size(), pathsAtMost - proof.paths.size()));
    }
    if (const std::vector<DenyRef> &refs = d->resolver.resolution().denyRefs(*node); !refs.empty()) {
        proof.denied = d->resolver.denials(refs, d->words[place]);
    }
    return proof;
}

RightsScan::Standing RightsScan::standing(const Subject &subject)
{
    const uint32_t *at = d->resolver.find(subject.kind, subject.id);
    if (!at) {
        return {};
    }
    const std::vector<Holding> &held = d->holdings(*at);
    Standing standing{d->resolver.nodes[*at].seen, d->resolver.gapsOf(*at, held), d->resolver.notesOf(*at, held)};
    standing.caveats.removeAll(Resolver::Private::notCapturedText(subject.kind));
    return standing;
}

} // namespace Orgtrace::Access
