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

/// What one pass over two values tells, both read in document order: identical; not identical; or names in another order, so that identical() must say.
enum class InStep { Same, Different, OtherNames };

/// Where such a pass stopped. Whoever goes into two values that differ asks the same of what is inside: for the parts that hold this place the answer is known, so
/// that no value is read more than twice however deep it lies.
class FirstDifference
{
public:
    /// @param known where their surroundings differ first, found by readInStep; null: nothing is known
    friend InStep readInStep(Value left, Value right, FirstDifference &found, const FirstDifference *known);

private:
    const yyjson_val *m_left = nullptr, *m_right = nullptr;
    bool m_inNames = false;
};
/// Linear, and without memory of its own. `found` is set unless they are the same.
[[nodiscard]] InStep readInStep(Value left, Value right, FirstDifference &found, const FirstDifference *known = nullptr);

/// Whether some string or member name of at least `length` bytes has that text in it; one pass, values of any depth.
[[nodiscard]] bool anyStringContains(Value value, std::string_view text, size_t length);

} // namespace Orgtrace::Json
