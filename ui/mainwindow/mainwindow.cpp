#include "mainwindow/mainwindow.h"

#include "access/accesspage.h"
#include "audit/auditpage.h"
#include "audit/coverage.h"
#include "capture/captureview.h"
#include "capture/capturewords.h"
#include "changes/changespage.h"
#include "diff/diffpage.h"
#include "evidencepanel/evidencepanel.h"
#include "identity/identitypage.h"
#include "mainwindow/keymap.h"
#include "mainwindow/messagebar.h"
#include "mainwindow/statusrow.h"
#include "mainwindow/welcome.h"
#include "orgcompare/orgcomparepage.h"
#include "progress/progresspanel.h"
#include "progress/workspacerun.h"
#include "search/searchbox.h"
#include "session/session.h"
#include "theme/elidedlabel.h"
#include "theme/theme.h"
#include "timeline/timelineview.h"
#include "watch/watchcontrol.h"

#include <QAction>
#include <QCloseEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QMenu>
#include <QPushButton>
#include <QSettings>
#include <QSplitter>
#include <QStackedWidget>
#include <QTabBar>
#include <QTabWidget>
#include <QToolButton>
#include <QVBoxLayout>

namespace Orgtrace::Ui {

using namespace Qt::StringLiterals;

MainWindow::MainWindow(Session &session, Clock &clock, QWidget *parent) :
    QMainWindow(parent), m_session(session), m_clock(clock), m_tools(new QWidget), m_organisation(new QToolButton),
    m_capture(new QPushButton(tr("Capture"))), m_pull(new QPushButton(tr("Pull audit"))), m_open(new QPushButton(tr("Open store …"))),
    m_report(new QPushButton(tr("Report …"))), m_notice(new ElidedLabel), m_range(new ElidedLabel), m_messages(new MessageBar),
    m_pages(new QStackedWidget), m_welcome(new Welcome), m_progress(new ProgressPanel(clock)), m_captureView(new CaptureView(clock)),
    m_identity(new IdentityPage), m_organisations(new OrgComparePage(session)), m_evidencePage(new QWidget),
    m_timeline(new TimelineView(session)), m_changes(new ChangesPage(session)), m_tabs(new QTabWidget),
    m_diff(new DiffPage(session, m_tabs)), m_access(new AccessPage(session, m_tabs)), m_audit(new AuditPage(session, m_tabs)),
    m_evidence(new EvidencePanel(session, nullptr)), m_splitter(new QSplitter(Qt::Horizontal)), m_status(new StatusRow(session)),
    m_run(new WorkspaceRun(this)), m_check(new WorkspaceRun(this)), m_watch(new WatchControl(session, clock, this)),
    m_search(new SearchBox(session, this)), m_keys(new KeyMapPanel(this))
{
    setWindowTitle(tr("Orgtrace"));
    resize(1440, 900);
    setMinimumSize(880, 560);
    buildToolRow();

    m_tabs->setDocumentMode(true);
    m_tabs->addTab(m_diff, tr("Diff"));
    m_tabs->addTab(m_access, tr("Access"));
    m_tabs->addTab(m_audit, tr("Audit"));
    m_tabs->tabBar()->setDrawBase(false);
    m_tabs->tabBar()->setExpanding(false);

    m_splitter->setHandleWidth(1);
    m_splitter->setChildrenCollapsible(false);
    m_splitter->addWidget(m_changes);
    m_splitter->addWidget(m_tabs);
    m_splitter->addWidget(m_evidence);
    m_splitter->setStretchFactor(0, 0);
    m_splitter->setStretchFactor(1, 1);
    m_splitter->setStretchFactor(2, 0);
    m_tabs->setMinimumWidth(420); // said outright, so that a view with wide content does not push the lists aside
    m_changes->setMinimumWidth(230);
    m_evidence->setMinimumWidth(200);
    m_splitter->setSizes({300, 852, 288});

    auto *evidence = new QVBoxLayout(m_evidencePage);
    evidence->setContentsMargins(0, 0, 0, 0);
    evidence->setSpacing(0);
    evidence->addWidget(m_timeline);
    evidence->addWidget(m_splitter, 1);

    m_pages->addWidget(m_welcome);
    m_pages->addWidget(m_progress);
    m_pages->addWidget(m_captureView);
    m_pages->addWidget(m_identity);
    m_pages->addWidget(m_evidencePage);

    auto *centre = new QWidget;
    auto *column = new QVBoxLayout(centre);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(m_tools);
    column->addWidget(line());
    column->addWidget(m_messages);
    column->addWidget(m_pages, 1);
    column->addWidget(line());
    column->addWidget(m_status);
    setCentralWidget(centre);

    buildShortcuts();
    connectSession();
    connectRun();
    connectCapture();
    connectOrganisations();
    connectSignIn();
    connectWatch();
    connectSearch();
    connect(m_audit, &AuditPage::countChanged, this, [this](int events) {
        m_tabs->setTabText(static_cast<int>(Tab::Audit), events > 0 ? tr("Audit · %1").arg(countText(events)) : tr("Audit"));
    });
    connect(m_evidence, &EvidencePanel::eventActivated, this, [this](const QString &eventId) {
        showTab(Tab::Audit);
        m_audit->selectEvent(eventId);
    });
    connect(m_welcome, &Welcome::openRequested, this, &MainWindow::chooseStore);
    connect(m_welcome, &Welcome::demoRequested, this, &MainWindow::demoRequested);
    refreshOrganisations();
    refreshTools();
    refreshPage();
}

MainWindow::~MainWindow() = default;

QWidget *MainWindow::line(bool isVertical)
{
    auto *hairline = new QWidget;
    hairline->setProperty("hairline", true);
    hairline->setAttribute(Qt::WA_StyledBackground);
    if (isVertical) {
        hairline->setFixedWidth(1);
    } else {
        hairline->setFixedHeight(1);
    }
    return hairline;
}

void MainWindow::buildToolRow()
{
    m_tools->setProperty("panel", true);
    m_tools->setAttribute(Qt::WA_StyledBackground);
    m_tools->setFixedHeight(44);
    m_organisation->setProperty("bar", true);
    m_organisation->setPopupMode(QToolButton::InstantPopup);
    m_organisation->setToolButtonStyle(Qt::ToolButtonTextOnly);
    m_organisation->setFocusPolicy(Qt::StrongFocus);
    m_organisation->setAccessibleName(tr("Organisation"));
    m_capture->setProperty("primary", true);
    m_capture->setToolTip(tr("Read the whole configuration now and keep it as a signed snapshot."));
    m_pull->setToolTip(tr("Fetch the audit events since the last pull and keep them."));
    m_open->setToolTip(tr("Open a store (Ctrl+O)"));
    m_report->setToolTip(tr("Write the redacted report of the range on screen (Ctrl+E)"));
    m_notice->setProperty("muted", true);
    m_range->setProperty("muted", true);
    auto *row = new QHBoxLayout(m_tools);
    row->setContentsMargins(12, 0, 14, 0);
    row->setSpacing(8);
    row->addWidget(m_organisation);
    row->addWidget(m_capture);
    row->addWidget(m_pull);
    row->addWidget(m_watch->button());
    row->addWidget(m_open);
    row->addWidget(m_report);
    row->addSpacing(8);
    m_notice->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred); // what room is left: the range is said in full first
    row->addWidget(m_notice, 1);
    row->addWidget(m_range);
    row->addSpacing(6);
    row->addWidget(m_search);
    m_range->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    m_range->setSizePolicy(QSizePolicy::Maximum, QSizePolicy::Preferred);
    connect(m_capture, &QPushButton::clicked, this, [this] { capture(); });
    connect(m_pull, &QPushButton::clicked, this, &MainWindow::pullAudit);
    connect(m_open, &QPushButton::clicked, this, &MainWindow::chooseStore);
    connect(m_report, &QPushButton::clicked, this, [this] { exportReport(true); });
}

void MainWindow::buildShortcuts()
{
    const auto shortcut = [this](const QList<QKeySequence> &keys, const QString &name, auto slot) {
        auto *action = new QAction(name, this);
        action->setShortcuts(keys);
        connect(action, &QAction::triggered, this, slot);
        addAction(action);
    };
    shortcut({QKeySequence::Open}, tr("Open store"), [this] { chooseStore(); });
    shortcut({Qt::Key_F1}, tr("Keyboard map"), [this] { m_keys->toggle(); });
    shortcut({QKeySequence(u"Ctrl+Shift+F"_s)}, tr("Search everything"), [this] { m_search->open(); });
    shortcut({QKeySequence(u"Ctrl+L"_s)}, tr("Copy link"), [this] { copyLink(); });
    shortcut({QKeySequence(u"Ctrl+E"_s)}, tr("Export report"), [this] { exportReport(false); });
    shortcut({QKeySequence(u"Ctrl+I"_s)}, tr("What this client may see"), [this] { checkIdentity(); });
    shortcut({QKeySequence(u"Ctrl+Shift+O"_s)}, tr("Compare with another organisation"), [this] { compareOrganisations(); });
    shortcut({QKeySequence(u"Ctrl+K"_s)}, tr("Filter changes"), [this] { m_changes->focusFilter(); });
    shortcut({QKeySequence(u"Alt+Down"_s)}, tr("Next change"), [this] { m_changes->selectNext(1); });
    shortcut({QKeySequence(u"Alt+Up"_s)}, tr("Previous change"), [this] { m_changes->selectNext(-1); });
    shortcut({QKeySequence(u"Ctrl+1"_s)}, tr("Diff"), [this] { showTab(Tab::Diff); });
    shortcut({QKeySequence(u"Ctrl+2"_s)}, tr("Access"), [this] { showTab(Tab::Access); });
    shortcut({QKeySequence(u"Ctrl+3"_s)}, tr("Audit"), [this] { showTab(Tab::Audit); });
    shortcut({QKeySequence(Qt::Key_F5)}, tr("Reload"), [this] { m_session.reload(); });
    setContextMenuPolicy(Qt::NoContextMenu);
}

void MainWindow::connectSession()
{
    connect(&m_session, &Session::storeOpened, this, [this] {
        m_messages->dismiss();
        m_welcome->setOpening({});
        refreshTools();
        refreshPage();
    });
    connect(&m_session, &Session::storeClosed, this, [this] {
        m_welcome->setOpening(m_session.isOpening() ? m_session.folder() : QString());
        refreshTools();
        refreshPage();
    });
    connect(&m_session, &Session::organisationChanged, this, [this] {
        refreshOrganisations();
        refreshTools();
    });
    connect(&m_session, &Session::timelineChanged, this, &MainWindow::refreshTools);
    connect(&m_session, &Session::rangeChanged, this, &MainWindow::refreshTools);
    connect(&m_session, &Session::findingsChanged, this, [this] { refreshTools(); });
    connect(&m_session, &Session::failed, this, &MainWindow::showProblem);
    connect(&m_session, &Session::reportWritten, this, &MainWindow::offerReport);
}

void MainWindow::connectRun()
{
    connect(m_run, &WorkspaceRun::auditProgressed, m_progress, &ProgressPanel::showAudit);
    const auto ended = [this] {
        hideProgress();
        refreshTools();
        if (m_closeWhenEnded && !m_watch->isWatching()) {
            close();
        }
    };
    connect(m_run, &WorkspaceRun::pulled, this, [this, ended](const Operations::Workspace::AuditOutcome &outcome) {
        ended();
        const qsizetype failed
            = std::ranges::count_if(outcome.windows, [](const Evidence::AuditWindow &window) { return window.state != "complete"_L1; });
        QString text = tr("%1 audit events read, %2 of them new.").arg(countText(outcome.read), countText(outcome.added));
        if (failed > 0) {
            text += u' '
                + counted(failed, tr("1 query window gave no answer; that time stays unknown. Pull again later."),
                          tr("%1 query windows gave no answer; that time stays unknown. Pull again later."));
        }
        const QString trouble = pushTroubleText(outcome.pushes);
        if (!trouble.isEmpty()) {
            text += u' ' + trouble;
        }
        m_messages->showMessage(failed > 0 || !trouble.isEmpty() ? MessageBar::Kind::Problem : MessageBar::Kind::Note, text);
        m_session.reload();
    });
    connect(m_run, &WorkspaceRun::failed, this, [this, ended](const Error &error) {
        if (m_captureView->isRunning()) {
            return; // the capture view's
        }
        ended();
        if (error.code == ErrorCode::Cancelled) {
            m_messages->showMessage(MessageBar::Kind::Note, tr("Cancelled, as you asked. The store is as it was."));
        } else {
            showProblem(error, tr("The store is as it was."));
        }
    });
    connect(m_progress, &ProgressPanel::cancelRequested, this, [this] {
        if (m_isForeignRun) {
            Q_EMIT progressCancelled();
        } else {
            m_run->cancel();
        }
    });
    connect(m_progress, &ProgressPanel::hideRequested, this, [this] {
        m_progressShown = false;
        refreshPage();
    });
    connect(m_progress, &ProgressPanel::changed, this,
            [this] { m_status->setRun(m_progress->isRunning() && !m_progressShown ? m_progress->shortText() : QString()); });
    connect(m_status, &StatusRow::runClicked, this, [this] {
        m_progressShown = m_progress->isRunning();
        m_captureShown = m_captureView->isRunning();
        refreshPage();
    });
}

void MainWindow::refreshOrganisations()
{
    const Session::Organisation chosen = m_session.organisation();
    QString text = chosen.name.isEmpty() ? tr("No organisation") : chosen.name;
    if (!chosen.region.isEmpty()) {
        text += u" · "_s + chosen.region;
    }
    m_organisation->setText(text + u" ▾"_s);
    QMenu *menu = m_organisation->menu();
    if (!menu) {
        menu = new QMenu(m_organisation);
        m_organisation->setMenu(menu);
    }
    menu->clear();
    for (const Session::Organisation &one : m_session.organisations()) {
        QAction *action = menu->addAction(one.region.isEmpty() ? one.name : QString(one.name + u" · "_s + one.region));
        action->setCheckable(true);
        action->setChecked(one.key() == chosen.key());
        connect(action, &QAction::triggered, this, [this, key = one.key()] { m_session.setOrganisation(key); });
    }
    if (m_session.organisations().isEmpty()) {
        menu->addAction(m_session.isOpen() ? tr("Add one with “orgtracectl org add”") : tr("Open a store first"))->setEnabled(false);
    }
    addOrganisationCommands(*menu);
}

void MainWindow::refreshTools()
{
    const bool isOpen = m_session.isOpen();
    const bool canReach = isOpen && !m_session.organisation().settingsName.isEmpty() && !m_run->isRunning() && !m_isForeignRun;
    m_organisation->setVisible(isOpen);
    m_capture->setVisible(isOpen);
    m_pull->setVisible(isOpen);
    m_report->setVisible(isOpen);
    m_watch->button()->setVisible(isOpen);
    m_search->setVisible(isOpen);
    m_watch->setAllowed(canReach);
    m_capture->setEnabled(canReach && !m_watch->isCapturing());
    m_pull->setEnabled(canReach && !m_watch->isCapturing() && !m_session.organisationId().isEmpty());
    m_report->setEnabled(m_session.findings() != nullptr);
    m_open->setEnabled(!m_run->isRunning() && !m_isForeignRun);
    const Evidence::SnapshotSummary *a = m_session.snapshot(m_session.idA());
    const Evidence::SnapshotSummary *b = m_session.snapshot(m_session.idB());
    if (a && b) {
        m_range->setText(
            tr("A %1  →  B %2  ·  %3")
                .arg(utcText(a->observedUtc).chopped(4), utcText(b->observedUtc), durationText(a->observedUtc.msecsTo(b->observedUtc))));
        const auto brief = [](const QDateTime &utc) { return QLocale::c().toString(utc.toUTC(), u"d MMM HH:mm"_s); };
        m_range->setShortText(tr("A %1 → B %2").arg(brief(a->observedUtc), brief(b->observedUtc)));
        m_range->setToolTip(tr("A: %1\nB: %2").arg(utcAndLocalText(a->observedUtc), utcAndLocalText(b->observedUtc)));
    } else {
        m_range->clear();
        m_range->setShortText({});
    }
    setWindowTitle(m_session.organisation().name.isEmpty() ? tr("Orgtrace") : tr("%1 – Orgtrace").arg(m_session.organisation().name));
}

void MainWindow::refreshPage()
{
    QWidget *page = m_session.isOpen() ? m_evidencePage : static_cast<QWidget *>(m_welcome);
    if (m_progressShown && m_progress->isRunning()) {
        page = m_progress;
    } else if (m_identityShown) {
        page = m_identity;
    } else if (m_captureShown) {
        page = m_captureView;
    } else if (m_organisationsShown) {
        page = m_organisations;
    }
    m_status->setRun(m_progress->isRunning() && page != m_progress             ? m_progress->shortText()
                         : m_captureView->isRunning() && page != m_captureView ? m_captureView->shortText()
                                                                               : QString());
    m_pages->setCurrentWidget(page);
}

void MainWindow::restoreLayout()
{
    m_remembers = true;
    const QSettings settings;
    restoreGeometry(settings.value("window/geometry"_L1).toByteArray());
    m_splitter->restoreState(settings.value("window/splitter"_L1).toByteArray());
    m_reportFolder = settings.value("report/folder"_L1).toString();
    m_watch->restore();
    setQuotaShare(settings.value("capture/quotaShare"_L1, m_quotaShare).toInt());
}

void MainWindow::setDemoOffered(bool offered)
{
    m_welcome->setDemoOffered(offered);
}

void MainWindow::setNotice(const QString &text)
{
    m_notice->setText(text);
}

void MainWindow::showEvidence()
{
    m_identityShown = m_captureShown = m_organisationsShown = false;
    m_progressShown = m_progressShown && m_isForeignRun; // a pull goes on in the status row; the demo has nothing else to show yet
    refreshPage();
}

void MainWindow::showTab(Tab tab)
{
    showEvidence(); // whoever goes there wants to see it
    m_tabs->setCurrentIndex(static_cast<int>(tab));
    m_tabs->currentWidget()->setFocus(Qt::ShortcutFocusReason);
}

void MainWindow::showOpening(const QString &folder)
{
    m_messages->dismiss();
    m_welcome->setOpening(folder);
}

void MainWindow::showProblem(const Error &error, const QString &whatWasKept)
{
    m_welcome->setOpening({});
    if (error.code == ErrorCode::Cancelled) {
        return; // whoever cancelled knows
    }
    QString text = errorText(error);
    if (!whatWasKept.isEmpty()) {
        text += u' ' + whatWasKept;
    }
    m_messages->showMessage(MessageBar::Kind::Problem, text);
    refreshTools();
    refreshPage();
}

ProgressPanel &MainWindow::showProgress(const QString &title, const QString &note)
{
    m_isForeignRun = true;
    m_progress->setHideable(false);
    m_progress->begin(title, note);
    m_progressShown = true;
    refreshTools();
    refreshPage();
    return *m_progress;
}

void MainWindow::hideProgress()
{
    m_isForeignRun = false;
    m_progressShown = false;
    m_progress->end();
    refreshTools();
    refreshPage();
}

void MainWindow::pullAudit()
{
    const Session::Organisation organisation = m_session.organisation();
    if (!m_session.isOpen() || organisation.settingsName.isEmpty() || m_run->isRunning()) {
        return;
    }
    // From where the archive is whole, else from the first snapshot; the platform keeps a year.
    const QDateTime now = m_session.clock().nowUtc();
    QDateTime from = Audit::completeTo(m_session.auditWindows());
    if (!from.isValid()) {
        from = m_session.timeline().isEmpty()
            ? now.addDays(-1)
            : m_session.timeline().constFirst().observedUtc.addDays(-1); // its first request lies before its end
    }
    from = std::max(from, now.addDays(-364));
    if (from >= now) {
        m_messages->showMessage(MessageBar::Kind::Note,
                                tr("The audit archive is complete to %1: nothing to fetch yet.").arg(utcText(from)));
        return;
    }
    m_messages->dismiss();
    m_progress->begin(tr("Pulling audit events of %1").arg(organisation.name),
                      tr("%1 to %2, one day a query.").arg(utcText(from), utcText(now)));
    m_progress->setHideable(true);
    m_progressShown = true;
    refreshPage();
    m_run->pullAudit(m_session.sharedWorkspace(), organisation.settingsName, from, now);
    refreshTools();
}

void MainWindow::closeEvent(QCloseEvent *event)
{
    if (m_watch->isWatching() && m_watch->hasTray() && !m_quits && !m_closeWhenEnded) {
        hide(); // the watch goes on; the tray opens the window again
        event->ignore();
        return;
    }
    if ((m_run->isRunning() || m_watch->isWatching()) && !m_closeWhenEnded) {
        m_closeWhenEnded = true; // closes as soon as the run has let go of the store
        m_run->cancel();
        m_watch->setWatching(false);
        event->ignore();
        return;
    }
    if (m_remembers) {
        QSettings settings;
        settings.setValue("window/geometry"_L1, saveGeometry());
        settings.setValue("window/splitter"_L1, m_splitter->saveState());
        settings.setValue("report/folder"_L1, m_reportFolder);
        settings.setValue("capture/quotaShare"_L1, m_quotaShare);
        m_watch->save();
    }
    QMainWindow::closeEvent(event);
}

} // namespace Orgtrace::Ui
