#include "evidence/store.h"

#include "base/clock.h"
#include "base/digest.h"
#include "evidence/filelayer.h"
#include "evidence/storeprivate.h"

#include <sodium.h>

#include <algorithm>

namespace Orgtrace::Evidence {

namespace {

QString randomId()
{
    QByteArray raw(8, '\0');
    randombytes_buf(raw.data(), static_cast<size_t>(raw.size()));
    return QString::fromLatin1(raw.toHex());
}

bool isSingleLine(const QString &text)
{
    return std::ranges::none_of(text, [](QChar c) { return c.unicode() < 0x20 || c.unicode() == 0x7f || c.isSurrogate(); });
}

/// A bare repository, made by hand: it needs no more than this, and no user's template gets in.
Result<void> makeRepository(const QString &folder)
{
    for (const QLatin1StringView part : {QLatin1StringView("objects/pack"), QLatin1StringView("objects/info"),
                                         QLatin1StringView("refs/heads"), QLatin1StringView("refs/tags")}) {
        if (!QDir().mkpath(folder + u'/' + part))
            return std::unexpected(systemError(QStringLiteral("cannot make a folder"), folder + u'/' + part));
    }
    // git must not rearrange what a store's writer arranges, and what is fetched into it is checked.
    if (auto done = writeWhole(folder + QStringLiteral("/config"),
                               "[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = true\n[gc]\n\tauto = "
                               "0\n[transfer]\n\tfsckObjects = true\n");
        !done)
        return done;
    return writeWhole(folder + QStringLiteral("/HEAD"), "ref: refs/heads/config/none\n");
}

} // namespace

QByteArray branchPrefix(const char *kind, const QString &organisationId)
{
    const QByteArray root = QByteArrayLiteral("refs/heads/") + kind + '/';
    return organisationId.isEmpty() ? root : QByteArray(root + refComponent(organisationId) + '/');
}

QByteArray branchName(const char *kind, const QString &organisationId, const QString &writerId)
{
    return QByteArrayLiteral("refs/heads/") + kind + '/' + refComponent(organisationId) + '/' + refComponent(writerId);
}

std::optional<BranchParts> branchParts(const QByteArray &name)
{
    const QList<QByteArray> parts = name.split('/');
    if (parts.size() != 5)
        return std::nullopt;
    const auto organisation = fromRefComponent(view(parts[3])), writer = fromRefComponent(view(parts[4]));
    // A hashed name stands for itself: it is only ever compared.
    return BranchParts{organisation.value_or(QString::fromUtf8(parts[3])), writer.value_or(QString::fromUtf8(parts[4]))};
}

Store::Store() : d(std::make_unique<Private>()) { }
Store::Store(Store &&) noexcept = default;
Store &Store::operator=(Store &&) noexcept = default;
Store::~Store() = default;

Result<Store> Store::init(const QString &folder, const InitOptions &options)
{
    if (sodium_init() < 0)
        return Error::make(ErrorCode::Internal, QStringLiteral("libsodium cannot start"));
    if (folder.isEmpty())
        return Error::make(ErrorCode::BadInput, QStringLiteral("the store needs a folder"));
    if (options.writerId.size() > 64 || !isSingleLine(options.writerId) || !isSingleLine(options.storeId) || !isSingleLine(options.keyFile)
        || options.signerLine.contains('\n'))
        return Error::make(ErrorCode::BadInput, QStringLiteral("a store's ids are short single lines"));
    const bool existed = QFileInfo::exists(folder);
    if (existed
        && (!QFileInfo(folder).isDir() || !QDir(folder).isEmpty(QDir::AllEntries | QDir::Hidden | QDir::System | QDir::NoDotAndDotDot)))
        return Error::make(ErrorCode::BadInput, QStringLiteral("a store needs a new or empty folder; this one has something in it"),
                           folder);

    const StoreFile file{StoreFormat, options.storeId.isEmpty() ? randomId() : options.storeId,
                         options.writerId.isEmpty() ? randomId() : options.writerId, options.keyFile};
    const auto make = [&]() -> Result<void> {
        for (const QLatin1StringView part : {QLatin1StringView("vault"), QLatin1StringView("policies"), QLatin1StringView("state")}) {
            if (!QDir().mkpath(folder + u'/' + part))
                return std::unexpected(systemError(QStringLiteral("cannot make a folder"), folder + u'/' + part));
        }
        if (auto done = makeRepository(gitFolder(folder)); !done)
            return done;
        QByteArray signers = "# Who may sign evidence: principal, options, key (ssh-keygen(1), ALLOWED SIGNERS).\n";
        if (!options.signerLine.trimmed().isEmpty())
            signers += refComponent(file.writerId) + "@orgtrace.invalid namespaces=\"git\" " + options.signerLine.trimmed() + '\n';
        if (auto done = writeWhole(folder + QStringLiteral("/allowed_signers"), view(signers)); !done)
            return done;
        // Last, since this makes the folder a store.
        return writeWhole(folder + QStringLiteral("/store.toml"), view(storeFileText(file)));
    };
    if (const auto made = make(); !made) {
        // The folder was empty or not there: all of it is ours.
        QDir(folder).removeRecursively();
        if (existed)
            QDir().mkpath(folder);
        return std::unexpected(made.error());
    }
    return open(folder);
}

Result<Store> Store::open(const QString &folder)
{
    auto file = readStoreFile(folder);
    if (!file)
        return std::unexpected(file.error());
    auto repository = Repository::open(gitFolder(folder));
    if (!repository)
        return std::unexpected(repository.error());
    Store store;
    store.d->folder = folder;
    store.d->file = *std::move(file);
    store.d->repository = *std::move(repository);
    return store;
}

QString Store::folder() const
{
    return d->folder;
}
QString Store::writerId() const
{
    return d->file.writerId;
}
QString Store::storeId() const
{
    return d->file.storeId;
}
QString Store::keyFilePath() const
{
    return d->file.keyFile;
}
QByteArray Store::allowedSigners() const
{
    return readWhole(d->folder + QStringLiteral("/allowed_signers")).value_or(QByteArray());
}

// ---- timeline -------------------------------------------------------------------------------------------------------

Result<QList<SnapshotSummary>> Store::Private::summariesOf(const Reference &reference) const
{
    Branch &known = branches[reference.name];
    if (!known.summaries.isEmpty() && known.head == reference.id)
        return known.summaries;
    const auto parts = branchParts(reference.name);
    if (!parts)
        return QList<SnapshotSummary>(); // a branch of somebody else's making
    QList<SnapshotSummary> fresh;
    ObjectId at = reference.id;
    bool joined = false;
    while (true) {
        if (!known.summaries.isEmpty() && at == known.head) {
            joined = true;
            break;
        }
        const auto object = repository->read(at, ObjectType::Commit);
        if (!object)
            return std::unexpected(object.error());
        const auto commit = parseCommit(object->bytes());
        if (!commit)
            return Error::make(ErrorCode::Integrity, commit.error().detail, toHex(at));
        auto summary = summaryOfCommit(at, *commit);
        if (!summary) {
            auto snapshot = SnapshotData::load(repository, at, parts->writerId);
            if (!snapshot)
                return std::unexpected(snapshot.error());
            summary = (*snapshot)->summary;
        }
        summary->writerId = parts->writerId;
        fresh.prepend(*std::move(summary));
        if (commit->parents.empty())
            break;
        at = commit->parents.front();
    }
    known.summaries = joined ? known.summaries + fresh : fresh;
    known.head = reference.id;
    return known.summaries;
}

Result<QList<SnapshotSummary>> Store::snapshots(const QString &organisationId) const
{
    const auto references = d->repository->references(branchPrefix("config", organisationId));
    if (!references)
        return std::unexpected(references.error());
    // Captures of one branch stand in the chain's order, whatever their clock said: one that was set back does not carry a snapshot before its parent.
    // Imports bring the time they are of along, in any order.
    struct Placed {
        QDateTime key;
        SnapshotSummary summary;
    };
    QList<Placed> all;
    for (const Reference &reference : *references) {
        auto some = d->summariesOf(reference);
        if (!some)
            return std::unexpected(some.error());
        QDateTime latest;
        for (SnapshotSummary &summary : *some) {
            QDateTime key = summary.observedUtc;
            if (summary.source != u"import") {
                latest = latest.isValid() ? std::max(latest, key) : key;
                key = latest;
            }
            all.append({key, std::move(summary)});
        }
    }
    std::ranges::stable_sort(all, {}, &Placed::key);
    QList<SnapshotSummary> timeline;
    timeline.reserve(all.size());
    for (Placed &placed : all)
        timeline.append(std::move(placed.summary));
    return timeline;
}

Result<SnapshotSummary> Store::resolve(const QString &revision, const QString &organisationId) const
{
    const auto all = snapshots(organisationId);
    if (!all)
        return std::unexpected(all.error());
    const QString text = revision.trimmed();
    const auto notFound = [&](const QString &why) { return Error::make(ErrorCode::NotFound, why, text.left(200)); };

    if (text == u"latest" || text.startsWith(u"latest~")) {
        bool good = true;
        const qint64 back = text == u"latest" ? 0 : QStringView(text).mid(7).toLongLong(&good);
        if (!good || back < 0 || QStringView(text).mid(7).startsWith(u'+'))
            return Error::make(ErrorCode::BadInput, QStringLiteral("after latest~ comes a number"), text.left(200));
        if (back >= all->size())
            return notFound(all->isEmpty() ? QStringLiteral("there is no snapshot yet")
                                           : QStringLiteral("there are only %1 snapshots").arg(all->size()));
        return all->at(all->size() - 1 - back);
    }
    const bool hex = text.size() >= 4 && text.size() <= 40 && std::ranges::all_of(text, [](QChar c) {
                         const char16_t u = c.toLower().unicode();
                         return (u >= '0' && u <= '9') || (u >= 'a' && u <= 'f');
                     });
    if (hex) {
        QList<SnapshotSummary> candidates;
        QSet<QString> seen; // the same commit may be on two branches
        for (const SnapshotSummary &summary : *all) {
            if (summary.id.startsWith(text, Qt::CaseInsensitive) && !seen.contains(summary.id)) {
                seen.insert(summary.id);
                candidates += summary;
            }
        }
        if (candidates.size() == 1)
            return candidates.first();
        if (candidates.isEmpty())
            return notFound(QStringLiteral("no snapshot's id begins so"));
        QStringList names;
        for (const auto those = std::as_const(candidates).first(std::min<qsizetype>(candidates.size(), 10));
             const SnapshotSummary &summary : those)
            names += summary.id;
        return Error::make(ErrorCode::Ambiguous,
                           QStringLiteral("%1 snapshots begin so: %2").arg(candidates.size()).arg(names.join(QStringLiteral(", "))), text);
    }
    const QDateTime time = parseIsoUtc(text);
    if (!time.isValid())
        return Error::make(ErrorCode::BadInput,
                           QStringLiteral("a snapshot is an id or its first digits (at least four), latest, latest~N, or a UTC time"),
                           text.left(200));
    for (auto it = all->crbegin(); it != all->crend(); ++it) {
        if (it->observedUtc <= time)
            return *it;
    }
    return notFound(all->isEmpty() ? QStringLiteral("there is no snapshot yet")
                                   : QStringLiteral("the first snapshot is of %1").arg(isoUtc(all->first().observedUtc)));
}

Result<Snapshot> Store::snapshot(const QString &id) const
{
    const auto commit = objectIdFromHex(view(id.toLatin1()));
    if (!commit || !d->repository->has(*commit))
        return Error::make(ErrorCode::NotFound, QStringLiteral("there is no such snapshot"), id.left(200));
    auto loaded = SnapshotData::load(d->repository, *commit, {});
    if (!loaded)
        return std::unexpected(loaded.error());
    Snapshot snapshot;
    snapshot.d = std::make_unique<Snapshot::Private>(std::move(**loaded));
    return snapshot;
}

Result<QByteArray> Store::blob(const QByteArray &blobId) const
{
    const auto id = objectId(view(blobId));
    if (!id)
        return Error::make(ErrorCode::BadInput, QStringLiteral("a blob's id is 20 bytes"));
    const auto object = d->repository->read(*id, ObjectType::Blob);
    if (!object)
        return std::unexpected(object.error());
    return bytes(object->bytes());
}

} // namespace Orgtrace::Evidence
