#pragma once

#include <yyjson.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string_view>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

/// For the sources of core/json and the normaliser only: how the members of an object are put in order.
namespace Orgtrace::Json {

/// How many bytes behind any text of a Document may be read.
inline constexpr size_t readablePadding = 64;

inline std::string_view rawText(const yyjson_val *value)
{
    return {value->uni.str, static_cast<size_t>(value->tag >> YYJSON_TAG_BIT)};
}

inline const yyjson_val *firstOf(const yyjson_val *container)
{
    return container + 1;
}

inline const yyjson_val *nextOf(const yyjson_val *value)
{
    const auto type = static_cast<uint8_t>(value->tag) & YYJSON_TYPE_MASK;
    if (type == YYJSON_TYPE_ARR || type == YYJSON_TYPE_OBJ)
        return reinterpret_cast<const yyjson_val *>(reinterpret_cast<const char *>(value) + value->uni.ofs);
    return value + 1;
}

inline size_t countOf(const yyjson_val *container)
{
    return static_cast<size_t>(container->tag >> YYJSON_TAG_BIT);
}
inline uint8_t typeOf(const yyjson_val *value)
{
    return static_cast<uint8_t>(value->tag) & YYJSON_TYPE_MASK;
}

/// Equality of two texts of the same size, quick for short ones.
/// @pre readablePadding bytes, or at least 16, may be read behind both
inline bool sameText(const char *left, const char *right, size_t size)
{
#if defined(__SSE2__)
    if (size <= 16) {
        const __m128i equal = _mm_cmpeq_epi8(_mm_loadu_si128(reinterpret_cast<const __m128i *>(left)),
                                             _mm_loadu_si128(reinterpret_cast<const __m128i *>(right)));
        const unsigned wanted = (1U << size) - 1U;
        return (static_cast<unsigned>(_mm_movemask_epi8(equal)) & wanted) == wanted;
    }
#endif
    return std::memcmp(left, right, size) == 0;
}

/// The first eight bytes as one big-endian word, so that most comparisons are one instruction. Bytes of UTF-8 sort as code points do.
inline uint64_t orderPrefix(std::string_view text)
{
    uint64_t word = 0;
    if (text.size() >= sizeof word) {
        std::memcpy(&word, text.data(), sizeof word);
    } else if (!text.empty()) {
        std::memcpy(&word, text.data(), text.size());
    }
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    return word;
}

/// One member waiting to be ordered.
struct OrderedMember {
    uint64_t prefix;
    const yyjson_val *key;

    [[nodiscard]] std::string_view name() const { return rawText(key); }
    friend bool operator<(const OrderedMember &left, const OrderedMember &right)
    {
        return left.prefix != right.prefix ? left.prefix < right.prefix : left.name() < right.name();
    }
};

inline OrderedMember orderedMember(const yyjson_val *key)
{
    return {orderPrefix(rawText(key)), key};
}

/// Sorts by name; insertion sort where that is quicker. Equal names keep document order.
inline void sortMembers(OrderedMember *first, OrderedMember *last)
{
    if (last - first > 24) {
        if (!std::is_sorted(first, last))
            std::stable_sort(first, last);
        return;
    }
    for (auto *current = first + 1; current < last; ++current) {
        const OrderedMember moving = *current;
        auto *hole = current;
        for (; hole != first && moving < hole[-1]; --hole)
            *hole = hole[-1];
        *hole = moving;
    }
}

} // namespace Orgtrace::Json
