#include "timeline/timelineview.h"

#include "session/session.h"
#include "theme/theme.h"

#include <QAccessible>
#include <QHelpEvent>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QTimeZone>
#include <QTimer>
#include <QToolTip>
#include <QWheelEvent>

#include <cmath>

namespace Orgtrace::Ui {

using namespace Qt::StringLiterals;

namespace {

constexpr int sideMargin = 26;
constexpr int grabPixels = 7;

QDateTime utc(qint64 ms)
{
    return QDateTime::fromMSecsSinceEpoch(ms, QTimeZone::UTC);
}

} // namespace

TimelineView::TimelineView(Session &session, QWidget *parent) :
    QWidget(parent), m_session(session), m_timeline(std::make_shared<const Timeline>()), m_rebuild(new QTimer(this))
{
    setFocusPolicy(Qt::StrongFocus);
    setMouseTracking(true);
    setAccessibleName(tr("Timeline of snapshots"));
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    m_rebuild->setSingleShot(true);
    m_rebuild->setInterval(40); // ticks come in one by one; painted together
    connect(m_rebuild, &QTimer::timeout, this, &TimelineView::rebuild);
    connect(&session, &Session::timelineChanged, this, [this] {
        m_isZoomed = false;
        rebuild();
    });
    connect(&session, &Session::tickChanged, m_rebuild, qOverload<>(&QTimer::start));
    connect(&session, &Session::rangeChanged, this, [this] {
        updateDescription();
        update();
    });
    rebuild();
}

TimelineView::~TimelineView() = default;

QSize TimelineView::sizeHint() const
{
    return {900, 134};
}
QSize TimelineView::minimumSizeHint() const
{
    return {320, 134};
}
bool TimelineView::isZoomed() const
{
    return m_isZoomed;
}

qreal TimelineView::axisBottom() const
{
    return 24;
}
qreal TimelineView::baseline() const
{
    return height() - 45;
}

void TimelineView::rebuild()
{
    QList<TimelineEntry> entries;
    entries.reserve(m_session.timeline().size());
    for (const Evidence::SnapshotSummary &snapshot : m_session.timeline()) {
        const Session::Tick tick = m_session.tick(snapshot.id);
        entries.append({snapshot.id, snapshot.observedUtc.toMSecsSinceEpoch(), tick.known, tick.changes, tick.worst,
                        snapshot.domainsComplete, snapshot.domainsTotal, tick.domainsNotComparable, snapshot.source == "import"_L1});
    }
    QList<qint64> audit;
    const QList<QDateTime> times = m_session.auditTimes();
    audit.reserve(times.size());
    for (const QDateTime &time : times) {
        audit.append(time.toMSecsSinceEpoch());
    }
    QList<Span> covered;
    for (const auto those = m_session.auditWindows(); const Evidence::AuditWindow &window : those) {
        if (window.state == "complete"_L1 && window.service.isEmpty() && window.filter.isEmpty()) {
            covered.append({window.fromUtc.toMSecsSinceEpoch(), window.toUtc.toMSecsSinceEpoch()});
        }
    }
    m_timeline = std::make_shared<const Timeline>(makeTimeline(std::move(entries), std::move(audit), std::move(covered)));
    m_whole = wholeScale(*m_timeline, sideMargin, width() - sideMargin);
    if (!m_isZoomed) {
        m_scale = m_whole;
    }
    updateDescription();
    update();
}

void TimelineView::updateDescription()
{
    QString text;
    const int count = static_cast<int>(m_timeline->entries.size());
    if (count == 0) {
        text = tr("No snapshots.");
    } else {
        text = counted(count, tr("%1 snapshot"), tr("%1 snapshots")) + u' '
            + tr("from %1 to %2.")
                  .arg(utcText(utc(m_timeline->entries.constFirst().timeMs)), utcText(utc(m_timeline->entries.constLast().timeMs)));
        const Evidence::SnapshotSummary *a = m_session.snapshot(m_session.idA());
        const Evidence::SnapshotSummary *b = m_session.snapshot(m_session.idB());
        if (a && b) {
            text += u' ' + tr("A is %1, B is %2.").arg(utcText(a->observedUtc), utcText(b->observedUtc));
        }
    }
    if (text != accessibleDescription()) {
        setAccessibleDescription(text);
    }
}

void TimelineView::resizeEvent(QResizeEvent *)
{
    m_whole = wholeScale(*m_timeline, sideMargin, width() - sideMargin);
    if (m_isZoomed) {
        m_scale.left = m_whole.left;
        m_scale.right = m_whole.right;
    } else {
        m_scale = m_whole;
    }
}

void TimelineView::setScale(const TimelineScale &scale)
{
    m_scale = scale;
    m_isZoomed = scale.spanMs() < m_whole.spanMs();
    update();
}

int TimelineView::shownA() const
{
    return m_drag == Drag::A && m_dragEntry >= 0 ? m_dragEntry : m_session.indexOf(m_session.idA());
}
int TimelineView::shownB() const
{
    return m_drag == Drag::B && m_dragEntry >= 0 ? m_dragEntry : m_session.indexOf(m_session.idB());
}

QPoint TimelineView::entryPosition(int entry) const
{
    if (entry < 0 || entry >= m_timeline->entries.size()) {
        return {};
    }
    return {static_cast<int>(std::lround(m_scale.x(m_timeline->entries.at(entry).timeMs))), static_cast<int>(baseline())};
}

Span TimelineView::auditSpan() const
{
    return {std::max(m_scale.fromMs, m_timeline->entries.constFirst().timeMs),
            std::min(m_scale.toMs, m_timeline->entries.constLast().timeMs)};
}

QRect TimelineView::handleRect(bool isA) const
{
    const int entry = isA ? shownA() : shownB();
    if (entry < 0 || entry >= m_timeline->entries.size()) {
        return {};
    }
    const int x = entryPosition(entry).x();
    return {x - 9, height() - 29, 18, 16};
}

TimelineView::Drag TimelineView::handleAt(const QPoint &position) const
{
    int best = grabPixels + 1;
    Drag found = Drag::None;
    for (const bool isA : {false, true}) {
        const QRect rect = handleRect(isA);
        if (rect.isNull()) {
            continue;
        }
        const int distance = rect.adjusted(-2, -2, 2, 2).contains(position) ? std::abs(position.x() - rect.center().x()) / 2
                                                                            : std::abs(position.x() - rect.center().x());
        if (distance < best && position.y() > axisBottom()) {
            best = distance;
            found = isA ? Drag::A : Drag::B;
        }
    }
    return found;
}

void TimelineView::moveHandles(int a, int b)
{
    const QList<TimelineEntry> &entries = m_timeline->entries;
    if (a >= 0 && b >= 0 && a < entries.size() && b < entries.size() && a != b) {
        m_session.setRange(entries.at(a).id, entries.at(b).id);
    }
}

void TimelineView::mousePressEvent(QMouseEvent *event)
{
    if (event->button() != Qt::LeftButton || m_timeline->entries.isEmpty()) {
        return;
    }
    m_pressed = event->position().toPoint();
    m_lastX = event->position().x();
    m_drag = handleAt(m_pressed);
    m_dragEntry = m_drag == Drag::A ? m_session.indexOf(m_session.idA()) : m_drag == Drag::B ? m_session.indexOf(m_session.idB()) : -1;
    if (m_drag == Drag::None) {
        m_drag = Drag::Click;
    }
}

void TimelineView::mouseMoveEvent(QMouseEvent *event)
{
    const QPoint position = event->position().toPoint();
    const int count = static_cast<int>(m_timeline->entries.size());
    switch (m_drag) {
    case Drag::None: {
        const Drag over = handleAt(position);
        setCursor(over != Drag::None ? Qt::SizeHorCursor : Qt::ArrowCursor);
        return;
    }
    case Drag::A:
    case Drag::B: {
        const bool isA = m_drag == Drag::A;
        const int other = m_session.indexOf(isA ? m_session.idB() : m_session.idA());
        const int target = handleTarget(isA, nearestEntry(m_timeline->entries, m_scale.ms(event->position().x())), other, count);
        if (target != m_dragEntry) {
            m_dragEntry = target;
            update();
            QToolTip::showText(event->globalPosition().toPoint(), utcAndLocalText(utc(m_timeline->entries.at(target).timeMs)), this);
        }
        return;
    }
    case Drag::Click:
        if (std::abs(position.x() - m_pressed.x()) < 4) {
            return;
        }
        m_drag = Drag::Pan;
        [[fallthrough]];
    case Drag::Pan:
        if (m_isZoomed) {
            setCursor(Qt::ClosedHandCursor);
            setScale(panned(m_scale, m_whole, event->position().x() - m_lastX));
        }
        m_lastX = event->position().x();
        return;
    }
}

void TimelineView::mouseReleaseEvent(QMouseEvent *event)
{
    if (event->button() != Qt::LeftButton) {
        return;
    }
    const Drag ended = m_drag;
    const int entry = m_dragEntry;
    m_drag = Drag::None;
    m_dragEntry = -1;
    setCursor(Qt::ArrowCursor);
    const int a = m_session.indexOf(m_session.idA());
    const int b = m_session.indexOf(m_session.idB());
    if (ended == Drag::A && entry >= 0) {
        moveHandles(entry, b);
    } else if (ended == Drag::B && entry >= 0) {
        moveHandles(a, entry);
    } else if (ended == Drag::Click) {
        const int clicked = nearestEntry(m_timeline->entries, m_scale.ms(event->position().x()));
        const bool isOnIt = clicked >= 0 && std::abs(entryPosition(clicked).x() - event->position().x()) <= grabPixels
            && event->position().y() > axisBottom();
        if (isOnIt && a >= 0 && b >= 0 && clicked != a && clicked != b) {
            const bool nearerA = std::abs(clicked - a) < std::abs(clicked - b);
            moveHandles(nearerA ? clicked : a, nearerA ? b : clicked);
        }
    }
    update();
}

void TimelineView::mouseDoubleClickEvent(QMouseEvent *event)
{
    if (handleAt(event->position().toPoint()) == Drag::None) {
        setScale(m_whole);
    }
}

void TimelineView::wheelEvent(QWheelEvent *event)
{
    if (m_timeline->entries.isEmpty()) {
        return;
    }
    if (std::abs(event->angleDelta().x()) > std::abs(event->angleDelta().y())) {
        setScale(panned(m_scale, m_whole, event->angleDelta().x() / 2.0));
    } else {
        setScale(zoomed(m_scale, m_whole, event->position().x(), std::pow(1.25, event->angleDelta().y() / 120.0)));
    }
    event->accept();
}

void TimelineView::keyPressEvent(QKeyEvent *event)
{
    const int a = m_session.indexOf(m_session.idA());
    const int b = m_session.indexOf(m_session.idB());
    const int count = static_cast<int>(m_timeline->entries.size());
    const auto step = [&](int by) {
        if (event->modifiers() & Qt::ShiftModifier) {
            moveHandles(a, handleTarget(false, b + by, a, count));
        } else if (event->modifiers() & Qt::ControlModifier) {
            moveHandles(handleTarget(true, a + by, b, count), b);
        } else {
            m_session.stepRange(by);
        }
    };
    const qreal middle = (m_scale.left + m_scale.right) / 2;
    switch (event->key()) {
    case Qt::Key_Left: step(-1); break;
    case Qt::Key_Right: step(1); break;
    case Qt::Key_Home: m_session.stepRange(-count); break;
    case Qt::Key_End: m_session.stepRange(count); break;
    case Qt::Key_Plus:
    case Qt::Key_Equal: setScale(zoomed(m_scale, m_whole, middle, 1.5)); break;
    case Qt::Key_Minus: setScale(zoomed(m_scale, m_whole, middle, 1 / 1.5)); break;
    case Qt::Key_0: setScale(m_whole); break;
    case Qt::Key_Escape:
        if (m_drag == Drag::A || m_drag == Drag::B) {
            m_drag = Drag::None;
            m_dragEntry = -1;
            update();
            break;
        }
        [[fallthrough]];
    default: QWidget::keyPressEvent(event); return;
    }
    event->accept();
}

bool TimelineView::event(QEvent *event)
{
    if (event->type() == QEvent::ToolTip) {
        const auto *help = static_cast<QHelpEvent *>(event);
        const QString text = textAt(help->pos());
        if (text.isEmpty()) {
            QToolTip::hideText();
        } else {
            QToolTip::showText(help->globalPos(), text, this);
        }
        return true;
    }
    return QWidget::event(event);
}

QString TimelineView::textAt(const QPoint &position) const
{
    if (m_timeline->entries.isEmpty()) {
        return {};
    }
    const qint64 at = m_scale.ms(position.x());
    if (position.y() > baseline() + 2) {
        for (const auto those = uncovered(auditSpan(), m_timeline->auditCovered); const Span &hole : those) {
            if (at >= hole.fromMs && at < hole.toMs) {
                return tr("Audit not pulled for this time: what happened is unknown, not quiet.");
            }
        }
        const qint64 half = std::max<qint64>(m_scale.spanMs() / 200, 1);
        const auto from = std::ranges::lower_bound(m_timeline->auditTimes, at - half);
        const auto to = std::ranges::lower_bound(m_timeline->auditTimes, at + half);
        return counted(to - from, tr("%1 audit event"), tr("%1 audit events")) + u' ' + tr("around %1.").arg(utcAndLocalText(utc(at)));
    }
    const int entry = nearestEntry(m_timeline->entries, at);
    if (std::abs(entryPosition(entry).x() - position.x()) <= grabPixels) {
        const TimelineEntry &one = m_timeline->entries.at(entry);
        QStringList lines{utcAndLocalText(utc(one.timeMs))};
        if (one.imported) {
            lines.append(tr("Imported, not captured by Orgtrace."));
        }
        if (!one.known) {
            lines.append(tr("Being compared with the snapshot before …"));
        } else if (entry == 0) {
            lines.append(tr("The first snapshot: nothing before it to compare with."));
        } else if (one.changes == 0) {
            lines.append(tr("No changes since the snapshot before."));
        } else {
            QString changes = counted(one.changes, tr("%1 change since the snapshot before"), tr("%1 changes since the snapshot before"));
            if (one.worst) {
                changes += tr(", the worst of severity %1").arg(severityText(*one.worst).toLower());
            }
            lines.append(changes + u'.');
        }
        lines.append(tr("%1 of %2 domains read completely.").arg(one.domainsComplete).arg(one.domainsTotal));
        if (one.domainsNotComparable > 0) {
            lines.append(counted(one.domainsNotComparable, tr("%1 domain cannot be compared with the snapshot before."),
                                 tr("%1 domains cannot be compared with the snapshot before.")));
        }
        return lines.join(u'\n');
    }
    for (const Span &gap : m_timeline->gaps) {
        if (at > gap.fromMs && at < gap.toMs) {
            return tr("No capture for %1. What was changed and undone in it left no trace in the snapshots; the audit events may show it.")
                .arg(durationText(gap.toMs - gap.fromMs));
        }
    }
    return {};
}

} // namespace Orgtrace::Ui
