#pragma once

#include "access/model.h"
#include "json/node.h"

/// Subjects, paths and denials as every document of the command line and of the window writes them. Source: docs/formats/cli.md, rows of `access`.
namespace Orgtrace::Access {

[[nodiscard]] Json::Node subjectNode(const Subject &subject);
[[nodiscard]] Json::Node containerNodes(const QList<Subject> &containers); ///< outermost first
[[nodiscard]] Json::Node pathNode(const AccessPath &path);
[[nodiscard]] Json::Node denialNodes(const QList<Denial> &denials);

} // namespace Orgtrace::Access
