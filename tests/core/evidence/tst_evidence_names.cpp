#include "evidencefixture.h"

using namespace Orgtrace;
using namespace Orgtrace::Evidence;

class TestNames : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void names_data()
    {
        QTest::addColumn<QString>("id");
        QTest::addColumn<QByteArray>("name");
        QTest::newRow("a plain id stays") << "a-B_9" << QByteArray("a-B_9");
        QTest::newRow("a settings object") << "" << QByteArray("_");
        QTest::newRow("an id of one underscore is another") << "_" << QByteArray("%5F");
        QTest::newRow("no way out of the folder") << "../../etc/passwd" << QByteArray("%2E%2E%2F%2E%2E%2Fetc%2Fpasswd");
        QTest::newRow("no .git") << ".git" << QByteArray("%2Egit");
        QTest::newRow("a percent sign") << "%41" << QByteArray("%2541");
        QTest::newRow("a tilde never looks like a hash") << "a~b" << QByteArray("a%7Eb");
        QTest::newRow("umlauts as UTF-8") << QStringLiteral("ü") << QByteArray("%C3%BC");
        QTest::newRow("a lone surrogate keeps its own bytes") << QString(QChar(char16_t(0xd83d))) << QByteArray("%ED%A0%BD");
        QTest::newRow("a pair is one character") << QStringLiteral("\U0001F600") << QByteArray("%F0%9F%98%80");
        QTest::newRow("a zero") << QString(QChar(char16_t(0))) << QByteArray("%00");
        QTest::newRow("two hundred bytes fit") << QString(200, u'x') << QByteArray(200, 'x');
        QTest::newRow("more are cut and hashed")
            << QString(201, u'x') << QByteArray(QByteArray(135, 'x') + '~' + sha256(std::string(201, 'x')).toHex());
        QTest::newRow("never through an escape")
            << QString(5000, u'/') << QByteArray(QByteArray("%2F").repeated(45) + '~' + sha256(std::string(5000, '/')).toHex());
    }
    void names()
    {
        QFETCH(QString, id);
        QFETCH(QByteArray, name);
        QCOMPARE(entityFileName(id), name);
        QVERIFY(name.size() <= 200);
        if (name.contains('~'))
            QVERIFY(!idFromFileName(name));
        else
            QCOMPARE(idFromFileName(name), std::optional(id));
    }

    void brokenNamesLeadNowhere_data()
    {
        QTest::addColumn<QByteArray>("name");
        for (const char *name : {"", "%", "%4", "%zz", "%2e", "a.b", "a/b", "a b", "x~y"})
            QTest::newRow(qPrintable(QStringLiteral("\"%1\"").arg(QString::fromLatin1(name)))) << QByteArray(name);
    }
    void brokenNamesLeadNowhere()
    {
        QFETCH(QByteArray, name);
        QVERIFY(!idFromFileName(name));
    }

    void manifestComesBack()
    {
        Manifest manifest = testManifest();
        manifest.identityGrants = "{\n  \"a\": 1.0\n}\n";
        manifest.clientId = QStringLiteral("c");
        LedgerRow row = testRow(QStringLiteral("users"), LedgerState::NotOffered);
        row.announced = 12;
        row.observedIn = QStringLiteral("abc");
        row.clockOffsetMs = -7;
        row.quarantined = {{QStringLiteral("x"), QStringLiteral("why"), QStringLiteral("00")}};
        row.failedParents = {QStringLiteral("p")};
        row.longIds = {{QStringLiteral("n~1"), QString(QChar(char16_t(0xd800)))}};
        manifest.ledger = {row, testRow(QStringLiteral("zones"))};
        const QByteArray json = manifest.toJson();
        const auto read = Manifest::fromJson(json);
        VERIFY_RESULT(read);
        QCOMPARE(read->toJson(), json);
        QCOMPARE(read->ledger.size(), 2);
        const LedgerRow *users = read->row(QStringLiteral("users"));
        QVERIFY(users && users->state == LedgerState::NotOffered && users->announced == 12 && users->clockOffsetMs == -7);
        QCOMPARE(users->longIds, row.longIds);
        QCOMPARE(users->failedParents, row.failedParents);
        QCOMPARE(read->identityGrants, manifest.identityGrants);
        QCOMPARE(read->finishedUtc, manifest.finishedUtc);
        QVERIFY(!read->row(QStringLiteral("nobody")));
    }

    void brokenManifests_data()
    {
        QTest::addColumn<QByteArray>("json");
        QTest::addColumn<ErrorCode>("code");
        QTest::newRow("nothing") << QByteArray() << ErrorCode::Integrity;
        QTest::newRow("not JSON") << QByteArray("{") << ErrorCode::Integrity;
        QTest::newRow("no version") << QByteArray("{\"domains\":{}}") << ErrorCode::Integrity;
        QTest::newRow("a newer version") << QByteArray("{\"schema_version\":2,\"domains\":{}}") << ErrorCode::NewerFormat;
        QTest::newRow("no domains") << QByteArray("{\"schema_version\":1}") << ErrorCode::Integrity;
        QTest::newRow("an unknown state") << QByteArray("{\"schema_version\":1,\"domains\":{\"a\":{\"state\":\"fine\"}}}")
                                          << ErrorCode::Integrity;
        QTest::newRow("a row that is none") << QByteArray("{\"schema_version\":1,\"domains\":{\"a\":7}}") << ErrorCode::Integrity;
    }
    void brokenManifests()
    {
        QFETCH(QByteArray, json);
        QFETCH(ErrorCode, code);
        const auto read = Manifest::fromJson(json);
        QVERIFY(!read);
        QCOMPARE(errorCodeName(read.error().code), errorCodeName(code));
    }
};

QTEST_GUILESS_MAIN(TestNames)
#include "tst_evidence_names.moc"
