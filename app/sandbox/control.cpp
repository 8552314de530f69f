#include "sandbox/control.h"

#include "base/clock.h"
#include "json/node.h"

using namespace Qt::StringLiterals;

namespace Orgtrace::Sandbox {
namespace {

Answer say(int status, const Json::Node &node)
{
    Answer answer;
    answer.status = status;
    answer.body = node.canonicalText();
    return answer;
}

Answer refuse(int status, const QString &why)
{
    Json::Node node;
    node["error"] = Json::Node(why);
    return say(status, node);
}

Json::Node changeNode(const ScriptedChange &change)
{
    Json::Node node;
    node["at"] = Json::Node(isoUtc(change.atUtc));
    node["domain"] = Json::Node(change.domain);
    node["entity"] = Json::Node(change.entity);
    node["kind"] = Json::Node(change.kind);
    if (!change.previousEntity.isEmpty())
        node["previousEntity"] = Json::Node(change.previousEntity);
    node["paths"] = Json::Node(change.paths);
    node["actor"] = Json::Node(change.actor);
    node["story"] = Json::Node(change.story);
    node["incident"] = Json::Node(change.incident);
    node["undone"] = Json::Node(change.undone);
    return node;
}

Json::Node stateNode(const ControlState &state, const QDateTime &now)
{
    Json::Node node;
    node["scenario"] = Json::Node(state.scenario.name);
    node["organisationId"] = Json::Node(state.organisationId);
    node["clientId"] = Json::Node(state.clientId);
    node["now"] = Json::Node(isoUtc(now));
    node["start"] = Json::Node(isoUtc(state.scenario.startUtc));
    node["end"] = Json::Node(isoUtc(state.scenario.endUtc));
    Json::Node captures = Json::Node::array();
    for (const QDateTime &time : state.scenario.captures)
        captures.append(Json::Node(isoUtc(time)));
    node["captures"] = std::move(captures);
    node["users"] = Json::Node(state.users);
    node["steps"] = Json::Node(static_cast<qint64>(state.scenario.steps.size()));
    node["requests"] = Json::Node(state.requests);
    return node;
}

// "3d", "12h", "90m", "45s"; 0 where it is none of these.
qint64 durationSeconds(const QString &text)
{
    bool ok = false;
    const qint64 number = text.chopped(text.isEmpty() ? 0 : 1).toLongLong(&ok);
    if (!ok || number <= 0 || number > 1'000'000)
        return 0;
    switch (text.back().unicode()) {
    case 'd': return number * 86400;
    case 'h': return number * 3600;
    case 'm': return number * 60;
    case 's': return number;
    default: return 0;
    }
}

Answer advance(const Request &request, const ControlState &state, const std::function<void(const QDateTime &)> &moveTo)
{
    const QString to = request.query.queryItemValue(u"to"_s, QUrl::FullyDecoded);
    const QString by = request.query.queryItemValue(u"by"_s, QUrl::FullyDecoded);
    if (to.isEmpty() == by.isEmpty())
        return refuse(400, u"Say either to=TIME, to=next or by=DURATION."_s);
    QDateTime target;
    if (to == u"next"_s) {
        for (const QDateTime &time : state.scenario.captures) {
            if (time > state.nowUtc && !target.isValid())
                target = time;
        }
        if (!target.isValid())
            return refuse(409, u"The last capture time has passed."_s);
    } else if (!to.isEmpty()) {
        target = parseIsoUtc(to);
        if (!target.isValid())
            return refuse(400, u"\"to\" is a time with its zone, such as 2026-10-17T06:00:00Z, or next."_s);
    } else {
        const qint64 seconds = durationSeconds(by);
        if (seconds == 0)
            return refuse(400, u"\"by\" is a number with d, h, m or s, such as 36h."_s);
        target = state.nowUtc.addSecs(seconds);
    }
    if (target < state.nowUtc)
        return refuse(409, u"The clock never goes back; it is %1."_s.arg(isoUtc(state.nowUtc)));
    moveTo(target);
    return say(200, stateNode(state, target));
}

Answer script(const Request &request, const ControlState &state)
{
    const QString from = request.query.queryItemValue(u"from"_s, QUrl::FullyDecoded);
    const QString to = request.query.queryItemValue(u"to"_s, QUrl::FullyDecoded);
    QList<ScriptedChange> changes;
    if (from.isEmpty() && to.isEmpty()) {
        changes = state.ledger.script(state.scenario.captures);
    } else {
        const QDateTime fromUtc = parseIsoUtc(from);
        const QDateTime toUtc = parseIsoUtc(to);
        if (!fromUtc.isValid() || !toUtc.isValid())
            return refuse(400, u"\"from\" and \"to\" are both times with their zone."_s);
        changes = state.ledger.net(fromUtc, toUtc);
    }
    Json::Node list = Json::Node::array();
    for (const ScriptedChange &change : std::as_const(changes))
        list.append(changeNode(change));
    Json::Node node;
    node["changes"] = std::move(list);
    return say(200, node);
}

} // namespace

Answer answerControl(const Request &request, const ControlState &state, const std::function<void(const QDateTime &time)> &moveTo,
                     const std::function<bool(const QString &what)> &commandChannels)
{
    const bool reading = request.method == "GET";
    if (request.path == "/sandbox/advance")
        return request.method == "POST" ? advance(request, state, moveTo) : refuse(405, u"The clock is moved by POST."_s);
    if (request.path == "/sandbox/state")
        return reading ? say(200, stateNode(state, state.nowUtc)) : refuse(405, u"The state is read by GET."_s);
    if (request.path == "/sandbox/channels") {
        if (request.method != "POST")
            return refuse(405, u"Channels are commanded by POST."_s);
        return commandChannels(request.query.queryItemValue(u"do"_s, QUrl::FullyDecoded))
            ? say(200, stateNode(state, state.nowUtc))
            : refuse(400, u"\"do\" is drop, expire, close, heartbeat, garbage, mute or unmute."_s);
    }
    if (request.path == "/sandbox/script")
        return reading ? script(request, state) : refuse(405, u"The script is read by GET."_s);
    return refuse(404, u"There are /sandbox/advance, /sandbox/channels, /sandbox/state and /sandbox/script."_s);
}

} // namespace Orgtrace::Sandbox
