#pragma once

#include "operations/workspace.h"

namespace Orgtrace::Operations {

/// What an identity holds, from `authorization/subjects/me` (API section 5.3): "domain:entity:action" with wildcards → divisions.
struct HeldPermission {
    QString domain, entity, action; ///< each may be "*"
    QString division; ///< "*": all
};
[[nodiscard]] QList<HeldPermission> heldPermissions(Json::Value authzSubject);

/// Compares what is held with what the catalogue needs. Pure. (Requirements 5.8 and API section 1.5: a client that holds a view permission in
/// some divisions only gets shorter lists without an error.)
[[nodiscard]] Workspace::Check assess(const QList<HeldPermission> &held, const Catalogue::Catalogue &catalogue);

/// Signs in, asks who it is and what it may, and assesses.
[[nodiscard]] QCoro::Task<Result<Workspace::Check>> runCheck(Genesys::ApiClient &client, Catalogue::Catalogue catalogue);

} // namespace Orgtrace::Operations
