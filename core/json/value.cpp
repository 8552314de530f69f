#include "json/value.h"

#include "json/memberorder.h"
#include "json/text.h"

#include <charconv>

namespace Orgtrace::Json {

Kind Value::kind() const
{
    if (!m_value)
        return Kind::Missing;
    switch (typeOf(m_value)) {
    case YYJSON_TYPE_NULL: return Kind::Null;
    case YYJSON_TYPE_BOOL: return Kind::Bool;
    case YYJSON_TYPE_RAW: return Kind::Number;
    case YYJSON_TYPE_STR: return Kind::String;
    case YYJSON_TYPE_ARR: return Kind::Array;
    case YYJSON_TYPE_OBJ: return Kind::Object;
    default: return Kind::Missing;
    }
}

bool Value::toBool(bool otherwise) const
{
    return kind() == Kind::Bool ? (m_value->tag & YYJSON_SUBTYPE_MASK) == YYJSON_SUBTYPE_TRUE : otherwise;
}

std::string_view Value::string() const
{
    return kind() == Kind::String ? rawText(m_value) : std::string_view();
}

QString Value::toQString() const
{
    return Json::toQString(string());
}

std::string_view Value::numberText() const
{
    return kind() == Kind::Number ? rawText(m_value) : std::string_view();
}

qint64 Value::toInteger(qint64 otherwise) const
{
    const std::string_view text = numberText();
    qint64 number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return !text.empty() && error == std::errc() && end == text.data() + text.size() ? number : otherwise;
}

qsizetype Value::size() const
{
    return isArray() || isObject() ? static_cast<qsizetype>(countOf(m_value)) : 0;
}

qsizetype Value::weight() const
{
    return m_value ? nextOf(m_value) - m_value : 0;
}

Value Value::at(qsizetype index) const
{
    if (!isArray() || index < 0 || index >= size())
        return {};
    const auto *item = firstOf(m_value);
    for (; index > 0; --index)
        item = nextOf(item);
    return Value(item);
}

Value Value::operator[](std::string_view key) const
{
    if (!isObject())
        return {};
    const auto *name = firstOf(m_value);
    for (size_t left = countOf(m_value); left > 0; --left) {
        if (rawText(name) == key)
            return Value(name + 1);
        name = nextOf(name + 1);
    }
    return {};
}

Value::Items Value::items() const
{
    if (!isArray() || countOf(m_value) == 0)
        return {};
    return {ItemIterator(firstOf(m_value), static_cast<qsizetype>(countOf(m_value)))};
}

Value::Members Value::members() const
{
    if (!isObject() || countOf(m_value) == 0)
        return {};
    return {MemberIterator(firstOf(m_value), static_cast<qsizetype>(countOf(m_value)))};
}

Value::ItemIterator &Value::ItemIterator::operator++()
{
    if (--m_left > 0)
        m_current = nextOf(m_current);
    return *this;
}

Member Value::MemberIterator::operator*() const
{
    return {rawText(m_key), Value(m_key + 1)};
}

Value::MemberIterator &Value::MemberIterator::operator++()
{
    if (--m_left > 0)
        m_key = nextOf(m_key + 1);
    return *this;
}

} // namespace Orgtrace::Json
