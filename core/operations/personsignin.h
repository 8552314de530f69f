#pragma once

#include "base/error.h"
#include "evidence/settings.h"

#include <QUrl>

#include <functional>

namespace Orgtrace::Operations {

/// How a run reaches the person who signs in (grant "pkce"). Called in the workspace's thread; every part but show() may be left out.
struct PersonSignIn {
    std::function<void(const QUrl &page)> show; ///< open a browser there, or tell the person to; no secret is in it
    std::function<void()> ended; ///< answered, failed or cancelled: what show() put up can go
    std::function<void(const QString &why)> refused; ///< an answer that was not ours was turned away; the waiting goes on
    std::function<void(qint64 secondsLeft)> expiring; ///< the session cannot be renewed silently: the person will be asked again soon
};

/// Whether an organisation can be signed in to with nobody there (watch, cron, CI).
/// Errors: NeedsPerson, with a sentence that says what to do instead.
[[nodiscard]] Result<void> canRunUnattended(const Evidence::OrganisationSettings &organisation);

/// Where the sign-in page leads back to. Errors: BadInput (store.toml says something else than a port).
[[nodiscard]] Result<quint16> redirectPort(const Evidence::OrganisationSettings &organisation);

} // namespace Orgtrace::Operations
