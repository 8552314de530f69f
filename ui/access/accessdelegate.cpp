#include "access/accessdelegate.h"

#include "access/accesstreemodel.h"
#include "theme/theme.h"

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
    case Chip::Synthetic: return Theme::changed();
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
    painter->setRenderHint(QPainter::Antialiasing);
    const QRect row = option.rect;
    const bool selected = option.state.testFlag(QStyle::State_Selected);
    const auto held = Held(index.data(AccessTreeModel::HeldRole).toInt());
    if (selected) {
        painter->fillRect(row, Theme::accentTint());
    } else if (held == Held::Gained) {
        painter->fillRect(row, Theme::rowAdded());
    } else if (held == Held::Lost) {
        painter->fillRect(row, Theme::rowRemoved());
    }

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
        const QRectF box(right - width + 0.5, row.center().y() - height / 2 + 0.5, width - 1, height - 1);
        const QColor colour = chipColour(Chip(*it));
        painter->setPen(QPen(colour, 1));
        painter->setBrush(option.palette.color(QPalette::Base));
        painter->drawRoundedRect(box, box.height() / 2, box.height() / 2);
        painter->setPen(colour);
        painter->drawText(box, Qt::AlignCenter, text);
        right -= width + 5;
    }

    int x = row.left() + 4;
    const auto put = [&](const QString &text, const QFont &font, const QColor &colour) {
        painter->setFont(font);
        painter->setPen(colour);
        const QString fit = painter->fontMetrics().elidedText(text, Qt::ElideRight, std::max(0, right - x - 6));
        painter->drawText(QRect(x, row.top(), std::max(0, right - x), row.height()), Qt::AlignVCenter | Qt::TextSingleLine, fit);
        x += painter->fontMetrics().horizontalAdvance(fit) + 9;
    };
    put(index.data(Qt::DisplayRole).toString(), Theme::monospace(), option.palette.color(QPalette::Text));
    QFont note = small;
    if (index.data(AccessTreeModel::LevelRole).toInt() == 0) {
        note.setWeight(QFont::DemiBold);
    }
    put(index.data(AccessTreeModel::NoteRole).toString(), note, Theme::mutedText());
    painter->restore();
}

} // namespace Orgtrace::Ui
