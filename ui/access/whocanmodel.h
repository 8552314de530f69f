#pragma once

#include "access/accessview.h"

#include <QAbstractTableModel>

namespace Orgtrace::Ui {

using WhoCan = QList<std::pair<Access::Subject, QList<Access::AccessPath>>>;

/// Who else holds a permission: subject, through what, where. Values in; thread: GUI.
class WhoCanModel final : public QAbstractTableModel
{
    Q_OBJECT
public:
    enum Column { SubjectColumn, ThroughColumn, DivisionColumn, ColumnCount };
    enum Role { SubjectIdRole = Qt::UserRole + 1 };
    using QAbstractTableModel::QAbstractTableModel;

    void setSubjects(WhoCan subjects);
    [[nodiscard]] int count() const { return int(m_subjects.size()); }

    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;

private:
    WhoCan m_subjects;
};

} // namespace Orgtrace::Ui
