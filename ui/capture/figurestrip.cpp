#include "capture/figurestrip.h"

#include "theme/theme.h"

#include <QPainter>

namespace Orgtrace::Ui {

using namespace Qt::StringLiterals;

namespace {

constexpr int Padding = 14;
constexpr int MeterHeight = 4;

QFont valueFont()
{
    QFont font = QGuiApplication::font();
    font.setPointSizeF(font.pointSizeF() * 1.3);
    font.setWeight(QFont::DemiBold);
    return font;
}

QFont captionFont()
{
    QFont font = Theme::smallFont();
    font.setWeight(QFont::DemiBold);
    font.setLetterSpacing(QFont::PercentageSpacing, 104);
    return font;
}

} // namespace

FigureStrip::FigureStrip(QWidget *parent) : QWidget(parent)
{
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
}

QSize FigureStrip::sizeHint() const
{
    const int height
        = QFontMetrics(captionFont()).height() + QFontMetrics(valueFont()).height() + QFontMetrics(Theme::smallFont()).height();
    return {700, height + 30};
}

QSize FigureStrip::minimumSizeHint() const
{
    return {300, sizeHint().height()};
}

void FigureStrip::setFigures(const QList<Figure> &figures)
{
    if (m_figures == figures) {
        return;
    }
    m_figures = figures;
    QStringList spoken;
    for (const Figure &figure : std::as_const(m_figures)) {
        spoken.append(figure.note.isEmpty() ? QString(figure.caption + u' ' + figure.value)
                                            : QString(figure.caption + u' ' + figure.value + u", "_s + figure.note));
    }
    setAccessibleName(tr("Figures of the run"));
    setAccessibleDescription(spoken.join(u"; "_s));
    update();
}

void FigureStrip::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.fillRect(QRect(0, 0, width(), 1), Theme::hairline());
    painter.fillRect(QRect(0, height() - 1, width(), 1), Theme::hairline());
    if (m_figures.isEmpty()) {
        return;
    }
    const int count = static_cast<int>(m_figures.size());
    for (int i = 0; i < count; ++i) {
        const Figure &figure = m_figures.at(i);
        const int left = width() * i / count, right = width() * (i + 1) / count;
        if (i > 0) {
            painter.fillRect(QRect(left, 10, 1, height() - 20), Theme::hairline());
        }
        const QRect cell(i == 0 ? 0 : left + Padding, 10, right - left - (i == 0 ? 0 : Padding) - 6, height() - 18);
        const auto line = [&](const QFont &font, const QColor &colour, int top, const QString &text) {
            painter.setFont(font);
            painter.setPen(colour);
            const QFontMetrics metrics(font);
            painter.drawText(QRect(cell.left(), top, cell.width(), metrics.height()), Qt::AlignLeft | Qt::AlignVCenter,
                             metrics.elidedText(text, Qt::ElideRight, cell.width()));
            return top + metrics.height();
        };
        int y = line(captionFont(), Theme::mutedText(), cell.top(), figure.caption.toUpper());
        y = line(valueFont(), Theme::text(), y + 1, figure.value);
        y = line(Theme::smallFont(), Theme::mutedText(), y, figure.note);
        if (figure.meter) {
            const QRect bar(cell.left(), height() - MeterHeight - 5, std::min(cell.width(), 150), MeterHeight);
            painter.fillRect(bar, Theme::hairline());
            const auto at = [&bar](double part) { return bar.left() + static_cast<int>(bar.width() * std::clamp(part, 0.0, 1.0)); };
            painter.fillRect(QRect(bar.left(), bar.top(), at(*figure.meter) - bar.left(), bar.height()),
                             figure.isTight ? Theme::severity(Policy::Severity::Medium) : Theme::accent());
            painter.fillRect(QRect(at(figure.mark) - 1, bar.top() - 2, 2, bar.height() + 3), Theme::mutedText());
        }
    }
}

} // namespace Orgtrace::Ui
