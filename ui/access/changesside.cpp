#include "access/changesside.h"

#include "access/accessdelegate.h"
#include "access/accesstreemodel.h"
#include "access/accesswidgets.h"
#include "changes/filterfield.h"
#include "diff/displaytext.h"
#include "theme/theme.h"

#include <QCheckBox>
#include <QClipboard>
#include <QComboBox>
#include <QFutureWatcher>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QMenu>
#include <QShortcut>
#include <QToolButton>
#include <QVBoxLayout>
#include <QtConcurrentRun>

using namespace Qt::StringLiterals;

namespace Orgtrace::Ui {

namespace {

AccessVocabulary vocabularyOf(const Access::AccessDifference &difference)
{
    constexpr qsizetype enough = 2'000;
    QSet<QString> roles, containers;
    for (const Access::SubjectChange &subject : difference.subjects) {
        for (const Access::AccessChange &change : subject.changes) {
            for (const auto *routes : {&change.before, &change.after}) {
                for (const Access::AccessRoute &route : *routes) {
                    roles.insert(route.roleName);
                    containers.insert(route.containerName);
                }
            }
        }
        if (roles.size() + containers.size() > enough) {
            break;
        }
    }
    AccessVocabulary words;
    words.roles = roles.values();
    words.containers = containers.values();
    words.roles.sort();
    words.containers.sort();
    return words;
}

} // namespace

ChangesSide::ChangesSide(QWidget *parent) :
    QWidget(parent), m_model({tr("Who may do more or less"), tr("Before"), tr("After"), tr("Event")}), m_filter(new FilterField(this)),
    m_division(divisionBox(this)), m_onlyHighRisk(new QCheckBox(tr("only high-risk"), this)), m_caveats(caveatLabel(this)),
    m_summary(new QLabel(this)), m_empty(emptyLabel(this)), m_tree(new AccessTree(this))
{
    m_filter->setPlaceholderText(tr("filter, e.g. how:gained role:admin routing:queue"));
    m_filter->setClearButtonEnabled(true);
    m_filter->setMaxLength(400);
    m_filter->setAccessibleName(tr("Filter of the changes"));
    m_filter->setBelow(m_tree);
    m_onlyHighRisk->setToolTip(highRiskTip());
    m_summary->setProperty("muted", true);
    m_summary->setTextFormat(Qt::PlainText);
    m_summary->setWordWrap(true);
    m_summary->setContentsMargins(14, 6, 14, 6);
    m_summary->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_tree->setHeaderHidden(false);
    m_tree->setModel(&m_model);
    m_tree->setAccessibleName(tr("Who may do more or less in B than in A"));
    m_tree->setContextMenuPolicy(Qt::CustomContextMenu);
    m_tree->header()->setStretchLastSection(true);
    m_tree->header()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    m_tree->header()->resizeSection(0, 325);
    m_tree->header()->resizeSection(1, 155);
    m_tree->header()->resizeSection(2, 270);

    auto *copyButton = new QToolButton(this);
    copyButton->setProperty("bar", true);
    copyButton->setText(tr("Copy"));
    copyButton->setPopupMode(QToolButton::InstantPopup);
    copyButton->setAccessibleName(tr("Copy the changes shown"));
    auto *menu = new QMenu(copyButton);
    menu->addAction(tr("As text"), this, [this] { copy(AccessChangesFormat::Text); });
    menu->addAction(tr("As Markdown"), this, [this] { copy(AccessChangesFormat::Markdown); });
    copyButton->setMenu(menu);

    auto *bar = new QHBoxLayout;
    bar->setContentsMargins(14, 0, 14, 9);
    bar->setSpacing(10);
    bar->addWidget(m_filter, 1);
    bar->addWidget(m_division);
    bar->addWidget(m_onlyHighRisk);
    bar->addWidget(copyButton);
    auto *all = new QVBoxLayout(this);
    all->setContentsMargins(0, 0, 0, 0);
    all->setSpacing(0);
    all->addLayout(bar);
    all->addWidget(accessHairline(this));
    all->addWidget(m_caveats);
    all->addWidget(m_summary);
    all->addWidget(m_empty, 1);
    all->addWidget(m_tree, 1);

    m_delay.setSingleShot(true);
    m_delay.setInterval(120); // one answer for a word, not one a letter
    connect(m_filter, &QLineEdit::textChanged, this, [this] { m_delay.start(); });
    connect(&m_delay, &QTimer::timeout, this, &ChangesSide::compute);
    connect(m_division, &QComboBox::currentIndexChanged, this, &ChangesSide::compute);
    connect(m_onlyHighRisk, &QCheckBox::toggled, this, &ChangesSide::compute);
    connect(m_tree, &QTreeView::activated, this, &ChangesSide::open);
    auto *copyKey = new QShortcut(QKeySequence::Copy, m_tree);
    copyKey->setContext(Qt::WidgetShortcut);
    connect(copyKey, &QShortcut::activated, this, [this] { copy(AccessChangesFormat::Text); });
    connect(m_tree, &QWidget::customContextMenuRequested, this, [this](const QPoint &at) {
        QMenu choices(this);
        const QModelIndex index = m_tree->indexAt(at);
        choices.addAction(tr("Show what they hold"), this, [this, index] { open(index); })
            ->setEnabled(!index.siblingAtColumn(0).data(AccessTreeModel::SubjectIdRole).toString().isEmpty());
        const QModelIndex row = index.siblingAtColumn(0);
        const QString id = row.data(AccessTreeModel::SubjectIdRole).toString();
        const QString permission = row.data(AccessTreeModel::PermissionRole).toString();
        choices.addAction(tr("When was this held?"), this, [this, id, permission] { Q_EMIT historyWanted(id, permission); })
            ->setEnabled(!id.isEmpty() && !permission.isEmpty());
        choices.addSeparator();
        choices.addAction(tr("Copy all as text"), this, [this] { copy(AccessChangesFormat::Text); });
        choices.addAction(tr("Copy all as Markdown"), this, [this] { copy(AccessChangesFormat::Markdown); });
        choices.exec(m_tree->viewport()->mapToGlobal(at));
    });
    m_tree->hide();
    m_caveats->hide();
}

void ChangesSide::setModels(const ModelPtr &a, const ModelPtr &b, const std::shared_ptr<const Policy::Policy> &policy, const QString &title)
{
    if (a == m_a && b == m_b && policy == m_policy && m_difference) {
        return;
    }
    m_model.setItems({}); // its rows hold on to the difference
    letGo(std::exchange(m_difference, {}));
    letGo(std::exchange(m_chosen, {}));
    letGo(std::exchange(m_a, a));
    letGo(std::exchange(m_b, b));
    m_policy = policy;
    m_title = title;
    if (!a || !b) {
        ++m_job;
        return;
    }
    fillDivisions(m_division, b->resolver().divisions());
    say(tr("Comparing rights…"), tr("What everybody may do in A and in B is compared once."));
    compute();
}

void ChangesSide::say(const QString &headline, const QString &sentence)
{
    m_model.setItems({});
    m_tree->hide();
    m_caveats->hide();
    m_summary->hide();
    m_empty->setText(headline + u"\n\n"_s + sentence);
    m_empty->show();
}

void ChangesSide::compute()
{
    if (!m_a || !m_b) {
        return;
    }
    const int job = ++m_job;
    ChangesQuery query;
    query.filter = AccessFilter(m_filter->text());
    query.divisionId = m_division->currentData().toString();
    query.onlyHighRisk = m_onlyHighRisk->isChecked();
    query.highRisk = m_highRisk;
    auto *watcher = new QFutureWatcher<Shown>(this);
    connect(watcher, &QFutureWatcherBase::finished, this, [this, watcher, job] {
        watcher->deleteLater();
        if (job == m_job) {
            took(watcher->result());
        }
    });
    watcher->setFuture(QtConcurrent::run([a = m_a, b = m_b, policy = m_policy, known = m_difference, query]() mutable {
        Shown shown;
        shown.whole = known;
        if (!known) {
            shown.whole = std::make_shared<const Access::AccessDifference>(Access::difference(a->resolver(), b->resolver()));
            query.highRisk.clear();
            for (const auto &model : {a, b}) {
                for (const QStringList all = policy ? model->permissions() : QStringList(); const QString &permission : all) {
                    if (!query.highRisk.contains(permission) && policy->isHighRisk(permission)) {
                        query.highRisk.insert(permission);
                    }
                }
            }
        }
        shown.highRisk = query.highRisk;
        shown.chosen = chosenChanges(*shown.whole, query);
        shown.rows = changeRows(shown.chosen, query.highRisk);
        shown.summary = changesSummary(*shown.chosen);
        shown.words = vocabularyOf(*shown.whole);
        return shown;
    }));
}

void ChangesSide::took(Shown shown)
{
    m_difference = shown.whole;
    DifferencePtr before = std::exchange(m_chosen, shown.chosen);
    m_highRisk = shown.highRisk;
    const QString current = m_tree->currentIndex().siblingAtColumn(0).data(AccessTreeModel::StableIdRole).toString();
    const bool isEmpty = shown.rows.isEmpty();
    m_filter->setCompletion(
        [words = shown.words](const QString &text, qsizetype cursor) { return completeAccessFilter(text, cursor, words); });
    m_model.setItems(std::move(shown.rows));
    letGo(std::move(before));
    setCaveats(m_caveats, m_difference->caveats);
    m_summary->setText(shown.summary);
    m_summary->show();
    m_tree->setVisible(!isEmpty);
    m_empty->setVisible(isEmpty);
    if (isEmpty) {
        const bool isFiltered = !m_difference->subjects.isEmpty();
        m_empty->setText(isFiltered ? tr("No change fits the filter.")
                                    : tr("Nobody may do more or less.") + u"\n\n"_s + tr("Between A and B no effective right changed."));
    }
    QModelIndex index = m_model.indexOf(current);
    if (!index.isValid()) {
        index = m_model.index(0, 0);
    }
    // The first few are open: by what route is the question.
    int opened = 0;
    for (int row = 0; row < m_model.rowCount() && opened < (m_model.rowCount() <= 6 ? 6 : 1); ++row) {
        if (!m_model.index(row, 0).data(AccessTreeModel::SubjectIdRole).toString().isEmpty()) {
            m_tree->expand(m_model.index(row, 0));
            ++opened;
        }
    }
    m_tree->setCurrentIndex(index);
    Q_EMIT changesShown();
}

QString ChangesSide::text(AccessChangesFormat format) const
{
    return m_chosen ? changesAs(format, *m_chosen, tr("Effective rights, %1").arg(m_title)) : QString();
}

void ChangesSide::copy(AccessChangesFormat format) const
{
    if (m_chosen) {
        QGuiApplication::clipboard()->setText(text(format));
    }
}

void ChangesSide::open(const QModelIndex &index)
{
    const QModelIndex row = index.siblingAtColumn(0);
    if (const QString id = row.data(AccessTreeModel::SubjectIdRole).toString(); !id.isEmpty()) {
        Q_EMIT subjectWanted(id, row.data(AccessTreeModel::PermissionRole).toString());
    }
}

} // namespace Orgtrace::Ui
