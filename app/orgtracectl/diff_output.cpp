#include "orgtracectl/diff_command.h"

#include "base/digest.h"

using namespace Qt::StringLiterals;

namespace Orgtrace::Ctl {

namespace {

Json::Node valueNode(const std::optional<QByteArray> &text)
{
    if (!text) {
        return {};
    }
    const Result<Json::Document> document = Json::parse(view(*text));
    return document ? Json::Node(document->root()) : Json::Node(QString::fromUtf8(*text));
}

QString shownValue(const std::optional<QByteArray> &text)
{
    return text ? oneLine(QString::fromUtf8(*text), 160) : QString();
}

} // namespace

Json::Node fieldNode(const Compare::FieldChange &field)
{
    Json::Node node;
    node["pointer"] = field.pointer;
    node["path"] = field.path;
    node["kind"] = Compare::fieldKindName(field.kind);
    if (field.oldText) {
        node["old"] = valueNode(field.oldText);
    }
    if (field.newText) {
        node["new"] = valueNode(field.newText);
    }
    if (!field.movedFrom.isEmpty()) {
        node["movedFrom"] = field.movedFrom;
    }
    return node;
}

void printField(const Output &out, const Compare::FieldChange &field)
{
    switch (field.kind) {
    case Compare::FieldKind::Added: out.line(u"      + %1: %2"_s.arg(field.path, shownValue(field.newText))); break;
    case Compare::FieldKind::Removed: out.line(u"      - %1: %2"_s.arg(field.path, shownValue(field.oldText))); break;
    case Compare::FieldKind::Modified:
        out.line(u"      ~ %1: %2 → %3"_s.arg(field.path, shownValue(field.oldText), shownValue(field.newText)));
        break;
    case Compare::FieldKind::Type:
        out.line(u"      t %1: %2 → %3 (type only)"_s.arg(field.path, shownValue(field.oldText), shownValue(field.newText)));
        break;
    case Compare::FieldKind::Moved: out.line(u"      > %1 moved from %2"_s.arg(field.path, field.movedFrom)); break;
    }
}

Json::Node notComparableNode(const QList<Compare::NotComparable> &gaps)
{
    Json::Node node = Json::Node::array();
    for (const Compare::NotComparable &gap : gaps) {
        Json::Node row;
        row["domain"] = gap.domain;
        row["ids"] = Json::Node(gap.ids);
        row["why"] = gap.why;
        node.append(std::move(row));
    }
    return node;
}

void printNotComparable(const Output &out, const QList<Compare::NotComparable> &gaps)
{
    for (const Compare::NotComparable &gap : gaps) {
        out.line(u"not comparable: %1%2  %3"_s.arg(
            gap.domain, gap.ids.isEmpty() ? QString() : u" ("_s + oneLine(gap.ids.join(u", "_s), 120) + u')', oneLine(gap.why)));
    }
}

QString suppressedWords(const std::map<QString, qint64> &suppressed)
{
    QStringList hidden;
    for (const auto &[what, count] : suppressed) {
        if (count > 0) {
            hidden.append(u"%1 %2"_s.arg(thousands(count), what));
        }
    }
    return hidden.isEmpty() ? QString() : u" · suppressed: "_s + hidden.join(u", "_s);
}

} // namespace Orgtrace::Ctl
