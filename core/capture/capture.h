#pragma once

#include "base/cancellation.h"
#include "base/clock.h"
#include "catalogue/catalogue.h"
#include "evidence/remote.h"
#include "evidence/store.h"
#include "genesys/apiclient.h"
#include "redaction/redactor.h"

#include <QCoroTask>

#include <functional>

namespace Orgtrace::Capture {

class Journal;

/// Progress of one domain and of the run it belongs to, for the window and the terminal. Values, no words.
/// A run begins with one of state "" for each domain it is going to read, in their order.
struct Progress {
    QString domain, title, group;
    int domainsDone = 0, domainsTotal = 0;
    qint64 items = 0;
    std::optional<qint64> announced;
    QString state; ///< "" (its turn has not come), "reading", a ledger state name; of the whole run: "writing", then "pushing"

    // Of the domain:
    int pages = 0, domainRetries = 0; ///< while it is read, counted by the requests sent
    qsizetype quarantined = 0, failedParents = 0;
    std::optional<Error> failure; ///< why it was not read; set where the state is a ledger state other than "complete"
    QStringList permissionsAny; ///< any one of which allows reading it

    // Of the run:
    qint64 requests = 0, retries = 0, bytes = 0;
    Genesys::QuotaState quota;
    enum class Wait { None, Quota, Retry };
    Wait wait = Wait::None; ///< what nothing goes on for, from now on for waitMs
    qint64 waitMs = 0;
    int waitStatus = 0; ///< of a retry: what the platform answered; 0: nothing came
};

struct Settings {
    QString storeFolder;
    Catalogue::Catalogue catalogue;
    QStringList domains; ///< empty: all of the catalogue. What is not among them stays as the last snapshot saw it, "not-asked"
    QString region, clientId;
    std::optional<int> quotaSharePercent; ///< left to the organisation's other integrations; else as the client was made
    bool provesGrants = false; ///< a second sweep by division (grantproof.h); nothing where the grants are not asked for
    bool tellsGrantTimes
        = false; ///< that sweep for the times that grants were made, as far as it is allowed: what it cannot see leaves nothing incomplete
    std::shared_ptr<Journal> journal; ///< that the client writes; becomes the snapshot's raw payloads. Null: none are kept
    QString message; ///< empty: descriptive one is made (requirement 1.6)
    QString trigger; ///< what began the run, for the manifest: "schedule", "events", "retry", "hand", "command"; empty: not told
};

/// The ledger reason of a domain that was left out of the run on purpose; its row is carried.
inline constexpr QLatin1StringView NotAskedReason("not-asked");

/// The domain that a second sweep can prove: the grant matrix, read over the roles and stored by subject.
inline constexpr QLatin1StringView GrantsDomain("grants");

struct Outcome {
    Evidence::SnapshotSummary snapshot;
    Evidence::Manifest manifest;
    qint64 requests = 0, retries = 0, bytes = 0, waitedMs = 0;
    qint64 replayed = 0; ///< answers taken from an interrupted run
    QList<Evidence::Push> pushes; ///< to the store's remotes, by whoever pushes after the capture; what of them failed is no failure of it
    /// Everything that was asked for was seen: no domain carried or forbidden, no quarantined entity, no failed parent, no proof that was asked for and is
    /// missing. Domains that were not asked for, or that the organisation does not have, do not count.
    [[nodiscard]] bool isComplete() const;
};

/// Captures an organisation: reads every domain of the catalogue to its proven end, normalises pages on a worker while the next is on the wire, commits
/// one snapshot. A domain that fails is carried, forbidden or not offered, never half; if sign-in or the organization domain fails, or the run is cancelled, or nothing at all could be
/// read, there is no snapshot and the store is as it was.
/// Entities whose id could not be found in what came are quarantined without a name; where the last snapshot has entities that are missing now, those are kept and
/// quarantined too, because any of them may be the unreadable one.
/// Thread: the client's; parsing, normalising and writing happen on workers. Borrows client, clock, redactor and signer until the task ends.
/// Errors: as ApiClient, SnapshotWriter; BadInput (a domain the catalogue does not know).
[[nodiscard]] QCoro::Task<Result<Outcome>> capture(Genesys::ApiClient &client, Clock &clock, Settings settings,
                                                   const Redaction::Redactor &redactor, const Evidence::Signer &signer,
                                                   CancellationToken cancel = {}, std::function<void(const Progress &)> progress = {});

/// Imports a folder of <domain>.json (array of entities, page objects one after another in an array, a page object, or one settings object) as a snapshot
/// of its own writer. Unknown domain names become generic domains keyed by "id". Same redaction, quarantine and ledger as a capture.
/// Errors: BadInput (no such folder, no JSON in it, over 1 GB), TooLarge, SnapshotWriter's.
struct ImportSettings {
    QString storeFolder, folder;
    Catalogue::Catalogue catalogue;
    QString organisationId, organisationName;
    QDateTime observedUtc;
};
[[nodiscard]] Result<Outcome> importFolder(const ImportSettings &settings, const Redaction::Redactor &redactor,
                                           const Evidence::Signer &signer, const QDateTime &nowUtc, const CancellationToken &cancel = {});

} // namespace Orgtrace::Capture
