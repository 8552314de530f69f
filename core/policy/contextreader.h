#pragma once

#include "policy/policyfile.h"

namespace Orgtrace::Policy {

/// What the words of a policy file mean in two snapshots. Reads only; the result is for any number of judgements.
[[nodiscard]] Result<Context> readContext(const PolicyFile &policy, const Evidence::Snapshot &a, const Evidence::Snapshot &b,
                                          bool withNames);

/// True where a role's right covers a permission, `*` on either side standing for anything. Parts are domain, entity, action.
[[nodiscard]] bool permissionCovers(const QString &held, const QString &wanted);

} // namespace Orgtrace::Policy
