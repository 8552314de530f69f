#pragma once

#include <QFutureWatcher>
#include <QObject>
#include <QThreadPool>
#include <QtConcurrentRun>

#include <memory>

namespace Orgtrace::Ui {

/// Runs pure functions on workers and hands their answers back to the owner's thread. The caller decides by its own job number whether an answer
/// is still wanted.
///
/// Thread: the owner's. Borrows owner, on whose thread and as whose children the watchers live.
/// Guarantee: after finish() no work runs and no answer comes.
class Jobs
{
public:
    enum Lane { Foreground, Background }; ///< what somebody waits for; what is nice to have

    explicit Jobs(QObject *owner) : m_owner(owner)
    {
        m_foreground.setMaxThreadCount(3);
        m_background.setMaxThreadCount(1);
        m_background.setThreadPriority(QThread::LowPriority);
        m_discards.setMaxThreadCount(1);
        m_discards.setThreadPriority(QThread::LowPriority);
    }
    Q_DISABLE_COPY_MOVE(Jobs)
    ~Jobs() { finish(); }

    /// @param deliver takes what work returns; called in the owner's thread, never from within run().
    template<typename Work, typename Deliver> void run(Lane lane, Work work, Deliver deliver)
    {
        using Answer = std::invoke_result_t<Work>;
        auto *watcher = new QFutureWatcher<Answer>(m_owner);
        ++m_running;
        QObject::connect(watcher, &QFutureWatcherBase::finished, m_owner, [this, watcher, deliver = std::move(deliver)]() mutable {
            watcher->deleteLater();
            QFuture<Answer> future = watcher->future();
            --m_running;
            if (!m_finished && future.isValid() && future.resultCount() > 0) {
                deliver(future.takeResult());
            }
            if (m_running == 0 && !m_finished) {
                QMetaObject::invokeMethod(m_owner, "settled", Qt::QueuedConnection);
            }
        });
        watcher->setFuture(QtConcurrent::run(lane == Foreground ? &m_foreground : &m_background, std::move(work)));
    }

    /// Lets the last reference to something large go on a worker: destroying it would cost the window a frame.
    template<typename T> void discard(std::shared_ptr<T> value)
    {
        if (value && !m_finished) {
            m_discards.start([value = std::move(value)]() mutable { value.reset(); });
        }
    }

    [[nodiscard]] int running() const { return m_running; }

    void finish()
    {
        m_finished = true;
        m_foreground.clear();
        m_background.clear();
        m_foreground.waitForDone();
        m_background.waitForDone();
        m_discards.waitForDone();
    }

private:
    QObject *m_owner;
    QThreadPool m_foreground, m_background, m_discards;
    int m_running = 0;
    bool m_finished = false;
};

} // namespace Orgtrace::Ui
