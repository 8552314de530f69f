#include "evidencefixture.h"

#include <QRandomGenerator>

using namespace Orgtrace;
using namespace Orgtrace::Evidence;

class TestSigner : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void sshKeygenAccepts()
    {
        const Signer signer = testSigner();
        QTemporaryDir folder;
        const QByteArray message = "tree 1\n\nmessage\n";
        const auto put = [&](const char *name, const QByteArray &bytes) {
            QFile file(folder.filePath(QString::fromLatin1(name)));
            return file.open(QIODevice::WriteOnly) && file.write(bytes) == bytes.size();
        };
        QVERIFY(put("allowed", "writer@orgtrace.invalid namespaces=\"git\" " + signer.publicKeyLine() + "\n"));
        QVERIFY(put("sig", signer.sign(view(message))));
        QVERIFY(put("key.pub", signer.publicKeyLine() + "\n"));
        const auto run = [&](const QString &principal, const QByteArray &input) {
            QProcess process;
            process.start(QStringLiteral("ssh-keygen"),
                          {QStringLiteral("-Y"), QStringLiteral("verify"), QStringLiteral("-f"), folder.filePath(QStringLiteral("allowed")),
                           QStringLiteral("-I"), principal, QStringLiteral("-n"), QStringLiteral("git"), QStringLiteral("-s"),
                           folder.filePath(QStringLiteral("sig"))});
            process.write(input);
            process.closeWriteChannel();
            process.waitForFinished();
            return process.exitCode();
        };
        QCOMPARE(run(QStringLiteral("writer@orgtrace.invalid"), message), 0);
        QVERIFY(run(QStringLiteral("writer@orgtrace.invalid"), message + "x") != 0);
        QVERIFY(run(QStringLiteral("stranger"), message) != 0);
        QProcess print;
        print.start(QStringLiteral("ssh-keygen"), {QStringLiteral("-l"), QStringLiteral("-f"), folder.filePath(QStringLiteral("key.pub"))});
        print.waitForFinished();
        QVERIFY(QString::fromUtf8(print.readAll()).contains(signer.fingerprint()));
    }

    void sshKeygensOwnSignatureIsAccepted()
    {
        QTemporaryDir folder;
        const QString key = folder.filePath(QStringLiteral("id"));
        QCOMPARE(QProcess::execute(QStringLiteral("ssh-keygen"),
                                   {QStringLiteral("-q"), QStringLiteral("-t"), QStringLiteral("ed25519"), QStringLiteral("-N"), QString(),
                                    QStringLiteral("-f"), key}),
                 0);
        QFile message(folder.filePath(QStringLiteral("m")));
        QVERIFY(message.open(QIODevice::WriteOnly) && message.write("hello") == 5);
        message.close();
        QCOMPARE(QProcess::execute(QStringLiteral("ssh-keygen"),
                                   {QStringLiteral("-q"), QStringLiteral("-Y"), QStringLiteral("sign"), QStringLiteral("-f"), key,
                                    QStringLiteral("-n"), QStringLiteral("git"), message.fileName()}),
                 0);
        QFile signature(message.fileName() + QStringLiteral(".sig")), publicKey(key + QStringLiteral(".pub"));
        QVERIFY(signature.open(QIODevice::ReadOnly) && publicKey.open(QIODevice::ReadOnly));
        const auto principal = verifySignature("hello", signature.readAll(), "someone " + publicKey.readAll());
        VERIFY_RESULT(principal);
        QCOMPARE(principal->principals, QStringList{QStringLiteral("someone")});
    }

    void allowedSigners_data()
    {
        QTest::addColumn<QByteArray>("line"); // KEY stands for the key
        QTest::addColumn<QString>("principal");
        const QDateTime none;
        const auto row = [](const char *name, const char *line, const char *principal) {
            QTest::newRow(name) << QByteArray(line) << QString::fromLatin1(principal);
        };
        row("a plain line allows everything", "a@b KEY", "a@b");
        row("the first principal is the name", "a@b,c@d KEY comment here", "a@b");
        row("for git", "a namespaces=\"git\" KEY", "a");
        row("for git among others", "a namespaces=\"file,git\" KEY", "a");
        row("by a pattern", "a namespaces=\"g*\" KEY", "a");
        row("a pattern with one character", "a namespaces=\"g?t\" KEY", "a");
        row("for files only", "a namespaces=\"file\" KEY", "");
        row("for all but git", "a namespaces=\"*,!git\" KEY", "");
        row("valid then", "a valid-after=\"20260101Z\",valid-before=\"20270101Z\" KEY", "a");
        row("not valid yet", "a valid-after=\"20261231Z\" KEY", "");
        row("no longer valid", "a valid-before=\"20260930235959Z\" KEY", "");
        row("a broken date allows nobody", "a valid-after=\"soon\" KEY", "");
        row("a month of 13 allows nobody", "a valid-after=\"20261301Z\" KEY", "");
        row("an unknown option allows nobody", "a wings=\"two\" KEY", "");
        row("a certificate authority is no signer", "a cert-authority KEY", "");
        row("a comment is no line", "# a KEY", "");
        row("no key is no line", "a ssh-ed25519", "");
        row("a later line counts", "x namespaces=\"file\" KEY\ny KEY", "y");
        row("nothing allows nobody", "", "");
    }
    void allowedSigners()
    {
        QFETCH(QByteArray, line);
        QFETCH(QString, principal);
        const Signer signer = testSigner();
        line.replace("KEY", signer.publicKeyLine());
        const auto verified = verifySignature("message", signer.sign("message"), line, testTime());
        if (principal.isEmpty()) {
            QVERIFY(!verified);
            QCOMPARE(verified.error().code, ErrorCode::Integrity);
        } else {
            VERIFY_RESULT(verified);
            QCOMPARE(verified->principals.first(), principal);
            QCOMPARE(verified->fingerprint, signer.fingerprint());
        }
    }

    void strangersAndForgeriesAreRefused()
    {
        const Signer signer = testSigner(), stranger = testSigner('x');
        const QByteArray allowed = "a " + signer.publicKeyLine();
        QVERIFY(verifySignature("m", signer.sign("m"), allowed));
        QVERIFY(!verifySignature("m", stranger.sign("m"), allowed));
        QVERIFY(!verifySignature("M", signer.sign("m"), allowed));
        QVERIFY(!verifySignature("m", {}, allowed));
        QVERIFY(!verifySignature("m", "-----BEGIN SSH SIGNATURE-----\n-----END SSH SIGNATURE-----\n", allowed));
        QCOMPARE(Signer::fromSeed("short").error().code, ErrorCode::BadInput);
    }

    void everyFlippedBitIsNoticed()
    {
        const Signer signer = testSigner();
        const QByteArray allowed = "a " + signer.publicKeyLine();
        const QByteArray armoured = signer.sign("message");
        QByteArray base64 = armoured;
        base64.replace("-----BEGIN SSH SIGNATURE-----\n", "").replace("-----END SSH SIGNATURE-----\n", "").replace("\n", "");
        const QByteArray blob = QByteArray::fromBase64(base64);
        for (qsizetype i = 0; i < blob.size() * 8; ++i) {
            QByteArray flipped = blob;
            flipped[i / 8] = static_cast<char>(flipped[i / 8] ^ (1 << (i % 8)));
            const QByteArray text = "-----BEGIN SSH SIGNATURE-----\n" + flipped.toBase64() + "\n-----END SSH SIGNATURE-----\n";
            QVERIFY2(!verifySignature("message", text, allowed), qPrintable(QString::number(i)));
        }
        for (qsizetype cut = 0; cut < blob.size(); ++cut)
            QVERIFY(!verifySignature(
                "message", "-----BEGIN SSH SIGNATURE-----\n" + blob.left(cut).toBase64() + "\n-----END SSH SIGNATURE-----\n", allowed));
    }
};

QTEST_GUILESS_MAIN(TestSigner)
#include "tst_evidence_signer.moc"
