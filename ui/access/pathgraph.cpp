#include "access/pathgraph.h"

#include "diff/displaytext.h"
#include "theme/theme.h"

#include <QClipboard>
#include <QContextMenuEvent>
#include <QGuiApplication>
#include <QHelpEvent>
#include <QKeyEvent>
#include <QMenu>
#include <QPainter>
#include <QToolTip>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace Orgtrace::Ui {

namespace {

constexpr int Gap = 34; // between cards: room for the connecting line
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
    cards.append({QObject::tr("policy"), path.policy, path.conditional ? QObject::tr("only under a condition, not evaluated") : QString(),
                  PathCard::Tone::Plain});
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
    setAccessibleName(text());
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
    int y = 2;
    for (int line = 0; line < m_cards.size(); ++line) {
        const QList<PathCard> &cards = m_cards[line];
        QList<int> widths;
        int total = 0;
        for (const PathCard &card : cards) {
            const int wide
                = std::max(titleMetrics.horizontalAdvance(card.title), smallMetrics.horizontalAdvance(card.kind)) + 2 * Padding + 2;
            widths.append(std::min(MaxCard, std::max(84, wide)));
            total += widths.last();
        }
        const int room = width - 4 - Gap * int(cards.size() - 1) - (m_lines[line].held != Held::Same ? 14 : 0);
        if (total > room) {
            // The longest give way first, so that short names stay whole.
            int excess = total - std::max(room, 60 * int(cards.size()));
            while (excess > 0) {
                auto longest = std::ranges::max_element(widths);
                const int cut = std::min(excess, std::max(1, (*longest - 60) / 4));
                if (*longest <= 60) {
                    break;
                }
                *longest -= cut;
                excess -= cut;
            }
        }
        int x = 2 + (m_lines[line].held != Held::Same ? 14 : 0);
        bool notes = false;
        for (int i = 0; i < cards.size(); ++i) {
            out.append({QRect(x, y, widths[i], cardHeight), cards[i].note, &cards[i], line});
            notes = notes || !cards[i].note.isEmpty();
            x += widths[i] + Gap;
        }
        y += cardHeight + (notes ? smallMetrics.height() + 5 : 0) + LineGap;
    }
    if (height) {
        *height = std::max(0, y - (m_cards.isEmpty() ? 2 : LineGap)) + 2;
    }
    return out;
}

void PathGraph::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    QFont bold = font();
    bold.setWeight(QFont::DemiBold);
    const QFont small = Theme::smallFont();
    const QList<Placed> cards = place(width(), nullptr);
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
            const double y = placed.box.center().y() + 0.5;
            painter.drawLine(QPointF(before.right() + 1.5, y), QPointF(placed.box.left() - 1, y));
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
        painter.setPen(QPen(edge, placed.card->tone == PathCard::Tone::Plain ? 1.2 : 1.6));
        painter.setBrush(palette().color(QPalette::Base));
        painter.drawRoundedRect(QRectF(placed.box).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6);
        const QRect inner = placed.box.adjusted(Padding, 5, -Padding + 2, -6);
        painter.setFont(small);
        painter.setPen(Theme::mutedText());
        painter.drawText(inner, Qt::AlignTop | Qt::TextSingleLine,
                         painter.fontMetrics().elidedText(placed.card->kind, Qt::ElideRight, inner.width()));
        if (!placed.note.isEmpty()) {
            int end = width() - 2; // up to the next note of this path
            for (int next = i + 1; next < cards.size() && cards[next].line == placed.line; ++next) {
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
        painter.setPen(palette().color(QPalette::Text));
        painter.drawText(inner, Qt::AlignBottom | Qt::TextSingleLine,
                         painter.fontMetrics().elidedText(placed.card->title, Qt::ElideMiddle, inner.width()));
    }
    if (hasFocus()) {
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
                const Access::AccessPath &path = m_lines[placed.line].path;
                const QString id = placed.card->tone == PathCard::Tone::Container ? path.containerId
                    : placed.card->tone == PathCard::Tone::Grant                  ? path.roleId + u" · "_s + path.divisionId
                    : placed.card->title == path.policy                           ? path.policy
                                                                                  : m_subject.id;
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

void PathGraph::copy() const
{
    QGuiApplication::clipboard()->setText(text());
}

void PathGraph::contextMenuEvent(QContextMenuEvent *event)
{
    QMenu menu(this);
    menu.addAction(tr("Copy paths as text"), QKeySequence::Copy, this, [this] { copy(); })->setEnabled(!m_lines.isEmpty());
    menu.exec(event->globalPos());
}

void PathGraph::keyPressEvent(QKeyEvent *event)
{
    if (event->matches(QKeySequence::Copy)) {
        copy();
    } else {
        QWidget::keyPressEvent(event);
    }
}

} // namespace Orgtrace::Ui
