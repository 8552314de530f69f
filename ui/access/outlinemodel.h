#pragma once

#include "access/accessview.h"
#include "policy/policy.h"

#include <QAbstractItemModel>

#include <functional>
#include <memory>
#include <optional>

namespace Orgtrace::Ui {

/// A row of a tree that is filled as it is opened.
struct OutlineItem {
    QString key; ///< distinct among its siblings; the keys on the way to it are its stable id
    QString text, note;
    QList<Chip> chips;
    QStringList more; ///< the columns behind the first
    QString subjectId, permission, snapshotId; ///< where the row stands for one
    std::optional<Policy::Severity> severity; ///< its shape goes before the text, its word is read out
    QString tip; ///< plain text
    Held held = Held::Same;
    bool isMonospace = false, isHighRisk = false;
    std::function<QList<OutlineItem>()> children; ///< called once, when the row is opened; none: a leaf
};

/// Any tree of the access view that is not the permissions of one subject: children are made when they are asked for. Roles as of AccessTreeModel.
/// Thread: GUI; `children` of an item must be quick.
class OutlineModel final : public QAbstractItemModel
{
    Q_OBJECT
public:
    explicit OutlineModel(QStringList headers = {{}}, QObject *parent = nullptr);
    ~OutlineModel() override;

    void setItems(QList<OutlineItem> items); ///< one reset
    [[nodiscard]] const OutlineItem *item(const QModelIndex &index) const;
    [[nodiscard]] QModelIndex indexOf(const QString &stableId) const; ///< makes what is on the way; invalid where it is not there

    QModelIndex index(int row, int column, const QModelIndex &parent = {}) const override;
    QModelIndex parent(const QModelIndex &child) const override;
    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    bool hasChildren(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;

private:
    struct Node;
    [[nodiscard]] const Node *node(const QModelIndex &index) const;
    static void populate(const Node &node);
    QStringList m_headers;
    std::unique_ptr<Node> m_root;
};

} // namespace Orgtrace::Ui
