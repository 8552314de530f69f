#pragma once

#include "audit/realtime.h"
#include "base/bell.h"
#include "genesys/notifications.h"
#include "operations/watchplan.h"
#include "operations/workspace.h"

#include <QCoroTask>

#include <deque>
#include <functional>
#include <memory>

namespace Orgtrace::Operations {

/// Whether a failed run may heal by waiting: the network, the platform, a store somebody else writes, a full disk. Not: sign-in, settings, keys, integrity.
[[nodiscard]] bool mayHeal(ErrorCode code);

/// The topics worth a subscription: the audit topic for each entity of a snapshot that says who may do what, or through which gateways data leaves, in
/// that order, cut at `most`. Source: API sections 7.1 (no wildcards) and 7.4.
[[nodiscard]] Result<QStringList> pinnedTopics(const Evidence::Snapshot &snapshot, qsizetype most);

/// Captures on a schedule and, where asked for, soon after a change, and pulls the audit trail along, until cancelled.
///
/// Changes are learnt from the notification socket (pinned entities) and from the real-time audit query, asked each minute and at once after
/// the socket was away, always back to a quarter of an hour before it last answered, because events arrive late. Both are triggers only; evidence is the capture and the audit pull.
/// Thread: the workspace's. Borrows workspace, and the clock it waits by (the workspace's own may be one that is moved by hand). A run that may heal is tried again with growing waits; so the watch outlives the network.
class Watch
{
public:
    struct Settings {
        QString organisation;
        QStringList domains; ///< as Workspace::capture()
        QString profile;
        WatchRules rules;
        bool withEvents = false;
        bool provesGrants = false; ///< in each capture that asks for the grants
        std::chrono::milliseconds pollEvery = std::chrono::minutes(1);
        qsizetype mostTopics = 800;
    };
    /// One capture, told when it and its audit pull have ended.
    struct Run {
        WatchDecision why;
        Result<Capture::Outcome> capture;
        std::optional<Result<Workspace::AuditOutcome>> audit; ///< only after a snapshot
    };
    enum class Link { Off, Opening, Open, PollingOnly }; ///< how changes are learnt; PollingOnly: the platform refuses a channel
    struct State {
        bool isCapturing = false;
        QDateTime nextUtc; ///< of the next decision that is known, by our clock; invalid while capturing
        Link link = Link::Off;
        qint64 changes = 0; ///< that concerned what is watched, since the start
    };
    /// Called in the workspace's thread; each may be left out, and may cancel.
    struct Listeners {
        std::function<void(const Run &)> ran;
        std::function<void(const State &)> changed;
        std::function<void(const Capture::Progress &)> progressed;
        std::function<void(const Error &)> troubled; ///< of the channel or the polling; the watch goes on
    };

    Watch(Workspace &workspace, Clock &clock, Settings settings, Listeners listeners, CancellationToken cancel);
    ~Watch(); ///< @pre run() has ended

    /// Ends when cancelled, after the capture under way has ended (it is cancelled too, and leaves the store as it was).
    /// Errors: NeedsPerson (a grant that cannot run unattended), BadInput, and what mayHeal() denies.
    [[nodiscard]] QCoro::Task<Result<void>> run();
    void captureNow();
    [[nodiscard]] State state() const { return m_state; }

private:
    QCoro::Task<Result<void>> captureOnce(WatchDecision decision);
    QCoro::Task<Result<Workspace::AuditOutcome>> pullAlong();
    QCoro::Task<void> poll();
    QCoro::Task<void> listen();
    void startListening();
    void take(const Audit::Trigger &trigger);
    void tell();

    Workspace &m_workspace;
    Clock &m_clock;
    const Settings m_settings;
    const Listeners m_listeners;
    const CancellationToken m_cancel;
    CancellationSource m_stop; ///< of the listening, which ends with the watch whatever ended it
    QObject m_context;
    Bell m_bell, m_pollBell;
    WatchPlan m_plan;
    State m_state;
    QSet<QString> m_watched;
    std::unique_ptr<Genesys::ApiClient> m_client;
    std::unique_ptr<Genesys::NotificationChannel> m_channel;
    std::unique_ptr<Audit::RealtimeQuery> m_realtime;
    std::optional<QCoro::Task<void>> m_polling, m_listening;
    bool m_isPollWanted = false;
    QSet<QString> m_seen; ///< ids of events; bounded by m_seenOrder
    std::deque<QString> m_seenOrder;
    QString m_organisationId, m_lastSnapshot;
};

} // namespace Orgtrace::Operations
