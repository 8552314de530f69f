#include "diff/gotobar.h"

#include "diff/diffview.h"
#include "diff/displaytext.h"
#include "theme/theme.h"
#include "json/pointer.h"

#include <QAbstractItemView>
#include <QCompleter>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QStringListModel>
#include <QToolButton>

using namespace Qt::StringLiterals;

namespace Orgtrace::Ui {

namespace {

/// The scalar on a line without its quotes, as paths write it.
QString scalarOn(const TextLines &lines, int line)
{
    const QString text = lines.line(line);
    const LineParts parts = lineParts(text);
    QString value = text.sliced(parts.valueStart, parts.valueLength);
    if (value.size() >= 2 && value.startsWith(u'"')) {
        value = value.sliced(1).chopped(1);
    }
    return value;
}

/// "role=R,division.id=*" against the element that begins on a line; or a short scalar itself.
bool fits(const TextLines &lines, int line, const QString &identity)
{
    if (!lines.opens(line)) {
        return scalarOn(lines, line) == identity;
    }
    const QString place = lines.pointer(line);
    for (const auto members = identity.split(u','); const QString &member : members) {
        const qsizetype equals = member.indexOf(u'=');
        if (equals <= 0) {
            return false;
        }
        const QString name = member.first(equals);
        int at = lines.lineOf(place + u'/' + Json::pointerToken(name));
        if (at == 0) {
            QString inner = name;
            at = lines.lineOf(place + u'/' + inner.replace(u'.', u'/'));
        }
        if (at == 0 || scalarOn(lines, at) != member.sliced(equals + 1)) {
            return false;
        }
    }
    return true;
}

} // namespace

int lineOfPlace(const DiffDocument &document, Side side, const QString &place)
{
    constexpr int MostElements = 20'000; // looked through for an identity: a list of entities has its index
    const TextLines &lines = document.lines(side);
    bool isNumber = false;
    if (const int line = place.trimmed().toInt(&isNumber); isNumber) {
        return line >= 1 && line <= lines.count() ? line : 0;
    }
    if (!place.contains(u'[')) {
        return lines.lineOf(place.startsWith(u'/') || place.isEmpty() ? place : QString(u'/' + place));
    }
    for (const Compare::RowChange &change : document.rows.changes) { // the change list's own paths first
        const bool isOfThisText
            = (change.kind == Compare::FieldKind::Removed) == (side == Side::Left); // its pointer leads elsewhere in the other
        if (isOfThisText && change.path == place && change.rightElement < 0) {
            if (const int line = lines.lineOf(change.pointer); line > 0) {
                return line;
            }
        }
    }
    QString pointer;
    for (const auto tokens = Json::parsePointer(place).value_or(QStringList()); const QString &token : tokens) {
        if (!token.startsWith(u'[') || !token.endsWith(u']')) {
            pointer += u'/' + Json::pointerToken(token);
            continue;
        }
        const int array = lines.lineOf(pointer);
        const QString identity = token.sliced(1).chopped(1);
        QString found;
        if (array > 0) {
            for (const auto children = lines.childTokens(array, MostElements); const QString &child : children) {
                const QString there = pointer + u'/' + Json::pointerToken(child);
                if (fits(lines, lines.lineOf(there), identity)) {
                    found = there;
                    break;
                }
            }
        }
        if (found.isEmpty()) {
            return 0;
        }
        pointer = found;
    }
    return pointer.isEmpty() ? 0 : lines.lineOf(pointer);
}

QStringList placesAfter(const DiffDocument &document, Side side, const QString &typed)
{
    constexpr int Most = 300;
    const qsizetype slash = typed.lastIndexOf(u'/');
    if (slash < 0) {
        return {};
    }
    const QString parent = typed.first(slash);
    const TextLines &lines = document.lines(side);
    const int line = lineOfPlace(document, side, parent);
    QStringList out;
    if (line > 0) {
        for (const auto children = lines.childTokens(line, Most); const QString &child : children) {
            out.append(parent + u'/' + Json::pointerToken(child));
        }
    }
    return out;
}

GoToBar::GoToBar(DiffView &view, QWidget *parent) :
    QWidget(parent), m_view(view), m_edit(new QLineEdit(this)), m_complaint(new QLabel(this)), m_completer(new QCompleter(this)),
    m_places(new QStringListModel(this))
{
    setProperty("panel", true);
    setAttribute(Qt::WA_StyledBackground);
    auto *title = new QLabel(tr("Go to"), this);
    title->setProperty("muted", true);
    title->setBuddy(m_edit);
    m_edit->setPlaceholderText(tr("Pointer, path or line: /grants/0/division, /grants/[role=…], 120"));
    m_edit->setFont(Theme::monospace());
    m_edit->setMaxLength(4000);
    m_edit->setAccessibleName(tr("Go to path"));
    m_completer->setModel(m_places);
    m_completer->setCaseSensitivity(Qt::CaseInsensitive);
    m_completer->setMaxVisibleItems(12);
    m_completer->popup()->setFont(Theme::monospace());
    m_completer->popup()->setAccessibleName(tr("Members at this place"));
    m_edit->setCompleter(m_completer);
    m_complaint->setProperty("muted", true);
    auto *close = new QToolButton(this);
    close->setText(u"✕"_s);
    close->setAutoRaise(true);
    close->setAccessibleName(tr("Close (Esc)"));
    close->setToolTip(tr("Close (Esc)"));
    connect(close, &QToolButton::clicked, this, &GoToBar::dismiss);
    auto *layout = new QHBoxLayout(this);
    layout->setContentsMargins(12, 5, 12, 5);
    layout->setSpacing(8);
    layout->addWidget(title);
    layout->addWidget(m_edit, 1);
    layout->addWidget(m_complaint);
    layout->addWidget(close);
    connect(m_edit, &QLineEdit::textEdited, this, &GoToBar::complete);
    connect(m_edit, &QLineEdit::returnPressed, this, &GoToBar::go);
    hide();
}

QString GoToBar::complaint() const
{
    return m_complaint->text();
}

void GoToBar::open()
{
    show();
    m_complaint->clear();
    m_edit->setText(m_view.currentPointer());
    m_edit->setFocus(Qt::ShortcutFocusReason);
    m_edit->selectAll();
    complete();
}

void GoToBar::dismiss()
{
    hide();
    m_view.setFocus(Qt::OtherFocusReason);
}

void GoToBar::complete()
{
    m_complaint->clear();
    const QString typed = m_edit->text();
    const QString parent = typed.first(std::max<qsizetype>(0, typed.lastIndexOf(u'/') + 1));
    const DiffDocumentPtr document = m_view.document();
    if (!document || (parent == m_completedFor && document == m_completedIn.lock())) {
        return; // the list of that container is there already
    }
    m_completedFor = parent;
    m_completedIn = document;
    QStringList places = placesAfter(*document, Side::Right, typed);
    if (places.isEmpty()) {
        places = placesAfter(*document, Side::Left, typed);
    }
    m_places->setStringList(places);
}

void GoToBar::go()
{
    const DiffDocumentPtr document = m_view.document();
    if (!document) {
        return;
    }
    for (const Side side : {Side::Right, Side::Left}) {
        if (const int line = lineOfPlace(*document, side, m_edit->text()); line > 0) {
            m_view.goToLine(side, line);
            dismiss();
            return;
        }
    }
    m_complaint->setText(tr("on neither side"));
}

void GoToBar::keyPressEvent(QKeyEvent *event)
{
    if (event->key() == Qt::Key_Escape) {
        dismiss();
        return;
    }
    QWidget::keyPressEvent(event);
}

} // namespace Orgtrace::Ui
