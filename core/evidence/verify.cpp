#include "evidence/store.h"

#include "base/digest.h"
#include "evidence/activity.h"
#include "evidence/allowedsigners.h"
#include "evidence/bundles.h"
#include "evidence/filelayer.h"
#include "evidence/objectproof.h"
#include "evidence/publisher.h"
#include "evidence/storeprivate.h"

#include <QFileInfo>
#include <QSet>

#include <algorithm>
#include <unordered_set>

namespace Orgtrace::Evidence {

namespace {

constexpr std::string_view Json_ = ".json";

/// Walks the branches over objects that are proven already.
class ChainProof
{
public:
    ChainProof(std::shared_ptr<const Repository> repository, const ObjectProof &objects, QByteArray signers, Store::Verification &out) :
        m_repository(std::move(repository)), m_objects(objects), m_signers(std::move(signers)), m_out(out)
    {
        for (const auto those = parseAllowedSigners(m_signers); const AllowedSigner &signer : those) {
            for (const QString &principal : signer.principals)
                m_writers.insert(principal);
        }
    }

    Result<void> branch(const Reference &reference, const CancellationToken &cancel)
    {
        const bool isConfig = reference.name.startsWith("refs/heads/config/");
        const bool isAudit = reference.name.startsWith("refs/heads/audit/");
        std::vector<ObjectId> chain;
        std::unordered_set<ObjectId, ObjectIdHash> onChain;
        for (std::optional<ObjectId> at = reference.id; at && onChain.insert(*at).second;) {
            chain.push_back(*at);
            const auto object = m_repository->readAny(*at);
            if (!object) {
                problem(*at, {}, {}, QStringLiteral("%1 (on %2)").arg(object.error().detail, QString::fromUtf8(reference.name)));
                chain.pop_back();
                break;
            }
            if (object->type() == ObjectType::Tag) { // a baseline: its target is on a branch of its own
                m_reached.insert(*at);
                return {};
            }
            const auto commit = object->type() == ObjectType::Commit ? parseCommit(object->bytes())
                                                                     : Result<CommitData>(Error::make(ErrorCode::Integrity, QString()));
            if (!commit) {
                problem(*at, {}, {}, QStringLiteral("a branch leads to something that is no commit"));
                chain.pop_back();
                break;
            }
            if ((isConfig || isAudit) && commit->parents.size() > 1)
                problem(*at, {}, {}, QStringLiteral("the commit has several parents: the chain is not fast-forward"));
            at = commit->parents.empty() ? std::nullopt : std::optional(commit->parents.front());
        }
        m_roots.clear();
        for (auto it = chain.rbegin(); it != chain.rend(); ++it) {
            if (cancel.isCancelled())
                return Error::make(ErrorCode::Cancelled, QStringLiteral("verification was cancelled"));
            if (!isConfig && !isAudit) {
                m_reached.insert(*it);
                continue;
            }
            commit(*it, reference.name, isConfig);
        }
        return {};
    }

    /// Evidence that is there but that no branch leads to: a history that was cut back.
    void strandedCommits(const std::optional<UnfinishedPublication> &unfinished)
    {
        for (const ObjectId &id : m_objects.commits()) {
            if (!m_reached.contains(id) && !(unfinished && unfinished->commit == id))
                problem(id, {}, {}, QStringLiteral("the commit is on no branch: a branch was set back or removed"));
        }
    }

    /// What snapshots say of things outside git.
    struct Sealed {
        struct Named {
            QString commit;
            QByteArray writer;
            BundleSums sums;
        };
        QList<Named> bundles;
        QList<std::pair<QString, QString>> activityHeads; ///< commit, hash
    };
    [[nodiscard]] const Sealed &sealed() const { return m_sealed; }
    /// A snapshot that only a newer program can prove.
    [[nodiscard]] const std::optional<Error> &newer() const { return m_newer; }

private:
    void bundle(const ObjectId &id, const Manifest &manifest, const QByteArray &branch)
    {
        if (!manifest.activityHead.isEmpty())
            m_sealed.activityHeads += {toHex(id), manifest.activityHead};
        if (!manifest.rawSha256.isEmpty())
            m_sealed.bundles
                += {toHex(id), branch.mid(branch.lastIndexOf('/') + 1), {manifest.rawSha256, manifest.rawBytes, manifest.rawRecords}};
    }

    void problem(const ObjectId &commit, const QString &domain, const QString &entity, const QString &what)
    {
        if (m_out.problems.size() < 10000)
            m_out.problems += {toHex(commit), domain, entity, what};
    }

    void commit(const ObjectId &id, const QByteArray &branch, bool isConfig)
    {
        m_reached.insert(id);
        if (!m_proven.insert(id).second)
            return problem(id, {}, {},
                           QStringLiteral("the commit is on two branches of evidence, one of them %1").arg(QString::fromUtf8(branch)));
        ++m_out.commits;
        const auto object = m_repository->read(id, ObjectType::Commit);
        const auto commit = object ? parseCommit(object->bytes()) : Result<CommitData>(std::unexpected(object.error()));
        if (!commit)
            return problem(id, {}, {}, commit.error().detail);
        if (commit->signature.isEmpty()) {
            problem(id, {}, {}, QStringLiteral("the commit is not signed"));
        } else if (const auto signer = verifySignature(view(commit->payload), commit->signature, m_signers, commit->committedUtc);
                   !signer) {
            problem(id, {}, {}, signer.error().detail);
        } else if (!maySignFor(branch.mid(branch.lastIndexOf('/') + 1), signer->principals)) {
            problem(id, {}, {},
                    QStringLiteral("the commit is signed by %1, whose key is not this writer's").arg(signer->principals.first()));
        } else {
            ++m_out.signatures;
        }
        reachable(id, commit->tree);
        if (isConfig)
            snapshot(id, *commit, branch);
    }

    /// Where allowed_signers has a line for a writer, only that line's key signs the writer's branch: a colleague's key proves a colleague's captures.
    /// What a writer imports is signed by its own key ("<writer>-import"). Lines under names of people sign for any writer that has no line.
    [[nodiscard]] bool maySignFor(const QByteArray &writer, const QStringList &principals) const
    {
        for (qsizetype end = writer.size(); end > 0; end = writer.lastIndexOf('-', end - 1)) {
            const QString own = QString::fromUtf8(writer.first(end)) + QStringLiteral("@orgtrace.invalid");
            if (m_writers.contains(own))
                return principals.contains(own);
        }
        return true;
    }

    /// Everything below a tree is there and sound. Each tree is looked into once.
    void reachable(const ObjectId &commit, const ObjectId &tree)
    {
        std::vector<ObjectId> open{tree};
        while (!open.empty()) {
            const ObjectId at = open.back();
            open.pop_back();
            if (!m_seenTrees.insert(at).second)
                continue;
            const auto object = m_repository->read(at, ObjectType::Tree);
            const auto entries = object ? parseTree(object->bytes()) : Result<std::vector<TreeEntry>>(std::unexpected(object.error()));
            if (!entries) {
                problem(commit, {}, {}, QStringLiteral("%1 (%2)").arg(entries.error().detail, toHex(at)));
                continue;
            }
            for (const TreeEntry &entry : *entries) {
                if (entry.isTree)
                    open.push_back(entry.id);
                else if (!m_objects.blobSha256(entry.id))
                    problem(commit, {}, QString::fromUtf8(entry.name.data(), static_cast<qsizetype>(entry.name.size())),
                            QStringLiteral("the file's object is missing or damaged (%1)").arg(toHex(entry.id)));
            }
        }
    }

    void snapshot(const ObjectId &id, const CommitData &commit, const QByteArray &branch)
    {
        const auto loaded = SnapshotData::load(m_repository, id, {});
        if (!loaded && loaded.error().code == ErrorCode::NewerFormat) {
            m_newer = m_newer ? m_newer : loaded.error();
            return;
        }
        if (!loaded)
            return problem(id, {}, {}, loaded.error().detail);
        const SnapshotData &d = **loaded;
        const QList<QByteArray> parts = branch.split('/');
        if (parts.size() != 5 || refComponent(d.manifest.organisationId) != parts[3])
            problem(id, {}, {}, QStringLiteral("the manifest is another organisation's than the branch"));
        if (const auto told = summaryOfCommit(id, commit)) {
            const SnapshotSummary &own = d.summary;
            if (refComponent(told->writerId) != parts.value(4))
                problem(id, {}, {}, QStringLiteral("the commit is another writer's than the branch"));
            if (told->organisationId != own.organisationId || told->organisationName != own.organisationName || told->source != own.source
                || told->trigger != own.trigger || told->observedUtc != own.observedUtc || told->entities != own.entities
                || told->domainsComplete != own.domainsComplete || told->domainsTotal != own.domainsTotal)
                problem(id, {}, {}, QStringLiteral("the commit's message tells other figures than its manifest"));
        }
        if (!d.manifest.catalogueSha256.isEmpty()) {
            const auto sha = d.catalogue ? m_objects.blobSha256(*d.catalogue) : std::nullopt;
            if (!sha || QString::fromLatin1(sha->toHex()) != d.manifest.catalogueSha256)
                problem(id, {}, {}, QStringLiteral("catalogue.json is not the one the manifest names"));
        }
        for (const auto &[domain, tree] : d.domains) {
            if (!d.manifest.row(domain))
                problem(id, domain, {}, QStringLiteral("the domain is not in the manifest"));
        }
        for (const auto &[domain, tree] : d.signalTrees) {
            if (!d.manifest.row(domain))
                problem(id, domain, {}, QStringLiteral("the signals' domain is not in the manifest"));
        }
        for (const LedgerRow &row : d.manifest.ledger)
            domain(id, d, row);
        bundle(id, d.manifest, branch);
    }

    void domain(const ObjectId &id, const SnapshotData &d, const LedgerRow &row)
    {
        const auto found = d.domains.find(row.domain);
        const Root root = found == d.domains.end() ? Root{sha256({}), 0} : rootOf(id, d, row, found->second);
        ++m_out.roots;
        if (QString::fromLatin1(root.sha.toHex()) != row.root || root.count != row.entities)
            problem(id, row.domain, {}, QStringLiteral("the entities are not those the manifest proves"));
        const auto signalTree = d.signalTrees.find(row.domain);
        const QString signalsRoot = signalTree == d.signalTrees.end() ? QString() : signalRootOf(signalTree->second);
        if (signalsRoot != row.signalsRoot)
            problem(id, row.domain, {}, QStringLiteral("the signals are not those the manifest proves"));
        if (row.state == LedgerState::Complete) {
            m_roots[toHex(id)].insert(row.domain, row.root);
        } else if (!row.observedIn.isEmpty()) {
            // A carried domain is the one of the snapshot it names, and that one was complete.
            const auto origin = m_roots.constFind(row.observedIn);
            if (origin == m_roots.constEnd() || origin->value(row.domain) != row.root)
                problem(id, row.domain, {}, QStringLiteral("the carried domain is not the one of the snapshot it names"));
        } else if (row.entities != 0) {
            problem(id, row.domain, {}, QStringLiteral("the domain has entities, but no snapshot in which they were seen"));
        }
    }

    struct Root {
        QByteArray sha;
        qint64 count = 0;
    };
    Root rootOf(const ObjectId &commit, const SnapshotData &d, const LedgerRow &row, const ObjectId &treeId)
    {
        QByteArray key = toBytes(treeId);
        for (const auto &[name, id] : row.longIds)
            key += name.toUtf8() + '\0' + toWtf8(id) + '\0';
        if (const auto known = m_rootCache.constFind(key); known != m_rootCache.constEnd())
            return *known;
        Root root;
        const auto tree = DomainTree::open(m_repository, treeId);
        if (!tree) {
            problem(commit, row.domain, {}, tree.error().detail);
            return root;
        }
        // A snapshot mostly shares its fan-out folders with the one before: what was proven of them is kept for one round.
        Folders &before = m_folders[row.domain];
        Folders now;
        std::vector<const Proven *> all;
        const auto gather = [&](const ObjectId &id, const std::vector<TreeEntry> &files) {
            auto folder = before.value(toBytes(id));
            if (!folder)
                folder = proveFolder(commit, d, row.domain, files);
            for (const Proven &entity : folder->entities)
                all.push_back(&entity);
            if (!folder->hasHashedNames) // their ids depend on the manifest too
                now.insert(toBytes(id), folder);
            else
                m_kept.push_back(folder);
        };
        if (!tree->isFannedOut())
            gather(treeId, tree->top());
        else {
            for (const TreeEntry &bucket : tree->top()) {
                if (before.contains(toBytes(bucket.id))) {
                    gather(bucket.id, {});
                    continue;
                }
                const auto object = m_repository->read(bucket.id, ObjectType::Tree);
                const auto files = object ? parseTree(object->bytes()) : Result<std::vector<TreeEntry>>(std::unexpected(object.error()));
                if (!files) {
                    problem(commit, row.domain, {}, files.error().detail);
                    return root;
                }
                gather(bucket.id, *files);
            }
        }
        std::ranges::sort(all, [](const Proven *x, const Proven *y) { return x->id < y->id; });
        Digest digest(DigestKind::Sha256);
        for (const Proven *entity : all) {
            digest.add({entity->id.constData(), static_cast<size_t>(entity->id.size()) + 1});
            digest.add(view(entity->sha));
        }
        root = {digest.result(), static_cast<qint64>(all.size())};
        before = std::move(now);
        m_kept.clear();
        m_rootCache.insert(key, root);
        return root;
    }

    struct Proven {
        QByteArray id, sha;
    };
    struct Folder {
        std::vector<Proven> entities;
        bool hasHashedNames = false;
    };
    using Folders = QHash<QByteArray, std::shared_ptr<const Folder>>;

    /// Ids and SHA-256 of the entities in one folder; what is wrong with them is told.
    std::shared_ptr<const Folder> proveFolder(const ObjectId &commit, const SnapshotData &d, const QString &domain,
                                              const std::vector<TreeEntry> &files)
    {
        auto folder = std::make_shared<Folder>();
        folder->entities.reserve(files.size());
        for (const TreeEntry &file : files) {
            const auto id = file.isTree
                ? Result<QString>(Error::make(ErrorCode::Integrity, QStringLiteral("a folder stands where an entity should")))
                : d.idOfFile(domain, file.name);
            if (!id) {
                problem(commit, domain, {}, id.error().detail);
                continue;
            }
            Proven entity{toWtf8(*id), m_objects.blobSha256(file.id).value_or(QByteArray())};
            const QByteArray name = encodedName(entity.id);
            folder->hasHashedNames = folder->hasHashedNames || name.contains('~');
            if (!file.name.ends_with(Json_) || view(name) != file.name.substr(0, file.name.size() - Json_.size()))
                problem(commit, domain, *id, QStringLiteral("an entity lies under another name than its own"));
            if (entity.sha.isEmpty())
                problem(commit, domain, *id, QStringLiteral("the entity's object is missing or damaged (%1)").arg(toHex(file.id)));
            folder->entities.push_back(std::move(entity));
        }
        return folder;
    }

    QString signalRootOf(const ObjectId &treeId)
    {
        const auto object = m_repository->read(treeId, ObjectType::Tree);
        const auto entries = object ? parseTree(object->bytes()) : Result<std::vector<TreeEntry>>(std::unexpected(object.error()));
        if (!entries)
            return QStringLiteral("unreadable");
        Digest digest(DigestKind::Sha256);
        for (const TreeEntry &entry : *entries) {
            const auto sha = m_objects.blobSha256(entry.id);
            if (entry.isTree || !sha || !entry.name.ends_with(".ndjson"))
                return QStringLiteral("unreadable");
            const QByteArray name = bytes(entry.name.substr(0, entry.name.size() - 7));
            digest.add({name.constData(), static_cast<size_t>(name.size()) + 1});
            digest.add(view(*sha));
        }
        return QString::fromLatin1(digest.result().toHex());
    }

    std::shared_ptr<const Repository> m_repository;
    const ObjectProof &m_objects;
    QByteArray m_signers;
    QSet<QString> m_writers; ///< every principal that has a line
    Store::Verification &m_out;
    std::optional<Error> m_newer;
    Sealed m_sealed;
    std::unordered_set<ObjectId, ObjectIdHash> m_reached, m_proven, m_seenTrees;
    QHash<QString, QHash<QString, QString>> m_roots; ///< snapshot → domain → root, of complete rows on this branch
    QHash<QByteArray, Root> m_rootCache;
    QHash<QString, Folders> m_folders; ///< domain → folders of the snapshot looked at last
    std::vector<std::shared_ptr<const Folder>> m_kept;
};

/// The activity log and the bundles, against what the snapshots say of them. A bundle of another writer may never have been here.
Result<void> proveSealed(const QString &folder, const QByteArray &ownWriter, const ChainProof::Sealed &sealed, Store::Verification &out,
                         const CancellationToken &cancel)
{
    const auto log = activityLog(folder);
    if (!log)
        return std::unexpected(log.error());
    for (const QString &what : log->problems)
        out.problems += {{}, {}, {}, what};
    for (const auto &[commit, hash] : sealed.activityHeads) {
        if (!log->hashes.contains(hash))
            out.problems += {commit, {}, {}, QStringLiteral("the activity log has lost lines that were there when the snapshot was taken")};
    }
    for (const auto &[commit, writer, sums] : sealed.bundles) {
        if (cancel.isCancelled())
            return Error::make(ErrorCode::Cancelled, QStringLiteral("verification was cancelled"));
        const auto proven = proveBundle(folder, sums);
        if (proven) {
            ++out.bundles;
        } else if (proven.error().code != ErrorCode::NotFound) {
            out.problems += {commit, {}, {}, proven.error().detail};
        } else if (log->isPruned(sums.sha256)) {
            ++out.bundlesPruned;
        } else if (writer != ownWriter && !writer.startsWith(QByteArray(ownWriter + '-'))) {
            ++out.bundlesElsewhere;
        } else {
            out.problems += {commit, {}, {}, QStringLiteral("the raw payloads are gone, and no pruning took them away")};
        }
    }
    return {};
}

} // namespace

Result<SignedBy> Store::signedBy(const QString &snapshotId) const
{
    const QByteArray hex = snapshotId.toLatin1();
    const auto id = objectIdFromHex(view(hex));
    if (!id)
        return Error::make(ErrorCode::NotFound, QStringLiteral("not a snapshot's id"), snapshotId.left(80));
    const auto object = d->repository->read(*id, ObjectType::Commit);
    if (!object)
        return std::unexpected(object.error());
    const auto commit = parseCommit(object->bytes());
    if (!commit)
        return std::unexpected(commit.error());
    const auto signers = readWhole(d->folder + QStringLiteral("/allowed_signers"));
    if (!signers)
        return std::unexpected(signers.error());
    return verifySignature(view(commit->payload), commit->signature, *signers, commit->committedUtc);
}

Result<Store::Verification> Store::verify(const CancellationToken &cancel, const std::function<void(qint64, qint64)> &progress) const
{
    // A handle of its own, so that nothing opened earlier hides what lies on disk now.
    const auto repository = Repository::open(gitFolder(d->folder));
    if (!repository)
        return std::unexpected(repository.error());
    Verification out;
    const auto signers = readWhole(d->folder + QStringLiteral("/allowed_signers"));
    if (!signers)
        out.problems += {{}, {}, {}, QStringLiteral("allowed_signers cannot be read: nobody's signature counts")};
    const auto unfinished = unfinishedPublication(d->folder, **repository);
    ObjectProof objects;
    if (auto done = objects.prove(**repository, unfinished ? unfinished->pack : QByteArray(), out, cancel, progress); !done)
        return std::unexpected(done.error());
    const auto references = (*repository)->references("refs/");
    if (!references)
        return std::unexpected(references.error());
    ChainProof chains(*repository, objects, signers.value_or(QByteArray()), out);
    bool headIsBranch = references->empty();
    const QByteArray head = readWhole(gitFolder(d->folder) + QStringLiteral("/HEAD"), 4096).value_or(QByteArray());
    for (const Reference &reference : *references) {
        headIsBranch = headIsBranch || head == "ref: " + reference.name + '\n';
        if (auto done = chains.branch(reference, cancel); !done)
            return std::unexpected(done.error());
    }
    chains.strandedCommits(unfinished);
    if (auto done = proveSealed(d->folder, refComponent(d->file.writerId), chains.sealed(), out, cancel); !done)
        return std::unexpected(done.error());
    if (!headIsBranch)
        out.problems += {{}, {}, {}, QStringLiteral("HEAD does not point to a branch of evidence")};
    if (out.problems.isEmpty() && chains.newer())
        return std::unexpected(*chains.newer()); // nothing is wrong, but not everything is proven
    return out;
}

} // namespace Orgtrace::Evidence
