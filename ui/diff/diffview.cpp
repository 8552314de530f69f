#include "diff/diffview_p.h"

#include "theme/theme.h"

#include <QAccessible>
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
    geometry.textLeft = geometry.numberWidth * (geometry.oneColumn ? 2 : 1) + int(metrics.horizontalAdvance(u'0') * 2) + 4;
    widest = document ? document->widestColumns * lines.columnWidth() : 0;
}

void DiffView::Private::remakeWrap()
{
    constexpr int ExactUpTo = 3000; // items whose text is looked at; beyond, its length in bytes has to do
    geometry.wrap.clear();
    const int room = geometry.textArea(Side::Right).width() - 8;
    if (!wrapped || !document || folded.count() > WrapUpTo || room < 4 * lines.columnWidth()) {
        lines.setWrapWidth(0);
        return;
    }
    lines.setWrapWidth(room);
    const int columnsShown = std::max(4, int(room / lines.columnWidth()));
    const bool exact = folded.count() <= ExactUpTo;
    DisplayOptions options;
    options.nameOf = [this](const QString &id) { return document->names.value(id); };
    options.chipColumns = [](const QString &name) { return int(name.size()) + 3; };
    for (int index = 0; index < folded.count(); ++index) {
        const FoldedRows::Item item = folded.item(index);
        if (item.folded > 0) {
            continue;
        }
        qsizetype longest = 0;
        for (const Side side : {Side::Left, Side::Right}) {
            if (const int at = document->rowLine(item.row, side); at > 0) {
                const qsizetype length = std::min(LongestShown + 1, document->lines(side).length(at));
                longest = std::max(longest,
                                   exact && length > columnsShown / 2 ? displayLine(document->rowText(item.row, side), options).text.size()
                                                                      : length);
            }
        }
        if (longest > columnsShown) {
            geometry.wrap.add(index, int((longest - 1) / columnsShown));
        }
    }
}

void DiffView::Private::updateRanges()
{
    const QSize size = q->viewport()->size();
    geometry.width = size.width();
    geometry.height = size.height();
    geometry.split = geometry.oneColumn ? 0 : size.width() / 2;
    remakeWrap();
    const int content = document ? geometry.topOf(folded.count()) + geometry.rowHeight / 2 : 0;
    QScrollBar *vertical = q->verticalScrollBar();
    vertical->setRange(0, std::max(0, content - size.height()));
    vertical->setPageStep(size.height());
    vertical->setSingleStep(geometry.rowHeight);
    QScrollBar *horizontal = q->horizontalScrollBar();
    const int room = (geometry.oneColumn ? geometry.width : geometry.split) - geometry.textLeft;
    const bool fits = !document || (wrapped && folded.count() <= WrapUpTo);
    horizontal->setRange(0, fits ? 0 : std::max(0, int(widest) + 24 - room));
    horizontal->setPageStep(std::max(1, room));
    horizontal->setSingleStep(int(lines.columnWidth() * 4));
    geometry.scrollX = horizontal->value();
    geometry.scrollY = vertical->value();
}

void DiffView::setDocument(DiffDocumentPtr document)
{
    d->document = std::move(document);
    d->folded = d->document ? FoldedRows(d->document->rows) : FoldedRows();
    d->folded.setOneColumn(d->geometry.oneColumn);
    d->lines.setDocument(d->document);
    d->headline.clear();
    d->sentence.clear();
    d->notes[0].clear();
    d->notes[1].clear();
    d->matches.clear();
    d->marks = DiffMarks{};
    d->marks.hasFocus = hasFocus();
    d->reportedChange = -2;
    d->chosenChange = -1;
    ++d->copyJob;
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

void DiffView::setChangePatchSource(std::function<QByteArray(int)> patch)
{
    d->changePatch = std::move(patch);
}

void DiffView::repaintColours()
{
    d->lines.clear();
    viewport()->update();
}

void DiffView::setOneColumn(bool on)
{
    if (on == d->geometry.oneColumn) {
        return;
    }
    const int row = d->document && d->folded.count() > 0 ? d->marks.caret.row : -1;
    const int y = row >= 0 ? d->geometry.yOf(d->caretItem()) : 0;
    const bool wasVisible = y >= 0 && y < d->geometry.height;
    const int top = topRow();
    d->geometry.oneColumn = on;
    d->folded.setOneColumn(on);
    d->measure();
    d->updateRanges();
    if (row >= 0) { // what was looked at stays where it was
        verticalScrollBar()->setValue(wasVisible ? d->geometry.topOf(d->caretItem()) - y : d->geometry.topOf(d->folded.indexOfRow(top)));
    }
    viewport()->update();
    Q_EMIT itemsChanged();
    Q_EMIT viewportMoved();
}

bool DiffView::isOneColumn() const
{
    return d->geometry.oneColumn;
}

void DiffView::setWrapped(bool on)
{
    const int top = topRow();
    d->wrapped = on;
    d->lines.clear();
    d->updateRanges();
    if (top >= 0) {
        verticalScrollBar()->setValue(d->geometry.topOf(d->folded.indexOfRow(top)));
    }
    viewport()->update();
    Q_EMIT itemsChanged();
}

bool DiffView::isWrapped() const
{
    return d->wrapped;
}

bool DiffView::isWrapHeldBack() const
{
    return d->wrapped && d->document && d->folded.count() > WrapUpTo;
}

int DiffView::topRow() const
{
    if (!d->document || d->folded.count() == 0) {
        return -1;
    }
    return d->folded.item(std::clamp(d->geometry.itemAt(0), 0, d->folded.count() - 1)).row;
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
    return d->document ? int(d->document->rows.changes.size()) : 0;
}

int DiffView::currentChange() const
{
    if (!d->document) {
        return -1;
    }
    const QList<Compare::RowChange> &changes = d->document->rows.changes;
    const int last = int(std::ranges::upper_bound(changes, d->marks.caret.row, {}, &Compare::RowChange::row) - changes.begin()) - 1;
    // Of several on one row it is the one that was gone to.
    const bool isChosen = d->chosenChange >= 0 && d->chosenChange < last && changes[d->chosenChange].row == changes[last].row;
    return isChosen ? d->chosenChange : last;
}

void DiffView::goToChange(int change)
{
    if (change < 0 || change >= changeCount()) {
        return;
    }
    const Compare::RowChange &to = d->document->rows.changes[change];
    d->chosenChange = change;
    d->folded.reveal(to.row);
    d->itemsMoved();
    const Compare::AlignedRow r = d->document->rows[to.row];
    const bool onLeft = r.rightLine == 0 || (to.kind == Compare::FieldKind::Removed && r.leftLine != 0);
    d->moveCaret(to.row, onLeft ? Side::Left : Side::Right, 0, false, false);
    // A change is shown with room above it, so that its place can be read.
    const int y = d->geometry.topOf(d->caretItem());
    QScrollBar *bar = verticalScrollBar();
    if (y < bar->value() + d->geometry.rowHeight || y > bar->value() + d->geometry.height - 3 * d->geometry.rowHeight) {
        bar->setValue(y - d->geometry.height / 3);
    }
    const Side side = d->marks.side;
    if (r.kind == RowKind::Changed && r.leftLine > 0 && r.rightLine > 0 && horizontalScrollBar()->maximum() > 0) {
        // And the changed words of a long line.
        const ShapedLine &line = d->lines.line(to.row, side);
        const int start = line.marks.isEmpty() ? 0 : line.marks.constFirst().start;
        const int x = int(line.xOf(line.display.toDisplay(start)));
        const int room = d->geometry.textArea(side).width();
        QScrollBar *across = horizontalScrollBar();
        if (x < across->value() || x > across->value() + room - 40) {
            across->setValue(x < room - 40 ? 0 : x - room / 3);
        }
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
    const bool inside = current >= 0 && d->marks.caret.row > d->document->rows.changes[current].row;
    goToChange(std::max(0, inside ? current : current - 1));
}

void DiffView::goToRow(int row)
{
    if (d->rowCount() == 0) {
        return;
    }
    row = std::clamp(row, 0, d->rowCount() - 1);
    d->folded.reveal(row);
    d->itemsMoved();
    const Side side = d->document->rowLine(row, d->marks.side) != 0 ? d->marks.side
        : d->marks.side == Side::Left                               ? Side::Right
                                                                    : Side::Left;
    d->moveCaret(row, side, 0, false, false);
    const int y = d->geometry.topOf(d->itemOf(row, side));
    if (y < verticalScrollBar()->value() || y > verticalScrollBar()->value() + d->geometry.height - 2 * d->geometry.rowHeight) {
        verticalScrollBar()->setValue(y - d->geometry.height / 3);
    }
}

void DiffView::goToLine(Side side, int line)
{
    if (const int row = d->document ? d->document->rows.rowOfLine(side == Side::Right, line) : -1; row >= 0) {
        d->marks.side = side;
        goToRow(row);
    }
}

bool DiffView::goToTwin()
{
    if (d->rowCount() == 0) {
        return false;
    }
    const Compare::AlignedRow row = d->document->rows[d->marks.caret.row];
    if (row.move < 0 || d->folded.item(d->caretItem()).folded > 0) {
        return false;
    }
    const Compare::RowMove &move = d->document->rows.moves[size_t(row.move)];
    goToRow(row.isStub() ? move.row : move.stub);
    return true;
}

bool DiffView::goToPointer(const QString &pointer, Side first)
{
    if (!d->document) {
        return false;
    }
    for (const Side side : {first, first == Side::Right ? Side::Left : Side::Right}) {
        const int line = d->document->lines(side).lineOf(pointer);
        if (line > 0 && d->document->rows.rowOfLine(side == Side::Right, line) >= 0) {
            goToLine(side, line);
            return true;
        }
    }
    return false;
}

void DiffView::unfoldAll()
{
    const int top = topRow();
    d->folded.unfoldAll();
    d->itemsMoved();
    if (top >= 0) {
        verticalScrollBar()->setValue(d->geometry.topOf(d->folded.indexOfRow(top)));
    }
}

void DiffView::foldAll()
{
    if (d->document) {
        d->folded = FoldedRows(d->document->rows);
        d->folded.setOneColumn(d->geometry.oneColumn);
        d->itemsMoved();
        d->ensureVisible(d->marks.caret.row, d->marks.side, 0);
    }
}

void DiffView::Private::itemsMoved()
{
    // The row that was looked at stays where it is; what was hidden appears below it.
    updateRanges();
    q->viewport()->update();
    Q_EMIT q->itemsChanged();
}

// -- find -------------------------------------------------------------------------------------------------------------------------

void DiffView::setMatches(const TextPattern &needle, QList<FindMatch> matches)
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
    const int column = d->document->shownColumn(found.row, found.side, found.column);
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
    return d->line() != 0 ? d->document->lines(d->marks.side).pointer(d->line()) : QString();
}

QString DiffView::currentValue() const
{
    return d->line() != 0 ? valueText(d->document->lines(d->marks.side), d->line()) : QString();
}

QString DiffView::currentLineInWords() const
{
    if (d->rowCount() == 0) {
        return {};
    }
    const int row = d->marks.caret.row;
    const FoldedRows::Item item = d->folded.item(d->caretItem());
    if (item.folded > 0) {
        return item.folded > FoldedRows::Step
            ? tr("%L1 unchanged lines, folded. Enter shows them, Shift+Enter the first ten, Ctrl+Enter the last ten.").arg(item.folded)
            : tr("%L1 unchanged lines, folded. Enter shows them.").arg(item.folded);
    }
    const Compare::AlignedRow r = d->document->rows[row];
    if (r.isStub()) {
        return tr("Moved: an element of A stood here, it is now on line %1 of B. Enter goes there.")
            .arg(d->document->rows.moves[size_t(r.move)].toLine);
    }
    const auto side = [this, row](Side which) { return visibleText(d->document->rowText(row, which).trimmed(), 300); };
    QString words;
    if (r.leftLine == 0) {
        words = tr("Added, line %1 of B: %2").arg(r.rightLine).arg(side(Side::Right));
    } else if (r.rightLine == 0) {
        words = tr("Removed, line %1 of A: %2").arg(r.leftLine).arg(side(Side::Left));
    } else if (r.kind != RowKind::Same) {
        words = tr("Changed, line %1 of A: %2; line %3 of B: %4")
                    .arg(QString::number(r.leftLine), side(Side::Left), QString::number(r.rightLine), side(Side::Right));
    } else {
        words = tr("Unchanged, line %1: %2").arg(r.rightLine).arg(side(Side::Right));
    }
    if (!r.counts) {
        words = tr("Does not count as a change. ") + words;
    }
    if (r.move >= 0) {
        words += u' ' + tr("Moved from line %1 of A. Enter goes there.").arg(d->document->rows.moves[size_t(r.move)].fromLine);
    }
    return words;
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
    const int top = topRow();
    d->zoomSteps = steps == 0 ? 0 : std::clamp(d->zoomSteps + steps, -5, 16);
    d->measure();
    d->updateRanges();
    if (top >= 0) {
        verticalScrollBar()->setValue(d->geometry.topOf(d->folded.indexOfRow(top)));
    }
    viewport()->update();
    Q_EMIT viewportMoved();
}

double DiffView::visibleStart() const
{
    const double content = contentHeight();
    return content > 0 ? std::min(1.0, verticalScrollBar()->value() / content) : 0;
}

double DiffView::visibleEnd() const
{
    const double content = contentHeight();
    return content > 0 ? std::min(1.0, (verticalScrollBar()->value() + d->geometry.height) / content) : 1;
}

int DiffView::contentHeight() const
{
    return d->geometry.topOf(d->folded.count());
}

void DiffView::scrollTo(double share)
{
    verticalScrollBar()->setValue(int(share * contentHeight()) - d->geometry.height / 2);
}

} // namespace Orgtrace::Ui
