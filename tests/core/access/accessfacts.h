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

/// A small organisation with everything that can go wrong: groups and teams inside one another and in circles, ids twice, grants and members that lead
/// nowhere, inherited grants as the platform lists them, trustees, clients, permissions that know no divisions, old flat lists, access policies of all kinds.
/// @param shape decides users, containers' ids, roles and catalogue; @param seed the rest: two of one shape can be compared
inline Facts hostileFacts(int shape, int seed)
{
    std::mt19937 random(static_cast<unsigned>(shape));
    const auto pick = [&](int bound) { return static_cast<int>(random() % static_cast<unsigned>(bound)); };
    const auto name = [&](QChar letter, int bound) -> QString { return letter + QString::number(pick(bound)); };
    const auto word = [&](QChar letter, int bound) -> QString { return pick(4) == 0 ? u"*"_s : letter + QString::number(pick(bound)); };
    const auto pattern = [&](int d, int e, int a) -> QString { return word(u'd', d) + u':' + word(u'e', e) + u':' + word(u'a', a); };

    Facts facts;
    for (int i = 0; i < 6; ++i) {
        facts.subjects.append(user(u'u' + QString::number(i)));
    }
    facts.subjects.append(user(u"u0"_s)); // twice
    facts.subjects.append({u"t0"_s, u"Guest"_s, SubjectKind::TrusteeUser});
    facts.subjects.append({u"c0"_s, u"Client"_s, SubjectKind::OAuthClient});
    facts.subjects.append({u"u1"_s, u"Client with a user's id"_s, SubjectKind::OAuthClient});
    QList<Subject> boxes;
    for (int i = 0; i < 5; ++i) {
        boxes.append({u'g' + QString::number(i), QString(), pick(3) == 0 ? SubjectKind::Team : SubjectKind::Group});
    }
    if (pick(4) == 0) {
        boxes.append({u"g0"_s, {}, boxes[0].kind}); // twice, of one kind
    }
    if (pick(4) == 0) {
        boxes.append({u"g1"_s, {}, boxes[1].kind == SubjectKind::Team ? SubjectKind::Group : SubjectKind::Team}); // twice, of two kinds
    }
    for (int i = pick(12) == 0 ? 0 : 14; i > 0; --i) {
        facts.catalogue.append({name(u'd', 2), name(u'e', 3), name(u'a', 3), pick(4) != 0, pick(6) != 0});
    }
    facts.isCatalogueWhole = pick(4) != 0;
    for (int i = 0; i < 5; ++i) {
        QStringList lines;
        for (int line = pick(4); line >= 0; --line) {
            lines.append(pattern(3, 4, 4) + (pick(5) == 0 ? u"?"_s : u""_s));
        }
        RoleDefinition made = role(u'r' + QString::number(pick(10) == 0 ? 0 : i), lines);
        for (int old = pick(6) == 0 ? 3 : 0; old > 0; --old) {
            made.legacy.append(pattern(3, 4, 4));
        }
        facts.roles.append(made);
    }

    random.seed(static_cast<unsigned>(seed) * 7919U + 1);
    for (const Subject &box : std::as_const(boxes)) {
        Container container{box, pick(5) != 0, pick(6) != 0, {}};
        for (int member = pick(5); member > 0; --member) {
            container.members.append(pick(12) == 0 ? u"t0"_s : name(u'u', 8)); // two of them unknown
        }
        for (int member = pick(3) == 0 ? pick(4) : 0; member > 0; --member) {
            container.members.append(name(u'g', 5)); // itself, others, circles
        }
        facts.containers.append(container);
    }
    for (int i = pick(16); i >= 0; --i) {
        const QString division = pick(3) == 0 ? u"*"_s : pick(8) == 0 ? QString() : name(u'x', 3);
        Grant made;
        switch (pick(8)) {
        case 0: made = grant(SubjectKind::OAuthClient, pick(2) == 0 ? u"c0"_s : u"u1"_s, name(u'r', 6), division); break;
        case 1: made = grant(SubjectKind::TrusteeUser, u"t0"_s, name(u'r', 6), division); break;
        case 2:
        case 3: made = grant(SubjectKind::User, name(u'u', 8), name(u'r', 6), division); break;
        case 4:
            made = grant(SubjectKind::User, name(u'u', 8), name(u'r', 6), division);
            made.inheritedFrom = pick(6) == 0 ? u"g9"_s : name(u'g', 5);
            break;
        default: {
            const Subject &box = boxes[pick(static_cast<int>(boxes.size()))];
            made = grant(box.kind, box.id, name(u'r', 6), division);
            if (pick(6) == 0) {
                made.inheritedFrom = name(u'g', 5);
            }
        }
        }
        if (pick(20) == 0) {
            made.roleId.clear();
        }
        facts.grants.append(made);
    }
    using Effect = AccessPolicy::Effect;
    using Whom = AccessPolicy::Whom;
    if (const int enforced = pick(6); enforced > 0) { // else it is not known
        facts.arePoliciesEnforced = enforced > 1;
    }
    for (int i = pick(3) == 0 ? 0 : pick(5); i > 0; --i) {
        AccessPolicy policy;
        policy.id = u'p' + QString::number(i);
        policy.effect = pick(5) == 0 ? Effect::Allow : pick(8) == 0 ? Effect::Unclear : Effect::Deny;
        policy.active = pick(6) != 0;
        policy.whom
            = std::array{Whom::User, Whom::User, Whom::Client, Whom::Group, Whom::Group, Whom::Team, Whom::All, Whom::Unclear}[pick(8)];
        policy.subjectId = policy.whom == Whom::User ? (pick(6) == 0 ? u"t0"_s : name(u'u', 8))
            : policy.whom == Whom::Client            ? u"c0"_s
                                                     : name(u'g', 6);
        policy.target = pick(10) == 0 ? u"d0:e0"_s : pattern(3, 4, 4);
        policy.conditional = pick(4) == 0;
        policy.appliesToClients = pick(2) == 0;
        if (pick(12) == 0) {
            policy.unclear = {u"Whether it is active is not understood."_s};
        }
        facts.policies.append(policy);
    }
    return facts;
}

} // namespace Orgtrace::Access::Test
