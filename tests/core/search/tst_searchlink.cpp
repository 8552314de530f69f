#include "search/link.h"

#include <QTest>

using namespace Orgtrace;
using namespace Orgtrace::Search;
using namespace Qt::StringLiterals;

namespace {

const QString store = u"0f6c12345678abcd"_s;
const QString snapshot = u"0123456789abcdef0123456789abcdef01234567"_s;
const QString other = u"fedcba9876543210fedcba9876543210fedcba98"_s;

} // namespace

class TestSearchLink : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void thereAndBack_data();
    void thereAndBack();
    void readAsMeant();
    void refused_data();
    void refused();
};

void TestSearchLink::thereAndBack_data()
{
    QTest::addColumn<Link>("link");
    QTest::addColumn<QString>("text");
    const QString head = u"orgtrace://"_s + store + u'/' + snapshot;
    QTest::newRow("a snapshot") << Link{store, snapshot, {}, {}, {}, false, {}} << head;
    QTest::newRow("a domain of a range") << Link{store, snapshot, other, u"roles"_s, {}, false, {}}
                                         << QString(head + u"/roles?from="_s + other);
    QTest::newRow("a setting") << Link{store, snapshot, {}, u"queues"_s, u"q-1"_s, true, u"/mediaSettings/call"_s}
                               << QString(head + u"/queues/q-1#/mediaSettings/call"_s);
    QTest::newRow("a setting that is gone, in A")
        << Link{store, snapshot, other, u"queues"_s, u"q-1"_s, true, u"/members/3"_s, Link::Side::A}
        << QString(head + u"/queues/q-1?from="_s + other + u"&side=a#/members/3"_s);
    QTest::newRow("a side of the range to the snapshot before")
        << Link{store, snapshot, {}, u"queues"_s, u"q-1"_s, true, u"/members/3"_s, Link::Side::B}
        << QString(head + u"/queues/q-1?side=b#/members/3"_s);
    QTest::newRow("a settings object, whose id is empty")
        << Link{store, snapshot, {}, u"org"_s, {}, true, {}} << QString(head + u"/org/_"_s);
    QTest::newRow("an entity that is really called _")
        << Link{store, snapshot, {}, u"org"_s, u"_"_s, true, {}} << QString(head + u"/org/%5F"_s);
    QTest::newRow("an id with a slash, a hash and a space")
        << Link{store, snapshot, {}, u"x"_s, u"a/b#c d?e"_s, true, {}} << QString(head + u"/x/a%2Fb%23c%20d%3Fe"_s);
    QTest::newRow("an id that climbs leads nowhere else")
        << Link{store, snapshot, {}, u"x"_s, u"../../etc"_s, true, {}} << QString(head + u"/x/..%2F..%2Fetc"_s);
    QTest::newRow("a line break in a member's name")
        << Link{store, snapshot, {}, u"x"_s, u"a"_s, true, u"/b\nc"_s} << QString(head + u"/x/a#/b%0Ac"_s);
    QTest::newRow("letters beyond ASCII, in id and pointer") << Link{store, snapshot, {}, u"x"_s, u"Zürich"_s, true, u"/größe/~1a"_s}
                                                             << QString(head + u"/x/Z%C3%BCrich#/gr%C3%B6%C3%9Fe/~1a"_s);
}

void TestSearchLink::thereAndBack()
{
    QFETCH(Link, link);
    QFETCH(QString, text);
    QCOMPARE(link.toText(), text);
    QVERIFY(Link::isLink(text));
    const Result<Link> read = Link::parse(u"  "_s + text + u'\n');
    QVERIFY2(read, read ? "" : qPrintable(read.error().detail));
    QCOMPARE(*read, link);
}

/// The parts of the query stand in any order, and a side without a pointer is the side of nothing.
void TestSearchLink::readAsMeant()
{
    const QString head = u"orgtrace://"_s + store + u'/' + snapshot + u"/queues/q-1"_s;
    const Result<Link> turned = Link::parse(head + u"?side=a&from="_s + other + u"#/x"_s);
    QVERIFY(turned);
    QCOMPARE(*turned, (Link{store, snapshot, other, u"queues"_s, u"q-1"_s, true, u"/x"_s, Link::Side::A}));
    const Result<Link> whole = Link::parse(head + u"?side=a"_s);
    QVERIFY(whole);
    QCOMPARE(whole->toText(), head);
}

void TestSearchLink::refused_data()
{
    QTest::addColumn<QString>("text");
    const QString head = u"orgtrace://"_s + store + u'/' + snapshot;
    QTest::newRow("nothing") << QString();
    QTest::newRow("another scheme") << u"https://example.org/x/y"_s;
    QTest::newRow("no snapshot") << QString(u"orgtrace://"_s + store);
    QTest::newRow("a short snapshot") << QString(u"orgtrace://"_s + store + u"/0123"_s);
    QTest::newRow("a folder instead of a store's id") << QString(u"orgtrace://../"_s + snapshot);
    QTest::newRow("too many parts") << QString(head + u"/a/b/c"_s);
    QTest::newRow("a NUL in an id") << QString(head + u"/a/b%00c"_s);
    QTest::newRow("bytes that are no text") << QString(head + u"/a/b%FFc"_s);
    QTest::newRow("a pointer without its slash") << QString(head + u"/a/b#name"_s);
    QTest::newRow("a pointer into nothing") << QString(head + u"/a#/name"_s);
    QTest::newRow("another query") << QString(head + u"/a/b?run=rm"_s);
    QTest::newRow("a range from nowhere") << QString(head + u"/a/b?from=xyz"_s);
    QTest::newRow("a side that is none") << QString(head + u"/a/b?side=c#/x"_s);
    QTest::newRow("two sides") << QString(head + u"/a/b?side=a&side=b#/x"_s);
    QTest::newRow("two ranges") << QString(head + u"/a/b?from="_s + other + u"&from="_s + other);
    QTest::newRow("an empty part of the query") << QString(head + u"/a/b?from="_s + other + u'&');
    QTest::newRow("a domain of nothing") << QString(head + u"//b"_s);
    QTest::newRow("endless") << QString(head + u"/a/"_s + QString(9'000, u'a'));
}

void TestSearchLink::refused()
{
    QFETCH(QString, text);
    const Result<Link> read = Link::parse(text);
    QVERIFY(!read);
    QVERIFY(!read.error().detail.isEmpty());
}

QTEST_GUILESS_MAIN(TestSearchLink)
#include "tst_searchlink.moc"
