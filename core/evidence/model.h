#pragma once

#include "base/error.h"

#include <QByteArray>
#include <QDateTime>
#include <QHash>
#include <QList>
#include <QString>
#include <QStringList>

#include <map>
#include <optional>

namespace Orgtrace::Evidence {

/// The store format this version reads and writes; a higher one in a store is NewerFormat.
inline constexpr int StoreFormat = 1;

enum class LedgerState { Complete, Carried, Forbidden, NotOffered };
[[nodiscard]] QString ledgerStateName(LedgerState state); ///< "complete", "carried", "forbidden", "not-offered"
[[nodiscard]] std::optional<LedgerState> ledgerStateFromName(const QString &name);

/// An entity that was seen but could not be read; only it is not comparable.
struct Quarantined {
    QString id; ///< may be empty where none could be found
    QString why;
    QString sha256;
};

enum class ProofState { Proven, NotProven, Disputed };
[[nodiscard]] QString proofStateName(ProofState state); ///< "proven", "not-proven", "disputed"

/// What an independent second reading of a domain came to, where one was asked for.
struct LedgerProof {
    ProofState state = ProofState::NotProven;
    QString reason; ///< why it is not proven; what is in dispute
    qint64 items = 0; ///< that both readings have (grants)
    qint64 lists = 0; ///< the second reading went over (divisions)
    int rounds = 1; ///< until they agreed, or it was given up
};

/// One domain's row of the coverage ledger (design, rule 3).
struct LedgerRow {
    QString domain;
    LedgerState state = LedgerState::Complete;
    QString reason; ///< error code name and detail where not complete
    QString observedIn; ///< carried: the snapshot whose subtree this is; empty where there never was one
    std::optional<qint64> announced;
    qint64 entities = 0;
    int pages = 0, retries = 0;
    QDateTime firstRequestUtc, lastResponseUtc;
    qint64 clockOffsetMs = 0;
    QString catalogueHash;
    QString root; ///< hex SHA-256 over sorted (id NUL sha256(text)) pairs
    QList<Quarantined> quarantined;
    QStringList failedParents; ///< sub-resources: parents that could not be read; not comparable
    QString signalsRoot; ///< hex SHA-256 over sorted (bucket NUL sha256(bucket file)) pairs; empty where there are none
    std::map<QString, QString> longIds; ///< file name → id, where the name had to be hashed
    std::optional<LedgerProof> proof; ///< none: no second reading was asked for
};

/// manifest.json: what the signature makes collision-proof.
struct Manifest {
    int schemaVersion = 1; ///< as it was written (schema.h), also after a migration; the writer fills it in
    QString captureId;
    QString organisationId, organisationName, region;
    QString source; ///< "capture" or "import"
    QString trigger; ///< what began the capture: "schedule", "events", "retry", "hand", "command"; empty: not recorded
    QString clientId; ///< identity; empty for imports
    QByteArray identityGrants; ///< canonical JSON of authorization/subjects/me, may be empty
    QString toolVersion;
    QDateTime startedUtc, finishedUtc;
    QString fingerprintKeyId;
    QString activityHead; ///< head of the activity log; empty until there is one
    QString catalogueSha256; ///< hex, of catalogue.json; filled in by the writer
    QString rawSha256; ///< hex, of the sealed bundle of raw payloads in STORE/vault; empty where none was kept
    qint64 rawBytes = 0, rawRecords = 0;
    QList<LedgerRow> ledger; ///< sorted by domain

    [[nodiscard]] QByteArray toJson() const; ///< canonical text
    /// Manifests of older versions are migrated on the way. Errors: NewerFormat, Integrity.
    [[nodiscard]] static Result<Manifest> fromJson(const QByteArray &json);
    [[nodiscard]] const LedgerRow *row(const QString &domain) const;
};

/// One line of the timeline.
struct SnapshotSummary {
    QString id; ///< commit, 40 hex
    QString parent; ///< empty for the first
    QString organisationId, organisationName, writerId, source;
    QDateTime observedUtc; ///< last observation
    qint64 entities = 0;
    int domainsComplete = 0, domainsTotal = 0;
    QString message;
    QString trigger; ///< as Manifest::trigger
};

enum class EntityDeltaKind { Added, Removed, Modified };

/// One entity file that differs between two snapshots, by git ids alone.
struct EntityDelta {
    QString domain, id;
    EntityDeltaKind kind = EntityDeltaKind::Modified;
    QByteArray oldBlob, newBlob; ///< 20 raw bytes; empty on the missing side
};

/// A kept audit event: sanitised canonical JSON on one line.
struct AuditLine {
    QDateTime timeUtc;
    QString id;
    QByteArray line;
};

/// One audit query that was made: what it covers, and what came (requirement 3.9).
struct AuditWindow {
    QDateTime fromUtc, toUtc;
    QString service; ///< empty: all
    QString filter;
    qint64 events = 0;
    QDateTime queriedUtc;
    QString transactionId;
    QString state; ///< "complete", or the error code name
};

} // namespace Orgtrace::Evidence
