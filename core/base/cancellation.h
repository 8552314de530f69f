#pragma once

#include <QObject>

#include <atomic>
#include <functional>
#include <memory>

namespace Orgtrace {

/// Shared by a source and its tokens; not for use by itself.
class CancellationState final : public QObject
{
    Q_OBJECT
public:
    std::atomic_bool cancelled = false;
Q_SIGNALS:
    void requested();
};

/// Asked by work whether it should stop. Copies share one state; a default token is never cancelled.
/// Thread: isCancelled() any; onCancelled() on the context's thread.
class CancellationToken
{
public:
    CancellationToken() = default;
    [[nodiscard]] bool isCancelled() const { return m_state && m_state->cancelled.load(std::memory_order_acquire); }
    /// Calls fn once in context's thread when cancelled (soon, if it already is); forgotten when context dies.
    void onCancelled(QObject *context, std::function<void()> fn) const;

private:
    friend class CancellationSource;
    std::shared_ptr<CancellationState> m_state;
};

/// Held by whoever may stop the work. cancel() is idempotent and may come from any thread.
class CancellationSource
{
public:
    CancellationSource();
    void cancel();
    [[nodiscard]] CancellationToken token() const { return m_token; }

private:
    CancellationToken m_token;
};

} // namespace Orgtrace
