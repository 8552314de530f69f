#include "report/coverage.h"
#include "report/people.h"
#include "report/wording.h"

#include "base/clock.h"

#include <QTest>

using namespace Orgtrace;
using namespace Orgtrace::Report;
using namespace Qt::StringLiterals;

namespace {

QDateTime at(const QString &time)
{
    return parseIsoUtc(u"2026-10-"_s + time + u":00Z"_s);
}

Evidence::AuditWindow window(const QString &from, const QString &to, const QString &service = {}, const QString &state = u"complete"_s,
                             const QString &filter = {})
{
    return {at(from), at(to), service, filter, 1, at(to), {}, state};
}

QString rangesText(const QList<TimeRange> &ranges)
{
    QStringList parts;
    for (const TimeRange &range : ranges) {
        parts.append(range.fromUtc.toString(u"dd'T'HH:mm"_s) + u'/' + range.toUtc.toString(u"dd'T'HH:mm"_s));
    }
    return parts.join(u' ');
}

QString maskedValue(const People &people, const QString &domain, const QString &entity, const QString &path, const char *json)
{
    const Result<Json::Document> document = Json::parse(json);
    return QString::fromUtf8(people.value(domain, entity, path, document->root()).compactText());
}

} // namespace

class TestReportParts : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void showsHiddenCharacters_data();
    void showsHiddenCharacters();
    void cutsLongValues_data();
    void cutsLongValues();
    void writesDurations_data();
    void writesDurations();
    void findsAuditGaps_data();
    void findsAuditGaps();
    void namesServicesThatCover();
    void joinsWindows();
    void opensChangeWindowByLedger();
    void masksText_data();
    void masksText();
    void masksValues_data();
    void masksValues();
    void pseudonymsAreStable();
    void passesEverythingWhenOff();
};

void TestReportParts::showsHiddenCharacters_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("shown");
    QTest::newRow("plain text stays") << u"Queue 7 – Größe 東京 😀"_s << u"Queue 7 – Größe 東京 😀"_s;
    QTest::newRow("right-to-left letters stay") << u"שלום"_s << u"שלום"_s;
    QTest::newRow("NUL") << u"a\0b"_s << u"a⟨U+0000⟩b"_s;
    QTest::newRow("line feed in a name") << u"a\nb"_s << u"a⟨U+000A⟩b"_s;
    QTest::newRow("right-to-left override") << u"\u202Egpj.exe"_s << u"⟨U+202E⟩gpj.exe"_s;
    QTest::newRow("isolate and its end") << u"\u2066x\u2069"_s << u"⟨U+2066⟩x⟨U+2069⟩"_s;
    QTest::newRow("zero-width space and byte order mark") << u"\u200B\uFEFF"_s << u"⟨U+200B⟩⟨U+FEFF⟩"_s;
    QTest::newRow("no-break space looks like a space and is none") << u"a\u00A0b"_s << u"a⟨U+00A0⟩b"_s;
    QTest::newRow("tag characters beyond the first plane") << QString::fromUcs4(U"\U000E0041", 1) << u"⟨U+E0041⟩"_s;
    QTest::newRow("lone surrogate") << QString(QChar(0xd800)) << u"⟨U+D800⟩"_s;
    QTest::newRow("noncharacter") << QString(QChar(0xffff)) << u"⟨U+FFFF⟩"_s;
    QTest::newRow("a planted mark") << u"⟨U+202E⟩"_s << u"⟨U+27E8⟩U+202E⟩"_s;
    QTest::newRow("C1 control") << QString(QChar(0x85)) << u"⟨U+0085⟩"_s;
}

void TestReportParts::showsHiddenCharacters()
{
    QFETCH(QString, text);
    QFETCH(QString, shown);
    QCOMPARE(visible(text), shown);
}

void TestReportParts::cutsLongValues_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<int>("from");
    QTest::addColumn<QString>("note");
    QTest::addColumn<int>("atMost");
    QTest::newRow("short text is whole") << u"abc"_s << 0 << QString() << 3;
    QTest::newRow("empty text is whole") << QString() << 0 << QString() << 0;
    QTest::newRow("long text is cut and says so") << QString(1234, u'x') << 0 << u"cut: 1,234 characters in all"_s << 701;
    QTest::newRow("many lines are cut") << u"x\n"_s.repeated(100) << 0 << u"cut: 200 characters in all"_s << 40;
    QTest::newRow("a start in the middle says so") << QString(100, u'x') << 50 << u"cut: 100 characters in all"_s << 51;
    QTest::newRow("a start beyond the end") << u"abc"_s << 99 << u"cut: 3 characters in all"_s << 1;
}

void TestReportParts::cutsLongValues()
{
    QFETCH(QString, text);
    QFETCH(int, from);
    QFETCH(QString, note);
    QFETCH(int, atMost);
    const Excerpt shown = excerpt(text, from);
    QCOMPARE(shown.note, note);
    QVERIFY(shown.text.size() <= atMost);
}

void TestReportParts::writesDurations_data()
{
    QTest::addColumn<QString>("from");
    QTest::addColumn<QString>("to");
    QTest::addColumn<QString>("text");
    QTest::newRow("minutes") << u"01T00:00"_s << u"01T00:26"_s << u"26 min"_s;
    QTest::newRow("full hours") << u"01T00:00"_s << u"01T02:00"_s << u"2 h"_s;
    QTest::newRow("hours and minutes") << u"01T00:00"_s << u"01T02:05"_s << u"2 h 5 min"_s;
    QTest::newRow("days and hours") << u"01T00:00"_s << u"04T07:59"_s << u"3 d 7 h"_s;
    QTest::newRow("nothing") << u"01T00:00"_s << u"01T00:00"_s << u"0 min"_s;
    QTest::newRow("backwards is nothing") << u"02T00:00"_s << u"01T00:00"_s << u"0 min"_s;
    QTest::newRow("an unknown end") << u"01T00:00"_s << u"never"_s << u"unknown"_s;
}

void TestReportParts::writesDurations()
{
    QFETCH(QString, from);
    QFETCH(QString, to);
    QFETCH(QString, text);
    QCOMPARE(durationText(at(from), at(to)), text);
}

void TestReportParts::findsAuditGaps_data()
{
    QTest::addColumn<QList<Evidence::AuditWindow>>("windows");
    QTest::addColumn<QString>("service");
    QTest::addColumn<QString>("gaps");
    using Windows = QList<Evidence::AuditWindow>;
    const QString all = u"10T00:00/12T00:00"_s;
    QTest::newRow("nothing was asked") << Windows{} << QString() << all;
    QTest::newRow("all was asked at once") << Windows{window(u"09T00:00"_s, u"13T00:00"_s)} << QString() << QString();
    QTest::newRow("pieces that touch") << Windows{window(u"11T00:00"_s, u"12T00:00"_s), window(u"10T00:00"_s, u"11T00:00"_s)} << QString()
                                       << QString();
    QTest::newRow("a hole between") << Windows{window(u"09T00:00"_s, u"10T06:00"_s), window(u"10T08:00"_s, u"13T00:00"_s)} << QString()
                                    << u"10T06:00/10T08:00"_s;
    QTest::newRow("both ends missing") << Windows{window(u"10T06:00"_s, u"11T00:00"_s)} << QString()
                                       << u"10T00:00/10T06:00 11T00:00/12T00:00"_s;
    QTest::newRow("a failed query covers nothing") << Windows{window(u"10T00:00"_s, u"12T00:00"_s, {}, u"timed-out"_s)} << QString() << all;
    QTest::newRow("a filtered query covers nothing")
        << Windows{window(u"10T00:00"_s, u"12T00:00"_s, {}, u"complete"_s, u"UserId=x"_s)} << QString() << all;
    QTest::newRow("another service covers nothing") << Windows{window(u"10T00:00"_s, u"12T00:00"_s, u"Routing"_s)} << QString() << all;
    QTest::newRow("the service itself covers") << Windows{window(u"10T00:00"_s, u"12T00:00"_s, u"Routing"_s)} << u"Routing"_s << QString();
    QTest::newRow("a small window inside a large one")
        << Windows{window(u"10T00:00"_s, u"11T12:00"_s), window(u"10T03:00"_s, u"10T04:00"_s)} << QString() << u"11T12:00/12T00:00"_s;
    QTest::newRow("a window turned round covers nothing") << Windows{window(u"12T00:00"_s, u"10T00:00"_s)} << QString() << all;
}

void TestReportParts::findsAuditGaps()
{
    QFETCH(QList<Evidence::AuditWindow>, windows);
    QFETCH(QString, service);
    QFETCH(QString, gaps);
    QCOMPARE(rangesText(notQueried(windows, {at(u"10T00:00"_s), at(u"12T00:00"_s)}, service)), gaps);
    QVERIFY(notQueried(windows, {at(u"12T00:00"_s), at(u"10T00:00"_s)}, service).isEmpty());
}

void TestReportParts::namesServicesThatCover()
{
    const QList<Evidence::AuditWindow> windows{window(u"10T00:00"_s, u"11T00:00"_s), window(u"11T00:00"_s, u"12T00:00"_s, u"Routing"_s),
                                               window(u"11T00:00"_s, u"11T06:00"_s, u"Quality"_s)};
    QCOMPARE(servicesCovering(windows, {at(u"10T00:00"_s), at(u"12T00:00"_s)}), QStringList{u"Routing"_s});
}

void TestReportParts::joinsWindows()
{
    const QList<JoinedWindow> lines
        = joined({window(u"12T00:00"_s, u"13T00:00"_s), window(u"10T00:00"_s, u"11T00:00"_s), window(u"11T00:00"_s, u"12T00:00"_s),
                  window(u"14T00:00"_s, u"15T00:00"_s), window(u"10T00:00"_s, u"11T00:00"_s, u"Routing"_s),
                  window(u"11T00:00"_s, u"12T00:00"_s, {}, u"timed-out"_s)});
    QCOMPARE(lines.size(), 4);
    QCOMPARE(lines[0].queries, 3);
    QCOMPARE(lines[0].events, 3);
    QCOMPARE(lines[0].range.toUtc, at(u"13T00:00"_s));
    QCOMPARE(lines[1].service, u"Routing"_s);
    QCOMPARE(lines[2].state, u"timed-out"_s);
    QCOMPARE(lines[3].range.fromUtc, at(u"14T00:00"_s));
}

void TestReportParts::opensChangeWindowByLedger()
{
    Evidence::LedgerRow a, b;
    a.firstRequestUtc = at(u"10T08:00"_s);
    a.lastResponseUtc = at(u"10T09:00"_s);
    a.clockOffsetMs = -60'000;
    b.firstRequestUtc = at(u"12T08:00"_s);
    b.lastResponseUtc = at(u"12T09:00"_s);
    b.clockOffsetMs = 120'000;
    QCOMPARE(rangesText({changeWindow(&a, &b, at(u"11T00:00"_s), at(u"11T01:00"_s))}), u"10T07:59/12T09:02"_s);
    QCOMPARE(rangesText({changeWindow(nullptr, nullptr, at(u"11T00:00"_s), at(u"11T01:00"_s))}), u"11T00:00/11T01:00"_s);
}

namespace {
QHash<QString, QString> staff()
{
    return {{u"users/u1"_s, u"Anna Meier"_s},
            {u"users/u2"_s, u"Anna Meier Lopez"_s},
            {u"users/u3"_s, u"Support"_s},
            {u"users/u4"_s, u""_s},
            {u"queues/q1"_s, u"Anna Meier"_s}};
}
} // namespace

void TestReportParts::masksText_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("shown");
    const People people(true, u"o"_s, staff());
    const QString anna = people.person(u"u1"_s, {}), lopez = people.person(u"u2"_s, {}), support = people.person(u"u3"_s, {});
    QTest::newRow("a name in running text") << u"ask Anna Meier, please"_s << u"ask "_s + anna + u", please"_s;
    QTest::newRow("the longer name wins") << u"ask Anna Meier Lopez"_s << u"ask "_s + lopez;
    QTest::newRow("case does not matter") << u"ANNA MEIER"_s << anna;
    QTest::newRow("twice") << u"Anna Meier/Anna Meier"_s << anna + u'/' + anna;
    QTest::newRow("part of a longer word is none") << u"Anna Meierhof"_s << u"Anna Meierhof"_s;
    QTest::newRow("a name of one word inside text stays") << u"Support line"_s << u"Support line"_s;
    QTest::newRow("a name of one word alone is a person") << u"Support"_s << support;
    QTest::newRow("a mail address") << u"to anna.meier@example.com"_s << u"to a…@example.com"_s;
    QTest::newRow("nothing personal") << u"Billing Tier 2"_s << u"Billing Tier 2"_s;
    QTest::newRow("empty") << QString() << QString();
}

void TestReportParts::masksText()
{
    QFETCH(QString, text);
    QFETCH(QString, shown);
    QCOMPARE(People(true, u"o"_s, staff()).text(text), shown);
}

void TestReportParts::masksValues_data()
{
    QTest::addColumn<QString>("domain");
    QTest::addColumn<QString>("entity");
    QTest::addColumn<QString>("path");
    QTest::addColumn<QByteArray>("json");
    QTest::addColumn<QString>("shown");
    const People people(true, u"o"_s, staff());
    const QString anna = people.person(u"u1"_s, {}), stranger = people.person(u"u9"_s, {});
    QTest::newRow("the user's own name, old ones too")
        << u"users"_s << u"u1"_s << u"/name"_s << QByteArray(R"("Anna Schmidt")") << u"\"%1\""_s.arg(anna);
    QTest::newRow("a user nobody listed") << u"users"_s << u"u9"_s << u"/name"_s << QByteArray(R"("New Person")")
                                          << u"\"%1\""_s.arg(stranger);
    QTest::newRow("a user name without an at sign")
        << u"users"_s << u"u1"_s << u"/username"_s << QByteArray(R"("anna.meier")") << u"\"a…\""_s;
    QTest::newRow("addresses, but not what kind they are")
        << u"users"_s << u"u1"_s << u"/addresses"_s
        << QByteArray(R"([{"address":"+4930123456","extension":"4711","mediaType":"PHONE","type":"WORK"}])")
        << u"[{\"address\":\"…56\",\"extension\":\"…11\",\"mediaType\":\"PHONE\",\"type\":\"WORK\"}]"_s;
    QTest::newRow("a reference to a user inside anything")
        << u"flows"_s << u"f1"_s << u"/publishedBy"_s << QByteArray(R"({"id":"u1","name":"A. Meier","username":"am"})")
        << u"{\"id\":\"u1\",\"name\":\"%1\",\"username\":\"a…\"}"_s.arg(anna);
    QTest::newRow("members are people even if unknown")
        << u"group_members"_s << u"g1"_s << u"/members/[id=u9]"_s << QByteArray(R"({"id":"u9","name":"Never Seen"})")
        << u"{\"id\":\"u9\",\"name\":\"%1\"}"_s.arg(stranger);
    QTest::newRow("settings of a user stay") << u"users"_s << u"u1"_s << u"/acdAutoAnswer"_s << QByteArray("true") << u"true"_s;
    QTest::newRow("numbers of things keep their exact text")
        << u"queues"_s << u"q1"_s << u"/alertingTimeout"_s << QByteArray("30.50") << u"30.50"_s;
    QTest::newRow("the name of a thing stays") << u"roles"_s << u"r1"_s << u"/name"_s << QByteArray(R"("Supervisor")")
                                               << u"\"Supervisor\""_s;
}

void TestReportParts::masksValues()
{
    QFETCH(QString, domain);
    QFETCH(QString, entity);
    QFETCH(QString, path);
    QFETCH(QByteArray, json);
    QFETCH(QString, shown);
    QCOMPARE(maskedValue(People(true, u"o"_s, staff()), domain, entity, path, json.constData()), shown);
}

void TestReportParts::pseudonymsAreStable()
{
    QHash<QString, QString> more = staff();
    for (int i = 0; i < 500; ++i) {
        more.insert(u"users/x%1"_s.arg(i), u"Person %1"_s.arg(i));
    }
    const People few(true, u"o"_s, staff()), many(true, u"o"_s, more), other(true, u"p"_s, staff());
    QCOMPARE(few.person(u"u1"_s, {}), many.person(u"u1"_s, {}));
    QVERIFY(few.person(u"u1"_s, {}) != other.person(u"u1"_s, {})); // another organisation, another pseudonym
    QVERIFY(few.person(u"u1"_s, {}) != few.person(u"u2"_s, {}));
    QCOMPARE(few.person({}, u"Nobody"_s), many.person({}, u"Nobody"_s));
    QCOMPARE(few.person({}, {}), QString());
    QSet<QString> distinct;
    for (int i = 0; i < 500; ++i) {
        distinct.insert(many.person(u"x%1"_s.arg(i), {}));
    }
    QCOMPARE(distinct.size(), 500);
}

void TestReportParts::passesEverythingWhenOff()
{
    const People people(false, u"o"_s, staff());
    QCOMPARE(people.text(u"Anna Meier <anna@example.com>"_s), u"Anna Meier <anna@example.com>"_s);
    QCOMPARE(people.person(u"u1"_s, u"Anna Meier"_s), u"Anna Meier"_s);
    QCOMPARE(maskedValue(people, u"users"_s, u"u1"_s, u"/name"_s, R"("Anna Meier")"), u"\"Anna Meier\""_s);
}

QTEST_GUILESS_MAIN(TestReportParts)
#include "tst_reportparts.moc"
