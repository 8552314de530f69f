#include "policy/policy.h"

#include <QTest>

using namespace Orgtrace;
using namespace Orgtrace::Policy;
using Compare::ChangeKind;
using Compare::EntityChange;
using Compare::FieldChange;
using Compare::FieldKind;

/// The shipped matrix, change by change (requirement 1.10).
class TestPolicy : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void matrix_data();
    void matrix();
    void worstFirst();
    void firstRuleOfOneSeverity();
    void nothingFits();
};

namespace {

Context context()
{
    Context out;
    out.adminRoles = {QStringLiteral("ADMIN")};
    out.productionFlows = {QStringLiteral("flowP")};
    out.adminSubjects = {QStringLiteral("groupA"), QStringLiteral("clientA"), QStringLiteral("userA")};
    out.roleHolders = {QStringLiteral("groupA"), QStringLiteral("groupR"), QStringLiteral("clientA")};
    return out;
}

FieldChange field(FieldKind kind, const char *path, const char *before, const char *after)
{
    FieldChange out;
    out.kind = kind;
    out.path = out.pointer = QString::fromLatin1(path);
    if (before)
        out.oldText = QByteArray(before);
    if (after)
        out.newText = QByteArray(after);
    return out;
}

EntityChange modified(const char *domain, const char *id, const QList<FieldChange> &fields)
{
    return {QString::fromLatin1(domain), QString::fromLatin1(id), {}, ChangeKind::Modified, {}, fields, 0};
}

EntityChange whole(const char *domain, const char *id, ChangeKind kind)
{
    return {QString::fromLatin1(domain), QString::fromLatin1(id), {}, kind, {}, {}, 0};
}

} // namespace

void TestPolicy::matrix_data()
{
    QTest::addColumn<EntityChange>("change");
    QTest::addColumn<QString>("severity");
    QTest::addColumn<QString>("rule");
    QTest::addColumn<QString>("decidedBy");
    const auto row = [](const char *name, const EntityChange &change, const char *severity, const char *rule, const char *decidedBy = "") {
        QTest::newRow(name) << change << QString::fromLatin1(severity) << QString::fromLatin1(rule) << QString::fromLatin1(decidedBy);
    };
    const auto one = [](const char *domain, const char *id, const char *path, const char *before = "1", const char *after = "2") {
        return modified(domain, id,
                        {field(!before      ? FieldKind::Added
                                   : !after ? FieldKind::Removed
                                            : FieldKind::Modified,
                               path, before, after)});
    };
    const char *adminGrant = "/grants/[role=ADMIN,division.id=*]", *plainGrant = "/grants/[role=R,division.id=*]";
    row("an admin role is granted", one("grants", "u", adminGrant, nullptr, R"({"division":{"id":"*"},"role":"ADMIN"})"), "critical",
        "admin-role-granted", adminGrant);
    row("an admin role is revoked", one("grants", "u", adminGrant, R"({"role":"ADMIN"})", nullptr), "critical", "admin-role-revoked",
        adminGrant);
    row("a first grant is an admin role", whole("grants", "userA", ChangeKind::Added), "critical", "admin-role-granted-first");
    row("a last grant was an admin role", whole("grants", "userA", ChangeKind::Removed), "critical", "admin-role-revoked-last");
    row("another role is granted", one("grants", "u", plainGrant, nullptr, R"({"role":"R"})"), "high", "grants-changed", plainGrant);
    row("a first grant of another role", whole("grants", "u", ChangeKind::Added), "high", "grants-changed");
    row("one admin grant among others decides",
        modified("grants", "u", {field(FieldKind::Added, plainGrant, nullptr, "{}"), field(FieldKind::Added, adminGrant, nullptr, "{}")}),
        "critical", "admin-role-granted", adminGrant);
    row("an admin role gains a right", one("roles", "ADMIN", "/permissionPolicies/[domain=a,entityName=b,policyName=c]", nullptr, "{}"),
        "critical", "admin-role-rights", "/permissionPolicies/[domain=a,entityName=b,policyName=c]");
    row("an admin role is described anew", one("roles", "ADMIN", "/description"), "low", "description", "/description");
    row("an admin role is deleted", whole("roles", "ADMIN", ChangeKind::Removed), "critical", "admin-role-deleted");
    row("another role gains a right", one("roles", "R", "/permissions/[a:b:c]", nullptr, "\"a:b:c\""), "high", "role-rights",
        "/permissions/[a:b:c]");
    row("another role is renamed", one("roles", "R", "/name"), "medium", "role-name", "/name");
    EntityChange recreated = whole("roles", "NEW", ChangeKind::Modified);
    recreated.previousEntity = QStringLiteral("ADMIN");
    row("an admin role comes back under another id", recreated, "critical", "admin-role-recreated");
    recreated.previousEntity = QStringLiteral("R");
    row("another role comes back the same", recreated, "high", "role-recreated");
    row("a member of an admin group", one("group_members", "groupA", "/members/[id=u]", nullptr, "{}"), "critical",
        "admin-group-membership");
    row("a member of a group with roles", one("group_members", "groupR", "/members/[id=u]", nullptr, "{}"), "high",
        "group-membership-with-roles");
    row("a member of a team with roles", one("team_members", "groupR", "/members/[id=u]", nullptr, "{}"), "high",
        "group-membership-with-roles");
    row("a member of any group", one("group_members", "g", "/members/[id=u]", nullptr, "{}"), "medium", "group-membership");
    row("an OAuth client appears", whole("oauth_clients", "c", ChangeKind::Added), "critical", "oauth-client-created");
    row("an OAuth client with an admin role changes", one("oauth_clients", "clientA", "/scope/[x]", nullptr, "\"x\""), "critical",
        "oauth-client-of-an-admin");
    row("an OAuth client gets an admin role", one("oauth_clients", "c", "/roleIds/[ADMIN]", nullptr, "\"ADMIN\""), "critical",
        "oauth-client-admin-role");
    row("another OAuth client changes", one("oauth_clients", "c", "/accessTokenValiditySeconds"), "high", "oauth-client-changed");
    row("another OAuth client is described anew", one("oauth_clients", "c", "/description"), "low", "description");
    row("a trunk is repointed", one("trunk_base_settings", "t", "/properties/trunk_outbound_sip_servers_list/value/instance"), "critical",
        "trunk-changed");
    row("a trunk disappears", whole("trunk_base_settings", "t", ChangeKind::Removed), "critical", "trunk-added-or-removed");
    row("a trunk is described anew", one("trunk_base_settings", "t", "/description"), "low", "description");
    row("a production flow is published", one("flows", "flowP", "/publishedVersion/id"), "critical", "production-flow-changed");
    row("a production flow is saved, not published", one("flows", "flowP", "/savedVersion/id"), "medium", "flow-changed");
    row("another flow is published", one("flows", "f", "/publishedVersion/id"), "medium", "flow-changed");
    row("another flow is described anew", one("flows", "f", "/description"), "low", "description");
    row("queue routing rules", one("queues", "q", "/routingRules/0/threshold"), "high", "queue-routing", "/routingRules/0/threshold");
    row("routing rules in another order", modified("queues", "q", {field(FieldKind::Moved, "/routingRules/0", "{}", "{}")}), "high",
        "queue-routing");
    row("all of a queue's routing rules at once", one("queues", "q", "/routingRules", nullptr, "[{}]"), "high", "queue-routing");
    row("a queue's name", one("queues", "q", "/name"), "medium", "queue-name");
    row("a queue's description", one("queues", "q", "/description"), "medium", "queue-name");
    row("a queue's name beside its routing: the worst decides",
        modified("queues", "q", {field(FieldKind::Modified, "/name", "1", "2"), field(FieldKind::Modified, "/bullseye/rings/0", "1", "2")}),
        "high", "queue-routing", "/bullseye/rings/0");
    row("a member of a queue", one("queue_members", "q", "/members/[id=u]", nullptr, "{}"), "medium", "queue-membership");
    row("a skill of a person", one("users", "u", "/skills/[id=s]/proficiency"), "high", "skill-assignments");
    row("a title of a person", one("users", "u", "/title"), "low", "changed");
    row("an account is switched off", one("users", "u", "/state", "\"active\"", "\"inactive\""), "medium", "person-state");
    row("a person joins", whole("users", "u", ChangeKind::Added), "low", "person-added");
    row("sign-in settings", one("org_auth_settings", "", "/multifactorAuthenticationRequired", "true", "false"), "high",
        "sign-in-settings");
    row("a secret, wherever it is",
        one("integrations", "i", "/properties/key", R"("secret:0a1b2c3d:aaaaaaaaaaaaaaaaaaaaaaaa")",
            R"("secret:0a1b2c3d:bbbbbbbbbbbbbbbbbbbbbbbb")"),
        "high", "secret-changed", "/properties/key");
    row("a division is removed", whole("divisions", "d", ChangeKind::Removed), "high", "division-removed");
    row("a skill is added", whole("skills", "s", ChangeKind::Added), "low", "added");
    row("a wrap-up code is described anew", one("wrapup_codes", "w", "/description"), "low", "description");
    row("an unheard-of domain", one("somethings", "s", "/a"), "low", "changed");
    row("the same value in another type", modified("queues", "q", {field(FieldKind::Type, "/acwSettings/timeoutMs", "\"1\"", "1")}), "low",
        "type-only");
}

void TestPolicy::matrix()
{
    QFETCH(EntityChange, change);
    const auto policy = Policy::Policy::builtIn();
    QVERIFY(policy.has_value());
    const Verdict verdict = policy->judge(change, context());
    QTEST(verdict.rule, "rule");
    QTEST(severityName(verdict.severity), "severity");
    QVERIFY(!verdict.title.isEmpty());
    QFETCH(QString, decidedBy);
    if (!decidedBy.isEmpty())
        QCOMPARE(verdict.field, decidedBy);
}

void TestPolicy::worstFirst()
{
    const auto policy = Policy::Policy::builtIn();
    Compare::SnapshotDifference difference;
    EntityChange title = modified("users", "u", {field(FieldKind::Modified, "/title", "1", "2")});
    EntityChange queueB = modified("queues", "b", {field(FieldKind::Modified, "/name", "1", "2")}), queueA = queueB;
    queueB.name = QStringLiteral("B");
    queueA.name = QStringLiteral("A");
    queueA.entity = QStringLiteral("z");
    difference.changes = {title, queueB, queueA, whole("trunk_base_settings", "t", ChangeKind::Removed)};
    QStringList order;
    for (const JudgedChange &judged : policy->judgeAll(difference, context()))
        order.append(severityName(judged.verdict.severity) + u' ' + judged.change.entity);
    QCOMPARE(order,
             (QStringList{QStringLiteral("critical t"), QStringLiteral("medium z"), QStringLiteral("medium b"), QStringLiteral("low u")}));
}

void TestPolicy::firstRuleOfOneSeverity()
{
    const QByteArray toml
        = "version = 1\n"
          "[[rule]]\nid = \"low\"\ntitle = \"L\"\nseverity = \"low\"\ndomains = [\"*\"]\n"
          "[[rule]]\nid = \"one\"\ntitle = \"1\"\nseverity = \"high\"\ndomains = [\"q*\"]\n"
          "[[rule]]\nid = \"two\"\ntitle = \"2\"\nseverity = \"high\"\ndomains = [\"queues\"]\n"
          "[[rule]]\nid = \"not-admin\"\ntitle = \"N\"\nseverity = \"critical\"\ndomains = [\"roles\"]\nadmin-role = false\n";
    const auto policy = Policy::Policy::load(toml, QStringLiteral("mine.toml"));
    QVERIFY2(policy.has_value(), policy ? "" : qPrintable(policy.error().detail));
    QCOMPARE(policy->judge(whole("queues", "q", ChangeKind::Added), context()).rule, QStringLiteral("one"));
    QCOMPARE(policy->judge(whole("roles", "R", ChangeKind::Added), context()).rule, QStringLiteral("not-admin"));
    QCOMPARE(policy->judge(whole("roles", "ADMIN", ChangeKind::Added), context()).rule, QStringLiteral("low"));
}

void TestPolicy::nothingFits()
{
    const auto policy = Policy::Policy::load(
        "version = 1\n[[rule]]\nid = \"x\"\ntitle = \"X\"\nseverity = \"high\"\ndomains = [\"nothing\"]\n", QStringLiteral("mine.toml"));
    const Verdict verdict = policy->judge(whole("queues", "q", ChangeKind::Removed), {});
    QCOMPARE(verdict, (Verdict{Severity::Low, {}, QStringLiteral("Removed"), {}}));
}

QTEST_GUILESS_MAIN(TestPolicy)
#include "tst_policy.moc"
