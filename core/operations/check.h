#pragma once

#include "operations/workspace.h"

#include <QSet>

namespace Orgtrace::Operations {

/// What an identity holds, from `authorization/subjects/me` (API section 5.3): "domain:entity:action" with wildcards → divisions.
struct HeldPermission {
    QString domain, entity, action; ///< each may be "*"
    QString division; ///< id; "*": all
    QString divisionName;
    bool isConditional = false; ///< its role narrows it
};
/// No client needs more grants than this; what comes beyond is not looked at.
inline constexpr qsizetype MostGrants = 50'000;
/// @param leftOut how many grants were not looked at, for there were too many
[[nodiscard]] QList<HeldPermission> heldPermissions(Json::Value authzSubject, qsizetype *leftOut = nullptr);

/// What the organisation says of itself, as far as it could be read.
struct Surroundings {
    QList<Workspace::Division> divisions;
    bool hasAllDivisions = false; ///< the list of them was read whole
    QSet<QString> anywhere; ///< "domain:entity:action" for which the division of a grant does not matter (API section 5.1)

    void addDivision(Json::Value division);
    void addPermissions(Json::Value collection); ///< one DomainPermissionCollection
};

/// Whether an action only looks; everything else counts as able to change.
[[nodiscard]] bool isReadingAction(const QString &action);

/// Compares what is held with what the catalogue needs. Pure. (Requirements 5.8 and API section 1.5: a client that holds a view permission in
/// some divisions only gets shorter lists without an error.)
[[nodiscard]] Workspace::Check assess(const QList<HeldPermission> &held, const Catalogue::Catalogue &catalogue,
                                      const Surroundings &surroundings = {});

/// What the client of a captured snapshot could see and do. Errors: NotFound (an import, or the platform did not tell), as Snapshot.
[[nodiscard]] Result<Workspace::Check> identityOfSnapshot(const Evidence::Snapshot &snapshot);
/// The domains of it whose lists may be shorter than the truth. None where nobody can say.
[[nodiscard]] QSet<QString> shortenedDomains(const Evidence::Snapshot &snapshot);

/// Signs in, asks who it is and what it may, and assesses. Divisions and permissions on offer are asked for as well; without them it knows less.
/// Thread: the client's; answers are parsed and assessed on a worker.
[[nodiscard]] QCoro::Task<Result<Workspace::Check>> runCheck(Genesys::ApiClient &client, Catalogue::Catalogue catalogue);

} // namespace Orgtrace::Operations
