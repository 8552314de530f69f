#include "changes/changespage.h"

#include "changes/changesdelegate.h"
#include "changes/changesmodel.h"
#include "changes/facetstrip.h"
#include "changes/filterfield.h"
#include "session/jobs.h"
#include "session/session.h"
#include "theme/elidedlabel.h"
#include "theme/theme.h"

#include <QAccessible>
#include <QActionGroup>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QKeyEvent>
#include <QLabel>
#include <QMenu>
#include <QPushButton>
#include <QScrollArea>
#include <QScrollBar>
#include <QStackedLayout>
#include <QTreeView>
#include <QVBoxLayout>

namespace Orgtrace::Ui {

using namespace Qt::StringLiterals;

namespace {

constexpr qsizetype muchToFilter = 500; ///< above this many changes the tree is built on a worker
constexpr qsizetype opensAtOnce = 6000; ///< rows; what would make more of them stays closed until it is opened

/// The list's own keys. A plain tree would copy what it shows of one row, and select what happens to be open.
class ChangesView final : public QTreeView
{
public:
    explicit ChangesView(ChangesPage &page) : m_page(page) { }
    void selectAll() override { m_page.selectAllChanges(); }

protected:
    void keyPressEvent(QKeyEvent *event) override
    {
        if (event->matches(QKeySequence::Copy)) {
            m_page.copyChosen(ChangeFormat::Text);
        } else if (event->matches(QKeySequence::Undo)) {
            m_page.undoFilter();
        } else if (event->matches(QKeySequence::Redo)) {
            m_page.redoFilter();
        } else {
            QTreeView::keyPressEvent(event);
            return;
        }
        event->accept();
    }

private:
    ChangesPage &m_page;
};

} // namespace

ChangesPage::ChangesPage(Session &session, QWidget *parent) :
    QWidget(parent), m_session(session), m_model(new ChangesModel(this)), m_view(new ChangesView(*this)), m_filter(new FilterField),
    m_count(new ElidedLabel), m_mistake(new QLabel), m_note(new QLabel), m_empty(new QLabel), m_groupingButton(new QPushButton),
    m_facetsButton(new QPushButton(tr("Facets"))), m_facets(new FacetStrip), m_facetsArea(new QScrollArea), m_facetsLine(new QWidget),
    m_menu(new QMenu(this)), m_jobs(std::make_unique<Jobs>(this))
{
    buildWidgets();
    buildMenu();
    connectAll();
    setGrouping(ChangeGrouping::Severity);
    setFacetsShown(false);
    build();
}

ChangesPage::~ChangesPage()
{
    m_saversCancel.cancel();
    m_jobs->finish();
}

void ChangesPage::buildWidgets()
{
    m_filter->setBelow(m_view);
    m_filter->setNote(m_mistake);

    auto *header = new QWidget;
    header->setProperty("panel", true);
    header->setAttribute(Qt::WA_StyledBackground);
    header->setFixedHeight(36);
    auto *title = new QLabel(tr("Changes"));
    title->setProperty("heading", true);
    m_count->setProperty("muted", true);
    m_count->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    auto *headerRow = new QHBoxLayout(header);
    headerRow->setContentsMargins(12, 0, 12, 0);
    headerRow->addWidget(title);
    headerRow->addWidget(m_count, 1);

    m_filter->setPlaceholderText(tr("severity:≥medium  actor:…  path:…"));
    m_filter->setClearButtonEnabled(true);
    m_filter->setAccessibleName(tr("Filter changes"));
    m_filter->setToolTip(tr(
        "Words, “phrases”, and severity: domain: kind: path: actor: name: id:, each with a leading − to leave it out; a comma is or, * any "
        "characters.\nFor example: severity:>=high -domain:users path:/permissions/*"));
    for (QLabel *label : {m_mistake, m_note}) {
        label->setTextFormat(Qt::PlainText); // it repeats what was typed
        label->setFont(Theme::smallFont());
        label->setWordWrap(true);
        label->hide();
    }
    m_note->setProperty("muted", true);
    m_mistake->setProperty("muted", true);
    m_mistake->setAccessibleName(tr("About the filter"));
    m_note->setAccessibleName(tr("What was done"));

    for (QPushButton *button : {m_groupingButton, m_facetsButton}) {
        button->setProperty("flat", true);
        button->setAutoDefault(false);
        button->setFont(Theme::smallFont());
    }
    auto *groupings = new QMenu(m_groupingButton);
    auto *choice = new QActionGroup(groupings);
    for (const ChangeGrouping one :
         {ChangeGrouping::Severity, ChangeGrouping::Domain, ChangeGrouping::Entity, ChangeGrouping::Kind, ChangeGrouping::Actor}) {
        QAction *action = groupings->addAction(tr("By %1").arg(groupingText(one)));
        action->setCheckable(true);
        choice->addAction(action);
        connect(action, &QAction::triggered, this, [this, one] { setGrouping(one); });
        m_groupings.append(action);
    }
    m_groupingButton->setMenu(groupings);
    m_groupingButton->setStyleSheet(u"QPushButton::menu-indicator { image: none; width: 0px; }"_s); // the text has one
    m_groupingButton->setToolTip(tr("What the changes are grouped by"));
    m_facetsButton->setCheckable(true);
    m_facetsButton->setToolTip(tr("Severities, kinds, domains and people with their counts; a click filters"));
    auto *tools = new QHBoxLayout;
    tools->setContentsMargins(0, 0, 0, 0);
    tools->setSpacing(2);
    tools->addWidget(m_groupingButton);
    tools->addStretch(1);
    tools->addWidget(m_facetsButton);

    m_facetsArea->setWidget(m_facets);
    m_facetsArea->setWidgetResizable(true);
    m_facetsArea->setFrameShape(QFrame::NoFrame);
    m_facetsArea->setFocusPolicy(Qt::NoFocus);
    m_facetsArea->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);

    m_view->setModel(m_model);
    m_view->setItemDelegate(new ChangesDelegate(m_view));
    m_view->setHeaderHidden(true);
    m_view->header()->setStretchLastSection(false);
    m_view->header()->setMinimumSectionSize(0);
    m_view->header()->setSectionResizeMode(ChangesModel::ChangeColumn, QHeaderView::Stretch);
    m_view->setColumnHidden(ChangesModel::StarColumn, true);
    m_view->setColumnHidden(ChangesModel::AttributionColumn, true);
    m_view->setRootIsDecorated(false);
    m_view->setIndentation(0);
    m_view->setUniformRowHeights(true);
    m_view->setFrameShape(QFrame::NoFrame);
    m_view->setExpandsOnDoubleClick(false);
    m_view->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_view->setSelectionMode(QAbstractItemView::ExtendedSelection);
    m_view->setDragEnabled(true);
    m_view->setDragDropMode(QAbstractItemView::DragOnly);
    m_view->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_view->setMouseTracking(true);
    m_view->setContextMenuPolicy(Qt::CustomContextMenu);
    m_view->setAccessibleName(tr("Changes between A and B"));
    m_model->setMimeMaker([this](const QList<int> &findings) { return dragData(findings); });

    m_empty->setAlignment(Qt::AlignCenter);
    m_empty->setWordWrap(true);
    m_empty->setProperty("muted", true);
    m_empty->setContentsMargins(20, 20, 20, 60);

    auto *body = new QWidget;
    m_stack = new QStackedLayout(body);
    m_stack->addWidget(m_view);
    m_stack->addWidget(m_empty);

    auto *fields = new QVBoxLayout;
    fields->setContentsMargins(10, 8, 10, 2);
    fields->setSpacing(4);
    fields->addWidget(m_filter);
    fields->addWidget(m_mistake);
    fields->addWidget(m_note);
    fields->addLayout(tools);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(header);
    column->addLayout(fields);
    column->addWidget(m_facetsArea);
    m_facetsLine->setProperty("hairline", true);
    m_facetsLine->setAttribute(Qt::WA_StyledBackground);
    m_facetsLine->setFixedHeight(1);
    column->addWidget(m_facetsLine);
    column->addWidget(body, 1);
    setTabOrder(m_filter, m_groupingButton);
    setTabOrder(m_groupingButton, m_facetsButton);
}

void ChangesPage::connectAll()
{
    connect(m_filter, &QLineEdit::textChanged, this, &ChangesPage::filterChanged);
    connect(m_filter, &FilterField::undoWanted, this, &ChangesPage::undoFilter);
    connect(m_filter, &FilterField::redoWanted, this, &ChangesPage::redoFilter);
    connect(m_facetsButton, &QPushButton::toggled, this, &ChangesPage::setFacetsShown);
    connect(m_facets, &FacetStrip::toggled, this, [this](const QString &key, const QString &value, bool isNegated) {
        m_filter->setText(queryToggled(m_filter->text(), key, value, isNegated));
    });
    connect(m_view->selectionModel(), &QItemSelectionModel::currentChanged, this, [this](const QModelIndex &current) {
        const ChangeRow *row = m_model->row(current);
        if (!m_isTaking && row && row->finding >= 0
            && m_shown.lock() == m_session.findings()) { // a list that is still being replaced selects nothing
            m_session.setCurrentFinding(row->finding);
        } else if (!m_isTaking && row && row->leftOut >= 0 && m_shown.lock() == m_session.findings()) {
            const Compare::SuppressedEntity one = m_session.findings()->difference.suppressedEntities.at(row->leftOut);
            m_session.showEntity(one.domain, one.entity); // where it is among the changes, too, that is what gets selected
        }
    });
    connect(m_view->selectionModel(), &QItemSelectionModel::selectionChanged, this, [this] {
        if (!m_isTaking && !m_goingTo) {
            say({});
            m_history.select(stateNow());
            updateHeader();
        }
    });
    connect(m_view, &QTreeView::clicked, this, [this](const QModelIndex &index) {
        if (m_model->rowCount(index) > 0 && QGuiApplication::keyboardModifiers() == Qt::NoModifier) {
            m_view->setExpanded(index, !m_view->isExpanded(index));
        }
    });
    connect(m_view, &QTreeView::activated, this, [this](const QModelIndex &index) {
        const ChangeRow *row = m_model->row(index);
        if (row && row->kind == ChangeRow::Kind::Domain && !row->children.isEmpty() && m_shown.lock() == m_session.findings()) {
            const int finding = m_model->tree().rows.at(row->children.constFirst()).finding;
            if (finding >= 0) { // Enter or a double click on a domain opens its whole documents
                m_session.setCurrentDomain(m_session.findings()->findings.at(finding).judged.change.domain);
            }
        }
    });
    connect(m_view, &QTreeView::expanded, this, [this](const QModelIndex &index) {
        if (!m_isTaking) {
            m_opened.insert(index.data(ChangesModel::KeyRole).toString());
            m_closed.remove(index.data(ChangesModel::KeyRole).toString());
        }
    });
    connect(m_view, &QTreeView::collapsed, this, [this](const QModelIndex &index) {
        if (!m_isTaking) {
            m_closed.insert(index.data(ChangesModel::KeyRole).toString());
            m_opened.remove(index.data(ChangesModel::KeyRole).toString());
        }
    });
    connect(&m_session, &Session::findingsChanged, this, [this] {
        if (m_session.findings()) {
            m_history.forgetSelections();
            readActors();
        }
        build();
    });
    connect(&m_session, &Session::currentFindingChanged, this, &ChangesPage::followSession);
    connect(&m_session, &Session::storeOpened, this, &ChangesPage::updateEmptyState);
    connect(&m_session, &Session::organisationChanged, this, [this] {
        if (!m_session.findings()) {
            m_shown.reset();
            take(std::make_shared<const ChangeTree>());
        }
    });
    connect(&m_session, &Session::timelineChanged, this, &ChangesPage::updateEmptyState);
}

bool ChangesPage::isSettled() const
{
    return m_jobs->running() == 0;
}

void ChangesPage::focusFilter()
{
    m_filter->setFocus(Qt::ShortcutFocusReason);
    m_filter->selectAll();
}

void ChangesPage::setGrouping(ChangeGrouping grouping)
{
    m_groupings.at(static_cast<qsizetype>(grouping))->setChecked(true);
    m_groupingButton->setText(tr("By %1 ▾").arg(groupingText(grouping)));
    m_groupingButton->setAccessibleName(tr("Changes are grouped by %1").arg(groupingText(grouping)));
    if (grouping != m_grouping) {
        m_grouping = grouping;
        build();
    }
}

void ChangesPage::setFacetsShown(bool shown)
{
    m_facetsButton->setChecked(shown);
    m_facetsButton->setText(shown ? tr("Facets ▴") : tr("Facets ▾"));
    m_facetsButton->setAccessibleName(shown ? tr("Hide the facets") : tr("Show the facets"));
    m_facetsArea->setVisible(shown);
    m_facetsLine->setVisible(shown);
    updateFacets();
    updateMistake();
}

void ChangesPage::filterChanged(const QString &text)
{
    m_parsed = ChangeFilter::parse(text);
    say({});
    updateMistake();
    if (!m_goingTo) {
        FilterState state = stateNow();
        state.text = text;
        m_history.record(state, m_filter->isModified());
    }
    build();
}

void ChangesPage::updateMistake()
{
    const QString told = mistakeText();
    const bool isMistaken = !m_parsed.mistakes().isEmpty();
    if (isMistaken != m_isMistaken) {
        m_isMistaken = isMistaken;
        const QString colour = Theme::removed().name();
        m_filter->setStyleSheet(isMistaken ? u"QLineEdit { border-color: %1; }"_s.arg(colour) : QString());
        m_mistake->setStyleSheet(isMistaken ? u"QLabel { color: %1; }"_s.arg(colour) : QString());
    }
    if (told != m_mistake->text()) {
        m_mistake->setText(told);
        m_filter->setAccessibleDescription(told);
        if (isMistaken) {
            QAccessibleAnnouncementEvent said(m_filter, told);
            QAccessible::updateAccessibility(&said);
        }
    }
    m_mistake->setVisible(!told.isEmpty());
    if (m_filter->isOffering()) {
        layout()->activate(); // the note's place is decided before the offer's
        m_filter->placeOffer();
    }
}

/// What is to be said of the query; and of who saved last, where somebody asks for that and it could not be read.
QString ChangesPage::mistakeText() const
{
    QStringList notes = m_parsed.notes();
    const bool isAskedFor = m_grouping == ChangeGrouping::Actor || m_facetsButton->isChecked()
        || std::ranges::any_of(m_parsed.terms(), [](const ChangeFilter::Term &term) { return term.key == ChangeFilter::Key::Actor; });
    if (isAskedFor && !m_model->tree().unreadSavers.isEmpty()) {
        notes.append(m_model->tree().unreadSavers);
    }
    return notes.join(u'\n');
}

/// Who saved what last stands beside the snapshots, and is read only after the list is there.
void ChangesPage::readActors()
{
    const Session::Findings findings = m_session.findings();
    if (m_saversOf.lock() == findings) {
        return;
    }
    m_saversCancel.cancel();
    m_saversCancel = CancellationSource();
    m_savers.reset();
    m_saversOf = findings;
    m_jobs->run(
        Jobs::Background,
        [findings, folder = m_session.folder(), cancel = m_saversCancel.token()] {
            return std::make_shared<const Savers>(readSavers(folder, *findings, cancel));
        },
        [this, of = std::weak_ptr(findings)](std::shared_ptr<const Savers> savers) {
            if (of.lock() != m_session.findings() || (savers->isEmpty() && savers->unread.empty())) {
                return; // nothing that the list does not know already
            }
            m_savers = std::move(savers);
            build();
        });
}

void ChangesPage::build()
{
    const int job = ++m_job;
    const Session::Findings findings = m_session.findings();
    if (!findings) {
        m_shown.reset();
        if (m_session.isComputing() && m_model->tree().total > 0) {
            updateHeader(); // the old list stays in place until the new one is there, but selects nothing
            return;
        }
        take(std::make_shared<const ChangeTree>());
        return;
    }
    const ChangeTreeOptions options{m_grouping, m_savers, findings};
    if (findings->findings.size() <= muchToFilter) {
        m_shown = findings;
        take(buildChangeTree(*findings, m_parsed, options));
        return;
    }
    m_jobs->run(
        Jobs::Foreground, [findings, filter = m_parsed, options] { return buildChangeTree(*findings, filter, options); },
        [this, job, of = std::weak_ptr(findings)](std::shared_ptr<const ChangeTree> tree) {
            if (job == m_job) {
                m_shown = of;
                take(std::move(tree));
            } else {
                m_jobs->discard(std::move(tree));
            }
        });
}

void ChangesPage::take(std::shared_ptr<const ChangeTree> tree)
{
    FilterState before = m_goingTo.value_or(stateNow());
    if (tree->range.lock() != m_model->tree().range.lock()) { // of another range: the same numbers are other changes
        before.selected.clear();
        before.isAll = false;
        before.current = -1;
    }
    const int scrolled = m_view->verticalScrollBar()->value();
    const bool isSameList = tree->total == m_model->tree().total && tree->shown == m_model->tree().shown;
    m_isTaking = true;
    std::shared_ptr<const ChangeTree> old = m_model->sharedTree();
    m_model->setTree(std::move(tree));
    m_jobs->discard(std::move(old)); // very many strings
    expandRows();
    if (isSameList) {
        m_view->verticalScrollBar()->setValue(scrolled);
    }
    m_isTaking = false;
    updateHeader();
    updateEmptyState();
    updateFacets();
    updateMistake();
    m_filter->setVocabulary(m_model->tree().vocabulary);
    if (m_goingTo && before.current >= 0 && m_model->tree().rowOfFinding(before.current) >= 0) {
        m_session.setCurrentFinding(before.current);
    }
    followSession(m_session.currentFinding());
    if (before.isAll) {
        selectAllChanges();
    } else if (before.selected.size() > 1) {
        select(before.selected);
    }
    m_goingTo.reset();
}

bool ChangesPage::isClosedByDefault(const ChangeRow &row) const
{
    const bool isAside = row.kind == ChangeRow::Kind::NotComparable || row.kind == ChangeRow::Kind::LeftOut;
    if (isAside) {
        return m_model->tree().shown > 0;
    }
    constexpr qsizetype fitsAnyway = 12;
    if (row.kind == ChangeRow::Kind::Group) {
        constexpr qsizetype fitsInGroups = 200;
        return m_parsed.isEmpty() && m_model->tree().shown > fitsInGroups;
    }
    const bool isMinor = row.kind == ChangeRow::Kind::Severity && row.severity <= Policy::Severity::Medium;
    return isMinor && m_parsed.isEmpty() && m_model->tree().shown > fitsAnyway
        && m_model->tree().rows.at(m_model->tree().top.constFirst()).severity > Policy::Severity::Medium;
}

void ChangesPage::expandRows()
{
    const ChangeTree &tree = m_model->tree();
    qsizetype open = tree.top.size();
    const auto expand = [&](const auto &self, int at, bool isVisible) -> void {
        const ChangeRow &row = tree.rows.at(at);
        const bool isPage = row.kind == ChangeRow::Kind::Page;
        const bool byDefault = row.parent < 0 && !isPage ? !isClosedByDefault(row) : !isPage || row.place == 0;
        const bool fits = open + row.children.size() <= opensAtOnce;
        const bool isOpen = m_opened.contains(row.key) || (!m_closed.contains(row.key) && byDefault && fits);
        if (isOpen && isVisible) {
            open += row.children.size();
        }
        if (isOpen) {
            m_view->setExpanded(m_model->indexOfRow(at), true); // closed is what a new tree is anyway
        }
        if (!row.children.isEmpty() && !tree.rows.at(row.children.constFirst()).children.isEmpty()) {
            for (const int child : row.children) {
                self(self, child, isVisible && isOpen);
            }
        }
    };
    for (const int top : tree.top) {
        expand(expand, top, true);
    }
}

void ChangesPage::updateHeader()
{
    const ChangeTree &tree = m_model->tree();
    if (!m_session.findings()) {
        m_count->setText(m_session.isComputing() ? tr("comparing …") : QString());
        m_count->setToolTip({});
        return;
    }
    QString text = tr("%1 of %2").arg(countText(tree.shown), countText(tree.total));
    if (tree.suppressed > 0) {
        text += u" · "_s + tr("%1 suppressed").arg(countText(tree.suppressed));
    }
    const QItemSelection selection = m_view->selectionModel()->selection();
    if (selection.size() > 1 || (!selection.isEmpty() && selection.constFirst().height() > 1)) {
        text = tr("%1 selected").arg(countText(chosenFindings().size())) + u" · "_s + text;
    }
    m_count->setText(text);
    m_count->setToolTip(tree.suppressed > 0 ? tr("Left out because it is no change of a setting: %1.").arg(tree.suppressedText)
                                            : QString());
}

void ChangesPage::updateEmptyState()
{
    const ChangeTree &tree = m_model->tree();
    QString text;
    if (!m_session.isOpen()) {
        text = tr("Changes appear here once a store is open.");
    } else if (m_session.isComputing()) {
        text = tr("Comparing A with B …");
    } else if (m_session.timeline().isEmpty()) {
        text = tr("No snapshots yet.\nCapture the organisation to make the first one.");
    } else if (m_session.timeline().size() == 1) {
        text = tr("One snapshot so far.\nCapture again later to see what changed.");
    } else if (!m_session.findings()) {
        text = tr("Choose a range: drag A and B on the timeline.");
    } else if (tree.total > 0 && tree.shown == 0) {
        text = tr("None of the %1 changes matches the filter.\nPress Esc in the filter field to see them all.").arg(countText(tree.total));
    } else if (tree.top.isEmpty()) {
        text = tr("Nothing changed between A and B.\nWiden the range on the timeline to see more.");
    }
    const bool showsTree = text.isEmpty();
    m_empty->setText(text);
    m_stack->setCurrentWidget(showsTree ? static_cast<QWidget *>(m_view) : m_empty);
}

void ChangesPage::updateFacets()
{
    if (m_facetsArea->isHidden()) {
        return; // nobody sees them; what they show is made when they are opened
    }
    m_facets->setFacets(m_model->tree().facets, m_filter->text());
    sizeFacets();
}

void ChangesPage::sizeFacets()
{
    // As much as they need, never more than a good third of the page: the list comes first.
    const int wanted = m_facets->heightForWidth(std::max(width() - 12, 120));
    m_facetsArea->setFixedHeight(std::clamp(wanted, 0, std::max(height() * 2 / 5, 90)));
}

void ChangesPage::resizeEvent(QResizeEvent *event)
{
    sizeFacets();
    QWidget::resizeEvent(event);
}

void ChangesPage::changeEvent(QEvent *event)
{
    if (event->type() == QEvent::PaletteChange && m_isMistaken) {
        m_isMistaken = false; // other colours
        updateMistake();
    }
    QWidget::changeEvent(event);
}

void ChangesPage::followSession(int finding)
{
    const int row = m_shown.lock() == m_session.findings() ? m_model->tree().rowOfFinding(finding) : -1;
    const QModelIndex wanted = m_model->indexOfRow(row);
    if (!wanted.isValid() || wanted == m_view->currentIndex()) {
        return;
    }
    for (QModelIndex above = wanted.parent(); above.isValid(); above = above.parent()) {
        m_view->expand(above);
    }
    m_view->setCurrentIndex(wanted);
    m_view->scrollTo(wanted);
}

void ChangesPage::selectNext(int by)
{
    const ChangeTree &tree = m_model->tree();
    if (tree.entityRows.isEmpty() || by == 0 || m_shown.lock() != m_session.findings()) {
        return;
    }
    const int current = m_session.currentFinding();
    qsizetype at = current >= 0 && current < tree.placeByFinding.size() ? tree.placeByFinding.at(current) : -1;
    if (at < 0) {
        at = by > 0 ? 0 : tree.entityRows.size() - 1;
    } else {
        at = std::clamp<qsizetype>(at + by, 0, tree.entityRows.size() - 1);
    }
    m_session.setCurrentFinding(tree.rows.at(tree.entityRows.at(at)).finding);
}

} // namespace Orgtrace::Ui
