#pragma once

#include "base/cancellation.h"
#include "base/error.h"
#include "evidence/model.h"
#include "evidence/signer.h"

#include <functional>
#include <memory>
#include <span>

namespace Orgtrace::Evidence {

/// Reads one snapshot. Cheap to make; keep it in the Store's thread.
class Snapshot
{
public:
    Snapshot(Snapshot &&) noexcept;
    Snapshot &operator=(Snapshot &&) noexcept;
    ~Snapshot();
    [[nodiscard]] const SnapshotSummary &summary() const;
    [[nodiscard]] const Manifest &manifest() const;
    [[nodiscard]] QByteArray catalogueJson() const;
    [[nodiscard]] Result<QStringList> entityIds(const QString &domain) const; ///< sorted
    [[nodiscard]] Result<QByteArray> entityText(const QString &domain, const QString &id) const; ///< Errors: NotFound
    /// Every entity of a domain, in id order; return false to stop. A missing domain has none.
    [[nodiscard]] Result<void> forEachEntity(const QString &domain,
                                             const std::function<bool(const QString &id, std::string_view text)> &visit) const;
    /// Every entity of a domain with the id of its text, in id order, no text read; return false to stop. A missing domain has none.
    [[nodiscard]] Result<void> forEachBlob(const QString &domain,
                                           const std::function<bool(const QString &id, const QByteArray &blobId)> &visit) const;
    [[nodiscard]] Result<QHash<QString, QByteArray>> signals_(const QString &domain) const; ///< id → NDJSON line
    [[nodiscard]] Result<QByteArray> signal_(const QString &domain, const QString &id) const; ///< one of them; empty where there is none

private:
    friend class Store;
    friend class SnapshotWriter;
    Snapshot();
    struct Private;
    std::unique_ptr<Private> d;
};

class SnapshotWriter;

/// A store: a folder with store.toml and the bare repository evidence.git (design, "Evidence format").
///
/// Thread: the opener's; open another for another thread. Writers take the lock; readers need none.
/// Guarantee: killed anywhere, or with a full disk, it opens as it was.
/// Errors: NotAStore, NewerFormat, Io, DiskFull, Integrity.
class Store
{
public:
    struct InitOptions {
        QString writerId; ///< empty: made from random bytes
        QByteArray signerLine; ///< public key line for allowed_signers
        QString keyFile; ///< remembered in store.toml; empty: keychain
        QString storeId; ///< empty: random
    };
    /// Makes a new store; refuses a folder that has anything in it (BadInput).
    [[nodiscard]] static Result<Store> init(const QString &folder, const InitOptions &options);
    [[nodiscard]] static Result<Store> open(const QString &folder);
    Store(Store &&) noexcept;
    Store &operator=(Store &&) noexcept;
    ~Store();

    [[nodiscard]] QString folder() const;
    [[nodiscard]] QString writerId() const;
    [[nodiscard]] QString storeId() const;
    [[nodiscard]] QString keyFilePath() const; ///< empty: keychain
    [[nodiscard]] QByteArray allowedSigners() const;

    /// Timeline of all writers by time of last observation, captures of a branch in its order; oldest first; of one organisation, or all where the id is empty.
    [[nodiscard]] Result<QList<SnapshotSummary>> snapshots(const QString &organisationId = {}) const;
    /// `[ORG:]REV` already without ORG: a commit or prefix (4 or more hex digits), `latest`, `latest~N`, or a UTC time (last at or before it).
    /// Errors: NotFound, Ambiguous (lists the candidates), BadInput.
    [[nodiscard]] Result<SnapshotSummary> resolve(const QString &revision, const QString &organisationId = {}) const;
    [[nodiscard]] Result<Snapshot> snapshot(const QString &id) const;

    /// By git ids alone: equal subtrees are not entered. Sorted by domain, then id. Linear in what differs.
    [[nodiscard]] Result<QList<EntityDelta>> difference(const Snapshot &a, const Snapshot &b, const QStringList &domains = {}) const;
    /// Domains whose signals differ → ids whose signal line differs.
    [[nodiscard]] Result<QHash<QString, QStringList>> signalDifference(const Snapshot &a, const Snapshot &b) const;
    [[nodiscard]] Result<QByteArray> blob(const QByteArray &blobId) const;

    // -- audit archive: branch audit/<organisation>/<writer>, tree YYYY/MM/DD/HH.ndjson -------------------------------
    /// A line is one line of JSON whose "id" and "eventDate" are the event's (BadInput).
    /// Adds events (de-duplicated by id against what is there) and the windows queried, as one signed commit; returns how many were new.
    [[nodiscard]] Result<qint64> appendAudit(const QString &organisationId, const QList<AuditLine> &events,
                                             const QList<AuditWindow> &windows, const QDateTime &nowUtc, const Signer &signer);
    /// Of all writers, each event once, from <= time < to, by time then id.
    [[nodiscard]] Result<QList<AuditLine>> auditEvents(const QString &organisationId, const QDateTime &fromUtc,
                                                       const QDateTime &toUtc) const;
    [[nodiscard]] Result<QList<AuditWindow>> auditWindows(const QString &organisationId) const;

    // -- verification --------------------------------------------------------------------------------------------------------
    struct Problem {
        QString commit, domain, entity, what;
    };
    struct Verification {
        qint64 commits = 0, signatures = 0, roots = 0, objects = 0;
        qint64 bundles = 0; ///< of raw payloads, proven
        qint64 bundlesPruned = 0; ///< taken away on purpose, as the activity log says
        qint64 bundlesElsewhere = 0; ///< of other writers, not here
        QList<Problem> problems; ///< empty: everything proves
    };
    /// Who signed one snapshot, its signature checked. Errors: Integrity (not signed, or by nobody who may), NotFound.
    [[nodiscard]] Result<SignedBy> signedBy(const QString &snapshotId) const;

    /// Proves the whole chain offline: every object's hash, commit signatures by allowed_signers, fast-forward parents, manifest roots,
    /// bundles of raw payloads against their manifests, and the activity log. Errors: NewerFormat where all that could be proven does, but a snapshot
    /// is of a newer schema.
    [[nodiscard]] Result<Verification> verify(const CancellationToken &cancel = {},
                                              const std::function<void(qint64 done, qint64 total)> &progress = {}) const;

private:
    friend class SnapshotWriter;
    Store();
    struct Private;
    std::unique_ptr<Private> d;
};

/// Writes one snapshot: all or nothing. Holds the store's lock from begin() to commit() or destruction.
///
/// Entities whose blob is the same as in the parent are not written, not even kept. New objects go into one own pack, synced; then one ref moves.
/// Thread: the opener's. Errors: StoreLocked, DiskFull, Io, Integrity, BadInput (an id twice).
class SnapshotWriter
{
public:
    /// Opens the store anew for writing and takes its lock. The parent is the writer's branch head.
    [[nodiscard]] static Result<SnapshotWriter> begin(const QString &storeFolder, const QString &organisationId,
                                                      const QString &writerSuffix = {});
    SnapshotWriter(SnapshotWriter &&) noexcept;
    SnapshotWriter &operator=(SnapshotWriter &&) noexcept;
    ~SnapshotWriter(); ///< without commit(): nothing remains

    [[nodiscard]] std::optional<SnapshotSummary> parent() const;
    /// The parent's manifest row, for carrying.
    [[nodiscard]] std::optional<LedgerRow> parentRow(const QString &domain) const;

    /// @param fanOut only counts for a domain's first snapshot; then it is fixed for life.
    [[nodiscard]] Result<void> beginDomain(const QString &domain, bool fanOut);
    /// @param text, signal best given away: held until the domain ends where the parent snapshot has it
    /// @param blobId, sha256 as the normaliser computed them (raw).
    [[nodiscard]] Result<void> addEntity(const QString &id, QByteArray text, QByteArrayView blobId, QByteArrayView sha256,
                                         QByteArray signal);
    /// Keeps one entity (quarantined or failed parent) as the parent snapshot has it; nothing where it has none.
    [[nodiscard]] Result<void> carryEntity(const QString &id);
    /// Completes the domain: fills root, entities and longIds of `row` and keeps it for the manifest.
    [[nodiscard]] Result<void> endDomain(LedgerRow row);
    /// The whole domain is as in the parent (state Carried, Forbidden or NotOffered); row.observedIn is filled in.
    [[nodiscard]] Result<void> carryDomain(LedgerRow row);

    /// manifest.ledger is taken from the domains written. The returned id is the commit's.
    [[nodiscard]] Result<SnapshotSummary> commit(Manifest manifest, const QByteArray &catalogueJson, const QString &message,
                                                 const Signer &signer);

private:
    SnapshotWriter();
    struct Private;
    std::unique_ptr<Private> d;
};

/// File name of an id inside a domain's tree: percent-encoded outside [A-Za-z0-9_-], above 200 bytes prefix~SHA-256, `_` for "" (settings objects).
[[nodiscard]] QByteArray entityFileName(const QString &id); ///< without ".json"
[[nodiscard]] std::optional<QString> idFromFileName(const QByteArray &name); ///< nullopt for hashed names

} // namespace Orgtrace::Evidence
