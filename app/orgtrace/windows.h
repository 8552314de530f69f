#pragma once

#include "base/clock.h"
#include "credentials/credentialstore.h"

#include <QObject>

#include <memory>

namespace Orgtrace::Demo {
class Run;
}
namespace Orgtrace::Ui {
class MainWindow;
class Session;
} // namespace Orgtrace::Ui

namespace Orgtrace::App {

/// What the program was asked for.
struct Request {
    QString store; ///< folder to open; empty: none
    QString link; ///< where to go, in a store that was open on this machine before; then `store` is empty
    bool demo = false;
    QString report; ///< write the report of the range shown there, and end unless a window is asked for
    QString screenshots; ///< write every view there, and end
    bool wantsWindow = true;
};

/// The program's one window with the session behind it, and the demo's run where that is what feeds it. A demo replaces session and window: its clock
/// and keys are its own.
/// Thread: GUI.
class Windows final : public QObject
{
    Q_OBJECT
public:
    explicit Windows(Request request, QObject *parent = nullptr);
    ~Windows() override;
    void start();

private:
    void makeWindow(Clock &clock, Credentials::CredentialStore &credentials);
    void startDemo();
    void endDemo(); ///< back to the machine's clock and keys, with an empty window
    void openStore(const QString &folder);
    void demoFinished(const QString &storeFolder);
    void opened(); ///< ticks are known, the range is chosen
    void selectIncident(); ///< the demo knows what its insider did
    void writeReport();
    void takeScreenshots();
    void fail(const Error &error, const QString &whatWasKept);

    Request m_request;
    SystemClock m_systemClock;
    std::unique_ptr<Credentials::CredentialStore> m_credentials;
    std::unique_ptr<Demo::Run> m_demo;
    std::unique_ptr<Ui::Session> m_session;
    std::unique_ptr<Ui::MainWindow> m_window;
    bool m_isReady = false;
    bool m_isIncidentSought = false;
};

} // namespace Orgtrace::App
