#include "catalogue/catalogue.h"

#include <QTest>

using namespace Orgtrace;
using Orgtrace::Catalogue::DomainRules;
using Orgtrace::Catalogue::Paging;
using Catalogues = Orgtrace::Catalogue::Catalogue;

namespace {
Result<Catalogues> loaded(const QByteArray &toml)
{
    return Catalogues::load({{QStringLiteral("mine.toml"), toml}});
}
} // namespace

class TestCatalogue : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void builtInDomains_data();
    void builtInDomains();
    void parentsComeFirst();
    void jsonGoesThereAndBack();
    void badJson_data();
    void badJson();
    void theHashSpeaksOfEvidenceOnly_data();
    void theHashSpeaksOfEvidenceOnly();
    void laterFilesReplaceSingleKeys();
    void mistakes_data();
    void mistakes();
    void genericDomains();
    void selection();
};

void TestCatalogue::builtInDomains_data()
{
    QTest::addColumn<QString>("domain");
    QTest::addColumn<QByteArray>("path");
    QTest::addColumn<int>("paging");
    const auto row = [](const char *name, const char *path, Paging paging) {
        QTest::addRow("%s is read from %s", name, path) << QString::fromLatin1(name) << QByteArray(path) << static_cast<int>(paging);
    };
    row("organization", "/api/v2/organizations/me", Paging::Single);
    row("users", "/api/v2/users", Paging::PageNumber);
    row("teams", "/api/v2/teams", Paging::After);
    row("team_members", "/api/v2/teams/{id}/members", Paging::After);
    row("queue_members", "/api/v2/routing/queues/{id}/members", Paging::PageNumberNoTotal);
    row("grants", "/api/v2/authorization/roles/{id}/subjectgrants", Paging::PageNumber);
    row("oauth_clients", "/api/v2/oauth/clients", Paging::Unpaged);
    row("process_automation_triggers", "/api/v2/processautomation/triggers", Paging::After);
    row("org_auth_settings", "/api/v2/organizations/authentication/settings", Paging::Single);
}

void TestCatalogue::builtInDomains()
{
    QFETCH(QString, domain);
    QFETCH(QByteArray, path);
    QFETCH(int, paging);
    const auto catalogue = Catalogues::builtIn();
    QVERIFY(catalogue.has_value());
    const DomainRules *rules = catalogue->find(domain);
    QVERIFY(rules);
    QCOMPARE(rules->path, path);
    QCOMPARE(static_cast<int>(rules->paging), paging);
}

void TestCatalogue::parentsComeFirst()
{
    const auto catalogue = loaded(R"(
[[domain]]
name = "c"
path = "/api/v2/b/{id}/c"
sub = { parent = "b", shape = "items", into = "cs" }
[[domain]]
name = "b"
path = "/api/v2/a/{id}/b"
sub = { parent = "a", shape = "items", into = "bs" }
[[domain]]
name = "x"
path = "/api/v2/x"
[[domain]]
name = "a"
path = "/api/v2/a"
)");
    QVERIFY(catalogue.has_value());
    QStringList names;
    for (const DomainRules &rules : catalogue->domains())
        names.append(rules.name);
    QCOMPARE(names, (QStringList{QStringLiteral("x"), QStringLiteral("a"), QStringLiteral("b"), QStringLiteral("c")}));
}

void TestCatalogue::jsonGoesThereAndBack()
{
    const auto catalogue = Catalogues::builtIn();
    QVERIFY(catalogue.has_value());
    const QByteArray json = catalogue->toJson();
    const auto back = Catalogues::fromJson(json);
    QVERIFY2(back.has_value(), qPrintable(back ? QString() : back.error().detail));
    QCOMPARE(back->toJson(), json);
    QCOMPARE(back->domains().size(), catalogue->domains().size());
    for (qsizetype i = 0; i < back->domains().size(); ++i) {
        QCOMPARE(back->domains()[i].name, catalogue->domains()[i].name);
        QCOMPARE(back->domains()[i].hash(), catalogue->domains()[i].hash());
        QCOMPARE(back->domains()[i].query, catalogue->domains()[i].query);
    }
}

void TestCatalogue::badJson_data()
{
    QTest::addColumn<QByteArray>("json");
    QTest::addColumn<int>("code");
    QTest::newRow("no JSON") << QByteArray("{") << static_cast<int>(ErrorCode::MalformedJson);
    QTest::newRow("no catalogue") << QByteArray("{}") << static_cast<int>(ErrorCode::BadInput);
    QTest::newRow("a newer version") << QByteArray(R"({"schema_version":2,"domains":[]})") << static_cast<int>(ErrorCode::NewerFormat);
    QTest::newRow("a domain without a name") << QByteArray(R"({"schema_version":1,"domains":[{}]})")
                                             << static_cast<int>(ErrorCode::BadInput);
    QTest::newRow("an unknown paging style") << QByteArray(R"({"schema_version":1,"domains":[{"name":"a","paging":"x"}]})")
                                             << static_cast<int>(ErrorCode::BadInput);
    QTest::newRow("a domain twice") << QByteArray(R"({"schema_version":1,"domains":[{"name":"a"},{"name":"a"}]})")
                                    << static_cast<int>(ErrorCode::BadInput);
}

void TestCatalogue::badJson()
{
    QFETCH(QByteArray, json);
    QFETCH(int, code);
    const auto catalogue = Catalogues::fromJson(json);
    QVERIFY(!catalogue.has_value());
    QCOMPARE(static_cast<int>(catalogue.error().code), code);
}

void TestCatalogue::theHashSpeaksOfEvidenceOnly_data()
{
    QTest::addColumn<QByteArray>("toml");
    QTest::addColumn<bool>("same");
    QTest::newRow("another title") << QByteArray("title = \"Other\"") << true;
    QTest::newRow("another page size") << QByteArray("pageSize = 7") << true;
    QTest::newRow("another way to read a large one") << QByteArray("largeAbove = 10\nlargePath = \"/api/v2/a/query\"") << true;
    QTest::newRow("other permissions") << QByteArray("permissionsAny = [\"a:b:c\"]") << true;
    QTest::newRow("patterns in another order") << QByteArray("dropped = [\"b\", \"a\"]") << true;
    QTest::newRow("a pattern more") << QByteArray("dropped = [\"a\", \"b\", \"c\"]") << false;
    QTest::newRow("an identity") << QByteArray("identities = { \"x\" = \"id\" }") << false;
    QTest::newRow("another lineage") << QByteArray("lineage = \"name\"") << false;
}

void TestCatalogue::theHashSpeaksOfEvidenceOnly()
{
    QFETCH(QByteArray, toml);
    QFETCH(bool, same);
    const QByteArray start = "[[domain]]\nname = \"a\"\npath = \"/api/v2/a\"\n";
    const auto one = loaded(start + "dropped = [\"a\", \"b\"]\n");
    const auto two = Catalogues::load(
        {{QStringLiteral("1"), start + "dropped = [\"a\", \"b\"]\n"}, {QStringLiteral("2"), "[[domain]]\nname = \"a\"\n" + toml + '\n'}});
    QVERIFY(one.has_value());
    QVERIFY(two.has_value());
    QCOMPARE(one->domains().first().hash() == two->domains().first().hash(), same);
    QCOMPARE(one->domains().first().hash().size(), 64);
}

void TestCatalogue::laterFilesReplaceSingleKeys()
{
    const auto catalogue = Catalogues::load(
        {{QStringLiteral("1.toml"),
          "[[domain]]\nname = \"a\"\npath = \"/api/v2/a\"\ndropped = [\"x\"]\nquery = [\"state=any\", \"filter=a=b\"]\n"},
         {QStringLiteral("2.toml"), "[[domain]]\nname = \"a\"\ndropped = [\"y\"]\n[[domain]]\nname = \"b\"\npath = \"/api/v2/b\"\n"}});
    QVERIFY(catalogue.has_value());
    const DomainRules *rules = catalogue->find(QStringLiteral("a"));
    QVERIFY(rules);
    QCOMPARE(rules->path, QByteArray("/api/v2/a"));
    QCOMPARE(rules->dropped, QStringList{QStringLiteral("y")});
    QCOMPARE(rules->query.size(), 2);
    QCOMPARE(rules->query[1].second, QStringLiteral("a=b"));
    QCOMPARE(rules->title, QStringLiteral("a"));
    QVERIFY(catalogue->find(QStringLiteral("b")));
}

void TestCatalogue::mistakes_data()
{
    QTest::addColumn<QByteArray>("toml");
    QTest::addColumn<int>("line");
    QTest::addColumn<QString>("says");
    const auto row = [](const char *name, const char *toml, int line, const char *says) {
        QTest::newRow(name) << QByteArray(toml) << line << QString::fromUtf8(says);
    };
    row("a misspelt key is told its right name", "[[domain]]\nname = \"a\"\npath = \"/api/v2/a\"\ndroped = []\n", 4,
        "no key \"droped\"; did you mean \"dropped\"?");
    row("a strange key is told the allowed ones", "[[domain]]\nname = \"a\"\npath = \"/api/v2/a\"\nzzzzzzzzzz = 1\n", 4,
        "keys are: name, title, group");
    row("a strange table", "[[domains]]\nname = \"a\"\n", 1, "did you mean \"domain\"?");
    row("one bracket", "[domain]\nname = \"a\"\n", 1, "[[domain]], with two brackets");
    row("not TOML", "[[domain]]\nname = \"a\n", 2, "not TOML");
    row("no name", "\n[[domain]]\npath = \"/api/v2/a\"\n", 2, "needs a name");
    row("a name in capitals", "[[domain]]\nname = \"Users\"\npath = \"/api/v2/a\"\n", 1, "no domain name");
    row("a name that walks away", "[[domain]]\nname = \"../x\"\npath = \"/api/v2/a\"\n", 1, "no domain name");
    row("a list that is a text", "[[domain]]\nname = \"a\"\npath = \"/api/v2/a\"\ndropped = \"x\"\n", 4, "write dropped = [");
    row("a list of numbers", "[[domain]]\nname = \"a\"\npath = \"/api/v2/a\"\ndropped = [1]\n", 4, "put it into quotes");
    row("a pattern twice", "[[domain]]\nname = \"a\"\npath = \"/api/v2/a\"\ndropped = [\"x\", \"x\"]\n", 4, "twice");
    row("a text that is a number", "[[domain]]\nname = \"a\"\npath = 1\n", 3, "path is a text");
    row("a number that is a text", "[[domain]]\nname = \"a\"\npath = \"/api/v2/a\"\npageSize = \"1\"\n", 4, "whole number");
    row("a page size of nothing", "[[domain]]\nname = \"a\"\npath = \"/api/v2/a\"\npageSize = 0\n", 1, "pageSize 0");
    row("a large listing without its path", "[[domain]]\nname = \"a\"\npath = \"/api/v2/a\"\nlargeAbove = 5\n", 1, "go together");
    row("a large listing that begins at nothing",
        "[[domain]]\nname = \"a\"\npath = \"/api/v2/a\"\nlargeAbove = 0\nlargePath = \"/api/v2/b\"\n", 1, "above 0");
    row("a large listing off the API", "[[domain]]\nname = \"a\"\npath = \"/api/v2/a\"\nlargeAbove = 5\nlargePath = \"/oauth/token\"\n", 1,
        "largePath: path");
    row("a large listing of another style",
        "[[domain]]\nname = \"a\"\npath = \"/api/v2/a\"\npaging = \"after\"\nlargeAbove = 5\nlargePath = \"/api/v2/b\"\n", 1,
        "paging = \"page\"");
    row("a size that is a text", "[[domain]]\nname = \"a\"\npath = \"/api/v2/a\"\nlargeAbove = \"many\"\n", 4, "whole number");
    row("a paging style nobody has", "[[domain]]\nname = \"a\"\npath = \"/api/v2/a\"\npaging = \"pages\"\n", 4,
        "not one of: page, page-no-total, after");
    row("a parameter without a value", "[[domain]]\nname = \"a\"\npath = \"/api/v2/a\"\nquery = [\"state\"]\n", 4, "name=value");
    row("a parameter inside the path", "[[domain]]\nname = \"a\"\npath = \"/api/v2/a?x=1\"\n", 1, "parameters go into query");
    row("a path off the API", "[[domain]]\nname = \"a\"\npath = \"/oauth/token\"\n", 1, "/api/v2/");
    row("no path at all", "[[domain]]\nname = \"a\"\n", 1, "/api/v2/");
    row("half a wildcard", "[[domain]]\nname = \"a\"\npath = \"/api/v2/a\"\ndropped = [\"*Uri\"]\n", 1, "stands for a whole name");
    row("a pattern with a slash in front", "[[domain]]\nname = \"a\"\npath = \"/api/v2/a\"\ndropped = [\"/x\"]\n", 1, "empty name");
    row("an identity of nothing", "[[domain]]\nname = \"a\"\npath = \"/api/v2/a\"\nidentities = { \"x\" = \"\" }\n", 1, "names no member");
    row("no identity of a listing", "[[domain]]\nname = \"a\"\npath = \"/api/v2/a\"\nidentity = \"\"\n", 1, "settings object");
    row("an id without a parent", "[[domain]]\nname = \"a\"\npath = \"/api/v2/a/{id}\"\n", 1, "say whose");
    row("a parent without an id",
        "[[domain]]\nname = \"a\"\npath = \"/api/v2/a\"\n[domain.sub]\nparent = \"b\"\nshape = \"items\"\ninto = \"x\"\n", 1,
        "exactly once");
    row("a parent nobody declared",
        "[[domain]]\nname = \"a\"\npath = \"/api/v2/{id}/a\"\n[domain.sub]\nparent = \"b\"\nshape = \"items\"\ninto = \"x\"\n", 1,
        "\"b\" is no domain");
    row("a parent of its own",
        "[[domain]]\nname = \"a\"\npath = \"/api/v2/{id}/a\"\n[domain.sub]\nparent = \"a\"\nshape = \"items\"\ninto = \"x\"\n", 1,
        "circle");
    row("a shape nobody knows",
        "[[domain]]\nname = \"a\"\npath = \"/api/v2/{id}/a\"\n[domain.sub]\nparent = \"b\"\nshape = \"list\"\ninto = \"x\"\n", 1,
        "items, pivot");
    row("a pivot without its key",
        "[[domain]]\nname = \"a\"\npath = \"/api/v2/{id}/a\"\n[domain.sub]\nparent = \"b\"\nshape = \"pivot\"\ninto = \"x\"\n", 1,
        "parentKey");
    row("a misspelt key of a sub-resource", "[[domain]]\nname = \"a\"\npath = \"/api/v2/{id}/a\"\n[domain.sub]\nparnet = \"b\"\n", 5,
        "did you mean \"parent\"?");
    row("the same domain twice in a file", "[[domain]]\nname = \"a\"\npath = \"/api/v2/a\"\n[[domain]]\nname = \"a\"\n", 5,
        "declared twice");
}

void TestCatalogue::mistakes()
{
    QFETCH(QByteArray, toml);
    QFETCH(int, line);
    QFETCH(QString, says);
    const auto catalogue = loaded(toml);
    QVERIFY(!catalogue.has_value());
    QCOMPARE(catalogue.error().code, ErrorCode::BadInput);
    QVERIFY2(catalogue.error().detail.contains(says), qPrintable(catalogue.error().detail));
    QCOMPARE(catalogue.error().where, QStringLiteral("mine.toml:%1").arg(line));
}

void TestCatalogue::genericDomains()
{
    const DomainRules rules = Catalogues::generic(QStringLiteral("anything"));
    QCOMPARE(rules.name, QStringLiteral("anything"));
    QCOMPARE(rules.identity, QStringLiteral("id"));
    QCOMPARE(rules.dropped, QStringList{QStringLiteral("**/selfUri")});
    Catalogues catalogue;
    catalogue.add(rules);
    catalogue.add(rules);
    QCOMPARE(catalogue.domains().size(), 1);
    QVERIFY(!catalogue.find(QStringLiteral("other")));
    QVERIFY(Catalogues::fromJson(catalogue.toJson()).has_value());
}

void TestCatalogue::selection()
{
    const auto catalogue = Catalogues::builtIn();
    const Catalogues some = catalogue->restrictedTo({QStringLiteral("skills"), QStringLiteral("users"), QStringLiteral("nothing")});
    QCOMPARE(some.domains().size(), 2);
    QCOMPARE(some.domains().first().name, QStringLiteral("users"));
    QVERIFY(some.find(QStringLiteral("skills")));
}

QTEST_GUILESS_MAIN(TestCatalogue)
#include "tst_catalogue.moc"
