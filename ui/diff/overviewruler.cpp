#include "diff/overviewruler.h"

#include "diff/diffview.h"
#include "theme/theme.h"

#include <QCoreApplication>
#include <QMouseEvent>
#include <QPainter>
#include <QWheelEvent>

#include <algorithm>

namespace Orgtrace::Ui {

OverviewRuler::OverviewRuler(DiffView &view, QWidget *parent) : QWidget(parent), m_view(view)
{
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Expanding);
    setAccessibleName(tr("Overview of changes"));
    setToolTip(tr("All changes of this text; click to go there"));
    connect(&view, &DiffView::itemsChanged, this, &OverviewRuler::remake);
    // Marks follow the rows; scrolling moves the visible part only.
    connect(&view, &DiffView::viewportMoved, this, [this] { m_view.contentHeight() == m_content ? update() : remake(); });
}

QSize OverviewRuler::sizeHint() const
{
    return {15, 100};
}

void OverviewRuler::remake()
{
    const DiffDocumentPtr document = m_view.document();
    // A short text fills no more of the ruler than of the view: then each mark stands beside its row.
    m_content = m_view.contentHeight();
    m_marks = document ? rulerMarks(document->rows, m_view.folded(), std::min(height(), m_view.contentHeight())) : QList<RulerMark>();
    update();
}

void OverviewRuler::resizeEvent(QResizeEvent *)
{
    remake();
}

void OverviewRuler::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.fillRect(rect(), Theme::panel());
    painter.fillRect(0, 0, 1, height(), Theme::hairline());
    if (!m_view.document()) {
        return;
    }
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    for (const RulerMark &mark : std::as_const(m_marks)) {
        QColor colour = mark.kind == Compare::RowKind::Added ? Theme::added()
            : mark.kind == Compare::RowKind::Removed         ? Theme::removed()
            : mark.kind == Compare::RowKind::Same            ? Theme::accent()
                                                             : Theme::changed();
        colour.setAlpha(170);
        painter.setBrush(colour);
        // Kind shows by place too: removed at the left, added at the right, changed across, moved in the middle.
        QRectF box(3, mark.top, width() - 5, mark.height);
        if (mark.kind == Compare::RowKind::Removed) {
            box.setWidth(box.width() * 0.62);
        } else if (mark.kind == Compare::RowKind::Added) {
            box.setLeft(box.left() + box.width() * 0.38);
        } else if (mark.kind == Compare::RowKind::Same) {
            box.adjust(box.width() * 0.3, 0, -box.width() * 0.3, 0);
        }
        painter.drawRoundedRect(box, 1.5, 1.5);
    }
    const double start = m_view.visibleStart(), end = m_view.visibleEnd();
    if (end - start < 0.999) {
        QColor tint = Theme::mutedText();
        tint.setAlpha(38);
        painter.setBrush(tint);
        QColor edge = Theme::mutedText();
        edge.setAlpha(110);
        painter.setPen(QPen(edge, 1));
        const double top = start * height();
        painter.drawRoundedRect(QRectF(1.5, top + 0.5, width() - 2.5, std::max(12.0, (end - start) * height()) - 1), 3, 3);
    }
}

void OverviewRuler::mousePressEvent(QMouseEvent *event)
{
    m_view.scrollTo(height() > 0 ? event->position().y() / height() : 0);
}

void OverviewRuler::mouseMoveEvent(QMouseEvent *event)
{
    if (event->buttons().testFlag(Qt::LeftButton)) {
        mousePressEvent(event);
    }
}

void OverviewRuler::wheelEvent(QWheelEvent *event)
{
    QCoreApplication::sendEvent(m_view.viewport(), event);
}

} // namespace Orgtrace::Ui
