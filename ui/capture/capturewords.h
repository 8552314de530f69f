#pragma once

#include "operations/workspace.h"
#include "policy/policy.h"

namespace Orgtrace::Ui {

/// One sentence of a run's summary, with how much it matters.
struct CaptureNote {
    Policy::Severity severity = Policy::Severity::Low;
    QString text;
};

/// Why a domain was not read, and what to do about it, on one line. The whole of it is errorText().
[[nodiscard]] QString failureText(const Error &error, const QStringList &permissionsAny);

/// "Waiting 12 s for the quota: …"; empty where nothing is waited for.
[[nodiscard]] QString waitText(const Capture::Progress &progress, qint64 msLeft);

/// "3.4 MB", in steps of a thousand.
[[nodiscard]] QString byteText(qint64 bytes);

/// "0.4 s", "41 s", "3 min 8 s", "1 h 4 min".
[[nodiscard]] QString spentText(qint64 ms);

/// What an estimate rests on.
struct RunPace {
    double part = 0; ///< done, 0 to 1
    bool isWeighed = false; ///< by the pages the last snapshot took, not by counting domains
    double requestsLeft = 0; ///< where weighed
    qint64 elapsedMs = 0;
    Genesys::QuotaState quota;
};
/// How long a run will still take. Nothing until that can be told: by weight after three seconds and three percent, else after a quarter of the domains and five
/// seconds. Never less than the quota allows.
[[nodiscard]] std::optional<qint64> remainingMs(const RunPace &pace);

/// The verdict over a run that took a snapshot, in one sentence; then what is to be known and done, worst first.
[[nodiscard]] QString verdictText(const Capture::Outcome &outcome);
/// @param titles of domains, where known; others go by their names
[[nodiscard]] QList<CaptureNote> outcomeNotes(const Capture::Outcome &outcome, const QHash<QString, QString> &titles = {});
/// What pushes restored, and what they did not get through, of anything that was written: in one text; empty where there is nothing to tell.
[[nodiscard]] QString pushTroubleText(const QList<Evidence::Push> &pushes);
/// What the identity of a run means for it: shortened lists, the power to change things.
[[nodiscard]] QList<CaptureNote> identityNotes(const Operations::Workspace::Check &check);
void sortBySeverity(QList<CaptureNote> &notes); ///< worst first, else as they are

/// "Nordics, EMEA North and 3 more"; ids where names are unknown.
[[nodiscard]] QString divisionsText(const QList<Operations::Workspace::Division> &divisions, qsizetype most = 4);
/// "only in Nordics; not in Home, DACH"
[[nodiscard]] QString partialText(const Operations::Workspace::Partial &partial, qsizetype most = 4);

} // namespace Orgtrace::Ui
