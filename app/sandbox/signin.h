#pragma once

#include "sandbox/http.h"
#include "sandbox/sandbox.h"
#include "sandbox/world.h"

#include <QHash>

#include <optional>

namespace Orgtrace::Sandbox {

/// Whom a token speaks for.
struct Caller {
    QString client; ///< the OAuth client
    QString user; ///< empty: the client itself
    QStringList scopes; ///< of a user's token; empty: all
    [[nodiscard]] QString subject() const { return user.isEmpty() ? client : user; }
    /// Whether the scopes allow that path: `area` or `area:readonly`, the area being the first segment below /api/v2/. Clients ignore scopes.
    [[nodiscard]] bool hasScopeFor(const QByteArray &path) const;
};

/// The sign-in service: the consent page, codes, tokens (client credentials, authorization code with PKCE, refresh). By the virtual clock.
/// A code is good once, for a minute, for the redirect URI and the challenge it was given to; a refresh token is replaced at each use.
/// Thread: the creator's. Borrows the world.
class SignInDesk
{
public:
    SignInDesk(World &world, PersonSettings settings);

    [[nodiscard]] Answer authorize(const Request &request); ///< GET the consent page, POST the decision
    [[nodiscard]] Answer token(const Request &request);
    [[nodiscard]] std::optional<Caller> caller(const QByteArray &bearer) const;
    [[nodiscard]] const PersonSettings &settings() const { return m_settings; }

private:
    struct Code {
        QString redirectUri, challenge, user;
        QDateTime expiresUtc;
    };
    struct Token {
        Caller caller;
        QDateTime expiresUtc;
    };
    [[nodiscard]] Answer clientCredentials(const Request &request);
    [[nodiscard]] Answer forCode(const QUrlQuery &form);
    [[nodiscard]] Answer forRefreshToken(const QUrlQuery &form);
    [[nodiscard]] Answer issue(const Caller &caller, int seconds);
    [[nodiscard]] QByteArray random(const char *kind);
    [[nodiscard]] QString user() const;

    World &m_world;
    const PersonSettings m_settings;
    QHash<QByteArray, Token> m_tokens;
    QList<QByteArray> m_tokenOrder; ///< oldest first, bounded
    QHash<QByteArray, Code> m_codes;
    QHash<QByteArray, Caller> m_refreshTokens;
    qint64 m_made = 0;
};

} // namespace Orgtrace::Sandbox
