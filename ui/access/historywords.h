#pragma once

#include "access/accesschanges.h"
#include "access/outlinemodel.h"
#include "access/timemachine.h"
#include "timeline/timelinegeometry.h"

namespace Orgtrace::Ui {

/// When a permission was held: Access::PermissionHistory as rows, as bars over time, and written out. Pure.
using HistoryPtr = std::shared_ptr<const Access::PermissionHistory>;

/// "Held over 2 intervals in 27 snapshots · still held in the last one that tells · 3 could not tell"
[[nodiscard]] QString historySummary(const Access::PermissionHistory &history);
[[nodiscard]] QString gainedInWords(const Access::HeldInterval &interval);
[[nodiscard]] QString lostInWords(const Access::PermissionHistory &history, const Access::HeldInterval &interval);
[[nodiscard]] QString sightingInWords(Access::Sighting::State state); ///< "held", "held only under a condition" …

/// interval → how it was gained, its stretches with their paths, how it was lost, who could not tell. Stable ids: "i0" an interval, "i0/s1" a stretch of
/// it; what else is beneath an interval has another letter. Rows know their snapshot.
[[nodiscard]] QList<OutlineItem> historyRows(const HistoryPtr &history);
/// The interval and the stretch that a row's stable id is of; −1: none.
struct HistoryPlace {
    int interval = -1, stretch = -1;
    friend bool operator==(const HistoryPlace &, const HistoryPlace &) = default;
};
[[nodiscard]] HistoryPlace historyPlace(const QString &stableId);
[[nodiscard]] QString historyRowId(HistoryPlace place);

/// One piece of the picture. Pieces of an interval follow each other without a gap, from where it may have begun to where it may have ended.
struct HistoryBar {
    enum class Kind {
        Edge, ///< somewhere in here it began, or ended
        Held,
        Conditional, ///< only under a condition
        Unknown ///< snapshots in here could not tell, and none after them tells otherwise
    };
    Kind kind = Kind::Held;
    HistoryPlace place;
    qint64 fromMs = 0, toMs = 0;
    bool isOpenAtStart = false; ///< of an edge: nothing says when it began
    friend bool operator==(const HistoryBar &, const HistoryBar &) = default;
};
/// When a snapshot's answer was read: from and to; where nothing was read, when it was observed.
[[nodiscard]] Span sightingSpan(const Access::Sighting &seen);
[[nodiscard]] QList<HistoryBar> historyBars(const Access::PermissionHistory &history);

/// Everything, nothing shortened but what is hostile in a name.
[[nodiscard]] QString historyAs(AccessChangesFormat format, const Access::PermissionHistory &history, const QString &divisionName);

} // namespace Orgtrace::Ui
