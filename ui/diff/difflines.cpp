#include "diff/difflines.h"

#include <QFontMetricsF>

#include <algorithm>
#include <cmath>

using namespace Qt::StringLiterals;

namespace Orgtrace::Ui {

qreal ShapedLine::xOf(int displayUnit) const
{
    return layout.lineCount() > 0 ? layout.lineAt(0).cursorToX(displayUnit) : 0;
}

int ShapedLine::unitAt(qreal x) const
{
    return layout.lineCount() > 0 ? layout.lineAt(0).xToCursor(x) : 0;
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

const ShapedLine &DiffLines::line(int row, Side side)
{
    const qint64 key = qint64(row) * 2 + (side == Side::Right ? 1 : 0);
    if (const ShapedLine *kept = m_cache.object(key)) {
        return *kept;
    }
    std::unique_ptr<ShapedLine> made = shape(row, side);
    const ShapedLine &line = *made;
    m_cache.insert(key, made.release()); // cost 1 is below the cap: it is never refused
    return line;
}

std::unique_ptr<ShapedLine> DiffLines::shape(int row, Side side)
{
    auto line = std::make_unique<ShapedLine>();
    const QString &source = m_document->rowText(row, side);
    DisplayOptions options;
    options.nameOf = [this, row, side](const QString &id) {
        if (id == u"*") {
            // The wildcard of divisions; other stars mean other things.
            const QString &text = m_document->rowText(row, side);
            const bool here = text.contains(u"ivision");
            const bool above = row > 0 && m_document->rowText(row - 1, side).contains(u"\"division\": {");
            return here || above ? QObject::tr("all divisions") : QString();
        }
        return m_document->names.value(id);
    };
    options.chipColumns = [this](const QString &name) {
        return int(std::ceil((QFontMetricsF(m_chipFont).horizontalAdvance(name) + 12) / m_columnWidth + 0.9));
    };
    line->display = displayLine(source, options);

    QList<QTextLayout::FormatRange> formats;
    if (m_highlighter) {
        for (const auto those = m_highlighter->highlight(source); const JsonHighlighter::Piece &piece : those) {
            const QColor colour = JsonHighlighter::colour(piece.token);
            if (!colour.isValid()) {
                continue;
            }
            const auto [start, end] = line->displayRange(piece.start, piece.start + piece.length);
            QTextLayout::FormatRange range;
            range.start = start;
            range.length = end - start;
            range.format.setForeground(colour);
            if (piece.token == JsonHighlighter::Token::Word) {
                range.format.setFontWeight(QFont::DemiBold);
            }
            formats.append(range);
        }
    }
    line->layout.setFont(m_font);
    line->layout.setText(line->display.text);
    QTextOption option;
    option.setWrapMode(QTextOption::NoWrap);
    option.setTextDirection(Qt::LeftToRight);
    option.setTabStopDistance(m_columnWidth * 4);
    line->layout.setTextOption(option);
    line->layout.setFormats(formats);
    line->layout.beginLayout();
    QTextLine laid = line->layout.createLine();
    laid.setLineWidth(1e7);
    laid.setPosition({0, 0});
    line->layout.endLayout();
    line->width = laid.naturalTextWidth();
    return line;
}

} // namespace Orgtrace::Ui
