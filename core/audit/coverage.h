#pragma once

#include "evidence/model.h"

#include <QDateTime>
#include <QList>

#include <chrono>
#include <optional>

namespace Orgtrace::Audit {

/// Up to when the audit archive is known to be whole: the end of the unbroken run of complete windows (of all services, unfiltered) that starts with the
/// first; invalid where there is none. Pure. Requirement 3.9.
/// @param lookBack where given, windows that end earlier than so long before the latest end are left out of account: a gap of long ago is known, and no
/// reason to ask for everything since.
[[nodiscard]] QDateTime completeTo(const QList<Evidence::AuditWindow> &windows, std::optional<std::chrono::milliseconds> lookBack = {});

} // namespace Orgtrace::Audit
