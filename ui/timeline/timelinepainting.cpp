// How the timeline looks; what it does is in timelineview.cpp.
#include "timeline/timelineview.h"

#include "session/session.h"
#include "theme/theme.h"

#include <QPaintEvent>
#include <QPainter>

#include <cmath>

namespace Orgtrace::Ui {

using namespace Qt::StringLiterals;

namespace {

constexpr qreal markSize = 9;
constexpr qreal leastStem = 9;

/// Slanted hairlines inside a rectangle: the one sign for "not known".
void paintHatch(QPainter &painter, const QRectF &rect)
{
    painter.save();
    painter.setClipRect(rect, Qt::IntersectClip);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(Theme::hatch(), 1.2));
    for (qreal x = std::floor((rect.left() - rect.height()) / 7) * 7; x < rect.right(); x += 7) {
        painter.drawLine(QPointF(x, rect.bottom()), QPointF(x + rect.height(), rect.top()));
    }
    painter.restore();
}

QColor blended(const QColor &over, const QColor &under, qreal part)
{
    return QColor::fromRgbF(static_cast<float>(over.redF() * part + under.redF() * (1 - part)),
                            static_cast<float>(over.greenF() * part + under.greenF() * (1 - part)),
                            static_cast<float>(over.blueF() * part + under.blueF() * (1 - part)));
}

} // namespace

void TimelineView::paintEvent(QPaintEvent *event)
{
    QPainter painter(this);
    painter.fillRect(event->rect(), Theme::page());
    if (m_timeline->entries.isEmpty()) {
        paintEmpty(painter);
    } else {
        paintAxis(painter);
        paintRange(painter);
        paintGaps(painter);
        paintDensity(painter);
        painter.setPen(Theme::mutedText());
        painter.drawLine(QPointF(m_scale.left, baseline()), QPointF(m_scale.right, baseline()));
        paintHandles(painter);
        paintTicks(painter);
    }
    painter.setPen(Theme::hairline());
    painter.drawLine(0, height() - 1, width(), height() - 1);
    if (hasFocus()) {
        painter.setRenderHint(QPainter::Antialiasing);
        painter.setPen(QPen(Theme::accent(), 1));
        painter.drawRoundedRect(QRectF(rect()).adjusted(2.5, 2.5, -2.5, -3.5), 4, 4);
    }
}

void TimelineView::paintEmpty(QPainter &painter) const
{
    QString text;
    if (m_session.isOpening()) {
        text = tr("Reading the store …");
    } else if (!m_session.isOpen()) {
        text = tr("The timeline of snapshots appears here once a store is open.");
    } else {
        text = tr("No snapshots yet. Capture the organisation to make the first one.");
    }
    painter.setPen(Theme::mutedText());
    painter.drawText(rect(), Qt::AlignCenter | Qt::TextWordWrap, text);
}

void TimelineView::paintAxis(QPainter &painter) const
{
    painter.setFont(Theme::smallFont());
    const QFontMetricsF metrics(painter.font());
    const QList<AxisMark> marks = axisMarks(m_scale, 78);
    for (const AxisMark &mark : marks) {
        const qreal x = std::round(m_scale.x(mark.ms)) + 0.5;
        painter.setPen(Theme::hairline());
        painter.drawLine(QPointF(x, axisBottom()), QPointF(x, height() - 15));
        painter.setPen(Theme::mutedText());
        const qreal width = metrics.horizontalAdvance(mark.label);
        if (x + width + 4 < this->width()) {
            painter.drawText(QPointF(x + 3, axisBottom() - 6), mark.label);
        }
    }
    painter.setPen(Theme::mutedText());
    if (marks.isEmpty() || m_scale.x(marks.constFirst().ms) > m_scale.left + 34) {
        painter.drawText(QPointF(m_scale.left - 18, axisBottom() - 6), tr("UTC"));
    }
}

void TimelineView::paintRange(QPainter &painter) const
{
    const int a = shownA();
    const int b = shownB();
    if (a < 0 || b < 0) {
        return;
    }
    QColor tint = Theme::accent();
    tint.setAlphaF(0.11F);
    const qreal left = std::max<qreal>(entryPosition(a).x(), 0);
    const qreal right = std::min<qreal>(entryPosition(b).x(), width());
    painter.fillRect(QRectF(left, axisBottom(), std::max(right - left, 0.0), height() - 15 - axisBottom()), tint);
}

void TimelineView::paintGaps(QPainter &painter) const
{
    painter.setFont(Theme::smallFont());
    const QFontMetricsF metrics(painter.font());
    for (const Span &gap : m_timeline->gaps) {
        if (gap.toMs < m_scale.fromMs || gap.fromMs > m_scale.toMs) {
            continue;
        }
        const qreal left = std::max(m_scale.x(gap.fromMs), m_scale.left - 20) + 5;
        const qreal right = std::min(m_scale.x(gap.toMs), m_scale.right + 20) - 5;
        if (right - left < 3) {
            continue;
        }
        const QRectF area(left, axisBottom(), right - left, baseline() - axisBottom());
        paintHatch(painter, area);
        const QString words = tr("no capture %1").arg(durationText(gap.toMs - gap.fromMs));
        const QString text = metrics.horizontalAdvance(words) + 6 <= area.width() + 30 ? words : durationText(gap.toMs - gap.fromMs);
        const qreal textWidth = metrics.horizontalAdvance(text);
        if (textWidth <= area.width() + 30) {
            const QRectF label(area.center().x() - textWidth / 2 - 2, axisBottom() + 1, textWidth + 4, metrics.height());
            painter.fillRect(label, Theme::page());
            painter.setPen(Theme::mutedText());
            painter.drawText(label, Qt::AlignCenter, text);
        }
    }
}

void TimelineView::paintDensity(QPainter &painter) const
{
    const qreal bottom = height() - 15;
    const qreal top = baseline() + 5;
    for (const auto those = uncovered(auditSpan(), m_timeline->auditCovered); const Span &hole : those) {
        const QRectF area(m_scale.x(hole.fromMs), top, m_scale.x(hole.toMs) - m_scale.x(hole.fromMs), bottom - top);
        paintHatch(painter, area);
    }
    constexpr qreal pitch = 7;
    const int bins = std::max(1, static_cast<int>((m_scale.right - m_scale.left) / pitch));
    const QList<int> counts = histogram(m_timeline->auditTimes, m_scale, bins);
    const int most = counts.isEmpty() ? 0 : std::ranges::max(counts);
    if (most > 0) {
        const QColor colour = blended(Theme::accent(), Theme::page(), 0.38);
        const qreal width = (m_scale.right - m_scale.left) / bins;
        for (int i = 0; i < bins; ++i) {
            if (counts.at(i) > 0) {
                const qreal tall = std::max(2.0, (bottom - top) * std::sqrt(static_cast<qreal>(counts.at(i)) / most));
                painter.fillRect(QRectF(m_scale.left + i * width, bottom - tall, width - 1, tall), colour);
            }
        }
    }
    if (m_timeline->auditCovered.isEmpty()) {
        painter.setFont(Theme::smallFont());
        const QString text = tr("no audit events pulled: unknown, not quiet");
        const QFontMetricsF metrics(painter.font());
        const QRectF label(m_scale.left, top + 2, metrics.horizontalAdvance(text) + 10, metrics.height());
        painter.fillRect(label, Theme::page());
        painter.setPen(Theme::mutedText());
        painter.drawText(label, Qt::AlignLeft | Qt::AlignVCenter, text);
    }
}

void TimelineView::paintTicks(QPainter &painter) const
{
    painter.setRenderHint(QPainter::Antialiasing);
    const qreal room = baseline() - axisBottom() - markSize - 8;
    const QList<TimelineEntry> &entries = m_timeline->entries;
    auto it = std::ranges::lower_bound(entries, m_scale.fromMs, {}, &TimelineEntry::timeMs);
    while (it != entries.end() && it->timeMs <= m_scale.toMs) {
        // Where more snapshots than pixels are in view, a pixel shows the worst of its own.
        const qreal x = std::round(m_scale.x(it->timeMs)) + 0.5;
        const TimelineEntry *shown = &*it;
        for (++it; it != entries.end() && std::round(m_scale.x(it->timeMs)) + 0.5 == x; ++it) {
            if (std::pair(it->worst, it->changes) > std::pair(shown->worst, shown->changes)) {
                shown = &*it;
            }
        }
        const qreal stem = stemHeight(shown->changes, m_timeline->mostChanges, leastStem, room);
        const QRectF mark(x - markSize / 2, baseline() - stem - markSize, markSize, markSize);
        if (!shown->known) {
            painter.setPen(QPen(Theme::hairline(), 1.4));
            painter.setBrush(Theme::page());
            painter.drawEllipse(QPointF(x, baseline() - 5), 2.5, 2.5);
        } else if (!shown->worst) {
            painter.setPen(QPen(Theme::severity(Policy::Severity::Low), 1.4)); // nothing changed: an empty dot
            painter.setBrush(Theme::page());
            painter.drawLine(QPointF(x, baseline()), QPointF(x, baseline() - 5));
            painter.drawEllipse(QPointF(x, baseline() - 7), 2.5, 2.5);
        } else {
            painter.setPen(QPen(Theme::severity(*shown->worst), 2));
            painter.drawLine(QPointF(x, baseline()), QPointF(x, mark.bottom() - 1));
            paintSeverity(painter, mark, *shown->worst);
        }
        if (shown->isIncomplete()) {
            painter.setPen(QPen(Theme::mutedText(), 1.2));
            painter.setBrush(Theme::page());
            painter.drawRect(QRectF(x - 2.5, baseline() - 2.5, 5, 5)); // a hole in the line: something was not seen
        }
    }
    painter.setRenderHint(QPainter::Antialiasing, false);
}

void TimelineView::paintHandles(QPainter &painter) const
{
    painter.setRenderHint(QPainter::Antialiasing);
    for (const bool isA : {true, false}) {
        const QRect rect = handleRect(isA);
        if (rect.isNull() || rect.right() < 0 || rect.left() > width()) {
            continue;
        }
        const qreal x = entryPosition(isA ? shownA() : shownB()).x() + 0.5;
        painter.setPen(QPen(Theme::accent(), 2));
        painter.drawLine(QPointF(x, axisBottom()), QPointF(x, rect.bottom()));
        painter.setPen(Qt::NoPen);
        painter.setBrush(Theme::accent());
        painter.drawRoundedRect(rect, 3, 3);
        QFont font = Theme::smallFont();
        font.setBold(true);
        painter.setFont(font);
        painter.setPen(Theme::onAccent());
        painter.drawText(rect, Qt::AlignCenter, isA ? u"A"_s : u"B"_s);
    }
}

} // namespace Orgtrace::Ui
