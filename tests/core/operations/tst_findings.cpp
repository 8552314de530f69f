#include "base/clock.h"
#include "operations/findings.h"
#include "twosnapshots.h"

#include <QTest>

using namespace Orgtrace;
using namespace Qt::StringLiterals;

class TestFindings : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void eventsOfTheRange_data();
    void eventsOfTheRange();
    void theSignerIsTold();
    void namesAsAskedFor_data();
    void namesAsAskedFor();
};

void TestFindings::eventsOfTheRange_data()
{
    QTest::addColumn<bool>("backwards");
    QTest::newRow("from the older to the newer") << false;
    QTest::newRow("from the newer to the older: what happened in between is the same") << true;
}

void TestFindings::eventsOfTheRange()
{
    QFETCH(bool, backwards);
    TwoSnapshots two;
    two.put("queues", "q1", R"({"id":"q1","name":"Service","v":1})", R"({"id":"q1","name":"Service","v":2})");
    const QDateTime start(QDate(2026, 10, 1), QTime(6, 0), QTimeZone::UTC);
    // B ends an hour and more after A.
    TwoSnapshots::row(two.a, "queues").firstRequestUtc = start;
    TwoSnapshots::row(two.a, "queues").lastResponseUtc = start.addSecs(10);
    TwoSnapshots::row(two.b, "queues").firstRequestUtc = start.addSecs(3600);
    TwoSnapshots::row(two.b, "queues").lastResponseUtc = start.addSecs(3610);
    two.write();
    const auto signer = Evidence::Signer::fromSeed(std::string(32, 'c'));
    QList<Evidence::AuditLine> lines;
    for (const auto &[id, seconds] : {std::pair("before", -5), std::pair("within", 1800), std::pair("after", 3700)}) {
        const QDateTime when = start.addSecs(seconds);
        const QByteArray date = isoUtc(when).toLatin1();
        lines.append({when, QString::fromLatin1(id),
                      QByteArray("{\"action\":\"Update\",\"entity\":{\"id\":\"q1\"},\"entityType\":\"Queue\",\"eventDate\":\"" + date
                                 + "\",\"id\":\"" + id + "\",\"serviceName\":\"ContactCenter\"}")});
    }
    const auto archived = two.store().appendAudit(u"org-1"_s, lines, {}, start.addSecs(4000), *signer);
    QVERIFY2(archived && *archived == 3, archived ? "" : qPrintable(archived.error().detail));
    const QString b = two.after().summary().id;
    const auto range
        = backwards ? Operations::findings(two.store().folder(), b, two.idA()) : Operations::findings(two.store().folder(), two.idA(), b);
    QVERIFY2(range, range ? "" : qPrintable(range.error().detail));
    QCOMPARE(range->findings.size(), 1);
    QStringList ids;
    for (const Audit::Event &event : range->findings.first().events) {
        ids.append(event.id);
    }
    QCOMPARE(ids, QStringList{u"within"_s});
    QCOMPARE(range->windowFromUtc, start);
    QCOMPARE(range->windowToUtc, start.addSecs(3610));
    const Compare::FieldChange &field = range->findings.first().judged.change.fields.first();
    QCOMPARE(field.newText, QByteArray(backwards ? "1" : "2"));
}

void TestFindings::namesAsAskedFor_data()
{
    QTest::addColumn<Operations::Names>("which");
    QTest::addColumn<QStringList>("expected");
    QTest::newRow("all") << Operations::Names::All
                         << QStringList{u"divisions/division-1 Home"_s, u"divisions/division-2 Away"_s, u"queues/queue-1 Service"_s,
                                        u"queues/queue-2 Quiet"_s};
    QTest::newRow("those that a change or its fields mention, of either side")
        << Operations::Names::Mentioned
        << QStringList{u"divisions/division-1 Home"_s, u"divisions/division-2 Away"_s, u"queues/queue-1 Service"_s};
    QTest::newRow("none") << Operations::Names::None << QStringList();
}

void TestFindings::namesAsAskedFor()
{
    QFETCH(Operations::Names, which);
    QFETCH(QStringList, expected);
    TwoSnapshots two;
    two.put("divisions", "division-1", R"({"id":"division-1","name":"Home"})", R"({"id":"division-1","name":"Home"})");
    two.put("divisions", "division-2", R"({"id":"division-2","name":"Away"})", R"({"id":"division-2","name":"Away"})");
    two.put("queues", "queue-1", R"({"id":"queue-1","name":"Service","division":{"id":"division-1"}})",
            R"({"id":"queue-1","name":"Service","division":{"id":"division-2"}})");
    two.put("queues", "queue-2", R"({"id":"queue-2","name":"Quiet"})", R"({"id":"queue-2","name":"Quiet"})");
    two.write();
    const auto range = Operations::findings(two.store().folder(), two.idA(), two.after().summary().id, {}, {}, {}, which);
    QVERIFY2(range, range ? "" : qPrintable(range.error().detail));
    QStringList names;
    for (auto name = range->names.cbegin(); name != range->names.cend(); ++name)
        names.append(name.key() + u' ' + name.value());
    names.sort();
    QCOMPARE(names, expected);
    QCOMPARE(range->findings.size(), 1);
}

void TestFindings::theSignerIsTold()
{
    TwoSnapshots two;
    two.put("queues", "q1", R"({"id":"q1","name":"Service","v":1})", R"({"id":"q1","name":"Service","v":2})");
    two.write();
    const auto range = Operations::findings(two.store().folder(), two.idA(), two.after().summary().id);
    QVERIFY(range);
    QCOMPARE(range->signerFingerprint, Evidence::Signer::fromSeed(std::string(32, 'c'))->fingerprint());
    // A signature that nobody allows names no signer.
    QFile signers(two.store().folder() + u"/allowed_signers"_s);
    QVERIFY(signers.open(QIODevice::WriteOnly | QIODevice::Truncate));
    signers.close();
    QCOMPARE(Operations::findings(two.store().folder(), two.idA(), two.after().summary().id)->signerFingerprint, QString());
}

QTEST_GUILESS_MAIN(TestFindings)
#include "tst_findings.moc"
