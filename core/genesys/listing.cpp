#include "genesys/listing.h"

#include "genesys/page.h"
#include "genesys/reading.h"

#include <QCoroFuture>
#include <QFuture>
#include <QSet>
#include <QtConcurrentRun>

#include <deque>

using namespace Qt::StringLiterals;

namespace Orgtrace::Genesys {

namespace {
constexpr int MaxEmptyPages = 100;
constexpr size_t MaxWorkAhead = 4;
constexpr size_t MaxPagesAhead = 4;
constexpr int SmallestPage = 10;
constexpr int MostStaleCursors = 12; // of one listing
constexpr qint64 WindowRows = 10'000; // where list windows end (API section 3)
constexpr qint64 MostPageSize = 1'000'000;
constexpr qsizetype ParsedInPlace = 16LL * 1024; // takes less time than handing it to a worker and back

/// How the pages are asked for; a reading may change it on its way.
struct Walk {
    QByteArray path;
    PagingStyle style = PagingStyle::PageNumber;
    int pageSize = 0;
};

PageShape shapeOf(PagingStyle style)
{
    return style == PagingStyle::Single ? PageShape::Single : style == PagingStyle::Array ? PageShape::Array : PageShape::Members;
}

QString cursorName(PagingStyle style)
{
    switch (style) {
    case PagingStyle::After: return QStringLiteral("after");
    case PagingStyle::NextPage: return QStringLiteral("nextPage");
    default: return QStringLiteral("cursor");
    }
}

Result<ApiRequest> pageRequest(const ListingRequest &request, const Walk &walk, int pageNumber, const QString &cursor)
{
    QUrlQuery query;
    const auto add = [&query](const QString &name, const QString &value) {
        query.addQueryItem(QString::fromLatin1(QUrl::toPercentEncoding(name)), QString::fromLatin1(QUrl::toPercentEncoding(value)));
    };
    for (const auto &[name, value] : request.query) {
        add(name, value);
    }
    const bool isPaged = walk.style != PagingStyle::Single && walk.style != PagingStyle::Array && walk.style != PagingStyle::Unpaged;
    if (isNumbered(walk.style)) {
        add(QStringLiteral("pageNumber"), QString::number(pageNumber));
    }
    if (isPaged && walk.pageSize > 0) {
        add(QStringLiteral("pageSize"), QString::number(walk.pageSize));
    }
    if (!cursor.isEmpty()) {
        add(cursorName(walk.style), cursor);
    }
    return ApiRequest::allow(Method::Get, walk.path, query);
}

/// What the last page leaves to do.
struct Next {
    bool isEnd = false;
    QString cursor = {};
    QString doubt = {};
};

Next afterNumbered(const Walk &walk, const PageFields &fields, const Reading &reading, int pageNumber, qsizetype came, qsizetype fresh)
{
    if (came == 0) {
        return {.isEnd = true};
    }
    if (fresh == 0) {
        return {.isEnd = true, .doubt = QStringLiteral("page %1 brought nothing new").arg(pageNumber)};
    }
    if (fields.pageCount) {
        return {.isEnd = pageNumber >= *fields.pageCount};
    }
    if (fields.total) {
        return {.isEnd = reading.entries >= *fields.total};
    }
    const qint64 pageSize = std::max<qint64>(fields.pageSize.value_or(walk.pageSize), 1);
    return {.isEnd = fields.nextUri.isEmpty() && came < pageSize};
}

Next afterCursor(const Walk &walk, bool duplicatesAllowed, const PageFields &fields, QSet<QString> &cursors, int &emptyPages,
                 qsizetype came, qsizetype fresh)
{
    QString cursor = fields.cursor;
    if (walk.style != PagingStyle::Cursor) {
        // Only the cursor is taken from nextUri: the host, path and anything else in it are the server's claim.
        const QUrlQuery query(QUrl(fields.nextUri, QUrl::TolerantMode).query(QUrl::FullyEncoded));
        cursor = QUrl::fromPercentEncoding(query.queryItemValue(cursorName(walk.style), QUrl::FullyEncoded).toLatin1());
        if (!fields.nextUri.isEmpty() && cursor.isEmpty()) {
            return {.isEnd = true, .doubt = u"the next page is announced without "_s + cursorName(walk.style)};
        }
    }
    if (cursor.isEmpty()) {
        return {.isEnd = true};
    }
    if (cursors.contains(cursor)) {
        return {.isEnd = true, .doubt = QStringLiteral("a cursor came twice")};
    }
    cursors.insert(cursor);
    emptyPages = came == 0 ? emptyPages + 1 : 0;
    if (emptyPages > MaxEmptyPages) {
        return {.isEnd = true, .doubt = QStringLiteral("%1 empty pages in a row").arg(emptyPages)};
    }
    if (came > 0 && fresh == 0 && !duplicatesAllowed) {
        return {.isEnd = true, .doubt = QStringLiteral("a page brought nothing new")};
    }
    return {.cursor = cursor};
}

Next afterOnly(const PageFields &fields, const Reading &reading)
{
    if ((fields.pageCount && *fields.pageCount > 1) || (fields.total && *fields.total > reading.entries)) {
        return {.isEnd = true, .doubt = QStringLiteral("it was asked for whole, but says there are more pages")};
    }
    return {.isEnd = true};
}

class Reader
{
public:
    Reader(ApiClient &client, ListingRequest request, std::function<void(qsizetype, std::optional<qsizetype>)> progress) :
        m_client(client), m_request(std::move(request)), m_progress(std::move(progress))
    {
    }
    QCoro::Task<Result<Listing>> read();

private:
    /// What is under way for one reading; nothing of it may outlive the reading.
    struct Flight {
        std::deque<QCoro::Task<Result<ApiReply>>> ahead; ///< in order of pages, the one that is read next in front
        std::deque<QFuture<void>> works;
    };
    /// Where a reading stands.
    struct Place {
        Walk walk;
        int pageNumber = 1;
        QString cursor; ///< that leads to the next page
        QSet<QString> cursors; ///< all that came
        QStringList led; ///< for each page of the reading, the cursor that led to it
        int emptyPages = 0; ///< in a row
        bool isRestarted = false; ///< no page has come since a cursor was stale
    };
    struct Parsed {
        PageFields fields;
        qsizetype came = 0, fresh = 0;
    };

    QCoro::Task<Result<Listing>> readUntilProven();
    [[nodiscard]] Result<ApiRequest> asked(const Walk &walk, int pageNumber, const QString &cursor) const;
    QCoro::Task<Result<Reading>> readOnce();
    QCoro::Task<Result<Reading>> readPages(std::shared_ptr<Flight> flight);
    QCoro::Task<Result<void>> lookPastTheWindow(int pageNumber);
    [[nodiscard]] Walk walk() const { return {m_request.path, m_request.style, m_request.pageSize}; }
    [[nodiscard]] Result<Parsed> parse(const QByteArray &body, PagingStyle style, Reading &reading, Page &page) const;
    void askAhead(Flight &flight, const Place &place, const Reading &reading);
    [[nodiscard]] bool isTooLargeForPages(const Place &place, const PageFields &fields) const;
    [[nodiscard]] bool recovers(const Error &error, Reading &reading, Place &place);
    [[nodiscard]] Next after(Place &place, const Parsed &parsed, const Reading &reading) const;
    void note(const ApiReply &reply);
    void work(Flight &flight, const std::shared_ptr<Page> &page) const;
    Listing listingOf(Reading &&reading);

    ApiClient &m_client;
    ListingRequest m_request;
    std::function<void(qsizetype, std::optional<qsizetype>)> m_progress;
    Listing m_sums; ///< what counts over all readings
    bool m_isFresh = false; ///< nothing is taken from a ReplyLog any more
    bool m_isLargeRefused = false; ///< the path for large listings is not for this caller
    int m_stale = 0, m_fruitless = 0; ///< cursors that were stale; those of them since the reading got further than before
    qsizetype m_furthest = 0;
};

Result<ApiRequest> Reader::asked(const Walk &walk, int pageNumber, const QString &cursor) const
{
    auto request = pageRequest(m_request, walk, pageNumber, cursor);
    return request && m_isFresh ? Result<ApiRequest>(request->fresh()) : request;
}

void Reader::note(const ApiReply &reply)
{
    ++m_sums.pageRequests;
    m_sums.retries += reply.attempts - 1;
    m_sums.replayed += reply.isReplayed;
    if (!m_sums.firstRequestUtc.isValid()) {
        m_sums.firstRequestUtc = reply.sentAtUtc;
    }
    m_sums.lastResponseUtc = std::max(m_sums.lastResponseUtc, reply.receivedAtUtc);
    if (!reply.correlationId.isEmpty()) {
        m_sums.correlationIds.append(reply.correlationId);
    }
}

/// On a worker, unless it is small. Readings are parsed one page at a time, so nobody else is in `reading`.
Result<Reader::Parsed> Reader::parse(const QByteArray &body, PagingStyle style, Reading &reading, Page &page) const
{
    const QString identity = style == PagingStyle::Single ? QString() : m_request.identity;
    auto parsed = parsePage(body, shapeOf(style), m_request.itemsKey, identity);
    if (!parsed) {
        return std::unexpected(parsed.error());
    }
    page = std::move(parsed->page);
    Parsed out{.fields = std::move(parsed->fields)};
    const qsizetype before = reading.entries;
    if (identity.isEmpty()) {
        reading.absorbNameless(page);
        out.fresh = reading.entries - before;
    } else {
        out.fresh = reading.absorb(page, m_request.duplicatesAllowed);
    }
    out.came = reading.entries - before;
    return out;
}

/// Where the total is known, the next pages are asked for before this one is read. The last page is not before all others have been answered: it is by its
/// total that the reading is measured, so that it must be the latest.
void Reader::askAhead(Flight &flight, const Place &place, const Reading &reading)
{
    const qint64 size = reading.pageSize > 0 ? reading.pageSize : place.walk.pageSize;
    if (!isNumbered(place.walk.style) || !reading.total || size <= 0) {
        return;
    }
    const qint64 last = (*reading.total + size - 1) / size;
    while (flight.ahead.size() < MaxPagesAhead) {
        const int page = place.pageNumber + 1 + static_cast<int>(flight.ahead.size());
        if (page > last || (page == last && !flight.ahead.empty())) {
            return;
        }
        const auto next = asked(place.walk, page, {});
        if (!next) {
            return;
        }
        flight.ahead.push_back(m_client.send(*next));
    }
}

bool Reader::isTooLargeForPages(const Place &place, const PageFields &fields) const
{
    return !m_isLargeRefused && !m_request.largePath.isEmpty() && m_request.largeAbove > 0 && place.pageNumber == 1
        && place.walk.style == PagingStyle::PageNumber && fields.total.value_or(0) >= m_request.largeAbove;
}

/// Whether the reading can go on after an error, and from where.
bool Reader::recovers(const Error &error, Reading &reading, Place &place)
{
    if (reading.announced && reading.pages.empty() && place.cursor.isEmpty()
        && (error.code == ErrorCode::Forbidden || error.code == ErrorCode::NotOffered)) {
        m_isLargeRefused = true; // by its numbered pages, then; where those end too early, it shows
        place = Place();
        place.walk = walk();
        reading = Reading();
        reading.style = place.walk.style;
        return true;
    }
    if (error.code != ErrorCode::StaleCursor || place.cursor.isEmpty()) {
        return false;
    }
    if (reading.distinct() > m_furthest) {
        m_furthest = reading.distinct();
        m_fruitless = 0;
    }
    if (++m_fruitless >= std::max(m_request.maxReadings, 1) || ++m_stale > MostStaleCursors) {
        return false;
    }
    // From the last good page, whose own cursor still stood; where that is stale too, from the start.
    const size_t keep = place.isRestarted || reading.pages.empty() ? 0 : reading.pages.size() - 1;
    reading.rollBackTo(keep);
    place.cursor = place.led.value(static_cast<qsizetype>(keep));
    place.led.resize(static_cast<qsizetype>(keep));
    place.cursors = QSet<QString>(place.led.cbegin(), place.led.cend());
    place.cursors.insert(place.cursor);
    place.walk.pageSize = std::max(place.walk.pageSize / 2, SmallestPage);
    place.emptyPages = 0;
    place.isRestarted = true;
    return true;
}

Next Reader::after(Place &place, const Parsed &parsed, const Reading &reading) const
{
    const PagingStyle style = place.walk.style;
    Next next = isNumbered(style) ? afterNumbered(place.walk, parsed.fields, reading, place.pageNumber, parsed.came, parsed.fresh)
        : shapeOf(style) == PageShape::Members && style != PagingStyle::Unpaged
        ? afterCursor(place.walk, m_request.duplicatesAllowed, parsed.fields, place.cursors, place.emptyPages, parsed.came, parsed.fresh)
        : afterOnly(parsed.fields, reading);
    if (reading.distinct() > m_request.maxItems && !next.isEnd) {
        next = {.isEnd = true, .doubt = QStringLiteral("it does not end within %1 items").arg(m_request.maxItems)};
    }
    return next;
}

void Reader::work(Flight &flight, const std::shared_ptr<Page> &page) const
{
    if (!m_request.work && m_request.keepItems) {
        return;
    }
    flight.works.push_back(QtConcurrent::run([page, work = m_request.work, keep = m_request.keepItems] {
        if (work) {
            page->worked = work(*page);
        }
        if (!keep) {
            page->items = {};
            page->documents = {};
        }
    }));
}

/// A list window that ends at 10,000 rows is refused beyond them; where it is just that long, this is what `error` means.
Error refusedWindow(const Error &error)
{
    return {ErrorCode::Incomplete, u"the service refuses its rows past %1 (%2)"_s.arg(WindowRows).arg(error.detail), error.where};
}

QCoro::Task<Result<Reading>> Reader::readPages(std::shared_ptr<Flight> flight)
{
    Place place;
    place.walk = walk();
    auto reading = std::make_shared<Reading>();
    reading->style = place.walk.style;
    while (true) {
        if (flight->ahead.empty()) {
            const auto next = asked(place.walk, place.pageNumber, place.cursor);
            if (!next) {
                co_return std::unexpected(next.error());
            }
            flight->ahead.push_back(m_client.send(*next));
        }
        auto &front = flight->ahead.front();
        const Result<ApiReply> reply = co_await front;
        flight->ahead.pop_front();
        if (!reply) {
            if (recovers(reply.error(), *reading, place)) {
                continue;
            }
            const qint64 size = reading->pageSize > 0 ? reading->pageSize : place.walk.pageSize;
            const bool isPastWindow = isNumbered(place.walk.style) && place.pageNumber > 1 && place.pageNumber * size > WindowRows;
            co_return std::unexpected(isPastWindow && reply.error().code == ErrorCode::BadResponse ? refusedWindow(reply.error())
                                                                                                   : reply.error());
        }
        note(*reply);
        auto page = std::make_shared<Page>();
        std::optional<Result<Parsed>> parsed;
        if (reply->body.size() > ParsedInPlace) {
            const QFuture<Result<Parsed>> parsing = QtConcurrent::run(
                [this, reading, page, body = reply->body, style = place.walk.style] { return parse(body, style, *reading, *page); });
            askAhead(*flight, place, *reading);
            parsed = co_await parsing;
        } else {
            askAhead(*flight, place, *reading);
            parsed = parse(reply->body, place.walk.style, *reading, *page);
        }
        if (!*parsed) {
            Error error = parsed->error();
            error.where = reply->correlationId.isEmpty() ? QString::fromLatin1(place.walk.path) : reply->correlationId;
            co_return std::unexpected(error);
        }
        if (isTooLargeForPages(place, (*parsed)->fields)) {
            *reading = Reading();
            reading->style = PagingStyle::Cursor;
            reading->announced = (*parsed)->fields.total;
            place.walk.path = m_request.largePath;
            place.walk.style = PagingStyle::Cursor;
            continue;
        }
        page->correlationId = reply->correlationId;
        reading->pages.push_back(page);
        place.led.append(place.cursor);
        place.isRestarted = false;
        if ((*parsed)->fields.total && !reading->announced) {
            reading->isTotalMoved = reading->isTotalMoved || (reading->total && *reading->total != *(*parsed)->fields.total);
            reading->total = (*parsed)->fields.total;
        }
        reading->pageSize = std::clamp<qint64>((*parsed)->fields.pageSize.value_or(0), 0, MostPageSize);
        const Next next = after(place, **parsed, *reading);
        work(*flight, page);
        if (m_progress) {
            const std::optional<qint64> announced = reading->total ? reading->total : reading->announced;
            m_progress(reading->distinct(), announced);
        }
        if (next.isEnd) {
            reading->doubt = next.doubt;
            break;
        }
        if (flight->ahead.empty()) {
            askAhead(*flight, place, *reading);
        }
        ++place.pageNumber;
        place.cursor = next.cursor;
        while (flight->works.size() > MaxWorkAhead) {
            const QFuture<void> oldest = flight->works.front();
            flight->works.pop_front();
            co_await oldest;
        }
    }
    co_return Result<Reading>(std::move(*reading));
}

QCoro::Task<Result<Reading>> Reader::readOnce()
{
    auto flight = std::make_shared<Flight>();
    auto reading = readPages(flight);
    Result<Reading> outcome = co_await reading;
    // Whatever way a reading ends, nothing of it goes on: no request is dropped under way, and the work on its pages borrows from the caller.
    for (QCoro::Task<Result<ApiReply>> &unwanted : flight->ahead) {
        const Result<ApiReply> reply = co_await unwanted;
        ++m_sums.pageRequests;
    }
    for (const QFuture<void> &work : flight->works) {
        co_await work;
    }
    co_return outcome;
}

/// Some services end every list at 10,000 rows, total and all. One that is said to be just so long is believed where the page after its last is there to be
/// asked for, and empty.
QCoro::Task<Result<void>> Reader::lookPastTheWindow(int pageNumber)
{
    const auto next = asked(walk(), pageNumber, {});
    if (!next) {
        co_return std::unexpected(next.error());
    }
    auto sending = m_client.send(*next);
    const Result<ApiReply> reply = co_await sending;
    if (!reply) {
        co_return std::unexpected(reply.error().code == ErrorCode::BadResponse ? refusedWindow(reply.error()) : reply.error());
    }
    note(*reply);
    const auto parsed = parsePage(reply->body, PageShape::Members, m_request.itemsKey, m_request.identity);
    if (!parsed || !parsed->page.items.empty() || !parsed->page.broken.empty()) {
        co_return Error::make(ErrorCode::Incomplete, u"it says it ends at %1 rows, but more come"_s.arg(WindowRows), reply->correlationId);
    }
    co_return Result<void>();
}

Listing Reader::listingOf(Reading &&reading)
{
    Listing listing = std::move(m_sums);
    listing.items = reading.distinct();
    if (reading.total) {
        listing.announced = static_cast<qsizetype>(*reading.total);
    } else if (reading.announced && *reading.announced == reading.distinct()) {
        listing.announced = static_cast<qsizetype>(*reading.announced);
    }
    listing.serverClockOffsetMs = m_client.serverClockOffsetMs();
    listing.pages.reserve(reading.pages.size());
    for (const std::shared_ptr<Page> &page : reading.pages) {
        if (!m_request.duplicatesAllowed && !reading.repeatedInPage.isEmpty()) {
            quarantineRepeated(*page, reading.repeatedInPage);
        }
        listing.pages.push_back(std::move(*page));
    }
    return listing;
}

/// Pages of an interrupted run and pages of now may not fit together: rows moved in between, or a cursor died. What the platform says now decides then.
QCoro::Task<Result<Listing>> Reader::read()
{
    const int pageSize = m_request.pageSize;
    auto reading = readUntilProven();
    Result<Listing> listing = co_await reading;
    const bool isDoubt = !listing
        && (listing.error().code == ErrorCode::Incomplete || listing.error().code == ErrorCode::BadResponse
            || listing.error().code == ErrorCode::StaleCursor);
    if (!isDoubt || m_sums.replayed == 0) {
        co_return listing;
    }
    m_isFresh = true;
    m_request.pageSize = pageSize;
    m_sums = Listing();
    m_isLargeRefused = false;
    m_stale = m_fruitless = 0;
    m_furthest = 0;
    auto again = readUntilProven();
    co_return co_await again;
}

QCoro::Task<Result<Listing>> Reader::readUntilProven()
{
    std::optional<Reading> before;
    std::optional<Error> stale;
    QString doubt;
    const int readings = std::max(m_request.maxReadings, 1);
    for (int number = 1; number <= readings; ++number) {
        m_sums.readings = number;
        auto once = readOnce();
        Result<Reading> reading = co_await once;
        if (!reading) {
            if (reading.error().code != ErrorCode::StaleCursor || m_fruitless > 0) {
                co_return std::unexpected(reading.error());
            }
            stale = reading.error();
            before.reset();
            m_request.pageSize = std::max(m_request.pageSize / 2, SmallestPage);
            continue;
        }
        stale.reset();
        if (isProven(*reading, before, m_request.duplicatesAllowed) || hasStableDuplicates(*reading, before)) {
            if (reading->style == PagingStyle::PageNumber && reading->total == WindowRows) {
                auto looking = lookPastTheWindow(static_cast<int>(reading->pages.size()) + 1);
                const Result<void> looked = co_await looking;
                if (!looked) {
                    co_return std::unexpected(looked.error());
                }
            }
            co_return Result<Listing>(listingOf(std::move(*reading)));
        }
        doubt = doubtOf(*reading);
        before = std::move(*reading);
    }
    if (stale) {
        co_return std::unexpected(*stale);
    }
    co_return Error::make(ErrorCode::Incomplete, QStringLiteral("%1, in %2 readings").arg(doubt).arg(readings),
                          QString::fromLatin1(m_request.path));
}
} // namespace

QCoro::Task<Result<Listing>> readListing(ApiClient &client, ListingRequest request,
                                         std::function<void(qsizetype, std::optional<qsizetype>)> progress)
{
    Reader reader(client, std::move(request), std::move(progress));
    auto reading = reader.read();
    co_return co_await reading;
}

} // namespace Orgtrace::Genesys
