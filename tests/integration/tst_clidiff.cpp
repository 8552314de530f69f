#include "base/digest.h"
#include "json/value.h"

#include "ctlrunner.h"

#include <QDir>
#include <QTemporaryDir>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace Orgtrace;

using Test::Run;

/// What `diff` says of what it left out, of two files, and of two organisations: the real program in a process of its own.
class TestCliDiff : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init();
    void whatIsLeftOutIsListed();
    void filesInAnotherOrder_data();
    void filesInAnotherOrder();
    void filesWithLoneSurrogatesAndWithout();
    void twoOrganisations();
    void aPersonSaysWhichBelongTogether();
    void badUsage_data();
    void badUsage();

private:
    Run ctl(const QStringList &arguments) { return Test::runCtl(m_folder->filePath(u"store"_s), arguments); }
    QString put(const QString &name, const QByteArray &text)
    {
        const QString path = m_folder->filePath(name);
        QFile file(path);
        if (!QDir().mkpath(QFileInfo(path).path()) || !file.open(QIODevice::WriteOnly) || file.write(text) != text.size())
            qFatal("a test file cannot be written");
        return path;
    }
    Run import(const QString &organisation, const QString &at, const QByteArray &queues, const QByteArray &divisions = "[]")
    {
        const QString folder = u"export-"_s + organisation;
        put(folder + u"/queues.json"_s, queues);
        put(folder + u"/divisions.json"_s, divisions);
        return ctl({u"import"_s, m_folder->filePath(folder), u"--org"_s, organisation, u"--at"_s, at});
    }
    void twoOrganisationsAreImported();

    std::unique_ptr<QTemporaryDir> m_folder;
};

void TestCliDiff::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    EXPECT_STATUS(ctl({u"init"_s, u"--key-file"_s, m_folder->filePath(u"keys"_s), u"--no-passphrase"_s}), 0);
}

void TestCliDiff::whatIsLeftOutIsListed()
{
    EXPECT_STATUS(
        import(
            u"paper"_s, u"2026-01-01"_s,
            R"([{"id":"queue-1","name":"One","modifiedBy":"user-1"},{"id":"queue-2","name":"Two","description":"30"},{"id":"queue-3","name":"Three","v":1}])"),
        0);
    EXPECT_STATUS(
        import(
            u"paper"_s, u"2026-01-02"_s,
            R"([{"id":"queue-1","name":"One","modifiedBy":"user-2"},{"id":"queue-2","name":"Two","description":30},{"id":"queue-3","name":"Three","v":2}])"),
        0);
    const Run plain = ctl({u"diff"_s, u"latest~1"_s, u"latest"_s});
    EXPECT_STATUS(plain, 1);
    QVERIFY(!plain.out.contains("left out"));
    const Run text = ctl({u"diff"_s, u"latest~1"_s, u"latest"_s, u"--suppressed"_s});
    EXPECT_STATUS(text, 1);
    QVERIFY2(text.out.contains("left out  signals-only queues/One  [queue-1]\n      ~ /modifiedBy: \"user-1\" \xE2\x86\x92 \"user-2\"\n"),
             text.out.constData());
    QVERIFY2(text.out.contains("left out  type-only    queues/Two  [queue-2]\n      t /description: \"30\" \xE2\x86\x92 30 (type only)\n"),
             text.out.constData());
    const Run json = ctl({u"diff"_s, u"latest~1"_s, u"latest"_s, u"--suppressed"_s, u"--json"_s});
    EXPECT_STATUS(json, 1);
    const Result<Json::Document> answer = Json::parse(view(json.out));
    QVERIFY(answer);
    const Json::Value list = answer->root()["suppressedEntities"];
    QCOMPARE(list.size(), 2);
    QCOMPARE(list.at(0)["reason"].toQString(), u"signals-only"_s);
    QCOMPARE(list.at(0)["fields"].at(0)["pointer"].toQString(), u"/modifiedBy"_s);
    QCOMPARE(list.at(1)["entity"].toQString(), u"queue-2"_s);
    QCOMPARE(list.at(1)["partial"].toBool(true), false);
    QCOMPARE(answer->root()["suppressedBeyond"].toInteger(-1), 0);
}

void TestCliDiff::filesInAnotherOrder_data()
{
    QTest::addColumn<QByteArray>("a");
    QTest::addColumn<QByteArray>("b");
    QTest::addColumn<QStringList>("options");
    QTest::addColumn<int>("status");
    QTest::addColumn<QByteArray>("says");
    using B = QByteArray;
    QTest::newRow("an array in another order is equal")
        << B("[1,2,3]") << B("[3,1,2]") << QStringList() << 0 << B("0 differences · suppressed: 1 order");
    QTest::newRow("but not exactly") << B("[1,2,3]") << B("[3,1,2]") << QStringList{u"--exact"_s} << 1 << B("> /0 moved from /2");
    QTest::newRow("asked for, it is shown") << B("[1,2,3]") << B("[3,1,2]") << QStringList{u"--suppressed"_s} << 0
                                            << B("left out  order\n      > /[3] moved from /2");
    QTest::newRow("elements are found by their id")
        << B(R"([{"id":"a","v":1},{"id":"b","v":1}])") << B(R"([{"id":"b","v":1},{"id":"a","v":2}])") << QStringList() << 1
        << B("~ /[id=a]/v: 1 \xE2\x86\x92 2");
    QTest::newRow("as JSON") << B(R"({"a":"30"})") << B(R"({"a":30})") << QStringList{u"--suppressed"_s, u"--json"_s} << 0
                             << B("\"reason\": \"type-only\"");
    QTest::newRow("a byte that is not UTF-8 is told where it stands") << B("[\"\xff\"]") << B("[]") << QStringList() << 2 << B("byte 2");
    QTest::newRow("an empty file") << B() << B("[]") << QStringList() << 2 << B("empty");
}

void TestCliDiff::filesInAnotherOrder()
{
    QFETCH(QByteArray, a);
    QFETCH(QByteArray, b);
    QFETCH(QStringList, options);
    QFETCH(int, status);
    QFETCH(QByteArray, says);
    const Run run = ctl(QStringList{u"diff"_s, u"--files"_s, put(u"a.json"_s, a), put(u"b.json"_s, b)} + options);
    EXPECT_STATUS(run, status);
    const QByteArray said = run.out + run.err;
    QVERIFY2(said.contains(says), said.constData());
}

void TestCliDiff::filesWithLoneSurrogatesAndWithout()
{
    const Run run
        = ctl({u"diff"_s, u"--files"_s, put(u"a.json"_s, R"({"a":"\ud800x"})"), put(u"b.json"_s, R"({"a":"\ud801x"})"), u"--json"_s});
    EXPECT_STATUS(run, 1);
    QVERIFY2(run.out.contains(R"("old": "\ud800x")"), run.out.constData());
}

void TestCliDiff::twoOrganisationsAreImported()
{
    EXPECT_STATUS(
        import(
            u"test"_s, u"2026-01-01"_s,
            R"([{"id":"queue-t1","name":"Service","division":{"id":"division-t"}},{"id":"queue-t2","name":"Sales","acw":1},{"id":"queue-t3","name":"Twice"}])",
            R"([{"id":"division-t","name":"Home"}])"),
        0);
    EXPECT_STATUS(import(u"production"_s, u"2026-01-02"_s,
                         R"([{"id":"queue-p1","name":"Service","division":{"id":"division-p"}},{"id":"queue-p2","name":"Sales","acw":2},)"
                         R"({"id":"queue-p3","name":"Twice"},{"id":"queue-p4","name":"Twice"}])",
                         R"([{"id":"division-p","name":"Home"}])"),
                  0);
}

void TestCliDiff::twoOrganisations()
{
    twoOrganisationsAreImported();
    const Run text = ctl({u"diff"_s, u"test:latest"_s, u"production:latest"_s, u"--show-matching"_s});
    EXPECT_STATUS(text, 4); // something is not comparable
    for (const char *said :
         {"same-name  queues/Service  queue-t1 = queue-p1", "ambiguous  queues/Twice  queue-t3 = -", "differs   queues/Sales  [queue-p2]",
          "~ /acw: 1 \xE2\x86\x92 2", "not comparable: queues (queue-p3, queue-p4, queue-t3)", "1 differences"})
        QVERIFY2(text.out.contains(said), QByteArray(said + QByteArray("\n") + text.out).constData());
    const Run json = ctl({u"diff"_s, u"test:latest"_s, u"production:latest"_s, u"--show-matching"_s, u"--json"_s});
    EXPECT_STATUS(json, 4);
    const Result<Json::Document> answer = Json::parse(view(json.out));
    QVERIFY(answer);
    QCOMPARE(answer->root()["changes"].size(), 1);
    QCOMPARE(answer->root()["changes"].at(0)["twin"].toQString(), u"queue-t2"_s);
    QCOMPARE(answer->root()["matched"]["same-name"].toInteger(), 3);
    QCOMPARE(answer->root()["matched"]["ambiguous"].toInteger(), 3);
    QCOMPARE(answer->root()["matching"].size(), 6);
    EXPECT_STATUS(ctl({u"diff"_s, u"test:latest"_s, u"production:latest"_s, u"--domain"_s, u"divisions"_s}), 0);
}

void TestCliDiff::aPersonSaysWhichBelongTogether()
{
    twoOrganisationsAreImported();
    const QString match = put(u"match.json"_s, R"({"version":1,"match":[{"domain":"queues","left":"queue-t3","right":"queue-p4"}]})");
    const Run text = ctl({u"diff"_s, u"test:latest"_s, u"production:latest"_s, u"--match"_s, match});
    EXPECT_STATUS(text, 1);
    QVERIFY2(text.out.contains("only in B queues/Twice  [queue-p3]") && text.out.contains("1 corrected"), text.out.constData());
}

void TestCliDiff::badUsage_data()
{
    QTest::addColumn<QStringList>("line");
    const QString a = u"test:latest"_s, b = u"production:latest"_s;
    QTest::newRow("a patch between two organisations") << QStringList{a, b, u"--format"_s, u"json-patch"_s};
    QTest::newRow("a unified text of two organisations") << QStringList{a, b, u"--format"_s, u"unified"_s};
    QTest::newRow("a matching of one organisation with itself") << QStringList{a, a, u"--show-matching"_s};
    QTest::newRow("corrections that are not there") << QStringList{a, b, u"--match"_s, u"/nowhere"_s};
    QTest::newRow("corrections that are a folder") << QStringList{a, b, u"--match"_s, u"/"_s};
    QTest::newRow("corrections without end") << QStringList{a, b, u"--match"_s, u"/dev/zero"_s};
}

void TestCliDiff::badUsage()
{
    QFETCH(QStringList, line);
    twoOrganisationsAreImported();
    EXPECT_STATUS(ctl(QStringList{u"diff"_s} + line), 2);
}

QTEST_GUILESS_MAIN(TestCliDiff)
#include "tst_clidiff.moc"
