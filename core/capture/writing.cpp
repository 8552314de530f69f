#include "capture/writing.h"

#include <QCoroFuture>
#include <QSet>

namespace Orgtrace::Capture {

namespace {
/// Entities of the last snapshot that did not come this time.
Result<QStringList> missingNow(const Evidence::SnapshotWriter &writer, const QString &storeFolder, const QString &domain,
                               const QSet<QString> &known)
{
    const auto parent = writer.parent();
    if (!parent || !writer.parentRow(domain)) {
        return QStringList();
    }
    const auto store = Evidence::Store::open(storeFolder);
    if (!store) {
        return std::unexpected(store.error());
    }
    const auto snapshot = store->snapshot(parent->id);
    if (!snapshot) {
        return std::unexpected(snapshot.error());
    }
    auto ids = snapshot->entityIds(domain);
    if (ids) {
        ids->removeIf([&known](const QString &id) { return known.contains(id); });
    }
    return ids;
}
} // namespace

Result<Evidence::LedgerRow> writeDomain(Evidence::SnapshotWriter &writer, const QString &storeFolder, const Catalogue::DomainRules &rules,
                                        DomainData data)
{
    Evidence::LedgerRow row = std::move(data.row);
    row.failedParents = data.failedParents;

    // Who stands aside: what could not be read, and every entity of an id that came twice.
    QSet<QString> seen, aside;
    bool hasNameless = false;
    for (const std::shared_ptr<Batch> &batch : data.batches) {
        for (Evidence::Quarantined &entry : batch->quarantined) {
            hasNameless = hasNameless || entry.id.isEmpty();
            if (!entry.id.isEmpty()) {
                if (aside.contains(entry.id)) {
                    continue;
                }
                aside.insert(entry.id);
            }
            row.quarantined.append(std::move(entry));
        }
        for (const Catalogue::NormalisedEntity &entity : batch->ready) {
            if (seen.contains(entity.id) && !aside.contains(entity.id)) {
                aside.insert(entity.id);
                row.quarantined.append({entity.id, QStringLiteral("its id came twice"), {}});
            }
            seen.insert(entity.id);
        }
    }
    for (const QString &parent : std::as_const(row.failedParents)) {
        aside.insert(parent);
    }

    if (const auto begun = writer.beginDomain(rules.name, rules.fanOut); !begun) {
        return std::unexpected(begun.error());
    }
    row.entities = 0;
    for (const std::shared_ptr<Batch> &batch : data.batches) {
        for (Catalogue::NormalisedEntity &entity : batch->ready) {
            if (aside.contains(entity.id)) {
                continue;
            }
            const auto added = writer.addEntity(entity.id, std::move(entity.text), entity.blobId, entity.sha256, std::move(entity.signal));
            if (!added) {
                return std::unexpected(added.error());
            }
            ++row.entities;
        }
        batch->ready = {}; // let go as we go
    }
    if (hasNameless) {
        const auto missing = missingNow(writer, storeFolder, rules.name, seen | aside);
        if (!missing) {
            return std::unexpected(missing.error());
        }
        for (const QString &id : *missing) {
            aside.insert(id);
            row.quarantined.append({id, QStringLiteral("it may be the one that could not be read"), {}});
        }
    }
    QStringList carried(aside.cbegin(), aside.cend());
    carried.sort();
    for (const QString &id : std::as_const(carried)) {
        const auto kept = writer.carryEntity(id);
        if (!kept) {
            return std::unexpected(kept.error());
        }
    }
    std::ranges::stable_sort(row.quarantined, {}, &Evidence::Quarantined::id);
    row.failedParents.sort();
    if (const auto ended = writer.endDomain(row); !ended) {
        return std::unexpected(ended.error());
    }
    return row;
}

qsizetype bytesOf(const DomainData &data)
{
    qsizetype out = 0;
    for (const std::shared_ptr<Batch> &batch : data.batches) {
        for (const Catalogue::NormalisedEntity &entity : batch->ready) {
            out += entity.text.size() + entity.signal.size();
        }
    }
    return out;
}

void WriteQueue::add(qsizetype bytes, QFuture<Row> row)
{
    m_waiting.push_back({std::move(row), bytes});
    m_bytes += bytes;
}

QCoro::Task<Result<void>> WriteQueue::written(QList<Evidence::LedgerRow> *rows, size_t mostDomains, qsizetype mostBytes)
{
    Result<void> outcome;
    while (!m_waiting.empty() && (m_waiting.size() > mostDomains || m_bytes > mostBytes || m_waiting.front().row.isFinished())) {
        const Writing oldest = m_waiting.front();
        m_waiting.pop_front();
        const Row row = co_await oldest.row;
        m_bytes -= oldest.bytes;
        if (row) {
            rows->append(*row);
        } else if (outcome) {
            outcome = std::unexpected(row.error());
        }
    }
    co_return outcome;
}

WriterThread::WriterThread()
{
    m_pool.setMaxThreadCount(1);
    m_pool.setExpiryTimeout(-1); // the same thread from begin() to commit()
}

WriterThread::~WriterThread()
{
    closed().waitForFinished();
    m_pool.waitForDone();
}

QFuture<void> WriterThread::closed()
{
    return QtConcurrent::run(&m_pool, [this] { writer.reset(); });
}

} // namespace Orgtrace::Capture
