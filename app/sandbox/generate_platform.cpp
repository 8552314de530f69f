#include "base/clock.h"
#include "sandbox/generate.h"
#include "sandbox/words.h"

using namespace Qt::StringLiterals;

namespace Orgtrace::Sandbox {
namespace {

constexpr const char *divisionTable[][2] = {
    {"Home", "The organisation's own division"},
    {"EMEA North", "United Kingdom, Nordics, Poland"},
    {"EMEA South", "Iberia, Italy, France"},
    {"DACH", "Germany, Austria, Switzerland"},
    {"Benelux", "Belgium, Netherlands, Luxembourg"},
    {"Nordics", "Sweden, Norway, Denmark, Finland"},
    {"Contractors", "External staff"},
    {"Back Office", "Claims, billing and logistics"},
};

void addOrganisation(Build &build)
{
    Body features = Body::object();
    for (const char *name : {"realtimeCIC", "purecloud", "hipaa", "ucEnabled", "pci", "purecloudVoice", "xmppFederation", "chat",
                             "informalPhotos", "directory", "contactCenter", "unifiedCommunications", "custserv"})
        features.set(name, Body(Dice(mix(1, name)).chance(60)));
    const QString id = build.id(Domain::organization, Named::organisation);
    build.org.add(Domain::organization,
                  {id, Named::organisation,
                   Body::object({{"id", Body(id)},
                                 {"name", Body(QString(Named::organisation))},
                                 {"defaultLanguage", "en-US"},
                                 {"defaultCountryCode", "NL"},
                                 {"thirdPartyOrgName", "northwind-emea"},
                                 {"thirdPartyURI", "https://northwind.example"},
                                 {"domain", "northwind-emea"},
                                 {"version", 41},
                                 {"state", "active"},
                                 {"defaultSiteId", Body(build.id(Domain::organization, u"site/Amsterdam"_s))},
                                 {"supportURI", "https://support.northwind.example"},
                                 {"voicemailEnabled", true},
                                 {"productPlatform", "GenesysCloud"},
                                 {"features", std::move(features)}})});
    build.org.add(Domain::orgAuthSettings,
                  {u"_"_s, u"_"_s,
                   Body::object({{"multifactorAuthenticationRequired", true},
                                 {"domainAllowlistEnabled", true},
                                 {"domainAllowlist", Body::bag(QStringList{u"northwind.example"_s, u"partner.northwind.example"_s})},
                                 {"ipAddressAllowlist", Body::bag(QStringList{u"198.51.100.0/24"_s, u"192.0.2.16/28"_s})},
                                 {"passwordRequirements",
                                  Body::object({{"minimumLength", 14},
                                                {"minimumDigits", 1},
                                                {"minimumLetters", 1},
                                                {"minimumUpper", 1},
                                                {"minimumLower", 1},
                                                {"minimumSpecials", 1},
                                                {"minimumAgeSeconds", 86400},
                                                {"expirationDays", 90}})},
                                 {"inactivityTimeoutExclusions", Body::bag(QStringList{})},
                                 {"tokenStorageLocation", "session"},
                                 {"universalLogout", true}})});
    build.org.add(
        Domain::authorizationSettings,
        {u"_"_s, u"_"_s,
         Body::object(
             {{"id", Body(build.id(Domain::authorizationSettings, u"settings"_s))}, {"analysisEnabled", true}, {"analysisDays", 90}})});
}

Body value(const char *type, Body instance)
{
    return Body::object({{"type", type}, {"value", Body::object({{"default", Body()}, {"instance", std::move(instance)}})}});
}

void addTrunks(Build &build)
{
    constexpr const char *table[][3] = {{"SIP-Frankfurt-01", "sip-fra-01.carrier-one.example", "EXTERNAL"},
                                        {"SIP-Frankfurt-02", "sip-fra-02.carrier-one.example", "EXTERNAL"},
                                        {"SIP-Amsterdam-01", "sip-ams-01.carrier-two.example", "EXTERNAL"},
                                        {"SIP-Madrid-01", "sip-mad-01.carrier-two.example", "EXTERNAL"},
                                        {"Phones EMEA", "", "PHONE"}};
    for (const auto &row : table) {
        const QString name = QString::fromLatin1(row[0]);
        Dice dice = build.dice(Domain::trunkBases, name);
        const QString id = build.id(Domain::trunkBases, name);
        const QString made = isoUtc(build.before(dice, 900));
        const bool external = QLatin1StringView(row[2]) == "EXTERNAL"_L1;
        Body properties = Body::object(
            {{"trunk_type", value("string", external ? "external.sip" : "phone.connections.webrtc")},
             {"trunk_label", value("string", Body(name))},
             {"trunk_enabled", value("boolean", true)},
             {"trunk_max_dial_timeout", value("string", "1m")},
             {"trunk_media_codec",
              Body::object(
                  {{"type", "array"},
                   {"value", Body::object({{"default", Body()}, {"instance", Body::array({"audio/opus", "audio/pcmu", "audio/pcma"})}})}})},
             {"trunk_media_dscp_value", value("integer", 46)},
             {"trunk_media_srtp_cipher_suites", value("string", "AES_CM_128_HMAC_SHA1_80")},
             {"trunk_recording_enabled", value("boolean", external)},
             {"trunk_diagnostic_capture_enabled", value("boolean", false)}});
        if (external) {
            properties.set("trunk_outbound_sip_servers_list", value("string", Body(QString::fromLatin1(row[1]))));
            properties.set("trunk_outbound_sip_servers_port", value("integer", 5061));
            properties.set("trunk_transport_serverProxyList",
                           Body::object({{"type", "array"},
                                         {"value",
                                          Body::object({{"default", Body()},
                                                        {"instance", Body::array({Body(QString::fromLatin1(row[1]) + u":5061"_s)})}})}}));
            properties.set("trunk_sip_authentication_credentials_realm", value("string", "northwind.example"));
            properties.set("trunk_sip_authentication_credentials_username", value("string", Body(u"nw-"_s + name.toLower())));
            properties.set("trunk_sip_authentication_credentials_password",
                           value("string", Body(uuid(build.settings.seed, u"sip"_s + name))));
            properties.set("trunk_access_acl_list",
                           Body::object({{"type", "array"},
                                         {"value", Body::object({{"default", Body()}, {"instance", Body::array({"192.0.2.32/28"})}})}}));
        }
        build.org.add(
            Domain::trunkBases,
            {id, name,
             Body::object({{"id", Body(id)},
                           {"name", Body(name)},
                           {"division", build.division(u"Home"_s)},
                           {"description", Body(u"Carrier trunk "_s + name)},
                           {"version", 3 + dice.below(20)},
                           {"dateCreated", Body(made)},
                           {"dateModified", Body(made)},
                           {"modifiedBy", Body(build.id(Domain::users, userName(0)))},
                           {"createdBy", Body(build.id(Domain::users, userName(0)))},
                           {"state", "active"},
                           {"modifiedByApp", "pcv-web"},
                           {"createdByApp", "pcv-web"},
                           {"trunkType", row[2]},
                           {"managed", false},
                           {"trunkMetabase",
                            Body::object({{"id", external ? "external_sip_pcv_byoc_carrier.json" : "phone_connections_webrtc.json"},
                                          {"name", external ? "BYOC Carrier" : "WebRTC"}})},
                           {"properties", std::move(properties)}})});
    }
}

} // namespace

void addPlatform(Build &build)
{
    for (const auto &row : divisionTable) {
        const QString name = QString::fromLatin1(row[0]);
        const QString id = build.id(Domain::divisions, name);
        build.org.add(
            Domain::divisions,
            {id, name,
             Body::object({{"id", Body(id)}, {"name", Body(name)}, {"description", row[1]}, {"homeDivision", name == u"Home"_s}})});
    }
    addOrganisation(build);
    addTrunks(build);
    int block = 0;
    for (const QString &site : Words::sites()) {
        const QString name = u"Numbers "_s + site;
        Dice dice = build.dice(Domain::didPools, name);
        const QString id = build.id(Domain::didPools, name);
        const QString made = isoUtc(build.before(dice, 1200));
        const QString start = u"+44207946%1"_s.arg(block * 100, 4, 10, QLatin1Char('0'));
        const QString end = u"+44207946%1"_s.arg(block * 100 + 99, 4, 10, QLatin1Char('0'));
        ++block;
        build.org.add(Domain::didPools,
                      {id, start,
                       Body::object({{"id", Body(id)},
                                     {"name", Body(start)},
                                     {"description", Body(name)},
                                     {"version", 1 + dice.below(4)},
                                     {"dateCreated", Body(made)},
                                     {"dateModified", Body(made)},
                                     {"modifiedBy", Body(build.id(Domain::users, userName(1)))},
                                     {"createdBy", Body(build.id(Domain::users, userName(1)))},
                                     {"state", "active"},
                                     {"startPhoneNumber", Body(start)},
                                     {"endPhoneNumber", Body(end)},
                                     {"comments", Body(u"Inbound numbers, site "_s + site)},
                                     {"provider", "PURE_CLOUD_VOICE"}})});
    }
}

} // namespace Orgtrace::Sandbox
