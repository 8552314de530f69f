#include "capture/journal.h"

#include "base/clock.h"
#include "base/digest.h"
#include "evidence/bundles.h"
#include "json/node.h"

#include <QDir>
#include <QFile>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

using namespace Qt::StringLiterals;

namespace Orgtrace::Capture {

namespace {

constexpr auto LongestGathering = std::chrono::milliseconds(200); // of answers, before they are written together
constexpr auto LongestUnsynced = std::chrono::seconds(2);
constexpr size_t EnoughRecords = 16;
constexpr qsizetype EnoughBytes = 256LL * 1024;
constexpr qsizetype CopiedAtOnce = 2LL * 1024 * 1024;
constexpr QLatin1StringView UnfinishedSuffix("-new"); // a journal that has not taken everything over yet

QByteArray targetOf(const Genesys::ApiRequest &request)
{
    const QByteArray query = request.query().toString(QUrl::FullyEncoded).toLatin1();
    return query.isEmpty() ? request.path() : QByteArray(request.path() + '?' + query);
}

QByteArray keyOf(const QByteArray &method, const QByteArray &target, const QByteArray &body)
{
    return method + ' ' + target + '\n' + body;
}

bool isReplayable(int status)
{
    return (status >= 200 && status < 300) || status == 403 || status == 404;
}

/// An answer that waits to be asked for again; packed, as there may be very many.
struct Known {
    Genesys::ApiReply reply; ///< without the body
    QByteArray packedBody;
};

Known knownFrom(const Evidence::RawRecord &record)
{
    Known known;
    known.reply.status = record.status;
    known.reply.attempts = record.attempts;
    known.reply.correlationId = record.correlationId;
    known.reply.serverDate = record.serverDateUtc;
    known.reply.sentAtUtc = record.sentAtUtc;
    known.reply.receivedAtUtc = record.receivedAtUtc;
    known.packedBody = qCompress(record.body, 1);
    return known;
}

} // namespace

QByteArray JournalAbout::toJson() const
{
    Json::Node node = Json::Node::object();
    node["api_url"] = Json::Node(apiUrl);
    node["catalogue_sha256"] = Json::Node(catalogueSha256);
    node["client_id"] = Json::Node(clientId);
    node["organisation"] = Json::Node(organisation);
    node["started_utc"] = Json::Node(isoUtc(startedUtc));
    return node.canonicalText();
}

Result<JournalAbout> JournalAbout::fromJson(const QByteArray &json)
{
    const auto document = Json::parse(view(json));
    if (!document) {
        return Error::make(ErrorCode::Integrity, u"the journal does not say whose it is"_s);
    }
    const Json::Value root = document->root();
    JournalAbout about{root["organisation"].toQString(), root["api_url"].toQString(), root["client_id"].toQString(),
                       root["catalogue_sha256"].toQString(), parseIsoUtc(root["started_utc"].toQString())};
    if (about.organisation.isEmpty() || !about.startedUtc.isValid()) {
        return Error::make(ErrorCode::Integrity, u"the journal does not say whose it is"_s);
    }
    return about;
}

struct Journal::Private {
    Settings settings;
    Found found;
    QString path;
    std::optional<Evidence::VaultWriter> writer; ///< the writing thread's, once that runs
    QStringList leftovers; ///< of this organisation, to go once there is a snapshot
    std::optional<Evidence::BundleSums> kept;

    QHash<QByteArray, std::deque<Known>> known;
    qint64 replayed = 0;

    std::mutex mutex;
    std::condition_variable woken;
    std::vector<Evidence::RawRecord> queue; ///< under the mutex, as the three below
    qsizetype queuedBytes = 0;
    bool isStopping = false;
    std::optional<Error> failed;
    std::thread thread;

    void write();
    void stop();
    [[nodiscard]] Result<void> open();
    [[nodiscard]] QString chosenLeftover();
    [[nodiscard]] bool isPublished(const QString &leftover) const;
    [[nodiscard]] Result<void> takeOver(const QString &leftover);
    [[nodiscard]] QString whyNot(const JournalAbout &about) const;
};

/// The writing thread.
void Journal::Private::write()
{
    using SteadyClock = std::chrono::steady_clock; // decides nothing but when bytes go to disk
    auto synced = SteadyClock::now();
    bool isUnsynced = false;
    std::unique_lock lock(mutex);
    const auto hasWork = [this] { return isStopping || !queue.empty(); };
    const auto hasEnough = [this] { return isStopping || queue.size() >= EnoughRecords || queuedBytes >= EnoughBytes; };
    while (true) {
        if (isUnsynced) {
            woken.wait_until(lock, synced + LongestUnsynced, hasWork);
        } else {
            woken.wait(lock, hasWork);
        }
        if (!queue.empty()) {
            woken.wait_for(lock, LongestGathering, hasEnough);
        }
        const std::vector<Evidence::RawRecord> records = std::exchange(queue, {});
        queuedBytes = 0;
        const bool isLast = isStopping;
        lock.unlock();
        Result<void> done = records.empty() ? Result<void>() : writer->append(records);
        isUnsynced = isUnsynced || !records.empty();
        if (done && isUnsynced && (isLast || SteadyClock::now() - synced >= LongestUnsynced)) {
            done = writer->sync();
            synced = SteadyClock::now();
            isUnsynced = false;
        }
        lock.lock();
        if (!done) {
            failed = failed ? failed : done.error();
            isUnsynced = false;
        }
        if (isLast && queue.empty()) {
            return;
        }
    }
}

void Journal::Private::stop()
{
    {
        const std::lock_guard lock(mutex);
        isStopping = true;
    }
    woken.notify_one();
    if (thread.joinable()) {
        thread.join();
    }
}

/// Why this run cannot go on with that one; empty where it can.
QString Journal::Private::whyNot(const JournalAbout &about) const
{
    const JournalAbout &own = settings.about;
    const QString of = u"an interrupted capture of %1 "_s.arg(isoUtc(about.startedUtc));
    if (!settings.resumes) {
        return of + u"is there; --resume goes on with it, the next successful capture lets it go"_s;
    }
    if (about.clientId != own.clientId || about.apiUrl != own.apiUrl) {
        return of + u"was made with another client or address: it may have seen other things"_s;
    }
    if (about.catalogueSha256 != own.catalogueSha256) {
        return of + u"was made with other catalogue rules"_s;
    }
    const qint64 age = about.startedUtc.secsTo(own.startedUtc);
    if (age > settings.longestAge.count() || age < -60) {
        return of + u"is too old: a snapshot of then and now would be neither (resume_hours in store.toml)"_s;
    }
    return {};
}

/// Whether a finished journal is the bundle of a snapshot that is there.
bool Journal::Private::isPublished(const QString &leftover) const
{
    const auto store = Evidence::Store::open(settings.storeFolder);
    const auto bundles = store ? Evidence::bundles(*store) : Result<QList<Evidence::Bundle>>();
    QFile file(leftover);
    if (!bundles || bundles->isEmpty() || !file.open(QIODevice::ReadOnly)) {
        return false;
    }
    Digest digest(DigestKind::Sha256);
    while (!file.atEnd()) {
        const QByteArray piece = file.read(1024LL * 1024);
        if (piece.isEmpty()) {
            return false;
        }
        digest.add(view(piece));
    }
    const QString sum = QString::fromLatin1(digest.result().toHex());
    return std::ranges::any_of(*bundles, [&sum](const Evidence::Bundle &bundle) { return bundle.sums.sha256 == sum; });
}

/// The journal to go on with: of those that fit, the one that knows most. Tells of the others.
QString Journal::Private::chosenLeftover()
{
    QString chosen;
    for (const auto those = Evidence::leftoverJournals(settings.storeFolder); const QString &leftover : those) {
        const auto read = Evidence::readVault(leftover, settings.key, [](Evidence::RawRecord &&) { return true; });
        if (!read) {
            found.setAside += u"an interrupted capture cannot be read: %1 (%2)"_s.arg(read.error().detail, leftover);
            if (read.error().code == ErrorCode::Integrity) {
                leftovers += leftover;
            }
            continue;
        }
        const auto about = JournalAbout::fromJson(read->about);
        if (!about) {
            found.setAside += u"an interrupted capture cannot be read: %1 (%2)"_s.arg(
                read->damage ? read->damage->detail : about.error().detail, leftover);
            leftovers += leftover;
            continue;
        }
        if (read->isFinished && isPublished(leftover)) {
            Evidence::removeJournal(leftover); // killed with nothing left to do but this
            continue;
        }
        if (about->organisation != settings.about.organisation) {
            continue; // of another organisation, whose own next run looks after it
        }
        if (read->records == 0 && read->endsBetweenFrames) {
            Evidence::removeJournal(
                leftover); // killed before its first answer was on disk: without this, one such after the other would pile up
            continue;
        }
        leftovers += leftover;
        if (const QString why = whyNot(*about); !why.isEmpty()) {
            found.setAside += why;
        } else if (read->records > found.records) {
            found.records = read->records;
            found.startedUtc = about->startedUtc;
            found.damage = read->damage ? read->damage->detail : QString();
            chosen = leftover;
        }
    }
    if (settings.resumes && chosen.isEmpty() && found.setAside.isEmpty()) {
        found.setAside += u"there is no interrupted capture to go on with"_s;
    }
    return chosen;
}

/// Copies the good beginning of an earlier journal into this one and keeps its answers ready.
Result<void> Journal::Private::takeOver(const QString &leftover)
{
    Result<void> done;
    std::vector<Evidence::RawRecord> batch;
    qsizetype bytes = 0;
    const auto flush = [&] {
        done = writer->append(batch);
        batch.clear();
        bytes = 0;
        return done.has_value();
    };
    const auto read = Evidence::readVault(leftover, settings.key, [&](Evidence::RawRecord &&record) {
        if (isReplayable(record.status)) {
            known[keyOf(record.method, record.target, record.requestBody)].push_back(knownFrom(record));
        }
        bytes += record.body.size();
        batch.push_back(std::move(record));
        return bytes < CopiedAtOnce || flush();
    });
    if (!read) {
        return std::unexpected(read.error());
    }
    if (done && !batch.empty()) {
        (void)flush();
    }
    return done ? writer->sync() : done;
}

Result<void> Journal::Private::open()
{
    const QDir state(settings.storeFolder + u"/state"_s);
    for (const auto unfinished = state.entryList({QString(u"*.journal"_s + UnfinishedSuffix)}, QDir::Files);
         const QString &name : unfinished) {
        QFile::remove(state.filePath(name)); // what it was taking over is still there
    }
    auto free = Evidence::newJournalPath(settings.storeFolder);
    if (!free) {
        return std::unexpected(free.error());
    }
    path = *free;
    const QString earlier = chosenLeftover();
    JournalAbout about = settings.about;
    if (!earlier.isEmpty()) {
        about.startedUtc = found.startedUtc; // its age counts from the first answer in it
    }
    const QString place = earlier.isEmpty() ? path : QString(path + UnfinishedSuffix);
    auto made = Evidence::VaultWriter::create(place, settings.key, about.toJson());
    if (!made) {
        return std::unexpected(made.error());
    }
    writer.emplace(std::move(*made));
    if (earlier.isEmpty()) {
        return {};
    }
    auto taken = takeOver(earlier);
    if (taken && !QFile::rename(place, path)) {
        taken = Error::make(ErrorCode::Io, u"cannot rename the journal"_s, place);
    }
    if (!taken) {
        Evidence::removeJournal(place);
        return taken;
    }
    Evidence::removeJournal(earlier); // all of it is in this one, on disk
    leftovers.removeAll(earlier);
    return {};
}

Journal::Journal() : d(std::make_unique<Private>()) { }

Result<std::shared_ptr<Journal>> Journal::begin(const Settings &settings)
{
    std::shared_ptr<Journal> journal(new Journal);
    journal->d->settings = settings;
    if (auto opened = journal->d->open(); !opened) {
        return std::unexpected(opened.error());
    }
    journal->d->thread = std::thread([p = journal->d.get()] { p->write(); });
    return journal;
}

Journal::Found Journal::lookFor(const Settings &settings)
{
    Private looking;
    looking.settings = settings;
    looking.settings.resumes = true;
    (void)looking.chosenLeftover();
    return looking.found;
}

Journal::~Journal()
{
    d->stop();
    if (d->writer && d->writer->records() == 0) {
        Evidence::removeJournal(d->writer->path()); // nothing to go on with
    }
}

std::optional<Genesys::ApiReply> Journal::replay(const Genesys::ApiRequest &request)
{
    const auto at = d->known.find(keyOf(Genesys::methodName(request.method()), targetOf(request), request.body()));
    if (at == d->known.end() || at->empty()) {
        return std::nullopt;
    }
    // Each answer once: whoever asks a second time wants to know whether it is still so.
    Known known = std::move(at->front());
    at->pop_front();
    ++d->replayed;
    Genesys::ApiReply reply = std::move(known.reply);
    reply.body = qUncompress(known.packedBody);
    return reply;
}

void Journal::received(const Genesys::ApiRequest &request, const Genesys::ApiReply &reply)
{
    Evidence::RawRecord record;
    record.method = Genesys::methodName(request.method());
    record.target = targetOf(request);
    record.requestBody = request.body();
    record.status = reply.status;
    record.attempts = reply.attempts;
    record.sentAtUtc = reply.sentAtUtc;
    record.receivedAtUtc = reply.receivedAtUtc;
    record.serverDateUtc = reply.serverDate;
    record.correlationId = reply.correlationId;
    record.body = reply.body;
    {
        const std::lock_guard lock(d->mutex);
        if (d->failed || d->isStopping) {
            return;
        }
        d->queuedBytes += record.body.size();
        d->queue.push_back(std::move(record));
    }
    d->woken.notify_one();
}

const Journal::Found &Journal::found() const
{
    return d->found;
}

qint64 Journal::replayed() const
{
    return d->replayed;
}

Result<Evidence::BundleSums> Journal::keep()
{
    d->stop();
    if (d->failed) {
        return std::unexpected(*d->failed);
    }
    auto sums = d->writer->finish();
    if (!sums) {
        return sums;
    }
    if (auto kept = Evidence::keepBundle(d->settings.storeFolder, d->path, sums->sha256); !kept) {
        return std::unexpected(kept.error());
    }
    d->kept = *sums;
    return sums;
}

void Journal::takeBack()
{
    // A commit may fail after its branch moved: then the snapshot is there, and names the bundle.
    if (d->kept && !d->isPublished(d->path)) {
        QFile::remove(Evidence::bundlePath(d->settings.storeFolder, d->kept->sha256));
        d->kept.reset();
    }
}

void Journal::discard()
{
    Evidence::removeJournal(d->path);
    for (const QString &leftover : std::as_const(d->leftovers)) {
        Evidence::removeJournal(leftover);
    }
}

} // namespace Orgtrace::Capture
