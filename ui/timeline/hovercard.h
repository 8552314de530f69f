#pragma once

#include "timeline/timelinewords.h"

#include <QWidget>

namespace Orgtrace::Ui {

/// A card about one snapshot, beneath the timeline: it never covers the tick it tells of, takes no mouse and no focus, and is there at once.
/// A child of the window, so that it moves and closes with it. Thread: GUI.
class HoverCard final : public QWidget
{
    Q_OBJECT
public:
    explicit HoverCard(QWidget *window);

    /// @param about what the card may not cover, in the window's coordinates; @param x where in it the tick is
    void showCard(const TickCard &card, const QRect &about, int x);
    [[nodiscard]] const TickCard &card() const { return m_card; }

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    [[nodiscard]] int layOut(QPainter *painter) const; ///< paints where there is a painter; returns the height

    TickCard m_card;
};

} // namespace Orgtrace::Ui
