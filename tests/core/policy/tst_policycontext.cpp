#include "../compare/twosnapshots.h"
#include "policy/policy.h"

#include <QTest>

using namespace Orgtrace;

class TestPolicyContext : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void rolesAndHolders();
    void productionFlows();
    void names();
};

namespace {

Policy::Policy policy(const char *meanings)
{
    auto loaded = Policy::Policy::load(QByteArray("version = 1\n") + meanings
                                           + "\n[[rule]]\nid = \"x\"\ntitle = \"X\"\nseverity = \"low\"\ndomains = [\"*\"]\n",
                                       QStringLiteral("mine.toml"));
    if (!loaded)
        qFatal("%s", qPrintable(loaded.error().detail));
    return std::move(*loaded);
}

QStringList sorted(const QSet<QString> &set)
{
    QStringList list(set.cbegin(), set.cend());
    list.sort();
    return list;
}

QStringList list(const char *words)
{
    return QString::fromLatin1(words).split(u' ', Qt::SkipEmptyParts);
}

} // namespace

void TestPolicyContext::rolesAndHolders()
{
    TwoSnapshots two;
    const QByteArray reader
        = R"({"id":"reader","name":"Security Officer","permissionPolicies":[{"domain":"authorization","entityName":"*","policyName":"p","actionSet":["view"]}]})";
    two.put("roles", "named", R"({"id":"named","name":"Master ADMIN"})", R"({"id":"named","name":"Master ADMIN"})");
    two.put("roles", "reader", reader, reader);
    two.put(
        "roles", "holder", {},
        R"({"id":"holder","name":"Helper","permissionPolicies":[{"domain":"authorization","entityName":"grant","policyName":"p","actionSet":["*"]}]})");
    two.put("roles", "flat", R"({"id":"flat","name":"Old","permissions":["authorization:grant:add"]})", {});
    two.put("roles", "became", R"({"id":"became","name":"X"})", R"({"id":"became","name":"admin"})");
    for (const char *group : {"g1", "g2", "g3"})
        two.put("groups", group, QByteArray(R"({"id":")") + group + R"(","name":"G"})",
                QByteArray(R"({"id":")") + group + R"(","name":"G"})");
    two.put("oauth_clients", "c1", {}, R"({"id":"c1","name":"C"})");
    const auto grants = [](const char *id, const char *role) {
        return QByteArray(QByteArray(R"({"id":")") + id + R"(","grants":[{"role":")" + role + R"(","division":{"id":"*"}}]})");
    };
    two.put("grants", "g1", grants("g1", "reader"), grants("g1", "named")); // becomes an admin group
    two.put("grants", "g2", grants("g2", "reader"), grants("g2", "reader"));
    two.put("grants", "c1", {}, grants("c1", "holder"));
    two.put("grants", "u1", grants("u1", "flat"), {}); // gone whole
    two.put("grants", "u2", grants("u2", "named"), grants("u2", "named")); // a person, and nothing came or went
    two.write();
    const auto context = policy("[admin-roles]\nnames = [\"admin\", \"master admin\"]\npermissions = [\"authorization:grant:add\"]\n")
                             .context(two.before(), two.after());
    QVERIFY2(context.has_value(), context ? "" : qPrintable(context.error().detail));
    QCOMPARE(sorted(context->adminRoles), list("became flat holder named"));
    QCOMPARE(sorted(context->adminSubjects), list("c1 g1 u1"));
    QCOMPARE(sorted(context->roleHolders), list("c1 g1 g2"));
}

void TestPolicyContext::productionFlows()
{
    TwoSnapshots two;
    const auto flow
        = [](const char *id, const char *extra) { return QByteArray(QByteArray(R"({"id":")") + id + R"(","name":"F")" + extra + "}"); };
    const auto both = [&](const char *domain, const char *id, const QByteArray &text) { two.put(domain, id, text, text); };
    const char *published = R"(,"publishedVersion":{"id":"7"})";
    both("divisions", "d1", R"({"id":"d1","name":"Live Europe"})");
    both("flows", "used", flow("used", published));
    both("flows", "draft", flow("draft", ""));
    both("flows", "unused", flow("unused", published));
    both("flows", "divided", flow("divided", R"(,"publishedVersion":{"id":"7"},"division":{"id":"d1"})"));
    both("flows", "nulled", flow("nulled", R"(,"publishedVersion":null,"division":{"id":"d1"})"));
    two.put("flows", "once", flow("once", published), flow("once", published));
    two.put("ivrs", "i1", R"({"id":"i1","openHoursFlow":{"id":"used"},"x":[{"flow":"draft"}],"closed":{"id":"once"}})",
            R"({"id":"i1","openHoursFlow":{"id":"used"}})");
    two.write();
    const auto context
        = policy("[production-flows]\nreferenced-by = [\"iv*\"]\ndivisions = [\"live *\"]\n").context(two.before(), two.after());
    QVERIFY2(context.has_value(), context ? "" : qPrintable(context.error().detail));
    QCOMPARE(sorted(context->productionFlows), list("divided once used"));
    const auto nameless = policy("[production-flows]\nreferenced-by = [\"iv*\"]\ndivisions = [\"live *\"]\n")
                              .context(two.before(), two.after(), Policy::Policy::Names::None);
    QCOMPARE(nameless->productionFlows, context->productionFlows); // found by division name all the same
    QVERIFY(nameless->names.isEmpty() && !context->names.isEmpty());
}

void TestPolicyContext::names()
{
    TwoSnapshots two;
    two.put("queues", "q1", R"({"id":"q1","name":"Old"})", R"({"id":"q1","name":"New \"quoted\" \u00e9","sub":{"name":"wrong"}})");
    two.put("queues", "q2", R"({"id":"q2","name":"Gone","a":{"name":"x"}})", {});
    two.put("queue_members", "q1", {}, R"({"id":"q1","members":[],"name":"no name of its own"})");
    two.write();
    const auto context = policy("").context(two.before(), two.after());
    QVERIFY(context.has_value());
    QCOMPARE(context->names.value(QStringLiteral("queues/q1")), QStringLiteral("New \"quoted\" é"));
    QCOMPARE(context->names.value(QStringLiteral("queues/q2")), QStringLiteral("Gone"));
    QCOMPARE(context->names.size(), 2);
}

QTEST_GUILESS_MAIN(TestPolicyContext)
#include "tst_policycontext.moc"
