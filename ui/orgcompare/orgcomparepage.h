#pragma once

#include "orgcompare/matchingfile.h"
#include "orgcompare/orgreading.h"
#include "session/jobs.h"

#include <QThreadPool>
#include <QWidget>

class QComboBox;
class QLabel;
class QProgressBar;
class QPushButton;
class QStackedWidget;
class QTabBar;

namespace Orgtrace::Ui {

class OrgDiffPane;
class OrgMatchPane;
class Session;

/// Two organisations of the open store compared: which, as of which snapshots, what differs, and which entities belong together.
///
/// Reading, comparing and keeping corrections run on workers; late answers are dropped. Borrows session. Thread: GUI.
class OrgComparePage final : public QWidget
{
    Q_OBJECT
public:
    explicit OrgComparePage(Session &session, QWidget *parent = nullptr);
    ~OrgComparePage() override;

    void open(); ///< reads what there is to choose from, and compares; the session's organisation on the left
    void close(); ///< forgets everything

    enum class State { Empty, Reading, Comparing, Shown, Failed };
    [[nodiscard]] State state() const { return m_state; }
    [[nodiscard]] bool isBusy() const; ///< also while corrections are being kept or texts read
    [[nodiscard]] OrgComparisonPtr comparison() const { return m_comparison; }
    [[nodiscard]] const QList<Compare::Correction> &corrections() const { return m_corrections; }
    [[nodiscard]] QString verdict() const; ///< what is said beneath the pickers
    [[nodiscard]] OrgDiffPane &differences() const { return *m_differences; }
    [[nodiscard]] OrgMatchPane &matching() const { return *m_matching; }
    [[nodiscard]] QTabBar *tabs() const { return m_tabs; }
    [[nodiscard]] QComboBox *organisationPicker(bool onRight) const { return m_organisations[onRight]; }
    [[nodiscard]] QComboBox *snapshotPicker(bool onRight) const { return m_snapshots[onRight]; }
    [[nodiscard]] QPushButton *swapButton() const { return m_swap; }
    [[nodiscard]] QPushButton *runButton() const { return m_run; } ///< Cancel, or Compare again

    void swap();
    void undo();
    void redo();

Q_SIGNALS:
    void closeRequested();
    void settled();

protected:
    void keyPressEvent(QKeyEvent *event) override;

private:
    void build();
    void buildPickers();
    void offer(QList<OrganisationChoice> choices);
    void offerSnapshots(bool onRight);
    void chosen(); ///< another organisation or snapshot: corrections of the two, then compare
    void compare();
    void cancel();
    void took(Result<OrgComparisonPtr> comparison);
    void correct(QList<Compare::Correction> corrections);
    void keep();
    void forgetCorrections(); ///< of the pair that is left
    void show(OrgComparisonPtr comparison);
    void setState(State state, const QString &words);
    void showCorrections();
    void copyDifferences();
    void copyMatching();
    void putOnClipboard(std::function<QString()> text, const QString &what);
    [[nodiscard]] const OrganisationChoice *choice(bool onRight) const;
    [[nodiscard]] QString snapshotId(bool onRight) const;

    Session &m_session;
    QString m_folder;
    QList<OrganisationChoice> m_choices;
    QComboBox *m_organisations[2], *m_snapshots[2];
    QPushButton *m_swap, *m_run, *m_close;
    QLabel *m_verdict, *m_empty;
    QProgressBar *m_bar;
    QTabBar *m_tabs;
    QStackedWidget *m_panes;
    OrgDiffPane *m_differences;
    OrgMatchPane *m_matching;
    State m_state = State::Empty;
    bool m_offering = false;
    OrgComparisonPtr m_comparison;
    QString m_pair; ///< whose corrections these are
    QString m_keptNote;
    QList<Compare::Correction> m_corrections;
    QList<QList<Compare::Correction>> m_before, m_after; ///< for undo and redo
    int m_job = 0, m_files = 0;
    CancellationSource m_cancel;
    QThreadPool m_fileWorker; ///< one thread: what is kept is kept in its order
    Jobs m_jobs;
};

} // namespace Orgtrace::Ui
