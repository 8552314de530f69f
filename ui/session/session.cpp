#include "session/session_p.h"

namespace Orgtrace::Ui {

using namespace Qt::StringLiterals;
using Evidence::SnapshotSummary;

namespace {

constexpr qsizetype accessModelsKept = 4;

} // namespace

Session::Session(Clock &clock, Credentials::CredentialStore &credentials, QObject *parent) :
    QObject(parent), d(std::make_unique<Private>(this, clock, credentials))
{
}

Session::~Session()
{
    d->cancelAll();
    d->jobs.finish();
}

void Session::openStore(const QString &folder)
{
    closeStore();
    d->folder = folder;
    d->opening = true;
    d->read(folder, {}, true);
}

void Session::closeStore()
{
    ++d->openJob;
    d->opening = false;
    d->forget();
    d->folder.clear();
    if (d->workspace) {
        d->workspace.reset();
        Q_EMIT storeClosed();
        Q_EMIT organisationChanged();
        Q_EMIT timelineChanged();
        Q_EMIT rangeChanged();
        Q_EMIT findingsChanged();
        Q_EMIT currentFindingChanged(-1);
        Q_EMIT proofChanged();
    }
}

bool Session::isOpen() const
{
    return d->workspace != nullptr;
}
bool Session::isOpening() const
{
    return d->opening;
}
QString Session::folder() const
{
    return d->folder;
}
Operations::Workspace *Session::workspace() const
{
    return d->workspace.get();
}
std::shared_ptr<Operations::Workspace> Session::sharedWorkspace() const
{
    return d->workspace;
}
Clock &Session::clock() const
{
    return d->clock;
}

const QList<Session::Organisation> &Session::organisations() const
{
    return d->organisations;
}

Session::Organisation Session::organisation() const
{
    const auto it = std::ranges::find_if(d->organisations, [this](const Organisation &one) { return one.key() == d->key; });
    return it == d->organisations.end() ? Organisation() : *it;
}

QStringList Session::organisationNames() const
{
    QStringList names;
    for (const Organisation &one : std::as_const(d->organisations)) {
        names.append(one.name);
    }
    return names;
}

QString Session::organisationId() const
{
    return organisation().id;
}

void Session::setOrganisation(const QString &organisationId)
{
    if (isOpen() && organisationId != d->key) {
        d->read(d->folder, organisationId, false);
    }
}

const QList<SnapshotSummary> &Session::timeline() const
{
    return d->timeline;
}
Session::Tick Session::tick(const QString &snapshotId) const
{
    return d->ticks.value(snapshotId).second;
}
bool Session::areTicksComplete() const
{
    return d->ticksComplete;
}
int Session::indexOf(const QString &snapshotId) const
{
    return d->index.value(snapshotId, -1);
}

const SnapshotSummary *Session::snapshot(const QString &snapshotId) const
{
    const int at = indexOf(snapshotId);
    return at < 0 ? nullptr : &d->timeline.at(at);
}

QList<QDateTime> Session::auditTimes() const
{
    return d->auditTimes;
}
QList<Evidence::AuditWindow> Session::auditWindows() const
{
    return d->auditWindows;
}
QString Session::idA() const
{
    return d->idA;
}
QString Session::idB() const
{
    return d->idB;
}

void Session::setRange(const QString &idA, const QString &idB)
{
    int a = indexOf(idA);
    int b = indexOf(idB);
    if (a < 0 || b < 0) {
        return; // of a timeline that is no longer shown
    }
    if (a > b) {
        std::swap(a, b);
    }
    const QString &newA = d->timeline.at(a).id;
    const QString &newB = d->timeline.at(b).id;
    if (newA == d->idA && newB == d->idB) {
        return;
    }
    d->goal.reset(); // somebody went elsewhere meanwhile
    d->idA = newA;
    d->idB = newB;
    Q_EMIT rangeChanged();
    d->computeFindings();
}

void Session::stepRange(int by)
{
    const int a = indexOf(d->idA);
    const int b = indexOf(d->idB);
    if (a < 0 || b < 0) {
        return;
    }
    const int last = static_cast<int>(d->timeline.size()) - 1;
    const int step = std::clamp(by, -a, last - b);
    if (step != 0) {
        setRange(d->timeline.at(a + step).id, d->timeline.at(b + step).id);
    }
}

void Session::setRangeToIncident()
{
    QList<Tick> ticks;
    for (const SnapshotSummary &snapshot : std::as_const(d->timeline)) {
        ticks.append(tick(snapshot.id));
    }
    if (const auto range = incidentRange(ticks)) {
        setRange(d->timeline.at(range->first).id, d->timeline.at(range->second).id);
    }
}

Session::Findings Session::findings() const
{
    return d->findings;
}
bool Session::isComputing() const
{
    return d->computing;
}

Session::NamesPtr Session::names() const
{
    return d->names;
}
bool Session::areNamesPending() const
{
    return d->namesPending;
}

void Session::showFindings(Findings findings)
{
    ++d->findingsJob; // what is under way is not waited for
    d->computing = false;
    d->jobs.discard(std::move(d->findings));
    d->findings = std::move(findings);
    d->currentFinding = -1;
    d->currentPointer.clear();
    Q_EMIT findingsChanged();
    Q_EMIT currentFindingChanged(-1);
}

int Session::currentFinding() const
{
    return d->currentFinding;
}

void Session::setCurrentFinding(int index, bool withinDomain)
{
    const int count = d->findings ? static_cast<int>(d->findings->findings.size()) : 0;
    const int wanted = index >= 0 && index < count ? index : -1;
    d->dropShownEntity();
    const bool leaves = !withinDomain && !d->selectingWithin && wanted >= 0 && !d->currentDomain.isEmpty();
    if (leaves) {
        d->currentDomain.clear();
    }
    if (wanted != d->currentFinding) {
        d->currentFinding = wanted;
        d->currentPointer.clear();
        const bool outer = d->selectingWithin;
        d->selectingWithin = outer || withinDomain;
        Q_EMIT currentFindingChanged(wanted);
        d->selectingWithin = outer;
    }
    if (leaves) {
        Q_EMIT currentDomainChanged({});
    }
}

QString Session::currentPointer() const
{
    return d->currentPointer;
}

std::optional<Side> Session::currentSide() const
{
    return d->currentPointer.isEmpty() ? std::nullopt : d->currentSide;
}

void Session::setCurrentPointer(const QString &pointer, std::optional<Side> side)
{
    const bool isElsewhere = pointer != d->currentPointer || (!pointer.isEmpty() && side != d->currentSide);
    d->currentPointer = pointer;
    d->currentSide = side;
    if (isElsewhere) {
        Q_EMIT currentPointerChanged(pointer);
    }
}

int Session::requestAccessModel(const QString &snapshotId)
{
    const int job = ++d->nextRequest;
    const auto kept = std::ranges::find(d->accessModels, snapshotId, [](const auto &entry) { return entry.first; });
    if (kept != d->accessModels.end()) {
        const std::pair<QString, Model> entry = *kept;
        d->accessModels.erase(kept);
        d->accessModels.append(entry);
        QMetaObject::invokeMethod(
            this, [this, job, entry] { Q_EMIT accessModelReady(job, entry.first, entry.second); }, Qt::QueuedConnection);
        return job;
    }
    QList<int> &waiting = d->accessWaiting[snapshotId];
    waiting.append(job);
    if (waiting.size() > 1) {
        return job; // it is being read already
    }
    const int epoch = d->epoch;
    d->jobs.run(
        Jobs::Foreground, [folder = d->folder, snapshotId] { return readAccess(folder, snapshotId); },
        [this, epoch, snapshotId](Result<Model> model) {
            if (epoch != d->epoch) {
                return;
            }
            const QList<int> requests = d->accessWaiting.take(snapshotId);
            if (!model) {
                Q_EMIT failed(model.error(), tr("The store is unchanged."));
                return;
            }
            d->accessModels.append({snapshotId, *model});
            while (d->accessModels.size() > accessModelsKept) {
                d->jobs.discard(d->accessModels.takeFirst().second);
            }
            for (const int request : requests) {
                Q_EMIT accessModelReady(request, snapshotId, *model);
            }
        });
    return job;
}

void Session::reload()
{
    if (isOpen()) {
        d->read(d->folder, d->key, false);
    }
}

void Session::exportReport(const QString &file)
{
    if (!d->findings) {
        Q_EMIT failed(Error{ErrorCode::BadInput, u"no range is compared yet"_s, {}}, tr("No report was written."));
        return;
    }
    const auto work = [range = d->findings, names = d->names, folder = d->folder, a = d->idA, b = d->idB, file,
                       now = d->clock.nowUtc()]() -> Result<void> {
        Operations::RangeFindings full = *range; // shares all but the names
        if (names) {
            full.names = names->all;
        } else if (auto read = Operations::allNames(folder, a, b)) {
            full.names = *std::move(read);
        }
        return Operations::writeReport(full, file, now);
    };
    d->jobs.run(Jobs::Foreground, work, [this, file](Result<void> written) {
        if (written) {
            Q_EMIT reportWritten(file);
        } else {
            Q_EMIT failed(written.error(), tr("No report was written; a file of that name is as it was."));
        }
    });
}

std::optional<Session::Proof> Session::proof() const
{
    return d->proof;
}
bool Session::isSettled() const
{
    return d->jobs.running() == 0;
}

std::optional<std::pair<int, int>> incidentRange(const QList<Session::Tick> &ticks)
{
    std::optional<Policy::Severity> worst;
    for (const Session::Tick &tick : ticks) {
        worst = std::max(worst, tick.worst);
    }
    if (!worst || *worst < Policy::Severity::High) {
        return std::nullopt;
    }
    int first = -1;
    int last = -1;
    int most = 0;
    int runFirst = -1;
    int runLast = -1;
    int count = 0;
    for (int i = 1; i < ticks.size(); ++i) { // the first snapshot has nothing before it
        if (ticks.at(i).worst != worst) {
            continue;
        }
        if (runLast < 0 || i - runLast > 2) {
            runFirst = i;
            count = 0;
        }
        runLast = i;
        if (++count >= most) {
            most = count;
            first = runFirst;
            last = runLast;
        }
    }
    if (first < 0) {
        return std::nullopt;
    }
    return std::pair(first - 1, last);
}

} // namespace Orgtrace::Ui
