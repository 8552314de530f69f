#include "changes/changeexport.h"

#include "base/clock.h"
#include "json/node.h"
#include "json/text.h"

namespace Orgtrace::Ui {

using namespace Qt::StringLiterals;

namespace {

std::string utf8Of(const QString &text)
{
    return Json::toUtf8(text);
}

QString titleIn(const Operations::RangeFindings &range, const QString &domain)
{
    return range.domainTitles.value(domain, domain);
}

/// One line of text: what would break it, or write on a terminal, stands as an escape.
QString oneLineOf(const QString &text)
{
    QString line;
    line.reserve(text.size());
    for (const QChar c : text) {
        if (c.category() == QChar::Other_Control || c.category() == QChar::Other_Format || c == QChar::LineSeparator
            || c == QChar::ParagraphSeparator) {
            line += u"\\u%1"_s.arg(static_cast<int>(c.unicode()), 4, 16, QChar(u'0'));
        } else {
            line += c;
        }
    }
    return line;
}

QString valueText(const std::optional<QByteArray> &json)
{
    return json ? oneLineOf(QString::fromUtf8(*json)) : QString();
}

QString markdownCell(const QString &text)
{
    QString cell;
    const QString line = oneLineOf(text);
    for (const QChar c : line) {
        if (u"\\`*_{}[]<>()#+!|~&"_s.contains(c)) {
            cell += u'\\';
        }
        cell += c;
    }
    return cell;
}

QByteArray csvCell(const QString &text)
{
    QString cell = text;
    // What a spreadsheet would compute is data here (CWE-1236): a leading apostrophe makes it text.
    qsizetype first = 0;
    while (first < cell.size() && cell.at(first).isSpace()) {
        ++first;
    }
    const bool isFormula = first < cell.size() && u"=+-@＝＋－＠"_s.contains(cell.at(first));
    if (isFormula || (!cell.isEmpty() && (cell.front() == u'\t' || cell.front() == u'\r' || cell.front() == u'\n'))) {
        cell.prepend(u'\'');
    }
    cell.replace(u'"', u"\"\""_s);
    cell.remove(QChar(u'\0'));
    return QByteArray('"' + cell.toUtf8() + '"');
}

Json::Node valueNode(const std::optional<QByteArray> &json)
{
    if (!json) {
        return {};
    }
    const auto document = Json::parse({json->constData(), static_cast<size_t>(json->size())});
    return document ? Json::Node(document->root()) : Json::Node(json->toStdString());
}

QByteArray asText(const Operations::RangeFindings &range, const QList<const Report::Finding *> &chosen)
{
    QByteArray text;
    for (const Report::Finding *finding : chosen) {
        const Compare::EntityChange &change = finding->judged.change;
        QString line
            = u"%1  %2  %3  %4"_s.arg(Policy::severityName(finding->judged.verdict.severity), titleIn(range, change.domain),
                                      oneLineOf(change.name.isEmpty() ? change.entity : change.name), Compare::changeKindName(change.kind));
        if (!change.name.isEmpty() && !change.entity.isEmpty()) {
            line += u"  ("_s + oneLineOf(change.entity) + u')';
        }
        if (!change.previousEntity.isEmpty()) {
            line += u"  was "_s + oneLineOf(change.previousEntity);
        }
        text += line.toUtf8() + '\n';
        for (const Compare::FieldChange &field : change.fields) {
            const QString path = oneLineOf(field.path.isEmpty() ? u"/"_s : field.path);
            const QString before = valueText(field.oldText);
            const QString after = valueText(field.newText);
            text += u"    %1 %2"_s.arg(Compare::fieldKindName(field.kind), path).toUtf8();
            if (field.oldText || field.newText) {
                const QString said = u": "_s + before + (field.oldText && field.newText ? u" → "_s : QString()) + after;
                text += said.toUtf8();
            }
            text += '\n';
        }
    }
    return text;
}

QByteArray asJson(const Operations::RangeFindings &range, const QList<const Report::Finding *> &chosen,
                  const std::function<QString(const Report::Finding &)> &link)
{
    Json::Node changes = Json::Node::array();
    for (const Report::Finding *finding : chosen) {
        const Compare::EntityChange &change = finding->judged.change;
        Json::Node one = Json::Node::object();
        one["domain"] = utf8Of(change.domain);
        one["entity"] = utf8Of(change.entity);
        one["name"] = utf8Of(change.name);
        one["kind"] = utf8Of(Compare::changeKindName(change.kind));
        one["severity"] = utf8Of(Policy::severityName(finding->judged.verdict.severity));
        one["rule"] = utf8Of(finding->judged.verdict.rule);
        one["previousEntity"] = change.previousEntity.isEmpty() ? Json::Node() : Json::Node(utf8Of(change.previousEntity));
        if (link) {
            one["link"] = utf8Of(link(*finding));
        }
        Json::Node fields = Json::Node::array();
        for (const Compare::FieldChange &field : change.fields) {
            Json::Node item = Json::Node::object();
            item["pointer"] = utf8Of(field.pointer);
            item["path"] = utf8Of(field.path);
            item["kind"] = utf8Of(Compare::fieldKindName(field.kind));
            item["old"] = valueNode(field.oldText);
            item["new"] = valueNode(field.newText);
            item["movedFrom"] = field.movedFrom.isEmpty() ? Json::Node() : Json::Node(utf8Of(field.movedFrom));
            fields.append(std::move(item));
        }
        one["fields"] = std::move(fields);
        changes.append(std::move(one));
    }
    Json::Node root = Json::Node::object();
    root["version"] = 1;
    root["from"] = utf8Of(range.difference.from.id);
    root["to"] = utf8Of(range.difference.to.id);
    root["changes"] = std::move(changes);
    return root.canonicalText();
}

QByteArray asMarkdown(const Operations::RangeFindings &range, const QList<const Report::Finding *> &chosen)
{
    QByteArray text = "| severity | domain | name | id | kind | fields |\n|---|---|---|---|---|---|\n";
    for (const Report::Finding *finding : chosen) {
        const Compare::EntityChange &change = finding->judged.change;
        QStringList paths;
        for (const Compare::FieldChange &field : change.fields) {
            paths.append(markdownCell(field.path));
        }
        const QString row = u"| %1 | %2 | %3 | %4 | %5 | %6 |\n"_s.arg(
            Policy::severityName(finding->judged.verdict.severity), markdownCell(titleIn(range, change.domain)), markdownCell(change.name),
            markdownCell(change.entity), Compare::changeKindName(change.kind), paths.join(u"<br>"_s));
        text += row.toUtf8();
    }
    return text;
}

QByteArray asCsv(const Operations::RangeFindings &range, const QList<const Report::Finding *> &chosen,
                 const std::function<QString(const Report::Finding &)> &link)
{
    QByteArray text = "\xEF\xBB\xBF";
    text += csvRow({u"severity"_s, u"domain"_s, u"entity"_s, u"name"_s, u"kind"_s, u"previous entity"_s, u"rule"_s, u"path"_s,
                    u"field kind"_s, u"old"_s, u"new"_s, u"from"_s, u"to"_s, u"link"_s});
    for (const Report::Finding *finding : chosen) {
        const Compare::EntityChange &change = finding->judged.change;
        const QStringList head{Policy::severityName(finding->judged.verdict.severity),
                               change.domain,
                               change.entity,
                               change.name,
                               Compare::changeKindName(change.kind),
                               change.previousEntity,
                               finding->judged.verdict.rule};
        const QStringList tail{range.difference.from.id, range.difference.to.id, link ? link(*finding) : QString()};
        if (change.fields.isEmpty()) {
            text += csvRow(head + QStringList{{}, {}, {}, {}} + tail);
        }
        for (const Compare::FieldChange &field : change.fields) {
            text += csvRow(head
                           + QStringList{field.path, Compare::fieldKindName(field.kind),
                                         QString::fromUtf8(field.oldText.value_or(QByteArray())),
                                         QString::fromUtf8(field.newText.value_or(QByteArray()))}
                           + tail);
        }
    }
    return text;
}

} // namespace

QByteArray csvRow(const QStringList &cells)
{
    QByteArray row;
    for (const QString &cell : cells) {
        if (!row.isEmpty()) {
            row += ',';
        }
        row += csvCell(cell);
    }
    return row + "\r\n";
}

QByteArray changesAs(ChangeFormat format, const Operations::RangeFindings &range, const QList<int> &chosen,
                     const std::function<QString(const Report::Finding &)> &link)
{
    QList<const Report::Finding *> those;
    those.reserve(chosen.size());
    for (const int at : chosen) {
        if (at >= 0 && at < range.findings.size()) {
            those.append(&range.findings.at(at));
        }
    }
    switch (format) {
    case ChangeFormat::Text: return asText(range, those);
    case ChangeFormat::Json: return asJson(range, those, link);
    case ChangeFormat::Markdown: return asMarkdown(range, those);
    case ChangeFormat::Csv: return asCsv(range, those, link);
    case ChangeFormat::Ids:
    case ChangeFormat::Names: break;
    }
    QByteArray lines;
    for (const Report::Finding *finding : std::as_const(those)) {
        const Compare::EntityChange &change = finding->judged.change;
        const QString text = format == ChangeFormat::Ids || change.name.isEmpty() ? change.entity : change.name;
        lines += oneLineOf(text.isEmpty() ? change.domain : text).toUtf8() + '\n';
    }
    return lines;
}

} // namespace Orgtrace::Ui
