#pragma once

#include "compare/sidebyside.h"

#include <QByteArray>
#include <QHash>
#include <QList>
#include <QString>

#include <memory>
#include <vector>

namespace Orgtrace::Ui {

enum class Side { Left, Right };

/// A canonical text cut at its line ends; lines are 1-based and decoded on demand.
class TextLines
{
public:
    TextLines() = default;
    explicit TextLines(QByteArray text);
    [[nodiscard]] int count() const { return int(m_starts.size()); }
    [[nodiscard]] QByteArrayView bytes(int line) const; ///< without the LF; empty outside
    [[nodiscard]] QString line(int line) const;
    [[nodiscard]] const QByteArray &text() const { return m_text; }

private:
    QByteArray m_text;
    std::vector<qsizetype> m_starts;
};

/// Two texts aligned, with all the view needs. Immutable and shared; made on a worker by makeDocument().
struct DiffDocument {
    Compare::SideBySide sides;
    TextLines left, right;
    QHash<QString, QString> names; ///< id → name known then
    int widestColumns = 0; ///< longest row text, UTF-16 units
    [[nodiscard]] const QString &rowText(int row, Side side) const;
    [[nodiscard]] int rowLine(int row, Side side) const; ///< 0: filler
    [[nodiscard]] const TextLines &lines(Side side) const { return side == Side::Left ? left : right; }
};
using DiffDocumentPtr = std::shared_ptr<const DiffDocument>;

/// Pure; any thread. `names` is "domain/id" → name, as the range knows it.
[[nodiscard]] DiffDocumentPtr makeDocument(const QByteArray &oldText, const QByteArray &newText, const QHash<QString, QString> &names);

/// What the view shows of a document's rows: runs of unchanged rows folded into one item each.
///
/// Folds are remembered by their first row, so that unfolding one moves no other.
class FoldedRows
{
public:
    static constexpr int Context = 3; ///< unchanged rows kept beside a change
    static constexpr int Least = 4; ///< a fold hides at least so many

    FoldedRows() = default;
    explicit FoldedRows(const Compare::SideBySide &sides);

    struct Item {
        int row = 0;
        int folded = 0; ///< rows hidden in this item; 0: it is the row itself
    };
    [[nodiscard]] int count() const { return m_count; }
    [[nodiscard]] Item item(int index) const; ///< @pre 0 <= index < count()
    [[nodiscard]] int indexOfRow(int row) const; ///< the item that shows or hides it
    [[nodiscard]] bool hasFolds() const;
    void unfold(int index); ///< nothing where the item is no fold
    void reveal(int row); ///< unfolds what hides it
    void unfoldAll();

private:
    struct Segment {
        int row = 0, rows = 0, start = 0; ///< start: index of its first item
        bool folded = false;
    };
    void renumber();
    [[nodiscard]] size_t segmentOfItem(int index) const;
    std::vector<Segment> m_segments;
    int m_count = 0;
};

/// The enclosing setting of a row, "grants › division", for the label of a fold. Reads back from the row by indentation only.
[[nodiscard]] QString enclosingPath(const DiffDocument &document, int row);

/// A mark of the overview ruler, in pixels of its height.
struct RulerMark {
    int top = 0, height = 0;
    Compare::RowKind kind = Compare::RowKind::Changed;
    friend bool operator==(const RulerMark &, const RulerMark &) = default;
};
/// Never thinner than `least` pixels; marks of one kind that touch are one.
[[nodiscard]] QList<RulerMark> rulerMarks(const Compare::SideBySide &sides, const FoldedRows &folded, int height, int least = 3);

/// A place in a side: row, and UTF-16 unit of its row text.
struct TextPosition {
    int row = 0, column = 0;
    friend auto operator<=>(const TextPosition &, const TextPosition &) = default;
};
/// The real text between two places of one side: whole values, never fillers, ellipses, chips or shortened ids.
[[nodiscard]] QString selectionText(const DiffDocument &document, Side side, TextPosition from, TextPosition to);

/// The value that starts on a canonical line, its lines moved left by its own indentation; empty for closing brackets.
[[nodiscard]] QString valueText(const TextLines &lines, int line);

struct FindMatch {
    int row = 0;
    Side side = Side::Left;
    int column = 0, length = 0; ///< in the real line
    friend bool operator==(const FindMatch &, const FindMatch &) = default;
};
inline constexpr qsizetype MaxFindMatches = 20'000;
/// Every occurrence, letter case aside, in row order; unchanged rows count once (on the right). Names beside ids count as their id. Pure.
[[nodiscard]] QList<FindMatch> findMatches(const DiffDocument &document, const QString &needle);

} // namespace Orgtrace::Ui
