#pragma once

#include <QStyledItemDelegate>

class QTableView;

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

/// A list of domains: the delegate, rows of the theme's height chosen whole, no frame, the last column as wide as is left.
void setUpDomainTable(QTableView &table);

/// A check, as everywhere where something is whole.
void paintCheckMark(QPainter &painter, const QPointF &centre);

} // namespace Orgtrace::Ui
