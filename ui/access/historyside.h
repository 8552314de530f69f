#pragma once

#include "access/access.h"
#include "access/historywords.h"
#include "access/outlinemodel.h"

#include "base/cancellation.h"

#include <QElapsedTimer>
#include <QSet>
#include <QTimer>
#include <QWidget>

class QBoxLayout;
class QComboBox;
class QLabel;
class QLineEdit;
class QProgressBar;
class QPushButton;
class QToolButton;

namespace Orgtrace::Ui {

class AccessTree;
class HistoryPicture;
class Session;
class SubjectPicker;

/// *History*: when a subject held a permission, over all snapshots of the organisation: a picture on a true axis of time, and beneath it the intervals and
/// stretches in words. Choosing a row highlights its bar, and the other way round. Read on a worker with progress and Cancel; late answers are dropped.
/// Thread: GUI. Borrows the session; moves its range where a row is shown as A or B.
class HistorySide final : public QWidget
{
    Q_OBJECT
public:
    using ModelPtr = std::shared_ptr<const Access::AccessModel>;
    explicit HistorySide(Session &session, QWidget *parent = nullptr);
    ~HistorySide() override;

    void setModels(const ModelPtr &a,
                   const ModelPtr &b); ///< who and what is offered; anybody else may be named by id, exact name or e-mail
    [[nodiscard]] bool hasModels() const { return m_a || m_b; }
    void say(const QString &headline, const QString &sentence); ///< instead of an answer
    void clear(); ///< another store or organisation: nothing is chosen any more
    /// @param subject id, exact name or e-mail; what is empty stays to be chosen
    void ask(const QString &subject, const QString &permission, const QString &divisionId = {});
    /// Only where nothing is chosen yet.
    void offerSubject(const QString &subject, const QString &permission);

    [[nodiscard]] SubjectPicker *picker() const { return m_picker; }
    [[nodiscard]] QLineEdit *question() const { return m_permission; }
    [[nodiscard]] QComboBox *divisionBox() const { return m_division; }
    [[nodiscard]] HistoryPicture *picture() const { return m_picture; }
    [[nodiscard]] AccessTree *tree() const { return m_tree; }
    [[nodiscard]] QPushButton *cancelButton() const { return m_cancelButton; }
    [[nodiscard]] QString summaryText() const;
    [[nodiscard]] QString emptyText() const; ///< what is said instead of an answer; empty: there is one
    [[nodiscard]] QString text(AccessChangesFormat format) const; ///< the whole answer, written out
    [[nodiscard]] bool isBusy() const { return m_isComputing || m_delay.isActive(); }
    /// Moves A or B to a snapshot; the other one stays where it can.
    void showAs(bool isA, const QString &snapshotId);

Q_SIGNALS:
    void holdsWanted(const QString &subjectId, const QString &permission, const QString &snapshotId);
    void historyShown(); ///< an answer, or why there is none

protected:
    void showEvent(QShowEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;

private:
    struct Answer {
        HistoryPtr history;
        QList<OutlineItem> rows;
        QString summary;
        std::optional<Error> error;
    };
    void build();
    void fill();
    void compute();
    void took(Answer answer);
    void stop();
    void showMarks();
    void chosen(const QModelIndex &index);
    void openMenu(const QPoint &at);
    void openHolds();
    void copy(AccessChangesFormat format) const;
    void setAnswerShown(bool isShown);
    void showProgress(qint64 done, qint64 total);
    [[nodiscard]] QString currentSnapshot() const;
    [[nodiscard]] QString questionKey() const; ///< the same: the same answer

    Session &m_session;
    ModelPtr m_a, m_b;
    QString m_subject, m_askedKey;
    HistoryPtr m_history;
    OutlineModel m_model;
    CancellationSource m_cancel;
    QTimer m_delay, m_progressDelay;
    QElapsedTimer m_elapsed;
    int m_job = 0, m_fillJob = 0;
    bool m_isComputing = false, m_isChoosing = false;
    SubjectPicker *m_picker;
    QLineEdit *m_permission;
    QComboBox *m_division;
    QWidget *m_progress, *m_actions, *m_pictureLine;
    QBoxLayout *m_actionLine = nullptr;
    QLabel *m_progressText, *m_summary, *m_empty;
    QProgressBar *m_bar;
    QPushButton *m_cancelButton;
    QToolButton *m_asA, *m_asB, *m_holds;
    HistoryPicture *m_picture;
    AccessTree *m_tree;
};

} // namespace Orgtrace::Ui
