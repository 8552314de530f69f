#include "orgtracectl/command.h"
#include "search/archive.h"
#include "search/auditsearch.h"
#include "search/history.h"

#include "compare/comparer.h"

#include <CLI/CLI.hpp>

using namespace Qt::StringLiterals;

namespace Orgtrace::Ctl {

namespace {

struct SearchArguments {
    std::string name, text, at;
    std::vector<std::string> domains;
    int limit = 100;
    bool onlyAudit = false, onlyHistory = false;
};

struct HistoryArguments {
    std::string name, domain, entity, pointer;
    bool hasPointer = false;
};

Json::Node momentNode(const Search::Moment &moment)
{
    if (moment.snapshot.isEmpty()) {
        return {};
    }
    Json::Node node;
    node["snapshot"] = moment.snapshot;
    node["observed"] = isoUtc(moment.utc);
    return node;
}

Json::Node stayNode(const Search::Stay &stay)
{
    Json::Node node;
    node["before"] = momentNode(stay.before);
    node["first"] = momentNode(stay.first);
    node["last"] = momentNode(stay.last);
    node["ended"] = momentNode(stay.ended);
    node["beganByRules"] = stay.beganByRules;
    node["endedByRules"] = stay.endedByRules;
    return node;
}

/// "2026-10-01T06:01:00Z to 2026-10-03T06:01:00Z, gone by 2026-10-04T06:01:00Z".
QString stayText(const Search::Stay &stay)
{
    QString text = stay.before.snapshot.isEmpty() ? QString(u"from the beginning, "_s + isoUtc(stay.first.utc)) : isoUtc(stay.first.utc);
    if (stay.last != stay.first) {
        text += u" to "_s + isoUtc(stay.last.utc);
    }
    text += stay.ended.snapshot.isEmpty() ? u", still there"_s
        : stay.endedByRules               ? QString(u", no longer kept like this by "_s + isoUtc(stay.ended.utc) + u": the rules changed"_s)
                                          : QString(u", gone by "_s + isoUtc(stay.ended.utc));
    if (stay.beganByRules) {
        text += u" (kept like this only since the rules changed)"_s;
    }
    return text;
}

Json::Node searchNode(const Search::Answer *answer, const Search::AuditAnswer *audit)
{
    Json::Node node;
    node["version"] = 1;
    if (answer) {
        node["found"] = answer->found;
        node["cut"] = answer->isCut;
        node["snapshots"] = answer->snapshots;
        node["counts"] = Json::Node::object();
        for (const auto &[domain, count] : answer->counts.asKeyValueRange()) {
            node["counts"][domain.toStdString()] = count;
        }
        node["hits"] = Json::Node::array();
        for (const Search::Hit &hit : answer->hits) {
            Json::Node row;
            row["domain"] = hit.domain;
            row["entity"] = hit.entity;
            row["name"] = hit.name;
            row["pointer"] = hit.pointer;
            row["line"] = hit.line;
            row["whole"] = hit.isWhole;
            row["stays"] = Json::Node::array();
            for (const Search::Stay &stay : hit.stays) {
                row["stays"].append(stayNode(stay));
            }
            node["hits"].append(std::move(row));
        }
    }
    if (audit) {
        Json::Node &found = node["audit"];
        found["found"] = audit->found;
        found["cut"] = audit->isCut();
        found["searched"] = audit->searched;
        found["from"] = audit->fromUtc.isValid() ? Json::Node(isoUtc(audit->fromUtc)) : Json::Node();
        found["to"] = audit->toUtc.isValid() ? Json::Node(isoUtc(audit->toUtc)) : Json::Node();
        found["events"] = Json::Node::array();
        for (const Audit::Event &event : audit->events) {
            Json::Node row;
            row["id"] = event.id;
            row["time"] = isoUtc(event.timeUtc);
            row["actor"] = event.userName.isEmpty() ? event.userId : event.userName;
            row["action"] = event.action;
            row["entityType"] = event.entityType;
            row["entity"] = event.entityId;
            row["entityName"] = event.entityName;
            found["events"].append(std::move(row));
        }
    }
    return node;
}

void printHits(const Output &out, const Search::Answer &answer, bool isHistory)
{
    for (const Search::Hit &hit : answer.hits) {
        const QString who = hit.name.isEmpty() ? (hit.entity.isEmpty() ? u"(settings)"_s : hit.entity) : hit.name;
        out.line(hit.domain + u"  "_s + oneLine(who, 80)
                 + (hit.name.isEmpty() ? QString() : QString(u" ("_s + oneLine(hit.entity, 80) + u')')) + u"  "_s
                 + oneLine(hit.pointer, 120) + u"  "_s + oneLine(hit.line, Search::Hit::LongestLine + 2));
        if (isHistory) {
            for (const Search::Stay &stay : hit.stays) {
                out.line(u"    "_s + stayText(stay));
            }
        }
    }
    const QString where = answer.snapshots == 1 ? u"one snapshot"_s : QString(thousands(answer.snapshots) + u" snapshots"_s);
    const QString what = answer.found == 0 ? u"Nothing"_s
        : answer.found == 1                ? u"One line"_s
                                           : QString(thousands(answer.found) + u" lines"_s);
    out.line(what + u" found in "_s + where
             + (answer.isCut ? u"; not all of them are shown: narrow the text, name a domain with --domain, or raise --limit."_s : u"."_s));
}

void printEvents(const Output &out, const Search::AuditAnswer &audit)
{
    for (const Audit::Event &event : audit.events) {
        out.line(u"%1  %2  %3 %4  %5  [%6]"_s.arg(
            isoUtc(event.timeUtc), oneLine(event.userName.isEmpty() ? event.userId : event.userName, 60), oneLine(event.action, 40),
            oneLine(event.entityType, 40), oneLine(event.entityName.isEmpty() ? event.entityId : event.entityName, 80),
            oneLine(event.id, 60)));
    }
    if (!audit.fromUtc.isValid()) {
        out.line(u"No audit events are kept: nothing was asked for, which does not mean that nothing happened."_s);
    } else {
        out.line(u"%1 of %2 kept audit events%3, asked for between %4 and %5."_s.arg(
            thousands(audit.found), thousands(audit.searched), audit.isCut() ? u", not all of them are shown"_s : QString(),
            isoUtc(audit.fromUtc), isoUtc(audit.toUtc)));
    }
}

QCoro::Task<int> search(Context &context, SearchArguments arguments)
{
    const Output out = context.out();
    const Result<Evidence::Store> store = context.store();
    if (!store) {
        co_return out.fail(store.error());
    }
    const Result<QString> organisation = organisationId(*store, q(arguments.name));
    if (!organisation) {
        co_return out.fail(organisation.error());
    }
    QStringList domains;
    for (const std::string &domain : arguments.domains) {
        domains.append(q(domain));
    }
    const Result<Search::Pattern> pattern = Search::Pattern::parse(q(arguments.text), domains);
    if (!pattern) {
        co_return out.fail(pattern.error());
    }
    std::optional<Search::Answer> answer;
    if (!arguments.onlyAudit) {
        Search::Query query{*pattern, {}, arguments.limit};
        if (!arguments.at.empty()) {
            const Result<Evidence::SnapshotSummary> at = store->resolve(q(arguments.at), *organisation);
            if (!at) {
                co_return out.fail(at.error());
            }
            query.snapshot = at->id;
        }
        Search::Archive archive(store->folder(), *organisation);
        auto found = archive.find(query, context.cancel.token(), [&out](qint64 done, qint64 total) {
            out.progress(u"%1 of %2"_s.arg(thousands(done), thousands(total)));
        });
        out.endProgress();
        if (!found) {
            co_return out.fail(found.error());
        }
        if (!found->unknownDomains.isEmpty()) {
            co_return out.fail({ErrorCode::NotFound,
                                u"no snapshot of this organisation holds a domain '%1'"_s.arg(found->unknownDomains.join(u"', '"_s)),
                                found->unknownDomains.constFirst()});
        }
        answer = *std::move(found);
    }
    std::optional<Search::AuditAnswer> audit;
    if (arguments.onlyAudit || (!arguments.onlyHistory && arguments.at.empty() && pattern->domains().isEmpty())) {
        auto found = Search::findEvents(store->folder(), *organisation, *pattern, arguments.limit, context.cancel.token());
        if (!found) {
            co_return out.fail(found.error());
        }
        audit = *std::move(found);
    }
    if (out.isJson()) {
        out.document(searchNode(answer ? &*answer : nullptr, audit ? &*audit : nullptr));
        co_return 0;
    }
    if (answer) {
        printHits(out, *answer, arguments.at.empty());
    }
    if (audit) {
        printEvents(out, *audit);
    }
    co_return 0;
}

// ---- history --------------------------------------------------------------------------------------------------------

/// As diff shows values: the JSON value itself, null where there is none.
Json::Node valueOf(const std::optional<QByteArray> &text)
{
    const auto document = text ? Json::parse({text->constData(), static_cast<size_t>(text->size())}) : Json::parse("null");
    return document ? Json::Node(document->root()) : Json::Node();
}

/// What became of a state: fields that the next text differs in.
QList<Compare::FieldChange> fieldsBetween(const Evidence::Store &store, const QString &domain, const Search::EntityState &before,
                                          const Search::EntityState &after)
{
    const auto a = Json::parse({before.text.constData(), static_cast<size_t>(before.text.size())});
    const auto b = Json::parse({after.text.constData(), static_cast<size_t>(after.text.size())});
    if (!a || !b) {
        return {};
    }
    const auto rulesOf = [&](const QString &snapshotId) {
        if (const auto snapshot = store.snapshot(snapshotId)) {
            if (const auto catalogue = Catalogue::Catalogue::fromJson(snapshot->catalogueJson()); catalogue && catalogue->find(domain)) {
                return *catalogue->find(domain);
            }
        }
        return Catalogue::Catalogue::generic(domain);
    };
    const Compare::Options options;
    return Compare::Comparer(rulesOf(before.catalogueSnapshot), rulesOf(after.catalogueSnapshot), options)
        .compare(a->root(), b->root())
        .fields;
}

QString fieldText(const Compare::FieldChange &field)
{
    const auto value = [](const std::optional<QByteArray> &text) { return text ? oneLine(QString::fromUtf8(*text), 100) : u"(nothing)"_s; };
    return u"    "_s + Compare::fieldKindName(field.kind) + u' ' + oneLine(field.path, 160) + u": "_s + value(field.oldText) + u" → "_s
        + value(field.newText);
}

QCoro::Task<int> history(Context &context, HistoryArguments arguments)
{
    const Output out = context.out();
    const Result<Evidence::Store> store = context.store();
    if (!store) {
        co_return out.fail(store.error());
    }
    const Result<QString> organisation = organisationId(*store, q(arguments.name));
    if (!organisation) {
        co_return out.fail(organisation.error());
    }
    const QString domain = q(arguments.domain);
    const auto states = Search::historyOf(*store, *organisation, domain, q(arguments.entity), context.cancel.token());
    if (!states) {
        co_return out.fail(states.error());
    }
    if (states->isEmpty()) {
        co_return out.fail({ErrorCode::NotFound, u"no snapshot of this organisation read such an entity"_s,
                            domain + u'/' + q(arguments.entity).left(200)});
    }
    Json::Node node;
    node["version"] = 1;
    node["domain"] = domain;
    node["entity"] = q(arguments.entity);
    if (arguments.hasPointer) {
        const auto values = Search::valuesOf(*states, q(arguments.pointer));
        if (!values) {
            co_return out.fail(values.error());
        }
        node["pointer"] = q(arguments.pointer);
        node["values"] = Json::Node::array();
        for (const Search::ValueState &state : *values) {
            Json::Node row = stayNode(state.stay);
            row["value"] = valueOf(state.value);
            node["values"].append(std::move(row));
            if (!out.isJson()) {
                out.line(stayText(state.stay) + u":  "_s + (state.value ? oneLine(QString::fromUtf8(*state.value), 400) : u"(nothing)"_s));
            }
        }
    } else {
        node["states"] = Json::Node::array();
        for (qsizetype at = 0; at < states->size(); ++at) {
            const Search::EntityState &state = states->at(at);
            const bool followsOn = at > 0 && states->at(at - 1).stay.ended == state.stay.first;
            const auto fields = followsOn ? fieldsBetween(*store, domain, states->at(at - 1), state) : QList<Compare::FieldChange>();
            Json::Node row = stayNode(state.stay);
            row["kind"] = followsOn ? u"modified"_s : state.stay.before.snapshot.isEmpty() ? u"first-seen"_s : u"added"_s;
            row["fields"] = Json::Node::array();
            for (const Compare::FieldChange &field : fields) {
                Json::Node one;
                one["path"] = field.path;
                one["pointer"] = field.pointer;
                one["kind"] = Compare::fieldKindName(field.kind);
                one["old"] = valueOf(field.oldText);
                one["new"] = valueOf(field.newText);
                row["fields"].append(std::move(one));
            }
            node["states"].append(std::move(row));
            if (!out.isJson()) {
                out.line(stayText(state.stay)
                         + (followsOn                                  ? QString()
                                : state.stay.before.snapshot.isEmpty() ? u"  (first seen)"_s
                                                                       : u"  (added)"_s));
                for (const Compare::FieldChange &field : fields) {
                    out.line(fieldText(field));
                }
            }
        }
    }
    if (out.isJson()) {
        out.document(node);
    }
    co_return 0;
}

} // namespace

void addSearchCommands(CLI::App &app, Context &context, Command &chosen)
{
    auto *searchCommand
        = app.add_subcommand("search", "Find a text in every snapshot (when did it stand where?) and in the audit events kept");
    addCommonOptions(*searchCommand, context);
    auto arguments = std::make_shared<SearchArguments>();
    searchCommand->add_option("NAME", arguments->name, "The organisation")->required();
    searchCommand->add_option("TEXT", arguments->text, "Any text, in any letter case; in double quotes, domain: inside it is text, too")
        ->required();
    auto *at = searchCommand->add_option("--at", arguments->at, "Only what stands in this snapshot")->type_name("SNAPSHOT");
    searchCommand->add_option("--domain", arguments->domains, "Only in these domains")->delimiter(',')->type_name("D");
    auto *audit = searchCommand->add_flag("--audit", arguments->onlyAudit, "Only audit events")->excludes(at);
    searchCommand->add_flag("--history", arguments->onlyHistory, "Only snapshots")->excludes(audit);
    searchCommand->add_option("--limit", arguments->limit, "How many are shown")->check(CLI::Range(1, 100'000))->capture_default_str();
    searchCommand->callback([arguments, &chosen] { chosen = [arguments](Context &c) { return search(c, *arguments); }; });

    auto *historyCommand = app.add_subcommand("history", "One entity over all snapshots: when it was there, and what changed in it");
    addCommonOptions(*historyCommand, context);
    auto wanted = std::make_shared<HistoryArguments>();
    historyCommand->add_option("NAME", wanted->name, "The organisation")->required();
    historyCommand->add_option("DOMAIN", wanted->domain, "e.g. users")->required();
    historyCommand->add_option("ENTITY", wanted->entity, "The entity's id; \"\" for a settings object")->required();
    auto *pointer = historyCommand->add_option("--pointer", wanted->pointer, "One value of it: an RFC 6901 pointer, e.g. /division/id")
                        ->type_name("P");
    historyCommand->callback([wanted, pointer, &chosen] {
        wanted->hasPointer = pointer->count() > 0;
        chosen = [wanted](Context &c) { return history(c, *wanted); };
    });
}

} // namespace Orgtrace::Ctl
