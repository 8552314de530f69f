#include "diff/diffpainter.h"

#include "theme/theme.h"

#include <QGuiApplication>
#include <QPainter>
#include <QPalette>

#include <algorithm>
#include <cmath>

using namespace Qt::StringLiterals;

namespace Orgtrace::Ui {

using Compare::AlignedRow;
using Compare::RowKind;

// -- geometry ---------------------------------------------------------------------------------------------------------------

void WrapMap::clear()
{
    m_items.clear();
    m_after.clear();
}

void WrapMap::add(int item, int extra)
{
    m_after.push_back(total() + extra);
    m_items.push_back(item);
}

int WrapMap::before(int item) const
{
    const auto at = std::ranges::lower_bound(m_items, item) - m_items.begin();
    return at == 0 ? 0 : m_after[size_t(at) - 1];
}

int WrapMap::extra(int item) const
{
    const auto at = std::ranges::lower_bound(m_items, item);
    if (at == m_items.end() || *at != item) {
        return 0;
    }
    const auto place = size_t(at - m_items.begin());
    return m_after[place] - (place == 0 ? 0 : m_after[place - 1]);
}

int WrapMap::itemAt(int visualLine) const
{
    if (m_items.empty()) {
        return visualLine;
    }
    // The first wrapped item whose last visual line is at or below: what stands before it has known extras.
    size_t low = 0, high = m_items.size();
    while (low < high) {
        const size_t middle = (low + high) / 2;
        if (m_items[middle] + m_after[middle] < visualLine) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    const int shift = low == 0 ? 0 : m_after[low - 1];
    return low < m_items.size() ? std::min(visualLine - shift, m_items[low]) : visualLine - shift;
}

QRect DiffGeometry::column(Side side) const
{
    if (oneColumn) {
        return {0, 0, width, height};
    }
    return side == Side::Left ? QRect(0, 0, split, height) : QRect(split + 1, 0, width - split - 1, height);
}

QRect DiffGeometry::textArea(Side side) const
{
    return column(side).adjusted(textLeft, 0, 0, 0);
}

QRect foldButtonRect(const DiffGeometry &geometry, int y, FoldButton button)
{
    // In the gutter, where nothing else of a fold stands: up, down; the words themselves show all.
    const int side = std::min(geometry.rowHeight, geometry.textLeft / 2);
    switch (button) {
    case FoldButton::Above: return {2, y, side, geometry.rowHeight};
    case FoldButton::Below: return {2 + side, y, side, geometry.rowHeight};
    case FoldButton::All: break;
    }
    return {geometry.textLeft, y, geometry.width - geometry.textLeft, geometry.rowHeight};
}

QString moveText(const Compare::RowMove &move, bool isStub)
{
    return isStub ? QObject::tr("moved to line %L1").arg(move.toLine) : QObject::tr("moved from line %L1").arg(move.fromLine);
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

/// What differs without counting is grey.
QColor tint(const AlignedRow &row)
{
    if (!row.counts) {
        return row.kind == RowKind::Same ? QColor() : Theme::chip();
    }
    switch (row.kind) {
    case RowKind::Added: return Theme::rowAdded();
    case RowKind::Removed: return Theme::rowRemoved();
    case RowKind::Changed: return Theme::rowChanged();
    case RowKind::Same: break;
    }
    return {};
}

} // namespace

// -- items ------------------------------------------------------------------------------------------------------------------

void DiffPainter::paint(const QRect &exposed)
{
    m_lines.setWindow(m_geometry.scrollX, m_geometry.textArea(Side::Right).width());
    const int count = m_folded.count();
    const int first = std::max(0, m_geometry.itemAt(exposed.top()));
    const int last = std::min(count - 1, m_geometry.itemAt(exposed.bottom()));
    const int current
        = m_folded.indexOfRow(m_marks.caret.row, m_marks.side == Side::Right ? FoldedRows::Shows::New : FoldedRows::Shows::Old);
    for (int index = first; index <= last; ++index) {
        paintItem(index, current);
    }
    if (!m_geometry.oneColumn) {
        m_painter.fillRect(m_geometry.split, exposed.top(), 1, exposed.height(), Theme::hairline());
    }
}

void DiffPainter::paintItem(int index, int current)
{
    const FoldedRows::Item item = m_folded.item(index);
    const int y = m_geometry.yOf(index);
    if (item.folded > 0) {
        paintFold(item, y, index == current);
        return;
    }
    Band band;
    band.row = m_document.rows[item.row];
    band.number = item.row;
    band.y = y;
    band.height = m_geometry.heightOf(index);
    if (m_geometry.oneColumn) {
        const bool old = item.shows == FoldedRows::Shows::Old || band.row.rightLine == 0;
        if (item.shows != FoldedRows::Shows::Both) {
            band.row.kind = old ? RowKind::Removed : RowKind::Added;
        }
        band.side = old ? Side::Left : Side::Right;
        band.isCurrent = index == current;
        paintRow(band);
        return;
    }
    for (const Side side : {Side::Left, Side::Right}) {
        band.side = side;
        band.isCurrent = index == current && side == m_marks.side;
        paintRow(band);
    }
}

void DiffPainter::paintFold(const FoldedRows::Item &item, int y, bool current)
{
    const QRect band(0, y, m_geometry.width, m_geometry.rowHeight);
    m_painter.fillRect(band, QGuiApplication::palette().color(QPalette::AlternateBase));
    if (current && m_marks.hasFocus) {
        m_painter.fillRect(0, y, 3, m_geometry.rowHeight, Theme::accent());
    }
    m_painter.setFont(m_lines.chipFont());
    m_painter.setPen(Theme::accent());
    if (item.folded > FoldedRows::Step) {
        m_painter.drawText(foldButtonRect(m_geometry, y, FoldButton::Above), Qt::AlignCenter, u"↓"_s);
        m_painter.drawText(foldButtonRect(m_geometry, y, FoldButton::Below), Qt::AlignCenter, u"↑"_s);
    }
    QString label = u"⋯  "_s + (item.folded == 1 ? QObject::tr("1 unchanged line") : QObject::tr("%L1 unchanged lines").arg(item.folded));
    if (const QString path = m_lines.foldLabel(item.row); !path.isEmpty()) {
        label += u"  ·  "_s + path;
    }
    m_painter.setPen(Theme::mutedText());
    for (const Side side : {Side::Left, Side::Right}) {
        const QRect area = m_geometry.textArea(side).adjusted(0, 0, -8, 0);
        const QRect line(area.left(), y, area.width(), m_geometry.rowHeight);
        m_painter.drawText(line, Qt::AlignVCenter | Qt::TextSingleLine,
                           m_painter.fontMetrics().elidedText(label, Qt::ElideRight, line.width()));
        if (m_geometry.oneColumn) {
            break;
        }
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

void DiffPainter::paintStub(const Band &band)
{
    const QRect column = m_geometry.column(band.side);
    const QRect area(column.left(), band.y, column.width(), band.height);
    if (!m_geometry.oneColumn && band.side == Side::Right) {
        paintFiller(area);
        return;
    }
    m_painter.fillRect(area, QGuiApplication::palette().color(QPalette::AlternateBase));
    if (band.isCurrent && m_marks.hasFocus) {
        m_painter.fillRect(column.left(), band.y, 3, band.height, Theme::accent());
    }
    QFont font = m_lines.chipFont();
    m_painter.setFont(font);
    m_painter.setPen(Theme::accent());
    const Compare::RowMove &move = m_document.rows.moves[size_t(band.row.move)];
    const QRect words = m_geometry.textArea(band.side);
    m_painter.drawText(QRect(words.left(), band.y, words.width(), m_geometry.rowHeight), Qt::AlignVCenter,
                       (move.row > band.number ? u"↓  "_s : u"↑  "_s) + moveText(move, true));
}

void DiffPainter::paintNumbers(const Band &band)
{
    const QRect column = m_geometry.column(band.side);
    m_painter.setFont(m_lines.chipFont());
    m_painter.setPen(Theme::mutedText());
    const auto number = [&](int left, int line) {
        if (line > 0) {
            m_painter.drawText(QRect(left, band.y, m_geometry.numberWidth, m_geometry.rowHeight), Qt::AlignRight | Qt::AlignVCenter,
                               QString::number(line));
        }
    };
    if (!m_geometry.oneColumn) {
        number(column.left(), band.side == Side::Left ? band.row.leftLine : band.row.rightLine);
        return;
    }
    number(column.left(), band.row.kind == RowKind::Added ? 0 : band.row.leftLine);
    number(column.left() + m_geometry.numberWidth, band.row.kind == RowKind::Removed ? 0 : band.row.rightLine);
}

void DiffPainter::paintRow(const Band &band)
{
    if (band.row.isStub()) {
        paintStub(band);
        return;
    }
    const QRect column = m_geometry.column(band.side);
    const QRect area(column.left(), band.y, column.width(), band.height);
    if (m_document.rowLine(band.number, band.side) == 0) {
        if (!m_document.lines(band.side).text().isEmpty()) {
            paintFiller(area);
        }
        return;
    }
    if (const QColor back = tint(band.row); back.isValid()) {
        m_painter.fillRect(area, back);
    }
    if (band.row.move >= 0) {
        m_painter.fillRect(column.left() + m_geometry.textLeft - 5, band.y, 2, band.height, Theme::accent());
    }
    if (band.isCurrent && m_marks.hasFocus) {
        m_painter.fillRect(column.left(), band.y, 3, band.height, Theme::accent());
    }
    paintNumbers(band);
    if (const RowKind kind = band.row.kind; kind != RowKind::Same) {
        const int left = column.left() + m_geometry.numberWidth * (m_geometry.oneColumn ? 2 : 1);
        const QRect sign(left, band.y, column.left() + m_geometry.textLeft - left, m_geometry.rowHeight);
        m_painter.setPen(!band.row.counts               ? Theme::mutedText()
                             : kind == RowKind::Changed ? Theme::changed()
                             : kind == RowKind::Added   ? Theme::added()
                                                        : Theme::removed());
        QFont bold = m_lines.chipFont();
        bold.setBold(true);
        m_painter.setFont(bold);
        m_painter.drawText(sign, Qt::AlignCenter,
                           !band.row.counts               ? u"≈"_s
                               : kind == RowKind::Changed ? u"~"_s
                               : kind == RowKind::Added   ? u"+"_s
                                                          : u"−"_s);
    }
    paintText(band);
}

// -- text -------------------------------------------------------------------------------------------------------------------

QList<QRectF> DiffPainter::boxes(const ShapedLine &line, int from, int to, const Band &band, qreal x) const
{
    QList<QRectF> out;
    if (to <= from) {
        return out;
    }
    if (line.layout.lineCount() <= 1) {
        const qreal a = line.xOf(from), b = line.xOf(to);
        out.append(QRectF(x + std::min(a, b), band.y, std::abs(b - a), m_geometry.rowHeight));
        return out;
    }
    const int first = line.visualLineOf(from), last = line.visualLineOf(to);
    for (int at = first; at <= last && at < line.layout.lineCount(); ++at) {
        const QTextLine visual = line.layout.lineAt(at);
        const qreal a = at == first ? visual.cursorToX(from) : 0;
        const qreal b = at == last ? visual.cursorToX(to) : visual.naturalTextWidth();
        out.append(QRectF(x + std::min(a, b), band.y + at * m_geometry.rowHeight, std::abs(b - a), m_geometry.rowHeight));
    }
    return out;
}

void DiffPainter::paintSelection(const ShapedLine &line, const Band &band, qreal x)
{
    const bool isShared = m_geometry.oneColumn && band.row.kind == RowKind::Same;
    if ((band.side != m_marks.side && !isShared) || !m_marks.hasSelection()) {
        return;
    }
    const auto [from, to] = std::minmax(m_marks.anchor, m_marks.caret);
    if (band.number < from.row || band.number > to.row) {
        return;
    }
    const int start = band.number == from.row ? from.column : 0;
    const auto [a, b] = line.displayRange(start, band.number == to.row ? to.column : int(line.cut.text.size()));
    QColor colour = Theme::accent();
    colour.setAlpha(Theme::isDark() ? 110 : 64);
    for (const auto those = boxes(line, a, b, band, x); const QRectF &box : those) {
        m_painter.fillRect(box, colour);
    }
    if (band.number != to.row) { // the line end is selected too
        const int end = int(line.display.text.size());
        m_painter.fillRect(QRectF(x + line.xOf(end), band.y + line.visualLineOf(end) * m_geometry.rowHeight, m_lines.columnWidth() / 2,
                                  m_geometry.rowHeight),
                           colour);
    }
}

void DiffPainter::paintFound(const ShapedLine &line, const Band &band, qreal x)
{
    QColor found = Theme::accent();
    found.setAlpha(70);
    m_painter.setPen(Qt::NoPen);
    m_painter.setBrush(found);
    constexpr qsizetype most = 500;
    for (const auto places = m_marks.needle.matches(line.cut.text, most); const TextPattern::Match &match : places) {
        const auto [a, b] = line.displayRange(int(match.start), int(match.start + match.length));
        for (const auto those = boxes(line, a, b, band, x); const QRectF &box : those) {
            m_painter.drawRoundedRect(box.adjusted(-1, 2, 1, -2), 3, 3);
        }
    }
    if (m_marks.hasMatch && m_marks.currentMatch.row == band.number && m_marks.currentMatch.side == band.side) {
        const FindMatch &match = m_marks.currentMatch;
        const int start = m_document.shownColumn(band.number, band.side, match.column);
        const int end = m_document.shownColumn(band.number, band.side, match.column + match.length);
        const auto [a, b] = line.displayRange(start, std::max(start + 1, end));
        m_painter.setPen(QPen(Theme::accent(), 1.5));
        m_painter.setBrush(Qt::NoBrush);
        for (const auto those = boxes(line, a, b, band, x); const QRectF &box : those) {
            m_painter.drawRoundedRect(box.adjusted(-1, 1.5, 1, -1.5), 3, 3);
        }
    }
}

void DiffPainter::paintText(const Band &band)
{
    const ShapedLine &line = m_lines.line(band.number, band.side);
    m_widest = std::max(m_widest, line.width);
    const QRect area = m_geometry.textArea(band.side);
    const QRect room(area.left(), band.y, area.width(), band.height);
    m_painter.save();
    m_painter.setClipRect(room, Qt::IntersectClip);
    const qreal x = area.left() - m_geometry.scrollX;
    m_painter.setRenderHint(QPainter::Antialiasing);
    const QColor strong = !band.row.counts  ? Theme::hairline()
        : band.row.kind == RowKind::Added   ? Theme::markAdded()
        : band.row.kind == RowKind::Removed ? Theme::markRemoved()
                                            : Theme::markChanged();
    m_painter.setPen(Qt::NoPen);
    m_painter.setBrush(strong);
    for (const Compare::Mark &mark : line.marks) {
        const auto [a, b] = line.displayRange(mark.start, mark.start + mark.length);
        for (const auto those = boxes(line, a, b, band, x); const QRectF &box : those) {
            m_painter.drawRoundedRect(box.adjusted(-1, 2, 1, -2), 3, 3);
        }
    }
    if (!m_marks.needle.isEmpty()) {
        paintFound(line, band, x);
    }
    paintSelection(line, band, x);

    m_painter.setPen(text());
    for (int at = 0; at < line.layout.lineCount(); ++at) {
        const QTextLine visual = line.layout.lineAt(at);
        const qreal top = band.y + at * m_geometry.rowHeight + m_geometry.baseline - visual.ascent();
        if (line.layout.lineCount() == 1) {
            line.layout.draw(&m_painter, QPointF(x + line.left, top), {}, QRectF(room));
        } else {
            visual.draw(&m_painter, QPointF(x, top));
        }
    }
    m_painter.setFont(m_lines.chipFont());
    const auto pill = [&](qreal left, int visual, const QString &words, const QColor &back, const QColor &ink) {
        const QRectF box(left, band.y + visual * m_geometry.rowHeight + 2, QFontMetricsF(m_lines.chipFont()).horizontalAdvance(words) + 12,
                         m_geometry.rowHeight - 4);
        m_painter.setPen(Qt::NoPen);
        m_painter.setBrush(back);
        m_painter.drawRoundedRect(box, 4, 4);
        m_painter.setPen(ink);
        m_painter.drawText(box, Qt::AlignCenter, words);
    };
    for (const DisplayLine::Chip &chip : line.display.chips) {
        // Grey would sink into a tint.
        pill(x + line.xOf(chip.start) + m_lines.columnWidth() * 0.6, line.visualLineOf(chip.start), chip.name,
             band.row.kind == RowKind::Same ? Theme::chip() : Theme::page(), Theme::mutedText());
    }
    if (band.row.moveHead && (m_geometry.oneColumn || band.side == Side::Right)) {
        const Compare::RowMove &move = m_document.rows.moves[size_t(band.row.move)];
        const int end = int(line.display.text.size());
        pill(x + line.xOf(end) + m_lines.columnWidth() * 1.5, line.visualLineOf(end),
             (move.stub > band.number ? u"↓ "_s : u"↑ "_s) + moveText(move, false), Theme::accentTint(), Theme::accent());
    }
    if (m_marks.hasFocus && band.isCurrent) {
        const auto [a, b] = line.displayRange(m_marks.caret.column, m_marks.caret.column);
        const int unit = std::max(a, b);
        m_painter.fillRect(
            QRectF(x + line.xOf(unit), band.y + line.visualLineOf(unit) * m_geometry.rowHeight + 2, 1.5, m_geometry.rowHeight - 4), text());
    }
    m_painter.restore();
}

void DiffPainter::paintSideNote(Side side, const QString &sentence)
{
    if (m_geometry.oneColumn) {
        return; // there is no empty column: the rows say it
    }
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
