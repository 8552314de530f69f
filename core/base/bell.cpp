#include "base/bell.h"

#include <QCoroFuture>
#include <QFuture>

#include <set>

namespace Orgtrace {

struct Bell::State {
    bool isRung = false;
    std::shared_ptr<QPromise<void>> waiting;
    std::multiset<std::chrono::milliseconds> alarms;

    void ring()
    {
        isRung = true;
        if (waiting) {
            std::exchange(waiting, {})->finish();
        }
    }
};

Bell::Bell() : m_state(std::make_shared<State>()) { }

Bell::~Bell() = default;

void Bell::ring()
{
    m_state->ring();
}

void Bell::ringAt(Clock &clock, std::chrono::milliseconds at)
{
    if (!m_state->alarms.empty() && *m_state->alarms.begin() <= at) {
        return;
    }
    m_state->alarms.insert(at);
    alarm(clock, at, m_state); // goes on by itself; the bell may be gone when it ends
}

QCoro::Task<void> Bell::alarm(Clock &clock, std::chrono::milliseconds at, std::weak_ptr<State> bell)
{
    auto sleeping = clock.sleepFor(std::max(at - clock.monotonic(), std::chrono::milliseconds(0)));
    co_await sleeping;
    if (const auto state = bell.lock()) {
        state->alarms.erase(state->alarms.find(at));
        state->ring();
    }
}

QCoro::Task<void> Bell::rung()
{
    const std::shared_ptr<State> state = m_state;
    if (!state->isRung) {
        state->waiting = std::make_shared<QPromise<void>>();
        state->waiting->start();
        const QFuture<void> ringing = state->waiting->future();
        co_await ringing;
    }
    state->isRung = false;
}

} // namespace Orgtrace
