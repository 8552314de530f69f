#include "mainwindow/mainwindow.h"
#include "mainwindow/messagebar.h"
#include "mainwindow/statusrow.h"
#include "progress/workspacerun.h"
#include "session/session.h"
#include "watch/watchcontrol.h"

namespace Orgtrace::Ui {

/// What a watch does to the window: words in the status row, the new snapshot on the timeline, and a message where something serious changed.
void MainWindow::connectWatch()
{
    connect(m_watch, &WatchControl::changed, this, [this] {
        m_status->setWatch(m_watch->statusText());
        refreshTools();
    });
    connect(m_watch, &WatchControl::captured, this, [this] { m_session.reload(); });
    connect(m_watch, &WatchControl::ended, this, [this] {
        refreshTools();
        if (m_closeWhenEnded && !m_run->isRunning()) {
            close();
        }
    });
    connect(m_watch, &WatchControl::failed, this, [this](const Error &error) {
        showAgain(); // nobody may believe that it still watches
        showProblem(error, tr("Watching has ended; what was captured is kept."));
    });
    connect(m_watch, &WatchControl::alarmed, this,
            [this](const QString &text) { m_messages->showMessage(MessageBar::Kind::Problem, text); });
    connect(m_watch, &WatchControl::pushTroubled, this,
            [this](const QString &text) { m_messages->showMessage(MessageBar::Kind::Problem, text); });
    connect(m_watch, &WatchControl::openRequested, this, &MainWindow::showAgain);
    connect(m_watch, &WatchControl::quitRequested, this, [this] {
        m_quits = true;
        close();
    });
}

void MainWindow::showAgain()
{
    if (isHidden()) {
        show();
    }
    raise();
    activateWindow();
}

} // namespace Orgtrace::Ui
