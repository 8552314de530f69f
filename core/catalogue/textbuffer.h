#pragma once

#include <cstddef>
#include <cstring>
#include <string_view>

/// A growing text with raw access, reused from entity to entity. Private to the room.
namespace Orgtrace::Catalogue {

class TextBuffer
{
public:
    /// Bytes that may be written behind what was asked for: copies go in whole blocks.
    static constexpr size_t slack = 64;

    TextBuffer() = default;
    ~TextBuffer();
    TextBuffer(const TextBuffer &) = delete;
    TextBuffer &operator=(const TextBuffer &) = delete;

    void clear() { m_end = m_begin; }
    [[nodiscard]] size_t size() const { return static_cast<size_t>(m_end - m_begin); }
    [[nodiscard]] std::string_view view(size_t from = 0) const { return {m_begin + from, size() - from}; }
    [[nodiscard]] char *at(size_t offset) { return m_begin + offset; }
    void truncate(size_t size) { m_end = m_begin + size; }

    /// Where to write at least `bytes` (and slack); call used() with the end of what was written.
    [[nodiscard]] char *room(size_t bytes)
    {
        if (static_cast<size_t>(m_limit - m_end) < bytes + slack)
            grow(bytes + slack);
        return m_end;
    }
    void used(char *end) { m_end = end; }

    void append(std::string_view text)
    {
        if (text.empty())
            return;
        char *to = room(text.size());
        std::memcpy(to, text.data(), text.size());
        m_end = to + text.size();
    }
    /// As append, for text that may be read, and is worth reading, in blocks of 16 beyond its end.
    void appendPadded(const char *text, size_t size)
    {
        char *to = room(size);
        for (size_t done = 0; done < size; done += 16)
            std::memcpy(to + done, text + done, 16);
        m_end = to + size;
    }
    void append(char c)
    {
        char *to = room(1);
        *to = c;
        m_end = to + 1;
    }

    /// The canonical escape of UTF-8 text, quotes included (see Json::appendString).
    /// @pre text of a Json::Document, or 16 readable bytes behind it
    void appendJsonString(std::string_view text);
    /// A line feed and 2 × level blanks, behind a comma unless it is the first.
    void appendBreak(size_t level, bool comma);

private:
    void grow(size_t bytes);
    char *m_begin = nullptr;
    char *m_end = nullptr;
    char *m_limit = nullptr;
};

} // namespace Orgtrace::Catalogue
