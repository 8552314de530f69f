#pragma once

#include <QStringList>

#include <array>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace Orgtrace::Compare {

/// What the rules say about one place in a document.
struct PlaceRules {
    bool unordered = false; ///< an array whose order means nothing
    bool text = false; ///< text even if it looks like a number
    bool label = false; ///< kept, not compared
    bool ignored = false; ///< not under the rules both sides share
    bool reduced = false; ///< a reference: only its id counts
    int identity = -1; ///< number of the identity that names this array's elements
};

/// Catalogue path patterns ("policies/*/actions", "**/selfUri"), followed while a document is walked: `*` stands for one member or element,
/// `**` for any number of them, none included. The patterns are turned into a deterministic automaton as far as documents ask for it, so a
/// step costs one look-up. Not thread-safe: walking makes states.
class PathRules
{
public:
    enum Role { Unordered, Text, Label, Ignored, Reduced, Identity };
    void add(const QString &pattern, Role role, int identity = -1); ///< @pre before the first walk

    using State = quint32;
    [[nodiscard]] State start();
    [[nodiscard]] State member(State from, std::string_view name);
    [[nodiscard]] State element(State from) { return step(from, ElementName); }
    [[nodiscard]] const PlaceRules &at(State state) const { return m_places[state]; }

private:
    static constexpr quint32 OtherName = 0; // any member no pattern names
    static constexpr quint32 ElementName = 1; // an element of an array: only wildcards fit
    static constexpr quint32 AnyName = 2; // token *
    static constexpr State Unknown = ~State(0);
    static constexpr quint32 AnyDepth = 3; // token **
    struct Pattern {
        std::vector<quint32> tokens;
        Role role;
        int identity;
    };
    struct NameHash {
        using is_transparent = void;
        size_t operator()(std::string_view name) const { return std::hash<std::string_view>()(name); }
    };
    using Position = std::pair<quint32, quint32>; // pattern, token still to come
    [[nodiscard]] State step(State from, quint32 name);
    [[nodiscard]] State intern(std::vector<Position> positions);
    void advance(std::vector<Position> &into, quint32 pattern, quint32 token) const;

    std::vector<Pattern> m_patterns;
    std::unordered_map<std::string, quint32, NameHash, std::equal_to<>> m_names;
    std::vector<std::vector<Position>> m_states;
    std::vector<PlaceRules> m_places;
    std::vector<std::array<State, 2>> m_frequent; // by OtherName and ElementName
    std::unordered_map<quint64, State> m_steps; // by the names that patterns have
    std::unordered_map<std::string, State> m_interned;
};

} // namespace Orgtrace::Compare
