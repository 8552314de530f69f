#include "theme/elidedlabel.h"

#include <QHelpEvent>
#include <QPainter>
#include <QStyle>
#include <QStyleOption>
#include <QToolTip>

namespace Orgtrace::Ui {

ElidedLabel::ElidedLabel(QWidget *parent) : QLabel(parent)
{
    setTextFormat(Qt::PlainText);
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Preferred);
}

void ElidedLabel::setShortText(const QString &text)
{
    m_short = text;
    update();
}

QSize ElidedLabel::minimumSizeHint() const
{
    return {fontMetrics().averageCharWidth() * 4, QLabel::minimumSizeHint().height()};
}

void ElidedLabel::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    QStyleOption option;
    option.initFrom(this);
    const QRect area = contentsRect();
    const bool isTight = !m_short.isEmpty() && fontMetrics().horizontalAdvance(text()) > area.width();
    const QString &whole = isTight ? m_short : text();
    const QString shown = fontMetrics().elidedText(whole, Qt::ElideRight, area.width());
    if (constexpr int Telling = 5; shown.size() < Telling && shown != whole) {
        return; // two letters and dots tell nothing; the tool tip has it all
    }
    style()->drawItemText(&painter, area, static_cast<int>(alignment()), option.palette, isEnabled(), shown, foregroundRole());
}

bool ElidedLabel::event(QEvent *event)
{
    if (event->type() == QEvent::ToolTip && toolTip().isEmpty() && fontMetrics().horizontalAdvance(text()) > contentsRect().width()) {
        QToolTip::showText(static_cast<QHelpEvent *>(event)->globalPos(), text(), this);
        return true;
    }
    return QLabel::event(event);
}

} // namespace Orgtrace::Ui
