#pragma once

#include "access/access.h"

#include <QComboBox>

namespace Orgtrace::Ui {

/// An editable list of subjects, or of anything else to start from: type any part of a name, or an id. Text that names nobody is put back.
class SubjectPicker final : public QComboBox
{
    Q_OBJECT
public:
    explicit SubjectPicker(QWidget *parent = nullptr);
    void setSubjects(const QList<Access::Subject> &subjects); ///< keeps who is chosen, where still there
    struct Entry {
        QString id, name; ///< without a name the id stands for it
        QString kind; ///< behind the name; may be empty
    };
    void setEntries(const QList<Entry> &entries, const QString &accessibleName, const QString &placeholder);
    void choose(const QString &id); ///< no signal
    /// Text that names nobody of the list is handed on as it is: for questions about those who are gone.
    void setTakesAnyText(bool takes) { m_takesAnyText = takes; }
    [[nodiscard]] QString chosen() const;

Q_SIGNALS:
    void subjectChosen(const QString &id); ///< by the user

private:
    class EntryModel;
    void take(int row);
    void takeText();
    EntryModel *m_entries = nullptr;
    bool m_takesAnyText = false;
    QString m_otherText; ///< handed on last
};

} // namespace Orgtrace::Ui
