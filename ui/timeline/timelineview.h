#pragma once

#include "timeline/timelinegeometry.h"

#include <QWidget>

#include <memory>

class QTimer;

namespace Orgtrace::Ui {

class Session;

/// The timeline of snapshots: one tick a snapshot, audit-event density beneath, gaps hatched, the range A–B shaded.
///
/// Mouse: A and B are dragged and snap to snapshots; a click on a snapshot takes the nearer handle there; the wheel zooms around the cursor; empty space
/// pans while zoomed; a double click shows everything. Keys: ←/→ step the range, with Shift B alone, with Ctrl A alone, Home/End to either end, + − 0 zoom.
/// Thread: GUI. Borrows session.
class TimelineView final : public QWidget
{
    Q_OBJECT
public:
    explicit TimelineView(Session &session, QWidget *parent = nullptr);
    ~TimelineView() override;

    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;

    /// Where a handle is painted, in widget coordinates: for tests and screen readers. Empty where there is no range.
    [[nodiscard]] QRect handleRect(bool isA) const;
    [[nodiscard]] QPoint entryPosition(int entry) const;
    [[nodiscard]] bool isZoomed() const;
    /// What the pointer's place means, in words.
    [[nodiscard]] QString textAt(const QPoint &position) const;

protected:
    void paintEvent(QPaintEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;
    void mousePressEvent(QMouseEvent *event) override;
    void mouseMoveEvent(QMouseEvent *event) override;
    void mouseReleaseEvent(QMouseEvent *event) override;
    void mouseDoubleClickEvent(QMouseEvent *event) override;
    void wheelEvent(QWheelEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    bool event(QEvent *event) override;

private:
    enum class Drag { None, A, B, Pan, Click };

    void rebuild();
    void updateDescription();
    void setScale(const TimelineScale &scale);
    void moveHandles(int a, int b);
    [[nodiscard]] Drag handleAt(const QPoint &position) const;
    [[nodiscard]] int shownA() const;
    [[nodiscard]] int shownB() const;
    [[nodiscard]] Span auditSpan() const; ///< what of the view lies between the first and the last snapshot
    [[nodiscard]] qreal axisBottom() const;
    [[nodiscard]] qreal baseline() const;

    void paintAxis(QPainter &painter) const;
    void paintRange(QPainter &painter) const;
    void paintGaps(QPainter &painter) const;
    void paintDensity(QPainter &painter) const;
    void paintTicks(QPainter &painter) const;
    void paintHandles(QPainter &painter) const;
    void paintEmpty(QPainter &painter) const;

    Session &m_session;
    std::shared_ptr<const Timeline> m_timeline;
    TimelineScale m_whole, m_scale;
    bool m_isZoomed = false;
    QTimer *m_rebuild;
    Drag m_drag = Drag::None;
    QPoint m_pressed;
    qreal m_lastX = 0;
    int m_dragEntry = -1;
};

} // namespace Orgtrace::Ui
