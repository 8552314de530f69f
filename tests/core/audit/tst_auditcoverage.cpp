#include "audit/coverage.h"

#include <QTest>
#include <QTimeZone>

using namespace Orgtrace;
using namespace Orgtrace::Audit;
using namespace Qt::StringLiterals;

class TestAuditCoverage : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void auditIsCompleteOnlyAsFarAsItIsUnbroken()
    {
        const auto day = [](int at) { return QDateTime(QDate(2026, 10, at), QTime(0, 0), QTimeZone::UTC); };
        const auto window = [&](int from, int to, const QString &state = u"complete"_s) {
            Evidence::AuditWindow one;
            one.fromUtc = day(from);
            one.toUtc = day(to);
            one.state = state;
            return one;
        };
        QVERIFY(!completeTo({}).isValid());
        QVERIFY(!completeTo({window(1, 2, u"timed-out"_s)}).isValid());
        QCOMPARE(completeTo({window(2, 3), window(1, 2)}), day(3));
        QCOMPARE(completeTo({window(1, 2), window(2, 3, u"timed-out"_s), window(3, 4)}), day(2));
        QCOMPARE(completeTo({window(1, 2), window(2, 3, u"timed-out"_s), window(2, 3), window(3, 4)}), day(4)); // asked again
        Evidence::AuditWindow partial = window(2, 9);
        partial.service = u"Quality"_s;
        QCOMPARE(completeTo({window(1, 2), partial}), day(2)); // one service is not all
        // With a look back, an old gap is no reason to begin before it; a young one is.
        const auto oneDay = std::chrono::hours(24);
        QCOMPARE(completeTo({window(1, 2), window(5, 6), window(6, 7)}), day(2));
        QCOMPARE(completeTo({window(1, 2), window(5, 6), window(6, 7)}, oneDay), day(7));
        QCOMPARE(completeTo({window(1, 6), window(7, 7)}, oneDay), day(6));
        QVERIFY(!completeTo({}, oneDay).isValid());
    }
};

QTEST_GUILESS_MAIN(TestAuditCoverage)
#include "tst_auditcoverage.moc"
