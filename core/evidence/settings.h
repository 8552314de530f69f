#pragma once

#include "base/error.h"

#include <QList>
#include <QString>

namespace Orgtrace::Evidence {

/// An organisation as the store knows it, kept in store.toml. No secret is in it.
struct OrganisationSettings {
    QString name; ///< the user's short name, [A-Za-z0-9._-]
    QString region, apiUrl, loginUrl;
    QString clientId;
    QString grant = QStringLiteral("client"); ///< or "pkce": a person signs in with a browser
    QString redirectPort; ///< pkce: where the sign-in page leads back to, 1 to 65535; empty: the default
    QString organisationId; ///< known after the first check or capture
};

/// [capture] in store.toml: what captures of this store do without being told. All members may be left out.
struct CaptureDefaults {
    bool provesGrants = false; ///< prove_grants: the grants are proven by a second sweep
};
/// Errors: BadInput (a member of another type), as Store::open.
[[nodiscard]] Result<CaptureDefaults> captureDefaults(const QString &storeFolder);

/// Reads and writes [[organisation]] in store.toml; written whole or not at all, other keys kept.
[[nodiscard]] Result<QList<OrganisationSettings>> organisations(const QString &storeFolder);
[[nodiscard]] Result<void> saveOrganisation(const QString &storeFolder,
                                            const OrganisationSettings &organisation); ///< adds or replaces by name

} // namespace Orgtrace::Evidence
