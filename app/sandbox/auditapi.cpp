#include "sandbox/auditapi.h"

#include "base/clock.h"
#include "sandbox/api.h"
#include "sandbox/api_p.h"
#include "json/value.h"

using namespace Qt::StringLiterals;

namespace Orgtrace::Sandbox {
namespace {

constexpr size_t maxQueries = 2000;
constexpr qint64 maxQueryDays = 30;
constexpr qint64 maxRealtimeDays = 14;
constexpr qint64 transactionSeconds = 24LL * 3600; ///< how long results can be read, virtual time

} // namespace

Result<AuditApi::Query> AuditApi::read(const QByteArray &body) const
{
    const auto bad = [](const QString &text) { return Error::make(ErrorCode::BadInput, text); };
    const auto parsed = Json::parse({body.constData(), static_cast<size_t>(body.size())});
    if (!parsed || !parsed->root().isObject())
        return bad(u"The request could not be understood by the server due to malformed syntax."_s);
    const Json::Value root = parsed->root();
    Query query;
    query.interval = root["interval"].toQString();
    const QStringList bounds = query.interval.split(u'/');
    if (bounds.size() == 2) {
        query.fromUtc = parseIsoUtc(bounds[0]);
        query.toUtc = parseIsoUtc(bounds[1]);
    }
    if (!query.fromUtc.isValid() || !query.toUtc.isValid() || query.toUtc <= query.fromUtc)
        return bad(u"The interval is required and must be written start/end in ISO-8601."_s);
    query.service = root["serviceName"].toQString();
    bool hasEntityType = false;
    bool needsEntityType = false;
    static const QStringList known{u"UserId"_s, u"TrusteeOrganizationId"_s, u"ClientId"_s, u"Action"_s, u"EntityType"_s, u"EntityId"_s};
    for (const Json::Value filter : root["filters"].items()) {
        const QString property = filter["property"].toQString();
        if (!known.contains(property))
            return bad(u"\"%1\" is not a property to filter by."_s.arg(property.left(80)));
        hasEntityType = hasEntityType || property == u"EntityType"_s;
        needsEntityType = needsEntityType || property == u"Action"_s || property == u"EntityId"_s;
        query.filters.append({property, filter["value"].toQString()});
    }
    if (needsEntityType && !hasEntityType)
        return bad(u"Filters by Action or EntityId need a filter by EntityType."_s);
    for (const Json::Value sort : root["sort"].items()) {
        if (sort["name"].toQString() != u"Timestamp"_s)
            return bad(u"Only Timestamp can be sorted by."_s);
        query.descending = sort["sortOrder"].toQString() == u"descending"_s;
    }
    query.pageNumber = static_cast<int>(std::clamp<qint64>(root["pageNumber"].toInteger(1), 1, 1'000'000));
    query.pageSize = static_cast<int>(std::clamp<qint64>(root["pageSize"].toInteger(25), 1, 500));
    return query;
}

void AuditApi::run(Query &query) const
{
    const auto fits = [&](const AuditEvent &event) {
        if (event.atUtc < query.fromUtc || event.atUtc >= query.toUtc || event.visibleUtc > m_world.nowUtc)
            return false;
        if (!query.service.isEmpty() && event.service != query.service) // case-sensitive: a wrong case finds nothing, and says nothing
            return false;
        return std::ranges::all_of(query.filters, [&](const auto &filter) {
            const auto &[property, value] = filter;
            return value
                == (property == u"UserId"_s           ? event.userId
                        : property == u"ClientId"_s   ? event.clientId
                        : property == u"Action"_s     ? event.action
                        : property == u"EntityType"_s ? event.entityType
                        : property == u"EntityId"_s   ? event.entityId
                                                      : QString());
        });
    };
    query.found.clear();
    for (size_t i = 0; i < m_world.events.size(); ++i) {
        if (fits(m_world.events[i]))
            query.found.push_back(i);
    }
    if (query.descending)
        std::ranges::reverse(query.found);
}

const AuditApi::Query &AuditApi::submit(Query query)
{
    query.id = uuid(m_world.org.seed(), "transaction/" + std::to_string(m_world.requests));
    query.submittedUtc = m_world.nowUtc;
    run(query);
    if (m_order.size() >= maxQueries) {
        m_queries.erase(m_order.front());
        m_order.erase(m_order.begin());
    }
    m_order.push_back(query.id);
    const QString id = query.id;
    return m_queries.insert_or_assign(id, std::move(query)).first->second;
}

AuditApi::Query *AuditApi::find(const QString &id)
{
    const auto it = m_queries.find(id);
    if (it == m_queries.end() || it->second.submittedUtc.secsTo(m_world.nowUtc) > transactionSeconds)
        return nullptr;
    return &it->second;
}

void AuditApi::poll(Query &query) const
{
    ++query.polls;
    query.state = query.polls >= 2 ? u"Succeeded"_s : u"Running"_s;
}

Body AuditApi::status(const Query &query) const
{
    Body filters = Body::array();
    for (const auto &[property, value] : query.filters)
        filters.append(Body::object({{"property", Body(property)}, {"value", Body(value)}}));
    Body body = Body::object(
        {{"id", Body(query.id)},
         {"state", Body(query.state)},
         {"startDate", Body(isoUtc(query.submittedUtc))},
         {"interval", Body(query.interval)},
         {"filters", std::move(filters)},
         {"sort", Body::array({Body::object({{"name", "Timestamp"}, {"sortOrder", query.descending ? "descending" : "ascending"}})})}});
    if (!query.service.isEmpty())
        body.set("serviceName", Body(query.service));
    return body;
}

Body AuditApi::event(size_t index, bool expandUser) const
{
    Body body = m_world.events[index].body;
    if (Body *user = body.find("user")) {
        user->set("selfUri", Body(u"/api/v2/users/"_s + user->text("id")));
        if (!expandUser)
            user->unset("name");
    }
    return body;
}

Answer Api::auditSubmit(const Call &call)
{
    auto query = m_audit->read(call.request.body);
    if (!query)
        return error(400, "bad.request", query.error().detail);
    if (query->fromUtc.daysTo(query->toUtc) > maxQueryDays)
        return error(400, "bad.request", u"The interval must not span more than %1 days."_s.arg(maxQueryDays));
    Answer answer = object(m_audit->status(m_audit->submit(std::move(*query))));
    answer.status = 202;
    return answer;
}

Answer Api::auditRealtime(const Call &call)
{
    auto query = m_audit->read(call.request.body);
    if (!query)
        return error(400, "bad.request", query.error().detail);
    if (query->fromUtc.daysTo(m_world.nowUtc) > maxRealtimeDays)
        return error(400, "bad.request", u"Real-time queries reach %1 days back."_s.arg(maxRealtimeDays));
    const Body realtime = serviceMapping(true);
    const auto &offered = realtime.find("services")->members();
    if (std::ranges::none_of(offered, [&](const Body::Member &item) { return item.value.text("name") == query->service; }))
        return error(400, "bad.request", u"The serviceName is not one of audits/query/realtime/servicemapping."_s);
    m_audit->run(*query);
    const auto total = static_cast<qint64>(query->found.size());
    const qint64 from = std::min<qint64>(total, static_cast<qint64>(query->pageNumber - 1) * query->pageSize);
    Body list = Body::array();
    for (qint64 i = from; i < std::min<qint64>(total, from + query->pageSize); ++i)
        list.append(
            m_audit->event(query->found[static_cast<size_t>(i)], call.request.query.queryItemValue(u"expand"_s).contains(u"user"_s)));
    return object(Body::object({{"entities", std::move(list)},
                                {"pageSize", query->pageSize},
                                {"pageNumber", query->pageNumber},
                                {"total", total},
                                {"pageCount", (total + query->pageSize - 1) / query->pageSize}}));
}

Answer Api::auditMapping(const Call &call)
{
    return object(serviceMapping(call.request.path.contains("realtime")));
}

Answer Api::auditState(const Call &call)
{
    AuditApi::Query *query = m_audit->find(call.ids.value(0));
    if (!query)
        return notFound(u"The audit query was not found or has expired."_s);
    m_audit->poll(*query);
    return object(m_audit->status(*query));
}

Answer Api::auditResults(const Call &call)
{
    const AuditApi::Query *query = m_audit->find(call.ids.value(0));
    if (!query)
        return notFound(u"The audit query was not found or has expired."_s);
    if (query->state != u"Succeeded"_s)
        return error(400, "bad.request", u"The audit query has not succeeded yet."_s);
    const bool expandUser = call.request.query.allQueryItemValues(u"expand"_s, QUrl::FullyDecoded).join(u',').contains(u"user"_s);
    PageRequest request;
    request.total = static_cast<qsizetype>(query->found.size());
    request.ordered = true;
    request.id = query->id;
    return page(call, request, [&](std::string &out, qsizetype index) {
        m_audit->event(query->found[static_cast<size_t>(index)], expandUser).send(out, m_dice);
    });
}

} // namespace Orgtrace::Sandbox
