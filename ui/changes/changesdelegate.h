#pragma once

#include <QStyledItemDelegate>

namespace Orgtrace::Ui {

/// Paints the change list from the model's roles: shape and name at the left, a few muted words at the right.
class ChangesDelegate final : public QStyledItemDelegate
{
    Q_OBJECT
public:
    using QStyledItemDelegate::QStyledItemDelegate;
    void paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const override;
    [[nodiscard]] QSize sizeHint(const QStyleOptionViewItem &option, const QModelIndex &index) const override;
};

} // namespace Orgtrace::Ui
