#pragma once

#include "diff/diffdocument.h"
#include "diff/diffpage.h"
#include "diff/jsonhighlighter.h"
#include "session/session.h"

#include <QPointer>

class QAction;
class QActionGroup;
class QLabel;
class QMenu;
class QPushButton;
class QToolButton;

namespace Orgtrace::Ui {

class Breadcrumb;
class DiffHeader;
class GoToBar;
class OverviewRuler;
class PathBar;
class RawBar;

/// Private to DiffPage: what it shows (diffpage.cpp), and how it is laid out and chosen from (diffpagelayout.cpp).
struct DiffPage::Private {
    Private(DiffPage *page, Session &s) : q(page), session(s) { }
    DiffPage *q;
    Session &session;
    Breadcrumb *breadcrumb = nullptr;
    QLabel *counter = nullptr;
    QPushButton *up = nullptr, *down = nullptr;
    QToolButton *layoutButton = nullptr, *formButton = nullptr;
    QMenu *colours = nullptr;
    QAction *oneColumn = nullptr, *sideBySide = nullptr, *wrap = nullptr, *normalised = nullptr, *received = nullptr;
    QActionGroup *colourGroup = nullptr;
    DiffHeader *header = nullptr;
    QLabel *note = nullptr;
    DiffView *view = nullptr;
    PathBar *path = nullptr;
    OverviewRuler *ruler = nullptr;
    FindBar *find = nullptr;
    GoToBar *goTo = nullptr;
    RawBar *raw = nullptr;
    std::shared_ptr<JsonHighlighter> highlighter;

    int textJob = -1; ///< the session's job whose texts are wanted
    int rawJob = -1;
    int leftOutJob = -1;
    int alignJob = 0, shownJob = 0; ///< the one under way; the one whose document is on show
    CancellationSource alignCancel;
    bool following = false; ///< the selection comes from here, or from the session: it is not sent back
    bool isRaw = false; ///< what was received is on show
    QString shownDomain; ///< whose whole documents are on show; empty: those of one change
    Session::TextsPtr waitingTexts; ///< read, but the names of the snapshots are not yet
    Session::TextsPtr texts; ///< of what is on show
    QHash<QString, int> findingOf; ///< entity → finding, while a domain is on show
    QString lastFailure;
    QStringList notes; ///< on the texts, without what the view itself has to say

    void build();
    void buildMenus(QLayout *into);
    void buildShortcuts();
    void applyColours();
    void fillColours();
    void setOneColumn(bool on);
    void setWrapped(bool on);

    void refresh();
    void showTitles();
    void showCounter();
    void showBreadcrumb();
    void showNote(QStringList sentences);
    void tintNote();
    void align(const Session::TextsPtr &texts);
    void took(const DiffDocumentPtr &document);
    void tookDomain(const DiffDocumentPtr &document);
    [[nodiscard]] QStringList notesOn(const Compare::EntityChange &change, const DiffDocument &document) const;
    void goToPointer();
    [[nodiscard]] Side pointerSide() const; ///< in whose text the selected field stands
    void tellSession();
    [[nodiscard]] bool isOutdated() const { return textJob >= 0 || shownJob != alignJob; } ///< what is on show is of another change
    void askForRaw();
    void leaveRaw();
    void tookRaw(const Result<QByteArray> &oldText, const Result<QByteArray> &newText);
    [[nodiscard]] const Report::Finding *finding() const;
    /// What is on show of one entity: the selected change, or an entity that is none, without fields then. None while a domain is.
    [[nodiscard]] std::optional<Compare::EntityChange> shownChange() const;
    void askForLeftOut(const Compare::EntityChange &change);
    [[nodiscard]] QString nameOf(const QString &id) const;
    [[nodiscard]] int elementOf(const QString &entity, Side side) const; ///< in a whole domain; -1: not there
};

} // namespace Orgtrace::Ui
