#include "access/resolver_p.h"

#include <algorithm>

// Access policies: what of them takes away what from whom.
namespace Orgtrace::Access {

namespace {

constexpr qsizetype PoliciesNamedAtMost = 20;
constexpr qsizetype DescentAtMost = 5'000'000; // steps into containers inside containers, over all policies

bool isTarget(const QString &target)
{
    const QStringList parts = target.split(u':');
    return parts.size() == 3
        && std::ranges::all_of(parts, [](const QString &part) { return part == u"*" || (!part.isEmpty() && !part.contains(u'*')); });
}

QString policyLabel(const AccessPolicy &policy)
{
    return policy.name.isEmpty() ? policy.id : policy.name;
}

} // namespace

bool isDenied(const QList<Denial> &denials)
{
    return std::ranges::any_of(denials, [](const Denial &denial) { return !denial.conditional; });
}

void Resolver::Private::readPolicies(const Facts &facts)
{
    using Whom = AccessPolicy::Whom;
    QHash<uint32_t, std::vector<uint32_t>> inside; // containers in a container; only where policies need it
    bool isInsideKnown = false, isCut = false;
    qsizetype steps = 0;
    QStringList misunderstood, unseen;
    if (policiesSeen == PoliciesSeen::NotAsked) {
        notes.append(QStringLiteral(
            "Access policies were not captured: where the organisation enforces them, they may take away what roles grant."));
    }
    qsizetype idle = 0; // known to be enforced by nobody
    for (const AccessPolicy &policy : facts.policies) {
        if (!policy.active || policy.effect == AccessPolicy::Effect::Allow) {
            continue;
        }
        if (facts.arePoliciesEnforced == false) {
            ++idle;
            continue;
        }
        const auto target = isTarget(policy.target) ? roles.addWords(policy.target) : std::nullopt;
        if (!target) {
            misunderstood.append(policyLabel(policy));
            continue;
        }
        DenyRule rule{.words = {policy.id, policyLabel(policy), policy.target, false, policy.unclear},
                      .target = *target,
                      .isForClients = policy.appliesToClients || policy.whom == Whom::Unclear};
        if (policy.conditional) {
            rule.words.why.append(QStringLiteral("It has a condition, which is recorded and not evaluated."));
        }
        if (!facts.arePoliciesEnforced) {
            rule.words.why.append(QStringLiteral("Whether the organisation enforces access policies is not known."));
        }
        if (policy.effect == AccessPolicy::Effect::Unclear) {
            rule.words.why.append(QStringLiteral("Whether it allows or denies is not understood."));
        }
        if (policy.whom == Whom::Unclear) {
            rule.words.why.append(QStringLiteral("Whom it concerns is not understood."));
        }
        rule.words.conditional = !rule.words.why.isEmpty();
        const auto number = static_cast<uint32_t>(denyRules.size());
        denyRules.push_back(std::move(rule));

        const auto attach = [&](SubjectKind kind, uint8_t doubt) {
            const uint32_t *at = find(kind, policy.subjectId);
            if (at) {
                denyAt[*at].push_back({number, doubt});
            }
            return at;
        };
        switch (policy.whom) {
        case Whom::All:
        case Whom::Unclear: denyAll.push_back(number); break;
        case Whom::Client: attach(SubjectKind::OAuthClient, DenyRef::Certain); break;
        case Whom::User:
            attach(SubjectKind::User, DenyRef::Certain);
            attach(SubjectKind::TrusteeUser, DenyRef::ByKind);
            attach(SubjectKind::Unknown, DenyRef::ByKind);
            break;
        case Whom::Group:
        case Whom::Team: {
            const SubjectKind kind = policy.whom == Whom::Group ? SubjectKind::Group : SubjectKind::Team;
            const uint32_t *top = attach(kind, DenyRef::Certain);
            if (!top || !nodes[*top].seen || !nodes[*top].membersKnown) {
                unseen.append(
                    QStringLiteral(
                        "The members of %1 “%2”, to whom access policy “%3” denies %4, were not seen: whoever is in it is denied that.")
                        .arg(subjectKindName(kind), top ? label(nodes[*top].self) : policy.subjectId, policyLabel(policy), policy.target));
            }
            if (!top) {
                break;
            }
            if (!isInsideKnown) {
                isInsideKnown = true;
                for (uint32_t at = 0; at < nodes.size(); ++at) {
                    if (isContainer(nodes[at].self.kind)) {
                        for (const uint32_t parent : containersOf(at)) {
                            inside[parent].push_back(at);
                        }
                    }
                }
            }
            std::vector<uint32_t> within{*top};
            QSet<uint32_t> known{*top};
            for (size_t i = 0; i < within.size() && !isCut; ++i) {
                const auto those = inside.constFind(within[i]);
                if (those == inside.constEnd()) {
                    continue;
                }
                for (const uint32_t inner : *those) {
                    isCut = ++steps > DescentAtMost;
                    if (isCut) {
                        break;
                    }
                    if (!known.contains(inner)) {
                        known.insert(inner);
                        within.push_back(inner);
                        denyAt[inner].push_back({number, DenyRef::ByNesting});
                    }
                }
            }
        } break;
        }
    }
    if (idle > 0) {
        notes.append(QStringLiteral("%1 access policies that deny are left out: this organisation is said not to enforce them.").arg(idle));
    }
    if (!misunderstood.isEmpty()) {
        const auto named = misunderstood.first(std::min(misunderstood.size(), PoliciesNamedAtMost));
        caveats.append(
            QStringLiteral("%1 access policies exist whose target is not understood (%2%3): where the organisation enforces them, they can "
                           "deny what is listed.")
                .arg(QString::number(misunderstood.size()), named.join(u", "),
                     named.size() < misunderstood.size() ? QStringLiteral(", …") : QString()));
    }
    if (const qsizetype all = unseen.size(); all > PoliciesNamedAtMost) {
        unseen.resize(PoliciesNamedAtMost);
        unseen.append(QStringLiteral("%1 more access policies deny something to groups and teams whose members were not seen.")
                          .arg(all - PoliciesNamedAtMost));
    }
    kindCaveats[SubjectKind::User] += unseen;
    if (isCut) {
        caveats.append(QStringLiteral(
            "Access policies for groups and teams that are nested in too many ways to follow: what is listed may be denied."));
    }
}

std::vector<DenyRef> Resolver::Private::denyRefs(uint32_t subject) const
{
    std::vector<DenyRef> refs;
    if (denyRules.empty()) {
        return refs;
    }
    const SubjectKind kind = nodes[subject].self.kind;
    const bool isForeign = kind != SubjectKind::User && kind != SubjectKind::OAuthClient && !isContainer(kind);
    for (const uint32_t rule : denyAll) {
        if (kind != SubjectKind::OAuthClient || denyRules[rule].isForClients) {
            refs.push_back({rule, isForeign ? DenyRef::ByKind : DenyRef::Certain});
        }
    }
    const auto add = [&](uint32_t at) {
        if (const auto those = denyAt.constFind(at); those != denyAt.constEnd()) {
            refs.insert(refs.end(), those->begin(), those->end());
        }
    };
    add(subject);
    if (!isContainer(kind)) { // what a container is inside of is with it already, as doubtful
        for (const uint32_t container : containersOf(subject)) {
            add(container);
        }
    }
    std::ranges::sort(refs);
    const auto rest = std::ranges::unique(refs, {}, &DenyRef::rule);
    refs.erase(rest.begin(), rest.end());
    return refs;
}

QList<Denial> Resolver::Private::denials(const std::vector<DenyRef> &refs, const RoleTable::Words &permission) const
{
    QList<Denial> all;
    for (const DenyRef &ref : refs) {
        const DenyRule &rule = denyRules[ref.rule];
        const bool isWhole = rule.target.covers(permission);
        if (!isWhole && !(permission.hasWildcard() && rule.target.meets(permission))) {
            continue;
        }
        Denial denial = rule.words;
        if (!isWhole) {
            denial.why.append(QStringLiteral("It concerns a part only of what this wildcard covers."));
        }
        if (ref.doubt == DenyRef::ByNesting) {
            denial.why.append(QStringLiteral("It concerns members of a group or team inside another only if it reaches through that."));
        }
        if (ref.doubt == DenyRef::ByKind) {
            denial.why.append(QStringLiteral("Whether it concerns subjects of this kind is not known."));
        }
        denial.conditional = !denial.why.isEmpty();
        all.append(std::move(denial));
    }
    std::ranges::stable_partition(all, [](const Denial &denial) { return !denial.conditional; });
    return all;
}

} // namespace Orgtrace::Access
