#include "access/accesspage_p.h"

#include "access/accessdelegate.h"
#include "access/accesstreemodel.h"
#include "access/pathgraph.h"
#include "access/segmentedswitch.h"
#include "access/subjectpicker.h"
#include "access/whocanmodel.h"
#include "diff/displaytext.h"
#include "session/session.h"
#include "theme/theme.h"

#include <QCheckBox>
#include <QFutureWatcher>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QScrollArea>
#include <QScrollBar>
#include <QSet>
#include <QSplitter>
#include <QTableView>
#include <QTimer>
#include <QVBoxLayout>
#include <QtConcurrentRun>

using namespace Qt::StringLiterals;

namespace Orgtrace::Ui {

namespace {

Rights rightsOf(const ModelPtr &a, const ModelPtr &b, const QString &id)
{
    Rights out;
    Access::EffectiveAccess before, after;
    const auto read = [&id, &out](const ModelPtr &model, Access::EffectiveAccess &access, const QString &side) {
        if (!model) {
            return false;
        }
        const Result<Access::Subject> subject = model->findSubject(id);
        if (!subject) {
            return false;
        }
        access = model->effective(*subject);
        out.subject = *subject;
        for (const QString &caveat : std::as_const(access.caveats)) {
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
    return out;
}

} // namespace

AccessPage::AccessPage(Session &session, QWidget *parent) : QWidget(parent), d(std::make_unique<Private>(this, session))
{
    d->build();
    const auto stale = [this] {
        d->stale = true;
        d->a.reset();
        d->b.reset();
        d->labelModes();
        if (isVisible()) {
            d->refresh();
        }
    };
    connect(&session, &Session::rangeChanged, this, stale);
    connect(&session, &Session::storeClosed, this, stale);
    connect(&session, &Session::organisationChanged, this, [this, stale] {
        d->subjectId.clear();
        d->chosenByUser = false;
        stale();
    });
    connect(&session, &Session::currentFindingChanged, this, [this] {
        d->offerSubject();
        if (isVisible() && d->settled) {
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
            if (const ModelPtr any = d->b ? d->b : d->a) {
                d->picker->setSubjects(any->subjects());
            }
            d->offerSubject();
            d->computeRights();
        }
    });
}

AccessPage::~AccessPage() = default;

void AccessPage::Private::labelModes()
{
    const auto time = [this](const QString &id) {
        const Evidence::SnapshotSummary *snapshot = session.snapshot(id);
        return snapshot ? QString(u" · "_s + utcText(snapshot->observedUtc)) : QString();
    };
    mode->setSegments(
        {AccessPage::tr("as of A") + time(session.idA()), AccessPage::tr("as of B") + time(session.idB()), AccessPage::tr("A → B")});
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
    if (d->settled && !d->stale) {
        d->computeRights();
    }
}

void AccessPage::setMode(Mode mode)
{
    d->mode->setCurrent(mode);
}

void AccessPage::Private::say(const QString &headline, const QString &sentence)
{
    model.setPermissions({});
    caveats->hide();
    summary->hide();
    tree->hide();
    empty->setText(headline + u"\n\n"_s + sentence);
    empty->show();
    showPermission({});
}

void AccessPage::Private::refresh()
{
    labelModes();
    settled = false;
    jobA = jobB = -1;
    ++rightsJob;
    ++whoJob;
    if (!session.isOpen()) {
        say(AccessPage::tr("No store is open"), AccessPage::tr("Open a store, or let the demo make one, to see who may do what."));
        return;
    }
    const bool wantsA = mode->current() != AsOfB, wantsB = mode->current() != AsOfA;
    if ((wantsA && session.idA().isEmpty()) || (wantsB && session.idB().isEmpty())) {
        say(AccessPage::tr("No snapshot to look at"), AccessPage::tr("Capture the organisation, then choose A and B on the timeline."));
        return;
    }
    stale = false;
    if ((wantsA && a) + (wantsB && b) == int(wantsA) + int(wantsB)) {
        settled = true;
        computeRights();
        return;
    }
    if (model.totalCount() == 0) {
        say(AccessPage::tr("Reading rights…"), AccessPage::tr("Users, groups, teams, roles and grants of the snapshot are read once."));
    }
    if (wantsA && !a) {
        jobA = session.requestAccessModel(session.idA());
    }
    if (wantsB && !b) {
        jobB = session.requestAccessModel(session.idB());
    }
}

void AccessPage::Private::offerSubject()
{
    const Session::Findings range = session.findings();
    const int at = session.currentFinding();
    if (range && at >= 0 && at < range->findings.size()) {
        const Compare::EntityChange &change = range->findings[at].judged.change;
        if (const QString id = subjectOfChange(change.domain, change.entity); !id.isEmpty()) {
            subjectId = id;
            return;
        }
    }
    if (subjectId.isEmpty() && picker->count() > 0) {
        subjectId = picker->itemData(0).toString();
    }
}

void AccessPage::Private::computeRights()
{
    const int job = ++rightsJob;
    if (subjectId.isEmpty()) {
        say(AccessPage::tr("Nobody is chosen"), AccessPage::tr("Choose a user, group, team or OAuth client above."));
        return;
    }
    picker->choose(subjectId);
    const ModelPtr useA = mode->current() != AsOfB ? a : nullptr;
    const ModelPtr useB = mode->current() != AsOfA ? b : nullptr;
    auto *watcher = new QFutureWatcher<Rights>(q);
    QObject::connect(watcher, &QFutureWatcherBase::finished, q, [this, watcher, job] {
        watcher->deleteLater();
        if (job == rightsJob) {
            took(watcher->result());
        }
    });
    watcher->setFuture(QtConcurrent::run([useA, useB, id = subjectId] { return rightsOf(useA, useB, id); }));
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
    model.setOnlyChanges(compared && onlyChanges->isChecked());
    model.setPermissions(rights.permissions);
    QStringList notes;
    for (const QString &caveat : rights.caveats) {
        notes.append(u"· "_s + visibleText(caveat, 300));
    }
    if (compared && rights.inA != rights.inB) {
        notes.prepend(rights.inB ? AccessPage::tr("· This subject is in B, not in A.")
                                 : AccessPage::tr("· This subject is in A, not in B."));
    }
    QPalette amber = caveats->palette();
    amber.setColor(QPalette::Window, Theme::rowChanged());
    amber.setColor(QPalette::WindowText, Theme::text());
    caveats->setPalette(amber);
    caveats->setText(AccessPage::tr("What is not known here:") + u'\n' + notes.join(u'\n'));
    caveats->setVisible(!notes.isEmpty());

    const int total = model.totalCount();
    if (compared) {
        const int gained = model.countOf(Held::Gained), lost = model.countOf(Held::Lost), moved = model.countOf(Held::PathsChanged);
        summary->setText(AccessPage::tr("%1 gained · %2 lost · %3 by another path · %4 unchanged")
                             .arg(countText(gained), countText(lost), countText(moved), countText(total - gained - lost - moved)));
    } else {
        summary->setText(total == 1 ? AccessPage::tr("1 permission") : AccessPage::tr("%1 permissions").arg(countText(total)));
    }
    summary->show();
    if (model.shownCount() == 0) {
        tree->hide();
        const bool filtered = !filter->text().isEmpty();
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
    } else if (model.totalCount() > 0 && !filter->text().isEmpty()) {
        tree->hide();
        empty->setText(AccessPage::tr("No permission fits the filter."));
        empty->show();
    }
    const QSet<QString> wanted = open;
    if (model.shownCount() <= 40) {
        tree->expandAll(); // few enough to see whole
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
        while (model.hasChildren(index)) {
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

void AccessPage::Private::showPermission(const QModelIndex &index)
{
    const ShownPermission *shown = model.permission(index);
    const bool any = shown != nullptr;
    howTitle->setVisible(any);
    graph->setVisible(any);
    whoTitle->setVisible(any);
    whoTable->setVisible(any);
    howNote->setVisible(true);
    if (!any) {
        ++whoJob;
        howNote->setText(index.isValid() ? AccessPage::tr("Open the branch and choose an action to see how it is held and who else could.")
                                         : AccessPage::tr("Choose a permission to see how it is held and who else could."));
        return;
    }
    const QString permission = shown->permission.permission();
    howTitle->setText(AccessPage::tr("How %1 holds %2")
                          .arg(visibleText(subject.name.isEmpty() ? shortId(subject.id) : subject.name, 60), visibleText(permission, 120)));
    QList<PathGraph::Line> lines;
    const auto key = [](const Access::AccessPath &p) -> QString { return pathInWords({}, p) + p.containerId + p.roleId + p.divisionId; };
    QSet<QString> before, after;
    for (const Access::AccessPath &path : shown->before) {
        before.insert(key(path));
    }
    for (const Access::AccessPath &path : shown->permission.paths) {
        after.insert(key(path));
        const bool isNew = shown->held == Held::Gained || (shown->held == Held::PathsChanged && !before.contains(key(path)));
        lines.append({path, shown->held == Held::Lost ? Held::Lost : isNew ? Held::Gained : Held::Same});
    }
    if (shown->held == Held::PathsChanged) {
        for (const Access::AccessPath &path : shown->before) {
            if (!after.contains(key(path))) {
                lines.append({path, Held::Lost});
            }
        }
    }
    constexpr qsizetype MaxPaths = 60; // more than anyone reads; the count says the rest
    const qsizetype all = lines.size();
    lines = lines.first(std::min(all, MaxPaths));
    graph->setPaths(subject, lines);
    QStringList words;
    words.append(all == 1 ? AccessPage::tr("Through one path: removing it would end it.")
                          : AccessPage::tr("Through %1 paths: each of them is enough.").arg(countText(all)));
    if (shown->held == Held::Gained) {
        words.prepend(AccessPage::tr("Gained between A and B."));
    } else if (shown->held == Held::Lost) {
        words = {AccessPage::tr("Lost between A and B: this is how it was held in A.")};
    } else if (shown->held == Held::PathsChanged) {
        words = {AccessPage::tr("Held in A and in B, by other paths: + is new, − is gone.")};
    }
    if (std::ranges::any_of(shown->permission.paths, &Access::AccessPath::conditional)) {
        words.append(AccessPage::tr("Conditions are recorded, not evaluated."));
    }
    if (all > MaxPaths) {
        words.append(AccessPage::tr("The first %1 are drawn.").arg(countText(MaxPaths)));
    }
    howNote->setText(words.join(u' '));
    computeWho(permission);
}

void AccessPage::Private::computeWho(const QString &permission)
{
    const int job = ++whoJob;
    const bool asOfA = mode->current() == AsOfA;
    const ModelPtr from = asOfA ? a : b;
    const QString title = AccessPage::tr("Who else could (%1, as of %2)").arg(visibleText(permission, 120), asOfA ? u"A"_s : u"B"_s);
    whoTitle->setText(title);
    if (!from) {
        who.setSubjects({});
        return;
    }
    auto *watcher = new QFutureWatcher<WhoCan>(q);
    QObject::connect(watcher, &QFutureWatcherBase::finished, q, [this, watcher, job, title] {
        watcher->deleteLater();
        if (job == whoJob) {
            who.setSubjects(watcher->result());
            whoTitle->setText(title + u" · "_s + countText(who.count()));
        }
    });
    watcher->setFuture(QtConcurrent::run([from, permission, id = subject.id] {
        WhoCan others = from->whoCan(permission);
        others.removeIf([&id](const auto &one) { return one.first.id == id; });
        return others;
    }));
}

} // namespace Orgtrace::Ui
