#pragma once

#include <QStyledItemDelegate>

namespace Orgtrace::Ui {

/// Paints a row of the permission tree: name in monospace, a note, chips at the right. Colours only here; every colour has its word beside it.
class AccessDelegate final : public QStyledItemDelegate
{
    Q_OBJECT
public:
    using QStyledItemDelegate::QStyledItemDelegate;
    void paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const override;
    QSize sizeHint(const QStyleOptionViewItem &option, const QModelIndex &index) const override;
};

} // namespace Orgtrace::Ui
