#pragma once

#include "genesys/listing.h"

#include <QSet>

namespace Orgtrace::Genesys {

/// One reading of a listing from its start to its end, and what speaks for or against it. For core/genesys only.
struct Reading {
    PagingStyle style = PagingStyle::PageNumber; ///< it was read in
    std::vector<std::shared_ptr<Page>> pages;
    QSet<QString> ids;
    QSet<QString> repeatedInPage;
    bool repeatedAcrossPages = false;
    qsizetype entries = 0; ///< elements that came, repeated ones counted
    qsizetype nameless = 0; ///< elements without an id
    std::optional<qint64> total; ///< of the last page
    bool isTotalMoved = false; ///< pages of it were told different totals: rows came or went between them
    std::optional<qint64> announced; ///< by the numbered listing, where this one is read by cursor in its place
    qint64 pageSize = 0; ///< as the last reply said; 0: it did not
    QString doubt; ///< why its end is not proven; empty: it came to its end

    [[nodiscard]] qsizetype distinct() const { return ids.size() + nameless; }
    [[nodiscard]] bool hasRepeats() const { return repeatedAcrossPages || !repeatedInPage.isEmpty(); }
    /// Counts a page's ids. Not safe from two threads; readings are parsed one page at a time. @return how many ids were new.
    qsizetype absorb(Page &page, bool dropRepeated);
    void absorbNameless(const Page &page); ///< of a listing without ids
    /// Lets go of all pages from the index on, as if they had never come.
    void rollBackTo(size_t pageCount);
};

[[nodiscard]] bool isNumbered(PagingStyle style);

/// Whether the reading alone, or together with the one before, is proven to be the whole listing.
[[nodiscard]] bool isProven(const Reading &reading, const std::optional<Reading> &before, bool duplicatesAllowed);
/// The same ids stand twice, each within one page, in two readings, and everything else proves.
[[nodiscard]] bool hasStableDuplicates(const Reading &reading, const std::optional<Reading> &before);
/// Why it is not proven, as a clause.
[[nodiscard]] QString doubtOf(const Reading &reading);

/// Takes every element of a repeated id out of the page; which of them is meant, nobody can say.
void quarantineRepeated(Page &page, const QSet<QString> &repeated);

} // namespace Orgtrace::Genesys
