#include "changes/changesdelegate.h"

#include "changes/changesmodel.h"
#include "theme/theme.h"

#include <QHeaderView>
#include <QPainter>
#include <QTreeView>

namespace Orgtrace::Ui {

using namespace Qt::StringLiterals;

namespace {

constexpr int leftMargin = 10;
constexpr int rightMargin = 12;
constexpr int shapeSize = 10;

void paintChevron(QPainter &painter, const QPointF &centre, bool isOpen)
{
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    painter.setBrush(Theme::mutedText());
    const QPolygonF open{{centre.x() - 4, centre.y() - 2.5}, {centre.x() + 4, centre.y() - 2.5}, {centre.x(), centre.y() + 3}};
    const QPolygonF closed{{centre.x() - 2.5, centre.y() - 4}, {centre.x() + 3, centre.y()}, {centre.x() - 2.5, centre.y() + 4}};
    painter.drawPolygon(isOpen ? open : closed);
    painter.restore();
}

/// The sign of what is not known: a hatched square.
void paintUnknown(QPainter &painter, const QRectF &box)
{
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(Theme::mutedText(), 1));
    painter.drawRect(box.adjusted(1, 1, -1, -1));
    painter.drawLine(box.bottomLeft() + QPointF(1, -1), box.topRight() + QPointF(-1, 1));
    painter.restore();
}

} // namespace

QSize ChangesDelegate::sizeHint(const QStyleOptionViewItem &, const QModelIndex &) const
{
    return {100, Theme::rowHeight()};
}

void ChangesDelegate::paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const
{
    using Kind = ChangeRow::Kind;
    const Kind kind = static_cast<Kind>(index.data(ChangesModel::KindRole).toInt());
    const auto severity = static_cast<Policy::Severity>(index.data(ChangesModel::SeverityRole).toInt());
    if (index.column() != ChangesModel::ChangeColumn) {
        return; // kept empty
    }
    const bool isTop = kind == Kind::Severity || kind == Kind::NotComparable || kind == Kind::LeftOut || kind == Kind::Group;
    const bool isDeep = index.parent().parent().isValid();
    const bool isSelected = option.state & QStyle::State_Selected;
    const auto *view = qobject_cast<const QTreeView *>(option.widget);
    const bool isOpen = view && view->isExpanded(index);
    const QRect rect
        = view ? QRect(0, option.rect.top(), view->header()->sectionSize(ChangesModel::ChangeColumn), option.rect.height()) : option.rect;

    painter->save();
    if (isSelected) {
        painter->fillRect(rect, Theme::accentTint());
        if (!view || view->currentIndex() == index) { // of several the one that is shown at the right
            painter->fillRect(QRect(rect.left(), rect.top(), 3, rect.height()), Theme::accent());
        }
    } else if (option.state & QStyle::State_MouseOver) {
        painter->fillRect(rect, Theme::panel());
    }

    const qreal middle = rect.center().y() + 0.5;
    int x = rect.left() + leftMargin;
    if (isTop) {
        const QRectF box(x, middle - shapeSize / 2.0, shapeSize, shapeSize);
        if (kind == Kind::Severity || kind == Kind::Group) {
            paintSeverity(*painter, box, severity);
        } else {
            paintUnknown(*painter, box);
        }
        x += shapeSize + 8;
    } else if (kind == Kind::Domain || kind == Kind::Page) {
        x += kind == Kind::Page && isDeep ? 28 : 12;
        paintChevron(*painter, QPointF(x + 4, middle), isOpen);
        x += 16;
    } else if (kind == Kind::Entity) {
        x += index.parent().parent().parent().isValid() ? 49 : 33;
        paintSeverity(*painter, QRectF(x, middle - shapeSize / 2.0, shapeSize, shapeSize), severity);
        x += shapeSize + 8;
    } else {
        x += 28;
    }

    const bool hasCount = isTop || kind == Kind::Domain || kind == Kind::Page;
    const QString right
        = hasCount ? countText(index.data(ChangesModel::CountRole).toLongLong()) : index.data(ChangesModel::SummaryRole).toString();
    const QFont rightFont = hasCount ? option.font : Theme::smallFont();
    const QFontMetrics rightMetrics(rightFont);
    const int room = rect.right() - rightMargin - x;
    QFont nameFont = option.font;
    if (isTop) {
        nameFont.setWeight(QFont::DemiBold);
    }
    const QFontMetrics nameMetrics(nameFont);
    const QString name = index.data().toString();
    // The name comes first; the summary gives way down to a quarter of the row.
    const int rightWanted = right.isEmpty() ? 0 : rightMetrics.horizontalAdvance(right) + 4;
    const int rightWidth = std::min(rightWanted, std::max(room / 4, room - nameMetrics.horizontalAdvance(name) - 14));
    if (!right.isEmpty()) {
        painter->setFont(rightFont);
        painter->setPen(Theme::mutedText());
        painter->drawText(QRect(rect.right() - rightMargin - rightWidth, rect.top(), rightWidth, rect.height()),
                          Qt::AlignRight | Qt::AlignVCenter, rightMetrics.elidedText(right, Qt::ElideRight, rightWidth));
    }
    const int nameWidth = std::max(0, room - (right.isEmpty() ? 0 : rightWidth + 12));
    painter->setFont(nameFont);
    painter->setPen(kind == Kind::Domain || kind == Kind::Page || kind == Kind::NotComparableRow || kind == Kind::LeftOutRow
                        ? Theme::mutedText()
                        : Theme::text());
    painter->drawText(QRect(x, rect.top(), nameWidth, rect.height()), Qt::AlignLeft | Qt::AlignVCenter,
                      nameMetrics.elidedText(name, Qt::ElideMiddle, nameWidth));
    if (isTop && !isOpen && index.model()->rowCount(index) > 0) {
        const int end = x + std::min(nameWidth, nameMetrics.horizontalAdvance(name)) + 9;
        if (end < rect.right() - rightMargin - rightWidth - 6) {
            paintChevron(*painter, QPointF(end, middle), false);
        }
    }
    if ((option.state & QStyle::State_HasFocus) && (option.state & QStyle::State_KeyboardFocusChange)) {
        painter->setPen(QPen(Theme::accent(), 1));
        painter->drawRect(rect.adjusted(0, 0, -1, -1));
    }
    painter->restore();
}

} // namespace Orgtrace::Ui
