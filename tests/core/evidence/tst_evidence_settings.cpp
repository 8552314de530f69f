#include "evidence/settings.h"
#include "evidencefixture.h"

using namespace Orgtrace;
using namespace Orgtrace::Evidence;

namespace {
QByteArray get(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}
bool put(const QString &path, const QByteArray &bytes)
{
    QFile file(path);
    return file.open(QIODevice::WriteOnly) && file.write(bytes) == bytes.size();
}
OrganisationSettings acme()
{
    OrganisationSettings out;
    out.name = QStringLiteral("acme");
    out.region = QStringLiteral("mypurecloud.ie");
    out.clientId = QStringLiteral("1234");
    return out;
}
} // namespace

class TestSettings : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void organisationsComeBack()
    {
        StoreFixture store;
        QVERIFY(organisations(store.folder())->isEmpty());
        OrganisationSettings first = acme(), second = acme();
        second.name = QStringLiteral("Other.Org-2_x");
        second.apiUrl = QStringLiteral("http://127.0.0.1:8080");
        second.clientId = QStringLiteral("quote \" back \\ slash ü");
        VERIFY_RESULT(saveOrganisation(store.folder(), first));
        VERIFY_RESULT(saveOrganisation(store.folder(), second));
        first.organisationId = QStringLiteral("org-1");
        VERIFY_RESULT(saveOrganisation(store.folder(), first));
        const auto all = organisations(store.folder());
        VERIFY_RESULT(all);
        QCOMPARE(all->size(), 2);
        QCOMPARE(all->at(0).organisationId, QStringLiteral("org-1"));
        QCOMPARE(all->at(0).grant, QStringLiteral("client"));
        QCOMPARE(all->at(1).clientId, second.clientId);
        QCOMPARE(all->at(1).apiUrl, second.apiUrl);
        VERIFY_RESULT(Store::open(store.folder()));
    }

    void whatCapturesDoWithoutBeingTold_data()
    {
        QTest::addColumn<QByteArray>("lines");
        QTest::addColumn<QByteArray>("expected"); // "proves", "does not", or the mistake
        QTest::newRow("nothing said") << QByteArray() << QByteArray("does not");
        QTest::newRow("an empty table") << QByteArray("[capture]\n") << QByteArray("does not");
        QTest::newRow("grants are proven") << QByteArray("[capture]\nprove_grants = true\n") << QByteArray("proves");
        QTest::newRow("neither true nor false")
            << QByteArray("[capture]\nprove_grants = \"yes\"\n") << QByteArray("prove_grants is true or false");
        QTest::newRow("no table") << QByteArray("capture = true\n") << QByteArray("capture is a table: [capture]");
    }
    void whatCapturesDoWithoutBeingTold()
    {
        QFETCH(QByteArray, lines);
        StoreFixture store;
        const QString path = store.folder() + QStringLiteral("/store.toml");
        QVERIFY(put(path, get(path) + lines));
        const auto defaults = captureDefaults(store.folder());
        QTEST(defaults ? QByteArray(defaults->provesGrants ? "proves" : "does not") : defaults.error().detail.toUtf8(), "expected");
    }

    void theRedirectPortIsANumber()
    {
        StoreFixture store;
        const QString path = store.folder() + QStringLiteral("/store.toml");
        OrganisationSettings person = acme();
        person.grant = QStringLiteral("pkce");
        person.redirectPort = QStringLiteral("4711");
        VERIFY_RESULT(saveOrganisation(store.folder(), person));
        QVERIFY(get(path).contains("\nredirect_port = 4711\n"));
        QVERIFY(put(path, get(path).replace("redirect_port = 4711", "redirect_port = \"4712\" # as text")));
        QCOMPARE(organisations(store.folder())->at(0).redirectPort, QStringLiteral("4712"));
        person.redirectPort = QStringLiteral("4713");
        VERIFY_RESULT(saveOrganisation(store.folder(), person));
        QVERIFY(get(path).contains("\nredirect_port = 4713  # as text\n"));
        for (const char *wrong : {"0", "65536", "-1", " 80", "080", "8e1", "http"}) {
            person.redirectPort = QString::fromLatin1(wrong);
            QCOMPARE(saveOrganisation(store.folder(), person).error().code, ErrorCode::BadInput);
        }
        person.redirectPort.clear();
        person.grant = QStringLiteral("client");
        VERIFY_RESULT(saveOrganisation(store.folder(), person));
        QVERIFY(organisations(store.folder())->at(0).redirectPort.isEmpty());
    }

    void whatTheUserWroteStays()
    {
        StoreFixture store;
        const QString path = store.folder() + QStringLiteral("/store.toml");
        const QByteArray head = get(path);
        QVERIFY(put(path,
                    head
                        + "\n# ours\n[[organisation]]\nname = \"acme\" # the main one\nclient_id = 'old' # rotate \"yearly\"\ncolour = "
                          "\"blue\"\nregion = \"\"\"\nold\"\"\"\n\n"
                          "[retention]\ndays = 365 # legal\n"));
        OrganisationSettings organisation = acme();
        organisation.loginUrl = QStringLiteral("https://login.mypurecloud.ie");
        VERIFY_RESULT(saveOrganisation(store.folder(), organisation));
        const QByteArray text = get(path);
        QVERIFY(text.startsWith(head));
        for (const char *kept :
             {"# ours\n", "name = \"acme\"  # the main one\n", "client_id = \"1234\"  # rotate \"yearly\"\n", "colour = \"blue\"\n",
              "[retention]\ndays = 365 # legal\n", "login_url = \"https://login.mypurecloud.ie\"\n"})
            QVERIFY2(text.contains(kept), text.constData());
        QCOMPARE(organisations(store.folder())->size(), 1);
        QCOMPARE(organisations(store.folder())->first().region, QStringLiteral("mypurecloud.ie"));
    }

    void whatCannotBeEditedIsRefused()
    {
        StoreFixture store;
        const QString path = store.folder() + QStringLiteral("/store.toml");
        const QByteArray text = get(path) + "organisation = [ { name = \"acme\", client_id = \"x\" } ]\n";
        QVERIFY(put(path, text));
        const auto saved = saveOrganisation(store.folder(), acme());
        QCOMPARE(saved.error().code, ErrorCode::BadInput);
        QCOMPARE(get(path), text);
    }

    void names_data()
    {
        QTest::addColumn<QString>("name");
        QTest::addColumn<bool>("good");
        QTest::newRow("letters, digits and marks") << "Acme-1.eu_x" << true;
        QTest::newRow("nothing") << "" << false;
        QTest::newRow("a space") << "a b" << false;
        QTest::newRow("a way out") << "../x" << false;
        QTest::newRow("an option") << "-x" << false;
        QTest::newRow("hidden") << ".x" << false;
        QTest::newRow("a colon, which parts ORG from REV") << "a:b" << false;
        QTest::newRow("not ASCII") << "zoë" << false;
        QTest::newRow("too long") << QString(65, u'a') << false;
    }
    void names()
    {
        QFETCH(QString, name);
        QFETCH(bool, good);
        StoreFixture store;
        OrganisationSettings organisation = acme();
        organisation.name = name;
        const auto saved = saveOrganisation(store.folder(), organisation);
        QCOMPARE(saved.has_value(), good);
        if (!good)
            QCOMPARE(saved.error().code, ErrorCode::BadInput);
    }

    void otherFieldsAreChecked()
    {
        StoreFixture store;
        OrganisationSettings organisation = acme();
        organisation.clientId = QStringLiteral("a\nb");
        QCOMPARE(saveOrganisation(store.folder(), organisation).error().code, ErrorCode::BadInput);
        organisation = acme();
        organisation.grant = QStringLiteral("password");
        QCOMPARE(saveOrganisation(store.folder(), organisation).error().code, ErrorCode::BadInput);
    }

    void folders_data()
    {
        QTest::addColumn<QByteArray>("toml"); // null: no file
        QTest::addColumn<bool>("repository");
        QTest::addColumn<ErrorCode>("code");
        QTest::newRow("an empty folder") << QByteArray() << false << ErrorCode::NotAStore;
        QTest::newRow("a store whose evidence is gone")
            << QByteArray("format = 1\nstore_id = \"s\"\nwriter_id = \"w\"\n") << false << ErrorCode::Integrity;
        QTest::newRow("a store whose repository is none any more")
            << QByteArray("format = 1\nstore_id = \"s\"\nwriter_id = \"w\"\n") << true << ErrorCode::Integrity;
        QTest::newRow("a format that is a fraction")
            << QByteArray("format = 1.0\nstore_id = \"s\"\nwriter_id = \"w\"\n") << true << ErrorCode::NotAStore;
        QTest::newRow("a format that is true") << QByteArray("format = true\nstore_id = \"s\"\nwriter_id = \"w\"\n") << true
                                               << ErrorCode::NotAStore;
        QTest::newRow("a writer of two lines") << QByteArray("format = 1\nstore_id = \"s\"\nwriter_id = \"w\\nx\"\n") << true
                                               << ErrorCode::BadInput;
        QTest::newRow("a newer format") << QByteArray("format = 2\n") << true << ErrorCode::NewerFormat;
        QTest::newRow("no format") << QByteArray("x = 2\n") << true << ErrorCode::NotAStore;
        QTest::newRow("not TOML") << QByteArray("\0\1{{{", 5) << true << ErrorCode::NotAStore;
        QTest::newRow("no writer") << QByteArray("format = 1\nstore_id = \"s\"\n") << true << ErrorCode::NotAStore;
    }
    void folders()
    {
        QFETCH(QByteArray, toml);
        QFETCH(bool, repository);
        QFETCH(ErrorCode, code);
        QTemporaryDir folder;
        if (!toml.isNull())
            QVERIFY(put(folder.filePath(QStringLiteral("store.toml")), toml));
        if (repository)
            QVERIFY(QDir(folder.path()).mkdir(QStringLiteral("evidence.git")));
        const QStringList before = QDir(folder.path()).entryList(QDir::AllEntries | QDir::NoDotAndDotDot);
        QCOMPARE(errorCodeName(Store::open(folder.path()).error().code), errorCodeName(code));
        QCOMPARE(errorCodeName(SnapshotWriter::begin(folder.path(), QStringLiteral("o")).error().code), errorCodeName(code));
        QCOMPARE(errorCodeName(Store::open(folder.filePath(QStringLiteral("nowhere"))).error().code), errorCodeName(ErrorCode::NotAStore));
        QCOMPARE(QDir(folder.path()).entryList(QDir::AllEntries | QDir::NoDotAndDotDot), before);
    }

    void initRefusesAFolderInUse()
    {
        QTemporaryDir folder;
        QVERIFY(put(folder.filePath(QStringLiteral(".hidden")), "x"));
        QCOMPARE(Store::init(folder.path(), {}).error().code, ErrorCode::BadInput);
        QCOMPARE(Store::init(folder.filePath(QStringLiteral(".hidden")), {}).error().code, ErrorCode::BadInput);
        QVERIFY(QFileInfo::exists(folder.filePath(QStringLiteral(".hidden"))));
        QTemporaryDir empty;
        const auto made = Store::init(empty.path(), {{}, {}, QStringLiteral("/keys/a \"b\""), {}});
        VERIFY_RESULT(made);
        QCOMPARE(made->keyFilePath(), QStringLiteral("/keys/a \"b\""));
        QVERIFY(made->writerId().size() == 16 && made->storeId().size() == 16);
        QVERIFY(made->writerId() != made->storeId());
    }
};

QTEST_GUILESS_MAIN(TestSettings)
#include "tst_evidence_settings.moc"
