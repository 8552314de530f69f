#pragma once

#include "orgcompare/orglistmodel.h"

namespace Orgtrace::Ui {

/// Domain → entity → fields of two organisations that were compared, narrowed by a text and a kind; what is not comparable is a group of its own, last.
/// Pays for what is looked at: words are made when they are asked for. Thread: GUI.
class OrgDiffTree final : public OrgListModel<QAbstractItemModel>
{
    Q_OBJECT
public:
    enum Column { LabelColumn, KindColumn, LeftColumn, RightColumn, ColumnCount };
    enum class Kind { Any, OnlyLeft, OnlyRight, Differing, NotComparable };

    using OrgListModel::OrgListModel;

    void setFilter(const QString &text, Kind kind) { setFilterOf(text, static_cast<int>(kind)); }
    [[nodiscard]] qint64 shownEntries() const { return m_shownEntries; }

    [[nodiscard]] const DifferenceEntry *entry(const QModelIndex &index) const; ///< also of its fields; nullptr for a branch
    [[nodiscard]] const Compare::FieldChange *field(const QModelIndex &index) const; ///< nullptr for anything else
    [[nodiscard]] Kind kindOf(const DifferenceEntry &entry) const;
    [[nodiscard]] QModelIndex indexOf(const QString &domain, const std::optional<QString> &left, const std::optional<QString> &right) const;
    [[nodiscard]] QString branchKey(const QModelIndex &index) const; ///< stays the same when compared again

    /// What is shown, as places in OrgComparison::branches: for copying on a worker.
    using Shown = QList<std::pair<int, QList<int>>>;
    [[nodiscard]] Shown shown() const { return m_shown; }

    [[nodiscard]] QModelIndex index(int row, int column, const QModelIndex &parent = {}) const override;
    [[nodiscard]] QModelIndex parent(const QModelIndex &index) const override;
    [[nodiscard]] int rowCount(const QModelIndex &parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex &parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex &index, int role = Qt::DisplayRole) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;

private:
    void narrow(bool isNew) override;
    [[nodiscard]] QVariant branchData(const DifferenceBranch &branch, qsizetype shown, int column, int role) const;
    [[nodiscard]] QVariant entryData(const DifferenceEntry &entry, int column, int role) const;
    [[nodiscard]] QVariant fieldData(const Compare::FieldChange &field, int column, int role) const;

    Shown m_shown;
    qint64 m_shownEntries = 0;
};

/// In words, for the clipboard: as told in the tree, ids and values whole. Pure; any thread.
[[nodiscard]] QString differencesText(const OrgComparison &comparison, const OrgDiffTree::Shown &shown);
[[nodiscard]] QString kindText(OrgDiffTree::Kind kind); ///< "only left", "differs" …

} // namespace Orgtrace::Ui
