#include "compare/elementmatch.h"

#include "json/text.h"

#include <algorithm>
#include <thread>
#include <unordered_map>

namespace Orgtrace::Compare {

namespace {

constexpr double ElementsAlike = 0.5;
constexpr size_t MostPairs = 4096; // above this many combinations, elements are paired by their place
constexpr size_t LongestName = 120;
constexpr size_t FewElements = 24; // looking through them is quicker than a table
constexpr qsizetype WorthAThread = 100'000; // values and names to be hashed

using Elements = std::span<const TreeNode>;

std::string_view scalarText(Json::Value value)
{
    switch (value.kind()) {
    case Json::Kind::String: return value.string();
    case Json::Kind::Number: return value.numberText();
    case Json::Kind::Bool: return value.toBool() ? "true" : "false";
    default: return {};
    }
}

std::string_view identityPart(const TreeNode &element, const ElementIdentity::Part &part)
{
    Json::Value found = element.value[part.literal];
    if (found.isMissing() || found.isObject() || found.isArray()) {
        found = element.value;
        for (const std::string &step : part.path)
            found = found[step];
    }
    return scalarText(found);
}

/// "role=R,division.id=*", empty where the element has none of the members, or not as scalars.
std::string composedIdentity(const TreeNode &element, const ElementIdentity &identity)
{
    std::string name;
    bool any = false;
    for (const ElementIdentity::Part &part : identity.parts) {
        const std::string_view text = identityPart(element, part);
        any = any || !text.empty();
        if (!name.empty())
            name += ',';
        name += part.shown;
        name += '=';
        name += text;
    }
    return any ? name : std::string();
}

bool isScalar(const TreeNode &node)
{
    return !node.isArray() && !node.isObject();
}

/// What most objects are told apart by, where the catalogue says nothing: 0 where there is none.
quint64 impliedIdentity(const TreeNode &element)
{
    for (const std::string_view name : {"id", "key", "name"}) {
        const std::string_view text = scalarText(element.value[name]);
        if (!text.empty())
            return std::hash<std::string_view>()(text) ^ std::hash<std::string_view>()(name);
    }
    return 0;
}

class Matcher
{
public:
    Matcher(Tree &left, const TreeNode &a, Tree &right, const TreeNode &b, MatchBudget &budget) :
        m_left(left), m_right(right), m_a(left.children(a)), m_b(right.children(b)), m_budget(budget), m_partnerOfLeft(m_a.size(), -1),
        m_partnerOfRight(m_b.size(), -1)
    {
    }

    void byIdentity(const ElementIdentity &identity)
    {
        const auto nameAll = [&](std::vector<std::string_view> &names, Elements elements) {
            names.reserve(elements.size());
            for (const TreeNode &element : elements)
                names.push_back(identity.parts.size() == 1
                                    ? identityPart(element, identity.parts.front())
                                    : std::string_view(m_composed.emplace_back(composedIdentity(element, identity))));
        };
        if (identity.parts.size() == 1)
            m_prefix = identity.parts.front().shown + '=';
        nameAll(m_leftNames, m_a);
        nameAll(m_rightNames, m_b);
        if (m_a.size() <= FewElements && m_b.size() <= FewElements && byFewIdentities())
            return;
        std::unordered_map<std::string_view, std::vector<int>> places;
        for (int i = 0; i < int(m_a.size()); ++i) {
            if (!m_leftNames[size_t(i)].empty())
                places[m_leftNames[size_t(i)]].push_back(i);
        }
        std::unordered_map<std::string_view, std::vector<int>> wanting;
        for (int j = 0; j < int(m_b.size()); ++j) {
            const std::string_view name = m_rightNames[size_t(j)];
            if (!name.empty() && places.contains(name))
                wanting[name].push_back(j);
        }
        for (const auto &[name, rights] : wanting) {
            const std::vector<int> &lefts = places[name];
            if (lefts.size() > 1 || rights.size() > 1) { // an identity that names several: equal ones first
                hash(lefts, rights);
                byHash(lefts, rights, &TreeNode::strict);
                byHash(lefts, rights, &TreeNode::loose);
            }
            size_t i = 0, j = 0;
            while (true) {
                while (i < lefts.size() && m_partnerOfLeft[size_t(lefts[i])] >= 0)
                    ++i;
                while (j < rights.size() && m_partnerOfRight[size_t(rights[j])] >= 0)
                    ++j;
                if (i == lefts.size() || j == rights.size())
                    break;
                join(lefts[i], rights[j]);
            }
        }
    }

    /// The same without any table, where no identity names several; false, with nothing joined, where one does.
    bool byFewIdentities()
    {
        const auto ambiguous = [](const std::vector<std::string_view> &names) {
            for (size_t i = 1; i < names.size(); ++i) {
                if (!names[i].empty() && std::find(names.begin(), names.begin() + qsizetype(i), names[i]) != names.begin() + qsizetype(i))
                    return true;
            }
            return false;
        };
        if (ambiguous(m_leftNames) || ambiguous(m_rightNames))
            return false;
        for (size_t j = 0; j < m_b.size(); ++j) {
            const auto found
                = m_rightNames[j].empty() ? m_leftNames.end() : std::find(m_leftNames.begin(), m_leftNames.end(), m_rightNames[j]);
            if (found != m_leftNames.end())
                join(int(found - m_leftNames.begin()), int(j));
        }
        return true;
    }

    /// Whatever is still alone and has no identity, wherever it stands.
    void anywhere()
    {
        if (std::ranges::find(m_partnerOfLeft, -1) == m_partnerOfLeft.end()
            || std::ranges::find(m_partnerOfRight, -1) == m_partnerOfRight.end())
            return;
        std::vector<int> lefts = loose(true), rights = loose(false);
        if (lefts.empty() || rights.empty())
            return;
        hash(lefts, rights);
        byHash(lefts, rights, &TreeNode::strict);
        byHash(lefts, rights, &TreeNode::loose);
        lefts = containers(loose(true), m_a);
        rights = containers(loose(false), m_b);
        if (lefts.empty() || rights.empty())
            return;
        byImpliedIdentity(lefts, rights);
        std::erase_if(lefts, [this](int i) { return m_partnerOfLeft[size_t(i)] >= 0; });
        std::erase_if(rights, [this](int j) { return m_partnerOfRight[size_t(j)] >= 0; });
        bestFirst(lefts, rights);
    }

    /// In order, by content; what is left over in between is paired by likeness, never crossing.
    void inOrder()
    {
        hash(loose(true), loose(false)); // all of them
        const auto symbols = [](Elements elements) {
            std::vector<quint64> out;
            out.reserve(elements.size());
            for (const TreeNode &element : elements)
                out.push_back(element.loose);
            return out;
        };
        const std::vector<quint64> mine = symbols(m_a), theirs = symbols(m_b);
        const Alignment aligned = align(mine, theirs, m_budget.align);
        for (const auto &[i, j] : aligned)
            join(i, j);
        // Equal on both sides, but not at the same place: moved.
        for (const auto hash : {&TreeNode::strict, &TreeNode::loose}) {
            const std::vector<int> lefts = loose(true), rights = loose(false);
            byHash(lefts, rights, hash, true);
        }
        int i = 0, j = 0;
        for (size_t k = 0; k <= aligned.size(); ++k) {
            const int nextI = k < aligned.size() ? aligned[k].first : int(m_a.size());
            const int nextJ = k < aligned.size() ? aligned[k].second : int(m_b.size());
            pairRun(i, nextI, j, nextJ);
            i = nextI + 1;
            j = nextJ + 1;
        }
    }

    /// The last thing asked of it.
    [[nodiscard]] ElementMatch result(bool ordered)
    {
        ElementMatch out;
        for (int i = 0; i < int(m_a.size()); ++i) {
            if (m_partnerOfLeft[size_t(i)] < 0)
                out.removed.push_back(i);
        }
        std::vector<int> lefts;
        for (int j = 0; j < int(m_b.size()); ++j) {
            const int i = m_partnerOfRight[size_t(j)];
            if (i < 0) {
                out.added.push_back(j);
                continue;
            }
            out.pairs.push_back({i, j, !m_moved.empty() && m_moved[size_t(j)], false});
            lefts.push_back(i);
        }
        const std::vector<int> kept = longestRising(lefts);
        if (!ordered)
            out.reordered = kept.size() != lefts.size();
        if (!ordered || m_moved.empty()) {
            size_t next = 0;
            for (size_t k = 0; k < out.pairs.size(); ++k) {
                const bool stays = next < kept.size() && kept[next] == int(k);
                next += stays ? 1 : 0;
                (ordered ? out.pairs[k].moved : out.pairs[k].displaced) = !stays;
            }
        }
        out.ordered = ordered;
        out.identityPrefix = std::move(m_prefix);
        out.composed = std::move(m_composed); // what is in it stays where it is
        out.leftIdentities = std::move(m_leftNames);
        out.rightIdentities = std::move(m_rightNames);
        return out;
    }

private:
    void join(int i, int j)
    {
        m_partnerOfLeft[size_t(i)] = j;
        m_partnerOfRight[size_t(j)] = i;
    }

    void markMoved(int j)
    {
        m_moved.resize(m_b.size());
        m_moved[size_t(j)] = 1;
    }

    [[nodiscard]] std::vector<int> loose(bool onLeft) const
    {
        const std::vector<int> &partners = onLeft ? m_partnerOfLeft : m_partnerOfRight;
        const std::vector<std::string_view> &named = onLeft ? m_leftNames : m_rightNames;
        std::vector<int> out;
        for (int i = 0; i < int(partners.size()); ++i) {
            if (partners[size_t(i)] < 0 && (named.empty() || named[size_t(i)].empty()))
                out.push_back(i);
        }
        return out;
    }

    static std::vector<int> containers(const std::vector<int> &among, Elements elements)
    {
        std::vector<int> out;
        for (const int i : among) {
            if (!isScalar(elements[size_t(i)]))
                out.push_back(i);
        }
        return out;
    }

    /// Those of them that have no hashes yet get them.
    void hash(const std::vector<int> &lefts, const std::vector<int> &rights)
    {
        const auto side = [](Tree &tree, Elements elements, const std::vector<int> &some) {
            for (const int at : some)
                tree.hash(elements[size_t(at)]);
        };
        const auto work = [](Elements elements, const std::vector<int> &some) {
            qsizetype values = 0;
            for (const int at : some)
                values += elements[size_t(at)].hashed ? 0 : elements[size_t(at)].value.weight();
            return values;
        };
        if (m_budget.parallel && std::min(work(m_a, lefts), work(m_b, rights)) >= WorthAThread) {
            std::thread other([&] { side(m_right, m_b, rights); });
            side(m_left, m_a, lefts);
            other.join();
        } else {
            side(m_left, m_a, lefts);
            side(m_right, m_b, rights);
        }
    }

    /// The n-th with one hash on the left with the n-th on the right. @pre they are hashed
    void byHash(const std::vector<int> &lefts, const std::vector<int> &rights, quint64 TreeNode::*hash, bool moved = false)
    {
        if (lefts.size() * rights.size() <= FewElements) {
            for (const int j : rights) {
                const auto fits = [&](int i) { return m_partnerOfLeft[size_t(i)] < 0 && m_a[size_t(i)].*hash == m_b[size_t(j)].*hash; };
                if (m_partnerOfRight[size_t(j)] >= 0)
                    continue;
                if (const auto found = std::ranges::find_if(lefts, fits); found != lefts.end()) {
                    join(*found, j);
                    if (moved)
                        markMoved(j);
                }
            }
            return;
        }
        std::unordered_map<quint64, std::vector<int>> places; // last first
        for (auto i = lefts.rbegin(); i != lefts.rend(); ++i) {
            if (m_partnerOfLeft[size_t(*i)] < 0)
                places[m_a[size_t(*i)].*hash].push_back(*i);
        }
        for (const int j : rights) {
            if (m_partnerOfRight[size_t(j)] >= 0)
                continue;
            const auto found = places.find(m_b[size_t(j)].*hash);
            if (found == places.end() || found->second.empty())
                continue;
            join(found->second.back(), j);
            found->second.pop_back();
            if (moved)
                markMoved(j);
        }
    }

    void byImpliedIdentity(const std::vector<int> &lefts, const std::vector<int> &rights)
    {
        struct Places {
            int left = -1, right = -1, lefts = 0, rights = 0;
        };
        std::unordered_map<quint64, Places> places;
        for (const int i : lefts) {
            if (const quint64 identity = impliedIdentity(m_a[size_t(i)])) {
                Places &entry = places[identity];
                entry.left = i;
                ++entry.lefts;
            }
        }
        for (const int j : rights) {
            if (const quint64 identity = impliedIdentity(m_b[size_t(j)])) {
                Places &entry = places[identity];
                entry.right = j;
                ++entry.rights;
            }
        }
        for (const auto &[identity, entry] : places) {
            if (entry.lefts == 1 && entry.rights == 1)
                join(entry.left, entry.right);
        }
    }

    void bestFirst(const std::vector<int> &lefts, const std::vector<int> &rights)
    {
        if (lefts.size() * rights.size() > MostPairs)
            return;
        if (lefts.size() == 1 && rights.size() == 1) {
            if (isOneChanged(lefts[0], rights[0]))
                join(lefts[0], rights[0]);
            return;
        }
        struct Candidate {
            double likeness;
            int left, right;
        };
        std::vector<Candidate> candidates;
        for (const int i : lefts) {
            for (const int j : rights) {
                const double likeness = similarity(m_left, m_a[size_t(i)], m_right, m_b[size_t(j)], m_budget.similarity);
                if (likeness >= ElementsAlike)
                    candidates.push_back({likeness, i, j});
            }
        }
        std::ranges::stable_sort(candidates, [](const Candidate &x, const Candidate &y) { return x.likeness > y.likeness; });
        for (const Candidate &candidate : candidates) {
            if (m_partnerOfLeft[size_t(candidate.left)] < 0 && m_partnerOfRight[size_t(candidate.right)] < 0)
                join(candidate.left, candidate.right);
        }
    }

    [[nodiscard]] double likeness(int i, int j)
    {
        const TreeNode &a = m_a[size_t(i)], &b = m_b[size_t(j)];
        if (isScalar(a) && isScalar(b))
            return ElementsAlike; // one value in place of another
        return similarity(m_left, a, m_right, b, m_budget.similarity);
    }

    /// The only two left over are one element that changed, unless they have nothing in common.
    [[nodiscard]] bool isOneChanged(int i, int j)
    {
        const TreeNode &a = m_a[size_t(i)], &b = m_b[size_t(j)];
        if (a.isArray() && b.isArray())
            return a.value.size() > 0 && b.value.size() > 0;
        return a.isObject() && b.isObject() && likeness(i, j) > 0;
    }

    /// Between two aligned elements: pairs that rise, the sum of their likeness as high as can be afforded.
    void pairRun(int fromI, int toI, int fromJ, int toJ)
    {
        std::vector<int> lefts, rights;
        for (int i = fromI; i < toI; ++i) {
            if (m_partnerOfLeft[size_t(i)] < 0)
                lefts.push_back(i);
        }
        for (int j = fromJ; j < toJ; ++j) {
            if (m_partnerOfRight[size_t(j)] < 0)
                rights.push_back(j);
        }
        if (lefts.empty() || rights.empty())
            return;
        if (lefts.size() == 1 && rights.size() == 1 && isOneChanged(lefts[0], rights[0])) {
            join(lefts[0], rights[0]);
            return;
        }
        if (lefts.size() * rights.size() <= MostPairs) {
            bestRising(lefts, rights);
            return;
        }
        // Too many to try: by what objects are usually told apart by, then by place.
        std::vector<quint64> mine, theirs;
        for (const int i : lefts)
            mine.push_back(impliedOr(m_a[size_t(i)], quint64(i) * 2 + 1));
        for (const int j : rights)
            theirs.push_back(impliedOr(m_b[size_t(j)], quint64(j) * 2 + 2));
        const Alignment aligned = align(mine, theirs, m_budget.align);
        for (const auto &[i, j] : aligned)
            join(lefts[size_t(i)], rights[size_t(j)]);
        int i = 0, j = 0;
        for (size_t k = 0; k <= aligned.size(); ++k) {
            const int nextI = k < aligned.size() ? aligned[k].first : int(lefts.size());
            const int nextJ = k < aligned.size() ? aligned[k].second : int(rights.size());
            for (; i < nextI && j < nextJ; ++i, ++j) {
                if (likeness(lefts[size_t(i)], rights[size_t(j)]) >= ElementsAlike)
                    join(lefts[size_t(i)], rights[size_t(j)]);
            }
            i = nextI + 1;
            j = nextJ + 1;
        }
    }

    static quint64 impliedOr(const TreeNode &element, quint64 otherwise)
    {
        const quint64 implied = impliedIdentity(element);
        return implied ? implied : otherwise;
    }

    void bestRising(const std::vector<int> &lefts, const std::vector<int> &rights)
    {
        const size_t n = lefts.size(), m = rights.size();
        std::vector<double> like(n * m), best((n + 1) * (m + 1), 0);
        const auto sum = [&best, m](size_t i, size_t j) -> double & { return best[i * (m + 1) + j]; };
        for (size_t i = n; i-- > 0;) {
            for (size_t j = m; j-- > 0;) {
                like[i * m + j] = likeness(lefts[i], rights[j]);
                sum(i, j) = std::max(sum(i + 1, j), sum(i, j + 1));
                if (like[i * m + j] >= ElementsAlike)
                    sum(i, j) = std::max(sum(i, j), like[i * m + j] + sum(i + 1, j + 1));
            }
        }
        for (size_t i = 0, j = 0; i < n && j < m;) {
            if (like[i * m + j] >= ElementsAlike && sum(i, j) == like[i * m + j] + sum(i + 1, j + 1))
                join(lefts[i++], rights[j++]);
            else if (sum(i, j) == sum(i + 1, j))
                ++i;
            else
                ++j;
        }
    }

    Tree &m_left, &m_right;
    Elements m_a, m_b;
    MatchBudget &m_budget;
    std::vector<int> m_partnerOfLeft, m_partnerOfRight;
    std::vector<std::string_view> m_leftNames, m_rightNames;
    std::deque<std::string> m_composed;
    std::string m_prefix;
    std::vector<char> m_moved; ///< by right position; empty: none was found by its content alone
};

} // namespace

QString ElementMatch::nameOf(const TreeNode &element, bool onLeft, int at) const
{
    const std::vector<std::string_view> &identities = onLeft ? leftIdentities : rightIdentities;
    std::string_view prefix = identityPrefix, text;
    if (!identities.empty())
        text = identities[size_t(at)];
    if (text.empty()) {
        prefix = {};
        text = ordered ? std::string_view() : scalarText(element.value);
    }
    if (text.empty() || prefix.size() + text.size() > LongestName)
        return {};
    return u'[' + Json::toQString(prefix) + Json::toQString(text) + u']';
}

ElementMatch matchElements(Tree &left, const TreeNode &a, Tree &right, const TreeNode &b, const std::vector<ElementIdentity> &identities,
                           bool exact, MatchBudget &budget)
{
    Matcher matcher(left, a, right, b, budget);
    const bool ordered = exact || !a.rules.unordered;
    if (a.rules.identity >= 0)
        matcher.byIdentity(identities[size_t(a.rules.identity)]);
    if (a.rules.identity >= 0 || !ordered)
        matcher.anywhere();
    else
        matcher.inOrder();
    return matcher.result(ordered);
}

} // namespace Orgtrace::Compare
