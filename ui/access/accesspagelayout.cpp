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

QLabel *heading(QWidget *parent)
{
    auto *label = new QLabel(parent);
    QFont font = Theme::smallFont();
    font.setBold(true);
    font.setLetterSpacing(QFont::AbsoluteSpacing, 0.4);
    font.setCapitalization(QFont::AllUppercase);
    label->setFont(font);
    label->setProperty("muted", true);
    label->setTextFormat(Qt::PlainText);
    label->setTextInteractionFlags(Qt::TextSelectableByMouse);
    return label;
}

} // namespace

void AccessPage::Private::build()
{
    picker = new SubjectPicker(q);
    mode = new SegmentedSwitch(q);
    filter = new QLineEdit(q);
    filter->setPlaceholderText(AccessPage::tr("permission filter, e.g. routing queue conditional"));
    filter->setClearButtonEnabled(true);
    filter->setMaxLength(400);
    filter->setMinimumWidth(130);
    filter->setAccessibleName(AccessPage::tr("Permission filter"));
    onlyChanges = new QCheckBox(AccessPage::tr("only what changed"), q);
    onlyChanges->setChecked(true);
    onlyChanges->hide();
    caveats = new QLabel(q);
    caveats->setTextFormat(Qt::PlainText);
    caveats->setWordWrap(true);
    caveats->setContentsMargins(14, 7, 14, 7);
    caveats->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    caveats->setAutoFillBackground(true);
    caveats->hide();
    summary = new QLabel(q);
    summary->setProperty("muted", true);
    summary->setTextFormat(Qt::PlainText);
    summary->setContentsMargins(14, 6, 14, 6);

    tree = new AccessTree(q);
    tree->setModel(&model);
    tree->setAccessibleName(AccessPage::tr("Permissions"));
    empty = new QLabel(q);
    empty->setAlignment(Qt::AlignHCenter | Qt::AlignTop);
    empty->setTextFormat(Qt::PlainText);
    empty->setWordWrap(true);
    empty->setContentsMargins(30, 70, 30, 30);
    empty->setProperty("muted", true);

    auto *right = new QWidget;
    howTitle = heading(right);
    howNote = new QLabel(right);
    howNote->setTextFormat(Qt::PlainText);
    howNote->setWordWrap(true);
    howNote->setProperty("muted", true);
    howNote->setTextInteractionFlags(Qt::TextSelectableByMouse);
    graph = new PathGraph(right);
    whoTitle = heading(right);
    whoTable = new QTableView(right);
    whoTable->setModel(&who);
    whoTable->setFrameShape(QFrame::NoFrame);
    whoTable->setShowGrid(false);
    whoTable->setSelectionBehavior(QAbstractItemView::SelectRows);
    whoTable->setSelectionMode(QAbstractItemView::SingleSelection);
    whoTable->setTabKeyNavigation(false);
    whoTable->verticalHeader()->hide();
    whoTable->verticalHeader()->setDefaultSectionSize(Theme::rowHeight());
    whoTable->horizontalHeader()->setStretchLastSection(true);
    whoTable->horizontalHeader()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    whoTable->horizontalHeader()->setHighlightSections(false);
    whoTable->setColumnWidth(WhoCanModel::SubjectColumn, 165);
    whoTable->setColumnWidth(WhoCanModel::ThroughColumn, 215);
    whoTable->setWordWrap(false);
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
    auto *rightLayout = new QVBoxLayout(right);
    rightLayout->setContentsMargins(20, 18, 16, 10);
    rightLayout->setSpacing(6);
    rightLayout->addWidget(howTitle);
    rightLayout->addWidget(howNote);
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
    splitter = new QSplitter(Qt::Horizontal, q);
    splitter->addWidget(left);
    splitter->addWidget(right);
    splitter->setHandleWidth(1);
    splitter->setChildrenCollapsible(false);
    splitter->setStretchFactor(0, 4);
    splitter->setStretchFactor(1, 5);

    auto *bar = new QHBoxLayout;
    bar->setContentsMargins(14, 9, 14, 9);
    bar->setSpacing(10);
    bar->addWidget(picker);
    bar->addWidget(mode);
    bar->addWidget(onlyChanges);
    bar->addStretch(1);
    bar->addWidget(filter);
    auto *line = new QWidget(q);
    line->setProperty("hairline", true);
    line->setAttribute(Qt::WA_StyledBackground);
    line->setFixedHeight(1);
    auto *all = new QVBoxLayout(q);
    all->setContentsMargins(0, 0, 0, 0);
    all->setSpacing(0);
    all->addLayout(bar);
    all->addWidget(line);
    all->addWidget(caveats);
    all->addWidget(splitter, 1);

    labelModes();
    mode->setCurrent(AsOfB);
    filterDelay.setSingleShot(true);
    filterDelay.setInterval(120); // one rebuild for a word, not one a letter
    QObject::connect(filter, &QLineEdit::textChanged, q, [this] { filterDelay.start(); });
    QObject::connect(&filterDelay, &QTimer::timeout, q, [this] {
        const QString current = tree->currentIndex().data(AccessTreeModel::StableIdRole).toString();
        model.setFilter(filter->text());
        restoreTree(current, -1);
    });
    QObject::connect(picker, &SubjectPicker::subjectChosen, q, [this](const QString &id) {
        chosenByUser = true;
        subjectId = id;
        computeRights();
    });
    QObject::connect(mode, &SegmentedSwitch::currentChanged, q, [this](int now) {
        onlyChanges->setVisible(now == FromAToB);
        refresh();
    });
    QObject::connect(onlyChanges, &QCheckBox::toggled, q, [this] { computeRights(); });
    QObject::connect(tree, &QTreeView::expanded, q,
                     [this](const QModelIndex &i) { open.insert(i.data(AccessTreeModel::StableIdRole).toString()); });
    QObject::connect(tree, &QTreeView::collapsed, q,
                     [this](const QModelIndex &i) { open.remove(i.data(AccessTreeModel::StableIdRole).toString()); });
    QObject::connect(tree->selectionModel(), &QItemSelectionModel::currentChanged, q,
                     [this](const QModelIndex &now) { showPermission(now); });
    QObject::connect(whoTable, &QTableView::doubleClicked, q, [this](const QModelIndex &i) {
        q->showSubject(i.siblingAtColumn(0).data(WhoCanModel::SubjectIdRole).toString(),
                       tree->currentIndex().data(AccessTreeModel::StableIdRole).toString());
    });
    showPermission({});
    say(AccessPage::tr("No store is open"), AccessPage::tr("Open a store, or let the demo make one, to see who may do what."));
}

} // namespace Orgtrace::Ui
