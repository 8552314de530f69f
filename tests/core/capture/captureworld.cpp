#include "captureworld.h"

#include <QCoroTask>

using namespace Qt::StringLiterals;

namespace Orgtrace::Test {

namespace {
const QString Base = u"http://127.0.0.1:9"_s;

constexpr auto Rules = R"(
[[domain]]
name = "organization"
title = "Organisation"
path = "/api/v2/organizations/me"
paging = "single"
identity = ""
dropped = ["**/selfUri"]
signals = ["version"]
[[domain]]
name = "roles"
path = "/api/v2/authorization/roles"
dropped = ["**/selfUri"]
[[domain]]
name = "grants"
path = "/api/v2/authorization/roles/{id}/subjectgrants"
dropped = ["**/selfUri"]
references = ["grants/*/division"]
unordered = ["grants"]
identities = { "grants" = "role,division/id" }
[domain.sub]
parent = "roles"
shape = "pivot"
into = "grants"
parentKey = "role"
expand = "divisions"
expandKey = "division"
keep = ["type"]
[[domain]]
name = "queues"
path = "/api/v2/routing/queues"
dropped = ["**/selfUri"]
signals = ["dateModified"]
secrets = ["apiKey"]
[[domain]]
name = "queue_members"
path = "/api/v2/routing/queues/{id}/members"
paging = "page-no-total"
dropped = ["**/selfUri"]
unordered = ["members"]
identities = { "members" = "id" }
[domain.sub]
parent = "queues"
shape = "items"
into = "members"
)";

Catalogue::Catalogue loadRules()
{
    auto out = Catalogue::Catalogue::load({{u"test.toml"_s, QByteArray(Rules)}});
    if (!out) {
        qFatal("catalogue: %s %s", qPrintable(out.error().detail), qPrintable(out.error().where));
    }
    return *out;
}

Redaction::Redactor loadRedactor()
{
    auto out
        = Redaction::Redactor::load("[[rules]]\nid = \"test\"\nregex = 'AKIA[A-Z0-9]{16}'\n[[fields]]\nid = \"pw\"\nregex = 'password'\n",
                                    Redaction::Fingerprinter(QByteArray(32, 'k')));
    if (!out) {
        qFatal("redactor: %s", qPrintable(out.error().detail));
    }
    return std::move(*out);
}

Evidence::Signer makeSigner()
{
    auto out = Evidence::Signer::fromSeed(std::string(32, 's'));
    return std::move(*out);
}
} // namespace

ScriptedExchange CaptureWorld::page(const QByteArrayList &entities, int total)
{
    ScriptedExchange exchange;
    exchange.body = "{\"entities\":[" + entities.join(',') + "]";
    if (total >= 0) {
        exchange.body += ",\"total\":" + QByteArray::number(total) + ",\"pageCount\":1,\"pageNumber\":1,\"pageSize\":100";
    }
    exchange.body += "}";
    return exchange;
}

ScriptedExchange CaptureWorld::status(int code, const QByteArray &body)
{
    ScriptedExchange exchange;
    exchange.status = code;
    exchange.body = body;
    return exchange;
}

CaptureWorld::CaptureWorld() : catalogue(loadRules()), redactor(loadRedactor()), signer(makeSigner())
{
    Evidence::Store::InitOptions options;
    options.writerId = u"writer1"_s;
    options.storeId = u"store1"_s;
    options.signerLine = signer.publicKeyLine();
    const auto store = Evidence::Store::init(storeFolder(), options);
    if (!store) {
        qFatal("store: %s", qPrintable(store.error().detail));
    }
    answers[u"/api/v2/organizations/me"_s].body = R"({"id":"org-1","name":"Northwind","version":7,"selfUri":"x"})";
    answers[u"/api/v2/authorization/subjects/me?includeDuplicates=true"_s].body = R"({"id":"client-1","grants":[],"selfUri":"x"})";
    answers[u"/api/v2/authorization/roles?pageNumber=1&pageSize=100"_s]
        = page({R"({"id":"r1","name":"Admin"})", R"({"id":"r2","name":"Agent"})"}, 2);
    answers[u"/api/v2/authorization/roles/r1/subjectgrants?pageNumber=1&pageSize=100"_s]
        = page({R"({"id":"u1","name":"Anna","type":"PC_USER","divisions":[{"id":"d1","name":"Home"},{"id":"d2"}]})"}, 1);
    answers[u"/api/v2/authorization/roles/r2/subjectgrants?pageNumber=1&pageSize=100"_s] = page(
        {R"({"id":"u1","name":"Anna","type":"PC_USER","divisions":[{"id":"d1"}]})", R"({"id":"g1","type":"PC_GROUP","divisions":[]})"}, 2);
    answers[u"/api/v2/routing/queues?pageNumber=1&pageSize=100"_s]
        = page({R"({"id":"q1","name":"Sales","dateModified":"2026-09-01T00:00:00Z"})", R"({"id":"q2","name":"Help"})"}, 2);
    answers[u"/api/v2/routing/queues/q1/members?pageNumber=1&pageSize=100"_s] = page({R"({"id":"u2"})", R"({"id":"u1"})"});
    answers[u"/api/v2/routing/queues/q2/members?pageNumber=1&pageSize=100"_s] = page({});

    network.setFallback([this](const QByteArray &method, const QUrl &url) -> std::optional<ScriptedExchange> {
        const QString key = QString::fromLatin1(url.toEncoded()).mid(Base.size());
        if (method == "POST" && key == u"/oauth/token") {
            ScriptedExchange token;
            token.body = R"({"access_token":"token-1","token_type":"bearer","expires_in":86400})";
            return token;
        }
        const auto found = answers.find(key);
        return found == answers.end() ? std::nullopt : std::optional(found->second);
    });
}

Result<Capture::Outcome> CaptureWorld::capture(const QStringList &domains, CancellationToken cancel,
                                               std::function<void(const Capture::Progress &)> progress)
{
    Genesys::ApiClient::Settings settings;
    settings.endpoints = {u"custom"_s, QUrl(Base), QUrl(Base)};
    settings.clientId = u"client-1"_s;
    QByteArray secret = "secret-1";
    settings.clientSecret = Credentials::Secret::take(secret);
    settings.jitterSeed = 7;
    settings.retry = retry;
    settings.replies = journal;
    Genesys::ApiClient client(network, clock, settings, cancel);
    Capture::Settings run;
    run.storeFolder = storeFolder();
    run.catalogue = catalogue;
    run.domains = domains;
    run.region = u"custom"_s;
    run.clientId = settings.clientId;
    run.journal = journal;
    run.provesGrants = provesGrants;
    run.tellsGrantTimes = tellsGrantTimes;
    run.trigger = trigger;
    auto outcome = QCoro::waitFor(Capture::capture(client, clock, run, redactor, signer, cancel, std::move(progress)));
    clock.advance(std::chrono::hours(1)); // the next one is later
    return outcome;
}

Result<Capture::Outcome> CaptureWorld::import(const QString &folder, const QDateTime &observedUtc)
{
    Capture::ImportSettings settings;
    settings.storeFolder = storeFolder();
    settings.folder = folder;
    settings.catalogue = catalogue;
    settings.organisationId = u"org-1"_s;
    settings.organisationName = u"Northwind"_s;
    settings.observedUtc = observedUtc;
    auto outcome = Capture::importFolder(settings, redactor, signer, clock.nowUtc());
    clock.advance(std::chrono::hours(1));
    return outcome;
}

QByteArray CaptureWorld::text(const Capture::Outcome &outcome, const QString &domain, const QString &id) const
{
    const auto store = Evidence::Store::open(storeFolder());
    const auto snapshot = store->snapshot(outcome.snapshot.id);
    return snapshot ? snapshot->entityText(domain, id).value_or(QByteArray()) : QByteArray();
}

QStringList CaptureWorld::ids(const Capture::Outcome &outcome, const QString &domain) const
{
    const auto store = Evidence::Store::open(storeFolder());
    const auto snapshot = store->snapshot(outcome.snapshot.id);
    return snapshot ? snapshot->entityIds(domain).value_or(QStringList()) : QStringList();
}

int CaptureWorld::snapshotCount() const
{
    const auto store = Evidence::Store::open(storeFolder());
    const auto list = store->snapshots();
    return list ? int(list->size()) : -1;
}

} // namespace Orgtrace::Test
