#include "access/historypicture.h"

#include "theme/theme.h"

#include <QAccessible>
#include <QContextMenuEvent>
#include <QHelpEvent>
#include <QKeyEvent>
#include <QPainter>
#include <QToolTip>

#include <algorithm>
#include <cmath>

using namespace Qt::StringLiterals;

namespace Orgtrace::Ui {

namespace {

constexpr int SideAir = 26, FlagTop = 4, FlagHeight = 16, BarTop = 26, BarHeight = 24, MarkTop = 58, AxisTop = 72, LegendTop = 100;
constexpr int LegendRow = 20, SwatchWidth = 22;
constexpr qreal LeastBar = 4, OpenEdge = 14;
using SightState = Access::Sighting::State;

QColor barColour(HistoryBar::Kind kind)
{
    switch (kind) {
    case HistoryBar::Kind::Conditional: return Theme::severity(Policy::Severity::High);
    case HistoryBar::Kind::Unknown: return Theme::mutedText();
    default: return Theme::added();
    }
}

} // namespace

HistoryPicture::HistoryPicture(QWidget *parent) : QWidget(parent)
{
    setFocusPolicy(Qt::StrongFocus);
    setMouseTracking(true);
    setAccessibleName(tr("When it was held, over time"));
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
}

void HistoryPicture::setHistory(const HistoryPtr &history)
{
    m_history = history;
    m_bars = history ? historyBars(*history) : QList<HistoryBar>();
    m_place = {};
    if (history && !history->sightings.isEmpty()) {
        constexpr qint64 halfADay = 12LL * 3600 * 1000;
        m_span.fromMs = sightingSpan(history->sightings.first()).fromMs;
        m_span.toMs = sightingSpan(history->sightings.last()).toMs;
        // A grant may be older than the first snapshot; years of it would leave no room for the rest.
        const qint64 earliest = m_span.fromMs - (m_span.toMs - m_span.fromMs) / 6;
        for (const HistoryBar &bar : std::as_const(m_bars)) {
            m_span.fromMs = std::min(m_span.fromMs, std::max(bar.fromMs, earliest));
        }
        if (m_span.toMs - m_span.fromMs < 60'000) { // one snapshot: a day around it
            m_span.fromMs -= halfADay;
            m_span.toMs += halfADay;
        }
    }
    describe();
    updateGeometry();
    update();
}

void HistoryPicture::setRange(const QDateTime &aUtc, const QDateTime &bUtc)
{
    m_a = aUtc;
    m_b = bUtc;
    update();
}

void HistoryPicture::setPlace(HistoryPlace place)
{
    if (place != m_place) {
        m_place = place;
        describe();
        update();
    }
}

TimelineScale HistoryPicture::scale() const
{
    TimelineScale out = m_span;
    out.left = SideAir;
    out.right = std::max(width() - SideAir, SideAir + 1);
    return out;
}

QRectF HistoryPicture::barRect(int bar) const
{
    if (bar < 0 || bar >= m_bars.size()) {
        return {};
    }
    const HistoryBar &one = m_bars[bar];
    const TimelineScale time = scale();
    qreal left = std::max(time.x(one.fromMs), time.left), right = std::max(time.x(one.toMs), time.left);
    if (one.isOpenAtStart) {
        left = std::min(left, right - OpenEdge);
    }
    if (right - left < LeastBar && one.kind != HistoryBar::Kind::Edge) {
        const qreal middle = (left + right) / 2;
        left = middle - LeastBar / 2;
        right = middle + LeastBar / 2;
    }
    const bool isLow = one.kind == HistoryBar::Kind::Conditional;
    return {left, BarTop + (isLow ? BarHeight / 2.0 : 0.0), right - left, isLow ? BarHeight / 2.0 : BarHeight};
}

int HistoryPicture::barAt(const QPointF &point) const
{
    if (point.y() < FlagTop || point.y() > AxisTop + 20) {
        return -1;
    }
    int best = -1;
    qreal distance = 4; // thin ones can be hit, too
    for (int i = 0; i < m_bars.size(); ++i) {
        const QRectF box = barRect(i);
        const qreal away = std::max({box.left() - point.x(), point.x() - box.right(), 0.0});
        // What was seen goes before its edge: it may be thin, and lie on it.
        const bool isBetter = best >= 0 && away <= distance && m_bars[i].place.stretch >= 0 && m_bars[best].place.stretch < 0;
        if (away < distance || isBetter) {
            distance = away;
            best = i;
        }
    }
    return best;
}

int HistoryPicture::sightingAt(const QPointF &point) const
{
    if (!m_history || point.y() < MarkTop - 8 || point.y() > AxisTop) {
        return -1;
    }
    const TimelineScale time = scale();
    int best = -1;
    qreal distance = 6;
    for (int i = 0; i < m_history->sightings.size(); ++i) {
        const qreal away = std::abs(time.x(m_history->sightings[i].observedUtc.toMSecsSinceEpoch()) - point.x());
        if (away < distance) {
            distance = away;
            best = i;
        }
    }
    return best;
}

QString HistoryPicture::placeText(HistoryPlace place) const
{
    if (!m_history || place.interval < 0 || place.interval >= m_history->intervals.size()) {
        return {};
    }
    const Access::HeldInterval &interval = m_history->intervals[place.interval];
    QStringList lines{gainedInWords(interval)};
    if (place.stretch >= 0 && place.stretch < interval.stretches.size()) {
        const Access::HeldInterval::Stretch &stretch = interval.stretches[place.stretch];
        lines.append(tr("seen %1 to %2").arg(utcText(stretch.firstUtc), utcText(stretch.lastUtc))
                     + (stretch.isConditional ? u", "_s + sightingInWords(SightState::Conditional) : QString()));
    }
    lines.append(lostInWords(*m_history, interval));
    return lines.join(u'\n');
}

void HistoryPicture::describe()
{
    const QString words = placeText(m_place);
    setAccessibleDescription(!words.isEmpty() ? words : m_history ? historySummary(*m_history) : QString());
    QAccessibleEvent changed(this, QAccessible::DescriptionChanged);
    QAccessible::updateAccessibility(&changed);
}

QList<HistoryPicture::LegendItem> HistoryPicture::legend(int width, int *height) const
{
    QList<LegendItem> items{{LegendMark::Held, tr("held"), {}},
                            {LegendMark::Conditional, tr("held only under a condition"), {}},
                            {LegendMark::Edge, tr("began or ended somewhere in here"), {}},
                            {LegendMark::Unknown, tr("not known"), {}},
                            {LegendMark::With, tr("snapshot with it"), {}},
                            {LegendMark::UnderCondition, tr("under a condition"), {}},
                            {LegendMark::Without, tr("without it"), {}},
                            {LegendMark::CouldNotTell, tr("could not tell"), {}}};
    const QFontMetrics metrics(Theme::smallFont());
    int x = SideAir - 12, y = LegendTop;
    for (LegendItem &item : items) {
        const int wide = SwatchWidth + 6 + metrics.horizontalAdvance(item.text) + 16;
        if (x + wide > width - 8 && x > SideAir) {
            x = SideAir - 12;
            y += LegendRow;
        }
        item.box = QRect(x, y, wide, LegendRow);
        x += wide;
    }
    *height = y + LegendRow + 6;
    return items;
}

QSize HistoryPicture::sizeHint() const
{
    return {600, heightForWidth(std::max(width(), 300))};
}

QSize HistoryPicture::minimumSizeHint() const
{
    return {280, heightForWidth(std::max(width(), 280))};
}

int HistoryPicture::heightForWidth(int width) const
{
    int height = 0;
    (void)legend(width, &height);
    return height;
}

void HistoryPicture::paintBar(QPainter &painter, HistoryBar::Kind kind, const QRectF &box, bool isOpenAtStart) const
{
    const QColor colour = barColour(kind);
    painter.save();
    switch (kind) {
    case HistoryBar::Kind::Held: painter.fillRect(box, colour); break;
    case HistoryBar::Kind::Conditional: // low, and with a line on top: told apart without colour
        painter.fillRect(box, colour);
        painter.fillRect(QRectF(box.left(), box.top() - 4, box.width(), 1.5), colour);
        break;
    case HistoryBar::Kind::Edge:
    case HistoryBar::Kind::Unknown: {
        if (isOpenAtStart) {
            QLinearGradient fade(box.topLeft(), box.topRight());
            QColor none = colour;
            none.setAlpha(0);
            fade.setColorAt(0, none);
            fade.setColorAt(1, colour);
            painter.fillRect(box, fade);
            break;
        }
        painter.setRenderHint(QPainter::Antialiasing);
        painter.setClipRect(box, Qt::IntersectClip);
        painter.setPen(QPen(colour, kind == HistoryBar::Kind::Edge ? 1.4 : 1.0));
        const qreal step = kind == HistoryBar::Kind::Edge ? 5 : 9;
        // From a fixed origin, so that stripes do not dance as the window grows.
        for (qreal x = std::floor((box.left() - box.height()) / step) * step; x < box.right(); x += step) {
            painter.drawLine(QPointF(x, box.bottom()), QPointF(x + box.height(), box.top()));
        }
        painter.setRenderHint(QPainter::Antialiasing, false);
        painter.setClipping(false);
        painter.setPen(QPen(colour, 1, kind == HistoryBar::Kind::Edge ? Qt::SolidLine : Qt::DotLine));
        painter.setBrush(Qt::NoBrush);
        painter.drawRect(box.adjusted(0, 0, -1, -1));
        break;
    }
    }
    painter.restore();
}

void HistoryPicture::paintSighting(QPainter &painter, SightState state, QPointF at, bool isDense)
{
    const QColor plain = Theme::text();
    if (isDense) { // a line each: long with it, short without
        const qreal half = state == SightState::NotHeld ? 1.5 : 4.5;
        const QColor colour = state == SightState::NotSeen ? Theme::changed()
            : state == SightState::Conditional             ? Theme::severity(Policy::Severity::High)
                                                           : plain;
        painter.fillRect(QRectF(std::round(at.x()) - (state == SightState::NotSeen ? 1 : 0.5), at.y() - half,
                                state == SightState::NotSeen ? 2 : 1, 2 * half),
                         colour);
        return;
    }
    switch (state) {
    case SightState::Held:
        painter.setPen(Qt::NoPen);
        painter.setBrush(plain);
        painter.drawEllipse(at, 3.5, 3.5);
        break;
    case SightState::Conditional:
        painter.setPen(QPen(Theme::severity(Policy::Severity::High), 1.4));
        painter.setBrush(Qt::NoBrush);
        painter.drawEllipse(at, 3.5, 3.5);
        painter.setBrush(Theme::severity(Policy::Severity::High));
        painter.drawChord(QRectF(at.x() - 3.5, at.y() - 3.5, 7, 7), 180 * 16, 180 * 16);
        break;
    case SightState::NotHeld:
        painter.setPen(QPen(plain, 1.2));
        painter.setBrush(Theme::page());
        painter.drawEllipse(at, 3, 3);
        break;
    case SightState::NotSeen: {
        QFont font = Theme::smallFont();
        font.setBold(true);
        painter.setFont(font);
        painter.setPen(Theme::changed());
        painter.drawText(QRectF(at.x() - 8, at.y() - 8, 16, 16), Qt::AlignCenter, u"?"_s);
        break;
    }
    }
}

void HistoryPicture::paintSightings(QPainter &painter) const
{
    const TimelineScale time = scale();
    constexpr qreal room = 9;
    bool isDense = false;
    qreal before = -100;
    for (const Access::Sighting &seen : m_history->sightings) {
        const qreal x = time.x(seen.observedUtc.toMSecsSinceEpoch());
        isDense = isDense || x - before < room;
        before = x;
    }
    // What could not tell is drawn last: among many it must not get lost.
    painter.setRenderHint(QPainter::Antialiasing, !isDense);
    for (const bool isUnseenTurn : {false, true}) {
        int last = -1;
        auto lastState = SightState::NotSeen;
        for (const Access::Sighting &seen : m_history->sightings) {
            const qreal x = time.x(seen.observedUtc.toMSecsSinceEpoch());
            if ((seen.state == SightState::NotSeen) != isUnseenTurn || (isDense && int(x) == last && seen.state == lastState)) {
                continue;
            }
            last = int(x);
            lastState = seen.state;
            paintSighting(painter, seen.state, {x, MarkTop}, isDense);
        }
    }
    painter.setRenderHint(QPainter::Antialiasing, false);
}

void HistoryPicture::resizeEvent(QResizeEvent *event)
{
    QWidget::resizeEvent(event);
    setFixedHeight(heightForWidth(width()));
}

void HistoryPicture::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.fillRect(rect(), Theme::page());
    if (!m_history || m_history->sightings.isEmpty()) {
        return;
    }
    const TimelineScale time = scale();
    const QRectF lane(time.left, BarTop, time.right - time.left, BarHeight);
    painter.fillRect(lane, Theme::panel());
    painter.fillRect(QRectF(lane.left(), lane.bottom(), lane.width(), 1), Theme::hairline());
    QRectF chosen;
    for (int i = 0; i < m_bars.size(); ++i) {
        const HistoryBar &bar = m_bars[i];
        if (bar.place.interval == m_place.interval && (m_place.stretch < 0 || bar.place.stretch == m_place.stretch)) {
            chosen = chosen.isNull() ? barRect(i) : chosen.united(barRect(i));
        }
    }
    if (!chosen.isNull()) {
        chosen = QRectF(chosen.left(), BarTop, chosen.width(), BarHeight);
        painter.fillRect(QRectF(chosen.left() - 3, FlagTop + FlagHeight, chosen.width() + 6, AxisTop - FlagTop - FlagHeight),
                         Theme::accentTint());
    }
    for (int i = 0; i < m_bars.size(); ++i) {
        paintBar(painter, m_bars[i].kind, barRect(i), m_bars[i].isOpenAtStart);
        if (m_bars[i].place.stretch > 0) { // where the paths changed
            painter.fillRect(QRectF(barRect(i).left(), BarTop, 1, BarHeight), Theme::page());
        }
    }
    if (!chosen.isNull()) {
        painter.setPen(QPen(Theme::accent(), hasFocus() ? 3 : 2));
        painter.setBrush(Qt::NoBrush);
        painter.drawRect(chosen.adjusted(-2, -2, 2, 2));
    } else if (hasFocus()) {
        painter.setPen(QPen(Theme::accent(), 1, Qt::DotLine));
        painter.setBrush(Qt::NoBrush);
        painter.drawRect(lane.adjusted(-3, -3, 3, 3));
    }

    paintSightings(painter);
    painter.fillRect(QRectF(time.left, AxisTop, lane.width(), 1), Theme::hairline());
    const QFont small = Theme::smallFont();
    painter.setFont(small);
    constexpr qreal apart = 84;
    qreal free = 0;
    for (const QList<AxisMark> marks = axisMarks(time, apart); const AxisMark &mark : marks) {
        const qreal x = time.x(mark.ms);
        const int wide = painter.fontMetrics().horizontalAdvance(mark.label);
        const qreal left = std::clamp(x - wide / 2.0, 2.0, width() - wide - 2.0);
        painter.fillRect(QRectF(std::round(x), AxisTop, 1, 4), Theme::mutedText());
        if (left < free) {
            continue;
        }
        free = left + wide + 10;
        painter.setPen(Theme::mutedText());
        painter.drawText(QRectF(left, AxisTop + 5, wide + 1, 16), Qt::AlignLeft | Qt::AlignVCenter, mark.label);
    }
    qreal lastFlag = -100;
    for (const auto &[name, at] : {std::pair(u"A"_s, m_a), std::pair(u"B"_s, m_b)}) {
        if (!at.isValid()) {
            continue;
        }
        const qreal x = std::round(std::clamp(time.x(at.toMSecsSinceEpoch()), time.left, time.right));
        painter.fillRect(QRectF(x, FlagTop + FlagHeight, 1, AxisTop - FlagTop - FlagHeight), Theme::accent());
        QFont bold = small;
        bold.setBold(true);
        painter.setFont(bold);
        const qreal left = std::max(x - 8, lastFlag + 18); // A and B at one place stand side by side
        lastFlag = left;
        painter.fillRect(QRectF(left, FlagTop, 17, FlagHeight), Theme::accent());
        painter.setPen(Theme::onAccent());
        painter.drawText(QRectF(left, FlagTop, 17, FlagHeight), Qt::AlignCenter, name);
    }
    int height = 0;
    painter.setFont(small);
    for (const QList<LegendItem> items = legend(width(), &height); const LegendItem &item : items) {
        const QRectF swatch(item.box.left(), item.box.center().y() - 5, SwatchWidth, 11);
        const QPointF middle = QRectF(swatch).center();
        painter.setRenderHint(QPainter::Antialiasing, item.mark >= LegendMark::With);
        switch (item.mark) {
        case LegendMark::Held: paintBar(painter, HistoryBar::Kind::Held, swatch, false); break;
        case LegendMark::Conditional: paintBar(painter, HistoryBar::Kind::Conditional, swatch.adjusted(0, 5, 0, 0), false); break;
        case LegendMark::Edge: paintBar(painter, HistoryBar::Kind::Edge, swatch, false); break;
        case LegendMark::Unknown: paintBar(painter, HistoryBar::Kind::Unknown, swatch, false); break;
        case LegendMark::With: paintSighting(painter, SightState::Held, middle, false); break;
        case LegendMark::UnderCondition: paintSighting(painter, SightState::Conditional, middle, false); break;
        case LegendMark::Without: paintSighting(painter, SightState::NotHeld, middle, false); break;
        case LegendMark::CouldNotTell: paintSighting(painter, SightState::NotSeen, middle, false); break;
        }
        painter.setFont(small);
        painter.setPen(Theme::mutedText());
        painter.drawText(item.box.adjusted(SwatchWidth + 6, 0, 0, 0), Qt::AlignLeft | Qt::AlignVCenter, item.text);
    }
}

void HistoryPicture::choose(int bar)
{
    if (bar >= 0 && bar < m_bars.size() && m_bars[bar].place != m_place) {
        setPlace(m_bars[bar].place);
        Q_EMIT placeChosen(m_place);
    }
}

void HistoryPicture::mousePressEvent(QMouseEvent *event)
{
    choose(barAt(event->position()));
}

void HistoryPicture::mouseDoubleClickEvent(QMouseEvent *event)
{
    if (const int bar = barAt(event->position()); bar >= 0) {
        choose(bar);
        Q_EMIT activated(m_place);
    }
}

void HistoryPicture::contextMenuEvent(QContextMenuEvent *event)
{
    if (event->reason() == QContextMenuEvent::Mouse) {
        choose(barAt(event->pos()));
    }
    if (m_place.interval >= 0) {
        Q_EMIT menuWanted(event->reason() == QContextMenuEvent::Keyboard ? mapToGlobal(QPoint(SideAir, BarTop)) : event->globalPos());
    }
}

void HistoryPicture::keyPressEvent(QKeyEvent *event)
{
    QList<int> stops; // what is seen to be held; edges go with it
    int now = -1;
    for (int i = 0; i < m_bars.size(); ++i) {
        if (m_bars[i].place.stretch >= 0) {
            const bool isHere = m_bars[i].place.interval == m_place.interval && m_bars[i].place.stretch == std::max(0, m_place.stretch);
            now = isHere ? int(stops.size()) : now;
            stops.append(i);
        }
    }
    const auto go = [&](int to) {
        if (!stops.isEmpty()) {
            choose(stops[std::clamp(to, 0, int(stops.size()) - 1)]);
        }
    };
    switch (event->key()) {
    case Qt::Key_Left: go(now < 0 ? int(stops.size()) - 1 : now - 1); return;
    case Qt::Key_Right: go(now + 1); return;
    case Qt::Key_Home: go(0); return;
    case Qt::Key_End: go(int(stops.size()) - 1); return;
    case Qt::Key_Return:
    case Qt::Key_Enter:
        if (m_place.interval >= 0) {
            Q_EMIT activated(m_place);
        }
        return;
    default: QWidget::keyPressEvent(event);
    }
}

bool HistoryPicture::event(QEvent *event)
{
    if (event->type() == QEvent::ToolTip) {
        const auto *help = static_cast<QHelpEvent *>(event);
        QString words;
        if (const int seen = sightingAt(help->pos()); seen >= 0) {
            const Access::Sighting &one = m_history->sightings[seen];
            words = utcAndLocalText(one.observedUtc) + u": "_s + sightingInWords(one.state)
                + (one.why.isEmpty() ? QString() : u'\n' + one.why.first(std::min<qsizetype>(one.why.size(), 5)).join(u'\n'));
        } else if (const int bar = barAt(help->pos()); bar >= 0) {
            words = placeText(m_bars[bar].place);
        }
        QToolTip::showText(help->globalPos(),
                           words.isEmpty() ? QString()
                                           : QString(u"<p style='white-space:pre-wrap'>"_s + words.left(2000).toHtmlEscaped() + u"</p>"_s),
                           this);
        return true;
    }
    if (event->type() == QEvent::FocusIn || event->type() == QEvent::FocusOut) {
        update();
    }
    return QWidget::event(event);
}

} // namespace Orgtrace::Ui
