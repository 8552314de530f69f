#include "sandbox/channels.h"

#include "base/clock.h"
#include "sandbox/api.h"
#include "sandbox/api_p.h"
#include "json/value.h"

#include <QTimer>
#include <QWebSocket>

using namespace Qt::StringLiterals;

namespace Orgtrace::Sandbox {
namespace {

constexpr size_t mostChannels = 20;
constexpr qint64 lifeSeconds = 24LL * 3600;
constexpr std::chrono::seconds heartbeat{30};
const QString channelPath = u"/channels/"_s;

/// The audit topic's shape of an event (API section 7.2).
Body topicBody(const AuditEvent &event)
{
    Body body = Body::object({{"id", Body(event.id)},
                              {"eventTime", Body(isoUtc(event.atUtc))},
                              {"serviceName", Body(event.service)},
                              {"entityType", Body(event.entityType)},
                              {"action", Body(event.action)},
                              {"clientId", Body::object({{"id", Body(event.clientId)}})}});
    if (!event.userId.isEmpty())
        body.set("userId", Body(event.userId));
    for (const char *name : {"userHomeOrgId", "remoteIp", "level", "message", "entity", "propertyChanges", "context"}) {
        if (const Body *value = event.body.find(name))
            body.set(name, *value);
    }
    if (const Body *user = event.body.find("user"))
        body.set("username", *user);
    return body;
}

} // namespace

Channels::Channels(World &world, QObject *parent) : QObject(parent), m_world(world), m_heartbeat(new QTimer(this))
{
    connect(m_heartbeat, &QTimer::timeout, this, &Channels::beat);
    m_heartbeat->start(heartbeat);
}

Channels::Channel::~Channel()
{
    if (socket)
        socket->disconnect();
}

Channels::~Channels()
{
    cut();
}

const Channels::Channel &Channels::make()
{
    if (m_channels.size() >= mostChannels) {
        const auto unconnected = std::ranges::find_if(m_channels, [](const auto &one) { return !one->socket; });
        m_channels.erase(unconnected == m_channels.end() ? m_channels.begin() : unconnected);
    }
    auto channel = std::make_unique<Channel>();
    channel->id = u"streaming-0-"_s + uuid(m_world.org.seed(), u"channel/%1"_s.arg(++m_made));
    channel->expiresUtc = m_world.nowUtc.addSecs(lifeSeconds);
    m_channels.push_back(std::move(channel));
    return *m_channels.back();
}

Body Channels::describe(const Channel &channel) const
{
    return Body::object({{"id", Body(channel.id)},
                         {"connectUri", Body(u"ws://127.0.0.1:%1%2%3"_s.arg(m_port).arg(channelPath, channel.id))},
                         {"expires", Body(isoUtc(channel.expiresUtc))}});
}

Body Channels::list() const
{
    Body entities = Body::array();
    for (const auto &channel : m_channels)
        entities.append(describe(*channel));
    return Body::object({{"entities", std::move(entities)}});
}

Channels::Channel *Channels::find(const QString &id)
{
    std::erase_if(m_channels, [this](const auto &one) { return one->expiresUtc <= m_world.nowUtc; });
    const auto found = std::ranges::find_if(m_channels, [&id](const auto &one) { return one->id == id; });
    return found == m_channels.end() ? nullptr : found->get();
}

bool Channels::subscribe(Channel &channel, const QStringList &topics, bool isReplacing)
{
    QStringList all = isReplacing ? QStringList() : channel.topics;
    all += topics;
    all.removeDuplicates();
    if (all.size() > MostTopics)
        return false;
    channel.topics = all;
    channel.expiresUtc = m_world.nowUtc.addSecs(lifeSeconds);
    return true;
}

Body Channels::subscriptions(const Channel &channel) const
{
    Body entities = Body::array();
    for (const QString &topic : channel.topics)
        entities.append(Body::object({{"id", Body(topic)},
                                      {"state", "Permitted"},
                                      {"selfUri", Body(u"/api/v2/notifications/channels/%1/subscriptions"_s.arg(channel.id))}}));
    return Body::object({{"entities", std::move(entities)}});
}

bool Channels::mayConnect(const QString &path)
{
    return path.startsWith(channelPath) && find(path.mid(channelPath.size()));
}

void Channels::connected(const QString &path, std::unique_ptr<QWebSocket> socket)
{
    Channel *channel = find(path.mid(channelPath.size()));
    if (!channel)
        return;
    if (channel->socket)
        channel->socket->abort();
    channel->socket = std::move(socket);
    QWebSocket *mine = channel->socket.get();
    connect(mine, &QWebSocket::textMessageReceived, this, [this, id = channel->id](const QString &text) {
        if (Channel *one = find(id); one && text.contains(u"ping"_s))
            send(*one, u"channel.metadata"_s, Body::object({{"message", "pong"}}));
    });
    connect(mine, &QWebSocket::disconnected, this, [this, id = channel->id, mine] {
        Channel *one = find(id);
        if (one && one->socket.get() == mine)
            one->socket.release()->deleteLater();
    });
}

void Channels::send(Channel &channel, const QString &topic, const Body &eventBody)
{
    if (!channel.socket || m_isMute)
        return;
    const Body frame = Body::object({{"topicName", Body(topic)},
                                     {"version", "2"},
                                     {"eventBody", eventBody},
                                     {"metadata", Body::object({{"CorrelationId", Body(uuid(m_world.org.seed(), topic))}})},
                                     {"timestamp", Body(isoUtc(m_world.nowUtc))}});
    channel.socket->sendTextMessage(QString::fromStdString(frame.stable()));
}

void Channels::beat()
{
    for (const auto &channel : m_channels)
        send(*channel, u"channel.metadata"_s, Body::object({{"message", "WebSocket Heartbeat"}}));
}

void Channels::deliver(const QDateTime &afterUtc, const QDateTime &untilUtc)
{
    if (openSockets() == 0)
        return;
    for (const AuditEvent &event : m_world.events) {
        if (event.atUtc <= afterUtc || event.atUtc > untilUtc)
            continue;
        const QString topic = u"v2.audits.entitytype.%1.entityid.%2"_s.arg(event.entityType, event.entityId);
        for (const auto &channel : m_channels) {
            if (channel->socket && channel->topics.contains(topic))
                send(*channel, topic, topicBody(event));
        }
    }
}

void Channels::cut()
{
    for (const auto &channel : m_channels) {
        if (channel->socket) {
            channel->socket->disconnect(this);
            channel->socket->abort();
            channel->socket.reset();
        }
    }
}

bool Channels::command(const QString &what)
{
    if (what == u"drop"_s) {
        cut();
    } else if (what == u"expire"_s) {
        cut();
        m_channels.clear();
    } else if (what == u"close"_s) {
        for (const auto &channel : m_channels)
            send(*channel, u"v2.system.socket_closing"_s, Body::object({{"message", "Socket closing"}, {"channelId", Body(channel->id)}}));
    } else if (what == u"heartbeat"_s) {
        beat();
    } else if (what == u"garbage"_s) {
        for (const auto &channel : m_channels) {
            if (channel->socket) {
                channel->socket->sendTextMessage(u"{\"topicName\": 5"_s);
                channel->socket->sendTextMessage(u"[]"_s);
                channel->socket->sendBinaryMessage("\xff\xfe\x00");
            }
        }
    } else if (what == u"mute"_s || what == u"unmute"_s) {
        m_isMute = what == u"mute"_s;
    } else {
        return false;
    }
    return true;
}

int Channels::openSockets() const
{
    return static_cast<int>(std::ranges::count_if(m_channels, [](const auto &one) { return one->socket != nullptr; }));
}

Answer Api::channels(const Call &call)
{
    return object(call.request.method == "POST" ? m_channels->describe(m_channels->make()) : m_channels->list());
}

Answer Api::channelSubscriptions(const Call &call)
{
    Channels::Channel *channel = m_channels->find(call.ids.value(0));
    if (!channel)
        return notFound(u"The notification channel does not exist or has expired."_s);
    if (call.request.method == "DELETE") {
        channel->topics.clear();
        return {};
    }
    if (call.request.method != "GET") {
        const auto parsed = Json::parse({call.request.body.constData(), static_cast<size_t>(call.request.body.size())});
        if (!parsed || !parsed->root().isArray())
            return error(400, "bad.request", u"The topics are an array of objects with an id."_s);
        QStringList topics;
        for (const Json::Value item : parsed->root().items())
            topics.append(item["id"].toQString());
        if (!m_channels->subscribe(*channel, topics, call.request.method == "PUT"))
            return error(400, "notifications.max.topics", u"A channel has at most %1 topics."_s.arg(Channels::MostTopics));
    }
    return object(m_channels->subscriptions(*channel));
}

} // namespace Orgtrace::Sandbox
