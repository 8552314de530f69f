#include "diff/fieldpatch.h"

#include "json/node.h"
#include "json/pointer.h"

#include <optional>

using namespace Qt::StringLiterals;

namespace Orgtrace::Ui {

namespace {

std::optional<Json::Node> valueOn(const TextLines &lines, int line)
{
    if (line < 1) {
        return std::nullopt;
    }
    QByteArrayView text = lines.between(line, lines.end(line)).trimmed();
    if (const QByteArrayView key = lines.key(line); !key.isNull()) {
        text = text.sliced(key.size() + 3); // quotes and colon
    }
    const Result<Json::Document> document = Json::parse({text.data(), size_t(text.size())});
    return document ? std::optional(Json::Node(document->root())) : std::nullopt;
}

} // namespace

QByteArray fieldPatch(const DiffDocument &document, int change)
{
    using Compare::FieldKind;
    if (change < 0 || change >= document.rows.changes.size() || document.rows.changes[change].isWhole) {
        return {};
    }
    const Compare::RowChange &one = document.rows.changes[change];
    const Compare::AlignedRow row = document.rows[one.row];
    const bool inList = one.leftElement >= 0 || one.rightElement >= 0;
    const auto inside
        = [inList](const QString &pointer) { return inList ? pointer.sliced(std::max<qsizetype>(0, pointer.indexOf(u'/', 1))) : pointer; };
    /// Where in the old text the container of a new value stands, and the token the value gets in it.
    const auto target = [&]() -> QString {
        const std::vector<TextLines::Step> steps = document.right.steps(row.rightLine);
        if (steps.empty()) {
            return {};
        }
        const TextLines::Step &last = steps.back();
        const int parent = steps.size() > 1 ? steps[steps.size() - 2].line : 1;
        const int parentRow = document.rows.rowOfLine(true, parent);
        const int oldParent = parentRow >= 0 ? document.rowLine(parentRow, Side::Left) : 0;
        if (oldParent == 0) {
            return {};
        }
        QString token = last.token;
        if (last.isIndex) {
            const qint64 most = document.left.childTokens(oldParent, std::numeric_limits<int>::max()).size();
            token = QString::number(std::min(token.toLongLong(), one.kind == FieldKind::Moved ? most - 1 : most));
        }
        return inside(document.left.pointer(oldParent) + u'/' + Json::pointerToken(token));
    };
    Json::Node operations = Json::Node::array();
    const auto add = [&operations](const QString &op, const QString &path, std::optional<Json::Node> value, const QString &from = {}) {
        Json::Node operation = Json::Node::object();
        operation["op"] = op;
        operation["path"] = path;
        if (!from.isEmpty()) {
            operation["from"] = from;
        }
        if (value) {
            operation["value"] = *std::move(value);
        }
        operations.append(std::move(operation));
    };
    const QString oldPlace = row.leftLine > 0 ? inside(document.left.pointer(row.leftLine)) : QString();
    const std::optional<Json::Node> oldValue = valueOn(document.left, row.leftLine), newValue = valueOn(document.right, row.rightLine);
    if (one.kind != FieldKind::Added) {
        if (!oldValue) {
            return {};
        }
        add(u"test"_s, oldPlace, oldValue);
    }
    switch (one.kind) {
    case FieldKind::Removed: add(u"remove"_s, oldPlace, {}); break;
    case FieldKind::Modified:
    case FieldKind::Type:
        if (!newValue) {
            return {};
        }
        add(u"replace"_s, oldPlace, newValue);
        break;
    case FieldKind::Added:
    case FieldKind::Moved: {
        const QString place = target();
        if (place.isEmpty() || !newValue) {
            return {};
        }
        if (one.kind == FieldKind::Added) {
            add(u"add"_s, place, newValue);
        } else {
            add(u"move"_s, place, {}, oldPlace);
        }
        break;
    }
    }
    return operations.canonicalText();
}

} // namespace Orgtrace::Ui
