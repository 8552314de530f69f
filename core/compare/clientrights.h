#pragma once

#include "catalogue/catalogue.h"
#include "evidence/store.h"
#include "json/value.h"

#include <QHash>
#include <QSet>

#include <map>
#include <tuple>

/// What the client that captured could see: a client that holds a view permission in some divisions only gets shorter lists, and no error says so.
/// Values only; thread-safe. Source: requirements 5.8; API sections 1.5, 5.1, 5.3.
namespace Orgtrace::Compare {

struct NamedDivision {
    QString id, name; ///< the name may be unknown
};

/// What an identity holds, from `authorization/subjects/me` (API section 5.3): "domain:entity:action" with wildcards → divisions.
struct HeldPermission {
    QString domain, entity, action; ///< each may be "*"
    QString division; ///< id; "*": all
    QString divisionName;
    bool isConditional = false; ///< its role narrows it
};
/// No client needs more grants than this; what comes beyond is not looked at.
inline constexpr qsizetype MostGrants = 50'000;
/// @param leftOut how many grants were not looked at, for there were too many
[[nodiscard]] QList<HeldPermission> heldPermissions(Json::Value authzSubject, qsizetype *leftOut = nullptr);

/// What the organisation says of itself, as far as it could be read.
struct Surroundings {
    QList<NamedDivision> divisions;
    bool hasAllDivisions = false; ///< the list of them was read whole
    QSet<QString> anywhere; ///< "domain:entity:action" for which the division of a grant does not matter (API section 5.1)

    void addDivision(Json::Value division);
    void addPermissions(Json::Value collection); ///< one DomainPermissionCollection
};

/// How one permission is held.
struct Hold {
    bool isHeld = false, isEverywhere = false, isConditional = false;
    bool isInEach = false; ///< division there is, one by one and without a condition
    QList<NamedDivision> divisions;
    QSet<QString> divisionIds; ///< of these

    [[nodiscard]] int rank() const { return isEverywhere ? 2 : isInEach ? 1 : 0; }
};

/// How much of a domain somebody sees.
struct DomainSight {
    bool isAllowed = false;
    bool isShortened = false; ///< the list may be shorter than the truth
    bool missesNewDivisions = false;
    QString through; ///< the permission by which it is allowed; empty: none is needed, or none is held
    QString why; ///< a sentence, where it is not allowed or not whole
    Hold hold; ///< of `through`
};

/// What is held, by what it names: a subject may hold its roles in thousands of divisions, and each permission of the catalogue asks.
class HeldIndex
{
public:
    /// Both must outlive it.
    HeldIndex(const QList<HeldPermission> &held, const Surroundings &surroundings);

    [[nodiscard]] Hold holdOf(const QString &permission) const;
    [[nodiscard]] DomainSight sightOf(const Catalogue::DomainRules &rules) const;

private:
    const QList<HeldPermission> &m_held;
    const Surroundings &m_surroundings;
    std::map<std::tuple<QString, QString, QString>, QList<qsizetype>> m_places;
};

/// What a snapshot tells of the client that captured it.
struct ClientRights {
    QString id, name;
    QList<HeldPermission> held;
    qsizetype leftOut = 0; ///< grants beyond MostGrants
    Surroundings surroundings;
    Catalogue::Catalogue asked; ///< the domains that the capture asked for
};
/// Errors: NotFound (an import, or the platform did not tell), as Snapshot.
[[nodiscard]] Result<ClientRights> clientRightsOf(const Evidence::Snapshot &snapshot);

/// The domains of a snapshot whose lists may be shorter than the truth, each with a sentence that says why. None where nobody can say.
[[nodiscard]] QHash<QString, QString> shortenedDomains(const Evidence::Snapshot &snapshot);

} // namespace Orgtrace::Compare
