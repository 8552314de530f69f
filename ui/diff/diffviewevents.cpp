#include "diff/diffview_p.h"

#include "theme/theme.h"

#include <QFocusEvent>
#include <QHelpEvent>
#include <QMenu>
#include <QPainter>
#include <QScrollBar>
#include <QToolTip>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace Orgtrace::Ui {

// -- caret ------------------------------------------------------------------------------------------------------------------------

void DiffView::Private::moveCaret(int row, Side side, int column, bool extend, bool follow)
{
    if (rowCount() == 0) {
        return;
    }
    row = std::clamp(row, 0, rowCount() - 1);
    if (!extend || side != marks.side) {
        marks.anchor = {row, std::clamp(column, 0, columns(row, side))};
    }
    marks.side = side;
    marks.caret = {row, std::clamp(column, 0, columns(row, side))};
    if (follow) {
        ensureVisible(row, side, marks.caret.column);
    }
    q->viewport()->update();
    announce();
}

void DiffView::Private::stepItem(int by, bool extend)
{
    if (folded.count() == 0) {
        return;
    }
    const int index = std::clamp(caretItem() + by, 0, folded.count() - 1);
    const FoldedRows::Item item = folded.item(index);
    // Downwards over a fold with a selection takes all that it hides.
    const int row = extend && by > 0 && item.folded > 0 ? item.row + item.folded - 1 : item.row;
    const Side side = item.shows == FoldedRows::Shows::Both || extend ? marks.side
        : item.shows == FoldedRows::Shows::Old                        ? Side::Left
                                                                      : Side::Right;
    moveCaret(row, side, marks.caret.column, extend);
}

Side DiffView::Private::sideAt(int x, const FoldedRows::Item &item) const
{
    if (!geometry.oneColumn) {
        return x < geometry.split ? Side::Left : Side::Right;
    }
    if (item.shows != FoldedRows::Shows::Both) {
        return item.shows == FoldedRows::Shows::Old ? Side::Left : Side::Right;
    }
    return document->rowLine(item.row, Side::Right) != 0 ? Side::Right : Side::Left;
}

void DiffView::Private::ensureVisible(int row, Side side, int column)
{
    const int index = itemOf(row, side);
    const int y = geometry.topOf(index);
    const int tall = std::min(geometry.heightOf(index), geometry.height);
    QScrollBar *vertical = q->verticalScrollBar();
    if (y < vertical->value()) {
        vertical->setValue(y);
    } else if (y + tall > vertical->value() + geometry.height) {
        vertical->setValue(y + tall - geometry.height);
    }
    if (document->rowLine(row, side) == 0 || folded.item(index).folded > 0) {
        return;
    }
    const ShapedLine &line = lines.line(row, side);
    if (line.width > widest) {
        widest = line.width;
        updateRanges();
    }
    const int x = int(line.xOf(line.display.toDisplay(column)));
    QScrollBar *horizontal = q->horizontalScrollBar();
    const int room = geometry.textArea(side).width() - 12;
    if (x < horizontal->value()) {
        horizontal->setValue(std::max(0, x - room / 3));
    } else if (x > horizontal->value() + room) {
        horizontal->setValue(x - room * 2 / 3);
    }
}

TextPosition DiffView::Private::hit(const QPoint &at, Side side)
{
    const int index = std::clamp(geometry.itemAt(at.y()), 0, folded.count() - 1);
    const FoldedRows::Item item = folded.item(index);
    if (item.folded > 0 || document->rowLine(item.row, side) == 0) {
        return {item.row, 0};
    }
    const ShapedLine &line = lines.line(item.row, side);
    const qreal x = at.x() - geometry.textArea(side).left() + geometry.scrollX;
    const int visual = (at.y() - geometry.yOf(index)) / std::max(1, geometry.rowHeight);
    return {item.row, line.display.toSource(line.unitAt(x, visual))};
}

void DiffView::Private::selectToken()
{
    const int row = marks.caret.row;
    const QString text = document->rowText(row, marks.side);
    const LineParts parts = lineParts(text);
    int start = parts.valueStart, length = parts.valueLength;
    if (parts.hasKey() && marks.caret.column <= parts.keyStart + parts.keyLength) {
        start = parts.keyStart;
        length = parts.keyLength;
    }
    if (length >= 2 && text[start] == u'"' && text[start + length - 1] == u'"') {
        ++start;
        length -= 2;
    }
    marks.anchor = {row, start};
    marks.caret = {row, start + length};
    q->viewport()->update();
}

bool DiffView::Private::isOnMoveChip(const QPoint &at)
{
    const int index = geometry.itemAt(at.y());
    if (!document || index < 0 || index >= folded.count()) {
        return false;
    }
    const FoldedRows::Item item = folded.item(index);
    const Compare::AlignedRow row = document->rows[item.row];
    const Side side = sideAt(at.x(), item);
    if (item.folded > 0 || !row.moveHead || side != Side::Right || row.rightLine == 0) {
        return false;
    }
    const ShapedLine &line = lines.line(item.row, side);
    const qreal left = geometry.textArea(side).left() - geometry.scrollX + line.xOf(int(line.display.text.size())) + lines.columnWidth();
    return at.x() >= left;
}

QString DiffView::Private::tip(const QPoint &at)
{
    if (!document || folded.count() == 0 || geometry.itemAt(at.y()) >= folded.count()) {
        return {};
    }
    const FoldedRows::Item item = folded.item(std::max(0, geometry.itemAt(at.y())));
    if (item.folded > 0) {
        if (item.folded > FoldedRows::Step && foldButtonRect(geometry, at.y(), FoldButton::Above).contains(at)) {
            return tr("Show the first ten (Shift+Enter)");
        }
        if (item.folded > FoldedRows::Step && foldButtonRect(geometry, at.y(), FoldButton::Below).contains(at)) {
            return tr("Show the last ten (Ctrl+Enter)");
        }
        return tr("Click or Enter shows these lines");
    }
    const Side side = sideAt(at.x(), item);
    const Compare::AlignedRow row = document->rows[item.row];
    if (row.isStub()) {
        return tr("An element of A stood here. Click or Enter goes to its new place.");
    }
    if (document->rowLine(item.row, side) == 0) {
        return {};
    }
    const ShapedLine &line = lines.line(item.row, side);
    const int visual = (at.y() - geometry.yOf(geometry.itemAt(at.y()))) / std::max(1, geometry.rowHeight);
    const int unit = line.unitAt(at.x() - geometry.textArea(side).left() + geometry.scrollX, visual);
    for (const DisplayLine::Id &id : line.display.ids) {
        const auto chip = std::ranges::find_if(line.display.chips, [](const DisplayLine::Chip &c) { return c.length > 0; });
        const int end = chip != line.display.chips.end() ? chip->start + chip->length : id.start + id.length;
        if (unit >= id.start && unit <= end) {
            const QString name = document->nameOf(id.full, side);
            return name.isEmpty() ? id.full : id.full + u'\n' + visibleText(name, 200);
        }
    }
    if (!row.counts && row.kind != Compare::RowKind::Same) {
        return tr("Differs, but does not count as a change: order, type, or the name of something else.");
    }
    if (line.cut.isCut) {
        return tr("Cut for display: %L1 bytes. Copies take all of it.")
            .arg(document->lines(side).bytes(document->rowLine(item.row, side)).size());
    }
    return {};
}

// -- events -------------------------------------------------------------------------------------------------------------------------

bool DiffView::event(QEvent *event)
{
    switch (event->type()) {
    case QEvent::PaletteChange:
    case QEvent::ApplicationPaletteChange:
    case QEvent::StyleChange:
    case QEvent::FontChange:
    case QEvent::ApplicationFontChange:
        d->measure();
        d->updateRanges();
        viewport()->update();
        break;
    default: break;
    }
    return QAbstractScrollArea::event(event);
}

bool DiffView::viewportEvent(QEvent *event)
{
    if (event->type() == QEvent::ToolTip) {
        const auto *help = static_cast<QHelpEvent *>(event);
        const QString text = d->tip(help->pos());
        if (text.isEmpty()) {
            QToolTip::hideText();
        } else {
            QToolTip::showText(help->globalPos(), u"<p style='white-space:pre-wrap'>"_s + text.toHtmlEscaped() + u"</p>"_s, viewport());
        }
        return true;
    }
    return QAbstractScrollArea::viewportEvent(event);
}

void DiffView::paintEvent(QPaintEvent *event)
{
    QPainter painter(viewport());
    painter.fillRect(event->rect(), palette().color(QPalette::Base));
    if (!d->document) {
        const QRect room = viewport()->rect().adjusted(40, viewport()->height() / 4, -40, 0);
        QFont bold = font();
        bold.setWeight(QFont::DemiBold);
        painter.setFont(bold);
        painter.setPen(palette().color(QPalette::Text));
        QRect used;
        painter.drawText(room, Qt::AlignHCenter | Qt::AlignTop | Qt::TextWordWrap, d->headline, &used);
        painter.setFont(font());
        painter.setPen(Theme::mutedText());
        painter.drawText(room.adjusted(0, used.height() + 8, 0, 0), Qt::AlignHCenter | Qt::AlignTop | Qt::TextWordWrap, d->sentence);
        return;
    }
    DiffPainter paint(painter, *d->document, d->folded, d->lines, d->geometry, d->marks);
    paint.paint(event->rect());
    for (const Side side : {Side::Left, Side::Right}) {
        const QString &note = d->notes[side == Side::Left ? 0 : 1];
        if (!note.isEmpty() && d->document->lines(side).text().isEmpty()) {
            paint.paintSideNote(side, note);
        }
    }
    if (paint.widest() > d->widest) {
        d->widest = paint.widest();
        d->updateRanges();
    }
}

void DiffView::resizeEvent(QResizeEvent *event)
{
    QAbstractScrollArea::resizeEvent(event);
    d->updateRanges();
    Q_EMIT viewportMoved();
}

void DiffView::scrollContentsBy(int, int)
{
    d->geometry.scrollX = horizontalScrollBar()->value();
    d->geometry.scrollY = verticalScrollBar()->value();
    viewport()->update();
    Q_EMIT viewportMoved();
}

void DiffView::focusInEvent(QFocusEvent *event)
{
    d->marks.hasFocus = true;
    viewport()->update();
    QAbstractScrollArea::focusInEvent(event);
}

void DiffView::focusOutEvent(QFocusEvent *event)
{
    d->marks.hasFocus = event->reason() == Qt::PopupFocusReason;
    viewport()->update();
    QAbstractScrollArea::focusOutEvent(event);
}

void DiffView::keyPressEvent(QKeyEvent *event)
{
    if (!d->document || d->folded.count() == 0) {
        QAbstractScrollArea::keyPressEvent(event);
        return;
    }
    if (event->matches(QKeySequence::Copy)) {
        copySelection();
        return;
    }
    if (event->matches(QKeySequence::SelectAll)) {
        const int last = d->rowCount() - 1;
        setSelection(d->marks.side, {0, 0}, {last, d->columns(last, d->marks.side)});
        return;
    }
    const bool shift = event->modifiers().testFlag(Qt::ShiftModifier);
    const bool control = event->modifiers().testFlag(Qt::ControlModifier);
    const bool alt = event->modifiers().testFlag(Qt::AltModifier);
    const Side other = d->marks.side == Side::Left ? Side::Right : Side::Left;
    const TextPosition caret = d->marks.caret;
    const int page = std::max(1, d->geometry.height / d->geometry.rowHeight - 1);
    switch (event->key()) {
    case Qt::Key_Up: d->stepItem(-1, shift); return;
    case Qt::Key_Down: d->stepItem(1, shift); return;
    case Qt::Key_PageUp: d->stepItem(-page, shift); return;
    case Qt::Key_PageDown: d->stepItem(page, shift); return;
    case Qt::Key_Home: d->moveCaret(control ? 0 : caret.row, d->marks.side, 0, shift); return;
    case Qt::Key_End: {
        const int row = control ? d->rowCount() - 1 : caret.row;
        d->moveCaret(row, d->marks.side, d->columns(row, d->marks.side), shift);
        return;
    }
    case Qt::Key_Left:
    case Qt::Key_Right: {
        if (alt) {
            d->moveCaret(caret.row, event->key() == Qt::Key_Left ? Side::Left : Side::Right, 0, false);
            return;
        }
        if (d->document->rowLine(caret.row, d->marks.side) == 0) {
            return;
        }
        const ShapedLine &line = d->lines.line(caret.row, d->marks.side);
        int unit = line.display.toDisplay(caret.column);
        const int before = caret.column;
        // Steps over what stands for one source unit: a shortened id, a symbol, a chip.
        do {
            unit += event->key() == Qt::Key_Left ? -1 : 1;
        } while (unit > 0 && unit < line.display.text.size() && line.display.toSource(unit) == before);
        d->moveCaret(caret.row, d->marks.side, line.display.toSource(std::max(0, unit)), shift);
        return;
    }
    case Qt::Key_F6: d->moveCaret(caret.row, other, 0, false); return;
    case Qt::Key_Return:
    case Qt::Key_Enter:
    case Qt::Key_Space: {
        const int index = d->caretItem();
        if (d->folded.item(index).folded > 0) {
            if ((shift || control) && d->folded.item(index).folded > FoldedRows::Step) {
                d->folded.unfoldSome(index, shift);
            } else {
                d->folded.unfold(index);
            }
            d->itemsMoved();
            d->announce();
            return;
        }
        if (goToTwin()) {
            return;
        }
        break;
    }
    case Qt::Key_N: nextChange(); return;
    case Qt::Key_P: previousChange(); return;
    case Qt::Key_F8: shift ? previousChange() : nextChange(); return;
    default: break;
    }
    QAbstractScrollArea::keyPressEvent(event);
}

void DiffView::mousePressEvent(QMouseEvent *event)
{
    if (!d->document || d->folded.count() == 0 || d->geometry.itemAt(event->pos().y()) >= d->folded.count()) {
        return;
    }
    const int index = d->geometry.itemAt(event->pos().y());
    const FoldedRows::Item item = d->folded.item(index);
    const Side side = d->sideAt(event->pos().x(), item);
    if (item.folded > 0 && event->button() == Qt::LeftButton) {
        d->moveCaret(item.row, side, 0, false, false);
        if (item.folded > FoldedRows::Step && foldButtonRect(d->geometry, event->pos().y(), FoldButton::Above).contains(event->pos())) {
            d->folded.unfoldSome(index, true);
        } else if (item.folded > FoldedRows::Step
                   && foldButtonRect(d->geometry, event->pos().y(), FoldButton::Below).contains(event->pos())) {
            d->folded.unfoldSome(index, false);
        } else {
            d->folded.unfold(index);
        }
        d->itemsMoved();
        return;
    }
    if (event->button() == Qt::LeftButton && (d->document->rows[item.row].isStub() || d->isOnMoveChip(event->pos()))) {
        d->moveCaret(item.row, side, 0, false, false);
        (void)goToTwin();
        return;
    }
    const TextPosition at = d->hit(event->pos(), side);
    if (event->button() == Qt::RightButton && d->marks.hasSelection() && side == d->marks.side) {
        const auto [from, to] = std::minmax(d->marks.anchor, d->marks.caret);
        if (at >= from && at <= to) {
            return; // the menu is for what is selected
        }
    }
    d->dragging = event->button() == Qt::LeftButton;
    d->moveCaret(at.row, side, at.column, event->modifiers().testFlag(Qt::ShiftModifier), false);
}

void DiffView::mouseMoveEvent(QMouseEvent *event)
{
    if (d->dragging && d->document) {
        const TextPosition at = d->hit(event->pos(), d->marks.side);
        d->moveCaret(at.row, d->marks.side, at.column, true);
        return;
    }
    const int index = d->geometry.itemAt(event->pos().y());
    const bool inside = d->document && index < d->folded.count() && index >= 0;
    const bool isLink = inside
        && (d->folded.item(index).folded > 0 || d->document->rows[d->folded.item(index).row].isStub() || d->isOnMoveChip(event->pos()));
    viewport()->setCursor(isLink ? Qt::PointingHandCursor : d->document ? Qt::IBeamCursor : Qt::ArrowCursor);
}

void DiffView::mouseReleaseEvent(QMouseEvent *)
{
    d->dragging = false;
}

void DiffView::mouseDoubleClickEvent(QMouseEvent *event)
{
    if (d->document && event->button() == Qt::LeftButton && d->line() != 0 && d->geometry.itemAt(event->pos().y()) < d->folded.count()) {
        d->selectToken();
    }
}

void DiffView::wheelEvent(QWheelEvent *event)
{
    if (event->modifiers().testFlag(Qt::ControlModifier)) {
        zoom(event->angleDelta().y() > 0 ? 1 : -1);
        event->accept();
        return;
    }
    QAbstractScrollArea::wheelEvent(event);
}

void DiffView::contextMenuEvent(QContextMenuEvent *event)
{
    if (!d->document) {
        return;
    }
    QMenu menu(this);
    const bool onLine = d->line() != 0;
    const auto add = [this, &menu](const QString &text, const QKeySequence &key, void (DiffView::*slot)(), bool isEnabled) {
        menu.addAction(text, key, this, slot)->setEnabled(isEnabled);
    };
    add(tr("Copy"), QKeySequence::Copy, &DiffView::copySelection, onLine || d->marks.hasSelection());
    add(tr("Copy value"), QKeySequence(u"Ctrl+Shift+V"_s), &DiffView::copyValue,
        onLine && !d->document->lines(d->marks.side).closes(d->line()));
    add(tr("Copy JSON pointer"), QKeySequence(u"Ctrl+Shift+P"_s), &DiffView::copyPath, onLine);
    add(tr("Copy path with names"), QKeySequence(u"Ctrl+Shift+N"_s), &DiffView::copyNamedPath, onLine);
    add(d->marks.side == Side::Left ? tr("Copy all of A") : tr("Copy all of B"), QKeySequence(u"Ctrl+Shift+S"_s), &DiffView::copySide,
        !d->document->lines(d->marks.side).text().isEmpty());
    add(tr("Copy JSON Patch of this field"), QKeySequence(u"Ctrl+Alt+J"_s), &DiffView::copyChangePatch,
        bool(d->changePatch) && currentChange() >= 0);
    add(tr("Copy JSON Patch of the whole change"), QKeySequence(u"Ctrl+Shift+J"_s), &DiffView::copyPatch, bool(d->patch));
    menu.addSeparator();
    add(tr("Next change"), QKeySequence(Qt::Key_F8), &DiffView::nextChange, changeCount() > 0);
    add(tr("Previous change"), QKeySequence(Qt::SHIFT | Qt::Key_F8), &DiffView::previousChange, changeCount() > 0);
    add(tr("Show all unchanged lines"), {}, &DiffView::unfoldAll, d->folded.hasFolds());
    add(tr("Fold unchanged lines"), {}, &DiffView::foldAll, true);
    menu.addSeparator();
    add(tr("Find…"), QKeySequence::Find, &DiffView::findRequested, true);
    add(tr("Go to path…"), QKeySequence(u"Ctrl+G"_s), &DiffView::goToRequested, true);
    menu.exec(event->globalPos());
}

} // namespace Orgtrace::Ui
