#pragma once

#include "genesys/apiclient.h"
#include "json/value.h"

#include <functional>
#include <vector>

namespace Orgtrace::Genesys {

/// Paging styles, as in the catalogue (floors do not know each other; capture translates).
enum class PagingStyle { PageNumber, PageNumberNoTotal, After, Cursor, NextPage, Unpaged, Single, Array };

struct ListingRequest {
    QByteArray path;                                 ///< without "{id}"
    QList<std::pair<QString, QString>> query;
    PagingStyle style = PagingStyle::PageNumber;
    int pageSize = 100;
    QString itemsKey = QStringLiteral("entities");
    QString identity = QStringLiteral("id");
    qsizetype maxItems = 5'000'000;
    int maxReadings = 3;                             ///< of the whole listing, before it is called incomplete
};

/// One element that could not be read as JSON (NaN, duplicate keys, too deep …); its neighbours are unharmed.
struct BrokenItem {
    QString id;          ///< as far as it could be scanned; may be empty
    QString why;
    QByteArray sha256;   ///< of the raw bytes, hex
};

/// Parsed page; values borrow from the document.
struct Page {
    std::vector<std::shared_ptr<const Json::Document>> documents;
    std::vector<Json::Value> items;
    std::vector<BrokenItem> broken;
    QString correlationId;
};

/// A listing proven to be read to its end.
struct Listing {
    std::vector<Page> pages;
    qsizetype items = 0;                  ///< distinct ids (readable and broken)
    std::optional<qsizetype> announced;   ///< total of the last page, where the style has one
    int pageRequests = 0, retries = 0, readings = 1;
    QDateTime firstRequestUtc, lastResponseUtc;
    qint64 serverClockOffsetMs = 0;
    QStringList correlationIds;
};

/// Reads one listing to its end and proves that it did (API section 3; requirements 1.14, 4.10).
/// P: distinct ids = total of the last page, else read again (bounded), else Incomplete. P-: two agreeing id sets. After, NextPage: no nextUri and no
/// repeated id; nextUri is resolved against the configured host only. Cursor: until absent; an empty page is not the end.
/// Single: one object, items has that one. Page size: what the reply says.
/// Parsing happens on a worker thread. With an Error there are no items: half a listing is none.
/// Errors: as ApiClient::send, and Incomplete, BadResponse.
[[nodiscard]] QCoro::Task<Result<Listing>> readListing(ApiClient &client, ListingRequest request,
                                                       std::function<void(qsizetype items, std::optional<qsizetype> announced)> progress = {});

} // namespace Orgtrace::Genesys
