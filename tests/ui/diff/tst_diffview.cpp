#include "diffsample.h"

#include "diff/diffview.h"
#include "diff/findbar.h"
#include "diff/jsonhighlighter.h"
#include "diff/overviewruler.h"
#include "theme/theme.h"

#include <QClipboard>
#include <QElapsedTimer>
#include <QGuiApplication>
#include <QScrollBar>
#include <QSignalSpy>
#include <QTest>

#include <algorithm>
#include <cstring>

using namespace Orgtrace;
using namespace Orgtrace::Ui;
using namespace Qt::StringLiterals;

class TestDiffView : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void highlighting_data();
    void highlighting();
    void keyboardWalksAndUnfolds();
    void copiesAreRealText();
    void nextAndPreviousVisitEveryChange();
    void findCountsAndGoes();
    void saysTheCurrentLineInWords();
    void hostileTextPaints_data();
    void hostileTextPaints();
    void scrollingAHundredThousandLinesStaysInTheFrame();
};

void TestDiffView::initTestCase()
{
    Theme::apply(Theme::Scheme::Light);
}

void TestDiffView::highlighting_data()
{
    QTest::addColumn<QString>("line");
    QTest::addColumn<QString>("expected");
    QTest::newRow("member with text") << u"  \"a\": \"b\","_s << u"Key \"a\" String \"b\""_s;
    QTest::newRow("number") << u"  \"a\": -1.5e3"_s << u"Key \"a\" Number -1.5e3"_s;
    QTest::newRow("word") << u"  \"a\": true,"_s << u"Key \"a\" Word true"_s;
    QTest::newRow("text of an array is a value, not a key") << u"    \"a\","_s << u"String \"a\""_s;
    QTest::newRow("null of an array") << u"    null"_s << u"Word null"_s;
    QTest::newRow("brackets are plain") << u"  },"_s << u""_s;
    QTest::newRow("escapes belong to the text") << u"  \"a\": \"b\\n\\u0041\""_s << u"Key \"a\" String \"b\\n\\u0041\""_s;
}

void TestDiffView::highlighting()
{
    QFETCH(QString, line);
    JsonHighlighter highlighter;
    QVERIFY(highlighter.isValid());
    QStringList out;
    JsonHighlighter::Token last = JsonHighlighter::Token::Other;
    for (const JsonHighlighter::Piece &piece : highlighter.highlight(line)) {
        const QString text = line.sliced(piece.start, piece.length).trimmed();
        if (piece.token == JsonHighlighter::Token::Other || text.isEmpty()) {
            continue;
        }
        if (piece.token == last) {
            out.last() += text;
            continue;
        }
        last = piece.token;
        const char *const names[] = {"Key", "String", "Number", "Word", "Error", "Other"};
        out.append(QString::fromLatin1(names[int(piece.token)]) + u' ' + text);
    }
    QTEST(out.join(u' '), "expected");
}

void TestDiffView::keyboardWalksAndUnfolds()
{
    DiffView view;
    view.resize(800, 400);
    view.setDocument(DiffSample::pictured(u"~==========~"_s));
    QSignalSpy moved(&view, &DiffView::itemsChanged);
    for (int i = 0; i < 4; ++i) {
        QTest::keyClick(&view, Qt::Key_Down);
    }
    QCOMPARE(view.currentRow(), 4); // the fold
    QVERIFY(view.currentLineInWords().contains(u"4 unchanged lines"));
    QTest::keyClick(&view, Qt::Key_Return);
    QCOMPARE(moved.count(), 1);
    QVERIFY(!view.folded().hasFolds());
    QCOMPARE(view.currentRow(), 4);
    QTest::keyClick(&view, Qt::Key_End, Qt::ControlModifier);
    QCOMPARE(view.currentRow(), 11);
    QTest::keyClick(&view, Qt::Key_Down);
    QCOMPARE(view.currentRow(), 11);
    QTest::keyClick(&view, Qt::Key_Home, Qt::ControlModifier);
    QCOMPARE(view.currentRow(), 0);
}

void TestDiffView::copiesAreRealText()
{
    DiffView view;
    view.resize(900, 600);
    view.setDocument(makeDocument(DiffSample::oldText(), DiffSample::newText(), DiffSample::names()));
    // The whole of either side comes back as it is, ids unshortened, fillers and folds and chips left out.
    for (const Side side : {Side::Left, Side::Right}) {
        view.setSelection(side, {0, 0}, {0, 0});
        QTest::keyClick(&view, Qt::Key_A, Qt::ControlModifier);
        QTest::keyClick(&view, Qt::Key_C, Qt::ControlModifier);
        const QByteArray whole = side == Side::Left ? DiffSample::oldText() : DiffSample::newText();
        QCOMPARE(QGuiApplication::clipboard()->text(), QString::fromUtf8(whole).chopped(1));
    }
    int added = 0;
    while (added < view.document()->rows.size() && !view.document()->rowText(added, Side::Right).contains(u"67fe1b2c")) {
        ++added;
    }
    QVERIFY(added < view.document()->rows.size());
    view.setSelection(Side::Right, {added, 0}, {added, 0});
    view.copyValue();
    QCOMPARE(QGuiApplication::clipboard()->text(), u"\"67fe1b2c-0d0e-4f10-9121-314151614702\""_s);
    view.copyPath();
    QCOMPARE(QGuiApplication::clipboard()->text(), u"/grants/0/roleId"_s);
    view.setPatchSource([] { return QByteArray("[]\n"); });
    view.copyPatch();
    QCOMPARE(QGuiApplication::clipboard()->text(), u"[]\n"_s);
}

void TestDiffView::nextAndPreviousVisitEveryChange()
{
    DiffView view;
    view.resize(800, 300);
    view.setDocument(DiffSample::pictured(u"==========~=========+=========-"_s));
    QCOMPARE(view.changeCount(), 3);
    QCOMPARE(view.currentChange(), -1);
    QList<int> seen;
    for (int i = 0; i < 4; ++i) {
        QTest::keyClick(&view, Qt::Key_N);
        seen.append(view.currentRow());
    }
    QCOMPARE(seen, (QList<int>{10, 20, 30, 30}));
    QTest::keyClick(&view, Qt::Key_P);
    QCOMPARE(view.currentRow(), 20);
    QTest::keyClick(&view, Qt::Key_F8, Qt::ShiftModifier);
    QCOMPARE(view.currentRow(), 10);
    QVERIFY(view.goToPointer(u"/k0"_s) || true); // fragments without an outer brace have no pointers: must not crash
}

void TestDiffView::findCountsAndGoes()
{
    DiffView view;
    view.resize(800, 300);
    view.setDocument(makeDocument(DiffSample::oldText(), DiffSample::newText(), DiffSample::names()));
    FindBar bar(view);
    QSignalSpy searched(&bar, &FindBar::searched);
    bar.setText(u"seasonal"_s);
    QTRY_COMPARE(searched.count(), 1);
    QCOMPARE(bar.count(), 3); // description on both sides, one tag
    const int first = bar.current();
    bar.next();
    QCOMPARE(bar.current(), (first + 1) % 3);
    bar.previous();
    bar.previous();
    QCOMPARE(bar.current(), (first + 2) % 3);
    bar.setText(u"not there"_s);
    QTRY_COMPARE(searched.count(), 2);
    QCOMPARE(bar.count(), 0);
    bar.next(); // nothing to go to
}

void TestDiffView::saysTheCurrentLineInWords()
{
    DiffView view;
    view.setDocument(DiffSample::pictured(u"~+-="_s));
    QStringList said;
    for (int row = 0; row < 4; ++row) {
        view.goToRow(row);
        said.append(view.accessibleDescription().section(u',', 0, 0));
    }
    QCOMPARE(said, (QStringList{u"Changed"_s, u"Added"_s, u"Removed"_s, u"Unchanged"_s}));
    view.setMessage(u"Nothing"_s, u"Choose"_s);
    QCOMPARE(view.currentRow(), -1);
    QVERIFY(view.accessibleDescription().contains(u"Choose"));
}

void TestDiffView::hostileTextPaints_data()
{
    QTest::addColumn<QByteArray>("value");
    QTest::newRow("five million characters without a blank") << QByteArray(5'000'000, 'W');
    QTest::newRow("right-to-left override and Arabic") << QByteArray("\u202E\u0645\u0631\u062D\u0628\u0627 admin");
    QTest::newRow("a lone surrogate") << QByteArray("\\ud800");
    QTest::newRow("a tower of combining marks") << QByteArray("\u0301").repeated(5000);
    QTest::newRow("emoji joined by zero width joiners") << QByteArray("👩‍👩‍👧‍👦").repeated(50);
}

void TestDiffView::hostileTextPaints()
{
    QFETCH(QByteArray, value);
    const QByteArray old = "{\n  \"a\": \"x\",\n  \"b\": 1\n}\n";
    const QByteArray now = "{\n  \"a\": \"" + value + "\",\n  \"b\": 2\n}\n";
    DiffView view;
    view.resize(900, 300);
    view.setHighlighter(std::make_shared<JsonHighlighter>());
    view.setDocument(makeDocument(old, now, {}));
    QImage image(view.size(), QImage::Format_ARGB32_Premultiplied);
    view.render(&image);
    // One row a line, whatever stands in it.
    QCOMPARE(view.folded().count(), view.document()->rows.size());
    view.goToRow(1);
    QTest::keyClick(&view, Qt::Key_End);
    QTest::keyClick(&view, Qt::Key_Left);
    QTest::keyClick(&view, Qt::Key_Right, Qt::ShiftModifier);
    view.render(&image);
    QVERIFY(view.horizontalScrollBar()->maximum() < 100'000);
    view.setSelection(Side::Right, {1, 0}, {1, 1'000'000});
    QCOMPARE(view.selectedText().toUtf8(), now.split('\n')[1]);
}

void TestDiffView::scrollingAHundredThousandLinesStaysInTheFrame()
{
    // Changes all over, so that nothing folds; ids with names, so that chips are laid out.
    QByteArray old = "[\n", now = "[\n";
    for (int i = 0; i < 50'000; ++i) {
        const QByteArray number = QByteArray::number(i);
        const QByteArray id = "\"c1f7aa00-1111-4222-8333-444455559e0" + QByteArray::number(i % 10) + "\"";
        old += "  \"old text of entry " + number + "\",\n  " + id + ",\n";
        now += "  \"new text of entry " + number + "\",\n  " + id + ",\n";
    }
    old += "  0\n]\n";
    now += "  0\n]\n";
    DiffView view;
    view.resize(1440, 900);
    view.setHighlighter(std::make_shared<JsonHighlighter>());
    view.setDocument(makeDocument(old, now, DiffSample::names()));
    QVERIFY(view.folded().count() >= 100'000);
    QImage image(view.viewport()->size(), QImage::Format_ARGB32_Premultiplied);
    view.viewport()->render(&image); // fonts are loaded once
    QList<double> frames;
    QScrollBar *bar = view.verticalScrollBar();
    for (int i = 0; i < 60; ++i) {
        QElapsedTimer timer;
        timer.start();
        // Each frame somewhere else: nothing is in the cache.
        bar->setValue(int(qint64(bar->maximum()) * ((i * 37) % 60) / 60));
        view.viewport()->render(&image);
        frames.append(double(timer.nsecsElapsed()) / 1e6);
    }
    std::ranges::sort(frames);
    qInfo("frame: median %.2f ms, worst %.2f ms, rows on screen %d", frames[30], frames.last(),
          view.viewport()->height() / view.rowHeight());
    // The median says what a frame costs; a busy machine may hit a single one.
    QVERIFY2(frames[30] < 16, qPrintable(QString::number(frames[30])));
}

QTEST_MAIN(TestDiffView)
#include "tst_diffview.moc"
