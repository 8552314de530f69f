#include "audit/query.h"

#include "base/digest.h"
#include "genesys/listing.h"
#include "json/node.h"

#include <QSet>

using namespace Qt::StringLiterals;

namespace Orgtrace::Audit {

using std::chrono::milliseconds;

namespace {
constexpr qint64 WindowMs = qint64(24) * 3600 * 1000;
constexpr int RetentionDays = 365;
constexpr milliseconds MostPolling = std::chrono::minutes(15);
constexpr qsizetype MostEventsAWindow = 2'000'000;
constexpr int Lanes = 4; ///< windows under way at once: most of a window is waiting for the platform

struct Page {
    QList<Event> events;
    int unreadable = 0;
};

constexpr int LagSeconds = 15 * 60;

QByteArray queryBody(const QDateTime &fromUtc, const QDateTime &toUtc, const QString &service)
{
    Json::Node body;
    body["interval"] = Json::Node(QString(isoUtc(fromUtc) + u'/' + isoUtc(toUtc)));
    if (!service.isEmpty()) {
        body["serviceName"] = Json::Node(service);
    }
    Json::Node order;
    order["name"] = Json::Node(QStringLiteral("Timestamp"));
    order["sortOrder"] = Json::Node(QStringLiteral("ascending"));
    body["sort"].append(std::move(order));
    return body.compactText();
}

struct Status {
    QString id, state;
};
Result<Status> readStatus(const QByteArray &body)
{
    const auto document = Json::parse(view(body), {.maxBytes = 4LL * 1024 * 1024, .maxDepth = 64, .refuseDuplicateKeys = false});
    if (!document || !document->root()["id"].isString() || !document->root()["state"].isString()) {
        return Error::make(ErrorCode::BadResponse, QStringLiteral("the audit query was answered without id and state"));
    }
    return Status{document->root()["id"].toQString(), document->root()["state"].toQString()};
}

class Puller
{
public:
    Puller(Genesys::ApiClient &client, Clock &clock, const Redaction::Redactor &redactor, CancellationToken cancel) :
        m_client(client), m_clock(clock), m_redactor(redactor), m_cancel(std::move(cancel))
    {
    }
    QCoro::Task<Result<Pull>> pull(QDateTime fromUtc, QDateTime toUtc, std::function<void(int, int, qint64)> progress);

private:
    /// One query from submission to its last page. The window says how it ended; an Error says why it did not.
    QCoro::Task<Result<void>> query(Evidence::AuditWindow *window, QString service);
    QCoro::Task<Result<QString>> settled(QByteArray path, QString state);
    QCoro::Task<Result<void>> readResults(Evidence::AuditWindow *window, QByteArray path);
    QCoro::Task<Result<QStringList>> services();
    QCoro::Task<Result<void>> readWindow(int number);
    QCoro::Task<void> lane();
    [[nodiscard]] QDateTime serverNow() const { return m_clock.nowUtc().addMSecs(m_client.serverClockOffsetMs()); }

    Genesys::ApiClient &m_client;
    Clock &m_clock;
    const Redaction::Redactor &m_redactor;
    CancellationToken m_cancel;
    Pull m_pull;
    QSet<QString> m_ids;
    QStringList m_services; ///< empty: one query for all
    QDateTime m_fromUtc, m_toUtc;
    std::vector<QList<Evidence::AuditWindow>> m_windows; ///< by number, whatever order they end in
    int m_next = 0, m_done = 0;
    std::function<void(int, int, qint64)> m_progress;
};

QCoro::Task<Result<QString>> Puller::settled(QByteArray path, QString state)
{
    const milliseconds start = m_clock.monotonic();
    milliseconds step{1000};
    while (state == QLatin1StringView("Queued") || state == QLatin1StringView("Running")) {
        if (m_clock.monotonic() - start >= MostPolling) {
            co_return QStringLiteral("pending");
        }
        for (milliseconds left = step; left.count() > 0 && !m_cancel.isCancelled(); left -= std::min(left, milliseconds(250))) {
            auto sleeping = m_clock.sleepFor(std::min(left, milliseconds(250)));
            co_await sleeping;
        }
        step = step < milliseconds(2000) ? milliseconds(2000) : milliseconds(5000);
        if (m_cancel.isCancelled()) {
            co_return Error::make(ErrorCode::Cancelled, QStringLiteral("Cancelled."));
        }
        const auto asked = Genesys::ApiRequest::allow(Genesys::Method::Get, path);
        if (!asked) {
            co_return std::unexpected(asked.error());
        }
        auto sending = m_client.send(*asked);
        const Result<Genesys::ApiReply> reply = co_await sending;
        if (!reply) {
            co_return std::unexpected(reply.error());
        }
        const Result<Status> status = readStatus(reply->body);
        if (!status) {
            co_return std::unexpected(status.error());
        }
        state = status->state;
    }
    co_return Result<QString>(state);
}

QCoro::Task<Result<void>> Puller::readResults(Evidence::AuditWindow *window, QByteArray path)
{
    Genesys::ListingRequest request;
    request.path = path + "/results";
    request.query = {{QStringLiteral("expand"), QStringLiteral("user")}};
    request.style = Genesys::PagingStyle::Cursor;
    request.pageSize = 500;
    request.maxItems = MostEventsAWindow;
    request.duplicatesAllowed = true;
    request.keepItems = false;
    request.work = [&redactor = m_redactor](const Genesys::Page &page) -> std::shared_ptr<void> {
        auto out = std::make_shared<Page>();
        for (const Json::Value item : page.items) {
            auto event = readEvent(item, redactor);
            if (event) {
                out->events.append(std::move(*event));
            } else {
                ++out->unreadable;
            }
        }
        return out;
    };
    auto reading = Genesys::readListing(m_client, std::move(request));
    const Result<Genesys::Listing> listing = co_await reading;
    if (!listing) {
        co_return std::unexpected(listing.error());
    }
    int unreadable = 0;
    for (const Genesys::Page &page : listing->pages) {
        const auto worked = std::static_pointer_cast<Page>(page.worked);
        unreadable += worked->unreadable + static_cast<int>(page.broken.size());
        for (const Event &event : std::as_const(worked->events)) {
            ++window->events;
            if (!m_ids.contains(event.id)) {
                m_ids.insert(event.id);
                m_pull.events.append(event);
            }
        }
    }
    // What could not be read is a gap, and the window must not be called seen.
    window->state = unreadable == 0 ? QStringLiteral("complete") : errorCodeName(ErrorCode::MalformedJson);
    co_return Result<void>();
}

QCoro::Task<Result<void>> Puller::query(Evidence::AuditWindow *window, QString service)
{
    window->service = service;
    window->queriedUtc = m_clock.nowUtc();
    const auto asked = Genesys::ApiRequest::allow(Genesys::Method::Post, QByteArrayLiteral("/api/v2/audits/query"), {},
                                                  queryBody(window->fromUtc, window->toUtc, service));
    if (!asked) {
        co_return std::unexpected(asked.error());
    }
    auto sending = m_client.send(*asked);
    const Result<Genesys::ApiReply> reply = co_await sending;
    if (!reply) {
        co_return std::unexpected(reply.error());
    }
    const Result<Status> status = readStatus(reply->body);
    if (!status) {
        co_return std::unexpected(status.error());
    }
    window->transactionId = status->id;
    const Result<QByteArray> path = Genesys::pathWithId(QByteArrayLiteral("/api/v2/audits/query/{id}"), status->id);
    if (!path) {
        co_return Error::make(ErrorCode::BadResponse, QStringLiteral("the audit query got an id that cannot be asked for"));
    }
    auto settling = settled(*path, status->state);
    const Result<QString> state = co_await settling;
    if (!state) {
        co_return std::unexpected(state.error());
    }
    if (*state == QLatin1StringView("pending")) {
        window->state = *state;
        co_return Result<void>();
    }
    if (*state != QLatin1StringView("Succeeded")) {
        co_return Error::make(ErrorCode::ServerFailed, u"the audit query ended as "_s + state->left(40), status->id.left(100));
    }
    auto reading = readResults(window, *path);
    co_return co_await reading;
}

QCoro::Task<Result<QStringList>> Puller::services()
{
    const auto asked = Genesys::ApiRequest::allow(Genesys::Method::Get, QByteArrayLiteral("/api/v2/audits/query/servicemapping"));
    if (!asked) {
        co_return std::unexpected(asked.error());
    }
    auto sending = m_client.send(*asked);
    const Result<Genesys::ApiReply> reply = co_await sending;
    if (!reply) {
        co_return std::unexpected(reply.error());
    }
    const auto document = Json::parse(view(reply->body));
    QStringList names;
    if (document) {
        for (const Json::Value service : document->root()["services"].items()) {
            // Older organisations were seen with serviceName.
            const QString name = service["name"].isString() ? service["name"].toQString() : service["serviceName"].toQString();
            if (!name.isEmpty() && !names.contains(name) && names.size() < 500) {
                names.append(name);
            }
        }
    }
    if (names.isEmpty()) {
        co_return Error::make(ErrorCode::BadResponse, QStringLiteral("the list of audited services is empty or unreadable"));
    }
    co_return Result<QStringList>(std::move(names));
}

QCoro::Task<Result<void>> Puller::readWindow(int number)
{
    std::optional<Error> first;
    const QStringList services = m_services;
    for (qsizetype i = 0; i < std::max<qsizetype>(services.size(), 1); ++i) {
        Evidence::AuditWindow window;
        window.fromUtc = m_fromUtc.addMSecs(number * WindowMs);
        window.toUtc = std::min(window.fromUtc.addMSecs(WindowMs), m_toUtc);
        auto querying = query(&window, services.isEmpty() ? QString() : services.at(i));
        const Result<void> outcome = co_await querying;
        if (!outcome) {
            window.state = errorCodeName(outcome.error().code);
            first = first ? first : outcome.error();
        }
        m_windows[static_cast<size_t>(number)].append(window);
        if (m_cancel.isCancelled()) {
            break;
        }
    }
    ++m_done;
    if (m_progress) {
        m_progress(m_done, static_cast<int>(m_windows.size()), m_pull.events.size());
    }
    if (first) {
        co_return std::unexpected(*first);
    }
    co_return Result<void>();
}

QCoro::Task<void> Puller::lane()
{
    while (m_next < static_cast<int>(m_windows.size()) && !m_cancel.isCancelled()) {
        auto reading = readWindow(m_next++);
        const Result<void> outcome = co_await reading; // how it ended stands in its window
        Q_UNUSED(outcome)
    }
}

QCoro::Task<Result<Pull>> Puller::pull(QDateTime fromUtc, QDateTime toUtc, std::function<void(int, int, qint64)> progress)
{
    if (!fromUtc.isValid() || !toUtc.isValid() || fromUtc >= toUtc) {
        co_return Error::make(ErrorCode::BadInput, QStringLiteral("An audit range needs a start before its end."));
    }
    // Signing in first: the server's clock decides what is past, not ours.
    auto signing = m_client.signIn();
    const Result<void> signedIn = co_await signing;
    if (!signedIn) {
        co_return std::unexpected(signedIn.error());
    }
    const QDateTime now = serverNow();
    if (fromUtc < now.addDays(-RetentionDays)) {
        co_return Error::make(ErrorCode::BadInput,
                              QStringLiteral("Audit events before %1 are not available: the platform keeps %2 days.")
                                  .arg(isoUtc(now.addDays(-RetentionDays)))
                                  .arg(RetentionDays));
    }
    if (fromUtc >= now) {
        co_return Error::make(ErrorCode::BadInput, QStringLiteral("The audit range lies in the future."));
    }
    toUtc = std::min(toUtc, now); // what has not happened yet must not count as covered

    m_fromUtc = fromUtc;
    m_toUtc = toUtc;
    m_progress = std::move(progress);
    m_windows.resize(static_cast<size_t>((fromUtc.msecsTo(toUtc) + WindowMs - 1) / WindowMs));

    // The first window goes alone: it shows whether anything can be had, and whether this organisation wants a query for each service (API section 6.1).
    auto trying = readWindow(m_next++);
    Result<void> first = co_await trying;
    if (!first && first.error().code == ErrorCode::BadResponse
        && first.error().detail.contains(QLatin1StringView("service"), Qt::CaseInsensitive)) {
        auto listing = services();
        Result<QStringList> names = co_await listing;
        if (names) {
            m_services = std::move(*names);
            m_windows.front().clear();
            --m_done;
            auto again = readWindow(0);
            first = co_await again;
        }
    }
    const bool sawNothing = std::ranges::none_of(m_windows.front(), [](const Evidence::AuditWindow &window) {
        return window.state == QLatin1StringView("complete") || window.state == QLatin1StringView("pending");
    });
    if (!first && sawNothing) {
        co_return std::unexpected(first.error());
    }
    std::vector<QCoro::Task<void>> lanes;
    lanes.reserve(Lanes);
    for (int i = 0; i < Lanes; ++i) {
        lanes.push_back(lane());
    }
    for (QCoro::Task<void> &running : lanes) {
        co_await running;
    }
    if (m_cancel.isCancelled()) {
        co_return Error::make(ErrorCode::Cancelled, QStringLiteral("Cancelled."));
    }
    // Events arrive minutes late: the last quarter of an hour was asked about, but is not yet known to be whole (requirement 5.7).
    const QDateTime settled = now.addSecs(-LagSeconds);
    for (const QList<Evidence::AuditWindow> &windows : m_windows) {
        for (const Evidence::AuditWindow &window : windows) {
            if (window.state != QLatin1StringView("complete") || window.toUtc <= settled) {
                m_pull.windows.append(window);
                continue;
            }
            Evidence::AuditWindow late = window;
            late.fromUtc = std::max(window.fromUtc, settled);
            late.state = QStringLiteral("pending");
            late.events = std::ranges::count_if(
                m_pull.events, [&late](const Event &event) { return event.timeUtc >= late.fromUtc && event.timeUtc < late.toUtc; });
            if (window.fromUtc < settled) {
                Evidence::AuditWindow whole = window;
                whole.toUtc = settled;
                whole.events = window.events - late.events;
                m_pull.windows.append(whole);
            }
            m_pull.windows.append(late);
        }
    }
    std::ranges::sort(m_pull.events,
                      [](const Event &a, const Event &b) { return a.timeUtc != b.timeUtc ? a.timeUtc < b.timeUtc : a.id < b.id; });
    co_return Result<Pull>(std::move(m_pull));
}
} // namespace

QCoro::Task<Result<Pull>> pullAudit(Genesys::ApiClient &client, Clock &clock, QDateTime fromUtc, QDateTime toUtc,
                                    const Redaction::Redactor &redactor, CancellationToken cancel,
                                    std::function<void(int, int, qint64)> progress)
{
    Puller puller(client, clock, redactor, std::move(cancel));
    auto pulling = puller.pull(fromUtc.toUTC(), toUtc.toUTC(), std::move(progress));
    co_return co_await pulling;
}

} // namespace Orgtrace::Audit
