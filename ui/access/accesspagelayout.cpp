#include "access/accesspage_p.h"

#include "access/accessdelegate.h"
#include "access/accesswidgets.h"
#include "access/changesside.h"
#include "access/pathgraph.h"
#include "access/segmentedswitch.h"
#include "access/subjectpicker.h"
#include "access/whocanside.h"
#include "changes/filterfield.h"
#include "session/session.h"
#include "theme/theme.h"

#include <QCheckBox>
#include <QComboBox>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLocale>
#include <QScrollArea>
#include <QSplitter>
#include <QStackedWidget>
#include <QTableView>
#include <QToolButton>
#include <QVBoxLayout>

using namespace Qt::StringLiterals;

namespace Orgtrace::Ui {

void AccessPage::Private::build()
{
    sides = new SegmentedSwitch(q);
    sides->setSegments({AccessPage::tr("Holds"), AccessPage::tr("Who can"), AccessPage::tr("Changes A–B"), AccessPage::tr("History"),
                        AccessPage::tr("Findings")});
    mode = new SegmentedSwitch(q);
    start = new SegmentedSwitch(q);
    start->setSegments({AccessPage::tr("Subject"), AccessPage::tr("Role"), AccessPage::tr("Permission"), AccessPage::tr("Group"),
                        AccessPage::tr("Division")});
    picker = new SubjectPicker(q);
    filter = new FilterField(q);
    filter->setPlaceholderText(AccessPage::tr("filter, e.g. routing queue how:conditional"));
    filter->setClearButtonEnabled(true);
    filter->setMaxLength(400);
    filter->setMinimumWidth(130);
    filter->setAccessibleName(AccessPage::tr("Permission filter"));
    division = Ui::divisionBox(q);
    onlyHighRisk = new QCheckBox(AccessPage::tr("only high-risk"), q);
    onlyHighRisk->setToolTip(highRiskTip());
    onlyChanges = new QCheckBox(AccessPage::tr("only what changed"), q);
    onlyChanges->setChecked(true);
    onlyChanges->hide();
    caveats = caveatLabel(q);
    summary = new QLabel(q);
    summary->setProperty("muted", true);
    summary->setTextFormat(Qt::PlainText);
    summary->setWordWrap(true);
    summary->setContentsMargins(14, 6, 14, 6);

    tree = new AccessTree(q);
    tree->setModel(&model);
    tree->setAccessibleName(AccessPage::tr("Permissions"));
    outlineTree = new AccessTree(q);
    outlineTree->setModel(&outline);
    outlineTree->setAccessibleName(AccessPage::tr("Who holds what"));
    outlineTree->hide();
    empty = emptyLabel(q);

    auto *right = new QWidget;
    howTitle = headingLabel(right);
    howNote = new QLabel(right);
    howNote->setTextFormat(Qt::PlainText);
    howNote->setWordWrap(true);
    howNote->setProperty("muted", true);
    howNote->setTextInteractionFlags(Qt::TextSelectableByMouse);
    when = new QToolButton(right);
    when->setProperty("bar", true);
    when->setText(AccessPage::tr("When was this held?"));
    when->setToolTip(AccessPage::tr("Over all snapshots of the organisation"));
    graph = new PathGraph(right);
    whoTitle = headingLabel(right);
    whoTable = plainTable(right);
    whoTable->setModel(&who);
    whoTable->setColumnWidth(WhoCanModel::SubjectColumn, 135);
    whoTable->setColumnWidth(WhoCanModel::ThroughColumn, 150);
    whoTable->setMinimumHeight(120);
    whoTable->setAccessibleName(AccessPage::tr("Who else could"));
    auto *scroll = new QScrollArea;
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setWidgetResizable(true);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    auto *paths = new QWidget;
    auto *pathLayout = new QVBoxLayout(paths);
    pathLayout->setContentsMargins(0, 8, 0, 8);
    pathLayout->addWidget(graph);
    pathLayout->addStretch(1);
    scroll->setWidget(paths);
    graphArea = scroll;
    auto *rightLayout = new QVBoxLayout(right);
    rightLayout->setContentsMargins(20, 18, 16, 10);
    rightLayout->setSpacing(6);
    rightLayout->addWidget(howTitle);
    rightLayout->addWidget(howNote);
    rightLayout->addWidget(when, 0, Qt::AlignLeft);
    rightLayout->addWidget(scroll, 1);
    rightLayout->addWidget(whoTitle);
    rightLayout->addWidget(whoTable, 1);

    auto *left = new QWidget;
    auto *leftLayout = new QVBoxLayout(left);
    leftLayout->setContentsMargins(0, 0, 0, 0);
    leftLayout->setSpacing(0);
    leftLayout->addWidget(summary);
    leftLayout->addWidget(empty, 1);
    leftLayout->addWidget(tree, 1);
    leftLayout->addWidget(outlineTree, 1);
    splitter = new QSplitter(Qt::Horizontal, q);
    splitter->addWidget(left);
    splitter->addWidget(right);
    splitter->setHandleWidth(1);
    splitter->setChildrenCollapsible(false);
    splitter->setStretchFactor(0, 1);
    splitter->setStretchFactor(1, 1);
    splitter->setSizes({500, 500});
    left->setMinimumWidth(190);
    right->setMinimumWidth(290); // four cards side by side

    auto *startBar = new QHBoxLayout;
    startBar->setContentsMargins(14, 0, 14, 9);
    startBar->setSpacing(10);
    startBar->addWidget(start);
    startBar->addWidget(picker, 1);
    auto *filterBar = new QHBoxLayout;
    filterBar->setContentsMargins(14, 0, 14, 9);
    filterBar->setSpacing(10);
    filterBar->addWidget(filter, 1);
    filterBar->addWidget(division);
    filterBar->addWidget(onlyHighRisk);
    filterBar->addWidget(onlyChanges);
    auto *holds = new QWidget;
    auto *holdsLayout = new QVBoxLayout(holds);
    holdsLayout->setContentsMargins(0, 0, 0, 0);
    holdsLayout->setSpacing(0);
    holdsLayout->addLayout(startBar);
    holdsLayout->addLayout(filterBar);
    holdsLayout->addWidget(accessHairline(holds));
    holdsLayout->addWidget(caveats);
    holdsLayout->addWidget(splitter, 1);

    whoCanSide = new WhoCanSide;
    changesSide = new ChangesSide;
    stack = new QStackedWidget(q);
    stack->addWidget(holds); // in the order of Side
    stack->addWidget(whoCanSide);
    stack->addWidget(changesSide);
    buildSides();
    bar = new QBoxLayout(QBoxLayout::LeftToRight);
    bar->setContentsMargins(14, 9, 14, 9);
    bar->setSpacing(10);
    bar->addWidget(sides, 0, Qt::AlignLeft);
    bar->addStretch(1);
    bar->addWidget(mode, 0, Qt::AlignLeft);
    auto *all = new QVBoxLayout(q);
    all->setContentsMargins(0, 0, 0, 0);
    all->setSpacing(0);
    all->addLayout(bar);
    all->addWidget(stack, 1);

    labelModes();
    mode->setCurrent(AsOfB);
    showPermission({});
    say(AccessPage::tr("No store is open"), AccessPage::tr("Open a store, or let the demo make one, to see who may do what."));
}

void AccessPage::Private::connectParts()
{
    filterDelay.setSingleShot(true);
    filterDelay.setInterval(120); // one rebuild for a word, not one a letter
    const auto again = [this] {
        if (!settled) {
            return;
        }
        if (startNow() == FromSubject) {
            computeRights();
        } else {
            computeOutline();
        }
    };
    const auto applyFilter = [this, again] {
        const QString current = tree->currentIndex().data(AccessTreeModel::StableIdRole).toString();
        model.setFilter(filter->text());
        model.setOnlyHighRisk(onlyHighRisk->isChecked());
        if (startNow() == FromSubject) {
            restoreTree(current, -1);
        } else {
            again();
        }
    };
    QObject::connect(filter, &QLineEdit::textChanged, q, [this] { filterDelay.start(); });
    QObject::connect(&filterDelay, &QTimer::timeout, q, applyFilter);
    QObject::connect(onlyHighRisk, &QCheckBox::toggled, q, applyFilter);
    QObject::connect(division, &QComboBox::currentIndexChanged, q, again);
    QObject::connect(onlyChanges, &QCheckBox::toggled, q, again);
    QObject::connect(picker, &SubjectPicker::subjectChosen, q, [this, again](const QString &id) {
        if (startNow() == FromSubject) {
            chosenByUser = true;
            subjectId = id;
        } else {
            startIds[startNow()] = id;
        }
        again();
    });
    const auto another = [this] {
        if (!isNaming) {
            showParts();
            refresh();
        }
    };
    QObject::connect(mode, &SegmentedSwitch::currentChanged, q, another);
    QObject::connect(start, &SegmentedSwitch::currentChanged, q, another);
    QObject::connect(sides, &SegmentedSwitch::currentChanged, q, another);
    for (AccessTree *one : {tree, outlineTree}) {
        QObject::connect(one, &QTreeView::expanded, q,
                         [this](const QModelIndex &i) { open.insert(i.data(AccessTreeModel::StableIdRole).toString()); });
        QObject::connect(one, &QTreeView::collapsed, q,
                         [this](const QModelIndex &i) { open.remove(i.data(AccessTreeModel::StableIdRole).toString()); });
    }
    QObject::connect(tree->selectionModel(), &QItemSelectionModel::currentChanged, q,
                     [this](const QModelIndex &now) { showPermission(now); });
    QObject::connect(outlineTree->selectionModel(), &QItemSelectionModel::currentChanged, q,
                     [this](const QModelIndex &now) { showRow(now); });
    QObject::connect(outlineTree, &QTreeView::activated, q, [this](const QModelIndex &now) {
        if (const QString id = now.data(AccessTreeModel::SubjectIdRole).toString(); !id.isEmpty()) {
            q->showSubject(id, startNow() == FromPermission ? startIds[FromPermission] : QString());
        }
    });
    QObject::connect(whoTable, &QTableView::activated, q, [this](const QModelIndex &i) {
        const QModelIndex row = startNow() == FromSubject ? tree->currentIndex() : outlineTree->currentIndex();
        const QString permission = row.data(AccessTreeModel::PermissionRole).toString();
        q->showSubject(i.siblingAtColumn(0).data(WhoCanModel::SubjectIdRole).toString(),
                       !permission.isEmpty() || startNow() != FromPermission ? permission : startIds[FromPermission]);
    });
    QObject::connect(whoCanSide, &WhoCanSide::subjectWanted, q,
                     [this](const QString &id, const QString &permission) { q->showSubject(id, permission); });
    QObject::connect(changesSide, &ChangesSide::subjectWanted, q, [this](const QString &id, const QString &permission) {
        q->showSubject(id, permission);
        mode->setCurrent(FromAToB);
    });
    filter->setBelow(tree);
    connectSides();
}

void AccessPage::Private::labelModes()
{
    const auto time = [this](const QString &id) {
        const Evidence::SnapshotSummary *snapshot = session.snapshot(id);
        return snapshot && !isNarrow ? QString(u" · "_s + QLocale::c().toString(snapshot->observedUtc, u"d MMM HH:mm"_s)) : QString();
    };
    QStringList names{AccessPage::tr("as of A") + time(session.idA()), AccessPage::tr("as of B") + time(session.idB())};
    if (sides->current() == Holds && startNow() == FromSubject) {
        names.append(AccessPage::tr("A → B"));
    }
    isNaming = true;
    mode->setSegments(names);
    isNaming = false;
    const auto whole = [this](const QString &id) {
        const Evidence::SnapshotSummary *snapshot = session.snapshot(id);
        return snapshot ? utcAndLocalText(snapshot->observedUtc) : QString();
    };
    mode->setToolTip(session.idB().isEmpty()
                         ? QString()
                         : QString(u"A: "_s + whole(session.idA()).toHtmlEscaped() + u"<br>B: "_s + whole(session.idB()).toHtmlEscaped()));
}

void AccessPage::resizeEvent(QResizeEvent *event)
{
    QWidget::resizeEvent(event);
    constexpr int roomForTimes = 820;
    if (const bool isNarrow = width() < roomForTimes; isNarrow != d->isNarrow) {
        d->isNarrow = isNarrow;
        d->labelModes(); // the times are in the tool tip all the same
    }
    d->arrangeBar();
}

/// Where both switches have no room beside each other, one stands beneath the other.
void AccessPage::Private::arrangeBar()
{
    constexpr int air = 2 * 14 + 20;
    const bool fits = mode->isHidden() || sides->sizeHint().width() + mode->sizeHint().width() + air <= q->width();
    bar->setDirection(fits ? QBoxLayout::LeftToRight : QBoxLayout::TopToBottom);
}

/// What belongs to the side and start that are chosen.
void AccessPage::Private::showParts()
{
    labelModes();
    stack->setCurrentIndex(sides->current());
    mode->setVisible(sides->current() != Changes && sides->current() != History);
    arrangeBar();
    onlyChanges->setVisible(mode->current() == FromAToB && startNow() == FromSubject);
    const bool isSubject = startNow() == FromSubject;
    division->setVisible(startNow() != FromDivision);
    filter->setBelow(isSubject ? tree : outlineTree);
    (isSubject ? outlineTree : tree)->hide();
}

WhoCanSide &AccessPage::whoCan() const
{
    return *d->whoCanSide;
}
ChangesSide &AccessPage::changes() const
{
    return *d->changesSide;
}
AccessTree &AccessPage::tree() const
{
    return d->startNow() == FromSubject ? *d->tree : *d->outlineTree;
}
FilterField &AccessPage::filterField() const
{
    return *d->filter;
}
SubjectPicker &AccessPage::picker() const
{
    return *d->picker;
}
PathGraph &AccessPage::graph() const
{
    return *d->graph;
}
SegmentedSwitch &AccessPage::sideSwitch() const
{
    return *d->sides;
}
SegmentedSwitch &AccessPage::startSwitch() const
{
    return *d->start;
}
SegmentedSwitch &AccessPage::modeSwitch() const
{
    return *d->mode;
}
QComboBox &AccessPage::divisionBox() const
{
    return *d->division;
}
QCheckBox &AccessPage::onlyHighRisk() const
{
    return *d->onlyHighRisk;
}
QLabel &AccessPage::summary() const
{
    return *d->summary;
}
QLabel &AccessPage::emptyState() const
{
    return *d->empty;
}

} // namespace Orgtrace::Ui
