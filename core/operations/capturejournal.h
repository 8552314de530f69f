#pragma once

#include "capture/journal.h"
#include "catalogue/catalogue.h"
#include "credentials/credentialstore.h"
#include "evidence/settings.h"
#include "evidence/store.h"

#include <QCoroTask>

#include <functional>

namespace Orgtrace::Operations {

/// How a capture treats what the platform answers.
struct CaptureOptions {
    bool resumes = false; ///< goes on with a run that was cut off
    bool keepsRaw = true; ///< false: nothing raw on disk, hence nothing to resume from either. store.toml may say so for all runs
    bool provesGrants = false; ///< by a second sweep; store.toml may say so for all runs
    QString
        trigger; ///< what began it: "schedule", "events", "retry" (watch), "hand" (a button), "command" (a command line, whoever ran it); kept in the manifest
    std::function<void(const QString &sentence)> told; ///< what became of interrupted runs, and why no raw payloads are kept
};

/// The journal of a capture that begins now; null where no raw payloads are kept. A store whose vault key can neither be read nor kept captures without, and tells.
/// Errors: Io, DiskFull, BadInput (store.toml), KeyUnavailable (a place that has the key but cannot be asked).
[[nodiscard]] QCoro::Task<Result<std::shared_ptr<Capture::Journal>>>
beginJournal(Credentials::CredentialStore &credentials, QString storeFolder, QString storeId, Evidence::OrganisationSettings organisation,
             QString apiUrl, Catalogue::Catalogue catalogue, QDateTime nowUtc, CaptureOptions options);

/// A capture that ended without a snapshot, and that a new one may go on with.
struct InterruptedCapture {
    QDateTime startedUtc;
    qint64 answers = 0; ///< that need not be asked for again
};
/// Nothing where there is none, or where it may not be resumed. No key is asked for unless some journal is there. Errors: as beginJournal.
[[nodiscard]] QCoro::Task<Result<std::optional<InterruptedCapture>>>
interruptedCapture(Credentials::CredentialStore &credentials, QString storeFolder, QString storeId,
                   Evidence::OrganisationSettings organisation, QString apiUrl, Catalogue::Catalogue catalogue, QDateTime nowUtc);

} // namespace Orgtrace::Operations
