#include "access/accesschanges.h"

#include "diff/displaytext.h"
#include "theme/theme.h"

#include <QCoreApplication>

#include <algorithm>
#include <array>

using namespace Qt::StringLiterals;

namespace Orgtrace::Ui {

using Access::AccessChange;
using Access::AccessDifference;
using Access::SubjectChange;

namespace {

QString changeWord(const char *text)
{
    return QCoreApplication::translate("Access", text);
}

Chip chipOfKind(AccessChange::Kind kind)
{
    using Kind = AccessChange::Kind;
    switch (kind) {
    case Kind::Gained: return Chip::Gained;
    case Kind::Lost: return Chip::Lost;
    case Kind::Widened: return Chip::Widened;
    case Kind::Narrowed: return Chip::Narrowed;
    case Kind::Moved: return Chip::Moved;
    case Kind::Unclear: break;
    }
    return Chip::Unclear;
}

constexpr std::array changeKinds{AccessChange::Kind::Gained,  AccessChange::Kind::Widened,  AccessChange::Kind::Moved,
                                 AccessChange::Kind::Unclear, AccessChange::Kind::Narrowed, AccessChange::Kind::Lost};

QString routesInWords(const QList<Access::AccessRoute> &routes)
{
    constexpr qsizetype named = 2;
    QStringList words;
    for (qsizetype i = 0; i < std::min(named, routes.size()); ++i) {
        words.append(routeInWords(routes[i]));
    }
    if (routes.size() > named) {
        words.append(changeWord("%1 more").arg(countText(routes.size() - named)));
    }
    return words.isEmpty() ? u"–"_s : words.join(u" ; "_s);
}

bool reachesThere(const QList<Access::AccessRoute> &routes, const QString &divisionId)
{
    return std::ranges::any_of(routes, [&](const Access::AccessRoute &route) {
        return route.divisionId.isEmpty() || route.divisionId == u"*" || route.divisionId == divisionId;
    });
}

QString countsOf(const std::function<qsizetype(AccessChange::Kind)> &count)
{
    QStringList words;
    for (const AccessChange::Kind kind : changeKinds) {
        if (const qsizetype some = count(kind); some > 0) {
            words.append(countText(some) + u' ' + changeKindText(kind));
        }
    }
    return words.join(u" · "_s);
}

QList<OutlineItem> permissionRows(const QStringList &permissions, const QSet<QString> &highRisk, const QString &subjectId)
{
    QList<OutlineItem> out;
    for (const QString &permission : permissions) {
        OutlineItem item;
        item.key = permission;
        item.text = visibleText(permission, 160);
        item.isMonospace = true;
        item.permission = permission;
        item.subjectId = subjectId;
        item.isHighRisk = highRisk.contains(permission);
        item.note = item.isHighRisk ? changeWord("high risk") : QString();
        item.more = {QString(), QString(), QString()};
        out.append(std::move(item));
    }
    return out;
}

/// Beyond a few hundred, drawers by name.
QList<OutlineItem> inDrawers(QList<OutlineItem> rows, const QString &many)
{
    constexpr qsizetype drawer = 200;
    if (rows.size() <= 2 * drawer) {
        return rows;
    }
    QList<OutlineItem> out;
    for (qsizetype at = 0; at < rows.size(); at += drawer) {
        QList<OutlineItem> part = rows.sliced(at, std::min(drawer, rows.size() - at));
        OutlineItem item;
        item.key = u"from-"_s + QString::number(at);
        item.text = part.first().text + u" … "_s + part.last().text;
        item.note = many.arg(countText(part.size()));
        item.children = [part] { return part; };
        out.append(std::move(item));
    }
    return out;
}

QList<OutlineItem> kindRows(const DifferencePtr &all, qsizetype at, const QSet<QString> &highRisk)
{
    QList<OutlineItem> out;
    const SubjectChange &subject = all->subjects[at];
    for (int i = 0; i < subject.changes.size(); ++i) {
        const AccessChange &change = subject.changes[i];
        OutlineItem item;
        item.key = QString::number(i);
        const QStringList named = change.permissions.first(std::min<qsizetype>(2, change.permissions.size()));
        item.text = counted(change.permissions.size(), changeWord("1 permission"), changeWord("%1 permissions"));
        item.note = visibleText(named.join(u", "_s), 120) + (named.size() < change.permissions.size() ? u" …"_s : QString());
        item.chips = {chipOfKind(change.kind)};
        item.held = change.kind == AccessChange::Kind::Gained ? Held::Gained
            : change.kind == AccessChange::Kind::Lost         ? Held::Lost
                                                              : Held::Same;
        item.isHighRisk = std::ranges::any_of(change.permissions, [&](const QString &one) { return highRisk.contains(one); });
        item.more = {routesInWords(change.before), routesInWords(change.after), u"–"_s};
        item.subjectId = subject.subject.id;
        item.children = [all, at, i, highRisk] {
            const SubjectChange &of = all->subjects[at];
            return inDrawers(permissionRows(of.changes[i].permissions, highRisk, of.subject.id), changeWord("%1 permissions"));
        };
        out.append(std::move(item));
    }
    for (const QString &caveat : subject.caveats) {
        OutlineItem item;
        item.key = u"caveat"_s + caveat;
        item.text = changeWord("Not known");
        item.note = visibleText(caveat, 300);
        item.tip = visibleText(caveat, 1000);
        out.append(std::move(item));
    }
    return out;
}

OutlineItem listed(const QString &key, const QString &text, const QString &note, const QStringList &permissions)
{
    OutlineItem item;
    item.key = key;
    item.text = text;
    item.note = note;
    item.children = [permissions] { return inDrawers(permissionRows(permissions, {}, {}), changeWord("%1 permissions")); };
    return item;
}

/// Markdown that shows a text as it is: what could be markup is escaped, ends of lines have become symbols.

} // namespace

QString escapedMarkdown(const QString &text)
{
    QString out;
    for (const QString visible = visibleText(text, 2000); const QChar c : visible) {
        if (u"\\`*_{}[]()<>#+-!|~&"_s.contains(c)) {
            out += u'\\';
        }
        out += c;
    }
    return out;
}

QString changeKindText(AccessChange::Kind kind)
{
    using Kind = AccessChange::Kind;
    switch (kind) {
    case Kind::Gained: return changeWord("gained");
    case Kind::Lost: return changeWord("lost");
    case Kind::Widened: return changeWord("widened");
    case Kind::Narrowed: return changeWord("narrowed");
    case Kind::Moved: return changeWord("held elsewhere");
    case Kind::Unclear: break;
    }
    return changeWord("unclear");
}

DifferencePtr chosenChanges(const AccessDifference &difference, const ChangesQuery &query)
{
    auto out = std::make_shared<AccessDifference>(difference);
    if (query.filter.isEmpty() && query.divisionId.isEmpty() && !query.onlyHighRisk) {
        return out;
    }
    for (SubjectChange &subject : out->subjects) {
        for (AccessChange &change : subject.changes) {
            const auto anyRoute
                = [&](auto fits) { return std::ranges::any_of(change.before, fits) || std::ranges::any_of(change.after, fits); };
            change.permissions.removeIf([&](const QString &permission) {
                if (query.onlyHighRisk && !query.highRisk.contains(permission)) {
                    return true;
                }
                return !query.filter.matches([&](AccessFilter::Key key, const QString &value) {
                    const auto isIn = [&value](const QString &text) { return text.contains(value, Qt::CaseInsensitive); };
                    const auto isRole = [&](const Access::AccessRoute &route) { return isIn(route.roleName) || route.roleId == value; };
                    const auto isThrough = [&](const Access::AccessRoute &route) {
                        return route.containerId.isEmpty() ? changeWord("direct").compare(value, Qt::CaseInsensitive) == 0
                                                           : isIn(route.containerName);
                    };
                    switch (key) {
                    case AccessFilter::Key::Role: return anyRoute(isRole);
                    case AccessFilter::Key::Through: return anyRoute(isThrough);
                    case AccessFilter::Key::Division:
                        return anyRoute([&](const Access::AccessRoute &route) {
                            return isIn(divisionWords(route.divisionId, route.divisionName)) || route.divisionId == value;
                        });
                    case AccessFilter::Key::How: return isIn(changeKindText(change.kind)) || anyRoute(isThrough);
                    case AccessFilter::Key::Risk:
                        return changeWord("high").startsWith(value, Qt::CaseInsensitive) == query.highRisk.contains(permission);
                    case AccessFilter::Key::Any: break;
                    }
                    return isIn(permission) || isIn(subject.subject.name) || isIn(changeKindText(change.kind)) || anyRoute(isRole)
                        || anyRoute([&](const Access::AccessRoute &route) { return isIn(route.containerName); });
                });
            });
        }
        subject.changes.removeIf([&](const AccessChange &change) {
            return change.permissions.isEmpty()
                || (!query.divisionId.isEmpty() && !reachesThere(change.before, query.divisionId)
                    && !reachesThere(change.after, query.divisionId));
        });
    }
    out->subjects.removeIf([](const SubjectChange &subject) { return subject.changes.isEmpty(); });
    return out;
}

QList<OutlineItem> changeRows(const DifferencePtr &difference, const QSet<QString> &highRisk)
{
    QList<OutlineItem> subjects;
    for (qsizetype at = 0; at < difference->subjects.size(); ++at) {
        const SubjectChange &subject = difference->subjects[at];
        OutlineItem item;
        item.key = subject.subject.id;
        item.text = nameOrId(subject.subject);
        using Presence = SubjectChange::Presence;
        QStringList notes{subjectKindText(subject.subject.kind)};
        if (subject.presence != Presence::Both) {
            notes.append(subject.presence == Presence::OnlyAfter ? changeWord("new") : changeWord("gone"));
        }
        notes.append(countsOf([&](AccessChange::Kind kind) { return subject.count(kind); }));
        item.note = notes.join(u" · "_s);
        item.subjectId = subject.subject.id;
        item.tip = visibleText(subject.subject.id);
        item.more = {QString(), QString(), u"–"_s};
        item.isHighRisk = std::ranges::any_of(subject.changes, [&](const AccessChange &change) {
            return std::ranges::any_of(change.permissions, [&](const QString &one) { return highRisk.contains(one); });
        });
        item.children = [difference, at, highRisk] { return kindRows(difference, at, highRisk); };
        subjects.append(std::move(item));
    }
    QList<OutlineItem> out = inDrawers(std::move(subjects), changeWord("%1 subjects"));
    if (difference->rerouted > 0) {
        OutlineItem item;
        item.key = u"rerouted"_s;
        item.text = changeWord("The same rights by other routes");
        item.note = counted(difference->rerouted, changeWord("1 subject"), changeWord("%1 subjects"));
        item.children = [difference] {
            QList<OutlineItem> rows;
            for (const Access::Subject &subject : difference->reroutedSubjects) {
                OutlineItem row;
                row.key = subject.id;
                row.text = nameOrId(subject);
                row.note = subjectKindText(subject.kind);
                row.subjectId = subject.id;
                row.chips = {Chip::Changed};
                rows.append(std::move(row));
            }
            return inDrawers(std::move(rows), changeWord("%1 subjects"));
        };
        out.append(std::move(item));
    }
    const auto vendor = [&](const QString &key, const QString &text, const QStringList &permissions) {
        if (!permissions.isEmpty()) {
            out.append(
                listed(key, text, counted(permissions.size(), changeWord("1 permission"), changeWord("%1 permissions")), permissions));
        }
    };
    vendor(u"new"_s, changeWord("New on the platform"), difference->newPermissions);
    vendor(u"gone"_s, changeWord("No longer on the platform"), difference->gonePermissions);
    vendor(u"rule"_s, changeWord("Whether divisions matter was changed by the platform"), difference->divisionRuleChanged);
    return out;
}

QString changesSummary(const AccessDifference &difference)
{
    QStringList words{
        counted(difference.subjects.size(), changeWord("1 subject may do more or less"), changeWord("%1 subjects may do more or less"))};
    const QString counts = countsOf([&](AccessChange::Kind kind) {
        qsizetype sum = 0;
        for (const SubjectChange &subject : difference.subjects) {
            sum += subject.count(kind);
        }
        return sum;
    });
    if (!counts.isEmpty()) {
        words.append(counts);
    }
    if (difference.rerouted > 0) {
        words.append(changeWord("%1 the same by other routes").arg(countText(difference.rerouted)));
    }
    const qsizetype vendor = difference.newPermissions.size() + difference.gonePermissions.size() + difference.divisionRuleChanged.size();
    if (vendor > 0) {
        words.append(changeWord("%1 permissions changed by the platform").arg(countText(vendor)));
    }
    return words.join(u" · "_s);
}

QString changesAs(AccessChangesFormat format, const AccessDifference &difference, const QString &title)
{
    const bool isMarkdown = format == AccessChangesFormat::Markdown;
    const auto safe = [isMarkdown](const QString &text) { return isMarkdown ? escapedMarkdown(text) : visibleText(text, 2000); };
    const auto list = [&](const QStringList &permissions) {
        QStringList words;
        for (const QString &permission : permissions) {
            words.append(safe(permission));
        }
        return words.join(u", "_s);
    };
    QStringList lines;
    lines.append((isMarkdown ? u"## "_s : QString()) + safe(title));
    lines.append(QString());
    lines.append(safe(changesSummary(difference)));
    for (const QString &caveat : difference.caveats) {
        lines.append((isMarkdown ? u"\n> "_s : u"! "_s) + safe(caveat));
    }
    const auto all = [&](const QList<Access::AccessRoute> &routes) {
        QStringList words;
        for (const Access::AccessRoute &route : routes) {
            words.append(safe(routeInWords(route)));
        }
        return words.isEmpty() ? u"–"_s : words.join(isMarkdown ? u"<br>"_s : u"; "_s);
    };
    if (isMarkdown && !difference.subjects.isEmpty()) {
        lines.append(QString());
        lines.append(u"| "_s + changeWord("Subject") + u" | "_s + changeWord("Change") + u" | "_s + changeWord("Permissions") + u" | "_s
                     + changeWord("Before") + u" | "_s + changeWord("After") + u" |"_s);
        lines.append(u"|---|---|---|---|---|"_s);
    }
    for (const SubjectChange &subject : difference.subjects) {
        const QString who
            = safe(nameOrId(subject.subject) + u" ("_s + subjectKindText(subject.subject.kind) + u", "_s + subject.subject.id + u')');
        if (!isMarkdown) {
            lines.append(QString());
            lines.append(who);
        }
        for (const AccessChange &change : subject.changes) {
            const QString what = list(change.permissions);
            if (isMarkdown) {
                lines.append(u"| "_s + who + u" | "_s + safe(changeKindText(change.kind)) + u" | "_s + what + u" | "_s + all(change.before)
                             + u" | "_s + all(change.after) + u" |"_s);
                continue;
            }
            lines.append(u"  "_s + changeKindText(change.kind) + u": "_s + what);
            lines.append(u"    "_s + changeWord("before") + u": "_s + all(change.before));
            lines.append(u"    "_s + changeWord("after") + u": "_s + all(change.after));
        }
        for (const QString &caveat : isMarkdown ? QStringList() : subject.caveats) {
            lines.append(u"  ! "_s + safe(caveat));
        }
    }
    if (!difference.reroutedSubjects.isEmpty()) {
        QStringList names;
        for (const Access::Subject &subject : difference.reroutedSubjects) {
            names.append(safe(nameOrId(subject)));
        }
        lines.append(QString());
        lines.append(safe(changeWord("The same rights by other routes")) + u": "_s + names.join(u", "_s));
    }
    for (const auto &[text, permissions] :
         {std::pair(changeWord("New on the platform"), difference.newPermissions),
          std::pair(changeWord("No longer on the platform"), difference.gonePermissions),
          std::pair(changeWord("Whether divisions matter was changed by the platform"), difference.divisionRuleChanged)}) {
        if (!permissions.isEmpty()) {
            lines.append(QString());
            lines.append(safe(text) + u": "_s + list(permissions));
        }
    }
    return lines.join(u'\n') + u'\n';
}

} // namespace Orgtrace::Ui
