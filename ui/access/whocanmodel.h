#pragma once

#include "access/accessview.h"

#include <QAbstractTableModel>

namespace Orgtrace::Ui {

using WhoCan = QList<std::pair<Access::Subject, QList<Access::AccessPath>>>;

/// Holders as rows: made on a worker, for a pattern may be held in many ways by many.
struct WhoCanRows {
    WhoCan subjects;
    QList<Access::Verdict::Answer> answers;
    qsizetype perhaps = 0; ///< not a plain yes
};
[[nodiscard]] WhoCanRows whoCanRows(const QList<Access::Holder> &holders);
/// "under a condition": why somebody holds it perhaps; empty for a plain yes.
[[nodiscard]] QString perhapsText(Access::Verdict::Answer answer);

/// Who else holds a permission: subject, through what, where; and, of holders, how surely. Values in; thread: GUI.
class WhoCanModel final : public QAbstractTableModel
{
    Q_OBJECT
public:
    enum Column { SubjectColumn, ThroughColumn, DivisionColumn, AnswerColumn, ColumnCount };
    enum Role { SubjectIdRole = Qt::UserRole + 1 };
    using QAbstractTableModel::QAbstractTableModel;

    void setSubjects(WhoCan subjects); ///< without the last column
    void setHolders(WhoCanRows rows); ///< with it
    [[nodiscard]] const QList<Access::AccessPath> *paths(int row) const; ///< nullptr: no such row
    [[nodiscard]] int count() const { return int(m_subjects.size()); }

    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;

private:
    WhoCan m_subjects;
    QList<Access::Verdict::Answer> m_answers; ///< empty, or one a row
};

} // namespace Orgtrace::Ui
