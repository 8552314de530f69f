#pragma once

#include "access/accesspage.h"
#include "access/accesstreemodel.h"
#include "access/whocanmodel.h"

#include <QSet>
#include <QTimer>

class QCheckBox;
class QLabel;
class QLineEdit;
class QSplitter;
class QTableView;

/// What the access page holds. For ui/access only.
namespace Orgtrace::Ui {

class AccessTree;
class PathGraph;
class SegmentedSwitch;
class SubjectPicker;

using ModelPtr = std::shared_ptr<const Access::AccessModel>;

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
    SubjectPicker *picker = nullptr;
    SegmentedSwitch *mode = nullptr;
    QLineEdit *filter = nullptr;
    QCheckBox *onlyChanges = nullptr;
    QLabel *caveats = nullptr, *empty = nullptr, *summary = nullptr;
    AccessTree *tree = nullptr;
    QSplitter *splitter = nullptr;
    QLabel *howTitle = nullptr, *howNote = nullptr, *whoTitle = nullptr;
    PathGraph *graph = nullptr;
    QTableView *whoTable = nullptr;
    AccessTreeModel model;
    WhoCanModel who;
    QTimer filterDelay;

    QString subjectId, wantedPermission;
    bool chosenByUser = false;
    ModelPtr a, b;
    int jobA = -1, jobB = -1;
    int rightsJob = 0, whoJob = 0;
    bool stale = true; ///< what is shown is not of this range: read when the page is seen
    bool settled = false;
    Access::Subject subject;
    QSet<QString> open; ///< stable ids of what is expanded

    void build();
    void refresh();
    void offerSubject();
    void computeRights();
    void took(const Rights &rights);
    void restoreTree(const QString &current, int scroll);
    void showPermission(const QModelIndex &index);
    void computeWho(const QString &permission);
    void say(const QString &headline, const QString &sentence);
    void labelModes();
};

} // namespace Orgtrace::Ui
