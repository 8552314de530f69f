#pragma once

#include "compare/alignedrows.h"

#include <QList>

#include <vector>

namespace Orgtrace::Ui {

/// What the view shows of a document's rows: runs of unchanged rows folded into one item each. In one column a changed row is two items, the old
/// lines of a run before its new ones.
///
/// Folds are remembered by their first row, so that unfolding one moves no other. Costs what the runs cost, however many rows there are.
class FoldedRows
{
public:
    static constexpr int Context = 3; ///< unchanged rows kept beside a change
    static constexpr int Least = 4; ///< a fold hides at least so many
    static constexpr int Step = 10; ///< rows that one press shows

    FoldedRows() = default;
    explicit FoldedRows(const Compare::AlignedRows &rows);

    enum class Shows { Both, Old, New };
    struct Item {
        int row = 0;
        int folded = 0; ///< rows hidden in this item; 0: it is the row itself
        Shows shows = Shows::Both; ///< in one column: which line of a changed row
    };
    [[nodiscard]] int count() const { return m_count; }
    [[nodiscard]] Item item(int index) const; ///< @pre 0 <= index < count()
    [[nodiscard]] int indexOfRow(int row, Shows shows = Shows::Both) const; ///< the item that shows or hides it
    [[nodiscard]] bool hasFolds() const;
    void unfold(int index); ///< nothing where the item is no fold
    void unfoldSome(int index, bool fromTop, int rows = Step); ///< that many rows of a fold, at its upper or lower end
    void reveal(int row); ///< unfolds what hides it
    void unfoldAll();
    void setOneColumn(bool on);
    [[nodiscard]] bool isOneColumn() const { return m_oneColumn; }

private:
    struct Segment {
        int row = 0, rows = 0, start = 0; ///< start: index of its first item
        bool folded = false, isChanged = false;
    };
    void renumber();
    void add(int row, int count, bool folded, bool changed);
    [[nodiscard]] bool isDoubled(const Segment &segment) const { return m_oneColumn && segment.isChanged && !segment.folded; }
    [[nodiscard]] size_t segmentOfItem(int index) const;
    std::vector<Segment> m_segments;
    int m_count = 0;
    bool m_oneColumn = false;
};

/// A mark of the overview ruler, in pixels of its height.
struct RulerMark {
    int top = 0, height = 0;
    Compare::RowKind kind = Compare::RowKind::Changed; ///< Same: a moved element, or the place it left
    friend bool operator==(const RulerMark &, const RulerMark &) = default;
};
/// Never thinner than `least` pixels; marks of one kind that touch are one.
[[nodiscard]] QList<RulerMark> rulerMarks(const Compare::AlignedRows &rows, const FoldedRows &folded, int height, int least = 3);

} // namespace Orgtrace::Ui
