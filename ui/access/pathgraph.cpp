#include "access/pathgraph.h"

#include "diff/displaytext.h"
#include "theme/theme.h"

#include <QAccessible>
#include <QBuffer>
#include <QClipboard>
#include <QContextMenuEvent>
#include <QGuiApplication>
#include <QHelpEvent>
#include <QKeyEvent>
#include <QMenu>
#include <QMimeData>
#include <QPainter>
#include <QSvgGenerator>
#include <QToolTip>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace Orgtrace::Ui {

namespace {

constexpr int Gap = 34; // between cards: room for the connecting line
constexpr int NarrowGap = 22; // the same where there is little room
constexpr int TurnRoom = 10; // right of a card from which the line goes on to the next row
constexpr int Indent = 26; // of a path's further rows
constexpr int RowGap = 14; // between the rows of a path
constexpr int LineGap = 16; // between paths
constexpr int Padding = 11;
constexpr int MaxCard = 260;

QString orId(const QString &name, const QString &id)
{
    return name.isEmpty() ? shortId(id) : name;
}

} // namespace

QList<PathCard> pathCards(const Access::Subject &subject, const Access::AccessPath &path)
{
    QList<PathCard> cards;
    cards.append({subjectKindText(subject.kind), orId(subject.name, subject.id), {}, PathCard::Tone::Plain});
    for (qsizetype step = path.containers.size() - 1; step > 0; --step) { // from the subject outwards
        const Access::Subject &inner = path.containers[step];
        cards.append(
            {subjectKindText(inner.kind), orId(inner.name, inner.id), QObject::tr("nested in the next"), PathCard::Tone::Container});
    }
    if (!path.containerId.isEmpty()) {
        cards.append({subjectKindText(path.via), orId(path.containerName, path.containerId),
                      path.synthetic ? QObject::tr("synthetic: not on the real platform") : QString(), PathCard::Tone::Container});
    }
    cards.append({QObject::tr("grant · %1").arg(divisionText(path)), orId(path.roleName, path.roleId), {}, PathCard::Tone::Grant});
    if (path.policy.isEmpty()) {
        // A role as a whole: no line of it was asked for.
    } else {
        cards.append({QObject::tr("policy"), path.policy,
                      path.conditional ? QObject::tr("only under a condition, not evaluated") : QString(), PathCard::Tone::Plain});
    }
    for (PathCard &card : cards) {
        card.kind = visibleText(card.kind, 60);
        card.title = visibleText(card.title, 120);
    }
    return cards;
}

PathGraph::PathGraph(QWidget *parent) : QWidget(parent)
{
    QSizePolicy policy(QSizePolicy::Preferred, QSizePolicy::Minimum);
    policy.setHeightForWidth(true);
    setSizePolicy(policy);
    setFocusPolicy(Qt::TabFocus);
}

void PathGraph::setPaths(const Access::Subject &subject, const QList<Line> &lines)
{
    m_subject = subject;
    m_lines = lines;
    m_cards.clear();
    for (const Line &line : lines) {
        m_cards.append(pathCards(subject, line.path));
    }
    m_line = -1;
    m_place = 0;
    setAccessibleName(text());
    setAccessibleDescription(tr("Arrow keys go from card to card, Ctrl+C copies the paths as text and picture."));
    updateGeometry();
    update();
}

QString PathGraph::text() const
{
    QStringList sentences;
    for (const Line &line : m_lines) {
        const QString mark = line.held == Held::Gained ? tr("gained: ") : line.held == Held::Lost ? tr("lost: ") : QString();
        sentences.append(mark + pathInWords(m_subject, line.path));
    }
    return sentences.join(u'\n');
}

QSize PathGraph::sizeHint() const
{
    return {560, heightForWidth(std::max(560, width()))};
}
QSize PathGraph::minimumSizeHint() const
{
    return {240, heightForWidth(std::max(240, width()))};
}

int PathGraph::heightForWidth(int width) const
{
    int height = 0;
    (void)place(width, &height);
    return height;
}

QList<PathGraph::Placed> PathGraph::place(int width, int *height) const
{
    QList<Placed> out;
    QFont bold = font();
    bold.setWeight(QFont::DemiBold);
    const QFontMetrics titleMetrics(bold), smallMetrics(Theme::smallFont());
    const int cardHeight = titleMetrics.height() + smallMetrics.height() + 13;
    int y = 2, end = 0;
    for (int line = 0; line < m_cards.size(); ++line) {
        const QList<PathCard> &cards = m_cards[line];
        const int left = 2 + (m_lines[line].held != Held::Same ? 14 : 0);
        QList<int> widths;
        int total = 0;
        for (const PathCard &card : cards) {
            const int wide
                = std::max(titleMetrics.horizontalAdvance(card.title), smallMetrics.horizontalAdvance(card.kind)) + 2 * Padding + 2;
            widths.append(std::min({MaxCard, std::max(84, wide), std::max(84, width - left - Indent - NarrowGap)}));
            total += widths.last();
        }
        // Names stay whole: what has no room side by side goes on in the next row.
        const int gap = total + Gap * int(cards.size() - 1) <= width - left - 2 ? Gap : NarrowGap;
        int x = left;
        int notes = 0; // the height of those of this row
        bool hasRows = false;
        for (int i = 0; i < cards.size(); ++i) {
            const int after = i + 1 < cards.size() ? TurnRoom : 0; // to lead on to the next row
            if (i > 0 && x + widths[i] + after > width - 2) {
                y += cardHeight + notes + RowGap;
                x = left + Indent;
                notes = 0;
                hasRows = true;
            }
            out.append({QRect(x, y, widths[i], cardHeight), cards[i].note, &cards[i], line});
            notes = cards[i].note.isEmpty() ? notes : smallMetrics.height() + 5;
            x += widths[i] + gap;
        }
        end = y + cardHeight + notes;
        y = end + (hasRows ? 2 : 1) * LineGap; // rows of one path are nearer to each other than paths
    }
    if (height) {
        *height = end + 2;
    }
    return out;
}

void PathGraph::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    draw(painter, width(), hasFocus());
}

void PathGraph::draw(QPainter &painter, int width, bool withFocus) const
{
    painter.setRenderHint(QPainter::Antialiasing);
    QFont bold = font();
    bold.setWeight(QFont::DemiBold);
    const QFont small = Theme::smallFont();
    const QList<Placed> cards = place(width, nullptr);
    int nth = 0;
    for (int i = 0; i < cards.size(); ++i) {
        const Placed &placed = cards[i];
        const Held held = m_lines[placed.line].held;
        const QColor plain = held == Held::Gained ? Theme::added() : held == Held::Lost ? Theme::removed() : Theme::mutedText();
        QColor edge = placed.card->tone == PathCard::Tone::Container ? Theme::accent() : plain;
        if (placed.card->tone == PathCard::Tone::Plain && held == Held::Same) {
            edge = Theme::hairline();
        }
        const bool firstOfLine = i == 0 || cards[i - 1].line != placed.line;
        if (!firstOfLine) {
            const QRect before = cards[i - 1].box;
            painter.setPen(QPen(plain, 1.5));
            painter.setBrush(Qt::NoBrush);
            const double y = placed.box.center().y() + 0.5;
            if (before.top() == placed.box.top()) {
                painter.drawLine(QPointF(before.right() + 1.5, y), QPointF(placed.box.left() - 1, y));
            } else { // round the end of the row to the beginning of the next
                const double out = before.right() + 0.5 + TurnRoom * 0.7, in = placed.box.left() - Indent * 0.6;
                const double from = before.center().y() + 0.5, between = placed.box.top() - RowGap * 0.5 + 0.5;
                painter.drawPolyline(QPolygonF{QPointF(before.right() + 1.5, from), QPointF(out, from), QPointF(out, between),
                                               QPointF(in, between), QPointF(in, y), QPointF(placed.box.left() - 1, y)});
            }
            painter.drawLine(QPointF(placed.box.left() - 6, y - 4), QPointF(placed.box.left() - 1.5, y));
            painter.drawLine(QPointF(placed.box.left() - 6, y + 4), QPointF(placed.box.left() - 1.5, y));
        } else if (held != Held::Same) {
            painter.setFont(bold);
            painter.setPen(plain);
            painter.drawText(QRect(0, placed.box.top(), 14, placed.box.height()), Qt::AlignCenter,
                             held == Held::Gained     ? u"+"_s
                                 : held == Held::Lost ? u"−"_s
                                                      : u"~"_s);
        }
        nth = firstOfLine ? 0 : nth + 1;
        const bool isCurrent = withFocus && placed.line == m_line && nth == m_place;
        painter.setPen(QPen(edge, placed.card->tone == PathCard::Tone::Plain ? 1.2 : 1.6));
        painter.setBrush(isCurrent ? Theme::accentTint() : Theme::page());
        painter.drawRoundedRect(QRectF(placed.box).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6);
        const QRect inner = placed.box.adjusted(Padding, 5, -Padding + 2, -6);
        painter.setFont(small);
        painter.setPen(Theme::mutedText());
        painter.drawText(inner, Qt::AlignTop | Qt::TextSingleLine,
                         painter.fontMetrics().elidedText(placed.card->kind, Qt::ElideRight, inner.width()));
        if (!placed.note.isEmpty()) {
            int end = width - 2; // up to the next note of this path
            for (int next = i + 1; next < cards.size() && cards[next].box.top() == placed.box.top(); ++next) {
                if (!cards[next].note.isEmpty()) {
                    end = cards[next].box.left() - 8;
                    break;
                }
            }
            // A note of the last card may be wider than what is left beside it.
            const int left = std::max(2, std::min(placed.box.left() + 4, end - painter.fontMetrics().horizontalAdvance(placed.note)));
            const QRect note(left, placed.box.bottom() + 4, std::max(0, end - left), painter.fontMetrics().height());
            painter.setPen(Theme::severity(Policy::Severity::High));
            painter.drawText(note, Qt::AlignTop | Qt::TextSingleLine,
                             painter.fontMetrics().elidedText(placed.note, Qt::ElideRight, note.width()));
        }
        painter.setFont(bold);
        painter.setPen(Theme::text());
        painter.drawText(inner, Qt::AlignBottom | Qt::TextSingleLine,
                         painter.fontMetrics().elidedText(placed.card->title, Qt::ElideMiddle, inner.width()));
    }
    if (withFocus && m_line < 0) {
        painter.setPen(QPen(Theme::accent(), 1, Qt::DotLine));
        painter.setBrush(Qt::NoBrush);
        painter.drawRect(rect().adjusted(0, 0, -1, -1));
    }
}

bool PathGraph::event(QEvent *event)
{
    if (event->type() == QEvent::ToolTip) {
        const auto *help = static_cast<QHelpEvent *>(event);
        for (const auto those = place(width(), nullptr); const Placed &placed : those) {
            if (placed.box.contains(help->pos())) {
                const QString id = idOf(*placed.card, placed.line);
                QToolTip::showText(help->globalPos(), placed.card->title.toHtmlEscaped() + u"<br>"_s + visibleText(id).toHtmlEscaped(),
                                   this);
                return true;
            }
        }
        QToolTip::hideText();
        return true;
    }
    return QWidget::event(event);
}

QString PathGraph::idOf(const PathCard &card, int line) const
{
    const Access::AccessPath &path = m_lines[line].path;
    return card.tone == PathCard::Tone::Container ? path.containerId
        : card.tone == PathCard::Tone::Grant      ? path.roleId + u" · "_s + path.divisionId
        : &card == &m_cards[line].first()         ? m_subject.id
                                                  : path.policy;
}

std::optional<std::pair<int, int>> PathGraph::currentCard() const
{
    return m_line < 0 ? std::nullopt : std::optional(std::pair(m_line, m_place));
}

QString PathGraph::cardText(int line, int place) const
{
    if (line < 0 || line >= m_cards.size() || place < 0 || place >= m_cards[line].size()) {
        return {};
    }
    const PathCard &card = m_cards[line][place];
    QStringList words{card.kind, card.title, card.note, visibleText(idOf(card, line))};
    words.removeAll(QString());
    words.removeDuplicates();
    return words.join(u", "_s);
}

void PathGraph::goTo(int line, int place)
{
    if (m_cards.isEmpty()) {
        return;
    }
    m_line = std::clamp(line, 0, int(m_cards.size()) - 1);
    m_place = std::clamp(place, 0, int(m_cards[m_line].size()) - 1);
    QAccessibleAnnouncementEvent said(this, cardText(m_line, m_place));
    QAccessible::updateAccessibility(&said);
    update();
}

QByteArray PathGraph::svg() const
{
    QBuffer out;
    const QSize size(std::max(560, width()), heightForWidth(std::max(560, width())));
    QSvgGenerator generator;
    generator.setOutputDevice(&out);
    generator.setSize(size);
    generator.setViewBox(QRect(QPoint(), size));
    generator.setTitle(tr("Paths of a permission"));
    generator.setDescription(visibleText(text(), 4000));
    QPainter painter(&generator);
    painter.fillRect(QRect(QPoint(), size), Theme::page());
    draw(painter, size.width(), false);
    painter.end();
    return out.data();
}

QImage PathGraph::image() const
{
    constexpr int scale = 2;
    const QSize size(std::max(560, width()), heightForWidth(std::max(560, width())));
    QImage picture(size * scale, QImage::Format_ARGB32_Premultiplied);
    picture.setDevicePixelRatio(scale);
    picture.fill(Theme::page());
    QPainter painter(&picture);
    painter.setFont(font());
    draw(painter, size.width(), false);
    return picture;
}

void PathGraph::copy(As what) const
{
    if (m_lines.isEmpty()) {
        return;
    }
    auto *data = new QMimeData;
    if (what == As::Everything || what == As::Text) {
        data->setText(text());
    }
    if (what == As::Everything || what == As::Picture) {
        data->setImageData(image());
    }
    if (what == As::Everything || what == As::Svg) {
        data->setData(u"image/svg+xml"_s, svg());
    }
    if (what == As::Svg) {
        data->setText(QString::fromUtf8(svg())); // for editors that take text only
    }
    QGuiApplication::clipboard()->setMimeData(data);
}

void PathGraph::contextMenuEvent(QContextMenuEvent *event)
{
    QMenu menu(this);
    for (const auto &[words, what] : {std::pair(tr("Copy paths"), As::Everything), std::pair(tr("Copy as text"), As::Text),
                                      std::pair(tr("Copy as picture"), As::Picture), std::pair(tr("Copy as SVG"), As::Svg)}) {
        QAction *action = menu.addAction(words, this, [this, what] { copy(what); });
        action->setEnabled(!m_lines.isEmpty());
        if (what == As::Everything) {
            action->setShortcut(QKeySequence::Copy);
        }
    }
    menu.exec(event->reason() == QContextMenuEvent::Keyboard ? mapToGlobal(QPoint(8, 8)) : event->globalPos());
}

void PathGraph::keyPressEvent(QKeyEvent *event)
{
    if (event->matches(QKeySequence::Copy)) {
        copy(As::Everything);
        return;
    }
    switch (event->key()) {
    case Qt::Key_Left: goTo(m_line, m_place - 1); return;
    case Qt::Key_Right: m_line < 0 ? goTo(0, 0) : goTo(m_line, m_place + 1); return;
    case Qt::Key_Up: goTo(m_line - 1, m_place); return;
    case Qt::Key_Down: goTo(m_line + 1, m_place); return;
    case Qt::Key_Home: goTo(0, 0); return;
    case Qt::Key_End: goTo(int(m_cards.size()) - 1, m_place); return;
    default: QWidget::keyPressEvent(event);
    }
}

} // namespace Orgtrace::Ui
