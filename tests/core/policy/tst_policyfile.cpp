#include "policy/contextreader.h"
#include "policy/pathmatch.h"
#include "policy/policy.h"

#include <QTest>

using namespace Orgtrace;
using namespace Orgtrace::Policy;

class TestPolicyFile : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void builtInLoads();
    void mistakes_data();
    void mistakes();
    void paths_data();
    void paths();
    void globs_data();
    void globs();
    void permissions_data();
    void permissions();
    void severities();
};

void TestPolicyFile::builtInLoads()
{
    const auto policy = Policy::Policy::builtIn();
    QVERIFY2(policy.has_value(), policy ? "" : qPrintable(policy.error().detail + u' ' + policy.error().where));
    QCOMPARE(policy->name(), QStringLiteral("default.toml"));
}

void TestPolicyFile::mistakes_data()
{
    QTest::addColumn<QByteArray>("toml");
    QTest::addColumn<QString>("where");
    QTest::addColumn<QString>("says"); // part of the detail: the mistake and the cure
    const auto row = [](const char *name, const char *toml, int line, const char *says) {
        QTest::newRow(name) << QByteArray(toml) << QStringLiteral("mine.toml:%1").arg(line) << QString::fromUtf8(says);
    };
    const auto rule = [](const char *extra) {
        static QList<QByteArray> kept;
        kept.append(QByteArray("version = 1\n[[rule]]\nid = \"r\"\ntitle = \"T\"\nseverity = \"low\"\ndomains = [\"*\"]\n") + extra);
        return kept.last().constData();
    };
    row("no TOML at all", "version = 1\n[[rule\n", 2, "no valid TOML");
    row("no version", "[[rule]]\nid=\"a\"\n", 1, "begin the file with version = 1");
    row("a version of tomorrow", "version = 2\n", 1, "reads version = 1");
    row("no rule", "version = 1\n", 1, "add at least one [[rule]]");
    row("a rule with one bracket", "version = 1\n[rule]\nid = \"a\"\n", 2, "two brackets");
    row("an unknown severity word", "version = 1\n[[rule]]\nid = \"r\"\ntitle = \"T\"\nseverity = \"hgih\"\ndomains = [\"*\"]\n", 5,
        "rule \"r\": there is no severity \"hgih\"; use low, medium, high or critical");
    row("a severity in capitals is unknown, too",
        "version = 1\n[[rule]]\nid = \"r\"\ntitle = \"T\"\nseverity = \"High\"\ndomains = [\"*\"]\n", 5, "\"High\"");
    row("a rule without id", "version = 1\n[[rule]]\ntitle = \"T\"\nseverity = \"low\"\ndomains = [\"*\"]\n", 2, "id is missing");
    row("a rule without title", "version = 1\n[[rule]]\nid = \"r\"\nseverity = \"low\"\ndomains = [\"*\"]\n", 2, "title is missing");
    row("a rule without domains", "version = 1\n[[rule]]\nid = \"r\"\ntitle = \"T\"\nseverity = \"low\"\n", 2, "domains is missing");
    row("an empty list", rule("paths = []\n"), 7, "paths is empty");
    row("a list that is none", rule("paths = \"a\"\n"), 7, "paths must be a list");
    row("a list of numbers", rule("paths = [1]\n"), 7, "texts in quotes");
    row("an unknown kind", rule("kinds = [\"changed\"]\n"), 7, "use added, removed, modified");
    row("an unknown field kind", rule("field-kinds = [\"x\"]\n"), 7, "use added, removed, modified, moved, type");
    row("a flag that is no flag", rule("secret = \"yes\"\n"), 7, "secret must be true or false");
    row("a key nobody knows", rule("path = [\"a\"]\n"), 7, "\"path\" is no setting here; known are");
    row("the same id twice", rule("[[rule]]\nid = \"r\"\ntitle = \"T\"\nseverity = \"low\"\ndomains = [\"*\"]\n"), 7, "give it another id");
    row("a permission of two parts", "version = 1\n[admin-roles]\npermissions = [\"a:b\"]\n", 3, "write domain:entity:action");
    row("an unknown section key", "version = 1\n[admin-roles]\nname = [\"a\"]\n", 3, "known are names, permissions");
    row("a section that is none", "version = 1\nadmin-roles = 3\n", 2, "must be a section");
}

void TestPolicyFile::mistakes()
{
    QFETCH(QByteArray, toml);
    const auto policy = Policy::Policy::load(toml, QStringLiteral("mine.toml"));
    QVERIFY(!policy.has_value());
    QCOMPARE(policy.error().code, ErrorCode::BadInput);
    QTEST(policy.error().where, "where");
    QFETCH(QString, says);
    QVERIFY2(policy.error().detail.contains(says), qPrintable(policy.error().detail));
}

void TestPolicyFile::paths_data()
{
    QTest::addColumn<QString>("pattern");
    QTest::addColumn<QString>("path");
    QTest::addColumn<bool>("covers");
    QTest::addColumn<bool>("inside");
    const auto row = [](const char *name, const char *pattern, const char *path, bool covers, bool inside) {
        QTest::newRow(name) << QString::fromLatin1(pattern) << QString::fromLatin1(path) << covers << inside;
    };
    row("the setting itself", "a/b", "/a/b", true, false);
    row("what is beneath it", "a", "/a/b/0/c", true, false);
    row("a neighbour", "a/b", "/a/c", false, false);
    row("a longer name", "a", "/ab", false, false);
    row("what holds it", "a/b", "/a", false, true);
    row("a star is one name", "a/*/c", "/a/x/c", true, false);
    row("a star is not two names", "a/*/c", "/a/x/y/c", false, false);
    row("a star inside a name", "trunk_*", "/trunk_sip", true, false);
    row("a star for an element", "grants/*/role", "/grants/[role=R,division.id=*]/role", true, false);
    row("any depth", "**/password", "/a/0/b/password", true, false);
    row("any depth, none", "**/password", "/password", true, false);
    row("any depth is not anything", "**/password", "/a/b", false, false);
    row("any depth in the middle", "a/**/z", "/a/b/c/z/q", true, false);
    row("any depth and back", "**/a/b", "/a/a/b", true, false);
    row("a star alone is everything", "*", "/a/b", true, false);
}

void TestPolicyFile::paths()
{
    QFETCH(QString, pattern);
    QFETCH(QString, path);
    QTEST(PathGlob(pattern).covers(path), "covers");
    QTEST(PathGlob(pattern).isInside(path), "inside");
}

void TestPolicyFile::globs_data()
{
    QTest::addColumn<QString>("pattern");
    QTest::addColumn<QString>("text");
    QTest::addColumn<bool>("fits");
    QTest::newRow("as written") << QStringLiteral("admin") << QStringLiteral("Admin") << true;
    QTest::newRow("not a part") << QStringLiteral("admin") << QStringLiteral("Quality Admin") << false;
    QTest::newRow("a star in front") << QStringLiteral("* admin") << QStringLiteral("Quality Admin") << true;
    QTest::newRow("a question mark") << QStringLiteral("a?c") << QStringLiteral("abc") << true;
    QTest::newRow("nothing but stars") << QStringLiteral("***") << QString() << true;
    QTest::newRow("hostile stars end soon") << QString(QStringLiteral("*a").repeated(500) + u'b') << QStringLiteral("a").repeated(20'000)
                                            << false;
}

void TestPolicyFile::globs()
{
    QFETCH(QString, pattern);
    QFETCH(QString, text);
    QTEST(globMatches(pattern, text, Qt::CaseInsensitive), "fits");
}

void TestPolicyFile::permissions_data()
{
    QTest::addColumn<QString>("held");
    QTest::addColumn<bool>("covers");
    QTest::newRow("the same") << QStringLiteral("authorization:grant:add") << true;
    QTest::newRow("all actions") << QStringLiteral("authorization:grant:*") << true;
    QTest::newRow("all entities") << QStringLiteral("authorization:*:*") << true;
    QTest::newRow("reading everything is not granting") << QStringLiteral("authorization:*:view") << false;
    QTest::newRow("another entity") << QStringLiteral("authorization:role:add") << false;
    QTest::newRow("two parts") << QStringLiteral("authorization:grant") << false;
}

void TestPolicyFile::permissions()
{
    QFETCH(QString, held);
    QTEST(permissionCovers(held, QStringLiteral("authorization:grant:add")), "covers");
}

void TestPolicyFile::severities()
{
    for (const Severity severity : {Severity::Low, Severity::Medium, Severity::High, Severity::Critical})
        QCOMPARE(severityFromName(severityName(severity)), severity);
    QVERIFY(!severityFromName(QStringLiteral("CRITICAL")) && !severityFromName(QString()));
    QVERIFY(Severity::Critical > Severity::High && Severity::High > Severity::Medium && Severity::Medium > Severity::Low);
}

QTEST_GUILESS_MAIN(TestPolicyFile)
#include "tst_policyfile.moc"
