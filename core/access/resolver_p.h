#pragma once

#include "access/nodeindex.h"
#include "access/roletable.h"

#include <array>
#include <map>
#include <mutex>
#include <span>
#include <tuple>
#include <vector>

/// What Resolver is made of, for the sources of core/access that answer questions from it.
namespace Orgtrace::Access {

class Resolution;

inline QString label(const Subject &subject)
{
    return subject.name.isEmpty() ? subject.id : subject.name;
}

inline auto orderOf(const Subject &subject)
{
    return std::tie(subject.kind, subject.name, subject.id);
}

inline bool isContainer(SubjectKind kind)
{
    return kind == SubjectKind::Group || kind == SubjectKind::Team;
}

/// A grant as numbers.
struct Holding {
    uint32_t role = 0, division = 0;
    int32_t via = -1; ///< index of the link, that is of the chain of containers; -1: direct
    bool synthetic = false;
    friend auto operator<=>(const Holding &, const Holding &) = default;
};

/// A chain of containers, told by its outermost, which has the grants, and the chain within; -1: the subject is a member of this one.
struct Link {
    uint32_t container = 0;
    int32_t inner = -1;
};

struct Node {
    Subject self;
    uint32_t ownFrom = 0, ownTo = 0; ///< its grants, in Private::owned
    uint32_t inFrom = 0, inTo = 0; ///< the containers it is in, in Private::memberOf
    uint32_t linkFrom = 0, linkTo = 0; ///< of a container: the chains of which it is the innermost, in Private::links; itself alone first
    uint32_t rank = 0; ///< its place in Private::sorted
    bool rolesEnabled = true, membersKnown = true, seen = false;
    bool hasManyWays = false; ///< more chains of containers lead from here than are all followed: see Private::forEachWay()
};

/// An access policy that may deny, as numbers.
struct DenyRule {
    Denial words; ///< conditional and why: of the policy itself
    RoleTable::Words target;
    bool isForClients = false;
};

/// A policy that bears upon a subject, and what is doubtful about that.
struct DenyRef {
    uint32_t rule = 0;
    enum Doubt : uint8_t { Certain = 0, ByNesting = 1, ByKind = 2 };
    uint8_t doubt = Certain;
    friend auto operator<=>(const DenyRef &, const DenyRef &) = default;
};

struct Resolver::Private {
    explicit Private(const Facts &facts);
    ~Private();

    [[nodiscard]] const uint32_t *find(SubjectKind kind, const QString &id) const
    {
        return index[static_cast<size_t>(kind)].find(id, [this](uint32_t at) -> const QString & { return nodes[at].self.id; });
    }
    uint32_t node(SubjectKind kind, const QString &id);
    uint32_t division(const QString &id);

    [[nodiscard]] std::span<const Holding> own(uint32_t at) const
    {
        return std::span(owned).subspan(nodes[at].ownFrom, nodes[at].ownTo - nodes[at].ownFrom);
    }
    [[nodiscard]] std::span<const uint32_t> containersOf(uint32_t at) const
    {
        return std::span(memberOf).subspan(nodes[at].inFrom, nodes[at].inTo - nodes[at].inFrom);
    }
    [[nodiscard]] bool isIn(uint32_t container, int32_t link) const; ///< whether a chain passes through it
    [[nodiscard]] QList<Subject> chain(int32_t link) const; ///< outermost first

    static constexpr size_t WaysAtMost = 4096, OtherWaysAtMost = 256, VisitsOfOneAtMost = 100'000;
    [[nodiscard]] size_t waysOf(uint32_t subject) const; ///< chains of containers whose roles are enabled, from the subject outwards

    /// Calls use(link) for every chain of containers, whose roles are enabled, from the subject outwards. Of somebody who has more than WaysAtMost: the containers
    /// that it is in, then a way to each that lies further, and OtherWaysAtMost more.
    template<typename Use> void forEachWay(uint32_t subject, const Use &use) const
    {
        const bool isNestable = isContainer(nodes[subject].self.kind), isMany = nodes[subject].hasManyWays;
        std::vector<bool> isReached(isMany ? nodes.size() : 0);
        size_t visits = 0, others = 0;
        const auto way = [&](uint32_t link) {
            if (isNestable && isIn(subject, static_cast<int32_t>(link))) {
                return; // a way through oneself leads nowhere new
            }
            if (isMany) {
                if (isReached[links[link].container] && ++others > OtherWaysAtMost) {
                    return;
                }
                isReached[links[link].container] = true;
            }
            use(static_cast<int32_t>(link));
        };
        for (const uint32_t container : containersOf(subject)) {
            if (isMany && nodes[container].rolesEnabled) {
                way(nodes[container].linkFrom);
            }
        }
        for (const uint32_t container : containersOf(subject)) {
            const Node &innermost = nodes[container];
            if (!innermost.rolesEnabled) {
                continue;
            }
            for (uint32_t link = innermost.linkFrom + (isMany ? 1 : 0); link < innermost.linkTo; ++link) {
                if (isMany && ++visits > VisitsOfOneAtMost) {
                    return;
                }
                way(link);
            }
        }
    }

    /// Calls use(link, holding) for every grant that reaches the subject through containers whose roles are enabled.
    template<typename Use> void forEachInherited(uint32_t subject, const Use &use) const
    {
        forEachWay(subject, [&](int32_t link) {
            for (const Holding &holding : own(links[static_cast<size_t>(link)].container)) {
                if (holding.via < 0) {
                    use(link, holding);
                }
            }
        });
    }
    /// Every holding of a subject, direct and through containers, distinct.
    [[nodiscard]] std::vector<Holding> holdings(uint32_t subject) const;
    /// Chains of containers, outermost first, by which nothing is held only because roles are not enabled for one of them.
    [[nodiscard]] std::vector<std::vector<uint32_t>> idleChains(uint32_t subject) const;

    /// All of a path but for the permission.
    [[nodiscard]] AccessPath route(const Holding &holding) const;
    void complete(AccessPath &path, uint32_t permission, const RoleTable::Line &line) const;
    static void sortPaths(QList<AccessPath> &paths);
    /// @param found by index of the permission
    [[nodiscard]] QList<EffectivePermission> permissionsFrom(std::map<uint32_t, QList<AccessPath>> found,
                                                             const std::vector<DenyRef> &refs) const;
    /// What is not known of a subject, or was not seen.
    [[nodiscard]] QStringList gapsOf(uint32_t subject, const std::vector<Holding> &held) const;
    [[nodiscard]] static QString notCapturedText(SubjectKind kind);
    /// What is known of it and worth saying beside an answer.
    [[nodiscard]] QStringList notesOf(uint32_t subject, const std::vector<Holding> &held) const;

    // denials.cpp
    void readPolicies(const Facts &facts);
    /// Policies that may take something from a subject; sorted, each once, the least doubtful way.
    [[nodiscard]] std::vector<DenyRef> denyRefs(uint32_t subject) const;
    [[nodiscard]] QList<Denial> denials(const std::vector<DenyRef> &refs, const RoleTable::Words &permission) const;

    [[nodiscard]] const Resolution &resolution(qsizetype bitsAtMost = qsizetype{512} << 20) const; ///< made at the first question for it

    RoleTable roles;
    std::vector<bool> roleHasGap; ///< something of it is not known
    std::vector<Node> nodes;
    std::vector<Holding> owned;
    std::vector<uint32_t> memberOf;
    std::vector<Link> links;
    std::array<NodeIndex, 7> index; ///< by kind
    QStringList divisionIds;
    QHash<QString, uint32_t> divisionIndex;
    QHash<QString, QString> divisionNames, emails;
    QList<Subject> sorted;
    std::vector<uint32_t> byRank; ///< node of each of them
    QStringList caveats;
    QHash<SubjectKind, QStringList> kindCaveats;
    QHash<QString, QStringList> subjectCaveats, subjectNotes;
    QHash<uint32_t, QStringList> nodeNotes; ///< of containers; they concern no member
    QStringList notes; ///< they bear on every answer
    QSet<QString> inactive;
    PoliciesSeen policiesSeen = PoliciesSeen::Yes;

    std::vector<DenyRule> denyRules;
    std::vector<uint32_t> denyAll; ///< rules for everybody
    QHash<uint32_t, std::vector<DenyRef>> denyAt; ///< by node: of a user or client itself, of a group or team for its members

private:
    struct Draft;
    void readSubjects(const Facts &facts, Draft &draft);
    void readContainers(const Facts &facts, Draft &draft);
    void readGrants(const Facts &facts, Draft &draft);
    void settle(Draft &draft);
    void linkContainers();
    void sortSubjects(const Facts &facts);
    void noteContainers();

    mutable std::once_flag m_resolving;
    mutable std::unique_ptr<Resolution> m_resolution;
};

} // namespace Orgtrace::Access
