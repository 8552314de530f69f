#pragma once

#include "timeline/timelinegeometry.h"

#include <QTimeZone>

#include <memory>

namespace Orgtrace {

/// `count` snapshots, an hour apart with a hole now and then, of every severity and every way of capturing; audit events every seven minutes.
inline std::shared_ptr<const Ui::Timeline> sampleTimeline(int count)
{
    using namespace Qt::StringLiterals;
    using namespace Ui;
    constexpr qint64 hour = 3600LL * 1000;
    const qint64 start = QDateTime(QDate(2025, 9, 1), QTime(0, 0), QTimeZone::UTC).toMSecsSinceEpoch();
    QList<TimelineEntry> entries;
    qint64 at = start;
    for (int i = 0; i < count; ++i) {
        at += i % 97 == 96 ? 9 * hour : hour;
        TimelineEntry entry;
        entry.id = u"made-up-%1"_s.arg(i);
        entry.timeMs = at;
        entry.known = i % 50 != 49;
        entry.changes = i % 5 == 0 ? 0 : (i * 37) % 400;
        if (entry.changes > 0) {
            entry.worst = static_cast<Policy::Severity>(i % 101 == 0 ? 3 : i % 17 == 0 ? 2 : i % 3 == 0 ? 1 : 0);
            entry.bySeverity.at(static_cast<size_t>(*entry.worst)) = entry.changes;
        }
        entry.domainsTotal = 20;
        entry.domainsComplete = i % 40 == 0 ? 19 : 20;
        entry.kind = static_cast<CaptureKind>(i % 7);
        entries.append(entry);
    }
    QList<qint64> audit;
    for (qint64 time = start; time < at; time += 7LL * 60 * 1000) {
        audit.append(time);
    }
    return std::make_shared<const Timeline>(makeTimeline(entries, audit, {{start, start + (at - start) / 2}}));
}

} // namespace Orgtrace
