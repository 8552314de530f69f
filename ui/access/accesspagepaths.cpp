#include "access/accesspage_p.h"

#include "access/pathgraph.h"
#include "access/segmentedswitch.h"
#include "diff/displaytext.h"
#include "theme/theme.h"

#include <QFutureWatcher>
#include <QLabel>
#include <QTableView>
#include <QToolButton>
#include <QtConcurrentRun>

#include <algorithm>

// The right side of Holds: how a permission is held, and who else could.
namespace Orgtrace::Ui {

using namespace Qt::StringLiterals;

void AccessPage::Private::showPermission(const QModelIndex &index)
{
    const ShownPermission *shown = model.permission(index);
    const bool any = shown != nullptr;
    howTitle->setVisible(any);
    graph->setVisible(any);
    when->setVisible(any);
    graphArea->show();
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
    computeWho(permission, subject.id);
}

void AccessPage::Private::computeWho(const QString &permission, const QString &exceptId)
{
    const int job = ++whoJob;
    const bool asOfA = mode->current() == AsOfA;
    const ModelPtr from = asOfA ? a : b;
    const QString title
        = (exceptId.isEmpty() ? AccessPage::tr("Who could (%1, as of %2)") : AccessPage::tr("Who else could (%1, as of %2)"))
              .arg(visibleText(permission, 120), asOfA ? u"A"_s : u"B"_s);
    whoTitle->setText(title);
    if (!from) {
        who.setSubjects({});
        return;
    }
    auto *watcher = new QFutureWatcher<Ui::WhoCan>(q);
    QObject::connect(watcher, &QFutureWatcherBase::finished, q, [this, watcher, job, title] {
        watcher->deleteLater();
        if (job == whoJob) {
            who.setSubjects(watcher->result());
            whoTitle->setText(title + u" · "_s + countText(who.count()));
        }
    });
    watcher->setFuture(QtConcurrent::run([from, permission, id = exceptId] {
        Ui::WhoCan others = from->whoCan(permission);
        others.removeIf([&id](const auto &one) { return one.first.id == id; });
        return others;
    }));
}

} // namespace Orgtrace::Ui
