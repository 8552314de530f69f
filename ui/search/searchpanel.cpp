#include "search/searchpanel.h"

#include "search/searchdelegate.h"
#include "search/searchmodel.h"
#include "session/session.h"
#include "theme/theme.h"

#include <QKeyEvent>
#include <QLabel>
#include <QListView>
#include <QVBoxLayout>

#include <tuple>

namespace Orgtrace::Ui {

namespace {

/// When it was there may be told in other words by and by.
bool isSameHit(const SearchRow &one, const SearchRow &other)
{
    const auto what = [](const SearchRow &row) { return std::tie(row.kind, row.chip, row.title, row.detail); };
    return what(one) == what(other) && one.tip.section(u'\n', 0, 0) == other.tip.section(u'\n', 0, 0);
}

} // namespace

SearchPanel::SearchPanel(Session &session, SearchRun &run, QWidget *window) :
    QFrame(window), m_session(session), m_run(run), m_model(new SearchModel(this)), m_list(new QListView), m_foot(new QLabel)
{
    hide();
    setProperty("card", true);
    setAccessibleName(tr("What was found"));
    m_list->setModel(m_model);
    m_list->setItemDelegate(new SearchDelegate(m_list));
    m_list->setFrameShape(QFrame::NoFrame);
    m_list->setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    m_list->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_list->setResizeMode(QListView::Adjust);
    m_list->setSelectionMode(QAbstractItemView::SingleSelection);
    m_list->setAccessibleName(tr("What was found"));
    m_list->installEventFilter(this);
    m_foot->setProperty("muted", true);
    m_foot->setFont(Theme::smallFont());
    m_foot->setContentsMargins(14, 5, 14, 6);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(1, 1, 1, 1);
    column->setSpacing(0);
    column->addWidget(m_list, 1);
    column->addWidget(m_foot);
    connect(m_list, &QListView::clicked, this, [this](const QModelIndex &index) {
        if (const SearchRow *row = m_model->row(index); row && row->isChoosable() && !m_run.state().isFormer) {
            Q_EMIT chosen(index.row(), false);
        }
    });
    connect(&run, &SearchRun::changed, this, &SearchPanel::refresh);
    refresh();
}

void SearchPanel::refresh()
{
    if (const SearchRow *selected = m_model->row(m_list->currentIndex())) {
        m_selected = *selected;
    }
    m_model->setRows(searchRows(m_run.state(), m_session.findings() ? m_session.findings()->domainTitles : QHash<QString, QString>()));
    const SearchState &state = m_run.state();
    if (state.isRunning) {
        m_foot->setText(tr("Looking through %1 …").arg(!state.here ? tr("B") : !state.ever ? tr("all snapshots") : tr("the audit events")));
    } else if (m_model->nextChoosable(0, 1) >= 0) {
        m_foot->setText(state.link ? tr("Enter goes there · Esc closes")
                                   : tr("↑ ↓ choose · Enter goes to where it came · Shift+Enter to where it ended · Esc closes"));
    } else {
        m_foot->setText(tr("Esc closes"));
    }
    if (!m_selected) {
        return;
    }
    // Where answers come in between, Enter leads to what was selected, or to the first one: never to what has slipped beneath the selection.
    QModelIndex again;
    for (int row = 0; row < m_model->rowCount() && !again.isValid(); ++row) {
        const QModelIndex at = m_model->index(row);
        again = isSameHit(*m_model->row(at), *m_selected) ? at : QModelIndex();
    }
    m_list->setCurrentIndex(again);
    if (!again.isValid() && !state.isRunning) {
        m_selected.reset();
    }
}

void SearchPanel::popUpBeneath(const QWidget &box)
{
    const QPoint corner = parentWidget()->mapFromGlobal(box.mapToGlobal(QPoint(box.width(), box.height() + 4)));
    const int width = std::min(760, parentWidget()->width() - 24);
    const int height = std::min(560, parentWidget()->height() - corner.y() - 24);
    setGeometry(std::max(corner.x() - width, 12), corner.y(), width, std::max(height, 160));
    raise();
    show();
}

void SearchPanel::step(int by)
{
    const int from = m_list->currentIndex().isValid() ? m_list->currentIndex().row() + by : by > 0 ? 0 : m_model->rowCount() - 1;
    if (const int row = m_model->nextChoosable(from, by); row >= 0) {
        m_list->setCurrentIndex(m_model->index(row));
    }
}

void SearchPanel::choose(bool wantsEnd)
{
    if (m_run.state().isFormer) {
        return; // these rows answer another question
    }
    const SearchRow *current = m_model->row(m_list->currentIndex());
    const int row = current && current->isChoosable() ? m_list->currentIndex().row() : m_model->nextChoosable(0, 1);
    if (row >= 0) {
        Q_EMIT chosen(row, wantsEnd);
    }
}

bool SearchPanel::eventFilter(QObject *watched, QEvent *event)
{
    if (event->type() == QEvent::KeyPress) {
        const auto *key = static_cast<QKeyEvent *>(event);
        switch (key->key()) {
        case Qt::Key_Return:
        case Qt::Key_Enter: choose(key->modifiers().testFlag(Qt::ShiftModifier)); return true;
        case Qt::Key_Escape: Q_EMIT closeRequested(); return true;
        case Qt::Key_Up: step(-1); return true;
        case Qt::Key_Down: step(1); return true;
        default: break;
        }
    }
    return QFrame::eventFilter(watched, event);
}

} // namespace Orgtrace::Ui
