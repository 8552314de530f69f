#pragma once

#include "base/error.h"
#include "search/link.h"

#include <QDateTime>
#include <QLineEdit>

namespace Orgtrace::Ui {

class SearchPanel;
class SearchRun;
class Session;

/// One box over the snapshot at B, over all history and over the audit events; a pasted link leads to its place. Answers come while typing.
/// Keys: ↓ ↑ choose without leaving the box, Enter goes there, Esc closes and, pressed again, empties the box. Thread: GUI. Borrows session.
class SearchBox final : public QLineEdit
{
    Q_OBJECT
public:
    /// @param window what the panel is shown above
    SearchBox(Session &session, QWidget *window, QWidget *parent = nullptr);

    void open(); ///< takes the focus, all text selected
    void close();
    [[nodiscard]] SearchPanel &panel() const { return *m_panel; }
    [[nodiscard]] SearchRun &run() const { return *m_run; }

Q_SIGNALS:
    void placeChosen(const Orgtrace::Search::Link &link);
    void entityChosen(const QString &domain, const QString &entity, const QString &pointer); ///< of A and B as they are
    void eventChosen(const QString &eventId, const QDateTime &utc);

protected:
    void keyPressEvent(QKeyEvent *event) override;
    void focusInEvent(QFocusEvent *event) override;
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    void choose(int row, bool wantsEnd);

    Session &m_session;
    SearchRun *m_run;
    SearchPanel *m_panel;
};

} // namespace Orgtrace::Ui
