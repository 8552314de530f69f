#include "orgcompare/orgreading.h"

#include "compare/entitynames.h"
#include "orgcompare/matchingfile.h"
#include "theme/theme.h"

#include <QSet>

#include <algorithm>
#include <map>
#include <set>

namespace Orgtrace::Ui {

using namespace Qt::StringLiterals;
using Compare::MatchKind;

namespace {

constexpr int MostAttempts = 8; // to leave out corrections that do not fit
constexpr qsizetype LongestFolded = 600;

struct Sides {
    Evidence::Snapshot left, right;
    Catalogue::Catalogue leftCatalogue, rightCatalogue;
    [[nodiscard]] Catalogue::DomainRules rules(const QString &domain) const
    {
        const Catalogue::DomainRules *found = rightCatalogue.find(domain);
        found = found ? found : leftCatalogue.find(domain);
        return found ? *found : Catalogue::Catalogue::generic(domain);
    }
};

Result<Sides> openSides(const QString &folder, const QString &leftId, const QString &rightId)
{
    const Result<Evidence::Store> store = Evidence::Store::open(folder);
    if (!store) {
        return std::unexpected(store.error());
    }
    Result<Evidence::Snapshot> left = store->snapshot(leftId), right = store->snapshot(rightId);
    if (!left || !right) {
        return std::unexpected(left ? right.error() : left.error());
    }
    Result<Catalogue::Catalogue> leftCatalogue = Catalogue::Catalogue::fromJson(left->catalogueJson()),
                                 rightCatalogue = Catalogue::Catalogue::fromJson(right->catalogueJson());
    if (!leftCatalogue || !rightCatalogue) {
        return std::unexpected(leftCatalogue ? rightCatalogue.error() : leftCatalogue.error());
    }
    return Sides{std::move(*left), std::move(*right), std::move(*leftCatalogue), std::move(*rightCatalogue)};
}

/// Those that name what is there; the others go to `aside`.
Result<QList<Compare::Correction>> fitting(const Sides &sides, const QList<Compare::Correction> &all, QList<Compare::Correction> &aside)
{
    QHash<QString, std::pair<QSet<QString>, QSet<QString>>> known;
    QList<Compare::Correction> out;
    for (const Compare::Correction &one : all) {
        if (!known.contains(one.domain)) {
            const Result<QStringList> left = sides.left.entityIds(one.domain), right = sides.right.entityIds(one.domain);
            if (!left || !right) {
                return std::unexpected(left ? right.error() : left.error());
            }
            known.insert(one.domain, {QSet(left->begin(), left->end()), QSet(right->begin(), right->end())});
        }
        const auto &[left, right] = known[one.domain];
        const bool fits = (!one.left || left.contains(*one.left)) && (!one.right || right.contains(*one.right));
        (fits ? out : aside).append(one);
    }
    return out;
}

class Arranging
{
public:
    Arranging(OrgComparison &out, const Sides &sides, const QList<Compare::Correction> &corrections) : m_out(out), m_sides(sides)
    {
        for (const Compare::Correction &one : corrections) {
            if (one.left) {
                m_byHand.insert({one.domain, true, *one.left});
            }
            if (one.right) {
                m_byHand.insert({one.domain, false, *one.right});
            }
        }
    }

    void lines()
    {
        auto names = std::make_shared<QHash<QString, QString>>();
        m_out.lines.reserve(m_out.both.matching.size());
        for (const auto &matching = m_out.both.matching; const Compare::MatchRow &row : matching) {
            const Domain &domain = domainOf(row.domain);
            MatchLine line;
            line.domain = row.domain;
            line.domainTitle = domain.title;
            line.left = row.left;
            line.right = row.right;
            line.kind = row.kind;
            line.follows = domain.follows;
            line.isByHand = isByHand(row);
            line.rightName = row.right ? row.name : QString();
            line.leftName = !row.left ? QString() : row.right && row.kind != MatchKind::SameName ? storedName(row, domain) : row.name;
            if (!row.name.isEmpty()) {
                for (const auto &[id, name] : {std::pair(row.left, line.leftName), std::pair(row.right, line.rightName)}) {
                    if (id) {
                        names->insert(row.domain + u'/' + *id, name);
                        m_out.nameOfId.insert(*id, name);
                    }
                }
            }
            m_out.lines.append(std::move(line));
        }
        for (MatchLine &line : m_out.lines) { // members have the name of whom they belong to, known only now
            if (line.follows) {
                line.leftName = line.left ? m_out.nameOfId.value(*line.left) : QString();
                line.rightName = line.right ? m_out.nameOfId.value(*line.right) : QString();
            }
            line.folded = folded({line.domainTitle, line.domain, line.leftName, line.rightName, line.left.value_or(QString()),
                                  line.right.value_or(QString())});
        }
        m_out.names = std::move(names);
    }

    void branches()
    {
        const Compare::SnapshotDifference &difference = m_out.both.difference;
        for (qsizetype i = 0; i < difference.changes.size(); ++i) {
            const Compare::EntityChange &change = difference.changes[i];
            if (m_out.branches.isEmpty() || m_out.branches.constLast().domain != change.domain) {
                m_out.branches.append({change.domain, domainOf(change.domain).title, {}});
            }
            DifferenceEntry entry;
            entry.change = int(i);
            entry.domain = change.domain;
            if (change.kind != Compare::ChangeKind::Added) {
                entry.left = change.previousEntity.isEmpty() ? change.entity : change.previousEntity;
            }
            if (change.kind != Compare::ChangeKind::Removed) {
                entry.right = change.entity;
            }
            entry.name = change.name.isEmpty() ? m_out.nameOfId.value(change.entity) : change.name;
            QStringList said{domainOf(change.domain).title, change.domain, entry.name, change.entity, change.previousEntity};
            for (const auto some = change.fields.first(std::min<qsizetype>(change.fields.size(), 20));
                 const Compare::FieldChange &field : some) {
                said.append(field.path);
            }
            entry.folded = folded(said);
            m_out.branches.last().entries.append(std::move(entry));
            ++m_out.counts[change.kind == Compare::ChangeKind::Removed ? 0 : change.kind == Compare::ChangeKind::Added ? 1 : 2];
        }
        std::map<std::pair<QString, QString>, qsizetype> lineOf; // domain and id, the right one first
        for (const bool isLeft : {false, true}) {
            for (qsizetype i = 0; !difference.notComparable.isEmpty() && i < m_out.lines.size(); ++i) {
                const std::optional<QString> &id = isLeft ? m_out.lines[i].left : m_out.lines[i].right;
                if (id) {
                    lineOf.try_emplace({m_out.lines[i].domain, *id}, i);
                }
            }
        }
        DifferenceBranch unknown;
        for (const Compare::NotComparable &gap : difference.notComparable) {
            const QString title = domainOf(gap.domain).title;
            for (const QString &id : gap.ids.isEmpty() ? QStringList(QString()) : gap.ids) {
                DifferenceEntry entry;
                entry.domain = gap.domain;
                entry.why = gap.why;
                entry.isWholeDomain = gap.ids.isEmpty();
                if (const auto line = lineOf.find({gap.domain, id}); line != lineOf.end()) {
                    entry.left = m_out.lines[line->second].left;
                    entry.right = m_out.lines[line->second].right;
                    entry.name = m_out.lines[line->second].name();
                } else if (!entry.isWholeDomain) {
                    // Of these not even an older state is kept: the side that could not read it is the one that has it.
                    const bool onLeft = isUnreadIn(m_sides.left, gap.domain, id), onRight = isUnreadIn(m_sides.right, gap.domain, id);
                    entry.left = onLeft ? std::optional(id) : std::nullopt;
                    entry.right = onRight || !onLeft ? std::optional(id) : std::nullopt;
                }
                entry.folded = folded({title, gap.domain, entry.name, id, gap.why});
                unknown.entries.append(std::move(entry));
            }
        }
        m_out.counts[3] = unknown.entries.size();
        if (!unknown.entries.isEmpty()) {
            m_out.branches.append(std::move(unknown));
        }
    }

private:
    struct Domain {
        QString title, nameField;
        bool follows = false;
    };

    const Domain &domainOf(const QString &name)
    {
        const auto [known, isNew] = m_domains.try_emplace(name);
        if (isNew) {
            const Catalogue::DomainRules rules = m_sides.rules(name);
            m_out.titles.insert(name, rules.title.isEmpty() ? name : rules.title);
            known->second = {rules.title.isEmpty() ? name : rules.title, rules.lineage.isEmpty() ? rules.nameField : rules.lineage,
                             !rules.sub.parent.isEmpty() || rules.identity.isEmpty()};
        }
        return known->second;
    }

    static bool isUnreadIn(const Evidence::Snapshot &snapshot, const QString &domain, const QString &id)
    {
        const Evidence::LedgerRow *row = snapshot.manifest().row(domain);
        return row && (row->failedParents.contains(id) || std::ranges::contains(row->quarantined, id, &Evidence::Quarantined::id));
    }

    [[nodiscard]] bool isByHand(const Compare::MatchRow &row) const
    {
        return row.kind == MatchKind::Corrected || (row.left && m_byHand.contains({row.domain, true, *row.left}))
            || (row.right && m_byHand.contains({row.domain, false, *row.right}));
    }

    /// Two that were matched by id or by hand may have two names; the matching tells only the right one.
    [[nodiscard]] QString storedName(const Compare::MatchRow &row, const Domain &domain) const
    {
        if (domain.follows || domain.nameField.isEmpty()) {
            return row.name;
        }
        const Result<QByteArray> text = m_sides.left.entityText(row.domain, *row.left);
        const Result<Json::Document> document = text
            ? Json::parse({text->constData(), static_cast<size_t>(text->size())}, Compare::StoredLimits)
            : Result<Json::Document>(std::unexpected(text.error()));
        return document ? Compare::textAt(document->root(), domain.nameField) : row.name;
    }

    static QString folded(const QStringList &parts) { return parts.join(u'\n').left(LongestFolded).toCaseFolded(); }

    OrgComparison &m_out;
    const Sides &m_sides;
    std::map<QString, Domain> m_domains;
    std::set<std::tuple<QString, bool, QString>> m_byHand;
};

} // namespace

Result<QList<OrganisationChoice>> readOrganisationChoices(const QString &folder)
{
    const Result<Evidence::Store> store = Evidence::Store::open(folder);
    if (!store) {
        return std::unexpected(store.error());
    }
    const Result<QList<Evidence::SnapshotSummary>> all = store->snapshots();
    if (!all) {
        return std::unexpected(all.error());
    }
    QList<OrganisationChoice> out;
    for (auto it = all->crbegin(); it != all->crend(); ++it) {
        auto at = std::ranges::find(out, it->organisationId, &OrganisationChoice::id);
        if (at == out.end()) {
            out.append({it->organisationId, it->organisationName, {}, {}});
            at = out.end() - 1;
        }
        if (at->name.isEmpty()) {
            at->name = it->organisationName;
        }
        at->titles.append(at->snapshots.isEmpty() ? QString(utcText(it->observedUtc) + u" · latest"_s) : utcText(it->observedUtc));
        at->snapshots.append(*it);
    }
    for (OrganisationChoice &one : out) {
        one.name = one.name.isEmpty() ? one.id : one.name;
    }
    std::ranges::stable_sort(out, {}, [](const OrganisationChoice &one) { return one.name.toCaseFolded(); });
    return out;
}

Result<OrgComparisonPtr> compareChosen(const OrgAsked &asked, const CancellationToken &cancel,
                                       const std::function<void(qint64, qint64)> &progress)
{
    const Result<Sides> sides = openSides(asked.folder, asked.leftSnapshot, asked.rightSnapshot);
    if (!sides) {
        return std::unexpected(sides.error());
    }
    auto out = std::make_shared<OrgComparison>();
    out->leftName = sides->left.manifest().organisationName;
    out->rightName = sides->right.manifest().organisationName;
    for (auto [name, snapshot] : {std::pair(&out->leftName, &sides->left), std::pair(&out->rightName, &sides->right)}) {
        if (name->isEmpty()) {
            *name = snapshot->manifest().organisationId;
        }
    }
    Result<QList<Compare::Correction>> corrections = fitting(*sides, asked.corrections, out->setAside);
    if (!corrections) {
        return std::unexpected(corrections.error());
    }
    for (int attempt = 0;; ++attempt) {
        Result<Compare::OrganisationDifference> both
            = Compare::compareOrganisations(sides->left, sides->right, *corrections, {}, cancel, progress);
        if (both) {
            out->both = std::move(*both);
            break;
        }
        // Of a domain that one side did not see whole, nothing can be said: its corrections wait for other snapshots.
        const QString domain = both.error().where.section(u'/', 0, 0);
        const qsizetype before = corrections->size();
        QList<Compare::Correction> kept;
        for (const Compare::Correction &one : std::as_const(*corrections)) {
            (one.domain == domain ? out->setAside : kept).append(one);
        }
        if (both.error().code != ErrorCode::BadInput || attempt >= MostAttempts || kept.size() == before) {
            return std::unexpected(both.error());
        }
        *corrections = std::move(kept);
    }
    if (cancel.isCancelled()) {
        return Error::make(ErrorCode::Cancelled, u"the comparison was cancelled"_s);
    }
    Arranging arranging(*out, *sides, *corrections);
    arranging.lines();
    arranging.branches();
    return out;
}

Result<OrgTexts> readOrgTexts(const QString &folder, const OrgComparisonPtr &comparison, const DifferenceEntry &entry,
                              const CancellationToken &cancel)
{
    const Compare::SnapshotDifference &difference = comparison->both.difference;
    const Result<Sides> sides = openSides(folder, difference.from.id, difference.to.id);
    if (!sides) {
        return std::unexpected(sides.error());
    }
    const auto read = [&entry](const Evidence::Snapshot &snapshot, const std::optional<QString> &id) -> Result<QByteArray> {
        Result<QByteArray> text = id ? snapshot.entityText(entry.domain, *id) : Result<QByteArray>(QByteArray());
        return !text && text.error().code == ErrorCode::NotFound ? Result<QByteArray>(QByteArray()) : text;
    };
    const Result<QByteArray> left = read(sides->left, entry.left), right = read(sides->right, entry.right);
    if (!left || !right) {
        return std::unexpected(left ? right.error() : left.error());
    }
    OrgTexts out;
    out.isOnLeft = !left->isEmpty();
    out.isOnRight = !right->isEmpty();
    DiffRequest request;
    // What is alone keeps its ids: there is nothing that it would be laid beside.
    request.oldText = out.isOnRight ? Compare::withTwins(*left, comparison->both.twins, &out.twins) : *left;
    request.newText = *right;
    request.names = *comparison->names;
    const auto rules = [&entry](const Catalogue::Catalogue &catalogue) {
        const Catalogue::DomainRules *found = catalogue.find(entry.domain);
        return found ? *found : Catalogue::Catalogue::generic(entry.domain);
    };
    request.rules.a = rules(sides->leftCatalogue);
    request.rules.b = rules(sides->rightCatalogue);
    if (entry.change >= 0 && out.isOnLeft && out.isOnRight) {
        request.known = difference.changes.at(entry.change).fields;
    }
    if (out.isOnLeft && out.isOnRight && entry.left != entry.right) {
        request.rules.without = request.rules.b.sub.parent.isEmpty() ? request.rules.b.identity : u"id"_s;
    }
    out.document = makeDocument(std::move(request), cancel);
    if (!out.document) {
        return Error::make(ErrorCode::Cancelled, u"another one was asked for"_s);
    }
    return out;
}

} // namespace Orgtrace::Ui
