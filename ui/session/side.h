#pragma once

namespace Orgtrace::Ui {

/// Of a comparison: A, the older text, stands left; B right.
enum class Side { Left, Right };

} // namespace Orgtrace::Ui
