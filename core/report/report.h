#pragma once

#include "audit/event.h"
#include "base/error.h"
#include "policy/policy.h"

#include <QByteArray>
#include <QHash>
#include <QString>

namespace Orgtrace::Report {

/// One change with the audit events of the same entity inside its window.
struct Finding {
    Policy::JudgedChange judged;
    QList<Audit::Event> events; ///< by time; listed beside, not yet claimed as cause
};

/// Everything a report of a range shows. All of it comes from evidence; the report adds words and layout.
struct Input {
    QString organisationName, organisationId, region;
    Compare::SnapshotDifference difference;
    QList<Finding> findings; ///< worst first
    QList<Evidence::LedgerRow> coverageA, coverageB;
    QList<Evidence::AuditWindow> auditWindows;
    QHash<QString, QString> names; ///< "domain/id" → name
    QHash<QString, QString> domainTitles;
    QString policyName, toolVersion, signerFingerprint;
    QDateTime generatedUtc;
    bool redactPersonal = true; ///< masks names, mail addresses, phone numbers of people
};

/// Bounds of one report. What is beyond them is counted in the report, never dropped without a word.
inline constexpr qsizetype FindingsAtMost = 2000;
inline constexpr qsizetype FieldsAtMost = 60; ///< of one finding
inline constexpr qsizetype EventsAtMost = 25; ///< of one finding

/// One self-contained HTML file (no script, no outside resource, strict Content-Security-Policy), light and dark, printable.
/// Every value is escaped; personal data masked; what was not seen is said first. The same input gives the same bytes.
/// Thread: any, one call at a time per thread. Errors: Internal (the built-in template does not load).
/// Source: requirements 1.7, 2.8, 5.3; described in docs/formats/report.md.
[[nodiscard]] Result<QByteArray> renderHtml(const Input &input);

} // namespace Orgtrace::Report
