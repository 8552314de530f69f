#include "credentials/credentialstore.h"
#include "credentials/keyfileformat.h"

#include <QFileInfo>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace Orgtrace::Credentials {

namespace {

/// A file descriptor that closes itself.
class Descriptor
{
public:
    explicit Descriptor(int fd) : m_fd(fd) { }
    ~Descriptor()
    {
        if (m_fd >= 0)
            ::close(m_fd);
    }
    Q_DISABLE_COPY_MOVE(Descriptor)
    [[nodiscard]] bool isValid() const { return m_fd >= 0; }
    [[nodiscard]] int fd() const { return m_fd; }

private:
    int m_fd;
};

Error failure(ErrorCode code, const QString &what, const QString &path)
{
    return {code, QStringLiteral("%1: %2").arg(what, qt_error_string(errno)), path};
}

ErrorCode writeCode()
{
    return errno == ENOSPC || errno == EDQUOT || errno == EFBIG ? ErrorCode::DiskFull : ErrorCode::Io;
}

/// Reads a key file that nobody else can read. Errors: NotFound, KeyUnavailable.
Result<QByteArray> readPrivateFile(const QString &path)
{
    // O_NONBLOCK: a FIFO in its place must not hang us.
    const Descriptor file(::open(QFile::encodeName(path).constData(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!file.isValid())
        return std::unexpected(failure(ErrorCode::KeyUnavailable, QStringLiteral("cannot open the key file"), path));
    struct stat status = {};
    if (::fstat(file.fd(), &status) != 0 || !S_ISREG(status.st_mode))
        return Error::make(ErrorCode::KeyUnavailable, QStringLiteral("the key file is not a regular file"), path);
    if ((status.st_mode & 077) != 0)
        return Error::make(ErrorCode::KeyUnavailable, QStringLiteral("others can read the key file: its mode must be 0600, use chmod 600"),
                           path);
    if (status.st_uid != ::geteuid())
        return Error::make(ErrorCode::KeyUnavailable, QStringLiteral("the key file belongs to another user"), path);
    if (status.st_size > KeyFile::MaxBytes)
        return Error::make(ErrorCode::KeyUnavailable, QStringLiteral("this is not an Orgtrace key file"), path);
    QByteArray bytes(static_cast<qsizetype>(status.st_size), '\0');
    qsizetype have = 0;
    while (have < bytes.size()) {
        const ssize_t got = ::read(file.fd(), bytes.data() + have, static_cast<size_t>(bytes.size() - have));
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return std::unexpected(failure(ErrorCode::KeyUnavailable, QStringLiteral("cannot read the key file"), path));
        have += got;
    }
    return bytes;
}

/// Whole or not at all: a 0600 file beside, synced, renamed over, the folder synced.
Result<void> writePrivateFile(const QString &path, const QByteArray &bytes, bool replace)
{
    const QByteArray target = QFile::encodeName(path);
    const QByteArray beside = target + ".tmp-" + QByteArray::number(::getpid());
    ::unlink(beside.constData());
    const auto failed = [&](const QString &what) {
        Error error = failure(writeCode(), what, path);
        ::unlink(beside.constData());
        return std::unexpected(std::move(error));
    };
    {
        const Descriptor file(::open(beside.constData(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
        if (!file.isValid())
            return failed(QStringLiteral("cannot write the key file"));
        qsizetype done = 0;
        while (done < bytes.size()) {
            const ssize_t wrote = ::write(file.fd(), bytes.constData() + done, static_cast<size_t>(bytes.size() - done));
            if (wrote < 0 && errno == EINTR)
                continue;
            if (wrote <= 0)
                return failed(QStringLiteral("cannot write the key file"));
            done += wrote;
        }
        if (::fsync(file.fd()) != 0)
            return failed(QStringLiteral("cannot write the key file"));
    }
    if (replace) {
        if (::rename(beside.constData(), target.constData()) != 0)
            return failed(QStringLiteral("cannot replace the key file"));
    } else {
        // link() refuses an existing name: a key file is never overwritten by making one.
        if (::link(beside.constData(), target.constData()) != 0)
            return failed(QStringLiteral("cannot make the key file"));
        ::unlink(beside.constData());
    }
    const Descriptor folder(::open(QFile::encodeName(QFileInfo(path).absolutePath()).constData(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (folder.isValid())
        ::fsync(folder.fd());
    return {};
}

class KeyFileStore final : public CredentialStore
{
public:
    KeyFileStore(QString path, Secret passphrase) : m_path(std::move(path)), m_passphrase(std::move(passphrase)) { }

    QString placeName() const override { return QStringLiteral("key file"); }
    bool isWritable() const override { return true; }

    QCoro::Task<Result<Secret>> read(QString name) override { co_return find(name); }
    QCoro::Task<Result<void>> write(QString name, Secret secret) override { co_return change(name, secret); }
    QCoro::Task<Result<void>> remove(QString name) override { co_return change(name, std::nullopt); }

    /// Small files, so at once; the key is derived only the first time.
    Result<KeyFile::Secrets> load()
    {
        const auto bytes = readPrivateFile(m_path);
        if (!bytes)
            return std::unexpected(bytes.error());
        auto secrets = KeyFile::decode(*bytes, m_passphrase, m_derived);
        if (!secrets)
            secrets.error().where = m_path;
        return secrets;
    }

    Result<void> make()
    {
        auto bytes = KeyFile::encode({}, m_passphrase, m_derived);
        if (!bytes)
            return std::unexpected(bytes.error());
        return writePrivateFile(m_path, *bytes, false);
    }

private:
    Result<Secret> find(const QString &name)
    {
        const auto secrets = load();
        if (!secrets)
            return std::unexpected(secrets.error());
        const auto found = secrets->constFind(name);
        if (found == secrets->cend())
            return Error::make(ErrorCode::NotFound, QStringLiteral("not in the key file"), name);
        return *found;
    }

    Result<void> change(const QString &name, const std::optional<Secret> &secret)
    {
        // The folder's lock keeps two writers from losing each other's secret; it dies with its process.
        const Descriptor folder(
            ::open(QFile::encodeName(QFileInfo(m_path).absolutePath()).constData(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        if (!folder.isValid() || ::flock(folder.fd(), LOCK_EX | LOCK_NB) != 0)
            return Error::make(ErrorCode::KeyUnavailable, QStringLiteral("another process is writing the key file"), m_path);
        auto secrets = load();
        if (!secrets)
            return std::unexpected(secrets.error());
        if (secret)
            secrets->insert(name, *secret);
        else if (!secrets->remove(name))
            return Error::make(ErrorCode::NotFound, QStringLiteral("not in the key file"), name);
        auto bytes = KeyFile::encode(*secrets, m_passphrase, m_derived);
        if (!bytes)
            return std::unexpected(bytes.error());
        auto done = writePrivateFile(m_path, *bytes, true);
        bytes->fill('\0');
        return done;
    }

    QString m_path;
    Secret m_passphrase;
    KeyFile::Derived m_derived;
};

} // namespace

Result<std::unique_ptr<CredentialStore>> keyFile(const QString &path, const Secret &passphrase, bool create)
{
    if (path.isEmpty() || path.contains(QChar::Null))
        return Error::make(ErrorCode::BadInput, QStringLiteral("the key file has no name"));
    auto store = std::make_unique<KeyFileStore>(path, passphrase);
    if (create) {
        if (QFileInfo::exists(path) || QFileInfo(path).isSymLink())
            return Error::make(ErrorCode::BadInput, QStringLiteral("the key file exists already; it is never overwritten"), path);
        if (const auto made = store->make(); !made)
            return std::unexpected(made.error());
    }
    if (const auto secrets = store->load(); !secrets)
        return std::unexpected(secrets.error());
    return std::unique_ptr<CredentialStore>(std::move(store));
}

} // namespace Orgtrace::Credentials
