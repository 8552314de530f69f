#pragma once

#include "base/error.h"
#include "sandbox/organisation.h"

namespace Orgtrace::Sandbox {

/// Names that a fresh organisation always has; the built-in month and the tests speak of them.
namespace Named {
inline constexpr QLatin1StringView organisation("Northwind EMEA"), employee("employee"), masterAdmin("Master Admin"),
    auditor("Orgtrace Auditor"), contractors("Contractors");
}

struct GeneratorSettings {
    int users = 400;
    quint32 seed = 0;
    bool teamGrants = true;
    QString clientId, clientSecret; ///< the capturing client; a second one with a narrow role has the id limitedClientId()
    QDateTime startUtc; ///< everything was made before this
};

/// The simulated organisation as it stands before the month begins. Errors: Internal (a compiled-in table does not read).
[[nodiscard]] Result<Organisation> generate(const GeneratorSettings &settings);

/// The narrow client: sees queues of one division only, and has no right to anything else that needs one.
[[nodiscard]] QString limitedClientId(const QString &clientId);

/// Shared by the generator's parts and by steps that create entities.
struct Build {
    Organisation &org;
    GeneratorSettings settings;

    [[nodiscard]] QString id(QLatin1StringView domain, const QString &name) const;
    [[nodiscard]] Dice dice(QLatin1StringView domain, const QString &name) const;
    [[nodiscard]] QDateTime before(Dice &dice, int days) const; ///< a time up to so many days before the start
    [[nodiscard]] Body reference(QLatin1StringView domain, const QString &name) const; ///< {id, name} of an entity that exists
    [[nodiscard]] Body division(const QString &name) const; ///< {id, name}
};

void addPlatform(Build &build); ///< organisation, sign-in settings, divisions, trunks, number pools
[[nodiscard]] Result<void> addRoles(Build &build); ///< permission catalogue and roles
void addRouting(Build &build); ///< skills, wrap-up codes, queues, flows, IVRs, triggers
void addPeople(Build &build); ///< users, groups, teams and who is in them
void addGrants(Build &build); ///< OAuth clients and every grant

/// A new entity of that domain in the shape the platform gives it, for steps that create one. Nothing where the domain cannot be added to.
/// @param division its name; ignored where the domain has none
[[nodiscard]] std::optional<Body> blank(const Build &build, const QString &domain, const QString &id, const QString &name,
                                        const QString &division, const QDateTime &at, const QString &by);

[[nodiscard]] Body userBody(const Build &build, const QString &id, const QString &name, const QString &division, const QString &department,
                            const QString &title, const QDateTime &hired);
[[nodiscard]] Body queueBody(const Build &build, const QString &id, const QString &name, const QString &division, const QDateTime &made);
[[nodiscard]] Body roleBody(const QString &id, const QString &name, const QString &description, const QStringList &policies,
                            const QString &defaultRole);
[[nodiscard]] Body policyBody(const QString &policy); ///< "routing:queue:view,edit", "*" allowed as entity and action
[[nodiscard]] Body clientBody(const QString &id, const QString &name, const QString &description, const QString &grantType,
                              const QDateTime &made, const QString &by);
[[nodiscard]] Body flowVersion(const QString &flow, const QString &name, int version, const QString &kind, const QDateTime &at,
                               const QString &by);

[[nodiscard]] Body skillReference(const Organisation &org, const QString &name,
                                  int proficiency); ///< as users hold it. @pre the skill exists

} // namespace Orgtrace::Sandbox
