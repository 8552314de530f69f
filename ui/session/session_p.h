#pragma once

#include "session/jobs.h"
#include "session/reading.h"
#include "session/session.h"

/// What a session holds, and the runs it starts on workers (sessionruns.cpp). For ui/session only.
namespace Orgtrace::Ui {

using Model = std::shared_ptr<const Access::AccessModel>;

struct Session::Private {
    Session *q;
    Clock &clock;
    Credentials::CredentialStore &credentials;
    Jobs jobs;

    QString folder;
    std::shared_ptr<Operations::Workspace> workspace;
    bool opening = false;
    int openJob = 0;

    QList<Organisation> organisations;
    QString key;
    QList<Evidence::SnapshotSummary> timeline;
    QHash<QString, int> index; ///< snapshot id → place on the timeline
    QList<QDateTime> auditTimes;
    QList<Evidence::AuditWindow> auditWindows;

    QHash<QString, std::pair<QString, Tick>> ticks; ///< snapshot id → the one before it, its tick
    int tickJob = 0;
    bool ticksComplete = false;
    CancellationSource tickCancel;

    QString idA, idB;
    Findings findings;
    bool computing = false;
    NamesPtr names;
    bool namesPending = false;
    int findingsJob = 0;
    CancellationSource findingsCancel;
    int currentFinding = -1;
    QString currentPointer;
    std::optional<Side> currentSide; ///< of the pointer; means nothing where that is empty
    std::optional<Entity> shownEntity;
    std::optional<Search::Link> goal; ///< where to go once the range is compared
    QString currentDomain;
    bool selectingWithin = false; ///< views that follow the selection do not end the domain's show

    int nextRequest = 0;
    int epoch = 0; ///< grows when store or organisation changes: answers of before are dropped
    QList<std::pair<QString, Model>> accessModels; ///< last used last
    QHash<QString, QList<int>> accessWaiting; ///< snapshot id → requests that wait for it

    std::optional<Proof> proof;
    CancellationSource proofCancel;
    CancellationSource domainCancel;

    explicit Private(Session *session, Clock &theClock, Credentials::CredentialStore &store) :
        q(session), clock(theClock), credentials(store), jobs(session)
    {
    }

    void cancelAll()
    {
        ++epoch;
        ++findingsJob;
        ++tickJob;
        findingsCancel.cancel();
        tickCancel.cancel();
        proofCancel.cancel();
        domainCancel.cancel();
    }

    void forget()
    {
        cancelAll();
        organisations.clear();
        key.clear();
        timeline.clear();
        index.clear();
        auditTimes.clear();
        auditWindows.clear();
        ticks.clear();
        ticksComplete = false;
        idA.clear();
        idB.clear();
        jobs.discard(std::move(findings));
        findings.reset();
        jobs.discard(std::move(names));
        names.reset();
        namesPending = false;
        computing = false;
        currentFinding = -1;
        currentPointer.clear();
        shownEntity.reset();
        goal.reset();
        currentDomain.clear();
        accessModels.clear();
        accessWaiting.clear();
        proof.reset();
    }

    void read(const QString &newFolder, const QString &wantedKey, bool fresh);
    void take(Loaded loaded, bool fresh);
    void computeFindings();
    void computeTicks();
    void readNames();
    void prove();
    void reachGoal(); ///< once the range is compared
    void dropShownEntity();
};

} // namespace Orgtrace::Ui
