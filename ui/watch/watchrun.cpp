#include "watch/watchrun.h"

#include <QPointer>

namespace Orgtrace::Ui {

namespace {

// A free coroutine with everything by value: the window may close while it waits, it must not touch it then.
QCoro::Task<void> runWatch(std::shared_ptr<Operations::Workspace> workspace, std::shared_ptr<Operations::Watch> watch,
                           std::function<void(Result<void>)> done)
{
    auto running = watch->run();
    const Result<void> outcome = co_await running;
    done(outcome);
    watch.reset(); // before what it borrows
    workspace.reset();
}

} // namespace

WatchRun::WatchRun(QObject *parent) : QObject(parent) { }

WatchRun::~WatchRun()
{
    m_cancel.cancel();
}

void WatchRun::start(std::shared_ptr<Operations::Workspace> workspace, Clock &clock, const Operations::Watch::Settings &settings)
{
    m_isRunning = true;
    m_cancel = CancellationSource();
    m_state = {};
    const QPointer<WatchRun> self(this);
    Operations::Watch::Listeners listeners;
    listeners.changed = [self](const Operations::Watch::State &state) {
        if (self) {
            self->m_state = state;
            Q_EMIT self->changed();
        }
    };
    listeners.ran = [self](const Operations::Watch::Run &run) {
        if (self) {
            Q_EMIT self->ran(run);
        }
    };
    listeners.troubled = [self](const Error &error) {
        if (self) {
            Q_EMIT self->troubled(error);
        }
    };
    auto watch = std::make_shared<Operations::Watch>(*workspace, clock, settings, std::move(listeners), m_cancel.token());
    m_watch = watch;
    const auto done = [self](const Result<void> &outcome) {
        if (!self) {
            return;
        }
        QMetaObject::invokeMethod(
            self,
            [self, outcome] {
                self->m_isRunning = false;
                self->m_state = {};
                Q_EMIT self->ended(outcome ? std::nullopt : std::optional<Error>(outcome.error()));
            },
            Qt::QueuedConnection);
    };
    m_task = runWatch(std::move(workspace), std::move(watch), done);
}

void WatchRun::stop()
{
    m_cancel.cancel();
}

void WatchRun::captureNow()
{
    if (const auto watch = m_watch.lock()) {
        watch->captureNow();
    }
}

} // namespace Orgtrace::Ui
