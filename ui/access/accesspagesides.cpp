#include "access/accesspage_p.h"

#include "access/accessdelegate.h"
#include "access/changesside.h"
#include "access/crosscheckpanel.h"
#include "access/findingsside.h"
#include "access/historyside.h"
#include "access/segmentedswitch.h"
#include "access/whocanside.h"
#include "session/session.h"

#include <QComboBox>
#include <QLineEdit>
#include <QMenu>
#include <QStackedWidget>
#include <QTableView>
#include <QToolButton>

// History and Findings, and the ways to them from the other sides.
namespace Orgtrace::Ui {

using namespace Qt::StringLiterals;

void AccessPage::Private::buildSides()
{
    historySide = new HistorySide(session);
    findingsSide = new FindingsSide(session);
    stack->addWidget(historySide);
    stack->addWidget(findingsSide);
}

void AccessPage::Private::connectSides()
{
    QObject::connect(when, &QToolButton::clicked, q, [this] { askWhen((startNow() == FromSubject ? tree : outlineTree)->currentIndex()); });
    for (AccessTree *one : {tree, outlineTree}) {
        one->setContextMenuPolicy(Qt::CustomContextMenu);
        QObject::connect(one, &QWidget::customContextMenuRequested, q, [this, one](const QPoint &at) { openTreeMenu(one, at); });
    }
    const auto ask = [this](const QString &id, const QString &permission) { q->showHistory(id, permission); };
    QObject::connect(
        whoCanSide, &WhoCanSide::historyWanted, q,
        [this](const QString &id, const QString &permission, const QString &divisionId) { q->showHistory(id, permission, divisionId); });
    QObject::connect(changesSide, &ChangesSide::historyWanted, q, ask);
    QObject::connect(findingsSide, &FindingsSide::historyWanted, q, ask);
    QObject::connect(findingsSide, &FindingsSide::subjectWanted, q, [this](const QString &id, const QString &permission) {
        q->showSubject(id, permission); // as of the same snapshot: A or B stays chosen
    });
    QObject::connect(
        historySide, &HistorySide::holdsWanted, q,
        [this](const QString &id, const QString &permission, const QString &snapshot) { showHoldsAt(id, permission, snapshot); });
}

/// The subject and permission that a row of Holds stands for.
void AccessPage::Private::askWhen(const QModelIndex &index)
{
    const QModelIndex row = index.siblingAtColumn(0);
    const bool isSubject = startNow() == FromSubject;
    QString permission = row.data(AccessTreeModel::PermissionRole).toString();
    if (permission.isEmpty() && startNow() == FromPermission) {
        permission = startIds[FromPermission];
    }
    q->showHistory(isSubject ? subject.id : row.data(AccessTreeModel::SubjectIdRole).toString(), permission,
                   division->currentData().toString());
}

void AccessPage::Private::openTreeMenu(QTreeView *of, const QPoint &at)
{
    const QModelIndex row = of->indexAt(at).isValid() ? of->indexAt(at).siblingAtColumn(0) : of->currentIndex();
    const bool isSubject = of == tree;
    const QString permission = row.data(AccessTreeModel::PermissionRole).toString();
    const QString id = isSubject ? subject.id : row.data(AccessTreeModel::SubjectIdRole).toString();
    QMenu menu(of);
    menu.addAction(AccessPage::tr("When was this held?"), q, [this, row] { askWhen(row); })
        ->setEnabled(!id.isEmpty() && (!permission.isEmpty() || startNow() == FromPermission));
    menu.addAction(AccessPage::tr("Who can do this?"), q,
                   [this, permission] {
                       q->setSide(WhoCan);
                       whoCanSide->ask(permission);
                   })
        ->setEnabled(!permission.isEmpty());
    if (!isSubject) {
        menu.addAction(AccessPage::tr("Show what they hold"), q, [this, id, permission] { q->showSubject(id, permission); })
            ->setEnabled(!id.isEmpty());
    }
    menu.exec(of->viewport()->mapToGlobal(at));
}

/// Holds as of a snapshot of the history: it becomes B, or where it is the first one, A.
void AccessPage::Private::showHoldsAt(const QString &subjectId, const QString &permission, const QString &snapshotId)
{
    const int at = session.indexOf(snapshotId);
    if (at < 0) {
        return;
    }
    const bool isA = snapshotId == session.idA() || (at == 0 && snapshotId != session.idB());
    if (snapshotId != (isA ? session.idA() : session.idB())) {
        historySide->showAs(isA, snapshotId);
    }
    mode->setCurrent(isA ? AsOfA : AsOfB);
    q->showSubject(subjectId, permission);
}

void AccessPage::showHistory(const QString &subjectId, const QString &permission, const QString &divisionId)
{
    d->sides->setCurrent(History);
    d->historySide->ask(subjectId, permission, divisionId);
}

HistorySide &AccessPage::history() const
{
    return *d->historySide;
}
FindingsSide &AccessPage::findings() const
{
    return *d->findingsSide;
}
WorkspaceRun &AccessPage::crossCheckRun() const
{
    return d->findingsSide->crossCheck()->run();
}
QToolButton &AccessPage::whenButton() const
{
    return *d->when;
}

} // namespace Orgtrace::Ui
