#pragma once

#include "base/error.h"

#include <QList>
#include <QString>
#include <QUrl>

namespace Orgtrace::Genesys {

/// Where an organisation lives (API section 1.1).
struct Endpoints {
    QString region; ///< "eu-central-1", or "custom"
    QUrl login; ///< https://login.<domain>
    QUrl api; ///< https://api.<domain>
};

struct Region {
    QString name;
    QString domain;
};
[[nodiscard]] const QList<Region> &regions();

/// Accepts a region name or its domain. Overrides replace a base; both may name any host, but plain http only loopback.
/// Errors: WrongRegion (unknown, with the nearest names), BadInput (bad override).
[[nodiscard]] Result<Endpoints> endpoints(const QString &region, const QString &apiOverride = {}, const QString &loginOverride = {});

/// True for https with a host, or plain http to loopback; never with user info, query or fragment. Secrets go nowhere else.
[[nodiscard]] bool isSafeBase(const QUrl &url);

} // namespace Orgtrace::Genesys
