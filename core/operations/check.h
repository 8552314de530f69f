#pragma once

#include "compare/clientrights.h"
#include "operations/workspace.h"

namespace Orgtrace::Operations {

using Compare::HeldIndex;
using Compare::HeldPermission;
using Compare::heldPermissions;
using Compare::Hold;
using Compare::MostGrants;
using Compare::Surroundings;

/// Whether an action only looks; everything else counts as able to change.
[[nodiscard]] bool isReadingAction(const QString &action);

/// Compares what is held with what the catalogue needs. Pure. (Requirements 5.8 and API section 1.5: a client that holds a view permission in
/// some divisions only gets shorter lists without an error.)
[[nodiscard]] Workspace::Check assess(const QList<HeldPermission> &held, const Catalogue::Catalogue &catalogue,
                                      const Surroundings &surroundings = {});

/// What the client of a captured snapshot could see and do. Errors: NotFound (an import, or the platform did not tell), as Snapshot.
[[nodiscard]] Result<Workspace::Check> identityOfSnapshot(const Evidence::Snapshot &snapshot);

/// Signs in, asks who it is and what it may, and assesses. Divisions and permissions on offer are asked for as well; without them it knows less.
/// Thread: the client's; answers are parsed and assessed on a worker.
[[nodiscard]] QCoro::Task<Result<Workspace::Check>> runCheck(Genesys::ApiClient &client, Catalogue::Catalogue catalogue);

} // namespace Orgtrace::Operations
