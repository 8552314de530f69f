#pragma once

#include "access/model.h"

/// What there is to start a question from, besides subjects: Resolver::roles() and Resolver::divisions().
namespace Orgtrace::Access {

/// A role and what it allows, wildcards expanded. Also a role that grants name and nobody defines: then without content.
struct RoleContent {
    QString id, name;
    bool isDefault = false, isDefined = true;
    QStringList permissions; ///< "domain:entity:action", sorted; "*" where a wildcard could not be expanded
    QStringList conditional; ///< of these, the ones that are only held under a condition; sorted
};

struct Division {
    QString id, name; ///< the name is empty where only a grant tells of it
};

} // namespace Orgtrace::Access
