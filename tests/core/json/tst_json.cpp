#include "json/canonical.h"
#include "json/equality.h"
#include "json/node.h"
#include "json/pointer.h"
#include "json/text.h"
#include "json/value.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

using namespace Orgtrace;
using namespace Orgtrace::Json;

namespace {
std::string_view sv(const QByteArray &bytes)
{
    return {bytes.constData(), static_cast<size_t>(bytes.size())};
}

QByteArray repeated(const char *piece, qsizetype times)
{
    return QByteArray(piece).repeated(times);
}
} // namespace

class TestJson : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void canonicalForm_data();
    void canonicalForm();
    void refusals_data();
    void refusals();
    void aFileIsReadAsItsText_data();
    void aFileIsReadAsItsText();
    void weights();
    void depthIsBounded_data();
    void depthIsBounded();
    void aSubtreeIsCheckedByItself();
    void hugeDepthIsWrittenWithoutTheStack();
    void largeStringIsKept();
    void sizeIsBounded();
    void values();
    void nulInStringsIsKept();
    void loneSurrogatesSurviveQString();
    void pointers_data();
    void pointers();
    void badPointers_data();
    void badPointers();
    void resolving();
    void splitting_data();
    void splitting();
    void splittingRefusals_data();
    void splittingRefusals();
    void scanning_data();
    void scanning();
    void nodes();
};

void TestJson::canonicalForm_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QByteArray>("canonical");
    QTest::newRow("members are sorted, one scalar a line")
        << QByteArray(R"({"b":1,"a":[true,null]})") << QByteArray("{\n  \"a\": [\n    true,\n    null\n  ],\n  \"b\": 1\n}\n");
    QTest::newRow("empty containers stay on their line")
        << QByteArray(R"({"a":{},"b":[ ]})") << QByteArray("{\n  \"a\": {},\n  \"b\": []\n}\n");
    QTest::newRow("a prefix sorts before its extension")
        << QByteArray(R"({"abcdefghij":1,"abcdefgh":2,"abc":3,"":4})")
        << QByteArray("{\n  \"\": 4,\n  \"abc\": 3,\n  \"abcdefgh\": 2,\n  \"abcdefghij\": 1\n}\n");
    QTest::newRow("a NUL in a name sorts after the shorter name")
        << QByteArray("{\"a\\u0000\":1,\"a\":2}") << QByteArray("{\n  \"a\": 2,\n  \"a\\u0000\": 1\n}\n");
    QTest::newRow("code points above U+FFFF sort last")
        << QByteArray("{\"\\ud83d\\ude00\":1,\"\\uffee\":2}") << QByteArray("{\n  \"\xEF\xBF\xAE\": 2,\n  \"\xF0\x9F\x98\x80\": 1\n}\n");
    QTest::newRow("numbers keep their text") << QByteArray("[1.0,1e+3,-0,0.10,123456789012345678901234567890,1E400]")
                                             << QByteArray(
                                                    "[\n  1.0,\n  1e+3,\n  -0,\n  0.10,\n  123456789012345678901234567890,\n  1E400\n]\n");
    QTest::newRow("only what must be escaped is escaped")
        << QByteArray(R"("\/\u00e9\u007f\u2028\"\\\b\f\n\r\t\u0001\u001F")")
        << QByteArray("\"/\xC3\xA9\x7F\xE2\x80\xA8\\\"\\\\\\b\\f\\n\\r\\t\\u0001\\u001f\"\n");
    QTest::newRow("a lone high surrogate stays an escape") << QByteArray(R"(["\uD800"])") << QByteArray("[\n  \"\\ud800\"\n]\n");
    QTest::newRow("a lone low surrogate stays an escape") << QByteArray(R"(["x\uDFFFy"])") << QByteArray("[\n  \"x\\udfffy\"\n]\n");
    QTest::newRow("two high surrogates are two lone ones")
        << QByteArray(R"(["\ud83d\ud83d\ude00"])") << QByteArray("[\n  \"\\ud83d\xF0\x9F\x98\x80\"\n]\n");
    QTest::newRow("low before high stays apart") << QByteArray(R"(["\ude00\ud83d"])") << QByteArray("[\n  \"\\ude00\\ud83d\"\n]\n");
    QTest::newRow("an escaped backslash before ud800 is no surrogate")
        << QByteArray(R"(["\\ud800\udc00x\ud800"])").replace("\\udc00", "") << QByteArray("[\n  \"\\\\ud800x\\ud800\"\n]\n");
    QTest::newRow("a lone surrogate in a member name is kept") << QByteArray(R"({"\udc00":1})") << QByteArray("{\n  \"\\udc00\": 1\n}\n");
    QTest::newRow("Hangul near the surrogates is no surrogate")
        << QByteArray("\"\xED\x9F\xBF\xED\x80\x80\"") << QByteArray("\"\xED\x9F\xBF\xED\x80\x80\"\n");
    QTest::newRow("a scalar is a text too") << QByteArray(" null\n") << QByteArray("null\n");
}

void TestJson::canonicalForm()
{
    QFETCH(QByteArray, text);
    QFETCH(QByteArray, canonical);
    const auto document = parse(sv(text));
    QVERIFY2(document.has_value(), qPrintable(document ? QString() : document.error().detail));
    QCOMPARE(canonicalText(document->root()), canonical);
    QCOMPARE(Node(document->root()).canonicalText(), canonical);
    const auto again = parse(sv(canonical));
    QVERIFY(again.has_value());
    QCOMPARE(canonicalText(again->root()), canonical);
    const QByteArray compact = compactText(document->root());
    QVERIFY(!compact.contains('\n'));
    QCOMPARE(Node(document->root()).compactText(), compact);
    const auto fromCompact = parse(sv(compact));
    QVERIFY(fromCompact.has_value());
    QCOMPARE(canonicalText(fromCompact->root()), canonical);
}

void TestJson::refusals_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QString>("where");
    QTest::newRow("empty text") << QByteArray() << QStringLiteral("byte 0");
    QTest::newRow("blanks only") << QByteArray("  \n") << QString();
    QTest::newRow("a byte order mark") << QByteArray("\xEF\xBB\xBF{}") << QStringLiteral("byte 0");
    QTest::newRow("NaN") << QByteArray("[NaN]") << QStringLiteral("byte 1");
    QTest::newRow("Infinity") << QByteArray("[-Infinity]") << QString();
    QTest::newRow("trailing garbage") << QByteArray("{} x") << QStringLiteral("byte 3");
    QTest::newRow("two values") << QByteArray("1 2") << QStringLiteral("byte 2");
    QTest::newRow("trailing comma in an array") << QByteArray("[1,]") << QString();
    QTest::newRow("trailing comma in an object") << QByteArray("{\"a\":1,}") << QString();
    QTest::newRow("comment") << QByteArray("[1/*x*/]") << QString();
    QTest::newRow("single quotes") << QByteArray("['a']") << QStringLiteral("byte 1");
    QTest::newRow("leading zero") << QByteArray("[01]") << QString();
    QTest::newRow("leading plus") << QByteArray("[+1]") << QString();
    QTest::newRow("point without digits") << QByteArray("[1.]") << QString();
    QTest::newRow("exponent without digits") << QByteArray("[1e]") << QString();
    QTest::newRow("lone minus") << QByteArray("[-]") << QString();
    QTest::newRow("raw control character in a string") << QByteArray("[\"a\nb\"]") << QString();
    QTest::newRow("raw NUL in a string") << QByteArray("[\"a\0b\"]", 7) << QString();
    QTest::newRow("NUL after the value") << QByteArray("[]\0", 3) << QString();
    QTest::newRow("unknown escape") << QByteArray(R"(["\x41"])") << QString();
    QTest::newRow("short unicode escape") << QByteArray(R"(["\u12"])") << QString();
    QTest::newRow("cut inside a string") << QByteArray("[\"abc") << QString();
    QTest::newRow("cut inside a literal") << QByteArray("[tru") << QString();
    QTest::newRow("cut after a colon") << QByteArray("{\"a\":") << QString();
    QTest::newRow("mismatched brackets") << QByteArray("[}") << QString();
    QTest::newRow("overlong slash") << QByteArray("[\"\xC0\xAF\"]") << QStringLiteral("byte 2");
    QTest::newRow("overlong three bytes") << QByteArray("[\"\xE0\x80\xAF\"]") << QStringLiteral("byte 2");
    QTest::newRow("overlong four bytes") << QByteArray("[\"\xF0\x80\x80\xAF\"]") << QStringLiteral("byte 2");
    QTest::newRow("raw surrogate bytes") << QByteArray("[\"\xED\xA0\x80\"]") << QStringLiteral("byte 2");
    QTest::newRow("above U+10FFFF") << QByteArray("[\"\xF4\x90\x80\x80\"]") << QStringLiteral("byte 2");
    QTest::newRow("lone continuation byte") << QByteArray("[\"ab\x80\"]") << QStringLiteral("byte 4");
    QTest::newRow("Latin-1") << QByteArray("[\"caf\xE9\"]") << QStringLiteral("byte 5");
    QTest::newRow("a lone surrogate does not let raw surrogate bytes in")
        << QByteArray("[\"\\ud800\",\"\xED\xA0\x80\"]") << QStringLiteral("byte 11");
    QTest::newRow("a lone surrogate does not let an overlong form in") << QByteArray("[\"\\ud800 \xC0\x80\"]") << QStringLiteral("byte 9");
    QTest::newRow("garbage after a lone surrogate is found at its own place") << QByteArray("[\"\\ud800\"] x") << QStringLiteral("byte 11");
    QTest::newRow("bad escape after a lone surrogate") << QByteArray("[\"\\ud800\",\"\\q\"]") << QString();
    QTest::newRow("duplicate names") << QByteArray(R"({"a":1,"b":{"c":1,"c":2}})") << QStringLiteral("/b/c");
    QTest::newRow("duplicate names, one written with an escape") << QByteArray(R"([0,{"a":1,"\u0061":1}])") << QStringLiteral("/1/a");
    QTest::newRow("duplicate names at the top") << QByteArray(R"({"x/y":1,"x/y":1})") << QStringLiteral("/x~1y");
    QTest::newRow("duplicate names with a common front of eight bytes")
        << QByteArray(R"({"abcdefgh1":1,"abcdefgh2":1,"abcdefgh1":1})") << QStringLiteral("/abcdefgh1");
    QByteArray many("{");
    for (int i = 0; i < 1000; ++i)
        many += "\"k" + QByteArray::number(i * 7919 % 1000) + "\":0,";
    QTest::newRow("a duplicate among a thousand names") << QByteArray(many + "\"k500\":1}") << QStringLiteral("/k500");
}

void TestJson::refusals()
{
    QFETCH(QByteArray, text);
    QFETCH(QString, where);
    const auto document = parse(sv(text));
    QVERIFY(!document.has_value());
    QCOMPARE(document.error().code, ErrorCode::MalformedJson);
    QVERIFY(!document.error().detail.isEmpty());
    if (where.isEmpty())
        QVERIFY(document.error().where.startsWith(QStringLiteral("byte ")));
    else
        QCOMPARE(document.error().where, where);
}

void TestJson::aFileIsReadAsItsText_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::newRow("a document") << QByteArray(R"({"b":1,"a":[true,null,"x\n"]})");
    QTest::newRow("a lone surrogate, which takes another way") << QByteArray(R"(["\ud800","\ud83d\ude00"])");
    QTest::newRow("nothing") << QByteArray();
    QTest::newRow("blanks alone") << QByteArray("  \n");
    QTest::newRow("cut off") << QByteArray(R"({"a":[1,)");
    QTest::newRow("not UTF-8") << QByteArray("[\"abc\xff\"]");
    QTest::newRow("a name twice") << QByteArray(R"({"a":1,"a":2})");
    QTest::newRow("too deep") << repeated("[", 200) + repeated("]", 200);
    QTest::newRow("more than was allowed") << QByteArray("[" + repeated("1,", 5000) + "1]");
}

void TestJson::aFileIsReadAsItsText()
{
    QFETCH(QByteArray, text);
    const Limits limits{.maxBytes = 9000, .maxDepth = 100, .refuseDuplicateKeys = true};
    const QTemporaryDir folder;
    QFile file(folder.filePath(QStringLiteral("text.json")));
    QVERIFY(file.open(QIODevice::WriteOnly) && file.write(text) == text.size());
    file.close();
    const auto ofFile = parseFile(file.fileName(), limits), ofText = parse(sv(text), limits);
    QCOMPARE(ofFile.has_value(), ofText.has_value());
    if (ofText) {
        QCOMPARE(canonicalText(ofFile->root()), canonicalText(ofText->root()));
    } else {
        QCOMPARE(ofFile.error().code, ofText.error().code);
        QCOMPARE(ofFile.error().where, ofText.error().where);
    }
    QCOMPARE(parseFile(folder.filePath(QStringLiteral("nowhere")), limits).error().code, ErrorCode::BadInput);
    QCOMPARE(parseFile(folder.path(), limits).error().code, ErrorCode::BadInput);
}

void TestJson::weights()
{
    const auto document = parse(R"({"a":[1,2,{"b":null}],"c":"x"})");
    QVERIFY(document);
    QCOMPARE(document->root().weight(), 10); // 7 values, 3 names
    QCOMPARE(document->root()["a"].weight(), 6);
    QCOMPARE(document->root()["c"].weight(), 1);
    QCOMPARE(Value().weight(), 0);
}

void TestJson::depthIsBounded_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<bool>("accepted");
    QTest::newRow("128 arrays are read") << QByteArray(repeated("[", 128) + repeated("]", 128)) << true;
    QTest::newRow("129 arrays are refused") << QByteArray(repeated("[", 129) + repeated("]", 129)) << false;
    QTest::newRow("10,000 arrays are refused") << QByteArray(repeated("[", 10'000) + repeated("]", 10'000)) << false;
    QTest::newRow("10,000 objects are refused") << QByteArray(repeated("{\"a\":", 10'000) + "1" + repeated("}", 10'000)) << false;
    QTest::newRow("ten million arrays are refused without a crash")
        << QByteArray(repeated("[", 10'000'000) + repeated("]", 10'000'000)) << false;
    QTest::newRow("ten million opening brackets are refused") << repeated("[", 10'000'000) << false;
}

void TestJson::depthIsBounded()
{
    QFETCH(QByteArray, text);
    QFETCH(bool, accepted);
    const auto document = parse(sv(text));
    QCOMPARE(document.has_value(), accepted);
    if (!accepted)
        QCOMPARE(document.error().code, ErrorCode::MalformedJson);
}

void TestJson::aSubtreeIsCheckedByItself()
{
    const Limits lax{.maxDepth = 1'000'000, .refuseDuplicateKeys = false};
    const QByteArray text
        = R"({"entities":[{"id":"1"},{"id":"2","x":{"y":1,"y":2}},{"id":"3","deep":)" + repeated("[", 200) + repeated("]", 200) + "}]}";
    const auto page = parse(sv(text), lax);
    QVERIFY(page.has_value());
    const Value entities = page->root()["entities"];
    QVERIFY(checkLimits(entities.at(0), {}).has_value());
    const auto twice = checkLimits(entities.at(1), {});
    QVERIFY(!twice.has_value());
    QCOMPARE(twice.error().where, QStringLiteral("/x/y"));
    QVERIFY(!checkLimits(entities.at(2), {}).has_value());
    QVERIFY(checkLimits(entities.at(2), lax).has_value());
    QVERIFY(checkLimits(Value(), {}).has_value());
}

void TestJson::hugeDepthIsWrittenWithoutTheStack()
{
    const QByteArray text = repeated("[{\"a\":", 5'000) + "1" + repeated("}]", 5'000);
    const auto document = parse(sv(text), {.maxDepth = 1'000'000});
    QVERIFY(document.has_value());
    QCOMPARE(compactText(document->root()), text);
    const auto second = parse(sv(text), {.maxDepth = 1'000'000});
    QVERIFY(identical(document->root(), second->root()));
    QVERIFY(Node(document->root()).compactText().size() < text.size()); // cut below 1024 levels
}

void TestJson::largeStringIsKept()
{
    QByteArray text = "[\"" + QByteArray(5 * 1024 * 1024, 'x') + "\"]";
    const auto document = parse(sv(text));
    QVERIFY(document.has_value());
    QCOMPARE(compactText(document->root()), text);
}

void TestJson::sizeIsBounded()
{
    const auto document = parse("[1,2,3]", {.maxBytes = 6});
    QVERIFY(!document.has_value());
    QCOMPARE(document.error().code, ErrorCode::TooLarge);
    QVERIFY(parse("[1,2,3]", {.maxBytes = 7}).has_value());
}

void TestJson::values()
{
    const auto document
        = parse(R"({"n":12,"neg":-3,"f":1.5,"big":99999999999999999999,"s":"x","t":true,"z":null,"a":[1,[2,3],{"k":4}],"o":{}})");
    QVERIFY(document.has_value());
    const Value root = document->root();
    QCOMPARE(root.size(), 9);
    QCOMPARE(root["n"].toInteger(), 12);
    QCOMPARE(root["neg"].toInteger(), -3);
    QCOMPARE(root["f"].toInteger(7), 7);
    QCOMPARE(root["big"].toInteger(7), 7);
    QCOMPARE(root["s"].toInteger(7), 7);
    QCOMPARE(root["s"].toQString(), QStringLiteral("x"));
    QVERIFY(root["t"].toBool());
    QVERIFY(root["z"].isNull());
    QVERIFY(root["nothing"].isMissing());
    QCOMPARE(root["nothing"]["deeper"].kind(), Kind::Missing);
    QCOMPARE(root["a"].size(), 3);
    QCOMPARE(root["a"].at(1).at(1).numberText(), std::string_view("3"));
    QCOMPARE(root["a"].at(2)["k"].toInteger(), 4);
    QVERIFY(root["a"].at(3).isMissing());
    QVERIFY(root["a"].at(-1).isMissing());
    QByteArray names;
    for (const Member &member : root.members())
        names += QByteArray(member.key.data(), static_cast<qsizetype>(member.key.size())) + ' ';
    QCOMPARE(names, QByteArray("n neg f big s t z a o "));
    qsizetype items = 0;
    for (const Value item : root["a"].items())
        items += item.isMissing() ? 0 : 1;
    QCOMPARE(items, 3);
    for (const Value item : root["o"].items())
        QVERIFY2(item.isMissing(), "an object has no items");
    for (const Member &member : root["a"].members())
        QVERIFY2(member.key.empty(), "an array has no members");
    Document moved = parse("[1]").value();
    moved = parse("[2]").value();
    QCOMPARE(moved.root().at(0).toInteger(), 2);
    QVERIFY(Document().root().isMissing());
}

void TestJson::nulInStringsIsKept()
{
    const auto document = parse(R"({"a\u0000b":"c\u0000d"})");
    QVERIFY(document.has_value());
    const auto members = document->root().members();
    const Member member = *members.begin();
    QCOMPARE(member.key.size(), 3U);
    QCOMPARE(member.value.string(), std::string_view("c\0d", 3));
    QCOMPARE(document->root()[std::string_view("a\0b", 3)].toQString(), QString(QLatin1StringView("c\0d", 3)));
}

void TestJson::loneSurrogatesSurviveQString()
{
    const auto document = parse("[\"a\\ud800b\\udc00\xF0\x9F\x98\x80\xED\x95\x9C\"]");
    QVERIFY(document.has_value());
    const std::string_view held = document->root().at(0).string();
    const QString text = document->root().at(0).toQString();
    QCOMPARE(text.size(), 7);
    QCOMPARE(text[1].unicode(), char16_t(0xD800));
    QCOMPARE(text[3].unicode(), char16_t(0xDC00));
    QCOMPARE(toUtf8(text), std::string(held));
    QCOMPARE(Node(text).compactText(), compactText(document->root().at(0)));
}

void TestJson::pointers_data()
{
    QTest::addColumn<QStringList>("tokens");
    QTest::addColumn<QString>("pointer");
    QTest::newRow("the whole document is empty") << QStringList() << QString();
    QTest::newRow("slash and tilde are escaped")
        << QStringList{QStringLiteral("a/b"), QStringLiteral("m~n"), QStringLiteral("~1")} << QStringLiteral("/a~1b/m~0n/~01");
    QTest::newRow("the empty name is a token") << QStringList{QString()} << QStringLiteral("/");
    QTest::newRow("a trailing empty name") << QStringList{QStringLiteral("a"), QString()} << QStringLiteral("/a/");
    QTest::newRow("indexes are tokens") << QStringList{QStringLiteral("a"), QStringLiteral("0")} << QStringLiteral("/a/0");
}

void TestJson::pointers()
{
    QFETCH(QStringList, tokens);
    QFETCH(QString, pointer);
    QCOMPARE(pointerText(tokens), pointer);
    const auto parsed = parsePointer(pointer);
    QVERIFY(parsed.has_value());
    QCOMPARE(*parsed, tokens);
}

void TestJson::badPointers_data()
{
    QTest::addColumn<QString>("pointer");
    QTest::newRow("no leading slash") << QStringLiteral("a/b");
    QTest::newRow("a tilde at the end") << QStringLiteral("/a~");
    QTest::newRow("a tilde before another character") << QStringLiteral("/a~2");
}

void TestJson::badPointers()
{
    QFETCH(QString, pointer);
    const auto parsed = parsePointer(pointer);
    QVERIFY(!parsed.has_value());
    QCOMPARE(parsed.error().code, ErrorCode::BadInput);
}

void TestJson::resolving()
{
    const auto document = parse(R"({"a":[10,{"b/c":"x"}],"":1,"0":2})");
    const Value root = document->root();
    const auto at = [&](const char *pointer) { return compactText(resolve(root, parsePointer(QString::fromLatin1(pointer)).value())); };
    QCOMPARE(at("/a/0"), QByteArray("10"));
    QCOMPARE(at("/a/1/b~1c"), QByteArray("\"x\""));
    QCOMPARE(at("/"), QByteArray("1"));
    QCOMPARE(at("/0"), QByteArray("2"));
    QCOMPARE(at("").isEmpty(), false);
    QCOMPARE(at("/a/2"), QByteArray());
    QCOMPARE(at("/a/00"), QByteArray());
    QCOMPARE(at("/a/-"), QByteArray());
    QCOMPARE(at("/a/-0"), QByteArray());
    QCOMPARE(at("/a/99999999999999999999"), QByteArray());
    QCOMPARE(at("/a/0/x"), QByteArray());
}

void TestJson::splitting_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QByteArray>("key");
    QTest::addColumn<QList<QByteArray>>("elements");
    QTest::addColumn<QByteArray>("rest");
    using Pieces = QList<QByteArray>;
    QTest::newRow("a broken element between whole ones")
        << QByteArray(R"({"entities":[{"id":"1"}, {"id":"2","x":NaN},{"id":"3"}],"total":3})") << QByteArray("entities")
        << Pieces{R"({"id":"1"})", R"({"id":"2","x":NaN})", R"({"id":"3"})"} << QByteArray(R"({"entities":[],"total":3})");
    QTest::newRow("brackets and commas inside strings") << QByteArray(R"({"e":["],[\"{","\\"],"p":1})") << QByteArray("e")
                                                        << Pieces{R"("],[\"{")", R"("\\")"} << QByteArray(R"({"e":[],"p":1})");
    QTest::newRow("the key deeper down is another one")
        << QByteArray(R"({"x":{"e":[1]},"e":[2]})") << QByteArray("e") << Pieces{"2"} << QByteArray(R"({"x":{"e":[1]},"e":[]})");
    QTest::newRow("the key's name as a value is no key")
        << QByteArray(R"({"x":"e","e":[2]})") << QByteArray("e") << Pieces{"2"} << QByteArray(R"({"x":"e","e":[]})");
    QTest::newRow("the key's name inside an array is no key")
        << QByteArray(R"({"x":["e",["e"]],"e":[2]})") << QByteArray("e") << Pieces{"2"} << QByteArray(R"({"x":["e",["e"]],"e":[]})");
    QTest::newRow("a key written with an escape")
        << QByteArray(R"({"\u0065":[2]})") << QByteArray("e") << Pieces{"2"} << QByteArray(R"({"\u0065":[]})");
    QTest::newRow("a key whose value is no array is passed over")
        << QByteArray(R"({"e":{"a":[1]},"e":[2]})") << QByteArray("e") << Pieces{"2"} << QByteArray(R"({"e":{"a":[1]},"e":[]})");
    QTest::newRow("an empty array") << QByteArray(R"({"e":[ ],"p":1})") << QByteArray("e") << Pieces{} << QByteArray(R"({"e":[],"p":1})");
    QTest::newRow("an array at the top") << QByteArray(" [1,[2,3],{\"a\":[4]}] ") << QByteArray() << Pieces{"1", "[2,3]", R"({"a":[4]})"}
                                         << QByteArray(" [] ");
    QTest::newRow("a missing element is a broken element")
        << QByteArray("[1,,2,]") << QByteArray() << Pieces{"1", "", "2", ""} << QByteArray("[]");
    QTest::newRow("invalid UTF-8 stays inside its element")
        << QByteArray("[\"\xFF\",1]") << QByteArray() << Pieces{"\"\xFF\"", "1"} << QByteArray("[]");
}

void TestJson::splitting()
{
    QFETCH(QByteArray, text);
    QFETCH(QByteArray, key);
    QFETCH(QList<QByteArray>, elements);
    QFETCH(QByteArray, rest);
    const auto split = splitArray(sv(text), sv(key));
    QVERIFY2(split.has_value(), qPrintable(split ? QString() : split.error().detail));
    QList<QByteArray> found;
    for (const std::string_view element : split->elements)
        found.append(QByteArray(element.data(), static_cast<qsizetype>(element.size())));
    QCOMPARE(found, elements);
    QCOMPARE(split->rest, rest);
}

void TestJson::splittingRefusals_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QByteArray>("key");
    QTest::newRow("cut in the middle") << QByteArray(R"({"e":[{"id":1},{"id":)") << QByteArray("e");
    QTest::newRow("cut inside a string") << QByteArray(R"({"e":["abc)") << QByteArray("e");
    QTest::newRow("cut behind a backslash") << QByteArray("{\"e\":[\"abc\\") << QByteArray("e");
    QTest::newRow("brackets that do not match") << QByteArray(R"({"e":[{]}})") << QByteArray("e");
    QTest::newRow("no such array") << QByteArray(R"({"f":[1]})") << QByteArray("e");
    QTest::newRow("an array where an object is due") << QByteArray("[1]") << QByteArray("e");
    QTest::newRow("an object where an array is due") << QByteArray(R"({"e":[1]})") << QByteArray();
    QTest::newRow("a web page") << QByteArray("<html>Bad gateway</html>") << QByteArray("e");
    QTest::newRow("nothing at all") << QByteArray() << QByteArray("e");
    QTest::newRow("closing brackets too many") << QByteArray("[1]]") << QByteArray();
    QTest::newRow("ten million opening brackets") << repeated("[", 10'000'000) << QByteArray();
}

void TestJson::splittingRefusals()
{
    QFETCH(QByteArray, text);
    QFETCH(QByteArray, key);
    const auto split = splitArray(sv(text), sv(key));
    QVERIFY(!split.has_value());
    QCOMPARE(split.error().code, ErrorCode::MalformedJson);
}

void TestJson::scanning_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QString>("found");
    QTest::newRow("behind a NaN") << QByteArray(R"({"x":NaN,"id":"7"})") << QStringLiteral("7");
    QTest::newRow("not the one deeper down") << QByteArray(R"({"x":{"id":"no"},"y":[{"id":"no"}],"id":"yes"})") << QStringLiteral("yes");
    QTest::newRow("not a value of that name") << QByteArray(R"({"x":"id","id":"yes"})") << QStringLiteral("yes");
    QTest::newRow("escapes are read") << QByteArray(R"({"\u0069d":"a\u00e9\ud800"})") << QString(QStringLiteral("a\u00e9") + QChar(0xD800));
    QTest::newRow("a number is no string") << QByteArray(R"({"id":7,"x":1})") << QString();
    QTest::newRow("a broken string is not read") << QByteArray(R"({"id":"\q"})") << QString();
    QTest::newRow("cut off before") << QByteArray(R"({"x":"abc)") << QString();
    QTest::newRow("cut off behind") << QByteArray(R"({"id":"7","x":[[[)") << QStringLiteral("7");
    QTest::newRow("brackets that do not match") << QByteArray(R"({"x":[},"id":"7"})") << QStringLiteral("7");
    QTest::newRow("10,000 levels before it") << QByteArray("{\"x\":" + repeated("[", 10'000) + repeated("]", 10'000) + ",\"id\":\"7\"}")
                                             << QStringLiteral("7");
    QTest::newRow("no object") << QByteArray(R"(["id","7"])") << QString();
    QTest::newRow("nothing") << QByteArray() << QString();
    QTest::newRow("duplicate names: the first") << QByteArray(R"({"id":"1","id":"2"})") << QStringLiteral("1");
}

void TestJson::scanning()
{
    QFETCH(QByteArray, text);
    QFETCH(QString, found);
    QCOMPARE(scanStringMember(sv(text), "id"), found);
}

void TestJson::nodes()
{
    Node node;
    QVERIFY(node.isNull());
    node["b"] = 1;
    node["a"]["deep"] = QStringLiteral("caf\u00e9 \"x\"");
    node["list"].append(true);
    node["list"].append(Node());
    node["list"].append(0.1);
    node["list"].append(1e300);
    node["list"].append(std::numeric_limits<double>::quiet_NaN());
    node["list"].append(QStringList{QStringLiteral("x")});
    node["exact"] = Node::number("1.00");
    node["empty"] = Node::array();
    node["none"] = Node::object();
    node["long"] = qint64(-9'223'372'036'854'775'807LL);
    QCOMPARE(node.compactText(),
             QByteArray("{\"a\":{\"deep\":\"caf\xC3\xA9 \\\"x\\\"\"},\"b\":1,\"empty\":[],\"exact\":1.00,"
                        "\"list\":[true,null,0.1,1e+300,null,[\"x\"]],\"long\":-9223372036854775807,\"none\":{}}"));
    const auto read = parse(sv(node.compactText()));
    QVERIFY(read.has_value());
    QCOMPARE(canonicalText(read->root()), node.canonicalText());
}

QTEST_GUILESS_MAIN(TestJson)
#include "tst_json.moc"
