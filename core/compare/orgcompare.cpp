#include "compare/orgcompare.h"

#include "base/digest.h"
#include "compare/comparer.h"
#include "compare/coverage.h"
#include "compare/entitynames.h"

#include <algorithm>
#include <map>
#include <string>
#include <unordered_map>
#include <unordered_set>

namespace Orgtrace::Compare {

namespace {

constexpr size_t ShortestId = 8; // anything shorter is as likely an ordinary value
constexpr size_t LongestId = 200;

using IdSet = std::unordered_set<std::string, IdHash, std::equal_to<>>;

/// Calls `see` with each text of a JSON document that could be an id, and where it begins: one without escapes and of a fitting length.
template<typename See> void forEachId(std::string_view json, const See &see)
{
    for (size_t open = json.find('"'); open != std::string_view::npos; open = json.find('"', open)) {
        size_t end = open + 1;
        bool plain = true;
        while (end < json.size() && json[end] != '"') {
            plain = plain && json[end] != '\\';
            end += json[end] == '\\' ? 2 : 1;
        }
        if (end >= json.size())
            return;
        const std::string_view text = json.substr(open + 1, end - open - 1);
        if (plain && text.size() >= ShortestId && text.size() <= LongestId)
            see(text, open + 1);
        open = end + 1;
    }
}

/// The document with the ids of twins in place of its own.
std::string translated(std::string_view json, const TwinIds &twins)
{
    std::string out;
    size_t done = 0;
    forEachId(json, [&](std::string_view id, size_t at) {
        const auto twin = twins.find(id);
        if (twin == twins.end())
            return;
        out.append(json.substr(done, at - done));
        out.append(twin->second);
        done = at + id.size();
    });
    out.append(json.substr(done));
    return out;
}

bool namesOneOf(const std::optional<QByteArray> &json, const IdSet &ids)
{
    bool found = false;
    if (json && !ids.empty())
        forEachId(view(*json), [&](std::string_view id, size_t) { found = found || ids.contains(id); });
    return found;
}

class OrganisationComparison
{
public:
    OrganisationComparison(const Evidence::Snapshot &a, const Evidence::Snapshot &b, const Options &options,
                           const CancellationToken &cancel, const std::function<void(qint64, qint64)> &progress) :
        m_a(a), m_b(b), m_options(options), m_cancel(cancel), m_progress(progress)
    {
    }

    Result<OrganisationDifference> run(const Catalogue::Catalogue &catalogueA, const Catalogue::Catalogue &catalogueB,
                                       const QList<Correction> &corrections)
    {
        SnapshotDifference &difference = m_out.difference;
        difference.from = m_a.summary();
        difference.to = m_b.summary();
        // References lead into domains nobody asked to see, so that all are matched, and only those asked for are compared.
        m_coverage = coverageOf(m_a.manifest(), catalogueA, m_b.manifest(), catalogueB, {});
        difference.rulesChanged = m_coverage.rulesChanged;
        if (auto read = readAll(corrections); !read)
            return std::unexpected(read.error());
        const Coverage wanted = m_options.domains.isEmpty()
            ? m_coverage
            : coverageOf(m_a.manifest(), catalogueA, m_b.manifest(), catalogueB, m_options.domains);
        difference.notComparable = wanted.notComparable;
        m_total = 0;
        for (const auto &[domain, rows] : m_rows)
            m_total += wanted.domains.contains(domain) ? qint64(rows.size()) : 0;
        for (const auto &[domain, coverage] : wanted.domains) {
            if (auto compared = compareDomain(domain, coverage); !compared)
                return std::unexpected(compared.error());
        }
        finish();
        return std::move(m_out);
    }

private:
    static std::unexpected<Error> cancelled() { return Error::make(ErrorCode::Cancelled, QStringLiteral("the comparison was cancelled")); }

    /// What one side offers for matching.
    [[nodiscard]] Result<QList<Matchable>> offered(const Evidence::Snapshot &side, const QString &domain,
                                                   const Catalogue::DomainRules &rules) const
    {
        QList<Matchable> out;
        const QString field = rules.lineage.isEmpty() ? rules.nameField : rules.lineage;
        const bool byName = rules.sub.parent.isEmpty() && !rules.identity.isEmpty() && !field.isEmpty();
        const Result<void> read = side.forEachEntity(domain, [&](const QString &id, std::string_view text) {
            Matchable entity{id, {}};
            if (byName) {
                if (const Result<Json::Document> document = Json::parse(text, StoredLimits))
                    entity.name = textAt(document->root(), field);
            }
            out.append(std::move(entity));
            return !m_cancel.isCancelled();
        });
        if (!read)
            return std::unexpected(read.error());
        if (m_cancel.isCancelled())
            return cancelled();
        return out;
    }

    /// Matches parents first, then what is keyed by their ids.
    Result<void> readAll(const QList<Correction> &corrections)
    {
        QList<MatchDomain> own;
        std::map<QString, MatchDomain> following;
        for (const auto &[domain, coverage] : m_coverage.domains) {
            Result<QList<Matchable>> left = offered(m_a, domain, coverage.rulesA), right = offered(m_b, domain, coverage.rulesB);
            if (!left || !right)
                return std::unexpected(left ? right.error() : left.error());
            MatchDomain both{domain, std::move(*left), std::move(*right)};
            if (coverage.rulesB.sub.parent.isEmpty())
                own.append(std::move(both));
            else
                following.emplace(domain, std::move(both));
        }
        Result<QList<MatchRow>> matched = matchOrganisations(own, corrections);
        if (!matched)
            return std::unexpected(matched.error());
        for (const MatchRow &row : std::as_const(*matched))
            take(row);
        learnTwins(*matched);
        m_out.matching = std::move(*matched);
        for (const auto &[domain, both] : following)
            follow(domain, both);
        return {};
    }

    void take(const MatchRow &row) { m_rows[row.domain].push_back(row); }

    void learnTwins(const QList<MatchRow> &rows)
    {
        IdSet contested;
        const auto learn = [&](const QString &left, const QString &right) {
            const std::string from = left.toStdString(), to = right.toStdString();
            if (from.size() < ShortestId)
                return;
            const auto [known, isNew] = m_twins.try_emplace(from, to);
            if (!isNew && known->second != to)
                contested.insert(from); // one id, two twins: of two domains; left as it is
        };
        learn(m_a.manifest().organisationId, m_b.manifest().organisationId);
        for (const MatchRow &row : rows) {
            if (row.left && row.right)
                learn(*row.left, *row.right);
            else if (row.kind == MatchKind::Ambiguous)
                (row.left ? m_ambiguousLeft : m_ambiguousRight).insert(row.left.value_or(row.right.value_or(QString())).toStdString());
        }
        for (const std::string &id : contested)
            m_twins.erase(id);
        std::erase_if(m_twins, [](const auto &pair) { return pair.first == pair.second; });
    }

    /// Members of a queue follow the queue, grants whoever holds them.
    void follow(const QString &domain, const MatchDomain &both)
    {
        QSet<QString> right;
        for (const Matchable &entity : both.right)
            right.insert(entity.id);
        const auto put = [&](std::optional<QString> left, std::optional<QString> twin, MatchKind kind) {
            const MatchRow row{domain, {}, std::move(left), std::move(twin), kind};
            take(row);
            m_out.matching.append(row);
        };
        for (const Matchable &entity : both.left) {
            const std::string id = entity.id.toStdString();
            const auto twin = m_twins.find(id);
            const QString there = twin == m_twins.end() ? entity.id : QString::fromStdString(twin->second);
            if (m_ambiguousLeft.contains(id))
                put(entity.id, {}, MatchKind::Ambiguous);
            else if (right.remove(there))
                put(entity.id, there, there == entity.id ? MatchKind::SameId : MatchKind::SameName);
            else
                put(entity.id, {}, MatchKind::OnlyLeft);
        }
        for (const Matchable &entity : both.right) {
            if (right.contains(entity.id))
                put({}, entity.id, m_ambiguousRight.contains(entity.id.toStdString()) ? MatchKind::Ambiguous : MatchKind::OnlyRight);
        }
    }

    Result<void> compareDomain(const QString &domain, const DomainCoverage &coverage)
    {
        Comparer comparer
            = coverage.rulesDiffer ? Comparer(coverage.rulesA, coverage.rulesB, m_options) : Comparer(coverage.rulesB, m_options);
        std::map<QString, QStringList> uncertain; // why → ids
        for (const MatchRow &row : m_rows[domain]) {
            if (m_cancel.isCancelled())
                return cancelled();
            if (m_progress && (m_done % 64 == 0 || m_done + 1 == m_total))
                m_progress(m_done + 1, m_total);
            ++m_done;
            const QString id = row.right.value_or(row.left.value_or(QString()));
            const QString unseen
                = coverage.unseen.value(row.right.value_or(QString()), coverage.unseen.value(row.left.value_or(QString())));
            if (!unseen.isEmpty())
                uncertain[unseen].append(id);
            else if (row.kind == MatchKind::Ambiguous)
                uncertain[QStringLiteral("several of the same name, so that it is not known which belong together")].append(id);
            else if (!row.left || !row.right)
                oneSided(row, coverage, uncertain);
            else if (auto compared = matchedPair(row, coverage, comparer, uncertain); !compared)
                return compared;
        }
        QSet<QString> told;
        for (const MatchRow &row : m_rows[domain]) {
            told.insert(row.left.value_or(QString()));
            told.insert(row.right.value_or(QString()));
        }
        for (const auto &[id, why] : coverage.unseen.asKeyValueRange()) {
            if (!told.contains(id))
                uncertain[why].append(id); // of which not even an older state is kept
        }
        for (const auto &[why, ids] : uncertain)
            m_out.difference.notComparable.append({domain, ids, why});
        return {};
    }

    /// Why an entity without a twin may have one after all; empty where it has none.
    [[nodiscard]] QString whyPerhapsNotAlone(const MatchRow &row, const DomainCoverage &coverage) const
    {
        // A twin is missed by what the other side could not read, never by its own.
        const auto isUnseenThere = [&row](const DomainCoverage &one) { return row.right ? one.isUnseenInA : one.isUnseenInB; };
        const QString &parent = coverage.rulesB.sub.parent;
        if (parent.isEmpty() || coverage.rulesB.sub.shape == QLatin1StringView("pivot"))
            return !isUnseenThere(coverage) ? QString() : QStringLiteral("its twin may be among what could not be read");
        const auto above = m_coverage.domains.find(parent);
        if (above == m_coverage.domains.end())
            return QStringLiteral("what it belongs to was not seen on both sides, so that its twin is not known");
        const auto rows = m_rows.find(parent);
        const bool isParentAlone = rows == m_rows.end() || std::ranges::none_of(rows->second, [&row](const MatchRow &one) {
                                       return one.left && one.right && (row.right ? one.right == row.right : one.left == row.left);
                                   });
        if (isParentAlone && isUnseenThere(above->second))
            return QStringLiteral("the twin of what it belongs to may be among what could not be read");
        // The parent has a twin, or none at all: is the list of the twin one of those that could not be read?
        for (const auto &[id, why] : coverage.unseen.asKeyValueRange()) {
            const auto twin = m_twins.find(id.toStdString());
            if (row.right ? (id == *row.right || (twin != m_twins.end() && twin->second == row.right->toStdString()))
                          : (id == *row.left || isTwinOf(*row.left, id)))
                return QStringLiteral("the other side's could not be read: ") + why;
        }
        return {};
    }

    [[nodiscard]] bool isTwinOf(const QString &left, const QString &right) const
    {
        const auto twin = m_twins.find(left.toStdString());
        return twin != m_twins.end() && twin->second == right.toStdString();
    }

    void oneSided(const MatchRow &row, const DomainCoverage &coverage, std::map<QString, QStringList> &uncertain)
    {
        const QString id = row.right.value_or(row.left.value_or(QString()));
        const QString &nameless = row.right ? coverage.namelessInA : coverage.namelessInB;
        if (coverage.askedDifferently)
            uncertain[QStringLiteral("asked for in another way in A than in B")].append(id);
        else if (!nameless.isEmpty())
            uncertain[nameless].append(id);
        else if (!coverage.unseenRows.isEmpty())
            uncertain[QStringLiteral("some of its rows could not be read")].append(id);
        else if (const QString why = whyPerhapsNotAlone(row, coverage); !why.isEmpty())
            uncertain[why].append(id);
        else
            m_out.difference.changes.append(
                EntityChange{row.domain, id, row.name, row.right ? ChangeKind::Added : ChangeKind::Removed, {}, {}, 0});
    }

    Result<void> matchedPair(const MatchRow &row, const DomainCoverage &coverage, Comparer &comparer,
                             std::map<QString, QStringList> &uncertain)
    {
        const Result<QByteArray> left = m_a.entityText(row.domain, *row.left), right = m_b.entityText(row.domain, *row.right);
        if (!left || !right)
            return std::unexpected(left ? right.error() : left.error());
        const std::string old = translated(view(*left), m_twins);
        if (old == view(*right))
            return {};
        const Result<Json::Document> before = Json::parse(old, StoredLimits), after = Json::parse(view(*right), StoredLimits);
        for (const auto *document : {&before, &after}) {
            if (!*document) {
                uncertain[QStringLiteral("its stored text cannot be read: ") + document->error().detail].append(*row.right);
                return {};
            }
        }
        if (!coverage.unseenRows.isEmpty())
            comparer.skipRows({coverage.rulesB.sub.into.toStdString(), coverage.rulesB.sub.parentKey.toStdString(), coverage.unseenRows});
        // Its own id differs by nature, and may be too short to be translated.
        const std::string identity = coverage.rulesB.sub.parent.isEmpty() ? coverage.rulesB.identity.toStdString() : std::string("id");
        ValueDifference difference = comparer.compareWithout(before->root(), after->root(), identity);
        const qsizetype vague = difference.fields.removeIf([this](const FieldChange &field) {
            return namesOneOf(field.oldText, m_ambiguousLeft) || namesOneOf(field.newText, m_ambiguousRight);
        });
        if (vague > 0)
            uncertain[QStringLiteral("names something of which there are several of the same name")].append(*row.right);
        if (!difference.foreignSecrets.isEmpty())
            uncertain[QStringLiteral("secrets are fingerprinted under different keys")].append(*row.right);
        if (!difference.fields.isEmpty()) {
            const QString twin = *row.left == *row.right ? QString() : *row.left;
            m_out.difference.changes.append(EntityChange{row.domain, *row.right, row.name, ChangeKind::Modified, twin,
                                                         std::move(difference.fields), difference.typeOnly});
        } else if (vague == 0 && difference.foreignSecrets.isEmpty()) {
            const Reason reason = difference.typeOnly > 0 ? Reason::Type
                : difference.labels > 0                   ? Reason::Labels
                : coverage.rulesDiffer                    ? Reason::Rules
                                                          : Reason::Order;
            // Arrays in the order of their own ids stand in another order for their twins: that is no difference at all.
            if (reason != Reason::Order || old == view(*left))
                ++m_out.difference.suppressed[reasonName(reason)];
        }
        return {};
    }

    void finish()
    {
        std::ranges::sort(m_out.difference.changes, [](const EntityChange &x, const EntityChange &y) {
            return std::tie(x.domain, x.name, x.entity) < std::tie(y.domain, y.name, y.entity);
        });
        for (NotComparable &row : m_out.difference.notComparable)
            row.ids.sort();
        std::ranges::sort(m_out.difference.notComparable, [](const NotComparable &x, const NotComparable &y) {
            return std::tuple(x.domain, !x.ids.isEmpty(), x.why) < std::tuple(y.domain, !y.ids.isEmpty(), y.why);
        });
        std::ranges::stable_sort(m_out.matching, {}, &MatchRow::domain);
        m_out.twins = std::move(m_twins);
    }

    const Evidence::Snapshot &m_a, &m_b;
    const Options &m_options;
    const CancellationToken &m_cancel;
    const std::function<void(qint64, qint64)> &m_progress;
    Coverage m_coverage;
    std::map<QString, std::vector<MatchRow>> m_rows; // by domain
    TwinIds m_twins; // id in A → id in B, where they differ
    IdSet m_ambiguousLeft, m_ambiguousRight;
    qint64 m_done = 0, m_total = 0;
    OrganisationDifference m_out;
};

} // namespace

QByteArray withTwins(const QByteArray &document, const TwinIds &twins, QList<std::pair<QString, QString>> *replaced)
{
    const std::string_view json = view(document);
    if (replaced) {
        IdSet told;
        forEachId(json, [&](std::string_view id, size_t) {
            const auto twin = twins.find(id);
            if (twin != twins.end() && told.emplace(id).second)
                replaced->append({QString::fromStdString(twin->first), QString::fromStdString(twin->second)});
        });
    }
    const std::string out = translated(json, twins);
    return {out.data(), qsizetype(out.size())};
}

Result<OrganisationDifference> compareOrganisations(const Evidence::Snapshot &a, const Evidence::Snapshot &b,
                                                    const QList<Correction> &corrections, const Options &options,
                                                    const CancellationToken &cancel,
                                                    const std::function<void(qint64 done, qint64 total)> &progress)
{
    if (a.manifest().organisationId == b.manifest().organisationId) {
        return Error::make(ErrorCode::BadInput, QStringLiteral("both snapshots are of one organisation: there is nothing to match"),
                           a.manifest().organisationId);
    }
    const Result<Catalogue::Catalogue> catalogueA = Catalogue::Catalogue::fromJson(a.catalogueJson()),
                                       catalogueB = Catalogue::Catalogue::fromJson(b.catalogueJson());
    for (const auto *catalogue : {&catalogueA, &catalogueB}) {
        if (!*catalogue) {
            const ErrorCode code = catalogue->error().code == ErrorCode::NewerFormat ? ErrorCode::NewerFormat : ErrorCode::Integrity;
            return Error::make(code, QStringLiteral("catalogue.json cannot be read: ") + catalogue->error().detail,
                               (catalogue == &catalogueA ? a : b).summary().id);
        }
    }
    return OrganisationComparison(a, b, options, cancel, progress).run(*catalogueA, *catalogueB, corrections);
}

} // namespace Orgtrace::Compare
