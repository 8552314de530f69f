#include "changes/changefilter.h"
#include "changessample.h"

#include <QTest>

using namespace Orgtrace;
using namespace Qt::StringLiterals;

class TestChangeFilter : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void matches_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QStringList>("expected");
        const QStringList all{u"g1"_s, u"q1"_s, u"q2"_s, u"u9"_s, QString()};
        QTest::newRow("an empty filter lets everything through") << QString() << all;
        QTest::newRow("blanks are an empty filter") << u"   \t "_s << all;
        QTest::newRow("a word is looked for in names whatever the case") << u"CONTRACT"_s << QStringList{u"g1"_s};
        QTest::newRow("words are joined by and") << u"billing tier"_s << QStringList{u"q1"_s};
        QTest::newRow("a phrase keeps its blank") << u"\"Tier 2\""_s << QStringList{u"q1"_s};
        QTest::newRow("an open quote ends with the text") << u"\"Tier 2"_s << QStringList{u"q1"_s};
        QTest::newRow("a word is looked for in the domain's title") << u"\"role grants\""_s << QStringList{u"g1"_s};
        QTest::newRow("a leading minus leaves out") << u"-queues"_s << QStringList{u"g1"_s, u"u9"_s, QString()};
        QTest::newRow("a lone minus is a plain word") << u"-"_s << all; // every rule of the sample is called a-rule
        QTest::newRow("a severity alone") << u"severity:high"_s << QStringList{u"q1"_s, u"q2"_s};
        QTest::newRow("at least, as a sign") << u"severity:≥high"_s << QStringList{u"g1"_s, u"q1"_s, u"q2"_s};
        QTest::newRow("at least, as two signs") << u"severity:>=medium"_s << QStringList{u"g1"_s, u"q1"_s, u"q2"_s};
        QTest::newRow("above") << u"severity:>high"_s << QStringList{u"g1"_s};
        QTest::newRow("below") << u"severity:<high"_s << QStringList{u"u9"_s, QString()};
        QTest::newRow("at most") << u"severity:<=low"_s << QStringList{u"u9"_s, QString()};
        QTest::newRow("two severities") << u"severity:critical,low"_s << QStringList{u"g1"_s, u"u9"_s, QString()};
        QTest::newRow("not a severity") << u"-severity:low"_s << QStringList{u"g1"_s, u"q1"_s, u"q2"_s};
        QTest::newRow("a key still being typed does not filter") << u"severity:"_s << all;
        QTest::newRow("a severity that does not exist does not filter") << u"severity:hgh"_s << all;
        QTest::newRow("a domain by its name") << u"domain:queues"_s << QStringList{u"q1"_s, u"q2"_s};
        QTest::newRow("a domain by its title") << u"domain:authentication"_s << QStringList{QString()};
        QTest::newRow("a path") << u"path:/routingRules"_s << QStringList{u"q1"_s};
        QTest::newRow("an actor") << u"actor:ADMIN-04"_s << QStringList{u"g1"_s};
        QTest::newRow("a kind") << u"kind:removed"_s << QStringList{u"q2"_s};
        QTest::newRow("two kinds") << u"kind:added,removed"_s << QStringList{u"q2"_s, u"u9"_s};
        QTest::newRow("terms of different keys are joined by and") << u"severity:high kind:removed"_s << QStringList{u"q2"_s};
        QTest::newRow("a permission with colons is a word") << u"authorization:grant:add"_s << QStringList();
        QTest::newRow("signs that mean something to regular expressions are plain") << u".*"_s << QStringList();
    }
    void matches()
    {
        QFETCH(QString, text);
        QFETCH(QStringList, expected);
        const Operations::RangeFindings range = sampleFindings();
        const Ui::ChangeFilter filter = Ui::ChangeFilter::parse(text);
        QStringList found;
        for (const Report::Finding &finding : range.findings) {
            if (filter.matches(finding, range.domainTitles.value(finding.judged.change.domain))) {
                found.append(finding.judged.change.entity);
            }
        }
        QCOMPARE(found, expected);
    }

    void mistakesAreNamed_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QStringList>("mistakes");
        QTest::newRow("a misspelt severity is named") << u"severity:hgh"_s << QStringList{u"severity:hgh"_s};
        QTest::newRow("a comparison of two severities means nothing") << u"severity:>high,low"_s << QStringList{u"severity:>high,low"_s};
        QTest::newRow("a misspelt kind is named as written") << u"-kind:gone"_s << QStringList{u"-kind:gone"_s};
        QTest::newRow("an unknown key is a word, not a mistake") << u"foo:bar"_s << QStringList();
        QTest::newRow("a right filter has none") << u"severity:≥high \"a b\" -x"_s << QStringList();
    }
    void mistakesAreNamed()
    {
        QFETCH(QString, text);
        QFETCH(QStringList, mistakes);
        QCOMPARE(Ui::ChangeFilter::parse(text).mistakes(), mistakes);
    }

    void aHugeFilterIsCutNotObeyed()
    {
        const Ui::ChangeFilter filter = Ui::ChangeFilter::parse(QString(1'000'000, u'x'));
        QCOMPARE(filter.terms().size(), 1);
        QVERIFY(filter.terms().constFirst().text.size() < 10'000);
    }
};

QTEST_GUILESS_MAIN(TestChangeFilter)
#include "tst_changefilter.moc"
