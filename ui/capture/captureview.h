#pragma once

#include "base/clock.h"
#include "capture/capturewords.h"

#include <QWidget>

#include <deque>

class QButtonGroup;
class QHBoxLayout;
class QLabel;
class QProgressBar;
class QPushButton;
class QTableView;
class QTimer;

namespace Orgtrace::Ui {

class CaptureFilter;
class CaptureModel;
class FigureStrip;
class NoteList;

/// A capture on screen: each domain with its state, figures of the whole run, what is waited for, an estimate once there is one, Cancel; after the end the verdict
/// and what to do, until it is closed. Shows; runs nothing.
///
/// Thread: GUI. Borrows clock, by which elapsed time is told. What take() is told is shown ten times a second at most.
class CaptureView final : public QWidget
{
    Q_OBJECT
public:
    explicit CaptureView(Clock &clock, QWidget *parent = nullptr);

    struct Start {
        QString organisation;
        bool resumes = false;
        QHash<QString, int> expectedPages; ///< by domain, as the last snapshot took them; empty: unknown
        int quotaSharePercent = 40; ///< left to others
    };
    void begin(const Start &start);
    void take(const Capture::Progress &progress);
    void endWith(const Capture::Outcome &outcome);
    void endWith(const Error &error);
    void showIdentity(const Operations::Workspace::Check &check); ///< after the end with a snapshot
    void offerResume(qint64 answers); ///< after the end without one: so many answers need not be asked for again

    [[nodiscard]] bool isRunning() const { return m_isRunning; }
    [[nodiscard]] bool hasEnded() const { return m_hasEnded; }
    [[nodiscard]] QString shortText() const; ///< for the status bar: "Capturing Northwind · 42 %"
    [[nodiscard]] const Genesys::QuotaState &quota() const { return m_last.quota; } ///< as last told
    [[nodiscard]] const CaptureModel &model() const { return *m_model; }
    void refresh(); ///< shows at once what was taken since the last time

Q_SIGNALS:
    void cancelRequested();
    void hideRequested(); ///< goes on in the background
    void closeRequested(); ///< after the end
    void againRequested();
    void resumeRequested();
    void identityRequested();
    void changed(); ///< shortText()

protected:
    void keyPressEvent(QKeyEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;

private:
    void build();
    void end();
    void refreshFigures();
    void refreshChips();
    void refreshWait();
    void setFilter(int chip);
    [[nodiscard]] std::optional<qint64> requestsAMinute() const;
    [[nodiscard]] qint64 now() const { return m_clock.monotonic().count(); }

    Clock &m_clock;
    CaptureModel *m_model;
    CaptureFilter *m_filter;
    QLabel *m_title, *m_note, *m_wait;
    QProgressBar *m_bar;
    FigureStrip *m_figures;
    NoteList *m_notes;
    QWidget *m_chips;
    QButtonGroup *m_chipGroup;
    QTableView *m_table;
    QPushButton *m_cancel, *m_hide, *m_close, *m_again, *m_resume, *m_identity;
    QTimer *m_tick;
    QString m_organisation;
    int m_sharePercent = 40;
    Capture::Progress m_last; ///< of the run, whatever its domain
    qint64 m_lastMs = 0, m_startedMs = 0, m_endedMs = 0;
    std::deque<std::pair<qint64, qint64>> m_sent; ///< time and requests, of the last minute
    QList<CaptureNote> m_outcomeNotes;
    bool m_isRunning = false, m_hasEnded = false, m_isCancelling = false, m_isWriting = false, m_isPushing = false;
};

} // namespace Orgtrace::Ui
