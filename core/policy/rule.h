#pragma once

#include "policy/pathmatch.h"
#include "policy/policy.h"

#include <optional>
#include <vector>

namespace Orgtrace::Policy {

/// One [[rule]] of a policy file. Everything that is set must fit.
struct Rule {
    QString id, title;
    Severity severity = Severity::Low;
    QStringList domains; ///< globs
    QList<Compare::ChangeKind> kinds; ///< empty: modified where there are paths, else all
    std::vector<PathGlob> paths, except; ///< of the changed fields
    QList<Compare::FieldKind> fieldKinds;
    std::optional<bool> adminRole, adminHolder, roleHolder, productionFlow, secret, recreated;

    /// The verdict where the rule fits this change. Pure.
    [[nodiscard]] std::optional<Verdict> judge(const Compare::EntityChange &change, const Context &context) const;

private:
    [[nodiscard]] bool considers(const Compare::FieldChange &field) const;
};

} // namespace Orgtrace::Policy
