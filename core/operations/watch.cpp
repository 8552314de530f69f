#include "operations/watch.h"

#include "audit/coverage.h"
#include "base/digest.h"
#include "json/value.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace Orgtrace::Operations {

namespace {
using std::chrono::milliseconds;

constexpr size_t MostSeen = 50'000;
constexpr int LagSeconds = 15 * 60; ///< events arrive late (requirement 5.7)
constexpr int FirstPullHours = 24;

/// Domains whose entities are pinned, most critical first, and the entity type of their audit topic.
struct Pinned {
    QLatin1StringView domain, entityType;
};
constexpr Pinned PinnedDomains[] = {
    {"roles"_L1, "Role"_L1},
    {"oauth_clients"_L1, "OAuthClient"_L1},
    {"identity_providers"_L1, "IdentityProvider"_L1},
    {"integrations"_L1, "Integration"_L1},
    {"groups"_L1, "DirectoryGroup"_L1},
    {"trunk_base_settings"_L1, "TrunkBase"_L1},
    {"process_automation_triggers"_L1, "Trigger"_L1},
    {"flows"_L1, "Flow"_L1},
};

} // namespace

bool mayHeal(ErrorCode code)
{
    switch (code) {
    case ErrorCode::Unreachable:
    case ErrorCode::TlsFailed:
    case ErrorCode::TimedOut:
    case ErrorCode::Throttled:
    case ErrorCode::ServerFailed:
    case ErrorCode::BadResponse:
    case ErrorCode::MalformedJson:
    case ErrorCode::StaleCursor:
    case ErrorCode::Incomplete:
    case ErrorCode::TooLarge:
    case ErrorCode::NotOffered:
    case ErrorCode::StoreLocked:
    case ErrorCode::DiskFull:
    case ErrorCode::Io: return true;
    default: return false;
    }
}

Result<QStringList> pinnedTopics(const Evidence::Snapshot &snapshot, qsizetype most)
{
    QStringList topics;
    const auto add = [&topics, most](const QString &type, const QString &id) {
        const QString topic = Audit::auditTopic(type, id);
        if (!topic.isEmpty() && topics.size() < most) {
            topics.append(topic);
        }
    };
    const QString organisation = snapshot.summary().organisationId;
    add(u"AuthOrganization"_s, organisation);
    add(u"Organization"_s, organisation);
    for (const Pinned &pinned : PinnedDomains) {
        const Result<QStringList> ids = snapshot.entityIds(pinned.domain);
        if (!ids && ids.error().code != ErrorCode::NotFound) {
            return std::unexpected(ids.error());
        }
        for (const auto all = ids.value_or(QStringList()); const QString &id : all) {
            add(pinned.entityType, id);
        }
    }
    return topics;
}

Watch::Watch(Workspace &workspace, Clock &clock, Settings settings, Listeners listeners, CancellationToken cancel) :
    m_workspace(workspace), m_clock(clock), m_settings(std::move(settings)), m_listeners(std::move(listeners)), m_cancel(std::move(cancel)),
    m_plan(m_settings.rules, clock.monotonic())
{
    m_cancel.onCancelled(&m_context, [this] {
        m_stop.cancel();
        m_bell.ring();
        m_pollBell.ring();
    });
}

Watch::~Watch() = default;

void Watch::captureNow()
{
    m_plan.request();
    m_bell.ring();
}

void Watch::tell()
{
    if (m_listeners.changed) {
        m_listeners.changed(m_state);
    }
}

QCoro::Task<Result<void>> Watch::run()
{
    const Result<Evidence::OrganisationSettings> organisation = m_workspace.organisation(m_settings.organisation);
    if (!organisation) {
        co_return std::unexpected(organisation.error());
    }
    if (const Result<void> unattended = canRunUnattended(*organisation); !unattended) {
        co_return std::unexpected(unattended.error());
    }
    const Result<QStringList> watched = m_workspace.chosenDomains(m_settings.domains, m_settings.profile);
    if (!watched) {
        co_return std::unexpected(watched.error());
    }
    m_watched = QSet<QString>(watched->cbegin(), watched->cend());

    Result<void> outcome;
    while (outcome && !m_cancel.isCancelled()) {
        const milliseconds now = m_clock.monotonic();
        const WatchDecision decision = m_plan.decide(now);
        if (decision.isCapture) {
            auto capturing = captureOnce(decision);
            outcome = co_await capturing;
            continue;
        }
        m_state.nextUtc = m_clock.nowUtc().addMSecs((*decision.until - now).count());
        tell();
        m_bell.ringAt(m_clock, *decision.until);
        auto ringing = m_bell.rung();
        co_await ringing;
    }
    m_stop.cancel();
    m_pollBell.ring();
    if (m_listening) {
        co_await *m_listening;
    }
    if (m_polling) {
        co_await *m_polling;
    }
    co_return outcome;
}

QCoro::Task<Result<void>> Watch::captureOnce(WatchDecision decision)
{
    m_plan.started(decision, m_clock.monotonic());
    m_state.isCapturing = true;
    m_state.nextUtc = {};
    tell();
    const bool isAll = decision.domains.isEmpty();
    CaptureOptions options;
    options.trigger = decision.reason == WatchReason::Request ? u"hand"_s : watchReasonName(decision.reason);
    options.provesGrants
        = m_settings.provesGrants && (isAll ? m_watched.contains(Capture::GrantsDomain) : decision.domains.contains(Capture::GrantsDomain));
    auto capturing = m_workspace.capture(m_settings.organisation, isAll ? m_settings.domains : decision.domains, m_cancel,
                                         m_listeners.progressed, isAll ? m_settings.profile : QString(), options);
    Run run{decision, co_await capturing, {}};
    if (run.capture) {
        m_organisationId = run.capture->manifest.organisationId;
        m_lastSnapshot = run.capture->snapshot.id;
        QHash<QString, QDateTime> readFrom;
        for (const Evidence::LedgerRow &row : std::as_const(run.capture->manifest.ledger)) {
            if (row.state == Evidence::LedgerState::Complete && row.firstRequestUtc.isValid()) {
                readFrom.insert(row.domain, row.firstRequestUtc.addMSecs(row.clockOffsetMs));
            }
        }
        m_plan.ended(readFrom, m_clock.monotonic());
        if (!m_cancel.isCancelled()) {
            auto pulling = pullAlong();
            run.audit = co_await pulling;
        }
    } else {
        m_plan.failed(m_clock.monotonic());
    }
    m_state.isCapturing = false;
    const bool isCancelled = !run.capture && run.capture.error().code == ErrorCode::Cancelled;
    if (!isCancelled && m_listeners.ran) {
        m_listeners.ran(run);
    }
    if (!run.capture && !isCancelled && !mayHeal(run.capture.error().code)) {
        co_return std::unexpected(run.capture.error());
    }
    if (run.capture && m_settings.withEvents && !m_client && !m_cancel.isCancelled()) {
        auto making = m_workspace.client(m_settings.organisation, m_stop.token());
        Result<std::unique_ptr<Genesys::ApiClient>> made = co_await making;
        if (!made) {
            co_return std::unexpected(made.error());
        }
        m_client = std::move(*made);
        startListening();
    }
    co_return Result<void>();
}

QCoro::Task<Result<Workspace::AuditOutcome>> Watch::pullAlong()
{
    const Result<QList<Evidence::AuditWindow>> windows = m_workspace.store().auditWindows(m_organisationId);
    if (!windows) {
        co_return std::unexpected(windows.error());
    }
    const Result<Evidence::SnapshotSummary> snapshot = m_workspace.store().resolve(m_lastSnapshot);
    if (!snapshot) {
        co_return std::unexpected(snapshot.error());
    }
    // The pull itself ends at the server's present; the snapshot's time is the server's already.
    QDateTime from = Audit::completeTo(*windows, std::chrono::hours(24));
    if (!from.isValid()) {
        from = snapshot->observedUtc.addSecs(-FirstPullHours * 3600LL);
    }
    from = std::max(from, snapshot->observedUtc.addDays(-364));
    auto pulling = m_workspace.pullAudit(m_settings.organisation, from, snapshot->observedUtc.addDays(1), m_cancel, {});
    co_return co_await pulling;
}

void Watch::startListening()
{
    m_realtime = std::make_unique<Audit::RealtimeQuery>(*m_client, m_workspace.clock());
    m_polling = poll();
    m_listening = listen();
}

void Watch::take(const Audit::Trigger &trigger)
{
    if (m_seen.contains(trigger.id)) {
        return;
    }
    m_seen.insert(trigger.id);
    m_seenOrder.push_back(trigger.id);
    if (m_seenOrder.size() > MostSeen) {
        m_seen.remove(m_seenOrder.front());
        m_seenOrder.pop_front();
    }
    QStringList domains;
    for (const Audit::Target &target : trigger.targets) {
        if (m_watched.contains(target.domain) && !domains.contains(target.domain)) {
            domains.append(target.domain);
        }
    }
    if (m_plan.changed(domains, trigger.timeUtc, m_clock.monotonic())) {
        ++m_state.changes;
        tell();
        m_bell.ring();
    }
}

QCoro::Task<void> Watch::poll()
{
    QDateTime answeredUtc; // up to when the query has told everything that was there by then
    while (!m_stop.token().isCancelled()) {
        if (!answeredUtc.isValid()) {
            auto signing = m_client->signIn(); // the server's clock decides what has happened since the capture
            const Result<void> signedIn = co_await signing;
            answeredUtc = signedIn ? m_realtime->serverNow() : QDateTime();
        }
        if (answeredUtc.isValid()) {
            m_isPollWanted = false;
            const QDateTime askedUtc = m_realtime->serverNow(); // before: the answer may teach another clock
            auto asking = m_realtime->ask(answeredUtc.addSecs(-LagSeconds));
            const Result<QList<Audit::Trigger>> found = co_await asking;
            if (found) {
                answeredUtc = std::max(answeredUtc, askedUtc);
                for (const Audit::Trigger &trigger : *found) {
                    take(trigger);
                }
            } else if (!m_stop.token().isCancelled()) {
                if (m_listeners.troubled) {
                    m_listeners.troubled(found.error());
                }
                if (!mayHeal(found.error().code) || found.error().code == ErrorCode::NotOffered) {
                    co_return; // the schedule goes on; what is wrong with sign-in its captures tell
                }
            }
        }
        const milliseconds next = m_clock.monotonic() + m_settings.pollEvery;
        while (m_clock.monotonic() < next && !m_isPollWanted && !m_stop.token().isCancelled()) {
            m_pollBell.ringAt(m_clock, next);
            auto ringing = m_pollBell.rung();
            co_await ringing;
        }
    }
}

QCoro::Task<void> Watch::listen()
{
    const auto quit = [this](const Error &error) {
        m_state.link = Link::PollingOnly;
        tell();
        if (m_listeners.troubled) {
            m_listeners.troubled(error);
        }
    };
    const Result<Evidence::Snapshot> snapshot = m_workspace.store().snapshot(m_lastSnapshot);
    const Result<QStringList> topics = snapshot ? pinnedTopics(*snapshot, m_settings.mostTopics) : std::unexpected(snapshot.error());
    const Result<Evidence::OrganisationSettings> organisation = m_workspace.organisation(m_settings.organisation);
    if (!topics || !organisation) {
        quit(topics ? organisation.error() : topics.error());
        co_return;
    }
    const Result<Genesys::Endpoints> endpoints = Genesys::endpoints(organisation->region, organisation->apiUrl, organisation->loginUrl);
    if (!endpoints) {
        quit(endpoints.error());
        co_return;
    }
    m_channel = std::make_unique<Genesys::NotificationChannel>(
        *m_client, m_clock, Genesys::NotificationChannel::Settings{.endpoints = *endpoints, .topics = *topics}, m_stop.token());
    m_state.link = Link::Opening;
    tell();
    QObject::connect(m_channel.get(), &Genesys::NotificationChannel::opened, &m_context, [this] {
        m_state.link = Link::Open;
        tell();
        m_isPollWanted = true; // whatever happened while nobody listened
        m_pollBell.ring();
    });
    QObject::connect(m_channel.get(), &Genesys::NotificationChannel::lost, &m_context, [this](const Error &why) {
        m_state.link = Link::Opening;
        tell();
        if (m_listeners.troubled && why.code != ErrorCode::Cancelled) {
            m_listeners.troubled(why);
        }
    });
    QObject::connect(m_channel.get(), &Genesys::NotificationChannel::notified, &m_context, [this](const Genesys::Notification &one) {
        const auto document = Json::parse(view(one.body));
        if (const Result<Audit::Trigger> trigger = document ? Audit::readTrigger(document->root()) : std::unexpected(document.error())) {
            take(*trigger);
        }
    });
    auto listening = m_channel->run();
    const Result<void> ended = co_await listening;
    m_state.link = ended ? Link::Off : Link::PollingOnly;
    tell();
}

} // namespace Orgtrace::Operations
