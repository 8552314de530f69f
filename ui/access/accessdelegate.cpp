#include "access/accessdelegate.h"

#include "access/accesstreemodel.h"
#include "theme/theme.h"

#include <QEvent>
#include <QGuiApplication>
#include <QPainter>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace Orgtrace::Ui {

namespace {

QColor chipColour(Chip chip)
{
    switch (chip) {
    case Chip::Gained: return Theme::added();
    case Chip::Lost: return Theme::removed();
    case Chip::Changed: return Theme::changed();
    case Chip::Group: return Theme::accent();
    case Chip::Team: return Theme::added();
    case Chip::Conditional: return Theme::severity(Policy::Severity::High);
    case Chip::Synthetic:
    case Chip::Moved:
    case Chip::Unclear: return Theme::changed();
    case Chip::Widened: return Theme::added();
    case Chip::Narrowed: return Theme::removed();
    case Chip::Denied: return Theme::severity(Policy::Severity::Critical);
    case Chip::Direct:
    case Chip::Default: break;
    }
    return Theme::mutedText();
}

} // namespace

QSize AccessDelegate::sizeHint(const QStyleOptionViewItem &option, const QModelIndex &index) const
{
    return {QStyledItemDelegate::sizeHint(option, index).width(), Theme::rowHeight()};
}

void AccessDelegate::paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const
{
    painter->save();
    if (index.column() > 0) {
        const QString text = index.data().toString();
        painter->setFont(option.font);
        painter->setPen(text == u"–"_s ? Theme::mutedText() : option.palette.color(QPalette::Text));
        painter->drawText(option.rect.adjusted(6, 0, -6, 0), Qt::AlignVCenter | Qt::TextSingleLine,
                          painter->fontMetrics().elidedText(text, Qt::ElideRight, option.rect.width() - 12));
        painter->restore();
        return;
    }
    painter->setRenderHint(QPainter::Antialiasing);
    const QRect row = option.rect;
    // Chips first: they keep their place, the text gives way.
    const QFont small = Theme::smallFont();
    const QFontMetrics metrics(small);
    int right = row.right() - 12;
    const QList<int> kinds = index.data(AccessTreeModel::ChipsRole).value<QList<int>>();
    painter->setFont(small);
    for (auto it = kinds.rbegin(); it != kinds.rend(); ++it) {
        const QString text = chipText(Chip(*it));
        const int width = metrics.horizontalAdvance(text) + 16;
        const int height = metrics.height() + 2;
        if (right - width < row.left() + 90) {
            break;
        }
        const int top = row.center().y() - height / 2;
        const QRectF box(right - width + 0.5, top + 0.5, width - 1, height - 1);
        const QColor colour = chipColour(Chip(*it));
        painter->setPen(QPen(colour, 1));
        painter->setBrush(Theme::page());
        painter->drawRoundedRect(box, box.height() / 2, box.height() / 2);
        painter->setPen(colour);
        painter->drawText(box, Qt::AlignCenter, text);
        right -= width + 5;
    }

    const bool isMonospace = index.data(AccessTreeModel::MonospaceRole).toBool();
    int x = row.left() + 4;
    const auto put = [&](const QString &text, const QFont &font, const QColor &colour) {
        painter->setFont(font);
        painter->setPen(colour);
        const QString fit = painter->fontMetrics().elidedText(text, Qt::ElideRight, std::max(0, right - x - 6));
        painter->drawText(QRect(x, row.top(), std::max(0, right - x), row.height()), Qt::AlignVCenter | Qt::TextSingleLine, fit);
        x += painter->fontMetrics().horizontalAdvance(fit) + 9;
    };
    if (const QVariant severity = index.data(AccessTreeModel::SeverityRole); severity.isValid()) {
        paintSeverity(*painter, QRectF(x, row.center().y() - 5, 11, 11), Policy::Severity(severity.toInt()));
        x += 19;
    }
    put(index.data(Qt::DisplayRole).toString(), isMonospace ? Theme::monospace() : option.font, option.palette.color(QPalette::Text));
    if (index.data(AccessTreeModel::RiskRole).toBool() && right - x > 20) {
        paintSeverity(*painter, QRectF(x - 1, row.center().y() - 5, 11, 11), Policy::Severity::High);
        x += 15;
    }
    QFont note = small;
    if (isMonospace && index.data(AccessTreeModel::LevelRole).toInt() == 0) {
        note.setWeight(QFont::DemiBold);
    }
    put(index.data(AccessTreeModel::NoteRole).toString(), note, Theme::mutedText());
    painter->restore();
}

AccessTree::AccessTree(QWidget *parent) : QTreeView(parent)
{
    setItemDelegate(new AccessDelegate(this));
    setHeaderHidden(true);
    setUniformRowHeights(true);
    setFrameShape(QFrame::NoFrame);
    setIndentation(22);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    quietenHighlight();
}

void AccessTree::quietenHighlight()
{
    // The style would paint the branches of a selected row in the full accent; drawRow() tints all of it instead.
    m_quietening = true;
    QPalette quiet = QGuiApplication::palette();
    quiet.setColor(QPalette::Highlight, Qt::transparent);
    setPalette(quiet);
    m_quietening = false;
}

void AccessTree::changeEvent(QEvent *event)
{
    QTreeView::changeEvent(event);
    if (event->type() == QEvent::PaletteChange && !m_quietening && palette().color(QPalette::Base) != Theme::page()) {
        quietenHighlight();
    }
}

void AccessTree::drawRow(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const
{
    const QRect row(0, option.rect.top(), viewport()->width(), option.rect.height());
    const auto held = Held(index.data(AccessTreeModel::HeldRole).toInt());
    if (index.row() == currentIndex().row() && index.parent() == currentIndex().parent()) {
        painter->fillRect(row, Theme::accentTint());
        painter->fillRect(row.left(), row.top(), 3, row.height(), Theme::accent());
    } else if (held == Held::Gained) {
        painter->fillRect(row, Theme::rowAdded());
    } else if (held == Held::Lost) {
        painter->fillRect(row, Theme::rowRemoved());
    }
    QTreeView::drawRow(painter, option, index);
}

} // namespace Orgtrace::Ui
