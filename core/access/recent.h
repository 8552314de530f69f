#pragma once

#include <QString>

#include <algorithm>
#include <bit>
#include <vector>

namespace Orgtrace::Access {

/// Numbers of texts that repeat. A reader shares the text of an id or word wherever it stands, so that most are found by their address, without a look at
/// them; any other is found the slow way. Good for as long as the texts live.
class Recent
{
public:
    explicit Recent(qsizetype expected) :
        m_entries(std::bit_ceil(static_cast<size_t>(std::clamp<qsizetype>(expected, 64, 1 << 22)) * 2)) { }

    template<typename Slow> uint32_t of(const QString &text, const Slow &slow)
    {
        Entry &entry = at(text);
        if (entry.data != text.constData() || entry.size != text.size() || text.isEmpty()) {
            entry = {text.constData(), text.size(), slow(text)};
        }
        return entry.number;
    }
    void put(const QString &text, uint32_t number) { at(text) = {text.constData(), text.size(), number}; }

private:
    struct Entry {
        const QChar *data = nullptr;
        qsizetype size = -1;
        uint32_t number = 0;
    };
    Entry &at(const QString &text)
    {
        const auto address = static_cast<uint64_t>(reinterpret_cast<quintptr>(text.constData()));
        return m_entries[(address * 0x9e3779b97f4a7c15U >> 32) & (m_entries.size() - 1)];
    }
    std::vector<Entry> m_entries;
};

} // namespace Orgtrace::Access
