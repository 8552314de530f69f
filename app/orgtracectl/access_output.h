#pragma once

#include "access/access.h"
#include "access/nodes.h"
#include "operations/workspace.h"

#include "json/node.h"
#include <string>

namespace Orgtrace::Ctl {

class Context;

using Access::containerNodes;
using Access::denialNodes;
using Access::pathNode;
using Access::subjectNode;

/// The rights of one snapshot, and which one it is.
struct AccessAt {
    Evidence::SnapshotSummary summary;
    Access::AccessModel model;
};
[[nodiscard]] Result<AccessAt> accessAt(Context &context, const std::string &revision);

/// "group Contractors → Master Admin in all divisions → admin:*:*"
[[nodiscard]] QString pathText(const Access::AccessPath &path);
/// "direct", "group Contractors", "group Day shift in group Everybody (nested)"
[[nodiscard]] QString viaText(const QList<Access::Subject> &containers);
/// "denied by access policy No exports (analytics:*:export)"
[[nodiscard]] QString denialText(const Access::Denial &denial);
[[nodiscard]] QString divisionText(const QString &id, const QString &name); ///< "all divisions", "North"

} // namespace Orgtrace::Ctl
