#pragma once

#include <QWidget>

class QLabel;
class QLineEdit;
class QPushButton;

namespace Orgtrace::Ui {

/// Asks, inline, for the reason to look at an entity as it was received, and says what became of it.
class RawBar final : public QWidget
{
    Q_OBJECT
public:
    explicit RawBar(QWidget *parent = nullptr);
    void ask(); ///< explains, and wants a reason
    void say(const QString &sentence); ///< no field: raw texts are on show, or not available
    [[nodiscard]] QLineEdit *field() const { return m_reason; }
    [[nodiscard]] QString sentence() const;

Q_SIGNALS:
    void confirmed(const QString &reason);
    void left(); ///< back to what was normalised

protected:
    void keyPressEvent(QKeyEvent *event) override;

private:
    QLabel *m_words;
    QLineEdit *m_reason;
    QPushButton *m_show, *m_back;
};

} // namespace Orgtrace::Ui
