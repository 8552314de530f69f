#pragma once

#include "timeline/hovercard.h"
#include "timeline/timelinegeometry.h"
#include "timeline/timelinewords.h"

#include <QPixmap>
#include <QPointer>
#include <QWidget>

#include <memory>

class QPushButton;
class QTimer;

namespace Orgtrace::Ui {

class Session;

/// The timeline of snapshots: one tick a snapshot, how it was captured at its foot, audit-event density beneath, gaps hatched, flags, the range A–B shaded.
///
/// Mouse: A and B are dragged and snap to snapshots; a click on a snapshot takes the nearer handle there; the wheel zooms around the cursor; empty space
/// pans while zoomed; a double click shows everything; a card tells of the tick under the cursor. Keys: ←/→ step the range, with Shift B alone, with Ctrl A
/// alone, Home/End to either end; + − zoom, 1 2 3 4 the last 24 h, 7 d, month, all (also 0), R zooms to A–B, P compares B with the one before; Space or Ctrl+T opens the card of B's tick,
/// PageUp/PageDown go from tick to tick, A and B put a handle there, Esc closes the card.
///
/// What does not move with the hand (axis, gaps, density, ticks) is painted into layers and kept until the scale, the size, the theme or the timeline change.
/// Thread: GUI. Borrows session.
class TimelineView final : public QWidget
{
    Q_OBJECT
public:
    enum class Preset { Day, Week, Month, All, Range };

    explicit TimelineView(Session &session, QWidget *parent = nullptr);
    ~TimelineView() override;

    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;

    /// What is shown, and where A and B are (-1: nowhere). The session's own is set by itself; for tests and previews also a made-up one, whose handles move freely.
    void setTimeline(std::shared_ptr<const Timeline> timeline, int a, int b);
    void setFlags(QList<TimelineFlag> flags); ///< named times, e.g. baselines; kept when the timeline changes
    void showPreset(Preset preset);

    /// Where a handle is painted, in widget coordinates: for tests and screen readers. Empty where there is no range.
    [[nodiscard]] QRect handleRect(bool isA) const;
    [[nodiscard]] QPoint entryPosition(int entry) const;
    [[nodiscard]] bool isZoomed() const;
    [[nodiscard]] const TimelineScale &scale() const { return m_scale; }
    [[nodiscard]] std::pair<int, int> handles() const { return {shownA(), shownB()}; }
    /// What the pointer's place means, in words.
    [[nodiscard]] QString textAt(const QPoint &position) const;
    [[nodiscard]] HoverCard *card() const { return m_card; } ///< nullptr: never shown yet
    [[nodiscard]] QPushButton *presetButton(Preset preset) const { return m_presets.at(static_cast<qsizetype>(preset)); }
    void showCardOf(int entry); ///< as the keyboard does; -1 hides it

protected:
    void paintEvent(QPaintEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;
    void mousePressEvent(QMouseEvent *event) override;
    void mouseMoveEvent(QMouseEvent *event) override;
    void mouseReleaseEvent(QMouseEvent *event) override;
    void mouseDoubleClickEvent(QMouseEvent *event) override;
    void wheelEvent(QWheelEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    void leaveEvent(QEvent *event) override;
    void focusOutEvent(QFocusEvent *event) override;
    void hideEvent(QHideEvent *event) override;
    void changeEvent(QEvent *event) override;
    bool event(QEvent *event) override;

private:
    enum class Drag { None, A, B, Pan, Click };

    void buildPresets();
    void placePresets();
    void refreshPresets();
    void rebuild();
    void readAudit();
    void show(Timeline timeline);
    void updateDescription();
    void setScale(const TimelineScale &scale);
    void moveHandles(int a, int b);
    [[nodiscard]] bool handleKey(const QKeyEvent &event);
    void hover(int entry); ///< the tick under the pointer, or the one the keyboard is at; -1: none
    [[nodiscard]] int entryAt(const QPoint &position) const; ///< the tick at a place; -1: none
    [[nodiscard]] int alikeAt(int entry) const;
    [[nodiscard]] TickProof proofOf(const QString &id) const;
    [[nodiscard]] Drag handleAt(const QPoint &position) const;
    [[nodiscard]] int shownA() const;
    [[nodiscard]] int shownB() const;
    [[nodiscard]] Span auditSpan() const; ///< what of the view lies between the first and the last snapshot
    [[nodiscard]] TimelineScale wholeNow() const;
    [[nodiscard]] TimelineScale presetScale(Preset preset) const;
    [[nodiscard]] qreal axisBottom() const;
    [[nodiscard]] qreal stemTop() const;
    [[nodiscard]] qreal baseline() const;
    [[nodiscard]] qreal densityTop() const;

    void dropLayers();
    void paintLayers();
    void paintAxis(QPainter &painter) const;
    void paintRange(QPainter &painter) const;
    void paintGaps(QPainter &painter) const;
    void paintDensity(QPainter &painter) const;
    void paintTicks(QPainter &painter) const;
    void paintFlags(QPainter &painter) const;
    void paintHandles(QPainter &painter) const;
    void paintHover(QPainter &painter) const;
    void paintEmpty(QPainter &painter) const;

    Session &m_session;
    std::shared_ptr<const Timeline> m_timeline;
    QList<TimelineFlag> m_flags;
    QList<qint64> m_auditTimes; ///< as the session has them, read once
    QList<Span> m_auditCovered;
    TimelineScale m_whole, m_scale;
    int m_a = -1, m_b = -1;
    bool m_isZoomed = false;
    QTimer *m_rebuild;
    Drag m_drag = Drag::None;
    QPoint m_pressed;
    qreal m_lastX = 0;
    int m_dragEntry = -1;
    int m_hover = -1; ///< whose card is shown
    bool m_isKeyboardCard = false;
    QPointer<HoverCard> m_card;
    QList<QPushButton *> m_presets;
    QPixmap m_back, m_ticks; ///< null: to be painted anew
};

} // namespace Orgtrace::Ui
