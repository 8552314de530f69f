#pragma once

#include "sandbox/http.h"
#include "sandbox/paging.h"
#include "sandbox/signin.h"
#include "sandbox/world.h"

#include "base/clock.h"

#include <QSet>

#include <memory>

namespace Orgtrace::Sandbox {

class AuditApi;
class Channels;
class Generic;

/// Where a caller's permission reaches: permissions are division-aware, and lists get shorter without a word.
struct Reach {
    bool any = false, everywhere = false;
    QSet<QString> divisions;
    [[nodiscard]] bool covers(const Body &entity) const;
};

/// The API's dialect over a World: bearer check, permissions, quota, routes, paging, errors. Pure but for its counters and the sign-in desk.
/// Thread: the creator's. Borrows the world.
class Api
{
public:
    Api(World &world, int quotaPerMinute, PersonSettings person = {}, bool quotaByVirtualClock = false);
    ~Api();

    [[nodiscard]] Answer answer(const Request &request);
    /// The headers every reply carries: quota, correlation id, date.
    [[nodiscard]] QByteArray correlationId() const { return m_correlationId; }
    void stamp(Answer &answer) const;
    [[nodiscard]] Answer error(int status, const QByteArray &code, const QString &message) const;
    [[nodiscard]] Channels &notificationChannels() const { return *m_channels; }
    void beginRequest(); ///< counts, and makes the correlation id

private:
    struct Call;
    struct Route;
    [[nodiscard]] static const std::vector<Route> &routes();
    static void addGenericRoutes(std::vector<Route> &routes);
    [[nodiscard]] std::optional<Answer> refuseToken(const Request &request, Caller &caller) const;
    [[nodiscard]] std::optional<Answer> throttle();
    [[nodiscard]] qint64 windowSeconds() const;
    [[nodiscard]] Reach reach(const QString &subject, const QString &permission) const;
    [[nodiscard]] std::vector<Grant> grantsReaching(const QString &subject) const; ///< its own and those through groups
    [[nodiscard]] Answer missingPermission(const QStringList &permissionsAny) const;
    [[nodiscard]] Answer notFound(const QString &what) const;
    [[nodiscard]] Answer page(const Call &call, PageRequest request, const std::function<void(std::string &, qsizetype)> &row);
    [[nodiscard]] Answer object(const Body &body);
    void sendEntity(std::string &out, const QString &domain, const Entity &entity, const std::vector<std::string_view> &hidden);

    // Handlers, named in the route table.
    [[nodiscard]] Answer list(const Call &call);
    [[nodiscard]] Answer users(const Call &call);
    [[nodiscard]] Answer single(const Call &call);
    [[nodiscard]] Answer settings(const Call &call);
    [[nodiscard]] Answer groupMembers(const Call &call);
    [[nodiscard]] Answer teamMembers(const Call &call);
    [[nodiscard]] Answer queueMembers(const Call &call);
    [[nodiscard]] Answer subjectGrants(const Call &call);
    [[nodiscard]] Answer divisionGrants(const Call &call);
    [[nodiscard]] Answer subject(const Call &call);
    [[nodiscard]] Answer ownSubject(const Call &call);
    [[nodiscard]] Answer userRoles(const Call &call);
    [[nodiscard]] Answer ownToken(const Call &call);
    [[nodiscard]] Answer ownUser(const Call &call);
    [[nodiscard]] Answer generic(const Call &call); ///< genericapi.cpp
    [[nodiscard]] Answer auditSubmit(const Call &call);
    [[nodiscard]] Answer auditRealtime(const Call &call);
    [[nodiscard]] Answer auditMapping(const Call &call);
    [[nodiscard]] Answer auditState(const Call &call);
    [[nodiscard]] Answer auditResults(const Call &call);
    [[nodiscard]] Answer channels(const Call &call); ///< channels.cpp
    [[nodiscard]] Answer channelSubscriptions(const Call &call);
    [[nodiscard]] Answer subjectAnswer(const QString &id);

    World &m_world;
    SignInDesk m_desk;
    std::unique_ptr<AuditApi> m_audit;
    std::unique_ptr<Channels> m_channels;
    std::unique_ptr<Generic> m_generic;
    SystemClock m_clock;
    QByteArray m_correlationId;
    Dice m_dice{0};
    int m_quota;
    bool m_isVirtual;
    int m_windowCount = 0;
    std::chrono::milliseconds m_windowStart{0};
    QDateTime m_windowStartUtc;
};

} // namespace Orgtrace::Sandbox
