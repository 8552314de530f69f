#pragma once

#include "operations/watch.h"

#include <QIcon>
#include <QObject>
#include <QSet>

class QAction;
class QMenu;
class QSystemTrayIcon;
class QToolButton;

namespace Orgtrace::Ui {

class Session;
class WatchRun;

/// *Watch*: its button with the choice of interval, its words for the status row, and an icon in the tray where there is one. Without a tray everything but the
/// icon works; what it would tell is told in the window.
///
/// Thread: GUI. Borrows session, and the machine's clock to wait by. The watch ends when the store or the organisation changes.
class WatchControl final : public QObject
{
    Q_OBJECT
public:
    WatchControl(Session &session, Clock &clock, QObject *parent = nullptr);
    ~WatchControl() override;

    [[nodiscard]] QToolButton *button() const { return m_button; } ///< owned by who lays it out
    [[nodiscard]] bool isWatching() const;
    [[nodiscard]] bool isCapturing() const;
    [[nodiscard]] bool hasTray() const { return m_tray != nullptr; } ///< an icon is shown, from which the window can be opened again
    [[nodiscard]] QString statusText() const; ///< empty: not watching

    void setAllowed(bool allowed); ///< there is an organisation to watch, and nothing else runs
    void setWatching(bool watching);
    void captureNow();
    void setEvery(std::chrono::minutes every);
    [[nodiscard]] std::chrono::minutes every() const { return m_every; }
    void setWithEvents(bool withEvents);
    void restore(); ///< interval and choice of last time
    void save() const;

Q_SIGNALS:
    void changed(); ///< isWatching(), isCapturing() or statusText()
    void captured(const Orgtrace::Capture::Outcome &outcome);
    void ended(); ///< after a stop too
    void failed(const Orgtrace::Error &error); ///< the watch has ended by it
    void alarmed(const QString &text); ///< a snapshot of the watch has a change of high or critical severity
    void
    pushTroubled(const QString &text); ///< what was read did not get to a remote, or the remote was restored; not the same twice running
    void openRequested(); ///< from the tray
    void quitRequested();

private:
    void buildMenu();
    void refresh(); ///< and tells
    void refreshButton();
    void showTray(bool shown);
    void judge(const QString &snapshotId);
    [[nodiscard]] QIcon icon() const;

    Session &m_session;
    Clock &m_clock;
    WatchRun *m_run;
    QToolButton *m_button;
    QMenu *m_menu;
    QList<QAction *> m_intervals;
    QAction *m_events;
    QSystemTrayIcon *m_tray = nullptr;
    std::unique_ptr<QMenu> m_trayMenu;
    std::chrono::minutes m_every{15};
    bool m_withEvents = true;
    bool m_isAllowed = false;
    QString m_organisation; ///< key of the one watched
    QString m_pushTrouble; ///< of the last run of this watch
    QSet<QString> m_unjudged; ///< snapshots of this watch whose changes are not known yet
};

} // namespace Orgtrace::Ui
