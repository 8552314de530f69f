#include "evidence/filelayer.h"

#include "base/digest.h"

#include <QFileInfo>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>

namespace Orgtrace::Evidence {

namespace {
std::atomic<FileLayer *> testLayer = nullptr;
}

int FileLayer::open(const char *path, int flags, mode_t mode)
{
    return ::open(path, flags | O_CLOEXEC, mode);
}
ssize_t FileLayer::write(int fd, const void *data, size_t size, off_t offset)
{
    return ::pwrite(fd, data, size, offset);
}
int FileLayer::truncate(int fd, off_t size)
{
    return ::ftruncate(fd, size);
}
int FileLayer::sync(int fd)
{
    return ::fsync(fd);
}
int FileLayer::rename(const char *from, const char *to)
{
    return std::rename(from, to);
}
int FileLayer::unlink(const char *path)
{
    return ::unlink(path);
}

FileLayer &fileLayer()
{
    static FileLayer real;
    FileLayer *layer = testLayer.load();
    return layer ? *layer : real;
}

void setFileLayerForTests(FileLayer *layer)
{
    testLayer.store(layer);
}

void File::close()
{
    if (m_fd >= 0)
        ::close(std::exchange(m_fd, -1));
}

Error systemError(const QString &what, const QString &path)
{
    const int number = errno;
    const bool full = number == ENOSPC || number == EDQUOT || number == EFBIG;
    return {full ? ErrorCode::DiskFull : ErrorCode::Io, QStringLiteral("%1: %2").arg(what, qt_error_string(number)), path};
}

Result<void> writeAll(const File &file, std::string_view bytes, off_t offset, const QString &path)
{
    while (!bytes.empty()) {
        const ssize_t wrote = fileLayer().write(file.fd(), bytes.data(), bytes.size(), offset);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote <= 0) {
            if (wrote == 0)
                errno = ENOSPC;
            return std::unexpected(systemError(QStringLiteral("cannot write"), path));
        }
        bytes.remove_prefix(static_cast<size_t>(wrote));
        offset += wrote;
    }
    return {};
}

Result<void> writeWhole(const QString &path, std::string_view bytes, const QString &suffix)
{
    FileLayer &layer = fileLayer();
    const QByteArray target = QFile::encodeName(path), beside = QFile::encodeName(path + suffix);
    File file(layer.open(beside.constData(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0644));
    if (!file.isOpen())
        return std::unexpected(systemError(QStringLiteral("cannot write"), path));
    const auto fail = [&](Error error) {
        layer.unlink(beside.constData());
        return std::unexpected(std::move(error));
    };
    if (auto written = writeAll(file, bytes, 0, path); !written)
        return fail(written.error());
    if (layer.sync(file.fd()) != 0)
        return fail(systemError(QStringLiteral("cannot write to disk"), path));
    file.close();
    if (layer.rename(beside.constData(), target.constData()) != 0)
        return fail(systemError(QStringLiteral("cannot replace"), path));
    return syncFolder(QFileInfo(path).path());
}

Result<void> syncFolder(const QString &folder)
{
    const File file(fileLayer().open(QFile::encodeName(folder).constData(), O_RDONLY | O_DIRECTORY, 0));
    // Some file systems cannot sync a folder; that is no failure to write.
    if (!file.isOpen() || (fileLayer().sync(file.fd()) != 0 && errno != EINVAL && errno != ENOTSUP))
        return std::unexpected(systemError(QStringLiteral("cannot write to disk"), folder));
    return {};
}

Result<QByteArray> readWhole(const QString &path, qsizetype maxBytes)
{
    const File file(::open(QFile::encodeName(path).constData(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    struct stat status = {};
    if (!file.isOpen() || ::fstat(file.fd(), &status) != 0) {
        if (errno == ENOENT || errno == ENOTDIR)
            return Error::make(ErrorCode::NotFound, QStringLiteral("no such file"), path);
        return std::unexpected(systemError(QStringLiteral("cannot read"), path));
    }
    if (!S_ISREG(status.st_mode))
        return Error::make(ErrorCode::Io, QStringLiteral("not a regular file"), path);
    if (status.st_size > maxBytes)
        return Error::make(ErrorCode::TooLarge, QStringLiteral("larger than %1 bytes").arg(maxBytes), path);
    QByteArray bytes(static_cast<qsizetype>(status.st_size), '\0');
    qsizetype have = 0;
    while (have < bytes.size()) {
        const ssize_t got = ::read(file.fd(), bytes.data() + have, static_cast<size_t>(bytes.size() - have));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return std::unexpected(systemError(QStringLiteral("cannot read"), path));
        if (got == 0)
            break;
        have += got;
    }
    bytes.truncate(have);
    return bytes;
}

Result<StoreLock> StoreLock::take(const QString &storeFolder)
{
    const QString path = storeFolder + QStringLiteral("/lock");
    StoreLock lock;
    lock.m_file = File(::open(QFile::encodeName(path).constData(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644));
    if (!lock.m_file.isOpen())
        return std::unexpected(systemError(QStringLiteral("cannot open the lock"), path));
    if (::flock(lock.m_file.fd(), LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK)
            return std::unexpected(systemError(QStringLiteral("cannot lock the store"), path));
        char text[32] = {};
        const ssize_t got = ::pread(lock.m_file.fd(), text, sizeof text - 1, 0);
        const qint64 pid = got > 0 ? QByteArray(text).trimmed().toLongLong() : 0;
        return Error::make(ErrorCode::StoreLocked,
                           pid > 0 ? QStringLiteral("process %1 is writing to the store").arg(pid)
                                   : QStringLiteral("another process is writing to the store"),
                           path);
    }
    // The pid is a courtesy: on a full disk the lock holds all the same.
    const QByteArray pid = QByteArray::number(::getpid()) + '\n';
    if (::ftruncate(lock.m_file.fd(), 0) == 0)
        (void)!::pwrite(lock.m_file.fd(), pid.constData(), static_cast<size_t>(pid.size()), 0);
    return lock;
}

} // namespace Orgtrace::Evidence
