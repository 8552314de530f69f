#pragma once

#include <QtTypes>

#include <cstddef>

#include <sys/mman.h>

namespace Orgtrace::Compare {

/// Memory that is written from end to end, in large pages where the system has them: one page fault instead of 512. Small blocks are left alone. Only advice.
inline void adviseLargePages(const void *begin, size_t bytes)
{
#ifdef MADV_HUGEPAGE
    constexpr size_t worth = size_t{8} * 1024 * 1024;
    constexpr quintptr page = quintptr{2} * 1024 * 1024;
    if (bytes < worth)
        return;
    const quintptr first = (quintptr(begin) + page - 1) / page * page, last = (quintptr(begin) + bytes) / page * page;
    (void)::madvise(reinterpret_cast<void *>(first), last - first, MADV_HUGEPAGE); // NOLINT(performance-no-int-to-ptr): pages of that block
#else
    (void)begin;
    (void)bytes;
#endif
}

} // namespace Orgtrace::Compare
