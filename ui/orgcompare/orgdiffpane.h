#pragma once

#include "orgcompare/orgdifftree.h"
#include "session/jobs.h"

#include <QWidget>

#include <set>

class QLabel;
class QLineEdit;
class QPushButton;
class QTreeView;

namespace Orgtrace::Ui {

class ChoiceChips;
class DiffHeader;
class DiffView;
class FindBar;
class JsonHighlighter;

/// The differences of two organisations as a tree, and beneath it both texts of the one that is selected.
/// Texts are read and laid out on workers; late answers are dropped. Thread: GUI.
class OrgDiffPane final : public QWidget
{
    Q_OBJECT
public:
    explicit OrgDiffPane(QWidget *parent = nullptr);
    ~OrgDiffPane() override;

    OrgComparisonPtr setComparison(OrgComparisonPtr comparison,
                                   const QString &folder); ///< stays at the entity that was looked at; gives the one before back
    [[nodiscard]] OrgDiffTree &model() const { return *m_model; }
    [[nodiscard]] QTreeView *tree() const { return m_tree; }
    [[nodiscard]] DiffView *view() const { return m_view; }
    [[nodiscard]] QLineEdit *filter() const { return m_filter; }
    [[nodiscard]] ChoiceChips *chips() const { return m_chips; }
    [[nodiscard]] QString note() const; ///< what is said of the selected one
    [[nodiscard]] bool isReading() const { return m_job != m_shownJob; }

Q_SIGNALS:
    void settled();
    void copyWanted();

protected:
    void changeEvent(QEvent *event) override;
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    void narrow();
    void expandAgain();
    void showCurrent();
    void took(const DifferenceEntry &entry, Result<OrgTexts> texts);
    void say(const QString &headline, const QString &sentence);
    void showNote(const DifferenceEntry &entry, const OrgTexts &texts);
    void applyColours();

    OrgComparisonPtr m_comparison;
    QString m_folder;
    OrgDiffTree *m_model;
    QLineEdit *m_filter;
    ChoiceChips *m_chips;
    QPushButton *m_copy;
    QTreeView *m_tree;
    QLabel *m_note;
    DiffHeader *m_header;
    DiffView *m_view;
    FindBar *m_find;
    std::shared_ptr<JsonHighlighter> m_highlighter;
    std::set<QString> m_open; ///< domains that stay open
    bool m_expanding = false;
    QString m_shownKey; ///< whose texts are on show
    int m_job = 0, m_shownJob = 0;
    CancellationSource m_cancel;
    Jobs m_jobs;
};

} // namespace Orgtrace::Ui
