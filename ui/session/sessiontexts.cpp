#include "session/session_p.h"

#include "operations/vault.h"
#include "session/reading.h"

#include <QCoroTask>

namespace Orgtrace::Ui {

using namespace Qt::StringLiterals;

namespace {

/// Both sides of an entity as it came. All that it needs is held by value: it outlives a session that is closed while it reads.
struct RawAsked {
    std::shared_ptr<Operations::Workspace> workspace;
    Evidence::SnapshotSummary from, to;
    QString domain, oldEntity, newEntity, reason;
};

using RawSide = Result<QByteArray>;

QCoro::Task<std::pair<RawSide, RawSide>> readRaw(RawAsked asked, Credentials::CredentialStore &credentials, Clock &clock)
{
    Operations::Vault vault(*asked.workspace, credentials, clock);
    auto before = vault.rawEntity(asked.from, asked.domain, asked.oldEntity, asked.reason);
    RawSide oldText = co_await before;
    auto after = vault.rawEntity(asked.to, asked.domain, asked.newEntity, asked.reason);
    RawSide newText = co_await after;
    co_return std::pair<RawSide, RawSide>(std::move(oldText), std::move(newText));
}

} // namespace

QString Session::currentDomain() const
{
    return d->currentDomain;
}

void Session::setCurrentDomain(const QString &domain)
{
    if (domain == d->currentDomain) {
        return;
    }
    d->currentDomain = domain;
    if (!domain.isEmpty() && (d->currentFinding >= 0 || d->shownEntity)) { // none of its changes is chosen yet, and no other's is any more
        const bool hadEntity = d->shownEntity.has_value();
        d->shownEntity.reset();
        d->currentFinding = -1;
        d->currentPointer.clear();
        if (hadEntity) {
            Q_EMIT shownEntityChanged();
        } else {
            Q_EMIT currentFindingChanged(-1);
        }
    }
    Q_EMIT currentDomainChanged(domain);
}

int Session::requestEntityTexts(const QString &domain, const QString &entity, const QString &previousEntity)
{
    const int job = ++d->nextRequest;
    const int epoch = d->epoch;
    const auto work = [folder = d->folder, a = d->idA, b = d->idB, domain, entity, previousEntity] {
        return readTexts(folder, a, b, domain, entity, previousEntity);
    };
    d->jobs.run(Jobs::Foreground, work, [this, job, epoch](Result<TextsPtr> texts) {
        if (epoch != d->epoch) {
            return;
        }
        if (texts) {
            Q_EMIT textsReady(job, *texts);
            Q_EMIT entityTextsReady(job, (*texts)->oldText, (*texts)->newText);
        } else {
            Q_EMIT failed(texts.error(), tr("The store is unchanged."));
        }
    });
    return job;
}

int Session::requestDomainTexts(const QString &domain)
{
    const int job = ++d->nextRequest;
    const int epoch = d->epoch;
    d->domainCancel.cancel(); // whoever asks for another domain no longer waits for the one before
    d->domainCancel = CancellationSource();
    const auto work = [folder = d->folder, a = d->idA, b = d->idB, domain, range = d->findings, cancel = d->domainCancel.token()] {
        return readDomainTexts(folder, a, b, domain, range, cancel);
    };
    d->jobs.run(Jobs::Foreground, work, [this, job, epoch](Result<TextsPtr> texts) {
        if (epoch != d->epoch) {
            return;
        }
        if (texts) {
            Q_EMIT textsReady(job, *texts);
        } else if (texts.error().code != ErrorCode::Cancelled) {
            Q_EMIT failed(texts.error(), tr("The store is unchanged."));
        }
    });
    return job;
}

int Session::requestRawTexts(const QString &domain, const QString &entity, const QString &previousEntity, const QString &reason)
{
    const int job = ++d->nextRequest;
    const int epoch = d->epoch;
    const Evidence::SnapshotSummary *from = snapshot(d->idA), *to = snapshot(d->idB);
    const auto none = [] { return RawSide(Error::make(ErrorCode::NotFound, u"no snapshot is chosen"_s, {})); };
    if (!d->workspace || !from || !to) {
        QMetaObject::invokeMethod(this, [this, job, none] { Q_EMIT rawTextsReady(job, none(), none()); }, Qt::QueuedConnection);
        return job;
    }
    RawAsked asked{d->workspace, *from, *to, domain, previousEntity.isEmpty() ? entity : previousEntity, entity, reason};
    QCoro::connect(readRaw(std::move(asked), d->credentials, d->clock), this, [this, job, epoch](std::pair<RawSide, RawSide> texts) {
        // What fails at once answers at once: never before the caller knows its job.
        QMetaObject::invokeMethod(
            this,
            [this, job, epoch, texts = std::move(texts)] {
                if (epoch == d->epoch) {
                    Q_EMIT rawTextsReady(job, texts.first, texts.second);
                }
            },
            Qt::QueuedConnection);
    });
    return job;
}

} // namespace Orgtrace::Ui
