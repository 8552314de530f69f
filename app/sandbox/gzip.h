#pragma once

#include <QByteArray>

namespace Orgtrace::Sandbox {

/// The bytes as a gzip file holds them (RFC 1952), for Content-Encoding: gzip.
[[nodiscard]] QByteArray gzipped(const QByteArray &bytes);

} // namespace Orgtrace::Sandbox
