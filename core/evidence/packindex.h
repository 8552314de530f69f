#pragma once

#include "base/error.h"

#include <QString>

namespace Orgtrace::Evidence {

/// That no index of a repository leads outside its pack. libgit2 1.9 takes an index at its word and reads wherever it leads, outside the mapped
/// pack as well: one flipped bit in a damaged or a hostile store would crash whoever reads it. So every index that libgit2 would find is looked at,
/// whatever its name, and what leads libgit2 to indexes elsewhere is refused: a multi-pack-index, alternates, a commondir. Private to the room.
///
/// Cost: four bytes an object are looked at. Errors: Integrity (where = the file; the detail has the cure).
[[nodiscard]] Result<void> checkPackIndexes(const QString &gitFolder);

} // namespace Orgtrace::Evidence
