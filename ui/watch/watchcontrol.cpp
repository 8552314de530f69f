#include "watch/watchcontrol.h"

#include "capture/capturewords.h"
#include "session/session.h"
#include "theme/theme.h"
#include "watch/watchrun.h"

#include <QAction>
#include <QActionGroup>
#include <QApplication>
#include <QMenu>
#include <QPainter>
#include <QSettings>
#include <QSvgRenderer>
#include <QSystemTrayIcon>
#include <QToolButton>

namespace Orgtrace::Ui {

using namespace Qt::StringLiterals;

namespace {
constexpr int Minutes[] = {5, 15, 60, 240, 1440};
constexpr int MessageMs = 15'000;

QString intervalText(int minutes)
{
    switch (minutes) {
    case 60: return WatchControl::tr("Every hour");
    case 1440: return WatchControl::tr("Every day");
    default: return minutes > 60 ? WatchControl::tr("Every %1 hours").arg(minutes / 60) : WatchControl::tr("Every %1 minutes").arg(minutes);
    }
}
} // namespace

WatchControl::WatchControl(Session &session, Clock &clock, QObject *parent) :
    QObject(parent), m_session(session), m_clock(clock), m_run(new WatchRun(this)), m_button(new QToolButton), m_menu(new QMenu(m_button)),
    m_events(nullptr)
{
    m_button->setProperty("bar", true);
    m_button->setText(tr("Watch"));
    m_button->setCheckable(true);
    m_button->setToolButtonStyle(Qt::ToolButtonTextOnly);
    m_button->setPopupMode(QToolButton::MenuButtonPopup);
    m_button->setFocusPolicy(Qt::StrongFocus);
    m_button->setAccessibleName(tr("Watch"));
    buildMenu();
    m_button->setMenu(m_menu);
    connect(m_button, &QToolButton::clicked, this, [this](bool checked) { setWatching(checked); });

    connect(m_run, &WatchRun::changed, this, &WatchControl::refresh);
    connect(m_run, &WatchRun::ran, this, [this](const Operations::Watch::Run &run) {
        if (run.capture) {
            m_unjudged.insert(run.capture->snapshot.id);
            Q_EMIT captured(*run.capture);
            QList<Evidence::Push> pushes = run.capture->pushes;
            if (run.audit && *run.audit) {
                pushes.append((*run.audit)->pushes);
            }
            const QString trouble = pushTroubleText(pushes);
            if (trouble != std::exchange(m_pushTrouble, trouble) && !trouble.isEmpty()) {
                Q_EMIT pushTroubled(trouble);
            }
        }
        refresh();
    });
    connect(m_run, &WatchRun::ended, this, [this](const std::optional<Error> &why) {
        showTray(false);
        refresh();
        if (why) {
            Q_EMIT failed(*why);
        }
        Q_EMIT ended();
    });
    connect(&session, &Session::tickChanged, this, &WatchControl::judge);
    const auto stopWhereGone = [this] {
        if (isWatching() && (!m_session.isOpen() || m_session.organisation().settingsName != m_organisation)) {
            setWatching(false);
        }
    };
    connect(&session, &Session::storeClosed, this, stopWhereGone);
    connect(&session, &Session::organisationChanged, this, stopWhereGone);
    refresh();
}

WatchControl::~WatchControl() = default;

void WatchControl::buildMenu()
{
    auto *group = new QActionGroup(this);
    for (const int minutes : Minutes) {
        QAction *action = m_menu->addAction(intervalText(minutes));
        action->setCheckable(true);
        action->setData(minutes);
        action->setChecked(minutes == m_every.count());
        group->addAction(action);
        connect(action, &QAction::triggered, this, [this, minutes] { setEvery(std::chrono::minutes(minutes)); });
        m_intervals.append(action);
    }
    m_menu->addSeparator();
    m_events = m_menu->addAction(tr("Capture soon after a change, too"));
    m_events->setCheckable(true);
    m_events->setChecked(m_withEvents);
    connect(m_events, &QAction::triggered, this, &WatchControl::setWithEvents);
}

bool WatchControl::isWatching() const
{
    return m_run->isRunning();
}

bool WatchControl::isCapturing() const
{
    return m_run->isRunning() && m_run->state().isCapturing;
}

QString WatchControl::statusText() const
{
    if (!isWatching()) {
        return {};
    }
    const Operations::Watch::State state = m_run->state();
    if (state.isCapturing) {
        return tr("capturing");
    }
    QString text = state.nextUtc.isValid() ? tr("next %1").arg(state.nextUtc.toLocalTime().time().toString(u"HH:mm"_s)) : tr("starting");
    switch (state.link) {
    case Operations::Watch::Link::Off: break;
    case Operations::Watch::Link::Opening: text += tr(" · connecting"); break;
    case Operations::Watch::Link::Open: text += tr(" · live"); break;
    case Operations::Watch::Link::PollingOnly: text += tr(" · asking each minute"); break;
    }
    return text;
}

void WatchControl::setAllowed(bool allowed)
{
    m_isAllowed = allowed;
    refreshButton(); // whoever says so knows
}

void WatchControl::setWatching(bool watching)
{
    const Session::Organisation organisation = m_session.organisation();
    if (watching && !m_run->isRunning() && m_session.isOpen() && !organisation.settingsName.isEmpty()) {
        m_organisation = organisation.settingsName;
        m_unjudged.clear();
        m_pushTrouble.clear();
        Operations::Watch::Settings settings;
        settings.organisation = organisation.settingsName;
        settings.rules.every = m_every;
        settings.withEvents = m_withEvents;
        m_run->start(m_session.sharedWorkspace(), m_clock, settings);
        showTray(true);
    } else if (!watching) {
        m_run->stop();
    }
    refresh();
}

void WatchControl::captureNow()
{
    m_run->captureNow();
}

void WatchControl::setEvery(std::chrono::minutes every)
{
    m_every = every;
    for (QAction *action : std::as_const(m_intervals)) {
        action->setChecked(action->data().toInt() == every.count());
    }
    refresh();
}

void WatchControl::setWithEvents(bool withEvents)
{
    m_withEvents = withEvents;
    m_events->setChecked(withEvents);
}

void WatchControl::restore()
{
    const QSettings settings;
    const int minutes = settings.value("watch/minutes"_L1, 15).toInt();
    setEvery(std::chrono::minutes(std::ranges::find(Minutes, minutes) != std::end(Minutes) ? minutes : 15));
    setWithEvents(settings.value("watch/events"_L1, true).toBool());
}

void WatchControl::save() const
{
    QSettings settings;
    settings.setValue("watch/minutes"_L1, static_cast<int>(m_every.count()));
    settings.setValue("watch/events"_L1, m_withEvents);
}

void WatchControl::refresh()
{
    refreshButton();
    if (m_tray) {
        m_tray->setToolTip(tr("Orgtrace watches %1: %2").arg(m_session.organisation().name, statusText()));
    }
    Q_EMIT changed();
}

void WatchControl::refreshButton()
{
    const bool watching = isWatching();
    m_button->setChecked(watching);
    m_button->setEnabled(watching || m_isAllowed);
    m_menu->setEnabled(!watching); // what is chosen holds from the next start on
    m_button->setToolTip(watching ? tr("Stop watching. What is captured stays.")
                                  : tr("%1, read the whole configuration and pull the audit trail. Needs client credentials.")
                                        .arg(intervalText(static_cast<int>(m_every.count()))));
}

QIcon WatchControl::icon() const
{
    QSvgRenderer renderer(Theme::isDark() ? u":/orgtrace/icons/watch-dark.svg"_s : u":/orgtrace/icons/watch-light.svg"_s);
    QIcon icon;
    for (const int size : {16, 22, 24, 32, 48, 64}) {
        QPixmap pixmap(size, size);
        pixmap.fill(Qt::transparent);
        QPainter painter(&pixmap);
        renderer.render(&painter);
        painter.end();
        icon.addPixmap(pixmap);
    }
    return icon;
}

void WatchControl::showTray(bool shown)
{
    if (!shown) {
        delete std::exchange(m_tray, nullptr);
        m_trayMenu.reset();
        return;
    }
    if (m_tray || !QSystemTrayIcon::isSystemTrayAvailable()) {
        return;
    }
    m_trayMenu = std::make_unique<QMenu>();
    connect(m_trayMenu->addAction(tr("Open Orgtrace")), &QAction::triggered, this, &WatchControl::openRequested);
    connect(m_trayMenu->addAction(tr("Capture now")), &QAction::triggered, this, &WatchControl::captureNow);
    connect(m_trayMenu->addAction(tr("Stop watching")), &QAction::triggered, this, [this] {
        Q_EMIT openRequested(); // or nothing would be left to see
        setWatching(false);
    });
    m_trayMenu->addSeparator();
    connect(m_trayMenu->addAction(tr("Quit")), &QAction::triggered, this, &WatchControl::quitRequested);
    m_tray = new QSystemTrayIcon(icon(), this);
    m_tray->setContextMenu(m_trayMenu.get());
    connect(m_tray, &QSystemTrayIcon::activated, this, [this](QSystemTrayIcon::ActivationReason reason) {
        if (reason == QSystemTrayIcon::Trigger || reason == QSystemTrayIcon::DoubleClick) {
            Q_EMIT openRequested();
        }
    });
    connect(m_tray, &QSystemTrayIcon::messageClicked, this, &WatchControl::openRequested);
    m_tray->show();
}

void WatchControl::judge(const QString &snapshotId)
{
    const Session::Tick tick = m_session.tick(snapshotId);
    if (!tick.known || !m_unjudged.remove(snapshotId) || !tick.worst || *tick.worst < Policy::Severity::High) {
        return;
    }
    const QString text = counted(tick.changes, tr("1 change since the snapshot before; the worst is %2."),
                                 tr("%1 changes since the snapshot before; the worst is %2."))
                             .arg(severityText(*tick.worst).toLower());
    if (m_tray && QSystemTrayIcon::supportsMessages()) {
        m_tray->showMessage(tr("Orgtrace: %1").arg(m_session.organisation().name), text,
                            *tick.worst == Policy::Severity::Critical ? QSystemTrayIcon::Critical : QSystemTrayIcon::Warning, MessageMs);
    }
    Q_EMIT alarmed(text);
}

} // namespace Orgtrace::Ui
