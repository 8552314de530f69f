#include "diff/diffpainter.h"

#include "theme/theme.h"

#include <QGuiApplication>
#include <QPainter>
#include <QPalette>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace Orgtrace::Ui {

using Compare::RowKind;

QRect DiffGeometry::column(Side side) const
{
    return side == Side::Left ? QRect(0, 0, split, height) : QRect(split + 1, 0, width - split - 1, height);
}

QRect DiffGeometry::textArea(Side side) const
{
    return column(side).adjusted(textLeft, 0, 0, 0);
}

DiffPainter::DiffPainter(QPainter &painter, const DiffDocument &document, const FoldedRows &folded, DiffLines &lines,
                         const DiffGeometry &geometry, const DiffMarks &marks) :
    m_painter(painter), m_document(document), m_folded(folded), m_lines(lines), m_geometry(geometry), m_marks(marks)
{
}

namespace {

QColor text()
{
    return QGuiApplication::palette().color(QPalette::Text);
}

/// How a side of a row takes part in the change.
RowKind kindOf(const Compare::Row &row)
{
    if (row.kind == RowKind::Changed && (row.leftLine == 0 || row.rightLine == 0)) {
        return row.leftLine == 0 ? RowKind::Added : RowKind::Removed;
    }
    return row.kind;
}

QColor tint(RowKind kind)
{
    switch (kind) {
    case RowKind::Added: return Theme::rowAdded();
    case RowKind::Removed: return Theme::rowRemoved();
    case RowKind::Changed: return Theme::rowChanged();
    case RowKind::Same: break;
    }
    return {};
}

} // namespace

void DiffPainter::paint(const QRect &exposed)
{
    const int count = m_folded.count();
    const int first = std::max(0, m_geometry.itemAt(exposed.top()));
    const int last = std::min(count - 1, m_geometry.itemAt(exposed.bottom()));
    const int current = m_folded.indexOfRow(m_marks.caret.row);
    for (int index = first; index <= last; ++index) {
        const FoldedRows::Item item = m_folded.item(index);
        const int y = m_geometry.yOf(index);
        if (item.folded > 0) {
            paintFold(item, y, index == current);
        } else {
            paintRow(item.row, y, Side::Left);
            paintRow(item.row, y, Side::Right);
        }
    }
    m_painter.fillRect(m_geometry.split, exposed.top(), 1, exposed.height(), Theme::hairline());
}

void DiffPainter::paintFold(const FoldedRows::Item &item, int y, bool current)
{
    const QRect band(0, y, m_geometry.width, m_geometry.rowHeight);
    QColor back = QGuiApplication::palette().color(QPalette::AlternateBase);
    m_painter.fillRect(band, back);
    if (current && m_marks.hasFocus) {
        m_painter.fillRect(0, y, 3, m_geometry.rowHeight, Theme::accent());
    }
    QString label = u"⋯  "_s + (item.folded == 1 ? QObject::tr("1 unchanged line") : QObject::tr("%L1 unchanged lines").arg(item.folded));
    if (const QString path = enclosingPath(m_document, item.row); !path.isEmpty()) {
        label += u"  ·  "_s + path;
    }
    m_painter.setFont(m_lines.chipFont());
    m_painter.setPen(Theme::mutedText());
    for (Side side : {Side::Left, Side::Right}) {
        const QRect area = m_geometry.textArea(side).adjusted(0, 0, -8, 0);
        const QRect line(area.left(), y, area.width(), m_geometry.rowHeight);
        m_painter.drawText(line, Qt::AlignVCenter | Qt::TextSingleLine,
                           m_painter.fontMetrics().elidedText(label, Qt::ElideRight, line.width()));
    }
}

void DiffPainter::paintFiller(const QRect &area)
{
    m_painter.save();
    m_painter.setClipRect(area, Qt::IntersectClip);
    QColor stripe = Theme::hatch();
    stripe.setAlphaF(Theme::isDark() ? 0.55F : 0.42F);
    m_painter.setPen(QPen(stripe, 2.5));
    m_painter.setRenderHint(QPainter::Antialiasing);
    // Lines are tied to the content, not to the window, so that scrolling moves them with the rows.
    constexpr int Step = 14;
    const int height = area.height();
    const int start = area.left() - height - Step;
    const int phase = (((start + height + area.top() + m_geometry.scrollY) % Step) + Step) % Step;
    for (int x = start - phase; x < area.right() + Step; x += Step) {
        m_painter.drawLine(x, area.top() + height, x + height, area.top());
    }
    m_painter.restore();
}

void DiffPainter::paintRow(int row, int y, Side side)
{
    const Compare::Row &r = m_document.sides.rows[row];
    const QRect column = m_geometry.column(side);
    const QRect band(column.left(), y, column.width(), m_geometry.rowHeight);
    const int line = m_document.rowLine(row, side);
    if (line == 0) {
        if (!m_document.lines(side).text().isEmpty()) {
            paintFiller(band);
        }
        return;
    }
    const RowKind kind = kindOf(r);
    if (kind != RowKind::Same) {
        m_painter.fillRect(band, tint(kind));
    }
    const bool current = row == m_marks.caret.row && side == m_marks.side;
    if (current && m_marks.hasFocus) {
        m_painter.fillRect(column.left(), y, 3, m_geometry.rowHeight, Theme::accent());
    }

    m_painter.setFont(m_lines.chipFont());
    m_painter.setPen(Theme::mutedText());
    m_painter.drawText(QRect(column.left(), y, m_geometry.numberWidth, m_geometry.rowHeight), Qt::AlignRight | Qt::AlignVCenter,
                       QString::number(line));
    if (kind != RowKind::Same) {
        const QRect sign(column.left() + m_geometry.numberWidth, y, m_geometry.textLeft - m_geometry.numberWidth, m_geometry.rowHeight);
        const bool changed = kind == RowKind::Changed;
        m_painter.setPen(changed ? Theme::changed() : kind == RowKind::Added ? Theme::added() : Theme::removed());
        QFont bold = m_lines.chipFont();
        bold.setBold(true);
        m_painter.setFont(bold);
        m_painter.drawText(sign, Qt::AlignCenter, changed ? u"~"_s : kind == RowKind::Added ? u"+"_s : u"−"_s);
    }
    paintText(row, y, side);
}

void DiffPainter::paintSelection(const ShapedLine &line, int row, int y, Side side, qreal x)
{
    if (side != m_marks.side || !m_marks.hasSelection()) {
        return;
    }
    const auto [from, to] = std::minmax(m_marks.anchor, m_marks.caret);
    if (row < from.row || row > to.row) {
        return;
    }
    const int start = row == from.row ? from.column : 0;
    const int size = int(m_document.rowText(row, side).size());
    const auto [a, b] = line.displayRange(start, row == to.row ? to.column : size);
    qreal left = line.xOf(a), right = line.xOf(b);
    if (row != to.row) {
        right = std::max(right, line.width) + m_lines.columnWidth() / 2; // the line end is selected too
    }
    QColor colour = Theme::accent();
    colour.setAlpha(Theme::isDark() ? 110 : 64);
    m_painter.fillRect(QRectF(x + left, y, right - left, m_geometry.rowHeight), colour);
}

void DiffPainter::paintText(int row, int y, Side side)
{
    const Compare::Row &r = m_document.sides.rows[row];
    const ShapedLine &line = m_lines.line(row, side);
    m_widest = std::max(m_widest, line.width);
    const QRect area = m_geometry.textArea(side);
    const QRect band(area.left(), y, area.width(), m_geometry.rowHeight);
    m_painter.save();
    m_painter.setClipRect(band, Qt::IntersectClip);
    const qreal x = area.left() - m_geometry.scrollX;

    const auto box = [&](int start, int end, const QColor &colour) {
        const auto [a, b] = line.displayRange(start, end);
        if (b <= a) {
            return;
        }
        const qreal left = std::min(line.xOf(a), line.xOf(b));
        const qreal width = std::abs(line.xOf(b) - line.xOf(a));
        m_painter.setPen(Qt::NoPen);
        m_painter.setBrush(colour);
        m_painter.drawRoundedRect(QRectF(x + left - 1, y + 2, width + 2, m_geometry.rowHeight - 4), 3, 3);
    };
    m_painter.setRenderHint(QPainter::Antialiasing);
    const QColor strong = r.kind == RowKind::Added ? Theme::markAdded()
        : r.kind == RowKind::Removed               ? Theme::markRemoved()
                                                   : Theme::markChanged();
    for (const Compare::Mark &mark : side == Side::Left ? r.leftMarks : r.rightMarks) {
        box(mark.start, mark.start + mark.length, strong);
    }
    if (!m_marks.needle.isEmpty()) {
        const QString &source = m_document.rowText(row, side);
        QColor found = Theme::accent();
        found.setAlpha(70);
        for (qsizetype at = source.indexOf(m_marks.needle, 0, Qt::CaseInsensitive); at >= 0;
             at = source.indexOf(m_marks.needle, at + m_marks.needle.size(), Qt::CaseInsensitive)) {
            box(int(at), int(at + m_marks.needle.size()), found);
        }
        if (m_marks.hasMatch && m_marks.currentMatch.row == row && m_marks.currentMatch.side == side) {
            const FindMatch &match = m_marks.currentMatch;
            const int size = int(source.size());
            const auto [a, b] = line.displayRange(std::min(match.column, size - 1), std::min(match.column + match.length, size));
            m_painter.setPen(QPen(Theme::accent(), 1.5));
            m_painter.setBrush(Qt::NoBrush);
            m_painter.drawRoundedRect(QRectF(x + line.xOf(a) - 1, y + 1.5, line.xOf(b) - line.xOf(a) + 2, m_geometry.rowHeight - 3), 3, 3);
        }
    }
    paintSelection(line, row, y, side, x);

    m_painter.setPen(text());
    const qreal top = y + m_geometry.baseline - (line.layout.lineCount() > 0 ? line.layout.lineAt(0).ascent() : 0);
    line.layout.draw(&m_painter, QPointF(x, top), {}, QRectF(band));

    for (const DisplayLine::Chip &chip : line.display.chips) {
        const qreal left = x + line.xOf(chip.start) + m_lines.columnWidth() * 0.6;
        m_painter.setFont(m_lines.chipFont());
        const QRectF pill(left, y + 2, QFontMetricsF(m_lines.chipFont()).horizontalAdvance(chip.name) + 12, m_geometry.rowHeight - 4);
        m_painter.setPen(Qt::NoPen);
        m_painter.setBrush(r.kind == RowKind::Same ? Theme::chip() : Theme::page()); // grey would sink into a tint
        m_painter.drawRoundedRect(pill, 4, 4);
        m_painter.setPen(Theme::mutedText());
        m_painter.drawText(pill, Qt::AlignCenter, chip.name);
    }
    if (m_marks.hasFocus && side == m_marks.side && row == m_marks.caret.row) {
        const auto [a, b] = line.displayRange(m_marks.caret.column, m_marks.caret.column);
        m_painter.fillRect(QRectF(x + line.xOf(std::max(a, b)), y + 2, 1.5, m_geometry.rowHeight - 4), text());
    }
    m_painter.restore();
}

void DiffPainter::paintSideNote(Side side, const QString &sentence)
{
    const QRect column = m_geometry.column(side);
    paintFiller(column);
    QFont font;
    m_painter.setFont(font);
    const QRect room = column.adjusted(24, 40, -24, -40);
    QRect words = m_painter.boundingRect(room, Qt::AlignTop | Qt::AlignHCenter | Qt::TextWordWrap, sentence);
    words.moveTop(48);
    m_painter.setRenderHint(QPainter::Antialiasing);
    m_painter.setPen(Theme::hairline());
    m_painter.setBrush(QGuiApplication::palette().color(QPalette::Base));
    m_painter.drawRoundedRect(QRectF(words).adjusted(-16, -10, 16, 10).translated(0.5, 0.5), 6, 6);
    m_painter.setPen(Theme::mutedText());
    m_painter.drawText(words, Qt::AlignCenter | Qt::TextWordWrap, sentence);
}

} // namespace Orgtrace::Ui
