#pragma once

#include <QString>
#include <QStringView>

#include <string>
#include <string_view>

namespace Orgtrace::Json {

/// UTF-8 as Value holds it, to QString and back without loss: a lone surrogate is its three-byte form (ED A0 80 … ED BF BF) on one side and
/// itself on the other, where QString's own conversions would write U+FFFD.
[[nodiscard]] QString toQString(std::string_view utf8);
[[nodiscard]] std::string toUtf8(QStringView text);

} // namespace Orgtrace::Json
