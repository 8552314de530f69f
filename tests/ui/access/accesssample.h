#pragma once

#include "access/access.h"

#include <QStringList>

#include <algorithm>

/// Rights written as text, one permission a line, paths behind an equals sign:
///   authorization:grant:add = group Contractors/Master Admin@*; direct/Agent@Home?
/// "?" behind the division: conditional; "!": synthetic. Sorted as the core sorts.
namespace AccessSample {

inline Orgtrace::Access::EffectiveAccess rights(const QString &text)
{
    using namespace Orgtrace::Access;
    EffectiveAccess access;
    access.subject = {QStringLiteral("17171717-0000-4000-8000-000000000017"), QStringLiteral("contractor-17"), SubjectKind::User};
    for (const QString &line : text.split(u'\n', Qt::SkipEmptyParts)) {
        const QString left = line.section(u'=', 0, 0).trimmed();
        if (left.isEmpty()) {
            continue;
        }
        EffectivePermission permission;
        permission.domain = left.section(u':', 0, 0);
        permission.entityType = left.section(u':', 1, 1);
        permission.action = left.section(u':', 2, 2);
        for (QString path : line.section(u'=', 1).split(u';', Qt::SkipEmptyParts)) {
            path = path.trimmed();
            AccessPath made;
            made.conditional = path.endsWith(u'?');
            made.synthetic = path.endsWith(u'!');
            if (made.conditional || made.synthetic) {
                path.chop(1);
            }
            const QString holder = path.section(u'/', 0, 0);
            const QString kind = holder.section(u' ', 0, 0);
            made.via = kind == u"group" ? SubjectKind::Group : kind == u"team" ? SubjectKind::Team : SubjectKind::User;
            made.containerName = holder.section(u' ', 1);
            made.containerId = made.containerName.isEmpty() ? QString() : QStringLiteral("id-") + made.containerName;
            made.roleName = path.section(u'/', 1).section(u'@', 0, 0);
            made.roleId = QStringLiteral("id-") + made.roleName;
            made.divisionName = path.section(u'@', 1);
            made.divisionId = made.divisionName == u"*" ? QStringLiteral("*") : QStringLiteral("id-") + made.divisionName;
            made.policy = permission.domain + u':' + permission.entityType + QStringLiteral(":*");
            permission.paths.append(made);
        }
        access.permissions.append(permission);
    }
    std::ranges::sort(access.permissions, {}, &EffectivePermission::permission);
    return access;
}

} // namespace AccessSample
