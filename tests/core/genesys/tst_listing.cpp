#include "listingrig.h"

#include "base/digest.h"
#include "json/canonical.h"

#include <QtTest>

using namespace ListingTest;

class TestListing : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void pagingStyles_data();
    void pagingStyles();
    void brokenElementsStandAlone_data();
    void brokenElementsStandAlone();
    void oddValuesAreKept();
    void pagesThatCannotBeRead_data();
    void pagesThatCannotBeRead();
    void anErrorMidwayLeavesNothing();
    void workRunsOnPagesAndDocumentsAreLetGo();
    void theNextPageIsAskedForBeforeThisOneIsRead();
    void pagesAreAskedForAheadAndTheLastOneLast();
    void duplicatesAreDroppedWhereAllowed();
    void cancelledMidway();
};

void TestListing::pagingStyles_data()
{
    QTest::addColumn<PagingStyle>("style");
    QTest::addColumn<QStringList>("script"); // "url -> page"
    QTest::addColumn<QString>("expected"); // ids, or the error's name
    const QString p = u"/api/v2/x?pageNumber=%1&pageSize=2 -> "_s;
    const auto P = [&p](int n, const QString &page) { return QString(p.arg(n) + page); };
    const auto A = [](const QString &after, const QString &page) {
        return QString(u"/api/v2/x?pageSize=2"_s + (after.isEmpty() ? QString() : u"&after="_s + after) + u" -> "_s + page);
    };
    const auto N = [](const QString &next, const QString &page) {
        return QString(u"/api/v2/x?pageSize=2"_s + (next.isEmpty() ? QString() : u"&nextPage="_s + next) + u" -> "_s + page);
    };
    const auto K = [](const QString &cursor, const QString &page) {
        return QString(u"/api/v2/x?pageSize=2"_s + (cursor.isEmpty() ? QString() : u"&cursor="_s + cursor) + u" -> "_s + page);
    };
    const auto U = [](const QString &page) { return QString(u"/api/v2/x -> "_s + page); };
    const auto row = [](const char *name, PagingStyle style, const QStringList &script, const QString &expected) {
        QTest::newRow(name) << style << script << expected;
    };

    using enum PagingStyle;
    row("P: two pages and a short last one", PageNumber, {P(1, u"a,b|total=3,pageCount=2"_s), P(2, u"c|total=3,pageCount=2"_s)},
        u"a b c"_s);
    row("P: an empty listing", PageNumber, {P(1, u"|total=0,pageCount=0"_s)}, QString());
    row("P: entities left out where there are none", PageNumber, {P(1, u"RAW:{\"total\":0,\"pageCount\":0}"_s)}, QString());
    row("P: no page count, total suffices", PageNumber, {P(1, u"a,b|total=3"_s), P(2, u"c|total=3"_s)}, u"a b c"_s);
    row("P: the reply's clamped page size counts", PageNumber,
        {P(1, u"a|total=2,pageCount=2,pageSize=1"_s), P(2, u"b|total=2,pageCount=2,pageSize=1"_s)}, u"a b"_s);
    row("P: a total that moves in between is read again, as a row may have moved with it; the total of the last page decides", PageNumber,
        {P(1, u"a,b|total=4,pageCount=2"_s), P(2, u"c|total=3,pageCount=2"_s), P(1, u"a,b|total=3,pageCount=2"_s),
         P(2, u"c|total=3,pageCount=2"_s)},
        u"a b c"_s);
    row("P: a total that never stands still is incomplete", PageNumber,
        {P(1, u"a,b|total=4,pageCount=2"_s), P(2, u"c|total=3,pageCount=2"_s), P(1, u"a,b|total=2,pageCount=2"_s),
         P(2, u"c|total=3,pageCount=2"_s), P(1, u"a,b|total=4,pageCount=2"_s), P(2, u"c|total=3,pageCount=2"_s)},
        u"incomplete"_s);
    row("P: a row skipped by a rename is found by reading again", PageNumber,
        {P(1, u"a,b|total=3,pageCount=2"_s), P(2, u"b|total=3,pageCount=2"_s), P(1, u"a,b|total=3,pageCount=2"_s),
         P(2, u"c|total=3,pageCount=2"_s)},
        u"a b c"_s);
    row("P: a total that lies is incomplete after three readings", PageNumber,
        {P(1, u"a|total=9,pageCount=1"_s), P(1, u"a|total=9,pageCount=1"_s), P(1, u"a|total=9,pageCount=1"_s)}, u"incomplete"_s);
    row("P: a repeated page is never the next one", PageNumber,
        {P(1, u"a,b|total=4,pageCount=2"_s), P(2, u"a,b|total=4,pageCount=2"_s), P(1, u"a,b|total=4,pageCount=2"_s),
         P(2, u"a,b|total=4,pageCount=2"_s), P(1, u"a,b|total=4,pageCount=2"_s), P(2, u"a,b|total=4,pageCount=2"_s)},
        u"incomplete"_s);
    row("P: an id twice in one page, in two readings, is broken alone", PageNumber,
        {P(1, u"a,a|total=3,pageCount=2"_s), P(2, u"b|total=3,pageCount=2"_s), P(1, u"a,a|total=3,pageCount=2"_s),
         P(2, u"b|total=3,pageCount=2"_s)},
        u"!a b"_s);
    row("P: an endless page count ends with the pages", PageNumber,
        {P(1, u"a|total=3,pageCount=999999999"_s), P(2, u"|total=3,pageCount=999999999"_s), P(1, u"a|total=3,pageCount=999999999"_s),
         P(2, u"|total=3,pageCount=999999999"_s), P(1, u"a|total=3,pageCount=999999999"_s), P(2, u"|total=3,pageCount=999999999"_s)},
        u"incomplete"_s);
    row("P-: two readings that agree", PageNumberNoTotal,
        {P(1, u"a,b|nextUri=/x"_s), P(2, u"c"_s), P(1, u"a,b|nextUri=/x"_s), P(2, u"c"_s)}, u"a b c"_s);
    row("P-: a full page without nextUri is not taken for the end", PageNumberNoTotal,
        {P(1, u"a,b"_s), P(2, QString()), P(1, u"a,b"_s), P(2, QString())}, u"a b"_s);
    row("P-: the second of three readings differs, the third agrees with it", PageNumberNoTotal, {P(1, u"a"_s), P(1, u"b"_s), P(1, u"b"_s)},
        u"b"_s);
    row("P-: readings that never agree", PageNumberNoTotal, {P(1, u"a"_s), P(1, u"b"_s), P(1, u"c"_s)}, u"incomplete"_s);
    row("C: until there is no nextUri", After, {A(QString(), u"a,b|nextUri=/api/v2/x?after=t1"_s), A(u"t1"_s, u"c"_s)}, u"a b c"_s);
    row("C: only the cursor is taken from a nextUri of another host", After,
        {A(QString(), u"a|nextUri=https://evil.example/api/v2/y?after=t1&pageSize=9"_s), A(u"t1"_s, u"b"_s)}, u"a b"_s);
    row("C: a short page is not the end", After,
        {A(QString(), u"a|nextUri=/x?after=t1"_s), A(u"t1"_s, u"|nextUri=/x?after=t2"_s), A(u"t2"_s, u"b"_s)}, u"a b"_s);
    row("C: a cursor loop ends as incomplete", After,
        {A(QString(), u"a|nextUri=/x?after=t1"_s), A(u"t1"_s, u"b|nextUri=/x?after=t1"_s), A(QString(), u"a|nextUri=/x?after=t1"_s),
         A(u"t1"_s, u"b|nextUri=/x?after=t1"_s), A(QString(), u"a|nextUri=/x?after=t1"_s), A(u"t1"_s, u"b|nextUri=/x?after=t1"_s)},
        u"incomplete"_s);
    row("C: nextUri without its cursor", After,
        {A(QString(), u"a|nextUri=/x"_s), A(QString(), u"a|nextUri=/x"_s), A(QString(), u"a|nextUri=/x"_s)}, u"incomplete"_s);
    row("C: the same page under ever new cursors", After,
        {A(QString(), u"a|nextUri=/x?after=t1"_s), A(u"t1"_s, u"a|nextUri=/x?after=t2"_s), A(QString(), u"a|nextUri=/x?after=t3"_s),
         A(u"t3"_s, u"a|nextUri=/x?after=t4"_s), A(QString(), u"a|nextUri=/x?after=t5"_s), A(u"t5"_s, u"a|nextUri=/x?after=t6"_s)},
        u"incomplete"_s);
    row("N: by the nextPage token", NextPage, {N(QString(), u"a,b|nextUri=/x?nextPage=t1&pageSize=2"_s), N(u"t1"_s, u"c"_s)}, u"a b c"_s);
    row("K: an empty page with a cursor is not the end", Cursor,
        {K(QString(), u"|cursor=c1"_s), K(u"c1"_s, u"a|cursor=c2"_s), K(u"c2"_s, u"b"_s)}, u"a b"_s);
    row("K: an empty cursor is the end", Cursor, {K(QString(), u"a|cursor="_s)}, u"a"_s);
    row("K: a stale cursor starts over with smaller pages", Cursor,
        {K(QString(), u"a,b|cursor=c1"_s), K(u"c1"_s, u"400:cursor expired"_s), u"/api/v2/x?pageSize=10 -> a,b|cursor=c9"_s,
         u"/api/v2/x?pageSize=10&cursor=c9 -> c"_s},
        u"a b c"_s);
    row("K: a cursor that is always stale", Cursor,
        {K(QString(), u"a|cursor=c1"_s), K(u"c1"_s, u"400:bad cursor"_s), u"/api/v2/x?pageSize=10 -> a|cursor=c1"_s,
         u"/api/v2/x?pageSize=10&cursor=c1 -> 400:bad cursor"_s, u"/api/v2/x?pageSize=10 -> a|cursor=c1"_s,
         u"/api/v2/x?pageSize=10&cursor=c1 -> 400:bad cursor"_s},
        u"stale-cursor"_s);
    row("U: one call", Unpaged, {U(u"a,b|total=2,pageCount=1"_s)}, u"a b"_s);
    row("U: it says there is more", Unpaged, {U(u"a|total=2,pageCount=2"_s), U(u"a|total=2,pageCount=2"_s), U(u"a|total=2,pageCount=2"_s)},
        u"incomplete"_s);
    row("array: a bare one", Array, {U(u"RAW:[{\"id\":\"a\"},{\"id\":\"b\"}]"_s)}, u"a b"_s);
    row("array: a number is an id too", Array, {U(u"RAW:[{\"id\":12345678901234567890}]"_s)}, u"12345678901234567890"_s);
}

void TestListing::pagingStyles()
{
    QFETCH(PagingStyle, style);
    QFETCH(QStringList, script);
    QFETCH(QString, expected);
    Rig rig;
    for (const QString &line : std::as_const(script)) {
        rig.network.expect(pageOf(line.section(u" -> "_s, 0, 0), line.section(u" -> "_s, 1)));
    }
    ListingRequest request;
    request.path = "/api/v2/x";
    request.style = style;
    request.pageSize = 2;
    const auto listing = rig.read(request);
    QCOMPARE(listing ? idsOf(*listing).join(u' ') : errorCodeName(listing.error().code), expected);
    NO_PROBLEMS(rig);
    if (listing) {
        QCOMPARE(listing->items, idsOf(*listing).size());
        QCOMPARE(listing->pageRequests, script.size() - (script.join(u' ').contains(u"400:") ? 1 : 0));
        QVERIFY(listing->firstRequestUtc.isValid() && listing->lastResponseUtc >= listing->firstRequestUtc);
    }
}

void TestListing::brokenElementsStandAlone_data()
{
    QTest::addColumn<QByteArray>("element");
    QTest::addColumn<QString>("expected");
    QTest::newRow("NaN") << QByteArray(R"({"id":"bad","v":NaN})") << u"good1 good2 !bad"_s;
    QTest::newRow("duplicate keys") << QByteArray(R"({"id":"bad","v":1,"v":2})") << u"good1 good2 !bad"_s;
    QTest::newRow("10,000 levels deep") << QByteArray("{\"id\":\"bad\",\"v\":" + QByteArray(10000, '[') + QByteArray(10000, ']') + "}")
                                        << u"good1 good2 !bad"_s;
    QTest::newRow("a control character in a string") << QByteArray("{\"id\":\"bad\",\"v\":\"\x01\"}") << u"good1 good2 !bad"_s;
    QTest::newRow("bytes that are no UTF-8") << QByteArray("{\"id\":\"bad\",\"v\":\"\xff\xfe\"}") << u"good1 good2 !bad"_s;
    QTest::newRow("no id") << QByteArray(R"({"v":1})") << u"good1 good2 !"_s;
    QTest::newRow("an empty id") << QByteArray(R"({"id":""})") << u"good1 good2 !"_s;
    QTest::newRow("an id that is an object") << QByteArray(R"({"id":{"a":1}})") << u"good1 good2 !"_s;
    QTest::newRow("no object at all") << QByteArray("null") << u"good1 good2 !"_s;
    QTest::newRow("an id that climbs is an id like any other")
        << QByteArray(R"({"id":"../../etc/passwd"})") << u"good1 ../../etc/passwd good2"_s;
    QTest::newRow("braces and quotes inside strings") << QByteArray(R"({"id":"bad","v":"}]\"{[","w":NaN})") << u"good1 good2 !bad"_s;
}

void TestListing::brokenElementsStandAlone()
{
    QFETCH(QByteArray, element);
    QFETCH(QString, expected);
    Rig rig;
    rig.network.get(Base + u"/api/v2/x?pageNumber=1&pageSize=100"_s,
                    R"({"total":3,"entities":[{"id":"good1"},)" + element + R"(,{"id":"good2"}],"pageCount":1})");
    ListingRequest request;
    request.path = "/api/v2/x";
    const auto listing = rig.read(request);
    QVERIFY2(listing, qPrintable(listing ? QString() : listing.error().detail));
    QCOMPARE(idsOf(*listing).join(u' '), expected);
    QCOMPARE(listing->items, 3);
    for (const auto &broken : listing->pages.front().broken) {
        QVERIFY(!broken.why.isEmpty());
        QCOMPARE(broken.sha256.size(), 64);
        if (!broken.id.isEmpty()) {
            QCOMPARE(broken.sha256, sha256(view(element)).toHex());
        }
    }
    NO_PROBLEMS(rig);
}

void TestListing::oddValuesAreKept()
{
    Rig rig;
    const QByteArray big(5'000'000, 'x');
    rig.network.get(Base + u"/api/v2/x"_s, R"([{"id":"a","s":"\ud800","n":0.10000000000000000000001,"b":")" + big + R"("}])");
    ListingRequest request;
    request.path = "/api/v2/x";
    request.style = PagingStyle::Array;
    const auto listing = rig.read(request);
    QVERIFY(listing);
    const QByteArray text = Json::compactText(listing->pages.front().items.front());
    QVERIFY(text.contains(R"("\ud800")"));
    QVERIFY(text.contains("0.10000000000000000000001"));
    QVERIFY(text.size() > big.size());
    NO_PROBLEMS(rig);
}

void TestListing::pagesThatCannotBeRead_data()
{
    QTest::addColumn<PagingStyle>("style");
    QTest::addColumn<QByteArray>("body");
    QTest::newRow("cut off in an element") << PagingStyle::Unpaged << QByteArray(R"({"entities":[{"id":"a"},{"id":"b","na)");
    QTest::newRow("cut off after an element") << PagingStyle::Unpaged << QByteArray(R"({"entities":[{"id":"a"})");
    QTest::newRow("HTML") << PagingStyle::Unpaged << QByteArray("<html><body>Sign in</body></html>");
    QTest::newRow("nothing") << PagingStyle::Unpaged << QByteArray();
    QTest::newRow("no list of entities") << PagingStyle::Unpaged << QByteArray("{}");
    QTest::newRow("entities that are no list") << PagingStyle::Unpaged << QByteArray(R"({"entities":{"id":"a"}})");
    QTest::newRow("an array where a page should be") << PagingStyle::Unpaged << QByteArray(R"([{"id":"a"}])");
    QTest::newRow("a page where an array should be") << PagingStyle::Array << QByteArray(R"({"entities":[]})");
    QTest::newRow("a settings object that is an array") << PagingStyle::Single << QByteArray("[]");
    QTest::newRow("a settings object with NaN") << PagingStyle::Single << QByteArray(R"({"a":NaN})");
    QTest::newRow("page fields twice") << PagingStyle::Unpaged << QByteArray(R"({"entities":[{"id":"a"}],"total":1,"total":2})");
}

void TestListing::pagesThatCannotBeRead()
{
    QFETCH(PagingStyle, style);
    QFETCH(QByteArray, body);
    Rig rig;
    rig.network.get(Base + u"/api/v2/x"_s, body);
    ListingRequest request;
    request.path = "/api/v2/x";
    request.style = style;
    const auto listing = rig.read(request);
    QVERIFY(!listing);
    QCOMPARE(listing.error().code, ErrorCode::BadResponse);
    NO_PROBLEMS(rig);
}

void TestListing::anErrorMidwayLeavesNothing()
{
    Rig rig;
    rig.network.expect(pageOf(u"/api/v2/x?pageNumber=1&pageSize=2"_s, u"a,b|total=6,pageCount=3"_s));
    rig.network.expect(pageOf(u"/api/v2/x?pageNumber=2&pageSize=2"_s, u"RAW:{\"entities\":[{"_s));
    rig.network.expect(pageOf(u"/api/v2/x?pageNumber=3&pageSize=2"_s, u"e,f|total=6,pageCount=3"_s)); // was under way already
    ListingRequest request;
    request.path = "/api/v2/x";
    request.pageSize = 2;
    std::atomic_int worked = 0;
    request.work = [&worked](const Genesys::Page &) -> std::shared_ptr<void> {
        ++worked;
        return {};
    };
    const auto listing = rig.read(request);
    QVERIFY(!listing);
    QCOMPARE(listing.error().code, ErrorCode::BadResponse);
    QCOMPARE(worked.load(), 1);
    NO_PROBLEMS(rig);
}

void TestListing::workRunsOnPagesAndDocumentsAreLetGo()
{
    Rig rig;
    for (int page = 1; page <= 12; ++page) {
        rig.network.expect(pageOf(u"/api/v2/x?pageNumber=%1&pageSize=2"_s.arg(page), u"a%1,b%1|total=24,pageCount=12"_s.arg(page)));
    }
    ListingRequest request;
    request.path = "/api/v2/x";
    request.pageSize = 2;
    request.keepItems = false;
    request.work = [](const Genesys::Page &page) -> std::shared_ptr<void> {
        auto out = std::make_shared<QString>(QString::number(page.items.size()));
        *out += QThread::currentThread() == qApp->thread() ? u"main"_s : u"worker"_s;
        return out;
    };
    qsizetype last = 0;
    const auto listing
        = QCoro::waitFor(Genesys::readListing(*rig.client, request, [&last](qsizetype items, std::optional<qsizetype> announced) {
              QCOMPARE(announced, 24);
              last = items;
          }));
    QVERIFY(listing);
    QCOMPARE(last, 24);
    QCOMPARE(listing->announced, 24);
    for (const Genesys::Page &page : listing->pages) {
        QVERIFY(page.items.empty() && page.documents.empty());
        QCOMPARE(page.ids.size(), 2);
        QCOMPARE(*std::static_pointer_cast<QString>(page.worked), u"2worker"_s);
    }
    NO_PROBLEMS(rig);
}

void TestListing::theNextPageIsAskedForBeforeThisOneIsRead()
{
    Rig rig;
    bool isThirdAsked = false;
    rig.network.expect(pageOf(u"/api/v2/x?pageNumber=1&pageSize=2"_s, u"a,b|total=6,pageCount=3"_s));
    rig.network.expect(pageOf(u"/api/v2/x?pageNumber=2&pageSize=2"_s, u"c,d|total=6,pageCount=3"_s));
    ScriptedExchange third = pageOf(u"/api/v2/x?pageNumber=3&pageSize=2"_s, u"e,f|total=6,pageCount=3"_s);
    third.before = [&isThirdAsked] { isThirdAsked = true; };
    rig.network.expect(third);
    ListingRequest request;
    request.path = "/api/v2/x";
    request.pageSize = 2;
    const auto listing = QCoro::waitFor(Genesys::readListing(*rig.client, request, [&](qsizetype items, std::optional<qsizetype>) {
        if (items == 4) {
            QVERIFY(isThirdAsked);
        }
    }));
    QVERIFY(listing);
    NO_PROBLEMS(rig);
}

void TestListing::pagesAreAskedForAheadAndTheLastOneLast()
{
    Rig rig;
    qsizetype answered = 0, answeredBeforeLast = 0;
    for (int page = 1; page <= 9; ++page) {
        ScriptedExchange exchange = pageOf(u"/api/v2/x?pageNumber=%1&pageSize=2"_s.arg(page), u"a%1,b%1|total=18,pageCount=9"_s.arg(page));
        exchange.before = [&, page] {
            if (page == 9) {
                answeredBeforeLast = answered;
            }
        };
        rig.network.expect(exchange);
    }
    ListingRequest request;
    request.path = "/api/v2/x";
    request.pageSize = 2;
    const auto listing
        = QCoro::waitFor(Genesys::readListing(*rig.client, request, [&](qsizetype items, std::optional<qsizetype>) { answered = items; }));
    QVERIFY(listing);
    QCOMPARE(idsOf(*listing).join(u' '), u"a1 b1 a2 b2 a3 b3 a4 b4 a5 b5 a6 b6 a7 b7 a8 b8 a9 b9"_s);
    QCOMPARE(rig.network.mostAtOnce(), 4);
    QVERIFY2(answeredBeforeLast >= 14, qPrintable(QString::number(answeredBeforeLast))); // page 8 was answered, if not yet read
    NO_PROBLEMS(rig);
}

void TestListing::duplicatesAreDroppedWhereAllowed()
{
    Rig rig;
    rig.network.expect(pageOf(u"/api/v2/x?pageSize=2"_s, u"a,a|cursor=c1"_s));
    rig.network.expect(pageOf(u"/api/v2/x?pageSize=2&cursor=c1"_s, u"a|cursor=c2"_s));
    rig.network.expect(pageOf(u"/api/v2/x?pageSize=2&cursor=c2"_s, u"b"_s));
    ListingRequest request;
    request.path = "/api/v2/x";
    request.style = PagingStyle::Cursor;
    request.pageSize = 2;
    request.duplicatesAllowed = true;
    const auto listing = rig.read(request);
    QVERIFY(listing);
    QCOMPARE(idsOf(*listing).join(u' '), u"a b"_s);
    NO_PROBLEMS(rig);
}

void TestListing::cancelledMidway()
{
    Rig rig;
    rig.network.expect(pageOf(u"/api/v2/x?pageSize=2"_s, u"a|cursor=c1"_s));
    ScriptedExchange second = pageOf(u"/api/v2/x?pageSize=2&cursor=c1"_s, u"b"_s);
    second.before = [&rig] { rig.cancel.cancel(); };
    rig.network.expect(second);
    ListingRequest request;
    request.path = "/api/v2/x";
    request.style = PagingStyle::Cursor;
    request.pageSize = 2;
    const auto listing = rig.read(request);
    QVERIFY(!listing);
    QCOMPARE(listing.error().code, ErrorCode::Cancelled);
    NO_PROBLEMS(rig);
}

QTEST_GUILESS_MAIN(TestListing)
#include "tst_listing.moc"
