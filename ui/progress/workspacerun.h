#pragma once

#include "operations/crosscheck.h"
#include "operations/workspace.h"

#include <QObject>

#include <memory>
#include <optional>

namespace Orgtrace::Ui {

/// One capture, audit pull, check of permissions or cross-check of rights started from the window. Holds the workspace alive until the run has ended, even where the store is closed meanwhile.
///
/// Thread: GUI. The network waits asynchronously, heavy steps run on the room's own workers.
/// Exactly one of captured(), pulled(), checked(), crossChecked() and failed() follows each start.
class WorkspaceRun final : public QObject
{
    Q_OBJECT
public:
    explicit WorkspaceRun(QObject *parent = nullptr);
    ~WorkspaceRun() override; ///< cancels; the run then ends by itself and tells nobody

    void capture(std::shared_ptr<Operations::Workspace> workspace, const QString &organisation,
                 bool resumes = false); ///< @pre !isRunning()
    void check(std::shared_ptr<Operations::Workspace> workspace, const QString &organisation); ///< @pre !isRunning()
    /// Asks the platform about users of a snapshot, whose rights are read on a worker first.
    void crossCheck(std::shared_ptr<Operations::Workspace> workspace, const QString &organisation, const QString &snapshotId,
                    const Operations::CrossCheckPlan &plan); ///< @pre !isRunning()
    /// Beside any run: interruptedFound() follows where a capture of the organisation can be resumed, else nothing.
    void lookForInterrupted(std::shared_ptr<Operations::Workspace> workspace, const QString &organisation);
    void pullAudit(std::shared_ptr<Operations::Workspace> workspace, const QString &organisation, const QDateTime &fromUtc,
                   const QDateTime &toUtc); ///< @pre !isRunning()
    void cancel(); ///< idempotent; failed(Cancelled) follows
    [[nodiscard]] bool isRunning() const { return m_isRunning; }

Q_SIGNALS:
    void signInNeeded(const QUrl &page); ///< the run waits for a person in a browser
    void signInEnded(); ///< it waits no more, whatever came of it
    void signInRefused(const QString &why); ///< an answer that was not ours was turned away
    void signInExpiring(qint64 secondsLeft);
    void captureProgressed(const Orgtrace::Capture::Progress &progress);
    void auditProgressed(int windowsDone, int windowsTotal, qint64 events);
    void captured(const Orgtrace::Capture::Outcome &outcome);
    void pulled(const Orgtrace::Operations::Workspace::AuditOutcome &outcome);
    void checked(const Orgtrace::Operations::Workspace::Check &check);
    void crossCheckProgressed(qsizetype done, qsizetype total);
    void crossChecked(const Orgtrace::Operations::CrossCheck &check);
    void failed(const Orgtrace::Error &error);
    void interruptedFound(const QString &organisation, const Orgtrace::Operations::InterruptedCapture &interrupted);

private:
    void askThrough(Operations::Workspace &workspace);

    bool m_isRunning = false;
    CancellationSource m_cancel;
    std::optional<QCoro::Task<void>> m_task, m_looking;
};

} // namespace Orgtrace::Ui
