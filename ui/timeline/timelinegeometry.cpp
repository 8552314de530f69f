#include "timeline/timelinegeometry.h"

#include <QLocale>
#include <QTimeZone>

#include <cmath>

namespace Orgtrace::Ui {

using namespace Qt::StringLiterals;

namespace {

constexpr qint64 hourMs = 3600LL * 1000;
constexpr qint64 dayMs = 24 * hourMs;

QDateTime utc(qint64 ms)
{
    return QDateTime::fromMSecsSinceEpoch(ms, QTimeZone::UTC);
}

} // namespace

CaptureKind captureKind(const QString &source, const QString &trigger)
{
    if (source == "import"_L1) {
        return CaptureKind::Imported;
    }
    static const std::pair<QLatin1StringView, CaptureKind> known[] = {{"schedule"_L1, CaptureKind::Scheduled},
                                                                      {"retry"_L1, CaptureKind::Retried},
                                                                      {"events"_L1, CaptureKind::Events},
                                                                      {"hand"_L1, CaptureKind::Hand},
                                                                      {"command"_L1, CaptureKind::Command}};
    const auto *const it = std::ranges::find(known, trigger, &std::pair<QLatin1StringView, CaptureKind>::first);
    return it == std::end(known) ? CaptureKind::Unknown : it->second;
}

Timeline makeTimeline(QList<TimelineEntry> entries, QList<qint64> auditTimes, QList<Span> auditCovered)
{
    Timeline timeline;
    timeline.entries = std::move(entries);
    std::ranges::stable_sort(timeline.entries, {}, &TimelineEntry::timeMs);
    timeline.auditTimes = std::move(auditTimes);
    if (!std::ranges::is_sorted(std::as_const(timeline.auditTimes))) { // there may be a million of them, and mostly they are
        std::ranges::sort(timeline.auditTimes);
    }
    timeline.auditCovered = mergedSpans(std::move(auditCovered));
    timeline.gaps = captureGaps(timeline.entries);
    for (const TimelineEntry &entry : std::as_const(timeline.entries)) {
        timeline.mostChanges = std::max(timeline.mostChanges, entry.changes);
    }
    return timeline;
}

QList<Span> captureGaps(const QList<TimelineEntry> &entries)
{
    if (entries.size() < 3) {
        return {};
    }
    QList<qint64> intervals;
    for (qsizetype i = 1; i < entries.size(); ++i) {
        intervals.append(entries.at(i).timeMs - entries.at(i - 1).timeMs);
    }
    QList<qint64> sorted = intervals;
    std::ranges::sort(sorted);
    const qint64 median
        = sorted.size() % 2 == 1 ? sorted.at(sorted.size() / 2) : (sorted.at(sorted.size() / 2 - 1) + sorted.at(sorted.size() / 2)) / 2;
    if (median <= 0) {
        return {};
    }
    QList<Span> gaps;
    for (qsizetype i = 0; i < intervals.size(); ++i) {
        if (static_cast<double>(intervals.at(i)) > 1.8 * static_cast<double>(median)) {
            gaps.append({entries.at(i).timeMs, entries.at(i + 1).timeMs});
        }
    }
    return gaps;
}

QList<Span> mergedSpans(QList<Span> spans)
{
    spans.removeIf([](const Span &span) { return span.toMs <= span.fromMs; });
    std::ranges::sort(spans, {}, &Span::fromMs);
    QList<Span> merged;
    for (const Span &span : std::as_const(spans)) {
        if (!merged.isEmpty() && span.fromMs <= merged.constLast().toMs) {
            merged.last().toMs = std::max(merged.constLast().toMs, span.toMs);
        } else {
            merged.append(span);
        }
    }
    return merged;
}

QList<Span> uncovered(const Span &whole, const QList<Span> &spans)
{
    QList<Span> holes;
    qint64 at = whole.fromMs;
    for (const Span &span : spans) {
        if (span.toMs <= at) {
            continue;
        }
        if (span.fromMs >= whole.toMs) {
            break;
        }
        if (span.fromMs > at) {
            holes.append({at, span.fromMs});
        }
        at = span.toMs;
    }
    if (at < whole.toMs) {
        holes.append({at, whole.toMs});
    }
    return holes;
}

qreal TimelineScale::x(qint64 ms) const
{
    return left + (right - left) * static_cast<qreal>(ms - fromMs) / static_cast<qreal>(spanMs());
}

qint64 TimelineScale::ms(qreal x) const
{
    return fromMs + static_cast<qint64>(std::llround((x - left) / (right - left) * static_cast<qreal>(spanMs())));
}

TimelineScale wholeScale(const Timeline &timeline, qreal left, qreal right)
{
    TimelineScale scale;
    scale.left = left;
    scale.right = std::max(right, left + 1);
    if (timeline.entries.isEmpty()) {
        scale.fromMs = 0;
        scale.toMs = dayMs;
        return scale;
    }
    const qint64 first = timeline.entries.constFirst().timeMs;
    const qint64 last = timeline.entries.constLast().timeMs;
    const qint64 air = first == last ? dayMs / 2 : std::max<qint64>((last - first) / 60, 60LL * 1000);
    scale.fromMs = first - air;
    scale.toMs = last + air;
    return scale;
}

namespace {

TimelineScale within(TimelineScale scale, const TimelineScale &whole)
{
    if (scale.spanMs() >= whole.spanMs()) {
        scale.fromMs = whole.fromMs;
        scale.toMs = whole.toMs;
        return scale;
    }
    const qint64 span = scale.spanMs();
    scale.fromMs = std::clamp(scale.fromMs, whole.fromMs, whole.toMs - span);
    scale.toMs = scale.fromMs + span;
    return scale;
}

} // namespace

TimelineScale zoomed(const TimelineScale &scale, const TimelineScale &whole, qreal atX, qreal factor)
{
    if (!(factor > 0)) {
        return scale;
    }
    const qint64 least = std::min(hourMs, whole.spanMs());
    const qreal wanted = static_cast<qreal>(scale.spanMs()) / factor;
    const qint64 span = static_cast<qint64>(std::clamp(wanted, static_cast<qreal>(least), static_cast<qreal>(whole.spanMs())));
    const qreal part = std::clamp((atX - scale.left) / (scale.right - scale.left), 0.0, 1.0);
    TimelineScale next = scale;
    next.fromMs = scale.fromMs + static_cast<qint64>(std::llround(part * static_cast<qreal>(scale.spanMs() - span)));
    next.toMs = next.fromMs + span;
    return within(next, whole);
}

TimelineScale fitted(const TimelineScale &whole, qint64 fromMs, qint64 toMs)
{
    if (toMs < fromMs) {
        std::swap(fromMs, toMs);
    }
    const qint64 air = (toMs - fromMs) / 12;
    const qint64 missing = std::max<qint64>(0, std::min(hourMs, whole.spanMs()) - (toMs - fromMs + 2 * air));
    TimelineScale scale = whole;
    scale.fromMs = fromMs - air - missing / 2;
    scale.toMs = toMs + air + (missing - missing / 2);
    return within(scale, whole);
}

TimelineScale lastScale(const Timeline &timeline, const TimelineScale &whole, qint64 spanMs)
{
    if (timeline.entries.isEmpty()) {
        return whole;
    }
    const qint64 last = timeline.entries.constLast().timeMs;
    TimelineScale scale = whole;
    scale.toMs = last + spanMs / 60;
    scale.fromMs = last - spanMs;
    return within(scale, whole);
}

TimelineScale panned(const TimelineScale &scale, const TimelineScale &whole, qreal pixels)
{
    TimelineScale next = scale;
    const qint64 by = static_cast<qint64>(std::llround(pixels / (scale.right - scale.left) * static_cast<qreal>(scale.spanMs())));
    next.fromMs -= by;
    next.toMs -= by;
    return within(next, whole);
}

QList<AxisMark> axisMarks(const TimelineScale &scale, qreal apart)
{
    static constexpr qint64 steps[]
        = {5LL * 60 * 1000, 15LL * 60 * 1000, 30LL * 60 * 1000, hourMs,    2 * hourMs, 3 * hourMs, 6 * hourMs, 12 * hourMs,
           dayMs,           2 * dayMs,        4 * dayMs,        7 * dayMs, 14 * dayMs};
    const qreal pixelsPerMs = (scale.right - scale.left) / static_cast<qreal>(scale.spanMs());
    const QLocale english = QLocale::c();
    QList<AxisMark> marks;
    for (const qint64 step : steps) {
        if (static_cast<qreal>(step) * pixelsPerMs < apart) {
            continue;
        }
        // Steps of days count from the first day in view's month, so that a month starts with its 1st.
        const QDateTime first = utc(scale.fromMs);
        const qint64 origin = step <= dayMs
            ? 0
            : QDateTime(QDate(first.date().year(), first.date().month(), 1), QTime(0, 0), QTimeZone::UTC).toMSecsSinceEpoch();
        qint64 at = origin + ((scale.fromMs - origin) / step) * step;
        while (at < scale.fromMs) {
            at += step;
        }
        for (; at <= scale.toMs; at += step) {
            const QDateTime time = utc(at);
            const bool midnight = time.time() == QTime(0, 0);
            marks.append({at, midnight ? english.toString(time, u"MMM d"_s) : english.toString(time, u"HH:mm"_s)});
        }
        return marks;
    }
    for (const int months : {1, 2, 3, 6, 12, 24, 60, 120}) {
        if (static_cast<qreal>(months * 28LL * dayMs) * pixelsPerMs < apart) {
            continue;
        }
        QDate date(utc(scale.fromMs).date().year(), 1, 1);
        for (; date.isValid(); date = date.addMonths(months)) {
            const QDateTime time(date, QTime(0, 0), QTimeZone::UTC);
            if (time.toMSecsSinceEpoch() > scale.toMs) {
                break;
            }
            if (time.toMSecsSinceEpoch() >= scale.fromMs) {
                marks.append({time.toMSecsSinceEpoch(), english.toString(time, u"MMM yyyy"_s)});
            }
        }
        return marks;
    }
    return marks;
}

namespace {

/// How much a way of capturing stands out from the rest: where several fall together, the least usual is marked.
int unusualness(CaptureKind kind)
{
    switch (kind) {
    case CaptureKind::Unknown: return 0;
    case CaptureKind::Scheduled: return 1;
    case CaptureKind::Retried: return 2;
    case CaptureKind::Command: return 3;
    case CaptureKind::Hand: return 4;
    case CaptureKind::Imported: return 5;
    case CaptureKind::Events: return 6;
    }
    return 0;
}

} // namespace

QList<TickColumn> tickColumns(const QList<TimelineEntry> &entries, const TimelineScale &scale, qreal margin)
{
    QList<TickColumn> columns;
    const qint64 from = scale.ms(scale.left - margin);
    const qint64 to = scale.ms(scale.right + margin);
    auto it = std::ranges::lower_bound(entries, from, {}, &TimelineEntry::timeMs);
    for (; it != entries.end() && it->timeMs <= to; ++it) {
        const int x = static_cast<int>(std::lround(scale.x(it->timeMs)));
        if (columns.isEmpty() || columns.constLast().x != x) {
            TickColumn fresh;
            fresh.x = x;
            fresh.kind = it->kind;
            columns.append(fresh);
        }
        TickColumn &column = columns.last();
        const bool isFirst = column.entry < 0;
        if (isFirst || std::pair(it->worst, it->changes) >= std::pair(column.worst, entries.at(column.entry).changes)) {
            column.entry = static_cast<int>(it - entries.begin());
            column.worst = it->worst;
        }
        ++column.count;
        column.changes = std::max(column.changes, it->changes);
        column.known = column.known || it->known;
        column.isIncomplete = column.isIncomplete || it->isIncomplete();
        if (unusualness(it->kind) > unusualness(column.kind)) {
            column.kind = it->kind;
        }
    }
    return columns;
}

QList<int> histogram(const QList<qint64> &sortedTimes, const TimelineScale &scale, int bins)
{
    QList<int> counts(std::max(bins, 0), 0);
    const auto edge = [&](int bin) { return scale.fromMs + static_cast<qint64>(static_cast<qreal>(scale.spanMs()) * bin / bins); };
    auto from = bins > 0 ? std::ranges::lower_bound(sortedTimes, edge(0)) : sortedTimes.end();
    for (int bin = 0; bin < bins; ++bin) {
        const auto to = std::lower_bound(from, sortedTimes.end(), edge(bin + 1));
        counts[bin] = static_cast<int>(to - from);
        from = to;
    }
    return counts;
}

int nearestEntry(const QList<TimelineEntry> &entries, qint64 ms)
{
    if (entries.isEmpty()) {
        return -1;
    }
    const auto after = std::ranges::lower_bound(entries, ms, {}, &TimelineEntry::timeMs);
    if (after == entries.end()) {
        return static_cast<int>(entries.size()) - 1;
    }
    if (after == entries.begin()) {
        return 0;
    }
    const auto before = after - 1;
    return static_cast<int>((after->timeMs - ms < ms - before->timeMs ? after : before) - entries.begin());
}

qreal stemHeight(int changes, int mostChanges, qreal least, qreal most)
{
    if (changes <= 0 || mostChanges <= 0) {
        return least;
    }
    const qreal part = std::log1p(changes) / std::log1p(std::max(mostChanges, 8)); // a quiet month is not blown up
    return least + (most - least) * std::min(part, 1.0);
}

int handleTarget(bool isA, int entry, int otherHandle, int count)
{
    if (count < 2) {
        return entry;
    }
    return isA ? std::clamp(entry, 0, std::max(otherHandle - 1, 0)) : std::clamp(entry, std::min(otherHandle + 1, count - 1), count - 1);
}

} // namespace Orgtrace::Ui
