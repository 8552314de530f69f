#pragma once

#include "access/historywords.h"
#include "timeline/timelinegeometry.h"

#include <QWidget>

namespace Orgtrace::Ui {

/// When a permission was held, on a true axis of time: bars, with the stretches in which they may have begun or ended hatched; each snapshot by what it
/// says; A and B; a legend in words. ←/→, Home and End go from bar to bar, Enter opens one; each is read out.
/// Thread: GUI. Shows; computes nothing but where things are.
class HistoryPicture final : public QWidget
{
    Q_OBJECT
public:
    explicit HistoryPicture(QWidget *parent = nullptr);

    void setHistory(const HistoryPtr &history); ///< null: nothing
    void setRange(const QDateTime &aUtc, const QDateTime &bUtc); ///< where A and B stand; invalid: nowhere
    void setPlace(HistoryPlace place); ///< highlights it; no signal
    [[nodiscard]] HistoryPlace place() const { return m_place; }
    [[nodiscard]] const QList<HistoryBar> &bars() const { return m_bars; }
    [[nodiscard]] QRectF barRect(int bar) const; ///< where it is drawn
    [[nodiscard]] QString placeText(HistoryPlace place) const; ///< what is read out and shown as a tip

    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;
    [[nodiscard]] int heightForWidth(int width) const override; ///< what it takes itself: the legend wraps

Q_SIGNALS:
    void placeChosen(Orgtrace::Ui::HistoryPlace place); ///< by the user
    void activated(Orgtrace::Ui::HistoryPlace place);
    void menuWanted(const QPoint &at); ///< for what is chosen; on the screen

protected:
    void paintEvent(QPaintEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;
    void mousePressEvent(QMouseEvent *event) override;
    void mouseDoubleClickEvent(QMouseEvent *event) override;
    void contextMenuEvent(QContextMenuEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    bool event(QEvent *event) override;

private:
    enum class LegendMark { Held, Conditional, Edge, Unknown, With, UnderCondition, Without, CouldNotTell };
    struct LegendItem {
        LegendMark mark;
        QString text;
        QRect box;
    };
    [[nodiscard]] QList<LegendItem> legend(int width, int *height) const;
    [[nodiscard]] TimelineScale scale() const;
    [[nodiscard]] int barAt(const QPointF &point) const; ///< −1: none
    [[nodiscard]] int sightingAt(const QPointF &point) const;
    void paintBar(QPainter &painter, HistoryBar::Kind kind, const QRectF &box, bool isOpenAtStart) const;
    void paintSightings(QPainter &painter) const;
    static void paintSighting(QPainter &painter, Access::Sighting::State state, QPointF at, bool isDense);
    void choose(int bar);
    void describe();

    HistoryPtr m_history;
    QList<HistoryBar> m_bars;
    QDateTime m_a, m_b;
    HistoryPlace m_place;
    TimelineScale m_span; ///< its times; the pixels follow the width
};

} // namespace Orgtrace::Ui
