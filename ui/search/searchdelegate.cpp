#include "search/searchdelegate.h"

#include "search/searchmodel.h"
#include "theme/theme.h"

#include <QPainter>

namespace Orgtrace::Ui {

namespace {

constexpr int SearchMargin = 14;
constexpr int SearchGap = 8;

void paintHit(QPainter &painter, const QRect &rect, const SearchRow &row, const QFont &font)
{
    const int half = rect.height() / 2;
    const QRect above(rect.left(), rect.top() + 3, rect.width(), half - 3);
    const QRect beneath(rect.left(), rect.top() + half, rect.width(), half - 3);

    const QFont small = Theme::smallFont();
    const QFontMetrics smallMetrics(small);
    const int whenWidth = row.when.isEmpty() ? 0 : smallMetrics.horizontalAdvance(row.when) + SearchGap;
    painter.setFont(small);
    painter.setPen(Theme::mutedText());
    painter.drawText(above, Qt::AlignRight | Qt::AlignVCenter, row.when);

    QFont bold = font;
    bold.setWeight(QFont::DemiBold);
    const QFontMetrics boldMetrics(bold);
    const int chipWidth = row.chip.isEmpty() ? 0 : smallMetrics.horizontalAdvance(row.chip) + 12;
    const int room = above.width() - whenWidth;
    const QString title = boldMetrics.elidedText(row.title, Qt::ElideRight, std::max(room - chipWidth - SearchGap, 80));
    painter.setFont(bold);
    painter.setPen(Theme::text());
    painter.drawText(above, Qt::AlignLeft | Qt::AlignVCenter, title);
    const int titleWidth = boldMetrics.horizontalAdvance(title);
    if (chipWidth > 0 && titleWidth + SearchGap + chipWidth <= room) {
        const QRectF chip(above.left() + titleWidth + SearchGap, above.center().y() - 8, chipWidth, 17);
        painter.setPen(Qt::NoPen);
        painter.setBrush(Theme::chip());
        painter.drawRoundedRect(chip, 3, 3);
        painter.setFont(small);
        painter.setPen(Theme::mutedText());
        painter.drawText(chip, Qt::AlignCenter, row.chip);
    }

    const bool isEvidence = row.kind != SearchRow::Kind::Event;
    QFont mono = isEvidence ? Theme::monospace() : font;
    painter.setFont(mono);
    const QFontMetrics metrics(mono);
    const QString before = row.detail.left(row.markStart);
    const QString marked = row.detail.mid(row.markStart, row.markLength);
    if (!marked.isEmpty()) {
        const QRect mark(beneath.left() + metrics.horizontalAdvance(before), beneath.top() + 1, metrics.horizontalAdvance(marked),
                         beneath.height() - 2);
        if (mark.left() < beneath.right()) {
            painter.fillRect(mark.intersected(beneath), Theme::markChanged());
        }
    }
    painter.setPen(Theme::text());
    painter.drawText(beneath, Qt::AlignLeft | Qt::AlignVCenter, metrics.elidedText(row.detail, Qt::ElideRight, beneath.width()));
}

} // namespace

QSize SearchDelegate::sizeHint(const QStyleOptionViewItem &option, const QModelIndex &index) const
{
    const auto *model = qobject_cast<const SearchModel *>(index.model());
    const SearchRow *row = model ? model->row(index) : nullptr;
    if (!row || row->kind == SearchRow::Kind::Section) {
        return {100, Theme::rowHeight() + 2};
    }
    if (row->kind == SearchRow::Kind::Note) {
        const int width = std::max(option.rect.width(), 400) - 2 * SearchMargin;
        return {100, QFontMetrics(option.font).boundingRect(QRect(0, 0, width, 10'000), Qt::TextWordWrap, row->title).height() + 24};
    }
    return {100, 2 * Theme::rowHeight() - 6};
}

void SearchDelegate::paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const
{
    const auto *model = qobject_cast<const SearchModel *>(index.model());
    const SearchRow *row = model ? model->row(index) : nullptr;
    if (!row) {
        return;
    }
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    const QRect rect = option.rect.adjusted(SearchMargin, 0, -SearchMargin, 0);
    if (row->kind == SearchRow::Kind::Section) {
        painter->fillRect(option.rect, Theme::panel());
        painter->setFont(Theme::smallFont());
        painter->setPen(Theme::mutedText());
        painter->drawText(rect, Qt::AlignLeft | Qt::AlignVCenter, row->title);
        painter->drawText(rect, Qt::AlignRight | Qt::AlignVCenter, row->when);
    } else if (row->kind == SearchRow::Kind::Note) {
        painter->setFont(option.font);
        painter->setPen(Theme::mutedText());
        painter->drawText(rect.adjusted(0, 12, 0, -12), Qt::AlignLeft | Qt::AlignTop | Qt::TextWordWrap, row->title);
    } else {
        if (option.state & QStyle::State_Selected) {
            painter->fillRect(option.rect, Theme::accentTint());
            painter->fillRect(QRect(option.rect.left(), option.rect.top(), 3, option.rect.height()), Theme::accent());
        }
        paintHit(*painter, rect, *row, option.font);
    }
    painter->restore();
}

} // namespace Orgtrace::Ui
