#include "evidence/store.h"

#include "base/digest.h"
#include "evidence/domainbuilder.h"
#include "evidence/publisher.h"
#include "evidence/schema.h"
#include "evidence/storeprivate.h"

#include <algorithm>

namespace Orgtrace::Evidence {

namespace {

constexpr qsizetype MaxDomainName = 100;

struct DomainTrees {
    std::optional<ObjectId> entities, signalTree;
};

/// A tree of folders: names compared as if they ended in '/', as git does.
QByteArray folderTree(std::vector<std::pair<QByteArray, ObjectId>> folders)
{
    std::ranges::sort(folders, {}, [](const auto &folder) { return QByteArray(folder.first + '/'); });
    QByteArray tree;
    for (const auto &[name, id] : folders)
        appendTreeEntry(tree, true, view(name), id);
    return tree;
}

} // namespace

struct SnapshotWriter::Private {
    QString folder, organisationId, writerId;
    QByteArray branch;
    StoreLock lock;
    std::shared_ptr<Repository> repository;
    std::optional<PackWriter> pack;
    std::unique_ptr<SnapshotData> parent;
    std::optional<ObjectId> parentId;

    QString current; ///< domain between beginDomain() and endDomain()
    std::optional<DomainBuilder> builder;
    PackWriter::Mark domainStart;
    std::map<QString, LedgerRow> rows;
    std::map<QString, DomainTrees> trees;
    bool spoilt = false; ///< a write failed: nothing more can come of this

    [[nodiscard]] DomainTrees parentTrees(const QString &domain) const
    {
        DomainTrees out;
        if (parent) {
            if (const auto found = parent->domains.find(domain); found != parent->domains.end())
                out.entities = found->second;
            if (const auto found = parent->signalTrees.find(domain); found != parent->signalTrees.end())
                out.signalTree = found->second;
        }
        return out;
    }

    /// Forgets what was read of a domain that is not going to be ended.
    Result<void> abandon()
    {
        if (!builder)
            return {};
        builder.reset();
        current.clear();
        auto done = pack->rewind(domainStart);
        spoilt = spoilt || !done;
        return done;
    }

    Result<void> carry(LedgerRow row)
    {
        const LedgerRow *before = parent ? parent->manifest.row(row.domain) : nullptr;
        const DomainTrees inParent = parentTrees(row.domain);
        row.entities = 0;
        row.root = QString::fromLatin1(sha256({}).toHex());
        if (before) {
            row.observedIn = before->state == LedgerState::Complete ? parent->summary.id : before->observedIn;
            // What is carried was made under the parent's rules and with its gaps.
            row.entities = before->entities;
            row.root = before->root;
            row.signalsRoot = before->signalsRoot;
            row.longIds = before->longIds;
            row.catalogueHash = before->catalogueHash;
            for (const Quarantined &entity : before->quarantined) {
                if (std::ranges::none_of(row.quarantined,
                                         [&](const Quarantined &known) { return known.id == entity.id && known.sha256 == entity.sha256; }))
                    row.quarantined += entity;
            }
            for (const QString &failed : before->failedParents) {
                if (!row.failedParents.contains(failed))
                    row.failedParents += failed;
            }
        } else {
            row.observedIn.clear();
        }
        trees[row.domain] = inParent;
        rows[row.domain] = std::move(row);
        return {};
    }

    Result<ObjectId> addObject(ObjectType type, const QByteArray &content)
    {
        const ObjectId id = hashObject(type, view(content));
        if (auto done = pack->add(type, id, content); !done)
            return std::unexpected(done.error());
        return id;
    }

    Result<ObjectId> rootTree(const QByteArray &manifest, const QByteArray &catalogue)
    {
        std::vector<std::pair<QByteArray, ObjectId>> domains, signalFolders;
        for (const auto &[domain, ids] : trees) {
            const QByteArray name = entityFileName(domain);
            if (ids.entities)
                domains.emplace_back(name, *ids.entities);
            if (ids.signalTree)
                signalFolders.emplace_back(name, *ids.signalTree);
        }
        QByteArray tree;
        const auto append = [&](bool isTree, std::string_view name, const Result<ObjectId> &id) {
            if (id)
                appendTreeEntry(tree, isTree, name, *id);
            return id;
        };
        auto id = append(false, "catalogue.json", addObject(ObjectType::Blob, catalogue));
        if (id && !domains.empty())
            id = append(true, "domains", addObject(ObjectType::Tree, folderTree(std::move(domains))));
        if (id)
            id = append(false, "manifest.json", addObject(ObjectType::Blob, manifest));
        if (id && !signalFolders.empty())
            id = append(true, "signals", addObject(ObjectType::Tree, folderTree(std::move(signalFolders))));
        return id ? addObject(ObjectType::Tree, tree) : id;
    }
};

SnapshotWriter::SnapshotWriter() : d(std::make_unique<Private>()) { }
SnapshotWriter::SnapshotWriter(SnapshotWriter &&) noexcept = default;
SnapshotWriter &SnapshotWriter::operator=(SnapshotWriter &&) noexcept = default;
SnapshotWriter::~SnapshotWriter() = default;

Result<SnapshotWriter> SnapshotWriter::begin(const QString &storeFolder, const QString &organisationId, const QString &writerSuffix)
{
    const auto file = readStoreFile(storeFolder);
    if (!file)
        return std::unexpected(file.error());
    if (organisationId.isEmpty() || organisationId.size() > 1000)
        return Error::make(ErrorCode::BadInput, QStringLiteral("a snapshot needs its organisation's id"));
    SnapshotWriter writer;
    Private &p = *writer.d;
    auto repository = Repository::open(gitFolder(storeFolder));
    if (!repository)
        return std::unexpected(repository.error());
    p.repository = *std::move(repository);
    auto lock = StoreLock::take(storeFolder);
    if (!lock)
        return std::unexpected(lock.error());
    p.lock = *std::move(lock);
    p.folder = storeFolder;
    p.organisationId = organisationId;
    p.writerId = file->writerId;
    if (!writerSuffix.isEmpty())
        p.writerId += writerSuffix.startsWith(u'-') ? writerSuffix : QString(u'-' + writerSuffix);
    p.branch = branchName("config", organisationId, p.writerId);
    clearLeftovers(storeFolder, *p.repository);
    const auto head = p.repository->reference(p.branch);
    if (!head)
        return std::unexpected(head.error());
    if (*head) {
        auto parent = SnapshotData::load(p.repository, **head, p.writerId);
        if (!parent)
            return std::unexpected(parent.error());
        p.parent = *std::move(parent);
        p.parentId = **head;
    }
    if (!QDir().mkpath(storeFolder + QStringLiteral("/state")))
        return std::unexpected(systemError(QStringLiteral("cannot make a folder"), storeFolder + QStringLiteral("/state")));
    auto pack = PackWriter::open(storeFolder + QStringLiteral("/state"));
    if (!pack)
        return std::unexpected(pack.error());
    p.pack = *std::move(pack);
    return writer;
}

std::optional<SnapshotSummary> SnapshotWriter::parent() const
{
    return d->parent ? std::optional(d->parent->summary) : std::nullopt;
}

std::optional<LedgerRow> SnapshotWriter::parentRow(const QString &domain) const
{
    const LedgerRow *row = d->parent ? d->parent->manifest.row(domain) : nullptr;
    return row ? std::optional(*row) : std::nullopt;
}

Result<void> SnapshotWriter::beginDomain(const QString &domain, bool fanOut)
{
    if (domain.isEmpty() || entityFileName(domain).size() > MaxDomainName)
        return Error::make(ErrorCode::BadInput, QStringLiteral("a domain's name is 1 to %1 bytes").arg(MaxDomainName), domain.left(200));
    if (auto done = d->abandon(); !done)
        return done;
    if (d->rows.contains(domain))
        return Error::make(ErrorCode::BadInput, QStringLiteral("a domain came twice in one snapshot"), domain);
    const DomainTrees inParent = d->parentTrees(domain);
    auto start = d->pack->mark();
    if (!start)
        return std::unexpected(start.error());
    const LedgerRow *before = d->parent ? d->parent->manifest.row(domain) : nullptr;
    auto builder = DomainBuilder::open(
        d->repository, {inParent.entities, inParent.signalTree, before ? static_cast<size_t>(std::max<qint64>(0, before->entities)) : 0},
        fanOut);
    if (!builder)
        return std::unexpected(builder.error());
    d->domainStart = *start;
    d->builder = *std::move(builder);
    d->current = domain;
    return {};
}

Result<void> SnapshotWriter::addEntity(const QString &id, QByteArray text, QByteArrayView blobId, QByteArrayView sha256, QByteArray signal)
{
    if (!d->builder)
        return Error::make(ErrorCode::BadInput, QStringLiteral("no domain was begun"), id.left(200));
    auto done = d->builder->add(*d->pack, id, std::move(text), blobId, sha256, std::move(signal));
    d->spoilt = d->spoilt || (!done && done.error().code != ErrorCode::BadInput);
    return done;
}

Result<void> SnapshotWriter::carryEntity(const QString &id)
{
    if (!d->builder)
        return Error::make(ErrorCode::BadInput, QStringLiteral("no domain was begun"), id.left(200));
    return d->builder->carry(id);
}

Result<void> SnapshotWriter::endDomain(LedgerRow row)
{
    if (!d->builder || row.domain != d->current)
        return Error::make(ErrorCode::BadInput, QStringLiteral("this domain was not begun"), row.domain);
    auto built = d->builder->build(*d->pack);
    if (!built) {
        d->spoilt = true;
        return std::unexpected(built.error());
    }
    row.entities = built->count;
    row.root = built->root;
    row.signalsRoot = built->signalsRoot;
    row.longIds = std::move(built->longIds);
    d->trees[row.domain] = {built->entities, built->signalTree};
    d->rows[row.domain] = std::move(row);
    d->builder.reset();
    d->current.clear();
    return {};
}

Result<void> SnapshotWriter::carryDomain(LedgerRow row)
{
    if (row.domain.isEmpty() || entityFileName(row.domain).size() > MaxDomainName)
        return Error::make(ErrorCode::BadInput, QStringLiteral("a domain's name is 1 to %1 bytes").arg(MaxDomainName),
                           row.domain.left(200));
    if (row.state == LedgerState::Complete)
        return Error::make(ErrorCode::BadInput, QStringLiteral("a carried domain is not complete"), row.domain);
    if (d->builder && d->current == row.domain) {
        if (auto done = d->abandon(); !done)
            return done;
    }
    if (d->rows.contains(row.domain))
        return Error::make(ErrorCode::BadInput, QStringLiteral("a domain came twice in one snapshot"), row.domain);
    return d->carry(std::move(row));
}

Result<SnapshotSummary> SnapshotWriter::commit(Manifest manifest, const QByteArray &catalogueJson, const QString &message,
                                               const Signer &signer)
{
    if (d->spoilt)
        return Error::make(ErrorCode::Io, QStringLiteral("an earlier write failed; nothing was written"));
    if (d->builder)
        return Error::make(ErrorCode::BadInput, QStringLiteral("a domain was begun and not ended"), d->current);
    if (!manifest.finishedUtc.isValid())
        return Error::make(ErrorCode::BadInput, QStringLiteral("the manifest names no time"));
    if (!manifest.organisationId.isEmpty() && manifest.organisationId != d->organisationId)
        return Error::make(ErrorCode::BadInput, QStringLiteral("the manifest is another organisation's"), manifest.organisationId);
    d->spoilt = true; // one commit a writer, whatever comes of it

    // A domain nobody mentioned was not asked for: left out it would look deleted.
    if (d->parent) {
        for (const LedgerRow &before : std::as_const(d->parent->manifest.ledger)) {
            if (d->rows.contains(before.domain))
                continue;
            LedgerRow row;
            row.domain = before.domain;
            row.state = LedgerState::Carried;
            row.reason = QStringLiteral("not-asked");
            if (auto done = d->carry(std::move(row)); !done)
                return std::unexpected(done.error());
        }
    }
    manifest.schemaVersion = Schema::current().newest();
    manifest.organisationId = d->organisationId;
    manifest.catalogueSha256 = QString::fromLatin1(sha256(view(catalogueJson)).toHex());
    manifest.ledger.clear();
    for (const auto &[domain, row] : d->rows)
        manifest.ledger += row;

    const auto tree = d->rootTree(manifest.toJson(), catalogueJson);
    if (!tree)
        return std::unexpected(tree.error());
    SnapshotSummary summary = summaryOfManifest(manifest);
    summary.parent = d->parentId ? toHex(*d->parentId) : QString();
    summary.writerId = d->writerId;
    summary.message = message;
    summary.message.remove(QChar::Null);
    summary.message = summary.message.trimmed();
    QByteArray text = summary.message.toUtf8();
    if (!text.isEmpty())
        text += "\n\n";
    text += summaryTrailer(summary) + '\n';

    const QByteArray commit = commitBytes({*tree, d->parentId, d->writerId, manifest.finishedUtc, text}, signer);
    const auto id = d->addObject(ObjectType::Commit, commit);
    if (!id)
        return std::unexpected(id.error());
    if (auto done = publish(d->folder, *d->repository, *d->pack, d->branch, d->parentId, *id); !done)
        return std::unexpected(done.error());
    summary.id = toHex(*id);
    d->pack.reset();
    // Housekeeping: what fails of it is tried again after the next snapshot.
    (void)foldPacks(d->folder);
    d->lock = {};
    return summary;
}

} // namespace Orgtrace::Evidence
