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
    std::function<QByteArray(int)> changePatch;
    QList<FindMatch> matches;
    int zoomSteps = 0;
    int reportedChange = -2;
    int chosenChange = -1; ///< of several on one row
    bool wrapped = false;
    int copyJob = 0;
    qreal widest = 0;
    bool dragging = false;

    void measure();
    void updateRanges();
    void remakeWrap();
    void itemsMoved();
    void put(qsizetype bytes, std::function<QString()> make, const QString &what);
    void moveCaret(int row, Side side, int column, bool extend, bool follow = true);
    void stepItem(int by, bool extend);
    void ensureVisible(int row, Side side, int column);
    void announce();
    [[nodiscard]] TextPosition hit(const QPoint &at, Side side);
    [[nodiscard]] int columns(int row, Side side) const { return int(document->rowText(row, side).size()); }
    [[nodiscard]] static FoldedRows::Shows showsOf(Side side)
    {
        return side == Side::Right ? FoldedRows::Shows::New : FoldedRows::Shows::Old;
    }
    [[nodiscard]] int itemOf(int row, Side side) const { return folded.indexOfRow(row, showsOf(side)); }
    [[nodiscard]] int caretItem() const { return itemOf(marks.caret.row, marks.side); }
    [[nodiscard]] Side sideAt(int x, const FoldedRows::Item &item) const;
    [[nodiscard]] QString tip(const QPoint &at);
    [[nodiscard]] bool isOnMoveChip(const QPoint &at);
    [[nodiscard]] int rowCount() const { return document ? document->rows.size() : 0; }
    void selectToken();
    [[nodiscard]] int line() const { return document ? document->rowLine(marks.caret.row, marks.side) : 0; }
};

} // namespace Orgtrace::Ui
