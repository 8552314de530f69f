#include "session/session_p.h"

#include "session/reading.h"

namespace Orgtrace::Ui {

using namespace Qt::StringLiterals;
using Evidence::SnapshotSummary;

void Session::Private::read(const QString &newFolder, const QString &wantedKey, bool fresh)
{
    const int job = ++openJob;
    jobs.run(
        Jobs::Foreground, [newFolder, wantedKey] { return readStore(newFolder, wantedKey); },
        [this, job, newFolder, fresh](Result<Loaded> loaded) {
            if (job != openJob) {
                return;
            }
            opening = false;
            if (!loaded) {
                Q_EMIT q->failed(loaded.error(),
                                 fresh ? Session::tr("No store is open.") : Session::tr("What was shown before is still shown."));
                return;
            }
            if (fresh) {
                Result<std::unique_ptr<Operations::Workspace>> opened = Operations::Workspace::open(newFolder, clock, credentials);
                if (!opened) {
                    Q_EMIT q->failed(opened.error(), Session::tr("No store is open."));
                    return;
                }
                workspace = std::move(*opened);
            }
            take(std::move(*loaded), fresh);
        });
}

void Session::Private::take(Loaded loaded, bool fresh)
{
    const bool sameOrganisation = !fresh && loaded.key == key;
    const bool followed = !idB.isEmpty() && !timeline.isEmpty() && timeline.constLast().id == idB;
    const QString oldA = idA;
    const QString oldB = idB;
    if (!sameOrganisation) {
        forget();
    }
    organisations = std::move(loaded.organisations);
    key = std::move(loaded.key);
    timeline = std::move(loaded.timeline);
    auditTimes = std::move(loaded.auditTimes);
    auditWindows = std::move(loaded.auditWindows);
    index.clear();
    for (int i = 0; i < timeline.size(); ++i) {
        index.insert(timeline.at(i).id, i);
    }
    const std::pair given(idA, idB);
    if (fresh) {
        Q_EMIT q->storeOpened();
    }
    Q_EMIT q->organisationChanged();
    Q_EMIT q->timelineChanged();
    if (std::pair(idA, idB) != given) { // whoever waited for this timeline has gone to a place on it, by a link
        computeTicks();
        return;
    }

    QString newA = oldA;
    QString newB = oldB;
    if (!sameOrganisation || !index.contains(oldB) || (!oldA.isEmpty() && !index.contains(oldA))) {
        newB = timeline.isEmpty() ? QString() : timeline.constLast().id;
        newA = timeline.size() < 2 ? QString() : timeline.at(timeline.size() - 2).id;
    } else if (followed && timeline.constLast().id != oldB) {
        newA = oldB; // who looked at the newest snapshot now sees what came since
        newB = timeline.constLast().id;
    }
    if (newA != idA || newB != idB) {
        idA = newA;
        idB = newB;
        Q_EMIT q->rangeChanged();
    }
    computeFindings(); // also where the range stayed: audit events may have come
    computeTicks();
}

void Session::Private::computeFindings()
{
    const int job = ++findingsJob;
    findingsCancel.cancel();
    findingsCancel = CancellationSource();
    jobs.discard(std::move(findings));
    findings.reset();
    jobs.discard(std::move(names));
    names.reset();
    namesPending = false;
    computing = !idA.isEmpty() && !idB.isEmpty();
    const bool hadCurrent = currentFinding >= 0;
    shownEntity.reset();
    currentFinding = -1;
    currentPointer.clear();
    Q_EMIT q->findingsChanged();
    if (hadCurrent) {
        Q_EMIT q->currentFindingChanged(-1);
    }
    if (!computing) {
        return;
    }
    using Answer = Result<std::shared_ptr<const Operations::RangeFindings>>;
    const CancellationToken cancel = findingsCancel.token();
    const auto work = [this, job, cancel, folder = folder, a = idA, b = idB]() -> Answer {
        qint64 last = -1;
        const auto progressed = [&](qint64 done, qint64 total) {
            const qint64 percent = total > 0 ? done * 100 / total : 0;
            if (percent == last) {
                return; // a hundred steps are enough for a bar
            }
            last = percent;
            QMetaObject::invokeMethod(
                q,
                [this, job, done, total] {
                    if (job == findingsJob && computing) {
                        Q_EMIT q->progress(done, total);
                    }
                },
                Qt::QueuedConnection);
        };
        Result<Operations::RangeFindings> range = Operations::findings(folder, a, b, {}, cancel, progressed, Operations::Names::Mentioned);
        if (!range) {
            return std::unexpected(range.error());
        }
        return std::make_shared<const Operations::RangeFindings>(std::move(*range));
    };
    jobs.run(Jobs::Foreground, work, [this, job](Answer answer) {
        if (job != findingsJob) {
            if (answer) {
                jobs.discard(std::move(*answer));
            }
            return;
        }
        computing = false;
        if (answer) {
            findings = std::move(*answer);
            readNames();
        }
        Q_EMIT q->findingsChanged();
        if (findings) {
            reachGoal();
        }
        if (!answer) {
            Q_EMIT q->failed(answer.error(), Session::tr("The store is unchanged."));
        }
    });
}

void Session::Private::readNames()
{
    const int job = findingsJob;
    namesPending = true;
    jobs.run(
        Jobs::Foreground,
        [folder = folder, a = idA, b = idB]() -> NamesPtr {
            auto all = Operations::allNames(folder, b, b);
            auto before = Operations::allNames(folder, a, a);
            if (!all || !before) {
                return nullptr; // the names that the changes mention must do
            }
            auto read = std::make_shared<Names>();
            for (const auto &[key, name] : before->asKeyValueRange()) {
                const auto now = all->constFind(key);
                if (now == all->cend()) {
                    all->insert(key, name);
                } else if (*now != name) {
                    read->old.insert(key, name);
                }
            }
            for (const auto &[key, name] : all->asKeyValueRange()) {
                read->byId.insert(key.section(u'/', 1), name);
            }
            for (const auto &[key, name] : std::as_const(read->old).asKeyValueRange()) {
                read->oldById.insert(key.section(u'/', 1), name);
            }
            read->all = *std::move(all);
            return read;
        },
        [this, job](NamesPtr answer) {
            if (job != findingsJob) {
                return;
            }
            namesPending = false;
            names = std::move(answer);
            Q_EMIT q->namesChanged();
        });
}

void Session::Private::computeTicks()
{
    const int job = ++tickJob;
    tickCancel.cancel();
    tickCancel = CancellationSource();
    QList<TickPair> wanted; // newest first
    for (qsizetype i = timeline.size() - 1; i > 0; --i) {
        const QString &before = timeline.at(i - 1).id;
        const QString &id = timeline.at(i).id;
        const auto known = ticks.constFind(id);
        if (known == ticks.cend() || known->first != before) {
            wanted.append({before, id});
        }
    }
    if (!timeline.isEmpty() && !ticks.contains(timeline.constFirst().id)) {
        Tick first; // nothing before it to differ from
        first.known = true;
        ticks.insert(timeline.constFirst().id, {QString(), first});
    }
    ticksComplete = wanted.isEmpty();
    if (ticksComplete) {
        prove();
        return;
    }
    const CancellationToken cancel = tickCancel.token();
    const auto work = [this, job, cancel, wanted, folder = folder] {
        return readTicks(folder, wanted, cancel, [this, job](const TickPair &pair, const Tick &tick) {
            QMetaObject::invokeMethod(
                q,
                [this, job, pair, tick] {
                    if (job == tickJob) {
                        ticks.insert(pair.id, {pair.before, tick});
                        Q_EMIT q->tickChanged(pair.id);
                    }
                },
                Qt::QueuedConnection);
        });
    };
    jobs.run(Jobs::Background, work, [this, job](Result<void> done) {
        if (job != tickJob) {
            return;
        }
        ticksComplete = true; // as far as they can be known
        if (!done && done.error().code != ErrorCode::Cancelled) {
            Q_EMIT q->failed(done.error(), Session::tr("The timeline shows what could be read; the store is unchanged."));
        }
        Q_EMIT q->tickChanged(QString());
        prove();
    });
}

void Session::Private::prove()
{
    proofCancel.cancel();
    proofCancel = CancellationSource();
    const CancellationToken cancel = proofCancel.token();
    const int now = epoch;
    const auto work = [cancel, folder = folder]() -> Result<Evidence::Store::Verification> {
        const Result<Evidence::Store> store = Evidence::Store::open(folder);
        if (!store) {
            return std::unexpected(store.error());
        }
        return store->verify(cancel);
    };
    jobs.run(Jobs::Background, work, [this, now, cancel](Result<Evidence::Store::Verification> answer) {
        if (now != epoch || cancel.isCancelled()) {
            return;
        }
        Proof made;
        made.provenUtc = clock.nowUtc();
        if (answer) {
            made.commits = answer->commits;
            made.signatures = answer->signatures;
            made.problems = answer->problems;
        } else {
            made.error = answer.error();
        }
        proof = std::move(made);
        Q_EMIT q->proofChanged();
    });
}

} // namespace Orgtrace::Ui
