#include "sandbox/api.h"

#include "sandbox/api_p.h"
#include "sandbox/auditapi.h"
#include "sandbox/channels.h"
#include "sandbox/generic.h"

#include <QLocale>
#include <QTimeZone>

using namespace Qt::StringLiterals;

namespace Orgtrace::Sandbox {
namespace {

constexpr int generousQuota = 60'000; ///< more than anybody can send in a minute
constexpr int generousWindow = 1000; ///< counted up to, so that a pacing client never sees the quota near its end

QStringList segments(const QByteArray &path)
{
    QStringList list;
    const QList<QByteArray> parts = path.split('/');
    for (const QByteArray &part : parts)
        list.append(QString::fromUtf8(QByteArray::fromPercentEncoding(part)));
    return list;
}

} // namespace

QByteArray errorCodeFor(int status)
{
    switch (status) {
    case 400: return "bad.request";
    case 401: return "bad.credentials";
    case 403: return "not.authorized";
    case 404: return "not.found";
    case 405: return "method.not.allowed";
    case 408: return "client.timeout";
    case 413: return "request.entity.too.large";
    case 415: return "unsupported.media.type";
    case 429: return "too.many.requests";
    case 503: return "service.unavailable";
    case 504: return "request.timeout";
    default: return "internal.server.error";
    }
}

Answer errorAnswer(int status, const QByteArray &code, const QString &message, const QByteArray &contextId)
{
    Answer answer;
    answer.status = status;
    const Body body = Body::object({{"message", Body(message)},
                                    {"code", code.toStdString()},
                                    {"status", status},
                                    {"messageParams", Body::object()},
                                    {"contextId", contextId.toStdString()},
                                    {"details", Body::array()},
                                    {"errors", Body::array()}});
    answer.body = QByteArray::fromStdString(body.stable());
    return answer;
}

bool Reach::covers(const Body &entity) const
{
    if (everywhere)
        return true;
    const Body *division = entity.find("division");
    return !division || divisions.contains(division->text("id"));
}

Api::Api(World &world, int quotaPerMinute, PersonSettings person, bool quotaByVirtualClock) :
    m_world(world), m_desk(world, std::move(person)), m_audit(std::make_unique<AuditApi>(world)),
    m_channels(std::make_unique<Channels>(world)), m_generic(std::make_unique<Generic>(world.org, world.settings)), m_quota(quotaPerMinute),
    m_isVirtual(quotaByVirtualClock)
{
    m_windowStart = m_clock.monotonic();
    m_windowStartUtc = world.nowUtc;
}

Api::~Api() = default;

void Api::beginRequest()
{
    ++m_world.requests;
    m_dice = Dice(mix(m_world.org.seed(), "request/" + std::to_string(m_world.requests)));
    m_correlationId = uuid(m_world.org.seed(), "correlation/" + std::to_string(m_world.requests)).toLatin1();
    // The window ends by the wall, as for a real caller, or when the virtual clock is moved past it.
    const bool over = m_quota > 0 ? windowSeconds() >= 60 : m_windowCount >= generousWindow;
    if (over) {
        m_windowCount = 0;
        m_windowStart = m_clock.monotonic();
        m_windowStartUtc = m_world.nowUtc;
    }
    ++m_windowCount;
}

/// How long the window has lasted, by the wall or by the virtual clock.
qint64 Api::windowSeconds() const
{
    const qint64 byTheWall = std::chrono::duration_cast<std::chrono::seconds>(m_clock.monotonic() - m_windowStart).count();
    const qint64 byTheVirtualClock = m_windowStartUtc.secsTo(m_world.nowUtc);
    return m_isVirtual ? byTheVirtualClock : std::max(byTheWall, byTheVirtualClock);
}

void Api::stamp(Answer &answer) const
{
    const qint64 left = m_quota > 0 ? 60 - windowSeconds() : 60 - m_windowCount * 60 / generousWindow;
    const int allowed = m_quota > 0 ? m_quota : generousQuota;
    answer.headers.emplaceBack("inin-ratelimit-count", QByteArray::number(m_windowCount));
    answer.headers.emplaceBack("inin-ratelimit-allowed", QByteArray::number(allowed));
    answer.headers.emplaceBack("inin-ratelimit-reset", QByteArray::number(std::max<qint64>(0, left)));
    answer.headers.emplaceBack("ININ-Correlation-Id", m_correlationId);
    answer.headers.emplaceBack("Date", QLocale::c().toString(m_world.nowUtc.toUTC(), u"ddd, dd MMM yyyy hh:mm:ss 'GMT'"_s).toLatin1());
    answer.headers.emplaceBack("Cache-Control", "no-store");
}

Answer Api::error(int status, const QByteArray &code, const QString &message) const
{
    return errorAnswer(status, code, message, m_correlationId);
}

std::optional<Answer> Api::throttle()
{
    if (m_quota <= 0 || m_windowCount <= m_quota)
        return std::nullopt;
    const qint64 wait = std::max<qint64>(1, 60 - windowSeconds());
    Answer answer = error(429, "too.many.requests", u"Rate limit exceeded the maximum. Retry the request in [%1] seconds"_s.arg(wait));
    const Body body = Body::object(
        {{"message", Body(u"Rate limit exceeded the maximum. Retry the request in [%1] seconds"_s.arg(wait))},
         {"code", "too.many.requests"},
         {"status", 429},
         {"contextId", m_correlationId.toStdString()},
         {"details", Body::array()},
         {"errors", Body::array()},
         {"limit",
          Body::object({{"namespace", "platform.api"}, {"key", "client.credentials.token.rate.per.minute"}, {"value", m_quota}})}});
    answer.body = QByteArray::fromStdString(body.stable());
    answer.headers.emplaceBack("Retry-After", QByteArray::number(wait));
    return answer;
}

std::optional<Answer> Api::refuseToken(const Request &request, Caller &caller) const
{
    if (request.authorization.isEmpty())
        return error(401, "authentication.required", u"No authentication bearer token specified in authorization header."_s);
    const QByteArray prefix = "bearer ";
    const auto found = request.authorization.toLower().startsWith(prefix) ? m_desk.caller(request.authorization.mid(prefix.size()))
                                                                          : std::optional<Caller>();
    if (!found)
        return error(401, "bad.credentials", u"Invalid login credentials."_s);
    caller = *found;
    return std::nullopt;
}

std::vector<Grant> Api::grantsReaching(const QString &subject) const
{
    std::vector<Grant> grants = m_world.org.grantsOf(subject);
    if (m_world.org.collection(Domain::oauthClients).byId(subject))
        return grants; // in no group
    for (const QString &group : m_world.org.containersOf(Domain::groupMembers, subject)) { // inherited ones carry the group's id
        const Entity *container = m_world.org.collection(Domain::groups).byId(group);
        const Body *enabled = container ? container->body.find("rolesEnabled") : nullptr;
        if (!enabled || enabled->json() != "true")
            continue;
        const std::vector<Grant> inherited = m_world.org.grantsOf(group);
        grants.insert(grants.end(), inherited.begin(), inherited.end());
    }
    return grants;
}

Reach Api::reach(const QString &subject, const QString &permission) const
{
    const QStringList parts = permission.split(u':');
    Reach found;
    const auto fits = [](const QString &pattern, const QString &value) { return pattern == u"*"_s || pattern == value; };
    for (const Grant &grant : grantsReaching(subject)) {
        const Entity *role = m_world.org.collection(Domain::roles).byId(grant.role);
        const Body *policies = role ? role->body.find("permissionPolicies") : nullptr;
        if (!policies)
            continue;
        const bool held = std::ranges::any_of(policies->members(), [&](const Body::Member &item) {
            const Body *actions = item.value.find("actionSet");
            return item.value.text("domain") == parts[0] && fits(item.value.text("entityName"), parts[1]) && actions
                && std::ranges::any_of(actions->members(), [&](const Body::Member &action) { return fits(action.value.text(), parts[2]); });
        });
        if (!held)
            continue;
        found.any = true;
        if (grant.division == u"*"_s)
            found.everywhere = true;
        else
            found.divisions.insert(grant.division);
    }
    return found;
}

Answer Api::missingPermission(const QStringList &permissionsAny) const
{
    const bool several = permissionsAny.size() > 1;
    Answer answer = error(403, several ? "missing.any.permissions" : "missing.permissions", {});
    const QString text = permissionsAny.join(u", "_s);
    const Body body = Body::object(
        {{"message",
          Body(u"Unable to perform the requested action. You must have at least one of the following permissions assigned: "_s + text)},
         {"code", several ? "missing.any.permissions" : "missing.permissions"},
         {"status", 403},
         {"messageWithParams",
          "Unable to perform the requested action. You must have at least one of the following permissions assigned: {permissions}"},
         {"messageParams", Body::object({{"permissions", Body(text)}})},
         {"contextId", m_correlationId.toStdString()},
         {"details", Body::array()},
         {"errors", Body::array()}});
    answer.body = QByteArray::fromStdString(body.stable());
    return answer;
}

Answer Api::notFound(const QString &what) const
{
    return error(404, "not.found", what);
}

Answer Api::answer(const Request &request)
{
    if (request.path == "/oauth/token")
        return request.method == "POST" ? m_desk.token(request) : error(405, "method.not.allowed", u"HTTP 405 Method Not Allowed"_s);
    if (request.path == "/oauth/authorize")
        return m_desk.authorize(request);
    Caller caller;
    if (auto refused = refuseToken(request, caller))
        return *std::move(refused);
    if (auto refused = throttle())
        return *std::move(refused);
    if (!caller.hasScopeFor(request.path))
        return error(403, "not.authorized", u"The scopes of this token do not allow the request."_s);
    const QByteArray prefix = "/api/v2/";
    const Route *otherMethod = nullptr;
    if (request.path.startsWith(prefix)) {
        const QStringList asked = segments(request.path.mid(prefix.size()));
        for (const Route &route : routes()) {
            const QStringList pattern = route.pattern.split(u'/');
            if (pattern.size() != asked.size())
                continue;
            QStringList ids;
            bool fits = true;
            for (qsizetype i = 0; fits && i < asked.size(); ++i) {
                if (pattern[i] == u"{id}"_s)
                    ids.append(asked[i]);
                else
                    fits = pattern[i] == asked[i];
            }
            if (!fits)
                continue;
            if (route.method != request.method) {
                if (!otherMethod)
                    otherMethod = &route;
                continue;
            }
            Call call{request, route, ids, caller, {}};
            call.reach.any = call.reach.everywhere = route.permissionsAny.isEmpty();
            for (const QString &permission : route.permissionsAny) {
                const Reach one = reach(caller.subject(), permission);
                call.reach.any = call.reach.any || one.any;
                call.reach.everywhere = call.reach.everywhere || one.everywhere;
                call.reach.divisions += one.divisions;
            }
            if (!call.reach.any || (route.everyDivision && !call.reach.everywhere))
                return missingPermission(route.permissionsAny);
            return (this->*route.handler)(call);
        }
    }
    if (otherMethod) {
        Answer refused = error(405, "method.not.allowed", u"HTTP 405 Method Not Allowed"_s);
        refused.headers.emplaceBack("Allow", otherMethod->method);
        return refused;
    }
    return notFound(u"HTTP 404 Not Found"_s);
}

} // namespace Orgtrace::Sandbox
