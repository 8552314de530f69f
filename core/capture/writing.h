#pragma once

#include "capture/batch.h"
#include "evidence/store.h"

#include <QCoroTask>
#include <QFuture>
#include <QThreadPool>
#include <QtConcurrentRun>

#include <deque>

namespace Orgtrace::Capture {

/// Writes one domain that was seen whole: its entities, and those kept from the last snapshot because they could not be read. In the writer's thread.
/// @return the row as far as it is known here (quarantined, failedParents, entities written).
[[nodiscard]] Result<Evidence::LedgerRow> writeDomain(Evidence::SnapshotWriter &writer, const QString &storeFolder,
                                                      const Catalogue::DomainRules &rules, DomainData data);

/// Bytes of text that are held until a domain is written.
[[nodiscard]] qsizetype bytesOf(const DomainData &data);

/// Domains that are being written, and those that wait for that: reading goes on meanwhile, as far as memory bears it.
///
/// Thread: the creator's.
class WriteQueue
{
public:
    using Row = Result<Evidence::LedgerRow>;
    void add(qsizetype bytes, QFuture<Row> row);
    /// Returns when there is room for one more. What was written meanwhile is appended to `rows`, in the order of add(). An error is the first that any of the domains
    /// written so far had: nothing more needs to be asked of the platform then.
    [[nodiscard]] QCoro::Task<Result<void>> written(QList<Evidence::LedgerRow> *rows) { return written(rows, MostDomains, MostBytes); }
    [[nodiscard]] QCoro::Task<Result<void>> allWritten(QList<Evidence::LedgerRow> *rows) { return written(rows, 0, 0); }

private:
    static constexpr size_t MostDomains = 16;
    static constexpr qsizetype MostBytes = 32LL * 1024 * 1024;
    QCoro::Task<Result<void>> written(QList<Evidence::LedgerRow> *rows, size_t mostDomains, qsizetype mostBytes);

    struct Writing {
        QFuture<Row> row;
        qsizetype bytes = 0;
    };
    std::deque<Writing> m_waiting;
    qsizetype m_bytes = 0;
};

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
