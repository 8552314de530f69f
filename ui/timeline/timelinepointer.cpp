// The timeline under the hand: mouse, wheel, keys, and the card about a tick.
#include "timeline/timelineview.h"

#include "session/session.h"
#include "theme/theme.h"

#include <QHelpEvent>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QToolTip>
#include <QWheelEvent>

#include <cmath>

namespace Orgtrace::Ui {

using namespace Qt::StringLiterals;

namespace {

constexpr int grabPixels = 7;

} // namespace

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

int TimelineView::entryAt(const QPoint &position) const
{
    if (position.y() <= axisBottom() || m_timeline->entries.isEmpty()) {
        return -1;
    }
    // The nearest column of pixels, and of that the snapshot it speaks for: where the eye sees one tick, the hand finds the same.
    const QList<TimelineEntry> &entries = m_timeline->entries;
    TimelineScale near = m_scale;
    near.fromMs = m_scale.ms(position.x() - grabPixels - 1);
    near.toMs = std::max(m_scale.ms(position.x() + grabPixels + 1), near.fromMs + 1);
    auto it = std::ranges::lower_bound(entries, near.fromMs, {}, &TimelineEntry::timeMs);
    int best = -1;
    int distance = grabPixels + 1;
    for (; it != entries.end() && it->timeMs <= near.toMs; ++it) {
        const int x = static_cast<int>(std::lround(m_scale.x(it->timeMs)));
        const int away = std::abs(x - position.x());
        const bool isSameColumn = best >= 0 && x == entryPosition(best).x();
        const bool isWorse
            = isSameColumn && std::pair(it->worst, it->changes) >= std::pair(entries.at(best).worst, entries.at(best).changes);
        if (away < distance || isWorse) {
            best = static_cast<int>(it - entries.begin());
            distance = away;
        }
    }
    return best;
}

int TimelineView::alikeAt(int entry) const
{
    const int x = entryPosition(entry).x();
    const QList<TimelineEntry> &entries = m_timeline->entries;
    int count = 1;
    for (int i = entry - 1; i >= 0 && entryPosition(i).x() == x; --i) {
        ++count;
    }
    for (int i = entry + 1; i < entries.size() && entryPosition(i).x() == x; ++i) {
        ++count;
    }
    return count;
}

TickProof TimelineView::proofOf(const QString &id) const
{
    const std::optional<Session::Proof> proof = m_session.proof();
    TickProof told;
    if (!proof) {
        return told;
    }
    if (proof->error) {
        told.state = TickProof::State::Broken;
        told.what = errorText(*proof->error);
        return told;
    }
    const auto broken = std::ranges::find(proof->problems, id, &Evidence::Store::Problem::commit);
    told.state = broken == proof->problems.end() ? TickProof::State::Valid : TickProof::State::Broken;
    if (broken != proof->problems.end()) {
        told.what = broken->what;
    }
    return told;
}

void TimelineView::hover(int entry)
{
    const bool isSame = entry == m_hover;
    m_hover = entry;
    if (entry < 0) {
        m_isKeyboardCard = false;
        if (m_card) {
            m_card->hide();
        }
        if (!isSame) {
            update();
        }
        return;
    }
    if (!m_card) {
        m_card = new HoverCard(window());
    } else if (m_card->parentWidget() != window()) {
        m_card->setParent(window());
    }
    TickCard card = tickCard(*m_timeline, entry, alikeAt(entry), proofOf(m_timeline->entries.at(entry).id));
    card.which = entry == shownA() ? u"A"_s : entry == shownB() ? u"B"_s : QString();
    m_card->showCard(card, QRect(mapTo(window(), QPoint()), size()), entryPosition(entry).x());
    if (!isSame) {
        update();
    }
}

void TimelineView::showCardOf(int entry)
{
    if (entry < 0 || entry >= m_timeline->entries.size()) {
        hover(-1);
        return;
    }
    const qint64 at = m_timeline->entries.at(entry).timeMs;
    if (at < m_scale.fromMs || at > m_scale.toMs) { // brought into view, no further than needed
        const qreal by = at < m_scale.fromMs ? m_scale.left + 20 - m_scale.x(at) : m_scale.right - 20 - m_scale.x(at);
        setScale(panned(m_scale, m_whole, by));
    }
    m_isKeyboardCard = true;
    hover(entry);
    setAccessibleDescription(m_card->card().text()); // what a screen reader says next
}

void TimelineView::mousePressEvent(QMouseEvent *event)
{
    if (event->button() != Qt::LeftButton || m_timeline->entries.isEmpty()) {
        return;
    }
    m_pressed = event->position().toPoint();
    m_lastX = event->position().x();
    m_drag = handleAt(m_pressed);
    m_dragEntry = m_drag == Drag::A ? m_a : m_drag == Drag::B ? m_b : -1;
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
        const int entry = position.y() < densityTop() ? entryAt(position) : -1;
        if (entry != m_hover) {
            m_isKeyboardCard = false;
            hover(entry);
            updateDescription();
        }
        return;
    }
    case Drag::A:
    case Drag::B: {
        const bool isA = m_drag == Drag::A;
        const int other = isA ? m_b : m_a;
        const int target = handleTarget(isA, nearestEntry(m_timeline->entries, m_scale.ms(event->position().x())), other, count);
        if (target != m_dragEntry) {
            m_dragEntry = target;
            hover(target);
            update();
        }
        return;
    }
    case Drag::Click:
        if (std::abs(position.x() - m_pressed.x()) < 4) {
            return;
        }
        m_drag = Drag::Pan;
        hover(-1);
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
    if (ended == Drag::A && entry >= 0) {
        moveHandles(entry, m_b);
    } else if (ended == Drag::B && entry >= 0) {
        moveHandles(m_a, entry);
    } else if (ended == Drag::Click) {
        const int clicked = entryAt(event->position().toPoint());
        if (clicked >= 0 && m_a >= 0 && m_b >= 0 && clicked != m_a && clicked != m_b) {
            const bool nearerA = std::abs(clicked - m_a) < std::abs(clicked - m_b);
            moveHandles(nearerA ? clicked : m_a, nearerA ? m_b : clicked);
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
    const bool isSideways = std::abs(event->angleDelta().x()) > std::abs(event->angleDelta().y());
    if (isSideways || event->modifiers() & Qt::ShiftModifier) {
        const int by = isSideways ? event->angleDelta().x() : event->angleDelta().y();
        setScale(panned(m_scale, m_whole, by / 2.0));
    } else {
        setScale(zoomed(m_scale, m_whole, event->position().x(), std::pow(1.25, event->angleDelta().y() / 120.0)));
    }
    hover(-1); // another tick lies there now; the next movement tells of it
    event->accept();
}

bool TimelineView::handleKey(const QKeyEvent &event)
{
    const int count = static_cast<int>(m_timeline->entries.size());
    const auto step = [&](int by) {
        if (event.modifiers() & Qt::ShiftModifier) {
            moveHandles(m_a, handleTarget(false, m_b + by, m_a, count));
        } else if (event.modifiers() & Qt::ControlModifier) {
            moveHandles(handleTarget(true, m_a + by, m_b, count), m_b);
        } else {
            m_session.stepRange(by);
        }
    };
    const bool isPlain = !(event.modifiers() & (Qt::ControlModifier | Qt::AltModifier | Qt::MetaModifier));
    const qreal middle = (m_scale.left + m_scale.right) / 2;
    const int at = m_hover >= 0 ? m_hover : m_b;
    switch (event.key()) {
    case Qt::Key_Left: step(-1); return true;
    case Qt::Key_Right: step(1); return true;
    case Qt::Key_Home: m_session.stepRange(-count); return true;
    case Qt::Key_End: m_session.stepRange(count); return true;
    case Qt::Key_PageUp: showCardOf(std::max(at - 1, 0)); return true;
    case Qt::Key_PageDown: showCardOf(std::min(at + 1, count - 1)); return true;
    default: break;
    }
    if (event.key() == Qt::Key_Space || (event.key() == Qt::Key_T && event.modifiers() & Qt::ControlModifier)) {
        showCardOf(m_isKeyboardCard ? -1 : at);
        if (!m_isKeyboardCard) {
            updateDescription();
        }
        return true;
    }
    if (event.key() == Qt::Key_Escape) {
        if (m_drag == Drag::A || m_drag == Drag::B) {
            m_drag = Drag::None;
            m_dragEntry = -1;
            hover(-1);
            update();
            return true;
        }
        const bool wasThere = m_hover >= 0;
        hover(-1);
        updateDescription();
        return wasThere;
    }
    if (!isPlain) {
        return false;
    }
    switch (event.key()) {
    case Qt::Key_Plus:
    case Qt::Key_Equal: setScale(zoomed(m_scale, m_whole, middle, 1.5)); return true;
    case Qt::Key_Minus: setScale(zoomed(m_scale, m_whole, middle, 1 / 1.5)); return true;
    case Qt::Key_1: showPreset(Preset::Day); return true;
    case Qt::Key_2: showPreset(Preset::Week); return true;
    case Qt::Key_3: showPreset(Preset::Month); return true;
    case Qt::Key_4:
    case Qt::Key_0: showPreset(Preset::All); return true;
    case Qt::Key_R: showPreset(Preset::Range); return true;
    case Qt::Key_P: moveHandles(m_b - 1, m_b); return true; // B with the one before it
    case Qt::Key_A:
        if (m_hover >= 0 && m_hover < m_b) {
            moveHandles(m_hover, m_b);
        }
        return true;
    case Qt::Key_B:
        if (m_hover > m_a) {
            moveHandles(m_a, m_hover);
        }
        return true;
    default: return false;
    }
}

void TimelineView::keyPressEvent(QKeyEvent *event)
{
    if (handleKey(*event)) {
        event->accept();
    } else {
        QWidget::keyPressEvent(event);
    }
}

void TimelineView::leaveEvent(QEvent *event)
{
    if (!m_isKeyboardCard) {
        hover(-1);
    }
    QWidget::leaveEvent(event);
}

void TimelineView::focusOutEvent(QFocusEvent *event)
{
    if (m_isKeyboardCard) {
        hover(-1);
    }
    QWidget::focusOutEvent(event);
}

void TimelineView::hideEvent(QHideEvent *event)
{
    hover(-1);
    QWidget::hideEvent(event);
}

bool TimelineView::event(QEvent *event)
{
    if (event->type() == QEvent::ToolTip) {
        const auto *help = static_cast<QHelpEvent *>(event);
        const QString text = m_hover >= 0 ? QString() : textAt(help->pos()); // of a tick the card tells
        if (text.isEmpty()) {
            QToolTip::hideText();
        } else {
            QToolTip::showText(help->globalPos(), text, this);
        }
        return true;
    }
    return QWidget::event(event);
}

} // namespace Orgtrace::Ui
