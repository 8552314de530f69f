#include "genesys/listing.h"

#include "base/digest.h"
#include "genesys/page.h"
#include "json/canonical.h"

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
constexpr int SmallestPage = 10;

struct Reading {
    std::vector<std::shared_ptr<Page>> pages;
    QSet<QString> ids;
    QSet<QString> repeatedInPage;
    bool repeatedAcrossPages = false;
    qsizetype entries = 0; ///< elements that came, repeated ones counted
    qsizetype nameless = 0; ///< elements without an id
    std::optional<qint64> total; ///< of the last page
    QString doubt; ///< why its end is not proven; empty: it came to its end
    [[nodiscard]] qsizetype distinct() const { return ids.size() + nameless; }
    [[nodiscard]] bool hasRepeats() const { return repeatedAcrossPages || !repeatedInPage.isEmpty(); }
};

PageShape shapeOf(PagingStyle style)
{
    return style == PagingStyle::Single ? PageShape::Single : style == PagingStyle::Array ? PageShape::Array : PageShape::Members;
}

bool isNumbered(PagingStyle style)
{
    return style == PagingStyle::PageNumber || style == PagingStyle::PageNumberNoTotal;
}

QString cursorName(PagingStyle style)
{
    switch (style) {
    case PagingStyle::After: return QStringLiteral("after");
    case PagingStyle::NextPage: return QStringLiteral("nextPage");
    default: return QStringLiteral("cursor");
    }
}

Result<ApiRequest> pageRequest(const ListingRequest &request, int pageNumber, const QString &cursor)
{
    QUrlQuery query;
    const auto add = [&query](const QString &name, const QString &value) {
        query.addQueryItem(QString::fromLatin1(QUrl::toPercentEncoding(name)), QString::fromLatin1(QUrl::toPercentEncoding(value)));
    };
    for (const auto &[name, value] : request.query) {
        add(name, value);
    }
    const bool isPaged
        = request.style != PagingStyle::Single && request.style != PagingStyle::Array && request.style != PagingStyle::Unpaged;
    if (isNumbered(request.style)) {
        add(QStringLiteral("pageNumber"), QString::number(pageNumber));
    }
    if (isPaged && request.pageSize > 0) {
        add(QStringLiteral("pageSize"), QString::number(request.pageSize));
    }
    if (!cursor.isEmpty()) {
        add(cursorName(request.style), cursor);
    }
    return ApiRequest::allow(Method::Get, request.path, query);
}

/// Counts the page's ids into the reading. On the worker; readings are parsed one page at a time, so nobody else is in it.
/// @return how many ids were new.
qsizetype absorb(Reading &reading, Page &page, bool dropRepeated)
{
    qsizetype fresh = 0;
    QSet<QString> here;
    const auto count = [&](const QString &id) {
        ++reading.entries;
        if (id.isEmpty()) {
            ++reading.nameless;
            ++fresh;
            return true;
        }
        if (here.contains(id)) {
            reading.repeatedInPage.insert(id);
            return false;
        }
        here.insert(id);
        if (reading.ids.contains(id)) {
            reading.repeatedAcrossPages = true;
            return false;
        }
        reading.ids.insert(id);
        ++fresh;
        return true;
    };
    std::vector<Json::Value> items;
    QStringList ids;
    for (size_t i = 0; i < page.items.size(); ++i) {
        const QString &id = page.ids.at(static_cast<qsizetype>(i));
        if (count(id) || !dropRepeated) {
            items.push_back(page.items[i]);
            ids.append(id);
        }
    }
    page.items = std::move(items);
    page.ids = std::move(ids);
    for (const BrokenItem &broken : page.broken) {
        count(broken.id);
    }
    return fresh;
}

/// What the last page leaves to do.
struct Next {
    bool isEnd = false;
    QString cursor = {};
    QString doubt = {};
};

Next afterNumbered(const ListingRequest &request, const PageFields &fields, const Reading &reading, int pageNumber, qsizetype came,
                   qsizetype fresh)
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
    const qint64 pageSize = std::max<qint64>(fields.pageSize.value_or(request.pageSize), 1);
    return {.isEnd = fields.nextUri.isEmpty() && came < pageSize};
}

Next afterCursor(const ListingRequest &request, const PageFields &fields, QSet<QString> &cursors, int &emptyPages, qsizetype came,
                 qsizetype fresh)
{
    QString cursor = fields.cursor;
    if (request.style != PagingStyle::Cursor) {
        // Only the cursor is taken from nextUri: the host, path and anything else in it are the server's claim.
        const QUrlQuery query(QUrl(fields.nextUri, QUrl::TolerantMode).query(QUrl::FullyEncoded));
        cursor = QUrl::fromPercentEncoding(query.queryItemValue(cursorName(request.style), QUrl::FullyEncoded).toLatin1());
        if (!fields.nextUri.isEmpty() && cursor.isEmpty()) {
            return {.isEnd = true, .doubt = u"the next page is announced without "_s + cursorName(request.style)};
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
    if (came > 0 && fresh == 0 && !request.duplicatesAllowed) {
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
    QCoro::Task<Result<Reading>> readOnce();
    QCoro::Task<Result<Reading>> readPages(std::shared_ptr<std::deque<QFuture<void>>> works);
    [[nodiscard]] bool isProven(const Reading &reading, const std::optional<Reading> &before) const;
    [[nodiscard]] bool hasStableDuplicates(const Reading &reading, const std::optional<Reading> &before) const;
    Listing listingOf(Reading &&reading);

    ApiClient &m_client;
    ListingRequest m_request;
    std::function<void(qsizetype, std::optional<qsizetype>)> m_progress;
    Listing m_sums; ///< what counts over all readings
};

QCoro::Task<Result<Reading>> Reader::readPages(std::shared_ptr<std::deque<QFuture<void>>> works)
{
    auto reading = std::make_shared<Reading>();
    const PageShape shape = shapeOf(m_request.style);
    const QString identity = m_request.style == PagingStyle::Single ? QString() : m_request.identity;
    QSet<QString> cursors;
    QString cursor;
    int emptyPages = 0;
    std::optional<QCoro::Task<Result<ApiReply>>> ahead;

    for (int pageNumber = 1;; ++pageNumber) {
        if (!ahead) {
            const auto asked = pageRequest(m_request, pageNumber, cursor);
            if (!asked) {
                co_return std::unexpected(asked.error());
            }
            ahead.emplace(m_client.send(*asked));
        }
        const Result<ApiReply> reply = co_await *ahead;
        ahead.reset();
        if (!reply) {
            co_return std::unexpected(reply.error());
        }
        ++m_sums.pageRequests;
        m_sums.retries += reply->attempts - 1;
        if (!m_sums.firstRequestUtc.isValid()) {
            m_sums.firstRequestUtc = reply->sentAtUtc;
        }
        m_sums.lastResponseUtc = reply->receivedAtUtc;
        if (!reply->correlationId.isEmpty()) {
            m_sums.correlationIds.append(reply->correlationId);
        }

        const QByteArray body = reply->body;
        const bool dropRepeated = m_request.duplicatesAllowed;
        auto page = std::make_shared<Page>();
        struct Parsed {
            PageFields fields;
            qsizetype came = 0, fresh = 0;
        };
        const QFuture<Result<Parsed>> parsing
            = QtConcurrent::run([reading, page, body, shape, identity, dropRepeated, key = m_request.itemsKey]() -> Result<Parsed> {
                  auto parsed = parsePage(body, shape, key, identity);
                  if (!parsed) {
                      return std::unexpected(parsed.error());
                  }
                  *page = std::move(parsed->page);
                  Parsed out{.fields = std::move(parsed->fields)};
                  const qsizetype before = reading->entries;
                  if (identity.isEmpty()) {
                      reading->entries += static_cast<qsizetype>(page->items.size());
                      reading->nameless += static_cast<qsizetype>(page->items.size());
                      out.fresh = static_cast<qsizetype>(page->items.size());
                  } else {
                      out.fresh = absorb(*reading, *page, dropRepeated);
                  }
                  out.came = reading->entries - before;
                  return out;
              });
        // Where the page count is known, the next page is asked for before this one is read.
        if (isNumbered(m_request.style) && pageNumber > 1 && reading->total && m_request.pageSize > 0) {
            const qint64 left = *reading->total - static_cast<qint64>(pageNumber) * m_request.pageSize;
            if (left > 0) {
                const auto asked = pageRequest(m_request, pageNumber + 1, cursor);
                if (asked) {
                    ahead.emplace(m_client.send(*asked));
                }
            }
        }
        const Result<Parsed> parsed = co_await parsing;
        Next next;
        if (parsed) {
            page->correlationId = reply->correlationId;
            reading->pages.push_back(page);
            if (parsed->fields.total) {
                reading->total = parsed->fields.total;
            }
            next = isNumbered(m_request.style) ? afterNumbered(m_request, parsed->fields, *reading, pageNumber, parsed->came, parsed->fresh)
                : shape == PageShape::Members && m_request.style != PagingStyle::Unpaged
                ? afterCursor(m_request, parsed->fields, cursors, emptyPages, parsed->came, parsed->fresh)
                : afterOnly(parsed->fields, *reading);
            if (reading->distinct() > m_request.maxItems && !next.isEnd) {
                next = {.isEnd = true, .doubt = QStringLiteral("it does not end within %1 items").arg(m_request.maxItems)};
            }
            if (m_request.work || !m_request.keepItems) {
                works->push_back(QtConcurrent::run([page, work = m_request.work, keep = m_request.keepItems] {
                    if (work) {
                        page->worked = work(*page);
                    }
                    if (!keep) {
                        page->items = {};
                        page->documents = {};
                    }
                }));
            }
            if (m_progress) {
                m_progress(reading->distinct(), reading->total ? std::optional<qsizetype>(*reading->total) : std::nullopt);
            }
        }
        if (ahead && (!parsed || next.isEnd)) {
            const Result<ApiReply> unwanted = co_await *ahead; // never drop a request under way
            ahead.reset();
            ++m_sums.pageRequests;
        }
        if (!parsed) {
            Error error = parsed.error();
            error.where = reply->correlationId.isEmpty() ? QString::fromLatin1(m_request.path) : reply->correlationId;
            co_return std::unexpected(error);
        }
        if (next.isEnd) {
            reading->doubt = next.doubt;
            break;
        }
        cursor = next.cursor;
        while (works->size() > MaxWorkAhead) {
            const QFuture<void> oldest = works->front();
            works->pop_front();
            co_await oldest;
        }
    }
    while (!works->empty()) {
        const QFuture<void> oldest = works->front();
        works->pop_front();
        co_await oldest;
    }
    co_return Result<Reading>(std::move(*reading));
}

QCoro::Task<Result<Reading>> Reader::readOnce()
{
    // Whatever way a reading ends, no work on its pages outlives it: the work borrows from the caller.
    auto works = std::make_shared<std::deque<QFuture<void>>>();
    auto reading = readPages(works);
    Result<Reading> outcome = co_await reading;
    for (const QFuture<void> &work : *works) {
        co_await work;
    }
    co_return outcome;
}

bool Reader::isProven(const Reading &reading, const std::optional<Reading> &before) const
{
    if (!reading.doubt.isEmpty() || (reading.hasRepeats() && !m_request.duplicatesAllowed)) {
        return false;
    }
    if (!isNumbered(m_request.style)) {
        return true;
    }
    if (reading.total) {
        return reading.distinct() == *reading.total;
    }
    return before && before->doubt.isEmpty() && before->ids == reading.ids && before->nameless == reading.nameless;
}

/// The same ids stand twice, each within one page, in two readings, and everything else proves.
bool Reader::hasStableDuplicates(const Reading &reading, const std::optional<Reading> &before) const
{
    return before && reading.doubt.isEmpty() && before->doubt.isEmpty() && !reading.repeatedAcrossPages && !before->repeatedAcrossPages
        && !reading.repeatedInPage.isEmpty() && reading.repeatedInPage == before->repeatedInPage && reading.ids == before->ids
        && reading.entries == before->entries && (!isNumbered(m_request.style) || !reading.total || reading.entries == *reading.total);
}

/// Takes every element of a repeated id out of the page; which of them is meant, nobody can say.
void quarantineRepeated(Page &page, const QSet<QString> &repeated)
{
    const bool hasItems = !page.items.empty(); // they may have been let go already
    std::vector<Json::Value> items;
    QStringList ids;
    QSet<QString> named;
    for (qsizetype i = 0; i < page.ids.size(); ++i) {
        const QString &id = page.ids.at(i);
        if (!repeated.contains(id)) {
            ids.append(id);
            if (hasItems) {
                items.push_back(page.items[static_cast<size_t>(i)]);
            }
        } else if (!named.contains(id)) {
            named.insert(id);
            page.broken.push_back({id, QStringLiteral("its id stands twice in the listing"), {}});
        }
    }
    page.ids = std::move(ids);
    page.items = std::move(items);
}

Listing Reader::listingOf(Reading &&reading)
{
    Listing listing = std::move(m_sums);
    listing.items = reading.distinct();
    if (reading.total) {
        listing.announced = static_cast<qsizetype>(*reading.total);
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

QCoro::Task<Result<Listing>> Reader::read()
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
            if (reading.error().code != ErrorCode::StaleCursor) {
                co_return std::unexpected(reading.error());
            }
            stale = reading.error();
            before.reset();
            m_request.pageSize = std::max(m_request.pageSize / 2, SmallestPage);
            continue;
        }
        stale.reset();
        if (isProven(*reading, before) || hasStableDuplicates(*reading, before)) {
            co_return Result<Listing>(listingOf(std::move(*reading)));
        }
        doubt = !reading->doubt.isEmpty() ? reading->doubt
            : reading->hasRepeats()       ? QStringLiteral("an id came more than once")
            : reading->total ? QStringLiteral("%1 announced, %2 different ones came").arg(*reading->total).arg(reading->distinct())
                             : QStringLiteral("two readings did not agree");
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
