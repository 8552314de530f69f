#include "genesys/notifications.h"

#include "base/bell.h"
#include "base/digest.h"
#include "json/canonical.h"
#include "json/node.h"

#include <QHostAddress>
#include <QNetworkRequest>
#include <QRandomGenerator>
#include <QTimer>
#include <QWebSocket>

using namespace Qt::StringLiterals;

namespace Orgtrace::Genesys {

namespace {
using std::chrono::milliseconds;

constexpr int RenewBeforeSeconds = 600;
constexpr int LeastLifeSeconds = 60; ///< a channel that is told to end at once is no reason to make hundreds
constexpr int LifeSeconds = 24 * 3600;
constexpr qsizetype MaxId = 200;
constexpr int RefusalsOfAChannel = 2; ///< in a row, before a new one is made
constexpr int MostDoublings = 16;

bool isLoopback(const QString &host)
{
    return host == "localhost"_L1 || QHostAddress(host).isLoopback();
}

/// What waiting does not heal.
bool isFinal(ErrorCode code)
{
    switch (code) {
    case ErrorCode::Forbidden:
    case ErrorCode::NotOffered:
    case ErrorCode::RequestRefused:
    case ErrorCode::RedirectRefused:
    case ErrorCode::WrongSecret:
    case ErrorCode::WrongRegion:
    case ErrorCode::IpNotAllowed:
    case ErrorCode::SignInRefused:
    case ErrorCode::NeedsPerson:
    case ErrorCode::Unauthorised:
    case ErrorCode::KeyUnavailable:
    case ErrorCode::BadInput: return true;
    default: return false;
    }
}

struct Channel {
    QString id;
    QUrl address;
    milliseconds renewAt{0}; ///< by Clock::monotonic()
    bool isNew = true;
    int refusals = 0;
};

/// How listening to a socket ended.
enum class Ending { Cancelled, Lost, Silent, Refused, Closing, Gone, Expiring };

QString words(Ending ending)
{
    switch (ending) {
    case Ending::Silent: return u"the notification channel fell silent"_s;
    case Ending::Refused: return u"the notification channel could not be opened"_s;
    case Ending::Closing: return u"the platform closes the notification socket"_s;
    case Ending::Gone: return u"the notification channel is gone"_s;
    case Ending::Expiring: return u"the notification channel is near its end"_s;
    default: return u"the notification channel was lost"_s;
    }
}
} // namespace

Result<QUrl> channelAddress(const QString &connectUri, const Endpoints &endpoints)
{
    const QUrl url(connectUri.left(4096), QUrl::StrictMode);
    const auto refuse = [](const QString &why) {
        return Error::make(ErrorCode::RedirectRefused, u"the platform named a notification address that is not listened to: "_s + why);
    };
    if (!url.isValid() || url.host().isEmpty() || !url.userInfo().isEmpty() || url.hasFragment() || connectUri.size() > 4096) {
        return refuse(u"it is no plain address"_s);
    }
    const QString host = url.host().toLower();
    const QString api = endpoints.api.host().toLower();
    if (url.scheme() == "ws"_L1) {
        return isLoopback(host) && isLoopback(api) ? Result<QUrl>(url) : refuse(u"plain ws is for this machine only"_s);
    }
    if (url.scheme() != "wss"_L1) {
        return refuse(u"its scheme is not wss"_s);
    }
    // api.mypurecloud.de and streaming.mypurecloud.de; a gateway of one's own serves its streams itself or beside itself.
    const QString domain = api.startsWith("api."_L1) ? api.mid(4) : api;
    const bool isOurs = host == api || (domain.contains(u'.') && QHostAddress(domain).isNull() && host.endsWith(QString(u'.' + domain)));
    return isOurs ? Result<QUrl>(url) : refuse(u"it is not of the platform's own domain"_s);
}

Result<Notification> readNotification(const QByteArray &frame, qsizetype largest)
{
    const auto document = Json::parse(view(frame), {.maxBytes = largest, .maxDepth = 64, .refuseDuplicateKeys = false});
    if (!document) {
        return std::unexpected(document.error());
    }
    const Json::Value root = document->root();
    if (!root["topicName"].isString()) {
        return Error::make(ErrorCode::MalformedJson, u"a notification needs a topicName"_s);
    }
    return Notification{root["topicName"].toQString(), Json::compactText(root["eventBody"])};
}

struct NotificationChannel::Private {
    NotificationChannel *q;
    ApiClient &client;
    Clock &clock;
    const Settings settings;
    const CancellationToken cancel;
    const QSet<QString> wanted;
    QRandomGenerator random;
    Bell bell;
    std::optional<Channel> channel;
    std::unique_ptr<QWebSocket> socket;
    std::unique_ptr<QTimer> watch = {}; ///< for silence, and before that for the connection
    bool isOpen = false;
    std::optional<Ending> ending;
    bool hasHeard = false; ///< on this socket
    int failures = 0; ///< in a row
    qsizetype permitted = 0;

    QCoro::Task<Result<Channel>> make();
    QCoro::Task<Result<qsizetype>> subscribe();
    QCoro::Task<Ending> listen();
    QCoro::Task<void> waitForNextTry();
    void end(Ending how)
    {
        if (!ending) {
            ending = how;
            bell.ring();
        }
    }
    void take(const QByteArray &frame);
};

NotificationChannel::NotificationChannel(ApiClient &client, Clock &clock, Settings settings, CancellationToken cancel, QObject *parent) :
    QObject(parent)
{
    settings.topics.removeDuplicates();
    settings.topics = settings.topics.first(std::min(settings.topics.size(), MostTopics));
    const QSet<QString> wanted(settings.topics.cbegin(), settings.topics.cend());
    d.reset(new Private{.q = this,
                        .client = client,
                        .clock = clock,
                        .settings = settings,
                        .cancel = cancel,
                        .wanted = wanted,
                        .random = settings.jitterSeed ? QRandomGenerator(settings.jitterSeed) : QRandomGenerator::securelySeeded(),
                        .bell = {},
                        .channel = {},
                        .socket = {},
                        .ending = {}});
    cancel.onCancelled(this, [this] {
        d->end(Ending::Cancelled);
        d->bell.ring();
    });
}

NotificationChannel::~NotificationChannel() = default;

QCoro::Task<Result<Channel>> NotificationChannel::Private::make()
{
    const auto request = ApiRequest::allow(Method::Post, QByteArrayLiteral("/api/v2/notifications/channels"), {}, QByteArrayLiteral("{}"));
    if (!request) {
        co_return std::unexpected(request.error());
    }
    auto sending = client.send(*request);
    const Result<ApiReply> reply = co_await sending;
    if (!reply) {
        co_return std::unexpected(reply.error());
    }
    const auto document = Json::parse(view(reply->body), {.maxBytes = 256LL * 1024, .maxDepth = 32, .refuseDuplicateKeys = false});
    const QString id = document ? document->root()["id"].toQString() : QString();
    if (id.isEmpty() || id.size() > MaxId || !document->root()["connectUri"].isString()) {
        co_return Error::make(ErrorCode::BadResponse, u"the notification channel came without id and address"_s, reply->correlationId);
    }
    const Result<QUrl> address = channelAddress(document->root()["connectUri"].toQString(), settings.endpoints);
    if (!address) {
        co_return std::unexpected(address.error());
    }
    const QDateTime expires = parseIsoUtc(document->root()["expires"].toQString());
    // Both times are the server's own, so that no clock of ours matters; whatever is said, no channel lives longer than they all do.
    const qint64 said = expires.isValid() && reply->serverDate.isValid() ? reply->serverDate.secsTo(expires) : LifeSeconds;
    const std::chrono::seconds life(std::clamp<qint64>(said, RenewBeforeSeconds + LeastLifeSeconds, LifeSeconds));
    Channel made;
    made.id = id;
    made.address = *address;
    made.renewAt = clock.monotonic() + life - std::chrono::seconds(RenewBeforeSeconds);
    co_return Result<Channel>(std::move(made));
}

QCoro::Task<Result<qsizetype>> NotificationChannel::Private::subscribe()
{
    Json::Node body = Json::Node::array();
    for (const QString &topic : settings.topics) {
        Json::Node item;
        item["id"] = topic;
        body.append(std::move(item));
    }
    const Result<QByteArray> path = pathWithId(QByteArrayLiteral("/api/v2/notifications/channels/{id}/subscriptions"), channel->id);
    if (!path) {
        co_return std::unexpected(path.error());
    }
    QUrlQuery query;
    query.addQueryItem(u"ignoreErrors"_s, u"true"_s); // one topic that may not be heard must not silence the others
    const auto request = ApiRequest::allow(Method::Post, *path, query, body.compactText());
    if (!request) {
        co_return std::unexpected(request.error());
    }
    auto sending = client.send(*request);
    const Result<ApiReply> reply = co_await sending;
    if (!reply) {
        co_return std::unexpected(reply.error());
    }
    const auto document = Json::parse(view(reply->body), {.maxBytes = 8LL * 1024 * 1024, .maxDepth = 32, .refuseDuplicateKeys = false});
    if (!document) {
        co_return Error::make(ErrorCode::BadResponse, u"the subscription was answered with something unreadable"_s, reply->correlationId);
    }
    qsizetype heard = 0;
    for (const Json::Value topic : document->root()["entities"].items()) {
        heard += wanted.contains(topic["id"].toQString()) && topic["state"].toQString() != "Rejected"_L1 ? 1 : 0;
    }
    co_return Result<qsizetype>(heard);
}

void NotificationChannel::Private::take(const QByteArray &frame)
{
    hasHeard = true;
    failures = 0;
    channel->refusals = 0;
    const Result<Notification> read = readNotification(frame, settings.largestMessage);
    if (!read) {
        return; // a trigger that cannot be read triggers nothing; polling sees the event
    }
    const QString &topic = read->topic;
    if (wanted.contains(topic)) {
        Q_EMIT q->notified(*read);
    } else if (topic == "v2.system.socket_closing"_L1) {
        end(Ending::Closing);
    } else if (topic.startsWith("v2.system.no_longer_subscribed"_L1) || topic.startsWith("v2.system.token_revoked"_L1)) {
        end(Ending::Gone);
    }
    if (clock.monotonic() >= channel->renewAt) {
        end(Ending::Expiring);
    }
}

QCoro::Task<Ending> NotificationChannel::Private::listen()
{
    ending.reset();
    hasHeard = false;
    socket = std::make_unique<QWebSocket>();
    socket->setMaxAllowedIncomingFrameSize(static_cast<quint64>(settings.largestMessage));
    socket->setMaxAllowedIncomingMessageSize(static_cast<quint64>(settings.largestMessage));
    watch = std::make_unique<QTimer>();
    watch->setSingleShot(true);
    isOpen = false;
    QObject::connect(watch.get(), &QTimer::timeout, q, [this] { end(isOpen ? Ending::Silent : Ending::Refused); });
    QObject::connect(socket.get(), &QWebSocket::connected, q, [this] {
        isOpen = true;
        watch->start(settings.silence);
        Q_EMIT q->opened(std::exchange(channel->isNew, false), permitted);
    });
    QObject::connect(socket.get(), &QWebSocket::disconnected, q, [this] { end(isOpen ? Ending::Lost : Ending::Refused); });
    QObject::connect(socket.get(), &QWebSocket::errorOccurred, q, [this] { end(isOpen ? Ending::Lost : Ending::Refused); });
    QObject::connect(socket.get(), &QWebSocket::textMessageReceived, q, [this](const QString &text) {
        watch->start(settings.silence);
        take(text.toUtf8());
    });
    if (cancel.isCancelled()) {
        end(Ending::Cancelled);
    }
    watch->start(settings.connectWithin);
    socket->open(channel->address);
    while (!ending) {
        auto ringing = bell.rung();
        co_await ringing;
    }
    watch->stop();
    socket->disconnect(q);
    socket->abort();
    socket.release()->deleteLater(); // its own signal may be what ended it
    co_return *ending;
}

QCoro::Task<void> NotificationChannel::Private::waitForNextTry()
{
    const milliseconds bound
        = std::min<milliseconds>(settings.firstWait * (qint64(1) << std::min(failures, MostDoublings)), settings.longestWait);
    ++failures;
    const milliseconds until
        = clock.monotonic() + milliseconds(static_cast<qint64>(random.generateDouble() * static_cast<double>(bound.count())));
    while (clock.monotonic() < until && !cancel.isCancelled()) {
        bell.ringAt(clock, until);
        auto ringing = bell.rung();
        co_await ringing;
    }
}

QCoro::Task<Result<void>> NotificationChannel::run()
{
    while (!d->cancel.isCancelled()) {
        std::optional<Error> trouble;
        if (!d->channel || d->clock.monotonic() >= d->channel->renewAt) {
            d->channel.reset();
            auto making = d->make();
            Result<Channel> made = co_await making;
            if (made) {
                d->channel = std::move(*made);
            } else {
                trouble = made.error();
            }
        }
        if (d->channel) {
            auto subscribing = d->subscribe();
            const Result<qsizetype> permitted = co_await subscribing;
            if (permitted) {
                d->permitted = *permitted;
            } else {
                trouble = permitted.error();
                if (trouble->code == ErrorCode::NotOffered) {
                    d->channel.reset(); // 404: this one channel has expired
                    trouble->code = ErrorCode::NotFound;
                }
            }
        }
        if (d->cancel.isCancelled()) {
            break;
        }
        if (!trouble) {
            auto listening = d->listen();
            const Ending ending = co_await listening;
            if (ending == Ending::Cancelled) {
                break;
            }
            if (ending == Ending::Gone || ending == Ending::Expiring || (!d->hasHeard && ++d->channel->refusals >= RefusalsOfAChannel)) {
                d->channel.reset();
            }
            trouble = Error{ErrorCode::Unreachable, words(ending), {}};
        }
        Q_EMIT lost(*trouble);
        if (isFinal(trouble->code)) {
            co_return std::unexpected(*trouble);
        }
        auto waiting = d->waitForNextTry();
        co_await waiting;
    }
    co_return Result<void>();
}

} // namespace Orgtrace::Genesys
