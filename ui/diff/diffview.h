#pragma once

#include "diff/diffdocument.h"
#include "diff/difflines.h"

#include <QAbstractScrollArea>

#include <functional>
#include <memory>

namespace Orgtrace::Ui {

/// Two columns, or one, painted from one row list with one scroll position; pays for what is on screen only.
///
/// Fillers, folds, chips and shortened ids are paint: selection and copies speak of the real text of one side.
/// Knows no session: values in, signals out. Thread: GUI.
class DiffView final : public QAbstractScrollArea
{
    Q_OBJECT
public:
    explicit DiffView(QWidget *parent = nullptr);
    ~DiffView() override;

    void setDocument(DiffDocumentPtr document);
    [[nodiscard]] DiffDocumentPtr document() const;
    /// No document, but words: what is the matter, and what to do next.
    void setMessage(const QString &headline, const QString &sentence);
    void setSideNote(Side side, const QString &sentence); ///< painted where a side has no text at all
    void setHighlighter(std::shared_ptr<JsonHighlighter> highlighter);
    void repaintColours(); ///< after a change of colour theme
    /// The patch of the whole document, or of one of its changes, made on a worker and only when it is copied; empty: not offered.
    void setPatchSource(std::function<QByteArray()> patch);
    void setChangePatchSource(std::function<QByteArray(int change)> patch);

    void setOneColumn(bool on); ///< keeps what is looked at in place
    [[nodiscard]] bool isOneColumn() const;
    static constexpr int WrapUpTo = 100'000; ///< shown lines; more are not wrapped
    void setWrapped(bool on);
    [[nodiscard]] bool isWrapped() const;
    [[nodiscard]] bool isWrapHeldBack() const; ///< it is asked for, but too many lines are shown

    [[nodiscard]] const FoldedRows &folded() const;
    [[nodiscard]] int changeCount() const;
    [[nodiscard]] int currentChange() const; ///< 0-based; -1 before the first
    void goToChange(int change);
    void nextChange();
    void previousChange();
    void goToRow(int row);
    void goToLine(Side side, int line);
    [[nodiscard]] bool goToTwin(); ///< from a moved element to the place it left, and back; false elsewhere
    [[nodiscard]] int topRow() const; ///< the first row on screen; -1 without a document
    [[nodiscard]] bool goToPointer(const QString &pointer, Side first = Side::Right); ///< that side first; false where neither has it
    void unfoldAll();
    void foldAll();

    void setMatches(const TextPattern &needle, QList<FindMatch> matches);
    void goToMatch(int match);

    void setSelection(Side side, TextPosition from, TextPosition to);
    [[nodiscard]] QString selectedText() const;
    [[nodiscard]] Side currentSide() const;
    [[nodiscard]] int currentRow() const;
    [[nodiscard]] QString currentPointer() const; ///< RFC 6901, of the current line; empty where it has none
    [[nodiscard]] QString currentValue() const; ///< canonical text of the value on the current line
    [[nodiscard]] QString currentLineInWords() const; ///< for accessibility and the status line

    void zoom(int steps); ///< 0: back to normal
    [[nodiscard]] int rowHeight() const;
    [[nodiscard]] int split() const; ///< x where the right column starts
    [[nodiscard]] double visibleStart() const; ///< 0…1 of all items, for the ruler
    [[nodiscard]] double visibleEnd() const;
    [[nodiscard]] int contentHeight() const; ///< pixels of all items
    void scrollTo(double share); ///< centres that share of all items

Q_SIGNALS:
    void currentChangeChanged(int change);
    void currentRowChanged(int row);
    void itemsChanged(); ///< folds or document: the ruler's marks move
    void viewportMoved();
    void findRequested();
    void goToRequested();
    void copied(const QString &what); ///< in words, for the status line

public Q_SLOTS:
    void copySelection();
    void copyValue();
    void copyPath(); ///< the JSON pointer
    void copyNamedPath(); ///< with elements by their identity, where a change is
    void copyPatch();
    void copyChangePatch();
    void copySide(); ///< the whole text of the current side

protected:
    bool event(QEvent *event) override;
    bool viewportEvent(QEvent *event) override;
    void paintEvent(QPaintEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;
    void scrollContentsBy(int dx, int dy) override;
    void keyPressEvent(QKeyEvent *event) override;
    void mousePressEvent(QMouseEvent *event) override;
    void mouseMoveEvent(QMouseEvent *event) override;
    void mouseReleaseEvent(QMouseEvent *event) override;
    void mouseDoubleClickEvent(QMouseEvent *event) override;
    void wheelEvent(QWheelEvent *event) override;
    void contextMenuEvent(QContextMenuEvent *event) override;
    void focusInEvent(QFocusEvent *event) override;
    void focusOutEvent(QFocusEvent *event) override;

private:
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace Orgtrace::Ui
