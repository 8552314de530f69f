#include "audit/coverage.h"

#include <algorithm>

namespace Orgtrace::Audit {

QDateTime completeTo(const QList<Evidence::AuditWindow> &windows, std::optional<std::chrono::milliseconds> lookBack)
{
    QList<Evidence::AuditWindow> complete;
    QDateTime latest;
    for (const Evidence::AuditWindow &window : windows) {
        if (window.state == QLatin1StringView("complete") && window.service.isEmpty() && window.filter.isEmpty()) {
            complete.append(window);
            latest = latest.isValid() ? std::max(latest, window.toUtc) : window.toUtc;
        }
    }
    if (lookBack) {
        const QDateTime since = latest.addMSecs(-lookBack->count());
        complete.removeIf([&since](const Evidence::AuditWindow &window) { return window.toUtc < since; });
    }
    std::ranges::sort(complete, {}, &Evidence::AuditWindow::fromUtc);
    QDateTime end;
    for (const Evidence::AuditWindow &window : std::as_const(complete)) {
        if (end.isValid() && window.fromUtc > end) {
            break;
        }
        end = end.isValid() ? std::max(end, window.toUtc) : window.toUtc;
    }
    return end;
}

} // namespace Orgtrace::Audit
