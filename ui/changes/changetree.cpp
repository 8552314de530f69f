#include "changes/changetree.h"

#include "changes/changetree_p.h"
#include "theme/theme.h"

#include <QCoreApplication>
#include <QMap>
#include <QSet>

#include <array>
#include <map>

namespace Orgtrace::Ui {

using namespace Qt::StringLiterals;

namespace {

QString tr(const char *text, int n = -1)
{
    return QCoreApplication::translate("Changes", text, nullptr, n);
}

constexpr qsizetype mostActors = 40; ///< in a facet, and offered while typing
constexpr qsizetype mostPaths = 200;

} // namespace

int ChangeTree::rowOfFinding(int finding) const
{
    return finding >= 0 && finding < rowByFinding.size() ? rowByFinding.at(finding) : -1;
}

namespace {

/// One change that the filter lets through, with what it is sorted by.
struct Entry {
    int finding = -1;
    const QString *title = nullptr; ///< of its domain
    const QString *name = nullptr;
    int actor = -1; ///< in the list of actors
    QString folded; ///< of the name: folded once, compared many times
};

bool isBefore(const Entry &a, const Entry &b)
{
    if (a.title != b.title) {
        if (const int byTitle = QString::compare(*a.title, *b.title, Qt::CaseInsensitive); byTitle != 0) {
            return byTitle < 0;
        }
    }
    return a.folded < b.folded;
}

/// Fills a tree from a range: filters, counts facets, sorts, groups.
class TreeMaker
{
public:
    TreeMaker(const Operations::RangeFindings &range, const ChangeFilter &filter, const ChangeTreeOptions &options, ChangeTree &tree) :
        m_range(range), m_filter(filter), m_options(options), m_tree(tree), m_builder(tree)
    {
    }

    void make()
    {
        m_tree.total = m_range.findings.size();
        m_tree.rowByFinding.fill(-1, m_tree.total);
        m_tree.placeByFinding.fill(-1, m_tree.total);
        for (const auto &[kind, count] : m_range.difference.suppressed) {
            m_tree.suppressed += count;
        }
        m_tree.suppressedText = suppressedText(m_range.difference.suppressed);
        if (m_options.savers) {
            m_tree.unreadSavers = unreadSaversText(*m_options.savers, m_range.domainTitles);
        }
        take();
        std::ranges::stable_sort(m_entries, isBefore);
        group();
        m_tree.shown = m_tree.entityRows.size();
        addNotComparable(m_builder, m_range);
        addLeftOut(m_builder, m_range);
        makeFacets();
    }

private:
    [[nodiscard]] const Report::Finding &finding(int at) const { return m_range.findings.at(at); }
    [[nodiscard]] const Compare::EntityChange &change(const Entry &entry) const { return finding(entry.finding).judged.change; }
    [[nodiscard]] Policy::Severity severityOf(const Entry &entry) const { return finding(entry.finding).judged.verdict.severity; }

    const QString *titleOf(const QString &domain)
    {
        auto it = m_titles.find(domain);
        if (it == m_titles.end()) {
            it = m_titles.emplace(domain, m_range.domainTitles.value(domain, domain)).first;
        }
        return &it->second;
    }

    /// What the filter lets through, and what each value of a facet would.
    void take()
    {
        QSet<QString> paths;
        QString lastPath;
        QHash<std::pair<QString, QString>, int> actorPlaces;
        for (int i = 0; i < m_range.findings.size(); ++i) {
            const Report::Finding &one = m_range.findings.at(i);
            const Compare::EntityChange &change = one.judged.change;
            const QString *title = titleOf(change.domain);
            const Actor actor = actorOf(m_range, one, m_options.savers.get());
            auto place = actorPlaces.find({actor.id, actor.name});
            if (place == actorPlaces.end()) {
                place = actorPlaces.insert({actor.id, actor.name}, static_cast<int>(m_actors.size()));
                m_actors.append(actor);
                m_actorCounts.append(0);
            }
            for (const Compare::FieldChange &field : change.fields) {
                const qsizetype slash = field.path.indexOf(u'/', 1);
                const QStringView member = QStringView(field.path).first(slash < 0 ? field.path.size() : slash);
                if (member != lastPath && paths.size() < mostPaths) {
                    lastPath = member.toString();
                    paths.insert(lastPath);
                }
            }
            const quint32 failed = m_filter.failing(one, *title, actor);
            const auto countsFor = [failed](ChangeFilter::Key key) { return (failed & ~(1U << static_cast<int>(key))) == 0; };
            if (countsFor(ChangeFilter::Key::Severity)) {
                ++m_severityCounts.at(static_cast<size_t>(one.judged.verdict.severity));
            }
            if (countsFor(ChangeFilter::Key::Domain)) {
                ++m_domainCounts[change.domain];
            }
            if (countsFor(ChangeFilter::Key::Kind)) {
                ++m_kindCounts.at(static_cast<size_t>(change.kind));
                m_kindCounts.at(3) += change.previousEntity.isEmpty() ? 0 : 1;
            }
            if (countsFor(ChangeFilter::Key::Actor)) {
                ++m_actorCounts[*place];
            }
            if (failed == 0) {
                const QString *name = change.name.isEmpty() ? &change.entity : &change.name;
                m_entries.append({i, title, name, *place, name->toCaseFolded()});
            }
        }
        m_tree.vocabulary.paths = QStringList(paths.cbegin(), paths.cend());
        m_tree.vocabulary.paths.removeAll(QString());
        m_tree.vocabulary.paths.sort();
        for (const auto &[domain, title] : m_titles) {
            m_tree.vocabulary.domains.append(domain);
            m_tree.vocabulary.domainTitles.append(title);
        }
    }

    void group()
    {
        switch (m_options.grouping) {
        case ChangeGrouping::Severity: groupBySeverity(); break;
        case ChangeGrouping::Domain: groupByDomain(); break;
        case ChangeGrouping::Entity: groupByEntity(); break;
        case ChangeGrouping::Kind: groupByKind(); break;
        case ChangeGrouping::Actor: groupByActor(); break;
        }
    }

    void groupBySeverity()
    {
        for (int severity = static_cast<int>(Policy::Severity::Critical); severity >= 0; --severity) {
            QList<Entry> those;
            for (const Entry &entry : std::as_const(m_entries)) {
                if (static_cast<int>(severityOf(entry)) == severity) {
                    those.append(entry);
                }
            }
            ChangeRow head;
            head.kind = ChangeRow::Kind::Severity;
            head.severity = static_cast<Policy::Severity>(severity);
            head.text = severityText(head.severity);
            head.key = Policy::severityName(head.severity);
            addGroup(head, those);
        }
    }

    void groupByDomain()
    {
        for (qsizetype from = 0; from < m_entries.size();) {
            const QString domain = change(m_entries.at(from)).domain;
            qsizetype to = from;
            while (to < m_entries.size() && change(m_entries.at(to)).domain == domain) {
                ++to;
            }
            const QList<Entry> those = m_entries.sliced(from, to - from);
            ChangeRow head;
            head.kind = ChangeRow::Kind::Group;
            head.severity = worstOf(those);
            head.text = *those.constFirst().title;
            head.tip = domain;
            head.key = u"domain/"_s + domain;
            addEntities(m_builder.add(-1, head), head.key, those);
            from = to;
        }
    }

    /// An entity's changes in every domain: a person, and what she may do, and where she answers. Those that changed in one domain stand alone.
    void groupByEntity()
    {
        QHash<QString, QList<Entry>> byId;
        for (const Entry &entry : std::as_const(m_entries)) {
            const QString &id = change(entry).entity;
            byId[id.isEmpty() ? QString(u"/"_s + change(entry).domain) : id].append(entry);
        }
        struct Found {
            QString name;
            const QList<Entry> *those;
            Policy::Severity worst;
        };
        QList<Found> single, several;
        for (auto it = byId.cbegin(); it != byId.cend(); ++it) {
            QString name;
            for (const Entry &entry : *it) {
                if (name.isEmpty() || entry.name->compare(name, Qt::CaseInsensitive) < 0) {
                    name = change(entry).name.isEmpty() ? name : *entry.name;
                }
            }
            (it->size() > 1 ? several : single).append({name.isEmpty() ? *it->constFirst().name : name, &*it, worstOf(*it)});
        }
        const auto before = [](const Found &a, const Found &b) {
            if (a.worst != b.worst) {
                return a.worst > b.worst;
            }
            const int byName = QString::compare(a.name, b.name, Qt::CaseInsensitive);
            return byName != 0 ? byName < 0 : a.those->constFirst().finding < b.those->constFirst().finding;
        };
        std::ranges::sort(several, before);
        std::ranges::sort(single, before);
        for (const Found &found : std::as_const(several)) {
            ChangeRow head;
            head.kind = ChangeRow::Kind::Group;
            head.severity = found.worst;
            head.text = found.name.isEmpty() ? *found.those->constFirst().title : found.name;
            head.tip = tr("%1: changed in %2 domains").arg(head.text).arg(found.those->size());
            head.key = u"entity/"_s + change(found.those->constFirst()).entity;
            addEntities(m_builder.add(-1, head), head.key, *found.those, true);
        }
        if (!single.isEmpty()) {
            QList<Entry> alone;
            alone.reserve(single.size());
            for (const Found &found : std::as_const(single)) {
                alone.append(found.those->constFirst());
            }
            ChangeRow head;
            head.kind = ChangeRow::Kind::Group;
            head.severity = worstOf(alone);
            head.text = several.isEmpty() ? tr("Changed in one domain") : tr("Others, changed in one domain only");
            head.key = u"entity-alone"_s;
            addEntities(m_builder.add(-1, head), head.key, alone, true);
        }
    }

    void groupByKind()
    {
        struct KindGroup {
            QString text, key;
            QList<Entry> those;
        };
        KindGroup groups[] = {{tr("Removed"), u"removed"_s, {}},
                              {tr("Removed and made again"), u"recreated"_s, {}},
                              {tr("Modified"), u"modified"_s, {}},
                              {tr("Added"), u"added"_s, {}}};
        for (const Entry &entry : std::as_const(m_entries)) {
            const Compare::EntityChange &one = change(entry);
            const int at = !one.previousEntity.isEmpty()   ? 1
                : one.kind == Compare::ChangeKind::Removed ? 0
                : one.kind == Compare::ChangeKind::Added   ? 3
                                                           : 2;
            groups[at].those.append(entry);
        }
        for (const KindGroup &one : groups) {
            ChangeRow head;
            head.kind = ChangeRow::Kind::Group;
            head.text = one.text;
            head.severity = worstOf(one.those);
            head.key = u"kind/"_s + one.key;
            addGroup(head, one.those);
        }
    }

    void groupByActor()
    {
        QList<QList<Entry>> byActor(m_actors.size());
        for (const Entry &entry : std::as_const(m_entries)) {
            byActor[entry.actor].append(entry);
        }
        QList<int> order;
        for (int i = 0; i < m_actors.size(); ++i) {
            order.append(i);
        }
        std::ranges::stable_sort(order, [&](int a, int b) {
            if (m_actors.at(a).isKnown() != m_actors.at(b).isKnown()) {
                return m_actors.at(a).isKnown(); // nobody comes last
            }
            const auto worstA = worstOf(byActor.at(a));
            const auto worstB = worstOf(byActor.at(b));
            return worstA != worstB ? worstA > worstB : QString::compare(m_actors.at(a).name, m_actors.at(b).name, Qt::CaseInsensitive) < 0;
        });
        for (const int at : std::as_const(order)) {
            const Actor &actor = m_actors.at(at);
            ChangeRow head;
            head.kind = ChangeRow::Kind::Group;
            head.severity = worstOf(byActor.at(at));
            head.text = actor.isKnown() ? actor.name : tr("Not known who saved last");
            head.tip = actor.isKnown()
                ? tr("%1 saved last, as far as the evidence tells: by the snapshot’s own signal, else by the latest audit event beside "
                     "the change. Neither proves that this person made the change.\nId %2")
                      .arg(actor.name, actor.id)
                : tr("Neither snapshot B nor an audit event in the range names anybody.")
                    + (m_tree.unreadSavers.isEmpty() ? QString() : QString(u'\n' + m_tree.unreadSavers));
            head.key = u"actor/"_s + (actor.isKnown() ? QString(actor.id + u'/' + actor.name) : QString());
            addGroup(head, byActor.at(at));
        }
    }

    [[nodiscard]] Policy::Severity worstOf(const QList<Entry> &those) const
    {
        Policy::Severity worst = Policy::Severity::Low;
        for (const Entry &entry : those) {
            worst = std::max(worst, severityOf(entry));
        }
        return worst;
    }

    /// A top row, its domains, their changes. @pre those are sorted by domain
    void addGroup(const ChangeRow &head, const QList<Entry> &those)
    {
        if (those.isEmpty()) {
            return;
        }
        const int top = m_builder.add(-1, head);
        for (qsizetype from = 0; from < those.size();) {
            const QString domain = change(those.at(from)).domain;
            qsizetype to = from;
            while (to < those.size() && change(those.at(to)).domain == domain) {
                ++to;
            }
            ChangeRow row;
            row.kind = ChangeRow::Kind::Domain;
            row.severity = head.severity;
            row.text = *those.at(from).title;
            row.key = head.key + u'/' + domain;
            addEntities(m_builder.add(top, row), row.key, those.sliced(from, to - from));
            from = to;
        }
    }

    /// The changes themselves; in pages, where there are very many.
    void addEntities(int parent, const QString &key, const QList<Entry> &those, bool saysDomain = false)
    {
        if (those.size() <= ChangesPerPage) {
            for (const Entry &entry : those) {
                addEntity(parent, entry, saysDomain);
            }
            return;
        }
        for (qsizetype from = 0; from < those.size(); from += ChangesPerPage) {
            const QList<Entry> part = those.sliced(from, std::min(ChangesPerPage, those.size() - from));
            ChangeRow page;
            page.kind = ChangeRow::Kind::Page;
            page.severity = worstOf(part);
            page.text = u"%1 … %2"_s.arg(textOf(part.constFirst()), textOf(part.constLast()));
            page.tip = tr("Changes %1 to %2 of %3").arg(countText(from + 1), countText(from + part.size()), countText(those.size()));
            page.key = key + u"/page/"_s + QString::number(from);
            const int row = m_builder.add(parent, page);
            for (const Entry &entry : part) {
                addEntity(row, entry, saysDomain);
            }
        }
    }

    [[nodiscard]] QString textOf(const Entry &entry) const
    {
        const Compare::EntityChange &one = change(entry);
        const QString text = one.name.isEmpty() ? shortId(one.entity) : one.name;
        return text.isEmpty() ? *entry.title : text; // a settings object has no name of its own
    }

    void addEntity(int parent, const Entry &entry, bool saysDomain)
    {
        const Compare::EntityChange &one = change(entry);
        ChangeRow row;
        row.severity = severityOf(entry);
        row.text = textOf(entry);
        row.summary = changeSummary(one, m_range.names);
        if (saysDomain) {
            row.summary = row.summary.isEmpty() ? *entry.title : QString(*entry.title + u" · "_s + row.summary);
        }
        if (!m_options.range) {
            row.tip = changeTip(finding(entry.finding), *entry.title, m_actors.at(entry.actor), m_options.savers.get());
        }
        row.key = one.domain + u'/' + one.entity;
        row.finding = entry.finding;
        const int at = m_builder.add(parent, std::move(row));
        m_builder.count(parent);
        m_tree.rowByFinding[entry.finding] = at;
        m_tree.placeByFinding[entry.finding] = static_cast<int>(m_tree.entityRows.size());
        m_tree.entityRows.append(at);
    }

    void makeFacets()
    {
        ChangeFacet severities{u"severity"_s, tr("Severity"), {}};
        for (int i = static_cast<int>(Policy::Severity::Critical); i >= 0; --i) {
            const auto severity = static_cast<Policy::Severity>(i);
            if (const qint64 count = m_severityCounts.at(static_cast<size_t>(i)); count > 0) {
                severities.values.append({Policy::severityName(severity), severityText(severity), count, i});
            }
        }
        ChangeFacet kinds{u"kind"_s, tr("Kind"), {}};
        const std::pair<QString, QString> names[] = {
            {u"added"_s, tr("added")}, {u"removed"_s, tr("removed")}, {u"modified"_s, tr("modified")}, {u"recreated"_s, tr("recreated")}};
        const Compare::ChangeKind order[] = {Compare::ChangeKind::Added, Compare::ChangeKind::Removed, Compare::ChangeKind::Modified};
        for (size_t i = 0; i < std::size(names); ++i) {
            const qint64 count = i < 3 ? m_kindCounts.at(static_cast<size_t>(order[i])) : m_kindCounts.at(3);
            if (count > 0) {
                kinds.values.append({names[i].first, names[i].second, count, -1});
            }
        }
        const auto byCount = [](const ChangeFacet::Value &a, const ChangeFacet::Value &b) {
            return a.count != b.count ? a.count > b.count : QString::compare(a.label, b.label, Qt::CaseInsensitive) < 0;
        };
        ChangeFacet domains{u"domain"_s, tr("Domain"), {}};
        for (const auto &[domain, count] : m_domainCounts) {
            domains.values.append({u'=' + queryQuoted(domain), *titleOf(domain), count, -1});
        }
        std::ranges::sort(domains.values, byCount);
        ChangeFacet actors{u"actor"_s, tr("Saved last by"), {}};
        QMap<QString, qint64> perName; // one person may be known by signal and by event
        qint64 unknown = 0;
        for (int i = 0; i < m_actors.size(); ++i) {
            if (!m_actors.at(i).isKnown()) {
                unknown += m_actorCounts.at(i);
            } else if (m_actorCounts.at(i) > 0) {
                perName[m_actors.at(i).name] += m_actorCounts.at(i);
            }
        }
        for (auto it = perName.cbegin(); it != perName.cend(); ++it) {
            actors.values.append({u'=' + queryQuoted(it.key()), it.key(), it.value(), -1});
        }
        std::ranges::sort(actors.values, byCount);
        actors.values.resize(std::min(actors.values.size(), mostActors));
        for (const ChangeFacet::Value &value : std::as_const(actors.values)) {
            m_tree.vocabulary.actors.append(value.label);
        }
        if (unknown > 0) {
            actors.values.append({u"unknown"_s, tr("not known"), unknown, -1});
        }
        m_tree.facets = {severities, kinds, domains, actors};
    }

    const Operations::RangeFindings &m_range;
    const ChangeFilter &m_filter;
    const ChangeTreeOptions &m_options;
    ChangeTree &m_tree;
    ChangeTreeBuilder m_builder;
    QList<Entry> m_entries;
    std::map<QString, QString> m_titles; // addresses stay
    QList<Actor> m_actors;
    QList<qint64> m_actorCounts;
    std::array<qint64, 4> m_severityCounts{}, m_kindCounts{};
    std::map<QString, qint64> m_domainCounts;
};

} // namespace

std::shared_ptr<const ChangeTree> buildChangeTree(const Operations::RangeFindings &range, const ChangeFilter &filter,
                                                  const ChangeTreeOptions &options)
{
    auto tree = std::make_shared<ChangeTree>();
    TreeMaker(range, filter, options, *tree).make();
    tree->range = options.range;
    tree->savers = options.savers;
    return tree;
}

QString ChangeTree::tipOf(const ChangeRow &row) const
{
    const auto findings = range.lock();
    if (!row.tip.isEmpty() || row.finding < 0 || !findings || row.finding >= findings->findings.size()) {
        return row.tip;
    }
    const Report::Finding &finding = findings->findings.at(row.finding);
    const QString &domain = finding.judged.change.domain;
    return changeTip(finding, findings->domainTitles.value(domain, domain), actorOf(*findings, finding, savers.get()), savers.get());
}

} // namespace Orgtrace::Ui
