#pragma once

#include "access/findingsrows.h"

#include <QElapsedTimer>
#include <QWidget>

class QLabel;
class QProgressBar;
class QPushButton;
class QSpinBox;

namespace Orgtrace::Ui {

class Session;
class WorkspaceRun;

/// *Cross-check*: asks the platform itself about a sample of the users of the latest snapshot, and says how far it got and what came of it. Nothing is
/// asked without a click.
/// Thread: GUI. Borrows the session.
class CrossCheckPanel final : public QWidget
{
    Q_OBJECT
public:
    explicit CrossCheckPanel(Session &session, QWidget *parent = nullptr);

    [[nodiscard]] CrossCheckedPtr result() const { return m_result; } ///< of this organisation; null: not asked
    [[nodiscard]] WorkspaceRun &run() const { return *m_run; } ///< also for a person's sign-in
    [[nodiscard]] QSpinBox *sample() const { return m_sample; }
    [[nodiscard]] QPushButton *askButton() const { return m_ask; }
    [[nodiscard]] QPushButton *cancelButton() const { return m_cancel; }
    [[nodiscard]] QString words() const; ///< what is said at the moment

Q_SIGNALS:
    void resultChanged();

private:
    void ask();
    void reset();
    void showState();
    void say(const QString &words, bool isProblem = false);

    Session &m_session;
    WorkspaceRun *m_run;
    CrossCheckedPtr m_result;
    Evidence::SnapshotSummary m_asked; ///< the snapshot of the run
    QString m_askedOrganisation;
    QElapsedTimer m_elapsed;
    QLabel *m_title, *m_words;
    QSpinBox *m_sample;
    QPushButton *m_ask, *m_cancel;
    QProgressBar *m_bar;
};

} // namespace Orgtrace::Ui
