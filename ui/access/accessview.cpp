#include "access/accessview.h"

#include "theme/theme.h"

#include <QCoreApplication>

#include <algorithm>
#include <tuple>

using namespace Qt::StringLiterals;

namespace Orgtrace::Ui {

using Access::AccessPath;
using Access::SubjectKind;

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("Access", text);
}

bool isDefault(const AccessPath &path)
{
    // Every user holds the built-in employee role: a normal grant, told apart by its name only.
    return path.via == SubjectKind::User && path.roleName.compare(u"employee", Qt::CaseInsensitive) == 0;
}

auto key(const AccessPath &path)
{
    return std::tie(path.via, path.containerId, path.roleId, path.divisionId, path.policy, path.conditional, path.synthetic);
}

bool samePaths(const QList<AccessPath> &a, const QList<AccessPath> &b)
{
    return std::ranges::equal(a, b, [](const AccessPath &x, const AccessPath &y) {
        return key(x) == key(y) && std::ranges::equal(x.containers, y.containers, {}, &Access::Subject::id, &Access::Subject::id);
    });
}

} // namespace

QList<ShownPermission> shownPermissions(const Access::EffectiveAccess &access)
{
    QList<ShownPermission> out;
    out.reserve(access.permissions.size());
    for (const Access::EffectivePermission &permission : access.permissions) {
        out.append({permission, {}, Held::Same});
    }
    return out;
}

QList<ShownPermission> comparedPermissions(const Access::EffectiveAccess &a, const Access::EffectiveAccess &b)
{
    const auto order = [](const Access::EffectivePermission &p) { return std::tie(p.domain, p.entityType, p.action); };
    QList<ShownPermission> out;
    auto left = a.permissions.begin();
    auto right = b.permissions.begin();
    while (left != a.permissions.end() || right != b.permissions.end()) {
        // What a policy denies is listed, and is not held.
        if (right == b.permissions.end() || (left != a.permissions.end() && order(*left) < order(*right))) {
            out.append({*left, left->paths, isDenied(left->denied) ? Held::PathsChanged : Held::Lost});
            ++left;
        } else if (left == a.permissions.end() || order(*right) < order(*left)) {
            out.append({*right, {}, isDenied(right->denied) ? Held::PathsChanged : Held::Gained});
            ++right;
        } else {
            const bool wasDenied = isDenied(left->denied), isNowDenied = isDenied(right->denied);
            out.append({*right, left->paths,
                        wasDenied != isNowDenied ? isNowDenied ? Held::Lost : Held::Gained
                            : samePaths(left->paths, right->paths) && left->denied == right->denied ? Held::Same
                                                                                                    : Held::PathsChanged});
            ++left;
            ++right;
        }
    }
    return out;
}

QString chipText(Chip chip)
{
    switch (chip) {
    case Chip::Gained: return tr("+ gained");
    case Chip::Lost: return tr("− lost");
    case Chip::Changed: return tr("~ other path");
    case Chip::Direct: return tr("direct");
    case Chip::Group: return tr("group");
    case Chip::Team: return tr("team");
    case Chip::Default: return tr("default");
    case Chip::Conditional: return tr("conditional");
    case Chip::Denied: return tr("denied");
    case Chip::Synthetic: return tr("synthetic");
    }
    return {};
}

QList<Chip> chips(const ShownPermission &shown)
{
    QList<Chip> out;
    const auto add = [&out](Chip chip) {
        if (!out.contains(chip)) {
            out.append(chip);
        }
    };
    switch (shown.held) {
    case Held::Gained: add(Chip::Gained); break;
    case Held::Lost: add(Chip::Lost); break;
    case Held::PathsChanged: add(Chip::Changed); break;
    case Held::Same: break;
    }
    bool unconditional = false;
    for (const AccessPath &path : shown.permission.paths) {
        if (isDefault(path)) {
            add(Chip::Default);
        } else if (path.containerId.isEmpty()) {
            add(Chip::Direct);
        } else {
            add(path.via == SubjectKind::Team ? Chip::Team : Chip::Group);
        }
        if (path.synthetic) {
            add(Chip::Synthetic);
        }
        unconditional = unconditional || !path.conditional;
    }
    if (Access::isDenied(shown.permission.denied)) {
        add(Chip::Denied);
    } else if ((!unconditional || !shown.permission.denied.isEmpty()) && !shown.permission.paths.isEmpty()) {
        add(Chip::Conditional); // one unconditional path makes the condition of another moot, but not that of a policy that may deny
    }
    std::ranges::sort(out);
    return out;
}

bool matchesFilter(const ShownPermission &shown, const QStringList &words)
{
    const QString permission = shown.permission.permission();
    const QList<Chip> kinds = chips(shown);
    return std::ranges::all_of(words, [&](const QString &word) {
        if (word.isEmpty() || word == u"*") {
            return true;
        }
        if (permission.contains(word, Qt::CaseInsensitive)) {
            return true;
        }
        const bool kind = std::ranges::any_of(kinds, [&word](Chip chip) { return chipText(chip).endsWith(word, Qt::CaseInsensitive); });
        return kind || std::ranges::any_of(shown.permission.paths, [&word](const AccessPath &path) {
                   return path.roleName.contains(word, Qt::CaseInsensitive) || path.containerName.contains(word, Qt::CaseInsensitive);
               });
    });
}

QString subjectKindText(SubjectKind kind)
{
    switch (kind) {
    case SubjectKind::User: return tr("user");
    case SubjectKind::Group: return tr("group");
    case SubjectKind::Team: return tr("team");
    case SubjectKind::OAuthClient: return tr("OAuth client");
    case SubjectKind::TrusteeUser: return tr("trustee user");
    case SubjectKind::TrusteeGroup: return tr("trustee group");
    case SubjectKind::Unknown: break;
    }
    return tr("unknown kind");
}

QString divisionText(const AccessPath &path)
{
    if (!path.divisionAware) {
        return tr("division does not matter");
    }
    if (path.divisionId == u"*") {
        return tr("all divisions");
    }
    return path.divisionName.isEmpty() ? tr("division %1").arg(shortId(path.divisionId)) : path.divisionName;
}

QString pathInWords(const Access::Subject &subject, const AccessPath &path)
{
    QStringList steps{subject.name.isEmpty() ? shortId(subject.id) : subject.name};
    if (path.isNested()) { // from the subject outwards
        for (auto it = path.containers.crbegin(); it != path.containers.crend(); ++it) {
            steps.append(subjectKindText(it->kind) + u' ' + (it->name.isEmpty() ? shortId(it->id) : it->name));
        }
        steps.last() += u" ("_s + tr("nested") + u')';
    } else if (!path.containerId.isEmpty()) {
        steps.append(subjectKindText(path.via) + u' ' + (path.containerName.isEmpty() ? shortId(path.containerId) : path.containerName));
    }
    steps.append((path.roleName.isEmpty() ? shortId(path.roleId) : path.roleName) + u" · "_s + divisionText(path));
    steps.append(path.policy);
    QString words = steps.join(u" → "_s);
    if (path.conditional) {
        words += u" ("_s + tr("under a condition") + u')';
    }
    if (path.synthetic) {
        words += u" ("_s + tr("synthetic: the real platform has no team grants") + u')';
    }
    return words;
}

QString subjectOfChange(const QString &domain, const QString &entity)
{
    for (const QLatin1StringView known :
         {"grants"_L1, "group_members"_L1, "team_members"_L1, "users"_L1, "groups"_L1, "teams"_L1, "oauth_clients"_L1}) {
        if (domain == known) {
            return entity;
        }
    }
    return {};
}

} // namespace Orgtrace::Ui
