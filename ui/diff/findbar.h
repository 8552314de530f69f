#pragma once

#include "diff/diffdocument.h"

#include <QWidget>

class QLabel;
class QLineEdit;
class QToolButton;

namespace Orgtrace::Ui {

class DiffView;

/// Finds text and names in both sides of a diff: count, next, previous. Searches on a worker; late answers are dropped.
class FindBar final : public QWidget
{
    Q_OBJECT
public:
    explicit FindBar(DiffView &view, QWidget *parent = nullptr);
    void open(); ///< shows it, takes the selection as the text
    void dismiss(); ///< hides it and the marks; the view has the focus again
    void next();
    void previous();
    void setText(const QString &text);
    void setOptions(const FindOptions &options);
    [[nodiscard]] FindOptions options() const;
    [[nodiscard]] int count() const { return int(m_matches.size()); }
    [[nodiscard]] int current() const { return m_current; }

Q_SIGNALS:
    void searched(int count);

protected:
    void keyPressEvent(QKeyEvent *event) override;

private:
    void search();
    void showMatch(int match);
    void describe();
    DiffView &m_view;
    QLineEdit *m_edit;
    QLabel *m_count;
    QToolButton *m_case, *m_words, *m_pattern;
    CancellationSource m_cancel;
    QList<FindMatch> m_matches;
    int m_current = -1;
    int m_job = 0;
};

} // namespace Orgtrace::Ui
