#include "diff/diffview_p.h"

#include "theme/theme.h"

#include <QAccessible>
#include <QApplication>
#include <QClipboard>
#include <QFontMetricsF>
#include <QPainter>
#include <QScrollBar>

#include <algorithm>
#include <cmath>

using namespace Qt::StringLiterals;

namespace Orgtrace::Ui {

using Compare::RowKind;

DiffView::DiffView(QWidget *parent) : QAbstractScrollArea(parent), d(std::make_unique<Private>(this))
{
    setFrameShape(QFrame::NoFrame);
    setFocusPolicy(Qt::StrongFocus);
    setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff); // the overview ruler stands for it
    viewport()->setCursor(Qt::IBeamCursor);
    viewport()->setAutoFillBackground(false);
    setAccessibleName(tr("Side by side difference"));
    d->measure();
}

DiffView::~DiffView() = default;

void DiffView::Private::measure()
{
    QFont font = Theme::monospace();
    if (zoomSteps != 0 && font.pointSizeF() > 0) {
        font.setPointSizeF(std::max(4.0, font.pointSizeF() + zoomSteps));
    } else if (zoomSteps != 0) {
        font.setPixelSize(std::max(5, font.pixelSize() + zoomSteps));
    }
    lines.setFont(font);
    const QFontMetricsF metrics(font);
    geometry.rowHeight = int(std::ceil(metrics.height())) + 7;
    geometry.baseline = int(std::ceil((geometry.rowHeight - metrics.height()) / 2 + metrics.ascent()));
    const int highest = document ? std::max({document->left.count(), document->right.count(), 99}) : 99;
    const int digits = int(QString::number(highest).size());
    geometry.numberWidth = int(std::ceil(QFontMetricsF(lines.chipFont()).horizontalAdvance(QString(digits, u'0')))) + 12;
    geometry.textLeft = geometry.numberWidth + int(metrics.horizontalAdvance(u'0') * 2) + 4;
    widest = document ? document->widestColumns * lines.columnWidth() : 0;
}

void DiffView::Private::updateRanges()
{
    const QSize size = q->viewport()->size();
    geometry.width = size.width();
    geometry.height = size.height();
    geometry.split = size.width() / 2;
    const int content = document ? folded.count() * geometry.rowHeight + geometry.rowHeight / 2 : 0;
    QScrollBar *vertical = q->verticalScrollBar();
    vertical->setRange(0, std::max(0, content - size.height()));
    vertical->setPageStep(size.height());
    vertical->setSingleStep(geometry.rowHeight);
    QScrollBar *horizontal = q->horizontalScrollBar();
    const int room = geometry.split - geometry.textLeft;
    horizontal->setRange(0, document ? std::max(0, int(widest) + 24 - room) : 0);
    horizontal->setPageStep(std::max(1, room));
    horizontal->setSingleStep(int(lines.columnWidth() * 4));
    geometry.scrollX = horizontal->value();
    geometry.scrollY = vertical->value();
}

void DiffView::setDocument(DiffDocumentPtr document)
{
    d->document = std::move(document);
    d->folded = d->document ? FoldedRows(d->document->sides) : FoldedRows();
    d->lines.setDocument(d->document);
    d->headline.clear();
    d->sentence.clear();
    d->notes[0].clear();
    d->notes[1].clear();
    d->matches.clear();
    d->marks = DiffMarks{};
    d->marks.hasFocus = hasFocus();
    d->reportedChange = -2;
    if (d->document && d->document->right.text().isEmpty()) {
        d->marks.side = Side::Left;
    }
    d->measure();
    d->updateRanges();
    verticalScrollBar()->setValue(0);
    horizontalScrollBar()->setValue(0);
    d->updateRanges();
    viewport()->update();
    Q_EMIT itemsChanged();
    d->announce();
}

DiffDocumentPtr DiffView::document() const
{
    return d->document;
}

void DiffView::setMessage(const QString &headline, const QString &sentence)
{
    setDocument(nullptr);
    d->headline = headline;
    d->sentence = sentence;
    setAccessibleDescription(headline + u". "_s + sentence);
    viewport()->update();
}

void DiffView::setSideNote(Side side, const QString &sentence)
{
    d->notes[side == Side::Left ? 0 : 1] = sentence;
    viewport()->update();
}

void DiffView::setHighlighter(std::shared_ptr<JsonHighlighter> highlighter)
{
    d->lines.setHighlighter(std::move(highlighter));
    viewport()->update();
}

void DiffView::setPatchSource(std::function<QByteArray()> patch)
{
    d->patch = std::move(patch);
}

const FoldedRows &DiffView::folded() const
{
    return d->folded;
}
int DiffView::rowHeight() const
{
    return d->geometry.rowHeight;
}
int DiffView::split() const
{
    return d->geometry.split;
}
Side DiffView::currentSide() const
{
    return d->marks.side;
}
int DiffView::currentRow() const
{
    return d->document ? d->marks.caret.row : -1;
}

// -- changes ------------------------------------------------------------------------------------------------------------------

int DiffView::changeCount() const
{
    return d->document ? int(d->document->sides.changeStarts.size()) : 0;
}

int DiffView::currentChange() const
{
    if (!d->document) {
        return -1;
    }
    const QList<int> &starts = d->document->sides.changeStarts;
    return int(std::ranges::upper_bound(starts, d->marks.caret.row) - starts.begin()) - 1;
}

void DiffView::goToChange(int change)
{
    if (change < 0 || change >= changeCount()) {
        return;
    }
    const int row = d->document->sides.changeStarts[change];
    const Compare::Row &r = d->document->sides.rows[row];
    d->moveCaret(row, r.rightLine != 0 ? Side::Right : Side::Left, 0, false, false);
    // A change is shown with room above it, so that its place can be read.
    const int y = d->folded.indexOfRow(row) * d->geometry.rowHeight;
    QScrollBar *bar = verticalScrollBar();
    if (y < bar->value() + d->geometry.rowHeight || y > bar->value() + d->geometry.height - 3 * d->geometry.rowHeight) {
        bar->setValue(y - d->geometry.height / 3);
    }
}

void DiffView::nextChange()
{
    const int current = currentChange();
    // Before the first change the caret stands on row 0, which may itself be the change.
    goToChange(std::min(current + 1, changeCount() - 1));
}

void DiffView::previousChange()
{
    const int current = currentChange();
    const bool inside = current >= 0 && d->marks.caret.row > d->document->sides.changeStarts[current];
    goToChange(std::max(0, inside ? current : current - 1));
}

void DiffView::goToRow(int row)
{
    if (!d->document || d->document->sides.rows.isEmpty()) {
        return;
    }
    row = std::clamp(row, 0, int(d->document->sides.rows.size()) - 1);
    d->folded.reveal(row);
    d->itemsMoved(row);
    const Side side = d->document->rowLine(row, d->marks.side) != 0 ? d->marks.side
        : d->marks.side == Side::Left                               ? Side::Right
                                                                    : Side::Left;
    d->moveCaret(row, side, 0, false, false);
    const int y = d->folded.indexOfRow(row) * d->geometry.rowHeight;
    if (y < verticalScrollBar()->value() || y > verticalScrollBar()->value() + d->geometry.height - 2 * d->geometry.rowHeight) {
        verticalScrollBar()->setValue(y - d->geometry.height / 3);
    }
}

bool DiffView::goToPointer(const QString &pointer)
{
    if (!d->document) {
        return false;
    }
    for (const Side side : {Side::Right, Side::Left}) {
        const int line = Compare::lineOfPointer(d->document->lines(side).text(), pointer);
        if (line == 0) {
            continue;
        }
        const QList<Compare::Row> &rows = d->document->sides.rows;
        const auto row = std::ranges::find(rows, line, side == Side::Right ? &Compare::Row::rightLine : &Compare::Row::leftLine);
        if (row != rows.end()) {
            d->marks.side = side;
            goToRow(int(row - rows.begin()));
            return true;
        }
    }
    return false;
}

void DiffView::unfoldAll()
{
    d->folded.unfoldAll();
    d->itemsMoved(d->marks.caret.row);
}

void DiffView::Private::itemsMoved(int anchorRow)
{
    // The row that was looked at stays where it is; what was hidden appears below it.
    Q_UNUSED(anchorRow)
    updateRanges();
    q->viewport()->update();
    Q_EMIT q->itemsChanged();
}

// -- find -------------------------------------------------------------------------------------------------------------------------

void DiffView::setMatches(const QString &needle, QList<FindMatch> matches)
{
    d->marks.needle = needle;
    d->marks.hasMatch = false;
    d->matches = std::move(matches);
    viewport()->update();
}

void DiffView::goToMatch(int match)
{
    if (match < 0 || match >= d->matches.size() || !d->document) {
        return;
    }
    const FindMatch &found = d->matches[match];
    d->marks.side = found.side;
    goToRow(found.row);
    d->marks.currentMatch = found;
    d->marks.hasMatch = true;
    const int column = std::min(found.column, d->columns(found.row, found.side));
    d->moveCaret(found.row, found.side, column, false);
    viewport()->update();
}

// -- selection and copies -------------------------------------------------------------------------------------------------------

void DiffView::setSelection(Side side, TextPosition from, TextPosition to)
{
    d->marks.side = side;
    d->marks.anchor = from;
    d->marks.caret = to;
    viewport()->update();
    d->announce();
}

QString DiffView::selectedText() const
{
    return d->document && d->marks.hasSelection() ? selectionText(*d->document, d->marks.side, d->marks.anchor, d->marks.caret) : QString();
}

QString DiffView::currentPointer() const
{
    return d->line() != 0 ? Compare::pointerOfLine(d->document->lines(d->marks.side).text(), d->line()) : QString();
}

QString DiffView::currentValue() const
{
    return d->line() != 0 ? valueText(d->document->lines(d->marks.side), d->line()) : QString();
}

void DiffView::copySelection()
{
    const QString text = d->marks.hasSelection() ? selectedText()
        : d->line() != 0                         ? d->document->lines(d->marks.side).line(d->line())
                                                 : QString();
    if (!text.isEmpty()) {
        QGuiApplication::clipboard()->setText(text);
    }
}

void DiffView::copyValue()
{
    if (const QString value = currentValue(); !value.isEmpty()) {
        QGuiApplication::clipboard()->setText(value);
    }
}

void DiffView::copyPath()
{
    if (d->line() != 0) {
        QGuiApplication::clipboard()->setText(currentPointer());
    }
}

void DiffView::copyPatch()
{
    if (const QByteArray patch = d->patch ? d->patch() : QByteArray(); !patch.isEmpty()) {
        QGuiApplication::clipboard()->setText(QString::fromUtf8(patch));
    }
}

QString DiffView::currentLineInWords() const
{
    if (!d->document || d->document->sides.rows.isEmpty()) {
        return {};
    }
    const int row = d->marks.caret.row;
    const int index = d->folded.indexOfRow(row);
    const FoldedRows::Item item = d->folded.item(index);
    if (item.folded > 0) {
        return tr("%L1 unchanged lines, folded. Enter shows them.").arg(item.folded);
    }
    const Compare::Row &r = d->document->sides.rows[row];
    const auto side = [&r](Side which) { return visibleText((which == Side::Left ? r.left : r.right).trimmed(), 300); };
    if (r.leftLine == 0) {
        return tr("Added, line %1 of B: %2").arg(r.rightLine).arg(side(Side::Right));
    }
    if (r.rightLine == 0) {
        return tr("Removed, line %1 of A: %2").arg(r.leftLine).arg(side(Side::Left));
    }
    if (r.kind != RowKind::Same) {
        return tr("Changed, line %1 of A: %2; line %3 of B: %4")
            .arg(QString::number(r.leftLine), side(Side::Left), QString::number(r.rightLine), side(Side::Right));
    }
    return tr("Unchanged, line %1: %2").arg(r.rightLine).arg(side(Side::Right));
}

void DiffView::Private::announce()
{
    if (document) {
        q->setAccessibleDescription(q->currentLineInWords());
        QAccessibleEvent event(q, QAccessible::DescriptionChanged);
        QAccessible::updateAccessibility(&event);
        Q_EMIT q->currentRowChanged(marks.caret.row);
    }
    if (const int change = q->currentChange(); change != reportedChange) {
        reportedChange = change;
        Q_EMIT q->currentChangeChanged(change);
    }
}

// -- zoom and ruler -------------------------------------------------------------------------------------------------------------------

void DiffView::zoom(int steps)
{
    const double top = d->geometry.rowHeight > 0 ? double(verticalScrollBar()->value()) / d->geometry.rowHeight : 0;
    d->zoomSteps = steps == 0 ? 0 : std::clamp(d->zoomSteps + steps, -5, 16);
    d->measure();
    d->updateRanges();
    verticalScrollBar()->setValue(int(top * d->geometry.rowHeight));
    viewport()->update();
    Q_EMIT viewportMoved();
}

double DiffView::visibleStart() const
{
    const double content = double(d->folded.count()) * d->geometry.rowHeight;
    return content > 0 ? std::min(1.0, verticalScrollBar()->value() / content) : 0;
}

double DiffView::visibleEnd() const
{
    const double content = double(d->folded.count()) * d->geometry.rowHeight;
    return content > 0 ? std::min(1.0, (verticalScrollBar()->value() + d->geometry.height) / content) : 1;
}

int DiffView::contentHeight() const
{
    return d->folded.count() * d->geometry.rowHeight;
}

void DiffView::scrollTo(double share)
{
    verticalScrollBar()->setValue(int(share * d->folded.count() * d->geometry.rowHeight) - d->geometry.height / 2);
}

} // namespace Orgtrace::Ui
