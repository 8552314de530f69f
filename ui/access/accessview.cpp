#include "access/accessview.h"

#include "diff/displaytext.h"
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
    // Every user holds the built-in employee role: a normal grant, told apart by its name only. Other roles that the platform ships are granted like any.
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
    case Chip::Widened: return tr("↑ widened");
    case Chip::Narrowed: return tr("↓ narrowed");
    case Chip::Moved: return tr("~ elsewhere");
    case Chip::Unclear: return tr("? unclear");
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

bool matchesFilter(const ShownPermission &shown, const AccessFilter &filter)
{
    const QString permission = shown.permission.permission();
    const QList<Chip> kinds = chips(shown);
    const auto isKind = [&](const QString &word) {
        return std::ranges::any_of(kinds, [&word](Chip chip) { return chipText(chip).endsWith(word, Qt::CaseInsensitive); });
    };
    const auto anyPath = [&](auto fits) { return std::ranges::any_of(shown.permission.paths, fits); };
    return filter.matches([&](AccessFilter::Key key, const QString &word) {
        const auto isIn = [&word](const QString &text) { return text.contains(word, Qt::CaseInsensitive); };
        switch (key) {
        case AccessFilter::Key::Role: return anyPath([&](const AccessPath &path) { return isIn(path.roleName) || path.roleId == word; });
        case AccessFilter::Key::Through:
            return anyPath([&](const AccessPath &path) {
                return path.containerId.isEmpty() ? tr("direct").compare(word, Qt::CaseInsensitive) == 0 : isIn(path.containerName);
            });
        case AccessFilter::Key::Division:
            return anyPath([&](const AccessPath &path) { return isIn(divisionText(path)) || path.divisionId == word; });
        case AccessFilter::Key::How: return isKind(word);
        case AccessFilter::Key::Risk: return tr("high").startsWith(word, Qt::CaseInsensitive) == shown.isHighRisk;
        case AccessFilter::Key::Any: break;
        }
        return isIn(permission) || isKind(word)
            || anyPath([&](const AccessPath &path) { return isIn(path.roleName) || isIn(path.containerName); });
    });
}

void keepDivision(Access::EffectiveAccess &access, const QString &divisionId)
{
    if (divisionId.isEmpty()) {
        return;
    }
    for (Access::EffectivePermission &permission : access.permissions) {
        permission.paths.removeIf([&](const AccessPath &path) {
            return path.divisionAware && !path.divisionUnclear && path.divisionId != u"*" && !path.divisionId.isEmpty()
                && path.divisionId != divisionId;
        });
    }
    access.permissions.removeIf([](const Access::EffectivePermission &permission) { return permission.paths.isEmpty(); });
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

QString divisionWords(const QString &id, const QString &name)
{
    return id == u"*"    ? tr("all divisions")
        : id.isEmpty()   ? tr("division not named")
        : name.isEmpty() ? tr("division %1").arg(shortId(id))
                         : name;
}

QString divisionText(const AccessPath &path)
{
    const QString words = path.divisionAware ? divisionWords(path.divisionId, path.divisionName) : tr("division does not matter");
    return path.divisionUnclear && !path.divisionId.isEmpty() && path.divisionId != u"*" ? tr("%1, perhaps elsewhere").arg(words) : words;
}

QString nameOrId(const Access::Subject &subject)
{
    return visibleText(subject.name.isEmpty() ? shortId(subject.id) : subject.name, 80);
}

QString routeInWords(const Access::AccessRoute &route)
{
    QString words = route.containerId.isEmpty() ? tr("direct")
                                                : subjectKindText(route.via) + u' '
            + visibleText(route.containerName.isEmpty() ? shortId(route.containerId) : route.containerName, 80);
    words += u" → "_s + visibleText(route.roleName.isEmpty() ? shortId(route.roleId) : route.roleName, 80) + u" · "_s
        + visibleText(divisionWords(route.divisionId, route.divisionName), 60);
    if (route.conditional) {
        words += u" ("_s + tr("under a condition") + u')';
    }
    if (route.synthetic) {
        words += u" ("_s + tr("synthetic: the real platform has no team grants") + u')';
    }
    return words;
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
    if (!path.policy.isEmpty()) {
        steps.append(path.policy);
    }
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
