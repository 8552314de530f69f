#include "base/clock.h"
#include "sandbox/generate.h"
#include "sandbox/words.h"

using namespace Qt::StringLiterals;

namespace Orgtrace::Sandbox {
namespace {

QString topicDivision(int language)
{
    static const QStringList list{u"EMEA North"_s, u"DACH"_s, u"EMEA South"_s, u"Benelux"_s, u"EMEA South"_s, u"Nordics"_s};
    return list[language % list.size()];
}

Body mediaSettings(int alerting, double percentage, int durationMs)
{
    return Body::object({{"enableAutoAnswer", false},
                         {"alertingTimeoutSeconds", alerting},
                         {"autoAnswerAlertToneSeconds", 0},
                         {"manualAnswerAlertToneSeconds", 3},
                         {"serviceLevel", Body::object({{"percentage", percentage}, {"durationMs", durationMs}})}});
}

Body ring(double seconds, const std::vector<Body> &skillsToRemove)
{
    return Body::object({{"expansionCriteria", Body::array({Body::object({{"type", "TIMEOUT_SECONDS"}, {"threshold", seconds}})})},
                         {"actions", Body::object({{"skillsToRemove", Body::bag(skillsToRemove)}})}});
}

void addFlows(Build &build)
{
    constexpr const char *table[][4] = {
        {"Main Welcome EN", "INBOUNDCALL", "EMEA North", "Greets and routes English callers"},
        {"Main Welcome DE", "INBOUNDCALL", "DACH", "Greets and routes German callers"},
        {"Main Welcome FR", "INBOUNDCALL", "EMEA South", "Greets and routes French callers"},
        {"Main Welcome NL", "INBOUNDCALL", "Benelux", "Greets and routes Dutch callers"},
        {"Main Welcome ES", "INBOUNDCALL", "EMEA South", "Greets and routes Spanish callers"},
        {"Main Welcome SV", "INBOUNDCALL", "Nordics", "Greets and routes Swedish callers"},
        {"Closed Hours", "INBOUNDCALL", "Home", "Announces opening hours, offers voicemail"},
        {"Holiday Greeting", "INBOUNDCALL", "Home", "Played on public holidays"},
        {"Emergency Closure", "INBOUNDCALL", "Home", "Used when a site is evacuated"},
        {"Payment Line", "SECURECALL", "Home", "Takes card payments out of the recording"},
        {"Queue Music EN", "INQUEUECALL", "EMEA North", "Position, music, call-back offer"},
        {"Queue Music DE", "INQUEUECALL", "DACH", "Position, music, call-back offer"},
        {"Outbound Reminder", "OUTBOUNDCALL", "Home", "Appointment reminders"},
        {"E-mail Triage", "INBOUNDEMAIL", "Home", "Sorts mail by topic and language"},
        {"Messaging Entry", "INBOUNDSHORTMESSAGE", "Home", "First contact by messaging"},
        {"Web Chat Entry", "INBOUNDCHAT", "Home", "First contact by web chat"},
        {"Order Status Bot", "DIGITALBOT", "Home", "Answers order questions"},
        {"Invoice Bot", "DIGITALBOT", "Back Office", "Answers invoice questions"},
        {"Voice Authentication", "COMMONMODULE", "Home", "Checks customer number and PIN"},
        {"Customer Lookup", "COMMONMODULE", "Home", "Finds the customer by number"},
        {"Survey Invite", "SURVEYINVITE", "Home", "Invites to the survey after the contact"},
        {"Escalation Workflow", "WORKFLOW", "Home", "Opens a case and tells the supervisor"},
        {"Missed Call Workflow", "WORKFLOW", "Home", "Creates a call-back for abandoned calls"},
        {"Fraud Alert Workflow", "WORKFLOW", "Back Office", "Tells the fraud desk about odd payments"},
        {"Winter Campaign Draft", "INBOUNDCALL", "Home", "Not yet in use"},
    };
    const QString author = build.id(Domain::users, userName(4));
    for (const auto &row : table) {
        const QString name = QString::fromLatin1(row[0]);
        Dice dice = build.dice(Domain::flows, name);
        const QString id = build.id(Domain::flows, name);
        const bool published = !name.endsWith(u"Draft"_s);
        const int version = 2 + dice.below(30);
        const QDateTime made = build.before(dice, 300);
        Body body = Body::object({{"id", Body(id)},
                                  {"name", Body(name)},
                                  {"description", row[3]},
                                  {"type", row[1]},
                                  {"division", build.division(QString::fromLatin1(row[2]))},
                                  {"active", published},
                                  {"system", false},
                                  {"deleted", false},
                                  {"virtualAgentEnabled", false},
                                  {"checkedInVersion", flowVersion(id, name, version, u"CHECKIN"_s, made, author)},
                                  {"savedVersion", flowVersion(id, name, version, u"SAVE"_s, made, author)},
                                  {"supportedLanguages",
                                   Body::bag(std::vector<Body>{Body::object({{"language", "en-gb"}, {"isDefault", true}}),
                                                               Body::object({{"language", "de-de"}, {"isDefault", false}})})},
                                  {"compatibleFlowTypes", Body::bag(QStringList{QString::fromLatin1(row[1])})}});
        if (published) {
            body.set("publishedVersion", flowVersion(id, name, version, u"PUBLISH"_s, made, author));
            body.set("publishedBy", Body::object({{"id", Body(author)}}));
        }
        build.org.add(Domain::flows, {id, name, std::move(body)});
    }
}

void addQueues(Build &build)
{
    const QStringList suffixes{u"EN"_s, u"DE"_s, u"FR"_s, u"NL"_s, u"ES"_s, u"SV"_s};
    const auto addOne = [&](const QString &name, const QString &division) {
        Dice dice = build.dice(Domain::queues, name);
        const QString id = build.id(Domain::queues, name);
        build.org.add(Domain::queues, {id, name, queueBody(build, id, name, division, build.before(dice, 600))});
    };
    for (const QString &topic : Words::queueTopics()) {
        for (int i = 0; i < suffixes.size(); ++i)
            addOne(topic + u' ' + suffixes[i], topicDivision(i));
    }
    addOne(u"Fraud Desk"_s, u"Back Office"_s);
    addOne(u"Overflow"_s, u"Home"_s);
}

void addEntryPoints(Build &build)
{
    constexpr const char *ivrs[][2]
        = {{"Service line EN", "Main Welcome EN"}, {"Service line DE", "Main Welcome DE"}, {"Service line FR", "Main Welcome FR"},
           {"Service line NL", "Main Welcome NL"}, {"Service line ES", "Main Welcome ES"}, {"Service line SV", "Main Welcome SV"},
           {"Payment line", "Payment Line"}};
    const QString by = build.id(Domain::users, userName(4));
    int block = 0;
    for (const auto &row : ivrs) {
        const QString name = QString::fromLatin1(row[0]);
        Dice dice = build.dice(Domain::ivrs, name);
        const QString id = build.id(Domain::ivrs, name);
        const QString made = isoUtc(build.before(dice, 500));
        const QString number = u"+44207946%1"_s.arg(block++ * 100 + 10, 4, 10, QLatin1Char('0'));
        build.org.add(
            Domain::ivrs,
            {id, name,
             Body::object({{"id", Body(id)},
                           {"name", Body(name)},
                           {"division", build.division(u"Home"_s)},
                           {"description", Body(u"Entry point of the "_s + name.toLower())},
                           {"version", 2 + dice.below(9)},
                           {"dateCreated", Body(made)},
                           {"dateModified", Body(made)},
                           {"modifiedBy", Body(by)},
                           {"createdBy", Body(by)},
                           {"state", "active"},
                           {"dnis", Body::bag(QStringList{number, number.chopped(1) + u'1'})},
                           {"openHoursFlow", build.reference(Domain::flows, QString::fromLatin1(row[1]))},
                           {"closedHoursFlow", build.reference(Domain::flows, u"Closed Hours"_s)},
                           {"holidayHoursFlow", build.reference(Domain::flows, u"Holiday Greeting"_s)},
                           {"scheduleGroup",
                            Body::object({{"id", Body(uuid(build.settings.seed, "schedulegroup/office"))}, {"name", "Office hours"}})}})});
    }
    constexpr const char *triggers[][3] = {
        {"Missed call", "v2.detail.events.conversation.{id}.user.end", "Missed Call Workflow"},
        {"Escalated case", "v2.detail.events.conversation.{id}.wrapup", "Escalation Workflow"},
        {"Odd payment", "v2.detail.events.conversation.{id}.attributes", "Fraud Alert Workflow"},
    };
    for (const auto &row : triggers) {
        const QString name = QString::fromLatin1(row[0]);
        const QString id = build.id(Domain::triggers, name);
        const Body flow = build.reference(Domain::flows, QString::fromLatin1(row[2]));
        build.org.add(Domain::triggers,
                      {id, name,
                       Body::object({{"id", Body(id)},
                                     {"name", Body(name)},
                                     {"description", Body(u"Starts "_s + QString::fromLatin1(row[2]))},
                                     {"topicName", row[1]},
                                     {"version", 3},
                                     {"enabled", true},
                                     {"eventTTLSeconds", 60},
                                     {"target",
                                      Body::object({{"type", "Workflow"},
                                                    {"id", Body(flow.text("id"))},
                                                    {"workflowTargetSettings", Body::object({{"dataFormat", "TopLevelPrimitives"}})}})},
                                     {"matchCriteria",
                                      Body::array({Body::object({{"jsonPath", "mediaType"}, {"operator", "Equal"}, {"value", "VOICE"}}),
                                                   Body::object({{"jsonPath", "disconnectType"},
                                                                 {"operator", "In"},
                                                                 {"values", Body::array({"CLIENT", "PEER"})}})})}})});
    }
}

} // namespace

Body flowVersion(const QString &flow, const QString &name, int version, const QString &kind, const QDateTime &at, const QString &by)
{
    const QString number = QString::number(version) + u".0"_s;
    Body body = Body::object({{"id", Body(number)},
                              {"name", Body(name)},
                              {"commitVersion", Body(number)},
                              {"configurationVersion", Body(number)},
                              {"type", Body(kind)},
                              {"secure", false},
                              {"debug", false},
                              {"createdBy", Body::object({{"id", Body(by)}})},
                              {"configurationUri", Body(u"/api/v2/flows/"_s + flow + u"/versions/"_s + number + u"/configuration"_s)},
                              {"dateCreated", at.toMSecsSinceEpoch()}});
    if (kind == u"PUBLISH"_s)
        body.set("datePublished", Body(isoUtc(at)));
    else
        body.set(kind == u"SAVE"_s ? "dateSaved" : "dateCheckedIn", Body(at.toMSecsSinceEpoch()));
    return body;
}

Body queueBody(const Build &build, const QString &id, const QString &name, const QString &division, const QDateTime &made)
{
    Dice dice = build.dice(Domain::queues, name + u"/body"_s);
    const Collection &skills = build.org.collection(Domain::skills);
    const auto skill = [&](int n) {
        const Entity &entity = skills.items()[static_cast<size_t>(n) % skills.items().size()];
        return Body::object({{"id", Body(entity.id)}, {"name", Body(entity.name)}});
    };
    const int wait = 20 + 10 * dice.below(5);
    const int service = 20000 + 5000 * dice.below(4);
    const int first = dice.below(24);
    const QString by = build.id(Domain::users, userName(dice.below(4)));
    const Body script = Body::object({{"id", Body(uuid(build.settings.seed, "script/default"))}, {"name", "Default inbound"}});
    return Body::object(
        {{"id", Body(id)},
         {"name", Body(name)},
         {"division", build.division(division)},
         {"description", Body(u"Contacts of "_s + name + u", division "_s + division)},
         {"dateCreated", Body(isoUtc(made))},
         {"dateModified", Body(isoUtc(made))},
         {"modifiedBy", Body(by)},
         {"createdBy", Body(by)},
         {"scoringMethod", "TimestampAndPriority"},
         {"lastAgentRoutingMode", "AnyAgent"},
         {"skillEvaluationMethod", dice.chance(60) ? "BEST" : "ALL"},
         {"mediaSettings",
          Body::object({{"call", mediaSettings(8 + dice.below(8), 0.8, service)},
                        {"callback", mediaSettings(30, 0.8, service * 2)},
                        {"chat", mediaSettings(30, 0.8, service)},
                        {"email", mediaSettings(300, 0.8, 86400000)},
                        {"message", mediaSettings(30, 0.8, service * 3)}})},
         {"routingRules",
          Body::array({Body::object({{"operator", "MEETS_THRESHOLD"}, {"threshold", 80}, {"waitSeconds", wait}}),
                       Body::object({{"operator", "MEETS_THRESHOLD"}, {"threshold", 60}, {"waitSeconds", wait * 2}}),
                       Body::object({{"operator", "ANY"}, {"threshold", 0}, {"waitSeconds", 5}})})},
         {"bullseye",
          Body::object(
              {{"rings",
                Body::array({ring(wait, {skill(first)}), ring(wait * 2, {skill(first + 1), skill(first + 2)}), ring(wait * 3, {})})}})},
         {"acwSettings", Body::object({{"wrapupPrompt", "MANDATORY_TIMEOUT"}, {"timeoutMs", 30000 + 15000 * dice.below(3)}})},
         {"memberGroups", Body::bag(std::vector<Body>{})},
         {"autoAnswerOnly", true},
         {"enableTranscription", dice.chance(70)},
         {"enableAudioMonitoring", false},
         {"enableManualAssignment", dice.chance(30)},
         {"agentOwnedRouting",
          Body::object({{"enableAgentOwnedCallbacks", true}, {"maxOwnedCallbackHours", 24}, {"maxOwnedCallbackDelayHours", 72}})},
         {"directRouting",
          Body::object({{"callMediaSettings", Body::object({{"useAgentAddressOutbound", true}})},
                        {"waitForAgent", false},
                        {"agentWaitSeconds", 60}})},
         {"callingPartyName", Body(u"Northwind "_s + name)},
         {"callingPartyNumber", Body(u"+4420794600%1"_s.arg(dice.below(90) + 10))},
         {"defaultScripts", Body::object({{"CALL", script}, {"CHAT", script}})},
         {"suppressInQueueCallRecording", dice.chance(50)},
         {"cannedResponseLibraries", Body::object({{"mode", "All"}})},
         {"queueFlow", build.reference(Domain::flows, u"Queue Music EN"_s)},
         {"onHoldPrompt", Body::object({{"id", Body(uuid(build.settings.seed, "prompt/hold"))}, {"name", "hold_music"}})}});
}

void addRouting(Build &build)
{
    for (const QString &name : Words::skills()) {
        Dice dice = build.dice(Domain::skills, name);
        const QString id = build.id(Domain::skills, name);
        build.org.add(Domain::skills,
                      {id, name,
                       Body::object({{"id", Body(id)},
                                     {"name", Body(name)},
                                     {"state", "active"},
                                     {"division", build.division(u"Home"_s)},
                                     {"dateModified", Body(isoUtc(build.before(dice, 900)))},
                                     {"version", "1"}})});
    }
    for (const QString &name : Words::wrapUps()) {
        Dice dice = build.dice(Domain::wrapupCodes, name);
        const QString id = build.id(Domain::wrapupCodes, name);
        const QString made = isoUtc(build.before(dice, 900));
        const QString by = build.id(Domain::users, userName(2));
        build.org.add(Domain::wrapupCodes,
                      {id, name,
                       Body::object({{"id", Body(id)},
                                     {"name", Body(name)},
                                     {"division", build.division(u"Home"_s)},
                                     {"description", Body(u"Contact ended with: "_s + name.toLower())},
                                     {"dateCreated", Body(made)},
                                     {"dateModified", Body(made)},
                                     {"createdBy", Body(by)},
                                     {"modifiedBy", Body(by)}})});
    }
    addFlows(build);
    addQueues(build);
    addEntryPoints(build);
}

} // namespace Orgtrace::Sandbox
