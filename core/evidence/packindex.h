#pragma once

#include "base/error.h"

#include <QString>

namespace Orgtrace::Evidence {

/// That no index of a repository leads outside its pack. libgit2 1.9 takes an index at its word and reads wherever it leads, outside the mapped
/// pack as well: one flipped bit in a damaged or a hostile store would crash whoever reads it. Private to the room.
///
/// Cost: four bytes an object are looked at. Errors: Integrity (where = the index).
[[nodiscard]] Result<void> checkPackIndexes(const QString &gitFolder);

} // namespace Orgtrace::Evidence
