#pragma once

#include <QFrame>
#include <QKeySequence>
#include <QList>
#include <QPointer>
#include <QString>

namespace Orgtrace::Ui {

/// One line of the keyboard map: what the keys do, and which.
struct KeyLine {
    QString keys; ///< as people read them: "Shift+F8", "← →"
    QString does;
    QList<QKeySequence> sequences; ///< those that are shortcuts of actions; keys that a view handles itself have none
};
struct KeyGroup {
    QString title;
    QList<KeyLine> lines;
};

/// Every key of the window, by view. The user guide has the same table.
[[nodiscard]] QList<KeyGroup> keyMap();

/// The keyboard map above the window, on F1: in the way of nothing, gone with Esc, F1 or a click. Thread: GUI.
class KeyMapPanel final : public QFrame
{
    Q_OBJECT
public:
    explicit KeyMapPanel(QWidget *window);
    void toggle();

protected:
    void keyPressEvent(QKeyEvent *event) override;
    void mousePressEvent(QMouseEvent *event) override;
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    void leave();
    void place();
    QSize m_wanted;
    QPointer<QWidget> m_before; ///< who had the focus
};

} // namespace Orgtrace::Ui
