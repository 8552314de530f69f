#include "compare/sidebyside.h"

#include <QElapsedTimer>
#include <QRandomGenerator>
#include <QTest>

using namespace Orgtrace::Compare;

namespace {

/// "  =|a|a", "  ~|old|new", "  -|gone|", "  +||come": how a test reads rows. Marks are put in brackets.
QStringList drawn(const SideBySide &out)
{
    const auto marked = [](const QString &text, const QList<Mark> &marks) {
        QString line = text;
        for (qsizetype i = marks.size(); i-- > 0;) {
            line.insert(marks[i].start + marks[i].length, u']');
            line.insert(marks[i].start, u'[');
        }
        return line;
    };
    QStringList lines;
    for (const Row &row : out.rows) {
        const QChar sign = row.kind == RowKind::Same ? u'='
            : row.kind == RowKind::Changed           ? u'~'
            : row.kind == RowKind::Removed           ? u'-'
                                                     : u'+';
        lines.append(sign + u'|' + marked(row.left, row.leftMarks) + u'|' + marked(row.right, row.rightMarks));
    }
    return lines;
}

/// What must hold for any two texts.
void checkInvariants(const SideBySide &out, const QByteArray &oldText, const QByteArray &newText)
{
    const auto lines = [](const QByteArray &text) {
        QList<QByteArray> list = text.split('\n');
        if (!list.isEmpty() && list.last().isEmpty())
            list.removeLast();
        return list;
    };
    const QList<QByteArray> mine = lines(oldText), theirs = lines(newText);
    int left = 0, right = 0;
    QList<int> starts;
    bool changing = false;
    for (int at = 0; at < out.rows.size(); ++at) {
        const Row &row = out.rows[at];
        QCOMPARE(row.leftLine == 0, row.kind == RowKind::Added);
        QCOMPARE(row.rightLine == 0, row.kind == RowKind::Removed);
        if (row.leftLine) {
            QCOMPARE(row.leftLine, ++left);
            QCOMPARE(row.left, QString::fromUtf8(mine[left - 1]));
        }
        if (row.rightLine) {
            QCOMPARE(row.rightLine, ++right);
            QCOMPARE(row.right, QString::fromUtf8(theirs[right - 1]));
        }
        if (row.kind == RowKind::Same)
            QCOMPARE(row.left, row.right);
        if (row.kind == RowKind::Changed)
            QVERIFY(row.left != row.right && !(row.leftMarks.isEmpty() && row.rightMarks.isEmpty()));
        for (const auto &[marks, text] : {std::pair(row.leftMarks, row.left), std::pair(row.rightMarks, row.right)}) {
            int end = -1;
            for (const Mark &mark : marks) {
                QVERIFY(mark.start > end && mark.length > 0 && mark.start + mark.length <= text.size());
                end = mark.start + mark.length;
                QVERIFY(!(mark.start > 0 && text[mark.start].isLowSurrogate() && text[mark.start - 1].isHighSurrogate()));
                QVERIFY(!(end < text.size() && text[end].isLowSurrogate() && text[end - 1].isHighSurrogate()));
            }
        }
        if (row.kind != RowKind::Same && !changing)
            starts.append(at);
        changing = row.kind != RowKind::Same;
    }
    QCOMPARE(left, mine.size());
    QCOMPARE(right, theirs.size());
    QCOMPARE(out.changeStarts, starts);
}

} // namespace

class TestSideBySide : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void rows_data();
    void rows();
    void randomTexts();
    void longLines();
    void large_data();
    void large();
    void pointers();
    void pointersOfOddText();
};

void TestSideBySide::rows_data()
{
    QTest::addColumn<QByteArray>("before");
    QTest::addColumn<QByteArray>("after");
    QTest::addColumn<QStringList>("expected");
    const auto row = [](const char *name, const char *before, const char *after, const QList<const char *> &expected) {
        QStringList lines;
        for (const char *line : expected)
            lines.append(QString::fromUtf8(line));
        QTest::newRow(name) << QByteArray(before) << QByteArray(after) << lines;
    };
    row("two empty texts have no rows", "", "", {});
    row("an empty text against lines", "", "a\nb\n", {"+||a", "+||b"});
    row("lines against an empty text", "a\n", "", {"-|a|"});
    row("equal texts", "a\nb\n", "a\nb\n", {"=|a|a", "=|b|b"});
    row("a missing final line feed is no line", "a\nb", "a\nb\n", {"=|a|a", "=|b|b"});
    row("the changed word is marked", "{\n  \"name\": \"Old desk\"\n}\n", "{\n  \"name\": \"New desk\"\n}\n",
        {"={|{", "~|  \"name\": \"[Old] desk\"|  \"name\": \"[New] desk\"", "=|}|}"});
    row("a number is one word", "  \"n\": 130,\n", "  \"n\": 135,\n", {"~|  \"n\": [130],|  \"n\": [135],"});
    row("a surrogate pair is never split", "\"\xF0\x9F\x98\x80\"\n", "\"\xF0\x9F\x98\x81\"\n",
        {"~|\"[\xF0\x9F\x98\x80]\"|\"[\xF0\x9F\x98\x81]\""});
    row("only an insertion marks one side", "\"a b\"\n", "\"a x b\"\n", {"~|\"a b\"|\"a [x ]b\""});
    row("members are paired with themselves, not with their neighbours", "  \"alpha\": 1,\n  \"beta\": 2,\n",
        "  \"beta\": 3,\n  \"gamma\": 4,\n", {"-|  \"alpha\": 1,|", "~|  \"beta\": [2],|  \"beta\": [3],", "+||  \"gamma\": 4,"});
    row("an inserted element begins with its bracket", "[\n  {\n    \"id\": 1\n  },\n  {\n    \"id\": 3\n  }\n]\n",
        "[\n  {\n    \"id\": 1\n  },\n  {\n    \"id\": 2\n  },\n  {\n    \"id\": 3\n  }\n]\n",
        {"=|[|[", "=|  {|  {", "=|    \"id\": 1|    \"id\": 1", "=|  },|  },", "+||  {", "+||    \"id\": 2", "+||  },", "=|  {|  {",
         "=|    \"id\": 3|    \"id\": 3", "=|  }|  }", "=|]|]"});
    row("a removed element, too", "[\n  {\n    \"id\": 1\n  },\n  {\n    \"id\": 2\n  },\n  {\n    \"id\": 3\n  }\n]\n",
        "[\n  {\n    \"id\": 1\n  },\n  {\n    \"id\": 3\n  }\n]\n",
        {"=|[|[", "=|  {|  {", "=|    \"id\": 1|    \"id\": 1", "=|  },|  },", "-|  {|", "-|    \"id\": 2|", "-|  },|", "=|  {|  {",
         "=|    \"id\": 3|    \"id\": 3", "=|  }|  }", "=|]|]"});
}

void TestSideBySide::rows()
{
    QFETCH(QByteArray, before);
    QFETCH(QByteArray, after);
    QFETCH(QStringList, expected);
    for (QString &line : expected) {
        if (line == QLatin1StringView("={|{"))
            line = QStringLiteral("=|{|{");
    }
    const SideBySide out = sideBySide(before, after);
    QCOMPARE(drawn(out), expected);
    checkInvariants(out, before, after);
    QVERIFY(!out.tooLarge);
}

void TestSideBySide::randomTexts()
{
    QRandomGenerator dice(20261001);
    for (int round = 0; round < 300; ++round) {
        const int letters = 2 + int(dice.bounded(12));
        const auto text = [&](int lines) {
            QByteArray out;
            for (int i = 0; i < lines; ++i)
                out += QByteArray(int(dice.bounded(4)), ' ') + "\"k" + QByteArray::number(dice.bounded(letters))
                    + "\": " + QByteArray::number(dice.bounded(letters)) + '\n';
            return out;
        };
        const QByteArray before = text(int(dice.bounded(40)));
        QList<QByteArray> lines = before.split('\n');
        for (int edit = int(dice.bounded(6)); edit > 0 && !lines.isEmpty(); --edit) {
            const qsizetype at = dice.bounded(int(lines.size()));
            if (dice.bounded(2))
                lines.removeAt(at);
            else
                lines.insert(at, text(1).trimmed());
        }
        QByteArray after = round % 3 ? lines.join('\n') : text(int(dice.bounded(40)));
        const SideBySide out = sideBySide(before, after);
        checkInvariants(out, before, after);
        if (QTest::currentTestFailed()) {
            qWarning().noquote() << "texts were\n" << before << "and\n" << after;
            return;
        }
        // Swapping the sides swaps the kinds, whatever else.
        const SideBySide back = sideBySide(after, before);
        const auto count = [](const SideBySide &rows, RowKind kind) { return std::ranges::count(rows.rows, kind, &Row::kind); };
        QCOMPARE(count(out, RowKind::Same), count(back, RowKind::Same));
    }
}

void TestSideBySide::longLines()
{
    const QByteArray same(5000, 'x');
    const SideBySide beyond = sideBySide("\"" + same + "a\"\n", "\"" + same + "b\"\n");
    QCOMPARE(beyond.rows.size(), 1);
    QCOMPARE(beyond.rows[0].kind, RowKind::Changed);
    QVERIFY(beyond.rows[0].left.size() <= 2001 && beyond.rows[0].left.endsWith(u'…'));
    QCOMPARE(beyond.rows[0].leftMarks, (QList<Mark>{{2000, 1}})); // it differs where nobody sees it
    QByteArray faces = "x";
    for (int i = 0; i < 3000; ++i)
        faces += "\xF0\x9F\x98\x80";
    const QString cut = sideBySide(faces, {}).rows[0].left;
    QVERIFY(cut.size() <= 2001 && cut.endsWith(u'…') && cut[cut.size() - 2].isLowSurrogate());
}

void TestSideBySide::large_data()
{
    QTest::addColumn<QByteArray>("before");
    QTest::addColumn<QByteArray>("after");
    const auto text = [](int lines, const std::function<QByteArray(int)> &line) {
        QByteArray out;
        for (int i = 0; i < lines; ++i)
            out += line(i) + '\n';
        return out;
    };
    const auto number = [](int i) { return QByteArray("  \"member" + QByteArray::number(i) + "\": " + QByteArray::number(i * 7)); };
    QTest::newRow("100,000 lines, each 1,000th changed")
        << text(100'000, number) << text(100'000, [&](int i) { return i % 1000 ? number(i) : QByteArray("  changed"); });
    QTest::newRow("100,000 lines, nothing in common")
        << text(100'000, number) << text(100'000, [](int i) { return QByteArray("  other " + QByteArray::number(i)); });
    QTest::newRow("100,000 lines, each changed a little")
        << text(100'000, number) << text(100'000, [&](int i) { return QByteArray(number(i) + "1"); });
    QTest::newRow("100,000 lines, reversed") << text(100'000, number) << text(100'000, [&](int i) { return number(99'999 - i); });
    QTest::newRow("100,000 lines of two kinds") << text(100'000, [](int i) { return QByteArray(qint64(i) * i % 7 % 2 ? "}" : "{"); })
                                                << text(100'000, [](int i) { return QByteArray(i * 5 % 11 % 3 ? "}" : "{"); });
    QTest::newRow("one line of 5 MB") << QByteArray(5'000'000, 'a') << QByteArray(5'000'000, 'b');
    QTest::newRow("a line of 500,000 words against its reverse") << text(1, [](int) { return QByteArray("a b ").repeated(250'000); })
                                                                 << text(1, [](int) { return QByteArray("b a ").repeated(250'000); });
    QTest::newRow("2,000 long changed lines") << text(2000, [](int i) {
        return QByteArray("a b c d ").repeated(250) + QByteArray::number(i);
    }) << text(2000, [](int i) { return QByteArray("d c b a ").repeated(250) + QByteArray::number(-i); });
}

void TestSideBySide::large()
{
    QFETCH(QByteArray, before);
    QFETCH(QByteArray, after);
    QElapsedTimer timer;
    timer.start();
    const SideBySide out = sideBySide(before, after);
    const qint64 took = timer.elapsed();
    qInfo() << QTest::currentDataTag() << took << "ms" << out.rows.size() << "rows";
    QVERIFY(!out.tooLarge);
    QVERIFY2(took < 3000, qPrintable(QString::number(took))); // quadratic would be minutes; the bench holds the real figure
}

void TestSideBySide::pointers()
{
    const QByteArray text = "{\n" // 1
                            "  \"a/b\": {\n" // 2
                            "    \"~x\\\"\\u0001\": 1,\n" // 3
                            "    \"y\": []\n" // 4
                            "  },\n" // 5
                            "  \"list\": [\n" // 6
                            "    1,\n" // 7
                            "    {\n" // 8
                            "      \"k\": \"a: {\"\n" // 9
                            "    },\n" // 10
                            "    [\n" // 11
                            "      \"}\"\n" // 12
                            "    ]\n" // 13
                            "  ],\n" // 14
                            "  \"z\": {}\n" // 15
                            "}\n"; // 16
    const QList<std::pair<int, QString>> expected{{1, {}},
                                                  {2, QStringLiteral("/a~1b")},
                                                  {3, QString(QStringLiteral("/a~1b/~0x\"") + QChar(1))},
                                                  {4, QStringLiteral("/a~1b/y")},
                                                  {6, QStringLiteral("/list")},
                                                  {7, QStringLiteral("/list/0")},
                                                  {8, QStringLiteral("/list/1")},
                                                  {9, QStringLiteral("/list/1/k")},
                                                  {11, QStringLiteral("/list/2")},
                                                  {12, QStringLiteral("/list/2/0")},
                                                  {15, QStringLiteral("/z")}};
    for (const auto &[line, pointer] : expected) {
        QCOMPARE(pointerOfLine(text, line), pointer);
        QCOMPARE(lineOfPointer(text, pointer), line);
    }
    for (const auto &[line, pointer] : QList<std::pair<int, QString>>{
             {5, QStringLiteral("/a~1b")}, {10, QStringLiteral("/list/1")}, {14, QStringLiteral("/list")}, {16, {}}})
        QCOMPARE(pointerOfLine(text, line), pointer); // a closing bracket belongs to what it closes
    for (const char *nowhere : {"/nope", "/list/3", "/list/00", "/list/1/k/0", "/a~1b/y/0", "list", "/"})
        QCOMPARE(lineOfPointer(text, QString::fromLatin1(nowhere)), 0);
    QCOMPARE(pointerOfLine(text, 0), QString());
    QCOMPARE(pointerOfLine(text, 99), QString());
}

void TestSideBySide::pointersOfOddText()
{
    for (const char *odd : {"", "\n\n", "}}}}\n]]]\n", "\"", "\"a\\", "{\n{\n{\n", "\"a\": \n", "[\n]\n]\n1\n2\n"}) {
        for (int line = -1; line < 8; ++line)
            (void)pointerOfLine(odd, line);
        (void)lineOfPointer(odd, QStringLiteral("/a/0"));
    }
    QCOMPARE(lineOfPointer("1\n", QString()), 1);
}

QTEST_GUILESS_MAIN(TestSideBySide)
#include "tst_sidebyside.moc"
