#include "capture/domainreader.h"

#include "capture/subresource.h"

#include <QCoroFuture>
#include <QFuture>
#include <QtConcurrentRun>

using namespace Qt::StringLiterals;

namespace Orgtrace::Capture {

namespace {
constexpr int Lanes = 4;
constexpr int OutagesThatEndAList = 4;
constexpr size_t PivotParts = 4; // normalised at once

Genesys::PagingStyle styleOf(Catalogue::Paging paging)
{
    switch (paging) {
    case Catalogue::Paging::PageNumber: return Genesys::PagingStyle::PageNumber;
    case Catalogue::Paging::PageNumberNoTotal: return Genesys::PagingStyle::PageNumberNoTotal;
    case Catalogue::Paging::After: return Genesys::PagingStyle::After;
    case Catalogue::Paging::Cursor: return Genesys::PagingStyle::Cursor;
    case Catalogue::Paging::NextPage: return Genesys::PagingStyle::NextPage;
    case Catalogue::Paging::Unpaged: return Genesys::PagingStyle::Unpaged;
    case Catalogue::Paging::Single: return Genesys::PagingStyle::Single;
    case Catalogue::Paging::Array: return Genesys::PagingStyle::Array;
    }
    return Genesys::PagingStyle::Unpaged;
}

Genesys::ListingRequest requestOf(const Catalogue::DomainRules &rules)
{
    Genesys::ListingRequest request;
    request.path = rules.path;
    request.query = rules.query;
    for (const QString &member : rules.lastSeen) {
        if (const std::pair expand(QStringLiteral("expand"), member.section(u'/', 0, 0)); !request.query.contains(expand)) {
            request.query.append(expand);
        }
    }
    request.style = styleOf(rules.paging);
    request.pageSize = rules.pageSize;
    request.itemsKey = rules.itemsKey;
    request.identity = rules.identity;
    request.largeAbove = rules.largeAbove;
    request.largePath = rules.largePath.toUtf8();
    return request;
}

Evidence::LedgerRow rowOf(const Catalogue::DomainRules &rules)
{
    Evidence::LedgerRow row;
    row.domain = rules.name;
    row.catalogueHash = QString::fromLatin1(rules.hash());
    return row;
}

/// Puts the parent's members into the places of {…}. False where it lacks one.
bool fillQuery(QList<std::pair<QString, QString>> &query, const QString &id, const Members &members, const QHash<QString, QString> &values)
{
    for (auto &[name, value] : query) {
        if (!value.contains(u'{')) {
            continue;
        }
        QString filled;
        qsizetype at = 0;
        while (at < value.size()) {
            const qsizetype open = value.indexOf(u'{', at), close = value.indexOf(u'}', std::max<qsizetype>(open, 0));
            if (open < 0 || close < 0) {
                break;
            }
            const QString member = value.sliced(open + 1, close - open - 1);
            const QString text = member == QLatin1StringView("id") ? id : members.value(member);
            if (text.isEmpty()) {
                return false;
            }
            filled += QStringView(value).sliced(at, open - at) % text;
            at = close + 1;
        }
        filled += QStringView(value).sliced(at);
        value = values.value(filled, filled);
        if (value.isEmpty()) {
            return false;
        }
    }
    return true;
}

void addSums(Evidence::LedgerRow &row, const Genesys::Listing &listing)
{
    row.pages += listing.pageRequests;
    row.retries += listing.retries;
    if (!row.firstRequestUtc.isValid() || listing.firstRequestUtc < row.firstRequestUtc) {
        row.firstRequestUtc = listing.firstRequestUtc;
    }
    if (!row.lastResponseUtc.isValid() || listing.lastResponseUtc > row.lastResponseUtc) {
        row.lastResponseUtc = listing.lastResponseUtc;
    }
    row.clockOffsetMs = listing.serverClockOffsetMs;
}
} // namespace

QStringList wantedMembers(const Catalogue::DomainRules &sub)
{
    QStringList out;
    for (const auto &[name, value] : sub.query) {
        for (qsizetype open = value.indexOf(u'{'); open >= 0; open = value.indexOf(u'{', open + 1)) {
            const QString member = value.sliced(open + 1, std::max<qsizetype>(value.indexOf(u'}', open) - open - 1, 0));
            if (!member.isEmpty() && member != QLatin1StringView("id")) {
                out.append(member);
            }
        }
    }
    return out;
}

bool endsTheRun(ErrorCode code)
{
    return code == ErrorCode::Cancelled || code == ErrorCode::WrongSecret || code == ErrorCode::WrongRegion
        || code == ErrorCode::IpNotAllowed;
}

bool isOutage(ErrorCode code)
{
    return code == ErrorCode::Unreachable || code == ErrorCode::TimedOut || code == ErrorCode::TlsFailed || code == ErrorCode::Throttled
        || code == ErrorCode::ServerFailed || code == ErrorCode::Unauthorised;
}

QCoro::Task<Result<DomainData>> DomainReader::read(const Catalogue::DomainRules *rules, Progress progress, QStringList wanted)
{
    Genesys::ListingRequest request = requestOf(*rules);
    const bool isSingle = rules->paging == Catalogue::Paging::Single;
    request.keepItems = false;
    const auto normalisers = std::make_shared<Catalogue::NormaliserPool>(*rules, m_redactor, m_day);
    request.work = [normalisers, isSingle, wanted](const Genesys::Page &page) -> std::shared_ptr<void> {
        auto batch = normalisePage(page, *normalisers, isSingle);
        batch->members = membersOf(page, wanted);
        return batch;
    };
    auto reading = Genesys::readListing(m_client, std::move(request), [progress](qsizetype items, std::optional<qsizetype> announced) {
        if (progress) {
            progress(items, announced);
        }
    });
    Result<Genesys::Listing> listing = co_await reading;
    if (!listing) {
        co_return std::unexpected(listing.error());
    }
    DomainData data;
    data.row = rowOf(*rules);
    addSums(data.row, *listing);
    data.row.announced = listing->announced;
    for (Genesys::Page &page : listing->pages) {
        auto batch = std::static_pointer_cast<Batch>(page.worked);
        // What the listing found out only at its end: ids that stand twice.
        for (const Genesys::BrokenItem &broken : page.broken) {
            const bool isKnown = std::ranges::any_of(batch->quarantined, [&](const Evidence::Quarantined &entry) {
                return entry.id == broken.id && entry.sha256 == QString::fromLatin1(broken.sha256);
            });
            if (!isKnown) {
                batch->quarantined.push_back(quarantinedFrom(broken));
            }
        }
        for (const QString &id : std::as_const(page.ids)) {
            id.isEmpty() ? static_cast<void>(data.hasNameless = true) : data.ids.append(id);
        }
        for (const Genesys::BrokenItem &broken : page.broken) {
            broken.id.isEmpty() ? static_cast<void>(data.hasNameless = true) : data.ids.append(broken.id);
        }
        data.members.insert(std::exchange(batch->members, {}));
        data.batches.push_back(std::move(batch));
    }
    co_return Result<DomainData>(std::move(data));
}

QCoro::Task<Result<DomainReader::Parents>> DomainReader::readIds(const Catalogue::DomainRules *rules, QStringList wanted)
{
    Genesys::ListingRequest request = requestOf(*rules);
    request.keepItems = false;
    request.work = [wanted](const Genesys::Page &page) -> std::shared_ptr<void> {
        auto batch = std::make_shared<Batch>();
        batch->members = membersOf(page, wanted);
        return batch;
    };
    auto reading = Genesys::readListing(m_client, std::move(request));
    const Result<Genesys::Listing> listing = co_await reading;
    if (!listing) {
        co_return std::unexpected(listing.error());
    }
    Parents parents;
    for (const Genesys::Page &page : listing->pages) {
        parents.ids += page.ids;
        for (const Genesys::BrokenItem &broken : page.broken) {
            parents.ids.append(broken.id);
        }
        parents.members.insert(std::static_pointer_cast<Batch>(page.worked)->members);
    }
    if (parents.ids.contains(QString())) {
        co_return Error::make(ErrorCode::Incomplete, u"an element of %1 came without a usable id"_s.arg(rules->name));
    }
    co_return Result<Parents>(std::move(parents));
}

/// What the lanes of one sub-resource share; all of it in one thread.
struct DomainReader::Sweep {
    const Catalogue::DomainRules *rules = nullptr;
    QStringList parents;
    QHash<QString, Members> members;
    bool wantsMembers = false;
    Progress progress;
    qsizetype next = 0, done = 0, read = 0, forbidden = 0, notOffered = 0;
    int outages = 0; ///< in a row
    bool isPivot = false, allAnnounced = true;
    qint64 announced = 0;
    std::optional<Error> stop, firstError;
    std::shared_ptr<Pivot> pivot;
    std::shared_ptr<Catalogue::NormaliserPool> normalisers;
    DomainData data;

    void fail(const QString &parent, const Error &error)
    {
        firstError = firstError ? firstError : error;
        data.firstFailure = reasonOf(*firstError);
        forbidden += error.code == ErrorCode::Forbidden;
        notOffered += error.code == ErrorCode::NotOffered;
        outages = isOutage(error.code) ? outages + 1 : 0;
        data.failedParents.append(parent);
        const bool nothingIsAllowed = forbidden >= Lanes && read == 0;
        const bool isRefusal = error.code == ErrorCode::Forbidden || error.code == ErrorCode::NotOffered;
        if (!stop && (endsTheRun(error.code) || (isPivot && !isRefusal) || outages >= OutagesThatEndAList || nothingIsAllowed)) {
            stop = error;
        }
    }
};

QCoro::Task<void> DomainReader::lane(std::shared_ptr<Sweep> sweep)
{
    while (sweep->next < sweep->parents.size() && !sweep->stop) {
        const qsizetype index = sweep->next++;
        const QString parent = sweep->parents.at(index);
        const Result<QByteArray> path = sweep->rules->path.contains("{id}") ? Genesys::pathWithId(sweep->rules->path, parent)
                                                                            : Result<QByteArray>(sweep->rules->path);
        if (!path) {
            sweep->fail(parent, path.error());
            ++sweep->done;
            continue;
        }
        Genesys::ListingRequest request = requestOf(*sweep->rules);
        request.path = *path;
        if (sweep->wantsMembers && !sweep->members.contains(parent)) {
            // Nobody read what to ask with: that is no sign that there is nothing.
            sweep->fail(parent, {ErrorCode::Incomplete, QStringLiteral("what it is asked with could not be read of its parent"), {}});
            ++sweep->done;
            continue;
        }
        if (!fillQuery(request.query, parent, sweep->members.value(parent), sweep->rules->sub.values)) {
            ++sweep->done; // it has nothing to ask about
            continue;
        }
        auto reading = Genesys::readListing(m_client, std::move(request));
        Result<Genesys::Listing> listing = co_await reading;
        ++sweep->done;
        if (!listing) {
            sweep->fail(parent, listing.error());
            continue;
        }
        ++sweep->read;
        sweep->outages = 0;
        addSums(sweep->data.row, *listing);
        sweep->allAnnounced = sweep->allAnnounced && listing->announced.has_value();
        sweep->announced += listing->announced.value_or(0);
        const auto pages = std::make_shared<const std::vector<Genesys::Page>>(std::move(listing->pages));
        if (sweep->isPivot) {
            const QFuture<bool> adding
                = QtConcurrent::run([pivot = sweep->pivot, index, parent, pages] { return pivot->add(index, parent, *pages); });
            const bool isWhole = co_await adding;
            if (!isWhole) {
                sweep->fail(parent, {ErrorCode::Incomplete, QStringLiteral("an item without id came; nobody can say whose it is"), {}});
            }
        } else {
            const QFuture<std::shared_ptr<Batch>> composing
                = QtConcurrent::run([parent, pages, sub = &sweep->rules->sub, normalisers = sweep->normalisers] {
                      return composeItems(parent, *pages, *sub, *normalisers);
                  });
            std::shared_ptr<Batch> batch = co_await composing;
            sweep->data.batches.push_back(std::move(batch));
        }
        if (sweep->progress) {
            sweep->progress(sweep->done, sweep->parents.size());
        }
    }
}

QCoro::Task<Result<DomainData>> DomainReader::readSub(const Catalogue::DomainRules *rules, Parents parents, Progress progress)
{
    auto sweep = std::make_shared<Sweep>();
    sweep->rules = rules;
    sweep->parents = std::move(parents.ids);
    sweep->members = std::move(parents.members);
    sweep->wantsMembers = !wantedMembers(*rules).isEmpty();
    sweep->parents.removeDuplicates();
    sweep->progress = std::move(progress);
    sweep->isPivot = rules->sub.shape == QLatin1StringView("pivot");
    sweep->data.row = rowOf(*rules);
    sweep->normalisers = std::make_shared<Catalogue::NormaliserPool>(*rules, m_redactor, m_day);
    if (sweep->isPivot) {
        sweep->pivot = std::make_shared<Pivot>(rules->sub);
    }
    std::vector<QCoro::Task<void>> lanes;
    lanes.reserve(Lanes);
    for (int i = 0; i < Lanes; ++i) {
        lanes.push_back(lane(sweep));
    }
    for (QCoro::Task<void> &running : lanes) {
        co_await running;
    }
    if (m_cancel.isCancelled()) {
        co_return Error::make(ErrorCode::Cancelled, QStringLiteral("Cancelled."));
    }
    if (sweep->stop) {
        Error error = *sweep->stop;
        if (sweep->isPivot && !sweep->data.failedParents.isEmpty() && !endsTheRun(error.code)) {
            error.detail = sweep->rules->sub.parentKey + u' ' + sweep->data.failedParents.first() + u": "_s + error.detail;
        }
        co_return std::unexpected(error);
    }
    if (sweep->read == 0 && sweep->firstError) {
        co_return std::unexpected(*sweep->firstError); // every single one failed: nothing was seen
    }
    if (sweep->isPivot && !sweep->data.failedParents.isEmpty()) {
        // Regrouped, one missing parent may miss anywhere.
        co_return Error::make(
            ErrorCode::Incomplete,
            u"%1 %2 could not be read: %3"_s.arg(rules->sub.parentKey, sweep->data.failedParents.first(), reasonOf(*sweep->firstError)));
    }
    if (sweep->isPivot) {
        sweep->pivot->close();
        std::vector<QFuture<std::shared_ptr<Batch>>> parts;
        parts.reserve(PivotParts);
        for (size_t part = 0; part < PivotParts; ++part) {
            parts.push_back(QtConcurrent::run(
                [pivot = sweep->pivot, normalisers = sweep->normalisers, part] { return pivot->finish(part, PivotParts, *normalisers); }));
        }
        for (const QFuture<std::shared_ptr<Batch>> &finishing : parts) {
            std::shared_ptr<Batch> batch = co_await finishing;
            sweep->data.batches.push_back(std::move(batch));
        }
    }
    if (sweep->allAnnounced && sweep->read > 0) {
        sweep->data.row.announced = sweep->announced;
    }
    co_return Result<DomainData>(std::move(sweep->data));
}

} // namespace Orgtrace::Capture
