#pragma once

#include "compare/intraline.h"
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
    LineCut cut; ///< what is shown of it; `display` is made of its text
    DisplayLine display;
    QTextLayout layout;
    QList<Compare::Mark> marks; ///< the changed words, in units of the cut text
    qreal width = 0;
    /// Of a long line only what is near the screen is shaped: display units from `first` on, `left` pixels from its beginning. Elsewhere columns count.
    int first = 0;
    qreal left = 0, column = 8;

    [[nodiscard]] qreal xOf(int displayUnit) const; ///< in its visual line
    [[nodiscard]] int visualLineOf(int displayUnit) const; ///< 0 but where lines wrap
    [[nodiscard]] int unitAt(qreal x, int visualLine = 0) const; ///< nearest display unit
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
    void setWrapWidth(int width); ///< pixels of a line; 0: lines are as long as they are
    void setWindow(int x, int width) { m_windowX = x, m_windowWidth = width; } ///< the part of lines that is on screen, in pixels
    void clear() { m_cache.clear(); } ///< after a change of palette or colour theme
    [[nodiscard]] const ShapedLine &line(int row, Side side);
    [[nodiscard]] QString foldLabel(int row); ///< the enclosing path of what is folded there
    [[nodiscard]] qreal columnWidth() const { return m_columnWidth; }
    [[nodiscard]] const QFont &chipFont() const { return m_chipFont; }

private:
    [[nodiscard]] std::unique_ptr<ShapedLine> shape(int row, Side side);
    [[nodiscard]] bool isInWindow(const ShapedLine &line) const;
    [[nodiscard]] QList<JsonHighlighter::Piece> pieces(const QString &source) const;
    DiffDocumentPtr m_document;
    QFont m_font, m_chipFont;
    qreal m_columnWidth = 8;
    int m_wrapWidth = 0;
    int m_windowX = 0, m_windowWidth = 0;
    std::shared_ptr<JsonHighlighter> m_highlighter;
    QCache<qint64, ShapedLine> m_cache{600};
    QCache<int, Compare::LineMarks> m_marks{300}; ///< row → its changed words
    QHash<int, QString> m_foldLabels;
};

} // namespace Orgtrace::Ui
