#pragma once

#include "diff/diffpainter.h"
#include "diff/diffview.h"

namespace Orgtrace::Ui {

/// Private to DiffView; shared by its two source files (state and copies; input).
struct DiffView::Private {
    explicit Private(DiffView *view) : q(view) { }

    DiffView *q;
    DiffDocumentPtr document;
    FoldedRows folded;
    DiffLines lines;
    DiffGeometry geometry;
    DiffMarks marks;
    QString headline, sentence;
    QString notes[2];
    std::function<QByteArray()> patch;
    QList<FindMatch> matches;
    int zoomSteps = 0;
    int reportedChange = -2;
    qreal widest = 0;
    bool dragging = false;

    void measure();
    void updateRanges();
    void itemsMoved(int anchorRow);
    void moveCaret(int row, Side side, int column, bool extend, bool follow = true);
    void stepItem(int by, bool extend);
    void ensureVisible(int row, Side side, int column);
    void announce();
    [[nodiscard]] TextPosition hit(const QPoint &at, Side side);
    [[nodiscard]] int columns(int row, Side side) const { return int(document->rowText(row, side).size()); }
    [[nodiscard]] int firstItem() const { return folded.indexOfRow(marks.caret.row); }
    [[nodiscard]] QString tip(const QPoint &at);
    void selectToken();
    [[nodiscard]] int line() const { return document ? document->rowLine(marks.caret.row, marks.side) : 0; }
};

} // namespace Orgtrace::Ui
