#pragma once

#include "policy/rule.h"

namespace Orgtrace::Policy {

/// A policy file as read: the rules, worst first, and what its words mean.
struct PolicyFile {
    std::vector<Rule> rules; ///< by severity, worst first; in one severity as in the file
    QStringList adminNames; ///< globs over role names, case-insensitive
    QStringList adminPermissions; ///< "authorization:grant:add"; parts may be *
    QStringList flowReferences; ///< domains whose mention of a flow puts it into production
    QStringList productionDivisions; ///< globs over division names, or ids
};

/// Errors: BadInput; where = "file:line", detail says the mistake and the cure.
[[nodiscard]] Result<PolicyFile> readPolicyFile(const QByteArray &toml, const QString &fileName);

} // namespace Orgtrace::Policy
