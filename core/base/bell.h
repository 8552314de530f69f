#pragma once

#include "base/clock.h"

#include <QPromise>

#include <chrono>
#include <memory>
#include <optional>

namespace Orgtrace {

/// What one coroutine waits for and others ring, or the clock does. A ring that nobody waits for is kept: the next wait ends at once. It may ring early,
/// never late: whoever wakes looks again at what there is to do.
///
/// Thread: one. One waiter at a time; it must have woken before the bell goes.
class Bell
{
public:
    Bell();
    ~Bell();
    Q_DISABLE_COPY_MOVE(Bell)
    void ring();
    /// Rings by itself at that reading of Clock::monotonic(), or before. Only an alarm earlier than all that are set costs a timer, so that thousands of calls do not.
    void ringAt(Clock &clock, std::chrono::milliseconds at);
    [[nodiscard]] QCoro::Task<void> rung();

private:
    struct State;
    static QCoro::Task<void> alarm(Clock &clock, std::chrono::milliseconds at, std::weak_ptr<State> bell);
    std::shared_ptr<State> m_state;
};

} // namespace Orgtrace
