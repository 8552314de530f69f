#include "search/auditsearch.h"

#include "evidence/store.h"

#include <algorithm>

namespace Orgtrace::Search {

using namespace Qt::StringLiterals;

namespace {

constexpr qint64 DaysAtOnce = 7; // bounds what is in memory, and how late a cancellation is seen

} // namespace

Result<AuditAnswer> findEvents(const QString &storeFolder, const QString &organisationId, const Pattern &pattern, int limit,
                               const CancellationToken &cancel, const std::function<void(const AuditAnswer &)> &early)
{
    AuditAnswer answer;
    const auto store = Evidence::Store::open(storeFolder);
    if (!store) {
        return std::unexpected(store.error());
    }
    const auto windows = store->auditWindows(organisationId);
    if (!windows) {
        return std::unexpected(windows.error());
    }
    for (const Evidence::AuditWindow &window : *windows) {
        answer.fromUtc = answer.fromUtc.isValid() ? std::min(answer.fromUtc, window.fromUtc) : window.fromUtc;
        answer.toUtc = answer.toUtc.isValid() ? std::max(answer.toUtc, window.toUtc) : window.toUtc;
    }
    if (!answer.fromUtc.isValid()) {
        return answer;
    }
    for (QDateTime to = answer.toUtc; to > answer.fromUtc;) {
        if (cancel.isCancelled()) {
            return Error::make(ErrorCode::Cancelled, u"cancelled"_s);
        }
        const QDateTime from = std::max(answer.fromUtc, to.addDays(-DaysAtOnce));
        const auto lines = store->auditEvents(organisationId, from, to);
        if (!lines) {
            return std::unexpected(lines.error());
        }
        const qint64 before = answer.found;
        answer.searched += lines->size();
        for (auto line = lines->crbegin(); line != lines->crend(); ++line) {
            if (!pattern.findInJson({line->line.constData(), static_cast<size_t>(line->line.size())}, 0).isFound()) {
                continue;
            }
            ++answer.found;
            if (answer.events.size() < limit) {
                if (auto event = Audit::parseLine(line->line)) {
                    answer.events.append(*std::move(event));
                } else {
                    ++answer.unreadable;
                }
            }
        }
        to = from;
        if (early && answer.found > before && to > answer.fromUtc) {
            early(answer);
        }
    }
    return answer;
}

} // namespace Orgtrace::Search
