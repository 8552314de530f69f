#include "catalogue/textbuffer.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <new>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace Orgtrace::Catalogue {

namespace {

constexpr char hexDigits[] = "0123456789abcdef";

char *writeUnit(char *to, unsigned unit)
{
    *to++ = '\\';
    *to++ = 'u';
    for (int shift = 12; shift >= 0; shift -= 4)
        *to++ = hexDigits[(unit >> shift) & 0xFU];
    return to;
}

/// Copies 16 bytes and says which of them need a look: below U+0020, quote, backslash, or 0xED, which may begin a lone surrogate.
unsigned copyBlock(char *to, const char *from)
{
#if defined(__SSE2__)
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i *>(from));
    _mm_storeu_si128(reinterpret_cast<__m128i *>(to), bytes);
    const __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1F)), bytes);
    const __m128i quote = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"'));
    const __m128i slash = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'));
    const __m128i surrogate = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(static_cast<char>(0xED)));
    return static_cast<unsigned>(_mm_movemask_epi8(_mm_or_si128(_mm_or_si128(control, quote), _mm_or_si128(slash, surrogate))));
#else
    std::memcpy(to, from, 16);
    unsigned mask = 0;
    for (unsigned i = 0; i < 16; ++i) {
        const auto c = static_cast<unsigned char>(from[i]);
        mask |= static_cast<unsigned>(c < 0x20 || c == '"' || c == '\\' || c == 0xED) << i;
    }
    return mask;
#endif
}

} // namespace

TextBuffer::~TextBuffer()
{
    std::free(m_begin);
}

void TextBuffer::grow(size_t bytes)
{
    const size_t kept = size();
    const size_t wanted = std::max({kept + bytes, kept * 2, size_t{16} * 1024});
    auto *bigger = static_cast<char *>(std::realloc(m_begin, wanted));
    if (!bigger)
        throw std::bad_alloc();
    m_begin = bigger;
    m_end = bigger + kept;
    m_limit = bigger + wanted;
}

void TextBuffer::appendJsonString(std::string_view text)
{
    const char *from = text.data();
    const char *const last = from + text.size();
    char *to = room(text.size() + 2);
    *to++ = '"';
    while (from < last) {
        const unsigned special = copyBlock(to, from);
        const auto left = static_cast<size_t>(last - from);
        const size_t plain = special == 0 ? 16 : static_cast<size_t>(__builtin_ctz(special));
        if (plain >= left || plain == 16) {
            const size_t copied = std::min(left, size_t{16});
            from += copied;
            to += copied;
            continue;
        }
        from += plain;
        to += plain;
        const auto c = static_cast<unsigned char>(*from);
        size_t taken = 1;
        switch (c) {
        case '"':
            *to++ = '\\';
            *to++ = '"';
            break;
        case '\\':
            *to++ = '\\';
            *to++ = '\\';
            break;
        case '\b':
            *to++ = '\\';
            *to++ = 'b';
            break;
        case '\f':
            *to++ = '\\';
            *to++ = 'f';
            break;
        case '\n':
            *to++ = '\\';
            *to++ = 'n';
            break;
        case '\r':
            *to++ = '\\';
            *to++ = 'r';
            break;
        case '\t':
            *to++ = '\\';
            *to++ = 't';
            break;
        case 0xED:
            if (last - from > 2 && static_cast<unsigned char>(from[1]) >= 0xA0) {
                to = writeUnit(
                    to, 0xD000U | ((static_cast<unsigned char>(from[1]) & 0x3FU) << 6) | (static_cast<unsigned char>(from[2]) & 0x3FU));
                taken = 3;
            } else {
                *to++ = static_cast<char>(c);
            }
            break;
        default: to = writeUnit(to, c); break;
        }
        from += taken;
        m_end = to;
        to = room(static_cast<size_t>(last - from) + 2); // an escape took more than its share
    }
    *to++ = '"';
    m_end = to;
}

void TextBuffer::appendBreak(size_t level, bool comma)
{
    static constexpr char line[] = ",\n                                                              ";
    static_assert(sizeof line >= 64);
    const size_t blanks = level * 2;
    char *to = room(blanks + 2);
    if (blanks <= 30) {
        std::memcpy(to, comma ? line : line + 1, 32);
    } else {
        *to = ',';
        to[comma ? 1 : 0] = '\n';
        std::memset(to + (comma ? 2 : 1), ' ', blanks);
    }
    m_end = to + blanks + (comma ? 2 : 1);
}

} // namespace Orgtrace::Catalogue
