#include "timeline/hovercard.h"

#include "theme/theme.h"

#include <QPainter>

namespace Orgtrace::Ui {

using namespace Qt::StringLiterals;

namespace {

constexpr int cardWidth = 316;
constexpr int cardPadding = 12;
constexpr int cardGap = 6;

} // namespace

HoverCard::HoverCard(QWidget *window) : QWidget(window)
{
    setAttribute(Qt::WA_TransparentForMouseEvents);
    setFocusPolicy(Qt::NoFocus);
    setAccessibleName(tr("About the snapshot"));
    hide();
}

void HoverCard::showCard(const TickCard &card, const QRect &about, int x)
{
    if (card != m_card || !isVisible()) {
        m_card = card;
        setAccessibleDescription(card.text());
        resize(cardWidth, layOut(nullptr));
        update();
    }
    const QRect room = parentWidget()->rect();
    const int left = std::clamp(about.left() + x - width() / 2, 8, std::max(8, room.width() - width() - 8));
    const int below = about.bottom() + cardGap;
    const int top = below + height() <= room.height() || about.top() < height() + cardGap ? below : about.top() - cardGap - height();
    move(left, top);
    raise();
    show();
}

int HoverCard::layOut(QPainter *painter) const
{
    const int inner = cardWidth - 2 * cardPadding;
    int y = cardPadding - 2;
    QFont bold = font();
    bold.setWeight(QFont::DemiBold);
    const QFontMetrics boldMetrics(bold);
    const QFontMetrics metrics(font());
    const QString title = m_card.which.isEmpty() ? m_card.utc : QString(m_card.which + u"  "_s + m_card.utc);
    if (painter) {
        painter->setFont(bold);
        painter->setPen(Theme::text());
        painter->drawText(QRect(cardPadding, y, inner, boldMetrics.height()), Qt::AlignLeft | Qt::AlignVCenter, title);
        painter->setFont(font());
        painter->setPen(Theme::mutedText());
        painter->drawText(QRect(cardPadding, y, inner, boldMetrics.height()), Qt::AlignRight | Qt::AlignVCenter, m_card.local);
    }
    y += boldMetrics.height() + 7;
    if (!m_card.severities.isEmpty()) {
        int x = cardPadding;
        for (const auto &[severity, count] : m_card.severities) {
            const QString words = u"%1 %2"_s.arg(countText(count), severityText(severity).toLower());
            const int wide = 14 + metrics.horizontalAdvance(words);
            if (x > cardPadding && x + wide > cardWidth - cardPadding) {
                x = cardPadding;
                y += metrics.height() + 2;
            }
            if (painter) {
                paintSeverity(*painter, QRectF(x, y + (metrics.height() - 9) / 2.0, 9, 9), severity);
                painter->setFont(font());
                painter->setPen(Theme::text());
                painter->drawText(QRect(x + 14, y, wide, metrics.height()), Qt::AlignLeft | Qt::AlignVCenter, words);
            }
            x += wide + 12;
        }
        y += metrics.height() + 7;
    }
    const QFont small = Theme::smallFont();
    const QFontMetrics smallMetrics(small);
    for (const QString &line : m_card.lines) {
        const int tall = smallMetrics.boundingRect(QRect(0, 0, inner, 1000), Qt::TextWordWrap, line).height();
        if (painter) {
            painter->setFont(small);
            painter->setPen(Theme::mutedText());
            painter->drawText(QRect(cardPadding, y, inner, tall), Qt::TextWordWrap, line);
        }
        y += tall + 2;
    }
    return y + cardPadding - 4;
}

void HoverCard::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.fillRect(rect(), Theme::panel());
    painter.setPen(Theme::mutedText());
    painter.drawRect(rect().adjusted(0, 0, -1, -1));
    std::ignore = layOut(&painter);
}

} // namespace Orgtrace::Ui
