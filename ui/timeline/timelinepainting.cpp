// How the timeline looks; what it does is in timelineview.cpp.
#include "timeline/timelineview.h"

#include "session/session.h"
#include "theme/theme.h"

#include <QPainter>
#include <QPushButton>

#include <cmath>

namespace Orgtrace::Ui {

using namespace Qt::StringLiterals;

namespace {

constexpr qreal markSize = 9;
constexpr int crowdedMark = 5; ///< where ticks stand closer than a mark is wide
constexpr qreal leastApart
    = 3; ///< pixels between ticks; below it, only what is serious has a mark, the others their colour and, nearer, their shape
constexpr qreal leastStem = 9;

/// Slanted hairlines inside a rectangle: the one sign for "not known". A tile, because there may be hundreds of them in a frame.
void paintHatch(QPainter &painter, const QRectF &rect, const QPixmap &tile)
{
    painter.drawTiledPixmap(rect.toAlignedRect(), tile, QPointF(rect.toAlignedRect().topLeft()));
}

QPixmap hatchTile(qreal ratio)
{
    constexpr int side = 7;
    QPixmap tile((QSizeF(side, side) * ratio).toSize());
    tile.setDevicePixelRatio(ratio);
    tile.fill(Qt::transparent);
    QPainter painter(&tile);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(Theme::hatch(), 1.2));
    for (const int shift : {-side, 0, side}) {
        painter.drawLine(QPointF(shift - 1, side + 1), QPointF(shift + side + 1, -1));
    }
    return tile;
}

/// One mark of a tick's head, ready to be put down: thousands are, in a frame.
QPixmap markPixmap(std::optional<Policy::Severity> worst, int side, qreal ratio)
{
    QPixmap mark((QSizeF(side, side) * ratio).toSize());
    mark.setDevicePixelRatio(ratio);
    mark.fill(Qt::transparent);
    QPainter painter(&mark);
    painter.setRenderHint(QPainter::Antialiasing);
    if (worst) {
        paintSeverity(painter, QRectF(0, 0, side, side), *worst);
    } else {
        painter.setPen(QPen(Theme::severity(Policy::Severity::Low), 1.4)); // nothing changed: an empty dot
        painter.setBrush(Theme::page());
        const qreal radius = side > crowdedMark ? 2.5 : 1.7;
        painter.drawEllipse(QPointF(side / 2.0, side / 2.0), radius, radius);
    }
    return mark;
}

/// How the capture came about, at the foot of its tick. Scheduled ones, the usual, have the least of a mark.
void paintKind(QPainter &painter, qreal x, qreal y, CaptureKind kind)
{
    painter.setPen(Qt::NoPen);
    painter.setBrush(Theme::mutedText());
    switch (kind) {
    case CaptureKind::Unknown: return;
    case CaptureKind::Scheduled: painter.drawRect(QRectF(x - 1, y - 3, 2, 5)); return;
    case CaptureKind::Retried:
        painter.drawRect(QRectF(x - 3, y - 3, 2, 5));
        painter.drawRect(QRectF(x + 1, y - 3, 2, 5));
        return;
    case CaptureKind::Events: { // a bolt
        const QPolygonF bolt{{x + 1.5, y - 4.5}, {x - 3, y + 0.8}, {x - 0.2, y + 0.8},
                             {x - 1.5, y + 4.5}, {x + 3, y - 0.8}, {x + 0.2, y - 0.8}};
        painter.setBrush(Theme::accent());
        painter.drawPolygon(bolt);
        return;
    }
    case CaptureKind::Hand: painter.drawEllipse(QPointF(x, y), 2.8, 2.8); return;
    case CaptureKind::Command:
        painter.setPen(QPen(Theme::mutedText(), 1.2));
        painter.setBrush(Qt::NoBrush);
        painter.drawEllipse(QPointF(x, y), 2.6, 2.6);
        return;
    case CaptureKind::Imported: // an arrow into the line
        painter.setPen(QPen(Theme::mutedText(), 1.2));
        painter.setBrush(Qt::NoBrush);
        painter.drawPolyline(QPolygonF{{x - 3, y - 2.5}, {x, y + 1.5}, {x + 3, y - 2.5}});
        painter.drawLine(QPointF(x - 3.5, y + 3.5), QPointF(x + 3.5, y + 3.5));
        return;
    }
}

QColor blended(const QColor &over, const QColor &under, qreal part)
{
    return QColor::fromRgbF(static_cast<float>(over.redF() * part + under.redF() * (1 - part)),
                            static_cast<float>(over.greenF() * part + under.greenF() * (1 - part)),
                            static_cast<float>(over.blueF() * part + under.blueF() * (1 - part)));
}

} // namespace

void TimelineView::dropLayers()
{
    m_back = QPixmap();
    m_ticks = QPixmap();
}

void TimelineView::changeEvent(QEvent *event)
{
    dropLayers(); // other colours, other fonts
    QWidget::changeEvent(event);
}

void TimelineView::paintLayers()
{
    const qreal ratio = devicePixelRatioF();
    if (!m_back.isNull() && m_back.devicePixelRatio() == ratio) {
        return;
    }
    const auto layer = [&](const QColor &ground) {
        QPixmap made((QSizeF(size()) * ratio).toSize());
        made.setDevicePixelRatio(ratio);
        made.fill(ground);
        return made;
    };
    m_back = layer(Theme::page());
    QPainter back(&m_back);
    back.setFont(font());
    paintAxis(back);
    paintGaps(back);
    paintDensity(back);
    back.setPen(Theme::mutedText());
    back.drawLine(QPointF(m_scale.left, baseline()), QPointF(m_scale.right, baseline()));
    back.setPen(Theme::hairline());
    const qreal edge = m_presets.constFirst()->x() - 4.5;
    back.drawLine(QPointF(edge, 0), QPointF(edge, height()));
    m_ticks = layer(Qt::transparent);
    QPainter ticks(&m_ticks);
    paintFlags(ticks); // a flag's pole stands behind the tick of its snapshot
    paintTicks(ticks);
}

void TimelineView::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    if (m_timeline->entries.isEmpty()) {
        painter.fillRect(rect(), Theme::page());
        paintEmpty(painter);
    } else {
        paintLayers();
        painter.drawPixmap(0, 0, m_back);
        painter.save();
        painter.setClipRect(QRect(0, 0, m_presets.constFirst()->x() - 5, height()));
        paintRange(painter);
        paintHandles(painter);
        painter.drawPixmap(0, 0, m_ticks);
        paintHover(painter);
        painter.restore();
    }
    painter.setPen(Theme::hairline());
    painter.drawLine(0, height() - 1, width(), height() - 1);
    if (hasFocus()) {
        painter.setRenderHint(QPainter::Antialiasing);
        painter.setPen(QPen(Theme::accent(), 1));
        painter.setBrush(Qt::NoBrush);
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
        if (x + width + 4 < m_scale.right + 24) {
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
    const QPixmap tile = hatchTile(devicePixelRatioF());
    const QList<Span> &gaps = m_timeline->gaps; // sorted, none within another
    for (auto it = std::ranges::lower_bound(gaps, m_scale.fromMs, {}, &Span::toMs); it != gaps.end() && it->fromMs <= m_scale.toMs; ++it) {
        const Span &gap = *it;
        const qreal left = std::max(m_scale.x(gap.fromMs), m_scale.left - 20) + 5;
        const qreal right = std::min(m_scale.x(gap.toMs), m_scale.right + 20) - 5;
        if (right - left < 3) {
            continue;
        }
        const QRectF area(left, axisBottom(), right - left, baseline() - axisBottom());
        paintHatch(painter, area, tile);
        if (area.width() < 12) {
            continue; // no words fit
        }
        const QString words = tr("no capture %1").arg(durationText(gap.toMs - gap.fromMs));
        const QString text = metrics.horizontalAdvance(words) + 6 <= area.width() + 30 ? words : durationText(gap.toMs - gap.fromMs);
        const qreal textWidth = metrics.horizontalAdvance(text);
        if (textWidth <= area.width() + 30) {
            const QRectF label(area.center().x() - textWidth / 2 - 2, stemTop() + 1, textWidth + 4, metrics.height());
            painter.fillRect(label, Theme::page());
            painter.setPen(Theme::mutedText());
            painter.drawText(label, Qt::AlignCenter, text);
        }
    }
}

void TimelineView::paintDensity(QPainter &painter) const
{
    const qreal bottom = height() - 15;
    const qreal top = densityTop();
    const QPixmap tile = hatchTile(devicePixelRatioF());
    for (const auto those = uncovered(auditSpan(), m_timeline->auditCovered); const Span &hole : those) {
        const QRectF area(m_scale.x(hole.fromMs), top, m_scale.x(hole.toMs) - m_scale.x(hole.fromMs), bottom - top);
        paintHatch(painter, area, tile);
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
    const qreal room = baseline() - stemTop() - markSize - 8;
    const int foot = static_cast<int>(baseline());
    const qreal ratio = devicePixelRatioF();
    const QList<TickColumn> columns = tickColumns(m_timeline->entries, m_scale, markSize);
    const qreal apart = columns.size() < 2
        ? room
        : static_cast<qreal>(columns.constLast().x - columns.constFirst().x) / static_cast<qreal>(columns.size() - 1);
    const bool isCrowded = apart < markSize;
    // The worst last, and never smaller: where ticks stand close, a diamond is not lost among dots.
    constexpr int critical = static_cast<int>(Policy::Severity::Critical);
    for (int rank = -1; rank <= critical; ++rank) {
        const bool isSmall = isCrowded && rank < critical;
        const int side = isSmall ? crowdedMark : static_cast<int>(markSize);
        const int half = side / 2;
        const bool isMarked = apart >= leastApart || rank >= static_cast<int>(Policy::Severity::High);
        const QPixmap mark = markPixmap(rank < 0 ? std::nullopt : std::optional(static_cast<Policy::Severity>(rank)), side, ratio);
        for (const TickColumn &column : columns) {
            if (!column.known || (column.worst ? static_cast<int>(*column.worst) : -1) != rank) {
                continue;
            }
            if (rank < 0) {
                painter.fillRect(QRect(column.x, foot - 5, 1, 5), Theme::severity(Policy::Severity::Low));
                if (isMarked) {
                    painter.drawPixmap(column.x - half, foot - 7 - half, mark);
                }
                continue;
            }
            const int stem = static_cast<int>(std::lround(stemHeight(column.changes, m_timeline->mostChanges, leastStem, room)));
            painter.fillRect(QRect(column.x, foot - stem - 1, isSmall ? 1 : 2, stem + 1), Theme::severity(*column.worst));
            if (isMarked) {
                painter.drawPixmap(column.x - half, foot - stem - side, mark);
            }
        }
    }
    painter.setRenderHint(QPainter::Antialiasing);
    int kindEnds = std::numeric_limits<int>::min();
    for (const TickColumn &column : columns) {
        const qreal x = column.x + 0.5;
        if (!column.known) {
            painter.setPen(QPen(Theme::hairline(), 1.4));
            painter.setBrush(Theme::page());
            painter.drawEllipse(QPointF(x, baseline() - 5), 2.5, 2.5);
        }
        if (column.isIncomplete) {
            painter.setPen(QPen(Theme::mutedText(), 1.2));
            painter.setBrush(Theme::page());
            painter.drawRect(QRectF(x - 2.5, baseline() - 2.5, 5, 5)); // a hole in the line: something was not seen
        }
        const int wide = column.kind == CaptureKind::Scheduled ? 3 : 5;
        if (column.x - wide >= kindEnds) { // one mark beside another, never across
            paintKind(painter, x, baseline() + 8, column.kind);
            kindEnds = column.kind == CaptureKind::Unknown ? kindEnds : column.x + wide - 1;
        }
    }
    painter.setRenderHint(QPainter::Antialiasing, false);
}

void TimelineView::paintFlags(QPainter &painter) const
{
    painter.setFont(Theme::smallFont());
    const QFontMetricsF metrics(painter.font());
    const QList<TimelineFlag> &flags = m_timeline->flags;
    for (qsizetype i = 0; i < flags.size(); ++i) {
        const qreal x = std::round(m_scale.x(flags.at(i).timeMs));
        if (x < m_scale.left - 20 || x > m_scale.right + 20) {
            continue;
        }
        painter.setRenderHint(QPainter::Antialiasing, false);
        painter.fillRect(QRectF(x, axisBottom(), 2, baseline() - axisBottom()), Theme::added());
        painter.setRenderHint(QPainter::Antialiasing);
        painter.setPen(Qt::NoPen);
        painter.setBrush(Theme::added());
        painter.drawPolygon(QPolygonF{{x + 2, axisBottom()},
                                      {x + 13, axisBottom()},
                                      {x + 10, axisBottom() + 5},
                                      {x + 13, axisBottom() + 10},
                                      {x + 2, axisBottom() + 10}});
        const qreal next = i + 1 < flags.size() ? m_scale.x(flags.at(i + 1).timeMs) : m_scale.right + 24;
        const qreal room = std::min<qreal>(next - x - 22, 220);
        if (room > 14) {
            painter.setPen(Theme::added());
            painter.drawText(QPointF(x + 16, axisBottom() + metrics.ascent() - 1),
                             metrics.elidedText(flags.at(i).name, Qt::ElideRight, room));
        }
    }
    painter.setRenderHint(QPainter::Antialiasing, false);
}

/// A ring about the tick whose card is shown.
void TimelineView::paintHover(QPainter &painter) const
{
    if (m_hover < 0 || m_hover >= m_timeline->entries.size()) {
        return;
    }
    const TimelineEntry &one = m_timeline->entries.at(m_hover);
    const qreal room = baseline() - stemTop() - markSize - 8;
    const qreal stem = one.worst ? std::round(stemHeight(one.changes, m_timeline->mostChanges, leastStem, room)) + markSize / 2 : 7;
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(Theme::accent(), 1.6));
    painter.setBrush(Qt::NoBrush);
    painter.drawEllipse(QPointF(entryPosition(m_hover).x() + 0.5, baseline() - stem), 8, 8);
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
