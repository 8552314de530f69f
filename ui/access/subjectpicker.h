#pragma once

#include "access/access.h"

#include <QComboBox>

class QStandardItemModel;

namespace Orgtrace::Ui {

/// An editable list of subjects: type any part of a name, or an id. Text that names nobody is put back.
class SubjectPicker final : public QComboBox
{
    Q_OBJECT
public:
    explicit SubjectPicker(QWidget *parent = nullptr);
    void setSubjects(const QList<Access::Subject> &subjects); ///< keeps who is chosen, where still there
    void choose(const QString &id); ///< no signal
    [[nodiscard]] QString chosen() const;

Q_SIGNALS:
    void subjectChosen(const QString &id); ///< by the user

private:
    void take(int row);
    void takeText();
};

} // namespace Orgtrace::Ui
