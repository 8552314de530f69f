#include "access/subjectpicker.h"

#include "access/accessview.h"
#include "diff/displaytext.h"
#include "theme/theme.h"

#include <QAbstractListModel>
#include <QCompleter>
#include <QLineEdit>
#include <QSignalBlocker>

using namespace Qt::StringLiterals;

namespace Orgtrace::Ui {

/// Texts are made as they are asked for: the names of ten thousand subjects, made fit for the screen, would cost a frame.
class SubjectPicker::EntryModel final : public QAbstractListModel
{
public:
    EntryModel(QList<Entry> entries, QObject *parent) : QAbstractListModel(parent), m_entries(std::move(entries))
    {
        m_rows.reserve(m_entries.size());
        for (int row = 0; row < m_entries.size(); ++row) {
            m_rows.insert(m_entries[row].id, row);
        }
    }
    [[nodiscard]] int rowOf(const QString &id) const { return m_rows.value(id, -1); }
    int rowCount(const QModelIndex &parent = {}) const override { return parent.isValid() ? 0 : int(m_entries.size()); }
    QVariant data(const QModelIndex &index, int role = Qt::DisplayRole) const override
    {
        if (!index.isValid() || index.row() >= m_entries.size()) {
            return {};
        }
        const Entry &entry = m_entries[index.row()];
        switch (role) {
        case Qt::DisplayRole:
        case Qt::EditRole: {
            const QString name = visibleText(entry.name.isEmpty() ? shortId(entry.id) : entry.name, 80);
            return entry.kind.isEmpty() ? name : QString(name + u" · "_s + entry.kind);
        }
        case Qt::ToolTipRole: return visibleText(entry.id).toHtmlEscaped();
        case Qt::UserRole: return entry.id;
        default: return {};
        }
    }

private:
    QList<Entry> m_entries;
    QHash<QString, int> m_rows;
};

SubjectPicker::SubjectPicker(QWidget *parent) : QComboBox(parent)
{
    setEditable(true);
    setInsertPolicy(QComboBox::NoInsert);
    setMaxVisibleItems(18);
    setMinimumContentsLength(9);
    setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    setAccessibleName(tr("Subject"));
    lineEdit()->setPlaceholderText(tr("user, group, team or OAuth client"));
    lineEdit()->setMaxLength(400);
    completer()->setCompletionMode(QCompleter::PopupCompletion);
    completer()->setFilterMode(Qt::MatchContains);
    completer()->setCaseSensitivity(Qt::CaseInsensitive);
    connect(this, &QComboBox::activated, this, &SubjectPicker::take);
    connect(lineEdit(), &QLineEdit::editingFinished, this, &SubjectPicker::takeText);
}

void SubjectPicker::setSubjects(const QList<Access::Subject> &subjects)
{
    QList<Entry> entries;
    entries.reserve(subjects.size());
    for (const Access::Subject &subject : subjects) {
        entries.append({subject.id, subject.name, subjectKindText(subject.kind)});
    }
    setEntries(entries, tr("Subject"), tr("user, group, team or OAuth client"));
}

void SubjectPicker::setEntries(const QList<Entry> &entries, const QString &accessibleName, const QString &placeholder)
{
    const QSignalBlocker quiet(this);
    const QString before = chosen();
    setAccessibleName(accessibleName);
    lineEdit()->setPlaceholderText(placeholder);
    auto *entryModel = new EntryModel(entries, this);
    setModel(entryModel); // deletes the one before, which is its child, and hands this one to the completer
    m_entries = entryModel;
    setCurrentIndex(m_entries->rowOf(before));
    if (currentIndex() < 0) {
        lineEdit()->setText(m_otherText);
    }
}

void SubjectPicker::choose(const QString &id)
{
    const QSignalBlocker quiet(this);
    setCurrentIndex(m_entries ? m_entries->rowOf(id) : -1);
    if (currentIndex() < 0) {
        lineEdit()->setText(m_takesAnyText ? id : QString());
        m_otherText = lineEdit()->text();
    }
    lineEdit()->setCursorPosition(0); // a long name from its beginning
}

QString SubjectPicker::chosen() const
{
    return currentData().toString();
}

void SubjectPicker::take(int row)
{
    if (row >= 0) {
        Q_EMIT subjectChosen(itemData(row).toString());
    }
}

void SubjectPicker::takeText()
{
    const QString text = lineEdit()->text().trimmed();
    int row = findText(text, Qt::MatchFixedString);
    if (row < 0) {
        row = m_entries ? m_entries->rowOf(text) : -1;
    }
    if (row < 0 && !text.isEmpty()) {
        row = findText(text, Qt::MatchStartsWith);
    }
    if (row < 0 && m_takesAnyText && !text.isEmpty()) {
        if (text == m_otherText) {
            return; // asked already; the field was only left
        }
        m_otherText = text;
        {
            const QSignalBlocker quiet(this);
            setCurrentIndex(-1);
            lineEdit()->setText(text);
        }
        Q_EMIT subjectChosen(text);
        return;
    }
    m_otherText.clear();
    if (row < 0) {
        lineEdit()->setText(currentText().isEmpty() || currentIndex() < 0 ? QString() : itemText(currentIndex()));
    } else if (row != currentIndex()) {
        setCurrentIndex(row);
        take(row);
    }
}

} // namespace Orgtrace::Ui
