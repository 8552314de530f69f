#include "progress/progresspanel.h"

#include "progress/progressmodel.h"
#include "theme/theme.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QListView>
#include <QPainter>
#include <QProgressBar>
#include <QPushButton>
#include <QStyledItemDelegate>
#include <QTimer>
#include <QVBoxLayout>

namespace Orgtrace::Ui {

using namespace Qt::StringLiterals;

namespace {

/// One domain: a mark that says the state, its title, its state in words, its count.
class ProgressDelegate final : public QStyledItemDelegate
{
public:
    using QStyledItemDelegate::QStyledItemDelegate;
    [[nodiscard]] QSize sizeHint(const QStyleOptionViewItem &, const QModelIndex &) const override { return {200, Theme::rowHeight()}; }
    void paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const override
    {
        const QString state = index.data(ProgressModel::StateRole).toString();
        const QRect rect = option.rect;
        painter->save();
        painter->setRenderHint(QPainter::Antialiasing);
        const QPointF centre(rect.left() + 12, rect.center().y() + 0.5);
        if (state == "complete"_L1) {
            painter->setPen(QPen(Theme::added(), 2, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
            painter->drawPolyline(
                QPolygonF{{centre.x() - 4, centre.y()}, {centre.x() - 1, centre.y() + 3.5}, {centre.x() + 5, centre.y() - 4}});
        } else if (state == "reading"_L1 || state == "writing"_L1) {
            painter->setPen(Qt::NoPen);
            painter->setBrush(Theme::accent());
            painter->drawEllipse(centre, 4, 4);
        } else if (state.isEmpty()) {
            painter->setPen(QPen(Theme::hairline(), 1.5));
            painter->drawEllipse(centre, 3.5, 3.5);
        } else {
            paintSeverity(*painter, QRectF(centre.x() - 5, centre.y() - 5, 10, 10),
                          state == "not-offered"_L1 ? Policy::Severity::Low : Policy::Severity::High);
        }
        const qint64 items = index.data(ProgressModel::ItemsRole).toLongLong();
        const QVariant announced = index.data(ProgressModel::AnnouncedRole);
        QString count = state.isEmpty() || items == 0 ? QString() : countText(items);
        if (announced.isValid() && announced.toLongLong() > items && state == "reading"_L1) {
            count += u" / "_s + countText(announced.toLongLong());
        }
        painter->setFont(option.font);
        painter->setPen(state.isEmpty() ? Theme::mutedText() : Theme::text());
        const int titleWidth = rect.width() * 45 / 100;
        painter->drawText(QRect(rect.left() + 28, rect.top(), titleWidth - 28, rect.height()), Qt::AlignVCenter,
                          option.fontMetrics.elidedText(index.data().toString(), Qt::ElideRight, titleWidth - 34));
        painter->setPen(Theme::mutedText());
        painter->drawText(QRect(rect.left() + titleWidth, rect.top(), rect.width() * 35 / 100, rect.height()), Qt::AlignVCenter,
                          index.data(ProgressModel::StateTextRole).toString());
        painter->drawText(QRect(rect.left(), rect.top(), rect.width() - 8, rect.height()), Qt::AlignRight | Qt::AlignVCenter, count);
        painter->setRenderHint(QPainter::Antialiasing, false);
        painter->setPen(Theme::hairline());
        painter->drawLine(rect.bottomLeft(), rect.bottomRight());
        painter->restore();
    }
};

} // namespace

ProgressPanel::ProgressPanel(Clock &clock, QWidget *parent) :
    QWidget(parent), m_clock(clock), m_model(new ProgressModel(this)), m_title(new QLabel), m_note(new QLabel), m_step(new QLabel),
    m_line(new QLabel), m_bar(new QProgressBar), m_view(new QListView), m_cancel(new QPushButton(tr("Cancel"))),
    m_hide(new QPushButton(tr("Continue in the background"))), m_tick(new QTimer(this))
{
    QFont big = font();
    big.setPointSizeF(big.pointSizeF() * 1.35);
    big.setWeight(QFont::DemiBold);
    m_title->setFont(big);
    m_title->setWordWrap(true);
    m_note->setWordWrap(true);
    for (QLabel *label : {m_note, m_step, m_line}) {
        label->setProperty("muted", true);
    }
    m_bar->setRange(0, 1000);
    m_bar->setTextVisible(false);
    m_bar->setAccessibleName(tr("Progress of the whole run"));
    m_view->setModel(m_model);
    m_view->setItemDelegate(new ProgressDelegate(m_view));
    m_view->setFrameShape(QFrame::NoFrame);
    m_view->setSelectionMode(QAbstractItemView::NoSelection);
    m_view->setUniformItemSizes(true);
    m_view->setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    m_view->setAccessibleName(tr("Domains of this run"));
    m_cancel->setAccessibleDescription(tr("Stops the run; nothing half-read is kept."));
    m_hide->hide();
    m_tick->setInterval(250);

    auto *buttons = new QHBoxLayout;
    buttons->addWidget(m_line, 1);
    buttons->addWidget(m_hide);
    buttons->addWidget(m_cancel);
    auto *column = new QVBoxLayout;
    column->setSpacing(8);
    column->addWidget(m_title);
    column->addWidget(m_note);
    column->addSpacing(10);
    column->addWidget(m_step);
    column->addWidget(m_bar);
    column->addLayout(buttons);
    column->addSpacing(8);
    column->addWidget(m_view, 1);
    auto *inner = new QWidget;
    inner->setLayout(column);
    inner->setMaximumWidth(760);
    auto *row = new QHBoxLayout(this);
    row->setContentsMargins(24, 36, 24, 24);
    row->addStretch(1);
    row->addWidget(inner, 8);
    row->addStretch(1);

    connect(m_tick, &QTimer::timeout, this, &ProgressPanel::refresh);
    connect(m_cancel, &QPushButton::clicked, this, [this] {
        setCancelling();
        Q_EMIT cancelRequested();
    });
    connect(m_hide, &QPushButton::clicked, this, &ProgressPanel::hideRequested);
}

void ProgressPanel::begin(const QString &title, const QString &note)
{
    m_model->clear();
    m_title->setText(title);
    m_note->setText(note);
    m_note->setVisible(!note.isEmpty());
    m_step->setText(tr("Starting …"));
    m_part = 0;
    m_items = 0;
    m_itemsBefore = 0;
    m_snapshot = 0;
    m_isRunning = true;
    m_cancel->setEnabled(true);
    m_cancel->setText(tr("Cancel"));
    m_started = m_clock.monotonic();
    m_tick->start();
    refresh();
}

void ProgressPanel::showCapture(const Capture::Progress &progress, int snapshotsDone, int snapshotsTotal)
{
    const bool isAudit = progress.domain == "audit"_L1; // comes after the last snapshot of a run, counted in days
    if (snapshotsDone != m_snapshot && !isAudit) {
        m_itemsBefore += m_model->items();
        m_snapshot = snapshotsDone;
        m_model->restart();
    }
    m_model->take(progress);
    m_items = m_itemsBefore + m_model->items();
    const int total = std::max(snapshotsTotal, 1);
    m_part = std::clamp((snapshotsDone + progressPart(progress)) / total, 0.0, 1.0);
    if (isAudit) {
        m_step->setText(tr("%1 · %2 of %3 days queried").arg(progress.title).arg(progress.domainsDone).arg(progress.domainsTotal));
        refresh();
        return;
    }
    QString step;
    if (total > 1) {
        step = tr("Snapshot %1 of %2 · ").arg(std::min(snapshotsDone + 1, total)).arg(total);
    }
    step += tr("%1 of %2 domains").arg(progress.domainsDone).arg(progress.domainsTotal);
    step += u" · "_s + tr("%1 requests").arg(countText(progress.requests));
    if (progress.retries > 0) {
        step += u" · "_s + tr("%1 retries").arg(countText(progress.retries));
    }
    m_step->setText(step);
    refresh();
}

void ProgressPanel::showAudit(int windowsDone, int windowsTotal, qint64 events)
{
    m_items = events;
    m_part = windowsTotal > 0 ? std::clamp(static_cast<double>(windowsDone) / windowsTotal, 0.0, 1.0) : 0;
    m_step->setText(tr("%1 of %2 days queried · %3 audit events").arg(windowsDone).arg(windowsTotal).arg(countText(events)));
    refresh();
}

void ProgressPanel::end()
{
    m_isRunning = false;
    m_tick->stop();
    Q_EMIT changed();
}

void ProgressPanel::setCancelling()
{
    m_cancel->setEnabled(false);
    m_cancel->setText(tr("Cancelling …"));
}

void ProgressPanel::setHideable(bool hideable)
{
    m_hide->setVisible(hideable);
}

QString ProgressPanel::shortText() const
{
    return tr("%1 · %2 %").arg(m_title->text()).arg(static_cast<int>(m_part * 100));
}

void ProgressPanel::refresh()
{
    m_bar->setValue(static_cast<int>(m_part * 1000));
    m_line->setText(progressLine(m_part, m_items, (m_clock.monotonic() - m_started).count()));
    Q_EMIT changed();
}

} // namespace Orgtrace::Ui
