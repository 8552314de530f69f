#include "report/content.h"

#include "report/wording.h"

#include <QSet>

#include <set>

namespace Orgtrace::Report {

namespace {

constexpr qsizetype ListedIds = 8;
constexpr qsizetype ListedWindows = 400;

QString idList(const Scene &scene, const QStringList &ids)
{
    QStringList shown;
    for (const auto those = ids.first(std::min(ids.size(), ListedIds)); const QString &id : those) {
        const QString name = scene.nameOf(id);
        shown.append(name.isEmpty() ? visible(id.isEmpty() ? QStringLiteral("(without an id)") : id)
                                    : name + QStringLiteral(" (") + visible(id) + u')');
    }
    return shown.join(u", ")
        + (ids.size() > ListedIds ? QStringLiteral(" and %1 more").arg(numberText(ids.size() - ListedIds)) : QString());
}

QVariantHash item(const QString &what, const QString &extent, const QString &why)
{
    return {{QStringLiteral("what"), what}, {QStringLiteral("extent"), extent}, {QStringLiteral("why"), why}};
}

QString stateSentence(const Scene &scene, const Evidence::LedgerRow &row)
{
    QString text = ledgerWord(row.state);
    if (!row.observedIn.isEmpty()) {
        text += QStringLiteral(" from snapshot ") + visible(row.observedIn.left(12));
    }
    // The reason starts with an error's code name; where that only repeats the state it is left out.
    QString reason = row.reason;
    const QString code = Evidence::ledgerStateName(row.state);
    if (reason == code) {
        reason.clear();
    } else if (reason.startsWith(code + QStringLiteral(": "))) {
        reason.remove(0, code.size() + 2);
    }
    if (!reason.isEmpty()) {
        text += QStringLiteral(": ") + scene.text(reason);
    }
    return text;
}

/// "2026-10-17" and "08:24:00 – 08:24:02"; where the reading went past midnight, both in the second.
std::pair<QString, QString> readTime(const Evidence::LedgerRow &row)
{
    const QString first = utcShort(row.firstRequestUtc);
    const QString last = utcShort(row.lastResponseUtc);
    if (!row.firstRequestUtc.isValid() || !row.lastResponseUtc.isValid()
        || row.firstRequestUtc.toUTC().date() != row.lastResponseUtc.toUTC().date()) {
        return {QString(), first == last ? first : QString(first + QStringLiteral(" – ") + last)};
    }
    return {first.left(10), first.mid(11) + QStringLiteral(" – ") + last.mid(11)};
}

/// What of a ledger row was not read although the domain as a whole was.
void appendPartial(const Scene &scene, const Evidence::LedgerRow &row, const QString &side, const QSet<QString> &said, QVariantList &items)
{
    QStringList quarantined, reasons;
    for (const Evidence::Quarantined &entity : row.quarantined) {
        if (!said.contains(entity.id)) {
            quarantined.append(entity.id);
            reasons.append(entity.why.isEmpty() ? QStringLiteral("no reason recorded") : scene.text(entity.why));
        }
    }
    reasons.removeDuplicates();
    if (!quarantined.isEmpty()) {
        items.append(item(
            scene.domainTitle(row.domain), idList(scene, quarantined),
            QStringLiteral("could not be read in %1: %2").arg(side, reasons.first(std::min<qsizetype>(reasons.size(), 3)).join(u"; "))));
    }
    QStringList failed;
    for (const QString &id : row.failedParents) {
        if (!said.contains(id)) {
            failed.append(id);
        }
    }
    if (!failed.isEmpty()) {
        items.append(item(scene.domainTitle(row.domain), idList(scene, failed), QStringLiteral("could not be listed in %1").arg(side)));
    }
}

std::set<QString> allDomains(const Input &input)
{
    std::set<QString> domains;
    for (const auto *rows : {&input.coverageA, &input.coverageB}) {
        for (const Evidence::LedgerRow &row : *rows) {
            domains.insert(row.domain);
        }
    }
    return domains;
}

QVariantList unseenContent(const Scene &scene, const std::set<QString> &domains, qint64 &wholeDomains)
{
    QVariantList items;
    QSet<QString> whole;
    QHash<QString, QSet<QString>> partly;
    for (const Compare::NotComparable &gap : scene.input.difference.notComparable) {
        if (gap.ids.isEmpty()) {
            whole.insert(gap.domain);
        } else {
            partly[gap.domain] += QSet<QString>(gap.ids.begin(), gap.ids.end());
        }
        items.append(item(scene.domainTitle(gap.domain), gap.ids.isEmpty() ? QStringLiteral("the whole domain") : idList(scene, gap.ids),
                          scene.text(gap.why)));
    }
    for (const QString &domain : domains) {
        if (whole.contains(domain)) {
            continue;
        }
        const Evidence::LedgerRow *rows[] = {scene.rowA(domain), scene.rowB(domain)};
        const QString sides[] = {QStringLiteral("A"), QStringLiteral("B")};
        bool gap = false;
        for (int side = 0; side < 2; ++side) {
            if (!rows[side]) {
                items.append(item(scene.domainTitle(domain), QStringLiteral("the whole domain"),
                                  QStringLiteral("not part of snapshot %1").arg(sides[side])));
                gap = true;
            } else if (rows[side]->state != Evidence::LedgerState::Complete
                       && !(rows[side]->state == Evidence::LedgerState::NotOffered && rows[1 - side]
                            && rows[1 - side]->state == Evidence::LedgerState::NotOffered)) {
                items.append(item(scene.domainTitle(domain), QStringLiteral("the whole domain"),
                                  QStringLiteral("%1: %2").arg(sides[side], stateSentence(scene, *rows[side]))));
                gap = true;
            } else {
                appendPartial(scene, *rows[side], sides[side], partly.value(domain), items);
            }
        }
        if (gap) {
            whole.insert(domain);
        }
    }
    wholeDomains = whole.size();
    return items;
}

QVariantList ledgerContent(const Scene &scene, const std::set<QString> &domains)
{
    const auto side = [&](const Evidence::LedgerRow *row) {
        if (!row) {
            return QVariantHash{{QStringLiteral("state"), QStringLiteral("not asked")},
                                {QStringLiteral("key"), QStringLiteral("missing")},
                                {QStringLiteral("entities"), QStringLiteral("–")},
                                {QStringLiteral("reads"), QStringLiteral("–")},
                                {QStringLiteral("day"), QString()},
                                {QStringLiteral("clock"), QString()},
                                {QStringLiteral("why"), QString()}};
        }
        const bool complete = row->state == Evidence::LedgerState::Complete;
        QString entities = numberText(row->entities);
        if (row->announced && *row->announced != row->entities) {
            entities += QStringLiteral(" of ") + numberText(*row->announced);
        }
        QString why = complete ? QString() : stateSentence(scene, *row);
        const qsizetype failed = row->quarantined.size() + row->failedParents.size();
        if (failed > 0) {
            why += (why.isEmpty() ? QString() : QStringLiteral("; ")) + numberText(failed) + QStringLiteral(" not readable");
        }
        const auto [day, clock] = readTime(*row);
        QString reads = counted(row->pages, QStringLiteral("page"), QStringLiteral("pages"));
        if (row->retries > 0) {
            reads += QStringLiteral(", ") + counted(row->retries, QStringLiteral("retry"), QStringLiteral("retries"));
        }
        return QVariantHash{{QStringLiteral("state"), ledgerWord(row->state)},
                            {QStringLiteral("key"), complete && failed == 0 ? QStringLiteral("complete") : QStringLiteral("partial")},
                            {QStringLiteral("entities"), entities},
                            {QStringLiteral("reads"), reads},
                            {QStringLiteral("day"), day},
                            {QStringLiteral("clock"), clock},
                            {QStringLiteral("why"), why}};
    };
    QVariantList rows;
    for (const QString &domain : domains) {
        rows.append(QVariantHash{{QStringLiteral("title"), scene.domainTitle(domain)},
                                 {QStringLiteral("domain"), visible(domain)},
                                 {QStringLiteral("a"), side(scene.rowA(domain))},
                                 {QStringLiteral("b"), side(scene.rowB(domain))}});
    }
    return rows;
}

QVariantList windowsContent(const Scene &scene, QString &more)
{
    QVariantList rows;
    const QList<JoinedWindow> lines = joined(scene.input.auditWindows);
    for (const auto those = lines.first(std::min(lines.size(), ListedWindows)); const JoinedWindow &line : those) {
        rows.append(
            QVariantHash{{QStringLiteral("from"), utcShort(line.range.fromUtc)},
                         {QStringLiteral("to"), utcShort(line.range.toUtc)},
                         {QStringLiteral("service"), line.service.isEmpty() ? QStringLiteral("all services") : visible(line.service)},
                         {QStringLiteral("filter"), line.filter.isEmpty() ? QStringLiteral("none") : scene.text(line.filter)},
                         {QStringLiteral("queries"), numberText(line.queries)},
                         {QStringLiteral("events"), numberText(line.events)},
                         {QStringLiteral("queried"), utcShort(line.lastQueriedUtc)},
                         {QStringLiteral("state"), scene.text(line.state)},
                         {QStringLiteral("key"),
                          line.state == u"complete" && line.filter.isEmpty() ? QStringLiteral("complete") : QStringLiteral("partial")}});
    }
    if (lines.size() > ListedWindows) {
        more = QStringLiteral("%1 more are in the audit archive.").arg(numberText(lines.size() - ListedWindows));
    }
    return rows;
}

/// Differences that were seen and are not findings of their own.
QVariantList leftOutContent(const Scene &scene)
{
    static const QHash<QString, QString> words{
        {QStringLiteral("signals-only"),
         QStringLiteral("saved without visible effect (only version, date or author of modification moved)")},
        {QStringLiteral("type-only"), QStringLiteral("differ in the type of a value only, such as 1 and \"1\"")},
        {QStringLiteral("labels"), QStringLiteral("differ in the repeated name of something else only")},
        {QStringLiteral("order"), QStringLiteral("differ in the order of a list only, where order has no meaning")},
    };
    QVariantList lines;
    for (const auto &[kind, count] : scene.input.difference.suppressed) {
        if (count > 0) {
            lines.append(
                QVariantHash{{QStringLiteral("count"), numberText(count)}, {QStringLiteral("what"), words.value(kind, visible(kind))}});
        }
    }
    return lines;
}

} // namespace

QVariantHash coverageContent(const Scene &scene)
{
    const std::set<QString> domains = allDomains(scene.input);
    qint64 whole = 0;
    QVariantList unseen = unseenContent(scene, domains, whole);

    const QList<TimeRange> gaps = notQueried(scene.input.auditWindows, scene.range);
    const bool nothingQueried = gaps.size() == 1 && gaps.first() == scene.range;
    const QString gapText = scene.auditGaps(scene.range);
    if (!gapText.isEmpty()) {
        unseen.append(item(QStringLiteral("Audit log"),
                           nothingQueried ? QStringLiteral("the whole range") : QStringLiteral("part of the range"),
                           QStringLiteral("audit not queried for these times: unknown, not quiet: ") + gapText));
    } else if (scene.range.isEmpty()) {
        unseen.append(item(QStringLiteral("Audit log"), QStringLiteral("the whole range"),
                           QStringLiteral("the times of the range are not recorded")));
    }
    QStringList rulesChanged;
    for (const QString &domain : scene.input.difference.rulesChanged) {
        rulesChanged.append(scene.domainTitle(domain));
    }
    if (!rulesChanged.isEmpty()) {
        unseen.append(item(QStringLiteral("Rules changed"), rulesChanged.join(u", "),
                           QStringLiteral("A and B were captured under different catalogue rules; compared by the rules they share")));
    }

    QString more;
    const QVariantList windows = windowsContent(scene, more);
    const auto total = static_cast<qint64>(domains.size());
    const qint64 compared = std::max<qint64>(total - whole, 0);
    return {{QStringLiteral("unseen"), unseen},
            {QStringLiteral("leftOut"), leftOutContent(scene)},
            {QStringLiteral("ledger"), ledgerContent(scene, domains)},
            {QStringLiteral("windows"), windows},
            {QStringLiteral("windowsMore"), more},
            {QStringLiteral("domainsCompared"), numberText(compared)},
            {QStringLiteral("domainsTotal"), numberText(total)},
            {QStringLiteral("domainsWhole"), compared == total && total > 0},
            {QStringLiteral("auditWord"),
             scene.range.isEmpty() ? QStringLiteral("unknown")
                 : gaps.isEmpty()  ? QStringLiteral("whole range")
                 : nothingQueried  ? QStringLiteral("not queried")
                                   : QStringLiteral("partly queried")},
            {QStringLiteral("auditWhole"), gaps.isEmpty() && !scene.range.isEmpty()}};
}

} // namespace Orgtrace::Report
