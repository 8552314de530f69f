#include "theme/housestyle.h"

#include "theme/theme.h"

#include <QPainter>
#include <QStyleOption>

namespace Orgtrace::Ui {

namespace {

constexpr int arrowWidth = 24;
constexpr int textInset = 8; // as in a line edit

void paintBox(QPainter &painter, const QRect &rect, const QColor &line, const QColor &fill, qreal radius)
{
    painter.setPen(QPen(line, 1));
    painter.setBrush(fill);
    painter.drawRoundedRect(QRectF(rect).adjusted(0.5, 0.5, -0.5, -0.5), radius, radius);
}

void paintPicker(QPainter &painter, const QStyleOptionComboBox &option, const QRect &arrow)
{
    const bool isEnabled = option.state & QStyle::State_Enabled;
    QColor line = Theme::hairline();
    if (option.state & QStyle::State_HasFocus) {
        line = Theme::accent();
    } else if (isEnabled && (option.state & QStyle::State_MouseOver)) {
        line = Theme::mutedText();
    }
    paintBox(painter, option.rect, line, isEnabled ? Theme::page() : Theme::panel(), 4);
    const QPointF middle = QRectF(arrow).center();
    painter.setPen(Qt::NoPen);
    painter.setBrush(option.palette.color(isEnabled ? QPalette::Active : QPalette::Disabled, QPalette::ButtonText));
    painter.drawPolygon(QPolygonF{middle + QPointF(-3.5, -2), middle + QPointF(3.5, -2), middle + QPointF(0, 2.5)});
}

/// A number with its two arrows.
void paintSpin(QPainter &painter, const QStyleOptionSpinBox &option, const QRect &up, const QRect &down)
{
    const bool isEnabled = option.state & QStyle::State_Enabled;
    paintBox(painter, option.rect, option.state & QStyle::State_HasFocus ? Theme::accent() : Theme::hairline(),
             isEnabled ? Theme::page() : Theme::panel(), 4);
    painter.setPen(Qt::NoPen);
    const auto arrow = [&](const QRect &where, QAbstractSpinBox::StepEnabledFlag step, qreal direction) {
        const bool canStep = isEnabled && option.stepEnabled.testFlag(step);
        const QPointF middle = QRectF(where).center();
        painter.setBrush(option.palette.color(canStep ? QPalette::Active : QPalette::Disabled, QPalette::ButtonText));
        painter.drawPolygon(
            QPolygonF{middle + QPointF(-3, direction), middle + QPointF(3, direction), middle + QPointF(0, -2 * direction)});
    };
    arrow(up, QAbstractSpinBox::StepUpEnabled, 1.5);
    arrow(down, QAbstractSpinBox::StepDownEnabled, -1.5);
}

void paintCheck(QPainter &painter, const QStyleOption &option)
{
    const int side = std::min({option.rect.width(), option.rect.height(), 15});
    QRect box(0, 0, side, side);
    box.moveCenter(option.rect.center());
    const bool isEnabled = option.state & QStyle::State_Enabled;
    const bool isOn = option.state & QStyle::State_On;
    const bool isPartly = option.state & QStyle::State_NoChange;
    const QColor accent = isEnabled ? Theme::accent() : Theme::mutedText();
    const bool isAt = option.state & (QStyle::State_HasFocus | QStyle::State_MouseOver);
    paintBox(painter, box, isOn || isPartly || (isAt && isEnabled) ? accent : Theme::mutedText(), isOn || isPartly ? accent : Theme::page(),
             3);
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(Theme::onAccent(), 1.8, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    const auto at = [&box](qreal x, qreal y) { return QPointF(box.left() + x * box.width(), box.top() + y * box.height()); };
    if (isOn) {
        painter.drawPolyline(QPolygonF{at(0.24, 0.53), at(0.43, 0.72), at(0.77, 0.31)});
    } else if (isPartly) {
        painter.drawLine(at(0.25, 0.5), at(0.75, 0.5));
    }
}

} // namespace

HouseStyle::HouseStyle() : QProxyStyle(QStringLiteral("Fusion")) { }

void HouseStyle::drawComplexControl(ComplexControl control, const QStyleOptionComplex *option, QPainter *painter,
                                    const QWidget *widget) const
{
    if (const auto *spin = qstyleoption_cast<const QStyleOptionSpinBox *>(option); spin && control == CC_SpinBox) {
        painter->save();
        painter->setRenderHint(QPainter::Antialiasing);
        paintSpin(*painter, *spin, subControlRect(control, option, SC_SpinBoxUp, widget),
                  subControlRect(control, option, SC_SpinBoxDown, widget));
        painter->restore();
        return;
    }
    const auto *picker = qstyleoption_cast<const QStyleOptionComboBox *>(option);
    if (control != CC_ComboBox || !picker) {
        QProxyStyle::drawComplexControl(control, option, painter, widget);
        return;
    }
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    paintPicker(*painter, *picker, subControlRect(control, option, SC_ComboBoxArrow, widget));
    painter->restore();
}

void HouseStyle::drawPrimitive(PrimitiveElement element, const QStyleOption *option, QPainter *painter, const QWidget *widget) const
{
    if (element != PE_IndicatorCheckBox && element != PE_IndicatorItemViewItemCheck) {
        QProxyStyle::drawPrimitive(element, option, painter, widget);
        return;
    }
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    paintCheck(*painter, *option);
    painter->restore();
}

QRect HouseStyle::subControlRect(ComplexControl control, const QStyleOptionComplex *option, SubControl part, const QWidget *widget) const
{
    if (control == CC_ComboBox && (part == SC_ComboBoxArrow || part == SC_ComboBoxEditField)) {
        const QRect all = option->rect;
        const QRect rect = part == SC_ComboBoxArrow ? QRect(all.right() + 1 - arrowWidth, all.top(), arrowWidth, all.height())
                                                    : all.adjusted(textInset, 1, -arrowWidth, -1);
        return visualRect(option->direction, all, rect);
    }
    return QProxyStyle::subControlRect(control, option, part, widget);
}

QSize HouseStyle::sizeFromContents(ContentsType type, const QStyleOption *option, const QSize &size, const QWidget *widget) const
{
    QSize out = QProxyStyle::sizeFromContents(type, option, size, widget);
    if (type == CT_ComboBox && option) {
        out.setWidth(std::max(out.width(), size.width() + textInset + arrowWidth + 4));
        out.setHeight(std::max(out.height(), option->fontMetrics.height() + 12)); // as high as a line edit
    }
    return out;
}

} // namespace Orgtrace::Ui
