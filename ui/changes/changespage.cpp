#include "changes/changespage.h"

#include "changes/changesdelegate.h"
#include "changes/changesmodel.h"
#include "session/jobs.h"
#include "session/session.h"
#include "theme/elidedlabel.h"
#include "theme/theme.h"

#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QStackedLayout>
#include <QTreeView>
#include <QVBoxLayout>

namespace Orgtrace::Ui {

using namespace Qt::StringLiterals;

namespace {

constexpr qsizetype muchToFilter = 1500; ///< above this many changes the tree is built on a worker

/// ↓ goes from the field to the list, Esc empties it.
class FilterField final : public QLineEdit
{
public:
    using QLineEdit::QLineEdit;
    QWidget *below = nullptr;

protected:
    void keyPressEvent(QKeyEvent *event) override
    {
        if (event->key() == Qt::Key_Down && below) {
            below->setFocus(Qt::TabFocusReason);
        } else if (event->key() == Qt::Key_Escape && !text().isEmpty()) {
            clear();
        } else {
            QLineEdit::keyPressEvent(event);
        }
    }
};

} // namespace

ChangesPage::ChangesPage(Session &session, QWidget *parent) :
    QWidget(parent), m_session(session), m_model(new ChangesModel(this)), m_view(new QTreeView), m_count(new ElidedLabel),
    m_mistake(new QLabel), m_empty(new QLabel), m_jobs(std::make_unique<Jobs>(this))
{
    auto *filter = new FilterField;
    m_filter = filter;
    filter->below = m_view;

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

    m_filter->setPlaceholderText(tr("severity:≥medium domain:… actor:… path:…"));
    m_filter->setClearButtonEnabled(true);
    m_filter->setAccessibleName(tr("Filter changes"));
    m_filter->setToolTip(tr("Words, “phrases”, and severity: domain: path: actor: kind:, each with a leading − to leave it out.\n"
                            "For example: severity:≥high -domain:users path:/grants"));
    m_mistake->setProperty("muted", true);
    m_mistake->setWordWrap(true);
    m_mistake->hide();

    m_view->setModel(m_model);
    m_view->setItemDelegate(new ChangesDelegate(m_view));
    m_view->setHeaderHidden(true);
    m_view->setRootIsDecorated(false);
    m_view->setIndentation(0);
    m_view->setUniformRowHeights(true);
    m_view->setFrameShape(QFrame::NoFrame);
    m_view->setExpandsOnDoubleClick(false);
    m_view->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_view->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_view->setMouseTracking(true);
    m_view->setAccessibleName(tr("Changes between A and B"));

    m_empty->setAlignment(Qt::AlignCenter);
    m_empty->setWordWrap(true);
    m_empty->setProperty("muted", true);
    m_empty->setContentsMargins(20, 20, 20, 60);

    auto *body = new QWidget;
    m_stack = new QStackedLayout(body);
    m_stack->addWidget(m_view);
    m_stack->addWidget(m_empty);

    auto *fields = new QVBoxLayout;
    fields->setContentsMargins(10, 8, 10, 6);
    fields->setSpacing(4);
    fields->addWidget(m_filter);
    fields->addWidget(m_mistake);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(header);
    column->addLayout(fields);
    column->addWidget(body, 1);

    connect(m_filter, &QLineEdit::textChanged, this, [this](const QString &text) {
        m_parsed = ChangeFilter::parse(text);
        m_mistake->setVisible(!m_parsed.mistakes().isEmpty());
        if (!m_parsed.mistakes().isEmpty()) {
            m_mistake->setText(
                tr("Not understood: %1. Severities are low, medium, high, critical; kinds are added, removed, modified, recreated.")
                    .arg(m_parsed.mistakes().join(u", "_s)));
        }
        build();
    });
    connect(m_view->selectionModel(), &QItemSelectionModel::currentChanged, this, [this](const QModelIndex &current) {
        const ChangeRow *row = m_model->row(current);
        if (!m_isTaking && row && row->finding >= 0
            && m_shown.lock() == m_session.findings()) { // a list that is still being replaced selects nothing
            m_session.setCurrentFinding(row->finding);
        }
    });
    connect(m_view, &QTreeView::clicked, this, [this](const QModelIndex &index) {
        if (m_model->rowCount(index) > 0) {
            m_view->setExpanded(index, !m_view->isExpanded(index));
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
    connect(&session, &Session::findingsChanged, this, &ChangesPage::build);
    connect(&session, &Session::currentFindingChanged, this, &ChangesPage::followSession);
    connect(&session, &Session::storeOpened, this, &ChangesPage::updateEmptyState);
    connect(&session, &Session::organisationChanged, this, [this] {
        if (!m_session.findings()) {
            m_shown.reset();
            take(std::make_shared<const ChangeTree>());
        }
    });
    connect(&session, &Session::timelineChanged, this, &ChangesPage::updateEmptyState);
    build();
}

ChangesPage::~ChangesPage()
{
    m_jobs->finish();
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
    if (findings->findings.size() <= muchToFilter) {
        m_shown = findings;
        take(buildChangeTree(*findings, m_parsed));
        return;
    }
    m_jobs->run(
        Jobs::Foreground, [findings, filter = m_parsed] { return buildChangeTree(*findings, filter); },
        [this, job, of = std::weak_ptr(findings)](std::shared_ptr<const ChangeTree> tree) {
            if (job == m_job) {
                m_shown = of;
                take(std::move(tree));
            }
        });
}

void ChangesPage::take(std::shared_ptr<const ChangeTree> tree)
{
    m_isTaking = true;
    m_model->setTree(std::move(tree));
    expandRows();
    m_isTaking = false;
    updateHeader();
    updateEmptyState();
    followSession(m_session.currentFinding());
}

bool ChangesPage::isClosedByDefault(const ChangeRow &row) const
{
    const bool isAside = row.kind == ChangeRow::Kind::NotComparable || row.kind == ChangeRow::Kind::Silent;
    const bool isMinor = row.kind == ChangeRow::Kind::Severity && row.severity <= Policy::Severity::Medium;
    if (isAside) {
        return m_model->tree().shown > 0;
    }
    constexpr qsizetype fitsAnyway = 12;
    return isMinor && m_parsed.isEmpty() && m_model->tree().shown > fitsAnyway
        && m_model->tree().rows.at(m_model->tree().top.constFirst()).severity > Policy::Severity::Medium;
}

void ChangesPage::expandRows()
{
    const ChangeTree &tree = m_model->tree();
    for (const int top : tree.top) {
        const ChangeRow &row = tree.rows.at(top);
        const bool isOpen = m_opened.contains(row.key) || (!m_closed.contains(row.key) && !isClosedByDefault(row));
        m_view->setExpanded(m_model->indexOfRow(top), isOpen);
        for (const int child : row.children) {
            const ChangeRow &below = tree.rows.at(child);
            if (!below.children.isEmpty()) {
                m_view->setExpanded(m_model->indexOfRow(child), !m_closed.contains(below.key));
            }
        }
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
    const int current = tree.rowOfFinding(m_session.currentFinding());
    qsizetype at = tree.entityRows.indexOf(current);
    if (at < 0) {
        at = by > 0 ? 0 : tree.entityRows.size() - 1;
    } else {
        at = std::clamp<qsizetype>(at + by, 0, tree.entityRows.size() - 1);
    }
    m_session.setCurrentFinding(tree.rows.at(tree.entityRows.at(at)).finding);
}

} // namespace Orgtrace::Ui
