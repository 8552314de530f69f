#pragma once

#include "base/error.h"

#include <QByteArray>
#include <QString>

#include <sys/types.h>

#include <string_view>

namespace Orgtrace::Evidence {

/// The few system calls by which evidence is written, so that tests can fail the n-th of them. Private to the room.
/// Calls return as their system calls do, errno set.
class FileLayer
{
public:
    FileLayer() = default;
    virtual ~FileLayer() = default;
    Q_DISABLE_COPY_MOVE(FileLayer)
    virtual int open(const char *path, int flags, mode_t mode);
    virtual ssize_t write(int fd, const void *data, size_t size, off_t offset);
    virtual int truncate(int fd, off_t size);
    virtual int sync(int fd);
    virtual int rename(const char *from, const char *to);
    virtual int unlink(const char *path);
};
[[nodiscard]] FileLayer &fileLayer();
void setFileLayerForTests(FileLayer *layer); ///< nullptr: the real one again

/// A descriptor that closes itself.
class File
{
public:
    File() = default;
    explicit File(int fd) : m_fd(fd) { }
    ~File() { close(); }
    File(File &&other) noexcept : m_fd(std::exchange(other.m_fd, -1)) { }
    File &operator=(File &&other) noexcept
    {
        std::swap(m_fd, other.m_fd);
        return *this;
    }
    Q_DISABLE_COPY(File)
    [[nodiscard]] bool isOpen() const { return m_fd >= 0; }
    [[nodiscard]] int fd() const { return m_fd; }
    void close();

private:
    int m_fd = -1;
};

/// The Error of errno: DiskFull where there is no room (ENOSPC, EDQUOT, EFBIG), else Io.
[[nodiscard]] Error systemError(const QString &what, const QString &path);

/// All of the bytes at that offset.
[[nodiscard]] Result<void> writeAll(const File &file, std::string_view bytes, off_t offset, const QString &path);
/// Whole or not at all: `path` + suffix beside, synced, renamed over, the folder synced. The file beside must not exist.
[[nodiscard]] Result<void> writeWhole(const QString &path, std::string_view bytes, const QString &suffix = QStringLiteral(".tmp"));
[[nodiscard]] Result<void> syncFolder(const QString &folder);
/// Errors: NotFound, Io, TooLarge.
[[nodiscard]] Result<QByteArray> readWhole(const QString &path, qsizetype maxBytes = 16LL * 1024 * 1024);

/// The store's write lock: flock on STORE/lock, so it dies with its process.
class StoreLock
{
public:
    /// Errors: StoreLocked (names the holder's pid where known), Io.
    [[nodiscard]] static Result<StoreLock> take(const QString &storeFolder);

private:
    File m_file;
};

} // namespace Orgtrace::Evidence
