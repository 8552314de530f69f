#pragma once

#include "base/cancellation.h"
#include "evidence/remote.h"

#include <QCoroTask>
#include <QThreadPool>

namespace Orgtrace::Operations {

/// Pushes to each of the store's remotes, one after the other, in a thread of `pool`, which is nobody else's: a push may wait for a slow remote, and the workers are few.
/// Thread: the caller's event loop. Borrows pool until the task ends.
/// @param only one remote's name; empty: all. Errors: NotFound, and remotes()'; what fails of a push is in it.
[[nodiscard]] QCoro::Task<Result<QList<Evidence::Push>>> pushToRemotes(QString storeFolder, QThreadPool &pool, CancellationToken cancel,
                                                                       QString only = {});

/// The same after something was written: settings that cannot be read are told like a failed push, as the evidence is safe either way.
[[nodiscard]] QCoro::Task<QList<Evidence::Push>> pushesAfterWriting(QString storeFolder, QThreadPool &pool, CancellationToken cancel);

} // namespace Orgtrace::Operations
