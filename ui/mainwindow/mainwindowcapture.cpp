// The window's part of a capture: the view that shows it, what is left of one that was broken off, and what the client may see.
#include "mainwindow/mainwindow.h"

#include "capture/captureview.h"
#include "identity/identitypage.h"
#include "mainwindow/messagebar.h"
#include "mainwindow/statusrow.h"
#include "progress/workspacerun.h"
#include "session/session.h"
#include "theme/theme.h"
#include "watch/watchcontrol.h"

#include <QActionGroup>
#include <QFutureWatcher>
#include <QMenu>
#include <QPushButton>
#include <QStackedWidget>
#include <QtConcurrentRun>

namespace Orgtrace::Ui {

using namespace Qt::StringLiterals;

namespace {
constexpr int Shares[] = {0, 20, 40, 60, 80, 90};
constexpr int LargestShare = 90;
} // namespace

void MainWindow::connectCapture()
{
    connect(m_run, &WorkspaceRun::captureProgressed, m_captureView, &CaptureView::take);
    connect(m_run, &WorkspaceRun::captured, this, [this](const Capture::Outcome &outcome) {
        m_captureView->endWith(outcome);
        captureEnded(outcome.isComplete()
                         ? tr("Snapshot of %1 kept: every domain was read completely.").arg(utcText(outcome.snapshot.observedUtc))
                         : tr("Snapshot of %1 kept: %2 of %3 domains were read completely. The others are carried forward and shown as not "
                              "comparable.")
                               .arg(utcText(outcome.snapshot.observedUtc))
                               .arg(outcome.snapshot.domainsComplete)
                               .arg(outcome.snapshot.domainsTotal),
                     !outcome.isComplete());
        assessIdentity(outcome.snapshot.id);
        m_session.reload();
    });
    connect(m_run, &WorkspaceRun::failed, this, [this](const Error &error) {
        if (!m_captureView->isRunning()) {
            return; // an audit pull's
        }
        m_captureView->endWith(error);
        captureEnded(error.code == ErrorCode::Cancelled ? tr("Cancelled, as you asked. The store is as it was.")
                                                        : QString(errorText(error) + u' ' + tr("The store is as it was.")),
                     error.code != ErrorCode::Cancelled);
        if (m_session.isOpen() && !m_session.organisation().settingsName.isEmpty()) {
            m_run->lookForInterrupted(m_session.sharedWorkspace(), m_session.organisation().settingsName);
        }
    });
    connect(m_captureView, &CaptureView::cancelRequested, m_run, &WorkspaceRun::cancel);
    connect(m_captureView, &CaptureView::changed, this, [this] {
        m_status->setRun(m_captureView->isRunning() && m_pages->currentWidget() != m_captureView ? m_captureView->shortText() : QString());
    });
    const auto leave = [this] {
        m_captureShown = false;
        refreshPage();
    };
    connect(m_captureView, &CaptureView::hideRequested, this, leave);
    connect(m_captureView, &CaptureView::closeRequested, this, leave);
    connect(m_captureView, &CaptureView::againRequested, this, [this] { capture(); });
    connect(m_captureView, &CaptureView::resumeRequested, this, [this] { capture(true); });
    connect(m_captureView, &CaptureView::identityRequested, this, &MainWindow::checkIdentity);

    connect(m_run, &WorkspaceRun::interruptedFound, this,
            [this](const QString &organisation, const Operations::InterruptedCapture &interrupted) {
                if (m_run->isRunning() || organisation != m_session.organisation().settingsName) {
                    return;
                }
                const QString which = organisation + isoUtc(interrupted.startedUtc);
                if (m_captureShown && m_captureView->hasEnded()) {
                    m_captureView->offerResume(interrupted.answers);
                } else if (m_interruptedTold != which) {
                    m_messages->showMessage(
                        MessageBar::Kind::Note,
                        counted(interrupted.answers,
                                tr("A capture that began %2 was broken off. 1 answer is kept; resuming asks only for the rest."),
                                tr("A capture that began %2 was broken off. %1 answers are kept; resuming asks only for the rest."))
                            .replace(u"%2"_s, utcAndLocalText(interrupted.startedUtc)),
                        tr("Resume"), [this] { capture(true); });
                }
                m_interruptedTold = which;
            });
    connect(&m_session, &Session::storeOpened, this, [this] {
        m_interruptedTold.clear();
        setQuotaShare(m_quotaShare); // a workspace of its own
    });
    connect(&m_session, &Session::organisationChanged, this, [this] {
        if (m_session.isOpen() && !m_run->isRunning() && !m_watch->isWatching() && !m_session.organisation().settingsName.isEmpty()) {
            m_run->lookForInterrupted(m_session.sharedWorkspace(), m_session.organisation().settingsName);
        }
    });
    connect(&m_session, &Session::storeClosed, this, [this] {
        m_identityShown = false;
        m_captureShown = m_captureShown && m_captureView->isRunning();
        refreshPage();
    });

    connect(m_check, &WorkspaceRun::checked, m_identity, &IdentityPage::showCheck);
    connect(m_check, &WorkspaceRun::failed, m_identity, &IdentityPage::showError);
    connect(m_identity, &IdentityPage::againRequested, this, &MainWindow::checkIdentity);
    connect(m_identity, &IdentityPage::closeRequested, this, [this] {
        m_check->cancel();
        m_identityShown = false;
        refreshPage();
    });
}

void MainWindow::capture(bool resumes)
{
    const Session::Organisation organisation = m_session.organisation();
    if (!m_session.isOpen() || organisation.settingsName.isEmpty() || m_run->isRunning()) {
        return;
    }
    if (m_watch->isWatching()) {
        m_watch->captureNow(); // two captures of one store would wait for each other
        return;
    }
    m_messages->dismiss();
    CaptureView::Start start;
    start.organisation = organisation.name;
    start.resumes = resumes;
    start.quotaSharePercent = m_quotaShare;
    if (const Session::Findings findings = m_session.findings()) {
        for (const Evidence::LedgerRow &row : findings->manifestB.ledger) {
            if (row.pages > 0) {
                start.expectedPages.insert(row.domain, row.pages);
            }
        }
    }
    m_captureView->begin(start);
    m_captureShown = true;
    m_identityShown = false;
    refreshPage();
    m_captureView->setFocus(Qt::OtherFocusReason);
    m_run->capture(m_session.sharedWorkspace(), organisation.settingsName, resumes);
    refreshTools();
}

/// Where the view is on screen, it says all of it; else the message bar does.
void MainWindow::captureEnded(const QString &message, bool isProblem)
{
    if (m_pages->currentWidget() != m_captureView) {
        m_messages->showMessage(isProblem ? MessageBar::Kind::Problem : MessageBar::Kind::Note, message, tr("Details"), [this] {
            m_captureShown = true;
            m_identityShown = false;
            refreshPage();
        });
    }
    refreshTools();
    refreshPage();
    if (m_closeWhenEnded && !m_watch->isWatching()) {
        close();
    }
}

void MainWindow::assessIdentity(const QString &snapshotId)
{
    using Check = Result<Operations::Workspace::Check>;
    const int job = ++m_identityJob;
    auto *watcher = new QFutureWatcher<Check>(this);
    connect(watcher, &QFutureWatcherBase::finished, this, [this, watcher, job] {
        watcher->deleteLater();
        const Check check = watcher->result();
        if (job == m_identityJob && check) {
            m_captureView->showIdentity(*check);
        }
    });
    watcher->setFuture(
        QtConcurrent::run([folder = m_session.folder(), snapshotId] { return Operations::Workspace::identityOf(folder, snapshotId); }));
}

void MainWindow::checkIdentity()
{
    const Session::Organisation organisation = m_session.organisation();
    if (!m_session.isOpen() || organisation.settingsName.isEmpty()) {
        return;
    }
    m_identityShown = true;
    if (!m_check->isRunning()) {
        m_identity->showAsking(organisation.name);
        m_check->check(m_session.sharedWorkspace(), organisation.settingsName);
    }
    refreshPage();
    m_identity->setFocus(Qt::OtherFocusReason);
}

void MainWindow::setQuotaShare(int percent)
{
    m_quotaShare = std::clamp(percent, 0, LargestShare);
    if (Operations::Workspace *workspace = m_session.workspace()) {
        workspace->setQuotaShare(m_quotaShare);
    }
}

void MainWindow::addOrganisationCommands(QMenu &menu)
{
    const bool isReachable = m_session.isOpen() && !m_session.organisation().settingsName.isEmpty();
    delete menu.findChild<QMenu *>(u"quotaShares"_s); // clearing a menu leaves the menus in it
    menu.addSeparator();
    // The key is the window's; here it is only shown.
    QAction *permissions = menu.addAction(tr("What this client may see …\tCtrl+I"), this, &MainWindow::checkIdentity);
    permissions->setEnabled(isReachable);
    addComparisonCommand(menu);
    QMenu *shares = menu.addMenu(tr("Request quota left to others"));
    shares->setObjectName(u"quotaShares"_s);
    auto *group = new QActionGroup(shares);
    for (const int percent : Shares) {
        QAction *share = shares->addAction(percent == 0 ? tr("None: use all of it") : tr("%1 %").arg(percent));
        share->setCheckable(true);
        share->setChecked(percent == m_quotaShare);
        group->addAction(share);
        connect(share, &QAction::triggered, this, [this, percent] { setQuotaShare(percent); });
    }
}

} // namespace Orgtrace::Ui
