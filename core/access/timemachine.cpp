#include "access/timemachine.h"

#include "access/inquiry.h"
#include "access/subjectslice.h"

#include <algorithm>

namespace Orgtrace::Access {

namespace {

using SightState = Sighting::State;

bool isHolding(SightState state)
{
    return state == SightState::Held || state == SightState::Conditional;
}

/// Whether two snapshots, as they are listed, are known to have been taken one after the other.
bool isOrderKnown(const Sighting &earlier, const Sighting &later)
{
    if (!earlier.fromUtc.isValid() || !earlier.toUtc.isValid() || !later.fromUtc.isValid() || !later.toUtc.isValid()) {
        return earlier.chain == later.chain;
    }
    if (earlier.chain == later.chain) { // one ended before the other began; but clocks may say that it was the other way round
        return earlier.fromUtc <= later.toUtc;
    }
    return earlier.toUtc < later.fromUtc || (earlier.toUtc == later.fromUtc && earlier.fromUtc < later.toUtc);
}

/// Names may change without the path being another one.
bool isSameWay(const QList<AccessPath> &left, const QList<AccessPath> &right)
{
    const auto key = [](const AccessPath &path) {
        return std::tuple(path.via, path.containerId, path.roleId, path.divisionId, path.policy, path.conditional, path.synthetic);
    };
    const auto sorted = [&](const QList<AccessPath> &paths) {
        std::vector<decltype(key(paths.first()))> keys;
        for (const AccessPath &path : paths) {
            keys.push_back(key(path));
        }
        std::ranges::sort(keys);
        return keys;
    };
    return left.size() == right.size() && sorted(left) == sorted(right);
}

bool isSameDenial(const QList<Denial> &left, const QList<Denial> &right)
{
    return std::ranges::equal(left, right, {}, &Denial::policyId, &Denial::policyId);
}

/// A grant cannot be held before it was made; a time after it was seen is a clock gone wrong, or of a grant that was made anew, and says nothing.
/// That nothing was held before it, only a snapshot before it can say.
void boundByGrant(HeldInterval &interval, const QDateTime &madeUtc)
{
    if (!madeUtc.isValid() || madeUtc > interval.gainedBeforeUtc) {
        return;
    }
    interval.grantMadeUtc = madeUtc;
    if (!interval.before.isEmpty() && !interval.isGainedOrderUnknown && madeUtc > interval.gainedAfterUtc) {
        interval.gainedAfterUtc = madeUtc;
        interval.isGainedAfterByGrant = true;
    }
}

/// The bounds of what happened between two snapshots, by one clock.
struct Edge {
    QDateTime afterUtc, beforeUtc;
    bool isOrderUnknown = false;
};

Edge edgeBetween(const Sighting &earlier, const Sighting &later)
{
    if (isOrderKnown(earlier, later)) {
        return {earlier.fromUtc, later.toUtc, false};
    }
    return {std::min(earlier.fromUtc, later.fromUtc), std::max(earlier.toUtc, later.toUtc), true};
}

HeldInterval begun(const Sighting *before, const Sighting &first)
{
    HeldInterval interval;
    interval.first = first.snapshot;
    interval.gainedBeforeUtc = first.toUtc;
    if (before) {
        const Edge edge = edgeBetween(*before, first);
        interval.before = before->snapshot;
        interval.gainedAfterUtc = interval.provenAfterUtc = edge.afterUtc;
        interval.gainedBeforeUtc = edge.beforeUtc;
        interval.isGainedOrderUnknown = edge.isOrderUnknown;
    }
    boundByGrant(interval, first.madeUtc);
    return interval;
}

void extend(HeldInterval &interval, const Sighting &seen)
{
    interval.last = seen.snapshot;
    const bool isConditional = seen.state == SightState::Conditional;
    if (interval.stretches.isEmpty() || interval.stretches.last().isConditional != isConditional
        || !isSameWay(interval.stretches.last().paths, seen.paths) || !isSameDenial(interval.stretches.last().denied, seen.denied)) {
        interval.stretches.append(
            {seen.snapshot, seen.snapshot, seen.observedUtc, seen.observedUtc, isConditional, seen.paths, seen.madeUtc, seen.denied});
        return;
    }
    HeldInterval::Stretch &stretch = interval.stretches.last();
    stretch.last = seen.snapshot;
    stretch.lastUtc = seen.observedUtc;
    stretch.paths = seen.paths; // with the names of the last
    if (!stretch.madeUtc.isValid() && seen.madeUtc.isValid()) {
        stretch.madeUtc = seen.madeUtc;
        if (interval.stretches.size() == 1) {
            boundByGrant(interval, seen.madeUtc);
        }
    }
}

} // namespace

QList<HeldInterval> heldIntervals(const QList<Sighting> &sightings)
{
    QList<HeldInterval> intervals;
    const Sighting *before = nullptr; // the last one without it
    const Sighting *last = nullptr; // the last one with it, while an interval is open
    QStringList unseen; // since either of them
    for (const Sighting &seen : sightings) {
        if (seen.state == SightState::NotSeen) {
            unseen.append(seen.snapshot);
        } else if (isHolding(seen.state)) {
            if (!last) {
                intervals.append(begun(before, seen));
            }
            intervals.last().notSeen += std::exchange(unseen, {});
            extend(intervals.last(), seen);
            last = &seen;
        } else {
            if (last) {
                HeldInterval &interval = intervals.last();
                interval.notSeen += unseen;
                interval.ended = seen.snapshot;
                const Edge edge = edgeBetween(*last, seen);
                interval.lostAfterUtc = edge.afterUtc;
                interval.lostBeforeUtc = edge.beforeUtc;
                interval.isLostOrderUnknown = edge.isOrderUnknown;
                last = nullptr;
            }
            unseen.clear();
            before = &seen;
        }
    }
    if (last) {
        intervals.last().notSeen += unseen;
    }
    return intervals;
}

qsizetype PermissionHistory::notSeen() const
{
    return std::ranges::count(sightings, SightState::NotSeen, &Sighting::state);
}

bool PermissionHistory::isCertain() const
{
    return !sightings.isEmpty() && notSeen() == 0
        && std::ranges::all_of(sightings, [](const Sighting &seen) { return seen.denied.isEmpty() && seen.caveats.isEmpty(); })
        && std::ranges::none_of(intervals, [](const HeldInterval &one) { return one.isGainedOrderUnknown || one.isLostOrderUnknown; });
}

Result<PermissionHistory> permissionHistory(const QString &storeFolder, const HistoryQuestion &question, const CancellationToken &cancel,
                                            const std::function<void(qint64, qint64)> &progress)
{
    PermissionHistory history;
    history.permission = question.permission.trimmed();
    if (const QStringList parts = history.permission.split(u':');
        parts.size() != 3 || parts.contains(QString()) || parts.contains(QStringLiteral("*"))) {
        return Error::make(ErrorCode::BadInput,
                           QStringLiteral("a permission is domain:entity:action, without a *, e.g. routing:queue:edit"),
                           history.permission.left(200));
    }
    const Result<Evidence::Store> store = Evidence::Store::open(storeFolder);
    if (!store) {
        return std::unexpected(store.error());
    }
    Result<QList<Evidence::SnapshotSummary>> timeline = store->snapshots(question.organisationId);
    if (!timeline) {
        return std::unexpected(timeline.error());
    }
    if (timeline->isEmpty()) {
        return Error::make(ErrorCode::NotFound, QStringLiteral("there is no snapshot of this organisation"), question.organisationId);
    }
    const Result<Inquiry> inquiry = inquire(*store, *timeline, question, cancel);
    if (!inquiry) {
        return std::unexpected(inquiry.error());
    }
    history.subject = inquiry->subject;
    history.divisionId = inquiry->divisionId;
    history.divisionName = inquiry->divisionName;

    if (question.toUtc.isValid()) {
        timeline->removeIf([&](const Evidence::SnapshotSummary &one) { return one.observedUtc > question.toUtc; });
    }
    if (question.fromUtc.isValid()) {
        const auto inside
            = std::ranges::find_if(*timeline, [&](const Evidence::SnapshotSummary &one) { return one.observedUtc >= question.fromUtc; });
        if (const auto skipped = std::distance(timeline->begin(), inside) - 1; skipped > 0) {
            timeline->remove(0, skipped);
        }
    }
    SubjectSlice slice(*store, *inquiry, history.permission);
    bool isKnown = timeline->isEmpty();
    for (const Evidence::SnapshotSummary &summary : std::as_const(*timeline)) {
        if (cancel.isCancelled()) {
            return Error::make(ErrorCode::Cancelled, QStringLiteral("the history was cancelled"));
        }
        Result<Sighting> seen = slice.look(summary);
        if (!seen) {
            return std::unexpected(seen.error());
        }
        isKnown = isKnown || slice.isPermissionKnown();
        history.sightings.append(*std::move(seen));
        if (progress) {
            progress(history.sightings.size(), timeline->size());
        }
    }
    if (!isKnown) {
        return Error::make(ErrorCode::NotFound,
                           QStringLiteral("no permission of this name: neither the organisation's catalogue nor a role ever knew it"),
                           history.permission.left(200));
    }
    const auto unasked = std::ranges::count_if(history.sightings, [](const Sighting &seen) { return !seen.notes.isEmpty(); });
    if (unasked > 0) {
        history.notes.append(QStringLiteral("Access policies were not asked for in %1 of %2 snapshots: they may deny what is held there.")
                                 .arg(QString::number(unasked), QString::number(history.sightings.size())));
    }
    history.modelsBuilt = slice.modelsBuilt();
    history.intervals = heldIntervals(history.sightings);
    return history;
}

} // namespace Orgtrace::Access
