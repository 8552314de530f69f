#pragma once

#include <QDateTime>
#include <QHash>
#include <QSet>
#include <QStringList>

#include <chrono>
#include <optional>

namespace Orgtrace::Operations {

/// When to capture what. Times are readings of Clock::monotonic(), but those of events and reads, which are the server's.
struct WatchRules {
    std::chrono::milliseconds every = std::chrono::minutes(15); ///< from start to start, whatever a capture takes
    std::chrono::milliseconds quiet = std::chrono::seconds(15); ///< after the last change of a burst
    std::chrono::milliseconds longestDelay = std::chrono::minutes(2); ///< after the first change of a burst that does not end
    std::chrono::milliseconds firstRetry = std::chrono::seconds(30); ///< after a failure; doubles, never above `every`
};

enum class WatchReason { Schedule, Events, Request, Retry };
[[nodiscard]] QString watchReasonName(WatchReason reason); ///< "schedule", "events", "request", "retry"

struct WatchDecision {
    bool isCapture = false;
    WatchReason reason = WatchReason::Schedule;
    QStringList domains; ///< of a capture: sorted; empty: everything that is watched
    qsizetype changes = 0; ///< how many changes led to it
    std::optional<std::chrono::milliseconds> until; ///< of a wait: look again then; none while a capture runs
};

/// The scheduler of a watch, as a value without clock or network: events in, decisions out.
///
/// A burst is one capture, of the domains it concerns: `quiet` after its last change, at most `longestDelay` after its first. A capture on schedule takes
/// along what waits. A change that comes while a capture runs is kept for another one, unless that capture turns out to have read the domain after it.
/// After a failure nothing but a request comes before the retry. Slots of the schedule that passed meanwhile are left out, never made up for.
class WatchPlan
{
public:
    WatchPlan(WatchRules rules, std::chrono::milliseconds now); ///< the first capture is due at once

    /// A change of these domains at eventUtc (the server's time). False: it is known already to be in a snapshot, or no domain is named.
    bool changed(const QStringList &domains, const QDateTime &eventUtc, std::chrono::milliseconds now);
    void request() { m_isRequested = true; }
    [[nodiscard]] WatchDecision decide(std::chrono::milliseconds now) const;

    void started(const WatchDecision &decision, std::chrono::milliseconds now); ///< @pre decision.isCapture, none runs
    /// @param readFrom domain → its first request by the server's time, of the domains that were read whole
    void ended(const QHash<QString, QDateTime> &readFrom, std::chrono::milliseconds now);
    void failed(std::chrono::milliseconds now);
    [[nodiscard]] bool isRunning() const { return m_running.has_value(); }
    [[nodiscard]] std::chrono::milliseconds nextScheduled() const { return m_next; }

private:
    struct Burst {
        QHash<QString, QDateTime> domains; ///< → its latest change
        qsizetype changes = 0;
        std::chrono::milliseconds first{0}, last{0};
    };
    [[nodiscard]] bool isRead(const QString &domain, const QDateTime &eventUtc) const;

    WatchRules m_rules;
    std::chrono::milliseconds m_next;
    std::optional<Burst> m_burst, m_taken; ///< what waits; what the running capture is for
    std::optional<WatchDecision> m_running;
    std::optional<std::chrono::milliseconds> m_retryAt;
    int m_failures = 0;
    bool m_isRequested = false, m_owesEverything = false;
    QHash<QString, QDateTime> m_readFrom;
};

} // namespace Orgtrace::Operations
