#include "genesys/turnstile.h"

#include <QCoroFuture>
#include <QFuture>

#include <algorithm>

namespace Orgtrace::Genesys {

namespace {
using std::chrono::milliseconds;

constexpr milliseconds LongestSlice{250}; // how late a cancellation, or what an answer has taught, may be noticed
constexpr milliseconds ToldAgainFrom{1000}; // headers are whole seconds: an end that moves by less has not moved

std::shared_ptr<QPromise<void>> begun()
{
    auto promise = std::make_shared<QPromise<void>>();
    promise->start();
    return promise;
}
} // namespace

QCoro::Task<void> Turnstile::pass()
{
    if (m_isTaken) {
        const auto place = begun();
        m_queue.push_back(place);
        const QFuture<void> turn = place->future();
        co_await turn; // it stays taken while it is handed over
    }
    m_isTaken = true;
    while (!m_cancel.isCancelled()) {
        const Pacer::Decision decision = m_pacer.next(m_clock.monotonic());
        if (decision.wait.count() > 0) {
            const milliseconds slice = std::min(decision.wait, LongestSlice);
            m_waitedMs += slice.count();
            tell(decision.wait);
            auto sleeping = m_clock.sleepFor(slice);
            co_await sleeping;
        } else if (m_pacer.inFlight() >= decision.inFlight) {
            m_room = begun();
            const QFuture<void> room = m_room->future();
            co_await room;
        } else {
            break;
        }
    }
    tell(milliseconds(0));
    m_pacer.sent(m_clock.monotonic());
    if (m_queue.empty()) {
        m_isTaken = false;
    } else {
        const auto next = m_queue.front();
        m_queue.pop_front();
        next->finish();
    }
}

void Turnstile::tell(milliseconds wait)
{
    const bool isOver = wait.count() == 0;
    const milliseconds ends = isOver ? milliseconds(0) : m_clock.monotonic() + wait;
    if (m_waits && (isOver ? m_waitEnds.count() > 0 : std::chrono::abs(ends - m_waitEnds) > ToldAgainFrom)) {
        m_waitEnds = ends;
        m_waits(wait);
    }
}

void Turnstile::left(int status, const QuotaClaim &claim)
{
    m_pacer.answered(m_clock.monotonic(), status, claim);
    if (m_room) {
        std::exchange(m_room, {})->finish();
    }
}

} // namespace Orgtrace::Genesys
