#include "base/clock.h"
#include "sandbox/words.h"
#include "sandbox/world.h"

#include <QHash>

#include <format>

using namespace Qt::StringLiterals;

namespace Orgtrace::Sandbox {
namespace {

constexpr const char *routingStates[] = {"OFF_QUEUE", "IDLE", "INTERACTING", "NOT_RESPONDING", "COMMUNICATING"};
constexpr int DormantLeader = 1; // holds Master Admin; in the October scenario somebody uses the account by night
constexpr const char *presences[] = {"Available", "Busy", "Away", "Break", "Meal", "Meeting", "Training", "Offline"};

/// Most sign in every day; some have not for months, among them an administrator.
QDateTime lastLogin(const World &world, const Entity &entity, Dice &dice)
{
    QDateTime today = world.nowUtc.addSecs(-dice.below(86400));
    const uint number = entity.id.first(std::min<qsizetype>(8, entity.id.size())).toUInt(nullptr, 16);
    const bool isDormantLeader = entity.name == userName(DormantLeader);
    if (!isDormantLeader && (number % 24 != 0 || entity.name.startsWith(u"contractor-"_s)))
        return today;
    if (const QDateTime incident(QDate(2026, 10, 17), QTime(2, 10), QTimeZone::UTC); isDormantLeader && world.nowUtc >= incident)
        return incident;
    return QDateTime(QDate(2026, 6, 15), QTime(7, 30), QTimeZone::UTC).addDays(-static_cast<qint64>(number / 24 % 200));
}

void addUser(const World &world, const Entity &entity, Dice &dice, Body::Members &out)
{
    const QString since = isoUtc(world.nowUtc.addSecs(-dice.below(7200)));
    out.push_back(
        member("routingStatus",
               Body::object({{"userId", Body(entity.id)}, {"status", routingStates[dice.below(5)]}, {"startTime", Body(since)}})));
    out.push_back(member("presence",
                         Body::object({{"source", "PURECLOUD"},
                                       {"presenceDefinition", Body::object({{"systemPresence", presences[dice.below(8)]}})},
                                       {"modifiedDate", Body(since)}})));
    out.push_back(member("lastTokenIssued", Body::object({{"dateIssued", Body(since)}})));
    out.push_back(member("dateLastLogin", Body(isoUtc(lastLogin(world, entity, dice)))));
    const QString picture = u"https://pictures.northwind.example/"_s + entity.id
        + u"/x96.jpg?Expires=%1&Signature=%2"_s.arg(world.nowUtc.toSecsSinceEpoch() + 600)
              .arg(QString::fromStdString(std::format("{:016x}", dice.next())));
    out.push_back(member("images", Body::bag(std::vector<Body>{Body::object({{"resolution", "x96"}, {"imageUri", Body(picture)}})})));
}

} // namespace

QString listPath(const QString &domain)
{
    static const QHash<QString, QString> paths{
        {Domain::divisions, u"/api/v2/authorization/divisions"_s},
        {Domain::users, u"/api/v2/users"_s},
        {Domain::groups, u"/api/v2/groups"_s},
        {Domain::teams, u"/api/v2/teams"_s},
        {Domain::roles, u"/api/v2/authorization/roles"_s},
        {Domain::permissionsCatalogue, u"/api/v2/authorization/permissions"_s},
        {Domain::queues, u"/api/v2/routing/queues"_s},
        {Domain::skills, u"/api/v2/routing/skills"_s},
        {Domain::wrapupCodes, u"/api/v2/routing/wrapupcodes"_s},
        {Domain::flows, u"/api/v2/flows"_s},
        {Domain::ivrs, u"/api/v2/architect/ivrs"_s},
        {Domain::triggers, u"/api/v2/processautomation/triggers"_s},
        {Domain::trunkBases, u"/api/v2/telephony/providers/edges/trunkbasesettings"_s},
        {Domain::didPools, u"/api/v2/telephony/providers/edges/didpools"_s},
        {Domain::oauthClients, u"/api/v2/oauth/clients"_s},
    };
    return paths.value(domain);
}

Body::Members volatileMembers(const World &world, const QString &domain, const Entity &entity, Dice &dice)
{
    Body::Members out;
    if (const QString path = listPath(domain); !path.isEmpty())
        out.push_back(member("selfUri", Body(path + u'/' + entity.id)));
    if (domain == Domain::users) {
        addUser(world, entity, dice, out);
    } else if (domain == Domain::groups || domain == Domain::teams) {
        out.push_back(
            member("memberCount", Body(static_cast<qint64>(world.org.members(memberDomainOf(domain), entity.id).size()) + dice.below(2))));
    } else if (domain == Domain::queues) {
        const auto count = static_cast<int>(world.org.members(Domain::queueMembers, entity.id).size());
        out.push_back(member("memberCount", Body(count)));
        out.push_back(member("userMemberCount", Body(count)));
        out.push_back(member("joinedMemberCount", Body(dice.below(count + 1))));
    } else if (domain == Domain::roles) {
        out.push_back(member("userCount", Body(static_cast<qint64>(world.org.grantsOfRole(entity.id).size()) + dice.below(3))));
        out.push_back(member("dateLicenseLastUpdated", Body(isoUtc(world.nowUtc.addSecs(-dice.below(3600))))));
    } else if (domain == Domain::flows) {
        if (dice.chance(20)) {
            out.push_back(member("currentOperation",
                                 Body::object({{"id", Body(uuid(dice.next(), "operation"))},
                                               {"actionName", "CHECKOUT"},
                                               {"actionStatus", dice.chance(50) ? "STARTED" : "SUCCESS"},
                                               {"complete", dice.chance(50)}})));
        }
    } else if (domain == Domain::authorizationSettings) {
        out.push_back(member("dateLastCalculated", Body(isoUtc(world.nowUtc.addSecs(-dice.below(86400))))));
        out.push_back(member("dateLastActive", Body(world.nowUtc.addDays(-dice.below(2)).date().toString(Qt::ISODate))));
    }
    return out;
}

} // namespace Orgtrace::Sandbox
