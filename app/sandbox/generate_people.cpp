#include "base/clock.h"
#include "sandbox/generate.h"
#include "sandbox/words.h"

using namespace Qt::StringLiterals;

namespace Orgtrace::Sandbox {
namespace {

QString pick(const QStringList &list, int n)
{
    return list[n % list.size()];
}

Body contact(const char *media, const char *type, const QString &address)
{
    return Body::object({{"mediaType", media}, {"type", type}, {"address", Body(address)}, {"display", Body(address)}});
}

Body languageReference(const Build &build, const QString &name, int proficiency)
{
    return Body::object({{"id", Body(uuid(build.settings.seed, u"language/"_s + name))},
                         {"name", Body(name)},
                         {"proficiency", proficiency},
                         {"state", "active"}});
}

QString ringNumber(const QString &groupId)
{
    return u"+4420794%1"_s.arg(10000 + mix(0, groupId) % 90000);
}

Body groupBody(const QString &id, const QString &name, const QString &description, const QDateTime &made, bool rolesEnabled,
               const QString &owner)
{
    return Body::object(
        {{"id", Body(id)},
         {"name", Body(name)},
         {"description", Body(description)},
         {"dateModified", Body(isoUtc(made))},
         {"state", "active"},
         {"version", 5},
         {"type", "official"},
         {"visibility", "public"},
         {"rulesVisible", true},
         {"rolesEnabled", rolesEnabled},
         {"includeOwners", false},
         {"callsEnabled", false},
         {"addresses",
          Body::bag(std::vector<Body>{Body::object(
              {{"type", "GROUPRING"}, {"mediaType", "PHONE"}, {"address", Body(ringNumber(id))}, {"display", Body(ringNumber(id))}})})},
         {"owners", Body::bag(std::vector<Body>{Body::object({{"id", Body(owner)}})})}});
}

Body teamBody(const Build &build, const QString &id, const QString &name, const QString &division, const QDateTime &made)
{
    return Body::object({{"id", Body(id)},
                         {"name", Body(name)},
                         {"description", Body(u"Work team, division "_s + division)},
                         {"division", build.division(division)},
                         {"dateCreated", Body(isoUtc(made))},
                         {"dateModified", Body(isoUtc(made))}});
}

QString divisionOf(int index)
{
    static const QStringList list{u"EMEA North"_s, u"EMEA South"_s, u"DACH"_s, u"Benelux"_s, u"Nordics"_s, u"Back Office"_s};
    if (index < leaders)
        return u"Home"_s;
    return index < leaders + contractorCount ? u"Contractors"_s : list[index % list.size()];
}

void addUsers(Build &build)
{
    constexpr const char *leaderTitles[]
        = {"Platform Administrator", "Platform Administrator", "Organisation Administrator", "Security Officer",   "Flow Architect",
           "Supervisor North",       "Supervisor DACH",        "Supervisor South",           "Supervisor Nordics", "Workforce Planner",
           "Quality Lead",           "Outbound Lead"};
    for (int index = 0; index < build.settings.users; ++index) {
        const QString name = userName(index);
        Dice dice = build.dice(Domain::users, name);
        const QString id = build.id(Domain::users, name);
        const bool leads = index < leaders;
        const QString department = leads ? u"Operations"_s : pick(Words::departments(), index);
        const QString title = leads             ? QString::fromLatin1(leaderTitles[index])
            : index < leaders + contractorCount ? u"External Agent"_s
                                                : pick(Words::titles(), dice.below(100) < 70 ? 0 : dice.below(8));
        build.org.add(Domain::users, {id, name, userBody(build, id, name, divisionOf(index), department, title, build.before(dice, 2500))});
    }
}

void fill(Build &build, QLatin1StringView domain, const QString &parent, const QString &userName)
{
    if (const Entity *user = build.org.collection(Domain::users).byName(userName))
        build.org.placeMember(domain, parent, {user->id, 1, true});
}

void addGroups(Build &build)
{
    struct Row {
        const char *name, *description;
        bool rolesEnabled;
        int first, step, count; ///< whose indices are members
    };
    constexpr Row table[] = {
        {"Contractors", "External agents of two agencies", true, leaders, 1,
         contractorCount - 8}, // contractor-17 and later are not in it yet
        {"EMEA Supervisors", "Supervisors of all sites", true, 5, 1, 4},
        {"Telephony Engineers", "On call for trunks and numbers", true, 1, 36, 4},
        {"Flow Authors", "Write and publish flows", true, 4, 40, 5},
        {"Quality Coaches", "Score conversations", true, 10, 31, 8},
        {"Knowledge Writers", "Write articles", true, 38, 29, 10},
        {"Service Desk", "Helps colleagues with their desktops", true, 37, 33, 9},
        {"Data Analysts", "Work with figures", true, 42, 47, 6},
        {"First Aid", "Trained first aiders", false, 36, 25, 12},
        {"Works Council", "Elected representatives", false, 41, 43, 7},
        {"Language Buddies", "Learn from each other", false, 39, 17, 18},
        {"Early Shift", "Starts at six", false, 40, 11, 26},
        {"Late Shift", "Ends at midnight", false, 43, 13, 24},
        {"Project Aurora", "Prepares the new desktop", false, 6, 27, 12},
    };
    for (const Row &row : table) {
        const QString name = QString::fromLatin1(row.name);
        Dice dice = build.dice(Domain::groups, name);
        const QString id = build.id(Domain::groups, name);
        build.org.add(Domain::groups,
                      {id, name,
                       groupBody(id, name, QString::fromLatin1(row.description), build.before(dice, 600), row.rolesEnabled,
                                 build.id(Domain::users, userName(dice.below(leaders))))});
        for (int n = 0; n < row.count; ++n)
            fill(build, Domain::groupMembers, id, userName(row.first + n * row.step));
    }
}

void addTeams(Build &build)
{
    constexpr const char *divisions[]
        = {"Benelux", "DACH", "EMEA South", "EMEA South", "Nordics", "EMEA North", "EMEA North", "EMEA South"};
    std::vector<QString> ids;
    for (int site = 0; site < Words::sites().size(); ++site) {
        const QString name = u"Team "_s + Words::sites()[site];
        Dice dice = build.dice(Domain::teams, name);
        const QString id = build.id(Domain::teams, name);
        build.org.add(Domain::teams, {id, name, teamBody(build, id, name, QString::fromLatin1(divisions[site]), build.before(dice, 500))});
        ids.push_back(id);
    }
    for (int index = leaders + contractorCount; index < std::min(build.settings.users, 2000); ++index) { // a user is in one team at most
        if (index % 5 != 0)
            fill(build, Domain::teamMembers, ids[static_cast<size_t>(index) % ids.size()], userName(index));
    }
}

void addQueueMembers(Build &build)
{
    const auto &queues = build.org.collection(Domain::queues).items();
    const auto &users = build.org.collection(Domain::users).items();
    for (size_t index = leaders; index < users.size(); ++index) {
        Dice dice = build.dice(Domain::queueMembers, users[index].name);
        const int count = 1 + dice.below(3);
        size_t at = static_cast<size_t>(dice.below(static_cast<int>(queues.size())));
        for (int n = 0; n < count; ++n) {
            build.org.placeMember(Domain::queueMembers, queues[at].id, {users[index].id, 1 + dice.below(3), dice.chance(85)});
            at = (at + 7) % queues.size(); // 50 queues and three steps of 7: never the same one twice
        }
    }
}

} // namespace

Body skillReference(const Organisation &org, const QString &name, int proficiency)
{
    const Entity *skill = org.collection(Domain::skills).byName(name);
    const QString id = skill ? skill->id : QString();
    return Body::object({{"id", Body(id)},
                         {"name", Body(name)},
                         {"proficiency", proficiency},
                         {"state", "active"},
                         {"skillUri", Body(u"/api/v2/routing/skills/"_s + id)}});
}

Body userBody(const Build &build, const QString &id, const QString &name, const QString &division, const QString &department,
              const QString &title, const QDateTime &hired)
{
    Dice dice = build.dice(Domain::users, name + u"/body"_s);
    const QString mail = mailAddress(name);
    const QString phone = u"+44207946%1"_s.arg(dice.below(10000), 4, 10, QLatin1Char('0'));
    const QString site = pick(Words::sites(), dice.below(8));
    Body skills = Body::bag(std::vector<Body>{});
    int skill = dice.below(28);
    for (int n = 2 + dice.below(4); n > 0; --n, skill += 5)
        skills.append(skillReference(build.org, pick(Words::skills(), skill), 1 + dice.below(5)));
    Body languages = Body::bag(std::vector<Body>{languageReference(build, u"en-GB"_s, 3 + dice.below(3))});
    const QString second = pick(Words::languages(), 1 + dice.below(7));
    languages.append(languageReference(build, second, 1 + dice.below(5)));
    const Body manager = Body::object({{"id", Body(build.id(Domain::users, userName(5 + dice.below(4))))}});
    const Body location = Body::object(
        {{"id", Body(uuid(build.settings.seed, u"location/"_s + site))},
         {"notes", Body(u"Desk %1"_s.arg(dice.below(400)))},
         {"locationDefinition", Body::object({{"id", Body(uuid(build.settings.seed, u"location/"_s + site))}, {"name", Body(site)}})}});
    return Body::object(
        {{"id", Body(id)},
         {"name", Body(name)},
         {"division", build.division(division)},
         {"chat",
          Body::object(
              {{"jabberId", Body(uuid(build.settings.seed, u"chat"_s + name).remove(u'-') + u"@northwind-emea.orgspan.example"_s)}})},
         {"department", Body(department)},
         {"email", Body(mail)},
         {"title", Body(title)},
         {"username", Body(mail)},
         {"state", "active"},
         {"version", 2 + dice.below(60)},
         {"preferredName", Body(name.section(u' ', 0, 0))},
         {"acdAutoAnswer", dice.chance(20)},
         {"manager", manager},
         {"primaryContactInfo", Body::bag(std::vector<Body>{contact("EMAIL", "PRIMARY", mail), contact("PHONE", "PRIMARY", phone)})},
         {"addresses",
          Body::bag(std::vector<Body>{contact("EMAIL", "WORK", mail), contact("PHONE", "WORK", phone),
                                      Body::object({{"mediaType", "PHONE"},
                                                    {"type", "WORK2"},
                                                    {"extension", Body(QString::number(10000 + dice.below(80000)))},
                                                    {"display", Body(QString::number(1000 + dice.below(9000)))},
                                                    {"countryCode", "NL"}})})},
         {"certifications", Body::bag(QStringList{u"Data protection 2026"_s, u"Card payments 2026"_s})},
         {"biography",
          Body::object({{"biography", Body(u"Works in "_s + department + u", site "_s + site + u'.')},
                        {"interests", Body::bag(QStringList{u"Walking"_s, u"Board games"_s})},
                        {"hobbies", Body::bag(QStringList{u"Cooking"_s})}})},
         {"employerInfo",
          Body::object({{"officialName", Body(name)},
                        {"employeeId", Body(u"NW%1"_s.arg(10000 + dice.below(80000)))},
                        {"employeeType", division == u"Contractors"_s ? "Contractor" : "Full-time"},
                        {"dateHire", Body(hired.date().toString(Qt::ISODate))}})},
         {"profileSkills", Body::bag(QStringList{pick(Words::skills(), dice.below(28)), u"Customer focus"_s})},
         {"locations", Body::bag(std::vector<Body>{location})},
         {"skills", std::move(skills)},
         {"languages", std::move(languages)},
         {"languagePreference", Body(second)}});
}

std::optional<Body> blank(const Build &build, const QString &domain, const QString &id, const QString &name, const QString &division,
                          const QDateTime &at, const QString &by)
{
    const QString home = division.isEmpty() ? u"Home"_s : division;
    const QString when = isoUtc(at);
    if (domain == Domain::users)
        return userBody(build, id, name, home, u"Customer Care"_s, u"Agent"_s, at);
    if (domain == Domain::groups)
        return groupBody(id, name, QString(), at, true, by);
    if (domain == Domain::teams)
        return teamBody(build, id, name, home, at);
    if (domain == Domain::queues)
        return queueBody(build, id, name, home, at);
    if (domain == Domain::roles)
        return roleBody(id, name, QString(), {}, {});
    if (domain == Domain::oauthClients)
        return clientBody(id, name, QString(), u"CLIENT-CREDENTIALS"_s, at, by);
    if (domain == Domain::divisions)
        return Body::object({{"id", Body(id)}, {"name", Body(name)}, {"description", ""}, {"homeDivision", false}});
    if (domain == Domain::skills)
        return Body::object({{"id", Body(id)},
                             {"name", Body(name)},
                             {"state", "active"},
                             {"division", build.division(home)},
                             {"dateModified", Body(when)},
                             {"version", "1"}});
    if (domain == Domain::wrapupCodes)
        return Body::object({{"id", Body(id)},
                             {"name", Body(name)},
                             {"division", build.division(home)},
                             {"description", ""},
                             {"dateCreated", Body(when)},
                             {"dateModified", Body(when)},
                             {"createdBy", Body(by)},
                             {"modifiedBy", Body(by)}});
    if (domain == Domain::flows) // a flow is born as a saved draft
        return Body::object({{"id", Body(id)},
                             {"name", Body(name)},
                             {"description", ""},
                             {"type", "INBOUNDCALL"},
                             {"division", build.division(home)},
                             {"active", false},
                             {"system", false},
                             {"deleted", false},
                             {"virtualAgentEnabled", false},
                             {"savedVersion", flowVersion(id, name, 1, u"SAVE"_s, at, by)}});
    if (domain == Domain::triggers)
        return Body::object(
            {{"id", Body(id)},
             {"name", Body(name)},
             {"description", ""},
             {"topicName", "v2.detail.events.conversation.{id}.customer.end"},
             {"version", 1},
             {"enabled", true},
             {"eventTTLSeconds", 60},
             {"matchCriteria", Body::array()},
             {"target",
              Body::object({{"type", "Workflow"}, {"id", Body(build.reference(Domain::flows, u"Escalation Workflow"_s).text("id"))}})}});
    if (domain == Domain::didPools)
        return Body::object({{"id", Body(id)},
                             {"name", Body(name)},
                             {"description", ""},
                             {"version", 1},
                             {"dateCreated", Body(when)},
                             {"dateModified", Body(when)},
                             {"modifiedBy", Body(by)},
                             {"createdBy", Body(by)},
                             {"state", "active"},
                             {"startPhoneNumber", Body(name)},
                             {"endPhoneNumber", Body(name)},
                             {"comments", ""},
                             {"provider", "PURE_CLOUD_VOICE"}});
    return std::nullopt;
}

void addPeople(Build &build)
{
    addUsers(build);
    addGroups(build);
    addTeams(build);
    addQueueMembers(build);
}

} // namespace Orgtrace::Sandbox
