#pragma once

#include "access/findingsexport.h"

#include <QTimer>
#include <QWidget>

class QLabel;
class QPushButton;
class QScrollArea;
class QToolButton;

namespace Orgtrace::Ui {

class AccessTree;
class CrossCheckPanel;
class FilterField;
class PathGraph;
class Session;

/// *Findings*: what the store's access rules say of one snapshot: by severity, rule and subject, with the paths; what a rule means and what to do; what is
/// not known; rules that found nothing or are switched off; and beneath, the cross-check with the platform. A mistake in a file of rules is told in place.
/// Read and filtered on workers; late answers are dropped. Thread: GUI. Borrows the session.
class FindingsSide final : public QWidget
{
    Q_OBJECT
public:
    explicit FindingsSide(Session &session, QWidget *parent = nullptr);

    void setSnapshot(const QString &snapshotId, const QString &asOf); ///< @param asOf "A" or "B", for the words
    void say(const QString &headline, const QString &sentence); ///< instead of rows
    void clear(); ///< another store or organisation: what was read is forgotten
    void filter(const QString &text); ///< as if it was typed, at once
    void readAgain(); ///< also after a mistake in a file was put right

    [[nodiscard]] AccessTree *tree() const { return m_tree; }
    [[nodiscard]] OutlineModel &model() { return m_model; }
    [[nodiscard]] FilterField *filterField() const { return m_filter; }
    [[nodiscard]] CrossCheckPanel *crossCheck() const { return m_crossCheck; }
    [[nodiscard]] PathGraph *graph() const { return m_graph; }
    [[nodiscard]] QPushButton *againButton() const { return m_again; }
    [[nodiscard]] QString summaryText() const;
    [[nodiscard]] QString emptyText() const; ///< what is said instead of rows; empty: there are some
    [[nodiscard]] QString ruleText() const; ///< of the rule that the chosen row belongs to
    [[nodiscard]] QByteArray text(FindingsFormat format) const; ///< what passes the filter, written out
    [[nodiscard]] bool isBusy() const { return m_isComputing || m_delay.isActive(); }
    /// findingsWritten() follows.
    void save(FindingsFormat format, const QString &file);

Q_SIGNALS:
    void subjectWanted(const QString &subjectId, const QString &permission);
    void historyWanted(const QString &subjectId, const QString &permission);
    void findingsShown();
    void findingsWritten(bool isWritten);

private:
    using CheckPtr = std::shared_ptr<const Policy::AccessCheck>;
    struct Shown {
        ReadingPtr reading;
        CheckPtr chosen;
        QList<OutlineItem> rows;
        QString summary;
        AccessVocabulary words;
        std::optional<Error> error;
    };
    void build();
    void compute();
    void took(Shown shown);
    void showRow(const QModelIndex &index);
    void open(const QModelIndex &index);
    void openMenu(const QPoint &at);
    void copy(FindingsFormat format);
    void chooseFile(FindingsFormat format);
    void fillCopyMenu();

    Session &m_session;
    QString m_snapshot, m_asOf;
    ReadingPtr m_reading; ///< of m_snapshot
    QHash<QString, ReadingPtr> m_kept; ///< by snapshot: those of A and B are at hand
    CheckPtr m_chosen;
    OutlineModel m_model;
    QTimer m_delay;
    int m_job = 0;
    bool m_isComputing = false;
    FilterField *m_filter;
    QToolButton *m_copy;
    QLabel *m_summary, *m_empty, *m_ruleTitle, *m_rule;
    QPushButton *m_again;
    AccessTree *m_tree;
    PathGraph *m_graph;
    QWidget *m_list, *m_detail;
    CrossCheckPanel *m_crossCheck;
};

} // namespace Orgtrace::Ui
