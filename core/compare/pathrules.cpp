#include "compare/pathrules.h"

#include <QString>

#include <algorithm>

namespace Orgtrace::Compare {

void PathRules::add(const QString &pattern, Role role, int identity)
{
    Pattern compiled{{}, role, identity};
    for (const auto those = pattern.split(u'/', Qt::SkipEmptyParts); const QString &token : those) {
        if (token == QLatin1StringView("**"))
            compiled.tokens.push_back(AnyDepth);
        else if (token == QLatin1StringView("*"))
            compiled.tokens.push_back(AnyName);
        else
            compiled.tokens.push_back(m_names.try_emplace(token.toStdString(), quint32(m_names.size() + 4)).first->second);
    }
    m_patterns.push_back(std::move(compiled));
}

PathRules::State PathRules::start()
{
    if (m_states.empty()) {
        std::vector<Position> positions;
        for (quint32 pattern = 0; pattern < m_patterns.size(); ++pattern)
            advance(positions, pattern, 0);
        (void)intern(std::move(positions));
    }
    return 0;
}

void PathRules::advance(std::vector<Position> &into, quint32 pattern, quint32 token) const
{
    const auto &tokens = m_patterns[pattern].tokens;
    into.emplace_back(pattern, token);
    while (token < tokens.size() && tokens[token] == AnyDepth) // which may stand for nothing at all
        into.emplace_back(pattern, ++token);
}

PathRules::State PathRules::member(State from, std::string_view name)
{
    if (m_states[from].empty())
        return from;
    if (m_names.empty())
        return step(from, OtherName);
    const auto known = m_names.find(name);
    return step(from, known == m_names.end() ? OtherName : known->second);
}

PathRules::State PathRules::step(State from, quint32 name)
{
    if (m_states[from].empty())
        return from;
    const bool isFrequent = name <= ElementName;
    if (isFrequent && m_frequent[from][name] != Unknown)
        return m_frequent[from][name];
    const quint64 key = (quint64(from) << 32) | name;
    if (const auto known = m_steps.find(key); !isFrequent && known != m_steps.end())
        return known->second;
    std::vector<Position> positions;
    for (const auto &[pattern, token] : m_states[from]) {
        const auto &tokens = m_patterns[pattern].tokens;
        if (token >= tokens.size())
            continue;
        if (tokens[token] == AnyDepth)
            advance(positions, pattern, token);
        else if (tokens[token] == AnyName || tokens[token] == name)
            advance(positions, pattern, token + 1);
    }
    const State to = intern(std::move(positions));
    if (isFrequent)
        m_frequent[from][name] = to;
    else
        m_steps.emplace(key, to);
    return to;
}

PathRules::State PathRules::intern(std::vector<Position> positions)
{
    std::ranges::sort(positions);
    const auto rest = std::ranges::unique(positions);
    positions.erase(rest.begin(), rest.end());
    const std::string key(reinterpret_cast<const char *>(positions.data()), positions.size() * sizeof(Position));
    const auto [place, isNew] = m_interned.try_emplace(key, State(m_states.size()));
    if (!isNew)
        return place->second;
    PlaceRules rules;
    for (const auto &[index, token] : positions) {
        const Pattern &pattern = m_patterns[index];
        if (token != pattern.tokens.size())
            continue;
        switch (pattern.role) {
        case Unordered: rules.unordered = true; break;
        case Text: rules.text = true; break;
        case Label: rules.label = true; break;
        case Ignored: rules.ignored = true; break;
        case Reduced: rules.reduced = true; break;
        case Identity:
            if (rules.identity < 0)
                rules.identity = pattern.identity;
            break;
        }
    }
    m_states.push_back(std::move(positions));
    m_places.push_back(rules);
    m_frequent.push_back({Unknown, Unknown});
    return place->second;
}

} // namespace Orgtrace::Compare
