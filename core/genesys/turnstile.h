#pragma once

#include "base/cancellation.h"
#include "base/clock.h"
#include "genesys/pacer.h"

#include <QCoroTask>
#include <QPromise>

#include <functional>
#include <memory>

namespace Orgtrace::Genesys {

/// Where the requests of one client wait for their turn, whatever lane they come from: first come, first served, each let through when the pacer allows.
///
/// Thread: the client's. Borrows clock; the object must outlive every pass() under way. For core/genesys only.
class Turnstile
{
public:
    Turnstile(Pacer pacer, Clock &clock, CancellationToken cancel) : m_pacer(std::move(pacer)), m_clock(clock), m_cancel(std::move(cancel))
    {
    }
    /// Returns when a request may be sent (it counts as sent from here on), or soon after the run was cancelled. Followed by exactly one left().
    [[nodiscard]] QCoro::Task<void> pass();
    void left(int status = 0, const QuotaClaim &claim = {}); ///< 0: no answer came
    void throttled(std::chrono::milliseconds told) { m_pacer.throttled(m_clock.monotonic(), told); }
    void setShare(int percent) { m_pacer.setShare(percent); }
    [[nodiscard]] qint64 waitedMs() const { return m_waitedMs; }
    [[nodiscard]] QuotaState quota() const { return m_pacer.quota(m_clock.monotonic()); }
    /// Told once a wait for the quota, again where its end has moved by more than a second, and 0 once it is over. Called from within pass().
    void setWaits(std::function<void(std::chrono::milliseconds)> waits) { m_waits = std::move(waits); }

private:
    Pacer m_pacer;
    Clock &m_clock;
    const CancellationToken m_cancel;
    bool m_isTaken = false; ///< somebody stands in it
    std::deque<std::shared_ptr<QPromise<void>>> m_queue; ///< who comes after
    std::shared_ptr<QPromise<void>> m_room; ///< kept when an answer comes
    qint64 m_waitedMs = 0;
    std::function<void(std::chrono::milliseconds)> m_waits;
    std::chrono::milliseconds m_waitEnds{0}; ///< as last told

    void tell(std::chrono::milliseconds wait);
};

} // namespace Orgtrace::Genesys
