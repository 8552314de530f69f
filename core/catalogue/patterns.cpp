#include "catalogue/patterns.h"

#include "json/text.h"

#include <algorithm>

namespace Orgtrace::Catalogue {

Patterns::Patterns(const DomainRules &rules)
{
    add(rules.dropped, Role::Dropped);
    add(rules.signals_, Role::Signal);
    add(rules.lastSeen, Role::Signal);
    add(rules.references, Role::Reference);
    add(rules.unordered, Role::Unordered);
    add(rules.secrets, Role::Secret);
    // Where several fit, the one with fewer wildcards; then by text, so that the hash's order decides nothing.
    QStringList arrays = rules.identities.keys();
    std::ranges::sort(arrays, {}, [](const QString &pattern) { return std::pair(pattern.count(u'*'), pattern); });
    for (const QString &array : std::as_const(arrays)) {
        ElementIdentity identity;
        for (const auto these = rules.identities.value(array).split(u',', Qt::SkipEmptyParts); const QString &path : these) {
            std::vector<std::string> names;
            QString slashed = path.trimmed();
            for (const auto parts = slashed.replace(u'.', u'/').split(u'/', Qt::SkipEmptyParts); const QString &name : parts)
                names.push_back(Json::toUtf8(name));
            if (!names.empty())
                identity.paths.push_back(std::move(names));
        }
        addPattern(array, Role::Identity, static_cast<int>(m_identities.size()));
        m_identities.push_back(std::move(identity));
    }
    Positions start;
    for (uint32_t i = 0; i < m_patterns.size(); ++i)
        reach(start, i, 0);
    m_root = intern(std::move(start));
}

void Patterns::add(const QStringList &patterns, Role role)
{
    for (const QString &pattern : patterns)
        addPattern(pattern, role, -1);
}

void Patterns::addPattern(const QString &pattern, Role role, int identity)
{
    Pattern compiled{{}, role, identity};
    for (const auto those = pattern.split(u'/', Qt::SkipEmptyParts); const QString &token : those)
        compiled.tokens.push_back(Json::toUtf8(token));
    if (!compiled.tokens.empty())
        m_patterns.push_back(std::move(compiled));
}

/// Adds a position, and those behind a ** that stands for nothing.
void Patterns::reach(Positions &into, uint32_t pattern, uint32_t token) const
{
    into.emplace_back(pattern, token);
    const auto &tokens = m_patterns[pattern].tokens;
    if (token < tokens.size() && tokens[token] == "**")
        reach(into, pattern, token + 1);
}

Patterns::State Patterns::step(State from, const std::string_view *name)
{
    const Positions current = m_states[static_cast<size_t>(from)].positions;
    Positions next;
    for (const auto &[pattern, token] : current) {
        const auto &tokens = m_patterns[pattern].tokens;
        if (token == tokens.size())
            continue;
        if (tokens[token] == "**")
            reach(next, pattern, token);
        else if (tokens[token] == "*" || (name && tokens[token] == *name))
            reach(next, pattern, token + 1);
    }
    return intern(std::move(next));
}

Patterns::State Patterns::member(State from, std::string_view name)
{
    return step(from, &name);
}

Patterns::State Patterns::element(State from)
{
    if (const State known = m_states[static_cast<size_t>(from)].element; known >= 0)
        return known;
    const State next = step(from, nullptr);
    m_states[static_cast<size_t>(from)].element = next;
    return next;
}

Patterns::State Patterns::intern(Positions positions)
{
    std::ranges::sort(positions);
    positions.erase(std::ranges::unique(positions).begin(), positions.end());
    if (const auto known = m_known.find(positions); known != m_known.end())
        return known->second;
    Place place;
    for (const auto &[pattern, token] : positions) {
        const Pattern &rule = m_patterns[pattern];
        if (token < rule.tokens.size())
            continue;
        switch (rule.role) {
        case Role::Dropped: place.dropped = true; break;
        case Role::Signal: place.signal = true; break;
        case Role::Reference: place.reference = true; break;
        case Role::Unordered: place.unordered = true; break;
        case Role::Secret: place.secret = true; break;
        case Role::Identity:
            if (place.identity < 0)
                place.identity = rule.identity;
            break;
        }
    }
    const auto state = static_cast<State>(m_states.size());
    m_states.push_back({positions, place, -1});
    m_known.emplace(std::move(positions), state);
    return state;
}

} // namespace Orgtrace::Catalogue
