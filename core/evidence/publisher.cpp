#include "evidence/publisher.h"

#include "base/digest.h"
#include "evidence/signer.h"

#include <QDirIterator>
#include <QFileInfo>

#include <fcntl.h>

namespace Orgtrace::Evidence {

namespace {

QString journalPath(const QString &store)
{
    return store + QStringLiteral("/state/publishing");
}

QString packFolder(const QString &store)
{
    return store + QStringLiteral("/evidence.git/objects/pack");
}

void removeFile(const QString &path)
{
    fileLayer().unlink(QFile::encodeName(path).constData());
}

/// Points HEAD to the branch where it points to none, so that plain `git log` works.
Result<void> pointHead(const Repository &repository, const QByteArray &branch)
{
    const QString path = repository.folder() + QStringLiteral("/HEAD");
    const auto head = readWhole(path, 4096);
    if (head && head->startsWith("ref: ")) {
        const auto target = repository.reference(head->mid(5).trimmed());
        if (target && *target)
            return {};
    }
    removeFile(path + QStringLiteral(".lock"));
    return writeWhole(path, view("ref: " + branch + '\n'), QStringLiteral(".lock"));
}

/// git's own protocol: a lock file made exclusively, the old value compared under it, renamed over the branch.
Result<void> moveBranch(const Repository &repository, const QByteArray &branch, const std::optional<ObjectId> &expected,
                        const ObjectId &commit)
{
    const QString path = repository.folder() + u'/' + QString::fromUtf8(branch);
    if (!QDir().mkpath(QFileInfo(path).path()))
        return std::unexpected(systemError(QStringLiteral("cannot make the branch's folder"), path));
    const QString lockPath = path + QStringLiteral(".lock");
    File lock(fileLayer().open(QFile::encodeName(lockPath).constData(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0644));
    if (!lock.isOpen())
        return std::unexpected(systemError(QStringLiteral("cannot lock the branch"), path));
    const auto fail = [&](Error error) {
        removeFile(lockPath);
        return std::unexpected(std::move(error));
    };
    const auto current = repository.reference(branch);
    if (!current)
        return fail(current.error());
    if (*current != expected)
        return fail({ErrorCode::Integrity, QStringLiteral("the branch was moved by someone else meanwhile; nothing was written"),
                     QString::fromUtf8(branch)});
    if (auto done = writeAll(lock, view(toHex(commit).toLatin1() + '\n'), 0, lockPath); !done)
        return fail(done.error());
    if (fileLayer().sync(lock.fd()) != 0)
        return fail(systemError(QStringLiteral("cannot write to disk"), lockPath));
    lock.close();
    if (fileLayer().rename(QFile::encodeName(lockPath).constData(), QFile::encodeName(path).constData()) != 0)
        return fail(systemError(QStringLiteral("cannot move the branch"), path));
    // The branch has moved: from here on the snapshot is there, and a folder that cannot be synced does not take it back.
    (void)syncFolder(QFileInfo(path).path());
    return {};
}

} // namespace

QByteArray commitBytes(const CommitText &text, const Signer &signer)
{
    const QByteArray who = "Orgtrace <" + refComponent(text.writerId) + "@orgtrace.invalid> "
        + QByteArray::number(text.timeUtc.toSecsSinceEpoch()) + " +0000\n";
    QByteArray head = "tree " + toHex(text.tree).toLatin1() + '\n';
    if (text.parent)
        head += "parent " + toHex(*text.parent).toLatin1() + '\n';
    head += "author " + who + "committer " + who;
    const QByteArray payload = head + '\n' + text.message;
    QByteArray signature = signer.sign(view(payload));
    signature.chop(1);
    signature.replace("\n", "\n ");
    return head + "gpgsig " + signature + "\n\n" + text.message;
}

Result<void> publish(const QString &storeFolder, const Repository &repository, PackWriter &pack, const QByteArray &branch,
                     const std::optional<ObjectId> &expected, const ObjectId &commit)
{
    auto finished = pack.finish();
    if (!finished)
        return std::unexpected(finished.error());
    FileLayer &layer = fileLayer();
    const QString stem = packFolder(storeFolder) + QStringLiteral("/pack-") + QString::fromLatin1(finished->name);
    const QByteArray packPath = QFile::encodeName(stem + QStringLiteral(".pack")),
                     indexPath = QFile::encodeName(stem + QStringLiteral(".idx"));

    // For whoever comes after a kill between here and the end: which pack to take away, unless the branch moved.
    const QString journal = journalPath(storeFolder);
    removeFile(journal);
    if (auto noted = writeWhole(journal, view(finished->name + ' ' + branch + ' ' + toHex(commit).toLatin1() + '\n')); !noted) {
        removeFile(journal);
        return noted;
    }
    const auto undo = [&](Error error) {
        layer.unlink(indexPath.constData());
        layer.unlink(packPath.constData());
        removeFile(journal);
        return std::unexpected(std::move(error));
    };
    // The pack first: git knows a pack by its index.
    if (layer.rename(QFile::encodeName(finished->pack).constData(), packPath.constData()) != 0)
        return undo(systemError(QStringLiteral("cannot publish the pack"), storeFolder));
    if (layer.rename(QFile::encodeName(finished->index).constData(), indexPath.constData()) != 0)
        return undo(systemError(QStringLiteral("cannot publish the pack"), storeFolder));
    if (auto done = syncFolder(packFolder(storeFolder)); !done)
        return undo(done.error());
    if (auto done = pointHead(repository, branch); !done)
        return undo(done.error());
    if (auto done = moveBranch(repository, branch, expected, commit); !done)
        return undo(done.error());
    pack.release();
    removeFile(journal);
    return {};
}

std::optional<UnfinishedPublication> unfinishedPublication(const QString &storeFolder, const Repository &repository)
{
    const auto text = readWhole(journalPath(storeFolder), 4096);
    if (!text)
        return std::nullopt;
    const QList<QByteArray> words = text->trimmed().split(' ');
    if (words.size() != 3 || !objectIdFromHex(view(words[0])) || !words[1].startsWith("refs/heads/"))
        return std::nullopt;
    const auto commit = objectIdFromHex(view(words[2]));
    const auto current = repository.reference(words[1]);
    // Where the branch cannot be read, nothing is said: an unused pack does no harm.
    if (!commit || !current || *current == commit)
        return std::nullopt;
    return UnfinishedPublication{words[0], *commit};
}

void clearLeftovers(const QString &storeFolder, const Repository &repository)
{
    if (const auto unfinished = unfinishedPublication(storeFolder, repository)) {
        const QString stem = packFolder(storeFolder) + QStringLiteral("/pack-") + QString::fromLatin1(unfinished->pack);
        removeFile(stem + QStringLiteral(".idx"));
        removeFile(stem + QStringLiteral(".pack"));
    }
    removeFile(journalPath(storeFolder));
    const QStringList stray = QDir(storeFolder + QStringLiteral("/state")).entryList({QStringLiteral("*.tmp")}, QDir::Files | QDir::Hidden);
    for (const QString &name : stray)
        removeFile(storeFolder + QStringLiteral("/state/") + name);
    removeFile(repository.folder() + QStringLiteral("/HEAD.lock"));
    for (const QLatin1StringView kind : {QLatin1StringView("config"), QLatin1StringView("audit")}) {
        QDirIterator locks(repository.folder() + QStringLiteral("/refs/heads/") + kind, {QStringLiteral("*.lock")}, QDir::Files,
                           QDirIterator::Subdirectories);
        while (locks.hasNext())
            removeFile(locks.next());
    }
}

} // namespace Orgtrace::Evidence
