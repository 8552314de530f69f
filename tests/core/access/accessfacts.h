#pragma once

#include "access/model.h"

#include <random>

/// Small organisations for the tests of core/access.
namespace Orgtrace::Access::Test {

using namespace Qt::StringLiterals;

inline Subject user(const QString &id, const QString &name = {})
{
    return {id, name, SubjectKind::User};
}

inline Container group(const QString &id, const QStringList &members, bool rolesEnabled = true)
{
    return {{id, u"Group "_s + id, SubjectKind::Group}, rolesEnabled, true, members};
}

inline Grant grant(SubjectKind kind, const QString &subject, const QString &role, const QString &division = u"*"_s)
{
    return {.subjectKind = kind,
            .subjectId = subject,
            .roleId = role,
            .roleName = {},
            .divisionId = division,
            .inheritedFrom = {},
            .synthetic = kind == SubjectKind::Team};
}

inline RoleDefinition role(const QString &id, const QStringList &lines)
{
    RoleDefinition definition;
    definition.id = id;
    definition.name = u"Role "_s + id;
    for (QString line : lines) {
        const bool conditional = line.endsWith(u'?');
        if (conditional) {
            line.chop(1);
        }
        const QStringList parts = line.split(u':');
        definition.lines.append({parts[0], parts[1], {parts[2]}, conditional});
    }
    return definition;
}

inline QList<CataloguePermission> catalogue(const QStringList &permissions)
{
    QList<CataloguePermission> list;
    for (const QString &text : permissions) {
        const QStringList parts = text.split(u':');
        list.append({parts[0], parts[1], parts[2], true});
    }
    return list;
}

/// Twelve users, five groups and teams, six roles, wildcards, conditions, grants to people and roles that do not exist.
inline Facts randomFacts(int seed)
{
    std::mt19937 random(static_cast<unsigned>(seed));
    const auto pick = [&](int bound) { return static_cast<int>(random() % static_cast<unsigned>(bound)); };
    const auto name = [&](QChar letter, int bound) -> QString { return letter + QString::number(pick(bound)); };
    const auto word = [&](QChar letter, int bound) -> QString { return pick(4) == 0 ? u"*"_s : letter + QString::number(pick(bound)); };

    Facts facts;
    for (int i = 0; i < 12; ++i) {
        facts.subjects.append(user(u'u' + QString::number(i)));
    }
    for (int i = 0; i < 5; ++i) {
        Container container{
            {u'g' + QString::number(i), QString(), pick(3) == 0 ? SubjectKind::Team : SubjectKind::Group}, pick(4) != 0, true, {}};
        for (int member = pick(8); member > 0; --member) {
            container.members.append(name(u'u', 14)); // two of them unknown
        }
        facts.containers.append(container);
    }
    for (int i = 0; i < 40; ++i) {
        facts.catalogue.append({name(u'd', 3), name(u'e', 4), name(u'a', 4), true});
    }
    for (int i = 0; i < 6; ++i) {
        QStringList lines;
        for (int line = pick(5); line >= 0; --line) {
            lines.append(word(u'd', 4) + u':' + word(u'e', 5) + u':' + word(u'a', 5) + (pick(5) == 0 ? u"?"_s : u""_s));
        }
        facts.roles.append(role(u'r' + QString::number(i), lines));
    }
    for (int i = 0; i < 25; ++i) {
        if (pick(2) == 0) {
            facts.grants.append(grant(SubjectKind::User, name(u'u', 13), name(u'r', 7), pick(3) == 0 ? u"*"_s : name(u'x', 3)));
        } else {
            const Container &container = facts.containers[pick(5)];
            facts.grants.append(grant(container.self.kind, container.self.id, name(u'r', 7), name(u'x', 3)));
        }
    }
    return facts;
}

} // namespace Orgtrace::Access::Test
