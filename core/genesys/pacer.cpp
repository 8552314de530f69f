#include "genesys/pacer.h"

#include <algorithm>

namespace Orgtrace::Genesys {

namespace {
using std::chrono::milliseconds;

constexpr qint64 MostAllowed = 60'000;
constexpr qint64 LongestReset = 61;
constexpr milliseconds Window{60'000};
constexpr milliseconds Slack{1000}; // headers are whole seconds, rounded either way
constexpr milliseconds Drift{3000}; // how far the end of one window may move as its answers come in
constexpr int MostShrink = 4;
constexpr int GoodBeforeMore = 10;
constexpr int MostContradictions = 8; // more than answers of the window before can still be on their way
} // namespace

Pacer::Pacer(PaceLimits limits) : m_limits(limits), m_flightLimit(std::max(limits.maxInFlight, 1))
{
    m_limits.maxInFlight = m_flightLimit;
    m_limits.defaultAllowed = std::max(m_limits.defaultAllowed, 1);
    setShare(m_limits.sharePercent);
}

void Pacer::setShare(int percent)
{
    m_limits.sharePercent = std::clamp(percent, 0, 90);
}

qint64 Pacer::believedAllowed() const
{
    // The header names whichever limit is nearest to being hit, so that it may change from answer to answer: the smaller one binds.
    if (m_allowed && m_lastAllowed) {
        return std::min(*m_allowed, *m_lastAllowed);
    }
    return m_allowed ? *m_allowed : m_lastAllowed.value_or(m_limits.defaultAllowed);
}

qint64 Pacer::budget() const
{
    const qint64 ours = believedAllowed() * (100 - m_limits.sharePercent) / 100;
    return std::max<qint64>(ours >> m_shrink, 1);
}

/// Own requests that count against the budget: all of a known window, else those of the last minute.
qint64 Pacer::recent(milliseconds now) const
{
    if (m_end) {
        return static_cast<qint64>(m_log.size());
    }
    return std::ranges::count_if(m_log, [now](milliseconds at) { return at > now - Window - Slack; });
}

QuotaState Pacer::quota(milliseconds now) const
{
    QuotaState out;
    if (m_allowed || m_lastAllowed) {
        out.allowed = believedAllowed();
    }
    out.budget = budget();
    // Past the end of a window only what is still under way counts, as in next().
    out.used = m_end && now >= *m_end ? m_inFlight : std::max(m_end ? m_seen : qint64(0), recent(now));
    return out;
}

Pacer::Decision Pacer::next(milliseconds now) const
{
    Decision out;
    out.inFlight = m_flightLimit;
    if (now < m_pauseUntil) {
        out.wait = m_pauseUntil - now;
        return out;
    }
    if (m_end && now >= *m_end) {
        return out; // a new window; only what is still under way counts in it
    }
    const qint64 allowed = budget();
    const qint64 own = recent(now);
    if (own >= allowed) {
        if (m_end) {
            out.wait = *m_end - now;
            return out;
        }
        // The oldest of the last `allowed` requests has to be a minute old.
        const milliseconds oldest = m_log[m_log.size() - static_cast<size_t>(allowed)];
        out.wait = std::max(oldest + Window + Slack - now, milliseconds(1));
        return out;
    }
    const qint64 trickle = std::max<qint64>(believedAllowed() / 20, 1);
    if (m_end && own >= trickle) {
        if (m_seen >= allowed) {
            out.wait = *m_end - now;
        } else if (m_seen + m_inFlight >= allowed) {
            out.inFlight = std::max(m_inFlight, 1); // whether those are counted already, their answers will say
        }
    }
    return out;
}

/// Begins a new window where the old one is over.
void Pacer::enter(milliseconds now)
{
    if (m_end && now >= *m_end) {
        m_lastEnd = m_end;
        m_end.reset();
        m_firstEnd.reset();
        m_log.assign(static_cast<size_t>(m_inFlight), now); // the server may count them in the new one
        m_seen = 0;
        m_contradictions = 0;
        if (m_allowed) {
            m_lastAllowed = m_allowed;
            m_allowed.reset();
        }
    }
    if (m_shrink > 0 && now - m_shrunkAt > Window) {
        --m_shrink;
        m_shrunkAt = now;
    }
}

void Pacer::forgetOld(milliseconds now)
{
    if (!m_end) {
        while (!m_log.empty() && m_log.front() <= now - Window - Slack) {
            m_log.pop_front();
        }
    }
}

void Pacer::sent(milliseconds now)
{
    enter(now);
    forgetOld(now);
    m_log.push_back(now);
    ++m_inFlight;
}

/// @return whether the figure fits the present window; what else an answer says that does not fit belongs to another window, or to none.
bool Pacer::believeEnd(milliseconds now, qint64 resetSeconds)
{
    if (resetSeconds < 1 || resetSeconds > LongestReset || now < m_doubtUntil) {
        return false;
    }
    const milliseconds told = now + std::chrono::seconds(resetSeconds) + Slack;
    if (!m_end) {
        if (m_lastEnd && told < *m_lastEnd + Window - Drift) {
            return false; // windows of a minute cannot follow each other so fast
        }
        m_end = m_firstEnd = told;
        return true;
    }
    if (now + Drift >= *m_end && told >= *m_end + Window - Drift) {
        // The next window has begun a little before the end that was believed.
        const milliseconds believed = *m_end;
        m_end = now;
        enter(now);
        m_lastEnd = believed;
        m_log.push_back(now); // the request that was just answered
        m_end = m_firstEnd = told;
        return true;
    }
    if (told > *m_end + Drift || told < *m_firstEnd - Drift) {
        if (++m_contradictions >= MostContradictions) {
            m_doubtUntil = now + Window + Slack;
            m_end.reset();
            m_firstEnd.reset();
            m_contradictions = 0;
        }
        return false;
    }
    m_contradictions = std::max(m_contradictions - 1, 0);
    m_end = std::min(*m_end, told); // the answer that came just before a full second is the most exact one
    return true;
}

void Pacer::answered(milliseconds now, int status, const QuotaClaim &claim)
{
    m_inFlight = std::max(m_inFlight - 1, 0);
    enter(now);
    const bool isOfThisWindow = !claim.resetSeconds || believeEnd(now, *claim.resetSeconds);
    if (claim.allowed && *claim.allowed >= 1 && *claim.allowed <= MostAllowed) {
        m_allowed = std::min(m_allowed.value_or(*claim.allowed), *claim.allowed);
        if (isOfThisWindow && claim.used && *claim.used >= 0 && *claim.used <= *claim.allowed) {
            m_seen = std::max(m_seen, *claim.used);
        }
    }
    if (status == 429 || status == 503 || status == 0) {
        m_flightLimit = std::max(m_flightLimit / 2, 1);
        m_goodInARow = 0;
    } else if (++m_goodInARow >= GoodBeforeMore) {
        m_goodInARow = 0;
        m_flightLimit = std::min(m_flightLimit + 1, m_limits.maxInFlight);
    }
}

void Pacer::throttled(milliseconds now, milliseconds told)
{
    const milliseconds until = now + std::clamp(told, milliseconds(0), Window + Slack);
    if (now >= m_pauseUntil) { // those that were under way when the first was refused tell nothing new
        m_shrink = std::min(m_shrink + 1, MostShrink);
        m_shrunkAt = now;
    }
    m_pauseUntil = std::max(m_pauseUntil, until);
}

} // namespace Orgtrace::Genesys
