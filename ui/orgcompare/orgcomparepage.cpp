#include "orgcompare/orgcomparepage.h"

#include "diff/displaytext.h"
#include "orgcompare/orgdiffpane.h"
#include "orgcompare/orgmatchpane.h"
#include "session/session.h"
#include "theme/theme.h"

#include <QAction>
#include <QClipboard>
#include <QComboBox>
#include <QDir>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QListView>
#include <QProgressBar>
#include <QPushButton>
#include <QStackedWidget>
#include <QTabBar>
#include <QVBoxLayout>

namespace Orgtrace::Ui {

using namespace Qt::StringLiterals;

namespace {

constexpr qsizetype MostUndo = 200;

QWidget *orgHairline()
{
    auto *line = new QWidget;
    line->setProperty("hairline", true);
    line->setAttribute(Qt::WA_StyledBackground);
    line->setFixedHeight(1);
    return line;
}

} // namespace

OrgComparePage::OrgComparePage(Session &session, QWidget *parent) :
    QWidget(parent), m_session(session), m_organisations{new QComboBox, new QComboBox}, m_snapshots{new QComboBox, new QComboBox},
    m_swap(new QPushButton(u"⇄"_s)), m_run(new QPushButton), m_close(new QPushButton(tr("Close"))), m_verdict(new QLabel),
    m_empty(new QLabel), m_bar(new QProgressBar), m_tabs(new QTabBar), m_panes(new QStackedWidget), m_differences(new OrgDiffPane),
    m_matching(new OrgMatchPane), m_jobs(this)
{
    m_fileWorker.setMaxThreadCount(1);
    build();
    connect(m_swap, &QPushButton::clicked, this, &OrgComparePage::swap);
    connect(m_close, &QPushButton::clicked, this, &OrgComparePage::closeRequested);
    connect(m_run, &QPushButton::clicked, this, [this] {
        if (m_state == State::Comparing) {
            cancel();
        } else {
            m_choices.isEmpty() ? open() : chosen();
        }
    });
    for (const bool onRight : {false, true}) {
        connect(m_organisations[onRight], &QComboBox::currentIndexChanged, this, [this, onRight] {
            if (!m_offering) {
                offerSnapshots(onRight);
                chosen();
            }
        });
        connect(m_snapshots[onRight], &QComboBox::currentIndexChanged, this, [this] {
            if (!m_offering) {
                chosen();
            }
        });
    }
    connect(m_matching, &OrgMatchPane::paired, this, [this](const QString &domain, const QString &left, const QString &right) {
        correct(paired(m_corrections, domain, left, right));
    });
    connect(m_matching, &OrgMatchPane::parted, this,
            [this](const QString &domain, const std::optional<QString> &left, const std::optional<QString> &right) {
                correct(parted(m_corrections, domain, left, right));
            });
    connect(m_matching, &OrgMatchPane::forgotten, this,
            [this](const QString &domain, const std::optional<QString> &left, const std::optional<QString> &right) {
                correct(forgotten(m_corrections, domain, left, right));
            });
    connect(m_matching, &OrgMatchPane::undoWanted, this, &OrgComparePage::undo);
    connect(m_matching, &OrgMatchPane::redoWanted, this, &OrgComparePage::redo);
    connect(m_matching, &OrgMatchPane::copyWanted, this, [this] { copyMatching(); });
    connect(m_differences, &OrgDiffPane::copyWanted, this, [this] { copyDifferences(); });
    setState(State::Empty, {});
}

OrgComparePage::~OrgComparePage()
{
    m_cancel.cancel();
    m_fileWorker.waitForDone(); // a correction that was made is kept
    m_jobs.finish();
}

void OrgComparePage::build()
{
    buildPickers();
    m_verdict->setTextFormat(Qt::PlainText);
    m_verdict->setProperty("muted", true);
    m_verdict->setWordWrap(true);
    m_verdict->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_bar->setTextVisible(false);
    m_bar->setFixedWidth(180);
    m_bar->setAccessibleName(tr("Progress of the comparison"));
    m_empty->setAlignment(Qt::AlignCenter);
    m_empty->setWordWrap(true);
    m_empty->setProperty("muted", true);
    m_empty->setTextFormat(Qt::PlainText);
    m_empty->setContentsMargins(220, 0, 220, 80); // lines of a length that is read easily

    auto *title = new QLabel(tr("Two organisations compared"));
    QFont big = title->font();
    big.setPointSizeF(big.pointSizeF() * 1.35);
    big.setWeight(QFont::DemiBold);
    title->setFont(big);
    auto *head = new QHBoxLayout;
    head->setContentsMargins(14, 14, 14, 8);
    head->addWidget(title, 1);
    head->addWidget(m_close);
    auto *pickers = new QHBoxLayout;
    pickers->setContentsMargins(14, 0, 14, 8);
    pickers->setSpacing(8);
    pickers->addWidget(m_organisations[0], 1);
    pickers->addWidget(m_snapshots[0], 1);
    pickers->addWidget(m_swap);
    pickers->addWidget(m_organisations[1], 1);
    pickers->addWidget(m_snapshots[1], 1);
    auto *state = new QHBoxLayout;
    state->setContentsMargins(14, 0, 14, 10);
    state->setSpacing(12);
    state->addWidget(m_verdict, 1);
    state->addWidget(m_bar, 0, Qt::AlignVCenter);
    state->addWidget(m_run);
    m_tabs->setDocumentMode(true);
    m_tabs->setDrawBase(false);
    m_tabs->setExpanding(false);
    m_tabs->addTab(tr("Differences"));
    m_tabs->addTab(tr("Matching"));
    m_panes->addWidget(m_differences);
    m_panes->addWidget(m_matching);
    connect(m_tabs, &QTabBar::currentChanged, m_panes, &QStackedWidget::setCurrentIndex);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addLayout(head);
    column->addLayout(pickers);
    column->addLayout(state);
    column->addWidget(orgHairline());
    column->addWidget(m_tabs);
    column->addWidget(m_panes, 1);
    column->addWidget(m_empty, 1);
    setFocusPolicy(Qt::StrongFocus);

    const auto shortcut = [this](const QKeySequence &keys, auto slot) {
        auto *action = new QAction(this);
        action->setShortcut(keys);
        action->setShortcutContext(Qt::WidgetWithChildrenShortcut);
        connect(action, &QAction::triggered, this, slot);
        addAction(action);
    };
    shortcut(QKeySequence::Undo, [this] { undo(); });
    shortcut(QKeySequence(u"Ctrl+Shift+Z"_s), [this] { redo(); });
}

void OrgComparePage::buildPickers()
{
    const QString names[2] = {tr("Organisation on the left"), tr("Organisation on the right")};
    const QString times[2] = {tr("Snapshot on the left"), tr("Snapshot on the right")};
    for (const bool onRight : {false, true}) {
        m_organisations[onRight]->setAccessibleName(names[onRight]);
        m_snapshots[onRight]->setAccessibleName(times[onRight]);
        for (QComboBox *box : {m_organisations[onRight], m_snapshots[onRight]}) {
            auto *list = new QListView(box);
            list->setUniformItemSizes(true); // there may be thousands
            box->setView(list);
            box->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
            box->setMinimumContentsLength(12);
            box->setMaxVisibleItems(20);
            box->setMinimumHeight(30); // as the buttons beside it
        }
    }
    m_swap->setToolTip(tr("Swap left and right"));
    m_swap->setAccessibleName(tr("Swap left and right"));
}

const OrganisationChoice *OrgComparePage::choice(bool onRight) const
{
    const int at = m_organisations[onRight]->currentIndex();
    return at >= 0 && at < m_choices.size() ? &m_choices[at] : nullptr;
}

QString OrgComparePage::snapshotId(bool onRight) const
{
    const OrganisationChoice *of = choice(onRight);
    const int at = m_snapshots[onRight]->currentIndex();
    return of && at >= 0 && at < of->snapshots.size() ? of->snapshots[at].id : QString();
}

QString OrgComparePage::verdict() const
{
    return m_verdict->text();
}

bool OrgComparePage::isBusy() const
{
    return m_state == State::Reading || m_state == State::Comparing || m_files > 0 || m_differences->isReading();
}

void OrgComparePage::open()
{
    if (!m_session.isOpen()) {
        setState(State::Empty, tr("Open a store first (Ctrl+O)."));
        return;
    }
    m_folder = m_session.folder();
    const int job = ++m_job;
    m_cancel.cancel();
    setState(State::Reading, tr("Reading which organisations there are …"));
    m_jobs.run(
        Jobs::Foreground, [folder = m_folder] { return readOrganisationChoices(folder); },
        [this, job](Result<QList<OrganisationChoice>> choices) {
            if (job != m_job) {
                return;
            }
            if (choices) {
                offer(std::move(*choices));
            } else {
                setState(State::Failed, errorText(choices.error()));
            }
        });
}

void OrgComparePage::close()
{
    ++m_job;
    m_cancel.cancel();
    m_choices.clear();
    m_offering = true;
    for (const bool onRight : {false, true}) {
        m_organisations[onRight]->clear();
        m_snapshots[onRight]->clear();
    }
    m_offering = false;
    forgetCorrections();
    show(nullptr);
    setState(State::Empty, {});
}

void OrgComparePage::offer(QList<OrganisationChoice> choices)
{
    const QString left = choice(false) ? choice(false)->id : m_session.organisationId(),
                  right = choice(true) ? choice(true)->id : QString();
    const QString leftSnapshot = snapshotId(false), rightSnapshot = snapshotId(true);
    m_choices = std::move(choices);
    m_offering = true;
    QStringList names;
    for (const OrganisationChoice &one : std::as_const(m_choices)) {
        const bool isNamesake = std::ranges::count(m_choices, one.name, &OrganisationChoice::name) > 1;
        names.append(isNamesake ? QString(visibleText(one.name, 80) + u" · " + shortId(one.id)) : visibleText(one.name, 80));
    }
    const auto place = [this](const QString &id) { return std::ranges::find(m_choices, id, &OrganisationChoice::id) - m_choices.begin(); };
    qsizetype at[2] = {place(left), place(right)};
    at[0] = at[0] < m_choices.size() ? at[0] : 0;
    at[1] = at[1] < m_choices.size() && at[1] != at[0] ? at[1] : at[0] == 0 ? 1 : 0;
    for (const bool onRight : {false, true}) {
        m_organisations[onRight]->clear();
        m_organisations[onRight]->addItems(names);
        m_organisations[onRight]->setCurrentIndex(int(std::min(at[onRight], m_choices.size() - 1)));
        m_offering = true;
        offerSnapshots(onRight);
        m_offering = true;
        if (const OrganisationChoice *of = choice(onRight)) { // as it was, where that is still there
            const auto found = std::ranges::find(of->snapshots, onRight ? rightSnapshot : leftSnapshot, &Evidence::SnapshotSummary::id);
            if (found != of->snapshots.end()) {
                m_snapshots[onRight]->setCurrentIndex(int(found - of->snapshots.begin()));
            }
        }
    }
    m_offering = false;
    if (m_choices.size() < 2) {
        show(nullptr);
        setState(
            State::Empty,
            tr("This store holds snapshots of %1. Two are needed: add the other one with “orgtracectl org add” and capture it, or take its "
               "exported files in with “orgtracectl import”.")
                .arg(m_choices.isEmpty() ? tr("no organisation")
                                         : tr("one organisation only, %1").arg(visibleText(m_choices.constFirst().name, 80))));
        return;
    }
    chosen();
}

void OrgComparePage::offerSnapshots(bool onRight)
{
    m_offering = true;
    m_snapshots[onRight]->clear();
    if (const OrganisationChoice *of = choice(onRight)) {
        m_snapshots[onRight]->addItems(of->titles);
    }
    m_offering = false;
}

void OrgComparePage::swap()
{
    const int organisations[2] = {m_organisations[0]->currentIndex(), m_organisations[1]->currentIndex()};
    const int snapshots[2] = {m_snapshots[0]->currentIndex(), m_snapshots[1]->currentIndex()};
    m_offering = true;
    for (const bool onRight : {false, true}) {
        m_organisations[onRight]->setCurrentIndex(organisations[!onRight]);
        offerSnapshots(onRight);
        m_offering = true;
        m_snapshots[onRight]->setCurrentIndex(snapshots[!onRight]);
    }
    m_offering = false;
    chosen();
}

void OrgComparePage::chosen()
{
    const OrganisationChoice *left = choice(false), *right = choice(true);
    if (!left || !right || snapshotId(false).isEmpty() || snapshotId(true).isEmpty()) {
        return;
    }
    const int job = ++m_job;
    m_cancel.cancel();
    if (left->id == right->id) {
        forgetCorrections();
        show(nullptr);
        setState(
            State::Empty,
            tr("Both sides are the same organisation. Choose another one on either side; its own snapshots are compared on the timeline."));
        return;
    }
    const QString pair = left->id + u'\n' + right->id;
    if (pair == m_pair && m_state != State::Failed) {
        compare();
        return;
    }
    forgetCorrections();
    show(nullptr);
    setState(State::Reading, tr("Reading the corrections that are kept …"));
    ++m_files;
    // By the worker that keeps them: what was just written is what is read.
    auto *watcher = new QFutureWatcher<Result<KeptCorrections>>(this);
    connect(watcher, &QFutureWatcherBase::finished, this, [this, watcher, job, pair] {
        watcher->deleteLater();
        --m_files;
        if (job != m_job) {
            return;
        }
        const Result<KeptCorrections> kept = watcher->result();
        if (!kept) {
            setState(State::Failed,
                     tr("Nothing was compared: the corrections kept for these two cannot be used. %1")
                         .arg(visibleText(errorText(kept.error()), 700)));
            return;
        }
        m_pair = pair;
        m_corrections = kept->corrections;
        if (kept->isTurned) {
            m_keptNote = tr("They were made for the other direction; the next one makes a file for this one.");
        }
        compare();
    });
    watcher->setFuture(
        QtConcurrent::run(&m_fileWorker, [folder = m_folder, l = left->id, r = right->id] { return loadCorrections(folder, l, r); }));
}

void OrgComparePage::compare()
{
    const int job = ++m_job;
    m_cancel.cancel();
    m_cancel = CancellationSource();
    m_bar->setRange(0, 0);
    setState(State::Comparing, tr("Matching and comparing …"));
    showCorrections();
    const auto progress = [this, job](qint64 done, qint64 total) {
        // From the worker; dropped with the page.
        QMetaObject::invokeMethod(this, [this, job, done, total] {
            if (job == m_job && m_state == State::Comparing) {
                m_bar->setRange(0, int(total));
                m_bar->setValue(int(done));
                m_verdict->setText(tr("Comparing %1 of %2 …").arg(countText(done), countText(total)));
            }
        });
    };
    m_jobs.run(
        Jobs::Foreground,
        [asked = OrgAsked{m_folder, snapshotId(false), snapshotId(true), m_corrections}, cancel = m_cancel.token(), progress] {
            return compareChosen(asked, cancel, progress);
        },
        [this, job](Result<OrgComparisonPtr> comparison) {
            if (job == m_job) {
                took(std::move(comparison));
            }
        });
}

void OrgComparePage::cancel()
{
    ++m_job;
    m_cancel.cancel();
    setState(m_comparison ? State::Shown : State::Failed,
             m_comparison ? tr("Cancelled, as you asked. Shown is what was compared before.") : tr("Cancelled, as you asked."));
}

void OrgComparePage::took(Result<OrgComparisonPtr> comparison)
{
    if (!comparison) {
        const QString why = visibleText(errorText(comparison.error()), 700);
        m_comparison ? setState(State::Shown, why + u' ' + tr("Shown is what was compared before.")) : setState(State::Failed, why);
        return;
    }
    const bool isWaitedFor = hasFocus();
    show(*comparison);
    const OrgComparison &now = **comparison;
    const QList<qint64> matched = m_matching->model().counts();
    const auto kind = [&matched](OrgMatchModel::Kind one) { return matched.value(static_cast<int>(one)); };
    QStringList words{counted(now.counts[0] + now.counts[1] + now.counts[2], tr("1 difference"), tr("%1 differences"))};
    if (now.counts[3] > 0) {
        words.append(tr("%1 not comparable").arg(countText(now.counts[3])));
    }
    words.append(
        tr("%1 matched").arg(countText(std::ranges::count_if(now.lines, [](const MatchLine &line) { return line.left && line.right; }))));
    if (kind(OrgMatchModel::Kind::Ambiguous) > 0) {
        words.append(tr("%1 ambiguous").arg(countText(kind(OrgMatchModel::Kind::Ambiguous))));
    }
    qint64 suppressed = 0;
    for (const auto &[why, count] : now.both.difference.suppressed) {
        suppressed += count;
    }
    if (suppressed > 0) {
        words.append(counted(suppressed, tr("1 differs in nothing that counts"), tr("%1 differ in nothing that counts")));
    }
    if (!now.setAside.isEmpty()) {
        words.append(counted(now.setAside.size(), tr("1 correction names what these snapshots do not have, and waits"),
                             tr("%1 corrections name what these snapshots do not have, and wait")));
    }
    setState(State::Shown, words.join(u" · "_s));
    if (isWaitedFor) {
        m_panes->currentWidget()->setFocus(Qt::OtherFocusReason);
    }
}

void OrgComparePage::show(OrgComparisonPtr comparison)
{
    m_comparison = comparison;
    OrgComparisonPtr before = m_differences->setComparison(comparison, m_folder);
    (void)m_matching->setComparison(comparison); // the same one
    m_jobs.discard(std::move(before));
    m_tabs->setTabText(0,
                       comparison
                           ? tr("Differences · %1").arg(countText(comparison->counts[0] + comparison->counts[1] + comparison->counts[2]))
                           : tr("Differences"));
    m_tabs->setTabText(1, comparison ? tr("Matching · %1").arg(countText(comparison->lines.size())) : tr("Matching"));
    showCorrections();
}

void OrgComparePage::setState(State state, const QString &words)
{
    m_state = state;
    const bool hasTwo = m_choices.size() >= 2;
    for (QComboBox *box : {m_organisations[0], m_organisations[1], m_snapshots[0], m_snapshots[1]}) {
        box->setEnabled(hasTwo);
        box->setVisible(hasTwo || state != State::Empty); // with one there is nothing to choose
    }
    m_swap->setEnabled(hasTwo);
    m_swap->setVisible(hasTwo || state != State::Empty);
    const bool isComparing = state == State::Comparing;
    m_bar->setVisible(isComparing);
    m_run->setText(isComparing ? tr("Cancel") : tr("Compare again"));
    m_run->setVisible(isComparing || state == State::Shown || state == State::Failed);
    const bool isShown = m_comparison != nullptr;
    m_tabs->setVisible(isShown);
    m_panes->setVisible(isShown);
    m_empty->setVisible(!isShown);
    m_verdict->setText(isShown || isComparing ? words : QString());
    m_verdict->setToolTip(isShown ? words : QString());
    m_empty->setText(isComparing ? tr("Everything that both have is read once.") : words);
}

void OrgComparePage::showCorrections()
{
    QString note = m_keptNote, file;
    if (choice(false) && choice(true) && !m_corrections.isEmpty()) {
        file = visibleText(QDir::toNativeSeparators(matchingFilePath(m_folder, choice(false)->id, choice(true)->id)), 600);
        if (note.isEmpty()) {
            note = tr("Kept in the store's folder “matching”; “orgtracectl diff --match” takes the file as well.");
        }
    }
    m_matching->setCorrections(m_corrections.size(), !m_before.isEmpty(), !m_after.isEmpty(), note, file);
}

void OrgComparePage::correct(QList<Compare::Correction> corrections)
{
    if (m_pair.isEmpty()) {
        return;
    }
    m_before.append(std::exchange(m_corrections, std::move(corrections)));
    if (m_before.size() > MostUndo) {
        m_before.removeFirst();
    }
    m_after.clear();
    keep();
}

void OrgComparePage::forgetCorrections()
{
    m_pair.clear();
    m_corrections.clear();
    m_before.clear();
    m_after.clear();
    m_keptNote.clear();
}

void OrgComparePage::undo()
{
    if (!m_before.isEmpty()) {
        m_after.append(std::exchange(m_corrections, m_before.takeLast()));
        keep();
    }
}

void OrgComparePage::redo()
{
    if (!m_after.isEmpty()) {
        m_before.append(std::exchange(m_corrections, m_after.takeLast()));
        keep();
    }
}

void OrgComparePage::keep()
{
    m_keptNote.clear();
    ++m_files;
    auto *watcher = new QFutureWatcher<Result<void>>(this);
    connect(watcher, &QFutureWatcherBase::finished, this, [this, watcher, pair = m_pair] {
        watcher->deleteLater();
        --m_files;
        const Result<void> kept = watcher->result();
        if (!kept && pair == m_pair) {
            m_keptNote
                = tr("They could not be kept, and count only until this page is left: %1").arg(visibleText(errorText(kept.error()), 500));
            showCorrections();
        }
    });
    watcher->setFuture(QtConcurrent::run(&m_fileWorker, [folder = m_folder, pair = m_pair, corrections = m_corrections] {
        return saveCorrections(folder, pair.section(u'\n', 0, 0), pair.section(u'\n', 1), corrections);
    }));
    compare();
}

void OrgComparePage::putOnClipboard(std::function<QString()> text, const QString &what)
{
    m_jobs.run(Jobs::Foreground, std::move(text), [this, what](const QString &made) {
        QGuiApplication::clipboard()->setText(made);
        m_verdict->setText(m_verdict->toolTip() + u" · " + what); // beside what was found
    });
}

void OrgComparePage::copyDifferences()
{
    if (m_comparison) {
        putOnClipboard([comparison = m_comparison, shown = m_differences->model().shown()] { return differencesText(*comparison, shown); },
                       counted(m_differences->model().shownEntries(), tr("1 difference copied."), tr("%1 differences copied.")));
    }
}

void OrgComparePage::copyMatching()
{
    if (m_comparison) {
        putOnClipboard([comparison = m_comparison, lines = m_matching->model().shown()] { return matchingText(*comparison, lines); },
                       counted(m_matching->model().rowCount(), tr("1 row copied."), tr("%1 rows copied.")));
    }
}

void OrgComparePage::keyPressEvent(QKeyEvent *event)
{
    if (event->key() == Qt::Key_Escape) {
        Q_EMIT closeRequested();
        return;
    }
    QWidget::keyPressEvent(event);
}

} // namespace Orgtrace::Ui
