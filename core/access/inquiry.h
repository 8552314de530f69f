#pragma once

#include "access/timemachine.h"

/// Whom and what a question about all snapshots means. For timemachine.cpp, subjectslice.cpp and their tests.
namespace Orgtrace::Access {

struct Inquiry {
    Subject subject; ///< with the name it had last
    QString divisionId, divisionName; ///< empty: anywhere
    bool doPoliciesMatter = false; ///< some snapshot has an access policy that may take the permission from the subject
};

/// One way through the whole timeline, from snapshot to snapshot by what differs. Domains of an inquiry are read once however many snapshots share them.
///
/// A subject is found by its id in any snapshot, be it only as a member of a group or a holder of grants. Where no snapshot knows such an id, by exact name or
/// e-mail address (in any case): then everybody who ever had it counts, and more than one is Ambiguous, each with when it was first and last seen so. A division
/// likewise, by id, then by name in any case. Nobody inherits a question because an id or a name is free again.
/// Errors: NotFound, Ambiguous, Cancelled, as Store.
[[nodiscard]] Result<Inquiry> inquire(const Evidence::Store &store, const QList<Evidence::SnapshotSummary> &timeline,
                                      const HistoryQuestion &question, const CancellationToken &cancel);

/// Whether a policy, as far as it is understood, can take a permission from a subject.
[[nodiscard]] bool mayDeny(const AccessPolicy &policy, const Subject &subject, const QString &permission);

} // namespace Orgtrace::Access
