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
        Conditional, ///< only by paths with a condition, which is recorded and not evaluated; or an access policy denies it, if it is enforced
        NotHeld,
        NotSeen ///< something that the answer needs was not seen whole: neither begins nor ends anything
    };
    QString snapshot;
    QDateTime observedUtc; ///< by the server's clock, like all times of an answer
    QString chain; ///< snapshots of one chain follow one another, whatever clocks say; an import is a chain of its own
    /// The first request and the last response of the domains that the answer rests on, by the server's clock.
    QDateTime fromUtc, toUtc;
    State state = State::NotHeld;
    State asLastSeen = State::NotHeld; ///< of NotSeen: what would follow from what is there, be it carried over from earlier
    QList<AccessPath> paths;
    QList<Denial> denied; ///< access policies that deny it. Whether an organisation enforces them is not known: each has a condition
    QDateTime madeUtc; ///< the earliest `grantMadeAt` of the grants of the paths; invalid where it is not told of one of them
    QStringList why; ///< of NotSeen: what was not seen
    QStringList caveats; ///< of what is held: what was asked for and not seen, and may deny it
    QStringList notes; ///< of what is held: what was never asked for, and may deny it
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
        QList<Denial> denied = {}; ///< as Sighting::denied
    };
    QString before; ///< the last snapshot that was seen without it; empty: held in the first one that could tell
    QString first, last; ///< the first and the last that were seen with it
    QString ended; ///< the first seen without it again; empty: not yet
    /// It was gained between these two: the first request of `before`, and the last response of `first`. Without `before` the first is invalid: what was before the
    /// first snapshot that tells is not known, for a grant's time says nothing of an earlier grant that it replaced.
    /// A snapshot after `first` may be the one that tells when the grant was made, while nothing changed in how it is held: a grant has one such time.
    /// With `before`, a grant made between the two bounds it more closely (isGainedAfterByGrant).
    QDateTime gainedAfterUtc, gainedBeforeUtc;
    /// gainedAfterUtc is a `grantMadeAt`, after `before`: since then it is held by the grants seen in `first`. Only another grant, given and taken away again since
    /// `before`, could have given it earlier, after provenAfterUtc; snapshots cannot know of such a one.
    bool isGainedAfterByGrant = false;
    QDateTime provenAfterUtc; ///< the first request of `before`, whatever grants say; invalid without `before`
    QDateTime
        grantMadeUtc; ///< when the grants of the first stretch were made, as Sighting::madeUtc; no bound by itself, and invalid if later than they were seen
    QDateTime lostAfterUtc, lostBeforeUtc; ///< the first request of `last` and the last response of `ended`; invalid while it is not lost
    /// Of `before` and `first`, or of `last` and `ended`: clocks do not tell which of them came first, or contradict the chain. Then the bounds take in both.
    bool isGainedOrderUnknown = false, isLostOrderUnknown = false;
    QList<Stretch> stretches; ///< oldest first
    QStringList notSeen; ///< snapshots after `before` and before `ended` that could not tell
};

/// Joins what single snapshots say, oldest first. Pure. `after` is never later than `before`.
[[nodiscard]] QList<HeldInterval> heldIntervals(const QList<Sighting> &sightings);

struct PermissionHistory {
    Subject subject; ///< as last known
    QString permission, divisionId; ///< empty: anywhere
    QString divisionName; ///< as last known
    QStringList notes; ///< what holds for all of it: access policies that were not asked for
    QList<HeldInterval> intervals;
    QList<Sighting> sightings; ///< each snapshot looked at, oldest first
    qsizetype modelsBuilt = 0; ///< how many of them had to be computed; the others share an answer
    [[nodiscard]] qsizetype notSeen() const;
    /// There is a snapshot, each was seen whole, their order is known, and nothing that may deny was left open.
    [[nodiscard]] bool isCertain() const;
};

struct HistoryQuestion {
    QString organisationId;
    QString subject; ///< id; or exact name or e-mail (in any case) that only one subject ever had, over all snapshots
    QString permission; ///< "domain:entity:action"
    QString division; ///< id, or a name that only one ever had; empty: anywhere
    QDateTime fromUtc, toUtc; ///< invalid: no bound. The snapshot before `fromUtc` is looked at, too: it says how things stood
};

/// When a subject held a permission, over all snapshots of an organisation.
///
/// Of each snapshot it reads only what can bear on this subject: its own entity, its grants and those of groups and teams, all memberships, roles, permissions and
/// policies. Two snapshots in which all of this is the same, by roots and git ids, share one answer, so that a thousand snapshots cost little more than what changed.
/// What the client of a capture could see in part only (Compare::shortenedDomains()) proves what it shows and not what it does not.
/// When a grant was made (`grantMadeAt`) is taken from the signals of the grants, which a capture has whose sweep went over the divisions as well
/// (Catalogue::GrantTimesSignal), or from the grant itself, as in imports of what `authorization/subjects/{id}` says. The sweep over roles alone is not told it.
///
/// Thread: any; opens its own handle. Errors: NotFound (subject, division, or a permission that no snapshot knows), Ambiguous, BadInput, Cancelled, as Store.
/// Source: issue "Effective access", time machine; design, rule 3.
[[nodiscard]] Result<PermissionHistory> permissionHistory(const QString &storeFolder, const HistoryQuestion &question,
                                                          const CancellationToken &cancel = {},
                                                          const std::function<void(qint64 done, qint64 total)> &progress = {});

} // namespace Orgtrace::Access
