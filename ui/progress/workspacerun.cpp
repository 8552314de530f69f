#include "progress/workspacerun.h"

#include <QCoroFuture>
#include <QPointer>
#include <QThreadPool>
#include <QtConcurrentRun>

namespace Orgtrace::Ui {

namespace {

// Free coroutines with everything by value: the window may close while they wait, they must not touch it then.

QCoro::Task<void> runCapture(QPointer<WorkspaceRun> run, std::shared_ptr<Operations::Workspace> workspace, QString organisation,
                             bool resumes, CancellationToken cancel, std::function<void(Result<Capture::Outcome>)> done)
{
    std::function<void(const Capture::Progress &)> progress = [run](const Capture::Progress &now) {
        if (run) {
            Q_EMIT run->captureProgressed(now);
        }
    };
    QStringList allDomains;
    Operations::CaptureOptions options;
    options.resumes = resumes;
    options.trigger = u"hand"_s;
    QCoro::Task<Result<Capture::Outcome>> task = workspace->capture(organisation, allDomains, cancel, progress, QString(), options);
    Result<Capture::Outcome> outcome = co_await task;
    if (run) {
        done(std::move(outcome));
    }
}

QCoro::Task<void> runCheck(QPointer<WorkspaceRun> run, std::shared_ptr<Operations::Workspace> workspace, QString organisation,
                           CancellationToken cancel, std::function<void(Result<Operations::Workspace::Check>)> done)
{
    QCoro::Task<Result<Operations::Workspace::Check>> task = workspace->checkOrganisation(organisation, QString(), cancel);
    Result<Operations::Workspace::Check> outcome = co_await task;
    if (run) {
        done(std::move(outcome));
    }
}

using RightsModel = std::shared_ptr<const Access::AccessModel>;

Result<RightsModel> readRights(const QString &folder, const QString &snapshotId)
{
    const Result<Evidence::Store> store = Evidence::Store::open(folder);
    if (!store) {
        return std::unexpected(store.error());
    }
    const Result<Evidence::Snapshot> snapshot = store->snapshot(snapshotId);
    if (!snapshot) {
        return std::unexpected(snapshot.error());
    }
    Result<Access::AccessModel> model = Access::AccessModel::build(*snapshot);
    if (!model) {
        return std::unexpected(model.error());
    }
    return std::make_shared<const Access::AccessModel>(*std::move(model));
}

QCoro::Task<void> runCrossCheck(QPointer<WorkspaceRun> run, std::shared_ptr<Operations::Workspace> workspace, QString organisation,
                                QString snapshotId, Operations::CrossCheckPlan plan, CancellationToken cancel,
                                std::function<void(Result<Operations::CrossCheck>)> done)
{
    const QString folder = workspace->folder();
    QFuture<Result<RightsModel>> reading = QtConcurrent::run([folder, snapshotId] { return readRights(folder, snapshotId); });
    Result<RightsModel> model = co_await reading;
    Result<Operations::CrossCheck> outcome = std::unexpected(model ? Error{ErrorCode::Cancelled, {}, {}} : model.error());
    if (model && !cancel.isCancelled()) {
        auto connecting = workspace->client(organisation, cancel);
        const Result<std::unique_ptr<Genesys::ApiClient>> client = co_await connecting;
        if (client) {
            std::function<void(qsizetype, qsizetype)> progress = [run](qsizetype asked, qsizetype total) {
                if (run) {
                    Q_EMIT run->crossCheckProgressed(asked, total);
                }
            };
            auto checking = Operations::crossCheck(**client, *model, plan, progress);
            outcome = co_await checking;
        } else {
            outcome = std::unexpected(client.error());
        }
    }
    if (model) { // rights of a whole organisation: let go on a worker
        QThreadPool::globalInstance()->start([last = *std::exchange(model, RightsModel())]() mutable { last.reset(); });
    }
    if (run) {
        done(std::move(outcome));
    }
}

QCoro::Task<void> look(QPointer<WorkspaceRun> run, std::shared_ptr<Operations::Workspace> workspace, QString organisation)
{
    QCoro::Task<Result<std::optional<Operations::InterruptedCapture>>> task = workspace->interrupted(organisation);
    const Result<std::optional<Operations::InterruptedCapture>> found = co_await task;
    if (run && found && *found) {
        Q_EMIT run->interruptedFound(organisation, **found);
    }
}

QCoro::Task<void> runPull(QPointer<WorkspaceRun> run, std::shared_ptr<Operations::Workspace> workspace, QString organisation,
                          QDateTime fromUtc, QDateTime toUtc, CancellationToken cancel,
                          std::function<void(Result<Operations::Workspace::AuditOutcome>)> done)
{
    std::function<void(int, int, qint64)> progress = [run](int windowsDone, int windowsTotal, qint64 events) {
        if (run) {
            Q_EMIT run->auditProgressed(windowsDone, windowsTotal, events);
        }
    };
    QCoro::Task<Result<Operations::Workspace::AuditOutcome>> task = workspace->pullAudit(organisation, fromUtc, toUtc, cancel, progress);
    Result<Operations::Workspace::AuditOutcome> outcome = co_await task;
    if (run) {
        done(std::move(outcome));
    }
}

} // namespace

WorkspaceRun::WorkspaceRun(QObject *parent) : QObject(parent) { }

WorkspaceRun::~WorkspaceRun()
{
    m_cancel.cancel();
}

void WorkspaceRun::askThrough(Operations::Workspace &workspace)
{
    // The workspace may outlive this run and its window.
    const QPointer<WorkspaceRun> run(this);
    Operations::PersonSignIn person;
    person.show = [run](const QUrl &page) {
        if (run) {
            Q_EMIT run->signInNeeded(page);
        }
    };
    person.ended = [run] {
        if (run) {
            Q_EMIT run->signInEnded();
        }
    };
    person.refused = [run](const QString &why) {
        if (run) {
            Q_EMIT run->signInRefused(why);
        }
    };
    person.expiring = [run](qint64 secondsLeft) {
        if (run) {
            Q_EMIT run->signInExpiring(secondsLeft);
        }
    };
    workspace.setPersonSignIn(std::move(person));
}

void WorkspaceRun::lookForInterrupted(std::shared_ptr<Operations::Workspace> workspace, const QString &organisation)
{
    m_looking = look(this, std::move(workspace), organisation);
}

void WorkspaceRun::check(std::shared_ptr<Operations::Workspace> workspace, const QString &organisation)
{
    m_isRunning = true;
    m_cancel = CancellationSource();
    const auto done = [this](Result<Operations::Workspace::Check> outcome) {
        QMetaObject::invokeMethod(
            this,
            [this, outcome] {
                m_isRunning = false;
                if (outcome) {
                    Q_EMIT checked(*outcome);
                } else {
                    Q_EMIT failed(outcome.error());
                }
            },
            Qt::QueuedConnection);
    };
    askThrough(*workspace);
    m_task = runCheck(this, std::move(workspace), organisation, m_cancel.token(), done);
}

void WorkspaceRun::crossCheck(std::shared_ptr<Operations::Workspace> workspace, const QString &organisation, const QString &snapshotId,
                              const Operations::CrossCheckPlan &plan)
{
    m_isRunning = true;
    m_cancel = CancellationSource();
    const auto done = [this](Result<Operations::CrossCheck> outcome) {
        QMetaObject::invokeMethod(
            this,
            [this, outcome] {
                m_isRunning = false;
                if (outcome) {
                    Q_EMIT crossChecked(*outcome);
                } else {
                    Q_EMIT failed(outcome.error());
                }
            },
            Qt::QueuedConnection);
    };
    askThrough(*workspace);
    m_task = runCrossCheck(this, std::move(workspace), organisation, snapshotId, plan, m_cancel.token(), done);
}

void WorkspaceRun::capture(std::shared_ptr<Operations::Workspace> workspace, const QString &organisation, bool resumes)
{
    m_isRunning = true;
    m_cancel = CancellationSource();
    // An answer is told from the event loop, so that it never comes from within the start.
    const auto done = [this](Result<Capture::Outcome> outcome) {
        QMetaObject::invokeMethod(
            this,
            [this, outcome] {
                m_isRunning = false;
                if (outcome) {
                    Q_EMIT captured(*outcome);
                } else {
                    Q_EMIT failed(outcome.error());
                }
            },
            Qt::QueuedConnection);
    };
    askThrough(*workspace);
    m_task = runCapture(this, std::move(workspace), organisation, resumes, m_cancel.token(), done);
}

void WorkspaceRun::pullAudit(std::shared_ptr<Operations::Workspace> workspace, const QString &organisation, const QDateTime &fromUtc,
                             const QDateTime &toUtc)
{
    m_isRunning = true;
    m_cancel = CancellationSource();
    const auto done = [this](Result<Operations::Workspace::AuditOutcome> outcome) {
        QMetaObject::invokeMethod(
            this,
            [this, outcome] {
                m_isRunning = false;
                if (outcome) {
                    Q_EMIT pulled(*outcome);
                } else {
                    Q_EMIT failed(outcome.error());
                }
            },
            Qt::QueuedConnection);
    };
    askThrough(*workspace);
    m_task = runPull(this, std::move(workspace), organisation, fromUtc, toUtc, m_cancel.token(), done);
}

void WorkspaceRun::cancel()
{
    m_cancel.cancel();
}

} // namespace Orgtrace::Ui
