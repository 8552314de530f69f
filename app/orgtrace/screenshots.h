#pragma once

#include "base/clock.h"
#include "base/error.h"

#include <QCoroTask>
#include <QObject>
#include <QStringList>

#include <functional>
#include <memory>
#include <optional>

class QTimer;
class QWidget;

namespace Orgtrace::Ui {
class MainWindow;
class Session;
} // namespace Orgtrace::Ui

namespace Orgtrace::App {

class TwinStore;

/// Writes every view of the window as PNG, light and dark. Each picture waits until nothing is being read or laid out, told by the session and the
/// views themselves, never for a length of time. Of a demo, a capture is run as well, and its permissions are asked for: nobody else is there to be asked.
/// Thread: GUI. Borrows session, window and clock.
class Screenshots final : public QObject
{
    Q_OBJECT
public:
    Screenshots(Ui::Session &session, Ui::MainWindow &window, Clock &clock, QString folder, bool isDemo, QObject *parent = nullptr);
    ~Screenshots() override;
    void start();

Q_SIGNALS:
    void finished(const QStringList &files);
    void failed(const Orgtrace::Error &error, const QString &whatWasKept);

private:
    struct Step {
        QString name;
        std::function<QWidget *()> prepare; ///< puts the view up, returns what is grabbed
        std::function<bool()> isReady = {}; ///< empty: once all is settled
    };
    void addAccessSteps(const QString &suffix, const std::function<QWidget *(bool isNarrow)> &view);
    void addCaptureSteps();
    void addOrganisationSteps();
    void openTwins(); ///< the window of a second store, with two organisations
    void next();
    void lookWhetherSettled();
    [[nodiscard]] bool isSettled() const;

    Ui::Session &m_session;
    Ui::MainWindow &m_window;
    Clock &m_clock;
    QString m_folder;
    const bool m_isDemo;
    QList<Step> m_steps;
    QStringList m_files;
    QWidget *m_subject = nullptr;
    qsizetype m_at = -1;
    int m_calm = 0;
    bool m_isDiffAwaited = false;
    std::unique_ptr<TwinStore> m_twins;
    std::unique_ptr<Ui::Session> m_twinSession;
    std::unique_ptr<Ui::MainWindow> m_twinWindow; ///< before its session
    std::optional<QCoro::Task<void>> m_making;
    QTimer *m_look;
};

/// Once the run shown is about half done, writes progress-light.png and progress-dark.png; afterwards does nothing.
void grabProgress(Ui::MainWindow &window, const QString &folder, double part);

} // namespace Orgtrace::App
