#pragma once

#include "json/value.h"

#include <string>

namespace Orgtrace::Json {

/// Canonical text: UTF-8, two-space indent, members sorted by code point, LF, numbers exactly as received, one scalar a
/// line, a final LF. Empty containers are `[]` and `{}`. Escaped are only `"`, `\`, controls below U+0020 (short forms where
/// JSON has them, else \u00xx lower case) and lone surrogates. (Design, "Evidence format".)
[[nodiscard]] QByteArray canonicalText(Value value);

/// One line, no spaces, otherwise as canonicalText: for NDJSON and field values.
[[nodiscard]] QByteArray compactText(Value value);

/// Appends the canonical escape of a UTF-8 string, quotes included.
void appendString(std::string &out, std::string_view utf8);

} // namespace Orgtrace::Json
