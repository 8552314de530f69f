#include "access/segmentedswitch.h"

#include "theme/theme.h"

#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QPainterPath>

using namespace Qt::StringLiterals;

namespace Orgtrace::Ui {

SegmentedSwitch::SegmentedSwitch(QWidget *parent) : QWidget(parent)
{
    setFocusPolicy(Qt::StrongFocus);
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
}

void SegmentedSwitch::setSegments(const QStringList &texts)
{
    m_texts = texts;
    m_current = std::clamp(m_current, 0, std::max(0, int(texts.size()) - 1));
    describe();
    updateGeometry();
    update();
}

void SegmentedSwitch::setCurrent(int index)
{
    if (index < 0 || index >= m_texts.size() || index == m_current) {
        return;
    }
    m_current = index;
    describe();
    update();
    Q_EMIT currentChanged(index);
}

void SegmentedSwitch::describe()
{
    setAccessibleName(m_texts.value(m_current));
    setAccessibleDescription(tr("One of: %1. Left and right choose.").arg(m_texts.join(u", "_s)));
}

int SegmentedSwitch::widthOf(int index) const
{
    return fontMetrics().horizontalAdvance(m_texts[index]) + 24;
}

QSize SegmentedSwitch::sizeHint() const
{
    int width = 1;
    for (int i = 0; i < m_texts.size(); ++i) {
        width += widthOf(i);
    }
    return {width, fontMetrics().height() + 12};
}

void SegmentedSwitch::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    QPainterPath frame;
    frame.addRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4);
    painter.fillPath(frame, Theme::page());
    painter.save();
    painter.setClipPath(frame);
    int x = 0;
    for (int i = 0; i < m_texts.size(); ++i) {
        const QRect box(x, 0, i + 1 == m_texts.size() ? width() - x : widthOf(i), height());
        const bool on = i == m_current;
        if (on) {
            painter.fillRect(box, isEnabled() ? Theme::accent() : Theme::hairline());
        } else if (i > 0 && i - 1 != m_current) {
            painter.fillRect(x, 0, 1, height(), Theme::hairline());
        }
        painter.setPen(on && isEnabled() ? Theme::onAccent() : Theme::mutedText());
        painter.drawText(box, Qt::AlignCenter, m_texts[i]);
        x += widthOf(i);
    }
    painter.restore();
    painter.setPen(QPen(hasFocus() ? Theme::accent() : Theme::hairline(), hasFocus() ? 1.5 : 1));
    painter.drawPath(frame);
}

void SegmentedSwitch::mousePressEvent(QMouseEvent *event)
{
    int x = 0;
    for (int i = 0; i < m_texts.size(); ++i) {
        x += widthOf(i);
        if (event->position().x() < x) {
            setCurrent(i);
            return;
        }
    }
}

void SegmentedSwitch::keyPressEvent(QKeyEvent *event)
{
    switch (event->key()) {
    case Qt::Key_Left: setCurrent(m_current - 1); return;
    case Qt::Key_Right: setCurrent(m_current + 1); return;
    default: QWidget::keyPressEvent(event);
    }
}

} // namespace Orgtrace::Ui
