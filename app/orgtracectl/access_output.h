#pragma once

#include "access/access.h"
#include "operations/workspace.h"

#include "json/node.h"
#include <string>

namespace Orgtrace::Ctl {

class Context;

/// The rights of one snapshot, and which one it is.
struct AccessAt {
    Evidence::SnapshotSummary summary;
    Access::AccessModel model;
};
[[nodiscard]] Result<AccessAt> accessAt(Context &context, const std::string &revision);

/// "group Contractors → Master Admin in all divisions → admin:*:*"
[[nodiscard]] QString pathText(const Access::AccessPath &path);
[[nodiscard]] Json::Node pathNode(const Access::AccessPath &path);
[[nodiscard]] Json::Node subjectNode(const Access::Subject &subject);
[[nodiscard]] QString divisionText(const QString &id, const QString &name); ///< "all divisions", "North"

} // namespace Orgtrace::Ctl
