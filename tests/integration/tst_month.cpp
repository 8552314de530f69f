#include "demo/demo.h"
#include "operations/workspace.h"

#include "base/digest.h"

#include <QDirIterator>
#include <QNetworkAccessManager>
#include <QNetworkReply>
#include <QProcess>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace Orgtrace;

namespace {

/// What a comparison says about one entity, in the words of the scenario's own list.
struct Row {
    QString domain, entity, kind, previous;
    friend auto operator<=>(const Row &, const Row &) = default;
    QString text() const { return domain + u'/' + entity + u' ' + kind + (previous.isEmpty() ? QString() : u" was "_s + previous); }
};

QStringList texts(QList<Row> rows)
{
    std::ranges::sort(rows);
    QStringList out;
    for (const Row &row : rows) {
        out.append(row.text());
    }
    return out;
}

QList<Row> reported(const Operations::RangeFindings &range)
{
    QList<Row> rows;
    for (const Report::Finding &finding : range.findings) {
        const Compare::EntityChange &change = finding.judged.change;
        rows.append({change.domain, change.entity, Compare::changeKindName(change.kind), change.previousEntity});
    }
    return rows;
}

QList<Row> scripted(const QList<Sandbox::ScriptedChange> &changes)
{
    QList<Row> rows;
    for (const Sandbox::ScriptedChange &change : changes) {
        // The scenario names a settings object by its file, "_"; it has no id.
        rows.append({change.domain, change.entity == u"_" ? QString() : change.entity,
                     change.kind == u"lineage" ? u"modified"_s : change.kind, change.previousEntity});
    }
    std::ranges::sort(rows);
    rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
    return rows;
}

QByteArray git(const QString &store, const QStringList &arguments, int *status = nullptr)
{
    QProcess process;
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert(u"GIT_CONFIG_COUNT"_s, u"1"_s);
    environment.insert(u"GIT_CONFIG_KEY_0"_s, u"safe.directory"_s);
    environment.insert(u"GIT_CONFIG_VALUE_0"_s, u"*"_s);
    process.setProcessEnvironment(environment);
    process.setProcessChannelMode(QProcess::MergedChannels);
    process.start(u"git"_s, QStringList{u"-C"_s, store + u"/evidence.git"_s} + arguments);
    process.waitForFinished(60000);
    if (status) {
        *status = process.exitCode();
    }
    return process.readAll();
}

} // namespace

/// The simulated month, captured over real HTTP into a real store, against the scenario's own list of what it did.
class TestMonth : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void everySnapshotIsComplete();
    void firstToLastIsExactlyTheScenario();
    void everyStepIsExactlyTheScenario_data();
    void everyStepIsExactlyTheScenario();
    void aSecondCaptureOfTheSameMomentShowsNothing();
    void theIncidentStandsOut();
    void changesHaveTheirEventsBesideThem();
    void whatWasUndoneLeavesEventsButNoChange();
    void plainGitAcceptsTheStore();
    void theStoreProvesItself();
    void noSecretIsAnywhereInTheStore();
    void theReportHoldsTheRange();
    void theContractorsRightsComeThroughTheGroup();

private:
    QByteArray fetch(const QByteArray &path, const QByteArray &authorization, const QByteArray &form = {}) const;
    QList<QByteArray> secretsOnTheWire() const;
    Result<Operations::RangeFindings> between(int a, int b) const
    {
        return Operations::findings(m_run->storeFolder(), m_snapshots.at(a).id, m_snapshots.at(b).id);
    }
    std::unique_ptr<Demo::Run> m_run;
    QList<Evidence::SnapshotSummary> m_snapshots;
};

void TestMonth::initTestCase()
{
    Sandbox::Settings settings;
    settings.users = 120;
    m_run = std::make_unique<Demo::Run>(QString(), settings);
    QSignalSpy finished(m_run.get(), &Demo::Run::finished);
    QString failure;
    QObject context;
    connect(m_run.get(), &Demo::Run::failed, &context,
            [&failure](const Error &error) { failure = errorCodeName(error.code) + u": "_s + error.detail + u" "_s + error.where; });
    m_run->start();
    const bool done = finished.wait(120000);
    QVERIFY2(failure.isEmpty(), qPrintable(failure));
    QVERIFY(done);
    const Result<Evidence::Store> store = Evidence::Store::open(m_run->storeFolder());
    QVERIFY(store);
    const Result<QList<Evidence::SnapshotSummary>> snapshots = store->snapshots();
    QVERIFY(snapshots);
    m_snapshots = *snapshots;
    QVERIFY(m_snapshots.size() >= 8);
    QCOMPARE(m_snapshots.size(), m_run->sandbox().captureTimes().size());
    QStringList triggers;
    for (const Evidence::SnapshotSummary &summary : std::as_const(m_snapshots)) {
        triggers.append(summary.trigger);
    }
    QCOMPARE(triggers, m_run->sandbox().captureTriggers());
    for (const QString &kind : {u"schedule"_s, u"events"_s, u"hand"_s}) {
        QVERIFY2(triggers.contains(kind), qPrintable(kind)); // the timeline's marks are all seen in the demo
    }
}

void TestMonth::everySnapshotIsComplete()
{
    const Result<Evidence::Store> store = Evidence::Store::open(m_run->storeFolder());
    QVERIFY(store);
    for (const Evidence::SnapshotSummary &summary : std::as_const(m_snapshots)) {
        const Result<Evidence::Snapshot> snapshot = store->snapshot(summary.id);
        QVERIFY(snapshot);
        for (const Evidence::LedgerRow &row : snapshot->manifest().ledger) {
            QVERIFY2(row.state == Evidence::LedgerState::Complete && row.quarantined.isEmpty() && row.failedParents.isEmpty(),
                     qPrintable(row.domain + u": "_s + row.reason));
            QVERIFY2(row.entities > 0, qPrintable(row.domain));
        }
    }
}

void TestMonth::firstToLastIsExactlyTheScenario()
{
    const int last = static_cast<int>(m_snapshots.size()) - 1;
    const Result<Operations::RangeFindings> range = between(0, last);
    QVERIFY(range);
    const QList<QDateTime> times = m_run->sandbox().captureTimes();
    const QList<Sandbox::ScriptedChange> expected = m_run->sandbox().expectedChanges(times.first(), times.last());
    QVERIFY(expected.size() >= 20);
    QCOMPARE(texts(reported(*range)).join(u'\n'), texts(scripted(expected)).join(u'\n'));
    QVERIFY(range->difference.notComparable.isEmpty());

    // Every field that is reported lies at or under a path the scenario names, and every named path is reported.
    for (const Sandbox::ScriptedChange &change : expected) {
        if (change.kind != u"modified" || change.paths.isEmpty()) {
            continue;
        }
        for (const Report::Finding &finding : range->findings) {
            if (finding.judged.change.domain != change.domain
                || finding.judged.change.entity != (change.entity == u"_" ? QString() : change.entity)) {
                continue;
            }
            for (const QString &path : change.paths) {
                const bool found = std::ranges::any_of(finding.judged.change.fields, [&path](const Compare::FieldChange &field) {
                    return field.path == path || field.path.startsWith(path);
                });
                QVERIFY2(found, qPrintable(u"%1/%2 lacks %3"_s.arg(change.domain, change.entity, path)));
            }
        }
    }
}

void TestMonth::everyStepIsExactlyTheScenario_data()
{
    QTest::addColumn<int>("step");
    for (int step = 0; step + 1 < m_run->sandbox().captureTimes().size(); ++step) {
        QTest::newRow(qPrintable(u"from capture %1 to the next"_s.arg(step + 1))) << step;
    }
}

void TestMonth::everyStepIsExactlyTheScenario()
{
    QFETCH(int, step);
    const Result<Operations::RangeFindings> range = between(step, step + 1);
    QVERIFY(range);
    const QList<QDateTime> times = m_run->sandbox().captureTimes();
    QCOMPARE(texts(reported(*range)).join(u'\n'),
             texts(scripted(m_run->sandbox().expectedChanges(times.at(step), times.at(step + 1)))).join(u'\n'));
}

void TestMonth::aSecondCaptureOfTheSameMomentShowsNothing()
{
    Result<std::unique_ptr<Operations::Workspace>> workspace
        = Operations::Workspace::open(m_run->storeFolder(), m_run->clock(), m_run->credentials());
    QVERIFY(workspace);
    const Result<Capture::Outcome> first = QCoro::waitFor((*workspace)->capture(m_run->organisationName(), {}, {}, {}));
    QVERIFY2(first, first ? "" : qPrintable(first.error().detail));
    const Result<Capture::Outcome> second = QCoro::waitFor((*workspace)->capture(m_run->organisationName(), {}, {}, {}));
    QVERIFY(second);
    QVERIFY(first->snapshot.id != second->snapshot.id);
    const Result<Operations::RangeFindings> range = Operations::findings(m_run->storeFolder(), first->snapshot.id, second->snapshot.id);
    QVERIFY(range);
    // The sandbox changes its volatile fields and reorders its arrays on every call.
    QCOMPARE(texts(reported(*range)), QStringList());
    QVERIFY(range->difference.savedWithoutEffect.isEmpty());
}

void TestMonth::theIncidentStandsOut()
{
    const Result<Operations::RangeFindings> range = between(0, static_cast<int>(m_snapshots.size()) - 1);
    QVERIFY(range);
    QSet<QString> critical;
    for (const Report::Finding &finding : range->findings) {
        if (finding.judged.verdict.severity == Policy::Severity::Critical) {
            critical.insert(finding.judged.change.domain);
        }
    }
    QVERIFY2(critical.contains(u"grants"_s), qPrintable(QStringList(critical.begin(), critical.end()).join(u',')));
    QVERIFY(critical.contains(u"trunk_base_settings"_s));
    QVERIFY(critical.contains(u"oauth_clients"_s));
    // Worst first.
    for (qsizetype i = 1; i < range->findings.size(); ++i) {
        QVERIFY(range->findings.at(i - 1).judged.verdict.severity >= range->findings.at(i).judged.verdict.severity);
    }
}

void TestMonth::changesHaveTheirEventsBesideThem()
{
    const Result<Operations::RangeFindings> range = between(0, static_cast<int>(m_snapshots.size()) - 1);
    QVERIFY(range);
    QVERIFY(!range->events.isEmpty());
    bool grantSeen = false;
    for (const Report::Finding &finding : range->findings) {
        for (const Audit::Event &event : finding.events) {
            QVERIFY(event.timeUtc >= range->windowFromUtc && event.timeUtc <= range->windowToUtc);
            grantSeen = grantSeen || (finding.judged.change.domain == u"trunk_base_settings" && !event.userId.isEmpty());
        }
    }
    QVERIFY(grantSeen);
}

void TestMonth::whatWasUndoneLeavesEventsButNoChange()
{
    const Result<Operations::RangeFindings> range = between(0, static_cast<int>(m_snapshots.size()) - 1);
    QVERIFY(range);
    int undone = 0;
    for (const Sandbox::ScriptedChange &change : m_run->sandbox().script()) {
        if (!change.undone) {
            continue;
        }
        ++undone;
        const bool eventSeen
            = std::ranges::any_of(range->events, [&change](const Audit::Event &event) { return event.entityId == change.entity; });
        QVERIFY2(eventSeen, qPrintable(change.story));
    }
    QVERIFY(undone > 0);
}

void TestMonth::plainGitAcceptsTheStore()
{
    const QString store = m_run->storeFolder();
    int status = -1;
    const QByteArray fsck = git(store, {u"fsck"_s, u"--full"_s, u"--strict"_s}, &status);
    QVERIFY2(status == 0, fsck.constData());
    const QList<QByteArray> commits = git(store, {u"rev-list"_s, u"--all"_s}, &status).trimmed().split('\n');
    QCOMPARE(status, 0);
    QVERIFY(commits.size() >= m_snapshots.size());
    for (const QByteArray &commit : commits) {
        const QByteArray answer = git(
            store,
            {u"-c"_s, u"gpg.ssh.allowedSignersFile="_s + store + u"/allowed_signers"_s, u"verify-commit"_s, QString::fromLatin1(commit)},
            &status);
        QVERIFY2(status == 0, answer.constData());
    }
    const QByteArray log = git(store, {u"log"_s, u"-p"_s, u"--stat"_s}, &status);
    QCOMPARE(status, 0);
    QVERIFY(log.contains("domains/trunk_base_settings/"));
}

void TestMonth::theStoreProvesItself()
{
    const Result<Evidence::Store> store = Evidence::Store::open(m_run->storeFolder());
    QVERIFY(store);
    const Result<Evidence::Store::Verification> verification = store->verify();
    QVERIFY(verification);
    QStringList problems;
    for (const Evidence::Store::Problem &problem : verification->problems) {
        problems.append(problem.what);
    }
    QCOMPARE(problems, QStringList());
    QVERIFY(verification->roots > 0);
    QVERIFY(verification->signatures >= m_snapshots.size());
}

QByteArray TestMonth::fetch(const QByteArray &path, const QByteArray &authorization, const QByteArray &form) const
{
    QNetworkAccessManager network;
    QUrl url = m_run->sandbox().baseUrl();
    url.setPath(QString::fromLatin1(path.split('?').first()));
    url.setQuery(QString::fromLatin1(path.contains('?') ? path.split('?').last() : QByteArray()));
    QNetworkRequest request(url);
    request.setRawHeader("Authorization", authorization);
    request.setHeader(QNetworkRequest::ContentTypeHeader, u"application/x-www-form-urlencoded"_s);
    std::unique_ptr<QNetworkReply> reply(form.isEmpty() ? network.get(request) : network.post(request, form));
    QSignalSpy answered(reply.get(), &QNetworkReply::finished);
    if (!answered.wait(20000)) {
        return {};
    }
    return reply->readAll();
}

// What the platform really sent: the values of OAuth clients' secrets and of trunks' SIP passwords.
QList<QByteArray> TestMonth::secretsOnTheWire() const
{
    const Sandbox::Settings settings;
    const QByteArray basic = "Basic " + (settings.clientId + u':' + settings.clientSecret).toUtf8().toBase64();
    const Result<Json::Document> token = Json::parse(view(fetch("/oauth/token", basic, "grant_type=client_credentials")));
    if (!token) {
        return {};
    }
    const QByteArray bearer = "Bearer " + token->root()["access_token"].toQString().toUtf8();
    QList<QByteArray> secrets;
    const QByteArray clientsBody = fetch("/api/v2/oauth/clients", bearer);
    const QByteArray trunksBody = fetch("/api/v2/telephony/providers/edges/trunkbasesettings?pageSize=100&expand=properties", bearer);
    const Result<Json::Document> clients = Json::parse(view(clientsBody));
    const Result<Json::Document> trunks = Json::parse(view(trunksBody));
    if (!clients || !trunks) {
        return {};
    }
    for (const Json::Value client : clients->root()["entities"].items()) {
        if (!client["secret"].isMissing()) {
            secrets.append(client["secret"].toQString().toUtf8());
        }
    }
    for (const Json::Value trunk : trunks->root()["entities"].items()) {
        const Json::Value value = trunk["properties"]["trunk_sip_authentication_credentials_password"]["value"];
        const Json::Value instance = value.isObject() ? value["instance"] : value;
        if (instance.isString() && instance.string().size() >= 8) {
            secrets.append(instance.toQString().toUtf8());
        }
    }
    return secrets;
}

void TestMonth::noSecretIsAnywhereInTheStore()
{
    // All evidence as text, and every other file of the store as it is.
    const QString store = m_run->storeFolder();
    const QByteArray secret = Sandbox::Settings().clientSecret.toUtf8();
    const QList<QByteArray> planted = secretsOnTheWire();
    QVERIFY(planted.size() >= 4);
    const QByteArray everything = git(store, {u"log"_s, u"--all"_s, u"-p"_s, u"--no-color"_s});
    QVERIFY(everything.size() > 100000);
    QVERIFY(!everything.contains(secret));
    QVERIFY(everything.contains("secret:"));
    for (const QByteArray &value : planted) {
        QVERIFY(value.size() >= 8);
        QVERIFY2(!everything.contains(value), value.constData());
    }
    QDirIterator files(store, QDir::Files, QDirIterator::Subdirectories);
    while (files.hasNext()) {
        QFile file(files.next());
        QVERIFY(file.open(QIODevice::ReadOnly));
        QVERIFY(!file.readAll().contains(secret));
    }
}

void TestMonth::theReportHoldsTheRange()
{
    const Result<Operations::RangeFindings> range = between(0, static_cast<int>(m_snapshots.size()) - 1);
    QVERIFY(range);
    QTemporaryDir folder;
    const QString path = folder.filePath(u"report.html"_s);
    QVERIFY(Operations::writeReport(*range, path, m_run->clock().nowUtc()));
    QFile file(path);
    QVERIFY(file.open(QIODevice::ReadOnly));
    const QByteArray html = file.readAll();
    QVERIFY(html.contains("SIP-Frankfurt-01"));
    QVERIFY(html.contains("Content-Security-Policy"));
    QVERIFY(!html.contains("<script"));
    for (const QByteArray &value : secretsOnTheWire()) {
        QVERIFY(!html.contains(value));
    }
}

void TestMonth::theContractorsRightsComeThroughTheGroup()
{
    const Result<Evidence::Store> store = Evidence::Store::open(m_run->storeFolder());
    QVERIFY(store);
    // Found by what the scenario says happened, not by a fixed id.
    QString group;
    for (const Sandbox::ScriptedChange &change : m_run->sandbox().script()) {
        if (change.incident && change.domain == u"grants" && group.isEmpty()) {
            group = change.entity;
        }
    }
    QVERIFY(!group.isEmpty());
    int heldAt = 0;
    bool atFirst = false;
    for (qsizetype i = 0; i < m_snapshots.size(); ++i) {
        const Result<Evidence::Snapshot> snapshot = store->snapshot(m_snapshots.at(i).id);
        QVERIFY(snapshot);
        const Result<Access::AccessModel> model = Access::AccessModel::build(*snapshot);
        QVERIFY(model);
        const auto holders = model->whoCan(u"authorization:grant:add"_s);
        const bool held = std::ranges::any_of(holders, [&group](const auto &holder) {
            return holder.first.kind == Access::SubjectKind::User
                && std::ranges::any_of(holder.second, [&group](const Access::AccessPath &path) { return path.containerId == group; });
        });
        heldAt += held ? 1 : 0;
        atFirst = atFirst || (i == 0 && held);
    }
    QVERIFY(!atFirst);
    QVERIFY(heldAt > 0);
}

QTEST_GUILESS_MAIN(TestMonth)
#include "tst_month.moc"
