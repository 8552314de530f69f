#pragma once

#include "evidence/model.h"
#include "operations/crosscheck.h"
#include "policy/accesscheck.h"
#include "json/node.h"

/// What `access check --json` writes, and the window's *Findings* save. Source: docs/formats/cli.md.
namespace Orgtrace::Operations {

[[nodiscard]] Json::Node accessCheckDocument(const Policy::AccessCheck &check, const Evidence::SnapshotSummary &summary);
[[nodiscard]] Json::Node crossCheckDocument(const CrossCheck &check, const Evidence::SnapshotSummary &summary, quint64 seed);

} // namespace Orgtrace::Operations
