#include "catalogue/catalogue.h"
#include "genesys/apiclient.h"

#include <QSet>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace Orgtrace;
using Orgtrace::Catalogue::DomainRules;
using Orgtrace::Catalogue::Paging;
using Catalogues = Orgtrace::Catalogue::Catalogue;

namespace {

/// Domain names and paths of the API table (section 4), in its order.
struct Listed {
    const char *name, *path;
    Paging paging;
};
constexpr Listed apiTable[] = {
    {"flows", "flows", Paging::PageNumber},
    {"flow_milestones", "flows/milestones", Paging::PageNumber},
    {"flow_outcomes", "flows/outcomes", Paging::PageNumber},
    {"flow_log_levels", "flows/instances/settings/loglevels", Paging::PageNumber},
    {"prompts", "architect/prompts", Paging::PageNumber},
    {"system_prompts", "architect/systemprompts", Paging::PageNumber},
    {"schedules", "architect/schedules", Paging::PageNumber},
    {"schedule_groups", "architect/schedulegroups", Paging::PageNumber},
    {"emergency_groups", "architect/emergencygroups", Paging::PageNumber},
    {"ivrs", "architect/ivrs", Paging::PageNumber},
    {"grammars", "architect/grammars", Paging::PageNumber},
    {"datatables", "flows/datatables", Paging::PageNumber},
    {"dependencies", "architect/dependencytracking/consumedresources", Paging::PageNumber},
    {"integrations", "integrations", Paging::PageNumber},
    {"data_actions", "integrations/actions", Paging::PageNumber},
    {"credentials", "integrations/credentials/listing", Paging::After},
    {"client_apps", "integrations/clientapps", Paging::PageNumber},
    {"process_automation_triggers", "processautomation/triggers", Paging::After},
    {"queues", "routing/queues", Paging::PageNumber},
    {"skills", "routing/skills", Paging::PageNumber},
    {"skill_groups", "routing/skillgroups", Paging::After},
    {"languages", "routing/languages", Paging::PageNumber},
    {"wrapup_codes", "routing/wrapupcodes", Paging::PageNumber},
    {"utilization", "routing/utilization", Paging::Single},
    {"utilization_labels", "routing/utilization/labels", Paging::PageNumber},
    {"routing_settings", "routing/settings", Paging::Single},
    {"email_domains", "routing/email/domains", Paging::PageNumber},
    {"email_outbound_domains", "routing/email/outbound/domains", Paging::PageNumber},
    {"email_settings", "emails/settings", Paging::Single},
    {"sms_addresses", "routing/sms/addresses", Paging::PageNumber},
    {"sms_phone_numbers", "routing/sms/phonenumbers", Paging::PageNumber},
    {"message_recipients", "routing/message/recipients", Paging::PageNumber},
    {"predictors", "routing/predictors", Paging::After},
    {"assessments", "routing/assessments", Paging::After},
    {"messaging_integrations", "conversations/messaging/integrations", Paging::PageNumber},
    {"messaging_settings", "conversations/messaging/settings", Paging::PageNumber},
    {"supported_content", "conversations/messaging/supportedcontent", Paging::PageNumber},
    {"conversation_settings", "conversations/settings", Paging::Single},
    {"web_configurations", "webdeployments/configurations", Paging::After},
    {"web_deployments", "webdeployments/deployments", Paging::After},
    {"sites", "telephony/providers/edges/sites", Paging::PageNumber},
    {"edges", "telephony/providers/edges", Paging::PageNumber},
    {"edge_groups", "telephony/providers/edges/edgegroups", Paging::PageNumber},
    {"trunk_base_settings", "telephony/providers/edges/trunkbasesettings", Paging::PageNumber},
    {"trunks", "telephony/providers/edges/trunks", Paging::PageNumber},
    {"outbound_routes", "telephony/providers/edges/outboundroutes", Paging::PageNumber},
    {"phone_base_settings", "telephony/providers/edges/phonebasesettings", Paging::PageNumber},
    {"line_base_settings", "telephony/providers/edges/linebasesettings", Paging::PageNumber},
    {"phones", "telephony/providers/edges/phones", Paging::PageNumber},
    {"lines", "telephony/providers/edges/lines", Paging::PageNumber},
    {"stations", "stations", Paging::PageNumber},
    {"did_pools", "telephony/providers/edges/didpools", Paging::PageNumber},
    {"dids", "telephony/providers/edges/dids", Paging::PageNumber},
    {"extension_pools", "telephony/providers/edges/extensionpools", Paging::PageNumber},
    {"extensions", "telephony/providers/edges/extensions", Paging::PageNumber},
    {"certificate_authorities", "telephony/providers/edges/certificateauthorities", Paging::Unpaged},
    {"telephony_settings", "telephony/settings", Paging::Single},
    {"users", "users", Paging::PageNumber},
    {"groups", "groups", Paging::PageNumber},
    {"teams", "teams", Paging::After},
    {"locations", "locations", Paging::PageNumber},
    {"presence_definitions", "presence/definitions", Paging::Unpaged},
    {"user_licenses", "license/users", Paging::PageNumber},
    {"users_rules", "users/rules", Paging::PageNumber},
    {"divisions", "authorization/divisions", Paging::PageNumber},
    {"roles", "authorization/roles", Paging::PageNumber},
    {"grants", "authorization/subjects/{subjectId}", Paging::Single},
    {"permissions_catalogue", "authorization/permissions", Paging::PageNumber},
    {"authorization_settings", "authorization/settings", Paging::Single},
    {"access_policies", "authorization/policies", Paging::After},
    {"oauth_clients", "oauth/clients", Paging::Unpaged},
    {"trustees", "orgauthorization/trustees", Paging::PageNumber},
    {"trustors", "orgauthorization/trustors", Paging::PageNumber},
    {"identity_providers", "identityproviders", Paging::Unpaged},
    {"scim_config", "scim/v2/serviceproviderconfig", Paging::Single},
    {"organization", "organizations/me", Paging::Single},
    {"org_auth_settings", "organizations/authentication/settings", Paging::Single},
    {"ip_allowlist", "organizations/ipaddressauthentication", Paging::Single},
    {"domain_allowlist", "organizations/whitelist", Paging::Single},
    {"embedded_integration", "organizations/embeddedintegration", Paging::Single},
    {"token_timeout", "tokens/timeout", Paging::Single},
    {"org_limits", "organizations/limits/namespaces", Paging::PageNumberNoTotal},
    {"analytics_retention", "analytics/dataretention/settings", Paging::Single},
    {"data_privacy_masking", "dataprivacy/maskingrules", Paging::Unpaged},
    {"geolocation_settings", "geolocations/settings", Paging::Single},
    {"execution_data_settings", "settings/executiondata", Paging::Single},
    {"platform_ip_ranges", "ipranges", Paging::Unpaged},
    {"recording_policies", "recording/mediaretentionpolicies", Paging::PageNumber},
    {"recording_settings", "recording/settings", Paging::Single},
    {"recording_keys", "recording/recordingkeys", Paging::PageNumber},
    {"quality_evaluation_forms", "quality/forms/evaluations", Paging::PageNumber},
    {"quality_survey_forms", "quality/forms/surveys", Paging::PageNumber},
    {"speech_topics", "speechandtextanalytics/topics", Paging::NextPage},
    {"speech_programs", "speechandtextanalytics/programs", Paging::NextPage},
    {"outbound_campaigns", "outbound/campaigns", Paging::PageNumber},
    {"outbound_messaging_campaigns", "outbound/messagingcampaigns", Paging::PageNumber},
    {"outbound_campaign_rules", "outbound/campaignrules", Paging::PageNumber},
    {"outbound_sequences", "outbound/sequences", Paging::PageNumber},
    {"outbound_contact_lists", "outbound/contactlists", Paging::PageNumber},
    {"outbound_contact_list_filters", "outbound/contactlistfilters", Paging::PageNumber},
    {"outbound_dnc_lists", "outbound/dnclists", Paging::PageNumber},
    {"outbound_rule_sets", "outbound/rulesets", Paging::PageNumber},
    {"outbound_digital_rule_sets", "outbound/digitalrulesets", Paging::PageNumber},
    {"outbound_attempt_limits", "outbound/attemptlimits", Paging::PageNumber},
    {"outbound_callable_time_sets", "outbound/callabletimesets", Paging::PageNumber},
    {"outbound_call_analysis_sets", "outbound/callanalysisresponsesets", Paging::PageNumber},
    {"outbound_import_templates", "outbound/importtemplates", Paging::PageNumber},
    {"outbound_settings", "outbound/settings", Paging::Single},
    {"outbound_wrapup_code_mappings", "outbound/wrapupcodemappings", Paging::Single},
    {"journey_segments", "journey/segments", Paging::PageNumber},
    {"journey_outcomes", "journey/outcomes", Paging::PageNumber},
    {"journey_action_maps", "journey/actionmaps", Paging::PageNumber},
    {"journey_action_templates", "journey/actiontemplates", Paging::PageNumber},
    {"journey_action_targets", "journey/actiontargets", Paging::PageNumber},
    {"journey_views", "journey/views", Paging::PageNumber},
    {"response_libraries", "responsemanagement/libraries", Paging::PageNumber},
    {"responses", "responsemanagement/responses", Paging::PageNumber},
    {"scripts", "scripts", Paging::PageNumber},
    {"knowledge_bases", "knowledge/knowledgebases", Paging::After},
    {"external_contacts_settings", "externalcontacts/settings", Paging::Single},
    {"content_security_profiles", "contentmanagement/securityprofiles", Paging::Unpaged},
    {"workitem_schemas", "taskmanagement/workitems/schemas", Paging::Unpaged},
    {"wfm_business_units", "workforcemanagement/businessunits", Paging::Unpaged},
    {"wfm_management_units", "workforcemanagement/managementunits", Paging::PageNumber},
};

const Catalogues &builtIn()
{
    static const auto catalogue = Catalogues::builtIn();
    if (!catalogue) {
        qFatal("%s %s", qPrintable(catalogue.error().where), qPrintable(catalogue.error().detail));
    }
    return *catalogue;
}

Result<Catalogues> withMine(const QByteArray &toml)
{
    return Catalogues::effective({{u"mine.toml"_s, toml}});
}

} // namespace

/// What the built-in catalogue covers, its profiles, and what a user's file does to both.
class TestCatalogueCoverage : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void everyDomainOfTheApiTableIsThere_data();
    void everyDomainOfTheApiTableIsThere();
    void subResourcesMakeThemWhole_data();
    void subResourcesMakeThemWhole();
    void everyRequestMayBeSent();
    void rulesThatWereThereKeepTheirHash_data();
    void rulesThatWereThereKeepTheirHash();
    void secretsAreNamed_data();
    void secretsAreNamed();
    void nothingIsAskedWithoutSayingWhatForIt();
    void profilesOfTheBuiltInCatalogue();
    void usersProfiles_data();
    void usersProfiles();
    void profilesAreKeptWithTheSnapshot();
    void profilesAndMarksChangeNoHash();
    void mistakes_data();
    void mistakes();
};

void TestCatalogueCoverage::everyDomainOfTheApiTableIsThere_data()
{
    QTest::addColumn<QString>("domain");
    QTest::addColumn<QByteArray>("path");
    QTest::addColumn<int>("paging");
    for (const Listed &listed : apiTable) {
        QTest::addRow("%s is read", listed.name)
            << QString::fromLatin1(listed.name) << QByteArray("/api/v2/").append(listed.path) << static_cast<int>(listed.paging);
    }
}

void TestCatalogueCoverage::everyDomainOfTheApiTableIsThere()
{
    QFETCH(QString, domain);
    QFETCH(QByteArray, path);
    QFETCH(int, paging);
    QCOMPARE(std::size(apiTable), size_t(124));
    const DomainRules *rules = builtIn().find(domain);
    QVERIFY(rules);
    if (domain == u"grants") { // one sweep over the roles instead of one call for each subject (API section 5.3)
        QCOMPARE(rules->path, QByteArray("/api/v2/authorization/roles/{id}/subjectgrants"));
        return;
    }
    QCOMPARE(rules->path, path);
    if (domain == u"org_limits" || domain == u"platform_ip_ranges") // lists of things without an id
        paging = static_cast<int>(Paging::Single);
    QCOMPARE(static_cast<int>(rules->paging), paging);
}

void TestCatalogueCoverage::subResourcesMakeThemWhole_data()
{
    QTest::addColumn<QString>("domain");
    QTest::addColumn<QString>("parent");
    QTest::addColumn<QString>("shape");
    const auto row = [](const char *domain, const char *parent, const char *shape) {
        QTest::addRow("%s of %s", domain, parent)
            << QString::fromLatin1(domain) << QString::fromLatin1(parent) << QString::fromLatin1(shape);
    };
    row("group_members", "groups", "items");
    row("team_members", "teams", "items");
    row("queue_members", "queues", "items");
    row("queue_wrapup_codes", "queues", "items");
    row("grants", "roles", "pivot");
    row("team_grants", "teams", "object");
    row("datatable_rows", "datatables", "items");
    row("prompt_resources", "prompts", "items");
    row("system_prompt_resources", "system_prompts", "items");
    row("integration_configurations", "integrations", "object");
    row("data_action_definitions", "data_actions", "object");
    row("identity_provider_settings", "identity_providers", "object");
    row("email_routes", "email_domains", "items");
    row("number_plans", "sites", "items");
    row("site_outbound_routes", "sites", "items");
    row("trustee_users", "trustees", "items");
    row("trustee_groups", "trustees", "items");
    row("trustor_users", "trustors", "items");
    row("quality_evaluation_form_questions", "quality_evaluation_forms", "object");
    row("speech_topic_definitions", "speech_topics", "object");
    row("responses", "response_libraries", "items");
    row("dependencies", "flows", "items");
    row("flow_versions", "flows", "items");
    row("flow_definitions", "flows", "object");
}

void TestCatalogueCoverage::subResourcesMakeThemWhole()
{
    QFETCH(QString, domain);
    const DomainRules *rules = builtIn().find(domain);
    QVERIFY(rules);
    QTEST(rules->sub.parent, "parent");
    QTEST(rules->sub.shape, "shape");
}

void TestCatalogueCoverage::everyRequestMayBeSent()
{
    for (const DomainRules &rules : builtIn().domains()) {
        const bool asksByPath = rules.path.contains("{id}");
        const Result<QByteArray> path = asksByPath ? Genesys::pathWithId(rules.path, u"0f1e-2d"_s) : Result<QByteArray>(rules.path);
        QVERIFY2(path, qPrintable(rules.name));
        QVERIFY2(Genesys::ApiRequest::allow(Genesys::Method::Get, *path), qPrintable(rules.name));
        const DomainRules *parent = builtIn().find(rules.sub.parent);
        QVERIFY2(rules.sub.parent.isEmpty() || (parent && parent->sub.parent.isEmpty() && parent->paging != Paging::Single),
                 qPrintable(rules.name));
    }
}

void TestCatalogueCoverage::rulesThatWereThereKeepTheirHash_data()
{
    // A hash that changes makes every snapshot taken before say "rules changed".
    QTest::addColumn<QByteArray>("hash");
    const auto row = [](const char *domain, const char *hash) { QTest::newRow(domain) << QByteArray(hash); };
    row("organization", "b9ef3b95ee5d417f42629f874d63f8bf33a007cd7e68b7442e6775526d798876");
    row("org_auth_settings", "5208c4e6bc9f901dd4a84a2a87b1e958adeede4ae078ce87c971aff2eab1dea7");
    row("divisions", "4b78833fc5c46cfe870a0ebbee40ece63c472e04ae31404e0471d20ac1398df7");
    row("users", "098873eaa05f9e256bddce8f1452489c066a8826239ea4f041a6584e971c996c");
    row("groups", "32c9d613d7addf75b37df8dfd1a07c59e2cb626d06321307d8008d8ca8737546");
    row("group_members", "7393b2c659dbdb37ff84d9207728e133c2639c2e2043d27d742a959ebc411030");
    row("teams", "bec7f9885cf7bb7fb9adbe32fa1583b38a24b4462a4439eeb9e0629261763a36");
    row("team_members", "d92803403639748003f9bf9cab5afbeb29e4ebf2ee81ba5613720c2807962d3e");
    row("roles", "fd5dd45fc75bb0f994e916ec0d01a685b7dc600bf99084fe5f7c2d805c21c206");
    row("permissions_catalogue", "489a4770924f700e4bc8eec07a6dcbb7678032f977e7a15676cc19ae58557e38");
    row("grants", "b4b8c294a593ec006cb330ee3c6f7f175490192aa90e7a717aee58578cdb8f02");
    row("oauth_clients", "5b77c5ab72e5a397573b3a2ca1e0dfdf949b93ab834d91ab819c5f371f7e652a");
    row("queues", "9bbd3c61fcdc68ec089b0a1f178f4975490a82b0fc9d635847b4ad588db74c83");
    row("queue_members", "928a4627bf6a8114109980df514a7559c70bab54761852e5a32c23d9a8d9bd94");
    row("skills", "cefccb9e2cf358721b67df6f46c24be342279ae56b86a3e1aebef67ca44b7eaa");
    row("wrapup_codes", "672bce054c9e905ecd8c3a50b4857b89a3e8ba72b33f0f3085607c3dd1e493ef");
    row("flows", "27e6370b57a57fc4fb11b64e800dbe0959bd2bb11b1e6b60300733b2ce6e478d");
    row("ivrs", "15faf24cc6069eb4dfca1213ae760d90bae7593ec5ab63a29cdb83bf0deda1a0");
    row("process_automation_triggers", "cf031169318d5d6b9e8c3a00fd580f8d34475a9904f004fbcf4f97fc52ba3b11");
    row("trunk_base_settings", "5cc84350427f05d64c8f51ba0834f44045c16f6a7293f8b588f5ad60dc97ded3");
    row("did_pools", "06cfa34b7edc89391b5874dfec87ae9bc44672406032b599cc189de9ca1e4c0b");
}

void TestCatalogueCoverage::rulesThatWereThereKeepTheirHash()
{
    const DomainRules *rules = builtIn().find(QString::fromLatin1(QTest::currentDataTag()));
    QVERIFY(rules);
    QTEST(rules->hash(), "hash");
}

void TestCatalogueCoverage::secretsAreNamed_data()
{
    QTest::addColumn<QString>("domain");
    QTest::addColumn<QString>("secret");
    const auto row = [](const char *domain, const char *secret) {
        QTest::addRow("%s of %s never reaches evidence", secret, domain) << QString::fromLatin1(domain) << QString::fromLatin1(secret);
    };
    row("oauth_clients", "secret");
    row("recording_key_configurations", "apiKey");
    row("recording_keys", "localEncryptionConfiguration/apiKey");
    row("messaging_integrations_open", "outboundNotificationWebhookSignatureSecretToken");
    row("messaging_integrations_open", "webhookHeaders");
    row("outbound_dnc_lists", "loginId");
    row("outbound_dnc_lists", "licenseId");
    row("telephony_settings", "blockCallerIdAccessCode");
    row("data_action_definitions", "action/config/request/headers");
}

void TestCatalogueCoverage::secretsAreNamed()
{
    QFETCH(QString, domain);
    QFETCH(QString, secret);
    QVERIFY(builtIn().find(domain)->secrets.contains(secret));
}

void TestCatalogueCoverage::nothingIsAskedWithoutSayingWhatForIt()
{
    static const QSet<QString> writing{u"edit"_s, u"add"_s, u"delete"_s, u"manage"_s, u"all"_s, u"admin"_s};
    for (const DomainRules &rules : builtIn().domains()) {
        QVERIFY2(!rules.title.isEmpty() && rules.title != rules.name && !rules.group.isEmpty(), qPrintable(rules.name));
        QVERIFY2(rules.dropped.contains(u"**/selfUri"_s) || rules.sub.parent == u"groups" || rules.sub.parent == u"teams",
                 qPrintable(rules.name));
        const auto writes = [](const QString &permission) { return writing.contains(permission.section(u':', 2)); };
        const bool onlyWriting = !rules.permissionsAny.isEmpty() && std::ranges::all_of(rules.permissionsAny, writes);
        QVERIFY2(rules.writePermission == onlyWriting, qPrintable(rules.name));
        QVERIFY2(!onlyWriting || rules.optional || !rules.profiles.isEmpty(), qPrintable(rules.name));
        for (const QString &array : rules.identities.keys())
            QVERIFY2(rules.unordered.contains(array), qPrintable(QString(rules.name + u' ' + array)));
        // An element array of a sub-resource has no place of its own: its signals could not be kept beside.
        for (const QString &pattern : rules.signals_)
            QVERIFY2(!pattern.contains(u'*'), qPrintable(QString(rules.name + u' ' + pattern)));
    }
}

void TestCatalogueCoverage::profilesOfTheBuiltInCatalogue()
{
    QCOMPARE(builtIn().profileNames(), (QStringList{u"essential"_s, u"security"_s, u"everything"_s}));
    const QStringList essential = *builtIn().profile(u"essential"_s);
    for (const char *domain : {"organization",
                               "org_auth_settings",
                               "divisions",
                               "users",
                               "groups",
                               "group_members",
                               "teams",
                               "team_members",
                               "roles",
                               "permissions_catalogue",
                               "grants",
                               "oauth_clients",
                               "queues",
                               "queue_members",
                               "skills",
                               "wrapup_codes",
                               "flows",
                               "ivrs",
                               "process_automation_triggers",
                               "trunk_base_settings",
                               "did_pools"})
        QVERIFY2(essential.contains(QString::fromLatin1(domain)), domain);
    QVERIFY(essential.contains(u"emergency_groups"));
    QVERIFY(essential.contains(u"access_policies")); // without them no answer about rights is whole
    const QStringList security = *builtIn().profile(u"security"_s);
    for (const char *domain :
         {"grants", "access_policies", "trustees", "identity_providers", "integration_configurations", "team_grants", "ip_allowlist"})
        QVERIFY2(security.contains(QString::fromLatin1(domain)), domain);
    const QStringList everything = *builtIn().profile(u"everything"_s);
    QVERIFY(!everything.contains(u"flow_definitions"));
    QVERIFY(everything.contains(u"phones"));
    for (const Listed &listed : apiTable)
        QVERIFY2(everything.contains(QString::fromLatin1(listed.name)), listed.name);
    const auto unknown = builtIn().profile(u"esential"_s);
    QVERIFY(!unknown);
    QVERIFY2(unknown.error().detail.contains(u"essential, security, everything"), qPrintable(unknown.error().detail));
}

void TestCatalogueCoverage::usersProfiles_data()
{
    QTest::addColumn<QByteArray>("toml");
    QTest::addColumn<QString>("profile");
    QTest::addColumn<QStringList>("with");
    QTest::addColumn<QStringList>("without");
    QTest::newRow("a list of domains, in capture order")
        << QByteArray("[[profile]]\nname = \"weekly\"\ndomains = [\"queue_members\", \"skills\", \"queues\"]\n") << u"weekly"_s
        << QStringList{u"queues"_s, u"skills"_s, u"queue_members"_s} << QStringList{u"users"_s};
    QTest::newRow("a base with more and less") << QByteArray(
        "[[profile]]\nname = \"mine\"\nbase = \"essential\"\nadd = [\"phones\"]\nremove = [\"users\"]\n")
                                               << u"mine"_s << QStringList{u"phones"_s, u"roles"_s} << QStringList{u"users"_s};
    QTest::newRow("a base that is a user's own, declared later")
        << QByteArray("[[profile]]\nname = \"b\"\nbase = \"a\"\nadd = [\"skills\"]\n[[profile]]\nname = \"a\"\ndomains = [\"queues\"]\n")
        << u"b"_s << QStringList{u"skills"_s, u"queues"_s} << QStringList{u"users"_s};
    QTest::newRow("a domain kept out of everything, named")
        << QByteArray("[[profile]]\nname = \"deep\"\nbase = \"everything\"\nadd = [\"flow_definitions\"]\n") << u"deep"_s
        << QStringList{u"flow_definitions"_s, u"flows"_s} << QStringList();
    QTest::newRow("a built-in profile written anew") << QByteArray("[[profile]]\nname = \"essential\"\ndomains = [\"organization\"]\n")
                                                     << u"essential"_s << QStringList{u"organization"_s} << QStringList{u"users"_s};
    QTest::newRow("a new domain in a built-in profile")
        << QByteArray("[[domain]]\nname = \"beta\"\npath = \"/api/v2/beta\"\nprofiles = [\"essential\"]\n") << u"essential"_s
        << QStringList{u"beta"_s, u"users"_s} << QStringList();
    QTest::newRow("a known domain taken into a profile") << QByteArray("[[domain]]\nname = \"schedules\"\nprofiles = [\"essential\"]\n")
                                                         << u"essential"_s << QStringList{u"schedules"_s, u"users"_s} << QStringList();
    QTest::newRow("a known domain taken out of its profiles") << QByteArray("[[domain]]\nname = \"users\"\nprofiles = []\n")
                                                              << u"essential"_s << QStringList{u"roles"_s} << QStringList{u"users"_s};
}

void TestCatalogueCoverage::usersProfiles()
{
    QFETCH(QByteArray, toml);
    QFETCH(QString, profile);
    QFETCH(QStringList, with);
    QFETCH(QStringList, without);
    const auto catalogue = withMine(toml);
    QVERIFY2(catalogue, catalogue ? "" : qPrintable(QString(catalogue.error().where + u' ' + catalogue.error().detail)));
    const auto domains = catalogue->profile(profile);
    QVERIFY(domains);
    for (const QString &domain : std::as_const(with))
        QVERIFY2(domains->contains(domain), qPrintable(domain));
    for (const QString &domain : std::as_const(without))
        QVERIFY2(!domains->contains(domain), qPrintable(domain));
    QStringList inOrder;
    for (const DomainRules &rules : catalogue->domains()) {
        if (domains->contains(rules.name))
            inOrder.append(rules.name);
    }
    QCOMPARE(*domains, inOrder);
}

void TestCatalogueCoverage::profilesAreKeptWithTheSnapshot()
{
    const auto catalogue = withMine("[[profile]]\nname = \"weekly\"\ndomains = [\"skills\"]\n");
    QVERIFY(catalogue);
    const auto back = Catalogues::fromJson(catalogue->toJson());
    QVERIFY(back);
    QCOMPARE(back->toJson(), catalogue->toJson());
    QCOMPARE(*back->profile(u"weekly"_s), QStringList{u"skills"_s});
    QCOMPARE(*back->profile(u"security"_s), *catalogue->profile(u"security"_s));
    QVERIFY(back->find(u"flow_definitions"_s)->byName);
    QVERIFY(back->find(u"dids"_s)->writePermission);
}

void TestCatalogueCoverage::profilesAndMarksChangeNoHash()
{
    const auto other = withMine("[[domain]]\nname = \"skills\"\nprofiles = []\noptional = true\nwritePermission = true\n");
    QVERIFY(other);
    QCOMPARE(other->find(u"skills"_s)->hash(), builtIn().find(u"skills"_s)->hash());
}

void TestCatalogueCoverage::mistakes_data()
{
    QTest::addColumn<QByteArray>("toml");
    QTest::addColumn<int>("line");
    QTest::addColumn<QString>("says");
    const auto row = [](const char *name, const char *toml, int line, const char *says) {
        QTest::newRow(name) << QByteArray(toml) << line << QString::fromUtf8(says);
    };
    row("a profile without a name", "\n[[profile]]\ndomains = []\n", 2, "needs a name");
    row("a profile in one bracket", "[profile]\nname = \"a\"\n", 1, "[[profile]], with two brackets");
    row("a misspelt key of a profile", "[[profile]]\nname = \"a\"\ndomain = []\n", 3, "did you mean \"domains\"?");
    row("a profile of a domain nobody has", "[[profile]]\nname = \"a\"\ndomains = [\"queus\"]\n", 1,
        "\"queus\", which is no domain; did you mean \"queues\"?");
    row("a profile with neither list nor base", "[[profile]]\nname = \"a\"\n", 1, "either domains");
    row("a profile with both", "[[profile]]\nname = \"a\"\nbase = \"essential\"\ndomains = []\n", 1, "either domains");
    row("a profile that adds to nothing", "[[profile]]\nname = \"a\"\ndomains = []\nadd = [\"users\"]\n", 1, "no base to add to");
    row("a base that is no profile", "[[profile]]\nname = \"a\"\nbase = \"esential\"\n", 1, "did you mean \"essential\"?");
    row("bases in a circle", "[[profile]]\nname = \"a\"\nbase = \"b\"\n[[profile]]\nname = \"b\"\nbase = \"a\"\n", 1, "round in a circle");
    row("removing what is not there", "[[profile]]\nname = \"a\"\nbase = \"essential\"\nremove = [\"phones\"]\n", 1,
        "does not hold; leave it out");
    row("a profile twice", "[[profile]]\nname = \"a\"\ndomains = []\n[[profile]]\nname = \"a\"\ndomains = []\n", 4, "declared twice");
    row("everything redefined", "[[profile]]\nname = \"everything\"\ndomains = []\n", 1, "another name");
    row("a domain in everything by hand", "[[domain]]\nname = \"a\"\npath = \"/api/v2/a\"\nprofiles = [\"everything\"]\n", 1, "by itself");
    row("a domain in a profile nobody has", "[[domain]]\nname = \"a\"\npath = \"/api/v2/a\"\nprofiles = [\"securty\"]\n", 1,
        "did you mean \"security\"?");
    row("an optional domain in a profile", "[[domain]]\nname = \"a\"\npath = \"/api/v2/a\"\nprofiles = [\"security\"]\noptional = true\n",
        1, "remove one of the two");
    row("a mark that is no flag", "[[domain]]\nname = \"users\"\noptional = \"yes\"\n", 3, "optional is true or false");
    row("a placeholder without a parent", "[[domain]]\nname = \"a\"\npath = \"/api/v2/a\"\nquery = [\"x={id}\"]\n", 1, "say whose");
    row("a placeholder in a name", "[[domain]]\nname = \"a\"\npath = \"/api/v2/a\"\nquery = [\"{x}=1\"]\n", 1, "in values only");
    row("the parent's id in path and query",
        "[[domain]]\nname = \"a\"\npath = \"/api/v2/a/{id}\"\nquery = [\"x={id}\"]\n[domain.sub]\nparent = \"users\"\nshape = "
        "\"items\"\ninto = \"x\"\n",
        1, "exactly once");
    row("an object that is a listing",
        "[[domain]]\nname = \"a\"\npath = \"/api/v2/a/{id}\"\n[domain.sub]\nparent = \"users\"\nshape = \"object\"\ninto = \"x\"\n", 1,
        "paging single go together");
    row("a path that walks away", "[[domain]]\nname = \"a\"\npath = \"/api/v2/../oauth\"\n", 1, "walks away");
    row("a known domain spoilt", "\n\n[[domain]]\nname = \"queues\"\ndropped = [\"*Uri\"]\n", 3, "stands for a whole name");
}

void TestCatalogueCoverage::mistakes()
{
    QFETCH(QByteArray, toml);
    QFETCH(int, line);
    QFETCH(QString, says);
    const auto catalogue = withMine(toml);
    QVERIFY(!catalogue.has_value());
    QCOMPARE(catalogue.error().code, ErrorCode::BadInput);
    QVERIFY2(catalogue.error().detail.contains(says), qPrintable(catalogue.error().detail));
    QCOMPARE(catalogue.error().where, u"mine.toml:%1"_s.arg(line));
}

QTEST_GUILESS_MAIN(TestCatalogueCoverage)
#include "tst_cataloguecoverage.moc"
