#include "access/outline.h"

#include "access/resolver_p.h"

#include <algorithm>

namespace Orgtrace::Access {

QList<RoleContent> Resolver::roles() const
{
    std::vector<QString> texts(d->roles.permissionCount()); // one text for all roles that allow it
    const auto textOf = [&](uint32_t permission) -> const QString & {
        if (texts[permission].isEmpty()) {
            texts[permission] = d->roles.permissionText(permission);
        }
        return texts[permission];
    };
    QList<RoleContent> all;
    all.reserve(d->roles.roleCount());
    for (uint32_t at = 0; at < d->roles.roleCount(); ++at) {
        const RoleTable::Role &role = d->roles.role(at);
        RoleContent content;
        content.id = role.id;
        content.name = role.name;
        content.isDefault = role.isDefault;
        content.isDefined = role.defined;
        for (auto atom = role.atoms.begin(); atom != role.atoms.end();) {
            const uint32_t permission = atom->permission;
            bool isFree = false;
            for (; atom != role.atoms.end() && atom->permission == permission; ++atom) { // sorted by permission
                isFree = isFree || !role.lines[atom->line].conditional;
            }
            content.permissions.append(textOf(permission));
            if (!isFree) {
                content.conditional.append(textOf(permission));
            }
        }
        content.permissions.sort();
        content.conditional.sort();
        all.append(std::move(content));
    }
    std::ranges::sort(all, {}, [](const RoleContent &role) { return std::tie(role.name, role.id); });
    return all;
}

QList<Division> Resolver::divisions() const
{
    QList<Division> all;
    for (auto it = d->divisionNames.cbegin(); it != d->divisionNames.cend(); ++it) {
        if (it.key() != u"*") {
            all.append({it.key(), it.value()});
        }
    }
    for (const auto &ids = d->divisionIds; const QString &id : ids) {
        if (!id.isEmpty() && id != u"*" && !d->divisionNames.contains(id)) {
            all.append({id, QString()});
        }
    }
    std::ranges::sort(all, {}, [](const Division &division) { return std::tie(division.name, division.id); });
    return all;
}

} // namespace Orgtrace::Access
