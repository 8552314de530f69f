#include "search/versions.h"

#include "catalogue/catalogue.h"

#include <QSet>

#include <algorithm>

namespace Orgtrace::Search {

using namespace Qt::StringLiterals;

void Versions::clear()
{
    m_domains.clear();
    m_domainPlace.clear();
    m_readIn.clear();
    m_rules.clear();
    m_rulesSince.clear();
    m_unread.clear();
    m_current.clear();
    m_all.clear();
    m_timeline.clear();
    ++m_generation;
}

void Versions::begin(int domain, const QString &id, const QByteArray &blob, int before, int at)
{
    auto &current = m_current[static_cast<size_t>(domain)];
    if (const auto known = current.constFind(id); known != current.cend()) {
        if (m_all[static_cast<size_t>(*known)].blob == blob) {
            return; // it had merely not been read
        }
        m_all[static_cast<size_t>(*known)].last = std::max(before, m_all[static_cast<size_t>(*known)].first);
        end(domain, id, at);
    }
    current.insert(id, static_cast<int>(m_all.size()));
    m_all.push_back({domain, id, blob, at, at, before, -1, before >= 0 && before < m_rulesSince.at(domain), false});
}

void Versions::end(int domain, const QString &id, int at)
{
    auto &current = m_current[static_cast<size_t>(domain)];
    if (const auto found = current.constFind(id); found != current.cend()) {
        Version &version = m_all[static_cast<size_t>(*found)];
        version.ended = at;
        version.endedByRules = version.last < m_rulesSince.at(domain);
        current.erase(found);
    }
}

int Versions::latestOf(const QString &domain, const QString &id) const
{
    const auto place = m_domainPlace.constFind(domain);
    return place == m_domainPlace.cend() ? -1 : m_current[static_cast<size_t>(*place)].value(id, -1);
}

Result<void> Versions::extendTo(const Evidence::Store &store, const QList<Evidence::SnapshotSummary> &timeline,
                                const CancellationToken &cancel, const Progress &progress)
{
    const bool goesOn = timeline.size() >= m_timeline.size()
        && std::ranges::equal(m_timeline, timeline.first(m_timeline.size()), {}, &Evidence::SnapshotSummary::id,
                              &Evidence::SnapshotSummary::id);
    if (!goesOn) {
        clear();
    }
    std::map<int, Evidence::Snapshot> open;
    for (int at = static_cast<int>(m_timeline.size()); at < timeline.size(); ++at) {
        if (cancel.isCancelled()) { // what was read so far stays: the next question goes on from there
            return Error::make(ErrorCode::Cancelled, u"cancelled"_s);
        }
        m_timeline.append(timeline.at(at));
        if (auto added = add(store, at, open); !added) {
            clear();
            return added;
        }
        if (progress) {
            progress(at + 1, timeline.size());
        }
    }
    for (size_t domain = 0; domain < m_current.size(); ++domain) {
        for (const auto &[id, current] : std::as_const(m_current[domain]).asKeyValueRange()) {
            Version &version = m_all[static_cast<size_t>(current)];
            version.last = std::max(lastReadOf(static_cast<int>(domain), id), version.first);
        }
    }
    return {};
}

bool Versions::isReadWhole(const Evidence::Snapshot &snapshot, const Evidence::LedgerRow &row)
{
    if (row.state != Evidence::LedgerState::Complete) {
        return false;
    }
    if (row.failedParents.isEmpty()) {
        return true;
    }
    const auto catalogue = Catalogue::Catalogue::fromJson(snapshot.catalogueJson());
    const Catalogue::DomainRules *rules = catalogue ? catalogue->find(row.domain) : nullptr;
    return rules && rules->sub.shape != "pivot"_L1;
}

int Versions::lastReadOf(int domain, const QString &id) const
{
    const auto unread = m_unread[static_cast<size_t>(domain)].constFind(id);
    return unread == m_unread[static_cast<size_t>(domain)].cend() ? m_readIn[static_cast<size_t>(domain)] : *unread;
}

void Versions::noteUnread(int domain, const Evidence::LedgerRow &row)
{
    auto &unread = m_unread[static_cast<size_t>(domain)];
    if (unread.isEmpty() && row.quarantined.isEmpty() && row.failedParents.isEmpty()) {
        return;
    }
    QHash<QString, int> now;
    const auto note = [&](const QString &id) {
        if (!id.isEmpty()) {
            now.insert(id, lastReadOf(domain, id)); // before this snapshot becomes the last one
        }
    };
    for (const Evidence::Quarantined &one : row.quarantined) {
        note(one.id);
    }
    for (const QString &parent : row.failedParents) {
        note(parent);
    }
    unread = std::move(now);
}

Result<void> Versions::add(const Evidence::Store &store, int at, std::map<int, Evidence::Snapshot> &open)
{
    auto opened = store.snapshot(m_timeline.at(at).id);
    if (!opened) {
        return std::unexpected(opened.error());
    }
    const Evidence::Snapshot &snapshot = open.emplace(at, *std::move(opened)).first->second;
    // Domains that were read last in the same snapshot are compared in one go.
    std::map<int, QStringList> readBefore;
    QList<const Evidence::LedgerRow *> read;
    for (const Evidence::LedgerRow &row : snapshot.manifest().ledger) {
        if ((!m_only.isEmpty() && !m_only.contains(row.domain)) || !isReadWhole(snapshot, row)) {
            continue;
        }
        read.append(&row);
        auto place = m_domainPlace.constFind(row.domain);
        if (place == m_domainPlace.cend()) {
            m_domainPlace.insert(row.domain, static_cast<int>(m_domains.size()));
            place = m_domainPlace.constFind(row.domain);
            m_domains.append(row.domain);
            m_readIn.push_back(-1);
            m_rules.append(row.catalogueHash);
            m_rulesSince.append(at);
            m_unread.emplace_back();
            m_current.emplace_back();
        }
        if (m_rules.at(*place) != row.catalogueHash) {
            m_rules[*place] = row.catalogueHash;
            m_rulesSince[*place] = at;
        }
        int &readIn = m_readIn[static_cast<size_t>(*place)];
        if (readIn < 0) {
            const int domain = *place;
            if (auto done = snapshot.forEachBlob(row.domain,
                                                 [&](const QString &id, const QByteArray &blob) {
                                                     begin(domain, id, blob, -1, at);
                                                     return true;
                                                 });
                !done) {
                return done;
            }
        } else {
            readBefore[readIn].append(row.domain);
        }
    }
    for (const auto &[before, domains] : readBefore) {
        auto old = open.find(before);
        if (old == open.end()) {
            auto again = store.snapshot(m_timeline.at(before).id);
            if (!again) {
                return std::unexpected(again.error());
            }
            old = open.emplace(before, *std::move(again)).first;
        }
        const auto deltas = store.difference(old->second, snapshot, domains);
        if (!deltas) {
            return std::unexpected(deltas.error());
        }
        QSet<std::pair<QString, QString>> unreadNow;
        for (const Evidence::LedgerRow *row : std::as_const(read)) {
            for (const Evidence::Quarantined &one : row->quarantined) {
                unreadNow.insert({row->domain, one.id});
            }
            for (const QString &parent : row->failedParents) {
                unreadNow.insert({row->domain, parent});
            }
        }
        for (const Evidence::EntityDelta &delta : *deltas) {
            const int domain = m_domainPlace.value(delta.domain);
            const int readBeforeIt = lastReadOf(domain, delta.id);
            if (delta.kind == Evidence::EntityDeltaKind::Removed && unreadNow.contains({delta.domain, delta.id})) {
                continue; // not read is not removed
            }
            if (delta.kind != Evidence::EntityDeltaKind::Added) {
                auto &current = m_current[static_cast<size_t>(domain)];
                if (const int version = current.value(delta.id, -1); version >= 0) {
                    Version &ending = m_all[static_cast<size_t>(version)];
                    ending.last = std::max(readBeforeIt, ending.first);
                }
                end(domain, delta.id, at);
            }
            if (delta.kind != Evidence::EntityDeltaKind::Removed) {
                begin(domain, delta.id, delta.newBlob, readBeforeIt, at);
            }
        }
    }
    for (const Evidence::LedgerRow *row : std::as_const(read)) {
        const int domain = m_domainPlace.value(row->domain);
        noteUnread(domain, *row);
        m_readIn[static_cast<size_t>(domain)] = at;
    }
    std::erase_if(open, [this](const auto &entry) { return std::ranges::find(m_readIn, entry.first) == m_readIn.end(); });
    return {};
}

} // namespace Orgtrace::Search
