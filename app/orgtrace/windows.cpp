#include "orgtrace/windows.h"

#include "demo/demo.h"
#include "mainwindow/mainwindow.h"
#include "orgtrace/screenshots.h"
#include "progress/progresspanel.h"
#include "session/session.h"

#include <QCoreApplication>
#include <QDir>
#include <QFileInfo>
#include <QProcessEnvironment>

#include <cstdio>

namespace Orgtrace::App {

using namespace Qt::StringLiterals;

namespace {

void say(const QString &text)
{
    std::fprintf(stderr, "%s\n", qUtf8Printable(text));
}

std::unique_ptr<Credentials::CredentialStore> systemCredentials()
{
    std::vector<std::unique_ptr<Credentials::CredentialStore>> places;
    const QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    const QString directory = environment.value(u"CREDENTIALS_DIRECTORY"_s);
    if (!directory.isEmpty()) {
        places.push_back(Credentials::credentialsDirectory(directory));
    }
    places.push_back(Credentials::environment(environment));
    places.push_back(Credentials::keychain());
    return Credentials::chain(std::move(places));
}

} // namespace

Windows::Windows(Request request, QObject *parent) : QObject(parent), m_request(std::move(request)), m_credentials(systemCredentials()) { }

Windows::~Windows()
{
    m_window.reset(); // views before the session they watch, the session before the clock and keys it borrows
    m_session.reset();
    m_demo.reset();
}

void Windows::start()
{
    const bool needsDemo
        = m_request.demo || (m_request.store.isEmpty() && (!m_request.screenshots.isEmpty() || !m_request.report.isEmpty()));
    if (needsDemo) {
        startDemo();
        return;
    }
    makeWindow(m_systemClock, *m_credentials);
    if (!m_request.store.isEmpty()) {
        openStore(m_request.store);
    } else if (!m_request.link.isEmpty()) {
        m_window->openLink(m_request.link);
    }
}

void Windows::openStore(const QString &folder)
{
    if (m_demo) {
        endDemo();
    }
    m_window->showOpening(folder);
    m_session->openStore(folder);
}

void Windows::endDemo()
{
    Demo::Run *ended = m_demo.release();
    makeWindow(m_systemClock, *m_credentials); // what borrows the demo's clock goes before the demo
    ended->deleteLater();
}

void Windows::makeWindow(Clock &clock, Credentials::CredentialStore &credentials)
{
    // The old window goes only once the new one is there, and before the session it watches: an application without a window would end.
    const std::unique_ptr<Ui::Session> oldSession = std::move(m_session);
    const std::unique_ptr<Ui::MainWindow> oldWindow = std::move(m_window);
    m_isReady = false;
    m_isIncidentSought = m_demo != nullptr || !m_request.screenshots.isEmpty() || !m_request.report.isEmpty();
    m_session = std::make_unique<Ui::Session>(clock, credentials);
    m_window = std::make_unique<Ui::MainWindow>(*m_session, m_systemClock);
    m_window->setAttribute(Qt::WA_QuitOnClose);
    connect(m_window.get(), &Ui::MainWindow::demoRequested, this, &Windows::startDemo, Qt::QueuedConnection);
    connect(
        m_window.get(), &Ui::MainWindow::storeChosen, this,
        [this](const QString &folder) {
            const QString link = m_window->takeWantedLink();
            openStore(folder); // by another window, where this one's is a demo
            if (!link.isEmpty()) {
                m_window->openLink(link);
            }
        },
        Qt::QueuedConnection);
    connect(m_window.get(), &Ui::MainWindow::progressCancelled, this, [this] {
        if (m_demo) {
            m_demo->cancel();
        }
    });
    connect(m_session.get(), &Ui::Session::tickChanged, this, [this] {
        if (m_session->areTicksComplete()) {
            opened();
        }
    });
    connect(
        m_session.get(), &Ui::Session::timelineChanged, this,
        [this] {
            if (m_session->isOpen() && m_session->timeline().size() < 2) {
                opened(); // there are no ticks to wait for
            }
        },
        Qt::QueuedConnection);
    connect(m_session.get(), &Ui::Session::failed, this, &Windows::fail);
    if (m_request.wantsWindow) {
        if (m_request.screenshots.isEmpty()) {
            m_window->restoreLayout();
        }
        m_window->show();
    }
}

void Windows::startDemo()
{
    if (m_window && m_session && m_session->isOpen()) {
        return; // only offered while nothing is open
    }
    m_demo = std::make_unique<Demo::Run>(m_request.demo && !m_request.store.isEmpty() ? m_request.store : QString());
    makeWindow(m_demo->clock(), m_demo->credentials());
    m_window->setNotice(tr("Simulated organisation"));
    Ui::ProgressPanel &panel = m_window->showProgress(tr("Capturing a simulated month"),
                                                      tr("The demo organisation lives on this machine only. Every request is real HTTP, "
                                                         "every snapshot is signed and kept as in earnest."));
    connect(m_demo.get(), &Demo::Run::progressed, &panel,
            [this, &panel, told = -1](const Capture::Progress &progress, int done, int total) mutable {
                panel.showCapture(progress, done, total);
                if (!m_request.wantsWindow && done != told) {
                    told = done;
                    say(tr("demo: snapshot %1 of %2").arg(std::min(done + 1, total)).arg(total));
                }
                if (!m_request.screenshots.isEmpty()) {
                    grabProgress(*m_window, m_request.screenshots, panel.part());
                }
            });
    // Queued: the run's coroutine must have ended before anything is taken down.
    connect(m_demo.get(), &Demo::Run::finished, this, &Windows::demoFinished, Qt::QueuedConnection);
    connect(
        m_demo.get(), &Demo::Run::failed, this,
        [this](const Error &error) {
            endDemo();
            if (error.code == ErrorCode::Cancelled) {
                return; // the welcome page is back
            }
            m_window->showProblem(error, tr("No demo store was kept."));
            fail(error, tr("No demo store was kept."));
        },
        Qt::QueuedConnection);
    m_demo->start();
}

void Windows::demoFinished(const QString &storeFolder)
{
    m_window->hideProgress();
    m_session->openStore(storeFolder);
}

void Windows::opened()
{
    if (m_isReady) {
        return;
    }
    m_isReady = true;
    if (m_isIncidentSought) {
        m_session->setRangeToIncident();
    }
    if (m_demo) {
        connect(m_session.get(), &Ui::Session::findingsChanged, this, &Windows::selectIncident, Qt::QueuedConnection);
        selectIncident();
    }
    if (!m_request.report.isEmpty()) {
        writeReport();
    } else if (!m_request.screenshots.isEmpty()) {
        takeScreenshots();
    }
}

void Windows::selectIncident()
{
    const Ui::Session::Findings findings = m_session->findings();
    if (!findings || !m_demo) {
        return; // still being compared
    }
    disconnect(m_session.get(), &Ui::Session::findingsChanged, this, &Windows::selectIncident); // once; afterwards the user selects
    const QList<Sandbox::ScriptedChange> script = m_demo->sandbox().script();
    for (const Sandbox::ScriptedChange &scripted : script) {
        if (!scripted.incident || scripted.undone) {
            continue;
        }
        for (int i = 0; i < findings->findings.size(); ++i) {
            const Policy::JudgedChange &judged = findings->findings.at(i).judged;
            if (judged.change.domain == scripted.domain && judged.change.entity == scripted.entity
                && judged.verdict.severity == Policy::Severity::Critical && judged.change.kind == Compare::ChangeKind::Modified) {
                m_session->setCurrentFinding(i);
                return;
            }
        }
    }
}

void Windows::writeReport()
{
    if (!m_session->findings()) {
        if (!m_session->isComputing()) {
            fail(Error{ErrorCode::BadInput, u"the store holds fewer than two snapshots: there is no range to report on"_s, {}}, {});
            return;
        }
        connect(m_session.get(), &Ui::Session::findingsChanged, this, &Windows::writeReport,
                Qt::ConnectionType(Qt::QueuedConnection | Qt::SingleShotConnection));
        return;
    }
    connect(
        m_session.get(), &Ui::Session::reportWritten, this,
        [this](const QString &file) {
            say(tr("report: %1").arg(QDir::toNativeSeparators(file)));
            if (!m_request.screenshots.isEmpty()) {
                takeScreenshots();
            } else if (!m_request.wantsWindow) {
                QCoreApplication::exit(0);
            }
        },
        Qt::SingleShotConnection);
    m_session->exportReport(QFileInfo(m_request.report).absoluteFilePath());
}

void Windows::takeScreenshots()
{
    auto *screenshots = new Screenshots(*m_session, *m_window, m_systemClock, m_request.screenshots, m_demo != nullptr, this);
    connect(screenshots, &Screenshots::finished, this, [](const QStringList &files) {
        for (const QString &file : files) {
            say(tr("screenshot: %1").arg(QDir::toNativeSeparators(file)));
        }
        QCoreApplication::exit(0);
    });
    connect(screenshots, &Screenshots::failed, this, &Windows::fail);
    screenshots->start();
}

void Windows::fail(const Error &error, const QString &whatWasKept)
{
    const bool isUnattended = !m_request.wantsWindow || !m_request.screenshots.isEmpty() || !m_request.report.isEmpty();
    if (isUnattended && error.code != ErrorCode::Cancelled) {
        say(u"orgtrace: "_s + Ui::errorText(error) + (whatWasKept.isEmpty() ? QString() : u' ' + whatWasKept));
        QCoreApplication::exit(exitStatus(error.code));
    }
}

} // namespace Orgtrace::App
