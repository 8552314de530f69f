#include "audit/auditcoverage.h"
#include "audit/auditmodel.h"
#include "audit/auditwords.h"
#include "evidencepanel/fieldlistmodel.h"
#include "evidencepanel/selectabletext.h"

#include <QAbstractItemModelTester>
#include <QTest>

using namespace Orgtrace;
using namespace Orgtrace::Ui;
using namespace Qt::StringLiterals;

namespace {

QDateTime at(int hour, int minute = 0)
{
    return QDateTime(QDate(2026, 10, 18), QTime(hour, minute), QTimeZone::UTC);
}

/// "2-6" complete over all services, queried long after; "2-6!" failed; "2-6@6" queried at 6 o'clock; "2-6:Queues" one service.
Evidence::AuditWindow window(const QString &text)
{
    Evidence::AuditWindow made;
    QString range = text;
    made.state = range.endsWith(u'!') ? u"timed-out"_s : u"complete"_s;
    range.remove(u'!');
    made.service = range.section(u':', 1);
    range = range.section(u':', 0, 0);
    made.queriedUtc = range.contains(u'@') ? at(range.section(u'@', 1).toInt()) : at(23);
    range = range.section(u'@', 0, 0);
    made.fromUtc = at(range.section(u'-', 0, 0).toInt());
    made.toUtc = at(range.section(u'-', 1).toInt());
    return made;
}

Evidence::AuditLine line(const QString &id, const QString &user, const QString &entity)
{
    return {
        at(2), id,
        u"{\"id\":\"%1\",\"eventDate\":\"2026-10-18T02:14:07Z\",\"user\":{\"id\":\"u1\",\"name\":\"%2\"},\"action\":\"MemberAdd\","
        "\"entityType\":\"Role\",\"serviceName\":\"PeoplePermissions\",\"entity\":{\"id\":\"e1\",\"name\":\"%3\"}}"_s.arg(id, user, entity)
            .toUtf8()};
}

} // namespace

class TestAuditViews : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void coverage_data();
    void coverage();
    void coverageInWords_data();
    void coverageInWords();
    void actions_data();
    void actions();
    void events();
    void sentences();
    void rawEventIsReadable();
    void fields();
    void paragraphsNeverWidenThePanel();
};

void TestAuditViews::coverage_data()
{
    QTest::addColumn<QStringList>("windows");
    QTest::addColumn<QString>("gaps");
    QTest::addColumn<bool>("queried");
    QTest::newRow("never queried: all unknown") << QStringList() << u"2:00-10:00"_s << false;
    QTest::newRow("one query over everything") << QStringList{u"0-12"_s} << u""_s << true;
    QTest::newRow("two queries that touch") << QStringList{u"6-12"_s, u"0-6"_s} << u""_s << true;
    QTest::newRow("a hole between two") << QStringList{u"0-4"_s, u"6-12"_s} << u"4:00-6:00"_s << true;
    QTest::newRow("a query that failed covers nothing") << QStringList{u"0-4"_s, u"4-12!"_s} << u"4:00-10:00"_s << true;
    QTest::newRow("one service alone covers nothing") << QStringList{u"0-12:Queues"_s} << u"2:00-10:00"_s << false;
    QTest::newRow("asked too early: the last quarter of an hour is not known") << QStringList{u"0-12@10"_s} << u"9:45-10:00"_s << true;
    QTest::newRow("outside the range does not count") << QStringList{u"10-12"_s, u"0-2"_s} << u"2:00-10:00"_s << false;
    QTest::newRow("one inside another") << QStringList{u"0-9"_s, u"3-4"_s} << u"9:00-10:00"_s << true;
}

void TestAuditViews::coverage()
{
    QFETCH(QStringList, windows);
    QFETCH(bool, queried);
    QList<Evidence::AuditWindow> made;
    for (const QString &text : std::as_const(windows)) {
        made.append(window(text));
    }
    const AuditCoverage covered = auditCoverage(made, at(2), at(10));
    QStringList gaps;
    for (const AuditCoverage::Span &gap : covered.gaps) {
        gaps.append(gap.fromUtc.toString(u"H:mm"_s) + u'-' + gap.toUtc.toString(u"H:mm"_s));
    }
    QTEST(gaps.join(u' '), "gaps");
    QCOMPARE(covered.wasQueried, queried);
    QVERIFY(auditCoverage(made, at(10), at(2)).isWhole());
    QVERIFY(auditCoverage(made, {}, at(2)).isWhole());
}

void TestAuditViews::coverageInWords_data()
{
    QTest::addColumn<QStringList>("windows");
    QTest::addColumn<QString>("says");
    QTest::newRow("whole") << QStringList{u"0-12"_s} << u"without gaps"_s;
    QTest::newRow("nothing queried is unknown, not quiet") << QStringList() << u"unknown, not quiet"_s;
    QTest::newRow("the hole is named") << QStringList{u"0-4"_s, u"6-12"_s} << u"18 Oct 2026 04:00 UTC – 18 Oct 2026 06:00 UTC (2 h)"_s;
    QTest::newRow("a service alone is named") << QStringList{u"0-12:Queues"_s} << u"Only for some services: Queues."_s;
    QTest::newRow("a failed query is counted") << QStringList{u"0-12"_s, u"3-4!"_s} << u"One query of this range did not complete."_s;
}

void TestAuditViews::coverageInWords()
{
    QFETCH(QStringList, windows);
    QFETCH(QString, says);
    QList<Evidence::AuditWindow> made;
    for (const QString &text : std::as_const(windows)) {
        made.append(window(text));
    }
    const QString words = coverageText(auditCoverage(made, at(2), at(10)));
    QVERIFY2(words.contains(says), qPrintable(words));
}

void TestAuditViews::actions_data()
{
    QTest::addColumn<QString>("action");
    QTest::addColumn<QString>("expected");
    QTest::newRow("two words") << u"MemberAdd"_s << u"member add"_s;
    QTest::newRow("one word") << u"Update"_s << u"update"_s;
    QTest::newRow("capitals stay together") << u"OAuthClient"_s << u"OAuth client"_s;
    QTest::newRow("shouting with underscores") << u"EDGE_GROUP"_s << u"EDGE GROUP"_s;
    QTest::newRow("empty") << u""_s << u""_s;
}

void TestAuditViews::actions()
{
    QFETCH(QString, action);
    QTEST(actionText(action), "expected");
}

void TestAuditViews::events()
{
    const AuditEventsPtr events = readEvents(
        {line(u"1"_s, u"admin-04"_s, u"Master Admin"_s), {at(3), u"2"_s, "not json"}, line(u"3"_s, u"ali\u202Eas"_s, u"two\\nlines"_s)},
        {});
    QCOMPARE(events->events.size(), 2);
    QCOMPARE(events->unreadable, 1);
    QCOMPARE(filterEvents(*events, u"ADMIN-04 member"_s), (QList<int>{0}));
    QCOMPARE(filterEvents(*events, QString()).size(), 2);
    QCOMPARE(filterEvents(*events, u"zebra"_s).size(), 0);
    AuditModel model;
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    model.setEvents(events, {0, 1}, {});
    QCOMPARE(model.rowCount(), 2);
    QCOMPARE(model.index(0, AuditModel::TimeColumn).data().toString(), u"18 Oct 2026 02:14:07"_s);
    QCOMPARE(model.index(0, AuditModel::ActionColumn).data().toString(), u"member add"_s);
    for (int column = 0; column < AuditModel::ColumnCount; ++column) {
        const QString text = model.index(1, column).data().toString();
        QVERIFY2(!text.contains(u'\n') && !text.contains(QChar(0x202e)), qPrintable(text));
    }
    model.setMarked({u"3"_s});
    QVERIFY(model.indexOf(u"3"_s).data(AuditModel::OfChangeRole).toBool());
    QVERIFY(!model.indexOf(u"9"_s).isValid());
    model.setRows({});
    QCOMPARE(model.rowCount(), 0);
    QVERIFY(model.eventAt(model.index(0, 0)) == nullptr);
}

void TestAuditViews::sentences()
{
    Audit::Event event;
    QVERIFY(!eventSentence(event, {}).isEmpty());
    QCOMPARE(actorText(event, {}), u"unknown actor"_s);
    event.userId = u"11111111-0000-4000-8000-000000000004"_s;
    QCOMPARE(actorText(event, {}), u"1111…0004"_s);
    QCOMPARE(actorText(event, {{u"users/"_s + event.userId, u"admin-04"_s}}), u"admin-04"_s);
    event.userName = u"Admin Four"_s;
    event.action = u"MemberAdd"_s;
    event.entityType = u"Group"_s;
    event.entityName = u"Contractors"_s;
    QCOMPARE(eventSentence(event, {}), u"Admin Four: member add · group Contractors"_s);
}

void TestAuditViews::rawEventIsReadable()
{
    QCOMPARE(prettyEvent("{\"b\":1,\"a\":\"x\"}"), u"{\n  \"a\": \"x\",\n  \"b\": 1\n}"_s);
    QCOMPARE(prettyEvent("not json\u202E"), u"not json‹U+202E›"_s);
    QVERIFY(prettyEvent(QByteArray("[\"") + QByteArray(5'000'000, 'x') + "\"]").size() < 500'000);
}

void TestAuditViews::fields()
{
    FieldListModel model;
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    Compare::FieldChange added;
    added.kind = Compare::FieldKind::Added;
    added.pointer = u"/grants/0"_s;
    added.path = u"/grants/[role=67fe1b2c-0d0e-4f10-9121-314151614702]"_s;
    added.newText = QByteArray("{\"a\":\"line\\nbreak\"}");
    Compare::FieldChange whole;
    model.setFields({added, whole}, {{u"67fe1b2c-0d0e-4f10-9121-314151614702"_s, u"Master\nAdmin"_s}});
    QCOMPARE(model.index(0).data().toString(), u"+  grants › [role=Master␊Admin]"_s);
    QCOMPARE(model.index(0).data(Qt::AccessibleTextRole).toString(), u"added: grants › [role=Master␊Admin]"_s);
    QCOMPARE(model.index(1).data().toString(), u"~  the whole text"_s);
    QCOMPARE(model.indexOf(u"/grants/0"_s).row(), 0);
    QVERIFY(!model.indexOf(u"/none"_s).isValid());

    // An entity that was renamed meanwhile: each side by the name that it had there.
    Compare::FieldChange kept, gone = added;
    kept.path = u"/role"_s;
    kept.oldText = kept.newText = QByteArray("\"67fe1b2c-0d0e-4f10-9121-314151614702\"");
    gone.kind = Compare::FieldKind::Removed;
    model.setFields({kept, gone}, {{u"67fe1b2c-0d0e-4f10-9121-314151614702"_s, u"Agent"_s}},
                    {{u"67fe1b2c-0d0e-4f10-9121-314151614702"_s, u"Master Admin"_s}});
    const QString tip = model.index(0).data(Qt::ToolTipRole).toString();
    QVERIFY2(tip.contains(u"A: &quot;Master Admin&quot;"_s) && tip.contains(u"B: &quot;Agent&quot;"_s), qPrintable(tip));
    QCOMPARE(model.index(1).data().toString(), u"−  grants › [role=Master Admin]"_s);
}

void TestAuditViews::paragraphsNeverWidenThePanel()
{
    SelectableText text;
    text.resize(200, 10);
    text.addParagraph(u"short"_s, SelectableText::Style::Strong);
    text.show();
    const int one = text.height();
    text.addParagraph(QString(3000, u'W'));
    QCOMPARE(text.width(), 200);
    QVERIFY(text.height() > one * 5);
    QVERIFY(text.minimumSizeHint().width() < 100);
    // Markup is text.
    text.clearParagraphs();
    text.addParagraph(u"<b>bold</b>"_s);
    QCOMPARE(text.toPlainText(), u"<b>bold</b>"_s);
}

QTEST_MAIN(TestAuditViews)
#include "tst_auditviews.moc"
