#pragma once

#include "catalogue/catalogue.h"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

/// A domain's member-path patterns as one automaton, followed while an entity is walked. Private to the room.
namespace Orgtrace::Catalogue {

/// How the elements of an unordered array are named: member paths inside the element.
struct ElementIdentity {
    std::vector<std::vector<std::string>> paths;
};

/// What the rules say about one place.
struct Place {
    bool dropped = false;
    bool signal = false;
    bool reference = false;
    bool unordered = false;
    bool secret = false;
    int identity = -1; ///< into Patterns::identity()
};

/// Not thread-safe: states are made as entities ask for them.
class Patterns
{
public:
    using State = int;
    explicit Patterns(const DomainRules &rules);

    [[nodiscard]] State root() const { return m_root; }
    [[nodiscard]] State member(State from, std::string_view name);
    [[nodiscard]] State element(State from);
    [[nodiscard]] const Place &at(State state) const { return m_states[static_cast<size_t>(state)].place; }
    [[nodiscard]] const ElementIdentity &identity(int index) const { return m_identities[static_cast<size_t>(index)]; }
    [[nodiscard]] size_t stateCount() const { return m_states.size(); }

private:
    enum class Role : uint8_t { Dropped, Signal, Reference, Unordered, Secret, Identity };
    struct Pattern {
        std::vector<std::string> tokens;
        Role role;
        int identity;
    };
    using Position = std::pair<uint32_t, uint32_t>; ///< pattern, token still to come
    using Positions = std::vector<Position>;
    struct StateData {
        Positions positions;
        Place place;
        State element = -1;
    };

    void add(const QStringList &patterns, Role role);
    void addPattern(const QString &pattern, Role role, int identity);
    void reach(Positions &into, uint32_t pattern, uint32_t token) const;
    State step(State from, const std::string_view *name);
    State intern(Positions positions);

    std::vector<Pattern> m_patterns;
    std::vector<ElementIdentity> m_identities;
    std::vector<StateData> m_states;
    std::map<Positions, State> m_known;
    State m_root = 0;
};

} // namespace Orgtrace::Catalogue
