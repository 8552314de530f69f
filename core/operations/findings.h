#pragma once

#include "compare/compare.h"
#include "policy/policy.h"
#include "report/report.h"

#include <functional>

namespace Orgtrace::Operations {

/// Which of RangeFindings::names are read. Every name of both snapshots costs about 8 µs an entity, a second for 100,000; a list of changes needs those that
/// its changes and their events mention, of the first 2,000 ids; a command line that prints ids needs none but the changes' own.
enum class Names { All, Mentioned, None };

/// The judged difference of a range, joined with audit events: what the window's change list, `diff` and the report are made of.
struct RangeFindings {
    Compare::SnapshotDifference difference;
    QList<Report::Finding> findings; ///< worst first
    QList<Audit::Event> events; ///< every archived event inside the range's windows, by time
    QHash<QString, QString> names; ///< "domain/id" → name, new side first; as many as were asked for
    QHash<QString, QString> domainTitles;
    QList<Evidence::AuditWindow> auditWindows;
    QDateTime windowFromUtc, windowToUtc; ///< earliest first request in A to latest last response in B, by the server's clock
    Evidence::Manifest manifestA, manifestB;
    /// Domains whose list the client of that side may have seen in part only, without an error (API section 1.5): what is missing there may merely not have been seen.
    QSet<QString> shortenedA, shortenedB;
    [[nodiscard]] bool
    isMerelyUnseen(const Compare::EntityChange &change) const; ///< perhaps: removed or added where the side without it was shortened
    QString policyName;
    QString signerFingerprint; ///< of B's commit; empty where it does not verify
};

/// Compares two snapshots, judges every change by the store's policy (policies/policy.toml in the store where there is one, else the built-in one), and lists beside
/// each change the archived audit events of the same entity inside the change's window: from the domain's first request in A to its last response in B, by the server's
/// clock (design, rule 3). Listing is not attribution: no event is claimed as the cause.
///
/// Pure over the store on disk; opens its own handle, so call it on a worker.
/// Errors: NotFound, Cancelled, Integrity, BadInput (a broken policy file; where = file:line).
[[nodiscard]] Result<RangeFindings> findings(const QString &storeFolder, const QString &idA, const QString &idB,
                                             const Compare::Options &options = {}, const CancellationToken &cancel = {},
                                             const std::function<void(qint64, qint64)> &progress = {}, Names names = Names::All);

/// What Names::All would have given. Errors: NotFound, Integrity.
[[nodiscard]] Result<QHash<QString, QString>> allNames(const QString &storeFolder, const QString &idA, const QString &idB);

[[nodiscard]] Report::Input reportInput(const RangeFindings &range, const QDateTime &generatedUtc);

/// Writes the redacted HTML report whole or not at all. Errors: Io, DiskFull.
[[nodiscard]] Result<void> writeReport(const RangeFindings &range, const QString &file, const QDateTime &generatedUtc);

/// The policy a store uses. Errors: BadInput, Io.
[[nodiscard]] Result<Policy::Policy> storePolicy(const QString &storeFolder);

} // namespace Orgtrace::Operations
