#include "sandbox/sandbox.h"
#include "json/value.h"

#include "ctlrunner.h"

#include <QTemporaryDir>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace Orgtrace;
using Test::Run;

/// Questions about rights on the command line: two snapshots of the sandbox, before and after the contractor's promotion.
class TestCliAccess : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void couldThey_data();
    void couldThey();
    void whoCan_data();
    void whoCan();
    void whoGainedWhat();
    void aPartialSnapshotAnswersWithCare();
    void nestedGroupsAndPoliciesThatDeny_data();
    void nestedGroupsAndPoliciesThatDeny();

private:
    Run ctl(const QStringList &arguments, const QByteArray &input = {})
    {
        return Test::runCtl(m_folder.filePath(u"store"_s), arguments, input);
    }

    Run ofImported(const QStringList &arguments) { return Test::runCtl(m_imported.filePath(u"store"_s), arguments); }

    QTemporaryDir m_folder, m_imported;
    std::unique_ptr<Sandbox::Server> m_sandbox;
};

void TestCliAccess::initTestCase()
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
    for (const QString &time : {u"2026-10-16T06:00:00Z"_s, u"2026-10-23T06:00:00Z"_s}) {
        m_sandbox->moveTo(QDateTime::fromString(time, Qt::ISODate));
        EXPECT_STATUS(ctl({u"capture"_s, u"nw"_s, u"--no-raw"_s}), 0);
    }
}

void TestCliAccess::couldThey_data()
{
    QTest::addColumn<QStringList>("question");
    QTest::addColumn<int>("status");
    QTest::addColumn<QByteArray>("says");
    const QStringList contractor{u"contractor-17"_s, u"admin:general:edit"_s};
    QTest::newRow("before") << contractor + QStringList{u"--at"_s, u"latest~1"_s} << 1 << QByteArray("no: contractor-17");
    QTest::newRow("after, with proof") << contractor << 0 << QByteArray("group Contractors → Master Admin in all divisions → admin:*:*");
    QTest::newRow("what it would take") << contractor + QStringList{u"--at"_s, u"latest~1"_s} << 1
                                        << QByteArray("roles that allow it: Master Admin");
    QTest::newRow("in one division") << contractor + QStringList{u"--division"_s, u"dach"_s} << 0 << QByteArray("yes: contractor-17");
    QTest::newRow("an unknown division") << contractor + QStringList{u"--division"_s, u"Atlantis"_s} << 2
                                         << QByteArray("no division 'Atlantis'");
    QTest::newRow("an unknown subject") << QStringList{u"nobody"_s, u"admin:general:edit"_s} << 2 << QByteArray("no subject");
    QTest::newRow("an unknown permission") << QStringList{u"contractor-17"_s, u"admin:general:edti"_s} << 2
                                           << QByteArray("no permission of this name");
    QTest::newRow("no permission at all") << QStringList{u"contractor-17"_s, u"everything"_s} << 2 << QByteArray("domain:entity:action");
    QTest::newRow("escape sequences are shown, not obeyed")
        << QStringList{u"\x1b[31mred"_s, u"admin:general:edit"_s} << 2 << QByteArray("␛");
}

void TestCliAccess::couldThey()
{
    QFETCH(QStringList, question);
    QFETCH(int, status);
    QFETCH(QByteArray, says);
    const Run run = ctl(QStringList{u"access"_s, u"can"_s} + question);
    EXPECT_STATUS(run, status);
    const QByteArray said = run.out + run.err;
    QVERIFY2(said.contains(says), said.constData());
    QVERIFY(!said.contains('\x1b'));
}

void TestCliAccess::whoCan_data()
{
    QTest::addColumn<QString>("permission");
    QTest::addColumn<QString>("at");
    QTest::addColumn<bool>("isContractorIn");
    QTest::newRow("one permission, before") << u"admin:general:edit"_s << u"latest~1"_s << false;
    QTest::newRow("one permission, after") << u"admin:general:edit"_s << u"latest"_s << true;
    QTest::newRow("a pattern, before") << u"authorization:*:*"_s << u"latest~1"_s << false;
    QTest::newRow("a pattern, after") << u"authorization:*:*"_s << u"latest"_s << true;
}

void TestCliAccess::whoCan()
{
    QFETCH(QString, permission);
    QFETCH(QString, at);
    QFETCH(bool, isContractorIn);
    const Run text = ctl({u"access"_s, u"who-can"_s, permission, u"--at"_s, at});
    EXPECT_STATUS(text, 0);
    QCOMPARE(text.out.contains("contractor-17 ("), isContractorIn);
    const Run json = ctl({u"access"_s, u"who-can"_s, permission, u"--at"_s, at, u"--json"_s});
    EXPECT_STATUS(json, 0);
    const auto document = Json::parse(std::string_view(json.out.constData(), static_cast<size_t>(json.out.size())));
    QVERIFY(document);
    bool found = false;
    for (const Json::Value holder : document->root()["holders"].items()) {
        QVERIFY(holder["permissions"].size() > 0);
        found = found || holder["subject"]["name"].toQString() == u"contractor-17";
    }
    QCOMPARE(found, isContractorIn);
}

void TestCliAccess::whoGainedWhat()
{
    const Run run = ctl({u"access"_s, u"diff"_s, u"latest~1"_s, u"latest"_s, u"--json"_s});
    EXPECT_STATUS(run, 1);
    const auto document = Json::parse(std::string_view(run.out.constData(), static_cast<size_t>(run.out.size())));
    QVERIFY(document);
    QStringList adminsNow;
    for (const Json::Value row : document->root()["subjects"].items()) {
        for (const Json::Value change : row["changes"].items()) {
            QVERIFY(change["event"].kind() == Json::Kind::Null);
            for (const Json::Value permission : change["permissions"].items()) {
                if (permission.string() == "admin:general:edit" && change["kind"].string() == "gained") {
                    adminsNow.append(row["subject"]["name"].toQString());
                    QCOMPARE(change["before"].size(), qsizetype(0));
                    QCOMPARE(change["after"].at(0)["roleName"].toQString(), u"Master Admin"_s);
                }
            }
        }
    }
    QVERIFY(adminsNow.contains(u"contractor-17"_s));
    QVERIFY(adminsNow.contains(u"Contractors"_s)); // the group itself
    // Supervisor – EMEA was deleted and made again: only what it has more is told.
    const Run one = ctl({u"access"_s, u"diff"_s, u"latest~1"_s, u"latest"_s, u"--subject"_s, u"Alba Kelder"_s});
    EXPECT_STATUS(one, 1);
    QVERIFY2(one.out.contains("gained 3: authorization:grant:add, directory:user:edit, recording:recording:download"), one.out.constData());
    QVERIFY(!one.out.contains("lost"));
    EXPECT_STATUS(ctl({u"access"_s, u"diff"_s, u"latest"_s, u"latest"_s}), 0);
    EXPECT_STATUS(ctl({u"access"_s, u"diff"_s, u"latest~1"_s, u"latest"_s, u"--subject"_s, u"nobody"_s}), 2);
}

void TestCliAccess::aPartialSnapshotAnswersWithCare()
{
    EXPECT_STATUS(ctl({u"capture"_s, u"nw"_s, u"--no-raw"_s, u"--domains"_s, u"users,roles,grants,permissions_catalogue,divisions"_s}), 0);
    // Groups and their members are those of the snapshot before: it is said, and no answer is certain.
    const Run run = ctl({u"access"_s, u"can"_s, u"contractor-17"_s, u"admin:general:edit"_s});
    EXPECT_STATUS(run, 4);
    QVERIFY2(run.out.startsWith("yes, with what is known") && run.out.contains("! Domain group_members was not read in this capture"),
             run.out.constData());
    EXPECT_STATUS(ctl({u"access"_s, u"who-can"_s, u"admin:general:edit"_s}), 4);
    const Run difference = ctl({u"access"_s, u"diff"_s, u"latest~1"_s, u"latest"_s});
    EXPECT_STATUS(difference, 4);
    QVERIFY2(difference.out.contains("! After: "), difference.out.constData());
}

/// An organisation as exported files tell it: Day shift is inside Everybody, and policies take away part of what that gives.
void TestCliAccess::nestedGroupsAndPoliciesThatDeny_data()
{
    const auto write = [this](const QString &domain, const QByteArray &text) {
        QFile file(m_imported.filePath(u"in/"_s + domain + u".json"_s));
        QVERIFY(file.open(QIODevice::WriteOnly) && file.write(text) == text.size());
    };
    QVERIFY(QDir(m_imported.path()).mkdir(u"in"_s));
    write(u"users"_s, R"([{"id":"u1","name":"Kim"},{"id":"u2","name":"Lee"}])");
    write(u"groups"_s, R"([{"id":"g1","name":"Day shift","rolesEnabled":true},{"id":"g2","name":"Everybody","rolesEnabled":true}])");
    write(u"group_members"_s, R"([{"id":"g1","members":[{"id":"u1"}]},{"id":"g2","members":[{"id":"g1"},{"id":"u2"}]}])");
    for (const QString &none : {u"teams"_s, u"team_members"_s, u"oauth_clients"_s}) {
        write(none, "[]");
    }
    write(u"divisions"_s, R"([{"id":"d1","name":"Home"}])");
    write(u"roles"_s,
          R"([{"id":"r1","name":"Editor","permissionPolicies":[{"domain":"routing","entityName":"queue","actionSet":["edit","view"]}]}])");
    write(u"grants"_s, R"([{"id":"g2","type":"PC_GROUP","grants":[{"role":"r1","division":{"id":"d1","name":"Home"}}]}])");
    write(
        u"permissions_catalogue"_s,
        R"([{"domain":"routing","permissionMap":{"queue":[{"domain":"routing","entityType":"queue","action":"edit","divisionAware":true},)"
        R"({"domain":"routing","entityType":"queue","action":"view","divisionAware":true}]}}])");
    write(
        u"access_policies"_s,
        R"([{"id":"p1","name":"No edits","effect":"DENY","active":true,"subject":{"type":"GROUP","id":"g1"},"targetResource":"routing:queue:edit"},)"
        R"({"id":"p2","name":"Office only","effect":"DENY","active":true,"subject":{"type":"ALL"},"targetResource":"routing:queue:view",)"
        R"("condition":{"all":[{"op":"EQ"}]}}])");
    EXPECT_STATUS(ofImported({u"init"_s, u"--key-file"_s, m_imported.filePath(u"keys"_s), u"--no-passphrase"_s}), 0);
    EXPECT_STATUS(ofImported({u"import"_s, m_imported.filePath(u"in"_s), u"--org"_s, u"nw"_s}), 0);

    QTest::addColumn<QStringList>("question");
    QTest::addColumn<int>("status");
    QTest::addColumn<QByteArrayList>("says");
    QTest::addColumn<QByteArray>("settings"); // STORE/policies/access.toml
    const QByteArray enforced = "version = 1\npolicies-enforced = true\n", unenforced = "version = 1\npolicies-enforced = false\n";
    const QByteArray path = "group Day shift in group Everybody (nested) → Editor in Home";
    QTest::newRow("nobody says that policies are enforced")
        << QStringList{u"can"_s, u"Kim"_s, u"routing:queue:edit"_s} << 4
        << QByteArrayList{"only under a condition", "may be denied by access policy No edits",
                          "Whether the organisation enforces access policies is not known.", path}
        << QByteArray();
    QTest::newRow("who may do it, nobody says that policies are enforced")
        << QStringList{u"who-can"_s, u"routing:queue:edit"_s} << 4
        << QByteArrayList{"Kim (user u1): perhaps, under a condition", "1 user, 1 group can, 2 perhaps"} << QByteArray();
    QTest::newRow("policies are not enforced") << QStringList{u"can"_s, u"Kim"_s, u"routing:queue:edit"_s} << 0
                                               << QByteArrayList{"yes: Kim", "note: 2 access policies that deny are left out"}
                                               << unenforced;
    QTest::newRow("settings that cannot be read") << QStringList{u"can"_s, u"Kim"_s, u"routing:queue:edit"_s} << 2 << QByteArrayList()
                                                  << QByteArray("version = 1\npolicies-enforced = 7\n");
    QTest::newRow("what Kim may do in a division")
        << QStringList{u"show"_s, u"Kim"_s, u"--division"_s, u"home"_s} << 0
        << QByteArrayList{", only what holds in Home", "roles, in whatever division: Editor", path} << enforced;
    QTest::newRow("what Kim may do in a division, for programs")
        << QStringList{u"show"_s, u"Kim"_s, u"--division"_s, u"Home"_s, u"--json"_s} << 0
        << QByteArrayList{R"("division": "d1")", R"("policies": "captured")", R"("notes": [)"} << enforced;
    // The nesting is said, but nothing was left unseen.
    QTest::newRow("what Kim may do") << QStringList{u"show"_s, u"Kim"_s} << 0
                                     << QByteArrayList{path,
                                                       "routing:queue:edit: denied",
                                                       "denied by access policy No edits",
                                                       "may be denied by access policy Office only",
                                                       "1 permissions, and 1 that access policies deny",
                                                       "note: Some rights come through"}
                                     << enforced;
    QTest::newRow("what Kim may not do") << QStringList{u"can"_s, u"Kim"_s, u"routing:queue:edit"_s} << 1
                                         << QByteArrayList{"no: Kim", "denied by access policy No edits", "near: roles grant it", path}
                                         << enforced;
    QTest::newRow("what Kim may do under a condition")
        << QStringList{u"can"_s, u"Kim"_s, u"routing:queue:view"_s} << 4
        << QByteArrayList{"only under a condition", "may be denied by access policy Office only"} << enforced;
    QTest::newRow("what Lee may do") << QStringList{u"can"_s, u"Lee"_s, u"routing:queue:edit"_s} << 0
                                     << QByteArrayList{"yes: Lee", "group Everybody → Editor in Home"} << enforced;
    QTest::newRow("who may do it") << QStringList{u"who-can"_s, u"routing:queue:edit"_s} << 0
                                   << QByteArrayList{"Kim (user u1): no, roles grant it and access policies deny it",
                                                     "1 user, 1 group can, 2 denied by access policies"} // Lee, Everybody; Kim, Day shift
                                   << enforced;
    QTest::newRow("for programs") << QStringList{u"can"_s, u"Kim"_s, u"routing:queue:edit"_s, u"--json"_s} << 1
                                  << QByteArrayList{R"("policyName": "No edits")", R"("kind": "denied")", R"("containers": [)"} << enforced;
}

void TestCliAccess::nestedGroupsAndPoliciesThatDeny()
{
    QFETCH(QStringList, question);
    QFETCH(int, status);
    QFETCH(QByteArrayList, says);
    QFETCH(QByteArray, settings);
    const QDir store(m_imported.filePath(u"store"_s));
    QVERIFY(store.mkpath(u"policies"_s));
    QFile file(store.filePath(u"policies/access.toml"_s));
    QVERIFY(!file.exists() || file.remove());
    if (!settings.isEmpty()) {
        QVERIFY(file.open(QIODevice::WriteOnly) && file.write(settings) == settings.size());
        file.close();
    }
    const Run run = ofImported(QStringList{u"access"_s} + question);
    EXPECT_STATUS(run, status);
    for (const QByteArray &words : says) {
        QVERIFY2(run.out.contains(words), QByteArray(words + " is not in\n" + run.out).constData());
    }
}

QTEST_GUILESS_MAIN(TestCliAccess)
#include "tst_cliaccess.moc"
