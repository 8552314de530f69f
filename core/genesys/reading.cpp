#include "genesys/reading.h"

using namespace Qt::StringLiterals;

namespace Orgtrace::Genesys {

bool isNumbered(PagingStyle style)
{
    return style == PagingStyle::PageNumber || style == PagingStyle::PageNumberNoTotal;
}

qsizetype Reading::absorb(Page &page, bool dropRepeated)
{
    qsizetype fresh = 0;
    QSet<QString> here;
    const auto count = [&](const QString &id) {
        ++entries;
        if (id.isEmpty()) {
            ++nameless;
            ++fresh;
            return true;
        }
        if (here.contains(id)) {
            repeatedInPage.insert(id);
            return false;
        }
        here.insert(id);
        if (ids.contains(id)) {
            repeatedAcrossPages = true;
            return false;
        }
        ids.insert(id);
        ++fresh;
        return true;
    };
    std::vector<Json::Value> items;
    QStringList kept;
    for (size_t i = 0; i < page.items.size(); ++i) {
        const QString &id = page.ids.at(static_cast<qsizetype>(i));
        if (count(id) || !dropRepeated) {
            items.push_back(page.items[i]);
            kept.append(id);
        }
    }
    page.items = std::move(items);
    page.ids = std::move(kept);
    for (const BrokenItem &broken : page.broken) {
        count(broken.id);
    }
    return fresh;
}

void Reading::absorbNameless(const Page &page)
{
    entries += static_cast<qsizetype>(page.items.size());
    nameless += static_cast<qsizetype>(page.items.size());
}

void Reading::rollBackTo(size_t pageCount)
{
    pages.resize(std::min(pageCount, pages.size()));
    ids.clear();
    repeatedInPage.clear();
    repeatedAcrossPages = false;
    entries = nameless = 0;
    const auto count = [this](const QString &id, QSet<QString> &here) {
        ++entries;
        if (id.isEmpty()) {
            ++nameless;
        } else if (here.contains(id)) {
            repeatedInPage.insert(id);
        } else {
            here.insert(id);
            repeatedAcrossPages = repeatedAcrossPages || ids.contains(id);
            ids.insert(id);
        }
    };
    for (const std::shared_ptr<Page> &page : std::as_const(pages)) {
        // Only what no worker writes is read here: the items may be on their way out already.
        QSet<QString> here;
        for (const QString &id : std::as_const(page->ids)) {
            count(id, here);
        }
        for (const BrokenItem &broken : page->broken) {
            count(broken.id, here);
        }
    }
}

bool isProven(const Reading &reading, const std::optional<Reading> &before, bool duplicatesAllowed)
{
    if (!reading.doubt.isEmpty() || (reading.hasRepeats() && !duplicatesAllowed)) {
        return false;
    }
    if (!isNumbered(reading.style)) {
        return !reading.announced || reading.distinct() >= *reading.announced;
    }
    if (reading.total) {
        // Where a row went from a page that was read already, all later rows moved up, and one of them into that page, unseen: the count fits all the same.
        return !reading.isTotalMoved && reading.distinct() == *reading.total;
    }
    return before && before->doubt.isEmpty() && before->style == reading.style && before->ids == reading.ids
        && before->nameless == reading.nameless;
}

bool hasStableDuplicates(const Reading &reading, const std::optional<Reading> &before)
{
    return before && reading.doubt.isEmpty() && before->doubt.isEmpty() && !reading.repeatedAcrossPages && !before->repeatedAcrossPages
        && !reading.repeatedInPage.isEmpty() && reading.repeatedInPage == before->repeatedInPage && reading.ids == before->ids
        && reading.entries == before->entries && !reading.isTotalMoved
        && (!isNumbered(reading.style) || !reading.total || reading.entries == *reading.total)
        && (!reading.announced || reading.entries >= *reading.announced);
}

QString doubtOf(const Reading &reading)
{
    if (!reading.doubt.isEmpty()) {
        return reading.doubt;
    }
    if (reading.hasRepeats()) {
        return QStringLiteral("an id came more than once");
    }
    if (isNumbered(reading.style) && reading.isTotalMoved) {
        return QStringLiteral("its total moved while it was read");
    }
    const std::optional<qint64> promised = isNumbered(reading.style) ? reading.total : reading.announced;
    return promised ? QStringLiteral("%1 announced, %2 different ones came").arg(*promised).arg(reading.distinct())
                    : QStringLiteral("two readings did not agree");
}

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

} // namespace Orgtrace::Genesys
