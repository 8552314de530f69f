#pragma once

#include "genesys/listing.h"

namespace Orgtrace::Genesys {

/// What the text of one page is: an object that holds the items, a bare array of them, or one thing.
enum class PageShape { Members, Array, Single };

/// The page fields beside the items (API section 3); all optional, none trusted.
struct PageFields {
    std::optional<qint64> total, pageCount, pageNumber, pageSize;
    QString nextUri, cursor;
};

struct ParsedPage {
    Page page;
    PageFields fields;
};

/// Reads the text of one page. Pure; meant for a worker thread. Where the text does not parse as a whole, its elements are read one by one and those
/// that cannot be read become BrokenItems (so do elements without an id, and, where `identity` is not empty, elements that are no objects).
/// @param body is kept alive by nobody: values borrow from the page's own documents.
/// Errors: BadResponse (truncated, not JSON, not of that shape).
[[nodiscard]] Result<ParsedPage> parsePage(const QByteArray &body, PageShape shape, const QString &itemsKey, const QString &identity);

/// The text of the id at a '/'-separated member path; numbers count by their text. Empty where there is none.
[[nodiscard]] QString identityOf(Json::Value item, const QString &path);

} // namespace Orgtrace::Genesys
