#pragma once

#include "sandbox/http.h"
#include "sandbox/world.h"

#include <QObject>
#include <QSet>

#include <deque>
#include <map>
#include <memory>

class QTimer;
class QWebSocket;

namespace Orgtrace::Sandbox {

/// The notification service: channels, their subscriptions, and a WebSocket each (API section 7.1). Events of the audit topic are delivered in the shape of
/// the topic when the virtual clock passes them. A heartbeat comes every 30 s by the wall. Channels live 24 h by the virtual clock; of 20 channels the oldest
/// goes; a second socket on a channel kicks the first; above 1000 topics a request is refused.
///
/// Thread: the creator's. Borrows the world.
class Channels final : public QObject
{
    Q_OBJECT
public:
    explicit Channels(World &world, QObject *parent = nullptr);
    ~Channels() override;
    void setPort(quint16 port) { m_port = port; }

    struct Channel {
        ~Channel(); ///< its socket goes silently
        QString id;
        QDateTime expiresUtc;
        QStringList topics;
        std::unique_ptr<QWebSocket> socket;
    };
    [[nodiscard]] const Channel &make();
    [[nodiscard]] Body describe(const Channel &channel) const; ///< id, connectUri, expires
    [[nodiscard]] Body list() const;
    [[nodiscard]] Channel *find(const QString &id); ///< nullptr: never made, or expired

    static constexpr qsizetype MostTopics = 1000;
    /// Adds topics, or replaces all. False: too many, nothing was changed.
    [[nodiscard]] bool subscribe(Channel &channel, const QStringList &topics, bool isReplacing);
    [[nodiscard]] Body subscriptions(const Channel &channel) const;

    [[nodiscard]] bool mayConnect(const QString &path); ///< "/channels/<id>"
    void connected(const QString &path, std::unique_ptr<QWebSocket> socket);
    void deliver(const QDateTime &afterUtc, const QDateTime &untilUtc); ///< events with after < time ≤ until

    /// "drop" (sockets are cut), "expire" (the channels are gone too), "close" (socket_closing, then cut), "heartbeat", "mute" (nothing is sent any more),
    /// "garbage" (frames that are no notification), "unmute". False: no such command.
    bool command(const QString &what);
    [[nodiscard]] int openSockets() const;
    [[nodiscard]] int made() const { return m_made; } ///< channels, since the start

private:
    void send(Channel &channel, const QString &topic, const Body &eventBody);
    void beat();
    void cut();

    World &m_world;
    quint16 m_port = 0;
    int m_made = 0;
    bool m_isMute = false;
    std::deque<std::unique_ptr<Channel>> m_channels; ///< oldest first
    QTimer *m_heartbeat;
};

} // namespace Orgtrace::Sandbox
