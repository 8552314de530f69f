// The window's part of comparing two organisations: the page that does it.
#include "mainwindow/mainwindow.h"

#include "orgcompare/orgcomparepage.h"
#include "orgcompare/orgdiffpane.h"
#include "session/session.h"

#include <QMenu>
#include <QStackedWidget>

namespace Orgtrace::Ui {

void MainWindow::connectOrganisations()
{
    m_pages->addWidget(m_organisations);
    const auto leave = [this] {
        m_organisationsShown = false;
        refreshPage();
    };
    connect(m_organisations, &OrgComparePage::closeRequested, this, leave);
    connect(&m_session, &Session::storeClosed, this, [this, leave] {
        m_organisations->close();
        leave();
    });
    const auto refreshStale = [this] {
        if (m_organisationsStale && m_organisationsShown && !m_organisations->isBusy()) {
            m_organisationsStale = false;
            m_organisations->open();
        }
    };
    connect(&m_session, &Session::timelineChanged, this, [this, refreshStale] {
        m_organisationsStale = m_organisationsShown && m_session.isOpen(); // a snapshot may have come
        refreshStale();
    });
    connect(m_organisations, &OrgComparePage::settled, this, refreshStale);
    connect(&m_organisations->differences(), &OrgDiffPane::settled, this, refreshStale);
}

void MainWindow::compareOrganisations()
{
    if (!m_session.isOpen()) {
        return;
    }
    m_identityShown = m_captureShown = false; // what runs there goes on
    m_organisationsShown = true;
    m_organisationsStale = false;
    m_organisations->open();
    refreshPage();
    m_organisations->setFocus(Qt::OtherFocusReason);
}

void MainWindow::addComparisonCommand(QMenu &menu)
{
    // The key is the window's; here it is only shown.
    menu.addAction(tr("Compare with another organisation …\tCtrl+Shift+O"), this, &MainWindow::compareOrganisations)
        ->setEnabled(m_session.isOpen());
}

} // namespace Orgtrace::Ui
