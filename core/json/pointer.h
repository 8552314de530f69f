#pragma once

#include "json/value.h"

#include <QStringList>

namespace Orgtrace::Json {

/// RFC 6901 JSON pointers over decoded reference tokens.
[[nodiscard]] QString pointerText(const QStringList &tokens); ///< "/a~1b/0"
[[nodiscard]] QString pointerToken(const QString &token); ///< as it stands in a pointer: "a~1b"
[[nodiscard]] Result<QStringList> parsePointer(const QString &pointer); ///< Errors: BadInput
[[nodiscard]] Value resolve(Value root, const QStringList &tokens); ///< missing where nothing is there

} // namespace Orgtrace::Json
