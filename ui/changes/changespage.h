#pragma once

#include "changes/changeexport.h"
#include "changes/changetree.h"
#include "changes/filterfield.h"
#include "changes/filterhistory.h"

#include "base/cancellation.h"

#include <QSet>
#include <QWidget>

class QAction;
class QItemSelection;
class QLabel;
class QMenu;
class QMimeData;
class QPushButton;
class QScrollArea;
class QStackedLayout;
class QTreeView;

namespace Orgtrace::Ui {

class ChangesModel;
class ElidedLabel;
class FacetStrip;
class Jobs;
class Session;

/// The list of changes between A and B, with its filter, facets and grouping. Its current row drives Session::setCurrentFinding, and follows it.
///
/// Keys: ↑/↓ and ←/→ in the tree, with Shift and Ctrl more rows, Ctrl+A all changes shown, Ctrl+C copies them as text, the menu key offers other forms;
/// ↓ in the filter field goes to the list, Esc empties the filter; Ctrl+Z and Ctrl+Shift+Z go through former filters, selection included.
/// A selected group stands for all changes beneath it.
/// Thread: GUI; lists of some size are filtered, written and copied on workers. Borrows session.
class ChangesPage final : public QWidget
{
    Q_OBJECT
public:
    explicit ChangesPage(Session &session, QWidget *parent = nullptr);
    ~ChangesPage() override;

    void focusFilter();
    void selectNext(int by); ///< next (1) or previous (−1) change, around closed groups too
    [[nodiscard]] bool isSettled() const; ///< no tree is being built, nothing is being copied or written

    void setGrouping(ChangeGrouping grouping);
    [[nodiscard]] ChangeGrouping grouping() const { return m_grouping; }
    void setFacetsShown(bool shown);
    void undoFilter();
    void redoFilter();
    void selectAllChanges();
    /// The chosen changes, in reading order: of several selected rows, groups included; else the current one.
    [[nodiscard]] QList<int> chosenFindings() const;
    void copyChosen(ChangeFormat format);
    void copyLink();
    void exportChosen(ChangeFormat format, const QString &file); ///< said beneath the filter, whether it worked or not
    /// A link to the current state of a change: orgtrace://store/snapshot/domain/entity#/pointer, every part percent-encoded; empty without a range.
    [[nodiscard]] QString changeLink(const Report::Finding &finding) const;
    [[nodiscard]] QMimeData *dragData(const QList<int> &findings) const;

    [[nodiscard]] QTreeView *view() const { return m_view; }
    [[nodiscard]] FilterField *filterField() const { return m_filter; }
    [[nodiscard]] ChangesModel *model() const { return m_model; }
    [[nodiscard]] FacetStrip *facets() const { return m_facets; }
    [[nodiscard]] QPushButton *facetsButton() const { return m_facetsButton; }
    [[nodiscard]] QPushButton *groupingButton() const { return m_groupingButton; }
    [[nodiscard]] QString mistakeText() const; ///< what is said beneath the filter; empty: nothing
    [[nodiscard]] QString noteText() const;
    [[nodiscard]] QMenu *listMenu() const { return m_menu; }

Q_SIGNALS:
    void settled(); ///< Jobs tells this

protected:
    void changeEvent(QEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;

private:
    void buildWidgets();
    void buildMenu();
    void connectAll();
    void build();
    void readActors();
    void filterChanged(const QString &text);
    void take(std::shared_ptr<const ChangeTree> tree);
    void expandRows();
    void updateHeader();
    void updateEmptyState();
    void updateMistake();
    void updateFacets();
    void sizeFacets();
    void followSession(int finding);
    void go(std::optional<FilterState> state);
    void select(const QList<int> &findings);
    [[nodiscard]] QList<int> selectedRows() const; ///< of ChangeTree::rows
    [[nodiscard]] FilterState stateNow() const;
    void say(const QString &note);
    void askWhere(ChangeFormat format);
    [[nodiscard]] bool isClosedByDefault(const ChangeRow &row) const;

    Session &m_session;
    ChangesModel *m_model;
    QTreeView *m_view;
    FilterField *m_filter;
    ElidedLabel *m_count;
    QLabel *m_mistake, *m_note, *m_empty;
    QPushButton *m_groupingButton, *m_facetsButton;
    QList<QAction *> m_groupings;
    FacetStrip *m_facets;
    QScrollArea *m_facetsArea;
    QWidget *m_facetsLine;
    QMenu *m_menu;
    QStackedLayout *m_stack;
    std::unique_ptr<Jobs> m_jobs;
    ChangeFilter m_parsed;
    ChangeGrouping m_grouping = ChangeGrouping::Severity;
    std::weak_ptr<const Operations::RangeFindings> m_shown; ///< what the tree was made of
    std::weak_ptr<const Operations::RangeFindings> m_saversOf; ///< whose savers are read, or being read
    std::shared_ptr<const Savers> m_savers;
    CancellationSource m_saversCancel;
    FilterHistory m_history;
    std::optional<FilterState> m_goingTo; ///< by undo or redo, until its tree is there
    QSet<QString> m_opened, m_closed; ///< what the user opened and closed, by key
    int m_job = 0;
    bool m_isTaking = false;
    bool m_isMistaken = false;
};

} // namespace Orgtrace::Ui
