#pragma once

#include <QStyledItemDelegate>

namespace Orgtrace::Ui {

/// Paints a row of CaptureModel from its roles: a mark that says the fate, figures to the right, a thin bar under the count of the domain in work.
class CaptureDelegate final : public QStyledItemDelegate
{
    Q_OBJECT
public:
    using QStyledItemDelegate::QStyledItemDelegate;
    void paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const override;
    [[nodiscard]] QSize sizeHint(const QStyleOptionViewItem &option, const QModelIndex &index) const override;
};

/// A check, as everywhere where something is whole.
void paintCheckMark(QPainter &painter, const QPointF &centre);

} // namespace Orgtrace::Ui
