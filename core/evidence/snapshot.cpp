#include "evidence/snapshotprivate.h"

#include "base/clock.h"
#include "base/digest.h"
#include "json/node.h"
#include "json/value.h"

#include <algorithm>
#include <span>
#include <thread>

namespace Orgtrace::Evidence {

namespace {

constexpr std::string_view Trailer = "Orgtrace-Snapshot: ";
constexpr std::string_view Suffix = ".json";
constexpr size_t BucketsAtOnce = 64;

/// One fan-out folder, read on any thread.
struct Bucket {
    Object object; ///< owns the names in the entries
    Result<std::vector<TreeEntry>> entries = std::vector<TreeEntry>();

    void read(const Repository &repository, const ObjectId &id)
    {
        auto loaded = repository.read(id, ObjectType::Tree);
        if (!loaded) {
            entries = std::unexpected(loaded.error());
            return;
        }
        object = *std::move(loaded);
        entries = parseTree(object.bytes());
    }
};

Result<std::map<QString, ObjectId>> subtrees(const Repository &repository, const ObjectId &id)
{
    std::map<QString, ObjectId> out;
    const auto object = repository.read(id, ObjectType::Tree);
    if (!object)
        return std::unexpected(object.error());
    const auto entries = parseTree(object->bytes());
    if (!entries)
        return std::unexpected(entries.error());
    for (const TreeEntry &entry : *entries) {
        const auto name = idFromFileName(bytes(entry.name));
        if (!entry.isTree || !name)
            return Error::make(ErrorCode::Integrity, QStringLiteral("not a domain's folder"),
                               QString::fromUtf8(entry.name.data(), static_cast<qsizetype>(entry.name.size())));
        out.emplace(*name, entry.id);
    }
    return out;
}

} // namespace

// ---- DomainTree ---------------------------------------------------------------------------------------------------

Result<DomainTree> DomainTree::open(std::shared_ptr<const Repository> repository, const ObjectId &tree)
{
    DomainTree out;
    auto object = repository->read(tree, ObjectType::Tree);
    if (!object)
        return std::unexpected(object.error());
    out.m_object = std::make_shared<Object>(*std::move(object));
    auto entries = parseTree(out.m_object->bytes());
    if (!entries)
        return std::unexpected(entries.error());
    out.m_entries = *std::move(entries);
    out.m_repository = std::move(repository);
    out.m_fannedOut = !out.m_entries.empty() && out.m_entries.front().isTree;
    for (const TreeEntry &entry : out.m_entries) {
        if (entry.isTree != out.m_fannedOut)
            return Error::make(ErrorCode::Integrity, QStringLiteral("a domain's folder mixes files and folders"), toHex(tree));
    }
    return out;
}

Result<std::optional<ObjectId>> DomainTree::find(const QByteArray &wtf8Id) const
{
    const QByteArray name = encodedName(wtf8Id) + QByteArrayLiteral(".json");
    if (!m_fannedOut) {
        const auto found = std::ranges::lower_bound(m_entries, view(name), {}, &TreeEntry::name);
        return found != m_entries.end() && found->name == view(name) ? std::optional(found->id) : std::nullopt;
    }
    const TreeEntry *bucket = findEntry(m_entries, view(bucketName(fanOutBucket(wtf8Id))));
    if (!bucket)
        return std::optional<ObjectId>();
    const auto object = m_repository->read(bucket->id, ObjectType::Tree);
    if (!object)
        return std::unexpected(object.error());
    const auto entries = parseTree(object->bytes());
    if (!entries)
        return std::unexpected(entries.error());
    const auto found = std::ranges::lower_bound(*entries, view(name), {}, &TreeEntry::name);
    return found != entries->end() && found->name == view(name) ? std::optional(found->id) : std::nullopt;
}

Result<void> DomainTree::forEachFile(const std::function<Result<void>(std::string_view, const ObjectId &)> &visit) const
{
    if (!m_fannedOut) {
        for (const TreeEntry &entry : m_entries) {
            if (auto done = visit(entry.name, entry.id); !done)
                return done;
        }
        return {};
    }
    for (size_t first = 0; first < m_entries.size(); first += BucketsAtOnce) {
        const auto some = std::span(m_entries).subspan(first, std::min(BucketsAtOnce, m_entries.size() - first));
        std::vector<Bucket> buckets(some.size());
        const auto read = [&](size_t begin, size_t end) {
            for (size_t i = begin; i < end; ++i)
                buckets[i].read(*m_repository, some[i].id);
        };
        // Reading is mostly inflating: two threads halve it.
        std::thread other;
        const size_t middle = some.size() < 8 ? some.size() : some.size() / 2;
        if (middle < some.size())
            other = std::thread(read, middle, some.size());
        read(0, middle);
        if (other.joinable())
            other.join();
        for (const Bucket &bucket : buckets) {
            if (!bucket.entries)
                return std::unexpected(bucket.entries.error());
            for (const TreeEntry &entry : *bucket.entries) {
                if (entry.isTree)
                    return Error::make(ErrorCode::Integrity, QStringLiteral("a folder stands where an entity should"), toHex(entry.id));
                if (auto done = visit(entry.name, entry.id); !done)
                    return done;
            }
        }
    }
    return {};
}

// ---- summaries ----------------------------------------------------------------------------------------------------

QByteArray summaryTrailer(const SnapshotSummary &summary)
{
    Json::Node node = Json::Node::object();
    node["organisation_id"] = Json::Node(toWtf8(summary.organisationId).toStdString());
    node["organisation_name"] = Json::Node(toWtf8(summary.organisationName).toStdString());
    node["writer_id"] = Json::Node(toWtf8(summary.writerId).toStdString());
    node["source"] = Json::Node(toWtf8(summary.source).toStdString());
    if (!summary.trigger.isEmpty())
        node["trigger"] = Json::Node(toWtf8(summary.trigger).toStdString());
    node["observed_utc"] = isoUtc(summary.observedUtc);
    node["entities"] = summary.entities;
    node["domains_complete"] = summary.domainsComplete;
    node["domains_total"] = summary.domainsTotal;
    return bytes(Trailer) + node.compactText().trimmed();
}

std::optional<SnapshotSummary> summaryOfCommit(const ObjectId &id, const CommitData &commit)
{
    const QByteArray message = commit.message.trimmed();
    const qsizetype lastLine = message.lastIndexOf('\n') + 1;
    const std::string_view line = view(message).substr(static_cast<size_t>(lastLine));
    if (!line.starts_with(Trailer))
        return std::nullopt;
    const auto document = Json::parse(line.substr(Trailer.size()));
    if (!document)
        return std::nullopt;
    const Json::Value root = document->root();
    SnapshotSummary summary;
    summary.id = toHex(id);
    summary.parent = commit.parents.empty() ? QString() : toHex(commit.parents.front());
    summary.organisationId = fromWtf8(root["organisation_id"].string());
    summary.organisationName = fromWtf8(root["organisation_name"].string());
    summary.writerId = fromWtf8(root["writer_id"].string());
    summary.source = fromWtf8(root["source"].string());
    summary.trigger = fromWtf8(root["trigger"].string());
    summary.observedUtc = parseIsoUtc(fromWtf8(root["observed_utc"].string()));
    summary.entities = root["entities"].toInteger();
    summary.domainsComplete = static_cast<int>(root["domains_complete"].toInteger());
    summary.domainsTotal = static_cast<int>(root["domains_total"].toInteger());
    summary.message = QString::fromUtf8(message.left(lastLine)).trimmed();
    if (!summary.observedUtc.isValid())
        return std::nullopt;
    return summary;
}

SnapshotSummary summaryOfManifest(const Manifest &manifest)
{
    SnapshotSummary summary;
    summary.organisationId = manifest.organisationId;
    summary.organisationName = manifest.organisationName;
    summary.source = manifest.source;
    summary.trigger = manifest.trigger;
    summary.observedUtc = manifest.finishedUtc;
    for (const LedgerRow &row : manifest.ledger) {
        summary.entities += row.entities;
        summary.domainsTotal += 1;
        summary.domainsComplete += row.state == LedgerState::Complete ? 1 : 0;
    }
    return summary;
}

QString signalId(std::string_view line)
{
    const auto document = Json::parse(line);
    return document ? fromWtf8(document->root()["id"].string()) : QString();
}

std::vector<std::string_view> linesOf(std::string_view text)
{
    std::vector<std::string_view> lines;
    while (!text.empty()) {
        const size_t end = std::min(text.find('\n'), text.size());
        if (end > 0)
            lines.push_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return lines;
}

// ---- Snapshot -----------------------------------------------------------------------------------------------------

Result<std::unique_ptr<SnapshotData>> SnapshotData::load(std::shared_ptr<const Repository> repository, const ObjectId &id,
                                                         const QString &writerId)
{
    const auto located = [&](Error error) {
        error.where = toHex(id) + (error.where.isEmpty() ? QString() : QStringLiteral(": ") + error.where);
        return std::unexpected(std::move(error));
    };
    auto d = std::make_unique<SnapshotData>();
    const auto commitObject = repository->read(id, ObjectType::Commit);
    if (!commitObject)
        return located(commitObject.error());
    const auto commit = parseCommit(commitObject->bytes());
    if (!commit)
        return located(commit.error());
    d->tree = commit->tree;
    const auto treeObject = repository->read(commit->tree, ObjectType::Tree);
    if (!treeObject)
        return located(treeObject.error());
    const auto entries = parseTree(treeObject->bytes());
    if (!entries)
        return located(entries.error());

    const TreeEntry *manifest = findEntry(*entries, "manifest.json");
    if (!manifest || manifest->isTree)
        return located({ErrorCode::Integrity, QStringLiteral("the snapshot has no manifest"), {}});
    const auto manifestObject = repository->read(manifest->id, ObjectType::Blob);
    if (!manifestObject)
        return located(manifestObject.error());
    auto parsed = Manifest::fromJson(bytes(manifestObject->bytes()));
    if (!parsed)
        return located(parsed.error());
    d->manifest = *std::move(parsed);
    if (const TreeEntry *catalogue = findEntry(*entries, "catalogue.json"); catalogue && !catalogue->isTree)
        d->catalogue = catalogue->id;
    for (const auto &[name, target] : {std::pair("domains", &d->domains), std::pair("signals", &d->signalTrees)}) {
        if (const TreeEntry *entry = findEntry(*entries, name); entry && entry->isTree) {
            auto found = subtrees(*repository, entry->id);
            if (!found)
                return located(found.error());
            *target = *std::move(found);
        }
    }

    d->summary = summaryOfManifest(d->manifest);
    d->summary.id = toHex(id);
    d->summary.parent = commit->parents.empty() ? QString() : toHex(commit->parents.front());
    if (const auto summary = summaryOfCommit(id, *commit)) {
        d->summary.writerId = summary->writerId;
        d->summary.message = summary->message;
    } else {
        d->summary.message = QString::fromUtf8(commit->message).trimmed();
    }
    if (!writerId.isEmpty())
        d->summary.writerId = writerId;
    d->repository = std::move(repository);
    return d;
}

Result<QString> SnapshotData::idOfFile(const QString &domain, std::string_view fileName) const
{
    if (fileName.ends_with(Suffix)) {
        const QByteArray name = bytes(fileName.substr(0, fileName.size() - Suffix.size()));
        if (auto id = idFromFileName(name))
            return *std::move(id);
        if (const LedgerRow *row = manifest.row(domain)) {
            if (const auto found = row->longIds.find(QString::fromLatin1(name)); found != row->longIds.end())
                return found->second;
        }
    }
    return Error::make(ErrorCode::Integrity, QStringLiteral("an entity's file has a name that leads to no id"),
                       domain + u'/' + QString::fromUtf8(fileName.data(), static_cast<qsizetype>(fileName.size())));
}

Result<std::vector<std::pair<QString, ObjectId>>> SnapshotData::files(const QString &domain) const
{
    std::vector<std::pair<QString, ObjectId>> out;
    const auto found = domains.find(domain);
    if (found == domains.end())
        return out;
    const auto tree = DomainTree::open(repository, found->second);
    if (!tree)
        return std::unexpected(tree.error());
    const auto done = tree->forEachFile([&](std::string_view name, const ObjectId &blob) -> Result<void> {
        auto id = idOfFile(domain, name);
        if (!id)
            return std::unexpected(id.error());
        out.emplace_back(*std::move(id), blob);
        return {};
    });
    if (!done)
        return std::unexpected(done.error());
    std::ranges::sort(out, {}, &std::pair<QString, ObjectId>::first);
    return out;
}

Snapshot::Snapshot() = default;
Snapshot::Snapshot(Snapshot &&) noexcept = default;
Snapshot &Snapshot::operator=(Snapshot &&) noexcept = default;
Snapshot::~Snapshot() = default;

const SnapshotSummary &Snapshot::summary() const
{
    return d->summary;
}

const Manifest &Snapshot::manifest() const
{
    return d->manifest;
}

QByteArray Snapshot::catalogueJson() const
{
    if (!d->catalogue)
        return {};
    const auto object = d->repository->read(*d->catalogue, ObjectType::Blob);
    return object ? bytes(object->bytes()) : QByteArray();
}

Result<QStringList> Snapshot::entityIds(const QString &domain) const
{
    const auto files = d->files(domain);
    if (!files)
        return std::unexpected(files.error());
    QStringList ids;
    ids.reserve(static_cast<qsizetype>(files->size()));
    for (const auto &[id, blob] : *files)
        ids += id;
    return ids;
}

Result<QByteArray> Snapshot::entityText(const QString &domain, const QString &id) const
{
    const auto notFound = [&] {
        return Error::make(ErrorCode::NotFound, QStringLiteral("this snapshot has no such entity"), domain + u'/' + id.left(200));
    };
    const auto found = d->domains.find(domain);
    if (found == d->domains.end())
        return notFound();
    const auto tree = DomainTree::open(d->repository, found->second);
    if (!tree)
        return std::unexpected(tree.error());
    const auto blob = tree->find(toWtf8(id));
    if (!blob)
        return std::unexpected(blob.error());
    if (!*blob)
        return notFound();
    const auto object = d->repository->read(**blob, ObjectType::Blob);
    if (!object)
        return std::unexpected(object.error());
    return bytes(object->bytes());
}

Result<void> Snapshot::forEachEntity(const QString &domain, const std::function<bool(const QString &, std::string_view)> &visit) const
{
    const auto files = d->files(domain);
    if (!files)
        return std::unexpected(files.error());
    for (const auto &[id, blob] : *files) {
        const auto object = d->repository->read(blob, ObjectType::Blob);
        if (!object)
            return std::unexpected(object.error());
        if (!visit(id, object->bytes()))
            break;
    }
    return {};
}

Result<void> Snapshot::forEachBlob(const QString &domain, const std::function<bool(const QString &, const QByteArray &)> &visit) const
{
    const auto files = d->files(domain);
    if (!files)
        return std::unexpected(files.error());
    for (const auto &[id, blob] : *files) {
        if (!visit(id, QByteArray(reinterpret_cast<const char *>(blob.data()), static_cast<qsizetype>(blob.size()))))
            break;
    }
    return {};
}

Result<QHash<QString, QByteArray>> Snapshot::signals_(const QString &domain) const
{
    QHash<QString, QByteArray> out;
    const auto found = d->signalTrees.find(domain);
    if (found == d->signalTrees.end())
        return out;
    const auto object = d->repository->read(found->second, ObjectType::Tree);
    if (!object)
        return std::unexpected(object.error());
    const auto buckets = parseTree(object->bytes());
    if (!buckets)
        return std::unexpected(buckets.error());
    for (const TreeEntry &bucket : *buckets) {
        const auto blob = d->repository->read(bucket.id, ObjectType::Blob);
        if (!blob)
            return std::unexpected(blob.error());
        for (const std::string_view line : linesOf(blob->bytes()))
            out.insert(signalId(line), bytes(line));
    }
    return out;
}

Result<QByteArray> Snapshot::signal_(const QString &domain, const QString &id) const
{
    const auto found = d->signalTrees.find(domain);
    if (found == d->signalTrees.end())
        return QByteArray();
    const auto object = d->repository->read(found->second, ObjectType::Tree);
    if (!object)
        return std::unexpected(object.error());
    const auto files = parseTree(object->bytes());
    if (!files)
        return std::unexpected(files.error());
    const QByteArray bucket = bucketName(fanOutBucket(toWtf8(id))) + ".ndjson";
    for (const std::string_view name : {view(bucket), std::string_view("all.ndjson")}) {
        const TreeEntry *file = findEntry(*files, name);
        if (!file)
            continue;
        const auto blob = d->repository->read(file->id, ObjectType::Blob);
        if (!blob)
            return std::unexpected(blob.error());
        for (const std::string_view line : linesOf(blob->bytes())) {
            if (signalId(line) == id)
                return bytes(line);
        }
    }
    return QByteArray();
}

} // namespace Orgtrace::Evidence
