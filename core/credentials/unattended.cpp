#include "credentials/credentialstore.h"

#include <QHash>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

// The places for unattended use and for tests: systemd's directory, the environment, memory.
namespace Orgtrace::Credentials {

namespace {

constexpr qsizetype MaxSecretBytes = 1024LL * 1024;

Error readOnly(const QString &place)
{
    return {ErrorCode::BadInput, QStringLiteral("%1 is read-only").arg(place), {}};
}

class DirectoryStore final : public CredentialStore
{
public:
    explicit DirectoryStore(QString directory) : m_directory(std::move(directory)) { }
    QString placeName() const override { return QStringLiteral("credentials directory"); }
    bool isWritable() const override { return false; }
    QCoro::Task<Result<Secret>> read(QString name) override { co_return load(name); }
    QCoro::Task<Result<void>> write(QString, Secret) override { co_return std::unexpected(readOnly(placeName())); }
    QCoro::Task<Result<void>> remove(QString) override { co_return std::unexpected(readOnly(placeName())); }

private:
    Result<Secret> load(QString name) const
    {
        if (m_directory.isEmpty())
            return Error::make(ErrorCode::NotFound, QStringLiteral("no credentials directory is set"), name);
        QString file = name;
        file.replace(u'/', u'_');
        // Nothing but a plain name in this one directory: "." and ".." would leave it.
        if (file.isEmpty() || file == u"." || file == u".." || file.contains(QChar::Null))
            return Error::make(ErrorCode::NotFound, QStringLiteral("not a usable name"), name);
        const QByteArray path = QFile::encodeName(m_directory + u'/' + file);
        const int fd = ::open(path.constData(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        if (fd < 0) {
            if (errno == ENOENT || errno == ENOTDIR)
                return Error::make(ErrorCode::NotFound, QStringLiteral("no such credential"), name);
            return Error::make(ErrorCode::KeyUnavailable, QStringLiteral("cannot read the credential: %1").arg(qt_error_string(errno)),
                               name);
        }
        struct stat status = {};
        QByteArray bytes;
        bool good = ::fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_size <= MaxSecretBytes;
        if (good) {
            bytes.resize(static_cast<qsizetype>(status.st_size));
            qsizetype have = 0;
            while (good && have < bytes.size()) {
                const ssize_t got = ::read(fd, bytes.data() + have, static_cast<size_t>(bytes.size() - have));
                if (got < 0 && errno == EINTR)
                    continue;
                good = got > 0;
                have += good ? got : 0;
            }
        }
        ::close(fd);
        if (!good) {
            bytes.fill('\0');
            return Error::make(ErrorCode::KeyUnavailable, QStringLiteral("not a readable file of at most 1 MiB"), name);
        }
        if (bytes.endsWith('\n'))
            bytes.chop(1);
        if (bytes.endsWith('\r'))
            bytes.chop(1);
        return Secret::take(bytes);
    }
    QString m_directory;
};

class EnvironmentStore final : public CredentialStore
{
public:
    explicit EnvironmentStore(const QProcessEnvironment &environment) : m_environment(environment) { }
    QString placeName() const override { return QStringLiteral("environment"); }
    bool isWritable() const override { return false; }
    QCoro::Task<Result<Secret>> read(QString name) override { co_return load(name); }
    QCoro::Task<Result<void>> write(QString, Secret) override { co_return std::unexpected(readOnly(placeName())); }
    QCoro::Task<Result<void>> remove(QString) override { co_return std::unexpected(readOnly(placeName())); }

private:
    static QString variable(QStringView name)
    {
        QString out = QStringLiteral("ORGTRACE_");
        for (const QChar c : name) {
            const char16_t u = c.unicode();
            if (u >= 'a' && u <= 'z')
                out += QChar(char16_t(u - 'a' + 'A'));
            else if ((u >= 'A' && u <= 'Z') || (u >= '0' && u <= '9'))
                out += c;
            else
                out += u'_';
        }
        return out;
    }
    Result<Secret> load(QString name) const
    {
        // The exact name first, so that two organisations can differ; then the kind alone.
        const qsizetype slash = name.indexOf(u'/');
        const QStringList candidates
            = slash < 0 ? QStringList{variable(name)} : QStringList{variable(name), variable(QStringView(name).left(slash))};
        for (const QString &candidate : candidates) {
            QByteArray bytes = m_environment.value(candidate).toUtf8();
            if (!bytes.isEmpty())
                return Secret::take(bytes);
        }
        return Error::make(ErrorCode::NotFound, QStringLiteral("%1 is not set").arg(candidates.last()), name);
    }
    QProcessEnvironment m_environment;
};

class MemoryStore final : public CredentialStore
{
public:
    QString placeName() const override { return QStringLiteral("memory"); }
    bool isWritable() const override { return true; }
    QCoro::Task<Result<Secret>> read(QString name) override
    {
        const auto found = m_secrets.constFind(name);
        if (found == m_secrets.constEnd())
            co_return Error::make(ErrorCode::NotFound, QStringLiteral("no such secret"), name);
        co_return Result<Secret>(*found);
    }
    QCoro::Task<Result<void>> write(QString name, Secret secret) override
    {
        m_secrets.insert(name, secret);
        co_return Result<void>();
    }
    QCoro::Task<Result<void>> remove(QString name) override
    {
        if (!m_secrets.remove(name))
            co_return Error::make(ErrorCode::NotFound, QStringLiteral("no such secret"), name);
        co_return Result<void>();
    }

private:
    QHash<QString, Secret> m_secrets;
};

} // namespace

std::unique_ptr<CredentialStore> credentialsDirectory(const QString &directory)
{
    return std::make_unique<DirectoryStore>(directory);
}

std::unique_ptr<CredentialStore> environment(const QProcessEnvironment &environment)
{
    return std::make_unique<EnvironmentStore>(environment);
}

std::unique_ptr<CredentialStore> memoryStore()
{
    return std::make_unique<MemoryStore>();
}

} // namespace Orgtrace::Credentials
