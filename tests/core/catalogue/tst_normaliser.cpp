#include "base/digest.h"
#include "catalogue/normaliser.h"
#include "json/canonical.h"

#include <QTest>

using namespace Orgtrace;
using Orgtrace::Catalogue::DomainRules;
using Orgtrace::Catalogue::NormalisedEntity;
using Orgtrace::Catalogue::Normaliser;

namespace {

const Redaction::Redactor &redactor()
{
    static const auto loaded = Redaction::Redactor::builtIn(Redaction::Fingerprinter(QByteArray(32, 'k')));
    return *loaded;
}

QByteArray print(const char *secret)
{
    return QByteArray::fromStdString(redactor().fingerprinter().fingerprint(secret));
}

const DomainRules &builtIn(const char *name)
{
    static const auto catalogue = Catalogue::Catalogue::builtIn();
    const DomainRules *rules = catalogue->find(QString::fromLatin1(name));
    if (!rules)
        qFatal("%s", name);
    return *rules;
}

Json::Document page(const QByteArray &text)
{
    auto document = Json::parse(view(text), {.maxDepth = 1'000'000, .refuseDuplicateKeys = false});
    if (!document)
        qFatal("%s", qPrintable(document.error().detail));
    return std::move(*document);
}

Result<NormalisedEntity> normalised(const DomainRules &rules, const QByteArray &text)
{
    const Json::Document document = page(text);
    return Normaliser(rules, redactor()).normalise(document.root());
}

/// One line, so that rows stay readable.
QByteArray compact(const QByteArray &canonical)
{
    const auto document = Json::parse(view(canonical));
    return document ? Json::compactText(document->root()) : QByteArray("not JSON: " + canonical);
}

} // namespace

class TestNormaliser : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void builtInRules_data();
    void builtInRules();
    void generalRules_data();
    void generalRules();
    void quarantine_data();
    void quarantine();
    void canonicalAsTheJsonRoomWrites();
    void hashesAreOfTheText();
    void settingsObjectsHaveNoId();
    void memberAndElementOrderDoNotMatter();
    void contentSecretsAreReplacedEverywhere();
    void signalsHideNoSecret();
    void timesLastSeen_data();
    void timesLastSeen();
    void aHugeStringIsKept();
    void changingShapesAreFollowed();
    void whatWasSeenBeforeChangesNothing();
    void oneNormaliserServesManyEntities();
};

void TestNormaliser::builtInRules_data()
{
    QTest::addColumn<QByteArray>("domain");
    QTest::addColumn<QByteArray>("entity");
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QByteArray>("signal");
    QTest::newRow("a user loses what moves by itself and the names of others")
        << QByteArray("users")
        << QByteArray(
               R"({"id":"u","name":"Anna","version":7,"selfUri":"/x","division":{"id":"d","name":"Home","selfUri":"/d"},"presence":{"id":"p"},)"
               R"("routingStatus":{"status":"IDLE"},"images":[{"imageUri":"x"}],"lastTokenIssued":{"dateIssued":"2026"},)"
               R"("skills":[{"id":"s2","name":"B","proficiency":1.0,"skillUri":"/s","state":"active"},{"id":"s1","name":"A","proficiency":5.0}],)"
               R"("groups":[{"id":"g2","name":"x","memberCount":4},{"id":"g1"}],"manager":null})")
        << QByteArray(R"({"division":{"id":"d"},"groups":[{"id":"g1"},{"id":"g2"}],"id":"u","manager":null,"name":"Anna",)"
                      R"("skills":[{"id":"s1","proficiency":5.0},{"id":"s2","proficiency":1.0,"state":"active"}]})")
        << QByteArray(R"({"id":"u","version":7})");
    QTest::newRow("a queue keeps the order of its rules")
        << QByteArray("queues")
        << QByteArray(
               R"({"id":"q","routingRules":[{"operator":"B"},{"operator":"A"}],"memberCount":9,"modifiedBy":"u","dateModified":"t",)"
               R"("memberGroups":[{"id":"2","name":"n","type":"GROUP","memberCount":3,"division":{"id":"d","name":"n"}},{"id":"1","type":"TEAM"}]})")
        << QByteArray(R"({"id":"q","memberGroups":[{"id":"1","type":"TEAM"},{"division":{"id":"d"},"id":"2","type":"GROUP"}],)"
                      R"("routingRules":[{"operator":"B"},{"operator":"A"}]})")
        << QByteArray(R"({"dateModified":"t","id":"q","modifiedBy":"u"})");
    QTest::newRow("policies of a role are a set, their conditions too")
        << QByteArray("roles")
        << QByteArray(
               R"({"id":"r","name":"Admin","userCount":4,"permissionPolicies":[{"domain":"b","entityName":"x","actionSet":["view","add"]},)"
               R"({"domain":"a","entityName":"x","resourceConditionNode":{"conjunction":"OR","terms":[{"operands":[{"type":"USER","user":{"id":"2","name":"n"}},{"type":"SCALAR","value":"1"}]}]}}]})")
        << QByteArray(
               R"({"id":"r","name":"Admin","permissionPolicies":[{"domain":"a","entityName":"x","resourceConditionNode":{"conjunction":"OR","terms":[{"operands":[)"
               R"({"type":"SCALAR","value":"1"},{"type":"USER","user":{"id":"2"}}]}]}},{"actionSet":["add","view"],"domain":"b","entityName":"x"}]})")
        << QByteArray();
    QTest::newRow("grants are named by role and division")
        << QByteArray("grants")
        << QByteArray(
               R"({"id":"u","type":"PC_USER","grants":[{"role":"r2","division":{"id":"1","name":"n","selfUri":"s"}},{"role":"r1","division":{"id":"2"}},{"role":"r1","division":{"id":"1"}}]})")
        << QByteArray(
               R"({"grants":[{"division":{"id":"1"},"role":"r1"},{"division":{"id":"2"},"role":"r1"},{"division":{"id":"1"},"role":"r2"}],"id":"u","type":"PC_USER"})")
        << QByteArray();
    QTest::newRow("an OAuth client's secret is a fingerprint")
        << QByteArray("oauth_clients")
        << QByteArray(
               R"({"id":"c","secret":"hunter2","scope":["b","a"],"createdBy":{"id":"u","name":"n"},"accessTokenValiditySeconds":86400})")
        << QByteArray(R"({"accessTokenValiditySeconds":86400,"id":"c","scope":["a","b"],"secret":")" + print("hunter2") + R"("})")
        << QByteArray(R"({"createdBy":{"id":"u"},"id":"c"})");
    QTest::newRow("a trunk's password is a fingerprint, its property's type is not")
        << QByteArray("trunk_base_settings")
        << QByteArray(
               R"({"id":"t","properties":{"trunk_sip_authentication_credentials_password":{"type":"string","value":{"instance":"pw","default":""}},"trunk_x":{"value":{"instance":["b","a"]}}}})")
        << QByteArray(
               R"({"id":"t","properties":{"trunk_sip_authentication_credentials_password":{"type":"string","value":{"default":"","instance":")"
               + print("pw") + R"("}},"trunk_x":{"value":{"instance":["b","a"]}}}})")
        << QByteArray();
    QTest::newRow("who published a flow is beside it, what is published is in it")
        << QByteArray("flows")
        << QByteArray(
               R"({"id":"f","publishedBy":{"id":"u","name":"n"},"lockedUser":{"id":"u"},"publishedVersion":{"id":"3.0","createdBy":{"id":"u","name":"n"},"configurationUri":"/c"}})")
        << QByteArray(R"({"id":"f","publishedVersion":{"createdBy":{"id":"u"},"id":"3.0"}})")
        << QByteArray(R"({"id":"f","publishedBy":{"id":"u"}})");
    QTest::newRow("members of a group are a set of ids")
        << QByteArray("group_members") << QByteArray(R"({"id":"g","members":[{"id":"b","name":"n","presence":{}},{"id":"a"}]})")
        << QByteArray(R"({"id":"g","members":[{"id":"a"},{"id":"b"}]})") << QByteArray();
    QTest::newRow("members of a queue keep their ring")
        << QByteArray("queue_members")
        << QByteArray(R"({"id":"q","members":[{"id":"b","user":{"id":"b"},"joined":true,"ringNumber":2,"memberBy":"user"}]})")
        << QByteArray(R"({"id":"q","members":[{"id":"b","memberBy":"user","ringNumber":2}]})") << QByteArray();
    QTest::newRow("password requirements are configuration, the token's storage too")
        << QByteArray("org_auth_settings")
        << QByteArray(R"({"passwordRequirements":{"minimumLength":8},"tokenStorageLocation":"local","domainAllowlist":["b","a"]})")
        << QByteArray(R"({"domainAllowlist":["a","b"],"passwordRequirements":{"minimumLength":8},"tokenStorageLocation":"local"})")
        << QByteArray();
    QTest::newRow("the permission catalogue is named by its domain")
        << QByteArray("permissions_catalogue")
        << QByteArray(R"({"domain":"routing","permissionMap":{"queue":[{"action":"view"},{"action":"add"}]}})")
        << QByteArray(R"({"domain":"routing","permissionMap":{"queue":[{"action":"add"},{"action":"view"}]}})") << QByteArray();
}

void TestNormaliser::builtInRules()
{
    QFETCH(QByteArray, domain);
    QFETCH(QByteArray, entity);
    QFETCH(QByteArray, text);
    QFETCH(QByteArray, signal);
    const auto result = normalised(builtIn(domain.constData()), entity);
    QVERIFY2(result.has_value(), qPrintable(result ? QString() : result.error().detail));
    QCOMPARE(compact(result->text), text);
    QCOMPARE(result->signal, signal);
    const auto again = normalised(builtIn(domain.constData()), result->text); // fingerprints are escaped, nothing else changes
    QVERIFY(again.has_value());
    QCOMPARE(again->text.size() >= result->text.size(), true);
}

void TestNormaliser::generalRules_data()
{
    QTest::addColumn<QByteArray>("rules");
    QTest::addColumn<QByteArray>("entity");
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QByteArray>("signal");
    const auto row = [](const char *name, const char *rules, const char *entity, const QByteArray &text, const char *signal = "") {
        QTest::newRow(name) << QByteArray(rules) << QByteArray(entity) << text << QByteArray(signal);
    };
    row("null is kept as received", "", R"({"id":"1","a":null})", R"({"a":null,"id":"1"})");
    row("numbers keep their text", "", R"({"id":"1","a":1.50,"b":-0,"c":1E400})", R"({"a":1.50,"b":-0,"c":1E400,"id":"1"})");
    row("a number can be an id", "", R"({"id":12})", R"({"id":12})");
    row("a star is one name", "dropped = ['a/*/x']", R"({"id":"1","x":1,"a":{"x":1,"b":{"x":1,"y":2},"c":{"d":{"x":1}}}})",
        R"({"a":{"b":{"y":2},"c":{"d":{"x":1}},"x":1},"id":"1","x":1})");
    row("a star is one element", "dropped = ['a/*/x']", R"({"id":"1","a":[{"x":1},{"y":1}]})", R"({"a":[{},{"y":1}],"id":"1"})");
    row("two stars are any depth", "dropped = ['**/x']", R"({"id":"1","x":1,"a":[[{"x":1,"b":{"x":2}}]]})",
        R"({"a":[[{"b":{}}]],"id":"1"})");
    row("two stars in the middle", "dropped = ['a/**/x']", R"({"id":"1","x":1,"a":{"x":1,"b":{"x":1}}})",
        R"({"a":{"b":{}},"id":"1","x":1})");
    row("dropped elements", "dropped = ['a/*']", R"({"id":"1","a":[1,2]})", R"({"a":[],"id":"1"})");
    row("an object of dropped members stays, empty", "dropped = ['a/x']", R"({"id":"1","a":{"x":1}})", R"({"a":{},"id":"1"})");
    row("a reference keeps its id only", "references = ['r']", R"({"id":"1","r":{"name":"n","id":"x","selfUri":"s"}})",
        R"({"id":"1","r":{"id":"x"}})");
    row("a reference with a number for id", "references = ['r']", R"({"id":"1","r":{"name":"n","id":5}})", R"({"id":"1","r":{"id":5}})");
    row("a reference without an id is kept whole", "references = ['r']", R"({"id":"1","r":{"name":"n"}})",
        R"({"id":"1","r":{"name":"n"}})");
    row("a reference whose id is an object is kept whole", "references = ['r']", R"({"id":"1","r":{"id":{},"name":"n"}})",
        R"({"id":"1","r":{"id":{},"name":"n"}})");
    row("a reference that is a text stays", "references = ['r']", R"({"id":"1","r":"x"})", R"({"id":"1","r":"x"})");
    row("an ordered array keeps its order", "", R"({"id":"1","a":["b","a"]})", R"({"a":["b","a"],"id":"1"})");
    row("texts are sorted", "unordered = ['a']", R"({"id":"1","a":["a b","b","a","a!","A"]})",
        R"({"a":["A","a","a b","a!","b"],"id":"1"})");
    row("repeated elements stay repeated", "unordered = ['a']", R"({"id":"1","a":["b","a","b"]})", R"({"a":["a","b","b"],"id":"1"})");
    row("mixed elements are sorted by text", "unordered = ['a']", R"({"id":"1","a":[{"x":1},"a",3,null,[2],true]})",
        R"({"a":["a",3,[2],null,true,{"x":1}],"id":"1"})");
    row("elements without the identity come first, by text", "unordered = ['a']\nidentities = { 'a' = 'k' }",
        R"({"id":"1","a":[{"k":"1"},{"z":1},{"y":1}]})", R"({"a":[{"y":1},{"z":1},{"k":"1"}],"id":"1"})");
    row("equal identities are ordered by text", "unordered = ['a']\nidentities = { 'a' = 'k' }",
        R"({"id":"1","a":[{"k":"1","v":2},{"k":"1","v":1}]})", R"({"a":[{"k":"1","v":1},{"k":"1","v":2}],"id":"1"})");
    row("unordered inside unordered", "unordered = ['a', 'a/*/b']\nidentities = { 'a' = 'k' }",
        R"({"id":"1","a":[{"k":"2","b":[2,1]},{"k":"1","b":[9,8]}]})", R"({"a":[{"b":[8,9],"k":"1"},{"b":[1,2],"k":"2"}],"id":"1"})");
    row("an identity that is dropped still sorts", "unordered = ['a']\nidentities = { 'a' = 'k' }\ndropped = ['a/*/k']",
        R"({"id":"1","a":[{"k":"2","v":1},{"k":"1","v":2}]})", R"({"a":[{"v":2},{"v":1}],"id":"1"})");
    row("an identity of a long common front", "unordered = ['a']\nidentities = { 'a' = 'k' }",
        R"({"id":"1","a":[{"k":"aaaaaaaaaaaaaaaa2"},{"k":"aaaaaaaaaaaaaaaa1"}]})",
        R"({"a":[{"k":"aaaaaaaaaaaaaaaa1"},{"k":"aaaaaaaaaaaaaaaa2"}],"id":"1"})");
    row("signals go beside, with their path", "signals = ['version', 'a/m']", R"({"id":"1","version":3,"a":{"m":"x","n":1}})",
        R"({"a":{"n":1},"id":"1"})", R"({"a/m":"x","id":"1","version":3})");
    row("a signal that is a reference is reduced", "signals = ['by']\nreferences = ['by']", R"({"id":"1","by":{"name":"n","id":"u"}})",
        R"({"id":"1"})", R"({"by":{"id":"u"},"id":"1"})");
    row("a signal inside an array has no name and is dropped", "signals = ['a/*/v']", R"({"id":"1","a":[{"v":1}]})",
        R"({"a":[{}],"id":"1"})");
    row("a secret name hides texts below", "", R"({"id":"1","password":{"a":["x",{"b":"y","type":"t"},3,null,""]}})",
        R"({"id":"1","password":{"a":[")" + print("x") + R"(",{"b":")" + print("y") + R"(","type":"t"},3,null,""]}})");
    row("credentials of an object are references", "", R"({"id":"1","credentials":{"basic":{"id":"c"}}})",
        R"({"credentials":{"basic":{"id":"c"}},"id":"1"})");
    row("credentials of a text are secret", "", R"({"id":"1","credentials":"x"})", R"({"credentials":")" + print("x") + R"(","id":"1"})");
    row("a secret by path", "secrets = ['a/*']", R"({"id":"1","a":["x"],"b":["y"]})",
        R"({"a":[")" + print("x") + R"("],"b":["y"],"id":"1"})");
    row("a planted fingerprint is escaped", "", R"({"id":"1","a":"secret:0123abcd:0123456789abcdef01234567"})",
        R"({"a":"literal:secret:0123abcd:0123456789abcdef01234567","id":"1"})");
    row("a lone surrogate stays an escape", "", R"({"id":"1","a":"x\ud800y\u0001\"\\"})", R"({"a":"x\ud800y\u0001\"\\","id":"1"})");
    row("an escaped member name", "", R"({"id":"1","a\n\"b":1})", R"({"a\n\"b":1,"id":"1"})");
}

void TestNormaliser::generalRules()
{
    QFETCH(QByteArray, rules);
    QFETCH(QByteArray, entity);
    QFETCH(QByteArray, text);
    QFETCH(QByteArray, signal);
    const auto catalogue
        = Catalogue::Catalogue::load({{QStringLiteral("t"), "[[domain]]\nname = 't'\npath = '/api/v2/t'\n" + rules + '\n'}});
    QVERIFY2(catalogue.has_value(), qPrintable(catalogue ? QString() : catalogue.error().detail));
    const auto result = normalised(catalogue->domains().first(), entity);
    QVERIFY2(result.has_value(), qPrintable(result ? QString() : result.error().detail));
    QCOMPARE(compact(result->text), text);
    QCOMPARE(result->signal, signal);
}

void TestNormaliser::quarantine_data()
{
    QTest::addColumn<QByteArray>("entity");
    QTest::addColumn<QString>("where");
    QTest::newRow("no id") << QByteArray(R"({"name":"x"})") << QStringLiteral("/id");
    QTest::newRow("an empty id") << QByteArray(R"({"id":""})") << QStringLiteral("/id");
    QTest::newRow("an id that is an object") << QByteArray(R"({"id":{}})") << QStringLiteral("/id");
    QTest::newRow("no object at all") << QByteArray("[1]") << QStringLiteral("/id");
    QTest::newRow("duplicate names") << QByteArray(R"({"id":"1","a":{"b":1,"b":2}})") << QStringLiteral("/a/b");
    QTest::newRow("a duplicate id") << QByteArray(R"({"id":"1","id":"2"})") << QStringLiteral("/id");
    QTest::newRow("duplicate names in what is dropped")
        << QByteArray(R"({"id":"1","presence":[{"b":1,"b":2}]})") << QStringLiteral("/presence/0/b");
    QTest::newRow("duplicate names in a reference")
        << QByteArray(R"({"id":"1","division":{"id":"d","name":1,"name":2}})") << QStringLiteral("/division/name");
    QTest::newRow("duplicate names inside a reference's member")
        << QByteArray(R"({"id":"1","division":{"id":"d","x":{"y":1,"y":2}}})") << QStringLiteral("/division/x/y");
    QTest::newRow("duplicate names in a signal") << QByteArray(R"({"id":"1","version":{"b":1,"b":2}})") << QStringLiteral("/version/b");
    const auto deep = [](const char *member, qsizetype depth) -> QByteArray { // named: a string builder would dangle
        return QByteArray("{\"id\":\"1\",\"") + member + "\":" + QByteArray(depth, '[') + QByteArray(depth, ']') + '}';
    };
    QTest::newRow("129 levels") << deep("a", 128) << QString();
    QTest::newRow("10,000 levels") << deep("a", 10'000) << QString();
    QTest::newRow("500,000 levels in what is dropped") << deep("presence", 500'000) << QString();
}

void TestNormaliser::quarantine()
{
    QFETCH(QByteArray, entity);
    QFETCH(QString, where);
    Normaliser normaliser(builtIn("users"), redactor());
    const Json::Document document = page(entity);
    const auto result = normaliser.normalise(document.root());
    QVERIFY(!result.has_value());
    QCOMPARE(result.error().code, ErrorCode::MalformedJson);
    if (!where.isEmpty())
        QCOMPARE(result.error().where, where);
    // The neighbour is read as if nothing had been.
    const Json::Document next = page(R"({"id":"2","a":[1],"division":{"name":"n","id":"d"}})");
    const auto fine = normaliser.normalise(next.root());
    QVERIFY(fine.has_value());
    QCOMPARE(compact(fine->text), QByteArray(R"({"a":[1],"division":{"id":"d"},"id":"2"})"));
}

void TestNormaliser::canonicalAsTheJsonRoomWrites()
{
    const DomainRules rules = Catalogue::Catalogue::generic(QStringLiteral("x"));
    const QByteArray text
        = R"({"id":"1","b":{"z":[],"y":{},"x":[[1,[2]],{"k":"v"}]},"a":[true,false,null,"\u00e9\ud83d\ude00\t\u0000 0123456789012345678901234567890123456789\n"],"")"
          R"(:1,"a very long member name that does not fit into one block":"x","0123456789abcdef":1,"0123456789abcdefg":2})";
    const Json::Document document = page(text);
    const auto result = Normaliser(rules, redactor()).normalise(document.root());
    QVERIFY(result.has_value());
    QCOMPARE(result->text, Json::canonicalText(document.root()));
    QByteArray deep = R"({"id":"1","a":)" + QByteArray(127, '[') + "\"x\"" + QByteArray(127, ']') + '}';
    const Json::Document nested = page(deep);
    const auto nestedResult = Normaliser(rules, redactor()).normalise(nested.root());
    QVERIFY(nestedResult.has_value());
    QCOMPARE(nestedResult->text, Json::canonicalText(nested.root()));
}

void TestNormaliser::hashesAreOfTheText()
{
    const auto result = normalised(builtIn("skills"), R"({"id":"s1","name":"Refunds","state":"active"})");
    QVERIFY(result.has_value());
    QCOMPARE(result->id, QStringLiteral("s1"));
    QCOMPARE(result->name, QStringLiteral("Refunds"));
    QCOMPARE(result->sha256, sha256(view(result->text)));
    QCOMPARE(result->blobId, gitBlobId(view(result->text)));
    // printf '{\n  "id": "s1",\n  "name": "Refunds",\n  "state": "active"\n}\n' | git hash-object --stdin
    QCOMPARE(result->blobId.toHex(), QByteArray("6573319d0d6519fda52bc8ee9760a8aab81e6b7e"));
    QCOMPARE(result->redactions, 0);
}

void TestNormaliser::settingsObjectsHaveNoId()
{
    const auto result = normalised(builtIn("org_auth_settings"), R"({"multifactorAuthenticationRequired":true})");
    QVERIFY(result.has_value());
    QVERIFY(result->id.isEmpty());
    QCOMPARE(compact(result->text), QByteArray(R"({"multifactorAuthenticationRequired":true})"));
    const Json::Document document = page(R"({"id":"inner","members":[]})");
    const auto given = Normaliser(builtIn("group_members"), redactor()).normalise(document.root(), QStringLiteral("outer"));
    QVERIFY(given.has_value());
    QCOMPARE(given->id, QStringLiteral("outer"));
    QVERIFY(!Normaliser(builtIn("group_members"), redactor()).normalise(Json::Value(), QStringLiteral("x")).has_value());
}

void TestNormaliser::memberAndElementOrderDoNotMatter()
{
    const auto one = normalised(
        builtIn("users"),
        R"({"id":"u","skills":[{"id":"1","proficiency":1},{"id":"2"}],"profileSkills":["b","a"],"addresses":[{"mediaType":"PHONE","type":"WORK"},{"mediaType":"EMAIL","type":"WORK"}]})");
    const auto two = normalised(
        builtIn("users"),
        R"({"addresses":[{"type":"WORK","mediaType":"EMAIL"},{"mediaType":"PHONE","type":"WORK"}],"profileSkills":["a","b"],"skills":[{"id":"2"},{"proficiency":1,"id":"1"}],"id":"u"})");
    QVERIFY(one.has_value() && two.has_value());
    QCOMPARE(one->text, two->text);
    QCOMPARE(one->blobId, two->blobId);
}

void TestNormaliser::contentSecretsAreReplacedEverywhere()
{
    const QByteArray token = QByteArray("gh") + "p_" + "0123456789abcdefghijABCDEFGHIJ012345";
    const QByteArray fingerprint = print(token.constData());
    const auto result = normalised(Catalogue::Catalogue::generic(QStringLiteral("x")),
                                   R"({"id":"i-)" + token + R"(","name":"n )" + token + R"(","headers":{"X )" + token + R"(":["a","Bearer )"
                                       + token + R"("]},"plain":"x"})");
    QVERIFY(result.has_value());
    QVERIFY(!result->text.contains(token));
    QVERIFY(!result->name.contains(QString::fromLatin1(token)));
    QCOMPARE(result->id, QString::fromLatin1("i-" + fingerprint));
    QCOMPARE(result->redactions, 4);
    QCOMPARE(compact(result->text),
             R"({"headers":{"X )" + fingerprint + R"(":["a","Bearer )" + fingerprint + R"("]},"id":"i-)" + fingerprint + R"(","name":"n )"
                 + fingerprint + R"(","plain":"x"})");
}

void TestNormaliser::signalsHideNoSecret()
{
    const auto catalogue = Catalogue::Catalogue::load(
        {{QStringLiteral("t"),
          "[[domain]]\nname = 't'\npath = '/api/v2/t'\nsignals = ['by', 'clientSecret', 'x/*']\nsecrets = ['x/s']\ndropped = ['gone']\n"}});
    QVERIFY(catalogue.has_value());
    const auto result
        = normalised(catalogue->domains().first(),
                     R"({"id":"1","by":{"password":"p","note":"amqp://u:pw@h"},"clientSecret":"c","gone":"amqp://u:pw@h","x":{"s":"v"}})");
    QVERIFY(result.has_value());
    QCOMPARE(compact(result->text), QByteArray(R"({"id":"1","x":{}})"));
    QCOMPARE(result->signal,
             R"({"by":{"note":"amqp://u:)" + print("pw") + R"(@h","password":")" + print("p") + R"("},"clientSecret":")" + print("c")
                 + R"(","id":"1","x/s":")" + print("v") + R"("})");
    QCOMPARE(result->redactions, 4);
}

void TestNormaliser::timesLastSeen_data()
{
    QTest::addColumn<QByteArray>("seen"); // as it came
    QTest::addColumn<QDate>("asOf");
    QTest::addColumn<QByteArray>("signal");
    const QDate day(2026, 10, 31);
    QTest::newRow("this morning") << QByteArray(R"("2026-10-31T05:59:00Z")") << day << QByteArray(R"({"at":"recent","id":"1"})");
    QTest::newRow("thirty days ago") << QByteArray(R"("2026-10-01T00:00:00Z")") << day << QByteArray(R"({"at":"recent","id":"1"})");
    QTest::newRow("thirty-one days ago: by day")
        << QByteArray(R"("2026-09-30T23:59:59.999Z")") << day << QByteArray(R"({"at":"2026-09-30","id":"1"})");
    QTest::newRow("the day is the one in UTC") << QByteArray(R"("2026-09-01T01:00:00+02:00")") << day
                                               << QByteArray(R"({"at":"2026-08-31","id":"1"})");
    QTest::newRow("ahead of us") << QByteArray(R"("2027-01-01T00:00:00Z")") << day << QByteArray(R"({"at":"recent","id":"1"})");
    QTest::newRow("nobody says when that is") << QByteArray(R"("2026-10-31T05:59:00Z")") << QDate()
                                              << QByteArray(R"({"at":"2026-10-31","id":"1"})");
    QTest::newRow("never") << QByteArray("null") << day << QByteArray();
    QTest::newRow("no time") << QByteArray(R"("soon")") << day << QByteArray();
    QTest::newRow("a number") << QByteArray("1767225600000") << day << QByteArray();
    QTest::newRow("an object") << QByteArray(R"({"a":"2026-01-01"})") << day << QByteArray();
    QTest::newRow("monstrous") << QByteArray('"' + QByteArray(100'000, '2') + '"') << day << QByteArray();
}

void TestNormaliser::timesLastSeen()
{
    QFETCH(QByteArray, seen);
    QFETCH(QDate, asOf);
    const auto rules = [](const QByteArray &more) {
        return *Catalogue::Catalogue::load(
            {{QStringLiteral("t"), "[[domain]]\nname = 't'\npath = '/api/v2/t'\nlastSeen = ['at']\n" + more}});
    };
    const Json::Document document = page(R"({"id":"1","at":)" + seen + R"(,"b":1})");
    const auto catalogue = rules({});
    const auto result = Normaliser(catalogue.domains().first(), redactor(), asOf).normalise(document.root());
    QVERIFY(result.has_value());
    QCOMPARE(compact(result->text), QByteArray(R"({"b":1,"id":"1"})"));
    QTEST(result->signal, "signal");
    const auto whole = rules("signals = ['at']\n"); // who wants all of it says so
    const auto asItCame = Normaliser(whole.domains().first(), redactor(), asOf).normalise(document.root());
    QVERIFY(asItCame.has_value());
    QCOMPARE(asItCame->signal, R"({"at":)" + seen + R"(,"id":"1"})");
}

void TestNormaliser::aHugeStringIsKept()
{
    QByteArray huge(5 * 1024 * 1024, 'x');
    huge[1'000'000] = '\x7F';
    const auto result = normalised(Catalogue::Catalogue::generic(QStringLiteral("x")), "{\"id\":\"1\",\"a\":\"" + huge + "\\u0001\"}");
    QVERIFY(result.has_value());
    QCOMPARE(result->text, QByteArray("{\n  \"a\": \"" + huge + "\\u0001\",\n  \"id\": \"1\"\n}\n"));
    const auto escaped = normalised(Catalogue::Catalogue::generic(QStringLiteral("x")),
                                    "{\"id\":\"1\",\"a\":\"" + QByteArray("\\u0001").repeated(200'000) + "\"}");
    QVERIFY(escaped.has_value());
    QCOMPARE(escaped->text.size(), 200'000 * 6 + 27);
}

void TestNormaliser::changingShapesAreFollowed()
{
    // More shapes of one place than are remembered, nested in themselves, so that one in use is replaced.
    const DomainRules rules = Catalogue::Catalogue::generic(QStringLiteral("x"));
    QByteArray inner = "{}";
    for (int i = 0; i < 60; ++i)
        inner = "{\"z\":1,\"k" + QByteArray::number(i) + "\":[" + inner + ",{\"m" + QByteArray::number(i) + "\":" + inner.left(0)
            + "2,\"a\":1}],\"a\":0}";
    const Json::Document document = page("{\"x\":" + inner + ",\"id\":\"1\"}");
    const auto result = Normaliser(rules, redactor()).normalise(document.root());
    QVERIFY(result.has_value());
    QCOMPARE(result->text, Json::canonicalText(document.root()));
    QByteArray wide = "{\"id\":\"1\"";
    for (int i = 0; i < 2000; ++i)
        wide += ",\"m" + QByteArray::number(i * 7919 % 2000) + "\":{\"b\":1,\"a\":2}";
    const Json::Document large = page(wide + '}');
    const auto wideResult = Normaliser(rules, redactor()).normalise(large.root());
    QVERIFY(wideResult.has_value());
    QCOMPARE(wideResult->text, Json::canonicalText(large.root()));
    // Few, but with so many members together that the outer ones go while they are in use.
    QByteArray heavy = "{}";
    for (int i = 0; i < 20; ++i) {
        QByteArray object = "{\"z\":" + heavy;
        for (int k = 0; k < 400; ++k)
            object += ",\"m" + QByteArray::number((k * 7 + i) % 401) + '_' + QByteArray::number(i) + "\":1";
        heavy = object + '}';
    }
    const Json::Document heavyDocument = page("{\"x\":" + heavy + ",\"id\":\"1\"}");
    const auto heavyResult = Normaliser(rules, redactor()).normalise(heavyDocument.root());
    QVERIFY(heavyResult.has_value());
    QCOMPARE(heavyResult->text, Json::canonicalText(heavyDocument.root()));
}

void TestNormaliser::whatWasSeenBeforeChangesNothing()
{
    // One from the pool meets 200 shapes and broken entities in between; a new one each time says the same.
    Catalogue::NormaliserPool pool(builtIn("users"), redactor());
    const Normaliser *first = nullptr;
    for (int i = 0; i < 200; ++i) {
        QByteArray text = "{\"id\":\"" + QByteArray::number(i) + '"';
        for (int bit = 0; bit < 8; ++bit) {
            if (i >> bit & 1)
                text += ",\"b" + QByteArray::number(bit) + "\":{\"password\":\"p" + QByteArray::number(i) + "\",\"version\":1}";
        }
        text += i % 7 == 3 ? ",\"id\":\"again\"}" : ",\"version\":2,\"addresses\":[3,1,2]}";
        const Json::Document document = page(text);
        const Catalogue::NormaliserPool::Loan loan = pool.take();
        first = first ? first : loan.get();
        QCOMPARE(loan.get(), first); // it is the same one all the time
        const auto known = loan->normalise(document.root());
        const auto anew = Normaliser(builtIn("users"), redactor()).normalise(document.root());
        QCOMPARE(known.has_value(), anew.has_value());
        QCOMPARE(known.has_value(), i % 7 != 3);
        if (known) {
            QCOMPARE(known->text, anew->text);
            QCOMPARE(known->signal, anew->signal);
            QCOMPARE(known->redactions, anew->redactions);
        }
    }
    const Catalogue::NormaliserPool::Loan one = pool.take(), other = pool.take();
    QVERIFY(one.get() != other.get());
}

void TestNormaliser::oneNormaliserServesManyEntities()
{
    Normaliser normaliser(builtIn("users"), redactor());
    for (int i = 0; i < 200; ++i) {
        const QByteArray number = QByteArray::number(i);
        const Json::Document document = page("{\"name\":\"n" + number + "\",\"id\":\"" + number + "\""
                                             + (i % 3 ? QByteArray() : QByteArray(",\"email\":\"x\"")) + ",\"version\":" + number + '}');
        const auto result = normaliser.normalise(document.root());
        QVERIFY(result.has_value());
        QCOMPARE(result->id, QString::fromLatin1(number));
        QCOMPARE(compact(result->text),
                 QByteArray(i % 3 ? "{" : "{\"email\":\"x\",") + "\"id\":\"" + number + "\",\"name\":\"n" + number + "\"}");
        QCOMPARE(result->signal, QByteArray("{\"id\":\"" + number + "\",\"version\":" + number + '}'));
    }
}

QTEST_GUILESS_MAIN(TestNormaliser)
#include "tst_normaliser.moc"
