#include "diffsample.h"

#include "compare/jsonpatch.h"
#include "diff/diffdocument.h"
#include "diff/displaytext.h"
#include "diff/fieldpatch.h"
#include "diff/gotobar.h"
#include "json/canonical.h"
#include "json/value.h"

#include <QTest>

using namespace Orgtrace;
using namespace Orgtrace::Ui;
using namespace Qt::StringLiterals;

namespace {

/// One character an item: the row's sign, or its count in parentheses for a fold.
QString drawn(const DiffDocument &document, const FoldedRows &folded)
{
    QString out;
    for (int i = 0; i < folded.count(); ++i) {
        const FoldedRows::Item item = folded.item(i);
        if (item.folded > 0) {
            out += u'(' + QString::number(item.folded) + u')';
        } else {
            out += u"=~+-"[int(document.rows[item.row].kind)];
        }
    }
    return out;
}

} // namespace

class TestDiffDocument : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void folding_data();
    void folding();
    void unfoldingOneLeavesTheOthers();
    void everyRowHasItsItem();
    void ruler_data();
    void ruler();
    void selection_data();
    void selection();
    void cutRowsAreCopiedWhole();
    void values_data();
    void values();
    void parts_data();
    void parts();
    void visible_data();
    void visible();
    void display_data();
    void display();
    void placesSurviveSubstitution();
    void find_data();
    void find();
    void enclosing();
    void namesInText();
    void foldsOpenInPieces();
    void oneColumnHasBothLines();
    void longLinesAreCutWhereTheyDiffer();
    void oneFieldsPatch_data();
    void oneFieldsPatch();
    void findOptions_data();
    void findOptions();
    void whatIsGoneIsOnTheLeft();
    void wholeWordsBesideOthers();
};

void TestDiffDocument::folding_data()
{
    QTest::addColumn<QString>("picture");
    QTest::addColumn<QString>("expected");
    QTest::newRow("nothing at all") << u""_s << u""_s;
    QTest::newRow("equal texts are shown whole") << u"=========="_s << u"=========="_s;
    QTest::newRow("a run between two changes keeps three rows on each side") << u"~==========~"_s << u"~===(4)===~"_s;
    QTest::newRow("a fold that would hide three rows is not worth it") << u"~=========~"_s << u"~=========~"_s;
    QTest::newRow("the head keeps context on its lower side only") << u"==========+"_s << u"(7)===+"_s;
    QTest::newRow("the tail keeps context on its upper side only") << u"-=========="_s << u"-===(7)"_s;
    QTest::newRow("only changes") << u"+-~"_s << u"+-~"_s;
}

void TestDiffDocument::folding()
{
    QFETCH(QString, picture);
    QFETCH(QString, expected);
    const auto document = DiffSample::pictured(picture);
    QCOMPARE(drawn(*document, FoldedRows(document->rows)), expected);
}

void TestDiffDocument::unfoldingOneLeavesTheOthers()
{
    const auto document = DiffSample::pictured(u"==========~==========~=========="_s);
    FoldedRows folded(document->rows);
    QCOMPARE(drawn(*document, folded), u"(7)===~===(4)===~===(7)"_s);
    folded.unfold(8);
    QCOMPARE(drawn(*document, folded), u"(7)===~==========~===(7)"_s);
    folded.unfold(1); // no fold: nothing
    QCOMPARE(drawn(*document, folded), u"(7)===~==========~===(7)"_s);
    folded.reveal(2);
    QCOMPARE(drawn(*document, folded), u"==========~==========~===(7)"_s);
    QVERIFY(folded.hasFolds());
    folded.unfoldAll();
    QVERIFY(!folded.hasFolds());
    QCOMPARE(folded.count(), document->rows.size());
    folded.unfold(-1);
    folded.unfold(999);
}

void TestDiffDocument::everyRowHasItsItem()
{
    const auto document = DiffSample::pictured(u"==========~==========~=========="_s);
    const FoldedRows folded(document->rows);
    for (int row = 0; row < document->rows.size(); ++row) {
        const FoldedRows::Item item = folded.item(folded.indexOfRow(row));
        QVERIFY2(row >= item.row && row < item.row + std::max(1, item.folded), qPrintable(QString::number(row)));
    }
    QCOMPARE(FoldedRows().indexOfRow(0), -1);
}

void TestDiffDocument::ruler_data()
{
    QTest::addColumn<QString>("picture");
    QTest::addColumn<int>("height");
    QTest::addColumn<QString>("expected");
    QTest::newRow("no change, no mark") << u"===="_s << 100 << u""_s;
    QTest::newRow("no height, no mark") << u"=~=="_s << 0 << u""_s;
    QTest::newRow("a mark at its share of the height") << u"==~="_s << 100 << u"~50+25"_s;
    QTest::newRow("kinds apart within one run") << u"-+=="_s << 100 << u"-0+25 +25+25"_s;
    QTest::newRow("folded rows count as one") << u"~===========~"_s << 90 << u"~0+10 ~80+10"_s;
    QTest::newRow("never thinner than three pixels, never beyond the end") << u"~=~=~=~=~=~=~=~=~=~=~"_s << 12 << u"~0+12"_s;
}

void TestDiffDocument::ruler()
{
    QFETCH(QString, picture);
    QFETCH(int, height);
    QFETCH(QString, expected);
    const auto document = DiffSample::pictured(picture);
    QStringList out;
    for (const RulerMark &mark : rulerMarks(document->rows, FoldedRows(document->rows), height)) {
        QVERIFY(mark.top >= 0 && mark.top + mark.height <= height);
        out.append(QChar(u"=~+-"[int(mark.kind)]) + QString::number(mark.top) + u'+' + QString::number(mark.height));
    }
    QCOMPARE(out.join(u' '), expected);
}

void TestDiffDocument::selection_data()
{
    QTest::addColumn<QString>("picture");
    QTest::addColumn<bool>("left");
    QTest::addColumn<TextPosition>("from");
    QTest::addColumn<TextPosition>("to");
    QTest::addColumn<QString>("expected");
    const auto k = [](int i, int v) { return u"  \"k%1\": %2,"_s.arg(i).arg(v); };
    QTest::newRow("inside one line") << u"=="_s << true << TextPosition{0, 2} << TextPosition{0, 6} << u"\"k0\""_s;
    QTest::newRow("backwards is the same") << u"=="_s << true << TextPosition{0, 6} << TextPosition{0, 2} << u"\"k0\""_s;
    QTest::newRow("fillers never reach the clipboard")
        << u"=++="_s << true << TextPosition{0, 0} << TextPosition{3, 99} << QString(k(0, 0) + u'\n' + k(3, 0));
    QTest::newRow("the other side has those lines")
        << u"=+="_s << false << TextPosition{0, 0} << TextPosition{2, 99} << QString(k(0, 0) + u'\n' + k(1, 0) + u'\n' + k(2, 0));
    QTest::newRow("a selection that starts on a filler starts with real text")
        << u"+="_s << true << TextPosition{0, 0} << TextPosition{1, 99} << k(1, 0);
    QTest::newRow("only fillers: nothing") << u"++"_s << true << TextPosition{0, 0} << TextPosition{1, 5} << QString();
    QTest::newRow("what is folded away is selected too")
        << u"~==========~"_s << false << TextPosition{4, 2} << TextPosition{5, 6} << QString(u"\"k4\": 0,\n  \"k5\""_s);
    QTest::newRow("beyond the end") << u"="_s << false << TextPosition{0, 0} << TextPosition{7, 3} << k(0, 0);
}

void TestDiffDocument::selection()
{
    QFETCH(QString, picture);
    QFETCH(bool, left);
    QFETCH(TextPosition, from);
    QFETCH(TextPosition, to);
    QFETCH(QString, expected);
    QCOMPARE(selectionText(*DiffSample::pictured(picture), left ? Side::Left : Side::Right, from, to), expected);
}

void TestDiffDocument::cutRowsAreCopiedWhole()
{
    auto document = std::make_shared<DiffDocument>();
    const QByteArray whole = "  \"a\": \"" + QByteArray(5'000'000, 'x') + "\"";
    document->right = TextLines(whole + '\n');
    Compare::AlignedRow row;
    row.kind = Compare::RowKind::Added;
    row.rightLine = 1;
    document->rows.append(row);
    QCOMPARE(document->rowText(0, Side::Right), QString(QString::fromUtf8(whole.first(2000)) + u'…'));
    QCOMPARE(selectionText(*document, Side::Right, {0, 0}, {0, 2001}).size(), whole.size());
    QCOMPARE(selectionText(*document, Side::Right, {0, 0}, {0, 5}), u"  \"a\""_s);
    QCOMPARE(valueText(document->right, 1).size(), whole.size() - 7);
}

void TestDiffDocument::values_data()
{
    QTest::addColumn<int>("line");
    QTest::addColumn<QString>("expected");
    QTest::newRow("a scalar without its comma") << 2 << u"\"x, y\""_s;
    QTest::newRow("an object with its lines moved left") << 3 << u"{\n  \"c\": 1.50\n}"_s;
    QTest::newRow("an element of an array") << 7 << u"\"d\""_s;
    QTest::newRow("an empty container") << 9 << u"[]"_s;
    QTest::newRow("a closing bracket has no value") << 5 << QString();
    QTest::newRow("outside the text") << 99 << QString();
}

void TestDiffDocument::values()
{
    QFETCH(int, line);
    QFETCH(QString, expected);
    const TextLines lines(
        "{\n  \"a\": \"x, y\",\n  \"b\": {\n    \"c\": 1.50\n  },\n  \"l\": [\n    \"d\",\n    2\n  ],\n  \"z\": []\n}\n");
    QCOMPARE(valueText(lines, line == 9 ? 10 : line), expected);
}

void TestDiffDocument::parts_data()
{
    QTest::addColumn<QString>("line");
    QTest::addColumn<QString>("key");
    QTest::addColumn<QString>("value");
    QTest::newRow("member") << u"  \"a\": 1,"_s << u"\"a\""_s << u"1"_s;
    QTest::newRow("a colon inside the value is no key") << u"    \"a: b\","_s << u""_s << u"\"a: b\""_s;
    QTest::newRow("an escaped quote in the key") << u"\"a\\\"b\": true"_s << u"\"a\\\"b\""_s << u"true"_s;
    QTest::newRow("a key that never ends") << u"\"abc\\"_s << u""_s << u"\"abc\\"_s;
    QTest::newRow("empty line") << u""_s << u""_s << u""_s;
    QTest::newRow("bracket") << u"  ],"_s << u""_s << u"]"_s;
}

void TestDiffDocument::parts()
{
    QFETCH(QString, line);
    const LineParts parts = lineParts(line);
    QTEST(line.sliced(parts.keyStart, parts.keyLength), "key");
    QTEST(line.sliced(parts.valueStart, parts.valueLength), "value");
}

void TestDiffDocument::visible_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("expected");
    QTest::newRow("plain text stays") << u"Müller – 北京 🙂"_s << u"Müller – 北京 🙂"_s;
    QTest::newRow("line breaks and tabs") << u"a\nb\tc\r"_s << u"a␊b␉c␍"_s;
    QTest::newRow("right-to-left override") << u"a\u202Eb"_s << u"a‹U+202E›b"_s;
    QTest::newRow("isolates and marks") << u"\u2066x\u200f"_s << u"‹U+2066›x‹U+200F›"_s;
    QTest::newRow("zero width") << u"ad\u200Bmin"_s << u"ad‹U+200B›min"_s;
    QTest::newRow("delete and C1") << u"\u007f\u0085"_s << u"␡‹U+0085›"_s;
    QTest::newRow("a lone surrogate") << QString(QChar(0xd800)) << u"‹U+D800›"_s;
    QTest::newRow("a tag character beyond the first plane") << QString::fromUcs4(U"\U000E0041", 1) << u"‹U+E0041›"_s;
    QTest::newRow("a tower of combining marks ends after four")
        << u"a\u0301\u0301\u0301\u0301\u0301"_s << u"a\u0301\u0301\u0301\u0301‹U+0301›"_s;
    QTest::newRow("cut") << QString(5'000'000, u'x') << QString(QString(160, u'x') + u'…');
}

void TestDiffDocument::visible()
{
    QFETCH(QString, text);
    QTEST(visibleText(text), "expected");
}

void TestDiffDocument::display_data()
{
    QTest::addColumn<QString>("line");
    QTest::addColumn<QString>("expected");
    const QString id = u"c1f7aa00-1111-4222-8333-444455559e02"_s;
    QTest::newRow("nothing to do") << u"  \"a\": 1,"_s << u"  \"a\": 1,"_s;
    QTest::newRow("an id is short, its name has room before the comma")
        << QString(u"  \"id\": \""_s + id + u"\","_s) << u"  \"id\": \"c1f7…9e02\"____,"_s;
    QTest::newRow("an unknown id is short without room")
        << u"  \"id\": \"00000000-1111-4222-8333-444455559e02\""_s << u"  \"id\": \"0000…9e02\""_s;
    QTest::newRow("an id inside a longer text stays") << QString(u"\"x "_s + id + u"\""_s) << QString(u"\"x "_s + id + u"\""_s);
    QTest::newRow("a key is never shortened") << QString(u"\""_s + id + u"\": 1"_s) << QString(u"\""_s + id + u"\": 1"_s);
    QTest::newRow("hidden characters show") << u"\"a\": \"b\u202Ec\""_s << u"\"a\": \"b‹U+202E›c\""_s;
}

void TestDiffDocument::display()
{
    QFETCH(QString, line);
    DisplayOptions options;
    options.nameOf = [](const QString &id) { return id.startsWith(u"c1f7") ? u"Contractors"_s : QString(); };
    options.chipColumns = [](const QString &) { return 4; };
    QTEST(displayLine(line, options).text.replace(QChar(0xa0), u'_'), "expected");
}

void TestDiffDocument::placesSurviveSubstitution()
{
    DisplayOptions options;
    options.nameOf = [](const QString &) { return u"Contractors"_s; };
    options.chipColumns = [](const QString &) { return 4; };
    const QString source = u"\"id\": \"c1f7aa00-1111-4222-8333-444455559e02\","_s;
    const DisplayLine line = displayLine(source, options);
    QCOMPARE(line.chips.size(), 1);
    QCOMPARE(line.ids.size(), 1);
    QCOMPARE(line.ids[0].full.size(), 36);
    QCOMPARE(line.sourceOf.size(), line.text.size() + 1);
    for (int unit = 1; unit <= line.text.size(); ++unit) {
        QVERIFY(line.toSource(unit) >= line.toSource(unit - 1)); // never backwards
    }
    QCOMPARE(line.toSource(int(line.text.size())), int(source.size()));
    QCOMPARE(line.toDisplay(int(source.size())), int(line.text.size()));
    QCOMPARE(line.toSource(line.toDisplay(7)), 7);
    QCOMPARE(line.toSource(-5), 0);
    QCOMPARE(line.toSource(9999), int(source.size()));
}

void TestDiffDocument::find_data()
{
    QTest::addColumn<QString>("needle");
    QTest::addColumn<QString>("expected");
    QTest::newRow("nothing looked for") << u""_s << u""_s;
    QTest::newRow("an unchanged row counts once, letter case aside") << u"K0"_s << u"0R3"_s;
    QTest::newRow("a changed row counts on both sides") << u"k1\""_s << u"1L3 1R3"_s;
    QTest::newRow("not there") << u"zzz"_s << u""_s;
    QTest::newRow("two in one line") << u"\""_s << u"0R2 0R5 1L2 1L5 1R2 1R5"_s;
}

void TestDiffDocument::find()
{
    QFETCH(QString, needle);
    QStringList out;
    for (const FindMatch &match : findMatches(*DiffSample::pictured(u"=~"_s), needle)) {
        out.append(QString::number(match.row) + (match.side == Side::Left ? u'L' : u'R') + QString::number(match.column));
    }
    QTEST(out.join(u' '), "expected");
}

void TestDiffDocument::enclosing()
{
    const auto document = makeDocument(DiffSample::oldText(), DiffSample::newText(), DiffSample::names());
    QVERIFY(!document->rows.isEmpty());
    for (int row = 0; row < document->rows.size(); ++row) {
        if (document->rowText(row, Side::Right).contains(u"PC_GROUP")) {
            QCOMPARE(enclosingPath(*document, row), u"subject"_s);
        }
    }
    QCOMPARE(enclosingPath(*document, 0), QString());
    QCOMPARE(enclosingPath(*document, -1), QString());
    const QList<FindMatch> byName = findMatches(*document, u"master"_s);
    QCOMPARE(byName.size(), 1); // the id's name is looked at too
    QCOMPARE(byName[0].length, 36);
}

void TestDiffDocument::namesInText()
{
    const auto nameOf = [](const QString &id) { return id.startsWith(u"67fe") ? u"Master Admin"_s : QString(); };
    QCOMPARE(withNames(u"[role=67fe1b2c-0d0e-4f10-9121-314151614702]"_s, nameOf), u"[role=Master Admin]"_s);
    QCOMPARE(withNames(u"[00000000-0d0e-4f10-9121-314151614702]"_s, nameOf), u"[0000…4702]"_s);
    QCOMPARE(withNames(u"short"_s, nameOf), u"short"_s);
}

void TestDiffDocument::foldsOpenInPieces()
{
    const auto document = DiffSample::pictured(QString(u"~"_s + QString(46, u'=') + u"~"_s));
    const QString thirteen(13, u'=');
    FoldedRows folded(document->rows);
    QCOMPARE(drawn(*document, folded), u"~===(40)===~"_s);
    folded.unfoldSome(4, true);
    QCOMPARE(drawn(*document, folded), QString(u"~"_s + thirteen + u"(30)===~"_s));
    folded.unfoldSome(14, false);
    QCOMPARE(drawn(*document, folded), QString(u"~"_s + thirteen + u"(20)"_s + thirteen + u"~"_s));
    folded.unfoldSome(14, true);
    QCOMPARE(folded.item(24).folded, 10);
    folded.unfoldSome(24, true); // what would remain is not worth a fold
    QVERIFY(!folded.hasFolds());
    folded.unfoldSome(0, true);
    folded.unfoldSome(-1, true);
    folded.unfoldSome(999, false);
    QCOMPARE(folded.count(), 48);
}

void TestDiffDocument::oneColumnHasBothLines()
{
    const auto document = DiffSample::pictured(u"=~~+-="_s);
    FoldedRows folded(document->rows);
    folded.setOneColumn(true);
    QStringList out;
    for (int i = 0; i < folded.count(); ++i) {
        const FoldedRows::Item item = folded.item(i);
        const QString shows = item.shows == FoldedRows::Shows::Old ? u"a"_s : item.shows == FoldedRows::Shows::New ? u"b"_s : QString();
        out.append(QString::number(item.row) + shows);
        QCOMPARE(folded.indexOfRow(item.row, item.shows), i);
    }
    QCOMPARE(out.join(u' '), u"0 1a 2a 1b 2b 3 4 5"_s); // old lines of a run before its new ones
    folded.setOneColumn(false);
    QCOMPARE(folded.count(), 6);
}

void TestDiffDocument::longLinesAreCutWhereTheyDiffer()
{
    const auto line = [](const QByteArray &middle) -> QByteArray {
        return "{\n  \"a\": \"" + QByteArray("ä").repeated(400'000) + middle + QByteArray(300'000, 'y') + "\"\n}\n";
    };
    const auto document = makeDocument(line("OLD"), line("NEW!"), {});
    for (const Side side : {Side::Left, Side::Right}) {
        const LineCut cut = document->rowCut(1, side);
        QVERIFY(cut.isCut && cut.text.size() < 2100);
        const QString mark = side == Side::Left ? u"OLD"_s : u"NEW!"_s;
        const qsizetype at = cut.text.indexOf(mark);
        QVERIFY(at > 0);
        // Places of the cut text are places of the line.
        const qsizetype real = document->realColumn(1, side, int(at));
        QCOMPARE(document->lines(side).line(2).sliced(real, mark.size()), mark);
        QCOMPARE(document->shownColumn(1, side, real), int(at));
        QCOMPARE(selectionText(*document, side, {1, int(at)}, {1, int(at + mark.size())}), mark);
        QCOMPARE(selectionText(*document, side, {1, 0}, {1, int(cut.text.size())}).toUtf8(), document->lines(side).bytes(2).toByteArray());
    }
}

void TestDiffDocument::oneFieldsPatch_data()
{
    QTest::addColumn<QByteArray>("before");
    QTest::addColumn<QByteArray>("after");
    QTest::addColumn<int>("change");
    QTest::addColumn<QByteArray>("expected"); // the old text with that change alone
    const QByteArray list = R"({"l":["a","b","c"],"x":1})";
    QTest::newRow("a value") << list << QByteArray(R"({"l":["a","b","c"],"x":2})") << 0 << QByteArray(R"({"l":["a","b","c"],"x":2})");
    QTest::newRow("only the one asked for") << QByteArray(R"({"a":1,"b":1})") << QByteArray(R"({"a":2,"b":2})") << 1
                                            << QByteArray(R"({"a":1,"b":2})");
    QTest::newRow("an added member") << list << QByteArray(R"({"l":["a","b","c"],"n/~":{"k":[1]},"x":1})") << 0
                                     << QByteArray(R"({"l":["a","b","c"],"n/~":{"k":[1]},"x":1})");
    QTest::newRow("a removed element") << list << QByteArray(R"({"l":["a","c"],"x":1})") << 0 << QByteArray(R"({"l":["a","c"],"x":1})");
    QTest::newRow("an element behind an inserted one has its old place")
        << QByteArray(R"({"l":[{"k":1,"n":"p","o":"q"}]})") << QByteArray(R"({"l":["new",{"k":2,"n":"p","o":"q"}]})") << 1
        << QByteArray(R"({"l":[{"k":2,"n":"p","o":"q"}]})");
    QTest::newRow("a moved element") << list << QByteArray(R"({"l":["c","a","b"],"x":1})") << 0
                                     << QByteArray(R"({"l":["c","a","b"],"x":1})");
}

void TestDiffDocument::oneFieldsPatch()
{
    QFETCH(QByteArray, before);
    QFETCH(QByteArray, after);
    QFETCH(int, change);
    QFETCH(QByteArray, expected);
    const auto canonical = [](const QByteArray &json) {
        const Result<Json::Document> parsed = Json::parse({json.constData(), size_t(json.size())});
        return parsed ? Json::canonicalText(parsed->root()) : QByteArray();
    };
    const auto document = makeDocument(canonical(before), canonical(after), {});
    QVERIFY(change < document->rows.changes.size());
    const QByteArray patch = fieldPatch(*document, change);
    const Result<Json::Document> operations = Json::parse({patch.constData(), size_t(patch.size())});
    QVERIFY2(operations, patch.constData());
    QVERIFY(fieldPatch(*document, 99).isEmpty());
    if (document->rows.changes[change].kind == Compare::FieldKind::Moved) { // the room's player knows no move
        QCOMPARE(operations->root().at(1)["op"].toQString(), u"move"_s);
        QCOMPARE(operations->root().at(1)["from"].toQString(), u"/l/2"_s);
        QCOMPARE(operations->root().at(1)["path"].toQString(), u"/l/0"_s);
        return;
    }
    const std::optional<QByteArray> played = Compare::applyJsonPatch(canonical(before), patch);
    QVERIFY2(played, patch.constData());
    QCOMPARE(*played, canonical(expected));
}

void TestDiffDocument::findOptions_data()
{
    QTest::addColumn<QString>("needle");
    QTest::addColumn<FindOptions>("options");
    QTest::addColumn<int>("count");
    QTest::newRow("letters of any case") << u"SEASONAL"_s << FindOptions{} << 3;
    QTest::newRow("letters of this case") << u"SEASONAL"_s << FindOptions{.matchCase = true} << 0;
    QTest::newRow("whole words") << u"season"_s << FindOptions{.wholeWords = true} << 0;
    QTest::newRow("a dot is a dot") << u"s.asonal"_s << FindOptions{} << 0;
    QTest::newRow("a dot in a pattern is any") << u"s.asonal"_s << FindOptions{.isPattern = true} << 3;
    QTest::newRow("an empty match is none") << u"Q*"_s << FindOptions{.matchCase = true, .isPattern = true} << 0;
    QTest::newRow("no valid pattern") << u"(seasonal"_s << FindOptions{.isPattern = true} << 0;
}

void TestDiffDocument::whatIsGoneIsOnTheLeft()
{
    const auto text = [](const QByteArray &json) {
        const auto read = Json::parse({json.constData(), size_t(json.size())});
        return read ? Json::canonicalText(read->root()) : QByteArray();
    };
    DiffRequest request;
    request.oldText = text(R"({"labels":[{"id":"one"},{"id":"two"},{"id":"three"}]})");
    request.newText = text(R"({"labels":[{"id":"one"},{"id":"three"}]})");
    for (Catalogue::DomainRules *rules : {&request.rules.a, &request.rules.b}) {
        rules->identities.insert(u"labels"_s, u"id"_s);
    }
    const auto document = makeDocument(std::move(request));
    QCOMPARE(document->rows.changes.size(), 1);
    const Compare::RowChange &gone = document->rows.changes[0];
    QCOMPARE(gone.pointer, u"/labels/1"_s);
    QVERIFY2(gone.path.contains(u'['), qPrintable(gone.path));
    QCOMPARE(lineOfPlace(*document, Side::Left, gone.path), document->left.lineOf(u"/labels/1"_s));
    QCOMPARE(lineOfPlace(*document, Side::Right, gone.path), 0); // another one stands there
}

void TestDiffDocument::wholeWordsBesideOthers()
{
    const TextPattern pattern(u"a-a"_s, false, true, true);
    QCOMPARE(pattern.matches(u"xa-a-a"_s, 10).size(), 1); // the first one is no whole word, the second begins in it
    QCOMPARE(pattern.matches(u"xa-a-a"_s, 10).constFirst().start, 3);
    QCOMPARE(pattern.matches(u"a-a-a"_s, 10).size(), 1); // never two that overlap
    QCOMPARE(TextPattern(u"ä-ä"_s, false, true, true).matches(u"xä-ä-ä"_s, 10).size(), 1);
}

void TestDiffDocument::findOptions()
{
    QFETCH(QString, needle);
    QFETCH(FindOptions, options);
    const auto document = makeDocument(DiffSample::oldText(), DiffSample::newText(), {});
    QTEST(int(findMatches(*document, needle, options).size()), "count");
}

QTEST_GUILESS_MAIN(TestDiffDocument)
#include "tst_diffdocument.moc"
