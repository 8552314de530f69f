#pragma once

#include "evidence/store.h"
#include "evidence/vault.h"

namespace Orgtrace::Evidence {

/// [vault] in store.toml. All members may be left out.
struct VaultSettings {
    bool keepsRaw = true; ///< keep_raw
    int keepDays = 0; ///< keep_days; 0: for ever
    int keepSnapshots = 0; ///< keep_snapshots: of each organisation; 0: all
    int resumeHours = 6; ///< resume_hours: how old a journal may be
};
/// Errors: BadInput (a member of another type or out of range), as Store::open.
[[nodiscard]] Result<VaultSettings> vaultSettings(const QString &storeFolder);

/// STORE/vault/<sha256>.raw; empty where that is no SHA-256 in hex.
[[nodiscard]] QString bundlePath(const QString &storeFolder, const QString &sha256);
/// STORE/state/<sixteen random hex digits>.journal
[[nodiscard]] Result<QString> newJournalPath(const QString &storeFolder);
/// Journals of runs that ended without a snapshot, newest first; those that a living process writes are left out.
[[nodiscard]] QStringList leftoverJournals(const QString &storeFolder);
/// Gives a finished journal its name in the vault, synced. The journal's own name stays, so that a run killed before its snapshot is published can still resume.
[[nodiscard]] Result<void> keepBundle(const QString &storeFolder, const QString &journalPath, const QString &sha256);
void removeJournal(const QString &path); ///< a file that cannot be removed is a leftover

/// A snapshot's raw payloads, as its manifest names them.
struct Bundle {
    SnapshotSummary snapshot;
    BundleSums sums;
    bool isPresent = false, isPruned = false; ///< pruned: the activity log says so
};
/// Of every snapshot that has one, oldest first.
[[nodiscard]] Result<QList<Bundle>> bundles(const Store &store);
/// Reads the file anew and compares. Errors: NotFound, Integrity (it is not the one that the manifest names), Io.
[[nodiscard]] Result<void> proveBundle(const QString &storeFolder, const BundleSums &sums);

struct Pruned {
    QList<Bundle> removed;
    int strays = 0; ///< files in the vault that no snapshot names
};
/// Enforces retention: each removal is written to the activity log before it is done. Holds the store's lock.
/// Errors: StoreLocked, Io, as recordActivity.
[[nodiscard]] Result<Pruned> prune(const Store &store, const VaultSettings &settings, const QDateTime &nowUtc, const Signer &signer);

} // namespace Orgtrace::Evidence
