#include "captureworld.h"

#include <QElapsedTimer>
#include <QTimer>
#include <QtTest>

using namespace Qt::StringLiterals;
using namespace Orgtrace;
using Evidence::LedgerRow;
using Evidence::LedgerState;
using Test::CaptureWorld;

#define NO_PROBLEMS(world) QVERIFY2((world).network.problems().isEmpty(), qPrintable((world).network.problems().join(u'\n')))
#define VERIFY_OK(outcome)                                                                                                                 \
    QVERIFY2(outcome, qPrintable((outcome) ? QString() : QString(errorCodeName((outcome).error().code) + u' ' + (outcome).error().detail)))

namespace {
const QString Members1 = u"/api/v2/routing/queues/q1/members?pageNumber=1&pageSize=100"_s;
const QString Members2 = u"/api/v2/routing/queues/q2/members?pageNumber=1&pageSize=100"_s;
const QString Queues = u"/api/v2/routing/queues?pageNumber=1&pageSize=100"_s;
const QString Grants2 = u"/api/v2/authorization/roles/r2/subjectgrants?pageNumber=1&pageSize=100"_s;

QString rowText(const LedgerRow &row)
{
    QStringList quarantined;
    for (const auto &entry : row.quarantined) {
        quarantined.append(entry.id);
    }
    return Evidence::ledgerStateName(row.state)
        + u" e%1 q[%2] f[%3]"_s.arg(row.entities).arg(quarantined.join(u','), row.failedParents.join(u','));
}
} // namespace

class TestCapture : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void aWholeOrganisation();
    void whatBeganItIsKept();
    void theLedgerIsComplete();
    void anUnchangedOrganisationIsTheSameTree();
    void oneDomainFails_data();
    void oneDomainFails();
    void oneEntityFails_data();
    void oneEntityFails();
    void anUnnamedBrokenEntityKeepsWhatIsMissing();
    void parentsThatFail_data();
    void parentsThatFail();
    void aParentWithoutIdLeavesItsSubResourceOpen();
    void theWindowOfASubResourceBeginsWithItsParents();
    void nothingIsWritten_data();
    void nothingIsWritten();
    void cancelledMidRun();
    void aTokenThatDiesMidRunIsRenewed();
    void domainsThatWereNotAskedFor();
    void whatAParentLacksIsNotAskedAbout();
    void aParentThatCannotBeReadIsNoSignOfNothing();
    void oneObjectForEachParent();
    void subResourcesHaveNoSubResources();
    void anOutageIsNotAskedToDeath();
    void secretsDoNotReachTheStore();
    void theEventLoopStaysFree();
};

void TestCapture::aWholeOrganisation()
{
    CaptureWorld world;
    QStringList states;
    const auto outcome = world.capture({}, {}, [&states](const Capture::Progress &progress) {
        QCOMPARE(progress.domainsTotal, 5);
        states.append(progress.domain + u':' + progress.state);
    });
    VERIFY_OK(outcome);
    QVERIFY(outcome->isComplete());
    NO_PROBLEMS(world);
    QCOMPARE(outcome->manifest.organisationId, u"org-1"_s);
    QCOMPARE(outcome->manifest.organisationName, u"Northwind"_s);
    QCOMPARE(outcome->manifest.source, u"capture"_s);
    QCOMPARE(outcome->manifest.clientId, u"client-1"_s);
    QVERIFY(outcome->manifest.identityGrants.contains("\"grants\""));
    QVERIFY(outcome->snapshot.message.startsWith(u"Capture of Northwind: 5 of 5 domains complete"));
    QCOMPARE(world.text(*outcome, u"organization"_s, {}), QByteArray("{\n  \"id\": \"org-1\",\n  \"name\": \"Northwind\"\n}\n"));
    // Regrouped by subject; a grant without division stays visible.
    QCOMPARE(world.ids(*outcome, u"grants"_s), QStringList({u"g1"_s, u"u1"_s}));
    const QByteArray u1 = world.text(*outcome, u"grants"_s, u"u1"_s);
    QCOMPARE(u1.count("\"role\": \"r1\""), 2);
    QCOMPARE(u1.count("\"role\": \"r2\""), 1);
    QVERIFY(u1.contains("\"type\": \"PC_USER\"") && u1.contains("\"id\": \"d2\"") && !u1.contains("Home"));
    QVERIFY(world.text(*outcome, u"grants"_s, u"g1"_s).contains("\"role\": \"r2\""));
    // Members keyed by the queue; an empty queue has an empty list.
    const QByteArray q1 = world.text(*outcome, u"queue_members"_s, u"q1"_s);
    QVERIFY(q1.indexOf("u1") < q1.indexOf("u2"));
    QVERIFY(world.text(*outcome, u"queue_members"_s, u"q2"_s).contains("\"members\": []"));
    QVERIFY(states.contains(u"queues:reading"_s) && states.contains(u"queues:complete"_s) && states.last() == u"organization:writing"_s);
    const auto store = Evidence::Store::open(world.storeFolder());
    const auto proof = store->verify();
    QVERIFY(proof && proof->problems.isEmpty());
}

void TestCapture::whatBeganItIsKept()
{
    CaptureWorld world;
    const auto silent = world.capture();
    VERIFY_OK(silent);
    QCOMPARE(silent->manifest.trigger, QString()); // not told is not guessed
    QVERIFY(!silent->manifest.toJson().contains("trigger"));
    world.trigger = u"events"_s;
    const auto outcome = world.capture();
    VERIFY_OK(outcome);
    QCOMPARE(outcome->manifest.trigger, u"events"_s);
    QCOMPARE(outcome->snapshot.trigger, u"events"_s);
    const auto store = Evidence::Store::open(world.storeFolder());
    VERIFY_OK(store);
    const auto timeline = store->snapshots(); // told by the commits alone
    VERIFY_OK(timeline);
    QCOMPARE(timeline->size(), 2);
    QCOMPARE(timeline->at(0).trigger, QString());
    QCOMPARE(timeline->at(1).trigger, u"events"_s);
    const auto proof = store->verify();
    QVERIFY(proof && proof->problems.isEmpty());
}

void TestCapture::theLedgerIsComplete()
{
    CaptureWorld world;
    world.answers[Queues].headers = {{"Date", "Thu, 01 Oct 2026 00:02:00 GMT"}};
    const auto outcome = world.capture();
    VERIFY_OK(outcome);
    QCOMPARE(outcome->manifest.ledger.size(), 5);
    for (const LedgerRow &row : outcome->manifest.ledger) {
        QCOMPARE(row.state, LedgerState::Complete);
        QVERIFY(row.firstRequestUtc.isValid() && row.lastResponseUtc >= row.firstRequestUtc);
        QCOMPARE(row.catalogueHash, QString::fromLatin1(world.catalogue.find(row.domain)->hash()));
        QCOMPARE(row.root.size(), 64);
        QVERIFY(row.pages > 0);
    }
    const LedgerRow *const queues = outcome->manifest.row(u"queues"_s);
    QCOMPARE(queues->announced, 2);
    QCOMPARE(queues->entities, 2);
    QCOMPARE(queues->pages, 1);
    QCOMPARE(queues->clockOffsetMs, 120'000);
    QCOMPARE(outcome->manifest.row(u"queue_members"_s)->pages, 4); // without a total: each listing twice
    QVERIFY(!outcome->manifest.row(u"queue_members"_s)->announced);
    QCOMPARE(outcome->manifest.row(u"grants"_s)->announced, 3);
}

void TestCapture::anUnchangedOrganisationIsTheSameTree()
{
    CaptureWorld world;
    const auto first = world.capture();
    world.answers[Members1] = CaptureWorld::page({R"({"id":"u1"})", R"({"id":"u2"})"}); // another order
    world.answers[u"/api/v2/organizations/me"_s].body = R"({"name":"Northwind","selfUri":"other","version":8,"id":"org-1"})";
    const auto second = world.capture();
    VERIFY_OK(second);
    const auto store = Evidence::Store::open(world.storeFolder());
    const auto a = store->snapshot(first->snapshot.id), b = store->snapshot(second->snapshot.id);
    const auto difference = store->difference(*a, *b);
    QVERIFY(difference && difference->isEmpty());
    const auto saved = store->signalDifference(*a, *b);
    QVERIFY(saved && saved->keys() == QStringList{u"organization"_s});
    QCOMPARE(second->snapshot.parent, first->snapshot.id);
}

void TestCapture::oneDomainFails_data()
{
    QTest::addColumn<int>("status");
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<LedgerState>("state");
    QTest::addColumn<QString>("reason");
    QTest::newRow("a missing permission") << 403
                                          << QByteArray(
                                                 R"({"code":"missing.permissions","messageParams":{"permissions":"[routing:queue:view]"}})")
                                          << LedgerState::Forbidden << u"forbidden: missing permission routing:queue:view"_s;
    QTest::newRow("a feature that is not there") << 404 << QByteArray() << LedgerState::NotOffered << u"not-offered"_s;
    QTest::newRow("a server that fails") << 500 << QByteArray() << LedgerState::Carried << u"server-failed"_s;
    QTest::newRow("a server that throttles for ever") << 429 << QByteArray() << LedgerState::Carried << u"throttled"_s;
    QTest::newRow("a cut-off page") << 200 << QByteArray(R"({"entities":[{"id":"q1"})") << LedgerState::Carried << u"bad-response"_s;
    QTest::newRow("a page that is HTML") << 200 << QByteArray("<html>") << LedgerState::Carried << u"bad-response"_s;
    QTest::newRow("a total that lies") << 200 << QByteArray(R"({"entities":[{"id":"q1"}],"total":5,"pageCount":1})") << LedgerState::Carried
                                       << u"incomplete"_s;
    QTest::newRow("a redirect to another host") << 302 << QByteArray() << LedgerState::Carried << u"redirect-refused"_s;
}

void TestCapture::oneDomainFails()
{
    QFETCH(int, status);
    QFETCH(QByteArray, body);
    QFETCH(LedgerState, state);
    QFETCH(QString, reason);
    CaptureWorld world;
    const auto before = world.capture();
    VERIFY_OK(before);
    Test::ScriptedExchange bad = CaptureWorld::status(status, body);
    bad.headers = {{"Location", "http://127.0.0.2/api/v2/routing/queues"}};
    world.answers[Queues] = bad;
    const auto outcome = world.capture();
    VERIFY_OK(outcome);
    NO_PROBLEMS(world);
    const LedgerRow *const queues = outcome->manifest.row(u"queues"_s);
    QCOMPARE(queues->state, state);
    QVERIFY2(queues->reason.startsWith(reason), qPrintable(queues->reason));
    QCOMPARE(queues->observedIn, before->snapshot.id);
    QCOMPARE(outcome->isComplete(), state == LedgerState::NotOffered);
    // What hangs on it was not asked, and says so; the rest is whole.
    QCOMPARE(outcome->manifest.row(u"queue_members"_s)->state, state);
    QVERIFY(outcome->manifest.row(u"queue_members"_s)->reason.contains(u"queues"));
    QCOMPARE(outcome->manifest.row(u"grants"_s)->state, LedgerState::Complete);
    // Never deleted: the last complete subtree stands.
    QCOMPARE(world.ids(*outcome, u"queues"_s), QStringList({u"q1"_s, u"q2"_s}));
    QCOMPARE(world.text(*outcome, u"queue_members"_s, u"q1"_s), world.text(*before, u"queue_members"_s, u"q1"_s));
}

void TestCapture::oneEntityFails_data()
{
    QTest::addColumn<QByteArray>("entity");
    QTest::addColumn<QString>("expected"); // of the ledger row; entities counts what the tree holds, the kept ones too
    QTest::newRow("NaN") << QByteArray(R"({"id":"q2","name":NaN})") << u"complete e2 q[q2] f[]"_s;
    QTest::newRow("duplicate keys") << QByteArray(R"({"id":"q2","name":"a","name":"b"})") << u"complete e2 q[q2] f[]"_s;
    QTest::newRow("10,000 levels deep") << QByteArray("{\"id\":\"q2\",\"v\":" + QByteArray(10000, '[') + QByteArray(10000, ']') + "}")
                                        << u"complete e2 q[q2] f[]"_s;
    QTest::newRow("a lone surrogate is kept") << QByteArray(R"({"id":"q2","name":"a\ud800b"})") << u"complete e2 q[] f[]"_s;
    QTest::newRow("a 5 MB string is kept") << QByteArray(R"({"id":"q2","name":")" + QByteArray(5'000'000, 'x') + "\"}")
                                           << u"complete e2 q[] f[]"_s;
}

void TestCapture::oneEntityFails()
{
    QFETCH(QByteArray, entity);
    QFETCH(QString, expected);
    CaptureWorld world;
    const auto before = world.capture();
    world.answers[Queues] = CaptureWorld::page({R"({"id":"q1","name":"Sales now"})", entity}, 2);
    const auto outcome = world.capture();
    VERIFY_OK(outcome);
    const LedgerRow *const row = outcome->manifest.row(u"queues"_s);
    QCOMPARE(rowText(*row), expected);
    QVERIFY(world.text(*outcome, u"queues"_s, u"q1"_s).contains("Sales now"));
    QCOMPARE(outcome->isComplete(), row->quarantined.isEmpty());
    if (!row->quarantined.isEmpty()) {
        QCOMPARE(row->quarantined.first().sha256.size(), 64);
        QVERIFY(!row->quarantined.first().why.isEmpty());
        QCOMPARE(world.text(*outcome, u"queues"_s, u"q2"_s), world.text(*before, u"queues"_s, u"q2"_s));
        // Its id is known, so its members are read as ever.
        QCOMPARE(rowText(*outcome->manifest.row(u"queue_members"_s)), u"complete e2 q[] f[]"_s);
    } else if (entity.contains("ud800")) {
        QVERIFY(world.text(*outcome, u"queues"_s, u"q2"_s).contains(R"(a\ud800b)"));
    } else {
        QVERIFY(world.text(*outcome, u"queues"_s, u"q2"_s).size() > 5'000'000);
    }
    NO_PROBLEMS(world);
}

void TestCapture::anUnnamedBrokenEntityKeepsWhatIsMissing()
{
    CaptureWorld world;
    const auto before = world.capture();
    world.answers[Queues] = CaptureWorld::page({R"({"id":"q1"})", R"({"name":"Help"})"}, 2);
    const auto outcome = world.capture();
    VERIFY_OK(outcome);
    // q2 may be the one without an id: it must not look deleted.
    QCOMPARE(rowText(*outcome->manifest.row(u"queues"_s)), u"complete e2 q[,q2] f[]"_s);
    QCOMPARE(world.text(*outcome, u"queues"_s, u"q2"_s), world.text(*before, u"queues"_s, u"q2"_s));

    // Ids that would leave a folder, or are long, are ids like any other.
    const QByteArray longId(400, 'L');
    world.answers[Queues] = CaptureWorld::page({R"({"id":"../../etc/passwd"})", "{\"id\":\"" + longId + "\"}"}, 2);
    world.answers[u"/api/v2/routing/queues/..%2F..%2Fetc%2Fpasswd/members?pageNumber=1&pageSize=100"_s] = CaptureWorld::page({});
    world.answers[u"/api/v2/routing/queues/"_s + QString::fromLatin1(longId) + u"/members?pageNumber=1&pageSize=100"_s]
        = CaptureWorld::page({});
    const auto strange = world.capture();
    VERIFY_OK(strange);
    QVERIFY(strange->isComplete());
    QCOMPARE(world.ids(*strange, u"queues"_s), QStringList({u"../../etc/passwd"_s, QString::fromLatin1(longId)}));
    QVERIFY(world.text(*strange, u"queue_members"_s, u"../../etc/passwd"_s).contains("\"id\": \"../../etc/passwd\""));
    NO_PROBLEMS(world);
}

void TestCapture::parentsThatFail_data()
{
    QTest::addColumn<QString>("url");
    QTest::addColumn<int>("status");
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<QString>("domain");
    QTest::addColumn<QString>("expected");
    QTest::newRow("one queue's members") << Members2 << 403 << QByteArray() << u"queue_members"_s << u"complete e2 q[] f[q2]"_s;
    QTest::newRow("one queue is gone meanwhile") << Members2 << 404 << QByteArray() << u"queue_members"_s << u"complete e2 q[] f[q2]"_s;
    QTest::newRow("one broken member makes its queue unknown")
        << Members2 << 200 << QByteArray(R"({"entities":[{"id":"u1","v":NaN}]})") << u"queue_members"_s << u"complete e2 q[q2] f[]"_s;
    QTest::newRow("regrouped, one missing role may miss anywhere")
        << Grants2 << 500 << QByteArray() << u"grants"_s << u"carried e2 q[] f[]"_s;
    QTest::newRow("regrouped, a role that is gone") << Grants2 << 404 << QByteArray() << u"grants"_s << u"carried e2 q[] f[]"_s;
    QTest::newRow("regrouped, a broken grant stands aside with its subject")
        << Grants2 << 200
        << QByteArray(R"({"entities":[{"id":"u1","type":NaN},{"id":"g1","type":"PC_GROUP","divisions":[]}],"total":2,"pageCount":1})")
        << u"grants"_s << u"complete e2 q[u1] f[]"_s;
    QTest::newRow("regrouped, a grant of nobody")
        << Grants2 << 200 << QByteArray(R"({"entities":[{"type":"PC_USER"}],"total":1,"pageCount":1})") << u"grants"_s
        << u"carried e2 q[] f[]"_s;
}

void TestCapture::parentsThatFail()
{
    QFETCH(QString, url);
    QFETCH(int, status);
    QFETCH(QByteArray, body);
    QFETCH(QString, domain);
    QFETCH(QString, expected);
    CaptureWorld world;
    const auto before = world.capture();
    world.answers[url] = CaptureWorld::status(status, body);
    const auto outcome = world.capture();
    VERIFY_OK(outcome);
    LedgerRow row = *outcome->manifest.row(domain);
    if (row.state == LedgerState::Carried) {
        row.entities = world.ids(*outcome, domain).size();
    }
    QCOMPARE(rowText(row), expected);
    QVERIFY(!outcome->isComplete());
    for (const QString &id : {u"q1"_s, u"q2"_s, u"u1"_s, u"g1"_s}) {
        QCOMPARE(world.text(*outcome, domain, id), world.text(*before, domain, id));
    }
    NO_PROBLEMS(world);
}

void TestCapture::aParentWithoutIdLeavesItsSubResourceOpen()
{
    CaptureWorld world;
    VERIFY_OK(world.capture());
    world.answers[Queues] = CaptureWorld::page({R"({"id":"q1","name":"One"})", R"({"name":"nobody can ask further about this one"})"});
    const auto outcome = world.capture();
    VERIFY_OK(outcome);
    QVERIFY(!outcome->isComplete());
    const LedgerRow *const members = outcome->manifest.row(u"queue_members"_s);
    QCOMPARE(Evidence::ledgerStateName(members->state), Evidence::ledgerStateName(LedgerState::Carried));
    QVERIFY2(members->reason.contains(u"without a usable id"), qPrintable(members->reason));
    QCOMPARE(world.ids(*outcome, u"queue_members"_s), QStringList({u"q1"_s, u"q2"_s})); // as last seen
}

void TestCapture::theWindowOfASubResourceBeginsWithItsParents()
{
    CaptureWorld world;
    world.answers[Members1].before = [&world] { world.clock.advance(std::chrono::seconds(30)); };
    const auto outcome = world.capture({}, {}, [&world](const Capture::Progress &progress) {
        if (progress.domain == u"queue_members" && progress.items == 0 && progress.state == u"reading") {
            world.clock.advance(std::chrono::seconds(10)); // between the queues' listing and the first request for members
        }
    });
    VERIFY_OK(outcome);
    const LedgerRow *const queues = outcome->manifest.row(u"queues"_s);
    const LedgerRow *const members = outcome->manifest.row(u"queue_members"_s);
    QCOMPARE(members->firstRequestUtc, queues->firstRequestUtc);
    QVERIFY(members->lastResponseUtc >= queues->lastResponseUtc.addSecs(40));
}

void TestCapture::nothingIsWritten_data()
{
    QTest::addColumn<QString>("url");
    QTest::addColumn<int>("status");
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<QString>("expected");
    const QString me = u"/api/v2/organizations/me"_s;
    QTest::newRow("a wrong secret") << u"token"_s << 400 << QByteArray(R"({"error":"invalid_client"})") << u"wrong-secret"_s;
    QTest::newRow("the organisation is forbidden") << me << 403 << QByteArray() << u"forbidden"_s;
    QTest::newRow("the organisation is cut off") << me << 200 << QByteArray("{\"id\":") << u"bad-response"_s;
    QTest::newRow("the organisation has no id") << me << 200 << QByteArray("{\"name\":\"x\"}") << u"bad-response"_s;
    QTest::newRow("the organisation's id has a control character")
        << me << 200 << QByteArray(R"({"id":"a\u001bb","name":"x"})") << u"bad-response"_s;
    QTest::newRow("the caller's address is refused midway")
        << Queues << 401 << QByteArray(R"({"code":"ip.not.authorized"})") << u"ip-not-allowed"_s;
}

void TestCapture::nothingIsWritten()
{
    QFETCH(QString, url);
    QFETCH(int, status);
    QFETCH(QByteArray, body);
    QFETCH(QString, expected);
    CaptureWorld world;
    if (url == u"token") {
        Test::ScriptedExchange token = CaptureWorld::status(status, body);
        token.method = "POST";
        token.url = u"http://127.0.0.1:9/oauth/token"_s;
        world.network.expect(token);
    } else {
        world.answers[url] = CaptureWorld::status(status, body);
    }
    const auto outcome = world.capture();
    QVERIFY(!outcome);
    QCOMPARE(errorCodeName(outcome.error().code), expected);
    QCOMPARE(world.snapshotCount(), 0);
    NO_PROBLEMS(world);
    // The lock is free again.
    QVERIFY(Evidence::SnapshotWriter::begin(world.storeFolder(), u"org-1"_s));
    const auto unknown = world.capture({u"no_such_domain"_s});
    QCOMPARE(unknown.error().code, ErrorCode::BadInput);
}

void TestCapture::cancelledMidRun()
{
    CaptureWorld world;
    CancellationSource cancel;
    world.answers[Members1].before = [&cancel] { cancel.cancel(); };
    const auto outcome = world.capture({}, cancel.token());
    QVERIFY(!outcome);
    QCOMPARE(outcome.error().code, ErrorCode::Cancelled);
    QCOMPARE(world.snapshotCount(), 0);
    QVERIFY(Evidence::SnapshotWriter::begin(world.storeFolder(), u"org-1"_s));
}

void TestCapture::aTokenThatDiesMidRunIsRenewed()
{
    CaptureWorld world;
    Test::ScriptedExchange refused = CaptureWorld::status(401, R"({"code":"bad.credentials"})");
    refused.url = u"http://127.0.0.1:9"_s + Queues;
    world.network.expect(refused);
    const auto outcome = world.capture();
    VERIFY_OK(outcome);
    QVERIFY(outcome->isComplete());
    QCOMPARE(world.network.log().count(u"POST http://127.0.0.1:9/oauth/token"_s), 2);
    NO_PROBLEMS(world);
}

void TestCapture::domainsThatWereNotAskedFor()
{
    CaptureWorld world;
    const auto whole = world.capture();
    world.answers[Members1] = CaptureWorld::page({});
    const auto part = world.capture({u"queue_members"_s});
    VERIFY_OK(part);
    QVERIFY(part->isComplete());
    QCOMPARE(part->manifest.ledger.size(), 5);
    const LedgerRow *const roles = part->manifest.row(u"roles"_s);
    QCOMPARE(roles->state, LedgerState::Carried);
    QCOMPARE(roles->reason, QString(Capture::NotAskedReason));
    QCOMPARE(roles->observedIn, whole->snapshot.id);
    QCOMPARE(world.ids(*part, u"roles"_s), QStringList({u"r1"_s, u"r2"_s}));
    QVERIFY(world.text(*part, u"queue_members"_s, u"q1"_s).contains("\"members\": []"));
    QVERIFY2(part->snapshot.message.contains(u"2 of 2 domains"), qPrintable(part->snapshot.message));
    NO_PROBLEMS(world);
}

void TestCapture::whatAParentLacksIsNotAskedAbout()
{
    // Whether the parent is captured itself or only listed for its ids, its members fill the query.
    for (const QStringList &domains : {QStringList(), QStringList{u"uses"_s}}) {
        CaptureWorld world;
        world.answers[Queues]
            = CaptureWorld::page({R"({"id":"q1","published":{"id":4},"type":"IN"})", R"({"id":"q2","type":"IN","published":null})",
                                  R"({"id":"q3","published":{"id":5},"type":"WORK"})", R"({"id":"q4","published":{"id":6},"type":"NO"})"},
                                 4);
        Catalogue::DomainRules rules = Catalogue::Catalogue::generic(u"uses"_s);
        rules.path = "/api/v2/uses";
        rules.paging = Catalogue::Paging::Unpaged;
        rules.query = {{u"of"_s, u"{id}"_s}, {u"version"_s, u"{published/id}"_s}, {u"kind"_s, u"{type}FLOW &"_s}};
        rules.sub.values = {{u"WORKFLOW &"_s, u"WORK"_s}, {u"NOFLOW &"_s, QString()}};
        rules.sub.parent = u"queues"_s;
        rules.sub.shape = u"items"_s;
        rules.sub.into = u"uses"_s;
        world.catalogue.add(rules);
        world.answers[u"/api/v2/uses?of=q1&version=4&kind=INFLOW%20%26"_s] = CaptureWorld::page({R"({"id":"x"})"});
        world.answers[u"/api/v2/uses?of=q3&version=5&kind=WORK"_s] = CaptureWorld::page({R"({"id":"x"})"});
        for (const QString &queue : {u"q3"_s, u"q4"_s}) {
            world.answers[u"/api/v2/routing/queues/%1/members?pageNumber=1&pageSize=100"_s.arg(queue)] = CaptureWorld::page({});
        }
        const auto outcome = world.capture(domains);
        VERIFY_OK(outcome);
        NO_PROBLEMS(world);
        QVERIFY(outcome->isComplete());
        QCOMPARE(world.ids(*outcome, u"uses"_s), (QStringList{u"q1"_s, u"q3"_s}));
    }
}

void TestCapture::aParentThatCannotBeReadIsNoSignOfNothing()
{
    CaptureWorld world;
    Catalogue::DomainRules rules = Catalogue::Catalogue::generic(u"uses"_s);
    rules.path = "/api/v2/uses";
    rules.paging = Catalogue::Paging::Unpaged;
    rules.query = {{u"of"_s, u"{id}"_s}, {u"version"_s, u"{version}"_s}};
    rules.sub.parent = u"queues"_s;
    rules.sub.shape = u"items"_s;
    rules.sub.into = u"uses"_s;
    world.catalogue.add(rules);
    world.answers[u"/api/v2/uses?of=q1&version=1"_s] = CaptureWorld::page({R"({"id":"x"})"});
    world.answers[u"/api/v2/uses?of=q2&version=2"_s] = CaptureWorld::page({R"({"id":"y"})"});
    world.answers[Queues] = CaptureWorld::page({R"({"id":"q1","version":1})", R"({"id":"q2","version":2})"}, 2);
    const auto before = world.capture();
    VERIFY_OK(before);
    QCOMPARE(rowText(*before->manifest.row(u"uses"_s)), u"complete e2 q[] f[]"_s);
    const QByteArrayList odd{R"({"id":"q2","version":2,"n":NaN})", R"({"id":"q2","version":")" + QByteArray(700, 'v') + R"("})"};
    for (const QByteArray &q2 : odd) {
        world.answers[Queues] = CaptureWorld::page({R"({"id":"q1","version":1})", q2}, 2);
        const auto after = world.capture();
        VERIFY_OK(after);
        NO_PROBLEMS(world);
        QVERIFY(!after->isComplete());
        QCOMPARE(rowText(*after->manifest.row(u"uses"_s)), u"complete e2 q[] f[q2]"_s);
        QVERIFY(world.text(*after, u"uses"_s, u"q2"_s).contains("\"id\": \"y\"")); // as it was
    }
}

void TestCapture::oneObjectForEachParent()
{
    CaptureWorld world;
    Catalogue::DomainRules rules = Catalogue::Catalogue::generic(u"settings"_s);
    rules.path = "/api/v2/routing/queues/{id}/settings";
    rules.paging = Catalogue::Paging::Single;
    rules.sub.parent = u"queues"_s;
    rules.sub.shape = u"object"_s;
    rules.sub.into = u"settings"_s;
    world.catalogue.add(rules);
    world.answers[u"/api/v2/routing/queues/q1/settings"_s].body = R"({"on":true,"selfUri":"x"})";
    world.answers[u"/api/v2/routing/queues/q2/settings"_s] = CaptureWorld::status(404);
    const auto outcome = world.capture();
    VERIFY_OK(outcome);
    NO_PROBLEMS(world);
    QCOMPARE(world.text(*outcome, u"settings"_s, u"q1"_s),
             QByteArray("{\n  \"id\": \"q1\",\n  \"settings\": {\n    \"on\": true\n  }\n}\n"));
    QCOMPARE(rowText(*outcome->manifest.row(u"settings"_s)), u"complete e1 q[] f[q2]"_s);

    // Where no parent has it, the organisation does not.
    world.answers[u"/api/v2/routing/queues/q1/settings"_s] = CaptureWorld::status(404);
    const auto none = world.capture();
    VERIFY_OK(none);
    QCOMPARE(none->manifest.row(u"settings"_s)->state, LedgerState::NotOffered);
}

void TestCapture::subResourcesHaveNoSubResources()
{
    CaptureWorld world;
    Catalogue::DomainRules rules = Catalogue::Catalogue::generic(u"deeper"_s);
    rules.path = "/api/v2/members/{id}/deeper";
    rules.sub.parent = u"queue_members"_s;
    rules.sub.shape = u"items"_s;
    rules.sub.into = u"deeper"_s;
    world.catalogue.add(rules);
    const auto outcome = world.capture();
    VERIFY_OK(outcome);
    NO_PROBLEMS(world);
    const LedgerRow *row = outcome->manifest.row(u"deeper"_s);
    QCOMPARE(row->state, LedgerState::Carried);
    QVERIFY2(row->reason.contains(u"cannot be listed"), qPrintable(row->reason));
}

void TestCapture::anOutageIsNotAskedToDeath()
{
    CaptureWorld world;
    const auto before = world.capture();
    for (auto &[url, answer] : world.answers) {
        if (!url.startsWith(u"/api/v2/organizations")) {
            answer = {};
            answer.status = 0;
            answer.error = QNetworkReply::ConnectionRefusedError;
        }
    }
    const auto asked = world.network.log().size();
    const auto outcome = world.capture();
    VERIFY_OK(outcome);
    for (const LedgerRow &row : outcome->manifest.ledger) {
        QCOMPARE(row.state, row.domain == u"organization" ? LedgerState::Complete : LedgerState::Carried);
        QVERIFY(row.domain == u"organization" || row.reason.startsWith(u"unreachable"));
    }
    QVERIFY(world.network.log().size() - asked < 40);
    QCOMPARE(world.ids(*outcome, u"queues"_s), world.ids(*before, u"queues"_s));
    NO_PROBLEMS(world);
}

void TestCapture::secretsDoNotReachTheStore()
{
    CaptureWorld world;
    world.answers[Queues] = CaptureWorld::page(
        {R"({"id":"q1","apiKey":"plain-key-value","note":"see AKIAABCDEFGHIJKLMNOP","password":"hunter2"})", R"({"id":"q2"})"}, 2);
    world.answers[Members1] = CaptureWorld::page({R"({"id":"u1","password":"hunter3"})"});
    const auto outcome = world.capture();
    VERIFY_OK(outcome);
    const QByteArray text = world.text(*outcome, u"queues"_s, u"q1"_s) + world.text(*outcome, u"queue_members"_s, u"q1"_s);
    QCOMPARE(text.count("secret:"), 4);
    QVERIFY2(!text.contains("plain-key") && !text.contains("AKIAABCD") && !text.contains("hunter"), text.constData());
}

void TestCapture::theEventLoopStaysFree()
{
    CaptureWorld world;
    world.answers.erase(Queues);
    QByteArrayList some;
    for (int i = 0; i < 100; ++i) {
        some.append(R"({"id":"%1-%2","name":")" + QByteArray(5000, 'x') + "\"}");
    }
    constexpr int Pages = 40;
    for (int page = 1; page <= Pages; ++page) {
        QByteArrayList entities;
        for (int i = 0; i < 100; ++i) {
            entities.append(QByteArray(some.at(i)).replace("%1", QByteArray::number(page)).replace("%2", QByteArray::number(i)));
        }
        Test::ScriptedExchange answer = CaptureWorld::page(entities, Pages * 100);
        answer.body.replace("\"pageCount\":1", QByteArray("\"pageCount\":" + QByteArray::number(Pages)));
        world.answers[u"/api/v2/routing/queues?pageNumber=%1&pageSize=100"_s.arg(page)] = answer;
    }
    qint64 worst = 0;
    QElapsedTimer since;
    QTimer tick;
    tick.setInterval(0);
    connect(&tick, &QTimer::timeout, this, [&] {
        worst = std::max(worst, since.isValid() ? since.nsecsElapsed() : 0);
        since.start();
    });
    tick.start();
    const auto outcome = world.capture({u"queues"_s});
    VERIFY_OK(outcome);
    QCOMPARE(outcome->manifest.row(u"queues"_s)->entities, Pages * 100);
    qInfo("longest step on the event loop: %.1f ms", double(worst) / 1e6);
    // The rule is 16 ms: 12 measured on an idle machine, up to 170 where builds took the cores. The bound here only catches real blocking.
    QVERIFY2(worst < 250'000'000, "the event loop was held");
}

QTEST_GUILESS_MAIN(TestCapture)
#include "tst_capture.moc"
