#include "json/blockcache.h"
#include "json/memberorder.h"
#include "json/pointer.h"
#include "json/text.h"
#include "json/value.h"

#include <QFile>

#include <array>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

namespace Orgtrace::Json {

/// The text, copied once because strings are unescaped in place and because it must outlive the caller's, and the values over it.
struct Document::Storage {
    char *text = nullptr;
    yyjson_doc *doc = nullptr;

    static constexpr yyjson_alc allocator{
        [](void *, size_t bytes) { return BlockCache::take(bytes); },
        [](void *, void *block, size_t oldBytes, size_t bytes) { return BlockCache::resize(block, oldBytes, bytes); },
        [](void *, void *block) { BlockCache::give(block); }, nullptr};

    Storage() = default;
    ~Storage()
    {
        yyjson_doc_free(doc);
        BlockCache::give(text);
    }
    Q_DISABLE_COPY_MOVE(Storage)

    /// Reads a copy of `from`. Behind it are bytes that may be read, so that names and strings can be worked on in blocks.
    yyjson_read_err read(std::string_view from, yyjson_read_flag flags)
    {
        if (!reserve(from.size()))
            return {YYJSON_READ_ERROR_MEMORY_ALLOCATION, "out of memory", 0};
        std::memcpy(text, from.data(), from.size());
        return readOwn(from.size(), flags);
    }

    [[nodiscard]] bool reserve(size_t size)
    {
        BlockCache::give(std::exchange(text, static_cast<char *>(BlockCache::take(size + readablePadding))));
        return text != nullptr;
    }

    /// Reads what was put into `text`.
    yyjson_read_err readOwn(size_t size, yyjson_read_flag flags)
    {
        std::memset(text + size, 0, readablePadding);
        yyjson_read_err error = {};
        doc = yyjson_read_opts(text, size, flags | YYJSON_READ_INSITU | YYJSON_READ_NUMBER_AS_RAW, &allocator, &error);
        return error;
    }
};

Document::~Document()
{
    delete m_storage;
}

Document::Document(Document &&other) noexcept : m_storage(std::exchange(other.m_storage, nullptr)) { }

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

/// A container being walked.
struct Walked {
    const yyjson_val *next; ///< array: next item; object: next key
    const yyjson_val *name; ///< object: the member walked last
    size_t left;
    size_t total;
    bool object;
};

QString pointerTo(const std::vector<Walked> &stack, size_t levels)
{
    QStringList tokens;
    for (size_t i = 0; i < levels; ++i)
        tokens.append(stack[i].object ? toQString(rawText(stack[i].name)) : QString::number(stack[i].total - stack[i].left - 1));
    return pointerText(tokens);
}

/// Finds names that occur twice in an object. Lists have the same members again and again, so the name sequences already found
/// to be without duplicates are remembered, and most objects cost one comparison a name.
class DuplicateFinder
{
public:
    /// The second of two equal names, or nullptr.
    const yyjson_val *find(const yyjson_val *object)
    {
        const size_t count = countOf(object);
        if (count < 2)
            return nullptr;
        const yyjson_val *first = firstOf(object);
        const yyjson_val *second = nextOf(first + 1);
        const yyjson_val *&known = m_known[(count * 7 + rawText(first).size() * 3 + rawText(second).size()) % m_known.size()];
        if (known && sameNames(known, object))
            return nullptr;
        m_members.clear();
        const yyjson_val *key = first;
        for (size_t left = count; left > 0; --left, key = nextOf(key + 1))
            m_members.push_back(orderedMember(key));
        sortMembers(m_members.data(), m_members.data() + m_members.size());
        for (size_t i = 1; i < m_members.size(); ++i) {
            if (m_members[i].prefix == m_members[i - 1].prefix && m_members[i].name() == m_members[i - 1].name())
                return m_members[i].key;
        }
        known = object;
        return nullptr;
    }

private:
    static bool sameNames(const yyjson_val *left, const yyjson_val *right)
    {
        if (left->tag != right->tag)
            return false;
        const yyjson_val *a = firstOf(left);
        const yyjson_val *b = firstOf(right);
        for (size_t i = countOf(left); i > 0; --i, a = nextOf(a + 1), b = nextOf(b + 1)) {
            const std::string_view one = rawText(a);
            const std::string_view two = rawText(b);
            // NOLINTNEXTLINE(bugprone-suspicious-stringview-data-usage): the size is the third argument
            if (one.size() != two.size() || !sameText(one.data(), two.data(), one.size()))
                return false;
        }
        return true;
    }

    std::array<const yyjson_val *, 127> m_known{};
    std::vector<OrderedMember> m_members;
};

} // namespace

Result<void> checkLimits(Value value, const Limits &limits)
{
    if (!value.isArray() && !value.isObject())
        return {};
    std::vector<Walked> stack;
    DuplicateFinder duplicates;
    const yyjson_val *entering = value.raw();
    for (;;) {
        if (entering) {
            const bool object = typeOf(entering) == YYJSON_TYPE_OBJ;
            stack.push_back({firstOf(entering), nullptr, countOf(entering), countOf(entering), object});
            if (std::cmp_greater(stack.size(), limits.maxDepth)) {
                return Error::make(ErrorCode::MalformedJson, QStringLiteral("nested deeper than %1 levels").arg(limits.maxDepth),
                                   pointerTo(stack, stack.size() - 1));
            }
            if (object && limits.refuseDuplicateKeys) {
                if (const auto *twice = duplicates.find(entering)) {
                    stack.back().name = twice;
                    return Error::make(ErrorCode::MalformedJson, QStringLiteral("the same member name twice in one object"),
                                       pointerTo(stack, stack.size()));
                }
            }
        }
        // On to the next container at this level.
        Walked &top = stack.back();
        entering = nullptr;
        while (top.left > 0 && !entering) {
            const yyjson_val *item = top.next;
            if (top.object)
                top.name = item++;
            --top.left;
            const auto type = typeOf(item);
            if (type == YYJSON_TYPE_ARR || type == YYJSON_TYPE_OBJ)
                entering = item;
            top.next = nextOf(item);
        }
        if (!entering) {
            stack.pop_back();
            if (stack.empty())
                return {};
        }
    }
}

Result<Document> parseFile(const QString &path, const Limits &limits)
{
    QFile file(path);
    const auto unreadable = [&file, &path] {
        return Error::make(ErrorCode::BadInput, QStringLiteral("cannot read %1: %2").arg(path, file.errorString()), path);
    };
    if (!file.open(QIODevice::ReadOnly | QIODevice::Unbuffered))
        return unreadable();
    const qint64 size = file.size();
    if (size > limits.maxBytes)
        return Error::make(ErrorCode::TooLarge, QStringLiteral("%1 bytes of JSON; at most %2 are read").arg(size).arg(limits.maxBytes));
    Document document(new Document::Storage);
    Document::Storage &storage = *document.m_storage;
    if (!storage.reserve(static_cast<size_t>(size)))
        return Error::make(ErrorCode::TooLarge, QStringLiteral("not enough memory to read %1 bytes of JSON").arg(size));
    qint64 got = 0;
    while (got < size) {
        const qint64 part = file.read(storage.text + got, size - got);
        if (part < 0)
            return unreadable();
        if (part == 0)
            break; // shorter than it was
        got += part;
    }
    if (got == 0)
        return malformed(QStringLiteral("no JSON at all: the text is empty"), 0);
    const yyjson_read_err error = storage.readOwn(static_cast<size_t>(got), YYJSON_READ_NOFLAG);
    if (!storage.doc) {
        // Reading worked in place, so that the text is gone: once more, by the way that says what is wrong and knows lone surrogates.
        document = {};
        if (error.code == YYJSON_READ_ERROR_MEMORY_ALLOCATION)
            return Error::make(ErrorCode::TooLarge, QStringLiteral("not enough memory to read %1 bytes of JSON").arg(size));
        if (!file.seek(0))
            return unreadable();
        const QByteArray text = file.read(size);
        return parse({text.constData(), static_cast<size_t>(text.size())}, limits);
    }
    if (auto checked = checkLimits(document.root(), limits); !checked)
        return std::unexpected(checked.error());
    return document;
}

Result<Document> parse(std::string_view text, const Limits &limits)
{
    if (std::cmp_greater(text.size(), limits.maxBytes)) {
        return Error::make(ErrorCode::TooLarge,
                           QStringLiteral("%1 bytes of JSON; at most %2 are read").arg(text.size()).arg(limits.maxBytes));
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
    const bool anyDepth = std::cmp_greater_equal(limits.maxDepth, text.size() / 2 + 1); // deeper than brackets could nest
    if (limits.refuseDuplicateKeys || !anyDepth) {
        if (auto checked = checkLimits(document.root(), limits); !checked)
            return std::unexpected(checked.error());
    }
    return document;
}

} // namespace Orgtrace::Json
