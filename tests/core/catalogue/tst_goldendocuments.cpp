#include "base/digest.h"
#include "catalogue/normaliser.h"

#include <QDir>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace Orgtrace;

namespace {
QString folder()
{
    return QStringLiteral(ORGTRACE_TEST_DATA "/golden/documents/v1");
}

QByteArray read(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}
} // namespace

/// The form in which schema version 1 keeps entities and signals, letter by letter: tests/data/golden/documents/v1/<case>/{rules.toml, raw.json, text.json, signal.json}.
/// These files are fixed. Where a change of the program makes other documents of the same answers, every entity of every store would look changed: that wants
/// a new schema version that begins a baseline (core/evidence/schema.cpp, docs/formats/store.md) and a folder of its own beside this one.
class TestGoldenDocuments : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void version1_data()
    {
        QTest::addColumn<QString>("name");
        for (const auto cases = QDir(folder()).entryList(QDir::Dirs | QDir::NoDotAndDotDot, QDir::Name); const QString &name : cases)
            QTest::newRow(qPrintable(name)) << name;
    }
    void version1()
    {
        QFETCH(QString, name);
        const QString at = folder() + u'/' + name + u'/';
        const auto catalogue = Catalogue::Catalogue::load({{u"rules.toml"_s, read(at + u"rules.toml"_s)}});
        QVERIFY2(catalogue, catalogue ? "" : qPrintable(catalogue.error().detail));
        const auto redactor = Redaction::Redactor::builtIn(Redaction::Fingerprinter(QByteArray(32, 'k')));
        const QByteArray raw = read(at + u"raw.json"_s);
        const auto document = Json::parse(view(raw));
        QVERIFY2(document, document ? "" : qPrintable(document.error().detail));
        const Catalogue::DomainRules &rules = catalogue->domains().first();
        Catalogue::Normaliser normaliser(rules, *redactor);
        const auto entity
            = rules.identity.isEmpty() ? normaliser.normalise(document->root(), QString()) : normaliser.normalise(document->root());
        QVERIFY2(entity, entity ? "" : qPrintable(entity.error().detail));
        QCOMPARE(entity->text, read(at + u"text.json"_s));
        QCOMPARE(entity->signal, read(at + u"signal.json"_s));
        QCOMPARE(entity->sha256, sha256(view(entity->text)));
    }
    void thereAreCases() { QVERIFY(QDir(folder()).entryList(QDir::Dirs | QDir::NoDotAndDotDot).size() >= 3); }
};

QTEST_GUILESS_MAIN(TestGoldenDocuments)
#include "tst_goldendocuments.moc"
