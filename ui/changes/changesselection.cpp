// What one does with chosen changes: select, go back, copy, export, drag out, link to.
#include "changes/changespage.h"

#include "changes/changesmodel.h"
#include "changes/filterfield.h"
#include "session/jobs.h"
#include "session/session.h"
#include "theme/theme.h"

#include <QAccessible>
#include <QClipboard>
#include <QDir>
#include <QFileDialog>
#include <QGuiApplication>
#include <QLabel>
#include <QMenu>
#include <QMimeData>
#include <QSaveFile>
#include <QTreeView>
#include <QUrl>

namespace Orgtrace::Ui {

using namespace Qt::StringLiterals;

namespace {

constexpr qsizetype muchToCopy = 200; ///< changes; above it the text is made on a worker
constexpr qsizetype mostRemembered = 5000; ///< selected rows that undo comes back to
constexpr qsizetype mostDragged = 1000;
constexpr qsizetype mostLinksDragged = 100;

/// As ChangesPage::changeLink(), from any thread. @param range the link to the range alone
QString linkTo(Search::Link range, const Report::Finding &finding)
{
    const Compare::EntityChange &change = finding.judged.change;
    range.domain = change.domain;
    range.entity = change.entity;
    range.hasEntity = true;
    if (!change.fields.isEmpty()) {
        range.pointer = change.fields.constFirst().pointer;
        const bool isGone = change.fields.constFirst().kind == Compare::FieldKind::Removed;
        range.side = isGone ? Search::Link::Side::A : Search::Link::Side::Unsaid; // elsewhere it is where one would look first
    }
    return range.toText();
}

} // namespace

void ChangesPage::buildMenu()
{
    const auto add = [this](const QString &text, auto slot) { connect(m_menu->addAction(text), &QAction::triggered, this, slot); };
    QAction *copy = m_menu->addAction(tr("Copy as text"));
    copy->setShortcut(QKeySequence::Copy);
    copy->setShortcutContext(Qt::WidgetShortcut); // the list itself takes the key
    connect(copy, &QAction::triggered, this, [this] { copyChosen(ChangeFormat::Text); });
    add(tr("Copy as JSON"), [this] { copyChosen(ChangeFormat::Json); });
    add(tr("Copy as Markdown table"), [this] { copyChosen(ChangeFormat::Markdown); });
    add(tr("Copy ids"), [this] { copyChosen(ChangeFormat::Ids); });
    add(tr("Copy names"), [this] { copyChosen(ChangeFormat::Names); });
    add(tr("Copy link"), [this] { copyLink(); });
    m_menu->addSeparator();
    add(tr("Export as CSV …"), [this] { askWhere(ChangeFormat::Csv); });
    add(tr("Export as JSON …"), [this] { askWhere(ChangeFormat::Json); });
    m_menu->addSeparator();
    add(tr("Select all changes shown"), [this] { selectAllChanges(); });
    connect(m_view, &QWidget::customContextMenuRequested, this, [this](const QPoint &at) {
        const bool isAny = !chosenFindings().isEmpty();
        for (const QList<QAction *> actions = m_menu->actions(); QAction * action : actions) {
            action->setEnabled(isAny || action == m_menu->actions().constLast());
        }
        m_menu->popup(m_view->viewport()->mapToGlobal(at));
    });
}

QList<int> ChangesPage::selectedRows() const
{
    QList<int> rows;
    for (const auto those = m_view->selectionModel()->selection(); const QItemSelectionRange &range : those) {
        if (range.left() > ChangesModel::ChangeColumn) {
            continue;
        }
        for (int row = range.top(); row <= range.bottom(); ++row) {
            rows.append(static_cast<int>(m_model->index(row, ChangesModel::ChangeColumn, range.parent()).internalId()));
        }
    }
    return rows;
}

QList<int> ChangesPage::chosenFindings() const
{
    if (m_shown.lock() != m_session.findings() || !m_session.findings()) {
        return {}; // the list is of a range that is no longer chosen
    }
    const QList<int> rows = selectedRows();
    QList<int> chosen = m_model->findingsOf(rows);
    if (rows.isEmpty() && m_session.currentFinding() >= 0) { // else something else is selected, of which there is nothing to copy
        return {m_session.currentFinding()};
    }
    return chosen;
}

FilterState ChangesPage::stateNow() const
{
    FilterState state;
    state.text = m_filter->text();
    state.current = m_session.currentFinding();
    qsizetype count = 0;
    for (const auto those = m_view->selectionModel()->selection(); const QItemSelectionRange &range : those) {
        count += range.height();
    }
    if (count <= mostRemembered) {
        for (const auto rows = selectedRows(); const int row : rows) {
            if (const int finding = m_model->tree().rows.at(row).finding; finding >= 0) {
                state.selected.append(finding);
            }
        }
    }
    state.isAll = count > 1 && count == m_model->tree().shown;
    return state;
}

void ChangesPage::select(const QList<int> &findings)
{
    QList<int> rows;
    for (const int finding : findings) {
        if (const int row = m_model->tree().rowOfFinding(finding); row >= 0) {
            rows.append(row);
        }
    }
    std::ranges::sort(rows);
    QItemSelection selection; // rows side by side as one range: thousands of ranges would be slow
    for (qsizetype i = 0; i < rows.size();) {
        qsizetype last = i;
        const ChangeRow &first = m_model->tree().rows.at(rows.at(i));
        while (last + 1 < rows.size() && m_model->tree().rows.at(rows.at(last + 1)).parent == first.parent
               && m_model->tree().rows.at(rows.at(last + 1)).place == m_model->tree().rows.at(rows.at(last)).place + 1) {
            ++last;
        }
        selection.append(QItemSelectionRange(m_model->indexOfRow(rows.at(i)), m_model->indexOfRow(rows.at(last))));
        i = last + 1;
    }
    m_view->selectionModel()->select(selection, QItemSelectionModel::ClearAndSelect | QItemSelectionModel::Rows);
}

void ChangesPage::selectAllChanges()
{
    const ChangeTree &tree = m_model->tree();
    QItemSelection selection;
    for (const ChangeRow &row : tree.rows) {
        if (!row.children.isEmpty() && tree.rows.at(row.children.constFirst()).kind == ChangeRow::Kind::Entity) {
            selection.append(
                QItemSelectionRange(m_model->indexOfRow(row.children.constFirst()), m_model->indexOfRow(row.children.constLast())));
        }
    }
    m_view->selectionModel()->select(selection, QItemSelectionModel::ClearAndSelect | QItemSelectionModel::Rows);
}

void ChangesPage::go(std::optional<FilterState> state)
{
    if (!state) {
        return;
    }
    const QString text = state->text;
    m_goingTo = std::move(state);
    text == m_filter->text() ? build() : m_filter->setText(text);
}

void ChangesPage::undoFilter()
{
    go(m_history.undo());
}

void ChangesPage::redoFilter()
{
    go(m_history.redo());
}

void ChangesPage::say(const QString &note)
{
    if (note == m_note->text()) {
        return;
    }
    m_note->setText(note);
    m_note->setVisible(!note.isEmpty());
    if (!note.isEmpty()) {
        QAccessibleAnnouncementEvent said(m_view, note);
        QAccessible::updateAccessibility(&said);
    }
}

QString ChangesPage::noteText() const
{
    return m_note->text();
}

QString ChangesPage::changeLink(const Report::Finding &finding) const
{
    return m_session.idB().isEmpty() ? QString() : linkTo(m_session.linkTo({}, {}, {}), finding);
}

void ChangesPage::copyChosen(ChangeFormat format)
{
    const Session::Findings findings = m_session.findings();
    const QList<int> chosen = chosenFindings();
    if (!findings || chosen.isEmpty()) {
        say(tr("Nothing is selected."));
        return;
    }
    const auto done = [this, count = chosen.size(), format](const QByteArray &text) {
        QGuiApplication::clipboard()->setText(QString::fromUtf8(text));
        const QString what = counted(count, tr("%1 change"), tr("%1 changes"));
        say(format == ChangeFormat::Json           ? tr("%1 copied as JSON.").arg(what)
                : format == ChangeFormat::Markdown ? tr("%1 copied as a Markdown table.").arg(what)
                : format == ChangeFormat::Ids      ? tr("Ids of %1 copied.").arg(what)
                : format == ChangeFormat::Names    ? tr("Names of %1 copied.").arg(what)
                                                   : tr("%1 copied as text.").arg(what));
    };
    const auto work = [findings, chosen, format, link = m_session.linkTo({}, {}, {})] {
        return changesAs(format, *findings, chosen, [&](const Report::Finding &finding) { return linkTo(link, finding); });
    };
    if (chosen.size() <= muchToCopy) {
        done(work());
        return;
    }
    m_jobs->run(Jobs::Foreground, work, [done, of = std::weak_ptr(findings), this](const QByteArray &text) {
        if (of.lock() == m_session.findings()) {
            done(text);
        }
    });
}

void ChangesPage::copyLink()
{
    const Session::Findings findings = m_session.findings();
    const QList<int> chosen = chosenFindings();
    if (!findings || chosen.isEmpty()) {
        say(tr("Nothing is selected."));
        return;
    }
    QStringList links;
    for (const auto those = chosen.first(std::min(chosen.size(), mostDragged)); const int at : those) {
        links.append(changeLink(findings->findings.at(at)));
    }
    QGuiApplication::clipboard()->setText(links.join(u'\n'));
    say(counted(links.size(), tr("%1 link copied."), tr("%1 links copied.")));
}

void ChangesPage::askWhere(ChangeFormat format)
{
    const bool isCsv = format == ChangeFormat::Csv;
    const QString file = QFileDialog::getSaveFileName(this, tr("Export changes"), isCsv ? u"changes.csv"_s : u"changes.json"_s,
                                                      isCsv ? tr("CSV (*.csv)") : tr("JSON (*.json)"));
    if (!file.isEmpty()) {
        exportChosen(format, file);
    }
}

void ChangesPage::exportChosen(ChangeFormat format, const QString &file)
{
    const Session::Findings findings = m_session.findings();
    const QList<int> chosen = chosenFindings();
    if (!findings || chosen.isEmpty()) {
        say(tr("Nothing is selected."));
        return;
    }
    const auto work = [findings, chosen, format, file, link = m_session.linkTo({}, {}, {})]() -> QString {
        const QByteArray text = changesAs(format, *findings, chosen, [&](const Report::Finding &finding) { return linkTo(link, finding); });
        QSaveFile out(file);
        if (!out.open(QIODevice::WriteOnly) || out.write(text) != text.size() || !out.commit()) {
            return out.errorString();
        }
        return {};
    };
    m_jobs->run(Jobs::Foreground, work, [this, file, count = chosen.size()](const QString &trouble) {
        const QString name = QFileInfo(file).fileName();
        say(trouble.isEmpty() ? tr("%1 written to %2.").arg(counted(count, tr("%1 change"), tr("%1 changes")), name)
                              : tr("%1 was not written: %2. A file of that name is as it was.").arg(name, trouble));
    });
}

QMimeData *ChangesPage::dragData(const QList<int> &findings) const
{
    const Session::Findings range = m_session.findings();
    if (!range || m_shown.lock() != range) {
        return nullptr;
    }
    auto *data = new QMimeData;
    QByteArray text = changesAs(ChangeFormat::Text, *range, findings.first(std::min(findings.size(), mostDragged)));
    if (findings.size() > mostDragged) {
        text += tr("and %1 more").arg(countText(findings.size() - mostDragged)).toUtf8() + '\n';
    }
    data->setText(QString::fromUtf8(text));
    QByteArray links;
    for (const auto those = findings.first(std::min(findings.size(), mostLinksDragged)); const int at : those) {
        links += changeLink(range->findings.at(at)).toUtf8() + "\r\n";
    }
    data->setData(u"text/uri-list"_s, links); // as bytes: QUrl would write the parts its own way
    return data;
}

} // namespace Orgtrace::Ui
