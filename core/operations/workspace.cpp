#include "operations/workspace.h"

#include "base/digest.h"
#include "genesys/browsersignin.h"
#include "genesys/plainconnections.h"
#include "operations/check.h"
#include "operations/keys.h"
#include "operations/pushing.h"

#include <QDir>
#include <QFileInfo>
#include <QThreadPool>
#include <QUuid>

using namespace Qt::StringLiterals;

namespace Orgtrace::Operations {

namespace {

constexpr qsizetype MaxCatalogueFiles = 100;
constexpr qint64 MaxCatalogueBytes = 1024LL * 1024;

/// What a run asks for: named domains, or a profile's.
Result<QStringList> chosenOf(const Catalogue::Catalogue &catalogue, const QStringList &domains, const QString &profile)
{
    if (domains.isEmpty()) {
        return catalogue.profile(profile.isEmpty() ? QString(Catalogue::Catalogue::DefaultProfile) : profile);
    }
    if (!profile.isEmpty()) {
        return Error::make(ErrorCode::BadInput, u"a capture asks for a profile or for single domains, not for both"_s, profile);
    }
    for (const QString &domain : domains) {
        if (!catalogue.find(domain)) {
            return Error::make(ErrorCode::BadInput, u"the catalogue has no domain '%1'"_s.arg(domain), domain);
        }
    }
    return domains;
}

/// An export is measured by the default profile and by what it holds, not by everything there could be.
Catalogue::Catalogue forImport(const Catalogue::Catalogue &catalogue, const QString &source)
{
    QStringList names = catalogue.profile(Catalogue::Catalogue::DefaultProfile).value_or(QStringList());
    for (const auto those = QDir(source).entryList({u"*.json"_s}, QDir::Files); const QString &file : those) {
        names.append(QFileInfo(file).completeBaseName());
    }
    return catalogue.restrictedTo(names);
}

} // namespace

struct Workspace::Private {
    Private(Evidence::Store opened, Clock &clock, Credentials::CredentialStore &credentials) :
        store(std::move(opened)), clock(clock), credentials(credentials)
    {
        network.setProxyFactory(new Genesys::PlainConnections); // which it owns
    }
    Evidence::Store store;
    Clock &clock;
    Credentials::CredentialStore &credentials;
    QNetworkAccessManager network;
    PersonSignIn person;
    QHash<QString, std::shared_ptr<Genesys::TokenMemory>> sessions; ///< of persons, by everything that makes one
    QString extraCatalogue;
    int quotaSharePercent = 40;
    QThreadPool pushing;

    QCoro::Task<Result<std::unique_ptr<Genesys::ApiClient>>> client(Evidence::OrganisationSettings organisation, CancellationToken cancel,
                                                                    std::shared_ptr<Genesys::ReplyLog> replies = {});
};

Workspace::Workspace() = default;
Workspace::~Workspace() = default;

QCoro::Task<Result<void>> Workspace::init(QString folder, InitOptions options, Credentials::CredentialStore &credentials)
{
    const QString storeId = QUuid::createUuid().toString(QUuid::WithoutBraces);
    const Credentials::Secret seed = Credentials::Secret::random(32);
    const Credentials::Secret fingerprintKey = Credentials::Secret::random(32);
    const Result<Evidence::Signer> signer = Evidence::Signer::fromSeed(seed.view());
    if (!signer) {
        co_return std::unexpected(signer.error());
    }
    const bool folderExisted = QFileInfo::exists(folder);
    // The store first: it refuses a folder that holds something, and then no key was written anywhere.
    const Result<Evidence::Store> store
        = Evidence::Store::init(folder,
                                {.writerId = {},
                                 .signerLine = signer->publicKeyLine(),
                                 .keyFile = options.keyFile.isEmpty() ? QString() : QFileInfo(options.keyFile).absoluteFilePath(),
                                 .storeId = storeId});
    if (!store) {
        co_return std::unexpected(store.error());
    }
    Result<void> written = co_await credentials.write(signingKeyName(storeId), seed);
    if (written) {
        written = co_await credentials.write(fingerprintKeyName(storeId), fingerprintKey);
    }
    if (written) {
        written = co_await credentials.write(vaultKeyName(storeId), Credentials::Secret::random(Evidence::VaultKey::Bytes));
    }
    if (!written) {
        // A store without its keys is of no use to anybody: what was just made goes again. It was ours alone and empty.
        QDir(folder).removeRecursively();
        if (folderExisted) {
            QDir().mkpath(folder);
        }
        co_return Error::make(written.error().code,
                              u"the new store's keys could not be kept in %1: %2; use --key-file where there is no keychain"_s.arg(
                                  credentials.placeName(), written.error().detail),
                              written.error().where);
    }
    co_return Result<void>();
}

Result<std::unique_ptr<Workspace>> Workspace::open(const QString &folder, Clock &clock, Credentials::CredentialStore &credentials)
{
    Result<Evidence::Store> store = Evidence::Store::open(folder);
    if (!store) {
        return std::unexpected(store.error());
    }
    std::unique_ptr<Workspace> workspace(new Workspace);
    workspace->d = std::make_unique<Private>(std::move(*store), clock, credentials);
    return workspace;
}

const Evidence::Store &Workspace::store() const
{
    return d->store;
}

void Workspace::setExtraCatalogue(const QString &extraFile)
{
    d->extraCatalogue = extraFile;
}

Result<Catalogue::Catalogue> Workspace::catalogue() const
{
    QStringList paths;
    const QDir own(folder() + u"/catalogue"_s);
    for (const auto those = own.entryList({u"*.toml"_s}, QDir::Files, QDir::Name); const QString &name : those) {
        paths.append(own.filePath(name));
    }
    if (!d->extraCatalogue.isEmpty()) {
        paths.append(d->extraCatalogue);
    }
    if (paths.size() > MaxCatalogueFiles) {
        return Error::make(ErrorCode::TooLarge, u"more than %1 catalogue files"_s.arg(MaxCatalogueFiles), own.path());
    }
    QList<std::pair<QString, QByteArray>> files;
    for (const QString &path : std::as_const(paths)) {
        QFile file(path);
        if (!file.open(QIODevice::ReadOnly)) {
            return Error::make(ErrorCode::Io, u"the catalogue file cannot be read: %1"_s.arg(file.errorString()), path);
        }
        const QByteArray text = file.read(MaxCatalogueBytes + 1);
        if (text.size() > MaxCatalogueBytes) {
            return Error::make(ErrorCode::TooLarge, u"a catalogue file has more than %1 bytes"_s.arg(MaxCatalogueBytes), path);
        }
        files.append({path, text});
    }
    return Catalogue::Catalogue::effective(files);
}

Clock &Workspace::clock() const
{
    return d->clock;
}

QString Workspace::folder() const
{
    return d->store.folder();
}

Result<QList<Evidence::OrganisationSettings>> Workspace::organisations() const
{
    return Evidence::organisations(folder());
}

Result<Evidence::OrganisationSettings> Workspace::organisation(const QString &name) const
{
    const Result<QList<Evidence::OrganisationSettings>> all = organisations();
    if (!all) {
        return std::unexpected(all.error());
    }
    QStringList known;
    for (const Evidence::OrganisationSettings &organisation : *all) {
        if (organisation.name == name) {
            return organisation;
        }
        known.append(organisation.name);
    }
    return Error::make(ErrorCode::NotFound,
                       known.isEmpty() ? u"the store knows no organisation yet; add one with 'org add'"_s
                                       : u"no organisation '%1'; the store knows %2"_s.arg(name, known.join(u", "_s)),
                       name);
}

void Workspace::setPersonSignIn(PersonSignIn person)
{
    d->person = std::move(person);
}

QCoro::Task<Result<void>> Workspace::addOrganisation(Evidence::OrganisationSettings organisation, Credentials::Secret secret)
{
    const Result<Genesys::Endpoints> endpoints = Genesys::endpoints(organisation.region, organisation.apiUrl, organisation.loginUrl);
    if (!endpoints) {
        co_return std::unexpected(endpoints.error());
    }
    if (organisation.clientId.isEmpty()) {
        co_return Error::make(ErrorCode::BadInput, u"a client id is needed"_s, organisation.name);
    }
    const bool isPerson = organisation.grant == u"pkce";
    if (isPerson && !secret.isEmpty()) {
        co_return Error::make(ErrorCode::BadInput, u"the grant pkce has no client secret: a person signs in with a browser"_s,
                              organisation.name);
    }
    if (!isPerson && !organisation.redirectPort.isEmpty()) {
        co_return Error::make(ErrorCode::BadInput, u"a redirect port is for the grant pkce only"_s, organisation.name);
    }
    if (!secret.isEmpty()) {
        const QString name = clientSecretName(d->store.storeId(), organisation.name);
        const Result<void> written = co_await d->credentials.write(name, secret);
        if (!written) {
            co_return std::unexpected(written.error());
        }
    }
    co_return Evidence::saveOrganisation(folder(), organisation);
}

void Workspace::setQuotaShare(int percent)
{
    d->quotaSharePercent = percent;
}

QCoro::Task<Result<std::unique_ptr<Genesys::ApiClient>>> Workspace::Private::client(Evidence::OrganisationSettings organisation,
                                                                                    CancellationToken cancel,
                                                                                    std::shared_ptr<Genesys::ReplyLog> replies)
{
    using Out = Result<std::unique_ptr<Genesys::ApiClient>>;
    const Result<Genesys::Endpoints> endpoints = Genesys::endpoints(organisation.region, organisation.apiUrl, organisation.loginUrl);
    if (!endpoints) {
        co_return std::unexpected(endpoints.error());
    }
    Genesys::ApiClient::Settings settings;
    settings.endpoints = *endpoints;
    settings.clientId = organisation.clientId;
    settings.quotaSharePercent = quotaSharePercent;
    settings.replies = std::move(replies);
    if (organisation.grant == u"pkce") {
        const Result<quint16> port = redirectPort(organisation);
        if (!port) {
            co_return std::unexpected(port.error());
        }
        if (!person.show) {
            co_return std::unexpected(canRunUnattended(organisation).error());
        }
        auto &session
            = sessions[QStringList{organisation.name, organisation.clientId, endpoints->login.toString(), endpoints->api.toString()}.join(
                u'\n')];
        if (!session) {
            session = std::make_shared<Genesys::TokenMemory>();
        }
        settings.tokens = session;
        Genesys::BrowserSignIn browser;
        browser.endpoints = *endpoints;
        browser.clientId = organisation.clientId;
        browser.port = *port;
        browser.show = person.show;
        browser.refused = person.refused;
        browser.ended = person.ended;
        settings.authorize = [browser, cancel] { return Genesys::authorizeInBrowser(browser, cancel); };
        auto made = std::make_unique<Genesys::ApiClient>(network, clock, std::move(settings), std::move(cancel));
        if (person.expiring) {
            QObject::connect(made.get(), &Genesys::ApiClient::signInExpiring, made.get(), person.expiring);
        }
        co_return Out(std::move(made));
    }
    const QString name = clientSecretName(store.storeId(), organisation.name);
    const Result<Credentials::Secret> secret = co_await credentials.read(name);
    if (!secret) {
        co_return Error::make(
            ErrorCode::KeyUnavailable,
            u"no client secret for '%1' in %2: %3; give it with 'org add … --secret-stdin', ORGTRACE_CLIENT_SECRET or $CREDENTIALS_DIRECTORY"_s
                .arg(organisation.name, credentials.placeName(), secret.error().detail),
            organisation.name);
    }
    settings.clientSecret = *secret;
    co_return Out(std::make_unique<Genesys::ApiClient>(network, clock, std::move(settings), std::move(cancel)));
}

Result<QStringList> Workspace::chosenDomains(const QStringList &domains, const QString &profile) const
{
    const Result<Catalogue::Catalogue> known = catalogue();
    return known ? chosenOf(*known, domains, profile) : std::unexpected(known.error());
}

QCoro::Task<Result<std::unique_ptr<Genesys::ApiClient>>> Workspace::client(QString name, CancellationToken cancel)
{
    const Result<Evidence::OrganisationSettings> settings = organisation(name);
    if (!settings) {
        co_return std::unexpected(settings.error());
    }
    auto making = d->client(*settings, std::move(cancel));
    co_return co_await making;
}

QCoro::Task<Result<Capture::Outcome>> Workspace::capture(QString name, QStringList domains, CancellationToken cancel,
                                                         std::function<void(const Capture::Progress &)> progress, QString profile,
                                                         CaptureOptions options)
{
    Result<Evidence::OrganisationSettings> settings = organisation(name);
    if (!settings) {
        co_return std::unexpected(settings.error());
    }
    Result<Catalogue::Catalogue> catalogue = this->catalogue();
    if (!catalogue) {
        co_return std::unexpected(catalogue.error());
    }
    const Result<QStringList> chosen = chosenOf(*catalogue, domains, profile);
    if (!chosen) {
        co_return std::unexpected(chosen.error());
    }
    const Result<Evidence::CaptureDefaults> defaults = Evidence::captureDefaults(folder());
    if (!defaults) {
        co_return std::unexpected(defaults.error());
    }
    if (options.provesGrants && !chosen->contains(Capture::GrantsDomain)) {
        co_return Error::make(ErrorCode::BadInput, u"there are no grants to prove: the capture does not ask for the domain grants"_s);
    }
    const bool provesGrants = options.provesGrants || defaults->provesGrants;
    const QString trigger = options.trigger;
    Result<Keys> keys = co_await loadKeys(d->credentials, d->store.storeId());
    if (!keys) {
        co_return std::unexpected(keys.error());
    }
    auto beginning = beginJournal(d->credentials, folder(), d->store.storeId(), *settings, settings->region + u' ' + settings->apiUrl,
                                  *catalogue, d->clock.nowUtc(), std::move(options));
    const Result<std::shared_ptr<Capture::Journal>> journal = co_await beginning;
    if (!journal) {
        co_return std::unexpected(journal.error());
    }
    Result<std::unique_ptr<Genesys::ApiClient>> client = co_await d->client(*settings, cancel, *journal);
    if (!client) {
        co_return std::unexpected(client.error());
    }
    Capture::Settings run;
    run.journal = *journal;
    run.storeFolder = folder();
    run.catalogue = *catalogue;
    run.domains = *chosen;
    run.region = settings->region;
    run.clientId = settings->clientId;
    run.provesGrants = provesGrants;
    // One more listing a division is little beside what these profiles ask for, and nothing else tells when a grant was made.
    const Result<QStringList> security = catalogue->profile(u"security"_s);
    run.tellsGrantTimes = security && chosen->contains(Capture::GrantsDomain)
        && std::ranges::all_of(*security, [&chosen](const QString &domain) { return chosen->contains(domain); });
    run.trigger = trigger;
    Capture::Progress last; // what was told; lives as long as the run below
    const auto told = [&last, &progress](const Capture::Progress &one) {
        last = one;
        if (progress) {
            progress(one);
        }
    };
    Result<Capture::Outcome> outcome = co_await Capture::capture(**client, d->clock, run, keys->redactor, keys->signer, cancel, told);
    if (outcome && settings->organisationId != outcome->manifest.organisationId) {
        settings->organisationId = outcome->manifest.organisationId;
        const Result<void> saved = Evidence::saveOrganisation(folder(), *settings);
        if (!saved) {
            co_return std::unexpected(saved.error());
        }
    }
    if (outcome) {
        if (const auto remotes = Evidence::remotes(folder()); remotes && !remotes->isEmpty()) {
            last.domain = QString();
            last.state = u"pushing"_s;
            last.wait = Capture::Progress::Wait::None;
            told(Capture::Progress(last));
        }
        auto pushing = pushesAfterWriting(folder(), d->pushing, cancel);
        outcome->pushes = co_await pushing;
    }
    co_return outcome;
}

QCoro::Task<Result<QList<Evidence::Push>>> Workspace::push(CancellationToken cancel, QString only)
{
    return pushToRemotes(folder(), d->pushing, std::move(cancel), std::move(only));
}

QCoro::Task<Result<std::optional<InterruptedCapture>>> Workspace::interrupted(QString name) const
{
    const Result<Evidence::OrganisationSettings> settings = organisation(name);
    if (!settings) {
        co_return std::unexpected(settings.error());
    }
    const Result<Catalogue::Catalogue> catalogue = this->catalogue();
    if (!catalogue) {
        co_return std::unexpected(catalogue.error());
    }
    auto looking = interruptedCapture(d->credentials, folder(), d->store.storeId(), *settings, settings->region + u' ' + settings->apiUrl,
                                      *catalogue, d->clock.nowUtc());
    co_return co_await looking;
}

namespace {

/// The platform's id of the organisation, where the exported folder holds organization.json; empty where it does not.
QString exportedOrganisationId(const QString &folder)
{
    QFile file(folder + u"/organization.json"_s);
    constexpr qint64 limit = 1024LL * 1024;
    if (!file.open(QIODevice::ReadOnly) || file.size() > limit) {
        return {};
    }
    const QByteArray text = file.readAll();
    const Result<Json::Document> document = Json::parse(view(text));
    if (!document) {
        return {};
    }
    const Json::Value root = document->root();
    return (root.isArray() ? root.at(0) : root)["id"].toQString();
}

} // namespace

QCoro::Task<Result<Capture::Outcome>> Workspace::importFolder(QString source, QString name, QDateTime observedUtc, CancellationToken cancel)
{
    Result<Catalogue::Catalogue> catalogue = this->catalogue();
    if (!catalogue) {
        co_return std::unexpected(catalogue.error());
    }
    Result<Keys> keys = co_await loadKeys(d->credentials, d->store.storeId());
    if (!keys) {
        co_return std::unexpected(keys.error());
    }
    Capture::ImportSettings run;
    run.storeFolder = folder();
    run.folder = source;
    run.catalogue = forImport(*catalogue, source);
    run.organisationName = name;
    if (const Result<Evidence::OrganisationSettings> known = organisation(name)) {
        run.organisationId = known->organisationId;
    }
    const QString exportedId = exportedOrganisationId(source);
    if (!run.organisationId.isEmpty() && !exportedId.isEmpty() && exportedId != run.organisationId) {
        co_return Error::make(
            ErrorCode::BadInput,
            u"the export is of organisation %1, but '%2' is %3: nothing was imported"_s.arg(exportedId, name, run.organisationId), source);
    }
    if (run.organisationId.isEmpty()) {
        run.organisationId = exportedId;
    }
    if (run.organisationId.isEmpty()) {
        run.organisationId = name; // an export that does not say whose it is goes by the user's own name for it
    }
    const QDateTime nowUtc = d->clock.nowUtc();
    run.observedUtc = observedUtc.isValid() ? observedUtc : nowUtc;
    Result<Capture::Outcome> outcome = Capture::importFolder(run, keys->redactor, keys->signer, nowUtc, cancel);
    if (outcome) {
        auto pushing = pushesAfterWriting(folder(), d->pushing, cancel);
        outcome->pushes = co_await pushing;
    }
    co_return outcome;
}

QCoro::Task<Result<Workspace::AuditOutcome>> Workspace::pullAudit(QString name, QDateTime fromUtc, QDateTime toUtc,
                                                                  CancellationToken cancel, std::function<void(int, int, qint64)> progress)
{
    const Result<Evidence::OrganisationSettings> settings = organisation(name);
    if (!settings) {
        co_return std::unexpected(settings.error());
    }
    Result<Keys> keys = co_await loadKeys(d->credentials, d->store.storeId());
    if (!keys) {
        co_return std::unexpected(keys.error());
    }
    Result<std::unique_ptr<Genesys::ApiClient>> client = co_await d->client(*settings, cancel);
    if (!client) {
        co_return std::unexpected(client.error());
    }
    QString organisationId = settings->organisationId;
    if (organisationId.isEmpty()) {
        // Evidence is filed under the platform's own id of the organisation, never under the user's name for it.
        Result<Genesys::ApiRequest> request = Genesys::ApiRequest::allow(Genesys::Method::Get, "/api/v2/organizations/me");
        if (!request) {
            co_return std::unexpected(request.error());
        }
        const Result<Genesys::ApiReply> reply = co_await (*client)->send(*request);
        if (!reply) {
            co_return std::unexpected(reply.error());
        }
        const Result<Json::Document> document = Json::parse({reply->body.constData(), size_t(reply->body.size())});
        if (!document) {
            co_return std::unexpected(document.error());
        }
        organisationId = document->root()["id"].toQString();
        if (organisationId.isEmpty()) {
            co_return Error::make(ErrorCode::BadResponse, u"organizations/me has no id"_s, reply->correlationId);
        }
    }
    const Result<Audit::Pull> pull = co_await Audit::pullAudit(**client, d->clock, fromUtc, toUtc, keys->redactor, cancel, progress);
    if (!pull) {
        co_return std::unexpected(pull.error());
    }
    QList<Evidence::AuditLine> lines;
    lines.reserve(pull->events.size());
    for (const Audit::Event &event : pull->events) {
        lines.append({event.timeUtc, event.id, event.line});
    }
    const Result<qint64> added = d->store.appendAudit(organisationId, lines, pull->windows, d->clock.nowUtc(), keys->signer);
    if (!added) {
        co_return std::unexpected(added.error());
    }
    AuditOutcome outcome;
    outcome.read = pull->events.size();
    outcome.added = *added;
    outcome.windows = pull->windows;
    auto pushing = pushesAfterWriting(folder(), d->pushing, cancel);
    outcome.pushes = co_await pushing;
    co_return Result<AuditOutcome>(std::move(outcome));
}

Result<Evidence::SnapshotSummary> Workspace::resolve(const QString &expression) const
{
    QString revision = expression;
    QString organisationId;
    // A time has colons of its own: only what is no time can name an organisation in front.
    const qsizetype colon = expression.indexOf(u':');
    if (colon > 0 && !parseIsoUtc(expression).isValid()) {
        const QString name = expression.left(colon);
        revision = expression.mid(colon + 1);
        if (const Result<Evidence::OrganisationSettings> known = organisation(name); known && !known->organisationId.isEmpty()) {
            organisationId = known->organisationId;
        } else {
            const Result<QList<Evidence::SnapshotSummary>> all = d->store.snapshots();
            if (!all) {
                return std::unexpected(all.error());
            }
            for (const Evidence::SnapshotSummary &snapshot : *all) {
                if (snapshot.organisationId == name || snapshot.organisationName == name) {
                    organisationId = snapshot.organisationId;
                    break;
                }
            }
            if (organisationId.isEmpty()) {
                return Error::make(ErrorCode::NotFound, u"no snapshot of an organisation '%1'"_s.arg(name), expression);
            }
        }
        return d->store.resolve(revision, organisationId);
    }
    // Without an organisation a relative revision is only clear where the store holds one.
    const Result<QList<Evidence::SnapshotSummary>> all = d->store.snapshots();
    if (!all) {
        return std::unexpected(all.error());
    }
    QSet<QString> organisations;
    for (const Evidence::SnapshotSummary &snapshot : *all) {
        organisations.insert(snapshot.organisationId);
    }
    static const auto isHex = [](const QString &text) {
        return text.size() >= 4 && std::ranges::all_of(text, [](QChar c) { return c.isDigit() || (c >= u'a' && c <= u'f'); });
    };
    if (organisations.size() > 1 && !isHex(revision)) {
        return Error::make(ErrorCode::BadInput, u"the store holds %1 organisations: write ORG:%2"_s.arg(organisations.size()).arg(revision),
                           expression);
    }
    return d->store.resolve(revision, organisations.size() == 1 ? *organisations.begin() : QString());
}

QCoro::Task<Result<Workspace::Check>> Workspace::checkOrganisation(QString name, QString profile, CancellationToken cancel)
{
    const Result<Evidence::OrganisationSettings> settings = organisation(name);
    if (!settings) {
        co_return std::unexpected(settings.error());
    }
    Result<std::unique_ptr<Genesys::ApiClient>> client = co_await d->client(*settings, cancel);
    if (!client) {
        co_return std::unexpected(client.error());
    }
    const Result<Catalogue::Catalogue> catalogue = this->catalogue();
    if (!catalogue) {
        co_return std::unexpected(catalogue.error());
    }
    const Result<QStringList> chosen = chosenOf(*catalogue, {}, profile);
    if (!chosen) {
        co_return std::unexpected(chosen.error());
    }
    Result<Check> check = co_await runCheck(**client, catalogue->restrictedTo(*chosen));
    if (check && settings->organisationId != check->organisationId) {
        Evidence::OrganisationSettings known = *settings;
        known.organisationId = check->organisationId;
        const Result<void> saved = Evidence::saveOrganisation(folder(), known);
        if (!saved) {
            co_return std::unexpected(saved.error());
        }
    }
    co_return check;
}

} // namespace Orgtrace::Operations
