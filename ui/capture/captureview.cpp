#include "capture/captureview.h"

#include "capture/capturedelegate.h"
#include "capture/capturemodel.h"
#include "capture/capturewords.h"
#include "capture/figurestrip.h"
#include "capture/notelist.h"
#include "diff/displaytext.h"
#include "session/session.h"
#include "theme/theme.h"

#include <QButtonGroup>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QKeyEvent>
#include <QLabel>
#include <QPainter>
#include <QProgressBar>
#include <QPushButton>
#include <QStyle>
#include <QTableView>
#include <QTimer>
#include <QVBoxLayout>

namespace Orgtrace::Ui {

using namespace Qt::StringLiterals;

namespace {

constexpr int RefreshMs = 100; // what comes in between is shown together
constexpr qint64 MinuteMs = 60'000;
constexpr qint64 MinuteRateFromMs = 3'000; // a rate a minute over less says nothing
void setPrimary(QPushButton &button, bool primary)
{
    button.setProperty("primary", primary);
    button.style()->unpolish(&button); // style sheets look at properties only then
    button.style()->polish(&button);
}

constexpr int AllChip = DomainFates; // beside the fates
/// What is waited for: a pale amber band with a strong edge, in the theme of the moment.
class WaitLabel final : public QLabel
{
public:
    using QLabel::QLabel;

protected:
    void paintEvent(QPaintEvent *event) override
    {
        constexpr int edge = 4;
        {
            QPainter painter(this);
            painter.fillRect(rect(), Theme::rowChanged());
            painter.fillRect(QRect(0, 0, edge, height()), Theme::changed());
        }
        QLabel::paintEvent(event);
    }
};

constexpr int NarrowFrom = 1080, VeryNarrowFrom = 960; // what a narrow window leaves out first

} // namespace

CaptureView::CaptureView(Clock &clock, QWidget *parent) :
    QWidget(parent), m_clock(clock), m_model(new CaptureModel(this)), m_filter(new CaptureFilter(this)), m_title(new QLabel),
    m_note(new QLabel), m_wait(new WaitLabel), m_bar(new QProgressBar), m_figures(new FigureStrip), m_notes(new NoteList),
    m_chips(new QWidget), m_chipGroup(new QButtonGroup(this)), m_table(new QTableView), m_cancel(new QPushButton(tr("Cancel"))),
    m_hide(new QPushButton(tr("Continue in the background"))), m_close(new QPushButton), m_again(new QPushButton(tr("Capture again"))),
    m_resume(new QPushButton(tr("Resume"))), m_identity(new QPushButton(tr("Permissions …"))), m_tick(new QTimer(this))
{
    build();
    m_tick->setInterval(RefreshMs);
    connect(m_tick, &QTimer::timeout, this, &CaptureView::refresh);
    connect(m_cancel, &QPushButton::clicked, this, [this] {
        m_isCancelling = true;
        m_cancel->setEnabled(false);
        m_cancel->setText(tr("Cancelling …"));
        Q_EMIT cancelRequested();
    });
    connect(m_hide, &QPushButton::clicked, this, &CaptureView::hideRequested);
    connect(m_close, &QPushButton::clicked, this, &CaptureView::closeRequested);
    connect(m_again, &QPushButton::clicked, this, &CaptureView::againRequested);
    connect(m_resume, &QPushButton::clicked, this, &CaptureView::resumeRequested);
    connect(m_identity, &QPushButton::clicked, this, &CaptureView::identityRequested);
    connect(m_chipGroup, &QButtonGroup::idClicked, this, &CaptureView::setFilter);
}

void CaptureView::build()
{
    QFont big = font();
    big.setPointSizeF(big.pointSizeF() * 1.35);
    big.setWeight(QFont::DemiBold);
    m_title->setFont(big);
    m_title->setTextFormat(Qt::PlainText);
    m_note->setTextFormat(Qt::PlainText);
    m_note->setWordWrap(true);
    m_note->setProperty("muted", true);
    m_note->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_bar->setRange(0, 1000);
    m_bar->setTextVisible(false);
    m_bar->setFixedHeight(8);
    m_bar->setAccessibleName(tr("Progress of the capture"));
    m_wait->setTextFormat(Qt::PlainText);
    m_wait->setWordWrap(true);
    m_wait->setContentsMargins(16, 6, 12, 6);
    m_wait->hide();
    m_resume->setProperty("primary", true);
    m_resume->setToolTip(tr("Goes on with what was answered already, and asks only for the rest."));
    m_identity->setToolTip(tr("What this client may see and do, and the role it should have"));

    auto *head = new QHBoxLayout;
    head->setSpacing(8);
    auto *words = new QVBoxLayout;
    words->setSpacing(3);
    words->addWidget(m_title);
    words->addWidget(m_note);
    head->addLayout(words, 1);
    for (QPushButton *button : {m_identity, m_resume, m_again, m_hide, m_cancel, m_close}) {
        head->addWidget(button, 0, Qt::AlignTop);
    }

    auto *chips = new QHBoxLayout(m_chips);
    chips->setContentsMargins(0, 0, 0, 0);
    chips->setSpacing(2);
    m_chipGroup->setExclusive(true);
    QList<int> ids{AllChip};
    for (int fate = 0; fate < DomainFates; ++fate) {
        ids.append(fate);
    }
    for (const int id : std::as_const(ids)) {
        auto *chip = new QPushButton;
        chip->setProperty("flat", true);
        chip->setCheckable(true);
        chip->setChecked(id == AllChip);
        m_chipGroup->addButton(chip, id);
        chips->addWidget(chip);
    }
    chips->addStretch(1);
    m_chips->setAccessibleName(tr("Which domains are listed"));

    m_filter->setSourceModel(m_model);
    m_table->setModel(m_filter);
    setUpDomainTable(*m_table);
    m_table->setAccessibleName(tr("Domains of this capture"));
    const int widths[] = {230, 120, 158, 116, 66, 68, 78, 70};
    for (int i = 0; i < static_cast<int>(std::size(widths)); ++i) {
        m_table->setColumnWidth(i, widths[i]);
    }

    setFocusProxy(m_table);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(24, 20, 24, 0);
    column->setSpacing(0);
    column->addLayout(head);
    column->addSpacing(12);
    column->addWidget(m_bar);
    column->addSpacing(14);
    column->addWidget(m_figures);
    column->addSpacing(10);
    column->addWidget(m_wait);
    column->addWidget(m_notes);
    column->addSpacing(10);
    column->addWidget(m_chips);
    column->addSpacing(4);
    column->addWidget(m_table, 1);
}

void CaptureView::begin(const Start &start)
{
    m_organisation = visibleText(start.organisation, 80);
    m_sharePercent = start.quotaSharePercent;
    m_model->begin(start.expectedPages);
    m_filter->setTroubleFirst(false);
    m_filter->setFates({});
    m_chipGroup->button(AllChip)->setChecked(true);
    m_title->setText(tr("Capturing %1").arg(m_organisation));
    m_note->setText(start.resumes
                        ? tr("Read-only. Goes on with the capture that was broken off: what was answered then is not asked for again.")
                        : tr("Read-only. Nothing is kept before everything is read; Cancel leaves the store as it was."));
    m_note->show();
    m_notes->setNotes({});
    m_outcomeNotes.clear();
    m_last = {};
    m_sent.clear();
    m_isRunning = true;
    m_hasEnded = m_isCancelling = m_isWriting = m_isPushing = false;
    m_startedMs = m_lastMs = now();
    m_cancel->setEnabled(true);
    m_cancel->setText(tr("Cancel"));
    m_cancel->setAccessibleDescription(tr("Stops the capture; the store stays as it was."));
    for (QPushButton *button : {m_identity, m_resume, m_again, m_close}) {
        button->hide();
    }
    m_cancel->show();
    m_hide->show();
    m_bar->show();
    m_tick->start();
    refresh();
}

void CaptureView::take(const Capture::Progress &progress)
{
    if (!m_isRunning) {
        return;
    }
    m_lastMs = now();
    m_last = progress;
    m_isWriting = progress.state == "writing"_L1;
    if (!m_isPushing && progress.state == "pushing"_L1) {
        m_isPushing = true;
        m_note->setText(tr("The snapshot is kept. What is not pushed now goes with the next push."));
        if (!m_isCancelling) {
            m_cancel->setText(tr("Stop pushing"));
        }
        m_cancel->setAccessibleDescription(tr("Stops the push; the snapshot is kept."));
    }
    m_model->take(progress, m_lastMs);
}

void CaptureView::refresh()
{
    if (m_isRunning) {
        m_model->flush(now());
        m_bar->setValue(m_isWriting || m_isPushing ? 1000 : static_cast<int>(m_model->part() * 1000));
        const qint64 at = now();
        if (m_sent.empty() || at - m_sent.back().first >= 1000) {
            m_sent.emplace_back(at, m_last.requests);
        }
        while (m_sent.size() > 1 && at - m_sent.front().first > MinuteMs) {
            m_sent.pop_front();
        }
    }
    refreshFigures();
    refreshChips();
    refreshWait();
    Q_EMIT changed();
}

std::optional<qint64> CaptureView::requestsAMinute() const
{
    const qint64 until = m_isRunning ? now() : m_endedMs;
    if (!m_isRunning) { // of the whole run
        const qint64 took = m_endedMs - m_startedMs;
        return took < MinuteRateFromMs ? std::nullopt : std::optional(m_last.requests * MinuteMs / took);
    }
    if (m_sent.empty() || until - m_sent.front().first < MinuteRateFromMs) {
        return std::nullopt;
    }
    return (m_last.requests - m_sent.front().second) * MinuteMs / (until - m_sent.front().first);
}

void CaptureView::refreshFigures()
{
    const std::array<int, DomainFates> &counts = m_model->counts();
    const auto count = [&counts](DomainFate fate) { return counts.at(static_cast<size_t>(fate)); };
    const int total = m_model->rowCount();
    const int done = total - count(DomainFate::Waiting) - count(DomainFate::Reading);
    const qint64 elapsed = (m_isRunning ? now() : m_endedMs) - m_startedMs;
    QList<FigureStrip::Figure> figures;
    figures.append({tr("Domains"),
                    total == 0 ? u"–"_s : tr("%1 of %2").arg(countText(done), countText(total)),
                    m_isRunning ? (m_isPushing       ? tr("pushing to the remote …")
                                       : m_isWriting ? tr("writing the snapshot")
                                                     : visibleText(m_last.title, 60))
                                : tr("%1 whole").arg(countText(count(DomainFate::Whole))),
                    {},
                    1,
                    false});
    figures.append({tr("Items"),
                    countText(m_model->items()),
                    elapsed >= MinuteRateFromMs ? tr("%1 a second").arg(countText(m_model->items() * 1000 / elapsed)) : QString(),
                    {},
                    1,
                    false});
    const std::optional<qint64> rate = requestsAMinute();
    figures.append({tr("Requests"), countText(m_last.requests), rate ? tr("%1 a minute").arg(countText(*rate)) : QString(), {}, 1, false});
    FigureStrip::Figure quota{tr("Quota"), u"–"_s, tr("%1 % left to others").arg(m_sharePercent), {}, 1, false};
    if (m_last.quota.allowed) {
        const auto allowed = static_cast<double>(*m_last.quota.allowed);
        quota.value
            = tr("%1 of %2").arg(countText(m_isRunning ? m_last.quota.used : m_last.quota.budget), countText(*m_last.quota.allowed));
        quota.note = m_isRunning ? tr("up to %1 are ours").arg(countText(m_last.quota.budget)) : tr("a minute were ours");
        if (m_isRunning) {
            quota.meter = static_cast<double>(m_last.quota.used) / allowed;
            quota.mark = static_cast<double>(m_last.quota.budget) / allowed;
            quota.isTight = m_last.quota.used >= m_last.quota.budget;
        }
    }
    figures.append(quota);
    figures.append({tr("Received"), byteText(m_last.bytes), {}, {}, 1, false});
    figures.append({tr("Retries"), countText(m_last.retries), m_last.retries == 0 ? tr("none so far") : QString(), {}, 1, false});
    if (!m_isRunning && m_last.retries == 0) {
        figures.last().note = tr("none");
    }
    QString left;
    if (m_isRunning && !m_isWriting && !m_isPushing) {
        const std::optional<qint64> ms
            = remainingMs({m_model->part(), m_model->isWeighed(), m_model->requestsLeft(), elapsed, m_last.quota});
        left = ms ? tr("about %1 left").arg(durationText(*ms)) : tr("no estimate yet");
    }
    figures.append({tr("Time"), spentText(elapsed), left, {}, 1, false});
    m_figures->setFigures(figures);
}

void CaptureView::refreshChips()
{
    const auto say = [this](int id, const QString &text, bool isShown) {
        QAbstractButton *chip = m_chipGroup->button(id);
        if (chip->text() != text) {
            chip->setText(text);
        }
        if (chip->isHidden() == isShown) {
            chip->setVisible(isShown);
        }
    };
    say(AllChip, tr("All %1").arg(countText(m_model->rowCount())), true);
    for (int fate = 0; fate < DomainFates; ++fate) {
        const int many = m_model->counts().at(static_cast<size_t>(fate));
        QString word = domainFateText(static_cast<DomainFate>(fate));
        word[0] = word.at(0).toUpper();
        say(fate, u"%1 %2"_s.arg(word, countText(many)), many > 0 || m_chipGroup->checkedId() == fate);
    }
}

void CaptureView::refreshWait()
{
    const QString text = m_isRunning && !m_isCancelling ? waitText(m_last, m_last.waitMs - (now() - m_lastMs)) : QString();
    if (m_wait->text() != text || m_wait->isHidden() != text.isEmpty()) {
        m_wait->setText(text);
        m_wait->setVisible(!text.isEmpty());
    }
}

void CaptureView::setFilter(int chip)
{
    m_filter->setFates(chip == AllChip ? QList<DomainFate>() : QList{static_cast<DomainFate>(chip)});
}

void CaptureView::end()
{
    m_isRunning = false;
    m_hasEnded = true;
    m_endedMs = now();
    m_tick->stop();
    m_filter->setTroubleFirst(true);
    m_table->scrollToTop();
    m_cancel->hide();
    m_hide->hide();
    m_bar->hide();
    m_again->show();
    setPrimary(*m_close, true);
    m_close->show();
    refresh();
    if (isVisible()) {
        m_close->setFocus(Qt::OtherFocusReason);
    }
}

void CaptureView::endWith(const Capture::Outcome &outcome)
{
    m_last.requests = outcome.requests;
    m_last.retries = outcome.retries;
    m_last.bytes = outcome.bytes;
    m_model->end(&outcome.manifest);
    m_title->setText(outcome.isComplete() ? tr("Snapshot of %1 kept").arg(m_organisation)
                                          : tr("Snapshot of %1 kept, but not whole").arg(m_organisation));
    QString note = verdictText(outcome);
    if (outcome.replayed > 0) {
        note += u' '
            + counted(outcome.replayed, tr("1 answer was there already, from the capture that was broken off."),
                      tr("%1 answers were there already, from the capture that was broken off."));
    }
    m_note->setText(tr("%1 · %2").arg(utcAndLocalText(outcome.snapshot.observedUtc), note));
    m_outcomeNotes = outcomeNotes(outcome, m_model->titles());
    m_notes->setNotes(m_outcomeNotes);
    m_close->setText(tr("Show the changes"));
    m_identity->show();
    end();
}

void CaptureView::endWith(const Error &error)
{
    m_model->end(nullptr);
    const bool isCancelled = error.code == ErrorCode::Cancelled;
    m_title->setText(isCancelled ? tr("Capture of %1 cancelled").arg(m_organisation)
                                 : tr("Capture of %1 ended without a snapshot").arg(m_organisation));
    m_note->setText(tr("The store is as it was."));
    m_notes->setNotes(isCancelled ? QList<CaptureNote>()
                                  : QList<CaptureNote>{{Policy::Severity::High, visibleText(errorText(error), 700)}});
    m_close->setText(tr("Close"));
    m_identity->setVisible(error.code == ErrorCode::Forbidden);
    end();
}

void CaptureView::showIdentity(const Operations::Workspace::Check &check)
{
    if (m_hasEnded) {
        QList<CaptureNote> notes = m_outcomeNotes + identityNotes(check);
        sortBySeverity(notes);
        m_notes->setNotes(notes);
    }
}

void CaptureView::offerResume(qint64 answers)
{
    if (!m_hasEnded) {
        return;
    }
    m_note->setText(tr("The store is as it was. %1")
                        .arg(counted(answers, tr("1 answer is kept: Resume goes on with it and asks only for the rest."),
                                     tr("%1 answers are kept: Resume goes on with them and asks only for the rest."))));
    m_resume->show();
    setPrimary(*m_close, false); // one thing at a time is the thing to do
    if (isVisible()) {
        m_resume->setFocus(Qt::OtherFocusReason);
    }
}

QString CaptureView::shortText() const
{
    return tr("Capturing %1 · %2 %").arg(m_organisation).arg(m_bar->value() / 10);
}

void CaptureView::keyPressEvent(QKeyEvent *event)
{
    if (event->key() == Qt::Key_Escape && m_hasEnded) {
        Q_EMIT closeRequested();
        return;
    }
    QWidget::keyPressEvent(event);
}

void CaptureView::resizeEvent(QResizeEvent *event)
{
    QWidget::resizeEvent(event);
    m_table->setColumnHidden(CaptureModel::GroupColumn, width() < NarrowFrom);
    m_table->setColumnHidden(CaptureModel::RateColumn, width() < VeryNarrowFrom);
    m_table->setColumnHidden(CaptureModel::PagesColumn, width() < VeryNarrowFrom);
}

} // namespace Orgtrace::Ui
