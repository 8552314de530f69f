#pragma once

#include "access/accessview.h"

#include <QAbstractItemModel>

#include <memory>

namespace Orgtrace::Ui {

/// domain → entity → action → path of what a subject may do. Built from values; children are made when they are asked for.
///
/// A row's stable id is "domain", "domain:entity" or "domain:entity:action", so that a view can keep what is open and current over a new filter,
/// another snapshot or another subject; a path's is that of its action, '#' and its place. No colour, no I/O. Thread: GUI.
class AccessTreeModel final : public QAbstractItemModel
{
    Q_OBJECT
public:
    enum Role {
        StableIdRole = Qt::UserRole + 1, ///< QString
        LevelRole, ///< 0 domain, 1 entity, 2 action, 3 path
        NoteRole, ///< "3 entities", "only under a condition"
        ChipsRole, ///< QList<int> of Chip, merged over what is below
        HeldRole, ///< int of Held; of a branch: that of all below, else PathsChanged
        RiskRole, ///< bool: a permission of high risk is here or below
        MonospaceRole, ///< bool
        SubjectIdRole, ///< of rows that stand for a subject, also in OutlineModel
        PermissionRole, ///< "domain:entity:action" of rows that stand for one
        SnapshotRole, ///< of OutlineModel: id of the snapshot that a row speaks of
        SeverityRole, ///< of OutlineModel: int of Policy::Severity; invalid: none
    };

    explicit AccessTreeModel(QObject *parent = nullptr);
    ~AccessTreeModel() override;

    void setPermissions(QList<ShownPermission> permissions); ///< one reset; the filter stays
    void setFilter(const QString &text); ///< see AccessFilter
    void setOnlyChanges(bool only); ///< in A → B: leaves out what is the same
    void setOnlyHighRisk(bool only);
    [[nodiscard]] int shownCount() const; ///< permissions that pass
    [[nodiscard]] int totalCount() const;
    [[nodiscard]] const ShownPermission &at(int place) const { return m_all[place]; } ///< of all, filter aside
    [[nodiscard]] int countOf(Held held) const; ///< over all, filter aside
    [[nodiscard]] int highRiskCount() const; ///< over all, filter aside

    [[nodiscard]] const ShownPermission *permission(const QModelIndex &index) const; ///< of an action or path row; else nullptr
    [[nodiscard]] QModelIndex indexOf(const QString &stableId) const; ///< makes what is on the way; invalid where filtered out

    QModelIndex index(int row, int column, const QModelIndex &parent = {}) const override;
    QModelIndex parent(const QModelIndex &child) const override;
    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    bool hasChildren(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role = Qt::DisplayRole) const override;

private:
    struct Node;
    void rebuild();
    [[nodiscard]] QVariant pathData(const ShownPermission &shown, int at, int role) const;
    [[nodiscard]] const Node *node(const QModelIndex &index) const;
    void populate(const Node &node) const;
    QList<ShownPermission> m_all;
    QList<int> m_shown; ///< indexes into m_all that pass, in order
    AccessFilter m_filter;
    bool m_onlyChanges = false, m_onlyHighRisk = false;
    std::unique_ptr<Node> m_root;
};

} // namespace Orgtrace::Ui
