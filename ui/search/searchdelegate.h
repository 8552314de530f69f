#pragma once

#include <QStyledItemDelegate>

namespace Orgtrace::Ui {

/// Paints the rows of the search panel: who and when above, the line that was found beneath, the place in it marked.
class SearchDelegate final : public QStyledItemDelegate
{
    Q_OBJECT
public:
    using QStyledItemDelegate::QStyledItemDelegate;
    void paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const override;
    [[nodiscard]] QSize sizeHint(const QStyleOptionViewItem &option, const QModelIndex &index) const override;
};

} // namespace Orgtrace::Ui
