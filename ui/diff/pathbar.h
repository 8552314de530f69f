#pragma once

#include "diff/diffdocument.h"

#include <QWidget>

namespace Orgtrace::Ui {

class DiffView;

/// Where the first line on screen stands: "[12] Ada Lovelace › skills › [3]". Each part goes to where it begins, by click or by ← → and Enter.
class PathBar final : public QWidget
{
    Q_OBJECT
public:
    explicit PathBar(DiffView &view, QWidget *parent = nullptr);
    struct Part {
        QString label;
        int line = 0;
    };
    [[nodiscard]] const QList<Part> &parts() const { return m_parts; }
    [[nodiscard]] QRect rectOf(int part) const; ///< for clicks; empty where it is elided
    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;

protected:
    bool event(QEvent *event) override;
    void paintEvent(QPaintEvent *event) override;
    void mousePressEvent(QMouseEvent *event) override;
    void mouseMoveEvent(QMouseEvent *event) override;
    void leaveEvent(QEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;
    void focusInEvent(QFocusEvent *event) override;
    void focusOutEvent(QFocusEvent *event) override;

private:
    void follow();
    void layOut();
    void goTo(int part);
    [[nodiscard]] int partAt(const QPoint &at) const;
    DiffView &m_view;
    DiffDocumentPtr m_document;
    int m_row = -1;
    Side m_side = Side::Right;
    QList<Part> m_parts;
    QList<QRect> m_rects;
    int m_first = 0; ///< parts before it are elided
    int m_hovered = -1, m_chosen = -1;
};

} // namespace Orgtrace::Ui
