#include "json/memberorder.h"
#include "json/pointer.h"
#include "json/text.h"
#include "json/value.h"

#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace Orgtrace::Json {

/// The text, copied once because strings are unescaped in place and because it must outlive the caller's, and the values over it.
struct Document::Storage {
    std::unique_ptr<char[]> text;
    yyjson_doc *doc = nullptr;

    ~Storage() { yyjson_doc_free(doc); }

    /// Reads a copy of `from`. Behind it are bytes that may be read, so that names and strings can be worked on in blocks.
    yyjson_read_err read(std::string_view from, yyjson_read_flag flags)
    {
        text = std::make_unique_for_overwrite<char[]>(from.size() + readablePadding);
        std::memcpy(text.get(), from.data(), from.size());
        std::memset(text.get() + from.size(), 0, readablePadding);
        yyjson_read_err error = {};
        doc = yyjson_read_opts(text.get(), from.size(), flags | YYJSON_READ_INSITU | YYJSON_READ_NUMBER_AS_RAW, nullptr, &error);
        return error;
    }
};

Document::~Document()
{
    delete m_storage;
}

Document::Document(Document &&other) noexcept : m_storage(std::exchange(other.m_storage, nullptr)) {}

Document &Document::operator=(Document &&other) noexcept
{
    std::swap(m_storage, other.m_storage);
    return *this;
}

Value Document::root() const
{
    return m_storage ? Value(m_storage->doc->root) : Value();
}

namespace {

std::unexpected<Error> malformed(const QString &detail, size_t offset)
{
    return Error::make(ErrorCode::MalformedJson, detail, QStringLiteral("byte %1").arg(offset));
}

/// Length of the well-formed UTF-8 sequence at the front (RFC 3629: no overlong form, no surrogate, nothing above U+10FFFF); 0 where there is none.
size_t sequenceLength(std::string_view text)
{
    const auto byte = [text](size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
    const auto tail = [&byte](size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
    const unsigned lead = byte(0);
    if (lead < 0x80)
        return 1;
    if (lead < 0xC2 || lead > 0xF4)
        return 0;
    if (lead < 0xE0)
        return tail(1) ? 2 : 0;
    if (lead < 0xF0) {
        const bool overlong = lead == 0xE0 && byte(1) < 0xA0;
        const bool surrogate = lead == 0xED && byte(1) > 0x9F;
        return tail(1) && tail(2) && !overlong && !surrogate ? 3 : 0;
    }
    const bool overlong = lead == 0xF0 && byte(1) < 0x90;
    const bool beyond = lead == 0xF4 && byte(1) > 0x8F;
    return tail(1) && tail(2) && tail(3) && !overlong && !beyond ? 4 : 0;
}

size_t firstInvalidUtf8(std::string_view text)
{
    size_t at = 0;
    while (at < text.size()) {
        const size_t length = sequenceLength(text.substr(at));
        if (length == 0)
            return at;
        at += length;
    }
    return std::string_view::npos;
}

/// The four hex digits at `at`, or -1.
int hexUnit(std::string_view text, size_t at)
{
    if (at + 4 > text.size())
        return -1;
    int unit = 0;
    for (size_t i = at; i < at + 4; ++i) {
        const char c = text[i];
        const int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
        if (digit < 0)
            return -1;
        unit = unit * 16 + digit;
    }
    return unit;
}

/// The text with every lone surrogate escape as its three raw bytes, which the permissive reader keeps; and where they were, so
/// that offsets of later errors can be given in the text received.
struct Unescaped {
    std::string text;
    std::vector<size_t> at; ///< offsets in `text`; each stands for six bytes received
    [[nodiscard]] size_t received(size_t offset) const
    {
        return offset + 3 * static_cast<size_t>(std::lower_bound(at.begin(), at.end(), offset) - at.begin());
    }
};

Unescaped unescapeLoneSurrogates(std::string_view text)
{
    Unescaped out;
    out.text.reserve(text.size());
    size_t at = 0;
    while (at < text.size()) {
        const size_t slash = text.find('\\', at);
        if (slash == std::string_view::npos || slash + 1 >= text.size())
            break;
        out.text.append(text.substr(at, slash - at));
        at = slash;
        const int unit = text[slash + 1] == 'u' ? hexUnit(text, slash + 2) : -1;
        size_t kept = unit >= 0 ? 6 : 2;
        if (unit >= 0xD800 && unit <= 0xDFFF) {
            const bool escapeFollows = text.substr(slash + 6).starts_with("\\u");
            const int next = escapeFollows ? hexUnit(text, slash + 8) : -1;
            if (unit < 0xDC00 && next >= 0xDC00 && next <= 0xDFFF) {
                kept = 12;
            } else {
                out.at.push_back(out.text.size());
                out.text += '\xED';
                out.text += static_cast<char>(0x80 | ((unit >> 6) & 0x3F));
                out.text += static_cast<char>(0x80 | (unit & 0x3F));
                at += 6;
                continue;
            }
        }
        out.text.append(text.substr(at, kept));
        at += kept;
    }
    if (at < text.size())
        out.text.append(text.substr(at));
    return out;
}

struct Walked {
    const yyjson_val *next; ///< array: next item; object: next key
    size_t left;
    size_t total;
    bool object;
};

QString pointerTo(const std::vector<Walked> &stack, const std::vector<std::string_view> &names, std::string_view last, bool hasLast)
{
    QStringList tokens;
    for (size_t i = 0; i + 1 < stack.size(); ++i)
        tokens.append(stack[i].object ? toQString(names[i]) : QString::number(stack[i].total - stack[i].left - 1));
    if (hasLast)
        tokens.append(toQString(last));
    return pointerText(tokens);
}

/// The name that occurs twice in an object, or nullptr.
const yyjson_val *duplicateKey(const yyjson_val *object, std::vector<OrderedMember> &scratch)
{
    const size_t count = countOf(object);
    if (count < 2)
        return nullptr;
    scratch.clear();
    const yyjson_val *key = firstOf(object);
    for (size_t left = count; left > 0; --left) {
        scratch.push_back(orderedMember(key));
        key = nextOf(key + 1);
    }
    sortMembers(scratch.data(), scratch.data() + scratch.size());
    for (size_t i = 1; i < scratch.size(); ++i) {
        if (scratch[i].prefix == scratch[i - 1].prefix && scratch[i].name() == scratch[i - 1].name())
            return scratch[i].key;
    }
    return nullptr;
}

} // namespace

Result<void> checkLimits(Value value, const Limits &limits)
{
    if (!value.isArray() && !value.isObject())
        return {};
    std::vector<Walked> stack;
    std::vector<std::string_view> names; // of the member being walked, a name a level
    std::vector<OrderedMember> scratch;
    const auto enter = [&](const yyjson_val *container) -> Result<void> {
        const bool object = typeOf(container) == YYJSON_TYPE_OBJ;
        stack.push_back({firstOf(container), countOf(container), countOf(container), object});
        names.emplace_back();
        if (std::cmp_greater(stack.size(), limits.maxDepth)) {
            return Error::make(ErrorCode::MalformedJson, QStringLiteral("nested deeper than %1 levels").arg(limits.maxDepth),
                               pointerTo(stack, names, {}, false));
        }
        if (object && limits.refuseDuplicateKeys) {
            if (const auto *twice = duplicateKey(container, scratch)) {
                return Error::make(ErrorCode::MalformedJson, QStringLiteral("the same member name twice in one object"),
                                   pointerTo(stack, names, rawText(twice), true));
            }
        }
        return {};
    };
    if (auto entered = enter(value.raw()); !entered)
        return entered;
    while (!stack.empty()) {
        Walked &top = stack.back();
        if (top.left == 0) {
            stack.pop_back();
            names.pop_back();
            continue;
        }
        const yyjson_val *item = top.next;
        if (top.object) {
            names.back() = rawText(item);
            ++item;
        }
        --top.left;
        top.next = nextOf(item);
        const auto type = typeOf(item);
        if (type == YYJSON_TYPE_ARR || type == YYJSON_TYPE_OBJ) {
            if (auto entered = enter(item); !entered)
                return entered;
        }
    }
    return {};
}

Result<Document> parse(std::string_view text, const Limits &limits)
{
    if (std::cmp_greater(text.size(), limits.maxBytes)) {
        return Error::make(ErrorCode::TooLarge, QStringLiteral("%1 bytes of JSON; at most %2 are read").arg(text.size()).arg(limits.maxBytes));
    }
    if (text.empty())
        return malformed(QStringLiteral("no JSON at all: the text is empty"), 0);
    Document document(new Document::Storage);
    Document::Storage &storage = *document.m_storage;
    yyjson_read_err error = storage.read(text, YYJSON_READ_NOFLAG);
    if (!storage.doc && error.code == YYJSON_READ_ERROR_INVALID_STRING) {
        if (const size_t bad = firstInvalidUtf8(text); bad != std::string_view::npos)
            return malformed(QStringLiteral("not UTF-8"), bad);
        const Unescaped unescaped = unescapeLoneSurrogates(text);
        if (!unescaped.at.empty()) {
            error = storage.read(unescaped.text, YYJSON_READ_ALLOW_INVALID_UNICODE);
            error.pos = unescaped.received(error.pos);
        }
    }
    if (!storage.doc) {
        if (error.code == YYJSON_READ_ERROR_MEMORY_ALLOCATION)
            return Error::make(ErrorCode::TooLarge, QStringLiteral("not enough memory to read %1 bytes of JSON").arg(text.size()));
        return malformed(QString::fromUtf8(error.msg), error.pos);
    }
    if (auto checked = checkLimits(document.root(), limits); !checked)
        return std::unexpected(checked.error());
    return document;
}

} // namespace Orgtrace::Json
