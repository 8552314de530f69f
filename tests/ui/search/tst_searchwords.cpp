#include "search/searchwords.h"
#include "theme/theme.h"

#include <QTest>

using namespace Orgtrace;
using namespace Orgtrace::Ui;
using namespace Qt::StringLiterals;
using Search::Moment;
using Search::Stay;

namespace {

Moment moment(int day)
{
    return day == 0 ? Moment()
                    : Moment{QString::number(day).repeated(40).left(40), QDateTime(QDate(2026, 10, day), QTime(6, 0), QTimeZone::UTC)};
}

Search::Hit hit(const QList<Stay> &stays)
{
    Search::Hit made;
    made.domain = u"roles"_s;
    made.entity = u"r1"_s;
    made.name = u"Agent"_s;
    made.pointer = u"/name"_s;
    made.line = u"\"name\": \"Agent\""_s;
    made.markStart = 9;
    made.markLength = 5;
    made.stays = stays;
    return made;
}

QStringList described(const QList<SearchRow> &rows)
{
    QStringList lines;
    for (const SearchRow &row : rows) {
        static const QStringList kinds{u"#"_s, u"here"_s, u"ever"_s, u"event"_s, u"link"_s, u"note"_s};
        lines.append(kinds.at(static_cast<int>(row.kind)) + u' ' + row.title
                     + (row.when.isEmpty() ? QString() : QString(u" | "_s + row.when)));
    }
    return lines;
}

} // namespace

class TestSearchWords : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void whenItStood_data();
    void whenItStood();
    void whereItLeads_data();
    void whereItLeads();
    void sectionsInOrder();
    void nothingFoundSaysWhatWasLookedThrough();
    void nothingAskedOfTheAuditTrailIsNotNothing();
    void aLinkIsOneRow();
    void mistakes();
};

void TestSearchWords::whenItStood_data()
{
    QTest::addColumn<QList<Stay>>("stays");
    QTest::addColumn<QString>("text");
    QTest::newRow("there all along") << QList<Stay>{{moment(1), moment(5), {}, {}}} << u"as long as is known"_s;
    QTest::newRow("came and stayed") << QList<Stay>{{moment(3), moment(5), {}, moment(2)}} << u"since 3 Oct 2026 06:00 UTC"_s;
    QTest::newRow("went") << QList<Stay>{{moment(1), moment(3), moment(4), {}}} << u"until 3 Oct 2026 06:00 UTC"_s;
    QTest::newRow("came and went") << QList<Stay>{{moment(2), moment(3), moment(4), moment(1)}}
                                   << u"2 Oct 2026 06:00 to 3 Oct 2026 06:00 UTC"_s;
    QTest::newRow("twice") << QList<Stay>{{moment(1), moment(2), moment(3), {}}, {moment(4), moment(5), {}, moment(3)}}
                           << u"2 times, last since 4 Oct 2026 06:00 UTC"_s;
}

void TestSearchWords::whenItStood()
{
    QFETCH(QList<Stay>, stays);
    QFETCH(QString, text);
    QCOMPARE(stayText(stays), text);
    QVERIFY(!stayTip(stays).isEmpty());
}

void TestSearchWords::whereItLeads_data()
{
    QTest::addColumn<Stay>("stay");
    QTest::addColumn<bool>("wantsEnd");
    QTest::addColumn<int>("from");
    QTest::addColumn<int>("to");
    QTest::newRow("to where it came") << Stay{moment(2), moment(3), moment(4), moment(1)} << false << 1 << 2;
    QTest::newRow("to where it went") << Stay{moment(2), moment(3), moment(4), moment(1)} << true << 3 << 4;
    QTest::newRow("always there, then gone: to where it went") << Stay{moment(1), moment(3), moment(4), {}} << false << 3 << 4;
    QTest::newRow("never gone: to where it came, though the end was asked for")
        << Stay{moment(2), moment(5), {}, moment(1)} << true << 1 << 2;
    QTest::newRow("always there: as it was seen last") << Stay{moment(1), moment(5), {}, {}} << false << 0 << 5;
}

void TestSearchWords::whereItLeads()
{
    QFETCH(Stay, stay);
    QFETCH(bool, wantsEnd);
    QFETCH(int, from);
    QFETCH(int, to);
    const Search::Link link = linkOfHit(hit({stay}), wantsEnd);
    QCOMPARE(link.from, moment(from).snapshot);
    QCOMPARE(link.snapshot, moment(to).snapshot);
    QCOMPARE(link.domain, u"roles"_s);
    QCOMPARE(link.entity, u"r1"_s);
    QCOMPARE(link.pointer, u"/name"_s);
}

void TestSearchWords::sectionsInOrder()
{
    SearchState state;
    state.typed = u"agent"_s;
    state.snapshotUtc = moment(5).utc;
    Search::Answer here;
    here.hits = {hit({{moment(1), moment(5), {}, {}}})};
    here.found = 1;
    state.here = std::make_shared<const Search::Answer>(here);
    here.snapshots = 5;
    here.found = 30;
    here.isCut = true;
    state.ever = std::make_shared<const Search::Answer>(here);
    Search::AuditAnswer audit;
    Audit::Event event;
    event.id = u"e1"_s;
    event.userName = u"kim@example.com"_s;
    event.action = u"Update"_s;
    event.timeUtc = moment(4).utc;
    audit.events = {event};
    audit.found = 1;
    audit.fromUtc = moment(1).utc;
    audit.toUtc = moment(5).utc;
    state.audit = std::make_shared<const Search::AuditAnswer>(audit);
    QCOMPARE(
        described(searchRows(state, {{u"roles"_s, u"Roles"_s}})),
        (QStringList{u"# In B · 5 Oct 2026 06:00 UTC | 1"_s, u"here Agent"_s, u"# Over all history · 5 snapshots | 1 of 30"_s,
                     u"ever Agent | as long as is known"_s, u"# Audit events | 1"_s, u"event kim@example.com | 4 Oct 2026 06:00 UTC"_s}));
}

void TestSearchWords::nothingFoundSaysWhatWasLookedThrough()
{
    SearchState state;
    state.typed = u"nobody"_s;
    state.isRunning = true;
    QVERIFY(searchRows(state, {}).isEmpty()); // not before all was looked through
    state.isRunning = false;
    Search::Answer none;
    none.texts = 21'074;
    none.snapshots = 12;
    state.here = state.ever = std::make_shared<const Search::Answer>(none);
    const QList<SearchRow> rows = searchRows(state, {});
    QCOMPARE(rows.size(), 1);
    QVERIFY2(rows.constFirst().title.startsWith(u"Nothing like that in the 21,074 texts of 12 snapshots."_s),
             qPrintable(rows.constFirst().title));
    QVERIFY(rows.constFirst().title.contains(u"fingerprints"_s)); // what cannot be found is said
}

void TestSearchWords::nothingAskedOfTheAuditTrailIsNotNothing()
{
    SearchState state;
    state.typed = u"nobody"_s;
    state.here = state.ever = std::make_shared<const Search::Answer>();
    state.audit = std::make_shared<const Search::AuditAnswer>();
    QVERIFY(searchRows(state, {}).constFirst().title.contains(u"nothing is known of them"_s));
}

void TestSearchWords::aLinkIsOneRow()
{
    SearchState state;
    state.typed = u"orgtrace://…"_s;
    state.link = Search::Link{u"0f6c12345678abcd"_s, QString(40, u'a'), {}, u"roles"_s, u"r1"_s, true, u"/name"_s};
    QCOMPARE(described(searchRows(state, {{u"roles"_s, u"Roles"_s}})), QStringList{u"link Go to the place of this link"_s});
}

void TestSearchWords::mistakes()
{
    SearchState state;
    state.typed = u"orgtrace://x"_s;
    state.mistake = Error{ErrorCode::BadInput, u"a link has the form orgtrace://STORE/SNAPSHOT/DOMAIN/ENTITY"_s, {}};
    QCOMPARE(described(searchRows(state, {})),
             QStringList{u"note This cannot be looked for: a link has the form orgtrace://STORE/SNAPSHOT/DOMAIN/ENTITY."_s});
    state.mistake = Error{ErrorCode::Integrity, u"x"_s, {}};
    QVERIFY(searchRows(state, {}).constFirst().title.size() > 10);
}

QTEST_MAIN(TestSearchWords)
#include "tst_searchwords.moc"
