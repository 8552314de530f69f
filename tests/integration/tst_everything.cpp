#include "operations/findings.h"
#include "operations/workspace.h"
#include "sandbox/sandbox.h"

#include <QTemporaryDir>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace Orgtrace;

/// Every domain of the catalogue, read from the sandbox over HTTP in its own paging style.
class TestEverything : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void everythingIsCompleteButWhatIsNotOffered();
    void nothingOfItMovesByItself();
    void withoutItsRulesItWouldMove_data();
    void withoutItsRulesItWouldMove();
    void secretsBecomeFingerprints_data();
    void secretsBecomeFingerprints();
    void subResourcesHaveWhatBelongsToTheirParents_data();
    void subResourcesHaveWhatBelongsToTheirParents();
    void whatIsNotAskedForStaysAsItWas();
    void flowDefinitionsOnlyByName();
    void grantsAreProvenByDivision();
    void teamGrantsAreProbed_data();
    void teamGrantsAreProbed();
    void usersFiles_data();
    void usersFiles();
    void theCheckSpeaksOfTheProfile();

private:
    struct World {
        explicit World(const Sandbox::Settings &settings = {});
        Result<Capture::Outcome> capture(const QString &profile, const QStringList &domains = {})
        {
            auto outcome = QCoro::waitFor(workspace->capture(u"nw"_s, domains, {}, {}, profile));
            clock.advance(std::chrono::minutes(10));
            return outcome;
        }
        [[nodiscard]] QString storeFolder() const { return folder.filePath(u"store"_s); }
        [[nodiscard]] QByteArray text(const QString &snapshot, const QString &domain) const; ///< of all its entities

        QTemporaryDir folder;
        ManualClock clock;
        Sandbox::Server sandbox;
        std::unique_ptr<Credentials::CredentialStore> credentials;
        std::unique_ptr<Operations::Workspace> workspace;
        QString failure;
    };
    std::unique_ptr<World> m_world;
    std::optional<Capture::Outcome> m_first;
};

TestEverything::World::World(const Sandbox::Settings &settings) : sandbox(settings), credentials(Credentials::memoryStore())
{
    const auto run = [this, &settings]() -> Result<void> {
        if (auto listening = sandbox.listen(); !listening)
            return listening;
        clock.setNowUtc(sandbox.monthStartUtc());
        if (auto made = QCoro::waitFor(Operations::Workspace::init(storeFolder(), {}, *credentials)); !made)
            return made;
        auto opened = Operations::Workspace::open(storeFolder(), clock, *credentials);
        if (!opened)
            return std::unexpected(opened.error());
        workspace = std::move(*opened);
        Evidence::OrganisationSettings organisation;
        organisation.name = u"nw"_s;
        organisation.region = u"eu-central-1"_s;
        organisation.apiUrl = organisation.loginUrl = sandbox.baseUrl().toString();
        organisation.clientId = settings.clientId;
        QByteArray secret = settings.clientSecret.toUtf8();
        return QCoro::waitFor(workspace->addOrganisation(organisation, Credentials::Secret::take(secret)));
    };
    if (const Result<void> done = run(); !done)
        failure = done.error().detail + u' ' + done.error().where;
}

QByteArray TestEverything::World::text(const QString &snapshot, const QString &domain) const
{
    const auto store = Evidence::Store::open(storeFolder());
    const auto opened = store->snapshot(snapshot);
    QByteArray out;
    const QStringList ids = opened->entityIds(domain).value_or(QStringList());
    for (const QString &id : ids)
        out += opened->entityText(domain, id).value_or(QByteArray());
    return out;
}

namespace {
Sandbox::Settings small()
{
    Sandbox::Settings settings;
    settings.users = 80;
    return settings;
}

QString rowText(const Evidence::LedgerRow &row)
{
    QStringList odd;
    for (const Evidence::Quarantined &entity : row.quarantined)
        odd.append(entity.id + u": "_s + entity.why);
    return row.domain + u' ' + Evidence::ledgerStateName(row.state) + u' ' + row.reason + u' ' + odd.join(u", "_s) + u' '
        + row.failedParents.join(u',');
}
} // namespace

void TestEverything::initTestCase()
{
    m_world = std::make_unique<World>(small());
    QVERIFY2(m_world->failure.isEmpty(), qPrintable(m_world->failure));
    const auto outcome = m_world->capture(u"everything"_s);
    QVERIFY2(outcome, outcome ? "" : qPrintable(outcome.error().detail));
    m_first = *outcome;
}

void TestEverything::everythingIsCompleteButWhatIsNotOffered()
{
    const auto catalogue = m_world->workspace->catalogue();
    QVERIFY(catalogue);
    QStringList asked = *catalogue->profile(u"everything"_s), seen, notOffered, odd;
    for (const Evidence::LedgerRow &row : m_first->manifest.ledger) {
        seen.append(row.domain);
        if (row.state == Evidence::LedgerState::NotOffered) {
            notOffered.append(row.domain);
        } else if (row.state != Evidence::LedgerState::Complete || !row.quarantined.isEmpty() || !row.failedParents.isEmpty()
                   || row.entities == 0) {
            odd.append(rowText(row));
        }
    }
    QCOMPARE(odd.join(u'\n'), QString());
    QVERIFY(m_first->isComplete());
    notOffered.sort();
    QCOMPARE(notOffered, (QStringList{u"content_security_profiles"_s, u"journey_action_targets"_s, u"messaging_integrations_facebook"_s}));
    asked.sort();
    seen.sort();
    QCOMPARE(seen, asked);
    QVERIFY(seen.size() > 150);
    // The effective catalogue is kept with the snapshot, profiles and all.
    const auto store = Evidence::Store::open(m_world->storeFolder());
    const auto snapshot = store->snapshot(m_first->snapshot.id);
    QCOMPARE(snapshot->catalogueJson(), catalogue->toJson());
}

void TestEverything::nothingOfItMovesByItself()
{
    const auto second = m_world->capture(u"everything"_s);
    QVERIFY2(second, second ? "" : qPrintable(second.error().detail));
    const auto range = Operations::findings(m_world->storeFolder(), m_first->snapshot.id, second->snapshot.id);
    QVERIFY(range);
    QStringList moved;
    for (const Report::Finding &finding : range->findings) {
        for (const Compare::FieldChange &field : finding.judged.change.fields)
            moved.append(finding.judged.change.domain + u'/' + finding.judged.change.entity + u' ' + field.path);
        if (finding.judged.change.fields.isEmpty())
            moved.append(finding.judged.change.domain + u'/' + finding.judged.change.entity);
    }
    QCOMPARE(moved.join(u'\n'), QString());
    QStringList saved;
    for (auto domain = range->difference.savedWithoutEffect.cbegin(); domain != range->difference.savedWithoutEffect.cend(); ++domain)
        saved.append(domain.key() + u'/' + domain.value().join(u','));
    QCOMPARE(saved.join(u'\n'), QString());
    QStringList notComparable;
    for (const auto &one : range->difference.notComparable)
        notComparable.append(one.domain);
    notComparable.sort();
    QCOMPARE(notComparable,
             (QStringList{u"content_security_profiles"_s, u"journey_action_targets"_s, u"messaging_integrations_facebook"_s}));
}

void TestEverything::withoutItsRulesItWouldMove_data()
{
    QTest::addColumn<QString>("domain");
    QTest::addColumn<QByteArray>("rules");
    QTest::newRow("what runs at the moment") << u"phones"_s << QByteArray("dropped = [\"**/selfUri\"]");
    QTest::newRow("an order that means nothing") << u"schedule_groups"_s << QByteArray("unordered = []\nidentities = {}");
    QTest::newRow("a signed address") << u"prompt_resources"_s << QByteArray("dropped = [\"**/selfUri\"]");
    QTest::newRow("the state of a mail domain's records") << u"email_domains"_s << QByteArray("dropped = [\"**/selfUri\"]");
}

void TestEverything::withoutItsRulesItWouldMove()
{
    // The sandbox does move things on every call: that nothing shows above is the catalogue's doing.
    QFETCH(QString, domain);
    QFETCH(QByteArray, rules);
    World world(small());
    QVERIFY2(world.failure.isEmpty(), qPrintable(world.failure));
    const QString file = world.folder.filePath(u"less.toml"_s);
    QFile less(file);
    QVERIFY(less.open(QIODevice::WriteOnly));
    less.write("[[domain]]\nname = \"" + domain.toUtf8() + "\"\n" + rules + '\n');
    less.close();
    world.workspace->setExtraCatalogue(file);
    const auto first = world.capture({}, {domain});
    const auto second = world.capture({}, {domain});
    QVERIFY(first && second);
    const auto range = Operations::findings(world.storeFolder(), first->snapshot.id, second->snapshot.id);
    QVERIFY(range);
    QVERIFY(!range->findings.isEmpty());
    QCOMPARE(range->findings.first().judged.change.domain, domain);
}

void TestEverything::secretsBecomeFingerprints_data()
{
    QTest::addColumn<QString>("domain");
    QTest::addColumn<QByteArray>("member");
    QTest::newRow("the key of a recording configuration") << u"recording_key_configurations"_s << QByteArray("apiKey");
    QTest::newRow("the token that signs an open integration's messages")
        << u"messaging_integrations_open"_s << QByteArray("outboundNotificationWebhookSignatureSecretToken");
    QTest::newRow("the licence of a do-not-contact provider") << u"outbound_dnc_lists"_s << QByteArray("licenseId");
    QTest::newRow("a header that a data action sends") << u"data_action_definitions"_s << QByteArray("alpha-header");
    QTest::newRow("the login of a do-not-contact provider") << u"outbound_dnc_lists"_s << QByteArray("loginId");
}

void TestEverything::secretsBecomeFingerprints()
{
    QFETCH(QString, domain);
    QFETCH(QByteArray, member);
    const QByteArray text = m_world->text(m_first->snapshot.id, domain);
    const qsizetype count = text.count(QByteArray('"' + member + "\": "));
    QVERIFY2(count > 0, text.constData());
    QCOMPARE(text.count(QByteArray('"' + member + "\": \"secret:")), count);
}

void TestEverything::subResourcesHaveWhatBelongsToTheirParents_data()
{
    QTest::addColumn<QString>("domain");
    QTest::addColumn<QByteArray>("says");
    QTest::newRow("an integration's configuration is one object") << u"integration_configurations"_s << QByteArray("\"config\": {");
    QTest::newRow("a data table's rows") << u"datatable_rows"_s << QByteArray("\"key\": \"row-2\"");
    QTest::newRow("a prompt's resources, without their signed addresses") << u"prompt_resources"_s << QByteArray("\"language\": \"nl-nl\"");
    QTest::newRow("responses, asked by a parameter") << u"responses"_s << QByteArray("\"responses\": [");
    QTest::newRow("what a published flow uses") << u"dependencies"_s << QByteArray("\"consumed\": [");
    QTest::newRow("number plans, a bare array") << u"number_plans"_s << QByteArray("\"plans\": [");
}

void TestEverything::subResourcesHaveWhatBelongsToTheirParents()
{
    QFETCH(QString, domain);
    QFETCH(QByteArray, says);
    const QByteArray text = m_world->text(m_first->snapshot.id, domain);
    QVERIFY2(text.contains(says), text.left(2000).constData());
    QVERIFY(!text.contains("selfUri"));
    QVERIFY(!text.contains("Expires="));
    // Each parent has its own.
    const auto store = Evidence::Store::open(m_world->storeFolder());
    const auto snapshot = store->snapshot(m_first->snapshot.id);
    const auto catalogue = m_world->workspace->catalogue();
    const QString parent = catalogue->find(domain)->sub.parent;
    const QStringList parents = *snapshot->entityIds(parent), own = *snapshot->entityIds(domain);
    if (domain != u"dependencies") // of flows that were published
        QCOMPARE(own.size(), parents.size());
    for (const QString &id : own)
        QVERIFY(parents.contains(id));
}

void TestEverything::whatIsNotAskedForStaysAsItWas()
{
    const auto essential = m_world->capture({});
    QVERIFY(essential);
    QVERIFY(essential->isComplete());
    const Evidence::LedgerRow *phones = essential->manifest.row(u"phones"_s);
    QVERIFY(phones);
    QCOMPARE(phones->state, Evidence::LedgerState::Carried);
    QCOMPARE(phones->reason, QString(Capture::NotAskedReason));
    QCOMPARE(m_world->text(essential->snapshot.id, u"phones"_s), m_world->text(m_first->snapshot.id, u"phones"_s));
    QCOMPARE(essential->manifest.row(u"users"_s)->state, Evidence::LedgerState::Complete);

    // Where nothing was ever read of it, there is no row.
    World fresh(small());
    QVERIFY2(fresh.failure.isEmpty(), qPrintable(fresh.failure));
    const auto first = fresh.capture({});
    QVERIFY(first);
    QVERIFY(!first->manifest.row(u"phones"_s));
    QCOMPARE(first->snapshot.domainsComplete, first->snapshot.domainsTotal);
}

void TestEverything::flowDefinitionsOnlyByName()
{
    QVERIFY(!m_first->manifest.row(u"flow_definitions"_s));
    const auto named = m_world->capture({}, {u"flow_definitions"_s});
    QVERIFY(named);
    const Evidence::LedgerRow *row = named->manifest.row(u"flow_definitions"_s);
    QVERIFY(row);
    QVERIFY2(row->state == Evidence::LedgerState::Complete && row->entities > 0, qPrintable(rowText(*row)));
    QVERIFY(m_world->text(named->snapshot.id, u"flow_definitions"_s).contains("\"definition\": {"));
}

/// The sandbox serves both sweeps from one organisation: they agree, in every division and in all of them, and with many pages of each.
void TestEverything::grantsAreProvenByDivision()
{
    Sandbox::Settings settings;
    settings.users = 700;
    World world(settings);
    QVERIFY2(world.failure.isEmpty(), qPrintable(world.failure));
    const auto plain = world.capture(u"essential"_s);
    QVERIFY(plain);
    QVERIFY(!plain->manifest.row(u"grants"_s)->proof);
    // The setting in store.toml is enough for the window and for watch.
    QFile file(world.storeFolder() + u"/store.toml"_s);
    QVERIFY(file.open(QIODevice::Append) && file.write("\n[capture]\nprove_grants = true\n") > 0);
    file.close();
    const auto proven = world.capture(u"essential"_s);
    QVERIFY2(proven, proven ? "" : qPrintable(proven.error().detail));
    QVERIFY(proven->isComplete());
    const Evidence::LedgerRow *row = proven->manifest.row(u"grants"_s);
    QVERIFY(row && row->proof);
    QCOMPARE(Evidence::proofStateName(row->proof->state) + row->proof->reason, u"proven"_s);
    QVERIFY(row->proof->items > 1000);
    QCOMPARE(row->proof->lists, proven->manifest.row(u"divisions"_s)->entities + 1); // and "*"
    QCOMPARE(row->proof->rounds, 1);
    QCOMPARE(row->root, plain->manifest.row(u"grants"_s)->root); // a proof changes no evidence
    QVERIFY(!world.sandbox.requestLog().filter(u"/api/v2/authorization/divisions/%2A/grants"_s).isEmpty()
            || !world.sandbox.requestLog().filter(u"/api/v2/authorization/divisions/*/grants"_s).isEmpty());
}

void TestEverything::teamGrantsAreProbed_data()
{
    QTest::addColumn<bool>("teamsHoldGrants");
    QTest::newRow("an organisation whose teams hold grants") << true;
    QTest::newRow("an organisation that knows no team as a subject: not offered, not empty") << false;
}

void TestEverything::teamGrantsAreProbed()
{
    QFETCH(bool, teamsHoldGrants);
    Sandbox::Settings settings = small();
    settings.teamGrants = teamsHoldGrants;
    World world(settings);
    QVERIFY2(world.failure.isEmpty(), qPrintable(world.failure));
    const auto outcome = world.capture({}, {u"teams"_s, u"team_grants"_s});
    QVERIFY(outcome);
    QVERIFY(outcome->isComplete());
    const Evidence::LedgerRow *row = outcome->manifest.row(u"team_grants"_s);
    QVERIFY(row);
    QCOMPARE(row->state, teamsHoldGrants ? Evidence::LedgerState::Complete : Evidence::LedgerState::NotOffered);
    QCOMPARE(row->entities > 0, teamsHoldGrants);
}

void TestEverything::usersFiles_data()
{
    QTest::addColumn<QByteArray>("toml");
    QTest::addColumn<QString>("profile");
    QTest::addColumn<QString>("mistake");
    QTest::addColumn<QStringList>("domains");
    QTest::newRow("a profile of the user's own") << QByteArray("[[profile]]\nname = \"weekly\"\ndomains = [\"skills\", \"schedules\"]\n")
                                                 << u"weekly"_s << QString() << QStringList{u"organization"_s, u"schedules"_s, u"skills"_s};
    QTest::newRow("a domain of the user's own")
        << QByteArray("[[domain]]\nname = \"milestones_again\"\npath = \"/api/v2/flows/milestones\"\ndropped = [\"**/selfUri\"]\n"
                      "[[profile]]\nname = \"weekly\"\ndomains = [\"milestones_again\"]\n")
        << u"weekly"_s << QString() << QStringList{u"milestones_again"_s, u"organization"_s};
    QTest::newRow("a mistake stops the capture and names file and line")
        << QByteArray("[[domain]]\nname = \"skills\"\ndroped = []\n") << QString()
        << u"mine.toml:3 [[domain]] has no key \"droped\"; did you mean \"dropped\"?"_s << QStringList();
    QTest::newRow("a profile nobody has") << QByteArray() << u"weekly"_s
                                          << u"there is no profile \"weekly\"; there are essential, security, everything"_s
                                          << QStringList();
}

void TestEverything::usersFiles()
{
    QFETCH(QByteArray, toml);
    QFETCH(QString, profile);
    QFETCH(QString, mistake);
    QFETCH(QStringList, domains);
    World world(small());
    QVERIFY2(world.failure.isEmpty(), qPrintable(world.failure));
    QVERIFY(QDir(world.storeFolder()).mkpath(u"catalogue"_s));
    QFile file(world.storeFolder() + u"/catalogue/mine.toml"_s);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(toml);
    file.close();
    const auto outcome = world.capture(profile);
    if (!mistake.isEmpty()) {
        QVERIFY(!outcome);
        QCOMPARE(outcome.error().code, ErrorCode::BadInput);
        const QString said = outcome.error().where + u' ' + outcome.error().detail;
        QVERIFY2(said.contains(mistake), qPrintable(said));
        QCOMPARE(world.sandbox.requestCount(), 0);
        return;
    }
    QVERIFY2(outcome, outcome ? "" : qPrintable(outcome.error().detail));
    QStringList seen;
    for (const Evidence::LedgerRow &row : outcome->manifest.ledger) {
        QVERIFY2(row.state == Evidence::LedgerState::Complete && row.entities > 0, qPrintable(rowText(row)));
        seen.append(row.domain);
    }
    seen.sort();
    QCOMPARE(seen, domains);
}

void TestEverything::theCheckSpeaksOfTheProfile()
{
    const auto essential = QCoro::waitFor(m_world->workspace->checkOrganisation(u"nw"_s));
    const auto everything = QCoro::waitFor(m_world->workspace->checkOrganisation(u"nw"_s, u"everything"_s));
    QVERIFY(essential && everything);
    QVERIFY(everything->domains.size() > essential->domains.size() + 100);
    QVERIFY(everything->leastPrivilege.contains(u"outbound:campaign:view"));
    QVERIFY(!essential->leastPrivilege.contains(u"outbound:campaign:view"));
    for (const auto &row : everything->domains)
        QVERIFY2(row.allowed, qPrintable(row.domain));
}

QTEST_GUILESS_MAIN(TestEverything)
#include "tst_everything.moc"
