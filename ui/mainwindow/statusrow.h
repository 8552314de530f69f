#pragma once

#include <QWidget>

class QHBoxLayout;
class QLabel;
class QPushButton;

namespace Orgtrace::Ui {

class Session;

/// The bottom line: what B covers, up to when audit is known, whether the store proves itself, how many snapshots. Borrows session.
class StatusRow final : public QWidget
{
    Q_OBJECT
public:
    explicit StatusRow(Session &session, QWidget *parent = nullptr);
    void setWatch(const QString &text); ///< empty: nothing is watched
    void setRun(const QString &text); ///< a run in the background; empty: none

Q_SIGNALS:
    void runClicked();

protected:
    void changeEvent(QEvent *event) override;

private:
    void refresh();
    Session &m_session;
    QLabel *m_coverage, *m_audit, *m_store, *m_key, *m_watch, *m_snapshots;
    QPushButton *m_run;
    QString m_watchText;
};

} // namespace Orgtrace::Ui
