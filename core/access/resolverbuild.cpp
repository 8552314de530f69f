#include "access/recent.h"
#include "access/resolution.h"
#include "access/resolver_p.h"

#include <algorithm>

// From Facts to what Resolver asks: everything numbered, and laid out so that asking touches little memory.
namespace Orgtrace::Access {

namespace {

constexpr int NamesAtMost = 20; // inside one list of caveats; the rest is counted
constexpr int SentencesAtMost = 50; // about one subject
constexpr int DepthAtMost = 32; // of containers in containers
constexpr size_t LinksAtMost = 1'000'000, VisitsAtMost = 20'000'000; // what hostile nesting may cost
constexpr uint32_t WaysOfContainerAtMost = 256; // from one container, besides a shortest way to each

/// Values by node, each node's in one piece, sorted and distinct.
template<typename Value, typename Range>
std::vector<Value> inPieces(const std::vector<std::pair<uint32_t, Value>> &pairs, size_t nodes, const Range &setRange)
{
    std::vector<uint32_t> from(nodes + 1);
    for (const auto &[node, value] : pairs) {
        ++from[node + 1];
    }
    for (size_t i = 0; i < nodes; ++i) {
        from[i + 1] += from[i];
    }
    std::vector<Value> all(pairs.size());
    std::vector<uint32_t> next(from.begin(), from.end() - 1);
    for (const auto &[node, value] : pairs) {
        all[next[node]++] = value;
    }
    uint32_t kept = 0;
    for (size_t i = 0; i < nodes; ++i) {
        const auto first = all.begin() + from[i], last = all.begin() + from[i + 1];
        std::sort(first, last);
        const uint32_t begin = kept;
        for (auto it = first; it != last; ++it) {
            if (it == first || !(*it == all[kept - 1])) {
                all[kept++] = *it;
            }
        }
        setRange(static_cast<uint32_t>(i), begin, kept);
    }
    all.resize(kept);
    if (kept < pairs.size() / 2) { // copying is worth it only then
        all.shrink_to_fit();
    }
    return all;
}

} // namespace

struct Resolver::Private::Draft {
    explicit Draft(const Facts &facts) : users(facts.subjects.size()) { }
    Recent users;
    std::vector<std::pair<uint32_t, uint32_t>> memberships; ///< member, container
    std::vector<std::pair<uint32_t, Holding>> grants; ///< via is the node of the container until the links are known
};

Resolver::Private::Private(const Facts &facts) :
    roles(facts.roles, facts.catalogue, facts.isCatalogueWhole), inactive(facts.inactive), policiesSeen(facts.policiesSeen)
{
    Draft draft(facts);
    readSubjects(facts, draft);
    readContainers(facts, draft);
    readGrants(facts, draft);
    settle(draft);
    linkContainers();
    sortSubjects(facts);
    noteContainers();
    readPolicies(facts);
    roleHasGap.resize(roles.roleCount());
    for (uint32_t role = 0; role < roles.roleCount(); ++role) {
        roleHasGap[role] = !roles.role(role).defined || !roles.role(role).caveats.isEmpty();
    }
}

Resolver::Private::~Private() = default;

uint32_t Resolver::Private::node(SubjectKind kind, const QString &id)
{
    const auto next = static_cast<uint32_t>(nodes.size());
    const uint32_t position
        = index[static_cast<size_t>(kind)].of(id, next, [this](uint32_t at) -> const QString & { return nodes[at].self.id; });
    if (position == next) {
        nodes.push_back({});
        nodes.back().self = {id, QString(), kind};
    }
    return position;
}

uint32_t Resolver::Private::division(const QString &id)
{
    if (const auto it = divisionIndex.constFind(id); it != divisionIndex.constEnd()) {
        return it.value();
    }
    const auto position = static_cast<uint32_t>(divisionIds.size());
    divisionIds.append(id);
    divisionIndex.insert(id, position);
    return position;
}

void Resolver::Private::readSubjects(const Facts &facts, Draft &draft)
{
    nodes.reserve(static_cast<size_t>(facts.subjects.size() + facts.containers.size()) + 16);
    index[static_cast<size_t>(SubjectKind::User)].reserve(facts.subjects.size());
    for (const Subject &subject : facts.subjects) {
        if (subject.id.isEmpty()) {
            continue;
        }
        const uint32_t position = node(subject.kind, subject.id);
        Node &at = nodes[position];
        if (at.seen) {
            QStringList &notes = subjectNotes[subject.id];
            const QString sentence
                = QStringLiteral("More than one %1 has this id: they are taken for one.").arg(subjectKindName(subject.kind));
            if (!notes.contains(sentence)) {
                notes.append(sentence);
            }
        }
        at.seen = true;
        if (at.self.name.isEmpty()) {
            at.self.name = subject.name;
        }
        if (subject.kind == SubjectKind::User) {
            draft.users.put(subject.id, position);
        }
    }
}

void Resolver::Private::readContainers(const Facts &facts, Draft &draft)
{
    qsizetype memberships = 0;
    for (const Container &container : facts.containers) {
        if (container.self.id.isEmpty() || !isContainer(container.self.kind)) {
            continue;
        }
        Node &at = nodes[node(container.self.kind, container.self.id)];
        if (at.seen) { // what is doubtful is shown rather than left out
            at.rolesEnabled = at.rolesEnabled || container.rolesEnabled;
            at.membersKnown = at.membersKnown && container.membersKnown;
            nodeNotes[static_cast<uint32_t>(&at - nodes.data())]
                = {QStringLiteral("More than one %1 has this id: their members and settings are taken together.")
                       .arg(subjectKindName(container.self.kind))};
        } else {
            at.rolesEnabled = container.rolesEnabled;
            at.membersKnown = container.membersKnown;
        }
        at.seen = true;
        if (at.self.name.isEmpty()) {
            at.self.name = container.self.name;
        }
        memberships += container.members.size();
    }
    draft.memberships.reserve(static_cast<size_t>(memberships));
    const bool areUsersKnown
        = std::ranges::any_of(facts.subjects, [](const Subject &subject) { return subject.kind == SubjectKind::User; });
    for (const Container &container : facts.containers) {
        const uint32_t *known = find(container.self.kind, container.self.id);
        if (container.self.id.isEmpty() || !isContainer(container.self.kind) || !known) {
            continue;
        }
        const uint32_t position = *known; // adding nodes moves what it points to
        qsizetype strangers = 0;
        bool isNesting = false;
        for (const QString &member : container.members) {
            if (member.isEmpty()) {
                continue;
            }
            const uint32_t user = draft.users.of(member, [&](const QString &id) {
                const uint32_t *at = find(SubjectKind::User, id);
                return at ? *at : UINT32_MAX;
            });
            if (user != UINT32_MAX && nodes[user].seen) {
                draft.memberships.emplace_back(user, position);
                continue;
            }
            bool isOther = false;
            for (const SubjectKind kind : {SubjectKind::Group, SubjectKind::Team, SubjectKind::TrusteeUser}) {
                if (const uint32_t *other = find(kind, member); other && nodes[*other].seen) {
                    draft.memberships.emplace_back(*other, position);
                    isOther = true;
                    isNesting = isNesting || isContainer(kind);
                }
            }
            if (!isOther) {
                draft.memberships.emplace_back(node(SubjectKind::User, member), position);
                ++strangers;
            }
        }
        if (isNesting) {
            nodeNotes[position].append(
                QStringLiteral("“%1” lists a group or team among its members: what it holds passes on to theirs, though the "
                               "platform is said not to nest them.")
                    .arg(label(nodes[position].self)));
        }
        if (strangers > 0 && areUsersKnown) {
            nodeNotes[position].append(QStringLiteral("“%1” lists %2 members who are not among the captured users, such as deleted ones.")
                                           .arg(label(nodes[position].self), QString::number(strangers)));
        }
    }
}

void Resolver::Private::readGrants(const Facts &facts, Draft &draft)
{
    draft.grants.reserve(static_cast<size_t>(facts.grants.size()));
    Recent recentRoles(facts.roles.size()), recentDivisions(facts.divisionNames.size());
    qsizetype nameless = 0;
    const Grant *before = nullptr; // grants of one subject mostly come one after the other
    uint32_t subjectBefore = UINT32_MAX;
    for (const Grant &grant : facts.grants) {
        if (grant.subjectId.isEmpty() || grant.roleId.isEmpty()) {
            const QString sentence = QStringLiteral("A grant names no role or no subject: it is left out.");
            if (!grant.subjectId.isEmpty()) {
                if (QStringList &sentences = subjectCaveats[grant.subjectId]; !sentences.contains(sentence)) {
                    sentences.append(sentence);
                }
            } else if (nameless++ == 0) {
                caveats.append(sentence);
            }
            continue;
        }
        const uint32_t role = recentRoles.of(grant.roleId, [&](const QString &id) { return roles.roleIndex(id, grant.roleName); });
        if (!grant.roleName.isEmpty() && roles.role(role).name.isEmpty()) {
            roles.roleIndex(grant.roleId, grant.roleName);
        }
        Holding holding{role, recentDivisions.of(grant.divisionId, [&](const QString &id) { return division(id); }), -1, grant.synthetic};
        const bool isInherited = !grant.inheritedFrom.isEmpty() && grant.inheritedFrom != grant.subjectId;
        SubjectKind kind = grant.subjectKind;
        if (kind == SubjectKind::Unknown) {
            if (isInherited) {
                kind = SubjectKind::User;
            } else {
                for (const SubjectKind known : {SubjectKind::User, SubjectKind::Group, SubjectKind::Team, SubjectKind::OAuthClient}) {
                    if (find(known, grant.subjectId)) {
                        kind = known;
                        break;
                    }
                }
            }
        }
        uint32_t subject = UINT32_MAX;
        if (before && before->subjectId.constData() == grant.subjectId.constData() && before->subjectId.size() == grant.subjectId.size()
            && nodes[subjectBefore].self.kind == kind) {
            subject = subjectBefore;
        } else if (kind == SubjectKind::User) {
            subject = draft.users.of(grant.subjectId, [&](const QString &id) { return node(kind, id); });
        }
        if (subject == UINT32_MAX) { // of another kind, or a member whom nobody knew
            subject = node(kind, grant.subjectId);
        }
        before = &grant;
        subjectBefore = subject;
        if (isInherited) {
            // The platform itself says that this subject inherits from that container: as good as a membership.
            const bool isTeam = find(SubjectKind::Team, grant.inheritedFrom) && !find(SubjectKind::Group, grant.inheritedFrom);
            const uint32_t container = node(isTeam ? SubjectKind::Team : SubjectKind::Group, grant.inheritedFrom);
            holding.synthetic = holding.synthetic || isTeam;
            draft.memberships.emplace_back(subject, container);
            if (isContainer(kind)) {
                subject = container; // so that it reaches the members of the inner one as well
                holding.synthetic = isTeam;
            } else {
                holding.via = static_cast<int32_t>(container);
            }
        }
        draft.grants.emplace_back(subject, holding);
        if (grant.divisionId.isEmpty()) {
            QStringList &sentences = subjectCaveats[grant.subjectId];
            const QString sentence = QStringLiteral("A grant of role “%1” names no division: where it holds is unknown.")
                                         .arg(roles.role(holding.role).label());
            if (sentences.size() < SentencesAtMost && !sentences.contains(sentence)) {
                sentences.append(sentence);
            }
        }
    }
}

void Resolver::Private::settle(Draft &draft)
{
    memberOf = inPieces(draft.memberships, nodes.size(), [this](uint32_t at, uint32_t from, uint32_t to) {
        nodes[at].inFrom = from;
        nodes[at].inTo = to;
    });
    owned = inPieces(draft.grants, nodes.size(), [this](uint32_t at, uint32_t from, uint32_t to) {
        nodes[at].ownFrom = from;
        nodes[at].ownTo = to;
    });
}

void Resolver::Private::linkContainers()
{
    struct Mark {
        uint32_t from = UINT32_MAX; ///< the container that saw it last
        uint32_t link = 0;
    };
    std::vector<Mark> marks(nodes.size());
    size_t visits = 0;
    bool isCut = false;
    for (uint32_t at = 0; at < nodes.size(); ++at) {
        if (!isContainer(nodes[at].self.kind)) {
            continue;
        }
        const auto first = static_cast<uint32_t>(links.size());
        nodes[at].linkFrom = first;
        links.push_back({at, -1});
        marks[at] = {at, first};
        bool isCircle = false, hasOtherWays = false;
        std::vector<int> depth{1};
        // Breadth first, by a shortest way to everything above, so that no right is lost however many ways there are.
        const auto above = [&](uint32_t link, const auto &add) {
            for (const uint32_t parent : containersOf(links[link].container)) {
                if (++visits > VisitsAtMost || links.size() > LinksAtMost) {
                    isCut = true;
                    return;
                }
                if (nodes[parent].rolesEnabled) {
                    add(parent);
                }
            }
        };
        for (uint32_t link = first; nodes[at].rolesEnabled && link < links.size(); ++link) {
            const int deep = depth[link - first];
            above(link, [&](uint32_t parent) {
                if (marks[parent].from == at) {
                    isCircle = isCircle || parent == at;
                    hasOtherWays = hasOtherWays || parent != at;
                } else if (deep >= DepthAtMost) {
                    isCut = true;
                } else {
                    marks[parent] = {at, static_cast<uint32_t>(links.size())};
                    links.push_back({parent, static_cast<int32_t>(link)});
                    depth.push_back(deep + 1);
                }
            });
        }
        uint32_t others = 0;
        for (uint32_t link = first; hasOtherWays && link < links.size() && others < WaysOfContainerAtMost; ++link) {
            const int deep = depth[link - first];
            above(link, [&](uint32_t parent) {
                const bool isShortest = links[marks[parent].link].inner == static_cast<int32_t>(link);
                if (deep < DepthAtMost && others < WaysOfContainerAtMost && !isShortest && !isIn(parent, static_cast<int32_t>(link))) {
                    links.push_back({parent, static_cast<int32_t>(link)});
                    depth.push_back(deep + 1);
                    ++others;
                }
            });
        }
        nodes[at].linkTo = static_cast<uint32_t>(links.size());
        if (isCircle) {
            nodeNotes[at].append(
                QStringLiteral("“%1” is a member of itself, directly or in a circle: that adds nothing.").arg(label(nodes[at].self)));
        }
        if (others >= WaysOfContainerAtMost) {
            nodeNotes[at].append(
                QStringLiteral("“%1” is inside other groups and teams in more ways than are listed; no right is left out for that.")
                    .arg(label(nodes[at].self)));
        }
    }
    for (uint32_t at = 0; at < nodes.size(); ++at) {
        const size_t ways = waysOf(at);
        nodes[at].hasManyWays = ways > WaysAtMost;
        isCut = isCut || ways > VisitsOfOneAtMost;
    }
    if (isCut) {
        caveats.append(
            QStringLiteral("Groups and teams are nested deeper than %1 steps, or in too many ways to follow: rights through what lies "
                           "beyond may be missing.")
                .arg(DepthAtMost));
    }
    for (Node &at : nodes) {
        bool isChanged = false;
        for (uint32_t i = at.ownFrom; i < at.ownTo; ++i) {
            if (owned[i].via >= 0) {
                owned[i].via = static_cast<int32_t>(nodes[static_cast<size_t>(owned[i].via)].linkFrom);
                isChanged = true;
            }
        }
        if (isChanged) {
            std::sort(owned.begin() + at.ownFrom, owned.begin() + at.ownTo);
        }
    }
    links.shrink_to_fit();
}

void Resolver::Private::sortSubjects(const Facts &facts)
{
    // Most names differ in their first letters: three of them beside the kind decide without a look at the text.
    struct Key {
        uint64_t prefix = 0;
        uint32_t node = 0;
    };
    std::vector<Key> keys(nodes.size());
    for (uint32_t at = 0; at < nodes.size(); ++at) {
        Subject &self = nodes[at].self;
        if (self.kind == SubjectKind::User && self.name.isEmpty()) {
            self.name = facts.unlistedNames.value(self.id);
        }
        uint64_t prefix = static_cast<uint64_t>(self.kind);
        for (qsizetype i = 0; i < 3; ++i) {
            prefix = prefix << 16 | (i < self.name.size() ? self.name[i].unicode() : 0U);
        }
        keys[at] = {prefix, at};
    }
    std::ranges::sort(keys, [this](const Key &left, const Key &right) {
        return left.prefix != right.prefix ? left.prefix < right.prefix : orderOf(nodes[left.node].self) < orderOf(nodes[right.node].self);
    });
    sorted.reserve(static_cast<qsizetype>(nodes.size()));
    byRank.reserve(nodes.size());
    for (const Key &key : keys) {
        nodes[key.node].rank = static_cast<uint32_t>(byRank.size());
        byRank.push_back(key.node);
        sorted.append(nodes[key.node].self);
    }
}

void Resolver::Private::noteContainers()
{
    QStringList unknownMembers;
    qsizetype unknown = 0, foreign = 0;
    for (const uint32_t position : byRank) {
        const Node &at = nodes[position];
        const auto grants = at.ownTo - at.ownFrom;
        if (isContainer(at.self.kind) && grants > 0 && (!at.seen || !at.membersKnown) && ++unknown <= NamesAtMost) {
            unknownMembers.append(
                QStringLiteral("The members of %1 “%2”, which holds %3 grants, were not seen: whoever is in it holds them as well.")
                    .arg(subjectKindName(at.self.kind), label(at.self), QString::number(grants)));
        }
        if (at.self.kind == SubjectKind::TrusteeGroup && grants > 0 && ++foreign <= NamesAtMost) {
            caveats.append(QStringLiteral("Group “%1” of another organisation holds grants here: its members cannot be seen from here.")
                               .arg(label(at.self)));
        }
    }
    if (foreign > NamesAtMost) {
        caveats.append(QStringLiteral("%1 more groups of other organisations hold grants here.").arg(foreign - NamesAtMost));
    }
    if (unknown > NamesAtMost) {
        unknownMembers.append(
            QStringLiteral("The members of %1 more groups and teams with grants were not seen.").arg(unknown - NamesAtMost));
    }
    kindCaveats[SubjectKind::User] += unknownMembers;
}

size_t Resolver::Private::waysOf(uint32_t subject) const
{
    size_t ways = 0;
    for (const uint32_t container : containersOf(subject)) {
        if (const Node &innermost = nodes[container]; innermost.rolesEnabled) {
            ways += innermost.linkTo - innermost.linkFrom;
        }
    }
    return ways;
}

bool Resolver::Private::isIn(uint32_t container, int32_t link) const
{
    for (; link >= 0; link = links[static_cast<size_t>(link)].inner) {
        if (links[static_cast<size_t>(link)].container == container) {
            return true;
        }
    }
    return false;
}

QList<Subject> Resolver::Private::chain(int32_t link) const
{
    QList<Subject> all;
    for (; link >= 0; link = links[static_cast<size_t>(link)].inner) {
        all.append(nodes[links[static_cast<size_t>(link)].container].self);
    }
    return all;
}

std::vector<std::vector<uint32_t>> Resolver::Private::idleChains(uint32_t subject) const
{
    constexpr size_t StepsAtMost = 10'000;
    QSet<uint32_t> reached; // with roles enabled all the way
    forEachWay(subject, [&](int32_t link) { reached.insert(links[static_cast<size_t>(link)].container); });
    std::vector<std::vector<uint32_t>> all;
    struct Step {
        uint32_t container = 0;
        size_t inner = SIZE_MAX;
    };
    std::vector<Step> steps;
    QSet<uint32_t> seen{subject};
    const auto visit = [&](std::span<const uint32_t> containers, size_t inner) {
        for (const uint32_t container : containers) {
            if (steps.size() < StepsAtMost && !seen.contains(container)) {
                seen.insert(container);
                steps.push_back({container, inner});
            }
        }
    };
    visit(containersOf(subject), SIZE_MAX);
    for (size_t i = 0; i < steps.size(); ++i) {
        visit(containersOf(steps[i].container), i);
        if (!reached.contains(steps[i].container)) {
            std::vector<uint32_t> chain;
            for (size_t at = i; at != SIZE_MAX; at = steps[at].inner) {
                chain.push_back(steps[at].container);
            }
            all.push_back(std::move(chain));
        }
    }
    return all;
}

} // namespace Orgtrace::Access
