#include "redaction/redactor.h"

#include <QTest>

#include <random>

using namespace Orgtrace;
using namespace Orgtrace::Redaction;

namespace {

Redactor redactor(char key = 'k')
{
    auto loaded = Redactor::builtIn(Fingerprinter(QByteArray(32, key)));
    if (!loaded)
        qFatal("%s %s", qPrintable(loaded.error().detail), qPrintable(loaded.error().where));
    return std::move(*loaded);
}

std::string_view sv(const QByteArray &bytes)
{
    return {bytes.constData(), static_cast<size_t>(bytes.size())};
}

QByteArray bytes(const std::string &text)
{
    return {text.data(), static_cast<qsizetype>(text.size())};
}

/// Secrets are put together here, so that scanners of this repository stay quiet.
QByteArray glued(std::initializer_list<const char *> pieces)
{
    QByteArray out;
    for (const char *piece : pieces)
        out += piece;
    return out;
}

} // namespace

class TestRedaction : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void fingerprintsAreKeyed();
    void plantedFingerprints_data();
    void plantedFingerprints();
    void content_data();
    void content();
    void prose_data();
    void prose();
    void severalSecretsInOneValue();
    void secretsSurviveMalformedText();
    void longValuesStayLinear();
    void theQuickLookFindsEveryKeywordAnywhere();
    void fields_data();
    void fields();
    void badRules_data();
    void badRules();
    void gitleaksRulesAreRead();
    void masks_data();
    void masks();
};

void TestRedaction::fingerprintsAreKeyed()
{
    const Fingerprinter one(QByteArray(32, 'a'));
    const Fingerprinter two(QByteArray(32, 'b'));
    QCOMPARE(one.fingerprint("x"), one.fingerprint("x"));
    QVERIFY(one.fingerprint("x") != one.fingerprint("y"));
    QVERIFY(one.fingerprint("x") != two.fingerprint("x"));
    QVERIFY(one.keyId() != two.keyId());
    QCOMPARE(one.keyId().size(), 8);
    QVERIFY(Fingerprinter::isFingerprint(one.fingerprint("x")));
    QCOMPARE(QString::fromStdString(std::string(Fingerprinter::keyIdOf(one.fingerprint("x")))), one.keyId());
    QVERIFY(Fingerprinter::keyIdOf("secret:").empty());
    // As `printf x | openssl dgst -sha256 -mac HMAC -macopt key:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa` says: evidence outlives this program.
    QCOMPARE(bytes(one.fingerprint("x")), QByteArray("secret:4ce370e6:50fcb5c9e3608d6f8c570651"));
}

void TestRedaction::plantedFingerprints_data()
{
    QTest::addColumn<QByteArray>("value");
    QTest::addColumn<QByteArray>("escaped"); // empty: no fingerprint
    const QByteArray shape = "secret:0123abcd:0123456789abcdef01234567";
    QTest::newRow("the shape gets a literal in front") << shape << QByteArray("literal:" + shape);
    QTest::newRow("an escaped one gets one more") << QByteArray("literal:" + shape) << QByteArray("literal:literal:" + shape);
    QTest::newRow("capital digits are no fingerprint") << QByteArray("secret:0123ABCD:0123456789abcdef01234567") << QByteArray();
    QTest::newRow("a digit short") << shape.chopped(1) << QByteArray();
    QTest::newRow("a digit more") << QByteArray(shape + "0") << QByteArray();
    QTest::newRow("a blank in front") << QByteArray(" " + shape) << QByteArray();
    QTest::newRow("an ordinary word") << QByteArray("literal:x") << QByteArray();
    QTest::newRow("nothing") << QByteArray() << QByteArray();
}

void TestRedaction::plantedFingerprints()
{
    QFETCH(QByteArray, value);
    QFETCH(QByteArray, escaped);
    const auto result = Fingerprinter::escapedLiteral(sv(value));
    QCOMPARE(result ? bytes(*result) : QByteArray(), escaped);
    if (!escaped.isEmpty()) {
        const auto content = redactor().redact(sv(value));
        QVERIFY(content.has_value());
        QCOMPARE(bytes(content->text), escaped);
        QCOMPARE(content->secrets, 0);
        const auto inside = redactor().redactContent(sv("see " + value + " there"));
        QVERIFY(inside.has_value());
        QCOMPARE(bytes(*inside), QByteArray("see " + escaped + " there"));
    }
}

void TestRedaction::content_data()
{
    QTest::addColumn<QByteArray>("before");
    QTest::addColumn<QByteArray>("secret");
    QTest::addColumn<QByteArray>("after");
    const auto row = [](const char *name, const QByteArray &before, const QByteArray &secret, const QByteArray &after) {
        QTest::newRow(name) << before << secret << after;
    };
    const QByteArray key = glued({"-----BEGIN RSA PRIVATE", " KEY-----\nMIIEpAIB\nAAKC+/AQ==\n-----END RSA PRIVATE", " KEY-----"});
    row("a PEM private key with its lines", "note: ", key, " end");
    row("a PEM private key cut off", "", glued({"-----BEGIN PRIVATE", " KEY-----\nMIIEpAIB"}), "");
    row("a PGP private key", "", glued({"-----BEGIN PGP PRIVATE", " KEY BLOCK-----\nabc\n-----END PGP PRIVATE", " KEY BLOCK-----"}), "\n");
    row("a JSON web token",
        "t=", glued({"eyJhbGciOiJIUzI1NiJ9", ".eyJzdWIiOiIxMjM0NTY3ODkwIn0", ".dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U"}), "");
    row("an unsigned JSON web token", "", glued({"eyJhbGciOiJub25lIn0", ".eyJzdWIiOiIxMjM0NTY3ODkwIn0."}), " x");
    row("a key id of AWS", "id ", glued({"AKIA", "IOSFODNN7EXAMPLE"}), ", x");
    row("a temporary key id of AWS", "", glued({"ASIA", "IOSFODNN7EXAMPLE"}), "");
    row("a secret key of AWS beside its name", "aws_secret_access_key = ", glued({"wJalrXUtnFEMI/K7MDENG/", "bPxRfiCYEXAMPLEKEY"}), "\n");
    row("a signed address",
        "https://b.s3.amazonaws.com/p.wav?X-Amz-Date=20261001&X-Amz-Signature=", QByteArray("0123456789abcdef").repeated(4), "&x=1");
    row("a token of Slack", "", glued({"xoxb-", "123456789012-abcdefABCDEF"}), "");
    row("a webhook of Slack", "https://hooks.slack.com/services/", glued({"T00000000/B00000000", "/XXXXXXXXXXXXXXXXXXXXXXXX"}), "");
    row("a token of GitHub", "token ", glued({"ghp_", "0123456789abcdefghijABCDEFGHIJ012345"}), "");
    row("a fine-grained token of GitHub", "", "github_pat_" + QByteArray(70, 'a'), "");
    row("a key of Google", "", "AIza" + QByteArray(35, 'x'), "");
    row("a key of Stripe", "", glued({"sk_live", "_0123456789abcdefghij"}), "");
    row("a connection string of Azure", "DefaultEndpointsProtocol=https;AccountKey=", QByteArray("QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo="),
        ";x");
    row("a password inside an address", "amqps://user:", "hunter2", "@host.example/vhost");
    row("a password inside an address with a port", "https://u:", "p%40ss", "@host:8443/a?b=c@d");
    row("a bearer header", "Authorization: Bearer ", "abcdefghijklmnop0123", "");
    row("bearer in lower case", "authorization: bearer ", "abcdefghijklmnop", ";");
    row("a bearer header over a line end", "Bearer\n", "abcdefghijklmnop", "");
    row("a basic header", "Authorization: Basic ", "dXNlcjpwYXNz", "\r\n");
    row("padded basic credentials anywhere", "use basic ", "dXNlcjpwYXNzdw==", " here");
    row("a password in a note", "the password is password=", "Summer2026!", " ok");
    row("a secret inside embedded JSON", R"({"clientSecret": ")", "abc123def456", R"("})");
    row("an API key in YAML", "api_key: ", "9f8e7d6c5b4a", "\nnext: 1");
}

void TestRedaction::content()
{
    QFETCH(QByteArray, before);
    QFETCH(QByteArray, secret);
    QFETCH(QByteArray, after);
    static const Redactor rules = redactor();
    const QByteArray value = before + secret + after;
    const auto redacted = rules.redact(sv(value));
    QVERIFY(redacted.has_value());
    QCOMPARE(redacted->secrets, 1);
    QCOMPARE(bytes(redacted->text), QByteArray(before + bytes(rules.fingerprinter().fingerprint(sv(secret))) + after));
    QVERIFY(rules.mayContainSecret(sv(value)));
    // The quick look must also find it in canonical JSON, where quotes, backslashes and controls are escaped.
    QByteArray escaped = value;
    escaped.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n").replace('\r', "\\r");
    QVERIFY(rules.mayContainSecret(sv("{\n  \"a\": \"" + escaped + "\"\n}\n")));
    // What is written is found again only as a planted fingerprint, never as a secret.
    const auto again = rules.redact(redacted->text);
    QVERIFY(!again || again->secrets == 0);
}

void TestRedaction::prose_data()
{
    QTest::addColumn<QByteArray>("value");
    QTest::newRow("an id") << QByteArray("6f1b5b5e-3c5c-4d3c-9d2e-0a1b2c3d4e5f");
    QTest::newRow("an address without userinfo") << QByteArray("https://api.mypurecloud.de/api/v2/users/6f1b@x");
    QTest::newRow("an address with a user but no password") << QByteArray("sip:anna@example.com;transport=tls");
    QTest::newRow("prose about passwords") << QByteArray("Password: required for everyone");
    QTest::newRow("prose about secrets") << QByteArray("The secret of a good queue: short waits");
    QTest::newRow("basic troubleshooting") << QByteArray("Basic administrator training and basic troubleshooting");
    QTest::newRow("bearer of good news") << QByteArray("bearer of good news");
    QTest::newRow("a name that begins like a key") << QByteArray("AKIANA, skate park, task-force-of-the-organisation");
    QTest::newRow("a public certificate") << QByteArray("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----");
    QTest::newRow("empty") << QByteArray();
}

void TestRedaction::prose()
{
    QFETCH(QByteArray, value);
    static const Redactor rules = redactor();
    QVERIFY(!rules.redactContent(sv(value)).has_value());
}

void TestRedaction::severalSecretsInOneValue()
{
    const Redactor rules = redactor();
    const auto print = [&rules](const char *secret) { return rules.fingerprinter().fingerprint(secret); };
    const auto redacted
        = rules.redact("amqp://u:one@h http://u:two@h, password=Bearer0123456789abcdef; secret:0123abcd:0123456789abcdef01234567 "
                       "Authorization: Basic dXNlcjpwYXNzdw==");
    QVERIFY(redacted.has_value());
    QCOMPARE(redacted->secrets, 4); // the last is found by two rules and counted once
    QCOMPARE(bytes(redacted->text),
             bytes("amqp://u:" + print("one") + "@h http://u:" + print("two") + "@h, password=" + print("Bearer0123456789abcdef")
                   + "; literal:secret:0123abcd:0123456789abcdef01234567 Authorization: Basic " + print("dXNlcjpwYXNzdw==")));
}

void TestRedaction::secretsSurviveMalformedText()
{
    const Redactor rules = redactor();
    // A lone surrogate as it is held, and other bytes that are no UTF-8, inside and before the secret.
    const QByteArray value = "\xED\xA0\x80\xFF "
        + glued({"-----BEGIN PRIVATE", " KEY-----\nMII\xED\xA0\x80\xFF", "x\n-----END PRIVATE", " KEY-----"}) + " tail";
    const auto redacted = rules.redact(sv(value));
    QVERIFY(redacted.has_value());
    QVERIFY(!bytes(redacted->text).contains("MII"));
    QVERIFY(bytes(redacted->text).endsWith(" tail"));
}

void TestRedaction::longValuesStayLinear()
{
    const Redactor rules = redactor();
    const QByteArray hostile = QByteArray("://a:").repeated(200'000) + QByteArray("password=").repeated(100'000);
    (void)rules.redactContent(sv(hostile)); // that it ends, and soon, is the test
    const QByteArray plain(5 * 1024 * 1024, 'x');
    QVERIFY(!rules.mayContainSecret(sv(plain)));
}

void TestRedaction::theQuickLookFindsEveryKeywordAnywhere()
{
    const Redactor rules = redactor();
    const QByteArray secret = glued({"ghp_", "0123456789abcdefghijABCDEFGHIJ012345"});
    for (qsizetype before = 0; before < 80; ++before) {
        for (const qsizetype after : {0, 1, 2, 31, 32, 33, 70}) {
            const QByteArray text = QByteArray(before, ' ') + secret + QByteArray(after, ' ');
            QVERIFY2(rules.mayContainSecret(sv(text)), qPrintable(QString::number(before)));
        }
    }
    // Against the naive search, on noise made of the keywords' own letters.
    const auto only
        = Redactor::load("[[rules]]\nid='x'\nregex='(?i)b-a:|aab'\nkeywords=['b-a:','AAB']\n", Fingerprinter(QByteArray(32, 'k')));
    QVERIFY(only.has_value());
    std::mt19937 random(7);
    qsizetype found = 0;
    for (int round = 0; round < 20'000; ++round) {
        QByteArray text(static_cast<qsizetype>(random() % 90), ' ');
        for (char &c : text)
            c = "aAbB-: xyzq"[random() % 11];
        const QByteArray lower = text.toLower();
        const bool expected = lower.contains("b-a:") || lower.contains("aab");
        found += expected ? 1 : 0;
        QVERIFY2(only->mayContainSecret(sv(text)) == expected, text.constData());
    }
    QVERIFY(found > 1000 && found < 19'000);
}

void TestRedaction::fields_data()
{
    QTest::addColumn<QByteArray>("name");
    QTest::addColumn<int>("secret");
    constexpr int no = static_cast<int>(SecretField::No);
    constexpr int own = static_cast<int>(SecretField::OwnString);
    constexpr int all = static_cast<int>(SecretField::AllBelow);
    for (const char *name :
         {"secret", "clientSecret", "client_secret", "password", "smtpPassword", "sipPassphrase", "passwd", "token", "accessToken",
          "refresh_token", "outboundNotificationWebhookSignatureSecretToken", "apiKey", "x-api-key", "APIKEY", "privateKey", "authKey",
          "credentialFields", "blockCallerIdAccessCode", "trunk_sip_authentication_credentials_password"})
        QTest::addRow("%s is secret with all below it", name) << QByteArray(name) << all;
    for (const char *name : {"credentials", "Authorization", "authorization", "cookie"})
        QTest::addRow("%s is secret only as text of its own", name) << QByteArray(name) << own;
    for (const char *name : {"tokenStorageLocation",
                             "passwordRequirements",
                             "secretQuestion",
                             "tokenTimeoutSeconds",
                             "accessTokenValiditySeconds",
                             "tokenType",
                             "tokenCount",
                             "lastTokenIssued",
                             "dateTokenIdles",
                             "tokenUri",
                             "passwordExpirationDays",
                             "minimumPasswordLength",
                             "requirePassword",
                             "key",
                             "keyword",
                             "keys",
                             "publicKey",
                             "foreignKeyName",
                             "id",
                             "name",
                             "credentialType",
                             "authorizedGrantType",
                             "author",
                             "pinned",
                             "division",
                             "",
                             "monkey",
                             "zipCode"})
        QTest::addRow("%s is harmless", name) << QByteArray(name) << no;
}

void TestRedaction::fields()
{
    QFETCH(QByteArray, name);
    QFETCH(int, secret);
    static const Redactor rules = redactor();
    QCOMPARE(static_cast<int>(rules.secretField(sv(name))), secret);
    QCOMPARE(rules.isSecretField(sv(name)), secret != 0);
}

void TestRedaction::badRules_data()
{
    QTest::addColumn<QByteArray>("toml");
    QTest::addColumn<QString>("says");
    QTest::newRow("not TOML") << QByteArray("[[rules]\n") << QStringLiteral("not TOML");
    QTest::newRow("a rule without id") << QByteArray("[[rules]]\nregex='x'\n") << QStringLiteral("id");
    QTest::newRow("a rule without regex") << QByteArray("[[rules]]\nid='a'\n") << QStringLiteral("rule a: \"regex\" is missing");
    QTest::newRow("a regex that is none") << QByteArray("[[rules]]\nid='a'\nregex='('\n")
                                          << QStringLiteral("rule a: not a regular expression");
    QTest::newRow("a look-ahead, which RE2 has not") << QByteArray("[[rules]]\nid='a'\nregex='(?=x)'\n") << QStringLiteral("rule a:");
    QTest::newRow("a group that is not there") << QByteArray("[[rules]]\nid='a'\nregex='x'\nsecretGroup=1\n")
                                               << QStringLiteral("secretGroup");
    QTest::newRow("an unknown key") << QByteArray("[[rules]]\nid='a'\nregex='x'\nkeyword='x'\n")
                                    << QStringLiteral("no key \"keyword\"; keys are id, ");
    QTest::newRow("an unknown table") << QByteArray("[[rule]]\nid='a'\n") << QStringLiteral("no key \"rule\"");
    QTest::newRow("rules that are no tables") << QByteArray("rules='x'\n") << QStringLiteral("[[rules]]");
    QTest::newRow("keywords of another type") << QByteArray("[[rules]]\nid='a'\nregex='x'\nkeywords=[1]\n") << QStringLiteral("strings");
    QTest::newRow("a keyword with a quote") << QByteArray("[[rules]]\nid='a'\nregex='x'\nkeywords=['a\"b']\n")
                                            << QStringLiteral("printable");
    QTest::newRow("a prefilter without keywords")
        << QByteArray("[[rules]]\nid='a'\nregex='x'\nprefilter='x'\n") << QStringLiteral("prefilter");
    QTest::newRow("a field without regex") << QByteArray("[[fields]]\nid='f'\n") << QStringLiteral("rule f:");
    QTest::newRow("an exception that is no regex")
        << QByteArray("[[fields]]\nid='f'\nregex='x'\nexcept=['[']\n") << QStringLiteral("rule f:");
    QTest::newRow("below that is no boolean") << QByteArray("[[fields]]\nid='f'\nregex='x'\nbelow=1\n") << QStringLiteral("below");
}

void TestRedaction::badRules()
{
    QFETCH(QByteArray, toml);
    QFETCH(QString, says);
    const auto rules = Redactor::load(toml, Fingerprinter(QByteArray(32, 'k')));
    QVERIFY(!rules.has_value());
    QCOMPARE(rules.error().code, ErrorCode::BadInput);
    QVERIFY2(rules.error().detail.contains(says), qPrintable(rules.error().detail));
    QVERIFY2(rules.error().where.startsWith(QStringLiteral("line ")), qPrintable(rules.error().where));
}

void TestRedaction::gitleaksRulesAreRead()
{
    const auto rules = Redactor::load(R"(
title = "ours"
[[rules]]
id = "acme"
description = "Acme"
regex = '''acme-([a-z]{4})-([0-9]{4})'''
secretGroup = 2
entropy = 3.5
tags = ["x"]
[rules.allowlist]
paths = ["test"]
[[rules]]
id = "files"
path = '''\.pem$'''
)",
                                      Fingerprinter(QByteArray(32, 'k')));
    QVERIFY2(rules.has_value(), qPrintable(rules ? QString() : rules.error().detail));
    QVERIFY(rules->mayContainSecret("anything")); // a rule without keywords: every text is looked at
    QVERIFY(!rules->redactContent("anything").has_value());
    QCOMPARE(bytes(rules->redactContent("acme-abcd-1234!").value_or("")),
             bytes("acme-abcd-" + rules->fingerprinter().fingerprint("1234") + "!"));
}

void TestRedaction::masks_data()
{
    QTest::addColumn<QString>("value");
    QTest::addColumn<QString>("masked");
    const auto row = [](const char *name, const char *value, const char *masked) {
        QTest::newRow(name) << QString::fromUtf8(value) << QString::fromUtf8(masked);
    };
    row("a mail address keeps its first letter and its host", "anna.meier@example.com", "a\u2026@example.com");
    row("a mail address in a sentence", "ask <Anna.Meier+x@example.co.uk>, please", "ask <A\u2026@example.co.uk>, please");
    row("a first letter that is not ASCII", "\u00e4nne@b\u00fccher.de", "\u00e4\u2026@b\u00fccher.de");
    row("two addresses", "a.b@x.de;c.d@y.de", "a\u2026@x.de;c\u2026@y.de");
    row("a phone number keeps two digits", "+49 30 1234567", "\u202667");
    row("a host name with an address in it is evidence", "sip.203-0-113-77.example", "sip.203-0-113-77.example");
    row("a number after a host name is still masked", "pbx.example +49 30 1234567", "pbx.example \u202667");
    row("a phone number in brackets", "call (317) 555-0142 now", "call \u202642 now");
    row("a tel address", "tel:+13175550199", "tel:\u202699");
    row("an id stays", "6f1b5b5e-3c5c-4d3c-9d2e-0a1b2c3d4e5f", "6f1b5b5e-3c5c-4d3c-9d2e-0a1b2c3d4e5f");
    row("an id of digits only stays", "12345678-1234-1234-1234-123456789012", "12345678-1234-1234-1234-123456789012");
    row("a fingerprint stays", "secret:01234567:012345678901234567890123", "secret:01234567:012345678901234567890123");
    row("a time stays", "2026-10-03T12:34:56.789Z", "2026-10-03T12:34:56.789Z");
    row("a date stays", "2026-10-03", "2026-10-03");
    row("an IP address stays", "from 192.168.100.200", "from 192.168.100.200");
    row("a short number stays", "30 of 45000", "30 of 45000");
    row("digits inside a word stay", "q1234567890x and v1234567", "q1234567890x and v1234567");
    row("prose stays", "Support queue", "Support queue");
    row("nothing stays", "", "");
}

void TestRedaction::masks()
{
    QFETCH(QString, value);
    QFETCH(QString, masked);
    QCOMPARE(maskPersonal(value), masked);
}

QTEST_GUILESS_MAIN(TestRedaction)
#include "tst_redaction.moc"
