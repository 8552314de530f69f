#pragma once

#include <QtTypes>

#include <chrono>
#include <deque>
#include <optional>

namespace Orgtrace::Genesys {

/// What one answer says of the quota, raw: each may be missing, and none is believed unseen.
struct QuotaClaim {
    std::optional<qint64> allowed; ///< inin-ratelimit-allowed: requests a window
    std::optional<qint64> used; ///< inin-ratelimit-count: by everybody under this limit, in this window
    std::optional<qint64> resetSeconds; ///< inin-ratelimit-reset: until the window ends
};

struct PaceLimits {
    int sharePercent = 40; ///< of the quota, left to the organisation's other integrations; 0 … 90
    int defaultAllowed = 300; ///< where no answer says (API section 2.2)
    int maxInFlight = 6;
};

/// Where the quota stands, for telling people.
struct QuotaState {
    std::optional<qint64> allowed; ///< requests a window, as the platform told; nothing before it did
    qint64 used = 0; ///< in this window: as the platform counts for everybody, or as this client has sent, whichever is more
    qint64 budget = 0; ///< of a window, what this client uses at most
};

/// The request budget of one token: values in, a decision out. Knows no clock and no network.
///
/// The platform counts in windows of a minute. Of each window no more than the share that is ours is used: as much as the server counts, or as this client
/// itself has sent, whichever is more. Where the answers say nothing believable of the window's end, no 60 s anywhere hold more than that share.
/// Not believed: a quota of 0 or above 60,000, and one that rises before the window is over; a count below 0 or above the quota; a reset of 0 or above 61 s,
/// one that moves within its window (after eight of them no end is believed for a minute), and windows that follow each other faster than they can. Where a count leaves nothing, a twentieth of the quota is used
/// all the same, so that no figure stalls a run for good; a 429 then says whether it was true.
/// A 429 stops all requests for as long as it says (61 s at most), halves the budget, and the halving wears off a window later.
/// Units: milliseconds of a monotonic clock. Source: issue "Pacing", requirement 3.4, API sections 2.1 to 2.3.
class Pacer
{
public:
    using milliseconds = std::chrono::milliseconds;
    explicit Pacer(PaceLimits limits = {});

    struct Decision {
        milliseconds wait{0}; ///< before the next request may be sent; ask again then
        int inFlight = 1; ///< as many may be under way at once, the next one included
    };
    [[nodiscard]] Decision next(milliseconds now) const;

    void sent(milliseconds now);
    /// One answer, or the end of waiting for one. Every sent() is followed by one answered().
    void answered(milliseconds now, int status, const QuotaClaim &claim);
    /// After a 429: what it told to wait, or what backing off has decided.
    void throttled(milliseconds now, milliseconds told);

    [[nodiscard]] int inFlight() const { return m_inFlight; }
    [[nodiscard]] qint64 budget() const; ///< requests a window, as believed now
    [[nodiscard]] QuotaState quota(milliseconds now) const;
    void setShare(int percent);

private:
    void enter(milliseconds now);
    [[nodiscard]] bool believeEnd(milliseconds now, qint64 resetSeconds);
    void forgetOld(milliseconds now);
    [[nodiscard]] qint64 recent(milliseconds now) const;
    [[nodiscard]] qint64 believedAllowed() const;

    PaceLimits m_limits;
    std::deque<milliseconds> m_log; ///< own requests of this window; without a known window, of the last 61 s
    std::optional<milliseconds> m_end, m_firstEnd; ///< of this window, as believed now and as first told
    std::optional<milliseconds> m_lastEnd; ///< of the window before
    std::optional<qint64> m_allowed, m_lastAllowed; ///< smallest quota told in this window and in the one before
    int m_contradictions = 0; ///< figures of this window's end that do not fit, less those that do
    milliseconds m_doubtUntil{0}; ///< until then no figure of an end is believed
    qint64 m_seen = 0; ///< largest count told in this window
    int m_inFlight = 0;
    int m_flightLimit;
    int m_goodInARow = 0;
    int m_shrink = 0; ///< the budget is halved so many times
    milliseconds m_shrunkAt{0}, m_pauseUntil{0};
};

} // namespace Orgtrace::Genesys
