#pragma once

#include "base/error.h"

#include <QHash>
#include <QList>
#include <QSet>
#include <QString>
#include <QStringList>

#include <limits>
#include <memory>
#include <optional>
#include <utility>

/// Effective permissions as a pure computation over plain values: no store, no JSON, no I/O. AccessModel (access.h) reads a snapshot
/// into Facts; tests and other sources may build Facts themselves.
/// Source: requirements 4.2, 4.9; API section 5.
namespace Orgtrace::Access {

struct Division;
struct RoleContent;

enum class SubjectKind { User, Group, Team, OAuthClient, TrusteeUser, TrusteeGroup, Unknown };
[[nodiscard]] QString subjectKindName(SubjectKind kind); ///< "user", "group", "team", "oauth-client" …
/// "PC_USER", "PC_GROUP", "PC_TEAM", "PC_OAUTH_CLIENT", "PC_TRUSTEE_USER", "PC_TRUSTEE_GROUP"; Unknown for anything else.
[[nodiscard]] SubjectKind subjectKindFromApi(const QString &type);

struct Subject {
    QString id, name;
    SubjectKind kind = SubjectKind::Unknown;
    friend bool operator==(const Subject &, const Subject &) = default;
};

/// How a permission is held: subject → (containers →) grant of a role in a division → policy line.
struct AccessPath {
    SubjectKind via = SubjectKind::User; ///< User: direct, whatever the subject's own kind; Group or Team: through that container
    QString containerId, containerName; ///< the group or team that has the grant; empty for direct
    QString roleId, roleName;
    QString divisionId, divisionName; ///< "*": all divisions; empty: the grant names none
    QString policy; ///< as the role says it: "authorization:grant:*"
    bool conditional = false; ///< the role's policy has a condition: recorded, not evaluated
    bool synthetic = false; ///< a team grant, which the real platform does not have
    bool divisionAware = true; ///< false: the division of the grant does not matter; true also where that is not known, see divisionUnclear
    bool defaultRole = false; ///< the role is one the platform ships, e.g. the employee role
    /// From the container that has the grant to the one that the subject is a member of; one where nothing is nested, none for direct.
    QList<Subject> containers = {};
    bool divisionUnclear
        = false; ///< no catalogue says whether divisions matter to this permission: it may be held outside the grant's division, too
    /// Through a container inside a container. The platform is said not to nest them: worth a word wherever it is shown.
    [[nodiscard]] bool isNested() const { return containers.size() > 1; }
    friend bool operator==(const AccessPath &, const AccessPath &) = default;
};

/// An access policy that takes away what roles grant.
struct Denial {
    QString policyId, policyName;
    QString target; ///< as the policy says it: "routing:queue:*"
    bool conditional = false; ///< whether it takes effect is not known: see why
    QStringList why; ///< of conditional: a sentence each
    friend bool operator==(const Denial &, const Denial &) = default;
};
/// At least one of them without a condition.
[[nodiscard]] bool isDenied(const QList<Denial> &denials);

struct EffectivePermission {
    QString domain, entityType, action; ///< "*" where a wildcard could not be expanded (then a caveat says so)
    QList<AccessPath> paths; ///< direct first, then by container name; also of what is denied
    QList<Denial> denied
        = {}; ///< access policies that take it away: for certain first. Not held where isDenied(denied); else held under a condition
    qsizetype morePaths = 0; ///< that are not listed, for more were found than asked for
    [[nodiscard]] QString permission() const { return domain + u':' + entityType + u':' + action; }
};

/// A role in a division that a subject holds, by whatever way; also one that allows nothing.
struct HeldGrant {
    QString roleId, roleName;
    QString divisionId, divisionName; ///< "*": all divisions; empty: the grant names none
    bool synthetic = false; ///< only by team grants, which the real platform does not have
    friend bool operator==(const HeldGrant &, const HeldGrant &) = default;
};

/// What a subject may do, merged over every layer, and what is not known about it.
struct EffectiveAccess {
    Subject subject;
    QList<EffectivePermission> permissions; ///< sorted
    QStringList roles; ///< names, distinct, sorted
    QList<Subject> containers; ///< groups and teams the subject is in
    QStringList caveats; ///< domains not seen, roles without a definition, unexpanded wildcards: never silently empty
    QStringList notes; ///< what is known and bears on it: inactive, roles not enabled, policies not captured
    QList<HeldGrant> grants = {}; ///< distinct, by id of the role, then of the division
};

/// The answer to "could they?", with its proof or the nearest misses.
struct Verdict {
    enum class Answer {
        Yes, ///< at least one path without a condition reaches where was asked
        Conditional, ///< only paths with a condition, or a policy that may deny: both are recorded and not evaluated
        No, ///< and everything that could say otherwise was seen; or an access policy denies it, where policies are known to be enforced
        NotSeen ///< no path was seen, but not everything was: see caveats
    };
    /// What comes nearest, nearest first.
    struct Miss {
        enum class Kind {
            Denied, ///< roles grant it there, and an access policy takes it away
            UnknownDivision, ///< a grant that names no division
            UnclearDivision, ///< held, but not there, and nothing says whether divisions matter to it
            OtherDivision, ///< held, but not there
            RolesNotEnabled, ///< a group or team whose grants do not reach its members
            OtherAction ///< another action on the same entity
        } kind
            = Kind::OtherDivision;
        QList<AccessPath> paths;
        QStringList permissions; ///< of OtherAction: what is held instead
    };
    Answer answer = Answer::No;
    Subject subject;
    QList<AccessPath> paths; ///< the proof of Yes and Conditional; unconditional ones first
    QList<Denial> denied = {}; ///< access policies that speak against it: for certain first
    QList<Miss> misses; ///< empty where the answer is Yes
    QStringList rolesWithIt; ///< names of the roles that allow it, held or not; sorted, at most 50
    QStringList caveats; ///< what is not known about the subject
    QStringList notes; ///< what is known and bears on it: inactive, roles not enabled, policies not captured
};

/// Somebody who holds what was asked for.
struct Holder {
    Subject subject;
    /// Yes, Conditional, No: roles grant it, and access policies deny all of it; or NotSeen: only by grants that name no division, or elsewhere where nothing
    /// says whether divisions matter.
    Verdict::Answer answer = Verdict::Answer::Yes;
    QList<EffectivePermission> permissions; ///< those that fit the question, with what denies them; sorted
    QStringList caveats, notes; ///< as of a Verdict
    bool isInactive = false; ///< a user whose state is not active
    qsizetype morePermissions = 0; ///< that are not listed, for more were found than asked for
};
/// How much proof is wanted of each holder. The answer is always over everything.
struct HolderLimits {
    qsizetype permissions = std::numeric_limits<qsizetype>::max();
    qsizetype paths = std::numeric_limits<qsizetype>::max(); ///< of each permission
};

// -- what is known, as plain values -------------------------------------------------------------------------------------------

struct PolicyLine {
    QString domain, entity;
    QStringList actions; ///< "*" is every action
    bool conditional = false;
};

struct RoleDefinition {
    QString id, name;
    QList<PolicyLine> lines;
    QStringList legacy; ///< flat "domain:entity:action"; counts only where no line covers it
    bool isDefault = false;
    int unreadable = 0; ///< entries that could not be read: what they allow is not known
};

struct Grant {
    SubjectKind subjectKind = SubjectKind::Unknown;
    QString subjectId;
    QString roleId, roleName; ///< the name only where the grant itself gives one
    QString divisionId; ///< "*": all divisions; empty: not named
    QString inheritedFrom; ///< a group's or team's id where the platform lists an inherited grant under the subject; else empty
    bool synthetic = false;
};

/// A group or team: who is in it, and whether its grants reach them.
struct Container {
    Subject self;
    bool rolesEnabled = true;
    bool membersKnown = true; ///< false: the list of members was not captured
    QStringList members; ///< ids of users, groups or teams; duplicates, circles and unknown ids are harmless
};

/// A rule above the roles. ALLOW grants nothing by itself: roles must allow as well. DENY wins over every role.
struct AccessPolicy {
    enum class Effect { Allow, Deny, Unclear };
    enum class Whom { User, Client, Group, Team, All, Unclear };
    QString id, name;
    Effect effect = Effect::Unclear;
    bool active = false; ///< false: saved, and neither checked nor enforced
    Whom whom = Whom::Unclear;
    QString subjectId; ///< of User, Client, Group and Team
    QString target; ///< "domain:entity:action", each part may be "*"; of any other form it is told in a caveat
    bool conditional = false;
    bool appliesToClients = false; ///< whether All means OAuth clients as well
    QStringList unclear = {}; ///< what of it was not understood, a sentence each: then it is one that may deny
};

struct CataloguePermission {
    QString domain, entityType, action;
    bool divisionAware = true;
    bool isAwarenessKnown = true; ///< false: the catalogue does not say whether divisions matter
};

/// What is known of the organisation's access policies.
enum class PoliciesSeen {
    Yes, ///< all there are, also where there are none
    NotAsked, ///< the capture's profile did not ask for them
    NotRead ///< asked for and not read: a caveat says so
};
[[nodiscard]] QString policiesSeenName(PoliciesSeen seen); ///< "captured", "not-captured", "not-read"

struct Facts {
    QList<Subject> subjects; ///< users and clients; containers are added from their own list
    QList<Container> containers;
    QList<RoleDefinition> roles;
    QList<Grant> grants;
    QHash<QString, QString> divisionNames;
    QHash<QString, QString> unlistedNames; ///< user id → name that only a membership or grant gives
    QHash<QString, QString> emails; ///< user id → e-mail address, for findSubject()
    QList<AccessPolicy> policies = {};
    PoliciesSeen policiesSeen = PoliciesSeen::Yes;
    /// Whether the organisation enforces access policies, which no call of the API tells. Not known: then every denial is one that may take effect.
    std::optional<bool> arePoliciesEnforced = {};
    QList<CataloguePermission> catalogue; ///< what wildcards expand to, besides permissions that roles name literally
    bool isCatalogueWhole = true; ///< false: there may be more permissions, and wildcards stay in the list beside what they expand to
    QStringList caveats; ///< true of every subject
    QHash<SubjectKind, QStringList> kindCaveats; ///< true of every subject of a kind, e.g. memberships not seen for users
    QHash<QString, QStringList> subjectCaveats; ///< subject id → what is not known about it
    QHash<QString, QStringList> subjectNotes; ///< subject id → what is known and worth saying, such as that a user is inactive
    QSet<QString> inactive = {}; ///< ids of users whose state is not active
};

/// Answers questions about rights from Facts. Immutable; safe to query from any thread.
///
/// A group or team in another passes on to its members what the other holds, in as many steps as there are, each container once a path and at most
/// 32 deep; so long as roles are enabled for every one of them.
///
/// Wildcards expand over the catalogue and over every permission that some role names literally. Where the catalogue does not know the
/// domain or entity of a wildcard, the wildcard itself stays in the list, with a caveat, and whoCan() matches it as a pattern.
/// Cost: building is linear in Facts plus roles × permissions; what concerns everybody (holders(), whoCan(), subjectsWith(), difference()) resolves
/// everybody once, as bits that subjects with the same holdings share; then who-can is linear in who can, and effective() looks at one subject only.
class Resolver
{
public:
    explicit Resolver(Facts facts);
    Resolver(Resolver &&) noexcept;
    Resolver &operator=(Resolver &&) noexcept;
    ~Resolver();

    [[nodiscard]] const QList<Subject> &subjects() const; ///< by kind, then name, then id
    [[nodiscard]] Result<Subject> findSubject(const QString &idOrName) const; ///< by id, exact name, or e-mail. Errors: NotFound, Ambiguous
    [[nodiscard]] EffectiveAccess effective(const Subject &subject) const;
    [[nodiscard]] QList<std::pair<Subject, QList<AccessPath>>> whoCan(const QString &permission) const;
    /// Everybody who holds something that the pattern names, users first. Groups and teams whose grants reach nobody are left out.
    /// @param pattern "domain:entity:action", each part may be "*"
    /// @param divisionId only what reaches this division; grants that name none count, their paths say so. Empty: anywhere
    /// Errors: BadInput (no such pattern); NotFound (the captured catalogue and the roles know nothing of the kind).
    [[nodiscard]] Result<QList<Holder>> holders(const QString &pattern, const QString &divisionId = {}, HolderLimits limits = {}) const;
    /// @param permission "domain:entity:action"; one, no pattern
    /// @param divisionId empty: anywhere
    /// Errors: BadInput (not of that form); NotFound (neither catalogue nor role knows it, and no wildcard could cover it).
    [[nodiscard]] Result<Verdict> can(const Subject &subject, const QString &permission, const QString &divisionId = {}) const;
    /// can() without proof and without looking at what was not seen: Yes, Conditional, NotSeen (only where grants or the catalogue leave the division open), or No, also
    /// for what nobody knows.
    [[nodiscard]] Verdict::Answer answer(const Subject &subject, const QString &permission, const QString &divisionId = {}) const;
    /// Places in subjects() of those whose answer() is Yes or Conditional. Groups and teams whose grants reach nobody are left out.
    [[nodiscard]] QList<qsizetype> subjectsWith(const QString &permission, const QString &divisionId = {}) const;
    /// Resolves everybody now, rather than at the first question about everybody; how much that came to.
    struct Extent {
        qsizetype subjects = 0, holdingSets = 0, bytes = 0; ///< holdingSets: subjects who hold the same under the same policies share one
    };
    /// @param bitsAtMost bytes; where bits would take more, answers come from the roles instead: slower, and the same. Counts if nothing was resolved yet
    Extent resolveAll(qsizetype bitsAtMost = qsizetype{512} << 20) const;
    /// By id, or by name in any case; the id. Errors: NotFound, Ambiguous.
    [[nodiscard]] Result<QString> findDivision(const QString &idOrName) const;
    [[nodiscard]] QStringList caveats() const; ///< what limits every answer of whoCan()
    [[nodiscard]] QStringList notes() const; ///< what is known and bears on every answer, such as that policies were not captured
    [[nodiscard]] PoliciesSeen policiesSeen() const;
    [[nodiscard]] QStringList permissions() const; ///< every permission known by catalogue or role, sorted, for completion
    [[nodiscard]] QList<RoleContent> roles() const; ///< outline.h; by name, then id
    [[nodiscard]] QList<Division> divisions() const; ///< outline.h; by name, then id

private:
    friend class Comparison; ///< difference.cpp
    friend class Resolution; ///< resolution.h
    friend class RightsScan; ///< rightsscan.h
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace Orgtrace::Access
