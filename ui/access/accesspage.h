#pragma once

#include <QWidget>

#include <memory>

class QCheckBox;
class QComboBox;
class QLabel;
class QToolButton;

namespace Orgtrace::Ui {

class AccessTree;
class ChangesSide;
class FilterField;
class FindingsSide;
class HistorySide;
class OutlineModel;
class PathGraph;
class SegmentedSwitch;
class Session;
class SubjectPicker;
class WhoCanSide;
class WorkspaceRun;

/// The Access tab and its five sides. *Holds*: what a subject may do as of A, as of B, or from A to B, and how; or the other way round, from a role, a permission,
/// a group or a division. *Who can*: everybody who may, and whether one could. *Changes A–B*: who may do more or less.
/// *History*: when a subject held a permission, over all snapshots. *Findings*: what the access rules say, and the cross-check with the platform.
///
/// Models come from the session by job; rights, indexes and answers are computed on workers, and late answers are dropped. What is not known is said first.
/// Thread: GUI. Borrows the session, which must outlive it.
class AccessPage final : public QWidget
{
    Q_OBJECT
public:
    explicit AccessPage(Session &session, QWidget *parent = nullptr);
    ~AccessPage() override;

    /// Shows a subject by id, and where given a permission ("domain:entity:action") of it.
    void showSubject(const QString &subjectId, const QString &permission = {});
    enum Mode { AsOfA, AsOfB, FromAToB }; ///< the last for a subject only
    void setMode(Mode mode);
    enum Side { Holds, WhoCan, Changes, History, Findings };
    void setSide(Side side);
    [[nodiscard]] Side side() const;
    /// When a subject held a permission; what is empty stays to be chosen.
    void showHistory(const QString &subjectId, const QString &permission = {}, const QString &divisionId = {});
    enum Start { FromSubject, FromRole, FromPermission, FromGroup, FromDivision };
    /// What the tree starts from; an id of that kind, or a permission, where given.
    void setStart(Start start, const QString &id = {});

    // For tests and pictures: the parts by name.
    [[nodiscard]] WhoCanSide &whoCan() const;
    [[nodiscard]] ChangesSide &changes() const;
    [[nodiscard]] HistorySide &history() const;
    [[nodiscard]] FindingsSide &findings() const;
    [[nodiscard]] WorkspaceRun &crossCheckRun() const; ///< whose sign-in of a person the window shows
    [[nodiscard]] QToolButton &whenButton() const; ///< of Holds: when was this held?
    [[nodiscard]] AccessTree &tree() const; ///< of Holds
    [[nodiscard]] FilterField &filterField() const;
    [[nodiscard]] SubjectPicker &picker() const;
    [[nodiscard]] PathGraph &graph() const;
    [[nodiscard]] SegmentedSwitch &sideSwitch() const;
    [[nodiscard]] SegmentedSwitch &startSwitch() const;
    [[nodiscard]] SegmentedSwitch &modeSwitch() const;
    [[nodiscard]] QComboBox &divisionBox() const;
    [[nodiscard]] QCheckBox &onlyHighRisk() const;
    [[nodiscard]] QLabel &summary() const;
    [[nodiscard]] QLabel &emptyState() const;
    [[nodiscard]] bool isBusy() const; ///< something shown is still being read or computed

Q_SIGNALS:
    void accessShown(); ///< the tree holds what was chosen

protected:
    void showEvent(QShowEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;

private:
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace Orgtrace::Ui
