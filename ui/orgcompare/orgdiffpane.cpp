#include "orgcompare/orgdiffpane.h"

#include "diff/diffheader.h"
#include "diff/diffview.h"
#include "diff/displaytext.h"
#include "diff/findbar.h"
#include "diff/jsonhighlighter.h"
#include "diff/overviewruler.h"
#include "orgcompare/orgparts.h"
#include "session/session.h"
#include "theme/theme.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSettings>
#include <QShortcut>
#include <QSplitter>
#include <QTreeView>

namespace Orgtrace::Ui {

using namespace Qt::StringLiterals;

namespace {

constexpr qint64 OpenUpTo = 300; // entries: all domains are open at first
constexpr qsizetype TwinsTold = 4;

QString keyOf(const DifferenceEntry &entry)
{
    // What differs in one field and is not comparable in another is there twice.
    return entry.domain + u'\n' + entry.left.value_or(u"\n"_s) + u'\n' + entry.right.value_or(u"\n"_s) + u'\n' + entry.why;
}

/// What is only on the left is pointed to in its text; the same pointer leads to something else in the right one.
Side sideOf(const Compare::FieldChange &field)
{
    return field.kind == Compare::FieldKind::Removed ? Side::Left : Side::Right;
}

} // namespace

OrgDiffPane::OrgDiffPane(QWidget *parent) :
    QWidget(parent), m_model(new OrgDiffTree(this)), m_filter(new QLineEdit),
    m_chips(new ChoiceChips({tr("All"), tr("Only left"), tr("Only right"), tr("Differ"), tr("Not comparable")})),
    m_copy(new QPushButton(tr("Copy as text"))), m_tree(new OrgTree), m_note(new QLabel), m_header(new DiffHeader), m_view(new DiffView),
    m_find(new FindBar(*m_view)), m_jobs(this)
{
    m_filter->setPlaceholderText(tr("Filter by domain, name, id or field"));
    m_filter->setAccessibleName(tr("Filter the differences"));
    m_filter->setClearButtonEnabled(true);
    m_filter->setFixedWidth(260);
    m_copy->setToolTip(tr("The differences shown, with whole ids and values (Ctrl+C in the tree)"));

    m_tree->setModel(m_model);
    m_tree->setItemDelegate(new OrgDelegate(m_tree));
    m_tree->setUniformRowHeights(true);
    m_tree->setFrameShape(QFrame::NoFrame);
    m_tree->setIndentation(16);
    m_tree->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_tree->setSelectionMode(QAbstractItemView::SingleSelection);
    m_tree->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_tree->setAccessibleName(tr("Differences of the two organisations"));
    m_tree->header()->setStretchLastSection(false);
    m_tree->header()->setStyleSheet(u"QHeaderView::section { padding: 4px 8px; } QHeaderView::section:first { padding-left: 14px; }"_s);
    for (const int column : {OrgDiffTree::LabelColumn, OrgDiffTree::LeftColumn, OrgDiffTree::RightColumn}) {
        m_tree->header()->setSectionResizeMode(column, QHeaderView::Stretch);
    }
    m_tree->header()->setSectionResizeMode(OrgDiffTree::KindColumn, QHeaderView::Fixed);
    m_tree->header()->resizeSection(OrgDiffTree::KindColumn, 150);
    m_tree->installEventFilter(this);
    m_filter->installEventFilter(this);

    m_note->setTextFormat(Qt::PlainText);
    m_note->setWordWrap(true);
    m_note->setProperty("muted", true);
    m_note->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    m_note->setContentsMargins(14, 6, 14, 6);
    m_note->hide();

    auto *tools = new QHBoxLayout;
    tools->setContentsMargins(14, 8, 14, 8);
    tools->setSpacing(10);
    tools->addWidget(m_filter);
    tools->addWidget(m_chips);
    tools->addStretch(1);
    tools->addWidget(m_copy);
    auto *line = new QWidget;
    line->setProperty("hairline", true);
    line->setAttribute(Qt::WA_StyledBackground);
    line->setFixedHeight(1);
    auto *texts = new QHBoxLayout;
    texts->setSpacing(0);
    texts->addWidget(m_view, 1);
    texts->addWidget(new OverviewRuler(*m_view));
    auto *lower = new QWidget;
    auto *column = new QVBoxLayout(lower);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(m_header);
    column->addWidget(m_note);
    column->addLayout(texts, 1);
    column->addWidget(m_find);
    auto *splitter = new QSplitter(Qt::Vertical);
    splitter->setHandleWidth(1);
    splitter->setChildrenCollapsible(false);
    splitter->addWidget(m_tree);
    splitter->addWidget(lower);
    splitter->setSizes({300, 360});
    auto *all = new QVBoxLayout(this);
    all->setContentsMargins(0, 0, 0, 0);
    all->setSpacing(0);
    all->addLayout(tools);
    all->addWidget(line);
    all->addWidget(splitter, 1);
    setFocusProxy(m_tree);

    connect(m_filter, &QLineEdit::textChanged, this, [this] { narrow(); });
    connect(m_filter, &QLineEdit::returnPressed, this, [this] { m_tree->setFocus(Qt::OtherFocusReason); });
    connect(m_chips, &ChoiceChips::currentChanged, this, [this] { narrow(); });
    connect(m_copy, &QPushButton::clicked, this, &OrgDiffPane::copyWanted);
    connect(m_tree->selectionModel(), &QItemSelectionModel::currentRowChanged, this, [this] { showCurrent(); });
    connect(m_tree, &QTreeView::expanded, this, [this](const QModelIndex &index) {
        if (!m_expanding && !index.parent().isValid()) {
            m_open.insert(m_model->branchKey(index));
        }
    });
    connect(m_tree, &QTreeView::collapsed, this, [this](const QModelIndex &index) {
        if (!m_expanding && !index.parent().isValid()) {
            m_open.erase(m_model->branchKey(index));
        }
    });
    connect(m_view, &DiffView::viewportMoved, this, [this] { m_header->setSplit(m_view->split()); });
    connect(m_view, &DiffView::findRequested, this, [this] { m_find->open(); });
    const auto shortcut = [this](const QKeySequence &keys, auto slot) {
        auto *key = new QShortcut(keys, this, nullptr, nullptr, Qt::WidgetWithChildrenShortcut);
        connect(key, &QShortcut::activated, this, slot);
    };
    shortcut(QKeySequence(Qt::Key_F8), [this] { m_view->nextChange(); });
    shortcut(QKeySequence(Qt::SHIFT | Qt::Key_F8), [this] { m_view->previousChange(); });
    shortcut(QKeySequence::Find, [this] { m_find->open(); });
    m_jobs.run(
        Jobs::Background,
        [] {
            auto made = std::make_shared<JsonHighlighter>();
            for (const QString &sample :
                 {u"\"name\": \"a\\n\","_s, u"\"level\": -1.5e3,"_s, u"\"on\": true,"_s, u"null,"_s, u"["_s, u"\"x\": {"_s}) {
                (void)made->highlight(sample); // what the library makes when it is first needed is not made while painting
            }
            return made;
        },
        [this](std::shared_ptr<JsonHighlighter> made) {
            m_highlighter = std::move(made);
            m_view->setHighlighter(m_highlighter);
            applyColours();
        });
    showCurrent();
}

OrgDiffPane::~OrgDiffPane()
{
    m_cancel.cancel();
    m_jobs.finish();
}

QString OrgDiffPane::note() const
{
    return m_note->text();
}

OrgComparisonPtr OrgDiffPane::setComparison(OrgComparisonPtr comparison, const QString &folder)
{
    const DifferenceEntry *before = m_model->entry(m_tree->currentIndex());
    const std::optional<DifferenceEntry> kept = before ? std::optional(*before) : std::nullopt;
    m_folder = folder;
    m_comparison = comparison;
    m_shownKey.clear(); // its texts may be told with other twins now
    m_expanding = true;
    OrgComparisonPtr old = m_model->setComparison(std::move(comparison));
    m_expanding = false;
    const std::array<qint64, 4> counts = m_comparison ? m_comparison->counts : std::array<qint64, 4>{};
    m_chips->setCounts({counts[0] + counts[1] + counts[2] + counts[3], counts[0], counts[1], counts[2], counts[3]});
    if (m_comparison && m_open.empty() && m_model->shownEntries() <= OpenUpTo) {
        for (const DifferenceBranch &branch : m_comparison->branches) {
            m_open.insert(branch.domain);
        }
    }
    expandAgain();
    if (const QModelIndex at = kept ? m_model->indexOf(kept->domain, kept->left, kept->right) : QModelIndex(); at.isValid()) {
        m_tree->setCurrentIndex(at);
    } else if (m_model->rowCount() > 0 && m_open.contains(m_model->branchKey(m_model->index(0, 0)))) {
        m_tree->setCurrentIndex(m_model->index(0, 0, m_model->index(0, 0)));
    }
    showCurrent();
    return old;
}

void OrgDiffPane::expandAgain()
{
    m_expanding = true;
    for (int row = 0; row < m_model->rowCount(); ++row) {
        const QModelIndex branch = m_model->index(row, 0);
        m_tree->setExpanded(branch, m_open.contains(m_model->branchKey(branch)));
    }
    m_expanding = false;
}

void OrgDiffPane::narrow()
{
    const DifferenceEntry *before = m_model->entry(m_tree->currentIndex());
    const std::optional<DifferenceEntry> kept = before ? std::optional(*before) : std::nullopt;
    m_expanding = true;
    m_model->setFilter(m_filter->text(), static_cast<OrgDiffTree::Kind>(m_chips->current()));
    m_expanding = false;
    if (m_model->shownEntries() <= OpenUpTo && !m_filter->text().isEmpty()) {
        m_expanding = true;
        m_tree->expandToDepth(0); // whoever looks for something wants to see it
        m_expanding = false;
    } else {
        expandAgain();
    }
    if (const QModelIndex at = kept ? m_model->indexOf(kept->domain, kept->left, kept->right) : QModelIndex(); at.isValid()) {
        m_tree->setCurrentIndex(at); // what was looked at stays chosen where it is shown
    }
    showCurrent();
}

void OrgDiffPane::say(const QString &headline, const QString &sentence)
{
    m_shownKey.clear();
    m_note->hide();
    m_note->clear();
    m_view->setMessage(headline, sentence);
}

void OrgDiffPane::showCurrent()
{
    if (m_comparison) {
        const Compare::SnapshotDifference &difference = m_comparison->both.difference;
        m_header->setTitles(
            {visibleText(m_comparison->leftName, 60),
             utcText(difference.from.observedUtc),
             {},
             SideTitle::Tone::Neutral,
             difference.from.id},
            {visibleText(m_comparison->rightName, 60), utcText(difference.to.observedUtc), {}, SideTitle::Tone::Neutral, difference.to.id});
    }
    m_header->setVisible(m_comparison != nullptr);
    const QModelIndex at = m_tree->currentIndex();
    const DifferenceEntry *entry = m_model->entry(at);
    if (!entry || entry->isWholeDomain) {
        ++m_job;
        m_shownJob = m_job;
        m_cancel.cancel();
        if (entry) {
            say(tr("All of this domain is not comparable"), visibleText(entry->why, 300));
        } else if (m_comparison && m_model->rowCount() == 0) {
            m_comparison->branches.isEmpty() ? say(tr("Nothing differs"), tr("Everything that was matched is equal."))
                                             : say(tr("Nothing fits the filter"), tr("Empty it to see every difference."));
        } else {
            say(m_comparison ? tr("No difference is selected") : QString(),
                m_comparison ? tr("Choose one to see both texts side by side.") : QString());
        }
        return;
    }
    const Compare::FieldChange *field = m_model->field(at);
    if (keyOf(*entry) == m_shownKey) {
        if (field && m_shownJob == m_job) {
            (void)m_view->goToPointer(field->pointer, sideOf(*field));
        }
        return;
    }
    m_shownKey = keyOf(*entry);
    m_cancel.cancel();
    m_cancel = CancellationSource();
    const int job = ++m_job;
    m_jobs.run(
        Jobs::Foreground,
        [folder = m_folder, comparison = m_comparison, copy = *entry, cancel = m_cancel.token()] {
            return readOrgTexts(folder, comparison, copy, cancel);
        },
        [this, job, copy = *entry](Result<OrgTexts> texts) {
            if (job == m_job) {
                m_shownJob = job;
                took(copy, std::move(texts));
            }
        });
}

void OrgDiffPane::took(const DifferenceEntry &entry, Result<OrgTexts> texts)
{
    if (!texts) {
        say(tr("The texts could not be read"), visibleText(errorText(texts.error()), 500));
        return;
    }
    m_view->setDocument(texts->document);
    m_view->setSideNote(Side::Left, tr("Not in %1").arg(visibleText(m_comparison->leftName, 60)));
    m_view->setSideNote(Side::Right, tr("Not in %1").arg(visibleText(m_comparison->rightName, 60)));
    m_header->setSplit(m_view->split());
    showNote(entry, *texts);
    if (const Compare::FieldChange *field = m_model->field(m_tree->currentIndex())) {
        (void)m_view->goToPointer(field->pointer, sideOf(*field));
    } else if (m_view->changeCount() > 0) {
        m_view->goToChange(0);
    }
}

void OrgDiffPane::showNote(const DifferenceEntry &entry, const OrgTexts &texts)
{
    QStringList notes;
    if (!entry.why.isEmpty()) {
        notes.append(tr("Not comparable: %1.").arg(visibleText(entry.why, 300)));
    }
    if (entry.left && entry.right && entry.left != entry.right) {
        notes.append(tr("Twins: %1 on the left, %2 on the right.")
                         .arg(visibleText(shortId(*entry.left), 60), visibleText(shortId(*entry.right), 60)));
    }
    if (!texts.twins.isEmpty()) {
        QStringList told;
        for (const auto some = texts.twins.first(std::min(texts.twins.size(), TwinsTold)); const auto &[from, to] : some) {
            const QString name = m_comparison->nameOfId.value(to);
            told.append(tr("%1 as %2%3")
                            .arg(visibleText(shortId(from), 60), visibleText(shortId(to), 60),
                                 name.isEmpty() ? QString() : QString(u" (" + visibleText(name, 60) + u')')));
        }
        if (texts.twins.size() > TwinsTold) {
            told.append(tr("%1 more").arg(countText(texts.twins.size() - TwinsTold)));
        }
        notes.append(tr("Ids on the left are shown as those of their twins: %1.").arg(told.join(u", "_s)));
    }
    m_note->setText(notes.join(u' '));
    m_note->setVisible(!notes.isEmpty());
}

void OrgDiffPane::applyColours()
{
    if (m_highlighter) {
        // As chosen in the diff of two snapshots.
        const QString key = Theme::isDark() ? u"diff/colours-dark"_s : u"diff/colours-light"_s;
        m_highlighter->setColours(QSettings().value(key).toString(), Theme::page());
        m_view->repaintColours();
    }
}

void OrgDiffPane::changeEvent(QEvent *event)
{
    if (event->type() == QEvent::PaletteChange) {
        applyColours();
    }
    QWidget::changeEvent(event);
}

bool OrgDiffPane::eventFilter(QObject *watched, QEvent *event)
{
    if (watched == m_tree && event->type() == QEvent::KeyPress) {
        const auto *key = static_cast<QKeyEvent *>(event);
        if (key->matches(QKeySequence::Copy)) {
            Q_EMIT copyWanted();
            return true;
        }
        if (key->key() == Qt::Key_Return || key->key() == Qt::Key_Enter) {
            const QModelIndex at = m_tree->currentIndex();
            m_tree->setExpanded(at, !m_tree->isExpanded(at));
            return true;
        }
    }
    if (watched == m_filter && event->type() == QEvent::KeyPress) {
        const int key = static_cast<QKeyEvent *>(event)->key();
        if (key == Qt::Key_Escape && !m_filter->text().isEmpty()) { // the page is left by the next one
            m_filter->clear();
            return true;
        }
        if (key == Qt::Key_Down) {
            m_tree->setFocus(Qt::OtherFocusReason);
            return true;
        }
    }
    return QWidget::eventFilter(watched, event);
}

} // namespace Orgtrace::Ui
