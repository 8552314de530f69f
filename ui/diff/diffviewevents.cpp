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
    if (!document || document->sides.rows.isEmpty()) {
        return;
    }
    row = std::clamp(row, 0, int(document->sides.rows.size()) - 1);
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
    const int index = std::clamp(firstItem() + by, 0, folded.count() - 1);
    const FoldedRows::Item item = folded.item(index);
    // Downwards over a fold with a selection takes all that it hides.
    const int row = extend && by > 0 && item.folded > 0 ? item.row + item.folded - 1 : item.row;
    moveCaret(row, marks.side, marks.caret.column, extend);
}

void DiffView::Private::ensureVisible(int row, Side side, int column)
{
    const int y = folded.indexOfRow(row) * geometry.rowHeight;
    QScrollBar *vertical = q->verticalScrollBar();
    if (y < vertical->value()) {
        vertical->setValue(y);
    } else if (y + geometry.rowHeight > vertical->value() + geometry.height) {
        vertical->setValue(y + geometry.rowHeight - geometry.height);
    }
    if (document->rowLine(row, side) == 0) {
        return;
    }
    const ShapedLine &line = lines.line(row, side);
    if (line.width > widest) {
        widest = line.width;
        updateRanges();
    }
    const int x = int(line.xOf(line.display.toDisplay(column)));
    QScrollBar *horizontal = q->horizontalScrollBar();
    const int room = geometry.split - geometry.textLeft - 12;
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
    return {item.row, line.display.toSource(line.unitAt(x))};
}

void DiffView::Private::selectToken()
{
    const int row = marks.caret.row;
    const QString &text = document->rowText(row, marks.side);
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

QString DiffView::Private::tip(const QPoint &at)
{
    if (!document || folded.count() == 0 || geometry.itemAt(at.y()) >= folded.count()) {
        return {};
    }
    const FoldedRows::Item item = folded.item(std::max(0, geometry.itemAt(at.y())));
    if (item.folded > 0) {
        return tr("Click or Enter shows these lines");
    }
    const Side side = at.x() < geometry.split ? Side::Left : Side::Right;
    if (document->rowLine(item.row, side) == 0) {
        return {};
    }
    const ShapedLine &line = lines.line(item.row, side);
    const int unit = line.unitAt(at.x() - geometry.textArea(side).left() + geometry.scrollX);
    for (const DisplayLine::Id &id : line.display.ids) {
        const auto chip = std::ranges::find_if(line.display.chips, [](const DisplayLine::Chip &c) { return c.length > 0; });
        const int end = chip != line.display.chips.end() ? chip->start + chip->length : id.start + id.length;
        if (unit >= id.start && unit <= end) {
            const QString name = document->names.value(id.full);
            return name.isEmpty() ? id.full : id.full + u'\n' + visibleText(name, 200);
        }
    }
    const QString &text = document->rowText(item.row, side);
    if (text.size() > 1900 && text.endsWith(u'…')) {
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
        const int last = int(d->document->sides.rows.size()) - 1;
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
        const int row = control ? int(d->document->sides.rows.size()) - 1 : caret.row;
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
        const int index = d->firstItem();
        if (d->folded.item(index).folded > 0) {
            d->folded.unfold(index);
            d->itemsMoved(caret.row);
            d->announce();
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
    const Side side = event->pos().x() < d->geometry.split ? Side::Left : Side::Right;
    const FoldedRows::Item item = d->folded.item(index);
    if (item.folded > 0 && event->button() == Qt::LeftButton) {
        d->folded.unfold(index);
        d->moveCaret(item.row, side, 0, false, false);
        d->itemsMoved(item.row);
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
    const bool fold = d->document && index < d->folded.count() && index >= 0 && d->folded.item(index).folded > 0;
    viewport()->setCursor(fold ? Qt::PointingHandCursor : d->document ? Qt::IBeamCursor : Qt::ArrowCursor);
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
    QAction *copy = menu.addAction(tr("Copy"), QKeySequence::Copy, this, &DiffView::copySelection);
    copy->setEnabled(onLine || d->marks.hasSelection());
    QAction *value = menu.addAction(tr("Copy value"), QKeySequence(u"Ctrl+Shift+V"_s), this, &DiffView::copyValue);
    value->setEnabled(onLine && !currentValue().isEmpty());
    QAction *path = menu.addAction(tr("Copy path (JSON pointer)"), QKeySequence(u"Ctrl+Shift+P"_s), this, &DiffView::copyPath);
    path->setEnabled(onLine);
    QAction *patch = menu.addAction(tr("Copy JSON Patch of the whole change"), QKeySequence(u"Ctrl+Shift+J"_s), this, &DiffView::copyPatch);
    patch->setEnabled(bool(d->patch));
    menu.addSeparator();
    menu.addAction(tr("Next change"), QKeySequence(Qt::Key_F8), this, &DiffView::nextChange)->setEnabled(changeCount() > 0);
    menu.addAction(tr("Previous change"), QKeySequence(Qt::SHIFT | Qt::Key_F8), this, &DiffView::previousChange)
        ->setEnabled(changeCount() > 0);
    menu.addAction(tr("Show all unchanged lines"), this, &DiffView::unfoldAll)->setEnabled(d->folded.hasFolds());
    menu.addSeparator();
    menu.addAction(tr("Find…"), QKeySequence::Find, this, &DiffView::findRequested);
    menu.exec(event->globalPos());
}

} // namespace Orgtrace::Ui
