#pragma once

#include "genesys/apiclient.h"
#include "json/value.h"

#include <functional>
#include <vector>

namespace Orgtrace::Genesys {

/// Paging styles, as in the catalogue (floors do not know each other; capture translates).
enum class PagingStyle { PageNumber, PageNumberNoTotal, After, Cursor, NextPage, Unpaged, Single, Array };

struct Page;

struct ListingRequest {
    QByteArray path; ///< without "{id}"
    QList<std::pair<QString, QString>> query;
    PagingStyle style = PagingStyle::PageNumber;
    int pageSize = 100;
    QString itemsKey = QStringLiteral("entities");
    QString identity = QStringLiteral("id");
    qsizetype maxItems = 5'000'000;
    int maxReadings = 3; ///< of the whole listing, before it is called incomplete
    bool duplicatesAllowed = false; ///< a repeated id is dropped instead of doubted (audit results)
    /// Work on each page, done on a worker while the next page is on the wire; its result is kept in Page::worked. Must be safe from any thread and must
    /// not throw. It may see pages of a reading that is thrown away. What it borrows must outlive the listing's task.
    std::function<std::shared_ptr<void>(const Page &)> work;
    /// P only: where so many items or more are announced, the listing is read at largePath by cursor, with the same query. 0: never.
    qint64 largeAbove = 0;
    QByteArray largePath;
    bool keepItems = true; ///< false: documents and items are let go once the work is done
};

/// One element that could not be read as JSON (NaN, duplicate keys, too deep …); its neighbours are unharmed.
struct BrokenItem {
    QString id; ///< as far as it could be scanned; may be empty
    QString why;
    QByteArray sha256; ///< of the raw bytes, hex
};

/// Parsed page; values borrow from the document.
struct Page {
    std::vector<std::shared_ptr<const Json::Document>> documents;
    std::vector<Json::Value> items;
    QStringList ids; ///< parallel to items; empty strings where the listing has no identity
    std::vector<BrokenItem> broken;
    QString correlationId;
    std::shared_ptr<void> worked; ///< what ListingRequest::work made of it
};

/// A listing proven to be read to its end.
struct Listing {
    std::vector<Page> pages;
    qsizetype items = 0; ///< distinct ids (readable and broken)
    std::optional<qsizetype> announced; ///< total of the last page, where the style has one
    int pageRequests = 0, retries = 0, readings = 1;
    int replayed = 0; ///< of the requests, answered by a ReplyLog
    QDateTime firstRequestUtc, lastResponseUtc;
    qint64 serverClockOffsetMs = 0;
    QStringList correlationIds;
};

/// Reads one listing to its end and proves that it did (API section 3; requirements 1.14, 4.10).
/// P: distinct ids = total of the last page, which all pages told alike, else read again (bounded), else Incomplete. P-: two agreeing id sets. After, NextPage: no nextUri and no
/// repeated id; nextUri is resolved against the configured host only. Cursor: until absent; an empty page is not the end.
/// Single: one object, items has that one. Page size: what the reply says.
/// Pages of a P listing are asked for up to four ahead, the last one after all others were answered, so that its total is the latest.
/// A P listing of 10,000 rows or more is read by cursor where largePath says so (and there not fewer ids may come than P announced); where the caller may not, by
/// pages. Rows past 10,000 that are refused, and a total of just 10,000 with a refused next page, are Incomplete.
/// An id that comes twice: read again; if two readings agree that it stands twice in one page, it alone is broken, else Incomplete.
/// A stale cursor: again from the last good page with half the page size, then from the start; bounded, also over all readings.
/// A listing that does not prove, some pages of which came from a ReplyLog, is read anew from the network alone.
/// Endless listings (cursor loops, repeated pages, lying totals) end as Incomplete.
/// Parsing happens on a worker thread, but of small pages. With an Error there are no items: half a listing is none.
/// Errors: as ApiClient::send, and Incomplete, BadResponse.
[[nodiscard]] QCoro::Task<Result<Listing>> readListing(ApiClient &client, ListingRequest request,
                                                       std::function<void(qsizetype items, std::optional<qsizetype> announced)> progress
                                                       = {});

} // namespace Orgtrace::Genesys
