#pragma once

#include "operations/workspace.h"

#include <QAbstractTableModel>

namespace Orgtrace::Ui {

/// What an identity may see, a domain a row, the audit trail last. Its rows speak of their fate as those of CaptureModel do. No I/O, colour or selection.
class IdentityModel final : public QAbstractTableModel
{
    Q_OBJECT
public:
    enum Column { DomainColumn, GroupColumn, HeldColumn, PermissionColumn, ColumnCount };
    explicit IdentityModel(QObject *parent = nullptr);
    void setCheck(const Operations::Workspace::Check &check); ///< one reset

    [[nodiscard]] int rowCount(const QModelIndex &parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex &parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex &index, int role) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    struct Row {
        QString title, group, held, heldInFull, permission;
        int fate = 0;
    };
    QList<Row> m_rows;
};

/// "Sees everything whole", or what it does not see, in one sentence.
[[nodiscard]] QString identityVerdict(const Operations::Workspace::Check &check);

} // namespace Orgtrace::Ui
