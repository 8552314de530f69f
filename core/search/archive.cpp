#include "search/archive.h"

#include "base/digest.h"
#include "catalogue/catalogue.h"
#include "compare/entitynames.h"
#include "compare/sidebyside.h"
#include "json/value.h"

#include <QStringTokenizer>

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

/// One line of one place in an entity, over all the texts that have it. Places in lists count as one, wherever in the list the line stands: an element
/// that moved along is not gone.
struct Group {
    int domain = 0;
    QString id;
    QString pointer; ///< in the newest text that has it; empty: the entity's id
    QString shown;
    int markStart = 0, markLength = 0;
    bool isWhole = false;
    std::vector<int> versions; ///< in the order in which they appeared
};

/// "/grants/3/role" → "/grants/*/role".
QString withoutIndexes(const QString &pointer)
{
    QString out;
    for (const QStringView token : QStringTokenizer(QStringView(pointer).sliced(std::min<qsizetype>(1, pointer.size())), u'/')) {
        const bool isIndex = !token.isEmpty() && std::ranges::all_of(token, [](QChar c) { return c >= u'0' && c <= u'9'; });
        out += u'/';
        out += isIndex ? QStringView(u"*") : token;
    }
    return out;
}

/// What tells lines apart, however long they are: themselves, without indent and comma.
QByteArray lineKey(std::string_view line)
{
    constexpr size_t asItIs = 200;
    const size_t indent = std::min(line.find_first_not_of(' '), line.size());
    line.remove_prefix(indent);
    if (line.ends_with(',')) {
        line.remove_suffix(1);
    }
    return line.size() <= asItIs ? QByteArray(line.data(), static_cast<qsizetype>(line.size())) : sha256(line);
}

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
void showLine(Group &found, std::string_view line, size_t begin, size_t end)
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
    int generation = 0; ///< of the versions that are in `kept`
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
            const bool isWhole = row.state == Evidence::LedgerState::Complete && row.quarantined.isEmpty() && row.failedParents.isEmpty();
            if (isWhole) {
                m_inSnapshot.insert(row.domain);
                continue;
            }
            // What was carried on is what this snapshot's writer saw last, whatever others saw meanwhile.
            auto &exact = m_exact[row.domain];
            const auto read = snapshot->forEachBlob(row.domain, [&exact](const QString &id, const QByteArray &blob) {
                exact.insert({id, blob});
                return true;
            });
            if (!read) {
                return read;
            }
        }
        return {};
    }

    [[nodiscard]] bool concerns(const Version &version) const
    {
        const QString &domain = m_archive.versions.domains().at(version.domain);
        return (m_at < 0 || (m_inSnapshot.contains(domain) && Versions::isIn(version, m_at)) || isCarried(domain, version))
            && (m_query.pattern.domains().isEmpty() || m_query.pattern.domains().contains(domain, Qt::CaseInsensitive));
    }

    [[nodiscard]] bool isCarried(const QString &domain, const Version &version) const
    {
        const auto exact = m_exact.constFind(domain);
        return exact != m_exact.cend() && exact->contains({version.id, version.blob});
    }

    void search(const Chunk &chunk)
    {
        const std::string_view text = chunk.text;
        size_t done = 0; // texts whose ids were looked at
        for (auto place = m_query.pattern.findInJson(text, 0); place.isFound();) {
            const auto behind = std::ranges::upper_bound(chunk.starts, place.begin);
            const size_t at = static_cast<size_t>(behind - chunk.starts.begin()) - 1;
            const size_t end = behind == chunk.starts.end() ? text.size() : *behind;
            for (; done < at; ++done) {
                searchId(chunk.versions[done]);
            }
            done = at + 1;
            if (concerns(versionOf(chunk.versions[at]))) {
                place
                    = searchText(chunk.versions[at], text.substr(chunk.starts[at], end - chunk.starts[at]), place, chunk.starts[at], text);
            } else {
                place = m_query.pattern.findInJson(text, end);
            }
        }
        for (; done < chunk.versions.size(); ++done) {
            searchId(chunk.versions[done]);
        }
        m_texts += static_cast<qint64>(chunk.versions.size());
    }

    [[nodiscard]] Answer answer() const;
    [[nodiscard]] qint64 found() const { return m_found; }

private:
    struct Line {
        int number = 0; ///< 1-based
        std::string_view line;
        size_t begin = 0, end = 0; ///< of the place in it
    };

    [[nodiscard]] const Version &versionOf(int at) const { return m_archive.versions.all()[static_cast<size_t>(at)]; }

    /// Every line of one text. @return the first place behind it
    Pattern::Place searchText(int version, std::string_view one, Pattern::Place place, size_t offset, std::string_view all)
    {
        std::vector<Line> lines;
        size_t counted = 0;
        int number = 1;
        while (place.isFound() && place.begin < offset + one.size()) {
            const size_t begin = place.begin - offset;
            const size_t lineStart = one.rfind('\n', begin) + 1; // npos + 1 is 0: the first line
            const size_t lineEnd = std::min(one.find('\n', place.end - offset), one.size());
            number += static_cast<int>(std::ranges::count(one.substr(counted, lineStart - counted), '\n'));
            counted = lineStart;
            lines.push_back({number, one.substr(lineStart, lineEnd - lineStart), begin - lineStart, place.end - offset - lineStart});
            place = m_query.pattern.findInJson(all, offset + lineEnd);
        }
        std::vector<int> numbers;
        numbers.reserve(lines.size());
        for (const Line &line : lines) {
            numbers.push_back(line.number);
        }
        const QStringList pointers
            = Compare::pointersOfLines(QByteArray::fromRawData(one.data(), static_cast<qsizetype>(one.size())), numbers);
        for (size_t i = 0; i < lines.size(); ++i) {
            keep(version, pointers.at(static_cast<qsizetype>(i)), lineKey(lines[i].line),
                 [&lines, i](Group &group) { showLine(group, lines[i].line, lines[i].begin, lines[i].end); });
        }
        return place;
    }

    /// Of an entity whose text does not say its id.
    void searchId(int at)
    {
        const Version &version = versionOf(at);
        if (!m_query.pattern.isIn(version.id) || !concerns(version)) {
            return;
        }
        keep(at, QString(), QByteArray(), [this, &version](Group &group) {
            group.shown = version.id.left(Hit::LongestLine);
            group.markStart = std::max<int>(static_cast<int>(group.shown.indexOf(m_query.pattern.text(), 0, Qt::CaseInsensitive)), 0);
            group.markLength
                = std::min(static_cast<int>(m_query.pattern.text().size()), static_cast<int>(group.shown.size()) - group.markStart);
            group.isWhole = m_query.pattern.isAll(version.id);
        });
    }

    /// A line is kept with all its texts or not at all: for what there was no room once, there is none later.
    void keep(int at, const QString &pointer, const QByteArray &line, const std::function<void(Group &)> &show)
    {
        const Version &version = versionOf(at);
        ++m_found;
        ++m_counts[m_archive.versions.domains().at(version.domain)];
        auto known = m_groups.find({version.domain, version.id, withoutIndexes(pointer), line});
        if (known == m_groups.end()) {
            Group group;
            group.domain = version.domain;
            group.id = version.id;
            show(group);
            int &ofDomain = m_groupsOf[version.domain];
            const auto limit = static_cast<size_t>(m_query.limit);
            const bool hasRoom = group.isWhole
                ? m_groups.size() < 4 * limit
                : ofDomain < std::max(LeastOfADomain, m_query.limit / 8) || (m_groups.size() < limit && ofDomain < m_query.limit / 2);
            if (!hasRoom || m_isFull.contains(group.isWhole ? -1 : version.domain)) {
                m_isFull.insert(group.isWhole ? -1 : version.domain);
                m_isCut = true;
                return;
            }
            ++ofDomain;
            known = m_groups.emplace(std::tuple(version.domain, version.id, withoutIndexes(pointer), line), std::move(group)).first;
        }
        Group &group = known->second;
        group.pointer = pointer;
        if (group.versions.empty() || group.versions.back() != at) {
            group.versions.push_back(at);
        }
    }

    const Private &m_archive;
    const Evidence::Store &m_store;
    const Query &m_query;
    int m_at = -1;
    QSet<QString> m_inSnapshot; ///< domains that were read whole in it
    QHash<QString, QSet<std::pair<QString, QByteArray>>> m_exact; ///< of the others: ids and blobs
    std::map<std::tuple<int, QString, QString, QByteArray>, Group> m_groups; ///< domain, entity, place without indexes, line
    QHash<int, int> m_groupsOf; ///< by domain
    QSet<int> m_isFull; ///< domains for which there was no room once; -1: for whole values
    QHash<QString, qint64> m_counts;
    qint64 m_found = 0, m_texts = 0;
    bool m_isCut = false;
};

Answer Archive::Private::Run::answer() const
{
    Answer answer;
    answer.counts = m_counts;
    answer.found = m_found;
    answer.texts = m_texts;
    answer.snapshots = m_at >= 0 ? 1 : m_archive.versions.timeline().size();
    for (const QString &domain : m_query.pattern.domains()) {
        if (!m_archive.versions.domains().contains(domain, Qt::CaseInsensitive)) {
            answer.unknownDomains.append(domain);
        }
    }
    std::map<int, QString> names; ///< by version
    for (const auto &[key, group] : m_groups) {
        const QString &domain = m_archive.versions.domains().at(group.domain);
        const Catalogue::DomainRules *rules = m_archive.catalogue.find(domain);
        const auto [name, isNew] = names.try_emplace(group.versions.back());
        if (isNew) {
            const Version &newest = versionOf(group.versions.back());
            const QByteArray text = m_store.blob(newest.blob).value_or(QByteArray());
            const auto document = Json::parse({text.constData(), static_cast<size_t>(text.size())});
            name->second = m_archive.nameOf(m_store, newest, document ? document->root() : Json::Value());
        }
        Hit hit{domain, group.id, name->second, group.pointer, group.shown, group.markStart, group.markLength, group.isWhole, false, {}};
        hit.isName = rules && !rules->nameField.isEmpty() && group.pointer == QString(u'/' + rules->nameField);
        for (const int version : group.versions) {
            const Stay stay = stayOf(versionOf(version), m_archive.versions.timeline());
            if (!hit.stays.isEmpty() && hit.stays.constLast().ended == stay.first) {
                hit.stays.last().last = stay.last;
                hit.stays.last().ended = stay.ended;
                hit.stays.last().endedByRules = stay.endedByRules;
            } else {
                hit.stays.append(stay);
            }
        }
        answer.hits.append(std::move(hit));
    }
    const auto rank = [](const Hit &hit) { return std::tuple(!hit.isWhole, !hit.isName, !hit.stays.constLast().ended.snapshot.isEmpty()); };
    std::ranges::stable_sort(answer.hits, [&rank](const Hit &a, const Hit &b) {
        return std::tuple(rank(a), a.domain, a.name, a.entity, a.pointer) < std::tuple(rank(b), b.domain, b.name, b.entity, b.pointer);
    });
    answer.isCut = m_isCut || answer.hits.size() > m_query.limit;
    if (answer.hits.size() > m_query.limit) {
        answer.hits.resize(m_query.limit);
    }
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
    const auto done = versions.extendTo(*store, *timeline, cancel, progress);
    if (versions.generation() != generation) { // also where a snapshot came into the middle: what is kept belongs to other numbers
        kept.clear();
        keptBytes = keptVersions = 0;
        generation = versions.generation();
    }
    if (!done) {
        return std::unexpected(done.error());
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
    QString own = Compare::textAt(root, rules->nameField);
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
    return {.first = moment(version.first),
            .last = moment(version.last),
            .ended = moment(version.ended),
            .before = moment(version.before),
            .beganByRules = version.beganByRules,
            .endedByRules = version.endedByRules};
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
