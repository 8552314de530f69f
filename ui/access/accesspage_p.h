#pragma once

#include "access/accesspage.h"
#include "access/accesstreemodel.h"
#include "access/outlinemodel.h"
#include "access/rightsindex.h"
#include "access/whocanmodel.h"

#include <QSet>
#include <QTimer>

#include <array>

class QBoxLayout;
class QSplitter;
class QStackedWidget;
class QTableView;
class QTreeView;

/// What the access page holds. For ui/access only.
namespace Orgtrace::Ui {

using ModelPtr = std::shared_ptr<const Access::AccessModel>;
using PolicyPtr = std::shared_ptr<const Policy::Policy>;

/// What a worker hands back for one subject.
struct Rights {
    QList<ShownPermission> permissions;
    Access::Subject subject;
    QStringList caveats;
    bool inA = false, inB = false;
};

struct AccessPage::Private {
    Private(AccessPage *page, Session &s) : q(page), session(s) { }
    AccessPage *q;
    Session &session;
    SegmentedSwitch *sides = nullptr, *mode = nullptr, *start = nullptr;
    QBoxLayout *bar = nullptr; ///< of both switches
    QStackedWidget *stack = nullptr;
    WhoCanSide *whoCanSide = nullptr;
    ChangesSide *changesSide = nullptr;
    HistorySide *historySide = nullptr;
    FindingsSide *findingsSide = nullptr;
    SubjectPicker *picker = nullptr;
    FilterField *filter = nullptr;
    QComboBox *division = nullptr;
    QCheckBox *onlyChanges = nullptr, *onlyHighRisk = nullptr;
    QLabel *caveats = nullptr, *empty = nullptr, *summary = nullptr;
    AccessTree *tree = nullptr, *outlineTree = nullptr; ///< of a subject; of everything else to start from
    QSplitter *splitter = nullptr;
    QToolButton *when = nullptr; ///< was this held?
    QLabel *howTitle = nullptr, *howNote = nullptr, *whoTitle = nullptr;
    PathGraph *graph = nullptr;
    QTableView *whoTable = nullptr;
    QWidget *graphArea = nullptr; ///< what the graph scrolls in
    AccessTreeModel model;
    OutlineModel outline;
    WhoCanModel who;
    QTimer filterDelay;

    QString subjectId, wantedPermission;
    std::array<QString, 5> startIds; ///< what was chosen last, by Start; of FromSubject see subjectId
    bool chosenByUser = false;
    ModelPtr a, b;
    PolicyPtr policy; ///< of the store; null where it cannot be read
    bool isPolicyKnown = false;
    IndexPtr index; ///< of the model it names
    CancellationSource indexCancel;
    int jobA = -1, jobB = -1;
    int rightsJob = 0, whoJob = 0, indexJob = 0;
    bool isComputing = false;
    bool stale = true; ///< what is shown is not of this range: read when the page is seen
    bool settled = false;
    bool isNarrow = false; ///< no room for the times of A and B
    bool isNaming = false; ///< segments are being renamed: no choice of anybody
    Access::Subject subject;
    QSet<QString> open; ///< stable ids of what is expanded

    // accesspagelayout.cpp
    void build();
    void connectParts();
    void labelModes();
    void arrangeBar();
    void showParts();

    // accesspagesides.cpp
    void buildSides();
    void connectSides();
    void askWhen(const QModelIndex &index);
    void showHoldsAt(const QString &subjectId, const QString &permission, const QString &snapshotId);
    void openTreeMenu(QTreeView *of, const QPoint &at);

    // accesspage.cpp
    void refresh();
    void show();
    void offerSubject();
    void computeRights();
    void took(const Rights &rights);
    void restoreTree(const QString &current, int scroll);
    void say(const QString &headline, const QString &sentence);
    void fillPicker();
    void setVocabulary();

    // accesspageoutline.cpp
    [[nodiscard]] Start startNow() const;
    [[nodiscard]] ModelPtr modelNow() const; ///< A or B, as the switch says
    void computeOutline();
    void tookOutline(QList<OutlineItem> rows);
    void showRow(const QModelIndex &index);

    // accesspagepaths.cpp
    void showPermission(const QModelIndex &index);
    void computeWho(const QString &permission, const QString &exceptId);
};

} // namespace Orgtrace::Ui
