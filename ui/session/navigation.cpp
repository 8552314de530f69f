#include "session/session_p.h"

namespace Orgtrace::Ui {

using namespace Qt::StringLiterals;

std::optional<Session::Entity> Session::shownEntity() const
{
    return d->shownEntity;
}

void Session::Private::dropShownEntity()
{
    if (shownEntity) {
        shownEntity.reset();
        Q_EMIT q->shownEntityChanged();
    }
}

void Session::showEntity(const QString &domain, const QString &entity, const QString &pointer, std::optional<Side> side)
{
    if (!d->findings) {
        return;
    }
    const auto &all = d->findings->findings;
    for (qsizetype i = 0; i < all.size(); ++i) {
        const Compare::EntityChange &change = all.at(i).judged.change;
        if (change.domain == domain && (change.entity == entity || (!change.previousEntity.isEmpty() && change.previousEntity == entity))) {
            setCurrentFinding(static_cast<int>(i));
            setCurrentPointer(pointer, side);
            return;
        }
    }
    setCurrentDomain({});
    d->shownEntity = Entity{domain, entity}; // known before anybody hears that no change is selected any more
    if (d->currentFinding >= 0) {
        d->currentFinding = -1;
        d->currentPointer.clear();
        Q_EMIT currentFindingChanged(-1);
    }
    Q_EMIT shownEntityChanged();
    setCurrentPointer(pointer, side);
}

int Session::requestLeftOut(const QString &domain, const QString &entity)
{
    const int job = ++d->nextRequest;
    const int epoch = d->epoch;
    const auto work = [folder = d->folder, a = d->idA, b = d->idB, range = d->findings, domain, entity] {
        return readLeftOut(folder, a, b, range, domain, entity);
    };
    d->jobs.run(Jobs::Foreground, work, [this, job, epoch](const Result<QList<Compare::SuppressedField>> &fields) {
        if (epoch == d->epoch) {
            Q_EMIT leftOutReady(job, fields);
        }
    });
    return job;
}

Result<void> Session::goTo(const Search::Link &link)
{
    if (!d->workspace || link.storeId.compare(d->workspace->store().storeId(), Qt::CaseInsensitive) != 0) {
        return Error::make(ErrorCode::NotFound, u"the link leads to another store"_s, link.storeId);
    }
    const int b = indexOf(link.snapshot);
    const int a = link.from.isEmpty() ? std::max(b - 1, 0) : indexOf(link.from);
    if (a < 0 || b < 0) {
        return Error::make(ErrorCode::NotFound, u"this timeline has no such snapshot"_s, b < 0 ? link.snapshot : link.from);
    }
    setRange(d->timeline.at(a).id, d->timeline.at(b).id);
    d->goal = link;
    if (d->findings) {
        d->reachGoal();
    }
    return {};
}

void Session::Private::reachGoal()
{
    const std::optional<Search::Link> link = std::exchange(goal, std::nullopt);
    if (link && link->hasEntity) {
        std::optional<Side> side;
        if (link->side != Search::Link::Side::Unsaid) {
            side = link->side == Search::Link::Side::A ? Side::Left : Side::Right;
        }
        q->showEntity(link->domain, link->entity, link->pointer, side);
    } else if (link && !link->domain.isEmpty()) {
        q->setCurrentDomain(link->domain);
    }
}

Search::Link Session::linkTo(const QString &domain, const QString &entity, const QString &pointer) const
{
    Search::Link link;
    if (d->workspace && !d->idB.isEmpty()) {
        link.storeId = d->workspace->store().storeId();
        link.snapshot = d->idB;
        link.from = d->idA;
        link.domain = domain;
        link.entity = entity;
        link.hasEntity = !domain.isEmpty();
        link.pointer = link.hasEntity ? pointer : QString();
    }
    return link;
}

Search::Link Session::currentLink() const
{
    Search::Link link;
    if (d->shownEntity) {
        link = linkTo(d->shownEntity->domain, d->shownEntity->id, d->currentPointer);
    } else if (d->findings && d->currentFinding >= 0) {
        const Compare::EntityChange &change = d->findings->findings.at(d->currentFinding).judged.change;
        link = linkTo(change.domain, change.entity, d->currentPointer);
    } else {
        return linkTo({}, {}, {});
    }
    if (const std::optional<Side> side = currentSide()) {
        link.side = *side == Side::Left ? Search::Link::Side::A : Search::Link::Side::B;
    }
    return link;
}

} // namespace Orgtrace::Ui
