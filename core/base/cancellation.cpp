#include "base/cancellation.h"

namespace Orgtrace {

void CancellationToken::onCancelled(QObject *context, std::function<void()> fn) const
{
    if (!m_state) {
        return;
    }
    if (isCancelled()) {
        QMetaObject::invokeMethod(context, std::move(fn), Qt::QueuedConnection);
        return;
    }
    QObject::connect(m_state.get(), &CancellationState::requested, context, std::move(fn), Qt::AutoConnection);
}

CancellationSource::CancellationSource()
{
    m_token.m_state = std::make_shared<CancellationState>();
}

void CancellationSource::cancel()
{
    if (!m_token.m_state->cancelled.exchange(true, std::memory_order_acq_rel)) {
        Q_EMIT m_token.m_state->requested();
    }
}

} // namespace Orgtrace
