#include "compare/tree.h"

#include "compare/fingerprints.h"
#include "json/text.h"

#include <algorithm>

namespace Orgtrace::Compare {

namespace {

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

quint64 hashText(std::string_view text, quint64 seed)
{
    return combine(seed, std::hash<std::string_view>()(text));
}

bool isDigit(char c)
{
    return c >= '0' && c <= '9';
}

/// The same for every JSON number text of the same value; nothing for a text that is no number. Exponents wrap modulo 2^64, which keeps equal ones equal.
std::optional<quint64> hashDecimal(std::string_view text)
{
    if (text.empty() || text.size() > 4096)
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

Tree::Tree(Json::Value root, PathRules &rules, bool exact, const SkippedRows &skipped) : m_exact(exact)
{
    TreeNode top;
    top.value = root;
    m_states.push_back(rules.start());
    top.rules = rules.at(m_states.front());
    m_nodes.push_back(top);
    for (quint32 at = 0; at < m_nodes.size(); ++at)
        expand(at, rules, skipped);
    m_states.clear();
    hash(false);
}

void Tree::expand(quint32 at, PathRules &rules, const SkippedRows &skipped)
{
    const Json::Value value = m_nodes[at].value;
    const PathRules::State state = m_states[at];
    const quint32 first = quint32(m_nodes.size());
    TreeNode child;
    if (value.isObject()) {
        std::vector<Json::Member> members;
        members.reserve(size_t(value.size()));
        const bool reduced = m_nodes[at].rules.reduced && !value[std::string_view("id")].isMissing();
        for (const Json::Member &member : value.members()) {
            if (!reduced || member.key == "id")
                members.push_back(member);
        }
        const auto byName = [](const Json::Member &left, const Json::Member &right) { return left.key < right.key; };
        if (!std::is_sorted(members.begin(), members.end(), byName))
            std::stable_sort(members.begin(), members.end(), byName);
        std::string_view before;
        for (const Json::Member &member : members) {
            if (m_nodes.size() > first && member.key == before)
                continue; // a name twice: the first one counts, as everywhere
            before = member.key;
            const PathRules::State next = rules.member(state, member.key);
            if (rules.at(next).ignored)
                continue;
            child.value = member.value;
            child.key = member.key;
            child.rules = rules.at(next);
            m_nodes.push_back(child);
            m_states.push_back(next);
        }
    } else if (value.isArray() && value.size() > 0) {
        const PathRules::State next = rules.element(state);
        child.rules = rules.at(next);
        const bool pivot = !skipped.isEmpty() && m_nodes[at].key == skipped.array;
        quint32 index = 0;
        for (const Json::Value item : value.items()) {
            child.index = index++;
            if (child.rules.ignored || (pivot && skipped.values.contains(item[skipped.member].toQString())))
                continue;
            child.value = item;
            m_nodes.push_back(child);
            m_states.push_back(next);
        }
    }
    m_nodes[at].first = first;
    m_nodes[at].count = quint32(m_nodes.size()) - first;
}

void Tree::hash(bool masked)
{
    for (quint32 at = size(); at-- > 0;) { // children come after their parents
        TreeNode &node = m_nodes[at];
        const Json::Kind kind = node.value.kind();
        const quint64 seed = quint64(kind) + 11;
        switch (kind) {
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
            if (text.size() > 32 && text.find("secret:") != std::string_view::npos) {
                const Fingerprints found = fingerprintsIn(text);
                for (const std::string_view key : found.keys)
                    m_secretKeys.insert(QString::fromUtf8(key.data(), qsizetype(key.size())));
                if (masked)
                    node.loose = hashText(found.plain, seed);
            }
            break;
        }
        case Json::Kind::Object: {
            node.strict = node.loose = mix(seed);
            for (const TreeNode &child : children(node)) {
                node.strict = combine(hashText(child.key, node.strict), child.strict);
                if (!child.rules.label || m_exact)
                    node.loose = combine(hashText(child.key, node.loose), child.loose);
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
}

void Tree::maskSecrets()
{
    hash(true);
}

const TreeNode *Tree::find(const TreeNode &from, std::span<const std::string> path) const
{
    const TreeNode *at = &from;
    for (const std::string &name : path) {
        if (!at->value.isObject())
            return nullptr;
        const auto members = children(*at);
        const auto place = std::lower_bound(members.begin(), members.end(), std::string_view(name),
                                            [](const TreeNode &node, std::string_view wanted) { return node.key < wanted; });
        if (place == members.end() || place->key != name)
            return nullptr;
        at = &*place;
    }
    return at;
}

namespace {

double alike(const Tree &left, const TreeNode &a, const Tree &right, const TreeNode &b, qint64 &budget, std::string_view without, int depth)
{
    budget -= 1;
    if (budget <= 0)
        return 0;
    if (a.loose == b.loose)
        return 1;
    constexpr double sameName = 0.2; // a member that is there on both sides says something, whatever it holds
    if (a.value.isObject() && b.value.isObject()) {
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
    if (a.value.isArray() && b.value.isArray()) {
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

double similarity(const Tree &left, const TreeNode &a, const Tree &right, const TreeNode &b, qint64 &budget, std::string_view withoutMember)
{
    return alike(left, a, right, b, budget, withoutMember, 4);
}

} // namespace Orgtrace::Compare
