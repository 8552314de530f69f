#include "policy/accesscheck.h"

#include "policy/contextreader.h"
#include "policy/pathmatch.h"

#include <algorithm>
#include <map>
#include <set>

namespace Orgtrace::Policy {

namespace {

using Access::AccessPath;
using Access::Subject;
using Access::SubjectKind;

using CheckKind = AccessRule::Kind;

struct SubjectOrder {
    bool operator()(const Subject &left, const Subject &right) const
    {
        return std::tie(left.kind, left.name, left.id) < std::tie(right.kind, right.name, right.id);
    }
};
using HeldPermissions = std::map<QString, QList<AccessPath>>; // by permission; paths without a condition first
using HeldBySubject = std::map<Subject, HeldPermissions, SubjectOrder>;

bool isOnlyConditional(const QList<AccessPath> &paths)
{
    return std::ranges::all_of(paths, &AccessPath::conditional);
}

class Check
{
public:
    Check(const AccessRules &rules, const AccessInput &input) : m_rules(rules), m_input(input) { }

    AccessCheck run(const QString &only)
    {
        readHoldings(only);
        readRisks();
        for (const AccessRule &rule : m_rules.rules) {
            if (only.isEmpty() || rule.id == only)
                judge(rule);
        }
        m_out.caveats = m_input.resolver.caveats();
        return std::move(m_out);
    }

private:
    // ---- what is held ----------------------------------------------------------------------------------------------------------

    void readHoldings(const QString &only)
    {
        std::set<QString> patterns;
        const auto add = [&](const QStringList &list) { patterns.insert(list.cbegin(), list.cend()); };
        for (const PermissionRisk &row : m_rules.risks)
            add(row.patterns);
        for (const AccessRule &rule : m_rules.rules) {
            if (!only.isEmpty() && rule.id != only)
                continue;
            for (const QStringList &these : rule.all)
                add(these);
            add(rule.independentOf);
            add(rule.through);
        }
        for (const QString &pattern : patterns) {
            const auto holders = m_input.resolver.holders(pattern);
            if (!holders) {
                m_unknown.insert(pattern); // this organisation's platform has no such permission
                continue;
            }
            for (const Access::Holder &holder : *holders) {
                HeldPermissions &held = m_held[holder.subject];
                for (const Access::EffectivePermission &permission : holder.permissions) {
                    QList<AccessPath> &paths = held[permission.permission()];
                    if (paths.isEmpty()) {
                        paths = permission.paths;
                        std::ranges::stable_partition(paths, [](const AccessPath &path) { return !path.conditional; });
                    }
                }
            }
        }
    }

    std::optional<Severity> riskOf(const QString &permission)
    {
        auto known = m_riskOf.constFind(permission);
        if (known == m_riskOf.constEnd())
            known = m_riskOf.insert(permission, m_rules.riskOf(permission));
        return *known;
    }

    bool isAtRisk(const QString &permission, Severity least)
    {
        const std::optional<Severity> risk = riskOf(permission);
        return risk && *risk >= least;
    }

    void readRisks()
    {
        for (const auto &[subject, held] : m_held) {
            SubjectRisk risk{subject, Severity::Low, {}, true};
            bool isAny = false;
            for (const auto &[permission, paths] : held) {
                const std::optional<Severity> severity = riskOf(permission);
                if (!severity)
                    continue;
                if (!isAny || *severity > risk.severity) {
                    risk.severity = *severity;
                    risk.isConditional = true;
                }
                isAny = true;
                ++risk.permissions[*severity];
                risk.isConditional = risk.isConditional && (*severity < risk.severity || isOnlyConditional(paths));
            }
            if (isAny)
                m_out.risks.append(std::move(risk));
        }
        std::ranges::stable_sort(m_out.risks, [](const SubjectRisk &left, const SubjectRisk &right) {
            return std::pair(left.severity, left.permissions.value(left.severity))
                > std::pair(right.severity, right.permissions.value(right.severity));
        });
        m_out.riskCount = m_out.risks.size();
        m_out.risks.resize(std::min(m_out.risks.size(), MostSubjects));
    }

    // ---- rules -----------------------------------------------------------------------------------------------------------------

    [[nodiscard]] bool concerns(const AccessRule &rule, const Subject &subject) const
    {
        return rule.subjects.contains(subject.kind) && std::ranges::none_of(rule.except, [&](const QString &glob) {
                   return subject.id == glob || globMatches(glob, subject.name, Qt::CaseInsensitive);
               });
    }

    [[nodiscard]] bool isActive(const Subject &subject) const
    {
        return subject.kind != SubjectKind::User || m_input.users.value(subject.id).isActive;
    }

    /// @param patterns of a rule: they stay where they are, so that what was found once is found again
    [[nodiscard]] bool fitsAny(const QStringList &patterns, const QString &permission)
    {
        QHash<QString, bool> &known = m_fits[&patterns];
        auto fits = known.constFind(permission);
        if (fits == known.constEnd()) {
            const bool does = std::ranges::any_of(patterns, [&](const QString &pattern) { return permissionCovers(pattern, permission); });
            fits = known.insert(permission, does);
        }
        return *fits;
    }

    [[nodiscard]] static bool counts(const AccessRule &rule, const QList<AccessPath> &paths)
    {
        return rule.isConditionalEnough || !isOnlyConditional(paths);
    }

    static void prove(FindingSubject &subject, const QString &permission, const QList<AccessPath> &paths)
    {
        ++subject.proofCount;
        if (subject.proof.size() < MostProofs)
            subject.proof.append({permission, paths.first(std::min(paths.size(), MostProofPaths)), paths.size(), isOnlyConditional(paths)});
    }

    /// Everything that fits one list or more, if something fits each; conditional where one of the lists is only held so.
    [[nodiscard]] std::optional<FindingSubject> combination(const AccessRule &rule, const Subject &subject, const HeldPermissions &held)
    {
        FindingSubject found;
        found.subject = subject;
        std::vector<bool> isMet(static_cast<size_t>(rule.all.size())), isFree(isMet);
        for (const auto &[permission, paths] : held) {
            bool fits = false;
            for (qsizetype i = 0; counts(rule, paths) && i < rule.all.size(); ++i) {
                if (fitsAny(rule.all[i], permission)) {
                    fits = true;
                    isMet[static_cast<size_t>(i)] = true;
                    isFree[static_cast<size_t>(i)] = isFree[static_cast<size_t>(i)] || !isOnlyConditional(paths);
                }
            }
            if (fits)
                prove(found, permission, paths);
        }
        if (isMet.empty() || std::ranges::contains(isMet, false))
            return std::nullopt;
        found.isConditional = std::ranges::contains(isFree, false);
        return found;
    }

    void add(const AccessRule &rule, QList<FindingSubject> subjects)
    {
        AccessFinding finding{rule.id, rule.title, rule.advice, rule.severity, rule.kind, {}, subjects.size()};
        subjects.resize(std::min(subjects.size(), MostSubjects));
        finding.subjects = std::move(subjects);
        m_out.findings.append(std::move(finding));
    }

    void note(const AccessRule &rule, const QString &why) { m_out.notes.append(rule.id + QStringLiteral(": ") + why); }

    [[nodiscard]] bool isKnown(const QStringList &patterns) const
    {
        return std::ranges::any_of(patterns, [&](const QString &pattern) { return !m_unknown.contains(pattern); });
    }

    void judge(const AccessRule &rule)
    {
        for (QList<QStringList> needed = rule.all + (rule.through.isEmpty() ? QList<QStringList>() : QList<QStringList>{rule.through});
             const QStringList &patterns : needed) {
            if (!isKnown(patterns)) {
                note(rule,
                     QStringLiteral("not judged, for the organisation has no permission %1")
                         .arg(patterns.first(std::min<qsizetype>(patterns.size(), 3)).join(QStringLiteral(" or "))));
                return;
            }
        }
        QList<FindingSubject> found;
        switch (rule.kind) {
        case CheckKind::SoleHolder: judgeSoleHolder(rule); return;
        case CheckKind::Dormant: judgeDormant(rule); return;
        case CheckKind::Combination:
        case CheckKind::Wildcard:
        case CheckKind::Escalation: break;
        }
        for (const auto &[subject, held] : m_held) {
            if (!concerns(rule, subject))
                continue;
            std::optional<FindingSubject> one = rule.kind == CheckKind::Combination ? combination(rule, subject, held)
                : rule.kind == CheckKind::Wildcard                                  ? wildcard(rule, subject, held)
                                                                                    : escalation(rule, subject, held);
            if (one)
                found.append(*std::move(one));
        }
        if (!found.isEmpty())
            add(rule, std::move(found));
    }

    void judgeSoleHolder(const AccessRule &rule)
    {
        QList<FindingSubject> found;
        qsizetype independent = 0;
        for (const auto &[subject, held] : m_held) {
            if (!concerns(rule, subject) || !isActive(subject))
                continue;
            auto one = combination(rule, subject, held);
            if (!one)
                continue;
            found.append(*std::move(one));
            independent += std::ranges::none_of(held, [&](const auto &entry) { return fitsAny(rule.independentOf, entry.first); }) ? 1 : 0;
        }
        if (independent < rule.fewest)
            add(rule, std::move(found));
    }

    void judgeDormant(const AccessRule &rule)
    {
        QList<FindingSubject> found;
        qsizetype unknown = 0;
        for (const auto &[subject, held] : m_held) {
            if (!concerns(rule, subject) || !isActive(subject))
                continue;
            FindingSubject one;
            one.subject = subject;
            bool isFree = false;
            for (const auto &[permission, paths] : held) {
                if (counts(rule, paths) && isAtRisk(permission, rule.risk)) {
                    prove(one, permission, paths);
                    isFree = isFree || !isOnlyConditional(paths);
                }
            }
            if (one.proofCount == 0)
                continue;
            one.isConditional = !isFree;
            const SubjectState state = m_input.users.value(subject.id);
            one.lastSignInUtc = state.lastSignInUtc;
            if (!one.lastSignInUtc.isValid())
                unknown += state.signedInSinceUtc.isValid() && state.signedInSinceUtc.daysTo(m_input.atUtc) <= rule.days ? 0 : 1;
            else if (one.lastSignInUtc.daysTo(m_input.atUtc) > rule.days)
                found.append(std::move(one));
        }
        if (unknown > 0)
            note(rule, QStringLiteral("of %1 subjects it is not known when they last signed in").arg(unknown));
        if (!found.isEmpty())
            add(rule, std::move(found));
    }

    [[nodiscard]] std::optional<FindingSubject> wildcard(const AccessRule &rule, const Subject &subject, const HeldPermissions &held)
    {
        FindingSubject found;
        found.subject = subject;
        for (const auto &[permission, paths] : held) {
            if (!isAtRisk(permission, rule.risk))
                continue;
            QList<AccessPath> wide;
            for (const AccessPath &path : paths) {
                if (!path.conditional && std::ranges::count(path.policy.split(u':'), QStringLiteral("*")) >= rule.stars)
                    wide.append(path);
            }
            if (!wide.isEmpty())
                prove(found, permission, wide);
        }
        return found.proofCount > 0 ? std::optional(std::move(found)) : std::nullopt;
    }

    [[nodiscard]] std::optional<FindingSubject> escalation(const AccessRule &rule, const Subject &subject, const HeldPermissions &held)
    {
        FindingSubject found;
        found.subject = subject;
        bool isFree = false;
        for (const auto &[permission, paths] : held) {
            if (counts(rule, paths) && fitsAny(rule.through, permission)) {
                prove(found, permission, paths);
                isFree = isFree || !isOnlyConditional(paths);
            }
        }
        if (found.proofCount == 0)
            return std::nullopt;
        found.isConditional = !isFree;
        // What is held under a condition only can still be gained without it.
        const auto lacks = [&](const QString &permission) {
            const auto at = held.find(permission);
            return at == held.end() || isOnlyConditional(at->second);
        };
        const auto way = [&](const QString &id, const QString &name, const QStringList &gains) {
            if (gains.isEmpty())
                return;
            ++found.wayCount;
            if (found.ways.size() < MostTargets)
                found.ways.append({id, name, gains.first(std::min(gains.size(), MostProofs)), gains.size()});
        };
        switch (rule.target) {
        case AccessRule::Target::Itself:
        case AccessRule::Target::Role: {
            QStringList gains;
            for (const QString &permission : everythingAtRisk(rule.risk)) {
                if (lacks(permission))
                    gains.append(permission);
            }
            if (rule.target == AccessRule::Target::Itself) {
                way(subject.id, subject.name, gains);
                break;
            }
            std::map<std::pair<QString, QString>, bool> roles; // by name, then id
            for (const auto &[permission, paths] : held) {
                for (const AccessPath &path : paths)
                    roles.try_emplace({path.roleName, path.roleId});
            }
            for (const auto &[role, nothing] : roles)
                way(role.second, role.first, gains);
            break;
        }
        case AccessRule::Target::Group:
        case AccessRule::Target::Client: {
            const SubjectKind kind = rule.target == AccessRule::Target::Group ? SubjectKind::Group : SubjectKind::OAuthClient;
            for (const auto &[other, theirs] : m_held) {
                if (other.kind != kind || other == subject)
                    continue;
                QStringList gains;
                for (const auto &[permission, paths] : theirs) {
                    if (isAtRisk(permission, rule.risk) && lacks(permission))
                        gains.append(permission);
                }
                way(other.id, other.name, gains);
            }
            break;
        }
        }
        return found.wayCount > 0 ? std::optional(std::move(found)) : std::nullopt;
    }

    /// Every permission at a risk that this organisation has; sorted.
    const QStringList &everythingAtRisk(Severity least)
    {
        auto known = m_atRisk.find(least);
        if (known == m_atRisk.end()) {
            QStringList list;
            for (const QStringList all = m_input.resolver.permissions(); const QString &permission : all) {
                if (!permission.contains(u'*') && isAtRisk(permission, least))
                    list.append(permission);
            }
            known = m_atRisk.emplace(least, std::move(list)).first;
        }
        return known->second;
    }

    const AccessRules &m_rules;
    const AccessInput &m_input;
    AccessCheck m_out;
    HeldBySubject m_held;
    QSet<QString> m_unknown;
    QHash<QString, std::optional<Severity>> m_riskOf;
    std::map<const QStringList *, QHash<QString, bool>> m_fits;
    std::map<Severity, QStringList> m_atRisk;
};

} // namespace

Result<AccessCheck> checkAccess(const AccessRules &rules, const AccessInput &input, const QString &only)
{
    if (!only.isEmpty() && std::ranges::none_of(rules.rules, [&](const AccessRule &rule) { return rule.id == only; })) {
        QStringList ids;
        for (const AccessRule &rule : rules.rules)
            ids.append(rule.id);
        ids.sort();
        return Error::make(ErrorCode::NotFound,
                           QStringLiteral("there is no rule \"%1\"; there are %2")
                               .arg(only.left(100), ids.first(std::min<qsizetype>(ids.size(), 50)).join(QStringLiteral(", "))),
                           only.left(100));
    }
    return Check(rules, input).run(only);
}

} // namespace Orgtrace::Policy
