#include "access/crosscheckpanel.h"

#include "access/accesswidgets.h"
#include "diff/displaytext.h"
#include "progress/workspacerun.h"
#include "session/session.h"
#include "theme/theme.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QProgressBar>
#include <QPushButton>
#include <QSpinBox>
#include <QVBoxLayout>

using namespace Qt::StringLiterals;

namespace Orgtrace::Ui {

CrossCheckPanel::CrossCheckPanel(Session &session, QWidget *parent) :
    QWidget(parent), m_session(session), m_run(new WorkspaceRun(this)), m_title(headingLabel(this)), m_words(new QLabel(this)),
    m_sample(new QSpinBox(this)), m_ask(new QPushButton(tr("Ask the platform"), this)), m_cancel(new QPushButton(tr("Cancel"), this)),
    m_bar(new QProgressBar(this))
{
    constexpr int mostUsers = 1'000'000, usualSample = 20;
    m_title->setText(tr("Cross-check"));
    m_title->setWordWrap(false);
    m_words->setTextFormat(Qt::PlainText);
    m_words->setWordWrap(true);
    m_words->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    m_words->setAccessibleName(tr("What came of the cross-check"));
    m_sample->setRange(0, mostUsers);
    m_sample->setSpecialValueText(tr("all users"));
    m_sample->setSuffix(tr(" users"));
    m_sample->setGroupSeparatorShown(true);
    m_sample->setValue(usualSample);
    m_sample->setAccessibleName(tr("How many users are asked about; 0 is all"));
    if (auto *edit = m_sample->findChild<QLineEdit *>()) {
        edit->setAccessibleName(m_sample->accessibleName()); // it has the focus, not the box around it
    }
    m_sample->setToolTip(tr("How many users are asked about: drawn by id, the same number draws the same users. 0 asks about all."));
    m_bar->setTextVisible(false);
    m_bar->setAccessibleName(tr("Users asked about"));
    m_bar->hide();
    m_cancel->hide();

    auto *head = new QHBoxLayout;
    head->setSpacing(10);
    head->addWidget(m_title);
    head->addWidget(m_bar, 1);
    head->addStretch(0);
    head->addWidget(m_sample);
    head->addWidget(m_ask);
    head->addWidget(m_cancel);
    auto *all = new QVBoxLayout(this);
    all->setContentsMargins(14, 8, 14, 9);
    all->setSpacing(5);
    all->addLayout(head);
    all->addWidget(m_words);

    connect(m_ask, &QPushButton::clicked, this, &CrossCheckPanel::ask);
    connect(m_cancel, &QPushButton::clicked, this, [this] {
        m_cancel->setEnabled(false);
        m_run->cancel();
    });
    connect(m_run, &WorkspaceRun::crossCheckProgressed, this, [this](qsizetype done, qsizetype total) {
        m_bar->setRange(0, int(total));
        m_bar->setValue(int(done));
        QString words = tr("%1 of %2 users asked about").arg(countText(done), countText(total));
        constexpr qint64 meaningful = 2'000;
        if (const qint64 elapsed = m_elapsed.elapsed(); elapsed >= meaningful && done > 0 && done < total) {
            words += u" · "_s + tr("about %1 left").arg(durationText(elapsed * (total - done) / done));
        }
        say(words);
    });
    connect(m_run, &WorkspaceRun::crossChecked, this, [this](const Operations::CrossCheck &check) {
        if (m_askedOrganisation == m_session.folder() + m_session.organisation().key()) {
            m_result = std::make_shared<const CrossChecked>(CrossChecked{m_asked, check, 0});
            say(crossCheckSummary(check, m_asked), !check.disagreements.isEmpty() || !check.faults.isEmpty() || check.notAsked > 0);
            Q_EMIT resultChanged();
        }
        showState();
    });
    connect(m_run, &WorkspaceRun::failed, this, [this](const Error &error) {
        if (m_askedOrganisation == m_session.folder() + m_session.organisation().key()) {
            error.code == ErrorCode::Cancelled
                ? say(tr("Cancelled, as you asked. Nothing was found out, and nothing is kept."))
                : say(tr("The platform could not be asked.") + u' ' + visibleText(errorText(error), 700), true);
        }
        showState();
    });
    connect(&session, &Session::organisationChanged, this, &CrossCheckPanel::reset);
    connect(&session, &Session::storeClosed, this, &CrossCheckPanel::reset);
    connect(&session, &Session::storeOpened, this, &CrossCheckPanel::reset);
    connect(&session, &Session::timelineChanged, this, &CrossCheckPanel::showState);
    reset();
}

QString CrossCheckPanel::words() const
{
    return m_words->text();
}

void CrossCheckPanel::say(const QString &words, bool isProblem)
{
    m_words->setText(words);
    m_words->setProperty("muted", !isProblem);
    QPalette colours = palette();
    colours.setColor(QPalette::WindowText, isProblem ? Theme::text() : Theme::mutedText());
    m_words->setPalette(colours);
}

void CrossCheckPanel::reset()
{
    m_run->cancel(); // its end is told to nobody: another organisation is looked at
    m_result.reset();
    say(tr("Does the platform itself say the same of its users as the latest snapshot? Nothing is asked before you do."));
    showState();
    Q_EMIT resultChanged();
}

void CrossCheckPanel::showState()
{
    const bool isRunning = m_run->isRunning();
    const Session::Organisation organisation = m_session.organisation();
    const bool canAsk = m_session.isOpen() && !organisation.settingsName.isEmpty() && !m_session.timeline().isEmpty();
    m_bar->setVisible(isRunning);
    m_cancel->setVisible(isRunning);
    m_cancel->setEnabled(isRunning);
    m_ask->setVisible(!isRunning);
    m_sample->setEnabled(!isRunning);
    m_ask->setEnabled(canAsk);
    m_ask->setToolTip(canAsk ? tr("Signs in as the capture does, and only reads")
                             : tr("Only snapshots of this organisation are known. “orgtracectl org add” tells how to reach it."));
}

void CrossCheckPanel::ask()
{
    if (m_run->isRunning() || m_session.timeline().isEmpty()) {
        return;
    }
    m_asked = m_session.timeline().last();
    m_askedOrganisation = m_session.folder() + m_session.organisation().key();
    Operations::CrossCheckPlan plan;
    plan.sample = m_sample->value();
    m_bar->setRange(0, 0);
    m_elapsed.start();
    say(tr("Reading the rights of the latest snapshot, then signing in …"));
    m_run->crossCheck(m_session.sharedWorkspace(), m_session.organisation().settingsName, m_asked.id, plan);
    showState();
}

} // namespace Orgtrace::Ui
