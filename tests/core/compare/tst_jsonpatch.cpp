#include "compare/jsonpatch.h"

#include <QTest>

using namespace Orgtrace;
using namespace Orgtrace::Compare;
using namespace Qt::StringLiterals;

namespace {

/// "~ /a 1 2", "+ /a 2", "- /a 1", "> /a /b": one field a line.
QList<FieldChange> fieldsOf(const QString &text)
{
    QList<FieldChange> fields;
    for (const QString &line : text.split(u'\n', Qt::SkipEmptyParts)) {
        const QStringList parts = line.split(u' ');
        FieldChange field;
        field.pointer = parts[1];
        switch (parts[0][0].unicode()) {
        case '+':
            field.kind = FieldKind::Added;
            field.newText = parts[2].toUtf8();
            break;
        case '-':
            field.kind = FieldKind::Removed;
            field.oldText = parts[2].toUtf8();
            break;
        case '>':
            field.kind = FieldKind::Moved;
            field.movedFrom = parts[2];
            break;
        default: field.oldText = parts[2].toUtf8(); field.newText = parts[3].toUtf8();
        }
        fields.append(field);
    }
    return fields;
}

QByteArray patchText(const QList<FieldChange> &fields, const QByteArray &oldText, const QByteArray &newText)
{
    const Result<Json::Node> patch = jsonPatch(fields, oldText, newText);
    return patch ? patch->canonicalText() : QByteArray();
}

} // namespace

class TestJsonPatch : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void leadsToTheNewText_data();
    void leadsToTheNewText();
    void exactOperations();
    void refusesAnotherText();
    void hostile();
};

void TestJsonPatch::leadsToTheNewText_data()
{
    QTest::addColumn<QByteArray>("old");
    QTest::addColumn<QByteArray>("now");
    QTest::addColumn<QString>("fields");
    using B = QByteArray;
    QTest::newRow("one value") << B("{\"a\":1}") << B("{\"a\":2}") << u"~ /a 1 2"_s;
    QTest::newRow("a member added, another removed") << B("{\"a\":1}") << B("{\"b\":2}") << u"+ /b 2\n- /a 1"_s;
    QTest::newRow("removals from the back, whatever their order in the list") << B("[0,1,2,3]") << B("[0,3]") << u"- /1 1\n- /2 2"_s;
    QTest::newRow("ten is behind two") << B("[0,1,2,3,4,5,6,7,8,9,10]") << B("[0,1,3,4,5,6,7,8,9]") << u"- /2 2\n- /10 10"_s;
    QTest::newRow("additions at their place in the new text") << B("[1,3]") << B("[0,1,2,3,4]") << u"+ /4 4\n+ /0 0\n+ /2 2"_s;
    QTest::newRow("a change inside an element that moved up by an addition")
        << B("[{\"a\":1}]") << B("[{\"z\":0},{\"a\":2}]") << u"+ /0 {\"z\":0}\n~ /1/a 1 2"_s;
    QTest::newRow("removed and changed in one array") << B("[5,{\"a\":1}]") << B("[{\"a\":2}]") << u"- /0 5\n~ /0/a 1 2"_s;
    QTest::newRow("escaped names") << B("{\"a/b\":1,\"c~d\":1}") << B("{\"a/b\":2,\"c~d\":2}") << u"~ /a~1b 1 2\n~ /c~0d 1 2"_s;
    QTest::newRow("fields that say too little: by structure") << B("{\"a\":1,\"b\":1}") << B("{\"a\":2,\"b\":2}") << u"~ /a 1 2"_s;
    QTest::newRow("an array in another order: by structure") << B("[1,2]") << B("[2,1]") << u"> /0 /1"_s;
    QTest::newRow("fields of another text: by structure") << B("{\"a\":1}") << B("{\"a\":2}") << u"~ /a 7 2"_s;
    QTest::newRow("numbers keep their text") << B("{\"a\":1.0}") << B("{\"a\":1.00}") << u"~ /a 1.0 1.00"_s;
    QTest::newRow("more elements, fewer, other ones, and no fields") << B("[1,2,3,[4,5],6]") << B("[1,[4],7,8,9,6]") << u""_s;
    QTest::newRow("another kind of value") << B("{\"a\":[1]}") << B("{\"a\":{\"0\":1}}") << u""_s;
    QTest::newRow("added as a whole") << B() << B("{\"a\":1}") << u""_s;
    QTest::newRow("removed as a whole") << B("{\"a\":1}") << B() << u""_s;
}

void TestJsonPatch::leadsToTheNewText()
{
    QFETCH(QByteArray, old);
    QFETCH(QByteArray, now);
    QFETCH(QString, fields);
    const QByteArray patch = patchText(fieldsOf(fields), old, now);
    QVERIFY(!patch.isEmpty());
    const std::optional<QByteArray> reached = applyJsonPatch(old, patch);
    QVERIFY2(reached, patch.constData());
    QCOMPARE(reached->simplified().replace(" ", ""), now);
    QCOMPARE(patch.contains("\"test\""), patch.contains("\"remove\"") || patch.contains("\"replace\"")); // guarded
    QVERIFY2(!patch.contains("\"op\": \"replace\",\n    \"path\": \"\""), patch.constData()); // never the whole
}

void TestJsonPatch::exactOperations()
{
    QCOMPARE(patchText(fieldsOf(u"~ /a 1 2"_s), "{\"a\":1}", "{\"a\":2}"),
             QByteArray("[\n  {\n    \"op\": \"test\",\n    \"path\": \"/a\",\n    \"value\": 1\n  },\n"
                        "  {\n    \"op\": \"replace\",\n    \"path\": \"/a\",\n    \"value\": 2\n  }\n]\n"));
}

void TestJsonPatch::refusesAnotherText()
{
    const QByteArray patch = patchText(fieldsOf(u"~ /a 1 2"_s), "{\"a\":1}", "{\"a\":2}");
    QVERIFY(!applyJsonPatch("{\"a\":3}", patch));
    QVERIFY(!applyJsonPatch("{\"b\":1}", patch));
    QVERIFY(!applyJsonPatch("[1]", patch));
}

void TestJsonPatch::hostile()
{
    QCOMPARE(jsonPatch({}, "not json", "{}").error().code, ErrorCode::MalformedJson);
    QCOMPARE(patchText({}, {}, {}), "[]\n");
    QVERIFY(!applyJsonPatch("{}", "{}"));
    QVERIFY(!applyJsonPatch("[]", "[{\"op\":\"remove\",\"path\":\"/99999999999999999999\"}]"));
    QVERIFY(!applyJsonPatch("[1]", "[{\"op\":\"remove\",\"path\":\"/00\"}]"));
    QVERIFY(!applyJsonPatch("[1]", "[{\"op\":\"remove\",\"path\":\"no slash\"}]"));
    FieldChange broken;
    broken.pointer = u"/a"_s;
    broken.oldText = QByteArray("{");
    QVERIFY(applyJsonPatch("{\"a\":1}", patchText({broken}, "{\"a\":1}", "{\"a\":2}")));
}

QTEST_GUILESS_MAIN(TestJsonPatch)
#include "tst_jsonpatch.moc"
