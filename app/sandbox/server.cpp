#include "sandbox/sandbox.h"

#include "base/clock.h"
#include "sandbox/api.h"
#include "sandbox/channels.h"
#include "sandbox/control.h"
#include "sandbox/faults.h"
#include "sandbox/gate.h"
#include "sandbox/gzip.h"
#include "sandbox/ledger.h"
#include "sandbox/player.h"

#include <QFile>
#include <QLocale>
#include <QTimeZone>

using namespace Qt::StringLiterals;

namespace Orgtrace::Sandbox {
namespace {

constexpr int leastUsers = 12; ///< those with names and offices
constexpr int leastForMonth = 80; ///< the built-in month speaks of people up to agent-0070
constexpr int mostUsers = 100'000;
constexpr qsizetype maxLog = 10'000;

Result<QByteArray> readFile(const QString &name)
{
    QFile file(name);
    if (!file.open(QIODevice::ReadOnly))
        return Error::make(ErrorCode::BadInput, u"The file cannot be read: %1."_s.arg(file.errorString()), name);
    return file.read(16LL * 1024 * 1024);
}

void skewDate(Answer &answer, int seconds)
{
    const QString format = u"ddd, dd MMM yyyy hh:mm:ss 'GMT'"_s;
    for (auto &[name, value] : answer.headers) {
        if (name == "Date") {
            QDateTime date = QLocale::c().toDateTime(QString::fromLatin1(value), format);
            date.setTimeZone(QTimeZone::UTC);
            value = QLocale::c().toString(date.addSecs(seconds), format).toLatin1();
        }
    }
}

} // namespace

struct Server::Private {
    explicit Private(Settings given) : settings(std::move(given)) { }

    Settings settings;
    std::optional<Error> mistake; ///< found while preparing; listen() tells it
    Scenario scenario;
    World world{Organisation(0), {}, {}, {}, 0};
    Ledger ledger;
    std::unique_ptr<Player> player;
    std::unique_ptr<Api> api;
    std::unique_ptr<Gate> gate;
    Faults faults;
    QStringList log;
    qsizetype nextStep = 0;

    Result<void> prepare();
    void moveTo(const QDateTime &time);
    Delivery handle(const Request &request);
    Delivery misbehave(const Fault &fault, const Request &request);
    Answer control(const Request &request);
};

Result<void> Server::Private::prepare()
{
    const int least = settings.scenarioFile.isEmpty() ? leastForMonth : leastUsers;
    if (settings.users < least || settings.users > mostUsers)
        return Error::make(ErrorCode::BadInput, u"The number of users must lie between %1 and %2."_s.arg(least).arg(mostUsers));
    if (settings.quotaPerMinute < 0)
        return Error::make(ErrorCode::BadInput, u"The quota must not be negative."_s);
    const QString file = settings.scenarioFile.isEmpty() ? u":/orgtrace-sandbox/october-2026.toml"_s : settings.scenarioFile;
    const auto text = readFile(file);
    if (!text)
        return std::unexpected(text.error());
    auto read = readScenario(*text, file);
    if (!read)
        return std::unexpected(read.error());
    scenario = std::move(*read);
    if (!settings.faultsFile.isEmpty()) {
        const auto faultText = readFile(settings.faultsFile);
        if (!faultText)
            return std::unexpected(faultText.error());
        const auto list = readFaults(*faultText, settings.faultsFile);
        if (!list)
            return std::unexpected(list.error());
        for (const Fault &fault : *list)
            faults.add(fault);
    }
    world.settings = {settings.users, settings.seed, settings.teamGrants, settings.clientId, settings.clientSecret, scenario.startUtc};
    auto org = generate(world.settings);
    if (!org)
        return std::unexpected(org.error());
    world.org = std::move(*org);
    world.nowUtc = scenario.startUtc;

    // The whole scenario is played on a copy first: mistakes show before anybody is served, and what it changes is known.
    Organisation trial = world.org;
    std::vector<Effect> effects;
    trial.setRecorder(&effects);
    Player rehearsal(trial, world.settings, file);
    for (qsizetype i = 0; i < scenario.steps.size(); ++i) {
        const StepNote note = rehearsal.note(scenario.steps[i]);
        if (auto played = rehearsal.play(scenario.steps[i], static_cast<int>(i)); !played)
            return played;
        ledger.add(note, std::exchange(effects, {}));
    }
    const QString organisationId = world.org.collection(Domain::organization).items().front().id;
    world.events = everydayEvents(world.org, organisationId, scenario.startUtc, scenario.endUtc);
    world.events.insert(world.events.end(), rehearsal.events().begin(), rehearsal.events().end());
    std::ranges::sort(world.events,
                      [](const AuditEvent &a, const AuditEvent &b) { return std::tie(a.atUtc, a.id) < std::tie(b.atUtc, b.id); });

    player = std::make_unique<Player>(world.org, world.settings, file);
    api = std::make_unique<Api>(world, settings.quotaPerMinute, settings.person, settings.quotaByVirtualClock);
    return {};
}

void Server::Private::moveTo(const QDateTime &time)
{
    const QDateTime target = std::min(time.toUTC(), QDateTime(QDate(9000, 1, 1), QTime(0, 0), QTimeZone::UTC));
    if (!player || target < world.nowUtc)
        return;
    while (nextStep < scenario.steps.size() && scenario.steps[nextStep].atUtc <= target) {
        const auto played = player->play(scenario.steps[nextStep], static_cast<int>(nextStep));
        Q_ASSERT(played); // rehearsed
        ++nextStep;
    }
    const QDateTime before = std::exchange(world.nowUtc, target);
    api->notificationChannels().deliver(before, target);
}

Answer Server::Private::control(const Request &request)
{
    ControlState state{scenario,
                       ledger,
                       world.nowUtc,
                       world.requests,
                       settings.users,
                       settings.clientId,
                       world.org.collection(Domain::organization).items().front().id};
    return answerControl(
        request, state, [this](const QDateTime &time) { moveTo(time); },
        [this](const QString &what) { return api->notificationChannels().command(what); });
}

Delivery Server::Private::misbehave(const Fault &fault, const Request &request)
{
    Delivery delivery;
    if (fault.status != 0) {
        const bool ownBody = !fault.body.isEmpty() && fault.status >= 400;
        const QString message = fault.status == 429 ? u"Rate limit exceeded the maximum. Retry the request in [%1] seconds"_s.arg(
                                                          fault.retryAfter.isEmpty() ? u"1"_s : QString::fromLatin1(fault.retryAfter))
                                                    : u"A scripted failure."_s;
        delivery.answer = api->error(fault.status, errorCodeFor(fault.status), message);
        if (ownBody)
            delivery.answer.body = fault.body;
        if (fault.status < 400)
            delivery.answer.headers.emplaceBack("Location", fault.body);
        if (!fault.retryAfter.isEmpty())
            delivery.answer.headers.emplaceBack("Retry-After", fault.retryAfter);
    } else if (fault.behaviour == u"redirect"_s) {
        delivery.answer.status = 302;
        delivery.answer.headers.emplaceBack("Location", fault.body);
    } else if (fault.behaviour == u"body"_s) {
        delivery.answer.body = fault.body;
    } else if (fault.behaviour == u"not-json"_s) {
        delivery.answer.contentType = "text/html; charset=utf-8";
        delivery.answer.body = "<html><head><title>Maintenance</title></head><body>Back soon.</body></html>";
    } else if (fault.behaviour == u"stale-cursor"_s) {
        delivery.answer = api->error(400, "bad.request", u"The cursor is invalid or has expired."_s);
    } else if (fault.behaviour == u"window"_s) {
        delivery.answer = api->error(400, "bad.request", u"The page lies beyond the first %1 results."_s.arg(fault.rows));
    } else if (fault.behaviour == u"expired-channel"_s) {
        delivery.answer = api->error(404, "not.found", u"The notification channel does not exist or has expired."_s);
    } else if (fault.behaviour != u"hang"_s && fault.behaviour != u"reset"_s) {
        delivery.answer = api->answer(request);
        if (fault.behaviour == u"truncate"_s)
            delivery.manner = Delivery::Manner::Truncated;
        else if (fault.behaviour == u"wrong-length"_s)
            delivery.manner = Delivery::Manner::WrongLength;
        else if (fault.behaviour == u"drip"_s)
            delivery.manner = Delivery::Manner::Drip;
        delivery.dripMs = fault.ms > 0 ? fault.ms : delivery.dripMs;
        if (fault.behaviour == u"gzip"_s) {
            delivery.answer.body = gzipped(delivery.answer.body);
            delivery.answer.headers.emplaceBack("Content-Encoding", "gzip");
        }
    } else {
        delivery.manner = fault.behaviour == u"reset"_s ? Delivery::Manner::Reset : Delivery::Manner::Never;
    }
    return delivery;
}

Delivery Server::Private::handle(const Request &request)
{
    if (request.path.startsWith("/sandbox/"))
        return {Delivery::Manner::Plain, control(request)};
    const QString query = request.query.toString(QUrl::FullyEncoded);
    log.append(QString::fromLatin1(request.method) + u' ' + QString::fromLatin1(request.path) + (query.isEmpty() ? query : u'?' + query));
    if (log.size() > maxLog)
        log.remove(0, maxLog / 10);
    api->beginRequest();
    Delivery delivery;
    const Mishap mishap = faults.take(request);
    if (mishap.failure)
        delivery = misbehave(*mishap.failure, request);
    else if (!mishap.bend.isNone())
        delivery.answer = bentAnswer(request, mishap.bend, [this](const Request &one) { return api->answer(one); });
    else
        delivery.answer = api->answer(request);
    api->stamp(delivery.answer);
    if (mishap.failure && mishap.failure->seconds != 0)
        skewDate(delivery.answer, mishap.failure->seconds);
    return delivery;
}

Server::Server(Settings settings, QObject *parent) : QObject(parent), d(std::make_unique<Private>(std::move(settings)))
{
    if (auto prepared = d->prepare(); !prepared)
        d->mistake = prepared.error();
}

Server::~Server()
{
    if (d->api)
        d->api->notificationChannels().command(u"drop"_s); // before the gate, whose listener holds what is below them
}

Result<void> Server::listen()
{
    if (d->mistake)
        return std::unexpected(*d->mistake);
    if (d->gate)
        return {};
    auto gate = std::make_unique<Gate>([this](const Request &request) { return d->handle(request); });
    Channels &channels = d->api->notificationChannels();
    gate->setSockets([&channels](const QString &path) { return channels.mayConnect(path); },
                     [&channels](const QString &path, std::unique_ptr<QWebSocket> socket) { channels.connected(path, std::move(socket)); });
    QString why;
    if (!gate->listen(d->settings.port, &why))
        return Error::make(ErrorCode::Io, u"Cannot listen on 127.0.0.1, port %1: %2."_s.arg(d->settings.port).arg(why));
    channels.setPort(gate->port());
    d->gate = std::move(gate);
    return {};
}

QUrl Server::baseUrl() const
{
    return d->gate ? QUrl(u"http://127.0.0.1:%1"_s.arg(d->gate->port())) : QUrl();
}

QString Server::organisationId() const
{
    return uuid(d->settings.seed, QString(Domain::organization + u'/' + Named::organisation));
}

QString Server::organisationName() const
{
    return Named::organisation;
}

QDateTime Server::nowUtc() const
{
    return d->world.nowUtc;
}

void Server::moveTo(const QDateTime &timeUtc)
{
    d->moveTo(timeUtc);
}

QDateTime Server::monthStartUtc() const
{
    return d->scenario.startUtc;
}

QDateTime Server::monthEndUtc() const
{
    return d->scenario.endUtc;
}

QList<QDateTime> Server::captureTimes() const
{
    return d->scenario.captures;
}

QStringList Server::captureTriggers() const
{
    return d->scenario.triggers;
}

QList<ScriptedChange> Server::expectedChanges(const QDateTime &fromUtc, const QDateTime &toUtc) const
{
    return d->ledger.net(fromUtc, toUtc);
}

QList<ScriptedChange> Server::script() const
{
    return d->ledger.script(d->scenario.captures);
}

void Server::addFault(const Fault &fault)
{
    Q_ASSERT(checkFault(fault));
    d->faults.add(fault);
}

void Server::clearFaults()
{
    d->faults.clear();
}

bool Server::commandChannels(const QString &what)
{
    return d->api->notificationChannels().command(what);
}

int Server::openChannelSockets() const
{
    return d->api->notificationChannels().openSockets();
}

int Server::channelsMade() const
{
    return d->api->notificationChannels().made();
}

qint64 Server::requestCount() const
{
    return d->world.requests;
}

QStringList Server::requestLog() const
{
    return d->log;
}

} // namespace Orgtrace::Sandbox
