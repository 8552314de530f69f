#pragma once

#include <QLabel>

namespace Orgtrace::Ui {

/// One line of plain text that gives way where room is short: cut with an ellipsis, whole in the tool tip.
class ElidedLabel final : public QLabel
{
    Q_OBJECT
public:
    explicit ElidedLabel(QWidget *parent = nullptr);
    void setShortText(const QString &text); ///< said where there is no room for all of the text; empty: its beginning
    [[nodiscard]] QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;
    bool event(QEvent *event) override;

private:
    QString m_short;
};

} // namespace Orgtrace::Ui
