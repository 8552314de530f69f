#include "compare/jsonpatch.h"

#include "base/digest.h"
#include "json/canonical.h"
#include "json/equality.h"
#include "json/pointer.h"
#include "json/text.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

using namespace Qt::StringLiterals;

namespace Orgtrace::Compare {

using Json::Kind;
using Json::Node;
using Json::Value;

namespace {

constexpr qsizetype LargestPlayed = 8LL * 1024 * 1024; ///< bytes of both texts up to which a patch is played before it is given out

/// A JSON value that can be changed; scalars as their canonical text.
struct Working {
    Kind kind = Kind::Null;
    QByteArray scalar;
    std::map<QString, Working> members;
    std::vector<Working> items;

    friend bool operator==(const Working &, const Working &) = default;
};

Working treeOf(Value value)
{
    Working tree;
    tree.kind = value.kind();
    if (value.isObject()) {
        for (const Json::Member member : value.members()) {
            tree.members.emplace(Json::toQString(member.key), treeOf(member.value));
        }
    } else if (value.isArray()) {
        for (const Value item : value.items()) {
            tree.items.push_back(treeOf(item));
        }
    } else {
        tree.scalar = Json::compactText(value);
    }
    return tree;
}

Result<Json::Document> parsed(const QByteArray &text)
{
    return Json::parse(view(text));
}

Node nodeOf(const Working &tree)
{
    if (tree.kind == Kind::Object) {
        Node node = Node::object();
        for (const auto &[key, value] : tree.members) {
            node[key.toStdString()] = nodeOf(value);
        }
        return node;
    }
    if (tree.kind == Kind::Array) {
        Node node = Node::array();
        for (const Working &item : tree.items) {
            node.append(nodeOf(item));
        }
        return node;
    }
    const Result<Json::Document> scalar = parsed(tree.scalar);
    return scalar ? Node(scalar->root()) : Node();
}

std::optional<size_t> indexOf(const QString &token, size_t bound)
{
    bool number = false;
    const qulonglong index = token.toULongLong(&number);
    return number && index < bound && (token == u"0" || !token.startsWith(u'0')) ? std::optional(size_t(index)) : std::nullopt;
}

/// One operation on the tree; false where it does not apply, or where moving the elements of arrays has cost more steps than there were.
bool apply(Working &root, const QString &op, const QStringList &tokens, const Working &value, qint64 &steps)
{
    if (tokens.isEmpty()) {
        if (op == u"test") {
            return root == value;
        }
        root = op == u"remove" ? Working{} : value;
        return true;
    }
    Working *parent = &root;
    for (const auto those = tokens.first(tokens.size() - 1); const QString &token : those) {
        if (parent->kind == Kind::Object) {
            const auto found = parent->members.find(token);
            if (found == parent->members.end()) {
                return false;
            }
            parent = &found->second;
        } else {
            const std::optional<size_t> index = parent->kind == Kind::Array ? indexOf(token, parent->items.size()) : std::nullopt;
            if (!index) {
                return false;
            }
            parent = &parent->items[*index];
        }
    }
    const QString &last = tokens.last();
    if (parent->kind == Kind::Object) {
        const auto found = parent->members.find(last);
        const bool there = found != parent->members.end();
        if (op == u"add") {
            parent->members.insert_or_assign(last, value);
            return true;
        }
        if (!there || (op == u"test" && found->second != value)) {
            return false;
        }
        if (op == u"remove") {
            parent->members.erase(found);
        } else if (op == u"replace") {
            found->second = value;
        }
        return true;
    }
    if (parent->kind != Kind::Array) {
        return false;
    }
    const std::optional<size_t> index = indexOf(last, parent->items.size() + (op == u"add" ? 1 : 0));
    if (!index || (op == u"test" && parent->items[*index] != value)) {
        return false;
    }
    const auto place = parent->items.begin() + std::ptrdiff_t(*index);
    if (op == u"add" || op == u"remove") {
        steps -= qint64(parent->items.size() - *index);
        if (steps < 0) {
            return false;
        }
    }
    if (op == u"add") {
        parent->items.insert(place, value);
    } else if (op == u"remove") {
        parent->items.erase(place);
    } else if (op == u"replace") {
        *place = value;
    }
    return true;
}

/// Tokens by place: numbers by value, so that /2 stands before /10.
bool before(const QStringList &a, const QStringList &b)
{
    return std::ranges::lexicographical_compare(a, b, [](const QString &x, const QString &y) {
        bool xNumber = false, yNumber = false;
        const qulonglong left = x.toULongLong(&xNumber), right = y.toULongLong(&yNumber);
        if (xNumber != yNumber)
            return xNumber; // indexes before names: one order for all of them
        return xNumber && left != right ? left < right : x < y;
    });
}

/// Builds the patch and plays it at once, so that one that does not lead to the new text is known.
class PatchBuilder
{
public:
    explicit PatchBuilder(Working old) : m_tree(std::move(old)) { }

    void put(const QString &op, const QString &pointer, const std::optional<Working> &value)
    {
        const Result<QStringList> tokens = Json::parsePointer(pointer);
        m_good = m_good && tokens && apply(m_tree, op, *tokens, value.value_or(Working{}), m_steps);
        Node node;
        node["op"] = op;
        node["path"] = pointer;
        if (value) {
            node["value"] = nodeOf(*value);
        }
        operations.append(std::move(node));
    }
    [[nodiscard]] bool isGood() const { return m_good; }
    [[nodiscard]] bool leadsTo(const Working &tree) const { return m_good && m_tree == tree; }
    Node operations = Node::array();

private:
    Working m_tree;
    qint64 m_steps = 2'000'000;
    bool m_good = true;
};

struct Step {
    QStringList tokens;
    QString pointer;
    const FieldChange *field;
};

bool build(PatchBuilder &builder, const QList<FieldChange> &fields)
{
    std::vector<Step> removals, additions, replacements;
    for (const FieldChange &field : fields) {
        const Result<QStringList> tokens = Json::parsePointer(field.pointer);
        if (!tokens) {
            return false;
        }
        switch (field.kind) {
        case FieldKind::Removed: removals.push_back({*tokens, field.pointer, &field}); break;
        case FieldKind::Added: additions.push_back({*tokens, field.pointer, &field}); break;
        case FieldKind::Modified:
        case FieldKind::Type: replacements.push_back({*tokens, field.pointer, &field}); break;
        case FieldKind::Moved: return false; // said better by what stands where
        }
    }
    std::ranges::sort(removals, [](const Step &a, const Step &b) { return before(b.tokens, a.tokens); });
    std::ranges::sort(additions, [](const Step &a, const Step &b) { return before(a.tokens, b.tokens); });
    const auto put = [&builder](const QString &op, const Step &step, const std::optional<QByteArray> &text) {
        const Result<Json::Document> value = text ? parsed(*text) : Result<Json::Document>(std::unexpected(Error{}));
        if (value) {
            builder.put(op, step.pointer, treeOf(value->root()));
        }
        return value && builder.isGood();
    };
    for (const Step &step : removals) {
        if (!put(u"test"_s, step, step.field->oldText)) {
            return false;
        }
        builder.put(u"remove"_s, step.pointer, std::nullopt);
    }
    for (const Step &step : additions) {
        if (!put(u"add"_s, step, step.field->newText)) {
            return false;
        }
    }
    for (const Step &step : replacements) {
        if (!put(u"test"_s, step, step.field->oldText) || !put(u"replace"_s, step, step.field->newText)) {
            return false;
        }
    }
    return true;
}

/// Operations by structure alone: exact by construction, of any size.
class PatchWriter
{
public:
    void compare(Json::Value a, Json::Value b)
    {
        if (Json::identical(a, b)) {
            return;
        }
        if (a.isObject() && b.isObject()) {
            members(a, b);
        } else if (a.isArray() && b.isArray()) {
            elements(a, b);
        } else {
            emitOp(u"test"_s, a);
            emitOp(u"replace"_s, b);
        }
    }
    Json::Node operations = Json::Node::array();

private:
    void emitOp(const QString &op, Json::Value value)
    {
        Json::Node node;
        node["op"] = op;
        node["path"] = Json::pointerText(m_path);
        if (!value.isMissing()) {
            node["value"] = Json::Node(value);
        }
        operations.append(std::move(node));
    }
    static std::unordered_map<std::string_view, Json::Value> byName(Json::Value object)
    {
        std::unordered_map<std::string_view, Json::Value> out;
        out.reserve(size_t(object.size()));
        for (const Json::Member member : object.members()) {
            out.try_emplace(member.key, member.value);
        }
        return out;
    }
    void members(Json::Value a, Json::Value b)
    {
        const std::unordered_map<std::string_view, Json::Value> mine = byName(a), theirs = byName(b);
        for (const Json::Member member : a.members()) {
            m_path.append(Json::toQString(member.key));
            const auto found = theirs.find(member.key);
            if (found == theirs.end()) {
                emitOp(u"test"_s, member.value);
                emitOp(u"remove"_s, {});
            } else {
                compare(member.value, found->second);
            }
            m_path.removeLast();
        }
        for (const Json::Member member : b.members()) {
            if (!mine.contains(member.key)) {
                m_path.append(Json::toQString(member.key));
                emitOp(u"add"_s, member.value);
                m_path.removeLast();
            }
        }
    }
    void elements(Json::Value a, Json::Value b)
    {
        std::vector<Json::Value> left, right;
        for (const Json::Value item : a.items()) {
            left.push_back(item);
        }
        for (const Json::Value item : b.items()) {
            right.push_back(item);
        }
        size_t front = 0;
        while (front < left.size() && front < right.size() && Json::identical(left[front], right[front])) {
            ++front;
        }
        size_t back = 0;
        while (back < left.size() - front && back < right.size() - front
               && Json::identical(left[left.size() - 1 - back], right[right.size() - 1 - back])) {
            ++back;
        }
        const size_t leftMiddle = left.size() - front - back;
        const size_t rightMiddle = right.size() - front - back;
        const auto at = [this](size_t index, const std::function<void()> &fn) {
            m_path.append(QString::number(index));
            fn();
            m_path.removeLast();
        };
        if (leftMiddle == rightMiddle) {
            for (size_t i = 0; i < leftMiddle; ++i) {
                at(front + i, [&] { compare(left[front + i], right[front + i]); });
            }
            return;
        }
        // From the back, so that the indices of what is still to go stay true.
        for (size_t i = leftMiddle; i-- > 0;) {
            at(front + i, [&] {
                emitOp(u"test"_s, left[front + i]);
                emitOp(u"remove"_s, {});
            });
        }
        for (size_t i = 0; i < rightMiddle; ++i) {
            at(front + i, [&] { emitOp(u"add"_s, right[front + i]); });
        }
    }
    QStringList m_path;
};

} // namespace

Result<Node> jsonPatch(const QList<FieldChange> &fields, const QByteArray &oldText, const QByteArray &newText)
{
    Json::Document old, now;
    for (const auto &[text, document] : {std::pair(&oldText, &old), std::pair(&newText, &now)}) {
        if (text->isEmpty()) {
            continue;
        }
        Result<Json::Document> read = parsed(*text);
        if (!read) {
            return std::unexpected(read.error());
        }
        *document = std::move(*read);
    }
    const auto operation = [](const QString &op, Value value) {
        Node node;
        node["op"] = op;
        node["path"] = QString();
        if (!value.isMissing()) {
            node["value"] = Node(value);
        }
        return node;
    };
    Node whole = Node::array();
    if (oldText.isEmpty() || newText.isEmpty()) {
        if (!newText.isEmpty()) {
            whole.append(operation(u"add"_s, now.root()));
        } else if (!oldText.isEmpty()) {
            whole.append(operation(u"test"_s, old.root()));
            whole.append(operation(u"remove"_s, {}));
        }
        return whole;
    }
    if (oldText.size() + newText.size() <= LargestPlayed) {
        PatchBuilder builder(treeOf(old.root()));
        if (build(builder, fields) && builder.leadsTo(treeOf(now.root()))) {
            return std::move(builder.operations);
        }
    }
    PatchWriter writer;
    writer.compare(old.root(), now.root());
    return std::move(writer.operations);
}

std::optional<QByteArray> applyJsonPatch(const QByteArray &text, const QByteArray &patch)
{
    const Result<Json::Document> document = text.isEmpty() ? Result<Json::Document>(Json::Document()) : parsed(text);
    const Result<Json::Document> operations = parsed(patch);
    if (!document || !operations || !operations->root().isArray()) {
        return std::nullopt;
    }
    Working tree = treeOf(document->root());
    bool removed = false;
    qint64 steps = std::numeric_limits<qint64>::max();
    for (const Value operation : operations->root().items()) {
        const Result<QStringList> tokens = Json::parsePointer(operation["path"].toQString());
        const QString op = operation["op"].toQString();
        if (!tokens || !apply(tree, op, *tokens, treeOf(operation["value"]), steps)) {
            return std::nullopt;
        }
        removed = tokens->isEmpty() && op == u"remove";
    }
    return removed ? QByteArray() : nodeOf(tree).canonicalText();
}

} // namespace Orgtrace::Compare
