#pragma once

#include "access/model.h"
#include "base/cancellation.h"
#include "evidence/store.h"

#include <QDateTime>

#include <functional>

namespace Orgtrace::Access {

/// What one snapshot says of one subject and one permission.
struct Sighting {
    enum class State {
        Held, ///< by a path without a condition
        Conditional, ///< only by paths with a condition, which is recorded and not evaluated
        NotHeld,
        NotSeen ///< a domain that the answer needs was not read whole: neither begins nor ends anything
    };
    QString snapshot;
    QDateTime observedUtc;
    /// The first request and the last response of the domains that the answer rests on, by the server's clock.
    QDateTime fromUtc, toUtc;
    State state = State::NotHeld;
    State asLastSeen = State::NotHeld; ///< of NotSeen: what would follow from what was carried over from earlier
    QList<AccessPath> paths;
    QDateTime madeUtc; ///< the earliest `grantMadeAt` of the grants of the paths; invalid where it is not told of one of them
    QStringList why; ///< of NotSeen: what was not seen
};

/// A time over which the permission was held, as far as the snapshots tell.
struct HeldInterval {
    /// A run of snapshots with the same paths.
    struct Stretch {
        QString first, last; ///< snapshots
        QDateTime firstUtc, lastUtc;
        bool isConditional = false;
        QList<AccessPath> paths;
        QDateTime madeUtc; ///< as Sighting::madeUtc, of the first snapshot of the run that tells
    };
    QString before; ///< the last snapshot that was seen without it; empty: held in the first one that could tell
    QString first, last; ///< the first and the last that were seen with it
    QString ended; ///< the first seen without it again; empty: not yet
    /// It was gained between these two: the first request of `before`, or where that is later the moment the grant was made, and the last response of `first`.
    /// A snapshot after `first` may be the one that tells when the grant was made, while nothing changed in how it is held: a grant has one such time.
    QDateTime gainedAfterUtc, gainedBeforeUtc; ///< the first is invalid where nothing bounds it
    bool isGainedAfterByGrant = false; ///< gainedAfterUtc is a `grantMadeAt`
    QDateTime lostAfterUtc, lostBeforeUtc; ///< the first request of `last` and the last response of `ended`; invalid while it is not lost
    QList<Stretch> stretches; ///< oldest first
    QStringList notSeen; ///< snapshots after `before` and before `ended` that could not tell
};

/// Joins what single snapshots say, oldest first. Pure.
[[nodiscard]] QList<HeldInterval> heldIntervals(const QList<Sighting> &sightings);

struct PermissionHistory {
    Subject subject; ///< as last known
    QString permission, divisionId; ///< empty: anywhere
    QList<HeldInterval> intervals;
    QList<Sighting> sightings; ///< each snapshot looked at, oldest first
    qsizetype modelsBuilt = 0; ///< how many of them had to be computed; the others share an answer
    [[nodiscard]] qsizetype notSeen() const;
};

struct HistoryQuestion {
    QString organisationId;
    QString subject; ///< id, exact name or e-mail, as of the latest snapshot that knows it
    QString permission; ///< "domain:entity:action"
    QString division; ///< id or name; empty: anywhere
    QDateTime fromUtc, toUtc; ///< invalid: no bound. The snapshot before `fromUtc` is looked at, too: it says how things stood
};

/// When a subject held a permission, over all snapshots of an organisation.
///
/// Of each snapshot it reads only what can bear on this subject: its own entity, its grants and those of groups and teams, all memberships, roles, permissions and
/// policies. Two snapshots in which all of this is the same, by roots and git ids, share one answer, so that a thousand snapshots cost little more than what changed.
/// When a grant was made (`grantMadeAt`) is taken from the signals of the grants, which a capture has whose sweep went over the divisions as well
/// (Catalogue::GrantTimesSignal), or from the grant itself, as in imports of what `authorization/subjects/{id}` says. The sweep over roles alone is not told it.
///
/// Thread: any; opens its own handle. Errors: NotFound (subject, division, or a permission that no snapshot knows), Ambiguous, BadInput, Cancelled, as Store.
/// Source: issue "Effective access", time machine; design, rule 3.
[[nodiscard]] Result<PermissionHistory> permissionHistory(const QString &storeFolder, const HistoryQuestion &question,
                                                          const CancellationToken &cancel = {},
                                                          const std::function<void(qint64 done, qint64 total)> &progress = {});

} // namespace Orgtrace::Access
