#include "sandbox/api.h"

#include "sandbox/api_p.h"

using namespace Qt::StringLiterals;

namespace Orgtrace::Sandbox {
namespace {

// expand=a,b and expand=a&expand=b are both taken, as by the real API.
QSet<QString> expands(const QUrlQuery &query)
{
    QSet<QString> set;
    for (const auto those = query.allQueryItemValues(u"expand"_s, QUrl::FullyDecoded); const QString &value : those) {
        for (const auto these = value.split(u',', Qt::SkipEmptyParts); const QString &one : these)
            set.insert(one.trimmed());
    }
    return set;
}

// What is only sent where `expand` names it.
std::vector<std::string_view> hiddenMembers(const QString &domain, const QUrlQuery &query)
{
    static constexpr std::string_view ofUsers[]
        = {"skills",       "languages", "locations",    "profileSkills", "certifications", "languagePreference",
           "employerInfo", "biography", "dateLastLogin"};
    static constexpr std::string_view ofTrunks[] = {"properties"};
    std::vector<std::string_view> hidden;
    const QSet<QString> wanted = expands(query);
    const auto hide = [&](const auto &names) {
        for (const std::string_view name : names) {
            if (!wanted.contains(QString::fromLatin1(name.data(), static_cast<qsizetype>(name.size()))))
                hidden.push_back(name);
        }
    };
    if (domain == Domain::users)
        hide(ofUsers);
    else if (domain == Domain::trunkBases)
        hide(ofTrunks);
    return hidden;
}

/// The division of a grant: whole where a subject is asked for, a reference where a role's subjects are.
Body divisionBody(const Organisation &org, const QString &id, bool isReference)
{
    const Entity *division = org.collection(Domain::divisions).byId(id);
    const QString name = id == u"*"_s ? id : division ? division->name : QString();
    if (isReference)
        return Body::object({{"id", Body(id)}, {"name", Body(name)}, {"selfUri", Body(u"/api/v2/authorization/divisions/"_s + id)}});
    return Body::object({{"id", Body(id)},
                         {"name", Body(name)},
                         {"description", Body(division ? division->body.text("description") : QString())},
                         {"homeDivision", name == u"Home"_s}});
}

const Entity *subjectEntity(const Organisation &org, const QString &id)
{
    for (const QLatin1StringView domain : {Domain::users, Domain::groups, Domain::oauthClients, Domain::teams}) {
        if (const Entity *entity = org.collection(domain).byId(id))
            return entity;
    }
    return nullptr;
}

} // namespace

const std::vector<Api::Route> &Api::routes()
{
    using enum Paging;
    static const QStringList none;
    static const QStringList queueMemberRights{u"routing:queue:view"_s, u"routing:queue:edit"_s, u"routing:queue:readonly"_s,
                                               u"routing:queueMember:manage"_s};
    static const QStringList telephony{u"telephony:plugin:all"_s};
    static const QStringList roleView{u"authorization:role:view"_s};
    static const QStringList audits{u"audits:audit:view"_s};
    static const QStringList triggerView{u"processautomation:trigger:edit"_s, u"processautomation:trigger:view"_s};
    static const auto get = [](const char *pattern, const QStringList &rights, QLatin1StringView domain, Paging paging, int size,
                               Answer (Api::*handler)(const Call &)) {
        return Route{"GET", QString::fromLatin1(pattern), rights, domain, paging, size, handler};
    };
    static const std::vector<Route> own{
        get("organizations/me", none, Domain::organization, Unpaged, 0, &Api::settings),
        get("organizations/authentication/settings", {u"directory:organization:admin"_s}, Domain::orgAuthSettings, Unpaged, 0,
            &Api::settings),
        get("authorization/settings", {u"directory:organization:admin"_s, u"authorization:settings:view"_s}, Domain::authorizationSettings,
            Unpaged, 0, &Api::settings),
        get("authorization/divisions", none, Domain::divisions, PageNumber, 100, &Api::list),
        get("authorization/divisions/{id}", none, Domain::divisions, Unpaged, 0, &Api::single),
        get("authorization/divisions/{id}/grants", {u"authorization:grant:view"_s}, Domain::grants, PageNumberNoUris, 500,
            &Api::divisionGrants),
        get("authorization/roles", roleView, Domain::roles, PageNumber, 100, &Api::list),
        get("authorization/roles/{id}", roleView, Domain::roles, Unpaged, 0, &Api::single),
        get("authorization/roles/{id}/subjectgrants", roleView, Domain::grants, PageNumber, 100, &Api::subjectGrants),
        get("authorization/permissions", none, Domain::permissionsCatalogue, PageNumber, 100, &Api::list),
        get("authorization/subjects/me", none, Domain::grants, Unpaged, 0, &Api::ownSubject),
        get("authorization/subjects/{id}", {u"authorization:grant:view"_s}, Domain::grants, Unpaged, 0, &Api::subject),
        get("users", none, Domain::users, PageNumber, 500, &Api::users),
        Route{"GET", u"users/query"_s, {u"directory:user:view"_s}, Domain::users, Cursor, 500, &Api::users, true},
        get("users/me", none, Domain::users, Unpaged, 0, &Api::ownUser),
        get("users/{id}", none, Domain::users, Unpaged, 0, &Api::single),
        get("users/{id}/roles", {u"authorization:grant:view"_s}, Domain::grants, Unpaged, 0, &Api::userRoles),
        get("groups", none, Domain::groups, PageNumber, 500, &Api::list),
        get("groups/{id}", none, Domain::groups, Unpaged, 0, &Api::single),
        get("groups/{id}/members", none, Domain::groupMembers, PageNumber, 100, &Api::groupMembers),
        get("groups/{id}/individuals", none, Domain::groupMembers, Unpaged, 0, &Api::groupMembers),
        get("teams", {u"groups:team:view"_s}, Domain::teams, After, 100, &Api::list),
        get("teams/{id}", {u"groups:team:view"_s}, Domain::teams, Unpaged, 0, &Api::single),
        get("teams/{id}/members", {u"groups:team:view"_s}, Domain::teamMembers, After, 100, &Api::teamMembers),
        get("routing/queues", {u"routing:queue:view"_s}, Domain::queues, PageNumber, 500, &Api::list),
        get("routing/queues/{id}", {u"routing:queue:view"_s}, Domain::queues, Unpaged, 0, &Api::single),
        get("routing/queues/{id}/members", queueMemberRights, Domain::queueMembers, PageNumberNoTotal, 100, &Api::queueMembers),
        get("routing/skills", {u"routing:skill:view"_s}, Domain::skills, PageNumber, 500, &Api::list),
        get("routing/skills/{id}", {u"routing:skill:view"_s}, Domain::skills, Unpaged, 0, &Api::single),
        get("routing/wrapupcodes", {u"routing:wrapupCode:view"_s}, Domain::wrapupCodes, PageNumber, 100, &Api::list),
        get("routing/wrapupcodes/{id}", {u"routing:wrapupCode:view"_s}, Domain::wrapupCodes, Unpaged, 0, &Api::single),
        get("flows", {u"architect:flow:view"_s}, Domain::flows, PageNumber, 500, &Api::list),
        get("flows/{id}", {u"architect:flow:view"_s}, Domain::flows, Unpaged, 0, &Api::single),
        get("architect/ivrs", {u"routing:callRoute:view"_s}, Domain::ivrs, PageNumber, 100, &Api::list),
        get("architect/ivrs/{id}", {u"routing:callRoute:view"_s}, Domain::ivrs, Unpaged, 0, &Api::single),
        get("processautomation/triggers", triggerView, Domain::triggers, After, 200, &Api::list),
        get("processautomation/triggers/{id}", triggerView, Domain::triggers, Unpaged, 0, &Api::single),
        get("telephony/providers/edges/trunkbasesettings", telephony, Domain::trunkBases, PageNumber, 100, &Api::list),
        get("telephony/providers/edges/trunkbasesettings/{id}", telephony, Domain::trunkBases, Unpaged, 0, &Api::single),
        get("telephony/providers/edges/didpools", telephony, Domain::didPools, PageNumber, 100, &Api::list),
        get("telephony/providers/edges/didpools/{id}", telephony, Domain::didPools, Unpaged, 0, &Api::single),
        get("oauth/clients", {u"oauth:client:view"_s}, Domain::oauthClients, Unpaged, 0, &Api::list),
        get("oauth/clients/{id}", {u"oauth:client:view"_s}, Domain::oauthClients, Unpaged, 0, &Api::single),
        get("tokens/me", none, Domain::oauthClients, Unpaged, 0, &Api::ownToken),
        Route{"HEAD", u"tokens/me"_s, none, Domain::oauthClients, Unpaged, 0, &Api::ownToken},
        Route{"POST", u"audits/query"_s, audits, {}, Unpaged, 0, &Api::auditSubmit},
        Route{"POST", u"audits/query/realtime"_s, audits, {}, PageNumber, 500, &Api::auditRealtime},
        get("audits/query/servicemapping", audits, {}, Unpaged, 0, &Api::auditMapping),
        get("audits/query/realtime/servicemapping", audits, {}, Unpaged, 0, &Api::auditMapping),
        get("notifications/channels", none, {}, Unpaged, 0, &Api::channels),
        Route{"POST", u"notifications/channels"_s, none, {}, Unpaged, 0, &Api::channels},
        get("notifications/channels/{id}/subscriptions", none, {}, Unpaged, 0, &Api::channelSubscriptions),
        Route{"POST", u"notifications/channels/{id}/subscriptions"_s, none, {}, Unpaged, 0, &Api::channelSubscriptions},
        Route{"PUT", u"notifications/channels/{id}/subscriptions"_s, none, {}, Unpaged, 0, &Api::channelSubscriptions},
        Route{"DELETE", u"notifications/channels/{id}/subscriptions"_s, none, {}, Unpaged, 0, &Api::channelSubscriptions},
        get("audits/query/{id}", audits, {}, Unpaged, 0, &Api::auditState),
        get("audits/query/{id}/results", audits, {}, Cursor, 500, &Api::auditResults),
    };
    static const std::vector<Route> table = [] {
        std::vector<Route> all = own;
        addGenericRoutes(all);
        return all;
    }();
    return table;
}

Answer Api::page(const Call &call, PageRequest request, const std::function<void(std::string &, qsizetype)> &row)
{
    request.style = call.route.paging;
    request.maxSize = call.route.maxPageSize;
    request.path = call.request.path;
    request.query = call.request.query;
    request.state = request.ordered ? 0 : m_world.org.revision();
    const auto plan = planPage(request);
    if (const auto *mistake = std::get_if<PageMistake>(&plan))
        return error(400, mistake->code, mistake->message);
    Answer answer;
    answer.body = writePage(request, std::get<PagePlan>(plan), m_dice, row);
    return answer;
}

Answer Api::object(const Body &body)
{
    std::string out;
    body.send(out, m_dice);
    Answer answer;
    answer.body = QByteArray::fromStdString(out);
    return answer;
}

void Api::sendEntity(std::string &out, const QString &domain, const Entity &entity, const std::vector<std::string_view> &hidden)
{
    entity.body.sendEntity(out, m_dice, volatileMembers(m_world, domain, entity, m_dice), hidden);
}

Answer Api::list(const Call &call)
{
    std::vector<const Entity *> seen;
    const auto &items = m_world.org.collection(call.route.domain).items();
    seen.reserve(items.size());
    for (const Entity &entity : items) {
        if (call.reach.covers(entity.body))
            seen.push_back(&entity);
    }
    PageRequest request;
    request.total = static_cast<qsizetype>(seen.size());
    const auto hidden = hiddenMembers(call.route.domain, call.request.query);
    return page(call, request,
                [&](std::string &out, qsizetype index) { sendEntity(out, call.route.domain, *seen[static_cast<size_t>(index)], hidden); });
}

Answer Api::users(const Call &call)
{
    QString state = call.request.query.queryItemValue(u"state"_s);
    if (state.isEmpty())
        state = u"active"_s; // the default hides who left
    if (state != u"active"_s && state != u"inactive"_s && state != u"deleted"_s && state != u"any"_s)
        return error(400, "bad.request", u"The parameter state must be one of active, inactive, deleted, any."_s);
    const std::string wanted = '"' + state.toStdString() + '"';
    std::vector<const Entity *> seen;
    const auto &items = m_world.org.collection(Domain::users).items();
    seen.reserve(items.size());
    for (const Entity &entity : items) {
        const Body *is = entity.body.find("state");
        if (state == u"any"_s || (is && is->json() == wanted))
            seen.push_back(&entity);
    }
    PageRequest request;
    request.total = static_cast<qsizetype>(seen.size());
    const auto hidden = hiddenMembers(Domain::users, call.request.query);
    return page(call, request,
                [&](std::string &out, qsizetype index) { sendEntity(out, Domain::users, *seen[static_cast<size_t>(index)], hidden); });
}

Answer Api::single(const Call &call)
{
    const Entity *entity = m_world.org.collection(call.route.domain).byId(call.ids.value(0));
    if (!entity || !call.reach.covers(entity->body))
        return notFound(u"The requested resource was not found."_s);
    Answer answer;
    std::string out;
    sendEntity(out, call.route.domain, *entity, hiddenMembers(call.route.domain, call.request.query));
    answer.body = QByteArray::fromStdString(out);
    return answer;
}

Answer Api::settings(const Call &call)
{
    const auto &items = m_world.org.collection(call.route.domain).items();
    Answer answer;
    std::string out;
    sendEntity(out, call.route.domain, items.front(), {});
    answer.body = QByteArray::fromStdString(out);
    return answer;
}

Answer Api::groupMembers(const Call &call)
{
    if (!m_world.org.collection(Domain::groups).byId(call.ids.value(0)))
        return notFound(u"Unable to find a group for the given id."_s);
    const auto &members = m_world.org.members(Domain::groupMembers, call.ids[0]);
    PageRequest request;
    request.total = static_cast<qsizetype>(members.size());
    const auto hidden = hiddenMembers(Domain::users, {});
    return page(call, request, [&](std::string &out, qsizetype index) {
        if (const Entity *user = m_world.org.collection(Domain::users).byId(members[static_cast<size_t>(index)].userId))
            sendEntity(out, Domain::users, *user, hidden);
        else
            out += "null";
    });
}

Answer Api::teamMembers(const Call &call)
{
    const Entity *team = m_world.org.collection(Domain::teams).byId(call.ids.value(0));
    if (!team || !call.reach.covers(team->body))
        return notFound(u"Unable to find a team for the given id."_s);
    const auto &members = m_world.org.members(Domain::teamMembers, call.ids[0]);
    PageRequest request;
    request.total = static_cast<qsizetype>(members.size());
    return page(call, request, [&](std::string &out, qsizetype index) {
        const QString id = members[static_cast<size_t>(index)].userId;
        const Entity *user = m_world.org.collection(Domain::users).byId(id);
        Body::object({{"id", Body(id)}, {"name", Body(user ? user->name : QString())}, {"selfUri", Body(u"/api/v2/users/"_s + id)}})
            .send(out, m_dice);
    });
}

Answer Api::queueMembers(const Call &call)
{
    const QString queue = call.ids.value(0);
    const Entity *entity = m_world.org.collection(Domain::queues).byId(queue);
    if (!entity || !call.reach.covers(entity->body))
        return notFound(u"Unable to find a queue for the given id."_s);
    const auto &members = m_world.org.members(Domain::queueMembers, queue);
    PageRequest request;
    request.total = static_cast<qsizetype>(members.size());
    return page(call, request, [&](std::string &out, qsizetype index) {
        const Membership &member = members[static_cast<size_t>(index)];
        const Entity *user = m_world.org.collection(Domain::users).byId(member.userId);
        const QString name = user ? user->name : QString();
        static constexpr const char *states[] = {"OFF_QUEUE", "IDLE", "INTERACTING", "NOT_RESPONDING"};
        Body::object(
            {{"id", Body(member.userId)},
             {"name", Body(name)},
             {"ringNumber", member.ring},
             {"joined", member.joined},
             {"memberBy", "user"},
             {"user",
              Body::object({{"id", Body(member.userId)}, {"name", Body(name)}, {"selfUri", Body(u"/api/v2/users/"_s + member.userId)}})},
             {"routingStatus", Body::object({{"userId", Body(member.userId)}, {"status", states[m_dice.below(4)]}})},
             {"selfUri", Body(QString::fromLatin1(call.request.path) + u'/' + member.userId)}})
            .send(out, m_dice);
    });
}

Answer Api::subjectGrants(const Call &call)
{
    const QString role = call.ids.value(0);
    if (!m_world.org.collection(Domain::roles).byId(role))
        return notFound(u"Unable to find a role for the given id."_s);
    struct Row {
        const Grant *first;
        QStringList divisions;
    };
    std::vector<Row> rows;
    QHash<QString, size_t> index;
    for (const Grant &grant : m_world.org.grantsOfRole(role)) {
        const auto at = index.constFind(grant.subject);
        if (at != index.cend()) {
            rows[*at].divisions.append(grant.division);
        } else {
            index.insert(grant.subject, rows.size());
            rows.push_back({&grant, {grant.division}});
        }
    }
    PageRequest request;
    request.total = static_cast<qsizetype>(rows.size());
    return page(call, request, [&](std::string &out, qsizetype at) {
        const Row &row = rows[static_cast<size_t>(at)];
        Body divisions = Body::bag(std::vector<Body>{});
        for (const QString &division : row.divisions)
            divisions.append(divisionBody(m_world.org, division, true));
        const Entity *subject = subjectEntity(m_world.org, row.first->subject);
        const QString type = subjectTypeName(row.first->type);
        Body body = Body::object({{"id", Body(row.first->subject)},
                                  {"name", Body(subject ? subject->name : QString())},
                                  {"type", Body(type)},
                                  {"divisions", std::move(divisions)},
                                  {"selfUri", Body(u"/api/v2/authorization/subjects/"_s + row.first->subject)}});
        if (row.first->type == SubjectType::Team)
            body.set("synthetic", Body(true)); // the real platform knows no team grants
        body.send(out, m_dice);
    });
}

/// The same grants, seen from their division. "*" is a division of its own: a grant in all divisions is listed in none of them.
Answer Api::divisionGrants(const Call &call)
{
    const QString division = call.ids.value(0);
    if (division != u"*"_s && !m_world.org.collection(Domain::divisions).byId(division))
        return notFound(u"Unable to find a division for the given id."_s);
    std::vector<const Grant *> rows;
    for (const Entity &role : m_world.org.collection(Domain::roles).items()) {
        for (const Grant &grant : m_world.org.grantsOfRole(role.id)) {
            if (grant.division == division)
                rows.push_back(&grant);
        }
    }
    PageRequest request;
    request.total = static_cast<qsizetype>(rows.size());
    return page(call, request, [&](std::string &out, qsizetype at) {
        const Grant &grant = *rows[static_cast<size_t>(at)];
        const Entity *role = m_world.org.collection(Domain::roles).byId(grant.role);
        Body::object({{"subjectId", Body(grant.subject)},
                      {"division", divisionBody(m_world.org, grant.division, false)},
                      {"role", Body::object({{"id", Body(grant.role)}, {"name", Body(role ? role->name : QString())}})},
                      {"grantMadeAt", Body(isoUtc(grant.made))}})
            .send(out, m_dice);
    });
}

Answer Api::subjectAnswer(const QString &id)
{
    const Entity *entity = subjectEntity(m_world.org, id);
    if (!entity)
        return notFound(u"Unable to find a subject for the given id."_s);
    const std::vector<Grant> grants = grantsReaching(id);
    Body list = Body::bag(std::vector<Body>{});
    for (const Grant &grant : grants) {
        const Entity *role = m_world.org.collection(Domain::roles).byId(grant.role);
        Body policies = Body::bag(std::vector<Body>{});
        const Body *held = role ? role->body.find("permissionPolicies") : nullptr;
        for (const Body::Member &policy : held ? held->members() : Body::Members()) {
            const Body *actions = policy.value.find("actionSet");
            policies.append(Body::object({{"domain", Body(policy.value.text("domain"))},
                                          {"entityName", Body(policy.value.text("entityName"))},
                                          {"actions", actions ? *actions : Body::bag(QStringList{})}}));
        }
        list.append(Body::object({{"subjectId", Body(grant.subject)},
                                  {"division", divisionBody(m_world.org, grant.division, false)},
                                  {"grantMadeAt", Body(isoUtc(grant.made))},
                                  {"role",
                                   Body::object({{"id", Body(grant.role)},
                                                 {"name", Body(role ? role->name : QString())},
                                                 {"description", Body(role ? role->body.text("description") : QString())},
                                                 {"default", role && role->body.find("defaultRoleId") != nullptr},
                                                 {"policies", std::move(policies)},
                                                 {"selfUri", Body(u"/api/v2/authorization/roles/"_s + grant.role)}})}}));
    }
    return object(Body::object({{"id", Body(id)},
                                {"name", Body(entity->name)},
                                {"version", static_cast<qint64>(m_world.org.revision() % 1000)},
                                {"grants", std::move(list)},
                                {"selfUri", Body(u"/api/v2/authorization/subjects/"_s + id)}}));
}

Answer Api::subject(const Call &call)
{
    // A work team is a subject only where teams hold grants, which the real platform knows nothing of.
    if (!m_world.settings.teamGrants && m_world.org.collection(Domain::teams).byId(call.ids.value(0)))
        return notFound(u"Unable to find a subject for the given id."_s);
    return subjectAnswer(call.ids.value(0));
}

/// The merged answer: what a user may do at all, without divisions and without how it came.
Answer Api::userRoles(const Call &call)
{
    const QString id = call.ids.value(0);
    if (!m_world.org.collection(Domain::users).byId(id))
        return notFound(u"Unable to find a user for the given id."_s);
    Body roles = Body::bag(std::vector<Body>{}), policies = Body::bag(std::vector<Body>{});
    QSet<QString> seen;
    for (const Grant &grant : grantsReaching(id)) {
        const Entity *role = m_world.org.collection(Domain::roles).byId(grant.role);
        if (!role || seen.contains(grant.role))
            continue;
        seen.insert(grant.role);
        roles.append(Body::object({{"id", Body(role->id)}, {"name", Body(role->name)}}));
        const Body *held = role->body.find("permissionPolicies");
        for (const Body::Member &policy : held ? held->members() : Body::Members())
            policies.append(policy.value);
    }
    return object(Body::object({{"roles", std::move(roles)},
                                {"unusedRoles", Body::bag(QStringList{})},
                                {"permissions", Body::bag(QStringList{})},
                                {"permissionPolicies", std::move(policies)}}));
}

Answer Api::ownSubject(const Call &call)
{
    return subjectAnswer(call.caller.subject());
}

Answer Api::ownToken(const Call &call)
{
    if (call.request.method == "HEAD")
        return {};
    const Entity &org = m_world.org.collection(Domain::organization).items().front();
    const Body organisation = Body::object({{"id", Body(org.id)}, {"name", Body(org.name)}});
    const Entity *client = m_world.org.collection(Domain::oauthClients).byId(call.caller.client);
    const bool isPerson = !call.caller.user.isEmpty();
    const QString name = client ? client->name : isPerson ? u"orgtrace-desktop"_s : QString();
    Body oauth = Body::object({{"id", Body(call.caller.client)}, {"name", Body(name)}, {"organization", organisation}});
    for (const char *member : {"authorizedGrantType", "state", "scope", "roleDivisions"}) {
        if (const Body *value = client ? client->body.find(member) : nullptr)
            oauth.set(member, *value);
    }
    if (isPerson) { // its client is of the sign-in desk, not of the organisation's list
        oauth.set("authorizedGrantType", Body("CODE"));
        oauth.set("state", Body("active"));
        oauth.set("scope", Body::bag(call.caller.scopes));
    }
    return object(Body::object({{"organization", organisation},
                                {"homeOrganization", organisation},
                                {"authorizedScope", Body::bag(call.caller.scopes)},
                                {"OAuthClient", std::move(oauth)}}));
}

Answer Api::ownUser(const Call &call)
{
    const Entity *user = m_world.org.collection(Domain::users).byId(call.caller.user);
    if (!user)
        return error(400, "bad.request",
                     u"This request requires a user context. Client credentials cannot be used for requests to this resource."_s);
    Answer answer;
    std::string out;
    sendEntity(out, Domain::users, *user, hiddenMembers(Domain::users, call.request.query));
    answer.body = QByteArray::fromStdString(out);
    return answer;
}

} // namespace Orgtrace::Sandbox
