#include "sandbox/faults.h"
#include "sandbox/sandbox.h"
#include "sandbox/scenario.h"
#include "sandbox/words.h"

#include <QSet>
#include <QTemporaryDir>
#include <QTest>

using namespace Orgtrace;
using namespace Qt::StringLiterals;

namespace {

constexpr const char *head = "[scenario]\nname = \"t\"\nstart = 2026-10-01T00:00:00Z\nend = 2026-10-03T00:00:00Z\n"
                             "captures = [2026-10-01T01:00:00Z, 2026-10-02T23:00:00Z]\n";

QByteArray step(const char *rest)
{
    return QByteArray(head) + "[[step]]\nat = 2026-10-02T08:00:00Z\nactor = \"Teo Holm\"\nstory = \"s\"\n" + rest;
}

} // namespace

class TestSandboxScenario : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void mistakesAreNamedWithTheirPlace_data()
    {
        QTest::addColumn<QByteArray>("toml");
        QTest::addColumn<QString>("where");
        QTest::addColumn<QString>("says");
        QTest::newRow("not TOML at all") << QByteArray("[scenario\n") << u"f.toml:1"_s << QString();
        QTest::newRow("no scenario table") << QByteArray("[[step]]\n") << u"f.toml"_s << u"[scenario]"_s;
        QTest::newRow("unknown key in the head") << QByteArray(head) + "color = 1\n" << u"f.toml:6"_s << u"color"_s;
        QTest::newRow("unknown table") << QByteArray(head) + "[steps]\n" << u"f.toml:6"_s << u"steps"_s;
        QTest::newRow("a time without a zone") << QByteArray(head) + "[[step]]\nat = 2026-10-02T08:00:00\ndo = \"save\"\n"
                                               << u"f.toml:7"_s << u"zone"_s;
        QTest::newRow("a time as text") << QByteArray(head) + "[[step]]\nat = \"2026-10-02T08:00:00Z\"\ndo = \"save\"\n"
                                        << u"f.toml:7"_s << u"quotes"_s;
        QTest::newRow("an action that does not exist") << step("do = \"explode\"\n") << u"f.toml:6"_s << u"explode"_s;
        QTest::newRow("no action") << step("domain = \"users\"\n") << u"f.toml:6"_s << u"\"do\" is missing"_s;
        QTest::newRow("a need is missing") << step("do = \"save\"\ndomain = \"users\"\n") << u"f.toml:6"_s << u"needs \"entity\""_s;
        QTest::newRow("a key of another action")
            << step("do = \"save\"\ndomain = \"users\"\nentity = \"x\"\nrole = \"y\"\n") << u"f.toml:6"_s << u"no use for \"role\""_s;
        QTest::newRow("an unknown key") << step("do = \"save\"\ndomain = \"users\"\nentity = \"x\"\nentitty = \"y\"\n") << u"f.toml:13"_s
                                        << u"entitty"_s;
        QTest::newRow("set without fields") << step("do = \"set\"\ndomain = \"users\"\nentity = \"x\"\n") << u"f.toml:6"_s << u"fields"_s;
        QTest::newRow("outside the month") << QByteArray(head)
                + "[[step]]\nat = 2027-10-02T08:00:00Z\ndo = \"save\"\nstory = \"s\"\ndomain = \"users\"\nentity = \"x\"\n"
                                           << u"f.toml:6"_s << u"outside"_s;
        QTest::newRow("a capture that nobody can begin")
            << QByteArray("[scenario]\nstart = 2026-10-01T00:00:00Z\nend = 2026-10-03T00:00:00Z\n"
                          "captures = [2026-10-01T01:00:00Z,\n{ at = 2026-10-02T01:00:00Z, by = \"magic\" }]\n")
            << u"f.toml:5"_s << u"schedule, events or hand"_s;
        QTest::newRow("a capture without a time") << QByteArray("[scenario]\nstart = 2026-10-01T00:00:00Z\nend = 2026-10-03T00:00:00Z\n"
                                                                "captures = [2026-10-01T01:00:00Z, { by = \"hand\" }]\n")
                                                  << u"f.toml:4"_s << u"\"at\" is missing"_s;
        QTest::newRow("captures that fall") << QByteArray("[scenario]\nstart = 2026-10-01T00:00:00Z\nend = 2026-10-03T00:00:00Z\n"
                                                          "captures = [2026-10-02T01:00:00Z, 2026-10-01T23:00:00Z]\n")
                                            << u"f.toml:4"_s << u"rise"_s;
        QTest::newRow("a wrong type") << step("do = \"save\"\ndomain = 7\nentity = \"x\"\n") << u"f.toml:11"_s << u"must be a text"_s;
    }
    void mistakesAreNamedWithTheirPlace()
    {
        QFETCH(QByteArray, toml);
        QFETCH(QString, where);
        QFETCH(QString, says);
        const auto read = Sandbox::readScenario(toml, u"f.toml"_s);
        QVERIFY(!read);
        QCOMPARE(read.error().code, ErrorCode::BadInput);
        QCOMPARE(read.error().where, where);
        QVERIFY2(read.error().detail.contains(says), qPrintable(read.error().detail));
    }

    void whatCannotHappenIsRefusedBeforeAnybodyIsServed_data()
    {
        QTest::addColumn<QByteArray>("toml");
        QTest::addColumn<QString>("says");
        QTest::newRow("an unknown domain") << step("do = \"save\"\ndomain = \"planets\"\nentity = \"x\"\n") << u"no domain \"planets\""_s;
        QTest::newRow("an unknown entity") << step("do = \"save\"\ndomain = \"queues\"\nentity = \"x\"\n") << u"Nothing in queues"_s;
        QTest::newRow("an unknown actor") << QByteArray(head)
                + "[[step]]\nat = 2026-10-02T08:00:00Z\ndo = \"save\"\nactor = \"Nobody\"\nstory = \"s\"\ndomain = \"queues\"\nentity = "
                  "\"Overflow\"\n" << u"Nobody"_s;
        QTest::newRow("a field inside nothing")
            << step("do = \"set\"\ndomain = \"queues\"\nentity = \"Overflow\"\nfields = { \"a/b\" = 1 }\n") << u"outer member"_s;
        QTest::newRow("an id that would change")
            << step("do = \"set\"\ndomain = \"queues\"\nentity = \"Overflow\"\nfields = { id = \"x\" }\n") << u"kept by the sandbox"_s;
        QTest::newRow("a second grant of the same")
            << step("do = \"grant\"\nsubject_type = \"user\"\nsubject = \"Rowan Vale\"\nrole = \"Master Admin\"\ndivision = \"*\"\n")
            << u"already"_s;
        QTest::newRow("a revoke of nothing") << step(
            "do = \"revoke\"\nsubject_type = \"user\"\nsubject = \"Teo Holm\"\nrole = \"Master Admin\"\ndivision = \"*\"\n")
                                             << u"does not hold"_s;
        QTest::newRow("a member twice") << step(
            "do = \"add_member\"\ndomain = \"groups\"\nentity = \"Contractors\"\nmembers = [\"contractor-01\"]\n")
                                        << u"already"_s;
        QTest::newRow("a user in two teams") << step(
            "do = \"add_member\"\ndomain = \"teams\"\nentity = \"Team Lyon\"\nmembers = [\"agent-0041\"]\n")
                                             << u"in a team already"_s;
        QTest::newRow("a user deleted") << step("do = \"delete\"\ndomain = \"users\"\nentity = \"agent-0041\"\n") << u"set inactive"_s;
        QTest::newRow("the capturing client deleted")
            << step("do = \"delete\"\ndomain = \"oauth_clients\"\nentity = \"orgtrace-capture\"\n") << u"nothing could be captured"_s;
        QTest::newRow("a role recreated that lives") << step("do = \"recreate\"\nentity = \"admin\"\n") << u"was deleted before"_s;
        QTest::newRow("restore of nothing") << step("do = \"restore\"\ndomain = \"queues\"\nentity = \"Overflow\"\n") << u"restored"_s;
        QTest::newRow("a name taken") << step("do = \"create\"\ndomain = \"skills\"\nentity = \"VIP\"\n") << u"already"_s;
    }
    void whatCannotHappenIsRefusedBeforeAnybodyIsServed()
    {
        QFETCH(QByteArray, toml);
        QFETCH(QString, says);
        Sandbox::Settings settings;
        settings.users = 150;
        settings.scenarioFile = written(toml);
        Sandbox::Server server(settings);
        const auto listening = server.listen();
        QVERIFY(!listening);
        QCOMPARE(listening.error().code, ErrorCode::BadInput);
        QVERIFY2(listening.error().detail.contains(says), qPrintable(listening.error().detail));
        QVERIFY2(listening.error().where.endsWith(u":6"_s), qPrintable(listening.error().where));
    }

    void netListAddsUp_data()
    {
        QTest::addColumn<QByteArray>("steps");
        QTest::addColumn<QString>("net");
        const QByteArray set
            = "[[step]]\nat = 2026-10-02T08:00:00Z\nstory = \"s\"\ndo = \"set\"\ndomain = \"queues\"\nentity = \"Overflow\"\n";
        const QByteArray create
            = "[[step]]\nat = 2026-10-02T09:00:00Z\nstory = \"s\"\ndo = \"create\"\ndomain = \"skills\"\nentity = \"New\"\n";
        const QByteArray remove
            = "[[step]]\nat = 2026-10-02T10:00:00Z\nstory = \"s\"\ndo = \"delete\"\ndomain = \"skills\"\nentity = \"New\"\n";
        QTest::newRow("set twice is one change") << set + "fields = { description = \"a\" }\n" + set + "fields = { description = \"b\" }\n"
                                                 << u"queues modified /description"_s;
        QTest::newRow("set and restored is none")
            << set + "fields = { description = \"a\" }\n" + QByteArray(set).replace("\"set\"", "\"restore\"") << QString();
        QTest::newRow("set to what it was is none") << set + "fields = { autoAnswerOnly = true }\n" << QString();
        QTest::newRow("made and deleted is none") << create + remove << QString();
        QTest::newRow("made and changed is made")
            << create + QByteArray(remove).replace("\"delete\"", "\"set\"") + "fields = { state = \"inactive\" }\n"
            << u"skills added "_s;
        QTest::newRow("whole and part of one member") << set + "fields = { acwSettings = { wrapupPrompt = \"OPTIONAL\", timeoutMs = 1 } }\n"
                + set + "fields = { \"acwSettings/timeoutMs\" = 2 }\n"
                                                      << u"queues modified /acwSettings,/acwSettings/timeoutMs"_s;
        QTest::newRow("a new queue brings its member list")
            << QByteArray(create).replace("skills", "queues") << u"queue_members added ;queues added "_s;
        QTest::newRow("a new user brings the employee role")
            << QByteArray(create).replace("skills", "users") << u"grants added ;users added "_s;
        QTest::newRow("a client's grant shows at the client too")
            << QByteArray("[[step]]\nat = 2026-10-02T08:00:00Z\nstory = \"s\"\ndo = \"grant\"\nsubject_type = \"oauth_client\"\nsubject = "
                          "\"wallboard\"\nrole = \"admin\"\ndivision = \"*\"\n")
            << u"grants modified /grants;oauth_clients modified /roleDivisions,/roleIds"_s;
        QTest::newRow("a policy added and taken back is none")
            << QByteArray("[[step]]\nat = 2026-10-02T08:00:00Z\nstory = \"s\"\ndo = \"add_policy\"\nentity = \"User\"\npolicies = "
                          "[\"sms:phoneNumber:view\"]\n"
                          "[[step]]\nat = 2026-10-02T09:00:00Z\nstory = \"s\"\ndo = \"remove_policy\"\nentity = \"User\"\npolicies = "
                          "[\"sms:phoneNumber:view\"]\n")
            << QString();
        QTest::newRow("a division deleted") << QByteArray(
            "[[step]]\nat = 2026-10-02T08:00:00Z\nstory = \"s\"\ndo = \"delete\"\ndomain = \"divisions\"\nentity = \"Nordics\"\n")
                                            << u"divisions removed "_s;
    }
    void netListAddsUp()
    {
        QFETCH(QByteArray, steps);
        QFETCH(QString, net);
        Sandbox::Settings settings;
        settings.users = 150;
        settings.scenarioFile = written(QByteArray(head) + steps);
        Sandbox::Server server(settings);
        const auto listening = server.listen();
        QVERIFY2(listening, listening ? "" : qPrintable(listening.error().detail));
        QStringList lines;
        for (const auto &change : server.expectedChanges(server.captureTimes().first(), server.captureTimes().last()))
            lines.append(change.domain + u' ' + change.kind + u' ' + change.paths.join(u','));
        lines.sort();
        QCOMPARE(lines.join(u';'), net);
    }

    void teamGrantsCanBeSwitchedOff()
    {
        const QByteArray toml
            = step("do = \"grant\"\nsubject_type = \"team\"\nsubject = \"Team Lyon\"\nrole = \"Team Lead\"\ndivision = \"Home\"\n");
        for (const bool on : {true, false}) {
            Sandbox::Settings settings;
            settings.users = 150;
            settings.teamGrants = on;
            settings.scenarioFile = written(toml);
            Sandbox::Server server(settings);
            QVERIFY(server.listen());
            QCOMPARE(server.expectedChanges(server.monthStartUtc(), server.monthEndUtc()).size(), on ? 1 : 0);
        }
    }

    void badSettingsAreRefused_data()
    {
        QTest::addColumn<int>("users");
        QTest::addColumn<QString>("scenario");
        QTest::newRow("too few users for the month") << 20 << QString();
        QTest::newRow("too many users to hold") << 2'000'000 << QString();
        QTest::newRow("a scenario that is not there") << 150 << u"/nowhere/at-all.toml"_s;
    }
    void badSettingsAreRefused()
    {
        QFETCH(int, users);
        QFETCH(QString, scenario);
        Sandbox::Settings settings;
        settings.users = users;
        settings.scenarioFile = scenario;
        Sandbox::Server server(settings);
        const auto listening = server.listen();
        QVERIFY(!listening);
        QCOMPARE(listening.error().code, ErrorCode::BadInput);
    }

    void fewUsersAreEnough_data()
    {
        QTest::addColumn<int>("users");
        QTest::addColumn<bool>("month");
        QTest::newRow("for the built-in month") << 80 << true;
        QTest::newRow("for a month of one's own") << 12 << false;
    }
    void fewUsersAreEnough()
    {
        QFETCH(int, users);
        QFETCH(bool, month);
        Sandbox::Settings settings;
        settings.users = users;
        if (!month)
            settings.scenarioFile = written(head);
        Sandbox::Server server(settings);
        const auto listening = server.listen();
        QVERIFY2(listening, listening ? "" : qPrintable(listening.error().detail));
    }

    void faultFilesAreChecked_data()
    {
        QTest::addColumn<QByteArray>("toml");
        QTest::addColumn<int>("faults");
        QTest::newRow("two good ones") << QByteArray(
            "[[fault]]\npath = \"/api/v2/users\"\nstatus = 429\nretry_after = \"2\"\n[[fault]]\npath = \"/oauth\"\nbehaviour = \"reset\"\n")
                                       << 2;
        QTest::newRow("nothing in it") << QByteArray() << 0;
        QTest::newRow("no path") << QByteArray("[[fault]]\nstatus = 429\n") << -1;
        QTest::newRow("neither status nor behaviour") << QByteArray("[[fault]]\npath = \"/\"\n") << -1;
        QTest::newRow("both") << QByteArray("[[fault]]\npath = \"/\"\nstatus = 500\nbehaviour = \"hang\"\n") << -1;
        QTest::newRow("an unknown behaviour") << QByteArray("[[fault]]\npath = \"/\"\nbehaviour = \"sing\"\n") << -1;
        QTest::newRow("an unknown key") << QByteArray("[[fault]]\npath = \"/\"\nstatus = 500\nx = 1\n") << -1;
        QTest::newRow("not TOML") << QByteArray("[[fault\n") << -1;
    }
    void faultMistakesAreNamed_data()
    {
        QTest::addColumn<QByteArray>("keys"); // of one [[fault]], from line 2 on
        QTest::addColumn<int>("line");
        QTest::addColumn<QString>("says");
        const auto row = [](const char *name, const char *keys, int line, const char *says) {
            QTest::newRow(name) << QByteArray(keys) << line << QString::fromLatin1(says);
        };
        row("an unknown behaviour, and those there are", "path = \"/a\"\nbehaviour = \"sing\"", 3, "there are truncate, wrong-length");
        row("an unknown key, and those there are", "path = \"/a\"\nstatus = 500\nrow = 3", 4, "keys are: path, status");
        row("a text that is a number", "path = 7\nstatus = 500", 2, "write path = ");
        row("a number that is a text", "path = \"/a\"\nstatus = \"500\"", 3, "write status = 1");
        row("a number below 0", "path = \"/a\"\nstatus = 500\nskip = -1", 4, "0 or more");
        row("a status nobody answers with", "path = \"/a\"\nstatus = 200", 3, "between 300 and 599");
        row("requests that are no list", "path = \"/a\"\nstatus = 500\nrequests = 2", 4, "write requests = [2, 5]");
        row("request number 0", "path = \"/a\"\nstatus = 500\nrequests = [0]", 4, "from 1 on");
        row("requests beside a count", "path = \"/a\"\nstatus = 500\ncount = 2\nrequests = [1]", 5, "leave out \"skip\"");
        row("rows of what has none", "path = \"/a\"\nstatus = 500\nrows = 2", 3, "leave it out");
        row("rows below 0", "path = \"/a\"\nbehaviour = \"clamp\"\nrows = -2", 3, "above 0");
        row("a skew of nothing", "path = \"/a\"\nbehaviour = \"clock-skew\"", 3, "needs \"seconds\"");
        row("seconds of what has none", "path = \"/a\"\nbehaviour = \"hang\"\nseconds = 3", 3, "leave it out");
        row("a redirect to nowhere", "path = \"/a\"\nbehaviour = \"redirect\"", 3, "needs a \"body\"");
        row("rows added from the start", "path = \"/a\"\nbehaviour = \"add-rows\"", 3, "needs \"skip\"");
        row("a path that is none", "path = \"users\"\nstatus = 500", 3, "begins with /");
    }
    void faultMistakesAreNamed()
    {
        QFETCH(QByteArray, keys);
        QFETCH(int, line);
        QFETCH(QString, says);
        const auto read = Sandbox::readFaults("[[fault]]\n" + keys + '\n', u"f"_s);
        QVERIFY(!read);
        QVERIFY2(read.error().detail.contains(says), qPrintable(read.error().detail));
        QCOMPARE(read.error().where, u"f:%1"_s.arg(line));
    }
    void faultsCountEachRequest()
    {
        Sandbox::Faults faults;
        const auto read = Sandbox::readFaults("[[fault]]\npath=\"/a\"\nstatus=500\nrequests=[1,4]\n"
                                              "[[fault]]\npath=\"/a\"\nstatus=503\nskip=1\n"
                                              "[[fault]]\npath=\"/a?x\"\nstatus=429\ncount=-1\n",
                                              u"f"_s);
        QVERIFY(read);
        for (const auto &one : *read)
            faults.add(one);
        const auto ask = [&faults](const QByteArray &path, const QString &query = {}) {
            Sandbox::Request request;
            request.method = "GET";
            request.path = path;
            request.query = QUrlQuery(query);
            const auto mishap = faults.take(request);
            return mishap.failure ? mishap.failure->status : 0;
        };
        QCOMPARE(ask("/a"), 500);
        QCOMPARE(ask("/b"), 0);
        QCOMPARE(ask("/a"), 503); // the second request of that path, whoever took the first
        QCOMPARE(ask("/a"), 0);
        QCOMPARE(ask("/a"), 500);
        QCOMPARE(ask("/a", u"x=1"_s), 429);
    }
    void faultFilesAreChecked()
    {
        QFETCH(QByteArray, toml);
        QFETCH(int, faults);
        const auto read = Sandbox::readFaults(toml, u"f"_s);
        QCOMPARE(read ? static_cast<int>(read->size()) : -1, faults);
    }

    void peopleHaveDistinctNames()
    {
        QSet<QString> names;
        for (int i = 0; i < 30000; ++i)
            names.insert(Sandbox::userName(i));
        QCOMPARE(names.size(), 30000);
    }

private:
    QString written(const QByteArray &toml)
    {
        const QString name = m_folder.filePath(u"%1.toml"_s.arg(m_files++));
        QFile file(name);
        if (!file.open(QIODevice::WriteOnly) || file.write(toml) != toml.size())
            qFatal("cannot write the test's file");
        return name;
    }
    QTemporaryDir m_folder;
    int m_files = 0;
};

QTEST_GUILESS_MAIN(TestSandboxScenario)
#include "tst_sandboxscenario.moc"
