#include "session/reading.h"

#include "compare/suppressed.h"
#include "operations/accessreview.h"

#include <QSet>

namespace Orgtrace::Ui {

using namespace Qt::StringLiterals;
using Evidence::SnapshotSummary;

namespace {

QList<Session::Organisation> organisationsOf(const QList<SnapshotSummary> &snapshots, const QList<Evidence::OrganisationSettings> &settings)
{
    QList<Session::Organisation> found;
    for (const Evidence::OrganisationSettings &one : settings) {
        found.append({one.organisationId, one.name, one.name, one.region});
    }
    for (const SnapshotSummary &snapshot : snapshots) { // oldest first: the newest name wins
        const auto it = std::ranges::find(found, snapshot.organisationId, &Session::Organisation::id);
        if (it == found.end()) {
            found.append({snapshot.organisationId, snapshot.organisationName, {}, {}});
        } else if (!snapshot.organisationName.isEmpty()) {
            it->name = snapshot.organisationName;
        }
    }
    std::ranges::stable_sort(found, {}, [](const Session::Organisation &one) { return one.name.toCaseFolded(); });
    return found;
}

} // namespace

Result<Loaded> readStore(const QString &folder, const QString &wantedKey)
{
    const Result<Evidence::Store> store = Evidence::Store::open(folder);
    if (!store) {
        return std::unexpected(store.error());
    }
    const Result<QList<SnapshotSummary>> all = store->snapshots();
    if (!all) {
        return std::unexpected(all.error());
    }
    const Result<QList<Evidence::OrganisationSettings>> settings = Evidence::organisations(folder);
    if (!settings) {
        return std::unexpected(settings.error());
    }
    Loaded loaded;
    loaded.organisations = organisationsOf(*all, *settings);
    loaded.key = wantedKey;
    const bool known = std::ranges::any_of(loaded.organisations, [&](const Session::Organisation &one) { return one.key() == wantedKey; });
    if (!known) {
        const auto named = std::ranges::find(loaded.organisations, wantedKey, &Session::Organisation::settingsName);
        if (!wantedKey.isEmpty() && named != loaded.organisations.end()) {
            loaded.key = named->key(); // captured for the first time meanwhile
        } else if (!all->isEmpty()) {
            loaded.key = all->constLast().organisationId;
        } else {
            loaded.key = loaded.organisations.isEmpty() ? QString() : loaded.organisations.constFirst().key();
        }
    }
    const auto chosen
        = std::ranges::find_if(loaded.organisations, [&](const Session::Organisation &one) { return one.key() == loaded.key; });
    if (chosen == loaded.organisations.end() || chosen->id.isEmpty()) {
        return loaded;
    }
    for (const SnapshotSummary &snapshot : *all) {
        if (snapshot.organisationId == chosen->id) {
            loaded.timeline.append(snapshot);
        }
    }
    const Result<QList<Evidence::AuditWindow>> windows = store->auditWindows(chosen->id);
    if (!windows) {
        return std::unexpected(windows.error());
    }
    loaded.auditWindows = *windows;
    if (!windows->isEmpty()) {
        const QDateTime from = std::ranges::min(*windows, {}, &Evidence::AuditWindow::fromUtc).fromUtc;
        const QDateTime to = std::ranges::max(*windows, {}, &Evidence::AuditWindow::toUtc).toUtc;
        const Result<QList<Evidence::AuditLine>> events = store->auditEvents(chosen->id, from, to);
        if (!events) {
            return std::unexpected(events.error());
        }
        loaded.auditTimes.reserve(events->size());
        for (const Evidence::AuditLine &event : *events) {
            loaded.auditTimes.append(event.timeUtc);
        }
    }
    return loaded;
}

namespace {

struct TwoSnapshots {
    Evidence::Snapshot a, b;
};

Result<TwoSnapshots> bothSnapshots(const Evidence::Store &store, const QString &idA, const QString &idB)
{
    Result<Evidence::Snapshot> a = store.snapshot(idA);
    if (!a) {
        return std::unexpected(a.error());
    }
    Result<Evidence::Snapshot> b = store.snapshot(idB);
    if (!b) {
        return std::unexpected(b.error());
    }
    return TwoSnapshots{std::move(*a), std::move(*b)};
}

/// A snapshot's own rules for a domain; where it has none, those of an unknown domain.
Catalogue::DomainRules rulesOf(const Evidence::Snapshot &snapshot, const QString &domain)
{
    const Result<Catalogue::Catalogue> catalogue = Catalogue::Catalogue::fromJson(snapshot.catalogueJson());
    const Catalogue::DomainRules *rules = catalogue ? catalogue->find(domain) : nullptr;
    return rules ? *rules : Catalogue::Catalogue::generic(domain);
}

/// What one side did not see would stand there as if it had come or gone. What changed as well, beside what cannot be compared in it, stays.
QSet<QString> nothingSaidOf(const Compare::SnapshotDifference &difference, const QString &domain)
{
    QSet<QString> ids;
    for (const Compare::NotComparable &gap : difference.notComparable) {
        if (gap.domain == domain) {
            ids.unite(QSet<QString>(gap.ids.cbegin(), gap.ids.cend()));
        }
    }
    for (const Compare::EntityChange &change : difference.changes) {
        if (!ids.isEmpty() && change.domain == domain) {
            ids.remove(change.entity);
            ids.remove(change.previousEntity);
        }
    }
    return ids;
}

/// Canonical texts one below the other, two blanks further in: the canonical text of their list.
Result<void> listEntities(const Evidence::Snapshot &snapshot, const QString &domain, QByteArray &text, QList<QByteArray> &ids,
                          const QSet<QString> &leftOut, QSet<QString> &isLeftOut, const CancellationToken &cancel)
{
    text = "[";
    const Result<void> read = snapshot.forEachEntity(domain, [&](const QString &id, std::string_view entity) {
        if (leftOut.contains(id)) {
            isLeftOut.insert(id);
            return !cancel.isCancelled();
        }
        text += ids.isEmpty() ? "\n" : ",\n";
        ids.append(id.toUtf8());
        for (size_t at = 0; at < entity.size();) {
            const size_t found = entity.find('\n', at);
            const size_t end = found == std::string_view::npos ? entity.size() : found;
            text += at == 0 ? "  " : "\n  ";
            text.append(entity.data() + at, qsizetype(end - at));
            at = end + 1;
        }
        return !cancel.isCancelled();
    });
    text += ids.isEmpty() ? "]\n" : "\n]\n";
    return read;
}

} // namespace

Result<Session::TextsPtr> readTexts(const QString &folder, const QString &idA, const QString &idB, const QString &domain,
                                    const QString &entity, const QString &previousEntity)
{
    const Result<Evidence::Store> store = Evidence::Store::open(folder);
    if (!store) {
        return std::unexpected(store.error());
    }
    const Result<TwoSnapshots> both = bothSnapshots(*store, idA, idB);
    if (!both) {
        return std::unexpected(both.error());
    }
    const auto read = [&](const Evidence::Snapshot &snapshot, const QString &id) -> Result<QByteArray> {
        Result<QByteArray> text = snapshot.entityText(domain, id);
        if (!text && text.error().code == ErrorCode::NotFound) {
            return QByteArray(); // on one side only
        }
        return text;
    };
    Result<QByteArray> oldText = read(both->a, previousEntity.isEmpty() ? entity : previousEntity);
    if (!oldText) {
        return std::unexpected(oldText.error());
    }
    Result<QByteArray> newText = read(both->b, entity);
    if (!newText) {
        return std::unexpected(newText.error());
    }
    auto texts = std::make_shared<Session::Texts>();
    texts->oldText = std::move(*oldText);
    texts->newText = std::move(*newText);
    texts->rulesA = rulesOf(both->a, domain);
    texts->rulesB = rulesOf(both->b, domain);
    return texts;
}

Result<Session::TextsPtr> readDomainTexts(const QString &folder, const QString &idA, const QString &idB, const QString &domain,
                                          const Session::Findings &range, const CancellationToken &cancel)
{
    const QSet<QString> leftOut = range ? nothingSaidOf(range->difference, domain) : QSet<QString>();
    const Result<Evidence::Store> store = Evidence::Store::open(folder);
    if (!store) {
        return std::unexpected(store.error());
    }
    const Result<TwoSnapshots> both = bothSnapshots(*store, idA, idB);
    if (!both) {
        return std::unexpected(both.error());
    }
    auto texts = std::make_shared<Session::Texts>();
    if (const Result<void> read = listEntities(both->a, domain, texts->oldText, texts->oldIds, leftOut, texts->leftOut, cancel); !read) {
        return std::unexpected(read.error());
    }
    if (const Result<void> read = listEntities(both->b, domain, texts->newText, texts->newIds, leftOut, texts->leftOut, cancel); !read) {
        return std::unexpected(read.error());
    }
    if (cancel.isCancelled()) {
        return Error::make(ErrorCode::Cancelled, u"another domain was asked for"_s);
    }
    texts->rulesA = rulesOf(both->a, domain);
    texts->rulesB = rulesOf(both->b, domain);
    return texts;
}

Result<QList<Compare::SuppressedField>> readLeftOut(const QString &folder, const QString &idA, const QString &idB,
                                                    const Session::Findings &range, const QString &domain, const QString &entity)
{
    if (!range) {
        return QList<Compare::SuppressedField>();
    }
    const Result<Evidence::Store> store = Evidence::Store::open(folder);
    if (!store) {
        return std::unexpected(store.error());
    }
    const Result<Evidence::Snapshot> a = store->snapshot(idA);
    const Result<Evidence::Snapshot> b = store->snapshot(idB);
    if (!a || !b) {
        return std::unexpected(!a ? a.error() : b.error());
    }
    return Compare::SuppressedReader(*a, *b, range->difference).of(domain, entity);
}

Result<std::shared_ptr<const Access::AccessModel>> readAccess(const QString &folder, const QString &snapshotId)
{
    const Result<Evidence::Store> store = Evidence::Store::open(folder);
    if (!store) {
        return std::unexpected(store.error());
    }
    const Result<Evidence::Snapshot> snapshot = store->snapshot(snapshotId);
    if (!snapshot) {
        return std::unexpected(snapshot.error());
    }
    // Rules that cannot be read are told where they are used; here nothing is known, then, of whether policies are enforced.
    const Result<Policy::AccessRules> rules = Operations::storeAccessRules(folder);
    Result<Access::AccessModel> model = Access::AccessModel::build(*snapshot, rules ? rules->arePoliciesEnforced : std::nullopt);
    if (!model) {
        return std::unexpected(model.error());
    }
    return std::make_shared<const Access::AccessModel>(std::move(*model));
}

Result<void> readTicks(const QString &folder, const QList<TickPair> &pairs, const CancellationToken &cancel,
                       const std::function<void(const TickPair &, const Session::Tick &)> &known)
{
    const Result<Evidence::Store> store = Evidence::Store::open(folder);
    if (!store) {
        return std::unexpected(store.error());
    }
    const Result<Policy::Policy> policy = Operations::storePolicy(folder);
    if (!policy) {
        return std::unexpected(policy.error());
    }
    std::optional<Evidence::Snapshot> newer; // mostly the older one of the pair before
    for (const TickPair &pair : pairs) {
        if (cancel.isCancelled()) {
            return Error::make(ErrorCode::Cancelled, u"timeline no longer shown"_s);
        }
        if (!newer || newer->summary().id != pair.id) {
            Result<Evidence::Snapshot> snapshot = store->snapshot(pair.id);
            if (!snapshot) {
                return std::unexpected(snapshot.error());
            }
            newer.emplace(std::move(*snapshot));
        }
        Result<Evidence::Snapshot> older = store->snapshot(pair.before);
        if (!older) {
            return std::unexpected(older.error());
        }
        const Result<Compare::SnapshotDifference> difference = Compare::compareSnapshots(*store, *older, *newer, {}, cancel);
        if (!difference) {
            return std::unexpected(difference.error());
        }
        Session::Tick tick;
        tick.known = true;
        tick.changes = static_cast<int>(difference->changes.size());
        QSet<QString> lost;
        for (const Compare::NotComparable &one : difference->notComparable) {
            lost.insert(one.domain);
        }
        tick.domainsNotComparable = static_cast<int>(lost.size());
        if (!difference->changes.isEmpty()) {
            const Result<Policy::Context> context = policy->context(*older, *newer);
            if (!context) {
                return std::unexpected(context.error());
            }
            const QList<Policy::JudgedChange> judged = policy->judgeAll(*difference, *context);
            for (const Policy::JudgedChange &change : judged) {
                tick.worst = std::max(tick.worst.value_or(Policy::Severity::Low), change.verdict.severity);
                ++tick.bySeverity.at(static_cast<size_t>(change.verdict.severity));
            }
        }
        known(pair, tick);
        newer.emplace(std::move(*older));
    }
    return {};
}

} // namespace Orgtrace::Ui
