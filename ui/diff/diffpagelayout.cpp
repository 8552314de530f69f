#include "diff/diffpage_p.h"

#include "diff/diffheader.h"
#include "diff/diffview.h"
#include "diff/findbar.h"
#include "diff/gotobar.h"
#include "diff/overviewruler.h"
#include "diff/pathbar.h"
#include "diff/rawbar.h"
#include "theme/theme.h"

#include <QAction>
#include <QActionGroup>
#include <QHBoxLayout>
#include <QLabel>
#include <QMenu>
#include <QPushButton>
#include <QSettings>
#include <QToolButton>
#include <QVBoxLayout>

using namespace Qt::StringLiterals;

namespace Orgtrace::Ui {

namespace {

QWidget *hairline(QWidget *parent)
{
    auto *line = new QWidget(parent);
    line->setProperty("hairline", true);
    line->setAttribute(Qt::WA_StyledBackground);
    line->setFixedHeight(1);
    return line;
}

QString colourKey()
{
    return Theme::isDark() ? u"diff/colours-dark"_s : u"diff/colours-light"_s;
}

} // namespace

void DiffPage::Private::build()
{
    breadcrumb = new Breadcrumb(q);
    counter = new QLabel(q);
    counter->setProperty("muted", true);
    const auto arrow = [this](const QString &text, const QString &name) {
        auto *button = new QPushButton(text, q);
        button->setProperty("flat", true);
        button->setFlat(true);
        button->setAccessibleName(name);
        button->setToolTip(name);
        return button;
    };
    up = arrow(u"▲"_s, DiffPage::tr("Previous change (Shift+F8)"));
    down = arrow(u"▼"_s, DiffPage::tr("Next change (F8)"));
    header = new DiffHeader(q);
    note = new QLabel(q);
    note->setTextFormat(Qt::PlainText);
    note->setWordWrap(true);
    note->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    note->setContentsMargins(14, 6, 14, 6);
    note->hide();
    view = new DiffView(q);
    ruler = new OverviewRuler(*view, q);
    path = new PathBar(*view, q);
    find = new FindBar(*view, q);
    goTo = new GoToBar(*view, q);
    raw = new RawBar(q);

    auto *top = new QHBoxLayout;
    top->setContentsMargins(14, 3, 10, 3);
    top->setSpacing(2);
    top->addWidget(breadcrumb, 1);
    top->addSpacing(12);
    top->addWidget(counter);
    top->addWidget(up);
    top->addWidget(down);
    top->addSpacing(6);
    buildMenus(top);
    auto *middle = new QHBoxLayout;
    middle->setSpacing(0);
    middle->addWidget(view, 1);
    middle->addWidget(ruler);
    auto *all = new QVBoxLayout(q);
    all->setContentsMargins(0, 0, 0, 0);
    all->setSpacing(0);
    all->addLayout(top);
    all->addWidget(hairline(q));
    all->addWidget(raw);
    all->addWidget(goTo);
    all->addWidget(header);
    all->addWidget(note);
    all->addWidget(path);
    all->addLayout(middle, 1);
    all->addWidget(find);

    QObject::connect(up, &QPushButton::clicked, view, &DiffView::previousChange);
    QObject::connect(down, &QPushButton::clicked, view, &DiffView::nextChange);
    QObject::connect(view, &DiffView::currentChangeChanged, q, [this] { showCounter(); });
    QObject::connect(view, &DiffView::currentRowChanged, q, [this] {
        showBreadcrumb();
        tellSession();
    });
    QObject::connect(view, &DiffView::itemsChanged, q, [this] { showNote(notes); });
    QObject::connect(view, &DiffView::goToRequested, q, [this] { goTo->open(); });
    QObject::connect(view, &DiffView::copied, q, [this](const QString &what) { counter->setText(DiffPage::tr("copied: %1").arg(what)); });
    QObject::connect(raw, &RawBar::confirmed, q, [this](const QString &reason) {
        if (const std::optional<Compare::EntityChange> shown = shownChange()) {
            const Compare::EntityChange &change = *shown;
            raw->say(DiffPage::tr("Unsealing what was received…"));
            rawJob = session.requestRawTexts(change.domain, change.entity, change.previousEntity, reason);
        }
    });
    QObject::connect(raw, &RawBar::left, q, [this] { leaveRaw(); });
    QObject::connect(view, &DiffView::viewportMoved, q, [this] { header->setSplit(view->split()); });
    QObject::connect(view, &DiffView::findRequested, q, [this] { find->open(); });

    buildShortcuts();
    q->setFocusProxy(view);
}

void DiffPage::Private::buildShortcuts()
{
    const auto shortcut = [this](const QList<QKeySequence> &keys, auto &&slot) {
        auto *action = new QAction(q);
        action->setShortcuts(keys);
        action->setShortcutContext(Qt::WidgetWithChildrenShortcut);
        QObject::connect(action, &QAction::triggered, q, std::forward<decltype(slot)>(slot));
        q->addAction(action);
    };
    shortcut({QKeySequence::Find}, [this] { find->open(); });
    shortcut({Qt::Key_F3}, [this] { find->next(); });
    shortcut({QKeySequence(Qt::SHIFT | Qt::Key_F3)}, [this] { find->previous(); });
    shortcut({Qt::Key_F8}, [this] { view->nextChange(); });
    shortcut({QKeySequence(Qt::SHIFT | Qt::Key_F8)}, [this] { view->previousChange(); });
    shortcut({QKeySequence(u"Ctrl+Shift+V"_s)}, [this] { view->copyValue(); });
    shortcut({QKeySequence(u"Ctrl+Shift+P"_s)}, [this] { view->copyPath(); });
    shortcut({QKeySequence(u"Ctrl+Shift+N"_s)}, [this] { view->copyNamedPath(); });
    shortcut({QKeySequence(u"Ctrl+Shift+S"_s)}, [this] { view->copySide(); });
    shortcut({QKeySequence(u"Ctrl+Shift+J"_s)}, [this] { view->copyPatch(); });
    shortcut({QKeySequence(u"Ctrl+Alt+J"_s)}, [this] { view->copyChangePatch(); });
    shortcut({QKeySequence(u"Ctrl+G"_s)}, [this] {
        if (view->document()) {
            goTo->open();
        }
    });
    shortcut({QKeySequence::ZoomIn, QKeySequence(u"Ctrl+="_s)}, [this] { view->zoom(1); });
    shortcut({QKeySequence::ZoomOut}, [this] { view->zoom(-1); });
    shortcut({QKeySequence(u"Ctrl+0"_s)}, [this] { view->zoom(0); });
}

// -- menus --------------------------------------------------------------------------------------------------------------------------

void DiffPage::Private::buildMenus(QLayout *into)
{
    const auto button = [this, into](const QString &name) {
        auto *made = new QToolButton(q);
        made->setAutoRaise(true);
        made->setPopupMode(QToolButton::InstantPopup);
        made->setToolButtonStyle(Qt::ToolButtonTextOnly);
        made->setStyleSheet(u"QToolButton::menu-indicator { image: none; }"_s); // the sign is in the words
        made->setAccessibleName(name);
        made->setFocusPolicy(Qt::TabFocus);
        auto *menu = new QMenu(made);
        made->setMenu(menu);
        into->addWidget(made);
        return made;
    };
    const auto option = [this](QMenu *menu, QActionGroup *group, const QString &text, const QKeySequence &key) {
        QAction *action = menu->addAction(text);
        action->setCheckable(true);
        action->setActionGroup(group);
        action->setShortcut(key);
        action->setShortcutContext(Qt::WidgetWithChildrenShortcut);
        q->addAction(action);
        return action;
    };
    layoutButton = button(DiffPage::tr("Layout of the texts"));
    auto *columns = new QActionGroup(q);
    sideBySide = option(layoutButton->menu(), columns, DiffPage::tr("Side by side"), QKeySequence(u"Alt+S"_s));
    oneColumn = option(layoutButton->menu(), columns, DiffPage::tr("One column"), QKeySequence(u"Alt+I"_s));
    layoutButton->menu()->addSeparator();
    wrap = option(layoutButton->menu(), nullptr, DiffPage::tr("Wrap long lines"), QKeySequence(u"Alt+Z"_s));
    layoutButton->menu()->addSeparator();
    layoutButton->menu()->addAction(DiffPage::tr("Show all unchanged lines"), view, &DiffView::unfoldAll);
    layoutButton->menu()->addAction(DiffPage::tr("Fold unchanged lines"), view, &DiffView::foldAll);
    layoutButton->menu()->addSeparator();
    colours = layoutButton->menu()->addMenu(DiffPage::tr("Colours"));
    colourGroup = new QActionGroup(q);
    QObject::connect(layoutButton->menu(), &QMenu::aboutToShow, q, [this] { fillColours(); });
    QObject::connect(oneColumn, &QAction::triggered, q, [this] { setOneColumn(true); });
    QObject::connect(sideBySide, &QAction::triggered, q, [this] { setOneColumn(false); });
    QObject::connect(wrap, &QAction::triggered, q, [this](bool on) { setWrapped(on); });

    formButton = button(DiffPage::tr("Form of the texts"));
    auto *forms = new QActionGroup(q);
    normalised = option(formButton->menu(), forms, DiffPage::tr("Normalised"), {});
    received = option(formButton->menu(), forms, DiffPage::tr("As received…"), QKeySequence(u"Alt+V"_s));
    normalised->setChecked(true);
    formButton->setText(DiffPage::tr("Normalised ▾"));
    QObject::connect(normalised, &QAction::triggered, q, [this] { leaveRaw(); });
    QObject::connect(received, &QAction::triggered, q, [this] { askForRaw(); });

    const QSettings settings;
    setOneColumn(settings.value(u"diff/one-column"_s, false).toBool());
    setWrapped(settings.value(u"diff/wrap"_s, false).toBool());
}

void DiffPage::Private::setOneColumn(bool on)
{
    view->setOneColumn(on);
    (on ? oneColumn : sideBySide)->setChecked(true);
    layoutButton->setText(on ? DiffPage::tr("One column ▾") : DiffPage::tr("Side by side ▾"));
    QSettings().setValue(u"diff/one-column"_s, on);
    header->setSplit(view->split());
}

void DiffPage::Private::setWrapped(bool on)
{
    wrap->setChecked(on);
    view->setWrapped(on);
    QSettings().setValue(u"diff/wrap"_s, on);
}

void DiffPage::Private::fillColours()
{
    colours->clear();
    const QString chosen = QSettings().value(colourKey()).toString();
    const auto add = [this, &chosen](const QString &name, const QString &title) {
        QAction *action = colours->addAction(title);
        action->setCheckable(true);
        action->setActionGroup(colourGroup);
        action->setChecked(name == chosen);
        QObject::connect(action, &QAction::triggered, q, [this, name] {
            QSettings().setValue(colourKey(), name);
            applyColours();
        });
    };
    add({}, DiffPage::tr("Orgtrace"));
    colours->addSeparator();
    if (highlighter) {
        for (const auto those = highlighter->choices(Theme::isDark()); const JsonHighlighter::Choice &choice : those) {
            add(choice.name, choice.title);
        }
    }
}

void DiffPage::Private::applyColours()
{
    if (highlighter) {
        highlighter->setColours(QSettings().value(colourKey()).toString(), Theme::page());
        view->repaintColours();
    }
}

// -- words around the texts -------------------------------------------------------------------------------------------------------

void DiffPage::Private::showTitles()
{
    const auto title = [this](const QString &letter, const QString &id) {
        SideTitle made;
        made.letter = letter;
        const Evidence::SnapshotSummary *snapshot = session.snapshot(id);
        if (!snapshot) {
            made.time = DiffPage::tr("no snapshot");
            return made;
        }
        made.time = utcAndLocalText(snapshot->observedUtc);
        made.tip = DiffPage::tr("Snapshot %1").arg(id);
        if (const std::optional<Session::Proof> proof = session.proof()) {
            const bool bad = std::ranges::any_of(proof->problems,
                                                 [&id](const Evidence::Store::Problem &p) { return p.commit.isEmpty() || p.commit == id; });
            if (bad || proof->error) {
                made.state = proof->error ? DiffPage::tr("not proven") : DiffPage::tr("does not prove");
                made.tone = SideTitle::Tone::Bad;
            } else if (proof->signatures > 0) {
                made.state = DiffPage::tr("signed");
                made.tone = SideTitle::Tone::Good;
            }
        } else {
            made.state = DiffPage::tr("signature not checked yet");
        }
        return made;
    };
    header->setTitles(title(u"A"_s, session.idA()), title(u"B"_s, session.idB()));
    header->setSplit(view->split());
}

void DiffPage::Private::showCounter()
{
    const int count = view->changeCount();
    const int current = view->currentChange() + 1;
    counter->setText(count == 0        ? QString()
                         : current > 0 ? DiffPage::tr("change %1 of %2").arg(countText(current), countText(count))
                         : count == 1  ? DiffPage::tr("1 change")
                                       : DiffPage::tr("%1 changes").arg(countText(count)));
    up->setVisible(count > 0);
    down->setVisible(count > 0);
    up->setEnabled(count > 0 && view->currentChange() >= 0);
    down->setEnabled(view->currentChange() + 1 < count);
}

void DiffPage::Private::showNote(QStringList sentences)
{
    notes = sentences;
    if (view->isWrapHeldBack()) {
        sentences.append(
            DiffPage::tr("Long lines are not wrapped here: %1 lines are shown, and above %2 each stays on one row. Fold unchanged lines, "
                         "or choose a single change, to wrap them.")
                .arg(countText(view->folded().count()), countText(DiffView::WrapUpTo)));
    }
    if (note->isVisibleTo(q) != sentences.isEmpty() && note->text() == sentences.join(u'\n')) {
        return; // as it is
    }
    note->setText(sentences.join(u'\n'));
    note->setVisible(!sentences.isEmpty());
    tintNote();
}

void DiffPage::Private::tintNote()
{
    QPalette amber = note->palette();
    amber.setColor(QPalette::Window, Theme::rowChanged());
    amber.setColor(QPalette::WindowText, Theme::text());
    note->setPalette(amber);
    note->setAutoFillBackground(true);
}

} // namespace Orgtrace::Ui
