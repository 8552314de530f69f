#include "sandbox/sandbox.h"
#include "json/value.h"

#include "ctlrunner.h"

#include <QTemporaryDir>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace Orgtrace;
using Test::Run;

/// Search and history on the command line: two snapshots of the sandbox, before and after the contractor's promotion, and the audit trail of the week.
class TestCliSearch : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void search_data();
    void search();
    void searchAsJson();
    void historyOfTheGrant();

private:
    Run ctl(const QStringList &arguments, const QByteArray &input = {})
    {
        return Test::runCtl(m_folder.filePath(u"store"_s), arguments, input);
    }

    QTemporaryDir m_folder;
    std::unique_ptr<Sandbox::Server> m_sandbox;
};

void TestCliSearch::initTestCase()
{
    Sandbox::Settings settings;
    settings.users = 80;
    m_sandbox = std::make_unique<Sandbox::Server>(settings);
    QVERIFY(m_sandbox->listen());
    EXPECT_STATUS(ctl({u"init"_s, u"--key-file"_s, m_folder.filePath(u"keys"_s), u"--no-passphrase"_s}), 0);
    EXPECT_STATUS(ctl({u"org"_s, u"add"_s, u"nw"_s, u"--region"_s, u"eu-central-1"_s, u"--client-id"_s, Sandbox::Settings().clientId,
                       u"--base-url"_s, m_sandbox->baseUrl().toString(), u"--secret-stdin"_s},
                      "sandbox-secret\n"),
                  0);
    EXPECT_STATUS(ctl({u"search"_s, u"nw"_s, u"anything"_s}), 0); // known, never captured: nothing found, said so
    for (const QString &time : {u"2026-10-16T06:00:00Z"_s, u"2026-10-23T06:00:00Z"_s}) {
        m_sandbox->moveTo(QDateTime::fromString(time, Qt::ISODate));
        EXPECT_STATUS(ctl({u"capture"_s, u"nw"_s, u"--no-raw"_s}), 0);
    }
}

void TestCliSearch::search_data()
{
    QTest::addColumn<QStringList>("question");
    QTest::addColumn<int>("status");
    QTest::addColumn<QByteArray>("says");
    QTest::newRow("a name, in another letter case") << QStringList{u"CONTRACTOR-17"_s} << 0 << QByteArray("users  contractor-17");
    QTest::newRow("when it stood") << QStringList{u"contractor-17"_s} << 0
                                   << QByteArray("/name  \"name\": \"contractor-17\"\n    from the beginning, 20");
    QTest::newRow("in one domain there is none")
        << QStringList{u"contractor-17"_s, u"--domain"_s, u"queues"_s} << 0 << QByteArray("Nothing found in 2 snapshots.");
    QTest::newRow("in one snapshot") << QStringList{u"contractor-17"_s, u"--at"_s, u"latest~1"_s} << 0
                                     << QByteArray("lines found in one snapshot.");
    QTest::newRow("audit was never pulled") << QStringList{u"x"_s, u"--audit"_s} << 0
                                            << QByteArray("which does not mean that nothing happened");
    QTest::newRow("a stranger") << QStringList{u"x"_s, u"--at"_s, u"0123abcd"_s} << 2 << QByteArray();
    QTest::newRow("nothing to look for") << QStringList{u" "_s} << 2 << QByteArray();
    QTest::newRow("two limits that exclude each other") << QStringList{u"x"_s, u"--audit"_s, u"--history"_s} << 2 << QByteArray();
}

void TestCliSearch::search()
{
    QFETCH(QStringList, question);
    QFETCH(int, status);
    QFETCH(QByteArray, says);
    const Run run = ctl(QStringList{u"search"_s, u"nw"_s} + question);
    QVERIFY2(run.status == status, QByteArray(run.out + run.err).constData());
    QVERIFY2(run.out.contains(says), QByteArray(run.out + run.err).constData());
}

void TestCliSearch::searchAsJson()
{
    EXPECT_STATUS(ctl({u"audit"_s, u"pull"_s, u"nw"_s, u"--from"_s, u"2026-10-15T00:00:00Z"_s, u"--to"_s, u"2026-10-23T00:00:00Z"_s}), 0);
    const Run run = ctl({u"search"_s, u"nw"_s, u"Master Admin"_s, u"--json"_s});
    QCOMPARE(run.status, 0);
    const auto document = Json::parse({run.out.constData(), static_cast<size_t>(run.out.size())});
    QVERIFY(document);
    const Json::Value root = document->root();
    QCOMPARE(root["version"].toInteger(), 1);
    QVERIFY(root["found"].toInteger() > 0);
    QCOMPARE(root["hits"].at(0)["domain"].toQString(), u"roles"_s);
    QCOMPARE(root["hits"].at(0)["pointer"].toQString(), u"/name"_s);
    QVERIFY(root["hits"].at(0)["whole"].toBool());
    QVERIFY(root["audit"]["searched"].toInteger() > 0);
    QVERIFY(root["audit"]["from"].isString());
}

void TestCliSearch::historyOfTheGrant()
{
    const Run found = ctl({u"search"_s, u"nw"_s, u"Contractors"_s, u"--domain"_s, u"groups"_s, u"--json"_s});
    QCOMPARE(found.status, 0);
    const auto document = Json::parse({found.out.constData(), static_cast<size_t>(found.out.size())});
    QVERIFY(document);
    const QString group = document->root()["hits"].at(0)["entity"].toQString();
    const Run history = ctl({u"history"_s, u"nw"_s, u"grants"_s, group});
    QVERIFY2(history.status == 0, QByteArray(history.out + history.err).constData());
    QVERIFY2(history.out.contains("(nothing) →") && history.out.contains("/grants/"),
             history.out.constData()); // what the group was given in between
    const Run value = ctl({u"history"_s, u"nw"_s, u"groups"_s, group, u"--pointer"_s, u"/name"_s, u"--json"_s});
    QVERIFY2(value.status == 0, QByteArray(value.out + value.err).constData());
    const auto values = Json::parse({value.out.constData(), static_cast<size_t>(value.out.size())});
    QVERIFY(values);
    QCOMPARE(values->root()["values"].size(), 1);
    QCOMPARE(values->root()["values"].at(0)["value"].toQString(), u"Contractors"_s);
    QVERIFY(values->root()["values"].at(0)["ended"].isNull());
    EXPECT_STATUS(ctl({u"history"_s, u"nw"_s, u"groups"_s, group, u"--pointer"_s, u"name"_s}), 2);
    EXPECT_STATUS(ctl({u"history"_s, u"nw"_s, u"groups"_s, u"nobody"_s}), 2);
    EXPECT_STATUS(ctl({u"history"_s, u"xx"_s, u"groups"_s, u"nobody"_s}), 2);
}

QTEST_GUILESS_MAIN(TestCliSearch)
#include "tst_clisearch.moc"
