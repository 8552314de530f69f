#pragma once

#include <QWidget>

#include <optional>

namespace Orgtrace::Ui {

/// Figures side by side, each with its caption above and a quiet note below, parted by hairlines; one may carry a meter. Says all of it to a screen reader.
class FigureStrip final : public QWidget
{
    Q_OBJECT
public:
    struct Figure {
        QString caption, value, note;
        std::optional<double> meter; ///< 0 to 1
        double mark = 1; ///< of the meter: how far it may go
        bool isTight = false; ///< the meter has come to its mark
        friend bool operator==(const Figure &, const Figure &) = default;
    };
    explicit FigureStrip(QWidget *parent = nullptr);
    void setFigures(const QList<Figure> &figures); ///< paints only where something changed
    [[nodiscard]] const QList<Figure> &figures() const { return m_figures; }
    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    QList<Figure> m_figures;
};

} // namespace Orgtrace::Ui
