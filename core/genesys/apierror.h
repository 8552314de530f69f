#pragma once

#include "base/error.h"

#include <QByteArray>
#include <QString>
#include <QStringList>

namespace Orgtrace::Genesys {

/// The platform's ErrorBody, as far as it is needed (API section 2.4). Every field may be absent. Pure, for core/genesys only.
struct ErrorBody {
    QString code, message, contextId;
    QStringList permissions; ///< from messageParams, where they look like domain:entity:action
    QString oauthError, oauthDescription;
    [[nodiscard]] bool isEmpty() const { return code.isEmpty() && message.isEmpty() && oauthError.isEmpty(); }
};
[[nodiscard]] ErrorBody readErrorBody(const QByteArray &body);

/// What an HTTP status that ends a request means. `detail` still holds the server's words: mask it before use.
[[nodiscard]] Error apiError(int status, const ErrorBody &body);
[[nodiscard]] Error signInError(int status, const ErrorBody &body, const QByteArray &raw);

} // namespace Orgtrace::Genesys
