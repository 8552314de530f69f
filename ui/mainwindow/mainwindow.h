#pragma once

#include "base/clock.h"

#include <QMainWindow>
#include <QUrl>

#include <functional>

class QDateTime;
class QMenu;
class QPushButton;
class QSplitter;
class QStackedWidget;
class QTabWidget;
class QToolButton;

namespace Orgtrace {
struct Error;
}
namespace Orgtrace::Search {
struct Link;
}

namespace Orgtrace::Ui {

class AccessPage;
class AuditPage;
class CaptureView;
class ChangesPage;
class DiffPage;
class ElidedLabel;
class EvidencePanel;
class IdentityPage;
class KeyMapPanel;
class MessageBar;
class OrgComparePage;
class ProgressPanel;
class SearchBox;
class Session;
class StatusRow;
class TimelineView;
class WatchControl;
class Welcome;
class WorkspaceRun;

/// The window: places the views and carries the commands of its tool row; what the views know together is in the session.
///
/// Keys (all of them: F1): Ctrl+Shift+F search · Ctrl+L copy a link · Ctrl+I what the client may see · Ctrl+Shift+O two organisations · Ctrl+O open store · Ctrl+E report · Ctrl+K filter · Alt+↑/↓ previous/next change · Ctrl+1..3 Diff, Access, Audit · F5 reload.
/// Thread: GUI. Borrows session, and the machine's clock for telling how long things take.
class MainWindow final : public QMainWindow
{
    Q_OBJECT
public:
    enum class Tab { Diff, Access, Audit };

    MainWindow(Session &session, Clock &clock, QWidget *parent = nullptr);
    ~MainWindow() override;

    void restoreLayout(); ///< geometry and splitters of last time; without this call nothing is remembered either
    void setDemoOffered(bool offered);
    /// How a sign-in page is opened, QDesktopServices unless set. False: it could not be.
    void setBrowser(std::function<bool(const QUrl &page)> open);
    void setNotice(const QString &text); ///< beside the organisation, e.g. that it is simulated
    void showTab(Tab tab);
    void showOpening(const QString &folder);
    void showProblem(const Error &error, const QString &whatWasKept);

    /// Shows the progress panel for a run that somebody else drives (the demo); hideProgress() brings the evidence or the welcome back.
    [[nodiscard]] ProgressPanel &showProgress(const QString &title, const QString &note);
    void hideProgress();

    void chooseStore();
    void capture(bool resumes = false);
    void checkIdentity(); ///< what the organisation's client may see and do, on a page of its own
    void compareOrganisations(); ///< two of the store, on a page of their own
    void setQuotaShare(int percent); ///< of the request quota, left to the organisation's other integrations
    [[nodiscard]] int quotaShare() const { return m_quotaShare; }
    void pullAudit();
    /// Goes where a link leads, in this store or, after opening it, in another one that was open on this machine before; says why where it cannot.
    void openLink(const QString &text);
    [[nodiscard]] QString
    takeWantedLink(); ///< the link whose store is to be opened first (storeChosen): for a window that takes this one's place
    void copyLink(); ///< to what is selected, onto the clipboard
    void exportReport(bool askWhere); ///< askWhere false: beside the last report, under this range's name

    [[nodiscard]] ChangesPage &changes() const { return *m_changes; }
    [[nodiscard]] TimelineView &timeline() const { return *m_timeline; }
    [[nodiscard]] DiffPage &diff() const { return *m_diff; }
    [[nodiscard]] AccessPage &access() const { return *m_access; }
    [[nodiscard]] AuditPage &audit() const { return *m_audit; }
    [[nodiscard]] WatchControl &watch() const { return *m_watch; }
    [[nodiscard]] MessageBar &messages() const { return *m_messages; }
    [[nodiscard]] CaptureView &captureView() const { return *m_captureView; }
    [[nodiscard]] IdentityPage &identity() const { return *m_identity; }
    [[nodiscard]] OrgComparePage &organisations() const { return *m_organisations; }
    [[nodiscard]] SearchBox &search() const { return *m_search; }
    [[nodiscard]] KeyMapPanel &keyMapPanel() const { return *m_keys; }

Q_SIGNALS:
    void demoRequested();
    void storeChosen(const QString &folder); ///< the program opens it: a demo's session has a clock and keys of its own
    void progressCancelled(); ///< Cancel while showProgress() is on

protected:
    void closeEvent(QCloseEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;

private:
    void buildToolRow();
    void buildShortcuts();
    void connectSession();
    void connectRun();
    void connectSignIn();
    void connectCapture();
    void captureEnded(const QString &message, bool isProblem);
    void assessIdentity(const QString &snapshotId);
    void addOrganisationCommands(QMenu &menu);
    void addComparisonCommand(QMenu &menu);
    void connectOrganisations();
    void connectWatch();
    void connectSearch();
    void goTo(const Search::Link &link);
    void showEventAt(const QString &eventId, const QDateTime &utc);
    void selectWantedEvent();
    void showAgain(); ///< from the tray
    void showSignIn(const QString &turnedAway = {});
    void refreshOrganisations();
    void refreshTools();
    void refreshPage();
    void showEvidence(); ///< leaves whatever page is on top of it; what runs there goes on
    [[nodiscard]] QString reportName() const;
    void offerReport(const QString &file);
    [[nodiscard]] QWidget *line(bool isVertical = false);

    Session &m_session;
    Clock &m_clock;
    QWidget *m_tools;
    QToolButton *m_organisation;
    QPushButton *m_capture, *m_pull, *m_open, *m_report;
    ElidedLabel *m_notice, *m_range;
    MessageBar *m_messages;
    QStackedWidget *m_pages;
    Welcome *m_welcome;
    ProgressPanel *m_progress;
    CaptureView *m_captureView;
    IdentityPage *m_identity;
    OrgComparePage *m_organisations;
    QWidget *m_evidencePage;
    TimelineView *m_timeline;
    ChangesPage *m_changes;
    QTabWidget *m_tabs;
    DiffPage *m_diff;
    AccessPage *m_access;
    AuditPage *m_audit;
    EvidencePanel *m_evidence;
    QSplitter *m_splitter;
    StatusRow *m_status;
    WorkspaceRun *m_run, *m_check;
    WatchControl *m_watch;
    SearchBox *m_search;
    KeyMapPanel *m_keys;
    QString m_wantedEvent; ///< to be selected once its range is compared
    QString m_wantedLink; ///< to be followed once its store is open
    std::function<bool(const QUrl &page)> m_openBrowser;
    QUrl m_signInPage; ///< where a person is waited for; empty: nowhere
    bool m_isSignInOpened = false;
    QString m_signInText; ///< of the message about it
    bool m_progressShown = false;
    bool m_captureShown = false, m_identityShown = false, m_organisationsShown = false;
    int m_quotaShare = 40;
    int m_identityJob = 0;
    bool m_organisationsStale = false; ///< a snapshot came while two organisations were compared
    QString m_interruptedTold; ///< which broken-off capture was told of last
    bool m_isForeignRun = false;
    bool m_remembers = false;
    bool m_closeWhenEnded = false;
    bool m_quits = false; ///< the next close is meant, whatever the tray could still hold
    QString m_reportFolder;
};

} // namespace Orgtrace::Ui
