#pragma once

#include "access/model.h"
#include "policy/policy.h"

#include <QList>
#include <QString>

#include <vector>

namespace Orgtrace::Policy {

/// How bad it is to hold a permission. The first row that fits a permission decides.
struct PermissionRisk {
    Severity severity = Severity::Low;
    QStringList patterns; ///< "authorization:grant:*"; each part may be *
};

/// One [[rule]] about who holds what (docs/formats/access-rules.md).
struct AccessRule {
    enum class Kind {
        Combination, ///< one subject holds something of each of `all`
        SoleHolder, ///< fewer than `fewest` hold something of each of `all`, or fewer than that without anything of `independentOf`
        Dormant, ///< someone at `risk` who has not signed in for `days`
        Wildcard, ///< a permission at `risk` by a policy line with at least `stars` parts that are *, without a condition
        Escalation ///< someone may take what they do not hold, by way of `target`
    };
    enum class Target { Itself, Role, Group, Client };
    QString id, title, advice;
    Severity severity = Severity::Low;
    Kind kind = Kind::Combination;
    QList<Access::SubjectKind> subjects;
    QStringList except; ///< globs over names, or ids
    bool isConditionalEnough = true; ///< false: only what is held without a condition counts
    QList<QStringList> all; ///< of Combination and SoleHolder: patterns; one of each list must be held
    QStringList independentOf; ///< of SoleHolder
    int fewest = 2; ///< of SoleHolder
    int days = 90; ///< of Dormant
    int stars = 2; ///< of Wildcard
    Severity risk = Severity::Critical; ///< of Dormant, Wildcard, Escalation: from here up
    Target target = Target::Itself; ///< of Escalation
    QStringList through; ///< of Escalation: patterns of the right that opens the way
};
[[nodiscard]] QString accessRuleKindName(AccessRule::Kind kind); ///< "combination", "sole-holder", "dormant", "wildcard", "escalation"

/// What one file of rules brought: so that nobody has to trust that the rules are the shipped ones.
struct AccessRuleSource {
    QString name;
    QByteArray sha256; ///< of the file, in hex
    QStringList rules; ///< ids that are new with it
    QStringList replaced; ///< ids of earlier files that it says otherwise
    QStringList switchedOff; ///< ids that it takes away
    QStringList sets; ///< names of earlier files' sets that it says otherwise
    qsizetype risks = 0; ///< rows of [[risk]]
};

struct AccessRules {
    std::vector<AccessRule> rules; ///< worst first, then by id
    QList<PermissionRisk> risks; ///< the user's before the shipped ones
    QList<AccessRuleSource> sources = {}; ///< as they were read
    std::optional<bool> arePoliciesEnforced = {}; ///< `policies-enforced`, of the last file that says it; nothing: not known
    /// None: no row fits. Of a wildcard the worst of what it covers: of the rows that cover a part of it, up to the first that covers all of it.
    [[nodiscard]] std::optional<Severity> riskOf(const QString &permission) const;
};

/// A file of rules with its name.
struct AccessRuleFile {
    QString name;
    QByteArray toml;
};
[[nodiscard]] AccessRuleFile shippedAccessRules();
/// Later files go before earlier ones: a set or a rule of the same name or id is replaced, for the rules of every file; `enabled = false` takes a rule away; risks are
/// looked up in the later file first. Errors: BadInput (where = "file:line", detail says the mistake and the cure), TooLarge.
[[nodiscard]] Result<AccessRules> readAccessRules(const QList<AccessRuleFile> &files);

} // namespace Orgtrace::Policy
