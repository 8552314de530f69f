#include "operations/watchplan.h"

#include <algorithm>

namespace Orgtrace::Operations {

namespace {
using std::chrono::milliseconds;

constexpr qint64 SlackMs = 2000; ///< Date headers have whole seconds: in doubt a change counts as not yet read
constexpr int MostDoublings = 20;
constexpr milliseconds Least{1000}; ///< no rule makes a watch spin
} // namespace

QString watchReasonName(WatchReason reason)
{
    switch (reason) {
    case WatchReason::Schedule: return QStringLiteral("schedule");
    case WatchReason::Events: return QStringLiteral("events");
    case WatchReason::Request: return QStringLiteral("request");
    case WatchReason::Retry: return QStringLiteral("retry");
    }
    return QStringLiteral("schedule");
}

WatchPlan::WatchPlan(WatchRules rules, milliseconds now) : m_rules(rules), m_next(now)
{
    m_rules.every = std::max(m_rules.every, Least);
    m_rules.firstRetry = std::max(m_rules.firstRetry, Least);
    m_rules.longestDelay = std::max(m_rules.longestDelay, m_rules.quiet);
}

bool WatchPlan::isRead(const QString &domain, const QDateTime &eventUtc) const
{
    const auto read = m_readFrom.constFind(domain);
    return read != m_readFrom.constEnd() && eventUtc.addMSecs(SlackMs) < *read;
}

bool WatchPlan::changed(const QStringList &domains, const QDateTime &eventUtc, milliseconds now)
{
    QStringList unread;
    for (const QString &domain : domains) {
        if (!isRead(domain, eventUtc)) {
            unread.append(domain);
        }
    }
    if (unread.isEmpty()) {
        return false;
    }
    if (!m_burst) {
        m_burst = Burst{{}, 0, now, now};
    }
    m_burst->last = now;
    ++m_burst->changes;
    for (const QString &domain : std::as_const(unread)) {
        QDateTime &latest = m_burst->domains[domain];
        latest = latest.isValid() ? std::max(latest, eventUtc) : eventUtc;
    }
    return true;
}

WatchDecision WatchPlan::decide(milliseconds now) const
{
    WatchDecision decision;
    if (m_running) {
        return decision;
    }
    const auto capture = [&](WatchReason reason, bool everything) {
        decision.isCapture = true;
        decision.reason = reason;
        decision.changes = m_burst ? m_burst->changes : 0;
        if (!everything && m_burst) {
            decision.domains = m_burst->domains.keys();
            decision.domains.sort();
        }
        return decision;
    };
    if (m_isRequested) {
        return capture(WatchReason::Request, true);
    }
    if (m_retryAt) {
        if (now >= *m_retryAt) {
            return capture(WatchReason::Retry, m_owesEverything || now >= m_next || !m_burst);
        }
        decision.until = m_retryAt;
        return decision;
    }
    if (now >= m_next) {
        return capture(WatchReason::Schedule, true);
    }
    decision.until = m_next;
    if (m_burst) {
        const milliseconds due = std::min(m_burst->last + m_rules.quiet, m_burst->first + m_rules.longestDelay);
        if (now >= due) {
            return capture(WatchReason::Events, false);
        }
        decision.until = std::min(m_next, due);
    }
    return decision;
}

void WatchPlan::started(const WatchDecision &decision, milliseconds now)
{
    m_running = decision;
    m_taken = std::exchange(m_burst, std::nullopt);
    m_isRequested = false;
    if (decision.domains.isEmpty() && now >= m_next) {
        m_next += m_rules.every * ((now - m_next) / m_rules.every + 1);
    }
}

void WatchPlan::ended(const QHash<QString, QDateTime> &readFrom, milliseconds now)
{
    Q_UNUSED(now)
    m_failures = 0;
    m_retryAt.reset();
    if (m_running && m_running->domains.isEmpty()) {
        m_owesEverything = false;
    }
    m_running.reset();
    m_taken.reset();
    for (auto it = readFrom.cbegin(); it != readFrom.cend(); ++it) {
        m_readFrom.insert(it.key(), it.value());
    }
    if (m_burst) {
        m_burst->domains.removeIf([this](auto item) { return isRead(item.key(), item.value()); });
        if (m_burst->domains.isEmpty()) {
            m_burst.reset();
        }
    }
}

void WatchPlan::failed(milliseconds now)
{
    m_owesEverything = m_owesEverything || (m_running && m_running->domains.isEmpty());
    m_running.reset();
    if (m_taken) { // what it was for still waits, beside what came meanwhile
        if (m_burst) {
            m_taken->last = m_burst->last;
            m_taken->changes += m_burst->changes;
            for (auto it = m_burst->domains.cbegin(); it != m_burst->domains.cend(); ++it) {
                QDateTime &latest = m_taken->domains[it.key()];
                latest = latest.isValid() ? std::max(latest, it.value()) : it.value();
            }
        }
        m_burst = std::exchange(m_taken, std::nullopt);
    }
    const milliseconds wait
        = std::min<milliseconds>(m_rules.firstRetry * (qint64(1) << std::min(m_failures, MostDoublings)), m_rules.every);
    ++m_failures;
    m_retryAt = now + wait;
}

} // namespace Orgtrace::Operations
