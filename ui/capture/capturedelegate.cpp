#include "capture/capturedelegate.h"

#include "capture/capturemodel.h"
#include "theme/theme.h"

#include <QHeaderView>
#include <QPainter>
#include <QTableView>

namespace Orgtrace::Ui {

namespace {

constexpr int MarkWidth = 28;
constexpr int Margin = 8;

void paintMark(QPainter &painter, DomainFate fate, const QPointF &centre)
{
    const QRectF box(centre.x() - 5, centre.y() - 5, 10, 10);
    switch (fate) {
    case DomainFate::Waiting:
        painter.setPen(QPen(Theme::hairline(), 1.5));
        painter.setBrush(Qt::NoBrush);
        painter.drawEllipse(centre, 3.5, 3.5);
        return;
    case DomainFate::Reading:
        painter.setPen(Qt::NoPen);
        painter.setBrush(Theme::accent());
        painter.drawEllipse(centre, 4, 4);
        return;
    case DomainFate::Whole: paintCheckMark(painter, centre); return;
    case DomainFate::Flawed: paintSeverity(painter, box, Policy::Severity::Medium); return;
    case DomainFate::Carried:
    case DomainFate::Forbidden: paintSeverity(painter, box, Policy::Severity::High); return;
    case DomainFate::NotOffered: paintSeverity(painter, box, Policy::Severity::Low); return;
    }
}

QColor stateColour(DomainFate fate)
{
    switch (fate) {
    case DomainFate::Reading: return Theme::accent();
    case DomainFate::Flawed: return Theme::severity(Policy::Severity::Medium);
    case DomainFate::Carried:
    case DomainFate::Forbidden: return Theme::severity(Policy::Severity::High);
    case DomainFate::Waiting:
    case DomainFate::Whole:
    case DomainFate::NotOffered: break;
    }
    return Theme::mutedText();
}

} // namespace

void paintCheckMark(QPainter &painter, const QPointF &centre)
{
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(Theme::added(), 2, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    painter.drawPolyline(QPolygonF{{centre.x() - 4, centre.y()}, {centre.x() - 1, centre.y() + 3.5}, {centre.x() + 5, centre.y() - 4}});
}

QSize CaptureDelegate::sizeHint(const QStyleOptionViewItem &, const QModelIndex &) const
{
    return {80, Theme::rowHeight()};
}

void CaptureDelegate::paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const
{
    const auto fate = static_cast<DomainFate>(index.data(CaptureModel::FateRole).toInt());
    const int column = index.column();
    painter->save();
    if (option.state & QStyle::State_Selected) {
        painter->fillRect(option.rect, Theme::accentTint());
        if (column == CaptureModel::DomainColumn) {
            painter->fillRect(QRect(option.rect.left(), option.rect.top(), 3, option.rect.height()), Theme::accent());
        }
    }
    QRect rect = option.rect.adjusted(Margin, 0, -Margin, 0);
    if (column == CaptureModel::DomainColumn) {
        painter->setRenderHint(QPainter::Antialiasing);
        paintMark(*painter, fate, QPointF(option.rect.left() + MarkWidth / 2.0, option.rect.center().y() + 0.5));
        painter->setRenderHint(QPainter::Antialiasing, false);
        rect.setLeft(option.rect.left() + MarkWidth);
    }
    const bool isQuiet = column == CaptureModel::GroupColumn || column >= CaptureModel::PagesColumn || fate == DomainFate::Waiting;
    QColor colour = isQuiet ? Theme::mutedText() : Theme::text();
    if (column == CaptureModel::StateColumn) {
        colour = stateColour(fate);
    } else if (column == CaptureModel::NoteColumn && (fate == DomainFate::Carried || fate == DomainFate::Forbidden)) {
        colour = Theme::text();
    }
    painter->setFont(option.font);
    painter->setPen(colour);
    const auto alignment = Qt::Alignment(index.data(Qt::TextAlignmentRole).toInt());
    painter->drawText(rect, static_cast<int>(alignment),
                      option.fontMetrics.elidedText(index.data().toString(), Qt::ElideRight, rect.width()));
    painter->fillRect(QRect(option.rect.left(), option.rect.bottom(), option.rect.width(), 1), Theme::hairline());
    if (const QVariant part = column == CaptureModel::ItemsColumn ? index.data(CaptureModel::PartRole) : QVariant(); part.isValid()) {
        const QRect bar(rect.left(), option.rect.bottom() - 1, rect.width(), 2);
        painter->fillRect(bar, Theme::hairline());
        painter->fillRect(QRect(bar.left(), bar.top(), static_cast<int>(bar.width() * part.toDouble()), bar.height()), Theme::accent());
    }
    painter->restore();
}

void setUpDomainTable(QTableView &table)
{
    table.setItemDelegate(new CaptureDelegate(&table));
    table.setFrameShape(QFrame::NoFrame);
    table.setShowGrid(false);
    table.setSelectionBehavior(QAbstractItemView::SelectRows);
    table.setSelectionMode(QAbstractItemView::SingleSelection);
    table.setWordWrap(false);
    table.setTabKeyNavigation(false);
    table.setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    table.setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    table.verticalHeader()->hide();
    table.verticalHeader()->setDefaultSectionSize(Theme::rowHeight());
    table.verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    table.horizontalHeader()->setHighlightSections(false);
    table.horizontalHeader()->setStretchLastSection(true);
    table.horizontalHeader()->setStyleSheet(QStringLiteral("QHeaderView::section { padding: 4px 8px; }")); // as the delegate's cells
}

} // namespace Orgtrace::Ui
