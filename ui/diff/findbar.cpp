#include "diff/findbar.h"

#include "diff/diffview.h"
#include "theme/theme.h"

#include <QFutureWatcher>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QToolButton>
#include <QtConcurrentRun>

using namespace Qt::StringLiterals;

namespace Orgtrace::Ui {

FindBar::FindBar(DiffView &view, QWidget *parent) : QWidget(parent), m_view(view), m_edit(new QLineEdit(this)), m_count(new QLabel(this))
{
    setProperty("panel", true);
    setAttribute(Qt::WA_StyledBackground);
    m_edit->setPlaceholderText(tr("Find in both sides: text, ids, names"));
    m_edit->setClearButtonEnabled(true);
    m_edit->setMaxLength(2000);
    m_edit->setAccessibleName(tr("Find"));
    m_count->setProperty("muted", true);
    m_count->setMinimumWidth(m_count->fontMetrics().horizontalAdvance(u"20,000 of 20,000+"_s));
    const auto button = [this](const QString &text, const QString &name, void (FindBar::*slot)()) {
        auto *made = new QPushButton(text, this);
        made->setFlat(true);
        made->setProperty("flat", true);
        made->setAccessibleName(name);
        made->setToolTip(name);
        connect(made, &QPushButton::clicked, this, slot);
        return made;
    };
    const auto toggle = [this](const QString &text, const QString &name, const QKeySequence &key) {
        auto *made = new QToolButton(this);
        made->setText(text);
        made->setCheckable(true);
        made->setAutoRaise(true);
        made->setShortcut(key);
        made->setAccessibleName(name);
        made->setToolTip(name + u" ("_s + key.toString(QKeySequence::NativeText) + u')');
        connect(made, &QToolButton::toggled, this, &FindBar::search);
        return made;
    };
    m_case = toggle(u"Aa"_s, tr("Match case"), QKeySequence(u"Alt+C"_s));
    m_words = toggle(u"ab|"_s, tr("Whole words"), QKeySequence(u"Alt+W"_s));
    m_pattern = toggle(u".*"_s, tr("Regular expression"), QKeySequence(u"Alt+R"_s));
    auto *layout = new QHBoxLayout(this);
    layout->setContentsMargins(12, 5, 12, 5);
    layout->setSpacing(6);
    layout->addWidget(m_edit, 1);
    layout->addWidget(m_case);
    layout->addWidget(m_words);
    layout->addWidget(m_pattern);
    layout->addWidget(m_count);
    layout->addWidget(button(u"▲"_s, tr("Previous match (Shift+Enter)"), &FindBar::previous));
    layout->addWidget(button(u"▼"_s, tr("Next match (Enter)"), &FindBar::next));
    layout->addWidget(button(u"✕"_s, tr("Close (Esc)"), &FindBar::dismiss));
    connect(m_edit, &QLineEdit::textChanged, this, &FindBar::search);
    connect(&view, &DiffView::itemsChanged, this, [this, last = DiffDocumentPtr()]() mutable {
        if (last != m_view.document()) {
            last = m_view.document();
            if (isVisibleTo(parentWidget())) {
                search();
            }
        }
    });
    hide();
}

void FindBar::open()
{
    show();
    const QString selected = m_view.selectedText();
    if (!selected.isEmpty() && !selected.contains(u'\n') && selected.size() < 200) {
        m_edit->setText(selected);
    }
    m_edit->setFocus(Qt::ShortcutFocusReason);
    m_edit->selectAll();
    search();
}

void FindBar::dismiss()
{
    ++m_job;
    m_cancel.cancel();
    hide();
    m_matches.clear();
    m_current = -1;
    m_view.setMatches({}, {});
    m_view.setFocus(Qt::OtherFocusReason);
}

void FindBar::setText(const QString &text)
{
    m_edit->setText(text);
}

void FindBar::setOptions(const FindOptions &options)
{
    m_case->setChecked(options.matchCase);
    m_words->setChecked(options.wholeWords);
    m_pattern->setChecked(options.isPattern);
}

FindOptions FindBar::options() const
{
    return {m_case->isChecked(), m_words->isChecked(), m_pattern->isChecked()};
}

void FindBar::search()
{
    const int job = ++m_job;
    m_cancel.cancel();
    m_cancel = CancellationSource();
    const FindOptions chosen = options();
    const DiffDocumentPtr document = m_view.document();
    const QString needle = m_edit->text();
    const TextPattern expression = chosen.expression(needle);
    if (!document || needle.isEmpty() || !expression.isValid()) {
        m_matches.clear();
        m_current = -1;
        m_view.setMatches({}, {});
        describe();
        Q_EMIT searched(0);
        return;
    }
    auto *watcher = new QFutureWatcher<QList<FindMatch>>(this);
    connect(watcher, &QFutureWatcherBase::finished, this, [this, watcher, job, expression] {
        watcher->deleteLater();
        if (job != m_job) {
            return;
        }
        m_matches = watcher->result();
        m_view.setMatches(expression, m_matches);
        m_current = -1;
        // From where one is, not from the top.
        for (int i = 0; i < m_matches.size() && m_current < 0; ++i) {
            if (m_matches[i].row >= m_view.currentRow()) {
                m_current = i;
            }
        }
        if (!m_matches.isEmpty()) {
            showMatch(std::max(0, m_current));
        }
        describe();
        Q_EMIT searched(int(m_matches.size()));
    });
    watcher->setFuture(QtConcurrent::run(
        [document, needle, chosen, cancel = m_cancel.token()] { return findMatches(*document, needle, chosen, cancel); }));
}

void FindBar::showMatch(int match)
{
    m_current = match;
    m_view.goToMatch(match);
    describe();
}

void FindBar::next()
{
    if (!m_matches.isEmpty()) {
        showMatch((m_current + 1) % int(m_matches.size()));
    }
}

void FindBar::previous()
{
    if (!m_matches.isEmpty()) {
        showMatch((m_current + int(m_matches.size()) - 1) % int(m_matches.size()));
    }
}

void FindBar::describe()
{
    QString text;
    if (const TextPattern expression = options().expression(m_edit->text()); !expression.isValid()) {
        text = tr("no valid pattern: %1").arg(expression.errorString());
    } else if (!m_edit->text().isEmpty()) {
        const QString total = countText(m_matches.size()) + (m_matches.size() >= MaxFindMatches ? u"+"_s : QString());
        text = m_matches.isEmpty() ? tr("not found") : tr("%1 of %2").arg(countText(m_current + 1), total);
    }
    m_count->setText(text);
}

void FindBar::keyPressEvent(QKeyEvent *event)
{
    switch (event->key()) {
    case Qt::Key_Escape: dismiss(); return;
    case Qt::Key_Return:
    case Qt::Key_Enter:
    case Qt::Key_F3: event->modifiers().testFlag(Qt::ShiftModifier) ? previous() : next(); return;
    default: QWidget::keyPressEvent(event);
    }
}

} // namespace Orgtrace::Ui
