#pragma once

#include <QList>
#include <QString>

#include <optional>

namespace Orgtrace::Ui {

/// One state of the list that can be gone back to.
struct FilterState {
    QString text;
    QList<int> selected; ///< indexes of findings; empty where they were too many to remember
    int current = -1;
    bool isAll = false; ///< everything shown was selected
    friend bool operator==(const FilterState &, const FilterState &) = default;
};

/// Undo and redo of filters. What is typed into one term is one step; a click on a facet is one. Bounded. A value without clock: how fast somebody types
/// changes nothing.
class FilterHistory
{
public:
    /// The filter is `state.text` now. @param isTyped by keys, hence perhaps unfinished.
    void record(const FilterState &state, bool isTyped)
    {
        if (state.text == m_states.at(m_at).text) {
            m_states[m_at] = state;
            return;
        }
        const bool continues
            = isTyped && m_isOpen && m_at == m_states.size() - 1 && m_at > 0 && isSameTerm(m_states.at(m_at).text, state.text);
        m_states.resize(m_at + 1); // what was undone is gone
        if (continues) {
            m_states.last() = state;
            if (m_states.at(m_at - 1).text == state.text) { // rubbed out again: nothing to go back over
                m_states.removeAt(m_at - 1);
                m_at = m_states.size() - 1;
                m_isOpen = false;
                return;
            }
        } else {
            m_states.append(state);
            if (m_states.size() > most) {
                m_states.removeFirst();
            }
            m_at = m_states.size() - 1;
        }
        m_isOpen = isTyped;
    }
    /// The selection changed, the filter did not: going back comes back to it.
    void select(FilterState state)
    {
        state.text = m_states.at(m_at).text;
        m_states[m_at] = std::move(state);
    }
    /// Other findings: their indexes mean nothing any more.
    void forgetSelections()
    {
        for (FilterState &state : m_states) {
            state.selected.clear();
            state.current = -1;
            state.isAll = false;
        }
    }
    [[nodiscard]] bool canUndo() const { return m_at > 0; }
    [[nodiscard]] bool canRedo() const { return m_at + 1 < m_states.size(); }
    std::optional<FilterState> undo() { return canUndo() ? step(-1) : std::nullopt; }
    std::optional<FilterState> redo() { return canRedo() ? step(1) : std::nullopt; }

private:
    static constexpr qsizetype most = 100;
    std::optional<FilterState> step(int by)
    {
        m_at += by;
        m_isOpen = false;
        return m_states.at(m_at);
    }
    /// One is the other with its last term typed further or rubbed out.
    static bool isSameTerm(const QString &before, const QString &after)
    {
        return !after.isEmpty() && (after.startsWith(before) || before.startsWith(after)) && before.count(u' ') == after.count(u' ');
    }

    QList<FilterState> m_states{FilterState()};
    qsizetype m_at = 0;
    bool m_isOpen = false;
};

} // namespace Orgtrace::Ui
