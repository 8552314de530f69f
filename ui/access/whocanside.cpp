#include "access/whocanside.h"

#include "access/accesswidgets.h"
#include "access/pathgraph.h"
#include "access/subjectpicker.h"
#include "diff/displaytext.h"
#include "theme/theme.h"

#include <QComboBox>
#include <QCompleter>
#include <QFutureWatcher>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QScrollArea>
#include <QSplitter>
#include <QStringListModel>
#include <QTableView>
#include <QToolButton>
#include <QVBoxLayout>
#include <QtConcurrentRun>

using namespace Qt::StringLiterals;

namespace Orgtrace::Ui {

namespace {

QString missInWords(const Access::Verdict::Miss &miss)
{
    using Kind = Access::Verdict::Miss::Kind;
    switch (miss.kind) {
    case Kind::UnknownDivision: return WhoCanSide::tr("by a grant that names no division");
    case Kind::UnclearDivision: return WhoCanSide::tr("held in other divisions, and nothing says whether divisions matter to it");
    case Kind::OtherDivision: return WhoCanSide::tr("held, but in other divisions");
    case Kind::RolesNotEnabled: return WhoCanSide::tr("if roles were enabled for the group or team");
    case Kind::OtherAction:
        return WhoCanSide::tr("other actions on the same entity: %1").arg(visibleText(miss.permissions.join(u", "_s), 300));
    default: break;
    }
    return WhoCanSide::tr("roles grant it, and an access policy takes it away");
}

} // namespace

QString verdictInWords(const Access::Verdict &verdict, const QString &permission, const QString &division)
{
    using Answer = Access::Verdict::Answer;
    const QString who = nameOrId(verdict.subject);
    const QString what
        = visibleText(permission, 120) + (division.isEmpty() ? QString() : u" "_s + WhoCanSide::tr("in %1").arg(visibleText(division, 60)));
    QStringList lines;
    switch (verdict.answer) {
    case Answer::Yes: lines.append(WhoCanSide::tr("Yes: %1 could %2.").arg(who, what)); break;
    case Answer::Conditional:
        lines.append(WhoCanSide::tr("Perhaps: %1 could %2 only under a condition, which is recorded and not evaluated.").arg(who, what));
        break;
    case Answer::No: lines.append(WhoCanSide::tr("No: %1 could not %2.").arg(who, what)); break;
    case Answer::NotSeen:
        lines.append(WhoCanSide::tr("Not as far as was seen, but not everything was seen: %1, %2.").arg(who, what));
        break;
    }
    QStringList near;
    for (const Access::Verdict::Miss &miss : verdict.misses) {
        near.append(missInWords(miss));
    }
    if (!near.isEmpty()) {
        lines.append(WhoCanSide::tr("Nearest: %1.").arg(near.join(u"; "_s)));
    }
    if (verdict.answer == Answer::No || verdict.answer == Answer::NotSeen) {
        lines.append(verdict.rolesWithIt.isEmpty()
                         ? WhoCanSide::tr("No role allows it.")
                         : WhoCanSide::tr("Roles that allow it: %1.").arg(visibleText(verdict.rolesWithIt.join(u", "_s), 400)));
    }
    const QStringList all = verdict.notes + verdict.caveats;
    for (const auto some = all.first(std::min<qsizetype>(all.size(), 6)); const QString &line : some) {
        lines.append(u"· "_s + visibleText(line, 300));
    }
    return lines.join(u'\n');
}

WhoCanSide::WhoCanSide(QWidget *parent) :
    QWidget(parent), m_question(new QLineEdit(this)), m_division(divisionBox(this)), m_caveatLabel(caveatLabel(this)),
    m_title(headingLabel(this)), m_empty(emptyLabel(this)), m_couldTitle(headingLabel(this)), m_verdict(new QLabel(this)),
    m_table(plainTable(this)), m_picker(new SubjectPicker(this)), m_graph(new PathGraph(this)), m_could(new QWidget(this)),
    m_when(new QToolButton(m_could))
{
    m_question->setPlaceholderText(tr("who can… e.g. oauth:client:add, authorization:grant:*"));
    m_question->setClearButtonEnabled(true);
    m_question->setMaxLength(400);
    m_question->setFont(Theme::monospace());
    m_question->setAccessibleName(tr("Permission or pattern"));
    m_table->setModel(&m_who);
    m_table->setColumnWidth(WhoCanModel::SubjectColumn, 200);
    m_table->setColumnWidth(WhoCanModel::ThroughColumn, 250);
    m_table->setColumnWidth(WhoCanModel::DivisionColumn, 120);
    m_table->setAccessibleName(tr("Who can"));
    m_couldTitle->setText(tr("Could they?"));
    m_verdict->setTextFormat(Qt::PlainText);
    m_verdict->setWordWrap(true);
    m_verdict->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    m_verdict->setAccessibleName(tr("Answer"));

    auto *bar = new QHBoxLayout;
    bar->setContentsMargins(14, 0, 14, 9);
    bar->setSpacing(10);
    bar->addWidget(m_question, 1);
    bar->addWidget(m_division);
    auto *top = new QWidget(this);
    auto *topLayout = new QVBoxLayout(top);
    topLayout->setContentsMargins(14, 12, 14, 6);
    topLayout->setSpacing(6);
    topLayout->addWidget(m_title);
    topLayout->addWidget(m_empty, 1);
    topLayout->addWidget(m_table, 1);
    auto *scroll = new QScrollArea;
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setWidgetResizable(true);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    auto *proof = new QWidget;
    auto *proofLayout = new QVBoxLayout(proof);
    proofLayout->setContentsMargins(0, 4, 0, 4);
    proofLayout->addWidget(m_verdict);
    proofLayout->addWidget(m_graph);
    proofLayout->addStretch(1);
    scroll->setWidget(proof);
    auto *could = new QHBoxLayout;
    could->setSpacing(10);
    could->addWidget(m_couldTitle);
    m_picker->setMinimumContentsLength(18);
    could->addWidget(m_picker);
    could->addStretch(1);
    could->addWidget(m_when);
    auto *couldLayout = new QVBoxLayout(m_could);
    couldLayout->setContentsMargins(14, 10, 14, 8);
    couldLayout->setSpacing(6);
    couldLayout->addLayout(could);
    couldLayout->addWidget(scroll, 1);
    auto *splitter = new QSplitter(Qt::Vertical, this);
    splitter->addWidget(top);
    splitter->addWidget(m_could);
    splitter->setHandleWidth(1);
    splitter->setChildrenCollapsible(false);
    splitter->setStretchFactor(0, 3);
    splitter->setStretchFactor(1, 2);
    auto *all = new QVBoxLayout(this);
    all->setContentsMargins(0, 0, 0, 0);
    all->setSpacing(0);
    all->addLayout(bar);
    all->addWidget(accessHairline(this));
    all->addWidget(m_caveatLabel);
    all->addWidget(splitter, 1);

    m_delay.setSingleShot(true);
    m_delay.setInterval(200);
    connect(m_question, &QLineEdit::textChanged, this, [this] { m_delay.start(); });
    connect(m_question, &QLineEdit::returnPressed, this, [this] {
        m_delay.stop();
        compute();
    });
    connect(&m_delay, &QTimer::timeout, this, &WhoCanSide::compute);
    connect(m_division, &QComboBox::currentIndexChanged, this, &WhoCanSide::compute);
    connect(m_picker, &SubjectPicker::subjectChosen, this, &WhoCanSide::askAbout);
    connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this, [this](const QModelIndex &now) {
        if (now.isValid()) {
            askAbout(now.siblingAtColumn(0).data(WhoCanModel::SubjectIdRole).toString());
        }
    });
    connect(m_table, &QTableView::activated, this, [this](const QModelIndex &index) {
        const QString pattern = m_question->text().trimmed();
        Q_EMIT subjectWanted(index.siblingAtColumn(0).data(WhoCanModel::SubjectIdRole).toString(),
                             pattern.contains(u'*') ? QString() : pattern);
    });
    m_when->setProperty("bar", true);
    m_when->setText(tr("When was this held?"));
    m_when->setToolTip(tr("By them, over all snapshots of the organisation"));
    connect(m_when, &QToolButton::clicked, this, [this] { askWhen(m_subjectId); });
    m_table->setContextMenuPolicy(Qt::CustomContextMenu);
    connect(m_table, &QWidget::customContextMenuRequested, this, [this](const QPoint &at) {
        const QModelIndex row = m_table->indexAt(at).isValid() ? m_table->indexAt(at) : m_table->currentIndex();
        const QString id = row.siblingAtColumn(0).data(WhoCanModel::SubjectIdRole).toString();
        const QString pattern = m_question->text().trimmed();
        QMenu menu(this);
        menu.addAction(tr("When was this held?"), this, [this, id] { askWhen(id); })->setEnabled(!id.isEmpty() && !pattern.contains(u'*'));
        menu.addAction(tr("Show what they hold"), this,
                       [this, id, pattern] { Q_EMIT subjectWanted(id, pattern.contains(u'*') ? QString() : pattern); })
            ->setEnabled(!id.isEmpty());
        menu.exec(m_table->viewport()->mapToGlobal(at));
    });
    m_could->hide();
    m_title->hide();
    m_table->hide();
}

void WhoCanSide::askWhen(const QString &subjectId)
{
    if (const QString pattern = m_question->text().trimmed(); !subjectId.isEmpty() && !pattern.contains(u'*')) {
        Q_EMIT historyWanted(subjectId, pattern, m_division->currentData().toString());
    }
}

QString WhoCanSide::titleText() const
{
    return m_title->text();
}

QString WhoCanSide::verdictText() const
{
    return m_verdict->text();
}

void WhoCanSide::setModel(const ModelPtr &model, const QString &asOf)
{
    if (m_model == model && m_asOf == asOf) {
        return;
    }
    letGo(std::exchange(m_model, model));
    m_asOf = asOf;
    ++m_job;
    ++m_verdictJob;
    if (!model) {
        return;
    }
    fillDivisions(m_division, model->resolver().divisions());
    m_picker->setSubjects(model->subjects());
    // Permissions and caveats of a whole organisation: sorted and made on a worker.
    auto *watcher = new QFutureWatcher<std::pair<QStringList, QStringList>>(this);
    connect(watcher, &QFutureWatcherBase::finished, this, [this, watcher, model] {
        watcher->deleteLater();
        if (model != m_model) {
            return;
        }
        auto *completer = new QCompleter(watcher->result().first, m_question);
        completer->setFilterMode(Qt::MatchContains);
        completer->setCaseSensitivity(Qt::CaseInsensitive);
        completer->setMaxVisibleItems(12);
        delete m_question->completer();
        m_question->setCompleter(completer);
        setCaveats(m_caveatLabel, watcher->result().second);
    });
    watcher->setFuture(QtConcurrent::run([model] { return std::pair(model->permissions(), model->caveats()); }));
    compute();
}

void WhoCanSide::say(const QString &headline, const QString &sentence)
{
    m_who.setHolders({});
    m_table->hide();
    m_title->hide();
    m_could->hide();
    m_caveatLabel->hide();
    m_empty->setText(headline + u"\n\n"_s + sentence);
    m_empty->show();
}

void WhoCanSide::ask(const QString &pattern, const QString &divisionId)
{
    m_question->setText(pattern);
    m_division->setCurrentIndex(std::max(0, m_division->findData(divisionId)));
    m_delay.stop();
    compute();
}

void WhoCanSide::compute()
{
    if (!m_model) {
        return;
    }
    const int job = ++m_job;
    const QString pattern = m_question->text().trimmed();
    if (pattern.isEmpty()) {
        m_who.setHolders({});
        m_table->hide();
        m_title->hide();
        m_could->hide();
        m_empty->setText(
            tr("Who can…?") + u"\n\n"_s
            + tr("Name a permission as domain:entity:action; each part may be *. E.g. authorization:grant:add, or oauth:client:*."));
        m_empty->show();
        return;
    }
    auto *watcher = new QFutureWatcher<Result<WhoCanRows>>(this);
    connect(watcher, &QFutureWatcherBase::finished, this, [this, watcher, job] {
        watcher->deleteLater();
        if (job == m_job) {
            tookHolders(watcher->result());
        }
    });
    watcher->setFuture(QtConcurrent::run([model = m_model, pattern, division = m_division->currentData().toString()] {
        // Of a pattern no more is kept than is shown of one: with all paths of all permissions it could be gigabytes.
        const Access::HolderLimits limits
            = pattern.contains(u'*') ? Access::HolderLimits{.permissions = 21, .paths = 30} : Access::HolderLimits{};
        return model->resolver().holders(pattern, division, limits).transform(whoCanRows);
    }));
}

void WhoCanSide::tookHolders(const Result<WhoCanRows> &holders)
{
    const QString pattern = m_question->text().trimmed();
    if (!holders) {
        m_who.setHolders({});
        m_table->hide();
        m_title->hide();
        m_could->hide();
        const bool isForm = holders.error().code == ErrorCode::BadInput;
        m_empty->setText((isForm ? tr("Not a permission yet") : tr("No such permission")) + u"\n\n"_s
                         + (isForm ? tr("A permission is domain:entity:action; each part may be *.")
                                   : tr("Neither the organisation's catalogue nor a role knows %1.").arg(visibleText(pattern, 120))));
        m_empty->show();
        Q_EMIT holdersShown();
        return;
    }
    const qsizetype perhaps = holders->perhaps, all = holders->subjects.size();
    const bool isAnywhere = m_division->currentData().toString().isEmpty();
    m_title->setText(
        tr("Who can %1 (%2, as of %3) · %4")
            .arg(visibleText(pattern, 120), isAnywhere ? tr("anywhere") : m_division->currentText(), m_asOf, countText(all - perhaps))
        + (perhaps > 0 ? u" · "_s + tr("%1 perhaps").arg(countText(perhaps)) : QString()));
    m_title->show();
    m_who.setHolders(*holders);
    m_table->setVisible(all > 0);
    m_empty->setVisible(all == 0);
    m_empty->setText(tr("Nobody") + u"\n\n"_s + tr("Nobody holds this, as far as the snapshot shows."));
    m_could->show();
    if (!m_subjectId.isEmpty()) {
        askAbout(m_subjectId);
    } else if (all > 0) {
        m_table->selectRow(0);
    } else {
        m_graph->setPaths({}, {});
        m_verdict->setText(tr("Choose somebody, to see whether they could, and what comes nearest."));
    }
    Q_EMIT holdersShown();
}

void WhoCanSide::askAbout(const QString &subjectId)
{
    m_subjectId = subjectId;
    m_picker->choose(subjectId);
    const int job = ++m_verdictJob;
    const QString pattern = m_question->text().trimmed();
    m_when->setEnabled(!subjectId.isEmpty() && !pattern.contains(u'*'));
    if (!m_model || subjectId.isEmpty() || pattern.isEmpty()) {
        return;
    }
    if (pattern.contains(u'*')) {
        // Of a pattern, what is held of it: one permission alone can be proven or missed.
        for (int row = 0; row < m_who.count(); ++row) {
            if (m_who.index(row, 0).data(WhoCanModel::SubjectIdRole).toString() == subjectId) {
                QList<PathGraph::Line> lines;
                const QList<Access::AccessPath> *paths = m_who.paths(row);
                for (const auto some = paths->first(std::min<qsizetype>(paths->size(), 30)); const Access::AccessPath &path : some) {
                    lines.append({path, Held::Same});
                }
                const Result<Access::Subject> subject = m_model->findSubject(subjectId);
                m_graph->setPaths(subject ? *subject : Access::Subject{subjectId, {}, Access::SubjectKind::Unknown}, lines);
                m_verdict->setText(tr("Holds some of %1. Ask for one permission to have it proven.").arg(visibleText(pattern, 120)));
                Q_EMIT verdictShown();
                return;
            }
        }
        m_graph->setPaths({}, {});
        m_verdict->setText(tr("Holds nothing of %1. Ask for one permission to see what comes nearest.").arg(visibleText(pattern, 120)));
        Q_EMIT verdictShown();
        return;
    }
    auto *watcher = new QFutureWatcher<Result<Access::Verdict>>(this);
    connect(watcher, &QFutureWatcherBase::finished, this, [this, watcher, job] {
        watcher->deleteLater();
        if (job == m_verdictJob) {
            tookVerdict(watcher->result());
        }
    });
    watcher->setFuture(QtConcurrent::run(
        [model = m_model, subjectId, pattern, division = m_division->currentData().toString()]() -> Result<Access::Verdict> {
            const Result<Access::Subject> subject = model->findSubject(subjectId);
            if (!subject) {
                return std::unexpected(subject.error());
            }
            return model->resolver().can(*subject, pattern, division);
        }));
}

void WhoCanSide::tookVerdict(const Result<Access::Verdict> &verdict)
{
    if (!verdict) {
        m_graph->setPaths({}, {});
        m_verdict->setText(verdict.error().code == ErrorCode::NotFound
                               ? tr("This cannot be told: the subject or the permission is not in this snapshot.")
                               : tr("Ask for one permission, domain:entity:action."));
        Q_EMIT verdictShown();
        return;
    }
    QList<PathGraph::Line> lines;
    for (const auto some = verdict->paths.first(std::min<qsizetype>(verdict->paths.size(), 30)); const Access::AccessPath &path : some) {
        lines.append({path, Held::Same});
    }
    if (lines.isEmpty() && !verdict->misses.isEmpty()) { // the nearest miss as a picture
        const QList<Access::AccessPath> &paths = verdict->misses.first().paths;
        for (const auto some = paths.first(std::min<qsizetype>(paths.size(), 10)); const Access::AccessPath &path : some) {
            lines.append({path, Held::PathsChanged});
        }
    }
    m_graph->setPaths(verdict->subject, lines);
    m_verdict->setText(verdictInWords(*verdict, m_question->text().trimmed(),
                                      m_division->currentData().toString().isEmpty() ? QString() : m_division->currentText()));
    Q_EMIT verdictShown();
}

} // namespace Orgtrace::Ui
