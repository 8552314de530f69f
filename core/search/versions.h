#pragma once

#include "base/cancellation.h"
#include "evidence/store.h"

#include <functional>
#include <map>
#include <vector>

namespace Orgtrace::Search {

/// One text that an entity had, and when: places on the timeline that it was read from, oldest first.
struct Version {
    int domain = 0; ///< place in Versions::domains()
    QString id;
    QByteArray blob; ///< 20 raw bytes
    int first = 0; ///< the snapshot in which it was seen first
    int last = 0; ///< the one in which it was seen last, as far as the timeline goes
    int before = -1; ///< the last snapshot before `first` that read the domain whole, without it; -1: none did
    int ended = -1; ///< the one in which the domain was read whole and this was there no more, or with another text; -1: none yet
    bool beganByRules = false,
         endedByRules = false; ///< the rules of the domain changed in between: what is kept, not necessarily what there was
};

/// Every text of every entity over all snapshots of an organisation, by git ids alone: what did not change is not looked into.
///
/// A snapshot that does not hold a domain, or only carries it on, says nothing about it: texts neither begin nor end there (design, rule 3). Nor does it say
/// anything of an entity in quarantine, or of a parent that failed; where rows of several parents are regrouped, a failed one leaves nothing certain.
/// Not thread-safe.
class Versions
{
public:
    using Progress = std::function<void(qint64 done, qint64 total)>;

    /// @param domains to look at; empty: all
    explicit Versions(QStringList domains = {}) : m_only(std::move(domains)) { }

    /// Goes on to the end of this timeline, oldest first. Where it does not begin with what is known already, all is read anew.
    /// Errors: Cancelled, Integrity, as Store. On an error the next call reads all anew.
    [[nodiscard]] Result<void> extendTo(const Evidence::Store &store, const QList<Evidence::SnapshotSummary> &timeline,
                                        const CancellationToken &cancel = {}, const Progress &progress = {});

    [[nodiscard]] const std::vector<Version> &all() const { return m_all; } ///< in the order in which they appeared: extending only adds
    [[nodiscard]] const QStringList &domains() const { return m_domains; }
    [[nodiscard]] const QList<Evidence::SnapshotSummary> &timeline() const { return m_timeline; }
    [[nodiscard]] int generation() const
    {
        return m_generation;
    } ///< another one: everything was read anew, and numbers mean something else
    /// The text of an entity that had not ended yet; -1: none.
    [[nodiscard]] int latestOf(const QString &domain, const QString &id) const;
    [[nodiscard]] static bool isIn(const Version &version, int snapshot)
    {
        return version.first <= snapshot && (version.ended < 0 || version.ended > snapshot);
    }

private:
    void clear();
    void begin(int domain, const QString &id, const QByteArray &blob, int before, int at);
    [[nodiscard]] static bool isReadWhole(const Evidence::Snapshot &snapshot, const Evidence::LedgerRow &row);
    [[nodiscard]] int lastReadOf(int domain, const QString &id) const;
    void noteUnread(int domain, const Evidence::LedgerRow &row);
    void end(int domain, const QString &id, int at);
    [[nodiscard]] Result<void> add(const Evidence::Store &store, int at, std::map<int, Evidence::Snapshot> &open);

    QStringList m_only, m_domains;
    QHash<QString, int> m_domainPlace;
    std::vector<QHash<QString, int>>
        m_unread; ///< by domain: id of what could not be read of late → the last snapshot that read it; -1: none
    QStringList m_rules; ///< by domain: hash of the rules it was read under last
    QList<int> m_rulesSince; ///< by domain: the first snapshot that was read under them; what was read before was read under others
    std::vector<int> m_readIn; ///< by domain: the last snapshot that read it whole
    std::vector<QHash<QString, int>> m_current; ///< by domain: id → version
    std::vector<Version> m_all;
    QList<Evidence::SnapshotSummary> m_timeline;
    int m_generation = 0;
};

} // namespace Orgtrace::Search
