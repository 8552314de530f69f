// The window's part of a person's sign-in: the browser is opened, the message bar waits with it.
#include "mainwindow/mainwindow.h"

#include "access/accesspage.h"
#include "mainwindow/messagebar.h"
#include "progress/workspacerun.h"

#include <QDesktopServices>
#include <QUrl>

namespace Orgtrace::Ui {

void MainWindow::setBrowser(std::function<bool(const QUrl &page)> open)
{
    m_openBrowser = std::move(open);
}

void MainWindow::connectSignIn()
{
    m_openBrowser = &QDesktopServices::openUrl;
    for (const WorkspaceRun *run : {m_run, m_check, &m_access->crossCheckRun()}) {
        connect(run, &WorkspaceRun::signInNeeded, this, [this](const QUrl &page) {
            m_signInPage = page;
            m_isSignInOpened = m_openBrowser(page);
            showSignIn();
        });
        connect(run, &WorkspaceRun::signInEnded, this, [this] {
            if (m_messages->text() == m_signInText) {
                m_messages->dismiss(); // only its own message
            }
            m_signInPage.clear();
            m_signInText.clear();
        });
        connect(run, &WorkspaceRun::signInRefused, this, [this](const QString &why) { showSignIn(why); });
        connect(run, &WorkspaceRun::signInExpiring, this, [this](qint64 secondsLeft) {
            m_messages->showMessage(
                MessageBar::Kind::Note,
                tr("Your sign-in ends in %1 minutes and cannot be renewed silently. The browser will then ask you to sign in "
                   "again; the run goes on after that.")
                    .arg(std::max<qint64>(1, secondsLeft / 60)));
        });
    }
}

void MainWindow::showSignIn(const QString &turnedAway)
{
    if (m_signInPage.isEmpty()) {
        return;
    }
    m_signInText = m_isSignInOpened
        ? tr("Sign in with the browser that was just opened. Orgtrace goes on as soon as the sign-in page leads back.")
        : tr("The browser could not be opened. Open this address on this machine to sign in: %1")
              .arg(QString::fromLatin1(m_signInPage.toEncoded()));
    if (!turnedAway.isEmpty()) {
        m_signInText += u' ' + tr("Something else answered and was turned away: %1.").arg(turnedAway);
    }
    m_messages->showMessage(turnedAway.isEmpty() ? MessageBar::Kind::Note : MessageBar::Kind::Problem, m_signInText,
                            tr("Open browser again"), [this] {
                                m_isSignInOpened = m_openBrowser(m_signInPage);
                                showSignIn();
                            });
    m_messages->setSecondAction(tr("Cancel"), [this] {
        m_run->cancel();
        m_check->cancel();
        m_access->crossCheckRun().cancel();
    });
}

} // namespace Orgtrace::Ui
