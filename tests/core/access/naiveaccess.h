#pragma once

#include "accessfacts.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>

namespace Orgtrace::Access::Test {

/// The rules of core/access once more, by loops over sets of strings: nothing interned, nothing indexed, nothing shared with what it checks.
class NaiveAccess
{
public:
    using Answer = Verdict::Answer;

    struct Path {
        QString permission, through, role, division, policy;
        bool isConditional = false, isDivisionAware = true, isUnclear = false;
        [[nodiscard]] QString text() const
        {
            return permission + u" <- "_s + through + u" / "_s + role + u" / "_s + division + u" / "_s + policy
                + (isConditional ? u" ?"_s : u""_s);
        }
    };

    explicit NaiveAccess(Facts facts) : m_facts(std::move(facts))
    {
        for (const CataloguePermission &entry : std::as_const(m_facts.catalogue)) {
            const QString text = entry.domain + u':' + entry.entityType + u':' + entry.action;
            m_universe.insert(text);
            m_catalogued.insert(text);
            if (entry.isAwarenessKnown) {
                m_aware[text] = entry.divisionAware;
            }
        }
        for (const RoleDefinition &role : std::as_const(m_facts.roles)) {
            for (const PolicyLine &line : role.lines) {
                addLiteral(textOf(line));
            }
            for (const QString &text : role.legacy) {
                addLiteral(text);
            }
        }
    }

    [[nodiscard]] const std::set<QString> &universe() const { return m_universe; }

    [[nodiscard]] const std::vector<Path> &paths(const Subject &subject) const
    {
        const auto [known, isNew] = m_paths.try_emplace({subject.kind, subject.id});
        std::vector<Path> &all = known->second;
        if (!isNew) {
            return all;
        }
        for (const Grant &grant : m_facts.grants) {
            if (grant.subjectId.isEmpty() || grant.roleId.isEmpty()) {
                continue;
            }
            const bool isInherited = !grant.inheritedFrom.isEmpty() && grant.inheritedFrom != grant.subjectId;
            if (isInherited && grant.subjectId == subject.id && grant.subjectKind == subject.kind && !isBox(subject.kind)) {
                expand(grant, nameOf(boxOf(grant.inheritedFrom)), all);
            }
            const Subject holder = isInherited ? boxOf(grant.inheritedFrom) : Subject{grant.subjectId, {}, grant.subjectKind};
            if (isInherited && !isBox(grant.subjectKind)) {
                continue; // the platform says what this one inherits, not what the box hands to others
            }
            if (holder.id == subject.id && holder.kind == subject.kind) {
                expand(grant, u"direct"_s, all);
            }
            for (const QString &chain : chains(subject, holder)) {
                expand(grant, chain, all);
            }
        }
        return all;
    }

    [[nodiscard]] bool isIdle(const Subject &subject) const { return isBox(subject.kind) && !isEnabled(subject); }

    /// Policies that deny a permission: "!p1" for certain, "?p2" perhaps.
    [[nodiscard]] std::set<QString> denials(const Subject &subject, const QString &permission) const
    {
        std::set<QString> all;
        for (const AccessPolicy &policy : m_facts.policies) {
            const QStringList target = policy.target.split(u':'), words = permission.split(u':');
            if (!policy.active || policy.effect == AccessPolicy::Effect::Allow || target.size() != 3
                || m_facts.arePoliciesEnforced == false) {
                continue;
            }
            const bool isWhole = covers(policy.target, permission);
            const bool isMet = std::ranges::all_of(std::array{0, 1, 2},
                                                   [&](int i) { return target[i] == u"*" || words[i] == u"*" || target[i] == words[i]; });
            const int bearing = bearingOf(policy, subject);
            if (!isMet || bearing == 0) {
                continue;
            }
            const bool isCertain = m_facts.arePoliciesEnforced == true && isWhole && bearing == 2 && !policy.conditional
                && policy.unclear.isEmpty() && policy.effect == AccessPolicy::Effect::Deny && policy.whom != AccessPolicy::Whom::Unclear;
            all.insert((isCertain ? u'!' : u'?') + policy.id);
        }
        return all;
    }

    [[nodiscard]] Answer answer(const Subject &subject, const QString &asked, const QString &division) const
    {
        bool isFree = false, isBound = false, isPerhaps = false;
        static const std::vector<Path> none;
        for (const Path &path : isIdle(subject) ? none : paths(subject)) {
            const bool isAsked = path.permission == asked || (!m_universe.contains(asked) && covers(path.permission, asked));
            if (!isAsked) {
                continue;
            }
            const bool isThere = division.isEmpty() || !path.isDivisionAware || path.division == u"*" || path.division == division;
            isFree = isFree || (isThere && !path.isConditional);
            isBound = isBound || (isThere && path.isConditional);
            isPerhaps = isPerhaps || (!isThere && (path.division.isEmpty() || path.isUnclear));
        }
        const std::set<QString> against = denials(subject, asked);
        if (std::ranges::any_of(against, [](const QString &one) { return one.startsWith(u'!'); })) {
            return Answer::No;
        }
        return isFree && against.empty() ? Answer::Yes : isFree || isBound ? Answer::Conditional : isPerhaps ? Answer::NotSeen : Answer::No;
    }

    /// Where each permission is held, apart with and without a condition: "a:b:c" → {"+x1", "?x2"}.
    [[nodiscard]] std::map<QString, std::set<QString>> extents(const Subject &subject) const
    {
        std::map<QString, std::set<QString>> all;
        for (const Path &path : paths(subject)) {
            const std::set<QString> against = denials(subject, path.permission);
            if (std::ranges::any_of(against, [](const QString &one) { return one.startsWith(u'!'); })) {
                continue;
            }
            const bool isBound = path.isConditional || !against.empty();
            all[path.permission].insert((isBound ? u'?' : u'+') + (path.isDivisionAware ? path.division : u"*"_s));
        }
        for (auto &[permission, where] : all) {
            if (where.contains(u"+*"_s)) {
                where = {u"+*"_s};
            }
            if (where.contains(u"?*"_s)) {
                std::erase_if(where, [](const QString &one) { return one.startsWith(u'?') && one != u"?*"; });
            }
            std::erase_if(where, [&](const QString &one) { return one.startsWith(u'?') && where.contains(u'+' + one.mid(1)); });
        }
        return all;
    }

    static bool covers(const QString &pattern, const QString &permission)
    {
        const QList<QStringView> a = QStringView(pattern).split(u':'), b = QStringView(permission).split(u':');
        return std::ranges::all_of(std::array{0, 1, 2}, [&](int i) { return a[i] == u"*" || a[i] == b[i]; });
    }

private:
    static bool isBox(SubjectKind kind) { return kind == SubjectKind::Group || kind == SubjectKind::Team; }
    static QString textOf(const PolicyLine &line) { return line.domain + u':' + line.entity + u':' + line.actions[0]; }
    static QString nameOf(const Subject &box) { return subjectKindName(box.kind) + u' ' + box.id; }

    void addLiteral(const QString &text)
    {
        if (!text.contains(u'*')) {
            m_universe.insert(text);
        }
    }

    [[nodiscard]] Subject boxOf(const QString &id) const
    {
        for (const SubjectKind kind : {SubjectKind::Group, SubjectKind::Team}) {
            for (const Container &box : m_facts.containers) {
                if (box.self.id == id && box.self.kind == kind) {
                    return {id, {}, kind};
                }
            }
        }
        return {id, {}, SubjectKind::Group};
    }

    [[nodiscard]] bool isEnabled(const Subject &box) const
    {
        bool isListed = false, isOn = false;
        for (const Container &one : m_facts.containers) {
            if (one.self.id == box.id && one.self.kind == box.kind) {
                isListed = true;
                isOn = isOn || one.rolesEnabled;
            }
        }
        return isOn || !isListed;
    }

    [[nodiscard]] bool isSubject(SubjectKind kind, const QString &id) const
    {
        return std::ranges::any_of(m_facts.subjects, [&](const Subject &one) { return one.kind == kind && one.id == id; });
    }
    [[nodiscard]] bool isContainerOf(SubjectKind kind, const QString &id) const
    {
        return std::ranges::any_of(m_facts.containers, [&](const Container &one) { return one.self.kind == kind && one.self.id == id; });
    }

    /// What a word in a list of members means.
    [[nodiscard]] bool means(const QString &member, const Subject &subject) const
    {
        if (member != subject.id) {
            return false;
        }
        if (isSubject(SubjectKind::User, member)) {
            return subject.kind == SubjectKind::User;
        }
        const bool isKnown = isContainerOf(SubjectKind::Group, member) || isContainerOf(SubjectKind::Team, member)
            || isSubject(SubjectKind::TrusteeUser, member);
        if (!isKnown) {
            return subject.kind == SubjectKind::User;
        }
        return isBox(subject.kind) ? isContainerOf(subject.kind, member)
                                   : subject.kind == SubjectKind::TrusteeUser && isSubject(subject.kind, member);
    }

    /// The boxes that a subject is directly in.
    [[nodiscard]] const std::set<std::pair<SubjectKind, QString>> &boxes(const Subject &subject) const
    {
        const auto [known, isNew] = m_boxes.try_emplace({subject.kind, subject.id});
        std::set<std::pair<SubjectKind, QString>> &in = known->second;
        if (!isNew) {
            return in;
        }
        for (const Container &box : m_facts.containers) {
            for (const QString &member : box.members) {
                if (means(member, subject)) {
                    in.emplace(box.self.kind, box.self.id);
                }
            }
        }
        for (const Grant &grant : m_facts.grants) {
            if (!grant.roleId.isEmpty() && !grant.inheritedFrom.isEmpty() && grant.inheritedFrom != grant.subjectId
                && grant.subjectId == subject.id && grant.subjectKind == subject.kind) {
                const Subject box = boxOf(grant.inheritedFrom);
                in.emplace(box.kind, box.id);
            }
        }
        return in;
    }

    /// Every simple way from a subject out to a box, each box on it with roles enabled; told outermost first.
    [[nodiscard]] std::set<QString> chains(const Subject &subject, const Subject &outermost) const
    {
        std::set<QString> all;
        std::vector<Subject> way;
        const auto walk = [&](const Subject &from, const auto &self) -> void {
            for (const auto &[kind, id] : boxes(from)) {
                const Subject box{id, {}, kind};
                if (!isEnabled(box) || box == Subject{subject.id, {}, subject.kind} || std::ranges::contains(way, box)) {
                    continue;
                }
                way.push_back(box);
                if (box.id == outermost.id && box.kind == outermost.kind) {
                    QStringList steps;
                    for (const Subject &step : way) {
                        steps.prepend(nameOf(step));
                    }
                    all.insert(steps.join(u" > "_s));
                }
                self(box, self);
                way.pop_back();
            }
        };
        walk(subject, walk);
        return all;
    }

    /// 0: none of its business, 1: perhaps, 2: for certain.
    [[nodiscard]] int bearingOf(const AccessPolicy &policy, const Subject &subject) const
    {
        using Whom = AccessPolicy::Whom;
        const bool isClient = subject.kind == SubjectKind::OAuthClient;
        switch (policy.whom) {
        case Whom::All:
        case Whom::Unclear:
            if (isClient) {
                return policy.appliesToClients || policy.whom == Whom::Unclear ? 2 : 0;
            }
            return subject.kind == SubjectKind::User || isBox(subject.kind) ? 2 : 1;
        case Whom::Client: return isClient && subject.id == policy.subjectId ? 2 : 0;
        case Whom::User:
            return subject.id != policy.subjectId                                                  ? 0
                : subject.kind == SubjectKind::User                                                ? 2
                : subject.kind == SubjectKind::TrusteeUser || subject.kind == SubjectKind::Unknown ? 1
                                                                                                   : 0;
        case Whom::Group:
        case Whom::Team: break;
        }
        const std::pair top{policy.whom == Whom::Group ? SubjectKind::Group : SubjectKind::Team, policy.subjectId};
        if (std::pair{subject.kind, subject.id} == top) {
            return 2;
        }
        std::set<std::pair<SubjectKind, QString>> above = boxes(subject), next = above;
        if (above.contains(top)) {
            return isBox(subject.kind) ? 1 : 2;
        }
        while (!next.empty()) {
            std::set<std::pair<SubjectKind, QString>> more;
            for (const auto &[kind, id] : next) {
                for (const auto &box : boxes({id, {}, kind})) {
                    if (above.insert(box).second) {
                        more.insert(box);
                    }
                }
            }
            next = std::move(more);
        }
        return above.contains(top) ? 1 : 0;
    }

    void expand(const Grant &grant, const QString &through, std::vector<Path> &all) const
    {
        std::vector<std::pair<QString, bool>> lines;
        const auto add = [&](const QString &text, bool isConditional) {
            if (!std::ranges::contains(lines, std::pair{text, isConditional})) {
                lines.emplace_back(text, isConditional);
            }
        };
        for (const RoleDefinition &role : m_facts.roles) {
            for (const PolicyLine &line : role.lines) {
                if (role.id == grant.roleId) {
                    add(textOf(line), line.conditional);
                }
            }
        }
        for (const RoleDefinition &role : m_facts.roles) {
            for (const QString &text : role.legacy) {
                if (role.id == grant.roleId && std::ranges::none_of(lines, [&](const auto &line) { return covers(line.first, text); })) {
                    add(text, false);
                }
            }
        }
        for (const auto &[text, isConditional] : lines) {
            Path path{{}, through, grant.roleId, grant.divisionId, text, isConditional, true};
            for (const QString &permission : m_universe) {
                if (covers(text, permission)) {
                    path.permission = permission;
                    path.isUnclear = !m_aware.contains(permission);
                    path.isDivisionAware = path.isUnclear || m_aware.at(permission);
                    all.push_back(path);
                }
            }
            const QString entity = text.section(u':', 0, 1) + u":*"_s;
            if (text.contains(u'*') && (!m_facts.isCatalogueWhole || std::ranges::none_of(m_catalogued, [&](const QString &known) {
                    return covers(entity, known);
                }))) {
                path.permission = text;
                path.isDivisionAware = path.isUnclear = true;
                all.push_back(path);
            }
        }
    }

    Facts m_facts;
    std::set<QString> m_universe;
    std::set<QString> m_catalogued;
    std::map<QString, bool> m_aware; ///< what says whether divisions matter
    mutable std::map<std::pair<SubjectKind, QString>, std::vector<Path>> m_paths; ///< as it is asked again and again
    mutable std::map<std::pair<SubjectKind, QString>, std::set<std::pair<SubjectKind, QString>>> m_boxes;
};

} // namespace Orgtrace::Access::Test
