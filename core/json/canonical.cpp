#include "json/canonical.h"

#include "json/memberorder.h"

#include <vector>

namespace Orgtrace::Json {

namespace {

constexpr char hexDigits[] = "0123456789abcdef";

void appendUnit(std::string &out, unsigned unit)
{
    out += "\\u";
    for (int shift = 12; shift >= 0; shift -= 4)
        out += hexDigits[(unit >> shift) & 0xFU];
}

/// True for a word that has a byte below 0x20, a quote, a backslash or 0xED (which may begin a lone surrogate).
bool needsLook(uint64_t word)
{
    constexpr uint64_t ones = 0x0101010101010101U;
    constexpr uint64_t highs = 0x8080808080808080U;
    const auto zeroByte = [](uint64_t w) { return (w - ones) & ~w & highs; };
    const uint64_t control = (word - ones * 0x20) & ~word & highs;
    return (control | zeroByte(word ^ (ones * '"')) | zeroByte(word ^ (ones * '\\')) | zeroByte(word ^ (ones * 0xED))) != 0;
}

/// Length of the front part that is written as it is.
size_t plainLength(std::string_view text)
{
    size_t at = 0;
    while (at + 8 <= text.size()) {
        uint64_t word;
        std::memcpy(&word, text.data() + at, 8);
        if (needsLook(word))
            break;
        at += 8;
    }
    for (; at < text.size(); ++at) {
        const auto c = static_cast<unsigned char>(text[at]);
        if (c < 0x20 || c == '"' || c == '\\')
            break;
        if (c == 0xED && at + 2 < text.size() && static_cast<unsigned char>(text[at + 1]) >= 0xA0)
            break;
    }
    return at;
}

/// Writes a value without recursion, so that depth costs memory in proportion and never the stack.
class Writer
{
public:
    explicit Writer(bool pretty) : m_pretty(pretty) { }

    std::string take(const yyjson_val *root)
    {
        write(root);
        while (!m_stack.empty())
            step();
        return std::move(m_out);
    }

private:
    struct Frame {
        bool object;
        bool first = true;
        const yyjson_val *next = nullptr; ///< arrays
        size_t left = 0;
        size_t base = 0; ///< objects: where its members begin in m_members
    };

    void lineBreak()
    {
        if (!m_pretty)
            return;
        m_out += '\n';
        m_out.append(m_stack.size() * 2, ' ');
    }

    void write(const yyjson_val *value)
    {
        switch (typeOf(value)) {
        case YYJSON_TYPE_BOOL: m_out += (value->tag & YYJSON_SUBTYPE_MASK) == YYJSON_SUBTYPE_TRUE ? "true" : "false"; return;
        case YYJSON_TYPE_RAW: m_out += rawText(value); return;
        case YYJSON_TYPE_STR: appendString(m_out, rawText(value)); return;
        case YYJSON_TYPE_ARR:
        case YYJSON_TYPE_OBJ: open(value); return;
        default: m_out += "null"; return;
        }
    }

    void open(const yyjson_val *container)
    {
        const bool object = typeOf(container) == YYJSON_TYPE_OBJ;
        if (countOf(container) == 0) {
            m_out += object ? "{}" : "[]";
            return;
        }
        Frame frame{.object = object, .left = countOf(container)};
        if (object) {
            frame.base = m_members.size();
            const yyjson_val *key = firstOf(container);
            for (size_t left = frame.left; left > 0; --left) {
                m_members.push_back(orderedMember(key));
                key = nextOf(key + 1);
            }
            sortMembers(m_members.data() + frame.base, m_members.data() + m_members.size());
        } else {
            frame.next = firstOf(container);
        }
        m_out += object ? '{' : '[';
        m_stack.push_back(frame);
    }

    void step()
    {
        Frame &top = m_stack.back();
        if (top.left == 0) {
            const Frame done = top;
            if (done.object)
                m_members.resize(done.base);
            m_stack.pop_back();
            lineBreak();
            m_out += done.object ? '}' : ']';
            return;
        }
        if (!top.first)
            m_out += ',';
        top.first = false;
        lineBreak();
        const yyjson_val *value = top.next;
        if (top.object) {
            const OrderedMember &member = m_members[m_members.size() - top.left];
            appendString(m_out, member.name());
            m_out += m_pretty ? ": " : ":";
            value = member.key + 1;
        } else {
            top.next = nextOf(value);
        }
        --top.left;
        write(value); // may push: `top` is not used below
    }

    std::string m_out;
    std::vector<Frame> m_stack;
    std::vector<OrderedMember> m_members;
    bool m_pretty;
};

QByteArray toBytes(const std::string &text)
{
    return {text.data(), static_cast<qsizetype>(text.size())};
}

} // namespace

void appendString(std::string &out, std::string_view utf8)
{
    out += '"';
    for (;;) {
        const size_t plain = plainLength(utf8);
        out.append(utf8.substr(0, plain));
        utf8.remove_prefix(plain);
        if (utf8.empty())
            break;
        const auto c = static_cast<unsigned char>(utf8.front());
        size_t used = 1;
        switch (c) {
        case '"': out += "\\\""; break;
        case '\\': out += "\\\\"; break;
        case '\b': out += "\\b"; break;
        case '\f': out += "\\f"; break;
        case '\n': out += "\\n"; break;
        case '\r': out += "\\r"; break;
        case '\t': out += "\\t"; break;
        case 0xED:
            appendUnit(out, 0xD000U | ((static_cast<unsigned char>(utf8[1]) & 0x3FU) << 6) | (static_cast<unsigned char>(utf8[2]) & 0x3FU));
            used = 3;
            break;
        default: appendUnit(out, c); break;
        }
        utf8.remove_prefix(used);
    }
    out += '"';
}

QByteArray canonicalText(Value value)
{
    std::string text = value.isMissing() ? std::string() : Writer(true).take(value.raw());
    if (!text.empty())
        text += '\n';
    return toBytes(text);
}

QByteArray compactText(Value value)
{
    if (value.isMissing())
        return {};
    // What most fields are: copied once.
    const auto type = typeOf(value.raw());
    if (const std::string_view text = type == YYJSON_TYPE_STR ? rawText(value.raw()) : std::string_view();
        type == YYJSON_TYPE_STR && plainLength(text) == text.size()) {
        QByteArray out(qsizetype(text.size()) + 2, Qt::Uninitialized);
        out.data()[0] = '"';
        std::memcpy(out.data() + 1, text.data(), text.size());
        out.data()[text.size() + 1] = '"';
        return out;
    }
    if (type == YYJSON_TYPE_RAW)
        return {rawText(value.raw()).data(), qsizetype(rawText(value.raw()).size())};
    return toBytes(Writer(false).take(value.raw()));
}

} // namespace Orgtrace::Json
