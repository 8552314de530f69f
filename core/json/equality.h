#pragma once

#include "json/value.h"

#include <string_view>

namespace Orgtrace::Json {

/// How two scalars relate. TypeOnly: a string and a number that have the same exact decimal value, or two number texts of
/// the same value (1.0 and 1). Never for booleans, null, or fields called text (requirement 2.5; design, "Equality").
enum class Relation { Same, TypeOnly, Different };

/// True where both texts are JSON number grammar and have the same exact decimal value: arbitrary precision, bounded exponent
/// arithmetic, so "1e999999999" costs nothing.
[[nodiscard]] bool sameDecimal(std::string_view left, std::string_view right);

/// @param isText the catalogue calls this field text: then types and characters must agree.
[[nodiscard]] Relation compareScalars(Value left, Value right, bool isText = false);

/// Deep, arrays in order, objects by name, numbers by exact text: the strict equality of `diff --exact`.
[[nodiscard]] bool identical(Value left, Value right);

} // namespace Orgtrace::Json
