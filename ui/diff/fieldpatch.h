#pragma once

#include "diff/diffdocument.h"

namespace Orgtrace::Ui {

/// RFC 6902 JSON Patch that makes one change of a document in its old text and leaves the others be; each old value is guarded by a `test`. In a list
/// it is the patch of the element, not of the list. Empty for a whole document or element on one side, and where the place is not to be found.
/// Pure; any thread.
[[nodiscard]] QByteArray fieldPatch(const DiffDocument &document, int change);

} // namespace Orgtrace::Ui
