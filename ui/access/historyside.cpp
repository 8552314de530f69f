#include "access/historyside.h"

#include "access/accessdelegate.h"
#include "access/accesstreemodel.h"
#include "access/accesswidgets.h"
#include "access/historypicture.h"
#include "access/subjectpicker.h"
#include "diff/displaytext.h"
#include "session/session.h"
#include "theme/theme.h"

#include <QClipboard>
#include <QComboBox>
#include <QCompleter>
#include <QFutureWatcher>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QProgressBar>
#include <QPromise>
#include <QPushButton>
#include <QShortcut>
#include <QToolButton>
#include <QVBoxLayout>
#include <QtConcurrentRun>

using namespace Qt::StringLiterals;

namespace Orgtrace::Ui {

HistorySide::HistorySide(Session &session, QWidget *parent) :
    QWidget(parent), m_session(session), m_picker(new SubjectPicker(this)), m_permission(new QLineEdit(this)),
    m_division(Ui::divisionBox(this)), m_progress(new QWidget(this)), m_actions(new QWidget(this)), m_pictureLine(accessHairline(this)),
    m_progressText(new QLabel(m_progress)), m_summary(new QLabel(m_actions)), m_empty(emptyLabel(this)),
    m_bar(new QProgressBar(m_progress)), m_cancelButton(new QPushButton(tr("Cancel"), m_progress)), m_asA(new QToolButton(m_actions)),
    m_asB(new QToolButton(m_actions)), m_holds(new QToolButton(m_actions)), m_picture(new HistoryPicture(this)),
    m_tree(new AccessTree(this))
{
    build();
    m_delay.setSingleShot(true);
    m_delay.setInterval(250); // one answer for a permission, not one a letter
    m_progressDelay.setSingleShot(true);
    m_progressDelay.setInterval(250); // what is quick shows no progress
    connect(&m_delay, &QTimer::timeout, this, &HistorySide::compute);
    connect(&m_progressDelay, &QTimer::timeout, this, [this] { m_progress->setVisible(m_isComputing); });
    connect(m_permission, &QLineEdit::textChanged, this, [this] { m_delay.start(); });
    connect(m_permission, &QLineEdit::returnPressed, this, [this] {
        m_delay.stop();
        m_askedKey.clear(); // also after Cancel or a failure
        compute();
    });
    connect(m_division, &QComboBox::currentIndexChanged, this, &HistorySide::compute);
    connect(m_picker, &SubjectPicker::subjectChosen, this, [this](const QString &subject) {
        m_subject = subject;
        compute();
    });
    connect(m_cancelButton, &QPushButton::clicked, this, [this] {
        m_cancelButton->setEnabled(false);
        m_cancel.cancel();
    });
    connect(m_tree->selectionModel(), &QItemSelectionModel::currentChanged, this, &HistorySide::chosen);
    connect(m_tree, &QTreeView::activated, this, &HistorySide::openHolds);
    connect(m_tree, &QWidget::customContextMenuRequested, this,
            [this](const QPoint &at) { openMenu(m_tree->viewport()->mapToGlobal(at)); });
    connect(m_picture, &HistoryPicture::menuWanted, this, &HistorySide::openMenu);
    connect(m_picture, &HistoryPicture::activated, this, &HistorySide::openHolds);
    connect(m_picture, &HistoryPicture::placeChosen, this, [this](HistoryPlace place) {
        const QModelIndex index = m_model.indexOf(historyRowId(place));
        m_isChoosing = true; // what was clicked stays highlighted
        m_tree->setCurrentIndex(index);
        m_tree->scrollTo(index);
        m_isChoosing = false;
    });
    connect(m_asA, &QToolButton::clicked, this, [this] { showAs(true, currentSnapshot()); });
    connect(m_asB, &QToolButton::clicked, this, [this] { showAs(false, currentSnapshot()); });
    connect(m_holds, &QToolButton::clicked, this, &HistorySide::openHolds);
    auto *copyKey = new QShortcut(QKeySequence::Copy, m_tree);
    copyKey->setContext(Qt::WidgetShortcut);
    connect(copyKey, &QShortcut::activated, this, [this] { copy(AccessChangesFormat::Text); });
    auto *copyPictureKey = new QShortcut(QKeySequence::Copy, m_picture);
    copyPictureKey->setContext(Qt::WidgetShortcut);
    connect(copyPictureKey, &QShortcut::activated, this, [this] { copy(AccessChangesFormat::Text); });
    connect(&session, &Session::rangeChanged, this, &HistorySide::showMarks);
    connect(&session, &Session::timelineChanged, this, [this] {
        showMarks();
        if (isVisible() && !m_askedKey.isEmpty()) {
            compute(); // another snapshot may say more
        }
    });
    say(tr("Nothing is chosen"), {});
}

HistorySide::~HistorySide()
{
    m_cancel.cancel();
}

void HistorySide::build()
{
    m_picker->setTakesAnyText(true);
    m_picker->setToolTip(tr("Somebody who is gone can be named by id, exact name or e-mail"));
    m_permission->setPlaceholderText(tr("permission, e.g. authorization:grant:add"));
    m_permission->setClearButtonEnabled(true);
    m_permission->setMaxLength(400);
    m_permission->setFont(Theme::monospace());
    m_permission->setAccessibleName(tr("Permission"));
    m_bar->setTextVisible(false);
    m_bar->setAccessibleName(tr("Snapshots looked at"));
    m_progressText->setTextFormat(Qt::PlainText);
    m_summary->setTextFormat(Qt::PlainText);
    m_summary->setWordWrap(true);
    m_summary->setProperty("muted", true);
    m_summary->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_tree->setModel(&m_model);
    m_tree->setAccessibleName(tr("When it was held, and through what"));
    m_tree->setContextMenuPolicy(Qt::CustomContextMenu);
    for (const auto &[button, words, tip] :
         {std::tuple(m_asA, tr("Show as A"), tr("Moves A to the snapshot of the chosen row")),
          std::tuple(m_asB, tr("Show as B"), tr("Moves B to the snapshot of the chosen row")),
          std::tuple(m_holds, tr("What they held then"), tr("Opens Holds as of the snapshot of the chosen row (Enter)"))}) {
        button->setProperty("bar", true);
        button->setText(words);
        button->setToolTip(tip);
    }
    auto *copyButton = new QToolButton(m_actions);
    copyButton->setProperty("bar", true);
    copyButton->setText(tr("Copy"));
    copyButton->setPopupMode(QToolButton::InstantPopup);
    copyButton->setAccessibleName(tr("Copy the history"));
    auto *menu = new QMenu(copyButton);
    menu->addAction(tr("As text"), this, [this] { copy(AccessChangesFormat::Text); });
    menu->addAction(tr("As Markdown"), this, [this] { copy(AccessChangesFormat::Markdown); });
    copyButton->setMenu(menu);

    auto *bar = new QHBoxLayout;
    bar->setContentsMargins(14, 0, 14, 9);
    bar->setSpacing(10);
    bar->addWidget(m_picker, 2);
    bar->addWidget(m_permission, 5);
    bar->addWidget(m_division);
    auto *running = new QHBoxLayout(m_progress);
    running->setContentsMargins(14, 8, 14, 8);
    running->setSpacing(10);
    running->addWidget(m_progressText);
    running->addWidget(m_bar, 1);
    running->addWidget(m_cancelButton);
    m_actionLine = new QBoxLayout(QBoxLayout::LeftToRight, m_actions);
    m_actionLine->setContentsMargins(14, 7, 14, 7);
    m_actionLine->setSpacing(8);
    m_actionLine->addWidget(m_summary, 1);
    auto *buttons = new QHBoxLayout;
    buttons->setSpacing(8);
    buttons->addWidget(m_asA);
    buttons->addWidget(m_asB);
    buttons->addWidget(m_holds);
    buttons->addWidget(copyButton);
    buttons->addStretch(1);
    m_actionLine->addLayout(buttons);
    auto *all = new QVBoxLayout(this);
    all->setContentsMargins(0, 0, 0, 0);
    all->setSpacing(0);
    all->addLayout(bar);
    all->addWidget(accessHairline(this));
    all->addWidget(m_progress);
    all->addWidget(m_empty, 1);
    all->addWidget(m_actions);
    all->addWidget(m_picture);
    all->addWidget(m_pictureLine);
    all->addWidget(m_tree, 1);
    m_progress->hide();
}

void HistorySide::setAnswerShown(bool isShown)
{
    m_actions->setVisible(isShown);
    m_picture->setVisible(isShown);
    m_pictureLine->setVisible(isShown);
    m_tree->setVisible(isShown && m_model.rowCount() > 0);
    m_empty->setVisible(!isShown || m_model.rowCount() == 0);
}

QString HistorySide::summaryText() const
{
    return m_history ? m_summary->text() : QString();
}

QString HistorySide::emptyText() const
{
    return m_empty->isHidden() ? QString() : m_empty->text();
}

void HistorySide::say(const QString &headline, const QString &sentence)
{
    stop();
    m_askedKey.clear();
    m_history.reset();
    m_model.setItems({});
    m_picture->setHistory({});
    m_empty->setText(sentence.isEmpty() ? headline : QString(headline + u"\n\n"_s + sentence));
    setAnswerShown(false);
}

void HistorySide::clear()
{
    m_subject.clear();
    m_picker->choose({});
    {
        const QSignalBlocker quiet(m_permission);
        m_permission->clear();
    }
    setModels({}, {});
    m_division->setCurrentIndex(0);
    say(tr("Nothing is chosen"), tr("Choose a subject and a permission above."));
}

void HistorySide::setModels(const ModelPtr &a, const ModelPtr &b)
{
    if (a == m_a && b == m_b) {
        return;
    }
    letGo(std::exchange(m_a, a));
    letGo(std::exchange(m_b, b));
    ++m_fillJob;
    if (!a && !b) {
        return;
    }
    fillDivisions(m_division, (b ? b : a)->resolver().divisions());
    fill();
}

/// Who and what is known in A or in B: merged on a worker.
void HistorySide::fill()
{
    struct Offer {
        QList<Access::Subject> subjects;
        QStringList permissions;
    };
    const int job = m_fillJob;
    auto *watcher = new QFutureWatcher<Offer>(this);
    connect(watcher, &QFutureWatcherBase::finished, this, [this, watcher, job] {
        watcher->deleteLater();
        if (job != m_fillJob) {
            return;
        }
        const Offer offer = watcher->result();
        m_picker->setSubjects(offer.subjects);
        m_picker->choose(m_subject);
        auto *completer = new QCompleter(offer.permissions, m_permission);
        completer->setFilterMode(Qt::MatchContains);
        completer->setCaseSensitivity(Qt::CaseInsensitive);
        completer->setMaxVisibleItems(12);
        delete m_permission->completer();
        m_permission->setCompleter(completer);
        compute();
    });
    watcher->setFuture(QtConcurrent::run([a = m_a, b = m_b] {
        Offer offer;
        if (b) {
            offer.subjects = b->subjects();
            offer.permissions = b->permissions();
        }
        if (a && a != b) {
            QSet<QString> known;
            for (const Access::Subject &subject : std::as_const(offer.subjects)) {
                known.insert(subject.id);
            }
            for (const Access::Subject &subject : a->subjects()) {
                if (!known.contains(subject.id)) {
                    offer.subjects.append(subject);
                }
            }
            offer.permissions += a->permissions();
            offer.permissions.sort();
            offer.permissions.removeDuplicates();
        }
        return offer;
    }));
}

void HistorySide::ask(const QString &subject, const QString &permission, const QString &divisionId)
{
    if (!subject.isEmpty()) {
        m_subject = subject;
        m_picker->choose(subject);
    }
    {
        const QSignalBlocker quiet(m_permission), still(m_division);
        if (!permission.isEmpty()) {
            m_permission->setText(permission);
            m_permission->setCursorPosition(0);
        }
        m_division->setCurrentIndex(std::max(0, m_division->findData(divisionId)));
    }
    m_delay.stop();
    compute();
}

void HistorySide::offerSubject(const QString &subject, const QString &permission)
{
    if (m_subject.isEmpty() && m_permission->text().isEmpty()) {
        ask(subject, permission);
    }
}

void HistorySide::showEvent(QShowEvent *event)
{
    QWidget::showEvent(event);
    showMarks();
    compute();
}

void HistorySide::resizeEvent(QResizeEvent *event)
{
    QWidget::resizeEvent(event);
    constexpr int roomForOneLine = 760;
    m_actionLine->setDirection(width() < roomForOneLine ? QBoxLayout::TopToBottom : QBoxLayout::LeftToRight);
}

void HistorySide::showMarks()
{
    const auto time = [this](const QString &id) {
        const Evidence::SnapshotSummary *snapshot = m_session.snapshot(id);
        return snapshot ? snapshot->observedUtc : QDateTime();
    };
    m_picture->setRange(time(m_session.idA()), time(m_session.idB()));
}

void HistorySide::stop()
{
    ++m_job;
    m_cancel.cancel();
    m_cancel = CancellationSource();
    m_isComputing = false;
    m_progressDelay.stop();
    m_progress->hide();
}

QString HistorySide::questionKey() const
{
    return QStringList{m_session.folder(),
                       m_session.organisationId(),
                       m_subject,
                       m_permission->text().trimmed(),
                       m_division->currentData().toString(),
                       QString::number(m_session.timeline().size()),
                       m_session.timeline().isEmpty() ? QString() : m_session.timeline().last().id}
        .join(u'\n');
}

void HistorySide::compute()
{
    if (!m_session.isOpen() || m_session.timeline().isEmpty() || !isVisible()) {
        return;
    }
    const QString permission = m_permission->text().trimmed();
    const QStringList parts = permission.split(u':');
    if (m_subject.isEmpty() || permission.isEmpty()) {
        say(tr("When was it held?"),
            m_subject.isEmpty()
                ? tr("Choose a user, group, team or OAuth client, and a permission. All snapshots of the organisation are then looked at.")
                : tr("Name a permission, e.g. authorization:grant:add. All snapshots of the organisation are then looked at."));
        return;
    }
    if (parts.size() != 3 || parts.contains(QString()) || parts.contains(u"*"_s)) {
        say(tr("Not a permission yet"), tr("A permission is domain:entity:action, without a *."));
        return;
    }
    const Access::HistoryQuestion question{m_session.organisationId(), m_subject, permission, m_division->currentData().toString(), {}, {}};
    if (questionKey() == m_askedKey) {
        return;
    }
    stop();
    m_askedKey = questionKey();
    m_isComputing = true;
    const int job = m_job;
    m_model.setItems({});
    m_history.reset();
    m_picture->setHistory({});
    m_empty->setText(tr("Looking through the snapshots…") + u"\n\n"_s
                     + tr("What bears on this subject is read of each; where nothing of it changed, an answer is shared."));
    setAnswerShown(false);
    m_bar->setRange(0, int(m_session.timeline().size()));
    m_bar->setValue(0);
    m_cancelButton->setEnabled(true);
    m_progressText->setText(tr("%1 snapshots").arg(countText(m_session.timeline().size())));
    m_elapsed.start();
    m_progressDelay.start();

    auto *watcher = new QFutureWatcher<Answer>(this);
    connect(watcher, &QFutureWatcherBase::progressValueChanged, this, [this, watcher, job](int done) {
        if (job == m_job) {
            showProgress(done, watcher->progressMaximum());
        }
    });
    connect(watcher, &QFutureWatcherBase::finished, this, [this, watcher, job] {
        watcher->deleteLater();
        if (job == m_job) {
            took(watcher->future().takeResult());
        }
    });
    watcher->setFuture(QtConcurrent::run([folder = m_session.folder(), question, cancel = m_cancel.token()](QPromise<Answer> &promise) {
        Result<Access::PermissionHistory> history
            = Access::permissionHistory(folder, question, cancel, [&promise](qint64 done, qint64 total) {
                  promise.setProgressRange(0, int(total));
                  promise.setProgressValue(int(done));
              });
        Answer answer;
        if (history) {
            answer.history = std::make_shared<const Access::PermissionHistory>(*std::move(history));
            answer.rows = historyRows(answer.history);
            answer.summary = historySummary(*answer.history);
        } else {
            answer.error = history.error();
        }
        promise.addResult(std::move(answer));
    }));
}

void HistorySide::showProgress(qint64 done, qint64 total)
{
    m_bar->setRange(0, int(total));
    m_bar->setValue(int(done));
    QString words = tr("%1 of %2 snapshots").arg(countText(done), countText(total));
    constexpr qint64 meaningful = 1'000;
    if (const qint64 elapsed = m_elapsed.elapsed(); done > 0 && elapsed >= meaningful && done < total) {
        words += u" · "_s + tr("%1/s").arg(countText(done * 1000 / elapsed)) + u" · "_s
            + tr("about %1 left").arg(durationText(elapsed * (total - done) / done));
    }
    m_progressText->setText(words);
}

void HistorySide::took(Answer answer)
{
    m_isComputing = false;
    m_progressDelay.stop();
    m_progress->hide();
    if (answer.error) {
        const Error &error = *answer.error;
        const bool isPermission = error.where == m_permission->text().trimmed();
        const QString key = m_askedKey;
        switch (error.code) {
        case ErrorCode::Cancelled:
            say(tr("Cancelled, as you asked"), tr("Nothing is kept of it. Enter in the permission's field looks again."));
            break;
        case ErrorCode::NotFound:
            isPermission ? say(tr("No snapshot knows this permission"),
                               tr("Neither the organisation's catalogue nor a role ever knew %1. Choose one of the list.")
                                   .arg(visibleText(m_permission->text().trimmed(), 120)))
                         : say(tr("Not there in any snapshot"), errorText(error));
            break;
        case ErrorCode::Ambiguous: say(tr("Several have this name"), errorText(error)); break;
        default: say(tr("The history could not be read"), errorText(error)); break;
        }
        m_askedKey = key; // not asked again by itself
        Q_EMIT historyShown();
        return;
    }
    m_history = answer.history;
    if (m_subject != m_history->subject.id && m_picker->findData(m_history->subject.id) >= 0) {
        // Named by name: from now on it is who was found.
        m_subject = m_history->subject.id;
        m_picker->choose(m_subject);
        m_askedKey = questionKey();
    }
    m_summary->setText(answer.summary);
    m_model.setItems(std::move(answer.rows));
    m_picture->setHistory(m_history);
    showMarks();
    if (m_history->intervals.isEmpty() && m_model.rowCount() == 0) {
        m_empty->setText(tr("Never held") + u"\n\n"_s
                         + tr("No snapshot that tells shows %1 with it. Between two snapshots it may have come and gone unseen.")
                               .arg(nameOrId(m_history->subject)));
    }
    setAnswerShown(true);
    constexpr int openAtMost = 12;
    for (int row = 0; row < std::min(openAtMost, m_model.rowCount()); ++row) {
        const QModelIndex interval = m_model.index(row, 0);
        if (historyPlace(interval.data(AccessTreeModel::StableIdRole).toString()).interval < 0) {
            continue;
        }
        m_tree->expand(interval);
        for (int i = 0; i < std::min(openAtMost, m_model.rowCount(interval)); ++i) {
            const QModelIndex stretch = m_model.index(i, 0, interval);
            if (historyPlace(stretch.data(AccessTreeModel::StableIdRole).toString()).stretch >= 0) {
                m_tree->expand(stretch);
            }
        }
    }
    m_tree->setCurrentIndex(m_model.index(0, 0));
    Q_EMIT historyShown();
}

void HistorySide::chosen(const QModelIndex &index)
{
    if (!m_isChoosing) {
        m_picture->setPlace(historyPlace(index.data(AccessTreeModel::StableIdRole).toString()));
    }
    const bool has = !index.data(AccessTreeModel::SnapshotRole).toString().isEmpty();
    for (QToolButton *button : {m_asA, m_asB, m_holds}) {
        button->setEnabled(has);
    }
}

QString HistorySide::currentSnapshot() const
{
    return m_tree->currentIndex().data(AccessTreeModel::SnapshotRole).toString();
}

void HistorySide::showAs(bool isA, const QString &snapshotId)
{
    const int at = m_session.indexOf(snapshotId), count = int(m_session.timeline().size());
    int a = m_session.indexOf(m_session.idA()), b = m_session.indexOf(m_session.idB());
    if (at < 0 || a < 0 || b < 0) {
        return;
    }
    (isA ? a : b) = at;
    if (a >= b) { // the other one makes room
        isA ? b = std::min(at + 1, count - 1) : a = std::max(at - 1, 0);
    }
    m_session.setRange(m_session.timeline().at(a).id, m_session.timeline().at(b).id);
}

void HistorySide::openHolds()
{
    if (const QString snapshot = currentSnapshot(); m_history && !snapshot.isEmpty()) {
        Q_EMIT holdsWanted(m_history->subject.id, m_history->permission, snapshot);
    }
}

void HistorySide::openMenu(const QPoint &at)
{
    const QString snapshot = currentSnapshot();
    QMenu menu(this);
    for (QAction *action : {menu.addAction(tr("Show this snapshot as A"), this, [this, snapshot] { showAs(true, snapshot); }),
                            menu.addAction(tr("Show this snapshot as B"), this, [this, snapshot] { showAs(false, snapshot); }),
                            menu.addAction(tr("What they held then"), this, &HistorySide::openHolds)}) {
        action->setEnabled(!snapshot.isEmpty());
    }
    menu.addSeparator();
    menu.addAction(tr("Copy all as text"), this, [this] { copy(AccessChangesFormat::Text); });
    menu.addAction(tr("Copy all as Markdown"), this, [this] { copy(AccessChangesFormat::Markdown); });
    menu.exec(at);
}

QString HistorySide::text(AccessChangesFormat format) const
{
    return m_history ? historyAs(format, *m_history, m_division->currentText()) : QString();
}

void HistorySide::copy(AccessChangesFormat format) const
{
    if (m_history) {
        QGuiApplication::clipboard()->setText(text(format));
    }
}

} // namespace Orgtrace::Ui
