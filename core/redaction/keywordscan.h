#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace Orgtrace::Redaction {

/// Finds any of a few dozen short ASCII keywords, letter case ignored, in one pass at several GB/s where the processor has AVX2: three
/// neighbouring bytes of each keyword are looked up by their halves, 32 positions at once; what remains is compared in full.
/// Immutable after construction, so thread-safe.
class KeywordScan
{
public:
    static constexpr size_t shortest = 3; ///< bytes of the shortest keyword allowed

    /// @param keywords each at least `shortest` bytes
    explicit KeywordScan(std::vector<std::string> keywords);

    /// Calls hit(keyword's index, offset) for each occurrence until it returns true; hits of one offset come in no special order.
    /// @return true where a call did
    template<typename Hit> bool any(std::string_view text, Hit hit) const
    {
        return scan(text, [](void *context, size_t keyword, size_t at) { return (*static_cast<Hit *>(context))(keyword, at); }, &hit);
    }

private:
    using Callback = bool (*)(void *context, size_t keyword, size_t at);
    struct Keyword {
        std::string text; ///< lower case
        size_t anchor; ///< offset of the three bytes looked up
        size_t index; ///< the caller's
    };
    bool scan(std::string_view text, Callback hit, void *context) const;
    bool scanPlain(std::string_view text, size_t from, Callback hit, void *context) const;
    bool verify(std::string_view text, size_t at, unsigned buckets, Callback hit, void *context) const;
#if defined(__x86_64__)
    bool scanAvx2(std::string_view text, size_t &from, Callback hit, void *context) const;
#endif

    std::array<std::vector<Keyword>, 8> m_buckets;
    alignas(16) std::array<std::array<uint8_t, 16>, 3> m_low{}; ///< buckets possible for a byte's low half, for each of the three
    alignas(16) std::array<std::array<uint8_t, 16>, 3> m_high{}; ///< … and its high half
};

} // namespace Orgtrace::Redaction
