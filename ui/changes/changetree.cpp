#include "changes/changetree.h"

#include "theme/theme.h"

#include <QCoreApplication>

namespace Orgtrace::Ui {

using namespace Qt::StringLiterals;

namespace {

QString tr(const char *text, int n = -1)
{
    return QCoreApplication::translate("Changes", text, nullptr, n);
}

/// The steps of a path as compare writes them: names between '/', array elements as [key=value,…]; a '/' inside brackets belongs to the value.
QStringList steps(const QString &path)
{
    QStringList found;
    QString step;
    int depth = 0;
    for (const QChar c : path) {
        if (c == u'[') {
            ++depth;
        } else if (c == u']') {
            depth = std::max(0, depth - 1);
        }
        if (c == u'/' && depth == 0) {
            if (!step.isEmpty()) {
                found.append(step);
            }
            step.clear();
        } else {
            step += c;
        }
    }
    if (!step.isEmpty()) {
        found.append(step);
    }
    return found;
}

/// Name of the thing an element's identity speaks of, e.g. "[role=67fe…,division=*]" → "Master Admin"; the shortened id where no name is known.
QString elementName(QString step, const QString &container, const QHash<QString, QString> &names)
{
    if (step.startsWith(u'[') && step.endsWith(u']')) {
        step = step.sliced(1, step.size() - 2);
    }
    const QString first = step.section(u',', 0, 0);
    const qsizetype equals = first.indexOf(u'=');
    const QString key = equals > 0 ? first.first(equals).section(u'.', 0, 0) : QString();
    const QString value = equals > 0 ? first.sliced(equals + 1) : first;
    QStringList domains;
    if (!key.isEmpty() && key != "id"_L1) {
        domains.append(key.endsWith(u'y') ? QString(key.chopped(1) + u"ies"_s) : QString(key + u's'));
    }
    domains.append(container);
    for (const char *domain :
         {"users", "groups", "teams", "roles", "queues", "skills", "divisions", "flows", "wrapup_codes", "oauth_clients"}) {
        domains.append(QString::fromLatin1(domain));
    }
    for (const QString &domain : std::as_const(domains)) {
        const QString name = names.value(domain + u'/' + value);
        if (!name.isEmpty()) {
            return name;
        }
    }
    return shortId(value);
}

bool isElement(const QString &step)
{
    return step.startsWith(u'[') || (!step.isEmpty() && std::ranges::all_of(step, [](QChar c) { return c.isDigit(); }));
}

QString fieldCount(qsizetype count)
{
    return count == 1 ? tr("1 field") : tr("%1 fields").arg(count);
}

QString sign(qsizetype count)
{
    return (count < 0 ? QString(QChar(0x2212)) : u"+"_s) + QString::number(std::abs(count));
}

} // namespace

QString changeSummary(const Compare::EntityChange &change, const QHash<QString, QString> &names)
{
    if (!change.previousEntity.isEmpty()) {
        return change.fields.isEmpty() ? tr("lineage") : tr("lineage · %1").arg(fieldCount(change.fields.size()));
    }
    switch (change.kind) {
    case Compare::ChangeKind::Added: return tr("added");
    case Compare::ChangeKind::Removed: return tr("removed");
    case Compare::ChangeKind::Modified: break;
    }
    if (change.fields.isEmpty()) {
        return change.typeOnly > 0 ? tr("types only") : QString();
    }
    const QStringList first = steps(change.fields.constFirst().path);
    const QString member = first.isEmpty() ? QString() : first.constFirst();
    qsizetype added = 0;
    qsizetype removed = 0;
    bool oneMember = true;
    bool wholeElements = true; // whole elements of one array came or went
    for (const Compare::FieldChange &field : change.fields) {
        const QStringList path = steps(field.path);
        oneMember = oneMember && !path.isEmpty() && path.constFirst() == member;
        wholeElements = wholeElements && path.size() >= 2 && isElement(path.constLast())
            && (field.kind == Compare::FieldKind::Added || field.kind == Compare::FieldKind::Removed);
        added += field.kind == Compare::FieldKind::Added;
        removed += field.kind == Compare::FieldKind::Removed;
    }
    if (oneMember && wholeElements) {
        if (change.fields.size() == 1) {
            return (added ? u"+ "_s : QString(QChar(0x2212)) + u' ') + elementName(first.constLast(), member, names);
        }
        if (added > 0 && removed > 0) {
            return u"%1 %2 %3"_s.arg(member, sign(added), sign(-removed));
        }
        return u"%1 %2"_s.arg(member, sign(added > 0 ? added : -removed));
    }
    if (change.fields.size() == 1) {
        for (auto it = first.crbegin(); it != first.crend(); ++it) {
            // Wrappers of base settings ({"value": {"instance": …}}) name nothing.
            const bool wrapper = *it == "instance"_L1 || *it == "value"_L1;
            if (!isElement(*it) && !(wrapper && first.size() > 1)) {
                return *it;
            }
        }
        return fieldCount(1);
    }
    return oneMember && !member.isEmpty() && !isElement(member) ? u"%1 · %2"_s.arg(member, fieldCount(change.fields.size()))
                                                                : fieldCount(change.fields.size());
}

QString suppressedText(const std::map<QString, qint64> &suppressed)
{
    static const std::pair<QLatin1StringView, const char *> words[] = {
        {"signals-only"_L1, QT_TRANSLATE_NOOP("Changes", "%1 saved without visible effect")},
        {"type-only"_L1, QT_TRANSLATE_NOOP("Changes", "%1 differences of type only")},
        {"labels"_L1, QT_TRANSLATE_NOOP("Changes", "%1 renames of other entities, counted there")},
        {"order"_L1, QT_TRANSLATE_NOOP("Changes", "%1 changes of an order that means nothing")},
    };
    QStringList parts;
    for (const auto &[key, count] : suppressed) {
        if (count == 0) {
            continue;
        }
        const auto *const known = std::ranges::find(words, key, &std::pair<QLatin1StringView, const char *>::first);
        parts.append(known != std::end(words) ? tr(known->second).arg(countText(count)) : u"%1 %2"_s.arg(countText(count), key));
    }
    return parts.join(u", "_s);
}

int ChangeTree::rowOfFinding(int finding) const
{
    if (finding < 0) {
        return -1;
    }
    const auto it = std::ranges::find_if(entityRows, [&](int row) { return rows.at(row).finding == finding; });
    return it == entityRows.end() ? -1 : *it;
}

namespace {

/// Puts rows into the flat list and keeps places right.
class Builder
{
public:
    explicit Builder(ChangeTree &tree) : m_tree(tree) { }
    int add(int parent, ChangeRow row)
    {
        const int at = static_cast<int>(m_tree.rows.size());
        QList<int> &siblings = parent < 0 ? m_tree.top : m_tree.rows[parent].children;
        row.parent = parent;
        row.place = static_cast<int>(siblings.size());
        siblings.append(at);
        m_tree.rows.append(std::move(row));
        return at;
    }
    void count(int row)
    {
        for (; row >= 0; row = m_tree.rows.at(row).parent) {
            ++m_tree.rows[row].count;
        }
    }

private:
    ChangeTree &m_tree;
};

QString entityTip(const Report::Finding &finding, const QString &title)
{
    const Compare::EntityChange &change = finding.judged.change;
    QStringList lines;
    lines.append(u"%1 · %2"_s.arg(title, change.name.isEmpty() ? change.entity : change.name));
    lines.append(tr("%1: %2").arg(severityText(finding.judged.verdict.severity), finding.judged.verdict.title));
    if (!change.previousEntity.isEmpty()) {
        lines.append(tr("Removed and made again: it was %1 before.").arg(change.previousEntity));
    }
    lines.append(finding.events.isEmpty() ? tr("No audit event of this entity in the range.")
                                          : tr("%1 audit events of this entity in the range.").arg(finding.events.size()));
    return lines.join(u'\n');
}

void addNotComparable(Builder &builder, ChangeTree &tree, const Operations::RangeFindings &range)
{
    if (range.difference.notComparable.isEmpty()) {
        return;
    }
    ChangeRow head;
    head.kind = ChangeRow::Kind::NotComparable;
    head.text = tr("Not comparable");
    head.key = u"not-comparable"_s;
    head.tip = tr("What was not seen on both sides. It is neither unchanged nor deleted: it is not known.");
    head.count = range.difference.notComparable.size();
    const int top = builder.add(-1, head);
    for (const Compare::NotComparable &one : range.difference.notComparable) {
        ChangeRow row;
        row.kind = ChangeRow::Kind::NotComparableRow;
        row.text = range.domainTitles.value(one.domain, one.domain);
        row.summary = one.ids.isEmpty() ? tr("whole domain")
            : one.ids.size() == 1       ? shortId(one.ids.constFirst())
                                        : tr("%1 entities").arg(one.ids.size());
        row.tip = one.why;
        if (!one.ids.isEmpty()) {
            row.tip += u'\n' + one.ids.first(std::min<qsizetype>(one.ids.size(), 20)).join(u'\n');
        }
        row.key = u"not-comparable/"_s + one.domain + u'/' + QString::number(tree.rows.at(top).children.size());
        builder.add(top, row);
    }
}

void addSilent(Builder &builder, const Operations::RangeFindings &range)
{
    qint64 count = 0;
    for (const QStringList &ids : range.difference.savedWithoutEffect) {
        count += ids.size();
    }
    if (count == 0) {
        return;
    }
    ChangeRow head;
    head.kind = ChangeRow::Kind::Silent;
    head.text = tr("Saved without visible effect");
    head.key = u"silent"_s;
    head.tip = tr("Somebody pressed Save, but no setting differs between A and B: perhaps changed and changed back in between.");
    head.count = count;
    const int top = builder.add(-1, head);
    QStringList domains = range.difference.savedWithoutEffect.keys();
    std::ranges::sort(domains, {}, [&](const QString &domain) { return range.domainTitles.value(domain, domain); });
    for (const QString &domain : std::as_const(domains)) {
        const QStringList ids = range.difference.savedWithoutEffect.value(domain);
        if (ids.isEmpty()) {
            continue;
        }
        ChangeRow row;
        row.kind = ChangeRow::Kind::SilentRow;
        row.text = range.domainTitles.value(domain, domain);
        row.key = u"silent/"_s + domain;
        QStringList shown;
        for (const auto those = ids.first(std::min<qsizetype>(ids.size(), 20)); const QString &id : those) {
            shown.append(range.names.value(domain + u'/' + id, id));
        }
        row.summary = ids.size() == 1 ? shown.constFirst() : countText(ids.size());
        row.tip = shown.join(u'\n') + (ids.size() > shown.size() ? u'\n' + tr("and %1 more").arg(ids.size() - shown.size()) : QString());
        builder.add(top, row);
    }
}

} // namespace

std::shared_ptr<const ChangeTree> buildChangeTree(const Operations::RangeFindings &range, const ChangeFilter &filter)
{
    auto tree = std::make_shared<ChangeTree>();
    Builder builder(*tree);
    tree->total = range.findings.size();
    for (const auto &[kind, count] : range.difference.suppressed) {
        tree->suppressed += count;
    }
    tree->suppressedText = suppressedText(range.difference.suppressed);

    struct Entry {
        int finding;
        QString title, name;
    };
    std::map<int, QList<Entry>, std::greater<>> bySeverity; // worst first
    for (int i = 0; i < range.findings.size(); ++i) {
        const Report::Finding &finding = range.findings.at(i);
        const Compare::EntityChange &change = finding.judged.change;
        const QString title = range.domainTitles.value(change.domain, change.domain);
        if (filter.matches(finding, title)) {
            bySeverity[static_cast<int>(finding.judged.verdict.severity)].append(
                {i, title, change.name.isEmpty() ? change.entity : change.name});
        }
    }
    for (auto &[severity, entries] : bySeverity) {
        std::ranges::stable_sort(entries, [](const Entry &a, const Entry &b) {
            const int byTitle = QString::compare(a.title, b.title, Qt::CaseInsensitive);
            return byTitle != 0 ? byTitle < 0 : QString::compare(a.name, b.name, Qt::CaseInsensitive) < 0;
        });
        ChangeRow head;
        head.kind = ChangeRow::Kind::Severity;
        head.severity = static_cast<Policy::Severity>(severity);
        head.text = severityText(head.severity);
        head.key = Policy::severityName(head.severity);
        const int top = builder.add(-1, head);
        int domainRow = -1;
        QString domain;
        for (const Entry &entry : std::as_const(entries)) {
            const Report::Finding &finding = range.findings.at(entry.finding);
            const Compare::EntityChange &change = finding.judged.change;
            if (domainRow < 0 || change.domain != domain) {
                domain = change.domain;
                ChangeRow row;
                row.kind = ChangeRow::Kind::Domain;
                row.severity = head.severity;
                row.text = entry.title;
                row.key = head.key + u'/' + domain;
                domainRow = builder.add(top, row);
            }
            ChangeRow row;
            row.severity = head.severity;
            row.text = change.name.isEmpty() ? shortId(change.entity) : change.name;
            if (row.text.isEmpty()) {
                row.text = entry.title; // a settings object has no name of its own
            }
            row.summary = changeSummary(change, range.names);
            row.tip = entityTip(finding, entry.title);
            row.key = domain + u'/' + change.entity;
            row.finding = entry.finding;
            const int at = builder.add(domainRow, row);
            builder.count(domainRow);
            tree->entityRows.append(at);
        }
    }
    tree->shown = tree->entityRows.size();
    addNotComparable(builder, *tree, range);
    addSilent(builder, range);
    return tree;
}

} // namespace Orgtrace::Ui
