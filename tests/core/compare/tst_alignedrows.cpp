#include "compare/alignedrows.h"
#include "compare/compare.h"
#include "compare/formats.h"
#include "json/canonical.h"
#include "json/node.h"

#include <QElapsedTimer>
#include <QRandomGenerator>
#include <QTest>

#include <algorithm>
#include <set>

using namespace Orgtrace;
using namespace Orgtrace::Compare;
using namespace Qt::StringLiterals;

namespace {

QByteArray canonical(const QByteArray &json)
{
    const Result<Json::Document> document = Json::parse({json.constData(), size_t(json.size())});
    return document ? Json::canonicalText(document->root()) : QByteArray();
}

AlignRules rulesFor(bool ordered)
{
    AlignRules rules;
    rules.a = fileRules();
    rules.a.unordered.clear(); // here order counts, so that there are moves
    rules.b = rules.a;
    rules.ordered = ordered;
    return rules;
}

/// "=1:1", "~2:2", "-3", "+4", "^" where an element left, "=5:2m" moved; a lower-case q: differs, but does not count.
QStringList drawn(const AlignedRows &rows)
{
    QStringList out;
    for (int i = 0; i < rows.size(); ++i) {
        const AlignedRow row = rows[i];
        if (row.isStub()) {
            out.append(u"^"_s);
            continue;
        }
        QString text = QString(u"=~+-"[int(row.kind)]);
        if (row.leftLine)
            text += QString::number(row.leftLine);
        if (row.leftLine && row.rightLine)
            text += u':';
        if (row.rightLine)
            text += QString::number(row.rightLine);
        if (row.move >= 0)
            text += row.moveHead ? u'M' : u'm';
        if (!row.counts)
            text += u'q';
        out.append(text);
    }
    return out;
}

void checkEveryLineOnce(const AlignedRows &rows, const CanonicalLines &left, const CanonicalLines &right)
{
    std::vector<int> lefts(size_t(left.count()) + 1), rights(size_t(right.count()) + 1);
    for (int i = 0; i < rows.size(); ++i) {
        const AlignedRow row = rows[i];
        QVERIFY(row.leftLine <= left.count() && row.rightLine <= right.count());
        if (row.leftLine > 0) {
            ++lefts[size_t(row.leftLine)];
            QCOMPARE(rows.rowOfLine(false, row.leftLine), i);
        }
        if (row.rightLine > 0) {
            ++rights[size_t(row.rightLine)];
            QCOMPARE(rows.rowOfLine(true, row.rightLine), i);
        }
        if (row.kind == RowKind::Same && !row.isStub())
            QCOMPARE(left.between(row.leftLine, row.leftLine).toByteArray().trimmed(),
                     right.between(row.rightLine, row.rightLine).toByteArray().trimmed());
    }
    for (int line = 1; line <= left.count(); ++line)
        QCOMPARE(lefts[size_t(line)], 1);
    for (int line = 1; line <= right.count(); ++line)
        QCOMPARE(rights[size_t(line)], 1);
    for (const RowMove &move : rows.moves) {
        QVERIFY(move.row >= 0 && move.stub >= 0);
        QVERIFY(rows[move.stub].isStub() && rows[move.row].moveHead);
        QCOMPARE(rows[move.row].leftLine, move.fromLine);
        QCOMPARE(rows[move.row].rightLine, move.toLine);
    }
}

Json::Node randomValue(QRandomGenerator &dice, int depth)
{
    switch (dice.bounded(depth > 0 ? 6 : 3)) {
    case 0: return Json::Node(int(dice.bounded(4)));
    case 1: return Json::Node(QString(QChar(u'a' + int(dice.bounded(4)))));
    case 2: return Json::Node(dice.bounded(2) == 0);
    case 3: {
        Json::Node array = Json::Node::array();
        for (int n = int(dice.bounded(5)); n > 0; --n)
            array.append(randomValue(dice, depth - 1));
        return array;
    }
    default: {
        Json::Node object = Json::Node::object();
        for (int n = int(dice.bounded(4)); n > 0; --n)
            object[std::string(1, char('p' + int(dice.bounded(5))))] = randomValue(dice, depth - 1);
        if (dice.bounded(3) == 0)
            object["id"] = Json::Node(int(dice.bounded(6)));
        return object;
    }
    }
}

} // namespace

class TestAlignedRows : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void rows_data();
    void rows();
    void changesAreTheFields();
    void listsByIdentity();
    void oddTextsFallBackToLines_data();
    void oddTextsFallBackToLines();
    void placesInATextAgreeWithTheSlowWalk();
    void growthIsLinear_data();
    void growthIsLinear();
};

void TestAlignedRows::rows_data()
{
    QTest::addColumn<QByteArray>("before");
    QTest::addColumn<QByteArray>("after");
    QTest::addColumn<QString>("expected");
    QTest::addColumn<int>("changes");
    QTest::newRow("equal documents") << QByteArray(R"({"a":1})") << QByteArray(R"({"a":1})") << u"=1:1 =2:2 =3:3"_s << 0;
    QTest::newRow("one value") << QByteArray(R"({"a":1,"b":2})") << QByteArray(R"({"a":1,"b":3})") << u"=1:1 =2:2 ~3:3 =4:4"_s << 1;
    QTest::newRow("a comma alone is no difference")
        << QByteArray(R"({"a":1})") << QByteArray(R"({"a":1,"b":2})") << u"=1:1 =2:2 +3 =3:4"_s << 1;
    QTest::newRow("members are paired by name")
        << QByteArray(R"({"a":1,"b":1})") << QByteArray(R"({"b":1,"c":1})") << u"=1:1 -2 =3:2 +3 =4:4"_s << 2;
    QTest::newRow("an added object is one change of three lines")
        << QByteArray(R"({})") << QByteArray(R"({"a":{"b":1}})") << u"~1:1q +2 +3 +4 +5q"_s << 1;
    QTest::newRow("a value in place of an object")
        << QByteArray(R"({"a":{"b":1}})") << QByteArray(R"({"a":1})") << u"=1:1 ~2:2 -3 -4 =5:3"_s << 1;
    QTest::newRow("a type alone does not count") << QByteArray(R"({"a":"30"})") << QByteArray(R"({"a":30})") << u"=1:1 ~2:2q =3:3"_s << 0;
    QTest::newRow("elements stand beside each other by their identity, moved ones beside their old selves")
        << QByteArray(R"({"l":[{"id":"x","v":1},{"id":"y","v":1},{"id":"z","v":1}]})")
        << QByteArray(R"({"l":[{"id":"z","v":1},{"id":"x","v":2},{"id":"y","v":1}]})")
        << u"=1:1 =2:2 =11:3M =12:4m =13:5m =14:6m =3:7 =4:8 ~5:9 =6:10 =7:11 =8:12 =9:13 =10:14 ^ =15:15 =16:16"_s << 2;
    QTest::newRow("a moved scalar") << QByteArray(R"([1,2,3,4])") << QByteArray(R"([4,1,2,3])") << u"=1:1 ~2:2 ~3:3 ~4:4 ~5:5 =6:6"_s << -1;
    QTest::newRow("an element inserted in front moves nothing")
        << QByteArray(R"({"l":[{"id":"x"},{"id":"y"}]})") << QByteArray(R"({"l":[{"id":"n"},{"id":"x"},{"id":"y"}]})")
        << u"=1:1 =2:2 +3 +4 +5 =3:6 =4:7 =5:8 =6:9 =7:10 =8:11 =9:12 =10:13"_s << 1;
    QTest::newRow("the whole document is new") << QByteArray() << QByteArray(R"({"a":1})") << u"+1 +2 +3"_s << 1;
    QTest::newRow("the whole document is gone") << QByteArray(R"({"a":1})") << QByteArray() << u"-1 -2 -3"_s << 1;
}

void TestAlignedRows::rows()
{
    QFETCH(QByteArray, before);
    QFETCH(QByteArray, after);
    QFETCH(QString, expected);
    QFETCH(int, changes);
    const CanonicalLines left(canonical(before)), right(canonical(after));
    const AlignedRows rows = alignStructure(left, right, rulesFor(true));
    checkEveryLineOnce(rows, left, right);
    if (changes < 0) // lists of scalars have no identity: only that every line has its row
        return;
    QCOMPARE(drawn(rows).join(u' '), expected);
    QCOMPARE(rows.changes.size(), changes);
    QVERIFY(rows.isStructural);
}

void TestAlignedRows::changesAreTheFields()
{
    QRandomGenerator dice(20261121);
    int moves = 0;
    for (int round = 0; round < 400; ++round) {
        Json::Node before = Json::Node::object(), after = Json::Node::object();
        before["v"] = randomValue(dice, 4);
        after["v"] = round % 2 ? randomValue(dice, 4) : before["v"];
        before["l"] = randomValue(dice, 3);
        after["l"] = randomValue(dice, 3);
        for (Json::Node *side : {&before, &after}) {
            Json::Node steps = Json::Node::array();
            QList<int> ids{1, 2, 3, 4, 5};
            for (int n = int(dice.bounded(5)); n > 0; --n) {
                Json::Node element = Json::Node::object();
                element["id"] = ids.takeAt(dice.bounded(int(ids.size())));
                element["w"] = int(dice.bounded(2));
                steps.append(std::move(element));
            }
            (*side)["steps"] = std::move(steps);
        }
        const CanonicalLines left(before.canonicalText()), right(after.canonicalText());
        const AlignRules rules = rulesFor(true);
        const AlignedRows rows = alignStructure(left, right, rules);
        checkEveryLineOnce(rows, left, right);
        const Result<Json::Document> a = Json::parse(std::string_view(left.text().constData(), size_t(left.text().size())));
        const Result<Json::Document> b = Json::parse(std::string_view(right.text().constData(), size_t(right.text().size())));
        QVERIFY(a && b);
        std::multiset<QString> expected, shown;
        for (const auto fields = compareValues(a->root(), b->root(), rules.b); const FieldChange &field : fields)
            expected.insert(fieldKindName(field.kind) + field.pointer);
        for (const RowChange &change : rows.changes) {
            shown.insert(fieldKindName(change.kind) + change.pointer);
            const AlignedRow row = rows[change.row];
            const bool onLeft = change.kind == FieldKind::Removed;
            // Each stands where its value begins.
            QCOMPARE((onLeft ? left : right).lineOf(change.pointer), onLeft ? row.leftLine : row.rightLine);
        }
        QVERIFY2(shown == expected, QByteArray(left.text() + right.text()).constData());
        moves += int(rows.moves.size());
        if (QTest::currentTestFailed()) {
            qWarning().noquote() << "documents were\n" << left.text() << right.text();
            return;
        }
    }
    QVERIFY(moves > 20); // the dice did make some
}

void TestAlignedRows::listsByIdentity()
{
    QByteArray before = "[", after = "[";
    for (int i = 0; i < 60; ++i) {
        const QByteArray id = QByteArray::number(i);
        const auto entity = [&id](int value) { return "{\"id\":\"u" + id + "\",\"v\":" + QByteArray::number(value) + "}"; };
        if (i != 20)
            before += entity(1) + (i < 59 ? "," : "");
        if (i != 40)
            after += entity(i % 10 == 5 ? 2 : 1) + (i < 59 ? "," : "");
    }
    const CanonicalLines left(canonical(before + "]")), right(canonical(after + "]"));
    QVERIFY(left.isList());
    QCOMPARE(left.elements().size(), 59U);
    QCOMPARE(left.idOf(left.elements()[20]), QByteArrayView("\"u21\""));
    const AlignedRows rows = alignStructure(left, right, rulesFor(true));
    checkEveryLineOnce(rows, left, right);
    QCOMPARE(rows.changes.size(), 8); // six values, one entity gone, one come
    QCOMPARE(std::ranges::count(rows.changes, true, &RowChange::isWhole), 2);
    QVERIFY(rows.runs().size() < 30); // unchanged entities are one run, however many
    for (const RowChange &change : rows.changes) {
        if (!change.isWhole)
            QCOMPARE(right.pointer(rows[change.row].rightLine), change.pointer);
    }
    // Reversed: order counts or does not.
    QByteArray turned = "[";
    for (int i = 59; i >= 0; --i)
        turned += i == 20 ? QByteArray() : "{\"id\":\"u" + QByteArray::number(i) + "\",\"v\":1}" + (i > 0 ? "," : "");
    const CanonicalLines back(canonical(turned + "]"));
    const AlignedRows unordered = alignStructure(left, back, rulesFor(false));
    checkEveryLineOnce(unordered, left, back);
    QCOMPARE(unordered.changes.size(), 0);
    const AlignedRows moved = alignStructure(left, back, rulesFor(true));
    checkEveryLineOnce(moved, left, back);
    QCOMPARE(moved.moves.size(), 58U);
    QCOMPARE(moved.changes.size(), 58);
}

void TestAlignedRows::oddTextsFallBackToLines_data()
{
    QTest::addColumn<QByteArray>("before");
    QTest::addColumn<QByteArray>("after");
    QTest::newRow("not JSON") << QByteArray("hello\nworld\n") << QByteArray("hello\nthere\n");
    QTest::newRow("JSON on one line") << QByteArray("{\"a\":1,\"b\":{\"c\":2}}\n") << QByteArray("{\"a\":2,\"b\":{\"c\":2}}\n");
    QTest::newRow("indented otherwise") << QByteArray("{\n\t\"a\": 1\n}\n") << QByteArray("{\n\t\"a\": 2\n}\n");
    QTest::newRow("brackets without end") << QByteArray("[\n  {\n  {\n  {\n") << QByteArray("[\n  ]\n  ]\n");
    QTest::newRow("a list against an object") << QByteArray("[\n  1\n]\n") << QByteArray("{\n  \"a\": 1\n}\n");
    QTest::newRow("empty lines") << QByteArray("\n\n\n") << QByteArray("\n");
}

void TestAlignedRows::oddTextsFallBackToLines()
{
    QFETCH(QByteArray, before);
    QFETCH(QByteArray, after);
    const CanonicalLines left(before), right(after);
    const AlignedRows rows = alignStructure(left, right, rulesFor(true));
    for (int i = 0; i < rows.size(); ++i)
        QVERIFY(rows[i].leftLine <= left.count() && rows[i].rightLine <= right.count());
    QVERIFY(!rows.changes.isEmpty());
    for (int line = -1; line < 6; ++line) {
        (void)left.steps(line);
        (void)left.end(line);
        (void)left.childTokens(line, 5);
    }
    (void)left.lineOf(u"/a/0"_s);
}

void TestAlignedRows::placesInATextAgreeWithTheSlowWalk()
{
    QRandomGenerator dice(7);
    for (int round = 0; round < 100; ++round) {
        const QByteArray text = randomValue(dice, 5).canonicalText();
        const CanonicalLines lines(text);
        for (int line = 1; line <= lines.count(); ++line) {
            const QString pointer = pointerOfLine(text, line);
            QCOMPARE(lines.pointer(line), pointer);
            QCOMPARE(lines.lineOf(pointer), lineOfPointer(text, pointer));
        }
        QCOMPARE(lines.lineOf(u"/nope/3"_s), 0);
    }
    const CanonicalLines escaped(canonical(R"({"a/b~c":{"\u0001":[[],{"x":1}]}})"));
    QCOMPARE(escaped.pointer(5), u"/a~1b~0c/\u0001/1/x"_s.replace(u"/1/x"_s, u"/1"_s));
    QCOMPARE(escaped.childTokens(1, 9), QStringList{u"a/b~c"_s});
}

void TestAlignedRows::growthIsLinear_data()
{
    QTest::addColumn<int>("how");
    QTest::newRow("all elements equal") << 0;
    QTest::newRow("all different") << 1;
    QTest::newRow("reversed") << 2;
    QTest::newRow("no identity") << 3;
}

void TestAlignedRows::growthIsLinear()
{
    QFETCH(int, how);
    const auto list = [how](int count, bool second) {
        QByteArray out = "[";
        for (int i = 0; i < count; ++i) {
            const QByteArray number = QByteArray::number(second && how == 2 ? count - 1 - i : i);
            out += i ? "," : "";
            out += how == 0 ? QByteArray("{\"id\":\"same\",\"v\":1}")
                : how == 3  ? QByteArray("{\"v\":1" + number + (second ? "1}" : "}"))
                            : QByteArray("{\"id\":\"u" + number + "\",\"v\":" + (second && how == 1 ? "2}" : "1}"));
        }
        return CanonicalLines(canonical(out + "]"));
    };
    qint64 first = 0, last = 0;
    for (int size = 1000; size <= 16000; size *= 2) {
        const CanonicalLines left = list(size, false), right = list(size, true);
        qint64 best = std::numeric_limits<qint64>::max();
        for (int round = 0; round < 3; ++round) {
            QElapsedTimer timer;
            timer.start();
            const AlignedRows rows = alignStructure(left, right, rulesFor(true));
            best = std::min(best, timer.nsecsElapsed());
            QVERIFY(rows.size() > 0);
        }
        first = first ? first : best;
        last = best;
    }
    qInfo("%s: %.1f ms for 1,000, %.1f ms for 16,000", QTest::currentDataTag(), double(first) / 1e6, double(last) / 1e6);
    QVERIFY2(last < first * 16 * 5 + 20'000'000, "sixteen times the size may cost five times sixteen at most"); // quadratic: 256 times
}

QTEST_GUILESS_MAIN(TestAlignedRows)
#include "tst_alignedrows.moc"
