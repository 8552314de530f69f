#pragma once

#include <cstddef>

/// Large blocks of memory, kept for the next document of the same thread: asking the system anew for every page costs more in page faults than
/// reading it. Private to the room.
namespace Orgtrace::Json::BlockCache {

/// At least `bytes`, aligned for anything. nullptr where memory is out.
[[nodiscard]] void *take(size_t bytes);
/// Keeps the contents; in place where the block is large enough. nullptr leaves the old one as it is.
[[nodiscard]] void *resize(void *block, size_t oldBytes, size_t bytes);
void give(void *block); ///< from any thread

} // namespace Orgtrace::Json::BlockCache
