#pragma once

#include "diff/diffdocument.h"
#include "diff/difflines.h"

#include <QRect>

class QPainter;

namespace Orgtrace::Ui {

/// Where things are; recomputed on resize, zoom and scroll.
struct DiffGeometry {
    int width = 0, height = 0, split = 0;
    int rowHeight = 21, baseline = 15;
    int numberWidth = 40; ///< line numbers, right-aligned
    int textLeft = 60; ///< from the column's left edge to the text
    int scrollX = 0, scrollY = 0;

    [[nodiscard]] QRect column(Side side) const;
    [[nodiscard]] QRect textArea(Side side) const;
    [[nodiscard]] int itemAt(int y) const { return (y + scrollY) / rowHeight; }
    [[nodiscard]] int yOf(int item) const { return item * rowHeight - scrollY; }
};

/// What is selected and found.
struct DiffMarks {
    Side side = Side::Right;
    TextPosition anchor, caret;
    bool hasFocus = false;
    QString needle;
    FindMatch currentMatch;
    bool hasMatch = false;
    [[nodiscard]] bool hasSelection() const { return anchor != caret; }
};

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
    void paintRow(int row, int y, Side side);
    void paintFold(const FoldedRows::Item &item, int y, bool current);
    void paintFiller(const QRect &area);
    void paintText(int row, int y, Side side);
    void paintSelection(const ShapedLine &line, int row, int y, Side side, qreal x);

    QPainter &m_painter;
    const DiffDocument &m_document;
    const FoldedRows &m_folded;
    DiffLines &m_lines;
    const DiffGeometry &m_geometry;
    const DiffMarks &m_marks;
    qreal m_widest = 0;
};

} // namespace Orgtrace::Ui
