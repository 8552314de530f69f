#include "capture/capture.h"

#include "base/digest.h"
#include "capture/domainreader.h"
#include "capture/grantproof.h"
#include "capture/journal.h"
#include "capture/message.h"
#include "capture/writing.h"
#include "evidence/activity.h"
#include "json/value.h"

#include <QCoroFuture>
#include <QUuid>

using namespace Qt::StringLiterals;

namespace Orgtrace::Capture {

namespace {
constexpr QLatin1StringView OrganisationDomain("organization");
constexpr int OutagesThatEndARun = 3;

using Rules = Catalogue::DomainRules;

struct Organisation {
    QString id, name;
};

/// One run: reads, writes, commits. Lives in capture()'s frame.
class Run
{
public:
    Run(Genesys::ApiClient &client, Clock &clock, Settings settings, const Redaction::Redactor &redactor, const Evidence::Signer &signer,
        CancellationToken cancel, std::function<void(const Progress &)> progress) :
        m_client(client), m_clock(clock), m_settings(std::move(settings)), m_redactor(redactor), m_signer(signer),
        m_cancel(std::move(cancel)), m_report(std::move(progress)), m_before(client.counters()), m_reader(client, redactor, m_cancel)
    {
        using Client = Genesys::ApiClient;
        QObject::connect(&client, &Client::waiting, &m_listener, [this](qint64 ms, int, int status) { reportAgain(ms, status); });
        QObject::connect(&client, &Client::waitingForQuota, &m_listener, [this](qint64 ms) {
            m_quotaUntil = ms > 0 ? m_clock.monotonic() + std::chrono::milliseconds(ms) : std::chrono::milliseconds(0);
            reportAgain();
        });
    }
    QCoro::Task<Result<Outcome>> run();
    [[nodiscard]] QFuture<void> closed() { return m_thread.closed(); }

private:
    QCoro::Task<Result<Organisation>> readOrganisation();
    QCoro::Task<Result<void>> readDomain(const Rules *rules);
    QCoro::Task<Result<DomainData>> readData(const Rules *rules);
    QCoro::Task<Result<DomainData>> readSub(const Rules *rules, DomainReader::Parents parents, QDateTime listedSince);
    QCoro::Task<Result<DomainData>> readSubAnew(const Rules *rules);
    QCoro::Task<Result<DomainReader::Parents>> parentsOf(QString parent);
    [[nodiscard]] QStringList wantedOf(const QString &parent) const;
    QCoro::Task<Result<void>> keep(const Rules *rules, DomainData data);
    QCoro::Task<Result<void>> carry(const Rules *rules, Error error);
    QCoro::Task<QByteArray> identityGrants();
    QCoro::Task<Result<Outcome>> commit(Organisation organisation);
    [[nodiscard]] Result<void> checkSettings() const;
    [[nodiscard]] bool isAsked(const Rules &rules) const
    {
        return m_settings.domains.isEmpty() || rules.name == OrganisationDomain || m_settings.domains.contains(rules.name);
    }
    [[nodiscard]] QString message(const Organisation &organisation) const;
    [[nodiscard]] Progress progressOf(const Rules *rules) const;
    [[nodiscard]] Progress turnOf(const Rules *rules, const QString &state);
    void report(const Progress &progress);
    [[nodiscard]] DomainReader::Progress readingOf(const Rules *rules); ///< tells of a domain's turn as its items come
    void reportAgain(qint64 retryMs = 0, int status = 0);
    void reportPlan() const;

    Genesys::ApiClient &m_client;
    Clock &m_clock;
    const Settings m_settings;
    const Redaction::Redactor &m_redactor;
    const Evidence::Signer &m_signer;
    const CancellationToken m_cancel;
    const std::function<void(const Progress &)> m_report;
    const Genesys::ApiClient::Counters m_before; ///< a client may serve several runs
    DomainReader m_reader;
    WriterThread m_thread;
    Evidence::Manifest m_manifest;
    DomainData m_organisationData;
    QHash<QString, DomainReader::Parents> m_parents; ///< entities of domains that were read, for their sub-resources
    QHash<QString, QDateTime> m_listedSince; ///< when the first request for those ids was sent
    QSet<QString> m_nameless; ///< of those, the ones with an element nobody can ask further about
    QHash<QString, Error> m_failed; ///< domains asked for that were not read
    QList<Evidence::LedgerRow> m_rows; ///< as far as known here, for the message and the outcome
    WriteQueue m_writing; ///< domains are written while further ones are read
    std::optional<Error> m_outage;
    int m_outages = 0;
    int m_done = 0, m_total = 0;
    struct Turn {
        const Rules *rules = nullptr;
        Genesys::ApiClient::Counters before;
        std::optional<Progress> last;
    };
    Turn m_turn; ///< of the domain being read
    std::chrono::milliseconds m_quotaUntil{0}; ///< no request goes out before then
    QObject m_listener; ///< of the client's waits, for as long as the run lives
};

Progress Run::progressOf(const Rules *rules) const
{
    const Genesys::ApiClient::Counters counters = m_client.counters();
    Progress progress;
    progress.domain = rules->name;
    progress.title = rules->title.isEmpty() ? rules->name : rules->title;
    progress.group = rules->group;
    progress.permissionsAny = rules->permissionsAny;
    progress.domainsDone = m_done;
    progress.domainsTotal = m_total;
    progress.requests = counters.requests - m_before.requests;
    progress.retries = counters.retries - m_before.retries;
    progress.bytes = counters.bytes - m_before.bytes;
    progress.quota = m_client.quota();
    return progress;
}

/// Domains are read one after another: what was sent since the turn of this one came was sent for it.
Progress Run::turnOf(const Rules *rules, const QString &state)
{
    if (m_turn.rules != rules) {
        m_turn = {rules, m_client.counters(), {}};
    }
    const Genesys::ApiClient::Counters counters = m_client.counters();
    Progress progress = progressOf(rules);
    progress.state = state;
    progress.domainRetries = static_cast<int>(counters.retries - m_turn.before.retries);
    progress.pages = static_cast<int>(counters.requests - m_turn.before.requests) - progress.domainRetries;
    if (const auto left = m_quotaUntil - m_clock.monotonic(); left.count() > 0) { // also while answers to what went out before come in
        progress.wait = Progress::Wait::Quota;
        progress.waitMs = left.count();
    }
    return progress;
}

void Run::report(const Progress &progress)
{
    m_turn.last = progress;
    if (m_report) {
        m_report(progress);
    }
}

/// The domain in work, with nothing new but what is waited for.
void Run::reportAgain(qint64 retryMs, int status)
{
    if (!m_turn.rules || !m_turn.last || m_turn.last->state != "reading"_L1) {
        return;
    }
    Progress progress = turnOf(m_turn.rules, m_turn.last->state);
    progress.items = m_turn.last->items;
    progress.announced = m_turn.last->announced;
    if (retryMs > 0) {
        progress.wait = Progress::Wait::Retry;
        progress.waitMs = retryMs;
        progress.waitStatus = status;
    }
    report(progress);
}

void Run::reportPlan() const
{
    for (const Rules &rules : m_settings.catalogue.domains()) {
        if (m_report && isAsked(rules)) {
            m_report(progressOf(&rules));
        }
    }
}

Result<void> Run::checkSettings() const
{
    if (m_settings.catalogue.find(OrganisationDomain) == nullptr) {
        return Error::make(ErrorCode::BadInput,
                           u"The catalogue has no domain \"organization\"; without it nobody knows whose snapshot this is."_s);
    }
    for (const QString &name : m_settings.domains) {
        if (m_settings.catalogue.find(name) == nullptr) {
            return Error::make(ErrorCode::BadInput, u"The catalogue has no domain of this name."_s, name);
        }
    }
    return {};
}

/// The organisation's id and name are wanted raw, before the writer can begin; the domain itself goes the common way.
QCoro::Task<Result<Organisation>> Run::readOrganisation()
{
    const Rules *const rules = m_settings.catalogue.find(OrganisationDomain);
    report(turnOf(rules, u"reading"_s));
    auto reading = m_reader.read(rules, {});
    Result<DomainData> data = co_await reading;
    if (!data) {
        co_return std::unexpected(data.error());
    }
    if (data->batches.empty() || data->batches.front()->ready.size() != 1 || !data->batches.front()->quarantined.empty()) {
        co_return Error::make(ErrorCode::BadResponse, u"The organisation's own description cannot be read."_s,
                              QString::fromUtf8(rules->path));
    }
    const auto document = Json::parse(view(data->batches.front()->ready.front().text));
    const Organisation out = document
        ? Organisation{document->root()["id"].toQString(), document->root()["name"].toQString().simplified().left(200)}
        : Organisation();
    // It names branches and folders: whatever is not printable in one line is no id.
    if (out.id.isEmpty() || out.id.size() > 200 || !std::ranges::all_of(out.id, [](QChar c) { return c.isPrint() || c.isSurrogate(); })) {
        co_return Error::make(ErrorCode::BadResponse, u"The organisation's own description has no usable id."_s,
                              QString::fromUtf8(rules->path));
    }
    m_organisationData = std::move(*data);
    co_return Result<Organisation>(out);
}

/// Hands a domain to the writer's thread; it is written while the next ones are read.
QCoro::Task<Result<void>> Run::keep(const Rules *rules, DomainData data)
{
    auto waiting = m_writing.written(&m_rows);
    const Result<void> before = co_await waiting;
    if (!before) {
        co_return before;
    }
    m_outages = 0;
    m_parents.insert(rules->name, {data.ids, std::exchange(data.members, {})});
    m_listedSince.insert(rules->name, data.row.firstRequestUtc);
    if (data.hasNameless) {
        m_nameless.insert(rules->name);
    }
    Progress progress = turnOf(rules, Evidence::ledgerStateName(Evidence::LedgerState::Complete));
    progress.announced = data.row.announced;
    progress.pages = data.row.pages;
    progress.domainRetries = data.row.retries;
    progress.failedParents = data.failedParents.size();
    for (const std::shared_ptr<Batch> &batch : data.batches) {
        progress.quarantined += static_cast<qsizetype>(batch->quarantined.size());
        progress.items += static_cast<qint64>(batch->ready.size() + batch->quarantined.size());
    }
    report(progress);
    const qsizetype bytes = bytesOf(data);
    m_writing.add(bytes, m_thread.run([this, rules, data = std::move(data)]() mutable {
        return writeDomain(*m_thread.writer, m_settings.storeFolder, *rules, std::move(data));
    }));
    co_return Result<void>();
}

QCoro::Task<Result<void>> Run::carry(const Rules *rules, Error error)
{
    auto waiting = m_writing.written(&m_rows);
    const Result<void> before = co_await waiting;
    if (!before) {
        co_return before;
    }
    Evidence::LedgerRow row;
    row.domain = rules->name;
    row.catalogueHash = QString::fromLatin1(rules->hash());
    row.state = stateOf(error);
    row.reason = reasonOf(error);
    m_failed.insert(rules->name, error);
    row.firstRequestUtc = row.lastResponseUtc = m_clock.nowUtc();
    row.clockOffsetMs = m_client.serverClockOffsetMs();
    Progress progress = turnOf(rules, Evidence::ledgerStateName(row.state));
    progress.failure = std::move(error);
    report(progress);
    m_writing.add(0, m_thread.run([this, row]() -> Result<Evidence::LedgerRow> {
        const auto carried = m_thread.writer->carryDomain(row);
        return carried ? Result<Evidence::LedgerRow>(row) : std::unexpected(carried.error());
    }));
    co_return Result<void>();
}

/// What the sub-resources asked for want to know of a parent.
QStringList Run::wantedOf(const QString &parent) const
{
    QStringList wanted;
    for (const Rules &rules : m_settings.catalogue.domains()) {
        if (rules.sub.parent == parent && isAsked(rules)) {
            wanted += wantedMembers(rules);
        }
    }
    wanted.removeDuplicates();
    return wanted;
}

QCoro::Task<Result<DomainReader::Parents>> Run::parentsOf(QString parent)
{
    const Rules *const rules = m_settings.catalogue.find(parent);
    if (rules == nullptr || !rules->sub.parent.isEmpty() || rules->paging == Catalogue::Paging::Single) {
        co_return Error::make(ErrorCode::BadInput, u"the catalogue names a parent domain that cannot be listed: %1"_s.arg(parent));
    }
    if (m_nameless.contains(parent)) {
        co_return Error::make(ErrorCode::Incomplete,
                              u"an element of %1 came without a usable id; what belongs to it cannot be asked for"_s.arg(parent));
    }
    const auto known = m_parents.constFind(parent);
    if (known != m_parents.constEnd()) {
        co_return Result<DomainReader::Parents>(*known);
    }
    const auto failed = m_failed.constFind(parent);
    if (failed != m_failed.constEnd()) {
        co_return Error::make(failed->code, u"its parent domain %1 could not be read: %2"_s.arg(parent, failed->detail), failed->where);
    }
    m_listedSince.insert(parent, m_clock.nowUtc());
    auto reading = m_reader.readIds(rules, wantedOf(parent));
    Result<DomainReader::Parents> parents = co_await reading;
    if (parents) {
        m_parents.insert(parent, *parents);
    }
    co_return parents;
}

DomainReader::Progress Run::readingOf(const Rules *rules)
{
    return [this, rules](qint64 items, std::optional<qint64> announced) {
        Progress now = turnOf(rules, u"reading"_s);
        now.items = items;
        now.announced = announced;
        report(now);
    };
}

QCoro::Task<Result<DomainData>> Run::readData(const Rules *rules)
{
    const DomainReader::Progress progress = readingOf(rules);
    progress(0, std::nullopt);
    if (rules->sub.parent.isEmpty()) {
        auto reading = m_reader.read(rules, progress, wantedOf(rules->name));
        co_return co_await reading;
    }
    auto finding = parentsOf(rules->sub.parent);
    Result<DomainReader::Parents> parents = co_await finding;
    if (!parents) {
        co_return std::unexpected(parents.error());
    }
    auto reading = readSub(rules, std::move(*parents), m_listedSince.value(rules->sub.parent));
    Result<DomainData> data = co_await reading;
    if (data && (m_settings.provesGrants || m_settings.tellsGrantTimes) && rules->name == GrantsDomain
        && rules->sub.shape == QLatin1StringView("pivot")) {
        GrantProver prover(
            m_reader, rules, [this, rules] { return readSubAnew(rules); }, progress,
            m_settings.provesGrants ? GrantProver::Purpose::Proof : GrantProver::Purpose::Times);
        auto proving = prover.prove(std::move(*data));
        data = co_await proving;
    }
    co_return data;
}

QCoro::Task<Result<DomainData>> Run::readSub(const Rules *rules, DomainReader::Parents parents, QDateTime listedSince)
{
    auto reading = m_reader.readSub(rules, std::move(parents), readingOf(rules));
    Result<DomainData> data = co_await reading;
    // What a sub-resource covers was settled when its parents were listed: a change in between belongs to this window.
    if (data && listedSince.isValid() && (!data->row.firstRequestUtc.isValid() || listedSince < data->row.firstRequestUtc)) {
        data->row.firstRequestUtc = listedSince;
    }
    co_return data;
}

/// With the parents as they are now.
QCoro::Task<Result<DomainData>> Run::readSubAnew(const Rules *rules)
{
    const QDateTime listedSince = m_clock.nowUtc();
    auto listing = m_reader.readIds(m_settings.catalogue.find(rules->sub.parent), wantedOf(rules->sub.parent));
    Result<DomainReader::Parents> parents = co_await listing;
    if (!parents) {
        co_return std::unexpected(parents.error());
    }
    auto reading = readSub(rules, std::move(*parents), listedSince);
    co_return co_await reading;
}

QCoro::Task<Result<void>> Run::readDomain(const Rules *rules)
{
    if (!isAsked(*rules)) {
        co_return Result<void>(); // the writer carries what the last snapshot had of it
    }
    ++m_done;
    if (m_outages >= OutagesThatEndARun) {
        // The platform is away: asking every other domain six times over would only take an hour to say the same.
        auto carrying = carry(rules, *m_outage);
        co_return co_await carrying;
    }
    auto reading = readData(rules);
    Result<DomainData> data = co_await reading;
    if (data) {
        auto keeping = keep(rules, std::move(*data));
        co_return co_await keeping;
    }
    if (endsTheRun(data.error().code) || m_cancel.isCancelled()) {
        co_return std::unexpected(data.error());
    }
    if (isOutage(data.error().code)) {
        ++m_outages;
        m_outage = data.error();
    } else {
        m_outages = 0;
    }
    auto carrying = carry(rules, data.error());
    co_return co_await carrying;
}

/// What this client itself may see, kept with the snapshot: a shorter list comes without any error (API section 1.5). Best effort.
QCoro::Task<QByteArray> Run::identityGrants()
{
    Rules rules = Catalogue::Catalogue::generic(u"identity_grants"_s);
    rules.path = QByteArrayLiteral("/api/v2/authorization/subjects/me");
    rules.query = {{u"includeDuplicates"_s, u"true"_s}};
    rules.paging = Catalogue::Paging::Single;
    auto reading = m_reader.read(&rules, {});
    const Result<DomainData> data = co_await reading;
    if (!data || data->batches.empty() || data->batches.front()->ready.empty()) {
        co_return QByteArray();
    }
    co_return data->batches.front()->ready.front().text;
}

QString Run::message(const Organisation &organisation) const
{
    return m_settings.message.isEmpty() ? captureMessage(organisation.name.isEmpty() ? organisation.id : organisation.name, m_rows)
                                        : m_settings.message;
}

QCoro::Task<Result<Outcome>> Run::commit(Organisation organisation)
{
    const Rules *const rules = m_settings.catalogue.find(OrganisationDomain);
    report(turnOf(rules, u"writing"_s));
    m_manifest.organisationId = organisation.id;
    m_manifest.organisationName = organisation.name;
    m_manifest.region = m_settings.region;
    m_manifest.source = u"capture"_s;
    m_manifest.trigger = m_settings.trigger;
    m_manifest.clientId = m_settings.clientId;
    m_manifest.toolVersion = QStringLiteral(ORGTRACE_VERSION);
    m_manifest.finishedUtc = m_clock.nowUtc();
    m_manifest.fingerprintKeyId = m_redactor.fingerprinter().keyId();
    const QString seed
        = organisation.id + u'/' + m_settings.clientId + u'/' + isoUtc(m_manifest.startedUtc) + u'/' + isoUtc(m_manifest.finishedUtc);
    m_manifest.captureId = QUuid::createUuidV5(QUuid(u"6f0a2a52-3d0e-4c55-9a57-0f6e2f8f4a11"_s), seed).toString(QUuid::WithoutBraces);

    struct Done {
        Evidence::SnapshotSummary summary;
        Evidence::Manifest manifest;
    };
    const QFuture<Result<Done>> committing
        = m_thread.run([this, manifest = m_manifest, text = message(organisation)]() mutable -> Result<Done> {
              Journal *const journal = m_settings.journal.get();
              if (journal) {
                  const auto kept = journal->keep();
                  if (!kept) {
                      return std::unexpected(kept.error());
                  }
                  manifest.rawSha256 = kept->sha256;
                  manifest.rawBytes = kept->bytes;
                  manifest.rawRecords = kept->records;
              }
              manifest.activityHead = Evidence::activityHead(m_settings.storeFolder);
              auto summary = m_thread.writer->commit(manifest, m_settings.catalogue.toJson(), text, m_signer);
              if (!summary) {
                  if (journal) {
                      journal->takeBack();
                  }
                  return std::unexpected(summary.error());
              }
              if (journal) {
                  journal->discard();
              }
              m_thread.writer.reset();
              // What was written is read back, roots and all: the outcome speaks of the evidence, not of intentions.
              const auto store = Evidence::Store::open(m_settings.storeFolder);
              if (!store) {
                  return std::unexpected(store.error());
              }
              const auto snapshot = store->snapshot(summary->id);
              if (!snapshot) {
                  return std::unexpected(snapshot.error());
              }
              return Done{*summary, snapshot->manifest()};
          });
    const Result<Done> done = co_await committing;
    if (!done) {
        co_return std::unexpected(done.error());
    }
    const Genesys::ApiClient::Counters counters = m_client.counters();
    Outcome outcome;
    outcome.snapshot = done->summary;
    outcome.manifest = done->manifest;
    outcome.requests = counters.requests - m_before.requests;
    outcome.retries = counters.retries - m_before.retries;
    outcome.bytes = counters.bytes - m_before.bytes;
    outcome.waitedMs = counters.waitedMs - m_before.waitedMs;
    outcome.replayed = m_settings.journal ? m_settings.journal->replayed() : 0;
    co_return Result<Outcome>(std::move(outcome));
}

QCoro::Task<Result<Outcome>> Run::run()
{
    const Result<void> settings = checkSettings();
    if (!settings) {
        co_return std::unexpected(settings.error());
    }
    if (m_settings.quotaSharePercent) {
        m_client.setQuotaShare(*m_settings.quotaSharePercent);
    }
    const bool goesOn = m_settings.journal && m_settings.journal->found().records > 0;
    m_manifest.startedUtc = goesOn ? m_settings.journal->found().startedUtc : m_clock.nowUtc();
    m_reader.setDay(m_manifest.startedUtc.date());
    for (const Rules &rules : m_settings.catalogue.domains()) {
        m_total += isAsked(rules);
    }
    reportPlan();
    auto signing = m_client.signIn();
    const Result<void> signedIn = co_await signing;
    if (!signedIn) {
        co_return std::unexpected(signedIn.error());
    }
    auto finding = readOrganisation();
    const Result<Organisation> organisation = co_await finding;
    if (!organisation) {
        co_return std::unexpected(organisation.error());
    }
    const QFuture<Result<void>> beginning = m_thread.run([this, id = organisation->id]() -> Result<void> {
        auto writer = Evidence::SnapshotWriter::begin(m_settings.storeFolder, id);
        if (!writer) {
            return std::unexpected(writer.error());
        }
        m_thread.writer.emplace(std::move(*writer));
        return {};
    });
    const Result<void> begun = co_await beginning;
    if (!begun) {
        co_return std::unexpected(begun.error());
    }
    ++m_done;
    auto first = keep(m_settings.catalogue.find(OrganisationDomain), std::move(m_organisationData));
    Result<void> step = co_await first;
    if (step) {
        auto asking = identityGrants();
        m_manifest.identityGrants = co_await asking;
    }
    for (const Rules &rules : m_settings.catalogue.domains()) {
        if (!step || m_cancel.isCancelled()) {
            break;
        }
        if (rules.name == OrganisationDomain) {
            continue;
        }
        auto reading = readDomain(&rules);
        step = co_await reading;
    }
    // Whatever happened, nothing may still be at work in the writer's thread when this returns.
    auto ending = m_writing.allWritten(&m_rows);
    const Result<void> last = co_await ending;
    if (m_cancel.isCancelled()) {
        co_return Error::make(ErrorCode::Cancelled, u"Cancelled; nothing was written."_s);
    }
    if (!step || !last) {
        co_return std::unexpected(!step ? step.error() : last.error());
    }
    auto committing = commit(*organisation);
    co_return co_await committing;
}
} // namespace

bool Outcome::isComplete() const
{
    return std::ranges::all_of(manifest.ledger, [](const Evidence::LedgerRow &row) {
        if (row.reason == NotAskedReason) {
            return true;
        }
        return row.state != Evidence::LedgerState::Carried && row.state != Evidence::LedgerState::Forbidden && row.quarantined.isEmpty()
            && row.failedParents.isEmpty() && (!row.proof || row.proof->state == Evidence::ProofState::Proven);
    });
}

QCoro::Task<Result<Outcome>> capture(Genesys::ApiClient &client, Clock &clock, Settings settings, const Redaction::Redactor &redactor,
                                     const Evidence::Signer &signer, CancellationToken cancel,
                                     std::function<void(const Progress &)> progress)
{
    Run run(client, clock, std::move(settings), redactor, signer, std::move(cancel), std::move(progress));
    auto running = run.run();
    Result<Outcome> outcome = co_await running;
    const QFuture<void> closing = run.closed();
    co_await closing;
    co_return outcome;
}

} // namespace Orgtrace::Capture
