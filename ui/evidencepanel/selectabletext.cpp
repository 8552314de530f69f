#include "evidencepanel/selectabletext.h"

#include "theme/theme.h"

#include <QTextBlockFormat>
#include <QTextCursor>
#include <QWheelEvent>

#include <cmath>

using namespace Qt::StringLiterals;

namespace Orgtrace::Ui {

SelectableText::SelectableText(QWidget *parent) : QTextEdit(parent)
{
    setReadOnly(true);
    setFrameShape(QFrame::NoFrame);
    setAcceptRichText(false);
    setWordWrapMode(QTextOption::WrapAtWordBoundaryOrAnywhere);
    setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    setTabChangesFocus(true);
    document()->setDocumentMargin(0);
    viewport()->setAutoFillBackground(false);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
}

void SelectableText::clearParagraphs()
{
    m_paragraphs.clear();
    restyle();
}

void SelectableText::addParagraph(const QString &text, Style style)
{
    m_paragraphs.append({text, style});
    restyle();
}

void SelectableText::restyle()
{
    clear();
    QTextCursor cursor(document());
    bool first = true;
    for (const auto &[text, style] : std::as_const(m_paragraphs)) {
        QTextCharFormat format;
        format.setFont(style == Style::Mono ? Theme::monospace() : style == Style::Muted ? Theme::smallFont() : font());
        format.setForeground(style == Style::Muted ? Theme::mutedText() : Theme::text());
        if (style == Style::Strong) {
            format.setFontWeight(QFont::DemiBold);
        }
        QTextBlockFormat block;
        block.setLineHeight(118, QTextBlockFormat::ProportionalHeight);
        if (first) {
            cursor.setBlockFormat(block);
        } else {
            cursor.insertBlock(block);
        }
        cursor.insertText(text, format);
        first = false;
    }
    setAccessibleName(toPlainText());
    fit();
}

void SelectableText::fit()
{
    if (m_fitting) {
        return;
    }
    m_fitting = true;
    document()->setTextWidth(viewport()->width());
    const int height = int(std::ceil(document()->size().height())) + 1;
    if (height != minimumHeight()) {
        setFixedHeight(height);
    }
    m_fitting = false;
}

QSize SelectableText::sizeHint() const
{
    return {120, int(std::ceil(document()->size().height())) + 1};
}
QSize SelectableText::minimumSizeHint() const
{
    return {40, 10};
}

void SelectableText::resizeEvent(QResizeEvent *event)
{
    QTextEdit::resizeEvent(event);
    fit();
}

void SelectableText::wheelEvent(QWheelEvent *event)
{
    event->ignore();
} // the panel scrolls, not the paragraph

void SelectableText::changeEvent(QEvent *event)
{
    QTextEdit::changeEvent(event);
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange) {
        restyle();
    }
}

} // namespace Orgtrace::Ui
