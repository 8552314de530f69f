#pragma once

#include <QStyledItemDelegate>
#include <QTreeView>

namespace Orgtrace::Ui {

/// Paints a row of the permission tree: name, the mark of high risk, a note, chips at the right; further columns plain. Colours only here; every colour has its word beside it.
class AccessDelegate final : public QStyledItemDelegate
{
    Q_OBJECT
public:
    using QStyledItemDelegate::QStyledItemDelegate;
    void paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const override;
    QSize sizeHint(const QStyleOptionViewItem &option, const QModelIndex &index) const override;
};

/// A tree whose rows are tinted over their whole width, selection and branches included.
class AccessTree final : public QTreeView
{
    Q_OBJECT
public:
    explicit AccessTree(QWidget *parent = nullptr);

protected:
    void drawRow(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const override;
    void changeEvent(QEvent *event) override;

private:
    void quietenHighlight();
    bool m_quietening = false;
};

} // namespace Orgtrace::Ui
