#include "audit/event.h"

#include "base/digest.h"

#include <QtTest>

using namespace Qt::StringLiterals;
using namespace Orgtrace;
using Audit::Event;
using Audit::Target;

namespace {
Redaction::Redactor redactor()
{
    auto out = Redaction::Redactor::load(
        "[[rules]]\nid = \"test\"\nregex = 'AKIA[A-Z0-9]{16}'\n[[fields]]\nid = \"pw\"\nregex = 'password|secret'\n",
        Redaction::Fingerprinter(QByteArray(32, 'k')));
    return std::move(*out);
}

Result<Event> read(const QByteArray &json)
{
    static const Redaction::Redactor rules = redactor();
    const auto document = Json::parse(view(json));
    if (!document) {
        return std::unexpected(document.error());
    }
    return Audit::readEvent(document->root(), rules);
}

QString text(const QList<Target> &targets)
{
    QStringList out;
    for (const Target &target : targets) {
        out.append(target.domain + u'/' + target.entity);
    }
    return out.join(u' ');
}
} // namespace

class TestAuditEvent : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void aWholeEvent();
    void oddShapes_data();
    void oddShapes();
    void secretsBecomeFingerprints_data();
    void secretsBecomeFingerprints();
    void aLineReadsBackTheSame();
    void eventsPointAtEntities_data();
    void eventsPointAtEntities();
};

void TestAuditEvent::aWholeEvent()
{
    const auto event = read(
        R"({"id":"e1","eventDate":"2026-10-02T03:04:05.678Z","user":{"id":"u1","name":"Anna"},"client":{"id":"c1"},"remoteIp":["203.0.113.9","10.0.0.1"],
        "serviceName":"ContactCenter","entityType":"Queue","action":"Update","level":"USER","status":"SUCCESS","entity":{"id":"q1","name":"Sales"},
        "initiatingAction":{"transactionId":"t1"},"context":{"correlationId":"x1"},
        "propertyChanges":[{"property":"name","oldValues":["Old"],"newValues":["New"]}],
        "entityChanges":[{"entityType":"Skill","entityId":"s1","oldValues":[],"newValues":["1"]}]})");
    QVERIFY2(event, qPrintable(event ? QString() : event.error().detail));
    QCOMPARE(event->id, u"e1"_s);
    QCOMPARE(event->timeUtc, QDateTime(QDate(2026, 10, 2), QTime(3, 4, 5, 678), QTimeZone::UTC));
    QCOMPARE(event->userId, u"u1"_s);
    QCOMPARE(event->userName, u"Anna"_s);
    QCOMPARE(event->clientId, u"c1"_s);
    QCOMPARE(event->remoteIps, QStringList({u"203.0.113.9"_s, u"10.0.0.1"_s}));
    QCOMPARE(event->service, u"ContactCenter"_s);
    QCOMPARE(event->entityName, u"Sales"_s);
    QCOMPARE(event->correlation, u"t1"_s);
    QCOMPARE(event->changes.size(), 2);
    QCOMPARE(event->changes.at(0).oldValues, QStringList{u"Old"_s});
    QCOMPARE(event->changes.at(1).property, u"Skill/s1"_s);
    QVERIFY(event->line.startsWith("{\"action\":\"Update\"") && !event->line.contains('\n'));
}

void TestAuditEvent::oddShapes_data()
{
    QTest::addColumn<QByteArray>("json");
    QTest::addColumn<QString>("expected"); // "user|correlation|changes", or the error's name
    QTest::newRow("a SYSTEM event names its actor in the context")
        << QByteArray(R"({"id":"e","eventDate":"2026-10-02T00:00:00Z","level":"SYSTEM","context":{"userid":"u7","correlationId":"x"}})")
        << u"u7|x|0"_s;
    QTest::newRow("nothing but id and time") << QByteArray(R"({"id":"e","eventDate":"2026-10-02T00:00:00Z"})") << u"||0"_s;
    QTest::newRow("values that are no strings") << QByteArray(
        R"({"id":"e","eventDate":"2026-10-02T00:00:00Z","propertyChanges":[{"property":"a","oldValues":[1,{"b":2}],"newValues":null}]})")
                                                << u"||1"_s;
    QTest::newRow("fields of the wrong kind are as if absent")
        << QByteArray(R"({"id":"e","eventDate":"2026-10-02T00:00:00Z","user":[1],"propertyChanges":{},"remoteIp":"10.0.0.1"})") << u"||0"_s;
    QTest::newRow("no id") << QByteArray(R"({"eventDate":"2026-10-02T00:00:00Z"})") << u"malformed-json"_s;
    QTest::newRow("an empty id") << QByteArray(R"({"id":"","eventDate":"2026-10-02T00:00:00Z"})") << u"malformed-json"_s;
    QTest::newRow("no time") << QByteArray(R"({"id":"e"})") << u"malformed-json"_s;
    QTest::newRow("a time without a zone") << QByteArray(R"({"id":"e","eventDate":"2026-10-02T00:00:00"})") << u"malformed-json"_s;
    QTest::newRow("no object") << QByteArray("[]") << u"malformed-json"_s;
}

void TestAuditEvent::oddShapes()
{
    QFETCH(QByteArray, json);
    QFETCH(QString, expected);
    const auto event = read(json);
    QCOMPARE(event ? QString(event->userId + u'|' + event->correlation + u'|' + QString::number(event->changes.size()))
                   : errorCodeName(event.error().code),
             expected);
}

void TestAuditEvent::secretsBecomeFingerprints_data()
{
    QTest::addColumn<QByteArray>("part");
    QTest::addColumn<QByteArray>("gone");
    QTest::addColumn<int>("fingerprints");
    QTest::newRow("a property that is a secret")
        << QByteArray(R"("propertyChanges":[{"property":"clientSecret","oldValues":["hunter2"],"newValues":["hunter3"]}])")
        << QByteArray("hunter") << 2;
    QTest::newRow("a property whose path ends in a secret")
        << QByteArray(R"("propertyChanges":[{"property":"trunk/sip.password","oldValues":[],"newValues":["hunter3"]}])")
        << QByteArray("hunter") << 1;
    QTest::newRow("an empty value is no secret")
        << QByteArray(R"("propertyChanges":[{"property":"password","oldValues":[""],"newValues":["hunter3"]}])") << QByteArray("hunter")
        << 1;
    QTest::newRow("a secret inside a string of JSON") << QByteArray(
        R"("propertyChanges":[{"property":"config","oldValues":["{\"user\":\"a\",\"password\":\"hunter2\"}"],"newValues":[]}])")
                                                      << QByteArray("hunter") << 1;
    QTest::newRow("a secret by its content") << QByteArray(R"("message":{"message":"key AKIAABCDEFGHIJKLMNOP used"})")
                                             << QByteArray("AKIAABCD") << 1;
    QTest::newRow("a secret in the context map") << QByteArray(R"("context":{"password":"hunter2"})") << QByteArray("hunter") << 1;
    QTest::newRow("a secret in an unknown place")
        << QByteArray(R"("future":{"deep":[{"userSecret":["hunter2"]}]})") << QByteArray("hunter") << 1;
    QTest::newRow("a number under a secret name") << QByteArray(R"("context":{"secretPin":471147})") << QByteArray("471147") << 1;
    QTest::newRow("a property called so is not its own value")
        << QByteArray(R"("propertyChanges":[{"property":"passwordExpiry","oldValues":[],"newValues":[]}])") << QByteArray("hunter") << 0;
}

void TestAuditEvent::secretsBecomeFingerprints()
{
    QFETCH(QByteArray, part);
    QFETCH(QByteArray, gone);
    QFETCH(int, fingerprints);
    const auto event = read(R"({"id":"e","eventDate":"2026-10-02T00:00:00Z",)" + part + "}");
    QVERIFY(event);
    QVERIFY2(!event->line.contains(gone), event->line.constData());
    QCOMPARE(event->line.count("secret:"), fingerprints);
    for (const auto &change : event->changes) {
        QVERIFY(!(change.oldValues + change.newValues).join(u' ').contains(QString::fromLatin1(gone)));
    }
}

void TestAuditEvent::aLineReadsBackTheSame()
{
    const auto event = read(
        R"({"id":"e1","eventDate":"2026-10-02T03:04:05Z","entity":{"id":"q\ud800","name":"S\"\n"},"n":1.50,"propertyChanges":[{"property":"password","newValues":["x"]}]})");
    QVERIFY(event);
    const auto again = Audit::parseLine(event->line);
    QVERIFY(again);
    QCOMPARE(again->line, event->line);
    QCOMPARE(again->entityName, event->entityName);
    QCOMPARE(again->changes.first().newValues, event->changes.first().newValues);
    QVERIFY(event->line.contains("1.50") && event->line.contains("\\ud800"));
    QVERIFY(!Audit::parseLine("{\"id\":"));
}

void TestAuditEvent::eventsPointAtEntities_data()
{
    QTest::addColumn<QString>("service");
    QTest::addColumn<QString>("type");
    QTest::addColumn<QString>("action");
    QTest::addColumn<QString>("entity"); // "id|name"
    QTest::addColumn<QString>("property");
    QTest::addColumn<QString>("expected");
    const auto row = [](const char *name, const QString &service, const QString &type, const QString &action, const QString &entity,
                        const QString &property,
                        const QString &expected) { QTest::newRow(name) << service << type << action << entity << property << expected; };
    row("a queue's setting", u"ContactCenter"_s, u"Queue"_s, u"Update"_s, u"q1|Sales"_s, u"name"_s, u"queues/q1"_s);
    row("a new queue brings its member list", u"ContactCenter"_s, u"Queue"_s, u"Create"_s, u"q1|"_s, QString(),
        u"queues/q1 queue_members/q1"_s);
    row("a queue member added", u"ContactCenter"_s, u"Queue"_s, u"MemberAdd"_s, u"q1|"_s, u"QueueMember/q1:u1"_s, u"queue_members/q1"_s);
    row("a queue member in an update", u"ContactCenter"_s, u"Queue"_s, u"Update"_s, u"q1|"_s, u"QueueMember/q1:joined"_s,
        u"queue_members/q1"_s);
    row("the older form of a queue member", u"ContactCenter"_s, u"Queue"_s, u"MemberUpdate"_s, u"|"_s, u"queueId:q2:members"_s,
        u"queue_members/q2"_s);
    row("a role", u"PeoplePermissions"_s, u"Role"_s, u"Update"_s, u"r1|Admin"_s, u"permissions"_s, u"roles/r1"_s);
    row("a role granted: the subject's grants", u"PeoplePermissions"_s, u"Role"_s, u"MemberAdd"_s, u"r1|u1-a--r1--org"_s, QString(),
        u"grants/u1-a"_s);
    row("a role taken away, role only in the name", u"PeoplePermissions"_s, u"Role"_s, u"MemberRemove"_s, u"|u1--r1--org"_s, QString(),
        u"grants/u1"_s);
    row("a role granted, name unreadable", u"PeoplePermissions"_s, u"Role"_s, u"MemberAdd"_s, u"r1|Admin"_s, QString(), u"roles/r1"_s);
    row("a group and its members", u"Groups"_s, u"DirectoryGroup"_s, u"Update"_s, u"g1|"_s, u"memberCount"_s,
        u"groups/g1 group_members/g1"_s);
    row("a team and its members", u"Groups"_s, u"Team"_s, u"Update"_s, u"t1|"_s, QString(), u"teams/t1 team_members/t1"_s);
    row("a user", u"Directory"_s, u"User"_s, u"Update"_s, u"u1|"_s, u"version"_s, u"users/u1"_s);
    row("an OAuth client and its grants", u"PeoplePermissions"_s, u"OAuthClient"_s, u"Delete"_s, u"c1|"_s, u"deleted_on"_s,
        u"oauth_clients/c1 grants/c1"_s);
    row("a flow", u"Architect"_s, u"Flow"_s, u"Publish"_s, u"f1|"_s, QString(), u"flows/f1"_s);
    row("a trunk", u"Telephony"_s, u"TrunkBase"_s, u"Update"_s, u"tb1|"_s, u"x"_s, u"trunk_base_settings/tb1"_s);
    row("a trigger", u"ProcessAutomation"_s, u"Trigger"_s, u"Update"_s, u"tr1|"_s, u"x"_s, u"process_automation_triggers/tr1"_s);
    row("a skill", u"AgentConfig"_s, u"RoutingSkill"_s, u"Create"_s, u"s1|"_s, QString(), u"skills/s1"_s);
    row("a wrap-up code", u"ContactCenter"_s, u"WrapupCode"_s, u"Delete"_s, u"w1|"_s, QString(), u"wrapup_codes/w1"_s);
    row("a pool of numbers", u"Telephony"_s, u"DIDPool"_s, u"Update"_s, u"p1|"_s, QString(), u"did_pools/p1"_s);
    row("the organisation itself", u"Directory"_s, u"Organization"_s, u"Update"_s, u"o1|"_s, QString(), u"organization/"_s);
    row("how people sign in", u"PeoplePermissions"_s, u"AuthOrganization"_s, u"Update"_s, u"o1|"_s, QString(), u"org_auth_settings/"_s);
    row("settings of outbound dialling are not the organisation's", u"Outbound"_s, u"OrganizationSettings"_s, u"Update"_s, u"o1|"_s,
        QString(), QString());
    row("signing in changes nothing", u"PeoplePermissions"_s, u"AuthUser"_s, u"Authenticate"_s, u"u1|"_s, QString(), QString());
    row("a changed password is the user's", u"PeoplePermissions"_s, u"AuthUser"_s, u"ChangePassword"_s, u"u1|"_s, QString(), u"users/u1"_s);
    row("a domain that is not captured", u"Gamification"_s, u"Contest"_s, u"Update"_s, u"x|"_s, QString(), QString());
    row("no entity id", u"Directory"_s, u"User"_s, u"Update"_s, u"|"_s, QString(), QString());
}

void TestAuditEvent::eventsPointAtEntities()
{
    QFETCH(QString, service);
    QFETCH(QString, type);
    QFETCH(QString, action);
    QFETCH(QString, entity);
    QFETCH(QString, property);
    QFETCH(QString, expected);
    Event event;
    event.service = service;
    event.entityType = type;
    event.action = action;
    event.entityId = entity.section(u'|', 0, 0);
    event.entityName = entity.section(u'|', 1);
    if (!property.isEmpty()) {
        event.changes.append({property, {}, {}});
    }
    QCOMPARE(text(Audit::targets(event)), expected);
}

QTEST_APPLESS_MAIN(TestAuditEvent)
#include "tst_auditevent.moc"
