#include "listingrig.h"

using namespace ListingTest;

/// Where a listing is more than pages in a row: cursors that go stale, windows that end, large listings read another way.
class TestListingCursor : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void aStaleCursorGoesBackOnePage_data();
    void aStaleCursorGoesBackOnePage();
    void largeListingsAreReadByCursor_data();
    void largeListingsAreReadByCursor();
    void theEndOfTheWindowIsNeverTheEndOfTheListing_data();
    void theEndOfTheWindowIsNeverTheEndOfTheListing();
    void aCursorKeepsItsStrangeCharacters();
};

void TestListingCursor::aStaleCursorGoesBackOnePage_data()
{
    QTest::addColumn<QStringList>("script");
    QTest::addColumn<QString>("expected");
    const auto K = [](int size, const QString &cursor, const QString &page) {
        return QString(u"/api/v2/x?pageSize=%1"_s.arg(size) + (cursor.isEmpty() ? QString() : u"&cursor="_s + cursor) + u" -> "_s + page);
    };
    const QString stale = u"400:cursor expired"_s;
    QTest::newRow("from the last good page, in halves")
        << QStringList{K(40, {}, u"a,b|cursor=c1"_s),    K(40, u"c1"_s, u"c,d|cursor=c2"_s), K(40, u"c2"_s, stale),
                       K(20, u"c1"_s, u"c|cursor=d2"_s), K(20, u"d2"_s, u"d|cursor=d3"_s),   K(20, u"d3"_s, u"e"_s)}
        << u"a b c d e"_s;
    QTest::newRow("from the start, where its cursor is stale too")
        << QStringList{K(40, {}, u"a,b|cursor=c1"_s), K(40, u"c1"_s, u"c,d|cursor=c2"_s), K(40, u"c2"_s, stale),
                       K(20, u"c1"_s, stale),         K(10, {}, u"a,b,c|cursor=e1"_s),    K(10, u"e1"_s, u"d,e"_s)}
        << u"a b c d e"_s;
    QTest::newRow("a page that changed meanwhile is the new one")
        << QStringList{K(40, {}, u"a|cursor=c1"_s), K(40, u"c1"_s, u"b,x|cursor=c2"_s), K(40, u"c2"_s, stale), K(20, u"c1"_s, u"b,c"_s)}
        << u"a b c"_s;
    QTest::newRow("never getting further, it ends") << QStringList{K(40, {}, u"a|cursor=c1"_s), K(40, u"c1"_s, u"b|cursor=c2"_s),
                                                                   K(40, u"c2"_s, stale),       K(20, u"c1"_s, u"b|cursor=c2"_s),
                                                                   K(20, u"c2"_s, stale),       K(10, u"c1"_s, u"b|cursor=c2"_s),
                                                                   K(10, u"c2"_s, stale)}
                                                    << u"stale-cursor"_s;
}

void TestListingCursor::aStaleCursorGoesBackOnePage()
{
    QFETCH(QStringList, script);
    QFETCH(QString, expected);
    Rig rig;
    for (const QString &line : std::as_const(script)) {
        rig.network.expect(pageOf(line.section(u" -> "_s, 0, 0), line.section(u" -> "_s, 1)));
    }
    ListingRequest request;
    request.path = "/api/v2/x";
    request.style = PagingStyle::Cursor;
    request.pageSize = 40;
    const auto listing = rig.read(request);
    QCOMPARE(listing ? idsOf(*listing).join(u' ') : errorCodeName(listing.error().code), expected);
    NO_PROBLEMS(rig);
}

void TestListingCursor::largeListingsAreReadByCursor_data()
{
    QTest::addColumn<QStringList>("script");
    QTest::addColumn<QString>("expected");
    const QString p = u"/api/v2/x?pageNumber=%1&pageSize=2 -> "_s, k = u"/api/v2/x/query?pageSize=2 -> "_s,
                  k2 = u"/api/v2/x/query?pageSize=2&cursor=%1 -> "_s;
    QTest::newRow("below the bound by pages") << QStringList{p.arg(1) + u"a,b|total=2,pageCount=1"_s} << u"a b"_s;
    QTest::newRow("from the bound on by cursor")
        << QStringList{p.arg(1) + u"a,b|total=3,pageCount=2"_s, k + u"a,b|cursor=c1"_s, k2.arg(u"c1"_s) + u"c"_s} << u"a b c"_s;
    QTest::newRow("fewer by cursor than announced: once more")
        << QStringList{p.arg(1) + u"a,b|total=4,pageCount=2"_s, k + u"a,b,c"_s, p.arg(1) + u"a,b|total=4,pageCount=2"_s, k + u"a,b,c,d"_s}
        << u"a b c d"_s;
    QTest::newRow("always fewer than announced")
        << QStringList{p.arg(1) + u"a,b|total=9"_s, k + u"a"_s, p.arg(1) + u"a,b|total=9"_s, k + u"a"_s,
                       p.arg(1) + u"a,b|total=9"_s, k + u"a"_s}
        << u"incomplete"_s;
    QTest::newRow("rows that came in the meantime are welcome")
        << QStringList{p.arg(1) + u"a,b|total=3,pageCount=2"_s, k + u"a,b,c,d"_s} << u"a b c d"_s;
    QTest::newRow("not allowed: by pages after all")
        << QStringList{p.arg(1) + u"a,b|total=3,pageCount=2"_s, k + u"403:no"_s, p.arg(1) + u"a,b|total=3,pageCount=2"_s,
                       p.arg(2) + u"c|total=3,pageCount=2"_s}
        << u"a b c"_s;
}

void TestListingCursor::largeListingsAreReadByCursor()
{
    QFETCH(QStringList, script);
    QFETCH(QString, expected);
    Rig rig;
    for (const QString &line : std::as_const(script)) {
        ScriptedExchange exchange = pageOf(line.section(u" -> "_s, 0, 0), line.section(u" -> "_s, 1));
        if (line.endsWith(u"403:no")) {
            exchange.status = 403;
            exchange.body = "{}";
        }
        rig.network.expect(exchange);
    }
    ListingRequest request;
    request.path = "/api/v2/x";
    request.pageSize = 2;
    request.largeAbove = 3;
    request.largePath = "/api/v2/x/query";
    const auto listing = rig.read(request);
    QCOMPARE(listing ? idsOf(*listing).join(u' ') : errorCodeName(listing.error().code), expected);
    NO_PROBLEMS(rig);
}

void TestListingCursor::theEndOfTheWindowIsNeverTheEndOfTheListing_data()
{
    QTest::addColumn<int>("total"); // as the server says
    QTest::addColumn<QString>("beyond"); // what stands past row 10,000
    QTest::addColumn<QString>("expected");
    QTest::newRow("15,000 rows, refused past 10,000") << 15'000 << u"400:result window is too large"_s << u"incomplete"_s;
    QTest::newRow("just 10,000 rows, refused past them") << 10'000 << u"400:result window is too large"_s << u"incomplete"_s;
    QTest::newRow("just 10,000 rows, and then none") << 10'000 << u"|total=10000,pageCount=2"_s << QString();
    QTest::newRow("just 10,000 rows, and then more") << 10'000 << u"z1|total=10000,pageCount=2"_s << u"incomplete"_s;
}

void TestListingCursor::theEndOfTheWindowIsNeverTheEndOfTheListing()
{
    QFETCH(int, total);
    QFETCH(QString, beyond);
    QFETCH(QString, expected);
    Rig rig;
    const QString url = u"/api/v2/x?pageNumber=%1&pageSize=5000"_s;
    for (int page = 1; page <= 2; ++page) {
        QStringList ids;
        for (int i = 0; i < 5000; ++i) {
            ids.append(u"p%1-%2"_s.arg(page).arg(i));
        }
        rig.network.expect(pageOf(url.arg(page), ids.join(u',') + u"|total=%1,pageCount=%2"_s.arg(total).arg(total / 5000)));
    }
    rig.network.expect(pageOf(url.arg(3), beyond));
    ListingRequest request;
    request.path = "/api/v2/x";
    request.pageSize = 5000;
    const auto listing = rig.read(request);
    QCOMPARE(listing ? QString() : errorCodeName(listing.error().code), expected);
    if (listing) {
        QCOMPARE(listing->items, 10'000);
    }
    NO_PROBLEMS(rig);
}

void TestListingCursor::aCursorKeepsItsStrangeCharacters()
{
    Rig rig;
    rig.network.expect(pageOf(u"/api/v2/x?q=a%20b%26c&pageSize=2"_s, u"a|nextUri=/api/v2/x?after=WyJh%2BIiw%3D%3D"_s));
    rig.network.expect(pageOf(u"/api/v2/x?q=a%20b%26c&pageSize=2&after=WyJh%2BIiw%3D%3D"_s, u"b"_s));
    ListingRequest request;
    request.path = "/api/v2/x";
    request.query = {{u"q"_s, u"a b&c"_s}};
    request.style = PagingStyle::After;
    request.pageSize = 2;
    const auto listing = rig.read(request);
    QVERIFY(listing);
    NO_PROBLEMS(rig);
}

QTEST_GUILESS_MAIN(TestListingCursor)
#include "tst_listingcursor.moc"
