#include "client.h"
#include "sandbox/sandbox.h"

#include "json/canonical.h"

#include <QTest>

#include <algorithm>
#include <map>
#include <set>

using namespace Orgtrace;
using namespace Qt::StringLiterals;

namespace {

/// What moves by itself, or says that someone saved: the test's own list, made from the API's documentation.
const std::set<std::string, std::less<>> notConfiguration{"selfUri",
                                                          "routingStatus",
                                                          "presence",
                                                          "lastTokenIssued",
                                                          "dateLastLogin",
                                                          "images",
                                                          "memberCount",
                                                          "userMemberCount",
                                                          "joinedMemberCount",
                                                          "userCount",
                                                          "dateLicenseLastUpdated",
                                                          "currentOperation",
                                                          "configurationUri",
                                                          "version",
                                                          "dateModified",
                                                          "dateCreated",
                                                          "modifiedBy",
                                                          "createdBy",
                                                          "publishedBy",
                                                          "dateLastCalculated",
                                                          "dateLastActive"};

// Members sorted, arrays as sets: nothing in the month is a mere reordering.
std::string normal(Json::Value value)
{
    if (value.isObject()) {
        std::map<std::string, std::string> members;
        for (const Json::Member member : value.members()) {
            if (!notConfiguration.contains(member.key))
                members.emplace(member.key, normal(member.value));
        }
        std::string out = "{";
        for (const auto &[key, text] : members)
            out += key + ':' + text + ',';
        return out + '}';
    }
    if (value.isArray()) {
        std::vector<std::string> items;
        for (const Json::Value item : value.items())
            items.push_back(normal(item));
        std::ranges::sort(items);
        std::string out = "[";
        for (const std::string &item : items)
            out += item + ',';
        return out + ']';
    }
    return Json::compactText(value).toStdString();
}

using Entity = std::map<std::string, std::string>; // top-level member → text
using Snapshot = std::map<std::pair<QString, QString>, Entity>; // domain, id

Entity entity(Json::Value value)
{
    Entity out;
    for (const Json::Member member : value.members()) {
        if (!notConfiguration.contains(member.key))
            out.emplace(member.key, normal(member.value));
    }
    return out;
}

struct Listing {
    const char *domain, *path, *query;
    int pageSize;
};
constexpr Listing listings[] = {
    {"divisions", "/api/v2/authorization/divisions", "", 100},
    {"users", "/api/v2/users",
     "state=any&expand=skills,languages,locations,profileSkills,certifications,languagePreference,employerInfo,biography", 500},
    {"groups", "/api/v2/groups", "", 500},
    {"teams", "/api/v2/teams", "", 3},
    {"roles", "/api/v2/authorization/roles", "", 100},
    {"permissions_catalogue", "/api/v2/authorization/permissions", "", 100},
    {"queues", "/api/v2/routing/queues", "", 500},
    {"skills", "/api/v2/routing/skills", "", 500},
    {"wrapup_codes", "/api/v2/routing/wrapupcodes", "", 100},
    {"flows", "/api/v2/flows", "", 500},
    {"ivrs", "/api/v2/architect/ivrs", "", 100},
    {"process_automation_triggers", "/api/v2/processautomation/triggers", "", 200},
    {"trunk_base_settings", "/api/v2/telephony/providers/edges/trunkbasesettings", "expand=properties", 100},
    {"did_pools", "/api/v2/telephony/providers/edges/didpools", "", 100},
    {"oauth_clients", "/api/v2/oauth/clients", "", 100},
};

void readMembers(Client &client, Snapshot &snapshot, const QString &parentDomain, const QString &domain, const QString &path)
{
    std::vector<QString> parents;
    for (const auto &[key, value] : snapshot) {
        if (key.first == parentDomain)
            parents.push_back(key.second);
    }
    for (const QString &parent : parents) {
        std::vector<std::string> ids;
        for (const Json::Value member : client.all(path.arg(parent), {}, 100))
            ids.push_back(normal(member["id"]));
        std::ranges::sort(ids);
        std::string text;
        for (const std::string &id : ids)
            text += id + ',';
        snapshot[{domain, parent}] = {{"members", text}};
    }
}

void readGrants(Client &client, Snapshot &snapshot)
{
    std::map<QString, std::set<std::string>> rows;
    std::vector<QString> roles;
    for (const auto &[key, value] : snapshot) {
        if (key.first == u"roles"_s)
            roles.push_back(key.second);
    }
    for (const QString &role : roles) {
        for (const Json::Value subject : client.all(u"/api/v2/authorization/roles/%1/subjectgrants"_s.arg(role), {}, 100)) {
            for (const Json::Value division : subject["divisions"].items())
                rows[subject["id"].toQString()].insert(role.toStdString() + '/' + std::string(division["id"].string()));
        }
    }
    for (const auto &[subject, grants] : rows) {
        std::string text;
        for (const std::string &grant : grants)
            text += grant + ',';
        snapshot[{u"grants"_s, subject}] = {{"grants", text}};
    }
}

Snapshot capture(Client &client)
{
    Snapshot snapshot;
    for (const Listing &listing : listings) {
        const auto items = client.all(QString::fromLatin1(listing.path), QString::fromLatin1(listing.query), listing.pageSize);
        for (const Json::Value item : items)
            snapshot[{QString::fromLatin1(listing.domain), item["id"].toQString()}] = entity(item);
    }
    const Client::Reply organisation = client.get(u"/api/v2/organizations/me"_s);
    snapshot[{u"organization"_s, u"_"_s}] = entity(organisation.root());
    const Client::Reply settings = client.get(u"/api/v2/organizations/authentication/settings"_s);
    snapshot[{u"org_auth_settings"_s, u"_"_s}] = entity(settings.root());
    readMembers(client, snapshot, u"groups"_s, u"group_members"_s, u"/api/v2/groups/%1/members"_s);
    readMembers(client, snapshot, u"teams"_s, u"team_members"_s, u"/api/v2/teams/%1/members"_s);
    readMembers(client, snapshot, u"queues"_s, u"queue_members"_s, u"/api/v2/routing/queues/%1/members"_s);
    readGrants(client, snapshot);
    return snapshot;
}

QString line(const QString &domain, const QString &entity, const QString &kind, QStringList tops)
{
    tops.removeDuplicates();
    tops.sort();
    return domain + u' ' + entity + u' ' + kind + u' ' + tops.join(u',');
}

QStringList found(const Snapshot &from, const Snapshot &to)
{
    QStringList lines;
    for (const auto &[key, after] : to) {
        const auto before = from.find(key);
        if (before == from.end()) {
            lines.append(line(key.first, key.second, u"added"_s, {}));
            continue;
        }
        QStringList tops;
        Entity names = after;
        names.insert(before->second.begin(), before->second.end());
        for (const auto &[name, text] : names) {
            const auto was = before->second.find(name);
            const auto is = after.find(name);
            if (was == before->second.end() || is == after.end() || was->second != is->second)
                tops.append(QString::fromStdString(name));
        }
        if (!tops.isEmpty())
            lines.append(line(key.first, key.second, u"modified"_s, tops));
    }
    for (const auto &[key, before] : from) {
        if (!to.contains(key))
            lines.append(line(key.first, key.second, u"removed"_s, {}));
    }
    lines.sort();
    return lines;
}

QStringList scripted(const QList<Sandbox::ScriptedChange> &changes)
{
    QStringList lines;
    for (const Sandbox::ScriptedChange &change : changes) {
        if (change.kind == u"lineage"_s) { // the test's comparison knows no lineage: it sees one go and one come
            lines.append(line(change.domain, change.previousEntity, u"removed"_s, {}));
            lines.append(line(change.domain, change.entity, u"added"_s, {}));
            continue;
        }
        QStringList tops;
        for (const QString &path : change.paths)
            tops.append(path.section(u'/', 1, 1));
        lines.append(line(change.domain, change.entity, change.kind, tops));
    }
    lines.sort();
    return lines;
}

} // namespace

class TestSandboxMonth : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase()
    {
        QVERIFY(m_server.listen());
        m_client = std::make_unique<Client>(m_server.baseUrl());
        QVERIFY(m_client->signIn(Sandbox::Settings().clientId, u"sandbox-secret"_s));
        m_times = m_server.captureTimes();
        QCOMPARE(m_times.size(), 12);
        for (const QDateTime &time : std::as_const(m_times)) {
            m_server.moveTo(time);
            QVERIFY(m_client->signIn(Sandbox::Settings().clientId, u"sandbox-secret"_s)); // tokens last a day
            m_snapshots.push_back(capture(*m_client));
        }
    }

    void comparisonFindsExactlyWhatTheScriptLists_data()
    {
        QTest::addColumn<int>("from");
        QTest::addColumn<int>("to");
        for (int i = 0; i + 1 < 12; ++i)
            QTest::addRow("from capture %d to the next", i) << i << i + 1;
        QTest::newRow("over the whole month") << 0 << 11;
        QTest::newRow("over the incident") << 5 << 8;
        QTest::newRow("over a skill given and taken again") << 2 << 4;
        QTest::newRow("between two looks at one capture") << 3 << 3;
    }
    void comparisonFindsExactlyWhatTheScriptLists()
    {
        QFETCH(int, from);
        QFETCH(int, to);
        const QStringList expected = scripted(m_server.expectedChanges(m_times[from], m_times[to]));
        const QStringList actual = found(m_snapshots[static_cast<size_t>(from)], m_snapshots[static_cast<size_t>(to)]);
        QCOMPARE(actual.join(u'\n'), expected.join(u'\n'));
        QCOMPARE(expected.isEmpty(), from == to);
    }

    void twoCapturesOfOneInstantDifferOnlyInNoise()
    {
        const Snapshot again = capture(*m_client);
        QCOMPARE(found(m_snapshots.back(), again).join(u'\n'), QString());
        const QByteArray first = m_client->get(u"/api/v2/users?pageSize=20"_s).body;
        const QByteArray second = m_client->get(u"/api/v2/users?pageSize=20"_s).body;
        QVERIFY(first != second);
    }

    void everyStepOfTheIncidentIsTold()
    {
        const auto changes = m_server.script();
        const auto has = [&](const QString &domain, const QString &kind, bool undone) {
            return std::ranges::any_of(changes, [&](const Sandbox::ScriptedChange &change) {
                return change.incident && change.domain == domain && change.kind == kind && change.undone == undone;
            });
        };
        QVERIFY(has(u"grants"_s, u"modified"_s, false));
        QVERIFY(has(u"group_members"_s, u"modified"_s, false));
        QVERIFY(has(u"trunk_base_settings"_s, u"modified"_s, false));
        QVERIFY(has(u"oauth_clients"_s, u"added"_s, false));
        QVERIFY(has(u"queues"_s, u"modified"_s, true));
        QVERIFY(has(u"roles"_s, u"lineage"_s, false));
        const auto undone = std::ranges::count_if(changes, &Sandbox::ScriptedChange::undone);
        QCOMPARE(undone, 2);
    }

    void recreatedRoleIsOneLineageWithItsPermissions()
    {
        const auto month = m_server.expectedChanges(m_times.first(), m_times.last());
        const auto role = std::ranges::find_if(month, [](const auto &change) { return change.kind == u"lineage"_s; });
        QVERIFY(role != month.end());
        QCOMPARE(role->domain, u"roles"_s);
        QVERIFY(role->previousEntity != role->entity);
        QCOMPARE(role->paths, QStringList({u"/permissionPolicies"_s, u"/permissions"_s}));
    }

    void savingWithoutChangeIsNoChange()
    {
        const auto changes = m_server.script();
        QCOMPARE(std::ranges::count_if(changes, [](const auto &change) { return change.kind == u"saved"_s; }), 2);
    }

    void monthIsOrdinaryInSize()
    {
        const auto month = m_server.expectedChanges(m_times.first(), m_times.last());
        QVERIFY2(month.size() >= 25 && month.size() <= 60, qPrintable(QString::number(month.size())));
        QVERIFY(m_server.expectedChanges(m_server.monthStartUtc(), m_times.first()).isEmpty());
        QVERIFY(m_server.expectedChanges(m_times.last(), m_server.monthEndUtc()).isEmpty());
    }

    void clockNeverGoesBack()
    {
        const QDateTime now = m_server.nowUtc();
        m_server.moveTo(now.addDays(-3));
        QCOMPARE(m_server.nowUtc(), now);
    }

    void anotherSeedPlaysTheSameMonth()
    {
        Sandbox::Settings settings;
        settings.seed = 7;
        settings.users = 150;
        Sandbox::Server other(settings);
        QVERIFY(other.listen());
        const auto mine = m_server.expectedChanges(m_times.first(), m_times.last());
        const auto its = other.expectedChanges(m_times.first(), m_times.last());
        QCOMPARE(its.size(), mine.size());
        QVERIFY(other.organisationId() != m_server.organisationId());
    }

private:
    Sandbox::Server m_server;
    std::unique_ptr<Client> m_client;
    QList<QDateTime> m_times;
    std::vector<Snapshot> m_snapshots;
};

QTEST_GUILESS_MAIN(TestSandboxMonth)
#include "tst_sandboxmonth.moc"
