#include "access/accesspage_p.h"

#include "access/accessdelegate.h"
#include "access/accesswidgets.h"
#include "access/changesside.h"
#include "access/findingsside.h"
#include "access/historyside.h"
#include "access/segmentedswitch.h"
#include "access/subjectpicker.h"
#include "access/whocanside.h"
#include "changes/filterfield.h"
#include "diff/displaytext.h"
#include "session/session.h"
#include "theme/theme.h"

#include <QCheckBox>
#include <QComboBox>
#include <QFutureWatcher>
#include <QLabel>
#include <QScrollBar>
#include <QSet>
#include <QStackedWidget>
#include <QtConcurrentRun>

using namespace Qt::StringLiterals;

namespace Orgtrace::Ui {

namespace {

Rights rightsOf(const ModelPtr &a, const ModelPtr &b, const QString &id, const QString &divisionId, const PolicyPtr &policy)
{
    Rights out;
    Access::EffectiveAccess before, after;
    const auto read = [&](const ModelPtr &model, Access::EffectiveAccess &access, const QString &side) {
        if (!model) {
            return false;
        }
        const Result<Access::Subject> subject = model->findSubject(id);
        if (!subject) {
            return false;
        }
        access = model->effective(*subject);
        keepDivision(access, divisionId);
        out.subject = *subject;
        for (const QStringList said = access.caveats + access.notes; const QString &caveat : said) {
            const QString text = side.isEmpty() ? caveat : side + u": "_s + caveat;
            if (!out.caveats.contains(text)) {
                out.caveats.append(text);
            }
        }
        return true;
    };
    const bool both = a && b;
    out.inA = read(a, before, both ? u"A"_s : QString());
    out.inB = read(b, after, both ? u"B"_s : QString());
    out.permissions = both ? comparedPermissions(before, after) : shownPermissions(b ? after : before);
    for (ShownPermission &shown : out.permissions) {
        shown.isHighRisk = policy && policy->isHighRisk(shown.permission.permission());
    }
    return out;
}

} // namespace

AccessPage::AccessPage(Session &session, QWidget *parent) : QWidget(parent), d(std::make_unique<Private>(this, session))
{
    d->build();
    d->connectParts();
    const auto stale = [this] {
        d->stale = true;
        d->a.reset();
        d->b.reset();
        d->indexCancel.cancel();
        d->outline.setItems({}); // its rows hold on to the index
        letGo(std::exchange(d->index, {}));
        d->whoCanSide->setModel({}, {});
        d->changesSide->setModels({}, {}, {}, {});
        d->historySide->setModels({}, {});
        d->labelModes();
        if (isVisible()) {
            d->refresh();
        }
    };
    const auto anotherStore = [this, stale] {
        d->isPolicyKnown = false;
        d->policy.reset();
        d->historySide->clear();
        d->findingsSide->clear();
        stale();
    };
    connect(&session, &Session::rangeChanged, this, stale);
    connect(&session, &Session::storeClosed, this, anotherStore);
    connect(&session, &Session::storeOpened, this, anotherStore);
    connect(&session, &Session::organisationChanged, this, [this, stale] {
        d->subjectId.clear();
        d->startIds.fill(QString());
        d->chosenByUser = false;
        d->historySide->clear();
        d->findingsSide->clear();
        stale();
    });
    connect(&session, &Session::currentFindingChanged, this, [this] {
        d->chosenByUser = false;
        d->offerSubject();
        if (isVisible() && d->settled && side() == Holds && d->startNow() == FromSubject) {
            d->computeRights();
        }
    });
    connect(&session, &Session::failed, this, [this](const Error &error) {
        if (d->jobA >= 0 || d->jobB >= 0) {
            // The jobs stay wanted: where the failure was another's, their answers replace these words.
            d->say(tr("Rights could not be read"), errorText(error));
        }
    });
    connect(&session, &Session::accessModelReady, this, [this](int job, const QString &, const ModelPtr &model) {
        if (job != d->jobA && job != d->jobB) {
            return;
        }
        (job == d->jobA ? d->a : d->b) = model;
        (job == d->jobA ? d->jobA : d->jobB) = -1;
        if (d->jobA < 0 && d->jobB < 0) {
            d->settled = true;
            d->show();
        }
    });
}

AccessPage::~AccessPage()
{
    d->indexCancel.cancel();
}

void AccessPage::showEvent(QShowEvent *event)
{
    QWidget::showEvent(event);
    if (d->stale) {
        d->refresh();
    }
}

void AccessPage::showSubject(const QString &subjectId, const QString &permission)
{
    d->subjectId = subjectId;
    d->chosenByUser = true;
    d->wantedPermission = permission;
    d->start->setCurrent(FromSubject);
    d->sides->setCurrent(Holds);
    if (d->settled && !d->stale) {
        d->show();
    }
}

void AccessPage::setMode(Mode mode)
{
    d->mode->setCurrent(mode);
}

void AccessPage::setSide(Side side)
{
    d->sides->setCurrent(side);
}

AccessPage::Side AccessPage::side() const
{
    return Side(d->sides->current());
}

void AccessPage::setStart(Start start, const QString &id)
{
    if (start == FromSubject) {
        showSubject(id.isEmpty() ? d->subjectId : id);
        return;
    }
    if (!id.isEmpty()) {
        d->startIds[start] = id;
    }
    d->sides->setCurrent(Holds);
    if (d->startNow() != start) {
        d->start->setCurrent(start); // shows it
    } else if (d->settled && !d->stale) {
        d->show();
    }
}

bool AccessPage::isBusy() const
{
    return d->stale || !d->settled || d->isComputing || d->filterDelay.isActive() || (side() == History && d->historySide->isBusy())
        || (side() == Findings && d->findingsSide->isBusy());
}

void AccessPage::Private::say(const QString &headline, const QString &sentence)
{
    model.setPermissions({});
    outline.setItems({});
    caveats->hide();
    summary->hide();
    tree->hide();
    outlineTree->hide();
    empty->setText(headline + u"\n\n"_s + sentence);
    empty->show();
    showPermission({});
    whoCanSide->say(headline, sentence);
    changesSide->say(headline, sentence);
    historySide->say(headline, sentence);
    findingsSide->say(headline, sentence);
}

void AccessPage::Private::refresh()
{
    labelModes();
    settled = false;
    jobA = jobB = -1;
    ++rightsJob;
    ++whoJob;
    ++indexJob;
    isComputing = false;
    if (!session.isOpen()) {
        say(AccessPage::tr("No store is open"), AccessPage::tr("Open a store, or let the demo make one, to see who may do what."));
        return;
    }
    const bool isBoth = sides->current() == Changes || sides->current() == History;
    const bool wantsA = isBoth || mode->current() != AsOfB, wantsB = isBoth || mode->current() != AsOfA;
    if ((wantsA && session.idA().isEmpty()) || (wantsB && session.idB().isEmpty())) {
        say(AccessPage::tr("No snapshot to look at"), AccessPage::tr("Capture the organisation, then choose A and B on the timeline."));
        return;
    }
    stale = false;
    if (!isPolicyKnown) {
        auto *watcher = new QFutureWatcher<PolicyPtr>(q);
        QObject::connect(watcher, &QFutureWatcherBase::finished, q, [this, watcher, folder = session.folder()] {
            watcher->deleteLater();
            if (folder == session.folder() && !isPolicyKnown) {
                policy = watcher->result();
                isPolicyKnown = true;
                if (settled) {
                    show();
                }
            }
        });
        watcher->setFuture(QtConcurrent::run([folder = session.folder()]() -> PolicyPtr {
            Result<Policy::Policy> read = Operations::storePolicy(folder);
            return read ? std::make_shared<const Policy::Policy>(std::move(*read)) : nullptr; // findings say what is wrong with it
        }));
    }
    if (sides->current() == Findings || ((!wantsA || a) && (!wantsB || b))) { // rules read the rights themselves
        settled = true;
        show();
        return;
    }
    if (sides->current() == History ? !historySide->hasModels() && historySide->summaryText().isEmpty()
                                    : model.totalCount() == 0 || sides->current() != Holds) {
        say(AccessPage::tr("Reading rights…"), AccessPage::tr("Users, groups, teams, roles and grants of the snapshot are read once."));
    }
    if (wantsA && !a) {
        jobA = session.requestAccessModel(session.idA());
    }
    if (wantsB && !b) {
        jobB = session.requestAccessModel(session.idB());
    }
}

/// What the side that is looked at needs, from the models that are there.
void AccessPage::Private::show()
{
    if (!isPolicyKnown || !settled) {
        return;
    }
    showParts();
    switch (Side(sides->current())) {
    case WhoCan: whoCanSide->setModel(modelNow(), mode->current() == AsOfA ? u"A"_s : u"B"_s); return;
    case Changes: {
        const auto name = [this](const QString &id) {
            const Evidence::SnapshotSummary *snapshot = session.snapshot(id);
            return snapshot ? utcText(snapshot->observedUtc) : shortId(id);
        };
        changesSide->setModels(a, b, policy, name(session.idA()) + u" → "_s + name(session.idB()));
        return;
    }
    case History:
        historySide->setModels(a, b);
        if (startNow() == FromSubject && !subjectId.isEmpty()) {
            historySide->offerSubject(subjectId, tree->currentIndex().data(AccessTreeModel::PermissionRole).toString());
        }
        return;
    case Findings: {
        const bool isA = mode->current() == AsOfA;
        findingsSide->setSnapshot(isA ? session.idA() : session.idB(), isA ? u"A"_s : u"B"_s);
        return;
    }
    case Holds: break;
    }
    if (const ModelPtr any = b ? b : a) {
        fillDivisions(division, any->resolver().divisions());
    }
    if (startNow() != FromSubject) {
        computeOutline();
        return;
    }
    fillPicker();
    offerSubject();
    computeRights();
}

void AccessPage::Private::fillPicker()
{
    const ModelPtr any = b ? b : a;
    if (startNow() == FromSubject) {
        if (any) {
            picker->setSubjects(any->subjects());
        }
        return;
    }
    if (!index) {
        return;
    }
    QList<SubjectPicker::Entry> entries;
    switch (startNow()) {
    case FromRole:
        for (const Access::RoleContent &role : index->roles) {
            entries.append(
                {role.id, role.name, counted(role.permissions.size(), AccessPage::tr("1 permission"), AccessPage::tr("%1 permissions"))});
        }
        picker->setEntries(entries, AccessPage::tr("Role"), AccessPage::tr("role"));
        break;
    case FromPermission: {
        QStringList all;
        for (const Access::RoleContent &role : index->roles) {
            all += role.permissions;
        }
        all.sort();
        all.removeDuplicates();
        for (const QString &permission : std::as_const(all)) {
            entries.append({permission, permission, {}});
        }
        picker->setEntries(entries, AccessPage::tr("Permission"), AccessPage::tr("permission"));
        break;
    }
    case FromGroup:
        for (const Access::Subject &one : index->subjects) {
            if (one.kind == Access::SubjectKind::Group || one.kind == Access::SubjectKind::Team) {
                entries.append({one.id, one.name, subjectKindText(one.kind)});
            }
        }
        picker->setEntries(entries, AccessPage::tr("Group or team"), AccessPage::tr("group or team"));
        break;
    case FromDivision:
        for (const Access::Division &one : index->divisions) {
            entries.append({one.id, one.name, {}});
        }
        picker->setEntries(entries, AccessPage::tr("Division"), AccessPage::tr("division"));
        break;
    case FromSubject: break;
    }
    QString &id = startIds[startNow()];
    const bool isThere = std::ranges::any_of(entries, [&](const SubjectPicker::Entry &entry) { return entry.id == id; });
    if (!isThere) {
        id = entries.isEmpty() ? QString() : entries.first().id;
    }
    picker->choose(id);
}

void AccessPage::Private::setVocabulary()
{
    AccessVocabulary words;
    QSet<QString> domains, roles, containers, divisions;
    constexpr qsizetype enough = 2'000;
    for (int i = 0; i < model.totalCount(); ++i) {
        const ShownPermission &shown = model.at(i);
        domains.insert(shown.permission.domain);
        if (roles.size() + containers.size() > enough) {
            continue;
        }
        for (const Access::AccessPath &path : shown.permission.paths) {
            roles.insert(path.roleName);
            containers.insert(path.containerName);
            divisions.insert(path.divisionName);
        }
    }
    for (const auto &[from, to] : {std::pair(&domains, &words.domains), std::pair(&roles, &words.roles),
                                   std::pair(&containers, &words.containers), std::pair(&divisions, &words.divisions)}) {
        *to = from->values();
        to->sort();
    }
    filter->setCompletion([words](const QString &text, qsizetype cursor) { return completeAccessFilter(text, cursor, words); });
}

void AccessPage::Private::offerSubject()
{
    const Session::Findings range = session.findings();
    const int at = session.currentFinding();
    if (range && at >= 0 && at < range->findings.size() && !chosenByUser) {
        const Compare::EntityChange &change = range->findings[at].judged.change;
        if (const QString id = subjectOfChange(change.domain, change.entity); !id.isEmpty()) {
            subjectId = id;
            return;
        }
    }
    if (subjectId.isEmpty() && startNow() == FromSubject && picker->count() > 0) {
        subjectId = picker->itemData(0).toString();
    }
}

void AccessPage::Private::computeRights()
{
    const int job = ++rightsJob;
    if (subjectId.isEmpty()) {
        isComputing = false;
        say(AccessPage::tr("Nobody is chosen"), AccessPage::tr("Choose a user, group, team or OAuth client above."));
        return;
    }
    isComputing = true;
    picker->choose(subjectId);
    const ModelPtr useA = mode->current() != AsOfB ? a : nullptr;
    const ModelPtr useB = mode->current() != AsOfA ? b : nullptr;
    auto *watcher = new QFutureWatcher<Rights>(q);
    QObject::connect(watcher, &QFutureWatcherBase::finished, q, [this, watcher, job] {
        watcher->deleteLater();
        if (job == rightsJob) {
            isComputing = false;
            took(watcher->result());
        }
    });
    watcher->setFuture(QtConcurrent::run([useA, useB, id = subjectId, place = division->currentData().toString(), by = policy] {
        return rightsOf(useA, useB, id, place, by);
    }));
}

void AccessPage::Private::took(const Rights &rights)
{
    subject = rights.subject;
    if (!rights.inA && !rights.inB) {
        say(AccessPage::tr("Not there"),
            AccessPage::tr("This subject is not in the snapshot that is looked at. Choose another, or another time."));
        Q_EMIT q->accessShown();
        return;
    }
    const bool compared = mode->current() == FromAToB;
    const QString current
        = wantedPermission.isEmpty() ? tree->currentIndex().data(AccessTreeModel::StableIdRole).toString() : wantedPermission;
    const int scroll = tree->verticalScrollBar()->value();
    wantedPermission.clear();
    model.setOnlyHighRisk(onlyHighRisk->isChecked());
    model.setOnlyChanges(compared && onlyChanges->isChecked());
    model.setPermissions(rights.permissions);
    QStringList notes = rights.caveats;
    if (compared && rights.inA != rights.inB) {
        notes.prepend(rights.inB ? AccessPage::tr("This subject is in B, not in A.") : AccessPage::tr("This subject is in A, not in B."));
    }
    setCaveats(caveats, notes);
    setVocabulary();

    const int total = model.totalCount();
    if (compared) {
        const int gained = model.countOf(Held::Gained), lost = model.countOf(Held::Lost), moved = model.countOf(Held::PathsChanged);
        summary->setText(AccessPage::tr("%1 gained · %2 lost · %3 by another path · %4 unchanged")
                             .arg(countText(gained), countText(lost), countText(moved), countText(total - gained - lost - moved)));
    } else {
        QString text = counted(total, AccessPage::tr("1 permission"), AccessPage::tr("%1 permissions"));
        if (const int risky = model.highRiskCount(); risky > 0) {
            text += u" · "_s + AccessPage::tr("%1 of high risk").arg(countText(risky));
        }
        summary->setText(text);
    }
    summary->show();
    if (model.shownCount() == 0) {
        tree->hide();
        const bool filtered = !filter->text().isEmpty() || onlyHighRisk->isChecked() || !division->currentData().toString().isEmpty();
        empty->setText(filtered       ? AccessPage::tr("No permission fits the filter.")
                           : compared ? AccessPage::tr("Nothing was gained or lost between A and B.")
                                      : AccessPage::tr("No permission is held as far as this snapshot shows."));
        empty->show();
    } else {
        empty->hide();
        tree->show();
    }
    restoreTree(current, scroll);
    Q_EMIT q->accessShown();
}

void AccessPage::Private::restoreTree(const QString &current, int scroll)
{
    if (model.shownCount() > 0) {
        empty->hide();
        tree->show();
    } else if (model.totalCount() > 0 && (!filter->text().isEmpty() || onlyHighRisk->isChecked())) {
        tree->hide();
        empty->setText(AccessPage::tr("No permission fits the filter."));
        empty->show();
    }
    const QSet<QString> wanted = open;
    if (model.shownCount() <= 40) {
        tree->expandToDepth(1); // few enough to see whole; paths open on request
        open = wanted;
    } else {
        // Branches before leaves: "a" sorts before "a:b".
        QStringList ids(wanted.begin(), wanted.end());
        ids.sort();
        for (const QString &id : ids) {
            if (const QModelIndex index = model.indexOf(id); index.isValid()) {
                tree->setExpanded(index, true);
            }
        }
        open = wanted;
    }
    QModelIndex index = current.isEmpty() ? QModelIndex() : model.indexOf(current);
    if (!index.isValid() && model.shownCount() > 0) {
        // The first permission, so that the right side says something.
        index = model.index(0, 0);
        while (index.data(AccessTreeModel::LevelRole).toInt() < 2 && model.hasChildren(index)) {
            index = model.index(0, 0, index);
        }
    }
    if (index.isValid()) {
        tree->setCurrentIndex(index);
    }
    if (scroll >= 0) {
        tree->verticalScrollBar()->setValue(scroll);
    }
    if (index.isValid()) {
        tree->scrollTo(index);
    }
    showPermission(index);
}

} // namespace Orgtrace::Ui
