#include "policy/accesscheck.h"

#include "access/rightsscan.h"
#include "policy/contextreader.h"
#include "policy/pathmatch.h"

#include <algorithm>
#include <map>
#include <set>

namespace Orgtrace::Policy {

namespace {

using Access::RightsScan;
using Access::Subject;
using Access::SubjectKind;

using CheckKind = AccessRule::Kind;
using CheckTarget = AccessRule::Target;
using Marks = std::vector<bool>; // by place of the permission

/// Patterns to be held against many permissions: those without a star by looking them up.
class PatternSet
{
public:
    void add(const QStringList &patterns)
    {
        for (const QString &pattern : patterns) {
            if (pattern.contains(u'*'))
                m_wild.insert(pattern);
            else
                m_plain.insert(pattern);
        }
    }
    [[nodiscard]] bool fits(const QString &permission) const
    {
        const auto covers = [&](const QString &pattern) { return permissionCovers(pattern, permission); };
        return m_plain.contains(permission) || std::ranges::any_of(m_wild, covers)
            || (permission.contains(u'*') && std::ranges::any_of(m_plain, covers));
    }
    [[nodiscard]] Marks marks(const QStringList &permissions) const
    {
        Marks marks(static_cast<size_t>(permissions.size()));
        for (size_t i = 0; i < marks.size(); ++i)
            marks[i] = fits(permissions[static_cast<qsizetype>(i)]);
        return marks;
    }

private:
    std::set<QString> m_wild;
    QSet<QString> m_plain;
};

/// A rule with its patterns as marks of the permissions that there are.
struct ReadyRule {
    const AccessRule *rule = nullptr;
    std::vector<Marks> all;
    Marks independentOf, through, atRisk;
    QList<qsizetype> found; ///< places of subjects, in order; at most MostSubjects
    qsizetype count = 0, independent = 0, unknown = 0;
};

/// A subject while it is looked at.
struct Bearer {
    Subject subject;
    RightsScan::Rights rights;
    Marks isFree; ///< held without a condition and without an access policy that may deny it
};

/// What joining a group or using a client would give.
struct Prize {
    Subject subject;
    std::vector<qsizetype> permissions;
};

class Check
{
public:
    Check(const AccessRules &rules, const AccessInput &input, const QString &only) :
        m_rules(rules), m_input(input), m_wanted(wanted(rules, only)),
        m_scan(input.resolver, [this](const QString &permission) { return m_wanted.fits(permission); }, !input.isCatalogueWhole)
    {
    }

    AccessCheck run(const QString &only)
    {
        m_out.caveats = m_input.resolver.caveats();
        m_told = QSet<QString>(m_out.caveats.cbegin(), m_out.caveats.cend());
        m_out.sources = m_rules.sources;
        for (const QString &permission : m_scan.permissions())
            m_risk.push_back(m_rules.riskOf(permission));
        for (const AccessRule &rule : m_rules.rules) {
            if (only.isEmpty() || rule.id == only)
                ready(rule);
        }
        if (m_rules.rules.empty())
            m_out.notes.append(QStringLiteral("no rule was applied, for the files of rules leave none"));
        readPrizes();
        const QList<Subject> &subjects = m_input.resolver.subjects();
        for (qsizetype place = 0; place < subjects.size(); ++place) {
            const Bearer bearer = bearerOf(subjects[place]);
            if (bearer.rights.list.empty())
                continue;
            readRisk(bearer);
            for (ReadyRule &one : m_ready)
                judge(one, bearer, place);
        }
        sortRisks();
        for (const ReadyRule &one : m_ready)
            conclude(one);
        return std::move(m_out);
    }

private:
    // ---- what is held ----------------------------------------------------------------------------------------------------------

    static PatternSet wanted(const AccessRules &rules, const QString &only)
    {
        PatternSet patterns;
        for (const PermissionRisk &row : rules.risks)
            patterns.add(row.patterns);
        for (const AccessRule &rule : rules.rules) {
            if (!only.isEmpty() && rule.id != only)
                continue;
            for (const QStringList &these : rule.all)
                patterns.add(these);
            patterns.add(rule.independentOf);
            patterns.add(rule.through);
        }
        return patterns;
    }

    [[nodiscard]] Marks marksOf(const QStringList &patterns) const
    {
        PatternSet set;
        set.add(patterns);
        return set.marks(m_scan.permissions());
    }

    void note(const AccessRule &rule, const QString &why) { m_out.notes.append(rule.id + QStringLiteral(": ") + why); }

    void ready(const AccessRule &rule)
    {
        ReadyRule one{&rule, {}, marksOf(rule.independentOf), marksOf(rule.through), {}, {}, 0, 0, 0};
        QList<std::pair<QStringList, Marks>> needed;
        for (const QStringList &patterns : rule.all) {
            one.all.push_back(marksOf(patterns));
            needed.append({patterns, one.all.back()});
        }
        if (!rule.through.isEmpty())
            needed.append({rule.through, one.through});
        for (const auto &[patterns, marks] : needed) {
            if (std::ranges::contains(marks, true) || !m_scan.knowsCatalogue())
                continue;
            const QString names = patterns.first(std::min<qsizetype>(patterns.size(), 3)).join(QStringLiteral(" or "));
            note(rule,
                 m_input.isCatalogueWhole
                     ? QStringLiteral("not judged, for the organisation has no permission %1").arg(names)
                     : QStringLiteral("not judged, for the catalogue of permissions was not read whole, and what was read of it has no %1")
                           .arg(names));
            m_out.notJudged.append(rule.id);
            return;
        }
        one.atRisk.resize(m_risk.size());
        for (size_t i = 0; i < m_risk.size(); ++i)
            one.atRisk[i] = m_risk[i] && *m_risk[i] >= rule.risk;
        ++m_out.applied;
        m_ready.push_back(std::move(one));
    }

    Bearer bearerOf(const Subject &subject)
    {
        Bearer bearer{subject, m_scan.of(subject), Marks(m_risk.size())};
        for (const RightsScan::Right &right : bearer.rights.list)
            bearer.isFree[static_cast<size_t>(right.permission)] = isFree(right);
        return bearer;
    }

    static bool isFree(const RightsScan::Right &right) { return !right.isConditional && !right.mayBeDenied; }
    static bool isMarked(const Marks &marks, const RightsScan::Right &right) { return marks[static_cast<size_t>(right.permission)]; }

    /// What groups and clients would give; only where a rule asks.
    void readPrizes()
    {
        for (const auto &[target, kind] :
             {std::pair(CheckTarget::Group, SubjectKind::Group), {CheckTarget::Client, SubjectKind::OAuthClient}}) {
            if (std::ranges::none_of(
                    m_ready, [&](const ReadyRule &one) { return one.rule->kind == CheckKind::Escalation && one.rule->target == target; }))
                continue;
            for (const Subject &subject : m_input.resolver.subjects()) {
                if (subject.kind != kind)
                    continue;
                Prize prize{subject, {}};
                for (const RightsScan::Rights rights = m_scan.of(subject); const RightsScan::Right &right : rights.list) {
                    if (m_risk[static_cast<size_t>(right.permission)])
                        prize.permissions.push_back(right.permission);
                }
                if (!prize.permissions.empty())
                    m_prizes[target].push_back(std::move(prize));
            }
        }
    }

    void readRisk(const Bearer &bearer)
    {
        SubjectRisk risk{bearer.subject, Severity::Low, {}, true, isActive(bearer.subject)};
        bool isAny = false;
        for (const RightsScan::Right &right : bearer.rights.list) {
            const std::optional<Severity> severity = m_risk[static_cast<size_t>(right.permission)];
            if (!severity)
                continue;
            if (!isAny || *severity > risk.severity) {
                risk.severity = *severity;
                risk.isConditional = true;
            }
            isAny = true;
            ++risk.permissions[*severity];
            risk.isConditional = risk.isConditional && (*severity < risk.severity || !isFree(right));
        }
        if (isAny)
            m_out.risks.append(std::move(risk));
    }

    void sortRisks()
    {
        std::ranges::stable_sort(m_out.risks, [](const SubjectRisk &left, const SubjectRisk &right) {
            return std::pair(left.severity, left.permissions.value(left.severity))
                > std::pair(right.severity, right.permissions.value(right.severity));
        });
        m_out.riskCount = m_out.risks.size();
        m_out.risks.resize(std::min(m_out.risks.size(), MostSubjects));
    }

    // ---- rules -----------------------------------------------------------------------------------------------------------------

    [[nodiscard]] static bool concerns(const AccessRule &rule, const Subject &subject)
    {
        return rule.subjects.contains(subject.kind) && std::ranges::none_of(rule.except, [&](const QString &glob) {
                   return subject.id == glob || globMatches(glob, subject.name, Qt::CaseInsensitive);
               });
    }

    [[nodiscard]] bool isActive(const Subject &subject) const
    {
        if (subject.kind != SubjectKind::User)
            return true;
        const auto state = m_input.users.constFind(subject.id);
        return state == m_input.users.constEnd() ? !m_input.areUsersWhole : state->isActive;
    }

    /// What access policies may take away counts all the same: whether they do is not known, and a finding says so.
    [[nodiscard]] static bool counts(const AccessRule &rule, const RightsScan::Right &right)
    {
        return rule.isConditionalEnough || !right.isConditional;
    }

    /// @param stars as of RightsScan::proof()
    void prove(FindingSubject &found, const RightsScan::Right &right, bool withProof, int stars = 0)
    {
        ++found.proofCount;
        if (!withProof || found.proof.size() >= MostProofs)
            return;
        RightsScan::Proof proof = m_scan.proof(found.subject, right.permission, MostProofPaths, stars);
        found.proof.append({m_scan.permissions()[right.permission], std::move(proof.paths), proof.count, !isFree(right),
                            right.mayBeDenied ? std::move(proof.denied) : QList<Access::Denial>()});
    }

    [[nodiscard]] std::optional<FindingSubject> fitting(const ReadyRule &one, const Bearer &bearer, bool withProof)
    {
        switch (one.rule->kind) {
        case CheckKind::Combination:
        case CheckKind::SoleHolder: return combination(one, bearer, withProof);
        case CheckKind::Dormant: return strong(one, bearer, withProof);
        case CheckKind::Wildcard: return wildcard(one, bearer, withProof);
        case CheckKind::Escalation: return escalation(one, bearer, withProof);
        }
        return std::nullopt;
    }

    void judge(ReadyRule &one, const Bearer &bearer, qsizetype place)
    {
        const bool isOfActive = one.rule->kind == CheckKind::SoleHolder || one.rule->kind == CheckKind::Dormant;
        if (!concerns(*one.rule, bearer.subject) || (isOfActive && !isActive(bearer.subject)) || !fitting(one, bearer, false))
            return;
        if (one.rule->kind == CheckKind::Dormant) {
            const SubjectState state = m_input.users.value(bearer.subject.id);
            const QDateTime last = state.lastSignInUtc;
            const bool isRecent = state.signedInSinceUtc.isValid() && state.signedInSinceUtc.daysTo(m_input.atUtc) <= one.rule->days;
            if (!last.isValid() && !isRecent)
                ++one.unknown;
            if (!last.isValid() || last.daysTo(m_input.atUtc) <= one.rule->days)
                return;
        }
        ++one.count;
        if (one.found.size() < MostSubjects)
            one.found.append(place);
        one.independent
            += std::ranges::none_of(bearer.rights.list, [&](const auto &right) { return isMarked(one.independentOf, right); }) ? 1 : 0;
    }

    void conclude(const ReadyRule &one)
    {
        const AccessRule &rule = *one.rule;
        if (one.unknown > 0)
            note(rule, QStringLiteral("of %1 subjects it is not known when they last signed in").arg(one.unknown));
        if (rule.kind == CheckKind::SoleHolder ? one.independent >= rule.fewest : one.count == 0)
            return;
        AccessFinding finding{rule.id, rule.title, rule.advice, rule.severity, rule.kind, {}, one.count};
        for (const qsizetype place : one.found) {
            const Bearer bearer = bearerOf(m_input.resolver.subjects()[place]);
            std::optional<FindingSubject> found = fitting(one, bearer, true);
            if (!found)
                continue;
            if (rule.kind == CheckKind::Dormant)
                found->lastSignInUtc = m_input.users.value(bearer.subject.id).lastSignInUtc;
            describe(*found);
            finding.subjects.append(*std::move(found));
        }
        m_out.findings.append(std::move(finding));
    }

    /// What is to be known of somebody before they are asked about it.
    void describe(FindingSubject &found)
    {
        const RightsScan::Standing standing = m_scan.standing(found.subject);
        found.isActive = isActive(found.subject);
        found.notes = standing.notes;
        found.caveats = standing.caveats;
        found.caveats.removeIf([this](const QString &caveat) { return m_told.contains(caveat); });
        if (standing.isCaptured || found.subject.kind == SubjectKind::TrusteeUser || found.subject.kind == SubjectKind::TrusteeGroup)
            return;
        if (found.subject.kind == SubjectKind::User && m_input.areUsersWhole)
            found.notes.append(
                QStringLiteral("No captured user has this id, though all were read: an account that is deleted, or not a user's."));
        else
            found.caveats.append(QStringLiteral("It is named by a grant or a membership, but was not captured itself."));
    }

    /// Everything that fits one list or more, if something fits each; conditional where one of the lists is only held so.
    [[nodiscard]] std::optional<FindingSubject> combination(const ReadyRule &one, const Bearer &bearer, bool withProof)
    {
        FindingSubject found;
        found.subject = bearer.subject;
        Marks isMet(one.all.size()), isFreelyMet(isMet);
        for (const RightsScan::Right &right : bearer.rights.list) {
            for (size_t i = 0; i < one.all.size(); ++i) {
                if (counts(*one.rule, right) && isMarked(one.all[i], right)) {
                    isMet[i] = true;
                    isFreelyMet[i] = isFreelyMet[i] || isFree(right);
                }
            }
        }
        if (isMet.empty() || std::ranges::contains(isMet, false))
            return std::nullopt;
        for (const RightsScan::Right &right : bearer.rights.list) {
            if (counts(*one.rule, right) && std::ranges::any_of(one.all, [&](const Marks &marks) { return isMarked(marks, right); }))
                prove(found, right, withProof);
        }
        found.isConditional = std::ranges::contains(isFreelyMet, false);
        return found;
    }

    /// Everything that is at the rule's risk.
    [[nodiscard]] std::optional<FindingSubject> strong(const ReadyRule &one, const Bearer &bearer, bool withProof)
    {
        return proven(one, bearer, withProof, one.atRisk, 0);
    }

    [[nodiscard]] std::optional<FindingSubject> wildcard(const ReadyRule &one, const Bearer &bearer, bool withProof)
    {
        return proven(one, bearer, withProof, one.atRisk, one.rule->stars);
    }

    [[nodiscard]] std::optional<FindingSubject> proven(const ReadyRule &one, const Bearer &bearer, bool withProof, const Marks &marks,
                                                       int stars)
    {
        FindingSubject found;
        found.subject = bearer.subject;
        found.isConditional = true;
        for (const RightsScan::Right &right : bearer.rights.list) {
            if (!isMarked(marks, right) || (stars > 0 ? right.stars < stars : !counts(*one.rule, right)))
                continue;
            prove(found, right, withProof, stars);
            found.isConditional = found.isConditional && !isFree(right);
        }
        return found.proofCount > 0 ? std::optional(std::move(found)) : std::nullopt;
    }

    [[nodiscard]] std::optional<FindingSubject> escalation(const ReadyRule &one, const Bearer &bearer, bool withProof)
    {
        std::optional<FindingSubject> found = proven(one, bearer, withProof, one.through, 0);
        if (!found)
            return found;
        // What is held under a condition only can still be gained without it.
        const auto lacks = [&](qsizetype permission) {
            return one.atRisk[static_cast<size_t>(permission)] && !bearer.isFree[static_cast<size_t>(permission)];
        };
        const auto way = [&](const QString &id, const QString &name, const auto &permissions) {
            const bool isListed = withProof && found->ways.size() < MostTargets;
            FindingSubject::Way gains{id, name, {}, 0};
            for (const qsizetype permission : permissions) {
                if (!lacks(permission))
                    continue;
                if (!isListed) {
                    gains.gainCount = 1;
                    break;
                }
                if (++gains.gainCount <= MostProofs)
                    gains.gains.append(m_scan.permissions()[permission]);
            }
            found->wayCount += gains.gainCount > 0 ? 1 : 0;
            if (isListed && gains.gainCount > 0)
                found->ways.append(std::move(gains));
        };
        switch (one.rule->target) {
        case CheckTarget::Itself: way(bearer.subject.id, bearer.subject.name, everything()); break;
        case CheckTarget::Role:
            for (const auto &[name, id] : bearer.rights.roles) {
                way(id, name, everything());
                if (!withProof && found->wayCount > 0)
                    break;
            }
            break;
        case CheckTarget::Group:
        case CheckTarget::Client:
            for (const Prize &prize : m_prizes[one.rule->target]) {
                if (prize.subject == bearer.subject)
                    continue;
                way(prize.subject.id, prize.subject.name, prize.permissions);
                if (!withProof && found->wayCount > 0)
                    break;
            }
            break;
        }
        return found->wayCount > 0 ? found : std::nullopt;
    }

    /// Every permission that this organisation has at any risk.
    const std::vector<qsizetype> &everything()
    {
        if (m_everything.empty()) {
            for (qsizetype i = 0; i < m_scan.permissions().size(); ++i) {
                if (!m_scan.permissions()[i].contains(u'*'))
                    m_everything.push_back(i);
            }
        }
        return m_everything;
    }

    const AccessRules &m_rules;
    const AccessInput &m_input;
    PatternSet m_wanted;
    RightsScan m_scan;
    AccessCheck m_out;
    QSet<QString> m_told; // caveats that are said of everybody
    std::vector<std::optional<Severity>> m_risk; // of each permission
    std::vector<ReadyRule> m_ready;
    std::map<CheckTarget, std::vector<Prize>> m_prizes;
    std::vector<qsizetype> m_everything;
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
    return Check(rules, input, only).run(only);
}

} // namespace Orgtrace::Policy
