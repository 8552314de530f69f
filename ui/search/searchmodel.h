#pragma once

#include "search/searchwords.h"

#include <QAbstractListModel>

namespace Orgtrace::Ui {

/// The rows of the search panel. A row that stays keeps its place, so that the list does not jump while answers come. Thread: GUI.
class SearchModel final : public QAbstractListModel
{
    Q_OBJECT
public:
    using QAbstractListModel::QAbstractListModel;

    void setRows(QList<SearchRow> rows);
    [[nodiscard]] const SearchRow *row(const QModelIndex &index) const;
    /// The next row that can be chosen, from `from` on in steps of `by`; -1: none.
    [[nodiscard]] int nextChoosable(int from, int by) const;

    [[nodiscard]] int rowCount(const QModelIndex &parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex &index, int role) const override;
    [[nodiscard]] Qt::ItemFlags flags(const QModelIndex &index) const override;

private:
    QList<SearchRow> m_rows;
};

} // namespace Orgtrace::Ui
