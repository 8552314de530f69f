#pragma once

#include "evidence/model.h"

#include <QDateTime>
#include <QList>
#include <QString>
#include <QStringList>

namespace Orgtrace::Ui {

/// What of a time range the audit archive covers. A range that was not queried is unknown, never quiet (design, rule 3).
struct AuditCoverage {
    struct Span {
        QDateTime fromUtc, toUtc;
        friend bool operator==(const Span &, const Span &) = default;
    };
    QList<Span> gaps; ///< not covered by a complete query over all services; ascending, disjoint
    QStringList partlyQueried; ///< services that were queried alone somewhere in the gaps
    int failedQueries = 0; ///< windows in the range that did not end complete
    bool wasQueried = false; ///< anything of the range was covered
    [[nodiscard]] bool isWhole() const { return gaps.isEmpty(); }
};

/// Events reach the log late: a window counts as complete only this long after it ended (requirement 5.7).
inline constexpr qint64 AuditLagMs = 15LL * 60 * 1000;

/// Pure. Empty or reversed ranges are whole.
[[nodiscard]] AuditCoverage auditCoverage(const QList<Evidence::AuditWindow> &windows, const QDateTime &fromUtc, const QDateTime &toUtc);

/// The coverage in a sentence or two, as the views show it.
[[nodiscard]] QString coverageText(const AuditCoverage &coverage);

} // namespace Orgtrace::Ui
