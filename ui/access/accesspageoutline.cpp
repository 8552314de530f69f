#include "access/accesspage_p.h"

#include "access/accessdelegate.h"
#include "access/accesswidgets.h"
#include "access/pathgraph.h"
#include "access/rightsoutline.h"
#include "access/segmentedswitch.h"
#include "access/subjectpicker.h"
#include "changes/filterfield.h"
#include "diff/displaytext.h"
#include "theme/theme.h"

#include <QCheckBox>
#include <QComboBox>
#include <QFutureWatcher>
#include <QLabel>
#include <QTableView>
#include <QToolButton>
#include <QtConcurrentRun>

// Holds the other way round: from a role, a permission, a group or a division.
namespace Orgtrace::Ui {

using namespace Qt::StringLiterals;

AccessPage::Start AccessPage::Private::startNow() const
{
    return Start(start->current());
}

ModelPtr AccessPage::Private::modelNow() const
{
    return mode->current() == AsOfA ? a : b;
}

void AccessPage::Private::computeOutline()
{
    const ModelPtr from = modelNow();
    if (!from) {
        return;
    }
    const int job = ++indexJob;
    ++rightsJob;
    isComputing = true;
    if (!index || index->model != from) {
        index.reset();
        indexCancel.cancel();
        indexCancel = CancellationSource();
        outline.setItems({});
        outlineTree->hide();
        tree->hide();
        summary->hide();
        caveats->hide();
        empty->setText(AccessPage::tr("Reading who holds what…") + u"\n\n"_s
                       + AccessPage::tr("The rights of everybody are looked at once."));
        empty->show();
        auto *watcher = new QFutureWatcher<IndexPtr>(q);
        QObject::connect(watcher, &QFutureWatcherBase::finished, q, [this, watcher, job, from] {
            watcher->deleteLater();
            const IndexPtr made = watcher->result();
            if (made && from == modelNow()) {
                index = made;
            }
            if (job == indexJob) {
                isComputing = false;
                if (index && sides->current() == Holds && startNow() != FromSubject) {
                    computeOutline();
                }
            }
        });
        watcher->setFuture(
            QtConcurrent::run([from, by = policy, cancel = indexCancel.token()] { return RightsIndex::build(from, by, cancel); }));
        return;
    }
    fillPicker();
    OutlineQuery query;
    query.filter = AccessFilter(filter->text());
    query.divisionId = division->currentData().toString();
    query.onlyHighRisk = onlyHighRisk->isChecked();
    AccessVocabulary words;
    for (const Access::RoleContent &role : index->roles) {
        words.roles.append(role.name);
    }
    filter->setCompletion([words](const QString &text, qsizetype cursor) { return completeAccessFilter(text, cursor, words); });
    auto *watcher = new QFutureWatcher<QList<OutlineItem>>(q);
    QObject::connect(watcher, &QFutureWatcherBase::finished, q, [this, watcher, job] {
        watcher->deleteLater();
        if (job == indexJob) {
            isComputing = false;
            tookOutline(watcher->result());
        }
    });
    watcher->setFuture(QtConcurrent::run([index = index, kind = startNow(), id = startIds[startNow()], query] {
        switch (kind) {
        case FromRole: return roleOutline(index, id, query);
        case FromPermission: return permissionOutline(index, id, query);
        case FromGroup: return groupOutline(index, id, query);
        case FromDivision: return divisionOutline(index, id, query);
        case FromSubject: break;
        }
        return QList<OutlineItem>();
    }));
}

void AccessPage::Private::tookOutline(QList<OutlineItem> rows)
{
    const QString current = outlineTree->currentIndex().data(AccessTreeModel::StableIdRole).toString();
    const QString id = startIds[startNow()];
    const QSet<QString> wanted = open;
    const bool isEmpty = rows.isEmpty();
    outline.setItems(std::move(rows));
    QStringList known;
    if (startNow() == FromGroup && !id.isEmpty()) {
        if (const Result<Access::Subject> group = index->model->findSubject(id)) {
            const Access::EffectiveAccess access = index->model->effective(*group);
            known = access.caveats + access.notes;
        }
    } else if (const int role = startNow() == FromRole ? index->roleAt(id) : -1; role >= 0 && !index->roles[role].isDefined) {
        known.append(AccessPage::tr("This role is granted, but its definition was not seen: what it allows is unknown."));
    }
    setCaveats(caveats, known);
    switch (startNow()) {
    case FromRole: summary->setText(AccessPage::tr("Role %1").arg(visibleText(picker->currentText(), 120))); break;
    case FromPermission:
        summary->setText(counted(outline.rowCount(), AccessPage::tr("1 role allows it"), AccessPage::tr("%1 roles allow it")));
        break;
    case FromGroup: summary->setText(visibleText(picker->currentText(), 120)); break;
    case FromDivision:
        summary->setText(
            AccessPage::tr("By grants in %1 or in all divisions. Permissions to which divisions do not matter are held everywhere.")
                .arg(visibleText(picker->currentText(), 60)));
        break;
    case FromSubject: break;
    }
    summary->setVisible(!isEmpty);
    tree->hide();
    outlineTree->setVisible(!isEmpty);
    empty->setVisible(isEmpty);
    empty->setText(startNow() == FromGroup && picker->count() == 0          ? AccessPage::tr("The snapshot has no group and no team.")
                       : startNow() == FromDivision && picker->count() == 0 ? AccessPage::tr("The snapshot has no division.")
                                                                            : AccessPage::tr("Nothing is known of this in the snapshot."));
    QStringList ids(wanted.begin(), wanted.end());
    ids.sort();
    for (int row = 0; row < outline.rowCount() && outline.rowCount() <= 12; ++row) {
        outlineTree->expand(outline.index(row, 0)); // the few first rows are open: what is asked for is beneath them
    }
    for (const QString &one : std::as_const(ids)) {
        if (const QModelIndex at = outline.indexOf(one); at.isValid()) {
            outlineTree->expand(at);
        }
    }
    open = wanted;
    QModelIndex at = outline.indexOf(current);
    if (!at.isValid()) {
        at = outline.index(0, 0);
    }
    outlineTree->setCurrentIndex(at);
    outlineTree->scrollTo(at);
    showRow(at);
    Q_EMIT q->accessShown();
}

void AccessPage::Private::showRow(const QModelIndex &at)
{
    const OutlineItem *item = outline.item(at);
    graph->hide();
    graphArea->show(); // keeps what is above it at the top
    howTitle->hide();
    when->hide();
    whoTitle->hide();
    whoTable->hide();
    ++whoJob;
    if (!item) {
        howNote->setText(AccessPage::tr("Open a row; choose a permission to see who could, or somebody to see what they hold."));
        return;
    }
    const QString permission = !item->permission.isEmpty() ? item->permission
        : startNow() == FromPermission                     ? startIds[FromPermission]
                                                           : QString();
    const IndexPtr from = index;
    const int who = from && !item->subjectId.isEmpty() ? from->subjectAt(item->subjectId) : -1;
    if (who >= 0) {
        // Every way this role, or any role that matters here, is held by them.
        const Access::Subject &one = from->subjects[who];
        const int role = startNow() == FromRole ? from->roleAt(startIds[FromRole]) : -1;
        QList<PathGraph::Line> lines;
        constexpr qsizetype most = 40;
        for (const RightsIndex::Holding &holding : from->ofSubject[size_t(who)]) {
            const Access::RoleContent &content = from->roles[holding.role];
            const bool isMeant = (role < 0 || holding.role == role)
                && reaches(holding, startNow() == FromDivision ? startIds[FromDivision] : QString())
                && (permission.isEmpty() || std::ranges::binary_search(content.permissions, permission));
            if (!isMeant || lines.size() >= most) {
                continue;
            }
            Access::AccessPath path;
            if (holding.via >= 0) {
                const Access::Subject &container = from->subjects[holding.via];
                path.via = container.kind;
                path.containerId = container.id;
                path.containerName = container.name;
            }
            path.roleId = content.id;
            path.roleName = content.name;
            path.divisionId = holding.divisionId;
            path.divisionName = holding.divisionName;
            path.synthetic = holding.synthetic;
            path.conditional = std::ranges::binary_search(content.conditional, permission);
            path.policy = permission;
            lines.append({path, Held::Same});
        }
        howTitle->setText(AccessPage::tr("How %1 holds it").arg(nameOrId(one)));
        howTitle->show();
        graph->setPaths(one, lines);
        graph->setVisible(!lines.isEmpty());
        when->setVisible(!permission.isEmpty());
        howNote->setText(lines.isEmpty() ? AccessPage::tr("Holds none of it. Enter shows everything they hold.")
                                         : AccessPage::tr("Enter shows everything they hold."));
        return;
    }
    if (permission.isEmpty()) {
        howNote->setText(AccessPage::tr("Open a row; choose a permission to see who could, or somebody to see what they hold."));
        return;
    }
    howNote->setText(AccessPage::tr("Everybody who could, by whatever way."));
    graphArea->hide();
    whoTitle->show();
    whoTable->show();
    computeWho(permission, {});
}

} // namespace Orgtrace::Ui
