#pragma once

#include "diff/diffdocument.h"
#include "diff/difflines.h"

#include <QRect>

class QPainter;

namespace Orgtrace::Ui {

/// Where lines wrap, the visual lines that items have beyond their first. Only items that have any are kept.
class WrapMap
{
public:
    void clear();
    void add(int item, int extra); ///< items rising, extra above 0
    [[nodiscard]] int before(int item) const; ///< extra visual lines above an item
    [[nodiscard]] int extra(int item) const;
    [[nodiscard]] int itemAt(int visualLine) const;
    [[nodiscard]] int total() const { return m_after.empty() ? 0 : m_after.back(); }

private:
    std::vector<int> m_items, m_after; ///< m_after: extra lines up to and with the item
};

/// Where things are; recomputed on resize, zoom and scroll.
struct DiffGeometry {
    int width = 0, height = 0, split = 0;
    int rowHeight = 21, baseline = 15;
    int numberWidth = 40; ///< line numbers, right-aligned
    int textLeft = 60; ///< from the column's left edge to the text
    int scrollX = 0, scrollY = 0;
    bool oneColumn = false;
    WrapMap wrap;

    [[nodiscard]] QRect column(Side side) const;
    [[nodiscard]] QRect textArea(Side side) const;
    [[nodiscard]] int itemAt(int y) const { return wrap.itemAt((y + scrollY) / rowHeight); }
    [[nodiscard]] int topOf(int item) const { return (item + wrap.before(item)) * rowHeight; }
    [[nodiscard]] int yOf(int item) const { return topOf(item) - scrollY; }
    [[nodiscard]] int heightOf(int item) const { return (1 + wrap.extra(item)) * rowHeight; }
};

/// What is selected and found.
struct DiffMarks {
    Side side = Side::Right;
    TextPosition anchor, caret;
    bool hasFocus = false;
    TextPattern needle; ///< empty pattern: nothing is looked for
    FindMatch currentMatch;
    bool hasMatch = false;
    [[nodiscard]] bool hasSelection() const { return anchor != caret; }
};

/// What a moved element says of itself, and where that is to be clicked.
[[nodiscard]] QString moveText(const Compare::RowMove &move, bool isStub);

/// The buttons of a fold, in one column of it: ten more from above, all, ten more from below.
enum class FoldButton { Above, All, Below };
[[nodiscard]] QRect foldButtonRect(const DiffGeometry &geometry, int y, FoldButton button);

/// Paints the visible items, nothing else.
class DiffPainter
{
public:
    DiffPainter(QPainter &painter, const DiffDocument &document, const FoldedRows &folded, DiffLines &lines, const DiffGeometry &geometry,
                const DiffMarks &marks);
    void paint(const QRect &exposed);
    void paintSideNote(Side side, const QString &sentence);
    [[nodiscard]] qreal widest() const { return m_widest; } ///< text width seen, for the horizontal range

private:
    struct Band {
        Compare::AlignedRow row;
        int number = 0; ///< of the row
        int y = 0, height = 0;
        Side side = Side::Left;
        bool isCurrent = false;
    };
    void paintItem(int index, int current);
    void paintRow(const Band &band);
    void paintStub(const Band &band);
    void paintNumbers(const Band &band);
    void paintFold(const FoldedRows::Item &item, int y, bool current);
    void paintFiller(const QRect &area);
    void paintText(const Band &band);
    void paintFound(const ShapedLine &line, const Band &band, qreal x);
    void paintSelection(const ShapedLine &line, const Band &band, qreal x);
    /// Rectangles of display units [from, to), one a visual line.
    [[nodiscard]] QList<QRectF> boxes(const ShapedLine &line, int from, int to, const Band &band, qreal x) const;

    QPainter &m_painter;
    const DiffDocument &m_document;
    const FoldedRows &m_folded;
    DiffLines &m_lines;
    const DiffGeometry &m_geometry;
    const DiffMarks &m_marks;
    qreal m_widest = 0;
};

} // namespace Orgtrace::Ui
