#include "access/findingsside.h"

#include "access/accessdelegate.h"
#include "access/accesstreemodel.h"
#include "access/accesswidgets.h"
#include "access/crosscheckpanel.h"
#include "access/pathgraph.h"
#include "changes/filterfield.h"
#include "diff/displaytext.h"
#include "session/session.h"
#include "theme/theme.h"

#include <QClipboard>
#include <QFileDialog>
#include <QFutureWatcher>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QLabel>
#include <QMenu>
#include <QPushButton>
#include <QSaveFile>
#include <QScrollArea>
#include <QShortcut>
#include <QSplitter>
#include <QToolButton>
#include <QVBoxLayout>
#include <QtConcurrentRun>

using namespace Qt::StringLiterals;

namespace Orgtrace::Ui {

namespace {

AccessVocabulary wordsOf(const Policy::AccessCheck &check)
{
    AccessVocabulary words;
    QSet<QString> roles, containers, divisions, domains;
    constexpr qsizetype enough = 2'000;
    for (const Policy::AccessFinding &finding : check.findings) {
        for (const Policy::FindingSubject &found : finding.subjects) {
            for (const Policy::HeldProof &proof : found.proof) {
                domains.insert(proof.permission.section(u':', 0, 0));
                for (const Access::AccessPath &path : proof.paths) {
                    roles.insert(path.roleName);
                    containers.insert(path.containerName);
                    divisions.insert(path.divisionName);
                }
            }
            if (roles.size() + containers.size() > enough) {
                break;
            }
        }
    }
    for (const auto &[from, to] : {std::pair(&domains, &words.domains), std::pair(&roles, &words.roles),
                                   std::pair(&containers, &words.containers), std::pair(&divisions, &words.divisions)}) {
        from->remove(QString());
        *to = from->values();
        to->sort();
    }
    return words;
}

} // namespace

FindingsSide::FindingsSide(Session &session, QWidget *parent) :
    QWidget(parent), m_session(session), m_filter(new FilterField(this)), m_copy(new QToolButton(this)), m_summary(new QLabel(this)),
    m_empty(emptyLabel(this)), m_ruleTitle(new QLabel(this)), m_rule(new QLabel(this)),
    m_again(new QPushButton(tr("Read the rules again"), this)), m_tree(new AccessTree(this)), m_graph(new PathGraph(this)),
    m_list(new QWidget(this)), m_detail(new QWidget(this)), m_crossCheck(new CrossCheckPanel(session, this))
{
    build();
    m_delay.setSingleShot(true);
    m_delay.setInterval(120); // one answer for a word, not one a letter
    connect(m_filter, &QLineEdit::textChanged, this, [this] { m_delay.start(); });
    connect(&m_delay, &QTimer::timeout, this, &FindingsSide::compute);
    connect(m_tree->selectionModel(), &QItemSelectionModel::currentChanged, this, &FindingsSide::showRow);
    connect(m_tree, &QTreeView::activated, this, &FindingsSide::open);
    connect(m_tree, &QWidget::customContextMenuRequested, this,
            [this](const QPoint &at) { openMenu(m_tree->viewport()->mapToGlobal(at)); });
    connect(m_again, &QPushButton::clicked, this, &FindingsSide::readAgain);
    connect(m_crossCheck, &CrossCheckPanel::resultChanged, this, [this] {
        fillCopyMenu();
        compute();
    });
    auto *copyKey = new QShortcut(QKeySequence::Copy, m_tree);
    copyKey->setContext(Qt::WidgetShortcut);
    connect(copyKey, &QShortcut::activated, this, [this] { copy(FindingsFormat::Markdown); });
    fillCopyMenu();
    say(tr("No snapshot to look at"), {});
}

void FindingsSide::build()
{
    m_filter->setPlaceholderText(tr("filter, e.g. risk:critical contractor grant"));
    m_filter->setClearButtonEnabled(true);
    m_filter->setMaxLength(400);
    m_filter->setAccessibleName(tr("Filter of the findings"));
    m_filter->setBelow(m_tree);
    m_copy->setProperty("bar", true);
    m_copy->setText(tr("Copy"));
    m_copy->setPopupMode(QToolButton::InstantPopup);
    m_copy->setAccessibleName(tr("Copy or save the findings shown"));
    m_copy->setMenu(new QMenu(m_copy));
    m_summary->setProperty("muted", true);
    m_summary->setTextFormat(Qt::PlainText);
    m_summary->setWordWrap(true);
    m_summary->setContentsMargins(14, 6, 14, 6);
    m_summary->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_empty->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    m_empty->setContentsMargins(30, 60, 30, 12);
    m_tree->setModel(&m_model);
    m_tree->setAccessibleName(tr("Findings by severity, rule and subject"));
    m_tree->setContextMenuPolicy(Qt::CustomContextMenu);
    QFont bold = font();
    bold.setWeight(QFont::DemiBold);
    m_ruleTitle->setFont(bold);
    for (QLabel *label : {m_ruleTitle, m_rule}) {
        label->setTextFormat(Qt::PlainText);
        label->setWordWrap(true);
        label->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    }
    m_rule->setAccessibleName(tr("What the rule means, and what to do"));

    auto *bar = new QHBoxLayout;
    bar->setContentsMargins(14, 0, 14, 9);
    bar->setSpacing(10);
    bar->addWidget(m_filter, 1);
    bar->addWidget(m_copy);
    auto *listLayout = new QVBoxLayout(m_list);
    listLayout->setContentsMargins(0, 0, 0, 0);
    listLayout->setSpacing(0);
    listLayout->addWidget(m_summary);
    listLayout->addWidget(m_empty);
    listLayout->addWidget(m_again, 0, Qt::AlignHCenter);
    listLayout->addWidget(m_tree, 1);
    listLayout->addStretch(0);
    auto *paths = new QWidget;
    auto *pathLayout = new QVBoxLayout(paths);
    pathLayout->setContentsMargins(14, 10, 14, 8);
    pathLayout->setSpacing(5);
    pathLayout->addWidget(m_ruleTitle);
    pathLayout->addWidget(m_rule);
    pathLayout->addWidget(m_graph);
    pathLayout->addStretch(1);
    auto *scroll = new QScrollArea;
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setWidgetResizable(true);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll->setWidget(paths);
    auto *detailLayout = new QVBoxLayout(m_detail);
    detailLayout->setContentsMargins(0, 0, 0, 0);
    detailLayout->addWidget(scroll);
    auto *splitter = new QSplitter(Qt::Vertical, this);
    splitter->addWidget(m_list);
    splitter->addWidget(m_detail);
    splitter->setHandleWidth(1);
    splitter->setChildrenCollapsible(false);
    splitter->setStretchFactor(0, 5);
    splitter->setStretchFactor(1, 3);
    splitter->setSizes({420, 230});
    auto *all = new QVBoxLayout(this);
    all->setContentsMargins(0, 0, 0, 0);
    all->setSpacing(0);
    all->addLayout(bar);
    all->addWidget(accessHairline(this));
    all->addWidget(splitter, 1);
    all->addWidget(accessHairline(this));
    all->addWidget(m_crossCheck);
}

void FindingsSide::fillCopyMenu()
{
    QMenu *menu = m_copy->menu();
    menu->clear();
    for (const auto &[words, format] : {std::pair(tr("As Markdown"), FindingsFormat::Markdown),
                                        std::pair(tr("As JSON"), FindingsFormat::Json), std::pair(tr("As CSV"), FindingsFormat::Csv)}) {
        menu->addAction(words, this, [this, format] { copy(format); });
    }
    menu->addSeparator();
    for (const auto &[words, format] :
         {std::pair(tr("Save as Markdown…"), FindingsFormat::Markdown), std::pair(tr("Save as JSON…"), FindingsFormat::Json),
          std::pair(tr("Save as CSV…"), FindingsFormat::Csv)}) {
        menu->addAction(words, this, [this, format] { chooseFile(format); });
    }
    if (const CrossCheckedPtr cross = m_crossCheck->result()) {
        menu->addSeparator();
        for (const auto &[words, format] :
             {std::pair(tr("Cross-check as Markdown"), FindingsFormat::Markdown),
              std::pair(tr("Cross-check as JSON"), FindingsFormat::Json), std::pair(tr("Cross-check as CSV"), FindingsFormat::Csv)}) {
            menu->addAction(words, this,
                            [cross, format] { QGuiApplication::clipboard()->setText(QString::fromUtf8(crossCheckAs(format, *cross))); });
        }
    }
}

QString FindingsSide::summaryText() const
{
    return m_summary->isHidden() ? QString() : m_summary->text();
}

QString FindingsSide::emptyText() const
{
    return m_empty->isHidden() ? QString() : m_empty->text();
}

QString FindingsSide::ruleText() const
{
    return m_ruleTitle->text() + u'\n' + m_rule->text();
}

void FindingsSide::say(const QString &headline, const QString &sentence)
{
    ++m_job;
    m_isComputing = false;
    m_model.setItems({});
    m_tree->hide();
    m_summary->hide();
    m_again->hide();
    m_detail->hide();
    m_empty->setText(sentence.isEmpty() ? headline : QString(headline + u"\n\n"_s + sentence));
    m_empty->show();
}

void FindingsSide::clear()
{
    ++m_job;
    m_isComputing = false;
    m_snapshot.clear();
    m_model.setItems({});
    letGo(std::exchange(m_chosen, {}));
    letGo(std::exchange(m_reading, {}));
    for (ReadingPtr &kept : m_kept) {
        letGo(std::exchange(kept, {}));
    }
    m_kept.clear();
}

void FindingsSide::readAgain()
{
    m_kept.clear();
    m_reading.reset();
    compute();
}

void FindingsSide::filter(const QString &text)
{
    m_filter->setText(text);
    m_filter->hideOffer();
    m_delay.stop();
    compute();
}

void FindingsSide::setSnapshot(const QString &snapshotId, const QString &asOf)
{
    m_asOf = asOf;
    if (snapshotId == m_snapshot && m_reading) {
        return;
    }
    if (snapshotId != m_snapshot) {
        constexpr qsizetype mostKept = 4;
        m_snapshot = snapshotId;
        m_reading = m_kept.value(snapshotId);
        if (m_kept.size() > mostKept) {
            for (ReadingPtr &kept : m_kept) {
                letGo(std::exchange(kept, {}));
            }
            m_kept.clear();
        }
    }
    compute();
}

void FindingsSide::compute()
{
    const Evidence::SnapshotSummary *snapshot = m_session.snapshot(m_snapshot);
    if (!snapshot || !m_session.isOpen()) {
        return;
    }
    if (!m_reading) {
        say(tr("Applying the rules…"), tr("Everybody's rights in this snapshot are held against the access rules of the store."));
    }
    const int job = ++m_job;
    m_isComputing = true;
    auto *watcher = new QFutureWatcher<Shown>(this);
    connect(watcher, &QFutureWatcherBase::finished, this, [this, watcher, job] {
        watcher->deleteLater();
        if (job == m_job) {
            took(watcher->future().takeResult());
        }
    });
    watcher->setFuture(QtConcurrent::run([folder = m_session.folder(), summary = *snapshot, known = m_reading,
                                          filter = AccessFilter(m_filter->text()), cross = m_crossCheck->result()] {
        Shown shown;
        shown.reading = known;
        if (!known) {
            Result<ReadingPtr> read = readFindings(folder, summary);
            if (!read) {
                shown.error = read.error();
                return shown;
            }
            shown.reading = *std::move(read);
        }
        shown.chosen = std::make_shared<const Policy::AccessCheck>(chosenFindings(shown.reading->check, filter));
        shown.rows = findingRows(shown.reading, shown.chosen, cross);
        shown.summary = findingsSummary(*shown.chosen);
        shown.words = wordsOf(shown.reading->check);
        return shown;
    }));
}

void FindingsSide::took(Shown shown)
{
    m_isComputing = false;
    if (shown.error) {
        const Error &error = *shown.error;
        const bool isMistake = error.code == ErrorCode::BadInput || error.code == ErrorCode::TooLarge;
        // The place first: it is what one needs to put it right.
        isMistake ? say(tr("A mistake in the access rules"),
                        visibleText(error.where, 300) + u"\n\n"_s + visibleText(error.detail, 600) + u"\n\n"_s
                            + tr("Nothing was judged meanwhile. Correct the file, then read the rules again."))
                  : say(tr("The rules could not be applied"), errorText(error));
        m_again->show();
        Q_EMIT findingsShown();
        return;
    }
    m_reading = shown.reading;
    m_kept.insert(m_snapshot, m_reading);
    CheckPtr before = std::exchange(m_chosen, shown.chosen);
    const QString current = m_tree->currentIndex().data(AccessTreeModel::StableIdRole).toString();
    const bool isEmpty = shown.rows.isEmpty();
    const bool isFiltered = !m_filter->text().trimmed().isEmpty();
    m_filter->setCompletion(
        [words = shown.words](const QString &text, qsizetype cursor) { return completeAccessFilter(text, cursor, words); });
    m_model.setItems(std::move(shown.rows));
    letGo(std::move(before)); // its rows are gone
    const Evidence::SnapshotSummary &of = m_reading->summary;
    m_summary->setText(isFiltered && m_chosen->findings.isEmpty()
                           ? tr("No finding fits the filter.")
                           : shown.summary + u" · "_s + tr("as of %1, %2").arg(m_asOf, utcText(of.observedUtc)));
    m_summary->show();
    m_again->hide();
    m_tree->setVisible(!isEmpty);
    m_detail->setVisible(!isEmpty);
    m_empty->setVisible(isEmpty);
    m_empty->setText(tr("Nothing was found") + u"\n\n"_s + tr("No access rule is applied in this store."));
    for (int row = 0; row < m_model.rowCount(); ++row) {
        // Severities and what the platform says are open; with a few subjects, rules too.
        const QModelIndex top = m_model.index(row, 0);
        if (!top.data(AccessTreeModel::SeverityRole).isValid() && top.data(AccessTreeModel::StableIdRole).toString() != u"unknown") {
            continue;
        }
        m_tree->expand(top);
        constexpr int fewSubjects = 3;
        for (int i = 0; i < m_model.rowCount(top); ++i) {
            const QModelIndex rule = m_model.index(i, 0, top);
            if (isFiltered && m_model.rowCount(rule) <= fewSubjects) {
                m_tree->expand(rule);
            }
        }
    }
    QModelIndex index = current.isEmpty() || isFiltered ? QModelIndex() : m_model.indexOf(current);
    if (!index.isValid()) {
        const QModelIndex first = m_model.index(0, 0);
        index = m_model.rowCount(first) > 0 ? m_model.index(0, 0, first) : first;
    }
    m_tree->setCurrentIndex(index);
    m_tree->scrollTo(index);
    showRow(index);
    Q_EMIT findingsShown();
}

void FindingsSide::showRow(const QModelIndex &index)
{
    const FindingPlace place = findingPlace(index.data(AccessTreeModel::StableIdRole).toString());
    const Policy::AccessFinding *finding
        = m_chosen && place.finding >= 0 && place.finding < m_chosen->findings.size() ? &m_chosen->findings[place.finding] : nullptr;
    m_graph->hide();
    if (!finding) {
        const OutlineItem *item = m_model.item(index.siblingAtColumn(0));
        const QString tip = item ? item->tip : QString();
        m_ruleTitle->setText(item ? item->text : QString());
        m_rule->setText(tip == m_ruleTitle->text() ? QString() : tip);
        return;
    }
    m_ruleTitle->setText(tr("%1: %2").arg(severityText(finding->severity), visibleText(finding->title, 200)));
    QStringList lines;
    if (const auto rule = m_reading->rules.constFind(finding->rule); rule != m_reading->rules.cend()) {
        lines.append(ruleInWords(*rule));
    }
    lines.append(tr("What to do: %1").arg(visibleText(finding->advice, 600)));
    lines.append(tr("Rule %1.").arg(visibleText(finding->rule, 100)));
    if (place.subject >= 0 && place.subject < finding->subjects.size()) {
        const Policy::FindingSubject &found = finding->subjects[place.subject];
        QList<PathGraph::Line> drawn;
        constexpr qsizetype most = 12; // one way each, of as many permissions as can be looked at
        if (place.proof >= 0 && place.proof < found.proof.size()) {
            for (const Access::AccessPath &path : found.proof[place.proof].paths) {
                drawn.append({path, Held::Same});
            }
        } else {
            for (const Policy::HeldProof &proof : found.proof) {
                if (drawn.size() < most && !proof.paths.isEmpty()) {
                    drawn.append({proof.paths.first(), Held::Same});
                }
            }
        }
        if (found.isConditional) {
            lines.append(tr("Under a condition, which is recorded and not evaluated."));
        }
        m_graph->setPaths(found.subject, drawn);
        m_graph->setVisible(!drawn.isEmpty());
    }
    m_rule->setText(lines.join(u'\n'));
}

void FindingsSide::open(const QModelIndex &index)
{
    const QModelIndex row = index.siblingAtColumn(0);
    if (const QString id = row.data(AccessTreeModel::SubjectIdRole).toString(); !id.isEmpty()) {
        Q_EMIT subjectWanted(id, row.data(AccessTreeModel::PermissionRole).toString());
    }
}

void FindingsSide::openMenu(const QPoint &at)
{
    const QModelIndex row = m_tree->currentIndex().siblingAtColumn(0);
    const QString subject = row.data(AccessTreeModel::SubjectIdRole).toString(),
                  permission = row.data(AccessTreeModel::PermissionRole).toString();
    QMenu menu(this);
    menu.addAction(tr("Show what they hold"), this, [this, row] { open(row); })->setEnabled(!subject.isEmpty());
    menu.addAction(tr("When was this held?"), this, [this, subject, permission] { Q_EMIT historyWanted(subject, permission); })
        ->setEnabled(!subject.isEmpty() && !permission.isEmpty());
    menu.addSeparator();
    menu.addAction(tr("Copy all as Markdown"), this, [this] { copy(FindingsFormat::Markdown); });
    menu.addAction(tr("Copy all as JSON"), this, [this] { copy(FindingsFormat::Json); });
    menu.addAction(tr("Copy all as CSV"), this, [this] { copy(FindingsFormat::Csv); });
    menu.exec(at);
}

QByteArray FindingsSide::text(FindingsFormat format) const
{
    return m_chosen && m_reading ? findingsAs(format, *m_chosen, m_reading->summary) : QByteArray();
}

void FindingsSide::copy(FindingsFormat format)
{
    if (!m_chosen || !m_reading) {
        return;
    }
    // Thousands of subjects with their paths: written on a worker.
    auto *watcher = new QFutureWatcher<QString>(this);
    connect(watcher, &QFutureWatcherBase::finished, this, [watcher] {
        watcher->deleteLater();
        QGuiApplication::clipboard()->setText(watcher->result());
    });
    watcher->setFuture(QtConcurrent::run([format, chosen = m_chosen, reading = m_reading] {
        QByteArray text = findingsAs(format, *chosen, reading->summary);
        if (format == FindingsFormat::Csv) {
            text.remove(0, 3); // the mark of UTF-8 is for files
        }
        return QString::fromUtf8(text);
    }));
}

void FindingsSide::chooseFile(FindingsFormat format)
{
    const QString ending = format == FindingsFormat::Json ? u"json"_s : format == FindingsFormat::Csv ? u"csv"_s : u"md"_s;
    auto *dialog = new QFileDialog(this, tr("Save the findings shown"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setDefaultSuffix(ending);
    dialog->selectFile(u"access-findings."_s + ending);
    connect(dialog, &QFileDialog::fileSelected, this, [this, format](const QString &file) { save(format, file); });
    dialog->open();
}

void FindingsSide::save(FindingsFormat format, const QString &file)
{
    if (!m_chosen || !m_reading) {
        return;
    }
    auto *watcher = new QFutureWatcher<bool>(this);
    connect(watcher, &QFutureWatcherBase::finished, this, [this, watcher, file] {
        watcher->deleteLater();
        const bool isWritten = watcher->result();
        m_summary->setText(
            isWritten ? tr("Written to %1").arg(visibleText(file, 200))
                      : tr("%1 could not be written, and nothing was changed there. Choose another folder.").arg(visibleText(file, 200)));
        Q_EMIT findingsWritten(isWritten);
    });
    watcher->setFuture(QtConcurrent::run([format, file, chosen = m_chosen, reading = m_reading] {
        QSaveFile out(file); // whole or not at all
        const QByteArray text = findingsAs(format, *chosen, reading->summary);
        return out.open(QIODevice::WriteOnly) && out.write(text) == text.size() && out.commit();
    }));
}

} // namespace Orgtrace::Ui
