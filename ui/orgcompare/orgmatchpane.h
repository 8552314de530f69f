#pragma once

#include "orgcompare/orgmatchmodel.h"

#include <QWidget>

class QLabel;
class QLineEdit;
class QListWidget;
class QPushButton;
class QTableView;

namespace Orgtrace::Ui {

class ChoiceChips;

/// The matching, and how it is put right: the table, and beside it the twins that one entity could have.
///
/// Keys: Enter in the table looks for a twin, Enter among the twins takes it, Del says that there is none, Ctrl+Backspace takes back what was said of it.
/// Knows no store: values in, signals out. Thread: GUI.
class OrgMatchPane final : public QWidget
{
    Q_OBJECT
public:
    explicit OrgMatchPane(QWidget *parent = nullptr);

    OrgComparisonPtr setComparison(OrgComparisonPtr comparison); ///< stays at the entity that was looked at
    void setCorrections(qsizetype count, bool canUndo, bool canRedo, const QString &note, const QString &file = {});
    void selectEntity(const QString &domain, const std::optional<QString> &left, const std::optional<QString> &right);

    [[nodiscard]] OrgMatchModel &model() const { return *m_model; }
    [[nodiscard]] QTableView *table() const { return m_table; }
    [[nodiscard]] QLineEdit *filter() const { return m_filter; }
    [[nodiscard]] ChoiceChips *chips() const { return m_chips; }
    [[nodiscard]] QLineEdit *twinField() const { return m_twin; }
    [[nodiscard]] QListWidget *candidates() const { return m_candidates; }

Q_SIGNALS:
    void paired(const QString &domain, const QString &left, const QString &right);
    void parted(const QString &domain, const std::optional<QString> &left, const std::optional<QString> &right);
    void forgotten(const QString &domain, const std::optional<QString> &left, const std::optional<QString> &right);
    void undoWanted();
    void redoWanted();
    void copyWanted();

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    [[nodiscard]] QWidget *buildSide();
    [[nodiscard]] const MatchLine *current() const;
    void narrow();
    void showCurrent();
    void showCandidates();
    void takeCandidate();
    void part();
    void forget();

    OrgComparisonPtr m_comparison;
    OrgMatchModel *m_model;
    QLineEdit *m_filter;
    ChoiceChips *m_chips;
    QTableView *m_table;
    QLabel *m_whose, *m_how, *m_more, *m_kept;
    QLineEdit *m_twin;
    QListWidget *m_candidates;
    QPushButton *m_join, *m_part, *m_forget, *m_undo, *m_redo, *m_copy;
};

} // namespace Orgtrace::Ui
