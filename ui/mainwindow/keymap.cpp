#include "mainwindow/keymap.h"

#include "theme/theme.h"

#include <QCoreApplication>
#include <QGridLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QScrollArea>
#include <QVBoxLayout>

namespace Orgtrace::Ui {

using namespace Qt::StringLiterals;

namespace {

class KeyWords
{
    Q_DECLARE_TR_FUNCTIONS(Orgtrace::Ui::KeyWords)
};

KeyLine line(const QString &keys, const QString &does)
{
    return {keys, does, {}};
}

/// Keys of actions, told from their sequences.
KeyLine action(const QList<QKeySequence> &sequences, const QString &does)
{
    QStringList keys;
    for (const QKeySequence &sequence : sequences) {
        keys.append(sequence.toString(QKeySequence::NativeText));
    }
    return {keys.join(u"  "_s), does, sequences};
}

} // namespace

QList<KeyGroup> keyMap()
{
    const auto key = [](const char *text) { return QKeySequence(QString::fromLatin1(text)); };
    QList<KeyGroup> groups;
    groups.append(
        {KeyWords::tr("Window"),
         {action({QKeySequence(Qt::Key_F1)}, KeyWords::tr("this map")),
          action({key("Ctrl+Shift+F")}, KeyWords::tr("search everything; paste a link")),
          action({key("Ctrl+L")}, KeyWords::tr("copy a link to what is selected")),
          action({key("Ctrl+1"), key("Ctrl+2"), key("Ctrl+3")}, KeyWords::tr("Diff, Access, Audit")),
          action({key("Ctrl+E")}, KeyWords::tr("write the report")), action({key("Ctrl+I")}, KeyWords::tr("what this client may see")),
          action({key("Ctrl+Shift+O")}, KeyWords::tr("compare with another organisation")),
          action({QKeySequence(QKeySequence::Open)}, KeyWords::tr("open a store")),
          action({QKeySequence(Qt::Key_F5)}, KeyWords::tr("read the store anew")),
          line(KeyWords::tr("Esc"), KeyWords::tr("leave a page, a box or a map"))}});
    groups.append(
        {KeyWords::tr("Changes"),
         {action({key("Ctrl+K")}, KeyWords::tr("filter")), action({key("Alt+Down"), key("Alt+Up")}, KeyWords::tr("next, previous change")),
          line(KeyWords::tr("Ctrl+A"), KeyWords::tr("select all that is shown")),
          action({QKeySequence(QKeySequence::Copy)}, KeyWords::tr("copy what is selected")),
          line(KeyWords::tr("Ctrl+Space"), KeyWords::tr("in the filter: keys and values")),
          line(KeyWords::tr("Ctrl+Z  Ctrl+Shift+Z"), KeyWords::tr("undo, redo a filter")),
          line(KeyWords::tr("Enter on a domain"), KeyWords::tr("all of it, side by side"))}});
    groups.append(
        {KeyWords::tr("Timeline"),
         {line(u"← →"_s, KeyWords::tr("step A and B")), line(KeyWords::tr("Shift+← →"), KeyWords::tr("step B alone")),
          line(KeyWords::tr("Ctrl+← →"), KeyWords::tr("step A alone")),
          line(KeyWords::tr("Home  End"), KeyWords::tr("to the first, to the last snapshot")), line(u"+ −"_s, KeyWords::tr("zoom in, out")),
          line(u"1 2 3"_s, KeyWords::tr("last day, week, month")), line(u"4  0"_s, KeyWords::tr("show all")),
          line(u"R"_s, KeyWords::tr("zoom to A and B")), line(u"P"_s, KeyWords::tr("compare B with the one before")),
          line(KeyWords::tr("Space  Ctrl+T"), KeyWords::tr("card of a snapshot; A, B put it there")),
          line(KeyWords::tr("PgUp  PgDn"), KeyWords::tr("card of the one before, after"))}});
    groups.append({KeyWords::tr("Matching of two organisations"),
                   {line(KeyWords::tr("Enter"), KeyWords::tr("choose a twin")), line(KeyWords::tr("Del"), KeyWords::tr("it has no twin")),
                    line(KeyWords::tr("Ctrl+Backspace"), KeyWords::tr("as found")),
                    action({key("Ctrl+Z"), key("Ctrl+Shift+Z")}, KeyWords::tr("undo, redo a correction"))}});
    groups.append(
        {KeyWords::tr("Diff"),
         {action({QKeySequence(Qt::Key_F8), QKeySequence(Qt::SHIFT | Qt::Key_F8)}, KeyWords::tr("next, previous difference")),
          line(KeyWords::tr("Enter  Shift, Ctrl+Enter"), KeyWords::tr("on a fold: all, first ten, last ten")),
          line(KeyWords::tr("Enter"), KeyWords::tr("on what moved: to its other place")),
          line(KeyWords::tr("F6"), KeyWords::tr("to the other side")), action({QKeySequence(QKeySequence::Find)}, KeyWords::tr("find")),
          action({QKeySequence(Qt::Key_F3), QKeySequence(Qt::SHIFT | Qt::Key_F3)}, KeyWords::tr("next, previous match")),
          line(KeyWords::tr("Alt+C  Alt+W  Alt+R"), KeyWords::tr("find: case, whole words, pattern")),
          action({key("Ctrl+G")}, KeyWords::tr("go to a path")),
          action({key("Alt+S"), key("Alt+I"), key("Alt+Z")}, KeyWords::tr("two columns, one, wrap")),
          action({key("Alt+V")}, KeyWords::tr("as received")),
          action({key("Ctrl+Shift+V"), key("Ctrl+Shift+S")}, KeyWords::tr("copy value, side")),
          action({key("Ctrl+Shift+P"), key("Ctrl+Shift+N")}, KeyWords::tr("copy pointer, path with names")),
          action({key("Ctrl+Alt+J"), key("Ctrl+Shift+J")}, KeyWords::tr("copy JSON Patch of a field, of all")),
          action({QKeySequence(QKeySequence::ZoomIn), QKeySequence(QKeySequence::ZoomOut), key("Ctrl+0")},
                 KeyWords::tr("larger, smaller, usual text"))}});
    return groups;
}

KeyMapPanel::KeyMapPanel(QWidget *window) : QFrame(window)
{
    hide();
    setProperty("card", true);
    setFocusPolicy(Qt::StrongFocus);
    setAccessibleName(tr("Keyboard map"));
    auto *content = new QWidget;
    auto *columns = new QHBoxLayout(content);
    columns->setContentsMargins(24, 20, 24, 20);
    columns->setSpacing(36);
    QVBoxLayout *column = nullptr;
    int rows = 0;
    QStringList spoken;
    for (const QList<KeyGroup> groups = keyMap(); const KeyGroup &group : groups) {
        if (!column || rows + group.lines.size() > 20) {
            column = new QVBoxLayout;
            column->setSpacing(6);
            columns->addLayout(column);
            rows = 0;
        } else {
            column->addSpacing(14);
        }
        auto *heading = new QLabel(group.title);
        heading->setProperty("heading", true);
        column->addWidget(heading);
        auto *grid = new QGridLayout;
        grid->setHorizontalSpacing(18);
        grid->setVerticalSpacing(5);
        for (const KeyLine &one : group.lines) {
            auto *keys = new QLabel(one.keys);
            keys->setTextFormat(Qt::PlainText);
            keys->setFont(Theme::monospace());
            auto *does = new QLabel(one.does);
            does->setProperty("muted", true);
            grid->addWidget(keys, static_cast<int>(rows), 0);
            grid->addWidget(does, static_cast<int>(rows), 1);
            spoken.append(one.keys + u": "_s + one.does);
            ++rows;
        }
        grid->setColumnStretch(1, 1);
        column->addLayout(grid);
        rows += 2;
    }
    for (int i = 0; i < columns->count(); ++i) {
        if (auto *made = qobject_cast<QVBoxLayout *>(columns->itemAt(i)->layout())) {
            made->addStretch(1);
        }
    }
    auto *area = new QScrollArea;
    area->setFrameShape(QFrame::NoFrame);
    area->setWidgetResizable(true);
    area->setFocusPolicy(Qt::NoFocus);
    area->setWidget(content);
    area->viewport()->setAutoFillBackground(false);
    content->setAutoFillBackground(false);
    auto *foot = new QLabel(tr("Esc closes"));
    foot->setProperty("muted", true);
    auto *all = new QVBoxLayout(this);
    all->setContentsMargins(0, 0, 0, 0);
    all->addWidget(area, 1);
    auto *footRow = new QHBoxLayout;
    footRow->setContentsMargins(24, 0, 24, 14);
    footRow->addWidget(foot);
    all->addLayout(footRow);
    setAccessibleDescription(spoken.join(u". "_s));
    m_wanted = content->sizeHint() + QSize(16, foot->sizeHint().height() + 40);
    window->installEventFilter(this);
}

void KeyMapPanel::place()
{
    const QSize size = m_wanted.boundedTo(parentWidget()->size() - QSize(40, 60));
    setGeometry(QRect(QPoint((parentWidget()->width() - size.width()) / 2, (parentWidget()->height() - size.height()) / 2), size));
    raise();
}

void KeyMapPanel::toggle()
{
    if (isVisible()) {
        leave();
        return;
    }
    m_before = window()->focusWidget();
    place();
    show();
    setFocus(Qt::PopupFocusReason);
}

void KeyMapPanel::leave()
{
    hide();
    if (m_before) {
        m_before->setFocus(Qt::PopupFocusReason);
    }
}

void KeyMapPanel::keyPressEvent(QKeyEvent *event)
{
    if (event->key() == Qt::Key_Escape) {
        leave();
    } else {
        QFrame::keyPressEvent(event);
    }
}

void KeyMapPanel::mousePressEvent(QMouseEvent *)
{
    leave();
}

bool KeyMapPanel::eventFilter(QObject *watched, QEvent *event)
{
    if (event->type() == QEvent::Resize && isVisible()) {
        place();
    }
    return QFrame::eventFilter(watched, event);
}

} // namespace Orgtrace::Ui
