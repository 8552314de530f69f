#pragma once

#include "policy/policy.h"

#include <QDateTime>
#include <QList>
#include <QString>

#include <array>
#include <optional>

namespace Orgtrace::Ui {

/// What began a capture, as far as the snapshot tells: each has a mark of its own at the foot of the tick, and words.
enum class CaptureKind { Unknown, Scheduled, Retried, Events, Hand, Command, Imported };
/// @param source, trigger as Evidence::SnapshotSummary has them; what nobody knows is Unknown
[[nodiscard]] CaptureKind captureKind(const QString &source, const QString &trigger);

/// One snapshot as the timeline shows it.
struct TimelineEntry {
    QString id;
    qint64 timeMs = 0; ///< last observation, ms since the epoch, UTC
    bool known = false; ///< its difference to the one before is computed
    int changes = 0;
    std::optional<Policy::Severity> worst;
    int domainsComplete = 0, domainsTotal = 0, domainsNotComparable = 0;
    CaptureKind kind = CaptureKind::Unknown;
    std::array<int, 4> bySeverity{}; ///< changes, by Policy::Severity
    QString writer;
    [[nodiscard]] bool isIncomplete() const { return domainsComplete < domainsTotal || domainsNotComparable > 0; }
    friend bool operator==(const TimelineEntry &, const TimelineEntry &) = default;
};

/// A stretch of time, ms UTC.
struct Span {
    qint64 fromMs = 0, toMs = 0;
    friend bool operator==(const Span &, const Span &) = default;
};

/// A named time, e.g. a baseline.
struct TimelineFlag {
    qint64 timeMs = 0;
    QString name;
    friend bool operator==(const TimelineFlag &, const TimelineFlag &) = default;
};

/// Everything the timeline paints: made once, then never changed.
struct Timeline {
    QList<TimelineEntry> entries; ///< oldest first
    QList<qint64> auditTimes; ///< sorted
    QList<Span> auditCovered; ///< where complete audit queries were made, merged; elsewhere nothing is known
    QList<Span> gaps; ///< no capture
    QList<TimelineFlag> flags; ///< sorted
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
/// From and to in view, with a little air, within the whole and never below an hour: zoom to range.
[[nodiscard]] TimelineScale fitted(const TimelineScale &whole, qint64 fromMs, qint64 toMs);
/// The last `spanMs` up to the newest snapshot; the whole where that is shorter.
[[nodiscard]] TimelineScale lastScale(const Timeline &timeline, const TimelineScale &whole, qint64 spanMs);
/// Moves by pixels (to the right: earlier times come into view), within the whole.
[[nodiscard]] TimelineScale panned(const TimelineScale &scale, const TimelineScale &whole, qreal pixels);

struct AxisMark {
    qint64 ms = 0;
    QString label;
    friend bool operator==(const AxisMark &, const AxisMark &) = default;
};
/// Round times in view, labelled, at least `apart` pixels from each other.
[[nodiscard]] QList<AxisMark> axisMarks(const TimelineScale &scale, qreal apart);

/// The snapshots that fall on one column of pixels, shown as one tick: the worst severity and the highest bar win.
struct TickColumn {
    int x = 0;
    int entry = -1; ///< that the column speaks for: of the worst severity, of these the most changes, of these the latest
    int count = 0;
    int changes = 0; ///< of the highest bar
    std::optional<Policy::Severity> worst;
    bool known = false; ///< at least one of them is
    bool isIncomplete = false; ///< at least one of them is
    CaptureKind kind = CaptureKind::Unknown; ///< the least usual
    friend bool operator==(const TickColumn &, const TickColumn &) = default;
};
/// Those in view and up to `margin` pixels beside it, from left to right. Linear in what is in view.
[[nodiscard]] QList<TickColumn> tickColumns(const QList<TimelineEntry> &entries, const TimelineScale &scale, qreal margin = 0);

/// Number of times in each of `bins` equal parts of the view.
[[nodiscard]] QList<int> histogram(const QList<qint64> &sortedTimes, const TimelineScale &scale, int bins);

/// The snapshot nearest in time; -1 where there is none.
[[nodiscard]] int nearestEntry(const QList<TimelineEntry> &entries, qint64 ms);

/// Height of a tick's stem between least and most, by the logarithm of its changes.
[[nodiscard]] qreal stemHeight(int changes, int mostChanges, qreal least, qreal most);

/// Where handle A or B may go when dragged to `entry`: they never meet or cross.
[[nodiscard]] int handleTarget(bool isA, int entry, int otherHandle, int count);

} // namespace Orgtrace::Ui
