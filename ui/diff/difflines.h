#pragma once

#include "diff/diffdocument.h"
#include "diff/displaytext.h"
#include "diff/jsonhighlighter.h"

#include <QCache>
#include <QFont>
#include <QTextLayout>

#include <memory>

namespace Orgtrace::Ui {

/// One line of one side, shaped and coloured.
struct ShapedLine {
    DisplayLine display;
    QTextLayout layout;
    qreal width = 0;

    [[nodiscard]] qreal xOf(int displayUnit) const;
    [[nodiscard]] int unitAt(qreal x) const; ///< nearest display unit
    /// Display units that stand for source units [start, end); a shortened id counts as a whole.
    [[nodiscard]] std::pair<int, int> displayRange(int start, int end) const;
};

/// Shapes the lines on screen and keeps the last few hundred. GUI thread.
class DiffLines
{
public:
    void setDocument(DiffDocumentPtr document);
    void setFont(const QFont &font);
    void setHighlighter(std::shared_ptr<JsonHighlighter> highlighter);
    void clear() { m_cache.clear(); } ///< after a change of palette
    [[nodiscard]] const ShapedLine &line(int row, Side side);
    [[nodiscard]] qreal columnWidth() const { return m_columnWidth; }
    [[nodiscard]] const QFont &chipFont() const { return m_chipFont; }

private:
    [[nodiscard]] std::unique_ptr<ShapedLine> shape(int row, Side side);
    DiffDocumentPtr m_document;
    QFont m_font, m_chipFont;
    qreal m_columnWidth = 8;
    std::shared_ptr<JsonHighlighter> m_highlighter;
    QCache<qint64, ShapedLine> m_cache{600};
};

} // namespace Orgtrace::Ui
