#include "json/blockcache.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>

#include <sys/mman.h>

namespace Orgtrace::Json::BlockCache {

namespace {

constexpr size_t smallestKept = size_t{64} * 1024; // below, the system's allocator is quick
constexpr size_t largestKept = size_t{16} * 1024 * 1024;
constexpr size_t hugePage = size_t{2} * 1024 * 1024;

struct alignas(16) Header {
    size_t capacity;
};

/// Whether this thread's cache is gone: documents that outlive it, static ones for instance, give their blocks back to the system. It has no destructor itself,
/// so that it can be asked to the thread's very end.
constinit thread_local bool isOver = false;

struct Cache {
    std::array<Header *, 4> blocks{};

    ~Cache()
    {
        isOver = true; // clearing the blocks would not do: nobody may read them afterwards, and the compiler knows
        for (Header *block : blocks)
            std::free(block);
    }
};

Cache &cache()
{
    thread_local Cache blocks;
    return blocks;
}

Header *headerOf(void *block)
{
    return static_cast<Header *>(block) - 1;
}

} // namespace

void *take(size_t bytes)
{
    if (bytes >= smallestKept && !isOver) {
        auto &blocks = cache().blocks;
        Header **best = nullptr;
        for (Header *&block : blocks) {
            if (block && block->capacity >= bytes && (!best || block->capacity < (*best)->capacity))
                best = &block;
        }
        if (best) {
            Header *found = *best;
            *best = nullptr;
            return found + 1;
        }
        bytes += bytes / 8; // pages differ a little
    }
    Header *made = nullptr;
    if (bytes > largestKept) { // written once from end to end: large pages save most of the page faults
        const size_t whole = (bytes + sizeof(Header) + hugePage - 1) / hugePage * hugePage;
        made = static_cast<Header *>(std::aligned_alloc(hugePage, whole));
#ifdef MADV_HUGEPAGE
        if (made)
            (void)::madvise(made, whole, MADV_HUGEPAGE);
#endif
    } else {
        made = static_cast<Header *>(std::malloc(bytes + sizeof(Header)));
    }
    if (!made)
        return nullptr;
    made->capacity = bytes;
    return made + 1;
}

void *resize(void *block, size_t oldBytes, size_t bytes)
{
    if (bytes <= headerOf(block)->capacity)
        return block;
    void *larger = take(bytes);
    if (!larger)
        return nullptr;
    std::memcpy(larger, block, std::min(oldBytes, bytes));
    give(block);
    return larger;
}

void give(void *block)
{
    if (!block)
        return;
    Header *header = headerOf(block);
    if (header->capacity >= smallestKept && header->capacity <= largestKept && !isOver) {
        Header **smallest = nullptr;
        for (Header *&kept : cache().blocks) {
            if (!kept) {
                kept = header;
                return;
            }
            if (!smallest || kept->capacity < (*smallest)->capacity)
                smallest = &kept;
        }
        if ((*smallest)->capacity < header->capacity)
            std::swap(*smallest, header);
    }
    std::free(header);
}

} // namespace Orgtrace::Json::BlockCache
