#pragma once

#include "changes/changetree.h"

#include <QAbstractItemModel>

#include <functional>

namespace Orgtrace::Ui {

/// The change tree as an item model: roles from the rows. setTree() is one reset. No I/O, colour or selection. Only the first column says anything; those
/// for stars and attribution have their place and are empty.
///
/// Filtering happens when the tree is built, on a worker where there is much: a proxy would ask every row on the GUI thread.
class ChangesModel final : public QAbstractItemModel
{
    Q_OBJECT
public:
    enum Role { KindRole = Qt::UserRole + 1, SeverityRole, SummaryRole, CountRole, FindingRole, KeyRole };
    enum Column { ChangeColumn, StarColumn, AttributionColumn, ColumnCount };

    explicit ChangesModel(QObject *parent = nullptr);
    void setTree(std::shared_ptr<const ChangeTree> tree); ///< never null
    [[nodiscard]] const ChangeTree &tree() const { return *m_tree; }
    [[nodiscard]] std::shared_ptr<const ChangeTree> sharedTree() const { return m_tree; }
    /// What is dragged out: made of the rows at `findings`, never empty; null: nothing can be.
    void setMimeMaker(std::function<QMimeData *(const QList<int> &findings)> maker) { m_mimeMaker = std::move(maker); }

    [[nodiscard]] QModelIndex indexOfRow(int row) const; ///< of ChangeTree::rows; invalid outside
    [[nodiscard]] const ChangeRow *row(const QModelIndex &index) const;
    /// The changes at and beneath some rows of ChangeTree::rows, each once, in reading order.
    [[nodiscard]] QList<int> findingsOf(const QList<int> &rows) const;

    [[nodiscard]] QModelIndex index(int row, int column, const QModelIndex &parent = {}) const override;
    [[nodiscard]] QModelIndex parent(const QModelIndex &child) const override;
    [[nodiscard]] int rowCount(const QModelIndex &parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex &parent = {}) const override;
    [[nodiscard]] bool hasChildren(const QModelIndex &parent = {}) const override;
    [[nodiscard]] Qt::ItemFlags flags(const QModelIndex &index) const override;
    [[nodiscard]] QVariant data(const QModelIndex &index, int role) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
    [[nodiscard]] QStringList mimeTypes() const override;
    [[nodiscard]] QMimeData *mimeData(const QModelIndexList &indexes) const override;
    [[nodiscard]] Qt::DropActions supportedDragActions() const override { return Qt::CopyAction; }
    using QObject::parent;

private:
    std::shared_ptr<const ChangeTree> m_tree;
    std::function<QMimeData *(const QList<int> &findings)> m_mimeMaker;
};

} // namespace Orgtrace::Ui
