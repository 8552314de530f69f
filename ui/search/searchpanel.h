#pragma once

#include "search/searchwords.h"

#include <QFrame>

#include <optional>

class QLabel;
class QListView;

namespace Orgtrace::Ui {

class SearchModel;
class SearchRun;
class Session;

/// What was found, beneath the search box and above the window: it pushes nothing aside and takes no focus from who types.
/// Keys in the list: Enter goes there, Shift+Enter goes to where it ended, Esc closes. Thread: GUI. Borrows session and run.
class SearchPanel final : public QFrame
{
    Q_OBJECT
public:
    SearchPanel(Session &session, SearchRun &run, QWidget *window);

    void popUpBeneath(const QWidget &box);
    void step(int by); ///< moves the selection over what can be chosen
    void choose(bool wantsEnd); ///< the selected row; the first one where none is
    [[nodiscard]] QListView *list() const { return m_list; }
    [[nodiscard]] SearchModel *model() const { return m_model; }

Q_SIGNALS:
    void chosen(int row, bool wantsEnd);
    void closeRequested();

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    void refresh();

    Session &m_session;
    SearchRun &m_run;
    SearchModel *m_model;
    QListView *m_list;
    QLabel *m_foot;
    std::optional<SearchRow> m_selected; ///< looked for again while answers come
};

} // namespace Orgtrace::Ui
