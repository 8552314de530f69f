#pragma once

#include "changes/changetree.h"

#include <QAbstractItemModel>

namespace Orgtrace::Ui {

/// The change tree as an item model: one column, roles from the rows. setTree() is one reset. No I/O, colour or selection.
///
/// Filtering happens when the tree is built, on a worker where there is much: a proxy would ask every row on the GUI thread.
class ChangesModel final : public QAbstractItemModel
{
    Q_OBJECT
public:
    enum Role { KindRole = Qt::UserRole + 1, SeverityRole, SummaryRole, CountRole, FindingRole, KeyRole };

    explicit ChangesModel(QObject *parent = nullptr);
    void setTree(std::shared_ptr<const ChangeTree> tree); ///< never null
    [[nodiscard]] const ChangeTree &tree() const { return *m_tree; }

    [[nodiscard]] QModelIndex indexOfRow(int row) const; ///< of ChangeTree::rows; invalid outside
    [[nodiscard]] const ChangeRow *row(const QModelIndex &index) const;

    [[nodiscard]] QModelIndex index(int row, int column, const QModelIndex &parent = {}) const override;
    [[nodiscard]] QModelIndex parent(const QModelIndex &child) const override;
    [[nodiscard]] int rowCount(const QModelIndex &parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex &parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex &index, int role) const override;
    using QObject::parent;

private:
    std::shared_ptr<const ChangeTree> m_tree;
};

} // namespace Orgtrace::Ui
