#pragma once

#include "operations/watch.h"

#include <QObject>

#include <memory>
#include <optional>

namespace Orgtrace::Ui {

/// A watch started from the window. Holds the workspace alive until it has ended, even where the store is closed meanwhile.
/// Thread: GUI. Exactly one ended() follows each start(), never from within it.
class WatchRun final : public QObject
{
    Q_OBJECT
public:
    explicit WatchRun(QObject *parent = nullptr);
    ~WatchRun() override; ///< cancels; the watch then ends by itself and tells nobody

    /// Borrows clock until the program ends. @pre !isRunning()
    void start(std::shared_ptr<Operations::Workspace> workspace, Clock &clock, const Operations::Watch::Settings &settings);
    void stop(); ///< idempotent; ended() follows
    void captureNow();
    [[nodiscard]] bool isRunning() const { return m_isRunning; }
    [[nodiscard]] Operations::Watch::State state() const { return m_state; }

Q_SIGNALS:
    void changed();
    void ran(const Orgtrace::Operations::Watch::Run &run);
    void troubled(const Orgtrace::Error &error);
    void ended(const std::optional<Orgtrace::Error> &why); ///< nullopt: stopped

private:
    bool m_isRunning = false;
    CancellationSource m_cancel;
    std::weak_ptr<Operations::Watch> m_watch;
    Operations::Watch::State m_state;
    std::optional<QCoro::Task<void>> m_task;
};

} // namespace Orgtrace::Ui
