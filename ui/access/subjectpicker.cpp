#include "access/subjectpicker.h"

#include "access/accessview.h"
#include "diff/displaytext.h"
#include "theme/theme.h"

#include <QCompleter>
#include <QLineEdit>
#include <QSignalBlocker>
#include <QStandardItemModel>

using namespace Qt::StringLiterals;

namespace Orgtrace::Ui {

SubjectPicker::SubjectPicker(QWidget *parent) : QComboBox(parent)
{
    setEditable(true);
    setInsertPolicy(QComboBox::NoInsert);
    setMaxVisibleItems(18);
    setMinimumContentsLength(14);
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
    const QSignalBlocker quiet(this);
    const QString before = chosen();
    // One model handed over whole: adding ten thousand rows one by one would cost a frame or ten.
    auto *model = new QStandardItemModel(this);
    QList<QStandardItem *> items;
    items.reserve(subjects.size());
    for (const Access::Subject &subject : subjects) {
        const QString name = visibleText(subject.name.isEmpty() ? shortId(subject.id) : subject.name, 80);
        auto *item = new QStandardItem(QString(name + u" · "_s + subjectKindText(subject.kind)));
        item->setData(subject.id, Qt::UserRole);
        item->setToolTip(visibleText(subject.id).toHtmlEscaped());
        items.append(item);
    }
    model->invisibleRootItem()->appendRows(items);
    setModel(model); // deletes the one before, and hands this one to the completer
    setCurrentIndex(findData(before));
    if (currentIndex() < 0) {
        lineEdit()->clear();
    }
}

void SubjectPicker::choose(const QString &id)
{
    const QSignalBlocker quiet(this);
    setCurrentIndex(findData(id));
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
        row = findData(text);
    }
    if (row < 0 && !text.isEmpty()) {
        row = findText(text, Qt::MatchStartsWith);
    }
    if (row < 0) {
        lineEdit()->setText(currentText().isEmpty() || currentIndex() < 0 ? QString() : itemText(currentIndex()));
    } else if (row != currentIndex()) {
        setCurrentIndex(row);
        take(row);
    }
}

} // namespace Orgtrace::Ui
