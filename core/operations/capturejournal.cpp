#include "operations/capturejournal.h"

#include "base/digest.h"
#include "evidence/bundles.h"
#include "operations/keys.h"

#include <QCoroFuture>
#include <QtConcurrentRun>

using namespace Qt::StringLiterals;

namespace Orgtrace::Operations {

using Begun = Result<std::shared_ptr<Capture::Journal>>;

namespace {

Capture::JournalAbout aboutOf(const Evidence::OrganisationSettings &organisation, const QString &apiUrl,
                              const Catalogue::Catalogue &catalogue, const QDateTime &nowUtc)
{
    return {organisation.name, apiUrl, organisation.clientId, QString::fromLatin1(sha256(view(catalogue.toJson())).toHex()), nowUtc};
}

} // namespace

QCoro::Task<Result<std::optional<InterruptedCapture>>> interruptedCapture(Credentials::CredentialStore &credentials, QString storeFolder,
                                                                          QString storeId, Evidence::OrganisationSettings organisation,
                                                                          QString apiUrl, Catalogue::Catalogue catalogue, QDateTime nowUtc)
{
    using Out = Result<std::optional<InterruptedCapture>>;
    const bool isPerson = organisation.grant == u"pkce"; // the next person may see other things
    const Result<Evidence::VaultSettings> settings = Evidence::vaultSettings(storeFolder);
    if (!settings) {
        co_return std::unexpected(settings.error());
    }
    if (isPerson || !settings->keepsRaw || Evidence::leftoverJournals(storeFolder).isEmpty()) {
        co_return Out(std::nullopt);
    }
    auto loading = loadVaultKey(credentials, storeId, false);
    const Result<Evidence::VaultKey> key = co_await loading;
    if (!key) {
        co_return std::unexpected(key.error());
    }
    const Capture::Journal::Settings journal{.storeFolder = storeFolder,
                                             .key = *key,
                                             .about = aboutOf(organisation, apiUrl, catalogue, nowUtc),
                                             .resumes = true,
                                             .longestAge = std::chrono::hours(settings->resumeHours)};
    const QFuture<Capture::Journal::Found> looking = QtConcurrent::run([journal] { return Capture::Journal::lookFor(journal); });
    const Capture::Journal::Found found = co_await looking;
    co_return found.records > 0 ? Out(InterruptedCapture{found.startedUtc, found.records}) : Out(std::nullopt);
}

QCoro::Task<Begun> beginJournal(Credentials::CredentialStore &credentials, QString storeFolder, QString storeId,
                                Evidence::OrganisationSettings organisation, QString apiUrl, Catalogue::Catalogue catalogue,
                                QDateTime nowUtc, CaptureOptions options)
{
    const auto tell = [&options](const QString &sentence) {
        if (options.told) {
            options.told(sentence);
        }
    };
    const Result<Evidence::VaultSettings> settings = Evidence::vaultSettings(storeFolder);
    if (!settings) {
        co_return std::unexpected(settings.error());
    }
    if (!options.keepsRaw || !settings->keepsRaw) {
        if (options.resumes) {
            tell(u"nothing can be resumed where no raw payloads are kept: the capture starts afresh"_s);
        }
        co_return Begun(nullptr);
    }
    auto loading = loadVaultKey(credentials, storeId);
    const Result<Evidence::VaultKey> key = co_await loading;
    if (!key) {
        tell(u"no raw payloads are kept: "_s + key.error().detail);
        co_return Begun(nullptr);
    }
    const bool isPerson = organisation.grant == u"pkce";
    if (isPerson && options.resumes) {
        tell(u"a capture that a person signed in for is not resumed: the next person may see other things; it starts afresh"_s);
    }
    Capture::Journal::Settings journal{.storeFolder = storeFolder,
                                       .key = *key,
                                       .about = aboutOf(organisation, apiUrl, catalogue, nowUtc),
                                       .resumes = options.resumes && !isPerson,
                                       .longestAge = std::chrono::hours(settings->resumeHours)};
    const QFuture<Begun> beginning = QtConcurrent::run([journal] { return Capture::Journal::begin(journal); });
    Begun begun = co_await beginning;
    if (begun) {
        const Capture::Journal::Found &found = (*begun)->found();
        for (const QString &sentence : found.setAside) {
            tell(sentence);
        }
        if (found.records > 0) {
            tell(u"going on with the capture of %1: %2 answers are there already"_s.arg(isoUtc(found.startedUtc)).arg(found.records));
        }
        if (!found.damage.isEmpty()) {
            tell(u"its journal ends early (%1): what came after that is asked for again"_s.arg(found.damage));
        }
    }
    co_return begun;
}

} // namespace Orgtrace::Operations
