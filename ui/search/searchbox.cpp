#include "search/searchbox.h"

#include "search/searchmodel.h"
#include "search/searchpanel.h"
#include "search/searchrun.h"
#include "session/session.h"

#include <QApplication>
#include <QKeyEvent>

namespace Orgtrace::Ui {

SearchBox::SearchBox(Session &session, QWidget *window, QWidget *parent) :
    QLineEdit(parent), m_session(session), m_run(new SearchRun(session, this)), m_panel(new SearchPanel(session, *m_run, window))
{
    setPlaceholderText(tr("Search everything"));
    setAccessibleName(tr("Search B, all history and audit events"));
    setToolTip(tr("Search B, all history and the audit events; paste a link (Ctrl+Shift+F)"));
    setClearButtonEnabled(true);
    setMaxLength(10'000);
    connect(this, &QLineEdit::textChanged, this, [this](const QString &text) {
        m_run->ask(text);
        if (hasFocus() && !m_panel->isVisible()) {
            m_panel->popUpBeneath(*this);
        }
    });
    connect(m_panel, &SearchPanel::chosen, this, &SearchBox::choose);
    connect(m_panel, &SearchPanel::closeRequested, this, [this] {
        close();
        setFocus(Qt::OtherFocusReason);
    });
    connect(qApp, &QApplication::focusChanged, this, [this](const QWidget *, const QWidget *now) {
        if (now && now != this && !m_panel->isAncestorOf(now)) {
            close();
        }
    });
    window->installEventFilter(this);
}

void SearchBox::open()
{
    setFocus(Qt::ShortcutFocusReason);
    selectAll();
    m_panel->popUpBeneath(*this);
}

void SearchBox::close()
{
    m_panel->hide();
}

void SearchBox::choose(int row, bool wantsEnd)
{
    const SearchRow *chosen = m_panel->model()->row(m_panel->model()->index(row));
    if (!chosen) {
        return;
    }
    const SearchState &state = m_run->state();
    switch (chosen->kind) {
    case SearchRow::Kind::Here: {
        const Search::Hit hit = state.here->hits.at(chosen->index);
        close();
        Q_EMIT entityChosen(hit.domain, hit.entity, hit.pointer);
        break;
    }
    case SearchRow::Kind::Ever: {
        Search::Link link = linkOfHit(state.ever->hits.at(chosen->index), wantsEnd);
        link.storeId = m_session.linkTo({}, {}, {}).storeId;
        close();
        Q_EMIT placeChosen(link);
        break;
    }
    case SearchRow::Kind::Event: {
        const Audit::Event event = state.audit->events.at(chosen->index);
        close();
        Q_EMIT eventChosen(event.id, event.timeUtc);
        break;
    }
    case SearchRow::Kind::Link: {
        const Search::Link link = *state.link;
        close();
        Q_EMIT placeChosen(link);
        break;
    }
    case SearchRow::Kind::Section:
    case SearchRow::Kind::Note: break;
    }
}

void SearchBox::keyPressEvent(QKeyEvent *event)
{
    switch (event->key()) {
    case Qt::Key_Down:
    case Qt::Key_Up:
        if (!m_panel->isVisible()) {
            m_panel->popUpBeneath(*this);
        }
        m_panel->step(event->key() == Qt::Key_Down ? 1 : -1);
        return;
    case Qt::Key_Return:
    case Qt::Key_Enter: m_panel->choose(event->modifiers().testFlag(Qt::ShiftModifier)); return;
    case Qt::Key_Escape:
        if (m_panel->isVisible()) {
            close();
        } else {
            clear();
            close();
        }
        return;
    default: QLineEdit::keyPressEvent(event);
    }
}

void SearchBox::focusInEvent(QFocusEvent *event)
{
    QLineEdit::focusInEvent(event);
    if (event->reason() == Qt::MouseFocusReason) {
        m_panel->popUpBeneath(*this);
    }
}

bool SearchBox::eventFilter(QObject *watched, QEvent *event)
{
    if (event->type() == QEvent::Resize && m_panel->isVisible()) {
        m_panel->popUpBeneath(*this);
    }
    if (event->type() == QEvent::MouseButtonPress) {
        close(); // beside the panel, on what takes no focus
    }
    return QLineEdit::eventFilter(watched, event);
}

} // namespace Orgtrace::Ui
