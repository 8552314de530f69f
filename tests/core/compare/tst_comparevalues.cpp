#include "comparing.h"

#include <QElapsedTimer>

using namespace Orgtrace;
using namespace Orgtrace::Compare;

class TestCompareValues : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void fields_data();
    void fields();
    void leftOut_data();
    void leftOut();
    void exact_data();
    void exact();
    void secrets_data();
    void secrets();
    void secretsOfAnotherKeyInALongList();
    void hostile_data();
    void hostile();
    void missingSides();
};

void TestCompareValues::fields_data()
{
    QTest::addColumn<QByteArray>("before");
    QTest::addColumn<QByteArray>("after");
    QTest::addColumn<QString>("rules");
    QTest::addColumn<QStringList>("expected");
    const auto row = [](const char *name, const char *before, const char *after, const char *rules, const QList<const char *> &expected) {
        QStringList lines;
        for (const char *line : expected)
            lines.append(QString::fromUtf8(line));
        QTest::newRow(name) << QByteArray(before) << QByteArray(after) << QString::fromLatin1(rules) << lines;
    };
    row("equal documents differ in nothing", R"({"a":[1,{"b":null}]})", R"({"a":[1,{"b":null}]})", "", {});
    row("member order is nothing", R"({"a":1,"b":2})", R"({"b":2,"a":1})", "", {});
    row("a leaf is named to its end", R"({"a":{"b":{"c":1}}})", R"({"a":{"b":{"c":2}}})", "", {"modified /a/b/c 1 -> 2"});
    row("added, removed and modified in document order", R"({"a":1,"b":2,"c":3})", R"({"b":5,"c":3,"d":4})", "",
        {"removed /a 1", "modified /b 2 -> 5", "added /d -> 4"});
    row("a subtree on one side is one field", R"({})", R"({"a":{"b":[1,2],"c":{}}})", "", {R"(added /a -> {"b":[1,2],"c":{}})"});
    row("null is a value", R"({"a":null})", R"({})", "", {"removed /a null"});
    row("null to value is a modification", R"({"a":null})", R"({"a":0})", "", {"modified /a null -> 0"});
    row("object to array is one modification", R"({"a":{"b":1}})", R"({"a":[1]})", "", {R"(modified /a {"b":1} -> [1])"});
    row("slash and tilde are escaped", R"({"a/b":{"~":1}})", R"({"a/b":{"~":2}})", "", {"modified /a~1b/~0 1 -> 2"});
    row("roots may be scalars", "1", "2", "", {"modified  1 -> 2"});
    row("empty containers are equal", R"({"a":[],"b":{}})", R"({"a":[],"b":{}})", "", {});
    row("true is not the text true", R"({"a":true})", R"({"a":"true"})", "", {R"(modified /a true -> "true")"});

    row("an insertion into an ordered array shifts nobody", "[1,2,3]", "[0,1,2,3]", "", {"added /0 -> 0"});
    row("a removal has the old pointer", "[1,2,3]", "[1,3]", "", {"removed /1 2"});
    row("a replaced scalar is a modification", "[1,2,3]", "[1,9,3]", "", {"modified /1 2 -> 9"});
    row("an equal element elsewhere has moved", R"(["a","b","c","d"])", R"(["d","a","b","c"])", "", {R"(moved /0 from /3 "d" -> "d")"});
    row("a changed object inside an ordered array is paired by likeness", R"([{"n":"x","v":1,"w":2},{"n":"y","v":1,"w":2}])",
        R"([{"n":"x","v":1,"w":2},{"n":"z","v":0,"w":0},{"n":"y","v":7,"w":2}])", "",
        {R"(added /1 -> {"n":"z","v":0,"w":0})", "modified /2/v 1 -> 7"});
    row("unlike objects are removed and added", R"([{"a":1,"b":2}])", R"([{"c":3,"d":4}])", "",
        {R"(added /0 -> {"c":3,"d":4})", R"(removed /0 {"a":1,"b":2})"});
    row("the only two left over are one element that changed", R"({"r":[{"k":"a"},{"v":1}]})", R"({"r":[{"v":1},{"k":"b"}]})",
        "unordered=r", {R"(modified /r/1/k "a" -> "b")"});
    row("arrays in ordered arrays", "[[1,2],[3]]", "[[1,2,5],[3]]", "", {"added /0/2 -> 5"});

    row("an unordered array may come in any order", R"({"r":[1,2,3]})", R"({"r":[3,1,2]})", "unordered=r", {});
    row("an unordered array counts how often", R"({"r":[1,1,2]})", R"({"r":[2,1]})", "unordered=r", {"removed /r/1 (/r/[1]) 1"});
    row("short scalars of an unordered array are named by value", R"({"r":["a","b"]})", R"({"r":["c","a"]})", "unordered=r",
        {R"(added /r/0 (/r/[c]) -> "c")", R"(removed /r/1 (/r/[b]) "b")"});
    row("objects of an unordered array are paired by likeness", R"({"r":[{"n":"x","a":1,"b":2},{"n":"y","a":5,"b":6}]})",
        R"({"r":[{"n":"y","a":5,"b":7},{"n":"x","a":1,"b":2}]})", "unordered=r", {"modified /r/0/b 6 -> 7"});
    row("** means any depth", R"({"a":{"b":[{"c":[1,2]}]}})", R"({"a":{"b":[{"c":[2,1]}]}})", "unordered=**", {});
    row("* means one step, members and elements alike", R"({"p":[{"a":[1,2]}]})", R"({"p":[{"a":[2,1]}]})", "unordered=p/*/a", {});
    row("a pattern of other depth does not fit", R"({"p":[{"a":[1,2]}]})", R"({"p":[{"a":[2,1]}]})", "unordered=p/a",
        {"moved /p/0/a/1 from /p/0/a/0 1 -> 1"});

    row("elements are matched by identity", R"({"g":[{"id":"a","v":1},{"id":"b","v":2}]})", R"({"g":[{"id":"b","v":3},{"id":"a","v":1}]})",
        "unordered=g;identity=g:id", {"modified /g/0/v (/g/[id=b]/v) 2 -> 3"});
    row("an identity of two members, one of them deeper", R"({"grants":[{"role":"R","division":{"id":"*"},"at":1}]})",
        R"({"grants":[{"role":"R","division":{"id":"*"},"at":2},{"role":"S","division":{"id":"D"},"at":1}]})",
        "unordered=grants;identity=grants:role+division.id",
        {"modified /grants/0/at (/grants/[role=R,division.id=*]/at) 1 -> 2",
         R"(added /grants/1 (/grants/[role=S,division.id=D]) -> {"at":1,"division":{"id":"D"},"role":"S"})"});
    row("an element of another identity is removed and added, however alike", R"({"g":[{"id":"a","v":1,"w":2,"x":3}]})",
        R"({"g":[{"id":"b","v":1,"w":2,"x":3}]})", "unordered=g;identity=g:id",
        {R"(added /g/0 (/g/[id=b]) -> {"id":"b","v":1,"w":2,"x":3})", R"(removed /g/0 (/g/[id=a]) {"id":"a","v":1,"w":2,"x":3})"});
    row("with identity and order, a move is a move and its changes are told",
        R"({"g":[{"id":"a","v":1},{"id":"b","v":2},{"id":"c","v":3}]})", R"({"g":[{"id":"c","v":4},{"id":"a","v":1},{"id":"b","v":2}]})",
        "identity=g:id",
        {R"(moved /g/0 (/g/[id=c]) from /g/2 {"id":"c","v":3} -> {"id":"c","v":4})", "modified /g/0/v (/g/[id=c]/v) 3 -> 4"});
    row("one identity twice: the equal ones belong together", R"({"g":[{"id":"a","v":1},{"id":"a","v":2}]})",
        R"({"g":[{"id":"a","v":2},{"id":"a","v":3}]})", "unordered=g;identity=g:id", {"modified /g/1/v (/g/[id=a]/v) 1 -> 3"});
    row("one identity twice and then once", R"({"g":[{"id":"a","v":1},{"id":"a","v":2}]})", R"({"g":[{"id":"a","v":2}]})",
        "unordered=g;identity=g:id", {R"(removed /g/0 (/g/[id=a]) {"id":"a","v":1})"});
    row("elements without the identity are matched by content", R"({"g":[{"v":1},{"id":"a","v":2}]})",
        R"({"g":[{"id":"a","v":3},{"v":1}]})", "unordered=g;identity=g:id", {"modified /g/0/v (/g/[id=a]/v) 2 -> 3"});
    row("an identity may hold a slash", R"({"g":[{"id":"a/b","v":1}]})", R"({"g":[{"id":"a/b","v":2}]})", "identity=g:id",
        {"modified /g/0/v (/g/[id=a~1b]/v) 1 -> 2"});
    row("a literal name with a dot wins over the path", R"({"g":[{"a.b":"x","v":1}]})", R"({"g":[{"a.b":"x","v":2}]})", "identity=g:a.b",
        {"modified /g/0/v (/g/[a.b=x]/v) 1 -> 2"});
    row("nested identities name every step", R"({"g":[{"id":"a","h":[{"id":"1","v":0}]}]})", R"({"g":[{"id":"a","h":[{"id":"1","v":5}]}]})",
        "identity=g:id,g/*/h:id", {"modified /g/0/h/0/v (/g/[id=a]/h/[id=1]/v) 0 -> 5"});
    row("a removal below a matched element has the old pointer", R"({"g":[{"id":"a","x":1},{"id":"b"}]})",
        R"({"g":[{"id":"b"},{"id":"a"}]})", "unordered=g;identity=g:id", {"removed /g/0/x (/g/[id=a]/x) 1"});

    row("text that looks like a number is text where the catalogue says so", R"({"ext":"0042","n":"42"})", R"({"ext":"42","n":42})",
        "text=ext", {R"(modified /ext "0042" -> "42")"});
    row("a number and a text field differ", R"({"ext":"42"})", R"({"ext":42})", "text=ext", {R"(modified /ext "42" -> 42)"});
    row("a large number differs in its last digit", R"({"n":90071992547409931})", R"({"n":90071992547409932})", "",
        {"modified /n 90071992547409931 -> 90071992547409932"});
    row("a label is not compared", R"({"role":{"id":"1","name":"old"},"v":1})", R"({"role":{"id":"1","name":"new"},"v":1})",
        "labels=role/name", {});
    row("a label that comes is not compared", R"({"role":{"id":"1"}})", R"({"role":{"id":"1","name":"new"}})", "labels=role/name", {});
    row("elements that differ in a label alone are the same", R"({"g":[{"id":"1","name":"old"},{"id":"2","name":"x"}]})",
        R"({"g":[{"id":"2","name":"x"},{"id":"1","name":"new"}]})", "unordered=g;labels=g/*/name", {});
    row("a lone surrogate is a value like others", R"({"a":"\ud800"})", R"({"a":"\ud801"})", "", {R"(modified /a "\ud800" -> "\ud801")"});
}

void TestCompareValues::fields()
{
    QFETCH(QByteArray, before);
    QFETCH(QByteArray, after);
    QFETCH(QString, rules);
    QFETCH(QStringList, expected);
    const auto a = parsed(before), b = parsed(after);
    QCOMPARE(described(compareValues(a.root(), b.root(), rulesFrom(rules))), expected);
}

void TestCompareValues::leftOut_data()
{
    QTest::addColumn<QByteArray>("before");
    QTest::addColumn<QByteArray>("after");
    QTest::addColumn<QString>("rules");
    QTest::addColumn<int>("typeOnly");
    QTest::addColumn<int>("labels");
    QTest::addColumn<int>("reordered");
    QTest::newRow("text and number of one value") << QByteArray(R"({"a":"30"})") << QByteArray(R"({"a":30})") << QString() << 1 << 0 << 0;
    QTest::newRow("1.0 and 1") << QByteArray(R"({"a":1.0})") << QByteArray(R"({"a":1})") << QString() << 1 << 0 << 0;
    QTest::newRow("in an unordered array") << QByteArray(R"({"a":["30","x"]})") << QByteArray(R"({"a":["x",30]})")
                                           << QStringLiteral("unordered=a") << 1 << 0 << 1;
    QTest::newRow("in an ordered array") << QByteArray(R"({"a":[1.0,2e2]})") << QByteArray(R"({"a":[1,200]})") << QString() << 2 << 0 << 0;
    QTest::newRow("labels are counted") << QByteArray(R"({"a":{"name":"x"}})") << QByteArray(R"({"a":{"name":"y"}})")
                                        << QStringLiteral("labels=a/name") << 0 << 1 << 0;
    QTest::newRow("order is counted by array") << QByteArray(R"({"a":[1,2],"b":[3,4]})") << QByteArray(R"({"a":[2,1],"b":[4,3]})")
                                               << QStringLiteral("unordered=*") << 0 << 0 << 2;
}

void TestCompareValues::leftOut()
{
    QFETCH(QByteArray, before);
    QFETCH(QByteArray, after);
    QFETCH(QString, rules);
    const auto a = parsed(before), b = parsed(after);
    const ValueDifference difference = differenceOf(a.root(), b.root(), rulesFrom(rules));
    QCOMPARE(described(difference.fields), QStringList());
    QTEST(difference.typeOnly, "typeOnly");
    QTEST(difference.labels, "labels");
    QTEST(difference.reordered, "reordered");
    const auto shown = compareValues(a.root(), b.root(), rulesFrom(rules), {.showTypes = true});
    QCOMPARE(shown.size(), difference.typeOnly);
    for (const FieldChange &field : shown)
        QCOMPARE(field.kind, FieldKind::Type);
}

void TestCompareValues::exact_data()
{
    QTest::addColumn<QByteArray>("before");
    QTest::addColumn<QByteArray>("after");
    QTest::addColumn<QStringList>("expected");
    QTest::newRow("types are strict") << QByteArray(R"({"a":"30"})") << QByteArray(R"({"a":30})")
                                      << QStringList{QStringLiteral(R"(modified /a "30" -> 30)")};
    QTest::newRow("numbers are texts") << QByteArray("[1.0]") << QByteArray("[1]") << QStringList{QStringLiteral("modified /0 1.0 -> 1")};
    QTest::newRow("arrays are ordered") << QByteArray(R"({"u":[1,2]})") << QByteArray(R"({"u":[2,1]})")
                                        << QStringList{QStringLiteral("moved /u/1 from /u/0 1 -> 1")};
    QTest::newRow("labels count") << QByteArray(R"({"l":1})") << QByteArray(R"({"l":2})")
                                  << QStringList{QStringLiteral("modified /l 1 -> 2")};
    QTest::newRow("member order still does not") << QByteArray(R"({"a":1,"b":2})") << QByteArray(R"({"b":2,"a":1})") << QStringList();
}

void TestCompareValues::exact()
{
    QFETCH(QByteArray, before);
    QFETCH(QByteArray, after);
    QFETCH(QStringList, expected);
    const auto a = parsed(before), b = parsed(after);
    QCOMPARE(described(compareValues(a.root(), b.root(), rulesFrom(QStringLiteral("unordered=u;labels=l")), {.exact = true})), expected);
}

void TestCompareValues::secrets_data()
{
    QTest::addColumn<QString>("before");
    QTest::addColumn<QString>("after");
    QTest::addColumn<int>("changes");
    QTest::addColumn<int>("foreign");
    const QString one = QStringLiteral("secret:0a1b2c3d:aaaaaaaaaaaaaaaaaaaaaaaa"),
                  other = QStringLiteral("secret:0a1b2c3d:bbbbbbbbbbbbbbbbbbbbbbbb");
    const QString foreign = QStringLiteral("secret:ffffffff:aaaaaaaaaaaaaaaaaaaaaaaa");
    QTest::newRow("the same secret") << one << one << 0 << 0;
    QTest::newRow("a changed secret under one key is a change") << one << other << 1 << 0;
    QTest::newRow("under another key nobody can tell") << one << foreign << 0 << 1;
    QTest::newRow("inside a longer text, too") << QString(u"Bearer " + one + u" x") << QString(u"Bearer " + foreign + u" x") << 0 << 1;
    QTest::newRow("but a change around it is a change") << QString(u"Bearer " + one) << QString(u"Basic " + foreign) << 1 << 0;
    QTest::newRow("one of two under the same key has changed") << QString(one + u' ' + one) << QString(foreign + u' ' + other) << 1 << 0;
    QTest::newRow("a secret in place of a plain value is a change") << QStringLiteral("plain") << foreign << 1 << 0;
    QTest::newRow("an escaped literal is no fingerprint") << QString(u"literal:" + one) << QString(u"literal:" + foreign) << 1 << 0;
    QTest::newRow("too short a hash is no fingerprint") << one.chopped(1) << foreign.chopped(1) << 1 << 0;
}

void TestCompareValues::secrets()
{
    QFETCH(QString, before);
    QFETCH(QString, after);
    const auto text = [](const QString &value) -> QByteArray { return "{\"o\":1,\"p\":[{\"k\":\"" + value.toUtf8() + "\"}]}"; };
    const auto a = parsed(text(before)), b = parsed(text(after));
    const ValueDifference difference = differenceOf(a.root(), b.root(), rulesFrom(QStringLiteral("unordered=p")));
    QTEST(int(difference.fields.size()), "changes");
    QTEST(int(difference.foreignSecrets.size()), "foreign");
}

/// Elements of long lists are laid out one by one and closed again: a second hash, with fingerprints alike, must see what is in them.
void TestCompareValues::secretsOfAnotherKeyInALongList()
{
    const auto list = [](const char *key, int without) {
        QByteArray text = "[";
        for (int i = 0; i < 300; ++i) {
            if (i != without)
                text += (text.size() > 1 ? ",{\"a\":" : "{\"a\":") + QByteArray::number(i) + ",\"b\":{\"c\":" + QByteArray::number(i * 7)
                    + ",\"d\":\"x\"},\"e\":[1,2,3],\"f\":1,\"g\":2,\"k\":\"secret:" + key + ":aaaaaaaaaaaaaaaaaaaaaaaa\"}";
        }
        return QByteArray(text + "]");
    };
    const auto a = parsed(list("0a1b2c3d", -1)), b = parsed(list("ffffffff", 5));
    for (const qsizetype largestWhole : {qsizetype(1'000'000), qsizetype(100)}) {
        Options options;
        options.largestWhole = largestWhole;
        const ValueDifference difference = differenceOf(a.root(), b.root(), rulesFrom(QString()), options);
        QCOMPARE(difference.fields.size(), 1);
        QCOMPARE(difference.fields.constFirst().kind, FieldKind::Removed);
        QCOMPARE(difference.foreignSecrets.size(), 299);
    }
}

void TestCompareValues::hostile_data()
{
    QTest::addColumn<QByteArray>("before");
    QTest::addColumn<QByteArray>("after");
    QTest::addColumn<QString>("rules");
    QTest::addColumn<int>("atMost");
    const auto list = [](int count, const std::function<QByteArray(int)> &item) {
        QByteArray text = "[";
        for (int i = 0; i < count; ++i)
            text += (i ? "," : "") + item(i);
        return QByteArray(text + "]");
    };
    const auto nested = [](int depth, const char *core) { return QByteArray(QByteArray(depth, '[') + core + QByteArray(depth, ']')); };
    QTest::newRow("arrays 90,000 deep") << nested(90'000, "1") << nested(90'000, "1") << QString() << 0;
    QTest::newRow("arrays 2,000 deep with another core") << nested(2000, "1") << nested(2000, "2") << QStringLiteral("unordered=**") << 2;
    QTest::newRow("10,000 scalars, reversed and unordered")
        << list(10'000, [](int i) { return QByteArray::number(i); }) << list(10'000, [](int i) { return QByteArray::number(9'999 - i); })
        << QStringLiteral("unordered=**") << 0;
    QTest::newRow("10,000 scalars, reversed and ordered")
        << list(10'000, [](int i) { return QByteArray::number(i); }) << list(10'000, [](int i) { return QByteArray::number(9'999 - i); })
        << QString() << 10'000;
    QTest::newRow("10,000 objects, each changed, no identity")
        << list(10'000, [](int i) { return QByteArray("{\"n\":" + QByteArray::number(i) + ",\"v\":1}"); })
        << list(10'000, [](int i) { return QByteArray("{\"n\":" + QByteArray::number(i) + ",\"v\":2}"); }) << QString() << 20'000;
    QTest::newRow("10,000 objects, each changed, with ids, one in front")
        << list(10'000, [](int i) { return QByteArray("{\"id\":" + QByteArray::number(i) + ",\"v\":1}"); })
        << list(10'001, [](int i) { return QByteArray("{\"id\":" + QByteArray::number(i - 1) + ",\"v\":2}"); }) << QString() << 10'001;
    QTest::newRow("10,000 equal identities")
        << QByteArray("{\"g\":" + list(10'000, [](int i) { return QByteArray("{\"id\":1,\"v\":" + QByteArray::number(i) + "}"); }) + "}")
        << QByteArray("{\"g\":" + list(10'000, [](int i) { return QByteArray("{\"id\":1,\"v\":" + QByteArray::number(i + 1) + "}"); })
                      + "}")
        << QStringLiteral("unordered=g;identity=g:id") << 1;
    QTest::newRow("two symbols 10,000 times, shuffled")
        << list(10'000, [](int i) { return QByteArray::number(i * i % 7 % 2); })
        << list(10'000, [](int i) { return QByteArray::number(i * 3 % 11 % 2); }) << QString() << 20'000;
    QTest::newRow("numbers of one digit string and 10,000 exponents")
        << list(10'000, [](int i) { return QByteArray("1e" + QByteArray::number(i)); })
        << list(10'000, [](int i) { return QByteArray("1e" + QByteArray::number(9'999 - i)); }) << QStringLiteral("unordered=**") << 0;
    QTest::newRow("exponents nobody can compute")
        << QByteArray("[1e99999999999999999999]") << QByteArray("[10e99999999999999999998]") << QString() << 0;
}

void TestCompareValues::hostile()
{
    QFETCH(QByteArray, before);
    QFETCH(QByteArray, after);
    QFETCH(QString, rules);
    QFETCH(int, atMost);
    const auto a = parsed(before), b = parsed(after);
    QElapsedTimer timer;
    timer.start();
    const auto fields = compareValues(a.root(), b.root(), rulesFrom(rules));
    QVERIFY2(fields.size() <= atMost, qPrintable(QString::number(fields.size())));
    QVERIFY2(timer.elapsed() < 3000, qPrintable(QString::number(timer.elapsed()))); // quadratic would be minutes
}

void TestCompareValues::missingSides()
{
    const auto a = parsed("{\"x\":1}");
    QCOMPARE(described(compareValues({}, a.root(), {})), QStringList{QStringLiteral("added  -> {\"x\":1}")});
    QCOMPARE(described(compareValues(a.root(), {}, {})), QStringList{QStringLiteral("removed  {\"x\":1}")});
    QCOMPARE(compareValues({}, {}, {}).size(), 0);
}

QTEST_GUILESS_MAIN(TestCompareValues)
#include "tst_comparevalues.moc"
