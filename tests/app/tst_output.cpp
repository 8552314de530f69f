#include "orgtracectl/output.h"

#include "base/digest.h"
#include "json/value.h"

#include <QTest>

using namespace Orgtrace;
using namespace Qt::StringLiterals;

class TestOutput : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void jsonIsSafeForATerminal_data();
    void jsonIsSafeForATerminal();
};

void TestOutput::jsonIsSafeForATerminal_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QByteArray>("printed");
    QTest::newRow("plain text stays") << u"Größe 数 \U0001F600"_s << u"Größe 数 \U0001F600"_s.toUtf8();
    QTest::newRow("a C1 control that begins a terminal's command") << QString(QChar(0x9b)) + u"31m"_s << QByteArray("\\u009b31m");
    QTest::newRow("delete") << QString(QChar(0x7f)) << QByteArray("\\u007f");
    QTest::newRow("text turned about") << u"a"_s + QChar(0x202e) + u"b"_s + QChar(0x2066) << QByteArray("a\\u202eb\\u2066");
    QTest::newRow("marks of direction") << QString(QChar(0x61c)) + QChar(0x200f) << QByteArray("\\u061c\\u200f");
    QTest::newRow("line and paragraph separators, byte order mark")
        << QString(QChar(0x2028)) + QChar(0x2029) + QChar(0xfeff) << QByteArray("\\u2028\\u2029\\ufeff");
    QTest::newRow("at the end, beside its neighbours") << u"ÿ"_s + QChar(0x9f) + u" "_s << QByteArray("ÿ\\u009f ");
}

void TestOutput::jsonIsSafeForATerminal()
{
    QFETCH(QString, text);
    QFETCH(QByteArray, printed);
    const QByteArray json = Ctl::safeJson(QByteArray("{\"a\":\"" + text.toUtf8() + "\"}"));
    QCOMPARE(json, QByteArray("{\"a\":\"" + printed + "\"}"));
    const auto read = Json::parse(view(json));
    QVERIFY(read);
    QCOMPARE(read->root()["a"].toQString(), text); // the same to whoever reads JSON
}

QTEST_GUILESS_MAIN(TestOutput)
#include "tst_output.moc"
