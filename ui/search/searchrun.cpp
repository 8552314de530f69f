#include "search/searchrun.h"

#include "session/session.h"

#include <chrono>

namespace Orgtrace::Ui {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

constexpr auto BetweenKeys = 60ms; ///< who types faster than this is not done yet
constexpr int HitsShown = 200;
constexpr int EventsShown = 100;

} // namespace

SearchRun::SearchRun(Session &session, QObject *parent) : QObject(parent), m_session(session)
{
    m_worker.setMaxThreadCount(1);
    m_pause.setSingleShot(true);
    m_pause.setInterval(BetweenKeys);
    connect(&m_pause, &QTimer::timeout, this, &SearchRun::start);
    connect(&session, &Session::storeClosed, this, &SearchRun::forget);
    connect(&session, &Session::organisationChanged, this, [this] {
        if (m_archiveOf != QString(m_session.folder() + u'\n' + m_session.organisationId())) {
            forget();
        }
    });
    const auto again = [this] {
        if (!m_state.isEmpty() && !m_state.link) {
            ask(m_state.typed); // another B, or more snapshots
        }
    };
    connect(&session, &Session::rangeChanged, this, again);
    connect(&session, &Session::timelineChanged, this, again);
}

SearchRun::~SearchRun()
{
    m_cancel.cancel();
    m_worker.waitForDone();
}

void SearchRun::forget()
{
    stop();
    SearchState none;
    none.typed = m_state.typed; // it still stands in the box, and is asked of what is opened next
    m_state = std::move(none);
    m_archiveOf.clear();
    if (m_archive) {
        m_worker.start([archive = std::move(m_archive)]() mutable { archive.reset(); }); // it may hold much: not on this thread
    }
    Q_EMIT changed();
}

void SearchRun::stop()
{
    ++m_job;
    m_pause.stop();
    m_cancel.cancel();
    m_state.isRunning = false;
}

void SearchRun::ask(const QString &typed)
{
    stop();
    const bool isMore = !m_state.isEmpty() && !typed.trimmed().isEmpty();
    m_state.typed = typed;
    m_state.isFormer = false;
    m_state.mistake.reset();
    m_state.link.reset();
    if (!isMore) {
        m_state.here.reset(); // otherwise what is on screen stays until there is something better
        m_state.ever.reset();
        m_state.audit.reset();
    }
    if (m_state.isEmpty() || !m_session.isOpen()) {
        Q_EMIT changed();
        return;
    }
    if (Search::Link::isLink(typed)) {
        m_state.here.reset();
        m_state.ever.reset();
        m_state.audit.reset();
        if (auto link = Search::Link::parse(typed)) {
            m_state.link = *std::move(link);
        } else {
            m_state.mistake = link.error();
        }
        Q_EMIT changed();
        return;
    }
    m_state.isRunning = true;
    m_state.isFormer = m_state.here || m_state.ever || m_state.audit;
    m_pause.start();
    Q_EMIT changed();
}

void SearchRun::take(int job, const std::function<void(SearchState &)> &change)
{
    if (job == m_job) {
        if (m_state.isFormer) { // the first answer to what is typed now takes the place of all former ones
            m_state.isFormer = false;
            m_state.here.reset();
            m_state.ever.reset();
            m_state.audit.reset();
        }
        change(m_state);
        Q_EMIT changed();
    }
}

void SearchRun::start()
{
    const Result<Search::Pattern> pattern = Search::Pattern::parse(m_state.typed);
    if (!pattern || m_session.organisationId().isEmpty()) {
        m_state.isRunning = m_state.isFormer = false;
        m_state.here.reset();
        m_state.ever.reset();
        m_state.audit.reset();
        if (!pattern) {
            m_state.mistake = pattern.error();
        }
        Q_EMIT changed();
        return;
    }
    const QString archiveOf = m_session.folder() + u'\n' + m_session.organisationId();
    if (!m_archive || archiveOf != m_archiveOf) {
        m_archive = std::make_shared<Search::Archive>(m_session.folder(), m_session.organisationId());
        m_archiveOf = archiveOf;
    }
    const QString snapshot = m_session.idB();
    const Evidence::SnapshotSummary *b = m_session.snapshot(snapshot);
    const QDateTime snapshotUtc = b ? b->observedUtc : QDateTime();
    const int job = ++m_job;
    m_cancel = CancellationSource();
    const auto tell = [this, job](std::function<void(SearchState &)> change) {
        QMetaObject::invokeMethod(this, [this, job, change = std::move(change)] { take(job, change); }, Qt::QueuedConnection);
    };
    const auto failed = [tell](const Error &error) {
        if (error.code != ErrorCode::Cancelled) {
            tell([error](SearchState &state) {
                state.mistake = error;
                state.isRunning = false;
            });
        }
    };
    m_worker.start([tell, failed, archive = m_archive, pattern = *pattern, token = m_cancel.token(), snapshot, snapshotUtc,
                    folder = m_session.folder(), organisation = m_session.organisationId()] {
        const auto found = [&](const QString &at, std::shared_ptr<const Search::Answer> SearchState::*where) {
            const auto show = [&](Search::Answer answer) {
                tell(
                    [where, snapshot, snapshotUtc, shared = std::make_shared<const Search::Answer>(std::move(answer))](SearchState &state) {
                        state.*where = shared;
                        state.snapshot = snapshot;
                        state.snapshotUtc = snapshotUtc;
                    });
            };
            auto answer = archive->find({pattern, at, HitsShown}, token, {}, show);
            if (!answer) {
                failed(answer.error());
                return false;
            }
            show(*std::move(answer));
            return true;
        };
        if (!snapshot.isEmpty() && !found(snapshot, &SearchState::here)) {
            return;
        }
        if (!found({}, &SearchState::ever)) {
            return;
        }
        std::shared_ptr<const Search::AuditAnswer> events;
        if (pattern.domains().isEmpty()) {
            auto audit = Search::findEvents(folder, organisation, pattern, EventsShown, token);
            if (!audit) {
                failed(audit.error());
                return;
            }
            events = std::make_shared<const Search::AuditAnswer>(*std::move(audit));
        }
        tell([events](SearchState &state) {
            state.audit = events;
            state.isRunning = false;
        });
    });
}

} // namespace Orgtrace::Ui
