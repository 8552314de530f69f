#pragma once

#include <QLabel>

namespace Orgtrace::Ui {

/// One line of plain text that gives way where room is short: cut with an ellipsis, whole in the tool tip.
class ElidedLabel final : public QLabel
{
    Q_OBJECT
public:
    explicit ElidedLabel(QWidget *parent = nullptr);
    [[nodiscard]] QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;
    bool event(QEvent *event) override;
};

} // namespace Orgtrace::Ui
