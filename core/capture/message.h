#pragma once

#include "evidence/model.h"

namespace Orgtrace::Capture {

/// What a snapshot's commit says of itself where nobody says more (requirement 1.6): the counts on one line, then a line for each domain that is not complete,
/// for what stands aside, and for each second reading.
[[nodiscard]] QString captureMessage(const QString &organisation, const QList<Evidence::LedgerRow> &rows);

} // namespace Orgtrace::Capture
