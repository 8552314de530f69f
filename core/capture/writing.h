#pragma once

#include "capture/batch.h"
#include "evidence/store.h"

#include <QThreadPool>
#include <QtConcurrentRun>

namespace Orgtrace::Capture {

/// Writes one domain that was seen whole: its entities, and those kept from the last snapshot because they could not be read. In the writer's thread.
/// @return the row as far as it is known here (quarantined, failedParents, entities written).
[[nodiscard]] Result<Evidence::LedgerRow> writeDomain(Evidence::SnapshotWriter &writer, const QString &storeFolder,
                                                      const Catalogue::DomainRules &rules, DomainData data);

/// The snapshot writer and the one thread that ever touches it, so that hashing, packing and syncing never hold the caller's event loop.
///
/// Thread: the creator's. Await closed() before destruction; without that the destructor waits.
class WriterThread
{
public:
    WriterThread();
    ~WriterThread();
    Q_DISABLE_COPY_MOVE(WriterThread)

    template<typename Work> [[nodiscard]] auto run(Work work) { return QtConcurrent::run(&m_pool, std::move(work)); }
    [[nodiscard]] QFuture<void> closed(); ///< gives up what was not committed, and the lock

    std::optional<Evidence::SnapshotWriter> writer; ///< to be used inside run() only

private:
    QThreadPool m_pool;
};

} // namespace Orgtrace::Capture
