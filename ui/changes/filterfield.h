#pragma once

#include "changes/queryedit.h"

#include <QLineEdit>
#include <QListWidget>
#include <QPointer>

#include <functional>

namespace Orgtrace::Ui {

/// The field of the filter: offers keys and values while one types (↑ ↓ choose, Tab or Enter take, Esc puts away), ↓ goes to the list, Esc empties it,
/// Ctrl+Z and Ctrl+Shift+Z ask for the filter before and after. The offer is a child of the window, never a window of its own: it takes no focus.
class FilterField final : public QLineEdit
{
    Q_OBJECT
public:
    explicit FilterField(QWidget *parent = nullptr);
    ~FilterField() override;

    void setBelow(QWidget *below) { m_below = below; } ///< where ↓ goes
    void setVocabulary(QueryVocabulary vocabulary) { m_vocabulary = std::move(vocabulary); }
    /// Another language than the change list's: asked instead of completeQuery().
    void setCompletion(std::function<QueryCompletion(const QString &text, qsizetype cursor)> complete) { m_complete = std::move(complete); }
    [[nodiscard]] QListWidget *offer() const { return m_offer; } ///< nullptr: nothing was offered yet
    [[nodiscard]] bool isOffering() const;
    void offerNow(); ///< what is meant at the cursor
    void hideOffer();
    void setNote(QWidget *note) { m_note = note; } ///< what is said beneath the field: the offer leaves it free
    void placeOffer(); ///< anew, after the note came or went

Q_SIGNALS:
    void undoWanted();
    void redoWanted();

protected:
    void keyPressEvent(QKeyEvent *event) override;
    void focusOutEvent(QFocusEvent *event) override;
    void hideEvent(QHideEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;
    bool event(QEvent *event) override;

private:
    void take(int row);
    void choose(int row);

    QWidget *m_below = nullptr;
    QWidget *m_note = nullptr;
    QueryVocabulary m_vocabulary;
    std::function<QueryCompletion(const QString &, qsizetype)> m_complete;
    QueryCompletion m_completion;
    QPointer<QListWidget> m_offer;
};

} // namespace Orgtrace::Ui
