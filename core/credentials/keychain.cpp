#include "credentials/keychainbackend.h"

#include <QCoreApplication>
#include <QCoroSignal>
#include <QPointer>
#include <QThread>

#include <qt6keychain/keychain.h>
#include <sodium.h>

#include <atomic>

namespace Orgtrace::Credentials {

namespace {

QString service()
{
    return QStringLiteral("orgtrace");
}

/// QtKeychain looks for a wallet with blocking D-Bus calls before its job becomes asynchronous, and its jobs queue behind each other:
/// all of it lives in this one thread, which nobody ever waits for. It is made once and never destroyed, since a hung call cannot be stopped.
QObject *keychainThreadObject()
{
    static QObject *const object = [] {
        auto *thread = new QThread;
        thread->setObjectName(QStringLiteral("keychain"));
        auto *context = new QObject;
        context->moveToThread(thread);
        thread->start();
        if (QCoreApplication::instance()) {
            QObject::connect(
                QCoreApplication::instance(), &QCoreApplication::aboutToQuit, thread,
                [thread] {
                    thread->quit();
                    thread->wait(100);
                },
                Qt::DirectConnection);
        }
        return context;
    }();
    return object;
}

Error errorOf(const QKeychain::Job *job, const QString &name)
{
    switch (job->error()) {
    case QKeychain::EntryNotFound: return {ErrorCode::NotFound, QStringLiteral("no such secret"), name};
    case QKeychain::AccessDeniedByUser:
    case QKeychain::AccessDenied: return {ErrorCode::KeyUnavailable, QStringLiteral("access was denied"), name};
    case QKeychain::NoBackendAvailable: return {ErrorCode::KeyUnavailable, QStringLiteral("this session has no keychain service"), name};
    default: return {ErrorCode::KeyUnavailable, job->errorString().left(300), name};
    }
}

/// Secrets travel base64: some wallets keep text only.
void askSystem(const KeychainRequest &request, const KeychainAnswer &answer)
{
    QKeychain::Job *job = nullptr;
    switch (request.kind) {
    case KeychainRequest::Kind::Read: job = new QKeychain::ReadPasswordJob(service()); break;
    case KeychainRequest::Kind::Write: {
        auto *write = new QKeychain::WritePasswordJob(service());
        const QByteArray raw = QByteArray::fromRawData(request.secret.view().data(), static_cast<qsizetype>(request.secret.view().size()));
        write->setTextData(QString::fromLatin1(raw.toBase64()));
        job = write;
        break;
    }
    case KeychainRequest::Kind::Remove: job = new QKeychain::DeletePasswordJob(service()); break;
    }
    job->setKey(request.name);
    job->setInsecureFallback(false); // a plain file is never a keychain
    const QString name = request.name;
    QObject::connect(job, &QKeychain::Job::finished, job, [answer, name](QKeychain::Job *finished) {
        if (finished->error() != QKeychain::NoError) {
            answer(std::unexpected(errorOf(finished, name)));
        } else if (auto *read = qobject_cast<QKeychain::ReadPasswordJob *>(finished)) {
            const auto decoded = QByteArray::fromBase64Encoding(read->textData().toLatin1(), QByteArray::AbortOnBase64DecodingErrors);
            QByteArray bytes = decoded.decoded;
            if (!decoded)
                answer(Error::make(ErrorCode::KeyUnavailable, QStringLiteral("the entry was not written by Orgtrace"), name));
            else
                answer(Secret::take(bytes));
        } else {
            answer(Secret());
        }
    });
    job->start();
}

class Keychain final : public CredentialStore
{
public:
    Keychain(KeychainBackend backend, std::chrono::milliseconds timeout) : m_backend(std::move(backend)), m_timeout(timeout) { }

    QString placeName() const override { return QStringLiteral("OS keychain"); }
    bool isWritable() const override { return true; }

    QCoro::Task<Result<Secret>> read(QString name) override
    {
        auto task = ask({KeychainRequest::Kind::Read, name, {}});
        co_return co_await task;
    }
    QCoro::Task<Result<void>> write(QString name, Secret secret) override
    {
        auto task = ask({KeychainRequest::Kind::Write, name, secret});
        const Result<Secret> done = co_await task;
        co_return done ? Result<void>() : Result<void>(std::unexpected(done.error()));
    }
    QCoro::Task<Result<void>> remove(QString name) override
    {
        auto task = ask({KeychainRequest::Kind::Remove, name, {}});
        const Result<Secret> done = co_await task;
        co_return done ? Result<void>() : Result<void>(std::unexpected(done.error()));
    }

private:
    QCoro::Task<Result<Secret>> ask(KeychainRequest request)
    {
        // A keychain that did not answer holds everyone behind it in its queue: the next caller is told at once.
        const std::shared_ptr<std::atomic_int> hung = m_hung;
        if (hung->load() > 0)
            co_return Error::make(ErrorCode::KeyUnavailable, QStringLiteral("the keychain does not answer"), request.name);
        const auto timeout = m_timeout;
        // Held by both sides; whoever lets go last has it deleted in its own thread, so a late answer meets a living object, and nobody listens.
        const std::shared_ptr<KeychainCall> call(new KeychainCall, [](KeychainCall *gone) { gone->deleteLater(); });
        const auto abandoned = std::make_shared<std::atomic_bool>(false);
        const KeychainAnswer answer = [call, abandoned, hung](const Result<Secret> &result) {
            QMetaObject::invokeMethod(
                call.get(),
                [call, abandoned, hung, result] {
                    if (abandoned->load())
                        hung->fetch_sub(1);
                    call->answer = result;
                    Q_EMIT call->answered();
                },
                Qt::QueuedConnection);
        };
        QMetaObject::invokeMethod(
            keychainThreadObject(), [backend = m_backend, request, answer] { backend(request, answer); }, Qt::QueuedConnection);
        auto waiting = qCoro(call.get(), &KeychainCall::answered, timeout);
        const auto answered = co_await waiting;
        if (!answered) {
            abandoned->store(true);
            hung->fetch_add(1);
            co_return Error::make(ErrorCode::KeyUnavailable,
                                  QStringLiteral("the keychain did not answer within %1 ms").arg(timeout.count()), request.name);
        }
        co_return call->answer;
    }

    KeychainBackend m_backend;
    std::chrono::milliseconds m_timeout;
    std::shared_ptr<std::atomic_int> m_hung = std::make_shared<std::atomic_int>(0);
};

} // namespace

std::unique_ptr<CredentialStore> keychainOver(KeychainBackend backend, std::chrono::milliseconds timeout)
{
    return std::make_unique<Keychain>(std::move(backend), timeout);
}

std::unique_ptr<CredentialStore> keychain(std::chrono::milliseconds timeout)
{
    return keychainOver(askSystem, timeout);
}

} // namespace Orgtrace::Credentials
