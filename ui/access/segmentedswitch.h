#pragma once

#include <QStringList>
#include <QWidget>

namespace Orgtrace::Ui {

/// A few choices side by side, one of them taken: "as of A | as of B · … | A → B". By mouse and arrow keys.
class SegmentedSwitch final : public QWidget
{
    Q_OBJECT
public:
    explicit SegmentedSwitch(QWidget *parent = nullptr);
    void setSegments(const QStringList &texts); ///< keeps what is chosen
    [[nodiscard]] int current() const { return m_current; }
    void setCurrent(int index); ///< emits where it changes
    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override { return sizeHint(); }

Q_SIGNALS:
    void currentChanged(int index);

protected:
    void paintEvent(QPaintEvent *event) override;
    void mousePressEvent(QMouseEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;

private:
    [[nodiscard]] int widthOf(int index) const;
    void describe();
    QStringList m_texts;
    int m_current = 0;
};

} // namespace Orgtrace::Ui
