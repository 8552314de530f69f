#pragma once

#include "json/value.h"

#include <QStringList>

#include <map>
#include <string>
#include <variant>
#include <vector>

namespace Orgtrace::Json {

/// A JSON value under construction: the only way Orgtrace writes JSON of its own (manifests, --json output, reports' data).
/// Members come out sorted; numbers are kept as text.
class Node
{
public:
    using Array = std::vector<Node>;
    using Object = std::map<std::string, Node, std::less<>>;

    Node() = default; ///< null
    Node(bool value) : m_value(value) { }
    Node(int value) : Node(static_cast<qint64>(value)) { }
    Node(qint64 value) : m_value(Number{std::to_string(value)}) { }
    Node(double value); ///< shortest text that reads back the same; null where not finite
    Node(const QString &text); ///< a lone surrogate is kept
    Node(std::string utf8) : m_value(std::move(utf8)) { }
    Node(const char *) = delete; ///< write QStringLiteral: a pointer must not become a bool
    Node(const QStringList &list);
    Node(Array array) : m_value(std::move(array)) { }
    Node(Object object) : m_value(std::move(object)) { }
    explicit Node(Value value); ///< deep copy, null below 1024 levels; of equal names the first

    [[nodiscard]] static Node array() { return Node(Array{}); }
    [[nodiscard]] static Node object() { return Node(Object{}); }
    [[nodiscard]] static Node number(std::string text); ///< exact text; @pre valid JSON number

    /// The member of that name, made where missing; turns null into an object. @pre null or object
    Node &operator[](std::string_view key);
    void append(Node item); ///< turns null into an array. @pre null or array

    [[nodiscard]] bool isNull() const { return std::holds_alternative<std::monostate>(m_value); }
    [[nodiscard]] QByteArray canonicalText() const;
    [[nodiscard]] QByteArray compactText() const;

private:
    struct Number {
        std::string text;
    };
    void write(std::string &out, int indent, bool pretty) const;
    std::variant<std::monostate, bool, Number, std::string, Array, Object> m_value;
};

} // namespace Orgtrace::Json
