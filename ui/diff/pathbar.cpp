#include "diff/pathbar.h"

#include "diff/diffview.h"
#include "theme/theme.h"

#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>

using namespace Qt::StringLiterals;

namespace Orgtrace::Ui {

namespace {

constexpr int PathMargin = 14;
constexpr int PathGap = 16; // between parts, with the sign in it

} // namespace

PathBar::PathBar(DiffView &view, QWidget *parent) : QWidget(parent), m_view(view)
{
    setFocusPolicy(Qt::TabFocus);
    setMouseTracking(true);
    setFont(Theme::smallFont());
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    setToolTip(tr("Where the first line on screen stands; a part goes to its beginning"));
    connect(&view, &DiffView::viewportMoved, this, &PathBar::follow);
    connect(&view, &DiffView::itemsChanged, this, &PathBar::follow);
    follow();
}

QSize PathBar::sizeHint() const
{
    return {200, fontMetrics().height() + 8};
}

QSize PathBar::minimumSizeHint() const
{
    return {60, fontMetrics().height() + 8};
}

void PathBar::follow()
{
    const DiffDocumentPtr document = m_view.document();
    const int row = m_view.topRow();
    if (document == m_document && row == m_row) {
        return;
    }
    m_document = document;
    m_row = row;
    m_parts.clear();
    m_chosen = m_hovered = -1;
    if (document && row >= 0) {
        m_side = document->rowLine(row, Side::Right) > 0 ? Side::Right : Side::Left;
        const TextLines &lines = document->lines(m_side);
        const int line = document->rowLine(row, m_side);
        const QString side = m_side == Side::Right ? u"B"_s : u"A"_s;
        m_parts.append({line > 0 ? tr("%1 line %2").arg(side, countText(line)) : side, 1});
        for (const auto steps = lines.steps(line); const TextLines::Step &step : steps) {
            m_parts.append({stepLabel(*document, m_side, step), step.line});
        }
    }
    QStringList words;
    for (const Part &part : std::as_const(m_parts)) {
        words.append(part.label);
    }
    setAccessibleName(words.isEmpty() ? tr("Path of the first line on screen") : tr("First line on screen: %1").arg(words.join(u" › "_s)));
    layOut();
    update();
}

void PathBar::layOut()
{
    m_rects.clear();
    QList<int> widths;
    int all = 2 * PathMargin - PathGap;
    for (const Part &part : std::as_const(m_parts)) {
        widths.append(std::min(fontMetrics().horizontalAdvance(part.label) + 2, std::max(40, width() - 2 * PathMargin)));
        all += widths.last() + PathGap;
    }
    // The first part says where the line is and stays; of the way to it the end says most.
    m_first = m_parts.isEmpty() ? 0 : 1;
    while (all > width() - 24 && m_first + 1 < m_parts.size()) {
        all -= widths[m_first] + PathGap;
        ++m_first;
    }
    int x = PathMargin;
    for (int i = 0; i < m_parts.size(); ++i) {
        if (i > 0 && i < m_first) {
            m_rects.append(QRect());
            continue;
        }
        if (i == m_first && m_first > 1) {
            x += 20;
        }
        m_rects.append(QRect(x, 0, widths[i], height()));
        x += widths[i] + PathGap;
    }
}

QRect PathBar::rectOf(int part) const
{
    return part >= 0 && part < m_rects.size() ? m_rects[part] : QRect();
}

bool PathBar::event(QEvent *event)
{
    const bool handled = QWidget::event(event);
    if (event->type() == QEvent::ApplicationFontChange || event->type() == QEvent::StyleChange) {
        setFont(Theme::smallFont());
    }
    if (event->type() == QEvent::FontChange || event->type() == QEvent::Polish) {
        updateGeometry();
        layOut();
        update();
    }
    return handled;
}

void PathBar::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.fillRect(rect(), Theme::panel());
    painter.fillRect(0, height() - 1, width(), 1, Theme::hairline());
    painter.setFont(font());
    for (int i = 0; i < m_parts.size(); ++i) {
        const QRect box = m_rects[i];
        if (box.isEmpty()) {
            continue;
        }
        if (i > 0) {
            painter.setPen(Theme::mutedText());
            if (i == m_first && m_first > 1) {
                painter.drawText(QRect(box.left() - 20 - PathGap, 0, 20 + PathGap, height()), Qt::AlignCenter, u"… ›"_s);
            } else {
                painter.drawText(QRect(box.left() - PathGap, 0, PathGap, height()), Qt::AlignCenter, i == 1 ? u"·"_s : u"›"_s);
            }
        }
        const bool isLink = i == m_hovered || (i == m_chosen && hasFocus());
        painter.setPen(isLink ? Theme::accent() : i == 0 ? Theme::mutedText() : Theme::text());
        const QString fit = painter.fontMetrics().elidedText(m_parts[i].label, Qt::ElideMiddle, box.width());
        painter.drawText(box, Qt::AlignVCenter | Qt::TextSingleLine, fit);
        if (isLink) {
            painter.fillRect(box.left(), box.center().y() + fontMetrics().height() / 2 - 1,
                             std::min(box.width(), fontMetrics().horizontalAdvance(fit)), 1, Theme::accent());
        }
    }
}

int PathBar::partAt(const QPoint &at) const
{
    for (int i = 0; i < m_rects.size(); ++i) {
        if (m_rects[i].contains(at)) {
            return i;
        }
    }
    return -1;
}

void PathBar::goTo(int part)
{
    if (part >= 0 && part < m_parts.size()) {
        m_view.goToLine(m_side, m_parts[part].line);
        m_view.setFocus(Qt::OtherFocusReason);
    }
}

void PathBar::mousePressEvent(QMouseEvent *event)
{
    if (event->button() == Qt::LeftButton) {
        goTo(partAt(event->pos()));
    }
}

void PathBar::mouseMoveEvent(QMouseEvent *event)
{
    const int part = partAt(event->pos());
    if (part != m_hovered) {
        m_hovered = part;
        setCursor(part >= 0 ? Qt::PointingHandCursor : Qt::ArrowCursor);
        update();
    }
}

void PathBar::leaveEvent(QEvent *)
{
    m_hovered = -1;
    update();
}

void PathBar::resizeEvent(QResizeEvent *)
{
    layOut();
}

void PathBar::focusInEvent(QFocusEvent *event)
{
    m_chosen = int(m_parts.size()) - 1;
    update();
    QWidget::focusInEvent(event);
}

void PathBar::focusOutEvent(QFocusEvent *event)
{
    update();
    QWidget::focusOutEvent(event);
}

void PathBar::keyPressEvent(QKeyEvent *event)
{
    switch (event->key()) {
    case Qt::Key_Left:
    case Qt::Key_Right: {
        const int by = event->key() == Qt::Key_Left ? -1 : 1;
        int part = m_chosen + by;
        while (part > 0 && part < m_first) {
            part += by;
        }
        m_chosen = std::clamp(part, 0, std::max(0, int(m_parts.size()) - 1));
        update();
        return;
    }
    case Qt::Key_Return:
    case Qt::Key_Enter:
    case Qt::Key_Space: goTo(m_chosen); return;
    case Qt::Key_Escape: m_view.setFocus(Qt::OtherFocusReason); return;
    default: QWidget::keyPressEvent(event);
    }
}

} // namespace Orgtrace::Ui
