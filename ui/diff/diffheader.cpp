#include "diff/diffheader.h"

#include "diff/displaytext.h"
#include "theme/theme.h"

#include <QClipboard>
#include <QContextMenuEvent>
#include <QGuiApplication>
#include <QHelpEvent>
#include <QMenu>
#include <QPainter>
#include <QToolTip>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace Orgtrace::Ui {

DiffHeader::DiffHeader(QWidget *parent) : QWidget(parent)
{
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
}

QSize DiffHeader::sizeHint() const
{
    return {400, Theme::rowHeight()};
}

void DiffHeader::setTitles(const SideTitle &left, const SideTitle &right)
{
    m_titles[0] = left;
    m_titles[1] = right;
    setAccessibleName(left.letter + u' ' + left.time + u' ' + left.state + u"; "_s + right.letter + u' ' + right.time + u' ' + right.state);
    update();
}

void DiffHeader::setSplit(int x)
{
    if (x != m_split) {
        m_split = x;
        update();
    }
}

bool DiffHeader::event(QEvent *event)
{
    if (event->type() == QEvent::ToolTip) {
        const auto *help = static_cast<QHelpEvent *>(event);
        QToolTip::showText(help->globalPos(), m_titles[help->pos().x() < m_split ? 0 : 1].tip, this);
        return true;
    }
    return QWidget::event(event);
}

void DiffHeader::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.fillRect(rect(), Theme::panel());
    painter.fillRect(0, height() - 1, width(), 1, Theme::hairline());
    const int split = m_split > 0 ? m_split : width() / 2;
    painter.fillRect(split, 0, 1, height(), Theme::hairline());
    QFont bold = font();
    bold.setBold(true);
    QFont small = Theme::smallFont();
    QFont smallBold = small;
    smallBold.setWeight(QFont::DemiBold);
    for (int i = 0; i < 2; ++i) {
        const SideTitle &title = m_titles[i];
        int x = (i == 0 ? 0 : split + 1) + 12;
        const int end = (i == 0 ? split : width()) - 8;
        const QFont &stateFont = title.tone == SideTitle::Tone::Neutral ? small : smallBold;
        const QString dot = u" · "_s;
        // Whether a side is signed weighs more than its local time: room is kept for it.
        const int kept = title.state.isEmpty()
            ? 0
            : QFontMetrics(small).horizontalAdvance(dot) + QFontMetrics(stateFont).horizontalAdvance(title.state);
        const auto put = [&](const QString &text, const QFont &font, const QColor &colour, int spare = 0) {
            painter.setFont(font);
            painter.setPen(colour);
            const QString fit = painter.fontMetrics().elidedText(text, Qt::ElideRight, end - x - spare);
            painter.drawText(QRect(x, 0, std::max(0, end - x), height() - 1), Qt::AlignVCenter | Qt::TextSingleLine, fit);
            x += painter.fontMetrics().horizontalAdvance(fit);
        };
        put(title.letter, bold, palette().color(QPalette::Text));
        x += 7;
        put(title.time, small, Theme::mutedText(), kept);
        if (!title.state.isEmpty()) {
            put(dot, small, Theme::mutedText());
            const QColor tone = title.tone == SideTitle::Tone::Good ? Theme::added()
                : title.tone == SideTitle::Tone::Bad                ? Theme::removed()
                                                                    : Theme::mutedText();
            put(title.state, stateFont, tone);
        }
    }
}

// -- breadcrumb -----------------------------------------------------------------------------------------------------------------

Breadcrumb::Breadcrumb(QWidget *parent) : QWidget(parent)
{
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
}

void Breadcrumb::setSteps(const QStringList &steps, int boldStep)
{
    m_steps.clear();
    for (const QString &step : steps) {
        m_steps.append(visibleText(step, 80));
    }
    m_bold = boldStep;
    setAccessibleName(text());
    setToolTip(text().toHtmlEscaped());
    update();
}

QString Breadcrumb::text() const
{
    return m_steps.join(u" › "_s);
}
QSize Breadcrumb::sizeHint() const
{
    return {200, fontMetrics().height() + 4};
}
QSize Breadcrumb::minimumSizeHint() const
{
    return {60, fontMetrics().height() + 4};
}

void Breadcrumb::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    QFont strong = font();
    strong.setWeight(QFont::DemiBold);
    const QFontMetrics plainMetrics(font()), boldMetrics(strong);
    const QString separator = u"  ›  "_s;
    const int separatorWidth = plainMetrics.horizontalAdvance(separator);
    const auto isBold = [this](qsizetype i) { return i == m_bold || i + 1 == m_steps.size(); };
    const auto widthOf = [&](qsizetype i) { return (isBold(i) ? boldMetrics : plainMetrics).horizontalAdvance(m_steps[i]); };
    // Drop from the front what does not fit; the end says most.
    qsizetype first = m_steps.size();
    int used = 0;
    while (first > 0) {
        const int more = widthOf(first - 1) + (first < m_steps.size() ? separatorWidth : 0);
        if (used + more > width() - (first > 1 ? 24 : 0) && first < m_steps.size()) {
            break;
        }
        used += more;
        --first;
    }
    int x = 0;
    if (first > 0) {
        painter.setPen(Theme::mutedText());
        painter.drawText(QRect(0, 0, 24, height()), Qt::AlignVCenter, u"… ›"_s);
        x = 28;
    }
    for (qsizetype i = first; i < m_steps.size(); ++i) {
        painter.setFont(isBold(i) ? strong : font());
        painter.setPen(isBold(i) ? palette().color(QPalette::Text) : Theme::mutedText());
        const QString fit = painter.fontMetrics().elidedText(m_steps[i], Qt::ElideMiddle, width() - x);
        painter.drawText(QRect(x, 0, width() - x, height()), Qt::AlignVCenter | Qt::TextSingleLine, fit);
        x += painter.fontMetrics().horizontalAdvance(fit);
        if (i + 1 < m_steps.size()) {
            painter.setFont(font());
            painter.setPen(Theme::mutedText());
            painter.drawText(QRect(x, 0, separatorWidth, height()), Qt::AlignVCenter, separator);
            x += separatorWidth;
        }
    }
}

void Breadcrumb::contextMenuEvent(QContextMenuEvent *event)
{
    QMenu menu(this);
    menu.addAction(tr("Copy"), this, [this] { QGuiApplication::clipboard()->setText(text()); })->setEnabled(!m_steps.isEmpty());
    menu.exec(event->globalPos());
}

} // namespace Orgtrace::Ui
