#pragma once

#include "base/clock.h"

#include <QCoroFuture>
#include <QFuture>
#include <QPromise>
#include <QTimer>

#include <map>
#include <memory>

namespace Orgtrace::Test {

/// A clock that passes by itself as far as it may, and stands still there: waits that end by then cost nothing, in their order; later ones wait until it may go on.
/// Thread: one, with an event loop.
class SteppedClock final : public Clock
{
public:
    explicit SteppedClock(QDateTime startUtc) : m_start(std::move(startUtc)) { }
    [[nodiscard]] QDateTime nowUtc() const override { return m_start.addMSecs(m_gone.count()); }
    [[nodiscard]] std::chrono::milliseconds monotonic() const override { return m_gone; }
    [[nodiscard]] QCoro::Task<void> sleepFor(std::chrono::milliseconds duration) override
    {
        auto promise = std::make_shared<QPromise<void>>();
        promise->start();
        const QFuture<void> waking = promise->future();
        m_sleepers.emplace(m_gone + std::max(duration, std::chrono::milliseconds(0)), promise);
        stepSoon();
        co_await waking;
    }
    /// From now on it may pass until then, but no further.
    void allow(std::chrono::milliseconds more)
    {
        m_allowed = m_gone + more;
        stepSoon();
    }

private:
    void stepSoon()
    {
        if (!m_timer.isActive()) {
            QObject::disconnect(&m_timer, nullptr, nullptr, nullptr);
            QObject::connect(&m_timer, &QTimer::timeout, &m_timer, [this] { step(); });
            m_timer.setSingleShot(true);
            m_timer.start(0);
        }
    }
    void step()
    {
        if (m_sleepers.empty() || m_sleepers.begin()->first > m_allowed) {
            return;
        }
        const auto first = m_sleepers.extract(m_sleepers.begin());
        m_gone = std::max(m_gone, first.key());
        first.mapped()->finish();
        if (!m_sleepers.empty()) {
            stepSoon();
        }
    }

    const QDateTime m_start;
    std::chrono::milliseconds m_gone{0}, m_allowed{0};
    std::multimap<std::chrono::milliseconds, std::shared_ptr<QPromise<void>>> m_sleepers;
    QTimer m_timer;
};

} // namespace Orgtrace::Test
