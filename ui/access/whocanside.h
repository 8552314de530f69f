#pragma once

#include "access/access.h"
#include "access/outline.h"
#include "access/whocanmodel.h"

#include <QTimer>
#include <QWidget>

#include <memory>

class QComboBox;
class QLabel;
class QLineEdit;
class QTableView;
class QToolButton;

namespace Orgtrace::Ui {

class PathGraph;
class SubjectPicker;

/// *Who can*: everybody who holds what a pattern names, in a division or anywhere; beneath, *could they?* of one subject, with proof or the nearest miss.
/// Answers come from workers; late ones are dropped. Thread: GUI.
class WhoCanSide final : public QWidget
{
    Q_OBJECT
public:
    using ModelPtr = std::shared_ptr<const Access::AccessModel>;
    explicit WhoCanSide(QWidget *parent = nullptr);

    void setModel(const ModelPtr &model, const QString &asOf); ///< @param asOf "A" or "B", for the titles
    void say(const QString &headline, const QString &sentence); ///< instead of an answer
    void ask(const QString &pattern, const QString &divisionId = {});
    void askAbout(const QString &subjectId); ///< could they?

    [[nodiscard]] QLineEdit *question() const { return m_question; }
    [[nodiscard]] QTableView *table() const { return m_table; }
    [[nodiscard]] SubjectPicker *picker() const { return m_picker; }
    [[nodiscard]] PathGraph *graph() const { return m_graph; }
    [[nodiscard]] QToolButton *whenButton() const { return m_when; }
    [[nodiscard]] QString titleText() const;
    [[nodiscard]] QString verdictText() const; ///< the answer in words, with what else is known

Q_SIGNALS:
    void subjectWanted(const QString &subjectId, const QString &permission);
    void historyWanted(const QString &subjectId, const QString &permission, const QString &divisionId); ///< of one permission, no pattern
    void holdersShown();
    void verdictShown();

private:
    void compute();
    void askWhen(const QString &subjectId);
    void tookHolders(const Result<WhoCanRows> &holders);
    void tookVerdict(const Result<Access::Verdict> &verdict);

    ModelPtr m_model;
    QString m_asOf, m_subjectId;
    QStringList m_caveats;
    WhoCanModel m_who;
    QTimer m_delay;
    int m_job = 0, m_verdictJob = 0;
    QLineEdit *m_question;
    QComboBox *m_division;
    QLabel *m_caveatLabel, *m_title, *m_empty, *m_couldTitle, *m_verdict;
    QTableView *m_table;
    SubjectPicker *m_picker;
    PathGraph *m_graph;
    QWidget *m_could;
    QToolButton *m_when; ///< was this held?
};

/// A verdict in words: the answer, the nearest miss, roles that allow it, what is not known. Pure.
[[nodiscard]] QString verdictInWords(const Access::Verdict &verdict, const QString &permission, const QString &division);

} // namespace Orgtrace::Ui
