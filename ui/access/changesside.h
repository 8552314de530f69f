#pragma once

#include "access/accesschanges.h"
#include "access/rightsindex.h"

#include <QTimer>
#include <QWidget>

class QCheckBox;
class QComboBox;
class QLabel;
class QTreeView;

namespace Orgtrace::Ui {

class FilterField;
class AccessTree;

/// *Changes A–B*: who may do more or less in B than in A, and by what route before and after. Computed and filtered on workers; late answers are dropped.
/// Thread: GUI.
class ChangesSide final : public QWidget
{
    Q_OBJECT
public:
    using ModelPtr = std::shared_ptr<const Access::AccessModel>;
    explicit ChangesSide(QWidget *parent = nullptr);

    /// @param title "A 17 Oct … → B 18 Oct …", for copies. Models empty: nothing is shown until both are there.
    void setModels(const ModelPtr &a, const ModelPtr &b, const std::shared_ptr<const Policy::Policy> &policy, const QString &title);
    void say(const QString &headline, const QString &sentence); ///< instead of rows
    [[nodiscard]] AccessTree *tree() const { return m_tree; }
    [[nodiscard]] OutlineModel &model() { return m_model; }
    [[nodiscard]] FilterField *filterField() const { return m_filter; }
    [[nodiscard]] QString text(AccessChangesFormat format) const; ///< what is shown, written out

Q_SIGNALS:
    void subjectWanted(const QString &subjectId, const QString &permission);
    void historyWanted(const QString &subjectId, const QString &permission);
    void changesShown();

private:
    struct Shown {
        DifferencePtr whole, chosen;
        QSet<QString> highRisk;
        QList<OutlineItem> rows;
        QString summary;
        AccessVocabulary words;
    };
    void compute();
    void took(Shown shown);
    void copy(AccessChangesFormat format) const;
    void open(const QModelIndex &index);

    ModelPtr m_a, m_b;
    std::shared_ptr<const Policy::Policy> m_policy;
    QString m_title;
    DifferencePtr m_difference, m_chosen;
    QSet<QString> m_highRisk;
    OutlineModel m_model;
    QTimer m_delay;
    int m_job = 0;
    FilterField *m_filter;
    QComboBox *m_division;
    QCheckBox *m_onlyHighRisk;
    QLabel *m_caveats, *m_summary, *m_empty;
    AccessTree *m_tree;
};

} // namespace Orgtrace::Ui
