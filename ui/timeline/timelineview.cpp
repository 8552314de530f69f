#include "timeline/timelineview.h"

#include "session/session.h"
#include "theme/theme.h"

#include <QPushButton>
#include <QTimeZone>
#include <QTimer>

#include <cmath>

namespace Orgtrace::Ui {

using namespace Qt::StringLiterals;

namespace {

constexpr int sideMargin = 26;
constexpr int presetWidth = 54;
constexpr int viewHeight = 150;
constexpr qint64 oneDayMs = 24LL * 3600 * 1000;

} // namespace

TimelineView::TimelineView(Session &session, QWidget *parent) :
    QWidget(parent), m_session(session), m_timeline(std::make_shared<const Timeline>()), m_rebuild(new QTimer(this))
{
    setFocusPolicy(Qt::StrongFocus);
    setMouseTracking(true);
    setAccessibleName(tr("Timeline of snapshots"));
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    buildPresets();
    m_rebuild->setSingleShot(true);
    m_rebuild->setInterval(40); // ticks come in one by one; painted together
    connect(m_rebuild, &QTimer::timeout, this, &TimelineView::rebuild);
    connect(&session, &Session::timelineChanged, this, [this] {
        m_isZoomed = false;
        readAudit();
        rebuild();
    });
    connect(&session, &Session::tickChanged, m_rebuild, qOverload<>(&QTimer::start));
    connect(&session, &Session::rangeChanged, this, [this] {
        m_a = m_session.indexOf(m_session.idA());
        m_b = m_session.indexOf(m_session.idB());
        updateDescription();
        refreshPresets();
        update();
    });
    readAudit();
    rebuild();
}

TimelineView::~TimelineView()
{
    delete m_card; // the window's child, but about this view
}

QSize TimelineView::sizeHint() const
{
    return {900, viewHeight};
}
QSize TimelineView::minimumSizeHint() const
{
    return {320, viewHeight};
}
bool TimelineView::isZoomed() const
{
    return m_isZoomed;
}

qreal TimelineView::axisBottom() const
{
    return 24;
}
qreal TimelineView::stemTop() const
{
    return axisBottom() + (m_timeline->flags.isEmpty() ? 0 : 15);
}
qreal TimelineView::baseline() const
{
    return height() - 56;
}
qreal TimelineView::densityTop() const
{
    return baseline() + 14;
}

void TimelineView::buildPresets()
{
    const struct {
        QString text, says, key;
    } presets[] = {{tr("24 h"), tr("Show the last 24 hours up to the newest snapshot"), u"1"_s},
                   {tr("7 d"), tr("Show the last 7 days up to the newest snapshot"), u"2"_s},
                   {tr("Month"), tr("Show the last month up to the newest snapshot"), u"3"_s},
                   {tr("All"), tr("Show all snapshots"), u"4"_s},
                   {tr("A–B"), tr("Zoom to the range from A to B"), u"R"_s}};
    for (int i = 0; i < static_cast<int>(std::size(presets)); ++i) {
        auto *button = new QPushButton(presets[i].text, this);
        button->setProperty("flat", true);
        button->setCheckable(true);
        button->setAutoDefault(false);
        button->setFont(Theme::smallFont());
        button->setStyleSheet(u"QPushButton { padding: 0px 2px; }"_s); // five of them share the height of the view
        button->setFocusPolicy(Qt::TabFocus);
        button->setAccessibleName(presets[i].says);
        button->setAccessibleDescription(tr("Key %1 in the timeline").arg(presets[i].key));
        button->setToolTip(tr("%1 (%2)").arg(presets[i].says, presets[i].key));
        connect(button, &QPushButton::clicked, this, [this, i] {
            showPreset(static_cast<Preset>(i));
            refreshPresets(); // a second click does not switch it off
        });
        m_presets.append(button);
    }
}

void TimelineView::placePresets()
{
    const int tall = (height() - 10) / static_cast<int>(m_presets.size());
    for (int i = 0; i < m_presets.size(); ++i) {
        m_presets.at(i)->setGeometry(width() - presetWidth + 3, 5 + i * tall, presetWidth - 7, tall - 3);
    }
}

void TimelineView::refreshPresets()
{
    for (int i = 0; i < m_presets.size(); ++i) {
        const auto preset = static_cast<Preset>(i);
        QPushButton *button = m_presets.at(i);
        button->setVisible(!m_timeline->entries.isEmpty());
        button->setEnabled(preset != Preset::Range || (shownA() >= 0 && shownB() >= 0));
        // A preset that shows everything is not what made the view so: All is.
        const bool isIt = preset == Preset::All ? !m_isZoomed : m_isZoomed && m_scale == presetScale(preset);
        button->setChecked(isIt);
    }
}

TimelineScale TimelineView::wholeNow() const
{
    return wholeScale(*m_timeline, sideMargin, width() - sideMargin - presetWidth);
}

TimelineScale TimelineView::presetScale(Preset preset) const
{
    const QList<TimelineEntry> &entries = m_timeline->entries;
    switch (preset) {
    case Preset::Day: return lastScale(*m_timeline, m_whole, oneDayMs);
    case Preset::Week: return lastScale(*m_timeline, m_whole, 7 * oneDayMs);
    case Preset::Month: return lastScale(*m_timeline, m_whole, 31 * oneDayMs);
    case Preset::All: break;
    case Preset::Range:
        if (const auto [a, b] = handles(); a >= 0 && b >= 0 && a < entries.size() && b < entries.size()) {
            return fitted(m_whole, entries.at(a).timeMs, entries.at(b).timeMs);
        }
        return m_scale;
    }
    return m_whole;
}

void TimelineView::showPreset(Preset preset)
{
    if (!m_timeline->entries.isEmpty()) {
        setScale(presetScale(preset));
    }
}

void TimelineView::readAudit()
{
    m_auditTimes.clear();
    const QList<QDateTime> times = m_session.auditTimes();
    m_auditTimes.reserve(times.size());
    for (const QDateTime &time : times) {
        m_auditTimes.append(time.toMSecsSinceEpoch());
    }
    m_auditCovered.clear();
    for (const auto those = m_session.auditWindows(); const Evidence::AuditWindow &window : those) {
        if (window.state == "complete"_L1 && window.service.isEmpty() && window.filter.isEmpty()) {
            m_auditCovered.append({window.fromUtc.toMSecsSinceEpoch(), window.toUtc.toMSecsSinceEpoch()});
        }
    }
}

void TimelineView::rebuild()
{
    QList<TimelineEntry> entries;
    entries.reserve(m_session.timeline().size());
    for (const Evidence::SnapshotSummary &snapshot : m_session.timeline()) {
        const Session::Tick tick = m_session.tick(snapshot.id);
        TimelineEntry entry;
        entry.id = snapshot.id;
        entry.timeMs = snapshot.observedUtc.toMSecsSinceEpoch();
        entry.known = tick.known;
        entry.changes = tick.changes;
        entry.worst = tick.worst;
        entry.domainsComplete = snapshot.domainsComplete;
        entry.domainsTotal = snapshot.domainsTotal;
        entry.domainsNotComparable = tick.domainsNotComparable;
        entry.kind = captureKind(snapshot.source, snapshot.trigger);
        entry.bySeverity = tick.bySeverity;
        entry.writer = snapshot.writerId;
        entries.append(std::move(entry));
    }
    m_a = m_session.indexOf(m_session.idA());
    m_b = m_session.indexOf(m_session.idB());
    show(makeTimeline(std::move(entries), m_auditTimes, m_auditCovered));
}

void TimelineView::setTimeline(std::shared_ptr<const Timeline> timeline, int a, int b)
{
    m_isZoomed = false;
    m_a = a;
    m_b = b;
    show(*timeline);
}

void TimelineView::setFlags(QList<TimelineFlag> flags)
{
    m_flags = std::move(flags);
    std::ranges::stable_sort(m_flags, {}, &TimelineFlag::timeMs);
    show(*m_timeline);
}

void TimelineView::show(Timeline timeline)
{
    timeline.flags = m_flags;
    m_timeline = std::make_shared<const Timeline>(std::move(timeline));
    m_whole = wholeNow();
    if (!m_isZoomed) {
        m_scale = m_whole;
    }
    if (m_hover >= 0) {
        hover(m_hover < m_timeline->entries.size() ? m_hover : -1); // what is known of it may have changed
    }
    dropLayers();
    refreshPresets();
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
                  .arg(utcText(QDateTime::fromMSecsSinceEpoch(m_timeline->entries.constFirst().timeMs, QTimeZone::UTC)),
                       utcText(QDateTime::fromMSecsSinceEpoch(m_timeline->entries.constLast().timeMs, QTimeZone::UTC)));
        if (m_a >= 0 && m_b >= 0 && m_a < count && m_b < count) {
            text += u' '
                + tr("A is %1, B is %2.")
                      .arg(utcText(QDateTime::fromMSecsSinceEpoch(m_timeline->entries.at(m_a).timeMs, QTimeZone::UTC)),
                           utcText(QDateTime::fromMSecsSinceEpoch(m_timeline->entries.at(m_b).timeMs, QTimeZone::UTC)));
        }
        for (const auto some = m_timeline->flags.first(std::min<qsizetype>(m_timeline->flags.size(), 20));
             const TimelineFlag &flag : some) {
            text += u' ' + tr("Flag %1 at %2.").arg(flag.name, utcText(QDateTime::fromMSecsSinceEpoch(flag.timeMs, QTimeZone::UTC)));
        }
        if (m_isZoomed) {
            text += u' '
                + tr("In view: %1 to %2.")
                      .arg(utcText(QDateTime::fromMSecsSinceEpoch(m_scale.fromMs, QTimeZone::UTC)),
                           utcText(QDateTime::fromMSecsSinceEpoch(m_scale.toMs, QTimeZone::UTC)));
        }
    }
    if (text != accessibleDescription()) {
        setAccessibleDescription(text);
    }
}

void TimelineView::resizeEvent(QResizeEvent *)
{
    m_whole = wholeNow();
    if (m_isZoomed) {
        m_scale.left = m_whole.left;
        m_scale.right = m_whole.right;
    } else {
        m_scale = m_whole;
    }
    dropLayers();
    placePresets();
    refreshPresets();
    hover(-1);
}

void TimelineView::setScale(const TimelineScale &scale)
{
    const bool isZoomed = scale.spanMs() < m_whole.spanMs();
    if (scale == m_scale && isZoomed == m_isZoomed) {
        return;
    }
    m_scale = scale;
    m_isZoomed = isZoomed;
    dropLayers();
    refreshPresets();
    updateDescription();
    update();
}

int TimelineView::shownA() const
{
    return m_drag == Drag::A && m_dragEntry >= 0 ? m_dragEntry : m_a;
}
int TimelineView::shownB() const
{
    return m_drag == Drag::B && m_dragEntry >= 0 ? m_dragEntry : m_b;
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

void TimelineView::moveHandles(int a, int b)
{
    const QList<TimelineEntry> &entries = m_timeline->entries;
    if (a < 0 || b < 0 || a >= entries.size() || b >= entries.size() || a == b) {
        return;
    }
    if (m_session.indexOf(entries.at(a).id) >= 0) {
        m_session.setRange(entries.at(a).id, entries.at(b).id);
    } else { // a made-up timeline
        m_a = std::min(a, b);
        m_b = std::max(a, b);
        update();
    }
}

QString TimelineView::textAt(const QPoint &position) const
{
    if (m_timeline->entries.isEmpty()) {
        return {};
    }
    const qint64 at = m_scale.ms(position.x());
    if (position.y() > densityTop() - 2) {
        for (const auto those = uncovered(auditSpan(), m_timeline->auditCovered); const Span &hole : those) {
            if (at >= hole.fromMs && at < hole.toMs) {
                return tr("Audit not pulled for this time: what happened is unknown, not quiet.");
            }
        }
        const qint64 half = std::max<qint64>(m_scale.spanMs() / 200, 1);
        const auto from = std::ranges::lower_bound(m_timeline->auditTimes, at - half);
        const auto to = std::ranges::lower_bound(m_timeline->auditTimes, at + half);
        return counted(to - from, tr("%1 audit event"), tr("%1 audit events")) + u' '
            + tr("around %1.").arg(utcAndLocalText(QDateTime::fromMSecsSinceEpoch(at, QTimeZone::UTC)));
    }
    if (const int entry = entryAt(position); entry >= 0) {
        return tickCard(*m_timeline, entry, alikeAt(entry), proofOf(m_timeline->entries.at(entry).id)).text();
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
