#include "json/equality.h"
#include "json/value.h"

#include <QTest>

using namespace Orgtrace;
using namespace Orgtrace::Json;

namespace {
std::string_view sv(const QByteArray &bytes)
{
    return {bytes.constData(), static_cast<size_t>(bytes.size())};
}
} // namespace

/// What counts as the same: exact decimals, types that differ alone, whole documents.
class TestJsonEquality : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void decimals_data();
    void decimals();
    void hugeExponentsCostNothing();
    void scalars_data();
    void scalars();
    void identity_data();
    void identity();
};

void TestJsonEquality::decimals_data()
{
    QTest::addColumn<QByteArray>("left");
    QTest::addColumn<QByteArray>("right");
    QTest::addColumn<bool>("same");
    const auto row = [](const char *name, const char *left, const char *right, bool same) {
        QTest::newRow(name) << QByteArray(left) << QByteArray(right) << same;
    };
    row("1.0 is 1", "1.0", "1", true);
    row("1e2 is 100", "1e2", "100", true);
    row("0.01e4 is 100", "0.01e4", "100", true);
    row("12.50 is 1.25e1", "12.50", "1.25E+1", true);
    row("minus zero is zero", "-0", "0.000e99", true);
    row("sign counts", "-1", "1", false);
    row("close doubles differ", "0.1", "0.1000000000000000055511151231257827", false);
    row("integers above 2^53 differ", "9007199254740993", "9007199254740992", false);
    row("leading zero is no number", "01", "1", false);
    row("hexadecimal is no number", "0x1", "1", false);
    row("blank around is no number", " 1", "1", false);
    row("plus is no number", "+1", "1", false);
    row("a point needs digits", "1.", "1", false);
    row("an exponent needs digits", "1e", "1", false);
    row("empty is no number", "", "", false);
    row("exponents beyond any machine word are exact", "1e99999999999999999999", "10e99999999999999999998", true);
    row("exponents beyond any machine word that differ by one", "1e99999999999999999999", "1e99999999999999999998", false);
    row("a carry through all nines", "0.1e100000000000000000000", "1e99999999999999999999", true);
    row("a borrow through all zeros of a negative exponent", "10e-100000000000000000000", "1e-99999999999999999999", true);
    row("a growing negative exponent", "0.01e-99999999999999999999", "1e-100000000000000000001", true);
    row("leading zeros of the exponent do not count", "1e0000000000000000000000002", "100", true);
    row("negative zero exponent", "5e-0", "5", true);
}

void TestJsonEquality::decimals()
{
    QFETCH(QByteArray, left);
    QFETCH(QByteArray, right);
    QFETCH(bool, same);
    QCOMPARE(sameDecimal(sv(left), sv(right)), same);
    QCOMPARE(sameDecimal(sv(right), sv(left)), same);
}

void TestJsonEquality::hugeExponentsCostNothing()
{
    QVERIFY(!sameDecimal("1e999999999", "1e999999998"));
    QVERIFY(sameDecimal("1e999999999", "10e999999998"));
    const QByteArray zeros = "1" + QByteArray(1'000'000, '0');
    QVERIFY(sameDecimal(sv(zeros), "1e1000000"));
    const QByteArray fraction = "0." + QByteArray(1'000'000, '0') + "1";
    QVERIFY(sameDecimal(sv(fraction), "1e-1000001"));
}

void TestJsonEquality::scalars_data()
{
    QTest::addColumn<QByteArray>("pair");
    QTest::addColumn<bool>("isText");
    QTest::addColumn<int>("relation");
    constexpr int same = static_cast<int>(Relation::Same);
    constexpr int typeOnly = static_cast<int>(Relation::TypeOnly);
    constexpr int different = static_cast<int>(Relation::Different);
    QTest::newRow("a string of digits and the number") << QByteArray(R"(["30",30])") << false << typeOnly;
    QTest::newRow("number and string the other way round") << QByteArray(R"([30.0,"30"])") << false << typeOnly;
    QTest::newRow("two texts of one number") << QByteArray("[1.0,1]") << false << typeOnly;
    QTest::newRow("the same number text") << QByteArray("[1.0,1.0]") << false << same;
    QTest::newRow("a text field keeps types apart") << QByteArray(R"(["30",30])") << true << different;
    QTest::newRow("a text field keeps characters apart") << QByteArray("[1.0,1]") << true << different;
    QTest::newRow("leading zeros are no number") << QByteArray(R"(["030",30])") << false << different;
    QTest::newRow("two strings are compared as strings") << QByteArray(R"(["1.0","1"])") << false << different;
    QTest::newRow("true and its word") << QByteArray(R"([true,"true"])") << false << different;
    QTest::newRow("true and one") << QByteArray("[true,1]") << false << different;
    QTest::newRow("null and the empty string") << QByteArray(R"([null,""])") << false << different;
    QTest::newRow("null and zero") << QByteArray("[null,0]") << false << different;
    QTest::newRow("null and null") << QByteArray("[null,null]") << false << same;
    QTest::newRow("true and false") << QByteArray("[true,false]") << false << different;
    QTest::newRow("two empty arrays") << QByteArray("[[],[]]") << false << same;
    QTest::newRow("array and object") << QByteArray("[[],{}]") << false << different;
}

void TestJsonEquality::scalars()
{
    QFETCH(QByteArray, pair);
    QFETCH(bool, isText);
    QFETCH(int, relation);
    const auto document = parse(sv(pair));
    QVERIFY(document.has_value());
    QCOMPARE(static_cast<int>(compareScalars(document->root().at(0), document->root().at(1), isText)), relation);
    QCOMPARE(static_cast<int>(compareScalars(document->root().at(1), document->root().at(0), isText)), relation);
}

void TestJsonEquality::identity_data()
{
    QTest::addColumn<QByteArray>("left");
    QTest::addColumn<QByteArray>("right");
    QTest::addColumn<bool>("same");
    QTest::newRow("member order does not matter")
        << QByteArray(R"({"a":1,"b":[{"c":2,"d":3}]})") << QByteArray(R"({"b":[{"d":3,"c":2}],"a":1})") << true;
    QTest::newRow("array order matters") << QByteArray("[1,2]") << QByteArray("[2,1]") << false;
    QTest::newRow("number text matters") << QByteArray("[1.0]") << QByteArray("[1]") << false;
    QTest::newRow("a missing member matters") << QByteArray(R"({"a":1})") << QByteArray(R"({"a":1,"b":2})") << false;
    QTest::newRow("another name matters") << QByteArray(R"({"a":1})") << QByteArray(R"({"b":1})") << false;
    QTest::newRow("a longer array differs") << QByteArray("[1]") << QByteArray("[1,1]") << false;
    QTest::newRow("true is not false") << QByteArray("true") << QByteArray("false") << false;
}

void TestJsonEquality::identity()
{
    QFETCH(QByteArray, left);
    QFETCH(QByteArray, right);
    QFETCH(bool, same);
    const auto a = parse(sv(left));
    const auto b = parse(sv(right));
    QCOMPARE(identical(a->root(), b->root()), same);
    QCOMPARE(identical(b->root(), a->root()), same);
    QVERIFY(!identical(a->root(), Value()));
    QVERIFY(identical(Value(), Value()));
}

QTEST_GUILESS_MAIN(TestJsonEquality)
#include "tst_jsonequality.moc"
