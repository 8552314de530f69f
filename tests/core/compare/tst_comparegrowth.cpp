#include "comparing.h"

#include "compare/formats.h"
#include "compare/intraline.h"
#include "compare/jsonpatch.h"
#include "compare/sidebyside.h"
#include "json/canonical.h"

#include <QTest>

#include <ctime>

using namespace Orgtrace;
using namespace Orgtrace::Compare;

/// No text, however made, costs more than in proportion to its length. Each row doubles an input four times and bounds how much longer that takes, in time of
/// this thread on the processor, so that neighbours on the machine do not count: 16 where it is linear, 256 where it is quadratic.
class TestCompareGrowth : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void growsLikeItsInput_data();
    void growsLikeItsInput();
};

namespace {

using Work = std::function<void()>;
using Make = std::function<Work(int size)>;

constexpr double MostGrowth = 40;

double seconds(const Work &work)
{
    double best = 1e9;
    for (int i = 0; i < 3; ++i) {
        timespec from{}, to{};
        ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &from);
        work();
        ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &to);
        best = std::min(best, double(to.tv_sec - from.tv_sec) + double(to.tv_nsec - from.tv_nsec) / 1e9);
    }
    return best;
}

QByteArray array(int count, const std::function<QByteArray(int)> &element)
{
    QByteArray out = "[";
    for (int i = 0; i < count; ++i) {
        out += i ? "," : "";
        out += element(i);
    }
    return out + ']';
}

QByteArray number(qint64 value)
{
    return QByteArray::number(value);
}

/// Compares two texts that are made once.
Make comparing(const std::function<QByteArray(int)> &before, const std::function<QByteArray(int)> &after, const QString &rules = {})
{
    return [=](int size) -> Work {
        const auto a = std::make_shared<Json::Document>(parsed(before(size))), b = std::make_shared<Json::Document>(parsed(after(size)));
        return [=] { (void)compareValues(a->root(), b->root(), rulesFrom(rules)); };
    };
}

/// Two texts in canonical form, given to something else.
Make over(const std::function<QByteArray(int)> &before, const std::function<QByteArray(int)> &after,
          const std::function<void(const QByteArray &, const QByteArray &)> &use)
{
    return [=](int size) -> Work {
        const QByteArray a = Json::canonicalText(parsed(before(size)).root()), b = Json::canonicalText(parsed(after(size)).root());
        return [=] { use(a, b); };
    };
}

void patch(const QByteArray &a, const QByteArray &b)
{
    const Json::Document before = parsed(a), after = parsed(b);
    const auto operations = jsonPatch(compareValues(before.root(), after.root(), {}), a, b);
    if (!operations)
        qFatal("no patch");
}

} // namespace

void TestCompareGrowth::growsLikeItsInput_data()
{
    QTest::addColumn<Make>("make");
    QTest::addColumn<int>("size");
    const auto row = [](const char *name, int size, const Make &make) { QTest::newRow(name) << make << size; };

    const auto same = [](int n) { return array(n, [](int) { return QByteArray("7"); }); };
    const auto sameTwice = [](int n) { return array(n * 2, [](int) { return QByteArray("7"); }); };
    const auto sameObject = [](int n) { return array(n, [](int) { return QByteArray(R"({"a":[1,2]})"); }); };
    const auto sameObjectTwice = [](int n) { return array(n * 2, [](int) { return QByteArray(R"({"a":[1,2]})"); }); };
    const auto counting = [](int from) { return [=](int n) { return array(n, [=](int i) { return number(i + qint64(from) * n); }); }; };
    const auto backwards = [](int n) { return array(n, [=](int i) { return number(n - i); }); };
    const auto objects = [](const char *version) {
        return [=](int n) { return array(n, [=](int i) { return QByteArray(R"({"n":)" + number(i) + R"(,"v":)" + version + '}'); }); };
    };
    const auto withId = [](const char *version, bool reversed) {
        return [=](int n) {
            return array(n,
                         [=](int i) { return QByteArray(R"({"id":"x)" + number(reversed ? n - 1 - i : i) + R"(","v":)" + version + '}'); });
        };
    };
    const auto oneId = [](const char *version) {
        return
            [=](int n) { return array(n, [=](int i) { return QByteArray(R"({"id":"x","v":)" + QByteArray(version) + number(i) + '}'); }); };
    };
    const auto members = [](int step, const char *version) {
        return [=](int n) {
            QByteArray out = "{\"z\":0";
            for (int i = 0; i < n; ++i)
                out += ",\"m" + number(qint64(i) * step) + "\":" + version;
            return QByteArray(out + '}');
        };
    };
    const auto membersReversed = [](const char *version) {
        return [=](int n) {
            QByteArray out = "{\"z\":0";
            for (int i = n; i-- > 0;)
                out += ",\"m" + number(i) + "\":" + version;
            return QByteArray(out + '}');
        };
    };
    const auto namesReversed = [](const char *version) {
        return [=](int n) {
            return array(n, [=](int i) { return QByteArray(R"({"v":)" + QByteArray(version) + R"(,"id":"x)" + number(i) + R"("})"); });
        };
    };
    const auto chains = [](const char *heart, int depth = 100) {
        return [=](int n) {
            return array(n, [=](int i) {
                return QByteArray(QByteArray(R"({"a":[)").repeated(depth) + number(i) + ',' + heart + QByteArray("]}").repeated(depth));
            });
        };
    };
    const auto smallArrays = [](int shift) {
        return [=](int n) {
            return array(n, [=](int i) {
                return array(
                    8, [=](int k) { return QByteArray(R"({"p":)" + number(i * 8 + k) + R"(,"q":)" + number(k + shift) + R"(,"r":1})"); });
            });
        };
    };
    const auto longString = [](const char *piece) { return [=](int n) { return QByteArray('"' + QByteArray(piece).repeated(n) + '"'); }; };
    const auto words = [](const char *word) {
        return [=](int n) {
            QByteArray out(1, '"');
            for (int i = 0; i < n; ++i)
                out += word + number(i) + ' ';
            return QByteArray(out + '"');
        };
    };
    const auto longNames = [](int n) {
        return array(8, [=](int i) { return QByteArray(R"({"id":")" + QByteArray("y").repeated(n) + number(i) + R"("})"); });
    };

    row("all elements equal, half of them gone", 4000, comparing(sameTwice, same));
    row("the same where order means nothing", 4000, comparing(sameTwice, same, QStringLiteral("unordered=**")));
    row("equal objects, more of them", 2000, comparing(sameObject, sameObjectTwice));
    row("all scalars different", 4000, comparing(counting(0), counting(1)));
    row("the same where order means nothing, too", 4000, comparing(counting(0), counting(1), QStringLiteral("unordered=**")));
    row("reversed scalars", 4000, comparing(counting(0), backwards));
    row("objects without identity, all changed", 1500, comparing(objects("1"), objects("2")));
    row("objects without identity, all changed, unordered", 1500, comparing(objects("1"), objects("2"), QStringLiteral("unordered=**")));
    row("objects without identity, nothing in common", 1500, comparing(objects("1"), sameObject));
    row("objects with ids, reversed", 1500, comparing(withId("1", false), withId("1", true)));
    row("declared ids, reversed and changed", 1500, comparing(withId("1", false), withId("2", true), QStringLiteral("identity=**:id")));
    row("one id for all", 1500, comparing(oneId("1"), oneId("2"), QStringLiteral("identity=**:id")));
    row("one id for all, nobody declared it", 1500, comparing(oneId("1"), oneId("2")));
    row("one object of many members, all changed", 2000, comparing(members(1, "1"), members(1, "2")));
    row("one object of many members, half of them others", 2000, comparing(members(2, "1"), members(3, "1")));
    row("deep chains that differ at their heart", 20, comparing(chains("1"), chains("2")));
    row("chains of 1,000 levels that differ at their heart", 4, comparing(chains("1", 500), chains("2", 500)));
    row("chains of 1,000 levels, unordered", 4, comparing(chains("1", 500), chains("2", 500), QStringLiteral("unordered=**")));
    row("chains of 1,000 levels that are the same", 4, comparing(chains("1", 500), chains("1", 500)));
    row("one object of 100,000 members, reversed", 6250, comparing(members(1, "1"), membersReversed("1")));
    row("one object of 100,000 members, reversed and changed", 6250, comparing(members(1, "1"), membersReversed("2")));
    row("members in another order", 3000, comparing(withId("1", false), namesReversed("1"), QStringLiteral("identity=**:id")));
    row("members in another order, nobody declared an id", 3000, comparing(withId("1", false), namesReversed("1")));
    row("members in another order and changed", 1500,
        comparing(withId("1", false), namesReversed("2"), QStringLiteral("identity=**:id; unordered=**")));
    row("a string of 1 MB, each word another", 4000, comparing(words("anotherword"), words("someword")));
    row("many small arrays of things that are alike", 200, comparing(smallArrays(0), smallArrays(1)));
    row("many small unordered arrays of things that are alike", 200,
        comparing(smallArrays(0), smallArrays(1), QStringLiteral("unordered=**")));
    row("one long string", 60'000, comparing(longString("ab "), longString("ac ")));
    row("long digits", 60'000, comparing(longString("1"), longString("2")));
    row("long names", 60'000, comparing(longNames, longNames, QStringLiteral("identity=**:id; unordered=**")));

    row("a patch of one object of many members", 500, over(members(2, "1"), members(3, "2"), patch));
    row("a patch of elements put in front", 500,
        over(counting(1), [=](int n) { return array(2 * n, [](int i) { return number(i); }); }, patch));
    row("a patch of reversed objects", 300, over(withId("1", false), withId("1", true), patch));
    const auto unified
        = [](const QByteArray &a, const QByteArray &b) { (void)unifiedDiff(a, b, QStringLiteral("a"), QStringLiteral("b")); };
    row("a unified diff of lines that all differ", 2000, over(counting(0), counting(1), unified));
    row("a unified diff of equal lines", 2000, over(sameTwice, same, unified));
    row("a unified diff of reversed lines", 2000, over(counting(0), backwards, unified));
    const auto rows = [](const QByteArray &a, const QByteArray &b) { (void)sideBySide(a, b); };
    row("rows of lines that all differ", 1000, over(counting(0), counting(1), rows));
    row("rows of objects all changed", 500, over(objects("1"), objects("2"), rows));
    row("rows of one long line", 60'000, over(longString("ab "), longString("ac "), rows));
    row("rows of a string of 1 MB, each word another", 4000, over(words("anotherword"), words("someword"), rows));
    row("a unified diff of a string of 1 MB, each word another", 4000, over(words("anotherword"), words("someword"), unified));
    row("marks in a string of 1 MB, each word another", 4000,
        over(words("anotherword"), words("someword"), [](const QByteArray &a, const QByteArray &b) {
            AlignBudget budget;
            (void)markLine(QString::fromLatin1(a), QString::fromLatin1(b), budget);
        }));
    row("marks in one long line of words", 30'000, over(longString("ab "), longString("ac "), [](const QByteArray &a, const QByteArray &b) {
            AlignBudget budget;
            (void)markLine(QString::fromLatin1(a), QString::fromLatin1(b), budget);
        }));
    row("marks in one long line of signs", 30'000, over(longString("+-"), longString("-+*"), [](const QByteArray &a, const QByteArray &b) {
            AlignBudget budget;
            (void)markLine(QString::fromLatin1(a), QString::fromLatin1(b), budget);
        }));
}

void TestCompareGrowth::growsLikeItsInput()
{
    QFETCH(Make, make);
    QFETCH(int, size);
    QList<double> growths;
    for (int attempt = 0; attempt < 3; ++attempt) { // a busy machine spoils caches: the best of three
        const double small = std::max(seconds(make(size)), 5e-4);
        double large = 0;
        for (int doubled = 1; doubled <= 4; ++doubled)
            large = std::max(large, seconds(make(size << doubled)));
        growths.append(large / small);
        if (qEnvironmentVariableIsSet("ORGTRACE_TEST_TIMES"))
            qInfo("%s: %.1f ms, %.1f ms, growth %.1f", QTest::currentDataTag(), small * 1e3, large * 1e3, large / small);
        if (growths.last() <= MostGrowth)
            return;
    }
    QFAIL(qPrintable(QStringLiteral("16 times the input took %1 times as long").arg(*std::ranges::min_element(growths))));
}

QTEST_GUILESS_MAIN(TestCompareGrowth)
#include "tst_comparegrowth.moc"
