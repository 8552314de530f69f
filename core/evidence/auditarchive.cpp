#include "evidence/store.h"

#include "base/clock.h"
#include "base/digest.h"
#include "evidence/publisher.h"
#include "evidence/storeprivate.h"
#include "json/node.h"
#include "json/value.h"

#include <algorithm>

// The audit branch: YYYY/MM/DD/HH.ndjson by time of event (UTC), and windows.ndjson, the ledger of what was asked.
namespace Orgtrace::Evidence {

namespace {

using Changes = std::map<QByteArray, ObjectId>; ///< path → blob

struct Line {
    qint64 msecs = 0;
    QByteArray id, text;
    [[nodiscard]] auto key() const { return std::tie(msecs, id); }
};

Result<Line> readLine(std::string_view text)
{
    const auto document = Json::parse(text);
    if (!document)
        return std::unexpected(document.error());
    const QDateTime time = parseIsoUtc(fromWtf8(document->root()["eventDate"].string()));
    const std::string_view id = document->root()["id"].string();
    if (id.empty() || !time.isValid())
        return Error::make(ErrorCode::MalformedJson, QStringLiteral("an audit event needs id and eventDate"));
    return Line{time.toMSecsSinceEpoch(), bytes(id), bytes(text)};
}

/// A tree with some files replaced or added; folders not on the way keep their ids.
Result<ObjectId> updatedTree(const Repository &repository, PackWriter &pack, const ObjectId *base, const Changes &changes)
{
    struct Item {
        bool isTree = false;
        ObjectId id{};
    };
    std::map<QByteArray, Item> items;
    if (base) {
        const auto object = repository.read(*base, ObjectType::Tree);
        if (!object)
            return std::unexpected(object.error());
        const auto entries = parseTree(object->bytes());
        if (!entries)
            return std::unexpected(entries.error());
        for (const TreeEntry &entry : *entries)
            items[bytes(entry.name)] = {entry.isTree, entry.id};
    }
    std::map<QByteArray, Changes> below;
    for (const auto &[path, blob] : changes) {
        const qsizetype slash = path.indexOf('/');
        if (slash < 0)
            items[path] = {false, blob};
        else
            below[path.left(slash)][path.mid(slash + 1)] = blob;
    }
    for (const auto &[name, some] : below) {
        const auto found = items.find(name);
        const auto id = updatedTree(repository, pack, found != items.end() && found->second.isTree ? &found->second.id : nullptr, some);
        if (!id)
            return id;
        items[name] = {true, *id};
    }
    std::vector<std::pair<QByteArray, Item>> sorted(items.begin(), items.end());
    std::ranges::sort(sorted, {}, [](const auto &item) { return item.second.isTree ? QByteArray(item.first + '/') : item.first; });
    QByteArray tree;
    for (const auto &[name, item] : sorted)
        appendTreeEntry(tree, item.isTree, view(name), item.id);
    const ObjectId id = hashObject(ObjectType::Tree, view(tree));
    if (auto done = pack.add(ObjectType::Tree, id, tree); !done)
        return std::unexpected(done.error());
    return id;
}

/// The blob at a path of a tree; nullopt where there is none.
Result<std::optional<ObjectId>> blobAt(const Repository &repository, ObjectId tree, const QByteArray &path)
{
    const QList<QByteArray> parts = path.split('/');
    for (qsizetype i = 0; i < parts.size(); ++i) {
        const auto object = repository.read(tree, ObjectType::Tree);
        if (!object)
            return std::unexpected(object.error());
        const auto entries = parseTree(object->bytes());
        if (!entries)
            return std::unexpected(entries.error());
        const TreeEntry *entry = findEntry(*entries, view(parts[i]));
        if (!entry || entry->isTree != (i + 1 < parts.size()))
            return std::optional<ObjectId>();
        if (!entry->isTree)
            return std::optional(entry->id);
        tree = entry->id;
    }
    return std::optional<ObjectId>();
}

QByteArray hourPath(qint64 msecs)
{
    return QDateTime::fromMSecsSinceEpoch(msecs, QTimeZone::UTC).toString(QStringLiteral("yyyy/MM/dd/HH")).toLatin1();
}

/// Every hour's file between two hour paths.
Result<void> visitHours(const Repository &repository, const ObjectId &tree, const QByteArray &prefix, const QByteArray &from,
                        const QByteArray &to, const std::function<Result<void>(const ObjectId &blob)> &visit)
{
    const auto object = repository.read(tree, ObjectType::Tree);
    if (!object)
        return std::unexpected(object.error());
    const auto entries = parseTree(object->bytes());
    if (!entries)
        return std::unexpected(entries.error());
    for (const TreeEntry &entry : *entries) {
        QByteArray path = prefix + bytes(entry.name);
        if (!entry.isTree) {
            if (prefix.isEmpty() || !path.endsWith(".ndjson"))
                continue; // windows.ndjson
            path.chop(7);
        }
        if (path < from.left(path.size()) || path > to.left(path.size()))
            continue;
        auto done = entry.isTree ? visitHours(repository, entry.id, path + '/', from, to, visit) : visit(entry.id);
        if (!done)
            return done;
    }
    return {};
}

QByteArray windowLine(const AuditWindow &window)
{
    Json::Node node = Json::Node::object();
    node["from_utc"] = isoUtc(window.fromUtc);
    node["to_utc"] = isoUtc(window.toUtc);
    node["service"] = window.service;
    node["filter"] = window.filter;
    node["events"] = window.events;
    node["queried_utc"] = isoUtc(window.queriedUtc);
    node["transaction_id"] = window.transactionId;
    node["state"] = window.state;
    return node.compactText().trimmed();
}

Result<ObjectId> treeOfCommit(const Repository &repository, const ObjectId &commit)
{
    const auto object = repository.read(commit, ObjectType::Commit);
    if (!object)
        return std::unexpected(object.error());
    const auto parsed = parseCommit(object->bytes());
    if (!parsed)
        return std::unexpected(parsed.error());
    return parsed->tree;
}

} // namespace

Result<qint64> Store::appendAudit(const QString &organisationId, const QList<AuditLine> &events, const QList<AuditWindow> &windows,
                                  const QDateTime &nowUtc, const Signer &signer)
{
    if (organisationId.isEmpty() || !nowUtc.isValid())
        return Error::make(ErrorCode::BadInput, QStringLiteral("audit events need their organisation's id and a time"));
    if (events.isEmpty() && windows.isEmpty())
        return 0;
    std::map<QByteArray, std::vector<Line>> hours;
    for (const AuditLine &event : events) {
        auto line = event.line.contains('\n') ? Result<Line>(Error::make(ErrorCode::MalformedJson, QStringLiteral("more than one line")))
                                              : readLine(view(event.line));
        if (!line || line->id != toWtf8(event.id) || line->msecs != event.timeUtc.toMSecsSinceEpoch())
            return Error::make(ErrorCode::BadInput,
                               QStringLiteral("an audit line is one line of JSON whose id and eventDate are the event's"),
                               event.id.left(200));
        hours[hourPath(line->msecs)].push_back(*std::move(line));
    }

    const auto lock = StoreLock::take(d->folder);
    if (!lock)
        return std::unexpected(lock.error());
    const Repository &repository = *d->repository;
    clearLeftovers(d->folder, repository);
    const QByteArray branch = branchName("audit", organisationId, d->file.writerId);
    const auto head = repository.reference(branch);
    if (!head)
        return std::unexpected(head.error());
    std::optional<ObjectId> base;
    if (*head) {
        const auto tree = treeOfCommit(repository, **head);
        if (!tree)
            return std::unexpected(tree.error());
        base = *tree;
    }
    if (!QDir().mkpath(d->folder + QStringLiteral("/state")))
        return std::unexpected(systemError(QStringLiteral("cannot make a folder"), d->folder));
    auto pack = PackWriter::open(d->folder + QStringLiteral("/state"));
    if (!pack)
        return std::unexpected(pack.error());

    Changes changes;
    const auto keep = [&](const QByteArray &path, const QByteArray &text) -> Result<void> {
        const ObjectId id = hashObject(ObjectType::Blob, view(text));
        changes[path] = id;
        return pack->add(ObjectType::Blob, id, text);
    };
    const auto existing = [&](const QByteArray &path) -> Result<QByteArray> {
        if (!base)
            return QByteArray();
        const auto blob = blobAt(repository, *base, path);
        if (!blob)
            return std::unexpected(blob.error());
        if (!*blob)
            return QByteArray();
        const auto object = repository.read(**blob, ObjectType::Blob);
        if (!object)
            return std::unexpected(object.error());
        return bytes(object->bytes());
    };

    qint64 added = 0;
    for (auto &[hour, lines] : hours) {
        const QByteArray path = hour + ".ndjson";
        const auto before = existing(path);
        if (!before)
            return std::unexpected(before.error());
        std::map<QByteArray, Line> byId;
        for (const std::string_view text : linesOf(view(*before))) {
            auto line = readLine(text);
            if (!line)
                return Error::make(ErrorCode::Integrity, QStringLiteral("an archived audit event cannot be read"),
                                   QString::fromLatin1(path));
            const QByteArray id = line->id;
            byId.emplace(id, *std::move(line));
        }
        qint64 fresh = 0;
        for (Line &line : lines) {
            const QByteArray id = line.id;
            fresh += byId.emplace(id, std::move(line)).second ? 1 : 0;
        }
        if (fresh == 0)
            continue;
        added += fresh;
        std::vector<const Line *> sorted;
        sorted.reserve(byId.size());
        for (const auto &[id, line] : byId)
            sorted.push_back(&line);
        std::ranges::sort(sorted, [](const Line *a, const Line *b) { return a->key() < b->key(); });
        QByteArray text;
        for (const Line *line : sorted)
            text += line->text + '\n';
        if (auto done = keep(path, text); !done)
            return std::unexpected(done.error());
    }
    if (!windows.isEmpty()) {
        auto ledger = existing(QByteArrayLiteral("windows.ndjson"));
        if (!ledger)
            return std::unexpected(ledger.error());
        for (const AuditWindow &window : windows)
            *ledger += windowLine(window) + '\n';
        if (auto done = keep(QByteArrayLiteral("windows.ndjson"), *ledger); !done)
            return std::unexpected(done.error());
    }
    if (changes.empty())
        return 0;
    const auto tree = updatedTree(repository, *pack, base ? &*base : nullptr, changes);
    if (!tree)
        return std::unexpected(tree.error());
    const QByteArray message = "Audit: " + QByteArray::number(added) + " events, " + QByteArray::number(windows.size()) + " windows\n";
    const QByteArray commit = commitBytes({*tree, *head, d->file.writerId, nowUtc, message}, signer);
    const ObjectId id = hashObject(ObjectType::Commit, view(commit));
    if (auto done = pack->add(ObjectType::Commit, id, commit); !done)
        return std::unexpected(done.error());
    if (auto done = publish(d->folder, repository, *pack, branch, *head, id); !done)
        return std::unexpected(done.error());
    (void)foldPacks(d->folder);
    return added;
}

Result<QList<AuditLine>> Store::auditEvents(const QString &organisationId, const QDateTime &fromUtc, const QDateTime &toUtc) const
{
    if (!fromUtc.isValid() || !toUtc.isValid())
        return Error::make(ErrorCode::BadInput, QStringLiteral("a range of time needs two times"));
    const auto references = d->repository->references(branchPrefix("audit", organisationId));
    if (!references)
        return std::unexpected(references.error());
    const qint64 from = fromUtc.toMSecsSinceEpoch(), to = toUtc.toMSecsSinceEpoch();
    std::vector<Line> lines;
    for (const Reference &reference : *references) {
        const auto tree = treeOfCommit(*d->repository, reference.id);
        if (!tree)
            return std::unexpected(tree.error());
        const auto done = visitHours(*d->repository, *tree, {}, hourPath(from), hourPath(to), [&](const ObjectId &blob) -> Result<void> {
            const auto object = d->repository->read(blob, ObjectType::Blob);
            if (!object)
                return std::unexpected(object.error());
            for (const std::string_view text : linesOf(object->bytes())) {
                auto line = readLine(text);
                if (!line)
                    return Error::make(ErrorCode::Integrity, QStringLiteral("an archived audit event cannot be read"), toHex(blob));
                if (line->msecs >= from && line->msecs < to)
                    lines.push_back(*std::move(line));
            }
            return {};
        });
        if (!done)
            return std::unexpected(done.error());
    }
    std::ranges::stable_sort(lines, [](const Line &a, const Line &b) { return a.key() < b.key(); });
    QList<AuditLine> out;
    for (const Line &line : lines) { // another writer may have pulled the same event
        QString id = fromWtf8(view(line.id));
        if (out.isEmpty() || out.last().id != id)
            out += {QDateTime::fromMSecsSinceEpoch(line.msecs, QTimeZone::UTC), std::move(id), line.text};
    }
    return out;
}

Result<QList<AuditWindow>> Store::auditWindows(const QString &organisationId) const
{
    const auto references = d->repository->references(branchPrefix("audit", organisationId));
    if (!references)
        return std::unexpected(references.error());
    QList<AuditWindow> out;
    for (const Reference &reference : *references) {
        const auto tree = treeOfCommit(*d->repository, reference.id);
        if (!tree)
            return std::unexpected(tree.error());
        const auto blob = blobAt(*d->repository, *tree, QByteArrayLiteral("windows.ndjson"));
        if (!blob)
            return std::unexpected(blob.error());
        if (!*blob)
            continue;
        const auto object = d->repository->read(**blob, ObjectType::Blob);
        if (!object)
            return std::unexpected(object.error());
        for (const std::string_view text : linesOf(object->bytes())) {
            const auto document = Json::parse(text);
            if (!document)
                return Error::make(ErrorCode::Integrity, QStringLiteral("the ledger of audit windows cannot be read"), toHex(**blob));
            const Json::Value root = document->root();
            const auto string = [&](std::string_view key) { return fromWtf8(root[key].string()); };
            out += {parseIsoUtc(string("from_utc")), parseIsoUtc(string("to_utc")),      string("service"),        string("filter"),
                    root["events"].toInteger(),      parseIsoUtc(string("queried_utc")), string("transaction_id"), string("state")};
        }
    }
    std::ranges::stable_sort(out, {}, &AuditWindow::queriedUtc);
    return out;
}

} // namespace Orgtrace::Evidence
