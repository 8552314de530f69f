#include "redaction/keywordscan.h"

#include <algorithm>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace Orgtrace::Redaction {

namespace {

char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

char upper(char c)
{
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

using Frequencies = std::array<double, 256>;

/// How often a byte is met in canonical configuration texts, roughly; only speed hangs on it.
const Frequencies &frequencies()
{
    static const Frequencies table = [] {
        Frequencies out{};
        out.fill(0.2);
        const auto set = [&out](std::string_view bytes, double weight) {
            for (const char c : bytes)
                out[static_cast<unsigned char>(c)] = weight;
        };
        set(" ", 250);
        set("\"", 60);
        set("\n:,-", 25);
        set("0123456789", 18);
        set("abcdef", 25);
        set("eiatnrso", 35);
        set("ghjklmpquvwxyz", 8);
        set("ABCDEFGHIJKLMNOPQRSTUVWXYZ", 2);
        set("/._{}[]", 5);
        double sum = 0;
        for (const double weight : out)
            sum += weight;
        for (double &weight : out)
            weight /= sum;
        return out;
    }();
    return table;
}

/// The halves of bytes that a bucket lets through at the three places looked up.
struct Filter {
    std::array<uint16_t, 3> low{};
    std::array<uint16_t, 3> high{};

    void add(std::string_view threeBytes)
    {
        for (size_t k = 0; k < 3; ++k) {
            for (const char c : {threeBytes[k], upper(threeBytes[k])}) {
                const auto byte = static_cast<unsigned char>(c);
                low[k] |= static_cast<uint16_t>(1U << (byte & 15U));
                high[k] |= static_cast<uint16_t>(1U << (byte >> 4U));
            }
        }
    }

    /// How many places of a text get through, as a share.
    [[nodiscard]] double share() const
    {
        double out = 1;
        for (size_t k = 0; k < 3; ++k) {
            double part = 0;
            for (unsigned byte = 0; byte < 256; ++byte) {
                if ((low[k] >> (byte & 15U) & 1U) && (high[k] >> (byte >> 4U) & 1U))
                    part += frequencies()[byte];
            }
            out *= part;
        }
        return out;
    }
};

/// The three neighbouring bytes least often met.
size_t bestAnchor(std::string_view keyword)
{
    size_t best = 0;
    double bestShare = 2;
    for (size_t at = 0; at + 3 <= keyword.size(); ++at) {
        Filter filter;
        filter.add(keyword.substr(at, 3));
        if (const double share = filter.share(); share < bestShare) {
            best = at;
            bestShare = share;
        }
    }
    return best;
}

} // namespace

KeywordScan::KeywordScan(std::vector<std::string> keywords)
{
    // Each keyword goes into the bucket that thereby lets the least more through: alike ones end up together.
    std::array<Filter, 8> filters;
    for (size_t i = 0; i < keywords.size(); ++i) {
        std::string text = std::move(keywords[i]);
        std::ranges::transform(text, text.begin(), lower);
        const size_t anchor = bestAnchor(text);
        size_t best = 0;
        double bestCost = 2;
        for (size_t bucket = 0; bucket < filters.size(); ++bucket) {
            Filter with = filters[bucket];
            with.add(std::string_view(text).substr(anchor, 3));
            const double cost = with.share() - (m_buckets[bucket].empty() ? 0 : filters[bucket].share());
            if (cost < bestCost) {
                best = bucket;
                bestCost = cost;
            }
        }
        filters[best].add(std::string_view(text).substr(anchor, 3));
        m_buckets[best].push_back({std::move(text), anchor, i});
    }
    for (size_t bucket = 0; bucket < filters.size(); ++bucket) {
        for (size_t k = 0; k < 3; ++k) {
            for (size_t half = 0; half < 16; ++half) {
                m_low[k][half] |= static_cast<uint8_t>((filters[bucket].low[k] >> half & 1U) << bucket);
                m_high[k][half] |= static_cast<uint8_t>((filters[bucket].high[k] >> half & 1U) << bucket);
            }
        }
    }
}

bool KeywordScan::verify(std::string_view text, size_t at, unsigned buckets, Callback hit, void *context) const
{
    for (; buckets != 0; buckets &= buckets - 1) {
        for (const Keyword &keyword : m_buckets[static_cast<size_t>(__builtin_ctz(buckets))]) {
            if (at < keyword.anchor)
                continue;
            const size_t start = at - keyword.anchor;
            if (text.size() - start < keyword.text.size())
                continue;
            const bool isThere = std::ranges::equal(keyword.text, text.substr(start, keyword.text.size()), {}, {}, lower);
            if (isThere && hit(context, keyword.index, start))
                return true;
        }
    }
    return false;
}

bool KeywordScan::scanPlain(std::string_view text, size_t from, Callback hit, void *context) const
{
    for (size_t at = from; at + 3 <= text.size(); ++at) {
        unsigned buckets = 0xFF;
        for (size_t k = 0; k < 3; ++k) {
            const auto byte = static_cast<unsigned char>(text[at + k]);
            buckets &= static_cast<unsigned>(m_low[k][byte & 15U] & m_high[k][byte >> 4U]);
        }
        if (buckets != 0 && verify(text, at, buckets, hit, context))
            return true;
    }
    return false;
}

#if defined(__x86_64__)
__attribute__((target("avx2"))) bool KeywordScan::scanAvx2(std::string_view text, size_t &from, Callback hit, void *context) const
{
    __m256i low[3];
    __m256i high[3];
    for (size_t k = 0; k < 3; ++k) {
        low[k] = _mm256_broadcastsi128_si256(_mm_load_si128(reinterpret_cast<const __m128i *>(m_low[k].data())));
        high[k] = _mm256_broadcastsi128_si256(_mm_load_si128(reinterpret_cast<const __m128i *>(m_high[k].data())));
    }
    const __m256i half = _mm256_set1_epi8(15);
    for (; from + 34 <= text.size(); from += 32) {
        __m256i buckets = _mm256_set1_epi8(-1);
        for (size_t k = 0; k < 3; ++k) {
            const __m256i bytes = _mm256_loadu_si256(reinterpret_cast<const __m256i *>(text.data() + from + k));
            const __m256i byLow = _mm256_shuffle_epi8(low[k], _mm256_and_si256(bytes, half));
            const __m256i byHigh = _mm256_shuffle_epi8(high[k], _mm256_and_si256(_mm256_srli_epi16(bytes, 4), half));
            buckets = _mm256_and_si256(buckets, _mm256_and_si256(byLow, byHigh));
        }
        auto candidates = ~static_cast<uint32_t>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(buckets, _mm256_setzero_si256())));
        if (candidates == 0)
            continue;
        alignas(32) uint8_t found[32];
        _mm256_store_si256(reinterpret_cast<__m256i *>(found), buckets);
        for (; candidates != 0; candidates &= candidates - 1) {
            const auto offset = static_cast<size_t>(__builtin_ctz(candidates));
            if (verify(text, from + offset, found[offset], hit, context))
                return true;
        }
    }
    return false;
}
#endif

bool KeywordScan::scan(std::string_view text, Callback hit, void *context) const
{
    size_t from = 0;
#if defined(__x86_64__)
    static const bool hasAvx2 = __builtin_cpu_supports("avx2") != 0;
    if (hasAvx2 && scanAvx2(text, from, hit, context))
        return true;
#endif
    return scanPlain(text, from, hit, context);
}

} // namespace Orgtrace::Redaction
