#include "operations/vault.h"
#include "orgtracectl/command.h"

#include "json/value.h"

#include <CLI/CLI.hpp>

using namespace Qt::StringLiterals;

namespace Orgtrace::Ctl {

namespace {

QCoro::Task<int> snapshots(Context &context, std::string name)
{
    const Output out = context.out();
    const Result<Evidence::Store> store = context.store();
    if (!store) {
        co_return out.fail(store.error());
    }
    const Result<QList<Evidence::SnapshotSummary>> all = store->snapshots();
    if (!all) {
        co_return out.fail(all.error());
    }
    QString id;
    if (!name.empty()) {
        const Result<QString> found = organisationId(*store, q(name));
        if (!found) {
            co_return out.fail(found.error());
        }
        id = *found;
    }
    QList<Evidence::SnapshotSummary> rows;
    for (const Evidence::SnapshotSummary &snapshot : *all) {
        if (name.empty() || snapshot.organisationId == id) {
            rows.append(snapshot);
        }
    }
    if (out.isJson()) {
        Json::Node node;
        node["version"] = 1;
        node["snapshots"] = Json::Node::array();
        for (const Evidence::SnapshotSummary &snapshot : rows) {
            Json::Node row;
            row["id"] = snapshot.id;
            row["observed"] = isoUtc(snapshot.observedUtc);
            row["organisationId"] = snapshot.organisationId;
            row["organisation"] = snapshot.organisationName;
            row["writer"] = snapshot.writerId;
            row["source"] = snapshot.source;
            if (!snapshot.trigger.isEmpty()) {
                row["trigger"] = snapshot.trigger;
            }
            row["entities"] = snapshot.entities;
            row["domainsComplete"] = snapshot.domainsComplete;
            row["domainsTotal"] = snapshot.domainsTotal;
            row["message"] = snapshot.message;
            node["snapshots"].append(std::move(row));
        }
        out.document(node);
        co_return 0;
    }
    if (rows.isEmpty()) {
        out.line(u"No snapshots yet. Take one with: orgtracectl capture NAME"_s);
    }
    for (const Evidence::SnapshotSummary &snapshot : rows) {
        out.line(u"%1  %2  %3  %4 entities  %5/%6 domains  %7"_s.arg(
            snapshot.id.left(12), isoUtc(snapshot.observedUtc), snapshot.source.leftJustified(7),
            thousands(snapshot.entities).rightJustified(9), QString::number(snapshot.domainsComplete),
            QString::number(snapshot.domainsTotal), oneLine(snapshot.message.section(u'\n', 0, 0), 100)));
    }
    co_return 0;
}

struct ShowArguments {
    std::string snapshot, domain, entity, reason;
    bool hasEntity = false, isRaw = false;
};

QCoro::Task<int> show(Context &context, ShowArguments arguments)
{
    const Output out = context.out();
    const Result<Operations::Workspace *> workspace = arguments.isRaw ? context.workspace() : context.reader();
    if (!workspace) {
        co_return out.fail(workspace.error());
    }
    const Result<Evidence::SnapshotSummary> summary = (*workspace)->resolve(q(arguments.snapshot));
    if (!summary) {
        co_return out.fail(summary.error());
    }
    if (arguments.isRaw) {
        Operations::Vault vault(**workspace, context.credentials(), context.clock);
        auto reading = vault.rawEntity(*summary, q(arguments.domain), q(arguments.entity), q(arguments.reason));
        const Result<QByteArray> text = co_await reading;
        if (!text) {
            co_return out.fail(text.error());
        }
        Output::isTerminal(1) ? out.text(QString::fromUtf8(*text).trimmed()) : out.raw(*text);
        co_return 0;
    }
    const Result<Evidence::Snapshot> snapshot = (*workspace)->store().snapshot(summary->id);
    if (!snapshot) {
        co_return out.fail(snapshot.error());
    }
    const QString domain = q(arguments.domain);
    const Evidence::LedgerRow *row = snapshot->manifest().row(domain);
    if (!row) {
        QStringList known;
        for (const Evidence::LedgerRow &each : snapshot->manifest().ledger) {
            known.append(each.domain);
        }
        co_return out.fail({ErrorCode::NotFound,
                            u"snapshot %1 has no domain '%2'; it has %3"_s.arg(summary->id.left(12), domain, known.join(u", "_s)), domain});
    }
    if (arguments.hasEntity) {
        const Result<QByteArray> text = snapshot->entityText(domain, q(arguments.entity));
        if (!text) {
            co_return out.fail(text.error());
        }
        // Canonical text is ASCII-safe but for what people wrote: a terminal gets it made safe, a file gets the evidence as it is.
        if (Output::isTerminal(1)) {
            out.text(QString::fromUtf8(*text).trimmed());
        } else {
            out.raw(*text);
        }
        const QString id = q(arguments.entity);
        const bool isStale = row->state != Evidence::LedgerState::Complete || row->failedParents.contains(id)
            || std::ranges::any_of(row->quarantined, [&id](const Evidence::Quarantined &entity) { return entity.id == id; });
        if (isStale) {
            out.note(u"not read in this snapshot: this is what was last seen of it (%1 is %2%3)"_s.arg(
                domain, Evidence::ledgerStateName(row->state), row->reason.isEmpty() ? QString() : QString(u": "_s + row->reason)));
        }
        co_return isStale ? 4 : 0;
    }
    const Result<QStringList> ids = snapshot->entityIds(domain);
    if (!ids) {
        co_return out.fail(ids.error());
    }
    Json::Node entities = Json::Node::array();
    const Result<void> read = snapshot->forEachEntity(domain, [&](const QString &id, std::string_view text) {
        const Result<Json::Document> document = Json::parse(text);
        const QString name = document ? document->root()["name"].toQString() : QString();
        if (out.isJson()) {
            Json::Node item;
            item["id"] = id;
            item["name"] = name;
            entities.append(std::move(item));
        } else {
            out.line(u"%1  %2"_s.arg(id.isEmpty() ? u"(settings)"_s : oneLine(id, 80), oneLine(name)));
        }
        return true;
    });
    if (!read) {
        co_return out.fail(read.error());
    }
    if (out.isJson()) {
        Json::Node node;
        node["version"] = 1;
        node["snapshot"] = summary->id;
        node["domain"] = domain;
        node["state"] = Evidence::ledgerStateName(row->state);
        node["entities"] = std::move(entities);
        out.document(node);
    } else if (row->state != Evidence::LedgerState::Complete) {
        out.note(u"%1 is %2 in this snapshot: %3"_s.arg(domain, Evidence::ledgerStateName(row->state), row->reason));
    }
    co_return row->state == Evidence::LedgerState::Complete && row->quarantined.isEmpty() && row->failedParents.isEmpty() ? 0 : 4;
}

} // namespace

Result<QString> organisationId(const Evidence::Store &store, const QString &name)
{
    // The user's short name stands for the platform's id once a capture has learnt it.
    const Result<QList<Evidence::OrganisationSettings>> known = Evidence::organisations(store.folder());
    if (!known) {
        return std::unexpected(known.error());
    }
    bool isConfigured = false;
    for (const Evidence::OrganisationSettings &organisation : *known) {
        if (organisation.name == name) {
            isConfigured = true;
            if (!organisation.organisationId.isEmpty()) {
                return organisation.organisationId;
            }
        }
    }
    const Result<QList<Evidence::SnapshotSummary>> all = store.snapshots();
    if (!all) {
        return std::unexpected(all.error());
    }
    for (const Evidence::SnapshotSummary &snapshot : *all) {
        if (snapshot.organisationName == name || snapshot.organisationId == name) {
            return snapshot.organisationId;
        }
    }
    if (isConfigured) {
        return QString();
    }
    return Error::make(ErrorCode::NotFound, u"the store knows no organisation '%1'"_s.arg(name), name);
}

void addReadCommands(CLI::App &app, Context &context, Command &chosen)
{
    auto *snapshotsCommand = app.add_subcommand("snapshots", "List snapshots, oldest first");
    addCommonOptions(*snapshotsCommand, context);
    auto name = std::make_shared<std::string>();
    snapshotsCommand->add_option("NAME", *name, "Only of this organisation");
    snapshotsCommand->callback([name, &chosen] { chosen = [name](Context &c) { return snapshots(c, *name); }; });

    auto *showCommand = app.add_subcommand("show", "Show a domain's entities, or one entity's canonical text");
    addCommonOptions(*showCommand, context);
    auto arguments = std::make_shared<ShowArguments>();
    showCommand->add_option("SNAPSHOT", arguments->snapshot, "[ORG:]REV: an id or prefix, latest, latest~2, or a UTC time")->required();
    showCommand->add_option("DOMAIN", arguments->domain, "e.g. users")->required();
    auto *entity = showCommand->add_option("ENTITY", arguments->entity, "An entity's id; \"\" for a settings object");
    auto *reason = showCommand->add_option("--reason", arguments->reason, "With --raw: why; stays in the activity log")->type_name("R");
    showCommand->add_flag("--raw", arguments->isRaw, "As it came, from the sealed raw payloads, secrets and all")
        ->needs(entity)
        ->needs(reason);
    showCommand->callback([arguments, entity, &chosen] {
        arguments->hasEntity = entity->count() > 0;
        chosen = [arguments](Context &c) { return show(c, *arguments); };
    });
}

} // namespace Orgtrace::Ctl
