#include "sandbox/signin.h"

#include "base/digest.h"

#include <QUrl>

using namespace Qt::StringLiterals;

namespace Orgtrace::Sandbox {
namespace {

constexpr int maxTokens = 10'000;
constexpr int maxOpen = 1'000; ///< codes, and refresh tokens
constexpr int clientTokenSeconds = 86'400;
constexpr int codeSeconds = 60;

Answer loginError(int status, const char *error, const QString &description)
{
    Answer answer;
    answer.status = status;
    const Body body = Body::object({{"error", error}, {"error_description", Body(description)}, {"description", Body(description)}});
    answer.body = QByteArray::fromStdString(body.stable());
    return answer;
}

Answer page(int status, const QString &title, const QString &inner)
{
    Answer answer;
    answer.status = status;
    answer.contentType = "text/html; charset=utf-8";
    answer.headers.emplaceBack("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'");
    answer.body
        = u"<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>%1</title><style>body{font:16px/1.5 system-ui,"
          "sans-serif;max-width:34em;margin:15vh auto;padding:0 1em;color-scheme:light dark}</style></head><body><h1>%1</h1>%2</body>"
          "</html>\n"_s.arg(title, inner)
              .toUtf8();
    return answer;
}

Answer redirect(const QString &uri, const QList<std::pair<QString, QString>> &parameters)
{
    QByteArray location = uri.toUtf8();
    char join = uri.contains(u'?') ? '&' : '?';
    for (const auto &[name, value] : parameters) {
        location += join + name.toUtf8() + '=' + QUrl::toPercentEncoding(value);
        join = '&';
    }
    Answer answer;
    answer.status = 302;
    answer.contentType = "text/html; charset=utf-8";
    answer.headers.emplaceBack("Location", location);
    return answer;
}

QUrlQuery formOf(const QByteArray &body)
{
    QByteArray text = body;
    return QUrlQuery(QString::fromLatin1(text.replace('+', "%20"))); // a form's space
}

bool isUnreserved(const QString &text)
{
    return std::ranges::all_of(text, [](QChar c) {
        const char16_t u = c.unicode();
        return (u >= 'a' && u <= 'z') || (u >= 'A' && u <= 'Z') || (u >= '0' && u <= '9') || u == '-' || u == '.' || u == '_' || u == '~';
    });
}

QString value(const QUrlQuery &query, const char *name)
{
    return query.queryItemValue(QString::fromLatin1(name), QUrl::FullyDecoded);
}

} // namespace

bool Caller::hasScopeFor(const QByteArray &path) const
{
    if (user.isEmpty() || scopes.isEmpty())
        return true;
    static const QHash<QString, QString> areas{{u"organizations"_s, u"organization"_s},
                                               {u"teams"_s, u"groups"_s},
                                               {u"flows"_s, u"architect"_s},
                                               {u"processautomation"_s, u"process-automation"_s}};
    const QString segment = QString::fromLatin1(path.mid(QByteArrayView("/api/v2/").size()).split('/').value(0));
    const QString area = areas.value(segment, segment);
    return area == u"tokens"_s || scopes.contains(area) || scopes.contains(area + u":readonly"_s);
}

SignInDesk::SignInDesk(World &world, PersonSettings settings) : m_world(world), m_settings(std::move(settings)) { }

QByteArray SignInDesk::random(const char *kind)
{
    return "sandbox-" + uuid(m_world.org.seed(), u"%1/%2"_s.arg(QLatin1StringView(kind)).arg(++m_made)).remove(u'-').toLatin1();
}

QString SignInDesk::user() const
{
    const Collection &users = m_world.org.collection(Domain::users);
    if (m_settings.user.isEmpty())
        return users.items().front().id; // its first administrator
    for (const Entity &one : users.items()) {
        if (one.id == m_settings.user || one.name == m_settings.user || one.body.text("email") == m_settings.user)
            return one.id;
    }
    return {};
}

Answer SignInDesk::authorize(const Request &request)
{
    if (request.method != "GET" && request.method != "POST") {
        Answer refused = page(405, u"Not allowed"_s, u"<p>GET the page, POST the decision.</p>"_s);
        refused.headers.emplaceBack("Allow", "GET, POST");
        return refused;
    }
    const bool isDecision = request.method == "POST";
    const QUrlQuery asked = isDecision ? formOf(request.body) : request.query;
    // Neither a client nor an address that nobody registered is ever redirected to.
    if (value(asked, "client_id") != m_settings.clientId)
        return page(400, u"Unknown client"_s, u"<p>No such client in this region.</p>"_s);
    const QString uri = value(asked, "redirect_uri");
    if (!m_settings.redirectUris.contains(uri))
        return page(
            400, u"Redirect refused"_s,
            u"<p>This redirect URI is not registered with the client, letter by letter: %1</p>"_s.arg(uri.left(500).toHtmlEscaped()));
    const QString state = value(asked, "state");
    const auto refuse = [&](const char *error, const QString &why) {
        return redirect(uri, {{u"error"_s, QString::fromLatin1(error)}, {u"error_description"_s, why}, {u"state"_s, state}});
    };
    const QString challenge = value(asked, "code_challenge");
    if (value(asked, "response_type") != u"code"_s)
        return refuse("unsupported_response_type", u"Only code is offered."_s);
    if (value(asked, "code_challenge_method") != u"S256"_s || challenge.size() != 43 || !isUnreserved(challenge))
        return refuse("invalid_request", u"This client needs PKCE with S256."_s);
    const QString person = user();
    const Entity *who = m_world.org.collection(Domain::users).byId(person);
    if (!who || who->body.text("state") != u"active"_s)
        return refuse("access_denied", u"This user may not sign in."_s);

    Consent consent = m_settings.consent;
    if (isDecision)
        consent = value(asked, "decision") == u"allow"_s ? Consent::Approve : Consent::Deny;
    if (consent == Consent::Ask) {
        QString fields;
        for (const char *name : {"client_id", "redirect_uri", "response_type", "code_challenge", "code_challenge_method", "state"})
            fields
                += u"<input type=\"hidden\" name=\"%1\" value=\"%2\">"_s.arg(QString::fromLatin1(name), value(asked, name).toHtmlEscaped());
        return page(200, u"Sign in to %1"_s.arg(QString(m_world.org.collection(Domain::organization).items().front().name).toHtmlEscaped()),
                    u"<p>A simulated organisation. <b>Orgtrace</b> asks to read as <b>%1</b>.</p><form method=\"post\" "
                    "action=\"/oauth/authorize\">%2<button name=\"decision\" value=\"allow\">Allow</button> <button name=\"decision\" "
                    "value=\"deny\">Deny</button></form>"_s.arg(who->name.toHtmlEscaped(), fields));
    }
    if (consent == Consent::Deny)
        return refuse("access_denied", u"The user denied the request."_s);
    if (m_codes.size() >= maxOpen)
        m_codes.clear();
    const QByteArray code = random("code");
    m_codes.insert(code, {uri, challenge, person, m_world.nowUtc.addSecs(codeSeconds)});
    return redirect(uri, {{u"code"_s, QString::fromLatin1(code)}, {u"state"_s, state}});
}

Answer SignInDesk::token(const Request &request)
{
    if (!request.contentType.toLower().startsWith("application/x-www-form-urlencoded"))
        return loginError(400, "invalid_request", u"The body must be form-encoded."_s);
    const QUrlQuery form = formOf(request.body);
    const QString grant = value(form, "grant_type");
    if (grant == u"client_credentials"_s)
        return clientCredentials(request);
    if (grant != u"authorization_code"_s && grant != u"refresh_token"_s)
        return loginError(400, "unsupported_grant_type", u"Offered are client_credentials, authorization_code and refresh_token."_s);
    if (!request.authorization.isEmpty())
        return loginError(400, "invalid_request", u"This client is public: it sends no Authorization header."_s);
    if (value(form, "client_id") != m_settings.clientId)
        return loginError(401, "invalid_client", u"Client authentication failed."_s);
    return grant == u"refresh_token"_s ? forRefreshToken(form) : forCode(form);
}

Answer SignInDesk::clientCredentials(const Request &request)
{
    QByteArray id;
    QByteArray secret;
    if (request.authorization.startsWith("Basic ")) {
        const QByteArray pair = QByteArray::fromBase64(request.authorization.mid(6));
        const qsizetype colon = pair.indexOf(':');
        id = pair.left(colon);
        secret = colon < 0 ? QByteArray() : pair.mid(colon + 1);
    }
    const QString client = QString::fromUtf8(id);
    const Entity *entity = m_world.org.collection(Domain::oauthClients).byId(client);
    const bool ours = client == m_world.settings.clientId || client == limitedClientId(m_world.settings.clientId);
    if (!entity || !ours || entity->body.text("state") != u"active"_s || secret != m_world.settings.clientSecret.toUtf8())
        return loginError(401, "invalid_client", u"Client authentication failed."_s);
    return issue({client, {}, {}}, clientTokenSeconds);
}

Answer SignInDesk::forCode(const QUrlQuery &form)
{
    const Code code = m_codes.take(value(form, "code").toLatin1()); // good once, even where the rest is wrong
    const QString verifier = value(form, "code_verifier");
    const bool isVerifier = verifier.size() >= 43 && verifier.size() <= 128 && isUnreserved(verifier);
    const QByteArray challenge = sha256(view(verifier.toLatin1())).toBase64(QByteArray::Base64UrlEncoding | QByteArray::OmitTrailingEquals);
    if (code.challenge.isEmpty() || code.expiresUtc <= m_world.nowUtc)
        return loginError(400, "invalid_grant", u"The code is unknown, used or too old."_s);
    if (code.redirectUri != value(form, "redirect_uri") || !isVerifier || challenge != code.challenge.toLatin1())
        return loginError(400, "invalid_grant", u"The code was given to somebody else."_s);
    return issue({m_settings.clientId, code.user, m_settings.scopes}, m_settings.tokenSeconds);
}

Answer SignInDesk::forRefreshToken(const QUrlQuery &form)
{
    const Caller caller = m_refreshTokens.take(value(form, "refresh_token").toLatin1());
    if (caller.user.isEmpty())
        return loginError(400, "invalid_grant", u"The refresh token is unknown or used."_s);
    return issue(caller, m_settings.tokenSeconds);
}

Answer SignInDesk::issue(const Caller &caller, int seconds)
{
    const QByteArray token = random("token");
    m_tokens.insert(token, {caller, m_world.nowUtc.addSecs(seconds)});
    m_tokenOrder.append(token);
    if (m_tokenOrder.size() > maxTokens)
        m_tokens.remove(m_tokenOrder.takeFirst());
    Body body = Body::object({{"access_token", token.toStdString()}, {"token_type", "bearer"}, {"expires_in", seconds}});
    if (!caller.user.isEmpty() && m_settings.givesRefreshTokens) {
        if (m_refreshTokens.size() >= maxOpen)
            m_refreshTokens.clear();
        const QByteArray refresh = random("refresh");
        m_refreshTokens.insert(refresh, caller);
        body.set("refresh_token", Body(refresh.toStdString()));
    }
    Answer answer;
    answer.body = QByteArray::fromStdString(body.stable());
    return answer;
}

std::optional<Caller> SignInDesk::caller(const QByteArray &bearer) const
{
    const auto it = m_tokens.constFind(bearer);
    if (it == m_tokens.cend() || it->expiresUtc <= m_world.nowUtc)
        return std::nullopt;
    return it->caller;
}

} // namespace Orgtrace::Sandbox
