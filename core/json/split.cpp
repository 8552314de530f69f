#include "json/text.h"
#include "json/value.h"

#include <vector>

namespace Orgtrace::Json {

namespace {

constexpr auto nowhere = std::string_view::npos;

bool isBlank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

size_t skipBlank(std::string_view text, size_t at)
{
    while (at < text.size() && isBlank(text[at]))
        ++at;
    return at;
}

std::string_view trimmed(std::string_view text)
{
    while (!text.empty() && isBlank(text.front()))
        text.remove_prefix(1);
    while (!text.empty() && isBlank(text.back()))
        text.remove_suffix(1);
    return text;
}

/// The offset behind the string that begins with the quote at `at`; nowhere if it does not end.
size_t skipString(std::string_view text, size_t at)
{
    for (++at; at < text.size(); ++at) {
        if (text[at] == '\\')
            ++at;
        else if (text[at] == '"')
            return at + 1;
    }
    return nowhere;
}

/// What a quoted piece of text says; nothing where it is no JSON string.
Value decoded(std::string_view quoted, Document &holder)
{
    auto parsed = parse(quoted);
    if (!parsed)
        return {};
    holder = std::move(*parsed);
    return holder.root();
}

bool namesKey(std::string_view quoted, std::string_view key)
{
    if (quoted.substr(1, quoted.size() - 2) == key)
        return true;
    if (quoted.find('\\') == nowhere || quoted.size() > key.size() * 6 + 2)
        return false; // without escapes, or too long to be an escaped form of it
    Document holder;
    const Value value = decoded(quoted, holder);
    return value.isString() && value.string() == key;
}

std::unexpected<Error> unbalanced(const char *what, size_t offset)
{
    return Error::make(ErrorCode::MalformedJson, QString::fromLatin1(what), QStringLiteral("byte %1").arg(offset));
}

/// Walks brackets and strings. One bit a level says which bracket is open.
class Brackets
{
public:
    [[nodiscard]] bool take(char c)
    {
        if (c == '{' || c == '[') {
            m_open.push_back(c == '{');
        } else if (c == '}' || c == ']') {
            if (m_open.empty() || m_open.back() != (c == '}'))
                return false;
            m_open.pop_back();
        }
        return true;
    }
    [[nodiscard]] size_t depth() const { return m_open.size(); }
    [[nodiscard]] bool inArray() const { return !m_open.empty() && !m_open.back(); }

private:
    std::vector<bool> m_open;
};

} // namespace

Result<SplitArray> splitArray(std::string_view text, std::string_view arrayKey)
{
    const size_t front = skipBlank(text, 0);
    const char wanted = arrayKey.empty() ? '[' : '{';
    if (front >= text.size() || text[front] != wanted)
        return unbalanced(arrayKey.empty() ? "no array at the top" : "no object at the top", front);

    Brackets brackets;
    const size_t arrayDepth = arrayKey.empty() ? 1 : 2;
    bool nextIsArray = arrayKey.empty(); // the next opening bracket is the array's
    bool nextIsKey = false; // the next string at depth 1 is a member name
    bool inside = false;
    size_t arrayStart = nowhere; // behind its bracket
    size_t arrayEnd = nowhere; // at its closing bracket
    size_t pieceStart = nowhere;
    SplitArray out;

    size_t at = front;
    while (at < text.size()) {
        const char c = text[at];
        if (c == '"') {
            const size_t end = skipString(text, at);
            if (end == nowhere)
                return unbalanced("a string that does not end", at);
            if (brackets.depth() == 1 && nextIsKey && !arrayKey.empty()) {
                nextIsKey = false;
                const size_t colon = skipBlank(text, end);
                if (arrayStart == nowhere && colon < text.size() && text[colon] == ':' && namesKey(text.substr(at, end - at), arrayKey)) {
                    const size_t value = skipBlank(text, colon + 1);
                    if (value < text.size() && text[value] == '[') {
                        nextIsArray = true;
                        at = value;
                        continue;
                    }
                }
            }
            at = end;
            continue;
        }
        if (inside && brackets.depth() == arrayDepth && (c == ',' || c == ']')) {
            const std::string_view piece = trimmed(text.substr(pieceStart, at - pieceStart));
            if (c == ',' || !piece.empty() || !out.elements.empty())
                out.elements.push_back(piece); // an empty piece is a broken element too
            pieceStart = at + 1;
            if (c == ']') {
                inside = false;
                arrayEnd = at;
            }
        }
        if (!brackets.take(c))
            return unbalanced("brackets that do not match", at);
        if (c == '[' && nextIsArray) {
            nextIsArray = false;
            inside = true;
            arrayStart = pieceStart = at + 1;
        } else if (brackets.depth() == 1 && (c == '{' || c == ',')) {
            nextIsKey = true;
        }
        ++at;
    }
    if (brackets.depth() != 0)
        return unbalanced("the text ends inside brackets", text.size());
    if (arrayEnd == nowhere)
        return unbalanced("the array is not there", text.size());
    out.rest.reserve(static_cast<qsizetype>(text.size() - (arrayEnd - arrayStart)));
    out.rest.append(QByteArrayView(text.substr(0, arrayStart)));
    out.rest.append(QByteArrayView(text.substr(arrayEnd)));
    return out;
}

QString scanStringMember(std::string_view brokenObject, std::string_view key)
{
    const size_t front = skipBlank(brokenObject, 0);
    if (front >= brokenObject.size() || brokenObject[front] != '{')
        return {};
    size_t depth = 1; // brackets are only counted: in a broken object they may not match
    bool nextIsKey = true;
    size_t at = front + 1;
    while (at < brokenObject.size() && depth > 0) {
        const char c = brokenObject[at];
        if (c != '"') {
            depth += c == '{' || c == '[' ? 1 : 0;
            depth -= c == '}' || c == ']' ? 1 : 0;
            if (depth == 1 && c == ',')
                nextIsKey = true;
            ++at;
            continue;
        }
        const size_t end = skipString(brokenObject, at);
        if (end == nowhere)
            return {};
        if (depth == 1 && nextIsKey) {
            nextIsKey = false;
            const size_t colon = skipBlank(brokenObject, end);
            if (colon < brokenObject.size() && brokenObject[colon] == ':' && namesKey(brokenObject.substr(at, end - at), key)) {
                const size_t value = skipBlank(brokenObject, colon + 1);
                const size_t valueEnd
                    = value < brokenObject.size() && brokenObject[value] == '"' ? skipString(brokenObject, value) : nowhere;
                if (valueEnd != nowhere) {
                    Document holder;
                    const Value found = decoded(brokenObject.substr(value, valueEnd - value), holder);
                    if (found.isString())
                        return found.toQString();
                }
            }
        }
        at = end;
    }
    return {};
}

} // namespace Orgtrace::Json
