#pragma once

#include "sandbox/audit.h"
#include "sandbox/generate.h"

namespace Orgtrace::Sandbox {

/// Everything the API answers from.
struct World {
    Organisation org;
    GeneratorSettings settings;
    QDateTime nowUtc;
    std::vector<AuditEvent> events; ///< the whole scenario's, by time; queries see those visible by now
    qint64 requests = 0; ///< every request moves it: volatile fields and orders hang on it
};

/// The members that change on every call, or that only the server can know: runtime status, counts, signed addresses, selfUri.
[[nodiscard]] Body::Members volatileMembers(const World &world, const QString &domain, const Entity &entity, Dice &dice);

/// "/api/v2/users" for "users"; empty where the domain is no listing.
[[nodiscard]] QString listPath(const QString &domain);

} // namespace Orgtrace::Sandbox
