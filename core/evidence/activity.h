#pragma once

#include "evidence/signer.h"

#include <QSet>

namespace Orgtrace::Evidence {

/// One line of STORE/activity.log: who looked at what was sealed, or took it away, and why. No secret is ever in it.
struct Activity {
    QDateTime atUtc;
    QString action; ///< "reveal", "show-raw" or "prune"
    QString subject; ///< what it was done to: a fingerprint, snapshot/domain/entity, or a bundle's SHA-256
    QString reason;
};

/// The whole log, each line proven by its signature and by the hash of the line before it.
struct ActivityLog {
    QList<Activity> entries;
    QSet<QString> hashes; ///< of all lines, hex SHA-256; a snapshot names the one that was last when it was taken
    QStringList problems; ///< empty: everything proves

    /// The last entry that took this bundle away.
    [[nodiscard]] bool isPruned(const QString &bundleSha256) const;
};

/// Adds a line, signed and on disk before this returns: first the entry, then the deed. Errors: Io, DiskFull, BadInput (no reason), StoreLocked (another process is
/// writing the log).
[[nodiscard]] Result<void> recordActivity(const QString &storeFolder, const Activity &activity, const Signer &signer);
/// Errors: Io, TooLarge; a log that is not there is an empty one.
[[nodiscard]] Result<ActivityLog> activityLog(const QString &storeFolder);
/// SHA-256 of the last line, hex; empty where there is no log.
[[nodiscard]] QString activityHead(const QString &storeFolder);

} // namespace Orgtrace::Evidence
