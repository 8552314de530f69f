#pragma once

#include "policy/accessrules.h"

#include <QDateTime>

namespace Orgtrace::Policy {

/// What is known of a user besides rights.
struct SubjectState {
    bool isActive = true;
    QDateTime lastSignInUtc; ///< invalid: not known
    QDateTime signedInSinceUtc = {}; ///< where it is not: they signed in at this time or later; invalid: not known either
};

/// What a check is made over. Borrows the resolver.
struct AccessInput {
    const Access::Resolver &resolver;
    QHash<QString, SubjectState> users; ///< by id; who is not there counts as active, last sign-in unknown
    QDateTime atUtc; ///< when the snapshot was observed: dormancy counts back from here
    bool areUsersWhole = false; ///< every user was read: who is not among them is no active user
    bool isCatalogueWhole = true; ///< false: there are permissions that the captured catalogue does not name, and wildcards cover them
};

/// A permission that is held, and how: the proof.
struct HeldProof {
    QString permission;
    QList<Access::AccessPath> paths; ///< without a condition first; at most MostProofPaths
    qsizetype pathCount = 0;
    bool isConditional = false; ///< only by paths with a condition, or an access policy may take it away
    QList<Access::Denial> denied = {}; ///< access policies that may
    friend bool operator==(const HeldProof &, const HeldProof &) = default;
};

struct FindingSubject {
    Access::Subject subject;
    bool isConditional = false; ///< something that it rests on is only held under a condition
    QList<HeldProof> proof; ///< sorted by permission; at most MostProofs
    qsizetype proofCount = 0;
    /// Of an escalation: by way of whom or what, and what would be taken; at most MostTargets and MostProofs.
    struct Way {
        QString id, name;
        QStringList gains;
        qsizetype gainCount = 0;
        friend bool operator==(const Way &, const Way &) = default;
    };
    QList<Way> ways;
    qsizetype wayCount = 0;
    QDateTime lastSignInUtc; ///< of a dormant one
    bool isActive = true; ///< false: a user of another state, or one who is not among the users although all were read
    QStringList notes = {}; ///< what is known of the subject and bears on it, such as its state
    QStringList caveats = {}; ///< what was not seen of it; not what AccessCheck::caveats says already
    friend bool operator==(const FindingSubject &, const FindingSubject &) = default;
};

struct AccessFinding {
    QString rule, title, advice;
    Severity severity = Severity::Low;
    AccessRule::Kind kind = AccessRule::Kind::Combination;
    QList<FindingSubject> subjects; ///< by kind, then name, then id; at most MostSubjects. Empty of a sole holder: nobody
    qsizetype subjectCount = 0;
};

/// A subject and the worst that it may do.
struct SubjectRisk {
    Access::Subject subject;
    Severity severity = Severity::Low;
    QHash<Severity, qsizetype> permissions; ///< how many of each
    bool isConditional = false; ///< everything of the worst kind is only held under a condition
    bool isActive = true; ///< as of a FindingSubject
};

struct AccessCheck {
    QList<AccessFinding> findings; ///< worst first, then by rule
    QList<SubjectRisk> risks; ///< worst first, then more of the worst, then by subject; at most MostSubjects
    qsizetype riskCount = 0;
    QStringList notes; ///< rules that could not be judged, and why; and what else is to be known of one
    QStringList caveats; ///< what was not seen: where there are any, a rule without a finding says little
    QStringList notJudged = {}; ///< ids of rules that were not judged: no finding of them says nothing
    qsizetype applied = 0; ///< rules that were judged
    QList<AccessRuleSource> sources = {}; ///< where the rules are from
};

inline constexpr qsizetype MostProofPaths = 5, MostProofs = 20, MostTargets = 20, MostSubjects = 1000;

/// Applies rules to the rights of one snapshot. Pure, deterministic; only the permissions that rules or risks name are looked at. What access policies deny for
/// certain is not held; what they may deny is held under a condition.
/// @param only the id of one rule; empty: all. Errors: NotFound (no rule of that id).
[[nodiscard]] Result<AccessCheck> checkAccess(const AccessRules &rules, const AccessInput &input, const QString &only = {});

} // namespace Orgtrace::Policy
