#pragma once

#include <QFrame>

#include <functional>

class QLabel;
class QPushButton;

namespace Orgtrace::Ui {

/// One message inside the window, in words, until it is dismissed (× or Esc) or replaced: what happened, what was kept, what to do. Takes no focus.
class MessageBar final : public QFrame
{
    Q_OBJECT
public:
    enum class Kind { Problem, Note };
    explicit MessageBar(QWidget *parent = nullptr);

    void showMessage(Kind kind, const QString &text, const QString &action = {}, std::function<void()> act = {});
    /// A second button for the message that is shown; the next message has none again.
    void setSecondAction(const QString &action, std::function<void()> act);
    void dismiss();
    [[nodiscard]] QString text() const;

protected:
    void paintEvent(QPaintEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;

private:
    Kind m_kind = Kind::Note;
    QLabel *m_text;
    QPushButton *m_action, *m_second, *m_close;
    std::function<void()> m_act, m_secondAct;
};

} // namespace Orgtrace::Ui
