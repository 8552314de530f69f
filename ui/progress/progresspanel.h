#pragma once

#include "base/clock.h"
#include "capture/capture.h"

#include <QWidget>

class QLabel;
class QListView;
class QProgressBar;
class QPushButton;
class QTimer;

namespace Orgtrace::Ui {

class ProgressModel;

/// Long work on screen: what runs, each domain's state, how far, how fast, how long still, and Cancel. Shows; runs nothing.
/// Thread: GUI. Borrows clock, by which elapsed time is told.
class ProgressPanel final : public QWidget
{
    Q_OBJECT
public:
    explicit ProgressPanel(Clock &clock, QWidget *parent = nullptr);

    void begin(const QString &title, const QString &note); ///< empties the panel and starts the time
    /// @param snapshotsDone, snapshotsTotal of a run that makes several; 0, 1 for one.
    void showCapture(const Capture::Progress &progress, int snapshotsDone = 0, int snapshotsTotal = 1);
    void showAudit(int windowsDone, int windowsTotal, qint64 events);
    void end(); ///< stops the time
    [[nodiscard]] bool isRunning() const { return m_isRunning; }
    [[nodiscard]] double part() const { return m_part; } ///< 0 to 1
    [[nodiscard]] QString shortText() const; ///< for the status bar: "Capturing Northwind … 42 %"
    void setCancelling(); ///< Cancel was pressed and is being obeyed
    void setHideable(bool hideable);

Q_SIGNALS:
    void cancelRequested();
    void hideRequested();
    void changed();

private:
    void refresh();

    Clock &m_clock;
    ProgressModel *m_model;
    QLabel *m_title, *m_note, *m_step, *m_line;
    QProgressBar *m_bar;
    QListView *m_view;
    QPushButton *m_cancel, *m_hide;
    QTimer *m_tick;
    std::chrono::milliseconds m_started{0};
    double m_part = 0;
    qint64 m_itemsBefore = 0; ///< of the run's earlier snapshots
    qint64 m_items = 0;
    int m_snapshot = 0;
    bool m_isRunning = false;
};

} // namespace Orgtrace::Ui
