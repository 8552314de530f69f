#include "search/archive.h"

#include "catalogue/catalogue.h"
#include "compare/entitynames.h"
#include "compare/sidebyside.h"
#include "json/value.h"

#include <algorithm>
#include <map>
#include <string>
#include <tuple>

namespace Orgtrace::Search {

using namespace Qt::StringLiterals;

namespace {

constexpr size_t ChunkBytes = 4U << 20;
constexpr int LeastOfADomain = 20; ///< hits that each domain may show, however many others have

/// Texts one after the other, so that one pass of the pattern goes over many.
struct Chunk {
    std::string text;
    std::vector<size_t> starts; ///< of each text
    std::vector<int> versions; ///< of each text
};

struct Found {
    int version = 0;
    int line = 0; ///< 1-based; 0: in the id alone
    QString shown;
    int markStart = 0, markLength = 0;
    bool isWhole = false;
};

QString utf8(std::string_view bytes)
{
    return QString::fromUtf8(bytes.data(), static_cast<qsizetype>(bytes.size()));
}

/// Where a cut must move to so as not to split a character.
size_t characterStart(std::string_view text, size_t at)
{
    while (at > 0 && at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U) {
        --at;
    }
    return at;
}

/// Whether the place is all of the line's value: a text between its quotes, or a bare scalar between its ends. Never a member's name.
bool isWholeValue(std::string_view line, size_t begin, size_t end)
{
    const std::string_view before = line.substr(0, begin);
    const std::string_view behind = line.substr(end);
    if (before.ends_with('"')) {
        return behind == "\"" || behind == "\",";
    }
    return (behind.empty() || behind == ",") && (before.ends_with(": ") || before.find_first_not_of(' ') == std::string_view::npos);
}

/// The line around a place, cut where it is long, with the place marked.
void showLine(Found &found, std::string_view line, size_t begin, size_t end)
{
    const size_t indent = std::min(line.find_first_not_of(' '), begin);
    constexpr size_t Before = 60;
    constexpr size_t Longest = 600; // bytes; in characters it is cut below
    const size_t from = begin - indent > Before + 20 ? characterStart(line, begin - Before) : indent;
    const size_t to = line.size() - from > Longest ? characterStart(line, std::max(end, from + Longest)) : line.size();
    QString text = from > indent ? u"…"_s : QString();
    text += utf8(line.substr(from, begin - from));
    found.markStart = static_cast<int>(text.size());
    const QString place = utf8(line.substr(begin, std::min(end, to) - begin));
    text += place;
    found.markLength = static_cast<int>(place.size());
    text += utf8(line.substr(std::min(end, to), to - std::min(end, to)));
    bool isCut = to < line.size();
    if (text.size() > Hit::LongestLine) {
        text.truncate(Hit::LongestLine);
        found.markStart = std::min<int>(found.markStart, Hit::LongestLine);
        found.markLength = std::min<int>(found.markLength, static_cast<int>(Hit::LongestLine) - found.markStart);
        isCut = true;
    } else if (text.endsWith(u',')) {
        text.chop(1);
    }
    found.shown = isCut ? QString(text + u'…') : text;
    found.isWhole = isWholeValue(line, begin, end);
}

} // namespace

struct Archive::Private {
    QString folder, organisation;
    std::mutex mutex;
    Versions versions;
    std::vector<Chunk> kept;
    size_t keptBytes = 0;
    size_t keptVersions = 0; ///< the first so many versions are in `kept`
    QString catalogueOf; ///< snapshot whose catalogue is known
    Catalogue::Catalogue catalogue;

    [[nodiscard]] Result<Evidence::Store> prepare(const CancellationToken &cancel, const Progress &progress);
    [[nodiscard]] Result<Chunk> read(const Evidence::Store &store, size_t first, const CancellationToken &cancel) const;
    [[nodiscard]] QString nameOf(const Evidence::Store &store, const Version &version, Json::Value root) const;
    [[nodiscard]] QString latestName(const Evidence::Store &store, const QString &domain, const QString &id) const;
    class Run;
};

/// One question on its way through the chunks.
class Archive::Private::Run
{
public:
    Run(const Private &archive, const Evidence::Store &store, const Query &query) : m_archive(archive), m_store(store), m_query(query) { }

    [[nodiscard]] Result<void> restrict()
    {
        if (m_query.snapshot.isEmpty()) {
            return {};
        }
        const auto &timeline = m_archive.versions.timeline();
        const auto found = std::ranges::find(timeline, m_query.snapshot, &Evidence::SnapshotSummary::id);
        if (found == timeline.end()) {
            return Error::make(ErrorCode::NotFound, u"the timeline has no such snapshot"_s, m_query.snapshot.left(40));
        }
        const auto snapshot = m_store.snapshot(m_query.snapshot);
        if (!snapshot) {
            return std::unexpected(snapshot.error());
        }
        m_at = static_cast<int>(found - timeline.begin());
        for (const Evidence::LedgerRow &row : snapshot->manifest().ledger) {
            if (row.state == Evidence::LedgerState::Complete || row.state == Evidence::LedgerState::Carried) {
                m_inSnapshot.insert(row.domain);
            }
        }
        return {};
    }

    [[nodiscard]] bool concerns(const Version &version) const
    {
        const QString &domain = m_archive.versions.domains().at(version.domain);
        return (m_at < 0 || (Versions::isIn(version, m_at) && m_inSnapshot.contains(domain)))
            && (m_query.pattern.domains().isEmpty() || m_query.pattern.domains().contains(domain, Qt::CaseInsensitive));
    }

    void search(const Chunk &chunk)
    {
        const std::string_view text = chunk.text;
        std::vector<bool> hasFound(chunk.versions.size());
        for (auto place = m_query.pattern.findInJson(text, 0); place.isFound();) {
            const auto behind = std::ranges::upper_bound(chunk.starts, place.begin);
            const size_t at = static_cast<size_t>(behind - chunk.starts.begin()) - 1;
            const size_t textEnd = behind == chunk.starts.end() ? text.size() : *behind;
            if (!concerns(m_archive.versions.all()[static_cast<size_t>(chunk.versions[at])])) {
                place = m_query.pattern.findInJson(text, textEnd);
                continue;
            }
            hasFound[at] = true;
            const size_t lineStart = text.rfind('\n', place.begin) + 1; // npos + 1 is 0: the first line
            const size_t lineEnd = std::min(text.find('\n', place.end), text.size());
            take(chunk, at, lineStart, lineEnd, place);
            place = m_query.pattern.findInJson(text, lineEnd);
        }
        for (size_t at = 0; at < chunk.versions.size(); ++at) {
            const Version &version = m_archive.versions.all()[static_cast<size_t>(chunk.versions[at])];
            if (!hasFound[at] && m_query.pattern.isIn(version.id) && concerns(version)) {
                Found found{chunk.versions[at], 0, version.id.left(Hit::LongestLine), 0, 0, m_query.pattern.isAll(version.id)};
                found.markStart = static_cast<int>(found.shown.indexOf(m_query.pattern.text(), 0, Qt::CaseInsensitive));
                found.markLength = found.markStart < 0 ? 0 : static_cast<int>(m_query.pattern.text().size());
                found.markStart = std::max(found.markStart, 0);
                keep(std::move(found));
            }
        }
        m_texts += static_cast<qint64>(chunk.versions.size());
    }

    [[nodiscard]] Answer answer() const;
    [[nodiscard]] qint64 found() const { return m_found; }

private:
    void take(const Chunk &chunk, size_t at, size_t lineStart, size_t lineEnd, const Pattern::Place &place)
    {
        const std::string_view text = chunk.text;
        Found found;
        found.version = chunk.versions[at];
        showLine(found, text.substr(lineStart, lineEnd - lineStart), place.begin - lineStart, place.end - lineStart);
        if (roomFor(found)) {
            found.line = 1 + static_cast<int>(std::ranges::count(text.substr(chunk.starts[at], lineStart - chunk.starts[at]), '\n'));
        }
        keep(std::move(found));
    }

    [[nodiscard]] const QString &domainOf(const Found &found) const
    {
        return m_archive.versions.domains().at(m_archive.versions.all()[static_cast<size_t>(found.version)].domain);
    }

    [[nodiscard]] bool roomFor(const Found &found) const
    {
        const qint64 ofDomain = m_counts.value(domainOf(found));
        return found.isWhole ? m_kept.size() < static_cast<size_t>(4 * m_query.limit)
                             : ofDomain < std::max(LeastOfADomain, m_query.limit / 8)
                || (m_kept.size() < static_cast<size_t>(m_query.limit) && ofDomain < m_query.limit / 2);
    }

    void keep(Found found)
    {
        const bool isKept = roomFor(found);
        ++m_counts[domainOf(found)];
        ++m_found;
        if (isKept) {
            m_kept.push_back(std::move(found));
        }
    }

    const Private &m_archive;
    const Evidence::Store &m_store;
    const Query &m_query;
    int m_at = -1;
    QSet<QString> m_inSnapshot;
    std::vector<Found> m_kept;
    QHash<QString, qint64> m_counts;
    qint64 m_found = 0, m_texts = 0;
};

Answer Archive::Private::Run::answer() const
{
    Answer answer;
    answer.counts = m_counts;
    answer.found = m_found;
    answer.texts = m_texts;
    answer.snapshots = m_at >= 0 ? 1 : m_archive.versions.timeline().size();
    // Lines of one text at a time: it is read, parsed and walked once.
    std::map<int, std::vector<const Found *>> byVersion;
    for (const Found &found : m_kept) {
        byVersion[found.version].push_back(&found);
    }
    std::map<std::tuple<int, QString, QString, QString>, qsizetype> places;
    for (const auto &[at, lines] : byVersion) {
        const Version &version = m_archive.versions.all()[static_cast<size_t>(at)];
        const QByteArray text = m_store.blob(version.blob).value_or(QByteArray());
        const auto document = Json::parse({text.constData(), static_cast<size_t>(text.size())});
        const QString &domain = m_archive.versions.domains().at(version.domain);
        const Catalogue::DomainRules *rules = m_archive.catalogue.find(domain);
        const QString name = m_archive.nameOf(m_store, version, document ? document->root() : Json::Value());
        for (const Found *found : lines) {
            const QString pointer = found->line > 0 ? Compare::pointerOfLine(text, found->line) : QString();
            const auto [place, isNew] = places.try_emplace({version.domain, version.id, pointer, found->shown}, answer.hits.size());
            if (isNew) {
                Hit hit{domain, version.id, name, pointer, found->shown, found->markStart, found->markLength, found->isWhole, false, {}};
                hit.isName = rules && !rules->nameField.isEmpty() && pointer == QString(u'/' + rules->nameField);
                answer.hits.append(std::move(hit));
            }
            Hit &hit = answer.hits[place->second];
            if (!name.isEmpty()) {
                hit.name = name; // versions come oldest first
            }
            const Stay stay = stayOf(version, m_archive.versions.timeline());
            if (!hit.stays.isEmpty() && hit.stays.constLast().ended == stay.first) {
                hit.stays.last().last = stay.last;
                hit.stays.last().ended = stay.ended;
            } else {
                hit.stays.append(stay);
            }
        }
    }
    const auto rank = [](const Hit &hit) { return std::tuple(!hit.isWhole, !hit.isName, !hit.stays.constLast().ended.snapshot.isEmpty()); };
    std::ranges::stable_sort(answer.hits, [&rank](const Hit &a, const Hit &b) {
        return std::tuple(rank(a), a.domain, a.name, a.entity, a.pointer) < std::tuple(rank(b), b.domain, b.name, b.entity, b.pointer);
    });
    if (answer.hits.size() > m_query.limit) {
        answer.hits.resize(m_query.limit);
    }
    answer.isCut = static_cast<qint64>(m_kept.size()) < m_found || static_cast<qsizetype>(places.size()) > answer.hits.size();
    return answer;
}

Result<Evidence::Store> Archive::Private::prepare(const CancellationToken &cancel, const Progress &progress)
{
    auto store = Evidence::Store::open(folder);
    if (!store) {
        return store;
    }
    const auto timeline = store->snapshots(organisation);
    if (!timeline) {
        return std::unexpected(timeline.error());
    }
    const QString firstKnown = versions.timeline().isEmpty() ? QString() : versions.timeline().constFirst().id;
    const size_t known = versions.all().size();
    if (auto done = versions.extendTo(*store, *timeline, cancel, progress); !done) {
        kept.clear();
        keptBytes = keptVersions = 0;
        return std::unexpected(done.error());
    }
    const bool isAnew = versions.all().size() < known || versions.timeline().isEmpty() || versions.timeline().constFirst().id != firstKnown;
    if (isAnew) {
        kept.clear();
        keptBytes = keptVersions = 0;
    }
    if (!timeline->isEmpty() && catalogueOf != timeline->constLast().id) {
        const auto last = store->snapshot(timeline->constLast().id);
        if (!last) {
            return std::unexpected(last.error());
        }
        const auto rules = Catalogue::Catalogue::fromJson(last->catalogueJson());
        catalogue = rules ? *rules : Catalogue::Catalogue();
        catalogueOf = timeline->constLast().id;
    }
    return store;
}

Result<Chunk> Archive::Private::read(const Evidence::Store &store, size_t first, const CancellationToken &cancel) const
{
    Chunk chunk;
    for (size_t at = first; at < versions.all().size() && chunk.text.size() < ChunkBytes; ++at) {
        if (cancel.isCancelled()) {
            return Error::make(ErrorCode::Cancelled, u"cancelled"_s);
        }
        const auto text = store.blob(versions.all()[at].blob);
        if (!text) {
            return std::unexpected(text.error());
        }
        chunk.starts.push_back(chunk.text.size());
        chunk.versions.push_back(static_cast<int>(at));
        chunk.text.append(text->constData(), static_cast<size_t>(text->size()));
        if (!text->endsWith('\n')) {
            chunk.text.push_back('\n'); // a line never reaches into the next text
        }
    }
    chunk.text.shrink_to_fit();
    return chunk;
}

QString Archive::Private::latestName(const Evidence::Store &store, const QString &domain, const QString &id) const
{
    const int at = versions.latestOf(domain, id);
    const Catalogue::DomainRules *rules = catalogue.find(domain);
    if (at < 0 || !rules) {
        return {};
    }
    const auto text = store.blob(versions.all()[static_cast<size_t>(at)].blob);
    const auto document
        = text ? Json::parse({text->constData(), static_cast<size_t>(text->size())}) : Result<Json::Document>(std::unexpected(Error{}));
    return document ? Compare::textAt(document->root(), rules->nameField) : QString();
}

QString Archive::Private::nameOf(const Evidence::Store &store, const Version &version, Json::Value root) const
{
    const Catalogue::DomainRules *rules = catalogue.find(versions.domains().at(version.domain));
    if (!rules) {
        return {};
    }
    const QString own = Compare::textAt(root, rules->nameField);
    if (!own.isEmpty()) {
        return own;
    }
    if (rules->sub.shape == "pivot"_L1) {
        for (const QString &domain : {u"users"_s, u"groups"_s, u"teams"_s, u"oauth_clients"_s}) {
            if (const QString name = latestName(store, domain, version.id); !name.isEmpty()) {
                return name;
            }
        }
        return {};
    }
    return rules->sub.parent.isEmpty() ? rules->identity.isEmpty() ? rules->title : QString()
                                       : latestName(store, rules->sub.parent, version.id);
}

Stay stayOf(const Version &version, const QList<Evidence::SnapshotSummary> &timeline)
{
    const auto moment = [&timeline](int at) { return at < 0 ? Moment() : Moment{timeline.at(at).id, timeline.at(at).observedUtc}; };
    return {moment(version.first), moment(version.last), moment(version.ended), moment(version.before)};
}

Archive::Archive(QString storeFolder, QString organisationId) : d(std::make_unique<Private>())
{
    d->folder = std::move(storeFolder);
    d->organisation = std::move(organisationId);
}

Archive::~Archive() = default;

Result<Answer> Archive::find(const Query &query, const CancellationToken &cancel, const Progress &progress,
                             const std::function<void(const Answer &)> &early)
{
    const std::scoped_lock lock(d->mutex);
    const auto store = d->prepare(cancel, progress);
    if (!store) {
        return std::unexpected(store.error());
    }
    Private::Run run(*d, *store, query);
    if (auto restricted = run.restrict(); !restricted) {
        return std::unexpected(restricted.error());
    }
    const qint64 total = static_cast<qint64>(d->versions.all().size());
    qint64 told = 0;
    const auto searched = [&](const Chunk &chunk) {
        run.search(chunk);
        if (progress) {
            progress(chunk.versions.empty() ? 0 : chunk.versions.back() + 1, total);
        }
        if (early && told == 0 && run.found() > 0) {
            told = run.found(); // once: what is found first is what somebody who types can see; the rest comes with the answer
            early(run.answer());
        }
    };
    for (const Chunk &chunk : d->kept) {
        if (cancel.isCancelled()) {
            return Error::make(ErrorCode::Cancelled, u"cancelled"_s);
        }
        searched(chunk);
    }
    for (size_t at = d->keptVersions; at < d->versions.all().size();) {
        auto chunk = d->read(*store, at, cancel);
        if (!chunk) {
            return std::unexpected(chunk.error());
        }
        at += chunk->versions.size();
        searched(*chunk);
        if (d->keptBytes + chunk->text.size() <= KeptBytes && d->keptVersions + chunk->versions.size() == at) {
            d->keptBytes += chunk->text.size();
            d->keptVersions = at;
            d->kept.push_back(*std::move(chunk));
        }
    }
    return run.answer();
}

} // namespace Orgtrace::Search
