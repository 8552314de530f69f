#include "operations/pushing.h"

#include <QCoroFuture>
#include <QtConcurrentRun>

using namespace Qt::StringLiterals;

namespace Orgtrace::Operations {

QCoro::Task<Result<QList<Evidence::Push>>> pushToRemotes(QString storeFolder, QThreadPool &pool, CancellationToken cancel, QString only)
{
    Result<QList<Evidence::RemoteSettings>> remotes = Evidence::remotes(storeFolder);
    if (!remotes) {
        co_return std::unexpected(remotes.error());
    }
    if (!only.isEmpty()) {
        remotes->removeIf([&only](const Evidence::RemoteSettings &remote) { return remote.name != only; });
        if (remotes->isEmpty()) {
            co_return Error::make(ErrorCode::NotFound, u"the store has no remote '%1'; add it with 'remote add'"_s.arg(only), only);
        }
    }
    QList<Evidence::Push> out;
    for (const Evidence::RemoteSettings &remote : std::as_const(*remotes)) {
        const QFuture<Evidence::Push> pushing
            = QtConcurrent::run(&pool, [storeFolder, remote, cancel] { return Evidence::pushTo(storeFolder, remote, cancel); });
        out.append(co_await pushing);
    }
    co_return Result<QList<Evidence::Push>>(std::move(out));
}

QCoro::Task<QList<Evidence::Push>> pushesAfterWriting(QString storeFolder, QThreadPool &pool, CancellationToken cancel)
{
    auto pushing = pushToRemotes(std::move(storeFolder), pool, std::move(cancel));
    Result<QList<Evidence::Push>> pushes = co_await pushing;
    if (!pushes) {
        co_return QList<Evidence::Push>{{{}, {}, pushes.error()}};
    }
    co_return std::move(*pushes);
}

} // namespace Orgtrace::Operations
