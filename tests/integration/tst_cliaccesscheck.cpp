#include "sandbox/sandbox.h"
#include "json/value.h"

#include "ctlrunner.h"

#include <QDir>
#include <QTemporaryDir>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace Orgtrace;
using Test::Run;

/// When somebody held a right, who holds what they should not, and whether the platform agrees: the days of the incident in the sandbox.
class TestCliAccessCheck : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void sinceWhenAndThroughWhat();
    void aPartialSnapshotIsNotSeen();
    void whatHistoryRefuses_data();
    void whatHistoryRefuses();
    void theShippedRulesOnTheScenario();
    void rulesOfTheUser();
    void whatWasAppliedIsTold();
    void capturedNamesForgeNoLines_data();
    void capturedNamesForgeNoLines();
    void importsTellTimesOfGrantsAndSignIns();
    void thePlatformAgrees();
    void thePlatformDisagrees_data();
    void thePlatformDisagrees();
    void whatCannotBeAskedIsTold_data();
    void whatCannotBeAskedIsTold();
    void theSameSeedAsksTheSameUsers();

private:
    Run ctl(const QStringList &arguments, const QByteArray &input = {})
    {
        return Test::runCtl(m_folder.filePath(u"store"_s), arguments, input);
    }
    void capture(const QString &time, const QString &domains = {})
    {
        m_sandbox->moveTo(QDateTime::fromString(time, Qt::ISODate));
        QStringList arguments{u"capture"_s, u"nw"_s, u"--no-raw"_s};
        if (!domains.isEmpty()) {
            arguments << u"--domains"_s << domains;
        }
        EXPECT_STATUS(ctl(arguments), 0);
    }
    [[nodiscard]] Json::Document parsed(const Run &run) const
    {
        auto document = Json::parse(std::string_view(run.out.constData(), static_cast<size_t>(run.out.size())));
        return document ? *std::move(document) : Json::Document();
    }
    [[nodiscard]] QStringList userRequests() const
    {
        QStringList log = m_sandbox->requestLog();
        return log.filter(QRegularExpression(u"^GET /api/v2/users/[^/]+/roles"_s));
    }
    /// Within a quarter of an hour of a time of the sandbox's clock.
    static bool isAbout(Json::Value time, const QString &expected)
    {
        const QDateTime one = QDateTime::fromString(time.toQString(), Qt::ISODateWithMs),
                        other = QDateTime::fromString(expected, Qt::ISODate);
        return one.isValid() && std::abs(one.secsTo(other)) < 900;
    }

    QTemporaryDir m_folder;
    std::unique_ptr<Sandbox::Server> m_sandbox;
    QString m_contractor;
};

void TestCliAccessCheck::initTestCase()
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
    capture(u"2026-10-14T06:00:00Z"_s);
    capture(u"2026-10-16T06:00:00Z"_s);
    capture(u"2026-10-17T06:00:00Z"_s);
    capture(u"2026-10-20T06:00:00Z"_s);
    capture(u"2026-10-20T06:00:00Z"_s); // nothing has changed: this one shares the answer
    const Run run = ctl({u"access"_s, u"show"_s, u"contractor-17"_s, u"--json"_s});
    EXPECT_STATUS(run, 0);
    m_contractor = parsed(run).root()["subject"]["id"].toQString();
    QVERIFY(!m_contractor.isEmpty());
}

void TestCliAccessCheck::sinceWhenAndThroughWhat()
{
    const Run run = ctl({u"access"_s, u"history"_s, u"nw"_s, u"contractor-17"_s, u"admin:general:edit"_s, u"--json"_s});
    EXPECT_STATUS(run, 0);
    const Json::Document document = parsed(run);
    const Json::Value root = document.root();
    QCOMPARE(root["subject"]["id"].toQString(), m_contractor);
    QCOMPARE(root["intervals"].size(), 1);
    const Json::Value interval = root["intervals"].at(0);
    // Granted at 02:14 and joined at 02:19 on the 17th: between the captures of the 16th and the 17th.
    QVERIFY2(isAbout(interval["gained"]["after"], u"2026-10-16T06:00:00Z"_s), run.out.constData());
    QVERIFY2(isAbout(interval["gained"]["before"], u"2026-10-17T06:00:00Z"_s), run.out.constData());
    QVERIFY(interval["lost"].isNull() && interval["ended"].isNull());
    QCOMPARE(interval["stretches"].size(), 1);
    const Json::Value path = interval["stretches"].at(0)["paths"].at(0);
    QCOMPARE(path["via"].toQString(), u"group"_s);
    QCOMPARE(path["containerName"].toQString(), u"Contractors"_s);
    QCOMPARE(path["roleName"].toQString(), u"Master Admin"_s);
    QCOMPARE(root["snapshots"].toInteger(), 5);
    QVERIFY(root["computed"].toInteger() < 5);
    const Run text = ctl({u"access"_s, u"history"_s, u"nw"_s, u"contractor-17"_s, u"admin:general:edit"_s, u"--division"_s, u"dach"_s});
    EXPECT_STATUS(text, 0);
    QVERIFY2(text.out.contains("gained between 2026-10-16T0")
                 && text.out.contains("group Contractors → Master Admin in all divisions → admin:*:*")
                 && text.out.contains("still held in"),
             text.out.constData());
    const Run never = ctl({u"access"_s, u"history"_s, u"nw"_s, u"agent-0041"_s, u"admin:general:edit"_s});
    EXPECT_STATUS(never, 0);
    QVERIFY2(never.out.contains("never held in a snapshot that tells"), never.out.constData());
}

void TestCliAccessCheck::aPartialSnapshotIsNotSeen()
{
    capture(u"2026-10-21T06:00:00Z"_s, u"users,roles,grants,permissions_catalogue,divisions"_s);
    const Run run = ctl({u"access"_s, u"history"_s, u"nw"_s, u"contractor-17"_s, u"admin:general:edit"_s, u"--json"_s});
    EXPECT_STATUS(run, 4);
    const Json::Document document = parsed(run);
    QVERIFY(document.root()["intervals"].at(0)["ended"].isNull());
    QCOMPARE(document.root()["notSeen"].size(), 1);
    QCOMPARE(document.root()["notSeen"].at(0)["asLastSeen"].toQString(), u"held"_s);
    capture(u"2026-10-23T06:00:00Z"_s); // what follows is about a whole snapshot again
}

void TestCliAccessCheck::whatHistoryRefuses_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<QByteArray>("says");
    QTest::newRow("an unknown organisation") << QStringList{u"nobody"_s, u"contractor-17"_s, u"admin:general:edit"_s}
                                             << QByteArray("nobody");
    QTest::newRow("an unknown subject") << QStringList{u"nw"_s, u"nobody"_s, u"admin:general:edit"_s}
                                        << QByteArray("no snapshot has a subject");
    QTest::newRow("an unknown permission") << QStringList{u"nw"_s, u"contractor-17"_s, u"admin:general:edti"_s}
                                           << QByteArray("ever knew it");
    QTest::newRow("no time") << QStringList{u"nw"_s, u"contractor-17"_s, u"admin:general:edit"_s, u"--from"_s, u"yesterday"_s}
                             << QByteArray("want a UTC time");
    QTest::newRow("from after to")
        << QStringList{u"nw"_s,   u"contractor-17"_s,       u"admin:general:edit"_s, u"--from"_s, u"2026-10-20T00:00:00Z"_s,
                       u"--to"_s, u"2026-10-19T00:00:00Z"_s}
        << QByteArray("--from is after --to");
    QTest::newRow("escape sequences are shown, not obeyed")
        << QStringList{u"nw"_s, u"\x1b[31mred"_s, u"admin:general:edit"_s} << QByteArray("␛");
}

void TestCliAccessCheck::whatHistoryRefuses()
{
    QFETCH(QStringList, arguments);
    QFETCH(QByteArray, says);
    const Run run = ctl(QStringList{u"access"_s, u"history"_s} + arguments);
    EXPECT_STATUS(run, 2);
    QVERIFY2(run.err.contains(says) && !run.err.contains('\x1b'), run.err.constData());
}

void TestCliAccessCheck::theShippedRulesOnTheScenario()
{
    const Run run = ctl({u"access"_s, u"check"_s, u"--json"_s});
    EXPECT_STATUS(run, 0);
    const Json::Document document = parsed(run);
    QByteArray told;
    for (const Json::Value finding : document.root()["findings"].items()) {
        told += finding["severity"].toQString().toUtf8() + ' ' + finding["rule"].toQString().toUtf8() + ' '
            + QByteArray::number(finding["subjectCount"].toInteger()) + '\n';
        for (const Json::Value subject : finding["subjects"].items()) {
            const Json::Value proof = subject["proof"].at(0), path = proof["paths"].at(0);
            QVERIFY(!path.isMissing());
            told += "    " + subject["subject"]["name"].toQString().toUtf8() + " (" + subject["subject"]["kind"].toQString().toUtf8()
                + "): " + proof["permission"].toQString().toUtf8() + " via " + path["via"].toQString().toUtf8() + ' '
                + path["containerName"].toQString().toUtf8() + " -> " + path["roleName"].toQString().toUtf8() + ", "
                + QByteArray::number(subject["wayCount"].toInteger()) + " ways\n";
        }
    }
    QFile golden(QStringLiteral(ORGTRACE_TEST_DATA) + u"/golden/access/scenario-check.txt"_s);
    const QByteArray expected = golden.open(QIODevice::ReadOnly) ? golden.readAll() : QByteArray();
    if (told != expected) {
        QFile actual(QStringLiteral(ORGTRACE_BIN_DIR) + u"/../scenario-check.actual.txt"_s);
        QVERIFY(actual.open(QIODevice::WriteOnly) && actual.write(told) == told.size());
        QFAIL(qPrintable(u"not as in %1; see %2"_s.arg(golden.fileName(), actual.fileName())));
    }
    QVERIFY(told.contains("contractor-17 (user): authorization:grant:add via group Contractors -> Master Admin"));
    // The contractor was nobody to look at before.
    const Run before = ctl({u"access"_s, u"check"_s, u"--at"_s, u"latest~5"_s, u"--json"_s});
    EXPECT_STATUS(before, 0);
    QVERIFY(!before.out.contains("contractor-17"));
    EXPECT_STATUS(ctl({u"access"_s, u"check"_s, u"--fail-on"_s, u"critical"_s}), 1);
    EXPECT_STATUS(ctl({u"access"_s, u"check"_s, u"nw"_s, u"--rule"_s, u"dormant-admin"_s, u"--fail-on"_s, u"low"_s}), 0);
    EXPECT_STATUS(ctl({u"access"_s, u"check"_s, u"--rule"_s, u"no-such-rule"_s}), 2);
    EXPECT_STATUS(ctl({u"access"_s, u"check"_s, u"--fail-on"_s, u"grave"_s}), 2);
    const Run text = ctl({u"access"_s, u"check"_s, u"--rule"_s, u"admin-is-auditor"_s});
    EXPECT_STATUS(text, 0);
    QVERIFY2(text.out.contains("high: Who changes rights reads the log of it [admin-is-auditor]")
                 && text.out.contains("what to do: Let somebody read"),
             text.out.constData());
    // Sign-ins are known: somebody was dormant before the night, and nobody is since.
    QVERIFY(!ctl({u"access"_s, u"check"_s, u"--rule"_s, u"dormant-admin"_s}).out.contains("not known when they last signed in"));
    QVERIFY(ctl({u"access"_s, u"check"_s, u"--rule"_s, u"dormant-admin"_s, u"--at"_s, u"latest~5"_s}).out.contains("Maris Stone"));
}

void TestCliAccessCheck::rulesOfTheUser()
{
    QVERIFY(QDir(m_folder.filePath(u"store"_s)).mkpath(u"policies"_s));
    QFile file(m_folder.filePath(u"store/policies/access-ours.toml"_s));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("version = 1\n[[rule]]\nid = \"ours\"\ntitle = \"Ours\"\nadvice = \"Ask\"\nseverity = \"low\"\nkind = \"combination\"\nall "
               "= [\"admin:general:edit\"]\n");
    file.close();
    const Run ours = ctl({u"access"_s, u"check"_s, u"--rule"_s, u"ours"_s, u"--fail-on"_s, u"low"_s});
    EXPECT_STATUS(ours, 1);
    QVERIFY2(ours.out.contains("contractor-17"), ours.out.constData());
    QVERIFY(file.open(QIODevice::Append));
    file.write("colour = \"red\"\n");
    file.close();
    const Run broken = ctl({u"access"_s, u"check"_s, u"--json"_s});
    EXPECT_STATUS(broken, 2);
    QVERIFY2(broken.err.contains("access-ours.toml:9") && broken.err.contains("is no setting here"), broken.err.constData());
    QVERIFY(file.remove());
}

void TestCliAccessCheck::whatWasAppliedIsTold()
{
    const auto file = [this](const QByteArray &toml) {
        QFile out(m_folder.filePath(u"store/policies/access-ours.toml"_s));
        return QDir(m_folder.filePath(u"store"_s)).mkpath(u"policies"_s) && out.open(QIODevice::WriteOnly)
            && out.write("version = 1\n" + toml) > 0;
    };
    QVERIFY(file("[[rule]]\nid = \"ours\"\ntitle = \"Ours\"\nadvice = \"Ask\"\nseverity = \"low\"\nkind = \"combination\"\nall = "
                 "[\"admin:general:edti\"]\n[[rule]]\nid = \"dormant-admin\"\nenabled = false\n"));
    const Run wrong = ctl({u"access"_s, u"check"_s, u"--rule"_s, u"ours"_s}); // a slip of the pen is no clean bill
    EXPECT_STATUS(wrong, 4);
    QVERIFY2(wrong.out.contains("0 rules applied, 1 not judged") && wrong.out.contains("note: ours: not judged"), wrong.out.constData());
    QVERIFY2(wrong.out.contains("access.toml (shipped), SHA-256 ") && wrong.out.contains("access-ours.toml, SHA-256 ")
                 && wrong.out.contains("switches off dormant-admin") && wrong.out.contains("snapshot "),
             wrong.out.constData());
    const Run all = ctl({u"access"_s, u"check"_s, u"--json"_s});
    EXPECT_STATUS(all, 4);
    const Json::Document document = parsed(all);
    const Json::Value rules = document.root()["rules"];
    QCOMPARE(rules["notJudged"].at(0).toQString(), u"ours"_s);
    QCOMPARE(rules["files"].size(), 2);
    QCOMPARE(rules["files"].at(0)["sha256"].toQString().size(), 64);
    QCOMPARE(rules["files"].at(1)["switchedOff"].at(0).toQString(), u"dormant-admin"_s);
    QByteArray off; // a file that leaves no rule
    for (const Json::Value id : rules["files"].at(0)["rules"].items()) {
        off += "[[rule]]\nid = \"" + id.toQString().toUtf8() + "\"\nenabled = false\n";
    }
    QVERIFY(file(off));
    const Run none = ctl({u"access"_s, u"check"_s});
    EXPECT_STATUS(none, 4);
    QVERIFY2(none.out.contains("note: no rule was applied"), none.out.constData());
    QVERIFY(QFile::remove(m_folder.filePath(u"store/policies/access-ours.toml"_s)));
}

void TestCliAccessCheck::capturedNamesForgeNoLines_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<QByteArray>("says");
    const QString kim = u"k\nforged line"_s;
    QTest::newRow("show") << QStringList{u"show"_s, kim} << QByteArray("authorization:grant␤forged line:add");
    QTest::newRow("can") << QStringList{u"can"_s, kim, u"authorization:role:edit"_s} << QByteArray("k␤forged line");
    QTest::newRow("who-can") << QStringList{u"who-can"_s, u"*:*:*"_s} << QByteArray("authorization:grant␤forged line:add");
    QTest::newRow("check") << QStringList{u"check"_s} << QByteArray("authorization:grant␤forged line:add");
}

void TestCliAccessCheck::capturedNamesForgeNoLines()
{
    QFETCH(QStringList, arguments);
    QFETCH(QByteArray, says);
    const QString store = m_folder.filePath(u"forged"_s);
    if (!QDir(store).exists()) {
        EXPECT_STATUS(Test::runCtl(store, {u"init"_s, u"--key-file"_s, m_folder.filePath(u"forged-keys"_s), u"--no-passphrase"_s}), 0);
        const auto write = [](const QString &path, const QByteArray &text) {
            QFile file(path);
            return QDir().mkpath(QFileInfo(path).path()) && file.open(QIODevice::WriteOnly) && file.write(text) == text.size();
        };
        const std::map<QString, QByteArray> files{
            {u"users"_s, R"([{"id":"k\nforged line","name":"Kim\nforged line","state":"active"}])"},
            {u"roles"_s,
             R"([{"id":"r1","name":"Keys\nforged line","permissionPolicies":[{"domain":"authorization","entityName":"grant\nforged line","actionSet":["add"]},)"
             R"({"domain":"authorization","entityName":"role","actionSet":["edit"]}]}])"},
            {u"grants"_s, R"([{"id":"k\nforged line","type":"PC_USER","grants":[{"role":"r1","division":{"id":"*"}}]}])"}};
        for (const auto &[name, text] : files) {
            QVERIFY(write(m_folder.filePath(u"forged-export/"_s + name + u".json"_s), text));
        }
        EXPECT_STATUS(Test::runCtl(store, {u"import"_s, m_folder.filePath(u"forged-export"_s), u"--org"_s, u"im"_s}), 0);
        QVERIFY(write(store + u"/policies/access.toml"_s,
                      "version = 1\n[[rule]]\nid = \"ours\"\ntitle = \"Ours\"\nadvice = \"Ask\"\nseverity = \"low\"\nkind = "
                      "\"combination\"\nall = [\"authorization:*:add\"]\n"));
    }
    const Run run = Test::runCtl(store, QStringList{u"access"_s} + arguments);
    EXPECT_STATUS(run, 4); // most was not captured
    QVERIFY2(run.out.contains(says), run.out.constData());
    for (const QByteArray &line : run.out.split('\n')) {
        QVERIFY2(!line.startsWith("forged"), run.out.constData());
    }
}

void TestCliAccessCheck::importsTellTimesOfGrantsAndSignIns()
{
    const QString store = m_folder.filePath(u"imports"_s);
    const auto run = [&](const QStringList &arguments) { return Test::runCtl(store, arguments); };
    EXPECT_STATUS(run({u"init"_s, u"--key-file"_s, m_folder.filePath(u"import-keys"_s), u"--no-passphrase"_s}), 0);
    const auto write = [](const QString &path, const QByteArray &text) {
        QFile file(path);
        return QDir().mkpath(QFileInfo(path).path()) && file.open(QIODevice::WriteOnly) && file.write(text) == text.size();
    };
    QVERIFY(write(store + u"/catalogue/users.toml"_s,
                  "[[domain]]\nname = \"users\"\nsignals = [\"version\", \"dateLastLogin\"]\ndropped = [\"**/selfUri\"]\n"));
    const QString from = m_folder.filePath(u"export"_s);
    const std::map<QString, QByteArray> files{
        {u"users"_s,
         R"([{"id":"kim","name":"Kim","state":"active","dateLastLogin":"2026-05-01T08:00:00Z"},{"id":"lee","name":"Lee","state":"active","dateLastLogin":"2026-10-30T08:00:00Z"}])"},
        {u"groups"_s, "[]"},
        {u"group_members"_s, "[]"},
        {u"oauth_clients"_s, "[]"},
        {u"divisions"_s, R"([{"id":"d1","name":"Home"}])"},
        {u"roles"_s,
         R"([{"id":"r1","name":"Keys","permissionPolicies":[{"domain":"authorization","entityName":"grant","actionSet":["add"]}]}])"},
        {u"permissions_catalogue"_s,
         R"([{"domain":"authorization","permissionMap":{"grant":[{"domain":"authorization","entityType":"grant","action":"add","divisionAware":true}]}}])"},
        {u"grants"_s,
         R"([{"id":"kim","type":"PC_USER","grants":[{"role":"r1","division":{"id":"*"},"grantMadeAt":"2026-04-01T08:00:00.000Z"}]},)"
         R"({"id":"lee","type":"PC_USER","grants":[{"role":"r1","division":{"id":"*"}}]}])"}};
    for (const auto &[name, text] : files) {
        QVERIFY(write(from + u'/' + name + u".json"_s, text));
    }
    EXPECT_STATUS(run({u"import"_s, from, u"--org"_s, u"im"_s, u"--at"_s, u"2026-10-31T06:00:00Z"_s}), 0);
    const Run dormant = run({u"access"_s, u"check"_s, u"--rule"_s, u"dormant-admin"_s, u"--json"_s});
    const Json::Document asleep = parsed(dormant);
    const Json::Value found = asleep.root()["findings"].at(0)["subjects"];
    const QByteArray said = dormant.out + dormant.err;
    QVERIFY2(found.size() == 1 && found.at(0)["subject"]["id"].toQString() == u"kim", said.constData());
    QVERIFY2(found.at(0)["lastSignIn"].toQString().startsWith(u"2026-05-01T08:00:00"), said.constData());
    QCOMPARE(asleep.root()["notes"].size(), 0);
    const Run history = run({u"access"_s, u"history"_s, u"im"_s, u"Kim"_s, u"authorization:grant:add"_s, u"--json"_s});
    const Json::Document document = parsed(history);
    const Json::Value gained = document.root()["intervals"].at(0)["gained"];
    const QByteArray told = history.out + history.err;
    // A grant that is there from the beginning may have replaced another one: its time is told, and bounds nothing.
    QVERIFY2(gained["grantMadeAt"].toQString().startsWith(u"2026-04-01T08:00:00"), told.constData());
    QVERIFY2(gained["after"].isNull() && !gained["byGrantTime"].toBool(true), told.constData());
    const Run text = run({u"access"_s, u"history"_s, u"im"_s, u"Kim"_s, u"authorization:grant:add"_s, u"--division"_s, u"home"_s});
    EXPECT_STATUS(text, 0);
    QVERIFY2(text.out.contains("in division Home (d1)")
                 && text.out.contains("whether it was held before, through another one, is not known")
                 && text.out.contains("Access policies were not asked for in 1 of 1 snapshots"),
             text.out.constData());
    const Run tooEarly
        = run({u"access"_s, u"history"_s, u"im"_s, u"Kim"_s, u"authorization:grant:add"_s, u"--to"_s, u"2026-01-01T00:00:00Z"_s});
    EXPECT_STATUS(tooEarly, 4);
    QVERIFY2(tooEarly.out.contains("no snapshot is that old") && !tooEarly.out.contains("never held"), tooEarly.out.constData());

    // A week later the name belongs to somebody else, and a policy denies the grant right to whoever is in the organisation.
    QVERIFY(write(from + u"/users.json"_s, R"([{"id":"kim2","name":"Kim"},{"id":"lee","name":"Lee"}])"));
    QVERIFY(write(
        from + u"/access_policies.json"_s,
        R"([{"id":"p1","name":"No\u001b[31m grants","effect":"DENY","active":true,"subject":{"type":"ALL"},"targetResource":"authorization:*:*"}])"));
    EXPECT_STATUS(run({u"import"_s, from, u"--org"_s, u"im"_s, u"--at"_s, u"2026-11-07T06:00:00Z"_s}), 0);
    const Run two = run({u"access"_s, u"history"_s, u"im"_s, u"Kim"_s, u"authorization:grant:add"_s});
    EXPECT_STATUS(two, 2);
    QVERIFY2(two.err.contains("user kim (seen 2026-10-31T06:00:00") && two.err.contains("user kim2 (seen 2026-11-07"), two.err.constData());
    const Run denied = run({u"access"_s, u"history"_s, u"im"_s, u"lee"_s, u"authorization:grant:add"_s});
    EXPECT_STATUS(denied, 4);
    QVERIFY2(denied.out.contains("may be denied by access policy No") && denied.out.contains("enforces access policies is not known")
                 && denied.out.contains("! not seen in") && !denied.out.contains('\x1b'),
             denied.out.constData());
    const Run deniedJson = run({u"access"_s, u"history"_s, u"im"_s, u"lee"_s, u"authorization:grant:add"_s, u"--json"_s});
    const Json::Document all = parsed(deniedJson);
    QCOMPARE(all.root()["notSeen"].size(), 1);
    QCOMPARE(all.root()["intervals"].at(0)["stretches"].at(0)["denied"].at(0)["policy"].toQString(), u"p1"_s);
}

void TestCliAccessCheck::thePlatformAgrees()
{
    const Run run = ctl({u"access"_s, u"check"_s, u"nw"_s, u"--against-platform"_s, u"--all"_s, u"--json"_s});
    EXPECT_STATUS(run, 0);
    const Json::Document document = parsed(run);
    QVERIFY(document.root()["users"].toInteger() >= 80);
    QCOMPARE(document.root()["asked"].toInteger(), document.root()["users"].toInteger());
    QCOMPARE(document.root()["agreed"].toInteger(), document.root()["users"].toInteger());
    QCOMPARE(userRequests().size(), document.root()["users"].toInteger());
    EXPECT_STATUS(ctl({u"access"_s, u"check"_s, u"--against-platform"_s}), 2);
    EXPECT_STATUS(ctl({u"access"_s, u"check"_s, u"nw"_s, u"--all"_s}), 2);
}

void TestCliAccessCheck::thePlatformDisagrees_data()
{
    QTest::addColumn<QString>("path");
    QTest::addColumn<QByteArray>("lie");
    QTest::addColumn<QByteArray>("side");
    QTest::addColumn<QByteArray>("list");
    QTest::addColumn<QString>("says");
    const QByteArray roles = R"({"roles":[{"id":"r-1","name":"Ghost"}],"permissionPolicies":[]})";
    QTest::newRow("a role that nobody granted")
        << u"/api/v2/users/%1/roles"_s << roles << QByteArray("platform") << QByteArray("roles") << u"Ghost (r-1)"_s;
    QTest::newRow("roles kept back") << u"/api/v2/users/%1/roles"_s << roles << QByteArray("resolver") << QByteArray("roles")
                                     << u"Master Admin"_s;
    QTest::newRow("permissions kept back") << u"/api/v2/users/%1/roles"_s << roles << QByteArray("resolver") << QByteArray("permissions")
                                           << u"admin:*:*"_s;
    QTest::newRow("grants kept back") << u"/api/v2/authorization/subjects/%1"_s << QByteArray(R"({"grants":[]})") << QByteArray("resolver")
                                      << QByteArray("grants") << u"in all divisions"_s;
    QTest::newRow("a grant that was never seen")
        << u"/api/v2/authorization/subjects/%1"_s
        << QByteArray(R"({"grants":[{"subjectId":"x","role":{"id":"r-1","name":"Ghost"},"division":{"id":"*"}}]})")
        << QByteArray("platform") << QByteArray("grants") << u"Ghost (r-1) in all divisions"_s;
}

void TestCliAccessCheck::thePlatformDisagrees()
{
    QFETCH(QString, path);
    QFETCH(QByteArray, lie);
    QFETCH(QByteArray, side);
    QFETCH(QByteArray, list);
    QFETCH(QString, says);
    Sandbox::Server::Fault fault;
    fault.path = path.arg(m_contractor);
    fault.behaviour = u"body"_s;
    fault.body = lie;
    fault.count = -1;
    m_sandbox->addFault(fault);
    const Run run = ctl({u"access"_s, u"check"_s, u"nw"_s, u"--against-platform"_s, u"--all"_s, u"--json"_s});
    m_sandbox->clearFaults();
    EXPECT_STATUS(run, 1);
    const Json::Document document = parsed(run);
    QCOMPARE(document.root()["disagreements"].size(), 1);
    const Json::Value found = document.root()["disagreements"].at(0);
    QCOMPARE(found["subject"]["id"].toQString(), m_contractor);
    QStringList told;
    for (const Json::Value one : found[side.toStdString()][list.toStdString()].items()) {
        told.append(one.toQString());
    }
    QVERIFY2(told.join(u'\n').contains(says), run.out.constData());
}

void TestCliAccessCheck::whatCannotBeAskedIsTold_data()
{
    QTest::addColumn<int>("fault"); // 0: an answer without sense
    QTest::addColumn<int>("count");
    QTest::addColumn<int>("status");
    QTest::addColumn<QString>("code");
    QTest::addColumn<bool>("goesOn");
    QTest::newRow("gone meanwhile") << 404 << -1 << 4 << u"not-offered"_s << true;
    QTest::newRow("refused") << 403 << -1 << 4 << u"forbidden"_s << false;
    QTest::newRow("no such answer") << 422 << -1 << 4 << QString() << true;
    QTest::newRow("an answer of another shape") << 0 << -1 << 4 << u"bad-response"_s << true;
    QTest::newRow("throttled for a moment") << 429 << 1 << 0 << QString() << true;
}

void TestCliAccessCheck::whatCannotBeAskedIsTold()
{
    QFETCH(int, fault);
    QFETCH(int, count);
    QFETCH(int, status);
    QFETCH(QString, code);
    QFETCH(bool, goesOn);
    Sandbox::Server::Fault one;
    one.path = u"/api/v2/users/%1/roles"_s.arg(m_contractor);
    one.status = fault;
    one.count = count;
    if (fault == 0) {
        one.behaviour = u"body"_s;
        one.body = R"({"roles":7})";
    }
    one.retryAfter = fault == 429 ? "1" : "";
    m_sandbox->addFault(one);
    const Run run = ctl({u"access"_s, u"check"_s, u"nw"_s, u"--against-platform"_s, u"--all"_s, u"--json"_s});
    m_sandbox->clearFaults();
    EXPECT_STATUS(run, status);
    const Json::Document document = parsed(run);
    QCOMPARE(document.root()["faults"].size(), status == 0 ? 0 : 1);
    if (status != 0) {
        QCOMPARE(document.root()["faults"].at(0)["subject"]["id"].toQString(), m_contractor);
        const QString told = document.root()["faults"].at(0)["error"]["code"].toQString();
        QVERIFY2(code.isEmpty() ? !told.isEmpty() : told == code, qPrintable(told));
    }
    QCOMPARE(document.root()["notAsked"].toInteger() == 0, goesOn);
    QCOMPARE(document.root()["asked"].toInteger() + document.root()["notAsked"].toInteger(), document.root()["users"].toInteger());
    QCOMPARE(document.root()["agreed"].toInteger() + document.root()["faults"].size(), document.root()["asked"].toInteger());
}

void TestCliAccessCheck::theSameSeedAsksTheSameUsers()
{
    const auto asked = [this](const QString &seed) {
        const qsizetype before = userRequests().size();
        const Run run = ctl({u"access"_s, u"check"_s, u"nw"_s, u"--against-platform"_s, u"--sample"_s, u"5"_s, u"--seed"_s, seed});
        return run.status == 0 ? userRequests().mid(before) : QStringList{QString::fromUtf8(run.err)};
    };
    const QStringList first = asked(u"1"_s);
    QCOMPARE(first.size(), 5);
    QCOMPARE(asked(u"1"_s), first);
    QVERIFY(asked(u"2"_s) != first);
}

QTEST_GUILESS_MAIN(TestCliAccessCheck)
#include "tst_cliaccesscheck.moc"
