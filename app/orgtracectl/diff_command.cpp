#include "orgtracectl/command.h"

#include "base/digest.h"
#include "compare/formats.h"
#include "compare/jsonpatch.h"
#include "json/canonical.h"

#include <CLI/CLI.hpp>

#include <QFile>
#include <QFileInfo>

using namespace Qt::StringLiterals;

namespace Orgtrace::Ctl {

namespace {

struct DiffArguments {
    std::string a, b, domain, format = "text";
    bool files = false, exact = false, types = false;
};

Json::Node valueNode(const std::optional<QByteArray> &text)
{
    if (!text) {
        return {};
    }
    const Result<Json::Document> document = Json::parse(view(*text));
    return document ? Json::Node(document->root()) : Json::Node(QString::fromUtf8(*text));
}

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

Json::Node rangeNode(const Operations::RangeFindings &range)
{
    Json::Node node;
    node["version"] = 1;
    node["from"] = range.difference.from.id;
    node["to"] = range.difference.to.id;
    node["changes"] = Json::Node::array();
    for (const Report::Finding &finding : range.findings) {
        const Compare::EntityChange &change = finding.judged.change;
        Json::Node row;
        row["domain"] = change.domain;
        row["entity"] = change.entity;
        row["name"] = change.name;
        row["kind"] = Compare::changeKindName(change.kind);
        row["severity"] = Policy::severityName(finding.judged.verdict.severity);
        row["rule"] = finding.judged.verdict.rule;
        if (!change.previousEntity.isEmpty()) {
            row["previousEntity"] = change.previousEntity;
        }
        row["fields"] = Json::Node::array();
        for (const Compare::FieldChange &field : change.fields) {
            row["fields"].append(fieldNode(field));
        }
        QStringList events;
        for (const Audit::Event &event : finding.events) {
            events.append(event.id);
        }
        row["events"] = Json::Node(events);
        node["changes"].append(std::move(row));
    }
    node["notComparable"] = Json::Node::array();
    for (const Compare::NotComparable &gap : range.difference.notComparable) {
        Json::Node row;
        row["domain"] = gap.domain;
        row["ids"] = Json::Node(gap.ids);
        row["why"] = gap.why;
        node["notComparable"].append(std::move(row));
    }
    node["suppressed"] = Json::Node::object();
    for (const auto &[what, count] : range.difference.suppressed) {
        node["suppressed"][what.toStdString()] = count;
    }
    node["rulesChanged"] = Json::Node(range.difference.rulesChanged);
    return node;
}

QString shownValue(const std::optional<QByteArray> &text)
{
    return text ? oneLine(QString::fromUtf8(*text), 160) : QString();
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

void printRange(const Output &out, const Operations::RangeFindings &range)
{
    out.line(u"A %1  %2"_s.arg(range.difference.from.id.left(12), isoUtc(range.difference.from.observedUtc)));
    out.line(u"B %1  %2"_s.arg(range.difference.to.id.left(12), isoUtc(range.difference.to.observedUtc)));
    for (const Compare::NotComparable &gap : range.difference.notComparable) {
        out.line(u"not comparable: %1%2  %3"_s.arg(
            gap.domain, gap.ids.isEmpty() ? QString() : u" ("_s + oneLine(gap.ids.join(u", "_s), 120) + u')', oneLine(gap.why)));
    }
    QMap<QString, int> counts;
    for (const Report::Finding &finding : range.findings) {
        const Compare::EntityChange &change = finding.judged.change;
        const QString severity = Policy::severityName(finding.judged.verdict.severity);
        ++counts[severity];
        const QString name = change.name.isEmpty() ? change.entity : oneLine(change.name, 80);
        QString head
            = u"%1 %2 %3/%4"_s.arg(severity.leftJustified(9), Compare::changeKindName(change.kind).leftJustified(9), change.domain, name);
        if (change.name.size() && !change.entity.isEmpty()) {
            head += u"  ["_s + oneLine(change.entity, 80) + u']';
        }
        out.line(head);
        if (!finding.judged.verdict.title.isEmpty()) {
            out.line(u"      "_s + oneLine(finding.judged.verdict.title));
        }
        if (!change.previousEntity.isEmpty()) {
            out.line(u"      recreated: was "_s + oneLine(change.previousEntity, 80));
        }
        for (const Compare::FieldChange &field : change.fields) {
            printField(out, field);
        }
        for (const Audit::Event &event : finding.events) {
            out.line(u"      · %1  %2  %3 %4  from %5"_s.arg(
                isoUtc(event.timeUtc), event.userName.isEmpty() ? event.userId : oneLine(event.userName, 60), event.entityType,
                event.action, event.remoteIps.isEmpty() ? u"(not recorded)"_s : oneLine(event.remoteIps.join(u", "_s), 80)));
        }
    }
    QStringList parts;
    for (const QString &severity : {u"critical"_s, u"high"_s, u"medium"_s, u"low"_s}) {
        if (counts.value(severity) > 0) {
            parts.append(u"%1 %2"_s.arg(counts.value(severity)).arg(severity));
        }
    }
    QStringList hidden;
    for (const auto &[what, count] : range.difference.suppressed) {
        if (count > 0) {
            hidden.append(u"%1 %2"_s.arg(thousands(count), what));
        }
    }
    out.line(u"%1 changes%2%3"_s.arg(thousands(range.findings.size()), parts.isEmpty() ? QString() : u": "_s + parts.join(u", "_s),
                                     hidden.isEmpty() ? QString() : u" · suppressed: "_s + hidden.join(u", "_s)));
}

Result<QByteArray> textOf(const Evidence::Snapshot &snapshot, const QString &domain, const QString &entity)
{
    Result<QByteArray> text = snapshot.entityText(domain, entity);
    if (!text && text.error().code == ErrorCode::NotFound) {
        return QByteArray();
    }
    return text;
}

QCoro::Task<int> diffSnapshots(Context &context, DiffArguments arguments)
{
    const Output out = context.out();
    const Result<Operations::Workspace *> workspace = context.reader();
    if (!workspace) {
        co_return out.fail(workspace.error());
    }
    const Result<Evidence::SnapshotSummary> a = (*workspace)->resolve(q(arguments.a));
    if (!a) {
        co_return out.fail(a.error());
    }
    const Result<Evidence::SnapshotSummary> b = (*workspace)->resolve(q(arguments.b));
    if (!b) {
        co_return out.fail(b.error());
    }
    Compare::Options options;
    options.showTypes = arguments.types;
    options.exact = arguments.exact;
    if (!arguments.domain.empty()) {
        options.domains = q(arguments.domain).split(u',', Qt::SkipEmptyParts);
    }
    const Result<Operations::RangeFindings> range
        = Operations::findings((*workspace)->folder(), a->id, b->id, options, context.cancel.token(), [&out](qint64 done, qint64 total) {
              out.progress(u"comparing %1 of %2"_s.arg(thousands(done), thousands(total)));
          });
    out.endProgress();
    if (!range) {
        co_return out.fail(range.error());
    }
    if (arguments.format == "json-patch" || arguments.format == "unified") {
        const Result<Evidence::Snapshot> from = (*workspace)->store().snapshot(a->id);
        const Result<Evidence::Snapshot> to = (*workspace)->store().snapshot(b->id);
        if (!from || !to) {
            co_return out.fail(!from ? from.error() : to.error());
        }
        Json::Node patches = Json::Node::array();
        for (const Report::Finding &finding : range->findings) {
            const Compare::EntityChange &change = finding.judged.change;
            const Result<QByteArray> oldText
                = textOf(*from, change.domain, change.previousEntity.isEmpty() ? change.entity : change.previousEntity);
            const Result<QByteArray> newText = textOf(*to, change.domain, change.entity);
            if (!oldText || !newText) {
                co_return out.fail(!oldText ? oldText.error() : newText.error());
            }
            if (arguments.format == "unified") {
                const QString path = change.domain + u'/' + QString::fromLatin1(Evidence::entityFileName(change.entity)) + u".json"_s;
                const QByteArray text = Compare::unifiedDiff(*oldText, *newText, oldText->isEmpty() ? u"/dev/null"_s : u"a/"_s + path,
                                                             newText->isEmpty() ? u"/dev/null"_s : u"b/"_s + path);
                if (Output::isTerminal(1)) {
                    out.line(QString::fromUtf8(text).trimmed());
                } else {
                    out.raw(text);
                }
                continue;
            }
            const Result<Json::Node> patch = Compare::jsonPatch(change.fields, *oldText, *newText);
            if (!patch) {
                co_return out.fail(patch.error());
            }
            Json::Node row;
            row["domain"] = change.domain;
            row["entity"] = change.entity;
            row["patch"] = *patch;
            patches.append(std::move(row));
        }
        if (arguments.format == "json-patch") {
            out.document(patches);
        }
    } else if (out.isJson()) {
        out.document(rangeNode(*range));
    } else {
        printRange(out, *range);
    }
    QSet<QString> unseen;
    for (const Report::Finding &finding : range->findings) {
        if (range->isMerelyUnseen(finding.judged.change)) {
            unseen.insert(finding.judged.change.domain);
        }
    }
    if (!unseen.isEmpty()) {
        QStringList names(unseen.begin(), unseen.end());
        names.sort();
        out.warning(
            u"the client of one side saw some divisions only, or under a condition: what is added or removed in %1 may merely not have "
            "been seen"_s.arg(oneLine(names.join(u", "_s))));
    }
    co_return !range->difference.notComparable.isEmpty() ? 4 : range->findings.isEmpty() ? 0 : 1;
}

Result<QByteArray> readJsonFile(const std::string &path)
{
    // Its size is bounded below, so that it must have one: no device, no pipe.
    if (!QFileInfo(q(path)).isFile()) {
        return Error::make(ErrorCode::BadInput, u"%1 is no regular file"_s.arg(q(path)), q(path));
    }
    QFile file(q(path));
    if (!file.open(QIODevice::ReadOnly)) {
        return Error::make(ErrorCode::BadInput, u"cannot read %1: %2"_s.arg(q(path), file.errorString()), q(path));
    }
    constexpr qint64 limit = 256LL * 1024 * 1024;
    if (file.size() > limit) {
        return Error::make(ErrorCode::TooLarge, u"%1 is above 256 MB"_s.arg(q(path)), q(path));
    }
    return file.readAll();
}

QCoro::Task<int> diffFiles(Context &context, DiffArguments arguments)
{
    const Output out = context.out();
    Json::Document documents[2];
    for (int side = 0; side < 2; ++side) {
        const std::string &path = side == 0 ? arguments.a : arguments.b;
        const Result<QByteArray> text = readJsonFile(path);
        if (!text) {
            co_return out.fail(text.error());
        }
        Result<Json::Document> document = Json::parse(view(*text));
        if (!document) {
            co_return out.fail(
                {document.error().code, u"%1 is not usable JSON: %2"_s.arg(q(path), document.error().detail), document.error().where});
        }
        documents[side] = std::move(*document);
    }
    Compare::Options options;
    options.exact = arguments.exact;
    options.showTypes = arguments.types;
    const Catalogue::DomainRules rules = Compare::fileRules();
    const QList<Compare::FieldChange> fields = Compare::compareValues(documents[0].root(), documents[1].root(), rules, options);
    if (arguments.format == "unified") {
        out.raw(Compare::unifiedDiff(Json::canonicalText(documents[0].root()), Json::canonicalText(documents[1].root()), q(arguments.a),
                                     q(arguments.b)));
    } else if (arguments.format == "json-patch") {
        const Result<Json::Node> patch
            = Compare::jsonPatch(fields, Json::canonicalText(documents[0].root()), Json::canonicalText(documents[1].root()));
        if (!patch) {
            co_return out.fail(patch.error());
        }
        out.document(*patch);
    } else if (out.isJson()) {
        Json::Node node;
        node["version"] = 1;
        node["from"] = q(arguments.a);
        node["to"] = q(arguments.b);
        node["fields"] = Json::Node::array();
        for (const Compare::FieldChange &field : fields) {
            node["fields"].append(fieldNode(field));
        }
        out.document(node);
    } else {
        for (const Compare::FieldChange &field : fields) {
            printField(out, field);
        }
        out.line(u"%1 differences"_s.arg(thousands(fields.size())));
    }
    co_return fields.isEmpty() ? 0 : 1;
}

} // namespace

void addDiffCommand(CLI::App &app, Context &context, Command &chosen)
{
    auto *command = app.add_subcommand("diff", "What differs between two snapshots, or two JSON files");
    addCommonOptions(*command, context);
    auto arguments = std::make_shared<DiffArguments>();
    command->add_option("A", arguments->a, "Earlier snapshot: [ORG:]REV (or a file)")->required();
    command->add_option("B", arguments->b, "Later snapshot (or a file)")->required();
    command->add_option("--domain", arguments->domain, "Only these domains, comma-separated");
    command->add_flag("--types", arguments->types, "Show differences of type alone (\"30\" and 30)");
    command->add_flag("--exact", arguments->exact, "Arrays in order, types strict");
    command->add_flag("--files", arguments->files, "A and B are JSON files");
    command->add_option("--format", arguments->format, "text, json, json-patch or unified")
        ->check(CLI::IsMember({"text", "json", "json-patch", "unified"}))
        ->capture_default_str();
    command->callback([arguments, &context, &chosen] {
        context.json = context.json || arguments->format == "json";
        chosen = [arguments](Context &c) { return arguments->files ? diffFiles(c, *arguments) : diffSnapshots(c, *arguments); };
    });
}

} // namespace Orgtrace::Ctl
