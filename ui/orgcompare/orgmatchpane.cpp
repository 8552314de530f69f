#include "orgcompare/orgmatchpane.h"

#include "diff/displaytext.h"
#include "orgcompare/orgparts.h"
#include "theme/theme.h"

#include <QHBoxLayout>
#include <QHeaderView>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QPushButton>
#include <QTableView>

namespace Orgtrace::Ui {

using namespace Qt::StringLiterals;

namespace {

constexpr int TwinSideWidth = 372;
constexpr int TwinIdRole = Qt::UserRole + 100; // beside those of OrgRole

} // namespace

OrgMatchPane::OrgMatchPane(QWidget *parent) :
    QWidget(parent), m_model(new OrgMatchModel(this)), m_filter(new QLineEdit),
    m_chips(
        new ChoiceChips({tr("All"), tr("Same id"), tr("Same name"), tr("By hand"), tr("Ambiguous"), tr("Only left"), tr("Only right")})),
    m_table(new QTableView), m_whose(new QLabel), m_how(new QLabel), m_more(new QLabel), m_kept(new QLabel), m_twin(new QLineEdit),
    m_candidates(new QListWidget), m_join(new QPushButton(tr("These belong together"))), m_part(new QPushButton(tr("No twin"))),
    m_forget(new QPushButton(tr("As found"))), m_undo(new QPushButton(tr("Undo"))), m_redo(new QPushButton(tr("Redo"))),
    m_copy(new QPushButton(tr("Copy as text")))
{
    m_filter->setPlaceholderText(tr("Filter by domain, name or id"));
    m_filter->setAccessibleName(tr("Filter the matching"));
    m_filter->setClearButtonEnabled(true);
    m_filter->setFixedWidth(260);
    m_copy->setToolTip(tr("The rows shown, with whole ids, separated by tabs"));

    m_table->setModel(m_model);
    m_table->setItemDelegate(new OrgDelegate(m_table, 14)); // beneath the filter
    m_table->setFrameShape(QFrame::NoFrame);
    m_table->setShowGrid(false);
    m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_table->setSelectionMode(QAbstractItemView::SingleSelection);
    m_table->setWordWrap(false);
    m_table->setTabKeyNavigation(false);
    m_table->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_table->verticalHeader()->hide();
    m_table->verticalHeader()->setDefaultSectionSize(Theme::rowHeight());
    m_table->verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    m_table->horizontalHeader()->setHighlightSections(false);
    m_table->horizontalHeader()->setStyleSheet(
        u"QHeaderView::section { padding: 4px 8px; } QHeaderView::section:first { padding-left: 14px; }"_s);
    m_table->horizontalHeader()->setSectionResizeMode(OrgMatchModel::LeftColumn, QHeaderView::Stretch);
    m_table->horizontalHeader()->setSectionResizeMode(OrgMatchModel::RightColumn, QHeaderView::Stretch);
    m_table->setColumnWidth(OrgMatchModel::DomainColumn, 190);
    m_table->setColumnWidth(OrgMatchModel::HowColumn, 170);
    m_table->setAccessibleName(tr("Which entities of the two organisations belong together"));
    m_table->installEventFilter(this);
    m_filter->installEventFilter(this);

    auto *tools = new QHBoxLayout;
    tools->setContentsMargins(14, 8, 14, 8);
    tools->setSpacing(10);
    tools->addWidget(m_filter);
    tools->addWidget(m_chips);
    tools->addStretch(1);
    tools->addWidget(m_copy);
    const auto hairline = [](bool isVertical) {
        auto *line = new QWidget;
        line->setProperty("hairline", true);
        line->setAttribute(Qt::WA_StyledBackground);
        isVertical ? line->setFixedWidth(1) : line->setFixedHeight(1);
        return line;
    };
    auto *body = new QHBoxLayout;
    body->setSpacing(0);
    body->addWidget(m_table, 1);
    body->addWidget(hairline(true));
    body->addWidget(buildSide());
    auto *all = new QVBoxLayout(this);
    all->setContentsMargins(0, 0, 0, 0);
    all->setSpacing(0);
    all->addLayout(tools);
    all->addWidget(hairline(false));
    all->addLayout(body, 1);
    setFocusProxy(m_table);

    connect(m_filter, &QLineEdit::textChanged, this, [this] { narrow(); });
    connect(m_chips, &ChoiceChips::currentChanged, this, [this] { narrow(); });
    connect(m_filter, &QLineEdit::returnPressed, this, [this] { m_table->setFocus(Qt::OtherFocusReason); });
    connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this, [this] { showCurrent(); });
    connect(m_table, &QTableView::doubleClicked, this, [this] { m_twin->setFocus(Qt::OtherFocusReason); });
    connect(m_twin, &QLineEdit::textChanged, this, [this] { showCandidates(); });
    connect(m_twin, &QLineEdit::returnPressed, this, [this] { takeCandidate(); });
    connect(m_candidates, &QListWidget::itemDoubleClicked, this, [this] { takeCandidate(); });
    connect(m_candidates, &QListWidget::currentRowChanged, this, [this](int row) { m_join->setEnabled(row >= 0); });
    connect(m_join, &QPushButton::clicked, this, [this] { takeCandidate(); });
    connect(m_part, &QPushButton::clicked, this, [this] { part(); });
    connect(m_forget, &QPushButton::clicked, this, [this] { forget(); });
    connect(m_undo, &QPushButton::clicked, this, &OrgMatchPane::undoWanted);
    connect(m_redo, &QPushButton::clicked, this, &OrgMatchPane::redoWanted);
    connect(m_copy, &QPushButton::clicked, this, &OrgMatchPane::copyWanted);
    m_twin->installEventFilter(this);
    m_candidates->installEventFilter(this);
    setCorrections(0, false, false, {});
    showCurrent();
}

QWidget *OrgMatchPane::buildSide()
{
    auto *side = new QWidget;
    side->setFixedWidth(TwinSideWidth);
    m_whose->setTextFormat(Qt::PlainText);
    m_whose->setWordWrap(true);
    m_whose->setProperty("heading", true);
    for (QLabel *label : {m_how, m_more, m_kept}) {
        label->setTextFormat(Qt::PlainText);
        label->setWordWrap(true);
        label->setProperty("muted", true);
    }
    m_kept->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_twin->setAccessibleName(tr("Look for a twin"));
    m_twin->setClearButtonEnabled(true);
    m_candidates->setAccessibleName(tr("Possible twins"));
    m_candidates->setItemDelegate(new OrgDelegate(m_candidates));
    m_candidates->setUniformItemSizes(true);
    m_candidates->setFrameShape(QFrame::NoFrame);
    m_candidates->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_join->setProperty("primary", true);
    m_part->setToolTip(tr("Say that it has no twin in the other organisation (Del)"));
    m_forget->setToolTip(tr("Take back what was said of it: matched by id and name again (Ctrl+Backspace)"));
    m_undo->setToolTip(tr("Take back the last correction (Ctrl+Z)"));
    m_redo->setToolTip(tr("Make it again (Ctrl+Shift+Z)"));
    auto *actions = new QHBoxLayout;
    actions->setSpacing(6);
    actions->addWidget(m_join);
    actions->addWidget(m_part);
    actions->addWidget(m_forget);
    actions->addStretch(1);
    auto *undoing = new QHBoxLayout;
    undoing->setSpacing(6);
    undoing->addWidget(m_undo);
    undoing->addWidget(m_redo);
    undoing->addStretch(1);
    auto *column = new QVBoxLayout(side);
    column->setContentsMargins(16, 12, 16, 12);
    column->setSpacing(8);
    column->addWidget(m_whose);
    column->addWidget(m_how);
    column->addWidget(m_twin);
    column->addWidget(m_candidates, 1);
    column->addWidget(m_more);
    column->addLayout(actions);
    column->addSpacing(8);
    column->addWidget(m_kept);
    column->addLayout(undoing);
    return side;
}

const MatchLine *OrgMatchPane::current() const
{
    const QModelIndex at = m_table->currentIndex();
    return at.isValid() ? m_model->line(at.row()) : nullptr;
}

OrgComparisonPtr OrgMatchPane::setComparison(OrgComparisonPtr comparison)
{
    const MatchLine *before = current();
    const QString domain = before ? before->domain : QString();
    const std::optional<QString> left = before ? before->left : std::nullopt, right = before ? before->right : std::nullopt;
    m_comparison = comparison;
    OrgComparisonPtr old = m_model->setComparison(std::move(comparison));
    m_chips->setCounts(m_model->counts());
    if (!domain.isEmpty()) {
        selectEntity(domain, left, right);
    }
    if (!m_table->currentIndex().isValid() && m_model->rowCount() > 0) {
        m_table->selectRow(0);
    }
    showCurrent();
    return old;
}

void OrgMatchPane::selectEntity(const QString &domain, const std::optional<QString> &left, const std::optional<QString> &right)
{
    int row = left ? m_model->rowOf(domain, left, {}) : -1; // two that were taken apart: the left one
    row = row < 0 ? m_model->rowOf(domain, {}, right) : row;
    if (row >= 0) {
        m_table->selectRow(row);
        m_table->scrollTo(m_model->index(row, 0), QAbstractItemView::PositionAtCenter);
    }
}

void OrgMatchPane::setCorrections(qsizetype count, bool canUndo, bool canRedo, const QString &note, const QString &file)
{
    m_undo->setEnabled(canUndo);
    m_redo->setEnabled(canRedo);
    QString text = count == 0 ? tr("No correction was made yet.") : counted(count, tr("1 correction."), tr("%1 corrections."));
    m_kept->setToolTip(file);
    m_kept->setText(note.isEmpty() ? text : QString(text + u' ' + note));
}

void OrgMatchPane::narrow()
{
    m_model->setFilter(m_filter->text(), static_cast<OrgMatchModel::Kind>(m_chips->current()));
    if (m_model->rowCount() > 0) {
        m_table->selectRow(0);
    }
    showCurrent();
}

void OrgMatchPane::showCurrent()
{
    const MatchLine *line = current();
    const bool canBeCorrected = line && !line->follows;
    if (!line) {
        m_whose->setText(tr("Nothing is selected"));
        m_how->setText(m_comparison && m_model->rowCount() == 0 ? tr("Nothing fits the filter.")
                                                                : tr("Choose an entity to see what its twin could be."));
    } else {
        const bool onRight = line->left.has_value(); // where its twin is
        const QString &here = onRight ? line->leftName : line->rightName;
        const QString id = onRight ? *line->left : *line->right;
        const QString whose = here.isEmpty() ? id.isEmpty() ? line->domainTitle : shortId(id) : here;
        m_whose->setText(
            tr("%1 of %2").arg(visibleText(whose, 80), visibleText(onRight ? m_comparison->leftName : m_comparison->rightName, 60)));
        QString how;
        if (line->follows) {
            how = id.isEmpty() ? tr("Settings of the organisation itself always match.")
                               : tr("It goes where its owner goes: correct that one.");
        } else if (line->left && line->right) {
            how = tr("Twin: %1, %2.")
                      .arg(visibleText(line->rightName.isEmpty() ? shortId(*line->right) : line->rightName, 80), matchText(*line));
        } else if (line->kind == Compare::MatchKind::Ambiguous) {
            how = tr("Several have this name. Nobody guesses: say which belongs to it.");
        } else {
            how = line->isByHand ? tr("Has no twin: a person said so.") : tr("Has no twin: no other id or name is the same.");
        }
        m_how->setText(how);
        m_twin->setPlaceholderText(tr("Look in %1").arg(visibleText(onRight ? m_comparison->rightName : m_comparison->leftName, 60)));
    }
    m_twin->setEnabled(canBeCorrected);
    m_part->setEnabled(canBeCorrected && ((line->left && line->right) || line->kind == Compare::MatchKind::Ambiguous));
    m_forget->setEnabled(canBeCorrected && line->isByHand);
    if (m_twin->text().isEmpty()) {
        showCandidates();
    } else {
        m_twin->clear(); // shows them
    }
}

void OrgMatchPane::showCandidates()
{
    m_candidates->clear();
    m_join->setEnabled(false);
    m_more->clear();
    const MatchLine *line = current();
    if (!line || line->follows) {
        return;
    }
    const TwinCandidates found = twinCandidates(*m_comparison, *line, line->left.has_value(), m_twin->text());
    for (const TwinCandidate &one : found.best) {
        auto *item = new QListWidgetItem(visibleText(one.name), m_candidates);
        QString detail;
        if (!one.nowTwinOf.isEmpty()) {
            detail = tr("now with %1").arg(visibleText(one.nowTwinOf, 60));
        } else if (one.isAmbiguous) {
            detail = tr("ambiguous");
        }
        item->setData(OrgRole::Id, visibleText(shortId(one.id), 60));
        item->setData(OrgRole::Detail, detail);
        item->setData(TwinIdRole, one.id);
        item->setToolTip(visibleText(one.id, 300));
        item->setData(Qt::AccessibleTextRole, u"%1 %2 %3"_s.arg(visibleText(one.name), visibleText(shortId(one.id), 60), detail));
    }
    if (!found.best.isEmpty()) {
        m_candidates->setCurrentRow(0);
    }
    m_more->setText(found.all == 0 ? tr("Nobody there could be its twin.")
                        : found.all > found.best.size()
                        ? tr("%1 of %2 shown: type to narrow them down.").arg(countText(found.best.size()), countText(found.all))
                        : QString());
}

void OrgMatchPane::takeCandidate()
{
    const MatchLine *line = current();
    const QListWidgetItem *item = m_candidates->currentItem();
    if (!line || line->follows || !item) {
        return;
    }
    const QString id = item->data(TwinIdRole).toString();
    m_table->setFocus(Qt::OtherFocusReason);
    const QString domain = line->domain;
    const QString left = line->left ? *line->left : id, right = line->left ? id : *line->right;
    Q_EMIT paired(domain, left, right);
}

void OrgMatchPane::part()
{
    if (const MatchLine *line = current(); line && m_part->isEnabled()) {
        const MatchLine copy = *line;
        Q_EMIT parted(copy.domain, copy.left, copy.right);
    }
}

void OrgMatchPane::forget()
{
    if (const MatchLine *line = current(); line && m_forget->isEnabled()) {
        const MatchLine copy = *line;
        Q_EMIT forgotten(copy.domain, copy.left, copy.right);
    }
}

bool OrgMatchPane::eventFilter(QObject *watched, QEvent *event)
{
    if (event->type() != QEvent::KeyPress) {
        return QWidget::eventFilter(watched, event);
    }
    const auto *key = static_cast<QKeyEvent *>(event);
    const bool isEnter = key->key() == Qt::Key_Return || key->key() == Qt::Key_Enter;
    if (watched == m_table) {
        if (isEnter && m_twin->isEnabled()) {
            m_twin->setFocus(Qt::OtherFocusReason);
            return true;
        }
        if (key->key() == Qt::Key_Delete) {
            part();
            return true;
        }
        if (key->key() == Qt::Key_Backspace && key->modifiers() == Qt::ControlModifier) {
            forget();
            return true;
        }
        if (key->matches(QKeySequence::Copy)) {
            Q_EMIT copyWanted();
            return true;
        }
        return false;
    }
    if (watched == m_filter) {
        if (key->key() == Qt::Key_Escape && !m_filter->text().isEmpty()) { // the page is left by the next one
            m_filter->clear();
            return true;
        }
        if (key->key() == Qt::Key_Down) {
            m_table->setFocus(Qt::OtherFocusReason);
            return true;
        }
        return false;
    }
    if (key->key() == Qt::Key_Escape) { // back to the table first
        m_table->setFocus(Qt::OtherFocusReason);
        return true;
    }
    if (watched == m_twin && (key->key() == Qt::Key_Down || key->key() == Qt::Key_Up) && m_candidates->count() > 0) {
        const int step = key->key() == Qt::Key_Down ? 1 : -1;
        m_candidates->setCurrentRow(std::clamp(m_candidates->currentRow() + step, 0, m_candidates->count() - 1));
        return true;
    }
    if (watched == m_candidates && isEnter) {
        takeCandidate();
        return true;
    }
    return false;
}

} // namespace Orgtrace::Ui
