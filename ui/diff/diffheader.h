#pragma once

#include <QColor>
#include <QString>
#include <QWidget>

namespace Orgtrace::Ui {

/// What stands above one column: "A  17 Oct 2026 08:24 UTC · 10:24 local · signed".
struct SideTitle {
    QString letter, time, state;
    enum class Tone { Neutral, Good, Bad } tone = Tone::Neutral;
    QString tip; ///< the snapshot's whole id
};

/// The two titles over the two columns, cut at the view's split.
class DiffHeader final : public QWidget
{
    Q_OBJECT
public:
    explicit DiffHeader(QWidget *parent = nullptr);
    void setTitles(const SideTitle &left, const SideTitle &right);
    void setSplit(int x);
    [[nodiscard]] QSize sizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;
    bool event(QEvent *event) override;

private:
    SideTitle m_titles[2];
    int m_split = 0;
};

/// Where one is: "Role grants › Contractors › grants › Master Admin", elided from the front so that the end stays readable.
class Breadcrumb final : public QWidget
{
    Q_OBJECT
public:
    explicit Breadcrumb(QWidget *parent = nullptr);
    void setSteps(const QStringList &steps, int boldStep); ///< also the last is bold
    [[nodiscard]] QString text() const;
    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;
    void contextMenuEvent(QContextMenuEvent *event) override;

private:
    QStringList m_steps;
    int m_bold = -1;
};

} // namespace Orgtrace::Ui
