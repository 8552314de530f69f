#include "orgtracectl/diff_command.h"

#include "compare/formats.h"
#include "compare/jsonpatch.h"
#include "compare/suppressed.h"

using namespace Qt::StringLiterals;

namespace Orgtrace::Ctl {

namespace {

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
    node["notComparable"] = notComparableNode(range.difference.notComparable);
    node["suppressed"] = Json::Node::object();
    for (const auto &[what, count] : range.difference.suppressed) {
        node["suppressed"][what.toStdString()] = count;
    }
    node["rulesChanged"] = Json::Node(range.difference.rulesChanged);
    return node;
}

void printRange(const Output &out, const Operations::RangeFindings &range)
{
    out.line(u"A %1  %2"_s.arg(range.difference.from.id.left(12), isoUtc(range.difference.from.observedUtc)));
    out.line(u"B %1  %2"_s.arg(range.difference.to.id.left(12), isoUtc(range.difference.to.observedUtc)));
    printNotComparable(out, range.difference.notComparable);
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
    out.line(u"%1 changes%2%3"_s.arg(thousands(range.findings.size()), parts.isEmpty() ? QString() : u": "_s + parts.join(u", "_s),
                                     suppressedWords(range.difference.suppressed)));
}

Result<QByteArray> textOf(const Evidence::Snapshot &snapshot, const QString &domain, const QString &entity)
{
    Result<QByteArray> text = snapshot.entityText(domain, entity);
    if (!text && text.error().code == ErrorCode::NotFound) {
        return QByteArray();
    }
    return text;
}

/// What was left out, with what it was in each entity. Errors: as of SuppressedReader.
template<typename Entity, typename Field>
Result<void> forEachSuppressed(const Operations::Workspace &workspace, const Compare::SnapshotDifference &difference,
                               const Compare::Options &options, const Entity &onEntity, const Field &onField)
{
    const Result<Evidence::Snapshot> from = workspace.store().snapshot(difference.from.id),
                                     to = workspace.store().snapshot(difference.to.id);
    if (!from || !to) {
        return std::unexpected(from ? to.error() : from.error());
    }
    Compare::SuppressedReader reader(*from, *to, difference, options);
    const QList<Compare::SuppressedEntity> &entities = difference.suppressedEntities;
    Result<QList<Compare::SuppressedField>> fields = QList<Compare::SuppressedField>();
    for (qsizetype i = 0; i < entities.size(); ++i) {
        const Compare::SuppressedEntity &entity = entities[i];
        if (i == 0 || entity.domain != entities[i - 1].domain || entity.entity != entities[i - 1].entity) {
            fields = reader.of(entity.domain, entity.entity);
            if (!fields) {
                return std::unexpected(fields.error());
            }
        }
        onEntity(entity);
        for (const Compare::SuppressedField &field : std::as_const(*fields)) {
            if (field.reason == entity.reason) {
                onField(field.field);
            }
        }
    }
    return {};
}

Result<Json::Node> suppressedNode(const Operations::Workspace &workspace, const Compare::SnapshotDifference &difference,
                                  const Compare::Options &options)
{
    Json::Node::Array rows;
    const Result<void> done = forEachSuppressed(
        workspace, difference, options,
        [&rows](const Compare::SuppressedEntity &entity) {
            Json::Node row;
            row["domain"] = entity.domain;
            row["entity"] = entity.entity;
            row["name"] = entity.name;
            row["reason"] = Compare::reasonName(entity.reason);
            row["partial"] = entity.partial;
            row["fields"] = Json::Node::array();
            rows.push_back(std::move(row));
        },
        [&rows](const Compare::FieldChange &field) { rows.back()["fields"].append(fieldNode(field)); });
    if (!done) {
        return std::unexpected(done.error());
    }
    return Json::Node(std::move(rows));
}

Result<void> printSuppressed(const Output &out, const Operations::Workspace &workspace, const Compare::SnapshotDifference &difference,
                             const Compare::Options &options)
{
    const Result<void> done = forEachSuppressed(
        workspace, difference, options,
        [&out](const Compare::SuppressedEntity &entity) {
            const QString name = oneLine(entity.name.isEmpty() ? entity.entity : entity.name, 80);
            out.line(u"left out  %1 %2/%3%4%5"_s.arg(
                Compare::reasonName(entity.reason).leftJustified(12), entity.domain, name,
                entity.name.isEmpty() || entity.entity.isEmpty() ? QString() : u"  ["_s + oneLine(entity.entity, 80) + u']',
                entity.partial ? u"  (beside what is told above)"_s : QString()));
        },
        [&out](const Compare::FieldChange &field) { printField(out, field); });
    if (done && difference.suppressedBeyond > 0) {
        out.line(u"left out  and %1 more, which are not listed"_s.arg(thousands(difference.suppressedBeyond)));
    }
    return done;
}

} // namespace

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
    if (a->organisationId != b->organisationId) {
        co_return diffOrganisations(context, arguments, (*workspace)->store(), *a, *b);
    }
    if (!arguments.match.empty() || arguments.showMatching) {
        co_return out.fail(
            {ErrorCode::BadInput, u"--match and --show-matching are for two organisations; both snapshots are of one"_s, {}});
    }
    Compare::Options options;
    options.showTypes = arguments.types;
    options.exact = arguments.exact;
    options.nameSuppressed = arguments.suppressed;
    if (!arguments.domain.empty()) {
        options.domains = q(arguments.domain).split(u',', Qt::SkipEmptyParts);
    }
    const Result<Operations::RangeFindings> range = Operations::findings(
        (*workspace)->folder(), a->id, b->id, options, context.cancel.token(),
        [&out](qint64 done, qint64 total) { out.progress(u"comparing %1 of %2"_s.arg(thousands(done), thousands(total))); },
        Operations::Names::None);
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
                    out.text(QString::fromUtf8(text).trimmed());
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
        Json::Node node = rangeNode(*range);
        if (arguments.suppressed) {
            const Result<Json::Node> list = suppressedNode(**workspace, range->difference, options);
            if (!list) {
                co_return out.fail(list.error());
            }
            node["suppressedEntities"] = *list;
            node["suppressedBeyond"] = range->difference.suppressedBeyond;
        }
        out.document(node);
    } else {
        printRange(out, *range);
        if (arguments.suppressed) {
            if (const Result<void> list = printSuppressed(out, **workspace, range->difference, options); !list) {
                co_return out.fail(list.error());
            }
        }
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

} // namespace Orgtrace::Ctl
