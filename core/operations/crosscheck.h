#pragma once

#include "access/access.h"
#include "genesys/apiclient.h"

#include <QCoroTask>

#include <functional>

namespace Orgtrace::Operations {

/// What the platform itself says of users, against what the resolver made of a snapshot.
struct CrossCheck {
    /// One user of whom the two say different things. Lists are sorted, and at most MostDifferences long.
    struct Disagreement {
        Access::Subject subject;
        QStringList rolesThere, rolesHere; ///< "name (id)": only the platform says so; only the resolver does
        QStringList permissionsThere, permissionsHere; ///< "domain:entity:action" as roles say it, with " (under a condition)" where it is
        QStringList grantsThere, grantsHere; ///< "role in division"
        friend bool operator==(const Disagreement &, const Disagreement &) = default;
    };
    /// One user of whom the platform did not tell, or not all.
    struct Fault {
        Access::Subject subject;
        Error error; ///< NotOffered: the platform knows nobody of this id any more
    };
    qsizetype users = 0; ///< of the snapshot
    qsizetype asked = 0, agreed = 0;
    qsizetype notAsked = 0; ///< of those chosen, for it was no use to go on
    QList<Disagreement> disagreements;
    QList<Fault> faults;
};

struct CrossCheckPlan {
    qsizetype sample = 20; ///< how many users; 0: all
    quint64 seed = 0; ///< the same seed and the same users choose the same sample
};

inline constexpr qsizetype MostDifferences = 50;

/// What `users/{id}/roles` and `authorization/subjects/{id}?includeDuplicates=true` say, as far as it is compared.
struct PlatformAnswer {
    QMap<QString, QString> roles; ///< id → name
    QSet<QString> permissions; ///< as roles say it, without a condition
    QMap<std::pair<QString, QString>, QString> grants; ///< role and division → "role in division"
    QSet<QString> conditional = {}; ///< as roles say it, under a condition
};
/// Errors: BadResponse (not of the promised shape).
[[nodiscard]] Result<PlatformAnswer> readPlatformAnswer(const QByteArray &userRoles, const QByteArray &subject);
/// None where both say the same. Pure. A permission counts as said where a line of the other side covers it, without a condition or both under one: what a condition says is
/// not compared. Roles are told apart by their ids, never by names. Grants of work teams, which the platform does not have, are left out, and so is what access policies
/// deny, whether the platform lists it (it does, as roles give it) or not.
[[nodiscard]] std::optional<CrossCheck::Disagreement> disagreement(const Access::EffectiveAccess &here, const PlatformAnswer &there);

/// Which users are asked about. Pure, deterministic; in the order of the subjects.
[[nodiscard]] QList<Access::Subject> sampleOfUsers(const QList<Access::Subject> &subjects, const CrossCheckPlan &plan);

/// Asks the platform about users, one after the other, and compares. What cannot be asked is a fault and never agreement; after a refusal, or three failures in a row, the
/// rest is not asked. Thread: the client's. Errors: those of signIn(), Cancelled.
[[nodiscard]] QCoro::Task<Result<CrossCheck>> crossCheck(Genesys::ApiClient &client, std::shared_ptr<const Access::AccessModel> model,
                                                         CrossCheckPlan plan,
                                                         std::function<void(qsizetype done, qsizetype total)> progress = {});

} // namespace Orgtrace::Operations
