#pragma once

#include "access/access.h"
#include "policy/accesscheck.h"

namespace Orgtrace::Operations {

/// The access rules a store uses: the shipped ones with STORE/policies/access.toml and access-*.toml, by name, on top.
/// Errors: BadInput (where = "file:line", detail = mistake and cure), Io, TooLarge.
[[nodiscard]] Result<Policy::AccessRules> storeAccessRules(const QString &storeFolder);

/// Who is active, and who signed in when: `state` of the users and `dateLastLogin`, from the entity or from its signals. The shipped catalogue keeps the day
/// of a last sign-in, once it is 30 days past (catalogue/normaliser.h).
/// @param seenUtc when the users were read: "recent" counts from there. Errors: as Snapshot.
[[nodiscard]] Result<QHash<QString, Policy::SubjectState>> subjectStates(const Evidence::Snapshot &snapshot, const QDateTime &seenUtc);

/// Applies the store's access rules to one snapshot.
/// @param rule id of the only one to apply; empty: all
/// Opens its own handle: call it on a worker. Errors: those of storeAccessRules(), AccessModel and checkAccess().
[[nodiscard]] Result<Policy::AccessCheck> reviewAccess(const QString &storeFolder, const QString &snapshotId, const QString &rule = {});

} // namespace Orgtrace::Operations
