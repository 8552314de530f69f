#pragma once

#include "audit/event.h"
#include "base/cancellation.h"
#include "search/pattern.h"

#include <functional>

namespace Orgtrace::Search {

struct AuditAnswer {
    QList<Audit::Event> events; ///< newest first; at most the limit
    qint64 found = 0;
    qint64 searched = 0; ///< events looked through
    qint64 unreadable = 0; ///< found in lines that are no events
    QDateTime fromUtc, toUtc; ///< what the archive's queries cover, first to last; gaps in it are in the coverage view. Invalid: nothing
    [[nodiscard]] bool isCut() const { return found - unreadable > events.size(); }
};

/// Looks through the kept audit events of an organisation, newest first. Of a pattern's `domain:` words nothing is taken: events have none.
/// Errors: Cancelled, as Store.
[[nodiscard]] Result<AuditAnswer> findEvents(const QString &storeFolder, const QString &organisationId, const Pattern &pattern, int limit,
                                             const CancellationToken &cancel = {},
                                             const std::function<void(const AuditAnswer &)> &early = {});

} // namespace Orgtrace::Search
