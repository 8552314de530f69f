#include "compare/compare.h"

#include "base/digest.h"
#include "compare/comparer.h"
#include "compare/coverage.h"
#include "compare/entitynames.h"
#include "compare/lineage.h"
#include "json/node.h"

#include <algorithm>
#include <array>

namespace Orgtrace::Compare {

namespace {

/// What a line of signals says of saving, of grants' times only those that the other line has, too.
QByteArray savedState(const QByteArray &line, const QByteArray &other, const QStringList &lastSeen)
{
    const std::string times(Catalogue::GrantTimesSignal.data(), size_t(Catalogue::GrantTimesSignal.size()));
    const Result<Json::Document> document = Json::parse(view(line), StoredLimits), beside = Json::parse(view(other), StoredLimits);
    if (!document || !beside)
        return line;
    Json::Node out = Json::Node::object();
    for (const auto [name, value] : document->root().members()) {
        if (name == "id" || std::ranges::contains(lastSeen, QString::fromUtf8(name.data(), qsizetype(name.size()))))
            continue;
        if (name != times) {
            out[name] = Json::Node(value);
            continue;
        }
        for (const auto [role, divisions] : value.members()) {
            for (const auto [division, time] : divisions.members()) {
                if (!beside->root()[times][role][division].isMissing())
                    out[times][role][division] = Json::Node(time);
            }
        }
    }
    return out.compactText();
}

class SnapshotComparison
{
public:
    SnapshotComparison(const Evidence::Store &store, const Evidence::Snapshot &a, const Evidence::Snapshot &b,
                       Catalogue::Catalogue catalogueA, Catalogue::Catalogue catalogueB, const Options &options,
                       const CancellationToken &cancel, const std::function<void(qint64, qint64)> &progress) :
        m_store(store), m_a(a), m_b(b), m_catalogueA(std::move(catalogueA)), m_catalogueB(std::move(catalogueB)), m_options(options),
        m_cancel(cancel), m_progress(progress), m_names(a, m_catalogueA, b, m_catalogueB)
    {
    }

    Result<SnapshotDifference> run()
    {
        m_out.from = m_a.summary();
        m_out.to = m_b.summary();
        Coverage coverage = coverageOf(m_a.manifest(), m_catalogueA, m_b.manifest(), m_catalogueB, m_options.domains);
        m_out.notComparable = std::move(coverage.notComparable);
        m_out.rulesChanged = std::move(coverage.rulesChanged);
        if (!coverage.domains.empty()) {
            if (auto compared = compareDomains(coverage); !compared)
                return std::unexpected(compared.error());
            if (auto signal = savedWithoutEffect(coverage); !signal)
                return std::unexpected(signal.error());
        }
        listUnseen(coverage);
        followParents(coverage);
        finish();
        return std::move(m_out);
    }

private:
    [[nodiscard]] bool tick()
    {
        if (m_progress && (m_done % 64 == 0 || m_done == m_total))
            m_progress(m_done, m_total);
        ++m_done;
        return !m_cancel.isCancelled();
    }

    [[nodiscard]] Result<Json::Document> load(const QByteArray &blobId) const
    {
        Result<QByteArray> text = m_store.blob(blobId);
        if (!text)
            return std::unexpected(text.error());
        return Json::parse(view(*text), StoredLimits);
    }

    Result<void> compareDomains(const Coverage &coverage)
    {
        QStringList domains;
        for (const auto &[domain, rules] : coverage.domains)
            domains.append(domain);
        const Result<QList<Evidence::EntityDelta>> deltas = m_store.difference(m_a, m_b, domains);
        if (!deltas)
            return std::unexpected(deltas.error());
        m_total = deltas->size();
        for (qsizetype from = 0; from < deltas->size();) {
            qsizetype to = from;
            while (to < deltas->size() && deltas->at(to).domain == deltas->at(from).domain)
                ++to;
            const auto domain = coverage.domains.find(deltas->at(from).domain);
            if (domain != coverage.domains.end()) {
                const std::span part(deltas->constData() + from, size_t(to - from));
                if (auto compared = compareDomain(domain->second, part); !compared)
                    return compared;
            }
            from = to;
        }
        if (m_progress)
            m_progress(m_total, m_total);
        return {};
    }

    Result<void> compareDomain(const DomainCoverage &coverage, std::span<const Evidence::EntityDelta> deltas)
    {
        Comparer comparer
            = coverage.rulesDiffer ? Comparer(coverage.rulesA, coverage.rulesB, m_options) : Comparer(coverage.rulesB, m_options);
        const bool someRows = !coverage.unseenRows.isEmpty();
        if (someRows)
            comparer.skipRows({coverage.rulesB.sub.into.toStdString(), coverage.rulesB.sub.parentKey.toStdString(), coverage.unseenRows});
        LineageFinder lineage(coverage.rulesB);
        QList<EntityChange> changes;
        QHash<QString, QStringList> uncertain; // why → ids
        for (const Evidence::EntityDelta &delta : deltas) {
            if (!tick())
                return Error::make(ErrorCode::Cancelled, QStringLiteral("the comparison was cancelled"));
            if (coverage.unseen.contains(delta.id))
                continue;
            m_touched[delta.domain].insert(delta.id);
            EntityChange change;
            change.domain = delta.domain;
            change.entity = delta.id;
            Json::Document before, after;
            QString broken;
            for (const bool isNew : {false, true}) {
                const QByteArray &blob = isNew ? delta.newBlob : delta.oldBlob;
                if (blob.isEmpty())
                    continue;
                Result<Json::Document> loaded = load(blob);
                if (loaded)
                    (isNew ? after : before) = std::move(*loaded);
                else if (loaded.error().code == ErrorCode::MalformedJson || loaded.error().code == ErrorCode::TooLarge)
                    broken = QStringLiteral("its stored text cannot be read: ") + loaded.error().detail;
                else
                    return std::unexpected(loaded.error());
            }
            if (!broken.isEmpty()) {
                uncertain[broken].append(delta.id);
                continue;
            }
            const Json::Value known = delta.newBlob.isEmpty() ? before.root() : after.root();
            change.name = m_names.nameOf(delta.newBlob.isEmpty() ? coverage.rulesA : coverage.rulesB, delta.id, known);
            if (delta.kind == Evidence::EntityDeltaKind::Modified || someRows) {
                // Where rows are missing, an entity that is there on one side only may just have had no other rows.
                if (delta.kind != Evidence::EntityDeltaKind::Modified && !hasSeenRows(known, coverage))
                    continue;
                modified(change, comparer, before, after, coverage, changes);
                continue;
            }
            if (coverage.askedDifferently) {
                // Another path or query may list more or fewer: being on one side only says nothing.
                uncertain[QStringLiteral("asked for in another way in A than in B")].append(delta.id);
                continue;
            }
            const bool isAdded = delta.kind == Evidence::EntityDeltaKind::Added;
            const QString &nameless = isAdded ? coverage.namelessInA : coverage.namelessInB;
            if (!nameless.isEmpty()) {
                uncertain[nameless].append(delta.id);
                continue;
            }
            change.kind = isAdded ? ChangeKind::Added : ChangeKind::Removed;
            lineage.add(change, isAdded ? delta.newBlob : delta.oldBlob, known);
            changes.append(std::move(change));
        }
        if (auto joined = recreated(lineage, comparer, changes); !joined)
            return joined;
        if (coverage.askedDifferently)
            dropNewlyAsked(changes);
        m_out.changes.append(changes);
        for (auto why = uncertain.cbegin(); why != uncertain.cend(); ++why)
            m_out.notComparable.append({deltas.front().domain, why.value(), why.key()});
        return {};
    }

    /// True where a pivoted entity has a row that both sides could see.
    static bool hasSeenRows(Json::Value entity, const DomainCoverage &coverage)
    {
        const std::string parentKey = coverage.rulesB.sub.parentKey.toStdString();
        for (const Json::Value row : entity[coverage.rulesB.sub.into.toStdString()].items()) {
            if (!coverage.unseenRows.contains(row[parentKey].toQString()))
                return true;
        }
        return false;
    }

    void modified(EntityChange &change, Comparer &comparer, const Json::Document &before, const Json::Document &after,
                  const DomainCoverage &coverage, QList<EntityChange> &changes)
    {
        ValueDifference difference = comparer.compare(before.root(), after.root());
        change.typeOnly = difference.typeOnly;
        change.fields = std::move(difference.fields);
        if (!difference.foreignSecrets.isEmpty())
            m_foreignSecrets[change.domain].insert(change.entity);
        if (!change.fields.isEmpty()) {
            listSuppressed(change, difference);
            changes.append(std::move(change));
            return;
        }
        if (!difference.foreignSecrets.isEmpty())
            return; // listed as not comparable
        m_touched[change.domain].remove(change.entity); // saved, and nothing came of it
        const Reason reason = difference.typeOnly > 0 ? Reason::Type
            : difference.labels > 0                   ? Reason::Labels
            : coverage.rulesDiffer                    ? Reason::Rules
                                                      : Reason::Order;
        if (reason == Reason::Type)
            m_touched[change.domain].insert(change.entity);
        ++m_out.suppressed[reasonName(reason)];
        listSuppressed(change, difference, reason);
    }

    /// Notes what was left out of one entity, for each reason; `main` is the one it is counted under, none where it is a change.
    void listSuppressed(const EntityChange &change, const ValueDifference &difference, std::optional<Reason> main = {})
    {
        const std::array<std::pair<Reason, int>, 4> counts{{{Reason::Type, m_options.showTypes ? 0 : difference.typeOnly},
                                                            {Reason::Labels, difference.labels},
                                                            {Reason::Order, difference.reordered},
                                                            {Reason::Rules, 0}}};
        for (const auto &[reason, count] : counts) {
            if (count > 0 || main == reason)
                list({change.domain, change.entity, change.name, reason, main != reason, count});
        }
    }

    void list(SuppressedEntity entity)
    {
        if (m_out.suppressedEntities.size() < SnapshotDifference::MostSuppressed)
            m_out.suppressedEntities.append(std::move(entity));
        else
            ++m_out.suppressedBeyond;
    }

    Result<void> recreated(const LineageFinder &lineage, Comparer &comparer, QList<EntityChange> &changes)
    {
        QHash<QString, qsizetype> added;
        for (qsizetype i = 0; i < changes.size(); ++i) {
            if (changes[i].kind == ChangeKind::Added)
                added.insert(changes[i].entity, i);
        }
        QSet<QString> joined;
        for (const auto those = lineage.candidates(); const LineageFinder::Candidate &candidate : those) {
            if (m_cancel.isCancelled())
                return Error::make(ErrorCode::Cancelled, QStringLiteral("the comparison was cancelled"));
            const Result<Json::Document> before = load(candidate.oldBlob), after = load(candidate.newBlob);
            if (!before || !after)
                return std::unexpected(before ? after.error() : before.error());
            const std::string identity = lineage.identityMember();
            if (comparer.similarityWithout(before->root(), after->root(), identity) < LineageFinder::AlikeEnough)
                continue;
            ValueDifference difference = comparer.compareWithout(before->root(), after->root(), identity);
            joined.insert(candidate.oldId);
            EntityChange *place = &changes[added.value(candidate.newId)];
            place->kind = ChangeKind::Modified;
            place->previousEntity = candidate.oldId;
            place->fields = std::move(difference.fields);
            place->typeOnly = difference.typeOnly;
            listSuppressed(*place, difference);
            m_recreated[place->domain].insert(candidate.oldId, candidate.newId);
            if (!difference.foreignSecrets.isEmpty())
                m_foreignSecrets[place->domain].insert(candidate.newId);
        }
        changes.removeIf(
            [&joined](const EntityChange &change) { return change.kind == ChangeKind::Removed && joined.contains(change.entity); });
        return {};
    }

    /// What belongs to a recreated parent (members of a queue) is recreated with it: one modification as well (requirement 4.8).
    void followParents(const Coverage &coverage)
    {
        for (const auto &[domain, rules] : coverage.domains) {
            const QHash<QString, QString> parents = m_recreated.value(rules.rulesB.sub.parent);
            if (parents.isEmpty() || rules.rulesB.sub.shape == QLatin1StringView("pivot"))
                continue;
            Comparer comparer = rules.rulesDiffer ? Comparer(rules.rulesA, rules.rulesB, m_options) : Comparer(rules.rulesB, m_options);
            QHash<QString, qsizetype> removed, added;
            for (qsizetype i = 0; i < m_out.changes.size(); ++i) {
                const EntityChange &change = m_out.changes.at(i);
                if (change.domain == domain && change.kind != ChangeKind::Modified)
                    (change.kind == ChangeKind::Added ? added : removed).insert(change.entity, i);
            }
            QSet<QString> joined;
            for (auto parent = parents.cbegin(); parent != parents.cend(); ++parent) {
                if (!removed.contains(parent.key()) || !added.contains(parent.value()))
                    continue;
                EntityChange *come = &m_out.changes[added.value(parent.value())];
                const Result<QByteArray> oldText = m_a.entityText(domain, parent.key()), newText = m_b.entityText(domain, parent.value());
                if (!oldText || !newText)
                    continue;
                const Result<Json::Document> before = Json::parse(view(*oldText), StoredLimits),
                                             after = Json::parse(view(*newText), StoredLimits);
                if (!before || !after)
                    continue;
                ValueDifference difference = comparer.compareWithout(before->root(), after->root(), "id");
                come->kind = ChangeKind::Modified;
                come->previousEntity = parent.key();
                come->fields = std::move(difference.fields);
                come->typeOnly = difference.typeOnly;
                listSuppressed(*come, difference);
                joined.insert(parent.key());
            }
            m_out.changes.removeIf([&](const EntityChange &change) {
                return change.domain == domain && change.kind == ChangeKind::Removed && joined.contains(change.entity);
            });
        }
    }

    /// Another path or other parameters bring or lose whole members everywhere; that is no change of the organisation (requirement 1.15).
    void dropNewlyAsked(QList<EntityChange> &changes)
    {
        QHash<QString, int> oneSided;
        int modifications = 0;
        for (const EntityChange &change : std::as_const(changes)) {
            if (change.kind != ChangeKind::Modified)
                continue;
            ++modifications;
            for (const FieldChange &field : change.fields) {
                if ((field.kind == FieldKind::Added || field.kind == FieldKind::Removed) && field.path.count(u'/') == 1)
                    ++oneSided[field.path];
            }
        }
        if (modifications < 2)
            return;
        for (qsizetype i = changes.size(); i-- > 0;) {
            EntityChange &change = changes[i];
            if (change.kind != ChangeKind::Modified)
                continue;
            const qsizetype gone
                = change.fields.removeIf([&](const FieldChange &field) { return oneSided.value(field.path) == modifications; });
            const bool nothingLeft = change.fields.isEmpty() && change.previousEntity.isEmpty();
            if (gone > 0)
                list({change.domain, change.entity, change.name, Reason::Rules, !nothingLeft, gone});
            if (nothingLeft) {
                ++m_out.suppressed[reasonName(Reason::Rules)];
                changes.removeAt(i);
            }
        }
    }

    /// Not every signal is one of saving: nobody saved who was last seen on another day, and when a grant was made is not told by every capture.
    Result<void> leaveSaves(QStringList &ids, const QString &domain, const DomainCoverage &coverage) const
    {
        const QStringList lastSeen = coverage.rulesA.lastSeen + coverage.rulesB.lastSeen;
        if (ids.isEmpty() || (lastSeen.isEmpty() && coverage.rulesB.sub.shape != QLatin1StringView("pivot")))
            return {};
        const Result<QHash<QString, QByteArray>> before = m_a.signals_(domain), after = m_b.signals_(domain);
        if (!before || !after)
            return std::unexpected(before ? after.error() : before.error());
        ids.removeIf([&](const QString &id) {
            const QByteArray old = before->value(id, "{}"), now = after->value(id, "{}");
            return savedState(old, now, lastSeen) == savedState(now, old, lastSeen);
        });
        return {};
    }

    Result<void> savedWithoutEffect(const Coverage &coverage)
    {
        const Result<QHash<QString, QStringList>> differing = m_store.signalDifference(m_a, m_b);
        if (!differing)
            return std::unexpected(differing.error());
        for (auto domain = differing->cbegin(); domain != differing->cend(); ++domain) {
            const auto covered = coverage.domains.find(domain.key());
            if (covered == coverage.domains.end() || covered->second.rulesDiffer)
                continue;
            const QSet<QString> touched = m_touched.value(domain.key());
            QStringList ids;
            for (const QString &id : domain.value()) {
                if (!touched.contains(id) && !covered->second.unseen.contains(id))
                    ids.append(id);
            }
            if (auto kept = leaveSaves(ids, domain.key(), covered->second); !kept)
                return kept;
            if (ids.isEmpty())
                continue;
            ids.sort();
            m_out.suppressed[reasonName(Reason::Signals)] += ids.size();
            for (const QString &id : std::as_const(ids)) {
                const bool room = m_out.suppressedEntities.size() < SnapshotDifference::MostSuppressed;
                list({domain.key(), id, room && m_options.nameSuppressed ? m_names.storedNameOf(covered->second.rulesB, id) : QString(),
                      Reason::Signals, false, 0});
            }
            m_out.savedWithoutEffect.insert(domain.key(), ids);
        }
        return {};
    }

    void listUnseen(const Coverage &coverage)
    {
        for (const auto &[domain, rules] : coverage.domains) {
            std::map<QString, QStringList> byReason;
            for (auto entity = rules.unseen.cbegin(); entity != rules.unseen.cend(); ++entity)
                byReason[entity.value()].append(entity.key());
            if (!rules.unseenRows.isEmpty())
                byReason[QStringLiteral("its rows could not be read")] = QStringList(rules.unseenRows.cbegin(), rules.unseenRows.cend());
            const QSet<QString> secrets = m_foreignSecrets.value(domain);
            if (!secrets.isEmpty())
                byReason[QStringLiteral("secrets are fingerprinted under different keys")] = QStringList(secrets.cbegin(), secrets.cend());
            for (const auto &[why, ids] : byReason)
                m_out.notComparable.append({domain, ids, why});
        }
    }

    void finish()
    {
        std::ranges::sort(m_out.changes, [](const EntityChange &x, const EntityChange &y) {
            return std::tie(x.domain, x.name, x.entity) < std::tie(y.domain, y.name, y.entity);
        });
        std::ranges::sort(m_out.suppressedEntities, [](const SuppressedEntity &x, const SuppressedEntity &y) {
            return std::tie(x.domain, x.entity, x.reason) < std::tie(y.domain, y.entity, y.reason);
        });
        for (NotComparable &row : m_out.notComparable)
            row.ids.sort();
        std::ranges::sort(m_out.notComparable, [](const NotComparable &x, const NotComparable &y) {
            return std::tuple(x.domain, !x.ids.isEmpty(), x.why) < std::tuple(y.domain, !y.ids.isEmpty(), y.why);
        });
    }

    const Evidence::Store &m_store;
    const Evidence::Snapshot &m_a, &m_b;
    const Catalogue::Catalogue m_catalogueA, m_catalogueB;
    const Options &m_options;
    const CancellationToken &m_cancel;
    const std::function<void(qint64, qint64)> &m_progress;
    EntityNames m_names;
    qint64 m_done = 0, m_total = 0;
    QHash<QString, QSet<QString>> m_touched; // domain → ids that changed, or may have
    QHash<QString, QSet<QString>> m_foreignSecrets;
    QHash<QString, QHash<QString, QString>> m_recreated; // domain → old id → new id
    SnapshotDifference m_out;
};

} // namespace

Result<SnapshotDifference> compareSnapshots(const Evidence::Store &store, const Evidence::Snapshot &a, const Evidence::Snapshot &b,
                                            const Options &options, const CancellationToken &cancel,
                                            const std::function<void(qint64 done, qint64 total)> &progress)
{
    if (a.manifest().organisationId != b.manifest().organisationId) {
        return Error::make(ErrorCode::BadInput, QStringLiteral("the snapshots are of two organisations"),
                           a.manifest().organisationId + u' ' + b.manifest().organisationId);
    }
    if (cancel.isCancelled())
        return Error::make(ErrorCode::Cancelled, QStringLiteral("the comparison was cancelled"));
    Result<Catalogue::Catalogue> catalogueA = Catalogue::Catalogue::fromJson(a.catalogueJson());
    Result<Catalogue::Catalogue> catalogueB = Catalogue::Catalogue::fromJson(b.catalogueJson());
    for (const auto *catalogue : {&catalogueA, &catalogueB}) {
        if (!*catalogue) {
            const ErrorCode code = catalogue->error().code == ErrorCode::NewerFormat ? ErrorCode::NewerFormat : ErrorCode::Integrity;
            return Error::make(code, QStringLiteral("catalogue.json cannot be read: ") + catalogue->error().detail,
                               (catalogue == &catalogueA ? a : b).summary().id);
        }
    }
    return SnapshotComparison(store, a, b, std::move(*catalogueA), std::move(*catalogueB), options, cancel, progress).run();
}

} // namespace Orgtrace::Compare
