#pragma once

#include "diff/diffdocument.h"

#include <QWidget>

namespace Orgtrace::Ui {

class DiffView;

/// The whole difference at a glance, and its scroll bar: change marks and the visible part; a click or drag goes there.
class OverviewRuler final : public QWidget
{
    Q_OBJECT
public:
    explicit OverviewRuler(DiffView &view, QWidget *parent = nullptr);
    [[nodiscard]] QSize sizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;
    void mousePressEvent(QMouseEvent *event) override;
    void mouseMoveEvent(QMouseEvent *event) override;
    void wheelEvent(QWheelEvent *event) override;

private:
    void remake();
    DiffView &m_view;
    QList<RulerMark> m_marks;
    int m_content = 0; ///< height that the marks were made for
};

} // namespace Orgtrace::Ui
