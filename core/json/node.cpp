#include "json/node.h"

#include "json/canonical.h"
#include "json/text.h"

#include <charconv>
#include <cmath>

namespace Orgtrace::Json {

namespace {
constexpr int deepest = 1024; // bounds the recursion below; parse() with its own limits never comes near

Node copied(Value value, int depth);
} // namespace

Node::Node(const QString &text) : m_value(toUtf8(text)) { }

Node::Node(double value)
{
    if (!std::isfinite(value))
        return;
    char text[64];
    const auto [end, error] = std::to_chars(text, text + sizeof text, value);
    m_value = Number{std::string(text, error == std::errc() ? end : text)};
}

Node::Node(const QStringList &list)
{
    Array items;
    items.reserve(static_cast<size_t>(list.size()));
    for (const QString &item : list)
        items.emplace_back(item);
    m_value = std::move(items);
}

Node::Node(Value value)
{
    *this = copied(value, 0);
}

Node Node::number(std::string text)
{
    Node node;
    node.m_value = Number{std::move(text)};
    return node;
}

Node &Node::operator[](std::string_view key)
{
    if (isNull())
        m_value = Object{};
    auto &members = std::get<Object>(m_value);
    if (const auto found = members.find(key); found != members.end())
        return found->second;
    return members.emplace(std::string(key), Node()).first->second;
}

void Node::append(Node item)
{
    if (isNull())
        m_value = Array{};
    std::get<Array>(m_value).push_back(std::move(item));
}

namespace {
Node copied(Value value, int depth)
{
    if (depth > deepest)
        return {};
    switch (value.kind()) {
    case Kind::Missing:
    case Kind::Null: return {};
    case Kind::Bool: return value.toBool();
    case Kind::Number: return Node::number(std::string(value.numberText()));
    case Kind::String: return Node(std::string(value.string()));
    case Kind::Array: {
        Node::Array items;
        items.reserve(static_cast<size_t>(value.size()));
        for (const Value item : value.items())
            items.push_back(copied(item, depth + 1));
        return Node(std::move(items));
    }
    case Kind::Object: {
        Node::Object members;
        for (const Member &member : value.members())
            members.emplace(std::string(member.key), copied(member.value, depth + 1));
        return Node(std::move(members));
    }
    }
    return {};
}
} // namespace

void Node::write(std::string &out, int indent, bool pretty) const
{
    const auto lineBreak = [&](int levels) {
        if (pretty) {
            out += '\n';
            out.append(static_cast<size_t>(levels) * 2, ' ');
        }
    };
    if (const auto *flag = std::get_if<bool>(&m_value)) {
        out += *flag ? "true" : "false";
    } else if (const auto *number = std::get_if<Number>(&m_value)) {
        out += number->text;
    } else if (const auto *text = std::get_if<std::string>(&m_value)) {
        appendString(out, *text);
    } else if (const auto *items = std::get_if<Array>(&m_value)) {
        out += '[';
        for (const Node &item : *items) {
            if (&item != items->data())
                out += ',';
            lineBreak(indent + 1);
            item.write(out, indent + 1, pretty);
        }
        if (!items->empty())
            lineBreak(indent);
        out += ']';
    } else if (const auto *members = std::get_if<Object>(&m_value)) {
        out += '{';
        bool first = true;
        for (const auto &[key, value] : *members) {
            if (!first)
                out += ',';
            first = false;
            lineBreak(indent + 1);
            appendString(out, key);
            out += pretty ? ": " : ":";
            value.write(out, indent + 1, pretty);
        }
        if (!members->empty())
            lineBreak(indent);
        out += '}';
    } else {
        out += "null";
    }
}

QByteArray Node::canonicalText() const
{
    std::string out;
    write(out, 0, true);
    out += '\n';
    return {out.data(), static_cast<qsizetype>(out.size())};
}

QByteArray Node::compactText() const
{
    std::string out;
    write(out, 0, false);
    return {out.data(), static_cast<qsizetype>(out.size())};
}

} // namespace Orgtrace::Json
