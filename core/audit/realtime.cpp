#include "audit/realtime.h"

#include "base/digest.h"
#include "json/node.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace Orgtrace::Audit {

namespace {
constexpr int MostDays = 14;
constexpr qint64 DayMs = qint64(24) * 3600 * 1000;
constexpr int PageSize = 500;
constexpr int MostPages = 200;
constexpr qsizetype MostServices = 200;
constexpr qsizetype MostProperties = 1000;

/// Whether a change of such a thing would be in a snapshot.
bool concernsSnapshots(const QString &service, const QString &entityType)
{
    Event event;
    event.service = service;
    event.entityType = entityType;
    event.action = u"Update"_s;
    event.entityId = u"x"_s;
    return !targets(event).isEmpty();
}
} // namespace

Result<Trigger> readTrigger(Json::Value event)
{
    Event read;
    read.id = event["id"].toQString();
    const Json::Value time = event["eventDate"].isString() ? event["eventDate"] : event["eventTime"];
    read.timeUtc = parseIsoUtc(time.toQString());
    if (read.id.isEmpty() || read.id.size() > 500 || !read.timeUtc.isValid()) {
        return Error::make(ErrorCode::MalformedJson, u"an audit event needs an id and a time"_s, read.id.left(100));
    }
    read.service = event["serviceName"].toQString();
    read.entityType = event["entityType"].toQString();
    read.action = event["action"].toQString();
    read.entityId = event["entity"]["id"].toQString();
    read.entityName = event["entity"]["name"].toQString();
    for (const Json::Value change : event["propertyChanges"].items()) {
        if (read.changes.size() >= MostProperties) {
            break;
        }
        read.changes.append({change["property"].toQString(), {}, {}});
    }
    return Trigger{read.id, read.timeUtc, targets(read)};
}

QString auditTopic(const QString &entityType, const QString &entityId)
{
    const auto isPlain = [](const QString &text) {
        return !text.isEmpty() && text.size() <= 200 && std::ranges::all_of(text, [](QChar c) {
            return c.unicode() < 0x80 && (c.isLetterOrNumber() || c == u'-' || c == u'_' || c == u':');
        });
    };
    return isPlain(entityType) && isPlain(entityId) ? u"v2.audits.entitytype.%1.entityid.%2"_s.arg(entityType, entityId) : QString();
}

QCoro::Task<Result<void>> RealtimeQuery::learnServices()
{
    const auto request
        = Genesys::ApiRequest::allow(Genesys::Method::Get, QByteArrayLiteral("/api/v2/audits/query/realtime/servicemapping"));
    if (!request) {
        co_return std::unexpected(request.error());
    }
    auto sending = m_client.send(*request);
    const Result<Genesys::ApiReply> reply = co_await sending;
    if (!reply) {
        co_return std::unexpected(reply.error());
    }
    const auto document = Json::parse(view(reply->body));
    if (!document) {
        co_return Error::make(ErrorCode::BadResponse, u"the list of services of the real-time audit query is unreadable"_s);
    }
    for (const Json::Value service : document->root()["services"].items()) {
        // Older organisations were seen with serviceName and entityTypes.
        const QString name = service["name"].isString() ? service["name"].toQString() : service["serviceName"].toQString();
        const Json::Value entities = service["entities"].isArray() ? service["entities"] : service["entityTypes"];
        bool concerns = false;
        for (const Json::Value entity : entities.items()) {
            concerns = concerns || concernsSnapshots(name, entity.isString() ? entity.toQString() : entity["name"].toQString());
        }
        if (concerns && !name.isEmpty() && !m_services.contains(name) && m_services.size() < MostServices) {
            m_services.append(name);
        }
    }
    if (m_services.isEmpty()) {
        co_return Error::make(ErrorCode::NotOffered, u"the real-time audit query offers no service whose changes snapshots hold"_s);
    }
    co_return Result<void>();
}

QCoro::Task<Result<void>> RealtimeQuery::askFor(QString service, QDateTime fromUtc, QDateTime toUtc, QList<Trigger> *out)
{
    for (int page = 1; page <= MostPages; ++page) {
        Json::Node body;
        body["interval"] = Json::Node(QString(isoUtc(fromUtc) + u'/' + isoUtc(toUtc)));
        body["serviceName"] = Json::Node(service);
        Json::Node order;
        order["name"] = Json::Node(u"Timestamp"_s);
        order["sortOrder"] = Json::Node(u"ascending"_s);
        body["sort"].append(std::move(order));
        body["pageNumber"] = page;
        body["pageSize"] = PageSize;
        const auto request
            = Genesys::ApiRequest::allow(Genesys::Method::Post, QByteArrayLiteral("/api/v2/audits/query/realtime"), {}, body.compactText());
        if (!request) {
            co_return std::unexpected(request.error());
        }
        auto sending = m_client.send(*request);
        const Result<Genesys::ApiReply> reply = co_await sending;
        if (!reply) {
            co_return std::unexpected(reply.error());
        }
        const auto document = Json::parse(view(reply->body));
        if (!document || !document->root()["entities"].isArray()) {
            co_return Error::make(ErrorCode::BadResponse, u"the real-time audit query was answered without events"_s, reply->correlationId);
        }
        qsizetype rows = 0;
        for (const Json::Value event : document->root()["entities"].items()) {
            ++rows;
            if (Result<Trigger> trigger = readTrigger(event)) {
                out->append(std::move(*trigger));
            }
        }
        if (rows == 0 || page >= document->root()["pageCount"].toInteger(0)) {
            co_return Result<void>();
        }
    }
    co_return Error::make(ErrorCode::TooLarge,
                          u"the real-time audit query of %1 has more than %2 pages"_s.arg(service.left(80)).arg(MostPages));
}

QCoro::Task<Result<QList<Trigger>>> RealtimeQuery::ask(QDateTime fromUtc)
{
    if (m_services.isEmpty()) {
        auto learning = learnServices();
        const Result<void> learnt = co_await learning;
        if (!learnt) {
            co_return std::unexpected(learnt.error());
        }
    }
    const QDateTime to = serverNow().addSecs(60);
    fromUtc = std::max(fromUtc.toUTC(), to.addMSecs(-MostDays * DayMs + 3600LL * 1000)); // an hour inside: the limit moves while we ask
    QList<Trigger> found;
    const QStringList services = m_services;
    while (fromUtc < to) {
        const QDateTime until = std::min(fromUtc.addMSecs(DayMs), to);
        for (const QString &service : services) {
            auto asking = askFor(service, fromUtc, until, &found);
            const Result<void> asked = co_await asking;
            if (!asked) {
                co_return std::unexpected(asked.error());
            }
        }
        fromUtc = until;
    }
    std::ranges::sort(found, {}, &Trigger::timeUtc);
    co_return Result<QList<Trigger>>(std::move(found));
}

} // namespace Orgtrace::Audit
