#include "audit/auditcoverage.h"

#include "diff/displaytext.h"
#include "theme/theme.h"

#include <QCoreApplication>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace Orgtrace::Ui {

AuditCoverage auditCoverage(const QList<Evidence::AuditWindow> &windows, const QDateTime &fromUtc, const QDateTime &toUtc)
{
    AuditCoverage out;
    if (!fromUtc.isValid() || !toUtc.isValid() || fromUtc >= toUtc) {
        return out;
    }
    QList<AuditCoverage::Span> covered;
    for (const Evidence::AuditWindow &window : windows) {
        const bool touches = window.fromUtc < toUtc && window.toUtc > fromUtc;
        if (!touches) {
            continue;
        }
        if (window.state != u"complete") {
            ++out.failedQueries;
            continue;
        }
        if (!window.service.isEmpty() || !window.filter.isEmpty()) {
            const QString service = window.service.isEmpty() ? window.filter : window.service;
            if (!out.partlyQueried.contains(service)) {
                out.partlyQueried.append(service);
            }
            continue;
        }
        QDateTime end = window.toUtc;
        if (window.queriedUtc.isValid()) {
            end = std::min(end, window.queriedUtc.addMSecs(-AuditLagMs));
        }
        const QDateTime start = std::max(window.fromUtc, fromUtc);
        end = std::min(end, toUtc);
        if (start < end) {
            covered.append({start, end});
        }
    }
    out.wasQueried = !covered.isEmpty();
    std::ranges::sort(covered, {}, &AuditCoverage::Span::fromUtc);
    QDateTime at = fromUtc;
    for (const AuditCoverage::Span &span : std::as_const(covered)) {
        if (span.fromUtc > at) {
            out.gaps.append({at, span.fromUtc});
        }
        at = std::max(at, span.toUtc);
    }
    if (at < toUtc) {
        out.gaps.append({at, toUtc});
    }
    if (out.gaps.isEmpty()) {
        out.partlyQueried.clear();
    }
    return out;
}

QString coverageText(const AuditCoverage &coverage)
{
    const auto tr = [](const char *text) { return QCoreApplication::translate("AuditCoverage", text); };
    QStringList words;
    if (coverage.isWhole()) {
        words.append(tr("Audit queried without gaps for this range."));
    } else if (!coverage.wasQueried) {
        words.append(tr("Audit not queried for this time: unknown, not quiet."));
    } else {
        QStringList spans;
        for (const auto those = coverage.gaps.first(std::min<qsizetype>(3, coverage.gaps.size())); const AuditCoverage::Span &gap : those) {
            spans.append(tr("%1 – %2 (%3)").arg(utcText(gap.fromUtc), utcText(gap.toUtc), durationText(gap.fromUtc.msecsTo(gap.toUtc))));
        }
        QString sentence = tr("Not known: %1").arg(spans.join(u"; "_s));
        if (coverage.gaps.size() > 3) {
            sentence += u"; "_s + tr("and %1 more").arg(countText(coverage.gaps.size() - 3));
        }
        words.append(sentence + u". "_s + tr("Audit was not queried there: unknown, not quiet."));
    }
    if (!coverage.partlyQueried.isEmpty()) {
        words.append(tr("Only for some services: %1.").arg(visibleText(coverage.partlyQueried.join(u", "_s), 200)));
    }
    if (coverage.failedQueries > 0) {
        words.append(coverage.failedQueries == 1 ? tr("One query of this range did not complete.")
                                                 : tr("%1 queries of this range did not complete.").arg(countText(coverage.failedQueries)));
    }
    return words.join(u' ');
}

} // namespace Orgtrace::Ui
