#pragma once

#include "genesys/apiclient.h"

#include <QStringList>

namespace Orgtrace::Genesys {

/// Where a channel may be listened to: wss to the platform's own domain, or plain ws to this machine where the API is on this machine too.
/// Errors: RedirectRefused (anything else; the address itself is never told, whoever has it can listen).
[[nodiscard]] Result<QUrl> channelAddress(const QString &connectUri, const Endpoints &endpoints);

/// One frame of a channel, as far as it is needed.
struct Notification {
    QString topic;
    QByteArray body; ///< eventBody as compact JSON
};
/// Errors: MalformedJson, TooLarge.
[[nodiscard]] Result<Notification> readNotification(const QByteArray &frame, qsizetype largest);

/// Listens to topics of the notification service (API section 7.1): makes a channel, subscribes, opens its WebSocket, and does so again whenever it is lost, silent, closing or expired.
///
/// What happens while it is not open is lost: opened() says when to ask the audit query for the gap. Notifications are a trigger, never evidence.
/// A lost socket is opened again on the same channel after a wait with full jitter; a channel that is gone, refused twice or within ten minutes of its end
/// (a life of 24 h) is left for a new one. No frame for 75 s is a loss: heartbeats come every 30 s. Watches of the socket are timers of the event loop, not the Clock, as in exchange.h.
/// Thread: the client's. Borrows client and clock. Bounds: 1 MB a message, 1000 topics (the platform's).
class NotificationChannel final : public QObject
{
    Q_OBJECT
public:
    struct Settings {
        Endpoints endpoints;
        QStringList topics;
        std::chrono::milliseconds silence{75000};
        std::chrono::milliseconds connectWithin{30000};
        std::chrono::milliseconds firstWait{1000}, longestWait{60000};
        qsizetype largestMessage = 1024LL * 1024;
        quint32 jitterSeed = 0; ///< 0: from the system
    };
    static constexpr qsizetype MostTopics = 1000;

    NotificationChannel(ApiClient &client, Clock &clock, Settings settings, CancellationToken cancel, QObject *parent = nullptr);
    ~NotificationChannel() override; ///< @pre run() has ended

    /// Ends when cancelled, without error, or by what waiting does not heal: Forbidden (scope notifications), NotOffered, RedirectRefused (connectUri), sign-in errors.
    [[nodiscard]] QCoro::Task<Result<void>> run();

Q_SIGNALS:
    void opened(bool isNewChannel, qsizetype topics); ///< of those asked for, how many the platform permits
    void lost(const Orgtrace::Error &why);
    void notified(const Orgtrace::Genesys::Notification &notification); ///< of a subscribed topic

private:
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace Orgtrace::Genesys
