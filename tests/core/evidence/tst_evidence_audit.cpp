#include "evidencefixture.h"

using namespace Orgtrace;
using namespace Orgtrace::Evidence;

namespace {
const QString Org = QStringLiteral("org-1");

AuditLine auditLine(const QString &id, const QDateTime &time, const QByteArray &extra = {})
{
    return {time, id,
            "{\"eventDate\":\"" + time.toString(Qt::ISODateWithMs).toLatin1() + "\",\"id\":\"" + id.toUtf8() + "\"" + extra + "}"};
}
QStringList ids(const QList<AuditLine> &events)
{
    QStringList out;
    for (const AuditLine &line : events)
        out += line.id;
    return out;
}
} // namespace

class TestAudit : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void eventsAreKeptByHourOnce()
    {
        StoreFixture fixture;
        auto store = Store::open(fixture.folder());
        VERIFY_RESULT(store);
        QVERIFY(store->auditEvents(Org, testTime(), testTime(9))->isEmpty());
        QVERIFY(store->auditWindows(Org)->isEmpty());
        const QDateTime six = testTime(), yearEnd(QDate(2026, 12, 31), QTime(23, 59, 59, 999), QTimeZone::UTC);
        const AuditWindow window{six, six.addDays(1), QStringLiteral("Routing"), {},
                                 3,   six.addDays(2), QStringLiteral("t-1"),     QStringLiteral("complete")};
        const auto added = store->appendAudit(Org,
                                              {auditLine(QStringLiteral("b"), six), auditLine(QStringLiteral("a"), six),
                                               auditLine(QStringLiteral("c"), six.addMSecs(1)), auditLine(QStringLiteral("z"), yearEnd),
                                               auditLine(QStringLiteral("y"), yearEnd.addMSecs(1))},
                                              {window}, six.addDays(2), fixture.signer());
        VERIFY_RESULT(added);
        QCOMPARE(*added, 5);
        // The same again, and one more in the same hour.
        const auto again = store->appendAudit(
            Org, {auditLine(QStringLiteral("a"), six), auditLine(QStringLiteral("0"), six), auditLine(QStringLiteral("0"), six)}, {window},
            six.addDays(3), fixture.signer());
        VERIFY_RESULT(again);
        QCOMPARE(*again, 1);

        QCOMPARE(ids(*store->auditEvents(Org, six, yearEnd.addDays(1))),
                 QStringList({QStringLiteral("0"), QStringLiteral("a"), QStringLiteral("b"), QStringLiteral("c"), QStringLiteral("z"),
                              QStringLiteral("y")}));
        QCOMPARE(ids(*store->auditEvents(Org, six, six.addMSecs(1))),
                 QStringList({QStringLiteral("0"), QStringLiteral("a"), QStringLiteral("b")}));
        QCOMPARE(ids(*store->auditEvents(Org, yearEnd, yearEnd.addMSecs(1))), QStringList(QStringLiteral("z")));
        QCOMPARE(ids(*store->auditEvents(QStringLiteral("org-2"), six, yearEnd)), QStringList());
        QCOMPARE(store->auditEvents(Org, six, six.addSecs(1))->at(1).line, auditLine(QStringLiteral("a"), six).line);
        const auto windows = store->auditWindows(Org);
        VERIFY_RESULT(windows);
        QCOMPARE(windows->size(), 2);
        QCOMPARE(windows->at(0).service, QStringLiteral("Routing"));
        QCOMPARE(windows->at(0).toUtc, six.addDays(1));
        QCOMPARE(windows->at(0).state, QStringLiteral("complete"));

        const QString branch = QStringLiteral("refs/heads/audit/org-1/writer-1");
        QCOMPARE(fixture.runGit({QStringLiteral("ls-tree"), QStringLiteral("-r"), QStringLiteral("--name-only"), branch}).out,
                 QStringLiteral("2026/10/01/06.ndjson\n2026/12/31/23.ndjson\n2027/01/01/00.ndjson\nwindows.ndjson\n"));
        const QString changed = fixture.runGit({QStringLiteral("diff"), QStringLiteral("--name-only"), branch + u'~', branch}).out;
        QCOMPARE(changed, QStringLiteral("2026/10/01/06.ndjson\nwindows.ndjson\n"));
        QCOMPARE(fixture.fsck(), QString());
        QCOMPARE(fixture
                     .runGit({QStringLiteral("-c"),
                              QStringLiteral("gpg.ssh.allowedSignersFile=") + fixture.folder() + QStringLiteral("/allowed_signers"),
                              QStringLiteral("verify-commit"), branch})
                     .status,
                 0);
        const auto verified = store->verify();
        VERIFY_RESULT(verified);
        QVERIFY2(verified->problems.isEmpty(), qPrintable(verified->problems.value(0).what));
        QCOMPARE(verified->commits, 2);
        QVERIFY(store->snapshots()->isEmpty());
    }

    void nothingNewIsNoCommit()
    {
        StoreFixture fixture;
        auto store = Store::open(fixture.folder());
        VERIFY_RESULT(store->appendAudit(Org, {auditLine(QStringLiteral("a"), testTime())}, {}, testTime(1), fixture.signer()));
        QCOMPARE(store->appendAudit(Org, {auditLine(QStringLiteral("a"), testTime())}, {}, testTime(2), fixture.signer()).value(), 0);
        QCOMPARE(store->appendAudit(Org, {}, {}, testTime(2), fixture.signer()).value(), 0);
        QCOMPARE(store->verify()->commits, 1);
    }

    void badLinesAreRefusedWhole_data()
    {
        QTest::addColumn<QByteArray>("line");
        QTest::newRow("not JSON") << QByteArray("x");
        QTest::newRow("another id") << QByteArray("{\"eventDate\":\"2026-10-01T06:00:00Z\",\"id\":\"b\"}");
        QTest::newRow("another time") << QByteArray("{\"eventDate\":\"2026-10-01T06:00:01Z\",\"id\":\"a\"}");
        QTest::newRow("no time") << QByteArray("{\"id\":\"a\"}");
        QTest::newRow("no id") << QByteArray("{\"eventDate\":\"2026-10-01T06:00:00Z\"}");
        QTest::newRow("two lines") << QByteArray("{\"eventDate\":\"2026-10-01T06:00:00Z\",\n\"id\":\"a\"}");
    }
    void badLinesAreRefusedWhole()
    {
        QFETCH(QByteArray, line);
        StoreFixture fixture;
        auto store = Store::open(fixture.folder());
        const auto added = store->appendAudit(Org, {auditLine(QStringLiteral("good"), testTime()), {testTime(), QStringLiteral("a"), line}},
                                              {}, testTime(), fixture.signer());
        QCOMPARE(added.error().code, ErrorCode::BadInput);
        QVERIFY(store->auditEvents(Org, testTime(), testTime(1))->isEmpty());
    }
};

QTEST_GUILESS_MAIN(TestAudit)
#include "tst_evidence_audit.moc"
