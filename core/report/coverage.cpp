#include "report/coverage.h"

#include <QSet>

#include <algorithm>

namespace Orgtrace::Report {

QList<TimeRange> notQueried(const QList<Evidence::AuditWindow> &windows, const TimeRange &range, const QString &service)
{
    if (range.isEmpty()) {
        return {};
    }
    QList<TimeRange> asked;
    for (const Evidence::AuditWindow &window : windows) {
        const TimeRange covered{window.fromUtc, window.toUtc};
        if (window.state == u"complete" && window.filter.isEmpty() && (window.service.isEmpty() || window.service == service)
            && !covered.isEmpty()) {
            asked.append(covered);
        }
    }
    std::ranges::sort(asked, {}, &TimeRange::fromUtc);
    QList<TimeRange> gaps;
    QDateTime reached = range.fromUtc;
    for (const TimeRange &covered : std::as_const(asked)) {
        if (reached >= range.toUtc) {
            break;
        }
        if (covered.fromUtc > reached) {
            gaps.append({reached, std::min(covered.fromUtc, range.toUtc)});
        }
        reached = std::max(reached, covered.toUtc);
    }
    if (reached < range.toUtc) {
        gaps.append({reached, range.toUtc});
    }
    return gaps;
}

QStringList servicesCovering(const QList<Evidence::AuditWindow> &windows, const TimeRange &range)
{
    QSet<QString> services;
    for (const Evidence::AuditWindow &window : windows) {
        if (!window.service.isEmpty()) {
            services.insert(window.service);
        }
    }
    QStringList covering;
    for (const QString &service : std::as_const(services)) {
        if (notQueried(windows, range, service).isEmpty()) {
            covering.append(service);
        }
    }
    covering.sort();
    return covering;
}

QList<JoinedWindow> joined(QList<Evidence::AuditWindow> windows)
{
    const auto kind = [](const auto &window) { return std::tie(window.service, window.filter, window.state); };
    std::ranges::stable_sort(windows, [&](const Evidence::AuditWindow &left, const Evidence::AuditWindow &right) {
        return kind(left) != kind(right)
            ? kind(left) < kind(right)
            : std::tie(left.fromUtc, left.toUtc, left.queriedUtc) < std::tie(right.fromUtc, right.toUtc, right.queriedUtc);
    });
    QList<JoinedWindow> lines;
    for (const Evidence::AuditWindow &window : std::as_const(windows)) {
        if (!lines.isEmpty() && kind(lines.last()) == kind(window) && window.fromUtc <= lines.last().range.toUtc) {
            JoinedWindow &line = lines.last();
            line.range.toUtc = std::max(line.range.toUtc, window.toUtc);
            line.events += window.events;
            ++line.queries;
            line.lastQueriedUtc = std::max(line.lastQueriedUtc, window.queriedUtc);
        } else {
            lines.append(
                {{window.fromUtc, window.toUtc}, window.service, window.filter, window.state, window.events, 1, window.queriedUtc});
        }
    }
    std::ranges::stable_sort(lines, {}, [](const JoinedWindow &line) { return line.range.fromUtc; });
    return lines;
}

TimeRange changeWindow(const Evidence::LedgerRow *older, const Evidence::LedgerRow *newer, const QDateTime &olderUtc,
                       const QDateTime &newerUtc)
{
    TimeRange window{olderUtc, newerUtc};
    if (older && older->firstRequestUtc.isValid()) {
        window.fromUtc = older->firstRequestUtc.addMSecs(older->clockOffsetMs);
    }
    if (newer && newer->lastResponseUtc.isValid()) {
        window.toUtc = newer->lastResponseUtc.addMSecs(newer->clockOffsetMs);
    }
    return window;
}

} // namespace Orgtrace::Report
