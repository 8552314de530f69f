#pragma once

#include "policy/policy.h"

#include <QDateTime>
#include <QList>
#include <QString>

#include <optional>

namespace Orgtrace::Ui {

/// One snapshot as the timeline shows it.
struct TimelineEntry {
    QString id;
    qint64 timeMs = 0; ///< last observation, ms since the epoch, UTC
    bool known = false; ///< its difference to the one before is computed
    int changes = 0;
    std::optional<Policy::Severity> worst;
    int domainsComplete = 0, domainsTotal = 0, domainsNotComparable = 0;
    bool imported = false;
    [[nodiscard]] bool isIncomplete() const { return domainsComplete < domainsTotal || domainsNotComparable > 0; }
    friend bool operator==(const TimelineEntry &, const TimelineEntry &) = default;
};

/// A stretch of time, ms UTC.
struct Span {
    qint64 fromMs = 0, toMs = 0;
    friend bool operator==(const Span &, const Span &) = default;
};

/// Everything the timeline paints: made once, then never changed.
struct Timeline {
    QList<TimelineEntry> entries; ///< oldest first
    QList<qint64> auditTimes; ///< sorted
    QList<Span> auditCovered; ///< where complete audit queries were made, merged; elsewhere nothing is known
    QList<Span> gaps; ///< no capture
    int mostChanges = 0;
};

/// Fills gaps and mostChanges; sorts what needs to be sorted.
[[nodiscard]] Timeline makeTimeline(QList<TimelineEntry> entries, QList<qint64> auditTimes, QList<Span> auditCovered);

/// Stretches without a capture: longer than 1.8 times the median interval. Fewer than three snapshots have no usual interval and no gaps.
[[nodiscard]] QList<Span> captureGaps(const QList<TimelineEntry> &entries);
/// Overlapping and touching spans as one; sorted.
[[nodiscard]] QList<Span> mergedSpans(QList<Span> spans);
/// What of `whole` no span covers. @pre spans are merged
[[nodiscard]] QList<Span> uncovered(const Span &whole, const QList<Span> &spans);

/// Maps time to pixels and back.
struct TimelineScale {
    qint64 fromMs = 0, toMs = 1; ///< always from < to
    qreal left = 0, right = 1; ///< always left < right
    [[nodiscard]] qreal x(qint64 ms) const;
    [[nodiscard]] qint64 ms(qreal x) const;
    [[nodiscard]] qint64 spanMs() const { return toMs - fromMs; }
    friend bool operator==(const TimelineScale &, const TimelineScale &) = default;
};

/// The whole timeline between left and right, with a little air; a day around a single snapshot.
[[nodiscard]] TimelineScale wholeScale(const Timeline &timeline, qreal left, qreal right);
/// Zooms by factor (above 1: closer) so that the time under atX stays there; never beyond the whole, never below an hour.
[[nodiscard]] TimelineScale zoomed(const TimelineScale &scale, const TimelineScale &whole, qreal atX, qreal factor);
/// Moves by pixels (to the right: earlier times come into view), within the whole.
[[nodiscard]] TimelineScale panned(const TimelineScale &scale, const TimelineScale &whole, qreal pixels);

struct AxisMark {
    qint64 ms = 0;
    QString label;
    friend bool operator==(const AxisMark &, const AxisMark &) = default;
};
/// Round times in view, labelled, at least `apart` pixels from each other.
[[nodiscard]] QList<AxisMark> axisMarks(const TimelineScale &scale, qreal apart);

/// Number of times in each of `bins` equal parts of the view.
[[nodiscard]] QList<int> histogram(const QList<qint64> &sortedTimes, const TimelineScale &scale, int bins);

/// The snapshot nearest in time; -1 where there is none.
[[nodiscard]] int nearestEntry(const QList<TimelineEntry> &entries, qint64 ms);

/// Height of a tick's stem between least and most, by the logarithm of its changes.
[[nodiscard]] qreal stemHeight(int changes, int mostChanges, qreal least, qreal most);

/// Where handle A or B may go when dragged to `entry`: they never meet or cross.
[[nodiscard]] int handleTarget(bool isA, int entry, int otherHandle, int count);

} // namespace Orgtrace::Ui
