#include "compare/tree.h"

#include "compare/fingerprints.h"
#include "compare/largepages.h"
#include "json/equality.h"

#include <QtEndian>

#include <algorithm>
#include <cstring>
#include <functional>
#include <utility>

namespace Orgtrace::Compare {

namespace {

constexpr size_t ShortestFingerprint = 33; // secret:<key id>:<24 hex>

quint64 mix(quint64 value)
{
    value += 0x9e3779b97f4a7c15ULL;
    value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9ULL;
    value = (value ^ (value >> 27)) * 0x94d049bb133111ebULL;
    return value ^ (value >> 31);
}

quint64 combine(quint64 seed, quint64 value)
{
    return mix(seed * 31 + value);
}

/// Eight bytes a step: most of a layout's time is spent here.
quint64 hashText(std::string_view text, quint64 seed)
{
    constexpr quint64 odd = 0x9fb21c651e98df25ULL;
    quint64 state = seed ^ (quint64(text.size()) * odd);
    const char *at = text.data();
    size_t left = text.size();
    for (; left >= 8; left -= 8, at += 8) {
        quint64 word;
        std::memcpy(&word, at, 8);
        state = (state ^ word) * odd;
        state ^= state >> 32;
    }
    if (left > 0) {
        quint64 word = 0;
        std::memcpy(&word, at, left);
        state = (state ^ word) * odd;
    }
    return mix(state);
}

bool isDigit(char c)
{
    return c >= '0' && c <= '9';
}

/// The same for every JSON number text of the same value; nothing for a text that is no number. Exponents wrap modulo 2^64, which keeps equal ones equal.
std::optional<quint64> hashDecimal(std::string_view text)
{
    if (text.empty() || text.size() > 4096 || (text.front() != '-' && !isDigit(text.front())))
        return std::nullopt;
    size_t at = text.front() == '-' ? 1 : 0;
    const bool negative = at == 1;
    std::string digits;
    quint64 exponent = 0;
    const size_t whole = at;
    while (at < text.size() && isDigit(text[at]))
        digits.push_back(text[at++]);
    if (at == whole || (at - whole > 1 && text[whole] == '0'))
        return std::nullopt;
    if (at < text.size() && text[at] == '.') {
        const size_t fraction = ++at;
        while (at < text.size() && isDigit(text[at])) {
            digits.push_back(text[at++]);
            --exponent;
        }
        if (at == fraction)
            return std::nullopt;
    }
    if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
        ++at;
        bool minus = false;
        if (at < text.size() && (text[at] == '+' || text[at] == '-'))
            minus = text[at++] == '-';
        const size_t start = at;
        quint64 given = 0;
        while (at < text.size() && isDigit(text[at]))
            given = given * 10 + quint64(text[at++] - '0');
        if (at == start)
            return std::nullopt;
        exponent += minus ? quint64(0) - given : given;
    }
    if (at != text.size())
        return std::nullopt;
    const size_t significant = digits.find_first_not_of('0');
    if (significant == std::string::npos)
        return mix(0x2e);
    digits.erase(0, significant);
    while (digits.back() == '0') {
        digits.pop_back();
        ++exponent;
    }
    return combine(hashText(digits, negative ? 5 : 7), exponent);
}

} // namespace

/// Lays a document out, depth first, so that what is read together lies together.
class Tree::Layout
{
public:
    Layout(Tree &tree, PathRules &rules, const SkippedRows &skipped) :
        m_tree(tree), m_nodes(tree.m_nodes), m_rules(rules), m_skipped(skipped)
    {
    }

    void run(Json::Value root, qsizetype largestWhole)
    {
        reserve(size_t(root.weight()) + 1);
        TreeNode top;
        top.value = root;
        top.kind = root.kind();
        const PathRules::State state = m_rules.start();
        top.rules = m_rules.at(state);
        m_nodes.push_back(top);
        subtree(0, state, root.weight() > largestWhole);
    }

    /// Everything inside one node that is there already.
    void subtree(quint32 node, PathRules::State state, bool closing)
    {
        const size_t base = m_open.size();
        m_open.push_back({node, state});
        while (m_open.size() > base) {
            const Open open = m_open.back();
            m_open.pop_back();
            const size_t mark = m_open.size();
            const quint32 first = quint32(m_nodes.size());
            if (m_nodes[open.node].isObject())
                members(open);
            else
                elements(open, closing);
            m_nodes[open.node].first = first;
            m_nodes[open.node].count = quint32(m_nodes.size()) - first;
            std::reverse(m_open.begin() + qsizetype(mark), m_open.end()); // the first child next
        }
    }

    /// The hashes of one node by all that is inside it, which is not kept.
    void hashClosed(quint32 at)
    {
        const PathRules::State state = elementState(m_nodes[at]);
        m_nodes[at].closed = false;
        const quint32 laidOut = quint32(m_nodes.size()); // what stands before is other elements', closed themselves perhaps
        subtree(at, state, false);
        for (quint32 node = quint32(m_nodes.size()); node-- > laidOut;)
            m_tree.compute(m_nodes[node]);
        m_tree.compute(m_nodes[at]);
        close(at, state);
    }

    void close(quint32 at, PathRules::State state)
    {
        if (m_nodes[at].count > 0)
            m_nodes.resize(m_nodes[at].first);
        m_nodes[at].closed = true;
        m_nodes[at].partial = false;
        m_nodes[at].first = state; // for opening it
        m_nodes[at].count = 0;
    }

    [[nodiscard]] PathRules::State elementState(const TreeNode &closed) const { return closed.first; }
    std::vector<std::pair<quint32, PathRules::State>> opened;
    const std::vector<bool> *wanted = nullptr; ///< of the object that is laid out next

private:
    struct Open {
        quint32 node;
        PathRules::State state;
    };
    struct Named {
        quint64 prefix; ///< most names differ in their first eight bytes
        Json::Member member;
        friend bool operator<(const Named &x, const Named &y)
        {
            return x.prefix != y.prefix ? x.prefix < y.prefix : x.member.key < y.member.key;
        }
    };

    /// Room for all at once: growing would hold the nodes twice. What is not used is never touched.
    void reserve(size_t most)
    {
        m_nodes.reserve(most);
        adviseLargePages(m_nodes.data(), m_nodes.capacity() * sizeof(TreeNode));
    }

    static quint64 prefixOf(std::string_view name)
    {
        quint64 word = 0;
        std::memcpy(&word, name.data(), std::min(name.size(), sizeof word));
        return qFromBigEndian(word);
    }

    void put(const TreeNode &child, PathRules::State state)
    {
        if (child.isObject() || child.isArray())
            m_open.push_back({quint32(m_nodes.size()), state});
        m_nodes.push_back(child);
    }

    void members(const Open &open)
    {
        const Json::Value value = m_nodes[open.node].value;
        const bool reduced = m_nodes[open.node].rules.reduced && !value[std::string_view("id")].isMissing();
        m_named.clear();
        bool sorted = true;
        const std::vector<bool> *some = std::exchange(wanted, nullptr);
        size_t place = 0;
        for (const Json::Member &member : value.members()) {
            if ((some && !(*some)[place++]) || (reduced && member.key != "id"))
                continue;
            const Named named{prefixOf(member.key), member};
            sorted = sorted && (m_named.empty() || m_named.back() < named);
            m_named.push_back(named);
        }
        if (!sorted)
            sort();
        TreeNode child;
        const Named *before = nullptr;
        for (const Named &named : m_named) {
            if (before && before->member.key == named.member.key)
                continue; // a name twice: the first one counts, as everywhere
            before = &named;
            const PathRules::State next = m_rules.member(open.state, named.member.key);
            if (m_rules.at(next).ignored)
                continue;
            child.value = named.member.value;
            child.kind = child.value.kind();
            child.key = named.member.key;
            child.rules = m_rules.at(next);
            put(child, next);
        }
    }

    void sort()
    {
        constexpr size_t few = 32;
        if (m_named.size() > few) {
            std::ranges::stable_sort(m_named, std::less());
            return;
        }
        for (size_t at = 1; at < m_named.size(); ++at) {
            const Named moving = m_named[at];
            size_t hole = at;
            for (; hole > 0 && moving < m_named[hole - 1]; --hole)
                m_named[hole] = m_named[hole - 1];
            m_named[hole] = moving;
        }
    }

    void elements(const Open &open, bool closing)
    {
        const TreeNode parent = m_nodes[open.node];
        if (!parent.isArray() || parent.value.size() == 0)
            return;
        const PathRules::State next = m_rules.element(open.state);
        TreeNode child;
        child.rules = m_rules.at(next);
        const bool pivot = !m_skipped.isEmpty() && parent.key == m_skipped.array;
        const bool many = closing && parent.value.size() >= ManyElements;
        quint32 index = 0;
        for (const Json::Value item : parent.value.items()) {
            child.index = index++;
            if (child.rules.ignored || (pivot && m_skipped.values.contains(item[m_skipped.member].toQString())))
                continue;
            child.value = item;
            child.kind = item.kind();
            if (many && item.weight() >= SmallestClosed && item.weight() <= LargestClosed) {
                m_nodes.push_back(child);
                close(quint32(m_nodes.size()) - 1, next);
            } else {
                put(child, next);
            }
        }
    }

    static constexpr qsizetype ManyElements = 64;
    static constexpr qsizetype SmallestClosed = 6; // below, there is nothing to be saved
    static constexpr qsizetype LargestClosed = 65'536; // above, doing it twice costs more than it saves
    Tree &m_tree;
    std::vector<TreeNode> &m_nodes;
    PathRules &m_rules;
    const SkippedRows &m_skipped;
    std::vector<Open> m_open;
    std::vector<Named> m_named;
};

Tree::Tree(Json::Value root, PathRules &rules, const Options &options, const SkippedRows &skipped) :
    m_layout(std::make_unique<Layout>(*this, rules, skipped)), m_exact(options.exact)
{
    m_layout->run(root, options.largestWhole);
    // Under whose keys its secrets are is told by the hashes, all of them: only where there may be any.
    if (Json::anyStringContains(root, "secret:", ShortestFingerprint))
        hashAll();
}

Tree::~Tree() = default;

void Tree::open(const TreeNode &node, const std::vector<bool> *wanted)
{
    if (!node.closed)
        return;
    const quint32 at = indexOf(node);
    const PathRules::State state = m_layout->elementState(node);
    m_nodes[at].closed = false;
    m_layout->opened.emplace_back(at, state);
    m_layout->wanted = node.isObject() ? wanted : nullptr;
    m_nodes[at].partial = m_layout->wanted != nullptr;
    m_layout->subtree(at, state, false);
}

void Tree::close(const TreeNode &node)
{
    const auto [at, state] = m_layout->opened.back();
    Q_ASSERT(at == indexOf(node));
    m_layout->opened.pop_back();
    m_layout->close(at, state);
}

void Tree::hashAll()
{
    for (quint32 at = size(); at-- > 0;) { // children come after their parents
        if (m_nodes[at].closed)
            m_layout->hashClosed(at);
        else
            compute(m_nodes[at]);
    }
}

void Tree::hash(const TreeNode &node)
{
    if (node.hashed)
        return;
    Q_ASSERT(!node.partial);
    const quint32 at = indexOf(node);
    if (node.closed) {
        m_layout->hashClosed(at);
        return;
    }
    // What is inside it lies together, from its first child to the last child's last child's end.
    quint32 end = node.first + node.count;
    for (quint32 from = node.first, child = end; child-- > from;) {
        if (m_nodes[child].closed || m_nodes[child].count == 0)
            continue;
        from = m_nodes[child].first;
        child = end = from + m_nodes[child].count;
    }
    for (quint32 inner = end; inner-- > node.first;) {
        if (m_nodes[inner].hashed)
            continue;
        Q_ASSERT(!m_nodes[inner].partial);
        if (m_nodes[inner].closed)
            m_layout->hashClosed(inner);
        else
            compute(m_nodes[inner]);
    }
    compute(m_nodes[at]);
}

void Tree::compute(TreeNode &node)
{
    node.hashed = true;
    const quint64 seed = quint64(node.kind) + 11;
    switch (node.kind) {
    case Json::Kind::Missing:
    case Json::Kind::Null: node.strict = node.loose = mix(seed); break;
    case Json::Kind::Bool: node.strict = node.loose = combine(seed, node.value.toBool() ? 1 : 2); break;
    case Json::Kind::Number: {
        node.strict = node.loose = hashText(node.value.numberText(), seed);
        if (!m_exact && !node.rules.text)
            node.loose = hashDecimal(node.value.numberText()).value_or(node.strict);
        break;
    }
    case Json::Kind::String: {
        const std::string_view text = node.value.string();
        node.strict = node.loose = hashText(text, seed);
        if (!m_exact && !node.rules.text)
            node.loose = hashDecimal(text).value_or(node.strict);
        if (text.size() >= ShortestFingerprint && text.find("secret:") != std::string_view::npos) {
            const Fingerprints found = fingerprintsIn(text);
            for (const std::string_view key : found.keys)
                m_secretKeys.insert(QString::fromUtf8(key.data(), qsizetype(key.size())));
            if (m_masked)
                node.loose = hashText(found.plain, seed);
        }
        break;
    }
    case Json::Kind::Object: {
        node.strict = node.loose = mix(seed);
        bool alike = true; // both hashes are the same so far, as in most objects
        for (const TreeNode &child : children(node)) {
            const quint64 name = hashText(child.key, seed);
            const quint64 before = node.strict;
            const bool counts = !child.rules.label || m_exact;
            node.strict = combine(combine(before, name), child.strict);
            if (alike && counts && child.loose == child.strict) {
                node.loose = node.strict;
                continue;
            }
            if (alike)
                node.loose = before;
            alike = false;
            if (counts)
                node.loose = combine(combine(node.loose, name), child.loose);
        }
        break;
    }
    case Json::Kind::Array: {
        node.strict = node.loose = combine(seed, node.count);
        const bool anyOrder = node.rules.unordered && !m_exact;
        for (const TreeNode &child : children(node)) {
            node.strict = combine(node.strict, child.strict);
            node.loose = anyOrder ? node.loose + mix(child.loose) : combine(node.loose, child.loose);
        }
        break;
    }
    }
}

void Tree::maskSecrets()
{
    m_masked = true;
    hashAll();
}

namespace {

/// @pre both are hashed, and what is inside them
double alike(const Tree &left, const TreeNode &a, const Tree &right, const TreeNode &b, qint64 &budget, std::string_view without, int depth)
{
    budget -= 1;
    if (budget <= 0)
        return 0;
    if (a.loose == b.loose)
        return 1;
    constexpr double sameName = 0.2; // a member that is there on both sides says something, whatever it holds
    if (a.isObject() && b.isObject()) {
        const auto mine = left.children(a), theirs = right.children(b);
        double sum = 0;
        int all = 0;
        for (auto i = mine.begin(), j = theirs.begin(); i != mine.end() || j != theirs.end();) {
            const bool onLeft = j == theirs.end() || (i != mine.end() && i->key <= j->key);
            const bool onRight = i == mine.end() || (j != theirs.end() && j->key <= i->key);
            const std::string_view name = onLeft ? i->key : j->key;
            const bool counts = (without.empty() || name != without) && !(onLeft ? i : j)->rules.label;
            if (counts) {
                ++all;
                --budget;
            }
            if (counts && onLeft && onRight)
                sum += i->loose == j->loose ? 1
                    : depth > 0             ? std::max(sameName, alike(left, *i, right, *j, budget, {}, depth - 1))
                                            : sameName;
            if (onLeft)
                ++i;
            if (onRight)
                ++j;
        }
        return all == 0 ? 1 : sum / all;
    }
    if (a.isArray() && b.isArray()) {
        std::vector<quint64> mine, theirs;
        for (const TreeNode &child : left.children(a))
            mine.push_back(child.loose);
        for (const TreeNode &child : right.children(b))
            theirs.push_back(child.loose);
        budget -= qint64(mine.size() + theirs.size());
        std::ranges::sort(mine);
        std::ranges::sort(theirs);
        std::vector<quint64> common;
        std::ranges::set_intersection(mine, theirs, std::back_inserter(common));
        return 2.0 * double(common.size()) / double(mine.size() + theirs.size());
    }
    return 0;
}

} // namespace

double similarity(Tree &left, const TreeNode &a, Tree &right, const TreeNode &b, qint64 &budget, std::string_view withoutMember)
{
    if (budget <= 0)
        return 0;
    for (const auto &[tree, node] : {std::pair(&left, &a), std::pair(&right, &b)}) {
        tree->hash(*node);
        if (node->closed) {
            tree->open(*node);
            for (const TreeNode &child : tree->children(*node))
                tree->hash(child);
        }
    }
    return alike(left, a, right, b, budget, withoutMember, 4);
}

} // namespace Orgtrace::Compare
