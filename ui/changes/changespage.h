#pragma once

#include "changes/changetree.h"

#include <QSet>
#include <QWidget>

class QLabel;
class QLineEdit;
class QStackedLayout;
class QTreeView;

namespace Orgtrace::Ui {

class ChangesModel;
class ElidedLabel;
class Jobs;
class Session;

/// The list of changes between A and B, with its filter. Its current row drives Session::setCurrentFinding, and follows it.
///
/// Keys: ↑/↓ and ←/→ in the tree, ↓ in the filter field goes to the list, Esc empties the filter.
/// Thread: GUI; large lists are filtered on a worker. Borrows session.
class ChangesPage final : public QWidget
{
    Q_OBJECT
public:
    explicit ChangesPage(Session &session, QWidget *parent = nullptr);
    ~ChangesPage() override;

    void focusFilter();
    void selectNext(int by); ///< next (1) or previous (−1) change, around closed groups too
    [[nodiscard]] bool isSettled() const; ///< no tree is being built

    [[nodiscard]] QTreeView *view() const { return m_view; }
    [[nodiscard]] QLineEdit *filterField() const { return m_filter; }
    [[nodiscard]] ChangesModel *model() const { return m_model; }

Q_SIGNALS:
    void settled(); ///< Jobs tells this

private:
    void build();
    void take(std::shared_ptr<const ChangeTree> tree);
    void expandRows();
    void updateHeader();
    void updateEmptyState();
    void followSession(int finding);
    [[nodiscard]] bool isClosedByDefault(const ChangeRow &row) const;

    Session &m_session;
    ChangesModel *m_model;
    QTreeView *m_view;
    QLineEdit *m_filter;
    ElidedLabel *m_count;
    QLabel *m_mistake, *m_empty;
    QStackedLayout *m_stack;
    std::unique_ptr<Jobs> m_jobs;
    ChangeFilter m_parsed;
    std::weak_ptr<const Operations::RangeFindings> m_shown; ///< what the tree was made of
    QSet<QString> m_opened, m_closed; ///< what the user opened and closed, by key
    int m_job = 0;
    bool m_isTaking = false;
};

} // namespace Orgtrace::Ui
