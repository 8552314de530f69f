#include "diff/difflines.h"

#include "compare/intraline.h"

#include <QFontMetricsF>

#include <algorithm>
#include <cmath>

using namespace Qt::StringLiterals;

namespace Orgtrace::Ui {

namespace {

constexpr int WholeUpTo = 300; // display units that are shaped whatever is on screen
constexpr int WindowStep = 64;

} // namespace

qreal ShapedLine::xOf(int displayUnit) const
{
    const int local = displayUnit - first;
    if (local < 0 || local > layout.text().size()) {
        return displayUnit * column;
    }
    const QTextLine line = layout.lineForTextPosition(local);
    return line.isValid() ? left + line.cursorToX(local) : 0;
}

int ShapedLine::visualLineOf(int displayUnit) const
{
    const QTextLine line = layout.lineForTextPosition(displayUnit - first);
    return line.isValid() ? line.lineNumber() : 0;
}

int ShapedLine::unitAt(qreal x, int visualLine) const
{
    const int last = layout.lineCount() - 1;
    return last >= 0 ? first + layout.lineAt(std::clamp(visualLine, 0, last)).xToCursor(x - left) : 0;
}

std::pair<int, int> ShapedLine::displayRange(int start, int end) const
{
    const QList<int> &from = display.sourceOf;
    const int size = int(display.text.size());
    if (from.isEmpty()) {
        return {std::clamp(start, 0, size), std::clamp(end, 0, size)};
    }
    const auto after = std::ranges::upper_bound(from, start);
    const int block = after == from.begin() ? 0 : *(after - 1);
    const auto first = std::ranges::lower_bound(from, block);
    const auto last = std::ranges::lower_bound(from, end);
    return {int(first - from.begin()), std::min(size, int(last - from.begin()))};
}

void DiffLines::setDocument(DiffDocumentPtr document)
{
    m_document = std::move(document);
    m_cache.clear();
    m_marks.clear();
    m_foldLabels.clear();
}

void DiffLines::setFont(const QFont &font)
{
    m_font = font;
    m_font.setStyleStrategy(QFont::PreferAntialias);
    m_chipFont = QFont();
    if (m_font.pointSizeF() > 0) {
        m_chipFont.setPointSizeF(m_font.pointSizeF() * 0.86);
    } else {
        m_chipFont.setPixelSize(std::max(1, int(m_font.pixelSize() * 0.86)));
    }
    m_columnWidth = std::max(1.0, QFontMetricsF(m_font).horizontalAdvance(u"0"_s));
    m_cache.clear();
}

void DiffLines::setHighlighter(std::shared_ptr<JsonHighlighter> highlighter)
{
    m_highlighter = std::move(highlighter);
    m_cache.clear();
}

void DiffLines::setWrapWidth(int width)
{
    if (width != m_wrapWidth) {
        m_wrapWidth = width;
        m_cache.clear();
    }
}

QString DiffLines::foldLabel(int row)
{
    constexpr qsizetype Kept = 1000;
    const auto known = m_foldLabels.constFind(row);
    if (known != m_foldLabels.cend()) {
        return *known;
    }
    if (m_foldLabels.size() > Kept) {
        m_foldLabels.clear();
    }
    return *m_foldLabels.insert(row, enclosingPath(*m_document, row));
}

const ShapedLine &DiffLines::line(int row, Side side)
{
    const qint64 key = qint64(row) * 2 + (side == Side::Right ? 1 : 0);
    if (const ShapedLine *kept = m_cache.object(key); kept && isInWindow(*kept)) {
        return *kept;
    }
    std::unique_ptr<ShapedLine> made = shape(row, side);
    const ShapedLine &line = *made;
    m_cache.insert(key, made.release()); // cost 1 is below the cap: it is never refused
    return line;
}

bool DiffLines::isInWindow(const ShapedLine &line) const
{
    if (m_wrapWidth > 0 || line.display.text.size() <= WholeUpTo) {
        return true;
    }
    const int from = std::min(int(m_windowX / m_columnWidth), int(line.display.text.size()) - 1);
    const int to = std::min(int((m_windowX + m_windowWidth) / m_columnWidth), int(line.display.text.size()));
    return from >= line.first && to <= line.first + line.layout.text().size();
}

/// The colours of a line; of a long text the beginning tells what the rest is.
QList<JsonHighlighter::Piece> DiffLines::pieces(const QString &source) const
{
    if (source.size() <= WholeUpTo) {
        return m_highlighter->highlight(source);
    }
    QString head = source.first(WholeUpTo / 2);
    if (head.back().isHighSurrogate()) {
        head.chop(1);
    }
    head += u'…';
    QList<JsonHighlighter::Piece> out = m_highlighter->highlight(head);
    if (!out.isEmpty() && out.last().start + out.last().length >= head.size()) {
        out.last().length = int(source.size()) - out.last().start;
    }
    return out;
}

std::unique_ptr<ShapedLine> DiffLines::shape(int row, Side side)
{
    auto line = std::make_unique<ShapedLine>();
    auto [leftCut, rightCut] = m_document->rowCuts(row);
    const QString other = side == Side::Left ? rightCut.text : leftCut.text;
    line->cut = side == Side::Left ? std::move(leftCut) : std::move(rightCut);
    const QString &source = line->cut.text;
    const Compare::AlignedRow aligned = m_document->rows[row];
    if (aligned.kind == Compare::RowKind::Changed && aligned.leftLine > 0 && aligned.rightLine > 0) {
        const Compare::LineMarks *marks = m_marks.object(row);
        if (!marks) { // one comparison tells of both sides
            constexpr qint64 Steps = 200'000; // for one pair of lines: a hostile one costs no frame
            Compare::AlignBudget budget{Steps};
            auto *made = new Compare::LineMarks(side == Side::Left ? Compare::markLine(source, other, budget)
                                                                   : Compare::markLine(other, source, budget));
            m_marks.insert(row, made); // cost 1 is below the cap: it is never refused
            marks = made;
        }
        line->marks = side == Side::Left ? marks->left : marks->right;
        if (line->cut.isCut && marks->left.isEmpty() && marks->right.isEmpty() && other == source) {
            line->marks = {{int(source.size()) - 1, 1}}; // they differ beyond the cut
        }
    }
    DisplayOptions options;
    options.nameOf = [this, row, side, &source](const QString &id) {
        if (id == u"*") {
            // The wildcard of divisions; other stars mean other things.
            const bool here = source.contains(u"ivision");
            const bool above = row > 0 && m_document->rowText(row - 1, side).contains(u"\"division\": {");
            return here || above ? QObject::tr("all divisions") : QString();
        }
        return m_document->nameOf(id, side);
    };
    options.chipColumns = [this](const QString &name) {
        return int(std::ceil((QFontMetricsF(m_chipFont).horizontalAdvance(name) + 12) / m_columnWidth + 0.9));
    };
    line->display = displayLine(source, options);

    QList<QTextLayout::FormatRange> formats;
    if (m_highlighter) {
        for (const auto those = pieces(source); const JsonHighlighter::Piece &piece : those) {
            const QColor colour = m_highlighter->colourOf(piece);
            if (!colour.isValid()) {
                continue;
            }
            const auto [start, end] = line->displayRange(piece.start, piece.start + piece.length);
            QTextLayout::FormatRange range;
            range.start = start;
            range.length = end - start;
            range.format.setForeground(colour);
            if (m_highlighter->isBold(piece)) {
                range.format.setFontWeight(QFont::DemiBold);
            }
            formats.append(range);
        }
    }
    const int size = int(line->display.text.size());
    line->column = m_columnWidth;
    QString shaped = line->display.text;
    if (m_wrapWidth == 0 && size > WholeUpTo) {
        const int from = std::clamp(int(m_windowX / m_columnWidth) - WindowStep, 0, size - 1) / WindowStep * WindowStep;
        const int to = std::min(size, int((m_windowX + m_windowWidth) / m_columnWidth) + 2 * WindowStep);
        line->first = from;
        line->left = from * m_columnWidth;
        shaped = shaped.sliced(from, std::max(1, to - from));
        QList<QTextLayout::FormatRange> inside;
        for (QTextLayout::FormatRange range : std::as_const(formats)) {
            const int start = std::max(range.start, from), end = std::min(range.start + range.length, from + int(shaped.size()));
            range.start = start - from;
            range.length = end - start;
            if (range.length > 0) {
                inside.append(range);
            }
        }
        formats = inside;
    }
    line->layout.setFont(m_font);
    line->layout.setText(shaped);
    QTextOption option;
    option.setWrapMode(m_wrapWidth > 0 ? QTextOption::WrapAnywhere : QTextOption::NoWrap);
    option.setTextDirection(Qt::LeftToRight);
    option.setTabStopDistance(m_columnWidth * 4);
    line->layout.setTextOption(option);
    line->layout.setFormats(formats);
    line->layout.beginLayout();
    qreal width = 0;
    for (QTextLine laid = line->layout.createLine(); laid.isValid(); laid = line->layout.createLine()) {
        laid.setLineWidth(m_wrapWidth > 0 ? m_wrapWidth : 1e7);
        laid.setPosition({0, 0}); // the painter knows where visual lines stand
        width = std::max(width, laid.naturalTextWidth());
    }
    line->layout.endLayout();
    line->width = shaped.size() < size ? std::max(size * m_columnWidth, line->left + width) : width;
    return line;
}

} // namespace Orgtrace::Ui
