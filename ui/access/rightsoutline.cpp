#include "access/rightsoutline.h"

#include "diff/displaytext.h"
#include "theme/theme.h"

#include <QCoreApplication>

#include <algorithm>
#include <map>
#include <set>
#include <vector>

using namespace Qt::StringLiterals;

namespace Orgtrace::Ui {

namespace {

using SharedQuery = std::shared_ptr<const OutlineQuery>;
using RoleHolding = RightsIndex::Holding;

QString accessText(const char *text)
{
    return QCoreApplication::translate("Access", text);
}

QString roleName(const Access::RoleContent &role)
{
    return visibleText(role.name.isEmpty() ? shortId(role.id) : role.name, 80);
}

Chip chipOf(const RightsIndex &index, int via)
{
    return via < 0 ? Chip::Direct : index.subjects[via].kind == Access::SubjectKind::Team ? Chip::Team : Chip::Group;
}

/// "Home, North +3"
QString placesOf(const std::set<std::pair<QString, QString>> &places)
{
    constexpr qsizetype named = 3;
    QStringList words;
    for (const auto &[name, id] : places) {
        words.append(visibleText(divisionWords(id, name), 40));
    }
    const qsizetype more = words.size() - named;
    return more > 0 ? QString(words.first(named).join(u", "_s) + u" +"_s + countText(more)) : words.join(u", "_s);
}

QStringList shownOf(const RightsIndex &index, const Access::RoleContent &role, const OutlineQuery &query)
{
    QStringList out;
    for (const QString &permission : role.permissions) {
        if ((!query.onlyHighRisk || index.highRisk.contains(permission))
            && query.filter.matches([&](AccessFilter::Key key, const QString &word) {
                   switch (key) {
                   case AccessFilter::Key::Risk:
                       return accessText("high").startsWith(word, Qt::CaseInsensitive) == index.highRisk.contains(permission);
                   case AccessFilter::Key::Role: return role.name.contains(word, Qt::CaseInsensitive);
                   default: return permission.contains(word, Qt::CaseInsensitive) || role.name.contains(word, Qt::CaseInsensitive);
                   }
               })) {
            out.append(permission);
        }
    }
    return out;
}

/// domain → entity → action of sorted permissions, [first, last) of which agree in their first `level` parts.
QList<OutlineItem> branchesOf(const IndexPtr &index, const std::shared_ptr<const QStringList> &all, const QSet<QString> &conditional,
                              qsizetype first, qsizetype last, int level)
{
    QList<OutlineItem> out;
    for (qsizetype at = first; at < last;) {
        const QString part = all->at(at).section(u':', level, level);
        qsizetype end = at + 1;
        while (end < last && all->at(end).section(u':', level, level) == part) {
            ++end;
        }
        OutlineItem item;
        item.key = part;
        item.text = visibleText(part, 120);
        item.isMonospace = true;
        item.isHighRisk
            = std::any_of(all->begin() + at, all->begin() + end, [&](const QString &one) { return index->highRisk.contains(one); });
        QStringList notes;
        if (level == 2) {
            item.permission = all->at(at);
            if (conditional.contains(item.permission)) {
                item.chips = {Chip::Conditional};
                notes.append(accessText("only under a condition"));
            }
        } else {
            notes.append(counted(end - at, accessText("1 permission"), accessText("%1 permissions")));
            item.children = [index, all, conditional, at, end, level] { return branchesOf(index, all, conditional, at, end, level + 1); };
        }
        if (item.isHighRisk) {
            notes.append(accessText("high risk"));
        }
        item.note = notes.join(u" · "_s);
        out.append(item);
        at = end;
    }
    return out;
}

QList<OutlineItem> contentOf(const IndexPtr &index, int role, const SharedQuery &query)
{
    const Access::RoleContent &content = index->roles[role];
    auto all = std::make_shared<const QStringList>(shownOf(*index, content, *query));
    return branchesOf(index, all, QSet<QString>(content.conditional.begin(), content.conditional.end()), 0, all->size(), 0);
}

OutlineItem subjectItem(const RightsIndex &index, int at)
{
    const Access::Subject &subject = index.subjects[at];
    OutlineItem item;
    item.key = subject.id;
    item.text = nameOrId(subject);
    item.note = subjectKindText(subject.kind);
    item.subjectId = subject.id;
    item.tip = visibleText(subject.id);
    return item;
}

/// Rows for many subjects: beyond what is read at a glance in drawers by name, so that opening one costs no more than what is in it.
QList<OutlineItem> drawersOf(const IndexPtr &index, std::vector<int> subjects, std::function<OutlineItem(int)> make)
{
    constexpr size_t drawer = 200;
    QList<OutlineItem> out;
    if (subjects.size() <= 2 * drawer) {
        for (const int subject : subjects) {
            out.append(make(subject));
        }
        return out;
    }
    for (size_t at = 0; at < subjects.size(); at += drawer) {
        const size_t end = std::min(at + drawer, subjects.size());
        OutlineItem item;
        item.key = u"from-"_s + QString::number(at);
        item.text = nameOrId(index->subjects[subjects[at]]) + u" … "_s + nameOrId(index->subjects[subjects[end - 1]]);
        item.note = counted(qint64(end - at), accessText("1 subject"), accessText("%1 subjects"));
        item.children = [these = std::vector<int>(subjects.begin() + qsizetype(at), subjects.begin() + qsizetype(end)), make] {
            QList<OutlineItem> in;
            for (const int subject : these) {
                in.append(make(subject));
            }
            return in;
        };
        out.append(std::move(item));
    }
    return out;
}

bool isSubjectNamed(const RightsIndex &index, int subject, const AccessFilter &filter)
{
    const Access::Subject &one = index.subjects[subject];
    return filter.isEmpty() || filter.matchesName(one.name.isEmpty() ? one.id : one.name);
}

QList<OutlineItem> membersOf(const IndexPtr &index, int container, const SharedQuery &query)
{
    std::vector<int> shown;
    std::ranges::copy_if(index->membersOf[size_t(container)], std::back_inserter(shown),
                         [&](int at) { return isSubjectNamed(*index, at, query->filter); });
    return drawersOf(index, std::move(shown), [index](int at) { return subjectItem(*index, at); });
}

/// Who holds a role: whoever does so directly; containers open to their members. Who holds it only through a container stands beneath that.
QList<OutlineItem> holdersOf(const IndexPtr &index, int role, const SharedQuery &query)
{
    std::map<int, std::pair<std::set<std::pair<QString, QString>>, bool>> direct; // subject → where, synthetic
    for (const RoleHolding &holding : index->ofRole[size_t(role)]) {
        if (holding.via < 0 && reaches(holding, query->divisionId)) {
            auto &[places, isSynthetic] = direct[holding.subject];
            places.emplace(holding.divisionName, holding.divisionId);
            isSynthetic = isSynthetic || holding.synthetic;
        }
    }
    std::vector<int> shown;
    for (const auto &[subject, where] : direct) {
        const std::vector<int> &members = index->membersOf[size_t(subject)];
        if (isSubjectNamed(*index, subject, query->filter)
            || std::ranges::any_of(members, [&](int member) { return isSubjectNamed(*index, member, query->filter); })) {
            shown.push_back(subject);
        }
    }
    const auto containersFirst = [&](int at) { return index->membersOf[size_t(at)].empty(); };
    std::ranges::stable_sort(shown, {}, containersFirst);
    return drawersOf(index, std::move(shown), [index, query, direct = std::move(direct)](int subject) {
        const auto &[places, isSynthetic] = direct.at(subject);
        OutlineItem item = subjectItem(*index, subject);
        const Access::SubjectKind kind = index->subjects[subject].kind;
        const bool isContainer = kind == Access::SubjectKind::Group || kind == Access::SubjectKind::Team;
        item.note += u" · "_s + placesOf(places);
        item.chips = {isContainer ? (kind == Access::SubjectKind::Team ? Chip::Team : Chip::Group) : Chip::Direct};
        if (isSynthetic) {
            item.chips.append(Chip::Synthetic);
        }
        if (isContainer) {
            const std::vector<int> &members = index->membersOf[size_t(subject)];
            item.note += u" · "_s + counted(qint64(members.size()), accessText("1 member"), accessText("%1 members"));
            if (!members.empty()) {
                item.children = [index, subject, query] { return membersOf(index, subject, query); };
            }
        }
        return item;
    });
}

/// Distinct people and clients who hold a role, by whatever way.
qsizetype reachedBy(const RightsIndex &index, int role, const OutlineQuery &query)
{
    std::set<int> all;
    for (const RoleHolding &holding : index.ofRole[size_t(role)]) {
        const Access::SubjectKind kind = index.subjects[holding.subject].kind;
        if (kind != Access::SubjectKind::Group && kind != Access::SubjectKind::Team && reaches(holding, query.divisionId)) {
            all.insert(holding.subject);
        }
    }
    return qsizetype(all.size());
}

OutlineItem headingItem(const QString &key, const QString &text, const QString &note, std::function<QList<OutlineItem>()> children)
{
    OutlineItem item;
    item.key = key;
    item.text = text;
    item.note = note;
    item.children = std::move(children);
    return item;
}

QString peopleText(qsizetype count)
{
    return counted(count, accessText("1 user or client"), accessText("%1 users and clients"));
}

QList<OutlineItem> sidesOf(const IndexPtr &index, int role, const SharedQuery &query)
{
    const qsizetype shown = shownOf(*index, index->roles[role], *query).size();
    QList<OutlineItem> out;
    out.append(headingItem(u"holders"_s, accessText("Who holds it"), peopleText(reachedBy(*index, role, *query)),
                           [index, role, query] { return holdersOf(index, role, query); }));
    out.append(headingItem(u"allows"_s, accessText("What it allows"),
                           !index->roles[role].isDefined ? accessText("its definition was not seen")
                                                         : counted(shown, accessText("1 permission"), accessText("%1 permissions")),
                           [index, role, query] { return contentOf(index, role, query); }));
    return out;
}

OutlineItem roleItem(const IndexPtr &index, int role)
{
    OutlineItem item;
    item.key = index->roles[role].id;
    item.text = roleName(index->roles[role]);
    item.tip = visibleText(index->roles[role].id);
    if (index->roles[role].isDefault) {
        item.tip += u'\n' + accessText("A role that the platform ships");
    }
    item.isHighRisk
        = std::ranges::any_of(index->roles[role].permissions, [&](const QString &one) { return index->highRisk.contains(one); });
    return item;
}

/// The roles of some holdings, each once, with where it is held.
QList<OutlineItem> rolesOf(const IndexPtr &index, const std::vector<RoleHolding> &holdings, const SharedQuery &query, bool isThrough)
{
    std::map<std::pair<int, int>, std::set<std::pair<QString, QString>>> roles; // role, via
    for (const RoleHolding &holding : holdings) {
        if (reaches(holding, query->divisionId)) {
            roles[{holding.role, holding.via}].emplace(holding.divisionName, holding.divisionId);
        }
    }
    QList<OutlineItem> out;
    for (const auto &[key, places] : roles) {
        const auto [role, via] = key;
        const qsizetype shown = shownOf(*index, index->roles[role], *query).size();
        if (shown == 0 && (query->onlyHighRisk || !query->filter.isEmpty())) {
            continue;
        }
        OutlineItem item = roleItem(index, role);
        item.key += u'@' + QString::number(via);
        QStringList notes{counted(shown, accessText("1 permission"), accessText("%1 permissions")), placesOf(places)};
        if (isThrough) {
            item.chips.prepend(chipOf(*index, via));
            if (via >= 0) {
                notes.prepend(accessText("through %1").arg(nameOrId(index->subjects[via])));
            }
        }
        if (item.isHighRisk) {
            notes.append(accessText("high risk"));
        }
        item.note = notes.join(u" · "_s);
        item.children = [index, role = role, query] { return contentOf(index, role, query); };
        out.append(std::move(item));
    }
    return out;
}

} // namespace

QList<OutlineItem> roleOutline(const IndexPtr &index, const QString &roleId, const OutlineQuery &query)
{
    const int role = index->roleAt(roleId);
    return role < 0 ? QList<OutlineItem>() : sidesOf(index, role, std::make_shared<const OutlineQuery>(query));
}

QList<OutlineItem> permissionOutline(const IndexPtr &index, const QString &permission, const OutlineQuery &query)
{
    const auto shared = std::make_shared<const OutlineQuery>(query);
    QList<OutlineItem> out;
    for (int role = 0; role < index->roles.size(); ++role) {
        const Access::RoleContent &content = index->roles[role];
        if (!std::ranges::binary_search(content.permissions, permission)) {
            continue;
        }
        OutlineItem item = roleItem(index, role);
        item.isHighRisk = false; // of this one permission, not of the role's others
        const qsizetype reached = reachedBy(*index, role, query);
        item.note = peopleText(reached);
        if (std::ranges::binary_search(content.conditional, permission)) {
            item.chips.append(Chip::Conditional);
        }
        if (std::ranges::any_of(index->ofRole[size_t(role)],
                                [&](const RoleHolding &holding) { return reaches(holding, query.divisionId); })) {
            item.children = [index, role, shared] { return holdersOf(index, role, shared); };
        }
        out.append(std::move(item));
    }
    // The roles that most hold it first; a role that nobody holds last.
    std::ranges::stable_sort(out, [](const OutlineItem &a, const OutlineItem &b) { return bool(a.children) > bool(b.children); });
    return out;
}

QList<OutlineItem> groupOutline(const IndexPtr &index, const QString &groupId, const OutlineQuery &query)
{
    const int group = index->subjectAt(groupId);
    if (group < 0) {
        return {};
    }
    const auto shared = std::make_shared<const OutlineQuery>(query);
    const std::vector<RoleHolding> &held = index->ofSubject[size_t(group)];
    std::set<int> roles;
    for (const RoleHolding &holding : held) {
        if (reaches(holding, query.divisionId)) {
            roles.insert(holding.role);
        }
    }
    const qsizetype members = qsizetype(index->membersOf[size_t(group)].size());
    QList<OutlineItem> out;
    out.append(headingItem(
        u"gives"_s, accessText("What it gives them"), counted(qint64(roles.size()), accessText("1 role"), accessText("%1 roles")),
        roles.empty() ? std::function<QList<OutlineItem>()>()
                      : [index, group, shared] { return rolesOf(index, index->ofSubject[size_t(group)], shared, false); }));
    out.append(headingItem(
        u"members"_s, accessText("Members"), counted(members, accessText("1 member"), accessText("%1 members")),
        members == 0 ? std::function<QList<OutlineItem>()>() : [index, group, shared] { return membersOf(index, group, shared); }));
    return out;
}

QList<OutlineItem> divisionOutline(const IndexPtr &index, const QString &divisionId, const OutlineQuery &query)
{
    OutlineQuery there = query;
    there.divisionId = divisionId;
    const auto shared = std::make_shared<const OutlineQuery>(there);
    qsizetype roles = 0, subjects = 0;
    for (const std::vector<RoleHolding> &held : index->ofRole) {
        roles += std::ranges::any_of(held, [&](const RoleHolding &holding) { return reaches(holding, divisionId); }) ? 1 : 0;
    }
    for (const std::vector<RoleHolding> &held : index->ofSubject) {
        subjects += std::ranges::any_of(held, [&](const RoleHolding &holding) { return reaches(holding, divisionId); }) ? 1 : 0;
    }
    QList<OutlineItem> out;
    out.append(headingItem(
        u"roles"_s, accessText("By role"), counted(roles, accessText("1 role is held there"), accessText("%1 roles are held there")),
        [index, shared] {
            QList<OutlineItem> all;
            for (int role = 0; role < index->roles.size(); ++role) {
                const std::vector<RoleHolding> &held = index->ofRole[size_t(role)];
                const bool isThere
                    = std::ranges::any_of(held, [&](const RoleHolding &holding) { return reaches(holding, shared->divisionId); });
                if (!isThere
                    || ((shared->onlyHighRisk || !shared->filter.isEmpty()) && shownOf(*index, index->roles[role], *shared).isEmpty())) {
                    continue;
                }
                OutlineItem item = roleItem(index, role);
                const bool isNamed
                    = std::ranges::any_of(held, [&](const RoleHolding &holding) { return holding.divisionId == shared->divisionId; });
                item.note = peopleText(reachedBy(*index, role, *shared)) + u" · "_s
                    + (isNamed ? accessText("granted here") : accessText("by grants in all divisions"))
                    + (item.isHighRisk ? u" · "_s + accessText("high risk") : QString());
                item.children = [index, role, shared] { return sidesOf(index, role, shared); };
                all.append(std::move(item));
            }
            return all;
        }));
    out.append(headingItem(
        u"subjects"_s, accessText("By subject"), counted(subjects, accessText("1 subject"), accessText("%1 subjects")), [index, shared] {
            std::vector<bool> fits(size_t(index->roles.size())); // by role, once: there are far more subjects than roles
            for (int role = 0; role < index->roles.size(); ++role) {
                fits[size_t(role)] = !shownOf(*index, index->roles[role], *shared).isEmpty();
            }
            std::vector<int> shown;
            for (int subject = 0; subject < index->subjects.size(); ++subject) {
                const bool isByName = !shared->onlyHighRisk && isSubjectNamed(*index, subject, shared->filter);
                if (std::ranges::any_of(index->ofSubject[size_t(subject)], [&](const RoleHolding &holding) {
                        return reaches(holding, shared->divisionId) && (isByName || fits[size_t(holding.role)]);
                    })) {
                    shown.push_back(subject);
                }
            }
            return drawersOf(index, std::move(shown), [index, shared](int subject) {
                std::set<int> kinds, heldRoles;
                for (const RoleHolding &holding : index->ofSubject[size_t(subject)]) {
                    if (reaches(holding, shared->divisionId)) {
                        kinds.insert(int(chipOf(*index, holding.via)));
                        heldRoles.insert(holding.role);
                    }
                }
                OutlineItem item = subjectItem(*index, subject);
                item.note += u" · "_s + counted(qint64(heldRoles.size()), accessText("1 role"), accessText("%1 roles"));
                for (const int kind : kinds) {
                    item.chips.append(Chip(kind));
                }
                item.children = [index, subject, shared] { return rolesOf(index, index->ofSubject[size_t(subject)], shared, true); };
                return item;
            });
        }));
    return out;
}

} // namespace Orgtrace::Ui
