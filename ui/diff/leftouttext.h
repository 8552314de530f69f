#pragma once

#include "compare/change.h"

namespace Orgtrace::Ui {

/// What of an entity differs and is no change, in sentences by reason; empty where there is nothing. Values are cut short. Pure.
[[nodiscard]] QString leftOutText(const QList<Compare::SuppressedField> &fields);

} // namespace Orgtrace::Ui
