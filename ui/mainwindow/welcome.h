#pragma once

#include <QWidget>

class QLabel;
class QPushButton;

namespace Orgtrace::Ui {

/// What the window shows while no store is open: what Orgtrace is for and the two ways to begin.
class Welcome final : public QWidget
{
    Q_OBJECT
public:
    explicit Welcome(QWidget *parent = nullptr);
    void setOpening(const QString &folder); ///< empty: nothing is being opened
    void setDemoOffered(bool offered);

Q_SIGNALS:
    void openRequested();
    void demoRequested();

private:
    QLabel *m_text;
    QPushButton *m_open, *m_demo;
};

} // namespace Orgtrace::Ui
