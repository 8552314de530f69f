#include "evidence/bundles.h"

#include "base/digest.h"
#include "evidence/activity.h"
#include "evidence/filelayer.h"
#include "evidence/storefile.h"

#include <QDir>
#include <QFileInfo>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <sodium.h>

#include <toml++/toml.hpp>

namespace Orgtrace::Evidence {

namespace {

constexpr QLatin1StringView JournalSuffix(".journal");
constexpr QLatin1StringView BundleSuffix(".raw");
constexpr qint64 ReadPiece = 1024LL * 1024;

bool isSha256(const QString &text)
{
    return text.size() == 64 && std::ranges::all_of(text, [](QChar c) { return (c >= u'0' && c <= u'9') || (c >= u'a' && c <= u'f'); });
}

bool isBeingWritten(const QString &path)
{
    const File file(::open(QFile::encodeName(path).constData(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    return file.isOpen() && ::flock(file.fd(), LOCK_SH | LOCK_NB) != 0;
}

/// A copy for file systems without hard links.
Result<void> copied(const QString &from, const QString &to)
{
    const QString beside = to + QStringLiteral(".tmp");
    QFile::remove(beside);
    QFile source(from);
    if (!source.open(QIODevice::ReadOnly)) {
        return Error::make(ErrorCode::Io, QStringLiteral("cannot read: %1").arg(source.errorString()), from);
    }
    File file(fileLayer().open(QFile::encodeName(beside).constData(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600));
    if (!file.isOpen()) {
        return std::unexpected(systemError(QStringLiteral("cannot write"), beside));
    }
    off_t at = 0;
    while (!source.atEnd()) {
        const QByteArray piece = source.read(ReadPiece);
        if (piece.isEmpty()) {
            return Error::make(ErrorCode::Io, QStringLiteral("cannot read: %1").arg(source.errorString()), from);
        }
        if (auto done = writeAll(file, view(piece), at, beside); !done) {
            return done;
        }
        at += piece.size();
    }
    if (fileLayer().sync(file.fd()) != 0
        || fileLayer().rename(QFile::encodeName(beside).constData(), QFile::encodeName(to).constData()) != 0) {
        return std::unexpected(systemError(QStringLiteral("cannot write to disk"), to));
    }
    return {};
}

} // namespace

Result<VaultSettings> vaultSettings(const QString &storeFolder)
{
    if (const auto file = readStoreFile(storeFolder); !file) {
        return std::unexpected(file.error());
    }
    const QString path = storeFolder + QStringLiteral("/store.toml");
    const auto text = readWhole(path);
    if (!text) {
        return std::unexpected(text.error());
    }
    VaultSettings settings;
    try {
        const toml::table table = toml::parse(view(*text));
        const toml::node *const node = table.get("vault");
        if (!node) {
            return settings;
        }
        const toml::table *const vault = node->as_table();
        if (!vault) {
            return Error::make(ErrorCode::BadInput, QStringLiteral("vault is a table: [vault]"), path);
        }
        const auto bad = [&](const toml::node &at, const QString &what) {
            return Error::make(ErrorCode::BadInput, what, QStringLiteral("%1:%2").arg(path).arg(at.source().begin.line));
        };
        const auto *const keep = vault->get("keep_raw");
        if (keep && !keep->is_boolean()) {
            return bad(*keep, QStringLiteral("keep_raw is true or false"));
        }
        settings.keepsRaw = keep ? keep->as_boolean()->get() : true;
        struct Number {
            const char *key;
            int VaultSettings::*member;
            int least, most;
        };
        constexpr std::array Numbers{Number{"keep_days", &VaultSettings::keepDays, 0, 36500},
                                     Number{"keep_snapshots", &VaultSettings::keepSnapshots, 0, 1'000'000},
                                     Number{"resume_hours", &VaultSettings::resumeHours, 0, 720}};
        for (const Number &number : Numbers) {
            const auto *const value = vault->get(number.key);
            if (!value) {
                continue;
            }
            if (!value->is_integer() || value->as_integer()->get() < number.least || value->as_integer()->get() > number.most) {
                return bad(*value,
                           QStringLiteral("%1 is a whole number from %2 to %3")
                               .arg(QLatin1StringView(number.key))
                               .arg(number.least)
                               .arg(number.most));
            }
            settings.*number.member = static_cast<int>(value->as_integer()->get());
        }
    } catch (const toml::parse_error &error) {
        return Error::make(ErrorCode::NotAStore, QStringLiteral("store.toml is not TOML"),
                           QStringLiteral("%1:%2").arg(path).arg(error.source().begin.line));
    }
    return settings;
}

QString bundlePath(const QString &storeFolder, const QString &sha256)
{
    return isSha256(sha256) ? QString(storeFolder + QStringLiteral("/vault/") + sha256 + BundleSuffix) : QString();
}

Result<QString> newJournalPath(const QString &storeFolder)
{
    const QString folder = storeFolder + QStringLiteral("/state");
    if (sodium_init() < 0 || !QDir().mkpath(folder)) {
        return std::unexpected(systemError(QStringLiteral("cannot make a folder"), folder));
    }
    QByteArray random(8, '\0');
    randombytes_buf(random.data(), static_cast<size_t>(random.size()));
    return QString(folder + u'/' + QString::fromLatin1(random.toHex()) + JournalSuffix);
}

QStringList leftoverJournals(const QString &storeFolder)
{
    QStringList out;
    const QDir folder(storeFolder + QStringLiteral("/state"));
    const QStringList names = folder.entryList({QString(u'*' + JournalSuffix)}, QDir::Files | QDir::NoSymLinks, QDir::Time);
    for (const QString &name : names) {
        if (!isBeingWritten(folder.filePath(name))) {
            out += folder.filePath(name);
        }
    }
    return out;
}

Result<void> keepBundle(const QString &storeFolder, const QString &journalPath, const QString &sha256)
{
    const QString folder = storeFolder + QStringLiteral("/vault");
    const QString path = bundlePath(storeFolder, sha256);
    if (path.isEmpty() || !QDir().mkpath(folder)) {
        return std::unexpected(systemError(QStringLiteral("cannot make a folder"), folder));
    }
    QFile::remove(path); // the same hash, hence the same bytes: of a run that was killed here
    if (::link(QFile::encodeName(journalPath).constData(), QFile::encodeName(path).constData()) != 0) {
        if (auto done = copied(journalPath, path); !done) {
            return done;
        }
    }
    return syncFolder(folder);
}

void removeJournal(const QString &path)
{
    fileLayer().unlink(QFile::encodeName(path).constData());
}

Result<QList<Bundle>> bundles(const Store &store)
{
    const auto snapshots = store.snapshots();
    if (!snapshots) {
        return std::unexpected(snapshots.error());
    }
    const auto log = activityLog(store.folder());
    if (!log) {
        return std::unexpected(log.error());
    }
    QList<Bundle> out;
    for (const SnapshotSummary &summary : *snapshots) {
        const auto snapshot = store.snapshot(summary.id);
        if (!snapshot) {
            return std::unexpected(snapshot.error());
        }
        const Manifest &manifest = snapshot->manifest();
        if (!isSha256(manifest.rawSha256)) {
            continue;
        }
        Bundle bundle{summary, {manifest.rawSha256, manifest.rawBytes, manifest.rawRecords}};
        bundle.isPresent = QFileInfo::exists(bundlePath(store.folder(), manifest.rawSha256));
        bundle.isPruned = !bundle.isPresent && log->isPruned(manifest.rawSha256);
        out += bundle;
    }
    return out;
}

Result<void> proveBundle(const QString &storeFolder, const BundleSums &sums)
{
    QFile file(bundlePath(storeFolder, sums.sha256));
    if (!file.exists()) {
        return Error::make(ErrorCode::NotFound, QStringLiteral("the raw payloads are not here"), sums.sha256);
    }
    if (!file.open(QIODevice::ReadOnly)) {
        return Error::make(ErrorCode::Io, QStringLiteral("cannot read: %1").arg(file.errorString()), file.fileName());
    }
    Digest digest(DigestKind::Sha256);
    while (!file.atEnd()) {
        const QByteArray piece = file.read(ReadPiece);
        if (piece.isEmpty()) {
            return Error::make(ErrorCode::Io, QStringLiteral("cannot read: %1").arg(file.errorString()), file.fileName());
        }
        digest.add(view(piece));
    }
    if (QString::fromLatin1(digest.result().toHex()) != sums.sha256) {
        return Error::make(ErrorCode::Integrity, QStringLiteral("the raw payloads are not those that the manifest names"), file.fileName());
    }
    return {};
}

Result<Pruned> prune(const Store &store, const VaultSettings &settings, const QDateTime &nowUtc, const Signer &signer)
{
    const auto lock = StoreLock::take(store.folder());
    if (!lock) {
        return std::unexpected(lock.error());
    }
    const auto all = bundles(store);
    if (!all) {
        return std::unexpected(all.error());
    }
    Pruned out;
    QSet<QString> named;
    QHash<QString, int> younger; ///< organisation → bundles after this one
    for (auto it = all->crbegin(); it != all->crend(); ++it) {
        named.insert(it->sums.sha256);
        const int rank = younger[it->snapshot.organisationId]++;
        const bool isTooOld = settings.keepDays > 0 && it->snapshot.observedUtc.addDays(settings.keepDays) < nowUtc;
        const bool isTooMany = settings.keepSnapshots > 0 && rank >= settings.keepSnapshots;
        if (!it->isPresent || (!isTooOld && !isTooMany)) {
            continue;
        }
        const QString rule = isTooOld ? QStringLiteral("retention: keep_days = %1").arg(settings.keepDays)
                                      : QStringLiteral("retention: keep_snapshots = %1").arg(settings.keepSnapshots);
        if (auto logged = recordActivity(store.folder(), {nowUtc, QStringLiteral("prune"), it->sums.sha256, rule}, signer); !logged) {
            return std::unexpected(logged.error());
        }
        if (fileLayer().unlink(QFile::encodeName(bundlePath(store.folder(), it->sums.sha256)).constData()) != 0) {
            return std::unexpected(systemError(QStringLiteral("cannot remove"), bundlePath(store.folder(), it->sums.sha256)));
        }
        out.removed.prepend(*it);
    }
    // Of runs that were killed between keeping their bundle and publishing their snapshot. Nobody else is at that now: the lock is ours.
    const QDir folder(store.folder() + QStringLiteral("/vault"));
    for (const auto files = folder.entryList({QString(u'*' + BundleSuffix), QStringLiteral("*.raw.tmp")}, QDir::Files);
         const QString &name : files) {
        if (!named.contains(QFileInfo(name).completeBaseName()) && QFile::remove(folder.filePath(name))) {
            ++out.strays;
        }
    }
    return out;
}

} // namespace Orgtrace::Evidence
