#include "compare/suppressed.h"
#include "twosnapshots.h"

#include <QTest>

#include <array>

using namespace Orgtrace;
using namespace Orgtrace::Compare;
using Evidence::LedgerState;

class TestCompareSnapshots : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void difference_data();
    void difference();
    void whatWasLeftOut_data();
    void whatWasLeftOut();
    void leftOutIsBounded();
    void domainsAskedFor();
    void acrossSchemaVersions_data();
    void acrossSchemaVersions();
    void otherOrganisation();
    void cancelled();
    void progressEndsAtTheTotal();
};

using Arrange = std::function<void(TwoSnapshots &)>;

void TestCompareSnapshots::difference_data()
{
    QTest::addColumn<Arrange>("arrange");
    QTest::addColumn<QStringList>("expected");
    const auto row = [](const char *name, const Arrange &arrange, const QList<const char *> &expected) {
        QStringList lines;
        for (const char *line : expected)
            lines.append(QString::fromUtf8(line));
        QTest::newRow(name) << arrange << lines;
    };
    const QByteArray queue = R"({"id":"q1","name":"Service EN","description":"x","skillEvaluationMethod":"ALL"})";

    row("equal snapshots differ in nothing", [=](TwoSnapshots &t) { t.put("queues", "q1", queue, queue); }, {});
    row("added, removed and modified, by domain, name and id",
        [=](TwoSnapshots &t) {
            t.put("queues", "q1", R"({"id":"q1","name":"Zebra","a":1})", R"({"id":"q1","name":"Zebra","a":2})");
            t.put("queues", "q2", {}, R"({"id":"q2","name":"Alpha"})");
            t.put("skills", "s1", R"({"id":"s1","name":"Dutch"})", {});
        },
        {"added queues/q2 Alpha", "modified queues/q1 Zebra", "  modified /a", "removed skills/s1 Dutch"});
    row("members and grants are named after whom they belong to",
        [](TwoSnapshots &t) {
            t.put("groups", "g1", R"({"id":"g1","name":"Admins"})", R"({"id":"g1","name":"Admins"})");
            t.put("users", "u1", R"({"id":"u1","name":"Ada"})", {});
            t.put("group_members", "g1", R"({"id":"g1","members":[{"id":"u1"}]})", R"({"id":"g1","members":[{"id":"u1"},{"id":"u2"}]})");
            t.put("grants", "u1", R"({"id":"u1","type":"PC_USER","grants":[{"role":"r1","division":{"id":"*"}}]})", {});
            t.put("grants", "g1", R"({"id":"g1","type":"PC_GROUP","grants":[{"role":"r1","division":{"id":"*"}}]})",
                  R"({"id":"g1","type":"PC_GROUP","grants":[{"role":"r1","division":{"id":"*"}},{"role":"r2","division":{"id":"d"}}]})");
        },
        {"removed grants/u1 Ada", "modified grants/g1 Admins", "  added /grants/[role=r2,division.id=d]",
         "modified group_members/g1 Admins", "  added /members/[id=u2]", "removed users/u1 Ada"});
    row("settings are named after their domain",
        [](TwoSnapshots &t) {
            t.put("org_auth_settings", "", R"({"multifactorAuthenticationRequired":true})",
                  R"({"multifactorAuthenticationRequired":false})");
        },
        {"modified org_auth_settings/ Authentication settings", "  modified /multifactorAuthenticationRequired"});

    row("order, labels and types are left out and counted",
        [](TwoSnapshots &t) {
            t.put("org_auth_settings", "", R"({"domainAllowlist":["a","b"]})", R"({"domainAllowlist":["b","a"]})");
            t.put("queues", "q1", R"({"id":"q1","name":"Q","acw":"30"})", R"({"id":"q1","name":"Q","acw":30})");
            Catalogue::DomainRules rules = Catalogue::Catalogue::generic(QStringLiteral("things"));
            rules.labels = {QStringLiteral("owner/name")};
            t.a.rules.insert(QStringLiteral("things"), rules);
            t.b.rules.insert(QStringLiteral("things"), rules);
            t.put("things", "t1", R"({"id":"t1","owner":{"name":"x"}})", R"({"id":"t1","owner":{"name":"y"}})");
        },
        {"left out labels 1", "left out order 1", "left out type-only 1"});
    row("saved without visible effect",
        [=](TwoSnapshots &t) {
            t.put("queues", "q1", queue, queue);
            t.put("queues", "q2", R"({"id":"q2","name":"B","a":1})", R"({"id":"q2","name":"B","a":2})");
            t.a.signalLines[QStringLiteral("queues")]
                = {{QStringLiteral("q1"), R"({"id":"q1","version":1})"}, {QStringLiteral("q2"), R"({"id":"q2","version":1})"}};
            t.b.signalLines[QStringLiteral("queues")]
                = {{QStringLiteral("q1"), R"({"id":"q1","version":2})"}, {QStringLiteral("q2"), R"({"id":"q2","version":2})"}};
        },
        {"modified queues/q2 B", "  modified /a", "left out signals-only 1"});

    // The ledger: what was not seen is not comparable, never deleted (design, rule 3).
    row("forbidden in B is no deletion",
        [=](TwoSnapshots &t) {
            t.put("queues", "q1", queue, {});
            auto &ledger = TwoSnapshots::row(t.b, "queues");
            ledger.state = LedgerState::Forbidden;
            ledger.reason = QStringLiteral("forbidden");
        },
        {"not comparable queues: forbidden in B: forbidden"});
    row("not offered in A is no creation",
        [=](TwoSnapshots &t) {
            TwoSnapshots::row(t.a, "queues").state = LedgerState::NotOffered;
            t.b.entities[QStringLiteral("queues")].insert(QStringLiteral("q1"), queue);
        },
        {"not comparable queues: not offered in A"});
    row("not asked in A is no creation",
        [=](TwoSnapshots &t) {
            t.put("queues", "q1", {}, queue);
            t.a.notAsked.append(QStringLiteral("queues"));
        },
        {"not comparable queues: not asked in A"});
    row("not asked in B is no deletion",
        [=](TwoSnapshots &t) {
            t.put("queues", "q1", queue, {});
            t.put("skills", "s1", R"({"id":"s1","name":"Dutch"})", R"({"id":"s1","name":"German"})");
            t.b.notAsked.append(QStringLiteral("queues"));
        },
        {"modified skills/s1 German", "  modified /name", "not comparable queues: carried in B: not-asked; last seen in [A]"});
    row("carried in B says where it was last seen",
        [=](TwoSnapshots &t) {
            t.put("queues", "q1", queue, {});
            auto &ledger = TwoSnapshots::row(t.b, "queues");
            ledger.state = LedgerState::Carried;
            ledger.reason = QStringLiteral("timed-out");
        },
        {"not comparable queues: carried in B: timed-out; last seen in [A]"});
    row("quarantined and failed ones are not comparable alone",
        [=](TwoSnapshots &t) {
            t.put("queues", "q1", queue, {});
            t.put("queues", "q2", R"({"id":"q2","name":"B"})", {});
            t.put("queue_members", "q3", R"({"id":"q3","members":[{"id":"u"}]})", R"({"id":"q3","members":[]})");
            TwoSnapshots::row(t.b, "queues").quarantined = {{QStringLiteral("q1"), QStringLiteral("duplicate keys"), {}}};
            TwoSnapshots::row(t.a, "queue_members").failedParents = {QStringLiteral("q3")};
        },
        {"removed queues/q2 B", "not comparable queue_members q3: its listing could not be read in A",
         "not comparable queues q1: could not be read in B: duplicate keys"});
    row("what is gone may be the one that could not be read and has no id",
        [=](TwoSnapshots &t) {
            t.put("queues", "q1", queue, {});
            t.put("queues", "q2", {}, R"({"id":"q2","name":"New"})");
            TwoSnapshots::row(t.b, "queues").quarantined = {{QString(), QStringLiteral("truncated"), {}}};
        },
        {"added queues/q2 New", "not comparable queues q1: 1 of this domain could not be read in B and carry no id"});
    row("rows of a role that could not be read are neither granted nor revoked",
        [](TwoSnapshots &t) {
            t.put("grants", "u1", R"({"id":"u1","grants":[{"role":"r1","division":{"id":"*"}},{"role":"r2","division":{"id":"*"}}]})",
                  R"({"id":"u1","grants":[{"role":"r2","division":{"id":"d"}}]})");
            t.put("grants", "u2", R"({"id":"u2","grants":[{"role":"r1","division":{"id":"*"}}]})", {});
            TwoSnapshots::row(t.b, "grants").failedParents = {QStringLiteral("r1")};
        },
        {"modified grants/u1 ", "  added /grants/[role=r2,division.id=d]", "  removed /grants/[role=r2,division.id=*]",
         "not comparable grants r1: its rows could not be read"});
    row("secrets under different keys are not comparable, the rest is",
        [](TwoSnapshots &t) {
            t.put("queues", "q1", R"({"id":"q1","name":"A","k":"secret:0a1b2c3d:aaaaaaaaaaaaaaaaaaaaaaaa","v":1})",
                  R"({"id":"q1","name":"A","k":"secret:ffffffff:aaaaaaaaaaaaaaaaaaaaaaaa","v":2})");
            t.put("queues", "q2", R"({"id":"q2","name":"B","k":"secret:0a1b2c3d:aaaaaaaaaaaaaaaaaaaaaaaa"})",
                  R"({"id":"q2","name":"B","k":"secret:ffffffff:aaaaaaaaaaaaaaaaaaaaaaaa"})");
        },
        {"modified queues/q1 A", "  modified /v", "not comparable queues q1,q2: secrets are fingerprinted under different keys"});

    // Lineage (requirement 4.8).
    const QByteArray role = R"({"id":"r1","name":"Lead","description":"d","permissions":["a","b","c"]})";
    row("deleted and created again is one modification",
        [=](TwoSnapshots &t) {
            t.put("roles", "r1", role, {});
            t.put("roles", "r2", {}, R"({"id":"r2","name":"Lead","description":"d","permissions":["a","b","c","d"]})");
        },
        {"modified roles/r2 Lead was r1", "  added /permissions/[d]"});
    row("created again just as it was is told, too",
        [=](TwoSnapshots &t) {
            t.put("roles", "r1", role, {});
            t.put("roles", "r2", {}, QByteArray(role).replace("r1", "r2"));
        },
        {"modified roles/r2 Lead was r1"});
    row("the same name with other content is another entity",
        [=](TwoSnapshots &t) {
            t.put("roles", "r1", role, {});
            t.put("roles", "r2", {}, R"({"id":"r2","name":"Lead","description":"e","permissions":["x","y","z"],"base":true,"other":1})");
        },
        {"removed roles/r1 Lead", "added roles/r2 Lead"});
    row("a renamed entity stays one entity", [=](TwoSnapshots &t) { t.put("roles", "r1", role, QByteArray(role).replace("Lead", "Head")); },
        {"modified roles/r1 Head", "  modified /name"});
    row("created again with another type of a value: one modification, without fields",
        [=](TwoSnapshots &t) {
            t.put("roles", "r1", R"({"id":"r1","name":"Lead","level":"30","permissions":["a","b"]})", {});
            t.put("roles", "r2", {}, R"({"id":"r2","name":"Lead","level":30,"permissions":["a","b"]})");
        },
        {"modified roles/r2 Lead was r1"});
    row("one of 120 permissions and the description others, still the same role",
        [](TwoSnapshots &t) {
            const auto permissions = [](int from) {
                QByteArray out;
                for (int i = from; i < from + 120; ++i)
                    out += (i == from ? "\"p" : ",\"p") + QByteArray::number(i) + '"';
                return out;
            };
            t.put("roles", "r1", R"({"id":"r1","name":"Lead","description":"d","permissions":[)" + permissions(0) + "]}", {});
            t.put("roles", "r2", {}, R"({"id":"r2","name":"Lead","description":"e","permissions":[)" + permissions(1) + "]}");
        },
        {"modified roles/r2 Lead was r1", "  modified /description", "  removed /permissions/[p0]", "  added /permissions/[p120]"});
    row("two candidates are left as they are",
        [=](TwoSnapshots &t) {
            t.put("roles", "r1", role, {});
            t.put("roles", "r2", {}, QByteArray(role).replace("r1", "r2"));
            t.put("roles", "r3", {}, QByteArray(role).replace("r1", "r3"));
        },
        {"removed roles/r1 Lead", "added roles/r2 Lead", "added roles/r3 Lead"});
    row("members of a recreated group follow it",
        [](TwoSnapshots &t) {
            t.put("groups", "g1", R"({"id":"g1","name":"Desk","type":"official"})", {});
            t.put("groups", "g2", {}, R"({"id":"g2","name":"Desk","type":"official"})");
            t.put("group_members", "g1", R"({"id":"g1","members":[{"id":"u1"}]})", {});
            t.put("group_members", "g2", {}, R"({"id":"g2","members":[{"id":"u1"},{"id":"u2"}]})");
        },
        {"modified group_members/g2 Desk was g1", "  added /members/[id=u2]", "modified groups/g2 Desk was g1"});

    row("asked in another way, what stands on one side only is neither new nor gone",
        [=](TwoSnapshots &t) {
            Catalogue::DomainRules rules = *Catalogue::Catalogue::builtIn()->find(QStringLiteral("queues"));
            rules.query.append({QStringLiteral("state"), QStringLiteral("any")});
            t.b.rules.insert(QStringLiteral("queues"), rules);
            t.put("queues", "q1", R"({"id":"q1","name":"A","v":1})", R"({"id":"q1","name":"A","v":2})");
            t.put("queues", "q2", {}, R"({"id":"q2","name":"Inactive"})");
            t.put("queues", "q3", R"({"id":"q3","name":"Gone"})", {});
        },
        {"modified queues/q1 A", "  modified /v", "not comparable queues q2,q3: asked for in another way in A than in B",
         "rules changed queues"});

    // Another catalogue: by the rules both share, and said so (requirement 1.15).
    row("a field dropped under one catalogue is not compared",
        [](TwoSnapshots &t) {
            Catalogue::DomainRules rules = *Catalogue::Catalogue::builtIn()->find(QStringLiteral("queues"));
            rules.dropped.append(QStringLiteral("noise"));
            t.b.rules.insert(QStringLiteral("queues"), rules);
            t.put("queues", "q1", R"({"id":"q1","name":"A","noise":1,"v":1})", R"({"id":"q1","name":"A","v":1})");
            t.put("queues", "q2", R"({"id":"q2","name":"B","noise":1,"v":1})", R"({"id":"q2","name":"B","v":2})");
        },
        {"modified queues/q2 B", "  modified /v", "left out rules 1", "rules changed queues"});
    row("a reference reduced under one catalogue is compared by id",
        [](TwoSnapshots &t) {
            Catalogue::DomainRules rules = *Catalogue::Catalogue::builtIn()->find(QStringLiteral("skills"));
            rules.references.append(QStringLiteral("owner"));
            t.b.rules.insert(QStringLiteral("skills"), rules);
            t.put("skills", "s1", R"({"id":"s1","name":"A","owner":{"id":"u","name":"U"}})",
                  R"({"id":"s1","name":"A","owner":{"id":"u"}})");
            t.put("skills", "s2", R"({"id":"s2","name":"B","owner":{"id":"u","name":"U"}})",
                  R"({"id":"s2","name":"B","owner":{"id":"w"}})");
        },
        {"modified skills/s2 B", "  modified /owner/id", "left out rules 1", "rules changed skills"});
    row("members that come with another question are no changes",
        [](TwoSnapshots &t) {
            Catalogue::DomainRules rules = *Catalogue::Catalogue::builtIn()->find(QStringLiteral("skills"));
            rules.query.append({QStringLiteral("expand"), QStringLiteral("more")});
            t.b.rules.insert(QStringLiteral("skills"), rules);
            t.put("skills", "s1", R"({"id":"s1","name":"A","v":1})", R"({"id":"s1","name":"A","v":1,"more":{}})");
            t.put("skills", "s2", R"({"id":"s2","name":"B","v":1})", R"({"id":"s2","name":"B","v":2,"more":{}})");
        },
        {"modified skills/s2 B", "  modified /v", "left out rules 1", "rules changed skills"});
    row("who was last seen on another day saved nothing",
        [](TwoSnapshots &t) {
            for (const auto &[id, before, after] : {std::tuple("u1", "recent", "2026-09-01"), std::tuple("u2", "2026-09-01", "recent")}) {
                t.put("users", id, QByteArray(R"({"name":"A","id":")") + id + R"("})", QByteArray(R"({"name":"A","id":")") + id + R"("})");
                t.a.signalLines[QStringLiteral("users")].insert(
                    QString::fromLatin1(id), QByteArray(R"({"dateLastLogin":")") + before + R"(","id":")" + id + R"(","version":1})");
                t.b.signalLines[QStringLiteral("users")].insert(QString::fromLatin1(id),
                                                                QByteArray(R"({"dateLastLogin":")") + after + R"(","id":")" + id
                                                                    + R"(","version":)" + (*id && id[1] == '2' ? "2" : "1") + "}");
            }
        },
        {"left out signals-only 1"});
    row("a domain keyed in another way is not comparable",
        [](TwoSnapshots &t) {
            Catalogue::DomainRules rules = *Catalogue::Catalogue::builtIn()->find(QStringLiteral("skills"));
            rules.identity = QStringLiteral("name");
            t.b.rules.insert(QStringLiteral("skills"), rules);
            t.put("skills", "s1", R"({"id":"s1","name":"A"})", {});
            t.put("skills", "A", {}, R"({"id":"s1","name":"A"})");
        },
        {"not comparable skills: the catalogue keys or composes it in another way in A than in B", "rules changed skills"});
}

void TestCompareSnapshots::difference()
{
    QFETCH(Arrange, arrange);
    QFETCH(QStringList, expected);
    TwoSnapshots two;
    arrange(two);
    const auto difference = two.compare();
    QVERIFY2(difference.has_value(), difference ? "" : qPrintable(difference.error().detail));
    QCOMPARE(described(*difference).replaceInStrings(two.idA().first(12), QStringLiteral("[A]")), expected);
}

namespace {

/// "type-only queues/q1 Q", then what it was: "  type /acw "30" -> 30".
QStringList leftOut(TwoSnapshots &t)
{
    Options options;
    options.nameSuppressed = true;
    const auto difference = t.compare(options);
    if (!difference)
        return {difference.error().detail};
    const auto a = t.before(), b = t.after();
    SuppressedReader reader(a, b, *difference);
    QStringList lines;
    for (const SuppressedEntity &entity : difference->suppressedEntities) {
        lines.append((entity.partial ? QStringLiteral("also ") : QString()) + reasonName(entity.reason) + u' ' + entity.domain + u'/'
                     + entity.entity + u' ' + entity.name);
        const auto fields = reader.of(entity.domain, entity.entity);
        if (!fields)
            return {fields.error().detail};
        for (const SuppressedField &field : *fields) {
            if (field.reason == entity.reason)
                lines.append(QStringLiteral("  ") + fieldKindName(field.field.kind) + u' ' + field.field.path + u' '
                             + QString::fromUtf8(field.field.oldText.value_or("-")) + QStringLiteral(" -> ")
                             + QString::fromUtf8(field.field.newText.value_or("-"))
                             + (field.field.movedFrom.isEmpty() ? QString() : QString(QStringLiteral(" from ") + field.field.movedFrom)));
        }
    }
    return lines;
}

} // namespace

void TestCompareSnapshots::whatWasLeftOut_data()
{
    QTest::addColumn<Arrange>("arrange");
    QTest::addColumn<QStringList>("expected");
    const auto row
        = [](const char *name, const Arrange &arrange, const QStringList &expected) { QTest::newRow(name) << arrange << expected; };
    const auto things = [](TwoSnapshots &t, const std::function<void(Catalogue::DomainRules &)> &before,
                           const std::function<void(Catalogue::DomainRules &)> &after) {
        Catalogue::DomainRules rules = Catalogue::Catalogue::generic(QStringLiteral("things"));
        Catalogue::DomainRules other = rules;
        before(rules);
        after(other);
        t.a.rules.insert(QStringLiteral("things"), rules);
        t.b.rules.insert(QStringLiteral("things"), other);
    };
    const QByteArray queue = R"({"id":"q1","name":"Q"})";
    row("a saving without effect says which version, by whom",
        [=](TwoSnapshots &t) {
            t.put("queues", "q1", queue, queue);
            t.a.signalLines[QStringLiteral("queues")] = {{QStringLiteral("q1"), R"({"id":"q1","modifiedBy":"u1","version":3})"}};
            t.b.signalLines[QStringLiteral("queues")] = {{QStringLiteral("q1"), R"({"id":"q1","modifiedBy":"u2","version":4})"}};
        },
        {QStringLiteral("signals-only queues/q1 Q"), QStringLiteral("  modified /modifiedBy \"u1\" -> \"u2\""),
         QStringLiteral("  modified /version 3 -> 4")});
    row("a difference of type alone shows both",
        [](TwoSnapshots &t) { t.put("queues", "q1", R"({"id":"q1","name":"Q","acw":"30"})", R"({"id":"q1","name":"Q","acw":30})"); },
        {QStringLiteral("type-only queues/q1 Q"), QStringLiteral("  type /acw \"30\" -> 30")});
    row("what was left out of an entity that did change is told beside it",
        [](TwoSnapshots &t) {
            t.put("queues", "q1", R"({"id":"q1","name":"Q","acw":"30","x":1})", R"({"id":"q1","name":"Q","acw":30,"x":2})");
        },
        {QStringLiteral("also type-only queues/q1 Q"), QStringLiteral("  type /acw \"30\" -> 30")});
    row("an order that means nothing says what stands elsewhere",
        [](TwoSnapshots &t) {
            t.put("org_auth_settings", "", R"({"domainAllowlist":["a","b","c"]})", R"({"domainAllowlist":["c","a","b"]})");
        },
        {QStringLiteral("order org_auth_settings/ Authentication settings"),
         QStringLiteral("  moved /domainAllowlist/[c] \"c\" -> \"c\" from /domainAllowlist/2")});
    row("the name of another entity, changed, new and gone",
        [=](TwoSnapshots &t) {
            const auto label = [](Catalogue::DomainRules &rules) { rules.labels = {QStringLiteral("*/name")}; };
            things(t, label, label);
            t.put("things", "t1", R"({"id":"t1","a":{"name":"x"},"b":{"name":"y"},"c":{}})",
                  R"({"id":"t1","a":{"name":"z"},"b":{},"c":{"name":"n"}})");
        },
        {QStringLiteral("labels things/t1 "), QStringLiteral("  modified /a/name \"x\" -> \"z\""),
         QStringLiteral("  removed /b/name \"y\" -> -"), QStringLiteral("  added /c/name - -> \"n\"")});
    row("what only the newer catalogue keeps",
        [=](TwoSnapshots &t) {
            things(
                t, [](Catalogue::DomainRules &rules) { rules.dropped.append(QStringLiteral("noise")); }, [](Catalogue::DomainRules &) {});
            t.put("things", "t1", R"({"id":"t1","name":"T"})", R"({"id":"t1","name":"T","noise":7})");
        },
        {QStringLiteral("rules things/t1 T"), QStringLiteral("  added /noise - -> 7")});
    row("nothing where nothing differs, and where the domain was not seen",
        [=](TwoSnapshots &t) {
            t.put("queues", "q1", queue, queue);
            t.put("skills", "s1", R"({"id":"s1","a":"1"})", R"({"id":"s1","a":1})");
            TwoSnapshots::row(t.b, "skills").state = LedgerState::Forbidden;
        },
        {});
}

void TestCompareSnapshots::whatWasLeftOut()
{
    QFETCH(Arrange, arrange);
    QFETCH(QStringList, expected);
    TwoSnapshots t;
    arrange(t);
    QCOMPARE(leftOut(t), expected);
}

void TestCompareSnapshots::leftOutIsBounded()
{
    TwoSnapshots t;
    const qsizetype many = SnapshotDifference::MostSuppressed + 5;
    for (qsizetype i = 0; i < many; ++i) {
        const QByteArray id = "q" + QByteArray::number(i);
        const QByteArray text = "{\"id\":\"" + id + "\"}";
        t.put("queues", id.constData(), text, text);
        t.a.signalLines[QStringLiteral("queues")].insert(QString::fromLatin1(id), QByteArray("{\"id\":\"" + id + "\",\"version\":1}"));
        t.b.signalLines[QStringLiteral("queues")].insert(QString::fromLatin1(id), QByteArray("{\"id\":\"" + id + "\",\"version\":2}"));
    }
    const auto difference = t.compare();
    QVERIFY(difference);
    QCOMPARE(difference->suppressed.at(QStringLiteral("signals-only")), many);
    QCOMPARE(difference->suppressedEntities.size(), SnapshotDifference::MostSuppressed);
    QCOMPARE(difference->suppressedBeyond, 5);
    QVERIFY(difference->suppressedEntities.first().name.isEmpty()); // nobody asked for names: no document was read
}

void TestCompareSnapshots::domainsAskedFor()
{
    TwoSnapshots two;
    two.put("queues", "q1", R"({"id":"q1","name":"A","v":1})", R"({"id":"q1","name":"A","v":2})");
    two.put("skills", "s1", R"({"id":"s1","name":"A"})", {});
    QCOMPARE(described(*two.compare({.domains = {QStringLiteral("skills")}})), QStringList{QStringLiteral("removed skills/s1 A")});
    QCOMPARE(described(*two.compare({.domains = {QStringLiteral("nothing")}})),
             QStringList{QStringLiteral("not comparable nothing: not asked in A or B")});
}

namespace {
constexpr std::array Versions{Evidence::SchemaStep{1, true, nullptr}, Evidence::SchemaStep{2, false, nullptr},
                              Evidence::SchemaStep{3, true, nullptr}};
constexpr Evidence::Schema One{std::span(Versions).first(1)};
constexpr Evidence::Schema Two{std::span(Versions).first(2)};
constexpr Evidence::Schema Three{Versions};
} // namespace

void TestCompareSnapshots::acrossSchemaVersions_data()
{
    QTest::addColumn<const Evidence::Schema *>("before");
    QTest::addColumn<const Evidence::Schema *>("after");
    QTest::addColumn<bool>("carries"); // B does not ask for the queues, so it keeps A's documents
    QTest::addColumn<QStringList>("expected");
    const QString refused = QStringLiteral("schema version 3 began a new baseline; A has version %1, B version 3");
    const QStringList none{QStringLiteral("not comparable queues: ") + refused.arg(1),
                           QStringLiteral("not comparable skills: ") + refused.arg(1)};
    const QStringList all{QStringLiteral("200 changes")};
    QTest::newRow("a manifest of another form changes no document") << &One << &Two << false << all;
    QTest::newRow("documents of another form are a new baseline, no mass change") << &One << &Three << false << none;
    QTest::newRow("and so are carried ones") << &One << &Three << true << none;
    QTest::newRow("after the baseline all is as ever") << &Three << &Three << false << all;
    QTest::newRow("what is carried over the baseline stays incomparable after it")
        << &Three << &Three << true
        << QStringList{QStringLiteral("100 changes"), QStringLiteral("not comparable queues: carried in B: not-asked; last seen in [A]")};
}

/// Every document differs between the two sides, as it would where a program writes them in another form.
void TestCompareSnapshots::acrossSchemaVersions()
{
    QFETCH(const Evidence::Schema *, before);
    QFETCH(const Evidence::Schema *, after);
    QFETCH(bool, carries);
    QFETCH(QStringList, expected);
    TwoSnapshots two;
    for (int i = 0; i < 100; ++i) {
        for (const char *domain : {"queues", "skills"})
            two.put(domain, QByteArray("x" + QByteArray::number(i)).constData(), R"({"id":"x","name":"A"})",
                    R"({"id":"x","name":"A","form":2})");
    }
    two.a.schema = before;
    two.b.schema = after;
    if (carries) {
        two.b.entities.erase(QStringLiteral("queues"));
        two.b.notAsked.append(QStringLiteral("queues"));
    }
    two.write();
    Evidence::setSchemaForTests(&Three); // who compares is the newest
    const auto difference = two.compare();
    Evidence::setSchemaForTests(nullptr);
    QVERIFY2(difference.has_value(), difference ? "" : qPrintable(difference.error().detail));
    QStringList lines;
    if (!difference->changes.isEmpty())
        lines.append(QStringLiteral("%1 changes").arg(difference->changes.size()));
    lines += described(*difference).filter(QStringLiteral("not comparable"));
    QCOMPARE(lines.replaceInStrings(two.idA().first(12), QStringLiteral("[A]")), expected);
}

void TestCompareSnapshots::otherOrganisation()
{
    TwoSnapshots two;
    two.put("skills", "s1", R"({"id":"s1","name":"A"})", R"({"id":"s1","name":"A"})");
    two.b.organisation = QStringLiteral("org-2");
    const auto difference = two.compare();
    QVERIFY(!difference.has_value());
    QCOMPARE(difference.error().code, ErrorCode::BadInput);
}

void TestCompareSnapshots::cancelled()
{
    TwoSnapshots two;
    two.put("skills", "s1", R"({"id":"s1","name":"A"})", {});
    two.write();
    CancellationSource source;
    source.cancel();
    const auto difference = compareSnapshots(two.store(), two.before(), two.after(), {}, source.token());
    QVERIFY(!difference.has_value());
    QCOMPARE(difference.error().code, ErrorCode::Cancelled);
}

void TestCompareSnapshots::progressEndsAtTheTotal()
{
    TwoSnapshots two;
    for (int i = 0; i < 150; ++i)
        two.put("skills", QByteArray("s" + QByteArray::number(i)).constData(), R"({"name":"A"})", {});
    two.write();
    qint64 last = -1, calls = 0;
    const auto difference = compareSnapshots(two.store(), two.before(), two.after(), {}, {}, [&](qint64 done, qint64 total) {
        QCOMPARE(total, 150);
        QVERIFY(done >= last);
        last = done;
        ++calls;
    });
    QVERIFY(difference.has_value());
    QCOMPARE(difference->changes.size(), 150);
    QCOMPARE(last, 150);
    QVERIFY(calls < 10);
}

QTEST_GUILESS_MAIN(TestCompareSnapshots)
#include "tst_comparesnapshots.moc"
