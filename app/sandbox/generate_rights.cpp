#include "base/clock.h"
#include "sandbox/generate.h"
#include "sandbox/words.h"

#include <QFile>

#include <toml++/toml.hpp>

using namespace Qt::StringLiterals;

namespace Orgtrace::Sandbox {
namespace {

/// Role name, description, policies; "*" stands for every domain of the catalogue.
struct RoleRow {
    const char *name, *description, *defaultId, *policies;
};
constexpr RoleRow roleTable[] = {
    {"employee", "Everybody in the organisation", "employee",
     "chat:chat:access directory:userProfile:edit directory:user:view employeeEngagement:recognition:view,add presence:userPresence:view"},
    {"Master Admin", "Every permission there is", "masterAdmin", "*"},
    {"admin", "Organisation administrator", "admin",
     "directory:*:* authorization:*:* oauth:client:* routing:*:* architect:flow:* telephony:plugin:all integrations:*:* audits:audit:view "
     "groups:team:*"},
    {"Communicate - User", "Telephone and voicemail", "communicateUser",
     "telephony:station:add voicemail:acdVoicemail:view conversation:call:transfer"},
    {"User", "Contact centre agent", "user",
     "routing:queue:join conversation:call:transfer conversation:communication:view,disconnect scripter:publishedScript:view "
     "knowledge:document:view"},
    {"Supervisor", "Built-in supervisor", "supervisor",
     "ui:supervisor:view routing:queue:view,search routing:queueMember:manage analytics:queueObservation:view "
     "analytics:userObservation:view"},
    {"Supervisor \xe2\x80\x93 EMEA", "Leads service teams in EMEA", "",
     "ui:supervisor:view routing:queue:view,search routing:queueMember:manage routing:skill:view analytics:queueObservation:view "
     "analytics:userObservation:view quality:evaluation:view,add coaching:appointment:view,add,edit wfm:schedule:view"},
    {"Agent \xe2\x80\x93 EMEA", "Handles customer contacts", "",
     "routing:queue:view,join conversation:callback:create responses:response:view knowledge:document:view"},
    {"Contractor \xe2\x80\x93 Basic", "External agents", "", "routing:queue:join knowledge:document:view scripter:publishedScript:view"},
    {"Team Lead", "First line of supervision", "",
     "routing:queue:view routing:queueMember:manage analytics:userObservation:view coaching:appointment:view"},
    {"Telephony Admin", "Trunks, numbers and sites", "telephonyAdmin", "telephony:*:* routing:callRoute:*"},
    {"Architect Author", "Writes and publishes flows", "", "architect:*:* routing:schedule:view routing:emergencyGroup:view,edit"},
    {"Quality Evaluator", "Scores conversations", "qualityEvaluator", "quality:evaluation:view,add,edit recording:recording:view"},
    {"Quality Administrator", "Forms and policies", "qualityAdmin", "quality:*:* recording:retentionPolicy:* recording:annotation:*"},
    {"Outbound Admin", "Campaigns and lists", "outboundAdmin", "outbound:*:*"},
    {"WFM Planner", "Schedules and forecasts", "", "wfm:*:*"},
    {"Reporting Viewer", "Reads figures", "", "analytics:*:view dashboards:dashboard:view reporting:customerInteractionsAggregate:view"},
    {"Integrations Admin", "Connects other systems", "",
     "integrations:*:* webhooks:webhook:* processautomation:trigger:* oauth:client:view"},
    {"Knowledge Editor", "Writes articles", "", "knowledge:*:*"},
    {"Security Officer", "Reads rights and the audit trail", "",
     "audits:audit:view authorization:*:view oauth:client:view sso:provider:view directory:user:view"},
    {"Queue Viewer", "Reads queues", "", "routing:queue:view"},
};

constexpr const char *auditorPolicies
    = "analytics:dataRetention:view "
      "architect:datatable,dependencyTracking,flow,flowLogLevel,flowLogLevelDefault,flowMilestone,flowOutcome,grammar,"
      "systemPrompt,userPrompt:view architect:flow:search assistants:queue:view audits:audit:view "
      "authorization:divisionDeleted,grant,license,orgTrustee,orgTrusteeGroup,orgTrusteeUser,orgTrustor,policy,role,settings:view "
      "conversation:callForwarding,emailThreadingSettings,settings:view dataprivacy:maskingrule:view directory:group,user:view "
      "directory:organization:admin externalContacts:customFields,settings:view groups:team:view integrations:action,integration:view "
      "journey:actionmap,actiontarget,actiontemplate,outcome,outcomepredictor,segment,views:view "
      "knowledge:category,document,knowledgebase,label:view limits:organization:view messaging:integration,setting,supportedContent:view "
      "oauth:client:view outbound:attemptLimits,callableTimeSet,campaign,campaignRule,campaignSequence,contactList,contactListFilter,"
      "digitalRuleSet,dncList,importTemplate,messagingCampaign,responseSet,ruleSet,settings,wrapUpCodeMapping:view "
      "presence:presenceDefinition,settings,source:view processautomation:trigger:view quality:evaluationForm,surveyForm:view "
      "recording:crossPlatformRetentionPolicy,encryptionKey,retentionPolicy:view responses:library,response:view "
      "routing:callRoute,email,emergencyGroup,predictor,queue,schedule,scheduleGroup,skill,skillGroup,transcriptionSettings,utilization,"
      "wrapupCode:view routing:email,message:manage scripter:publishedScript,script:view settings:executiondata:view sms:phoneNumber:view "
      "speechAndTextAnalytics:program,settings,topic:view sso:provider:view "
      "telephony:alertablePresences,extensionPool,otherStationAssociation,settings,sites:view telephony:plugin:all users:rules:view "
      "webDeployments:configuration,deployment:view workitems:workitemSchema:view";

Result<void> addPermissions(Build &build)
{
    QFile file(u":/orgtrace-sandbox/permissions.toml"_s);
    if (!file.open(QIODevice::ReadOnly))
        return Error::make(ErrorCode::Internal, u"The permission catalogue is not compiled in."_s);
    try {
        const std::string text = file.readAll().toStdString();
        const toml::table root = toml::parse(text);
        for (const auto &[domain, entities] : root) {
            const QString name = QString::fromUtf8(domain.str());
            Body map = Body::object();
            for (const auto &[entity, actions] : *entities.as_table()) {
                Body list = Body::bag(std::vector<Body>{});
                for (const auto those = QString::fromStdString(actions.value_or(std::string())).split(u' ', Qt::SkipEmptyParts);
                     QString action : those) {
                    const bool aware = action.startsWith(u'+');
                    const bool conditional = action.startsWith(u'?');
                    if (aware || conditional)
                        action.remove(0, 1);
                    list.append(Body::object({{"domain", Body(name)},
                                              {"entityType", Body::string(entity.str())},
                                              {"action", Body(action)},
                                              {"label", Body(action + u' ' + QString::fromUtf8(entity.str()))},
                                              {"allowsConditions", conditional},
                                              {"divisionAware", aware || conditional}}));
                }
                map.set(entity.str(), std::move(list));
            }
            build.org.add(
                Domain::permissionsCatalogue,
                {name, name,
                 Body::object({{"id", Body(name)}, {"name", Body(name)}, {"domain", Body(name)}, {"permissionMap", std::move(map)}})});
        }
    } catch (const toml::parse_error &error) {
        return Error::make(ErrorCode::Internal, QString::fromUtf8(error.description()), u"permissions.toml"_s);
    }
    return {};
}

void put(Build &build, const QString &name, const QString &role, const QString &division, SubjectType type, const QString &subject)
{
    Dice dice = build.dice(Domain::grants, name + role);
    const QString divisionId = division == u"*"_s ? division : build.id(Domain::divisions, division);
    build.org.placeGrant({subject, build.id(Domain::roles, role), divisionId, type, build.before(dice, 700)});
}

void addClients(Build &build)
{
    struct Row {
        const char *name, *description, *grantType, *role, *division;
        bool showsSecret;
    };
    constexpr Row table[] = {
        {"crm-connector", "Customer records, both ways", "CLIENT-CREDENTIALS", "Integrations Admin", "*", true},
        {"wfm-sync", "Nightly schedule exchange", "CLIENT-CREDENTIALS", "WFM Planner", "*", true},
        {"bi-export", "Figures for the data warehouse", "CLIENT-CREDENTIALS", "Reporting Viewer", "*", false},
        {"wallboard", "Queue figures on the floor", "CLIENT-CREDENTIALS", "Queue Viewer", "EMEA North", true},
        {"agent-desktop", "Embedded agent desktop", "CODE", nullptr, nullptr, false},
        {"flow-deploy", "Publishes flows from source control", "CLIENT-CREDENTIALS", "Architect Author", "*", true},
    };
    const QString by = build.id(Domain::users, userName(0));
    const auto addOne
        = [&](const QString &id, const QString &name, const QString &description, const QString &grantType, const QString &secret) {
              Dice dice = build.dice(Domain::oauthClients, name);
              Body body = clientBody(id, name, description, grantType, build.before(dice, 800), by);
              if (!secret.isEmpty())
                  body.set("secret", Body(secret));
              build.org.add(Domain::oauthClients, {id, name, std::move(body)});
          };
    for (const Row &row : table) {
        const QString name = QString::fromLatin1(row.name);
        const QString id = build.id(Domain::oauthClients, name);
        addOne(id, name, QString::fromLatin1(row.description), QString::fromLatin1(row.grantType),
               row.showsSecret ? uuid(build.settings.seed, u"secret"_s + name) : QString());
        if (row.role)
            put(build, name, QString::fromUtf8(row.role), QString::fromLatin1(row.division), SubjectType::OAuthClient, id);
    }
    const QString own = build.settings.clientId;
    addOne(own, u"orgtrace-capture"_s, u"Reads the configuration for the evidence store"_s, u"CLIENT-CREDENTIALS"_s, {});
    put(build, own, Named::auditor, u"*"_s, SubjectType::OAuthClient, own);
    const QString limited = limitedClientId(own);
    addOne(limited, u"orgtrace-limited"_s, u"Reads queues of one division"_s, u"CLIENT-CREDENTIALS"_s, {});
    put(build, limited, u"Queue Viewer"_s, u"Nordics"_s, SubjectType::OAuthClient, limited);
}

} // namespace

QString limitedClientId(const QString &clientId)
{
    return uuid(0, u"limited"_s + clientId);
}

Body policyBody(const QString &policy)
{
    const QStringList parts = policy.split(u':');
    const QString entity = parts.value(1, u"*"_s);
    Body actions = Body::bag(parts.value(2, u"*"_s).split(u','));
    return Body::object({{"domain", Body(parts.value(0))},
                         {"entityName", Body(entity)},
                         {"policyName", Body(policy)},
                         {"policyDescription", ""},
                         {"actionSet", std::move(actions)},
                         {"namedResources", Body::bag(QStringList{})},
                         {"allowConditions", false}});
}

Body roleBody(const QString &id, const QString &name, const QString &description, const QStringList &policies, const QString &defaultRole)
{
    Body flat = Body::bag(QStringList{});
    Body list = Body::bag(std::vector<Body>{});
    for (const QString &policy : policies) {
        const QStringList parts = policy.split(u':');
        for (const auto those = parts.value(1).split(u','); const QString &entity : those) { // "domain:a,b:view" is two policies
            const QString one = parts.value(0) + u':' + entity + u':' + parts.value(2);
            list.append(policyBody(one));
            for (const auto these = parts.value(2).split(u','); const QString &action : these)
                flat.append(Body(parts.value(0) + u':' + entity + u':' + action));
        }
    }
    Body body = Body::object({{"id", Body(id)},
                              {"name", Body(name)},
                              {"description", Body(description)},
                              {"permissions", std::move(flat)},
                              {"permissionPolicies", std::move(list)},
                              {"roleNeedsUpdate", false},
                              {"baseLicense", "collaborate"},
                              {"addonLicenses", Body::bag(QStringList{u"communicate"_s})},
                              {"base", !defaultRole.isEmpty()},
                              {"default", !defaultRole.isEmpty()}});
    if (!defaultRole.isEmpty())
        body.set("defaultRoleId", Body(defaultRole));
    return body;
}

Body clientBody(const QString &id, const QString &name, const QString &description, const QString &grantType, const QDateTime &made,
                const QString &by)
{
    Body body = Body::object({{"id", Body(id)},
                              {"name", Body(name)},
                              {"description", Body(description)},
                              {"accessTokenValiditySeconds", 86400},
                              {"authorizedGrantType", Body(grantType)},
                              {"state", "active"},
                              {"dateCreated", Body(isoUtc(made))},
                              {"dateModified", Body(isoUtc(made))},
                              {"createdBy", Body::object({{"id", Body(by)}})},
                              {"modifiedBy", Body::object({{"id", Body(by)}})},
                              {"roleIds", Body::bag(QStringList{})},
                              {"roleDivisions", Body::bag(QStringList{})},
                              {"scope", Body::bag(QStringList{})},
                              {"registeredRedirectUri", Body::bag(QStringList{})}});
    if (grantType == u"CODE"_s) {
        body.set("scope", Body::bag(QStringList{u"users:readonly"_s, u"conversations"_s, u"routing:readonly"_s}));
        body.set("registeredRedirectUri", Body::bag(QStringList{u"https://desktop.northwind.example/callback"_s}));
    }
    return body;
}

Result<void> addRoles(Build &build)
{
    if (auto done = addPermissions(build); !done)
        return done;
    QStringList everything;
    for (const Entity &domain : build.org.collection(Domain::permissionsCatalogue).items())
        everything.append(domain.id + u":*:*"_s);
    const auto addOne = [&](const QString &name, const QString &description, const QString &defaultId, const QStringList &policies) {
        const QString id = build.id(Domain::roles, name);
        build.org.add(Domain::roles, {id, name, roleBody(id, name, description, policies, defaultId)});
    };
    for (const RoleRow &row : roleTable) {
        const QString policies = QString::fromLatin1(row.policies);
        addOne(QString::fromUtf8(row.name), QString::fromLatin1(row.description), QString::fromLatin1(row.defaultId),
               policies == u"*"_s ? everything : policies.split(u' ', Qt::SkipEmptyParts));
    }
    addOne(Named::auditor, u"Reads every configuration domain and the audit trail"_s, {}, QString::fromLatin1(auditorPolicies).split(u' '));
    return {};
}

void addGrants(Build &build)
{
    addClients(build);
    const QString home = u"Home"_s;
    int index = 0;
    for (const Entity &user : build.org.collection(Domain::users).items()) {
        put(build, user.name, Named::employee, home, SubjectType::User, user.id);
        if (index < leaders)
            put(build, user.name, u"Communicate - User"_s, home, SubjectType::User, user.id);
        else if (index >= leaders + contractorCount && index % 3 != 0)
            put(build, user.name, u"User"_s, home, SubjectType::User, user.id);
        ++index;
    }
    const auto user = [&](int n, const char *role, const QString &division) {
        put(build, userName(n), QString::fromUtf8(role), division, SubjectType::User, build.id(Domain::users, userName(n)));
    };
    user(0, "Master Admin", u"*"_s);
    user(1, "Master Admin", u"*"_s);
    user(1, "Telephony Admin", u"*"_s);
    user(2, "admin", u"*"_s);
    user(3, "Security Officer", u"*"_s);
    user(4, "Architect Author", u"*"_s);
    for (int n = 5; n < 9; ++n)
        user(n, "Supervisor \xe2\x80\x93 EMEA", n % 2 == 0 ? u"EMEA North"_s : u"DACH"_s);
    user(9, "WFM Planner", u"*"_s);
    user(10, "Quality Administrator", u"*"_s);
    user(11, "Outbound Admin", u"Benelux"_s);

    const auto group = [&](const char *name, const char *role, const char *division) {
        const QString text = QString::fromUtf8(name);
        put(build, text, QString::fromUtf8(role), QString::fromLatin1(division), SubjectType::Group, build.id(Domain::groups, text));
    };
    group("Contractors", "Contractor \xe2\x80\x93 Basic", "Contractors");
    group("EMEA Supervisors", "Supervisor \xe2\x80\x93 EMEA", "EMEA North");
    group("EMEA Supervisors", "Supervisor \xe2\x80\x93 EMEA", "EMEA South");
    group("Telephony Engineers", "Telephony Admin", "*");
    group("Flow Authors", "Architect Author", "*");
    group("Quality Coaches", "Quality Evaluator", "*");
    group("Knowledge Writers", "Knowledge Editor", "*");
    group("Service Desk", "Team Lead", "EMEA North");
    group("Data Analysts", "Reporting Viewer", "*");
    if (!build.settings.teamGrants)
        return;
    const auto team = [&](const char *name, const char *role, const char *division) { // synthetic: the real platform has no team grants
        const QString text = QString::fromLatin1(name);
        put(build, text, QString::fromUtf8(role), QString::fromLatin1(division), SubjectType::Team, build.id(Domain::teams, text));
    };
    team("Team Amsterdam", "Agent \xe2\x80\x93 EMEA", "Benelux");
    team("Team Frankfurt", "Agent \xe2\x80\x93 EMEA", "DACH");
    team("Team Stockholm", "Agent \xe2\x80\x93 EMEA", "Nordics");
    team("Team Madrid", "Team Lead", "EMEA South");
}

} // namespace Orgtrace::Sandbox
