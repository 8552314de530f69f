#pragma once

#include "base/error.h"

#include <QByteArray>
#include <QString>

#include <cstddef>
#include <iterator>
#include <memory>
#include <string_view>

struct yyjson_val;

namespace Orgtrace::Json {

enum class Kind { Missing, Null, Bool, Number, String, Array, Object };

struct Member;

/// A borrowed look at one value of a Document; two words, copy it freely. Reading a missing value is harmless.
///
/// Text: UTF-8. A lone surrogate escape (\ud800) is held as its three-byte form (ED A0 80) and written back as the escape.
/// Numbers: only as the exact text received.
class Value
{
public:
    Value() = default;
    explicit Value(const yyjson_val *value) : m_value(value) { }

    [[nodiscard]] Kind kind() const;
    [[nodiscard]] bool isMissing() const { return m_value == nullptr; }
    [[nodiscard]] bool isNull() const { return kind() == Kind::Null; }
    [[nodiscard]] bool isString() const { return kind() == Kind::String; }
    [[nodiscard]] bool isArray() const { return kind() == Kind::Array; }
    [[nodiscard]] bool isObject() const { return kind() == Kind::Object; }

    [[nodiscard]] bool toBool(bool otherwise = false) const;
    [[nodiscard]] std::string_view string() const; ///< empty for other kinds
    [[nodiscard]] QString toQString() const; ///< string() as QString
    [[nodiscard]] std::string_view numberText() const; ///< empty for other kinds
    [[nodiscard]] qint64 toInteger(qint64 otherwise = 0) const; ///< for counters; otherwise where it is no plain integer

    [[nodiscard]] qsizetype size() const; ///< items or members; 0 for scalars
    [[nodiscard]] qsizetype weight() const; ///< values and member names inside and itself, in O(1); 0 where missing
    [[nodiscard]] Value at(qsizetype index) const; ///< O(n) from the front for arrays; iterate instead
    [[nodiscard]] Value operator[](std::string_view key) const; ///< first member of that name

    /// Range-for over an array's items, or over an object's members in document order.
    class ItemIterator;
    class MemberIterator;
    struct Items;
    struct Members;
    [[nodiscard]] Items items() const;
    [[nodiscard]] Members members() const;

    [[nodiscard]] const yyjson_val *raw() const { return m_value; } ///< for core/json only

private:
    const yyjson_val *m_value = nullptr;
};

class Value::ItemIterator
{
public:
    using value_type = Value;
    using difference_type = std::ptrdiff_t;
    ItemIterator() = default;
    ItemIterator(const yyjson_val *current, qsizetype left) : m_current(current), m_left(left) { }
    Value operator*() const { return Value(m_current); }
    ItemIterator &operator++();
    ItemIterator operator++(int)
    {
        auto copy = *this;
        ++*this;
        return copy;
    }
    bool operator==(const ItemIterator &other) const { return m_left == other.m_left; }

private:
    const yyjson_val *m_current = nullptr;
    qsizetype m_left = 0;
};

struct Value::Items {
    ItemIterator first;
    [[nodiscard]] ItemIterator begin() const { return first; }
    [[nodiscard]] ItemIterator end() const { return {}; }
};

struct Member {
    std::string_view key;
    Value value;
};

class Value::MemberIterator
{
public:
    using value_type = Member;
    using difference_type = std::ptrdiff_t;
    MemberIterator() = default;
    MemberIterator(const yyjson_val *key, qsizetype left) : m_key(key), m_left(left) { }
    Member operator*() const;
    MemberIterator &operator++();
    MemberIterator operator++(int)
    {
        auto copy = *this;
        ++*this;
        return copy;
    }
    bool operator==(const MemberIterator &other) const { return m_left == other.m_left; }

private:
    const yyjson_val *m_key = nullptr;
    qsizetype m_left = 0;
};

struct Value::Members {
    MemberIterator first;
    [[nodiscard]] MemberIterator begin() const { return first; }
    [[nodiscard]] MemberIterator end() const { return {}; }
};

/// Bounds on what is read. Everything is untrusted.
struct Limits {
    qsizetype maxBytes = 256LL * 1024 * 1024;
    int maxDepth = 128; ///< containers inside containers
    bool refuseDuplicateKeys = true;
};

/// One parsed JSON text; owns every Value handed out. Move-only, immutable, so safe to read from any thread.
class Document
{
public:
    Document() = default;
    ~Document();
    Document(Document &&other) noexcept;
    Document &operator=(Document &&other) noexcept;
    Q_DISABLE_COPY(Document)

    [[nodiscard]] Value root() const;

private:
    friend Result<Document> parse(std::string_view text, const Limits &limits);
    friend Result<Document> parseFile(const QString &path, const Limits &limits);
    struct Storage;
    explicit Document(Storage *storage) : m_storage(storage) { }
    Storage *m_storage = nullptr;
};

/// Reads one JSON text (RFC 8259) with full validation: UTF-8, grammar, and Limits.
/// Errors: MalformedJson (where = byte offset or RFC 6901 pointer), TooLarge.
[[nodiscard]] Result<Document> parse(std::string_view text, const Limits &limits = {});

/// The same for a file, read once and not copied: for texts too large to be held twice. Errors: BadInput (cannot be read), as parse().
[[nodiscard]] Result<Document> parseFile(const QString &path, const Limits &limits = {});

/// Checks depth and duplicate keys of one value: what parse() does for the whole text, for a page that was parsed without those checks.
[[nodiscard]] Result<void> checkLimits(Value value, const Limits &limits);

/// Cuts the elements of the array at top-level member `arrayKey` (or of the top-level array if the key is empty) out of a text that
/// does not parse as a whole, by brackets and strings alone, so that one broken element does not blind its neighbours.
/// Pieces are views into `text`. Also returns the text with that array emptied, which holds the page fields.
/// Errors: MalformedJson where not even the brackets balance.
struct SplitArray {
    std::vector<std::string_view> elements;
    QByteArray rest;
};
[[nodiscard]] Result<SplitArray> splitArray(std::string_view text, std::string_view arrayKey);

/// The string member `key` at depth 1 of an element that does not parse, found by scanning; empty where there is none.
[[nodiscard]] QString scanStringMember(std::string_view brokenObject, std::string_view key);

} // namespace Orgtrace::Json
